(* A row of doubles whose deviation may be a few ulp of its mean, or less: blocks of the classes of f64_nearest.v, merged. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format blocks look total merge step mergeops mergerow f64_pairs f64_merge_diff f64_merges f64_mergerow f64_nearest.
Require Import wide.
Require row.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.

Record nblock := NBlock { nx : list R; nst : st; nc : R; nk : R }.
Definition nok b := (1 <= length (nx b) <= 1024)%nat /\ (forall x, In x (nx b) -> F64 x) /\ class64 (nx b) (nc b) (nk b) /\
  Rabs (value (nst b) - mean (nx b)) <= nc b * u64 * sig (nx b) /\
  Rabs (square (nst b) - n (nx b) * (sig (nx b) * sig (nx b))) <= 2 * nk b * u64 * (n (nx b) * (sig (nx b) * sig (nx b))) /\
  F_state (nst b) /\ cn (nst b) = n (nx b) /\ sr (nst b) = 0 /\ 0 <= square (nst b) /\
  Rabs (sl (nst b)) <= 1.01 * (u64 * Rabs (sm (nst b))) /\ Rabs (s2l (nst b)) <= 1.01 * (u64 * Rabs (s2 (nst b))).

Section Narrow.
Variable all : list nblock.
Hypothesis good : forall b, In b all -> nok b.
Hypothesis some : all <> [].
Definition tob b := Block (n (nx b)) (mean (nx b)) (n (nx b) * (sig (nx b) * sig (nx b))) (value (nst b)) (square (nst b)) (nc b) (nk b).
Definition bs := map tob all.
Definition cols := N bs.
Definition mu := Mean bs.
Definition sigma := Sigma bs.
Let A := Mean' bs.
Let W := M2' bs.
Let M := M2 bs.
Let S := sqrt M.

Lemma Ur : 0 < u64 <= / 9007199254740992. Proof. exact u64_val. Qed.
Lemma class_range xs c k : class64 xs c k -> 0 <= c <= 4 /\ 0 <= k <= 6.
Proof. intros [-> -> _| -> -> _| -> ->]; lra. Qed.
Lemma sig_tob b : nok b -> blocks.sigma (tob b) = sig (nx b).
Proof.
intros (L & _). assert (Nr := look.n_range (nx b) L). unfold blocks.sigma, tob. cbn [cnt m2].
replace (n (nx b) * (sig (nx b) * sig (nx b)) / n (nx b)) with (sig (nx b) * sig (nx b)) by (field; lra). apply sqrt_square, look.sig_pos.
Qed.
Lemma bs_good b : In b bs -> blocks.good u64 b.
Proof.
unfold bs. rewrite in_map_iff. intros (a & <- & I). assert (G := good a I). assert (St := sig_tob a G).
  destruct G as (L & _ & C & E1 & E2 & _).
assert (Nr := look.n_range (nx a) L). destruct (class_range _ _ _ C). unfold blocks.good. rewrite St. unfold tob.
  cbn [cnt m2 blocks.mu mu' m2' cc kk].
repeat split; try lra; try assumption. apply Rmult_le_pos; [lra|apply Rle_0_sqr].
Qed.
Lemma cols_sum : cols = sum (fun b => n (nx b)) all. Proof. unfold cols, N, bs. now rewrite sum_map. Qed.
Lemma cols1 : 1 <= cols.
Proof.
rewrite cols_sum. destruct all as [|c l] eqn:E; [now elim some|]. simpl. assert (H : 0 <= sum (fun b => n (nx b)) l) by (apply sum_pos;
  intros; apply pos_INR).
destruct (good c (or_introl eq_refl)) as (L & _). assert (Nr := look.n_range (nx c) L). lra.
Qed.
Lemma cols0 : 0 < cols. Proof. assert (H := cols1). lra. Qed.
Lemma M_eq : cols * (sigma * sigma) = M. Proof. exact (Sigma_sqr u64 bs bs_good cols0). Qed.
Lemma M_at y : sum (fun b => look.QQ (nx b) y) all = cols * (sigma * sigma + (mu - y) * (mu - y)).
Proof.
assert (Nm : sum (fun b => n (nx b) * (mean (nx b) - mu)) all = 0) by (assert (H := N_mean bs cols0); change (Mean bs) with mu in H;
  unfold bs in H; rewrite sum_map in H; exact H).
assert (ME : M = sum (fun b => n (nx b) * (sig (nx b) * sig (nx b)) + n (nx b) * ((mean (nx b) - mu) * (mean (nx b) - mu))) all).
{ unfold M, M2. change (Mean bs) with mu. unfold bs. now rewrite sum_map. }
rewrite Rmult_plus_distr_l, M_eq, ME, cols_sum.
transitivity (sum (fun b => n (nx b) * (sig (nx b) * sig (nx b)) + n (nx b) * ((mean (nx b) - mu) * (mean (nx b) - mu))) all
  + (2 * (mu - y) * sum (fun b => n (nx b) * (mean (nx b) - mu)) all + (mu - y) * (mu - y) * sum (fun b => n (nx b)) all)).
- rewrite <- !sum_scal, <- !sum_add. apply sum_ext. intros b I. destruct (good b I) as (L & _). rewrite (look.QQ_eq (nx b) L). ring.
- rewrite Nm. ring.
Qed.

(* -- statistics -- *)
Lemma small_cc b : In b bs -> cc b * cc b * u64 <= 2 * 0.00001.
Proof.
intro I. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). destruct (good a I) as (_ & _ & C & _).
  destruct (class_range _ _ _ C) as (Cr & _).
assert (U := Ur). unfold tob. cbn [cc]. assert (nc a * nc a <= 4 * 4) by (apply Rmult_le_compat; lra).
assert (nc a * nc a * u64 <= 4 * 4 * / 9007199254740992) by (apply Rmult_le_compat; try lra; apply Rle_0_sqr). lra.
Qed.
Lemma point_near c k s t Q : 0 <= s -> 0 <= t -> 0 <= Q -> 0 <= c -> c * c <= 4.24 * (6.755 - k) ->
  c * s * Q + k * (s * s) + c * s * t <= 6.755 * (s * s + t * t) + 1.2575 * (Q * Q).
Proof.
intros s0 t0 S0 c0 C.
assert (X : c * s * (Q + t) <= (6.755 - k) * (s * s) + 1.06 * ((Q + t) * (Q + t))).
{ assert (Y := Rle_0_sqr (c * s - 2.12 * (Q + t))). unfold Rsqr in Y.
  assert (c * c * (s * s) <= 4.24 * (6.755 - k) * (s * s)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact C]). lra. }
assert (B := Rle_0_sqr (t - 0.18625 * Q)). unfold Rsqr in B. assert (Y := Rle_0_sqr t). assert (Z := Rle_0_sqr Q). unfold Rsqr in Y, Z.
  lra.
Qed.
Theorem near_stats : cols * Rabs (A - mu) * sigma + Rabs (W - M) / 2 <= u64 * 8.0127 * M.
Proof.
assert (U := Ur). assert (MP := M2_pos u64 bs bs_good).
eapply Rle_trans; [apply (row_errors u64 bs ltac:(lra) bs_good cols0 0.00001 ltac:(lra) small_cc) with (G := 6.755) (h := 1.2575)|].
- intros b I. cbv zeta. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). destruct (good a I) as (_ & _ & C & _).
  destruct (class_range _ _ _ C).
  apply point_near; try apply sqrt_pos; try apply Rabs_pos; unfold tob; cbn [cc kk]; try lra. destruct C as [C1 C2 _|C1 C2 _|C1 C2];
    rewrite ?C1, ?C2; lra.
- apply Rmult_le_compat_r; [exact MP|]. apply Rmult_le_compat_l; lra.
Qed.
Theorem m2_stats : Rabs (W - M) / 2 <= u64 * 5.455 * M.
Proof.
assert (U := Ur). assert (MP := M2_pos u64 bs bs_good).
eapply Rle_trans; [apply (row_m2 u64 bs ltac:(lra) bs_good cols0 0.00001 ltac:(lra) small_cc) with (g := 5.4549)|].
- intros b I. cbv zeta. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). destruct (good a I) as (_ & _ & C & _).
  destruct (class_range _ _ _ C).
  change (cc (tob a)) with (nc a). change (kk (tob a)) with (nk a). assert (s0 : 0 <= blocks.sigma (tob a)) by apply sqrt_pos.
    assert (t0 := Rabs_pos (blocks.mu (tob a) - Mean bs)).
  set (s := blocks.sigma (tob a)) in *. set (t := Rabs (blocks.mu (tob a) - Mean bs)) in *. rewrite (Rmult_assoc (nc a)).
  apply row.quad; try lra; destruct C as [C1 C2 _|C1 C2 _|C1 C2]; rewrite ?C1, ?C2; lra.
- apply Rmult_le_compat_r; [exact MP|]. apply Rmult_le_compat_l; lra.
Qed.
Theorem far_stats : sigma <= 3.4 * u64 * Rabs mu -> cols * Rabs (A - mu) * sigma + Rabs (W - M) / 2 <= u64 * 5.562 * M.
Proof.
intro Far. assert (U := Ur). assert (MP := M2_pos u64 bs bs_good). assert (Sp : 0 <= sigma) by apply sqrt_pos. assert (M0 := Rabs_pos mu).
eapply Rle_trans; [apply (row_errors u64 bs ltac:(lra) bs_good cols0 0.00001 ltac:(lra) small_cc) with (G := 5.51) (h := 0.051)|].
- intros b I. cbv zeta. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). fold bs. fold mu. fold sigma.
  assert (Ga := good a I). rewrite (sig_tob a Ga). destruct Ga as (L & _ & C & _).
  unfold tob. cbn [cc kk blocks.mu]. set (s := sig (nx a)). set (t := Rabs (mean (nx a) - mu)).
  assert (s0 : 0 <= s) by apply look.sig_pos. assert (t0 : 0 <= t) by apply Rabs_pos.
  assert (T : Rabs mu <= Rabs (mean (nx a)) + t).
  { replace mu with (mean (nx a) - (mean (nx a) - mu)) at 1 by ring. eapply Rle_trans; [apply abs_sub|]. unfold t. lra. }
  assert (um2 : u64 * Rabs mu <= 0.00000001 * Rabs mu) by (apply Rmult_le_compat_r; lra).
  assert (um : 0 <= u64 * Rabs mu) by (apply Rmult_le_pos; lra). assert (X := Rle_0_sqr s). assert (Y := Rle_0_sqr t).
    assert (Z := Rle_0_sqr sigma). unfold Rsqr in *.
  assert (big : forall L0 v, 0 <= L0 * sigma <= v -> v <= s \/ v <= t -> L0 * sigma * (L0 * sigma) <= s * s + t * t).
  { intros L0 v Hv [H|H]; assert (L0 * sigma * (L0 * sigma) <= v * v) by (apply Rmult_le_compat; lra);
      [assert (v * v <= s * s) by (apply Rmult_le_compat; lra)|assert (v * v <= t * t) by (apply Rmult_le_compat; lra)]; lra. }
  assert (pt : forall L0 c k, 0 < L0 -> 0 <= c -> L0 * sigma * (L0 * sigma) <= s * s + t * t ->
    (forall a b, 0 <= a -> 0 <= b -> k * (a * a) + c * (a * b) <= (5.51 - c / L0) * (a * a + b * b)) ->
    c * s * sigma + k * (s * s) + c * s * t <= 5.51 * (s * s + t * t) + 0.051 * (sigma * sigma)).
  { intros L0 c k L00 c0 B Q. assert (X1 : s * sigma <= (s * s + t * t) / L0).
    { assert (V := Rle_0_sqr (s - L0 * sigma)). unfold Rsqr in V. apply Rmult_le_reg_l with L0; [assumption|].
      replace (L0 * ((s * s + t * t) / L0)) with (s * s + t * t) by (field; lra). lra. }
    assert (X2 : c * (s * sigma) <= c * ((s * s + t * t) / L0)) by (apply Rmult_le_compat_l; assumption).
    replace (c * ((s * s + t * t) / L0)) with (c / L0 * (s * s + t * t)) in X2 by (field; lra). assert (V := Q s t s0 t0). lra. }
  destruct C as [-> -> Hs| -> -> Hs| -> ->].
  + change (18 * u64 * Rabs (mean (nx a)) < s) in Hs. apply (pt 5); try lra.
    * apply (big 5 (17 * u64 * Rabs mu)); [lra|]. destruct (Rle_or_lt (17 * u64 * Rabs mu) t) as [Z1|Z1]; [now right|left].
      assert (18 * u64 * (0.99 * Rabs mu) <= 18 * u64 * Rabs (mean (nx a))) by (apply Rmult_le_compat_l; lra). lra.
    * intros. apply row.quad; lra.
  + change (Rabs (mean (nx a)) <= 10.2 * s) in Hs. apply (pt 1000); try lra.
    * apply (big 1000 (0.05 * Rabs mu)); [lra|]. destruct (Rle_or_lt (0.05 * Rabs mu) t); [now right|left; lra].
    * intros. apply row.quad; lra.
  + assert (V1 := Rle_0_sqr (s * 10 - sigma)). assert (V2 := Rle_0_sqr (s - t)). unfold Rsqr in *. lra.
- apply Rmult_le_compat_r; [exact MP|]. apply Rmult_le_compat_l; lra.
Qed.
End Narrow.
