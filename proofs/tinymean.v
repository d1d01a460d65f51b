(* A mean that is rounded when it is multiplied by S = 2^-90: what was rounded stands in for it, and the row does not notice. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format wide rstd scale32 float32 anyscale rowscale.
Local Open Scope R_scope.

(* rounding does not pass a power of two *)
Lemma rnd_within emin p e x : (8 <= p)%Z -> (emin <= e)%Z -> Rabs x <= bpow radix2 e -> Rabs (rnd emin p x) <= bpow radix2 e.
Proof.
intros Hp He H. assert (A := Rle_abs x). assert (B := Rle_abs (- x)). rewrite Rabs_Ropp in B.
assert (Fb : F emin p (bpow radix2 e)) by (apply (generic_format_bpow radix2 (FLT_exp emin p)); unfold FLT_exp; lia).
assert (U : rnd emin p x <= bpow radix2 e) by (rewrite <- (rnd_id emin p _ Fb); apply (rnd_le emin p); [lia|lra]).
assert (L : - bpow radix2 e <= rnd emin p x).
{ rewrite <- (rnd_id emin p _ (F_opp emin p _ Fb)). apply (rnd_le emin p); [lia|lra]. }
unfold Rabs. destruct (Rcase_abs _); lra.
Qed.
Lemma rnd64_within e x : (-1000 <= e)%Z -> Rabs x <= bpow radix2 e -> Rabs (rnd64 x) <= bpow radix2 e.
Proof. intro He. apply (rnd_within emin64 53); unfold emin64; lia. Qed.
Lemma rnd32_within e x : (-149 <= e)%Z -> Rabs x <= bpow radix2 e -> Rabs (rnd32 x) <= bpow radix2 e.
Proof. intro He. apply (rnd_within (-149) 24); lia. Qed.

(* a quarter of the smallest float is 0 as a float *)
Lemma rnd32_0 v : Rabs v <= bpow radix2 (-151) -> rnd32 v = 0.
Proof.
intro H. destruct (Req_dec (rnd32 v) 0) as [|Nz]; [assumption|exfalso]. assert (L := F_least (-149) 24 _ (rnd32_F v) Nz).
assert (N := rnd_nearest (-149) 24 ltac:(lia) v 0 (F_0 _ _)). rewrite Rminus_0_l, Rabs_Ropp in N.
assert (T : Rabs (rnd32 v) <= Rabs (rnd32 v - v) + Rabs v) by (replace (rnd32 v) with ((rnd32 v - v) + v) at 1 by ring; apply Rabs_triang).
change (rnd (-149) 24 v) with (rnd32 v) in N.
assert (E : 2 * eta (-149) = 4 * bpow radix2 (-151)).
{ unfold eta. change 2 with (bpow radix2 1). change 4 with (bpow radix2 2). rewrite <- !bpow_plus. reflexivity. }
assert (P := bpow_gt_0 radix2 (-151)). lra.
Qed.

Definition tiny := bpow radix2 (-680).
Lemma tiny_pos : 0 < tiny. Proof. apply bpow_gt_0. Qed.
Section Vanish.
Variables mean mean_lo w : R.
Hypothesis mean_tiny : Rabs mean <= bpow radix2 (-600).
Hypothesis mean_lo_tiny : Rabs mean_lo <= bpow radix2 (-600).
Hypothesis w_range : 0 <= w <= bpow radix2 60.

Lemma hi_0 : four.hi (rnd64 mean) = 0.
Proof.
unfold four.hi. apply rnd32_0. apply Rle_trans with (bpow radix2 (-600)); [apply rnd64_within; [lia|assumption]|apply bpow_le; lia].
Qed.
Lemma shift_0 : four.shift (rnd64 mean) (rnd64 mean_lo) w = 0.
Proof.
unfold four.shift. rewrite hi_0, Rminus_0_l. apply rnd32_0. assert (A := rnd64_within (-600) _ ltac:(lia) mean_tiny).
assert (B := rnd64_within (-600) _ ltac:(lia) mean_lo_tiny). rewrite <- Rabs_Ropp in A.
assert (C := rnd64_within (-600) _ ltac:(lia) A). set (z := rnd64 (- rnd64 mean)) in *.
assert (D : Rabs (z - rnd64 mean_lo) <= bpow radix2 (-599)).
{ replace (bpow radix2 (-599)) with (2 * bpow radix2 (-600)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
apply (rnd64_within (-599)) in D; [|lia].
apply Rle_trans with (bpow radix2 (-539)); [|apply bpow_le; lia]. apply rnd64_within; [lia|].
rewrite Rabs_mult, (Rabs_pos_eq w) by lra. change (-539)%Z with (-599 + 60)%Z. rewrite bpow_plus. apply Rmult_le_compat; try apply Rabs_pos; lra.
Qed.
End Vanish.

(* both parts of the mean, S = 2^-90 *)
Section StandIn.
Variables mean mean_lo : R.
Hypothesis Fm : F64 mean.
Hypothesis Fl : F64 mean_lo.
Let m := mean + mean_lo.
Hypothesis mean_lo_small : Rabs mean_lo <= u64 * Rabs m.
Let S := bpow radix2 (-90).
Variable w : R.
Hypothesis w_range : 0 <= w <= bpow radix2 60.
Definition back (v : R) := rnd64 (v * S) * bpow radix2 90.

Lemma back_S v : back v * S = rnd64 (v * S).
Proof. unfold back. rewrite Rmult_assoc. unfold S. rewrite <- bpow_plus. simpl (bpow radix2 (90 + -90)). ring. Qed.
Lemma back_F v : F64 (back v * S). Proof. rewrite back_S. apply rnd64_F. Qed.
Lemma back_id v : F64 v -> bpow radix2 (-700) <= Rabs v -> back v = v.
Proof.
intros Fv H. unfold back. assert (E : rnd64 (v * S) = v * S) by (apply (rnd_id emin64 53), double_scaled; [lia|assumption|assumption]).
rewrite E, Rmult_assoc. unfold S. rewrite <- bpow_plus. simpl (bpow radix2 (-90 + 90)). ring.
Qed.
Lemma back_err v : F64 v -> Rabs (back v - v) <= bpow radix2 (-750).
Proof.
intro Fv. destruct (Rle_or_lt (bpow radix2 (-700)) (Rabs v)) as [B|B].
- rewrite back_id, Rminus_diag_eq, Rabs_R0 by (reflexivity || assumption). apply bpow_ge_0.
- assert (E := rnd64_err (v * S)). assert (P : 0 < bpow radix2 90) by apply bpow_gt_0. assert (Sp : 0 < S) by apply bpow_gt_0.
  assert (V : Rabs (v * S) <= bpow radix2 (-790)).
  { rewrite Rabs_mult, (Rabs_pos_eq S) by lra. change (-790)%Z with (-700 + -90)%Z. rewrite bpow_plus.
    apply Rmult_le_compat_r; [apply bpow_ge_0|lra]. }
  replace (back v - v) with ((rnd64 (v * S) - v * S) * bpow radix2 90).
  2: { unfold back. rewrite Rmult_minus_distr_r, (Rmult_assoc v). unfold S. rewrite <- bpow_plus. simpl (bpow radix2 (-90 + 90)). ring. }
  rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 90)) by lra.
  apply Rle_trans with (bpow radix2 (-841) * bpow radix2 90); [|rewrite <- bpow_plus; apply bpow_le; lia].
  apply Rmult_le_compat_r; [lra|]. eapply Rle_trans; [exact E|].
  replace (bpow radix2 (-841)) with (bpow radix2 (-842) + bpow radix2 (-842)).
  2: { replace (bpow radix2 (-841)) with (2 * bpow radix2 (-842)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus). ring. }
  apply Rplus_le_compat; [|apply bpow_le; lia]. apply Rle_trans with (bpow radix2 (-53) * bpow radix2 (-790)).
  + apply Rmult_le_compat_l; [apply bpow_ge_0|exact V].
  + rewrite <- bpow_plus. apply bpow_le. lia.
Qed.

(* hi and shift are those of two other doubles, which are the mean but for 2^-680, and are doubles times S *)
Theorem mean_stands_in : exists a b, F64 (a * S) /\ F64 (b * S) /\ Rabs (a + b - m) <= tiny /\ Rabs (a - (a + b)) <= 2 * u64 * Rabs (a + b) /\
  four.hi (rnd64 (mean * S)) = four.hi (rnd64 (a * S)) /\
  four.shift (rnd64 (mean * S)) (rnd64 (mean_lo * S)) w = four.shift (rnd64 (a * S)) (rnd64 (b * S)) w.
Proof.
assert (U := u64_val). assert (Sp : 0 < S) by apply bpow_gt_0. assert (Mp := Rabs_pos m).
assert (p700 := bpow_gt_0 radix2 (-700)). assert (s700 : 2 * bpow radix2 (-700) <= bpow radix2 (-680)).
{ change 2 with (bpow radix2 1). rewrite <- bpow_plus. apply bpow_le. lia. }
destruct (Rle_or_lt (bpow radix2 (-680)) (Rabs m)) as [B|B].
- exists mean, (back mean_lo). assert (E := back_err mean_lo Fl).
  assert (e60 : bpow radix2 (-750) <= u64 / 16 * Rabs m).
  { apply Rle_trans with (bpow radix2 (-57) * bpow radix2 (-680)); [rewrite <- bpow_plus; apply bpow_le; lia|].
    apply Rmult_le_compat; try apply bpow_ge_0; [|exact B]. unfold u64, Rdiv.
    replace (/ 16) with (bpow radix2 (-4)) by (simpl; lra). rewrite <- bpow_plus. apply Rle_refl. }
  assert (um : u64 * Rabs m <= 0.0001 * Rabs m) by (apply Rmult_le_compat_r; lra).
  assert (Mm : bpow radix2 (-700) <= Rabs mean).
  { assert (T : Rabs m <= Rabs mean + Rabs mean_lo) by apply Rabs_triang. lra. }
  assert (Ei := back_id mean Fm Mm). split; [rewrite <- Ei; apply back_F|]. split; [apply back_F|]. split; [|split; [|split; [reflexivity|]]].
  + replace (mean + back mean_lo - m) with (back mean_lo - mean_lo) by (unfold m; ring). apply Rle_trans with (1 := E). apply bpow_le. lia.
  + replace (mean - (mean + back mean_lo)) with (- back mean_lo) by ring. rewrite Rabs_Ropp.
    assert (T1 : Rabs (back mean_lo) <= Rabs (back mean_lo - mean_lo) + Rabs mean_lo).
    { replace (back mean_lo) with ((back mean_lo - mean_lo) + mean_lo) at 1 by ring. apply Rabs_triang. }
    assert (T2 : Rabs m <= Rabs (mean + back mean_lo) + Rabs (back mean_lo - mean_lo)).
    { replace m with ((mean + back mean_lo) + - (back mean_lo - mean_lo)) by (unfold m; ring). eapply Rle_trans; [apply Rabs_triang|].
      rewrite Rabs_Ropp. lra. }
    set (z := Rabs (mean + back mean_lo)) in *.
    assert (z0 : 0 <= u64 * z) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
    assert (mz : Rabs m <= 1.001 * z) by lra. assert (u64 * Rabs m <= u64 * (1.001 * z)) by (apply Rmult_le_compat_l; lra). lra.
  + rewrite back_S. now rewrite (rnd_id emin64 53 _ (rnd64_F (mean_lo * S)) : rnd64 (rnd64 (mean_lo * S)) = _).
- exists 0, 0. rewrite Rmult_0_l, Rplus_0_r, Rminus_0_r, Rabs_R0, Rmult_0_r, Rminus_0_l, Rabs_Ropp.
  assert (F0 : F64 0) by apply F_0. split; [exact F0|]. split; [exact F0|]. split; [apply Rlt_le; exact B|]. split; [lra|].
  assert (um : u64 * Rabs m <= 0.0001 * Rabs m) by (apply Rmult_le_compat_r; lra).
  assert (T : Rabs mean <= Rabs m + Rabs mean_lo).
  { replace mean with (m + - mean_lo) at 1 by (unfold m; ring). eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
  assert (Le : forall v, Rabs v <= 2 * Rabs m -> Rabs (v * S) <= bpow radix2 (-600)).
  { intros v Hv. rewrite Rabs_mult, (Rabs_pos_eq S) by lra. apply Rle_trans with (bpow radix2 (-510) * bpow radix2 (-90)).
    - apply Rmult_le_compat_r; [apply bpow_ge_0|]. apply Rle_trans with (2 * bpow radix2 (-680)); [lra|]. change 2 with (bpow radix2 1).
      rewrite <- bpow_plus. apply bpow_le. lia.
    - rewrite <- bpow_plus. apply bpow_le. lia. }
  assert (Z : Rabs 0 <= bpow radix2 (-600)) by (rewrite Rabs_R0; apply bpow_ge_0).
  rewrite !hi_0, !shift_0 by (try apply Le; try exact Z; try exact w_range; lra). now split.
Qed.
End StandIn.
