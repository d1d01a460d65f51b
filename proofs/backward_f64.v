(* dx of doubles, as section 10 is: a1 and a2 go through the sum of their pair and a quotient, and rstd multiplies last. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Local Open Scope R_scope.

Section Dx.
Variables (c : class) (n : nat) (m : nat -> nat) (cols : R).
Variables (gc ge xc xe M bg l : nat -> nat -> R) (rs r : R).
Notation u := (u f64).
Notation eta := (eta f64).
(* xhat is off by X u max(1, |xhat|), rstd by e u rstd and its rounding. *)
Variables X e : R.
Hypothesis X_range : 0 <= X <= 12.
Hypothesis e_range : 0 <= e <= 6.
Let gx := 1 + X * u.
Let gr := (1 + e * u) * (1 + u).
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
Let a1 := quotient f64 r1 q1 cols.
Let a2 := quotient f64 r2 q2 cols.

Lemma u_1 : 1 <= 1 + u. Proof. generalize (u_pos f64). lra. Qed.
Lemma gx_1 : 1 <= gx <= 1.001. Proof. unfold gx. rewrite u64. lra. Qed.
Lemma gr_1 : 1 <= gr <= 1 + (e + 1 + / 1000) * u /\ gr <= 1.001.
Proof. unfold gr. rewrite u64. lra. Qed.
Lemma eta_0 : 0 <= eta. Proof. apply eta_pos. Qed.
Lemma pair_small : 1 <= f_pair f64 n <= (1 + / 10 * u) * (1 + u) ^ 2.
Proof.
unfold f_pair. assert (L := lost_f64 n length). assert (L0 := lost_pos f64 (n + 20)). assert (Q := pow_grow f64 0 2 ltac:(lia)).
split; [rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra | apply Rmult_le_compat_r; lra].
Qed.
Lemma a1_error : rel a1 average_g A ((1 + u) ^ 6 * (1 + / 10 * u)) (202 / 100 * eta).
Proof.
assert (H := double_g f64 n m cols gc ge bg (1 + u) positive u_1 is_g (fun b i => proj1 (Bg b i)) Hg lose_g blocks (few_f64 n length)
	r1 q1 c1).
fold a1 A average_g in H. assert (F := pair_small). assert (E := eta_0). set (f := f_pair f64 n) in *.
assert (V : 1 <= (1 + u) * (1 + u) ^ 3) by (rewrite u64; lra).
apply (rel_weaken _ _ _ _ _ _ _ _ H); [rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra | lra | |].
- replace ((1 + u) ^ 6 * (1 + / 10 * u)) with ((1 + u) * (1 + u) ^ 3 * ((1 + / 10 * u) * (1 + u) ^ 2)) by ring. apply Rmult_le_compat_l;
	lra.
- assert (f * ((1 + u) ^ 3 * eta) <= 1001 / 1000 * (1001 / 1000 * eta)); [| lra].
  assert (0 <= (1 + u) ^ 3 <= 1001 / 1000) by (rewrite u64; lra).
  apply Rmult_le_compat; [lra | apply Rmult_le_pos; lra | | apply Rmult_le_compat_r; lra].
  apply Rle_trans with ((1 + / 10 * u) * (1 + u) ^ 2); [lra | rewrite u64; lra].
Qed.
Lemma a2_error : rel a2 average_gx P ((1 + u) ^ 7 * (1 + / 10 * u) * gx) (403 / 100 * eta).
Proof.
destruct gx_1 as [G G2].
assert (H := double_gx c f64 n m cols gc ge xc xe M bg l (1 + u) gx positive u_1 G (fun b i => proj1 (Bg b i)) Hg Hx Hl lose_l lose_m
	blocks (few_f64 n length) r2 q2 c2).
fold a2 P average_gx in H. assert (F := pair_small). assert (E := eta_0). set (f := f_pair f64 n) in *.
assert (V : 1 <= (1 + u) * (1 + u) ^ 4 <= 1.001) by (rewrite u64; lra).
assert (VG : 1 <= (1 + u) * gx * (1 + u) ^ 4).
{ replace ((1 + u) * gx * (1 + u) ^ 4) with ((1 + u) * (1 + u) ^ 4 * gx) by ring. rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; lra. }
apply (rel_weaken _ _ _ _ _ _ _ _ H); [rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra | lra | |].
- replace ((1 + u) ^ 7 * (1 + / 10 * u) * gx) with ((1 + u) * gx * (1 + u) ^ 4 * ((1 + / 10 * u) * (1 + u) ^ 2)) by ring.
  apply Rmult_le_compat_l; lra.
- assert (f * ((1 + u) ^ 5 * ((2 * gx + 1) * eta)) <= 1001 / 1000 * (1001 / 1000 * (3002 / 1000 * eta))); [| lra].
  assert (0 <= (1 + u) ^ 5 <= 1001 / 1000) by (rewrite u64; lra).
  assert (W : 0 <= (2 * gx + 1) * eta <= 3002 / 1000 * eta) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_r; lra]).
  apply Rmult_le_compat; [lra | apply Rmult_le_pos; lra | | apply Rmult_le_compat; lra].
  apply Rle_trans with ((1 + / 10 * u) * (1 + u) ^ 2); [lra | rewrite u64; lra].
Qed.

Variables (b i : nat).
Hypothesis M1 : 1 <= M b i.
Let g := gc b i.
Let xhat := xc b i.
Lemma weights : 0 <= A /\ 0 <= P /\ 0 <= r.
Proof.
assert (I : 0 < / cols) by now apply Rinv_0_lt_compat. repeat split; [| | apply (near_pos _ _ _ _ Hr)].
- unfold A. apply Rmult_le_pos; [| lra]. unfold whole. apply sum_pos; intros; apply sum_pos; intros; apply Rabs_pos.
- unfold P. apply Rmult_le_pos; [| lra]. unfold whole. apply sum_pos; intros; apply sum_pos; intros.
  apply Rmult_le_pos; [apply Rabs_pos | apply (near_pos _ _ _ _ (Hx _ _))].
Qed.

(* Growths multiply, their exponents add, up to a thousandth. *)
Lemma grow_add v w x y : 0 <= v <= 70 -> 0 <= w <= 70 -> 0 <= x -> 0 <= y -> x <= 1 + v * u -> y <= 1 + w * u ->
	x * y <= 1 + (v + w + / 1000) * u.
Proof.
intros Lv Lw Lx Ly Bx By. assert (x * y <= (1 + v * u) * (1 + w * u)) by (apply Rmult_le_compat; lra).
assert (v * w <= 70 * 70) by (apply Rmult_le_compat; lra). rewrite u64 in *. lra.
Qed.
Lemma D3_number : gx * ((1 + u) ^ 7 * (1 + / 10 * u) * gx) * extra c f64 * (1 + u) ^ 2 * gr - 1 <= D3_f64_of c X e * u.
Proof.
destruct gx_1 as [G G2]. destruct gr_1 as [[R R2] _]. assert (Z : 0 <= u <= 1 / 1000000) by (rewrite u64; lra).
set (K := (1 + u) ^ 9 * (1 + / 10 * u) * extra c f64).
assert (HK : 0 <= K <= 1 + match c with Fused => 911 / 100 | Unfused => 1011 / 100 end * u)
	by (unfold K, extra; rewrite u64; destruct c; lra).
assert (GG : gx * gx <= 1 + (X + X + / 1000) * u) by (apply grow_add; try lra; unfold gx; lra).
assert (S1 : K * (gx * gx) <= 1 + (match c with Fused => 911 / 100 | Unfused => 1011 / 100 end + (X + X + / 1000) + / 1000) * u)
	by (apply grow_add; try (destruct c; lra); apply Rmult_le_pos; lra).
assert (S2 : K * (gx * gx) * gr <= 1 + (match c with Fused => 911 / 100 | Unfused => 1011 / 100 end + (X + X + / 1000) + / 1000 +
	(e + 1 + / 1000) + / 1000) * u) by (apply grow_add; try (destruct c; lra); apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]).
replace (gx * ((1 + u) ^ 7 * (1 + / 10 * u) * gx) * extra c f64 * (1 + u) ^ 2 * gr) with (K * (gx * gx) * gr) by (unfold K; ring).
unfold D3_f64_of. rewrite u64 in *. destruct c; lra.
Qed.

(* The average of g as any number that is near enough; RMSNorm has 0. *)
Theorem dx_column a average A' : is f64 a -> 0 <= A' -> rel a average A' ((1 + u) ^ 6 * (1 + / 10 * u)) (202 / 100 * eta) ->
	Rabs (rnd f64 (madd c f64 (- xhat) a2 (rnd f64 (g - a)) * rs) - (ge b i - average - xe b i * average_gx) * r)
	<= u * (r * (D1_of e * Rabs (ge b i) + D2_f64_of e * A' + D3_f64_of c X e * (M b i * P))) + eta * (10 * r * M b i + 1).
Proof.
intros Ia WA H1. assert (E := eta_0). destruct gx_1 as [G G2]. destruct gr_1 as [[R R2] R3]. destruct weights as (_ & WP & Wr).
assert (B2 : 0 <= 403 / 100 * eta) by lra.
assert (D := dx_after c f64 g a a2 xhat rs (ge b i) average average_gx (xe b i) r A' (M b i) P (1 + u) _ _ gx gr (bg b i) _ _
	(is_g b i) Ia (Hg b i) H1 (Hx b i) Hr G B2 a2_error).
destruct D as [D _]. eapply Rle_trans; [exact D |]. clear D. apply Rplus_le_compat.
- assert (N1 : (1 + u) * (1 + u) ^ 3 * gr - 1 <= D1_of e * u).
  { assert (S : (1 + u) * (1 + u) ^ 3 * gr <= 1 + (4001 / 1000 + (e + 1 + / 1000) + / 1000) * u)
      by (apply grow_add; try lra; rewrite u64; lra). unfold D1_of. rewrite u64 in *. lra. }
  assert (N2 : (1 + u) ^ 6 * (1 + / 10 * u) * (1 + u) ^ 3 * gr - 1 <= D2_f64_of e * u).
  { assert (S : (1 + u) ^ 6 * (1 + / 10 * u) * (1 + u) ^ 3 * gr <= 1 + (911 / 100 + (e + 1 + / 1000) + / 1000) * u)
      by (apply grow_add; try lra; rewrite u64; lra). unfold D2_f64_of. rewrite u64 in *. lra. }
  assert (N3 := D3_number).
  assert (T1 := Rmult_le_compat_r (r * Rabs (ge b i)) _ _ (Rmult_le_pos _ _ Wr (Rabs_pos _)) N1).
  assert (T2 := Rmult_le_compat_r (r * A') _ _ (Rmult_le_pos _ _ Wr WA) N2).
  assert (T3 := Rmult_le_compat_r (r * (M b i * P)) _ _ (Rmult_le_pos _ _ Wr (Rmult_le_pos _ _ (Rle_trans _ _ _ Rle_0_1 M1) WP)) N3).
  lra.
- set (e0 := eta) in *. assert (Bgi := Bg b i). fold e0 in Bgi. assert (Z : 0 <= u <= 1 / 1000000) by (rewrite u64; lra).
  assert (Me : e0 <= M b i * e0) by (rewrite <- (Rmult_1_l e0) at 1; apply Rmult_le_compat_r; lra).
  assert (Q2 : 0 <= gx * M b i * (403 / 100 * e0) <= 404 / 100 * (M b i * e0)).
  { rewrite Rmult_assoc. assert (0 <= M b i * (403 / 100 * e0)) by (apply Rmult_le_pos; lra). split; [apply Rmult_le_pos; lra |].
    apply Rle_trans with (1001 / 1000 * (M b i * (403 / 100 * e0))); [apply Rmult_le_compat_r; lra | lra]. }
  set (I := (1 + u) * ((1 + u) * (bg b i + 202 / 100 * e0) + (1 + u) * (gx * M b i * (403 / 100 * e0)) + 2 * e0)).
  assert (HI : 0 <= I <= 92 / 10 * (M b i * e0)) by (unfold I; rewrite u64; split; lra).
  assert (RI : gr * r * I <= 93 / 10 * (r * (M b i * e0))).
  { assert (Y : 0 <= r * I <= r * (92 / 10 * (M b i * e0))) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_l; lra]).
    rewrite Rmult_assoc. apply Rle_trans with (1001 / 1000 * (r * (92 / 10 * (M b i * e0)))); [apply Rmult_le_compat; lra |].
    assert (0 <= r * (M b i * e0)) by (apply Rmult_le_pos; lra). lra. }
  assert (0 <= r * (M b i * e0)) by (apply Rmult_le_pos; lra).
  replace (e0 * (10 * r * M b i + 1)) with (10 * (r * (M b i * e0)) + e0) by ring.
  apply Rplus_le_compat_r. apply Rle_trans with ((1 + u) * (93 / 10 * (r * (M b i * e0)))); [apply Rmult_le_compat_l; [lra | exact RI] |
    rewrite u64; lra].
Qed.

Theorem dx_after_f64 :
	Rabs (rnd f64 (madd c f64 (- xhat) a2 (rnd f64 (g - a1)) * rs) - (ge b i - average_g - xe b i * average_gx) * r)
	<= u * (r * (D1_of e * Rabs (ge b i) + D2_f64_of e * A + D3_f64_of c X e * (M b i * P))) + eta * (10 * r * M b i + 1).
Proof. apply dx_column; [apply is_rnd | apply weights | exact a1_error]. Qed.

Theorem dx_rms_f64 :
	Rabs (rnd f64 (madd c f64 (- xhat) a2 (rnd f64 (g - 0)) * rs) - (ge b i - xe b i * average_gx) * r)
	<= u * (r * (D1_of e * Rabs (ge b i) + D3_f64_of c X e * (M b i * P))) + eta * (10 * r * M b i + 1).
Proof.
assert (E := eta_0). assert (Z : rel 0 0 0 ((1 + u) ^ 6 * (1 + / 10 * u)) (202 / 100 * eta)).
{ assert (V : 1 <= (1 + u) ^ 6 * (1 + / 10 * u)) by (rewrite u64; lra). apply (rel_weaken _ _ _ _ _ _ _ _ (rel_0 _ V)); lra. }
assert (H := dx_column 0 0 0 (is_0 f64) (Rle_refl 0) Z). rewrite (Rminus_0_r (ge b i)), Rmult_0_r, Rplus_0_r in H. exact H.
Qed.
End Dx.

(* dgamma and dbeta of doubles: 2^25 blocks of 32 rows, as pairs. *)
Require Import backward_columns.
Section Columns.
Variables (c : class) (n : nat) (dn xc xe M l : nat -> R) (start X : R).
Notation u := (u f64).
Hypothesis X_range : 0 <= X <= 12.
Let gx := 1 + X * u.
Hypothesis length : INR n <= 33554432.
Hypothesis Is : is f64 start.
Hypothesis is_dn : forall i, is f64 (dn i).
Hypothesis Hx : forall i, rel (xc i) (xe i) (M i) gx 0.
Hypothesis Hl : forall i, loss f64 (dn i * xc i) (l i).
Lemma few_totals : few f64 (height _ (totals n)).
Proof. apply (fewer f64 _ _ (height_totals n)). unfold few. rewrite plus_INR. simpl INR at 2. rewrite u64. lra. Qed.
Lemma lost_totals : 0 <= lost f64 (height _ (totals n)) <= 4 / 10 * u.
Proof.
split; [apply lost_pos |]. assert (H := height_totals n). assert (N : INR (height _ (totals n)) <= 33554441).
{ eapply Rle_trans; [apply le_INR, H |]. rewrite plus_INR. simpl INR at 2. lra. }
eapply Rle_trans; [apply (lost_below f64 _ _ N); rewrite u64; lra |]. rewrite u64. lra.
Qed.
Theorem dgamma_f64 r q : pair _ f64 (gamma_leaf c f64 dn xc start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - gamma_exact n dn xe start)
	<= (own_gamma_f64 + X) * u * gamma_weight n dn M start + 1001 / 1000 * gamma_lost n l.
Proof.
intro P. assert (U := u_pos f64).
assert (G1 : 1 <= gx) by (unfold gx; rewrite u64; lra).
destruct (gamma_pair c f64 f64 n (fun x H => H) dn xc xe M l start _ G1 Is Hx Hl r q few_totals P) as (Ir & Iq & R).
destruct (rel_add f64 r q _ _ _ _ Ir Iq R) as [S W]. eapply Rle_trans; [exact S |].
assert (L := lost_totals). set (z := lost f64 (height _ (totals n))) in *.
assert (G : 0 <= gamma_lost n l) by (apply sum_pos; intros; apply (loss_pos _ _ _ (Hl i))).
assert (Wp : 0 <= gamma_weight n dn M start) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
apply Rplus_le_compat.
- apply Rmult_le_compat_r; [exact Wp |].
  assert (0 <= gx * (1 + u) ^ 5) by (apply Rmult_le_pos; [lra | apply pow_le; lra]).
  assert (gx * (1 + u) ^ 5 * (1 + z) <= gx * (1 + u) ^ 5 * (1 + 4 / 10 * u)) by (apply Rmult_le_compat_l; lra).
  apply Rle_trans with (gx * (1 + u) ^ 5 * (1 + 4 / 10 * u) - 1); [lra |].
  unfold gx, own_gamma_f64. rewrite u64. lra.
- replace ((1 + u) * ((1 + z) * ((1 + u) ^ 5 * gamma_lost n l))) with ((1 + u) ^ 6 * (1 + z) * gamma_lost n l) by ring.
  apply Rmult_le_compat_r; [exact G |]. apply Rle_trans with ((1 + u) ^ 6 * (1 + 4 / 10 * u)); [apply Rmult_le_compat_l; [apply pow_le;
    lra | lra] | rewrite u64; lra].
Qed.
Theorem dbeta_f64 r q : pair _ f64 (beta_leaf f64 dn start) (totals n) r q ->
	Rabs (rnd f64 (r + q) - beta_exact n dn start) <= own_beta_f64 * u * beta_weight n dn start.
Proof.
intro P. assert (U := u_pos f64).
destruct (beta_pair f64 f64 n (fun x H => H) dn start Is is_dn r q few_totals P) as (Ir & Iq & R).
destruct (rel_add f64 r q _ _ _ _ Ir Iq R) as [S W]. eapply Rle_trans; [exact S |].
assert (L := lost_totals). set (z := lost f64 (height _ (totals n))) in *.
assert (Wp : 0 <= beta_weight n dn start) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
rewrite Rmult_0_r, Rplus_0_r. apply Rmult_le_compat_r; [exact Wp |].
assert ((1 + u) ^ 4 * (1 + z) <= (1 + u) ^ 4 * (1 + 4 / 10 * u)) by (apply Rmult_le_compat_l; [apply pow_le |]; lra).
apply Rle_trans with ((1 + u) ^ 4 * (1 + 4 / 10 * u) - 1); [lra |]. unfold own_beta_f64. rewrite u64. lra.
Qed.
End Columns.
