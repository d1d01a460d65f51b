(* dgamma of floats from the elements: LayerNorm and RMSNorm, eps inside and LN_EPS_OUTSIDE, of one column and of columns that share. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_constants.
Require Import backward_columns backward_places backward_shared backward_shared_forward backward_forward32.
Require backward_layernorm32 backward_rmsnorm32 f32_xhat f32_xhat_row every_rmsnorm32 everyrow mergeops anyscale row look wide.
Local Open Scope R_scope.

(* xhat of an element of some row: as it is computed, and the exact one. *)
Inductive layernorm_xhat fused : R -> R -> Prop :=
| LayerNorm row eps outside mean mean_lo m2 k b x : (forall b, In b row -> row.rgood (-149) 24 b) -> row.cols row <= bpow radix2 40 ->
	0 < row.sigma row -> wide.F64 eps -> 0 <= eps -> f32_xhat_row.moments32 row mean mean_lo m2 ->
	anyscale.power_of_row m2 (row.cols row) eps outside k -> anyscale.V_any m2 (row.cols row) eps outside <= bpow radix2 370 ->
	In b row -> In x (row.bx b) -> layernorm_xhat fused
		(f32_xhat.xhat32 fused mean mean_lo k (anyscale.rstd64 m2 (row.cols row) eps outside) x)
		(normal (row.mu row) (anyscale.D_any eps outside (row.sigma row)) x).
Inductive rmsnorm_xhat fused : R -> R -> Prop :=
| RmsNorm full last first further pe eps outside k x : let row := concat (map fst (first :: further)) in
	let m2 := mergeops.s2 (every_rmsnorm32.merged_squares pe first further) in let ms := sqrt (look.QQ row 0 / look.n row) in
	(forall c, In c full -> length (fst c) = 1024%nat) -> (1 <= length (fst last) <= 1024)%nat -> full ++ last :: nil = first :: further ->
	(forall z, In z row -> everyrow.finite32 z) -> look.n row <= bpow radix2 40 -> (exists z, In z row /\ z <> 0) ->
	(forall c, In c (first :: further) -> every_rmsnorm32.square_sum fused (fst c) (snd c)) -> everyrow.a_product pe ->
	wide.F64 eps -> 0 <= eps -> anyscale.power_of_row m2 (look.n row) eps outside k ->
	anyscale.V_any m2 (look.n row) eps outside <= bpow radix2 370 -> In x row -> rmsnorm_xhat fused
		(backward_rmsnorm32.xhat_rms (class_of fused) k (anyscale.rstd64 m2 (look.n row) eps outside) x) (x * / anyscale.D_any eps outside ms).

Lemma layernorm_rel fused computed exact : layernorm_xhat fused computed exact ->
	rel computed exact (Rmax 1 (Rabs exact)) (1 + (statistics + xhat_roundings (class_of fused)) * u f32) 0.
Proof.
intros [row eps outside mean mean_lo m2 k b x good C S F E Mo K V Ib Ix]. assert (Some : row <> nil) by (intro Z; rewrite Z in Ib; easy).
exact (backward_layernorm32.xhat_of_row row good Some C S eps outside F E fused mean mean_lo m2 k Mo K V b x Ib Ix).
Qed.
Lemma rmsnorm_rel fused computed exact : rmsnorm_xhat fused computed exact ->
	rel computed exact (Rmax 1 (Rabs exact)) (1 + rms_xhat32 * u f32) 0.
Proof.
intros [full last first further pe eps outside k x row m2 ms Fu La Bl Fi C N Sq P F E K V Ix].
exact (backward_rmsnorm32.xhat_rms_near full last Fu La first further Bl Fi C N fused Sq pe P eps outside k F E K V x Ix).
Qed.

(* One column: of each row the element, and what normalises it. *)
Section Column.
Variables (fused : bool) (rows n : nat) (dn computed exact : nat -> R) (start : R).
Hypothesis length : INR n <= 33554432.
Hypothesis is_start : is f64 start.
Let c := class_of fused.
Let dgamma := rnd f32 (value _ f64 (gamma_leaf c f32 dn (column_c rows computed) start) (totals n)).
Let dgamma_e := gamma_exact n dn (column_e rows exact) start.
Let weight := gamma_weight n dn (column_M rows exact) start.
Theorem dgamma_layernorm32 : (forall i, (i < rows)%nat -> layernorm_xhat fused (computed i) (exact i)) ->
	Rabs (dgamma - dgamma_e) <= (own_gamma + (statistics + xhat_roundings c)) * u f32 * weight + 1001 / 1000 * (INR rows * eta f32) + eta f32.
Proof. intro H. apply dgamma32; [apply xhat_range | exact length | intros i I; now apply layernorm_rel, H | exact is_start]. Qed.
Theorem dgamma_rmsnorm32 : (forall i, (i < rows)%nat -> rmsnorm_xhat fused (computed i) (exact i)) ->
	Rabs (dgamma - dgamma_e) <= (own_gamma + rms_xhat32) * u f32 * weight + 1001 / 1000 * (INR rows * eta f32) + eta f32.
Proof. intro H. apply dgamma32; [apply rms_range | exact length | intros i I; now apply (rmsnorm_rel fused), H | exact is_start]. Qed.
End Column.

(* Columns that share. *)
Section Shared.
Variables (fused : bool) (per_lane n additions : nat) (holds : place -> nat -> bool) (dn computed exact : place -> nat -> R) (start : R).
Hypothesis a_block : (per_lane <= 128)%nat.
Hypothesis rows : INR n <= 33554432.
Hypothesis few_additions : INR additions <= 8388608.
Hypothesis is_start : is f64 start.
Let c := class_of fused.
Let dgamma := rnd f32 (value _ f64 (gamma_of c dn (where_held holds 0 computed) start f32) (shared per_lane n additions)).
Let dgamma_e := gamma_exact_shared per_lane n additions dn (where_held holds 0 exact) start.
Let weight := gamma_weight_shared per_lane n additions dn (where_held holds 1 (fun p k => Rmax 1 (Rabs (exact p k)))) start.
Let lost := 1001 / 1000 * (held per_lane n additions holds * eta f32).
Theorem shared_layernorm32 : (forall p k, holds p k = true -> layernorm_xhat fused (computed p k) (exact p k)) ->
	Rabs (dgamma - dgamma_e) <= (own_gamma_shared + (statistics + xhat_roundings c)) * u f32 * weight + lost + eta f32.
Proof.
intro H. apply dgamma_shared32; try assumption; [apply xhat_range |].
intros p k I. now apply layernorm_rel, H.
Qed.
Theorem shared_rmsnorm32 : (forall p k, holds p k = true -> rmsnorm_xhat fused (computed p k) (exact p k)) ->
	Rabs (dgamma - dgamma_e) <= (own_gamma_shared + rms_xhat32) * u f32 * weight + lost + eta f32.
Proof.
intro H. apply dgamma_shared32; try assumption; [apply rms_range |].
intros p k I. now apply (rmsnorm_rel fused), H.
Qed.
End Shared.
