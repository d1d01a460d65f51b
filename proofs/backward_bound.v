(* The bound of dx: a whole row, from x and dy to dx, in both orders of the last operations. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants.
Local Open Scope R_scope.

Lemma whole_scal k f n m : whole n m (fun b i => k * f b i) = k * whole n m f.
Proof. unfold whole. rewrite <- sum_scal. apply sum_ext. intros. apply sum_scal. Qed.
Lemma whole_add f g n m : whole n m (fun b i => f b i + g b i) = whole n m f + whole n m g.
Proof. unfold whole. rewrite <- sum_plus. apply sum_ext. intros. apply sum_plus. Qed.
Lemma eta64 : eta f64 <= 1 / 1000000 * eta f32.
Proof.
change (eta f64) with (/ 2 * bpow radix2 (-1074)). change (eta f32) with (/ 2 * bpow radix2 (-149)).
replace (/ 2 * bpow radix2 (-1074)) with (bpow radix2 (-925) * (/ 2 * bpow radix2 (-149))).
- apply Rmult_le_compat_r; [generalize (bpow_ge_0 radix2 (-149)); lra |].
  apply Rle_trans with (bpow radix2 (-20)); [apply bpow_le; lia | simpl; lra].
- change (-1074)%Z with (-925 + -149)%Z. rewrite bpow_plus. ring.
Qed.

(* The columns of a row in place (b, i): block b, element i; past the end of the row g is 0, and nothing is lost there. *)
Section Sums.
Variables (c : class) (a : arith) (n : nat) (m : nat -> nat) (cols : R).
Variables (gc ge xc xe M bg l : nat -> nat -> R) (gg gx : R).
Hypothesis positive : 0 < cols.
Hypothesis Gg : 1 <= gg.
Hypothesis Gx : 1 <= gx.
Hypothesis is_g : forall b i, is a (gc b i).
Hypothesis Bg : forall b i, 0 <= bg b i.
Hypothesis Hg : forall b i, rel (gc b i) (ge b i) (Rabs (ge b i)) gg (bg b i).
Hypothesis Hx : forall b i, rel (xc b i) (xe b i) (M b i) gx 0.
Hypothesis Hl : forall b i, loss a (gc b i * xc b i) (l b i).
(* Products of columns alone lose, at most eta each; the average of max(1, |xhat|) is at most 2, as that of xhat squared is at most 1. *)
Hypothesis lose_g : whole n m bg <= cols * eta a.
Hypothesis lose_l : whole n m l <= cols * eta a.
Hypothesis lose_m : whole n m (fun b i => M b i * bg b i) <= 2 * cols * eta a.

Definition sum_leaf (p : place) := chain a (four gc p).
Definition product_leaf (p : place) := chain_madd c a (four gc p) (four xc p).
Definition lost_g b i := (1 + u a) ^ 3 * bg b i.
Definition lost_p b i := (1 + u a) ^ 5 * (gx * (M b i * bg b i) + l b i).

Lemma M_pos b i : 0 <= M b i. Proof. apply (near_pos _ _ _ _ (Hx b i)). Qed.
Lemma l_pos b i : 0 <= l b i. Proof. apply (loss_pos _ _ _ (Hl b i)). Qed.
Lemma pow_u_pos k : 0 <= (1 + u a) ^ k. Proof. apply pow_le. generalize (u_pos a). lra. Qed.
Lemma lost_g_pos b i : 0 <= lost_g b i.
Proof. apply Rmult_le_pos; [apply pow_u_pos | apply Bg]. Qed.
Lemma lost_p_pos b i : 0 <= lost_p b i.
Proof.
apply Rmult_le_pos; [apply pow_u_pos |]. apply Rplus_le_le_0_compat; [| apply l_pos].
apply Rmult_le_pos; [lra |]. apply Rmult_le_pos; [apply M_pos | apply Bg].
Qed.
Lemma sum_leaf_error p : rel (sum_leaf p) (sum4 (four ge p)) (sum4 (four (fun b i => Rabs (ge b i)) p)) (gg * (1 + u a) ^ 3) (sum4 (four
	lost_g p)).
Proof.
assert (H := chain_error a (four gc p) (four ge p) (four (fun b i => Rabs (ge b i)) p) (four bg p) gg (fun k => is_g _ _) Gg (fun k => Bg
	_ _) (fun k => Hg _ _)).
replace (sum4 (four lost_g p)) with ((1 + u a) ^ 3 * sum4 (four bg p)) by (unfold sum4, four, lost_g; ring). exact H.
Qed.
Lemma product_leaf_error p : rel (product_leaf p) (sum4 (four (fun b i => ge b i * xe b i) p)) (sum4 (four (fun b i => Rabs (ge b i) * M b
	i) p))
	(gg * gx * (1 + u a) ^ 4) (sum4 (four lost_p p)).
Proof.
assert (P : forall b i, rel (gc b i * xc b i) (ge b i * xe b i) (Rabs (ge b i) * M b i) (gg * gx) (gx * (M b i * bg b i))).
{ intros b i. assert (H := rel_mult _ _ _ _ _ _ _ _ _ _ (Hg b i) (Hx b i)).
  replace (gx * (M b i * bg b i)) with (gg * Rabs (ge b i) * 0 + gx * M b i * bg b i + bg b i * 0) by ring. exact H. }
assert (Q : forall b i, 0 <= gx * (M b i * bg b i)) by (intros; apply Rmult_le_pos; [lra | apply Rmult_le_pos; [apply M_pos | apply Bg]]).
assert (G : 1 <= gg * gx) by nra.
assert (H := chain_madd_error c a (four gc p) (four xc p) (four (fun b i => ge b i * xe b i) p) (four (fun b i => Rabs (ge b i) * M b i) p)
	(four (fun b i => gx * (M b i * bg b i)) p) (four l p) (gg * gx) G (fun k => Q _ _) (fun k => Hl _ _) (fun k => P _ _)).
replace (sum4 (four lost_p p)) with ((1 + u a) ^ 5 * sum4 (fun k => four (fun b i => gx * (M b i * bg b i)) p k + four l p k))
	by (unfold sum4, four, lost_p; ring).
exact H.
Qed.
Lemma whole_lost_g : whole n m lost_g <= (1 + u a) ^ 3 * (cols * eta a).
Proof. unfold lost_g. rewrite whole_scal. apply Rmult_le_compat_l; [apply pow_u_pos | exact lose_g]. Qed.
Lemma whole_lost_p : whole n m lost_p <= (1 + u a) ^ 5 * ((2 * gx + 1) * (cols * eta a)).
Proof.
unfold lost_p. rewrite whole_scal. apply Rmult_le_compat_l; [apply pow_u_pos |]. rewrite whole_add, whole_scal.
assert (gx * whole n m (fun b i => M b i * bg b i) <= gx * (2 * cols * eta a)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Let A := whole n m (fun b i => Rabs (ge b i)) / cols.
Let P := whole n m (fun b i => Rabs (ge b i) * M b i) / cols.
Let average_g := whole n m ge / cols.
Let average_gx := whole n m (fun b i => ge b i * xe b i) / cols.

(* Floats: totals in double. f collects what doubles lose. *)
Section Floats.
Variable d : arith.
Hypothesis within : forall x, is a x -> is d x.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis blocks_few : few d n.
Definition f_double := (1 + u d) ^ 20 * (1 + lost d n) * (1 + u d) ^ 2.

Lemma float_g r q : pair nat d (fun k => value place d sum_leaf (block8 k (m k))) (in_order n Leaf) r q ->
	rel (quotient d r q cols) average_g A (gg * (1 + u a) ^ 3 * f_double) (f_double * ((1 + u a) ^ 3 * eta a) + eta d).
Proof.
intro Hp. assert (Ua := u_pos a). assert (Ud := u_pos d). assert (L := lost_pos d n).
assert (P3 := pow_grow a 0 3 ltac:(lia)). assert (P20 := pow_grow d 0 20 ltac:(lia)). assert (P2 := pow_grow d 0 2 ltac:(lia)).
assert (G3 : 1 <= gg * (1 + u a) ^ 3) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
destruct (float_sum a d n m within blocks sum_leaf ge _ lost_g _ G3 lost_g_pos (fun p => is_chain a _) sum_leaf_error r q blocks_few Hp) as (Ir & Iq
	& S).
cbn zeta in S. assert (Q := quotient_error d r q _ _ _ _ cols positive Ir Iq S). fold average_g A in Q.
set (f := (1 + u d) ^ 20 * (1 + lost d n)) in *.
assert (F : 1 <= f) by (unfold f; rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
assert (B : f * whole n m lost_g / cols <= f * ((1 + u a) ^ 3 * eta a)).
{ assert (W := whole_lost_g). unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_r with cols; [exact positive |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ Q); [| lra | |].
- assert (1 <= gg * (1 + u a) ^ 3 * f) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra). rewrite <- (Rmult_1_l 1). apply
	Rmult_le_compat; lra.
- right. unfold f_double, f. ring.
- apply Rplus_le_compat_r. unfold f_double. fold f.
  replace (f * (1 + u d) ^ 2 * ((1 + u a) ^ 3 * eta a)) with ((1 + u d) ^ 2 * (f * ((1 + u a) ^ 3 * eta a))) by ring.
  apply Rmult_le_compat_l; [lra | exact B].
Qed.
Lemma float_gx r q : pair nat d (fun k => value place d product_leaf (block8 k (m k))) (in_order n Leaf) r q ->
	rel (quotient d r q cols) average_gx P (gg * gx * (1 + u a) ^ 4 * f_double) (f_double * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta a)) +
		eta d).
Proof.
intro Hp. assert (Ua := u_pos a). assert (Ud := u_pos d). assert (L := lost_pos d n).
assert (P4 := pow_grow a 0 4 ltac:(lia)). assert (P20 := pow_grow d 0 20 ltac:(lia)). assert (P2 := pow_grow d 0 2 ltac:(lia)).
assert (G0 : 1 <= gg * gx) by nra.
assert (G4 : 1 <= gg * gx * (1 + u a) ^ 4) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
destruct (float_sum a d n m within blocks product_leaf _ _ lost_p _ G4 lost_p_pos (fun p => is_chain_madd c a _ _) product_leaf_error r q
	blocks_few Hp) as (Ir & Iq & S).
cbn zeta in S. assert (Q := quotient_error d r q _ _ _ _ cols positive Ir Iq S). fold average_gx P in Q.
set (f := (1 + u d) ^ 20 * (1 + lost d n)) in *.
assert (F : 1 <= f) by (unfold f; rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
assert (B : f * whole n m lost_p / cols <= f * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta a))).
{ assert (W := whole_lost_p). unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_r with cols; [exact positive |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ Q); [| lra | |].
- assert (1 <= gg * gx * (1 + u a) ^ 4 * f) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra). rewrite <- (Rmult_1_l 1). apply
	Rmult_le_compat; lra.
- right. unfold f_double, f. ring.
- apply Rplus_le_compat_r. unfold f_double. fold f.
  replace (f * (1 + u d) ^ 2 * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta a))) with ((1 + u d) ^ 2 * (f * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta
    a)))) by ring.
  apply Rmult_le_compat_l; [lra | exact B].
Qed.
End Floats.

(* Doubles: chains and all else in double, as a pair. *)
Section Doubles.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis blocks_few : few a (n + 20).
Definition f_pair := (1 + lost a (n + 20)) * (1 + u a) ^ 2.

Lemma double_g r q : pair place a sum_leaf (in_order n (fun k => block16 k (m k))) r q ->
	rel (quotient a r q cols) average_g A (gg * (1 + u a) ^ 3 * f_pair) (f_pair * ((1 + u a) ^ 3 * eta a) + eta a).
Proof.
intro Hp. assert (Ua := u_pos a). assert (L := lost_pos a (n + 20)).
assert (P3 := pow_grow a 0 3 ltac:(lia)). assert (P2 := pow_grow a 0 2 ltac:(lia)).
assert (G3 : 1 <= gg * (1 + u a) ^ 3) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
destruct (double_sum a a n m (fun x H => H) blocks sum_leaf ge _ lost_g _ G3 lost_g_pos (fun p => is_chain a _) sum_leaf_error r q blocks_few Hp) as
	(Ir & Iq & S).
cbn zeta in S. assert (Q := quotient_error a r q _ _ _ _ cols positive Ir Iq S). fold average_g A in Q.
set (f := 1 + lost a (n + 20)) in *. assert (F : 1 <= f) by (unfold f; lra).
assert (B : f * whole n m lost_g / cols <= f * ((1 + u a) ^ 3 * eta a)).
{ assert (W := whole_lost_g). unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_r with cols; [exact positive |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ Q); [| lra | |].
- assert (1 <= gg * (1 + u a) ^ 3 * f) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra). rewrite <- (Rmult_1_l 1). apply
	Rmult_le_compat; lra.
- right. unfold f_pair, f. ring.
- apply Rplus_le_compat_r. unfold f_pair. fold f.
  replace (f * (1 + u a) ^ 2 * ((1 + u a) ^ 3 * eta a)) with ((1 + u a) ^ 2 * (f * ((1 + u a) ^ 3 * eta a))) by ring.
  apply Rmult_le_compat_l; [lra | exact B].
Qed.
Lemma double_gx r q : pair place a product_leaf (in_order n (fun k => block16 k (m k))) r q ->
	rel (quotient a r q cols) average_gx P (gg * gx * (1 + u a) ^ 4 * f_pair) (f_pair * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta a)) + eta
		a).
Proof.
intro Hp. assert (Ua := u_pos a). assert (L := lost_pos a (n + 20)).
assert (P4 := pow_grow a 0 4 ltac:(lia)). assert (P2 := pow_grow a 0 2 ltac:(lia)).
assert (G0 : 1 <= gg * gx) by nra.
assert (G4 : 1 <= gg * gx * (1 + u a) ^ 4) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
destruct (double_sum a a n m (fun x H => H) blocks product_leaf _ _ lost_p _ G4 lost_p_pos (fun p => is_chain_madd c a _ _)
	product_leaf_error r q blocks_few Hp) as (Ir & Iq & S).
cbn zeta in S. assert (Q := quotient_error a r q _ _ _ _ cols positive Ir Iq S). fold average_gx P in Q.
set (f := 1 + lost a (n + 20)) in *. assert (F : 1 <= f) by (unfold f; lra).
assert (B : f * whole n m lost_p / cols <= f * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta a))).
{ assert (W := whole_lost_p). unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_r with cols; [exact positive |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ Q); [| lra | |].
- assert (1 <= gg * gx * (1 + u a) ^ 4 * f) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra). rewrite <- (Rmult_1_l 1). apply
	Rmult_le_compat; lra.
- right. unfold f_pair, f. ring.
- apply Rplus_le_compat_r. unfold f_pair. fold f.
  replace (f * (1 + u a) ^ 2 * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta a))) with ((1 + u a) ^ 2 * (f * ((1 + u a) ^ 5 * ((2 * gx + 1) * eta
    a)))) by ring.
  apply Rmult_le_compat_l; [lra | exact B].
Qed.
End Doubles.
End Sums.
