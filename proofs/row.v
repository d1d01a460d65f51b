(* A whole row: blocks of three classes, in any mixture; near the mean and far from it; the constants of ln.h. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format blocks look last total.
Require Export stage.
Import ListNotations.
Local Open Scope R_scope.

Notation B_fused := stage.B_fused.
Notation B_unfused := stage.B_unfused.

Section Row.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.

(* a block of the row: its elements and what was computed of them, with the constants of its class *)
Record rblock := RBlock { bx : list R; bmean : R; bm2 : R; bc : R; bk : R }.
Definition rgood b := (1 <= length (bx b) <= 1024)%nat /\ (forall x, In x (bx b) -> F x) /\ class p (bx b) (bc b) (bk b) /\
  Rabs (bmean b - mean (bx b)) <= bc b * u * sig (bx b) /\
  Rabs (bm2 b - n (bx b) * (sig (bx b) * sig (bx b))) <= 2 * bk b * u * (n (bx b) * (sig (bx b) * sig (bx b))).

Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood b.
Hypothesis row_some : row <> [].

Definition tob b := Block (n (bx b)) (mean (bx b)) (n (bx b) * (sig (bx b) * sig (bx b))) (bmean b) (bm2 b) (bc b) (bk b).
Definition bs := map tob row.
Definition cols := N bs.
Definition mu := Mean bs.
Definition var := M2 bs / cols.
Definition sigma := Sigma bs.
Definition mean_merged := Mean' bs.       (* of exact merges *)
Definition m2_merged := M2' bs.

Lemma U : 0 < u <= / 16777216. Proof. exact (u_range p p_24). Qed.

Lemma class_range xs c k : class p xs c k -> 0 <= c <= 4 /\ 0 <= k <= 6.
Proof. intros [-> -> _| -> -> _| -> ->]; lra. Qed.


Lemma sig_tob b : rgood b -> blocks.sigma (tob b) = sig (bx b).
Proof.
intros (L & _). assert (Nr := n_range (bx b) L). unfold blocks.sigma, tob. cbn [cnt m2].
replace (n (bx b) * (sig (bx b) * sig (bx b)) / n (bx b)) with (sig (bx b) * sig (bx b)) by (field; lra). apply sqrt_square, sig_pos.
Qed.

Lemma good_tob b : rgood b -> good u (tob b).
Proof.
intro G. assert (St := sig_tob b G). destruct G as (L & _ & C & E1 & E2). assert (Nr := n_range (bx b) L). destruct (class_range _ _ _ C).
unfold good. rewrite St. unfold tob. cbn [cnt mu m2 mu' m2' cc kk].
repeat split; try lra; try assumption. apply Rmult_le_pos; [lra|apply Rle_0_sqr].
Qed.

Lemma bs_good b : In b bs -> good u b.
Proof. unfold bs. rewrite in_map_iff. intros (a & <- & I). apply good_tob, row_good, I. Qed.

Lemma cols_pos : 0 < cols.
Proof.
unfold cols, N, bs. rewrite sum_map. destruct row as [|b l]; [now elim row_some|]. simpl.
assert (H : 0 <= sum (fun b => n (bx b)) l) by (apply sum_pos; intros; apply pos_INR).
destruct (row_good b (or_introl eq_refl)) as (L & _). assert (Nr := n_range (bx b) L). lra.
Qed.

Lemma sigma_sqr : cols * (sigma * sigma) = M2 bs.
Proof. apply (Sigma_sqr u bs bs_good cols_pos). Qed.

(* M2 is the sum over the elements *)
Lemma M2_elements : M2 bs = sum (fun b => QQ (bx b) mu) row.
Proof.
unfold M2, bs. rewrite sum_map. apply sum_ext. intros b I. destruct (row_good b I) as (L & _).
fold bs. fold mu. rewrite (QQ_eq (bx b) L). unfold tob. cbn [cnt m2 blocks.mu]. ring.
Qed.

(* near: any mixture of classes *)
Definition G := 6.6695.
Definition H := 1.2604.

Lemma point_near c k s t S : 0 <= s -> 0 <= t -> 0 <= S -> 0 <= c -> c * c <= 4.24 * (G - k) ->
  c * s * S + k * (s * s) + c * s * t <= G * (s * s + t * t) + H * (S * S).
Proof.
intros s0 t0 S0 c0 C. unfold G, H in *.
(* c s (S + t) <= c^2 s^2 / 4.24 + 1.06 (S + t)^2, and 2 S t <= t^2 / 0.189 + 0.189 S^2 *)
assert (A : c * s * (S + t) <= (6.6695 - k) * (s * s) + 1.06 * ((S + t) * (S + t))).
{ assert (Y := Rle_0_sqr (c * s - 2.12 * (S + t))). unfold Rsqr in Y.
  assert (c * c * (s * s) <= 4.24 * (6.6695 - k) * (s * s)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact C]). lra. }
assert (B := Rle_0_sqr (t - 0.189 * S)). unfold Rsqr in B. assert (X := Rle_0_sqr t). assert (Z := Rle_0_sqr S). unfold Rsqr in X, Z. lra.
Qed.

Lemma class_near xs c k : class p xs c k -> c * c <= 4.24 * (G - k).
Proof. unfold G. intros [-> -> _| -> -> _| -> ->]; lra. Qed.

Theorem stats_near : cols * Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - M2 bs) / 2 <= u * 7.93 * M2 bs.
Proof.
assert (Ur := U). assert (MP := M2_pos u bs bs_good).
eapply Rle_trans; [apply (row_errors u bs ltac:(lra) bs_good cols_pos 0.00001 ltac:(lra)) with (G := G) (h := H)|].
- intros b I. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I).
  destruct (row_good a I) as (_ & _ & C & _). destruct (class_range _ _ _ C) as (Cr & _). unfold tob. cbn [cc].
  assert (bc a * bc a <= 4 * 4) by (apply Rmult_le_compat; lra).
  assert (bc a * bc a * u <= 4 * 4 * / 16777216) by (apply Rmult_le_compat; try lra; apply Rle_0_sqr). lra.
- intros b I. cbv zeta. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). fold bs.
  destruct (row_good a I) as (_ & _ & C & _). destruct (class_range _ _ _ C).
  apply point_near; try lra; [apply sigma_pos|apply Rabs_pos|apply sqrt_pos|apply H0|now apply (class_near (bx a))].
- apply Rmult_le_compat_r; [exact MP|]. apply Rmult_le_compat_l; [lra|]. unfold G, H. lra.
Qed.

Lemma quad c k g : 0 < g -> 0 <= c -> c * c <= 4 * g * (g - k) -> k <= g -> forall a b, 0 <= a -> 0 <= b ->
  k * (a * a) + c * (a * b) <= g * (a * a + b * b).
Proof.
intros g0 c0 C Hk a b a0 b0. apply Rmult_le_reg_l with (4 * g); [lra|].
assert (X := Rle_0_sqr (c * a - 2 * g * b)). unfold Rsqr in X.
assert (Y : c * c * (a * a) <= 4 * g * (g - k) * (a * a)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact C]). lra.
Qed.

Theorem stats_m2 : Rabs (m2_merged - M2 bs) / 2 <= u * 5.455 * M2 bs.
Proof.
assert (Ur := U). assert (MP := M2_pos u bs bs_good).
eapply Rle_trans; [apply (row_m2 u bs ltac:(lra) bs_good cols_pos 0.00001 ltac:(lra)) with (g := 5.4549)|].
- intros b I. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I).
  destruct (row_good a I) as (_ & _ & C & _). destruct (class_range _ _ _ C) as (Cr & _). unfold tob. cbn [cc].
  assert (bc a * bc a <= 4 * 4) by (apply Rmult_le_compat; lra).
  assert (bc a * bc a * u <= 4 * 4 * / 16777216) by (apply Rmult_le_compat; try lra; apply Rle_0_sqr). lra.
- intros b I. cbv zeta. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). fold bs.
  destruct (row_good a I) as (_ & _ & C & _). change (kk (tob a)) with (bk a). change (cc (tob a)) with (bc a).
    rewrite (Rmult_assoc (bc a)).
  apply quad; try apply sigma_pos; try apply Rabs_pos; destruct C as [E1 E2 _|E1 E2 _|E1 E2]; rewrite ?E1, ?E2; lra.
- apply Rmult_le_compat_r; [exact MP|]. apply Rmult_le_compat_l; lra.
Qed.

(* far: where sigma is a few units of the mean, blocks are exact, or vary far more than the row *)
(* with s^2 + t^2 >= (L S)^2:  c s S <= c s sqrt(s^2 + t^2) / L <= (c / L) (s^2 + t^2) *)
Lemma point_far L c k s t S : 0 < L -> 0 <= s -> 0 <= t -> 0 <= S -> 0 <= c -> L * S * (L * S) <= s * s + t * t ->
  (forall a b, 0 <= a -> 0 <= b -> k * (a * a) + c * (a * b) <= (5.505 - c / L) * (a * a + b * b)) ->
  c * s * S + k * (s * s) + c * s * t <= 5.505 * (s * s + t * t) + 0.001 * (S * S).
Proof.
intros L0 s0 t0 S0 c0 B Q. assert (Z := Rle_0_sqr S). unfold Rsqr in Z. assert (Y := Rle_0_sqr t). unfold Rsqr in Y.
assert (X : s * S <= (s * s + t * t) / L).
{ assert (W := Rle_0_sqr (s - L * S)). unfold Rsqr in W. apply Rmult_le_reg_l with L; [assumption|].
  replace (L * ((s * s + t * t) / L)) with (s * s + t * t) by (field; lra). lra. }
assert (X2 : c * (s * S) <= c * ((s * s + t * t) / L)) by (apply Rmult_le_compat_l; assumption).
replace (c * ((s * s + t * t) / L)) with (c / L * (s * s + t * t)) in X2 by (field; lra).
assert (V := Q s t s0 t0). lra.
Qed.

Theorem stats_far : sigma <= 3.02 * u * Rabs mu ->
  cols * Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - M2 bs) / 2 <= u * 5.51 * M2 bs.
Proof.
intro Far. assert (Ur := U). assert (MP := M2_pos u bs bs_good). assert (Sp : 0 <= sigma) by apply sqrt_pos. assert (M0 := Rabs_pos mu).
eapply Rle_trans; [apply (row_errors u bs ltac:(lra) bs_good cols_pos 0.00001 ltac:(lra)) with (G := 5.505) (h := 0.001)|].
- intros b I. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I).
  destruct (row_good a I) as (_ & _ & C & _). destruct (class_range _ _ _ C) as (Cr & _). unfold tob. cbn [cc].
  assert (bc a * bc a <= 4 * 4) by (apply Rmult_le_compat; lra).
  assert (bc a * bc a * u <= 4 * 4 * / 16777216) by (apply Rmult_le_compat; try lra; apply Rle_0_sqr). lra.
- intros b I. cbv zeta. unfold bs in I. rewrite in_map_iff in I. destruct I as (a & <- & I). fold bs. fold mu. fold sigma.
  assert (Ga := row_good a I). rewrite (sig_tob a Ga). destruct Ga as (L & _ & C & _).
  unfold tob. cbn [cc kk blocks.mu]. set (s := sig (bx a)). set (t := Rabs (mean (bx a) - mu)).
  assert (s0 : 0 <= s) by apply sig_pos. assert (t0 : 0 <= t) by apply Rabs_pos.
  assert (T : Rabs mu <= Rabs (mean (bx a)) + t).
  { replace mu with (mean (bx a) - (mean (bx a) - mu)) at 1 by ring. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|].
    rewrite Rabs_Ropp. unfold t. lra. }
  assert (huge : 0.05 * Rabs mu <= s \/ 0.05 * Rabs mu <= t -> 1000 * sigma * (1000 * sigma) <= s * s + t * t).
  { assert (um2 : u * Rabs mu <= / 16777216 * Rabs mu) by (apply Rmult_le_compat_r; lra).
    assert (SQ : 1000 * sigma * (1000 * sigma) <= (0.05 * Rabs mu) * (0.05 * Rabs mu)) by (apply Rmult_le_compat; lra).
    assert (X := Rle_0_sqr s). assert (Y := Rle_0_sqr t). unfold Rsqr in X, Y. intros [A|A].
    - assert ((0.05 * Rabs mu) * (0.05 * Rabs mu) <= s * s) by (apply Rmult_le_compat; lra). lra.
    - assert ((0.05 * Rabs mu) * (0.05 * Rabs mu) <= t * t) by (apply Rmult_le_compat; lra). lra. }
  assert (big : 17 * u * Rabs mu <= s \/ 0.05 * Rabs mu <= t -> 5.6 * sigma * (5.6 * sigma) <= s * s + t * t).
  { assert (um : 0 <= u * Rabs mu) by (apply Rmult_le_pos; lra).
    assert (um2 : u * Rabs mu <= / 16777216 * Rabs mu) by (apply Rmult_le_compat_r; lra).
    assert (SQ : 5.6 * sigma * (5.6 * sigma) <= (17 * u * Rabs mu) * (17 * u * Rabs mu)) by (apply Rmult_le_compat; lra).
    assert (X := Rle_0_sqr s). assert (Y := Rle_0_sqr t). unfold Rsqr in X, Y. intros [A|A].
    - assert ((17 * u * Rabs mu) * (17 * u * Rabs mu) <= s * s) by (apply Rmult_le_compat; lra). lra.
    - assert ((17 * u * Rabs mu) * (17 * u * Rabs mu) <= t * t) by (apply Rmult_le_compat; lra). lra. }
  destruct C as [-> -> Hs| -> -> Hs| -> ->];
    [assert (Hs' : 18 * u * Rabs (mean (bx a)) < s) by exact Hs|assert (Hs' : Rabs (mean (bx a)) <= 10.2 * s) by exact Hs|].
  + apply (point_far 5.6); try lra.
    * apply big. destruct (Rle_or_lt (0.05 * Rabs mu) t) as [A|A]; [now right|left].
      assert (18 * u * (0.95 * Rabs mu) <= 18 * u * Rabs (mean (bx a))) by (apply Rmult_le_compat_l; lra). lra.
    * apply quad; lra.
  + apply (point_far 1000); try lra. apply quad; lra.
  + assert (W := Rle_0_sqr (s - sigma)). assert (W2 := Rle_0_sqr (s - t)). assert (X := Rle_0_sqr s). assert (Y := Rle_0_sqr t).
    assert (Z := Rle_0_sqr sigma). unfold Rsqr in *. lra.
- apply Rmult_le_compat_r; [exact MP|]. apply Rmult_le_compat_l; [lra|]. lra.
Qed.


(* -- the whole row: merging, scale, last operations -- *)
(* m: the computed mean, both parts; V2: the computed m2 over cols; merging and that division may add 0.005 u (merge.v) *)
Variables (m V2 : R).
Hypothesis sigma_not0 : 0 < sigma.
Hypothesis V2_pos : 0 <= V2.
Hypothesis merging : Rabs (m - mean_merged) * sigma + Rabs (cols * V2 - m2_merged) / cols / 2 <= 0.005 * u * (sigma * sigma).
(* hi is the float nearest to m, but for a double rounding: no element is nearer to m (nearest.v) *)
Variable hi : R.
Hypothesis Fhi : F hi.
Hypothesis hi_nearest : forall b x, In b row -> In x (bx b) -> Rabs (hi - m) <= 1.001 * Rabs (x - m).
Hypothesis hi_float : Rabs (hi - m) <= 1.001 * u * Rabs m + 2 * eta.
(* D = sqrt(var + eps) or sqrt(var) + eps; D' the same of what was computed; R1 = 1/D' but for 0.001 u (rstd.v); rstd, shift: floats *)
Variables (D D' R0 R1 rstd shift : R).
Hypothesis D_ge : sigma <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - sigma).
Hypothesis R0_is : R0 * D = 1.
Hypothesis R1_pos : 0 < R1.
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u.
Hypothesis eta_tiny : eta <= u / 100000 /\ 4 * eta * R1 <= u / 100000.
Hypothesis rstd_err : Rabs (rstd - R1) <= 1.00001 * u * R1.
Hypothesis shift_err : Rabs (shift - (hi - m) * R1) <= 1.00001 * u * Rabs ((hi - m) * R1) + u / 100000.
(* an element, its parameters *)
Variables (b0 : rblock) (x gamma beta : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F gamma.
Hypothesis Fbeta : F beta.

Let xhat := (x - mu) * R0.
Let o := (hi - m) * R1.
Let M := Rmax 1 (Rabs xhat).

Lemma moments_st st : cols * Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - M2 bs) / 2 <= u * st * M2 bs ->
  Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= (st + 0.005) * u * (sigma * sigma).
Proof.
intro E. assert (C := cols_pos). assert (Q := sigma_sqr). rewrite <- Q in E. rewrite sqrt_def by assumption.
assert (ci : 0 < / cols) by now apply Rinv_0_lt_compat.
assert (E2 : Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - cols * (sigma * sigma)) / cols / 2 <= u * st * (sigma * sigma)).
{ apply (Rmult_le_compat_r (/ cols)) in E; [|lra].
  replace ((cols * Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - cols * (sigma * sigma)) / 2) * / cols)
    with (Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - cols * (sigma * sigma)) / cols / 2) in E by (field; lra).
  replace (u * st * (cols * (sigma * sigma)) * / cols) with (u * st * (sigma * sigma)) in E by (field; lra). exact E. }
assert (A : Rabs (m - mu) * sigma <= (Rabs (m - mean_merged) + Rabs (mean_merged - mu)) * sigma).
{ apply Rmult_le_compat_r; [lra|]. replace (m - mu) with ((m - mean_merged) + (mean_merged - mu)) by ring. apply Rabs_triang. }
assert (B : Rabs (V2 - sigma * sigma) <= Rabs (cols * V2 - m2_merged) / cols + Rabs (m2_merged - cols * (sigma * sigma)) / cols).
{ replace (V2 - sigma * sigma) with ((cols * V2 - m2_merged) * / cols + (m2_merged - cols * (sigma * sigma)) * / cols) by (field; lra).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. unfold Rdiv. lra. }
lra.
Qed.

(* the squares about any point *)
Lemma spread : sum (fun b => QQ (bx b) m) row = cols * (sigma * sigma + (mu - m) * (mu - m)).
Proof.
assert (Q := sigma_sqr).
assert (H3 : sum (fun b => QQ (bx b) m) row = M2 bs + (2 * (mu - m) * sum (fun b => cnt b * (blocks.mu b - mu)) bs + (mu - m) * (mu - m)
  * sum cnt bs)).
  { rewrite M2_elements. unfold bs. rewrite !sum_map, <- !sum_scal, <- !sum_add. apply sum_ext. intros b I.
    destruct (row_good b I) as (L & _).
    fold bs. rewrite !(QQ_eq (bx b) L). unfold tob. cbn [cnt blocks.mu]. ring. }
  rewrite H3. fold mu. unfold mu at 2. rewrite (N_mean bs cols_pos). rewrite <- Q. unfold cols, N. ring.
Qed.

(* o is at most a little over 1 *)
Lemma o_le : Rabs o <= 1.0011.
Proof.
assert (C := cols_pos). assert (Ur := U). assert (Q := sigma_sqr). assert (S0 := sigma_not0).
assert (St := moments_st 7.93 stats_near).
assert (Mm : Rabs (m - mu) <= 0.000001 * sigma).
{ apply Rmult_le_reg_r with sigma; [assumption|]. assert (X := Rabs_pos (sqrt V2 * sqrt V2 - sigma * sigma)).
  assert ((7.93 + 0.005) * u * (sigma * sigma) <= 0.000001 * (sigma * sigma)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra. }
assert (H1 : cols * (Rabs (hi - m) * Rabs (hi - m)) <= 1.001 * 1.001 * sum (fun b => QQ (bx b) m) row).
{ unfold cols, N, bs. rewrite sum_map. rewrite Rmult_comm, <- !sum_scal. apply sum_le. intros b I.
  destruct (row_good b I) as (L & _). unfold tob. cbn [cnt]. unfold n, QQ. rewrite <- sum_const, <- sum_scal. apply sum_le. intros z Iz.
  assert (Hz := hi_nearest b z I Iz).
  replace ((z - m) * (z - m)) with (Rabs (z - m) * Rabs (z - m)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  replace (1.001 * 1.001 * (Rabs (z - m) * Rabs (z - m))) with (1.001 * Rabs (z - m) * (1.001 * Rabs (z - m))) by ring.
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (H2 := spread).
rewrite H2 in H1. replace (1.001 * 1.001 * (cols * (sigma * sigma + (mu - m) * (mu - m)))) with (cols * (1.001 * 1.001 * (sigma * sigma +
  (mu - m) * (mu - m)))) in H1 by ring.
apply Rmult_le_reg_l in H1; [|assumption].
assert (mm : (mu - m) * (mu - m) <= 0.000001 * sigma * (0.000001 * sigma)).
{ replace ((mu - m) * (mu - m)) with (Rabs (m - mu) * Rabs (m - mu)) by (rewrite <- Rabs_mult, Rabs_pos_eq; [ring|apply Rle_0_sqr]).
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (H4 : Rabs (hi - m) <= 1.00101 * sigma).
{ apply le_of_sqr; [lra|]. assert (0 <= sigma * sigma) by apply Rle_0_sqr. lra. }
(* R1 is at most a little over 1 / sigma *)
assert (dev := deviation_err u mu m sigma (sqrt V2) (7.93 + 0.005) Ur S0 (sqrt_pos _) ltac:(lra) St).
assert (D1 : (1 - 0.000002) * sigma <= D').
{ assert (X := Rle_abs (D - D')). rewrite Rabs_minus_sym in X. assert (Y := Rabs_pos (m - mu)).
  assert ((7.93 + 0.005 + 0.0001) * u * sigma <= 0.000001 * sigma) by (apply Rmult_le_compat_r; lra). lra. }
assert (R1b : R1 * sigma <= 1.00001).
{ assert (X := Rle_abs (R1 * D' - 1)). assert (R1 * ((1 - 0.000002) * sigma) <= R1 * D') by (apply Rmult_le_compat_l; lra). lra. }
unfold o. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra.
assert (Rabs (hi - m) * R1 <= 1.00101 * sigma * R1) by (apply Rmult_le_compat_r; lra).
assert (1.00101 * sigma * R1 <= 1.00101 * 1.00001) by (replace (1.00101 * sigma * R1) with (1.00101 * (R1 * sigma)) by ring;
  apply Rmult_le_compat_l; lra). lra.
Qed.

(* stage.v takes it from here *)
Lemma near936 : Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 7.936 * u * (sigma * sigma).
Proof.
assert (A := moments_st 7.93 stats_near). assert (Ur := U). assert (X := Rle_0_sqr sigma). unfold Rsqr in X.
assert (0 <= u * (sigma * sigma)) by (apply Rmult_le_pos; lra). lra.
Qed.
Lemma far516 : sigma <= 3.01 * u * Rabs mu ->
  Rabs (m - mu) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 5.516 * u * (sigma * sigma).
Proof.
intro Far. assert (Ur := U). assert (um : 0 <= u * Rabs mu) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (A := moments_st 5.51 (stats_far ltac:(lra))). assert (X := Rle_0_sqr sigma). unfold Rsqr in X.
assert (0 <= u * (sigma * sigma)) by (apply Rmult_le_pos; lra). lra.
Qed.
Lemma t_total t l st : 0 <= l <= 8 -> 0 <= st <= 8 ->
  cols * Rabs (mean_merged - mu) * sigma + Rabs (m2_merged - M2 bs) / 2 <= u * st * M2 bs ->
  Rabs (t - (x - m) * R1) <= u * l * Rmax 1 (Rabs ((x - m) * R1)) -> Rabs (t - xhat) <= (st + l + 0.007) * u * M.
Proof.
intros Hl Hst St Ht. replace (st + l + 0.007) with (st + 0.005 + l + 0.002) by lra.
exact (stage.t_total p p_24 mu sigma m V2 sigma_not0 D D' R0 R1 D_ge D_err R0_is R1_err x t l (st + 0.005) Hl ltac:(lra) (moments_st st St)
  Ht).
Qed.
Lemma Fx : F x. Proof. destruct (row_good b0 b0_in) as (_ & A & _). now apply A. Qed.

Theorem xhat_fused : Rabs (t_fused emin p x hi rstd shift - xhat) <= X_fused * u * M.
Proof.
exact (stage.xhat_fused emin p p_24 mu sigma m V2 sigma_not0 near936 far516 hi Fhi hi_float D D' R0 R1 rstd shift D_ge D_err R0_is R1_pos
  R1_err eta_tiny rstd_err shift_err x Fx o_le).
Qed.

Theorem xhat_unfused : Rabs (t_unfused emin p x hi rstd shift - xhat) <= X_unfused * u * M.
Proof.
exact (stage.xhat_unfused emin p p_24 mu sigma m V2 sigma_not0 near936 far516 hi Fhi hi_float D D' R0 R1 rstd shift D_ge D_err R0_is R1_pos
  R1_err eta_tiny rstd_err shift_err x Fx o_le).
Qed.

Let Y := gamma * xhat + beta.
Let S := Rabs gamma * M + Rabs beta.

Theorem layernorm_fused : Rabs (y_fused emin p (t_fused emin p x hi rstd shift) gamma beta - Y) <= B_fused * u * S + eta.
Proof.
exact (stage.layernorm_fused emin p p_24 mu sigma m V2 sigma_not0 near936 far516 hi Fhi hi_float D D' R0 R1 rstd shift D_ge D_err R0_is
  R1_pos R1_err eta_tiny rstd_err shift_err x gamma beta Fx o_le).
Qed.

Theorem layernorm_unfused : Rabs (y_unfused emin p (t_unfused emin p x hi rstd shift) gamma beta - Y) <= B_unfused * u * S + eta.
Proof.
exact (stage.layernorm_unfused emin p p_24 mu sigma m V2 sigma_not0 near936 far516 hi Fhi hi_float D D' R0 R1 rstd shift D_ge D_err R0_is
  R1_pos R1_err eta_tiny rstd_err shift_err x gamma beta Fx Fgamma Fbeta o_le).
Qed.

(* rstd alone, before it is a float *)
Definition E_rstd := 5.47.
Theorem rstd_alone : Rabs (R1 * D - 1) <= E_rstd * u.
Proof.
assert (Ur := U). assert (S0 := sigma_not0). assert (C := cols_pos). assert (ci : 0 < / cols) by now apply Rinv_0_lt_compat.
assert (Q := sigma_sqr). assert (E := stats_m2). rewrite <- Q in E.
assert (St : Rabs (0 - 0) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 5.461 * u * (sigma * sigma)).
{ rewrite (sqrt_def V2 V2_pos), Rminus_0_r, Rabs_R0.
  assert (E2 : Rabs (m2_merged - cols * (sigma * sigma)) / cols / 2 <= u * 5.455 * (sigma * sigma)).
  { apply (Rmult_le_compat_r (/ cols)) in E; [|lra].
    replace (Rabs (m2_merged - cols * (sigma * sigma)) / 2 * / cols) with (Rabs (m2_merged - cols * (sigma * sigma)) / cols / 2) in E by
      (field; lra).
    replace (u * 5.455 * (cols * (sigma * sigma)) * / cols) with (u * 5.455 * (sigma * sigma)) in E by (field; lra). exact E. }
  assert (B : Rabs (V2 - sigma * sigma) <= Rabs (cols * V2 - m2_merged) / cols + Rabs (m2_merged - cols * (sigma * sigma)) / cols).
  { replace (V2 - sigma * sigma) with ((cols * V2 - m2_merged) * / cols + (m2_merged - cols * (sigma * sigma)) * / cols) by (field; lra).
    eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq (/ cols)) by lra. unfold Rdiv. lra. }
  assert (0 <= Rabs (m - mean_merged) * sigma) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  assert (0 <= u * (sigma * sigma)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra. }
(* as an x of value D: its xhat is 1 *)
assert (T := statistics_err u 0 0 sigma (sqrt V2) 5.461 Ur S0 (sqrt_pos _) ltac:(lra) St D D' R0 R1 D D_ge D_err R0_is R1_err).
rewrite !Rminus_0_r in T. rewrite (Rmult_comm D R0), R0_is, Rabs_R1, Rmax_left, Rmult_1_r in T by lra.
rewrite (Rmult_comm D R1) in T. unfold E_rstd. lra.
Qed.

End Row.
