(* From the pair of a row's sum to the average that the columns use. *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx.
Local Open Scope R_scope.

Lemma rel_over c e w g b n : 0 < n -> rel c e w g b -> rel (c / n) (e / n) (w / n) g (b / n).
Proof.
intros N [H1 H2]. assert (I : 0 < / n) by now apply Rinv_0_lt_compat.
assert (S : forall x, Rabs (x / n) = Rabs x / n) by (intro x; unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra; reflexivity).
split.
- replace (c / n - e / n) with ((c - e) / n) by (field; lra). rewrite S.
  replace ((g - 1) * (w / n) + b / n) with (((g - 1) * w + b) / n) by (field; lra). apply Rmult_le_compat_r; lra.
- rewrite S. apply Rmult_le_compat_r; lra.
Qed.
Lemma rel_times c e w g b k kk gk : rel c e w g b -> rel k kk kk gk 0 -> rel (c * k) (e * kk) (w * kk) (g * gk) (gk * kk * b).
Proof.
intros H K. assert (M := rel_mult _ _ _ _ _ _ _ _ _ _ H K).
replace (g * w * 0 + gk * kk * b + b * 0) with (gk * kk * b) in M by ring. exact M.
Qed.

(* Sums that go through j roundings in d, the last into a. *)
Definition quotient d (r q n : R) := rnd d (rnd d (r + q) / n).
Lemma quotient_error d r q e w g b n : 0 < n -> is d r -> is d q -> rel (r + q) e w g b ->
	rel (quotient d r q n) (e / n) (w / n) (g * (1 + u d) ^ 2) ((1 + u d) ^ 2 * (b / n) + eta d).
Proof.
intros N Ir Iq H. assert (S := rel_rnd d _ _ _ _ _ (rel_over _ _ _ _ _ n N (rel_add d r q _ _ _ _ Ir Iq H))).
replace (g * (1 + u d) ^ 2) with (g * (1 + u d) * (1 + u d)) by ring.
replace ((1 + u d) ^ 2 * (b / n)) with ((1 + u d) * ((1 + u d) * b / n)) by (field; lra). exact S.
Qed.

(* What the pairs lose is nothing that shows: at most 2^30 blocks of floats (in doubles), 2^24 of doubles. *)
Lemma lost_f32 n : INR n <= 1073741824 -> lost f64 n <= 1 / 1000000 * u f32.
Proof. intro H. eapply Rle_trans; [apply (lost_below f64 n _ H); rewrite u64; lra |]. rewrite u64, u32. lra. Qed.
Lemma lost_f64 n : INR n <= 16777216 -> lost f64 (n + 20) <= 1 / 10 * u f64.
Proof.
intro H. assert (H' : INR (n + 20) <= 16777236) by (rewrite plus_INR; simpl INR at 2; lra).
eapply Rle_trans; [apply (lost_below f64 _ _ H'); rewrite u64; lra |]. rewrite u64. lra.
Qed.
Lemma few_f32 n : INR n <= 1073741824 -> few f64 n.
Proof. intro H. unfold few. rewrite u64. lra. Qed.
Lemma few_f64 n : INR n <= 16777216 -> few f64 (n + 20).
Proof. intro H. unfold few. rewrite plus_INR. simpl INR at 2. rewrite u64. lra. Qed.
