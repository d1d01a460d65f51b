(* RMSNorm of doubles, eps inside: dx, from the elements of a row and what is done to them, with nothing assumed of xhat or rstd. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_bound.
Require Import backward_places backward_forward64.
Require backward_layernorm64 f64_rms f64_var.
Require sums format look wide rms mergeops merge step.
Local Open Scope R_scope.

Section Row.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, wide.F64 a -> wide.F64 b -> step.product a b (merge.pr a b) (pe a b).
Variable fused : bool.
(* the row, cut into blocks; all are full but the last *)
Variables (first : list R) (further : list (list R)).
Let all := first :: further.
Hypothesis good : forall xs, In xs all -> (1 <= List.length xs <= 1024)%nat /\ (forall x, In x xs -> wide.F64 x).
Hypothesis full : further = nil \/ exists l b, further = l ++ b :: nil /\ forall xs, In xs (first :: l) -> List.length xs = 1024%nat.
Let cols := f64_rms.count first further.
Let ms := rms.rms (map (fun xs => (look.QQ xs 0, f64_rms.ideal fused xs)) all) cols.
Let total := f64_rms.total pe fused first further.
Hypothesis F_cols : wide.F64 cols.
Hypothesis cols_max : cols <= bpow radix2 30.
Hypothesis big : bpow radix2 (-401) <= ms.
Variable eps : R.
Hypothesis F_eps : wide.F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis ordinary : bpow radix2 (-800) <= f64_var.V64 (mergeops.s2 total) cols eps <= bpow radix2 800.
Let D := sqrt (ms * ms + eps).
Let r := / D.
Let rs := f64_var.rstd64 pe (mergeops.s2 total) (mergeops.s2l total) cols eps.
Let c := class_of fused.
(* hi and shift are +0 *)
Definition xhat_rms rs x := madd c f64 (rnd f64 (x - 0)) rs 0.

(* The places of the row hold its elements, each once; dn is +0 past the end. *)
Variables (element : nat -> nat -> option R) (n : nat) (m : nat -> nat) (dn gamma : nat -> nat -> R).
Hypothesis of_row : forall b i x, element b i = Some x -> exists xs, In xs all /\ In x xs.
Hypothesis places : forall f, whole n m (at_place element 0 f) = sums.sum (sums.sum f) all.
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis groups : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.
Let g := g_e dn gamma.
Let g' := g_c f64 dn gamma.
Let xhat := xhat_e element (fun x => x * / D).
Let xhat' := xhat_c element (xhat_rms rs).
Let M := M_e element (fun x => x * / D).
Variables r2 q2 : R.
Hypothesis c2 : pair place f64 (product_leaf c f64 g' xhat') (in_order n (fun b => block16 b (m b))) r2 q2.
Let average f := whole n m f / cols.
Variables (b i : nat).

Theorem dx_rms_double :
	let dx := rnd f64 (madd c f64 (- xhat' b i) (quotient f64 r2 q2 cols) (rnd f64 (g' b i - 0)) * rs) in
	let exact := (g b i - xhat b i * average (fun b i => g b i * xhat b i)) * r in
	Rabs (dx - exact) <= u f64 * (r * (D1_of rms_rstd * Rabs (g b i) +
		D3_f64_of c rms_xhat rms_rstd * (M b i * average (fun b i => Rabs (g b i) * M b i)))) + eta f64 * (10 * r * M b i + 1).
Proof.
assert (C : 1 <= cols) by exact (f64_rms.count1 first further good). assert (C0 : 0 < cols) by lra.
assert (Mp : 0 < ms) by (assert (Z := bpow_gt_0 radix2 (-401)); lra). assert (Q0 : 0 < ms * ms) by now apply Rmult_lt_0_compat.
assert (Dge : ms <= D) by (apply sums.le_of_sqr; [apply sqrt_pos |]; unfold D; rewrite sqrt_def; lra).
assert (Spread : sums.sum (fun xs => look.QQ xs 0) all = cols * (ms * ms)).
{ assert (Q : cols * (ms * ms) = rms.Q (map (fun xs => (look.QQ xs 0, f64_rms.ideal fused xs)) all))
	by exact (f64_rms.Qms fused first further good). rewrite Q. unfold rms.Q. now rewrite sums.sum_map. }
assert (El := backward_layernorm64.elements cols all eq_refl element n m places).
assert (Sq := backward_layernorm64.squares 0 ms D cols all Mp Dge C0 Spread element n m places).
assert (Sq' : whole n m (fun b i => Rsqr (xhat b i)) <= cols) by (unfold xhat; rewrite squares_0; exact Sq).
assert (Near := fun x Fx => rms_near pe pe_ok fused first further good full false eps x c cols_max F_cols big F_eps eps_pos ordinary Fx).
cbv zeta in Near.
assert (Hr : rel rs r r ((1 + rms_rstd * u f64) * (1 + u f64)) 0) by exact (proj2 (Near 0 (format.F_0 (-1074) 53))).
assert (Hx : forall b i x, element b i = Some x -> rel (xhat_rms rs x) (x * / D) (Rmax 1 (Rabs (x * / D))) (1 + rms_xhat * u f64) 0).
{ intros b' i' x H. destruct (of_row b' i' x H) as (xs & A & B). exact (proj1 (Near x (proj2 (good xs A) x B))). }
destruct rms_range as (XR & _ & ER).
exact (dx_row_rms c _ _ r rs XR ER Hr element _ _ Hx n m cols dn gamma past_end C0 groups length El Sq' r2 q2 c2 b i).
Qed.
End Row.
