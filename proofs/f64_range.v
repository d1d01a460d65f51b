(* The range of doubles in which section 9 of docs/numerics.md takes a row as it is, as an element, a deviation and an eps say it. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step f64_pairs f64_var f64_outside f64_eps.
Import ListNotations.
Local Open Scope R_scope.

(* an element: 0, or of such a size that neither its square nor that of a difference vanishes or overflows *)
Definition mid_range (x : R) := F64 x /\ (x = 0 \/ bpow radix2 (-430) <= Rabs x) /\ Rabs x <= bpow radix2 399.

Lemma rnd64_up x b : F64 b -> x <= b -> rnd64 x <= b.
Proof. intros Fb H. rewrite <- (rnd_id emin64 53 b Fb). now apply (rnd_le emin64 53 ltac:(lia)). Qed.
Lemma rnd64_down x b : F64 b -> b <= x -> b <= rnd64 x.
Proof. intros Fb H. rewrite <- (rnd_id emin64 53 b Fb). now apply (rnd_le emin64 53 ltac:(lia)). Qed.
Lemma F_multiple k e : (-1000 <= e)%Z -> (0 <= k <= 64)%Z -> F64 (IZR k * bpow radix2 e).
Proof.
intros He Hk. apply (mult_F emin64 53 ltac:(lia) e); [unfold emin64; lia|now exists k|].
rewrite Rabs_pos_eq by (apply Rmult_le_pos; [apply IZR_le; lia|apply bpow_ge_0]). rewrite bpow_plus.
apply Rmult_le_compat_r; [apply bpow_ge_0|]. apply Rle_trans with (bpow radix2 6); [simpl; apply IZR_le; lia|apply bpow_le; lia].
Qed.
Lemma square_pow k : bpow radix2 k * bpow radix2 k = bpow radix2 (k + k).
Proof. now rewrite <- bpow_plus. Qed.
Lemma square_between s k l : bpow radix2 k <= s <= bpow radix2 l -> bpow radix2 (k + k) <= s * s <= bpow radix2 (l + l).
Proof. intros (A & B). rewrite <- !square_pow. assert (P := bpow_gt_0 radix2 k). split; apply Rmult_le_compat; lra. Qed.

(* -- V, of an m2 whose root is s -- *)
Section Range.
Variables m2 m2l cols s : R.
Hypothesis cols1 : 1 <= cols.
Hypothesis m2_pos : 0 <= m2.
Hypothesis m2l_small : Rabs m2l <= 1.01 * (u64 * Rabs m2).
Hypothesis near : Rabs (m2 + m2l - cols * (s * s)) <= 0.001 * (cols * (s * s)).
Hypothesis s_range : bpow radix2 (-399) <= s <= bpow radix2 399.

Lemma quo_range : bpow radix2 (-799) <= quo m2 cols <= 33 * bpow radix2 793.
Proof.
assert (U := u64_val). destruct (square_between s _ _ s_range) as (L & H). rewrite (Rabs_pos_eq m2 m2_pos) in m2l_small.
assert (um : u64 * m2 <= 0.001 * m2) by (apply Rmult_le_compat_r; lra). assert (l1 := Rle_abs m2l). assert (l2 := Rle_abs (- m2l)).
rewrite Rabs_Ropp in l2. set (S := s * s) in *. assert (c0 : 0 <= cols * S).
{ assert (Z := bpow_ge_0 radix2 (-399 + -399)). apply Rmult_le_pos; lra. }
assert (n1 := Rle_abs (m2 + m2l - cols * S)). assert (n2 := Rle_abs (- (m2 + m2l - cols * S))). rewrite Rabs_Ropp in n2.
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra).
assert (W : 0.99 * S <= m2 / cols <= 1.01 * S).
{ split; apply Rmult_le_reg_r with cols; try lra; replace (m2 / cols * cols) with m2 by (field; lra); lra. }
assert (E1 : bpow radix2 (-399 + -399) = 2 * bpow radix2 (-799)) by (change 2 with (bpow radix2 1) at 1; now rewrite <- bpow_plus).
assert (E2 : bpow radix2 (399 + 399) = 32 * bpow radix2 793) by (replace 32 with (bpow radix2 5) by (simpl; lra); now rewrite <- bpow_plus).
assert (P1 := bpow_gt_0 radix2 (-799)). assert (P2 := bpow_gt_0 radix2 793). unfold quo. split.
- apply rnd64_down; [|lra]. replace (bpow radix2 (-799)) with (1 * bpow radix2 (-799)) by ring. apply (F_multiple 1); lia.
- apply rnd64_up; [|lra]. apply (F_multiple 33); lia.
Qed.

Theorem V_inside eps : 0 <= eps <= bpow radix2 799 -> bpow radix2 (-800) <= V64 m2 cols eps <= bpow radix2 800.
Proof.
intros (E0 & E1). destruct quo_range as (L & H). unfold V64, var64, two_s.
assert (X : bpow radix2 (-800) <= bpow radix2 (-799)) by (apply bpow_le; lia).
assert (X2 : bpow radix2 800 = bpow radix2 799 + 64 * bpow radix2 793).
{ replace 64 with (bpow radix2 6) by (simpl; lra). rewrite <- bpow_plus. change (6 + 793)%Z with 799%Z.
  change 800%Z with (1 + 799)%Z. rewrite bpow_plus. change (bpow radix2 1) with 2. ring. }
assert (P := bpow_gt_0 radix2 793). split; [apply rnd64_down|apply rnd64_up]; try apply F_pow; try lia; lra.
Qed.

Theorem V_outside eps : 0 <= eps <= bpow radix2 398 -> bpow radix2 (-800) <= V_out m2 cols eps <= bpow radix2 800.
Proof.
intros (E0 & E1). destruct quo_range as (L & H). unfold V_out, den, den64, two_s, root64. set (v := quo m2 cols) in *.
assert (P := bpow_gt_0 radix2 (-799)). assert (P2 := bpow_gt_0 radix2 395). assert (P3 := bpow_gt_0 radix2 (-400)).
assert (S1 : bpow radix2 (-400) <= sqrt v).
{ apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def by lra. rewrite square_pow.
  apply Rle_trans with (bpow radix2 (-799)); [apply bpow_le; lia|lra]. }
assert (S2 : sqrt v <= 17 * bpow radix2 395).
{ apply le_of_sqr; [lra|]. rewrite sqrt_def by lra. replace (17 * bpow radix2 395 * (17 * bpow radix2 395)) with
    (289 * (bpow radix2 395 * bpow radix2 395)) by ring. rewrite square_pow. change (395 + 395)%Z with 790%Z.
  change 793%Z with (3 + 790)%Z in H. rewrite bpow_plus in H. change (bpow radix2 3) with 8 in H.
  assert (Z := bpow_gt_0 radix2 790). lra. }
assert (R1 : bpow radix2 (-400) <= rnd64 (sqrt v)) by (apply rnd64_down; [apply F_pow; lia|exact S1]).
assert (R2 : rnd64 (sqrt v) <= 17 * bpow radix2 395) by (apply rnd64_up; [apply (F_multiple 17); lia|exact S2]).
assert (E398 : bpow radix2 398 = 8 * bpow radix2 395) by (change 8 with (bpow radix2 3); now rewrite <- bpow_plus).
assert (E400 : bpow radix2 400 = 32 * bpow radix2 395) by (replace 32 with (bpow radix2 5) by (simpl; lra); now rewrite <- bpow_plus).
assert (D : bpow radix2 (-400) <= rnd64 (rnd64 (sqrt v) + eps) <= bpow radix2 400).
{ split; [apply rnd64_down|apply rnd64_up]; try (apply F_pow; lia); lra. }
destruct (square_between _ _ _ D) as (Q1 & Q2). split; [apply rnd64_down|apply rnd64_up]; try (apply F_pow; lia); assumption.
Qed.
End Range.

(* the root mean square of elements *)
Definition ms (xs : list R) := sqrt (QQ xs 0 / n xs).
Lemma n_pos (xs : list R) x : In x xs -> 1 <= n xs.
Proof. intro I. unfold n. destruct xs; [easy|]. change 1 with (INR 1). apply le_INR. simpl. lia. Qed.
Lemma ms_sqr xs x : In x xs -> n xs * (ms xs * ms xs) = QQ xs 0.
Proof.
intro I. assert (N := n_pos xs x I). unfold ms. rewrite sqrt_def; [field; lra|].
apply Rmult_le_pos; [apply QQ_pos|left; apply Rinv_0_lt_compat; lra].
Qed.
Lemma ms_max xs b : 0 <= b -> xs <> [] -> (forall x, In x xs -> Rabs x <= b) -> ms xs <= b.
Proof.
intros Pb Ne H. destruct xs as [|x l] eqn:E; [easy|]. rewrite <- E in *. assert (Ix : In x xs) by (rewrite E; now left).
assert (N := n_pos xs x Ix). apply le_of_sqr; [exact Pb|]. apply Rmult_le_reg_l with (n xs); [lra|]. rewrite (ms_sqr xs x Ix).
unfold QQ. apply Rle_trans with (sum (fun _ => b * b) xs).
- apply sum_le. intros y I. rewrite Rminus_0_r. replace (y * y) with (Rabs y * Rabs y) by (rewrite <- Rabs_mult; apply Rabs_pos_eq,
  Rle_0_sqr). assert (Z := H y I). assert (Z0 := Rabs_pos y). apply Rmult_le_compat; lra.
- rewrite sum_const. fold (n xs). lra.
Qed.

Lemma F_count k : INR k <= bpow radix2 30 -> F64 (INR k).
Proof.
intro H. rewrite INR_IZR_INZ in *. apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia|exists (Z.of_nat k); simpl; ring|].
rewrite Rabs_pos_eq by (apply IZR_le; lia). apply Rle_trans with (1 := H). apply bpow_le. lia.
Qed.
