(* RMSNorm of floats, of any row: ordinary or not, eps inside the root or outside, from the blocks' sums of squares to y. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms rstd scale32 float32 merge step mergeops merges mergerow wholerms scales anyscale rowscale
  hugeeps rmsscale.
Require counts32 block32.
Import ListNotations.
Local Open Scope R_scope.

(* -- from the blocks' sums of squares -- *)
Section Sums.
Variable blocks : list (R * R).
Hypothesis blocks_good : forall c, In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c.
Variables cols m2 eps x gamma beta : R.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Let ms := rms blocks cols.
Hypothesis ms_low : bpow radix2 (-170) <= ms.
Hypothesis ms_max : ms <= bpow radix2 129.
Hypothesis x_max : Rabs x <= bpow radix2 129.
Hypothesis m2_pos : 0 <= m2.
Hypothesis merging : Rabs (m2 - Q' blocks) / cols / 2 <= 0.01 * u32 * (ms * ms).
Variable outside : bool.
Variable k : Z.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis k_is : power_of_row m2 cols eps outside k.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := x * / D_any eps outside ms.
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

(* the mean square as it is computed *)
Lemma sums_near : let V2 := m2 / cols in 0 <= V2 /\ bpow radix2 (-341) <= V2 /\
  Rabs (0 - 0) * ms + Rabs (sqrt V2 * sqrt V2 - ms * ms) / 2 <= 2.01001 * u32 * (ms * ms).
Proof.
cbv zeta. assert (U := u32_val). set (V2 := m2 / cols). assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms_not0 : 0 < ms) by lra.
assert (V0 : 0 <= V2) by (apply Rmult_le_pos; [assumption|left; apply Rinv_0_lt_compat; lra]).
assert (MgV : Rabs (cols * V2 - Q' blocks) / cols / 2 <= 0.01 * u32 * (ms * ms)) by (replace (cols * V2) with m2 by (unfold V2;
  field; lra); exact merging).
assert (B0 : 0 <= counts32.b0 <= 4.00001 * u32) by exact counts32.b0_range.
assert (Mo := moments_rms 24 ltac:(lia) blocks _ B0 blocks_good cols ltac:(lra) V2 V0 MgV). fold ms in Mo.
change (u 24) with u32 in Mo. assert (ss : 0 < ms * ms) by now apply Rmult_lt_0_compat.
assert (Low : bpow radix2 (-341) <= V2).
{ assert (Mo2 := Mo). rewrite (sqrt_def V2 V0), Rminus_0_r, Rabs_R0 in Mo2. assert (X := Rle_abs (- (V2 - ms * ms))). rewrite Rabs_Ropp in X.
  assert (2.01001 * u32 * (ms * ms) <= 0.001 * (ms * ms)) by (apply Rmult_le_compat_r; lra).
  assert (L2 : bpow radix2 (-340) <= ms * ms) by (change (-340)%Z with (-170 + -170)%Z; rewrite bpow_plus; apply Rmult_le_compat; lra).
  replace (bpow radix2 (-341)) with (bpow radix2 (-340) / 2); [lra|]. change (-341)%Z with (-340 + -1)%Z. rewrite bpow_plus. reflexivity. }
split; [exact V0|]. split; [exact Low|exact Mo].
Qed.
Lemma D_facts : let V2 := m2 / cols in ms <= D_any eps outside ms /\
  Rabs (D_any eps outside (sqrt V2) - D_any eps outside ms) <= Rabs (sqrt V2 - ms).
Proof.
cbv zeta. assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms_not0 : 0 < ms) by lra. assert (ss : 0 < ms * ms) by now apply Rmult_lt_0_compat.
destruct sums_near as (V0 & _). split; unfold D_any; destruct outside.
- lra.
- apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra.
- replace (sqrt (m2 / cols) + eps - (ms + eps)) with (sqrt (m2 / cols) - ms) by ring. apply Rle_refl.
- apply scale_lipschitz; [apply sqrt_pos|lra|assumption].
Qed.

Let y (fused : bool) := y_rms_scaled k (rstd64 m2 cols eps outside) x gamma beta fused.

Lemma V2_high : let V2 := m2 / cols in Rabs (0 - 0) * ms + Rabs (sqrt V2 * sqrt V2 - ms * ms) / 2 <= 2.01001 * u32 * (ms * ms) -> 0 <= V2 ->
  V2 <= bpow radix2 304.
Proof.
cbv zeta. set (V2 := m2 / cols). intros Mo V0. assert (U := u32_val). rewrite (sqrt_def V2 V0), Rminus_0_r, Rabs_R0 in Mo.
assert (X := Rle_abs (V2 - ms * ms)). assert (P := bpow_gt_0 radix2 (-170)). set (B := bpow radix2 129) in *.
assert (ss : 0 <= ms * ms <= B * B) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
assert (2.01001 * u32 * (ms * ms) <= 0.001 * (ms * ms)) by (apply Rmult_le_compat_r; lra).
apply Rle_trans with (bpow radix2 262); [|apply bpow_le; lia].
replace (bpow radix2 262) with (16 * (B * B)) by (unfold B; change 16 with (bpow radix2 4); rewrite <- !bpow_plus; reflexivity). lra.
Qed.

(* where eps leaves nothing of xhat *)
Lemma sums_far (V2_range : bpow radix2 (-341) <= m2 / cols <= bpow radix2 304) (fused : bool) :
  bpow radix2 370 < V_any m2 cols eps outside ->
  Rabs (y fused - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y fused - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
intro Far. assert (U := u32_val). assert (L80 : bpow radix2 80 < bpow radix2 370) by (apply bpow_lt; lia).
assert (L0 : bpow radix2 (-80) < bpow radix2 370) by (apply bpow_lt; lia).
assert (K : k = (-90)%Z) by (destruct k_is as [((A & C) & K)|[(A & K)|(A & K)]]; [unfold ordinary in *; lra|lra|exact K]).
assert (W := rstd64_small m2 cols eps outside m2_pos F_eps eps_pos cols_range V2_range Far). assert (p170 := bpow_gt_0 radix2 (-170)).
assert (D := D_large m2 cols eps outside m2_pos F_eps eps_pos cols_range V2_range Far ms ltac:(lra)).
assert (P := bpow_gt_0 radix2 182). assert (Ip : 0 < / D_any eps outside ms) by (apply Rinv_0_lt_compat; lra).
assert (Xh : Rabs xhat <= bpow radix2 (-40)).
{ unfold xhat. rewrite Rabs_mult, (Rabs_pos_eq (/ _)) by lra.
  apply Rle_trans with (bpow radix2 129 * bpow radix2 (- (182))); [|rewrite <- bpow_plus; apply bpow_le; lia].
  apply Rmult_le_compat; [apply Rabs_pos|lra|exact x_max|rewrite bpow_opp; apply Rinv_le; assumption]. }
assert (Y := y_rms_far (rstd64 m2 cols eps outside) x gamma beta xhat x_max W Xh Fgamma Fbeta fused). unfold y. rewrite K.
assert (Br : 0 <= u32 * Bracket).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (M1 := Rmax_l 1 (Rabs xhat)).
  assert (0 <= Rabs gamma * Rmax 1 (Rabs xhat)) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). unfold Bracket. lra. }
split; [|intros _]; (eapply Rle_trans; [exact Y|]); fold Bracket; apply Rplus_le_compat_r; rewrite !(Rmult_assoc _ u32);
  (apply Rmult_le_compat_r; [exact Br|]); destruct fused; unfold B_rms, B_rms_beta_unfused; lra.
Qed.

Theorem rmsnorm_sums (fused : bool) : let y := y_rms_scaled k (rstd64 m2 cols eps outside) x gamma beta fused in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
cbv zeta. set (V2 := m2 / cols). assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms_not0 : 0 < ms) by lra.
destruct sums_near as (V0 & Low & Mo). destruct D_facts as (Dge & Derr). fold V2 in V0, Low, Mo, Derr.
destruct (Rle_or_lt (V_any m2 cols eps outside) (bpow radix2 370)) as [Vm|Far]; [|now apply (sums_far (conj Low (V2_high Mo V0)))].
assert (Ri := rstd64_is m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm). fold V2 in Ri.
destruct (rstd64_range m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm k k_is) as (Rr & Rs).
exact (rmsnorm_scaled ms V2 ms_not0 Mo k (D_any eps outside ms) (D_any eps outside (sqrt V2)) (rstd64 m2 cols eps outside) Dge Derr Ri Rr Rs
  x gamma beta Fx Fgamma Fbeta fused).
Qed.

(* no float overflows *)
Theorem sums_fit : Rabs x <= 1048576 * ms -> rms_fits k (rstd64 m2 cols eps outside) x.
Proof.
intro Xms. set (V2 := m2 / cols). assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms_not0 : 0 < ms) by lra. assert (U := u32_val).
destruct sums_near as (V0 & Low & Mo). assert (Vh := V2_high Mo V0). destruct D_facts as (Dge & Derr). fold V2 in V0, Low, Mo, Derr, Vh.
destruct (Rle_or_lt (V_any m2 cols eps outside) (bpow radix2 370)) as [Vm|Far].
2: { assert (L80 : bpow radix2 80 < bpow radix2 370) by (apply bpow_lt; lia). assert (L0 : bpow radix2 (-80) < bpow radix2 370) by (apply
  bpow_lt; lia).
  assert (K : k = (-90)%Z) by (destruct k_is as [((A & C) & K)|[(A & K)|(A & K)]]; [unfold ordinary in *; lra|lra|exact K]). rewrite K.
  assert (W := rstd64_small m2 cols eps outside m2_pos F_eps eps_pos cols_range (conj Low Vh) Far).
  apply (rms_fits_by _ _ _ 43 (-92) Fx (xs_within x x_max) (rstd_within _ W)); try lia.
  eapply Rle_trans; [exact (product_within 43 (-92) _ _ (xs_within x x_max) (rstd_within _ W))|apply bpow_le; lia]. }
assert (Ri := rstd64_is m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm). fold V2 in Ri.
destruct (rstd64_range m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm k k_is) as (Rr & Rs).
set (R1 := rstd64 m2 cols eps outside) in *. set (D' := D_any eps outside (sqrt V2)) in *. set (D := D_any eps outside ms) in *.
set (S := bpow radix2 k) in *. assert (Sp : 0 < S) by apply bpow_gt_0. assert (wp := four.R1_0 _ Rr).
assert (L := lost k R1 Rr Rs x Fx). fold S in L. set (xs := scaled k x) in *. set (w := R1 / S) in *.
assert (R1p : 0 < R1) by (replace R1 with (w * S) by (unfold w; field; lra); now apply Rmult_lt_0_compat).
(* ms R1 is no more than 1 *)
assert (Q : sqrt V2 * sqrt V2 = V2) by now apply sqrt_def. assert (q0 := sqrt_pos V2). set (q := sqrt V2) in *.
assert (Eq : Rabs (q - ms) <= 0.001 * ms).
{ rewrite Rminus_0_r, Rabs_R0, Rmult_0_l, Rplus_0_l in Mo. replace (q * q - ms * ms) with ((q - ms) * (q + ms)) in Mo by ring.
  rewrite Rabs_mult, (Rabs_pos_eq (q + ms)) in Mo by lra. assert (0 <= Rabs (q - ms) * q) by (apply Rmult_le_pos; [apply Rabs_pos|exact q0]).
  assert (2.01001 * u32 * (ms * ms) <= 0.0005 * (ms * ms)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]).
  apply Rmult_le_reg_r with ms; [assumption|]. lra. }
assert (DD : D <= 1.01 * D') by (assert (X := Rle_abs (- (D' - D))); rewrite Rabs_Ropp in X; lra).
assert (R2 : R1 * D' <= 1.01) by (assert (X := Rle_abs (R1 * D' - 1)); lra).
assert (Rm : R1 * ms <= 1.03).
{ apply Rle_trans with (R1 * (1.01 * D')); [apply Rmult_le_compat_l; lra|lra]. }
assert (XR : Rabs (x * S) * w <= 1048576 * 1.03).
{ rewrite Rabs_mult, (Rabs_pos_eq S) by lra. replace (Rabs x * S * w) with (Rabs x * R1) by (unfold w; field; lra).
  apply Rle_trans with (1048576 * ms * R1); [apply Rmult_le_compat_r; lra|]. lra. }
assert (b60 : bpow radix2 (-60) <= 1) by (simpl; lra). assert (Xw : Rabs xs * w <= 1100000).
{ assert (T : Rabs xs <= Rabs (xs - x * S) + Rabs (x * S)) by (replace xs with ((xs - x * S) + x * S) at 1 by ring; apply Rabs_triang).
  apply (Rmult_le_compat_r w) in T; [|lra]. lra. }
assert (Xb : Rabs xs <= bpow radix2 121).
{ apply Rmult_le_reg_r with w; [exact wp|]. eapply Rle_trans; [exact Xw|]. apply Rle_trans with (bpow radix2 121 * bpow radix2 (-100)).
  - rewrite <- bpow_plus. simpl. lra.
  - apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]. }
assert (Rb : Rabs (four.rstd w) <= bpow radix2 100) by (apply tinymean.rnd32_within; [lia|rewrite Rabs_pos_eq; lra]).
apply (rms_fits_by k R1 x 121 100 Fx Xb Rb); try lia. assert (Rf := four.rstd_is_float w Rr).
assert (B : Rabs (four.rstd w) <= 1.001 * w).
{ replace (four.rstd w) with ((four.rstd w - w) + w) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq w) by lra.
  assert (u32 * w <= 0.0001 * w) by (apply Rmult_le_compat_r; lra). lra. }
fold S w xs. rewrite Rabs_mult. apply Rle_trans with (Rabs xs * (1.001 * w)); [apply Rmult_le_compat_l; [apply Rabs_pos|exact B]|].
apply Rle_trans with 2000000; [lra|]. apply Rle_trans with (bpow radix2 30); [simpl; lra|apply bpow_le; lia].
Qed.
End Sums.

Lemma QQ_max xs B : (forall z, In z xs -> Rabs z <= B) -> QQ xs 0 <= B * B * n xs.
Proof.
intro H. unfold QQ, n. rewrite <- sum_const. apply sum_le. intros z Iz. rewrite Rminus_0_r.
replace (z * z) with (Rabs z * Rabs z) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
apply Rmult_le_compat; try apply Rabs_pos; now apply H.
Qed.

(* -- a row of several blocks, all but the last full -- *)
Section Several.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variables (f : list R * R) (l : list (list R * R)) (b : list R * R).
Let all := f :: l ++ [b].
Hypothesis good : forall c, In c all -> (1 <= length (fst c) <= 1024)%nat /\ (forall x, In x (fst c) ->
  F32 x) /\ F64 (snd c) /\ 0 <= snd c /\ Rabs (snd c - QQ (fst c) 0) <= counts32.b0 * QQ (fst c) 0.
Hypothesis full : forall c, In c (f :: l) -> length (fst c) = 1024%nat.
Hypothesis row_max : forall c z, In c all -> In z (fst c) -> Rabs z <= bpow radix2 129.
Let cols := count f l b.
Hypothesis cols_max : cols <= bpow radix2 40.
Let ms := rms (map squares all) cols.
Hypothesis ms_not0 : 0 < ms.
Let m2 := s2 (total pe f l b).
Variables eps x gamma beta : R.
Variable outside : bool.
Variable k : Z.
Let xhat := x * / D_any eps outside ms.
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Lemma ms_max : ms <= bpow radix2 129.
Proof.
assert (C := count1 f l b good). fold cols in C. apply le_of_sqr; [apply bpow_ge_0|]. apply Rmult_le_reg_l with cols; [lra|].
assert (Q1 := Qms f l b good). fold all cols ms in Q1. rewrite Q1. assert (Q2 := Q_sum f l b). fold all in Q2. rewrite Q2, Rmult_comm.
unfold cols, count. fold all. rewrite <- sum_scal. apply sum_le. intros c Ic. apply QQ_max. intros z Iz. now apply (row_max c).
Qed.

Theorem rmsnorm_any (fused : bool) : F64 eps -> 0 <= eps -> power_of_row m2 cols eps outside k -> F32 x -> Rabs x <= bpow radix2 129 ->
  F32 gamma -> F32 beta ->
  let y := y_rms_scaled k (rstd64 m2 cols eps outside) x gamma beta fused in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32) /\
  (Rabs x <= 1048576 * ms -> rms_fits k (rstd64 m2 cols eps outside) x).
Proof.
intros Fe E0 K Fx Xm Fg Fb. destruct (merging_rms pe pe_ok f l b good full cols_max ms_not0) as (M0 & Mg).
assert (Y := rmsnorm_sums (map squares all) (blocks_good f l b good) cols m2 eps x gamma beta (conj (count1 f l b good) cols_max)
  (ms_low f l b good cols_max ms_not0) ms_max Xm M0 Mg outside k Fe E0 K Fx Fg Fb fused).
cbv zeta in Y |- *. destruct Y as (A & B). split; [exact A|]. split; [exact B|].
exact (sums_fit (map squares all) (blocks_good f l b good) cols m2 eps x gamma beta (conj (count1 f l b good) cols_max)
  (ms_low f l b good cols_max ms_not0) ms_max Xm M0 Mg outside k Fe E0 K Fx).
Qed.
End Several.

(* -- one block -- *)
Lemma QQ_least xs : (forall x, In x xs -> F32 x) -> 0 < QQ xs 0 -> bpow radix2 (-298) <= QQ xs 0.
Proof.
intros Fx P. destruct (block32.exists_other xs 0) as [All|(x & I & Nz)].
- exfalso. assert (Z : QQ xs 0 = 0); [|lra]. unfold QQ. rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|].
  intros x I. rewrite (All x I). ring.
- assert (L := F_least (-149) 24 x (Fx x I) Nz).
  assert (E : 2 * eta (-149) = bpow radix2 (-149)) by (unfold eta; change 2 with (bpow radix2 1); rewrite <- bpow_plus; reflexivity).
  rewrite E in L. apply Rle_trans with ((x - 0) * (x - 0)).
  + rewrite Rminus_0_r. replace (x * x) with (Rabs x * Rabs x) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    change (-298)%Z with (-149 + -149)%Z. rewrite bpow_plus. assert (Q := bpow_gt_0 radix2 (-149)). apply Rmult_le_compat; lra.
  + apply (sum_pos_in (fun x => (x - 0) * (x - 0))); [intros; apply Rle_0_sqr|exact I].
Qed.

Theorem rmsnorm_any_alone xs v eps x gamma beta outside k fused : (1 <= length xs <= 1024)%nat -> (forall x, In x xs -> F32 x) ->
  (forall x, In x xs -> Rabs x <= bpow radix2 129) -> 0 <= v -> Rabs (v - QQ xs 0) <= counts32.b0 * QQ xs 0 -> 0 < QQ xs 0 -> F64 eps -> 0
    <= eps -> power_of_row v (n xs) eps outside k ->
  F32 x -> Rabs x <= bpow radix2 129 -> F32 gamma -> F32 beta ->
  let xhat := x * / D_any eps outside (sqrt (QQ xs 0 / n xs)) in let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta in
  let y := y_rms_scaled k (rstd64 v (n xs) eps outside) x gamma beta fused in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32) /\
  (Rabs x <= 1048576 * sqrt (QQ xs 0 / n xs) -> rms_fits k (rstd64 v (n xs) eps outside) x).
Proof.
intros L Fxs Xs V0 Ev Qp Fe E0 K Fx Xm Fg Fb. assert (N := n_range xs L). assert (Least := QQ_least xs Fxs Qp).
set (blocks := [(QQ xs 0, v)]).
assert (Rm : rms blocks (n xs) = sqrt (QQ xs 0 / n xs)) by (unfold rms, Q, blocks; simpl; now rewrite Rplus_0_r).
assert (G : forall c, In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c).
{ intros c [<-|[]]. cbn [fst snd]. split; [lra|exact Ev]. }
assert (Low : bpow radix2 (-170) <= rms blocks (n xs)).
{ rewrite Rm. replace (bpow radix2 (-170)) with (sqrt (bpow radix2 (-340))) by (replace (-340)%Z with (2 * -170)%Z by lia; apply sqrt_bpow).
  apply sqrt_le_1_alt. apply Rle_trans with (bpow radix2 (-298) * bpow radix2 (-10)); [rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat; try apply bpow_ge_0; [exact Least|]. apply Rle_trans with (/ 1024); [simpl; lra|apply Rinv_le; lra]. }
assert (High : rms blocks (n xs) <= bpow radix2 129).
{ rewrite Rm. apply le_of_sqr; [apply bpow_ge_0|]. assert (M := QQ_max xs _ Xs). rewrite sqrt_def by (apply Rmult_le_pos; [lra|];
  left; apply Rinv_0_lt_compat; lra). apply Rmult_le_reg_r with (n xs); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact M. }
assert (Mg : Rabs (v - Q' blocks) / n xs / 2 <= 0.01 * u32 * (rms blocks (n xs) * rms blocks (n xs))).
{ unfold Q', blocks at 1. simpl. rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity. unfold Rdiv. rewrite !Rmult_0_l.
  assert (U := u32_val). apply Rmult_le_pos; [lra|apply Rle_0_sqr]. }
assert (C : 1 <= n xs <= bpow radix2 40) by (split; [lra|apply Rle_trans with (bpow radix2 10); [simpl; lra|apply bpow_le; lia]]).
assert (Y := rmsnorm_sums blocks G (n xs) v eps x gamma beta C Low High Xm V0 Mg outside k Fe E0 K Fx Fg Fb fused).
cbv zeta in Y |- *. rewrite <- Rm. destruct Y as (A & B). split; [exact A|]. split; [exact B|].
exact (sums_fit blocks G (n xs) v eps x gamma beta C Low High Xm V0 Mg outside k Fe E0 K Fx).
Qed.
