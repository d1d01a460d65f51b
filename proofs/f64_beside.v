(* How far the pairs that are computed of a block are from its ideal moments: the final pivot is near the mean, so by some 2^-100 of its
  sigma. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format wide look pivot counts merge step f64_counts f64_pairs f64_look f64_block.
Require look32 block32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation rnd64_F := merge.rnd64_F.
Local Notation rnd64_err := merge.rnd64_err.

Section Block64.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F64 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Let n := look.n xs.
Local Notation rv := (rv xs).
Local Notation qv := (qv xs fused).
Local Notation mean_i := (mean_i xs).
Local Notation m2_i := (m2_i xs fused).
Local Notation shift_up := (shift_up xs).
Local Notation shift_lo := (shift_lo xs pe).
Local Notation mean_a := (mean_a xs).
Local Notation mean_c := (mean_c xs pe).
Local Notation raw_up := (raw_up xs fused pe).
Local Notation m2_up := (m2_up xs fused pe).
Local Notation q_up := (q_up xs fused).
Local Notation fit := (fit xs).

Local Notation W := (f64_block.W xs).
(* -- the block as section 3 has it: K1, T the first pivot and its threshold -- *)
Variables K1 T : R.
Hypothesis FK1 : F64 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin64 53 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) ->
  K1 = v).
Local Notation K2 := (f64_block.K2 xs pe K1).
Local Notation Kfinal := (f64_block.Kfinal xs fused pe K1 T).
(* it varies by 2^-490 at least, or not at all *)
Hypothesis varies : bpow radix2 (-490) <= sig xs \/ exists v, forall x, In x xs -> x = v.

(* f64_block.v's lemmas in these names *)
Lemma FKf : F64 Kfinal.
Proof. exact (f64_block.FKf xs fused pe K1 T FK1). Qed.
Lemma first_look : bpow radix2 (-490) <= sig xs -> exists r m1,
  (pivot_0 xs K1 /\ rlook emin64 53 xs a0 0 K1 r m1 \/ pivot_t emin64 53 xs K1 /\ rlook emin64 53 xs a1 0 K1 r m1) /\
  Rabs (mean_a K1 + mean_c K1 - m1) <= 0.000001 * u64 * Rabs m1.
Proof. exact (f64_block.first_look xs xs_F xs_len fused pe pe_ok K1 T FK1 K1_T). Qed.
Lemma mean_round K : F64 K -> Rabs (mean_a K + mean_c K - mean_i K) <= 1.01 * (u64 * (u64 * Rabs (mean_i K))) + 27 * (u64 * (u64 * W K)) +
  11 * eta64.
Proof. exact (f64_block.mean_round xs xs_len fused pe pe_ok K). Qed.
Lemma m2_round K : F64 K -> Rabs (raw_a xs fused K + raw_rest xs fused pe K - m2_i K) <= 130 * (u64 * (u64 * QQ xs K)) + 61 * eta64.
Proof. exact (f64_block.m2_round xs xs_F xs_len fused pe pe_ok K). Qed.
Lemma const_K1 v : (forall x, In x xs -> x = v) -> K1 = v.
Proof. exact (f64_block.const_K1 xs xs_len K1 T K1_T v). Qed.

Lemma not_constant : bpow radix2 (-490) <= sig xs -> exists x y, In x xs /\ In y xs /\ x <> y.
Proof.
intro Big. assert (P := bpow_gt_0 radix2 (-490)). destruct (look32.some_in xs ltac:(lia)) as (v & Iv).
  destruct (block32.exists_other xs v) as [Alv|(y & I & Ne)].
- exfalso. assert (N := n_range xs xs_len).
  assert (M : mean xs = v) by (unfold mean; rewrite (sum_ext _ (fun _ => v)) by exact Alv; rewrite sum_const; fold (look.n xs); field;
    lra).
  assert (Sg : sig xs = 0).
  { unfold sig. rewrite M. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros z Iz; rewrite (Alv z Iz); ring).
    rewrite sum_const, Rmult_0_l. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. } lra.
- exists v, y. repeat split; [exact Iv|exact I|now apply not_eq_sym].
Qed.

(* the final pivot is no farther than this from the mean *)
Lemma K_near : bpow radix2 (-490) <= sig xs -> Rabs (Kfinal - mean xs) <= 606 * sig xs /\ u64 * Rabs (mean xs) <= 92 * sig xs.
Proof.
intro Big. assert (U := u64_val). assert (Sp := sig_pos xs). assert (hp := h_pos emin64 53 xs). assert (um := u_mean emin64 53 xs xs_len).
assert (eh := eta_h emin64 53 xs xs_len). change (u 53) with u64 in um. destruct (not_constant Big) as (x & y & Ix & Iy & Ne).
assert (hs : h emin64 53 xs <= 46 * sig xs).
{ destruct (Rle_or_lt (sig xs) (36 * h emin64 53 xs)) as [Sm|Bg]; [|lra].
  exact (spread emin64 53 ltac:(lia) xs xs_F xs_len x y Ix Iy Ne Sm). }
assert (us : 0 <= u64 * sig xs <= 0.00001 * sig xs) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (e0 : 0 < eta emin64) by apply bpow_gt_0.
split; [|lra]. assert (K1n : Rabs (K1 - mean xs) <= 606 * sig xs).
{ destruct K1_T as [((-> & P) & _)|(P & _)]; [rewrite Rminus_0_l, Rabs_Ropp; lra|]. unfold pivot_t in P. change (u 53) with u64 in P. lra.
  }
unfold Kfinal. destruct (Rlt_dec _ _) as [Ag|_]; [|exact K1n].
destruct (first_look Big) as (r & m1 & H1 & Hm).
assert (Fm := first_mean emin64 53 ltac:(lia) xs xs_len a1 a0 0 a1_range a0_range nu_ok K1 r m1 H1). change (u 53) with u64 in Fm.
set (mh := mean_a K1 + mean_c K1) in *. assert (m0 := Rabs_pos (mean xs)).
assert (uuM : u64 * (u64 * Rabs (mean xs)) <= 0.00001 * (u64 * Rabs (mean xs))) by (apply Rmult_le_compat_r; [apply Rmult_le_pos;
  lra|lra]).
assert (M1 := of_err _ _ _ Fm). assert (u1 : u64 * Rabs m1 <= u64 * (Rabs (mean xs) + (23 * u64 * sig xs + 0.00001 * (u64 * Rabs (mean
  xs)) + 0.00001 * eta emin64))) by (apply Rmult_le_compat_l; lra).
assert (uus : u64 * (u64 * sig xs) <= 0.00001 * (u64 * sig xs)) by (apply Rmult_le_compat_r; lra).
assert (ue : u64 * eta emin64 <= 0.00001 * eta emin64) by (apply Rmult_le_compat_r; lra).
assert (Mh := of_err _ _ _ Hm).
assert (R2 : Rabs (K2 - mh) <= u64 * Rabs mh) by (apply add64; [apply rnd64_F|apply rnd64_F]).
assert (u64 * Rabs mh <= 1.0001 * (u64 * Rabs m1)).
{ assert (u64 * Rabs mh <= u64 * (1.0001 * Rabs m1)); [|lra]. apply Rmult_le_compat_l; [lra|]. assert (P1 := Rabs_pos m1).
  assert (u64 * Rabs m1 <= 0.0001 * Rabs m1) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
replace (K2 - mean xs) with ((K2 - mh) + ((mh - m1) + (m1 - mean xs))) by ring. eapply Rle_trans; [apply Rabs_triang|].
assert (T1 := Rabs_triang (mh - m1) (m1 - mean xs)). lra.
Qed.

(* the pairs beside the ideal block *)
Theorem beside : Rabs (mean_a Kfinal + mean_c Kfinal - mean_i Kfinal) <= 1.01 * (u64 * (u64 * Rabs (mean_i Kfinal))) + 17000 * (u64 * (u64
  * sig xs)) + 11 * eta64 /\
  Rabs (raw_a xs fused Kfinal + raw_rest xs fused pe Kfinal - m2_i Kfinal) <= 50000000 * (u64 * (u64 * (n * (sig xs * sig xs)))) + 61 *
    eta64.
Proof.
assert (N := n_range xs xs_len). fold n in N. assert (U := u64_val). assert (Sp := sig_pos xs).
assert (MR := mean_round Kfinal FKf). assert (QR := m2_round Kfinal FKf). destruct (sizes xs xs_F xs_len fused Kfinal FKf) as (Sv & _).
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra).
assert (Q : QQ xs Kfinal <= 370000 * (n * (sig xs * sig xs))).
{ destruct varies as [Big|(v & Al)].
  - destruct (K_near Big) as (Kn & _). rewrite (QQ_eq xs xs_len). fold n.
    assert ((mean xs - Kfinal) * (mean xs - Kfinal) <= 606 * sig xs * (606 * sig xs)).
    { replace ((mean xs - Kfinal) * (mean xs - Kfinal)) with (Rabs (Kfinal - mean xs) * Rabs (Kfinal - mean xs)) by (rewrite <- Rabs_mult,
      Rabs_pos_eq by apply Rle_0_sqr; ring).
      apply Rmult_le_compat; try apply Rabs_pos; assumption. }
    replace (370000 * (n * (sig xs * sig xs))) with (n * (370000 * (sig xs * sig xs))) by ring. apply Rmult_le_compat_l; [lra|].
    assert (0 <= sig xs * sig xs) by apply Rle_0_sqr. lra.
  - assert (E : Kfinal = v -> QQ xs Kfinal = 0).
    { intros ->. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (Al x I); ring). rewrite sum_const. ring. }
    assert (Kv : Kfinal = v).
    { rewrite <- (const_K1 v Al). unfold Kfinal. destruct (Rlt_dec _ _) as [Ag|_]; [|reflexivity]. exfalso.
      assert (Al1 : forall x, In x xs -> x = K1) by (intros z Iz; rewrite (const_K1 v Al); now apply Al).
      destruct (constant emin64 53 xs xs_len 0 _ _ K1 _ _ _ _ Al1 (look64 xs xs_F xs_len fused K1 FK1 (or_intror Al1))) as (_ & _ & C & _).
      assert (Qu : q_up K1 = 0).
      { change (q_up K1) with (rnd64 (fst (q_pair xs fused K1) + snd (q_pair xs fused K1))).
        destruct (F_pairs xs fused K1) as (_ & _ & P1 & P2).
        unfold f64_look.qv, f64_look.q_up, f64_look.q_lo in C. rewrite two_sum in C by assumption. rewrite C. exact (rnd_0 emin64 53). }
      rewrite Qu, Rmult_0_r in Ag. assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite Z0 in Ag. unfold f64_look.m2_up in Ag.
      destruct (Rlt_dec (raw_up K1) 0); lra. }
    rewrite (E Kv). apply Rmult_le_pos; [lra|apply Rmult_le_pos; [lra|apply Rle_0_sqr]]. }
assert (Ws : W Kfinal <= 609 * sig xs).
{ unfold W. assert (D := DD_QQ xs Kfinal). fold n in D. assert (DDs : DD xs Kfinal <= n * (608.4 * sig xs)).
  { apply le_of_sqr; [apply Rmult_le_pos; lra|]. eapply Rle_trans; [exact D|].
    replace (n * (608.4 * sig xs) * (n * (608.4 * sig xs))) with (n * (370150.56 * (n * (sig xs * sig xs)))) by lra.
      apply Rmult_le_compat_l; [lra|].
    assert (0 <= n * (sig xs * sig xs)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra. }
  apply Rmult_le_reg_r with n; [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  assert (0 <= n * sig xs) by (apply Rmult_le_pos; lra). lra. }
assert (u64 * (u64 * W Kfinal) <= u64 * (u64 * (609 * sig xs))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (u64 * (u64 * QQ xs Kfinal) <= u64 * (u64 * (370000 * (n * (sig xs * sig xs))))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (0 <= u64 * (u64 * sig xs)) by (repeat apply Rmult_le_pos; lra).
assert (0 <= u64 * (u64 * (n * (sig xs * sig xs)))) by (repeat apply Rmult_le_pos; lra).
split; lra.
Qed.
End Block64.
