(* LayerNorm of doubles whose deviation is less than 2^-33 of their mean, down to a fraction of its ulp: y, within the constants of
  floats. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide total blocks merge step mergeops mergerow.
Require Import f64_pairs f64_last f64_var f64_outside f64_eps f64_nearest f64_narrow f64_narrow_merged.
Require last look row float32 f64_whole f64_look.
Import ListNotations.
Local Open Scope R_scope.
Local Notation y64 := f64_whole.y64.
Local Notation lo64 := f64_whole.lo64.

(* rstd of moments that are nearly the exact ones *)
Lemma rs_from R rs Dc D' : 0 < R -> 0 < D' -> Rabs (R * Dc - 1) <= 400 * (u64 * u64) -> Rabs (Dc - D') <= 0.00041 * (u64 * D') ->
  Rabs (rs - R) <= u64 * R -> Rabs (rs - / D') <= 1.001 * (u64 * / D').
Proof.
intros R0 D0 H1 H2 H3. assert (U := u64_val). assert (I : 0 < / D') by now apply Rinv_0_lt_compat.
assert (uu : 0 <= u64 * u64 <= 0.00000000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uD : 0 <= u64 * D' <= 0.00001 * D') by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (d1 := Rle_abs (- (Dc - D'))). rewrite Rabs_Ropp in d1.
assert (RD1 : R * D' <= 1.001).
{ assert (Z := Rle_abs (R * Dc - 1)). assert (R * (0.9999 * D') <= R * Dc) by (apply Rmult_le_compat_l; lra). lra. }
assert (RD : Rabs (R * D' - 1) <= 0.000411 * u64).
{ replace (R * D' - 1) with ((R * Dc - 1) - R * (Dc - D')) by ring. eapply Rle_trans; [apply abs_sub|].
  rewrite (Rabs_mult R), (Rabs_pos_eq R) by lra.
  assert (R * Rabs (Dc - D') <= R * (0.00041 * (u64 * D'))) by (apply Rmult_le_compat_l; lra).
    replace (R * (0.00041 * (u64 * D'))) with (0.00041 * (u64 * (R * D'))) in H by ring.
  assert (u64 * (R * D') <= u64 * 1.001) by (apply Rmult_le_compat_l; lra). lra. }
assert (RR : Rabs (R - / D') <= 0.000411 * u64 * / D').
{ replace (R - / D') with ((R * D' - 1) * / D') by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D')) by lra. apply Rmult_le_compat_r;
  lra. }
replace (rs - / D') with ((rs - R) + (R - / D')) by ring. eapply Rle_trans; [apply Rabs_triang|].
assert (uI : u64 * / D' <= 0.00001 * / D') by (apply Rmult_le_compat_r; lra). assert (X1 := Rle_abs (R - / D')).
assert (u64 * R <= u64 * (1.00001 * / D')) by (apply Rmult_le_compat_l; lra). assert (0 <= u64 * / D') by (apply Rmult_le_pos; lra). lra.
Qed.

Section NarrowY.
Variable all : list nblock.
Hypothesis good : forall b, In b all -> nok b.
Hypothesis some : all <> [].
Let cols := cols all.
Let mu := mu all.
Let sigma := sigma all.
Hypothesis cols_max : cols <= bpow radix2 20.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis narrow_row : 8589934592 * sigma <= Rabs mu.
Let A := Mean' (bs all).
Let W := M2' (bs all).
Let M2_ := M2 (bs all).
Let V2 := W / cols.
Lemma sg : 0 < sigma. Proof. exact (sigma0 all sigma_big). Qed.
Lemma cc1 : 1 <= cols. Proof. exact (cols1 all good some). Qed.
Lemma me : cols * (sigma * sigma) = M2_. Proof. exact (M_eq all good some). Qed.
Lemma st_of st : cols * Rabs (A - mu) * sigma + Rabs (W - M2_) / 2 <= u64 * st * M2_ -> Rabs (A - mu) * sigma + Rabs (V2 - sigma * sigma)
  / 2 <= st * u64 * (sigma * sigma).
Proof.
intro H. assert (C := cc1). assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). rewrite <- me in H.
apply (Rmult_le_compat_r (/ cols)) in H; [|lra].
replace ((cols * Rabs (A - mu) * sigma + Rabs (W - cols * (sigma * sigma)) / 2) * / cols) with (Rabs (A - mu) * sigma + Rabs (W - cols *
  (sigma * sigma)) * / cols / 2) in H by (field; lra).
replace (u64 * st * (cols * (sigma * sigma)) * / cols) with (st * u64 * (sigma * sigma)) in H by (field; lra).
replace (V2 - sigma * sigma) with ((W - cols * (sigma * sigma)) * / cols) by (unfold V2; field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. exact H.
Qed.
Lemma near_st : Rabs (A - mu) * sigma + Rabs (V2 - sigma * sigma) / 2 <= 8.0127 * u64 * (sigma * sigma).
Proof. exact (st_of 8.0127 (near_stats all good some)). Qed.
Lemma m2_st : Rabs (mu - mu) * sigma + Rabs (V2 - sigma * sigma) / 2 <= 5.455 * u64 * (sigma * sigma).
Proof.
assert (H := m2_stats all good some). change (Rabs (W - M2_) / 2 <= u64 * 5.455 * M2_) in H. assert (C := cc1).
  assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). rewrite <- me in H.
rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l, Rplus_0_l by reflexivity. apply (Rmult_le_compat_r (/ cols)) in H; [|lra].
replace (u64 * 5.455 * (cols * (sigma * sigma)) * / cols) with (5.455 * u64 * (sigma * sigma)) in H by (field; lra).
replace (V2 - sigma * sigma) with ((W - cols * (sigma * sigma)) * / cols) by (unfold V2; field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. unfold Rdiv in *. lra.
Qed.
Lemma A_mu : Rabs (A - mu) <= 8.0127 * (u64 * sigma) /\ Rabs (A - mu) <= 0.000001 * sigma.
Proof.
assert (H := near_st). assert (P := sg). assert (U := u64_val). assert (X := Rabs_pos (V2 - sigma * sigma)).
assert (E : Rabs (A - mu) <= 8.0127 * (u64 * sigma)) by (apply Rmult_le_reg_r with sigma; lra). split; [exact E|].
assert (u64 * sigma <= 0.00000001 * sigma) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma V2_near : 0.9999999 * (sigma * sigma) <= V2 <= 1.0000001 * (sigma * sigma) /\ 0.99999 * sigma <= sqrt V2 /\ Rabs (sqrt V2 - sigma)
  <= 0.000001 * sigma.
Proof.
assert (H := m2_st). rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l, Rplus_0_l in H by reflexivity. assert (P := sg). assert (U := u64_val).
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
  assert (5.455 * u64 * (sigma * sigma) <= 0.00000001 * (sigma * sigma)) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (V2 - sigma * sigma)). assert (Y := Rle_abs (- (V2 - sigma * sigma))). rewrite Rabs_Ropp in Y.
assert (V : 0.9999999 * (sigma * sigma) <= V2 <= 1.0000001 * (sigma * sigma)) by lra. assert (q0 := sqrt_pos V2).
  assert (Q : sqrt V2 * sqrt V2 = V2) by (apply sqrt_def; lra).
assert (L : 0.999999 * sigma <= sqrt V2) by (apply le_of_sqr; [exact q0|]; rewrite Q; lra).
assert (L2 : sqrt V2 <= 1.000001 * sigma) by (apply le_of_sqr; [lra|]; rewrite Q; lra).
split; [exact V|]. split; [lra|]. apply Rabs_le. lra.
Qed.

(* -- the merged moments a -- *)
Variable a : st.
Hypothesis F_a : F_state a.
Hypothesis ready_a : ready_narrow all a.
Hypothesis nearest_a : sm a = rnd64 (sm a + sl a).
Hypothesis sl_small : Rabs (sl a) <= 1.01 * (u64 * Rabs (sm a)).
Let hi := sm a.
Let lo := lo64 a.
Let tl := 0.000000002 * sigma.

Lemma parts : Rabs (A - (hi + sl a)) <= 0.0000000011 * sigma /\ Rabs (sr a) <= 0.000000001 * sigma.
Proof.
destruct ready_a as (R1 & R2 & _). change (Rabs (A - value a) <= 0.00000001 * (u64 * sigma)) in R1.
  change (Rabs (sr a) <= 0.000000001 * sigma) in R2.
assert (P := sg). assert (U := u64_val). assert (u64 * sigma <= 0.00000001 * sigma) by (apply Rmult_le_compat_r; lra). split; [|exact R2].
replace (A - (hi + sl a)) with ((A - value a) + sr a) by (unfold value, hi; ring). eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
(* no element is nearer to the mean than its double *)
Lemma sl_sigma : Rabs (sl a) <= 1.0001 * sigma.
Proof.
destruct parts as (Pa & _). destruct A_mu as (_ & Am). assert (P := sg). assert (C := cc1).
set (y := hi + sl a) in *. assert (my : Rabs (mu - y) <= 0.00001 * sigma).
{ replace (mu - y) with ((A - y) - (A - mu)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
assert (B : cols * (Rabs (sl a) * Rabs (sl a)) <= sum (fun b => look.QQ (nx b) y) all).
{ unfold cols. rewrite cols_sum, Rmult_comm, <- sum_scal. apply sum_le. intros b Ib. destruct (good b Ib) as (_ & Fb & _).
  unfold look.QQ, look.n. rewrite <- sum_const. apply sum_le.
  intros z Iz. replace ((z - y) * (z - y)) with (Rabs (z - y) * Rabs (z - y)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  assert (Rabs (sl a) <= Rabs (z - y)); [|apply Rmult_le_compat; try apply Rabs_pos; assumption].
  replace (sl a) with (- (rnd64 y - y)) by (unfold y, hi; rewrite <- nearest_a; ring). rewrite Rabs_Ropp.
    apply (rnd_nearest emin64 53 ltac:(lia)). now apply Fb. }
assert (H := M_at all good some y). change (f64_narrow.mu all) with mu in H. change (f64_narrow.cols all) with cols in H.
  change (f64_narrow.sigma all) with sigma in H. rewrite H in B.
apply Rmult_le_reg_l in B; [|lra]. apply le_of_sqr; [lra|]. eapply Rle_trans; [exact B|].
assert ((mu - y) * (mu - y) <= 0.00001 * sigma * (0.00001 * sigma)).
{ replace ((mu - y) * (mu - y)) with (Rabs (mu - y) * Rabs (mu - y)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (0 <= sigma * sigma) by apply Rle_0_sqr. lra.
Qed.
Lemma lo_facts : Rabs lo <= 1.0002 * sigma /\ Rabs (A - (hi + lo)) <= u64 * (1.0001 * Rabs lo + 0.0000001 * sigma) /\ Rabs lo <= 1.01 *
  (u64 * Rabs hi) + tl.
Proof.
destruct F_a as (_ & _ & F2 & F3 & _). destruct ready_a as (R1 & R2 & _). change (Rabs (A - value a) <= 0.00000001 * (u64 * sigma)) in R1.
  change (Rabs (sr a) <= 0.000000001 * sigma) in R2.
assert (U := u64_val). assert (P := sg). assert (L := sl_sigma).
  assert (E : Rabs (lo - (sl a + sr a)) <= u64 * Rabs (sl a + sr a)) by now apply add64.
assert (T := Rabs_triang (sl a) (sr a)). set (q := sl a + sr a) in *. assert (q0 := Rabs_pos q).
assert (uq : u64 * Rabs q <= 0.0000000000000002 * Rabs q) by (apply Rmult_le_compat_r; lra).
assert (X := of_err _ _ _ E). assert (Y := of_err q lo _ ltac:(rewrite Rabs_minus_sym; exact E)).
assert (u64 * Rabs q <= u64 * (1.0001 * Rabs lo)) by (apply Rmult_le_compat_l; lra).
split; [lra|]. split.
- replace (A - (hi + lo)) with ((A - value a) - (lo - q)) by (unfold value, hi, q; ring). eapply Rle_trans; [apply abs_sub|].
  assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra). lra.
- unfold tl, hi. lra.
Qed.

Variables D D' rs : R.
Hypothesis D_ge : sigma <= D.
Hypothesis D'_ge : sqrt V2 <= D'.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - sigma).
Hypothesis rs_err : Rabs (rs - / D') <= 1.001 * (u64 * / D').
Variables (b0 : nblock) (x gamma beta : R).
Hypothesis b0_in : In b0 all.
Hypothesis x_in : In x (nx b0).
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := (x - mu) * / D.
Let M := Rmax 1 (Rabs xhat).
Let Bracket := Rabs gamma * M + Rabs beta.
Let R1 := / D'.
Let O := Rabs lo * R1.

Lemma R1_facts : 0 < R1 /\ sigma * R1 <= 1.0001 /\ 0.99999 * sigma <= D' /\ R1 * D' = 1 /\ D' <= 1.00001 * D /\ D <= 1.00001 * D'.
Proof.
destruct V2_near as (_ & H & Hs). assert (P := sg). assert (Dp : 0.99999 * sigma <= D') by lra.
  assert (I : 0 < / D') by (apply Rinv_0_lt_compat; lra).
assert (d1 := Rle_abs (D' - D)). assert (d2 := Rle_abs (- (D' - D))). rewrite Rabs_Ropp in d2.
split; [exact I|]. split; [|split; [exact Dp|split; [unfold R1; field; lra|lra]]]. apply Rmult_le_reg_r with D'; [lra|]. unfold R1.
  rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(* from the error of t to that of xhat: st counts the statistics, l what section 6 adds *)
Lemma combine t m' st l : 0 <= st <= 20 -> 0 <= l <= 8 -> Rabs (m' - mu) * sigma + Rabs (V2 - sigma * sigma) / 2 <= st * u64 * (sigma *
  sigma) ->
  Rabs (A - m') * R1 <= 0.0001 * (u64 * M) -> Rabs (t - (x - A) * R1) <= u64 * l * Rmax 1 (Rabs ((x - A) * R1)) ->
  Rabs (t - xhat) <= (st + l + 0.003) * (u64 * M).
Proof.
intros Hst Hl St Am Ht. assert (U := u64_val). assert (P := sg). destruct R1_facts as (R0 & Rs & Dp & RD & _).
  assert (Dp0 : 0 < D') by lra.
destruct V2_near as ((Va & Vb) & _). assert (ss := Rle_0_sqr sigma). unfold Rsqr in ss. assert (V0 : 0 <= V2) by lra.
assert (U24 : 0 < u64 <= / 16777216) by lra.
assert (St' : Rabs (m' - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= st * u64 * (sigma * sigma)) by (rewrite (sqrt_def
  V2 V0); exact St).
assert (R0D : / D * D = 1) by (field; lra). assert (R1e : Rabs (R1 * D' - 1) <= 0.001 * u64) by (rewrite RD, Rminus_diag_eq, Rabs_R0 by
  reflexivity; lra).
assert (E := statistics_err u64 mu m' sigma (sqrt V2) st U24 P (sqrt_pos _) Hst St' D D' (/ D) R1 x D_ge D_err R0D R1e). fold xhat in E.
  fold M in E.
assert (M1 : 1 <= M) by apply Rmax_l. assert (M2 : Rabs xhat <= M) by apply Rmax_r.
  assert (uM : 0 <= u64 * M <= 0.00000001 * M) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
set (E1 := (x - A) * R1) in *. assert (E1e : Rabs (E1 - xhat) <= (st + 0.0016) * (u64 * M)).
{ replace (E1 - xhat) with (((x - m') * R1 - xhat) - (A - m') * R1) by (unfold E1; ring). eapply Rle_trans; [apply abs_sub|].
  rewrite (Rabs_mult (A - m')), (Rabs_pos_eq R1) by lra. lra. }
assert (su : (st + 0.0016) * (u64 * M) <= 21 * (u64 * M)) by (apply Rmult_le_compat_r; lra).
assert (EB := of_err _ _ _ E1e). assert (mx : Rmax 1 (Rabs E1) <= 1.000001 * M) by (apply Rmax_lub; lra).
assert (u64 * l * Rmax 1 (Rabs E1) <= u64 * l * (1.000001 * M)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact mx]).
assert (l * (u64 * M) <= 8 * (u64 * M)) by (apply Rmult_le_compat_r; lra).
replace (t - xhat) with ((t - E1) + (E1 - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma O_facts : 0 <= O <= 1.0004 /\ (0.3 < O -> sigma <= 3.4 * u64 * Rabs mu) /\ tl * R1 <= 0.000005 /\ Rabs (A - (hi + lo)) * R1 <=
  (1.0001 * O + 0.000001) * u64.
Proof.
destruct R1_facts as (R0 & Rs & Dp & RD & _). destruct lo_facts as (L1 & L2 & L3). assert (P := sg). assert (U := u64_val).
  destruct parts as (Pa & _). destruct A_mu as (_ & Am).
split; [split; [apply Rmult_le_pos; [apply Rabs_pos|lra]|]|split; [|split]].
- assert (Rabs lo * R1 <= 1.0002 * sigma * R1) by (apply Rmult_le_compat_r; lra). unfold O. lra.
- intro HO. assert (0.3 * D' < Rabs lo).
  { apply Rmult_lt_reg_r with R1; [exact R0|]. replace (0.3 * D' * R1) with (0.3 * (R1 * D')) by ring. rewrite RD. unfold O in HO. lra. }
  assert (H2 : Rabs hi <= Rabs mu + 1.1 * sigma).
  { replace hi with (mu + ((A - mu) - (A - (hi + sl a)) - sl a)) by ring. eapply Rle_trans; [apply Rabs_triang|].
    assert (T1 := abs_sub ((A - mu) - (A - (hi + sl a))) (sl a)).
    assert (T2 := abs_sub (A - mu) (A - (hi + sl a))). assert (T3 := sl_sigma). lra. }
  assert (u64 * Rabs hi <= u64 * (Rabs mu + 1.1 * sigma)) by (apply Rmult_le_compat_l; lra).
    assert (u64 * sigma <= 0.0000001 * sigma) by (apply Rmult_le_compat_r; lra). unfold tl in L3. lra.
- unfold tl. lra.
- assert (Rabs (A - (hi + lo)) * R1 <= u64 * (1.0001 * Rabs lo + 0.0000001 * sigma) * R1) by (apply Rmult_le_compat_r; lra).
  assert (u64 * (sigma * R1) <= u64 * 1.0001) by (apply Rmult_le_compat_l; lra). unfold O. lra.
Qed.

Lemma Fx : F64 x. Proof. destruct (good b0 b0_in) as (_ & Fb & _). now apply Fb. Qed.
Lemma same_mean : Rabs (A - A) * R1 <= 0.0001 * (u64 * M).
Proof. assert (U := u64_val). assert (M1 : 1 <= M) by apply Rmax_l. rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l by reflexivity.
  assert (0 <= u64 * M) by (apply Rmult_le_pos; lra). lra. Qed.
(* where the difference is rounded, the element is far from the mean, and the mean's error is nothing beside it *)
Lemma far_element : Rabs hi <= 2 * Rabs (x - hi) -> Rabs (A - mu) * R1 <= 0.0001 * (u64 * M).
Proof.
intro H. destruct R1_facts as (R0 & Rs & Dp & RD & D1 & D2). assert (P := sg). assert (U := u64_val). destruct parts as (Pa & _).
  destruct A_mu as (Am1 & Am). assert (T3 := sl_sigma).
assert (hm : Rabs (hi - mu) <= 1.1 * sigma).
{ replace (hi - mu) with ((A - mu) - (A - (hi + sl a)) - sl a) by ring. assert (T1 := abs_sub ((A - mu) - (A - (hi + sl a))) (sl a)).
  assert (T2 := abs_sub (A - mu) (A - (hi + sl a))). lra. }
assert (h1 : Rabs mu <= Rabs hi + Rabs (hi - mu)) by (replace mu with (hi - (hi - mu)) at 1 by ring; apply abs_sub).
assert (x1 : Rabs (x - hi) <= Rabs (x - mu) + Rabs (hi - mu)) by (replace (x - hi) with ((x - mu) - (hi - mu)) by ring; apply abs_sub).
assert (far : 1000000 * sigma <= Rabs (x - mu)) by lra.
assert (Di : 0 < / D) by (apply Rinv_0_lt_compat; lra).
assert (XM : Rabs (x - mu) * / D <= M) by (assert (Z := Rmax_r 1 (Rabs xhat)); fold M in Z; unfold xhat in Z;
  rewrite Rabs_mult, (Rabs_pos_eq (/ D)) in Z by lra; exact Z).
assert (RDi : R1 <= 1.00001 * / D).
{ apply Rmult_le_reg_r with D; [lra|]. rewrite Rmult_assoc, Rinv_l by lra.
  assert (R1 * D <= R1 * (1.00001 * D')) by (apply Rmult_le_compat_l; lra). lra. }
assert (S1 : sigma * / D <= 0.000001 * M).
{ assert (1000000 * sigma * / D <= Rabs (x - mu) * / D) by (apply Rmult_le_compat_r; lra). lra. }
assert (S2 : sigma * R1 <= 0.0000011 * M) by (assert (sigma * R1 <= sigma * (1.00001 * / D)) by (apply Rmult_le_compat_l; lra);
  assert (M1 : 1 <= M) by apply Rmax_l; lra).
assert (Rabs (A - mu) * R1 <= 8.0127 * (u64 * sigma) * R1) by (apply Rmult_le_compat_r; lra).
assert (u64 * (sigma * R1) <= u64 * (0.0000011 * M)) by (apply Rmult_le_compat_l; lra). assert (0 <= u64 * M) by (apply Rmult_le_pos;
  [lra|assert (M1 : 1 <= M) by apply Rmax_l; lra]). lra.
Qed.

Theorem narrow64 (fused : bool) : Rabs (y64 fused hi lo rs x gamma beta - (gamma * xhat + beta)) <= (if fused then B64_fused else
  B64_unfused) * u64 * Bracket + eta64.
Proof.
assert (U := u64_val). destruct R1_facts as (R0 & Rs & Dp & RD & _). destruct O_facts as (O1 & Ofar & Tl & Rst).
  destruct lo_facts as (_ & _ & Lh). destruct F_a as (_ & Fhi & _).
assert (Flo : F64 lo) by apply merge.rnd64_F. set (rest := A - (hi + lo)) in *. assert (Sum : hi + lo + rest = A) by (unfold rest; ring).
set (Rr := 1.0001 * O + 0.000001) in *. assert (Rr0 : 0 <= Rr <= 4) by (unfold Rr; lra). assert (O2 : 0 <= O <= 1.01) by lra.
  assert (k3 : 1 <= 1.001 <= 3) by lra.
assert (M1 : 1 <= M) by apply Rmax_l. assert (uM : 0 <= u64 * M) by (apply Rmult_le_pos; lra).
assert (uB : 0 <= u64 * Bracket).
{ apply Rmult_le_pos; [lra|]. unfold Bracket. assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  assert (X := Rabs_pos beta). lra. }
assert (Fst : 0.3 < O -> Rabs (A - mu) * sigma + Rabs (V2 - sigma * sigma) / 2 <= 5.562 * u64 * (sigma * sigma)) by (intro H;
  exact (st_of 5.562 (far_stats all good some (Ofar H)))).
unfold f64_whole.y64. destruct fused.
- assert (T := fused64 x hi lo rest R1 rs 1.001 O Rr tl Fx Fhi R0 k3 rs_err Flo (Rle_refl _) O2 Rst Rr0 Lh Tl). rewrite Sum in T.
  unfold emin64 in T.
  set (t := last.t_fused (-1074) 53 x hi rs (shift64 lo rs)) in *.
  assert (E2 : Rabs (t - xhat) <= 10.63 * u 53 * Rmax 1 (Rabs xhat)).
  { change (u 53) with u64. fold M. rewrite Rmult_assoc. destruct T as [T|(H & T)].
    - destruct (Rle_or_lt O 0.3) as [Nr|Fr].
      + assert (E := combine t A 8.0127 (1.001 + 1 + O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) near_st same_mean T).
        eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra].
      + assert (E := combine t A 5.562 (1.001 + 1 + O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) (Fst Fr) same_mean T).
        eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra].
    - assert (E := combine t mu 5.455 (1.001 + 2 + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) m2_st (far_element H) T).
      eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra]. }
  assert (Y := y_fused_err (-1074) 53 ltac:(lia) t gamma beta xhat 10.63 ltac:(lra) E2). change (u 53) with u64 in Y. fold M Bracket in Y.
    eapply Rle_trans; [exact Y|].
  change (eta (-1074)) with eta64. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u64). apply Rmult_le_compat_r;
    [exact uB|unfold B64_fused; lra].
- assert (T := unfused64 x hi lo rest R1 rs 1.001 O Rr tl Fx Fhi R0 k3 rs_err Flo (Rle_refl _) O2 Rst Rr0 Lh Tl). rewrite Sum in T.
  unfold emin64 in T.
  set (t := last.t_unfused (-1074) 53 x hi rs (shift64 lo rs)) in *.
  assert (E2 : Rabs (t - xhat) <= 11.93 * u 53 * Rmax 1 (Rabs xhat)).
  { change (u 53) with u64. fold M. rewrite Rmult_assoc. destruct T as [T|(H & T)].
    - destruct (Rle_or_lt O 0.3) as [Nr|Fr].
      + assert (E := combine t A 8.0127 (1.001 + 2 + 2 * O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) near_st same_mean T).
        eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra].
      + assert (E := combine t A 5.562 (1.001 + 2 + 2 * O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) (Fst Fr) same_mean T).
        eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra].
    - assert (E := combine t mu 5.455 (1.001 + 3 + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) m2_st (far_element H) T).
      eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra]. }
  assert (Y := y_unfused_err (-1074) 53 ltac:(lia) t gamma beta xhat 11.93 Fgamma Fbeta ltac:(lra) E2). change (u 53) with u64 in Y.
    fold M Bracket in Y. eapply Rle_trans; [exact Y|].
  change (eta (-1074)) with eta64. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u64). apply Rmult_le_compat_r;
    [exact uB|unfold B64_unfused; lra].
Qed.
End NarrowY.
