(* The counts of counts.txt against section 2, and what they are worth: (1 + u)^c (1 + u64)^d - 1 for binary32 and doubles. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees section2 wide moments look pivot counts.
Import ListNotations.
Local Open Scope R_scope.

Definition emin32 := (-149)%Z.
Definition F32 := F emin32 24.
Definition rnd32 := rnd emin32 24.
Definition u32 := bpow radix2 (-24).
Definition eta32 := bpow radix2 (-150).

(* The trees of trees.v add to a first +0 as well, which the counts know to be exact. *)
Definition count_doubles := S (Nat.max count_double_r count_double_q).

(* The counts of counts.txt are those of section 2: deviation 1, additions of floats 2 in r; squares 1 and additions 3 in q. *)
Lemma counts_r : (1 + 2 <= count_float_r /\ 0 + 2 <= count_float_r_pivot_0)%nat. Proof. unfold count_float_r, count_float_r_pivot_0. lia.
  Qed.
Lemma counts_q : (2 * 1 + 4 <= count_float_q /\ 2 * 0 + 4 <= count_float_q_pivot_0 /\ 20 <= count_doubles)%nat.
Proof. unfold count_float_q, count_float_q_pivot_0, count_doubles, count_double_r, count_double_q. lia. Qed.

Definition ac (c : nat) := (1 + u32) ^ c * (1 + u64) ^ count_doubles - 1.
Definition a1 := ac count_float_r.
Definition b1 := ac count_float_q + 0.004 * u32.         (* with what squares may lose to underflow *)
Definition a0 := ac count_float_r_pivot_0.
Definition b0 := ac count_float_q_pivot_0 + u32 / 300000.
Definition b0w := ac count_float_q_pivot_0 + 0.00008 * u32.

(* (1 + u)^c (1 + u64)^d - 1 for the few c and d that there are *)
Lemma u32_val : u32 = / 16777216. Proof. unfold u32. simpl. lra. Qed.
Lemma u64_eq : u64 = / 9007199254740992. Proof. unfold u64. simpl. lra. Qed.
Lemma pow_bound x k : 0 <= x -> INR k * x <= / 100 -> 1 + INR k * x <= (1 + x) ^ k <= 1 + INR k * x * (1 + INR k * x).
Proof.
intros Hx. induction k as [|k IH]; intro H; [simpl; lra|]. rewrite S_INR in *. simpl pow.
assert (K := pos_INR k). assert (KX : 0 <= INR k * x) by now apply Rmult_le_pos.
destruct IH as (A & B); [lra|]. split.
- assert ((1 + x) * (1 + INR k * x) <= (1 + x) * (1 + x) ^ k) by (apply Rmult_le_compat_l; lra).
  assert (0 <= x * (INR k * x)) by now apply Rmult_le_pos. lra.
- apply Rle_trans with ((1 + x) * (1 + INR k * x * (1 + INR k * x))); [apply Rmult_le_compat_l; lra|].
  assert (Y : INR k * x <= / 100) by lra. set (y := INR k * x) in *. assert (0 <= x * y) by now apply Rmult_le_pos.
    assert (0 <= x * x) by apply Rle_0_sqr.
  assert (x * (y * y) <= x * (/ 100 * y)) by (apply Rmult_le_compat_l; [assumption|apply Rmult_le_compat_r; lra]).
  replace ((INR k + 1) * x) with (y + x) by (unfold y; ring). lra.
Qed.

Lemma ac_bound c k : (c <= 8)%nat -> INR c <= k -> (count_doubles <= 64)%nat -> INR c * u32 <= ac c <= (k + 0.000006) * u32.
Proof.
intros Hc Hk Hd. unfold ac. assert (C8 : INR c <= 8) by (replace 8 with (INR 8) by (simpl; lra); now apply le_INR).
assert (D64 : INR count_doubles <= 64) by (replace 64 with (INR 64) by (simpl; lra); now apply le_INR).
assert (C0 := pos_INR c). assert (D0 := pos_INR count_doubles).
assert (U := u32_val). assert (U6 := u64_eq).
assert (X : 0 <= INR c * u32 <= 8 * u32) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (Y : 0 <= INR count_doubles * u64 <= 64 * u64) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
destruct (pow_bound u32 c) as (A & B); [lra|lra|]. destruct (pow_bound u64 count_doubles) as (A2 & B2); [lra|lra|].
set (x := INR c * u32) in *. set (y := INR count_doubles * u64) in *.
set (P := (1 + u32) ^ c) in *. set (Q := (1 + u64) ^ count_doubles) in *.
assert (xx : x * (1 + x) <= x * 1.0000005) by (apply Rmult_le_compat_l; lra).
assert (yy : y * (1 + y) <= 65 * u64) by (apply Rle_trans with (y * (1 + 0.01)); [apply Rmult_le_compat_l|]; lra).
assert (kx : x <= k * u32) by (unfold x; apply Rmult_le_compat_r; lra).
split.
- assert (P * 1 <= P * Q) by (apply Rmult_le_compat_l; lra). lra.
- assert (P * Q <= (1 + x * 1.0000005) * (1 + 65 * u64)) by (apply Rmult_le_compat; lra).
  assert (x * 1.0000005 * (65 * u64) <= 0.00001 * (65 * u64)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* What makes 3, 6; 2, 4 the counts that the constants of class A and B stand on *)
Lemma counts_max : (count_float_r <= 3 /\ count_float_q <= 6 /\ count_float_r_pivot_0 <= 2 /\ count_float_q_pivot_0 <= 4 /\
  count_doubles <= 64)%nat.
Proof. unfold count_float_r, count_float_q, count_float_r_pivot_0, count_float_q_pivot_0, count_doubles, count_double_r, count_double_q.
  lia. Qed.

Lemma le_nat_R a (b : nat) (c : R) : (a <= b)%nat -> INR b = c -> INR a <= c.
Proof. intros H <-. now apply le_INR. Qed.

Lemma a1_range : 0 <= a1 <= 3.00001 * format.u 24.
Proof.
destruct counts_max as (A & _ & _ & _ & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_float_r 3 ltac:(lia) (le_nat_R _ 3 3 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_float_r * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold a1. lra.
Qed.
Lemma b1_range : 0 <= b1 <= 6.0041 * format.u 24.
Proof.
destruct counts_max as (_ & A & _ & _ & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_float_q 6 ltac:(lia) (le_nat_R _ 6 6 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_float_q * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold b1. lra.
Qed.
Lemma a0_range : 0 <= a0 <= 2.00001 * format.u 24.
Proof.
destruct counts_max as (_ & _ & A & _ & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_float_r_pivot_0 2 ltac:(lia) (le_nat_R _ 2 2 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_float_r_pivot_0 * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold a0. lra.
Qed.
Lemma b0_range : 0 <= b0 <= 4.00001 * format.u 24.
Proof.
destruct counts_max as (_ & _ & _ & A & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_float_q_pivot_0 4 ltac:(lia) (le_nat_R _ 4 4 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_float_q_pivot_0 * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold b0. lra.
Qed.

Lemma b0w_range : 0 <= b0w <= 4.0001 * format.u 24.
Proof.
destruct counts_max as (_ & _ & _ & A & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_float_q_pivot_0 4 ltac:(lia) (le_nat_R _ 4 4 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_float_q_pivot_0 * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold b0w. lra.
Qed.
