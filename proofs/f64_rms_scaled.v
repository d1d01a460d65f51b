(* RMSNorm of doubles with rstd as section 9 of docs/numerics.md has it of an ordinary V, and what a row that was multiplied says of the row itself. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms merge step mergeops mergerow f64_pairs f64_var f64_outside f64_eps everyrow.
Require Import f64_range f64_squares f64_rms_any f64_again.
Require anyscale f64_rms f64_counts.
Import ListNotations.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.

(* 0 at x = 0, whatever rstd *)
Lemma y_of_0 fused rs gamma beta : F64 beta -> y_of fused 0 rs gamma beta = beta.
Proof.
intro Fb. assert (Z : rnd (-1074) 53 0 = 0) by exact (rnd_0 (-1074) 53). unfold y_of, last.t_fused, last.t_unfused, last.difference, total.y_fused, total.y_unfused.
rewrite Rminus_0_r, Z, Rmult_0_l, !Rplus_0_r, !Z, !Rmult_0_l, Z, Rplus_0_l. destruct fused; now apply (rnd_id (-1074) 53).
Qed.

(* from the xhat of what was multiplied to that of the row *)
Lemma bounded_near fused y x1 x2 gamma beta : Rabs (x1 - x2) <= 0.001 * u64 * Rmax 1 (Rabs x2) ->
  rms_bounded 0 fused y x1 gamma beta -> rms_bounded 0.01 fused y x2 gamma beta.
Proof.
intros E (A & B). assert (U := u64_val). set (M2 := Rmax 1 (Rabs x2)) in *. assert (M1 : 1 <= M2) by apply Rmax_l.
assert (uM : 0 <= u64 * M2 <= 0.0001 * M2) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (X1 : Rmax 1 (Rabs x1) <= M2 + 0.001 * u64 * M2).
{ apply Rmax_lub; [lra|]. assert (X := of_err _ _ _ E). assert (Y := Rmax_r 1 (Rabs x2)). fold M2 in Y. lra. }
assert (g0 := Rabs_pos gamma). assert (gM : 0 <= Rabs gamma * (u64 * M2)) by (apply Rmult_le_pos; lra).
assert (ugM : Rabs gamma * (u64 * M2) * u64 <= 0.0001 * (Rabs gamma * (u64 * M2))) by (rewrite (Rmult_comm _ u64); apply Rmult_le_compat_r; lra).
assert (W : forall C, 0 <= C <= 11 -> Rabs (y - (gamma * x1 + beta)) <= C * u64 * (Rabs gamma * Rmax 1 (Rabs x1) + Rabs beta) + eta64 ->
  Rabs (y - (gamma * x2 + beta)) <= (C + 0.01) * u64 * (Rabs gamma * M2 + Rabs beta) + eta64).
{ intros C HC H. replace (y - (gamma * x2 + beta)) with ((y - (gamma * x1 + beta)) + gamma * (x1 - x2)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_mult gamma).
  assert (D1 : Rabs gamma * Rabs (x1 - x2) <= Rabs gamma * (0.001 * u64 * M2)) by (apply Rmult_le_compat_l; lra).
  assert (D2 : C * u64 * (Rabs gamma * Rmax 1 (Rabs x1)) <= C * u64 * (Rabs gamma * (M2 + 0.001 * u64 * M2))).
  { apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. apply Rmult_le_compat_l; lra. }
  assert (D3 : C * (Rabs gamma * (u64 * M2) * u64) <= 11 * (0.0001 * (Rabs gamma * (u64 * M2)))) by (apply Rmult_le_compat; try lra;
    apply Rmult_le_pos; lra).
  assert (0 <= u64 * Rabs beta) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). lra. }
unfold rms_bounded in *. cbv zeta in *. fold M2. split.
- apply W in A; [|destruct fused; unfold B_rms, B_rms_beta_unfused; lra]. eapply Rle_trans; [exact A|]. right. f_equal. f_equal. f_equal.
  destruct fused; lra.
- intro Z. specialize (B Z). apply W in B; [|unfold B_rms; lra]. eapply Rle_trans; [exact B|]. right. f_equal. f_equal. f_equal. lra.
Qed.

(* the variance without the second doubles *)
Section Row.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Variables (first : list R) (further : list (list R)).
Hypothesis good : forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Let row := concat (first :: further).
Hypothesis row_count : n row <= bpow radix2 30.
Let t := f64_rms.total pe fused first further.
Let m := ms row.
Let var := quo (s2 t) (n row).

Lemma var_near : 0 <= var /\ 0 <= m /\ Rabs (var - m * m) <= 6.02 * u64 * (m * m) + 4200 * eta64.
Proof.
destruct (facts pe pe_is fused first further good row_count) as (F1 & F2 & F3 & N & P & L & V0 & m0 & E).
fold row in N, V0, m0, E. fold t in P, L, V0, E. fold m in m0, E. assert (U := u64_val). assert (e0 := eta64_pos).
assert (ni : 0 < / n row) by (apply Rinv_0_lt_compat; lra). set (V2 := square t / n row) in *. set (w := s2 t / n row).
rewrite (Rabs_pos_eq (s2 t) P) in L. assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra).
assert (Vw : Rabs (V2 - w) <= 1.01 * (u64 * w)).
{ replace (V2 - w) with (s2l t * / n row) by (unfold V2, w, square; field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ n row)) by lra.
  assert (Rabs (s2l t) * / n row <= 1.01 * u64 * s2 t * / n row) by (apply Rmult_le_compat_r; lra). unfold w, Rdiv. lra. }
assert (Q := quo_err (s2 t) (n row) N). rewrite (Rabs_pos_eq (s2 t) P) in Q. fold w var in Q.
assert (mm := Rle_0_sqr m). unfold Rsqr in mm. assert (B := f64_counts.b0_range). change (format.u 53) with u64 in B.
assert (bm : f64_counts.b0 * (m * m) <= 4.00001 * u64 * (m * m)) by (apply Rmult_le_compat_r; lra).
assert (umm : 0 <= u64 * (m * m) <= 0.000001 * (m * m)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uw : 0 <= u64 * w <= 0.000001 * w) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (v1 := Rle_abs (V2 - w)). assert (v2 := Rle_abs (- (V2 - w))). rewrite Rabs_Ropp in v2. assert (v3 := Rle_abs (V2 - m * m)).
assert (uwm : u64 * w <= u64 * (1.00001 * (m * m) + 4099 * eta64)) by (apply Rmult_le_compat_l; lra).
assert (ue : u64 * eta64 <= 0.000001 * eta64) by (apply Rmult_le_compat_r; lra).
split; [unfold var, quo; apply round_pos; exact w0|]. split; [exact m0|].
replace (var - m * m) with ((var - w) - (V2 - w) + (V2 - m * m)) by ring. eapply Rle_trans; [apply Rabs_triang|].
assert (X := abs_sub (var - w) (V2 - w)). lra.
Qed.
End Row.

Section Any.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.

(* V beside D, of any row *)
Lemma var_rough f r : (forall xs, In xs (f :: r) -> (1 <= length xs <= 1024)%nat /\ (forall z, In z xs -> F64 z)) ->
  n (concat (f :: r)) <= bpow radix2 30 -> let t := f64_rms.total pe fused f r in let a := ms (concat (f :: r)) in
  cn t = n (concat (f :: r)) /\ 0 <= quo (s2 t) (cn t) /\ Rabs (quo (s2 t) (cn t) - a * a) <= 0.002 * (a * a) + bpow radix2 (-1020).
Proof.
intros G C. cbv zeta. assert (Ct := count_is pe fused f r). cbv zeta in Ct.
destruct (var_near pe pe_is fused f r G C) as (A & _ & B). assert (U := u64_val). rewrite Ct. split; [reflexivity|]. split; [exact A|].
set (a := ms (concat (f :: r))) in *. assert (aa := Rle_0_sqr a). unfold Rsqr in aa.
assert (6.02 * u64 * (a * a) <= 0.002 * (a * a)) by (apply Rmult_le_compat_r; lra).
assert (4200 * eta64 <= bpow radix2 (-1020)).
{ apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [left; apply eta64_pos|simpl; lra]|]. unfold eta64.
  rewrite <- bpow_plus. apply bpow_le. lia. } lra.
Qed.

Section Bound.
Variables (f : list R) (r : list (list R)).
Hypothesis good : forall xs, In xs (f :: r) -> (1 <= length xs <= 1024)%nat /\ (forall z, In z xs -> F64 z).
Let row := concat (f :: r).
Hypothesis row_count : n row <= bpow radix2 30.
Let t := f64_rms.total pe fused f r.
Variables (eps : R) (outside : bool).
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables x gamma beta : R.
Hypothesis Fx : F64 x.
Hypothesis F_gamma : F64 gamma.
Hypothesis F_beta : F64 beta.
Let D := D_any eps outside (ms row).
Theorem ordinary_bound : ordinary64 (V_of t eps outside) ->
  rms_bounded 0 fused (y_of fused x (rstd_of pe t eps outside) gamma beta) (x * / D) gamma beta.
Proof.
intro O. assert (Ct : cn t = n row) by exact (count_is pe fused f r). unfold rstd_of. destruct (ordinary_dec (V_of t eps outside)) as [_|No]; [|now elim No].
unfold V_of, ordinary64 in O. rewrite Ct in *. unfold D, anyscale.D_any. revert D O. destruct outside; intros D O.
- exact (rmsnorm_outside pe pe_is fused f r good row_count eps x gamma beta F_eps eps_pos Fx F_gamma F_beta fused O).
- exact (rmsnorm_inside pe pe_is fused f r good row_count eps x gamma beta F_eps eps_pos Fx F_gamma F_beta fused O).
Qed.
End Bound.
End Any.
