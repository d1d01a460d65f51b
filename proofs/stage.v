(* From the errors of a row's mean and variance to y: what an output loses from there on, near the mean and far from it. Nothing here knows
  of blocks, or of the power of two that the row may have been multiplied by. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import sums format look last total.
Local Open Scope R_scope.

Section Stage.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.

Local Lemma U : 0 < u <= / 16777216. Proof. exact (u_range p p_24). Qed.

(* m: the computed mean, both parts; V2: the computed variance; far from the mean the statistics lose less *)
Variables (mu sigma m V2 : R).
Hypothesis sigma_not0 : 0 < sigma.
Let stats st := Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= st * u * (sigma * sigma).
Hypothesis near : stats 7.936.
Hypothesis far : sigma <= 3.01 * u * Rabs mu -> stats 5.516.
Variable hi : R.
Hypothesis Fhi : F hi.
Hypothesis hi_float : Rabs (hi - m) <= 1.001 * u * Rabs m + 2 * eta.
(* D = sqrt(var + eps) or sqrt(var) + eps; D' the same of what was computed; R1 = 1/D' but for 0.001 u; rstd, shift: floats *)
Variables (D D' R0 R1 rstd shift : R).
Hypothesis D_ge : sigma <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - sigma).
Hypothesis R0_is : R0 * D = 1.
Hypothesis R1_pos : 0 < R1.
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u.
Hypothesis eta_tiny : eta <= u / 100000 /\ 4 * eta * R1 <= u / 100000.
Hypothesis rstd_err : Rabs (rstd - R1) <= 1.00001 * u * R1.
Hypothesis shift_err : Rabs (shift - (hi - m) * R1) <= 1.00001 * u * Rabs ((hi - m) * R1) + u / 100000.
(* an element, its parameters *)
Variables (x gamma beta : R).
Hypothesis Fx : F x.
Hypothesis Fgamma : F gamma.
Hypothesis Fbeta : F beta.

Let xhat := (x - mu) * R0.
Let o := (hi - m) * R1.
Let M := Rmax 1 (Rabs xhat).
Hypothesis o_le : Rabs o <= 1.0011.

Lemma mean_close : Rabs (m - mu) <= 0.000001 * sigma.
Proof.
assert (Ur := U). assert (S0 := sigma_not0). assert (St := near). unfold stats in St.
apply Rmult_le_reg_r with sigma; [assumption|]. assert (X := Rabs_pos (sqrt V2 * sqrt V2 - sigma * sigma)).
assert (7.936 * u * (sigma * sigma) <= 0.000001 * (sigma * sigma)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra.
Qed.

Lemma R1_sigma : R1 * sigma <= 1.00001.
Proof.
assert (Ur := U). assert (S0 := sigma_not0).
assert (dev := deviation_err u mu m sigma (sqrt V2) 7.936 Ur S0 (sqrt_pos _) ltac:(lra) near).
assert (D1 : (1 - 0.000002) * sigma <= D').
{ assert (X := Rle_abs (D - D')). rewrite Rabs_minus_sym in X. assert (Y := Rabs_pos (m - mu)).
  assert ((7.936 + 0.0001) * u * sigma <= 0.000001 * sigma) by (apply Rmult_le_compat_r; lra). lra. }
assert (X := Rle_abs (R1 * D' - 1)). assert (R1 * ((1 - 0.000002) * sigma) <= R1 * D') by (apply Rmult_le_compat_l; lra). lra.
Qed.

(* where o is more than a third the row is far: sigma is a few units of the mean *)
Lemma o_far : / 3 < Rabs o -> sigma <= 3.01 * u * Rabs mu.
Proof.
intro Ho. assert (Ur := U). assert (S0 := sigma_not0). assert (Mc := mean_close). assert (Rs := R1_sigma). destruct eta_tiny as (_ & eR).
assert (A : Rabs o <= (1.001 * u * Rabs m + 2 * eta) * R1).
{ unfold o. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra. apply Rmult_le_compat_r; lra. }
assert (e0 : 0 <= eta * R1) by (apply Rmult_le_pos; [apply bpow_ge_0|lra]).
assert (B : 0.3333 <= 1.001 * (u * Rabs m) * R1) by lra.
assert (um : 0 <= u * Rabs m) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (C : 0.3333 * sigma <= 1.001 * (u * Rabs m) * 1.00001).
{ apply Rle_trans with (1.001 * (u * Rabs m) * R1 * sigma); [apply Rmult_le_compat_r; lra|].
  rewrite Rmult_assoc. apply Rmult_le_compat_l; lra. }
assert (Dm : Rabs m <= Rabs mu + 0.000001 * sigma).
{ replace m with (mu + (m - mu)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (u * Rabs m <= u * (Rabs mu + 0.000001 * sigma)) by (apply Rmult_le_compat_l; lra).
assert (u * sigma <= / 16777216 * sigma) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma hi_near : Rabs o <= 2 * u * (Rabs hi * R1) + u / 100000.
Proof.
assert (Ur := U). destruct eta_tiny as (_ & eR). unfold o. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra.
assert (X : Rabs m <= Rabs hi + Rabs (hi - m)).
{ replace m with (hi - (hi - m)) at 1 by ring. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
assert (Y : u * Rabs m <= u * Rabs hi + / 16777216 * Rabs (hi - m)).
{ assert (u * Rabs m <= u * (Rabs hi + Rabs (hi - m))) by (apply Rmult_le_compat_l; lra).
  assert (u * Rabs (hi - m) <= / 16777216 * Rabs (hi - m)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (h0 : 0 <= u * Rabs hi) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (e0 : 0 <= eta) by apply bpow_ge_0.
assert (Z : Rabs (hi - m) <= 2 * (u * Rabs hi) + 4 * eta) by lra.
assert (Rabs (hi - m) * R1 <= (2 * (u * Rabs hi) + 4 * eta) * R1) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma t_total t l st : 0 <= l <= 8 -> 0 <= st <= 8.1 -> stats st ->
  Rabs (t - (x - m) * R1) <= u * l * Rmax 1 (Rabs ((x - m) * R1)) -> Rabs (t - xhat) <= (st + l + 0.002) * u * M.
Proof.
intros Hl Hst St Ht. assert (Ur := U). assert (S0 := sigma_not0).
assert (E := statistics_err u mu m sigma (sqrt V2) st Ur S0 (sqrt_pos _) ltac:(lra) St D D' R0 R1 x D_ge D_err
  R0_is R1_err).
fold xhat in E. fold M in E. set (E1 := (x - m) * R1) in *. assert (M1 : 1 <= M) by apply Rmax_l.
  assert (M2 : Rabs xhat <= M) by apply Rmax_r.
assert (K : (st + 0.0015) * u <= 0.000001) by (assert ((st + 0.0015) * u <= 8.1015 * / 16777216) by (apply Rmult_le_compat;
  lra); lra).
assert (K2 : (st + 0.0015) * u * M <= 0.000001 * M) by (apply Rmult_le_compat_r; lra).
assert (ME : Rmax 1 (Rabs E1) <= 1.000001 * M).
{ apply Rmax_lub; [lra|]. replace E1 with (xhat + (E1 - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (ul : 0 <= u * l) by (apply Rmult_le_pos; lra).
assert (T : u * l * Rmax 1 (Rabs E1) <= u * l * (1.000001 * M)) by (apply Rmult_le_compat_l; assumption).
assert (ulM : u * l * M <= 8 * (u * M)).
{ replace (u * l * M) with (l * (u * M)) by ring. apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra. }
assert (uM : 0 <= u * M) by (apply Rmult_le_pos; lra).
replace (t - xhat) with ((t - E1) + (E1 - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* what the backward pass and the cells begin with *)
Lemma l_fused : let l := Rmax 3 (2 + 2 * Rabs o) + 0.0005 in 3 <= l <= 8 /\ (Rabs o <= / 3 -> l = 3.0005) /\ l <= 4.003.
Proof.
cbv zeta. assert (O := o_le). assert (o0 := Rabs_pos o). assert (X := Rmax_l 3 (2 + 2 * Rabs o)).
assert (Y : Rmax 3 (2 + 2 * Rabs o) <= 2 + 2 * 1.0011) by (apply Rmax_lub; lra). repeat split; try lra. intro H. rewrite Rmax_left; lra.
Qed.
Lemma l_unfused : let l := Rmax 4 (3 + 3 * Rabs o) + 0.0005 in 3 <= l <= 8 /\ (Rabs o <= / 3 -> l = 4.0005) /\ l <= 6.004.
Proof.
cbv zeta. assert (O := o_le). assert (o0 := Rabs_pos o). assert (X := Rmax_l 4 (3 + 3 * Rabs o)).
assert (Y : Rmax 4 (3 + 3 * Rabs o) <= 3 + 3 * 1.0011) by (apply Rmax_lub; lra). repeat split; try lra. intro H. rewrite Rmax_left; lra.
Qed.

Definition X_fused := 7.94 + 3.
Definition X_unfused := 7.94 + 4.

Theorem xhat_fused : Rabs (t_fused emin p x hi rstd shift - xhat) <= X_fused * u * M.
Proof.
assert (Ur := U). assert (O := o_le). assert (Nr := hi_near). destruct eta_tiny as (eT & eR).
  assert (O2 : Rabs ((hi - m) * R1) <= 2) by (fold o; lra).
assert (T := fused_err emin p p_24 x hi m R1 rstd shift Fx Fhi R1_pos eT rstd_err Nr O2 shift_err). fold o in T.
destruct l_fused as (L1 & L2 & L3). cbv zeta in *. set (l := Rmax 3 (2 + 2 * Rabs o) + 0.0005) in *.
assert (M1 : 1 <= M) by apply Rmax_l. assert (uM : 0 <= u * M) by (apply Rmult_le_pos; lra). unfold X_fused.
destruct (Rle_or_lt (Rabs o) (/ 3)) as [Near|Far].
- assert (A := t_total _ l 7.936 ltac:(lra) ltac:(lra) near T). rewrite (L2 Near) in A. lra.
- assert (A := t_total _ l 5.516 ltac:(lra) ltac:(lra) (far (o_far Far)) T).
  assert (l * (u * M) <= 4.003 * (u * M)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Theorem xhat_unfused : Rabs (t_unfused emin p x hi rstd shift - xhat) <= X_unfused * u * M.
Proof.
assert (Ur := U). assert (O := o_le). assert (Nr := hi_near). destruct eta_tiny as (eT & eR).
  assert (O2 : Rabs ((hi - m) * R1) <= 2) by (fold o; lra).
assert (T := unfused_err emin p p_24 x hi m R1 rstd shift Fx Fhi R1_pos eT rstd_err Nr O2 shift_err). fold o in T.
destruct l_unfused as (L1 & L2 & L3). cbv zeta in *. set (l := Rmax 4 (3 + 3 * Rabs o) + 0.0005) in *.
assert (M1 : 1 <= M) by apply Rmax_l. assert (uM : 0 <= u * M) by (apply Rmult_le_pos; lra). unfold X_unfused.
destruct (Rle_or_lt (Rabs o) (/ 3)) as [Near|Far].
- assert (A := t_total _ l 7.936 ltac:(lra) ltac:(lra) near T). rewrite (L2 Near) in A. lra.
- assert (A := t_total _ l 5.516 ltac:(lra) ltac:(lra) (far (o_far Far)) T).
  assert (l * (u * M) <= 6.004 * (u * M)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Definition B_fused := 11.95.
Definition B_unfused := 13.95.
Let Y := gamma * xhat + beta.
Let S := Rabs gamma * M + Rabs beta.

Lemma uS_pos : 0 <= u * S.
Proof.
assert (Ur := U). assert (M1 : 1 <= M) by apply Rmax_l. assert (B0 := Rabs_pos beta).
assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). apply Rmult_le_pos; [lra|]. unfold S. lra.
Qed.

Theorem layernorm_fused : Rabs (y_fused emin p (t_fused emin p x hi rstd shift) gamma beta - Y) <= B_fused * u * S + eta.
Proof.
assert (Q := y_fused_err emin p p_24 _ gamma beta xhat X_fused ltac:(unfold X_fused; lra) xhat_fused). fold M S Y u eta in Q.
assert (P := uS_pos). eapply Rle_trans; [exact Q|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u).
  apply Rmult_le_compat_r; unfold B_fused, X_fused; lra.
Qed.

Theorem layernorm_unfused : Rabs (y_unfused emin p (t_unfused emin p x hi rstd shift) gamma beta - Y) <= B_unfused * u * S + eta.
Proof.
assert (Q := y_unfused_err emin p p_24 _ gamma beta xhat X_unfused Fgamma Fbeta ltac:(unfold X_unfused; lra) xhat_unfused).
  fold M S Y u eta in Q.
assert (P := uS_pos). eapply Rle_trans; [exact Q|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u).
  apply Rmult_le_compat_r; unfold B_unfused, X_unfused; lra.
Qed.

End Stage.
