(* dx and dgamma of floats, from what the forward pass proves of xhat and of the root that rstd and k come from. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_columns backward_f32 backward_places backward_root32.
Require f32_xhat f32_xhat_row four anyscale rstd last.
Local Open Scope R_scope.


Lemma xhat_rel row eps outside x fused mean mean_lo m2 k : f32_xhat_row.near32 row eps outside x fused mean mean_lo m2 k ->
	let t := normal (row.mu row) (anyscale.D_any eps outside (row.sigma row)) x in
	rel (f32_xhat.xhat32 fused mean mean_lo k (anyscale.rstd64 m2 (row.cols row) eps outside) x) t (Rmax 1 (Rabs t))
		(1 + (statistics + xhat_roundings (class_of fused)) * u f32) 0.
Proof.
cbv zeta. intro H. unfold f32_xhat_row.near32 in H. rewrite same_u in H. split; [| apply Rmax_r]. eapply Rle_trans; [exact H |]. right.
unfold statistics, xhat_roundings, class_of, normal. destruct fused; lra.
Qed.
Lemma xhat_is fused mean mean_lo k R1 x : let S := bpow radix2 k in let c := class_of fused in
	f32_xhat.xhat32 fused mean mean_lo k R1 x = madd c f32 (rnd f32 (rnd f32 (x * S) - four.hi (rnd f64 (mean * S)))) (four.rstd (R1 / S))
		(four.shift (rnd f64 (mean * S)) (rnd f64 (mean_lo * S)) (R1 / S)).
Proof. destruct fused; reflexivity. Qed.

(* dx of a row in places, of the scaled row: times S it is that of the row (backward_scale.dx_out_f32). Whatever xhat is, off by X u, its mean
   square at most 1; r, rs: rstd of the scaled row; kk, kc: the factor of LN_EPS_OUTSIDE, otherwise 1; exact, and computed from one root. *)
Section Row.
Variables (c : class) (X e r rs kk kc : R).
Hypothesis X_range : 0 <= X <= 12.
Hypothesis e_range : 0 <= e <= 6.
Hypothesis kk_1 : 1 <= kk.
Hypothesis near_scale : scale_rel r rs kk kc e.
Variable element : nat -> nat -> option R.
Variables computed exact : R -> R.
Hypothesis near : forall b i x, element b i = Some x -> rel (computed x) (exact x) (Rmax 1 (Rabs (exact x))) (1 + X * u f32) 0.
Variables (n : nat) (m : nat -> nat) (cols : R) (dn gamma : nat -> nat -> R).
Let xhat_c := xhat_c element computed.
Let xhat_e := xhat_e element exact.
Let M_e := M_e element exact.
Let g_c := g_c f32 dn gamma.
Let g_e := g_e dn gamma.
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 1073741824.
Hypothesis elements : whole n m (at_place element 0 (fun _ => 1)) <= cols.
Hypothesis squares : whole n m (fun b i => Rsqr (xhat_e b i)) <= cols.
Variables r2 q2 : R.
Hypothesis c2 : pair nat f64 (fun b => value place f64 (product_leaf c f32 g_c xhat_c) (block8 b (m b))) (in_order n Leaf) r2 q2.
Let average f := whole n m f / cols.
Let a2 := rnd f32 (rnd f64 (quotient f64 r2 q2 cols * kc)).
Variables (b i : nat).
Let gx_1 : 1 <= 1 + X * u f32.
Proof. rewrite u32. lra. Qed.

Theorem dx_row32 r1 q1 : pair nat f64 (fun b => value place f64 (sum_leaf f32 g_c) (block8 b (m b))) (in_order n Leaf) r1 q1 ->
	let a1 := rnd f32 (quotient f64 r1 q1 cols) in
	let dx := rnd f32 (madd c f32 (- xhat_c b i) a2 (rnd f32 (g_c b i - a1)) * rs) in
	let exact := (g_e b i - average g_e - xhat_e b i * (kk * average (fun b i => g_e b i * xhat_e b i))) * r in
	Rabs (dx - exact) <= u f32 * (r * (D1_of e * Rabs (g_e b i) + D2_of e * average (fun b i => Rabs (g_e b i)) +
		D3_after_of c X e * (M_e b i * (kk * average (fun b i => Rabs (g_e b i) * M_e b i))))) + eta f32 * (10 * r * M_e b i * kk + 1).
Proof.
cbv zeta. intro c1. destruct near_scale as (gr & gk & Hr & Gr & Hk & Gk & Grk).
exact (dx_after_f32 c n m cols g_c g_e xhat_c xhat_e M_e _ _ rs r kc kk gk gr X e X_range e_range positive blocks length
	(fun _ _ => is_rnd f32 _) (eta_at_range f32 element) (g_rel f32 element dn gamma past_end) (xhat_place element _ _ _ gx_1 near)
	(product_loss f32 element _ dn gamma) (lose_eta f32 element n m cols elements) (lose_eta f32 element n m cols elements)
	(lose_M f32 element _ n m cols elements squares) Hr Gr Hk kk_1 r1 q1 r2 q2 c1 c2 b i Gk (M_1 element _ b i) Grk).
Qed.
Theorem dx_row_rms32 : let dx := rnd f32 (madd c f32 (- xhat_c b i) a2 (rnd f32 (g_c b i - 0)) * rs) in
	let exact := (g_e b i - xhat_e b i * (kk * average (fun b i => g_e b i * xhat_e b i))) * r in
	Rabs (dx - exact) <= u f32 * (r * (D1_of e * Rabs (g_e b i) +
		D3_after_of c X e * (M_e b i * (kk * average (fun b i => Rabs (g_e b i) * M_e b i))))) + eta f32 * (10 * r * M_e b i * kk + 1).
Proof.
cbv zeta. destruct near_scale as (gr & gk & Hr & Gr & Hk & Gk & Grk).
exact (dx_rms_f32 c n m cols g_c g_e xhat_c xhat_e M_e _ _ rs r kc kk gk gr X e X_range e_range positive blocks length
	(fun _ _ => is_rnd f32 _) (eta_at_range f32 element) (g_rel f32 element dn gamma past_end) (xhat_place element _ _ _ gx_1 near)
	(product_loss f32 element _ dn gamma) (lose_eta f32 element n m cols elements) (lose_M f32 element _ n m cols elements squares)
	Hr Gr Hk kk_1 r2 q2 c2 b i Gk (M_1 element _ b i) Grk).
Qed.
End Row.

(* dgamma of one column, whose rows each have statistics of their own. *)
Section Column.
Variables (c : class) (X : R) (rows n : nat) (dn computed exact : nat -> R) (start : R).
Hypothesis X_range : 0 <= X <= 12.
Hypothesis length : INR n <= 33554432.
Hypothesis near : forall i, (i < rows)%nat -> rel (computed i) (exact i) (Rmax 1 (Rabs (exact i))) (1 + X * u f32) 0.
Hypothesis is_start : is f64 start.
Theorem dgamma32 : Rabs (rnd f32 (value _ f64 (gamma_leaf c f32 dn (column_c rows computed) start) (totals n)) -
		gamma_exact n dn (column_e rows exact) start)
	<= (own_gamma + X) * u f32 * gamma_weight n dn (column_M rows exact) start + 1001 / 1000 * (INR rows * eta f32) + eta f32.
Proof.
assert (G1 : 1 <= 1 + X * u f32) by (rewrite u32; lra).
assert (H := dgamma_f32 c n dn _ _ _ _ start X X_range is_start (column_rel rows _ _ _ G1 near) (column_loss f32 rows _ dn) length).
assert (R := eta_rows f32 rows (32 * n)). unfold gamma_lost in H. lra.
Qed.
End Column.
