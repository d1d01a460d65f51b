(* The pair of a block's mean where the mean is far from 0: the second double is no longer than sigma, as no element is nearer to the mean
  than the
   first; rounding it loses one u sigma. So the computed moments are of three classes like those of look.v, A and E a little wider. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format wide look merge step pivot f64_counts f64_pairs f64_look f64_block f64_beside f64_layernorm.
Import ListNotations.
Local Open Scope R_scope.

Inductive class64 (xs : list R) (c k : R) : Prop :=
| A64 : c = 3.2078 -> k = 4.3265 -> 18 * u64 * Rabs (mean xs) < sig xs -> class64 xs c k
| B64 : c = 2.5301 -> k = 5.1599 -> Rabs (mean xs) <= 10.2 * sig xs -> class64 xs c k
| E64 : c = 1.0012 -> k = 0.0002 -> class64 xs c k.

Section Nearest.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Hypothesis pe_0 : forall b, pe 0 b = 0.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F64 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Variables K1 T : R.
Hypothesis FK1 : F64 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin64 53 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) ->
  K1 = v).
Hypothesis varies : bpow radix2 (-490) <= sig xs \/ exists v, forall x, In x xs -> x = v.
Let K := Kf pe xs fused K1 T.
Let val := mean_a xs K + mean_c xs pe K.

Lemma FK : F64 K. Proof. exact (FKf xs fused pe K1 T FK1). Qed.

Section Varies.
Hypothesis Big : bpow radix2 (-490) <= sig xs.
Let s := sig xs.
Lemma s_pos : 0 < s. Proof. assert (P := bpow_gt_0 radix2 (-490)). unfold s. lra. Qed.
Lemma eta_s : eta64 <= 0.0000000001 * (u64 * (u64 * s)) /\ eta64 <= 0.0000000001 * (u64 * (s * s)).
Proof.
assert (U := u64_val). assert (P := bpow_gt_0 radix2 (-490)).
assert (s2 : bpow radix2 (-980) <= s * s) by (replace (bpow radix2 (-980)) with (bpow radix2 (-490) * bpow radix2 (-490)) by (now rewrite
  <- bpow_plus); apply Rmult_le_compat; unfold s in *; lra).
split.
- apply Rle_trans with (0.0000000001 * (u64 * (u64 * bpow radix2 (-490)))); [|do 3 (apply Rmult_le_compat_l; [lra|]); exact Big].
  apply Rle_trans with (bpow radix2 (-40) * (u64 * (u64 * bpow radix2 (-490)))).
  + unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [repeat apply Rmult_le_pos; try lra|simpl; lra].
- apply Rle_trans with (0.0000000001 * (u64 * bpow radix2 (-980))); [|do 2 (apply Rmult_le_compat_l; [lra|]); exact s2].
  apply Rle_trans with (bpow radix2 (-40) * (u64 * bpow radix2 (-980))).
  + unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra|apply bpow_ge_0]|simpl; lra].
Qed.

Lemma W_s : W xs K <= 609 * s.
Proof.
assert (N := n_range xs xs_len). assert (Sp := s_pos). destruct (K_near xs xs_F xs_len fused pe pe_ok K1 T FK1 K1_T Big) as (Kn & _).
destruct (sizes xs xs_F xs_len fused K FK) as (Sv & _). assert (L := L_n xs xs_len K). rewrite (Rabs_minus_sym (mean xs)) in L.
  change (Rabs (K - mean xs) <= 606 * s) in Kn. fold s in L.
assert (D : DD xs K <= sqrt (n xs * QQ xs K)) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite sqrt_def by (apply Rmult_le_pos;
  [lra|apply QQ_pos]); apply DD_QQ).
assert (ni : 0 < / n xs) by (apply Rinv_0_lt_compat; lra).
unfold W. apply Rle_trans with (1.0001 * (sqrt (n xs * QQ xs K) / n xs)); [|lra]. unfold Rdiv. rewrite <- Rmult_assoc.
  apply Rmult_le_compat_r; [lra|].
eapply Rle_trans; [exact Sv|]. apply Rmult_le_compat_l; lra.
Qed.

(* rounding the second double *)
Lemma val_near : Rabs (mean_i xs K - mean xs) <= 4 * (u64 * s) -> Rabs (val - mean_i xs K) <= 1.0003 * (u64 * s).
Proof.
intro Im. assert (N := n_range xs xs_len). assert (U := u64_val). assert (Sp := s_pos). destruct eta_s as (e1 & _).
  assert (e0 := eta64_pos). assert (Ws := W_s). assert (W0' := W0 xs xs_len K).
destruct (F_all xs fused K) as (F1 & F2 & _). assert (Fn := F_n xs xs_len). assert (FK' := FK).
destruct (quotient pe pe_ok (r_up xs K) (r_lo xs K) (n xs) (conj F1 (conj F2 Fn)) (proj1 N) (r_lo_small xs fused K)) as (Q1 & Q2 & Q3).
change (r_up xs K + r_lo xs K) with (rv xs K) in Q1. change (quo (r_up xs K) (n xs)) with (shift_up xs K) in *.
  change (quo_lo pe (r_up xs K) (r_lo xs K) (n xs)) with (shift_lo xs pe K) in *.
assert (ni : 0 < / n xs) by (apply Rinv_0_lt_compat; lra).
assert (wW : Rabs (r_up xs K) / n xs <= 1.001 * W xs K).
{ unfold W, Rdiv. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|apply (r_up_rv xs fused)]. }
assert (w0 : 0 <= Rabs (r_up xs K) / n xs) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). set (w := Rabs (r_up xs K) / n xs) in *.
assert (us : 0 <= u64 * s <= 0.0000000001 * s) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uus : 0 <= u64 * (u64 * s) <= 0.0000000001 * (u64 * s)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uw : 0 <= u64 * w <= u64 * (610 * s)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_l; lra]).
assert (uuw : u64 * (u64 * w) <= u64 * (u64 * (610 * s))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (Fs : F64 (shift_up xs K)) by apply merge.rnd64_F. assert (Fsl : F64 (shift_lo xs pe K)) by apply merge.rnd64_F.
assert (TS := two_sum K (shift_up xs K) FK' Fs). assert (Fe : F64 (two_e K (shift_up xs K))) by apply two_e_F.
set (e := two_e K (shift_up xs K)) in *. set (y := K + shift_up xs K) in *. change (two_s K (shift_up xs K)) with (mean_a xs K) in TS.
assert (yi : Rabs (y - mean_i xs K) <= 2700 * (u64 * s)).
{ replace (y - mean_i xs K) with ((shift_up xs K + shift_lo xs pe K - rv xs K / n xs) - shift_lo xs pe K) by (unfold y, mean_i; ring).
  eapply Rle_trans; [apply abs_sub|]. lra. }
assert (ym : Rabs (mean xs - y) <= 0.0001 * s).
{ replace (mean xs - y) with (- ((y - mean_i xs K) + (mean_i xs K - mean xs))) by ring. rewrite Rabs_Ropp. eapply Rle_trans;
  [apply Rabs_triang|]. lra. }
assert (eE : Rabs e <= 1.0001 * s).
{ assert (B : n xs * (Rabs e * Rabs e) <= QQ xs y).
  { unfold n, QQ. rewrite Rmult_comm, <- sum_const. apply sum_le. intros z I.
    replace ((z - y) * (z - y)) with (Rabs (z - y) * Rabs (z - y)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    assert (Rabs e <= Rabs (z - y)); [|apply Rmult_le_compat; try apply Rabs_pos; assumption].
    replace e with (- (rnd64 y - y)) by (change (rnd64 y) with (mean_a xs K); lra). rewrite Rabs_Ropp.
      apply (rnd_nearest emin64 53 ltac:(lia)). now apply xs_F. }
  rewrite (QQ_eq xs xs_len) in B. apply Rmult_le_reg_l in B; [|lra]. apply le_of_sqr; [lra|]. eapply Rle_trans; [exact B|]. fold s.
  assert ((mean xs - y) * (mean xs - y) <= 0.0001 * s * (0.0001 * s)).
  { replace ((mean xs - y) * (mean xs - y)) with (Rabs (mean xs - y) * Rabs (mean xs - y)) by (rewrite <- Rabs_mult;
    apply Rabs_pos_eq, Rle_0_sqr). apply Rmult_le_compat; try apply Rabs_pos; assumption. }
  assert (0 <= s * s) by apply Rle_0_sqr. lra. }
assert (E : Rabs (mean_c xs pe K - (e + shift_lo xs pe K)) <= u64 * Rabs (e + shift_lo xs pe K)) by now apply add64.
assert (D := Rabs_triang e (shift_lo xs pe K)).
assert (u64 * Rabs (e + shift_lo xs pe K) <= u64 * (1.0002 * s)) by (apply Rmult_le_compat_l; lra).
unfold val. replace (mean_a xs K + mean_c xs pe K - mean_i xs K) with ((mean_c xs pe K - (e + shift_lo xs pe K)) + (shift_up xs K +
  shift_lo xs pe K - rv xs K / n xs)).
2: { unfold mean_i, y in *. lra. }
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
End Varies.

Let sq := m2_up xs fused pe K + f64_look.m2_lo xs fused pe K.
Theorem block_narrow : exists c k, class64 xs c k /\ Rabs (val - mean xs) <= c * u64 * sig xs /\
  Rabs (sq - n xs * (sig xs * sig xs)) <= 2 * k * u64 * (n xs * (sig xs * sig xs)).
Proof.
assert (N := n_range xs xs_len). assert (U := u64_val). destruct (block64 xs xs_F xs_len fused pe pe_ok K1 T FK1 K1_T varies) as (c & k &
  C & E1 & E2).
change (Kfinal xs fused pe K1 T) with K in E1, E2. change (u 53) with u64 in E1, E2.
destruct varies as [Big|(v & Al)].
- assert (Sp := s_pos Big). destruct (eta_s Big) as (e1 & e2).
  destruct (beside xs xs_F xs_len fused pe pe_ok K1 T FK1 K1_T varies) as (B1 & B2). change (Kfinal xs fused pe K1 T) with K in B1, B2.
    fold val in B1.
  destruct (raw_sign pe xs fused K1 T) as (RS & Neg & Pos). cbv zeta in *. change (Kf pe xs fused K1 T) with K in RS, Neg, Pos.
  set (rs := raw_a xs fused K + raw_rest xs fused pe K) in *. set (s := sig xs) in *. set (V := n xs * (s * s)) in *.
  assert (ss : 0 < s * s) by now apply Rmult_lt_0_compat. assert (VV : s * s <= V) by (unfold V;
    assert (1 * (s * s) <= n xs * (s * s)) by (apply Rmult_le_compat_r; lra); lra).
  assert (us : 0 <= u64 * s) by (apply Rmult_le_pos; lra). assert (uus : 0 <= u64 * (u64 * s) <= 0.0000000001 * (u64 * s)) by (split;
    [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
  assert (uV : 0 <= u64 * V) by (apply Rmult_le_pos; lra). assert (uuV : u64 * (u64 * V) <= 0.00000000000000012 * (u64 * V)) by (apply
    Rmult_le_compat_r; lra).
  assert (uss : u64 * (s * s) <= u64 * V) by (apply Rmult_le_compat_l; lra).
  assert (Im : Rabs (mean_i xs K - mean xs) <= 4 * (u64 * s)).
  { assert (c * u64 * s <= 4 * (u64 * s)) by (rewrite Rmult_assoc; apply Rmult_le_compat_r; [exact us|]; destruct C; lra). lra. }
  assert (Sq : Rabs (sq - V) <= 2 * (k + 0.0001) * u64 * V).
  { assert (Sq1 : Rabs (sq - Rmax 0 (m2_i xs fused K)) <= Rabs (rs - m2_i xs fused K)).
    { unfold sq, m2_up, f64_look.m2_lo. set (mi := m2_i xs fused K). assert (X := Rle_abs (rs - mi)). assert (Y := Rle_abs (- (rs - mi))).
      rewrite Rabs_Ropp in Y.
      destruct (Rlt_dec (raw_up xs fused pe K) 0) as [L|L].
      - specialize (Neg L). destruct (Rle_or_lt 0 mi) as [P|P]; [rewrite Rmax_right by lra|rewrite Rmax_left by lra].
        + rewrite Rplus_0_l, Rminus_0_l, Rabs_Ropp, (Rabs_pos_eq mi P). lra.
        + replace (0 + 0 - 0) with 0 by ring. rewrite Rabs_R0. apply Rabs_pos.
      - specialize (Pos ltac:(lra)). rewrite RS. destruct (Rle_or_lt 0 mi) as [P|P]; [rewrite Rmax_right by lra|rewrite Rmax_left by lra;
        rewrite Rminus_0_r, (Rabs_pos_eq rs Pos)]; lra. }
    replace (sq - V) with ((sq - Rmax 0 (m2_i xs fused K)) + (Rmax 0 (m2_i xs fused K) - V)) by ring. eapply Rle_trans;
      [apply Rabs_triang|]. lra. }
  assert (Kk : 0 <= k) by (destruct C; lra).
  assert (up : forall c', Rabs (val - mean_i xs K) <= (c' - c) * (u64 * s) -> Rabs (val - mean xs) <= c' * u64 * s).
  { intros c' H. replace (val - mean xs) with ((val - mean_i xs K) + (mean_i xs K - mean xs)) by ring. eapply Rle_trans;
    [apply Rabs_triang|]. lra. }
  assert (mB := of_err _ _ _ Im).
  assert (mu1 : u64 * (u64 * Rabs (mean_i xs K)) <= u64 * (u64 * (Rabs (mean xs) + 4 * (u64 * s)))) by (do 2 (apply Rmult_le_compat_l;
    [lra|]); lra).
  assert (uuus : u64 * (u64 * (u64 * s)) <= 0.0001 * (u64 * (u64 * s))) by (apply Rmult_le_compat_r; lra).
  destruct C as [-> -> Hs| -> -> Hs| -> ->].
  + exists 3.2078, 4.3265. split; [now apply A64|]. split; [|eapply Rle_trans; [exact Sq|]; lra]. apply up.
    change (18 * u64 * Rabs (mean xs) < s) in Hs. assert (u64 * (u64 * Rabs (mean xs)) <= u64 * (s / 18)) by (apply Rmult_le_compat_l;
      lra). lra.
  + exists 2.5301, 5.1599. split; [now apply B64|]. split; [|eapply Rle_trans; [exact Sq|]; lra]. apply up.
    assert (u64 * (u64 * Rabs (mean xs)) <= u64 * (u64 * (10.2 * s))) by (do 2 (apply Rmult_le_compat_l; [lra|]); exact Hs). lra.
  + exists 1.0012, 0.0002. split; [now apply E64|]. split; [|eapply Rle_trans; [exact Sq|]; lra]. apply up.
    assert (Vn := val_near Big Im). fold s in Vn. lra.
- (* a constant block: nothing is rounded *)
  exists 1.0012, 0.0002. split; [now apply E64|].
  assert (E := const_K1 xs xs_len K1 T K1_T v Al). assert (Al1 : forall x, In x xs -> x = K1) by (intros z Iz; rewrite E; now apply Al).
  destruct (constant emin64 53 xs xs_len 0 _ _ K1 _ _ _ _ Al1 (look64 xs xs_F xs_len fused K1 FK1 (or_intror Al1))) as (A & B & Q & Sg).
  assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53).
  assert (Qu : q_up xs fused K1 = 0).
  { change (q_up xs fused K1) with (rnd64 (fst (q_pair xs fused K1) + snd (q_pair xs fused K1))).
    destruct (F_pairs xs fused K1) as (_ & _ & P1 & P2).
    unfold qv, q_up, f64_look.q_lo in Q. rewrite two_sum in Q by assumption. rewrite Q. exact Z0. }
  assert (Kv : K = K1).
  { unfold K, Kf, Kfinal. destruct (Rlt_dec _ _) as [Ag|_]; [|reflexivity]. exfalso.
    rewrite Qu, Rmult_0_r, Z0 in Ag. unfold m2_up in Ag. destruct (Rlt_dec (raw_up xs fused pe K1) 0); lra. }
  assert (Ql : f64_look.q_lo xs fused K1 = 0) by (unfold qv in Q; rewrite Qu in Q; lra).
  assert (Rz : rv xs K1 = 0).
  { assert (R := r_err xs xs_F xs_len fused K1 FK1). assert (Dz : DD xs K1 = 0).
    { unfold DD. rewrite (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (Al1 x I), Rminus_diag_eq, Rabs_R0; reflexivity).
      rewrite sum_const. ring. }
    assert (Sz : SS xs K1 = 0) by (unfold SS; rewrite (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (Al1 x I); ring);
      rewrite sum_const; ring).
    rewrite Dz, Sz, Rmult_0_r, Rminus_0_r in R. now apply abs_0. }
  assert (Ru : r_up xs K1 = 0).
  { change (r_up xs K1) with (rnd64 (fst (r_pair xs K1) + snd (r_pair xs K1))). destruct (F_pairs xs fused K1) as (P1 & P2 & _).
    unfold rv, r_up, r_lo in Rz. rewrite two_sum in Rz by assumption. rewrite Rz. exact Z0. }
  assert (Rl : r_lo xs K1 = 0) by (unfold rv in Rz; rewrite Ru in Rz; lra).
  assert (Su : shift_up xs K1 = 0) by (unfold shift_up, quo; rewrite Ru; unfold Rdiv; rewrite Rmult_0_l; exact Z0).
  assert (Sl : shift_lo xs pe K1 = 0).
  { unfold shift_lo, quo_lo. cbv zeta. change (quo (r_up xs K1) (n xs)) with (shift_up xs K1). unfold pr.
    rewrite Ru, Rl, Su, pe_0, Rmult_0_l, Z0, !Rminus_0_r, Z0, Rplus_0_r, !Z0.
    unfold Rdiv. rewrite Rmult_0_l. exact Z0. }
  assert (TK : two_e K1 0 = 0).
  { assert (TS := two_sum K1 0 FK1 (F_0 _ _)). unfold two_s in TS. rewrite Rplus_0_r in TS.
    assert (I : rnd64 K1 = K1) by (apply (rnd_id emin64 53); exact FK1). lra. }
  assert (I : rnd64 K1 = K1) by (apply (rnd_id emin64 53); exact FK1).
  assert (Ma : mean_a xs K1 = K1) by (unfold mean_a, two_s; rewrite Su, Rplus_0_r; exact I).
  assert (Mc : mean_c xs pe K1 = 0) by (unfold mean_c; rewrite Su, Sl, TK, Rplus_0_r; exact Z0).
  assert (Mk : mean xs = K1) by (unfold mean_i in A; rewrite Rz in A; unfold Rdiv in A; lra).
  unfold val, sq. rewrite Kv, Ma, Mc, Sg, Mk, !Rmult_0_r. split; [rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity; lra|].
  assert (Rr : raw_rest xs fused pe K1 = 0).
  { unfold raw_rest, m2_rest. change (quo (r_up xs K1) (n xs)) with (shift_up xs K1).
    change (quo_lo pe (r_up xs K1) (r_lo xs K1) (n xs)) with (shift_lo xs pe K1).
    unfold pr. rewrite Ru, Rl, Su, Sl, Qu, Ql, pe_0, !Rmult_0_l, !Z0, !Rplus_0_r, !Z0.
    assert (T0 : two_e 0 (- 0) = 0) by (rewrite Ropp_0; assert (TS := two_sum 0 0 (F_0 _ _) (F_0 _ _)); unfold two_s in TS;
      rewrite Rplus_0_r, Z0 in TS; lra).
    rewrite T0, ?Rplus_0_r, ?Z0, ?Rminus_0_r. exact Z0. }
  assert (Ra : raw_a xs fused K1 = 0) by (unfold raw_a, two_s, pr; rewrite Qu, Ru, Rmult_0_l, Z0, Ropp_0, Rplus_0_r; exact Z0).
  assert (T0 : two_e 0 0 = 0) by (assert (TS := two_sum 0 0 (F_0 _ _) (F_0 _ _)); unfold two_s in TS; rewrite Rplus_0_r, Z0 in TS; lra).
  assert (Rw : raw_up xs fused pe K1 = 0) by (unfold raw_up, two_s; rewrite Rr, Ra, Rplus_0_r; exact Z0).
  assert (Rx : raw_lo xs fused pe K1 = 0) by (unfold raw_lo; rewrite Rr, Ra; exact T0).
  unfold m2_up, f64_look.m2_lo. rewrite Rw, Rx. destruct (Rlt_dec 0 0); rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity; lra.
Qed.
End Nearest.
