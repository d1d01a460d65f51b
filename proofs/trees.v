(* Trees of inexact additions: their error by their height, whatever their shape; and the tree of section 2 of docs/numerics.md:
   groups of 64, lanes, folds by halves. What an addition is stays open: a float's, a double's, or that of a pair of doubles. *)
Require Import Reals Lra Lia List.
Require Import sums.
Import ListNotations.
Local Open Scope R_scope.

Section Trees.
Variables (St : Type) (val : St -> R) (op : St -> St -> St).
Variables (w eta : R).
Hypothesis w_pos : 0 <= w.
Hypothesis eta_pos : 0 <= eta.

(* a leaf: what it stands for, the sum of magnitudes it stands for, a bound on what was computed, and that *)
Inductive tree := Leaf (e m B : R) (s : St) | Node (a b : tree).

Fixpoint eval t := match t with Leaf _ _ _ s => s | Node a b => op (eval a) (eval b) end.
Fixpoint exact t := match t with Leaf e _ _ _ => e | Node a b => exact a + exact b end.
Fixpoint mag t := match t with Leaf _ m _ _ => m | Node a b => mag a + mag b end.
Fixpoint leafB t := match t with Leaf _ _ B _ => B | Node a b => leafB a + leafB b end.
Fixpoint bnd t := match t with Leaf _ _ B _ => B | Node a b => (1 + w) * (bnd a + bnd b) + eta end.
Fixpoint height t : nat := match t with Leaf _ _ _ _ => 0 | Node a b => S (Nat.max (height a) (height b)) end.
Fixpoint size t := match t with Leaf _ _ _ _ => 0 | Node a b => size a + size b + 1 end.

(* inv h s B: a state s that came of at most h additions and is bounded by B *)
Variable inv : nat -> St -> R -> Prop.
Variable H : nat.
Hypothesis inv_mono : forall h k s B, (h <= k)%nat -> inv h s B -> inv k s B.
Hypothesis op_ok : forall h a b A B, (h < H)%nat -> inv h a A -> inv h b B -> 0 <= A -> 0 <= B ->
  inv (S h) (op a b) ((1 + w) * (A + B) + eta) /\ Rabs (val (op a b) - (val a + val b)) <= w * (A + B) + eta.

Fixpoint leaves_ok t := match t with
  | Leaf e m B s => inv 0 s B /\ 0 <= m /\ Rabs e <= m /\ Rabs (val s - e) <= B - m
  | Node a b => leaves_ok a /\ leaves_ok b end.

Lemma leaves_mag t : leaves_ok t -> 0 <= mag t /\ Rabs (exact t) <= mag t.
Proof.
induction t as [e m B s|a IHa b IHb]; simpl; [tauto|]. intros (A & C). destruct (IHa A), (IHb C).
split; [lra|]. eapply Rle_trans; [apply Rabs_triang|lra].
Qed.

Theorem tree_error t : leaves_ok t -> (height t <= H)%nat ->
  mag t <= bnd t /\ inv (height t) (eval t) (bnd t) /\ Rabs (val (eval t) - exact t) <= bnd t - mag t.
Proof.
induction t as [e m B s|a IHa b IHb]; simpl; intros L Ht.
- destruct L as (I & M & E & D). assert (P := Rabs_pos (val s - e)). repeat split; try assumption; lra.
- destruct L as (La & Lb). destruct (IHa La) as (Ma & Ia & Ea); [lia|]. destruct (IHb Lb) as (Mb & Ib & Eb); [lia|].
  destruct (leaves_mag a La) as (Pa & _), (leaves_mag b Lb) as (Pb & _).
  assert (Wp : 0 <= w * (bnd a + bnd b)) by (apply Rmult_le_pos; lra).
  destruct (op_ok (Nat.max (height a) (height b)) (eval a) (eval b) (bnd a) (bnd b)) as (I & E); try lra; [lia| | |].
  + apply inv_mono with (height a); [lia|assumption].
  + apply inv_mono with (height b); [lia|assumption].
  + split; [lra|]. split; [exact I|].
    replace (val (op (eval a) (eval b)) - (exact a + exact b))
      with ((val (op (eval a) (eval b)) - (val (eval a) + val (eval b))) + ((val (eval a) - exact a) + (val (eval b) - exact b))) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.

Lemma size_pos t : 0 <= size t. Proof. induction t; simpl; lra. Qed.
Lemma pow_le1 k : 1 <= (1 + w) ^ k. Proof. apply pow_R1_Rle. lra. Qed.

Lemma leafB_pos t : leaves_ok t -> 0 <= leafB t.
Proof.
induction t as [e m B s|a IHa b IHb]; simpl.
- intros (_ & M & _ & D). assert (P := Rabs_pos (val s - e)). lra.
- intros (A & C). specialize (IHa A). specialize (IHb C). lra.
Qed.

Theorem bnd_le t k : leaves_ok t -> (height t <= k)%nat -> bnd t <= (1 + w) ^ k * (leafB t + eta * size t).
Proof.
revert k. induction t as [e m B s|a IHa b IHb]; intros k L Hk.
- simpl. assert (P := pow_le1 k). assert (Q : 0 <= B) by exact (leafB_pos (Leaf e m B s) L). 
  replace (eta * 0) with 0 by ring. rewrite Rplus_0_r. rewrite <- (Rmult_1_l B) at 1. now apply Rmult_le_compat_r.
- simpl in *. destruct L as (La & Lb). destruct k as [|k]; [lia|].
  specialize (IHa k La ltac:(lia)). specialize (IHb k Lb ltac:(lia)).
  assert (P := pow_le1 k). simpl.
  apply Rle_trans with ((1 + w) * ((1 + w) ^ k * (leafB a + eta * size a) + (1 + w) ^ k * (leafB b + eta * size b)) + (1 + w) * (1 + w) ^ k
    * eta).
  + apply Rplus_le_compat; [apply Rmult_le_compat_l; lra|].
    rewrite <- (Rmult_1_l eta) at 1. apply Rmult_le_compat_r; [assumption|]. assert (0 <= w * (1 + w) ^ k) by (apply Rmult_le_pos; lra).
      lra.
  + right. ring.
Qed.

(* Where everything is a small multiple of one unit, nothing is rounded: ex s M says that s is such a multiple, of at most M. *)
Section Exact.
Variables (ex : St -> R -> Prop) (Lim : R).
Hypothesis op_ex : forall a b A B, ex a A -> ex b B -> 0 <= A -> 0 <= B -> A + B <= Lim ->
  ex (op a b) (A + B) /\ val (op a b) = val a + val b.
Fixpoint leaves_ex t := match t with
  | Leaf e m _ s => ex s m /\ val s = e /\ 0 <= m
  | Node a b => leaves_ex a /\ leaves_ex b end.
Theorem tree_exact t : leaves_ex t -> mag t <= Lim -> 0 <= mag t /\ ex (eval t) (mag t) /\ val (eval t) = exact t.
Proof.
induction t as [e m B s|a IHa b IHb]; simpl; [tauto|]. intros (A & C) L.
assert (0 <= mag a). { clear -A. induction a; simpl in *; [tauto|]. destruct A. specialize (IHa1 H). specialize (IHa2 H0). lra. }
assert (0 <= mag b). { clear -C. induction b; simpl in *; [tauto|]. destruct C. specialize (IHb1 H). specialize (IHb2 H0). lra. }
destruct IHa as (_ & Xa & Va); [assumption|lra|]. destruct IHb as (_ & Xb & Vb); [assumption|lra|].
destruct (op_ex _ _ _ _ Xa Xb) as (X & V); try lra. split; [lra|]. split; [exact X|]. now rewrite V, Va, Vb.
Qed.
End Exact.

(* The tree of section 2 over groups: g l j is what lane l adds of group j. *)
Variable zero : St.
Section Lanes.
Variable g : nat -> nat -> tree.
Fixpoint lane l m := match m with 0%nat => Leaf 0 0 0 zero | S k => Node (lane l k) (g l k) end.
End Lanes.
Definition fold8 (f : nat -> tree) := Node (Node (Node (f 0%nat) (f 4%nat)) (Node (f 2%nat) (f 6%nat)))
  (Node (Node (f 1%nat) (f 5%nat)) (Node (f 3%nat) (f 7%nat))).
Definition fold16 (f : nat -> tree) := fold8 (fun l => Node (f l) (f (8 + l)%nat)).
Definition lanes8 g m := fold8 (fun l => lane g l m).
Definition lanes16 g m := fold16 (fun l => lane g l m).

Lemma lane_height g l m h : (forall j, (j < m)%nat -> (height (g l j) <= h)%nat) -> (height (lane g l m) <= h + m)%nat.
Proof.
induction m as [|m IH]; simpl; intro Hg; [lia|].
assert (height (lane g l m) <= h + m)%nat by (apply IH; intros; apply Hg; lia). assert (height (g l m) <= h)%nat by (apply Hg; lia). lia.
Qed.
Lemma fold8_height f h : (forall l, (l < 8)%nat -> (height (f l) <= h)%nat) -> (height (fold8 f) <= h + 3)%nat.
Proof.
intro Hf. unfold fold8. cbn [height].
assert (H0 := Hf 0%nat ltac:(lia)). assert (H1 := Hf 1%nat ltac:(lia)). assert (H2 := Hf 2%nat ltac:(lia)).
  assert (H3 := Hf 3%nat ltac:(lia)).
assert (H4 := Hf 4%nat ltac:(lia)). assert (H5 := Hf 5%nat ltac:(lia)). assert (H6 := Hf 6%nat ltac:(lia)).
  assert (H7 := Hf 7%nat ltac:(lia)). lia.
Qed.
Lemma lanes8_height g m h : (forall l j, (l < 8)%nat -> (height (g l j) <= h)%nat) -> (height (lanes8 g m) <= h + m + 3)%nat.
Proof. intro Hg. apply fold8_height. intros l Hl. apply lane_height. intros. now apply Hg. Qed.
Lemma lanes16_height g m h : (forall l j, (l < 16)%nat -> (height (g l j) <= h)%nat) -> (height (lanes16 g m) <= h + m + 4)%nat.
Proof.
intro Hg. unfold lanes16, fold16. replace (h + m + 4)%nat with (S (h + m) + 3)%nat by lia. apply fold8_height. intros l Hl. cbn [height].
assert (height (lane g l m) <= h + m)%nat by (apply lane_height; intros; apply Hg; lia).
assert (height (lane g (8 + l)%nat m) <= h + m)%nat by (apply lane_height; intros; apply Hg; lia). lia.
Qed.

(* what adds up over a tree: exact, mag, leafB, and size with its 1 *)
Section Additive.
Variables (f : tree -> R) (c : R).
Hypothesis f_node : forall a b, f (Node a b) = f a + f b + c.
Hypothesis f_zero : f (Leaf 0 0 0 zero) = 0.

Definition of8 (k : nat -> R) := k 0%nat + k 1%nat + k 2%nat + k 3%nat + k 4%nat + k 5%nat + k 6%nat + k 7%nat.

Lemma fold8_sum g : f (fold8 g) = of8 (fun l => f (g l)) + 7 * c.
Proof. unfold fold8, of8. rewrite !f_node. ring. Qed.

Lemma lanes8_sum g m : f (lanes8 g m) = sum (fun j => of8 (fun l => f (g l j)) + 8 * c) (seq 0 m) + 7 * c.
Proof.
unfold lanes8. rewrite fold8_sum. f_equal.
induction m as [|m IH]; [unfold of8; simpl; rewrite f_zero; ring|].
rewrite seq_S, sum_app. simpl sum at 2. rewrite <- IH. unfold of8. simpl lane. rewrite !f_node. ring.
Qed.

Lemma lanes16_sum g m : f (lanes16 g m) = sum (fun j => of8 (fun l => f (g l j)) + of8 (fun l => f (g (8 + l)%nat j)) + 16 * c) (seq 0 m) +
  15 * c.
Proof.
unfold lanes16, fold16. rewrite fold8_sum. replace (15 * c) with (8 * c + 7 * c) by ring. rewrite <- Rplus_assoc. f_equal.
induction m as [|m IH]; [unfold of8; simpl; rewrite !f_node, !f_zero; ring|].
rewrite seq_S, sum_app. simpl sum at 2. 
match goal with |- _ = ?X + _ + _ => replace X with (of8 (fun l => f (Node (lane g l m) (lane g (8 + l)%nat m))) - 8 * c) by (rewrite IH;
  ring) end.
unfold of8. simpl lane. rewrite !f_node. simpl Nat.add. ring.
Qed.
End Additive.

End Trees.
Arguments Leaf {St}. Arguments Node {St}. Arguments exact {St}. Arguments mag {St}. Arguments leafB {St}. Arguments height {St}.
  Arguments size {St}.
