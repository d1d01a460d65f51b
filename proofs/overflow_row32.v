(* Sections 5 and 6 for float: no float overflows on the way to t, whatever the row; what comes after t is the caller's gamma and beta. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require look32 blocks.
Require Import sums format wide look last row rstd scale32 float32 whole32 scales anyscale rowscale tinymean anyrow.
Import ListNotations.
Local Open Scope R_scope.

Section Row.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < sigma.
Hypothesis row_max : forall b z, In b row -> In z (bx b) -> Rabs z < bpow radix2 128.
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
Variables (b0 : rblock) (x : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
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
Lemma Fz b z : In b row -> In z (bx b) -> F32 z.
Proof. intros Ib Iz. destruct (row_good b Ib) as (_ & F & _). now apply F. Qed.

(* no element is farther from the mean than 2^20 sigma *)
Lemma element20 b z : In b row -> In z (bx b) -> Rabs (z - mu) <= 1048576 * sigma.
Proof.
intros Ib Iz. eapply Rle_trans; [exact (whole32.element row row_good row_some sigma_not0 b z Ib Iz)|].
assert (P := whole32.S_pos row row_good row_some sigma_not0). assert (Q := whole32.SS row row_good row_some sigma_not0).
assert (Q2 := whole32.M2_eq row row_good row_some). fold cols sigma in Q2. apply le_of_sqr; [lra|].
rewrite Q, <- Q2. assert (H : cols * (sigma * sigma) <= bpow radix2 40 * (sigma * sigma)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact cols_max]).
replace (bpow radix2 40) with (1048576 * 1048576) in H by (simpl; lra). lra.
Qed.

(* x - hi, over D *)
Lemma distance : Rabs (xs - hi) * w <= 1048600.
Proof.
assert (S00 := S0). destruct facts as (Dg & De & Re & Rr & Rs). assert (wp := four.R1_0 _ Rr). fold w in wp.
assert (L := lost k R1 Rr Rs x (Fz b0 x b0_in x_in)). fold S w xs in L.
assert (O := o_le row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging mean_m k D D' R1 Dg De Re Rr Rs). fold S m w hi in O.
assert (Rg := rowscale.R1_sigma row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging k D D' R1 Dg De Re Rr). fold S w sigma in Rg.
assert (Mn := rowscale.mean_near row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging). fold m mu sigma in Mn.
assert (El := element20 b0 x b0_in x_in). rewrite Rabs_mult, (Rabs_pos_eq w) in O by lra.
assert (E : Rabs (xs - hi) <= Rabs (xs - x * S) + (Rabs (x - mu) + Rabs (m - mu)) * S + Rabs (hi - m * S)).
{ replace (xs - hi) with ((xs - x * S) + (x - mu) * S + - ((m - mu) * S) + - (hi - m * S)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. apply Rplus_le_compat_r. eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq S) by lra. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang|].
  rewrite Rabs_mult, (Rabs_pos_eq S) by lra. lra. }
apply (Rmult_le_compat_r w) in E; [|lra]. eapply Rle_trans; [exact E|]. set (g := w * (sigma * S)) in *.
assert (T : (Rabs (x - mu) + Rabs (m - mu)) * S * w <= 1048576.000001 * g).
{ unfold g. replace (1048576.000001 * (w * (sigma * S))) with (1048576.000001 * sigma * (S * w)) by ring. rewrite Rmult_assoc.
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
assert (Mm := mu_max row row_good row_some sigma_not0). fold mu in Mm. assert (El := element20 b0 x b0_in x_in).
assert (P := whole32.S_pos row row_good row_some sigma_not0). assert (Q1 := whole32.SS row row_good row_some sigma_not0).
assert (Q2 := whole32.M2_eq row row_good row_some). fold cols sigma in Q2. set (T := sqrt (blocks.M2 (bs row))) in *.
assert (T20 : T <= 1048576 * sigma).
{ apply le_of_sqr; [lra|]. rewrite Q1, <- Q2. assert (H2 : cols * (sigma * sigma) <= bpow radix2 40 * (sigma * sigma)) by (apply Rmult_le_compat_r;
  [apply Rle_0_sqr|exact cols_max]). replace (bpow radix2 40) with (1048576 * 1048576) in H2 by (simpl; lra). lra. }
replace x with ((x - mu) + mu) by ring. eapply Rle_trans; [apply Rabs_triang|].
apply Rle_trans with (70368745226240 * (1.01 * B)); [lra|]. unfold B. simpl. lra.
Qed.

Theorem start_below : Rabs xs < bpow radix2 128 /\ Rabs hi < bpow radix2 128.
Proof.
assert (Fx := Fz b0 x b0_in x_in). assert (Xm := row_max b0 x b0_in x_in). assert (Ds := distance).
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
