(* dgamma of columns that share a parameter, from what is known of xhat: in either type, whatever normalises. *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_columns backward_shared.
Local Open Scope R_scope.

Section Shared.
Variables (c : class) (a : arith) (X : R) (per_lane n additions : nat).
Hypothesis X_range : 0 <= X <= 12.
Hypothesis a_block : (per_lane <= 128)%nat.
Hypothesis rows : INR n <= 33554432.
Hypothesis few_additions : INR additions <= 8388608.
(* which places (of a block of rows, of an addition to it and of a column) hold an element that shares the parameter, in row k of four *)
Variables (holds : place -> nat -> bool) (dn computed exact : place -> nat -> R) (start : R).
Hypothesis is_start : is f64 start.
Hypothesis near : forall p k, holds p k = true ->
	rel (computed p k) (exact p k) (Rmax 1 (Rabs (exact p k))) (1 + X * u a) 0.
Definition where_held (past : R) (f : place -> nat -> R) p k := if holds p k then f p k else past.
Let xc := where_held 0 computed.
Let xe := where_held 0 exact.
Let M := where_held 1 (fun p k => Rmax 1 (Rabs (exact p k))).
Let l := where_held 0 (fun _ _ => eta a).
(* how many elements there are *)
Definition held := all_of per_lane n additions (fun p => sum4 (where_held 0 (fun _ _ => 1) p)).

Lemma held_rel p k : rel (xc p k) (xe p k) (M p k) (1 + X * u a) 0.
Proof.
unfold xc, xe, M, where_held. destruct (holds p k) eqn:H; [now apply near |].
assert (G : 1 <= 1 + X * u a) by (assert (0 <= X * u a) by (apply Rmult_le_pos; [lra | apply u_pos]); lra).
apply (rel_weaken _ _ _ _ _ _ _ _ (rel_0 _ G)); lra.
Qed.
Lemma held_loss p k : loss a (dn p k * xc p k) (l p k).
Proof. unfold loss, xc, l, where_held. destruct (holds p k); [now left | right; split; [ring | lra]]. Qed.
Lemma held_lost : lost_shared per_lane n additions l = held * eta a.
Proof.
unfold lost_shared, held, all_of. rewrite Rmult_comm, <- sum_scal. apply sum_ext. intros b _. rewrite <- sum_scal. apply sum_ext. intros q _.
rewrite <- sum_scal. apply sum_ext. intros i _. unfold sum4, l, where_held. set (p := (b, (q, i))).
destruct (holds p 0%nat), (holds p 1%nat), (holds p 2%nat), (holds p 3%nat); ring.
Qed.
End Shared.

Theorem dgamma_shared32 c X per_lane n additions holds dn computed exact start : 0 <= X <= 12 -> (per_lane <= 128)%nat -> INR n <= 33554432 ->
	INR additions <= 8388608 -> is f64 start ->
	(forall p k, holds p k = true -> rel (computed p k) (exact p k) (Rmax 1 (Rabs (exact p k))) (1 + X * u f32) 0) ->
	Rabs (rnd f32 (value _ f64 (gamma_of c dn (where_held holds 0 computed) start f32) (shared per_lane n additions)) -
		gamma_exact_shared per_lane n additions dn (where_held holds 0 exact) start)
	<= (own_gamma_shared + X) * u f32 *
		gamma_weight_shared per_lane n additions dn (where_held holds 1 (fun p k => Rmax 1 (Rabs (exact p k)))) start +
	1001 / 1000 * (held per_lane n additions holds * eta f32) + eta f32.
Proof.
intros XR B N A S H. rewrite <- (held_lost f32).
exact (dgamma_shared_f32 c per_lane n additions dn _ _ _ _ start X XR B N A S (held_rel f32 X XR holds computed exact H)
	(held_loss f32 holds dn computed)).
Qed.
Theorem dgamma_shared64 c X per_lane n additions holds dn computed exact start r q : 0 <= X <= 12 -> (per_lane <= 128)%nat ->
	INR n <= 33554432 -> INR additions <= 8388608 -> is f64 start ->
	(forall p k, holds p k = true -> rel (computed p k) (exact p k) (Rmax 1 (Rabs (exact p k))) (1 + X * u f64) 0) ->
	pair _ f64 (gamma_of c dn (where_held holds 0 computed) start f64) (shared per_lane n additions) r q ->
	Rabs (rnd f64 (r + q) - gamma_exact_shared per_lane n additions dn (where_held holds 0 exact) start)
	<= (own_gamma_shared_f64 + X) * u f64 *
		gamma_weight_shared per_lane n additions dn (where_held holds 1 (fun p k => Rmax 1 (Rabs (exact p k)))) start +
	1001 / 1000 * (held per_lane n additions holds * eta f64).
Proof.
intros XR B N A S H P. rewrite <- (held_lost f64).
exact (dgamma_shared_f64 c per_lane n additions dn _ _ _ _ start X XR B N A S r q (held_rel f64 X XR holds computed exact H)
	(held_loss f64 holds dn computed) P).
Qed.
