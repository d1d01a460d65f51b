(* eps beyond 2^369: whatever the statistics are, xhat is next to nothing, and so is what takes its place. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import sums format wide last total stage rms rstd scale32 float32 scales anyscale rowscale tinymean.
Local Open Scope R_scope.

(* where a reciprocal lies *)
Lemma recip_within e d : (-1000 <= - e)%Z -> bpow radix2 e <= d -> 0 <= recip d <= bpow radix2 (- e).
Proof.
intros He H. assert (P := bpow_gt_0 radix2 e). assert (I : 0 < 1 / d <= bpow radix2 (- e)).
{ rewrite bpow_opp. unfold Rdiv. rewrite Rmult_1_l. split; [apply Rinv_0_lt_compat; lra|apply Rinv_le; assumption]. }
unfold recip. split.
- rewrite <- (rnd_0 emin64 53). apply (rnd_le emin64 53); [lia|lra].
- rewrite <- (rnd_id emin64 53 (bpow radix2 (- e))) by (apply bpow_F64; lia). apply (rnd_le emin64 53); [lia|tauto].
Qed.
(* of an ordinary row, whatever its moments *)
Lemma rstd64_ordinary m2 cols eps outside : 0 <= eps -> ordinary m2 cols eps outside -> 0 <= rstd64 m2 cols eps outside <= bpow radix2 60.
Proof.
unfold ordinary, rstd64, V_any. intros E0 (A & B).
assert (W : forall v e, 0 <= v <= bpow radix2 e -> (e <= 60)%Z -> 0 <= v <= bpow radix2 60).
{ intros v e H He. assert (bpow radix2 e <= bpow radix2 60) by now apply bpow_le. lra. }
destruct outside.
- apply (W _ (- (-42))%Z); [|lia]. apply recip_within; [lia|]. destruct (Rle_or_lt (bpow radix2 (-42)) (den_out m2 cols eps)) as [|L];
  [assumption|exfalso].
  assert (R0 : 0 <= root_out m2 cols) by (unfold root_out; rewrite <- (rnd_0 emin64 53); apply (rnd_le emin64 53); [lia|apply sqrt_pos]).
  assert (D0 : 0 <= den_out m2 cols eps) by (unfold den_out; rewrite <- (rnd_0 emin64 53); apply (rnd_le emin64 53); [lia|lra]).
  assert (V84 : V_out m2 cols eps <= bpow radix2 (-84)).
  { unfold V_out. rewrite <- (rnd_id emin64 53 (bpow radix2 (-84))) by (apply bpow_F64; lia). apply (rnd_le emin64 53); [lia|].
    change (-84)%Z with (-42 + -42)%Z. rewrite bpow_plus. apply Rmult_le_compat; lra. }
  assert (bpow radix2 (-84) < bpow radix2 (-80)) by (apply bpow_lt; lia). lra.
- destruct (Rle_dec _ _) as [_|N]; [|contradiction]. destruct (Rle_dec _ _) as [_|N]; [|contradiction].
  apply (W _ 41%Z); [|lia]. assert (N := newton_range m2 cols eps (conj A B)). assert (P := bpow_gt_0 radix2 (-41)). lra.
Qed.

(* -- rstd64 and D where V is beyond 2^370 -- *)
Section Far.
Variables m2 cols eps : R.
Variable outside : bool.
Hypothesis m2_pos : 0 <= m2.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Hypothesis V2_range : bpow radix2 (-341) <= m2 / cols <= bpow radix2 304.
Hypothesis far : bpow radix2 370 < V_any m2 cols eps outside.

Lemma var_c_max : var_c m2 cols <= bpow radix2 305.
Proof.
assert (U := u64_val). assert (E := var_err m2 cols m2_pos cols_range). set (V2 := m2 / cols) in *.
assert (T := eta64_le (-350) V2 ltac:(lia) ltac:(apply Rle_trans with (2 := proj1 V2_range); apply bpow_le; lia)).
assert (P : 0 < V2) by (assert (Q := bpow_gt_0 radix2 (-341)); lra). assert (X := Rle_abs (var_c m2 cols - V2)).
assert (u64 * V2 <= 0.001 * V2) by (apply Rmult_le_compat_r; lra).
replace (bpow radix2 305) with (2 * bpow radix2 304) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus). lra.
Qed.

Lemma twice_ j : bpow radix2 (j + 1) = 2 * bpow radix2 j. Proof. rewrite bpow_plus. change (bpow radix2 1) with 2. ring. Qed.
Lemma den_out_large : outside = true -> bpow radix2 184 <= den_out m2 cols eps /\ bpow radix2 182 <= eps.
Proof.
intro O. unfold V_any in far. rewrite O in far. assert (Vl := proj1 V2_range).
assert (Vp : 0 < m2 / cols) by (assert (Q := bpow_gt_0 radix2 (-341)); lra).
assert (E := den_out_err m2 cols eps m2_pos F_eps eps_pos cols_range ltac:(apply Rle_trans with (2 := Vl); apply bpow_le; lia)).
assert (U := u64_val). set (d := den_out m2 cols eps) in *. set (s := sqrt (m2 / cols)) in *. assert (s0 : 0 < s) by now apply sqrt_lt_R0.
assert (us : u64 * (s + eps) <= 0.001 * (s + eps)) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (d - (s + eps))). assert (Y := Rle_abs (- (d - (s + eps)))). rewrite Rabs_Ropp in Y.
assert (D : bpow radix2 (185 - 1) <= d).
{ apply (V_out_ge m2 cols eps 185); [lia|fold d; lra|]. apply Rlt_le. exact far. }
split; [exact D|]. assert (S : s <= bpow radix2 152).
{ unfold s. replace (bpow radix2 152) with (sqrt (bpow radix2 304)) by (replace 304%Z with (2 * 152)%Z by lia; apply sqrt_bpow).
  now apply sqrt_le_1_alt. }
assert (bpow radix2 152 <= bpow radix2 182) by (apply bpow_le; lia).
assert (E1 := twice_ 182). assert (E2 := twice_ 183). change (182 + 1)%Z with 183%Z in E1. change (183 + 1)%Z with 184%Z in E2.
change (185 - 1)%Z with 184%Z in D. lra.
Qed.
Lemma eps_in_large : outside = false -> bpow radix2 369 <= eps.
Proof.
intro O. unfold V_any in far. rewrite O in far. destruct (Rle_or_lt (bpow radix2 369) eps) as [|L]; [assumption|exfalso].
assert (Vm := var_c_max). assert (B : bpow radix2 305 <= bpow radix2 369) by (apply bpow_le; lia).
assert (E := twice_ 369). change (369 + 1)%Z with 370%Z in E.
assert (S : V m2 cols eps <= bpow radix2 370).
{ unfold V. rewrite <- (rnd_id emin64 53 (bpow radix2 370)) by (apply bpow_F64; lia). apply (rnd_le emin64 53); [lia|]. lra. }
lra.
Qed.

Lemma D_large s : 0 <= s -> bpow radix2 182 <= D_any eps outside s.
Proof.
intro S0. assert (Lo := den_out_large). assert (Li := eps_in_large). unfold D_any. destruct outside.
- destruct (Lo eq_refl). lra.
- assert (L := Li eq_refl). replace (bpow radix2 182) with (sqrt (bpow radix2 364)) by (replace 364%Z with (2 * 182)%Z by lia; apply
  sqrt_bpow).
  apply sqrt_le_1_alt. assert (0 <= s * s) by apply Rle_0_sqr. assert (bpow radix2 364 <= bpow radix2 369) by (apply bpow_le; lia). lra.
Qed.

Lemma rstd64_small : 0 <= rstd64 m2 cols eps outside / bpow radix2 (-90) <= bpow radix2 (-92).
Proof.
assert (R : 0 <= rstd64 m2 cols eps outside <= bpow radix2 (-182)).
{ assert (Lo := den_out_large). assert (Far := far). unfold rstd64, V_any in *. destruct outside.
  - destruct (Lo eq_refl) as (L & _). apply (recip_within 182); [lia|]. apply Rle_trans with (2 := L). apply bpow_le. lia.
  - assert (H : bpow radix2 182 <= den_in m2 cols eps).
    { unfold den_in. rewrite <- (rnd_id emin64 53 (bpow radix2 182)) by (apply bpow_F64; lia).
      apply (rnd_le emin64 53); [lia|]. replace (bpow radix2 182) with (sqrt (bpow radix2 364)) by (replace 364%Z with (2 * 182)%Z by lia;
      apply sqrt_bpow). apply sqrt_le_1_alt. assert (bpow radix2 364 <= bpow radix2 370) by (apply bpow_le; lia). lra. }
    destruct (Rle_dec _ _); [|now apply (recip_within 182)]. destruct (Rle_dec _ _) as [B|]; [exfalso|now apply (recip_within 182)].
    assert (bpow radix2 80 < bpow radix2 370) by (apply bpow_lt; lia). lra. }
unfold Rdiv. rewrite <- bpow_opp. change (- (-90))%Z with 90%Z. assert (P := bpow_gt_0 radix2 90).
split; [apply Rmult_le_pos; lra|]. change (-92)%Z with (-182 + 90)%Z. rewrite bpow_plus. apply Rmult_le_compat_r; lra.
Qed.
End Far.

(* -- and y -- *)
Section Small.
Variables mean mean_lo R1 x gamma beta xhat : R.
Hypothesis mean_max : Rabs mean <= bpow radix2 132.
Hypothesis mean_lo_max : Rabs mean_lo <= bpow radix2 132.
Hypothesis x_max : Rabs x <= bpow radix2 129.
Let S := bpow radix2 (-90).
Let w := R1 / S.
Hypothesis w_range : 0 <= w <= bpow radix2 (-92).
Hypothesis xhat_small : Rabs xhat <= bpow radix2 (-40).
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Lemma times_within a b v : Rabs v <= bpow radix2 a -> (a - 90 <= b)%Z -> Rabs (v * S) <= bpow radix2 b.
Proof.
intros H L. rewrite Rabs_mult, (Rabs_pos_eq S) by apply bpow_ge_0. apply Rle_trans with (bpow radix2 (a + -90)); [|apply bpow_le; lia].
rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|exact H].
Qed.
Lemma sum_within e a b : Rabs a <= bpow radix2 e -> Rabs b <= bpow radix2 e -> Rabs (a + b) <= bpow radix2 (e + 1) /\
  Rabs (a - b) <= bpow radix2 (e + 1).
Proof.
intros A B. rewrite twice_. split; [eapply Rle_trans; [apply Rabs_triang|lra]|]. unfold Rminus. eapply Rle_trans; [apply Rabs_triang|].
rewrite Rabs_Ropp. lra.
Qed.
Lemma product_within e f a b : Rabs a <= bpow radix2 e -> Rabs b <= bpow radix2 f -> Rabs (a * b) <= bpow radix2 (e + f).
Proof. intros A B. rewrite Rabs_mult, bpow_plus. apply Rmult_le_compat; try apply Rabs_pos; assumption. Qed.
Lemma w_abs : Rabs w <= bpow radix2 (-92). Proof. rewrite Rabs_pos_eq; tauto. Qed.

Lemma xs_within : Rabs (scaled (-90) x) <= bpow radix2 43.
Proof. apply rnd32_within; [lia|]. exact (times_within 129 43 x x_max ltac:(lia)). Qed.
Lemma m_within v : Rabs v <= bpow radix2 132 -> Rabs (rnd64 (v * S)) <= bpow radix2 43.
Proof. intro H. apply rnd64_within; [lia|]. exact (times_within 132 43 v H ltac:(lia)). Qed.
Lemma hi_within : Rabs (four.hi (rnd64 (mean * S))) <= bpow radix2 43.
Proof. apply rnd32_within; [lia|]. now apply m_within. Qed.
Lemma rstd_within : Rabs (four.rstd w) <= bpow radix2 (-92).
Proof. apply rnd32_within; [lia|apply w_abs]. Qed.
Lemma shift_within : Rabs (four.shift (rnd64 (mean * S)) (rnd64 (mean_lo * S)) w) <= bpow radix2 (-47).
Proof.
apply rnd32_within; [lia|]. apply rnd64_within; [lia|]. apply (product_within 45 (-92)); [|apply w_abs].
apply rnd64_within; [lia|]. apply (sum_within 44).
- apply rnd64_within; [lia|]. apply (sum_within 43); [exact hi_within|now apply m_within].
- apply Rle_trans with (bpow radix2 43); [now apply m_within|apply bpow_le; lia].
Qed.

(* any t of that size will do *)
Lemma small_t t (fused : bool) : Rabs t <= bpow radix2 (-40) ->
  Rabs ((if fused then y_fused (-149) 24 t gamma beta else y_unfused (-149) 24 t gamma beta) - (gamma * xhat + beta)) <=
    (if fused then 3 else 4) * u32 * Bracket + eta32.
Proof.
intro T. assert (U := u32_val). assert (M1 : 1 <= Rmax 1 (Rabs xhat)) by apply Rmax_l.
assert (E : Rabs (t - xhat) <= 1 * u 24 * Rmax 1 (Rabs xhat)).
{ change (u 24) with u32. unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (bpow radix2 (-40) <= 0.1 * u32) by (rewrite U; simpl; lra).
  assert (u32 * 1 <= u32 * Rmax 1 (Rabs xhat)) by (apply Rmult_le_compat_l; lra). lra. }
assert (Br : 0 <= u32 * Bracket).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (0 <= Rabs gamma * Rmax 1 (Rabs xhat)) by (apply Rmult_le_pos;
  [apply Rabs_pos|lra]). unfold Bracket. lra. }
destruct fused.
- eapply Rle_trans; [exact (y_fused_err (-149) 24 ltac:(lia) t gamma beta xhat 1 ltac:(lra) E)|]. apply Rplus_le_compat_r.
  change (u 24) with u32. rewrite !(Rmult_assoc _ u32). apply Rmult_le_compat_r; [exact Br|lra].
- eapply Rle_trans; [exact (y_unfused_err (-149) 24 ltac:(lia) t gamma beta xhat 1 Fgamma Fbeta ltac:(lra) E)|]. apply Rplus_le_compat_r.
  change (u 24) with u32. rewrite !(Rmult_assoc _ u32). apply Rmult_le_compat_r; [exact Br|lra].
Qed.

Lemma t_within xs hi rs sh : Rabs xs <= bpow radix2 43 -> Rabs hi <= bpow radix2 43 -> Rabs rs <= bpow radix2 (-92) ->
  Rabs sh <= bpow radix2 (-47) -> Rabs (t_fused (-149) 24 xs hi rs sh) <= bpow radix2 (-40) /\ Rabs (t_unfused (-149) 24 xs hi rs sh) <=
  bpow radix2 (-40).
Proof.
intros A B C D. assert (Df : Rabs (rnd (-149) 24 (xs - hi)) <= bpow radix2 44).
{ apply (rnd32_within 44); [lia|]. now apply (sum_within 43). }
assert (P := product_within 44 (-92) _ _ Df C). change (44 + -92)%Z with (-48)%Z in P.
assert (P47 : bpow radix2 (-48) <= bpow radix2 (-47)) by (apply bpow_le; lia).
assert (L : bpow radix2 (-47 + 1) <= bpow radix2 (-40)) by (apply bpow_le; lia).
split; apply (rnd32_within (-40)); try lia; (eapply Rle_trans; [|exact L]); apply (sum_within (-47)); try assumption.
- unfold difference. lra.
- apply (rnd32_within (-47)); [lia|]. unfold difference. lra.
Qed.

Theorem y_far (fused : bool) : Rabs (y_scaled mean mean_lo (-90) R1 x gamma beta fused - (gamma * xhat + beta)) <=
  (if fused then 3 else 4) * u32 * Bracket + eta32.
Proof.
destruct (t_within _ _ _ _ xs_within hi_within rstd_within shift_within) as (A & B).
assert (Q := fun t => small_t t fused). unfold y_scaled. cbv zeta. fold S w. destruct fused; apply Q; assumption.
Qed.
Theorem y_rms_far (fused : bool) : Rabs (y_rms_scaled (-90) R1 x gamma beta fused - (gamma * xhat + beta)) <=
  (if fused then 3 else 4) * u32 * Bracket + eta32.
Proof.
destruct (t_within (scaled (-90) x) 0 (four.rstd w) 0 xs_within) as (A & B); [rewrite Rabs_R0; apply bpow_ge_0|exact rstd_within|rewrite
  Rabs_R0;
  apply bpow_ge_0|].
assert (Q := fun t => small_t t fused). unfold y_rms_scaled. cbv zeta. fold S w. destruct fused; apply Q; assumption.
Qed.
End Small.
