(* What saved statistics cost: dx and dgamma from a mean and rstd that were rounded to floats, against those from the exact ones. The mean
   is off by theta / rstd, rstd by the factor 1 + eps, so every xhat becomes (xhat + theta) (1 + eps). *)
Require Import Reals Lra Lia.
Require Import backward_trees backward_row.
Local Open Scope R_scope.

Section Saved.
Variables (theta eps h e r : R).
Hypothesis Th : Rabs theta <= h.
Hypothesis Ep : Rabs eps <= e.
Hypothesis Rp : 0 <= r.
Definition moved x := (x + theta) * (1 + eps).

Lemma cube : 0 <= e -> Rabs ((1 + eps) ^ 3) <= (1 + e) ^ 3.
Proof.
intro E. rewrite <- RPow_abs. apply pow_incr. split; [apply Rabs_pos |]. eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_R1. lra.
Qed.
Lemma cube_1 : Rabs ((1 + eps) ^ 3 - 1) <= (1 + e) ^ 3 - 1.
Proof.
assert (E : 0 <= e) by (eapply Rle_trans; [apply Rabs_pos | exact Ep]).
replace ((1 + eps) ^ 3 - 1) with (eps * (3 + 3 * eps + eps * eps)) by ring. rewrite Rabs_mult.
replace ((1 + e) ^ 3 - 1) with (e * (3 + 3 * e + e * e)) by ring. apply Rmult_le_compat; try apply Rabs_pos; [exact Ep |].
eapply Rle_trans; [apply Rabs_triang |]. apply Rplus_le_compat.
- eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_mult, (Rabs_pos_eq 3) by lra. lra.
- rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; exact Ep.
Qed.

(* One column: g, xhat and M = max(1, |xhat|); the averages a of g, p of g xhat, A of |g|, P of |g| M. *)
Variables (g x M a p A P : R).
Hypotheses (Hx : Rabs x <= M) (HM : 1 <= M) (Ha : Rabs a <= A) (Hp : Rabs p <= P) (HA : A <= P).
Let p' := (p + theta * a) * (1 + eps).	(* the average of g moved(xhat), see below *)

Theorem dx_saved : Rabs ((g - a - moved x * p') * (r * (1 + eps)) - (g - a - x * p) * r)
	<= r * (e * (Rabs g + A) + ((1 + e) ^ 3 * (1 + h) ^ 2 - 1) * (M * P)).
Proof.
assert (E : 0 <= e) by (eapply Rle_trans; [apply Rabs_pos | exact Ep]). assert (H : 0 <= h) by (eapply Rle_trans; [apply Rabs_pos | exact
	Th]).
assert (P0 : 0 <= P) by (eapply Rle_trans; [apply Rabs_pos | exact Hp]). assert (A0 : 0 <= A) by (eapply Rle_trans; [apply Rabs_pos |
	exact Ha]).
replace ((g - a - moved x * p') * (r * (1 + eps)) - (g - a - x * p) * r) with
	(r * (eps * (g - a) - ((1 + eps) ^ 3 * ((x + theta) * (p + theta * a) - x * p) + ((1 + eps) ^ 3 - 1) * (x * p)))) by (unfold
		moved, p'; ring).
rewrite Rabs_mult, (Rabs_pos_eq r) by exact Rp. apply Rmult_le_compat_l; [exact Rp |].
assert (MP : 0 <= M * P) by (apply Rmult_le_pos; lra).
assert (T1 : Rabs (eps * (g - a)) <= e * (Rabs g + A)).
{ rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; [exact Ep |]. unfold Rminus. eapply Rle_trans; [apply Rabs_triang |].
	rewrite Rabs_Ropp. lra. }
assert (T2 : Rabs ((x + theta) * (p + theta * a) - x * p) <= ((1 + h) ^ 2 - 1) * (M * P)).
{ replace ((x + theta) * (p + theta * a) - x * p) with (theta * p + x * theta * a + theta * theta * a) by ring.
  assert (HP : h * P <= h * (M * P)) by (apply Rmult_le_compat_l; [exact H |]; rewrite <- (Rmult_1_l P) at 1; apply Rmult_le_compat_r; lra).
  assert (S1 : Rabs (theta * p) <= h * (M * P)) by (rewrite Rabs_mult; apply Rle_trans with (h * P); [apply Rmult_le_compat; try apply
    Rabs_pos; assumption | exact HP]).
  assert (AP : M * A <= M * P) by (apply Rmult_le_compat_l; lra).
  assert (S2 : Rabs (x * theta * a) <= h * (M * P)).
  { rewrite !Rabs_mult. apply Rle_trans with (M * h * A); [| replace (M * h * A) with (h * (M * A)) by ring; apply Rmult_le_compat_l; lra].
    apply Rmult_le_compat; try apply Rabs_pos; [apply Rmult_le_pos; apply Rabs_pos | | exact Ha]. apply Rmult_le_compat; try apply
      Rabs_pos; assumption. }
  assert (S3 : Rabs (theta * theta * a) <= h * h * (M * P)).
  { rewrite !Rabs_mult. apply Rle_trans with (h * h * A).
    - apply Rmult_le_compat; try apply Rabs_pos; [apply Rmult_le_pos; apply Rabs_pos | | exact Ha]. apply Rmult_le_compat; try apply
      Rabs_pos; assumption.
    - apply Rmult_le_compat_l; [apply Rmult_le_pos; exact H |]. apply Rle_trans with (1 * P); [lra | apply Rmult_le_compat_r; lra]. }
  eapply Rle_trans; [apply Rabs_triang |]. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang |]. simpl. lra. }
assert (T3 : Rabs (x * p) <= M * P) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
assert (C := cube E). assert (C1 := cube_1).
assert (U1 : Rabs ((1 + eps) ^ 3 * ((x + theta) * (p + theta * a) - x * p)) <= (1 + e) ^ 3 * (((1 + h) ^ 2 - 1) * (M * P)))
	by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
assert (U2 : Rabs (((1 + eps) ^ 3 - 1) * (x * p)) <= ((1 + e) ^ 3 - 1) * (M * P))
	by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_Ropp.
apply Rle_trans with (e * (Rabs g + A) + ((1 + e) ^ 3 * (((1 + h) ^ 2 - 1) * (M * P)) + ((1 + e) ^ 3 - 1) * (M * P))).
- apply Rplus_le_compat; [exact T1 |]. eapply Rle_trans; [apply Rabs_triang | lra].
- right. ring.
Qed.
End Saved.

(* The average of g moved(xhat) is what dx_saved says. *)
Lemma average_moved theta eps n m g x cols : cols <> 0 ->
	whole n m (fun b i => g b i * moved theta eps (x b i)) / cols
	= (whole n m (fun b i => g b i * x b i) / cols + theta * (whole n m g / cols)) * (1 + eps).
Proof.
intro C. assert (E : whole n m (fun b i => g b i * moved theta eps (x b i)) = (1 + eps) * (whole n m (fun b i => g b i * x b i) + theta *
	whole n m g)).
{ unfold whole. rewrite <- sum_scal, <- sum_plus, <- sum_scal. apply sum_ext. intros b _.
  rewrite <- sum_scal, <- sum_plus, <- sum_scal. apply sum_ext. intros i _. unfold moved. ring. }
rewrite E. field. exact C.
Qed.

(* dgamma: rows with a theta and an eps of their own. *)
Theorem dgamma_saved n dy x theta eps h e : (forall i, Rabs (theta i) <= h i) -> (forall i, Rabs (eps i) <= e) ->
	Rabs (sum n (fun i => dy i * moved (theta i) (eps i) (x i)) - sum n (fun i => dy i * x i))
	<= sum n (fun i => Rabs (dy i) * (e * Rabs (x i) + (1 + e) * h i)).
Proof.
intros H E.
replace (sum n (fun i => dy i * moved (theta i) (eps i) (x i)) - sum n (fun i => dy i * x i)) with
	(sum n (fun i => dy i * (moved (theta i) (eps i) (x i) - x i))).
- eapply Rle_trans; [apply sum_abs |]. apply sum_le. intros i _. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos |].
  replace (moved (theta i) (eps i) (x i) - x i) with (eps i * x i + (1 + eps i) * theta i) by (unfold moved; ring).
  eapply Rle_trans; [apply Rabs_triang |]. rewrite !Rabs_mult. apply Rplus_le_compat.
  + apply Rmult_le_compat_r; [apply Rabs_pos | apply E].
  + apply Rmult_le_compat; try apply Rabs_pos; [| apply H]. eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_R1. generalize (E i). lra.
- rewrite (sum_ext n (fun i => dy i * moved (theta i) (eps i) (x i)) (fun i => dy i * (moved (theta i) (eps i) (x i) - x i) + dy i * x i))
	by (intros; ring).
  rewrite sum_plus. ring.
Qed.

(* dx is linear in g: a g that comes with a relative error of delta (a gate's 6 u) adds delta to the factor of each term. *)
Theorem dx_input delta g g' x M a a' p p' A P r : 0 <= r -> 0 <= delta -> Rabs x <= M -> Rabs (g' - g) <= delta * Rabs g -> Rabs (a' - a)
	<= delta * A ->
	Rabs (p' - p) <= delta * P -> Rabs ((g' - a' - x * p') * r - (g - a - x * p) * r) <= delta * (r * (Rabs g + A + M * P)).
Proof.
intros R D X G A' P'. replace ((g' - a' - x * p') * r - (g - a - x * p) * r) with (((g' - g) - (a' - a) - x * (p' - p)) * r) by ring.
rewrite Rabs_mult, (Rabs_pos_eq r) by exact R. replace (delta * (r * (Rabs g + A + M * P))) with ((delta * Rabs g + delta * A + M * (delta
	* P)) * r) by ring.
apply Rmult_le_compat_r; [exact R |]. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_Ropp. apply Rplus_le_compat.
- unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_Ropp. lra.
- rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; assumption.
Qed.
Lemma average_input delta n m g g' w cols : 0 < cols -> (forall b i, Rabs (g' b i - g b i) <= delta * Rabs (g b i)) ->
	Rabs (whole n m (fun b i => g' b i * w b i) / cols - whole n m (fun b i => g b i * w b i) / cols)
	<= delta * (whole n m (fun b i => Rabs (g b i) * Rabs (w b i)) / cols).
Proof.
intros C H. assert (I : 0 < / cols) by now apply Rinv_0_lt_compat.
replace (whole n m (fun b i => g' b i * w b i) / cols - whole n m (fun b i => g b i * w b i) / cols) with
	((whole n m (fun b i => g' b i * w b i) + -1 * whole n m (fun b i => g b i * w b i)) / cols) by (unfold Rdiv; ring).
unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ cols)), <- Rmult_assoc by lra. apply Rmult_le_compat_r; [lra |].
unfold whole. rewrite <- !sum_scal, <- sum_plus. eapply Rle_trans; [apply sum_abs |]. apply sum_le. intros b _.
rewrite <- !sum_scal, <- sum_plus. eapply Rle_trans; [apply sum_abs |]. apply sum_le. intros i _.
replace (g' b i * w b i + -1 * (g b i * w b i)) with ((g' b i - g b i) * w b i) by ring. rewrite Rabs_mult, <- Rmult_assoc.
apply Rmult_le_compat_r; [apply Rabs_pos | apply H].
Qed.
(* dgamma and dbeta (w = 1) alike: what is missing is delta times the weight, and the weight as computed is no more than 1 + delta of it. *)
Lemma column_input delta n d d' w M : 0 <= delta -> (forall i, Rabs (w i) <= M i) -> (forall i, Rabs (d' i - d i) <= delta * Rabs (d i)) ->
	Rabs (sum n (fun i => d' i * w i) - sum n (fun i => d i * w i)) <= delta * sum n (fun i => Rabs (d i) * M i) /\
	sum n (fun i => Rabs (d' i) * M i) <= (1 + delta) * sum n (fun i => Rabs (d i) * M i).
Proof.
intros D W H. assert (M0 : forall i, 0 <= M i) by (intro i; generalize (Rabs_pos (w i)) (W i); lra). split.
- replace (sum n (fun i => d' i * w i) - sum n (fun i => d i * w i)) with
	(sum n (fun i => d' i * w i) + -1 * sum n (fun i => d i * w i)) by ring.
  rewrite <- !sum_scal, <- sum_plus. eapply Rle_trans; [apply sum_abs |]. apply sum_le. intros i _.
  replace (d' i * w i + -1 * (d i * w i)) with ((d' i - d i) * w i) by ring. rewrite Rabs_mult, <- Rmult_assoc.
  apply Rmult_le_compat; try apply Rabs_pos; auto.
- rewrite <- sum_scal. apply sum_le. intros i _. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [apply M0 |].
  replace (d' i) with ((d' i - d i) + d i) by ring. eapply Rle_trans; [apply Rabs_triang |]. generalize (H i). lra.
Qed.
