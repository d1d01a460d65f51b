(* Finite sums over lists: what the proofs need of them, with the inequality of Cauchy and Schwarz. *)
Require Import Reals Lra Lia List.
Import ListNotations.
Local Open Scope R_scope.

Fixpoint sum {A : Type} (f : A -> R) (l : list A) : R :=
  match l with [] => 0 | a :: rest => f a + sum f rest end.

Section Sums.
Context {A : Type}.
Implicit Types (f g : A -> R) (l : list A).

Lemma sum_ext f g l : (forall a, In a l -> f a = g a) -> sum f l = sum g l.
Proof.
induction l as [|a l IH]; simpl; intro H; [reflexivity|].
rewrite (H a (or_introl eq_refl)). now rewrite IH; [|intros; apply H; right].
Qed.

Lemma sum_le f g l : (forall a, In a l -> f a <= g a) -> sum f l <= sum g l.
Proof.
induction l as [|a l IH]; simpl; intro H; [lra|].
assert (f a <= g a) by (apply H; now left). assert (sum f l <= sum g l) by (apply IH; intros; apply H; now right). lra.
Qed.

Lemma sum_add f g l : sum (fun a => f a + g a) l = sum f l + sum g l.
Proof. induction l as [|a l IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_scal k f l : sum (fun a => k * f a) l = k * sum f l.
Proof. induction l as [|a l IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_pos f l : (forall a, In a l -> 0 <= f a) -> 0 <= sum f l.
Proof.
intro H. replace 0 with (sum (fun _ : A => 0) l) at 1; [now apply sum_le|].
clear H; induction l as [|a l IH]; simpl; [reflexivity|rewrite IH; ring].
Qed.

Lemma sum_abs f l : Rabs (sum f l) <= sum (fun a => Rabs (f a)) l.
Proof.
induction l as [|a l IH]; simpl; [rewrite Rabs_R0; lra|].
eapply Rle_trans; [apply Rabs_triang|lra].
Qed.

Lemma sum_const k l : sum (fun _ => k) l = k * INR (length l).
Proof. induction l as [|a l IH]; simpl length; [simpl; ring|]. rewrite S_INR. simpl sum. rewrite IH. ring. Qed.

Lemma sum_app f l m : sum f (l ++ m) = sum f l + sum f m.
Proof. induction l as [|a l IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_map {B : Type} (f : A -> R) (h : B -> A) (l : list B) : sum f (map h l) = sum (fun b => f (h b)) l.
Proof. induction l as [|b l IH]; simpl; [reflexivity|now rewrite IH]. Qed.

Lemma sum_pos_in f l a : (forall b, In b l -> 0 <= f b) -> In a l -> f a <= sum f l.
Proof.
induction l as [|b l IH]; simpl; intros H I; [easy|].
assert (0 <= f b) by (apply H; now left).
assert (P : 0 <= sum f l) by (apply sum_pos; intros; apply H; now right).
destruct I as [->|I]; [lra|]. assert (f a <= sum f l) by (apply IH; [intros; apply H; now right|assumption]). lra.
Qed.

End Sums.

Lemma le_of_sqr a b : 0 <= b -> a * a <= b * b -> a <= b.
Proof. intros Hb H. destruct (Rle_or_lt a b) as [|L]; [assumption|]. nra. Qed.

Lemma abs_le_of_sqr a b : 0 <= b -> a * a <= b * b -> Rabs a <= b.
Proof. intros Hb H. apply le_of_sqr; [assumption|]. rewrite <- Rabs_mult, Rabs_pos_eq; [assumption|nra]. Qed.

Theorem cauchy {A : Type} (f g : A -> R) (l : list A) :
  sum (fun a => f a * g a) l * sum (fun a => f a * g a) l <= sum (fun a => f a * f a) l * sum (fun a => g a * g a) l.
Proof.
induction l as [|a l IH]; simpl; [lra|].
set (S := sum (fun a => f a * g a) l) in *. set (P := sum (fun a => f a * f a) l) in *. set (Q := sum (fun a => g a * g a) l) in *.
assert (HP : 0 <= P) by (apply sum_pos; intros; apply Rle_0_sqr).
assert (HQ : 0 <= Q) by (apply sum_pos; intros; apply Rle_0_sqr).
set (x := f a). set (y := g a).
assert (K : 2 * (S * (x * y)) <= P * (y * y) + Q * (x * x)).
{ assert (X : 0 <= x * x) by apply Rle_0_sqr. assert (Y : 0 <= y * y) by apply Rle_0_sqr.
  assert (PY : 0 <= P * (y * y)) by now apply Rmult_le_pos. assert (QX : 0 <= Q * (x * x)) by now apply Rmult_le_pos.
  apply le_of_sqr; [lra|].
  assert (M : S * S * ((x * x) * (y * y)) <= P * Q * ((x * x) * (y * y))) by (apply Rmult_le_compat_r; [now apply Rmult_le_pos|assumption]).
  assert (D : 0 <= (P * (y * y) - Q * (x * x)) * (P * (y * y) - Q * (x * x))) by apply Rle_0_sqr.
  replace (2 * (S * (x * y)) * (2 * (S * (x * y)))) with (4 * (S * S * ((x * x) * (y * y)))) by ring.
  replace ((P * (y * y) + Q * (x * x)) * (P * (y * y) + Q * (x * x)))
    with ((P * (y * y) - Q * (x * x)) * (P * (y * y) - Q * (x * x)) + 4 * (P * Q * ((x * x) * (y * y)))) by ring.
  lra. }
replace ((x * y + S) * (x * y + S)) with (x * y * (x * y) + 2 * (S * (x * y)) + S * S) by ring.
replace ((x * x + P) * (y * y + Q)) with (x * y * (x * y) + (P * (y * y) + Q * (x * x)) + P * Q) by ring.
lra.
Qed.

(* (sum |d|)^2 <= n * sum d^2 *)
Corollary cauchy_abs {A : Type} (d : A -> R) (l : list A) :
  sum (fun a => Rabs (d a)) l * sum (fun a => Rabs (d a)) l <= INR (length l) * sum (fun a => d a * d a) l.
Proof.
assert (H := cauchy (fun a => Rabs (d a)) (fun _ => 1) l). cbv beta in H.
rewrite (sum_ext (fun a => Rabs (d a) * 1) (fun a => Rabs (d a))) in H by (intros; ring).
rewrite (sum_ext (fun a => Rabs (d a) * Rabs (d a)) (fun a => d a * d a)) in H.
2: { intros. rewrite <- Rabs_mult. apply Rabs_pos_eq. apply Rle_0_sqr. }
rewrite (sum_const (1 * 1)) in H. lra.
Qed.

Corollary cauchy_sum {A : Type} (d : A -> R) (l : list A) : sum d l * sum d l <= INR (length l) * sum (fun a => d a * d a) l.
Proof.
assert (H := cauchy d (fun _ => 1) l). cbv beta in H.
rewrite (sum_ext (fun a => d a * 1) d) in H by (intros; ring). rewrite (sum_const (1 * 1)) in H. lra.
Qed.

Lemma cauchy_weighted {A : Type} (w d : A -> R) (l : list A) : (forall a, In a l -> 0 <= w a) ->
  sum (fun a => w a * d a) l * sum (fun a => w a * d a) l <= sum w l * sum (fun a => w a * (d a * d a)) l.
Proof.
intro H. assert (C := cauchy (fun a => sqrt (w a)) (fun a => sqrt (w a) * d a) l). cbv beta in C.
rewrite (sum_ext (fun a => sqrt (w a) * (sqrt (w a) * d a)) (fun a => w a * d a)) in C.
2: { intros a I. rewrite <- Rmult_assoc, sqrt_def; auto. }
rewrite (sum_ext (fun a => sqrt (w a) * sqrt (w a)) w) in C by (intros; apply sqrt_def; auto).
rewrite (sum_ext (fun a => sqrt (w a) * d a * (sqrt (w a) * d a)) (fun a => w a * (d a * d a))) in C; [assumption|].
intros a I. replace (sqrt (w a) * d a * (sqrt (w a) * d a)) with ((sqrt (w a) * sqrt (w a)) * (d a * d a)) by ring.
now rewrite sqrt_def; auto.
Qed.

(* Sums over indices, in groups *)
Lemma sum_seq_shift f a n : sum f (seq a n) = sum (fun i => f (a + i)%nat) (seq 0 n).
Proof.
revert a f. induction n as [|n IH]; intros a f; [reflexivity|].
rewrite !seq_S, !sum_app. simpl. now rewrite IH.
Qed.

Lemma sum_groups (f : nat -> R) w m : sum (fun j => sum (fun i => f (w * j + i)%nat) (seq 0 w)) (seq 0 m) = sum f (seq 0 (w * m)).
Proof.
induction m as [|m IH]; [now rewrite Nat.mul_0_r|].
rewrite seq_S, sum_app, IH, Nat.mul_succ_r, seq_app, sum_app. f_equal. simpl sum at 1. rewrite (sum_seq_shift f). simpl. ring.
Qed.

Lemma sum_nth {A : Type} (h : A -> R) d l N : h d = 0 -> (length l <= N)%nat -> sum (fun i => h (nth i l d)) (seq 0 N) = sum h l.
Proof.
intro Hd. revert N. induction l as [|a l IH]; intros N HN.
- simpl. rewrite (sum_ext _ (fun _ => 0)) by (intros i _; destruct i; exact Hd). rewrite sum_const. ring.
- destruct N as [|N]; simpl in HN; [lia|]. simpl. f_equal. rewrite <- (IH N) by lia.
  rewrite <- seq_shift, sum_map. reflexivity.
Qed.
