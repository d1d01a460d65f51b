(* xhat and rstd of doubles with LN_EPS_OUTSIDE: what dgamma begins with then. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow rstd.
Require Import f64_pairs f64_row f64_merged f64_last f64_var f64_whole f64_outside f64_eps f64_layernorm f64_xhat.
Require f64_narrow f64_narrow_merged f64_narrow_y f64_narrow_layernorm blocks.
Import ListNotations.
Local Open Scope R_scope.

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
assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
destruct (rs_wide pe pe_ok all good some F_cols cols_max sigma_big wide_row eps F_eps eps_pos a H O) as (D0 & rsE).
set (V2 := row.m2_merged (f64_row.row all) / row.cols (f64_row.row all)) in *. set (T := sqrt V2) in *. set (D' := T + eps) in *.
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
