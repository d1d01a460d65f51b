(* The one place of all figures of the backward pass, in units of u: what it takes from the statistics, and what is proved from that. *)
Require Import Reals Lra.
Require Import backward_rounding backward_sums.
Local Open Scope R_scope.

(* Hypotheses: xhat from computed statistics is off by at most (statistics + xhat_roundings) u max(1, |xhat|); rstd64 by rstd64 u rstd. *)
Definition statistics := 795 / 100.
Definition rstd64 := 547 / 100.
Definition xhat_roundings c := match c with Fused => 3 | Unfused => 4 end.
Lemma xhat_range c : 0 <= statistics + xhat_roundings c <= 12.
Proof. unfold statistics, xhat_roundings. destruct c; lra. Qed.
Definition grow_xhat c a := 1 + (statistics + xhat_roundings c) * u a.
Definition grow_rstd64 a := 1 + rstd64 * u a.
Definition grow_rstd a := grow_rstd64 a * (1 + u a).

(* |dx - exact| <= u rstd (D1 |g| + D2 average|g| + D3 max(1, |xhat|) average(|g| max(1, |xhat|))), where xhat is off by X u max(1,
	|xhat|) and rstd64
   by e u rstd: X = statistics + xhat_roundings c, e = rstd64 for LayerNorm. *)
Definition D1_of e := e + 503 / 100.
Definition D2_of e := e + 903 / 100.
Definition D3_after_of c X e := 2 * X + e + match c with Fused => 905 / 100 | Unfused => 1005 / 100 end.
Definition D2_f64_of e := e + 1013 / 100.
Definition D3_f64_of c X e := 2 * X + e + match c with Fused => 1013 / 100 | Unfused => 1113 / 100 end.
Lemma layernorm c : D1_of rstd64 <= 105 / 10 /\ D2_of rstd64 <= 145 / 10 /\
	D3_after_of c (statistics + xhat_roundings c) rstd64 <= match c with Fused => 365 / 10 | Unfused => 395 / 10 end /\
	D2_f64_of rstd64 <= 156 / 10 /\
	D3_f64_of c (statistics + xhat_roundings c) rstd64 <= match c with Fused => 375 / 10 | Unfused => 405 / 10 end.
Proof.
unfold D1_of, D2_of, D3_after_of, D2_f64_of, D3_f64_of, statistics, rstd64, xhat_roundings. destruct c; lra.
Qed.
(* RMSNorm: 2.02 u in rstd64 and one rounding each of rstd and t; given statistics: the difference and t are rounded alone. *)
Definition rms_xhat := 402 / 100.
(* of floats that S has scaled *)
Definition rms_xhat32 := 403 / 100.
Definition rms_rstd := 202 / 100.
Lemma rms_range : 0 <= rms_xhat <= 12 /\ 0 <= rms_xhat32 <= 12 /\ 0 <= rms_rstd <= 6.
Proof. unfold rms_xhat, rms_xhat32, rms_rstd. lra. Qed.
Lemma rmsnorm : D1_of rms_rstd <= 71 / 10 /\ D3_after_of Fused rms_xhat32 rms_rstd <= 192 / 10 /\
	D3_after_of Unfused rms_xhat32 rms_rstd <= 202 / 10 /\ D3_f64_of Fused rms_xhat rms_rstd <= 202 / 10 /\
	D3_f64_of Unfused rms_xhat rms_rstd <= 212 / 10.
Proof. unfold D1_of, D3_after_of, D3_f64_of, rms_xhat, rms_xhat32, rms_rstd. lra. Qed.
Lemma given : D1_of 0 <= 51 / 10 /\ D2_of 0 <= 91 / 10 /\ D3_after_of Fused (201 / 100) 0 <= 131 / 10 /\ D3_after_of Unfused (201 / 100)
	0 <= 141 / 10.
Proof. unfold D1_of, D2_of, D3_after_of. lra. Qed.

(* dgamma: (own + statistics + xhat_roundings) u sum |dy| max(1, |xhat|), dbeta: own u sum |dy|, the rounding to float included; for 2^30
	rows, long
   for 2^35 *)
Definition own_gamma := 51 / 10.
Definition own_gamma_long := 71 / 10.
Definition own_gamma_f64 := 55 / 10.
Definition own_beta := 41 / 10.
Definition own_beta_long := 61 / 10.
Definition own_beta_f64 := 45 / 10.
(* of up to 2^30 columns that share a parameter *)
Definition own_gamma_shared := 52 / 10.
Definition own_gamma_shared_f64 := 57 / 10.
Definition own_beta_shared := 42 / 10.
Definition own_beta_shared_f64 := 47 / 10.

(* Cells and gate. An activation is off by at most this many ulp of the exact value, over all floats (measured, scripts/activations:
	1.96). *)
Definition activation := 197 / 100.
(* A norm is off by at most norm_error u (|gamma| max(1, |xhat|) + |beta|), the sum of two by one u more of its three terms. *)
Definition norm_error c := match c with Fused => 12 | Unfused => 14 end.
Definition norms_error c := norm_error c + 1.
