(* The sums of the backward pass, as docs/numerics.md writes them: chains of four in the type, lanes and folds in double, pairs across
   blocks. Each lemma says how far a computed sum is from the exact one, relative to the sum of weights that are at least the magnitudes. *)
Require Import Reals Lra Lia.
Require Import backward_rounding.
Local Open Scope R_scope.

(* c is computed for e, with relative error g - 1 of the weight w, and b beside it. *)
Definition rel (c e w g b : R) := near c e w ((g - 1) * w + b).

Lemma rel_weaken c e w g b w' g' b' : rel c e w g b -> 1 <= g -> w <= w' -> g <= g' -> b <= b' -> rel c e w' g' b'.
Proof.
intros H G Hw Hg Hb. destruct (near_pos _ _ _ _ H) as [W _]. apply (near_weaken _ _ _ _ _ _ H Hw).
assert ((g - 1) * w <= (g' - 1) * w') by (apply Rmult_le_compat; lra). lra.
Qed.
Lemma rel_0 g : 1 <= g -> rel 0 0 0 g 0.
Proof. intro G. unfold rel, near. replace (0 - 0) with 0 by ring. rewrite Rabs_R0. lra. Qed.
Lemma rel_same x w : Rabs x <= w -> rel x x w 1 0.
Proof. intro H. unfold rel. replace ((1 - 1) * w + 0) with 0 by ring. now apply near_same. Qed.
Lemma rel_plus c1 e1 w1 b1 c2 e2 w2 b2 g :
	rel c1 e1 w1 g b1 -> rel c2 e2 w2 g b2 -> rel (c1 + c2) (e1 + e2) (w1 + w2) g (b1 + b2).
Proof.
intros H1 H2. unfold rel. replace ((g - 1) * (w1 + w2) + (b1 + b2)) with (((g - 1) * w1 + b1) + ((g - 1) * w2 + b2)) by ring.
now apply near_plus.
Qed.
Lemma rel_round r c e w g b v z : rel c e w g b -> 0 <= v -> Rabs (r - c) <= v * Rabs c + z -> rel r e w (g * (1 + v)) ((1 + v) * b + z).
Proof.
intros H Hv Hr. unfold rel.
replace ((g * (1 + v) - 1) * w + ((1 + v) * b + z)) with ((g - 1) * w + b + v * (w + ((g - 1) * w + b)) + z) by ring.
now apply (near_round _ c).
Qed.
Lemma rel_rnd a c e w g b : rel c e w g b -> rel (rnd a c) e w (g * (1 + u a)) ((1 + u a) * b + eta a).
Proof. intro H. apply (rel_round _ c); [exact H | apply u_pos | apply rnd_any]. Qed.
Lemma rel_add a x y e w g b : is a x -> is a y -> rel (x + y) e w g b -> rel (rnd a (x + y)) e w (g * (1 + u a)) ((1 + u a) * b).
Proof.
intros Hx Hy H. rewrite <- (Rplus_0_r ((1 + u a) * b)).
apply (rel_round _ (x + y)); [exact H | apply u_pos | rewrite Rplus_0_r; now apply rnd_add].
Qed.
Lemma rel_mult c1 e1 w1 g1 b1 c2 e2 w2 g2 b2 : rel c1 e1 w1 g1 b1 -> rel c2 e2 w2 g2 b2 ->
	rel (c1 * c2) (e1 * e2) (w1 * w2) (g1 * g2) (g1 * w1 * b2 + g2 * w2 * b1 + b1 * b2).
Proof.
intros H1 H2. assert (H := near_mult _ _ _ _ _ _ _ _ H1 H2). unfold rel.
replace ((g1 * g2 - 1) * (w1 * w2) + (g1 * w1 * b2 + g2 * w2 * b1 + b1 * b2)) with
	(w1 * ((g2 - 1) * w2 + b2) + w2 * ((g1 - 1) * w1 + b1) + ((g1 - 1) * w1 + b1) * ((g2 - 1) * w2 + b2)) by ring.
exact H.
Qed.
Lemma rel_size c e w g b : rel c e w g b -> Rabs c <= g * w + b.
Proof. intro H. apply near_size in H. lra. Qed.

Lemma grow a g : 1 <= g -> g <= g * (1 + u a) /\ 1 <= g * (1 + u a).
Proof. intro G. generalize (u_pos a). nra. Qed.

(* The classes, and their multiplication and addition. *)
Inductive class := Fused | Unfused.
Definition madd c a x y z := match c with Fused => rnd a (x * y + z) | Unfused => rnd a (rnd a (x * y) + z) end.

Lemma is_madd c a x y z : is a (madd c a x y z).
Proof. destruct c; apply is_rnd. Qed.
Lemma madd_0 c a x y : madd c a x y 0 = rnd a (x * y).
Proof. destruct c; simpl; rewrite Rplus_0_r; [reflexivity | apply rnd_is, is_rnd]. Qed.

(* What a rounding may lose beside u: eta, or nothing where the product is 0, as at the places past the end of a row. *)
Definition loss a p z := z = eta a \/ p = 0 /\ 0 <= z.
Lemma loss_pos a p z : loss a p z -> 0 <= z.
Proof. intros [H | [_ H]]; [rewrite H; apply eta_pos | exact H]. Qed.
Lemma rnd_loss a p z y : loss a p z -> is a y -> Rabs (rnd a (p + y) - (p + y)) <= u a * Rabs (p + y) + z.
Proof.
intros [H | [H Hz]] Hy; [rewrite H; apply rnd_any |].
subst p. rewrite Rplus_0_l, rnd_is by exact Hy. replace (y - y) with 0 by ring. rewrite Rabs_R0.
generalize (Rmult_le_pos _ _ (u_pos a) (Rabs_pos y)). lra.
Qed.

(* One step of a chain of madds, either class: the product goes through two roundings, the chain through one. *)
Lemma rel_madd c a x y z ep wp bp ez wz bz g l : is a z -> loss a (x * y) l -> 1 <= g ->
	rel (x * y) ep wp g bp -> rel z ez wz (g * (1 + u a)) bz ->
	rel (madd c a x y z) (ep + ez) (wp + wz) (g * (1 + u a) * (1 + u a)) ((1 + u a) * ((1 + u a) * bp + l + bz)).
Proof.
intros Iz L G Hp Hz. assert (U := u_pos a). assert (Lp := loss_pos _ _ _ L).
destruct (grow a g G) as [G1 G2].
assert (Ha := a). clear Ha.
destruct c; simpl.
- assert (H : rel (x * y + z) (ep + ez) (wp + wz) (g * (1 + u a)) ((u a * bp + l) + bp - l + bz)).
  { apply rel_plus; [| exact Hz].
    destruct Hp as [P1 P2]. split; [| exact P2]. assert (0 <= wp) by (generalize (Rabs_pos ep); lra).
    assert (0 <= (g - 1) * wp + bp) by (generalize (Rabs_pos (x * y - ep)); lra).
    assert (0 <= u a * (g * wp + bp)) by (apply Rmult_le_pos; lra). nra. }
  assert (R := rel_round (rnd a (x * y + z)) _ _ _ _ _ (u a) l H U (rnd_loss a _ l z L Iz)).
  apply (rel_weaken _ _ _ _ _ _ _ _ R); [generalize (grow a _ G2); tauto | lra | lra |]. nra.
- assert (L0 : Rabs (rnd a (x * y) - x * y) <= u a * Rabs (x * y) + l).
  { generalize (rnd_loss a _ l 0 L (is_0 a)). now rewrite Rplus_0_r. }
  assert (H : rel (rnd a (x * y)) ep wp (g * (1 + u a)) ((1 + u a) * bp + l)) by now apply (rel_round _ (x * y)).
  apply rel_add; [apply is_rnd | exact Iz | now apply rel_plus].
Qed.

Definition sum4 (f : nat -> R) := f 0%nat + f 1%nat + f 2%nat + f 3%nat.

(* a = +0; for k in order a = a + f[k] *)
Definition chain a (f : nat -> R) := rnd a (rnd a (rnd a (rnd a (0 + f 0%nat) + f 1%nat) + f 2%nat) + f 3%nat).
Lemma is_chain a f : is a (chain a f). Proof. apply is_rnd. Qed.
Lemma chain_error a f e w b g : (forall k, is a (f k)) -> 1 <= g -> (forall k, 0 <= b k) -> (forall k, rel (f k) (e k) (w k) g (b k)) ->
	rel (chain a f) (sum4 e) (sum4 w) (g * (1 + u a) ^ 3) ((1 + u a) ^ 3 * sum4 b).
Proof.
intros F G B H. unfold chain. rewrite Rplus_0_l, (rnd_is a (f 0%nat)) by apply F.
assert (U := u_pos a).
destruct (grow a g G) as [G1 G1']. destruct (grow a _ G1') as [G2 G2']. destruct (grow a _ G2') as [G3 G3'].
assert (W : forall k, 0 <= w k) by (intro k; apply (near_pos _ _ _ _ (H k))).
assert (S1 := rel_add a _ _ _ _ _ _ (F 0%nat) (F 1%nat) (rel_plus _ _ _ _ _ _ _ _ _ (H 0%nat) (H 1%nat))).
assert (T2 : rel (f 2%nat) (e 2%nat) (w 2%nat) (g * (1 + u a)) (b 2%nat)) by (apply (rel_weaken _ _ _ _ _ _ _ _ (H 2%nat)); lra).
assert (S2 := rel_add a _ _ _ _ _ _ (is_rnd a _) (F 2%nat) (rel_plus _ _ _ _ _ _ _ _ _ S1 T2)).
assert (T3 : rel (f 3%nat) (e 3%nat) (w 3%nat) (g * (1 + u a) * (1 + u a)) (b 3%nat)) by (apply (rel_weaken _ _ _ _ _ _ _ _ (H 3%nat));
	lra).
assert (S3 := rel_add a _ _ _ _ _ _ (is_rnd a _) (F 3%nat) (rel_plus _ _ _ _ _ _ _ _ _ S2 T3)).
assert (B0 := B 0%nat). assert (B1 := B 1%nat). assert (B2 := B 2%nat). assert (B3 := B 3%nat).
apply (rel_weaken _ _ _ _ _ _ _ _ S3); [exact G3' | unfold sum4; lra | simpl; lra |].
unfold sum4. simpl. nra.
Qed.

(* b = +0; for k in order b = madd(x[k], y[k], b) *)
Definition chain_madd c a (x y : nat -> R) :=
	madd c a (x 3%nat) (y 3%nat) (madd c a (x 2%nat) (y 2%nat) (madd c a (x 1%nat) (y 1%nat) (madd c a (x 0%nat) (y 0%nat) 0))).
Lemma is_chain_madd c a x y : is a (chain_madd c a x y). Proof. apply is_madd. Qed.
Lemma chain_madd_error c a x y e w b l g : 1 <= g -> (forall k, 0 <= b k) -> (forall k, loss a (x k * y k) (l k)) ->
	(forall k, rel (x k * y k) (e k) (w k) g (b k)) ->
	rel (chain_madd c a x y) (sum4 e) (sum4 w) (g * (1 + u a) ^ 4) ((1 + u a) ^ 5 * sum4 (fun k => b k + l k)).
Proof.
intros G B L H. unfold chain_madd. rewrite madd_0. assert (U := u_pos a).
destruct (grow a g G) as [G1 G1']. destruct (grow a _ G1') as [G2 G2']. destruct (grow a _ G2') as [G3 G3']. destruct (grow a _ G3') as
	[G4 G4'].
assert (Lp : forall k, 0 <= l k) by (intro k; apply (loss_pos _ _ _ (L k))).
assert (W : forall k, 0 <= w k) by (intro k; apply (near_pos _ _ _ _ (H k))).
assert (S0 : rel (rnd a (x 0%nat * y 0%nat)) (e 0%nat) (w 0%nat) (g * (1 + u a)) ((1 + u a) * b 0%nat + l 0%nat)).
{ apply (rel_round _ _ _ _ _ _ _ _ (H 0%nat) U). generalize (rnd_loss a _ _ 0 (L 0%nat) (is_0 a)). now rewrite Rplus_0_r. }
assert (S1 := rel_madd c a _ _ _ _ _ _ _ _ _ _ _ (is_rnd a _) (L 1%nat) G (H 1%nat) S0).
assert (T2 : rel (x 2%nat * y 2%nat) (e 2%nat) (w 2%nat) (g * (1 + u a)) (b 2%nat)) by (apply (rel_weaken _ _ _ _ _ _ _ _ (H 2%nat)); lra).
assert (S2 := rel_madd c a _ _ _ _ _ _ _ _ _ _ _ (is_madd c a _ _ _) (L 2%nat) G1' T2 S1).
assert (T3 : rel (x 3%nat * y 3%nat) (e 3%nat) (w 3%nat) (g * (1 + u a) * (1 + u a)) (b 3%nat)) by (apply (rel_weaken _ _ _ _ _ _ _ _ (H
	3%nat)); lra).
assert (S3 := rel_madd c a _ _ _ _ _ _ _ _ _ _ _ (is_madd c a _ _ _) (L 3%nat) G2' T3 S2).
assert (B0 := B 0%nat). assert (B1 := B 1%nat). assert (B2 := B 2%nat). assert (B3 := B 3%nat).
assert (L0 := Lp 0%nat). assert (L1 := Lp 1%nat). assert (L2 := Lp 2%nat). assert (L3 := Lp 3%nat).
replace (sum4 e) with (e 3%nat + (e 2%nat + (e 1%nat + e 0%nat))) by (unfold sum4; ring).
apply (rel_weaken _ _ _ _ _ _ _ _ S3); [exact G4' | unfold sum4; lra | simpl; lra |].
unfold sum4. set (v := u a) in *.
assert (P : forall n m t, (n <= m)%nat -> 0 <= t -> (1 + v) ^ n * t <= (1 + v) ^ m * t).
{ intros n m t Hn Ht. apply Rmult_le_compat_r; [exact Ht |]. apply Rle_pow; [lra | exact Hn]. }
assert (Q1 := P 4%nat 5%nat (b 0%nat) ltac:(lia) B0). assert (Q2 := P 3%nat 5%nat (l 0%nat) ltac:(lia) L0).
assert (Q3 := P 4%nat 5%nat (b 1%nat) ltac:(lia) B1). assert (Q4 := P 3%nat 5%nat (l 1%nat) ltac:(lia) L1).
assert (Q5 := P 3%nat 5%nat (b 2%nat) ltac:(lia) B2). assert (Q6 := P 2%nat 5%nat (l 2%nat) ltac:(lia) L2).
assert (Q7 := P 2%nat 5%nat (b 3%nat) ltac:(lia) B3). assert (Q8 := P 1%nat 5%nat (l 3%nat) ltac:(lia) L3).
simpl in *. lra.
Qed.
