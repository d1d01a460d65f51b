(* A row in places (b, i), None past its end, in either type: g = dn gamma, rounded once, and what a sum over the row loses by denormals. *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Local Open Scope R_scope.

Definition class_of (fused : bool) := if fused then Fused else Unfused.
Definition normal mu D x := (x - mu) * / D.

Section Places.
Variable a : arith.
Variable element : nat -> nat -> option R.
(* xhat as it is computed and exact, of an element *)
Variables (computed exact : R -> R) (gx : R).
Hypothesis gx_1 : 1 <= gx.
Hypothesis near : forall b i x, element b i = Some x -> rel (computed x) (exact x) (Rmax 1 (Rabs (exact x))) gx 0.
Variables (n : nat) (m : nat -> nat) (cols : R) (dn gamma : nat -> nat -> R).
Definition at_place {T} (past : T) (f : R -> T) b i := match element b i with Some x => f x | None => past end.
Definition xhat_c := at_place 0 computed.
Definition xhat_e := at_place 0 exact.
Definition M_e := at_place 1 (fun x => Rmax 1 (Rabs (exact x))).
Definition g_c b i := rnd a (dn b i * gamma b i).
Definition g_e b i := dn b i * gamma b i.
Definition eta_at := at_place 0 (fun _ => eta a).
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
(* cols of the places are elements, and the average of max(1, |xhat|) is at most 2, as that of the square of xhat is at most 1 *)
Hypothesis elements : whole n m (at_place 0 (fun _ => 1)) <= cols.
Hypothesis squares : whole n m (fun b i => Rsqr (xhat_e b i)) <= cols.

Lemma g_rel b i : rel (g_c b i) (g_e b i) (Rabs (g_e b i)) (1 + u a) (eta_at b i).
Proof.
assert (E := eta_pos a). split; [| apply Rle_refl]. unfold g_c, g_e, eta_at, at_place. destruct (element b i) as [x |] eqn:Q.
- replace ((1 + u a - 1) * Rabs (dn b i * gamma b i) + eta a) with (u a * Rabs (dn b i * gamma b i) + eta a) by ring. apply rnd_any.
- rewrite (past_end b i Q), Rmult_0_l, (rnd_is a 0 (is_0 a)). replace (0 - 0) with 0 by ring. rewrite Rabs_R0. lra.
Qed.
Lemma eta_at_range b i : 0 <= eta_at b i <= eta a.
Proof. assert (E := eta_pos a). unfold eta_at, at_place. destruct (element b i); lra. Qed.
Lemma xhat_place b i : rel (xhat_c b i) (xhat_e b i) (M_e b i) gx 0.
Proof.
unfold xhat_c, xhat_e, M_e, at_place. destruct (element b i) as [x |] eqn:Q; [apply (near b i x Q) |].
apply (rel_weaken _ _ _ _ _ _ _ _ (rel_0 _ gx_1)); lra.
Qed.
Lemma M_1 b i : 1 <= M_e b i.
Proof. unfold M_e, at_place. destruct (element b i); [apply Rmax_l | lra]. Qed.
Lemma product_loss b i : loss a (g_c b i * xhat_c b i) (eta_at b i).
Proof. unfold loss, xhat_c, eta_at, at_place. destruct (element b i); [now left | right; split; [ring | lra]]. Qed.
Lemma whole_le f h : (forall b i, f b i <= h b i) -> whole n m f <= whole n m h.
Proof. intro H. unfold whole. apply sum_le. intros. apply sum_le. intros. apply H. Qed.
Lemma lose_eta : whole n m eta_at <= cols * eta a.
Proof.
assert (E := eta_pos a). assert (S := whole_scal (eta a) (at_place 0 (fun _ => 1)) n m).
apply Rle_trans with (eta a * whole n m (at_place 0 (fun _ => 1))).
- rewrite <- S. apply whole_le. intros b i. unfold eta_at, at_place. destruct (element b i); lra.
- rewrite (Rmult_comm cols). now apply Rmult_le_compat_l.
Qed.
Lemma lose_M : whole n m (fun b i => M_e b i * eta_at b i) <= 2 * cols * eta a.
Proof.
assert (E := eta_pos a). set (one := at_place 0 (fun _ => 1)).
apply Rle_trans with (eta a * whole n m (fun b i => one b i + Rsqr (xhat_e b i))).
- rewrite <- whole_scal. apply whole_le. intros b i. unfold M_e, eta_at, one, xhat_e, at_place. destruct (element b i) as [x |].
  + set (t := exact x). rewrite Rmult_comm. apply Rmult_le_compat_l; [exact E |]. apply Rmax_lub; [generalize (Rle_0_sqr t); lra |].
    rewrite (Rsqr_abs t). unfold Rsqr. assert (A := Rabs_pos t). assert (0 <= Rsqr (Rabs t - 1)) by apply Rle_0_sqr. unfold Rsqr in *. lra.
  + rewrite Rsqr_0. lra.
- rewrite whole_add. assert (eta a * (whole n m one + whole n m (fun b i => Rsqr (xhat_e b i))) <= eta a * (cols + cols)); [| lra].
  apply Rmult_le_compat_l; [exact E |]. apply Rplus_le_compat; assumption.
Qed.
End Places.
(* RMSNorm's mean is 0. *)
Lemma squares_0 element n m D : whole n m (fun b i => Rsqr (xhat_e element (fun x => x * / D) b i)) =
	whole n m (fun b i => Rsqr (xhat_e element (normal 0 D) b i)).
Proof.
unfold whole. apply sum_ext. intros b _. apply sum_ext. intros i _. unfold xhat_e, at_place, normal.
destruct (element b i); [now rewrite Rminus_0_r | reflexivity].
Qed.

(* A column: rows that have statistics of their own; past the last one dn = 0. *)
Section Rows.
Variable a : arith.
Variables (rows : nat) (computed exact : nat -> R) (gx : R).
Hypothesis gx_1 : 1 <= gx.
Hypothesis near : forall i, (i < rows)%nat -> rel (computed i) (exact i) (Rmax 1 (Rabs (exact i))) gx 0.
Definition in_rows (past : R) (f : nat -> R) i := if lt_dec i rows then f i else past.
Definition column_c := in_rows 0 computed.
Definition column_e := in_rows 0 exact.
Definition column_M := in_rows 1 (fun i => Rmax 1 (Rabs (exact i))).
Definition column_eta := in_rows 0 (fun _ => eta a).
Lemma column_rel i : rel (column_c i) (column_e i) (column_M i) gx 0.
Proof.
unfold column_c, column_e, column_M, in_rows. destruct (lt_dec i rows) as [L | L]; [apply near, L |].
apply (rel_weaken _ _ _ _ _ _ _ _ (rel_0 _ gx_1)); lra.
Qed.
Lemma column_loss dn i : loss a (dn i * column_c i) (column_eta i).
Proof. unfold loss, column_c, column_eta, in_rows. destruct (lt_dec i rows); [now left | right; split; [ring | lra]]. Qed.
Lemma eta_rows k : sum k column_eta <= INR rows * eta a.
Proof.
assert (E := eta_pos a). assert (H : sum k column_eta <= INR (Nat.min k rows) * eta a).
{ induction k as [| k IH]; [simpl; lra |]. cbn [sum]. unfold column_eta at 2, in_rows. destruct (lt_dec k rows) as [L | L].
  - replace (Nat.min (S k) rows) with (S k) by lia. replace (Nat.min k rows) with k in IH by lia. rewrite S_INR. lra.
  - replace (Nat.min (S k) rows) with rows by lia. replace (Nat.min k rows) with rows in IH by lia. lra. }
eapply Rle_trans; [exact H |]. apply Rmult_le_compat_r; [exact E |]. apply le_INR. lia.
Qed.
End Rows.
