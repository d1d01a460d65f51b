(* Section 3 for f64, a whole block: whatever it holds, its ideal moments are those of one of the three classes of look.v, and the pairs
  that are
   computed are some 2^-100 beside them. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format wide look pivot counts merge step f64_counts f64_pairs f64_look.
Require look32 block32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation rnd64_F := merge.rnd64_F.
Local Notation rnd64_err := merge.rnd64_err.

Lemma eta64_to k : (-1050 <= k)%Z -> eta64 <= u64 * u64 * (u64 * u64) * bpow radix2 (k + 200).
Proof. intro H. unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia. Qed.

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

Lemma F_n : F64 n.
Proof.
assert (N := n_range xs xs_len). fold n in N. apply (mult_F emin64 53 ltac:(lia) 0).
- unfold emin64; lia.
- exists (Z.of_nat (length xs)). unfold n, look.n. rewrite INR_IZR_INZ. simpl. ring.
- rewrite Rabs_pos_eq by lra. apply Rle_trans with (bpow radix2 10); [simpl; lra|apply bpow_le; lia].
Qed.

(* the mean's pair *)
Definition W K := Rabs (rv K) / n.
Lemma W0 K : 0 <= W K.
Proof. assert (N := n_range xs xs_len). fold n in N. apply Rmult_le_pos; [apply Rabs_pos|left; apply Rinv_0_lt_compat; lra]. Qed.
Lemma r_up_rv K : Rabs (r_up xs K) <= 1.001 * Rabs (rv K).
Proof.
assert (U := u64_val). assert (L := r_lo_small xs fused K). unfold f64_look.rv. set (a := r_up xs K) in *. set (b := r_lo xs K) in *.
assert (T : Rabs a <= Rabs (a + b) + Rabs b) by (replace a with ((a + b) - b) at 1 by ring; apply abs_sub).
assert (u64 * Rabs a <= 0.0001 * Rabs a) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). assert (P := Rabs_pos (a + b)). lra.
Qed.

Lemma mean_round K : F64 K -> Rabs (mean_a K + mean_c K - mean_i K) <= 1.01 * (u64 * (u64 * Rabs (mean_i K))) + 27 * (u64 * (u64 * W K)) +
  11 * eta64.
Proof.
intro FK. assert (N := n_range xs xs_len). fold n in N. assert (U := u64_val). assert (e0 := eta64_pos).
destruct (F_all xs fused K) as (F1 & F2 & _). assert (Fn := F_n).
destruct (quotient pe pe_ok (r_up xs K) (r_lo xs K) n (conj F1 (conj F2 Fn)) (proj1 N) (r_lo_small xs fused K)) as (Q1 & Q2 & Q3).
fold (rv K) in Q1. change (quo (r_up xs K) n) with (shift_up K) in *. change (quo_lo pe (r_up xs K) (r_lo xs K) n) with (shift_lo K) in *.
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra).
assert (wW : Rabs (r_up xs K) / n <= 1.001 * W K).
{ unfold W, Rdiv. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|apply r_up_rv]. }
assert (w0 : 0 <= Rabs (r_up xs K) / n) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
set (w := Rabs (r_up xs K) / n) in *. assert (W0' := W0 K). set (V := W K) in *.
assert (uw : 0 <= u64 * w <= u64 * (1.001 * V)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_l; lra]).
assert (uuw : 0 <= u64 * (u64 * w) <= u64 * (u64 * (1.001 * V))) by (split; [apply Rmult_le_pos; lra|do 2 (apply Rmult_le_compat_l;
  [lra|]); lra]).
assert (uV : 0 <= u64 * V <= 0.0001 * V) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuV : 0 <= u64 * (u64 * V) <= 0.0001 * (u64 * V)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (ue : 0 <= u64 * eta64 <= 0.0001 * eta64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Fs : F64 (shift_up K)) by apply rnd64_F. assert (Fsl : F64 (shift_lo K)) by apply rnd64_F.
assert (TS := two_sum K (shift_up K) FK Fs). assert (Fe : F64 (two_e K (shift_up K))) by apply two_e_F.
set (e := two_e K (shift_up K)) in *. fold (mean_a K) in TS.
assert (E : Rabs (mean_c K - (e + shift_lo K)) <= u64 * Rabs (e + shift_lo K)) by now apply add64.
assert (Eb : Rabs e <= u64 * Rabs (K + shift_up K)) by now apply two_e_le.
assert (Ks : Rabs (K + shift_up K - mean_i K) <= 5 * (u64 * V) + 30 * eta64).
{ replace (K + shift_up K - mean_i K) with ((shift_up K + shift_lo K - rv K / n) - shift_lo K) by (unfold f64_look.mean_i; fold n; ring).
  eapply Rle_trans; [apply abs_sub|]. lra. }
assert (Kb := of_err _ _ _ Ks).
assert (uK : u64 * Rabs (K + shift_up K) <= u64 * (Rabs (mean_i K) + (5 * (u64 * V) + 30 * eta64))) by (apply Rmult_le_compat_l; lra).
assert (D := Rabs_triang e (shift_lo K)).
assert (m0 := Rabs_pos (mean_i K)). assert (um : 0 <= u64 * Rabs (mean_i K)) by (apply Rmult_le_pos; lra).
assert (uum : 0 <= u64 * (u64 * Rabs (mean_i K))) by (apply Rmult_le_pos; lra).
assert (uue : 0 <= u64 * (u64 * eta64) <= 0.0001 * (u64 * eta64)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuuV : 0 <= u64 * (u64 * (u64 * V)) <= 0.0001 * (u64 * (u64 * V))) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r;
  lra]).
assert (ud : u64 * Rabs (e + shift_lo K) <= u64 * (u64 * (Rabs (mean_i K) + (5 * (u64 * V) + 30 * eta64)) + (4.3 * (u64 * (1.001 * V)) +
  16 * eta64))) by (apply Rmult_le_compat_l; lra).
replace (mean_a K + mean_c K - mean_i K) with ((mean_c K - (e + shift_lo K)) + (shift_up K + shift_lo K - rv K / n)).
2: { unfold f64_look.mean_i. fold n. lra. }
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* the pair of m2 *)
Lemma m2_round K : F64 K -> Rabs (raw_a xs fused K + raw_rest xs fused pe K - m2_i K) <= 130 * (u64 * (u64 * QQ xs K)) + 61 * eta64.
Proof.
intro FK. assert (N := n_range xs xs_len). fold n in N. assert (U := u64_val). assert (e0 := eta64_pos).
destruct (F_all xs fused K) as (F1 & F2 & F3 & F4). assert (Fn := F_n).
assert (H := m2_err pe pe_ok (r_up xs K) (r_lo xs K) (q_up K) (f64_look.q_lo xs fused K) n (conj F1 (conj F2 (conj F3 (conj F4 Fn)))) N
  (r_lo_small xs fused K) (q_lo_small xs fused K)).
destruct (sizes xs xs_F xs_len fused K FK) as (_ & S2 & S3). fold n in S2.
assert (Q0 := QQ_pos xs K). set (Q := QQ xs K) in *.
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra).
assert (qq : Rabs (q_up K) <= 1.001 * Q + 4100 * eta64).
{ assert (L := q_lo_small xs fused K). unfold f64_look.qv in S3. set (a := q_up K) in *. set (b := f64_look.q_lo xs fused K) in *.
  assert (T : Rabs a <= Rabs (a + b) + Rabs b) by (replace a with ((a + b) - b) at 1 by ring; apply abs_sub).
  assert (u64 * Rabs a <= 0.00001 * Rabs a) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). change (eta emin64) with eta64 in S3. lra.
    }
assert (gg : r_up xs K * r_up xs K / n <= 1.004 * Q).
{ assert (R1 := r_up_rv K).
  assert (r_up xs K * r_up xs K <= 1.001 * 1.001 * (rv K * rv K)).
  { replace (r_up xs K * r_up xs K) with (Rabs (r_up xs K) * Rabs (r_up xs K)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    replace (1.001 * 1.001 * (rv K * rv K)) with (1.001 * Rabs (rv K) * (1.001 * Rabs (rv K))).
    - apply Rmult_le_compat; try apply Rabs_pos; assumption.
    - replace (1.001 * Rabs (rv K) * (1.001 * Rabs (rv K))) with (1.001 * 1.001 * (Rabs (rv K) * Rabs (rv K))) by ring.
      rewrite <- Rabs_mult, (Rabs_pos_eq (rv K * rv K)) by apply Rle_0_sqr. reflexivity. }
  apply (Rmult_le_compat_r (/ n)) in H0; [|lra]. unfold Rdiv in *. lra. }
assert (ue : 0 <= u64 * eta64 <= 0.0000001 * eta64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uue : u64 * (u64 * eta64) <= 0.0001 * (u64 * eta64)) by (apply Rmult_le_compat_r; lra).
assert (uuQ : 0 <= u64 * (u64 * Q)) by (repeat apply Rmult_le_pos; lra).
assert (u64 * (u64 * (Rabs (q_up K) + r_up xs K * r_up xs K / n)) <= u64 * (u64 * (2.01 * Q + 4100 * eta64))) by (do 2 (apply
  Rmult_le_compat_l; [lra|]); lra).
change (m2_sum pe (r_up xs K) (r_lo xs K) (q_up K) (f64_look.q_lo xs fused K) n) with (raw_a xs fused K + raw_rest xs fused pe K) in H.
fold (rv K) in H. fold (qv K) in H. unfold f64_look.m2_i. fold n. fold (m2_i K). lra.
Qed.

(* -- the block as section 3 has it: K1, T the first pivot and its threshold -- *)
Variables K1 T : R.
Hypothesis FK1 : F64 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin64 53 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) ->
  K1 = v).
Definition K2 := mean_up xs pe K1.
Definition Kfinal := if Rlt_dec (m2_up K1) (rnd64 (T * q_up K1)) then K2 else K1.
(* it varies by 2^-490 at least, or not at all *)
Hypothesis varies : bpow radix2 (-490) <= sig xs \/ exists v, forall x, In x xs -> x = v.

Lemma FK2 : F64 K2. Proof. apply rnd64_F. Qed.
Lemma FKf : F64 Kfinal. Proof. unfold Kfinal. destruct (Rlt_dec _ _); [apply FK2|apply FK1]. Qed.

Lemma const_K1 v : (forall x, In x xs -> x = v) -> K1 = v.
Proof.
intro Alv. destruct K1_T as [((P & Pm) & _)|(_ & _ & P)]; [|now apply P].
assert (Nn := n_range xs xs_len).
assert (M : mean xs = v) by (unfold mean; rewrite (sum_ext _ (fun _ => v)) by exact Alv; rewrite sum_const; fold (look.n xs); field; lra).
assert (Sg : sig xs = 0).
{ unfold sig. rewrite M. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros z Iz; rewrite (Alv z Iz); ring).
  rewrite sum_const, Rmult_0_l. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. }
rewrite Sg, Rmult_0_r, M in Pm. rewrite P. symmetry. now apply abs_0.
Qed.

Lemma QQ_big K : bpow radix2 (-490) <= sig xs -> bpow radix2 (-980) <= QQ xs K.
Proof.
intro H. assert (N := n_range xs xs_len). rewrite (QQ_eq xs xs_len). set (s := sig xs) in *. assert (b0 := bpow_ge_0 radix2 (-490)).
assert (ss : bpow radix2 (-490) * bpow radix2 (-490) <= s * s) by (apply Rmult_le_compat; lra).
rewrite <- bpow_plus in ss. change (-490 + -490)%Z with (-980)%Z in ss. assert (dd := Rle_0_sqr (mean xs - K)). unfold Rsqr in dd.
assert (b1 := bpow_ge_0 radix2 (-980)).
assert (1 * (s * s + (mean xs - K) * (mean xs - K)) <= look.n xs * (s * s + (mean xs - K) * (mean xs - K))) by (apply Rmult_le_compat_r;
  lra). lra.
Qed.
Lemma fit_K K : bpow radix2 (-490) <= sig xs -> fit K.
Proof. intro H. left. eapply Rle_trans; [|now apply QQ_big]. apply bpow_le. lia. Qed.

Lemma DD_QQ_le K : QQ xs K <= DD xs K * DD xs K.
Proof.
unfold QQ. apply Rle_trans with (sum (fun x => DD xs K * Rabs (x - K)) xs); [|rewrite sum_scal; right; reflexivity].
apply sum_le. intros x I. replace ((x - K) * (x - K)) with (Rabs (x - K) * Rabs (x - K)) by (rewrite <- Rabs_mult;
  apply Rabs_pos_eq, Rle_0_sqr).
apply Rmult_le_compat_r; [apply Rabs_pos|]. apply (sum_pos_in (fun x => Rabs (x - K))); [intros; apply Rabs_pos|exact I].
Qed.
Lemma DD_big K : bpow radix2 (-490) <= sig xs -> bpow radix2 (-490) <= DD xs K.
Proof.
intro H. apply le_of_sqr; [apply sum_pos; intros; apply Rabs_pos|]. eapply Rle_trans; [|apply DD_QQ_le].
rewrite <- bpow_plus. now apply QQ_big.
Qed.

Lemma range_K K : bpow radix2 (-490) <= sig xs -> range emin64 xs K.
Proof.
intro H. assert (Q := QQ_big K H). assert (N := n_range xs xs_len).
assert (All : (exists y, In y xs /\ bpow radix2 (-498) <= Rabs (y - K)) \/ forall y, In y xs -> Rabs (y - K) <= bpow radix2 (-498)).
{ clear. induction xs as [|a l IH]; [right; easy|]. destruct (Rle_or_lt (bpow radix2 (-498)) (Rabs (a - K))) as [A|A].
  - left. exists a. split; [now left|exact A].
  - destruct IH as [(y & I & B)|B]; [left; exists y; split; [now right|exact B]|right; intros y [<-|I]; [lra|now apply B]]. }
destruct All as [(y & Iy & By)|All]; [exists y, (-498)%Z; repeat split; [exact Iy|exact By|unfold emin64; lia]|exfalso].
assert (QQ xs K <= bpow radix2 (-498) * bpow radix2 (-498) * INR (length xs)).
{ unfold QQ. rewrite <- sum_const. apply sum_le. intros y Iy.
  replace ((y - K) * (y - K)) with (Rabs (y - K) * Rabs (y - K)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; now apply All. }
fold (look.n xs) in H0. rewrite <- bpow_plus in H0.
assert (bpow radix2 (-498 + -498) * look.n xs <= bpow radix2 (-996) * 1024) by (apply Rmult_le_compat_l; [apply bpow_ge_0|lra]).
assert (bpow radix2 (-996) * 1024 = bpow radix2 (-986)) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
assert (bpow radix2 (-986) < bpow radix2 (-980)) by (apply bpow_lt; lia). lra.
Qed.

Lemma look_a0 : aK 0 + u64 / 1000000 <= a0 /\ bK 0 + u64 / 1000000 <= b0.
Proof.
assert (U := u64_val). assert (C := counts64). assert (P0 := pw0). assert (Q : 0 <= (1 + pw) ^ 20) by (apply pow_le; lra).
unfold aK, bK, a0, b0, ac64, look32.kd. destruct (Req_EM_T 0 0) as [_|Z]; [|now elim Z]. split.
- assert ((1 + u64) ^ (0 + 2) <= (1 + u64) ^ count_f64_r_pivot_0) by (apply Rle_pow; [lra|lia]).
  assert ((1 + u64) ^ (0 + 2) * (1 + pw) ^ 20 <= (1 + u64) ^ count_f64_r_pivot_0 * (1 + pw) ^ 20) by (apply Rmult_le_compat_r;
    assumption). lra.
- assert ((1 + u64) ^ (2 * 0 + 4) <= (1 + u64) ^ count_f64_q_pivot_0) by (apply Rle_pow; [lra|lia]).
  assert ((1 + u64) ^ (2 * 0 + 4) * (1 + pw) ^ 20 <= (1 + u64) ^ count_f64_q_pivot_0 * (1 + pw) ^ 20) by (apply Rmult_le_compat_r;
    assumption). lra.
Qed.
Lemma look_a1 K : aK K + u64 / 1000000 <= a1 /\ bK K + u64 / 1000000 <= b1.
Proof.
assert (U := u64_val). assert (C := counts64). assert (P0 := pw0). assert (Q : 0 <= (1 + pw) ^ 20) by (apply pow_le; lra).
  assert (D := kd_le xs xs_len K).
unfold aK, bK, a1, b1, ac64. split.
- assert ((1 + u64) ^ (look32.kd K + 2) <= (1 + u64) ^ count_f64_r) by (apply Rle_pow; [lra|lia]).
  assert ((1 + u64) ^ (look32.kd K + 2) * (1 + pw) ^ 20 <= (1 + u64) ^ count_f64_r * (1 + pw) ^ 20) by (apply Rmult_le_compat_r;
    assumption). lra.
- assert ((1 + u64) ^ (2 * look32.kd K + 4) <= (1 + u64) ^ count_f64_q) by (apply Rle_pow; [lra|lia]).
  assert ((1 + u64) ^ (2 * look32.kd K + 4) * (1 + pw) ^ 20 <= (1 + u64) ^ count_f64_q * (1 + pw) ^ 20) by (apply Rmult_le_compat_r;
    assumption). lra.
Qed.

Lemma look_weaken a b c d nu K r q mean' m2' : a <= c -> b <= d -> look emin64 53 xs a b nu K r q mean' m2' ->
  look emin64 53 xs c d nu K r q mean' m2'.
Proof.
intros A B [L1 L2 L3 L4 L5 L6 L7]. constructor; try assumption.
- eapply Rle_trans; [exact L2|]. apply Rmult_le_compat_r; [apply sum_pos; intros; apply Rabs_pos|exact A].
- eapply Rle_trans; [exact L3|]. apply Rmult_le_compat_r; [apply QQ_pos|exact B].
Qed.
Lemma nu_ok : 0 <= 0 <= format.u 53 / 1000000.
Proof. change (format.u 53) with u64. assert (U := u64_val). lra. Qed.

(* the test as it is computed *)
Lemma test64 K t : F64 K -> bpow radix2 (-490) <= sig xs -> 0.5 <= t <= 1 -> ~ (m2_up K < rnd64 (t * q_up K)) ->
  m2_i K >= t * (1 - 0.000000001) * qv K.
Proof.
intros FK Big Ht Ts. assert (U := u64_val). assert (Bk := bK_small xs xs_len K). assert (e0 := eta64_pos).
assert (Q := QQ_big K Big). assert (P := bpow_gt_0 radix2 (-980)).
assert (Lq := q_fit xs xs_F xs_len fused K FK (fit_K K Big)). assert (MR := m2_round K FK).
set (QK := QQ xs K) in *.
assert (eQ : eta64 <= 0.0000000000001 * QK).
{ assert (X := eta64_to (-1050) ltac:(lia)). change (-1050 + 200)%Z with (-850)%Z in X.
  apply Rle_trans with (bpow radix2 (-60) * bpow radix2 (-980)).
  - unfold eta64. rewrite <- bpow_plus. apply bpow_le. lia.
  - apply Rmult_le_compat; try apply bpow_ge_0; [simpl; lra|exact Q]. }
assert (uQ : 0 <= u64 * QK <= 0.0000000000001 * QK) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuQ : u64 * (u64 * QK) <= 0.0001 * (u64 * QK)) by (apply Rmult_le_compat_r; lra).
assert (Y : (bK K + u64 / 1000000) * QK <= 0.000000000001 * QK) by (apply Rmult_le_compat_r; lra).
assert (X1 := Rle_abs (- (qv K - QK))). assert (X2 := Rle_abs (qv K - QK)). rewrite Rabs_Ropp in X1.
assert (ql := q_lo_small xs fused K). unfold f64_look.qv in *. set (a := q_up K) in *. set (b := f64_look.q_lo xs fused K) in *.
assert (aQ : Rabs (a - QK) <= 0.00000000001 * QK).
{ assert (Ta : Rabs a <= 1.001 * QK + Rabs b) by (replace a with ((a + b) - b) at 1 by ring; eapply Rle_trans; [apply abs_sub|];
  rewrite (Rabs_pos_eq (a + b)) by lra; lra).
  assert (u64 * Rabs a <= 0.000000000001 * Rabs a) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
  replace (a - QK) with ((a + b - QK) - b) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
assert (Y1 := Rle_abs (- (a - QK))). assert (Y2 := Rle_abs (a - QK)). rewrite Rabs_Ropp in Y1.
assert (ta : 0.49 * QK <= t * a) by (apply Rle_trans with (0.5 * (0.99 * QK)); [lra|apply Rmult_le_compat; lra]).
assert (R := rnd64_err (t * a)). rewrite (Rabs_pos_eq (t * a)) in R by lra.
assert (Z := Rle_abs (- (rnd64 (t * a) - t * a))). rewrite Rabs_Ropp in Z.
assert (ta1 : t * a <= 1 * (1.01 * QK)) by (apply Rmult_le_compat; lra).
assert (uta : u64 * (t * a) <= 0.0000000000001 * (t * a)) by (apply Rmult_le_compat_r; lra).
assert (tQ : t * (a + b) <= t * a + 0.00000000001 * QK).
{ assert (t * b <= 1 * Rabs b) by (assert (Hb := Rle_abs b); assert (b00 := Rabs_pos b); apply Rle_trans with (t * Rabs b);
  [apply Rmult_le_compat_l; lra|apply Rmult_le_compat_r; lra]).
  assert (u64 * Rabs a <= 0.000000000001 * (1.1 * QK)) by (rewrite (Rabs_pos_eq a) by lra; apply Rmult_le_compat; lra). lra. }
assert (tqv : t * QK * 0.999 <= t * (a + b)) by (rewrite Rmult_assoc; apply Rmult_le_compat_l; lra).
assert (tQ5 : 0.5 * QK <= t * QK) by (apply Rmult_le_compat_r; lra).
unfold f64_look.m2_up in Ts. destruct (Rlt_dec (raw_up K) 0) as [L|L]; [exfalso; lra|].
(* raw_up rounds the sum *)
set (ms := raw_a xs fused K + raw_rest xs fused pe K) in *.
assert (E : Rabs (raw_up K - ms) <= u64 * Rabs ms) by (apply add64; apply rnd64_F).
assert (E2 := Rle_abs (raw_up K - ms)).
assert (usm : u64 * Rabs ms <= 0.0000000000001 * Rabs ms) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
assert (msp : 0 <= ms \/ ms < 0) by lra. assert (M := Rle_abs (ms - m2_i K)).
destruct msp as [msp|msp]; [rewrite (Rabs_pos_eq ms) in * by exact msp|rewrite (Rabs_left ms) in * by exact msp; exfalso; lra].
assert (mi : ms <= 1.1 * QK + QK).
{ unfold f64_look.m2_i, f64_look.qv in M, MR. fold a b in M, MR.
  assert (0 <= rv K * rv K / look.n xs) by (apply Rmult_le_pos; [apply Rle_0_sqr|left; apply Rinv_0_lt_compat;
    assert (N := n_range xs xs_len); lra]). lra. }
lra.
Qed.

(* the first look, whether it is final or not: what is known of its mean *)
Lemma first_look : bpow radix2 (-490) <= sig xs -> exists r m1,
  (pivot_0 xs K1 /\ rlook emin64 53 xs a0 0 K1 r m1 \/ pivot_t emin64 53 xs K1 /\ rlook emin64 53 xs a1 0 K1 r m1) /\
  Rabs (mean_a K1 + mean_c K1 - m1) <= 0.000001 * u64 * Rabs m1.
Proof.
intro Big. assert (N := n_range xs xs_len). assert (U := u64_val).
set (mh := mean_a K1 + mean_c K1). assert (MR := mean_round K1 FK1). fold mh in MR.
destruct (sizes xs xs_F xs_len fused K1 FK1) as (Sv & _). assert (D := DD_big K1 Big). set (DK := DD xs K1) in *.
assert (P := bpow_gt_0 radix2 (-490)).
assert (eD : eta64 <= u64 * u64 * DK).
{ apply Rle_trans with (u64 * u64 * bpow radix2 (-490)); [unfold eta64, u64; rewrite <- !bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact D]. }
assert (nW : look.n xs * W K1 <= 1.0001 * DK) by (unfold W; replace (look.n xs * (Rabs (rv K1) / n)) with (Rabs (rv K1)) by (unfold n;
  field; lra); exact Sv).
assert (W0' := W0 K1). assert (WD : W K1 <= 1.0001 * DK) by (assert (1 * W K1 <= look.n xs * W K1) by (apply Rmult_le_compat_r; lra); lra).
assert (RE := r_err xs xs_F xs_len fused K1 FK1). fold DK in RE.
assert (m0 := Rabs_pos (mean_i K1)). assert (um : 0 <= u64 * (u64 * Rabs (mean_i K1)) <= 0.0001 * Rabs (mean_i K1)).
{ split; [repeat apply Rmult_le_pos; lra|]. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|].
  assert (u64 * u64 <= 0.001 * 0.001) by (apply Rmult_le_compat; lra). lra. }
assert (uD : 0 <= u64 * DK) by (apply Rmult_le_pos; lra).
assert (uuD : 0 <= u64 * (u64 * DK) <= 0.00000000000001 * (u64 * DK)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuW : u64 * (u64 * W K1) <= u64 * (u64 * (1.0001 * DK))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (uuDs : u64 * (u64 * DK) <= 0.0001 * DK) by (assert (u64 * DK <= 0.001 * DK) by (apply Rmult_le_compat_r; lra); lra).
assert (Pv : forall r m1, Rabs (r - SS xs K1) <= (aK K1 + u64 / 1000000) * DK -> m1 = K1 + r / look.n xs ->
  pivot_0 xs K1 /\ rlook emin64 53 xs a0 0 K1 r m1 \/ pivot_t emin64 53 xs K1 /\ rlook emin64 53 xs a1 0 K1 r m1).
{ intros r m1 Er Em. assert (D0 : 0 <= DK) by lra. assert (Rl : forall a, aK K1 + u64 / 1000000 <= a -> rlook emin64 53 xs a 0 K1 r m1).
  { intros a Ha. constructor; [exact FK1| |rewrite Em, Rminus_diag_eq, Rabs_R0 by reflexivity; lra].
    eapply Rle_trans; [exact Er|]. fold DK. apply Rmult_le_compat_r; assumption. }
  destruct K1_T as [(P0 & _)|(P0 & _ & _)]; [left|right]; (split; [exact P0|]); apply Rl; [destruct P0 as (-> & _)|];
    [apply look_a0|apply look_a1]. }
assert (uDK : 0 <= u64 / 1000000 * DK) by (apply Rmult_le_pos; lra).
destruct (Rle_or_lt (Rabs mh) DK) as [Sm|Bg].
+ (* near 0: what was lost counts as an error of r *)
  exists (look.n xs * (mh - K1)), mh. split; [|rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; assert (Z := Rabs_pos mh);
    assert (0 <= u64 * Rabs mh) by (apply Rmult_le_pos; lra); lra].
  apply Pv; [|field; lra].
  assert (mi : Rabs (mean_i K1) <= 1.01 * DK).
  { rewrite Rabs_minus_sym in MR. assert (X := of_err _ _ _ MR). lra. }
  assert (umi : u64 * (u64 * Rabs (mean_i K1)) <= u64 * (u64 * (1.01 * DK))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
  replace (look.n xs * (mh - K1) - SS xs K1) with (look.n xs * (mh - mean_i K1) + (rv K1 - SS xs K1)).
  2: { unfold f64_look.mean_i. field. lra. }
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq (look.n xs)) by lra.
  assert (B : look.n xs * Rabs (mh - mean_i K1) <= 1024 * (41 * (u64 * (u64 * DK)))) by (apply Rmult_le_compat; try lra; apply Rabs_pos).
    lra.
+ exists (rv K1), (mean_i K1). split.
  * apply Pv; [lra|reflexivity].
  * assert (X := of_err _ _ _ MR).
    assert (Dm : DK <= 1.01 * Rabs (mean_i K1)) by lra.
    assert (u64 * (u64 * DK) <= u64 * (u64 * (1.01 * Rabs (mean_i K1)))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
    assert (u64 * (u64 * Rabs (mean_i K1)) <= 0.00000001 * (u64 * Rabs (mean_i K1))) by (apply Rmult_le_compat_r; [apply Rmult_le_pos;
      lra|lra]).
    lra.
Qed.

Theorem block64 : result 53 xs (mean_i Kfinal) (Rmax 0 (m2_i Kfinal)).
Proof.
assert (N := n_range xs xs_len). assert (FKf' := FKf).
destruct varies as [Big|(v & Al)].
2: { (* a constant block *)
  assert (E1 := const_K1 v Al). assert (Al1 : forall x, In x xs -> x = K1) by (intros z Iz; rewrite E1; now apply Al).
  assert (L1 := look64 xs xs_F xs_len fused K1 FK1 (or_intror Al1)).
  destruct (constant emin64 53 xs xs_len 0 _ _ K1 _ _ _ _ Al1 L1) as (A & B & C & D).
  assert (Kf : Kfinal = K1).
  { unfold Kfinal. destruct (Rlt_dec _ _) as [Ag|_]; [exfalso|reflexivity].
    assert (Qu : q_up K1 = 0). { change (q_up K1) with (rnd64 (fst (q_pair xs fused K1) + snd (q_pair xs fused K1))).
      destruct (F_pairs xs fused K1) as (_ & _ & P1 & P2). unfold f64_look.qv, f64_look.q_up, f64_look.q_lo in C.
        rewrite two_sum in C by assumption. rewrite C. exact (rnd_0 emin64 53). }
    rewrite Qu, Rmult_0_r in Ag. assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite Z0 in Ag. unfold f64_look.m2_up in Ag.
    destruct (Rlt_dec (raw_up K1) 0); lra. }
  rewrite Kf. exists 0.0001, 0.0001. split; [now apply ClassE|]. rewrite A, B, D. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity.
  rewrite Rmax_left, !Rmult_0_r, Rminus_diag_eq, Rabs_R0 by lra. split; lra. }
(* the clamp of a negative m2 only helps *)
assert (Cl : result 53 xs (mean_i Kfinal) (m2_i Kfinal) -> result 53 xs (mean_i Kfinal) (Rmax 0 (m2_i Kfinal))).
{ intros (c & k & C & E1 & E2). exists c, k. split; [exact C|]. split; [exact E1|]. eapply Rle_trans; [|exact E2].
  set (V := look.n xs * (sig xs * sig xs)) in *. assert (V0 : 0 <= V) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
  destruct (Rle_or_lt 0 (m2_i Kfinal)) as [P|P]; [rewrite Rmax_right by lra; lra|]. rewrite Rmax_left by lra.
  rewrite Rminus_0_l, Rabs_Ropp, (Rabs_pos_eq V V0), (Rabs_left (m2_i Kfinal - V)) by lra. lra. }
apply Cl. assert (Rg := range_K Kfinal Big). assert (U := u64_val).
assert (S0 : 0 < sig xs) by (assert (P := bpow_gt_0 radix2 (-490)); lra).
unfold Kfinal in *. destruct (Rlt_dec (m2_up K1) (rnd64 (T * q_up K1))) as [Ag|Fi].
- (* the second look *)
  assert (Df : exists x y, In x xs /\ In y xs /\ x <> y).
  { destruct (look32.some_in xs ltac:(lia)) as (v & Iv). destruct (block32.exists_other xs v) as [Alv|(y & I & Ne)].
    - exfalso. assert (Sg : sig xs = 0).
      { assert (M : mean xs = v) by (unfold mean; rewrite (sum_ext _ (fun _ => v)) by exact Alv; rewrite sum_const; fold (look.n xs);
        field; lra).
        unfold sig. rewrite M. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros z Iz; rewrite (Alv z Iz); ring).
        rewrite sum_const, Rmult_0_l. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. } lra.
    - exists v, y. repeat split; [exact Iv|exact I|now apply not_eq_sym]. }
  assert (L2 : look emin64 53 xs a1 b1 0 K2 (rv K2) (qv K2) (mean_i K2) (m2_i K2)).
  { apply (look_weaken (aK K2) (bK K2 + u64 / 1000000)); [destruct (look_a1 K2); lra|apply look_a1|]. apply look64;
    [exact xs_F|exact xs_len|apply FK2|now apply fit_K]. }
  destruct (first_look Big) as (r & m1 & H1 & Hm).
  exact (second emin64 53 ltac:(lia) xs xs_F xs_len a1 b1 a0 0 a1_range b1_range a0_range nu_ok K1 r m1 (mean_a K1 + mean_c K1) K2
    (rv K2) (qv K2) _ _ H1 Df Hm eq_refl L2 Rg).
- assert (L := look64 xs xs_F xs_len fused K1 FK1 (fit_K K1 Big)).
  destruct K1_T as [(P & TT)|(P & TT & _)].
  + assert (Ts := test64 K1 T FK1 Big ltac:(lra) Fi).
    apply (accepted_0 emin64 53 ltac:(lia) xs xs_len a1 a0 b0 0 a1_range a0_range b0_range nu_ok K1 (rv K1) (qv K1) _ _ (T * (1 -
      0.000000001))); try assumption; [|lra].
    apply (look_weaken (aK K1) (bK K1 + u64 / 1000000)); [|destruct P as (-> & _); apply look_a0|exact L]. destruct P as (-> & _).
      destruct look_a0. lra.
  + assert (Ts := test64 K1 T FK1 Big ltac:(lra) Fi).
    apply (accepted_t emin64 53 ltac:(lia) xs xs_F xs_len a1 b1 0 a1_range b1_range nu_ok K1 (rv K1) (qv K1) _ _ (T * (1 -
      0.000000001))); try assumption; [|lra].
    apply (look_weaken (aK K1) (bK K1 + u64 / 1000000)); [destruct (look_a1 K1); lra|apply look_a1|exact L].
Qed.
End Block64.
