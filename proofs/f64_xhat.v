(* xhat and rstd of doubles, which the backward pass begins with: the errors that the bounds of y are made of, eps inside. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow rstd.
Require Import f64_pairs f64_row f64_merged f64_last f64_var f64_outside f64_eps f64_layernorm.
Require Import f64_narrow f64_narrow_merged f64_narrow_y f64_narrow_layernorm.
Require blocks float32 f64_whole.
Import ListNotations.
Local Open Scope R_scope.

Definition X64 (fused : bool) := if fused then 10.95 else 11.95.
Definition xhat64 (fused : bool) hi lo rs x :=
  if fused then t_fused (-1074) 53 x hi rs (shift64 lo rs) else t_unfused (-1074) 53 x hi rs (shift64 lo rs).
(* what is said of the xhat and the rstd that are computed, where D is the root, or the root and eps *)
Definition xhat_near fused hi lo rs x mu D :=
  Rabs (xhat64 fused hi lo rs x - (x - mu) * / D) <= X64 fused * (u64 * Rmax 1 (Rabs ((x - mu) * / D))).
Definition rstd_near rs D := Rabs (rs - / D) <= 6.47 * (u64 * / D).

(* The error of rstd is that of the root of the variance, and its rounding. *)
Lemma rstd_from sigma V2 D D' rs : 0 < sigma -> 0 <= V2 -> Rabs (V2 - sigma * sigma) / 2 <= 5.456 * u64 * (sigma * sigma) ->
  sigma <= D -> 0 < D' -> Rabs (D' - D) <= Rabs (sqrt V2 - sigma) -> Rabs (rs - / D') <= 1.001 * (u64 * / D') -> rstd_near rs D.
Proof.
intros P V0 St Dge D0 Derr rsE. assert (U := u64_val). assert (U24 : 0 < u64 <= / 16777216) by lra.
assert (R0 : / D * D = 1) by (field; lra).
assert (R1 : Rabs (/ D' * D' - 1) <= 0.001 * u64) by (replace (/ D' * D' - 1) with 0 by (field; lra); rewrite Rabs_R0; lra).
assert (St' : Rabs (0 - 0) * sigma + Rabs (sqrt V2 * sqrt V2 - sigma * sigma) / 2 <= 5.456 * u64 * (sigma * sigma)).
{ rewrite (sqrt_def V2 V0), Rminus_0_r, Rabs_R0. lra. }
(* as an x of value D: its xhat is 1 *)
assert (T := statistics_err u64 0 0 sigma (sqrt V2) 5.456 U24 P (sqrt_pos _) ltac:(lra) St' D D' (/ D) (/ D') D Dge Derr R0 R1).
rewrite !Rminus_0_r in T. rewrite (Rmult_comm D (/ D)), R0, Rabs_R1, Rmax_left, Rmult_1_r in T by lra.
assert (I : 0 < / D) by (apply Rinv_0_lt_compat; lra). assert (I' : 0 < / D') by now apply Rinv_0_lt_compat.
assert (N : Rabs (/ D' - / D) <= 5.4576 * u64 * / D).
{ replace (/ D' - / D) with ((D * / D' - 1) * / D) by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D)) by lra.
  apply Rmult_le_compat_r; lra. }
assert (L := Rle_abs (/ D' - / D)). assert (uD : 0 <= u64 * / D <= 0.000001 * / D) by (split; [apply Rmult_le_pos; lra|apply
  Rmult_le_compat_r; lra]).
assert (u64 * / D' <= u64 * (1.00001 * / D)) by (apply Rmult_le_compat_l; lra).
unfold rstd_near. replace (rs - / D) with ((rs - / D') + (/ D' - / D)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Section Wide.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variable all : list (rblock * st).
Hypothesis good : forall c, In c all -> rgood (-1074) 53 (fst c) /\ near64 (fst c) (snd c).
Hypothesis some : all <> [].
Let row := f64_row.row all.
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis F_cols : F64 cols.
Hypothesis cols_max : cols <= bpow radix2 30.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis wide_row : Rabs mu <= 8589934592 * sigma.
Let V2 := row.m2_merged row / cols.
Variable b0 : rblock.
Variable x : R.
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).

Lemma m2_wide : Rabs (V2 - sigma * sigma) / 2 <= 5.456 * u64 * (sigma * sigma).
Proof.
assert (C : 1 <= cols) by exact (f64_row.cols1 all good some). assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (E := stats_m2 (-1074) 53 ltac:(lia) row (f64_row.row_good all good) (f64_row.row_some all good some)).
assert (Q : cols * (sigma * sigma) = blocks.M2 (row.bs row)) by exact (f64_row.M2_eq all good some).
rewrite <- Q in E. change (format.u 53) with u64 in E. apply (Rmult_le_compat_r (/ cols)) in E; [|lra].
replace (V2 - sigma * sigma) with ((row.m2_merged row - cols * (sigma * sigma)) * / cols) by (unfold V2; field; lra).
rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra.
replace (u64 * 5.455 * (cols * (sigma * sigma)) * / cols) with (5.455 * (u64 * (sigma * sigma))) in E by (field; lra).
assert (U := u64_val). assert (0 <= u64 * (sigma * sigma)) by (apply Rmult_le_pos; lra). unfold Rdiv in *. lra.
Qed.

(* any scale D that grows no faster than sigma, D' the same of the ideal moments *)
Lemma near_wide (a : st) (eps D D' rs : R) fused : F64 eps -> moments_of pe all a -> sigma <= D -> sqrt V2 <= D' ->
  Rabs (D' - D) <= Rabs (sqrt V2 - sigma) -> Rabs (rs - / D') <= 1.0001 * (u64 * / D') ->
  xhat_near fused (sm a) (f64_whole.lo64 a) rs x mu D /\ rstd_near rs D.
Proof.
intros F_eps H Dge D'ge Derr rsE.
destruct (moments_ready pe pe_ok all good some F_cols cols_max sigma_big wide_row a H)
  as ((_ & F2 & F3 & F4 & F5 & F6) & Rd & L1 & L2 & Sp).
assert (U := u64_val). assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
destruct (f64_whole.V2_near all good some sigma_big) as ((VA & VB) & _).
change (row.m2_merged (f64_row.row all) / row.cols (f64_row.row all)) with V2 in VA, VB.
change (row.sigma (f64_row.row all)) with sigma in VA, VB. assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (V0 : 0 <= V2) by lra. assert (sV := f64_whole.sqrtV2 all good some sigma_big).
change (row.m2_merged (f64_row.row all) / row.cols (f64_row.row all)) with V2 in sV. change (row.sigma (f64_row.row all)) with sigma in sV.
assert (D'0 : 0 < D') by lra.
assert (I0' : 0 <= u64 * / D') by (apply Rmult_le_pos; [lra|left; now apply Rinv_0_lt_compat]).
split; [|exact (rstd_from sigma V2 D D' rs P V0 m2_wide Dge D'0 Derr ltac:(lra))].
destruct (f64_whole.lo64_ok all good some sigma_big wide_row a eps
  (conj F2 (conj F3 (conj F4 (conj F5 (conj F6 (conj F_cols F_eps)))))) Rd L1) as (Lo1 & Lo2).
set (hi := sm a) in *. set (lo := f64_whole.lo64 a) in *. assert (Flo : F64 lo) by apply merge.rnd64_F.
set (tl := 0.00001 * (u64 * sigma)) in *. set (I0 := row.mean_merged row). set (rest := I0 - (hi + lo)).
assert (Sum : hi + lo + rest = I0) by (unfold rest; ring).
destruct (f64_whole.R1s all good some sigma_big D' D'ge) as (I & J). change (row.sigma (f64_row.row all)) with sigma in J.
assert (Lo := f64_whole.lo_small all good some sigma_big wide_row hi lo D' Lo1 Lo2 D'ge).
assert (Rs := f64_whole.rest_small all good some sigma_big hi lo D' Lo1 D'ge).
change (row.mean_merged (f64_row.row all) - (hi + lo)) with rest in Rs.
assert (Fx : F64 x) by exact (f64_whole.Fx all good b0 x b0_in x_in).
assert (k3 : 1 <= 1.0001 <= 3) by lra. assert (O3 : 0 <= 0.0000012 <= 1.01) by lra. assert (r4 : 0 <= 0.000012 <= 4) by lra.
assert (Tl : tl * / D' <= 0.000005).
{ unfold tl. assert (u64 * (sigma * / D') <= u64 * 1.0001) by (apply Rmult_le_compat_l; lra). lra. }
unfold xhat_near, X64, xhat64. assert (M1 : 1 <= Rmax 1 (Rabs ((x - mu) * / D))) by apply Rmax_l.
assert (uM : 0 <= u64 * Rmax 1 (Rabs ((x - mu) * / D))) by (apply Rmult_le_pos; lra). destruct fused.
- assert (T := fused64 x hi lo rest (/ D') rs 1.0001 0.0000012 0.000012 tl Fx F2 I k3 rsE Flo Lo O3 Rs r4 Lo2 Tl). rewrite Sum in T.
  destruct T as [T|(_ & T)];
    [assert (E := f64_whole.E_total all good some sigma_big D D' Dge D'ge Derr x _ (1.0001 + 1 + 0.0000012 + 1.001 * 0.000012 + 0.003)
      ltac:(lra) T)
    |assert (E := f64_whole.E_total all good some sigma_big D D' Dge D'ge Derr x _ (1.0001 + 2 + 1.001 * 0.000012 + 0.003) ltac:(lra) T)];
    rewrite Rmult_assoc in E; (eapply Rle_trans; [exact E|]); apply Rmult_le_compat_r; try exact uM; lra.
- assert (T := unfused64 x hi lo rest (/ D') rs 1.0001 0.0000012 0.000012 tl Fx F2 I k3 rsE Flo Lo O3 Rs r4 Lo2 Tl). rewrite Sum in T.
  destruct T as [T|(_ & T)];
    [assert (E := f64_whole.E_total all good some sigma_big D D' Dge D'ge Derr x _ (1.0001 + 2 + 2 * 0.0000012 + 1.001 * 0.000012 + 0.003)
      ltac:(lra) T)
    |assert (E := f64_whole.E_total all good some sigma_big D D' Dge D'ge Derr x _ (1.0001 + 3 + 1.001 * 0.000012 + 0.003) ltac:(lra) T)];
    rewrite Rmult_assoc in E; (eapply Rle_trans; [exact E|]); apply Rmult_le_compat_r; try exact uM; lra.
Qed.

Theorem wide_inside a eps fused : F64 eps -> 0 <= eps -> moments_of pe all a ->
  bpow radix2 (-800) <= V64 (s2 a) cols eps <= bpow radix2 800 -> let D := sqrt (sigma * sigma + eps) in
  let rs := rstd64 pe (s2 a) (s2l a) cols eps in xhat_near fused (sm a) (f64_whole.lo64 a) rs x mu D /\ rstd_near rs D.
Proof.
intros F_eps E0 H O. cbv zeta.
destruct (moments_ready pe pe_ok all good some F_cols cols_max sigma_big wide_row a H)
  as ((_ & F2 & F3 & F4 & F5 & F6) & Rd & L1 & L2 & Sp).
assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
destruct (f64_whole.V2_near all good some sigma_big) as ((VA & VB) & _).
change (row.m2_merged (f64_row.row all) / row.cols (f64_row.row all)) with V2 in VA, VB.
change (row.sigma (f64_row.row all)) with sigma in VA, VB. assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (V0 : 0 <= V2) by lra.
assert (rsE := f64_whole.rs_is all good some sigma_big pe pe_ok a eps
  (conj F2 (conj F3 (conj F4 (conj F5 (conj F6 (conj F_cols F_eps)))))) E0 Rd Sp L2 O).
apply (near_wide a eps _ (sqrt (V2 + eps))); try assumption.
- apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def by lra. lra.
- apply sqrt_le_1_alt. lra.
- rewrite <- (sqrt_def V2 V0) at 1. apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption].
Qed.
End Wide.

Section Narrow.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variable all : list nblock.
Hypothesis good : forall b, In b all -> nok b.
Hypothesis some : all <> [].
Let cols := f64_narrow.cols all.
Let mu := f64_narrow.mu all.
Let sigma := f64_narrow.sigma all.
Hypothesis F_cols : F64 cols.
Hypothesis cols_max : cols <= bpow radix2 20.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis narrow_row : 8589934592 * sigma <= Rabs mu.
Let A := blocks.Mean' (bs all).
Let V2 := blocks.M2' (bs all) / cols.
Variable b0 : nblock.
Variable x : R.
Hypothesis b0_in : In b0 all.
Hypothesis x_in : In x (nx b0).

Lemma near_narrow (a : st) (D D' rs : R) fused : F_state a -> ready_narrow all a -> sm a = rnd64 (sm a + sl a) ->
  Rabs (sl a) <= 1.01 * (u64 * Rabs (sm a)) -> sigma <= D -> sqrt V2 <= D' ->
  Rabs (D' - D) <= Rabs (sqrt V2 - sigma) -> Rabs (rs - / D') <= 1.001 * (u64 * / D') ->
  xhat_near fused (sm a) (f64_whole.lo64 a) rs x mu D /\ rstd_near rs D.
Proof.
intros Fs Rd Nr L1 Dge D'ge Derr rsE.
assert (U := u64_val). assert (P : 0 < sigma) by exact (f64_narrow_y.sg all sigma_big).
destruct (f64_narrow_y.R1_facts all good some sigma_big D D' Dge D'ge Derr) as (R0 & Rs & Dp & RD & _).
change (f64_narrow.sigma all) with sigma in Rs, Dp.
destruct (f64_narrow_y.V2_near all good some sigma_big) as ((Va & Vb) & Sq & _).
change (blocks.M2' (bs all) / f64_narrow.cols all) with V2 in Va, Vb, Sq. change (f64_narrow.sigma all) with sigma in Va, Vb, Sq.
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat. assert (V0 : 0 <= V2) by lra. assert (D'0 : 0 < D') by lra.
assert (M2n := f64_narrow_y.m2_st all good some). rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l, Rplus_0_l in M2n by reflexivity.
change (blocks.M2' (bs all) / f64_narrow.cols all) with V2 in M2n. change (f64_narrow.sigma all) with sigma in M2n.
split.
2: { apply (rstd_from sigma V2 D D' rs P V0); try assumption. assert (0 <= u64 * (sigma * sigma)) by (apply Rmult_le_pos; lra). lra. }
destruct (f64_narrow_y.O_facts all good some sigma_big a Fs Rd Nr L1 D D' Dge D'ge Derr) as (O1 & Ofar & Tl & Rst).
destruct (f64_narrow_y.lo_facts all good some sigma_big a Fs Rd Nr L1) as (_ & _ & Lh).
change (f64_narrow.sigma all) with sigma in Tl, Lh.
set (hi := sm a) in *. set (lo := f64_whole.lo64 a) in *. assert (Fhi : F64 hi) by apply Fs.
assert (Flo : F64 lo) by apply merge.rnd64_F. set (rest := A - (hi + lo)) in *.
assert (Sum : hi + lo + rest = A) by (unfold rest; ring). set (O := Rabs lo * / D') in *.
set (Rr := 1.0001 * O + 0.000001) in *. assert (Rr0 : 0 <= Rr <= 4) by (unfold Rr; lra). assert (O2 : 0 <= O <= 1.01) by lra.
assert (k3 : 1 <= 1.001 <= 3) by lra.
assert (Fx : F64 x) by exact (f64_narrow_y.Fx all good b0 x b0_in x_in).
assert (Near := f64_narrow_y.near_st all good some).
assert (Fst := fun H => f64_narrow_y.st_of all good some 5.562 (far_stats all good some (Ofar H))).
assert (Com := fun t m' st l H1 H2 H3 => f64_narrow_y.combine all good some sigma_big D D' Dge D'ge Derr x t m' st l H1 H2 H3).
assert (Same := f64_narrow_y.same_mean all D D' x).
assert (Far := fun H => f64_narrow_y.far_element all good some sigma_big narrow_row a Rd Nr D D' Dge D'ge Derr x H).
unfold xhat_near, X64, xhat64. assert (M1 : 1 <= Rmax 1 (Rabs ((x - mu) * / D))) by apply Rmax_l.
assert (uM : 0 <= u64 * Rmax 1 (Rabs ((x - mu) * / D))) by (apply Rmult_le_pos; lra).
assert (tl' := Tl). set (tl := 0.000000002 * sigma) in *. destruct fused.
- assert (T := fused64 x hi lo rest (/ D') rs 1.001 O Rr tl Fx Fhi R0 k3 rsE Flo (Rle_refl _) O2 Rst Rr0 Lh Tl). rewrite Sum in T.
  destruct T as [T|(H & T)].
  + destruct (Rle_or_lt O 0.3) as [N|N];
      [assert (E := Com _ A 8.0127 (1.001 + 1 + O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) Near Same T)
      |assert (E := Com _ A 5.562 (1.001 + 1 + O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) (Fst N) Same T)];
      (eapply Rle_trans; [exact E|]); apply Rmult_le_compat_r; try exact uM; unfold Rr; lra.
  + assert (E := Com _ mu 5.455 (1.001 + 2 + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) (f64_narrow_y.m2_st all good some)
      (Far H) T).
    eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra].
- assert (T := unfused64 x hi lo rest (/ D') rs 1.001 O Rr tl Fx Fhi R0 k3 rsE Flo (Rle_refl _) O2 Rst Rr0 Lh Tl). rewrite Sum in T.
  destruct T as [T|(H & T)].
  + destruct (Rle_or_lt O 0.3) as [N|N];
      [assert (E := Com _ A 8.0127 (1.001 + 2 + 2 * O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) Near Same T)
      |assert (E := Com _ A 5.562 (1.001 + 2 + 2 * O + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) (Fst N) Same T)];
      (eapply Rle_trans; [exact E|]); apply Rmult_le_compat_r; try exact uM; unfold Rr; lra.
  + assert (E := Com _ mu 5.455 (1.001 + 3 + 1.001 * Rr + 0.003) ltac:(lra) ltac:(unfold Rr; lra) (f64_narrow_y.m2_st all good some)
      (Far H) T).
    eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r; [exact uM|unfold Rr; lra].
Qed.

Theorem narrow_inside a eps fused : F64 eps -> 0 <= eps -> narrow_of pe all a ->
  bpow radix2 (-800) <= V64 (s2 a) cols eps <= bpow radix2 800 -> let D := sqrt (sigma * sigma + eps) in
  let rs := rstd64 pe (s2 a) (s2l a) cols eps in xhat_near fused (sm a) (f64_whole.lo64 a) rs x mu D /\ rstd_near rs D.
Proof.
intros F_eps E0 H Od. cbv zeta.
destruct (narrow_facts pe pe_ok all good some F_cols cols_max sigma_big a H) as (Fs & Rd & Nr & L1 & L2 & Sp).
assert (Fs' := Fs). destruct Fs' as (_ & _ & _ & _ & F5 & F6).
destruct (roots all good some sigma_big a Rd) as (RS & Vb & P & V0). cbv zeta in *.
change (f64_narrow.sigma all) with sigma in RS, Vb, P. change (f64_narrow.cols all) with cols in RS, Vb, V0.
change (blocks.M2' (bs all) / cols) with V2 in RS, V0.
set (Vc := (s2 a + s2l a) / cols) in *. assert (U := u64_val).
assert (C : 1 <= cols) by exact (cols1 all good some).
assert (L2' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact L2).
destruct (R1_64_is pe pe_ok (s2 a) (s2l a) cols eps (conj F5 (conj F6 (conj F_cols F_eps))) Sp L2' C E0 Od) as (R1 & R2 & R3).
fold Vc in R1. assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat. assert (Vc0 : 0 <= Vc) by lra.
set (D' := sqrt (V2 + eps)). assert (D'ge : sqrt V2 <= D') by (apply sqrt_le_1_alt; lra).
destruct (f64_narrow_y.V2_near all good some sigma_big) as (_ & Sq & _).
change (blocks.M2' (bs all) / f64_narrow.cols all) with V2 in Sq. change (f64_narrow.sigma all) with sigma in Sq.
assert (Dc : Rabs (sqrt (Vc + eps) - D') <= 0.00041 * (u64 * D')).
{ unfold D'. rewrite <- (sqrt_def Vc Vc0) at 1. rewrite <- (sqrt_def V2 V0) at 1. eapply Rle_trans; [apply float32.scale_lipschitz;
  [apply sqrt_pos|apply sqrt_pos|assumption]|].
  assert (u64 * sqrt V2 <= u64 * D') by (apply Rmult_le_compat_l; lra). unfold D' in *. lra. }
assert (R0 : 0 < R1_64 pe (s2 a) (s2l a) cols eps) by (assert (Z := bpow_gt_0 radix2 (-402)); lra).
assert (rsE := rs_from _ (rstd64 pe (s2 a) (s2l a) cols eps) (sqrt (Vc + eps)) D' R0 ltac:(lra) R1 Dc R2).
apply (near_narrow a _ D'); try assumption.
- apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def by lra. lra.
- unfold D'. rewrite <- (sqrt_def V2 V0) at 1. apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption].
Qed.
End Narrow.
