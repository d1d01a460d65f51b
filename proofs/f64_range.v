(* The range of doubles in which section 9 of docs/numerics.md takes a row as it is, as an element, a deviation and an eps say it; and
  RMSNorm there. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look rms merge step mergeops mergerow f64_pairs f64_var f64_outside f64_eps everyrow.
Require blocks f64_rms f64_counts scaledblock.
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

(* -- RMSNorm of rows whose elements are in range -- *)
Section RmsNorm.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
(* the row, cut into blocks: all but the last are full *)
Variables (first : list R) (further : list (list R)).
Hypothesis lengths : forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat.
Hypothesis full : further = [] \/ exists l b, further = l ++ [b] /\ forall xs, In xs (first :: l) -> length xs = 1024%nat.
Let row := concat (first :: further).
Hypothesis row_range : forall x, In x row -> mid_range x.
Hypothesis row_count : n row <= bpow radix2 30.
Hypothesis ms_big : bpow radix2 (-399) <= ms row.
Let total := f64_rms.total pe fused first further.

Lemma in_row xs x : In xs (first :: further) -> In x xs -> In x row.
Proof. intros I J. apply in_concat. now exists xs. Qed.
Lemma good xs : In xs (first :: further) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Proof. intro I. split; [now apply lengths|]. intros x J. exact (proj1 (row_range x (in_row xs x I J))). Qed.
Lemma count_is : f64_rms.count first further = n row.
Proof.
unfold f64_rms.count, row. unfold n at 2. rewrite <- (Rmult_1_l (INR _)), <- sum_const, sum_concat. apply sum_ext. intros xs _.
rewrite sum_const. unfold n. ring.
Qed.
Lemma F_count k : INR k <= bpow radix2 30 -> F64 (INR k).
Proof.
intro H. rewrite INR_IZR_INZ in *. apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia|exists (Z.of_nat k); simpl; ring|].
rewrite Rabs_pos_eq by (apply IZR_le; lia). apply Rle_trans with (1 := H). apply bpow_le. lia.
Qed.
Lemma squares_sum : sum (fun xs => QQ xs 0) (first :: further) = QQ row 0.
Proof. unfold row, QQ. now rewrite sum_concat. Qed.
Lemma ms_is : rms (map (fun xs => (QQ xs 0, f64_rms.ideal fused xs)) (first :: further)) (f64_rms.count first further) = ms row.
Proof. unfold rms, ms, Q. rewrite sum_map, count_is. cbn [fst]. now rewrite squares_sum. Qed.
Lemma some : exists x, In x row.
Proof.
destruct (look32.some_in first ltac:(destruct (lengths first (or_introl eq_refl)); lia)) as (x & I). exists x.
exact (in_row first x (or_introl eq_refl) I).
Qed.

Variables eps x gamma beta : R.
Hypothesis eps_double : F64 eps.
Hypothesis x_in : In x row.
Hypothesis gamma_double : F64 gamma.
Hypothesis beta_double : F64 beta.
Variable fma : bool.
Let within y xhat B := Rabs (y - (gamma * xhat + beta)) <= B * u64 * (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64.

Lemma total_near : 1 <= n row /\ 0 <= s2 total /\ Rabs (s2l total) <= 1.01 * (u64 * Rabs (s2 total)) /\
  Rabs (s2 total + s2l total - n row * (ms row * ms row)) <= 0.001 * (n row * (ms row * ms row)) /\
  bpow radix2 (-401) <= rms (map (fun xs => (QQ xs 0, f64_rms.ideal fused xs)) (first :: further)) (f64_rms.count first further) /\
  F64 (f64_rms.count first further) /\ bpow radix2 (-399) <= ms row <= bpow radix2 399.
Proof.
assert (N := n_pos row x x_in). assert (Cm := row_count). assert (Fc : F64 (f64_rms.count first further)) by (rewrite count_is; now apply F_count).
assert (Mb : bpow radix2 (-401) <= rms (map (fun xs => (QQ xs 0, f64_rms.ideal fused xs)) (first :: further)) (f64_rms.count first further)).
{ rewrite ms_is. apply Rle_trans with (2 := ms_big). apply bpow_le. lia. }
rewrite <- count_is in Cm. assert (Pok := product_ok pe pe_is).
destruct (f64_rms.total_form pe Pok fused first further good full Cm Fc Mb) as (_ & L & P).
set (bl := map (fun xs => (QQ xs 0, f64_rms.ideal fused xs)) (first :: further)) in *.
assert (M : Rabs (square total - Q' bl) <= 0.01 * (u64 * Q bl)) by exact (f64_rms.merging64 pe Pok fused first further good full Cm Mb).
assert (BG : forall c, In c bl -> 0 <= fst c /\ Rabs (snd c - fst c) <= f64_counts.b0 * fst c) by
  exact (f64_rms.blocks_good fused first further good).
assert (Qm : n row * (ms row * ms row) = Q bl) by (unfold Q, bl; rewrite sum_map; cbn [fst]; rewrite squares_sum; exact (ms_sqr row x x_in)).
assert (Qe := Q_err bl f64_counts.b0 BG). assert (B := f64_counts.b0_range). change (format.u 53) with u64 in B.
assert (U := u64_val). rewrite <- Qm in *. set (q := n row * (ms row * ms row)) in *.
assert (q0 : 0 <= q) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
assert (f64_counts.b0 * q <= 0.0001 * q) by (apply Rmult_le_compat_r; lra). assert (u64 * q <= 0.001 * q) by (apply Rmult_le_compat_r; lra).
split; [exact N|]. split; [exact P|]. split; [exact L|]. split; [|split; [exact Mb|split; [exact Fc|split; [exact ms_big|]]]].
- replace (s2 total + s2l total - q) with ((square total - Q' bl) + (Q' bl - q)) by (unfold square; ring).
  eapply Rle_trans; [apply Rabs_triang|]. fold total in M. lra.
- apply ms_max; [apply bpow_ge_0| |intros y I; apply (row_range y I)]. intro Z. rewrite Z in x_in. easy.
Qed.

Theorem rmsnorm_range : 0 <= eps <= bpow radix2 799 ->
  let y := f64_rms.y_rms64 pe fused first further eps x gamma beta fma in let xhat := x * / sqrt (ms row * ms row + eps) in
  within y xhat (if fma then B_rms else B_rms_beta_unfused) /\ (beta = 0 -> within y xhat B_rms).
Proof.
intro E. cbv zeta. destruct total_near as (N & P & L & Nr & Mb & Fc & Mr).
assert (V := V_inside (s2 total) (s2l total) (n row) (ms row) N P L Nr Mr eps E). assert (Cm := row_count). rewrite <- count_is in Cm, V.
assert (T := f64_rms.rmsnorm64 pe (product_ok pe pe_is) fused first further good full Cm Fc Mb eps x gamma beta eps_double (proj1 E) V
  (proj1 (row_range x x_in)) gamma_double beta_double fma). rewrite <- ms_is. exact T.
Qed.

Theorem rmsnorm_range_outside : 0 <= eps <= bpow radix2 398 ->
  let y := y_rms64_outside pe fused first further eps x gamma beta fma in let xhat := x * / (ms row + eps) in
  within y xhat (if fma then B_rms else B_rms_beta_unfused) /\ (beta = 0 -> within y xhat B_rms).
Proof.
intro E. cbv zeta. destruct total_near as (N & P & L & Nr & Mb & Fc & Mr).
assert (V := V_outside (s2 total) (s2l total) (n row) (ms row) N P L Nr Mr eps E). assert (Cm := row_count). rewrite <- count_is in Cm, V.
assert (T := rmsnorm64_outside pe (product_ok pe pe_is) fused first further good full Cm Fc Mb eps x gamma beta eps_double (proj1 E) V
  (proj1 (row_range x x_in)) gamma_double beta_double fma). rewrite <- ms_is. exact T.
Qed.
End RmsNorm.
