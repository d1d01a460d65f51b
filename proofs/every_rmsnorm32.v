(* RMSNorm of float, every finite row: any elements, any eps; nothing is assumed but what the arguments are. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look counts32 look32 block32 rms scale32 merge mergeops mergerow wholerms anyscale rowscale anyrms everyrow constant32.
Require trees section2 scaledblock downblock aboveblock.
Import ListNotations.
Local Open Scope R_scope.
Local Notation n := look.n.

(* -- section 3: a block's sum of squares -- *)
Inductive square_sum (fused : bool) (xs : list R) : R -> Prop :=
| InRange : bpow radix2 (-80) * n xs <= q32 xs fused 0 -> square_sum fused xs (q32 xs fused 0)
| Below : square_sum fused xs (q32 (map (scaled 96) xs) fused 0 / (bpow radix2 96 * bpow radix2 96))
| Above : bpow radix2 80 * n xs < q32 xs fused 0 ->
  square_sum fused xs (q32 (map (scaled (-90)) xs) fused 0 / (bpow radix2 (-90) * bpow radix2 (-90))).

Theorem square_sum_ok fused xs v : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> square_sum fused xs v ->
  F64 v /\ 0 <= v /\ Rabs (v - QQ xs 0) <= b0 * QQ xs 0.
Proof.
intros Fx L M. assert (N := n_range xs L). destruct M as [Q| |Q].
- assert (P := bpow_gt_0 radix2 (-80)). assert (Q1 : bpow radix2 (-80) <= q32 xs fused 0).
  { apply Rle_trans with (2 := Q). assert (0 <= bpow radix2 (-80) * (n xs - 1)) by (apply Rmult_le_pos; lra). lra. }
  assert (E := rms32 xs Fx L fused (or_introl Q1)).
  split; [unfold q32, section2.q, section2.q_lanes, trees.lanes8, trees.fold8; cbn [trees.eval]; apply merge.rnd64_F|]. split; [lra|exact E].
- assert (Ey : map (scaled 96) xs = scaledblock.times 96 xs) by (apply map_ext_in; intros x I; apply scaled_up; [lia|now apply Fx]).
  rewrite Ey. exact (scaledblock.up_rms xs Fx L fused).
- apply (downblock.down_rms xs fused Fx L). assert (A := aboveblock.q_large xs Fx L fused 0 (F_0 _ _) Q).
  assert (P := bpow_gt_0 radix2 80). assert (0 <= bpow radix2 80 * n xs) by (apply Rmult_le_pos; lra). lra.
Qed.

(* -- sections 5 and 6 -- *)
Definition y_rms32 (t : st) (eps : R) (outside : bool) (x gamma beta : R) (fused : bool) :=
  let k := power (V_any (s2 t) (cn t) eps outside) in
  if Z.eq_dec k 0 then y_rms_scaled 0 (rstd64 (s2 t) (cn t) eps outside) x gamma beta fused
  else if Req_EM_T (s2 t) 0 then y_rms_scaled 0 0 x gamma beta fused
  else y_rms_scaled k (rstd64 (s2 t) (cn t) eps outside) x gamma beta fused.
Lemma y_rms32_is t eps outside x gamma beta fused : s2 t <> 0 -> y_rms32 t eps outside x gamma beta fused =
  y_rms_scaled (power (V_any (s2 t) (cn t) eps outside)) (rstd64 (s2 t) (cn t) eps outside) x gamma beta fused.
Proof.
intro Nz. unfold y_rms32. cbv zeta. destruct (Z.eq_dec _ 0) as [E|_]; [now rewrite E|]. now destruct (Req_EM_T _ _).
Qed.
(* section 4, where the means are 0 *)
Definition merged_squares (pe : R -> R -> R) (c : list R * R) (l : list (list R * R)) := merged pe (state c) (map state l).

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
Hypothesis gamma_float : F32 gamma.
Hypothesis beta_float : F32 beta.
Hypothesis eps_double : F64 eps.
Hypothesis eps_not_negative : 0 <= eps.
Variable outside : bool.
Let xhat := x * / D_any eps outside (sqrt (QQ row 0 / n row)).

Lemma in_row c z : In c (first :: further) -> In z (fst c) -> In z row.
Proof. intros Ic Iz. unfold row. apply in_concat. exists (fst c). split; [now apply in_map|exact Iz]. Qed.
Lemma good c : In c (first :: further) -> (1 <= length (fst c) <= 1024)%nat /\ (forall z, In z (fst c) -> F32 z) /\ F64 (snd c) /\ 0 <= snd c /\
  Rabs (snd c - QQ (fst c) 0) <= b0 * QQ (fst c) 0.
Proof.
intro Ic. assert (L : (1 <= length (fst c) <= 1024)%nat).
{ assert (I := Ic). rewrite <- blocks_are in I. apply in_app_or in I. destruct I as [I|[<-|[]]]; [rewrite (full_is c I); lia|exact last_is]. }
assert (Fz : forall z, In z (fst c) -> F32 z) by (intros z Iz; apply row_finite, (in_row c z Ic Iz)).
destruct (square_sum_ok fused (fst c) (snd c) Fz L (sums_are c Ic)) as (A & B & C). now repeat split.
Qed.
Lemma tall z : In z row -> Rabs z <= bpow radix2 129.
Proof.
intro I. destruct (row_finite z I) as (_ & B). assert (P := bpow_gt_0 radix2 128).
assert (E129 : bpow radix2 129 = 2 * bpow radix2 128) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus). lra.
Qed.
Lemma row_squares a : In a row -> a <> 0 -> 0 < QQ row 0.
Proof.
intros Ia Na. apply Rlt_le_trans with ((a - 0) * (a - 0)).
- rewrite Rminus_0_r. assert (S := Rlt_0_sqr a Na). exact S.
- apply (sum_pos_in (fun z => (z - 0) * (z - 0))); [intros; apply Rle_0_sqr|exact Ia].
Qed.

(* a row of zeros gives beta *)
Theorem rmsnorm_zeros : (forall z, In z row -> z = 0) -> y_rms32 (merged_squares pe first further) eps outside x gamma beta fused = beta.
Proof.
intro All. assert (St : forall c, In c (first :: further) -> state c = constant_state (n (fst c)) 0).
{ intros c Ic. destruct (good c Ic) as (_ & _ & _ & _ & E). assert (Q0 : QQ (fst c) 0 = 0).
  { unfold QQ. rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros z Iz. rewrite (All z (in_row c z Ic Iz)). ring. }
  rewrite Q0, Rmult_0_r, Rminus_0_r in E. apply abs_0 in E. unfold state. now rewrite E. }
destruct (constant_merged pe 0 (map state further) pe_is (F_0 _ _)) with (c := n (fst first)) as (d & Em).
{ intro s. rewrite in_map_iff. intros (c & <- & I). exists (n (fst c)). apply St. now right. }
assert (E2 : merged_squares pe first further = constant_state d 0) by (unfold merged_squares; rewrite (St first (or_introl eq_refl)); exact Em).
assert (Z32 : rnd (-149) 24 0 = 0) by exact (rnd_0 (-149) 24).
assert (Y : forall R1, y_rms_scaled 0 R1 x gamma beta fused = beta).
{ intro R1. rewrite (All x x_in). assert (Sc : scaled 0 0 = 0) by (unfold scaled; rewrite Rmult_0_l; exact Z32).
  unfold y_rms_scaled, last.t_fused, last.t_unfused, last.difference. cbv zeta. rewrite Sc, Rminus_0_r, Z32, Rmult_0_l, Z32, Rplus_0_l, Z32.
  unfold total.y_fused, total.y_unfused. rewrite Rmult_0_l, ?Z32, Rplus_0_l. destruct fused; now apply (rnd_id (-149) 24). }
unfold y_rms32. cbv zeta. rewrite E2. cbn [constant_state s2 cn]. destruct (Z.eq_dec _ 0); [apply Y|]. destruct (Req_EM_T 0 0) as [_|Nz]; [apply Y|now elim Nz].
Qed.

Theorem rmsnorm_every_row : let y := y_rms32 (merged_squares pe first further) eps outside x gamma beta fused in
  let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then 5.1 else 6.1) * rstd.u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= 5.1 * rstd.u32 * Bracket + eta32).
Proof.
cbv zeta. change 5.1 with B_rms. change 6.1 with B_rms_beta_unfused. destruct (block32.exists_other row 0) as [All|(a & Ia & Na)].
{ assert (X0 : xhat = 0) by (unfold xhat; rewrite (All x x_in); ring). rewrite (rmsnorm_zeros All), X0, Rmult_0_r, Rplus_0_l, Rminus_diag_eq, Rabs_R0
    by reflexivity.
  assert (A := Rabs_pos gamma). assert (B := Rabs_pos beta). assert (U := rstd.u32_val). assert (M := Rmax_l 1 0).
  assert (e0 : 0 < eta32) by apply bpow_gt_0.
  assert (Br : 0 <= rstd.u32 * (Rabs gamma * Rmax 1 0 + Rabs beta)).
  { apply Rmult_le_pos; [lra|]. assert (0 <= Rabs gamma * Rmax 1 0) by (apply Rmult_le_pos; lra). lra. }
  split; [destruct fused|intros _]; unfold B_rms, B_rms_beta_unfused; lra. }
assert (Qp := row_squares a Ia Na).
assert (Fx := proj1 (row_finite x x_in)). assert (Xm := tall x x_in).
assert (B := b0_range). change (format.u 24) with u32 in B. assert (U := u32_val).
assert (pe_ok := product_ok pe pe_is). assert (Bl := blocks_are). assert (Fi := full_is). assert (Good := good).
assert (Qr : QQ row 0 = sum (fun c => QQ (fst c) 0) (first :: further)) by (unfold row, QQ; now rewrite sum_concat, sum_map).
assert (Nr : n row = sum (fun c => n (fst c)) (first :: further)).
{ unfold n. rewrite <- (Rmult_1_l (INR _)), <- sum_const. unfold row. rewrite sum_concat, sum_map. apply sum_ext. intros c _. rewrite sum_const. ring. }
set (k := power (V_any (s2 (merged_squares pe first further)) (cn (merged_squares pe first further)) eps outside)).
assert (Ct : cn (merged_squares pe first further) = n row).
{ unfold merged_squares. rewrite merged_count, Nr. exact (sum_map cn state (first :: further)). }
assert (K : power_of_row (s2 (merged_squares pe first further)) (n row) eps outside k) by (unfold k; rewrite Ct; apply power_is).
destruct full as [|g gs]; simpl in Bl; injection Bl as E1 E2.
- (* one block *)
  assert (Q1 : QQ row 0 = QQ (fst first) 0) by (rewrite Qr, <- E2; simpl; ring).
  assert (N1 : n row = n (fst first)) by (rewrite Nr, <- E2; simpl; ring).
  destruct (Good first (or_introl eq_refl)) as (L & Ff & _ & v0 & Ev).
  assert (M : merged_squares pe first further = state first) by (rewrite <- E2; reflexivity).
  assert (bq : b0 * QQ (fst first) 0 <= 0.001 * QQ (fst first) 0) by (apply Rmult_le_compat_r; lra).
  assert (X := Rle_abs (- (snd first - QQ (fst first) 0))). rewrite Rabs_Ropp in X.
  rewrite y_rms32_is by (rewrite M; cbn [state s2]; lra). fold k. unfold xhat. rewrite Ct, Q1, N1 in *. rewrite M in *. cbn [state s2] in *.
  exact (rmsnorm_any_alone (fst first) (snd first) eps x gamma beta outside k fused L Ff (fun z I => tall z (in_row first z (or_introl eq_refl) I)) v0 Ev
    ltac:(lra) eps_double eps_not_negative K Fx Xm gamma_float beta_float).
- (* several *)
  assert (Gd : forall c, In c (first :: gs ++ [last]) -> (1 <= length (fst c) <= 1024)%nat /\ (forall z, In z (fst c) -> F32 z) /\ F64 (snd c) /\
    0 <= snd c /\ Rabs (snd c - QQ (fst c) 0) <= b0 * QQ (fst c) 0) by (rewrite E2; exact Good).
  assert (Fl : forall c, In c (first :: gs) -> length (fst c) = 1024%nat) by (rewrite <- E1; exact Fi).
  assert (Rm : forall c z, In c (first :: gs ++ [last]) -> In z (fst c) -> Rabs z <= bpow radix2 129).
  { intros c z Ic Iz. apply tall, (in_row c z); [rewrite <- E2; exact Ic|exact Iz]. }
  assert (Cn : count first gs last = n row) by (unfold count; rewrite E2, Nr; reflexivity).
  assert (Ms : rms (map squares (first :: gs ++ [last])) (n row) = sqrt (QQ row 0 / n row)).
  { unfold rms. do 2 f_equal. rewrite Q_sum, E2, Qr. reflexivity. }
  assert (N1 : 1 <= n row) by (rewrite <- Cn; exact (count1 first gs last Gd)).
  assert (Mp : 0 < rms (map squares (first :: gs ++ [last])) (count first gs last)).
  { rewrite Cn, Ms. apply sqrt_lt_R0, Rmult_lt_0_compat; [exact Qp|]. apply Rinv_0_lt_compat. lra. }
  assert (C : count first gs last <= bpow radix2 40) by (rewrite Cn; exact row_count).
  assert (Tm : merged_squares pe first further = total pe first gs last) by (unfold merged_squares, total; rewrite <- E2; reflexivity).
  assert (Nz : s2 (total pe first gs last) <> 0).
  { destruct (merging_rms pe pe_ok first gs last Gd Fl C Mp) as (_ & Mg). intro Z. rewrite Z, Rminus_0_l, Rabs_Ropp in Mg.
    assert (Qe := Q_err (map squares (first :: gs ++ [last])) b0 (blocks_good first gs last Gd)).
    assert (Qm := Qms first gs last Gd). assert (Bq : b0 * Q (map squares (first :: gs ++ [last])) <= 0.001 * Q (map squares (first :: gs ++ [last]))).
    { apply Rmult_le_compat_r; [exact (Q0 first gs last Gd)|lra]. }
    set (q := Q (map squares (first :: gs ++ [last]))) in *. set (q' := Q' (map squares (first :: gs ++ [last]))) in *.
    set (s := rms (map squares (first :: gs ++ [last])) (count first gs last)) in *. rewrite Cn in *.
    assert (ss : 0 < s * s) by now apply Rmult_lt_0_compat. assert (X := Rle_abs (- (q' - q))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs q').
    assert (0.01 * u32 * (s * s) <= 0.001 * (s * s)) by (apply Rmult_le_compat_r; lra).
    assert (Z2 : Rabs q' <= 0.002 * (n row * (s * s))).
    { apply (Rmult_le_compat_r (n row)) in Mg; [|lra]. replace (Rabs q' / n row / 2 * n row) with (Rabs q' / 2) in Mg by (field; lra).
      change rstd.u32 with u32 in Mg. assert (0.01 * u32 * (s * s) * n row <= 0.001 * (s * s) * n row) by (apply Rmult_le_compat_r; lra). lra. }
    assert (0 < n row * (s * s)) by (apply Rmult_lt_0_compat; lra). lra. }
  rewrite y_rms32_is by (rewrite Tm; exact Nz). fold k. rewrite Ct, Tm in *. unfold xhat. rewrite <- Ms, <- Cn in *.
  exact (rmsnorm_any pe pe_ok first gs last Gd Fl Rm C Mp eps x gamma beta outside k fused eps_double eps_not_negative K Fx Xm gamma_float
    beta_float).
Qed.
End Every.
