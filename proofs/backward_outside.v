(* LN_EPS_OUTSIDE, with k = (sigma + eps) / sigma from the root that rstd comes from: where the root is off by e, rstd and k are off by
   no more together. s is sigma, sc the computed one. *)
Require Import Reals Lra.
Require Import backward_rounding backward_sums.
Local Open Scope R_scope.

Section Outside.
Variables (s sc eps e : R).
Hypothesis S : 0 < s.
Hypothesis E : 0 <= eps.
Hypothesis small : 0 <= e <= 1 / 1000.
Hypothesis root : Rabs (sc - s) <= e * s.
Let t := s / (s + eps).

Lemma t_range : 0 < t <= 1.
Proof.
unfold t. split; [apply Rmult_lt_0_compat; [exact S | apply Rinv_0_lt_compat; lra] |].
apply Rmult_le_reg_r with (s + eps); [lra |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
Lemma et_range : 0 <= e * t <= e /\ 1 - e * t >= 999 / 1000.
Proof. assert (T := t_range). assert (0 <= e * t) by (apply Rmult_le_pos; lra). assert (e * t <= e * 1) by (apply Rmult_le_compat_l; lra).
	lra. Qed.
Lemma sc_range : (1 - e) * s <= sc <= (1 + e) * s.
Proof. generalize root. unfold Rabs. destruct (Rcase_abs (sc - s)); lra. Qed.
Lemma sc_pos : 0 < sc. Proof. assert (0 < (1 - e) * s) by (apply Rmult_lt_0_compat; lra). generalize sc_range. lra. Qed.

Theorem rstd_outside : rel (/ (sc + eps)) (/ (s + eps)) (/ (s + eps)) (/ (1 - e * t)) 0.
Proof.
assert (T := t_range). assert (ET := et_range). assert (P := sc_pos). assert (R := sc_range).
assert (I : 0 < / (s + eps)) by (apply Rinv_0_lt_compat; lra).
split; [| rewrite Rabs_pos_eq; lra].
assert (M : (1 - e * t) * (s + eps) <= sc + eps).
{ replace ((1 - e * t) * (s + eps)) with (s + eps - e * s) by (unfold t; field; lra). lra. }
assert (J : 0 < / (sc + eps)) by (apply Rinv_0_lt_compat; lra). assert (K : 0 < / (1 - e * t)) by (apply Rinv_0_lt_compat; lra).
replace (/ (sc + eps) - / (s + eps)) with ((s - sc) * (/ (sc + eps) * / (s + eps))) by (field; lra).
rewrite Rabs_mult, (Rabs_minus_sym s), (Rabs_pos_eq (_ * _)) by (apply Rmult_le_pos; lra).
replace ((/ (1 - e * t) - 1) * / (s + eps) + 0) with (e * t * (/ (1 - e * t) * / (s + eps))) by (field; lra).
apply Rle_trans with (e * s * (/ (sc + eps) * / (s + eps))); [apply Rmult_le_compat_r; [apply Rmult_le_pos |]; lra |].
replace (e * s) with (e * t * (s + eps)) by (unfold t; field; lra). rewrite (Rmult_assoc (e * t)).
apply Rmult_le_compat_l; [lra |].
replace ((s + eps) * (/ (sc + eps) * / (s + eps))) with (/ (sc + eps)) by (field; lra).
replace (/ (1 - e * t) * / (s + eps)) with (/ ((1 - e * t) * (s + eps))) by (field; lra).
apply Rinv_le_contravar; [apply Rmult_lt_0_compat; lra | exact M].
Qed.

Theorem k_outside : rel ((sc + eps) / sc) ((s + eps) / s) ((s + eps) / s) ((1 - e * t) / (1 - e)) 0.
Proof.
assert (T := t_range). assert (ET := et_range). assert (P := sc_pos). assert (R := sc_range).
assert (I : 0 < / sc) by now apply Rinv_0_lt_compat. assert (J : 0 < / s) by now apply Rinv_0_lt_compat.
assert (W : 0 <= (s + eps) / s) by (apply Rmult_le_pos; lra).
split; [| rewrite Rabs_pos_eq; lra].
replace ((sc + eps) / sc - (s + eps) / s) with ((s - sc) * (eps * (/ sc * / s))) by (field; lra).
rewrite Rabs_mult, (Rabs_minus_sym s), (Rabs_pos_eq (eps * _)) by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]).
replace (((1 - e * t) / (1 - e) - 1) * ((s + eps) / s) + 0) with (e * s * (eps * (/ ((1 - e) * s) * / s))) by (unfold t; field; lra).
assert (Q : 0 <= eps * (/ sc * / s)) by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]).
apply Rle_trans with (e * s * (eps * (/ sc * / s))); [apply Rmult_le_compat_r; assumption |].
apply Rmult_le_compat_l; [apply Rmult_le_pos; lra |]. apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat_r; [lra |].
apply Rinv_le_contravar; [apply Rmult_lt_0_compat |]; lra.
Qed.

(* The growths, and their product, which is all that the last term of dx sees. *)
Theorem outside_growth : 1 <= / (1 - e * t) <= / (1 - e) /\ 1 <= (1 - e * t) / (1 - e) /\ (1 - e * t) / (1 - e) * / (1 - e * t) = / (1 - e).
Proof.
assert (T := t_range). assert (ET := et_range). repeat split.
- rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
- apply Rinv_le_contravar; lra.
- apply Rmult_le_reg_r with (1 - e); [lra |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
- field. lra.
Qed.
End Outside.
