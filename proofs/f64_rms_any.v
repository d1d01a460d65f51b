(* RMSNorm of doubles that section 9 takes as they are (V between 2^-800 and 2^800), whatever the elements, whether they or eps make V. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms merge step mergeops mergerow rstd f64_pairs f64_rstd f64_var f64_outside f64_eps everyrow.
Require Import f64_range f64_squares f64_root_small.
Require f64_counts f64_rms.
Import ListNotations.
Local Open Scope R_scope.

(* -- section 6 with hi = shift = +0, from rstd near 1 / D -- *)
Definition y_of (fma : bool) (x rs gamma beta : R) := if fma then y_fused (-1074) 53 (t_fused (-1074) 53 x 0 rs 0) gamma beta
  else y_unfused (-1074) 53 (t_unfused (-1074) 53 x 0 rs 0) gamma beta.
(* 0.01 less than what ln.h says, and more where rstd is worse *)
Definition rms_bounded (more : R) (fma : bool) (y xhat gamma beta : R) :=
  let within B := Rabs (y - (gamma * xhat + beta)) <= B * u64 * (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64 in
  within ((if fma then B_rms else B_rms_beta_unfused) - 0.01 + more) /\ (beta = 0 -> within (B_rms - 0.01 + more)).

Theorem y_from more D rs x gamma beta fma : 0 <= more <= 4 -> 0 < D -> Rabs (rs * D - 1) <= (3.02 + more) * u64 -> F64 x -> F64 gamma ->
  F64 beta -> rms_bounded more fma (y_of fma x rs gamma beta) (x * / D) gamma beta.
Proof.
intros Hm Dp E Fx Fg Fb. assert (U := u64_val). set (xhat := x * / D). set (M := Rmax 1 (Rabs xhat)).
assert (M1 : 1 <= M) by apply Rmax_l. assert (Mx : Rabs xhat <= M) by apply Rmax_r.
assert (eu : eta64 <= 0.0001 * u64).
{ apply Rle_trans with (bpow radix2 (-20) * u64); [unfold eta64, u64; rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat_r; [lra|simpl; lra]. }
assert (uM : u64 <= u64 * M) by (rewrite <- (Rmult_1_r u64) at 1; apply Rmult_le_compat_l; lra).
destruct (one_t (-1074) 53 ltac:(lia) rs x Fx) as (T1 & T2).
assert (Te : Rabs (rnd (-1074) 53 (x * rs) - xhat) <= (4.03 + more) * u 53 * M).
{ change (rnd (-1074) 53) with rnd64. change (u 53) with u64.
  assert (X : Rabs (x * rs - xhat) <= (3.02 + more) * (u64 * M)).
  { replace (x * rs - xhat) with (xhat * (rs * D - 1)) by (unfold xhat; field; lra). rewrite Rabs_mult.
    apply Rle_trans with (M * ((3.02 + more) * u64)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|lra]. }
  assert (XM : (3.02 + more) * (u64 * M) <= 0.0001 * M).
  { rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|]. apply Rle_trans with (8 * u64); [apply Rmult_le_compat_r|]; lra. }
  assert (R := merge.rnd64_err (x * rs)). assert (B := of_err _ _ _ X).
  assert (u64 * Rabs (x * rs) <= u64 * (1.0001 * M)) by (apply Rmult_le_compat_l; lra).
  replace (rnd64 (x * rs) - xhat) with ((rnd64 (x * rs) - x * rs) + (x * rs - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
set (Br := Rabs gamma * M + Rabs beta). assert (B0 : 0 <= u64 * Br).
{ apply Rmult_le_pos; [lra|]. unfold Br. assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  assert (X := Rabs_pos beta). lra. }
assert (Fu : Rabs (y_fused (-1074) 53 (rnd (-1074) 53 (x * rs)) gamma beta - (gamma * xhat + beta)) <= (B_rms - 0.01 + more) * u64 * Br + eta64).
{ assert (Y := y_fused_err (-1074) 53 ltac:(lia) _ gamma beta xhat (4.03 + more) ltac:(lra) Te). fold M Br in Y.
  eapply Rle_trans; [exact Y|]. apply Rplus_le_compat_r. change (u 53) with u64. rewrite !(Rmult_assoc _ u64).
  apply Rmult_le_compat_r; [exact B0|unfold B_rms; lra]. }
unfold rms_bounded, y_of. cbv zeta. fold M Br. rewrite T1, T2. destruct fma; split; try exact Fu; try (intros _; exact Fu).
- assert (Y := y_unfused_err (-1074) 53 ltac:(lia) _ gamma beta xhat (4.03 + more) Fg Fb ltac:(lra) Te). fold M Br in Y.
  eapply Rle_trans; [exact Y|]. apply Rplus_le_compat_r. change (u 53) with u64. rewrite !(Rmult_assoc _ u64).
  apply Rmult_le_compat_r; [exact B0|unfold B_rms_beta_unfused; lra].
- intro Z. assert (Eq : y_unfused (-1074) 53 (rnd (-1074) 53 (x * rs)) gamma beta = y_fused (-1074) 53 (rnd (-1074) 53 (x * rs)) gamma beta).
  { unfold y_unfused, y_fused. rewrite Z, !Rplus_0_r. apply (rnd_id (-1074) 53). exact (rnd_F (-1074) 53 ltac:(lia) _). }
  rewrite Eq. exact Fu.
Qed.

(* from D', whose square is near that of D *)
Lemma rs_near more D D' R1 rs : 0 <= more <= 4 -> 0 < D -> 0 < D' -> 0 < R1 -> Rabs (D' * D' - D * D) <= 4.0101 * u64 * (D * D) ->
  Rabs (R1 * D' - 1) <= 0.001 * u64 -> Rabs (rs - R1) <= (1 + more) * u64 * R1 -> Rabs (rs * D - 1) <= (3.02 + more) * u64.
Proof.
intros Hm Dp Dp' Rp E R Rs. assert (U := u64_val). set (d := D' / D - 1).
assert (dE : Rabs d <= 2.00506 * u64).
{ assert (Dq : (D' - D) * (D' + D) = D' * D' - D * D) by ring. assert (X : Rabs (D' - D) * (D' + D) <= 4.0101 * u64 * (D * D)).
  { rewrite <- (Rabs_pos_eq (D' + D)) by lra. rewrite <- Rabs_mult, Dq. exact E. }
  assert (D2 : 0 < D * D) by now apply Rmult_lt_0_compat.
  assert (L : 0.999999 * D <= D').
  { apply le_of_sqr; [lra|]. assert (Y := Rle_abs (- (D' * D' - D * D))). rewrite Rabs_Ropp in Y.
    assert (4.0101 * u64 * (D * D) <= 0.00000001 * (D * D)) by (apply Rmult_le_compat_r; lra). lra. }
  apply Rmult_le_reg_r with (D * (D' + D)); [apply Rmult_lt_0_compat; lra|].
  replace (Rabs d * (D * (D' + D))) with (Rabs (D' - D) * (D' + D)).
  - eapply Rle_trans; [exact X|]. assert (2.00506 * u64 * (D * (1.999999 * D)) <= 2.00506 * u64 * (D * (D' + D))).
    { apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra. }
    assert (0 <= u64 * (D * D)) by (apply Rmult_le_pos; lra). lra.
  - replace (D' - D) with (d * D) by (unfold d; field; lra). rewrite Rabs_mult, (Rabs_pos_eq D) by lra. ring. }
assert (D'E : D' = D * (1 + d)) by (unfold d; field; lra). set (e := R1 * D' - 1) in *.
set (f := (rs - R1) * / R1). assert (fE : Rabs f <= (1 + more) * u64).
{ unfold f. rewrite Rabs_mult, (Rabs_pos_eq (/ R1)) by (left; now apply Rinv_0_lt_compat). apply Rmult_le_reg_r with R1; [exact Rp|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact Rs. }
assert (rsE : rs = R1 * (1 + f)) by (unfold f; field; lra).
assert (G : (rs * D - 1) * (1 + d) = (1 + e) * (1 + f) - (1 + d)) by (unfold e; rewrite rsE, D'E; ring).
assert (d1 := Rle_abs (- d)). rewrite Rabs_Ropp in d1.
assert (mu : (1 + more) * u64 <= 5 * u64) by (apply Rmult_le_compat_r; lra).
assert (ef : Rabs (e * f) <= 0.001 * u64).
{ rewrite Rabs_mult. apply Rle_trans with (0.001 * u64 * 1); [apply Rmult_le_compat; try apply Rabs_pos; lra|lra]. }
assert (B : Rabs ((1 + e) * (1 + f) - (1 + d)) <= (3.0071 + more) * u64).
{ replace ((1 + e) * (1 + f) - (1 + d)) with ((f - d) + (e + e * f)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T1 := abs_sub f d). assert (T2 := Rabs_triang e (e * f)). lra. }
rewrite <- G, Rabs_mult, (Rabs_pos_eq (1 + d)) in B by lra. set (z := Rabs (rs * D - 1)) in *. assert (z0 : 0 <= z) by apply Rabs_pos.
assert (z * 0.999999 <= z * (1 + d)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Section Row.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Variables (first : list R) (further : list (list R)).
Hypothesis good : forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Let row := concat (first :: further).
Hypothesis row_count : n row <= bpow radix2 30.
Let t := f64_rms.total pe fused first further.
Variables eps x gamma beta : R.
Hypothesis eps_double : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis Fx : F64 x.
Hypothesis gamma_double : F64 gamma.
Hypothesis beta_double : F64 beta.
Variable fma : bool.
Let V2 := square t / n row.
Let m := ms row.

Lemma facts : F64 (s2 t) /\ F64 (s2l t) /\ F64 (n row) /\ 1 <= n row /\ 0 <= s2 t /\ Rabs (s2l t) <= 1.01 * u64 * Rabs (s2 t) /\ 0 <= V2 /\
  0 <= m /\ Rabs (V2 - m * m) <= f64_counts.b0 * (m * m) + 4098 * eta64.
Proof.
destruct (squares64 pe pe_is fused first further good row_count) as (G & N & E). fold row t in G, N, E.
destruct (square_pos t G) as (Q & _). destruct G as (_ & _ & _ & F1 & F2 & P & L). rewrite <- Rmult_assoc in L.
assert (ni : 0 < / n row) by (apply Rinv_0_lt_compat; lra).
assert (I : 0 <= QQ row 0 / n row) by (apply Rmult_le_pos; [apply QQ_pos|lra]).
assert (M2 : m * m = QQ row 0 / n row) by (unfold m, ms; now rewrite sqrt_def).
repeat split; try assumption; [exact (F_count (length row) row_count)|apply Rmult_le_pos; lra|apply sqrt_pos|].
rewrite M2. replace (V2 - QQ row 0 / n row) with ((square t - QQ row 0) * / n row) by (unfold V2; field; lra).
rewrite Rabs_mult, (Rabs_pos_eq (/ n row)) by lra. apply (Rmult_le_compat_r (/ n row)) in E; [|lra]. eapply Rle_trans; [exact E|].
right. field. lra.
Qed.

Theorem rmsnorm_inside : bpow radix2 (-800) <= V64 (s2 t) (n row) eps <= bpow radix2 800 ->
  rms_bounded 0 fma (y_of fma x (rstd64 pe (s2 t) (s2l t) (n row) eps) gamma beta) (x * / sqrt (m * m + eps)) gamma beta.
Proof.
intro O. destruct facts as (F1 & F2 & F3 & N & P & L & V0 & m0 & E). assert (U := u64_val). assert (Pok := product_ok pe pe_is).
destruct (R1_64_is pe Pok (s2 t) (s2l t) (n row) eps (conj F1 (conj F2 (conj F3 eps_double))) P L N eps_pos O) as (R1 & R2 & R3).
destruct (V64_err pe Pok (s2 t) (s2l t) (n row) eps (conj F1 (conj F2 (conj F3 eps_double))) P L N eps_pos O) as (V1 & V3).
change ((s2 t + s2l t) / n row) with V2 in R1, V1. set (V := V64 (s2 t) (n row) eps) in *. set (Vl := V64_lo pe (s2 t) (s2l t) (n row) eps) in *.
set (R := R1_64 pe (s2 t) (s2l t) (n row) eps) in *. set (rs := rstd64 pe (s2 t) (s2l t) (n row) eps) in *.
assert (P800 := bpow_gt_0 radix2 (-800)). assert (uV : u64 * V <= 0.0001 * V) by (apply Rmult_le_compat_r; lra).
assert (uV0 : 0 <= u64 * V) by (apply Rmult_le_pos; lra).
assert (uuV : 0 <= u64 * (u64 * V) <= 0.0001 * (u64 * V)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (v1 := Rle_abs (V + Vl - (V2 + eps))). assert (v2 := Rle_abs (- Vl)). rewrite Rabs_Ropp in v2.
assert (XL : 0.99 * V <= V2 + eps) by lra. assert (mm := Rle_0_sqr m). unfold Rsqr in mm.
assert (B := f64_counts.b0_range). change (format.u 53) with u64 in B.
assert (bm : f64_counts.b0 * (m * m) <= 4.00001 * u64 * (m * m)) by (apply Rmult_le_compat_r; lra).
assert (um : 4.00001 * u64 * (m * m) <= 0.0001 * (m * m)) by (apply Rmult_le_compat_r; lra).
assert (ee : 4098 * eta64 <= 0.0001 * u64 * (0.9 * V)).
{ apply Rle_trans with (bpow radix2 (-40) * u64 * bpow radix2 (-800)).
  - apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [left; apply eta64_pos|simpl; lra]|].
    unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
  - assert (S : bpow radix2 (-40) <= 0.00001) by (simpl; lra). assert (bpow radix2 (-40) * u64 * bpow radix2 (-800) <= 0.00001 * u64 * V).
    { apply Rmult_le_compat; try lra; [apply Rmult_le_pos; [apply bpow_ge_0|lra]|apply Rmult_le_compat_r; lra]. }
    assert (0 <= u64 * V) by (apply Rmult_le_pos; lra). lra. }
assert (e1 := Rle_abs (V2 - m * m)). set (D2 := m * m + eps). assert (DL : 0.9 * V <= D2) by (unfold D2; lra).
set (D := sqrt D2). set (D' := sqrt (V2 + eps)). assert (Dp : 0 < D) by (apply sqrt_lt_R0; lra). assert (Dp' : 0 < D') by (apply sqrt_lt_R0; lra).
assert (S1 : D * D = D2) by (apply sqrt_def; lra). assert (S2 : D' * D' = V2 + eps) by (apply sqrt_def; lra).
assert (Rp : 0 < R) by (assert (Z := bpow_gt_0 radix2 (-402)); lra).
assert (uu : u64 * u64 <= 0.000001 * u64) by (apply Rmult_le_compat_r; lra).
assert (K : Rabs (D' * D' - D * D) <= 4.0101 * u64 * (D * D)).
{ rewrite S1, S2. replace (V2 + eps - D2) with (V2 - m * m) by (unfold D2; ring). eapply Rle_trans; [exact E|].
  assert (u64 * (m * m) <= u64 * D2) by (apply Rmult_le_compat_l; unfold D2; lra).
  assert (u64 * (0.9 * V) <= u64 * D2) by (apply Rmult_le_compat_l; lra). assert (0 <= u64 * (m * m)) by (apply Rmult_le_pos; lra). lra. }
apply y_from; try assumption; [lra|]. apply (rs_near 0 D D' R); try assumption; [lra|unfold D'; lra|].
rewrite Rplus_0_r, Rmult_1_l. exact R2.
Qed.

Theorem rmsnorm_outside : bpow radix2 (-800) <= V_out (s2 t) (n row) eps <= bpow radix2 800 ->
  rms_bounded 0 fma (y_of fma x (rs_out pe (s2 t) (s2l t) (n row) eps) gamma beta) (x * / (m + eps)) gamma beta.
Proof.
intro O. destruct facts as (F1 & F2 & F3 & N & P & L & V0 & m0 & E). assert (U := u64_val). assert (Pok := product_ok pe pe_is).
assert (mm := Rle_0_sqr m). unfold Rsqr in mm. assert (B := f64_counts.b0_range). change (format.u 53) with u64 in B.
assert (bm : f64_counts.b0 * (m * m) <= 4.00001 * u64 * (m * m)) by (apply Rmult_le_compat_r; lra).
assert (umm : 0 <= u64 * (m * m) <= 0.000001 * (m * m)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uu : 0 <= u64 * u64 <= 0.0000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
(* from a D' that is near *)
assert (End : forall X, 0 <= X -> Rabs (X - m) <= 2.001 * (u64 * (m + eps)) -> 0 < m + eps -> 0 < X + eps ->
  Rabs (R1_out pe (s2 t) (s2l t) (n row) eps * (X + eps) - 1) <= 250 * (u64 * u64) ->
  Rabs (rs_out pe (s2 t) (s2l t) (n row) eps - R1_out pe (s2 t) (s2l t) (n row) eps) <= u64 * R1_out pe (s2 t) (s2l t) (n row) eps ->
  0 < R1_out pe (s2 t) (s2l t) (n row) eps ->
  rms_bounded 0 fma (y_of fma x (rs_out pe (s2 t) (s2l t) (n row) eps) gamma beta) (x * / (m + eps)) gamma beta).
{ intros X X0 Xm Dp Dp' R1 R2 R3. apply y_from; try assumption; [lra|].
  apply (rs_near 0 (m + eps) (X + eps) (R1_out pe (s2 t) (s2l t) (n row) eps)); try assumption; [lra| |lra|rewrite Rplus_0_r, Rmult_1_l;
    exact R2].
  set (D := m + eps) in *. replace ((X + eps) * (X + eps) - D * D) with ((X - m) * (2 * D + (X - m))) by (unfold D; ring).
  assert (uD : 0 <= u64 * D <= 0.0001 * D) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
  rewrite Rabs_mult. apply Rle_trans with (2.001 * (u64 * D) * (2.001 * D)).
  - apply Rmult_le_compat; try apply Rabs_pos; [exact Xm|]. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (2 * D)) by lra. lra.
  - assert (0 <= u64 * D * D) by (apply Rmult_le_pos; lra). lra. }
destruct (Rle_or_lt (bpow radix2 (-840)) V2) as [Big|Small].
- destruct (R1_out_is pe Pok (s2 t) (s2l t) (n row) eps (conj F1 (conj F2 (conj F3 eps_double))) P L N eps_pos Big O) as (R1 & R2 & R3).
  change ((s2 t + s2l t) / n row) with V2 in R1. set (X := sqrt V2) in *. assert (P0 := bpow_gt_0 radix2 (-840)).
  assert (XX : X * X = V2) by (apply sqrt_def; lra). assert (X0 : 0 < X) by (apply sqrt_lt_R0; lra).
  assert (ee : 4098 * eta64 <= 0.0001 * (u64 * V2)).
  { apply Rle_trans with (bpow radix2 (-40) * (u64 * bpow radix2 (-840))).
    - apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [left; apply eta64_pos|simpl; lra]|].
      unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
    - apply Rle_trans with (0.0001 * (u64 * bpow radix2 (-840))); [apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|simpl; lra]|].
      apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_l; lra]. }
  assert (uV : u64 * V2 <= 0.0001 * V2) by (apply Rmult_le_compat_r; lra). assert (e1 := Rle_abs (V2 - m * m)). assert (e2 := Rle_abs (- (V2 - m * m))).
  rewrite Rabs_Ropp in e2. assert (mp : 0 < m).
  { destruct (Req_dec m 0) as [Z|]; [exfalso|lra]. rewrite Z, Rmult_0_r in *. lra. }
  assert (uV2 : u64 * V2 <= u64 * (1.001 * (m * m))) by (apply Rmult_le_compat_l; lra).
  assert (Xl : 0.9999 * m <= X) by (apply le_of_sqr; lra).
  apply (End X); try assumption; try lra. apply Rle_trans with (2.001 * (u64 * m)).
  + apply Rmult_le_reg_r with (X + m); [lra|]. rewrite <- (Rabs_pos_eq (X + m)) at 1 by lra. rewrite <- Rabs_mult.
    replace ((X - m) * (X + m)) with (V2 - m * m) by lra. eapply Rle_trans; [exact E|].
    assert (2.001 * (u64 * m) * (1.9999 * m) <= 2.001 * (u64 * m) * (X + m)) by (apply Rmult_le_compat_l; [assert (0 <= u64 * m) by
      (apply Rmult_le_pos; lra)|]; lra). lra.
  + assert (u64 * m <= u64 * (m + eps)) by (apply Rmult_le_compat_l; lra). lra.
- assert (Em : Rabs (V2 - m * m) <= 5 * (u64 * (m * m)) + 4098 * eta64) by lra.
  destruct (R1_out_small pe Pok (s2 t) (s2l t) (n row) eps (conj F1 (conj F2 (conj F3 eps_double))) P L N eps_pos Small O m m0 Em) as
    (X & X0 & R1 & R2 & R3 & Xm & Dp). assert (P0 := bpow_gt_0 radix2 (-402)).
  assert (uD : 0 <= u64 * (m + eps) <= 0.0001 * (m + eps)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
  assert (x1 := Rle_abs (- (X - m))). rewrite Rabs_Ropp in x1. apply (End X); try assumption; lra.
Qed.
End Row.
