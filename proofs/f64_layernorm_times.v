(* LayerNorm of doubles whose row section 9 multiplies by 2^700 or by 2^-650, or takes as it is: y is that of the row itself. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow f64_pairs f64_last f64_var f64_eps everyrow f64_range f64_elements
  f64_layernorm_range.
Require Import f64_again f64_spread.
Require anyscale f64_whole constant32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.

(* from the xhat of what was multiplied to that of the row *)
Lemma bounded_shift fused y x1 x2 gamma beta : Rabs (x1 - x2) <= 0.001 * u64 * Rmax 1 (Rabs x2) -> bounded fused y x1 gamma beta ->
  Rabs (y - (gamma * x2 + beta)) <= (if fused then 12 else 14) * u64 * (Rabs gamma * Rmax 1 (Rabs x2) + Rabs beta) + eta64.
Proof.
intros E H. unfold bounded in H. assert (U := u64_val). set (M2 := Rmax 1 (Rabs x2)) in *. assert (M1 : 1 <= M2) by apply Rmax_l.
assert (uM : 0 <= u64 * M2 <= 0.0001 * M2) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (X1 : Rmax 1 (Rabs x1) <= M2 + 0.001 * u64 * M2).
{ apply Rmax_lub; [lra|]. assert (X := of_err _ _ _ E). assert (Y := Rmax_r 1 (Rabs x2)). fold M2 in Y. lra. }
assert (g0 := Rabs_pos gamma). assert (gM : 0 <= Rabs gamma * (u64 * M2)) by (apply Rmult_le_pos; lra).
assert (ugM : Rabs gamma * (u64 * M2) * u64 <= 0.0001 * (Rabs gamma * (u64 * M2))) by (rewrite (Rmult_comm _ u64); apply Rmult_le_compat_r; lra).
replace (y - (gamma * x2 + beta)) with ((y - (gamma * x1 + beta)) + gamma * (x1 - x2)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_mult gamma).
assert (D1 : Rabs gamma * Rabs (x1 - x2) <= Rabs gamma * (0.001 * u64 * M2)) by (apply Rmult_le_compat_l; lra).
set (C := if fused then B64_fused else B64_unfused) in *. assert (HC : 0 <= C <= 14 /\ C + 0.05 <= (if fused then 12 else 14)) by (unfold C,
  B64_fused, B64_unfused; destruct fused; lra).
assert (D2 : C * u64 * (Rabs gamma * Rmax 1 (Rabs x1)) <= C * u64 * (Rabs gamma * (M2 + 0.001 * u64 * M2))).
{ apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. apply Rmult_le_compat_l; lra. }
assert (D3 : C * (Rabs gamma * (u64 * M2) * u64) <= 14 * (0.0001 * (Rabs gamma * (u64 * M2)))) by (apply Rmult_le_compat; try lra;
  apply Rmult_le_pos; lra).
assert (B0 : 0 <= u64 * Rabs beta) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (W : (C + 0.05) * u64 * (Rabs gamma * M2 + Rabs beta) <= (if fused then 12 else 14) * u64 * (Rabs gamma * M2 + Rabs beta)).
{ rewrite !(Rmult_assoc _ u64). apply Rmult_le_compat_r; [lra|tauto]. } lra.
Qed.

(* the variance as a double *)
Lemma var_quo m2 m2l c s : 1 <= c -> 0 <= m2 -> Rabs m2l <= 1.01 * (u64 * Rabs m2) -> Rabs (m2 + m2l - c * (s * s)) <= 0.001 * (c * (s * s)) ->
  0 <= quo m2 c /\ Rabs (quo m2 c - s * s) <= 0.002 * (s * s) + bpow radix2 (-1020).
Proof.
intros C P L Nr. assert (U := u64_val). rewrite (Rabs_pos_eq m2 P) in L. assert (ci : 0 < / c) by (apply Rinv_0_lt_compat; lra).
set (w := m2 / c). assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra). assert (um : u64 * m2 <= 0.0000001 * m2) by (apply Rmult_le_compat_r; lra).
assert (Q := quo_err m2 c C). rewrite (Rabs_pos_eq m2 P) in Q. fold w in Q. assert (wc : w * c = m2) by (unfold w; field; lra).
assert (W : Rabs (w - s * s) <= 0.0011 * (s * s)).
{ apply Rmult_le_reg_r with c; [lra|]. rewrite <- (Rabs_pos_eq c) at 1 by lra. rewrite <- Rabs_mult.
  replace ((w - s * s) * c) with ((m2 + m2l - c * (s * s)) - m2l) by (rewrite <- wc; ring). eapply Rle_trans; [apply abs_sub|].
  assert (x1 := Rle_abs (m2 + m2l - c * (s * s))). assert (x2 := Rle_abs (- m2l)). rewrite Rabs_Ropp in x2.
  assert (cs : 0 <= c * (s * s)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra. }
assert (ss := Rle_0_sqr s). unfold Rsqr in ss. assert (x1 := Rle_abs (w - s * s)). assert (uw : u64 * w <= 0.0000001 * w) by (apply Rmult_le_compat_r; lra).
assert (e : eta64 <= bpow radix2 (-1020)) by (apply bpow_le; lia).
split; [unfold quo; rewrite <- constant32.Z64; apply (rnd_le emin64 53 ltac:(lia)); exact w0|].
replace (quo m2 c - s * s) with ((quo m2 c - w) + (w - s * s)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Section Times.
(* the row, cut into blocks: all full but the last, which has some elements *)
Variables (full : list (list R)) (last : list R).
Hypothesis full_is : forall xs, In xs full -> length xs = 1024%nat.
Hypothesis last_is : (1 <= length last <= 1024)%nat.
Let row := concat (full ++ [last]).
Hypothesis row_F : forall z, In z row -> F64 z.
Hypothesis row_count : n row <= bpow radix2 30.
Hypothesis narrow_count : 4294967296 * sig row < Rabs (mean row) -> n row <= bpow radix2 20.
Variables x gamma beta eps : R.
Hypothesis x_in : In x row.
Hypothesis gamma_double : F64 gamma.
Hypothesis beta_double : F64 beta.
Hypothesis eps_double : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variable outside : bool.
Let D := D_any eps outside (sig row).
Let xhat := (x - mean row) * / D.
(* times 2^k: nothing is lost, or the row is beyond the range *)
Variable k : Z.
Hypothesis k_is : (0 <= k)%Z \/ k = (-650)%Z /\ bpow radix2 397 <= D.
Let els' := map (map (times64 k)) full ++ [map (times64 k) last].
Let row' := map (times64 k) row.
Let eps' := eps_times k outside eps.
Hypothesis sigma_big : bpow radix2 (-401) <= sig row'.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Variables (first : st) (further : list st).
Hypothesis moments_are : Forall2 (moments64 pe fused) els' (first :: further).
Let t := merged pe first further.

Lemma row'_is : concat els' = row'.
Proof. unfold els', row', row. rewrite concat_map, map_app. reflexivity. Qed.
Lemma narrow' : 8589934592 * sig row' < Rabs (mean row') -> n row' <= bpow radix2 20.
Proof.
intro H. unfold row' at 1. rewrite n_row'. apply narrow_count. assert (P := bpow_gt_0 radix2 (-401)). assert (S0 : 0 < bpow radix2 k) by apply bpow_gt_0.
assert (s0 := sig_pos row). set (S := bpow radix2 k) in *. apply Rmult_lt_reg_r with S; [exact S0|].
rewrite <- (Rabs_pos_eq S) at 2 by lra. rewrite <- Rabs_mult. destruct k_is as [K|(K & _)].
- destruct (up k row x x_in row_F K) as (Em & Es). fold S row' in Em, Es. rewrite Em, Es in H. assert (0 <= sig row * S) by (apply Rmult_le_pos; lra).
  lra.
- assert (Q := sig_down row x x_in row_F). assert (M := mean_down row x x_in row_F). unfold S, row' in *. rewrite K in *.
  set (T := bpow radix2 (-650)) in *. set (r := map (times64 (-650)) row) in *. set (a := sig row * T) in *.
  assert (a0 : 0 <= a) by (apply Rmult_le_pos; lra). set (z := bpow radix2 (-650)). assert (zp : 0 < z) by apply bpow_gt_0.
  assert (k2 : bpow radix2 (-1300) = z * z) by (unfold z; now rewrite <- bpow_plus).
  assert (k7 : bpow radix2 (-700) <= 0.001) by (apply Rle_trans with (bpow radix2 (-20)); [apply bpow_le; lia|simpl; lra]).
  assert (aa : bpow radix2 (-700) * (a * a) <= 0.001 * (a * a)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact k7]).
  assert (q1 := Rle_abs (- (sig r * sig r - a * a))). rewrite Rabs_Ropp in q1. rewrite k2 in Q.
  assert (zs : z <= 0.001 * sig r).
  { apply Rle_trans with (0.001 * bpow radix2 (-401)); [|lra]. apply Rle_trans with (bpow radix2 (-20) * bpow radix2 (-401)).
    - unfold z. rewrite <- bpow_plus. apply bpow_le. lia.
    - apply Rmult_le_compat_r; [lra|simpl; lra]. }
  assert (as_ : a <= 1.01 * sig r).
  { apply le_of_sqr; [lra|]. assert (z * z <= 0.001 * sig r * (0.001 * sig r)) by (apply Rmult_le_compat; lra).
    assert (0 <= sig r * sig r) by apply Rle_0_sqr. lra. }
  assert (ez : 2 * eta64 <= z) by (unfold eta64, z; change 2 with (bpow radix2 1); rewrite <- bpow_plus; apply bpow_le; lia).
  assert (Y := of_err _ _ _ M). assert (Ea : a = sig row * T) by reflexivity. lra.
Qed.
(* y of what was multiplied, and its variance *)
Theorem layernorm_times : let y := f64_whole.y64 fused (sm t) (f64_whole.lo64 t) (rstd_of pe t eps' outside) (times64 k x) gamma beta in
  (ordinary64 (V_of t eps' outside) ->
    Rabs (y - (gamma * xhat + beta)) <= (if fused then 12 else 14) * u64 * (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64) /\
  0 <= quo (s2 t) (cn t) /\ Rabs (quo (s2 t) (cn t) - sig row' * sig row') <= 0.002 * (sig row' * sig row') + bpow radix2 (-1020).
Proof.
cbv zeta. assert (Ix' : In (times64 k x) row') by (now apply in_map). assert (F' : forall xs, In xs (map (map (times64 k)) full) -> length xs = 1024%nat).
{ intros xs I. rewrite in_map_iff in I. destruct I as (ys & <- & J). rewrite map_length. now apply full_is. }
assert (L' : (1 <= length (map (times64 k) last) <= 1024)%nat) by (now rewrite map_length).
assert (C30 : n row' <= bpow radix2 30) by (unfold row'; rewrite n_row'; exact row_count). assert (N' := narrow'). assert (S4 := sigma_big).
assert (Fe := eps_times_F k outside eps). assert (E0 := eps_times_pos k outside eps eps_pos). fold eps' in Fe, E0.
assert (Dp : 0 < D).
{ destruct k_is as [K|(_ & K)]; [|assert (Z := bpow_gt_0 radix2 397); lra]. destruct (up k row x x_in row_F K) as (_ & Es). fold row' in Es.
  assert (P := bpow_gt_0 radix2 (-401)). assert (S0 : 0 < bpow radix2 k) by apply bpow_gt_0. rewrite Es in S4.
  assert (Sp : 0 < sig row) by (apply Rmult_lt_reg_r with (bpow radix2 k); [exact S0|lra]).
  unfold D, anyscale.D_any. destruct outside; [lra|]. apply sqrt_lt_R0. assert (0 < sig row * sig row) by now apply Rmult_lt_0_compat. lra. }
destruct (xhat_times k row x eps outside x_in row_F eps_double eps_pos Dp k_is) as (D'0 & Nx).
rewrite <- row'_is in *.
assert (Rf : forall z, In z (concat els') -> F64 z) by (rewrite row'_is; intros z I; unfold row' in I; rewrite in_map_iff in I; destruct I as (w &
  <- & _); apply times64_F).
destruct (layernorm_blocks _ _ F' L' C30 N' pe pe_is fused first further moments_are Rf S4 eps' (times64 k x) gamma beta Fe E0 Ix'
  gamma_double beta_double) as (A & B & C & P & L2 & Nr). fold els' t in A, B, C, P, L2, Nr. split.
- intro O. apply (bounded_shift fused _ _ xhat gamma beta Nx). fold row' eps'. rewrite <- row'_is.
  unfold rstd_of. destruct (ordinary_dec (V_of t eps' outside)) as [_|No]; [|now elim No].
  unfold ordinary64, V_of in O. rewrite C in *. unfold anyscale.D_any. revert O. clear - A B. destruct outside; intro O; [exact (B O)|exact (A O)].
- rewrite C. exact (var_quo _ _ _ _ (n_pos _ _ Ix') P L2 Nr).
Qed.
End Times.
