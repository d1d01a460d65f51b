(* LayerNorm of floats, of any row: ordinary or not, eps inside the root or outside, from the blocks' moments to y. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total row rstd scale32 float32 merge step mergeops merges mergerow whole32 scales anyscale rowscale.
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

(* What comes out of sections 5 and 6. The mean times 2^-90 is a double: no bit of it is below 2^-984. *)
Definition doubles_scaled (mean mean_lo : R) (k : Z) := (0 <= k)%Z \/ F64 (mean * bpow radix2 k) /\ F64 (mean_lo * bpow radix2 k).
Definition y_any (mean mean_lo m2 : R) (k : Z) (fused : bool) := y_scaled mean mean_lo k (rstd64 m2 cols eps outside) x gamma beta fused.

Theorem layernorm_any mean mean_lo m2 k fused : F64 mean -> F64 mean_lo -> Rabs mean_lo <= u64 * Rabs (mean + mean_lo) -> 0 <= m2 ->
  near_enough row (mean + mean_lo) m2 -> power_of_row m2 cols eps outside k -> doubles_scaled mean mean_lo k ->
  good_y (y_any mean mean_lo m2 k fused) fused.
Proof.
intros Fm Fl Lo M0 Ne K Ds. unfold near_enough in Ne. assert (C := cols_1 row row_good row_some). fold cols in C, Ne. fold sigma in Ne.
assert (U := u32_val).
assert (Nr := rowscale.near row row_good row_some sigma_not0 mean mean_lo m2 M0 Ne). fold cols mu sigma in Nr.
set (V2 := m2 / cols) in *. assert (V0 : 0 <= V2) by (apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; lra]).
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (Low : bpow radix2 (-341) <= V2).
{ rewrite sqrt_def in Nr by assumption. assert (X := Rle_abs (- (V2 - sigma * sigma))). rewrite Rabs_Ropp in X.
  assert (Y := Rabs_pos (mean + mean_lo - mu)). assert (0 <= Rabs (mean + mean_lo - mu) * sigma) by (apply Rmult_le_pos; lra).
  assert (7.936 * u32 * (sigma * sigma) <= 0.001 * (sigma * sigma)) by (apply Rmult_le_compat_r; lra).
  assert (L := sigma_low row row_good row_some cols_max sigma_not0). fold sigma in L.
  assert (L2 : bpow radix2 (-340) <= sigma * sigma).
  { change (-340)%Z with (-170 + -170)%Z. rewrite bpow_plus. assert (Q := bpow_gt_0 radix2 (-170)). apply Rmult_le_compat; lra. }
  replace (bpow radix2 (-341)) with (bpow radix2 (-340) / 2); [lra|]. change (-341)%Z with (-340 + -1)%Z. rewrite bpow_plus. reflexivity. }
assert (Cr := conj C cols_max).
assert (Ri := rstd64_is m2 cols eps outside M0 F_eps eps_pos Cr Low k K). fold V2 in Ri.
destruct (rstd64_range m2 cols eps outside M0 F_eps eps_pos Cr Low k K) as (Rr & Rs).
assert (Dge : sigma <= D_any eps outside sigma).
{ unfold D_any. destruct outside; [lra|]. apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra. }
assert (Derr : Rabs (D_any eps outside (sqrt V2) - D_any eps outside sigma) <= Rabs (sqrt V2 - sigma)).
{ unfold D_any. destruct outside.
  - replace (sqrt V2 + eps - (sigma + eps)) with (sqrt V2 - sigma) by ring. apply Rle_refl.
  - apply scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
assert (mm : Rabs (mean - (mean + mean_lo)) <= u64 * Rabs (mean + mean_lo)).
{ replace (mean - (mean + mean_lo)) with (- mean_lo) by ring. now rewrite Rabs_Ropp. }
assert (Fs : F64 (mean * bpow radix2 k) /\ F64 (mean_lo * bpow radix2 k)).
{ destruct Ds as [Ds|Ds]; [split; now apply double_up|exact Ds]. }
exact (layernorm_scaled row row_good row_some sigma_not0 mean mean_lo m2 M0 Ne mm k
  (D_any eps outside sigma) (D_any eps outside (sqrt V2)) (rstd64 m2 cols eps outside) Dge Derr Ri (proj1 Fs) (proj2 Fs) Rr Rs x gamma beta Fx
  Fgamma Fbeta fused).
Qed.

Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* several blocks, all but the last full *)
Theorem layernorm_any_several f l b sf ss s k fused : row = f :: l ++ [b] -> agrees f sf -> Forall2 agrees l ss -> agrees b s ->
  length (bx f) = 1024%nat -> (forall c, In c l -> length (bx c) = 1024%nat) ->
  let t := merged pe sf ss in let a := mA t s in let c := mC3 pe t s in let m2 := s2 (merge2 pe t s) in
  power_of_row m2 cols eps outside k -> doubles_scaled (two_s a c) (two_e a c) k -> good_y (y_any (two_s a c) (two_e a c) m2 k fused) fused.
Proof.
intros E Af Al Ab Lf Ll. cbv zeta. intros K Ds.
assert (Nr := several row row_good row_some cols_max sigma_not0 pe pe_ok f l b sf ss s E Af Al Ab Lf Ll). cbv zeta in Nr. unfold merged in Nr.
rewrite fold_left_app in Nr. cbn [fold_left] in Nr. fold (merged pe sf ss) in Nr. set (t := merged pe sf ss) in *.
assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Nr).
assert (Fa : F64 (mA t s)) by apply merge.rnd64_F. assert (Fc : F64 (mC3 pe t s)) by apply merge.rnd64_F.
assert (Lo : Rabs (two_e (mA t s) (mC3 pe t s)) <= u64 * Rabs (two_s (mA t s) (mC3 pe t s) + two_e (mA t s) (mC3 pe t s)))
  by (rewrite two_sum by assumption; now apply two_e_le).
exact (layernorm_any _ _ (s2 (merge2 pe t s)) k fused (merge.rnd64_F _) (two_e_F _ _) Lo M0 Nr K Ds).
Qed.

(* one block *)
Theorem layernorm_any_alone f sf k fused : row = [f] -> agrees f sf -> power_of_row (s2 sf) cols eps outside k ->
  doubles_scaled (sm sf) (sl sf) k -> good_y (y_any (sm sf) (sl sf) (s2 sf) k fused) fused.
Proof.
intros E Af K Ds. assert (Nr := alone row row_good row_some cols_max sigma_not0 f sf E Af).
assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Nr). destruct Af as (Fs & _ & _ & _ & _ & Sl & Sr & _).
destruct Fs as (_ & Fm & Fl & _). assert (Lo : Rabs (sl sf) <= u64 * Rabs (sm sf + sl sf)) by (replace (sm sf + sl sf) with (value sf)
  by (unfold value; rewrite Sr; ring); exact Sl).
exact (layernorm_any (sm sf) (sl sf) (s2 sf) k fused Fm Fl Lo M0 Nr K Ds).
Qed.
End AnyRow.
