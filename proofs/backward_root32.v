(* rstd and the factor k of dx of floats, which come from one root: eps inside and LN_EPS_OUTSIDE, of LayerNorm and of RMSNorm. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_average backward_constants backward_outside.
Require sums format wide rstd four scale32 scales anyscale float32.
Local Open Scope R_scope.

Lemma same_u : rstd.u32 = u f32.
Proof. rewrite u32. exact rstd.u32_val. Qed.

(* Section 10's k, and the exact one of a deviation s: with eps inside both are 1. *)
Definition k_computed m2 cols eps (outside : bool) := if outside then rnd f64 (scales.den_out m2 cols eps / scales.root_out m2 cols) else 1.
Definition k_exact eps (outside : bool) s := if outside then (s + eps) / s else 1.

(* What dx_after_f32 asks for of rstd and k (computed: rs, kc), which come from one root that is off by less than e u. *)
Definition scale_rel r rs kk kc e := exists gr gk, rel rs r r gr 0 /\ 1 <= gr <= (1 + e * u f32) * (1 + u f32) /\
	rel kc kk kk gk 0 /\ 1 <= gk /\ gk * gr <= 1 + (1 + e + 2 / 100) * u f32.

Lemma rel_rounded r c e w g v : rel c e w g 0 -> 0 <= v -> Rabs (r - c) <= v * Rabs c -> rel r e w (g * (1 + v)) 0.
Proof.
intros H V E. assert (Z : Rabs (r - c) <= v * Rabs c + 0) by lra. assert (R := rel_round r c e w g 0 v 0 H V Z).
rewrite Rmult_0_r, Rplus_0_r in R. exact R.
Qed.
Lemma k_exact_1 eps outside s : 0 < s -> 0 <= eps -> 1 <= k_exact eps outside s.
Proof.
intros S E. unfold k_exact. destruct outside; [| lra]. apply Rmult_le_reg_r with s; [exact S |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
Qed.
(* The root as it is with eps, D, moves by no more than the deviation. *)
Lemma D_above eps outside s : 0 < s -> 0 <= eps -> s <= anyscale.D_any eps outside s.
Proof.
intros S E. assert (0 < s * s) by now apply Rmult_lt_0_compat. unfold anyscale.D_any. destruct outside; [lra |].
apply sums.le_of_sqr; [apply sqrt_pos |]. rewrite sqrt_def; lra.
Qed.
Lemma D_near eps outside s t : 0 < s -> 0 <= t -> 0 <= eps ->
	Rabs (anyscale.D_any eps outside t - anyscale.D_any eps outside s) <= Rabs (t - s).
Proof.
intros S T E. unfold anyscale.D_any. destruct outside; [right; f_equal; ring |]. apply float32.scale_lipschitz; [exact T | lra | exact E].
Qed.

(* Growths are below 1 + their sum, and a thousandth. *)
Lemma inverse_below e : 0 <= e <= 1 / 1000000 -> 1 <= / (1 - e) <= 1 + e + 2 * (e * e).
Proof.
intro E. split; [rewrite <- Rinv_1; apply Rinv_le_contravar; lra |]. apply Rmult_le_reg_r with (1 - e); [lra |]. rewrite Rinv_l by lra.
assert (0 <= e * e) by apply Rle_0_sqr. assert (0 <= e * e * (1 - 2 * e)) by (apply Rmult_le_pos; lra). lra.
Qed.

Section Root.
Variables m2 cols eps s c e : R.
Variable outside : bool.
Variable k : Z.
Hypothesis m2_pos : 0 <= m2.
Hypothesis F_eps : wide.F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Let V2 := m2 / cols.
Hypothesis V2_low : bpow radix2 (-341) <= V2.
Hypothesis V_max : anyscale.V_any m2 cols eps outside <= bpow radix2 370.
Hypothesis k_is : anyscale.power_of_row m2 cols eps outside k.
Hypothesis s_pos : 0 < s.
Hypothesis c_range : 0 <= c <= 6.
Hypothesis c_e : c + 5 / 1000 <= e.
Hypothesis variance : Rabs (V2 - s * s) / 2 <= c * rstd.u32 * (s * s).
Let T := sqrt V2.
Let off := (c + / 1000) * u f32.

Lemma V2_0 : 0 < V2. Proof. assert (P := bpow_gt_0 radix2 (-341)). lra. Qed.
Lemma off_range : 0 <= off <= 1 / 2000000. Proof. unfold off. rewrite u32. lra. Qed.
Lemma root_near : Rabs (T - s) <= off * s.
Proof.
assert (T0 : 0 <= T) by apply sqrt_pos. assert (TT : T * T = V2) by (apply sqrt_def; generalize V2_0; lra). assert (O := off_range).
generalize variance. rewrite same_u, <- TT. replace (T * T - s * s) with ((T - s) * (T + s)) by ring.
rewrite Rabs_mult, (Rabs_pos_eq (T + s)) by lra. intro H. set (d := Rabs (T - s)) in *. assert (D0 : 0 <= d) by apply Rabs_pos.
assert (L : T >= s - d) by (unfold d, Rabs; destruct (Rcase_abs (T - s)); lra).
(* d (2 s - d) <= 2 c u s^2: a first bound of d, and from that the second *)
assert (dT : d * (s - d + s) <= d * (T + s)) by (apply Rmult_le_compat_l; lra).
assert (A : d * s <= 2 * c * u f32 * (s * s)) by (assert (0 <= d * T) by (apply Rmult_le_pos; lra); lra).
assert (B : d <= 2 * c * u f32 * s) by (apply Rmult_le_reg_r with s; lra).
assert (C : d * d <= 12 * u f32 * s * (12 * u f32 * s)).
{ assert (X : d <= 12 * u f32 * s).
  { apply Rle_trans with (1 := B). apply Rmult_le_compat_r; [lra |]. apply Rmult_le_compat_r; [apply u_pos | lra]. }
  apply Rmult_le_compat; lra. }
apply Rmult_le_reg_r with s; [exact s_pos |]. unfold off. assert (0 <= s * s) by apply Rle_0_sqr. rewrite u32 in *. lra.
Qed.

(* A row's 1 / D and k, of the root as it is computed but with no rounding after it; g and h are their growths. *)
Lemma from_root : exists g h, let D' := anyscale.D_any eps outside T in let D := anyscale.D_any eps outside s in
	rel (/ D') (/ D) (/ D) g 0 /\ rel (k_exact eps outside T) (k_exact eps outside s) (k_exact eps outside s) h 0 /\
	1 <= g <= / (1 - off) /\ 1 <= h /\ h * g = / (1 - off).
Proof.
assert (O := off_range). assert (R := root_near). assert (small : 0 <= off <= 1 / 1000) by lra.
assert (Above := D_above eps outside s s_pos eps_pos). assert (Moves := D_near eps outside s T s_pos (sqrt_pos V2) eps_pos).
unfold anyscale.D_any, k_exact in *. destruct outside.
- exists (/ (1 - off * (s / (s + eps)))), ((1 - off * (s / (s + eps))) / (1 - off)).
  destruct (outside_growth s eps off s_pos eps_pos small) as (G & H & P). cbv zeta.
  split; [exact (rstd_outside s T eps off s_pos eps_pos small R) |]. split; [exact (k_outside s T eps off s_pos eps_pos small R) |]. tauto.
- exists (/ (1 - off)), 1. cbv zeta. assert (I := inverse_below off ltac:(lra)). assert (V0 := V2_0).
  assert (TT : T * T = V2) by (apply sqrt_def; lra). set (D := sqrt (s * s + eps)) in *. set (D' := sqrt (T * T + eps)) in *.
  assert (E : Rabs (D' - D) <= off * D).
  { apply Rle_trans with (off * s); [| apply Rmult_le_compat_l; lra]. apply Rle_trans with (1 := Moves). exact R. }
  assert (L : (1 - off) * D <= D') by (generalize E; unfold Rabs; destruct (Rcase_abs (D' - D)); lra).
  assert (L0 : 0 < (1 - off) * D) by (apply Rmult_lt_0_compat; lra). assert (Ip : 0 < / D) by (apply Rinv_0_lt_compat; lra).
  assert (Jp : 0 < / D') by (apply Rinv_0_lt_compat; lra).
  assert (M : / D' <= / (1 - off) * / D) by (rewrite <- Rinv_mult; apply Rinv_le_contravar; lra).
  split; [| split; [| lra]].
  + split; [| rewrite Rabs_pos_eq; lra]. replace (/ D' - / D) with ((D - D') * (/ D' * / D)) by (field; lra).
    rewrite Rabs_mult, (Rabs_minus_sym D), (Rabs_pos_eq (/ D' * / D)) by (apply Rmult_le_pos; lra).
    apply Rle_trans with (off * D * (/ D' * / D)); [apply Rmult_le_compat_r; [apply Rmult_le_pos |]; lra |].
    replace (off * D * (/ D' * / D)) with (off * / D') by (field; lra).
    apply Rle_trans with (off * (/ (1 - off) * / D)); [apply Rmult_le_compat_l; lra |]. right. field. lra.
  + apply rel_same. rewrite Rabs_R1. lra.
Qed.

(* The roundings of doubles in k. *)
Lemma k_rounded : Rabs (k_computed m2 cols eps outside - k_exact eps outside T) <= 20 * u f64 * Rabs (k_exact eps outside T).
Proof.
unfold k_computed, k_exact. destruct outside; [| rewrite Rminus_diag_eq, Rabs_R0, Rabs_R1 by reflexivity; generalize (u_pos f64); lra].
assert (low : bpow radix2 (-350) <= V2) by (apply Rle_trans with (2 := V2_low); apply bpow_le; lia). assert (V0 := V2_0).
assert (T0 : 0 < T) by now apply sqrt_lt_R0. assert (F0 : wide.F64 0) by apply (format.F_0 (-1074) 53).
assert (Dn := scales.den_out_err m2 cols eps m2_pos F_eps eps_pos cols_range low).
assert (Rt := scales.den_out_err m2 cols 0 m2_pos F0 (Rle_refl 0) cols_range low).
assert (Z : scales.den_out m2 cols 0 = scales.root_out m2 cols).
{ unfold scales.den_out. rewrite Rplus_0_r. apply (format.rnd_id (-1074) 53). exact (is_rnd f64 _). }
rewrite Z, Rplus_0_r in Rt. fold V2 T in Dn, Rt. rewrite rstd.u64_eq, <- u64 in Dn, Rt.
set (d := scales.den_out m2 cols eps) in *. set (t := scales.root_out m2 cols) in *.
assert (U : 0 <= 5 * u f64 <= 1 / 1000000) by (rewrite u64; lra). set (v := 5 * u f64) in *.
assert (tl : (1 - v) * T <= t <= (1 + v) * T) by (generalize Rt; unfold Rabs; destruct (Rcase_abs (t - T)); lra).
assert (t0 : 0 < t) by (assert (0 < (1 - v) * T) by (apply Rmult_lt_0_compat; lra); lra).
assert (It : 0 < / t) by now apply Rinv_0_lt_compat. assert (IT : 0 < / T) by now apply Rinv_0_lt_compat.
assert (Q0 : 1 <= (T + eps) / T) by exact (k_exact_1 eps true T T0 eps_pos). set (q := (T + eps) / T) in *.
assert (qT : q * T = T + eps) by (unfold q; field; lra). rewrite (Rabs_pos_eq q) by lra.
assert (A : Rabs (d / t - q) <= 201 / 100 * v * q).
{ replace (d / t - q) with (((d - (T + eps)) - q * (t - T)) * / t) by (rewrite <- qT; field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ t)) by lra.
  assert (N : Rabs (d - (T + eps) - q * (t - T)) <= 2 * v * (q * T)).
  { unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq q) by lra.
    assert (q * Rabs (t - T) <= q * (v * T)) by (apply Rmult_le_compat_l; lra).
    assert (v * (q * T) = v * (T + eps)) by now rewrite qT. lra. }
  apply Rle_trans with (2 * v * (q * T) * / t); [apply Rmult_le_compat_r; lra |].
  apply Rmult_le_reg_r with t; [exact t0 |]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (201 / 100 * v * q * ((1 - v) * T)); [| apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | lra]].
  assert (0 <= v * (q * T)) by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]). assert (v * (v * (q * T)) <= 1 / 1000000 * (v * (q * T)))
    by (apply Rmult_le_compat_r; lra). lra. }
assert (E : eta f64 <= u f64 * q).
{ apply Rle_trans with (u f64 * 1); [| apply Rmult_le_compat_l; [apply u_pos | lra]]. rewrite Rmult_1_r, u64.
  change (/ 2 * bpow radix2 (-1074) <= / 9007199254740992). apply Rle_trans with (bpow radix2 (-53)); [| simpl; lra].
  assert (bpow radix2 (-1074) <= bpow radix2 (-53)) by (apply bpow_le; lia). generalize (bpow_ge_0 radix2 (-1074)). lra. }
assert (R := rnd_any f64 (d / t)).
assert (B : Rabs (d / t) <= 11 / 10 * q).
{ replace (d / t) with ((d / t - q) + q) by ring. eapply Rle_trans; [apply Rabs_triang |]. rewrite (Rabs_pos_eq q) by lra.
  assert (201 / 100 * v * q <= 1 / 10 * q) by (apply Rmult_le_compat_r; lra). lra. }
assert (u f64 * Rabs (d / t) <= u f64 * (11 / 10 * q)) by (apply Rmult_le_compat_l; [apply u_pos | exact B]).
replace (rnd f64 (d / t) - q) with ((rnd f64 (d / t) - d / t) + (d / t - q)) by ring. eapply Rle_trans; [apply Rabs_triang |].
unfold v in A. assert (0 <= u f64 * q) by (apply Rmult_le_pos; [apply u_pos | lra]). lra.
Qed.

(* Of a row that is scaled by S. *)
Theorem scale_from_root : scale_rel (/ (anyscale.D_any eps outside s * bpow radix2 k))
	(four.rstd (anyscale.rstd64 m2 cols eps outside / bpow radix2 k)) (k_exact eps outside s) (k_computed m2 cols eps outside) e.
Proof.
destruct from_root as (g & h & HD & Hk & G & H1 & Prod). cbv zeta in HD, Hk. assert (O := off_range). assert (I := inverse_below off ltac:(lra)).
assert (Ri := anyscale.rstd64_is m2 cols eps outside m2_pos F_eps eps_pos cols_range V2_low V_max). fold V2 T in Ri.
destruct (anyscale.rstd64_range m2 cols eps outside m2_pos F_eps eps_pos cols_range V2_low V_max k k_is) as (Rr & _).
assert (Dp := anyscale.D_pos m2 cols eps outside eps_pos V2_low). fold V2 T in Dp. rewrite same_u in Ri.
assert (Fl := four.rstd_is_float _ Rr). rewrite same_u in Fl. assert (Rp := four.R1_0 _ Rr).
set (R1 := anyscale.rstd64 m2 cols eps outside) in *. set (D' := anyscale.D_any eps outside T) in *. set (D := anyscale.D_any eps outside s) in *.
set (S := bpow radix2 k) in *. assert (Sp : 0 < S) by apply bpow_gt_0.
assert (Ip : 0 < / D') by now apply Rinv_0_lt_compat. assert (Is : 0 < / S) by now apply Rinv_0_lt_compat.
assert (A : rel R1 (/ D) (/ D) (g * (1 + 1 / 1000 * u f32)) 0).
{ apply (rel_rounded _ (/ D')); [exact HD | generalize (u_pos f32); lra |]. rewrite (Rabs_pos_eq (/ D')) by lra.
  replace (R1 - / D') with ((R1 * D' - 1) * / D') by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D')) by lra.
  apply Rmult_le_compat_r; lra. }
assert (B : rel (R1 / S) (/ (D * S)) (/ (D * S)) (g * (1 + 1 / 1000 * u f32)) 0).
{ assert (X : rel (/ S) (/ S) (/ S) 1 0) by (apply rel_same; rewrite Rabs_pos_eq; lra). assert (P := rel_times _ _ _ _ _ _ _ _ A X).
  rewrite Rmult_0_r, Rmult_1_r, <- Rinv_mult in P. exact P. }
set (w := 100001 / 100000 * u f32). assert (W : 0 <= w) by (unfold w; generalize (u_pos f32); lra).
assert (C : rel (four.rstd (R1 / S)) (/ (D * S)) (/ (D * S)) (g * (1 + 1 / 1000 * u f32) * (1 + w)) 0).
{ apply (rel_rounded _ (R1 / S)); [exact B | exact W |]. rewrite (Rabs_pos_eq (R1 / S)) by lra. unfold w. lra. }
exists (g * (1 + 1 / 1000 * u f32) * (1 + w)), (h * (1 + 20 * u f64)).
assert (ones : 1 <= (1 + 1 / 1000 * u f32) * (1 + w) <= 1 + 10012 / 10000 * u f32) by (unfold w; rewrite u32; lra).
assert (oo : off * off <= 1 / 2000000 * off) by (apply Rmult_le_compat_r; lra).
assert (inv : / (1 - off) <= 1 + (c + 12 / 10000) * u f32) by (unfold off in *; rewrite u32 in *; lra).
assert (cu : 0 <= (c + 12 / 10000) * u f32 <= 1 / 2000000) by (rewrite u32; lra).
set (o := (1 + 1 / 1000 * u f32) * (1 + w)) in *. rewrite Rmult_assoc in *. fold o in C |- *.
split; [exact C |]. split; [split |].
- rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; lra.
- apply Rle_trans with ((1 + (c + 12 / 10000) * u f32) * (1 + 10012 / 10000 * u f32)); [apply Rmult_le_compat; lra |].
  assert ((c + 5 / 1000) * u f32 <= e * u f32) by (apply Rmult_le_compat_r; [apply u_pos | exact c_e]).
  apply Rle_trans with ((1 + (c + 5 / 1000) * u f32) * (1 + u f32)); [rewrite u32 in *; lra |]. apply Rmult_le_compat_r; [rewrite u32; lra | lra].
- assert (KR := k_rounded). split; [apply (rel_rounded _ (k_exact eps outside T)); [exact Hk | rewrite u64; lra | exact KR] |]. split.
  + rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; rewrite ?u64; lra.
  + replace (h * (1 + 20 * u f64) * (g * o)) with (h * g * (o * (1 + 20 * u f64))) by ring. rewrite Prod.
    apply Rle_trans with ((1 + (c + 12 / 10000) * u f32) * ((1 + 10012 / 10000 * u f32) * (1 + 20 * u f64))).
    * apply Rmult_le_compat; [lra | apply Rmult_le_pos; rewrite ?u64; lra | exact inv | apply Rmult_le_compat_r; rewrite ?u64; lra].
    * assert ((c + 5 / 1000) * u f32 <= e * u f32) by (apply Rmult_le_compat_r; [apply u_pos | exact c_e]). rewrite u32, u64 in *. lra.
Qed.
End Root.
