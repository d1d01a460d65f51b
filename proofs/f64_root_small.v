(* Section 5 of f64, eps outside, of a variance below 2^-839: its root may be no normal pair, but eps is then all there is in den. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import sums format wide merge step f64_pairs f64_rstd f64_var f64_outside f64_eps f64_range.
Require constant32.
Local Open Scope R_scope.
Local Notation rnd64_err := merge.rnd64_err.
Local Notation rnd64_F := merge.rnd64_F.

Section Small.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* the root of a variance, as a pair *)
Section Root.
Variables var varl : R.
Hypothesis Fs : F64 var /\ F64 varl.
Hypothesis var_range : 0 <= var <= bpow radix2 (-838).
Hypothesis varl_small : Rabs varl <= 4.4 * (u64 * var) + 17 * eta64.
Let q := root64 var.
Let ql := root64_lo pe var varl.
Let s := sqrt var.

Lemma s_range : 0 <= s <= bpow radix2 (-419).
Proof.
split; [apply sqrt_pos|]. apply le_of_sqr; [apply bpow_ge_0|]. unfold s. rewrite sqrt_def by lra. rewrite square_pow. apply var_range.
Qed.
Lemma eta_537 : eta64 = bpow radix2 (-537) * bpow radix2 (-538). Proof. unfold eta64. rewrite <- bpow_plus. reflexivity. Qed.

Theorem root_small : 0 <= q <= bpow radix2 (-418) /\ Rabs ql <= 5 * (u64 * s) + bpow radix2 (-533) /\
  Rabs (q - s) <= u64 * s.
Proof.
destruct Fs as (F1 & F2). assert (U := u64_val). assert (e0 := eta64_pos). destruct s_range as (s0 & s1). assert (vs : s * s = var) by (apply sqrt_def; lra).
assert (P := bpow_gt_0 radix2 (-533)). assert (P4 := bpow_gt_0 radix2 (-419)).
assert (E418 : bpow radix2 (-418) = 2 * bpow radix2 (-419)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
destruct (Req_dec var 0) as [Z|Nz].
{ assert (Sz : s = 0) by (unfold s; rewrite Z; apply sqrt_0). assert (Qz : q = 0) by (unfold q, root64; fold s; rewrite Sz; apply constant32.Z64).
  assert (Lz : ql = 0).
  { unfold ql, root64_lo. fold q. rewrite Qz, Rplus_0_l, constant32.Z64. unfold Rdiv. rewrite Rinv_0, Rmult_0_r. apply constant32.Z64. }
  rewrite Qz, Lz, Sz, Rminus_0_r, Rmult_0_r, Rabs_R0. lra. }
assert (Lv : 2 * eta64 <= var).
{ assert (X := F_least emin64 53 var F1 Nz). rewrite Rabs_pos_eq in X by lra. exact X. }
assert (Ls : bpow radix2 (-537) <= s).
{ apply le_of_sqr; [exact s0|]. rewrite vs, square_pow. apply Rle_trans with (2 := Lv). unfold eta64.
  replace (2 * bpow radix2 (-1075)) with (bpow radix2 (-1074)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  right. reflexivity. }
assert (P5 := bpow_gt_0 radix2 (-537)). assert (Sp : 0 < s) by lra.
destruct (rel s (-537) ltac:(lia) Ls) as (e & E & Q). change (rnd64 s) with q in Q.
assert (e1 := Rle_abs e). assert (e2 := Rle_abs (- e)). rewrite Rabs_Ropp in e2.
assert (us : 0 <= u64 * s <= 0.0001 * s) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Qs : Rabs (q - s) <= u64 * s).
{ replace (q - s) with (e * s) by (rewrite Q; ring). rewrite Rabs_mult, (Rabs_pos_eq s) by lra. apply Rmult_le_compat_r; lra. }
assert (q1 := Rle_abs (q - s)). assert (q2 := Rle_abs (- (q - s))). rewrite Rabs_Ropp in q2.
split; [lra|]. split; [|exact Qs].
assert (uv : 0 <= u64 * var <= 0.0001 * var) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (qv : Rabs (q * q - var) <= 2.001 * (u64 * var)).
{ rewrite <- vs. replace (q * q - s * s) with ((q - s) * (q + s)) by ring. rewrite Rabs_mult, (Rabs_pos_eq (q + s)) by lra.
  apply Rle_trans with (u64 * s * (2.0001 * s)); [apply Rmult_le_compat; try lra; apply Rabs_pos|].
  assert (0 <= u64 * (s * s)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra. }
assert (w1 := Rle_abs (q * q - var)).
assert (Fq : F64 q) by apply rnd64_F. destruct (pe_ok q q Fq Fq) as (Fpl & _ & Pp). set (p := pr q q) in *. set (pl := pe q q) in *.
assert (qq0 : 0 <= q * q) by apply Rle_0_sqr.
assert (pE : Rabs (p - q * q) <= u64 * (q * q) + eta64) by (assert (X := rnd64_err (q * q)); rewrite (Rabs_pos_eq (q * q)) in X by lra; exact X).
assert (uqq : u64 * (q * q) <= u64 * (1.001 * var)) by (apply Rmult_le_compat_l; lra).
assert (plB : Rabs pl <= 1.002 * (u64 * var) + 8 * eta64) by (replace pl with ((p + pl - q * q) - (p - q * q)) by ring; eapply Rle_trans;
  [apply abs_sub|]; lra).
assert (vp : Rabs (var - p) <= 3.01 * (u64 * var) + eta64).
{ replace (var - p) with (- (q * q - var) - (p - q * q)) by ring. eapply Rle_trans; [apply abs_sub|]. rewrite Rabs_Ropp. lra. }
assert (half : forall x, u64 * Rabs x <= 0.001 * Rabs x) by (intro x; apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
set (z1 := rnd64 (var - p)). assert (E1 : Rabs (z1 - (var - p)) <= u64 * Rabs (var - p)) by (apply sub64; [exact F1|apply rnd64_F]).
assert (Z1 := of_err _ _ _ E1). assert (h1 := half (var - p)). assert (t1 := abs_sub z1 pl).
set (z2 := rnd64 (z1 - pl)). assert (E2 : Rabs (z2 - (z1 - pl)) <= u64 * Rabs (z1 - pl)) by (apply sub64; [apply rnd64_F|exact Fpl]).
assert (Z2 := of_err _ _ _ E2). assert (h2 := half (z1 - pl)). assert (t2 := Rabs_triang z2 varl).
set (z3 := rnd64 (z2 + varl)). assert (E3 : Rabs (z3 - (z2 + varl)) <= u64 * Rabs (z2 + varl)) by (apply add64; [apply rnd64_F|exact F2]).
assert (Z3 := of_err _ _ _ E3). assert (h3 := half (z2 + varl)). assert (z3B : Rabs z3 <= 9 * (u64 * var) + 27 * eta64) by lra.
set (tt := rnd64 (q + q)). assert (ttE : tt = q + q).
{ apply (rnd_id emin64 53). replace (q + q) with (q * bpow radix2 1) by (change (bpow radix2 1) with 2; ring).
  apply (mul_pow2_F emin64 53); [exact Fq|]. unfold cexp, fexp, FLT_exp. lia. }
assert (es : eta64 <= bpow radix2 (-538) * s) by (rewrite eta_537, Rmult_comm; apply Rmult_le_compat_l; [apply bpow_ge_0|exact Ls]).
assert (D : Rabs (z3 / tt) <= 4.6 * (u64 * s) + 14 * bpow radix2 (-538)).
{ rewrite ttE. unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ (q + q))) by (left; apply Rinv_0_lt_compat; lra).
  apply Rmult_le_reg_r with (q + q); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. eapply Rle_trans; [exact z3B|].
  assert (P6 := bpow_gt_0 radix2 (-538)). assert (H := Rmult_le_compat_l (4.6 * (u64 * s) + 14 * bpow radix2 (-538)) (1.9998 * s) (q + q)
    ltac:(lra) ltac:(lra)). assert (0 <= u64 * s * s) by (apply Rmult_le_pos; lra). rewrite <- vs. lra. }
assert (RL := rnd64_err (z3 / tt)). change (rnd64 (z3 / tt)) with ql in RL. assert (Y := of_err _ _ _ RL).
assert (h4 := half (z3 / tt)). assert (E533 : bpow radix2 (-533) = 32 * bpow radix2 (-538)) by (replace 32 with (bpow radix2 5) by (simpl;
  lra); now rewrite <- bpow_plus).
assert (e538 : eta64 <= bpow radix2 (-538)) by (apply bpow_le; lia). lra.
Qed.
End Root.

(* den and rstd of a variance that vanishes beside eps: of V2 + eps or what is next to it *)
Section Den.
Variables m2 m2l cols eps : R.
Hypothesis Fs : F64 m2 /\ F64 m2l /\ F64 cols /\ F64 eps.
Hypothesis m2_pos : 0 <= m2.
Hypothesis m2l_small : Rabs m2l <= 1.01 * u64 * Rabs m2.
Hypothesis cols1 : 1 <= cols.
Hypothesis eps_pos : 0 <= eps.
Let V2 := (m2 + m2l) / cols.
Hypothesis V2_small : V2 < bpow radix2 (-840).
Hypothesis ordinary : bpow radix2 (-800) <= V_out m2 cols eps <= bpow radix2 800.
(* m: the exact root *)
Variable m : R.
Hypothesis m_pos : 0 <= m.
Hypothesis m_near : Rabs (V2 - m * m) <= 5 * (u64 * (m * m)) + 4098 * eta64.

Theorem R1_out_small : exists X, 0 <= X /\ Rabs (R1_out pe m2 m2l cols eps * (X + eps) - 1) <= 200 * (u64 * u64) /\
  Rabs (rs_out pe m2 m2l cols eps - R1_out pe m2 m2l cols eps) <= u64 * R1_out pe m2 m2l cols eps /\ 0 < R1_out pe m2 m2l cols eps /\
  Rabs (X - m) <= 0.001 * (u64 * (m + eps)) /\ bpow radix2 (-402) <= m + eps.
Proof.
destruct Fs as (F1 & F2 & F3 & F4). assert (U := u64_val). assert (e0 := eta64_pos).
destruct (quotient pe pe_ok m2 m2l cols (conj F1 (conj F2 F3)) cols1 m2l_small) as (Q1 & Q2 & Q3). fold V2 in Q1.
assert (Qe := quo_err m2 cols cols1). rewrite (Rabs_pos_eq m2) in * by assumption.
set (w := m2 / cols) in *. set (v := quo m2 cols) in *. set (vl := quo_lo pe m2 m2l cols) in *.
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra).
assert (uw : 0 <= u64 * w <= 0.00001 * w) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuw : 0 <= u64 * (u64 * w) <= 0.00001 * (u64 * w)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Vw : Rabs (V2 - w) <= 1.01 * (u64 * w)).
{ replace (V2 - w) with (m2l * / cols) by (unfold V2, w; field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra.
  assert (Rabs m2l * / cols <= 1.01 * u64 * m2 * / cols) by (apply Rmult_le_compat_r; lra). unfold w, Rdiv. lra. }
assert (v1 := Rle_abs (V2 - w)). assert (v2 := Rle_abs (- (V2 - w))). rewrite Rabs_Ropp in v2.
assert (q1 := Rle_abs (v - w)). assert (q2 := Rle_abs (- (v - w))). rewrite Rabs_Ropp in q2.
assert (eb : eta64 <= 0.001 * bpow radix2 (-840)).
{ apply Rle_trans with (bpow radix2 (-20) * bpow radix2 (-840)); [unfold eta64; rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra]. }
assert (E838 : bpow radix2 (-838) = 4 * bpow radix2 (-840)) by (change 4 with (bpow radix2 2); now rewrite <- bpow_plus).
assert (v0 : 0 <= v) by (unfold v, quo; rewrite <- constant32.Z64; apply (rnd_le emin64 53 ltac:(lia)); exact w0).
assert (uwv : u64 * w <= u64 * (1.001 * v + 1.001 * eta64)) by (apply Rmult_le_compat_l; lra).
assert (ue : u64 * eta64 <= 0.001 * eta64) by (apply Rmult_le_compat_r; lra).
assert (Fv : F64 v) by apply rnd64_F. assert (Fvl : F64 vl) by apply rnd64_F.
assert (V83 : 0 <= v <= bpow radix2 (-838)) by lra. assert (vls : Rabs vl <= 4.4 * (u64 * v) + 17 * eta64) by lra.
destruct (root_small v vl (conj Fv Fvl) V83 vls) as (R1 & R2 & R3). destruct (s_range v V83) as (s0 & s1).
set (s := sqrt v) in *. assert (vs : s * s = v) by (apply sqrt_def; lra). set (q := root64 v) in *. set (ql := root64_lo pe v vl) in *.
assert (Dn := den_in m2 cols eps eps_pos ordinary). change (den m2 cols eps) with (den64 v eps) in Dn. set (dn := den64 v eps) in *.
assert (E : Rabs (dn - (q + eps)) <= u64 * Rabs (q + eps)) by (apply add64; [apply rnd64_F|exact F4]).
rewrite (Rabs_pos_eq (q + eps)) in E by lra. assert (uqe : u64 * (q + eps) <= 0.001 * (q + eps)) by (apply Rmult_le_compat_r; lra).
assert (d1 := Rle_abs (dn - (q + eps))).
(* powers of two against each other *)
assert (P := bpow_gt_0 radix2 (-537)). assert (P1 := bpow_gt_0 radix2 (-519)). set (T := bpow radix2 (-402)).
assert (T0 : 0 < T) by apply bpow_gt_0. assert (E401 : bpow radix2 (-401) = 2 * T) by (unfold T; change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
assert (E418 : bpow radix2 (-418) = bpow radix2 (-16) * T) by (unfold T; now rewrite <- bpow_plus).
assert (E419 : bpow radix2 (-419) = bpow radix2 (-17) * T) by (unfold T; now rewrite <- bpow_plus).
assert (t16 : bpow radix2 (-16) * T <= 0.0000153 * T) by (apply Rmult_le_compat_r; [lra|simpl; lra]).
assert (t17 : bpow radix2 (-17) * T <= 0.0000077 * T) by (apply Rmult_le_compat_r; [lra|simpl; lra]).
assert (eT : T <= eps) by lra.
assert (small : forall k, (k <= -519)%Z -> bpow radix2 k <= u64 * (u64 * (0.001 * T))).
{ intros k Hk. apply Rle_trans with (u64 * (u64 * (bpow radix2 (-11) * T))).
  - unfold u64, T. rewrite <- !bpow_plus. apply bpow_le. lia.
  - do 2 (apply Rmult_le_compat_l; [lra|]). apply Rmult_le_compat_r; [lra|simpl; lra]. }
assert (uT : 0 <= u64 * T) by (apply Rmult_le_pos; lra). assert (uuT : 0 <= u64 * (u64 * T)) by (apply Rmult_le_pos; lra).
assert (uuT2 : u64 * (u64 * T) <= 0.00001 * (u64 * T)) by (apply Rmult_le_compat_r; lra).
assert (k533 := small (-533)%Z ltac:(lia)). assert (k525 := small (-525)%Z ltac:(lia)).
assert (us : u64 * s <= u64 * (0.0000077 * T)) by (apply Rmult_le_compat_l; lra). assert (us0 : 0 <= u64 * s) by (apply Rmult_le_pos; lra).
assert (udn : u64 * (1.9 * T) <= u64 * dn) by (apply Rmult_le_compat_l; lra).
assert (uudn : u64 * (u64 * (1.9 * T)) <= u64 * (u64 * dn)) by (apply Rmult_le_compat_l; lra).
assert (uss : u64 * s <= 0.001 * s) by (apply Rmult_le_compat_r; lra).
assert (r1 := Rle_abs (q - s)). assert (r2 := Rle_abs (- (q - s))). rewrite Rabs_Ropp in r2. assert (l1 := Rle_abs (- ql)). rewrite Rabs_Ropp in l1.
(* the root beside m *)
assert (mm := Rle_0_sqr m). unfold Rsqr in mm. assert (umm : u64 * (m * m) <= 0.001 * (m * m)) by (apply Rmult_le_compat_r; lra).
assert (Vm : Rabs (s * s - m * m) <= 8 * (u64 * (s * s + m * m)) + 4200 * eta64).
{ rewrite vs. replace (v - m * m) with ((v - w) - (V2 - w) + (V2 - m * m)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (Y := abs_sub (v - w) (V2 - w)). assert (0 <= u64 * v) by (apply Rmult_le_pos; lra). assert (0 <= u64 * (m * m)) by (apply Rmult_le_pos; lra). lra. }
assert (sm : Rabs (s - m) <= 8 * (u64 * (s + m)) + bpow radix2 (-525)).
{ destruct (Rle_or_lt (s + m) (bpow radix2 (-525))) as [Sm|Lg].
  - assert (0 <= u64 * (s + m)) by (apply Rmult_le_pos; lra). eapply Rle_trans; [apply abs_sub|]. rewrite !Rabs_pos_eq by lra. lra.
  - assert (P5 := bpow_gt_0 radix2 (-525)). apply Rmult_le_reg_r with (s + m); [lra|]. rewrite <- (Rabs_pos_eq (s + m)) at 1 by lra.
    rewrite <- Rabs_mult. replace ((s - m) * (s + m)) with (s * s - m * m) by ring. eapply Rle_trans; [exact Vm|].
    assert (B1 : bpow radix2 (-525) * bpow radix2 (-525) <= bpow radix2 (-525) * (s + m)) by (apply Rmult_le_compat_l; lra).
    rewrite square_pow in B1. assert (B2 : 4200 * eta64 <= bpow radix2 (-1050)).
    { apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [lra|simpl; lra]|]. unfold eta64. rewrite <- bpow_plus.
      apply bpow_le. lia. }
    change (-525 + -525)%Z with (-1050)%Z in B1. assert (0 <= s * m) by (apply Rmult_le_pos; lra).
    assert (u64 * (s * s + m * m) <= u64 * ((s + m) * (s + m))) by (apply Rmult_le_compat_l; lra). lra. }
assert (usm : u64 * (s + m) <= 0.001 * (s + m)) by (apply Rmult_le_compat_r; lra).
assert (m1 := Rle_abs (- (s - m))). rewrite Rabs_Ropp in m1. assert (uT1 : u64 * T <= 0.001 * T) by (apply Rmult_le_compat_r; lra). assert (uu1 : u64 * (u64 * (0.001 * T)) <= 0.00001 * T) by lra.
assert (mT : m <= 0.00004 * T) by lra.
assert (usmT : u64 * (s + m) <= u64 * (0.00005 * T)) by (apply Rmult_le_compat_l; lra).
set (X := Rmax 0 (q + ql)). assert (X0 : 0 <= X) by apply Rmax_l.
assert (Xn : Rabs (q + ql - X) <= bpow radix2 (-533)).
{ unfold X. destruct (Rle_or_lt 0 (q + ql)) as [C|C]; [rewrite Rmax_right by lra; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; apply bpow_ge_0|].
  rewrite Rmax_left by lra. rewrite Rminus_0_r, Rabs_left by lra. lra. }
exists X. assert (Fin : Rabs (X - m) <= 0.001 * (u64 * (m + eps))).
{ replace (X - m) with (- (q + ql - X) + ((q - s) + ql + (s - m))) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (Y1 := Rabs_triang ((q - s) + ql) (s - m)). assert (Y2 := Rabs_triang (q - s) ql).
  assert (u64 * T <= u64 * (m + eps)) by (apply Rmult_le_compat_l; lra). lra. }
assert (Nx : Rabs (q + ql - X) <= 60.1 * (u64 * u64 * dn)).
{ replace (u64 * u64 * dn) with (u64 * (u64 * dn)) by ring. lra. }
assert (Lo : Rabs ql <= 4.7 * (u64 * dn)) by lra.
destruct (outside_of pe pe_ok v vl eps (conj Fv (conj Fvl F4)) eps_pos Dn X X0 (proj1 R1) Nx Lo) as (O1 & O2 & O3).
split; [exact X0|]. split; [exact O1|]. split; [exact O2|]. split; [exact O3|]. split; [exact Fin|fold T; lra].
Qed.
End Den.
End Small.
