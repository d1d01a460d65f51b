(* dx of doubles: as section 10 is (a1 and a2 go through the sum of their pair and a quotient), and with averages that are rounded once and
   multiplied by rstd before the last madd. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Local Open Scope R_scope.

Section Dx.
Variables (c : class) (n : nat) (m : nat -> nat) (cols : R).
Variables (gc ge xc xe M bg l : nat -> nat -> R) (rs r : R).
Notation u := (u f64).
Notation eta := (eta f64).
Let gx := grow_xhat c f64.
Let gr := grow_rstd f64.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 16777216.
Hypothesis is_g : forall b i, is f64 (gc b i).
Hypothesis Bg : forall b i, 0 <= bg b i <= eta.
Hypothesis Hg : forall b i, rel (gc b i) (ge b i) (Rabs (ge b i)) (1 + u) (bg b i).
Hypothesis Hx : forall b i, rel (xc b i) (xe b i) (M b i) gx 0.
Hypothesis Hl : forall b i, loss f64 (gc b i * xc b i) (l b i).
Hypothesis lose_g : whole n m bg <= cols * eta.
Hypothesis lose_l : whole n m l <= cols * eta.
Hypothesis lose_m : whole n m (fun b i => M b i * bg b i) <= 2 * cols * eta.
Hypothesis Hr : rel rs r r gr 0.

Let A := whole n m (fun b i => Rabs (ge b i)) / cols.
Let P := whole n m (fun b i => Rabs (ge b i) * M b i) / cols.
Let average_g := whole n m ge / cols.
Let average_gx := whole n m (fun b i => ge b i * xe b i) / cols.
Variables r1 q1 r2 q2 : R.
Hypothesis c1 : pair place f64 (sum_leaf f64 gc) (in_order n (fun b => block16 b (m b))) r1 q1.
Hypothesis c2 : pair place f64 (product_leaf c f64 gc xc) (in_order n (fun b => block16 b (m b))) r2 q2.

Lemma u_1 : 1 <= 1 + u. Proof. generalize (u_pos f64). lra. Qed.
Lemma gx_1 : 1 <= gx <= 1 + 1195 / 100 * u /\ gx <= 1.001.
Proof. unfold gx, grow_xhat, statistics, xhat_roundings. rewrite u64. destruct c; lra. Qed.
Lemma gr_1 : 1 <= gr <= 1.001.
Proof. unfold gr, grow_rstd, grow_rstd64, rstd64. rewrite u64. lra. Qed.
Lemma pair_small : 1 <= 1 + lost f64 (n + 20) <= 1 + / 10 * u.
Proof. generalize (lost_f64 n length) (lost_pos f64 (n + 20)). lra. Qed.
Lemma eta_0 : 0 <= eta. Proof. apply eta_pos. Qed.
Lemma at_least_1 x y : 1 <= x -> 1 <= y -> 1 <= x * y. Proof. nra. Qed.

(* The exact quotients of the pairs. *)
Lemma g_pair : rel ((r1 + q1) / cols) average_g A ((1 + u) ^ 4 * (1 + / 10 * u)) (101 / 100 * eta).
Proof.
assert (F := pair_small). assert (E := eta_0). assert (U1 := u_1).
assert (G3 : 1 <= (1 + u) * (1 + u) ^ 3) by (apply at_least_1; [lra | apply pow_R1_Rle; lra]).
destruct (double_sum f64 f64 n m (fun x H => H) blocks (sum_leaf f64 gc) ge _ (lost_g f64 bg) _ G3 (lost_g_pos f64 bg (fun b i => proj1
	(Bg b i)))
	(fun p => is_chain f64 _) (sum_leaf_error f64 gc ge bg (1 + u) u_1 is_g (fun b i => proj1 (Bg b i)) Hg) r1 q1 c1) as (_ & _ & S).
cbn zeta in S. set (f := 1 + lost f64 (n + 20)) in *.
assert (T := rel_over _ _ _ _ _ cols positive S). fold average_g A in T.
assert (W := whole_lost_g f64 n m cols bg lose_g).
assert (B : f * whole n m (lost_g f64 bg) / cols <= f * ((1 + u) ^ 3 * eta)).
{ unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_r with cols; [exact positive |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ T); [apply at_least_1; lra | lra | |].
- replace ((1 + u) ^ 4 * (1 + / 10 * u)) with ((1 + u) * (1 + u) ^ 3 * (1 + / 10 * u)) by ring. apply Rmult_le_compat_l; lra.
- eapply Rle_trans; [exact B |]. apply Rle_trans with ((1 + / 10 * u) * ((1 + u) ^ 3 * eta)).
  + apply Rmult_le_compat_r; [apply Rmult_le_pos; [apply pow_le; lra | exact E] | lra].
  + rewrite u64. lra.
Qed.
Lemma gx_pair : rel ((r2 + q2) / cols) average_gx P ((1 + u) ^ 5 * gx * (1 + / 10 * u)) (302 / 100 * eta).
Proof.
assert (F := pair_small). assert (E := eta_0). assert (U1 := u_1). destruct gx_1 as [[X X'] X2].
assert (G4 : 1 <= (1 + u) * gx * (1 + u) ^ 4) by (apply at_least_1; [apply at_least_1; lra | apply pow_R1_Rle; lra]).
destruct (double_sum f64 f64 n m (fun x H => H) blocks (product_leaf c f64 gc xc) _ _ (lost_p f64 M bg l gx) _ G4
	(lost_p_pos f64 gc xc xe M bg l gx X (fun b i => proj1 (Bg b i)) Hx Hl) (fun p => is_chain_madd c f64 _ _)
	(product_leaf_error c f64 gc ge xc xe M bg l (1 + u) gx u_1 X (fun b i => proj1 (Bg b i)) Hg Hx Hl) r2 q2 c2) as (_ & _ & S).
cbn zeta in S. set (f := 1 + lost f64 (n + 20)) in *.
assert (T := rel_over _ _ _ _ _ cols positive S). fold average_gx P in T.
assert (W := whole_lost_p f64 n m cols M bg l gx X lose_l lose_m).
assert (B : f * whole n m (lost_p f64 M bg l gx) / cols <= f * ((1 + u) ^ 5 * ((2 * gx + 1) * eta))).
{ unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_r with cols; [exact positive |]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ T); [apply at_least_1; lra | lra | |].
- replace ((1 + u) ^ 5 * gx * (1 + / 10 * u)) with ((1 + u) * gx * (1 + u) ^ 4 * (1 + / 10 * u)) by ring. apply Rmult_le_compat_l; lra.
- eapply Rle_trans; [exact B |].
  assert (Y : 0 <= (2 * gx + 1) * eta <= 3002 / 1000 * eta) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_r; lra]).
  assert (f * (1 + u) ^ 5 * ((2 * gx + 1) * eta) <= 1001 / 1000 * (3002 / 1000 * eta)); [| lra].
  assert (Q : 0 <= (1 + u) ^ 5 <= 10001 / 10000) by (split; [apply pow_le; lra | rewrite u64; lra]).
  apply Rmult_le_compat; try lra; [apply Rmult_le_pos; lra |].
  apply Rle_trans with ((1 + / 10 * u) * (10001 / 10000)); [apply Rmult_le_compat; lra | rewrite u64; lra].
Qed.

Variables (b i : nat).
Hypothesis M1 : 1 <= M b i.
Let g := gc b i.
Let xhat := xc b i.
Let exact := (ge b i - average_g - xe b i * average_gx) * r.
Lemma weights : 0 <= A /\ 0 <= P /\ 0 <= r.
Proof.
assert (I : 0 < / cols) by now apply Rinv_0_lt_compat. repeat split; [| | apply (near_pos _ _ _ _ Hr)].
- unfold A. apply Rmult_le_pos; [| lra]. unfold whole. apply sum_pos; intros; apply sum_pos; intros; apply Rabs_pos.
- unfold P. apply Rmult_le_pos; [| lra]. unfold whole. apply sum_pos; intros; apply sum_pos; intros.
  apply Rmult_le_pos; [apply Rabs_pos | apply (near_pos _ _ _ _ (Hx _ _))].
Qed.

(* From growths below 1 + D u, term by term, to the bound. *)
Lemma by_terms g1 g2 g3 d1 d2 d3 : g1 - 1 <= d1 * u -> g2 - 1 <= d2 * u -> g3 - 1 <= d3 * u ->
	(g1 - 1) * (r * Rabs (ge b i)) + (g2 - 1) * (r * A) + (g3 - 1) * (r * (M b i * P))
	<= u * (r * (d1 * Rabs (ge b i) + d2 * A + d3 * (M b i * P))).
Proof.
intros H1 H2 H3. destruct weights as (WA & WP & Wr).
assert (T1 : (g1 - 1) * (r * Rabs (ge b i)) <= d1 * u * (r * Rabs (ge b i))) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra |
	apply Rabs_pos] | lra]).
assert (T2 : (g2 - 1) * (r * A) <= d2 * u * (r * A)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra | lra]).
assert (T3 : (g3 - 1) * (r * (M b i * P)) <= d3 * u * (r * (M b i * P))) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra | apply
	Rmult_le_pos; lra] | lra]).
lra.
Qed.

(* As it is: the sum of the pair, and its quotient, are rounded; LN_EPS_OUTSIDE not used. *)
Let a1 := quotient f64 r1 q1 cols.
Let a2 := quotient f64 r2 q2 cols.
Theorem dx_after_f64 :
	Rabs (rnd f64 (madd c f64 (- xhat) a2 (rnd f64 (g - a1)) * rs) - exact)
	<= u * (r * (D1 * Rabs (ge b i) + D2_f64 * A + D3_f64 c * (M b i * P))) + eta * (10 * r * M b i + 1).
Proof.
assert (E := eta_0). assert (U1 := u_1). destruct gx_1 as [[X X'] X2]. assert (R := gr_1). destruct weights as (WA & WP & Wr).
destruct (pair_error _ f64 _ _ r1 q1 (fun p => is_chain f64 _) c1) as (I1 & J1 & _).
destruct (pair_error _ f64 _ _ r2 q2 (fun p => is_chain_madd c f64 _ _) c2) as (I2 & J2 & _).
assert (Q : forall x y e w h z, is f64 x -> is f64 y -> rel ((x + y) / cols) e w h z -> rel (quotient f64 x y cols) e w (h * (1 + u) ^ 2)
	((1 + u) ^ 2 * z + eta)).
{ intros x y e w h z Ix Iy H.
  assert (H' : rel (x + y) (e * cols) (w * cols) h (z * cols)).
  { destruct H as [Ha Hb]. assert (AX : forall t, Rabs (t / cols) = Rabs t / cols) by (intro t; unfold Rdiv; rewrite Rabs_mult,
    (Rabs_pos_eq (/ cols)); [reflexivity | left; now apply Rinv_0_lt_compat]).
    split.
    - replace (x + y - e * cols) with (((x + y) / cols - e) * cols) by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq cols) by lra.
      replace ((h - 1) * (w * cols) + z * cols) with (((h - 1) * w + z) * cols) by ring. apply Rmult_le_compat_r; lra.
    - rewrite Rabs_mult, (Rabs_pos_eq cols) by lra. apply Rmult_le_compat_r; lra. }
  assert (T := quotient_error f64 x y _ _ _ _ cols positive Ix Iy H').
  replace (e * cols / cols) with e in T by (field; lra). replace (w * cols / cols) with w in T by (field; lra).
  replace (z * cols / cols) with z in T by (field; lra). exact T. }
assert (H1 := Q _ _ _ _ _ _ I1 J1 g_pair). assert (H2 := Q _ _ _ _ _ _ I2 J2 gx_pair). fold a1 in H1. fold a2 in H2.
set (B1 := (1 + u) ^ 2 * (101 / 100 * eta) + eta) in *. set (B2 := (1 + u) ^ 2 * (302 / 100 * eta) + eta) in *.
assert (HB1 : 0 <= B1 <= 202 / 100 * eta) by (unfold B1; rewrite u64; split; lra).
assert (HB2 : 0 <= B2 <= 403 / 100 * eta) by (unfold B2; rewrite u64; split; lra).
assert (D := dx_after c f64 g a1 a2 xhat rs (ge b i) average_g average_gx (xe b i) r A (M b i) P (1 + u) _ _ gx gr (bg b i) B1 B2
	(is_g b i) (is_rnd f64 _) (Hg b i) H1 (Hx b i) Hr X (proj1 HB2) H2).
destruct D as [D _]. fold exact in D. eapply Rle_trans; [exact D |]. clear D. apply Rplus_le_compat.
- apply by_terms.
  + unfold gr, grow_rstd, grow_rstd64, rstd64, D1. rewrite u64. lra.
  + unfold gr, grow_rstd, grow_rstd64, rstd64, D2_f64. rewrite u64. lra.
  + unfold gx, grow_xhat, statistics, xhat_roundings, extra, gr, grow_rstd, grow_rstd64, rstd64, D3_f64. rewrite u64. destruct c; lra.
- set (e := eta) in *. assert (Bgi := Bg b i). fold e in Bgi.
  assert (Me : e <= M b i * e) by (rewrite <- (Rmult_1_l e) at 1; apply Rmult_le_compat_r; lra).
  assert (Q2 : 0 <= gx * M b i * B2 <= 404 / 100 * (M b i * e)).
  { assert (Y : 0 <= M b i * B2 <= M b i * (403 / 100 * e)) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_l; lra]).
    rewrite Rmult_assoc. split; [apply Rmult_le_pos; lra |].
    apply Rle_trans with (1001 / 1000 * (M b i * (403 / 100 * e))); [apply Rmult_le_compat; lra | lra]. }
  set (I := (1 + u) * ((1 + u) * (bg b i + B1) + (1 + u) * (gx * M b i * B2) + 2 * e)).
  assert (HI : 0 <= I <= 92 / 10 * (M b i * e)) by (unfold I; rewrite u64; split; lra).
  assert (RI : gr * r * I <= 93 / 10 * (r * (M b i * e))).
  { assert (Y : 0 <= r * I <= r * (92 / 10 * (M b i * e))) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_l; lra]).
    rewrite Rmult_assoc. apply Rle_trans with (1001 / 1000 * (r * (92 / 10 * (M b i * e)))); [apply Rmult_le_compat; lra |].
    assert (0 <= r * (M b i * e)) by (apply Rmult_le_pos; lra). lra. }
  assert (0 <= r * (M b i * e)) by (apply Rmult_le_pos; lra).
  replace (e * (10 * r * M b i + 1)) with (10 * (r * (M b i * e)) + e) by ring.
  apply Rplus_le_compat_r. apply Rle_trans with ((1 + u) * (93 / 10 * (r * (M b i * e)))); [apply Rmult_le_compat_l; [lra | exact RI] |
    rewrite u64; lra].
Qed.

(* Averages that are rounded once: a from the exact pair of c1, b that of c2 times rstd; pairs of quotients and products cost 2^-100 of
	them. *)
Variables (a b2 : R).
Hypothesis Ia : is f64 a.
Hypothesis once_a : Rabs (a - (r1 + q1) / cols) <= 101 / 100 * u * Rabs ((r1 + q1) / cols) + 2 * eta.
Hypothesis once_b : Rabs (b2 - (r2 + q2) / cols * rs) <= 101 / 100 * u * Rabs ((r2 + q2) / cols * rs) + 2 * eta.
Theorem dx_before_f64 :
	Rabs (madd c f64 (- xhat) b2 (rnd f64 (rnd f64 (g - a) * rs)) - exact)
	<= u * (r * (D1 * Rabs (ge b i) + D2_f64_once * A + D3_f64_once c * (M b i * P))) + eta * (8 * r * M b i + 6 * M b i).
Proof.
assert (E := eta_0). assert (U1 := u_1). destruct gx_1 as [[X X'] X2]. assert (R := gr_1). destruct weights as (WA & WP & Wr).
assert (v : 0 <= 101 / 100 * u) by (rewrite u64; lra).
assert (H1 := rel_round _ _ _ _ _ _ _ _ g_pair v once_a).
assert (H2 := rel_round _ _ _ _ _ _ _ _ (rel_times _ _ _ _ _ _ _ _ gx_pair Hr) v once_b).
set (B1 := (1 + 101 / 100 * u) * (101 / 100 * eta) + 2 * eta) in *.
set (B2 := (1 + 101 / 100 * u) * (gr * r * (302 / 100 * eta)) + 2 * eta) in *.
assert (re : 0 <= r * eta) by (apply Rmult_le_pos; lra).
assert (HB1 : 0 <= B1 <= 302 / 100 * eta) by (unfold B1; rewrite u64; split; lra).
assert (HB2 : 0 <= B2 <= 304 / 100 * (r * eta) + 2 * eta).
{ assert (Y : 0 <= gr * (r * eta) <= 1001 / 1000 * (r * eta)) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_r; lra]).
  unfold B2. rewrite u64. split; lra. }
assert (D := dx_before c f64 g a xhat rs (ge b i) average_g average_gx (xe b i) r A (M b i) P (1 + u) _ _ gx gr (bg b i) B1 B2
	(is_g b i) Ia (Hg b i) H1 (Hx b i) Hr X (proj1 HB2) b2 H2).
destruct D as [D _]. fold exact in D. eapply Rle_trans; [exact D |]. clear D. apply Rplus_le_compat.
- apply by_terms.
  + unfold gr, grow_rstd, grow_rstd64, rstd64, D1. rewrite u64. lra.
  + unfold gr, grow_rstd, grow_rstd64, rstd64, D2_f64_once. rewrite u64. lra.
  + unfold gx, grow_xhat, statistics, xhat_roundings, extra, gr, grow_rstd, grow_rstd64, rstd64, D3_f64_once. rewrite u64. destruct c; lra.
- set (e := eta) in *. assert (Bgi := Bg b i). fold e in Bgi.
  assert (Me : e <= M b i * e) by (rewrite <- (Rmult_1_l e) at 1; apply Rmult_le_compat_r; lra).
  assert (Mr : r * e <= M b i * (r * e)) by (rewrite <- (Rmult_1_l (r * e)) at 1; apply Rmult_le_compat_r; lra).
  assert (Q1 : gr * r * ((1 + u) * (bg b i + B1)) <= 404 / 100 * (r * e)).
  { assert (Y : 0 <= r * ((1 + u) * (bg b i + B1)) <= r * (403 / 100 * e)).
    { split; [apply Rmult_le_pos; [exact Wr | rewrite u64; lra] | apply Rmult_le_compat_l; [exact Wr | rewrite u64; lra]]. }
    rewrite Rmult_assoc. apply Rle_trans with (1001 / 1000 * (r * (403 / 100 * e))); [apply Rmult_le_compat; lra | lra]. }
  assert (Q2 : gx * M b i * B2 <= 305 / 100 * (M b i * (r * e)) + 201 / 100 * (M b i * e)).
  { assert (Y : 0 <= M b i * B2 <= M b i * (304 / 100 * (r * e) + 2 * e)) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_l;
    lra]).
    rewrite Rmult_assoc. apply Rle_trans with (1001 / 1000 * (M b i * (304 / 100 * (r * e) + 2 * e))); [apply Rmult_le_compat; lra | lra]. }
  replace (e * (8 * r * M b i + 6 * M b i)) with (8 * (M b i * (r * e)) + 6 * (M b i * e)) by ring.
  set (q1' := gr * r * ((1 + u) * (bg b i + B1))) in *. set (q2' := gx * M b i * B2) in *.
  rewrite u64. lra.
Qed.
End Dx.

(* dgamma and dbeta of doubles: 2^25 blocks of 32 rows, as pairs. *)
Require Import backward_columns.
Section Columns.
Variables (c : class) (n : nat) (dn xc xe M l : nat -> R) (start : R).
Notation u := (u f64).
Hypothesis length : INR n <= 33554432.
Hypothesis Is : is f64 start.
Hypothesis is_dn : forall i, is f64 (dn i).
Hypothesis Hx : forall i, rel (xc i) (xe i) (M i) (grow_xhat c f64) 0.
Hypothesis Hl : forall i, loss f64 (dn i * xc i) (l i).
Lemma lost_totals : 0 <= lost f64 (height _ (totals n)) <= 4 / 10 * u.
Proof.
split; [apply lost_pos |]. assert (H := height_totals n). assert (N : INR (height _ (totals n)) <= 33554441).
{ eapply Rle_trans; [apply le_INR, H |]. rewrite plus_INR. simpl INR at 2. lra. }
eapply Rle_trans; [apply (lost_below f64 _ _ N); rewrite u64; lra |]. rewrite u64. lra.
Qed.
Theorem dgamma_f64 r q : pair _ f64 (gamma_leaf c f64 dn xc start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - gamma_exact n dn xe start)
	<= (own_gamma_f64 + statistics + xhat_roundings c) * u * gamma_weight n dn M start + 1001 / 1000 * gamma_lost n l.
Proof.
intro P. assert (U := u_pos f64).
assert (X : 1 <= grow_xhat c f64) by (unfold grow_xhat, statistics, xhat_roundings; rewrite u64; destruct c; lra).
destruct (gamma_pair c f64 f64 n (fun x H => H) dn xc xe M l start _ X Is Hx Hl r q P) as (Ir & Iq & R).
destruct (rel_add f64 r q _ _ _ _ Ir Iq R) as [S W]. eapply Rle_trans; [exact S |].
assert (L := lost_totals). set (z := lost f64 (height _ (totals n))) in *.
assert (G : 0 <= gamma_lost n l) by (apply sum_pos; intros; apply (loss_pos _ _ _ (Hl i))).
assert (Wp : 0 <= gamma_weight n dn M start) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
apply Rplus_le_compat.
- apply Rmult_le_compat_r; [exact Wp |].
  assert (0 <= grow_xhat c f64 * (1 + u) ^ 5) by (apply Rmult_le_pos; [lra | apply pow_le; lra]).
  assert (grow_xhat c f64 * (1 + u) ^ 5 * (1 + z) <= grow_xhat c f64 * (1 + u) ^ 5 * (1 + 4 / 10 * u)) by (apply Rmult_le_compat_l; lra).
  apply Rle_trans with (grow_xhat c f64 * (1 + u) ^ 5 * (1 + 4 / 10 * u) - 1); [lra |].
  unfold grow_xhat, statistics, xhat_roundings, own_gamma_f64. rewrite u64. destruct c; lra.
- replace ((1 + u) * ((1 + z) * ((1 + u) ^ 5 * gamma_lost n l))) with ((1 + u) ^ 6 * (1 + z) * gamma_lost n l) by ring.
  apply Rmult_le_compat_r; [exact G |]. apply Rle_trans with ((1 + u) ^ 6 * (1 + 4 / 10 * u)); [apply Rmult_le_compat_l; [apply pow_le;
    lra | lra] | rewrite u64; lra].
Qed.
Theorem dbeta_f64 r q : pair _ f64 (beta_leaf f64 dn start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - beta_exact n dn start) <= own_beta_f64 * u * beta_weight n dn start.
Proof.
intro P. assert (U := u_pos f64).
destruct (beta_pair f64 f64 n (fun x H => H) dn start Is is_dn r q P) as (Ir & Iq & R).
destruct (rel_add f64 r q _ _ _ _ Ir Iq R) as [S W]. eapply Rle_trans; [exact S |].
assert (L := lost_totals). set (z := lost f64 (height _ (totals n))) in *.
assert (Wp : 0 <= beta_weight n dn start) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
rewrite Rmult_0_r, Rplus_0_r. apply Rmult_le_compat_r; [exact Wp |].
assert ((1 + u) ^ 4 * (1 + z) <= (1 + u) ^ 4 * (1 + 4 / 10 * u)) by (apply Rmult_le_compat_l; [apply pow_le |]; lra).
apply Rle_trans with ((1 + u) ^ 4 * (1 + 4 / 10 * u) - 1); [lra |]. unfold own_beta_f64. rewrite u64. lra.
Qed.
End Columns.
