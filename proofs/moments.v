(* Section 3 for one block: from the errors of the sums about a pivot to those of its mean and m2.
   S and Q are the exact sums of x - K and of its square, D that of |x - K|; rc, qc, mean', m2' are computed. *)
Require Import Reals Lra Lia.
Require Import sums.
Local Open Scope R_scope.

Section Block.
Variables (n K S Q D rc qc mean' m2' a b nu : R).
Hypothesis n_pos : 0 < n.
Hypothesis Q_pos : 0 <= Q.
Hypothesis S_le : Rabs S <= D.
Hypothesis D_le : D * D <= n * Q.                     (* Cauchy: sums.v *)
Hypothesis a_range : 0 <= a <= / 1000.
Hypothesis b_range : 0 <= b <= / 1000.
Hypothesis nu_range : 0 <= nu <= / 1000.
Hypothesis rc_err : Rabs (rc - S) <= a * D.           (* trees.v, sections.v *)
Hypothesis qc_err : Rabs (qc - Q) <= b * Q.
Hypothesis mean_err : Rabs (mean' - (K + rc / n)) <= nu * (Rabs rc / n).
Hypothesis m2_err : Rabs (m2' - (qc - rc * rc / n)) <= nu * qc.

Definition Mu := K + S / n.
Definition m2x := Q - S * S / n.
Let L := sqrt (n * Q).

Lemma L_sqr : L * L = n * Q. Proof. apply sqrt_def. apply Rmult_le_pos; lra. Qed.
Lemma L_pos : 0 <= L. Proof. apply sqrt_pos. Qed.
Lemma D_pos : 0 <= D. Proof. assert (H := Rabs_pos S). lra. Qed.
Lemma D_L : D <= L. Proof. apply le_of_sqr; [apply L_pos|]. rewrite L_sqr. exact D_le. Qed.
Lemma S_L : Rabs S <= L. Proof. assert (H := D_L). lra. Qed.

Lemma rc_le : Rabs (rc - S) <= a * L /\ Rabs rc <= 1.001 * L.
Proof.
assert (LP := L_pos). assert (DL := D_L). assert (SL := S_L). assert (DP := D_pos).
assert (RcS : Rabs (rc - S) <= a * L) by (assert (a * D <= a * L) by (apply Rmult_le_compat_l; lra); lra).
split; [exact RcS|]. replace rc with ((rc - S) + S) by ring. eapply Rle_trans; [apply Rabs_triang|].
assert (a * L <= / 1000 * L) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma mean_abs_err : Rabs (mean' - Mu) <= (a + 1.001 * nu) * (L / n).
Proof.
assert (ni : 0 < / n) by now apply Rinv_0_lt_compat. destruct rc_le as (RcS & Rc).
replace (mean' - Mu) with ((mean' - (K + rc / n)) + (rc - S) / n) by (unfold Mu; field; lra).
eapply Rle_trans; [apply Rabs_triang|]. unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra.
assert (nu * (Rabs rc / n) <= 1.001 * nu * L * / n).
{ unfold Rdiv. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|].
  replace (1.001 * nu * L) with (nu * (1.001 * L)) by ring. apply Rmult_le_compat_l; lra. }
assert (Rabs (rc - S) * / n <= a * L * / n) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* Whatever rho bounds |S| / L: the constants c, k of the block *)
Theorem block_errors rho c k u : 0 <= u -> 0 <= c -> 0 <= k -> 0 <= rho < 1 -> Rabs S <= rho * L ->
  (a + 1.001 * nu) * (a + 1.001 * nu) <= c * u * (c * u) * (1 - rho * rho) ->
  b + a * (2 * rho + a) + 1.001 * nu <= 2 * k * u * (1 - rho * rho) ->
  0 <= m2x /\ Rabs (mean' - Mu) <= c * u * sqrt (m2x / n) /\ Rabs (m2' - m2x) <= 2 * k * u * m2x.
Proof.
intros Hu Hc Hk Hr HS C1 C2.
assert (LP := L_pos). assert (LL := L_sqr). assert (DL := D_L). assert (SL := S_L). assert (DP := D_pos).
assert (ni : 0 < / n) by now apply Rinv_0_lt_compat.
assert (rho2 : 0 < 1 - rho * rho) by nra.
assert (SS : S * S <= rho * rho * (n * Q)).
{ replace (S * S) with (Rabs S * Rabs S) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  rewrite <- LL. replace (rho * rho * (L * L)) with (rho * L * (rho * L)) by ring.
  apply Rmult_le_compat; try assumption; apply Rabs_pos. }
assert (M : Q * (1 - rho * rho) <= m2x).
{ unfold m2x. apply Rmult_le_reg_l with n; [assumption|]. replace (n * (Q - S * S / n)) with (n * Q - S * S) by (field; lra). lra. }
assert (M0 : 0 <= m2x) by (assert (0 <= Q * (1 - rho * rho)) by (apply Rmult_le_pos; lra); lra).
destruct rc_le as (RcS & Rc).
split; [exact M0|]. split.
- assert (E : Rabs (mean' - Mu) <= (a + 1.001 * nu) * L / n) by (assert (H := mean_abs_err); unfold Rdiv in *; lra).
  eapply Rle_trans; [exact E|].
  apply le_of_sqr; [repeat apply Rmult_le_pos; try lra; apply sqrt_pos|].
  replace (c * u * sqrt (m2x / n) * (c * u * sqrt (m2x / n))) with (c * u * (c * u) * (sqrt (m2x / n) * sqrt (m2x / n))) by ring.
  rewrite sqrt_def by (apply Rmult_le_pos; lra).
  replace ((a + 1.001 * nu) * L / n * ((a + 1.001 * nu) * L / n)) with ((a + 1.001 * nu) * (a + 1.001 * nu) * (L * L) * (/ n * / n)) by
    (field; lra).
  rewrite LL.
  replace ((a + 1.001 * nu) * (a + 1.001 * nu) * (n * Q) * (/ n * / n)) with ((a + 1.001 * nu) * (a + 1.001 * nu) * (Q * / n)) by (field;
    lra).
  apply Rle_trans with (c * u * (c * u) * (1 - rho * rho) * (Q * / n)).
  + apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact C1].
  + replace (c * u * (c * u) * (1 - rho * rho) * (Q * / n)) with (c * u * (c * u) * ((Q * (1 - rho * rho)) * / n)) by ring.
    apply Rmult_le_compat_l; [apply Rle_0_sqr|]. apply Rmult_le_compat_r; lra.
- assert (X : Rabs (rc * rc - S * S) <= a * (2 * rho + a) * (n * Q)).
  { replace (rc * rc - S * S) with ((rc - S) * ((rc - S) + 2 * S)) by ring. rewrite Rabs_mult, <- LL.
    replace (a * (2 * rho + a) * (L * L)) with (a * L * (a * L + 2 * (rho * L))) by ring.
    apply Rmult_le_compat; try apply Rabs_pos; [assumption|].
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq 2) by lra. lra. }
  assert (QC : qc <= 1.001 * Q).
  { destruct (Rabs_def2 (qc - Q) (b * Q + 1)) as (U & _); [lra|]. assert (V := Rle_abs (qc - Q)).
    assert (b * Q <= / 1000 * Q) by (apply Rmult_le_compat_r; lra). lra. }
  replace (m2' - m2x) with ((m2' - (qc - rc * rc / n)) + ((qc - Q) - (rc * rc - S * S) / n)) by (unfold m2x; field; lra).
  eapply Rle_trans; [apply Rabs_triang|].
  assert (Y : Rabs (qc - Q - (rc * rc - S * S) / n) <= b * Q + a * (2 * rho + a) * Q).
  { unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. unfold Rdiv.
    rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra.
    assert (Rabs (rc * rc - S * S) * / n <= a * (2 * rho + a) * (n * Q) * / n) by (apply Rmult_le_compat_r; lra).
    replace (a * (2 * rho + a) * (n * Q) * / n) with (a * (2 * rho + a) * Q) in H by (field; lra). lra. }
  assert (Z : nu * qc <= nu * (1.001 * Q)) by (apply Rmult_le_compat_l; lra).
  assert (W : (b + a * (2 * rho + a) + 1.001 * nu) * Q <= 2 * k * u * (1 - rho * rho) * Q) by (apply Rmult_le_compat_r; assumption).
  assert (V : 2 * k * u * (Q * (1 - rho * rho)) <= 2 * k * u * m2x) by (apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|exact M]).
  lra.
Qed.

(* The test bounds rho: T1 is T less what the double product T * q may lose. *)
Theorem test_rho T1 rho : m2' >= T1 * qc -> 0 <= rho - a -> (1 + b) * (1 + nu - T1) <= (rho - a) * (rho - a) -> T1 <= 1 ->
  Rabs S <= rho * L.
Proof.
intros Ht Hr HR HT.
assert (LP := L_pos). assert (LL := L_sqr). assert (DL := D_L). assert (DP := D_pos).
assert (QC : qc <= (1 + b) * Q) by (assert (V := Rle_abs (qc - Q)); lra).
assert (M := Rle_abs (m2' - (qc - rc * rc / n))).
assert (R2 : rc * rc / n <= (1 + nu - T1) * qc) by lra.
assert (ni : 0 < / n) by now apply Rinv_0_lt_compat.
assert (R3 : rc * rc <= (rho - a) * (rho - a) * (n * Q)).
{ assert (R4 : rc * rc / n <= (rho - a) * (rho - a) * Q).
  { apply Rle_trans with ((1 + nu - T1) * ((1 + b) * Q)).
    - eapply Rle_trans; [exact R2|]. apply Rmult_le_compat_l; lra.
    - replace ((1 + nu - T1) * ((1 + b) * Q)) with ((1 + b) * (1 + nu - T1) * Q) by ring. apply Rmult_le_compat_r; lra. }
  apply (Rmult_le_compat_l n) in R4; [|lra]. replace (n * (rc * rc / n)) with (rc * rc) in R4 by (field; lra). lra. }
assert (R5 : Rabs rc <= (rho - a) * L).
{ apply abs_le_of_sqr; [apply Rmult_le_pos; lra|]. replace ((rho - a) * L * ((rho - a) * L)) with ((rho - a) * (rho - a) * (L * L)) by ring.
  now rewrite LL. }
replace S with (rc - (rc - S)) by ring. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
assert (a * D <= a * L) by (apply Rmult_le_compat_l; lra). lra.
Qed.

End Block.
