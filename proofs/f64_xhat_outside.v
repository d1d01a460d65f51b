(* xhat and rstd of doubles with LN_EPS_OUTSIDE: what dgamma begins with then. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow rstd.
Require Import f64_pairs f64_row f64_merged f64_last f64_var f64_whole f64_outside f64_eps f64_layernorm f64_xhat.
Require f64_narrow f64_narrow_merged f64_narrow_y f64_narrow_layernorm blocks.
Import ListNotations.
Local Open Scope R_scope.

Lemma big_variance sigma V : bpow radix2 (-401) <= sigma -> 0.5 * (sigma * sigma) <= V -> bpow radix2 (-840) <= V.
Proof.
intros big H. assert (s2b : bpow radix2 (-802) <= sigma * sigma).
{ replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by (now rewrite <- bpow_plus).
  assert (Z := bpow_gt_0 radix2 (-401)). apply Rmult_le_compat; lra. }
assert (bpow radix2 (-840) <= bpow radix2 (-10) * bpow radix2 (-802)) by (rewrite <- bpow_plus; apply bpow_le; lia).
assert (bpow radix2 (-10) * bpow radix2 (-802) <= 0.5 * (sigma * sigma)) by (apply Rmult_le_compat; try apply bpow_ge_0; [simpl;
  lra|exact s2b]). lra.
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
Variable b0 : rblock.
Variable x : R.
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).

Theorem wide_outside a eps fused : F64 eps -> 0 <= eps -> moments_of pe all a ->
  bpow radix2 (-800) <= V_out (s2 a) cols eps <= bpow radix2 800 -> let D := sigma + eps in
  let rs := rs_out pe (s2 a) (s2l a) cols eps in xhat_near fused (sm a) (f64_whole.lo64 a) rs x mu D /\ rstd_near rs D.
Proof.
intros F_eps eps_pos H O. cbv zeta. destruct (moments_ready pe pe_ok all good some F_cols cols_max sigma_big wide_row a H)
  as ((_ & F2 & F3 & F4 & F5 & F6) & Rd & L1 & L2 & Sp).
assert (U := u64_val). assert (C : 1 <= cols) by exact (f64_row.cols1 all good some).
  assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
set (W0 := row.m2_merged row). set (V2 := W0 / cols).
assert (VN : (1 - 0.000001) * (sigma * sigma) <= V2 <= (1 + 0.000001) * (sigma * sigma)) by exact (proj1 (V2_near all good some
  sigma_big)).
assert (VC : Rabs ((s2 a + s2l a) / cols - V2) <= 0.00002 * (u64 * (sigma * sigma))) by exact (V2c_err all good some a Rd).
set (Vc := (s2 a + s2l a) / cols) in *. assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (us : 0 <= u64 * (sigma * sigma) <= 0.0000001 * (sigma * sigma)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (c1 := Rle_abs (Vc - V2)). assert (c2 := Rle_abs (- (Vc - V2))). rewrite Rabs_Ropp in c2.
assert (Vb : bpow radix2 (-840) <= Vc) by (apply (big_variance sigma); [exact sigma_big|lra]).
assert (L2' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact L2).
destruct (R1_out_is pe pe_ok (s2 a) (s2l a) cols eps (conj F5 (conj F6 (conj F_cols F_eps))) Sp L2' C eps_pos Vb O) as (R1 & R2 & R3).
fold Vc in R1. set (R := R1_out pe (s2 a) (s2l a) cols eps) in *. set (rs := rs_out pe (s2 a) (s2l a) cols eps) in *.
set (X := sqrt Vc) in *. set (T := sqrt V2). assert (V0 : 0 <= V2) by lra.
assert (XX : X * X = Vc) by (apply sqrt_def; lra). assert (TT : T * T = V2) by (apply sqrt_def; lra).
assert (X0 : 0.9 * sigma <= X) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite XX; lra).
  assert (T0 : 0.9 * sigma <= T) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite TT; lra).
assert (uS : 0 <= u64 * sigma <= 0.0000001 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (D : Rabs (T - X) <= 0.000012 * (u64 * sigma)).
{ apply Rmult_le_reg_r with (T + X); [lra|]. rewrite <- (Rabs_pos_eq (T + X)) at 1 by lra. rewrite <- Rabs_mult.
  replace ((T - X) * (T + X)) with (- (Vc - V2)) by lra. rewrite Rabs_Ropp.
  assert (0.000012 * (u64 * sigma) * (1.8 * sigma) <= 0.000012 * (u64 * sigma) * (T + X)) by (apply Rmult_le_compat_l; lra). lra. }
set (D' := T + eps). assert (D0 : 0 < D') by (unfold D'; lra). assert (I : 0 < / D') by now apply Rinv_0_lt_compat.
assert (uu : 0 <= u64 * u64 <= 0.00000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (RX : R * (X + eps) <= 1.001) by (assert (Z := Rle_abs (R * (X + eps) - 1)); lra).
assert (Re : 0 <= R * eps) by (apply Rmult_le_pos; lra). assert (Rs0 : 0 <= R * sigma) by (apply Rmult_le_pos; lra).
assert (Rsg : R * sigma <= 1.2) by (assert (R * (0.9 * sigma) <= R * X) by (apply Rmult_le_compat_l; lra); lra).
assert (RD : Rabs (R * D' - 1) <= 0.00002 * u64).
{ replace (R * D' - 1) with ((R * (X + eps) - 1) + R * (T - X)) by (unfold D'; ring). eapply Rle_trans; [apply Rabs_triang|].
  rewrite (Rabs_mult R), (Rabs_pos_eq R) by lra.
  assert (R * Rabs (T - X) <= R * (0.000012 * (u64 * sigma))) by (apply Rmult_le_compat_l; lra).
  replace (R * (0.000012 * (u64 * sigma))) with (0.000012 * (u64 * (R * sigma))) in H0 by ring.
    assert (u64 * (R * sigma) <= u64 * 1.2) by (apply Rmult_le_compat_l; lra). lra. }
assert (RR : Rabs (R - / D') <= 0.00002 * u64 * / D').
{ replace (R - / D') with ((R * D' - 1) * / D') by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D')) by lra. apply Rmult_le_compat_r;
  lra. }
assert (rsE : Rabs (rs - / D') <= 1.0001 * (u64 * / D')).
{ replace (rs - / D') with ((rs - R) + (R - / D')) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (Rb : R <= 1.00001 * / D').
  { assert (X1 := Rle_abs (R - / D')). assert (u64 * / D' <= 0.00001 * / D') by (apply Rmult_le_compat_r; lra). lra. }
  assert (u64 * R <= u64 * (1.00001 * / D')) by (apply Rmult_le_compat_l; lra). assert (0 <= u64 * / D') by (apply Rmult_le_pos; lra).
    lra. }
apply (near_wide pe pe_ok all good some F_cols cols_max sigma_big wide_row b0 x b0_in x_in a eps (sigma + eps) D'); try assumption.
- change (sigma <= sigma + eps). lra.
- change (T <= D'). unfold D'. lra.
- right. f_equal. unfold D'. change (row.m2_merged (f64_row.row all) / row.cols (f64_row.row all)) with V2. fold T.
  change (row.sigma (f64_row.row all)) with sigma. ring.
Qed.
End Wide.

Section Narrow.
Import f64_narrow f64_narrow_merged f64_narrow_layernorm.
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
Let V2 := blocks.M2' (bs all) / cols.
Variable b0 : nblock.
Variable x : R.
Hypothesis b0_in : In b0 all.
Hypothesis x_in : In x (nx b0).

Theorem narrow_outside a eps fused : F64 eps -> 0 <= eps -> narrow_of pe all a ->
  bpow radix2 (-800) <= V_out (s2 a) cols eps <= bpow radix2 800 -> let D := sigma + eps in
  let rs := rs_out pe (s2 a) (s2l a) cols eps in xhat_near fused (sm a) (f64_whole.lo64 a) rs x mu D /\ rstd_near rs D.
Proof.
intros F_eps eps_pos H Od. cbv zeta.
destruct (narrow_facts pe pe_ok all good some F_cols cols_max sigma_big a H) as (Fs & Rd & Nr & L1 & L2 & Sp).
assert (Fs' := Fs). destruct Fs' as (_ & _ & _ & _ & F5 & F6).
destruct (roots all good some sigma_big a Rd) as (RS & Vb & P & V0). cbv zeta in *.
change (f64_narrow.sigma all) with sigma in RS, Vb, P. change (f64_narrow.cols all) with cols in RS, Vb, V0.
change (blocks.M2' (bs all) / cols) with V2 in RS, V0. set (Vc := (s2 a + s2l a) / cols) in *. assert (U := u64_val).
assert (C : 1 <= cols) by exact (cols1 all good some).
assert (L2' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact L2).
assert (ss : 0 <= sigma * sigma) by apply Rle_0_sqr.
assert (Vbig : bpow radix2 (-840) <= Vc) by (apply (big_variance sigma); [exact sigma_big|lra]).
destruct (R1_out_is pe pe_ok (s2 a) (s2l a) cols eps (conj F5 (conj F6 (conj F_cols F_eps))) Sp L2' C eps_pos Vbig Od) as (R1 & R2 & R3).
fold Vc in R1. set (D' := sqrt V2 + eps). destruct (f64_narrow_y.V2_near all good some sigma_big) as (_ & Sq & _).
change (blocks.M2' (bs all) / f64_narrow.cols all) with V2 in Sq. change (f64_narrow.sigma all) with sigma in Sq.
assert (Dc : Rabs (sqrt Vc + eps - D') <= 0.00041 * (u64 * D')).
{ replace (sqrt Vc + eps - D') with (sqrt Vc - sqrt V2) by (unfold D'; ring).
  assert (u64 * sqrt V2 <= u64 * D') by (apply Rmult_le_compat_l; unfold D'; lra). lra. }
assert (uu : 0 <= u64 * u64) by (apply Rmult_le_pos; lra).
assert (R1' : Rabs (R1_out pe (s2 a) (s2l a) cols eps * (sqrt Vc + eps) - 1) <= 400 * (u64 * u64)) by lra.
assert (D'0 : 0 < D') by (unfold D'; lra).
assert (rsE := f64_narrow_y.rs_from _ (rs_out pe (s2 a) (s2l a) cols eps) (sqrt Vc + eps) D' R3 D'0 R1' Dc R2).
apply (near_narrow all good some sigma_big narrow_row b0 x b0_in x_in a (sigma + eps) D'); try assumption.
- change (sigma <= sigma + eps). lra.
- change (sqrt V2 <= D'). unfold D'. lra.
- right. f_equal. unfold D'. change (blocks.M2' (bs all) / f64_narrow.cols all) with V2. change (f64_narrow.sigma all) with sigma. ring.
Qed.
End Narrow.
