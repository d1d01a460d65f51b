(* LayerNorm of doubles, from the blocks' moments to y: sections 4, 5, 6 and 9. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow rstd f64_pairs f64_row f64_merged f64_last f64_var.
Require blocks float32.
Import ListNotations.
Local Open Scope R_scope.

Definition y64 (fused : bool) hi lo rs x gamma beta :=
  if fused then y_fused (-1074) 53 (t_fused (-1074) 53 x hi rs (shift64 lo rs)) gamma beta
  else y_unfused (-1074) 53 (t_unfused (-1074) 53 x hi rs (shift64 lo rs)) gamma beta.

(* the second and the third double of the mean *)
Definition lo64 (a : st) := rnd64 (sl a + sr a).

Section Whole64.
Variable all : list (rblock * st).
Hypothesis good : forall c, In c all -> rgood (-1074) 53 (fst c) /\ near64 (fst c) (snd c).
Hypothesis some : all <> [].
Let row := row all.
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 30.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis wide_row : Rabs mu <= 8589934592 * sigma.
Let M2 := blocks.M2 (bs row).
Let I0 := row.mean_merged row.
Let W0 := row.m2_merged row.
Let V2 := W0 / cols.
Lemma sg : 0 < sigma. Proof. exact (f64_row.sigma0 all sigma_big). Qed.
Lemma c1 : 1 <= cols. Proof. exact (f64_row.cols1 all good some). Qed.
Lemma M2e : cols * (sigma * sigma) = M2. Proof. exact (f64_row.M2_eq all good some). Qed.
Lemma V2_near : (1 - 0.000001) * (sigma * sigma) <= V2 <= (1 + 0.000001) * (sigma * sigma) /\ Rabs (I0 - mu) <= 0.000001 * sigma.
Proof.
destruct (W0_near all good some sigma_big) as (H & H2). change (Rabs (W0 - M2) <= 0.000001 * M2) in H.
  change (cols * Rabs (I0 - mu) * sigma <= 0.000001 * M2) in H2.
assert (C := c1). assert (P := sg). rewrite <- M2e in H, H2.
assert (E : W0 = cols * V2) by (unfold V2; field; lra). rewrite E in H.
assert (X := Rle_abs (cols * V2 - cols * (sigma * sigma))). assert (Y := Rle_abs (- (cols * V2 - cols * (sigma * sigma)))).
  rewrite Rabs_Ropp in Y.
split; [split; apply Rmult_le_reg_l with cols; lra|]. apply Rmult_le_reg_r with sigma; [exact P|]. apply Rmult_le_reg_l with cols; lra.
Qed.
Lemma sqrtV2 : 0.99999 * sigma <= sqrt V2.
Proof.
destruct V2_near as ((A & B) & _). assert (P := sg). assert (ss := Rle_0_sqr sigma). unfold Rsqr in ss.
apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def by lra. lra.
Qed.

(* any scale D that grows no faster than sigma, D' the same of the ideal moments; rs: rstd *)
Section Scale.
Variables hi lo rs D D' : R.
Hypothesis Fhi : F64 hi.
Hypothesis Flo : F64 lo.
Hypothesis mean_near : Rabs (I0 - (hi + lo)) <= 0.00001 * (u64 * sigma).
Let tl := 0.00001 * (u64 * sigma).
Hypothesis lo_hi : Rabs lo <= 1.01 * (u64 * Rabs hi) + tl.
Hypothesis D_ge : sigma <= D.
Hypothesis D'_ge : sqrt V2 <= D'.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - sigma).
Hypothesis rs_err : Rabs (rs - / D') <= 1.0001 * (u64 * / D').
Variables (b0 : rblock) (x gamma beta : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := (x - mu) * / D.
Let M := Rmax 1 (Rabs xhat).
Let Bracket := Rabs gamma * M + Rabs beta.

Lemma row_g b : In b row -> rgood (-1074) 53 b. Proof. exact (f64_row.row_good all good b). Qed.
Lemma row_s : row <> []. Proof. exact (f64_row.row_some all good some). Qed.
Lemma Fx : F64 x. Proof. destruct (row_g b0 b0_in) as (_ & A & _). exact (A x x_in). Qed.
Lemma D'p : 0.99999 * sigma <= D'. Proof. assert (H := sqrtV2). lra. Qed.
Lemma R1s : 0 < / D' /\ sigma * / D' <= 1.0001.
Proof.
assert (H := D'p). assert (P := sg). assert (I : 0 < / D') by (apply Rinv_0_lt_compat; lra). split; [exact I|].
apply Rmult_le_reg_r with D'; [lra|]. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Let rest := I0 - (hi + lo).
Lemma lo_small : Rabs lo * / D' <= 0.0000012.
Proof.
destruct R1s as (I & J). destruct V2_near as (_ & Im). assert (U := u64_val). assert (P := sg).
assert (us : 0 <= u64 * sigma <= 0.0000001 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (H : Rabs hi <= Rabs mu + 0.00001 * sigma + Rabs lo).
{ replace hi with (mu + ((I0 - mu) - (I0 - (hi + lo))) - lo) by ring. eapply Rle_trans; [apply abs_sub|]. apply Rplus_le_compat_r.
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := abs_sub (I0 - mu) (I0 - (hi + lo))). lra. }
assert (h0 := Rabs_pos hi). assert (m0 := Rabs_pos mu).
assert (tl0 : 0 <= tl <= 0.00000000001 * sigma).
{ unfold tl. assert (u64 * sigma <= 0.000001 * sigma) by (apply Rmult_le_compat_r; lra). lra. }
assert (L : Rabs lo <= 0.0000001 * Rabs hi + 0.00000000001 * sigma) by (eapply Rle_trans; [exact lo_hi|];
  assert (u64 * Rabs hi <= 0.00000001 * Rabs hi) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]); lra).
assert (um : u64 * Rabs mu <= 0.00000095368 * sigma).
{ apply Rle_trans with (/ 9007199254740992 * (8589934592 * sigma)); [apply Rmult_le_compat; lra|lra]. }
assert (u64 * Rabs hi <= u64 * (1.001 * (Rabs mu + 0.00001 * sigma))) by (apply Rmult_le_compat_l; lra).
assert (Rabs lo <= 0.00000099 * sigma) by (unfold tl in *; lra).
assert (Rabs lo * / D' <= 0.00000099 * sigma * / D') by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma rest_small : Rabs rest * / D' <= 0.000012 * u64.
Proof.
destruct R1s as (I & J). assert (U := u64_val). assert (P := sg). unfold rest.
assert (Rabs (I0 - (hi + lo)) * / D' <= 0.00001 * (u64 * sigma) * / D') by (apply Rmult_le_compat_r; lra).
assert (u64 * (sigma * / D') <= u64 * 1.0001) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma E_total t l : 0 <= l <= 8 -> Rabs (t - (x - I0) * / D') <= u64 * l * Rmax 1 (Rabs ((x - I0) * / D')) ->
  Rabs (t - xhat) <= (7.93 + l + 0.007) * u64 * M.
Proof.
intros Hl Ht. assert (P := sg). assert (C := c1). assert (U := u64_val). destruct R1s as (I & _). assert (Dp := D'p).
destruct V2_near as ((A & B) & _). assert (ss := Rle_0_sqr sigma). unfold Rsqr in ss. assert (V0 : 0 <= V2) by lra.
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). assert (St := stats_near (-1074) 53 ltac:(lia) row row_g row_s).
change (cols * Rabs (I0 - mu) * sigma + Rabs (W0 - M2) / 2 <= u64 * 7.93 * M2) in St. rewrite <- M2e in St.
assert (St' : Rabs (I0 - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 7.93 * u64 * (sigma * sigma)).
{ rewrite (sqrt_def V2 V0). replace (V2 - sigma * sigma) with ((W0 - cols * (sigma * sigma)) * / cols) by (unfold V2; field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. apply (Rmult_le_compat_r (/ cols)) in St; [|lra].
  replace ((cols * Rabs (I0 - mu) * sigma + Rabs (W0 - cols * (sigma * sigma)) / 2) * / cols)
    with (Rabs (I0 - mu) * sigma + Rabs (W0 - cols * (sigma * sigma)) * / cols / 2) in St by (field; lra).
  replace (u64 * 7.93 * (cols * (sigma * sigma)) * / cols) with (7.93 * u64 * (sigma * sigma)) in St by (field; lra). exact St. }
assert (R0 : / D * D = 1) by (field; lra).
assert (R1 : Rabs (/ D' * D' - 1) <= 0.001 * u64) by (replace (/ D' * D' - 1) with 0 by (field; lra); rewrite Rabs_R0; lra).
assert (U24 : 0 < u64 <= / 16777216) by lra.
assert (E := statistics_err u64 mu I0 sigma (sqrt V2) 7.93 U24 P (sqrt_pos _) ltac:(lra) St' D D' (/ D) (/ D') x D_ge D_err R0 R1).
fold xhat in E. fold M in E. set (E1 := (x - I0) * / D') in *. assert (M1 : 1 <= M) by apply Rmax_l.
  assert (M2' : Rabs xhat <= M) by apply Rmax_r.
assert (uM : 0 <= u64 * M <= 0.00000001 * M) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (EB := of_err _ _ _ E). assert (mx : Rmax 1 (Rabs E1) <= 1.000001 * M) by (apply Rmax_lub; lra).
assert (u64 * l * Rmax 1 (Rabs E1) <= u64 * l * (1.000001 * M)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact mx]).
assert (l * (u64 * M) <= 8 * (u64 * M)) by (apply Rmult_le_compat_r; lra).
replace (t - xhat) with ((t - E1) + (E1 - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Theorem layernorm64 (fused : bool) :
  Rabs (y64 fused hi lo rs x gamma beta - (gamma * xhat + beta)) <= (if fused then B64_fused else B64_unfused) * u64 * Bracket + eta64.
Proof.
assert (U := u64_val). destruct R1s as (I & J). assert (Rs := rest_small). assert (Lo := lo_small). assert (Fx' := Fx).
assert (Sum : hi + lo + rest = I0) by (unfold rest; ring).
assert (k3 : 1 <= 1.0001 <= 3) by lra.
assert (Tl : tl * / D' <= 0.000005).
{ unfold tl. assert (u64 * (sigma * / D') <= u64 * 1.0001) by (apply Rmult_le_compat_l; lra). lra.
  } assert (O3 : 0 <= 0.0000012 <= 1.01) by lra. assert (r4 : 0 <= 0.000012 <= 4) by lra.
assert (M1 : 1 <= M) by apply Rmax_l.
assert (uB : 0 <= u64 * Bracket).
{ apply Rmult_le_pos; [lra|]. unfold Bracket. assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  assert (X := Rabs_pos beta). lra. }
unfold y64. destruct fused.
- assert (T := fused64 x hi lo rest (/ D') rs 1.0001 0.0000012 0.000012 tl Fx' Fhi I k3 rs_err Flo Lo O3 Rs r4 lo_hi Tl). rewrite Sum in T.
  assert (E2 : Rabs (t_fused (-1074) 53 x hi rs (shift64 lo rs) - xhat) <= 10.9406 * u 53 * Rmax 1 (Rabs xhat)).
  { assert (uM : 0 <= u64 * M) by (apply Rmult_le_pos; lra). change (u 53) with u64. fold M. rewrite Rmult_assoc.
    destruct T as [T|(_ & T)]; [assert (E := E_total _ (1.0001 + 1 + 0.0000012 + 1.001 * 0.000012 + 0.003) ltac:(lra) T)|assert (E :=
      E_total _ (1.0001 + 2 + 1.001 * 0.000012 + 0.003) ltac:(lra) T)];
      unfold emin64 in E; rewrite Rmult_assoc in E; lra. }
  assert (Y := y_fused_err (-1074) 53 ltac:(lia) _ gamma beta xhat 10.9406 ltac:(lra) E2).
  change (u 53) with u64 in Y. fold M Bracket in Y. eapply Rle_trans; [exact Y|]. change (eta (-1074)) with eta64. apply Rplus_le_compat_r.
  rewrite !(Rmult_assoc _ u64). apply Rmult_le_compat_r; [exact uB|unfold B64_fused; lra].
- assert (T := unfused64 x hi lo rest (/ D') rs 1.0001 0.0000012 0.000012 tl Fx' Fhi I k3 rs_err Flo Lo O3 Rs r4 lo_hi Tl).
  rewrite Sum in T.
  assert (E2 : Rabs (t_unfused (-1074) 53 x hi rs (shift64 lo rs) - xhat) <= 11.9406 * u 53 * Rmax 1 (Rabs xhat)).
  { assert (uM : 0 <= u64 * M) by (apply Rmult_le_pos; lra). change (u 53) with u64. fold M. rewrite Rmult_assoc.
    destruct T as [T|(_ & T)]; [assert (E := E_total _ (1.0001 + 2 + 2 * 0.0000012 + 1.001 * 0.000012 + 0.003) ltac:(lra) T)|assert (E :=
      E_total _ (1.0001 + 3 + 1.001 * 0.000012 + 0.003) ltac:(lra) T)];
      unfold emin64 in E; rewrite Rmult_assoc in E; lra. }
  assert (Y := y_unfused_err (-1074) 53 ltac:(lia) _ gamma beta xhat 11.9406 Fgamma Fbeta ltac:(lra) E2).
  change (u 53) with u64 in Y. fold M Bracket in Y. eapply Rle_trans; [exact Y|]. change (eta (-1074)) with eta64. apply Rplus_le_compat_r.
  rewrite !(Rmult_assoc _ u64). apply Rmult_le_compat_r; [exact uB|unfold B64_unfused; lra].
Qed.
End Scale.

(* eps inside: rstd of the merged moments a *)
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variables (a : st) (eps : R).
Hypothesis F_a : F64 (sm a) /\ F64 (sl a) /\ F64 (sr a) /\ F64 (s2 a) /\ F64 (s2l a) /\ F64 cols /\ F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis ready_a : ready all a.
Hypothesis s2_pos : 0 <= s2 a.
Hypothesis sl_small : Rabs (sl a) <= 1.01 * (u64 * Rabs (sm a)).
Hypothesis s2l_small : Rabs (s2l a) <= 1.01 * (u64 * Rabs (s2 a)).
Hypothesis ordinary : bpow radix2 (-800) <= V64 (s2 a) cols eps <= bpow radix2 800.
Let rs := rstd64 pe (s2 a) (s2l a) cols eps.
Let D' := sqrt (V2 + eps).

(* what the shift is made of *)
Lemma lo64_ok : Rabs (I0 - (sm a + lo64 a)) <= 0.00001 * (u64 * sigma) /\ Rabs (lo64 a) <= 1.01 * (u64 * Rabs (sm a)) + 0.00001 * (u64 *
  sigma).
Proof.
destruct F_a as (_ & F2 & Fr & _). destruct ready_a as (R1 & R2 & _). change (Rabs (I0 - (sm a + sl a)) <= 0.000005 * (u64 * sigma)) in R1.
change (Rabs (sr a) <= 0.000003 * (u64 * sigma)) in R2. assert (U := u64_val). assert (P := sg). destruct V2_near as (_ & Im).
assert (us : 0 <= u64 * sigma <= 0.000001 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (E : Rabs (lo64 a - (sl a + sr a)) <= u64 * Rabs (sl a + sr a)) by now apply add64. assert (T := Rabs_triang (sl a) (sr a)).
assert (um : u64 * Rabs mu <= 0.00000095368 * sigma).
{ apply Rle_trans with (/ 9007199254740992 * (8589934592 * sigma)); [apply Rmult_le_compat; try lra; apply Rabs_pos|lra]. }
assert (H : Rabs (sm a) <= Rabs mu + 0.00001 * sigma + Rabs (sl a)).
{ replace (sm a) with (mu + ((I0 - mu) - (I0 - (sm a + sl a))) - sl a) by ring. eapply Rle_trans; [apply abs_sub|].
  apply Rplus_le_compat_r.
  eapply Rle_trans; [apply Rabs_triang|]. assert (T2 := abs_sub (I0 - mu) (I0 - (sm a + sl a))). lra. }
assert (h0 := Rabs_pos (sm a)). assert (u64 * Rabs (sm a) <= 0.00000001 * Rabs (sm a)) by (apply Rmult_le_compat_r; lra).
assert (m0 := Rabs_pos mu). assert (u64 * Rabs (sm a) <= u64 * (1.001 * (Rabs mu + 0.00001 * sigma))) by (apply Rmult_le_compat_l; lra).
assert (Lb : Rabs (sl a) <= 0.00000099 * sigma) by lra.
assert (u64 * Rabs (sl a + sr a) <= u64 * (0.000001 * sigma)) by (apply Rmult_le_compat_l; lra).
split.
- replace (I0 - (sm a + lo64 a)) with ((I0 - (sm a + sl a)) - ((lo64 a - (sl a + sr a)) + sr a)) by ring. eapply Rle_trans;
  [apply abs_sub|].
  assert (T2 := Rabs_triang (lo64 a - (sl a + sr a)) (sr a)). lra.
- assert (X := of_err _ _ _ E). lra.
Qed.

Lemma V2c_err : Rabs ((s2 a + s2l a) / cols - V2) <= 0.00002 * (u64 * (sigma * sigma)).
Proof.
destruct ready_a as (_ & _ & H). change (Rabs (s2 a + s2l a - W0) <= 0.00002 * (u64 * M2)) in H. assert (C := c1). rewrite <- M2e in H.
replace ((s2 a + s2l a) / cols - V2) with ((s2 a + s2l a - W0) * / cols) by (unfold V2; field; lra).
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra.
apply (Rmult_le_compat_r (/ cols)) in H; [|lra]. replace (0.00002 * (u64 * (cols * (sigma * sigma))) * / cols) with (0.00002 * (u64 *
  (sigma * sigma))) in H by (field; lra). exact H.
Qed.

Lemma rs_is : Rabs (rs - / D') <= 1.0001 * (u64 * / D').
Proof.
destruct F_a as (F1 & F2 & _ & F3 & F4 & F5 & F6). assert (C := c1). assert (U := u64_val). assert (P := sg).
assert (sl' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact s2l_small).
destruct (R1_64_is pe pe_ok (s2 a) (s2l a) cols eps (conj F3 (conj F4 (conj F5 F6))) s2_pos sl' C eps_pos ordinary) as (R1 & R2 & R3).
fold rs in R2. set (R := R1_64 pe (s2 a) (s2l a) cols eps) in *. set (Vc := (s2 a + s2l a) / cols) in *.
assert (E := V2c_err). fold Vc in E. destruct V2_near as ((A & B) & _). assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
set (X := V2 + eps) in *. assert (Xp : 0.99 * (sigma * sigma) <= X) by (unfold X; lra).
set (e := (Vc + eps) / X - 1). assert (us : 0 <= u64 * (sigma * sigma)) by (apply Rmult_le_pos; lra).
assert (eb : Rabs e <= 0.000021 * u64).
{ replace e with ((Vc - V2) * / X) by (unfold e, X; field; unfold X in Xp; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ X)) by (left;
  apply Rinv_0_lt_compat; lra).
  apply Rmult_le_reg_r with X; [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  assert (0.000021 * u64 * (0.99 * (sigma * sigma)) <= 0.000021 * u64 * X) by (apply Rmult_le_compat_l; lra). lra. }
destruct (sqrt1 e) as (d & Db & Q); [lra|].
assert (Sq : sqrt (Vc + eps) = D' * (1 + d)).
{ replace (Vc + eps) with (X * (1 + e)) by (unfold e; field; lra). rewrite sqrt_mult_alt by lra. now rewrite Q. }
assert (D0 : 0 < D') by (apply sqrt_lt_R0; lra). rewrite Sq in R1. set (w := R * (D' * (1 + d)) - 1) in *.
assert (Ip : 0 < / D') by now apply Rinv_0_lt_compat.
assert (uu : u64 * u64 <= 0.00000001 * u64) by (apply Rmult_le_compat_r; lra).
assert (d1 := Rle_abs d). assert (d2 := Rle_abs (- d)). rewrite Rabs_Ropp in d2. assert (w1 := Rle_abs w). 
assert (RE : R * D' - 1 = w - R * D' * d) by (unfold w; ring).
assert (RDb : R * D' <= 1.001).
{ assert (0 <= R * D') by (apply Rmult_le_pos; [assert (Z := bpow_gt_0 radix2 (-402))|]; lra).
  assert (R * D' * 0.9999 <= R * D' * (1 + d)) by (apply Rmult_le_compat_l; lra).
  assert (R * D' * (1 + d) = 1 + w) by (unfold w; ring). lra. }
assert (RD0 : 0 <= R * D') by (apply Rmult_le_pos; [assert (Z := bpow_gt_0 radix2 (-402))|]; lra).
assert (RD : Rabs (R * D' - 1) <= 0.00002 * u64).
{ rewrite RE. eapply Rle_trans; [apply abs_sub|]. rewrite (Rabs_mult (R * D') d), (Rabs_pos_eq (R * D')) by assumption.
  assert (R * D' * Rabs d <= 1.001 * Rabs d) by (apply Rmult_le_compat_r; [apply Rabs_pos|exact RDb]). lra. }
assert (RR : Rabs (R - / D') <= 0.00002 * u64 * / D').
{ replace (R - / D') with ((R * D' - 1) * / D') by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D')) by lra. apply Rmult_le_compat_r;
  lra. }
replace (rs - / D') with ((rs - R) + (R - / D')) by ring. eapply Rle_trans; [apply Rabs_triang|].
assert (Rb : R <= 1.00001 * / D').
{ assert (X1 := Rle_abs (R - / D')). assert (u64 * / D' <= 0.00001 * / D') by (apply Rmult_le_compat_r; lra). lra. }
assert (u64 * R <= u64 * (1.00001 * / D')) by (apply Rmult_le_compat_l; lra). assert (0 <= u64 * / D') by (apply Rmult_le_pos; lra). lra.
Qed.

Variables (b0 : rblock) (x gamma beta : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := (x - mu) * / sqrt (sigma * sigma + eps).

Theorem layernorm64_inside (fused : bool) :
  Rabs (y64 fused (sm a) (lo64 a) rs x gamma beta - (gamma * xhat + beta)) <= (if fused then B64_fused else B64_unfused) * u64 *
    (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64.
Proof.
destruct F_a as (F1 & F2 & Fr & _). assert (P := sg). destruct lo64_ok as (Lo1 & Lo2). destruct V2_near as ((A & B) & _).
  assert (ss := Rle_0_sqr sigma). unfold Rsqr in ss. assert (V0 : 0 <= V2) by lra.
assert (Dge : sigma <= sqrt (sigma * sigma + eps)) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite sqrt_def; lra).
assert (D'ge : sqrt V2 <= D') by (apply sqrt_le_1_alt; lra).
assert (Derr : Rabs (D' - sqrt (sigma * sigma + eps)) <= Rabs (sqrt V2 - sigma)).
{ unfold D'. rewrite <- (sqrt_def V2 V0) at 1. apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
exact (layernorm64 (sm a) (lo64 a) rs (sqrt (sigma * sigma + eps)) D' F1 (merge.rnd64_F _) Lo1 Lo2 Dge D'ge Derr rs_is b0 x gamma beta
  b0_in x_in Fgamma Fbeta fused).
Qed.
End Whole64.
