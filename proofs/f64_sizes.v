(* The V of section 9 of docs/numerics.md beside the exact denominator D: on which side of the range it lies says where D is. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format wide look merge step f64_pairs f64_var f64_outside f64_eps.
Require Import f64_range f64_squares f64_again.
Require anyscale.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.

(* -- V and the exact denominator D -- *)
Section Size.
Variables m2 cols eps m : R.
Let var := quo m2 cols.
Hypothesis var_pos : 0 <= var.
Hypothesis m_pos : 0 <= m.
Hypothesis near : Rabs (var - m * m) <= 0.002 * (m * m) + bpow radix2 (-1020).
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.

Lemma V_inside_near : let D2 := m * m + eps in Rabs (V64 m2 cols eps - D2) <= 0.01 * D2 + bpow radix2 (-1000).
Proof.
cbv zeta. assert (U := u64_val). assert (mm := Rle_0_sqr m). unfold Rsqr in mm. assert (P := bpow_gt_0 radix2 (-1020)).
assert (E : Rabs (V64 m2 cols eps - (var + eps)) <= u64 * Rabs (var + eps)) by (apply add64; [apply merge.rnd64_F|exact F_eps]).
rewrite (Rabs_pos_eq (var + eps)) in E by lra. assert (u64 * (var + eps) <= 0.0001 * (var + eps)) by (apply Rmult_le_compat_r; lra).
assert (x1 := Rle_abs (var - m * m)). assert (T : 2 * bpow radix2 (-1020) <= bpow radix2 (-1000)).
{ change 2 with (bpow radix2 1). rewrite <- bpow_plus. apply bpow_le. lia. }
replace (V64 m2 cols eps - (m * m + eps)) with ((V64 m2 cols eps - (var + eps)) + (var - m * m)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
Lemma den_near : let D := m + eps in Rabs (den m2 cols eps - D) <= 0.01 * D + bpow radix2 (-500).
Proof.
cbv zeta. assert (U := u64_val). set (z := bpow radix2 (-510)). assert (zp : 0 < z) by apply bpow_gt_0.
assert (zz : z * z = bpow radix2 (-1020)) by (unfold z; now rewrite <- bpow_plus). rewrite <- zz in near.
set (s := sqrt var). assert (s0 : 0 <= s) by apply sqrt_pos. assert (ss : s * s = var) by (apply sqrt_def; lra).
assert (sm : Rabs (s - m) <= 0.002 * m + z).
{ destruct (Rle_or_lt (s + m) z) as [C|C]; [eapply Rle_trans; [apply abs_sub|]; rewrite !Rabs_pos_eq by lra; lra|].
  apply Rmult_le_reg_r with (s + m); [lra|]. rewrite <- (Rabs_pos_eq (s + m)) at 1 by lra. rewrite <- Rabs_mult.
  replace ((s - m) * (s + m)) with (var - m * m) by lra. eapply Rle_trans; [exact near|].
  assert (m * m <= m * (s + m)) by (apply Rmult_le_compat_l; lra). assert (z * z <= z * (s + m)) by (apply Rmult_le_compat_l; lra). lra. }
assert (x1 := Rle_abs (s - m)). set (root := rnd64 s). assert (r0 : 0 <= root) by now apply round_pos.
assert (RE : Rabs (root - s) <= u64 * s + eta64) by (assert (X := merge.rnd64_err s); rewrite (Rabs_pos_eq s s0) in X; exact X).
assert (us : u64 * s <= 0.0001 * s) by (apply Rmult_le_compat_r; lra). assert (x2 := Rle_abs (root - s)).
assert (ez : eta64 <= z) by (apply bpow_le; lia).
assert (DE : Rabs (den m2 cols eps - (root + eps)) <= u64 * Rabs (root + eps)) by (apply add64; [apply merge.rnd64_F|exact F_eps]).
rewrite (Rabs_pos_eq (root + eps)) in DE by lra. assert (u64 * (root + eps) <= 0.0001 * (root + eps)) by (apply Rmult_le_compat_r; lra).
assert (T : 4 * z <= bpow radix2 (-500)) by (unfold z; change 4 with (bpow radix2 2); rewrite <- bpow_plus; apply bpow_le; lia).
replace (den m2 cols eps - (m + eps)) with ((den m2 cols eps - (root + eps)) + ((root - s) + (s - m))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. assert (Y := Rabs_triang (root - s) (s - m)). lra.
Qed.

Variable outside : bool.
Let V := if outside then V_out m2 cols eps else V64 m2 cols eps.
Let D := D_any eps outside m.
Lemma D_any_pos : 0 <= D.
Proof. unfold D, anyscale.D_any. destruct outside; [lra|apply sqrt_pos]. Qed.
Lemma squared : (outside = false -> Rabs (V - D * D) <= 0.01 * (D * D) + bpow radix2 (-1000)) /\
  (outside = true -> V = rnd64 (den m2 cols eps * den m2 cols eps) /\ Rabs (den m2 cols eps - D) <= 0.01 * D + bpow radix2 (-500)).
Proof.
unfold V, D, anyscale.D_any. assert (Z := Rle_0_sqr m). unfold Rsqr in Z. split; intros ->.
- rewrite sqrt_def by lra. exact V_inside_near.
- split; [reflexivity|exact den_near].
Qed.
Lemma pow_le a b : (a <= b)%Z -> bpow radix2 a <= bpow radix2 b. Proof. apply bpow_le. Qed.
Theorem V_high : bpow radix2 800 < V -> bpow radix2 397 <= D.
Proof.
intro H. destruct squared as (A & B). assert (D0 := D_any_pos). assert (P := bpow_gt_0 radix2 397).
assert (E400 : bpow radix2 400 = 8 * bpow radix2 397) by (change 8 with (bpow radix2 3); now rewrite <- bpow_plus).
assert (T5 : bpow radix2 (-500) <= bpow radix2 397) by (apply bpow_le; lia). destruct (Rle_or_lt (bpow radix2 397) D) as [|L]; [assumption|exfalso].
destruct outside.
- destruct (B eq_refl) as (E & Nr). rewrite E in H. assert (X := Rle_abs (den m2 cols eps - D)).
  assert (Dn : den m2 cols eps <= bpow radix2 400) by lra.
  assert (Dp : 0 <= den m2 cols eps) by (unfold den, den64, two_s; apply round_pos; assert (0 <= root64 var) by (apply round_pos, sqrt_pos); unfold var in *; lra).
  assert (Q : den m2 cols eps * den m2 cols eps <= bpow radix2 800).
  { change 800%Z with (400 + 400)%Z. rewrite bpow_plus. apply Rmult_le_compat; assumption. }
  apply (rnd64_up _ _ (F_pow 800 ltac:(lia))) in Q. lra.
- assert (Q := A eq_refl). assert (X := Rle_abs (V - D * D)). assert (DD : D * D <= bpow radix2 397 * bpow radix2 397) by (apply Rmult_le_compat; lra).
  rewrite <- bpow_plus in DD. assert (E : bpow radix2 800 = 64 * bpow radix2 (397 + 397)) by (replace 64 with (bpow radix2 6) by (simpl; lra); now
    rewrite <- bpow_plus).
  assert (bpow radix2 (-1000) <= bpow radix2 (397 + 397)) by (apply bpow_le; lia). assert (Pb := bpow_gt_0 radix2 (397 + 397)). lra.
Qed.
Theorem V_low : V < bpow radix2 (-800) -> D <= bpow radix2 (-390).
Proof.
intro H. destruct squared as (A & B). assert (D0 := D_any_pos). assert (P := bpow_gt_0 radix2 (-400)).
assert (E390 : bpow radix2 (-390) = 1024 * bpow radix2 (-400)) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
destruct (Rle_or_lt D (bpow radix2 (-390))) as [|L]; [assumption|exfalso]. destruct outside.
- destruct (B eq_refl) as (E & Nr). rewrite E in H. assert (X := Rle_abs (- (den m2 cols eps - D))). rewrite Rabs_Ropp in X.
  assert (T5 : bpow radix2 (-500) <= bpow radix2 (-400)) by (apply bpow_le; lia).
  assert (Dn : bpow radix2 (-400) <= den m2 cols eps) by lra.
  assert (Q : bpow radix2 (-800) <= den m2 cols eps * den m2 cols eps).
  { change (-800)%Z with (-400 + -400)%Z. rewrite bpow_plus. apply Rmult_le_compat; lra. }
  apply (rnd64_down _ _ (F_pow (-800) ltac:(lia))) in Q. lra.
- assert (Q := A eq_refl). assert (X := Rle_abs (- (V - D * D))). rewrite Rabs_Ropp in X.
  assert (DD : bpow radix2 (-390) * bpow radix2 (-390) <= D * D) by (apply Rmult_le_compat; lra).
  rewrite <- bpow_plus in DD. assert (E : bpow radix2 (-390 + -390) = 1048576 * bpow radix2 (-800)) by (replace 1048576 with (bpow radix2 20) by
    (simpl; lra); now rewrite <- bpow_plus). assert (P8 := bpow_gt_0 radix2 (-800)).
  assert (bpow radix2 (-1000) <= bpow radix2 (-800)) by (apply bpow_le; lia). lra.
Qed.
Theorem V_middle : bpow radix2 (-390) <= D <= bpow radix2 390 -> ordinary64 V.
Proof.
intros (L & H). destruct squared as (A & B). assert (D0 := D_any_pos). assert (P := bpow_gt_0 radix2 (-400)). assert (P4 := bpow_gt_0 radix2 390).
assert (E390 : bpow radix2 (-390) = 1024 * bpow radix2 (-400)) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
assert (E400 : bpow radix2 400 = 1024 * bpow radix2 390) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
assert (T5 : bpow radix2 (-500) <= bpow radix2 (-400)) by (apply bpow_le; lia). assert (T6 : bpow radix2 (-400) <= bpow radix2 390) by (apply bpow_le; lia).
unfold ordinary64. destruct outside.
- destruct (B eq_refl) as (-> & Nr). assert (X := Rle_abs (- (den m2 cols eps - D))). rewrite Rabs_Ropp in X. assert (X2 := Rle_abs (den m2 cols eps - D)).
  assert (Dn : bpow radix2 (-400) <= den m2 cols eps <= bpow radix2 400) by lra. destruct (square_between _ _ _ Dn) as (Q1 & Q2).
  split; [apply rnd64_down|apply rnd64_up]; try (apply F_pow; lia); assumption.
- assert (Q := A eq_refl). assert (X := Rle_abs (- (V - D * D))). rewrite Rabs_Ropp in X. assert (X2 := Rle_abs (V - D * D)).
  destruct (square_between D _ _ (conj L H)) as (Q1 & Q2).
  assert (E1 : bpow radix2 (-390 + -390) = 1048576 * bpow radix2 (-800)) by (replace 1048576 with (bpow radix2 20) by (simpl; lra); now rewrite <- bpow_plus).
  assert (E2 : bpow radix2 800 = 1048576 * bpow radix2 (390 + 390)) by (replace 1048576 with (bpow radix2 20) by (simpl; lra); now rewrite <- bpow_plus).
  assert (P8 := bpow_gt_0 radix2 (-800)). assert (T8 : bpow radix2 (-800) <= bpow radix2 (390 + 390)) by (apply bpow_le; lia).
  assert (bpow radix2 (-1000) <= bpow radix2 (-800)) by (apply bpow_le; lia). lra.
Qed.
End Size.
