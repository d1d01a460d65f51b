(* A binary format with denormals, rounding to nearest even: what the proofs use of Flocq. binary32 and binary64 are two such. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative Plus_error Sterbenz.
Local Open Scope R_scope.

Section Format.
Variables emin p : Z.
Hypothesis p_big : (8 <= p)%Z.
Hypothesis emin_neg : (emin < 0)%Z.

Definition fexp := FLT_exp emin p.
Definition F := generic_format radix2 fexp.
Definition rnd := round radix2 fexp (Znearest (fun x => negb (Z.even x))).
Definition u := bpow radix2 (- p).
Definition eta := bpow radix2 (emin - 1).

Lemma prec_pos : Prec_gt_0 p. Proof. unfold Prec_gt_0. lia. Qed.
Local Existing Instance prec_pos.
Lemma fexp_valid : Valid_exp fexp. Proof. apply FLT_exp_valid. exact prec_pos. Qed.
Local Existing Instance fexp_valid.

Lemma u_pos : 0 < u. Proof. apply bpow_gt_0. Qed.
Lemma eta_pos : 0 < eta. Proof. apply bpow_gt_0. Qed.
Lemma u_small : u <= / 256.
Proof. replace (/ 256) with (bpow radix2 (-8)) by (simpl; lra). apply bpow_le. lia. Qed.
Lemma u_ro_u : u_ro radix2 p = u.
Proof. unfold u_ro, u. rewrite bpow_plus. change (bpow radix2 1) with 2. field. Qed.
Lemma u_ro_le : u_ro radix2 p / (1 + u_ro radix2 p) <= u.
Proof.
rewrite u_ro_u. assert (H := u_pos). apply Rmult_le_reg_r with (1 + u); [lra|].
unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.

Lemma rnd_F x : F (rnd x).
Proof. apply generic_format_round; [exact fexp_valid|apply valid_rnd_N]. Qed.

Lemma rnd_id x : F x -> rnd x = x.
Proof. intro H. apply round_generic; [apply valid_rnd_N|exact H]. Qed.

Lemma F_0 : F 0. Proof. apply generic_format_0. Qed.
Lemma F_opp x : F x -> F (- x). Proof. apply generic_format_opp. Qed.

Lemma rnd_0 : rnd 0 = 0. Proof. apply rnd_id, F_0. Qed.

Lemma rnd_err x : Rabs (rnd x - x) <= u * Rabs x + eta.
Proof.
unfold rnd, fexp. assert (H := relative_error_N_FLT'_ex radix2 emin p ltac:(lia) (fun x => negb (Z.even x)) x).
destruct H as (e & t & He & Ht & _ & ->). assert (L := u_ro_le). 
replace (x * (1 + e) + t - x) with (e * x + t) by ring.
eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat.
- rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|lra].
- eapply Rle_trans; [exact Ht|]. unfold eta, Zminus. rewrite bpow_plus. change (bpow radix2 (-(1))) with (/ 2). right. ring.
Qed.

(* never both at once *)
Lemma rnd_err_or x : Rabs (rnd x - x) <= u * Rabs x \/ Rabs (rnd x - x) <= eta.
Proof.
unfold rnd, fexp. assert (H := relative_error_N_FLT'_ex radix2 emin p ltac:(lia) (fun x => negb (Z.even x)) x).
destruct H as (e & t & He & Ht & Z & ->). assert (L := u_ro_le). destruct (Rmult_integral _ _ Z) as [-> | ->].
- right. replace (x * (1 + 0) + t - x) with t by ring. eapply Rle_trans; [exact Ht|]. unfold eta, Zminus. rewrite bpow_plus.
  change (bpow radix2 (-(1))) with (/ 2). right. ring.
- left. replace (x * (1 + e) + 0 - x) with (e * x) by ring. rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|lra].
Qed.

Lemma F_least x : F x -> x <> 0 -> 2 * eta <= Rabs x.
Proof.
intros Fx Nz. destruct (Rle_or_lt (2 * eta) (Rabs x)) as [|L]; [assumption|]. exfalso.
apply Nz. unfold F in Fx. rewrite Fx in *. 
assert (E : 2 * eta = bpow radix2 emin) by (unfold eta, Zminus; rewrite bpow_plus; change (bpow radix2 (-(1))) with (/ 2); field).
rewrite E in L. unfold F2R in *. cbn [Fnum Fexp] in *. set (k := Ztrunc (scaled_mantissa radix2 fexp x)) in *.
  set (c := cexp radix2 fexp x) in *.
assert (C : (emin <= c)%Z) by (unfold c, cexp, fexp, FLT_exp; lia).
rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 c)) in L by apply bpow_ge_0.
assert (K : Rabs (IZR k) < 1).
{ apply Rmult_lt_reg_r with (bpow radix2 c); [apply bpow_gt_0|]. rewrite Rmult_1_l. eapply Rlt_le_trans; [exact L|now apply bpow_le]. }
rewrite <- abs_IZR in K. apply lt_IZR in K. replace k with 0%Z by lia. ring.
Qed.

(* sums of floats lose nothing among the denormals *)
Lemma add_err x y : F x -> F y -> Rabs (rnd (x + y) - (x + y)) <= u * Rabs (x + y).
Proof.
intros Fx Fy. unfold rnd, fexp.
destruct (@FLT_plus_error_N_ex radix2 emin p prec_pos (fun x => negb (Z.even x)) x y Fx Fy) as (e & He & ->).
assert (L := u_ro_le). replace ((x + y) * (1 + e) - (x + y)) with (e * (x + y)) by ring.
rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|lra].
Qed.

Lemma sub_err x y : F x -> F y -> Rabs (rnd (x - y) - (x - y)) <= u * Rabs (x - y).
Proof. intros Fx Fy. apply add_err; [exact Fx|now apply F_opp]. Qed.

Lemma mul_pow2_F x e : F x -> (emin <= e + cexp radix2 fexp x)%Z -> F (x * bpow radix2 e).
Proof.
intros Fx He. destruct (Req_dec x 0) as [->|Nz]; [rewrite Rmult_0_l; apply F_0|].
unfold F in *. rewrite Fx. unfold F2R at 1. simpl. rewrite Rmult_assoc, <- bpow_plus.
change (generic_format radix2 fexp (F2R (Float radix2 (Ztrunc (scaled_mantissa radix2 fexp x)) (cexp radix2 fexp x + e)))).
apply generic_format_F2R. intros _. unfold F2R. simpl. 
replace (IZR (Ztrunc (scaled_mantissa radix2 fexp x)) * bpow radix2 (cexp radix2 fexp x + e)) with (x * bpow radix2 e).
2: { rewrite Fx at 1. unfold F2R. simpl. rewrite bpow_plus. ring. }
unfold cexp. rewrite mag_mult_bpow by exact Nz. unfold cexp, fexp, FLT_exp in *. lia.
Qed.

(* what is rounded is never nearer to another float *)
Lemma rnd_nearest x g : F g -> Rabs (rnd x - x) <= Rabs (g - x).
Proof. intro Fg. assert (H := round_N_pt radix2 fexp (fun x => negb (Z.even x)) x). destruct H as (_ & H). now apply H. Qed.

Lemma rnd_le x y : x <= y -> rnd x <= rnd y.
Proof. intro H. apply round_le; [exact fexp_valid|apply valid_rnd_N|exact H]. Qed.

(* a difference that is not exact is at least half of the subtrahend (Sterbenz) *)
Lemma sub_exact_or x y : F x -> F y -> rnd (x - y) = x - y \/ Rabs y <= 2 * Rabs (x - y).
Proof.
intros Fx Fy.
destruct (Rle_or_lt (Rabs y) (2 * Rabs (x - y))) as [H|H]; [now right|left].
apply rnd_id.
assert (M : Monotone_exp fexp) by apply FLT_exp_monotone.
destruct (Rle_or_lt 0 y) as [P|P].
- apply sterbenz; [exact fexp_valid|exact M|exact Fx|exact Fy|].
  rewrite (Rabs_pos_eq y P) in H. destruct (Rabs_def2 (x - y) (y / 2)) as (A & B); lra.
- replace (x - y) with (- ((- x) - (- y))) by ring. apply F_opp.
  apply sterbenz; [exact fexp_valid|exact M|now apply F_opp|now apply F_opp|].
  rewrite (Rabs_left y P) in H. destruct (Rabs_def2 (x - y) (- y / 2)) as (A & B); lra.
Qed.

(* Multiples of a power of two: floats of some size are, and small ones are floats. *)
Definition mult (e : Z) (x : R) := exists k : Z, x = IZR k * bpow radix2 e.

Lemma mult_0 e : mult e 0. Proof. exists 0%Z. ring. Qed.
Lemma mult_add e x y : mult e x -> mult e y -> mult e (x + y).
Proof. intros (a & ->) (b & ->). exists (a + b)%Z. rewrite plus_IZR. ring. Qed.
Lemma mult_opp e x : mult e x -> mult e (- x).
Proof. intros (a & ->). exists (- a)%Z. rewrite opp_IZR. ring. Qed.
Lemma mult_sub e x y : mult e x -> mult e y -> mult e (x - y).
Proof. intros A B. apply mult_add; [exact A|now apply mult_opp]. Qed.
Lemma mult_mul e f x y : mult e x -> mult f y -> mult (e + f) (x * y).
Proof. intros (a & ->) (b & ->). exists (a * b)%Z. rewrite mult_IZR, bpow_plus. ring. Qed.
Lemma mult_le e f x : (f <= e)%Z -> mult e x -> mult f x.
Proof.
intros H (a & ->). exists (a * Zpower radix2 (e - f))%Z. rewrite mult_IZR, IZR_Zpower by lia.
rewrite Rmult_assoc, <- bpow_plus. do 2 f_equal. lia.
Qed.

Lemma mult_F e x : (emin <= e)%Z -> mult e x -> Rabs x <= bpow radix2 (p + e) -> F x.
Proof.
intros He (k & ->) H. apply generic_format_FLT.
destruct (Z.eq_dec (Z.abs k) (2 ^ p)) as [E|NE].
- exists (Float radix2 (Z.sgn k * 2 ^ (p - 1)) (e + 1)).
  + unfold F2R. simpl Fnum. simpl Fexp. replace k with (Z.sgn k * Z.abs k)%Z at 1 by (rewrite Z.mul_comm; apply Z.abs_sgn).
    rewrite E. replace (2 ^ p)%Z with (2 ^ (p - 1) * 2)%Z. 
    2: { rewrite Z.mul_comm, <- Z.pow_succ_r by lia. f_equal. lia. }
    rewrite !mult_IZR, (bpow_plus radix2 e 1). change (bpow radix2 1) with 2. ring.
  + simpl Fnum. rewrite Z.abs_mul. assert (Z.abs (Z.sgn k) <= 1)%Z by (destruct k; simpl; lia).
    assert (0 < 2 ^ (p - 1))%Z by (apply Z.pow_pos_nonneg; lia). rewrite (Z.abs_eq (2 ^ (p - 1))) by lia.
    assert (2 ^ (p - 1) < 2 ^ p)%Z by (apply Z.pow_lt_mono_r; lia). simpl (radix_val radix2). nia.
  + simpl Fexp. lia.
- exists (Float radix2 k e); [reflexivity| |exact He]. simpl Fnum.
  rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 e)) in H by apply bpow_ge_0. rewrite bpow_plus in H.
  apply Rmult_le_reg_r in H; [|apply bpow_gt_0]. rewrite <- abs_IZR, <- IZR_Zpower in H by lia. apply le_IZR in H.
  simpl (radix_val radix2) in *. lia.
Qed.

Lemma F_mult e x : F x -> (emin <= e)%Z -> bpow radix2 (e + p - 1) <= Rabs x \/ e = emin -> mult e x.
Proof.
intros Fx He H. destruct (Req_dec x 0) as [->|Nz]; [apply mult_0|].
apply mult_le with (cexp radix2 fexp x).
- unfold cexp, fexp, FLT_exp. destruct H as [H| ->]; [|lia]. apply mag_ge_bpow in H. lia.
- exists (Ztrunc (scaled_mantissa radix2 fexp x)). exact Fx.
Qed.

End Format.
