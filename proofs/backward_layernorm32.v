(* LayerNorm of floats, eps inside and LN_EPS_OUTSIDE: dx, from the elements of a row and what is done to them. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_bound.
Require Import backward_places backward_root32 backward_forward32.
Require backward_layernorm64 f32_xhat f32_xhat_row anyrow anyscale four float32 wide.
Require sums format look row blocks whole32.
Local Open Scope R_scope.

(* A row and its moments: f32_xhat_row.moments_several and moments_alone say that what sections 2 to 4 compute is such. *)
Section Row.
Variable row : list row.rblock.
Hypothesis row_good : forall b, In b row -> row.rgood (-149) 24 b.
Hypothesis row_some : row <> nil.
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < sigma.
Variables (eps : R) (outside : bool).
Hypothesis F_eps : wide.F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables (fused : bool) (mean mean_lo m2 : R) (k : Z).
Hypothesis moments : f32_xhat_row.moments32 row mean mean_lo m2.
Hypothesis k_is : anyscale.power_of_row m2 cols eps outside k.
Hypothesis V_max : anyscale.V_any m2 cols eps outside <= bpow radix2 370.
Let D := anyscale.D_any eps outside sigma.
Let R1 := anyscale.rstd64 m2 cols eps outside.
Let c := class_of fused.
Let r := / (D * bpow radix2 k).
Let rs := four.rstd (R1 / bpow radix2 k).
Let kk := k_exact eps outside sigma.
Let kc := k_computed m2 cols eps outside.

Theorem xhat_of_row b x : In b row -> In x (row.bx b) -> rel (f32_xhat.xhat32 fused mean mean_lo k R1 x) (normal mu D x)
	(Rmax 1 (Rabs (normal mu D x))) (1 + (statistics + xhat_roundings c) * u f32) 0.
Proof.
intros Ib Ix. assert (Fx : four.F32 x) by (destruct (row_good b Ib) as (_ & F & _); now apply F).
apply (xhat_rel row eps outside x fused mean mean_lo m2 k).
exact (f32_xhat_row.near_any row row_good row_some cols_max sigma_not0 eps outside F_eps eps_pos x Fx mean mean_lo m2 k fused moments k_is V_max).
Qed.
Theorem scale_of_row : scale_rel r rs kk kc rstd64.
Proof.
assert (Mo := moments). destruct Mo as (M0 & _ & _ & _ & Ne). assert (C := float32.cols_1 row row_good row_some).
assert (Low := anyrow.V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 M0 (whole32.merging_of row _ m2 Ne)).
apply (scale_from_root m2 cols eps sigma (546 / 100) rstd64 outside k M0 F_eps eps_pos (conj C cols_max) Low V_max k_is sigma_not0).
- lra.
- unfold rstd64. lra.
- eapply Rle_trans; [exact (f32_xhat.variance_near row row_good row_some _ m2 sigma_not0 Ne) |]. right. fold sigma. lra.
Qed.

Variables (element : nat -> nat -> option R) (n : nat) (m : nat -> nat) (dn gamma : nat -> nat -> R).
Hypothesis of_row : forall b i x, element b i = Some x -> exists c, In c row /\ In x (row.bx c).
Hypothesis places : forall f, whole n m (at_place element 0 f) = sums.sum (sums.sum f) (map row.bx row).
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis groups : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 1073741824.
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
Let a2 := rnd f32 (rnd f64 (quotient f64 r2 q2 cols * kc)).
Variables (b i : nat).

Theorem dx_float :
	let dx := rnd f32 (madd c f32 (- xhat' b i) a2 (rnd f32 (g' b i - a1)) * rs) in
	let exact := (g b i - average g - xhat b i * (kk * average (fun b i => g b i * xhat b i))) * r in
	Rabs (dx - exact) <= u f32 * (r * (D1_of rstd64 * Rabs (g b i) + D2_of rstd64 * average (fun b i => Rabs (g b i)) +
		D3_after_of c (statistics + xhat_roundings c) rstd64 * (M b i * (kk * average (fun b i => Rabs (g b i) * M b i))))) +
	eta f32 * (10 * r * M b i * kk + 1).
Proof.
assert (C := float32.cols_1 row row_good row_some). fold cols in C. assert (C0 : 0 < cols) by lra.
assert (Dge : sigma <= D) by exact (D_above eps outside sigma sigma_not0 eps_pos).
assert (Spread : sums.sum (fun xs => look.QQ xs mu) (map row.bx row) = cols * (sigma * sigma)).
{ rewrite sums.sum_map. transitivity (blocks.M2 (row.bs row)); symmetry; [exact (row.M2_elements (-149) 24 row row_good) |].
  exact (row.sigma_sqr (-149) 24 row row_good row_some). }
assert (Count : sums.sum look.n (map row.bx row) = cols).
{ rewrite sums.sum_map. unfold cols, row.cols, blocks.N, row.bs. rewrite sums.sum_map. reflexivity. }
assert (El := backward_layernorm64.elements cols (map row.bx row) Count element n m places).
assert (Sq := backward_layernorm64.squares mu sigma D cols (map row.bx row) sigma_not0 Dge C0 Spread element n m places).
assert (Near : forall b i x, element b i = Some x -> rel (f32_xhat.xhat32 fused mean mean_lo k R1 x) (normal mu D x)
	(Rmax 1 (Rabs (normal mu D x))) (1 + (statistics + xhat_roundings c) * u f32) 0).
{ intros b' i' x H. destruct (of_row b' i' x H) as (d & Id & Ix). exact (xhat_of_row d x Id Ix). }
assert (ER : 0 <= rstd64 <= 6) by (unfold rstd64; lra).
exact (dx_row32 c _ rstd64 r rs kk kc (xhat_range c) ER (k_exact_1 eps outside sigma sigma_not0 eps_pos) scale_of_row
	element _ _ Near n m cols dn gamma past_end C0 groups length El Sq r2 q2 c2 b i r1 q1 c1).
Qed.
End Row.
