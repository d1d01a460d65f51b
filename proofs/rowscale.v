(* LayerNorm of floats from merged moments to y, at whatever scale S section 5 takes, and with whatever rstd64. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total row rstd scale32 float32.
Import ListNotations.
Local Open Scope R_scope.

(* times S and rounded: exact, but for denormals *)
Definition scaled k x := rnd32 (x * bpow radix2 k).

Lemma scaled_F k x : F32 (scaled k x). Proof. exact (rnd_F (-149) 24 ltac:(lia) _). Qed.
Lemma scaled_up k x : (0 <= k)%Z -> F32 x -> scaled k x = x * bpow radix2 k.
Proof.
intros Hk Fx. apply (rnd_id (-149) 24), (mul_pow2_F (-149) 24); [exact Fx|].
unfold cexp, fexp, FLT_exp. lia.
Qed.
Lemma scaled_err k x : F32 x -> Rabs (scaled k x - x * bpow radix2 k) <= eta32.
Proof.
intro Fx. destruct (Rle_or_lt (bpow radix2 (-126)) (Rabs (x * bpow radix2 k))) as [B|B].
- assert (E : scaled k x = x * bpow radix2 k).
  { destruct (Req_dec x 0) as [->|Nz]; [rewrite Rmult_0_l in B; rewrite Rabs_R0 in B; assert (P := bpow_gt_0 radix2 (-126)); lra|].
    apply (rnd_id (-149) 24), (mul_pow2_F (-149) 24); [exact Fx|].
    apply mag_ge_bpow with (e := (-125)%Z) in B. rewrite mag_mult_bpow in B by exact Nz. unfold cexp, fexp, FLT_exp. lia. }
  rewrite E, Rminus_diag_eq, Rabs_R0 by reflexivity. apply bpow_ge_0.
- destruct (rnd_err_or (-149) 24 ltac:(lia) (x * bpow radix2 k)) as [E|E]; [|exact E]. eapply Rle_trans; [exact E|].
  apply Rle_trans with (bpow radix2 (-24) * bpow radix2 (-126)); [|unfold eta32; rewrite <- bpow_plus; apply bpow_le; lia].
  apply Rmult_le_compat_l; [apply bpow_ge_0|lra].
Qed.

(* section 6 of RMSNorm: the mean is 0, so hi and shift are +0 *)
Definition y_rms_scaled (k : Z) (R1 x gamma beta : R) (fused : bool) := let xs := scaled k x in let rstd := four.rstd (R1 / bpow radix2 k) in
  if fused then y_fused (-149) 24 (t_fused (-149) 24 xs 0 rstd 0) gamma beta
  else y_unfused (-149) 24 (t_unfused (-149) 24 xs 0 rstd 0) gamma beta.

(* a list's least square is at most their mean *)
Lemma some_or_all (f : R -> R) c l : (exists z, In z l /\ f z <= c) \/ (forall z, In z l -> c <= f z).
Proof.
induction l as [|a l IH]; [right; easy|]. destruct (Rle_or_lt (f a) c) as [A|A]; [left; exists a; split; [now left|exact A]|].
destruct IH as [(z & I & Z)|All]; [left; exists z; split; [now right|exact Z]|right; intros z [<-|I]; [lra|now apply All]].
Qed.
Lemma some_or_all_rows (f : R -> R) c (r : list rblock) : (exists b z, In b r /\ In z (bx b) /\ f z <= c) \/
  (forall b z, In b r -> In z (bx b) -> c <= f z).
Proof.
induction r as [|a r IH]; [right; easy|]. destruct (some_or_all f c (bx a)) as [(z & I & Z)|A].
- left. exists a, z. repeat split; [now left|exact I|exact Z].
- destruct IH as [(b & z & I & J & Z)|All]; [left; exists b, z; repeat split; [now right|exact J|exact Z]|right].
  intros b z [<-|I] J; [now apply A|now apply (All b)].
Qed.

Section RowScale.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis sigma_not0 : 0 < sigma.
(* the merged moments *)
Variables mean mean_lo m2 : R.
Let m := mean + mean_lo.
Let V2 := m2 / cols.
Hypothesis m2_pos : 0 <= m2.
Hypothesis merging : Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Hypothesis mean_m : Rabs (mean - m) <= 2 * u64 * Rabs m.
(* the scale; D is sqrt(sigma^2 + eps) or sigma + eps, D' the same of V2, R1 is rstd64 *)
Variable k : Z.
Let S := bpow radix2 k.
Variables D D' R1 : R.
Hypothesis D_ge : sigma <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - sigma).
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u32.
Hypothesis Fm : F64 (mean * S).
Hypothesis Fl : F64 (mean_lo * S).
Hypothesis R1_range : bpow radix2 (-100) <= R1 / S <= bpow radix2 100.
(* where elements may become denormal, they are nothing beside D *)
Hypothesis shrunk : (0 <= k)%Z \/ R1 / S <= bpow radix2 60.
Variables x gamma beta : R.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := (x - mu) * / D.
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Definition y_scaled (fused : bool) := let xs := scaled k x in let hi := four.hi (rnd64 (mean * S)) in let rstd := four.rstd (R1 / S) in
  let shift := four.shift (rnd64 (mean * S)) (rnd64 (mean_lo * S)) (R1 / S) in
  if fused then y_fused (-149) 24 (t_fused (-149) 24 xs hi rstd shift) gamma beta
  else y_unfused (-149) 24 (t_unfused (-149) 24 xs hi rstd shift) gamma beta.

Lemma S_pos : 0 < S. Proof. apply bpow_gt_0. Qed.
Lemma R1s_pos : 0 < R1 / S. Proof. exact (four.R1_0 _ R1_range). Qed.
Lemma V2_pos : 0 <= V2.
Proof. assert (C := cols_1 row row_good row_some). apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; fold cols in C; lra]. Qed.

Lemma sqrt_S : sqrt (V2 * (S * S)) = sqrt V2 * S.
Proof. assert (P := S_pos). rewrite sqrt_mult_alt by apply V2_pos. rewrite sqrt_square by lra. reflexivity. Qed.

Lemma mergingV : Rabs (m - row.mean_merged row) * sigma + Rabs (cols * V2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Proof.
assert (C := cols_1 row row_good row_some). fold cols in C. replace (cols * V2) with m2 by (unfold V2; field; lra). exact merging.
Qed.

Lemma stats_S st : Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= st * u32 * (sigma * sigma) ->
  Rabs (m * S - mu * S) * (sigma * S) + Rabs (sqrt (V2 * (S * S)) * sqrt (V2 * (S * S)) - sigma * S * (sigma * S)) / 2 <=
  st * u32 * (sigma * S * (sigma * S)).
Proof.
intro H. assert (P := S_pos). rewrite sqrt_S.
replace (m * S - mu * S) with ((m - mu) * S) by ring. rewrite Rabs_mult, (Rabs_pos_eq S) by lra.
replace (sqrt V2 * S * (sqrt V2 * S) - sigma * S * (sigma * S)) with ((sqrt V2 * sqrt V2 - sigma * sigma) * (S * S)) by ring.
rewrite Rabs_mult, (Rabs_pos_eq (S * S)) by (apply Rmult_le_pos; lra).
apply (Rmult_le_compat_r (S * S)) in H; [|apply Rmult_le_pos; lra].
replace (Rabs (m - mu) * S * (sigma * S) + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) * (S * S) / 2) with
  ((Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2) * (S * S)) by field. lra.
Qed.

Lemma near : Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 7.936 * u32 * (sigma * sigma).
Proof. exact (near936 (-149) 24 ltac:(lia) row row_good row_some m V2 sigma_not0 V2_pos mergingV). Qed.
Lemma far : sigma <= 3.01 * u32 * Rabs mu ->
  Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 5.516 * u32 * (sigma * sigma).
Proof. exact (far516 (-149) 24 ltac:(lia) row row_good row_some m V2 sigma_not0 V2_pos mergingV). Qed.
Lemma farS : sigma * S <= 3.01 * u32 * Rabs (mu * S) ->
  Rabs (m * S - mu * S) * (sigma * S) + Rabs (sqrt (V2 * (S * S)) * sqrt (V2 * (S * S)) - sigma * S * (sigma * S)) / 2 <=
  5.516 * u32 * (sigma * S * (sigma * S)).
Proof.
intro H. assert (P := S_pos). apply stats_S, far. rewrite Rabs_mult, (Rabs_pos_eq S) in H by lra.
apply Rmult_le_reg_r with S; [assumption|lra].
Qed.

(* what is lost where x becomes denormal *)
Lemma lost z : F32 z -> Rabs (scaled k z - z * S) * (R1 / S) <= bpow radix2 (-60).
Proof.
intro Fz. assert (P := R1s_pos). destruct shrunk as [K|K].
- rewrite scaled_up by assumption. fold S. rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l by reflexivity. apply bpow_ge_0.
- apply Rle_trans with (bpow radix2 (-150) * bpow radix2 60); [|rewrite <- bpow_plus; apply bpow_le; lia].
  apply Rmult_le_compat; try apply Rabs_pos; [lra|exact (scaled_err k z Fz)|exact K].
Qed.

Lemma mean_near : Rabs (m - mu) <= 0.000001 * sigma.
Proof. exact (stage.mean_close 24 ltac:(lia) mu sigma m V2 sigma_not0 near). Qed.
Lemma R1_sigma : R1 / S * (sigma * S) <= 1.00001.
Proof.
assert (P := S_pos). replace (R1 / S * (sigma * S)) with (R1 * sigma) by (field; lra).
assert (R1p : 0 < R1) by (replace R1 with (R1 / S * S) by (field; lra); apply Rmult_lt_0_compat; [apply R1s_pos|assumption]).
exact (stage.R1_sigma 24 ltac:(lia) mu sigma m V2 sigma_not0 near D D' R1 D_ge D_err R1p R1_err).
Qed.

(* an element is nearly as near to the mean as sigma *)
Lemma nearest_element : exists z, F32 z /\ Rabs (z - m) <= 1.00001 * sigma.
Proof.
assert (S0 := sigma_not0). assert (C := cols_1 row row_good row_some). fold cols in C. assert (Mc := mean_near).
assert (Mm : (mu - m) * (mu - m) <= 0.000001 * sigma * (0.000001 * sigma)).
{ replace ((mu - m) * (mu - m)) with (Rabs (m - mu) * Rabs (m - mu)) by (rewrite <- Rabs_mult, Rabs_pos_eq; [ring|apply Rle_0_sqr]).
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
destruct (some_or_all_rows (fun z => (z - m) * (z - m)) (1.00001 * sigma * (1.00001 * sigma)) row) as [(b & z & Ib & Iz & Z)|All].
- exists z. split; [destruct (row_good b Ib) as (_ & Fz & _); now apply Fz|apply abs_le_of_sqr; [lra|exact Z]].
- exfalso. assert (H := spread (-149) 24 row row_good row_some m). fold cols mu sigma in H.
  assert (L : 1.00001 * sigma * (1.00001 * sigma) * cols <= sum (fun b => QQ (bx b) m) row).
  { unfold cols, row.cols, blocks.N, bs. rewrite sum_map, <- sum_scal. apply sum_le. intros b Ib. unfold tob. cbn [blocks.cnt].
    unfold n, QQ. rewrite <- sum_const. apply sum_le. intros z Iz. now apply (All b). }
  rewrite H in L. assert (cols * (sigma * sigma + (mu - m) * (mu - m)) < 1.00001 * sigma * (1.00001 * sigma) * cols); [|lra].
  rewrite (Rmult_comm _ cols). apply Rmult_lt_compat_l; lra.
Qed.

Let hi := four.hi (mean * S).
Lemma m_S : mean * S + mean_lo * S = m * S. Proof. unfold m. ring. Qed.
Lemma mean_mS : Rabs (mean * S - (mean * S + mean_lo * S)) <= 2 * u64 * Rabs (mean * S + mean_lo * S).
Proof.
assert (P := S_pos). rewrite m_S. replace (mean * S - m * S) with ((mean - m) * S) by ring. rewrite !Rabs_mult, (Rabs_pos_eq S) by lra.
rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra.
Qed.

Lemma o_le : Rabs ((hi - m * S) * (R1 / S)) <= 1.0011.
Proof.
assert (P := S_pos). assert (R0 := R1s_pos). destruct nearest_element as (z & Fz & Nz). assert (L := lost z Fz). assert (Rs := R1_sigma).
assert (S0 := sigma_not0).
assert (H := four.hi_near_all (mean * S) (mean_lo * S) mean_mS (scaled k z) (scaled_F k z)). rewrite m_S in H. fold hi in H.
assert (T : Rabs (scaled k z - m * S) <= Rabs (scaled k z - z * S) + 1.00001 * sigma * S).
{ replace (scaled k z - m * S) with ((scaled k z - z * S) + (z - m) * S) by ring. eapply Rle_trans; [apply Rabs_triang|].
  apply Rplus_le_compat_l. rewrite Rabs_mult, (Rabs_pos_eq S) by lra. apply Rmult_le_compat_r; lra. }
rewrite Rabs_mult, (Rabs_pos_eq (R1 / S)) by lra.
assert (T2 : Rabs (hi - m * S) * (R1 / S) <= 1.001 * (Rabs (scaled k z - z * S) + 1.00001 * sigma * S) * (R1 / S)).
{ apply Rmult_le_compat_r; [lra|]. lra. }
assert (b60 : bpow radix2 (-60) <= 0.0000001) by (simpl; lra).
set (w := R1 / S) in *. set (e := Rabs (scaled k z - z * S)) in *. lra.
Qed.

(* x as it is and x as it was rounded *)
Lemma with_t t C : Rabs (t - (scaled k x - mu * S) * (/ D / S)) <= C * u32 * Rmax 1 (Rabs ((scaled k x - mu * S) * (/ D / S))) -> 0 <= C <= 12 ->
  Rabs (t - xhat) <= (C + 0.0001) * u32 * Rmax 1 (Rabs xhat).
Proof.
intros T Hc. assert (P := S_pos). assert (U := u32_val). set (xs := (scaled k x - mu * S) * (/ D / S)) in *.
assert (Dp : 0 < D) by lra. assert (Ip : 0 < / D) by now apply Rinv_0_lt_compat.
assert (R1p : 0 < R1) by (replace R1 with (R1 / S * S) by (field; lra); apply Rmult_lt_0_compat; [apply R1s_pos|assumption]).
(* 1 / D is R1 but for a millionth *)
assert (dev := total.deviation_err u32 mu m sigma (sqrt V2) 7.936 ltac:(rewrite U; lra) sigma_not0 (sqrt_pos _) ltac:(lra) near).
assert (DR : / D <= 1.00001 * R1).
{ apply Rmult_le_reg_r with D; [assumption|]. rewrite Rinv_l by lra.
  assert (X := Rle_abs (- (R1 * D' - 1))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (D' - D)). assert (Z := Rabs_pos (m - mu)).
  assert ((7.936 + 0.0001) * u32 * sigma <= 0.000001 * sigma) by (apply Rmult_le_compat_r; lra).
  assert (D' <= 1.000001 * D) by lra. assert (R1 * D' <= R1 * (1.000001 * D)) by (apply Rmult_le_compat_l; lra). lra. }
assert (E : Rabs (xs - xhat) <= bpow radix2 (-59)).
{ replace (xs - xhat) with ((scaled k x - x * S) * (/ D / S)) by (unfold xs, xhat; field; lra).
  rewrite Rabs_mult. assert (L := lost x Fx). assert (Q : 0 <= / D / S <= 1.00001 * (R1 / S)).
  { split; [apply Rmult_le_pos; [lra|left; now apply Rinv_0_lt_compat]|]. unfold Rdiv. rewrite <- Rmult_assoc.
    apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|exact DR]. }
  rewrite (Rabs_pos_eq (/ D / S)) by tauto.
  assert (A := Rabs_pos (scaled k x - x * S)).
  assert (Rabs (scaled k x - x * S) * (/ D / S) <= Rabs (scaled k x - x * S) * (1.00001 * (R1 / S))) by (apply Rmult_le_compat_l; tauto).
  replace (bpow radix2 (-59)) with (2 * bpow radix2 (-60)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  assert (Z := bpow_gt_0 radix2 (-60)). lra. }
assert (b59 : bpow radix2 (-59) <= 0.000001 * u32) by (rewrite U; simpl; lra).
assert (M1 := Rmax_l 1 (Rabs xhat)). assert (M2 := Rmax_r 1 (Rabs xhat)). set (M := Rmax 1 (Rabs xhat)) in *.
assert (Mx : Rmax 1 (Rabs xs) <= M + bpow radix2 (-59)).
{ assert (Z := bpow_gt_0 radix2 (-59)). apply Rmax_lub; [lra|]. replace xs with (xhat + (xs - xhat)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Cu : 0 <= C * u32 <= 0.000001) by (split; [apply Rmult_le_pos; lra|assert (C * u32 <= 12 * u32) by (apply Rmult_le_compat_r; lra); lra]).
assert (T2 : C * u32 * Rmax 1 (Rabs xs) <= C * u32 * (M + bpow radix2 (-59))) by (apply Rmult_le_compat_l; lra).
assert (T3 : C * u32 * bpow radix2 (-59) <= 0.000001 * bpow radix2 (-59)) by (apply Rmult_le_compat_r; [apply bpow_ge_0|lra]).
assert (uM : u32 <= u32 * M) by (rewrite <- (Rmult_1_r u32) at 1; apply Rmult_le_compat_l; lra).
replace (t - xhat) with ((t - xs) + (xs - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Theorem layernorm_scaled (fused : bool) :
  Rabs (y_scaled fused - (gamma * xhat + beta)) <= (if fused then B_fused else B_unfused) * u32 * Bracket + eta32.
Proof.
assert (P := S_pos). assert (U := u32_val). assert (Dp : 0 < D) by lra. assert (S0 := sigma_not0).
assert (sS : 0 < sigma * S) by now apply Rmult_lt_0_compat.
assert (DS : sigma * S <= D * S) by (apply Rmult_le_compat_r; lra).
assert (ES : Rabs (D' * S - D * S) <= Rabs (sqrt (V2 * (S * S)) - sigma * S)).
{ rewrite sqrt_S. replace (D' * S - D * S) with ((D' - D) * S) by ring. replace (sqrt V2 * S - sigma * S) with ((sqrt V2 - sigma) * S) by ring.
  rewrite !Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|exact D_err]. }
assert (R0S : / D / S * (D * S) = 1) by (field; lra).
assert (RS : Rabs (R1 / S * (D' * S) - 1) <= 0.001 * u32) by (replace (R1 / S * (D' * S)) with (R1 * D') by (field; lra); exact R1_err).
assert (Hf := four.hi_is_float (mean * S) (mean_lo * S) mean_mS). rewrite m_S in Hf.
assert (Sh := four.shift_is (mean * S) (mean_lo * S) (R1 / S) Fm Fl R1_range). rewrite m_S in Sh.
assert (nearS := stats_S 7.936 near).
assert (Xf := stage.xhat_fused (-149) 24 ltac:(lia) (mu * S) (sigma * S) (m * S) (V2 * (S * S)) sS nearS farS hi (rnd32_F _) Hf (D * S) (D' * S)
  (/ D / S) (R1 / S) (four.rstd (R1 / S)) _ DS ES R0S R1s_pos RS (four.etas _ R1_range) (four.rstd_is_float _ R1_range) Sh (scaled k x)
  (scaled_F k x) o_le).
assert (Xu := stage.xhat_unfused (-149) 24 ltac:(lia) (mu * S) (sigma * S) (m * S) (V2 * (S * S)) sS nearS farS hi (rnd32_F _) Hf (D * S) (D' * S)
  (/ D / S) (R1 / S) (four.rstd (R1 / S)) _ DS ES R0S R1s_pos RS (four.etas _ R1_range) (four.rstd_is_float _ R1_range) Sh (scaled k x)
  (scaled_F k x) o_le).
apply with_t in Xf; [|unfold X_fused; lra]. apply with_t in Xu; [|unfold X_unfused; lra].
assert (M1 := Rmax_l 1 (Rabs xhat)).
assert (Br : 0 <= u32 * Bracket).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (0 <= Rabs gamma * Rmax 1 (Rabs xhat)) by (apply Rmult_le_pos;
  [apply Rabs_pos|lra]). unfold Bracket. lra. }
unfold y_scaled. cbv zeta. replace (rnd64 (mean * S)) with (mean * S) by (symmetry; now apply (rnd_id emin64 53)).
replace (rnd64 (mean_lo * S)) with (mean_lo * S) by (symmetry; now apply (rnd_id emin64 53)). destruct fused.
- assert (Q := y_fused_err (-149) 24 ltac:(lia) _ gamma beta xhat (X_fused + 0.0001) ltac:(unfold X_fused; lra) Xf).
  eapply Rle_trans; [exact Q|]. apply Rplus_le_compat_r. change (u 24) with u32. rewrite !(Rmult_assoc _ u32).
  apply Rmult_le_compat_r; [exact Br|unfold B_fused, X_fused; lra].
- assert (Q := y_unfused_err (-149) 24 ltac:(lia) _ gamma beta xhat (X_unfused + 0.0001) Fgamma Fbeta ltac:(unfold X_unfused; lra) Xu).
  eapply Rle_trans; [exact Q|]. apply Rplus_le_compat_r. change (u 24) with u32. rewrite !(Rmult_assoc _ u32).
  apply Rmult_le_compat_r; [exact Br|unfold B_unfused, X_unfused; lra].
Qed.
End RowScale.
