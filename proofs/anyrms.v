(* RMSNorm of floats, of any row: ordinary or not, eps inside the root or outside, from the blocks' sums of squares to y. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms rstd scale32 float32 merge step mergeops merges mergerow wholerms scales anyscale rowscale
  hugeeps.
Require counts32 block32.
Import ListNotations.
Local Open Scope R_scope.

(* -- from a mean square to y, at any scale -- *)
Section RmsScale.
Variables ms V2 : R.
Hypothesis ms_not0 : 0 < ms.
Hypothesis moments : Rabs (0 - 0) * ms + Rabs (sqrt V2 * sqrt V2 - ms * ms) / 2 <= 2.01001 * u32 * (ms * ms).
Variable k : Z.
Let S := bpow radix2 k.
Variables D D' R1 : R.
Hypothesis D_ge : ms <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - ms).
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u32.
Hypothesis R1_range : bpow radix2 (-100) <= R1 / S <= bpow radix2 100.
Hypothesis shrunk : (0 <= k)%Z \/ R1 / S <= bpow radix2 60.
Variables x gamma beta : R.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := x * / D.
Let M := Rmax 1 (Rabs xhat).
Let Bracket := Rabs gamma * M + Rabs beta.

Lemma t_err : Rabs (rnd32 (scaled k x * four.rstd (R1 / S)) - xhat) <= 4.03 * u32 * M.
Proof.
assert (U := u32_val). assert (P : 0 < S) by apply bpow_gt_0. assert (Rp := four.R1_0 _ R1_range). assert (Dp : 0 < D) by lra.
assert (R0D : / D * D = 1) by (field; lra).
assert (E := statistics_err u32 0 0 ms (sqrt V2) 2.01001 ltac:(lra) ms_not0 (sqrt_pos _) ltac:(lra) moments D D' (/ D) R1 x D_ge D_err R0D R1_err).
rewrite !Rminus_0_r in E. fold xhat in E. fold M in E. assert (M1 : 1 <= M) by apply Rmax_l. assert (M2 : Rabs xhat <= M) by apply Rmax_r.
assert (L := lost k R1 R1_range shrunk x Fx). fold S in L. set (w := R1 / S) in *. set (xs := scaled k x) in *.
assert (b60 : bpow radix2 (-60) <= 0.000001 * u32) by (rewrite U; simpl; lra).
assert (uM : u32 <= u32 * M) by (rewrite <- (Rmult_1_r u32) at 1; apply Rmult_le_compat_l; lra).
assert (E2 : Rabs (xs * w - xhat) <= 2.0121 * u32 * M).
{ replace (xs * w - xhat) with ((xs - x * S) * w + (x * R1 - xhat)) by (unfold w; field; lra). eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_mult, (Rabs_pos_eq w) by lra. lra. }
assert (uM2 : 2.0121 * u32 * M <= 0.000001 * M) by (apply Rmult_le_compat_r; lra).
assert (EM : Rabs (xs * w) <= 1.000001 * M).
{ replace (xs * w) with (xhat + (xs * w - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Rf := four.rstd_is_float w R1_range). set (rs := four.rstd w) in *.
assert (Q : Rabs (xs * rs - xs * w) <= 1.00001 * u32 * Rabs (xs * w)).
{ rewrite <- Rmult_minus_distr_l, !Rabs_mult, (Rabs_pos_eq w) by lra.
  replace (1.00001 * u32 * (Rabs xs * w)) with (Rabs xs * (1.00001 * u32 * w)) by ring. apply Rmult_le_compat_l; [apply Rabs_pos|exact Rf]. }
assert (Q2 : 1.00001 * u32 * Rabs (xs * w) <= 1.00001 * u32 * (1.000001 * M)) by (apply Rmult_le_compat_l; lra).
assert (R := rnd32_err (xs * rs)). assert (T := four.tiny_eta (-150) ltac:(lia)). fold eta32 in T.
assert (u2M : u32 * (u32 * M) <= 0.0000001 * (u32 * M)) by (apply Rmult_le_compat_r; lra).
assert (XR : Rabs (xs * rs) <= 1.000001 * M + 1.1 * (u32 * M)).
{ replace (xs * rs) with ((xs * rs - xs * w) + xs * w) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (uXR : u32 * Rabs (xs * rs) <= u32 * (1.000001 * M + 1.1 * (u32 * M))) by (apply Rmult_le_compat_l; lra).
replace (rnd32 (xs * rs) - xhat) with ((rnd32 (xs * rs) - xs * rs) + ((xs * rs - xs * w) + (xs * w - xhat))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.

Let y_of (fused : bool) := y_rms_scaled k R1 x gamma beta fused.
Theorem rmsnorm_scaled (fused : bool) :
  Rabs (y_of fused - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y_of fused - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
assert (U := u32_val). assert (T := t_err). destruct (one_t (-149) 24 ltac:(lia) (four.rstd (R1 / S)) (scaled k x) (scaled_F k x)) as (Tf & Tu).
assert (M1 : 1 <= M) by apply Rmax_l.
assert (Br : 0 <= u32 * Bracket).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  unfold Bracket. lra. }
assert (Qf := y_fused_err (-149) 24 ltac:(lia) _ gamma beta xhat 4.03 ltac:(lra) T).
assert (Qu := y_unfused_err (-149) 24 ltac:(lia) _ gamma beta xhat 4.03 Fgamma Fbeta ltac:(lra) T).
assert (W : forall B, 4.03 + 1.001 <= B -> (4.03 + 1.001) * u32 * Bracket + eta32 <= B * u32 * Bracket + eta32).
{ intros B HB. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u32). now apply Rmult_le_compat_r. }
unfold y_of, y_rms_scaled. cbv zeta. fold S. rewrite Tf, Tu. destruct fused.
- split; [|intros _]; (eapply Rle_trans; [exact Qf|apply W; unfold B_rms; lra]).
- split; [|intro Z].
  + eapply Rle_trans; [exact Qu|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u32). apply Rmult_le_compat_r; [exact Br|].
    unfold B_rms_beta_unfused. lra.
  + (* without beta the last sum is exact *)
    assert (Eq : forall t, y_unfused (-149) 24 t gamma beta = y_fused (-149) 24 t gamma beta).
    { intro t. unfold y_unfused, y_fused. rewrite Z, !Rplus_0_r. apply (rnd_id (-149) 24). exact (rnd_F (-149) 24 ltac:(lia) _). }
    rewrite Eq. eapply Rle_trans; [exact Qf|apply W; unfold B_rms; lra].
Qed.
End RmsScale.

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

Let y (fused : bool) := y_rms_scaled k (rstd64 m2 cols eps outside) x gamma beta fused.

Lemma V2_high : let V2 := m2 / cols in Rabs (0 - 0) * ms + Rabs (sqrt V2 * sqrt V2 - ms * ms) / 2 <= 2.01001 * u32 * (ms * ms) -> 0 <= V2 ->
  V2 <= bpow radix2 262.
Proof.
cbv zeta. set (V2 := m2 / cols). intros Mo V0. assert (U := u32_val). rewrite (sqrt_def V2 V0), Rminus_0_r, Rabs_R0 in Mo.
assert (X := Rle_abs (V2 - ms * ms)). assert (P := bpow_gt_0 radix2 (-170)). set (B := bpow radix2 129) in *.
assert (ss : 0 <= ms * ms <= B * B) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
assert (2.01001 * u32 * (ms * ms) <= 0.001 * (ms * ms)) by (apply Rmult_le_compat_r; lra).
replace (bpow radix2 262) with (16 * (B * B)) by (unfold B; change 16 with (bpow radix2 4); rewrite <- !bpow_plus; reflexivity). lra.
Qed.

(* where eps leaves nothing of xhat *)
Lemma sums_far (V2_range : bpow radix2 (-341) <= m2 / cols <= bpow radix2 262) (fused : bool) :
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
destruct (Rle_or_lt (V_any m2 cols eps outside) (bpow radix2 370)) as [Vm|Far]; [|now apply (sums_far (conj Low (V2_high Mo V0)))].
assert (Ri := rstd64_is m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm). fold V2 in Ri.
destruct (rstd64_range m2 cols eps outside m2_pos F_eps eps_pos cols_range Low Vm k k_is) as (Rr & Rs).
assert (Dge : ms <= D_any eps outside ms).
{ unfold D_any. destruct outside; [lra|]. apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra. }
assert (Derr : Rabs (D_any eps outside (sqrt V2) - D_any eps outside ms) <= Rabs (sqrt V2 - ms)).
{ unfold D_any. destruct outside.
  - replace (sqrt V2 + eps - (ms + eps)) with (sqrt V2 - ms) by ring. apply Rle_refl.
  - apply scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
exact (rmsnorm_scaled ms V2 ms_not0 Mo k (D_any eps outside ms) (D_any eps outside (sqrt V2)) (rstd64 m2 cols eps outside) Dge Derr Ri Rr Rs
  x gamma beta Fx Fgamma Fbeta fused).
Qed.
End Sums.

Lemma QQ_max xs B : (forall z, In z xs -> Rabs z <= B) -> QQ xs 0 <= B * B * n xs.
Proof.
intro H. unfold QQ, n. rewrite <- sum_const. apply sum_le. intros z Iz. rewrite Rminus_0_r.
replace (z * z) with (Rabs z * Rabs z) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr). apply Rmult_le_compat; try apply Rabs_pos; now apply H.
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
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
intros Fe E0 K Fx Xm Fg Fb. destruct (merging_rms pe pe_ok f l b good full cols_max ms_not0) as (M0 & Mg).
exact (rmsnorm_sums (map squares all) (blocks_good f l b good) cols m2 eps x gamma beta (conj (count1 f l b good) cols_max)
  (ms_low f l b good cols_max ms_not0) ms_max Xm M0 Mg outside k Fe E0 K Fx Fg Fb fused).
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
  (forall x, In x xs -> Rabs x <= bpow radix2 129) -> 0 <= v -> Rabs (v - QQ xs 0) <= counts32.b0 * QQ xs 0 -> 0 < QQ xs 0 -> F64 eps -> 0 <= eps -> power_of_row v (n xs) eps outside k ->
  F32 x -> Rabs x <= bpow radix2 129 -> F32 gamma -> F32 beta ->
  let xhat := x * / D_any eps outside (sqrt (QQ xs 0 / n xs)) in let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta in
  let y := y_rms_scaled k (rstd64 v (n xs) eps outside) x gamma beta fused in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
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
cbv zeta. rewrite <- Rm. exact (rmsnorm_sums blocks G (n xs) v eps x gamma beta C Low High Xm V0 Mg outside k Fe E0 K Fx Fg Fb fused).
Qed.
