(* RMSNorm of floats from a mean square to y, at whatever scale S section 5 takes, and with whatever rstd64. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms rstd scale32 float32 merge step mergeops merges mergerow wholerms scales anyscale
  rowscale tinymean.
Import ListNotations.
Local Open Scope R_scope.

Section RmsScale.
Variables ms V2 : R.
Hypothesis ms_not0 : 0 < ms.
Hypothesis moments : Rabs (0 - 0) * ms + Rabs (sqrt V2 * sqrt V2 - ms * ms) / 2 <= 2.01001 * u32 * (ms * ms).
Variable k : Z.
Let S := bpow radix2 k.
Variables D D' R1 : R.
Hypothesis D_ge : ms <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (sqrt V2 - ms).
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u32.
Hypothesis R1_range : bpow radix2 (-100) <= R1 / S <= bpow radix2 100.
Hypothesis shrunk : (0 <= k)%Z \/ R1 / S <= bpow radix2 60.
Variables x gamma beta : R.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := x * / D.
Let M := Rmax 1 (Rabs xhat).
Let Bracket := Rabs gamma * M + Rabs beta.

Lemma t_err : Rabs (rnd32 (scaled k x * four.rstd (R1 / S)) - xhat) <= 4.03 * u32 * M.
Proof.
assert (U := u32_val). assert (P : 0 < S) by apply bpow_gt_0. assert (Rp := four.R1_0 _ R1_range). assert (Dp : 0 < D) by lra.
assert (R0D : / D * D = 1) by (field; lra).
assert (E := statistics_err u32 0 0 ms (sqrt V2) 2.01001 ltac:(lra) ms_not0 (sqrt_pos _) ltac:(lra) moments D D' (/ D) R1 x D_ge D_err R0D
  R1_err).
rewrite !Rminus_0_r in E. fold xhat in E. fold M in E. assert (M1 : 1 <= M) by apply Rmax_l. assert (M2 : Rabs xhat <= M) by apply Rmax_r.
assert (L := lost k R1 R1_range shrunk x Fx). fold S in L. set (w := R1 / S) in *. set (xs := scaled k x) in *.
assert (b60 : bpow radix2 (-60) <= 0.000001 * u32) by (rewrite U; simpl; lra).
assert (uM : u32 <= u32 * M) by (rewrite <- (Rmult_1_r u32) at 1; apply Rmult_le_compat_l; lra).
assert (E2 : Rabs (xs * w - xhat) <= 2.0121 * u32 * M).
{ replace (xs * w - xhat) with ((xs - x * S) * w + (x * R1 - xhat)) by (unfold w; field; lra). eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_mult, (Rabs_pos_eq w) by lra. lra. }
assert (uM2 : 2.0121 * u32 * M <= 0.000001 * M) by (apply Rmult_le_compat_r; lra).
assert (EM : Rabs (xs * w) <= 1.000001 * M).
{ replace (xs * w) with (xhat + (xs * w - xhat)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Rf := four.rstd_is_float w R1_range). set (rs := four.rstd w) in *.
assert (Q : Rabs (xs * rs - xs * w) <= 1.00001 * u32 * Rabs (xs * w)).
{ rewrite <- Rmult_minus_distr_l, !Rabs_mult, (Rabs_pos_eq w) by lra.
  replace (1.00001 * u32 * (Rabs xs * w)) with (Rabs xs * (1.00001 * u32 * w)) by ring. apply Rmult_le_compat_l; [apply Rabs_pos|exact Rf]. }
assert (Q2 : 1.00001 * u32 * Rabs (xs * w) <= 1.00001 * u32 * (1.000001 * M)) by (apply Rmult_le_compat_l; lra).
assert (R := rnd32_err (xs * rs)). assert (T := four.tiny_eta (-150) ltac:(lia)). fold eta32 in T.
assert (u2M : u32 * (u32 * M) <= 0.0000001 * (u32 * M)) by (apply Rmult_le_compat_r; lra).
assert (XR : Rabs (xs * rs) <= 1.000001 * M + 1.1 * (u32 * M)).
{ replace (xs * rs) with ((xs * rs - xs * w) + xs * w) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (uXR : u32 * Rabs (xs * rs) <= u32 * (1.000001 * M + 1.1 * (u32 * M))) by (apply Rmult_le_compat_l; lra).
replace (rnd32 (xs * rs) - xhat) with ((rnd32 (xs * rs) - xs * rs) + ((xs * rs - xs * w) + (xs * w - xhat))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.

Let y_of (fused : bool) := y_rms_scaled k R1 x gamma beta fused.
Theorem rmsnorm_scaled (fused : bool) :
  Rabs (y_of fused - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y_of fused - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
assert (U := u32_val). assert (T := t_err). destruct (one_t (-149) 24 ltac:(lia) (four.rstd (R1 / S)) (scaled k x) (scaled_F k x)) as (Tf &
  Tu).
assert (M1 : 1 <= M) by apply Rmax_l.
assert (Br : 0 <= u32 * Bracket).
{ apply Rmult_le_pos; [lra|]. assert (A := Rabs_pos beta). assert (0 <= Rabs gamma * M) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  unfold Bracket. lra. }
assert (Qf := y_fused_err (-149) 24 ltac:(lia) _ gamma beta xhat 4.03 ltac:(lra) T).
assert (Qu := y_unfused_err (-149) 24 ltac:(lia) _ gamma beta xhat 4.03 Fgamma Fbeta ltac:(lra) T).
assert (W : forall B, 4.03 + 1.001 <= B -> (4.03 + 1.001) * u32 * Bracket + eta32 <= B * u32 * Bracket + eta32).
{ intros B HB. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u32). now apply Rmult_le_compat_r. }
unfold y_of, y_rms_scaled. cbv zeta. fold S. rewrite Tf, Tu. destruct fused.
- split; [|intros _]; (eapply Rle_trans; [exact Qf|apply W; unfold B_rms; lra]).
- split; [|intro Z].
  + eapply Rle_trans; [exact Qu|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u32). apply Rmult_le_compat_r; [exact Br|].
    unfold B_rms_beta_unfused. lra.
  + (* without beta the last sum is exact *)
    assert (Eq : forall t, y_unfused (-149) 24 t gamma beta = y_fused (-149) 24 t gamma beta).
    { intro t. unfold y_unfused, y_fused. rewrite Z, !Rplus_0_r. apply (rnd_id (-149) 24). exact (rnd_F (-149) 24 ltac:(lia) _). }
    rewrite Eq. eapply Rle_trans; [exact Qf|apply W; unfold B_rms; lra].
Qed.
End RmsScale.


(* no float overflows on the way to t *)
Definition rms_fits (k : Z) (R1 x : R) := let xs := scaled k x in let rstd := four.rstd (R1 / bpow radix2 k) in
  Rabs xs <= bpow radix2 127 /\ Rabs rstd <= bpow radix2 127 /\ Rabs (t_fused (-149) 24 xs 0 rstd 0) <= bpow radix2 127 /\
  Rabs (t_unfused (-149) 24 xs 0 rstd 0) <= bpow radix2 127.
Lemma rms_fits_by k R1 x e f : F32 x -> Rabs (scaled k x) <= bpow radix2 e -> Rabs (four.rstd (R1 / bpow radix2 k)) <= bpow radix2 f ->
  Rabs (scaled k x * four.rstd (R1 / bpow radix2 k)) <= bpow radix2 100 -> (e <= 127)%Z -> (f <= 127)%Z -> rms_fits k R1 x.
Proof.
intros Fx A B C He Hf. destruct (one_t (-149) 24 ltac:(lia) (four.rstd (R1 / bpow radix2 k)) (scaled k x) (scaled_F k x)) as (Tf & Tu).
unfold rms_fits. cbv zeta. rewrite Tf, Tu.
assert (T : Rabs (rnd32 (scaled k x * four.rstd (R1 / bpow radix2 k))) <= bpow radix2 127).
{ apply rnd32_within; [lia|]. eapply Rle_trans; [exact C|apply bpow_le; lia]. }
split; [eapply Rle_trans; [exact A|now apply bpow_le]|]. split; [eapply Rle_trans; [exact B|now apply bpow_le]|]. split; exact T.
Qed.
