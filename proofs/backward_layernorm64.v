(* LayerNorm of doubles, eps inside: dx, from the elements of a row and what is done to them, with nothing assumed of xhat or rstd. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_bound.
Require Import backward_places backward_forward64.
Require f64_xhat f64_layernorm f64_narrow_layernorm f64_narrow_merged f64_narrow f64_row f64_var f64_whole.
Require sums format wide look row mergeops merge step blocks.
Local Open Scope R_scope.

(* What is said of dx at place (b, i) of a row of n blocks, block b of m b groups of 64. *)
Definition dx_within fused mu D hi lo rs element (n : nat) (m : nat -> nat) cols (dn gamma : nat -> nat -> R) := forall r1 q1 r2 q2 b i,
	let c := class_of fused in let g := g_e dn gamma in let xhat := xhat_e element (normal mu D) in let M := M_e element (normal mu D) in
	let average f := whole n m f / cols in let computed := xhat_c element (f64_xhat.xhat64 fused hi lo rs) in
	pair place f64 (sum_leaf f64 (g_c f64 dn gamma)) (in_order n (fun b => block16 b (m b))) r1 q1 ->
	pair place f64 (product_leaf c f64 (g_c f64 dn gamma) computed) (in_order n (fun b => block16 b (m b))) r2 q2 ->
	let dx := rnd f64 (madd c f64 (- computed b i) (quotient f64 r2 q2 cols) (rnd f64 (g_c f64 dn gamma b i - quotient f64 r1 q1 cols)) * rs) in
	Rabs (dx - (g b i - average g - xhat b i * average (fun b i => g b i * xhat b i)) * / D)
	<= u f64 * (/ D * (105 / 10 * Rabs (g b i) + 156 / 10 * average (fun b i => Rabs (g b i)) +
		match c with Fused => 375 / 10 | Unfused => 405 / 10 end * (M b i * average (fun b i => Rabs (g b i) * M b i)))) +
	eta f64 * (10 * / D * M b i + 1).

Section Row.
Variables (fused : bool) (mu sigma D hi lo rs cols : R) (blocks : list (list R)).
Hypothesis sigma_pos : 0 < sigma.
Hypothesis D_ge : sigma <= D.
Hypothesis positive : 0 < cols.
Hypothesis spread : sums.sum (fun xs => look.QQ xs mu) blocks = cols * (sigma * sigma).
Hypothesis count : sums.sum look.n blocks = cols.
Hypothesis near : forall xs x, In xs blocks -> In x xs -> f64_xhat.xhat_near fused hi lo rs x mu D.
Hypothesis near_rstd : f64_xhat.rstd_near rs D.
(* The places of the row hold the elements of its blocks, each once; dn is +0 past the end. *)
Variables (element : nat -> nat -> option R) (n : nat) (m : nat -> nat) (dn gamma : nat -> nat -> R).
Hypothesis of_row : forall b i x, element b i = Some x -> exists xs, In xs blocks /\ In x xs.
Hypothesis places : forall f, whole n m (at_place element 0 f) = sums.sum (sums.sum f) blocks.
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis groups : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.

Lemma elements : whole n m (at_place element 0 (fun _ => 1)) <= cols.
Proof.
rewrite places, <- count. right. apply sums.sum_ext. intros xs _. rewrite sums.sum_const. unfold look.n. ring.
Qed.
Lemma squares : whole n m (fun b i => Rsqr (xhat_e element (normal mu D) b i)) <= cols.
Proof.
assert (E : whole n m (fun b i => Rsqr (xhat_e element (normal mu D) b i)) = whole n m (at_place element 0 (fun x => Rsqr ((x - mu) * / D)))).
{ unfold whole. apply sum_ext. intros b _. apply sum_ext. intros i _. unfold xhat_e, at_place. destruct (element b i); [reflexivity |].
  apply Rsqr_0. }
assert (D0 : 0 < D) by lra. assert (I : 0 < / D) by now apply Rinv_0_lt_compat.
rewrite E, places. rewrite (sums.sum_ext _ (fun xs => / D * / D * look.QQ xs mu)).
- rewrite sums.sum_scal, spread. apply Rle_trans with (/ D * / D * (cols * (D * D))).
  + apply Rmult_le_compat_l; [apply Rmult_le_pos; lra |]. apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat; lra.
  + right. field. lra.
- intros xs _. unfold look.QQ. rewrite <- sums.sum_scal. apply sums.sum_ext. intros x _. unfold Rsqr. ring.
Qed.
Theorem dx_of_row : dx_within fused mu D hi lo rs element n m cols dn gamma.
Proof.
intros r1 q1 r2 q2 b i. cbv zeta. intros c1 c2. assert (D0 : 0 < D) by lra.
set (c := class_of fused) in *.
assert (Near : forall b i x, element b i = Some x -> rel (f64_xhat.xhat64 fused hi lo rs x) (normal mu D x)
	(Rmax 1 (Rabs (normal mu D x))) (1 + (statistics + xhat_roundings c) * u f64) 0).
{ intros b' i' x H. destruct (of_row b' i' x H) as (xs & A & B). apply xhat_rel. exact (near xs x A B). }
assert (ER : 0 <= rstd64 <= 6) by (unfold rstd64; lra).
assert (H := dx_row c _ rstd64 (/ D) rs (xhat_range c) ER (rstd_rel rs D D0 near_rstd) element _ _ Near n m cols dn gamma past_end positive groups
	length elements squares r2 q2 c2 b i r1 q1 c1). cbv zeta in H.
eapply Rle_trans; [exact H |]. apply Rplus_le_compat_r. apply Rmult_le_compat_l; [apply u_pos |].
assert (I : 0 < / D) by now apply Rinv_0_lt_compat. apply Rmult_le_compat_l; [lra |].
destruct (layernorm c) as (L1 & _ & _ & L2 & L3).
assert (IC : 0 < / cols) by now apply Rinv_0_lt_compat.
assert (W1 : 0 <= whole n m (fun b i => Rabs (g_e dn gamma b i)) / cols).
{ apply Rmult_le_pos; [| lra]. apply sum_pos; intros; apply sum_pos; intros. apply Rabs_pos. }
assert (Mp : forall b i, 0 <= M_e element (normal mu D) b i).
{ intros b' i'. assert (Z := M_1 element (normal mu D) b' i'). lra. }
assert (W2 : 0 <= whole n m (fun b i => Rabs (g_e dn gamma b i) * M_e element (normal mu D) b i) / cols).
{ apply Rmult_le_pos; [| lra]. apply sum_pos; intros; apply sum_pos; intros. apply Rmult_le_pos; [apply Rabs_pos | apply Mp]. }
assert (G := Rabs_pos (g_e dn gamma b i)). apply Rplus_le_compat; [apply Rplus_le_compat |]; apply Rmult_le_compat_r; try assumption; try lra.
apply Rmult_le_pos; [apply Mp | exact W2].
Qed.
End Row.

Section LayerNorm.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, wide.F64 a -> wide.F64 b -> step.product a b (merge.pr a b) (pe a b).
Variables (fused : bool) (eps : R).
Hypothesis F_eps : wide.F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables (element : nat -> nat -> option R) (n : nat) (m : nat -> nat) (dn gamma : nat -> nat -> R).
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis groups : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.
(* the blocks that the places are of *)
Definition in_places (blocks : list (list R)) := (forall b i x, element b i = Some x -> exists xs, In xs blocks /\ In x xs) /\
	forall f, whole n m (at_place element 0 f) = sums.sum (sums.sum f) blocks.

Theorem dx_wide (all : list (row.rblock * mergeops.st)) a : let row := f64_row.row all in
	let cols := row.cols row in let mu := row.mu row in let sigma := row.sigma row in
	(forall c, In c all -> row.rgood (-1074) 53 (fst c) /\ f64_row.near64 (fst c) (snd c)) -> all <> nil ->
	wide.F64 cols -> cols <= bpow radix2 30 -> bpow radix2 (-401) <= sigma -> Rabs mu <= 8589934592 * sigma ->
	f64_layernorm.moments_of pe all a -> bpow radix2 (-800) <= f64_var.V64 (mergeops.s2 a) cols eps <= bpow radix2 800 ->
	in_places (map row.bx row) ->
	dx_within fused mu (sqrt (sigma * sigma + eps)) (mergeops.sm a) (f64_whole.lo64 a)
		(f64_var.rstd64 pe (mergeops.s2 a) (mergeops.s2l a) cols eps) element n m cols dn gamma.
Proof.
cbv zeta. intros good some F_cols cols_max big wide H O (In1 & In2). set (row := f64_row.row all) in *.
assert (P : 0 < row.sigma row) by exact (f64_row.sigma0 all big). assert (C : 1 <= row.cols row) by exact (f64_row.cols1 all good some).
assert (Q : 0 <= row.sigma row * row.sigma row) by apply Rle_0_sqr.
assert (W := fun b x B X => f64_xhat.wide_inside pe pe_ok all good some F_cols cols_max big wide b x B X a eps fused F_eps eps_pos H O).
cbv zeta in W. apply (dx_of_row fused _ (row.sigma row) _ _ _ _ _ (map row.bx row) P); try assumption.
- apply sums.le_of_sqr; [apply sqrt_pos |]. rewrite sqrt_def by lra. lra.
- lra.
- rewrite sums.sum_map, <- (row.M2_elements (-1074) 53 row (f64_row.row_good all good)). symmetry. exact (f64_row.M2_eq all good some).
- rewrite sums.sum_map. unfold row.cols, blocks.N, row.bs. rewrite sums.sum_map. reflexivity.
- intros xs x Ix X. apply in_map_iff in Ix. destruct Ix as (b & <- & B). exact (proj1 (W b x B X)).
- destruct row as [| b rest] eqn:E; [now destruct (f64_row.row_some all good some) |].
  assert (B : In b (f64_row.row all)) by (fold row; rewrite E; now left).
  assert (Len : (1 <= List.length (row.bx b))%nat) by (destruct (f64_row.row_good all good b B) as ((L & _) & _); exact L).
  destruct (row.bx b) as [| x xs] eqn:X; [simpl in Len; lia |]. assert (Hx : In x (row.bx b)) by (rewrite X; now left).
  rewrite <- E. exact (proj2 (W b x B Hx)).
Qed.

Theorem dx_narrow (all : list f64_narrow.nblock) a : let cols := f64_narrow.cols all in let mu := f64_narrow.mu all in
	let sigma := f64_narrow.sigma all in (forall b, pe 0 b = 0) ->
	(forall b, In b all -> f64_narrow.nok b) -> all <> nil ->
	wide.F64 cols -> cols <= bpow radix2 20 -> bpow radix2 (-401) <= sigma -> 8589934592 * sigma <= Rabs mu ->
	f64_narrow_layernorm.narrow_of pe all a -> bpow radix2 (-800) <= f64_var.V64 (mergeops.s2 a) cols eps <= bpow radix2 800 ->
	in_places (map f64_narrow.nx all) ->
	dx_within fused mu (sqrt (sigma * sigma + eps)) (mergeops.sm a) (f64_whole.lo64 a)
		(f64_var.rstd64 pe (mergeops.s2 a) (mergeops.s2l a) cols eps) element n m cols dn gamma.
Proof.
cbv zeta. intros pe_0 good some F_cols cols_max big narrow H O (In1 & In2).
assert (P : 0 < f64_narrow.sigma all) by exact (f64_narrow_merged.sigma0 all big).
assert (C : 1 <= f64_narrow.cols all) by exact (f64_narrow.cols1 all good some).
assert (Q : 0 <= f64_narrow.sigma all * f64_narrow.sigma all) by apply Rle_0_sqr.
assert (W := fun b x B X => f64_xhat.narrow_inside pe pe_ok all good some F_cols cols_max big narrow b x B X a eps fused F_eps eps_pos H O).
cbv zeta in W. apply (dx_of_row fused _ (f64_narrow.sigma all) _ _ _ _ _ (map f64_narrow.nx all) P); try assumption.
- apply sums.le_of_sqr; [apply sqrt_pos |]. rewrite sqrt_def by lra. lra.
- lra.
- rewrite sums.sum_map, (f64_narrow.M_at all good some). ring.
- rewrite sums.sum_map. symmetry. apply f64_narrow.cols_sum.
- intros xs x Ix X. apply in_map_iff in Ix. destruct Ix as (b & <- & B). exact (proj1 (W b x B X)).
- destruct all as [| b rest]; [now destruct some |]. assert (B : In b (b :: rest)) by now left.
  assert (Len : (1 <= List.length (f64_narrow.nx b))%nat) by (destruct (good b B) as (L & _); lia).
  destruct (f64_narrow.nx b) as [| x xs] eqn:X; [simpl in Len; lia |]. assert (Hx : In x (f64_narrow.nx b)) by (rewrite X; now left).
  exact (proj2 (W b x B Hx)).
Qed.
End LayerNorm.
