(* dx and dgamma of doubles, from what the forward pass proves of xhat and rstd; dx with eps inside. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_columns backward_f64 backward_places.
Require f64_xhat f64_xhat_rms f64_rms f64_eps f64_layernorm f64_narrow_layernorm f64_narrow f64_row f64_var f64_outside f64_whole f64_last.
Require format wide look row rms mergeops merge step.
Local Open Scope R_scope.

(* Both halves of the proofs speak of the same doubles. *)
Lemma same_is x : wide.F64 x = is f64 x. Proof. reflexivity. Qed.
Lemma same_rnd x : format.rnd (-1074) 53 x = rnd f64 x. Proof. reflexivity. Qed.
Lemma same_u : wide.u64 = u f64.
Proof. unfold wide.u64. rewrite u64. change (bpow radix2 (-53) = / 9007199254740992). simpl. lra. Qed.
Lemma xhat_is fused hi lo rs x : f64_xhat.xhat64 fused hi lo rs x = madd (class_of fused) f64 (rnd f64 (x - hi)) rs (f64_last.shift64 lo rs).
Proof. destruct fused; reflexivity. Qed.

Lemma xhat_rel fused hi lo rs x mu D : f64_xhat.xhat_near fused hi lo rs x mu D ->
	rel (f64_xhat.xhat64 fused hi lo rs x) (normal mu D x) (Rmax 1 (Rabs (normal mu D x)))
	(1 + (statistics + xhat_roundings (class_of fused)) * u f64) 0.
Proof.
intro H. unfold f64_xhat.xhat_near in H. rewrite same_u in H. fold (normal mu D x) in H. set (M := Rmax 1 _) in *. split; [| apply Rmax_r].
eapply Rle_trans; [exact H |]. right. unfold statistics, xhat_roundings, f64_xhat.X64, class_of. destruct fused; lra.
Qed.
Lemma rstd_rel rs D : 0 < D -> f64_xhat.rstd_near rs D -> rel rs (/ D) (/ D) (grow_rstd f64) 0.
Proof.
intros P H. unfold f64_xhat.rstd_near in H. rewrite same_u in H. assert (I : 0 < / D) by now apply Rinv_0_lt_compat.
split; [| rewrite Rabs_pos_eq; lra]. eapply Rle_trans; [exact H |].
assert (647 / 100 * u f64 * / D <= (grow_rstd f64 - 1) * / D); [| lra].
apply Rmult_le_compat_r; [lra |]. unfold grow_rstd, grow_rstd64, rstd64. rewrite u64. lra.
Qed.

(* Section 5, eps inside or outside: sqrt(V) exact, rstd and V as they are computed. *)
Definition scale_of (outside : bool) s eps := if outside then s + eps else sqrt (s * s + eps).
Definition rstd_of pe (outside : bool) m2 m2l cols eps := if outside then f64_eps.rs_out pe m2 m2l cols eps else f64_var.rstd64 pe m2 m2l cols eps.
Definition V_of (outside : bool) m2 cols eps := if outside then f64_eps.V_out m2 cols eps else f64_var.V64 m2 cols eps.

(* RMSNorm: what dx_rms_f64 and dgamma_f64 take. *)
Theorem rms_near pe (pe_ok : forall a b, wide.F64 a -> wide.F64 b -> step.product a b (merge.pr a b) (pe a b)) fused f r
	(good : forall xs, In xs (f :: r) -> (1 <= List.length xs <= 1024)%nat /\ (forall x, In x xs -> wide.F64 x))
	(full : r = nil \/ exists l b, r = l ++ b :: nil /\ forall xs, In xs (f :: l) -> List.length xs = 1024%nat) outside eps x c :
	let count := f64_rms.count f r in let total := f64_rms.total pe fused f r in
	let ms := rms.rms (map (fun xs => (look.QQ xs 0, f64_rms.ideal fused xs)) (f :: r)) count in
	count <= bpow radix2 30 -> wide.F64 count -> bpow radix2 (-401) <= ms -> wide.F64 eps -> 0 <= eps ->
	bpow radix2 (-800) <= V_of outside (mergeops.s2 total) count eps <= bpow radix2 800 -> wide.F64 x ->
	let D := scale_of outside ms eps in let rs := rstd_of pe outside (mergeops.s2 total) (mergeops.s2l total) count eps in
	rel (madd c f64 (rnd f64 (x - 0)) rs 0) (x * / D) (Rmax 1 (Rabs (x * / D))) (1 + rms_xhat * u f64) 0 /\
	rel rs (/ D) (/ D) ((1 + rms_rstd * u f64) * (1 + u f64)) 0.
Proof.
cbv zeta. intros H1 H2 H3 H4 H5 H6 H7. set (D := scale_of outside _ eps). set (rs := rstd_of pe outside _ _ _ eps).
set (fma := match c with Fused => true | Unfused => false end).
assert (N : Rabs ((if fma then last.t_fused (-1074) 53 x 0 rs 0 else last.t_unfused (-1074) 53 x 0 rs 0) - x * / D)
	<= 402 / 100 * (wide.u64 * Rmax 1 (Rabs (x * / D))) /\ Rabs (rs - / D) <= 302 / 100 * (wide.u64 * / D)).
{ replace (402 / 100) with 4.02 by lra. replace (302 / 100) with 3.02 by lra. unfold rs, D, scale_of, rstd_of, V_of in *. destruct outside.
  - exact (f64_xhat_rms.rms_outside pe pe_ok fused f r good full H1 H2 H3 eps x H4 H5 H7 fma H6).
  - exact (f64_xhat_rms.rms_inside pe pe_ok fused f r good full H1 H2 H3 eps x H4 H5 H7 fma H6). }
destruct N as (T & S). rewrite same_u in T, S. assert (Z := bpow_gt_0 radix2 (-401)).
assert (P : 0 < D).
{ unfold D, scale_of. destruct outside; [lra |]. apply sqrt_lt_R0. apply Rplus_lt_le_0_compat; [apply Rmult_lt_0_compat; lra | exact H5]. }
assert (I : 0 < / D) by now apply Rinv_0_lt_compat. split; split.
- eapply Rle_trans; [| eapply Rle_trans; [exact T |]]; [unfold fma; destruct c; right; reflexivity |]. right. unfold rms_xhat. lra.
- apply Rmax_r.
- eapply Rle_trans; [exact S |].
  assert (302 / 100 * u f64 * / D <= ((1 + rms_rstd * u f64) * (1 + u f64) - 1) * / D); [| lra].
  apply Rmult_le_compat_r; [lra |]. unfold rms_rstd. rewrite u64. lra.
- rewrite Rabs_pos_eq; lra.
Qed.

(* dx of a row in places: whatever xhat is, off by X u, its mean square at most 1. *)
Section Row.
Variables (c : class) (X e r rs : R).
Hypothesis X_range : 0 <= X <= 12.
Hypothesis e_range : 0 <= e <= 6.
Hypothesis near_rstd : rel rs r r ((1 + e * u f64) * (1 + u f64)) 0.
Variable element : nat -> nat -> option R.
Variables computed exact : R -> R.
Hypothesis near : forall b i x, element b i = Some x -> rel (computed x) (exact x) (Rmax 1 (Rabs (exact x))) (1 + X * u f64) 0.
Variables (n : nat) (m : nat -> nat) (cols : R) (dn gamma : nat -> nat -> R).
Let xhat_c := xhat_c element computed.
Let xhat_e := xhat_e element exact.
Let M_e := M_e element exact.
Let g_c := g_c f64 dn gamma.
Let g_e := g_e dn gamma.
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.
Hypothesis elements : whole n m (at_place element 0 (fun _ => 1)) <= cols.
Hypothesis squares : whole n m (fun b i => Rsqr (xhat_e b i)) <= cols.
Variables r2 q2 : R.
Hypothesis c2 : pair place f64 (product_leaf c f64 g_c xhat_c) (in_order n (fun b => block16 b (m b))) r2 q2.
Let average f := whole n m f / cols.
Let a2 := quotient f64 r2 q2 cols.
Variables (b i : nat).
Let gx_1 : 1 <= 1 + X * u f64.
Proof. rewrite u64. lra. Qed.

Theorem dx_row r1 q1 : pair place f64 (sum_leaf f64 g_c) (in_order n (fun b => block16 b (m b))) r1 q1 ->
	let dx := rnd f64 (madd c f64 (- xhat_c b i) a2 (rnd f64 (g_c b i - quotient f64 r1 q1 cols)) * rs) in
	let exact := (g_e b i - average g_e - xhat_e b i * average (fun b i => g_e b i * xhat_e b i)) * r in
	Rabs (dx - exact) <= u f64 * (r * (D1_of e * Rabs (g_e b i) + D2_f64_of e * average (fun b i => Rabs (g_e b i)) +
		D3_f64_of c X e * (M_e b i * average (fun b i => Rabs (g_e b i) * M_e b i)))) + eta f64 * (10 * r * M_e b i + 1).
Proof.
cbv zeta. intro c1.
exact (dx_after_f64 c n m cols g_c g_e xhat_c xhat_e M_e _ _ rs r _ _ X_range e_range positive blocks length (fun _ _ => is_rnd f64 _)
	(eta_at_range f64 element) (g_rel f64 element dn gamma past_end) (xhat_place element _ _ _ gx_1 near) (product_loss f64 element _ dn gamma)
	(lose_eta f64 element n m cols elements) (lose_eta f64 element n m cols elements) (lose_M f64 element _ n m cols elements squares)
	near_rstd r1 q1 r2 q2 c1 c2 b i (M_1 element _ b i)).
Qed.
Theorem dx_row_rms : let dx := rnd f64 (madd c f64 (- xhat_c b i) a2 (rnd f64 (g_c b i - 0)) * rs) in
	let exact := (g_e b i - xhat_e b i * average (fun b i => g_e b i * xhat_e b i)) * r in
	Rabs (dx - exact) <= u f64 * (r * (D1_of e * Rabs (g_e b i) +
		D3_f64_of c X e * (M_e b i * average (fun b i => Rabs (g_e b i) * M_e b i)))) + eta f64 * (10 * r * M_e b i + 1).
Proof.
exact (dx_rms_f64 c n m cols g_c g_e xhat_c xhat_e M_e _ _ rs r _ _ X_range e_range positive blocks length (fun _ _ => is_rnd f64 _)
	(eta_at_range f64 element) (g_rel f64 element dn gamma past_end) (xhat_place element _ _ _ gx_1 near) (product_loss f64 element _ dn gamma)
	(lose_eta f64 element n m cols elements) (lose_M f64 element _ n m cols elements squares) near_rstd r2 q2 c2 b i (M_1 element _ b i)).
Qed.
End Row.

(* dgamma of one column, whose rows each have statistics of their own. *)
Section Column.
Variables (c : class) (X : R) (rows n : nat) (dn computed exact : nat -> R) (start : R).
Hypothesis X_range : 0 <= X <= 12.
Hypothesis length : INR n <= 33554432.
Hypothesis near : forall i, (i < rows)%nat -> rel (computed i) (exact i) (Rmax 1 (Rabs (exact i))) (1 + X * u f64) 0.
Hypothesis is_start : is f64 start.
Theorem dgamma64 r q : pair _ f64 (gamma_leaf c f64 dn (column_c rows computed) start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - gamma_exact n dn (column_e rows exact) start)
	<= (own_gamma_f64 + X) * u f64 * gamma_weight n dn (column_M rows exact) start + 1001 / 1000 * (INR rows * eta f64).
Proof.
intro P. assert (G1 : 1 <= 1 + X * u f64) by (rewrite u64; lra).
assert (H := dgamma_f64 c n dn _ _ _ _ start X X_range length is_start (column_rel rows _ _ _ G1 near) (column_loss f64 rows _ dn) r q P).
assert (R := eta_rows f64 rows (32 * n)). unfold gamma_lost in H. lra.
Qed.
End Column.
