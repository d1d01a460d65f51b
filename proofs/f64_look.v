(* Sections 2, 3 and 9 for f64: one look at a block as docs/numerics.md computes it. The sums are pairs of doubles;
  an ideal block has of these
   sums the exact mean K + r / n and m2 = q - r^2 / n, and what the pairs of section 3 lose beside it is some 2^-100. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees groups section2 section2_exact wide moments look pivot counts merge step f64_counts f64_pairs.
Require look32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation kd := look32.kd.
Local Notation rnd64_F := merge.rnd64_F.
Local Notation rnd64_err := merge.rnd64_err.

Section Look64.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F64 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Let n := look.n xs.
Local Notation groups := (look32.groups xs).

(* section 2 *)
Definition devs K := map (fun x => (x - K, rnd64 (x - K))) xs.
Definition r_pair K := eval (R * R) padd (r_lanes emin64 53 (R * R) pinj true (devs K) groups (kd K)).
Definition q_pair K := eval (R * R) padd (q_lanes emin64 53 (R * R) pinj (devs K) groups (kd K) fused (eta emin64)).
Definition r_up K := two_s (fst (r_pair K)) (snd (r_pair K)).
Definition r_lo K := two_e (fst (r_pair K)) (snd (r_pair K)).
Definition q_up K := two_s (fst (q_pair K)) (snd (q_pair K)).
Definition q_lo K := two_e (fst (q_pair K)) (snd (q_pair K)).
(* section 9's section 3 *)
Definition shift_up K := quo (r_up K) n.
Definition shift_lo K := quo_lo pe (r_up K) (r_lo K) n.
Definition mean_a K := two_s K (shift_up K).
Definition mean_c K := rnd64 (two_e K (shift_up K) + shift_lo K).
Definition mean_up K := two_s (mean_a K) (mean_c K).
Definition mean_lo K := two_e (mean_a K) (mean_c K).
Definition raw_rest K := m2_rest pe (r_up K) (r_lo K) (q_up K) (q_lo K) n.
Definition raw_a K := two_s (q_up K) (- pr (r_up K) (shift_up K)).
Definition raw_up K := two_s (raw_a K) (raw_rest K).
Definition raw_lo K := two_e (raw_a K) (raw_rest K).
Definition m2_up K := if Rlt_dec (raw_up K) 0 then 0 else raw_up K.
Definition m2_lo K := if Rlt_dec (raw_up K) 0 then 0 else raw_lo K.

(* the ideal block *)
Definition rv K := r_up K + r_lo K.
Definition qv K := q_up K + q_lo K.
Definition mean_i K := K + rv K / n.
Definition m2_i K := qv K - rv K * rv K / n.

Lemma F_pairs K : F64 (fst (r_pair K)) /\ F64 (snd (r_pair K)) /\ F64 (fst (q_pair K)) /\ F64 (snd (q_pair K)).
Proof.
unfold r_pair, q_pair, r_lanes, q_lanes, lanes16, fold16, lanes8, fold8. cbn [eval]. unfold padd at 1 8. cbn [fst snd].
repeat split; apply rnd64_F.
Qed.
Lemma F_all K : F64 (r_up K) /\ F64 (r_lo K) /\ F64 (q_up K) /\ F64 (q_lo K).
Proof. repeat split; try apply rnd64_F; apply two_e_F. Qed.
Lemma rv_is K : rv K = section2.r emin64 53 (R * R) pval padd pinj true (devs K) groups (kd K).
Proof. destruct (F_pairs K) as (A & B & _). unfold rv, r_up, r_lo. now rewrite two_sum. Qed.
Lemma qv_is K : qv K = section2.q emin64 53 (R * R) pval padd pinj (devs K) groups (kd K) fused (eta emin64).
Proof. destruct (F_pairs K) as (_ & _ & A & B). unfold qv, q_up, q_lo. now rewrite two_sum. Qed.

Lemma lo_small s l a b : F64 a -> F64 b -> s = two_s a b -> l = two_e a b -> Rabs l <= 1.01 * u64 * Rabs s.
Proof.
intros Fa Fb -> ->. assert (T := two_sum a b Fa Fb). assert (E := two_e_le a b Fa Fb). assert (U := u64_val). rewrite <- T in E.
assert (R1 := Rabs_triang (two_s a b) (two_e a b)). set (l := two_e a b) in *. set (s := two_s a b) in *. assert (l0 := Rabs_pos l).
assert (u64 * Rabs (s + l) <= u64 * (Rabs s + Rabs l)) by (apply Rmult_le_compat_l; lra).
assert (u64 * Rabs l <= 0.0001 * Rabs l) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma r_lo_small K : Rabs (r_lo K) <= 1.01 * u64 * Rabs (r_up K).
Proof. destruct (F_pairs K) as (A & B & _). eapply lo_small; [exact A|exact B|reflexivity|reflexivity]. Qed.
Lemma q_lo_small K : Rabs (q_lo K) <= 1.01 * u64 * Rabs (q_up K).
Proof. destruct (F_pairs K) as (_ & _ & A & B). eapply lo_small; [exact A|exact B|reflexivity|reflexivity]. Qed.

Lemma devs_len K : length (devs K) = length xs. Proof. apply map_length. Qed.
Lemma devs_ok K : F64 K -> forall d, In d (devs K) -> dev_ok emin64 53 (kd K) d.
Proof.
intros FK d I. unfold devs in I. rewrite in_map_iff in I. destruct I as (x & <- & I). split; cbn [fst snd].
- apply rnd64_F.
- unfold look32.kd. destruct (Req_EM_T K 0) as [Z|Nz].
  + rewrite Z, Rminus_0_r. unfold rnd64. rewrite (rnd_id emin64 53 x (xs_F x I)), Rminus_diag_eq, Rabs_R0 by reflexivity. simpl. lra.
  + simpl. rewrite Rmult_1_r. replace (1 + format.u 53 - 1) with (format.u 53) by ring.
    exact (sub_err emin64 53 ltac:(lia) x K (xs_F x I) FK).
Qed.
Lemma devs_r K : Rexact (devs K) = SS xs K /\ Rmag (devs K) = DD xs K /\ Qexact (devs K) = QQ xs K.
Proof. unfold Rexact, Rmag, Qexact, devs, SS, DD, QQ. now rewrite !sum_map. Qed.

Lemma pw0 : 0 <= pw. Proof. apply bpow_ge_0. Qed.
Lemma pmono h k s B : (h <= k)%nat -> pinv h s B -> pinv k s B. Proof. apply pinv_mono. Qed.
Definition aK K := ac64 (kd K + 2).
Definition bK K := ac64 (2 * kd K + 4).

Lemma r_err K : F64 K -> Rabs (rv K - SS xs K) <= aK K * DD xs K.
Proof.
intro FK. destruct (look32.groups_ok xs xs_len) as (G1 & G2). destruct (devs_r K) as (E1 & E2 & _).
assert (H := r_error emin64 53 ltac:(lia) (R * R) pval padd pinj pw pinv 24 pw0 ltac:(intro; unfold pval, pinj; cbn; ring)
  pinv_inj pmono padd_ok true (devs K) groups ltac:(rewrite devs_len; exact G1) G2 (kd K) (devs_ok K FK) ltac:(lia)).
rewrite E1, E2, <- rv_is in H. exact H.
Qed.

(* squares: what underflow may lose is eta a piece, or nothing where no deviation is small *)
Definition tame K e := e = eta emin64 \/ e = 0 /\ forall x, In x xs -> x = K.

Lemma q_err K e : F64 K -> tame K e -> Rabs (qv K - QQ xs K) <= bK K * QQ xs K + 4097 * e.
Proof.
intros FK T. destruct (look32.groups_ok xs xs_len) as (G1 & G2). destruct (devs_r K) as (_ & _ & E3).
assert (T2 : e = eta emin64 \/ e = 0 /\ forall d, In d (devs K) -> snd d = 0 \/ bpow radix2 (emin64 + 53 - 1) <= snd d * snd d).
{ destruct T as [T|(T & H)]; [now left|right]. split; [exact T|]. intros d I. unfold devs in I. rewrite in_map_iff in I.
  destruct I as (x & <- & I). cbn [snd]. left. rewrite (H x I), Rminus_diag_eq by reflexivity. exact (rnd_0 emin64 53). }
assert (H := q_error emin64 53 ltac:(lia) (R * R) pval padd pinj pw pinv 24 pw0 ltac:(intro; unfold pval, pinj; cbn; ring)
  pinv_inj pmono padd_ok (devs K) groups ltac:(rewrite devs_len; exact G1) G2 (kd K) (devs_ok K FK) fused e T2 ltac:(lia)).
assert (QE : section2.q emin64 53 (R * R) pval padd pinj (devs K) groups (kd K) fused e = qv K).
{ rewrite qv_is. unfold section2.q, q_lanes. f_equal. apply look32.lanes8_ext. reflexivity. }
rewrite E3, QE in H. eapply Rle_trans; [exact H|]. apply Rplus_le_compat_l.
assert (e0 : 0 <= e) by (destruct T as [-> |(-> & _)]; [apply bpow_ge_0|lra]).
assert (P : (1 + pw) ^ 20 <= 1.0001).
{ assert (I20 : INR 20 = 20) by (simpl; lra). assert (W : pw <= / 10000000) by (unfold pw; apply Rle_trans with (bpow radix2 (-30));
  [apply bpow_le; lia|simpl; lra]).
  assert (W0 := pw0). destruct (counts32.pow_bound pw 20) as (_ & B); rewrite ?I20 in *; [lra|lra|]. 
  assert (20 * pw * (1 + 20 * pw) <= 20 * / 10000000 * 2) by (apply Rmult_le_compat; lra). lra. }
assert ((1 + pw) ^ 20 * (4096 * e) <= 1.0001 * (4096 * e)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* exactness *)
Lemma small_devs K e : F64 K -> small emin64 xs e K -> forall d, In d (devs K) ->
  snd d = fst d /\ mult e (fst d) /\ Rabs (fst d) <= 1448 * bpow radix2 e.
Proof.
intros FK (He & MK & S) d I. unfold devs in I. rewrite in_map_iff in I. destruct I as (x & <- & I). destruct (S x I) as (Mx & B).
  cbn [fst snd].
assert (M := mult_sub e x K Mx MK). split; [|split; assumption]. apply (rnd_id emin64 53), (mult_F emin64 53 ltac:(lia) e _ He M).
rewrite bpow_plus. eapply Rle_trans; [exact B|]. apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
Qed.
Lemma pex_inj e x M : mult e x -> Rabs x <= M -> pex e (pinj x) M.
Proof. intros A B. repeat split; assumption. Qed.
Lemma padd_exact e a b A B : (emin64 <= e)%Z -> pex e a A -> pex e b B -> 0 <= A -> 0 <= B -> A + B <= bpow radix2 (53 + e) ->
  pex e (padd a b) (A + B) /\ pval (padd a b) = pval a + pval b.
Proof. apply padd_ex. Qed.

Lemma r_exact K e : F64 K -> small emin64 xs e K -> rv K = SS xs K.
Proof.
intros FK Sm. destruct (look32.groups_ok xs xs_len) as (G1 & G2). destruct (devs_r K) as (E1 & _ & _). assert (P := bpow_gt_0 radix2 e).
rewrite rv_is, <- E1.
apply (r_is_exact emin64 53 ltac:(lia) (R * R) pval padd pinj ltac:(intro; unfold pval, pinj; cbn;
  ring) pex pex_inj padd_exact true (devs K) groups
  ltac:(rewrite devs_len; exact G1) G2 (kd K) (eta emin64) ltac:(now left) e (1448 * bpow radix2 e) ltac:(apply Sm) (small_devs K e FK
    Sm));
    [lra| |].
- rewrite bpow_plus. replace (bpow radix2 24) with 16777216 by (simpl; lra). lra.
- rewrite bpow_plus. replace (bpow radix2 53) with 9007199254740992 by (simpl; lra). lra.
Qed.
Lemma q_exact K e : F64 K -> small emin64 xs e K -> (emin64 <= 2 * e)%Z -> qv K = QQ xs K.
Proof.
intros FK Sm He2. destruct (look32.groups_ok xs xs_len) as (G1 & G2). destruct (devs_r K) as (_ & _ & E1).
  assert (P := bpow_gt_0 radix2 e).
rewrite qv_is, <- E1. assert (B2 : bpow radix2 (2 * e) = bpow radix2 e * bpow radix2 e) by (rewrite <- bpow_plus; f_equal; lia).
assert (P2 : 0 < bpow radix2 e * bpow radix2 e) by now apply Rmult_lt_0_compat.
apply (q_is_exact emin64 53 ltac:(lia) (R * R) pval padd pinj ltac:(intro; unfold pval, pinj; cbn;
  ring) pex pex_inj padd_exact (devs K) groups
  ltac:(rewrite devs_len; exact G1) G2 (kd K) fused (eta emin64) ltac:(now left) e (1448 * bpow radix2 e) He2 (small_devs K e FK Sm));
    [lra| |].
- rewrite bpow_plus, B2. replace (bpow radix2 24) with 16777216 by (simpl; lra). lra.
- rewrite bpow_plus, B2. replace (bpow radix2 53) with 9007199254740992 by (simpl; lra). lra.
Qed.

(* -- squares that do not vanish -- *)
Definition fit K := bpow radix2 (-985) <= QQ xs K \/ forall x, In x xs -> x = K.

Lemma kd_le K : (kd K <= 1)%nat. Proof. unfold look32.kd. destruct (Req_EM_T K 0); lia. Qed.
Lemma aK_small K : 0 <= aK K <= 3.00001 * u64.
Proof.
assert (D := kd_le K). assert (U := u64_val). assert (I3 : INR (kd K + 2) <= 3) by (replace 3 with (INR 3) by (simpl; lra); apply le_INR;
  lia).
destruct (ac64_bound (kd K + 2) 3 ltac:(lia) I3). unfold aK. lra.
Qed.
Lemma bK_small K : 0 <= bK K <= 6.000005 * u64.
Proof.
assert (D := kd_le K). assert (U := u64_val). assert (I6 : INR (2 * kd K + 4) <= 6) by (replace 6 with (INR 6) by (simpl; lra);
  apply le_INR; lia).
destruct (ac64_bound (2 * kd K + 4) 6 ltac:(lia) I6). unfold bK. lra.
Qed.

Lemma q_fit K : F64 K -> fit K -> Rabs (qv K - QQ xs K) <= (bK K + u64 / 1000000) * QQ xs K.
Proof.
intros FK [B|T].
- assert (E := q_err K _ FK (or_introl eq_refl)). assert (Q0 := QQ_pos xs K). assert (U := u64_val).
  assert (e70 : 4097 * eta emin64 <= u64 / 1000000 * bpow radix2 (-985)).
  { unfold eta, emin64. apply Rle_trans with (bpow radix2 13 * bpow radix2 (-1074 - 1)).
    - apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
    - unfold u64, Rdiv. apply Rle_trans with (bpow radix2 (-53) * bpow radix2 (-20) * bpow radix2 (-985)).
      + rewrite <- !bpow_plus. apply bpow_le. lia.
      + apply Rmult_le_compat_r; [apply bpow_ge_0|]. apply Rmult_le_compat_l; [apply bpow_ge_0|]. simpl. lra. }
  assert (u64 / 1000000 * bpow radix2 (-985) <= u64 / 1000000 * QQ xs K) by (apply Rmult_le_compat_l; lra). lra.
- assert (E := q_err K 0 FK (or_intror (conj eq_refl T))). assert (Q0 := QQ_pos xs K). assert (U := u64_val).
  assert (0 <= u64 * QQ xs K) by (apply Rmult_le_pos; lra). lra.
Qed.

Theorem look64 K : F64 K -> fit K -> look emin64 53 xs (aK K) (bK K + u64 / 1000000) 0 K (rv K) (qv K) (mean_i K) (m2_i K).
Proof.
intros FK Ft. constructor; [exact FK|now apply r_err|now apply q_fit| | |intros e Sm; now apply r_exact with e|intros e Sm He;
  now apply q_exact with e].
- unfold mean_i. fold n. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
- unfold m2_i. fold n. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
Qed.

(* sizes of the sums, by the exact ones *)
Lemma sizes K : F64 K -> Rabs (rv K) <= 1.0001 * DD xs K /\ rv K * rv K / n <= 1.001 * QQ xs K /\ Rabs (qv K) <= 1.0001 * QQ xs K + 4097 *
  eta emin64.
Proof.
intro FK. assert (N := n_range xs xs_len). fold n in N. assert (U := u64_val). assert (A := aK_small K). assert (B := bK_small K).
assert (D0 : 0 <= DD xs K) by (apply sum_pos; intros; apply Rabs_pos). assert (Q0 := QQ_pos xs K).
assert (V : Rabs (rv K) <= 1.0001 * DD xs K).
{ assert (S := SS_DD xs K). assert (E := r_err K FK). assert (X := of_err _ _ _ E).
  assert (aK K * DD xs K <= 0.0001 * DD xs K) by (apply Rmult_le_compat_r; lra). lra. }
split; [exact V|]. split.
- assert (vv : rv K * rv K <= 1.0001 * DD xs K * (1.0001 * DD xs K)).
  { replace (rv K * rv K) with (Rabs (rv K) * Rabs (rv K)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    apply Rmult_le_compat; try apply Rabs_pos; assumption. }
  assert (dq := DD_QQ xs K). fold n in dq. apply Rmult_le_reg_l with n; [lra|].
    replace (n * (rv K * rv K / n)) with (rv K * rv K) by (field; lra).
  assert (0 <= n * QQ xs K) by (apply Rmult_le_pos; lra). lra.
- assert (E := q_err K _ FK (or_introl eq_refl)). assert (X := of_err _ _ _ E). rewrite (Rabs_pos_eq (QQ xs K)) in X by assumption.
  assert (bK K * QQ xs K <= 0.0001 * QQ xs K) by (apply Rmult_le_compat_r; lra). lra.
Qed.
End Look64.
