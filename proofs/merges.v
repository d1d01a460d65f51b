(* Merging all blocks of a row, in order (section 4 of docs/numerics.md): how far the computed moments are from exact merging, after any
   number of merges. Good for floats up to 2^40 columns. S is the root of the row's m2, mu a number near all means. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide merge step mergeops.
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
Variables S mu x N A Ea wa : R.
Let na := cn a.
Let nb := cn b.
Let n := mn a b.
Let lam := S / 128.
Hypothesis F_a : F_state a.
Hypothesis F_b : F_state b.
Hypothesis F_n : F64 n.
Hypothesis nb_range : 1 <= nb <= 1024.
Hypothesis na_range : nb <= na.
Hypothesis n_N : n <= N.
Hypothesis N_max : N <= bpow radix2 41.
Hypothesis S_big : bpow radix2 (-200) <= S.
Hypothesis mu_S : 4 * (u64 * (Rabs mu + 3 * S)) <= lam.
Hypothesis lo_a : Rabs (sl a) <= lam.
Hypothesis lo_b : Rabs (sl b) <= lam.
Hypothesis rest_a : Rabs (sr a) <= 4 * (u64 * lam).
Hypothesis rest_b : Rabs (sr b) <= 4 * (u64 * lam).
(* A: the exact merge so far; Ea: what the computed one is off by, times its count *)
Hypothesis Ea_ok : na * Rabs (value a - A) <= Ea.
Hypothesis Ea_max : Ea <= na * (S / 1000).
Hypothesis A_mu : Rabs (A - mu) <= S / 30.
Hypothesis b_mu : Rabs (value b - mu) <= x.
Hypothesis x_S : 0 <= x /\ nb * (x * x) <= 1.05 * (S * S).
Let X := x + S / 4.

Lemma S_pos : 0 < S. Proof. assert (H := bpow_gt_0 radix2 (-200)). lra. Qed.
Lemma uS : 0 <= u64 * S <= 0.00001 * S.
Proof. assert (P := S_pos). assert (U := u64_val). split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]. Qed.
Lemma uuS : 0 <= u64 * (u64 * S) <= 0.00001 * (u64 * S).
Proof. assert (P := uS). assert (U := u64_val). split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]. Qed.

Lemma value_a : Rabs (value a - A) <= S / 1000.
Proof. apply Rmult_le_reg_l with na; [lra|]. lra. Qed.

Lemma nx : nb * x <= 32.8 * S.
Proof.
destruct x_S as (x0 & xS). assert (P := S_pos). apply le_of_sqr; [lra|].
replace (nb * x * (nb * x)) with (nb * (nb * (x * x))) by ring.
assert (nb * (nb * (x * x)) <= 1024 * (1.05 * (S * S))) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
assert (0 <= S * S) by apply Rle_0_sqr. lra.
Qed.
Lemma x_le : x <= 1.03 * S.
Proof.
destruct x_S as (x0 & xS). assert (P := S_pos). apply le_of_sqr; [lra|].
assert (1 * (x * x) <= nb * (x * x)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). assert (0 <= S * S) by apply Rle_0_sqr. lra.
Qed.
Lemma nX : nb * X <= 289 * S.
Proof. assert (P := S_pos). assert (H := nx). unfold X. assert (nb * (S / 4) <= 1024 * (S / 4)) by (apply Rmult_le_compat_r; lra). lra. Qed.
Lemma nXX : nb * (X * X) <= 131 * (S * S).
Proof.
destruct x_S as (x0 & xS). assert (P := S_pos). unfold X. assert (SS : 0 <= S * S) by apply Rle_0_sqr.
assert (X2 : (x + S / 4) * (x + S / 4) <= 2 * (x * x) + 2 * (S / 4 * (S / 4))) by (assert (Q := Rle_0_sqr (x - S / 4)); unfold Rsqr in Q;
  lra).
assert (nb * ((x + S / 4) * (x + S / 4)) <= nb * (2 * (x * x) + 2 * (S / 4 * (S / 4)))) by (apply Rmult_le_compat_l; lra).
assert (nb * (S * S) <= 1024 * (S * S)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma vb_va : Rabs (value b - value a) <= x + 0.0344 * S.
Proof.
assert (P := S_pos). assert (V := value_a). replace (value b - value a) with ((value b - mu) + (- (A - mu) + - (value a - A))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (- (A - mu)) (- (value a - A))). rewrite !Rabs_Ropp in T. lra.
Qed.

(* the difference *)
Lemma diff_ok : Rabs (md a b) <= X /\ Rabs (mdl a b) <= u64 * X /\
  Rabs (md a b + mdl a b - (value b - value a)) <= u64 * (u64 * (1.03 * X + 40 * lam)).
Proof.
destruct F_a as (Fa1 & Fa2 & Fa3 & Fa4 & _). destruct F_b as (Fb1 & Fb2 & Fb3 & Fb4 & _).
assert (U := u64_val). assert (P := S_pos). assert (us := uS). assert (uus := uuS). assert (xl := x_le). destruct x_S as (x0 & _).
  assert (V := vb_va).
assert (ul : 0 <= u64 * lam <= 0.00001 * lam) by (unfold lam; lra).
  assert (uul : 0 <= u64 * (u64 * lam) <= 0.00001 * (u64 * lam)) by (unfold lam; lra).
assert (N1 : F64 (- sm a)) by now apply F_opp. assert (N2 : F64 (- sl a)) by now apply F_opp.
assert (S1 : md0 a b + me a b = sm b + - sm a) by now apply two_sum. assert (S2 : mc0 a b + mf a b = sl b + - sl a) by now apply two_sum.
assert (Fe : F64 (me a b)) by apply two_e_F. assert (Fc0 : F64 (mc0 a b)) by apply merge.rnd64_F.
assert (S3 : mc a b + mg a b = me a b + mc0 a b) by now apply two_sum.
assert (Fd0 : F64 (md0 a b)) by apply merge.rnd64_F. assert (Fc : F64 (mc a b)) by apply merge.rnd64_F.
assert (S4 : md a b + two_e (md0 a b) (mc a b) = md0 a b + mc a b) by now apply two_sum.
set (dl := two_e (md0 a b) (mc a b)) in *.
assert (f1 : Rabs (mf a b) <= u64 * (2 * lam)).
{ eapply Rle_trans; [now apply two_e_le|]. apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
  }
assert (bs : Rabs (sm b + - sm a) <= x + 0.0344 * S + 2.001 * lam).
{ replace (sm b + - sm a) with ((value b - value a) + ((- sl b + sl a) + (- sr b + sr a))) by (unfold value; ring).
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (- sl b + sl a) (- sr b + sr a)).
  assert (T1 := Rabs_triang (- sl b) (sl a)). assert (T2 := Rabs_triang (- sr b) (sr a)). rewrite Rabs_Ropp in T1, T2. lra. }
assert (e1 : Rabs (me a b) <= u64 * (x + 0.0344 * S + 2.001 * lam)).
{ eapply Rle_trans; [now apply two_e_le|]. apply Rmult_le_compat_l; lra. }
assert (ux : 0 <= u64 * x <= 0.00001 * x) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (c01 : Rabs (mc0 a b) <= 2.001 * lam).
{ replace (mc0 a b) with ((sl b + - sl a) + - mf a b) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (T := Rabs_triang (sl b) (- sl a)). rewrite Rabs_Ropp in T. lra. }
assert (ec : Rabs (me a b + mc0 a b) <= 2.02 * lam) by (eapply Rle_trans; [apply Rabs_triang|]; unfold lam in *; lra).
assert (g1 : Rabs (mg a b) <= u64 * (2.02 * lam)) by (eapply Rle_trans; [now apply two_e_le|]; apply Rmult_le_compat_l; lra).
assert (c1 : Rabs (mc a b) <= 2.03 * lam).
{ replace (mc a b) with ((me a b + mc0 a b) + - mg a b) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
assert (dc : Rabs (md0 a b + mc a b) <= x + 0.08 * S).
{ replace (md0 a b + mc a b) with ((sm b + - sm a) + (- me a b + mc a b)) by lra. eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang (- me a b) (mc a b)). rewrite Rabs_Ropp in T. unfold lam in *. lra. }
assert (dl1 : Rabs dl <= u64 * (x + 0.08 * S)) by (eapply Rle_trans; [now apply two_e_le|]; apply Rmult_le_compat_l; lra).
assert (D := difference (sm b) (sl b) (sr b) (sm a) (sl a) (sr a) ltac:(tauto)). fold (md0 a b) (me a b) (mc0 a b) (mf a b) in D.
fold (mc a b) (mg a b) in D. fold (md a b) dl in D. fold (mdl a b) in D. fold (value b) (value a) in D.
assert (DX : Rabs (md a b + mdl a b - (value b - value a)) <= u64 * (u64 * (1.03 * X + 40 * lam))).
{ eapply Rle_trans; [exact D|]. apply Rmult_le_compat_l; [lra|]. unfold X in *. lra. }
assert (dX : Rabs (md a b) <= x + 0.0801 * S).
{ replace (md a b) with ((md0 a b + mc a b) + - dl) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
split; [unfold X; lra|]. split; [|exact DX].
(* d_lo *)
set (fg := rnd64 (mf a b + mg a b)). set (rr := rnd64 (sr b - sr a)). set (t := rnd64 (fg + rr)).
assert (Ff : F64 (mf a b)) by apply two_e_F. assert (Fg : F64 (mg a b)) by apply two_e_F. assert (Fdl : F64 dl) by apply two_e_F.
assert (A1 : Rabs fg <= 4.1 * (u64 * lam)).
{ eapply Rle_trans; [now apply rnd64_abs|]. assert (T := Rabs_triang (mf a b) (mg a b)).
  assert ((1 + u64) * Rabs (mf a b + mg a b) <= 1.001 * Rabs (mf a b + mg a b)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (A2 : Rabs rr <= 8.1 * (u64 * lam)).
{ eapply Rle_trans; [apply (rnd64_abs (sr b) (- sr a)); [assumption|now apply F_opp]|]. assert (T := Rabs_triang (sr b) (- sr a)).
  rewrite Rabs_Ropp in T.
  assert ((1 + u64) * Rabs (sr b + - sr a) <= 1.001 * Rabs (sr b + - sr a)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (A3 : Rabs t <= 12.3 * (u64 * lam)).
{ eapply Rle_trans; [apply rnd64_abs; apply merge.rnd64_F|]. assert (T := Rabs_triang fg rr).
  assert ((1 + u64) * Rabs (fg + rr) <= 1.001 * Rabs (fg + rr)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (A4 : Rabs (mdl a b) <= (1 + u64) * Rabs (dl + t)) by (apply rnd64_abs; [assumption|apply merge.rnd64_F]).
assert (T := Rabs_triang dl t). assert (dt : Rabs (dl + t) <= u64 * (x + 0.18 * S)) by (unfold lam in *; lra).
assert (u64 * Rabs (dl + t) <= 0.00001 * Rabs (dl + t)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
assert (u64 * x <= u64 * (1.03 * S)) by (apply Rmult_le_compat_l; lra). unfold X. lra.
Qed.

(* the products, as step.v has them *)
Lemma q_n : nb / n * n = nb. Proof. assert (H : 0 < n) by (unfold n, mn; fold na nb; lra). field. lra. Qed.
Lemma X_pos : 0 < X. Proof. assert (P := S_pos). destruct x_S as (x0 & _). unfold X. lra. Qed.
Lemma n_def : n = na + nb. Proof. reflexivity. Qed.

Lemma tiny1 : 10000 * (eta64 * n) <= u64 * u64 * X.
Proof.
assert (P := S_pos). assert (U := u64_val). destruct x_S as (x0 & _).
apply Rle_trans with (10000 * (eta64 * bpow radix2 41)); [apply Rmult_le_compat_l; [lra|]; apply Rmult_le_compat_l;
  [assert (H := eta64_pos); lra|lra]|].
apply Rle_trans with (u64 * u64 * (bpow radix2 (-200) / 4)).
- unfold u64, eta64. rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 14 * bpow radix2 (-1075 + 41)).
  + apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
  + replace (/ 4) with (bpow radix2 (-2)) by (simpl; lra). unfold Rdiv. replace (/ 4) with (bpow radix2 (-2)) by (simpl; lra).
    rewrite <- !bpow_plus. apply bpow_le. lia.
- apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. unfold X. lra.
Qed.

Lemma tiny2 : 10000 * (eta64 * n) <= u64 * u64 * (X * (X * (nb / n))).
Proof.
assert (P := S_pos). assert (U := u64_val). destruct x_S as (x0 & _). assert (n0 : 0 < n) by (rewrite n_def; lra).
assert (X4 : bpow radix2 (-202) <= X).
{ replace (bpow radix2 (-202)) with (bpow radix2 (-200) / 4); [unfold X; lra|]. unfold Rdiv.
  replace (/ 4) with (bpow radix2 (-2)) by (simpl; lra). now rewrite <- bpow_plus. }
assert (q1 : bpow radix2 (-41) <= nb / n).
{ apply Rle_trans with (/ n).
  - replace (bpow radix2 (-41)) with (/ bpow radix2 41) by (rewrite <- bpow_opp; reflexivity). apply Rinv_le; lra.
  - unfold Rdiv. rewrite <- (Rmult_1_l (/ n)) at 1. apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|lra]. }
apply Rle_trans with (10000 * (eta64 * bpow radix2 41)); [apply Rmult_le_compat_l; [lra|]; apply Rmult_le_compat_l;
  [assert (H := eta64_pos); lra|lra]|].
apply Rle_trans with (u64 * u64 * (bpow radix2 (-202) * (bpow radix2 (-202) * bpow radix2 (-41)))).
- unfold u64, eta64. rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 14 * bpow radix2 (-1075 + 41)).
  + apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
  + rewrite <- !bpow_plus. apply bpow_le. lia.
- apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. assert (B := bpow_ge_0 radix2 (-202)). assert (C := bpow_ge_0 radix2 (-41)).
  apply Rmult_le_compat; try assumption; [now apply Rmult_le_pos|]. apply Rmult_le_compat; assumption.
Qed.

Let step := mstep a b.
Let stepl := mstepl a b.
Let q := nb / n.
Lemma q_range : 0 < q <= 1 /\ q * na <= nb.
Proof.
assert (n0 : 0 < n) by (rewrite n_def; lra). assert (E := q_n). fold q in E.
  assert (q0 : 0 < q) by (unfold q, Rdiv; apply Rmult_lt_0_compat; [lra|now apply Rinv_0_lt_compat]).
split; [split; [exact q0|]|].
- apply Rmult_le_reg_r with n; [assumption|]. rewrite E, n_def. lra.
- rewrite <- E. apply Rmult_le_compat_l; [lra|]. rewrite n_def. lra.
Qed.

Lemma fs : F64 (md a b) /\ F64 (mdl a b) /\ F64 (cn b) /\ F64 n.
Proof. destruct F_b as (A1 & _). repeat split; try apply merge.rnd64_F; assumption. Qed.

Lemma step_ok : Rabs (step + stepl - (md a b + mdl a b) * q) <= 46 * (u64 * (u64 * (X * q))) /\ Rabs stepl <= 10 * (u64 * (X * q)) /\
  Rabs step <= 1.02 * (X * q).
Proof.
destruct diff_ok as (D1 & D2 & _). assert (Xp := X_pos). assert (T1 := tiny1). assert (U := u64_val). destruct q_range as ((q0 & q1) & _).
assert (nb1 : 1 <= cn b <= n) by (rewrite n_def; fold nb; lra). assert (nM : n <= bpow radix2 41) by lra.
assert (P1 := pe_ok (md a b) (cn b) (merge.rnd64_F _) (proj1 F_b)). assert (P2 := pe_ok (mstep a b) n (merge.rnd64_F _) F_n).
assert (SP := step_pair (md a b) (mdl a b) (cn b) n X (pr (md a b) (cn b)) (pe (md a b) (cn b)) (pr step n) (pe step n) fs nb1 nM
  ltac:(lra) D1 D2 T1 P1 P2).
assert (B := step_abs (md a b) (cn b) n X nb1 nM ltac:(lra) D1).
destruct SP as (SP1 & SP2). split; [exact SP1|]. split; [exact SP2|]. change (Rabs step <= 1.01 * (X * q) + eta64) in B.
assert (e : eta64 <= 0.01 * (X * q)); [|lra].
apply Rmult_le_reg_r with n; [lra|]. replace (0.01 * (X * q) * n) with (0.01 * (X * (q * n))) by ring. unfold q. rewrite q_n.
assert (X * 1 <= X * nb) by (apply Rmult_le_compat_l; lra).
  assert (u64 * (u64 * X) <= 1 * (1 * X)) by (repeat (apply Rmult_le_compat; try lra); apply Rmult_le_pos; lra). lra.
Qed.

Lemma h_ok : Rabs (mh a b + mhl a b - (md a b + mdl a b) * ((md a b + mdl a b) * q) * na) <= 150 * (u64 * (u64 * (X * (X * q) * na))) /\
  Rabs (mh a b) <= 1.03 * (X * (X * q) * na) /\ Rabs (mhl a b) <= 20 * (u64 * (X * (X * q) * na)).
Proof.
destruct diff_ok as (D1 & D2 & _). assert (Xp := X_pos). assert (T1 := tiny1). assert (T2 := tiny2).
assert (nb1 : 1 <= cn b <= n) by (rewrite n_def; fold nb; lra). assert (nM : n <= bpow radix2 41) by lra.
  assert (na1 : 1 <= na <= n) by (rewrite n_def; lra).
assert (P1 := pe_ok (md a b) (cn b) (merge.rnd64_F _) (proj1 F_b)). assert (P2 := pe_ok (mstep a b) n (merge.rnd64_F _) F_n).
assert (P3 := pe_ok (md a b) (mstep a b) (merge.rnd64_F _) (merge.rnd64_F _)).
  assert (P4 := pe_ok (mgg a b) na (merge.rnd64_F _) (proj1 F_a)).
exact (h_pair (md a b) (mdl a b) (cn b) n X (pr (md a b) (cn b)) (pe (md a b) (cn b)) (pr step n) (pe step n) fs nb1 nM ltac:(lra) D1 D2 T1
  P1 P2
  na (mgg a b) (pe (md a b) (mstep a b)) (mh a b) (pe (mgg a b) na) na1 P3 P4 T2).
Qed.

(* -- the new mean -- *)
Definition a0 := u64 * (u64 * (S * (16000 + N / 10))).
Let A' := A + (value b - A) * q.

Lemma uuSN : 0 <= u64 * (u64 * (S * N)).
Proof. assert (U := u64_val). assert (P := S_pos). assert (0 <= N) by (rewrite n_def in n_N; lra). repeat apply Rmult_le_pos; lra. Qed.

Theorem mean_ok : n * Rabs (value (merge2 a b) - A') <= Ea + a0 /\ Rabs (sl (merge2 a b)) <= lam /\
  Rabs (sr (merge2 a b)) <= 4 * (u64 * lam).
Proof.
destruct F_a as (Fa1 & Fa2 & Fa3 & Fa4 & _). destruct F_b as (Fb1 & Fb2 & Fb3 & Fb4 & _).
assert (U := u64_val). assert (P := S_pos). assert (us := uS). assert (uus := uuS). assert (xl := x_le). destruct x_S as (x0 & _).
destruct diff_ok as (D1 & D2 & D3). destruct step_ok as (T1 & T2 & T3). destruct q_range as ((q0 & q1) & q2). assert (E := q_n).
  fold q in E.
assert (Xp := X_pos). assert (nx' := nX). assert (n0 : 0 < n) by (rewrite n_def; lra). assert (sn := uuSN).
assert (ul : 0 <= u64 * lam <= 0.00001 * lam) by (unfold lam; lra).
  assert (uul : 0 <= u64 * (u64 * lam) <= 0.00001 * (u64 * lam)) by (unfold lam; lra).
assert (Xq : 0 <= X * q) by (apply Rmult_le_pos; lra). assert (XS : X <= 1.3 * S) by (unfold X; lra).
  assert (XqS : X * q <= 1.3 * S) by (assert (X * q <= X * 1) by (apply Rmult_le_compat_l; lra); lra).
assert (XqN : X * q * n <= 289 * S) by (rewrite Rmult_assoc, E, Rmult_comm; exact nx').
assert (M := mean_update (sm a) (sl a) (sr a) step stepl). fold (value a) in M.
assert (FsM : F64 (sm a) /\ F64 (sl a) /\ F64 (sr a) /\ F64 step /\ F64 stepl) by (repeat split; try assumption; apply merge.rnd64_F).
specialize (M FsM). change (Rabs (value (merge2 a b) - (value a + (step + stepl))) <= 5 * (u64 * u64) * (Rabs step + Rabs (sl a) + Rabs
  stepl) + 1.01 * u64 * Rabs (sr a)) in M.
assert (uXq : 0 <= u64 * (X * q) <= 0.00001 * (X * q)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuXq : 0 <= u64 * (u64 * (X * q)) <= 0.00001 * (u64 * (X * q))) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
(* the errors, each times n *)
assert (M2 : Rabs (value (merge2 a b) - (value a + (step + stepl))) <= 5.11 * (u64 * (u64 * (X * q))) + 9.1 * (u64 * (u64 * lam))).
{ eapply Rle_trans; [exact M|].
  assert (B1 : u64 * u64 * (Rabs step + Rabs (sl a) + Rabs stepl) <= u64 * u64 * (1.0201 * (X * q) + lam)) by (apply Rmult_le_compat_l;
    [apply Rmult_le_pos; lra|lra]).
  assert (B2 : u64 * Rabs (sr a) <= u64 * (4 * (u64 * lam))) by (apply Rmult_le_compat_l; lra). lra. }
assert (Q : Rabs ((md a b + mdl a b) * q - (value b - value a) * q) <= u64 * (u64 * (1.03 * X + 40 * lam)) * q).
{ rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq q) by lra. apply Rmult_le_compat_r; lra. }
assert (V : value (merge2 a b) - A' = (value (merge2 a b) - (value a + (step + stepl))) + ((step + stepl - (md a b + mdl a b) * q)
  + (((md a b + mdl a b) * q - (value b - value a) * q) + (value a - A) * (1 - q)))) by (unfold A'; ring).
assert (V2 : Rabs (value (merge2 a b) - A') <= 51.2 * (u64 * (u64 * (X * q))) + 9.1 * (u64 * (u64 * lam)) + u64 * (u64 * (1.03 * X + 40 *
  lam)) * q + Rabs (value a - A) * (1 - q)).
{ rewrite V. eapply Rle_trans; [apply Rabs_triang|].
  assert (R1 := Rabs_triang (step + stepl - (md a b + mdl a b) * q) (((md a b + mdl a b) * q - (value b - value a) * q) + (value a - A) *
    (1 - q))).
  assert (R2 := Rabs_triang ((md a b + mdl a b) * q - (value b - value a) * q) ((value a - A) * (1 - q))).
  rewrite (Rabs_mult (value a - A)), (Rabs_pos_eq (1 - q)) in R2 by lra. lra. }
assert (lq : lam * q * n <= 1024 * lam).
{ rewrite Rmult_assoc, E, Rmult_comm. apply Rmult_le_compat_r; unfold lam; lra. }
split; [|split].
- apply Rle_trans with (n * (51.2 * (u64 * (u64 * (X * q))) + 9.1 * (u64 * (u64 * lam)) + u64 * (u64 * (1.03 * X + 40 * lam)) * q + Rabs
  (value a - A) * (1 - q))).
  + apply Rmult_le_compat_l; lra.
  + replace (n * (51.2 * (u64 * (u64 * (X * q))) + 9.1 * (u64 * (u64 * lam)) + u64 * (u64 * (1.03 * X + 40 * lam)) * q + Rabs (value a - A)
    * (1 - q)))
      with (u64 * (u64 * (52.23 * (X * q * n) + 40 * (lam * q * n) + 9.1 * (lam * n))) + Rabs (value a - A) * (n - q * n)) by lra.
    rewrite E. replace (n - nb) with na by (rewrite n_def; ring). rewrite (Rmult_comm (Rabs (value a - A))).
    assert (lN : lam * n <= lam * N) by (apply Rmult_le_compat_l; unfold lam; lra).
    assert (u64 * (u64 * (52.23 * (X * q * n) + 40 * (lam * q * n) + 9.1 * (lam * n))) <= u64 * (u64 * (S * (16000 + N / 10)))).
    { do 2 (apply Rmult_le_compat_l; [lra|]). assert (0 <= S * N) by (apply Rmult_le_pos; rewrite n_def in n_N; lra). unfold lam in *. lra.
      }
    unfold a0. lra.
- (* sl *)
  assert (Fm : F64 (mA a b)) by apply merge.rnd64_F. assert (FC3 : F64 (mC3 a b)) by apply merge.rnd64_F.
  assert (S1 : sm (merge2 a b) + sl (merge2 a b) = mA a b + mC3 a b) by now apply two_sum.
  assert (L := two_e_le (mA a b) (mC3 a b) Fm FC3). change (Rabs (sl (merge2 a b)) <= u64 * Rabs (mA a b + mC3 a b)) in L.
  assert (FE : F64 (mE a b)) by apply two_e_F. assert (FC1 : F64 (mC1 a b)) by apply merge.rnd64_F.
    assert (FC2 : F64 (mC2 a b)) by apply merge.rnd64_F.
  assert (S0 : mA a b + mE a b = sm a + step) by (apply two_sum; [assumption|apply merge.rnd64_F]).
  assert (S2 : mC1 a b + two_e (mE a b) (sl a) = mE a b + sl a) by now apply two_sum.
  assert (S3 : mC2 a b + two_e (mC1 a b) (mstepl a b) = mC1 a b + mstepl a b) by (apply two_sum; [assumption|apply merge.rnd64_F]).
  assert (S4 : mC3 a b + sr (merge2 a b) = mC2 a b + mT a b) by (apply two_sum; [assumption|apply merge.rnd64_F]).
  assert (e1 : Rabs (mE a b) <= Rabs step) by (apply two_e_small; [assumption|apply merge.rnd64_F]).
  assert (f1 : Rabs (two_e (mE a b) (sl a)) <= Rabs (sl a)) by now apply two_e_small.
  assert (g1 : Rabs (two_e (mC1 a b) (mstepl a b)) <= Rabs (mstepl a b)) by (apply two_e_small; [assumption|apply merge.rnd64_F]).
  assert (tb : Rabs (mT a b) <= 1.1 * (Rabs (sl a) + Rabs (mstepl a b) + Rabs (sr a))).
  { unfold mT. assert (Ff : F64 (two_e (mE a b) (sl a))) by apply two_e_F.
    assert (Fg : F64 (two_e (mC1 a b) (mstepl a b))) by apply two_e_F.
    assert (R1 := rnd64_abs _ _ Ff Fg). assert (R2 := rnd64_abs (rnd64 (two_e (mE a b) (sl a) + two_e (mC1 a b) (mstepl a b))) (sr a)
      (merge.rnd64_F _) Fa4).
    assert (R3 := Rabs_triang (two_e (mE a b) (sl a)) (two_e (mC1 a b) (mstepl a b))).
    assert (R4 := Rabs_triang (rnd64 (two_e (mE a b) (sl a) + two_e (mC1 a b) (mstepl a b))) (sr a)).
    assert (K : forall z, 0 <= z -> (1 + u64) * z <= 1.0001 * z) by (intros; apply Rmult_le_compat_r; lra).
    assert (K1 := K _ (Rabs_pos (two_e (mE a b) (sl a) + two_e (mC1 a b) (mstepl a b)))).
    assert (K2 := K _ (Rabs_pos (rnd64 (two_e (mE a b) (sl a) + two_e (mC1 a b) (mstepl a b)) + sr a))).
    assert (Z1 := Rabs_pos (sl a)). assert (Z2 := Rabs_pos (mstepl a b)). assert (Z3 := Rabs_pos (sr a)). lra. }
  fold stepl in S3. fold stepl in g1. fold stepl in tb.
  (* mA + mC3 is sm a and terms that are small against 3 S *)
  assert (smb : Rabs (sm a) <= Rabs mu + 0.05 * S).
  { replace (sm a) with (mu + ((value a - A) + (A - mu)) + (- sl a + - sr a)) by (unfold value; ring).
    eapply Rle_trans; [apply Rabs_triang|].
    assert (R1 := Rabs_triang mu ((value a - A) + (A - mu))). assert (R2 := Rabs_triang (value a - A) (A - mu)).
      assert (R3 := Rabs_triang (- sl a) (- sr a)).
    rewrite !Rabs_Ropp in R3. assert (Va := value_a). unfold lam in *. lra. }
  assert (tot : Rabs (mA a b + mC3 a b) <= Rabs mu + 3 * S).
  { replace (mA a b + mC3 a b) with (sm a + step + (sl a + stepl) + ((mT a b + - sr (merge2 a b)) + (- two_e (mE a b) (sl a) + - two_e (mC1
    a b) stepl))) by lra.
    assert (srb : Rabs (sr (merge2 a b)) <= Rabs (mT a b)) by (apply two_e_small; [assumption|apply merge.rnd64_F]).
    eapply Rle_trans; [apply Rabs_triang|].
    assert (R1 := Rabs_triang (sm a + step) (sl a + stepl)). assert (R2 := Rabs_triang (sm a) step).
      assert (R3 := Rabs_triang (sl a) stepl).
    assert (R4 := Rabs_triang (mT a b + - sr (merge2 a b)) (- two_e (mE a b) (sl a) + - two_e (mC1 a b) stepl)).
    assert (R5 := Rabs_triang (mT a b) (- sr (merge2 a b))). assert (R6 := Rabs_triang (- two_e (mE a b) (sl a)) (- two_e (mC1 a b) stepl)).
    rewrite !Rabs_Ropp in *. unfold lam in *. lra. }
  assert (u64 * Rabs (mA a b + mC3 a b) <= u64 * (Rabs mu + 3 * S)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * (Rabs mu + 3 * S)) by (apply Rmult_le_pos; [lra|assert (Z := Rabs_pos mu); lra]). lra.
- (* sr *)
  assert (FE : F64 (mE a b)) by apply two_e_F. assert (FC1 : F64 (mC1 a b)) by apply merge.rnd64_F.
    assert (FC2 : F64 (mC2 a b)) by apply merge.rnd64_F.
  assert (L := two_e_le (mC2 a b) (mT a b) FC2 (merge.rnd64_F _)). change (Rabs (sr (merge2 a b)) <= u64 * Rabs (mC2 a b + mT a b)) in L.
  assert (smb : Rabs (sm a) <= Rabs mu + 0.05 * S).
  { replace (sm a) with (mu + ((value a - A) + (A - mu)) + (- sl a + - sr a)) by (unfold value; ring).
    eapply Rle_trans; [apply Rabs_triang|].
    assert (R1 := Rabs_triang mu ((value a - A) + (A - mu))). assert (R2 := Rabs_triang (value a - A) (A - mu)).
      assert (R3 := Rabs_triang (- sl a) (- sr a)).
    rewrite !Rabs_Ropp in R3. assert (Va := value_a). unfold lam in *. lra. }
  assert (e1 : Rabs (mE a b) <= lam / 4).
  { eapply Rle_trans; [apply two_e_le; [assumption|apply merge.rnd64_F]|]. fold step. assert (R1 := Rabs_triang (sm a) step).
    assert (u64 * Rabs (sm a + step) <= u64 * (Rabs mu + 3 * S)) by (apply Rmult_le_compat_l; lra). lra. }
  set (f := two_e (mE a b) (sl a)). set (g := two_e (mC1 a b) (mstepl a b)).
  assert (S2 : mC1 a b + f = mE a b + sl a) by now apply two_sum.
  assert (S3 : mC2 a b + g = mC1 a b + stepl) by (apply two_sum; [assumption|apply merge.rnd64_F]). assert (f1 : Rabs f <= 2 * (u64 * lam)).
  { eapply Rle_trans; [now apply two_e_le|]. assert (R1 := Rabs_triang (mE a b) (sl a)). 
    assert (u64 * Rabs (mE a b + sl a) <= u64 * (2 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (c1 : Rabs (mC1 a b) <= 1.26 * lam).
  { replace (mC1 a b) with ((mE a b + sl a) + - f) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
    assert (R1 := Rabs_triang (mE a b) (sl a)). lra. }
  assert (slS : Rabs stepl <= 0.02 * lam) by (unfold lam; lra). assert (g1 : Rabs g <= 2 * (u64 * lam)).
  { eapply Rle_trans; [apply two_e_le; [assumption|apply merge.rnd64_F]|]. fold stepl. assert (R1 := Rabs_triang (mC1 a b) stepl).
    assert (u64 * Rabs (mC1 a b + stepl) <= u64 * (2 * lam)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (c2 : Rabs (mC2 a b) <= 1.29 * lam).
  { replace (mC2 a b) with ((mC1 a b + stepl) + - g) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
    assert (R1 := Rabs_triang (mC1 a b) stepl). lra. }
  assert (tb : Rabs (mT a b) <= 0.1 * lam).
  { unfold mT. fold f. fold g. assert (Ff : F64 f) by apply two_e_F. assert (Fg : F64 g) by apply two_e_F.
    assert (R1 := rnd64_abs _ _ Ff Fg). assert (R2 := rnd64_abs (rnd64 (f + g)) (sr a) (merge.rnd64_F _) Fa4).
    assert (R3 := Rabs_triang f g). assert (R4 := Rabs_triang (rnd64 (f + g)) (sr a)).
    assert (K : forall z, 0 <= z -> (1 + u64) * z <= 1.0001 * z) by (intros; apply Rmult_le_compat_r; lra).
    assert (K1 := K _ (Rabs_pos (f + g))). assert (K2 := K _ (Rabs_pos (rnd64 (f + g) + sr a))). lra. }
  assert (R1 := Rabs_triang (mC2 a b) (mT a b)).
  assert (u64 * Rabs (mC2 a b + mT a b) <= u64 * (2 * lam)) by (apply Rmult_le_compat_l; lra). lra.
Qed.
End One.
End Merges.
