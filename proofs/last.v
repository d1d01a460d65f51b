(* Section 6 of docs/numerics.md: difference, scale, shift, gamma and beta, in both classes, near the mean and far from it. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format.
Local Open Scope R_scope.

Section Last.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.

Lemma u_le : 0 < u <= / 16777216.
Proof.
split; [apply bpow_gt_0|]. replace (/ 16777216) with (bpow radix2 (-24)) by (simpl; lra). apply bpow_le. lia.
Qed.

(* m: the computed mean, both parts; hi: the float of it; R1: the computed 1/sqrt(var + eps), as a double or a pair; o, E1, P: exact *)
Variables x hi m R1 rstd shift : R.
Hypothesis Fx : F x.
Hypothesis Fhi : F hi.
Hypothesis R1_pos : 0 < R1.
Let o := (hi - m) * R1.
Let E1 := (x - m) * R1.
Let P := (x - hi) * R1.
Let tiny := u / 100000.
Hypothesis eta_tiny : eta <= tiny.
Hypothesis rstd_err : Rabs (rstd - R1) <= 1.00001 * u * R1.
Hypothesis hi_near : Rabs o <= 2 * u * (Rabs hi * R1) + tiny.
Hypothesis o_le : Rabs o <= 2.

Lemma P_E : P = E1 - o. Proof. unfold P, E1, o. ring. Qed.

Definition difference := rnd (x - hi).
Definition t_fused := rnd (difference * rstd + shift).
Definition t_unfused := rnd (rnd (difference * rstd) + shift).

Let M := Rmax 1 (Rabs E1).
Lemma M_ge : 1 <= M /\ Rabs E1 <= M. Proof. split; [apply Rmax_l|apply Rmax_r]. Qed.

(* the product before it is rounded: either the difference is exact, or hi is no farther from m than 4 u |x - hi| *)
Lemma product_err : (Rabs (difference * rstd - P) <= 1.00001 * u * Rabs P) \/
  (Rabs (difference * rstd - P) <= 2.0001 * u * Rabs P /\ Rabs o <= 4 * u * Rabs P + tiny).
Proof.
assert (U := u_le).
assert (Q : forall v, v * rstd - P = v * (rstd - R1) + (v - (x - hi)) * R1) by (intro; unfold P; ring).
destruct (sub_exact_or emin p ltac:(lia) x hi Fx Fhi) as [X|X].
- left. unfold difference, rnd. rewrite X, (Q (x - hi)).
  replace ((x - hi) * (rstd - R1) + (x - hi - (x - hi)) * R1) with ((x - hi) * (rstd - R1)) by ring.
  rewrite Rabs_mult. unfold P. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra.
  replace (1.00001 * u * (Rabs (x - hi) * R1)) with (Rabs (x - hi) * (1.00001 * u * R1)) by ring.
    apply Rmult_le_compat_l; [apply Rabs_pos|assumption].
- right. assert (D : Rabs (difference - (x - hi)) <= u * Rabs (x - hi)) by exact (sub_err emin p ltac:(lia) x hi Fx Fhi).
  assert (AP : Rabs P = Rabs (x - hi) * R1) by (unfold P; rewrite Rabs_mult, (Rabs_pos_eq R1); lra).
  assert (Xp := Rabs_pos (x - hi)). split.
  + rewrite Q. eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq R1), AP by lra.
    assert (V : Rabs difference <= (1 + u) * Rabs (x - hi)).
    { replace difference with ((difference - (x - hi)) + (x - hi)) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
    assert (V1 : Rabs difference * Rabs (rstd - R1) <= (1 + u) * Rabs (x - hi) * (1.00001 * u * R1)).
    { apply Rmult_le_compat; try apply Rabs_pos; assumption. }
    assert (V2 : Rabs (difference - (x - hi)) * R1 <= u * Rabs (x - hi) * R1) by (apply Rmult_le_compat_r; lra).
    assert (W : 0 <= u * (Rabs (x - hi) * R1)) by (repeat apply Rmult_le_pos; lra).
    assert (W2 : u * (u * (Rabs (x - hi) * R1)) <= / 16777216 * (u * (Rabs (x - hi) * R1))) by (apply Rmult_le_compat_r; lra).
    lra.
  + rewrite AP. eapply Rle_trans; [exact hi_near|]. apply Rplus_le_compat_r.
    replace (4 * u * (Rabs (x - hi) * R1)) with (2 * u * (2 * Rabs (x - hi) * R1)) by ring.
    apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_r; lra.
Qed.

(* shift as float of a double (f32): an error of its own. As a product with the rounded rstd (f64): shift_err64 below. *)
Hypothesis shift_err : Rabs (shift - o) <= 1.00001 * u * Rabs o + tiny.

Lemma sum_err q k : 0 <= k <= 4 -> Rabs (q - P) <= k * u * Rabs P + eta ->
  Rabs (rnd (q + shift) - E1) <= u * (k * Rabs P + 1.00001 * Rabs o + Rabs E1 + 0.0002 * M).
Proof.
intros Hk Hq. assert (U := u_le). destruct M_ge as (M1 & ME).
assert (S : Rabs (q + shift - E1) <= u * (k * Rabs P + 1.00001 * Rabs o) + 2 * tiny).
{ replace (q + shift - E1) with ((q - P) + (shift - o)) by (rewrite P_E; ring). eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (R : Rabs (rnd (q + shift) - (q + shift)) <= u * Rabs (q + shift) + eta) by exact (rnd_err emin p ltac:(lia) (q + shift)).
assert (T : Rabs (q + shift) <= Rabs E1 + (u * (k * Rabs P + 1.00001 * Rabs o) + 2 * tiny)).
{ replace (q + shift) with (E1 + (q + shift - E1)) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (Pb : Rabs P <= 3 * M) by (rewrite P_E; unfold Rminus; eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_Ropp; lra).
assert (K : k * Rabs P <= 12 * M) by (assert (k * Rabs P <= 4 * (3 * M)) by (apply Rmult_le_compat; try lra; apply Rabs_pos); lra).
assert (uT : u * Rabs (q + shift) <= u * (Rabs E1 + 0.00001 * M)).
{ apply Rmult_le_compat_l; [lra|]. unfold tiny in T.
  assert (u * (k * Rabs P + 1.00001 * Rabs o) <= / 16777216 * (15 * M)).
  { apply Rmult_le_compat; try lra. assert (0 <= k * Rabs P) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). assert (X := Rabs_pos o). lra. }
  lra. }
replace (rnd (q + shift) - E1) with ((rnd (q + shift) - (q + shift)) + (q + shift - E1)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. unfold tiny in *.
  assert (u <= u * M) by (rewrite <- (Rmult_1_r u) at 1; apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma P_le : Rabs P <= Rabs E1 + Rabs o.
Proof. rewrite P_E. unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. Qed.

Lemma P_le_far : Rabs o <= 4 * u * Rabs P + tiny -> Rabs P <= 1.00001 * M /\ Rabs o <= 0.00001 * M.
Proof.
intro H. assert (U := u_le). assert (Q := P_le). destruct M_ge as (M1 & ME). unfold tiny in H.
assert (4 * u * Rabs P <= 4 * / 16777216 * Rabs P) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). split; lra.
Qed.

Theorem fused_err : Rabs (t_fused - E1) <= u * (Rmax 3 (2 + 2 * Rabs o) + 0.0005) * M.
Proof.
assert (U := u_le). destruct M_ge as (M1 & ME). assert (A := Rmax_l 3 (2 + 2 * Rabs o)). assert (B := Rmax_r 3 (2 + 2 * Rabs o)).
assert (ep : 0 <= eta) by exact (Rlt_le _ _ (eta_pos emin)). assert (o0 := Rabs_pos o).
assert (oM : Rabs o <= Rabs o * M) by (rewrite <- (Rmult_1_r (Rabs o)) at 1; apply Rmult_le_compat_l; lra).
unfold t_fused. rewrite (Rmult_assoc u). destruct product_err as [X|(X & Y)].
- eapply Rle_trans; [apply (sum_err _ 1.00001); [lra|lra]|]. apply Rmult_le_compat_l; [lra|]. assert (Q := P_le).
  assert ((2 + 2 * Rabs o + 0.0005) * M <= (Rmax 3 (2 + 2 * Rabs o) + 0.0005) * M) by (apply Rmult_le_compat_r; lra). lra.
- destruct (P_le_far Y) as (Q1 & Q2). eapply Rle_trans; [apply (sum_err _ 2.0001); [lra|lra]|]. apply Rmult_le_compat_l; [lra|].
  assert ((3 + 0.0005) * M <= (Rmax 3 (2 + 2 * Rabs o) + 0.0005) * M) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Theorem unfused_err : Rabs (t_unfused - E1) <= u * (Rmax 4 (3 + 3 * Rabs o) + 0.0005) * M.
Proof.
assert (U := u_le). destruct M_ge as (M1 & ME). assert (A := Rmax_l 4 (3 + 3 * Rabs o)). assert (B := Rmax_r 4 (3 + 3 * Rabs o)).
assert (ep : 0 <= eta) by exact (Rlt_le _ _ (eta_pos emin)). assert (o0 := Rabs_pos o).
assert (oM : Rabs o <= Rabs o * M) by (rewrite <- (Rmult_1_r (Rabs o)) at 1; apply Rmult_le_compat_l; lra).
assert (R : Rabs (rnd (difference * rstd) - difference * rstd) <= u * Rabs (difference * rstd) + eta) by exact (rnd_err emin p ltac:(lia)
  (difference * rstd)).
assert (PP : forall k, 0 <= k <= 3 -> Rabs (difference * rstd - P) <= k * u * Rabs P ->
  Rabs (rnd (difference * rstd) - P) <= (k + 1.000001) * u * Rabs P + eta).
{ intros k Hk Hd. assert (Pp := Rabs_pos P).
  assert (T : Rabs (difference * rstd) <= (1 + k * u) * Rabs P).
  { replace (difference * rstd) with ((difference * rstd - P) + P) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
  assert (T2 : u * Rabs (difference * rstd) <= u * ((1 + k * u) * Rabs P)) by (apply Rmult_le_compat_l; lra).
  assert (T3 : k * u <= 0.000001) by (assert (k * u <= 3 * / 16777216) by (apply Rmult_le_compat; lra); lra).
  assert (T4 : (k * u) * (u * Rabs P) <= 0.000001 * (u * Rabs P)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact T3]).
  replace (rnd (difference * rstd) - P) with ((rnd (difference * rstd) - difference * rstd) + (difference * rstd - P)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra. }
unfold t_unfused. rewrite (Rmult_assoc u). destruct product_err as [X|(X & Y)].
- eapply Rle_trans; [apply (sum_err _ 2.000011); [lra|]|].
  + replace 2.000011 with (1.00001 + 1.000001) by lra. apply PP; [lra|exact X].
  + apply Rmult_le_compat_l; [lra|]. assert (Q := P_le).
    assert ((3 + 3 * Rabs o + 0.0005) * M <= (Rmax 4 (3 + 3 * Rabs o) + 0.0005) * M) by (apply Rmult_le_compat_r; lra). lra.
- destruct (P_le_far Y) as (Q1 & Q2). eapply Rle_trans; [apply (sum_err _ 3.000101); [lra|]|].
  + replace 3.000101 with (2.0001 + 1.000001) by lra. apply PP; [lra|exact X].
  + apply Rmult_le_compat_l; [lra|].
    assert ((4 + 0.0005) * M <= (Rmax 4 (3 + 3 * Rabs o) + 0.0005) * M) by (apply Rmult_le_compat_r; lra). lra.
Qed.

End Last.
