(* Section 5 for float: rstd64 as 1 / den, for rows out of range and for LN_EPS_OUTSIDE. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative.
Require Import sums format wide rstd scale32.
Local Open Scope R_scope.

Lemma far_from_0 k x : (-1000 <= k)%Z -> bpow radix2 k <= x -> bpow radix2 (-1022) <= Rabs x /\ 0 < x.
Proof.
intros Hk H. assert (P := bpow_gt_0 radix2 k). split; [|lra]. rewrite Rabs_pos_eq by lra. apply Rle_trans with (2 := H). apply bpow_le. lia.
Qed.

(* -- 1 / den, den being D' but for a few roundings -- *)
Section Recip.
Variables den D : R.
Hypothesis D_pos : 0 < D.
Hypothesis D_max : D <= bpow radix2 500.
Hypothesis den_err : Rabs (den - D) <= 5 * u64 * D.
Definition recip := rnd64 (1 / den).

Lemma recip_is : Rabs (recip * D - 1) <= 0.001 * u32.
Proof.
assert (U3 := u32_val). assert (U6 := u64_eq). set (e := den / D - 1).
assert (De : den = D * (1 + e)) by (unfold e; field; lra).
assert (eb : Rabs e <= 5 * u64).
{ replace e with ((den - D) * / D) by (unfold e; field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D)) by (left; now apply Rinv_0_lt_compat).
  apply Rmult_le_reg_r with D; [assumption|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact den_err. }
destruct (Rabs_def2 e 0.001 ltac:(lra)) as (e1 & e2).
assert (dp : 0 < den) by (rewrite De; apply Rmult_lt_0_compat; lra).
assert (dm : den <= bpow radix2 501).
{ rewrite De. replace (bpow radix2 501) with (bpow radix2 500 * 2) by (change 501%Z with (500 + 1)%Z; now rewrite bpow_plus).
  apply Rmult_le_compat; lra. }
assert (L : bpow radix2 (-501) <= 1 / den).
{ replace (bpow radix2 (-501)) with (/ bpow radix2 501) by (rewrite <- bpow_opp; reflexivity). unfold Rdiv. rewrite Rmult_1_l.
  apply Rinv_le; assumption. }
destruct (rel64 (1 / den) (proj1 (far_from_0 (-501) _ ltac:(lia) L))) as (f & fb & Ef). unfold recip. rewrite Ef, De.
replace (1 / (D * (1 + e)) * (1 + f) * D - 1) with ((f - e) * / (1 + e)) by (field; lra).
rewrite Rabs_mult, (Rabs_pos_eq (/ (1 + e))) by (left; apply Rinv_0_lt_compat; lra).
assert (I : / (1 + e) <= / 0.999) by (apply Rinv_le; lra). assert (I0 : 0 < / (1 + e)) by (apply Rinv_0_lt_compat; lra).
assert (T : Rabs (f - e) <= 6 * u64) by (unfold Rminus; eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_Ropp; lra).
apply Rle_trans with (6 * u64 * / 0.999); [apply Rmult_le_compat; try lra; apply Rabs_pos|lra].
Qed.
End Recip.

(* where a reciprocal lies *)
Lemma recip_range R1 D a b : Rabs (R1 * D - 1) <= 0.001 * u32 -> bpow radix2 a <= D <= bpow radix2 b ->
  bpow radix2 (- b - 1) <= R1 <= bpow radix2 (- a + 1).
Proof.
intros E (A & B). assert (U := u32_val). assert (P := bpow_gt_0 radix2 a). assert (Q := bpow_gt_0 radix2 b).
assert (X := Rabs_def2 (R1 * D - 1) 0.1 ltac:(lra)). destruct X as (X1 & X2).
assert (R0 : 0 < R1) by (apply Rmult_lt_reg_r with D; lra).
assert (Ea : bpow radix2 (- a) * bpow radix2 a = 1) by (rewrite <- bpow_plus; replace (- a + a)%Z with 0%Z by lia; reflexivity).
assert (Eb : bpow radix2 (- b) * bpow radix2 b = 1) by (rewrite <- bpow_plus; replace (- b + b)%Z with 0%Z by lia; reflexivity).
split.
- unfold Zminus. rewrite bpow_plus. change (bpow radix2 (-(1))) with (/ 2). apply Rmult_le_reg_r with (bpow radix2 b); [assumption|].
  assert (R1 * D <= R1 * bpow radix2 b) by (apply Rmult_le_compat_l; lra). lra.
- rewrite bpow_plus. change (bpow radix2 1) with 2. apply Rmult_le_reg_r with (bpow radix2 a); [assumption|].
  assert (R1 * bpow radix2 a <= R1 * D) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma root_err v w e : 0 < w -> v = w * (1 + e) -> Rabs e <= 5 * u64 -> bpow radix2 (-800) <= sqrt v ->
  Rabs (rnd64 (sqrt v) - sqrt w) <= (0.5004 * Rabs e + 1.001 * u64) * sqrt w.
Proof.
intros W Ev Eb L. assert (U6 := u64_eq). destruct (sqrt1 e ltac:(lra)) as (d & Dd & X).
destruct (rel64 (sqrt v) (proj1 (far_from_0 (-800) _ ltac:(lia) L))) as (f & fb & Ef).
assert (Sv : sqrt v = sqrt w * (1 + d)) by (rewrite Ev, sqrt_mult_alt by lra; now rewrite X).
rewrite Ef, Sv. replace (sqrt w * (1 + d) * (1 + f) - sqrt w) with ((d + f * (1 + d)) * sqrt w) by ring.
rewrite Rabs_mult, (Rabs_pos_eq (sqrt w)) by apply sqrt_pos. apply Rmult_le_compat_r; [apply sqrt_pos|].
eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult.
assert (D1 : Rabs (1 + d) <= 1.001) by (eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_R1; lra).
assert (Rabs f * Rabs (1 + d) <= u64 * 1.001) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
assert (A := Rabs_pos e). lra.
Qed.

Section Den.
Variables m2 cols eps : R.
Hypothesis m2_pos : 0 <= m2.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Let V2 := m2 / cols.
Hypothesis V2_low : bpow radix2 (-350) <= V2.

Lemma V2_pos : 0 < V2. Proof. assert (P := bpow_gt_0 radix2 (-350)). lra. Qed.
Lemma rel_is x y : 0 < y -> Rabs (x - y) <= 5 * u64 * y -> x = y * (1 + (x / y - 1)) /\ Rabs (x / y - 1) <= / y * Rabs (x - y).
Proof.
intros Y H. split; [field; lra|]. replace (x / y - 1) with (/ y * (x - y)) by (field; lra).
rewrite Rabs_mult, (Rabs_pos_eq (/ y)) by (left; now apply Rinv_0_lt_compat). apply Rle_refl.
Qed.
Lemma rel_le x y c : 0 < y -> Rabs (x - y) <= c * y -> / y * Rabs (x - y) <= c.
Proof.
intros Y H. apply Rmult_le_reg_l with y; [assumption|]. rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. lra.
Qed.

(* eps inside *)
Definition den_in := rnd64 (sqrt (V m2 cols eps)).
Lemma den_in_err : bpow radix2 (-400) <= V m2 cols eps -> Rabs (den_in - sqrt (V2 + eps)) <= 5 * u64 * sqrt (V2 + eps).
Proof.
intro low. assert (U := u64_eq). assert (E := V_err_low m2 cols eps m2_pos F_eps eps_pos cols_range low). fold V2 in E.
assert (P := V2_pos). set (v := V m2 cols eps) in *. assert (vp : 0 < v) by (assert (Z := bpow_gt_0 radix2 (-400)); lra).
assert (uv : u64 * v <= 0.001 * v) by (apply Rmult_le_compat_r; lra).
assert (vw : v <= 1.01 * (V2 + eps)) by (assert (X := Rle_abs (v - (V2 + eps))); lra).
assert (E2 : Rabs (v - (V2 + eps)) <= 4.1 * u64 * (V2 + eps)).
{ assert (u64 * v <= u64 * (1.01 * (V2 + eps))) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * (V2 + eps)) by (apply Rmult_le_pos; lra). lra. }
destruct (rel_is v (V2 + eps) ltac:(lra)) as (Ev & Eb).
{ assert (0 <= u64 * (V2 + eps)) by (apply Rmult_le_pos; lra). lra. }
assert (E3 := rel_le v (V2 + eps) _ ltac:(lra) E2). set (e := v / (V2 + eps) - 1) in *.
assert (L : bpow radix2 (-800) <= sqrt v).
{ apply Rle_trans with (sqrt (bpow radix2 (-400))); [|now apply sqrt_le_1_alt].
  replace (-400)%Z with (2 * -200)%Z by lia. rewrite sqrt_bpow. apply bpow_le. lia. }
eapply Rle_trans; [apply (root_err v (V2 + eps) e ltac:(lra) Ev ltac:(lra) L)|]. apply Rmult_le_compat_r; [apply sqrt_pos|lra].
Qed.

(* eps outside *)
Definition root_out := rnd64 (sqrt (var_c m2 cols)).
Definition den_out := rnd64 (root_out + eps).
Definition V_out := rnd64 (den_out * den_out).
Lemma den_out_err : Rabs (den_out - (sqrt V2 + eps)) <= 5 * u64 * (sqrt V2 + eps).
Proof.
assert (U := u64_eq). assert (E := var_err m2 cols m2_pos cols_range). fold V2 in E. assert (P := V2_pos).
assert (T := eta64_le (-350) V2 ltac:(lia) V2_low). set (v := var_c m2 cols) in *.
assert (E2 : Rabs (v - V2) <= 2.02 * u64 * V2) by (assert (0 <= u64 * V2) by (apply Rmult_le_pos; lra); lra).
destruct (rel_is v V2 P) as (Ev & Eb); [assert (0 <= u64 * V2) by (apply Rmult_le_pos; lra); lra|].
assert (E3 := rel_le v V2 _ P E2). set (e := v / V2 - 1) in *.
assert (vl : V2 / 2 <= v).
{ assert (X := Rle_abs (- (v - V2))). rewrite Rabs_Ropp in X. assert (u64 * V2 <= 0.001 * V2) by (apply Rmult_le_compat_r; lra). lra. }
assert (L : bpow radix2 (-800) <= sqrt v).
{ apply Rle_trans with (sqrt (bpow radix2 (-352))).
  - replace (-352)%Z with (2 * -176)%Z by lia. rewrite sqrt_bpow. apply bpow_le. lia.
  - apply sqrt_le_1_alt. apply Rle_trans with (2 := vl). apply Rle_trans with (bpow radix2 (-350) / 2); [|lra].
    unfold Rdiv. change (/ 2) with (bpow radix2 (-1)). rewrite <- bpow_plus. apply bpow_le. lia. }
assert (R := root_err v V2 e P Ev ltac:(lra) L). fold v in R. change (rnd64 (sqrt v)) with root_out in R.
set (q := sqrt V2) in *. assert (q0 : 0 <= q) by apply sqrt_pos.
assert (R2 : Rabs (root_out - q) <= 2.1 * u64 * q) by (eapply Rle_trans; [exact R|]; apply Rmult_le_compat_r; lra).
assert (A : Rabs (den_out - (root_out + eps)) <= u64 * Rabs (root_out + eps)) by (apply (add_err emin64 53 ltac:(lia)); [apply rnd64_F|assumption]).
assert (uq : 0 <= u64 * q <= 0.001 * q) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (B : Rabs (root_out + eps) <= 1.01 * (q + eps)).
{ replace (root_out + eps) with ((root_out - q) + (q + eps)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  rewrite (Rabs_pos_eq (q + eps)) by lra. lra. }
assert (u64 * Rabs (root_out + eps) <= u64 * (1.01 * (q + eps))) by (apply Rmult_le_compat_l; lra).
assert (0 <= u64 * eps) by (apply Rmult_le_pos; lra).
replace (den_out - (q + eps)) with ((den_out - (root_out + eps)) + (root_out - q)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
End Den.
