(* RMSNorm: sums of squares about 0 in any number of blocks, the scale, and section 6 with hi = shift = 0. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format last total.
Import ListNotations.
Local Open Scope R_scope.

Section Rms.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.

(* of each block the exact sum of squares and the computed one *)
Variable blocks : list (R * R).
Variable b0 : R.
Hypothesis b0_range : 0 <= b0 <= 4.00001 * u.
Hypothesis blocks_good : forall b, In b blocks -> 0 <= fst b /\ Rabs (snd b - fst b) <= b0 * fst b.
Variable cols : R.
Hypothesis cols_pos : 0 < cols.
Definition Q := sum fst blocks.
Definition Q' := sum snd blocks.
Definition rms := sqrt (Q / cols).
Hypothesis rms_not0 : 0 < rms.
(* V2: the computed mean square; merging and the division may add 0.01 u *)
Variable V2 : R.
Hypothesis V2_pos : 0 <= V2.
Hypothesis merging : Rabs (cols * V2 - Q') / cols / 2 <= 0.01 * u * (rms * rms).

Lemma Q_pos : 0 <= Q. Proof. apply sum_pos. intros b I. now destruct (blocks_good b I). Qed.
Lemma rms_sqr : cols * (rms * rms) = Q.
Proof. unfold rms. rewrite sqrt_def; [field; lra|]. apply Rmult_le_pos; [apply Q_pos|]. left. now apply Rinv_0_lt_compat. Qed.

Lemma Q_err : Rabs (Q' - Q) <= b0 * Q.
Proof.
unfold Q, Q'. replace (sum snd blocks - sum fst blocks) with (sum (fun b => snd b - fst b) blocks).
- eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scal. apply sum_le. intros b I. now destruct (blocks_good b I).
- rewrite (sum_ext _ (fun b => snd b + -1 * fst b)) by (intros; ring). rewrite sum_add, sum_scal. ring.
Qed.

Lemma moments_rms : Rabs (0 - 0) * rms + Rabs (sqrt V2 * sqrt V2 - rms * rms) / 2 <= 2.01001 * u * (rms * rms).
Proof.
assert (U := u_le p p_24). fold u in U. assert (ci : 0 < / cols) by now apply Rinv_0_lt_compat. assert (E := Q_err).
  rewrite <- rms_sqr in E.
rewrite (sqrt_def V2 V2_pos). rewrite Rminus_0_r, Rabs_R0.
assert (r2 : 0 <= rms * rms) by apply Rle_0_sqr.
assert (E2 : Rabs (Q' - cols * (rms * rms)) * / cols <= 4.00001 * u * (rms * rms)).
{ apply (Rmult_le_compat_r (/ cols)) in E; [|lra]. replace (b0 * (cols * (rms * rms)) * / cols) with (b0 * (rms * rms)) in E by (field;
  lra).
  assert (b0 * (rms * rms) <= 4.00001 * u * (rms * rms)) by (apply Rmult_le_compat_r; lra). lra. }
assert (B : Rabs (V2 - rms * rms) <= Rabs (cols * V2 - Q') / cols + Rabs (Q' - cols * (rms * rms)) * / cols).
{ replace (V2 - rms * rms) with ((cols * V2 - Q') * / cols + (Q' - cols * (rms * rms)) * / cols) by (field; lra).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. unfold Rdiv. lra. }
assert (0 <= u * (rms * rms)) by (apply Rmult_le_pos; lra). lra.
Qed.

Variables (D D' R0 R1 rstd x gamma beta : R).
Hypothesis D_ge : rms <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - rms).
Hypothesis R0_is : R0 * D = 1.
Hypothesis R1_pos : 0 < R1.
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u.
Hypothesis eta_tiny : eta <= u / 100000.
Hypothesis rstd_err : Rabs (rstd - R1) <= 1.00001 * u * R1.
Hypothesis Fx : F x.
Hypothesis Fgamma : F gamma.
Hypothesis Fbeta : F beta.
Let xhat := x * R0.
Let M := Rmax 1 (Rabs xhat).
Let Y := gamma * xhat + beta.
Let S := Rabs gamma * M + Rabs beta.

(* hi = shift = +0: both classes round once *)
Lemma one_t : t_fused emin p x 0 rstd 0 = rnd (x * rstd) /\ t_unfused emin p x 0 rstd 0 = rnd (x * rstd).
Proof.
unfold t_fused, t_unfused, difference. rewrite Rminus_0_r. 
assert (E : format.rnd emin p x = x) by exact (rnd_id emin p x Fx). rewrite !E, !Rplus_0_r. split; [reflexivity|].
apply (rnd_id emin p). exact (rnd_F emin p ltac:(lia) _).
Qed.

Lemma t_err : Rabs (rnd (x * rstd) - xhat) <= 4.02 * u * M.
Proof.
assert (U := u_le p p_24). fold u in U.
assert (E := statistics_err u 0 0 rms (sqrt V2) 2.01001 U rms_not0 (sqrt_pos _) ltac:(lra) moments_rms D D' R0 R1 x D_ge D_err R0_is
  R1_err).
rewrite !Rminus_0_r in E. fold xhat in E. fold M in E. assert (M1 : 1 <= M) by apply Rmax_l. assert (M2 : Rabs xhat <= M) by apply Rmax_r.
set (E1 := x * R1) in *. assert (uM : 0 <= u * M) by (apply Rmult_le_pos; lra).
assert (EM : Rabs E1 <= 1.000001 * M).
{ replace E1 with (xhat + (E1 - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert ((2.01001 + 0.0015) * u * M <= 0.000001 * M) by (apply Rmult_le_compat_r; lra). lra. }
assert (P : Rabs (x * rstd - E1) <= 1.00001 * u * Rabs E1).
{ unfold E1. rewrite <- Rmult_minus_distr_l, !Rabs_mult, (Rabs_pos_eq R1) by lra.
  replace (1.00001 * u * (Rabs x * R1)) with (Rabs x * (1.00001 * u * R1)) by ring. apply Rmult_le_compat_l; [apply Rabs_pos|assumption]. }
assert (P2 : 1.00001 * u * Rabs E1 <= 1.00001 * u * (1.000001 * M)) by (apply Rmult_le_compat_l; lra).
assert (R : Rabs (rnd (x * rstd) - x * rstd) <= u * Rabs (x * rstd) + eta) by exact (rnd_err emin p ltac:(lia) _).
assert (u2M : u * (u * M) <= 0.0000001 * (u * M)) by (apply Rmult_le_compat_r; lra).
assert (XR : Rabs (x * rstd) <= 1.000001 * M + 1.1 * (u * M)).
{ replace (x * rstd) with ((x * rstd - E1) + E1) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (uXR : u * Rabs (x * rstd) <= u * (1.000001 * M + 1.1 * (u * M))) by (apply Rmult_le_compat_l; lra).
assert (u <= u * M) by (rewrite <- (Rmult_1_r u) at 1; apply Rmult_le_compat_l; lra).
replace (rnd (x * rstd) - xhat) with ((rnd (x * rstd) - x * rstd) + ((x * rstd - E1) + (E1 - xhat))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.

Definition B_rms := 5.1.
Definition B_rms_beta_unfused := 6.1.

Lemma S_pos : 0 <= u * S.
Proof.
assert (U := u_le p p_24). fold u in U. assert (M1 : 1 <= M) by apply Rmax_l. apply Rmult_le_pos; [lra|].
assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). assert (X := Rabs_pos beta). unfold S. lra.
Qed.

Theorem rmsnorm_fused : Rabs (y_fused emin p (t_fused emin p x 0 rstd 0) gamma beta - Y) <= B_rms * u * S + eta.
Proof.
rewrite (proj1 one_t). assert (Q := y_fused_err emin p p_24 (rnd (x * rstd)) gamma beta xhat 4.02 ltac:(lra) t_err). fold M S Y u eta in Q.
eapply Rle_trans; [exact Q|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u). apply Rmult_le_compat_r; [apply S_pos|unfold B_rms; lra].
Qed.

Theorem rmsnorm_unfused_beta : Rabs (y_unfused emin p (t_unfused emin p x 0 rstd 0) gamma beta - Y) <= B_rms_beta_unfused * u * S + eta.
Proof.
rewrite (proj2 one_t). assert (Q := y_unfused_err emin p p_24 (rnd (x * rstd)) gamma beta xhat 4.02 Fgamma Fbeta ltac:(lra) t_err).
  fold M S Y u eta in Q.
eapply Rle_trans; [exact Q|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u).
  apply Rmult_le_compat_r; [apply S_pos|unfold B_rms_beta_unfused; lra].
Qed.

(* without beta the last sum of the unfused class is exact *)
Theorem rmsnorm_unfused : beta = 0 -> Rabs (y_unfused emin p (t_unfused emin p x 0 rstd 0) gamma beta - Y) <= B_rms * u * S + eta.
Proof.
intro Z. assert (E : y_unfused emin p (t_unfused emin p x 0 rstd 0) gamma beta = y_fused emin p (t_fused emin p x 0 rstd 0) gamma beta).
{ rewrite (proj1 one_t), (proj2 one_t). unfold y_unfused, y_fused. rewrite Z, !Rplus_0_r. apply (rnd_id emin p).
  exact (rnd_F emin p ltac:(lia) _). }
rewrite E. apply rmsnorm_fused.
Qed.
End Rms.
