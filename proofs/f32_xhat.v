(* xhat and the variance of floats, which the backward pass begins with, eps inside and LN_EPS_OUTSIDE: of every row that S = 2^-90 does not scale. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow rstd scale32 anyscale whole32 rowscale anyrow.
Require blocks float32 four stage.
Import ListNotations.
Local Open Scope R_scope.

(* section 6 up to t, of the element as it is scaled *)
Definition xhat32 (fused : bool) mean mean_lo k R1 x := let S := bpow radix2 k in let hi := four.hi (rnd64 (mean * S)) in
  let shift := four.shift (rnd64 (mean * S)) (rnd64 (mean_lo * S)) (R1 / S) in
  if fused then t_fused (-149) 24 (scaled k x) hi (four.rstd (R1 / S)) shift
  else t_unfused (-149) 24 (scaled k x) hi (four.rstd (R1 / S)) shift.

Section RowScale.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis sigma_not0 : 0 < sigma.
Variables mean mean_lo m2 : R.
Let m := mean + mean_lo.
Let V2 := m2 / cols.
Hypothesis m2_pos : 0 <= m2.
Hypothesis merging : Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Hypothesis mean_m : Rabs (mean - m) <= 2 * u64 * Rabs m.
Variable k : Z.
Let S := bpow radix2 k.
Variables D D' R1 : R.
Hypothesis D_ge : sigma <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - sigma).
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u32.
Hypothesis Fm : F64 (mean * S).
Hypothesis Fl : F64 (mean_lo * S).
Hypothesis R1_range : bpow radix2 (-100) <= R1 / S <= bpow radix2 100.
Hypothesis shrunk : (0 <= k)%Z \/ R1 / S <= bpow radix2 60.
Variable x : R.
Hypothesis Fx : F32 x.
Let xhat := (x - mu) * / D.

Theorem xhat_scaled (fused : bool) :
  Rabs (xhat32 fused mean mean_lo k R1 x - xhat) <= (if fused then 10.95 else 11.95) * u32 * Rmax 1 (Rabs xhat).
Proof.
assert (P : 0 < S) by apply bpow_gt_0. assert (U := u32_val). assert (Dp : 0 < D) by lra. assert (S0 := sigma_not0).
assert (sS : 0 < sigma * S) by now apply Rmult_lt_0_compat.
assert (DS : sigma * S <= D * S) by (apply Rmult_le_compat_r; lra).
assert (Sq := sqrt_S row row_good row_some m2 m2_pos k). fold cols V2 S in Sq.
assert (ES : Rabs (D' * S - D * S) <= Rabs (sqrt (V2 * (S * S)) - sigma * S)).
{ rewrite Sq. replace (D' * S - D * S) with ((D' - D) * S) by ring. replace (sqrt V2 * S - sigma * S) with ((sqrt V2 - sigma) * S) by ring.
  rewrite !Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|exact D_err]. }
assert (R0S : / D / S * (D * S) = 1) by (field; lra).
assert (RS : Rabs (R1 / S * (D' * S) - 1) <= 0.001 * u32) by (replace (R1 / S * (D' * S)) with (R1 * D') by (field; lra); exact R1_err).
assert (Hf := four.hi_is_float (mean * S) (mean_lo * S) (mean_mS mean mean_lo mean_m k)).
assert (mS : mean * S + mean_lo * S = m * S) by (unfold m; ring). rewrite mS in Hf.
assert (Sh := four.shift_is (mean * S) (mean_lo * S) (R1 / S) Fm Fl R1_range). rewrite mS in Sh.
assert (nearS := stats_S row row_good row_some mean mean_lo m2 m2_pos k 7.936
  (near row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging)).
assert (far := farS row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging k).
assert (O := o_le row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging mean_m k D D' R1 D_ge D_err R1_err R1_range shrunk).
assert (W := with_t row row_good row_some sigma_not0 mean mean_lo m2 m2_pos merging k D D' R1 D_ge D_err R1_err R1_range shrunk x Fx).
assert (uM : 0 <= u32 * Rmax 1 (Rabs xhat)) by (apply Rmult_le_pos; [lra|assert (M1 := Rmax_l 1 (Rabs xhat)); lra]).
unfold xhat32. cbv zeta. fold S. replace (rnd64 (mean * S)) with (mean * S) by (symmetry; now apply (rnd_id emin64 53)).
replace (rnd64 (mean_lo * S)) with (mean_lo * S) by (symmetry; now apply (rnd_id emin64 53)). destruct fused.
- assert (X := stage.xhat_fused (-149) 24 ltac:(lia) (mu * S) (sigma * S) (m * S) (V2 * (S * S)) sS nearS far (four.hi (mean * S))
    (rnd32_F _) Hf (D * S) (D' * S) (/ D / S) (R1 / S) (four.rstd (R1 / S)) _ DS ES R0S (R1s_pos k R1 R1_range) RS (four.etas _ R1_range)
    (four.rstd_is_float _ R1_range) Sh (scaled k x) (scaled_F k x) O).
  apply W in X; [|unfold X_fused; lra]. eapply Rle_trans; [exact X|]. rewrite !Rmult_assoc.
  apply Rmult_le_compat_r; [exact uM|unfold X_fused; lra].
- assert (X := stage.xhat_unfused (-149) 24 ltac:(lia) (mu * S) (sigma * S) (m * S) (V2 * (S * S)) sS nearS far (four.hi (mean * S))
    (rnd32_F _) Hf (D * S) (D' * S) (/ D / S) (R1 / S) (four.rstd (R1 / S)) _ DS ES R0S (R1s_pos k R1 R1_range) RS (four.etas _ R1_range)
    (four.rstd_is_float _ R1_range) Sh (scaled k x) (scaled_F k x) O).
  apply W in X; [|unfold X_unfused; lra]. eapply Rle_trans; [exact X|]. rewrite !Rmult_assoc.
  apply Rmult_le_compat_r; [exact uM|unfold X_unfused; lra].
Qed.
End RowScale.

(* The variance, merging included: rstd and the k of LN_EPS_OUTSIDE come from it alone. *)
Lemma variance_near row (row_good : forall b, In b row -> rgood (-149) 24 b) (row_some : row <> []) m m2 : 0 < row.sigma row ->
  near_enough row m m2 -> let sigma := row.sigma row in Rabs (m2 / row.cols row - sigma * sigma) / 2 <= 5.46 * u32 * (sigma * sigma).
Proof.
cbv zeta. intros S0 Ne. assert (Mg := merging_of row m m2 Ne). assert (C := float32.cols_1 row row_good row_some).
set (cols := row.cols row) in *. set (sigma := row.sigma row) in *. assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra).
assert (E := stats_m2 (-149) 24 ltac:(lia) row row_good row_some). assert (Q := sigma_sqr (-149) 24 row row_good row_some).
fold cols sigma in Q. rewrite <- Q in E. change (format.u 24) with u32 in E. apply (Rmult_le_compat_r (/ cols)) in E; [|lra].
assert (B : Rabs (m2 / cols - sigma * sigma) <= Rabs (m2 - row.m2_merged row) / cols + Rabs (row.m2_merged row - cols * (sigma * sigma)) * / cols).
{ replace (m2 / cols - sigma * sigma) with ((m2 - row.m2_merged row) * / cols + (row.m2_merged row - cols * (sigma * sigma)) * / cols)
    by (field; lra). eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. unfold Rdiv. lra. }
replace (u32 * 5.455 * (cols * (sigma * sigma)) * / cols) with (5.455 * (u32 * (sigma * sigma))) in E by (field; lra).
assert (0 <= Rabs (m - row.mean_merged row) * sigma) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). unfold Rdiv in *. lra.
Qed.
