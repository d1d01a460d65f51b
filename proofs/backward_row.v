(* The sums of a row by the trees of docs/numerics.md, section 10. *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums backward_trees.
Local Open Scope R_scope.

(* The trees of a block of m groups of 64: lanes over the chains of four, (group, lane), and a fold by halves. *)
Definition place := (nat * (nat * nat))%type.
Fixpoint lane8 b l m : tree place := match m with O => Zero | S j => Plus (lane8 b l j) (Plus (Leaf (b, (j, l))) (Leaf (b, (j, l +
	8)%nat))) end.
Fixpoint lane16 b l m : tree place := match m with O => Zero | S j => Plus (lane16 b l j) (Leaf (b, (j, l))) end.
Definition halve {I} h (t : nat -> tree I) := fun l => Plus (t l) (t (l + h)%nat).
Definition block8 b m := halve 1 (halve 2 (halve 4 (fun l => lane8 b l m))) 0.
Definition block16 b m := halve 1 (halve 2 (halve 4 (halve 8 (fun l => lane16 b l m)))) 0.
Fixpoint in_order {I} n (t : nat -> tree I) := match n with O => Zero | S b => Plus (in_order b t) (t b) end.

Lemma height_lane8 b l m : (height _ (lane8 b l m) <= S m)%nat.
Proof. induction m; simpl; lia. Qed.
Lemma height_lane16 b l m : (height _ (lane16 b l m) <= m)%nat.
Proof. induction m; simpl; lia. Qed.
Lemma height_halve {I} h (t : nat -> tree I) n : (forall l, (height _ (t l) <= n)%nat) -> forall l, (height _ (halve h t l) <= S n)%nat.
Proof. intros H l. simpl. generalize (H l) (H (l + h)%nat). lia. Qed.
Lemma height_block8 b m : (m <= 16)%nat -> (height _ (block8 b m) <= 20)%nat.
Proof.
intro H. unfold block8. apply Nat.le_trans with (S (S (S (S m)))); [| lia].
do 3 apply height_halve. intro l. apply height_lane8.
Qed.
Lemma height_block16 b m : (m <= 16)%nat -> (height _ (block16 b m) <= 20)%nat.
Proof.
intro H. unfold block16. apply Nat.le_trans with (S (S (S (S m)))); [| lia].
do 4 apply height_halve. intro l. apply height_lane16.
Qed.
Lemma height_in_order {I} n (t : nat -> tree I) h : (forall b, (height _ (t b) <= h)%nat) -> (height _ (in_order n t) <= n + h)%nat.
Proof. intro H. induction n; simpl; [lia |]. generalize (H n). lia. Qed.

Lemma leaves_in_order {I} f n (t : nat -> tree I) : leaves _ f (in_order n t) = sum n (fun b => leaves _ f (t b)).
Proof. induction n; simpl; [reflexivity | now rewrite IHn]. Qed.
Lemma leaves_block8 f b m : leaves _ f (block8 b m) = sum m (fun j => sum 16 (fun l => f (b, (j, l)))).
Proof.
induction m as [| m IH].
- simpl. ring.
- change (sum (S m) (fun j => sum 16 (fun l => f (b, (j, l))))) with (sum m (fun j => sum 16 (fun l => f (b, (j, l)))) + sum 16 (fun l =>
	f (b, (m, l)))).
  rewrite <- IH. unfold block8, halve. cbn. ring.
Qed.
Lemma leaves_block16 f b m : leaves _ f (block16 b m) = sum m (fun j => sum 16 (fun l => f (b, (j, l)))).
Proof.
induction m as [| m IH].
- simpl. ring.
- change (sum (S m) (fun j => sum 16 (fun l => f (b, (j, l))))) with (sum m (fun j => sum 16 (fun l => f (b, (j, l)))) + sum 16 (fun l =>
	f (b, (m, l)))).
  rewrite <- IH. unfold block16, halve. cbn. ring.
Qed.

(* Chain (j, l) of a block has elements 64 j + l + 16 k. *)
Definition four (f : nat -> nat -> R) (p : place) : nat -> R := fun k => f (fst p) (64 * fst (snd p) + (snd (snd p) + 16 * k))%nat.
Definition whole n (m : nat -> nat) (f : nat -> nat -> R) := sum n (fun b => sum (64 * m b) (f b)).
Lemma fours f b m : sum m (fun j => sum 16 (fun l => sum4 (four f (b, (j, l))))) = sum (64 * m) (f b).
Proof.
induction m as [| m IH]; [reflexivity |].
replace (64 * S m)%nat with (64 * m + 64)%nat by lia. rewrite sum_app, <- IH.
cbn [sum]. unfold four, sum4. cbn [fst snd]. generalize (64 * m)%nat. intro p. cbn. ring.
Qed.
Lemma whole8 f n m : leaves _ (fun p => sum4 (four f p)) (in_order n (fun b => block8 b (m b))) = whole n m f.
Proof. rewrite leaves_in_order. apply sum_ext. intros b _. rewrite leaves_block8. apply fours. Qed.
Lemma whole16 f n m : leaves _ (fun p => sum4 (four f p)) (in_order n (fun b => block16 b (m b))) = whole n m f.
Proof. rewrite leaves_in_order. apply sum_ext. intros b _. rewrite leaves_block16. apply fours. Qed.
Lemma whole_blocks f n m : leaves _ (fun b => leaves _ (fun p => sum4 (four f p)) (block8 b (m b))) (in_order n Leaf) = whole n m f.
Proof. rewrite leaves_in_order. apply sum_ext. intros b _. cbn [leaves]. rewrite leaves_block8. apply fours. Qed.

(* Sums of floats: chains in float, a block in double, the blocks as a pair. Sums of doubles: chains, and all else as a pair. *)
Section Row_sums.
Variables (a d : arith) (n : nat) (m : nat -> nat).
Hypothesis within : forall x, is a x -> is d x.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Variables (x : place -> R) (e w b : nat -> nat -> R) (g : R).
Hypothesis G : 1 <= g.
Hypothesis B : forall i j, 0 <= b i j.
Hypothesis X : forall p, is a (x p).
Hypothesis H : forall p, rel (x p) (sum4 (four e p)) (sum4 (four w p)) g (sum4 (four b p)).

Lemma sum4_pos f p : (forall i j, 0 <= f i j) -> 0 <= sum4 (four f p).
Proof. intro F. unfold sum4, four. repeat apply Rplus_le_le_0_compat; apply F. Qed.
Lemma w_pos p : 0 <= sum4 (four w p). Proof. apply (near_pos _ _ _ _ (H p)). Qed.

Theorem float_sum r q : few d n -> pair nat d (fun k => value place d x (block8 k (m k))) (in_order n Leaf) r q ->
	let f := (1 + u d) ^ 20 * (1 + lost d n) in is d r /\ is d q /\ rel (r + q) (whole n m e) (whole n m w) (g * f) (f * whole n m b).
Proof.
intros Few P. cbn zeta.
assert (V : forall k, is d (value place d x (block8 k (m k)))) by (intro k; apply is_value; intro p; apply within, X).
assert (R : forall k, rel (value place d x (block8 k (m k))) (leaves _ (fun p => sum4 (four e p)) (block8 k (m k)))
	(leaves _ (fun p => sum4 (four w p)) (block8 k (m k))) (g * (1 + u d) ^ 20) ((1 + u d) ^ 20 * leaves _ (fun p => sum4 (four b p))
		(block8 k (m k)))).
{ intro k. assert (T := value_error place d x _ _ _ g (block8 k (m k)) (fun p => within _ (X p)) G (fun p => sum4_pos b p B) H).
  assert (Q := pow_grow d _ _ (height_block8 k (m k) (blocks k))).
  assert (L := leaves_pos place (fun p => sum4 (four b p)) (block8 k (m k)) (fun p => sum4_pos b p B)).
  apply (rel_weaken _ _ _ _ _ _ _ _ T); [nra | lra | apply Rmult_le_compat_l; lra | apply Rmult_le_compat_r; lra]. }
assert (Q20 := pow_grow d 0 20 ltac:(lia)).
assert (Eh : height nat (in_order n Leaf) = n) by (clear; induction n as [| k IH]; [reflexivity | simpl; rewrite IH; lia]).
assert (Few' : few d (height nat (in_order n Leaf))) by (rewrite Eh; exact Few).
destruct (pair_error nat d _ _ r q V Few' P) as (Dr & Dq & _).
assert (GQ : 1 <= g * (1 + u d) ^ 20) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
assert (T := pair_rel nat d _ _ _ _ _ _ r q V Few' GQ R P).
split; [exact Dr |]. split; [exact Dq |].
rewrite !whole_blocks in T.
rewrite Eh in T.
assert (S : leaves nat (fun k => (1 + u d) ^ 20 * leaves _ (fun p => sum4 (four b p)) (block8 k (m k))) (in_order n Leaf) = (1 + u d) ^ 20
	* whole n m b).
{ rewrite <- (whole_blocks b). rewrite !leaves_in_order. cbn [leaves]. now rewrite sum_scal. }
rewrite S in T.
replace (g * ((1 + u d) ^ 20 * (1 + lost d n))) with (g * (1 + u d) ^ 20 * (1 + lost d n)) by ring.
replace ((1 + u d) ^ 20 * (1 + lost d n) * whole n m b) with ((1 + lost d n) * ((1 + u d) ^ 20 * whole n m b)) by ring.
exact T.
Qed.

Theorem double_sum r q : few d (n + 20) -> pair place d x (in_order n (fun k => block16 k (m k))) r q ->
	let f := 1 + lost d (n + 20) in is d r /\ is d q /\ rel (r + q) (whole n m e) (whole n m w) (g * f) (f * whole n m b).
Proof.
intros Few P. cbn zeta.
assert (V : forall p, is d (x p)) by (intro p; apply within, X).
set (h := height place (in_order n (fun k => block16 k (m k)))) in *.
assert (Hh : (h <= n + 20)%nat) by (apply height_in_order; intro k; apply height_block16, blocks).
assert (Few' := fewer d h _ Hh Few).
destruct (pair_error place d _ _ r q V Few' P) as (Dr & Dq & _).
assert (T := pair_rel place d _ _ _ _ _ _ r q V Few' G H P). rewrite !whole16 in T. fold h in T.
split; [exact Dr |]. split; [exact Dq |].
assert (L : 0 <= lost d h <= lost d (n + 20)).
{ split; [apply lost_pos |]. unfold lost. assert (U := u_pos d). assert (Z := pos_INR h). assert (Y := le_INR _ _ Hh).
  assert (Q := pow_grow d (3 * h) (3 * (n + 20)) ltac:(lia)).
  apply Rmult_le_compat; [| lra | | lra].
  - apply Rmult_le_pos; [apply Rmult_le_pos; [lra | apply pow_le; exact Z] | apply pow_le; exact U].
  - apply Rmult_le_compat_r; [apply pow_le; exact U |]. apply Rmult_le_compat_l; [lra |]. apply pow_incr. lra. }
assert (Bp : 0 <= whole n m b) by (unfold whole; apply sum_pos; intros; apply sum_pos; intros; apply B).
apply (rel_weaken _ _ _ _ _ _ _ _ T); [nra | lra | apply Rmult_le_compat_l; lra | apply Rmult_le_compat_r; lra].
Qed.
End Row_sums.
