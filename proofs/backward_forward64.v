(* dx and dgamma of doubles, from what the forward pass proves of xhat and rstd: eps inside. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_columns backward_f64.
Require f64_xhat f64_layernorm f64_narrow_layernorm f64_narrow f64_row f64_var f64_outside f64_whole f64_last.
Require format wide row mergeops merge step.
Local Open Scope R_scope.

Definition class_of (fused : bool) := if fused then Fused else Unfused.
(* Both halves of the proofs speak of the same doubles. *)
Lemma same_is x : wide.F64 x = is f64 x. Proof. reflexivity. Qed.
Lemma same_rnd x : format.rnd (-1074) 53 x = rnd f64 x. Proof. reflexivity. Qed.
Lemma same_u : wide.u64 = u f64.
Proof. unfold wide.u64. rewrite u64. change (bpow radix2 (-53) = / 9007199254740992). simpl. lra. Qed.
Lemma xhat_is fused hi lo rs x : f64_xhat.xhat64 fused hi lo rs x = madd (class_of fused) f64 (rnd f64 (x - hi)) rs (f64_last.shift64 lo rs).
Proof. destruct fused; reflexivity. Qed.

Lemma xhat_rel fused hi lo rs x mu D : f64_xhat.xhat_near fused hi lo rs x mu D ->
	rel (f64_xhat.xhat64 fused hi lo rs x) ((x - mu) * / D) (Rmax 1 (Rabs ((x - mu) * / D))) (grow_xhat (class_of fused) f64) 0.
Proof.
intro H. unfold f64_xhat.xhat_near in H. rewrite same_u in H. set (M := Rmax 1 _) in *. split; [| apply Rmax_r].
eapply Rle_trans; [exact H |]. right. unfold grow_xhat, statistics, xhat_roundings, f64_xhat.X64, class_of. destruct fused; lra.
Qed.
Lemma rstd_rel rs D : 0 < D -> f64_xhat.rstd_near rs D -> rel rs (/ D) (/ D) (grow_rstd f64) 0.
Proof.
intros P H. unfold f64_xhat.rstd_near in H. rewrite same_u in H. assert (I : 0 < / D) by now apply Rinv_0_lt_compat.
split; [| rewrite Rabs_pos_eq; lra]. eapply Rle_trans; [exact H |].
assert (647 / 100 * u f64 * / D <= (grow_rstd f64 - 1) * / D); [| lra].
apply Rmult_le_compat_r; [lra |]. unfold grow_rstd, grow_rstd64, rstd64. rewrite u64. lra.
Qed.

(* A row in places (b, i), None past its end. g = dn gamma, rounded once. *)
Section Row.
Variables (fused : bool) (mu D hi lo rs : R).
Hypothesis D_pos : 0 < D.
Variable element : nat -> nat -> option R.
Hypothesis near : forall b i x, element b i = Some x -> f64_xhat.xhat_near fused hi lo rs x mu D.
Hypothesis near_rstd : f64_xhat.rstd_near rs D.
Variables (n : nat) (m : nat -> nat) (cols : R) (dn gamma : nat -> nat -> R).
Let c := class_of fused.
Definition at_place {T} (past : T) (f : R -> T) b i := match element b i with Some x => f x | None => past end.
Definition xhat_c := at_place 0 (f64_xhat.xhat64 fused hi lo rs).
Definition xhat_e := at_place 0 (fun x => (x - mu) * / D).
Definition M_e := at_place 1 (fun x => Rmax 1 (Rabs ((x - mu) * / D))).
Definition g_c b i := rnd f64 (dn b i * gamma b i).
Definition g_e b i := dn b i * gamma b i.
Definition eta_at := at_place 0 (fun _ => eta f64).
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.
(* cols of the places are elements, and the average of max(1, |xhat|) is at most 2, as that of the square of xhat is at most 1 *)
Hypothesis elements : whole n m (at_place 0 (fun _ => 1)) <= cols.
Hypothesis squares : whole n m (fun b i => Rsqr (xhat_e b i)) <= cols.

Lemma g_rel b i : rel (g_c b i) (g_e b i) (Rabs (g_e b i)) (1 + u f64) (eta_at b i).
Proof.
assert (E := eta_pos f64). split; [| apply Rle_refl]. unfold g_c, g_e, eta_at, at_place. destruct (element b i) as [x |] eqn:Q.
- replace ((1 + u f64 - 1) * Rabs (dn b i * gamma b i) + eta f64) with (u f64 * Rabs (dn b i * gamma b i) + eta f64) by ring. apply rnd_any.
- rewrite (past_end b i Q), Rmult_0_l, (rnd_is f64 0 (is_0 f64)). replace (0 - 0) with 0 by ring. rewrite Rabs_R0. lra.
Qed.
Lemma eta_at_range b i : 0 <= eta_at b i <= eta f64.
Proof. assert (E := eta_pos f64). unfold eta_at, at_place. destruct (element b i); lra. Qed.
Lemma xhat_place b i : rel (xhat_c b i) (xhat_e b i) (M_e b i) (1 + (statistics + xhat_roundings c) * u f64) 0.
Proof.
change (rel (xhat_c b i) (xhat_e b i) (M_e b i) (grow_xhat (class_of fused) f64) 0).
unfold xhat_c, xhat_e, M_e, at_place. destruct (element b i) as [x |] eqn:Q; [apply xhat_rel, (near b i x Q) |].
assert (1 <= grow_xhat (class_of fused) f64).
{ unfold grow_xhat, statistics, xhat_roundings. rewrite u64. destruct (class_of fused); lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ (rel_0 _ H)); lra.
Qed.
Lemma product_loss b i : loss f64 (g_c b i * xhat_c b i) (eta_at b i).
Proof.
unfold loss, xhat_c, eta_at, at_place. destruct (element b i); [now left | right; split; [ring | lra]].
Qed.
Lemma whole_le f h : (forall b i, f b i <= h b i) -> whole n m f <= whole n m h.
Proof. intro H. unfold whole. apply sum_le. intros. apply sum_le. intros. apply H. Qed.
Lemma lose_eta : whole n m eta_at <= cols * eta f64.
Proof.
assert (E := eta_pos f64). assert (S := whole_scal (eta f64) (at_place 0 (fun _ => 1)) n m).
apply Rle_trans with (eta f64 * whole n m (at_place 0 (fun _ => 1))).
- rewrite <- S. apply whole_le. intros b i. unfold eta_at, at_place. destruct (element b i); lra.
- rewrite (Rmult_comm cols). now apply Rmult_le_compat_l.
Qed.
Lemma lose_M : whole n m (fun b i => M_e b i * eta_at b i) <= 2 * cols * eta f64.
Proof.
assert (E := eta_pos f64). set (one := at_place 0 (fun _ => 1)).
apply Rle_trans with (eta f64 * whole n m (fun b i => one b i + Rsqr (xhat_e b i))).
- rewrite <- whole_scal. apply whole_le. intros b i. unfold M_e, eta_at, one, xhat_e, at_place. destruct (element b i) as [x |].
  + set (t := (x - mu) * / D). rewrite Rmult_comm. apply Rmult_le_compat_l; [exact E |]. apply Rmax_lub; [generalize (Rle_0_sqr t); lra |].
    rewrite (Rsqr_abs t). unfold Rsqr. assert (A := Rabs_pos t). assert (0 <= Rsqr (Rabs t - 1)) by apply Rle_0_sqr. unfold Rsqr in *. lra.
  + rewrite Rsqr_0. lra.
- rewrite whole_add. assert (eta f64 * (whole n m one + whole n m (fun b i => Rsqr (xhat_e b i))) <= eta f64 * (cols + cols)); [| lra].
  apply Rmult_le_compat_l; [exact E |]. apply Rplus_le_compat; assumption.
Qed.

Variables r1 q1 r2 q2 : R.
Hypothesis c1 : pair place f64 (sum_leaf f64 g_c) (in_order n (fun b => block16 b (m b))) r1 q1.
Hypothesis c2 : pair place f64 (product_leaf c f64 g_c xhat_c) (in_order n (fun b => block16 b (m b))) r2 q2.
Let average f := whole n m f / cols.
Let a1 := quotient f64 r1 q1 cols.
Let a2 := quotient f64 r2 q2 cols.
Variables (b i : nat).

Theorem dx_row :
	let dx := rnd f64 (madd c f64 (- xhat_c b i) a2 (rnd f64 (g_c b i - a1)) * rs) in
	let exact := (g_e b i - average g_e - xhat_e b i * average (fun b i => g_e b i * xhat_e b i)) * / D in
	Rabs (dx - exact) <= u f64 * (/ D * (D1_of rstd64 * Rabs (g_e b i) + D2_f64_of rstd64 * average (fun b i => Rabs (g_e b i)) +
		D3_f64_of c (statistics + xhat_roundings c) rstd64 * (M_e b i * average (fun b i => Rabs (g_e b i) * M_e b i)))) +
	eta f64 * (10 * / D * M_e b i + 1).
Proof.
cbv zeta. assert (XR : 0 <= statistics + xhat_roundings c <= 12) by (unfold statistics, xhat_roundings, c, class_of; destruct fused; lra).
assert (ER : 0 <= rstd64 <= 6) by (unfold rstd64; lra).
assert (M1 : 1 <= M_e b i) by (unfold M_e, at_place; destruct (element b i); [apply Rmax_l | lra]).
exact (dx_after_f64 c n m cols g_c g_e xhat_c xhat_e M_e eta_at eta_at rs (/ D) _ _ XR ER positive blocks length (fun _ _ => is_rnd f64 _)
	eta_at_range g_rel xhat_place product_loss lose_eta lose_eta lose_M (rstd_rel rs D D_pos near_rstd) r1 q1 r2 q2 c1 c2 b i M1).
Qed.
End Row.

(* dgamma of one column: rows with statistics of their own, those past the last one with dn = 0. *)
Section Column.
Variables (fused : bool) (rows n : nat) (mu D hi lo rs x dn : nat -> R) (start : R).
Let c := class_of fused.
Hypothesis length : INR n <= 33554432.
Hypothesis near : forall i, (i < rows)%nat -> f64_xhat.xhat_near fused (hi i) (lo i) (rs i) (x i) (mu i) (D i).
Hypothesis is_start : is f64 start.
Hypothesis is_dn : forall i, is f64 (dn i).
Definition in_rows (past : R) (f : nat -> R) i := if lt_dec i rows then f i else past.
Definition column_c := in_rows 0 (fun i => f64_xhat.xhat64 fused (hi i) (lo i) (rs i) (x i)).
Definition column_e := in_rows 0 (fun i => (x i - mu i) * / D i).
Definition column_M := in_rows 1 (fun i => Rmax 1 (Rabs ((x i - mu i) * / D i))).
Lemma eta_rows k : sum k (in_rows 0 (fun _ => eta f64)) <= INR rows * eta f64.
Proof.
assert (E := eta_pos f64). assert (H : sum k (in_rows 0 (fun _ => eta f64)) <= INR (Nat.min k rows) * eta f64).
{ induction k as [| k IH]; [simpl; lra |]. cbn [sum]. unfold in_rows at 2. destruct (lt_dec k rows) as [L | L].
  - replace (Nat.min (S k) rows) with (S k) by lia. replace (Nat.min k rows) with k in IH by lia. rewrite S_INR. lra.
  - replace (Nat.min (S k) rows) with rows by lia. replace (Nat.min k rows) with rows in IH by lia. lra. }
eapply Rle_trans; [exact H |]. apply Rmult_le_compat_r; [exact E |]. apply le_INR. lia.
Qed.
Theorem dgamma64 r q : pair _ f64 (gamma_leaf c f64 dn column_c start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - gamma_exact n dn column_e start)
	<= (own_gamma_f64 + statistics + xhat_roundings c) * u f64 * gamma_weight n dn column_M start + 1001 / 1000 * (INR rows * eta f64).
Proof.
intro P. assert (X : forall i, rel (column_c i) (column_e i) (column_M i) (grow_xhat c f64) 0).
{ intro i. unfold column_c, column_e, column_M, in_rows. destruct (lt_dec i rows) as [L | L]; [apply xhat_rel, near, L |].
  assert (1 <= grow_xhat c f64) by (unfold grow_xhat, statistics, xhat_roundings; rewrite u64; destruct c; lra).
  apply (rel_weaken _ _ _ _ _ _ _ _ (rel_0 _ H)); lra. }
assert (Z : forall i, loss f64 (dn i * column_c i) (in_rows 0 (fun _ => eta f64) i)).
{ intro i. unfold loss, column_c, in_rows. destruct (lt_dec i rows); [now left | right; split; [ring | lra]]. }
assert (H := dgamma_f64 c n dn column_c column_e column_M _ start length is_start X Z r q P).
assert (R := eta_rows (32 * n)). unfold gamma_lost in H. lra.
Qed.
End Column.
