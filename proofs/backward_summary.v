(* What is proved of the backward pass, the gate and the cells, with what each theorem assumes; and that the counts of proofs/counts.txt,
	which
   `lntest counts` compares with the specification, are those of the proofs (backward_counted.v is made from that file). *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Require Import backward_f32 backward_f64 backward_columns backward_saved backward_outside backward_scale cells_activations cells_bound cells_gate
	cells_steps.
Require Import backward_shared backward_forward64 backward_layernorm64 backward_rmsnorm64 backward_counted.
Require f64_xhat_outside f32_xhat_row backward_root32 backward_forward32 backward_layernorm32 backward_rmsnorm32 backward_dgamma32
	backward_dgamma64.
Local Open Scope R_scope.

(* Chains: g is rounded once, then three times in its chain, a product four times; the trees of a block are at most 20 high, a column's 8.
	*)
Lemma counts : (float_g = 1 + 3 /\ float_g_xhat = 1 + 4 /\ float_dgamma = 4 /\ float_dbeta = 3 /\ f64_g = 1 + 3 /\ f64_g_xhat = 1 + 4
	/\ f64_dgamma = 4 /\ f64_dbeta = 3 /\ double_g <= 20 /\ double_g_xhat <= 20 /\ double_dgamma <= 8 /\ double_dbeta <= 8)%nat.
Proof. repeat split; (reflexivity || (apply Nat.leb_le; reflexivity)). Qed.

(* The constants of ln.h: 11, 16 and 41; RMSNorm 8 and 22, in floats 21. *)
Theorem promised c : D1_of rstd64 <= 11 /\ D2_of rstd64 <= 16 /\ D2_f64_of rstd64 <= 16 /\
	D3_after_of c (statistics + xhat_roundings c) rstd64 <= 41 /\ D3_f64_of c (statistics + xhat_roundings c) rstd64 <= 41 /\
	D1_of rms_rstd <= 8 /\ D3_after_of c rms_xhat32 rms_rstd <= 21 /\ D3_f64_of c rms_xhat rms_rstd <= 22.
Proof.
unfold D1_of, D2_of, D2_f64_of, D3_after_of, D3_f64_of, statistics, rstd64, xhat_roundings, rms_xhat, rms_xhat32, rms_rstd. destruct c; lra.
Qed.
(* 18 and 5, in the case of shared columns too; with a gate, whose 6 u the weight has as well, 24 and 11. *)
Theorem promised_columns c : let xhat := statistics + xhat_roundings c in
	xhat <= 12 /\ own_gamma + xhat <= 18 /\ own_gamma_f64 + xhat <= 18 /\
	own_gamma_shared + xhat <= 18 /\ own_gamma_shared_f64 + xhat <= 18 /\ own_beta <= 5 /\ own_beta_f64 <= 5 /\ own_beta_shared <= 5 /\
	own_beta_shared_f64 <= 5 /\ (own_gamma_shared + xhat) * (1 + 6 * u f32) + 6 <= 24 /\ own_beta_shared * (1 + 6 * u f32) + 6 <= 11.
Proof.
unfold own_gamma, own_gamma_f64, own_gamma_shared, own_gamma_shared_f64, own_beta, own_beta_f64, own_beta_shared, own_beta_shared_f64,
	statistics, xhat_roundings. rewrite u32. destruct c; lra.
Qed.
(* RMSNorm's dgamma: 10. *)
Theorem promised_rms_columns : rms_xhat32 <= 5 /\ own_gamma + rms_xhat32 <= 10 /\ own_gamma_f64 + rms_xhat <= 10 /\
	own_gamma_shared + rms_xhat32 <= 10 /\ own_gamma_shared_f64 + rms_xhat <= 10.
Proof. unfold own_gamma, own_gamma_f64, own_gamma_shared, own_gamma_shared_f64, rms_xhat, rms_xhat32. lra. Qed.

(* All at once: the proofs that they share are gone through once. *)
Definition audited := (
	@counts, @promised, @promised_columns, @promised_rms_columns, @layernorm, @rmsnorm, @given, @dx_after_f32, @dx_after_f64, @dx_rms_f32, @dx_rms_f64,
	@dgamma_f32, @dgamma_f32_long, @dbeta_f32, @dbeta_f32_long, @dgamma_f64, @dbeta_f64, @dx_wide, @dx_narrow,
	@f32_xhat_row.near_any, @f32_xhat_row.moments_several, @f32_xhat_row.moments_alone, @backward_root32.scale_from_root,
	@backward_layernorm32.dx_float, @backward_rmsnorm32.dx_rms_float, @dx_rms_double,
	@backward_dgamma32.dgamma_layernorm32, @backward_dgamma32.dgamma_rmsnorm32, @backward_dgamma32.shared_layernorm32,
	@backward_dgamma32.shared_rmsnorm32, @backward_dgamma64.dgamma_layernorm64, @backward_dgamma64.dgamma_rmsnorm64,
	@backward_dgamma64.shared_layernorm64, @backward_dgamma64.shared_rmsnorm64,
	@f64_xhat_outside.wide_outside, @f64_xhat_outside.narrow_outside, @rms_near, @dgamma_shared_f32, @dbeta_shared_f32,
	@dgamma_shared_f64, @dbeta_shared_f64, @dx_out_f32, @dx_out_f64, @dx_sum, @dx_input, @average_input, @column_input, @dx_saved,
	@dgamma_saved, @rstd_outside, @k_outside, @norm_is_normed, @norms_are_normed, @rnn_step, @lstm_c_step,
	@lstm_h_step, @gru_step, @gate, @gate_sigmoid, @self_silu, @self_sigmoid).
Print Assumptions audited.
