(* Section 5 for f64 from m2 as a pair: var, V and rstd, eps inside. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import sums format wide merge step rstd f64_pairs f64_rstd.
Local Open Scope R_scope.
Local Notation rnd64_F := merge.rnd64_F.

Section Var64.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variables m2 m2l cols eps : R.
Hypothesis Fs : F64 m2 /\ F64 m2l /\ F64 cols /\ F64 eps.
Hypothesis m2_pos : 0 <= m2.
Hypothesis m2l_small : Rabs m2l <= 1.01 * u64 * Rabs m2.
Hypothesis cols1 : 1 <= cols.
Hypothesis eps_pos : 0 <= eps.
Definition var64 := quo m2 cols.
Definition var64_lo := quo_lo pe m2 m2l cols.
Definition V64 := two_s var64 eps.
Definition V64_lo := rnd64 (two_e var64 eps + var64_lo).
Definition R1_64 := rstd_sum_in pe V64 V64_lo.
Definition rstd64 := rstd_in pe V64 V64_lo.
Let V2 := (m2 + m2l) / cols.
Hypothesis ordinary : bpow radix2 (-800) <= V64 <= bpow radix2 800.

Lemma V64_pos : 0 < V64. Proof. assert (H := bpow_gt_0 radix2 (-800)). lra. Qed.
Lemma V2_0 : 0 <= V2.
Proof.
assert (Ur := u64_val). rewrite (Rabs_pos_eq m2) in m2l_small by assumption. assert (u64 * m2 <= 0.0001 * m2) by (apply Rmult_le_compat_r;
  lra).
assert (X := Rle_abs (- m2l)). rewrite Rabs_Ropp in X. apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra].
Qed.

Lemma V64_err : Rabs (V64 + V64_lo - (V2 + eps)) <= 23 * (u64 * (u64 * V64)) /\ Rabs V64_lo <= 6 * (u64 * V64).
Proof.
destruct Fs as (F1 & F2 & F3 & F4). assert (Ur := u64_val). assert (Vp := V64_pos). assert (e0 := eta64_pos).
assert (eV : eta64 <= 0.0001 * (u64 * (u64 * V64))) by (apply (eta_le (-800)); [lia|apply ordinary]).
destruct (quotient pe pe_ok m2 m2l cols (conj F1 (conj F2 F3)) cols1 m2l_small) as (Q1 & Q2 & Q3).
assert (Q0 := quo_err m2 cols cols1). fold var64 in Q0, Q1, Q2. fold var64_lo in Q1, Q3. fold V2 in Q1.
rewrite (Rabs_pos_eq m2) in * by assumption. set (w := m2 / cols) in *.
assert (w0 : 0 <= w) by (apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; lra]).
assert (Fv : F64 var64) by apply rnd64_F. assert (TS := two_sum var64 eps Fv F4). fold V64 in TS. set (e := two_e var64 eps) in *.
assert (Fe : F64 e) by apply two_e_F. assert (eb : Rabs e <= u64 * Rabs (var64 + eps)) by now apply two_e_le.
assert (v0 : 0 <= var64).
{ unfold var64, quo. assert (Z : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite <- Z. apply (rnd_le emin64 53 ltac:(lia)). exact w0. }
rewrite (Rabs_pos_eq (var64 + eps)) in eb by lra.
assert (uV : 0 <= u64 * V64 <= 0.00001 * V64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuV : 0 <= u64 * (u64 * V64) <= 0.00001 * (u64 * V64)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (es := Rle_abs e). assert (usm : u64 * (var64 + eps) <= 0.00001 * (var64 + eps)) by (apply Rmult_le_compat_r; lra).
assert (vV : var64 + eps <= 1.0001 * V64) by lra.
assert (X := Rle_abs (- (var64 - w))). rewrite Rabs_Ropp in X. assert (uw0 : u64 * w <= 0.00001 * w) by (apply Rmult_le_compat_r; lra).
assert (wV : w <= 1.001 * V64) by lra.
assert (uw : 0 <= u64 * w <= u64 * (1.001 * V64)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_l; lra]).
assert (uuw : u64 * (u64 * w) <= u64 * (u64 * (1.001 * V64))) by (apply Rmult_le_compat_l; lra).
assert (ueV : u64 * (var64 + eps) <= u64 * (1.0001 * V64)) by (apply Rmult_le_compat_l; lra).
assert (T := Rabs_triang e var64_lo).
assert (E : Rabs (V64_lo - (e + var64_lo)) <= u64 * Rabs (e + var64_lo)) by (apply add64; [exact Fe|apply rnd64_F]).
assert (u64 * Rabs (e + var64_lo) <= u64 * (5.4 * (u64 * V64))) by (apply Rmult_le_compat_l; lra).
split.
- replace (V64 + V64_lo - (V2 + eps)) with ((V64_lo - (e + var64_lo)) + (var64 + var64_lo - V2)) by lra. eapply Rle_trans;
  [apply Rabs_triang|]. lra.
- assert (Y := of_err _ _ _ E). lra.
Qed.

Theorem R1_64_is : Rabs (R1_64 * sqrt (V2 + eps) - 1) <= 400 * (u64 * u64) /\ Rabs (rstd64 - R1_64) <= u64 * R1_64 /\
  bpow radix2 (-402) <= R1_64 <= bpow radix2 402.
Proof.
destruct Fs as (F1 & F2 & F3 & F4). assert (Ur := u64_val). assert (Vp := V64_pos). destruct V64_err as (E & L).
assert (Fv : F64 V64) by apply rnd64_F. assert (Fl : F64 V64_lo) by apply rnd64_F.
destruct (inside pe pe_ok V64 V64_lo Fv ordinary L) as (I1 & I2 & I3). fold R1_64 in I1, I2, I3. fold rstd64 in I2.
split; [|split; assumption].
set (X := V64 + V64_lo) in *. assert (uV : 0 <= u64 * V64 <= 0.00001 * V64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r;
  lra]).
assert (l1 := Rle_abs (- V64_lo)). rewrite Rabs_Ropp in l1. assert (Xp : 0.99 * V64 <= X) by (unfold X; lra).
set (e := (V2 + eps) / X - 1). assert (uuV : 0 <= u64 * (u64 * V64)) by (apply Rmult_le_pos; lra).
assert (uu : 0 <= u64 * u64 <= 0.00001 * 0.00001) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
assert (eb : Rabs e <= 24 * (u64 * u64)).
{ replace e with (- (X - (V2 + eps)) * / X) by (unfold e; field; lra).
  rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (/ X)) by (left; apply Rinv_0_lt_compat; lra).
  apply Rmult_le_reg_r with X; [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  assert (24 * (u64 * u64) * (0.99 * V64) <= 24 * (u64 * u64) * X) by (apply Rmult_le_compat_l; lra). lra. }
destruct (sqrt1 e) as (d & D & Q); [lra|].
assert (S : sqrt (V2 + eps) = sqrt X * (1 + d)).
{ replace (V2 + eps) with (X * (1 + e)) by (unfold e; field; lra). rewrite sqrt_mult_alt by lra. now rewrite Q. }
rewrite S. set (w := R1_64 * sqrt X - 1) in *. replace (R1_64 * (sqrt X * (1 + d)) - 1) with (w + (d + w * d)) by (unfold w; ring).
eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang d (w * d)). rewrite Rabs_mult in T.
assert (Rabs w * Rabs d <= 1 * Rabs d) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra.
Qed.
End Var64.
