(* LayerNorm of floats, eps inside: dx, from the elements of a row and what is done to them. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_bound.
Require Import backward_places backward_forward32.
Require backward_layernorm64 f32_xhat f32_xhat_row anyscale four float32.
Require sums format wide look row blocks.
Local Open Scope R_scope.

(* A row whose computed moments give near32 of each element: f32_xhat_row.near_several and near_alone say that they do. *)
Section Row.
Variable row : list row.rblock.
Hypothesis row_good : forall b, In b row -> row.rgood (-149) 24 b.
Hypothesis row_some : row <> nil.
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis sigma_not0 : 0 < sigma.
Variable eps : R.
Hypothesis eps_pos : 0 <= eps.
Variables (fused : bool) (mean mean_lo m2 : R) (k : Z).
Hypothesis near : forall b x, In b row -> In x (row.bx b) -> f32_xhat_row.near32 row eps false x fused mean mean_lo m2 k.
Let D := sqrt (sigma * sigma + eps).
Let R1 := anyscale.rstd64 m2 cols eps false.
Variables (element : nat -> nat -> option R) (n : nat) (m : nat -> nat) (dn gamma : nat -> nat -> R).
Hypothesis of_row : forall b i x, element b i = Some x -> exists c, In c row /\ In x (row.bx c).
Hypothesis places : forall f, whole n m (at_place element 0 f) = sums.sum (sums.sum f) (map row.bx row).
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis groups : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 1073741824.
Let c := class_of fused.
Let g := g_e dn gamma.
Let g' := g_c f32 dn gamma.
Let xhat := xhat_e element (normal mu D).
Let xhat' := xhat_c element (f32_xhat.xhat32 fused mean mean_lo k R1).
Let M := M_e element (normal mu D).
Variables r1 q1 r2 q2 : R.
Hypothesis c1 : pair nat f64 (fun b => value place f64 (sum_leaf f32 g') (block8 b (m b))) (in_order n Leaf) r1 q1.
Hypothesis c2 : pair nat f64 (fun b => value place f64 (product_leaf c f32 g' xhat') (block8 b (m b))) (in_order n Leaf) r2 q2.
Let average f := whole n m f / cols.
Let a1 := rnd f32 (quotient f64 r1 q1 cols).
Let a2 := rnd f32 (rnd f64 (quotient f64 r2 q2 cols * 1)).
Variables (b i : nat).

Theorem dx_float :
	let r := / (D * bpow radix2 k) in
	let dx := rnd f32 (madd c f32 (- xhat' b i) a2 (rnd f32 (g' b i - a1)) * four.rstd (R1 / bpow radix2 k)) in
	let exact := (g b i - average g - xhat b i * (1 * average (fun b i => g b i * xhat b i))) * r in
	Rabs (dx - exact) <= u f32 * (r * (D1_of rstd64 * Rabs (g b i) + D2_of rstd64 * average (fun b i => Rabs (g b i)) +
		D3_after_of c (statistics + xhat_roundings c) rstd64 * (M b i * (1 * average (fun b i => Rabs (g b i) * M b i))))) +
	eta f32 * (10 * r * M b i * 1 + 1).
Proof.
assert (C := float32.cols_1 row row_good row_some). fold cols in C. assert (C0 : 0 < cols) by lra.
assert (Q : 0 <= sigma * sigma) by apply Rle_0_sqr.
assert (Dge : sigma <= D) by (apply sums.le_of_sqr; [apply sqrt_pos |]; unfold D; rewrite sqrt_def by lra; lra).
assert (D0 : 0 < D) by lra.
assert (Spread : sums.sum (fun xs => look.QQ xs mu) (map row.bx row) = cols * (sigma * sigma)).
{ rewrite sums.sum_map. transitivity (blocks.M2 (row.bs row)); symmetry; [exact (row.M2_elements (-149) 24 row row_good) |].
  exact (row.sigma_sqr (-149) 24 row row_good row_some). }
assert (Count : sums.sum look.n (map row.bx row) = cols).
{ rewrite sums.sum_map. unfold cols, row.cols, blocks.N, row.bs. rewrite sums.sum_map. reflexivity. }
assert (El := backward_layernorm64.elements cols (map row.bx row) Count element n m places).
assert (Sq := backward_layernorm64.squares mu sigma D cols (map row.bx row) sigma_not0 Dge C0 Spread element n m places).
assert (Near : forall b i x, element b i = Some x -> xhat_near fused mean mean_lo k R1 x mu D).
{ intros b' i' x H. destruct (of_row b' i' x H) as (d & Id & Ix).
  exact (proj1 (from_row row eps false x fused mean mean_lo m2 k (near d x Id Ix))). }
assert (Nr : rstd_near k R1 D).
{ destruct row as [| d rest] eqn:E; [now destruct row_some |]. assert (Id : In d (d :: rest)) by now left.
  assert (Len : (1 <= List.length (row.bx d))%nat) by (destruct (row_good d Id) as ((L & _) & _); exact L).
  destruct (row.bx d) as [| x xs] eqn:X; [simpl in Len; lia |]. assert (Ix : In x (row.bx d)) by (rewrite X; now left).
  exact (proj2 (from_row (d :: rest) eps false x fused mean mean_lo m2 k (near d x Id Ix))). }
exact (dx_row32 fused mu D mean mean_lo R1 k D0 element Near Nr n m cols dn gamma past_end C0 groups length El Sq r1 q1 r2 q2 c1 c2 b i).
Qed.
End Row.
