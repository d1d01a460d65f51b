(* xhat and rstd of RMSNorm of doubles, eps inside and LN_EPS_OUTSIDE: what its dx and dgamma begin with. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total merge step mergeops rms f64_pairs f64_var f64_rms f64_xhat.
Require f64_counts float32 f64_eps.
Import ListNotations.
Local Open Scope R_scope.

Section Rms.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variable fused : bool.
Variables (f : list R) (r : list (list R)).
Hypothesis good : forall xs, In xs (f :: r) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Hypothesis full : r = [] \/ exists l b, r = l ++ [b] /\ forall xs, In xs (f :: l) -> length xs = 1024%nat.
Let count := f64_rms.count f r.
Hypothesis cols_max : count <= bpow radix2 30.
Hypothesis F_count : F64 count.
Let blocks := map (fun xs => (QQ xs 0, f64_rms.ideal fused xs)) (f :: r).
Let ms := rms blocks count.
Hypothesis ms_big : bpow radix2 (-401) <= ms.
Let total := f64_rms.total pe fused f r.
Let V2 := (s2 total + s2l total) / count.

Lemma total_facts : F64 (s2 total) /\ F64 (s2l total) /\ Rabs (s2l total) <= 1.01 * u64 * Rabs (s2 total) /\ 0 <= s2 total /\ 0 <= V2 /\
  Rabs (count * V2 - Q' blocks) / count / 2 <= 0.01 * u64 * (ms * ms) /\ bpow radix2 (-840) <= V2.
Proof.
assert (U := u64_val). assert (C : 1 <= count) by exact (count1 f r good). assert (M0 : 0 < ms) by exact (ms0 fused f r ms_big).
destruct (total_form pe pe_ok fused f r good full cols_max F_count ms_big) as ((_ & _ & _ & _ & F5 & F6) & L & Sp).
fold total in F5, F6, L, Sp. assert (ss := Rle_0_sqr ms). unfold Rsqr in ss.
assert (L' : Rabs (s2l total) <= 1.01 * u64 * Rabs (s2 total)) by (rewrite Rmult_assoc; exact L).
assert (V0 : 0 <= V2) by exact (V2_0 (s2 total) (s2l total) count Sp L' C). assert (ci : 0 < / count) by (apply Rinv_0_lt_compat; lra).
assert (M : Rabs (square total - Q' blocks) <= 0.01 * (u64 * Q blocks)) by exact (merging64 pe pe_ok fused f r good full cols_max ms_big).
assert (Qe : count * (ms * ms) = Q blocks) by exact (Qms fused f r good).
assert (sq : count * V2 = square total) by (unfold V2, square; field; lra).
assert (Mg : Rabs (count * V2 - Q' blocks) / count / 2 <= 0.01 * u64 * (ms * ms)).
{ rewrite sq. rewrite <- Qe in M. apply (Rmult_le_compat_r (/ count)) in M; [|lra].
  replace (0.01 * (u64 * (count * (ms * ms))) * / count) with (0.01 * (u64 * (ms * ms))) in M by (field; lra).
  assert (0 <= u64 * (ms * ms)) by (apply Rmult_le_pos; lra). unfold Rdiv in *. lra. }
assert (Vb : bpow radix2 (-840) <= V2).
{ assert (E := Q_err blocks f64_counts.b0 (f64_rms.blocks_good fused f r good)). assert (B := f64_counts.b0_range). change (u 53) with u64 in B.
  assert (Qp : 0 <= Q blocks) by (rewrite <- Qe; apply Rmult_le_pos; lra).
  assert (f64_counts.b0 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
  assert (u64 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
  assert (X := Rle_abs (- (square total - Q' blocks))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (- (Q' blocks - Q blocks))).
  rewrite Rabs_Ropp in Y. apply (f64_eps.big_variance ms); [exact ms_big|]. apply Rmult_le_reg_l with count; [lra|]. lra. }
exact (conj F5 (conj F6 (conj L' (conj Sp (conj V0 (conj Mg Vb)))))).
Qed.

(* hi and shift are +0, so that both classes round the product once *)
Lemma near_rms D D' RR rs x (fma : bool) : ms <= D -> Rabs (D' - D) <= Rabs (sqrt V2 - ms) -> 0 < RR -> Rabs (RR * D' - 1) <= 0.001 * u64 ->
  Rabs (rs - RR) <= 1.00001 * u64 * RR -> F64 x ->
  Rabs ((if fma then t_fused (-1074) 53 x 0 rs 0 else t_unfused (-1074) 53 x 0 rs 0) - x * / D)
    <= 4.02 * (u64 * Rmax 1 (Rabs (x * / D))) /\
  Rabs (rs - / D) <= 3.02 * (u64 * / D).
Proof.
intros Dge Derr Rp R1e Re Fx. assert (U := u64_val). assert (C : 1 <= count) by exact (count1 f r good).
assert (M0 : 0 < ms) by exact (ms0 fused f r ms_big). destruct total_facts as (_ & _ & _ & _ & V0 & Mg & _).
assert (R0D : / D * D = 1) by (field; lra). change u64 with (u 53) in R1e, Mg, Re.
assert (et : eta (-1074) <= u 53 / 100000).
{ unfold eta, u, Rdiv. apply Rle_trans with (bpow radix2 (-53) * bpow radix2 (-20)); [rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat_l; [apply bpow_ge_0|]. simpl. lra. }
assert (b0r := f64_counts.b0_range).
assert (bg : forall c, In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= f64_counts.b0 * fst c)
  by exact (f64_rms.blocks_good fused f r good).
split.
- assert (T := t_err (-1074) 53 ltac:(lia) blocks _ b0r bg count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x Dge Derr R0D Rp R1e et Re).
  destruct (one_t (-1074) 53 ltac:(lia) rs x Fx) as (T1 & T2). change (u 53) with u64 in T. rewrite Rmult_assoc in T.
  destruct fma; [rewrite T1|rewrite T2]; exact T.
- assert (St := moments_rms 53 ltac:(lia) blocks _ b0r bg count ltac:(lra) V2 V0 Mg).
  assert (U24 : 0 < u64 <= / 16777216) by lra.
  assert (T := statistics_err u64 0 0 ms (sqrt V2) 2.01001 U24 M0 (sqrt_pos _) ltac:(lra) St D D' (/ D) RR D Dge Derr R0D R1e).
  assert (D0 : 0 < D) by lra. assert (I : 0 < / D) by now apply Rinv_0_lt_compat.
  rewrite !Rminus_0_r, (Rmult_comm D (/ D)), R0D, Rabs_R1, Rmax_left, Rmult_1_r in T by lra.
  assert (N : Rabs (RR - / D) <= 2.01151 * u64 * / D).
  { replace (RR - / D) with ((D * RR - 1) * / D) by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D)) by lra.
    apply Rmult_le_compat_r; lra. }
  assert (LR := Rle_abs (RR - / D)). assert (uD : 0 <= u64 * / D <= 0.000001 * / D) by (split; [apply Rmult_le_pos; lra|apply
    Rmult_le_compat_r; lra]).
  assert (u64 * RR <= u64 * (1.00001 * / D)) by (apply Rmult_le_compat_l; lra). change (u 53) with u64 in Re, T.
  replace (rs - / D) with ((rs - RR) + (RR - / D)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Variables eps x : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis Fx : F64 x.

Theorem rms_inside (fma : bool) : bpow radix2 (-800) <= V64 (s2 total) count eps <= bpow radix2 800 -> let D := sqrt (ms * ms + eps) in
  let rs := rstd64 pe (s2 total) (s2l total) count eps in
  Rabs ((if fma then t_fused (-1074) 53 x 0 rs 0 else t_unfused (-1074) 53 x 0 rs 0) - x * / D)
    <= 4.02 * (u64 * Rmax 1 (Rabs (x * / D))) /\
  Rabs (rs - / D) <= 3.02 * (u64 * / D).
Proof.
intro ordinary. cbv zeta. assert (U := u64_val). assert (C : 1 <= count) by exact (count1 f r good).
assert (M0 : 0 < ms) by exact (ms0 fused f r ms_big). destruct total_facts as (F5 & F6 & L' & Sp & V0 & _).
destruct (R1_64_is pe pe_ok (s2 total) (s2l total) count eps (conj F5 (conj F6 (conj F_count F_eps))) Sp L' C eps_pos ordinary) as (R1 &
  R2 & R3).
set (RR := R1_64 pe (s2 total) (s2l total) count eps) in *. fold V2 in R1. assert (ss : 0 < ms * ms) by now apply Rmult_lt_0_compat.
assert (Rp : 0 < RR) by (assert (Z := bpow_gt_0 radix2 (-402)); lra).
assert (uu : u64 * u64 <= 0.0000001 * u64) by (apply Rmult_le_compat_r; lra).
apply (near_rms _ (sqrt (V2 + eps)) RR); try assumption.
- apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra.
- rewrite <- (sqrt_def V2 V0) at 1. apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption].
- lra.
- assert (0 <= u64 * RR) by (apply Rmult_le_pos; lra). lra.
Qed.
Theorem rms_outside (fma : bool) : bpow radix2 (-800) <= f64_eps.V_out (s2 total) count eps <= bpow radix2 800 -> let D := ms + eps in
  let rs := f64_eps.rs_out pe (s2 total) (s2l total) count eps in
  Rabs ((if fma then t_fused (-1074) 53 x 0 rs 0 else t_unfused (-1074) 53 x 0 rs 0) - x * / D)
    <= 4.02 * (u64 * Rmax 1 (Rabs (x * / D))) /\
  Rabs (rs - / D) <= 3.02 * (u64 * / D).
Proof.
intro ordinary. cbv zeta. assert (U := u64_val). assert (C : 1 <= count) by exact (count1 f r good).
destruct total_facts as (F5 & F6 & L' & Sp & V0 & _ & Vb).
destruct (f64_eps.R1_out_is pe pe_ok (s2 total) (s2l total) count eps (conj F5 (conj F6 (conj F_count F_eps))) Sp L' C eps_pos Vb ordinary)
  as (R1 & R2 & R3).
set (RR := f64_eps.R1_out pe (s2 total) (s2l total) count eps) in *. fold V2 in R1.
assert (uu : 0 <= u64 * u64 <= 0.0000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
apply (near_rms _ (sqrt V2 + eps) RR); try assumption.
- lra.
- right. f_equal. ring.
- lra.
- assert (0 <= u64 * RR) by (apply Rmult_le_pos; lra). lra.
Qed.
End Rms.
