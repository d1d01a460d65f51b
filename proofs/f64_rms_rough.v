(* RMSNorm of doubles: the plain reciprocal that section 9 takes where V is not ordinary even of the row that was multiplied by S. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow rstd f64_pairs f64_rstd f64_var f64_outside f64_eps everyrow.
Require Import f64_range f64_squares f64_rms_any.
Require f64_counts f64_rms.
Import ListNotations.
Local Open Scope R_scope.

(* a reciprocal of what is near D *)
Lemma recip_near d D k : 0 <= k <= 8 -> bpow radix2 (-500) <= D <= bpow radix2 900 -> Rabs (d - D) <= k * u64 * D ->
  Rabs (rnd64 (1 / d) * D - 1) <= (k + 1.001) * u64.
Proof.
intros Hk (D0 & D1) E. assert (U := u64_val). assert (P := bpow_gt_0 radix2 (-500)).
assert (ku : 0 <= k * u64 <= 8 * u64) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (kD : k * u64 * D <= 0.00000000000001 * D) by (apply Rmult_le_compat_r; lra).
assert (e1 := Rle_abs (d - D)). assert (e2 := Rle_abs (- (d - D))). rewrite Rabs_Ropp in e2. assert (dp : 0 < d) by lra.
assert (Hi : d <= bpow radix2 901) by (change 901%Z with (1 + 900)%Z; rewrite bpow_plus; change (bpow radix2 1) with 2; lra).
assert (Li : bpow radix2 (-901) <= 1 / d).
{ change (-901)%Z with (- (901))%Z. rewrite bpow_opp. unfold Rdiv. rewrite Rmult_1_l. now apply Rinv_le. }
destruct (rel (1 / d) (-901) ltac:(lia) Li) as (e & Ee & ->).
set (z := 1 / d * (1 + e) * D - 1). assert (Z : z * d = e * D + (D - d)) by (unfold z; field; lra).
apply Rmult_le_reg_r with d; [exact dp|]. rewrite <- (Rabs_pos_eq d) at 1 by lra. rewrite <- Rabs_mult, Z.
eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq D), (Rabs_minus_sym D) by lra.
assert (Rabs e * D <= u64 * D) by (apply Rmult_le_compat_r; lra). assert (uD : 0 <= u64 * D) by (apply Rmult_le_pos; lra).
assert (T : (k + 1.001) * u64 * (0.99999999999 * D) <= (k + 1.001) * u64 * d) by (apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra).
assert (k * (u64 * D) <= 8 * (u64 * D)) by (apply Rmult_le_compat_r; lra). lra.
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
Variable eps : R.
Hypothesis eps_double : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Let m := ms row.
Let var := quo (s2 t) (n row).

(* without the second doubles *)
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

Definition recip_inside := rnd64 (1 / rnd64 (sqrt (V64 (s2 t) (n row) eps))).
Definition recip_outside := rnd64 (1 / den (s2 t) (n row) eps).

Lemma eta_D2 D : bpow radix2 (-490) <= D -> 4201 * eta64 <= 0.000001 * (u64 * (D * D)).
Proof.
intro H. assert (U := u64_val). assert (P := bpow_gt_0 radix2 (-490)).
assert (D2 : bpow radix2 (-490 + -490) <= D * D) by (rewrite bpow_plus; apply Rmult_le_compat; lra).
apply Rle_trans with (bpow radix2 (-20) * (u64 * bpow radix2 (-490 + -490))).
- apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [left; apply eta64_pos|simpl; lra]|].
  unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
- apply Rle_trans with (0.000001 * (u64 * bpow radix2 (-490 + -490))).
  + apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra|apply bpow_ge_0]|simpl; lra].
  + apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_l; lra].
Qed.

Theorem rough_inside : let D := sqrt (m * m + eps) in bpow radix2 (-490) <= D <= bpow radix2 900 ->
  Rabs (recip_inside * D - 1) <= (3.02 + 3.1) * u64.
Proof.
cbv zeta. intros (D0 & D1). set (D := sqrt (m * m + eps)) in *. destruct var_near as (v0 & m0 & E). assert (U := u64_val).
assert (mm := Rle_0_sqr m). unfold Rsqr in mm. assert (DD : D * D = m * m + eps) by (apply sqrt_def; lra).
assert (P := bpow_gt_0 radix2 (-490)). assert (D2 : 0 < D * D) by (apply Rmult_lt_0_compat; lra). assert (ee := eta_D2 D D0).
assert (e0 := eta64_pos). set (V := V64 (s2 t) (n row) eps). assert (Fv : F64 var) by apply merge.rnd64_F.
assert (VE : Rabs (V - (var + eps)) <= u64 * Rabs (var + eps)) by (apply add64; assumption). rewrite (Rabs_pos_eq (var + eps)) in VE by lra.
assert (um : u64 * (m * m) <= u64 * (D * D)) by (apply Rmult_le_compat_l; lra).
assert (uD : 0 <= u64 * (D * D) <= 0.000001 * (D * D)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (x1 := Rle_abs (var - m * m)).
assert (uv : u64 * (var + eps) <= u64 * (1.00001 * (D * D))) by (apply Rmult_le_compat_l; lra).
assert (VD : Rabs (V - D * D) <= 7.03 * (u64 * (D * D))).
{ replace (V - D * D) with ((V - (var + eps)) + (var - m * m)) by lra. eapply Rle_trans; [apply Rabs_triang|]. lra. }
set (th := (V - D * D) / (D * D)). assert (tE : Rabs th <= 7.03 * u64).
{ unfold th, Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ (D * D))) by (left; now apply Rinv_0_lt_compat). apply Rmult_le_reg_r with (D * D);
  [exact D2|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. lra. }
destruct (sqrt1 th) as (d & Db & Q); [lra|].
assert (Vs : sqrt V = D * (1 + d)).
{ replace V with (D * D * (1 + th)) by (unfold th; field; lra). rewrite sqrt_mult_alt by lra. rewrite Q, sqrt_square by lra. reflexivity. }
assert (d1 := Rle_abs (- d)). rewrite Rabs_Ropp in d1. assert (d2 := Rle_abs d).
assert (Ls : bpow radix2 (-500) <= sqrt V).
{ rewrite Vs. apply Rle_trans with (bpow radix2 (-490) * bpow radix2 (-10)); [rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat; try apply bpow_ge_0; [exact D0|]. apply Rle_trans with (1 / 2); [simpl; lra|lra]. }
destruct (rel (sqrt V) (-500) ltac:(lia) Ls) as (e & Ee & RE). unfold recip_inside. fold V. rewrite RE.
apply Rle_trans with ((4.53 + 1.001) * u64); [|lra]. apply recip_near; [lra| |].
- split; [apply Rle_trans with (2 := D0); apply bpow_le; lia|exact D1].
- rewrite Vs. replace (D * (1 + d) * (1 + e) - D) with ((d + (e + d * e)) * D) by ring. rewrite Rabs_mult, (Rabs_pos_eq D) by lra.
  apply Rmult_le_compat_r; [lra|]. eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang e (d * e)). rewrite Rabs_mult in T.
  assert (Rabs d * Rabs e <= 0.001 * Rabs e) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra.
Qed.

Theorem rough_outside : let D := m + eps in bpow radix2 (-490) <= D <= bpow radix2 900 -> bpow radix2 (-490) <= m \/ bpow radix2 (-300) <= D ->
  Rabs (recip_outside * D - 1) <= (3.02 + 3.1) * u64.
Proof.
cbv zeta. intros (D0 & D1) Or. set (D := m + eps) in *. destruct var_near as (v0 & m0 & E). assert (U := u64_val). assert (e0 := eta64_pos).
assert (mm := Rle_0_sqr m). unfold Rsqr in mm. assert (P := bpow_gt_0 radix2 (-490)). assert (Dp : 0 < D) by lra.
set (s := sqrt var). assert (s0 : 0 <= s) by apply sqrt_pos. assert (ss : s * s = var) by (apply sqrt_def; lra).
assert (uD : 0 <= u64 * D <= 0.000001 * D) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (umm : 0 <= u64 * (m * m) <= 0.0000000001 * (m * m)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (um : 0 <= u64 * m <= u64 * D) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_l]; unfold D; lra).
assert (eD : eta64 <= 0.00001 * (u64 * D)).
{ apply Rle_trans with (bpow radix2 (-20) * (u64 * bpow radix2 (-490))).
  - unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
  - apply Rle_trans with (0.00001 * (u64 * bpow radix2 (-490))); [apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|simpl; lra]|].
    apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra. }
assert (x1 := Rle_abs (var - m * m)). assert (x2 := Rle_abs (- (var - m * m))). rewrite Rabs_Ropp in x2.
assert (sm : Rabs (s - m) <= 3.0101 * (u64 * m) + 0.00001 * (u64 * D)).
{ destruct (Rle_or_lt (bpow radix2 (-490)) m) as [Lm|Sm].
  - assert (ee := eta_D2 m Lm). assert (Ls : 0.999999 * m <= s) by (apply le_of_sqr; lra).
    apply Rmult_le_reg_r with (s + m); [lra|]. rewrite <- (Rabs_pos_eq (s + m)) at 1 by lra. rewrite <- Rabs_mult.
    replace ((s - m) * (s + m)) with (var - m * m) by lra. eapply Rle_trans; [exact E|].
    assert ((3.0101 * (u64 * m)) * (1.999999 * m) <= (3.0101 * (u64 * m)) * (s + m)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= 0.00001 * (u64 * D) * (s + m)) by (apply Rmult_le_pos; lra). lra.
  - destruct Or as [|Ld]; [lra|].
    assert (T : bpow radix2 (-400) <= 0.000001 * (u64 * D)).
    { apply Rle_trans with (bpow radix2 (-20) * (u64 * bpow radix2 (-300))).
      - unfold u64. rewrite <- !bpow_plus. apply bpow_le. lia.
      - apply Rle_trans with (0.000001 * (u64 * bpow radix2 (-300))); [apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra|apply bpow_ge_0]|simpl;
          lra]|]. apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra. }
    assert (m4 : m <= bpow radix2 (-400)) by (apply Rle_trans with (bpow radix2 (-490)); [lra|apply bpow_le; lia]).
    assert (S4 : s <= 2 * bpow radix2 (-400)).
    { apply le_of_sqr; [assert (Z := bpow_ge_0 radix2 (-400)); lra|]. rewrite ss.
      assert (Q : m * m <= bpow radix2 (-400) * bpow radix2 (-400)) by (apply Rmult_le_compat; lra).
      assert (Eb : 4200 * eta64 <= bpow radix2 (-400) * bpow radix2 (-400)).
      { apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [lra|simpl; lra]|]. unfold eta64. rewrite <- !bpow_plus.
        apply bpow_le. lia. } lra. }
    eapply Rle_trans; [apply abs_sub|]. rewrite !Rabs_pos_eq by lra. lra. }
assert (y1 := Rle_abs (s - m)). set (root := rnd64 s).
assert (RE : Rabs (root - s) <= u64 * s + eta64) by (assert (X := merge.rnd64_err s); rewrite (Rabs_pos_eq s s0) in X; exact X).
assert (us : u64 * s <= u64 * (m + 0.00001 * D)) by (apply Rmult_le_compat_l; lra).
assert (r0 : 0 <= root) by now apply round_pos. assert (z1 := Rle_abs (root - s)).
set (dn := den (s2 t) (n row) eps). assert (Fr : F64 root) by apply merge.rnd64_F.
assert (DE : Rabs (dn - (root + eps)) <= u64 * Rabs (root + eps)) by (apply add64; assumption). rewrite (Rabs_pos_eq (root + eps)) in DE by lra.
assert (ur : u64 * (root + eps) <= u64 * (1.0001 * D)) by (apply Rmult_le_compat_l; unfold D in *; lra).
unfold recip_outside. fold dn. apply Rle_trans with ((5.05 + 1.001) * u64); [|lra]. apply recip_near; [lra| |].
- split; [apply Rle_trans with (2 := D0); apply bpow_le; lia|exact D1].
- replace (dn - D) with ((dn - (root + eps)) + ((root - s) + (s - m))) by (unfold D; ring). eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang (root - s) (s - m)). lra.
Qed.
End Row.
