(* The last operations of dx, for one column: from the errors of g, the averages, xhat and rstd to that of dx, term by term. A growth is
   1 + the relative error of its term. *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums.
Local Open Scope R_scope.

(* Three terms, each with a growth of its own. *)
Definition rel3 c e w1 g1 w2 g2 w3 g3 b := near c e (w1 + w2 + w3) ((g1 - 1) * w1 + (g2 - 1) * w2 + (g3 - 1) * w3 + b).

Lemma rel3_round r c e w1 g1 w2 g2 w3 g3 b v z : rel3 c e w1 g1 w2 g2 w3 g3 b -> 0 <= v -> Rabs (r - c) <= v * Rabs c + z ->
	rel3 r e w1 (g1 * (1 + v)) w2 (g2 * (1 + v)) w3 (g3 * (1 + v)) ((1 + v) * b + z).
Proof.
intros H Hv Hr. assert (R := near_round r c _ _ _ v z H Hv Hr). unfold rel3.
replace ((g1 * (1 + v) - 1) * w1 + (g2 * (1 + v) - 1) * w2 + (g3 * (1 + v) - 1) * w3 + ((1 + v) * b + z)) with
	((g1 - 1) * w1 + (g2 - 1) * w2 + (g3 - 1) * w3 + b + v * (w1 + w2 + w3 + ((g1 - 1) * w1 + (g2 - 1) * w2 + (g3 - 1) * w3 + b)) + z)
		by ring.
exact R.
Qed.
Lemma rel3_rnd a c e w1 g1 w2 g2 w3 g3 b : rel3 c e w1 g1 w2 g2 w3 g3 b ->
	rel3 (rnd a c) e w1 (g1 * (1 + u a)) w2 (g2 * (1 + u a)) w3 (g3 * (1 + u a)) ((1 + u a) * b + eta a).
Proof. intro H. apply (rel3_round _ c); [exact H | apply u_pos | apply rnd_any]. Qed.
Lemma rel3_add a x y e w1 g1 w2 g2 w3 g3 b : is a x -> is a y -> rel3 (x + y) e w1 g1 w2 g2 w3 g3 b ->
	rel3 (rnd a (x + y)) e w1 (g1 * (1 + u a)) w2 (g2 * (1 + u a)) w3 (g3 * (1 + u a)) ((1 + u a) * b).
Proof.
intros Hx Hy H. rewrite <- (Rplus_0_r ((1 + u a) * b)).
apply (rel3_round _ (x + y)); [exact H | apply u_pos | rewrite Rplus_0_r; now apply rnd_add].
Qed.
Lemma rel3_scale c e w1 g1 w2 g2 w3 g3 b s r g : rel3 c e w1 g1 w2 g2 w3 g3 b -> rel s r r g 0 ->
	rel3 (c * s) (e * r) (r * w1) (g1 * g) (r * w2) (g2 * g) (r * w3) (g3 * g) (g * r * b).
Proof.
intros H R. assert (P := near_mult _ _ _ _ _ _ _ _ H R). unfold rel3. destruct P as [P1 P2]. split; [| eapply Rle_trans; [exact P2 | lra]].
eapply Rle_trans; [exact P1 |]. right. ring.
Qed.
Lemma rel3_minus s se w1 g1 w2 g2 b p pe w3 g3 bp : rel3 s se w1 g1 w2 g2 0 1 b -> rel p pe w3 g3 bp ->
	rel3 (- p + s) (se - pe) w1 g1 w2 g2 w3 g3 (b + bp).
Proof.
intros H R. assert (M := near_minus _ _ _ _ _ _ _ _ H R). unfold rel3.
replace (- p + s) with (s - p) by ring. destruct M as [M1 M2]. split; [| eapply Rle_trans; [exact M2 | lra]].
eapply Rle_trans; [exact M1 |]. lra.
Qed.
Lemma rel3_from c e w1 g1 b1 c2 e2 w2 g2 b2 : rel c e w1 g1 b1 -> rel c2 e2 w2 g2 b2 -> rel3 (c - c2) (e - e2) w1 g1 w2 g2 0 1 (b1 + b2).
Proof.
intros H R. assert (M := near_minus _ _ _ _ _ _ _ _ H R). unfold rel3. destruct M as [M1 M2]. split; [| eapply Rle_trans; [exact M2 | lra]].
eapply Rle_trans; [exact M1 |]. lra.
Qed.

Section Column.
Variables (c : class) (a : arith).
(* computed values; exact ones; weights; growths; what products may lose beside (0 but for denormals) *)
Variables (g a1 a2 xhat rs : R) (ge ae e2 xe r A M P gg ga g2 gx gr bg ba b2 : R).
Hypothesis Ig : is a g.
Hypothesis I1 : is a a1.
Hypothesis Hg : rel g ge (Rabs ge) gg bg.
Hypothesis H1 : rel a1 ae A ga ba.
Hypothesis Hx : rel xhat xe M gx 0.
Hypothesis Hr : rel rs r r gr 0.
Hypotheses (Gr : 1 <= gr) (Gx : 1 <= gx) (G2 : 1 <= g2) (B2 : 0 <= b2).

(* The class costs one rounding of the product. *)
Definition extra := match c with Fused => 1 | Unfused => 1 + u a end.
Lemma extra_1 : 1 <= extra. Proof. unfold extra. destruct c; generalize (u_pos a); lra. Qed.

Lemma last_madd x y z e w1 h1 w2 h2 b p : is a z -> rel3 z e w1 h1 w2 h2 0 1 b -> rel x xe M gx 0 -> rel y p (P * r) g2 b2 ->
	rel3 (madd c a (- x) y z) (e - xe * p) w1 (h1 * (1 + u a)) w2 (h2 * (1 + u a)) (M * (P * r)) (gx * g2 * extra * (1 + u a))
		((1 + u a) * (b + (1 + u a) * (gx * M * b2) + 2 * eta a)).
Proof.
intros Iz Hz Hx' Hy. assert (U := u_pos a). assert (E := eta_pos a).
assert (Hp := rel_mult _ _ _ _ _ _ _ _ _ _ Hx' Hy).
replace (gx * M * b2 + g2 * (P * r) * 0 + 0 * b2) with (gx * M * b2) in Hp by ring.
assert (Q : 0 <= gx * M * b2) by (repeat apply Rmult_le_pos; try lra; apply (near_pos _ _ _ _ Hx')).
unfold madd, extra. destruct c.
- assert (S := rel3_rnd a _ _ _ _ _ _ _ _ _ (rel3_minus _ _ _ _ _ _ _ _ _ _ _ _ Hz Hp)).
  replace (- x * y + z) with (- (x * y) + z) by ring. rewrite (Rmult_1_r (gx * g2)).
  destruct S as [S1 S2]. split; [| exact S2]. eapply Rle_trans; [exact S1 |].
  assert (0 <= u a * (gx * M * b2)) by (apply Rmult_le_pos; lra). assert (0 <= u a * (u a * (gx * M * b2))) by (apply Rmult_le_pos; lra).
  assert (0 <= u a * eta a) by (apply Rmult_le_pos; lra). lra.
- assert (T := rel_rnd a _ _ _ _ _ Hp).
  assert (N : near (rnd a (- x * y)) (- (xe * p)) (M * (P * r)) ((gx * g2 * (1 + u a) - 1) * (M * (P * r)) + ((1 + u a) * (gx * M * b2) +
    eta a))).
  { replace (- x * y) with (- (x * y)) by ring.
    assert (O := near_opp _ _ _ _ Hp). assert (RO := near_rnd a _ _ _ _ O). destruct RO as [R1 R2]. split; [| exact R2].
    eapply Rle_trans; [exact R1 |]. lra. }
  assert (S := near_plus _ _ _ _ _ _ _ _ N Hz).
  assert (S3 : rel3 (rnd a (- x * y) + z) (e - xe * p) w1 h1 w2 h2 (M * (P * r)) (gx * g2 * (1 + u a)) (b + ((1 + u a) * (gx * M * b2) +
    eta a))).
  { replace (e - xe * p) with (- (xe * p) + e) by ring. destruct S as [S1 S2]. split; [eapply Rle_trans; [exact S1 | lra] | eapply
    Rle_trans; [exact S2 | lra]]. }
  assert (F := rel3_add a _ _ _ _ _ _ _ _ _ _ (is_rnd a _) Iz S3).
  destruct F as [F1 F2]. split; [| exact F2]. eapply Rle_trans; [exact F1 |].
  assert (0 <= u a * eta a) by (apply Rmult_le_pos; lra). lra.
Qed.
End Column.

Section Whole.
Variables (c : class) (a : arith).
Variables (g a1 a2 xhat rs : R) (ge ae e2 xe r A M P gg ga g2 gx gr bg ba b2 : R).
Hypothesis Ig : is a g.
Hypothesis I1 : is a a1.
Hypothesis Hg : rel g ge (Rabs ge) gg bg.
Hypothesis H1 : rel a1 ae A ga ba.
Hypothesis Hx : rel xhat xe M gx 0.
Hypothesis Hr : rel rs r r gr 0.
Hypotheses (Gr : 1 <= gr) (Gx : 1 <= gx) (G2 : 1 <= g2) (B2 : 0 <= b2) (Bg : 0 <= bg) (Ba : 0 <= ba).
Let v := 1 + u a.

Lemma difference : rel3 (rnd a (g - a1)) (ge - ae) (Rabs ge) (gg * v) A (ga * v) 0 1 (v * (bg + ba)).
Proof.
assert (S := rel3_add a g (- a1) _ _ _ _ _ _ _ _ Ig (is_opp a _ I1) (rel3_from _ _ _ _ _ _ _ _ _ _ Hg H1)).
destruct S as [S1 S2]. split; [eapply Rle_trans; [exact S1 | unfold v; lra] | exact S2].
Qed.

(* d = madd(-xhat, a2, g - a1), dx = d * rstd *)
Theorem dx_after : rel a2 e2 P g2 b2 ->
	rel3 (rnd a (madd c a (- xhat) a2 (rnd a (g - a1)) * rs)) ((ge - ae - xe * e2) * r)
		(r * Rabs ge) (gg * v ^ 3 * gr) (r * A) (ga * v ^ 3 * gr) (r * (M * P)) (gx * g2 * extra c a * v ^ 2 * gr)
		(v * (gr * r * (v * (v * (bg + ba) + v * (gx * M * b2) + 2 * eta a))) + eta a).
Proof.
intro H2.
assert (H2' : rel a2 e2 (P * 1) g2 b2) by (rewrite Rmult_1_r; exact H2).
assert (D := last_madd c a xe 1 M P g2 gx b2 Gx B2 xhat a2 _ _ _ _ _ _ _ _ (is_rnd a _) difference Hx H2').
assert (S := rel3_rnd a _ _ _ _ _ _ _ _ _ (rel3_scale _ _ _ _ _ _ _ _ _ _ _ _ D Hr)).
fold v in S. rewrite Rmult_1_r in S.
destruct S as [S1 S2]. split; [| exact S2]. eapply Rle_trans; [exact S1 |]. right. unfold v. ring.
Qed.
End Whole.
