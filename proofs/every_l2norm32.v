(* L2 norm of float, every finite row: RMSNorm's sums, which nothing divides. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look counts32 look32 block32 rms scale32 merge mergeops mergerow wholerms anyscale rowscale rmsscale anyrms
  everyrow constant32 every_rmsnorm32 l2norm32.
Require last total.
Import ListNotations.
Local Open Scope R_scope.
Local Notation n := look.n.

(* section 5, with D = 1 *)
Definition undivided (t : st) := State 1 0 0 0 (s2 t) 0.
Definition y_l2_32 (t : st) (eps : R) (outside : bool) (x gamma beta : R) (fused : bool) := y_rms32 (undivided t) eps outside x gamma beta fused.

Section Every.
(* the row, cut into blocks, each with its sum of squares; all blocks are full but the last, which has some elements *)
Variables (full : list (list R * R)) (last : list R * R).
Hypothesis full_is : forall c, In c full -> length (fst c) = 1024%nat.
Hypothesis last_is : (1 <= length (fst last) <= 1024)%nat.
Variables (first : list R * R) (further : list (list R * R)).
Hypothesis blocks_are : full ++ [last] = first :: further.
Let row := concat (map fst (first :: further)).
Hypothesis row_finite : forall z, In z row -> finite32 z.
Hypothesis row_count : INR (length row) <= bpow radix2 40.
Variable fused : bool.
Hypothesis sums_are : forall c, In c (first :: further) -> square_sum fused (fst c) (snd c).
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variables x gamma beta eps : R.
Hypothesis x_in : In x row.
Hypothesis beta_float : F32 beta.
Hypothesis eps_double : F64 eps.
Hypothesis eps_not_negative : 0 <= eps.
Variable outside : bool.
Let xhat := x * / D_any eps outside (sqrt (QQ row 0)).
Let least := / sqrt (n row).
Let blocks := map squares (first :: further).
Let t := merged_squares pe first further.

Lemma good_block c : In c (first :: further) -> (1 <= length (fst c) <= 1024)%nat /\ (forall z, In z (fst c) -> F32 z) /\ F64 (snd c) /\
  0 <= snd c /\ Rabs (snd c - QQ (fst c) 0) <= b0 * QQ (fst c) 0.
Proof.
intro Ic. assert (L : (1 <= length (fst c) <= 1024)%nat).
{ assert (I := Ic). rewrite <- blocks_are in I. apply in_app_or in I. destruct I as [I|[<-|[]]]; [rewrite (full_is c I); lia|exact last_is]. }
assert (Fz : forall z, In z (fst c) -> F32 z) by (intros z Iz; apply row_finite; exact (in_row first further c z Ic Iz)).
destruct (square_sum_ok fused (fst c) (snd c) Fz L (sums_are c Ic)) as (A & B & C). now repeat split.
Qed.
Lemma good_sums c : In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c.
Proof.
unfold blocks. rewrite in_map_iff. intros (d & <- & I). destruct (good_block d I) as (_ & _ & _ & _ & E). split; [apply QQ_pos|exact E].
Qed.
Lemma all_squares : Q blocks = QQ row 0.
Proof. unfold Q, blocks, row, QQ. now rewrite sum_map, sum_concat, sum_map. Qed.
Lemma length_sqr : rms blocks 1 * rms blocks 1 = Q blocks.
Proof.
unfold rms. rewrite sqrt_def; [field|]. unfold Rdiv. rewrite Rinv_1, Rmult_1_r. apply sum_pos. intros c I. now destruct (good_sums c I).
Qed.
Lemma length_is : rms blocks 1 = sqrt (QQ row 0).
Proof. unfold rms. rewrite all_squares. unfold Rdiv. now rewrite Rinv_1, Rmult_1_r. Qed.

(* what the sums of squares lose on being merged *)
Lemma merged_near : 0 < QQ row 0 -> 0 <= s2 t /\ Rabs (s2 t - Q' blocks) / 1 / 2 <= 0.01 * u32 * (rms blocks 1 * rms blocks 1).
Proof.
intro Qp. assert (U := u32_val). assert (pe_ok := product_ok pe pe_is). assert (Good := good_block). assert (Fi := full_is). rewrite length_sqr.
assert (Bl := blocks_are). assert (As := all_squares). assert (Rc := row_count). unfold t, merged_squares, blocks, row in *.
destruct full as [|g gs]; simpl in Bl; injection Bl as E1 E2.
- subst last further. destruct (Good first (or_introl eq_refl)) as (_ & _ & _ & v0 & _). cbn [map merged fold_left state s2].
  split; [exact v0|]. unfold Q'. cbn [map sum fst snd squares]. simpl. rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity.
  unfold Rdiv. rewrite !Rmult_0_l. apply Rmult_le_pos; [lra|]. assert (X := QQ_pos (fst first) 0). unfold Q. simpl. lra.
- subst g further.
  assert (Gd : forall c, In c (first :: gs ++ [last]) -> (1 <= length (fst c) <= 1024)%nat /\ (forall z, In z (fst c) -> F32 z) /\ F64 (snd
    c) /\ 0 <= snd c /\ Rabs (snd c - QQ (fst c) 0) <= b0 * QQ (fst c) 0) by exact Good.
  assert (Fl : forall c, In c (first :: gs) -> length (fst c) = 1024%nat) by exact Fi.
  assert (Cn : count first gs last = INR (length (concat (map fst (first :: gs ++ [last]))))).
  { unfold count. rewrite <- (Rmult_1_l (INR _)), <- sum_const, sum_concat, sum_map. apply sum_ext. intros c _. unfold look.n. rewrite sum_const. ring. }
  assert (N1 : 1 <= count first gs last) by exact (count1 first gs last Gd).
  assert (C : count first gs last <= bpow radix2 40) by (rewrite Cn; exact Rc).
  assert (Qm := Qms first gs last Gd). rewrite As in *. set (s := rms (map squares (first :: gs ++ [last])) (count first gs last)) in *.
  assert (Mp : 0 < s).
  { unfold s, rms. rewrite As. apply sqrt_lt_R0, Rmult_lt_0_compat; [exact Qp|]. apply Rinv_0_lt_compat. lra. }
  destruct (merging_rms pe pe_ok first gs last Gd Fl C Mp) as (M0 & Mg). split; [exact M0|].
  fold s in Mg. unfold total in Mg. set (q := Q' (map squares (first :: gs ++ [last]))) in *.
  set (m2 := s2 (merged pe (state first) (map state (gs ++ [last])))) in *.
  unfold Rdiv in *. rewrite Rinv_1, Rmult_1_r. apply (Rmult_le_compat_r (count first gs last)) in Mg; [|lra].
  replace (Rabs (m2 - q) * / count first gs last * / 2 * count first gs last) with (Rabs (m2 - q) * / 2) in Mg by (field; lra).
  rewrite <- Qm. change rstd.u32 with u32 in Mg. lra.
Qed.

Lemma least_range : bpow radix2 (-20) <= least.
Proof.
assert (N1 : 0 < n row) by (unfold n; apply lt_0_INR; destruct row; [easy|simpl; lia]).
unfold least. change (-20)%Z with (- (20))%Z. rewrite bpow_opp. apply Rinv_le; [now apply sqrt_lt_R0|].
replace (bpow radix2 20) with (sqrt (bpow radix2 40)) by (change 40%Z with (2 * 20)%Z; apply sqrt_bpow). apply sqrt_le_1_alt. exact row_count.
Qed.

Theorem l2norm_every_row : let y := y_l2_32 t eps outside x gamma beta fused in
  let Bracket := Rabs gamma * Rmax least (Rabs xhat) + Rabs beta in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then 5.1 else 6.1) * u32 * Bracket + 1.001 * eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= 5.1 * u32 * Bracket + eta32).
Proof.
cbv zeta. change 5.1 with B_rms. change 6.1 with B_rms_beta_unfused. assert (e0 : 0 < eta32) by apply bpow_gt_0. assert (U := u32_val).
assert (Lp := least_range). assert (L0 := bpow_gt_0 radix2 (-20)).
destruct (block32.exists_other row 0) as [All|(a & Ia & Na)].
- (* zeros *)
  assert (St : forall c, In c (first :: further) -> state c = constant_state (n (fst c)) 0).
  { intros c Ic. destruct (good_block c Ic) as (_ & _ & _ & _ & E). assert (Q0 : QQ (fst c) 0 = 0).
    { unfold QQ. rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros z Iz. rewrite (All z (in_row first further c z Ic Iz)). ring. }
    rewrite Q0, Rmult_0_r, Rminus_0_r in E. apply abs_0 in E. unfold state. now rewrite E. }
  destruct (constant_merged pe 0 (map state further) pe_is (F_0 _ _)) with (c := n (fst first)) as (d & Em).
  { intro s. rewrite in_map_iff. intros (c & <- & I). exists (n (fst c)). apply St. now right. }
  assert (E2 : undivided t = constant_state 1 0) by (unfold t, merged_squares; rewrite (St first (or_introl eq_refl)), Em; reflexivity).
  destruct (constant_chosen 1 0 eps outside eps_not_negative) as (K & _).
  assert (Z32 : rnd (-149) 24 0 = 0) by exact (rnd_0 (-149) 24).
  assert (Y : y_l2_32 t eps outside x gamma beta fused = beta).
  { unfold y_l2_32, y_rms32. rewrite E2, K, (All x x_in). assert (Sc : scaled 0 0 = 0) by (unfold scaled; rewrite Rmult_0_l; exact Z32).
    unfold y_rms_scaled, last.t_fused, last.t_unfused, last.difference. cbv zeta. rewrite Sc, Rminus_0_r, Z32, Rmult_0_l, Z32, Rplus_0_l, Z32.
    unfold total.y_fused, total.y_unfused. rewrite Rmult_0_l, ?Z32, Rplus_0_l. destruct fused; now apply (rnd_id (-149) 24). }
  assert (X0 : xhat = 0) by (unfold xhat; rewrite (All x x_in); ring). rewrite Y, X0, Rmult_0_r, Rplus_0_l, Rminus_diag_eq, Rabs_R0 by reflexivity.
  assert (A := Rabs_pos gamma). assert (B := Rabs_pos beta). assert (M := Rmax_l least 0).
  assert (Br : 0 <= u32 * (Rabs gamma * Rmax least 0 + Rabs beta)).
  { apply Rmult_le_pos; [lra|]. assert (0 <= Rabs gamma * Rmax least 0) by (apply Rmult_le_pos; lra). lra. }
  split; [destruct fused|intros _]; unfold B_rms, B_rms_beta_unfused; lra.
- assert (Qp := row_squares first further a Ia Na). fold row in Qp. destruct (merged_near Qp) as (M0 & Mg).
  assert (Tall := tall first further row_finite). fold row in Tall.
  assert (F : forall z, In z row -> F32 z) by (intros z I; exact (proj1 (row_finite z I))).
  assert (Least := QQ_least row F Qp). assert (Ms := length_is).
  assert (Low : bpow radix2 (-170) <= rms blocks 1).
  { rewrite Ms. replace (bpow radix2 (-170)) with (sqrt (bpow radix2 (-340))) by (replace (-340)%Z with (2 * -170)%Z by lia; apply sqrt_bpow).
    apply sqrt_le_1_alt. apply Rle_trans with (2 := Least). apply bpow_le. lia. }
  assert (High : rms blocks 1 <= bpow radix2 150).
  { rewrite Ms. replace (bpow radix2 150) with (sqrt (bpow radix2 300)) by (replace 300%Z with (2 * 150)%Z by lia; apply sqrt_bpow).
    apply sqrt_le_1_alt. eapply Rle_trans; [exact (QQ_max row _ Tall)|].
    apply Rle_trans with (bpow radix2 129 * bpow radix2 129 * bpow radix2 40); [|rewrite <- !bpow_plus; apply bpow_le; lia].
    apply Rmult_le_compat_l; [apply Rmult_le_pos; apply bpow_ge_0|exact row_count]. }
  assert (C1 : 1 <= 1 <= bpow radix2 40) by (simpl; lra).
  set (k := power (V_any (s2 t) 1 eps outside)).
  assert (K : power_of_row (s2 t) 1 eps outside k) by apply power_is.
  assert (Nz : s2 (undivided t) <> 0).
  { cbn [undivided s2]. intro Z. rewrite Z, Rminus_0_l, Rabs_Ropp, length_sqr in Mg. assert (Qe := Q_err blocks b0 good_sums).
    assert (B := b0_range). change (format.u 24) with u32 in B. assert (Q0 := all_squares). unfold Rdiv in Mg. rewrite Rinv_1, Rmult_1_r in Mg.
    assert (X := Rle_abs (- (Q' blocks - Q blocks))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (Q' blocks)).
    assert (0.01 * u32 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
    assert (b0 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra). lra. }
  unfold y_l2_32, y_rms32. rewrite (chosen_is _ _ _ Nz). cbn [fst snd undivided s2 cn]. fold k.
  assert (Y := no_mean_sums blocks good_sums 1 (s2 t) eps x gamma beta C1 Low High (Tall x x_in) M0 Mg outside k eps_double eps_not_negative K
    (F x x_in) beta_float least Lp fused).
  cbv zeta in Y. rewrite Ms in Y. exact Y.
Qed.
End Every.
