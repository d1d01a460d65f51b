(* Section 5 for f64 with LN_EPS_OUTSIDE: 1 / (sqrt(var) + eps), root and sum as pairs, of a double and one correction. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative.
Require Import sums format wide merge step rstd f64_pairs f64_rstd f64_var.
Local Open Scope R_scope.
Local Notation rnd64_err := merge.rnd64_err.
Local Notation rnd64_F := merge.rnd64_F.

Section Outside.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* -- the root as a pair -- *)
Section Root.
Variables var varl : R.
Hypothesis Fs : F64 var /\ F64 varl.
Hypothesis var_big : bpow radix2 (-850) <= var.
Hypothesis varl_small : Rabs varl <= 4.4 * (u64 * var).
Definition root64 := rnd64 (sqrt var).
Definition root64_lo := rnd64 (rnd64 (rnd64 (rnd64 (var - pr root64 root64) - pe root64 root64) + varl) / rnd64 (root64 + root64)).
Let q := root64.

Lemma root_rel : exists e, Rabs e <= u64 /\ q = sqrt var * (1 + e) /\ bpow radix2 (-426) <= q.
Proof.
assert (Ur := u64_val). assert (S : bpow radix2 (-425) <= sqrt var).
{ replace (bpow radix2 (-425)) with (sqrt (bpow radix2 (-850))); [now apply sqrt_le_1_alt|]. replace (-850)%Z with (2 * -425)%Z by lia.
  apply sqrt_bpow. }
destruct (rel (sqrt var) (-425) ltac:(lia) S) as (e & E & X). exists e. split; [exact E|]. split; [exact X|].
unfold q, root64. rewrite X. assert (e1 := Rle_abs (- e)). rewrite Rabs_Ropp in e1.
replace (bpow radix2 (-426)) with (bpow radix2 (-425) * / 2) by (change (/ 2) with (bpow radix2 (-1)); now rewrite <- bpow_plus).
apply Rmult_le_compat; [apply bpow_ge_0|lra|exact S|lra].
Qed.

Theorem root_pair : Rabs (q + root64_lo - sqrt (var + varl)) <= 60 * (u64 * (u64 * q)) /\ Rabs root64_lo <= 4.6 * (u64 * q) /\ bpow radix2
  (-426) <= q /\
  0.999 * q <= sqrt (var + varl) <= 1.001 * q.
Proof.
destruct Fs as (F1 & F2). assert (Ur := u64_val). destruct root_rel as (e & E & Q & L). assert (P := bpow_gt_0 radix2 (-426)).
  assert (Pv := bpow_gt_0 radix2 (-850)).
assert (qp : 0 < q) by lra. set (Y := q * q). assert (Yp : 0 < Y) by now apply Rmult_lt_0_compat.
assert (vs : sqrt var * sqrt var = var) by (apply sqrt_def; lra).
assert (e1 := Rle_abs e). assert (e2 := Rle_abs (- e)). rewrite Rabs_Ropp in e2.
assert (YE : Y = var * ((1 + e) * (1 + e))) by (unfold Y; rewrite Q; transitivity (sqrt var * sqrt var * ((1 + e) * (1 + e)));
  [ring|now rewrite vs]).
assert (ee : 0 <= e * e <= 0.0001 * u64).
{ split; [apply Rle_0_sqr|]. replace (e * e) with (Rabs e * Rabs e) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; lra. }
assert (uv : 0 <= u64 * var <= 0.00001 * var) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (vY : Rabs (var - Y) <= 2.001 * (u64 * var)).
{ rewrite YE. replace (var - var * ((1 + e) * (1 + e))) with (- (var * (2 * e + e * e))) by ring.
  rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq var) by lra.
  assert (Rabs (2 * e + e * e) <= 2.001 * u64) by (eapply Rle_trans; [apply Rabs_triang|];
    rewrite Rabs_mult, (Rabs_pos_eq 2), (Rabs_pos_eq (e * e)) by lra; lra).
  assert (var * Rabs (2 * e + e * e) <= var * (2.001 * u64)) by (apply Rmult_le_compat_l; lra). lra. }
assert (v1 := Rle_abs (var - Y)). assert (v2 := Rle_abs (- (var - Y))). rewrite Rabs_Ropp in v2.
assert (vY2 : var <= 1.0001 * Y) by lra.
assert (uY : 0 <= u64 * Y <= 0.00001 * Y) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uvY : u64 * var <= u64 * (1.0001 * Y)) by (apply Rmult_le_compat_l; lra).
set (uu := u64 * u64). assert (uuE : u64 * u64 = uu) by reflexivity. assert (uu0 : 0 <= uu) by (apply Rmult_le_pos; lra).
assert (uuY : 0 <= uu * Y <= 0.00001 * (u64 * Y)) by (split; [apply Rmult_le_pos; lra|unfold uu; rewrite Rmult_assoc;
  apply Rmult_le_compat_r; lra]).
assert (YL : bpow radix2 (-852) <= Y) by (replace (bpow radix2 (-852)) with (bpow radix2 (-426) * bpow radix2 (-426)) by (now rewrite <-
  bpow_plus); apply Rmult_le_compat; lra).
assert (eY : eta64 <= 0.0001 * (uu * Y)) by (unfold uu; rewrite Rmult_assoc; apply (eta_le (-852)); [lia|exact YL]).
assert (eq_ : eta64 <= 0.0001 * (uu * q)) by (unfold uu; rewrite Rmult_assoc; apply (eta_le (-426)); [lia|exact L]).
assert (e0 := eta64_pos).
assert (Fq : F64 q) by apply rnd64_F. destruct (pe_ok q q Fq Fq) as (Fpl & _ & Pp). set (p := pr q q) in *. set (pl := pe q q) in *.
  fold Y in Pp.
assert (pE : Rabs (p - Y) <= u64 * Y + eta64) by (assert (X := rnd64_err Y); rewrite (Rabs_pos_eq Y) in X by lra; exact X).
assert (vp : Rabs (var - p) <= 3.1 * (u64 * Y)).
{ replace (var - p) with ((var - Y) - (p - Y)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
assert (plB : Rabs pl <= 1.01 * (u64 * Y)) by (replace pl with ((p + pl - Y) - (p - Y)) by ring; eapply Rle_trans; [apply abs_sub|]; lra).
assert (by_u : forall x y, Rabs x <= y * (u64 * Y) -> u64 * Rabs x <= y * (uu * Y)).
{ intros x y H. assert (u64 * Rabs x <= u64 * (y * (u64 * Y))) by (apply Rmult_le_compat_l; lra). unfold uu. lra. }
set (z1 := rnd64 (var - p)). assert (E1 : Rabs (z1 - (var - p)) <= u64 * Rabs (var - p)) by (apply sub64; [exact F1|apply rnd64_F]).
assert (w1 := by_u _ _ vp). assert (Z1 := of_err _ _ _ E1). assert (t1 := abs_sub z1 pl).
set (z2 := rnd64 (z1 - pl)). assert (E2 : Rabs (z2 - (z1 - pl)) <= u64 * Rabs (z1 - pl)) by (apply sub64; [apply rnd64_F|exact Fpl]).
assert (w2 := by_u (z1 - pl) 4.2 ltac:(lra)). assert (Z2 := of_err _ _ _ E2). assert (t2 := Rabs_triang z2 varl).
set (z3 := rnd64 (z2 + varl)). assert (E3 : Rabs (z3 - (z2 + varl)) <= u64 * Rabs (z2 + varl)) by (apply add64; [apply rnd64_F|exact F2]).
assert (w3 := by_u (z2 + varl) 8.7 ltac:(lra)). assert (Z3 := of_err _ _ _ E3).
set (g := var + varl - Y). assert (gB : Rabs g <= 6.5 * (u64 * Y)).
{ unfold g. replace (var + varl - Y) with ((var - Y) + varl) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (zg : Rabs (z3 - g) <= 16.2 * (uu * Y)).
{ unfold g. replace (z3 - (var + varl - Y)) with ((z3 - (z2 + varl)) + ((z2 - (z1 - pl)) + ((z1 - (var - p)) - (p + pl - Y)))) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (z2 - (z1 - pl)) ((z1 - (var - p)) - (p + pl - Y))).
  assert (T2 := abs_sub (z1 - (var - p)) (p + pl - Y)). lra. }
(* the exact root *)
assert (l1 := Rle_abs varl). assert (l2 := Rle_abs (- varl)). rewrite Rabs_Ropp in l2.
set (X := sqrt (var + varl)). assert (XX : X * X = var + varl) by (apply sqrt_def; lra). assert (X0 : 0 < X) by (apply sqrt_lt_R0; lra).
assert (g1 := Rle_abs g). assert (g2 := Rle_abs (- g)). rewrite Rabs_Ropp in g2.
assert (Xg : (X - q) * (X + q) = g) by (unfold g, Y; lra).
assert (Xq : 0.999 * q <= X <= 1.001 * q).
{ assert (G : var + varl = Y + g) by (unfold g; ring). split; apply le_of_sqr; unfold Y in *; lra. }
assert (uq : 0 <= u64 * q) by (apply Rmult_le_pos; lra).
assert (Xd : Rabs (X - q) <= 3.3 * (u64 * q)).
{ apply Rmult_le_reg_r with (X + q); [lra|]. rewrite <- (Rabs_pos_eq (X + q)) at 1 by lra. rewrite <- Rabs_mult, Xg. eapply Rle_trans;
  [exact gB|].
  replace (6.5 * (u64 * Y)) with (6.5 * (u64 * q) * q) by (unfold Y; ring).
    assert (6.5 * (u64 * q) * q <= 3.3 * (u64 * q) * (1.99 * q)) by (assert (0 <= u64 * q * q) by (apply Rmult_le_pos; lra); lra).
  assert (3.3 * (u64 * q) * (1.99 * q) <= 3.3 * (u64 * q) * (X + q)) by (apply Rmult_le_compat_l; lra). lra. }
(* the quotient by root + root *)
set (tt := rnd64 (q + q)). assert (ttE : tt = q + q).
{ apply (rnd_id emin64 53). replace (q + q) with (q * bpow radix2 1) by (change (bpow radix2 1) with 2; ring).
  apply (mul_pow2_F emin64 53); [exact Fq|]. unfold cexp, fexp, FLT_exp. lia. }
assert (RL : Rabs (root64_lo - z3 / tt) <= u64 * Rabs (z3 / tt) + eta64) by apply rnd64_err.
assert (dv : forall x y, Rabs x <= y * Y -> Rabs (x / tt) <= y / 2 * q).
{ intros x y H. rewrite ttE. unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ (q + q))) by (left; apply Rinv_0_lt_compat; lra).
  apply Rmult_le_reg_r with (q + q); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    replace (y * / 2 * q * (q + q)) with (y * Y) by (unfold Y; field). exact H. }
assert (d3 := dv z3 (8.8 * u64) ltac:(lra)). assert (dzg := dv (z3 - g) (16.2 * uu) ltac:(lra)).
assert (u3 : u64 * Rabs (z3 / tt) <= u64 * (8.8 * u64 / 2 * q)) by (apply Rmult_le_compat_l; lra).
assert (uuq : 0 <= uu * q) by (apply Rmult_le_pos; lra). assert (uuq2 : uu * q <= 0.00001 * (u64 * q)) by (unfold uu; rewrite Rmult_assoc;
  apply Rmult_le_compat_r; lra).
assert (gq : Rabs (g / tt - (X - q)) <= 6 * (uu * q)).
{ replace (g / tt - (X - q)) with ((X - q) * (X - q) / tt) by (rewrite ttE, <- Xg; field; lra).
  assert (H : Rabs ((X - q) * (X - q)) <= 10.9 * uu * Y).
  { rewrite Rabs_mult. assert (Rabs (X - q) * Rabs (X - q) <= 3.3 * (u64 * q) * (3.3 * (u64 * q))) by (apply Rmult_le_compat;
    try apply Rabs_pos; assumption). replace (3.3 * (u64 * q) * (3.3 * (u64 * q))) with (10.89 * (uu * Y)) in H by (unfold uu, Y; lra).
      lra. }
  assert (Z := dv _ _ H). lra. }
split; [|split; [|split; [exact L|exact Xq]]].
- replace (q + root64_lo - X) with ((root64_lo - z3 / tt) + ((z3 - g) / tt + (g / tt - (X - q)))) by (unfold Rdiv; ring).
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang ((z3 - g) / tt) (g / tt - (X - q))).
    replace (60 * (u64 * (u64 * q))) with (60 * (uu * q)) by (unfold uu; ring).
  replace (u64 * (8.8 * u64 / 2 * q)) with (4.4 * (uu * q)) in u3 by (unfold uu; lra). lra.
- assert (Z := of_err _ _ _ RL). replace (u64 * (8.8 * u64 / 2 * q)) with (4.4 * (uu * q)) in u3 by (unfold uu; lra). lra.
Qed.
End Root.

(* -- the sum and its reciprocal -- *)
Section Den.
Variables var varl eps : R.
Hypothesis Fs : F64 var /\ F64 varl /\ F64 eps.
Hypothesis eps_pos : 0 <= eps.
Definition den64 := two_s (root64 var) eps.
Definition den64_lo := rnd64 (two_e (root64 var) eps + root64_lo var varl).
Definition r_out := rnd64 (1 / den64).
Definition cor_out := rnd64 (rnd64 (rnd64 (1 - pr den64 r_out) - pe den64 r_out) - rnd64 (den64_lo * r_out)).
Definition rstd_sum_out := r_out + rnd64 (r_out * cor_out).
Definition rstd_out := rnd64 rstd_sum_out.
Hypothesis den_range : bpow radix2 (-401) <= den64 <= bpow radix2 401.

(* of a root X that both doubles together are near enough to *)
Section Of.
Variable X : R.
Hypothesis X_pos : 0 <= X.
Hypothesis root_pos : 0 <= root64 var.
Hypothesis near_X : Rabs (root64 var + root64_lo var varl - X) <= 60.1 * (u64 * u64 * den64).
Hypothesis lo_den : Rabs (root64_lo var varl) <= 4.7 * (u64 * den64).
Theorem outside_of : Rabs (rstd_sum_out * (X + eps) - 1) <= 200 * (u64 * u64) /\ Rabs (rstd_out - rstd_sum_out) <= u64 * rstd_sum_out /\
  0 < rstd_sum_out.
Proof.
destruct Fs as (F1 & F2 & F3). assert (Ur := u64_val). assert (Q0 := root_pos). assert (RP' := near_X). assert (RL := lo_den).
set (q := root64 var) in *. set (ql := root64_lo var varl) in *. assert (Pd := bpow_gt_0 radix2 (-401)). set (dn := den64) in *.
assert (Fq : F64 q) by apply rnd64_F. assert (Fql : F64 ql) by apply rnd64_F. assert (Fd : F64 dn) by apply rnd64_F.
assert (TS : dn + two_e q eps = q + eps) by now apply two_sum. set (e := two_e q eps) in *. assert (Fe : F64 e) by apply two_e_F.
assert (Eb : Rabs e <= u64 * Rabs (q + eps)) by now apply two_e_le. rewrite (Rabs_pos_eq (q + eps)) in Eb by lra.
assert (e1 := Rle_abs e). assert (uqe : u64 * (q + eps) <= 0.00001 * (q + eps)) by (apply Rmult_le_compat_r; lra).
assert (qd : q + eps <= 1.0001 * dn) by lra.
assert (ud : 0 <= u64 * dn <= 0.00001 * dn) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uqd : u64 * (q + eps) <= u64 * (1.0001 * dn)) by (apply Rmult_le_compat_l; lra).
set (uu := u64 * u64). assert (uu0 : 0 <= uu <= 0.00001 * u64) by (unfold uu; split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r;
  lra]).
assert (uud : 0 <= uu * dn <= 0.00001 * (u64 * dn)) by (split; [apply Rmult_le_pos; lra|unfold uu; rewrite Rmult_assoc;
  apply Rmult_le_compat_r; lra]).
fold uu in RP'. assert (T := Rabs_triang e ql).
assert (DL : Rabs (den64_lo - (e + ql)) <= u64 * Rabs (e + ql)) by (apply add64; assumption).
assert (ueq : u64 * Rabs (e + ql) <= 5.75 * (uu * dn)).
{ assert (u64 * Rabs (e + ql) <= u64 * (5.75 * (u64 * dn))) by (apply Rmult_le_compat_l; lra). unfold uu. lra. }
set (dl := den64_lo) in *. assert (dlB := of_err _ _ _ DL). assert (dlB2 : Rabs dl <= 5.8 * (u64 * dn)) by lra.
assert (DD : Rabs (dn + dl - (X + eps)) <= 66 * (uu * dn)).
{ replace (dn + dl - (X + eps)) with ((dl - (e + ql)) + (q + ql - X)) by lra. eapply Rle_trans; [apply Rabs_triang|]. lra. }
(* r *)
assert (dp : 0 < dn) by lra. assert (IS : bpow radix2 (-401) <= / dn <= bpow radix2 401) by exact (inv_range dn 401 ltac:(lia) den_range).
destruct (rel (1 / dn) (-401) ltac:(lia) ltac:(replace (1 / dn) with (/ dn) by (field; lra); lra)) as (d & D & RE). fold dn r_out in RE.
  set (r := r_out) in *.
assert (d1 := Rle_abs d). assert (d2 := Rle_abs (- d)). rewrite Rabs_Ropp in d2.
assert (rd : r * dn = 1 + d) by (unfold r, r_out; fold dn; rewrite RE; field; lra).
assert (rE : r = / dn * (1 + d)) by (rewrite <- rd; field; lra).
assert (rL : bpow radix2 (-402) <= r).
{ rewrite rE. replace (bpow radix2 (-402)) with (bpow radix2 (-401) * / 2) by (change (/ 2) with (bpow radix2 (-1));
  now rewrite <- bpow_plus). apply Rmult_le_compat; lra. }
assert (Pr := bpow_gt_0 radix2 (-402)). assert (rp : 0 < r) by lra.
assert (e64 : eta64 <= 0.0001 * uu) by (assert (Z := eta_le 0 1 ltac:(lia) ltac:(simpl; lra)); unfold uu; lra). assert (e0 := eta64_pos).
assert (er : eta64 <= 0.0001 * (uu * r)) by (unfold uu; rewrite Rmult_assoc; apply (eta_le (-402)); [lia|exact rL]).
assert (Fr : F64 r) by apply rnd64_F. destruct (pe_ok dn r Fd Fr) as (Fpl & _ & Pp). set (p := pr dn r) in *. set (pl := pe dn r) in *.
replace (dn * r) with (1 + d) in Pp by (rewrite <- rd; ring).
assert (pE : Rabs (p - (1 + d)) <= u64 * (1 + d) + eta64).
{ assert (Z := rnd64_err (1 + d)). rewrite (Rabs_pos_eq (1 + d)) in Z by lra. replace p with (rnd64 (1 + d)); [exact Z|]. unfold p, pr.
  f_equal. rewrite <- rd. ring. }
assert (ud1 : u64 * (1 + d) <= u64 * 1.001) by (apply Rmult_le_compat_l; lra).
assert (p1 : Rabs (1 - p) <= 2.1 * u64) by (replace (1 - p) with (- (p - (1 + d)) - d) by ring; eapply Rle_trans; [apply abs_sub|];
  rewrite Rabs_Ropp; lra).
assert (plB : Rabs pl <= 1.1 * u64) by (replace pl with ((p + pl - (1 + d)) - (p - (1 + d))) by ring; eapply Rle_trans; [apply abs_sub|];
  lra).
assert (F1' : F64 1).
{ apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia|exists 1%Z; simpl; ring|]. rewrite Rabs_R1. change 1 with (bpow radix2 0).
  apply bpow_le. lia. }
assert (by_u : forall x y, Rabs x <= y * u64 -> u64 * Rabs x <= y * uu) by (intros x y H;
  assert (u64 * Rabs x <= u64 * (y * u64)) by (apply Rmult_le_compat_l; lra); unfold uu; lra).
set (z1 := rnd64 (1 - p)). assert (E1 : Rabs (z1 - (1 - p)) <= u64 * Rabs (1 - p)) by (apply sub64; [exact F1'|apply rnd64_F]).
assert (w1 := by_u _ _ p1). assert (Z1 := of_err _ _ _ E1). assert (t1 := abs_sub z1 pl).
set (z2 := rnd64 (z1 - pl)). assert (E2 : Rabs (z2 - (z1 - pl)) <= u64 * Rabs (z1 - pl)) by (apply sub64; [apply rnd64_F|exact Fpl]).
assert (w2 := by_u (z1 - pl) 3.3 ltac:(lra)). assert (Z2 := of_err _ _ _ E2).
assert (dr : Rabs (dl * r) <= 5.9 * u64).
{ rewrite Rabs_mult, (Rabs_pos_eq r) by lra. assert (Rabs dl * r <= 5.8 * (u64 * dn) * r) by (apply Rmult_le_compat_r; lra).
  replace (5.8 * (u64 * dn) * r) with (5.8 * (u64 * (r * dn))) in H by ring. rewrite rd in H. lra. }
set (z3 := rnd64 (dl * r)). assert (E3 : Rabs (z3 - dl * r) <= u64 * Rabs (dl * r) + eta64) by apply rnd64_err.
assert (w3 := by_u _ _ dr). assert (Z3 := of_err _ _ _ E3). assert (t3 := abs_sub z2 z3).
set (c := cor_out). assert (E4 : Rabs (c - (z2 - z3)) <= u64 * Rabs (z2 - z3)) by (apply sub64; apply rnd64_F).
assert (w4 := by_u (z2 - z3) 9.3 ltac:(lra)). assert (Z4 := of_err _ _ _ E4).
set (cx := 1 - (dn + dl) * r). assert (Cx : Rabs (c - cx) <= 21 * uu).
{ replace (c - cx) with ((c - (z2 - z3)) + ((z2 - (z1 - pl)) + ((z1 - (1 - p)) - (z3 - dl * r)) - (p + pl - (1 + d)))).
  2: { unfold cx. replace ((dn + dl) * r) with (r * dn + dl * r) by ring. rewrite rd. ring. }
  eapply Rle_trans; [apply Rabs_triang|]. assert (S1 := abs_sub (z2 - (z1 - pl) + ((z1 - (1 - p)) - (z3 - dl * r))) (p + pl - (1 + d))).
  assert (S2 := Rabs_triang (z2 - (z1 - pl)) ((z1 - (1 - p)) - (z3 - dl * r))). assert (S3 := abs_sub (z1 - (1 - p)) (z3 - dl * r)). lra. }
assert (cB : Rabs c <= 9.4 * u64) by lra. assert (cxB := of_err cx c (21 * uu) ltac:(rewrite Rabs_minus_sym; exact Cx)).
set (w := rnd64 (r * c)). assert (ur : 0 <= u64 * r <= 0.00001 * r) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (rcB : Rabs (r * c) <= 9.4 * (u64 * r)) by (rewrite Rabs_mult, (Rabs_pos_eq r) by lra;
  assert (r * Rabs c <= r * (9.4 * u64)) by (apply Rmult_le_compat_l; lra); lra).
assert (uur : 0 <= uu * r <= 0.00001 * (u64 * r)) by (split; [apply Rmult_le_pos; lra|unfold uu; rewrite Rmult_assoc;
  apply Rmult_le_compat_r; lra]).
assert (wE : Rabs (w - r * c) <= 9.5 * (uu * r)).
{ assert (Z := rnd64_err (r * c)). fold w in Z. assert (u64 * Rabs (r * c) <= u64 * (9.4 * (u64 * r))) by (apply Rmult_le_compat_l; lra).
  replace (u64 * (9.4 * (u64 * r))) with (9.4 * (uu * r)) in H by (unfold uu; ring). lra. }
assert (wB := of_err _ _ _ wE). assert (m1 := Rle_abs (- w)). rewrite Rabs_Ropp in m1. assert (m2 := Rle_abs w).
change rstd_sum_out with (r + w). change rstd_out with (rnd64 (r + w)).
split; [|split; [|lra]].
- set (DE := X + eps). assert (l3 := Rle_abs dl). assert (l1 := Rle_abs (dn + dl - DE)). assert (l2 := Rle_abs (- (dn + dl - DE))). rewrite Rabs_Ropp in l2.
  replace ((r + w) * DE - 1) with ((w - r * c) * DE + (- (dn + dl - DE) * r * (1 + c) + ((c - cx) - cx * c))).
  2: { unfold cx. ring. }
  assert (DEb : 0 <= DE <= 1.002 * dn) by (unfold DE in *; lra).
  assert (rDE : r * DE <= 1.003) by (assert (r * DE <= r * (1.002 * dn)) by (apply Rmult_le_compat_l; lra);
    replace (r * (1.002 * dn)) with (1.002 * (r * dn)) in H by ring; rewrite rd in H; lra).
  eapply Rle_trans; [apply Rabs_triang|]. assert (S1 := Rabs_triang (- (dn + dl - DE) * r * (1 + c)) ((c - cx) - cx * c)).
    assert (S2 := abs_sub (c - cx) (cx * c)).
  assert (A1 : Rabs ((w - r * c) * DE) <= 9.6 * uu).
  { rewrite Rabs_mult, (Rabs_pos_eq DE) by lra. assert (Rabs (w - r * c) * DE <= 9.5 * (uu * r) * DE) by (apply Rmult_le_compat_r; lra).
    replace (9.5 * (uu * r) * DE) with (9.5 * (uu * (r * DE))) in H by ring.
      assert (uu * (r * DE) <= uu * 1.003) by (apply Rmult_le_compat_l; lra). lra. }
  assert (cl := Rle_abs c). assert (cl2 := Rle_abs (- c)). rewrite Rabs_Ropp in cl2.
  assert (A2 : Rabs (- (dn + dl - DE) * r * (1 + c)) <= 67 * uu).
  { rewrite !Rabs_mult, Rabs_Ropp, (Rabs_pos_eq r), (Rabs_pos_eq (1 + c)) by lra.
    assert (Rabs (dn + dl - DE) * r <= 66 * (uu * dn) * r) by (apply Rmult_le_compat_r; [lra|exact DD]).
    replace (66 * (uu * dn) * r) with (66 * (uu * (r * dn))) in H by ring. rewrite rd in H.
      assert (uu * (1 + d) <= uu * 1.001) by (apply Rmult_le_compat_l; lra).
    assert (Rabs (dn + dl - DE) * r * (1 + c) <= 66.1 * uu * 1.001) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos;
      [apply Rabs_pos|lra]). lra. }
  assert (A3 : Rabs (cx * c) <= 90 * uu).
  { rewrite Rabs_mult. assert (Rabs cx * Rabs c <= 9.45 * u64 * (9.4 * u64)) by (apply Rmult_le_compat; try apply Rabs_pos; lra).
    replace (9.45 * u64 * (9.4 * u64)) with (88.83 * uu) in H by (unfold uu; lra). lra. }
  fold uu. lra.
- assert (Z := add64 r w Fr (rnd64_F _)). rewrite (Rabs_pos_eq (r + w)) in Z by lra. exact Z.
Qed.
End Of.

Hypothesis var_big : bpow radix2 (-850) <= var.
Hypothesis varl_small : Rabs varl <= 4.4 * (u64 * var).
Theorem outside : Rabs (rstd_sum_out * (sqrt (var + varl) + eps) - 1) <= 200 * (u64 * u64) /\ Rabs (rstd_out - rstd_sum_out) <= u64 *
  rstd_sum_out /\
  0 < rstd_sum_out.
Proof.
destruct Fs as (F1 & F2 & F3). assert (Ur := u64_val). destruct (root_pair var varl (conj F1 F2) var_big varl_small) as (RP & RL & Q0 & _).
assert (Pq := bpow_gt_0 radix2 (-426)). assert (Pd := bpow_gt_0 radix2 (-401)). set (q := root64 var) in *.
assert (E : Rabs (den64 - (q + eps)) <= u64 * Rabs (q + eps)) by (apply add64; [apply rnd64_F|exact F3]).
rewrite (Rabs_pos_eq (q + eps)) in E by lra. assert (u64 * (q + eps) <= 0.00001 * (q + eps)) by (apply Rmult_le_compat_r; lra).
assert (e1 := Rle_abs (- (den64 - (q + eps)))). rewrite Rabs_Ropp in e1. assert (qd : q <= 1.0001 * den64) by lra.
assert (uq : u64 * q <= u64 * (1.0001 * den64)) by (apply Rmult_le_compat_l; lra).
assert (uuq : u64 * (u64 * q) <= u64 * (u64 * (1.0001 * den64))) by (apply Rmult_le_compat_l; lra).
assert (d0 : 0 <= u64 * den64) by (apply Rmult_le_pos; lra). assert (0 <= u64 * (u64 * den64)) by (apply Rmult_le_pos; lra).
apply outside_of; [apply sqrt_pos|fold q; lra|fold q; replace (u64 * u64 * den64) with (u64 * (u64 * den64)) by ring; lra|lra].
Qed.
End Den.
End Outside.
