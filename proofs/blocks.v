(* Rows of several blocks: how the errors of the moments of blocks become those of the row, for any number of blocks.
   Merging itself is exact here; merge.v is about its roundings. *)
Require Import Reals Lra Lia List.
Require Import sums.
Import ListNotations.
Local Open Scope R_scope.

(* a block: its count, exact mean and m2; its computed mean and m2; c and k say how exact these are *)
Record block := Block { cnt : R; mu : R; m2 : R; mu' : R; m2' : R; cc : R; kk : R }.

Section Row.
Variables (u : R) (bs : list block).
Hypothesis u_pos : 0 <= u.

Definition sigma b := sqrt (m2 b / cnt b).
Definition good b := 0 < cnt b /\ 0 <= m2 b /\ 0 <= cc b /\ 0 <= kk b /\
  Rabs (mu' b - mu b) <= cc b * u * sigma b /\ Rabs (m2' b - m2 b) <= 2 * kk b * u * m2 b.
Hypothesis all_good : forall b, In b bs -> good b.

Definition N := sum cnt bs.
Hypothesis N_pos : 0 < N.
Definition Mean := sum (fun b => cnt b * mu b) bs / N.
Definition Mean' := sum (fun b => cnt b * mu' b) bs / N.
Definition M2 := sum (fun b => m2 b + cnt b * ((mu b - Mean) * (mu b - Mean))) bs.
Definition M2' := sum (fun b => m2' b + cnt b * ((mu' b - Mean') * (mu' b - Mean'))) bs.
Definition Sigma := sqrt (M2 / N).

Let delta b := mu' b - mu b.

Lemma sigma_sqr b : good b -> cnt b * (sigma b * sigma b) = m2 b.
Proof.
intros (Hn & Hm & _). unfold sigma. rewrite sqrt_def; [field; lra|].
apply Rmult_le_pos; [assumption|]. left. now apply Rinv_0_lt_compat.
Qed.

Lemma sigma_pos b : 0 <= sigma b. Proof. apply sqrt_pos. Qed.

Lemma M2_pos : 0 <= M2.
Proof.
apply sum_pos. intros b I. destruct (all_good b I) as (Hn & Hm & _).
assert (0 <= cnt b * ((mu b - Mean) * (mu b - Mean))); [|lra].
apply Rmult_le_pos; [lra|apply Rle_0_sqr].
Qed.

Lemma Sigma_sqr : N * (Sigma * Sigma) = M2.
Proof.
unfold Sigma. rewrite sqrt_def; [field; lra|]. apply Rmult_le_pos; [apply M2_pos|]. left. now apply Rinv_0_lt_compat.
Qed.

Lemma mean_diff : N * (Mean' - Mean) = sum (fun b => cnt b * delta b) bs.
Proof.
unfold Mean, Mean'. replace (N * (sum (fun b => cnt b * mu' b) bs / N - sum (fun b => cnt b * mu b) bs / N))
  with (sum (fun b => cnt b * mu' b) bs + (-1) * sum (fun b => cnt b * mu b) bs) by (field; lra).
rewrite <- sum_scal, <- sum_add. apply sum_ext. intros b _. unfold delta. ring.
Qed.

Lemma N_mean : sum (fun b => cnt b * (mu b - Mean)) bs = 0.
Proof.
rewrite (sum_ext _ (fun b => cnt b * mu b + (- Mean) * cnt b)) by (intros; ring).
rewrite sum_add, sum_scal. fold N. unfold Mean. field. lra.
Qed.

(* Sum n (mu' - Mean')^2 = Sum n (mu - Mean)^2 + 2 Sum n (mu - Mean) delta + Sum n delta^2 - N (Mean' - Mean)^2 *)
Lemma M2_diff : M2' - M2 = sum (fun b => (m2' b - m2 b) + 2 * (cnt b * (mu b - Mean) * delta b) + cnt b * (delta b * delta b)) bs
  - N * ((Mean' - Mean) * (Mean' - Mean)).
Proof.
set (D := Mean' - Mean).
assert (E : M2' = M2 + (sum (fun b => (m2' b - m2 b) + 2 * (cnt b * (mu b - Mean) * delta b) + cnt b * (delta b * delta b)) bs
  + ((-2 * D) * sum (fun b => cnt b * (mu b - Mean)) bs + ((-2 * D) * sum (fun b => cnt b * delta b) bs + (D * D) * sum cnt bs)))).
{ unfold M2', M2. rewrite <- !sum_scal, <- !sum_add. apply sum_ext. intros b _. unfold delta, D. ring. }
rewrite N_mean, <- mean_diff in E. fold N in E. fold D in E. rewrite E. ring.
Qed.

Variable w : R.
Hypothesis w_pos : 0 <= w.
Hypothesis small : forall b, In b bs -> cc b * cc b * u <= 2 * w.

Lemma mean_part : N * Rabs (Mean' - Mean) * Sigma <= sum (fun b => cnt b * (cc b * u * sigma b) * Sigma) bs.
Proof.
assert (SP : 0 <= Sigma) by apply sqrt_pos.
replace (N * Rabs (Mean' - Mean)) with (Rabs (N * (Mean' - Mean))) by (rewrite Rabs_mult, (Rabs_pos_eq N) by lra; ring).
rewrite mean_diff. rewrite (sum_ext (fun b => cnt b * (cc b * u * sigma b) * Sigma) (fun b => Sigma * (cnt b * (cc b * u * sigma b)))) by
  (intros; ring).
rewrite sum_scal, Rmult_comm. apply Rmult_le_compat_l; [assumption|].
eapply Rle_trans; [apply sum_abs|]. apply sum_le. intros b I. destruct (all_good b I) as (Hn & _ & _ & _ & Hd & _).
rewrite Rabs_mult, (Rabs_pos_eq (cnt b)) by lra. apply Rmult_le_compat_l; [lra|exact Hd].
Qed.

Definition m2_err b := cnt b * (kk b * u * (sigma b * sigma b) + cc b * u * sigma b * Rabs (mu b - Mean)) + cnt b * (w * u * (sigma b *
  sigma b)).

Lemma m2_part : Rabs (M2' - M2) / 2 <= sum m2_err bs.
Proof.
assert (D2 : N * ((Mean' - Mean) * (Mean' - Mean)) <= sum (fun b => cnt b * (delta b * delta b)) bs).
{ assert (C := cauchy_weighted cnt delta bs). rewrite <- mean_diff in C. fold N in C.
  apply Rmult_le_reg_l with N; [assumption|].
  replace (N * (N * ((Mean' - Mean) * (Mean' - Mean)))) with (N * (Mean' - Mean) * (N * (Mean' - Mean))) by ring.
  apply C. intros b I. destruct (all_good b I) as (Hn & _). lra. }
assert (D0 : 0 <= N * ((Mean' - Mean) * (Mean' - Mean))) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
set (X := sum (fun b => (m2' b - m2 b) + 2 * (cnt b * (mu b - Mean) * delta b)) bs).
set (Y := sum (fun b => cnt b * (delta b * delta b)) bs) in *.
assert (E : M2' - M2 = X + (Y - N * ((Mean' - Mean) * (Mean' - Mean)))).
{ rewrite M2_diff. unfold X, Y. rewrite sum_add. ring. }
assert (B : Rabs (M2' - M2) <= Rabs X + Y).
{ rewrite E. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (Y - _)) by lra. lra. }
assert (BX : Rabs X <= sum (fun b => 2 * (cnt b * (kk b * u * (sigma b * sigma b) + cc b * u * sigma b * Rabs (mu b - Mean)))) bs).
{ unfold X. eapply Rle_trans; [apply sum_abs|]. apply sum_le. intros b I. assert (Gb := all_good b I).
  destruct Gb as (Hn & Hm & Hc & Hk & Hd & H2). assert (Q := sigma_sqr b (all_good b I)).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq (cnt b)), (Rabs_pos_eq 2) by lra. fold (delta b) in Hd.
  assert (P : cnt b * Rabs (mu b - Mean) * Rabs (delta b) <= cnt b * Rabs (mu b - Mean) * (cc b * u * sigma b)).
  { apply Rmult_le_compat_l; [apply Rmult_le_pos; [lra|apply Rabs_pos]|exact Hd]. }
  assert (H3 : Rabs (m2' b - m2 b) <= 2 * kk b * u * (cnt b * (sigma b * sigma b))) by (rewrite Q; exact H2). lra. }
assert (BY : Y <= sum (fun b => 2 * (cnt b * (w * u * (sigma b * sigma b)))) bs).
{ apply sum_le. intros b I. destruct (all_good b I) as (Hn & Hm & Hc & Hk & Hd & H2). fold (delta b) in Hd.
  replace (2 * (cnt b * (w * u * (sigma b * sigma b)))) with (cnt b * (2 * w * u * (sigma b * sigma b))) by ring.
  apply Rmult_le_compat_l; [lra|].
  assert (0 <= cc b * u * sigma b) by (repeat apply Rmult_le_pos; try lra; apply sigma_pos).
  assert (delta b * delta b <= (cc b * u * sigma b) * (cc b * u * sigma b)).
  { replace (delta b * delta b) with (Rabs (delta b) * Rabs (delta b)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    apply Rmult_le_compat; try assumption; apply Rabs_pos. }
  assert (cc b * cc b * u * (u * (sigma b * sigma b)) <= 2 * w * (u * (sigma b * sigma b))).
  { apply Rmult_le_compat_r; [apply Rmult_le_pos; [assumption|apply Rle_0_sqr]|now apply small]. }
  lra. }
rewrite sum_scal in BX, BY. unfold m2_err. rewrite sum_add. lra.
Qed.

Lemma abs_sqr b : (mu b - Mean) * (mu b - Mean) = Rabs (mu b - Mean) * Rabs (mu b - Mean).
Proof. rewrite <- Rabs_mult. symmetry. apply Rabs_pos_eq, Rle_0_sqr. Qed.

(* m2 alone: with s = sigma_b, t = |mu_b - Mean|, an inequality of each block *)
Theorem row_m2 g : (forall b, In b bs -> let s := sigma b in let t := Rabs (mu b - Mean) in
    kk b * (s * s) + cc b * s * t <= g * (s * s + t * t)) -> Rabs (M2' - M2) / 2 <= u * (g + w) * M2.
Proof.
intro point. eapply Rle_trans; [exact m2_part|]. unfold M2. rewrite <- sum_scal. apply sum_le. intros b I.
destruct (all_good b I) as (Hn & Hm & _). assert (Q := sigma_sqr b (all_good b I)). assert (P := point b I). cbv zeta in P.
unfold m2_err. rewrite abs_sqr, <- Q. set (t := Rabs (mu b - Mean)) in *. set (s := sigma b) in *.
assert (P' := Rmult_le_compat_l (cnt b * u) _ _ (Rmult_le_pos _ _ (Rlt_le _ _ Hn) u_pos) P).
assert (0 <= cnt b * u * w * (t * t)) by (repeat apply Rmult_le_pos; try lra; unfold t; apply Rabs_pos). lra.
Qed.

(* both: with S = Sigma *)
Theorem row_errors G h : (forall b, In b bs -> let s := sigma b in let t := Rabs (mu b - Mean) in
    cc b * s * Sigma + kk b * (s * s) + cc b * s * t <= G * (s * s + t * t) + h * (Sigma * Sigma)) ->
  N * Rabs (Mean' - Mean) * Sigma + Rabs (M2' - M2) / 2 <= u * (G + h + w) * M2.
Proof.
intro point. assert (A := mean_part). assert (B := m2_part).
assert (T : sum (fun b => cnt b * (cc b * u * sigma b) * Sigma) bs + sum m2_err bs <= u * (G + h + w) * M2); [|lra].
rewrite <- sum_add. apply Rle_trans with (sum (fun b => u * (G + w) * (m2 b + cnt b * ((mu b - Mean) * (mu b - Mean))) + u * h * (Sigma *
  Sigma) * cnt b) bs).
- apply sum_le. intros b I. destruct (all_good b I) as (Hn & Hm & _). assert (Q := sigma_sqr b (all_good b I)).
  assert (P := point b I). cbv zeta in P. unfold m2_err. rewrite abs_sqr, <- Q. set (t := Rabs (mu b - Mean)) in *. set (s := sigma b) in *.
  assert (P' := Rmult_le_compat_l (cnt b * u) _ _ (Rmult_le_pos _ _ (Rlt_le _ _ Hn) u_pos) P).
  assert (0 <= cnt b * u * w * (t * t)) by (repeat apply Rmult_le_pos; try lra; unfold t; apply Rabs_pos). lra.
- rewrite sum_add, !sum_scal. fold M2. fold N. assert (Q := Sigma_sqr).
  replace (u * h * (Sigma * Sigma) * N) with (u * h * (N * (Sigma * Sigma))) by ring. rewrite Q. lra.
Qed.

End Row.
