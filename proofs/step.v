(* A merge (section 4 of docs/numerics.md), the lines that multiply: step + step_lo is (d + d_lo) times the block's share,
  h + h_lo the square
   times both counts over their sum; each but for some 2^-106 of it. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format wide merge.
Local Open Scope R_scope.

Lemma eta64_pos : 0 < eta64. Proof. apply bpow_gt_0. Qed.

(* any of the two products, whatever underflows *)
Definition product a b p e := F64 e /\ p = rnd64 (a * b) /\ Rabs (p + e - a * b) <= 7 * eta64.

Lemma fma_is_product a b : F64 a -> F64 b -> product a b (pr a b) (pe_fma a b).
Proof.
intros Fa Fb. split; [apply rnd64_F|]. split; [reflexivity|]. assert (e0 := eta64_pos). assert (U := u64_val).
destruct (Rle_or_lt (bpow radix2 (-969)) (Rabs (a * b))) as [N|T].
- rewrite (product_fma a b Fa Fb (or_intror N)), Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
- unfold pe_fma, pr. set (p := rnd64 (a * b)). set (d := a * b - p).
  assert (R : Rabs (rnd64 d - d) <= u64 * Rabs d + eta64) by apply rnd64_err.
  assert (D : Rabs d <= u64 * Rabs (a * b) + eta64) by (unfold d; rewrite Rabs_minus_sym; apply rnd64_err).
  replace (p + rnd64 d - a * b) with (rnd64 d - d) by (unfold d; ring).
  assert (uT : u64 * (u64 * Rabs (a * b)) <= eta64).
  { apply Rle_trans with (u64 * (u64 * bpow radix2 (-969))); [repeat apply Rmult_le_compat_l; lra|].
    unfold u64, eta64. rewrite <- !bpow_plus. apply bpow_le. lia. }
  assert (u64 * Rabs d <= u64 * (u64 * Rabs (a * b) + eta64)) by (apply Rmult_le_compat_l; lra).
  assert (u64 * eta64 <= 1 * eta64) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Section Step.
Variables d d_lo bc n X p pl s sl : R.
Hypothesis Fs : F64 d /\ F64 d_lo /\ F64 bc /\ F64 n.
Hypothesis bc_range : 1 <= bc <= n.
Hypothesis n_max : n <= bpow radix2 41.
Hypothesis X_pos : 0 <= X.
Hypothesis d_X : Rabs d <= X.
Hypothesis d_lo_X : Rabs d_lo <= u64 * X.
Hypothesis X_big : 10000 * (eta64 * n) <= u64 * u64 * X.
Let inv := rnd64 (1 / n).
Let r1 := rnd64 (bc * inv).
Let step := rnd64 (d * r1).
Hypothesis prod_p : product d bc p pl.
Hypothesis prod_s : product step n s sl.
Let z1 := rnd64 (p - s).
Let z2 := rnd64 (pl - sl).
Let z3 := rnd64 (z1 + z2).
Let z4 := rnd64 (d_lo * bc).
Let z5 := rnd64 (z3 + z4).
Let step_lo := rnd64 (z5 * inv).
Let q := bc / n.

Lemma n_inv : bpow radix2 (-41) <= / n /\ 0 < / n.
Proof.
split; [|apply Rinv_0_lt_compat; lra]. replace (bpow radix2 (-41)) with (/ bpow radix2 41) by (rewrite <- bpow_opp; reflexivity).
  apply Rinv_le; lra.
Qed.

Lemma eta_small : eta64 <= / 1000 * u64 * bpow radix2 (-41).
Proof.
unfold u64, eta64. rewrite Rmult_assoc, <- bpow_plus. apply Rle_trans with (bpow radix2 (-10) * bpow radix2 (-53 + -41)).
- rewrite <- bpow_plus. apply bpow_le. lia.
- apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
Qed.

Lemma inv_err : Rabs (inv - / n) <= 1.001 * u64 * / n.
Proof.
destruct n_inv as (A & B). assert (U := u64_val). unfold inv. replace (1 / n) with (/ n) by (field; lra).
  eapply Rle_trans; [apply rnd64_err|].
rewrite (Rabs_pos_eq (/ n)) by lra. assert (E := eta_small).
assert (/ 1000 * u64 * bpow radix2 (-41) <= / 1000 * u64 * / n) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma q_pos : / n <= q /\ 0 < q <= 1 /\ q * n = bc.
Proof.
destruct n_inv as (A & B). assert (E : q * n = bc) by (unfold q; field; lra). split.
- unfold q, Rdiv. rewrite <- (Rmult_1_l (/ n)) at 1. apply Rmult_le_compat_r; lra.
- split; [|exact E]. split; [unfold q; apply Rmult_lt_0_compat; lra|]. apply Rmult_le_reg_r with n; lra.
Qed.

Lemma r1_err : Rabs (r1 - q) <= 2.01 * u64 * q.
Proof.
destruct n_inv as (A & B). destruct q_pos as (Q1 & (Q2 & Q3) & Q4). assert (U := u64_val). assert (I := inv_err).
assert (C : Rabs (bc * inv - q) <= 1.001 * u64 * q).
{ unfold q, Rdiv. rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq bc) by lra.
  replace (1.001 * u64 * (bc * / n)) with (bc * (1.001 * u64 * / n)) by ring. apply Rmult_le_compat_l; lra. }
assert (uq : 0 <= u64 * q <= 0.0001 * q) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (D : Rabs (bc * inv) <= 1.001 * q) by (replace (bc * inv) with ((bc * inv - q) + q) by ring; eapply Rle_trans;
  [apply Rabs_triang|rewrite (Rabs_pos_eq q); lra]).
assert (E : Rabs (r1 - bc * inv) <= u64 * Rabs (bc * inv) + eta64) by apply rnd64_err.
assert (u64 * Rabs (bc * inv) <= u64 * (1.001 * q)) by (apply Rmult_le_compat_l; lra).
assert (F : eta64 <= 0.001 * u64 * q).
{ eapply Rle_trans; [apply eta_small|]. replace (/ 1000) with 0.001 by lra. apply Rmult_le_compat_l; lra. }
replace (r1 - q) with ((r1 - bc * inv) + (bc * inv - q)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* absolute terms against u u X *)
Lemma eta_X : 0 <= eta64 /\ 10000 * eta64 <= 10000 * (eta64 * n) /\ 10000 * (eta64 * n) <= u64 * (u64 * X) /\
  u64 * (u64 * X) <= u64 * (u64 * (X * bc)).
Proof.
assert (e0 := eta64_pos). assert (U := u64_val). repeat split; try lra.
- assert (eta64 * 1 <= eta64 * n) by (apply Rmult_le_compat_l; lra). lra.
- repeat apply Rmult_le_compat_l; try lra. rewrite <- (Rmult_1_r X) at 1. apply Rmult_le_compat_l; lra.
Qed.

Lemma step_err : Rabs (step - d * q) <= 3.1 * (u64 * (X * q)) + eta64.
Proof.
destruct q_pos as (Q1 & (Q2 & Q3) & Q4). assert (U := u64_val). assert (R := r1_err).
assert (Xq : 0 <= X * q) by (apply Rmult_le_pos; lra).
assert (A : Rabs (d * r1 - d * q) <= 2.01 * (u64 * (X * q))).
{ rewrite <- Rmult_minus_distr_l, Rabs_mult. replace (2.01 * (u64 * (X * q))) with (X * (2.01 * u64 * q)) by ring.
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (dq : Rabs (d * q) <= X * q) by (rewrite Rabs_mult, (Rabs_pos_eq q) by lra; apply Rmult_le_compat_r; lra).
assert (uXq : 0 <= u64 * (X * q) <= 0.001 * (X * q)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (B : Rabs (d * r1) <= 1.01 * (X * q)) by (replace (d * r1) with ((d * r1 - d * q) + d * q) by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (C : Rabs (step - d * r1) <= u64 * Rabs (d * r1) + eta64) by apply rnd64_err.
assert (u64 * Rabs (d * r1) <= u64 * (1.01 * (X * q))) by (apply Rmult_le_compat_l; lra).
replace (step - d * q) with ((step - d * r1) + (d * r1 - d * q)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma step_abs : Rabs step <= 1.01 * (X * q) + eta64.
Proof.
destruct q_pos as (Q1 & (Q2 & Q3) & Q4). assert (U := u64_val). assert (S := step_err).
assert (Xq : 0 <= X * q) by (apply Rmult_le_pos; lra).
assert (dq : Rabs (d * q) <= X * q) by (rewrite Rabs_mult, (Rabs_pos_eq q) by lra; apply Rmult_le_compat_r; lra).
assert (uXq : 0 <= u64 * (X * q) <= 0.001 * (X * q)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
replace step with ((step - d * q) + d * q) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* the remainder, before it is divided by n; all against B = X bc *)
Lemma remainder : Rabs (z5 - ((d + d_lo) * bc - step * n)) <= 26 * (u64 * (u64 * (X * bc))) /\ Rabs z5 <= 9 * (u64 * (X * bc)).
Proof.
destruct Fs as (F1 & F2 & F3 & F4). destruct q_pos as (Q1 & (Q2 & Q3) & Q4). assert (U := u64_val). assert (S := step_err).
  assert (SA := step_abs).
destruct eta_X as (e0 & e1 & e2 & e3). destruct prod_p as (Fpl & Ep & Pp). destruct prod_s as (Fsl & Es & Ps).
assert (Fp : F64 p) by (rewrite Ep; apply rnd64_F). assert (Fsv : F64 s) by (rewrite Es; apply rnd64_F).
set (B := X * bc) in *. assert (Bq : X * q * n = B) by (unfold B; rewrite Rmult_assoc, Q4; ring).
assert (B0 : 0 <= B) by (apply Rmult_le_pos; lra).
assert (uB : 0 <= u64 * B <= 0.0001 * B) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuB : 0 <= u64 * (u64 * B) <= 0.0001 * (u64 * B)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
set (w := u64 * B) in *. set (v := u64 * w) in *.
assert (db : Rabs (d * bc) <= B) by (rewrite Rabs_mult, (Rabs_pos_eq bc) by lra; apply Rmult_le_compat_r; lra).
assert (ss : Rabs (step * n - d * bc) <= 3.1 * w + 0.0001 * v).
{ replace (step * n - d * bc) with ((step - d * q) * n) by (rewrite <- Q4; ring). rewrite Rabs_mult, (Rabs_pos_eq n) by lra.
  assert (Rabs (step - d * q) * n <= (3.1 * (u64 * (X * q)) + eta64) * n) by (apply Rmult_le_compat_r; lra).
  replace ((3.1 * (u64 * (X * q)) + eta64) * n) with (3.1 * (u64 * (X * q * n)) + eta64 * n) in H by ring. rewrite Bq in H. fold w in H.
    lra. }
assert (sn : Rabs (step * n) <= 1.01 * B).
{ replace (step * n) with ((step * n - d * bc) + d * bc) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (pe : Rabs (p - d * bc) <= w + eta64).
{ rewrite Ep. eapply Rle_trans; [apply rnd64_err|]. assert (u64 * Rabs (d * bc) <= w) by (apply Rmult_le_compat_l; lra). lra. }
assert (se : Rabs (s - step * n) <= 1.01 * w + eta64).
{ rewrite Es. eapply Rle_trans; [apply rnd64_err|]. assert (u64 * Rabs (step * n) <= u64 * (1.01 * B)) by (apply Rmult_le_compat_l; lra).
  unfold w. lra. }
assert (ps : Rabs (p - s) <= 5.2 * w).
{ replace (p - s) with ((p - d * bc) + (- (step * n - d * bc) + - (s - step * n))) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang (- (step * n - d * bc)) (- (s - step * n))). rewrite !Rabs_Ropp in T. lra. }
assert (plb : Rabs pl <= 1.01 * w).
{ replace pl with ((p + pl - d * bc) + - (p - d * bc)) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
assert (slb : Rabs sl <= 1.02 * w).
{ replace sl with ((s + sl - step * n) + - (s - step * n)) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
assert (A1 : Rabs (z1 - (p - s)) <= 5.2 * v).
{ assert (Q := add64 p (- s) Fp (F_opp _ _ _ Fsv)). change (Rabs (z1 - (p - s)) <= u64 * Rabs (p - s)) in Q.
  assert (u64 * Rabs (p - s) <= u64 * (5.2 * w)) by (apply Rmult_le_compat_l; lra). unfold v. lra. }
assert (pls : Rabs (pl - sl) <= 2.03 * w) by (unfold Rminus; eapply Rle_trans; [apply Rabs_triang|rewrite Rabs_Ropp; lra]).
assert (A2 : Rabs (z2 - (pl - sl)) <= 2.03 * v).
{ assert (Q := add64 pl (- sl) Fpl (F_opp _ _ _ Fsl)). change (Rabs (z2 - (pl - sl)) <= u64 * Rabs (pl - sl)) in Q.
  assert (u64 * Rabs (pl - sl) <= u64 * (2.03 * w)) by (apply Rmult_le_compat_l; lra). unfold v. lra. }
assert (z12 : Rabs (z1 + z2) <= 7.3 * w).
{ replace (z1 + z2) with ((z1 - (p - s)) + (z2 - (pl - sl)) + ((p - s) + (pl - sl))) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T1 := Rabs_triang (z1 - (p - s)) (z2 - (pl - sl))). assert (T2 := Rabs_triang (p - s) (pl - sl)). lra. }
assert (A3 : Rabs (z3 - (z1 + z2)) <= 7.3 * v).
{ assert (Q := add64 z1 z2 (rnd64_F _) (rnd64_F _)). fold z3 in Q.
  assert (u64 * Rabs (z1 + z2) <= u64 * (7.3 * w)) by (apply Rmult_le_compat_l; lra). unfold v. lra. }
assert (dl : Rabs (d_lo * bc) <= w).
{ rewrite Rabs_mult, (Rabs_pos_eq bc) by lra. unfold w, B. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
assert (A4 : Rabs (z4 - d_lo * bc) <= 1.001 * v).
{ assert (Q := rnd64_err (d_lo * bc)). fold z4 in Q. assert (u64 * Rabs (d_lo * bc) <= v) by (apply Rmult_le_compat_l; lra). lra. }
assert (z34 : Rabs (z3 + z4) <= 8.4 * w).
{ replace (z3 + z4) with ((z3 - (z1 + z2)) + (z4 - d_lo * bc) + ((z1 + z2) + d_lo * bc)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T1 := Rabs_triang (z3 - (z1 + z2)) (z4 - d_lo * bc)). assert (T2 := Rabs_triang (z1 + z2) (d_lo * bc)). lra. }
assert (A5 : Rabs (z5 - (z3 + z4)) <= 8.4 * v).
{ assert (Q := add64 z3 z4 (rnd64_F _) (rnd64_F _)). fold z5 in Q.
  assert (u64 * Rabs (z3 + z4) <= u64 * (8.4 * w)) by (apply Rmult_le_compat_l; lra). unfold v. lra. }
split.
- replace (z5 - ((d + d_lo) * bc - step * n)) with ((z5 - (z3 + z4)) + (z3 - (z1 + z2)) + ((z4 - d_lo * bc) + (z1 - (p - s)))
    + ((z2 - (pl - sl)) + ((p + pl - d * bc) + - (s + sl - step * n)))) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (T1 := Rabs_triang ((z5 - (z3 + z4)) + (z3 - (z1 + z2))) ((z4 - d_lo * bc) + (z1 - (p - s)))).
  assert (T2 := Rabs_triang (z5 - (z3 + z4)) (z3 - (z1 + z2))). assert (T3 := Rabs_triang (z4 - d_lo * bc) (z1 - (p - s))).
  assert (T4 := Rabs_triang (z2 - (pl - sl)) ((p + pl - d * bc) + - (s + sl - step * n))).
  assert (T5 := Rabs_triang (p + pl - d * bc) (- (s + sl - step * n))). rewrite Rabs_Ropp in T5. lra.
- replace z5 with ((z5 - (z3 + z4)) + (z3 + z4)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Theorem step_pair : Rabs (step + step_lo - (d + d_lo) * q) <= 46 * (u64 * (u64 * (X * q))) /\ Rabs step_lo <= 10 * (u64 * (X * q)).
Proof.
destruct q_pos as (Q1 & (Q2 & Q3) & Q4). assert (U := u64_val). destruct n_inv as (N1 & N2). assert (I := inv_err).
  destruct remainder as (R & Z).
destruct eta_X as (e0 & e1 & e2 & e3).
set (B := X * bc) in *. assert (Bn : B * / n = X * q) by (unfold B, q; field; lra).
assert (B0 : 0 <= B) by (apply Rmult_le_pos; lra). set (y := X * q) in *. assert (y0 : 0 <= y) by (apply Rmult_le_pos; lra).
assert (uy : 0 <= u64 * y <= 0.0001 * y) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuy : 0 <= u64 * (u64 * y) <= 0.0001 * (u64 * y)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (ey : eta64 <= 0.0001 * (u64 * (u64 * y))).
{ apply Rmult_le_reg_r with n; [lra|]. replace (0.0001 * (u64 * (u64 * y)) * n) with (0.0001 * (u64 * (u64 * (X * (q * n))))) by (unfold y;
  ring). rewrite Q4. fold B. lra. }
assert (A : Rabs (z5 * / n - ((d + d_lo) * q - step)) <= 26 * (u64 * (u64 * y))).
{ replace (z5 * / n - ((d + d_lo) * q - step)) with ((z5 - ((d + d_lo) * bc - step * n)) * / n) by (unfold q; field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ n)), <- Bn by lra.
    replace (26 * (u64 * (u64 * (B * / n)))) with (26 * (u64 * (u64 * B)) * / n) by ring.
  apply Rmult_le_compat_r; lra. }
assert (zn : Rabs (z5 * / n) <= 9 * (u64 * y)).
{ rewrite Rabs_mult, (Rabs_pos_eq (/ n)), <- Bn by lra. replace (9 * (u64 * (B * / n))) with (9 * (u64 * B) * / n) by ring.
  apply Rmult_le_compat_r; lra. }
assert (C : Rabs (z5 * inv - z5 * / n) <= 9.01 * (u64 * (u64 * y))).
{ rewrite <- Rmult_minus_distr_l, Rabs_mult. apply Rle_trans with (9 * (u64 * B) * (1.001 * u64 * / n)); [apply Rmult_le_compat;
  try apply Rabs_pos; assumption|].
  replace (9 * (u64 * B) * (1.001 * u64 * / n)) with (9.009 * (u64 * (u64 * (B * / n)))) by lra. rewrite Bn. lra. }
assert (zi : Rabs (z5 * inv) <= 9.1 * (u64 * y)) by (replace (z5 * inv) with ((z5 * inv - z5 * / n) + z5 * / n) by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (D : Rabs (step_lo - z5 * inv) <= u64 * Rabs (z5 * inv) + eta64) by apply rnd64_err.
assert (u64 * Rabs (z5 * inv) <= u64 * (9.1 * (u64 * y))) by (apply Rmult_le_compat_l; lra).
split.
- replace (step + step_lo - (d + d_lo) * q) with ((step_lo - z5 * inv) + ((z5 * inv - z5 * / n) + (z5 * / n - ((d + d_lo) * q - step)))) by
  ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (z5 * inv - z5 * / n) (z5 * / n - ((d + d_lo) * q - step))). lra.
- replace step_lo with ((step_lo - z5 * inv) + z5 * inv) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* -- the square -- *)
Variables count g gl h hl : R.
Hypothesis Fcount : F64 count.
Hypothesis count_range : 1 <= count <= n.
Hypothesis prod_g : product d step g gl.
Let gl' := rnd64 (gl + rnd64 (rnd64 (d * step_lo) + rnd64 (d_lo * step))).
Hypothesis prod_h : product g count h hl.
Let hl' := rnd64 (hl + rnd64 (gl' * count)).
(* what underflows is nothing beside u u X X q count either *)
Hypothesis X_bigger : 10000 * (eta64 * n) <= u64 * u64 * (X * (X * q)).

Theorem h_pair : Rabs (h + hl' - (d + d_lo) * ((d + d_lo) * q) * count) <= 150 * (u64 * (u64 * (X * (X * q) * count))) /\
  Rabs h <= 1.03 * (X * (X * q) * count) /\ Rabs hl' <= 20 * (u64 * (X * (X * q) * count)).
Proof.
destruct Fs as (F1 & F2 & F3 & F4). destruct q_pos as (Q1 & (Q2 & Q3) & Q4). assert (U := u64_val). destruct step_pair as (SP & SL).
  assert (SA := step_abs).
destruct prod_g as (Fgl & Eg & Pg). destruct prod_h as (Fhl & Eh & Ph). assert (e0 := eta64_pos).
assert (Fg : F64 g) by (rewrite Eg; apply rnd64_F).
set (y := X * q) in *. assert (y0 : 0 <= y) by (apply Rmult_le_pos; lra). set (Z := X * y) in *.
  assert (Z0 : 0 <= Z) by (apply Rmult_le_pos; lra).
assert (en : eta64 <= eta64 * n) by (rewrite <- (Rmult_1_r eta64) at 1; apply Rmult_le_compat_l; lra).
assert (eZ : 10000 * eta64 <= u64 * (u64 * Z)) by lra.
assert (ey : eta64 <= 0.0001 * (u64 * (u64 * y))).
{ destruct eta_X as (_ & A & B & C). apply Rmult_le_reg_r with n; [lra|].
  replace (0.0001 * (u64 * (u64 * y)) * n) with (0.0001 * (u64 * (u64 * (X * (q * n))))) by (unfold y; ring). rewrite Q4. lra. }
assert (uy : 0 <= u64 * y <= 0.0001 * y) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuy : 0 <= u64 * (u64 * y) <= 0.0001 * (u64 * y)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uZ : 0 <= u64 * Z <= 0.0001 * Z) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuZ : 0 <= u64 * (u64 * Z) <= 0.0001 * (u64 * Z)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuuZ : 0 <= u64 * (u64 * (u64 * Z)) <= 0.0001 * (u64 * (u64 * Z))) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r;
  lra]).
set (w := u64 * Z) in *. set (v := u64 * w) in *.
assert (sty : Rabs step <= 1.02 * y) by lra.
assert (uX : 0 <= u64 * X) by (apply Rmult_le_pos; lra).
(* products *)
assert (ds : Rabs (d * step) <= 1.02 * Z).
{ rewrite Rabs_mult. unfold Z. replace (1.02 * (X * y)) with (X * (1.02 * y)) by ring.
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (dsl : Rabs (d * step_lo) <= 10 * w).
{ rewrite Rabs_mult. unfold w, Z. replace (10 * (u64 * (X * y))) with (X * (10 * (u64 * y))) by ring.
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (dls : Rabs (d_lo * step) <= 1.02 * w).
{ rewrite Rabs_mult. unfold w, Z. replace (1.02 * (u64 * (X * y))) with (u64 * X * (1.02 * y)) by ring.
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (dlsl : Rabs (d_lo * step_lo) <= 10 * v).
{ rewrite Rabs_mult. unfold v, w, Z. replace (10 * (u64 * (u64 * (X * y)))) with (u64 * X * (10 * (u64 * y))) by ring.
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (ge : Rabs (g - d * step) <= 1.03 * w).
{ rewrite Eg. eapply Rle_trans; [apply rnd64_err|]. assert (u64 * Rabs (d * step) <= u64 * (1.02 * Z)) by (apply Rmult_le_compat_l; lra).
  unfold w in *. lra. }
assert (gb : Rabs g <= 1.021 * Z) by (replace g with ((g - d * step) + d * step) by ring; eapply Rle_trans; [apply Rabs_triang|lra]).
assert (glb : Rabs gl <= 1.04 * w) by (replace gl with ((g + gl - d * step) + - (g - d * step)) by ring; eapply Rle_trans;
  [apply Rabs_triang|rewrite Rabs_Ropp; lra]).
set (a1 := rnd64 (d * step_lo)) in *. set (a2 := rnd64 (d_lo * step)) in *. set (a3 := rnd64 (a1 + a2)) in *.
assert (A1 : Rabs (a1 - d * step_lo) <= 10.01 * v).
{ assert (Q := rnd64_err (d * step_lo)). fold a1 in Q.
  assert (u64 * Rabs (d * step_lo) <= u64 * (10 * w)) by (apply Rmult_le_compat_l; lra). unfold v in *. lra. }
assert (A2 : Rabs (a2 - d_lo * step) <= 1.03 * v).
{ assert (Q := rnd64_err (d_lo * step)). fold a2 in Q.
  assert (u64 * Rabs (d_lo * step) <= u64 * (1.02 * w)) by (apply Rmult_le_compat_l; lra). unfold v in *. lra. }
assert (a12 : Rabs (a1 + a2) <= 11.1 * w).
{ replace (a1 + a2) with ((a1 - d * step_lo) + (a2 - d_lo * step) + (d * step_lo + d_lo * step)) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (T1 := Rabs_triang (a1 - d * step_lo) (a2 - d_lo * step)). assert (T2 := Rabs_triang (d * step_lo) (d_lo * step)). lra. }
assert (A3 : Rabs (a3 - (a1 + a2)) <= 11.1 * v).
{ assert (Q := add64 a1 a2 (rnd64_F _) (rnd64_F _)). fold a3 in Q.
  assert (u64 * Rabs (a1 + a2) <= u64 * (11.1 * w)) by (apply Rmult_le_compat_l; lra). unfold v. lra. }
assert (a3b : Rabs a3 <= 11.2 * w) by (replace a3 with ((a3 - (a1 + a2)) + (a1 + a2)) by ring; eapply Rle_trans; [apply Rabs_triang|lra]).
assert (ga : Rabs (gl + a3) <= 12.3 * w) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (A4 : Rabs (gl' - (gl + a3)) <= 12.3 * v).
{ assert (Q := add64 gl a3 Fgl (rnd64_F _)). change (rnd64 (gl + a3)) with gl' in Q.
  assert (u64 * Rabs (gl + a3) <= u64 * (12.3 * w)) by (apply Rmult_le_compat_l; lra). unfold v. lra. }
assert (glb' : Rabs gl' <= 12.4 * w) by (replace gl' with ((gl' - (gl + a3)) + (gl + a3)) by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
(* g + gl' against (d + d_lo) (step + step_lo) *)
assert (G : Rabs (g + gl' - (d + d_lo) * (step + step_lo)) <= 44.6 * v).
{ replace (g + gl' - (d + d_lo) * (step + step_lo)) with ((gl' - (gl + a3)) + (a3 - (a1 + a2)) + ((a1 - d * step_lo) + (a2 - d_lo * step))
  + ((g + gl - d * step) + - (d_lo * step_lo))) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (T1 := Rabs_triang ((gl' - (gl + a3)) + (a3 - (a1 + a2))) ((a1 - d * step_lo) + (a2 - d_lo * step))).
  assert (T2 := Rabs_triang (gl' - (gl + a3)) (a3 - (a1 + a2))). assert (T3 := Rabs_triang (a1 - d * step_lo) (a2 - d_lo * step)).
  assert (T4 := Rabs_triang (g + gl - d * step) (- (d_lo * step_lo))). rewrite Rabs_Ropp in T4. lra. }
assert (dd : Rabs (d + d_lo) <= 1.001 * X).
{ eapply Rle_trans; [apply Rabs_triang|]. assert (u64 * X <= 0.0001 * X) by (apply Rmult_le_compat_r; lra). lra. }
assert (G2 : Rabs ((d + d_lo) * (step + step_lo) - (d + d_lo) * ((d + d_lo) * q)) <= 46.1 * v).
{ rewrite <- Rmult_minus_distr_l, Rabs_mult. apply Rle_trans with (1.001 * X * (46 * (u64 * (u64 * y)))); [apply Rmult_le_compat;
  try apply Rabs_pos; assumption|].
  unfold v, w, Z in *. lra. }
(* times count *)
set (C := count) in *. assert (wC : 0 <= w * C) by (apply Rmult_le_pos; lra). assert (vC : 0 <= v * C <= 0.0001 * (w * C)).
{ split; [apply Rmult_le_pos; lra|]. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
assert (vvC : v <= v * C) by (rewrite <- (Rmult_1_r v) at 1; apply Rmult_le_compat_l; lra).
assert (ZC : 0 <= Z * C) by (apply Rmult_le_pos; lra).
  assert (wZC : w * C <= 0.0001 * (Z * C)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (wE : u64 * (Z * C) = w * C) by (unfold w; ring). assert (vE : u64 * (w * C) = v * C) by (unfold v; ring).
assert (gC : Rabs (g * C) <= 1.021 * (Z * C)).
{ rewrite Rabs_mult, (Rabs_pos_eq C) by lra. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
assert (he : Rabs (h - g * C) <= 1.03 * (w * C)).
{ rewrite Eh. eapply Rle_trans; [apply rnd64_err|].
  assert (u64 * Rabs (g * C) <= u64 * (1.021 * (Z * C))) by (apply Rmult_le_compat_l; lra). lra. }
assert (hlb : Rabs hl <= 1.04 * (w * C)) by (replace hl with ((h + hl - g * C) + - (h - g * C)) by ring; eapply Rle_trans;
  [apply Rabs_triang|rewrite Rabs_Ropp; lra]).
assert (lC : Rabs (gl' * C) <= 12.4 * (w * C)).
{ rewrite Rabs_mult, (Rabs_pos_eq C) by lra. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
set (b1 := rnd64 (gl' * C)) in *.
assert (B1 : Rabs (b1 - gl' * C) <= 12.5 * (v * C)).
{ assert (Q := rnd64_err (gl' * C)). fold b1 in Q. assert (u64 * Rabs (gl' * C) <= u64 * (12.4 * (w * C))) by (apply Rmult_le_compat_l;
  lra). lra. }
assert (b1b : Rabs b1 <= 12.5 * (w * C)) by (replace b1 with ((b1 - gl' * C) + gl' * C) by ring; eapply Rle_trans; [apply Rabs_triang|lra]).
assert (hb : Rabs (hl + b1) <= 13.6 * (w * C)) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (B2 : Rabs (hl' - (hl + b1)) <= 13.6 * (v * C)).
{ assert (Q := add64 hl b1 Fhl (rnd64_F _)). change (rnd64 (hl + b1)) with hl' in Q.
  assert (u64 * Rabs (hl + b1) <= u64 * (13.6 * (w * C))) by (apply Rmult_le_compat_l; lra). lra. }
rewrite wE, vE. repeat split.
- replace (h + hl' - (d + d_lo) * ((d + d_lo) * q) * C) with ((hl' - (hl + b1)) + (b1 - gl' * C) + ((h + hl - g * C)
    + ((g + gl' - (d + d_lo) * (step + step_lo)) + ((d + d_lo) * (step + step_lo) - (d + d_lo) * ((d + d_lo) * q))) * C)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (T1 := Rabs_triang (hl' - (hl + b1)) (b1 - gl' * C)).
  set (G3 := (g + gl' - (d + d_lo) * (step + step_lo)) + ((d + d_lo) * (step + step_lo) - (d + d_lo) * ((d + d_lo) * q))).
  assert (T2 := Rabs_triang (h + hl - g * C) (G3 * C)). rewrite Rabs_mult, (Rabs_pos_eq C) in T2 by lra.
  assert (G3b : Rabs G3 <= 90.7 * v) by (unfold G3; eapply Rle_trans; [apply Rabs_triang|lra]).
  assert (Rabs G3 * C <= 90.7 * v * C) by (apply Rmult_le_compat_r; lra). lra.
- replace h with ((h - g * C) + g * C) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
- replace hl' with ((hl' - (hl + b1)) + (hl + b1)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
End Step.
