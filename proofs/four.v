(* Section 5 for float: hi, rstd and shift of a mean in two doubles and a reciprocal deviation, as they are computed. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative.
Require Import sums format wide rstd nearest.
Local Open Scope R_scope.

Definition F32 := F (-149) 24.
Definition eta32 := bpow radix2 (-150).
Definition eta64 := bpow radix2 (-1075).
Lemma rnd64_F x : F64 (rnd64 x). Proof. exact (rnd_F emin64 53 ltac:(lia) x). Qed.
Lemma rnd32_F x : F32 (rnd32 x). Proof. exact (rnd_F (-149) 24 ltac:(lia) x). Qed.
Lemma rnd32_err x : Rabs (rnd32 x - x) <= u32 * Rabs x + eta32.
Proof. exact (rnd_err (-149) 24 ltac:(lia) x). Qed.
Lemma sub64 x y : F64 x -> F64 y -> Rabs (rnd64 (x - y) - (x - y)) <= u64 * Rabs (x - y).
Proof. exact (sub_err emin64 53 ltac:(lia) x y). Qed.

(* -- hi, rstd and shift -- *)
Section Four.
Variables mean mean_lo R1 : R.             (* all times S; R1 is rstd64 / S *)
Hypothesis Fm : F64 mean.
Hypothesis Fl : F64 mean_lo.
Let m := mean + mean_lo.
Hypothesis mean_m : Rabs (mean - m) <= 2 * u64 * Rabs m.
Hypothesis R1_range : bpow radix2 (-100) <= R1 <= bpow radix2 100.
Definition hi := rnd32 mean.
Definition rstd := rnd32 R1.
Definition shift := rnd32 (rnd64 (rnd64 (rnd64 (hi - mean) - mean_lo) * R1)).

Lemma tiny_eta k : (k <= -50)%Z -> bpow radix2 k <= u32 / 1000000.
Proof. intro H. apply Rle_trans with (bpow radix2 (-50)); [now apply bpow_le|]. rewrite u32_val. simpl. lra. Qed.
Lemma R1_0 : 0 < R1. Proof. assert (H := bpow_gt_0 radix2 (-100)). lra. Qed.

Lemma hi_near_all x : F32 x -> Rabs (hi - m) <= 1.001 * Rabs (x - m).
Proof.
intro Fx. apply (nearest (-149) 24 ltac:(lia) m mean); [|exact Fx]. eapply Rle_trans; [exact mean_m|].
apply Rmult_le_compat_r; [apply Rabs_pos|]. change (u 24) with u32. rewrite u32_val, u64_eq. lra.
Qed.

Lemma hi_is_float : Rabs (hi - m) <= 1.001 * u32 * Rabs m + 2 * eta32.
Proof.
assert (E := rnd32_err mean). fold hi in E. assert (M := mean_m). assert (U := u32_val). assert (U6 := u64_eq). assert (m0 := Rabs_pos m).
assert (e0 : 0 < eta32) by apply bpow_gt_0.
assert (u6m : u64 * Rabs m <= 0.0001 * (u32 * Rabs m)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (mm : Rabs mean <= Rabs m + 2 * u64 * Rabs m) by (replace mean with (m + (mean - m)) at 1 by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (u32 * Rabs mean <= u32 * (Rabs m + 2 * u64 * Rabs m)) by (apply Rmult_le_compat_l; lra).
assert (u32 * (u64 * Rabs m) <= 1 * (u64 * Rabs m)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra).
assert (um0 : 0 <= u32 * Rabs m) by (apply Rmult_le_pos; lra).
replace (hi - m) with ((hi - mean) + (mean - m)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma rstd_is_float : Rabs (rstd - R1) <= 1.00001 * u32 * R1.
Proof.
assert (E := rnd32_err R1). fold rstd in E. assert (Rp := R1_0). rewrite (Rabs_pos_eq R1) in E by lra. assert (U := u32_val).
assert (T : eta32 <= u32 / 1000000 * R1).
{ apply Rle_trans with (bpow radix2 (-50) * bpow radix2 (-100)); [unfold eta32; rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat; try apply bpow_ge_0; [now apply tiny_eta|tauto]. }
assert (0 <= u32 * R1) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma shift_is : Rabs (shift - (hi - m) * R1) <= 1.00001 * u32 * Rabs ((hi - m) * R1) + u32 / 100000.
Proof.
assert (U := u32_val). assert (U6 := u64_eq). assert (Rp := R1_0).
  assert (Fh : F64 hi) by (apply (F_F64 (-149) 24); [lia|unfold emin64; lia|apply rnd32_F]).
set (z1 := rnd64 (hi - mean)). set (w := hi - m). set (z2 := rnd64 (z1 - mean_lo)). set (z3 := rnd64 (z2 * R1)).
assert (e0 : 0 < eta32) by apply bpow_gt_0.
(* hi - mean is exact, but among the smallest floats *)
assert (A : Rabs (z1 - (hi - mean)) <= 10 * eta32 * u64).
{ destruct (sub_exact_or emin64 53 ltac:(lia) hi mean Fh Fm) as [X|X].
  - unfold z1, rnd64. rewrite X, Rminus_diag_eq, Rabs_R0 by reflexivity. apply Rmult_le_pos; lra.
  - assert (E := rnd32_err mean). fold hi in E. assert (B : Rabs (hi - mean) <= 2 * eta32).
    { assert (u32 * Rabs mean <= u32 * (2 * Rabs (hi - mean))) by (apply Rmult_le_compat_l; lra).
      assert (u32 * (2 * Rabs (hi - mean)) <= 0.1 * Rabs (hi - mean)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r;
        [apply Rabs_pos|lra]). lra. }
    assert (Q := sub64 hi mean Fh Fm). fold z1 in Q. assert (u64 * Rabs (hi - mean) <= u64 * (2 * eta32)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= u64 * eta32) by (apply Rmult_le_pos; lra). lra. }
assert (W : hi - mean - mean_lo = w) by (unfold w, m; ring).
assert (u6e : u64 * eta32 <= eta32) by (rewrite <- (Rmult_1_l eta32) at 2; apply Rmult_le_compat_r; lra).
assert (B : Rabs (z1 - mean_lo - w) <= 10 * eta32 * u64) by (rewrite <- W;
  replace (z1 - mean_lo - (hi - mean - mean_lo)) with (z1 - (hi - mean)) by ring; exact A).
assert (C : Rabs (z1 - mean_lo) <= Rabs w + 10 * eta32 * u64) by (replace (z1 - mean_lo) with (w + (z1 - mean_lo - w)) by ring;
  eapply Rle_trans; [apply Rabs_triang|lra]).
assert (D : Rabs (z2 - w) <= u64 * Rabs w + 20 * eta32 * u64).
{ assert (Q := sub64 z1 mean_lo (rnd64_F _) Fl). fold z2 in Q.
  assert (u64 * Rabs (z1 - mean_lo) <= u64 * (Rabs w + 10 * eta32 * u64)) by (apply Rmult_le_compat_l; lra).
  assert (u64 * (10 * eta32 * u64) <= 1 * (10 * eta32 * u64)) by (apply Rmult_le_compat_r; [repeat apply Rmult_le_pos|]; lra).
  replace (z2 - w) with ((z2 - (z1 - mean_lo)) + (z1 - mean_lo - w)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
set (o := Rabs (w * R1)). assert (oR : o = Rabs w * R1) by (unfold o; rewrite Rabs_mult, (Rabs_pos_eq R1); lra).
assert (o0 : 0 <= o) by apply Rabs_pos.
assert (eR : eta32 * R1 <= u32 / 1000000).
{ apply Rle_trans with (bpow radix2 (-150) * bpow radix2 100); [apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]|].
  rewrite <- bpow_plus. apply tiny_eta. lia. }
assert (u6eR : 0 <= u64 * (eta32 * R1) <= 0.001 * (u32 / 1000000)).
{ split; [repeat apply Rmult_le_pos; lra|]. apply Rmult_le_compat; try lra. apply Rmult_le_pos; lra. }
assert (u6o : 0 <= u64 * o <= 0.000001 * (u32 * o)) by (split; [apply Rmult_le_pos; lra|rewrite <- Rmult_assoc; apply Rmult_le_compat_r;
  lra]).
assert (uo : 0 <= u32 * o <= 0.000001 * o) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (E : Rabs (z2 * R1 - w * R1) <= u64 * o + 20 * (u64 * (eta32 * R1))).
{ rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq R1), oR by lra.
  assert (Rabs (z2 - w) * R1 <= (u64 * Rabs w + 20 * eta32 * u64) * R1) by (apply Rmult_le_compat_r; lra). lra. }
assert (Zb : Rabs (z2 * R1) <= o + (u64 * o + 20 * (u64 * (eta32 * R1)))) by (replace (z2 * R1) with (w * R1 + (z2 * R1 - w * R1)) by ring;
  eapply Rle_trans; [apply Rabs_triang|fold o; lra]).
assert (e64 : bpow radix2 (-1075) <= u32 / 1000000) by (apply tiny_eta; lia).
  assert (e32 : eta32 <= u32 / 1000000) by (apply tiny_eta; lia).
assert (G : Rabs (z3 - z2 * R1) <= u64 * Rabs (z2 * R1) + bpow radix2 (-1075)) by apply rnd64_err.
assert (uZ : u64 * Rabs (z2 * R1) <= u64 * (o + (u64 * o + 20 * (u64 * (eta32 * R1))))) by (apply Rmult_le_compat_l; lra).
assert (uu1 : u64 * (u64 * o) <= 0.001 * (u64 * o)) by (apply Rmult_le_compat_r; lra).
assert (uu2 : u64 * (u64 * (eta32 * R1)) <= 0.001 * (u64 * (eta32 * R1))) by (apply Rmult_le_compat_r; lra).
assert (H : Rabs (z3 - w * R1) <= 2.1 * (u64 * o) + 1.1 * (u32 / 1000000)).
{ replace (z3 - w * R1) with ((z3 - z2 * R1) + (z2 * R1 - w * R1)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Z3 : Rabs z3 <= o + (2.1 * (u64 * o) + 1.1 * (u32 / 1000000))) by (replace z3 with (w * R1 + (z3 - w * R1)) by ring;
  eapply Rle_trans; [apply Rabs_triang|fold o; lra]).
assert (K : Rabs (shift - z3) <= u32 * Rabs z3 + eta32) by apply rnd32_err.
assert (uK : u32 * Rabs z3 <= u32 * (o + (2.1 * (u64 * o) + 1.1 * (u32 / 1000000)))) by (apply Rmult_le_compat_l; lra).
assert (uuo : u32 * (u64 * o) <= 0.001 * (u64 * o)) by (apply Rmult_le_compat_r; lra).
assert (uu3 : u32 * (u32 / 1000000) <= 0.001 * (u32 / 1000000)) by (apply Rmult_le_compat_r; lra).
replace (shift - w * R1) with ((shift - z3) + (z3 - w * R1)) by ring. eapply Rle_trans; [apply Rabs_triang|]. fold o. lra.
Qed.

Lemma etas : eta32 <= u32 / 100000 /\ 4 * eta32 * R1 <= u32 / 100000.
Proof.
assert (U := u32_val). assert (Rp := R1_0). split; [assert (A := tiny_eta (-150) ltac:(lia)); unfold eta32; lra|].
assert (eR : eta32 * R1 <= u32 / 1000000).
{ apply Rle_trans with (bpow radix2 (-150) * bpow radix2 100); [apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]|].
  rewrite <- bpow_plus. apply tiny_eta. lia. }
lra.
Qed.
End Four.
