(* Pairs of doubles: the error-free product of section 1 in both classes, and what merging two moments (section 4) may lose. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative Plus_error Mult_error.
From Flocq Require Import Pff.Pff2Flocq.
Require Import format wide.
Local Open Scope R_scope.

(* product(a, b): p = a * b; fused e = fma(a, b, -p); unfused Dekker's. Where nothing underflows both are exact. *)
Definition pr a b := rnd64 (a * b).
Definition pe_fused a b := rnd64 (a * b - rnd64 (a * b)).

Lemma u53 : format.u 53 = u64. Proof. reflexivity. Qed.
Definition eta64 := bpow radix2 (-1075).

Lemma product_fused a b : F64 a -> F64 b -> a * b = 0 \/ bpow radix2 (-1074 + 2 * 53 - 1) <= Rabs (a * b) -> pr a b + pe_fused a b = a * b.
Proof.
intros Fa Fb H. unfold pe_fused. assert (E : F64 (a * b - rnd64 (a * b))).
{ destruct H as [Z|H].
  - rewrite Z. assert (E0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite E0, Rminus_0_r. apply F_0.
  - replace (a * b - rnd64 (a * b)) with (- (rnd64 (a * b) - a * b)) by ring. apply F_opp.
    assert (Pg : Prec_gt_0 53) by reflexivity.
    apply (mult_error_FLT radix2 emin64 53 (Znearest (fun x => negb (Z.even x))) a b Fa Fb). intros _. exact H. }
rewrite (rnd_id emin64 53 _ E : rnd64 _ = _). unfold pr. ring.
Qed.

(* whatever underflows: within a few of the smallest double *)
Lemma product_fused_any a b : F64 a -> F64 b -> Rabs (pr a b + pe_fused a b - a * b) <= 2 * eta64 + u64 * u64 * Rabs (a * b).
Proof.
intros Fa Fb. unfold pe_fused, pr. set (p := rnd64 (a * b)). set (d := a * b - p).
assert (R : Rabs (rnd64 d - d) <= u64 * Rabs d + eta64) by exact (rnd_err emin64 53 ltac:(lia) d).
assert (D : Rabs d <= u64 * Rabs (a * b) + eta64).
{ unfold d. rewrite Rabs_minus_sym. exact (rnd_err emin64 53 ltac:(lia) (a * b)). }
replace (p + rnd64 d - a * b) with (rnd64 d - d) by (unfold d; ring). assert (U := u64_val).
assert (u64 * Rabs d <= u64 * (u64 * Rabs (a * b) + eta64)) by (apply Rmult_le_compat_l; lra).
assert (e0 : 0 < eta64) by apply bpow_gt_0. assert (u64 * eta64 <= 1 * eta64) by (apply Rmult_le_compat_r; lra). lra.
Qed.
