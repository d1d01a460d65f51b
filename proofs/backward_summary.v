(* What is proved of the backward pass, the gate and the cells, with what each theorem assumes; and that the counts of proofs/counts.txt,
	which
   `lntest counts` compares with the specification, are those of the proofs (backward_counted.v is made from that file). *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_f32 backward_f64 backward_columns backward_saved backward_outside backward_scale cells_activations cells_bound
	cells_steps.
Require Import backward_forward64 backward_layernorm64 backward_counted.
Local Open Scope R_scope.

(* Chains: g is rounded once, then three times in its chain, a product four times; the trees of a block are at most 20 high, a column's 8.
	*)
Lemma counts : (float_g = 1 + 3 /\ float_g_xhat = 1 + 4 /\ float_dgamma = 4 /\ float_dbeta = 3 /\ f64_g = 1 + 3 /\ f64_g_xhat = 1 + 4
	/\ f64_dgamma = 4 /\ f64_dbeta = 3 /\ double_g <= 20 /\ double_g_xhat <= 20 /\ double_dgamma <= 8 /\ double_dbeta <= 8)%nat.
Proof. repeat split; (reflexivity || (apply Nat.leb_le; reflexivity)). Qed.

(* The constants of ln.h: 11, 16 and 41; RMSNorm 8 and 22, in floats 21. *)
Theorem promised c : D1_of rstd64 <= 11 /\ D2_of rstd64 <= 16 /\ D2_f64_of rstd64 <= 16 /\
	D3_after_of c (statistics + xhat_roundings c) rstd64 <= 41 /\ D3_f64_of c (statistics + xhat_roundings c) rstd64 <= 41 /\
	D1_of (201 / 100) <= 8 /\ D3_after_of c (402 / 100) (201 / 100) <= 21 /\ D3_f64_of c (402 / 100) (201 / 100) <= 22.
Proof.
unfold D1_of, D2_of, D2_f64_of, D3_after_of, D3_f64_of, statistics, rstd64, xhat_roundings. destruct c; lra.
Qed.
Theorem promised_columns c : own_gamma <= 8 /\ own_gamma_long <= 8 /\ own_gamma_f64 <= 8 /\ own_beta <= 8 /\ own_beta_long <= 8 /\
	own_beta_f64 <= 8
	/\ own_gamma_f64 + statistics + xhat_roundings c <= 175 / 10 /\ statistics + xhat_roundings c <= 12.
Proof.
unfold own_gamma, own_gamma_long, own_gamma_f64, own_beta, own_beta_long, own_beta_f64, statistics, xhat_roundings. destruct c; lra.
Qed.

(* All at once: the proofs that they share are gone through once. *)
Definition audited := (@counts, @promised, @promised_columns, @layernorm, @rmsnorm, @given, @dx_after_f32, @dx_after_f64, @dx_rms_f64,
	@dgamma_f32, @dgamma_f32_long, @dbeta_f32, @dbeta_f32_long, @dgamma_f64, @dbeta_f64, @dx_wide, @dx_narrow,
	@dgamma64, @dx_out_f32, @dx_out_f64, @dx_sum, @dx_input, @average_input, @dx_saved, @dgamma_saved,
	@rstd_outside, @k_outside, @outside_f32, @norm_is_normed, @norms_are_normed, @rnn_step, @lstm_c_step,
	@lstm_h_step, @gru_step, @gate).
Print Assumptions audited.
