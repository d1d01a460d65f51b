(* Norms of floats that take the mean to be 0, where |xhat| counts for m at least, down to 2^-20: L2 norm's are no more than 1 / sqrt(cols). *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms rstd scale32 float32 merge step mergeops merges mergerow wholerms scales anyscale rowscale
  hugeeps rmsscale anyrms.
Require counts32 block32 tinymean.
Import ListNotations.
Local Open Scope R_scope.

(* -- the last madd -- *)
Section Y.
Variables t gamma beta xhat M C : R.
Hypothesis Fbeta : F32 beta.
Hypothesis C_range : 0 <= C <= 30.
Hypothesis M_ge : Rabs xhat <= M.
Hypothesis t_err : Rabs (t - xhat) <= C * u32 * M.
Let Bracket := Rabs gamma * M + Rabs beta.

Lemma M_pos : 0 <= M. Proof. assert (P := Rabs_pos xhat). lra. Qed.
Lemma t_gamma : Rabs (t * gamma - gamma * xhat) <= C * u32 * (Rabs gamma * M) /\ Rabs (t * gamma) <= 1.000002 * (Rabs gamma * M).
Proof.
assert (U := u32_val). assert (M0 := M_pos). assert (G := Rabs_pos gamma).
assert (H : C * u32 * M <= 0.000002 * M) by (apply Rmult_le_compat_r; [exact M0|]; assert (C * u32 <= 30 * u32) by (apply Rmult_le_compat_r; lra); lra).
assert (T : Rabs t <= 1.000002 * M).
{ replace t with ((t - xhat) + xhat) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
split.
- replace (t * gamma - gamma * xhat) with ((t - xhat) * gamma) by ring. rewrite Rabs_mult.
  replace (C * u32 * (Rabs gamma * M)) with (C * u32 * M * Rabs gamma) by ring. now apply Rmult_le_compat_r.
- rewrite Rabs_mult. replace (1.000002 * (Rabs gamma * M)) with (1.000002 * M * Rabs gamma) by ring. now apply Rmult_le_compat_r.
Qed.

Lemma fused_err : Rabs (y_fused (-149) 24 t gamma beta - (gamma * xhat + beta)) <= (C + 1.001) * u32 * Bracket + eta32.
Proof.
assert (U := u32_val). destruct t_gamma as (T1 & T2). assert (M0 := M_pos). assert (R := rnd32_err (t * gamma + beta)).
assert (V : u32 * Rabs (t * gamma + beta) <= u32 * (1.000002 * (Rabs gamma * M) + Rabs beta)).
{ apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (G0 : 0 <= u32 * (Rabs gamma * M)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; [apply Rabs_pos|exact M0]]).
assert (B0 : 0 <= u32 * Rabs beta) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (CB : 0 <= C * (u32 * Rabs beta)) by (apply Rmult_le_pos; lra).
unfold y_fused. change (rnd (-149) 24) with rnd32.
replace (rnd32 (t * gamma + beta) - (gamma * xhat + beta)) with ((rnd32 (t * gamma + beta) - (t * gamma + beta)) + (t * gamma - gamma * xhat))
  by ring.
eapply Rle_trans; [apply Rabs_triang|]. unfold Bracket. lra.
Qed.

Lemma unfused_err : Rabs (y_unfused (-149) 24 t gamma beta - (gamma * xhat + beta)) <= (C + 2.001) * u32 * Bracket + 1.001 * eta32.
Proof.
assert (U := u32_val). destruct t_gamma as (T1 & T2). assert (M0 := M_pos). assert (e0 : 0 < eta32) by apply bpow_gt_0.
set (g := rnd32 (t * gamma)).
assert (Fg : F32 g) by exact (rnd_F (-149) 24 ltac:(lia) (t * gamma)).
assert (A : Rabs (rnd32 (g + beta) - (g + beta)) <= u32 * Rabs (g + beta)) by exact (add_err (-149) 24 ltac:(lia) g beta Fg Fbeta).
assert (R := rnd32_err (t * gamma)). fold g in R.
assert (GT : u32 * Rabs (t * gamma) <= u32 * (1.000002 * (Rabs gamma * M))) by (apply Rmult_le_compat_l; lra).
assert (A2 : u32 * Rabs (g + beta) <= u32 * (Rabs (g - t * gamma) + Rabs (t * gamma) + Rabs beta)).
{ apply Rmult_le_compat_l; [lra|]. replace (g + beta) with ((g - t * gamma) + t * gamma + beta) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (X := Rabs_triang (g - t * gamma) (t * gamma)). lra. }
assert (G0 : 0 <= u32 * (Rabs gamma * M)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; [apply Rabs_pos|exact M0]]).
assert (A3 : u32 * Rabs (g - t * gamma) <= 0.0000001 * (u32 * (1.000002 * (Rabs gamma * M)) + eta32)).
{ apply Rle_trans with (0.0000001 * Rabs (g - t * gamma)); [apply Rmult_le_compat_r; [apply Rabs_pos|lra]|]. lra. }
assert (B0 : 0 <= u32 * Rabs beta) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (CB : 0 <= C * (u32 * Rabs beta)) by (apply Rmult_le_pos; lra).
unfold y_unfused. change (rnd (-149) 24) with rnd32. fold g.
replace (rnd32 (g + beta) - (gamma * xhat + beta)) with ((rnd32 (g + beta) - (g + beta)) + ((g - t * gamma) + (t * gamma - gamma * xhat)))
  by ring.
eapply Rle_trans; [apply Rabs_triang|]. assert (X := Rabs_triang (g - t * gamma) (t * gamma - gamma * xhat)). unfold Bracket. lra.
Qed.
End Y.

(* -- from the blocks' sums of squares, divided by cols: 1 for L2 norm -- *)
Section Sums.
Variable blocks : list (R * R).
Hypothesis blocks_good : forall c, In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c.
Variables cols m2 eps x gamma beta : R.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Let ms := rms blocks cols.
Hypothesis ms_low : bpow radix2 (-170) <= ms.
Hypothesis ms_max : ms <= bpow radix2 150.
Hypothesis x_max : Rabs x <= bpow radix2 129.
Hypothesis m2_pos : 0 <= m2.
Hypothesis merging : Rabs (m2 - Q' blocks) / cols / 2 <= 0.01 * u32 * (ms * ms).
Variable outside : bool.
Variable k : Z.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis k_is : power_of_row m2 cols eps outside k.
Hypothesis Fx : F32 x.
Hypothesis Fbeta : F32 beta.
Variable m : R.
Hypothesis m_range : bpow radix2 (-20) <= m.
Let xhat := x * / D_any eps outside ms.
Let M := Rmax m (Rabs xhat).
Let R1 := rstd64 m2 cols eps outside.
Let t := rnd32 (scaled k x * four.rstd (R1 / bpow radix2 k)).

Lemma floor_u : bpow radix2 (-70) <= 0.000001 * (u32 * M).
Proof.
assert (U := u32_val). assert (M1 : m <= M) by apply Rmax_l.
apply Rle_trans with (0.000001 * (u32 * bpow radix2 (-20))); [rewrite U; simpl; lra|].
apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra.
Qed.

Lemma near_err : V_any m2 cols eps outside <= bpow radix2 370 -> Rabs (t - xhat) <= 4.03 * u32 * M.
Proof.
intro Vm. set (V2 := m2 / cols). assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms_not0 : 0 < ms) by lra. assert (U := u32_val).
destruct (sums_near blocks blocks_good cols m2 cols_range ms_low m2_pos merging) as (V0 & Low & Mo).
destruct (D_facts blocks blocks_good cols m2 eps x gamma beta cols_range ms_low m2_pos merging outside k eps_pos k_is) as (Dge & Derr).
fold V2 in V0, Low, Mo, Derr. fold ms in Dge, Derr, Mo.
assert (Ri := rstd64_is m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm). fold V2 in Ri. fold R1 in Ri.
destruct (rstd64_range m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm k k_is) as (Rr & Rs). fold R1 in Rr, Rs.
set (D' := D_any eps outside (sqrt V2)) in *. set (D := D_any eps outside ms) in *. set (S := bpow radix2 k) in *.
assert (Sp : 0 < S) by apply bpow_gt_0. assert (wp := four.R1_0 _ Rr). set (w := R1 / S) in *. assert (Dp : 0 < D) by lra.
assert (R1p : 0 < R1) by (replace R1 with (w * S) by (unfold w; field; lra); now apply Rmult_lt_0_compat).
(* rstd64 beside 1 / D *)
assert (dev := deviation_err u32 0 0 ms (sqrt V2) 2.01001 ltac:(lra) ms_not0 (sqrt_pos _) ltac:(lra) Mo).
rewrite Rminus_0_r, Rabs_R0, Rplus_0_l in dev.
assert (DD : Rabs (D' - D) <= 2.01011 * u32 * D).
{ apply Rle_trans with (2.01011 * u32 * ms); [lra|]. apply Rmult_le_compat_l; lra. }
assert (X1 : Rabs (R1 * D - R1 * D') <= 2.01011 * u32 * (R1 * D)).
{ replace (R1 * D - R1 * D') with (R1 * - (D' - D)) by ring. rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq R1) by lra.
  replace (2.01011 * u32 * (R1 * D)) with (R1 * (2.01011 * u32 * D)) by ring. apply Rmult_le_compat_l; lra. }
assert (r0 : 0 < R1 * D) by now apply Rmult_lt_0_compat. set (r := R1 * D) in *.
assert (r1 : r <= 1.000001).
{ assert (A := Rle_abs (r - R1 * D')). assert (B := Rle_abs (R1 * D' - 1)).
  assert (2.01011 * u32 * r <= 0.0000002 * r) by (apply Rmult_le_compat_r; lra). lra. }
assert (r2 : Rabs (r - 1) <= 2.0112 * u32).
{ replace (r - 1) with ((r - R1 * D') + (R1 * D' - 1)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (2.01011 * u32 * r <= 2.01011 * u32 * 1.000001) by (apply Rmult_le_compat_l; lra). lra. }
assert (M2 : Rabs xhat <= M) by apply Rmax_r. assert (xh0 := Rabs_pos xhat). assert (uM0 : 0 <= u32 * M) by (apply Rmult_le_pos; lra).
assert (E0 : Rabs (x * R1 - xhat) <= 2.0112 * (u32 * M)).
{ replace (x * R1 - xhat) with (xhat * (r - 1)) by (unfold xhat, r; field; lra). rewrite Rabs_mult.
  apply Rle_trans with (M * (2.0112 * u32)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|lra]. }
(* what is lost where x becomes denormal *)
assert (L : Rabs (scaled k x - x * S) * w <= bpow radix2 (-70)).
{ destruct Rs as [K|K].
  - rewrite scaled_up by assumption. fold S. rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l by reflexivity. apply bpow_ge_0.
  - apply Rle_trans with (bpow radix2 (-150) * bpow radix2 60); [|rewrite <- bpow_plus; apply bpow_le; lia].
    apply Rmult_le_compat; try apply Rabs_pos; [lra|exact (scaled_err k x Fx)|exact K]. }
assert (Fl := floor_u). set (xs := scaled k x) in *.
assert (E2 : Rabs (xs * w - xhat) <= 2.0121 * (u32 * M)).
{ replace (xs * w - xhat) with ((xs - x * S) * w + (x * R1 - xhat)) by (unfold w; field; lra). eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_mult, (Rabs_pos_eq w) by lra. lra. }
assert (Mp : 0 <= M) by lra. assert (uM : u32 * M <= 0.0000001 * M) by (apply Rmult_le_compat_r; lra).
assert (EM : Rabs (xs * w) <= 1.000001 * M).
{ replace (xs * w) with (xhat + (xs * w - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Rf := four.rstd_is_float w Rr). set (rs := four.rstd w) in *.
assert (Q : Rabs (xs * rs - xs * w) <= 1.00001 * u32 * Rabs (xs * w)).
{ rewrite <- Rmult_minus_distr_l, !Rabs_mult, (Rabs_pos_eq w) by lra.
  replace (1.00001 * u32 * (Rabs xs * w)) with (Rabs xs * (1.00001 * u32 * w)) by ring. apply Rmult_le_compat_l; [apply Rabs_pos|exact Rf]. }
assert (Q2 : 1.00001 * u32 * Rabs (xs * w) <= 1.00001 * u32 * (1.000001 * M)) by (apply Rmult_le_compat_l; lra).
assert (R := rnd32_err (xs * rs)). assert (T : eta32 <= bpow radix2 (-70)) by (apply bpow_le; lia).
assert (u2M : u32 * (u32 * M) <= 0.0000001 * (u32 * M)) by (apply Rmult_le_compat_r; lra).
assert (XR : Rabs (xs * rs) <= 1.000001 * M + 1.1 * (u32 * M)).
{ replace (xs * rs) with ((xs * rs - xs * w) + xs * w) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (uXR : u32 * Rabs (xs * rs) <= u32 * (1.000001 * M + 1.1 * (u32 * M))) by (apply Rmult_le_compat_l; lra).
unfold t. replace (rnd32 (xs * rs) - xhat) with ((rnd32 (xs * rs) - xs * rs) + ((xs * rs - xs * w) + (xs * w - xhat))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.

(* where eps leaves nothing of xhat, t is as small *)
Lemma far_err : bpow radix2 370 < V_any m2 cols eps outside -> Rabs (t - xhat) <= 4.03 * u32 * M.
Proof.
intro Far. assert (U := u32_val). assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms_not0 : 0 < ms) by lra.
destruct (sums_near blocks blocks_good cols m2 cols_range ms_low m2_pos merging) as (V0 & Low & Mo). fold ms in Mo.
assert (High : m2 / cols <= bpow radix2 304).
{ rewrite (sqrt_def _ V0), Rminus_0_r, Rabs_R0 in Mo. assert (X := Rle_abs (m2 / cols - ms * ms)). set (B := bpow radix2 150) in *.
  assert (ss : 0 <= ms * ms <= B * B) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
  assert (2.01001 * u32 * (ms * ms) <= 0.001 * (ms * ms)) by (apply Rmult_le_compat_r; lra).
  replace (bpow radix2 304) with (16 * (B * B)) by (unfold B; change 16 with (bpow radix2 4); rewrite <- !bpow_plus; reflexivity). lra. }
assert (L80 : bpow radix2 80 < bpow radix2 370) by (apply bpow_lt; lia). assert (L0 : bpow radix2 (-80) < bpow radix2 370) by (apply bpow_lt; lia).
assert (K : k = (-90)%Z) by (destruct k_is as [((A & C) & K)|[(A & K)|(A & K)]]; [unfold ordinary in *; lra|lra|exact K]).
assert (W := rstd64_small m2 cols eps outside m2_pos F_eps eps_pos cols_range (conj Low High) Far). fold R1 in W.
assert (D := D_large m2 cols eps outside m2_pos F_eps eps_pos cols_range (conj Low High) Far ms ltac:(lra)).
assert (P := bpow_gt_0 radix2 182). assert (Ip : 0 < / D_any eps outside ms) by (apply Rinv_0_lt_compat; lra).
assert (Xh : Rabs xhat <= bpow radix2 (-49)).
{ unfold xhat. rewrite Rabs_mult, (Rabs_pos_eq (/ _)) by lra.
  apply Rle_trans with (bpow radix2 129 * bpow radix2 (- (182))); [|rewrite <- bpow_plus; apply bpow_le; lia].
  apply Rmult_le_compat; [apply Rabs_pos|lra|exact x_max|rewrite bpow_opp; apply Rinv_le; assumption]. }
assert (T : Rabs t <= bpow radix2 (-49)).
{ unfold t. rewrite K. apply tinymean.rnd32_within; [lia|]. exact (product_within 43 (-92) _ _ (xs_within x x_max) (rstd_within _ W)). }
assert (M1 : m <= M) by apply Rmax_l. assert (Small : bpow radix2 (-49) + bpow radix2 (-49) <= 4.03 * u32 * bpow radix2 (-20)) by (rewrite U; simpl; lra).
assert (4.03 * u32 * bpow radix2 (-20) <= 4.03 * u32 * M) by (apply Rmult_le_compat_l; lra).
unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.

Theorem no_mean_sums (fused : bool) : let y := y_rms_scaled k R1 x gamma beta fused in let Bracket := Rabs gamma * M + Rabs beta in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + 1.001 * eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
cbv zeta. assert (U := u32_val). assert (e0 : 0 < eta32) by apply bpow_gt_0.
assert (T : Rabs (t - xhat) <= 4.03 * u32 * M).
{ destruct (Rle_or_lt (V_any m2 cols eps outside) (bpow radix2 370)) as [N|N]; [now apply near_err|now apply far_err]. }
assert (M2 : Rabs xhat <= M) by apply Rmax_r. assert (Mp : 0 <= M) by (assert (X := Rabs_pos xhat); lra).
destruct (one_t (-149) 24 ltac:(lia) (four.rstd (R1 / bpow radix2 k)) (scaled k x) (scaled_F k x)) as (Tf & Tu).
assert (Br : 0 <= u32 * (Rabs gamma * M + Rabs beta)).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|exact Mp]). lra. }
assert (Qf := fused_err t gamma beta xhat M 4.03 ltac:(lra) M2 T).
assert (Qu := unfused_err t gamma beta xhat M 4.03 Fbeta ltac:(lra) M2 T).
assert (W : forall B, 4.03 + 1.001 <= B -> (4.03 + 1.001) * u32 * (Rabs gamma * M + Rabs beta) <= B * u32 * (Rabs gamma * M + Rabs beta)).
{ intros B HB. rewrite !(Rmult_assoc _ u32). now apply Rmult_le_compat_r. }
assert (W2 : (4.03 + 2.001) * u32 * (Rabs gamma * M + Rabs beta) <= B_rms_beta_unfused * u32 * (Rabs gamma * M + Rabs beta)).
{ rewrite !(Rmult_assoc _ u32). apply Rmult_le_compat_r; [exact Br|unfold B_rms_beta_unfused; lra]. }
assert (W1 := W B_rms ltac:(unfold B_rms; lra)).
unfold y_rms_scaled. cbv zeta. rewrite Tf, Tu. change (format.rnd (-149) 24) with rnd32. fold t. destruct fused.
- split; [|intros _]; lra.
- split; [lra|intro Z].
  assert (Eq : y_unfused (-149) 24 t gamma beta = y_fused (-149) 24 t gamma beta).
  { unfold y_unfused, y_fused. rewrite Z, !Rplus_0_r. apply (rnd_id (-149) 24). exact (rnd_F (-149) 24 ltac:(lia) _). }
  rewrite Eq. lra.
Qed.
End Sums.
