(* One merge of a row of doubles, the new mean and the new m2; f64_merge_diff.v is about the difference and the products. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide merge step mergeops f64_merge_diff.
Import ListNotations.
Local Open Scope R_scope.

Section Merges.
(* the error of the product: fma's or Dekker's, they are the same wherever it matters *)
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Local Notation mstepl := (mergeops.mstepl pe).
Local Notation mgl := (mergeops.mgl pe).
Local Notation mhl := (mergeops.mhl pe).
Local Notation mt := (mergeops.mt pe).
Local Notation mC2 := (mergeops.mC2 pe).
Local Notation mT := (mergeops.mT pe).
Local Notation mC3 := (mergeops.mC3 pe).
Local Notation merge2 := (mergeops.merge2 pe).

(* -- one merge -- *)
Section One.
Variables a b : st.
Variables S lam mu x N A Ea : R.
Let na := cn a.
Let nb := cn b.
Let n := mn a b.
Hypothesis lam_range : 0 <= lam <= 4.2 * S.
Hypothesis F_a : F_state a.
Hypothesis F_b : F_state b.
Hypothesis F_n : F64 n.
Hypothesis nb_range : 1 <= nb <= 1024.
Hypothesis na_range : nb <= na.
Hypothesis n_N : n <= N.
Hypothesis N_max : N <= bpow radix2 41.
Hypothesis S_big : bpow radix2 (-420) <= S.
Hypothesis mu_S : 1.01 * (u64 * (Rabs mu + 30 * S)) <= lam.
Hypothesis lo_a : Rabs (sl a) <= lam.
Hypothesis lo_b : Rabs (sl b) <= lam.
Hypothesis rest_a : Rabs (sr a) <= 3 * (u64 * lam).
Hypothesis rest_b : Rabs (sr b) <= 3 * (u64 * lam).
(* A: the exact merge so far; Ea: what the computed one is off by, times its count *)
Hypothesis Ea_ok : na * Rabs (value a - A) <= Ea.
Hypothesis Ea_max : Ea <= na * (S / 1000).
Hypothesis A_mu : Rabs (A - mu) <= S / 30.
Hypothesis b_mu : Rabs (value b - mu) <= x.
Hypothesis x_S : 0 <= x /\ nb * (x * x) <= 1.05 * (S * S).
Let X := x + S / 4 + 13 * lam.

(* f64_merge_diff.v's lemmas in these names *)
Lemma S_pos : 0 < S.
Proof. exact (f64_merge_diff.S_pos S S_big). Qed.
Lemma uS : 0 <= u64 * S <= 0.00001 * S.
Proof. exact (f64_merge_diff.uS S S_big). Qed.
Lemma uuS : 0 <= u64 * (u64 * S) <= 0.00001 * (u64 * S).
Proof. exact (f64_merge_diff.uuS S S_big). Qed.
Lemma value_a : Rabs (value a - A) <= S / 1000.
Proof. exact (f64_merge_diff.value_a a b S A Ea nb_range na_range Ea_ok Ea_max). Qed.
Lemma x_le : x <= 1.03 * S.
Proof. exact (f64_merge_diff.x_le b S lam x lam_range nb_range S_big x_S). Qed.
Lemma nX : nb * X <= (f64_merge_diff.P1 S lam).
Proof. exact (f64_merge_diff.nX b S lam x lam_range nb_range S_big x_S). Qed.
Lemma nXX : nb * (X * X) <= (f64_merge_diff.P2 S lam).
Proof. exact (f64_merge_diff.nXX b S lam x nb_range S_big x_S). Qed.
Lemma lam_u : 30 * (u64 * S) <= lam.
Proof. exact (f64_merge_diff.lam_u S lam mu S_big mu_S). Qed.
Lemma ulam : 0 <= u64 * lam <= 0.00000001 * lam /\ 0 <= u64 * (u64 * lam) <= 0.00001 * (u64 * lam).
Proof. exact (f64_merge_diff.ulam S lam lam_range). Qed.
Lemma vb_va : Rabs (value b - value a) <= x + 0.0344 * S.
Proof. exact (f64_merge_diff.vb_va a b S mu x A Ea nb_range na_range S_big Ea_ok Ea_max A_mu b_mu). Qed.
Lemma diff_ok : Rabs (md a b) <= X /\ Rabs (mdl a b) <= u64 * X /\
  Rabs (md a b + mdl a b - (value b - value a)) <= u64 * (u64 * (1.03 * X + 40 * lam)).
Proof. exact (f64_merge_diff.diff_ok a b S lam mu x A Ea lam_range F_a F_b nb_range na_range S_big mu_S lo_a lo_b rest_a rest_b Ea_ok
  Ea_max A_mu b_mu x_S). Qed.
Lemma X_pos : 0 < X.
Proof. exact (f64_merge_diff.X_pos b S lam x lam_range S_big x_S). Qed.
Lemma n_def : n = na + nb.
Proof. exact (f64_merge_diff.n_def a b). Qed.
Let step := mstep a b.
Let stepl := mstepl a b.
Let q := nb / n.
Lemma q_n : nb / n * n = nb.
Proof. exact (f64_merge_diff.q_n a b nb_range na_range). Qed.
Lemma q_range : 0 < q <= 1 /\ q * na <= nb.
Proof. exact (f64_merge_diff.q_range a b nb_range na_range). Qed.
Lemma step_ok : Rabs (step + stepl - (md a b + mdl a b) * q) <= 46 * (u64 * (u64 * (X * q))) /\ Rabs stepl <= 10 * (u64 * (X * q)) /\
  Rabs step <= 1.02 * (X * q).
Proof. exact (f64_merge_diff.step_ok pe pe_ok a b S lam mu x N A Ea lam_range F_a F_b F_n nb_range na_range n_N N_max S_big mu_S lo_a lo_b
  rest_a rest_b Ea_ok Ea_max A_mu b_mu x_S). Qed.
Lemma h_ok : Rabs (mh a b + mhl a b - (md a b + mdl a b) * ((md a b + mdl a b) * q) * na) <= 150 * (u64 * (u64 * (X * (X * q) * na))) /\
  Rabs (mh a b) <= 1.03 * (X * (X * q) * na) /\ Rabs (mhl a b) <= 20 * (u64 * (X * (X * q) * na)).
Proof. exact (f64_merge_diff.h_ok pe pe_ok a b S lam mu x N A Ea lam_range F_a F_b F_n nb_range na_range n_N N_max S_big mu_S lo_a lo_b
  rest_a rest_b Ea_ok Ea_max A_mu b_mu x_S). Qed.

(* -- the new mean -- *)
Definition A1 := 53 * (f64_merge_diff.P1 S lam) + 41000 * lam + 9.2 * (lam * N).
Definition a0 := u64 * (u64 * A1).
Let A' := A + (value b - A) * q.


Theorem mean_ok : n * Rabs (value (merge2 a b) - A') <= Ea + a0 /\ Rabs (sl (merge2 a b)) <= lam /\
  Rabs (sr (merge2 a b)) <= 3 * (u64 * lam).
Proof.
destruct F_a as (Fa1 & Fa2 & Fa3 & Fa4 & _). destruct F_b as (Fb1 & Fb2 & Fb3 & Fb4 & _).
assert (U := u64_val). assert (P := S_pos). assert (us := uS). assert (uus := uuS). assert (xl := x_le). destruct x_S as (x0 & _).
destruct diff_ok as (D1 & D2 & D3). destruct step_ok as (T1 & T2 & T3). destruct q_range as ((q0 & q1) & q2). assert (E := q_n).
  fold q in E.
assert (Xp := X_pos). assert (nx' := nX). assert (n0 : 0 < n) by (rewrite n_def; lra).
destruct ulam as (ul & uul). assert (lu := lam_u).
assert (Xq : 0 <= X * q) by (apply Rmult_le_pos; lra). assert (XS : X <= 1.3 * S + 13 * lam) by (unfold X; lra).
  assert (XqS : X * q <= 1.3 * S + 13 * lam) by (assert (X * q <= X * 1) by (apply Rmult_le_compat_l; lra); lra).
assert (XqN : X * q * n <= (f64_merge_diff.P1 S lam)) by (rewrite Rmult_assoc, E, Rmult_comm; exact nx').
assert (M := mean_update (sm a) (sl a) (sr a) step stepl). fold (value a) in M.
assert (FsM : F64 (sm a) /\ F64 (sl a) /\ F64 (sr a) /\ F64 step /\ F64 stepl) by (repeat split; try assumption; apply merge.rnd64_F).
specialize (M FsM). change (Rabs (value (merge2 a b) - (value a + (step + stepl))) <= 5 * (u64 * u64) * (Rabs step + Rabs (sl a) + Rabs
  stepl) + 1.01 * u64 * Rabs (sr a)) in M.
assert (uXq : 0 <= u64 * (X * q) <= 0.00001 * (X * q)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuXq : 0 <= u64 * (u64 * (X * q)) <= 0.00001 * (u64 * (X * q))) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
(* the errors, each times n *)
assert (M2 : Rabs (value (merge2 a b) - (value a + (step + stepl))) <= 5.11 * (u64 * (u64 * (X * q))) + 8.1 * (u64 * (u64 * lam))).
{ eapply Rle_trans; [exact M|].
  assert (B1 : u64 * u64 * (Rabs step + Rabs (sl a) + Rabs stepl) <= u64 * u64 * (1.0201 * (X * q) + lam)) by (apply Rmult_le_compat_l;
    [apply Rmult_le_pos; lra|lra]).
  assert (B2 : u64 * Rabs (sr a) <= u64 * (3 * (u64 * lam))) by (apply Rmult_le_compat_l; lra). lra. }
assert (Q : Rabs ((md a b + mdl a b) * q - (value b - value a) * q) <= u64 * (u64 * (1.03 * X + 40 * lam)) * q).
{ rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq q) by lra. apply Rmult_le_compat_r; lra. }
assert (V : value (merge2 a b) - A' = (value (merge2 a b) - (value a + (step + stepl))) + ((step + stepl - (md a b + mdl a b) * q)
  + (((md a b + mdl a b) * q - (value b - value a) * q) + (value a - A) * (1 - q)))) by (unfold A'; ring).
assert (V2 : Rabs (value (merge2 a b) - A') <= 51.2 * (u64 * (u64 * (X * q))) + 8.1 * (u64 * (u64 * lam)) + u64 * (u64 * (1.03 * X + 40 *
  lam)) * q + Rabs (value a - A) * (1 - q)).
{ rewrite V. eapply Rle_trans; [apply Rabs_triang|].
  assert (R1 := Rabs_triang (step + stepl - (md a b + mdl a b) * q) (((md a b + mdl a b) * q - (value b - value a) * q) + (value a - A) *
    (1 - q))).
  assert (R2 := Rabs_triang ((md a b + mdl a b) * q - (value b - value a) * q) ((value a - A) * (1 - q))).
  rewrite (Rabs_mult (value a - A)), (Rabs_pos_eq (1 - q)) in R2 by lra. lra. }
assert (lq : lam * q * n <= 1024 * lam).
{ rewrite Rmult_assoc, E, Rmult_comm. apply Rmult_le_compat_r; lra. }
assert (VB : n * Rabs (value (merge2 a b) - A') <= Ea + a0).
{ apply Rle_trans with (n * (51.2 * (u64 * (u64 * (X * q))) + 8.1 * (u64 * (u64 * lam)) + u64 * (u64 * (1.03 * X + 40 * lam)) * q + Rabs
  (value a - A) * (1 - q))).
  + apply Rmult_le_compat_l; lra.
  + replace (n * (51.2 * (u64 * (u64 * (X * q))) + 8.1 * (u64 * (u64 * lam)) + u64 * (u64 * (1.03 * X + 40 * lam)) * q + Rabs (value a - A)
    * (1 - q)))
      with (u64 * (u64 * (52.23 * (X * q * n) + 40 * (lam * q * n) + 8.1 * (lam * n))) + Rabs (value a - A) * (n - q * n)) by lra.
    rewrite E. replace (n - nb) with na by (rewrite n_def; ring). rewrite (Rmult_comm (Rabs (value a - A))).
    assert (lN : lam * n <= lam * N) by (apply Rmult_le_compat_l; lra).
    assert (u64 * (u64 * (52.23 * (X * q * n) + 40 * (lam * q * n) + 8.1 * (lam * n))) <= u64 * (u64 * A1)).
    { do 2 (apply Rmult_le_compat_l; [lra|]). assert (0 <= lam * N) by (apply Rmult_le_pos; rewrite n_def in n_N; lra). unfold A1.
      assert (0 <= (f64_merge_diff.P1 S lam)) by (unfold f64_merge_diff.P1; lra). lra. }
    unfold a0. lra. }
assert (SB : Rabs step <= 1.1 * S).
{ assert (R1 := Rabs_triang (md a b + mdl a b - (value b - value a)) (value b - value a)).
  replace (md a b + mdl a b - (value b - value a) + (value b - value a)) with (md a b + mdl a b) in R1 by ring. assert (V0 := vb_va).
  assert (dq : Rabs ((md a b + mdl a b) * q) <= Rabs (md a b + mdl a b)).
  { rewrite Rabs_mult, (Rabs_pos_eq q) by lra. rewrite <- (Rmult_1_r (Rabs (md a b + mdl a b))) at 2. apply Rmult_le_compat_l;
    [apply Rabs_pos|lra]. }
  replace step with ((step + stepl - (md a b + mdl a b) * q) + (md a b + mdl a b) * q - stepl) by ring.
  eapply Rle_trans; [unfold Rminus at 1; apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (R2 := Rabs_triang (step + stepl - (md a b + mdl a b) * q) ((md a b + mdl a b) * q)).
  assert (u64 * (u64 * (1.03 * X + 40 * lam)) <= 0.00005 * S).
  { assert (u64 * X <= u64 * (1.3 * S + 13 * lam)) by (apply Rmult_le_compat_l; lra).
    assert (u64 * (1.03 * X + 40 * lam) <= 0.00005 * S) by lra. assert (0 <= u64 * (1.03 * X + 40 * lam)) by (apply Rmult_le_pos; lra).
    assert (u64 * (u64 * (1.03 * X + 40 * lam)) <= 1 * (u64 * (1.03 * X + 40 * lam))) by (apply Rmult_le_compat_r; lra). lra. }
  assert (u64 * (X * q) <= u64 * (1.3 * S + 13 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
assert (SR : Rabs (sr (merge2 a b)) <= 3 * (u64 * lam)).
{ assert (FE : F64 (mE a b)) by apply two_e_F. assert (FC1 : F64 (mC1 a b)) by apply merge.rnd64_F.
  assert (FC2 : F64 (mC2 a b)) by apply merge.rnd64_F.
  assert (L := two_e_le (mC2 a b) (mT a b) FC2 (merge.rnd64_F _)). change (Rabs (sr (merge2 a b)) <= u64 * Rabs (mC2 a b + mT a b)) in L.
  assert (smb : Rabs (sm a) <= Rabs mu + 0.05 * S + 1.01 * lam).
  { replace (sm a) with (mu + ((value a - A) + (A - mu)) + (- sl a + - sr a)) by (unfold value; ring).
    eapply Rle_trans; [apply Rabs_triang|].
    assert (R1 := Rabs_triang mu ((value a - A) + (A - mu))). assert (R2 := Rabs_triang (value a - A) (A - mu)).
      assert (R3 := Rabs_triang (- sl a) (- sr a)).
    rewrite !Rabs_Ropp in R3. assert (Va := value_a). lra. }
  assert (e1 : Rabs (mE a b) <= lam).
  { eapply Rle_trans; [apply two_e_le; [assumption|apply merge.rnd64_F]|]. fold step. assert (R1 := Rabs_triang (sm a) step).
    assert (u64 * Rabs (sm a + step) <= u64 * (Rabs mu + 2 * S + 1.01 * lam)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= u64 * Rabs mu) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). lra. }
  set (f := two_e (mE a b) (sl a)). set (g := two_e (mC1 a b) (mstepl a b)).
  assert (S2 : mC1 a b + f = mE a b + sl a) by now apply two_sum.
  assert (S3 : mC2 a b + g = mC1 a b + stepl) by (apply two_sum; [assumption|apply merge.rnd64_F]).
    assert (f1 : Rabs f <= 2 * (u64 * lam)).
  { eapply Rle_trans; [now apply two_e_le|]. assert (R1 := Rabs_triang (mE a b) (sl a)).
    assert (u64 * Rabs (mE a b + sl a) <= u64 * (2 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (c1 : Rabs (mC1 a b) <= 2.01 * lam).
  { replace (mC1 a b) with ((mE a b + sl a) + - f) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
    assert (R1 := Rabs_triang (mE a b) (sl a)). lra. }
  assert (slS : Rabs stepl <= 0.45 * lam).
  { assert (u64 * (X * q) <= u64 * (1.3 * S + 13 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (g1 : Rabs g <= 3 * (u64 * lam)).
  { eapply Rle_trans; [apply two_e_le; [assumption|apply merge.rnd64_F]|]. fold stepl. assert (R1 := Rabs_triang (mC1 a b) stepl).
    assert (u64 * Rabs (mC1 a b + stepl) <= u64 * (3 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (c2 : Rabs (mC2 a b) <= 2.47 * lam).
  { replace (mC2 a b) with ((mC1 a b + stepl) + - g) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
    assert (R1 := Rabs_triang (mC1 a b) stepl). lra. }
  assert (tb : Rabs (mT a b) <= 0.1 * lam).
  { unfold mergeops.mT. fold f. fold g. assert (Ff : F64 f) by apply two_e_F. assert (Fg : F64 g) by apply two_e_F.
    assert (R1 := rnd64_abs _ _ Ff Fg). assert (R2 := rnd64_abs (rnd64 (f + g)) (sr a) (merge.rnd64_F _) Fa4).
    assert (R3 := Rabs_triang f g). assert (R4 := Rabs_triang (rnd64 (f + g)) (sr a)).
    assert (K : forall z, 0 <= z -> (1 + u64) * z <= 1.0001 * z) by (intros; apply Rmult_le_compat_r; lra).
    assert (K1 := K _ (Rabs_pos (f + g))). assert (K2 := K _ (Rabs_pos (rnd64 (f + g) + sr a))). lra. }
  assert (R1 := Rabs_triang (mC2 a b) (mT a b)).
  assert (u64 * Rabs (mC2 a b + mT a b) <= u64 * (3 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
split; [exact VB|]. split; [|exact SR].
assert (Fm : F64 (mA a b)) by apply merge.rnd64_F. assert (FC3 : F64 (mC3 a b)) by apply merge.rnd64_F.
assert (S1 : sm (merge2 a b) + sl (merge2 a b) = mA a b + mC3 a b) by now apply two_sum.
assert (L := two_e_le (mA a b) (mC3 a b) Fm FC3). change (Rabs (sl (merge2 a b)) <= u64 * Rabs (mA a b + mC3 a b)) in L.
assert (vd : Rabs (value (merge2 a b) - A') <= S / 500).
{ apply Rmult_le_reg_l with n; [lra|]. eapply Rle_trans; [exact VB|]. assert (En : Ea <= n * (S / 1000)).
  { eapply Rle_trans; [exact Ea_max|]. apply Rmult_le_compat_r; [lra|]. rewrite n_def. lra. }
  assert (lN : lam * N <= 4.2 * S * 2199023255552).
  { apply Rmult_le_compat; try lra. replace 2199023255552 with (bpow radix2 41) by (simpl; lra). exact N_max. }
  assert (A1b : A1 <= 100000000000000 * S) by (unfold A1, f64_merge_diff.P1; lra).
  assert (u64 * A1 <= u64 * (100000000000000 * S)) by (apply Rmult_le_compat_l; lra).
  assert (u64 * (u64 * A1) <= u64 * (100000000000000 * (u64 * S))) by (apply Rmult_le_compat_l; lra).
  assert (u64 * 100000000000000 * (u64 * S) <= 0.02 * (u64 * S)) by (apply Rmult_le_compat_r; lra).
  assert (S <= n * S) by (rewrite <- (Rmult_1_l S) at 1; apply Rmult_le_compat_r; rewrite ?n_def; lra). unfold a0. lra. }
assert (Ab : Rabs (A' - mu) <= 1.2 * S).
{ replace (A' - mu) with ((A - mu) * (1 - q) + (value b - mu) * q) by (unfold A'; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq q), (Rabs_pos_eq (1 - q)) by lra.
  assert (Rabs (A - mu) * (1 - q) <= S / 30 * 1) by (apply Rmult_le_compat; try lra; apply Rabs_pos).
  assert (Rabs (value b - mu) * q <= x * 1) by (apply Rmult_le_compat; try lra; apply Rabs_pos). lra. }
assert (tot : Rabs (mA a b + mC3 a b) <= Rabs mu + 2 * S).
{ rewrite <- S1. replace (sm (merge2 a b) + sl (merge2 a b)) with (mu + (A' - mu) + ((value (merge2 a b) - A') + - sr (merge2 a b))) by
  (unfold value; ring).
  eapply Rle_trans; [apply Rabs_triang|]. assert (R1 := Rabs_triang mu (A' - mu)).
    assert (R2 := Rabs_triang (value (merge2 a b) - A') (- sr (merge2 a b))).
  rewrite Rabs_Ropp in R2. lra. }
assert (u64 * Rabs (mA a b + mC3 a b) <= u64 * (Rabs mu + 2 * S)) by (apply Rmult_le_compat_l; lra).
assert (0 <= u64 * Rabs mu) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). lra.
Qed.

(* -- the new m2; W: the exact one so far -- *)
Variables W k : R.
Hypothesis W_ok : 0 <= W <= 1.2 * (S * S).
Hypothesis sq_a : Rabs (square a - W) <= 0.01 * (S * S).
Hypothesis sq_b : 0 <= square b <= 1.2 * (S * S).
Hypothesis s2l_a : Rabs (s2l a) <= 2 * (u64 * (S * S)).
Hypothesis s2l_b : Rabs (s2l b) <= 2 * (u64 * (S * S)).
Hypothesis Ea_k : Ea <= k * a0.
Hypothesis k_n : 0 <= k /\ 1024 * k <= n.
Definition B1 := 36 * (S * S) + 226 * (f64_merge_diff.P2 S lam) + 81 * (lam * (f64_merge_diff.P1 S lam)) + (f64_merge_diff.P1 S lam) * A1
  / 500.
Definition b00 := u64 * (u64 * B1).
Let W' := W + square b + (value b - A) * ((value b - A) * q) * na.

Lemma A1_pos : 0 <= A1.
Proof. assert (P := S_pos). assert (0 <= lam * N) by (apply Rmult_le_pos; rewrite n_def in n_N; lra). unfold A1, f64_merge_diff.P1. lra.
  Qed.

Theorem m2_ok : Rabs (square (merge2 a b) - W') <= Rabs (square a - W) + b00.
Proof.
destruct F_a as (Fa1 & Fa2 & Fa3 & Fa4 & Fa5 & Fa6). destruct F_b as (Fb1 & Fb2 & Fb3 & Fb4 & Fb5 & Fb6).
assert (U := u64_val). assert (P := S_pos). destruct diff_ok as (D1 & D2 & D3). destruct h_ok as (H1 & H2 & H3).
  destruct q_range as ((q0 & q1) & q2).
assert (Xp := X_pos). assert (xx := nXX). assert (nx' := nX). assert (n0 : 0 < n) by (rewrite n_def; lra).
set (M := S * S) in *. assert (M0 : 0 <= M) by apply Rle_0_sqr.
assert (uM : 0 <= u64 * M <= 0.00001 * M) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuM : 0 <= u64 * (u64 * M) <= 0.00001 * (u64 * M)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
(* X X q na <= 131 M *)
assert (Z : 0 <= X * (X * q) * na <= (f64_merge_diff.P2 S lam)).
{ split; [apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]|lra]|].
  replace (X * (X * q) * na) with (q * na * (X * X)) by ring.
  assert (q * na * (X * X) <= nb * (X * X)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra. }
assert (uZ : u64 * (X * (X * q) * na) <= u64 * (f64_merge_diff.P2 S lam)) by (apply Rmult_le_compat_l; lra).
assert (uuZ : u64 * (u64 * (X * (X * q) * na)) <= u64 * (u64 * ((f64_merge_diff.P2 S lam)))) by (do 2 (apply Rmult_le_compat_l; [lra|]);
  lra).
assert (s2a : Rabs (s2 a) <= 1.22 * M).
{ replace (s2 a) with ((square a - W) + W + - s2l a) by (unfold square; ring). eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (R1 := Rabs_triang (square a - W) W). rewrite (Rabs_pos_eq W) in R1 by lra. lra. }
assert (s2b : Rabs (s2 b) <= 1.21 * M).
{ replace (s2 b) with (square b + - s2l b) by (unfold square; ring). eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_Ropp, (Rabs_pos_eq (square b)) by lra. lra. }
assert (UP := m2_update (s2 a) (s2l a) (s2 b) (s2l b) (mh a b) (mhl a b)). fold (square a) (square b) in UP.
assert (FsU : F64 (s2 a) /\ F64 (s2l a) /\ F64 (s2 b) /\ F64 (s2l b) /\ F64 (mh a b) /\ F64 (mhl a b)) by (repeat split; try assumption;
  apply merge.rnd64_F).
specialize (UP FsU). change (Rabs (square (merge2 a b) - (square a + square b + (mh a b + mhl a b))) <=
  9 * (u64 * u64) * (Rabs (s2 a) + Rabs (s2 b) + Rabs (mh a b)) + 3.1 * u64 * (Rabs (s2l a) + Rabs (s2l b) + Rabs (mhl a b))) in UP.
assert (uuP2 : 0 <= u64 * (u64 * (f64_merge_diff.P2 S lam))) by (repeat apply Rmult_le_pos; lra).
assert (UP2 : Rabs (square (merge2 a b) - (square a + square b + (mh a b + mhl a b))) <= u64 * (u64 * (35 * M + 72 * (f64_merge_diff.P2 S
  lam)))).
{ eapply Rle_trans; [exact UP|].
  assert (B1 : u64 * u64 * (Rabs (s2 a) + Rabs (s2 b) + Rabs (mh a b)) <= u64 * u64 * (2.43 * M + 1.03 * (f64_merge_diff.P2 S lam))) by
    (apply Rmult_le_compat_l;
    [apply Rmult_le_pos; lra|lra]).
  assert (B2 : u64 * (Rabs (s2l a) + Rabs (s2l b) + Rabs (mhl a b)) <= u64 * (4 * (u64 * M) + 20 * (u64 * (f64_merge_diff.P2 S lam)))) by
    (apply Rmult_le_compat_l; lra). lra. }
(* the square of the difference *)
set (dd := md a b + mdl a b) in *. set (dx := value b - A).
set (ep := u64 * (u64 * (1.03 * X + 40 * lam))) in *. set (al := Rabs (value a - A)).
assert (ep0 : 0 <= ep) by (unfold ep; repeat apply Rmult_le_pos; lra). assert (al0 : 0 <= al) by apply Rabs_pos.
assert (df : Rabs (dd - dx) <= ep + al).
{ replace (dd - dx) with ((dd - (value b - value a)) + - (value a - A)) by (unfold dx; ring). eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_Ropp. unfold al. lra. }
assert (dxb : Rabs dx <= X).
{ replace dx with ((value b - mu) + - (A - mu)) by (unfold dx; ring). eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. unfold X.
  lra. }
assert (ddb : Rabs dd <= 1.01 * X).
{ unfold dd. eapply Rle_trans; [apply Rabs_triang|]. assert (u64 * X <= 0.001 * X) by (apply Rmult_le_compat_r; lra). lra. }
assert (SQ : Rabs (dd * (dd * q) * na - dx * (dx * q) * na) <= 2.01 * X * (q * na) * (ep + al)).
{ replace (dd * (dd * q) * na - dx * (dx * q) * na) with ((dd - dx) * (dd + dx) * (q * na)) by ring.
  rewrite !Rabs_mult, (Rabs_pos_eq q), (Rabs_pos_eq na) by lra.
  assert (R1 := Rabs_triang dd dx). assert (qn : 0 <= q * na) by (apply Rmult_le_pos; lra).
  replace (2.01 * X * (q * na) * (ep + al)) with ((ep + al) * (2.01 * X) * (q * na)) by ring. apply Rmult_le_compat_r; [exact qn|].
  apply Rmult_le_compat; try apply Rabs_pos; [exact df|lra]. }
(* its two parts *)
assert (E1 : X * (q * na) * ep <= u64 * (u64 * (1.03 * (f64_merge_diff.P2 S lam) + 40 * (lam * (f64_merge_diff.P1 S lam))))).
{ assert (X * (q * na) <= (f64_merge_diff.P1 S lam)) by (rewrite (Rmult_comm X);
  assert (q * na * X <= nb * X) by (apply Rmult_le_compat_r; lra); lra).
  assert (0 <= X * (q * na)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
  unfold ep. replace (X * (q * na) * (u64 * (u64 * (1.03 * X + 40 * lam)))) with (u64 * (u64 * (1.03 * (X * (X * q) * na) + 40 * lam * (X *
    (q * na))))) by ring.
  do 2 (apply Rmult_le_compat_l; [lra|]).
  assert (40 * lam * (X * (q * na)) <= 40 * lam * (f64_merge_diff.P1 S lam)) by (apply Rmult_le_compat_l; lra). lra. }
assert (E2 : X * (q * na) * al <= u64 * (u64 * ((f64_merge_diff.P1 S lam) / 1024 * A1))).
{ assert (qE : q * n = nb) by apply q_n.
  assert (nal : na * al <= k * a0) by (unfold al; lra).
  replace (X * (q * na) * al) with (X * q * (na * al)) by ring.
  assert (X * q * (na * al) <= X * q * (k * a0)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact nal]).
  assert (a00 : 0 <= a0) by (unfold a0; repeat apply Rmult_le_pos; try lra; exact A1_pos).
  assert (qk : q * k <= nb / 1024).
  { apply Rmult_le_reg_r with n; [assumption|]. replace (q * k * n) with (q * n * k) by ring. rewrite qE. unfold Rdiv. rewrite Rmult_assoc.
    apply Rmult_le_compat_l; lra. }
  assert (X * q * (k * a0) <= X * (nb / 1024) * a0).
  { replace (X * q * (k * a0)) with (X * (q * k) * a0) by ring. apply Rmult_le_compat_r; [exact a00|]. apply Rmult_le_compat_l; lra. }
  assert (X * (nb / 1024) <= (f64_merge_diff.P1 S lam) / 1024) by lra.
    assert (X * (nb / 1024) * a0 <= (f64_merge_diff.P1 S lam) / 1024 * a0) by (apply Rmult_le_compat_r; assumption).
  unfold a0 in *. lra. }
replace (square (merge2 a b) - W') with ((square (merge2 a b) - (square a + square b + (mh a b + mhl a b))) + ((mh a b + mhl a b - dd * (dd
  * q) * na)
  + ((dd * (dd * q) * na - dx * (dx * q) * na) + (square a - W)))) by (unfold W', dx; ring).
eapply Rle_trans; [apply Rabs_triang|].
assert (R1 := Rabs_triang (mh a b + mhl a b - dd * (dd * q) * na) ((dd * (dd * q) * na - dx * (dx * q) * na) + (square a - W))).
assert (R2 := Rabs_triang (dd * (dd * q) * na - dx * (dx * q) * na) (square a - W)).
assert (p1 : 0 <= (f64_merge_diff.P1 S lam)) by (unfold f64_merge_diff.P1; lra). assert (pa := A1_pos).
  assert (p1a : 0 <= (f64_merge_diff.P1 S lam) * A1) by (apply Rmult_le_pos; assumption).
assert (lp : 0 <= lam * (f64_merge_diff.P1 S lam)) by (apply Rmult_le_pos; lra). assert (p2 : 0 <= (f64_merge_diff.P2 S lam)) by lra.
assert (K1 : 0 <= u64 * (u64 * ((f64_merge_diff.P1 S lam) * A1))) by (repeat apply Rmult_le_pos; lra).
  assert (K2 : 0 <= u64 * (u64 * (lam * (f64_merge_diff.P1 S lam)))) by (repeat apply Rmult_le_pos; lra).
assert (K3 : 0 <= u64 * (u64 * (f64_merge_diff.P2 S lam))) by (repeat apply Rmult_le_pos; lra).
unfold b00, B1. fold M. lra.
Qed.

Lemma s2l_ok : W' <= 1.2 * (S * S) -> Rabs (square a - W) + b00 <= 0.01 * (S * S) -> 0 <= W' ->
  Rabs (s2l (merge2 a b)) <= 2 * (u64 * (S * S)).
Proof.
intros H1 H2 H0. assert (U := u64_val). assert (K := m2_ok). set (M := S * S) in *. assert (M0 : 0 <= M) by apply Rle_0_sqr.
assert (S1 : s2 (merge2 a b) + s2l (merge2 a b) = ma2 a b + mt a b) by (apply two_sum; apply merge.rnd64_F).
assert (L := two_e_le (ma2 a b) (mt a b) (merge.rnd64_F _) (merge.rnd64_F _)).
  change (Rabs (s2l (merge2 a b)) <= u64 * Rabs (ma2 a b + mt a b)) in L.
fold (square (merge2 a b)) in S1. rewrite <- S1 in L.
assert (Rabs (square (merge2 a b)) <= 1.3 * M).
{ replace (square (merge2 a b)) with ((square (merge2 a b) - W') + W') by ring. eapply Rle_trans; [apply Rabs_triang|].
  rewrite (Rabs_pos_eq W' H0). lra. }
assert (u64 * Rabs (square (merge2 a b)) <= u64 * (1.3 * M)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * M) by (apply Rmult_le_pos; lra). lra.
Qed.
End One.
End Merges.
