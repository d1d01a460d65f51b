(* Section 3 for float: the whole block, with the test and the second look; RMSNorm. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees section2 wide moments look pivot counts counts32 look32.
Import ListNotations.
Local Open Scope R_scope.

Section Block32.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Let n := look.n xs.
Local Notation r32 := (look32.r32 xs).
Local Notation q32 := (look32.q32 xs fused).
Local Notation raw32 := (look32.raw32 xs fused).
Local Notation m2_32 := (look32.m2_32 xs fused).
Local Notation mean32 := (look32.mean32 xs).
Local Notation pair32 := (look32.pair32 xs).
Local Notation shift32 := (look32.shift32 xs).
Local Notation fit := (look32.fit xs fused).
Local Notation slack := look32.slack.
Local Notation tame := (look32.tame xs).
Local Notation look32 := (look32.look32 xs xs_F xs_len fused).
Local Notation rlook32 := (look32.rlook32 xs xs_F xs_len).
Local Notation q32_plain := (look32.q32_plain xs xs_F xs_len fused).
Local Notation q32_fit := (look32.q32_fit xs xs_F xs_len fused).
Local Notation bK_small := (look32.bK_small xs xs_len).
Local Notation F32_mult := (look32.F32_mult xs xs_len).
Local Notation pair32_eq := (look32.pair32_eq xs xs_len).
Local Notation q32_mult := (look32.q32_mult xs xs_len fused).
Local Notation F32_F64 := (look32.F32_F64 xs xs_len).
(* -- the block as section 3 has it: K1, T the first pivot and its threshold -- *)
Variables K1 T : R.
Hypothesis FK1 : F32 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin32 24 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) ->
  K1 = v).
Definition K2 := rnd32 (mean32 K1).
Definition again := m2_32 K1 < rnd64 (T * q32 K1).
Definition Kfinal := if Rlt_dec (m2_32 K1) (rnd64 (T * q32 K1)) then K2 else K1.
Hypothesis Kfinal_fit : fit Kfinal.

Lemma FK2 : F32 K2. Proof. exact (rnd_F emin32 24 ltac:(lia) _). Qed.

(* the clamp of a negative m2 only helps *)
Lemma clamp mean' K : result 24 xs mean' (raw32 K) -> result 24 xs mean' (m2_32 K).
Proof.
intros (c & k & C & E1 & E2). exists c, k. split; [exact C|]. split; [exact E1|]. eapply Rle_trans; [|exact E2].
assert (N := n_range xs xs_len). set (V := look.n xs * (sig xs * sig xs)) in *.
assert (V0 : 0 <= V) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
unfold m2_32. destruct (Rlt_dec (raw32 K) 0) as [L|L]; [|lra].
rewrite Rminus_0_l, Rabs_Ropp, (Rabs_pos_eq V V0). rewrite (Rabs_left (raw32 K - V)) by lra. lra.
Qed.

Lemma exists_other K : (forall x, In x xs -> x = K) \/ exists x, In x xs /\ x <> K.
Proof.
clear. induction xs as [|a l IH]; [left; easy|]. destruct (Req_EM_T a K) as [E|E]; [|right; exists a; split; [now left|exact E]].
destruct IH as [A|(x & I & Ne)]; [left; intros x [<-|I]; [exact E|now apply A]|right; exists x; split; [now right|exact Ne]].
Qed.

(* sums of squares of that size have a square that counts *)
Lemma some_range K e : (-115 <= e)%Z -> bpow radix2 e <= QQ xs K -> range emin32 xs K.
Proof.
intros He Z. assert (N := n_range xs xs_len). set (g := (-63)%Z).
assert (All : (exists y, In y xs /\ bpow radix2 g <= Rabs (y - K)) \/ forall y, In y xs -> Rabs (y - K) <= bpow radix2 g).
{ clear. induction xs as [|a l IH]; [right; easy|]. destruct (Rle_or_lt (bpow radix2 g) (Rabs (a - K))) as [A|A].
  - left. exists a. split; [now left|exact A].
  - destruct IH as [(y & I & B)|B]; [left; exists y; split; [now right|exact B]|right; intros y [<-|I]; [lra|now apply B]]. }
destruct All as [(y & Iy & By)|All]; [exists y, g; repeat split; [exact Iy|exact By|unfold g, emin32; lia]|exfalso].
assert (QQ xs K <= bpow radix2 g * bpow radix2 g * INR (length xs)).
{ unfold QQ. rewrite <- sum_const. apply sum_le. intros y Iy.
  replace ((y - K) * (y - K)) with (Rabs (y - K) * Rabs (y - K)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; now apply All. }
fold (look.n xs) in H. rewrite <- bpow_plus in H.
assert (bpow radix2 (g + g) * look.n xs <= bpow radix2 (g + g) * 1024) by (apply Rmult_le_compat_l; [apply bpow_ge_0|lra]).
assert (bpow radix2 (g + g) * 1024 = bpow radix2 (g + g + 10)) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
assert (bpow radix2 (g + g + 10) < bpow radix2 e) by (apply bpow_lt; unfold g; lia). lra.
Qed.

(* what is in range, or does not underflow, has a deviation whose square counts *)
Lemma fit_range K : F32 K -> fit K -> (exists x, In x xs /\ x <> K) -> range emin32 xs K.
Proof.
intros FK Ft (x & I & Ne). assert (N := n_range xs xs_len). assert (Q0 := QQ_pos xs K). assert (U := u32_val). assert (Bk := bK_small K).
destruct Ft as [B|[[E|(_ & T0)]|L3]].
- assert (Lq := q32_plain K FK (or_introl B)). assert (X := Rle_abs (q32 K - QQ xs K)).
  assert (Y : (bK K + u32 / 1000000) * QQ xs K <= 0.001 * QQ xs K) by (apply Rmult_le_compat_r; lra).
  assert (Z : bpow radix2 (-81) <= QQ xs K).
  { replace (bpow radix2 (-80)) with (2 * bpow radix2 (-81)) in B; [assert (P := bpow_gt_0 radix2 (-81)); lra|].
    change 2 with (bpow radix2 1). now rewrite <- bpow_plus. }
  apply (some_range K (-81)); [lia|exact Z].
- exfalso. unfold eta32 in E. assert (P := bpow_gt_0 radix2 (-150)). lra.
- destruct (T0 x I) as [Z|B].
  + exfalso. apply Ne. assert (Z2 : x - K = 0); [|lra].
    destruct (Req_dec (x - K) 0) as [|Nz]; [assumption|exfalso].
    assert (M : mult emin32 (x - K)) by (apply mult_sub; apply F32_mult; auto).
    assert (L := mult_least emin32 _ M Nz).
    assert (A := sub_err emin32 24 ltac:(lia) x K (xs_F x I) FK). fold rnd32 in A. unfold rnd32 in *. rewrite Z, Rminus_0_l, Rabs_Ropp in A.
    assert (P := bpow_gt_0 radix2 emin32). change (format.u 24) with u32 in A.
      assert (u32 * Rabs (x - K) <= 0.5 * Rabs (x - K)) by (apply Rmult_le_compat_r; lra). lra.
  + exists x, (-60)%Z. repeat split; [exact I| |unfold emin32; lia].
    assert (A := sub_err emin32 24 ltac:(lia) x K (xs_F x I) FK). change (format.u 24) with u32 in A. fold rnd32 in A.
    assert (A2 : Rabs (rnd32 (x - K)) <= Rabs (x - K) + u32 * Rabs (x - K)).
    { replace (rnd32 (x - K)) with ((x - K) + (rnd32 (x - K) - (x - K))) by ring. eapply Rle_trans; [apply Rabs_triang|].
      unfold rnd32 in *. lra. }
    assert (u32 * Rabs (x - K) <= 0.5 * Rabs (x - K)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
    replace (bpow radix2 (-59)) with (2 * bpow radix2 (-60)) in B by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
      assert (P := Rabs_pos (x - K)). lra.
- assert (Sl := look32.slack_range K). apply (some_range K (-109)); [lia|].
  assert (SQ : slack K * QQ xs K <= bpow radix2 (-31) * QQ xs K).
  { apply Rmult_le_compat_r; [exact Q0|]. apply Rle_trans with (0.004 * u32); [tauto|rewrite U; simpl; lra]. }
  assert (E1 : bpow radix2 (-140) <= 1923 * eta32).
  { unfold eta32. change (-140)%Z with (10 + -150)%Z. rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra]. }
  apply Rmult_le_reg_l with (bpow radix2 (-31)); [apply bpow_gt_0|]. rewrite <- bpow_plus. apply Rle_trans with (bpow radix2 (-140));
    [apply bpow_le; lia|lra].
Qed.

Lemma aK_0 : aK 0 <= a0. 
Proof. unfold aK, a0, ac, kd. destruct (Req_EM_T 0 0) as [_|Z]; [|now elim Z]. assert (C := proj2 counts_r). assert (U := u32_val).
  assert (U6 := u64_eq).
assert ((1 + u32) ^ (0 + 2) <= (1 + u32) ^ count_float_r_pivot_0) by (apply Rle_pow; [lra|exact C]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (0 + 2) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_float_r_pivot_0 * (1 + u64) ^ count_doubles) by (apply
  Rmult_le_compat_r; assumption). lra.
Qed.
Lemma bK_0 : bK 0 + u32 / 300000 <= b0 /\ bK 0 + slack 0 <= b0w.
Proof. unfold bK, b0, b0w, look32.slack, ac, kd. destruct (Req_EM_T 0 0) as [_|Z]; [|now elim Z]. assert (C := proj1 (proj2 counts_q)). assert (U := u32_val).
  assert (U6 := u64_eq).
assert ((1 + u32) ^ (2 * 0 + 4) <= (1 + u32) ^ count_float_q_pivot_0) by (apply Rle_pow; [lra|exact C]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (2 * 0 + 4) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_float_q_pivot_0 * (1 + u64) ^ count_doubles) by (apply
  Rmult_le_compat_r; assumption). lra.
Qed.
Lemma kd_le K : (kd K <= 1)%nat. Proof. unfold kd. destruct (Req_EM_T K 0); lia. Qed.
Lemma aK_1 K : aK K <= a1.
Proof. unfold aK, a1, ac. assert (C := proj1 counts_r). assert (U := u32_val). assert (U6 := u64_eq). assert (D := kd_le K).
assert ((1 + u32) ^ (kd K + 2) <= (1 + u32) ^ count_float_r) by (apply Rle_pow; [lra|lia]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (kd K + 2) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_float_r * (1 + u64) ^ count_doubles) by (apply
  Rmult_le_compat_r; assumption). lra.
Qed.
Lemma bK_1 K : bK K + slack K <= b1.
Proof. assert (Sl := look32.slack_range K). unfold bK, b1, ac. assert (C := proj1 counts_q). assert (U := u32_val). assert (U6 := u64_eq). assert (D := kd_le K).
assert ((1 + u32) ^ (2 * kd K + 4) <= (1 + u32) ^ count_float_q) by (apply Rle_pow; [lra|lia]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (2 * kd K + 4) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_float_q * (1 + u64) ^ count_doubles) by (apply
  Rmult_le_compat_r; assumption). lra.
Qed.

Lemma look_weaken a b c d nu K r q mean' m2' : a <= c -> b <= d -> look emin32 24 xs a b nu K r q mean' m2' ->
  look emin32 24 xs c d nu K r q mean' m2'.
Proof.
intros A B [L1 L2 L3 L4 L5 L6 L7]. constructor; try assumption.
- eapply Rle_trans; [exact L2|]. apply Rmult_le_compat_r; [apply sum_pos; intros; apply Rabs_pos|exact A].
- eapply Rle_trans; [exact L3|]. apply Rmult_le_compat_r; [apply QQ_pos|exact B].
Qed.
Lemma rlook_weaken a c nu K r mean' : a <= c -> rlook emin32 24 xs a nu K r mean' -> rlook emin32 24 xs c nu K r mean'.
Proof.
intros A [L1 L2 L3]. constructor; try assumption. eapply Rle_trans; [exact L2|].
  apply Rmult_le_compat_r; [apply sum_pos; intros; apply Rabs_pos|exact A].
Qed.

Lemma nu_ok : 0 <= nu32 <= format.u 24 / 1000000.
Proof. change (format.u 24) with u32. assert (U := u32_val). unfold nu32. lra. Qed.

(* the test as it is computed *)
Lemma test32 K t : F32 K -> fit K -> 0.5 <= t <= 1 -> ~ (m2_32 K < rnd64 (t * q32 K)) -> (exists x, In x xs /\ x <> K) ->
  raw32 K >= t * (1 - 0.000000001) * q32 K.
Proof.
intros FK Ft Ht Ts Ex. assert (U := u32_val). assert (U6 := u64_eq). assert (Bk := bK_small K). assert (Q0 := QQ_pos xs K).
assert (Lq := q32_fit K FK Ft). assert (N := n_range xs xs_len).
assert (Qp : 0 < QQ xs K).
{ destruct Ex as (x & I & Ne). assert ((x - K) * (x - K) <= QQ xs K) by (apply (sum_pos_in (fun x => (x - K) * (x - K))); [intros;
  apply Rle_0_sqr|exact I]).
  assert (0 < (x - K) * (x - K)); [|lra]. assert (Nz : x - K <> 0) by lra. assert (S := Rlt_0_sqr _ Nz). exact S. }
assert (Sl := look32.slack_range K). assert (Y : (bK K + slack K) * QQ xs K <= 0.001 * QQ xs K) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (- (q32 K - QQ xs K))). rewrite Rabs_Ropp in X.
assert (qp : 0 < q32 K) by lra.
assert (ql := mult_least emin32 (q32 K) (q32_mult K) ltac:(lra)). rewrite (Rabs_pos_eq (q32 K)) in ql by lra.
assert (R := rnd64_err (t * q32 K)). rewrite (Rabs_pos_eq (t * q32 K)) in R by (apply Rmult_le_pos; lra).
assert (E : eta64 <= / 1000000 * u64 * q32 K).
{ assert (Z := eta64_le (q32 K)). rewrite (Rabs_pos_eq (q32 K)) in Z by lra. apply Z. apply Rle_trans with (2 := ql). apply bpow_le.
  unfold emin32. lia. }
assert (Z := Rle_abs (- (rnd64 (t * q32 K) - t * q32 K))). rewrite Rabs_Ropp in Z.
assert (tq : 0.5 * q32 K <= t * q32 K) by (apply Rmult_le_compat_r; lra).
assert (utq : u64 * (t * q32 K) <= 0.0000000005 * (t * q32 K)) by (apply Rmult_le_compat_r; lra).
assert (uq : u64 * q32 K <= 0.0000000001 * q32 K) by (apply Rmult_le_compat_r; lra).
unfold m2_32 in Ts. destruct (Rlt_dec (raw32 K) 0); lra.
Qed.

Theorem block32 : result 24 xs (pair32 Kfinal) (m2_32 Kfinal).
Proof.
assert (FKf : F32 Kfinal) by (unfold Kfinal; destruct (Rlt_dec _ _); [apply FK2|apply FK1]).
destruct (exists_other Kfinal) as [All|Ex].
- (* a constant block *)
  assert (L := look32 Kfinal FKf Kfinal_fit).
  destruct (constant emin32 24 xs xs_len nu32 (aK Kfinal) (bK Kfinal + slack Kfinal) Kfinal _ _ _ _ All L) as (A & B & _ & D).
  exists 0.0001, 0.0001. split; [now apply ClassE|]. rewrite A, D. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity.
  unfold m2_32. rewrite B. destruct (Rlt_dec 0 0); rewrite ?Rmult_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity; split; lra.
- apply clamp. assert (Rg := fit_range Kfinal FKf Kfinal_fit Ex).
  unfold Kfinal in *. destruct (Rlt_dec (m2_32 K1) (rnd64 (T * q32 K1))) as [Ag|Fi].
  + (* the second look *)
    assert (H1 : pivot_0 xs K1 /\ rlook emin32 24 xs a0 nu32 K1 (r32 K1) (pair32 K1) \/ pivot_t emin32 24 xs K1 /\
      rlook emin32 24 xs a1 nu32 K1 (r32 K1) (pair32 K1)).
    { destruct K1_T as [(P & _)|(P & _ & _)]; [left|right]; (split; [exact P|]).
      - apply rlook_weaken with (aK K1); [destruct P as (-> & _); apply aK_0|now apply rlook32].
      - apply rlook_weaken with (aK K1); [apply aK_1|now apply rlook32]. }
    assert (Df : exists x y, In x xs /\ In y xs /\ x <> y).
    { destruct (some_in xs ltac:(lia)) as (v & Iv). destruct (exists_other v) as [Alv|(y & I & Ne)].
      - (* equal elements pass the test *)
        exfalso. assert (E1 : K1 = v).
        { destruct K1_T as [((P & Pm) & _)|(_ & _ & P)]; [|now apply P].
          assert (M : mean xs = v).
          { assert (Nn := n_range xs xs_len). unfold mean. rewrite (sum_ext _ (fun _ => v)) by exact Alv. rewrite sum_const.
            fold (look.n xs). field. lra. }
          assert (Sg : sig xs = 0).
          { unfold sig. rewrite M. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros z Iz; rewrite (Alv z Iz); ring).
            rewrite sum_const, Rmult_0_l. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. }
          rewrite Sg, Rmult_0_r, M in Pm. rewrite P. symmetry. now apply abs_0. }
        assert (Al1 : forall x, In x xs -> x = K1) by (intros z Iz; rewrite E1; now apply Alv).
        assert (Ft1 : tame K1 0).
        { right. split; [reflexivity|]. intros z Iz. left. rewrite (Al1 z Iz), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24). }
        destruct (constant emin32 24 xs xs_len nu32 (aK K1) (bK K1 + slack K1) K1 _ _ _ _ Al1 (look32 K1 FK1 (or_intror (or_introl Ft1)))) as (_ &
          B & C & _).
        rewrite C, Rmult_0_r in Ag. assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite Z0 in Ag. unfold m2_32 in Ag.
          rewrite B in Ag. destruct (Rlt_dec 0 0); lra.
      - exists v, y. repeat split; [exact Iv|exact I|now apply not_eq_sym]. }
    assert (L2 : look emin32 24 xs a1 b1 nu32 K2 (r32 K2) (q32 K2) (pair32 K2) (raw32 K2)).
    { apply (look_weaken (aK K2) (bK K2 + slack K2)); [apply aK_1|apply bK_1|]. now apply look32; [apply FK2|]. }
    apply (second_w emin32 24 ltac:(lia) xs xs_F xs_len a1 b1 a0 nu32 a1_range b1_range a0_range nu_ok K1 (r32 K1) (pair32 K1) (mean32 K1) K2
      (r32 K2) (q32 K2)); try assumption; [|reflexivity].
    unfold mean32. rewrite pair32_eq by exact FK1. change (format.u 24) with u32. unfold two_s.
    assert (A := add_err emin64 53 ltac:(lia) K1 (shift32 K1) (F32_F64 K1 FK1) (rnd64_F _)). change (format.u 53) with u64 in A. 
    eapply Rle_trans; [exact A|]. apply Rmult_le_compat_r; [apply Rabs_pos|]. assert (U := u32_val). rewrite u64_u32. lra.
  + assert (Ft := Kfinal_fit). assert (L := look32 K1 FK1 Ft). assert (U := u32_val).
    destruct K1_T as [(P & TT)|(P & TT & _)].
    * assert (Ts := test32 K1 T FK1 Ft ltac:(lra) Fi Ex).
      apply (accepted_0_w emin32 24 ltac:(lia) xs xs_len a1 a0 b0w nu32 a1_range a0_range b0w_range nu_ok K1 (r32 K1) (q32 K1) _ _ (T * (1 -
        0.000000001))); try assumption; [|lra].
      apply (look_weaken (aK K1) (bK K1 + slack K1)); [destruct P as (-> & _); apply aK_0|destruct P as (-> & _); apply (proj2 bK_0)|exact L].
    * assert (Ts := test32 K1 T FK1 Ft ltac:(lra) Fi Ex).
      apply (accepted_t_w emin32 24 ltac:(lia) xs xs_F xs_len a1 b1 nu32 a1_range b1_range nu_ok K1 (r32 K1) (q32 K1) _ _ (T * (1 -
        0.000000001))); try assumption; [|lra].
      apply (look_weaken (aK K1) (bK K1 + slack K1)); [apply aK_1|apply bK_1|exact L].
Qed.

(* RMSNorm: the sum of squares about 0 *)
Theorem rms32 : bpow radix2 (-80) <= q32 0 \/ tame 0 0 -> Rabs (q32 0 - QQ xs 0) <= b0 * QQ xs 0.
Proof.
intro Ft. eapply Rle_trans; [apply q32_plain; [apply F_0|exact Ft]|]. apply Rmult_le_compat_r; [apply QQ_pos|].
assert (B := proj1 bK_0). assert (U := u32_val). lra.
Qed.
(* above the range, times 2^-90: squares are 2^-100 on average *)
Theorem rms32_above : 0.98 * bpow radix2 (-100) * n <= QQ xs 0 -> Rabs (q32 0 - QQ xs 0) <= (bK 0 + u32 / 310000) * QQ xs 0.
Proof.
intro A. assert (E := look32.q32_places xs xs_F xs_len fused 0 eta32 (F_0 _ _) (or_introl eq_refl)). assert (U := u32_val).
assert (N := n_range xs xs_len). fold n in N.
assert (G : INR (64 * look32.groups xs) <= 64 * n).
{ unfold n, look.n. replace 64 with (INR 64) by (simpl; lra). rewrite <- mult_INR. apply le_INR. unfold look32.groups.
  assert (D := Nat.div_mod (length xs + 63) 64 ltac:(lia)). lia. }
assert (e0 : 0 < eta32) by apply bpow_gt_0.
assert (Ge : INR (64 * look32.groups xs) * eta32 <= 64 * n * eta32) by (apply Rmult_le_compat_r; lra).
assert (Ee : bpow radix2 (-100) = 1125899906842624 * eta32).
{ unfold eta32. change (-100)%Z with (50 + -150)%Z. rewrite bpow_plus. f_equal; simpl; lra. }
rewrite Ee in A. assert (ne : 0 <= n * eta32) by (apply Rmult_le_pos; lra).
assert (u32 / 310000 * (0.98 * (1125899906842624 * eta32) * n) <= u32 / 310000 * QQ xs 0) by (apply Rmult_le_compat_l; lra).
rewrite U in *. lra.
Qed.
End Block32.
