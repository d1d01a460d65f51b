(* A block of doubles whose deviation is below 2^-490: squares may vanish, but what is computed of it is off by no more than 2^-520 in the mean
  and 2^-960 in m2, next to nothing beside a row that varies by 2^-401. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row pivot merge step mergeops f64_counts f64_pairs f64_look f64_block f64_row f64_layernorm.
Require moments look32 f64_beside scaledblock.
Import ListNotations.
Local Open Scope R_scope.

Section Tiny.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F64 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Variables K1 T : R.
Hypothesis FK1 : F64 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin64 53 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) -> K1 = v).
Variables x y : R.
Hypothesis x_in : In x xs.
Hypothesis y_in : In y xs.
Hypothesis differ : x <> y.
Hypothesis small : sig xs < bpow radix2 (-490).
Let n := look.n xs.
Let s := sig xs.
Local Notation Kf := (Kf pe xs fused K1 T).

Lemma N : 1 <= n <= 1024. Proof. exact (n_range xs xs_len). Qed.
Lemma s0 : 0 <= s. Proof. apply sig_pos. Qed.
(* denormals are multiples of the least of them *)
Lemma eta_s : eta64 <= 23 * s.
Proof.
assert (Nr := N). assert (S0 := s0). assert (e0 := eta64_pos). assert (Q := scaledblock.two_spread xs (mean xs) x y x_in y_in differ).
rewrite <- (sig_sqr xs xs_len) in Q. fold n s in Q.
assert (M : forall z, In z xs -> mult (-1074) z) by (intros z I; apply (F_mult emin64 53); [now apply xs_F|unfold emin64; lia|now right]).
assert (D : 2 * eta64 <= Rabs (x - y)).
{ replace (2 * eta64) with (bpow radix2 (-1074)) by (unfold eta64; change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  apply look32.mult_least; [apply mult_sub; now apply M|lra]. }
assert (D2 : 2 * eta64 * (2 * eta64) <= (x - y) * (x - y)).
{ replace ((x - y) * (x - y)) with (Rabs (x - y) * Rabs (x - y)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; lra. }
assert (n * (s * s) <= 1024 * (s * s)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]).
apply le_of_sqr; [lra|]. assert (ss : 0 <= s * s) by apply Rle_0_sqr. lra.
Qed.
Lemma mean_s : u64 * Rabs (mean xs) <= 92 * s /\ Rabs (K1 - mean xs) <= 700 * s.
Proof.
assert (U := u64_val). assert (Sp := s0). assert (um := u_mean emin64 53 xs xs_len). assert (eh := eta_h emin64 53 xs xs_len).
change (u 53) with u64 in um. assert (hp := h_pos emin64 53 xs). assert (E := eta_s).
assert (hs : h emin64 53 xs <= 46 * s).
{ destruct (Rle_or_lt s (36 * h emin64 53 xs)) as [Sm|Bg]; [|lra]. exact (look.spread emin64 53 ltac:(lia) xs xs_F xs_len x y x_in y_in differ Sm). }
split; [lra|]. destruct K1_T as [((-> & P) & _)|(P & _)]; [rewrite Rminus_0_l, Rabs_Ropp; fold s in P; lra|].
unfold pivot_t in P. change (u 53) with u64 in P. change (eta emin64) with eta64 in P. fold s in P. lra.
Qed.

(* about a pivot that is near: the sums, the mean and m2 *)
Lemma about K : F64 K -> Rabs (K - mean xs) <= 2000 * s -> DD xs K <= n * (2001 * s) /\ QQ xs K <= 4010000 * (n * (s * s)) /\
  Rabs (mean_i xs K - mean xs) <= 6100 * (u64 * s) /\ Rabs (mean_a xs K + mean_c xs pe K - mean xs) <= 7000 * (u64 * s) + 11 * eta64 + 1.02 *
    (u64 * (u64 * Rabs (mean xs))).
Proof.
intros FK Kn. assert (Nr := N). assert (Sp := s0). assert (U := u64_val).
assert (Q : QQ xs K <= 4000001 * (n * (s * s))).
{ rewrite (QQ_eq xs xs_len). fold n s. assert ((mean xs - K) * (mean xs - K) <= 2000 * s * (2000 * s)).
  { replace ((mean xs - K) * (mean xs - K)) with (Rabs (K - mean xs) * Rabs (K - mean xs)) by (rewrite <- Rabs_mult, Rabs_pos_eq by apply
      Rle_0_sqr; ring). apply Rmult_le_compat; try apply Rabs_pos; assumption. }
  replace (4000001 * (n * (s * s))) with (n * (4000001 * (s * s))) by ring. apply Rmult_le_compat_l; lra. }
assert (ns : 0 <= n * (s * s)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
assert (D : DD xs K <= n * (2001 * s)).
{ apply le_of_sqr; [apply Rmult_le_pos; lra|]. assert (C := DD_QQ xs K). fold n in C. eapply Rle_trans; [exact C|].
  replace (n * (2001 * s) * (n * (2001 * s))) with (n * (4004001 * (n * (s * s)))) by ring. apply Rmult_le_compat_l; lra. }
assert (RE := r_err xs xs_F xs_len fused K FK). assert (Ak := proj1 (look_a1 xs xs_len K)). assert (A1 := a1_range). change (format.u 53) with u64 in A1.
assert (D0 : 0 <= DD xs K) by (apply sum_pos; intros; apply Rabs_pos).
assert (R1 : Rabs (rv xs K - look.SS xs K) <= 3.00001 * u64 * (n * (2001 * s))).
{ eapply Rle_trans; [exact RE|]. apply Rle_trans with (3.00001 * u64 * DD xs K); [apply Rmult_le_compat_r; lra|]. apply Rmult_le_compat_l; lra. }
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra). assert (us : 0 <= u64 * s) by (apply Rmult_le_pos; lra).
assert (Mi : Rabs (mean_i xs K - mean xs) <= 6100 * (u64 * s)).
{ apply Rmult_le_reg_r with n; [lra|]. rewrite <- (Rabs_pos_eq n) at 1 by lra. rewrite <- Rabs_mult.
  replace ((mean_i xs K - mean xs) * n) with (rv xs K - look.SS xs K) by (rewrite (SS_eq xs xs_len); fold n; unfold f64_look.mean_i; fold n;
    field; lra). eapply Rle_trans; [exact R1|]. assert (0 <= u64 * s * n) by (apply Rmult_le_pos; lra). lra. }
split; [exact D|]. split; [lra|]. split; [exact Mi|].
assert (MR := mean_round xs xs_len fused pe pe_ok K FK). unfold f64_block.W in MR. fold n in MR.
assert (Sa := SS_DD xs K). assert (T1 := of_err _ _ _ R1).
assert (W1 : Rabs (rv xs K) / n <= 2004 * s).
{ apply Rmult_le_reg_r with n; [lra|]. replace (Rabs (rv xs K) / n * n) with (Rabs (rv xs K)) by (field; lra).
  assert (0 <= n * s) by (apply Rmult_le_pos; lra). assert (3.00001 * u64 * (n * (2001 * s)) <= 0.001 * (n * (2001 * s))) by (apply
    Rmult_le_compat_r; lra). lra. }
assert (uW : u64 * (u64 * (Rabs (rv xs K) / n)) <= u64 * (u64 * (2004 * s))) by (do 2 (apply Rmult_le_compat_l; [lra|]); exact W1).
assert (uus : u64 * (u64 * s) <= 0.0001 * (u64 * s)) by (apply Rmult_le_compat_r; lra).
assert (M2 := of_err _ _ _ Mi). assert (um : u64 * (u64 * Rabs (mean_i xs K)) <= u64 * (u64 * (Rabs (mean xs) + 6100 * (u64 * s)))) by (do 2 (apply
  Rmult_le_compat_l; [lra|]); exact M2).
assert (uuu : u64 * (u64 * (u64 * s)) <= u64 * (0.0001 * (u64 * s))) by (apply Rmult_le_compat_l; lra).
assert (0 <= u64 * (u64 * Rabs (mean xs))) by (repeat apply Rmult_le_pos; try lra; apply Rabs_pos).
replace (mean_a xs K + mean_c xs pe K - mean xs) with ((mean_a xs K + mean_c xs pe K - mean_i xs K) + (mean_i xs K - mean xs)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
Lemma K_near : F64 Kf /\ Rabs (Kf - mean xs) <= 2000 * s.
Proof.
assert (U := u64_val). assert (Sp := s0). destruct mean_s as (um & K1n). split; [exact (FKf xs fused pe K1 T FK1)|].
unfold f64_layernorm.Kf, Kfinal. destruct (Rlt_dec _ _) as [_|_]; [|lra].
destruct (about K1 FK1 ltac:(lra)) as (_ & _ & _ & A). set (mh := mean_a xs K1 + mean_c xs pe K1) in *. assert (E := eta_s).
assert (R2 : Rabs (K2 xs pe K1 - mh) <= u64 * Rabs mh) by (apply add64; apply merge.rnd64_F). assert (B := of_err _ _ _ A).
assert (us : 0 <= u64 * s <= 0.0000001 * s) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uum : u64 * (u64 * Rabs (mean xs)) <= u64 * (92 * s)) by (apply Rmult_le_compat_l; lra).
assert (u64 * Rabs mh <= u64 * (Rabs (mean xs) + 260 * s)) by (apply Rmult_le_compat_l; lra).
replace (K2 xs pe K1 - mean xs) with ((K2 xs pe K1 - mh) + (mh - mean xs)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* beside the exact moments *)
Theorem tiny_good : let b := RBlock xs (mean xs) (n * (s * s)) 0.0001 0.0001 in let t := state64 pe xs fused K1 T in
  rgood (-1074) 53 b /\ near64 b t.
Proof.
cbv zeta. assert (Nr := N). assert (Sp := s0). assert (U := u64_val). assert (e0 := eta64_pos).
assert (ns : 0 <= n * (s * s)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). split.
- unfold rgood. cbn [bx bmean bm2 bc bk]. split; [exact xs_len|]. split; [exact xs_F|]. split; [now apply ClassE|].
  fold n s. rewrite !Rminus_diag_eq, Rabs_R0 by reflexivity. change (u 53) with u64.
  split; apply Rmult_le_pos; try lra; apply Rmult_le_pos; lra.
- destruct K_near as (FK & Kn). destruct (about Kf FK Kn) as (D & Q & Mi & Mh).
  destruct (state_form pe xs xs_len fused K1 T) as (Fs & Vl & Sq & Sd & L1 & L2).
  unfold near64. cbn [bx bmean bm2]. rewrite Vl. fold n s.
  set (z := bpow radix2 (-490)) in *. assert (zp : 0 < z) by apply bpow_gt_0. destruct mean_s as (um & _).
  assert (us : u64 * s <= u64 * z) by (apply Rmult_le_compat_l; unfold s in *; lra).
  assert (Tm : 7000 * (u64 * z) + 11 * eta64 + 0.01 * (u64 * (92 * z)) <= tm).
  { assert (P13 : u64 * z * 8192 <= bpow radix2 (-529)) by (replace 8192 with (bpow radix2 13) by (simpl; lra); unfold u64, z; rewrite <- !bpow_plus;
      apply bpow_le; lia).
    assert (E : bpow radix2 (-520) = 512 * bpow radix2 (-529)) by (replace 512 with (bpow radix2 9) by (simpl; lra); now rewrite <- bpow_plus).
    assert (e9 : eta64 <= bpow radix2 (-529)) by (apply bpow_le; lia). unfold tm. assert (P9 := bpow_gt_0 radix2 (-529)). lra. }
  assert (uum : u64 * (u64 * Rabs (mean xs)) <= u64 * (92 * z)) by (apply Rmult_le_compat_l; unfold s in *; lra).
  assert (uus : 0 <= u64 * (u64 * s)) by (repeat apply Rmult_le_pos; lra).
  (* m2 *)
  assert (QE := q_err xs xs_F xs_len fused Kf _ FK (or_introl eq_refl)). change (eta emin64) with eta64 in QE.
  assert (RE := r_err xs xs_F xs_len fused Kf FK). assert (Bk := bK_small xs xs_len Kf).
  assert (Ak := proj1 (look_a1 xs xs_len Kf)). assert (A1 := a1_range). change (format.u 53) with u64 in A1.
  assert (MR := m2_round xs xs_F xs_len fused pe pe_ok Kf FK). assert (Me := m2_eq xs xs_len Kf). fold n s in Me. unfold moments.m2x in Me.
  set (QK := QQ xs Kf) in *. set (RK := rv xs Kf) in *. set (SK := look.SS xs Kf) in *. assert (Q0 : 0 <= QK) by apply QQ_pos.
  assert (Rb : Rabs (RK - SK) <= 3.00001 * u64 * (n * (2001 * s))).
  { eapply Rle_trans; [exact RE|]. assert (D0 : 0 <= DD xs Kf) by (apply sum_pos; intros; apply Rabs_pos).
    apply Rle_trans with (3.00001 * u64 * DD xs Kf); [apply Rmult_le_compat_r; lra|]. apply Rmult_le_compat_l; lra. }
  assert (nsp : 0 <= n * (2001 * s)) by (apply Rmult_le_pos; lra).
  assert (Sb : Rabs SK <= n * (2001 * s)) by (eapply Rle_trans; [apply SS_DD|exact D]).
  assert (Rd : Rabs ((RK * RK - SK * SK) / n) <= 6.1 * u64 * (n * (2001 * s * (2001 * s)))).
  { replace (RK * RK - SK * SK) with ((RK - SK) * (2 * SK + (RK - SK))) by ring. unfold Rdiv.
    rewrite !Rabs_mult, (Rabs_pos_eq (/ n)) by (left; apply Rinv_0_lt_compat; lra). apply Rmult_le_reg_r with n; [lra|].
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. assert (sm3 : 3.00001 * u64 * (n * (2001 * s)) <= 0.001 * (n * (2001 * s))) by (apply
      Rmult_le_compat_r; lra).
    assert (T2 : Rabs (2 * SK + (RK - SK)) <= 2.001 * (n * (2001 * s))) by (eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_mult,
      (Rabs_pos_eq 2) by lra; lra).
    apply Rle_trans with (3.00001 * u64 * (n * (2001 * s)) * (2.001 * (n * (2001 * s)))); [apply Rmult_le_compat; try apply Rabs_pos; assumption|].
    assert (0 <= u64 * (n * (2001 * s)) * (n * (2001 * s))) by (repeat apply Rmult_le_pos; lra). lra. }
  assert (Mi2 : Rabs (m2_i xs fused Kf - n * (s * s)) <= 6.00001 * u64 * QK + 4097 * eta64 + 6.1 * u64 * (n * (2001 * s * (2001 * s)))).
  { unfold f64_look.m2_i. fold n RK. rewrite <- Me. fold QK. replace (f64_look.qv xs fused Kf - RK * RK / n - (QK - SK * SK / n)) with
      ((f64_look.qv xs fused Kf - QK) - (RK * RK - SK * SK) / n) by (field; lra).
    eapply Rle_trans; [apply abs_sub|]. assert (bK Kf * QK <= 6.00001 * u64 * QK) by (apply Rmult_le_compat_r; lra). lra. }
  assert (Mx : Rabs (Rmax 0 (m2_i xs fused Kf) - n * (s * s)) <= Rabs (m2_i xs fused Kf - n * (s * s))).
  { destruct (Rle_or_lt 0 (m2_i xs fused Kf)) as [P|P]; [rewrite Rmax_right by lra; lra|]. rewrite Rmax_left by lra.
    rewrite Rminus_0_l, Rabs_Ropp, (Rabs_pos_eq (n * (s * s)) ns), Rabs_left by lra. lra. }
  assert (zz : n * (s * s) <= 1024 * (z * z)) by (apply Rmult_le_compat; try lra; [apply Rle_0_sqr|apply Rmult_le_compat; unfold s in *; lra]).
  assert (Uz : u64 * (n * (s * s)) <= u64 * (1024 * (z * z))) by (apply Rmult_le_compat_l; lra).
  assert (UQ : u64 * QK <= u64 * (4010000 * (n * (s * s)))) by (apply Rmult_le_compat_l; lra).
  assert (UUQ : u64 * (u64 * QK) <= 0.0001 * (u64 * QK)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra).
  assert (Tq : 60000000 * (u64 * (1024 * (z * z))) + 4200 * eta64 <= 61 * tsq).
  { assert (E : bpow radix2 (-960) = 32 * bpow radix2 (-965)) by (replace 32 with (bpow radix2 5) by (simpl; lra); now rewrite <- bpow_plus).
    assert (P : u64 * (1024 * (z * z)) * 67108864 <= bpow radix2 (-965)).
    { replace 1024 with (bpow radix2 10) by (simpl; lra). replace 67108864 with (bpow radix2 26) by (simpl; lra). unfold u64, z.
      rewrite <- !bpow_plus. apply bpow_le. lia. }
    assert (e9 : 4200 * eta64 <= bpow radix2 (-965)).
    { apply Rle_trans with (bpow radix2 13 * eta64); [apply Rmult_le_compat_r; [lra|simpl; lra]|]. unfold eta64. rewrite <- bpow_plus.
      apply bpow_le. lia. } unfold tsq. assert (P9 := bpow_gt_0 radix2 (-965)). assert (0 <= u64 * (1024 * (z * z))) by (apply Rmult_le_pos; [lra|];
      apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra. }
  assert (uuns : 0 <= u64 * (u64 * (n * (s * s)))) by (repeat apply Rmult_le_pos; lra).
  assert (Fin : Rabs (square (state64 pe xs fused K1 T) - n * (s * s)) <= 61 * tsq).
  { replace (square (state64 pe xs fused K1 T) - n * (s * s)) with ((square (state64 pe xs fused K1 T) - Rmax 0 (m2_i xs fused Kf)) +
      (Rmax 0 (m2_i xs fused Kf) - n * (s * s))) by ring. eapply Rle_trans; [apply Rabs_triang|]. assert (0 <= u64 * (n * (s * s))) by (apply Rmult_le_pos; lra). lra. }
  split; [exact Fs|]. split; [reflexivity|]. split; [reflexivity|]. split; [destruct tm_pos; lra|]. split; [lra|]. split; [exact ns|]. split; [exact Sq|].
  split; assumption.
Qed.
End Tiny.
