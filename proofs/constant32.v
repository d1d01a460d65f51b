(* A constant row of floats: its moments are exact, whatever the blocks and however they merge, and y is beta. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look counts32 look32 block32 merge mergeops mergerow rowscale scaledblock everyblock everyrow.
Require downblock f64_narrow_layernorm.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.

Definition constant_state (c v : R) := State c v 0 0 0 0.

Lemma Z64 : rnd64 0 = 0. Proof. exact (rnd_0 emin64 53). Qed.
Lemma two_s_0 v : F64 v -> two_s v 0 = v. Proof. intro Fv. unfold two_s. rewrite Rplus_0_r. now apply (rnd_id emin64 53). Qed.
Lemma two_s_cancel v : two_s v (- v) = 0. Proof. unfold two_s. rewrite Rplus_opp_r. exact Z64. Qed.
Lemma two_e_0 v : F64 v -> two_e v 0 = 0.
Proof. intro Fv. assert (T := two_sum v 0 Fv (F_0 _ _)). rewrite (two_s_0 v Fv) in T. lra. Qed.
Lemma two_e_cancel v : F64 v -> two_e v (- v) = 0.
Proof. intro Fv. assert (T := two_sum v (- v) Fv (F_opp _ _ _ Fv)). rewrite two_s_cancel in T. lra. Qed.

(* sums and products of zeros *)
Ltac zeros := repeat progress rewrite ?Rplus_0_l, ?Rminus_0_r, ?Rmult_0_l, ?Z64; reflexivity.

(* a look about the element itself *)
Lemma tried_equal ys fused K1 T S w : (forall y, In y ys -> F32 y) -> (1 <= length ys <= 1024)%nat -> first_pivot ys K1 T ->
  (forall y, In y ys -> y = w) -> tried ys fused K1 T S = constant_state (n ys) (w / S).
Proof.
intros Fy L P All. destruct (first_pivot_ok ys K1 T Fy L P) as (FK & _ & Ok). assert (E1 := equal_pivot ys K1 T L Ok w All).
unfold tried. cbv zeta. rewrite (constant_final ys fused K1 T w Fy L FK All E1). rewrite E1 in FK.
assert (Ft : fit ys fused w).
{ right. left. right. split; [reflexivity|]. intros y I. left. rewrite (All y I), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24). }
destruct (constant emin32 24 ys L nu32 (aK w) (bK w + slack w) w _ _ _ _ All (look32 ys Fy L fused w FK Ft)) as (A & B & _ & _).
assert (M : mean ys = w).
{ assert (N := n_range ys L). unfold mean. rewrite (sum_ext _ (fun _ => w)) by exact All. rewrite sum_const. fold (n ys). field. lra. }
assert (F6 : F64 w) by (apply (F32_F64 ys L); exact FK).
assert (Sh : shift32 ys w = 0) by (rewrite (pair32_eq ys L w FK), M in A; lra).
rewrite Sh, (two_s_0 w F6), (two_e_0 w F6). unfold m2_32. rewrite B. unfold constant_state, Rdiv. destruct (Rlt_dec 0 0); now rewrite !Rmult_0_l.
Qed.

Lemma mapped_F k xs : forall y, In y (map (scaled k) xs) -> F32 y.
Proof. intro y. rewrite in_map_iff. intros (z & <- & _). apply scaled_F. Qed.
Theorem constant_moments xs fused s v : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> (forall x, In x xs -> x = v) ->
  moments fused xs s -> s = constant_state (n xs) v.
Proof.
intros Fx L All M. destruct (some_in xs ltac:(lia)) as (x0 & I0). assert (Fv : F32 v) by (rewrite <- (All x0 I0); now apply Fx).
assert (One : forall K1 T, first_pivot xs K1 T -> tried xs fused K1 T 1 = constant_state (n xs) v).
{ intros K1 T P. rewrite (tried_equal xs fused K1 T 1 v Fx L P All). unfold Rdiv. now rewrite Rinv_1, Rmult_1_r. }
assert (Times : forall k K1 T, first_pivot (map (scaled k) xs) K1 T -> scaled k v = v * bpow radix2 k ->
  tried (map (scaled k) xs) fused K1 T (bpow radix2 k) = constant_state (n xs) v).
{ intros k K1 T P E. assert (Ln : length (map (scaled k) xs) = length xs) by apply map_length.
  rewrite (tried_equal (map (scaled k) xs) fused K1 T _ (scaled k v) (mapped_F k xs) ltac:(rewrite Ln; exact L) P).
  - unfold n. rewrite Ln, E. f_equal. field. assert (B := bpow_gt_0 radix2 k). lra.
  - intro y. rewrite in_map_iff. intros (z & <- & I). now rewrite (All z I). }
destruct M as [K1 T P Q|K1 T P|K1 T P E|J1 U K1 T J A P].
- now apply One.
- apply Times; [exact P|]. now apply scaled_up.
- now apply One.
- apply Times; [exact P|]. (* the block is above the range, so that its element is large *)
  assert (Bv : bpow radix2 62 <= Rabs v).
  { assert (Zero : forall K, q32 xs fused v = 0 -> K = v -> ~ bpow radix2 80 * n xs < q32 xs fused K).
    { intros K Q -> H. rewrite Q in H. assert (N := n_range xs L). assert (B := bpow_gt_0 radix2 80).
      assert (0 < bpow radix2 80 * n xs) by (apply Rmult_lt_0_compat; lra). lra. }
    destruct (first_pivot_ok xs J1 U Fx L J) as (FJ & _ & Ok). assert (E1 := equal_pivot xs J1 U L Ok v All).
    assert (Ft : fit xs fused v).
    { right. left. right. split; [reflexivity|]. intros y I. left. rewrite (All y I), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24). }
    destruct (constant emin32 24 xs L nu32 (aK v) (bK v + slack v) v _ _ _ _ All (look32 xs Fx L fused v Fv Ft)) as (_ & _ & Q & _).
    destruct A as [A|[A|(x & I & B)]]; [exfalso; now apply (Zero J1)| |now rewrite <- (All x I)].
    exfalso. apply (Zero _ Q (constant_final xs fused J1 U v Fx L FJ All E1)). exact A. }
  assert (E := stand_in_large v Fv Bv). unfold downblock.stand_in in E. rewrite <- E at 2. rewrite Rmult_assoc, <- bpow_plus.
  simpl (bpow radix2 (90 + -90)). ring.
Qed.

(* -- merging -- *)
Lemma pe_0 pe b : a_product pe -> pe 0 b = 0.
Proof. intros [-> | ->]; [apply f64_narrow_layernorm.pe_fma_0|apply f64_narrow_layernorm.pe_dekker_0]. Qed.
Lemma merge_constant pe c d v : a_product pe -> F64 v -> merge2 pe (constant_state c v) (constant_state d v) = constant_state (c + d) v.
Proof.
intros Pe Fv. set (a := constant_state c v). set (b := constant_state d v). assert (P0 := fun b => pe_0 pe b Pe).
assert (Q0 : forall x, pr 0 x = 0) by (intro x; unfold pr; rewrite Rmult_0_l; exact Z64).
assert (F0 : F64 0) by apply F_0. assert (S00 : two_s 0 0 = 0) by now apply two_s_0. assert (E00 : two_e 0 0 = 0) by now apply two_e_0.
assert (D0 : md0 a b = 0) by apply two_s_cancel. assert (De : me a b = 0) by now apply two_e_cancel.
assert (Mc0 : mc0 a b = 0) by (unfold mc0; cbn; now rewrite Ropp_0). assert (Mf : mf a b = 0) by (unfold mf; cbn; now rewrite Ropp_0).
assert (Mc : mc a b = 0) by (unfold mc; now rewrite De, Mc0). assert (Mg : mg a b = 0) by (unfold mg; now rewrite De, Mc0).
assert (Md : md a b = 0) by (unfold md; now rewrite D0, Mc).
assert (Mdl : mdl a b = 0) by (unfold mdl; rewrite D0, Mc, E00, Mf, Mg; cbn; zeros).
assert (Ms : mstep a b = 0) by (unfold mstep; rewrite Md; zeros).
assert (Msl : mstepl pe a b = 0).
{ unfold mstepl. rewrite Md, Ms, Mdl, !Q0, !P0. zeros. }
assert (Mgg : mgg a b = 0) by (unfold mgg; rewrite Md; apply Q0).
assert (Mgl : mgl pe a b = 0) by (unfold mgl; rewrite Md, Mdl, !P0; zeros).
assert (Mh : mh a b = 0) by (unfold mh; rewrite Mgg; apply Q0).
assert (Mhl : mhl pe a b = 0) by (unfold mhl; rewrite Mgg, Mgl, P0; zeros).
assert (M1 : ma1 a b = 0) by exact S00. assert (M2 : ma2 a b = 0) by (unfold ma2; now rewrite M1, Mh).
assert (Mt : mt pe a b = 0).
{ unfold mt. rewrite M1, Mh, Mhl, E00. unfold a, b. cbn [s2 s2l constant_state]. rewrite E00. zeros. }
assert (MA : mA a b = v) by (unfold mA; rewrite Ms; now apply two_s_0). assert (ME : mE a b = 0) by (unfold mE; rewrite Ms; now apply two_e_0).
assert (C1 : mC1 a b = 0) by (unfold mC1; rewrite ME; exact S00).
assert (C2 : mC2 pe a b = 0) by (unfold mC2; now rewrite C1, Msl).
assert (MT : mT pe a b = 0).
{ unfold mT. rewrite ME, C1, Msl, E00. unfold a. cbn [sl sr constant_state]. rewrite E00. zeros. }
assert (C3 : mC3 pe a b = 0) by (unfold mC3; now rewrite C2, MT).
unfold merge2. rewrite MA, C3, C2, MT, M2, Mt, S00, E00, (two_s_0 v Fv), (two_e_0 v Fv). reflexivity.
Qed.
Theorem constant_merged pe v l : a_product pe -> F64 v -> (forall s, In s l -> exists c, s = constant_state c v) -> forall c, exists d,
  merged pe (constant_state c v) l = constant_state d v.
Proof.
intros Pe Fv. unfold merged. induction l as [|s l IH]; intros H c; [now exists c|]. destruct (H s (or_introl eq_refl)) as (e & ->).
cbn [fold_left]. rewrite (merge_constant pe c e v Pe Fv). apply IH. intros t I. apply H. now right.
Qed.

(* -- y: no error at all -- *)
Theorem constant_y v k R1 gamma beta fused : F32 v -> F32 beta -> (0 <= k)%Z \/ scaled k v = v * bpow radix2 k -> F64 (v * bpow radix2 k) ->
  y_scaled v 0 k R1 v gamma beta fused = beta.
Proof.
intros Fv Fb K F6. assert (Z32 : rnd (-149) 24 0 = 0) by exact (rnd_0 (-149) 24).
assert (E : scaled k v = v * bpow radix2 k) by (destruct K as [K|K]; [now apply scaled_up|exact K]).
assert (Hi : four.hi (rnd64 (v * bpow radix2 k)) = v * bpow radix2 k).
{ unfold four.hi. rewrite (rnd_id emin64 53 _ F6 : rnd64 (v * bpow radix2 k) = _). rewrite <- E. apply (rnd_id (-149) 24), scaled_F. }
assert (Sh : four.shift (rnd64 (v * bpow radix2 k)) (rnd64 (0 * bpow radix2 k)) (R1 / bpow radix2 k) = 0).
{ unfold four.shift. rewrite Hi, (rnd_id emin64 53 _ F6 : rnd64 (v * bpow radix2 k) = _), Rmult_0_l, (Rminus_diag_eq (v * bpow radix2 k) _ eq_refl).
  rewrite Z64, Rminus_0_r, Z64, Rmult_0_l, Z64. exact Z32. }
unfold y_scaled. cbv zeta. rewrite Hi, Sh, E. unfold last.t_fused, last.t_unfused, last.difference. rewrite (Rminus_diag_eq (v * bpow radix2 k) _ eq_refl).
rewrite Z32, Rmult_0_l, Z32, Rplus_0_r, Z32. unfold total.y_fused, total.y_unfused. rewrite Rmult_0_l, ?Z32, Rplus_0_l.
destruct fused; now apply (rnd_id (-149) 24).
Qed.
