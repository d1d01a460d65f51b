(* What the counts of counts.txt are worth for f64: (1 + u)^c (1 + 2^-99)^20 - 1, as lanes are error-free pairs. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format wide counts counts32.
Local Open Scope R_scope.

(* deviation 1, additions 2 in r; squares 1 and additions 3 in q; the errors of pairs are added in fewer steps than wide.padd_ok allows *)
Lemma counts64 : (1 + 2 <= count_f64_r <= 3 /\ 0 + 2 <= count_f64_r_pivot_0 <= 2 /\ 2 * 1 + 4 <= count_f64_q <= 6 /\
  2 * 0 + 4 <= count_f64_q_pivot_0 <= 4 /\ Nat.max count_f64_error_r count_f64_error_q < 24)%nat.
Proof. unfold count_f64_r, count_f64_r_pivot_0, count_f64_q, count_f64_q_pivot_0, count_f64_error_r, count_f64_error_q. simpl. lia. Qed.

Definition ac64 (c : nat) := (1 + u64) ^ c * (1 + pw) ^ 20 - 1.
Definition a1 := ac64 count_f64_r + u64 / 1000000.
Definition b1 := ac64 count_f64_q + u64 / 1000000.
Definition a0 := ac64 count_f64_r_pivot_0 + u64 / 1000000.
Definition b0 := ac64 count_f64_q_pivot_0 + u64 / 1000000.

Lemma ac64_bound c k : (c <= 8)%nat -> INR c <= k -> 0 <= ac64 c <= (k + 0.000005) * u64.
Proof.
intros Hc Hk. unfold ac64. assert (C8 : INR c <= 8) by (replace 8 with (INR 8) by (simpl; lra); now apply le_INR).
assert (C0 := pos_INR c). assert (U := u64_eq).
assert (Wv : pw = 128 * (u64 * u64)) by (unfold pw, u64; rewrite <- bpow_plus; replace 128 with (bpow radix2 7) by (simpl; lra);
  rewrite <- bpow_plus; reflexivity).
assert (uu : 0 <= u64 * u64 <= 0.000000000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (X : 0 <= INR c * u64 <= 8 * u64) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (I20 : INR 20 = 20) by (simpl; lra).
destruct (pow_bound u64 c) as (A & B); [lra|lra|]. destruct (pow_bound pw 20) as (A2 & B2); [lra|rewrite I20; lra|]. rewrite I20 in *.
set (x := INR c * u64) in *. set (P := (1 + u64) ^ c) in *. set (Q := (1 + pw) ^ 20) in *.
assert (xx : x * (1 + x) <= x * 1.0000005) by (apply Rmult_le_compat_l; lra).
assert (kx : x <= k * u64) by (unfold x; apply Rmult_le_compat_r; lra).
assert (yy : 20 * pw * (1 + 20 * pw) <= 21 * pw) by (apply Rle_trans with (20 * pw * (1 + 0.01)); [apply Rmult_le_compat_l|]; lra).
split.
- assert (1 * 1 <= P * Q) by (apply Rmult_le_compat; lra). lra.
- assert (P * Q <= (1 + x * 1.0000005) * (1 + 21 * pw)) by (apply Rmult_le_compat; lra).
  assert (x * 1.0000005 * (21 * pw) <= 0.00001 * (21 * pw)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma range64 c (k : nat) : (c <= k)%nat -> (k <= 8)%nat -> 0 <= ac64 c + u64 / 1000000 <= (INR k + 0.00001) * format.u 53.
Proof.
intros H K. assert (U := u64_val). destruct (ac64_bound c (INR k) ltac:(lia) (le_INR _ _ H)). change (format.u 53) with u64. lra.
Qed.
Lemma a1_range : 0 <= a1 <= 3.00001 * format.u 53.
Proof. assert (H := range64 count_f64_r 3 ltac:(destruct counts64; lia) ltac:(lia)). simpl INR in H. unfold a1. lra. Qed.
Lemma b1_range : 0 <= b1 <= 6.00001 * format.u 53.
Proof. assert (H := range64 count_f64_q 6 ltac:(destruct counts64; lia) ltac:(lia)). simpl INR in H. unfold b1. lra. Qed.
Lemma a0_range : 0 <= a0 <= 2.00001 * format.u 53.
Proof. assert (H := range64 count_f64_r_pivot_0 2 ltac:(destruct counts64; lia) ltac:(lia)). simpl INR in H. unfold a0. lra. Qed.
Lemma b0_range : 0 <= b0 <= 4.00001 * format.u 53.
Proof. assert (H := range64 count_f64_q_pivot_0 4 ltac:(destruct counts64; lia) ltac:(lia)). simpl INR in H. unfold b0. lra. Qed.
