(* dx and dgamma of floats, from what the forward pass proves of xhat and rstd: eps inside for dx. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_columns backward_f32 backward_places.
Require f32_xhat f32_xhat_row four rowscale anyscale rstd format wide last.
Local Open Scope R_scope.

Definition class_of (fused : bool) := if fused then Fused else Unfused.
Definition normal mu D x := (x - mu) * / D.
Lemma same_u : rstd.u32 = u f32.
Proof. rewrite u32. exact rstd.u32_val. Qed.

(* What f32_xhat_row.near32 says, of a row that is scaled by S: R1 is rstd64. *)
Definition xhat_near fused mean mean_lo k R1 x mu D := Rabs (f32_xhat.xhat32 fused mean mean_lo k R1 x - normal mu D x)
	<= (if fused then 1095 / 100 else 1195 / 100) * rstd.u32 * Rmax 1 (Rabs (normal mu D x)).
Definition rstd_near k R1 D :=
	Rabs (four.rstd (R1 / bpow radix2 k) - / (D * bpow radix2 k)) <= 647 / 100 * (rstd.u32 * / (D * bpow radix2 k)).
Lemma from_row row eps outside x fused mean mean_lo m2 k :
	let R1 := anyscale.rstd64 m2 (row.cols row) eps outside in let D := anyscale.D_any eps outside (row.sigma row) in
	f32_xhat_row.near32 row eps outside x fused mean mean_lo m2 k ->
	xhat_near fused mean mean_lo k R1 x (row.mu row) D /\ rstd_near k R1 D.
Proof.
cbv zeta. intros [H1 H2]. split; [| unfold rstd_near; eapply Rle_trans; [exact H2 |]; right; lra].
unfold xhat_near, normal. eapply Rle_trans; [exact H1 |]. right. destruct fused; lra.
Qed.
Lemma xhat_rel fused mean mean_lo k R1 x mu D : xhat_near fused mean mean_lo k R1 x mu D ->
	rel (f32_xhat.xhat32 fused mean mean_lo k R1 x) (normal mu D x) (Rmax 1 (Rabs (normal mu D x))) (grow_xhat (class_of fused) f32) 0.
Proof.
intro H. unfold xhat_near in H. rewrite same_u in H. split; [| apply Rmax_r]. eapply Rle_trans; [exact H |]. right.
unfold grow_xhat, statistics, xhat_roundings, class_of. destruct fused; lra.
Qed.
Lemma xhat_is fused mean mean_lo k R1 x : let S := bpow radix2 k in let c := class_of fused in
	f32_xhat.xhat32 fused mean mean_lo k R1 x = madd c f32 (rnd f32 (rnd f32 (x * S) - four.hi (rnd f64 (mean * S)))) (four.rstd (R1 / S))
		(four.shift (rnd f64 (mean * S)) (rnd f64 (mean_lo * S)) (R1 / S)).
Proof. destruct fused; reflexivity. Qed.
Lemma rstd_rel k R1 D : 0 < D -> rstd_near k R1 D -> rel (four.rstd (R1 / bpow radix2 k)) (/ (D * bpow radix2 k)) (/ (D * bpow radix2 k))
	((1 + rstd64 * u f32) * (1 + u f32)) 0.
Proof.
intros P H. unfold rstd_near in H. rewrite same_u in H.
assert (I : 0 < / (D * bpow radix2 k)) by (apply Rinv_0_lt_compat, Rmult_lt_0_compat; [exact P | apply bpow_gt_0]). set (r := / _) in *.
split; [| rewrite Rabs_pos_eq; lra]. eapply Rle_trans; [exact H |].
assert (647 / 100 * u f32 * r <= ((1 + rstd64 * u f32) * (1 + u f32) - 1) * r); [| lra].
apply Rmult_le_compat_r; [lra |]. unfold rstd64. rewrite u32. lra.
Qed.

(* dx of a row in places, of the scaled row: times S it is that of the row (backward_scale.dx_out_f32). *)
Section Row.
Variables (fused : bool) (mu D mean mean_lo R1 : R) (k : Z).
Hypothesis D_pos : 0 < D.
Variable element : nat -> nat -> option R.
Hypothesis near : forall b i x, element b i = Some x -> xhat_near fused mean mean_lo k R1 x mu D.
Hypothesis near_rstd : rstd_near k R1 D.
Variables (n : nat) (m : nat -> nat) (cols : R) (dn gamma : nat -> nat -> R).
Let c := class_of fused.
Let xhat_c := xhat_c element (f32_xhat.xhat32 fused mean mean_lo k R1).
Let xhat_e := xhat_e element (normal mu D).
Let M_e := M_e element (normal mu D).
Let g_c := g_c f32 dn gamma.
Let g_e := g_e dn gamma.
Let rs := four.rstd (R1 / bpow radix2 k).
Let r := / (D * bpow radix2 k).
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 1073741824.
Hypothesis elements : whole n m (at_place element 0 (fun _ => 1)) <= cols.
Hypothesis squares : whole n m (fun b i => Rsqr (xhat_e b i)) <= cols.
Variables r1 q1 r2 q2 : R.
Hypothesis c1 : pair nat f64 (fun b => value place f64 (sum_leaf f32 g_c) (block8 b (m b))) (in_order n Leaf) r1 q1.
Hypothesis c2 : pair nat f64 (fun b => value place f64 (product_leaf c f32 g_c xhat_c) (block8 b (m b))) (in_order n Leaf) r2 q2.
Let average f := whole n m f / cols.
Let a1 := rnd f32 (quotient f64 r1 q1 cols).
Let a2 := rnd f32 (rnd f64 (quotient f64 r2 q2 cols * 1)).
Variables (b i : nat).

Theorem dx_row32 :
	let dx := rnd f32 (madd c f32 (- xhat_c b i) a2 (rnd f32 (g_c b i - a1)) * rs) in
	let exact := (g_e b i - average g_e - xhat_e b i * (1 * average (fun b i => g_e b i * xhat_e b i))) * r in
	Rabs (dx - exact) <= u f32 * (r * (D1_of rstd64 * Rabs (g_e b i) + D2_of rstd64 * average (fun b i => Rabs (g_e b i)) +
		D3_after_of c (statistics + xhat_roundings c) rstd64 * (M_e b i * (1 * average (fun b i => Rabs (g_e b i) * M_e b i))))) +
	eta f32 * (10 * r * M_e b i * 1 + 1).
Proof.
cbv zeta. assert (XR : 0 <= statistics + xhat_roundings c <= 12) by (unfold statistics, xhat_roundings, c, class_of; destruct fused; lra).
assert (ER : 0 <= rstd64 <= 6) by (unfold rstd64; lra).
assert (G1 : 1 <= grow_xhat c f32) by (unfold grow_xhat, statistics, xhat_roundings; rewrite u32; destruct c; lra).
assert (N : forall b i x, element b i = Some x -> rel (f32_xhat.xhat32 fused mean mean_lo k R1 x) (normal mu D x)
	(Rmax 1 (Rabs (normal mu D x))) (grow_xhat c f32) 0) by (intros; eapply xhat_rel, near; eassumption).
set (gr := (1 + rstd64 * u f32) * (1 + u f32)).
assert (Gr : 1 <= gr <= gr) by (unfold gr, rstd64; rewrite u32; lra).
assert (Gk : 1 * gr <= 1 + (1 + rstd64 + 2 / 100) * u f32) by (unfold gr, rstd64; rewrite u32; lra).
assert (K1 : rel 1 1 1 1 0) by (apply rel_same; rewrite Rabs_R1; lra).
exact (dx_after_f32 c n m cols g_c g_e xhat_c xhat_e M_e _ _ rs r 1 1 1 gr _ _ XR ER positive blocks length (fun _ _ => is_rnd f32 _)
	(eta_at_range f32 element) (g_rel f32 element dn gamma past_end) (xhat_place element _ _ _ G1 N) (product_loss f32 element _ dn gamma)
	(lose_eta f32 element n m cols elements) (lose_eta f32 element n m cols elements) (lose_M f32 element _ n m cols elements squares)
	(rstd_rel k R1 D D_pos near_rstd) Gr K1 (Rle_refl 1) r1 q1 r2 q2 c1 c2 b i (Rle_refl 1) (M_1 element _ b i) Gk).
Qed.
End Row.

(* dgamma of one column. *)
Section Column.
Variables (fused : bool) (rows n : nat) (mu D mean mean_lo R1 x dn : nat -> R) (k : nat -> Z) (start : R).
Let c := class_of fused.
Hypothesis length : INR n <= 33554432.
Hypothesis near : forall i, (i < rows)%nat -> xhat_near fused (mean i) (mean_lo i) (k i) (R1 i) (x i) (mu i) (D i).
Hypothesis is_start : is f64 start.
Let computed i := f32_xhat.xhat32 fused (mean i) (mean_lo i) (k i) (R1 i) (x i).
Let exact i := normal (mu i) (D i) (x i).
Theorem dgamma32 : Rabs (rnd f32 (value _ f64 (gamma_leaf c f32 dn (column_c rows computed) start) (totals n)) -
		gamma_exact n dn (column_e rows exact) start)
	<= (own_gamma + statistics + xhat_roundings c) * u f32 * gamma_weight n dn (column_M rows exact) start +
	1001 / 1000 * (INR rows * eta f32) + eta f32.
Proof.
assert (G1 : 1 <= grow_xhat c f32) by (unfold grow_xhat, statistics, xhat_roundings; rewrite u32; destruct c; lra).
assert (N : forall i, (i < rows)%nat -> rel (computed i) (exact i) (Rmax 1 (Rabs (exact i))) (grow_xhat c f32) 0)
	by (intros i H; apply xhat_rel, near, H).
assert (H := dgamma_f32 c n dn _ _ _ _ start is_start (column_rel rows _ _ _ G1 N) (column_loss f32 rows _ dn) length).
assert (R := eta_rows f32 rows (32 * n)). unfold gamma_lost in H. lra.
Qed.
End Column.
