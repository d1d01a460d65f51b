(* One merge of merges.v goes on: the error of its m2. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide merge step mergeops merges.
Import ListNotations.
Local Open Scope R_scope.

Section MergesM2.
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
Let step := mstep a b.
Let stepl := mstepl a b.
Let q := nb / n.
Local Notation a0 := (merges.a0 S N).

(* from merges.v *)
Local Lemma S_pos : 0 < S.
Proof. exact (merges.S_pos S S_big). Qed.
Local Lemma nx : nb * x <= 32.8 * S.
Proof. exact (merges.nx b S x nb_range S_big x_S). Qed.
Local Lemma nX : nb * X <= 289 * S.
Proof. exact (merges.nX b S x nb_range S_big x_S). Qed.
Local Lemma nXX : nb * (X * X) <= 131 * (S * S).
Proof. exact (merges.nXX b S x nb_range S_big x_S). Qed.
Local Lemma diff_ok : Rabs (md a b) <= X /\ Rabs (mdl a b) <= u64 * X /\
  Rabs (md a b + mdl a b - (value b - value a)) <= u64 * (u64 * (1.03 * X + 40 * lam)).
Proof. exact (merges.diff_ok a b S mu x A Ea F_a F_b nb_range na_range S_big lo_a lo_b rest_a rest_b Ea_ok Ea_max A_mu b_mu x_S). Qed.
Local Lemma q_n : nb / n * n = nb.
Proof. exact (merges.q_n a b nb_range na_range). Qed.
Local Lemma X_pos : 0 < X.
Proof. exact (merges.X_pos b S x S_big x_S). Qed.
Local Lemma n_def : n = na + nb.
Proof. exact (merges.n_def a b). Qed.
Local Lemma q_range : 0 < q <= 1 /\ q * na <= nb.
Proof. exact (merges.q_range a b nb_range na_range). Qed.
Local Lemma h_ok : Rabs (mh a b + mhl a b - (md a b + mdl a b) * ((md a b + mdl a b) * q) * na) <= 150 * (u64 * (u64 * (X * (X * q) * na))) /\
  Rabs (mh a b) <= 1.03 * (X * (X * q) * na) /\ Rabs (mhl a b) <= 20 * (u64 * (X * (X * q) * na)).
Proof. exact (merges.h_ok pe pe_ok a b S mu x N A Ea F_a F_b F_n nb_range na_range n_N N_max S_big lo_a lo_b rest_a rest_b Ea_ok Ea_max A_mu b_mu x_S). Qed.

(* -- the new m2; W: the exact one so far -- *)
Variables W k : R.
Hypothesis W_ok : 0 <= W <= 1.2 * (S * S).
Hypothesis sq_a : Rabs (square a - W) <= 0.01 * (S * S).
Hypothesis sq_b : 0 <= square b <= 1.2 * (S * S).
Hypothesis s2l_a : Rabs (s2l a) <= 2 * (u64 * (S * S)).
Hypothesis s2l_b : Rabs (s2l b) <= 2 * (u64 * (S * S)).
Hypothesis Ea_k : Ea <= k * a0.
Hypothesis k_n : 0 <= k /\ 1024 * k <= n.
Definition b00 := u64 * (u64 * (S * S * (40000 + N / 10))).
Let W' := W + square b + (value b - A) * ((value b - A) * q) * na.

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
assert (Z : 0 <= X * (X * q) * na <= 131 * M).
{ split; [apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]|lra]|].
  replace (X * (X * q) * na) with (q * na * (X * X)) by ring.
  assert (q * na * (X * X) <= nb * (X * X)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra. }
assert (uZ : u64 * (X * (X * q) * na) <= u64 * (131 * M)) by (apply Rmult_le_compat_l; lra).
assert (uuZ : u64 * (u64 * (X * (X * q) * na)) <= u64 * (u64 * (131 * M))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
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
assert (UP2 : Rabs (square (merge2 a b) - (square a + square b + (mh a b + mhl a b))) <= 9500 * (u64 * (u64 * M))).
{ eapply Rle_trans; [exact UP|].
  assert (B1 : u64 * u64 * (Rabs (s2 a) + Rabs (s2 b) + Rabs (mh a b)) <= u64 * u64 * (138 * M)) by (apply Rmult_le_compat_l;
    [apply Rmult_le_pos; lra|lra]).
  assert (B2 : u64 * (Rabs (s2l a) + Rabs (s2l b) + Rabs (mhl a b)) <= u64 * (2625 * (u64 * M))) by (apply Rmult_le_compat_l; lra). lra. }
(* the square of the difference *)
set (dd := md a b + mdl a b) in *. set (dx := value b - A).
set (ep := u64 * (u64 * (1.03 * X + 40 * lam))) in *. set (al := Rabs (value a - A)).
assert (ep0 : 0 <= ep) by (unfold ep, lam; repeat apply Rmult_le_pos; lra). assert (al0 : 0 <= al) by apply Rabs_pos.
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
assert (E1 : X * (q * na) * ep <= u64 * (u64 * (231 * M))).
{ assert (X * (q * na) <= 289 * S) by (rewrite (Rmult_comm X); assert (q * na * X <= nb * X) by (apply Rmult_le_compat_r; lra); lra).
  assert (0 <= X * (q * na)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
  unfold ep. replace (X * (q * na) * (u64 * (u64 * (1.03 * X + 40 * lam)))) with (u64 * (u64 * (1.03 * (X * (X * q) * na) + 40 * lam * (X *
    (q * na))))) by ring.
  do 2 (apply Rmult_le_compat_l; [lra|]).
  assert (40 * lam * (X * (q * na)) <= 40 * lam * (289 * S)) by (apply Rmult_le_compat_l; unfold lam; lra).
  assert (40 * lam * (289 * S) <= 90.4 * M) by (unfold lam, M; assert (0 <= S * S) by apply Rle_0_sqr; lra). lra. }
assert (E2 : X * (q * na) * al <= u64 * (u64 * (M * (4600 + N / 30)))).
{ assert (qE : q * n = nb) by apply q_n.
  assert (nal : na * al <= k * a0) by (unfold al; lra).
  replace (X * (q * na) * al) with (X * q * (na * al)) by ring.
  assert (X * q * (na * al) <= X * q * (k * a0)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact nal]).
  assert (a00 : 0 <= a0) by (unfold a0; assert (N0 : 0 <= N) by (rewrite n_def in n_N; lra); repeat apply Rmult_le_pos; lra).
  assert (qk : q * k <= nb / 1024).
  { apply Rmult_le_reg_r with n; [assumption|]. replace (q * k * n) with (q * n * k) by ring. rewrite qE. unfold Rdiv. rewrite Rmult_assoc.
    apply Rmult_le_compat_l; lra. }
  assert (X * q * (k * a0) <= X * (nb / 1024) * a0).
  { replace (X * q * (k * a0)) with (X * (q * k) * a0) by ring. apply Rmult_le_compat_r; [exact a00|]. apply Rmult_le_compat_l; lra. }
  assert (X * (nb / 1024) <= 0.2823 * S) by lra. assert (X * (nb / 1024) * a0 <= 0.2823 * S * a0) by (apply Rmult_le_compat_r; assumption).
  assert (0.2823 * S * a0 <= u64 * (u64 * (M * (4600 + N / 30)))); [|lra].
  unfold a0. replace (0.2823 * S * (u64 * (u64 * (S * (16000 + N / 10))))) with (u64 * (u64 * (M * (0.2823 * (16000 + N / 10))))) by
    (unfold M; ring).
  do 2 (apply Rmult_le_compat_l; [lra|]). apply Rmult_le_compat_l; [exact M0|]. assert (0 <= N) by (rewrite n_def in n_N; lra). lra. }
replace (square (merge2 a b) - W') with ((square (merge2 a b) - (square a + square b + (mh a b + mhl a b))) + ((mh a b + mhl a b - dd * (dd
  * q) * na)
  + ((dd * (dd * q) * na - dx * (dx * q) * na) + (square a - W)))) by (unfold W', dx; ring).
eapply Rle_trans; [apply Rabs_triang|].
assert (R1 := Rabs_triang (mh a b + mhl a b - dd * (dd * q) * na) ((dd * (dd * q) * na - dx * (dx * q) * na) + (square a - W))).
assert (R2 := Rabs_triang (dd * (dd * q) * na - dx * (dx * q) * na) (square a - W)).
assert (uuMN : 0 <= u64 * (u64 * (M * N))) by (assert (N0 : 0 <= N) by (rewrite n_def in n_N; lra); repeat apply Rmult_le_pos; lra).
unfold b00. fold M. lra.
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
End MergesM2.
