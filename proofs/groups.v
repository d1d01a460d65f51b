(* The shapes of section 2 of docs/numerics.md: the trees of a group of 64, and what holds of all trees in lanes. *)
Require Import Reals Lra Lia List.
Require Import sums trees.
Import ListNotations.
Local Open Scope R_scope.

Definition r_tree {St : Type} (L : nat -> tree St) (b l : nat) :=
  Node (Node (L (b + l)%nat) (L (b + (l + 32))%nat)) (Node (L (b + (l + 16))%nat) (L (b + (l + 48))%nat)).
Definition q_pair {St : Type} (X Y : nat -> tree St) (b l : nat) := Node (X (b + (l + 32))%nat) (Y (b + l)%nat).
Definition q_tree {St : Type} (X Y : nat -> tree St) (b l : nat) :=
  Node (Node (q_pair X Y b l) (q_pair X Y b (l + 16))) (Node (q_pair X Y b (l + 8)) (q_pair X Y b (l + 24))).

Lemma r_group {St : Type} (f : tree St -> R) (L : nat -> tree St) b : (forall a c, f (Node a c) = f a + f c) ->
  of8 (fun l => f (r_tree L b l)) + of8 (fun l => f (r_tree L b (8 + l))) = sum (fun i => f (L (b + i)%nat)) (seq 0 64).
Proof. intro Hf. unfold of8, r_tree. rewrite !Hf. cbn [Nat.add seq sum]. ring. Qed.

Lemma q_group {St : Type} (f : tree St -> R) (X Y : nat -> tree St) b phi : (forall a c, f (Node a c) = f a + f c) ->
  (forall i, f (X i) = phi i) -> (forall i, f (Y i) = phi i) ->
  of8 (fun l => f (q_tree X Y b l)) = sum (fun i => phi (b + i)%nat) (seq 0 64).
Proof. intros Hf HX HY. unfold of8, q_tree, q_pair. rewrite !Hf, !HX, !HY. cbn [Nat.add seq sum]. ring. Qed.

Section Lanes.
Variables (St : Type) (zero : St).
Lemma lane_ok (P : tree St -> Prop) g l k : P (Leaf 0 0 0 zero) -> (forall a b, P a -> P b -> P (Node a b)) ->
  (forall j, P (g l j)) -> P (lane St zero g l k).
Proof. intros Z Nd G. induction k; simpl; auto. Qed.
Lemma lanes8_ok (P : tree St -> Prop) g k : P (Leaf 0 0 0 zero) -> (forall a b, P a -> P b -> P (Node a b)) ->
  (forall l j, P (g l j)) -> P (lanes8 St zero g k).
Proof. intros Z Nd G. unfold lanes8, fold8. repeat apply Nd; apply lane_ok; auto. Qed.
Lemma lanes16_ok (P : tree St -> Prop) g k : P (Leaf 0 0 0 zero) -> (forall a b, P a -> P b -> P (Node a b)) ->
  (forall l j, P (g l j)) -> P (lanes16 St zero g k).
Proof. intros Z Nd G. unfold lanes16, fold16, fold8. repeat apply Nd; apply lane_ok; auto. Qed.

End Lanes.
