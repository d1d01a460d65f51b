(* RMSNorm of doubles with rstd as section 9 of docs/numerics.md has it of any V, and what a row that was multiplied says of the row itself. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms merge step mergeops mergerow f64_pairs f64_var f64_outside f64_eps everyrow.
Require Import f64_range f64_squares f64_rms_any f64_rms_rough f64_again.
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
Lemma bounded_near more fused y x1 x2 gamma beta : 0 <= more <= 4 -> Rabs (x1 - x2) <= 0.001 * u64 * Rmax 1 (Rabs x2) ->
  rms_bounded more fused y x1 gamma beta -> rms_bounded (0.01 + more) fused y x2 gamma beta.
Proof.
intros Hm E (A & B). assert (U := u64_val). set (M2 := Rmax 1 (Rabs x2)) in *. assert (M1 : 1 <= M2) by apply Rmax_l.
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
Hypothesis D_pos : 0 < D.
Hypothesis D_range : ~ ordinary64 (V_of t eps outside) -> bpow radix2 (-490) <= D <= bpow radix2 900 /\ (bpow radix2 (-490) <= ms row \/ bpow
  radix2 (-300) <= D).
Theorem any_bound : rms_bounded (if ordinary_dec (V_of t eps outside) then 0 else 3.1) fused (y_of fused x (rstd_of pe t eps outside) gamma
  beta) (x * / D) gamma beta.
Proof.
assert (Ct : cn t = n row) by exact (count_is pe fused f r). unfold rstd_of. destruct (ordinary_dec (V_of t eps outside)) as [O|No].
- unfold V_of, ordinary64 in O. rewrite Ct in *. unfold D, anyscale.D_any. clear D_range D_pos. revert D O. destruct outside; intros D O.
  + exact (rmsnorm_outside pe pe_is fused f r good row_count eps x gamma beta F_eps eps_pos Fx F_gamma F_beta fused O).
  + exact (rmsnorm_inside pe pe_is fused f r good row_count eps x gamma beta F_eps eps_pos Fx F_gamma F_beta fused O).
- destruct (D_range No) as (Dr & Or). apply y_from; try assumption; [lra|].
  assert (Rg : Rabs (rnd64 (1 / (if outside then den (s2 t) (cn t) eps else rnd64 (sqrt (V_of t eps outside)))) * D - 1) <= (3.02 + 3.1) * u64).
  { unfold V_of. rewrite Ct. clear No D_range D_pos. unfold D, anyscale.D_any in *. revert Dr Or. clear D. destruct outside; intros Dr Or.
    - exact (rough_outside pe pe_is fused f r good row_count eps F_eps eps_pos Dr Or).
    - exact (rough_inside pe pe_is fused f r good row_count eps F_eps eps_pos Dr). }
  unfold recip64. destruct (Req_EM_T _ 0) as [Z|_]; [exfalso|exact Rg].
  rewrite Z in Rg. unfold Rdiv in Rg. assert (U := u64_val). rewrite Rinv_0, Rmult_0_r, (rnd_0 emin64 53 : rnd64 0 = 0), Rmult_0_l,
    Rminus_0_l, Rabs_Ropp, Rabs_R1 in Rg. lra.
Qed.
End Bound.
End Any.
