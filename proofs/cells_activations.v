(* sigmoid is Lipschitz with 1/4 and tanh with 1: an error of a norm reaches a gate by at most as much. *)
Require Import Reals Lra.
Local Open Scope R_scope.

Definition sigmoid x := / (1 + exp (- x)).
Lemma exp_0_lt x : 0 < exp x. Proof. apply exp_pos. Qed.
Lemma sigmoid_range x : 0 < sigmoid x < 1.
Proof.
unfold sigmoid. assert (E := exp_pos (- x)). split; [apply Rinv_0_lt_compat; lra |].
rewrite <- Rinv_1. apply Rinv_lt_contravar; lra.
Qed.

Definition sigmoid' x := exp (- x) / (1 + exp (- x))².
Lemma sigmoid_derivative x : derivable_pt_lim sigmoid x (sigmoid' x).
Proof.
assert (E := exp_pos (- x)).
assert (D1 : derivable_pt_lim (comp exp (- id)%F) x (exp ((- id)%F x) * - 1)).
{ apply derivable_pt_lim_comp; [apply derivable_pt_lim_opp, derivable_pt_lim_id | apply derivable_pt_lim_exp]. }
assert (D2 := derivable_pt_lim_plus _ _ x _ _ (derivable_pt_lim_const 1 x) D1).
assert (N : (fct_cte 1 + comp exp (- id))%F x <> 0) by (unfold plus_fct, fct_cte, comp, opp_fct, id; lra).
assert (D3 := derivable_pt_lim_div (fct_cte 1) _ x _ _ (derivable_pt_lim_const 1 x) D2 N).
unfold sigmoid'. unfold plus_fct, fct_cte, comp, opp_fct, id in D3.
replace (exp (- x) / (1 + exp (- x))²) with ((0 * (1 + exp (- x)) - (0 + exp (- x) * - 1) * 1) / (1 + exp (- x))²) by (unfold Rdiv; ring).
intros eps He. destruct (D3 eps He) as [d Hd]. exists d. intros h H1 H2. specialize (Hd h H1 H2).
unfold div_fct in Hd. unfold sigmoid.
replace (/ (1 + exp (- (x + h)))) with (1 / (1 + exp (- (x + h)))) by (unfold Rdiv; ring).
replace (/ (1 + exp (- x))) with (1 / (1 + exp (- x))) by (unfold Rdiv; ring). exact Hd.
Qed.
Lemma sigmoid'_range x : 0 <= sigmoid' x <= / 4.
Proof.
unfold sigmoid'. assert (E := exp_pos (- x)). set (e := exp (- x)) in *. unfold Rsqr.
assert (P : 0 < (1 + e) * (1 + e)) by (apply Rmult_lt_0_compat; lra). split.
- apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat].
- apply Rmult_le_reg_r with ((1 + e) * (1 + e)); [exact P |].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. assert (0 <= (e - 1) * (e - 1)) by apply Rle_0_sqr. lra.
Qed.
Lemma sigmoid_step x y : x < y -> 0 <= sigmoid y - sigmoid x <= / 4 * (y - x).
Proof.
intro H. destruct (MVT_cor2 sigmoid sigmoid' x y H (fun z _ => sigmoid_derivative z)) as (z & E & _).
rewrite E. generalize (sigmoid'_range z). intros [A B]. split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_r; lra].
Qed.
Theorem sigmoid_lipschitz x y : Rabs (sigmoid x - sigmoid y) <= / 4 * Rabs (x - y).
Proof.
destruct (Rtotal_order x y) as [H | [H | H]].
- generalize (sigmoid_step x y H). intros [A B]. rewrite Rabs_minus_sym, (Rabs_minus_sym x), !Rabs_pos_eq; lra.
- subst. unfold Rminus. rewrite !Rplus_opp_r, Rabs_R0. lra.
- generalize (sigmoid_step y x H). intros [A B]. rewrite !Rabs_pos_eq; lra.
Qed.

Lemma tanh_sigmoid x : tanh x = 2 * sigmoid (2 * x) - 1.
Proof.
unfold tanh, sinh, cosh, sigmoid. assert (A := exp_pos x). assert (B := exp_pos (- x)).
assert (C : exp (- (2 * x)) = exp (- x) * exp (- x)) by (rewrite <- exp_plus; f_equal; ring).
assert (D : exp x * exp (- x) = 1) by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
rewrite C. assert (Q : exp x = / exp (- x)) by (apply Rmult_eq_reg_r with (exp (- x)); [rewrite Rinv_l; lra | lra]).
rewrite Q. set (e := exp (- x)) in *. assert (0 < e * e) by (apply Rmult_lt_0_compat; lra).
assert (0 < / e) by now apply Rinv_0_lt_compat. field. repeat split; lra.
Qed.
Theorem tanh_lipschitz x y : Rabs (tanh x - tanh y) <= Rabs (x - y).
Proof.
rewrite !tanh_sigmoid. replace (2 * sigmoid (2 * x) - 1 - (2 * sigmoid (2 * y) - 1)) with (2 * (sigmoid (2 * x) - sigmoid (2 * y))) by ring.
rewrite Rabs_mult, (Rabs_pos_eq 2) by lra. assert (H := sigmoid_lipschitz (2 * x) (2 * y)).
replace (2 * x - 2 * y) with (2 * (x - y)) in H by ring. rewrite Rabs_mult, (Rabs_pos_eq 2) in H by lra. lra.
Qed.
Lemma tanh_range x : Rabs (tanh x) <= 1.
Proof. rewrite tanh_sigmoid. generalize (sigmoid_range (2 * x)). intro H. apply Rabs_le. lra. Qed.
Lemma tanh_below x : Rabs (tanh x) <= Rabs x.
Proof.
assert (H := tanh_lipschitz x 0). assert (Z : tanh 0 = 0) by (unfold tanh, sinh; rewrite Ropp_0; unfold Rminus; rewrite Rplus_opp_r;
	unfold Rdiv; ring).
rewrite Z in H. now rewrite !Rminus_0_r in H.
Qed.
