(* Sections 5 and 6 for float: no float overflows on the way to t, whatever the row; what comes after t is the caller's gamma and beta. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require look32 blocks.
Require Import sums format wide look last row rstd scale32 float32 whole32 scales anyscale rowscale tinymean hugeeps anyrow.
Import ListNotations.
Local Open Scope R_scope.

(* no element is farther from the mean than 2^20 sigma *)
Lemma element20 row : (forall b, In b row -> rgood (-149) 24 b) -> row <> [] -> row.cols row <= bpow radix2 40 -> 0 < row.sigma row ->
  forall b z, In b row -> In z (bx b) -> Rabs (z - row.mu row) <= 1048576 * row.sigma row.
Proof.
intros row_good row_some cols_max sigma_not0 b z Ib Iz. eapply Rle_trans; [exact (whole32.element row row_good row_some sigma_not0 b z Ib Iz)|].
assert (P := whole32.S_pos row row_good row_some sigma_not0). assert (Q := whole32.SS row row_good row_some sigma_not0).
assert (Q2 := whole32.M2_eq row row_good row_some). apply le_of_sqr; [lra|]. rewrite Q, <- Q2.
assert (H : row.cols row * (row.sigma row * row.sigma row) <= bpow radix2 40 * (row.sigma row * row.sigma row)) by (apply Rmult_le_compat_r;
  [apply Rle_0_sqr|exact cols_max]). replace (bpow radix2 40) with (1048576 * 1048576) in H by (simpl; lra). lra.
Qed.

Section Row.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < sigma.
Variable eps : R.
Variable outside : bool.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables mean mean_lo m2 : R.
Variable k : Z.
Let m := mean + mean_lo.
Let V2 := m2 / cols.
Hypothesis m2_pos : 0 <= m2.
Hypothesis k_is : power_of_row m2 cols eps outside k.
Hypothesis merging : Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Hypothesis mean_m : Rabs (mean - m) <= 2 * u64 * Rabs m.
Hypothesis V_max : V_any m2 cols eps outside <= bpow radix2 370.
Let S := bpow radix2 k.
Hypothesis Fm : F64 (mean * S).
Hypothesis Fl : F64 (mean_lo * S).
Let D := D_any eps outside sigma.
Let D' := D_any eps outside (sqrt V2).
Let R1 := rstd64 m2 cols eps outside.
Let w := R1 / S.
(* an element, or what is near to one: element20 *)
Variable x : R.
Hypothesis Fx : F32 x.
Hypothesis x_max : Rabs x < bpow radix2 128.
Hypothesis x_near : Rabs (x - mu) <= 1048577 * sigma.
Let xs := scaled k x.
Let hi := four.hi (mean * S).
Let rstd := four.rstd w.
Let shift := four.shift (mean * S) (mean_lo * S) w.

Lemma S0 : 0 < S. Proof. apply bpow_gt_0. Qed.
Lemma facts : sigma <= D /\ Rabs (D' - D) <= Rabs (sqrt V2 - sigma) /\ Rabs (R1 * D' - 1) <= 0.001 * u32 /\
  (bpow radix2 (-100) <= w <= bpow radix2 100 /\ ((0 <= k)%Z \/ w <= bpow radix2 60)).
Proof.
assert (Low := V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 m2_pos merging). fold cols V2 in Low.
assert (V0 := proj1 (V2_near row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging)). fold cols V2 in V0.
assert (Cr := conj (cols_1 row row_good row_some) cols_max). assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
split; [unfold D, D_any; destruct outside; [lra|]; apply le_of_sqr; [apply sqrt_pos|]; rewrite sqrt_def; lra|].
split; [unfold D', D, D_any; destruct outside; [replace (sqrt V2 + eps - (sigma + eps)) with (sqrt V2 - sigma) by ring; apply Rle_refl|
  apply scale_lipschitz; [apply sqrt_pos|lra|assumption]]|].
split; [exact (rstd64_is m2 cols eps outside m2_pos F_eps eps_pos Cr Low V_max)|].
exact (rstd64_range m2 cols eps outside m2_pos F_eps eps_pos Cr Low V_max k k_is).
Qed.
(* x - hi, over D *)
Lemma distance : Rabs (xs - hi) * w <= 1048600.
Proof.
assert (S00 := S0). destruct facts as (Dg & De & Re & Rr & Rs). assert (wp := four.R1_0 _ Rr). fold w in wp.
assert (L := lost k R1 Rr Rs x Fx). fold S w xs in L.
assert (O := o_le row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging mean_m k D D' R1 Dg De Re Rr Rs). fold S m w hi in O.
assert (Rg := rowscale.R1_sigma row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging k D D' R1 Dg De Re Rr). fold S w sigma in Rg.
assert (Mn := rowscale.mean_near row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging). fold m mu sigma in Mn.
assert (El := x_near). rewrite Rabs_mult, (Rabs_pos_eq w) in O by lra.
assert (E : Rabs (xs - hi) <= Rabs (xs - x * S) + (Rabs (x - mu) + Rabs (m - mu)) * S + Rabs (hi - m * S)).
{ replace (xs - hi) with ((xs - x * S) + (x - mu) * S + - ((m - mu) * S) + - (hi - m * S)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. apply Rplus_le_compat_r. eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq S) by lra. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang|].
  rewrite Rabs_mult, (Rabs_pos_eq S) by lra. lra. }
apply (Rmult_le_compat_r w) in E; [|lra]. eapply Rle_trans; [exact E|]. set (g := w * (sigma * S)) in *.
assert (T : (Rabs (x - mu) + Rabs (m - mu)) * S * w <= 1048577.000001 * g).
{ unfold g. replace (1048577.000001 * (w * (sigma * S))) with (1048577.000001 * sigma * (S * w)) by ring. rewrite Rmult_assoc.
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|lra]. }
assert (b60 : bpow radix2 (-60) <= 0.0000001) by (simpl; lra). lra.
Qed.

Theorem steps_below : Rabs rstd <= bpow radix2 100 /\ Rabs shift <= 2 /\ Rabs (rnd32 (xs - hi)) <= bpow radix2 122 /\
  Rabs (rnd32 (xs - hi) * rstd) <= bpow radix2 21 /\ Rabs (t_fused (-149) 24 xs hi rstd shift) <= bpow radix2 22 /\
  Rabs (t_unfused (-149) 24 xs hi rstd shift) <= bpow radix2 22.
Proof.
assert (U := u32_val). assert (Ds := distance). destruct facts as (Dg & De & Re & Rr & Rs). assert (wp := four.R1_0 _ Rr). fold w in wp.
assert (Ra : Rabs rstd <= bpow radix2 100) by (apply rnd32_within; [lia|rewrite Rabs_pos_eq; lra]).
assert (O := o_le row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging mean_m k D D' R1 Dg De Re Rr Rs). fold S m w hi in O.
assert (Sh := four.shift_is (mean * S) (mean_lo * S) w Fm Fl Rr). fold shift hi in Sh.
replace (mean * S + mean_lo * S) with (m * S) in Sh by (unfold m; ring).
assert (Sb : Rabs shift <= 2).
{ replace shift with ((shift - (hi - m * S) * w) + (hi - m * S) * w) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (u32 * Rabs ((hi - m * S) * w) <= 0.001 * Rabs ((hi - m * S) * w)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
set (d := xs - hi) in *. assert (Fh : F32 hi) by apply rnd32_F. assert (Fs : F32 xs) by apply scaled_F.
assert (Er : Rabs (rnd32 d - d) <= u32 * Rabs d) by exact (sub_err (-149) 24 ltac:(lia) xs hi Fs Fh).
assert (Db : Rabs d <= bpow radix2 121).
{ apply Rmult_le_reg_r with w; [lra|]. eapply Rle_trans; [exact Ds|]. apply Rle_trans with (bpow radix2 121 * bpow radix2 (-100)).
  - rewrite <- bpow_plus. simpl. lra.
  - apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]. }
assert (Rd : Rabs (rnd32 d) <= bpow radix2 121) by (apply rnd32_within; [lia|exact Db]).
assert (Pd : Rabs (rnd32 d * rstd) <= bpow radix2 21).
{ rewrite Rabs_mult. assert (Rf := four.rstd_is_float w Rr). fold rstd in Rf.
  assert (A : Rabs (rnd32 d) <= 1.001 * Rabs d).
  { replace (rnd32 d) with ((rnd32 d - d) + d) by ring. eapply Rle_trans; [apply Rabs_triang|].
    assert (u32 * Rabs d <= 0.001 * Rabs d) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
  assert (B : Rabs rstd <= 1.001 * w).
  { replace rstd with ((rstd - w) + w) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq w) by lra.
    assert (u32 * w <= 0.0001 * w) by (apply Rmult_le_compat_r; lra). lra. }
  apply Rle_trans with (1.001 * Rabs d * (1.001 * w)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|]. simpl. lra. }
assert (b21 : 2 <= bpow radix2 21) by (simpl; lra). assert (e22 : bpow radix2 22 = 2 * bpow radix2 21) by (simpl; lra).
split; [exact Ra|]. split; [exact Sb|]. split; [eapply Rle_trans; [exact Rd|apply bpow_le; lia]|]. split; [exact Pd|].
assert (T : forall p, Rabs p <= bpow radix2 21 -> Rabs (rnd (-149) 24 (p + shift)) <= bpow radix2 22).
{ intros p H. apply rnd32_within; [lia|]. eapply Rle_trans; [apply Rabs_triang|lra]. }
split; apply T; [exact Pd|]. apply rnd32_within; [lia|exact Pd].
Qed.
(* x times S, and hi *)
Lemma x_low_row : V_any m2 cols eps outside < bpow radix2 (-80) -> Rabs x <= bpow radix2 10.
Proof.
intro H. assert (Low := V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 m2_pos merging). fold cols V2 in Low.
destruct (V2_near row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging) as (V0 & _ & Ev). fold cols V2 sigma in V0, Ev.
assert (Dl := D_le m2 cols eps outside m2_pos F_eps eps_pos (conj (cols_1 row row_good row_some) cols_max) Low V_max (-40)%Z ltac:(lia) (Rlt_le _ _ H)).
fold V2 D' in Dl. assert (Sd : sqrt V2 <= D').
{ unfold D', D_any. destruct outside; [lra|]. apply sqrt_le_1_alt. rewrite sqrt_def; lra. }
assert (q0 := sqrt_pos V2). assert (Q := sqrt_def V2 V0). set (q := sqrt V2) in *. set (B := bpow radix2 (-40 + 2)) in *.
assert (B0 : 0 < B) by apply bpow_gt_0. assert (qq : q * q <= B * B) by (apply Rmult_le_compat; lra).
assert (sB : sigma <= 1.01 * B).
{ apply le_of_sqr; [lra|]. assert (X := Rle_abs (- (V2 - sigma * sigma))). rewrite Rabs_Ropp in X.
  assert (0 < B * B) by now apply Rmult_lt_0_compat. lra. }
assert (Mm := mu_max row row_good row_some sigma_not0). fold mu in Mm. assert (El := x_near).
assert (P := whole32.S_pos row row_good row_some sigma_not0). assert (Q1 := whole32.SS row row_good row_some sigma_not0).
assert (Q2 := whole32.M2_eq row row_good row_some). fold cols sigma in Q2. set (T := sqrt (blocks.M2 (bs row))) in *.
assert (T20 : T <= 1048576 * sigma).
{ apply le_of_sqr; [lra|]. rewrite Q1, <- Q2. assert (H2 : cols * (sigma * sigma) <= bpow radix2 40 * (sigma * sigma)) by (apply Rmult_le_compat_r;
  [apply Rle_0_sqr|exact cols_max]). replace (bpow radix2 40) with (1048576 * 1048576) in H2 by (simpl; lra). lra. }
replace x with ((x - mu) + mu) by ring. eapply Rle_trans; [apply Rabs_triang|].
apply Rle_trans with (70368745226241 * (1.01 * B)); [lra|]. unfold B. simpl. lra.
Qed.

Theorem start_below : Rabs xs < bpow radix2 128 /\ Rabs hi < bpow radix2 128.
Proof.
assert (Xm := x_max). assert (Ds := distance).
destruct facts as (Dg & De & Re & Rr & Rs). assert (wp := four.R1_0 _ Rr). fold w in wp.
assert (Far : Rabs (xs - hi) <= bpow radix2 121).
{ apply Rmult_le_reg_r with w; [lra|]. eapply Rle_trans; [exact Ds|]. apply Rle_trans with (bpow radix2 121 * bpow radix2 (-100)).
  - rewrite <- bpow_plus. simpl. lra.
  - apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]. }
assert (Tr : Rabs hi <= Rabs xs + Rabs (xs - hi)).
{ replace hi with (xs + - (xs - hi)) at 1 by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
assert (p121 := bpow_gt_0 radix2 121). assert (e128 : bpow radix2 128 = 128 * bpow radix2 121).
{ change 128%R with (bpow radix2 7). rewrite <- bpow_plus. reflexivity. }
assert (Low100 : Rabs xs <= bpow radix2 121 -> Rabs xs < bpow radix2 128 /\ Rabs hi < bpow radix2 128) by (intro; split; lra).
destruct k_is as [((A & C) & K)|[(A & K)|(A & K)]].
- (* S = 1 *)
  assert (Ex : xs = x) by (unfold xs; rewrite scaled_up, K by (exact Fx || lia); simpl; ring). rewrite Ex in *. split; [exact Xm|].
  assert (Low := V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 m2_pos merging). fold cols V2 in Low.
  assert (Cr := conj (cols_1 row row_good row_some) cols_max).
  assert (D1 := D_ge m2 cols eps outside m2_pos F_eps eps_pos Cr Low V_max (-40)%Z ltac:(lia) A).
  assert (D2 := D_le m2 cols eps outside m2_pos F_eps eps_pos Cr Low V_max 40%Z ltac:(lia) C). fold V2 D' in D1, D2.
  assert (Rl := proj1 (recip_range R1 D' (-40 - 2)%Z (40 + 2)%Z Re (conj D1 D2))).
  assert (Ew : w = R1) by (unfold w, S; rewrite K; simpl; field).
  assert (Near : Rabs (x - hi) <= bpow radix2 64).
  { apply Rmult_le_reg_r with w; [lra|]. eapply Rle_trans; [exact Ds|]. rewrite Ew. apply Rle_trans with (bpow radix2 64 * bpow radix2 (- (40 + 2) - 1)).
    - rewrite <- bpow_plus. simpl. lra.
    - apply Rmult_le_compat_l; [apply bpow_ge_0|exact Rl]. }
  destruct (Rlt_or_le (Rabs hi) (bpow radix2 128)) as [|Big]; [assumption|exfalso].
  assert (e127 : bpow radix2 128 = 2 * bpow radix2 127) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  assert (l64 : bpow radix2 64 <= bpow radix2 121) by (apply bpow_le; lia). assert (l121 : bpow radix2 121 <= bpow radix2 127) by (apply bpow_le; lia).
  assert (Mx : mult 104 x) by (apply (F_mult (-149) 24); [exact Fx|lia|left; change (104 + 24 - 1)%Z with 127%Z; lra]).
  assert (Mh : mult 104 hi) by (apply (F_mult (-149) 24); [apply rnd32_F|lia|left; change (104 + 24 - 1)%Z with 127%Z; lra]).
  assert (Nz : x - hi <> 0) by (intro Z; assert (E : x = hi) by lra; rewrite E in Xm; lra).
  assert (M := look32.mult_least 104 _ (mult_sub _ _ _ Mx Mh) Nz). assert (bpow radix2 64 < bpow radix2 104) by (apply bpow_lt; lia). lra.
- (* S = 2^90 *)
  apply Low100. assert (X10 := x_low_row A). unfold xs. rewrite scaled_up, K by (exact Fx || lia).
  rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 90)) by apply bpow_ge_0. apply Rle_trans with (bpow radix2 10 * bpow radix2 90).
  + apply Rmult_le_compat_r; [apply bpow_ge_0|exact X10].
  + rewrite <- bpow_plus. apply bpow_le. lia.
- (* S = 2^-90 *)
  apply Low100. apply Rle_trans with (bpow radix2 38); [|apply bpow_le; lia]. unfold xs. rewrite K. apply rnd32_within; [lia|].
  rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 (-90))) by apply bpow_ge_0. change 38%Z with (128 + -90)%Z. rewrite bpow_plus.
  apply Rmult_le_compat_r; [apply bpow_ge_0|lra].
Qed.
End Row.

(* -- every row: all that section 6 has computed as far as t, in either class -- *)
Definition floats_fit (mean mean_lo : R) (k : Z) (R1 x : R) := let S := bpow radix2 k in let xs := scaled k x in
  let hi := four.hi (rnd64 (mean * S)) in let rstd := four.rstd (R1 / S) in
  let shift := four.shift (rnd64 (mean * S)) (rnd64 (mean_lo * S)) (R1 / S) in
  Rabs xs < bpow radix2 128 /\ Rabs hi < bpow radix2 128 /\ Rabs rstd <= bpow radix2 127 /\ Rabs shift <= bpow radix2 127 /\
  Rabs (rnd32 (xs - hi)) <= bpow radix2 127 /\ Rabs (rnd32 (rnd32 (xs - hi) * rstd)) <= bpow radix2 127 /\
  Rabs (t_fused (-149) 24 xs hi rstd shift) <= bpow radix2 127 /\ Rabs (t_unfused (-149) 24 xs hi rstd shift) <= bpow radix2 127.

Section Fit.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Hypothesis cols_max : row.cols row <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < row.sigma row.
Hypothesis row_max : forall b z, In b row -> In z (bx b) -> Rabs z <= bpow radix2 129.
Variable eps : R.
Variable outside : bool.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variable x : R.
Hypothesis Fx : F32 x.
Hypothesis x_max : Rabs x < bpow radix2 128.
Hypothesis x_near : Rabs (x - row.mu row) <= 1048577 * row.sigma row.
Variables (m2 : R) (k : Z).
Let R1 := rstd64 m2 (row.cols row) eps outside.
Hypothesis m2_pos : 0 <= m2.
Hypothesis k_is : power_of_row m2 (row.cols row) eps outside k.

Lemma le127 e v : (e <= 127)%Z -> Rabs v <= bpow radix2 e -> Rabs v <= bpow radix2 127.
Proof. intros H B. eapply Rle_trans; [exact B|now apply bpow_le]. Qed.

Lemma exact_fits mean mean_lo : let m := mean + mean_lo in
  Rabs (m - row.mean_merged row) * row.sigma row + Rabs (m2 - row.m2_merged row) / row.cols row / 2 <= 0.005 * u32 *
  (row.sigma row * row.sigma row) -> Rabs (mean - m) <= 2 * u64 * Rabs m -> V_any m2 (row.cols row) eps outside <= bpow radix2 370 ->
  F64 (mean * bpow radix2 k) -> F64 (mean_lo * bpow radix2 k) -> floats_fit mean mean_lo k R1 x.
Proof.
cbv zeta. intros Mg mm Vm Fm Fl.
destruct (start_below row row_good row_some cols_max sigma_not0 eps outside F_eps eps_pos mean mean_lo m2 k m2_pos k_is Mg mm Vm x Fx x_max x_near)
  as (A & B).
destruct (steps_below row row_good row_some cols_max sigma_not0 eps outside F_eps eps_pos mean mean_lo m2 k m2_pos k_is Mg mm Vm Fm Fl x Fx x_near)
  as (C1 & C2 & C3 & C4 & C5 & C6).
unfold floats_fit. cbv zeta. rewrite (rnd_id emin64 53 _ Fm : rnd64 (mean * bpow radix2 k) = _), (rnd_id emin64 53 _ Fl :
  rnd64 (mean_lo * bpow radix2 k) = _).
split; [exact A|]. split; [exact B|]. split; [exact (le127 100 _ ltac:(lia) C1)|].
split; [apply (le127 1); [lia|exact C2]|]. split; [exact (le127 122 _ ltac:(lia) C3)|].
split; [apply (le127 21); [lia|]; apply rnd32_within; [lia|exact C4]|]. split; [exact (le127 22 _ ltac:(lia) C5)|exact (le127 22 _ ltac:(lia) C6)].
Qed.

Lemma far_fits mean mean_lo : k = (-90)%Z -> Rabs mean <= bpow radix2 132 -> Rabs mean_lo <= bpow radix2 132 ->
  0 <= R1 / bpow radix2 (-90) <= bpow radix2 (-92) -> floats_fit mean mean_lo k R1 x.
Proof.
intros -> Mm Ml W. assert (Xm : Rabs x <= bpow radix2 129) by (apply Rle_trans with (bpow radix2 128); [lra|apply bpow_le; lia]).
assert (A := hugeeps.xs_within x Xm). assert (B := hugeeps.hi_within mean Mm). assert (C := hugeeps.rstd_within R1 W).
assert (D := hugeeps.shift_within mean mean_lo R1 Mm Ml W). destruct (hugeeps.t_within _ _ _ _ A B C D) as (E1 & E2).
assert (Dx : Rabs (rnd32 (scaled (-90) x - four.hi (rnd64 (mean * bpow radix2 (-90))))) <= bpow radix2 44).
{ apply rnd32_within; [lia|]. now apply (hugeeps.sum_within 43). }
assert (l : bpow radix2 43 < bpow radix2 128) by (apply bpow_lt; lia). unfold floats_fit. cbv zeta.
split; [lra|]. split; [lra|]. split; [exact (le127 (-92) _ ltac:(lia) C)|]. split; [exact (le127 (-47) _ ltac:(lia) D)|].
split; [exact (le127 44 _ ltac:(lia) Dx)|]. split.
{ apply (le127 (44 + -92)); [lia|]. apply rnd32_within; [lia|]. now apply hugeeps.product_within. }
split; [exact (le127 (-40) _ ltac:(lia) E1)|exact (le127 (-40) _ ltac:(lia) E2)].
Qed.

Theorem row_fits mean mean_lo : F64 mean -> F64 mean_lo -> Rabs mean_lo <= u64 * Rabs (mean + mean_lo) -> near_enough row (mean + mean_lo) m2 ->
  floats_fit mean mean_lo k R1 x.
Proof.
intros Fm Fl Lo Ne. set (m := mean + mean_lo) in *. assert (Mg := merging_of row m m2 Ne). assert (U := u64_val).
assert (Cr := conj (cols_1 row row_good row_some) cols_max). assert (Low := V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 m2_pos Mg).
destruct (Rle_or_lt (V_any m2 (row.cols row) eps outside) (bpow radix2 370)) as [Vm|Far].
2: { destruct (moments_below row row_good row_some sigma_not0 row_max mean mean_lo m2 m2_pos Mg Lo) as (A & B & C).
  apply far_fits; [|exact A|exact B|exact (rstd64_small m2 (row.cols row) eps outside m2_pos F_eps eps_pos Cr (conj Low C) Far)].
  assert (L80 : bpow radix2 80 < bpow radix2 370) by (apply bpow_lt; lia). assert (L0 : bpow radix2 (-80) < bpow radix2 370) by (apply bpow_lt; lia).
  destruct k_is as [((V1 & V3) & K)|[(V1 & K)|(V1 & K)]]; [unfold ordinary in *; lra|lra|exact K]. }
assert (mm : Rabs (mean - m) <= 2 * u64 * Rabs m).
{ replace (mean - m) with (- mean_lo) by (unfold m; ring). rewrite Rabs_Ropp. assert (0 <= u64 * Rabs m) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
  lra. }
destruct (Z_le_gt_dec 0 k) as [K|K]; [apply exact_fits; try assumption; now apply double_up|].
assert (K90 : k = (-90)%Z) by (destruct k_is as [(_ & E)|[(_ & E)|(_ & E)]]; lia).
destruct (rstd64_range m2 (row.cols row) eps outside m2_pos F_eps eps_pos Cr Low Vm k k_is) as (Rr & [Z|Rs]); [lia|].
assert (P60 := bpow_gt_0 radix2 (-100)). rewrite K90 in Rr, Rs.
assert (W0 : 0 <= rstd64 m2 (row.cols row) eps outside / bpow radix2 (-90)) by lra.
destruct (mean_stands_in mean mean_lo Fm Fl Lo _ (conj W0 Rs)) as (a & b & Fa & Fb & Eab & Mab & Eh & Es).
assert (Ab := stand_in_merging row row_good row_some cols_max sigma_not0 mean mean_lo m2 a b Ne Eab).
assert (Ft := exact_fits a b Ab Mab Vm). rewrite K90 in Ft |- *. specialize (Ft Fa Fb). unfold floats_fit in *. cbv zeta in *. fold R1 in Eh, Es.
rewrite Eh, Es. exact Ft.
Qed.
End Fit.
