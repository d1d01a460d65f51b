(* Section 5 for float, eps inside: var, V, hi, rstd and shift as they are computed;
  then LayerNorm from merged moments to y, nothing left out. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format wide look rstd last total nearest row rms.
Require Export four.
Import ListNotations.
Local Open Scope R_scope.

(* -- rstd -- *)
Section Variance.
Variables m2 cols eps : R.
Hypothesis F_m2 : F64 m2.
Hypothesis m2_pos : 0 <= m2.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Definition inv := rnd64 (1 / cols).
Definition var_c := rnd64 (m2 * inv).
Definition V := rnd64 (var_c + eps).
Let V2 := m2 / cols.

Lemma eta64_le k x : (-400 <= k)%Z -> bpow radix2 k <= x -> eta64 <= 0.001 * u64 * x.
Proof.
intros Hk H. apply Rle_trans with (0.001 * u64 * bpow radix2 (-400)).
- unfold u64, eta64. rewrite Rmult_assoc, <- bpow_plus. apply Rle_trans with (bpow radix2 (-10) * bpow radix2 (-53 + -400)).
  + rewrite <- bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
- apply Rmult_le_compat_l; [assert (A := u64_val); lra|]. apply Rle_trans with (2 := H). now apply bpow_le.
Qed.

Lemma var_err : Rabs (var_c - V2) <= 2.01 * u64 * V2 + eta64.
Proof.
assert (U := u64_val). assert (ci : bpow radix2 (-40) <= / cols).
{ replace (bpow radix2 (-40)) with (/ bpow radix2 40) by (rewrite <- bpow_opp; reflexivity). apply Rinv_le; lra. }
assert (c0 : 0 < / cols) by (apply Rinv_0_lt_compat; lra).
assert (I : Rabs (inv - / cols) <= 1.001 * u64 * / cols).
{ unfold inv. replace (1 / cols) with (/ cols) by (field; lra). eapply Rle_trans; [apply rnd64_err|]. rewrite (Rabs_pos_eq (/ cols)) by lra.
  assert (E := eta64_le (-40) (/ cols) ltac:(lia) ci). unfold eta64 in E. lra. }
assert (v0 : 0 <= V2) by (unfold V2, Rdiv; apply Rmult_le_pos; lra).
assert (uv : 0 <= u64 * V2 <= 0.001 * V2) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (A : Rabs (m2 * inv - V2) <= 1.001 * u64 * V2).
{ unfold V2, Rdiv. rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq m2) by assumption.
  replace (1.001 * u64 * (m2 * / cols)) with (m2 * (1.001 * u64 * / cols)) by ring. now apply Rmult_le_compat_l. }
assert (E := rnd64_err (m2 * inv)). fold eta64 in E. change (rnd64 (m2 * inv)) with var_c in E.
assert (Mb : Rabs (m2 * inv) <= 1.002 * V2).
{ replace (m2 * inv) with ((m2 * inv - V2) + V2) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq V2) by assumption.
  lra. }
assert (u64 * Rabs (m2 * inv) <= u64 * (1.002 * V2)) by (apply Rmult_le_compat_l; lra).
replace (var_c - V2) with ((var_c - m2 * inv) + (m2 * inv - V2)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma V_err_low : bpow radix2 (-400) <= V -> Rabs (V - (V2 + eps)) <= 4 * u64 * V.
Proof.
intro low. assert (U := u64_val). assert (B := var_err).
assert (v0 : 0 <= V2) by (unfold V2, Rdiv; apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]).
assert (uv : 0 <= u64 * V2 <= 0.001 * V2) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (C : Rabs (V - (var_c + eps)) <= u64 * Rabs (var_c + eps)) by (apply (add_err emin64 53 ltac:(lia)); [apply rnd64_F|assumption]).
assert (eV : eta64 <= 0.001 * u64 * V) by (apply (eta64_le (-400)); [lia|exact low]).
assert (Vp : 0 < V) by (assert (P := bpow_gt_0 radix2 (-400)); lra).
assert (uV : 0 <= u64 * V <= 0.001 * V) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
(* all terms against V *)
assert (D : Rabs (var_c + eps) <= 1.01 * V).
{ assert (X := Rabs_triang (var_c + eps - V) V). replace (var_c + eps - V + V) with (var_c + eps) in X by ring.
  rewrite <- Rabs_Ropp in C. replace (- (V - (var_c + eps))) with (var_c + eps - V) in C by ring. rewrite (Rabs_pos_eq V) in X by lra.
  assert (u64 * Rabs (var_c + eps) <= 0.001 * Rabs (var_c + eps)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (uD : u64 * Rabs (var_c + eps) <= u64 * (1.01 * V)) by (apply Rmult_le_compat_l; lra).
assert (E : V2 + eps <= 1.02 * V).
{ assert (X := Rle_abs (var_c + eps)). assert (Y := Rle_abs (- (var_c - V2))). rewrite Rabs_Ropp in Y. lra. }
assert (uE : u64 * V2 <= u64 * (1.02 * V)) by (apply Rmult_le_compat_l; lra).
replace (V - (V2 + eps)) with ((V - (var_c + eps)) + (var_c - V2)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Hypothesis ordinary : bpow radix2 (-80) <= V <= bpow radix2 80.
Lemma V_err : Rabs (V - (V2 + eps)) <= 4 * u64 * V.
Proof. apply V_err_low. apply Rle_trans with (2 := proj1 ordinary). apply bpow_le. lia. Qed.

(* rstd64 against 1/sqrt of the exact V2 + eps *)
Lemma R1_is : Rabs (newton V * sqrt (V2 + eps) - 1) <= 0.001 * u32.
Proof.
assert (N := newton_err V ordinary). assert (U := u64_val). assert (U3 := u32_val). assert (U6 := u64_eq).
assert (Vp : 0 < V) by (assert (P := bpow_gt_0 radix2 (-80)); lra). assert (E := V_err).
set (e := (V2 + eps) / V - 1). assert (eb : Rabs e <= 4 * u64).
{ replace e with (- (V - (V2 + eps)) * / V) by (unfold e; field; lra).
  rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (/ V)) by (left; now apply Rinv_0_lt_compat).
  apply Rmult_le_reg_r with V; [assumption|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact E. }
destruct (sqrt1 e) as (d & D & X); [lra|].
assert (S : sqrt (V2 + eps) = sqrt V * (1 + d)).
{ replace (V2 + eps) with (V * (1 + e)) by (unfold e; field; lra). rewrite sqrt_mult_alt by lra. now rewrite X. }
rewrite S. set (w := newton V * sqrt V - 1) in *. replace (newton V * (sqrt V * (1 + d)) - 1) with (w + (d + w * d)) by (unfold w; ring).
assert (db : Rabs d <= 3 * u64) by lra.
eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang d (w * d)). rewrite Rabs_mult in T.
assert (Rabs w * Rabs d <= 1 * Rabs d) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra.
Qed.

Lemma newton_range : bpow radix2 (-41) <= newton V <= bpow radix2 41.
Proof.
assert (N := newton_err V ordinary). assert (U3 := u32_val). assert (SR := S_range V ordinary).
set (s := sqrt V) in *. assert (s0 : 0 < s) by (assert (P := bpow_gt_0 radix2 (-40)); lra).
assert (A := Rle_abs (newton V * s - 1)). assert (B := Rle_abs (- (newton V * s - 1))). rewrite Rabs_Ropp in B.
assert (e1 : bpow radix2 (-40) * bpow radix2 40 = 1) by (rewrite <- bpow_plus; reflexivity).
assert (e2 : bpow radix2 (-41) = bpow radix2 (-40) / 2) by (change (-41)%Z with (-40 + -1)%Z; rewrite bpow_plus;
  change (bpow radix2 (-1)) with (/ 2); reflexivity).
assert (e3 : bpow radix2 41 = bpow radix2 40 * 2) by (change 41%Z with (40 + 1)%Z; rewrite bpow_plus; reflexivity).
assert (p1 := bpow_gt_0 radix2 (-40)). assert (p2 := bpow_gt_0 radix2 40).
split; apply Rmult_le_reg_r with s; try assumption.
- rewrite e2. assert (bpow radix2 (-40) * s <= bpow radix2 (-40) * bpow radix2 40) by (apply Rmult_le_compat_l; lra). lra.
- rewrite e3. assert (bpow radix2 40 * bpow radix2 (-40) <= bpow radix2 40 * s) by (apply Rmult_le_compat_l; lra). lra.
Qed.
End Variance.

(* -- hi, rstd and shift, at S = 1: four.v -- *)
Section Four.
Variables a c R1 : R.                      (* mean and mean_lo are sum(a, c); R1 is rstd64 *)
Hypothesis Fa : F64 a.
Hypothesis Fc : F64 c.
Definition mean := two_s a c.
Definition mean_lo := two_e a c.
Definition m := mean + mean_lo.
Hypothesis R1_range : bpow radix2 (-41) <= R1 <= bpow radix2 41.
Definition hi := four.hi mean.
Definition rstd := four.rstd R1.
Definition shift := four.shift mean mean_lo R1.

Lemma m_eq : m = a + c. Proof. now apply two_sum. Qed.
Lemma mean_m : Rabs (mean - m) <= 2 * u64 * Rabs m.
Proof.
assert (U := u64_val). rewrite m_eq. unfold mean, two_s. eapply Rle_trans; [exact (add_err emin64 53 ltac:(lia) a c Fa Fc)|].
change (u 53) with u64. apply Rmult_le_compat_r; [apply Rabs_pos|lra].
Qed.
Lemma R1_wide : bpow radix2 (-100) <= R1 <= bpow radix2 100.
Proof. split; [apply Rle_trans with (2 := proj1 R1_range)|apply Rle_trans with (1 := proj2 R1_range)]; apply bpow_le; lia. Qed.
Lemma R1_pos : 0 < R1. Proof. exact (R1_0 R1 R1_wide). Qed.
Lemma hi_near_all x : F32 x -> Rabs (hi - m) <= 1.001 * Rabs (x - m).
Proof. exact (four.hi_near_all mean mean_lo mean_m x). Qed.
Lemma hi_is_float : Rabs (hi - m) <= 1.001 * u32 * Rabs m + 2 * eta32.
Proof. exact (four.hi_is_float mean mean_lo mean_m). Qed.
Lemma rstd_is_float : Rabs (rstd - R1) <= 1.00001 * u32 * R1. Proof. exact (four.rstd_is_float R1 R1_wide). Qed.
Lemma shift_is : Rabs (shift - (hi - m) * R1) <= 1.00001 * u32 * Rabs ((hi - m) * R1) + u32 / 100000.
Proof. exact (four.shift_is mean mean_lo R1 (rnd64_F _) (two_e_F _ _) R1_wide). Qed.
Lemma etas : eta32 <= u32 / 100000 /\ 4 * eta32 * R1 <= u32 / 100000. Proof. exact (four.etas R1 R1_wide). Qed.
End Four.
