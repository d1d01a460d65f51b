(* Section 5 for f64: 1 / sqrt(V + V_lo), and 1 / (den + den_lo), of a double and one correction: r + r c is good to some 200 u^2, so that
  rstd,
   its sum rounded, loses one u. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative.
Require Import sums format wide merge step rstd f64_pairs.
Local Open Scope R_scope.
Local Notation rnd64_err := merge.rnd64_err.
Local Notation rnd64_F := merge.rnd64_F.

Section Rstd64.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

Lemma U : 0 < u64 <= / 9007199254740992. Proof. exact u64_val. Qed.
Lemma eta_le k x : (-900 <= k)%Z -> bpow radix2 k <= x -> eta64 <= 0.0001 * (u64 * (u64 * x)).
Proof.
intros Hk H. assert (Ur := U). apply Rle_trans with (0.0001 * (u64 * (u64 * bpow radix2 (-900)))).
- unfold u64, eta64. rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 (-20) * bpow radix2 (-53 + (-53 + -900))).
  + rewrite <- bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
- do 3 (apply Rmult_le_compat_l; [lra|]). apply Rle_trans with (2 := H). now apply bpow_le.
Qed.

(* -- eps inside -- *)
Section Inside.
Variables V Vl : R.
Hypothesis FV : F64 V.
Hypothesis FVl : F64 Vl.
Hypothesis V_range : bpow radix2 (-800) <= V <= bpow radix2 800.
Hypothesis Vl_V : Rabs Vl <= 6 * (u64 * V).
Definition root_r := rnd64 (1 / rnd64 (sqrt V)).
Let r := root_r.
Definition cor_in := let r := root_r in let p := pr r r in let pl := pe r r in let s := pr V p in let sl := pe V p in
  rnd64 (0.5 * rnd64 (rnd64 (rnd64 (1 - s) - sl) - rnd64 (rnd64 (V * pl) + rnd64 (Vl * p)))).
Definition rstd_sum_in := root_r + rnd64 (root_r * cor_in).
Definition rstd_in := rnd64 rstd_sum_in.

Let S := sqrt V.
Lemma V_pos : 0 < V. Proof. assert (H := bpow_gt_0 radix2 (-800)). lra. Qed.
Lemma S_range : bpow radix2 (-400) <= S <= bpow radix2 400.
Proof.
unfold S. split.
- replace (bpow radix2 (-400)) with (sqrt (bpow radix2 (-800))); [apply sqrt_le_1_alt, V_range|].
  replace (-800)%Z with (2 * -400)%Z by lia. apply sqrt_bpow.
- replace (bpow radix2 400) with (sqrt (bpow radix2 800)); [apply sqrt_le_1_alt, V_range|].
  replace 800%Z with (2 * 400)%Z by lia. apply sqrt_bpow.
Qed.
Lemma inv_range s k : (0 <= k)%Z -> bpow radix2 (-k) <= s <= bpow radix2 k -> bpow radix2 (-k) <= / s <= bpow radix2 k.
Proof.
intros Hk (A & B). assert (P := bpow_gt_0 radix2 (-k)). split.
- rewrite bpow_opp. apply Rinv_le; lra.
- replace (bpow radix2 k) with (/ bpow radix2 (-k)) by (rewrite <- bpow_opp; f_equal; lia). apply Rinv_le; assumption.
Qed.

Lemma rel x k : (-1000 <= k)%Z -> bpow radix2 k <= x -> exists e, Rabs e <= u64 /\ rnd64 x = x * (1 + e).
Proof.
intros Hk H. apply rel64. assert (P := bpow_gt_0 radix2 k). rewrite Rabs_pos_eq by lra. apply Rle_trans with (2 := H). apply bpow_le. lia.
Qed.

Lemma r_S : exists d, Rabs d <= 2.01 * u64 /\ r * S = 1 + d.
Proof.
assert (Ur := U). assert (SR := S_range). assert (P := bpow_gt_0 radix2 (-400)).
destruct (rel S (-400) ltac:(lia) (proj1 SR)) as (e & E & X).
destruct (inv1 e) as (d & D & Y); [lra|].
assert (e1 := Rle_abs e). assert (e2 := Rle_abs (- e)). rewrite Rabs_Ropp in e2. assert (d1 := Rle_abs d). assert (d2 := Rle_abs (- d)).
  rewrite Rabs_Ropp in d2.
assert (IS : bpow radix2 (-400) <= / S <= bpow radix2 400) by exact (inv_range S 400 ltac:(lia) SR).
assert (Q : 1 / rnd64 S = / S * (1 + d)) by (rewrite X, <- Y; field; lra).
assert (L : bpow radix2 (-401) <= / S * (1 + d)).
{ replace (bpow radix2 (-401)) with (bpow radix2 (-400) * / 2) by (change (/ 2) with (bpow radix2 (-1)); now rewrite <- bpow_plus).
  apply Rmult_le_compat; lra. }
destruct (rel _ (-401) ltac:(lia) L) as (f & F & Z).
exists (d + f + d * f). split.
- assert (T := Rabs_triang (d + f) (d * f)). assert (T2 := Rabs_triang d f). rewrite Rabs_mult in T.
  assert (Rabs d * Rabs f <= 0.0001 * Rabs f) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra.
- unfold r, root_r. fold S. rewrite Q, Z. field. lra.
Qed.

Theorem inside : Rabs (rstd_sum_in * sqrt (V + Vl) - 1) <= 300 * (u64 * u64) /\ Rabs (rstd_in - rstd_sum_in) <= u64 * rstd_sum_in /\
  bpow radix2 (-402) <= rstd_sum_in <= bpow radix2 402.
Proof.
assert (Ur := U). destruct r_S as (d & D & RS). assert (Vp := V_pos). assert (SR := S_range). assert (P4 := bpow_gt_0 radix2 (-400)).
assert (VS : V = S * S) by (unfold S; rewrite sqrt_def; lra). assert (Sp : 0 < S) by lra.
assert (d1 := Rle_abs d). assert (d2 := Rle_abs (- d)). rewrite Rabs_Ropp in d2.
  assert (IS : bpow radix2 (-400) <= / S <= bpow radix2 400) by exact (inv_range S 400 ltac:(lia) SR).
assert (rE : r = / S * (1 + d)) by (rewrite <- RS; field; lra).
assert (rL : bpow radix2 (-401) <= r <= bpow radix2 401).
{ rewrite rE. split.
  - replace (bpow radix2 (-401)) with (bpow radix2 (-400) * / 2) by (change (/ 2) with (bpow radix2 (-1)); now rewrite <- bpow_plus).
    apply Rmult_le_compat; lra.
  - replace (bpow radix2 401) with (bpow radix2 400 * 2) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
    apply Rmult_le_compat; lra. }
assert (P41 := bpow_gt_0 radix2 (-401)).
set (R2 := r * r). set (uu := u64 * u64). assert (uuE : u64 * u64 = uu) by reflexivity.
assert (uu0 : 0 <= uu <= 0.00000000000001 * u64) by (unfold uu; split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (R2L : bpow radix2 (-802) <= R2) by (unfold R2; replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by (now
  rewrite <- bpow_plus); apply Rmult_le_compat; lra).
assert (R2p : 0 < R2) by (assert (P := bpow_gt_0 radix2 (-802)); lra).
assert (VR : V * R2 = 1 + (2 * d + d * d)) by (unfold R2; rewrite VS; replace (S * S * (r * r)) with (r * S * (r * S)) by ring;
  rewrite RS; ring).
assert (dd : 0 <= d * d <= 5 * uu).
{ split; [apply Rle_0_sqr|]. replace (d * d) with (Rabs d * Rabs d) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  assert (Rabs d * Rabs d <= 2.01 * u64 * (2.01 * u64)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption). lra. }
(* eta against R2 and against 1 *)
assert (eR : eta64 <= 0.0001 * (uu * R2)) by (unfold uu; rewrite Rmult_assoc; apply (eta_le (-802)); [lia|exact R2L]).
assert (e1 : eta64 <= 0.0001 * uu) by (assert (X := eta_le 0 1 ltac:(lia) ltac:(simpl; lra)); unfold uu; lra).
assert (e0 := eta64_pos).
assert (Ve : V * eta64 <= 0.0001 * uu).
{ assert (V * eta64 <= bpow radix2 800 * eta64) by (apply Rmult_le_compat_r; lra).
  assert (bpow radix2 800 * eta64 <= bpow radix2 (-20) * bpow radix2 (-106)) by (unfold eta64; rewrite <- !bpow_plus; apply bpow_le; lia).
  assert (bpow radix2 (-20) * bpow radix2 (-106) <= 0.0001 * uu).
  { unfold uu, u64. rewrite <- (bpow_plus _ (-53) (-53)). apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra. } lra. }
(* p = r r *)
assert (Fr : F64 r) by apply rnd64_F. destruct (pe_ok r r Fr Fr) as (Fpl & _ & Pp). set (p := pr r r) in *. set (pl := pe r r) in *.
  fold R2 in Pp.
assert (Fp : F64 p) by apply rnd64_F.
assert (pE : Rabs (p - R2) <= u64 * R2 + eta64) by (assert (X := rnd64_err R2); rewrite (Rabs_pos_eq R2) in X by lra; exact X).
assert (uR2 : 0 <= u64 * R2 <= 0.0000000001 * R2) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuR2 : 0 <= uu * R2 <= 0.0000000001 * (u64 * R2)) by (split; [apply Rmult_le_pos; lra|unfold uu; rewrite Rmult_assoc;
  apply Rmult_le_compat_r; lra]).
assert (pB : Rabs p <= 1.001 * R2) by (assert (X := of_err _ _ _ pE); rewrite (Rabs_pos_eq R2) in X by lra; lra).
assert (plB : Rabs pl <= 1.001 * (u64 * R2)).
{ replace pl with ((p + pl - R2) - (p - R2)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
(* s = V p *)
destruct (pe_ok V p FV Fp) as (Fsl & _ & Ps). set (s := pr V p) in *. set (sl := pe V p) in *.
assert (VRb : Rabs (V * R2 - 1) <= 4.1 * u64).
{ rewrite VR. replace (1 + (2 * d + d * d) - 1) with (2 * d + d * d) by ring. eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_mult, (Rabs_pos_eq 2), (Rabs_pos_eq (d * d)) by lra. lra. }
assert (Vm : forall x y, Rabs x <= y * R2 -> 0 <= y -> Rabs (V * x) <= 1.001 * y).
{ intros x y H Hy. rewrite Rabs_mult, (Rabs_pos_eq V) by lra. assert (V * Rabs x <= V * (y * R2)) by (apply Rmult_le_compat_l; lra).
  replace (V * (y * R2)) with (y * (V * R2)) in H0 by ring. assert (X := Rle_abs (V * R2 - 1)).
  assert (y * (V * R2) <= y * 1.001) by (apply Rmult_le_compat_l; lra). lra. }
assert (VpE : Rabs (V * p - V * R2) <= 1.01 * u64).
{ rewrite <- Rmult_minus_distr_l. assert (X := Vm (p - R2) (1.0001 * u64) ltac:(lra) ltac:(lra)). lra. }
assert (Vp1 : Rabs (V * p - 1) <= 5.2 * u64).
{ replace (V * p - 1) with ((V * p - V * R2) + (V * R2 - 1)) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (VpB : Rabs (V * p) <= 1.001) by (assert (X := of_err _ _ _ Vp1); rewrite Rabs_R1 in X; lra).
assert (sE : Rabs (s - V * p) <= u64 * Rabs (V * p) + eta64) by apply rnd64_err.
assert (usE : u64 * Rabs (V * p) <= u64 * 1.001) by (apply Rmult_le_compat_l; lra).
assert (s1 : Rabs (1 - s) <= 6.3 * u64).
{ replace (1 - s) with (- ((s - V * p) + (V * p - 1))) by ring. rewrite Rabs_Ropp. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (slB : Rabs sl <= 1.01 * u64).
{ replace sl with ((s + sl - V * p) - (s - V * p)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
assert (VplB : Rabs (V * pl) <= 1.01 * u64) by (assert (X := Vm pl (1.001 * u64) ltac:(lra) ltac:(lra)); lra).
assert (Vlp : forall x y, Rabs x <= y * R2 -> 0 <= y -> Rabs (Vl * x) <= 6.01 * (u64 * y)).
{ intros x y H Hy. rewrite Rabs_mult. assert (Rabs Vl * Rabs x <= 6 * (u64 * V) * (y * R2)) by (apply Rmult_le_compat; try apply Rabs_pos;
  assumption).
  replace (6 * (u64 * V) * (y * R2)) with (6 * (u64 * y) * (V * R2)) in H0 by ring. assert (X := Rle_abs (V * R2 - 1)).
  assert (0 <= u64 * y) by (apply Rmult_le_pos; lra). assert (6 * (u64 * y) * (V * R2) <= 6 * (u64 * y) * 1.001) by (apply
    Rmult_le_compat_l; lra). lra. }
assert (VlpB : Rabs (Vl * p) <= 6.1 * u64) by (assert (X := Vlp p 1.001 pB ltac:(lra)); lra).
(* the roundings *)
assert (F1 : F64 1).
{ apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia|exists 1%Z; simpl; ring|]. rewrite Rabs_R1. change 1 with (bpow radix2 0).
  apply bpow_le. lia. }
set (z1 := rnd64 (1 - s)). assert (E1 : Rabs (z1 - (1 - s)) <= u64 * Rabs (1 - s)) by (apply sub64; [exact F1|apply rnd64_F]).
assert (v1 : u64 * Rabs (1 - s) <= 6.3 * uu) by (unfold uu; assert (u64 * Rabs (1 - s) <= u64 * (6.3 * u64)) by (apply Rmult_le_compat_l;
  lra); lra).
assert (Z1 := of_err _ _ _ E1). assert (t1 := abs_sub z1 sl).
set (z2 := rnd64 (z1 - sl)). assert (E2 : Rabs (z2 - (z1 - sl)) <= u64 * Rabs (z1 - sl)) by (apply sub64; [apply rnd64_F|exact Fsl]).
assert (v2 : u64 * Rabs (z1 - sl) <= 7.4 * uu) by (unfold uu;
  assert (u64 * Rabs (z1 - sl) <= u64 * (7.4 * u64)) by (apply Rmult_le_compat_l; lra); lra).
assert (Z2 := of_err _ _ _ E2).
set (z3 := rnd64 (V * pl)). assert (E3 : Rabs (z3 - V * pl) <= u64 * Rabs (V * pl) + eta64) by apply rnd64_err.
assert (v3 : u64 * Rabs (V * pl) <= 1.01 * uu) by (unfold uu;
  assert (u64 * Rabs (V * pl) <= u64 * (1.01 * u64)) by (apply Rmult_le_compat_l; lra); lra).
assert (Z3 := of_err _ _ _ E3).
set (z4 := rnd64 (Vl * p)). assert (E4 : Rabs (z4 - Vl * p) <= u64 * Rabs (Vl * p) + eta64) by apply rnd64_err.
assert (v4 : u64 * Rabs (Vl * p) <= 6.1 * uu) by (unfold uu; assert (u64 * Rabs (Vl * p) <= u64 * (6.1 * u64)) by (apply
  Rmult_le_compat_l; lra); lra).
assert (Z4 := of_err _ _ _ E4). assert (t5 := Rabs_triang z3 z4).
set (z5 := rnd64 (z3 + z4)). assert (E5 : Rabs (z5 - (z3 + z4)) <= u64 * Rabs (z3 + z4)) by (apply add64; apply rnd64_F).
assert (v5 : u64 * Rabs (z3 + z4) <= 7.2 * uu) by (unfold uu;
  assert (u64 * Rabs (z3 + z4) <= u64 * (7.2 * u64)) by (apply Rmult_le_compat_l; lra); lra).
assert (Z5 := of_err _ _ _ E5). assert (t6 := abs_sub z2 z5).
set (z6 := rnd64 (z2 - z5)). assert (E6 : Rabs (z6 - (z2 - z5)) <= u64 * Rabs (z2 - z5)) by (apply sub64; apply rnd64_F).
assert (v6 : u64 * Rabs (z2 - z5) <= 15 * uu) by (unfold uu; assert (u64 * Rabs (z2 - z5) <= u64 * (15 * u64)) by (apply
  Rmult_le_compat_l; lra); lra).
assert (Z6 := of_err _ _ _ E6).
assert (E7 : Rabs (cor_in - 0.5 * z6) <= u64 * Rabs (0.5 * z6) + eta64) by apply rnd64_err.
assert (h6 : Rabs (0.5 * z6) <= 7.6 * u64) by (rewrite Rabs_mult, (Rabs_pos_eq 0.5) by lra; lra).
assert (v7 : u64 * Rabs (0.5 * z6) <= 7.6 * uu) by (unfold uu;
  assert (u64 * Rabs (0.5 * z6) <= u64 * (7.6 * u64)) by (apply Rmult_le_compat_l; lra); lra).
(* the exact correction *)
set (c := cor_in) in *. set (cx := 0.5 * (1 - (V + Vl) * R2)).
assert (Vpp : Rabs (V * (p + pl - R2)) <= 8 * (0.0001 * uu)).
{ rewrite Rabs_mult, (Rabs_pos_eq V) by lra. assert (V * Rabs (p + pl - R2) <= V * (7 * eta64)) by (apply Rmult_le_compat_l; lra). lra. }
assert (Vlpp : Rabs (Vl * (p - R2)) <= 6.1 * uu) by (unfold uu; assert (X := Vlp (p - R2) (1.0001 * u64) ltac:(lra) ltac:(lra)); lra).
assert (Cx : Rabs (c - cx) <= 40 * uu).
{ replace (c - cx) with ((c - 0.5 * z6) + 0.5 * ((z6 - (z2 - z5)) + ((z2 - (z1 - sl)) + (z1 - (1 - s)) - (z5 - (z3 + z4)) - (z3 - V * pl)
  - (z4 - Vl * p)
    - (s + sl - V * p) - V * (p + pl - R2) - Vl * (p - R2)))) by (unfold cx; field).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_mult 0.5), (Rabs_pos_eq 0.5) by lra.
  assert (Q : Rabs ((z6 - (z2 - z5)) + ((z2 - (z1 - sl)) + (z1 - (1 - s)) - (z5 - (z3 + z4)) - (z3 - V * pl) - (z4 - Vl * p)
    - (s + sl - V * p) - V * (p + pl - R2) - Vl * (p - R2))) <= 52 * uu).
  { eapply Rle_trans; [apply Rabs_triang|]. do 6 (eapply Rle_trans; [apply Rplus_le_compat_l, abs_sub|]; 
      match goal with |- _ + (Rabs ?a + Rabs ?b) <= _ => rewrite <- Rplus_assoc, (Rplus_comm (_ + Rabs a) (Rabs b)), <- Rplus_assoc end).
    assert (T := Rabs_triang (z2 - (z1 - sl)) (z1 - (1 - s))). lra. }
  lra. }
assert (cxE : (V + Vl) * R2 = 1 - 2 * cx) by (unfold cx; lra).
assert (cxB : Rabs cx <= 5.1 * u64).
{ replace cx with (0.5 * (- (V * R2 - 1) - Vl * R2)) by (unfold cx; lra). rewrite Rabs_mult, (Rabs_pos_eq 0.5) by lra.
  assert (X := abs_sub (- (V * R2 - 1)) (Vl * R2)). rewrite Rabs_Ropp in X.
  assert (Y := Vlp R2 1 ltac:(rewrite (Rabs_pos_eq R2); lra) ltac:(lra)). lra. }
assert (cB : Rabs c <= 5.2 * u64) by (assert (X := of_err _ _ _ Cx); lra).
(* the sum *)
set (w := rnd64 (r * c)). assert (rp : 0 < r) by lra.
assert (er : eta64 <= 0.0001 * (uu * r)) by (unfold uu; rewrite Rmult_assoc; apply (eta_le (-401)); [lia|lra]).
assert (ur : 0 <= u64 * r <= 0.000001 * r) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uur : 0 <= uu * r) by (apply Rmult_le_pos; lra).
assert (uur2 : uu * r <= 0.000001 * r) by (apply Rmult_le_compat_r; lra).
assert (rcB : Rabs (r * c) <= 5.2 * (u64 * r)) by (rewrite Rabs_mult, (Rabs_pos_eq r) by lra;
  assert (r * Rabs c <= r * (5.2 * u64)) by (apply Rmult_le_compat_l; lra); lra).
assert (wE : Rabs (w - r * c) <= 5.3 * (uu * r)).
{ assert (X := rnd64_err (r * c)). fold w in X. assert (u64 * Rabs (r * c) <= u64 * (5.2 * (u64 * r))) by (apply Rmult_le_compat_l; lra).
  replace (u64 * (5.2 * (u64 * r))) with (5.2 * (uu * r)) in H by (unfold uu; ring). lra. }
assert (wB := of_err _ _ _ wE).
change rstd_sum_in with (r + w). change rstd_in with (rnd64 (r + w)).
assert (w1 := Rle_abs w). assert (w2 := Rle_abs (- w)). rewrite Rabs_Ropp in w2.
split; [|split].
- assert (Vlr := Rle_abs (- Vl)). rewrite Rabs_Ropp in Vlr. assert (uV : u64 * V <= 0.0001 * V) by (apply Rmult_le_compat_r; lra).
  assert (VV : 0 < V + Vl) by lra. set (T := sqrt (V + Vl)). assert (TT : T * T = V + Vl) by (apply sqrt_def; lra).
  assert (T0 : 0 < T) by (apply sqrt_lt_R0; exact VV).
  assert (cx1 := Rle_abs cx). assert (cx2 := Rle_abs (- cx)). rewrite Rabs_Ropp in cx2.
  destruct (sqrt1 (- (2 * cx))) as (de & De & Xe); [rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq 2) by lra; lra|].
  rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq 2) in De by lra. assert (deB : Rabs de <= 5.2 * u64) by lra.
  assert (rT : r * T = 1 + de).
  { rewrite <- Xe. symmetry. rewrite <- (sqrt_square (r * T)) by (apply Rmult_le_pos; lra). f_equal.
    replace (r * T * (r * T)) with ((V + Vl) * R2) by (rewrite <- TT; unfold R2; ring). rewrite cxE. ring. }
  assert (cde : cx = - de - de * de / 2).
  { assert (Q : (1 + de) * (1 + de) = 1 - 2 * cx) by (rewrite <- rT, <- cxE, <- TT; unfold R2; ring). lra. }
  assert (de2 : 0 <= de * de <= 28 * uu).
  { split; [apply Rle_0_sqr|]. replace (de * de) with (Rabs de * Rabs de) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    assert (Rabs de * Rabs de <= 5.2 * u64 * (5.2 * u64)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption). lra. }
  assert (de1 := Rle_abs de). assert (dem := Rle_abs (- de)). rewrite Rabs_Ropp in dem.
  replace ((r + w) * T - 1) with ((w - r * c) * T + ((1 + de) * (c - cx) + - (de * de) * (3 / 2 + de / 2))).
  2: { replace ((w - r * c) * T) with ((r + w) * T - r * T * (1 + c)) by ring. rewrite rT, cde. field. }
  eapply Rle_trans; [apply Rabs_triang|]. assert (X := Rabs_triang ((1 + de) * (c - cx)) (- (de * de) * (3 / 2 + de / 2))).
  rewrite !Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (1 + de)), (Rabs_pos_eq (de * de)), (Rabs_pos_eq (3 / 2 + de / 2)) in X by lra.
  rewrite Rabs_mult, (Rabs_pos_eq T) by lra.
  assert (Rabs (w - r * c) * T <= 5.3 * (uu * r) * T) by (apply Rmult_le_compat_r; lra).
  replace (5.3 * (uu * r) * T) with (5.3 * (uu * (r * T))) in H by ring. rewrite rT in H.
  assert (uu * (1 + de) <= uu * 1.001) by (apply Rmult_le_compat_l; lra).
  assert ((1 + de) * Rabs (c - cx) <= 1.001 * (40 * uu)) by (apply Rmult_le_compat; try lra; apply Rabs_pos).
  assert (de * de * (3 / 2 + de / 2) <= 28 * uu * 2) by (apply Rmult_le_compat; lra). lra.
- assert (X := add64 r w Fr (rnd64_F _)). rewrite (Rabs_pos_eq (r + w)) in X by lra. exact X.
- assert (b1 : bpow radix2 (-401) = 2 * bpow radix2 (-402)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  assert (b2 : bpow radix2 402 = 2 * bpow radix2 401) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus). lra.
Qed.
End Inside.
End Rstd64.
