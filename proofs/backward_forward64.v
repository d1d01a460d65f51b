(* dx and dgamma of doubles, from what the forward pass proves of xhat and rstd: eps inside. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_columns backward_f64 backward_places.
Require f64_xhat f64_xhat_rms f64_rms f64_layernorm f64_narrow_layernorm f64_narrow f64_row f64_var f64_outside f64_whole f64_last.
Require format wide look row rms mergeops merge step.
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

(* RMSNorm: what dx_rms_f64 and dgamma_f64 take. *)
Theorem rms_near pe (pe_ok : forall a b, wide.F64 a -> wide.F64 b -> step.product a b (merge.pr a b) (pe a b)) fused f r
	(good : forall xs, In xs (f :: r) -> (1 <= List.length xs <= 1024)%nat /\ (forall x, In x xs -> wide.F64 x))
	(full : r = nil \/ exists l b, r = l ++ b :: nil /\ forall xs, In xs (f :: l) -> List.length xs = 1024%nat) eps x c :
	let count := f64_rms.count f r in let total := f64_rms.total pe fused f r in
	let ms := rms.rms (map (fun xs => (look.QQ xs 0, f64_rms.ideal fused xs)) (f :: r)) count in
	count <= bpow radix2 30 -> wide.F64 count -> bpow radix2 (-401) <= ms -> wide.F64 eps -> 0 <= eps ->
	bpow radix2 (-800) <= f64_var.V64 (mergeops.s2 total) count eps <= bpow radix2 800 -> wide.F64 x ->
	let D := sqrt (ms * ms + eps) in let rs := f64_var.rstd64 pe (mergeops.s2 total) (mergeops.s2l total) count eps in
	rel (madd c f64 (rnd f64 (x - 0)) rs 0) (x * / D) (Rmax 1 (Rabs (x * / D))) (1 + rms_xhat * u f64) 0 /\
	rel rs (/ D) (/ D) ((1 + rms_rstd * u f64) * (1 + u f64)) 0.
Proof.
cbv zeta. intros H1 H2 H3 H4 H5 H6 H7.
destruct (f64_xhat_rms.rms_inside pe pe_ok fused f r good full H1 H2 H3 eps x H4 H5 H6 H7 (match c with Fused => true | Unfused => false end))
	as (T & S). cbv zeta in T, S. rewrite same_u in T, S. set (D := sqrt _) in *.
assert (P : 0 < D).
{ assert (Z := bpow_gt_0 radix2 (-401)). apply sqrt_lt_R0. apply Rplus_lt_le_0_compat; [apply Rmult_lt_0_compat; lra | exact H5]. }
assert (I : 0 < / D) by now apply Rinv_0_lt_compat. split; split.
- eapply Rle_trans; [| eapply Rle_trans; [exact T |]]; [destruct c; right; reflexivity |]. right. unfold rms_xhat. lra.
- apply Rmax_r.
- eapply Rle_trans; [exact S |].
  assert (302 / 100 * u f64 * / D <= ((1 + rms_rstd * u f64) * (1 + u f64) - 1) * / D); [| lra].
  apply Rmult_le_compat_r; [lra |]. unfold rms_rstd. rewrite u64. lra.
- rewrite Rabs_pos_eq; lra.
Qed.

(* dx of a row in places. *)
Section Row.
Variables (fused : bool) (mu D hi lo rs : R).
Hypothesis D_pos : 0 < D.
Variable element : nat -> nat -> option R.
Hypothesis near : forall b i x, element b i = Some x -> f64_xhat.xhat_near fused hi lo rs x mu D.
Hypothesis near_rstd : f64_xhat.rstd_near rs D.
Variables (n : nat) (m : nat -> nat) (cols : R) (dn gamma : nat -> nat -> R).
Let c := class_of fused.
Definition normal x := (x - mu) * / D.
Let xhat_c := xhat_c element (f64_xhat.xhat64 fused hi lo rs).
Let xhat_e := xhat_e element normal.
Let M_e := M_e element normal.
Let g_c := g_c f64 dn gamma.
Let g_e := g_e dn gamma.
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.
Hypothesis elements : whole n m (at_place element 0 (fun _ => 1)) <= cols.
Hypothesis squares : whole n m (fun b i => Rsqr (xhat_e b i)) <= cols.
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
assert (G1 : 1 <= grow_xhat c f64) by (unfold grow_xhat, statistics, xhat_roundings; rewrite u64; destruct c; lra).
assert (N : forall b i x, element b i = Some x -> rel (f64_xhat.xhat64 fused hi lo rs x) (normal x)
	(Rmax 1 (Rabs (normal x))) (grow_xhat c f64) 0)
	by (intros; eapply xhat_rel, near; eassumption).
exact (dx_after_f64 c n m cols g_c g_e xhat_c xhat_e M_e _ _ rs (/ D) _ _ XR ER positive blocks length (fun _ _ => is_rnd f64 _)
	(eta_at_range f64 element) (g_rel f64 element dn gamma past_end) (xhat_place element _ _ _ G1 N) (product_loss f64 element _ dn gamma)
	(lose_eta f64 element n m cols elements) (lose_eta f64 element n m cols elements) (lose_M f64 element normal n m cols elements squares)
	(rstd_rel rs D D_pos near_rstd) r1 q1 r2 q2 c1 c2 b i (M_1 element normal b i)).
Qed.
End Row.

(* dgamma of one column. *)
Section Column.
Variables (fused : bool) (rows n : nat) (mu D hi lo rs x dn : nat -> R) (start : R).
Let c := class_of fused.
Hypothesis length : INR n <= 33554432.
Hypothesis near : forall i, (i < rows)%nat -> f64_xhat.xhat_near fused (hi i) (lo i) (rs i) (x i) (mu i) (D i).
Hypothesis is_start : is f64 start.
Let computed i := f64_xhat.xhat64 fused (hi i) (lo i) (rs i) (x i).
Let exact i := normal (mu i) (D i) (x i).
Theorem dgamma64 r q : pair _ f64 (gamma_leaf c f64 dn (column_c rows computed) start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - gamma_exact n dn (column_e rows exact) start)
	<= (own_gamma_f64 + statistics + xhat_roundings c) * u f64 * gamma_weight n dn (column_M rows exact) start +
	1001 / 1000 * (INR rows * eta f64).
Proof.
intro P. assert (G1 : 1 <= grow_xhat c f64) by (unfold grow_xhat, statistics, xhat_roundings; rewrite u64; destruct c; lra).
assert (N : forall i, (i < rows)%nat -> rel (computed i) (exact i) (Rmax 1 (Rabs (exact i))) (grow_xhat c f64) 0)
	by (intros i H; apply xhat_rel, near, H).
assert (H := dgamma_f64 c n dn _ _ _ _ start length is_start (column_rel rows _ _ _ G1 N) (column_loss f64 rows _ dn) r q P).
assert (R := eta_rows f64 rows (32 * n)). unfold gamma_lost in H. lra.
Qed.
End Column.
