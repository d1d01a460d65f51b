(* The gate of ln_forward(). *)
Require Import Reals Lra.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_dx backward_constants cells_activations.
Require Import cells_bound.
Local Open Scope R_scope.

(* The gate: y = n * (g * s). s is within `activation` ulp: an ulp is at most 2 u sigma(g), and 2 eta where that is denormal. en: the
	error of n *)
Theorem gate n ne en g s : Rabs (n - ne) <= en -> Rabs (s - sigmoid g) <= activation * (2 * uf * sigmoid g + 2 * et) ->
	let silu := g * sigmoid g in
	Rabs (rnd f32 (n * rnd f32 (g * s)) - ne * silu)
	<= (1 + 6 * uf) * en * (Rabs silu + Rabs g * (4 * et) + et) + 6 * uf * Rabs (ne * silu) + Rabs ne * (Rabs g * (4 * et) + (1 + 2 *
		uf) * et) + et.
Proof.
intros En Es silu. assert (U := uf_pos). assert (E := et_pos). assert (S0 := sigmoid_range g).
set (G := Rabs g). assert (G0 : 0 <= G) by apply Rabs_pos. assert (T : Rabs silu = G * sigmoid g) by (unfold silu; rewrite Rabs_mult,
	(Rabs_pos_eq (sigmoid g)); [reflexivity | lra]).
set (L := Rabs silu) in *. assert (L0 : 0 <= L) by apply Rabs_pos. set (N := Rabs ne). assert (N0 : 0 <= N) by apply Rabs_pos.
assert (en0 : 0 <= en) by (eapply Rle_trans; [apply Rabs_pos | exact En]).
assert (UE : 0 <= uf * et) by (apply Rmult_le_pos; lra). assert (GE : 0 <= G * et) by (apply Rmult_le_pos; lra). assert (UL : 0 <= uf * L)
	by (apply Rmult_le_pos; lra).
assert (A : rel (g * s) silu L (1 + 394 / 100 * uf) (394 / 100 * (G * et))).
{ split; [| apply Rle_refl]. replace (g * s - silu) with (g * (s - sigmoid g)) by (unfold silu; ring).
  eapply Rle_trans; [apply (abs_mult_le _ _ G _ (Rle_refl _) Es) |]. unfold activation. rewrite T. lra. }
assert (B := rel_rnd f32 _ _ _ _ _ A).
assert (C : rel n ne N 1 en) by (split; [| apply Rle_refl]; replace ((1 - 1) * N + en) with en by ring; exact En).
assert (D := rel_rnd f32 _ _ _ _ _ (rel_mult _ _ _ _ _ _ _ _ _ _ C B)).
destruct D as [D _]. eapply Rle_trans; [exact D |]. clear D A B C.
rewrite Rabs_mult. fold N L. fold G.
assert (NL : 0 <= N * L) by (apply Rmult_le_pos; lra). assert (eL : 0 <= en * L) by (apply Rmult_le_pos; lra).
assert (NG : 0 <= N * (G * et)) by (apply Rmult_le_pos; lra). assert (eG : 0 <= en * (G * et)) by (apply Rmult_le_pos; lra).
assert (Ne : 0 <= N * et) by (apply Rmult_le_pos; lra). assert (ee : 0 <= en * et) by (apply Rmult_le_pos; lra).
rewrite u32. lra.
Qed.

(* LN_GATE_SIGMOID: y = n * s, one product less. *)
Theorem gate_sigmoid n ne en g s : Rabs (n - ne) <= en -> Rabs (s - sigmoid g) <= activation * (2 * uf * sigmoid g + 2 * et) ->
	Rabs (rnd f32 (n * s) - ne * sigmoid g)
	<= (1 + 5 * uf) * en * (sigmoid g + 4 * et) + 5 * uf * Rabs (ne * sigmoid g) + Rabs ne * (4 * et) + et.
Proof.
intros En Es. assert (U := uf_pos). assert (E := et_pos). assert (S0 := sigmoid_range g).
assert (en0 : 0 <= en) by (eapply Rle_trans; [apply Rabs_pos | exact En]).
rewrite Rabs_mult, (Rabs_pos_eq (sigmoid g)) by lra. set (L := sigmoid g) in *. set (N := Rabs ne). assert (N0 : 0 <= N) by apply Rabs_pos.
assert (UL : 0 <= uf * L) by (apply Rmult_le_pos; lra).
assert (A : rel s L L (1 + 394 / 100 * uf) (394 / 100 * et)).
{ split; [| rewrite Rabs_pos_eq; lra]. eapply Rle_trans; [exact Es |]. unfold activation. lra. }
assert (C : rel n ne N 1 en) by (split; [| apply Rle_refl]; replace ((1 - 1) * N + en) with en by ring; exact En).
assert (D := rel_rnd f32 _ _ _ _ _ (rel_mult _ _ _ _ _ _ _ _ _ _ C A)).
destruct D as [D _]. eapply Rle_trans; [exact D |]. clear D A C.
assert (NL : 0 <= N * L) by (apply Rmult_le_pos; lra). assert (eL : 0 <= en * L) by (apply Rmult_le_pos; lra).
assert (Ne : 0 <= N * et) by (apply Rmult_le_pos; lra). assert (ee : 0 <= en * et) by (apply Rmult_le_pos; lra).
rewrite u32. lra.
Qed.

(* silu is nowhere steeper than 1.1: with e = exp(-x) that is x e <= 0.1 + 1.2 e + 1.1 e^2, least where e is 1/11, and ln 11 < 2.4. *)
Lemma exp_twice a b x : 0 <= a -> a <= exp x -> b <= a * a -> b <= exp (x + x).
Proof. intros A X B. rewrite exp_plus. apply Rle_trans with (a * a); [exact B | apply Rmult_le_compat; assumption]. Qed.
Lemma ln_11 : ln 11 <= 12 / 5.
Proof.
assert (E0 : 1001171875000 / 1000000000000 <= exp (12 / 5 / 2048)) by (eapply Rle_trans; [| apply exp_ineq1_le]; lra).
assert (E1 := exp_twice (1001171875000 / 1000000000000) (1002345123291 / 1000000000000) _ ltac:(lra) E0 ltac:(lra)).
assert (E2 := exp_twice (1002345123291 / 1000000000000) (1004695746185 / 1000000000000) _ ltac:(lra) E1 ltac:(lra)).
assert (E3 := exp_twice (1004695746185 / 1000000000000) (1009413542402 / 1000000000000) _ ltac:(lra) E2 ltac:(lra)).
assert (E4 := exp_twice (1009413542402 / 1000000000000) (1018915699584 / 1000000000000) _ ltac:(lra) E3 ltac:(lra)).
assert (E5 := exp_twice (1018915699584 / 1000000000000) (1038189202858 / 1000000000000) _ ltac:(lra) E4 ltac:(lra)).
assert (E6 := exp_twice (1038189202858 / 1000000000000) (1077836820930 / 1000000000000) _ ltac:(lra) E5 ltac:(lra)).
assert (E7 := exp_twice (1077836820930 / 1000000000000) (1161732212552 / 1000000000000) _ ltac:(lra) E6 ltac:(lra)).
assert (E8 := exp_twice (1161732212552 / 1000000000000) (1349621733680 / 1000000000000) _ ltac:(lra) E7 ltac:(lra)).
assert (E9 := exp_twice (1349621733680 / 1000000000000) (1821478824021 / 1000000000000) _ ltac:(lra) E8 ltac:(lra)).
assert (E10 := exp_twice (1821478824021 / 1000000000000) (3317785106356 / 1000000000000) _ ltac:(lra) E9 ltac:(lra)).
assert (E11 := exp_twice (3317785106356 / 1000000000000) (11007698011957 / 1000000000000) _ ltac:(lra) E10 ltac:(lra)).
match type of E11 with _ <= exp ?x => replace x with (12 / 5) in E11 by field end.
apply Rnot_lt_le. intro H. apply exp_increasing in H. rewrite exp_ln in H; lra.
Qed.
Definition silu x := x * sigmoid x.
Definition silu' x := sigmoid x + x * sigmoid' x.
Lemma silu_derivative x : derivable_pt_lim silu x (silu' x).
Proof.
assert (D := derivable_pt_lim_mult id sigmoid x _ _ (derivable_pt_lim_id x) (sigmoid_derivative x)).
unfold silu'. replace (sigmoid x + x * sigmoid' x) with (1 * sigmoid x + id x * sigmoid' x) by (unfold id; ring). exact D.
Qed.
Lemma silu'_at_most x : silu' x <= 11 / 10.
Proof.
unfold silu', sigmoid, sigmoid'. assert (P := exp_pos (- x)). set (e := exp (- x)) in *.
assert (K := ln_11). assert (T : exp (ln 11) = 11) by (apply exp_ln; lra).
assert (W : e * 11 = exp (ln 11 - x)) by (unfold e; rewrite <- T at 1; rewrite <- exp_plus; f_equal; ring).
assert (V : exp (x - ln 11) * (e * 11) = 1) by (rewrite W, <- exp_plus; replace (x - ln 11 + (ln 11 - x)) with 0 by ring; apply exp_0).
assert (A := exp_ineq1_le (ln 11 - x)). assert (B := exp_ineq1_le (x - ln 11)). rewrite <- W in A.
assert (Q : exp (x - ln 11) = / (e * 11)) by (apply Rmult_eq_reg_r with (e * 11); [rewrite V, Rinv_l; lra | lra]).
assert (X : x <= 1 / 10 * / e + 12 / 10 + 11 / 10 * e).
{ rewrite Q, Rinv_mult in B. lra. }
assert (Y : x * e <= 1 / 10 + 12 / 10 * e + 11 / 10 * (e * e)).
{ apply Rmult_le_compat_r with (r := e) in X; [| lra].
  replace ((1 / 10 * / e + 12 / 10 + 11 / 10 * e) * e) with (1 / 10 * (/ e * e) + 12 / 10 * e + 11 / 10 * (e * e)) in X by ring.
  rewrite Rinv_l in X by lra. lra. }
assert (O : 0 < (1 + e) * (1 + e)) by (apply Rmult_lt_0_compat; lra).
apply Rmult_le_reg_r with ((1 + e) * (1 + e)); [exact O |].
replace ((/ (1 + e) + x * (e / (1 + e)²)) * ((1 + e) * (1 + e))) with (1 + e + x * e) by (unfold Rsqr; field; lra).
lra.
Qed.
Lemma silu'_of_minus x : silu' (- x) = 1 - silu' x.
Proof.
unfold silu', sigmoid, sigmoid'. rewrite Ropp_involutive. assert (P := exp_pos x). assert (Q := exp_pos (- x)).
assert (M : exp (- x) = / exp x) by (apply Rmult_eq_reg_r with (exp x); [rewrite <- exp_plus, Rplus_opp_l, exp_0, Rinv_l; lra | lra]).
rewrite M. unfold Rsqr. field. lra.
Qed.
Lemma silu'_range x : Rabs (silu' x) <= 11 / 10.
Proof. apply Rabs_le. assert (A := silu'_at_most x). assert (B := silu'_at_most (- x)). rewrite silu'_of_minus in B. lra. Qed.
Lemma silu_step x y : x < y -> Rabs (silu y - silu x) <= 11 / 10 * Rabs (y - x).
Proof.
intro H. destruct (MVT_cor2 silu silu' x y H (fun z _ => silu_derivative z)) as (z & E & _).
rewrite E, Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos | apply silu'_range].
Qed.
Theorem silu_lipschitz x y : Rabs (silu x - silu y) <= 11 / 10 * Rabs (x - y).
Proof.
destruct (Rtotal_order x y) as [H | [H | H]].
- rewrite Rabs_minus_sym, (Rabs_minus_sym x). now apply silu_step.
- subst. unfold Rminus. rewrite !Rplus_opp_r, Rabs_R0. lra.
- now apply silu_step.
Qed.

(* LN_GATE_SELF: y = n * s, s the sigmoid of n itself, or s. *)
Theorem self_silu n ne en s : Rabs (n - ne) <= en -> Rabs (s - sigmoid n) <= activation * (2 * uf * sigmoid n + 2 * et) ->
	Rabs (rnd f32 (n * s) - silu ne) <= (1 + 6 * uf) * (11 / 10 * en) + 5 * uf * Rabs (silu ne) + Rabs n * (4 * et) + et.
Proof.
intros En Es. assert (U := uf_pos). assert (E := et_pos). assert (en0 : 0 <= en) by (eapply Rle_trans; [apply Rabs_pos | exact En]).
assert (G := gate_sigmoid n n 0 n s). replace (n - n) with 0 in G by ring. rewrite Rabs_R0 in G. specialize (G (Rle_refl 0) Es).
fold (silu n) in G. assert (L := silu_lipschitz n ne).
assert (T : Rabs (silu n) <= Rabs (silu ne) + Rabs (silu n - silu ne)).
{ replace (silu n) with (silu ne + (silu n - silu ne)) at 1 by ring. apply Rabs_triang. }
assert (A : Rabs (rnd f32 (n * s) - silu ne) <= Rabs (rnd f32 (n * s) - silu n) + Rabs (silu n - silu ne)).
{ replace (rnd f32 (n * s) - silu ne) with (rnd f32 (n * s) - silu n + (silu n - silu ne)) by ring. apply Rabs_triang. }
assert (D : Rabs (silu n - silu ne) <= 11 / 10 * en) by lra.
assert (F : 5 * uf * Rabs (silu n) <= 5 * uf * (Rabs (silu ne) + 11 / 10 * en)) by (apply Rmult_le_compat_l; lra).
assert (0 <= uf * en) by (apply Rmult_le_pos; lra). lra.
Qed.
Theorem self_sigmoid n ne en s : Rabs (n - ne) <= en -> Rabs (s - sigmoid n) <= activation * (2 * uf * sigmoid n + 2 * et) ->
	Rabs (s - sigmoid ne) <= (1 + 4 * uf) * (/ 4 * en) + 4 * uf * sigmoid ne + 4 * et.
Proof.
intros En Es. assert (U := uf_pos). assert (E := et_pos). assert (en0 : 0 <= en) by (eapply Rle_trans; [apply Rabs_pos | exact En]).
assert (L := sigmoid_lipschitz n ne). assert (S0 := sigmoid_range n). unfold activation in Es.
assert (A : Rabs (s - sigmoid ne) <= Rabs (s - sigmoid n) + Rabs (sigmoid n - sigmoid ne)).
{ replace (s - sigmoid ne) with (s - sigmoid n + (sigmoid n - sigmoid ne)) by ring. apply Rabs_triang. }
assert (B := Rle_abs (sigmoid n - sigmoid ne)).
assert (F : uf * sigmoid n <= uf * (sigmoid ne + / 4 * en)) by (apply Rmult_le_compat_l; lra).
assert (0 <= uf * en) by (apply Rmult_le_pos; lra).
assert (0 <= uf * sigmoid ne) by (apply Rmult_le_pos; [lra | generalize (sigmoid_range ne); lra]). lra.
Qed.
