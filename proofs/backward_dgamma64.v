(* dgamma of doubles from the elements: LayerNorm and RMSNorm, eps inside and LN_EPS_OUTSIDE, of one column and of columns that share. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_constants.
Require Import backward_columns backward_places backward_shared backward_shared_forward backward_forward64.
Require backward_rmsnorm64 f64_xhat f64_xhat_outside f64_layernorm f64_narrow_layernorm f64_narrow f64_row f64_var f64_eps f64_whole f64_rms.
Require look rms row mergeops merge step wide.
Local Open Scope R_scope.

Section Dgamma.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, wide.F64 a -> wide.F64 b -> step.product a b (merge.pr a b) (pe a b).

(* xhat of an element of some row: as it is computed, and the exact one. *)
Inductive layernorm_xhat fused : R -> R -> Prop :=
| Wide outside all a eps b x : let row := f64_row.row all in let cols := row.cols row in let mu := row.mu row in let sigma := row.sigma row in
	(forall c, In c all -> row.rgood (-1074) 53 (fst c) /\ f64_row.near64 (fst c) (snd c)) -> all <> nil ->
	wide.F64 cols -> cols <= bpow radix2 30 -> bpow radix2 (-401) <= sigma -> Rabs mu <= 8589934592 * sigma -> wide.F64 eps -> 0 <= eps ->
	f64_layernorm.moments_of pe all a -> bpow radix2 (-800) <= V_of outside (mergeops.s2 a) cols eps <= bpow radix2 800 ->
	In b row -> In x (row.bx b) -> layernorm_xhat fused
		(f64_xhat.xhat64 fused (mergeops.sm a) (f64_whole.lo64 a) (rstd_of pe outside (mergeops.s2 a) (mergeops.s2l a) cols eps) x)
		(normal mu (scale_of outside sigma eps) x)
| Narrow outside all a eps b x : let cols := f64_narrow.cols all in let mu := f64_narrow.mu all in let sigma := f64_narrow.sigma all in
	(forall b, In b all -> f64_narrow.nok b) -> all <> nil ->
	wide.F64 cols -> cols <= bpow radix2 20 -> bpow radix2 (-401) <= sigma -> 8589934592 * sigma <= Rabs mu -> wide.F64 eps -> 0 <= eps ->
	f64_narrow_layernorm.narrow_of pe all a -> bpow radix2 (-800) <= V_of outside (mergeops.s2 a) cols eps <= bpow radix2 800 ->
	In b all -> In x (f64_narrow.nx b) -> layernorm_xhat fused
		(f64_xhat.xhat64 fused (mergeops.sm a) (f64_whole.lo64 a) (rstd_of pe outside (mergeops.s2 a) (mergeops.s2l a) cols eps) x)
		(normal mu (scale_of outside sigma eps) x).
Inductive rmsnorm_xhat fused : R -> R -> Prop :=
| RmsNorm outside first further eps x : let cols := f64_rms.count first further in let total := f64_rms.total pe fused first further in
	let ms := rms.rms (map (fun xs => (look.QQ xs 0, f64_rms.ideal fused xs)) (first :: further)) cols in
	(forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> wide.F64 x)) ->
	(further = nil \/ exists l b, further = l ++ b :: nil /\ forall xs, In xs (first :: l) -> length xs = 1024%nat) ->
	wide.F64 cols -> cols <= bpow radix2 30 -> bpow radix2 (-401) <= ms -> wide.F64 eps -> 0 <= eps ->
	bpow radix2 (-800) <= V_of outside (mergeops.s2 total) cols eps <= bpow radix2 800 -> wide.F64 x -> rmsnorm_xhat fused
		(backward_rmsnorm64.xhat_rms fused (rstd_of pe outside (mergeops.s2 total) (mergeops.s2l total) cols eps) x)
		(x * / scale_of outside ms eps).

Lemma layernorm_rel fused computed exact : layernorm_xhat fused computed exact ->
	rel computed exact (Rmax 1 (Rabs exact)) (1 + (statistics + xhat_roundings (class_of fused)) * u f64) 0.
Proof.
intros [outside all a eps b x row cols mu sigma good some Fc C big wide Fe E M V Ib Ix | outside all a eps b x cols mu sigma good some Fc C
	big narrow Fe E M V Ib Ix]; apply xhat_rel; unfold scale_of, rstd_of, V_of in *; destruct outside.
- exact (proj1 (f64_xhat_outside.wide_outside pe pe_ok all good some Fc C big wide b x Ib Ix a eps fused Fe E M V)).
- exact (proj1 (f64_xhat.wide_inside pe pe_ok all good some Fc C big wide b x Ib Ix a eps fused Fe E M V)).
- exact (proj1 (f64_xhat_outside.narrow_outside pe pe_ok all good some Fc C big narrow b x Ib Ix a eps fused Fe E M V)).
- exact (proj1 (f64_xhat.narrow_inside pe pe_ok all good some Fc C big narrow b x Ib Ix a eps fused Fe E M V)).
Qed.
Lemma rmsnorm_rel fused computed exact : rmsnorm_xhat fused computed exact ->
	rel computed exact (Rmax 1 (Rabs exact)) (1 + rms_xhat * u f64) 0.
Proof.
intros [outside first further eps x cols total ms good full Fc C big Fe E V Fx].
exact (proj1 (rms_near pe pe_ok fused first further good full outside eps x (class_of fused) C Fc big Fe E V Fx)).
Qed.

(* One column: of each row the element, and what normalises it. *)
Section Column.
Variables (fused : bool) (rows n : nat) (dn computed exact : nat -> R) (start r q : R).
Hypothesis few_rows : INR n <= 33554432.
Hypothesis is_start : is f64 start.
Let c := class_of fused.
Hypothesis sum_is : pair _ f64 (gamma_leaf c f64 dn (column_c rows computed) start) (totals n) r q.
Let dgamma_e := gamma_exact n dn (column_e rows exact) start.
Let weight := gamma_weight n dn (column_M rows exact) start.
Theorem dgamma_layernorm64 : (forall i, (i < rows)%nat -> layernorm_xhat fused (computed i) (exact i)) ->
	Rabs (rnd f64 (r + q) - dgamma_e) <= (own_gamma_f64 + (statistics + xhat_roundings c)) * u f64 * weight + 1001 / 1000 * (INR rows * eta f64).
Proof.
intro H. apply (dgamma64 c _ rows n dn computed exact start (xhat_range c) few_rows); [| exact is_start | exact sum_is].
intros i I. now apply layernorm_rel, H.
Qed.
Theorem dgamma_rmsnorm64 : (forall i, (i < rows)%nat -> rmsnorm_xhat fused (computed i) (exact i)) ->
	Rabs (rnd f64 (r + q) - dgamma_e) <= (own_gamma_f64 + rms_xhat) * u f64 * weight + 1001 / 1000 * (INR rows * eta f64).
Proof.
intro H. apply (dgamma64 c _ rows n dn computed exact start (proj1 rms_range) few_rows); [| exact is_start | exact sum_is].
intros i I. now apply (rmsnorm_rel fused), H.
Qed.
End Column.

(* Columns that share. *)
Section Shared.
Variables (fused : bool) (per_lane n additions : nat) (holds : place -> nat -> bool) (dn computed exact : place -> nat -> R) (start r q : R).
Hypothesis a_block : (per_lane <= 128)%nat.
Hypothesis rows : INR n <= 33554432.
Hypothesis few_additions : INR additions <= 8388608.
Hypothesis is_start : is f64 start.
Let c := class_of fused.
Hypothesis sum_is : pair _ f64 (gamma_of c dn (where_held holds 0 computed) start f64) (shared per_lane n additions) r q.
Let dgamma_e := gamma_exact_shared per_lane n additions dn (where_held holds 0 exact) start.
Let weight := gamma_weight_shared per_lane n additions dn (where_held holds 1 (fun p k => Rmax 1 (Rabs (exact p k)))) start.
Let lost := 1001 / 1000 * (held per_lane n additions holds * eta f64).
Theorem shared_layernorm64 : (forall p k, holds p k = true -> layernorm_xhat fused (computed p k) (exact p k)) ->
	Rabs (rnd f64 (r + q) - dgamma_e) <= (own_gamma_shared_f64 + (statistics + xhat_roundings c)) * u f64 * weight + lost.
Proof.
intro H. apply (dgamma_shared64 c _ per_lane n additions holds dn computed exact start r q (xhat_range c)); try assumption.
intros p k I. now apply layernorm_rel, H.
Qed.
Theorem shared_rmsnorm64 : (forall p k, holds p k = true -> rmsnorm_xhat fused (computed p k) (exact p k)) ->
	Rabs (rnd f64 (r + q) - dgamma_e) <= (own_gamma_shared_f64 + rms_xhat) * u f64 * weight + lost.
Proof.
intro H. apply (dgamma_shared64 c _ per_lane n additions holds dn computed exact start r q (proj1 rms_range)); try assumption.
intros p k I. now apply (rmsnorm_rel fused), H.
Qed.
End Shared.
End Dgamma.
