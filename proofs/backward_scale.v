(* What else section 10 does to dx: the scale S of a row out of range, the gradient that is added; the same for floats and for doubles. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core Mult_error.
Require Import backward_rounding.
Local Open Scope R_scope.

Section Scale.
Variables emin prec : Z.
Hypothesis big : (11 <= prec)%Z.
Let a := flt_arith emin prec big.

(* A product with a power of two is exact, but for what falls below the smallest denormal. *)
Lemma scaled x k : is a x -> Rabs (rnd a (x * bpow radix2 k) - x * bpow radix2 k) <= eta a.
Proof.
intro F. assert (P : Prec_gt_0 prec) by (unfold Prec_gt_0; lia). set (y := x * bpow radix2 k).
destruct (Rle_or_lt (bpow radix2 (emin + prec)) (Rabs y)) as [H | H].
- assert (N : x <> 0) by (intro Z; unfold y in H; rewrite Z, Rmult_0_l, Rabs_R0 in H; generalize (bpow_gt_0 radix2 (emin + prec)); lra).
  assert (G : is a y).
  { apply mult_bpow_exact_FLT; [exact F |].
    assert (L := mag_ge_bpow radix2 y (emin + prec + 1)). replace (emin + prec + 1 - 1)%Z with (emin + prec)%Z in L by lia. specialize (L H).
    unfold y in L. rewrite mag_mult_bpow in L by exact N. lia. }
  rewrite (rnd_is a y G). replace (y - y) with 0 by ring. rewrite Rabs_R0. apply eta_pos.
- change (Rabs (round radix2 (FLT_exp emin prec) (Znearest even) y - y) <= / 2 * bpow radix2 emin).
  rewrite <- (ulp_FLT_small radix2 emin prec y) by exact H. apply error_le_half_ulp. apply FLT_exp_valid. exact P.
Qed.

(* From d, the dx of the scaled row (bound B), to the dx that is given out: times S, and dsum added with one rounding. *)
Theorem dx_given d exact B k : is a d -> Rabs (d - exact) <= B ->
	Rabs (rnd a (d * bpow radix2 k) - exact * bpow radix2 k) <= B * bpow radix2 k + eta a.
Proof.
intros F H. replace (rnd a (d * bpow radix2 k) - exact * bpow radix2 k) with
	((rnd a (d * bpow radix2 k) - d * bpow radix2 k) + (d - exact) * bpow radix2 k) by ring.
eapply Rle_trans; [apply Rabs_triang |]. assert (S := scaled d k F). assert (K := bpow_ge_0 radix2 k).
rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 k)) by exact K. assert (Rabs (d - exact) * bpow radix2 k <= B * bpow radix2 k) by (apply
	Rmult_le_compat_r; lra). lra.
Qed.
Theorem dx_sum dx dsum exact B : is a dx -> is a dsum -> Rabs (dx - exact) <= B ->
	Rabs (rnd a (dx + dsum) - (exact + dsum)) <= B + u a * Rabs (dx + dsum).
Proof.
intros F G H. replace (rnd a (dx + dsum) - (exact + dsum)) with ((rnd a (dx + dsum) - (dx + dsum)) + (dx - exact)) by ring.
eapply Rle_trans; [apply Rabs_triang |]. generalize (rnd_add a dx dsum F G). lra.
Qed.

(* The absolute part as ln.h has it, of a row whose rstd is r = rs S, rs that of the scaled row; kk is the factor of LN_EPS_OUTSIDE. Where
   S is below 1 (2^-90, 2^-650) 1 takes its place, as dx itself may be a denormal. *)
Theorem dx_absolute d exact rs M kk W k : is a d -> 0 <= rs -> 1 <= M -> 1 <= kk ->
	Rabs (d - exact) <= u a * (rs * W) + eta a * (10 * rs * M * kk + 1) ->
	let S := bpow radix2 k in let r := rs * S in
	Rabs (rnd a (d * S) - exact * S) <= u a * (r * W) + 16 * eta a * (r * kk + Rmax 1 S) * M.
Proof.
cbv zeta. intros F R M1 K1 H. assert (E := eta_pos a). set (S := bpow radix2 k). assert (S0 : 0 <= S) by apply bpow_ge_0.
assert (G := dx_given d exact _ k F H). fold S in G. eapply Rle_trans; [exact G |].
assert (A := Rmax_l 1 S). assert (B := Rmax_r 1 S). set (S1 := Rmax 1 S) in *.
assert (S1M : S1 <= S1 * M) by (rewrite <- (Rmult_1_r S1) at 1; apply Rmult_le_compat_l; lra).
assert (T : 0 <= rs * S * kk * M) by (repeat apply Rmult_le_pos; lra).
assert (X : (10 * (rs * S * kk * M) + S) + 1 <= 16 * (rs * S * kk + S1) * M) by lra.
assert (eta a * ((10 * (rs * S * kk * M) + S) + 1) <= eta a * (16 * (rs * S * kk + S1) * M)) by (apply Rmult_le_compat_l; assumption). lra.
Qed.
End Scale.
Corollary dx_out_f32 d exact rs M kk W k : is f32 d -> 0 <= rs -> 1 <= M -> 1 <= kk ->
	Rabs (d - exact) <= u f32 * (rs * W) + eta f32 * (10 * rs * M * kk + 1) -> let S := bpow radix2 k in let r := rs * S in
	Rabs (rnd f32 (d * S) - exact * S) <= u f32 * (r * W) + 16 * eta f32 * (r * kk + Rmax 1 S) * M.
Proof. exact (dx_absolute (-149) 24 _ d exact rs M kk W k). Qed.
Corollary dx_out_f64 d exact rs M kk W k : is f64 d -> 0 <= rs -> 1 <= M -> 1 <= kk ->
	Rabs (d - exact) <= u f64 * (rs * W) + eta f64 * (10 * rs * M * kk + 1) -> let S := bpow radix2 k in let r := rs * S in
	Rabs (rnd f64 (d * S) - exact * S) <= u f64 * (r * W) + 16 * eta f64 * (r * kk + Rmax 1 S) * M.
Proof. exact (dx_absolute (-1074) 53 _ d exact rs M kk W k). Qed.
