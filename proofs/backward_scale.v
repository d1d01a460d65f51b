(* What else section 10 does to dx: the scale of a row out of range, the gradient that is added, a narrower type. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core Mult_error.
Require Import backward_rounding.
Local Open Scope R_scope.

(* A product with a power of two is exact, but for what falls below the smallest denormal. *)
Lemma scaled x k : is f32 x -> Rabs (rnd f32 (x * bpow radix2 k) - x * bpow radix2 k) <= eta f32.
Proof.
intro F. assert (P : Prec_gt_0 24) by reflexivity. set (y := x * bpow radix2 k).
destruct (Rle_or_lt (bpow radix2 (-149 + 24)) (Rabs y)) as [H | H].
- assert (N : x <> 0) by (intro Z; unfold y in H; rewrite Z, Rmult_0_l, Rabs_R0 in H; generalize (bpow_gt_0 radix2 (-149 + 24)); lra).
  assert (G : is f32 y).
  { apply mult_bpow_exact_FLT; [exact F |].
    assert (L := mag_ge_bpow radix2 y (-149 + 24 + 1)). replace (-149 + 24 + 1 - 1)%Z with (-149 + 24)%Z in L by lia. specialize (L H).
    unfold y in L. rewrite mag_mult_bpow in L by exact N. lia. }
  rewrite (rnd_is f32 y G). replace (y - y) with 0 by ring. rewrite Rabs_R0. apply eta_pos.
- change (Rabs (round radix2 (FLT_exp (-149) 24) (Znearest even) y - y) <= / 2 * bpow radix2 (-149)).
  rewrite <- (ulp_FLT_small radix2 (-149) 24 y) by exact H. apply error_le_half_ulp. apply FLT_exp_valid. exact P.
Qed.

(* From d, the dx of the scaled row (bound B), to the dx that is given out: times S, and dsum added with one rounding. *)
Theorem dx_given d exact B k : is f32 d -> Rabs (d - exact) <= B ->
	Rabs (rnd f32 (d * bpow radix2 k) - exact * bpow radix2 k) <= B * bpow radix2 k + eta f32.
Proof.
intros F H. replace (rnd f32 (d * bpow radix2 k) - exact * bpow radix2 k) with
	((rnd f32 (d * bpow radix2 k) - d * bpow radix2 k) + (d - exact) * bpow radix2 k) by ring.
eapply Rle_trans; [apply Rabs_triang |]. assert (S := scaled d k F). assert (K := bpow_ge_0 radix2 k).
rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 k)) by exact K. assert (Rabs (d - exact) * bpow radix2 k <= B * bpow radix2 k) by (apply
	Rmult_le_compat_r; lra). lra.
Qed.
Theorem dx_sum dx dsum exact B : is f32 dx -> is f32 dsum -> Rabs (dx - exact) <= B ->
	Rabs (rnd f32 (dx + dsum) - (exact + dsum)) <= B + u f32 * Rabs (dx + dsum).
Proof.
intros F G H. replace (rnd f32 (dx + dsum) - (exact + dsum)) with ((rnd f32 (dx + dsum) - (dx + dsum)) + (dx - exact)) by ring.
eapply Rle_trans; [apply Rabs_triang |]. generalize (rnd_add f32 dx dsum F G). lra.
Qed.
