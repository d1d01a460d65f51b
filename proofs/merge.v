(* Pairs of doubles (sections 1 and 4 of docs/numerics.md): the error-free product, and what each line of a merge may lose. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative Plus_error Mult_error.
From Flocq Require Import Pff.Pff2Flocq.
Require Import format wide.
Local Open Scope R_scope.

Definition eta64 := bpow radix2 (-1075).
Lemma rnd64_err x : Rabs (rnd64 x - x) <= u64 * Rabs x + eta64.
Proof. exact (rnd_err emin64 53 ltac:(lia) x). Qed.
Lemma rnd64_F x : F64 (rnd64 x). Proof. exact (rnd_F emin64 53 ltac:(lia) x). Qed.
Lemma rnd64_opp x : rnd64 (- x) = - rnd64 x.
Proof. unfold rnd64, rnd. apply round_NE_opp. Qed.
Lemma add64 x y : F64 x -> F64 y -> Rabs (rnd64 (x + y) - (x + y)) <= u64 * Rabs (x + y).
Proof. exact (add_err emin64 53 ltac:(lia) x y). Qed.

(* -- product(a, b) = (p, e): p = a * b; e = fma(a, b, -p), or Dekker's way, with split -- *)
Definition pr a b := rnd64 (a * b).
Definition pe_fma a b := rnd64 (a * b - rnd64 (a * b)).
Definition split_h a := let c := rnd64 (a * 134217729) in rnd64 (c - rnd64 (c - a)).
Definition split_l a := rnd64 (a - split_h a).
Definition pe_dekker a b := let p := rnd64 (a * b) in
  rnd64 (rnd64 (rnd64 (rnd64 (rnd64 (split_h a * split_h b) - p) + rnd64 (split_h a * split_l b)) + rnd64 (split_l a * split_h b))
    + rnd64 (split_l a * split_l b)).
Definition normal_product a b := a * b = 0 \/ bpow radix2 (-969) <= Rabs (a * b).

Theorem product_fma a b : F64 a -> F64 b -> normal_product a b -> pr a b + pe_fma a b = a * b.
Proof.
intros Fa Fb H. unfold pe_fma. assert (E : F64 (a * b - rnd64 (a * b))).
{ destruct H as [Z|H].
  - rewrite Z. assert (E0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite E0, Rminus_0_r. apply F_0.
  - replace (a * b - rnd64 (a * b)) with (- (rnd64 (a * b) - a * b)) by ring. apply F_opp.
    assert (Pg : Prec_gt_0 53) by reflexivity.
    apply (mult_error_FLT radix2 emin64 53 (Znearest (fun x => negb (Z.even x))) a b Fa Fb). intros _. exact H. }
assert (I : rnd64 (a * b - rnd64 (a * b)) = a * b - rnd64 (a * b)) by exact (rnd_id emin64 53 _ E). rewrite I. unfold pr. ring.
Qed.

Lemma split_h_flocq a : split_h a = rnd64 (rnd64 (a - rnd64 (a * (bpow radix2 (53 - Z.div2 53) + 1))) + rnd64 (a * (bpow radix2 (53 -
  Z.div2 53) + 1))).
Proof.
unfold split_h. cbv zeta. replace (bpow radix2 (53 - Z.div2 53) + 1) with 134217729 by (simpl; lra).
set (c := rnd64 (a * 134217729)). f_equal. replace (a - c) with (- (c - a)) by ring. rewrite rnd64_opp. ring.
Qed.

Theorem product_dekker a b : F64 a -> F64 b -> normal_product a b -> pr a b + pe_dekker a b = a * b.
Proof.
intros Fa Fb H.
destruct (Dekker radix2 emin64 53 (fun x => negb (Z.even x)) ltac:(lia) ltac:(unfold emin64; lia) a b Fa Fb ltac:(now left)) as (X & _).
specialize (X ltac:(destruct H as [H|H]; [now left|right; exact H])).
fold fexp in X. change (round radix2 (FLT_exp emin64 53) (Znearest (fun x => negb (Z.even x)))) with rnd64 in X.
unfold pe_dekker, pr, split_l. cbv zeta. rewrite !split_h_flocq.
set (ha := rnd64 (rnd64 (a - rnd64 (a * (bpow radix2 (53 - Z.div2 53) + 1))) + rnd64 (a * (bpow radix2 (53 - Z.div2 53) + 1)))) in *.
set (hb := rnd64 (rnd64 (b - rnd64 (b * (bpow radix2 (53 - Z.div2 53) + 1))) + rnd64 (b * (bpow radix2 (53 - Z.div2 53) + 1)))) in *.
replace (rnd64 (ha * hb) - rnd64 (a * b)) with (- rnd64 (a * b) + rnd64 (ha * hb)) by ring.
symmetry. exact X.
Qed.

(* -- what the lines of a merge lose; lengths are those of their terms -- *)
Lemma abs3 a b c : Rabs (a + b + c) <= Rabs a + Rabs b + Rabs c.
Proof. eapply Rle_trans; [apply Rabs_triang|]. assert (H := Rabs_triang a b). lra. Qed.
Lemma rnd64_abs x y : F64 x -> F64 y -> Rabs (rnd64 (x + y)) <= (1 + u64) * Rabs (x + y).
Proof.
intros Fx Fy. assert (E := add64 x y Fx Fy). replace (rnd64 (x + y)) with ((rnd64 (x + y) - (x + y)) + (x + y)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* sum rounds to the nearest: what it leaves is no more than either term *)
Lemma two_e_small a b : F64 a -> F64 b -> Rabs (two_e a b) <= Rabs b.
Proof.
intros Fa Fb. replace (two_e a b) with (- (rnd64 (a + b) - (a + b))) by (assert (H := two_sum a b Fa Fb); unfold two_s in H; lra).
rewrite Rabs_Ropp. eapply Rle_trans; [apply (rnd_nearest emin64 53 ltac:(lia) (a + b) a Fa)|]. replace (a - (a + b)) with (- b) by ring.
  rewrite Rabs_Ropp. lra.
Qed.

(* the difference of two means of three doubles each *)
Section Difference.
Variables bm bl br am al ar : R.
Hypothesis Fs : F64 bm /\ F64 bl /\ F64 br /\ F64 am /\ F64 al /\ F64 ar.
Let d0 := two_s bm (- am).
Let e := two_e bm (- am).
Let c0 := two_s bl (- al).
Let f := two_e bl (- al).
Let c := two_s e c0.
Let g := two_e e c0.
Let d := two_s d0 c.
Let d_l := two_e d0 c.
Let d_lo := rnd64 (d_l + rnd64 (rnd64 (f + g) + rnd64 (br - ar))).

Theorem difference : Rabs (d + d_lo - ((bm + bl + br) - (am + al + ar))) <=
  u64 * (1.01 * Rabs d_l + 3.1 * (Rabs f + Rabs g) + 3.1 * (Rabs ar + Rabs br)).
Proof.
destruct Fs as (F1 & F2 & F3 & F4 & F5 & F6). assert (U := u64_val).
assert (N4 : F64 (- am)) by now apply F_opp. assert (N5 : F64 (- al)) by now apply F_opp. assert (N6 : F64 (- ar)) by now apply F_opp.
assert (S1 : d0 + e = bm + - am) by now apply two_sum. assert (S2 : c0 + f = bl + - al) by now apply two_sum.
assert (Fe : F64 e) by apply two_e_F. assert (Fc0 : F64 c0) by apply rnd64_F. assert (S3 : c + g = e + c0) by now apply two_sum.
assert (Fd0 : F64 d0) by apply rnd64_F. assert (Fc : F64 c) by apply rnd64_F. assert (S4 : d + d_l = d0 + c) by now apply two_sum.
assert (Ff : F64 f) by apply two_e_F. assert (Fg : F64 g) by apply two_e_F. assert (Fdl : F64 d_l) by apply two_e_F.
set (fg := rnd64 (f + g)) in *. set (rr := rnd64 (br - ar)) in *. set (t := rnd64 (fg + rr)) in *.
assert (E1 : Rabs (fg - (f + g)) <= u64 * Rabs (f + g)) by now apply add64.
assert (E2 : Rabs (rr - (br - ar)) <= u64 * Rabs (br - ar)) by (apply (add64 br (- ar)); assumption).
assert (E3 : Rabs (t - (fg + rr)) <= u64 * Rabs (fg + rr)) by (apply add64; apply rnd64_F).
assert (E4 : Rabs (d_lo - (d_l + t)) <= u64 * Rabs (d_l + t)) by (apply add64; [assumption|apply rnd64_F]).
assert (T1 := Rabs_triang f g). assert (T2 : Rabs (br - ar) <= Rabs br + Rabs ar) by (unfold Rminus; eapply Rle_trans;
  [apply Rabs_triang|rewrite Rabs_Ropp; lra]).
set (X := Rabs f + Rabs g) in *. set (Y := Rabs ar + Rabs br) in *.
assert (X0 : 0 <= X) by (assert (A := Rabs_pos f); assert (B := Rabs_pos g); unfold X; lra).
assert (Y0 : 0 <= Y) by (assert (A := Rabs_pos ar); assert (B := Rabs_pos br); unfold Y; lra).
assert (uX : 0 <= u64 * X <= 0.001 * X) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uY : 0 <= u64 * Y <= 0.001 * Y) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (B1 : u64 * Rabs (f + g) <= u64 * X) by (apply Rmult_le_compat_l; lra).
assert (B2 : u64 * Rabs (br - ar) <= u64 * Y) by (apply Rmult_le_compat_l; unfold Y; lra).
assert (A1 : Rabs fg <= 1.001 * X) by (replace fg with ((fg - (f + g)) + (f + g)) by ring; eapply Rle_trans; [apply Rabs_triang|lra]).
assert (A2 : Rabs rr <= 1.001 * Y) by (replace rr with ((rr - (br - ar)) + (br - ar)) by ring; eapply Rle_trans;
  [apply Rabs_triang|unfold Y in *; lra]).
assert (A3 : Rabs (fg + rr) <= 1.001 * X + 1.001 * Y) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (B3 : u64 * Rabs (fg + rr) <= u64 * (1.001 * X + 1.001 * Y)) by (apply Rmult_le_compat_l; lra).
assert (A4 : Rabs t <= 1.01 * X + 1.01 * Y) by (replace t with ((t - (fg + rr)) + (fg + rr)) by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (A5 : Rabs (d_l + t) <= Rabs d_l + (1.01 * X + 1.01 * Y)) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (B4 : u64 * Rabs (d_l + t) <= u64 * (Rabs d_l + (1.01 * X + 1.01 * Y))) by (apply Rmult_le_compat_l; lra).
assert (uD : 0 <= u64 * Rabs d_l) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
replace (d + d_lo - (bm + bl + br - (am + al + ar))) with ((d_lo - (d_l + t)) + ((t - (fg + rr)) + ((fg - (f + g)) + (rr - (br - ar))))) by
  lra.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.
End Difference.

(* the new mean, from the old one (three doubles) and a step (two) *)
Section Mean.
Variables m lo rest step step_lo : R.
Hypothesis Fs : F64 m /\ F64 lo /\ F64 rest /\ F64 step /\ F64 step_lo.
Let a := two_s m step.
Let e := two_e m step.
Let c1 := two_s e lo.
Let f := two_e e lo.
Let c2 := two_s c1 step_lo.
Let g := two_e c1 step_lo.
Let t := rnd64 (rnd64 (f + g) + rest).
Let c3 := two_s c2 t.
Let rest' := two_e c2 t.
Let m' := two_s a c3.
Let lo' := two_e a c3.

Theorem mean_update : Rabs (m' + lo' + rest' - (m + lo + rest + (step + step_lo))) <=
  5 * (u64 * u64) * (Rabs step + Rabs lo + Rabs step_lo) + 1.01 * u64 * Rabs rest.
Proof.
destruct Fs as (F1 & F2 & F3 & F4 & F5). assert (U := u64_val).
assert (S1 : a + e = m + step) by now apply two_sum. assert (Fe : F64 e) by apply two_e_F.
  assert (S2 : c1 + f = e + lo) by now apply two_sum.
assert (Fc1 : F64 c1) by apply rnd64_F. assert (S3 : c2 + g = c1 + step_lo) by now apply two_sum.
assert (Fc2 : F64 c2) by apply rnd64_F. assert (Ft : F64 t) by apply rnd64_F. assert (S4 : c3 + rest' = c2 + t) by now apply two_sum.
assert (Fa : F64 a) by apply rnd64_F. assert (Fc3 : F64 c3) by apply rnd64_F. assert (S5 : m' + lo' = a + c3) by now apply two_sum.
assert (Ff : F64 f) by apply two_e_F. assert (Fg : F64 g) by apply two_e_F.
assert (e1 : Rabs e <= Rabs step) by now apply two_e_small.
assert (f1 : Rabs f <= u64 * Rabs (e + lo)) by now apply two_e_le.
assert (g1 : Rabs g <= u64 * Rabs (c1 + step_lo)) by now apply two_e_le.
assert (T1 := Rabs_triang e lo). assert (T2 := Rabs_triang c1 step_lo).
assert (c1b : Rabs c1 <= (1 + u64) * Rabs (e + lo)) by now apply rnd64_abs.
set (Z := Rabs step + Rabs lo + Rabs step_lo). assert (P1 := Rabs_pos step). assert (P2 := Rabs_pos lo). assert (P3 := Rabs_pos step_lo).
assert (Z0 : 0 <= Z) by (unfold Z; lra).
assert (uZ : 0 <= u64 * Z <= 0.001 * Z) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (eZ : Rabs (e + lo) <= Z) by (unfold Z; lra).
assert (f2 : u64 * Rabs (e + lo) <= u64 * Z) by (apply Rmult_le_compat_l; lra).
assert (cZ : Rabs (c1 + step_lo) <= 1.001 * Z) by (unfold Z in *; lra).
assert (g2 : u64 * Rabs (c1 + step_lo) <= u64 * (1.001 * Z)) by (apply Rmult_le_compat_l; lra).
set (fg := rnd64 (f + g)) in *.
assert (E1 : Rabs (fg - (f + g)) <= u64 * Rabs (f + g)) by now apply add64.
assert (T3 := Rabs_triang f g).
assert (E1' : u64 * Rabs (f + g) <= u64 * (2.001 * (u64 * Z))) by (apply Rmult_le_compat_l; lra).
assert (E2 : Rabs (t - (fg + rest)) <= u64 * Rabs (fg + rest)) by (apply add64; [apply rnd64_F|assumption]).
assert (uuZ : 0 <= u64 * (u64 * Z) <= 0.001 * (u64 * Z)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (fgb : Rabs fg <= 2.01 * (u64 * Z)) by (replace fg with ((fg - (f + g)) + (f + g)) by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (T4 := Rabs_triang fg rest).
assert (E2' : u64 * Rabs (fg + rest) <= u64 * (2.01 * (u64 * Z) + Rabs rest)) by (apply Rmult_le_compat_l; lra).
replace (m' + lo' + rest' - (m + lo + rest + (step + step_lo))) with ((t - (fg + rest)) + (fg - (f + g))) by lra.
eapply Rle_trans; [apply Rabs_triang|]. assert (0 <= u64 * Rabs rest) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). lra.
Qed.
End Mean.

(* the new m2, from two and what the distance adds (three pairs) *)
Section M2.
Variables m2 m2_lo b2 b2_lo h h_lo : R.
Hypothesis Fs : F64 m2 /\ F64 m2_lo /\ F64 b2 /\ F64 b2_lo /\ F64 h /\ F64 h_lo.
Let a1 := two_s m2 b2.
Let e := two_e m2 b2.
Let a2 := two_s a1 h.
Let f := two_e a1 h.
Let t := rnd64 (rnd64 (rnd64 (e + f) + rnd64 (m2_lo + b2_lo)) + h_lo).
Let m2' := two_s a2 t.
Let m2_lo' := two_e a2 t.

Theorem m2_update : Rabs (m2' + m2_lo' - (m2 + m2_lo + (b2 + b2_lo) + (h + h_lo))) <=
  9 * (u64 * u64) * (Rabs m2 + Rabs b2 + Rabs h) + 3.1 * u64 * (Rabs m2_lo + Rabs b2_lo + Rabs h_lo).
Proof.
destruct Fs as (F1 & F2 & F3 & F4 & F5 & F6). assert (U := u64_val).
assert (S1 : a1 + e = m2 + b2) by now apply two_sum. assert (Fa1 : F64 a1) by apply rnd64_F.
  assert (S2 : a2 + f = a1 + h) by now apply two_sum.
assert (Fa2 : F64 a2) by apply rnd64_F. assert (Ft : F64 t) by apply rnd64_F. assert (S3 : m2' + m2_lo' = a2 + t) by now apply two_sum.
assert (Fe : F64 e) by apply two_e_F. assert (Ff : F64 f) by apply two_e_F.
assert (e1 : Rabs e <= u64 * Rabs (m2 + b2)) by now apply two_e_le. assert (f1 : Rabs f <= u64 * Rabs (a1 + h)) by now apply two_e_le.
assert (a1b : Rabs a1 <= (1 + u64) * Rabs (m2 + b2)) by now apply rnd64_abs.
assert (T1 := Rabs_triang m2 b2). assert (T2 := Rabs_triang a1 h).
set (Z := Rabs m2 + Rabs b2 + Rabs h). set (W := Rabs m2_lo + Rabs b2_lo + Rabs h_lo).
assert (P1 := Rabs_pos m2). assert (P2 := Rabs_pos b2). assert (P3 := Rabs_pos h).
assert (Q1 := Rabs_pos m2_lo). assert (Q2 := Rabs_pos b2_lo). assert (Q3 := Rabs_pos h_lo).
assert (Z0 : 0 <= Z) by (unfold Z; lra). assert (W0 : 0 <= W) by (unfold W; lra).
assert (uZ : 0 <= u64 * Z <= 0.001 * Z) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uW : 0 <= u64 * W <= 0.001 * W) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (mZ : Rabs (m2 + b2) <= Z) by (unfold Z; lra).
assert (e2 : u64 * Rabs (m2 + b2) <= u64 * Z) by (apply Rmult_le_compat_l; lra).
assert (aZ : Rabs (a1 + h) <= 1.001 * Z) by (unfold Z in *; lra).
assert (f2 : u64 * Rabs (a1 + h) <= u64 * (1.001 * Z)) by (apply Rmult_le_compat_l; lra).
assert (uuZ : 0 <= u64 * (u64 * Z) <= 0.001 * (u64 * Z)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuW : 0 <= u64 * (u64 * W) <= 0.001 * (u64 * W)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
set (ef := rnd64 (e + f)) in *. set (ll := rnd64 (m2_lo + b2_lo)) in *. set (s := rnd64 (ef + ll)) in *.
assert (E1 : Rabs (ef - (e + f)) <= u64 * Rabs (e + f)) by now apply add64.
assert (E2 : Rabs (ll - (m2_lo + b2_lo)) <= u64 * Rabs (m2_lo + b2_lo)) by now apply add64.
assert (E3 : Rabs (s - (ef + ll)) <= u64 * Rabs (ef + ll)) by (apply add64; apply rnd64_F).
assert (E4 : Rabs (t - (s + h_lo)) <= u64 * Rabs (s + h_lo)) by (apply add64; [apply rnd64_F|assumption]).
assert (T3 := Rabs_triang e f). assert (T4 := Rabs_triang m2_lo b2_lo). assert (T5 := Rabs_triang ef ll). assert (T6 := Rabs_triang s h_lo).
assert (B1 : u64 * Rabs (e + f) <= u64 * (2.001 * (u64 * Z))) by (apply Rmult_le_compat_l; lra).
assert (lW : Rabs (m2_lo + b2_lo) <= W - Rabs h_lo) by (unfold W; lra).
assert (B2 : u64 * Rabs (m2_lo + b2_lo) <= u64 * W) by (apply Rmult_le_compat_l; lra).
assert (efb : Rabs ef <= 2.01 * (u64 * Z)) by (replace ef with ((ef - (e + f)) + (e + f)) by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (llb : Rabs ll <= W - Rabs h_lo + u64 * W).
{ replace ll with ((ll - (m2_lo + b2_lo)) + (m2_lo + b2_lo)) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (B3 : u64 * Rabs (ef + ll) <= u64 * (2.01 * (u64 * Z) + 1.001 * W)) by (apply Rmult_le_compat_l; lra).
assert (sb : Rabs s <= 2.02 * (u64 * Z) + (W - Rabs h_lo) + 0.003 * W).
{ replace s with ((s - (ef + ll)) + (ef + ll)) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (B4 : u64 * Rabs (s + h_lo) <= u64 * (2.02 * (u64 * Z) + 1.003 * W)) by (apply Rmult_le_compat_l; lra).
replace (m2' + m2_lo' - (m2 + m2_lo + (b2 + b2_lo) + (h + h_lo)))
  with ((t - (s + h_lo)) + ((s - (ef + ll)) + ((ef - (e + f)) + (ll - (m2_lo + b2_lo))))) by lra.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.
End M2.
