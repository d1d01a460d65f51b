(* LayerNorm and RMSNorm of floats, from blocks to y: every operation of sections 2, 3, 5 and 6; what merging loses is a hypothesis. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total row rms rstd scale32.
Require counts32 look32 block32 pivot blocks.
Import ListNotations.
Local Open Scope R_scope.

(* a block as block32.v computes it is good, with the constants of its class *)
Theorem block_is_good xs fused K1 T :
  (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> F32 K1 ->
  pivot_0 xs K1 /\ T = 0.625 \/ pivot_t (-149) 24 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) -> K1 = v) ->
  look32.fit xs fused (block32.Kfinal xs fused K1 T) ->
  exists c k, rgood (-149) 24 (RBlock xs (look32.pair32 xs (block32.Kfinal xs fused K1 T)) (look32.m2_32 xs fused (block32.Kfinal xs fused
    K1 T)) c k).
Proof.
intros Fx L FK P Ft. destruct (block32.block32 xs Fx L fused K1 T FK P Ft) as (c & k & C & E1 & E2).
exists c, k. unfold rgood. cbn [bx bmean bm2 bc bk]. split; [exact L|]. split; [exact Fx|]. split; [exact C|]. split; [exact E1|exact E2].
Qed.

(* sqrt(s^2 + eps) moves no more than s *)
Lemma scale_lipschitz s t eps : 0 <= s -> 0 <= t -> 0 <= eps -> Rabs (sqrt (s * s + eps) - sqrt (t * t + eps)) <= Rabs (s - t).
Proof.
intros S0 T0 E0. assert (ss := Rle_0_sqr s). assert (tt := Rle_0_sqr t). unfold Rsqr in *.
set (x := sqrt (s * s + eps)). set (y := sqrt (t * t + eps)).
assert (X : x * x = s * s + eps) by (apply sqrt_def; lra). assert (Y : y * y = t * t + eps) by (apply sqrt_def; lra).
assert (sx : s <= x) by (apply le_of_sqr; [apply sqrt_pos|lra]). assert (ty : t <= y) by (apply le_of_sqr; [apply sqrt_pos|lra]).
destruct (Req_dec (x + y) 0) as [Z|Nz].
- assert (x = 0 /\ y = 0) by lra. assert (s = 0 /\ t = 0) by lra. destruct H as (-> & ->), H0 as (-> & ->). lra.
- apply Rmult_le_reg_r with (x + y); [lra|].
  assert (P : Rabs (x - y) * (x + y) = Rabs (s - t) * (s + t)).
  { transitivity (Rabs ((x - y) * (x + y))); [rewrite Rabs_mult, (Rabs_pos_eq (x + y)) by lra; reflexivity|].
    replace ((x - y) * (x + y)) with ((s - t) * (s + t)) by lra. rewrite Rabs_mult, (Rabs_pos_eq (s + t)) by lra. reflexivity. }
  rewrite P. apply Rmult_le_compat_l; [apply Rabs_pos|lra].
Qed.

Lemma cols_1 row : (forall b, In b row -> rgood (-149) 24 b) -> row <> [] -> 1 <= row.cols row.
Proof.
intros row_good row_some. unfold row.cols, blocks.N, bs. rewrite sums.sum_map.
destruct row as [|b l]; [now elim row_some|]. simpl.
assert (H : 0 <= sum (fun b => n (bx b)) l) by (apply sum_pos; intros; apply pos_INR).
destruct (row_good b (or_introl eq_refl)) as (L & _). assert (Nr := n_range (bx b) L). lra.
Qed.

Section LayerNorm.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < sigma.
(* the merged moments: a mean of two doubles that are a sum's, and m2 *)
Variables a c m2 eps : R.
Hypothesis Fs : F64 a /\ F64 c /\ F64 eps.
Hypothesis m2_pos : 0 <= m2.
Hypothesis eps_pos : 0 <= eps.
Let m := scale32.m a c.
Hypothesis merging : Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Hypothesis ordinary : bpow radix2 (-80) <= V m2 cols eps <= bpow radix2 80.

Variables (b0 : rblock) (x gamma beta : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let R1 := newton (V m2 cols eps).
Let hi := scale32.hi a c.
Let xhat := (x - mu) * / sqrt (sigma * sigma + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Definition y_of (fused : bool) := let rstd := scale32.rstd R1 in let shift := scale32.shift a c R1 in
  if fused then y_fused (-149) 24 (t_fused (-149) 24 x hi rstd shift) gamma beta
  else y_unfused (-149) 24 (t_unfused (-149) 24 x hi rstd shift) gamma beta.


Theorem layernorm32 (fused : bool) :
  Rabs (y_of fused - (gamma * xhat + beta)) <= (if fused then B_fused else B_unfused) * u32 * Bracket + eta32.
Proof.
destruct Fs as (Fa & Fc & Feps). assert (C1 : 1 <= cols) by exact (cols_1 row row_good row_some). assert (ss := Rle_0_sqr sigma).
  unfold Rsqr in ss.
set (V2 := m2 / cols). assert (V0 : 0 <= V2) by (apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; lra]).
assert (Rr := newton_range m2 cols eps ordinary). fold R1 in Rr. assert (Rp := R1_pos R1 Rr).
set (D := sqrt (sigma * sigma + eps)). set (D' := sqrt (V2 + eps)).
assert (Dge : sigma <= D) by (apply le_of_sqr; [apply sqrt_pos|]; unfold D; rewrite sqrt_def; lra).
assert (Derr : Rabs (D' - D) <= Rabs (sqrt V2 - sigma)).
{ unfold D', D. rewrite <- (sqrt_def V2 V0) at 1. apply scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
assert (R0D : / D * D = 1) by (field; lra).
assert (R1e := R1_is m2 cols eps m2_pos Feps eps_pos (conj C1 cols_max) ordinary). fold R1 in R1e. fold V2 in R1e. fold D' in R1e.
assert (Mg : Rabs (m - row.mean_merged row) * sigma + Rabs (cols * V2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma)).
{ replace (cols * V2) with m2 by (unfold V2; field; lra). exact merging. }
assert (Hn : forall b z, In b row -> In z (bx b) -> Rabs (hi - m) <= 1.001 * Rabs (z - m)).
{ intros b z Ib Iz. destruct (row_good b Ib) as (_ & Fz & _). exact (hi_near_all a c Fa Fc z (Fz z Iz)). }
unfold y_of, xhat, Bracket. fold D. destruct fused.
- exact (layernorm_fused (-149) 24 ltac:(lia) row row_good row_some m V2 sigma_not0 V0 Mg hi (rnd32_F _) Hn (hi_is_float a c Fa Fc)
    D D' (/ D) R1 (scale32.rstd R1) (scale32.shift a c R1) Dge Derr R0D Rp R1e (etas R1 Rr) (rstd_is_float R1 Rr) (shift_is a c R1 Rr)
    b0 x gamma beta b0_in x_in).
- exact (layernorm_unfused (-149) 24 ltac:(lia) row row_good row_some m V2 sigma_not0 V0 Mg hi (rnd32_F _) Hn (hi_is_float a c Fa Fc)
    D D' (/ D) R1 (scale32.rstd R1) (scale32.shift a c R1) Dge Derr R0D Rp R1e (etas R1 Rr) (rstd_is_float R1 Rr) (shift_is a c R1 Rr)
    b0 x gamma beta b0_in x_in Fgamma Fbeta).
Qed.
End LayerNorm.

Section RmsNorm.
(* of each block the exact sum of squares and q as it is computed: look32.v, block32.rms32 *)
Variable blocks : list (R * R).
Hypothesis blocks_good : forall b, In b blocks -> 0 <= fst b /\ Rabs (snd b - fst b) <= counts32.b0 * fst b.
Variables cols m2 eps : R.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Let ms := rms blocks cols.
Hypothesis ms_not0 : 0 < ms.
Hypothesis F_eps : F64 eps.
Hypothesis m2_pos : 0 <= m2.
Hypothesis eps_pos : 0 <= eps.
Hypothesis merging : Rabs (m2 - Q' blocks) / cols / 2 <= 0.01 * u32 * (ms * ms).
Hypothesis ordinary : bpow radix2 (-80) <= V m2 cols eps <= bpow radix2 80.
Variables x gamma beta : R.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let R1 := newton (V m2 cols eps).
Let xhat := x * / sqrt (ms * ms + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Definition y_rms (fused : bool) := let rstd := scale32.rstd R1 in
  if fused then y_fused (-149) 24 (t_fused (-149) 24 x 0 rstd 0) gamma beta
  else y_unfused (-149) 24 (t_unfused (-149) 24 x 0 rstd 0) gamma beta.

Theorem rmsnorm32 (fused : bool) : Rabs (y_rms fused - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 *
  Bracket + eta32
  /\ (beta = 0 -> Rabs (y_rms fused - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
assert (ss := Rle_0_sqr ms). unfold Rsqr in ss. set (V2 := m2 / cols).
assert (V0 : 0 <= V2) by (apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; lra]).
assert (Rr := newton_range m2 cols eps ordinary). fold R1 in Rr. assert (Rp := R1_pos R1 Rr).
set (D := sqrt (ms * ms + eps)). set (D' := sqrt (V2 + eps)).
assert (Dge : ms <= D) by (apply le_of_sqr; [apply sqrt_pos|]; unfold D; rewrite sqrt_def; lra).
assert (Derr : Rabs (D' - D) <= Rabs (sqrt V2 - ms)).
{ unfold D', D. rewrite <- (sqrt_def V2 V0) at 1. apply scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
assert (R0D : / D * D = 1) by (field; lra).
assert (R1e := R1_is m2 cols eps m2_pos F_eps eps_pos cols_range ordinary). fold R1 in R1e. fold V2 in R1e. fold D' in R1e.
assert (Mg : Rabs (cols * V2 - Q' blocks) / cols / 2 <= 0.01 * u32 * (ms * ms)) by (replace (cols * V2) with m2 by (unfold V2; field;
  lra); exact merging).
assert (B0 : 0 <= counts32.b0 <= 4.00001 * u 24) by exact counts32.b0_range.
unfold y_rms, xhat, Bracket. fold D. destruct fused; split; try intro Z.
- exact (rmsnorm_fused (-149) 24 ltac:(lia) blocks _ B0 blocks_good cols ltac:(lra) ms_not0 V2 V0 Mg D D' (/ D) R1 (scale32.rstd R1) x
  gamma beta
    Dge Derr R0D Rp R1e (proj1 (etas R1 Rr)) (rstd_is_float R1 Rr) Fx).
- exact (rmsnorm_fused (-149) 24 ltac:(lia) blocks _ B0 blocks_good cols ltac:(lra) ms_not0 V2 V0 Mg D D' (/ D) R1 (scale32.rstd R1) x
  gamma beta
    Dge Derr R0D Rp R1e (proj1 (etas R1 Rr)) (rstd_is_float R1 Rr) Fx).
- exact (rmsnorm_unfused_beta (-149) 24 ltac:(lia) blocks _ B0 blocks_good cols ltac:(lra) ms_not0 V2 V0 Mg D D' (/ D) R1 (scale32.rstd R1)
  x gamma beta
    Dge Derr R0D Rp R1e (proj1 (etas R1 Rr)) (rstd_is_float R1 Rr) Fx Fgamma Fbeta).
- exact (rmsnorm_unfused (-149) 24 ltac:(lia) blocks _ B0 blocks_good cols ltac:(lra) ms_not0 V2 V0 Mg D D' (/ D) R1 (scale32.rstd R1) x
  gamma beta
    Dge Derr R0D Rp R1e (proj1 (etas R1 Rr)) (rstd_is_float R1 Rr) Fx Z).
Qed.
End RmsNorm.
