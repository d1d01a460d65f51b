(* LayerNorm of floats, of any row: ordinary or not, eps inside the root or outside, from the blocks' moments to y. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total row rstd scale32 float32 merge step mergeops merges mergerow whole32 scales anyscale rowscale.
Require Import tinymean hugeeps.
Import ListNotations.
Local Open Scope R_scope.

Section AnyRow.
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
Variables x gamma beta : R.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := (x - mu) * / D_any eps outside sigma.
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Let good_y (y : R) (fused : bool) := Rabs (y - (gamma * xhat + beta)) <= (if fused then B_fused else B_unfused) * u32 * Bracket + eta32.

(* what comes out of sections 5 and 6 *)
Definition y_any (mean mean_lo m2 : R) (k : Z) (fused : bool) := y_scaled mean mean_lo k (rstd64 m2 cols eps outside) x gamma beta fused.

(* no element is beyond the largest float, or hardly *)
Hypothesis row_max : forall b z, In b row -> In z (bx b) -> Rabs z <= bpow radix2 129.
Hypothesis x_max : Rabs x <= bpow radix2 129.

Lemma moments_max : Rabs mu <= bpow radix2 129 /\ sigma <= bpow radix2 129.
Proof.
assert (C := cols_1 row row_good row_some). fold cols in C. assert (H := spread (-149) 24 row row_good row_some 0). fold cols mu sigma in H.
set (B := bpow radix2 129) in *. assert (B0 : 0 < B) by apply bpow_gt_0.
assert (L : sum (fun b => QQ (bx b) 0) row <= B * B * cols).
{ unfold cols, row.cols, blocks.N, bs. rewrite sum_map, <- sum_scal. apply sum_le. intros b Ib. unfold tob. cbn [blocks.cnt].
  unfold n, QQ. rewrite <- sum_const. apply sum_le. intros z Iz. rewrite Rminus_0_r. assert (Z := row_max b z Ib Iz). fold B in Z.
  replace (z * z) with (Rabs z * Rabs z) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; exact Z. }
rewrite H, Rminus_0_r, (Rmult_comm (B * B)) in L. apply Rmult_le_reg_l in L; [|lra].
assert (m0 := Rle_0_sqr mu). assert (s0 := Rle_0_sqr sigma). unfold Rsqr in *. split; [apply abs_le_of_sqr; lra|apply le_of_sqr; lra].
Qed.

Section Moments.
Variables mean mean_lo m2 : R.
Variable k : Z.
Let m := mean + mean_lo.
Let V2 := m2 / cols.
Hypothesis m2_pos : 0 <= m2.
Hypothesis k_is : power_of_row m2 cols eps outside k.

Hypothesis merging : Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).

Lemma V2_near : 0 <= V2 /\ Rabs (m - mu) <= 0.001 * sigma /\ Rabs (V2 - sigma * sigma) <= 0.001 * (sigma * sigma).
Proof.
assert (C := cols_1 row row_good row_some). fold cols in C. assert (U := u32_val). assert (S0 := sigma_not0).
assert (Nr := rowscale.near row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging). fold cols mu sigma m V2 in Nr.
assert (V0 : 0 <= V2) by (apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; lra]).
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat. rewrite sqrt_def in Nr by assumption.
assert (A := Rabs_pos (V2 - sigma * sigma)). assert (B : 0 <= Rabs (m - mu) * sigma) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
assert (E : 7.936 * u32 * (sigma * sigma) <= 0.0001 * (sigma * sigma)) by (apply Rmult_le_compat_r; lra).
split; [assumption|]. split; [apply Rmult_le_reg_r with sigma; [assumption|]; lra|lra].
Qed.
Lemma V2_low : bpow radix2 (-341) <= V2.
Proof.
destruct V2_near as (_ & _ & E). assert (X := Rle_abs (- (V2 - sigma * sigma))). rewrite Rabs_Ropp in X.
assert (L := sigma_low row row_good row_some cols_max sigma_not0). fold sigma in L.
assert (L2 : bpow radix2 (-340) <= sigma * sigma).
{ change (-340)%Z with (-170 + -170)%Z. rewrite bpow_plus. assert (Q := bpow_gt_0 radix2 (-170)). apply Rmult_le_compat; lra. }
assert (P := bpow_gt_0 radix2 (-340)). replace (bpow radix2 (-341)) with (bpow radix2 (-340) / 2); [lra|].
change (-341)%Z with (-340 + -1)%Z. rewrite bpow_plus. reflexivity.
Qed.

(* where section 5 rounds neither part of the mean *)
Lemma layernorm_exact fused : Rabs (mean - m) <= 2 * u64 * Rabs m -> V_any m2 cols eps outside <= bpow radix2 370 ->
  F64 (mean * bpow radix2 k) -> F64 (mean_lo * bpow radix2 k) -> good_y (y_any mean mean_lo m2 k fused) fused.
Proof.
intros mm Vm Fm Fl. assert (C := cols_1 row row_good row_some). fold cols in C. assert (Low := V2_low). assert (V0 := proj1 V2_near).
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat. assert (Cr := conj C cols_max).
assert (Ri := rstd64_is m2 cols eps outside m2_pos F_eps eps_pos Cr Low Vm). fold V2 in Ri.
destruct (rstd64_range m2 cols eps outside m2_pos F_eps eps_pos Cr Low Vm k k_is) as (Rr & Rs).
assert (Dge : sigma <= D_any eps outside sigma).
{ unfold D_any. destruct outside; [lra|]. apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra. }
assert (Derr : Rabs (D_any eps outside (sqrt V2) - D_any eps outside sigma) <= Rabs (sqrt V2 - sigma)).
{ unfold D_any. destruct outside.
  - replace (sqrt V2 + eps - (sigma + eps)) with (sqrt V2 - sigma) by ring. apply Rle_refl.
  - apply scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
exact (layernorm_scaled row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging mm k
  (D_any eps outside sigma) (D_any eps outside (sqrt V2)) (rstd64 m2 cols eps outside) Dge Derr Ri Fm Fl Rr Rs x gamma beta Fx
  Fgamma Fbeta fused).
Qed.

(* no moment is much larger than the elements *)
Lemma moments_below : Rabs mean_lo <= u64 * Rabs m -> Rabs mean <= bpow radix2 132 /\ Rabs mean_lo <= bpow radix2 132 /\ V2 <= bpow radix2 304.
Proof.
intro Lo. destruct moments_max as (Mm & Sm). assert (U := u64_val). destruct V2_near as (V0 & Em & Ev). assert (S0 := sigma_not0).
set (B := bpow radix2 129) in *. assert (B0 : 0 < B) by apply bpow_gt_0. assert (B3 : bpow radix2 132 = 8 * B).
{ unfold B. change 132%Z with (3 + 129)%Z. rewrite bpow_plus. reflexivity. }
assert (mB : Rabs m <= 2 * B).
{ replace m with ((m - mu) + mu) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (um : u64 * Rabs m <= 0.001 * Rabs m) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
split; [|split; [lra|]].
- replace mean with (m + - mean_lo) by (unfold m; ring). eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
- assert (X := Rle_abs (V2 - sigma * sigma)). assert (sigma * sigma <= B * B) by (apply Rmult_le_compat; lra).
  apply Rle_trans with (bpow radix2 262); [|apply bpow_le; lia].
  replace (bpow radix2 262) with (16 * (B * B)) by (unfold B; change 16 with (bpow radix2 4); rewrite <- !bpow_plus; reflexivity).
  assert (0 <= B * B) by (apply Rmult_le_pos; lra). lra.
Qed.

(* where eps leaves nothing of xhat *)
Lemma layernorm_far fused : k = (-90)%Z -> Rabs mean_lo <= u64 * Rabs m -> bpow radix2 370 < V_any m2 cols eps outside ->
  good_y (y_any mean mean_lo m2 k fused) fused.
Proof.
intros -> Lo Far. assert (C := cols_1 row row_good row_some). fold cols in C. destruct moments_max as (Mm & _). assert (U3 := u32_val).
destruct (moments_below Lo) as (meanB & loB & High). assert (Low := V2_low). assert (S0 := sigma_not0). set (B := bpow radix2 129) in *.
assert (Vr := conj Low High). assert (Cr := conj C cols_max).
assert (W := rstd64_small m2 cols eps outside m2_pos F_eps eps_pos Cr Vr Far).
assert (D := D_large m2 cols eps outside m2_pos F_eps eps_pos Cr Vr Far sigma (Rlt_le _ _ S0)).
assert (P := bpow_gt_0 radix2 182). assert (Ip : 0 < / D_any eps outside sigma) by (apply Rinv_0_lt_compat; lra).
assert (Xh : Rabs xhat <= bpow radix2 (-40)).
{ unfold xhat. rewrite Rabs_mult, (Rabs_pos_eq (/ _)) by lra.
  apply Rle_trans with (bpow radix2 130 * bpow radix2 (- (182))); [|rewrite <- bpow_plus; apply bpow_le; lia].
  apply Rmult_le_compat; [apply Rabs_pos|lra| |rewrite bpow_opp; apply Rinv_le; assumption].
  replace (bpow radix2 130) with (2 * B) by (unfold B; change 130%Z with (1 + 129)%Z; rewrite bpow_plus; reflexivity).
  unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. assert (X := x_max). fold B in X. lra. }
assert (Y := y_far mean mean_lo (rstd64 m2 cols eps outside) x gamma beta xhat meanB loB x_max W Xh Fgamma Fbeta fused).
eapply Rle_trans; [exact Y|]. fold Bracket. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u32).
assert (Br : 0 <= u32 * Bracket).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (M1 := Rmax_l 1 (Rabs xhat)).
  assert (0 <= Rabs gamma * Rmax 1 (Rabs xhat)) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). unfold Bracket. lra. }
apply Rmult_le_compat_r; [exact Br|]. destruct fused; unfold B_fused, B_unfused; lra.
Qed.
End Moments.

(* the mean that section 5 rounds when it is multiplied by 2^-90 *)
Lemma stand_in_merging mean mean_lo m2 a b : let m := mean + mean_lo in near_enough row m m2 -> Rabs (a + b - m) <= tiny ->
  Rabs (a + b - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Proof.
cbv zeta. set (m := mean + mean_lo). intros Ne Eab. assert (S0 := sigma_not0). assert (U3 := u32_val).
assert (T : tiny * sigma <= 0.001 * u32 * (sigma * sigma)).
{ rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|]. assert (L := sigma_low row row_good row_some cols_max sigma_not0). fold sigma in L.
  apply Rle_trans with (bpow radix2 (-34) * bpow radix2 (-170)); [unfold tiny; rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat; try apply bpow_ge_0; [rewrite U3; simpl; lra|exact L]. }
unfold near_enough in Ne. fold cols sigma in Ne.
assert (Rabs (a + b - row.mean_merged row) * sigma <= (tiny + Rabs (m - row.mean_merged row)) * sigma).
{ apply Rmult_le_compat_r; [lra|]. replace (a + b - row.mean_merged row) with ((a + b - m) + (m - row.mean_merged row)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra. }
lra.
Qed.

Theorem layernorm_any mean mean_lo m2 k fused : 0 <= m2 -> power_of_row m2 cols eps outside k -> F64 mean -> F64 mean_lo -> Rabs mean_lo <=
  u64 * Rabs (mean + mean_lo) ->
  near_enough row (mean + mean_lo) m2 -> good_y (y_any mean mean_lo m2 k fused) fused.
Proof.
intros M0 k_is Fm Fl Lo Ne. set (m := mean + mean_lo) in *. assert (Mg := merging_of row m m2 Ne). assert (U := u64_val).
assert (U3 := u32_val). assert (S0 := sigma_not0).
destruct (Rle_or_lt (V_any m2 cols eps outside) (bpow radix2 370)) as [Vm|Far].
2: { apply layernorm_far; try assumption. assert (L80 : bpow radix2 80 < bpow radix2 370) by (apply bpow_lt; lia).
  assert (L0 : bpow radix2 (-80) < bpow radix2 370) by (apply bpow_lt; lia).
  destruct k_is as [((A & C) & K)|[(A & K)|(A & K)]]; [unfold ordinary in *; lra|lra|exact K]. }
assert (mm : Rabs (mean - m) <= 2 * u64 * Rabs m).
{ replace (mean - m) with (- mean_lo) by (unfold m; ring). rewrite Rabs_Ropp. assert (0 <= u64 * Rabs m) by (apply Rmult_le_pos; [lra|apply
  Rabs_pos]).
  lra. }
assert (Cr := conj (cols_1 row row_good row_some) cols_max).
destruct (Z_le_gt_dec 0 k) as [K|K]; [apply layernorm_exact; try assumption; now apply double_up|].
assert (K90 : k = (-90)%Z) by (destruct k_is as [(_ & E)|[(_ & E)|(_ & E)]]; lia).
destruct (rstd64_range m2 cols eps outside M0 F_eps eps_pos Cr (V2_low mean mean_lo m2 M0 Mg) Vm k k_is) as (Rr & [Z|Rs]); [lia|].
assert (P60 := bpow_gt_0 radix2 (-100)). unfold y_any. rewrite K90 in Rr, Rs |- *.
assert (W0 : 0 <= rstd64 m2 cols eps outside / bpow radix2 (-90)) by lra.
destruct (mean_stands_in mean mean_lo Fm Fl Lo _ (conj W0 Rs)) as (a & b & Fa & Fb & Eab & Mab & Eh & Es).
assert (E : y_scaled mean mean_lo (-90) (rstd64 m2 cols eps outside) x gamma beta fused = y_scaled a b (-90) (rstd64 m2 cols eps outside) x gamma
  beta fused) by (unfold y_scaled; cbv zeta; now rewrite Eh, Es). rewrite E.
assert (K' := k_is). rewrite K90 in K'.
assert (Mab' := stand_in_merging mean mean_lo m2 a b Ne Eab). now apply layernorm_exact.
Qed.

Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* several blocks, all but the last full *)
Theorem layernorm_any_several f l b sf ss s k fused : row = f :: l ++ [b] -> agrees f sf -> Forall2 agrees l ss -> agrees b s ->
  length (bx f) = 1024%nat -> (forall c, In c l -> length (bx c) = 1024%nat) ->
  let t := merged pe sf ss in let a := mA t s in let c := mC3 pe t s in let m2 := s2 (merge2 pe t s) in
  power_of_row m2 cols eps outside k -> good_y (y_any (two_s a c) (two_e a c) m2 k fused) fused.
Proof.
intros E Af Al Ab Lf Ll. cbv zeta. intro K.
assert (Nr := several row row_good row_some cols_max sigma_not0 pe pe_ok f l b sf ss s E Af Al Ab Lf Ll). cbv zeta in Nr. unfold merged in Nr.
rewrite fold_left_app in Nr. cbn [fold_left] in Nr. fold (merged pe sf ss) in Nr. set (t := merged pe sf ss) in *.
assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Nr).
assert (Fa : F64 (mA t s)) by apply merge.rnd64_F. assert (Fc : F64 (mC3 pe t s)) by apply merge.rnd64_F.
assert (Lo : Rabs (two_e (mA t s) (mC3 pe t s)) <= u64 * Rabs (two_s (mA t s) (mC3 pe t s) + two_e (mA t s) (mC3 pe t s)))
  by (rewrite two_sum by assumption; now apply two_e_le).
exact (layernorm_any _ _ (s2 (merge2 pe t s)) k fused M0 K (merge.rnd64_F _) (two_e_F _ _) Lo Nr).
Qed.

(* one block *)
Theorem layernorm_any_alone f sf k fused : row = [f] -> agrees f sf -> power_of_row (s2 sf) cols eps outside k ->
  good_y (y_any (sm sf) (sl sf) (s2 sf) k fused) fused.
Proof.
intros E Af K. assert (Nr := alone row row_good row_some cols_max sigma_not0 f sf E Af).
assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Nr). destruct Af as (Fs & _ & _ & _ & _ & Sl & Sr & _).
destruct Fs as (_ & Fm & Fl & _). assert (Lo : Rabs (sl sf) <= u64 * Rabs (sm sf + sl sf)) by (replace (sm sf + sl sf) with (value sf)
  by (unfold value; rewrite Sr; ring); exact Sl).
exact (layernorm_any (sm sf) (sl sf) (s2 sf) k fused M0 K Fm Fl Lo Nr).
Qed.
End AnyRow.
