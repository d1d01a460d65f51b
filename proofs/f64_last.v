(* Section 6 for f64: hi is the first double of the mean, shift what the other two are, rounded, times rstd. The error of rstd is that of
   difference and shift alike, so it counts once. rest: what hi and lo leave out of the mean; k: the error of rstd, in u. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format wide merge last f64_pairs.
Local Open Scope R_scope.

(* the constants of ln.h for f64, those of floats *)
Definition B64_fused := 11.95.
Definition B64_unfused := 13.95.

Section Last64.
Variables x hi lo rest R1 rstd k O Rr tl : R.
Hypothesis Fx : F64 x.
Hypothesis Fhi : F64 hi.
Hypothesis R1_pos : 0 < R1.
Hypothesis R1_max : R1 <= bpow radix2 402.
Hypothesis k_range : 1 <= k <= 3.
Hypothesis rstd_err : Rabs (rstd - R1) <= k * (u64 * R1).
Let m := hi + lo + rest.
Let E := (x - m) * R1.
Let M := Rmax 1 (Rabs E).
Definition shift64 := rnd64 (rnd64 (0 - lo) * rstd).
Hypothesis Flo : F64 lo.
Hypothesis lo_o : Rabs lo * R1 <= O.
Hypothesis O_range : 0 <= O <= 1.01.
Hypothesis rest_r : Rabs rest * R1 <= Rr * u64.
Hypothesis Rr_range : 0 <= Rr <= 4.
Hypothesis lo_hi : Rabs lo <= 1.01 * (u64 * Rabs hi) + tl.
Hypothesis tl_small : tl * R1 <= 0.000005.

Lemma M_ge : 1 <= M /\ Rabs E <= M. Proof. split; [apply Rmax_l|apply Rmax_r]. Qed.
Lemma e64 : 0 < eta64 <= 0.000001 * u64.
Proof.
split; [apply bpow_gt_0|]. apply Rle_trans with (bpow radix2 (-53) * bpow radix2 (-20)).
- unfold eta64. rewrite <- bpow_plus. apply bpow_le. lia.
- rewrite Rmult_comm. apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
Qed.
Lemma U : 0 < u64 <= / 9007199254740992. Proof. exact u64_val. Qed.
Lemma shift_is : Rabs (shift64 - (- lo * rstd)) <= u64 * (1.0001 * (Rabs lo * R1)) + eta64.
Proof.
assert (Ur := U). unfold shift64. assert (Z : rnd64 (0 - lo) = - lo) by (rewrite Rminus_0_l; apply (rnd_id emin64 53), F_opp; exact Flo).
rewrite Z. eapply Rle_trans; [apply rnd64_err|]. apply Rplus_le_compat_r. apply Rmult_le_compat_l; [lra|].
rewrite Rabs_mult, Rabs_Ropp.
assert (kr : Rabs rstd <= 1.0001 * R1).
{ assert (X := of_err _ _ _ rstd_err). rewrite (Rabs_pos_eq R1) in X by lra.
  assert (k * (u64 * R1) <= 3 * (u64 * R1)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra).
  assert (u64 * R1 <= 0.00001 * R1) by (apply Rmult_le_compat_r; lra). lra. }
assert (Rabs lo * Rabs rstd <= Rabs lo * (1.0001 * R1)) by (apply Rmult_le_compat_l; [apply Rabs_pos|exact kr]). lra.
Qed.

Let dif := rnd64 (x - hi).
Let P := (x - hi) * R1.
Lemma P_E : Rabs P <= Rabs E + O + Rr * u64.
Proof.
replace P with (E + (lo * R1 + rest * R1)) by (unfold P, E, m; ring). eapply Rle_trans; [apply Rabs_triang|].
assert (T := Rabs_triang (lo * R1) (rest * R1)). rewrite !Rabs_mult, (Rabs_pos_eq R1) in T by lra. lra.
Qed.

(* the product and shift, not rounded: a = 1 where the difference was rounded *)
Lemma core : exists a, 0 <= a /\ Rabs (dif * rstd - lo * rstd - E) <= u64 * (k * Rabs E + a * Rabs P + 1.001 * Rr + 0.0001 * M) /\
  Rabs (dif * rstd) <= Rabs P + 0.00001 * M /\ (a = 0 \/ a = 1.001 /\ Rabs hi <= 2 * Rabs (x - hi) /\ Rabs lo * R1 <= 0.00001 * M).
Proof.
assert (Ur := U). destruct M_ge as (M1 & ME). assert (PE := P_E). assert (P0 := Rabs_pos P). assert (E0 := Rabs_pos E).
assert (uR : 0 <= u64 * R1 <= 0.00001 * R1) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (kuR : k * (u64 * R1) <= 3 * (u64 * R1)) by (apply Rmult_le_compat_r; lra).
assert (Rru : 0 <= Rr * u64 <= 0.00001) by (split; [apply Rmult_le_pos;
  lra|assert (Rr * u64 <= 5 * / 9007199254740992) by (apply Rmult_le_compat; lra); lra]).
set (g := rstd - R1) in *. assert (rg : rstd = R1 + g) by (unfold g; ring).
assert (gR : Rabs g <= 0.00003 * R1) by lra.
assert (PB : Rabs P <= 3 * M) by lra.
assert (restg : Rabs (rest * rstd) <= 1.0001 * (Rr * u64)).
{ rewrite Rabs_mult. assert (Rabs rstd <= 1.0001 * R1) by (rewrite rg; eapply Rle_trans; [apply Rabs_triang|];
  rewrite (Rabs_pos_eq R1) by lra; lra).
  assert (Rabs rest * Rabs rstd <= Rabs rest * (1.0001 * R1)) by (apply Rmult_le_compat_l; [apply Rabs_pos|assumption]). lra. }
assert (Eg : Rabs ((x - m) * g) <= k * (u64 * Rabs E)).
{ rewrite Rabs_mult. assert (Rabs (x - m) * Rabs g <= Rabs (x - m) * (k * (u64 * R1))) by (apply Rmult_le_compat_l;
  [apply Rabs_pos|assumption]).
  unfold E. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra. lra. }
assert (Pg : Rabs ((x - hi) * g) <= 0.00003 * Rabs P /\ Rabs ((x - hi) * g) <= 3 * (u64 * Rabs P)).
{ rewrite Rabs_mult. unfold P. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra. split.
  - assert (Rabs (x - hi) * Rabs g <= Rabs (x - hi) * (0.00003 * R1)) by (apply Rmult_le_compat_l; [apply Rabs_pos|assumption]). lra.
  - assert (Rabs (x - hi) * Rabs g <= Rabs (x - hi) * (3 * (u64 * R1))) by (apply Rmult_le_compat_l; [apply Rabs_pos|lra]). lra. }
assert (uM : 0 <= u64 * M) by (apply Rmult_le_pos; lra).
assert (uP : u64 * Rabs P <= 0.000001 * Rabs P) by (apply Rmult_le_compat_r; lra).
destruct (sub_exact_or emin64 53 ltac:(lia) x hi Fx Fhi) as [X|X].
- exists 0. split; [lra|]. change (format.rnd emin64 53 (x - hi)) with dif in X. rewrite X. split; [|split; [|now left]].
  + replace ((x - hi) * rstd - lo * rstd - E) with ((x - m) * g + rest * rstd) by (unfold E, m; rewrite rg; ring).
    eapply Rle_trans; [apply Rabs_triang|]. lra.
  + replace ((x - hi) * rstd) with (P + (x - hi) * g) by (unfold P; rewrite rg; ring). eapply Rle_trans; [apply Rabs_triang|].
    assert (u64 * Rabs P <= 0.000001 * Rabs P) by (apply Rmult_le_compat_r; lra). lra.
- exists 1.001. split; [lra|].
  assert (D : Rabs (dif - (x - hi)) <= u64 * Rabs (x - hi)) by exact (sub_err emin64 53 ltac:(lia) x hi Fx Fhi).
  assert (DP : Rabs ((dif - (x - hi)) * rstd) <= 1.0001 * (u64 * Rabs P)).
  { rewrite Rabs_mult. assert (Rabs rstd <= 1.0001 * R1) by (rewrite rg; eapply Rle_trans; [apply Rabs_triang|];
    rewrite (Rabs_pos_eq R1) by lra; lra).
    assert (Rabs (dif - (x - hi)) * Rabs rstd <= u64 * Rabs (x - hi) * (1.0001 * R1)) by (apply Rmult_le_compat; try apply Rabs_pos;
      assumption).
    unfold P. rewrite Rabs_mult, (Rabs_pos_eq R1) by lra. lra. }
  split; [|split; [|right; split; [reflexivity|split; [exact X|]]]].
  + replace (dif * rstd - lo * rstd - E) with ((dif - (x - hi)) * rstd + ((x - m) * g + rest * rstd)) by (unfold E, m; rewrite rg; ring).
    eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang ((x - m) * g) (rest * rstd)).
    assert (0 <= u64 * Rabs P) by (apply Rmult_le_pos; lra). lra.
  + replace (dif * rstd) with (P + ((dif - (x - hi)) * rstd + (x - hi) * g)) by (unfold P; rewrite rg; ring). eapply Rle_trans;
    [apply Rabs_triang|].
    assert (T := Rabs_triang ((dif - (x - hi)) * rstd) ((x - hi) * g)).
    assert (u64 * Rabs P <= 0.000001 * (3 * M)) by lra.
    assert (u64 * Rabs P <= u64 * (3 * M)) by (apply Rmult_le_compat_l; lra).
      assert (u64 * M <= 0.000001 * M) by (apply Rmult_le_compat_r; lra). lra.
  + assert (L : Rabs lo <= 2.02 * (u64 * Rabs (x - hi)) + tl) by (assert (u64 * Rabs hi <= u64 * (2 * Rabs (x - hi))) by (apply
    Rmult_le_compat_l; lra); lra).
    assert (Rabs lo * R1 <= (2.02 * (u64 * Rabs (x - hi)) + tl) * R1) by (apply Rmult_le_compat_r; lra).
    assert (PP : Rabs P = Rabs (x - hi) * R1) by (unfold P; rewrite Rabs_mult, (Rabs_pos_eq R1) by lra; reflexivity).
    replace ((2.02 * (u64 * Rabs (x - hi)) + tl) * R1) with (2.02 * (u64 * Rabs P) + tl * R1) in H by (rewrite PP; ring). lra.
Qed.

Let ol := Rabs lo * R1.
Lemma ol_0 : 0 <= ol. Proof. apply Rmult_le_pos; [apply Rabs_pos|lra]. Qed.

(* what goes into the last rounding: v is the product, rounded (r = 1) or not (r = 0); b0 where the difference is exact, else b1 *)
Lemma sum_err r v b0 b1 : 0 <= r <= 1 -> Rabs (v - dif * rstd) <= r * (u64 * Rabs (dif * rstd) + eta64) ->
  (Rabs P <= Rabs E + ol + 0.0001 * M -> k * Rabs E + r * Rabs P + 1.001 * Rr + 1.0001 * ol + 0.0015 * M + Rabs E <= b0 * M) ->
  (Rabs P <= Rabs E + ol + 0.0001 * M -> ol <= 0.00001 * M ->
    k * Rabs E + (1.001 + r) * Rabs P + 1.001 * Rr + 1.0001 * ol + 0.0015 * M + Rabs E <= b1 * M) -> 0 <= b0 <= 12 -> 0 <= b1 <= 12 ->
  Rabs (rnd64 (v + shift64) - E) <= u64 * b0 * M \/ Rabs hi <= 2 * Rabs (x - hi) /\ Rabs (rnd64 (v + shift64) - E) <= u64 * b1 * M.
Proof.
intros Hr Hv H0 H1 B0 B1. assert (Ur := U). destruct M_ge as (M1 & ME). destruct e64 as (e0 & e1). assert (Sh := shift_is). fold ol in Sh.
destruct core as (a & a0 & C & C2 & A). assert (uM : 0 <= u64 * M) by (apply Rmult_le_pos; lra). assert (P0 := Rabs_pos P).
  assert (E0 := Rabs_pos E).
assert (u1 : u64 <= u64 * M) by (rewrite <- (Rmult_1_r u64) at 1; apply Rmult_le_compat_l; lra).
assert (Rru : Rr * u64 <= 5 * / 9007199254740992) by (apply Rmult_le_compat; lra).
assert (PE : Rabs P <= Rabs E + ol + 0.0001 * M).
{ replace P with (E + (lo * R1 + rest * R1)) by (unfold P, E, m; ring). eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang (lo * R1) (rest * R1)). rewrite !Rabs_mult, (Rabs_pos_eq R1) in T by lra. fold ol in T. lra. }
assert (rv : r * (u64 * Rabs (dif * rstd) + eta64) <= u64 * (r * Rabs P + 0.0001 * M)).
{ assert (u64 * Rabs (dif * rstd) <= u64 * (Rabs P + 0.00001 * M)) by (apply Rmult_le_compat_l; lra).
  assert (r * (u64 * Rabs (dif * rstd) + eta64) <= r * (u64 * (Rabs P + 0.00001 * M) + 0.000001 * (u64 * M))) by (apply Rmult_le_compat_l;
    lra).
  assert (r * (u64 * M) <= 1 * (u64 * M)) by (apply Rmult_le_compat_r; lra). lra. }
assert (V : Rabs (v + shift64 - E) <= u64 * (k * Rabs E + (a + r) * Rabs P + 1.001 * Rr + 1.0001 * ol + 0.0004 * M)).
{ replace (v + shift64 - E) with ((v - dif * rstd) + ((dif * rstd - lo * rstd - E) + (shift64 - (- lo * rstd)))) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (dif * rstd - lo * rstd - E) (shift64 - (- lo * rstd))). lra. }
assert (Fin : forall b, 0 <= b <= 12 -> k * Rabs E + (a + r) * Rabs P + 1.001 * Rr + 1.0001 * ol + 0.0015 * M + Rabs E <= b * M ->
  Rabs (rnd64 (v + shift64) - E) <= u64 * b * M).
{ intros b Bb Q. set (b' := b * M - Rabs E - 0.001 * M) in *.
  assert (V2 : Rabs (v + shift64 - E) <= u64 * b') by (eapply Rle_trans; [exact V|]; apply Rmult_le_compat_l; [lra|]; unfold b'; lra).
  assert (bM : b * M <= 12 * M) by (apply Rmult_le_compat_r; lra).
  assert (b'12 : b' <= 12 * M) by (unfold b'; lra).
  assert (V3 := of_err _ _ _ V2). assert (R := rnd64_err (v + shift64)).
  assert (u64 * b' <= u64 * (12 * M)) by (apply Rmult_le_compat_l; lra).
  assert (u64 * Rabs (v + shift64) <= u64 * (Rabs E + 12 * (u64 * M))) by (apply Rmult_le_compat_l; lra).
  assert (u64 * (u64 * M) <= 0.000001 * (u64 * M)) by (apply Rmult_le_compat_r; lra).
  replace (rnd64 (v + shift64) - E) with ((rnd64 (v + shift64) - (v + shift64)) + (v + shift64 - E)) by ring. eapply Rle_trans;
    [apply Rabs_triang|].
  replace (u64 * b * M) with (u64 * (b' + Rabs E + 0.001 * M)) by (unfold b'; ring). lra. }
destruct A as [->|(-> & Hh & B)].
- left. apply (Fin b0 B0). rewrite Rplus_0_l. exact (H0 PE).
- right. split; [exact Hh|]. exact (Fin b1 B1 (H1 PE B)).
Qed.

Lemma le_M z : 0 <= z -> z <= z * M. Proof. intro H. destruct M_ge. rewrite <- (Rmult_1_r z) at 1. apply Rmult_le_compat_l; lra. Qed.

Theorem fused64 : Rabs (t_fused emin64 53 x hi rstd shift64 - E) <= u64 * (k + 1 + O + 1.001 * Rr + 0.003) * M \/
  Rabs hi <= 2 * Rabs (x - hi) /\ Rabs (t_fused emin64 53 x hi rstd shift64 - E) <= u64 * (k + 2 + 1.001 * Rr + 0.003) * M.
Proof.
assert (Ur := U). destruct M_ge as (M1 & ME). assert (o0 := ol_0). assert (E0 := Rabs_pos E). assert (RM := le_M Rr ltac:(lra)).
  assert (OM := le_M O ltac:(lra)).
assert (kE : k * Rabs E <= k * M) by (apply Rmult_le_compat_l; lra).
unfold t_fused, difference. apply (sum_err 0 (dif * rstd)); [lra|rewrite Rminus_diag_eq, Rabs_R0, Rmult_0_l by reflexivity;
  lra| | |lra|lra].
- intro PE. fold ol in lo_o. lra.
- intros PE B. lra.
Qed.

Theorem unfused64 : Rabs (t_unfused emin64 53 x hi rstd shift64 - E) <= u64 * (k + 2 + 2 * O + 1.001 * Rr + 0.003) * M \/
  Rabs hi <= 2 * Rabs (x - hi) /\ Rabs (t_unfused emin64 53 x hi rstd shift64 - E) <= u64 * (k + 3 + 1.001 * Rr + 0.003) * M.
Proof.
assert (Ur := U). destruct M_ge as (M1 & ME). assert (o0 := ol_0). assert (E0 := Rabs_pos E). assert (RM := le_M Rr ltac:(lra)).
  assert (OM := le_M O ltac:(lra)).
assert (kE : k * Rabs E <= k * M) by (apply Rmult_le_compat_l; lra).
unfold t_unfused, difference. apply (sum_err 1 (rnd64 (dif * rstd))); [lra|rewrite Rmult_1_l; apply rnd64_err| | |lra|lra].
- intro PE. fold ol in lo_o. lra.
- intros PE B. lra.
Qed.
End Last64.
