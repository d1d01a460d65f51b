(* Section 5 of docs/numerics.md for float: rstd64 of a root and a quotient in float and one Newton step in double is 1/sqrt(V) but for a
  few 2^-40. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative.
Require Import sums format wide.
Local Open Scope R_scope.

Definition u32 := bpow radix2 (-24).
Definition rnd32 := rnd (-149) 24.
Lemma u32_val : u32 = / 16777216. Proof. unfold u32. simpl. lra. Qed.
Lemma u64_eq : u64 = / 9007199254740992. Proof. unfold u64. simpl. lra. Qed.

Lemma rel32 x : bpow radix2 (-126) <= Rabs x -> exists e, Rabs e <= u32 /\ rnd32 x = x * (1 + e).
Proof.
intro H. destruct (relative_error_N_FLT_ex radix2 (-149) 24 ltac:(lia) (fun x => negb (Z.even x)) x) as (e & E & X); [exact H|].
exists e. split; [|exact X]. eapply Rle_trans; [exact E|]. unfold u32. simpl. lra.
Qed.
Lemma rel64 x : bpow radix2 (-1022) <= Rabs x -> exists e, Rabs e <= u64 /\ rnd64 x = x * (1 + e).
Proof.
intro H. destruct (relative_error_N_FLT_ex radix2 (-1074) 53 ltac:(lia) (fun x => negb (Z.even x)) x) as (e & E & X); [exact H|].
exists e. split; [|exact X]. eapply Rle_trans; [exact E|]. unfold u64. simpl. lra.
Qed.

Section Rstd.
Variable V : R.
Hypothesis V_range : bpow radix2 (-80) <= V <= bpow radix2 80.

Definition root := rnd32 (sqrt (rnd32 V)).
Definition r0 := rnd32 (1 / root).
Definition newton := rnd64 (r0 + rnd64 (rnd64 (0.5 * r0) * rnd64 (1 - rnd64 (rnd64 (V * r0) * r0)))).

Let S := sqrt V.
Lemma V_pos : 0 < V. Proof. assert (H := bpow_gt_0 radix2 (-80)). lra. Qed.
Lemma S_range : bpow radix2 (-40) <= S <= bpow radix2 40.
Proof.
unfold S. split.
- replace (bpow radix2 (-40)) with (sqrt (bpow radix2 (-80))); [apply sqrt_le_1_alt, V_range|].
  replace (-80)%Z with (2 * -40)%Z by lia. apply sqrt_bpow.
- replace (bpow radix2 40) with (sqrt (bpow radix2 80)); [apply sqrt_le_1_alt, V_range|].
  replace 80%Z with (2 * 40)%Z by lia. apply sqrt_bpow.
Qed.
Lemma S_pos : 0 < S. Proof. assert (H := bpow_gt_0 radix2 (-40)). assert (A := S_range). lra. Qed.

(* the square root of 1 + e *)
Lemma sqrt1 e : Rabs e <= / 1000 -> exists d, Rabs d <= 0.5003 * Rabs e /\ sqrt (1 + e) = 1 + d.
Proof.
intro H. exists (sqrt (1 + e) - 1). split; [|ring].
assert (E := Rabs_def2 e (/ 999)). destruct E as (E1 & E2); [lra|].
assert (P : 0.999 <= sqrt (1 + e)).
{ apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def by lra. assert (A := Rle_abs (- e)). rewrite Rabs_Ropp in A. lra. }
assert (Q : (sqrt (1 + e) - 1) * (sqrt (1 + e) + 1) = e).
{ replace ((sqrt (1 + e) - 1) * (sqrt (1 + e) + 1)) with (sqrt (1 + e) * sqrt (1 + e) - 1) by ring. rewrite sqrt_def by lra. ring. }
assert (Q2 : Rabs (sqrt (1 + e) - 1) * (sqrt (1 + e) + 1) = Rabs e).
{ rewrite <- Q at 3. rewrite Rabs_mult, (Rabs_pos_eq (sqrt (1 + e) + 1)) by lra. reflexivity. }
assert (A := Rabs_pos (sqrt (1 + e) - 1)).
assert (Rabs (sqrt (1 + e) - 1) * 1.999 <= Rabs (sqrt (1 + e) - 1) * (sqrt (1 + e) + 1)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma inv1 e : Rabs e <= / 1000 -> exists d, Rabs d <= 1.002 * Rabs e /\ / (1 + e) = 1 + d.
Proof.
intro H. assert (A := Rle_abs (- e)). rewrite Rabs_Ropp in A. assert (B := Rle_abs e).
exists (/ (1 + e) - 1). split; [|ring]. replace (/ (1 + e) - 1) with (- e * / (1 + e)) by (field; lra).
rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (/ (1 + e))) by (left; apply Rinv_0_lt_compat; lra).
rewrite (Rmult_comm 1.002). apply Rmult_le_compat_l; [apply Rabs_pos|]. apply Rmult_le_reg_r with (1 + e); [lra|]. rewrite Rinv_l by lra.
  lra.
Qed.

(* r0 = (1 + d) / sqrt V, |d| at most 2.6 u *)
Lemma r0_err : exists d, Rabs d <= 2.6 * u32 /\ r0 = / S * (1 + d).
Proof.
assert (U := u32_val). assert (Vp := V_pos). assert (Sp := S_pos). assert (SR := S_range).
assert (bp : forall k, (-126 <= k)%Z -> bpow radix2 (-126) <= bpow radix2 k) by (intros; now apply bpow_le).
destruct (rel32 V) as (e1 & E1 & X1); [rewrite Rabs_pos_eq by lra; apply Rle_trans with (2 := proj1 V_range), bp; lia|].
destruct (sqrt1 e1) as (d1 & D1 & Y1); [rewrite U in E1; lra|].
assert (d1b : Rabs d1 <= 0.51 * u32) by (rewrite U in *; lra).
assert (SV : sqrt (rnd32 V) = S * (1 + d1)).
{ rewrite X1, sqrt_mult_alt, Y1 by lra. reflexivity. }
assert (d1r := Rabs_def2 d1 (/ 1000)). destruct d1r as (d1u & d1l); [rewrite U in *; lra|].
assert (Slo : bpow radix2 (-41) <= S * (1 + d1)).
{ replace (bpow radix2 (-41)) with (bpow radix2 (-40) * / 2).
  - apply Rmult_le_compat; [apply bpow_ge_0|lra|lra|lra].
  - change (/ 2) with (bpow radix2 (-1)). now rewrite <- bpow_plus. }
destruct (rel32 (S * (1 + d1))) as (e2 & E2 & X2).
{ rewrite Rabs_pos_eq; [apply Rle_trans with (2 := Slo), bp; lia|]. assert (P := bpow_gt_0 radix2 (-41)). lra. }
assert (rt : root = S * ((1 + d1) * (1 + e2))) by (unfold root; rewrite SV, X2; ring).
set (g := (1 + d1) * (1 + e2) - 1).
assert (gb : Rabs g <= 1.52 * u32).
{ unfold g. replace ((1 + d1) * (1 + e2) - 1) with (d1 + e2 + d1 * e2) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang d1 e2). rewrite Rabs_mult.
    assert (Rabs d1 * Rabs e2 <= / 1000 * Rabs e2) by (apply Rmult_le_compat_r; [apply Rabs_pos|rewrite U in *; lra]). lra. }
destruct (inv1 g) as (d3 & D3 & Y3); [rewrite U in *; lra|].
assert (d3b : Rabs d3 <= 1.53 * u32) by lra.
assert (rt2 : root = S * (1 + g)) by (unfold g; rewrite rt; ring).
assert (gr := Rabs_def2 g (/ 1000)). destruct gr as (gu & gl); [rewrite U in *; lra|].
assert (ir : 1 / root = / S * (1 + d3)) by (rewrite rt2, <- Y3; field; lra).
assert (d3r := Rabs_def2 d3 (/ 1000)). destruct d3r as (d3u & d3l); [rewrite U in *; lra|].
assert (Si : bpow radix2 (-40) <= / S).
{ replace (bpow radix2 (-40)) with (/ bpow radix2 40) by (rewrite <- bpow_opp; reflexivity). apply Rinv_le; lra. }
destruct (rel32 (/ S * (1 + d3))) as (e4 & E4 & X4).
{ assert (P := bpow_gt_0 radix2 (-40)). rewrite Rabs_pos_eq by (apply Rmult_le_pos; lra).
  apply Rle_trans with (bpow radix2 (-41)); [apply bp; lia|].
  replace (bpow radix2 (-41)) with (bpow radix2 (-40) * / 2) by (change (/ 2) with (bpow radix2 (-1)); now rewrite <- bpow_plus).
  apply Rmult_le_compat; lra. }
exists ((1 + d3) * (1 + e4) - 1). split.
- replace ((1 + d3) * (1 + e4) - 1) with (d3 + e4 + d3 * e4) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang d3 e4). rewrite Rabs_mult.
    assert (Rabs d3 * Rabs e4 <= / 1000 * Rabs e4) by (apply Rmult_le_compat_r; [apply Rabs_pos|rewrite U in *; lra]). lra.
- unfold r0. rewrite ir, X4. ring.
Qed.

Lemma rnd64_err x : Rabs (rnd64 x - x) <= u64 * Rabs x + bpow radix2 (-1075).
Proof. exact (rnd_err (-1074) 53 ltac:(lia) x). Qed.

(* one Newton step: r (1 + (1 - V r^2) / 2) is 1/sqrt V but for 3/2 d^2; the doubles add 2^-50 or so *)
Theorem newton_err : Rabs (newton * S - 1) <= 0.000001 * u32.
Proof.
destruct r0_err as (d & Db & X). assert (U := u32_val). assert (Ue := u64_eq). assert (Vp := V_pos). assert (Sp := S_pos).
  assert (SR := S_range).
assert (VS : V = S * S) by (unfold S; rewrite sqrt_def; lra).
assert (db : Rabs d <= 0.00000016) by (rewrite U in Db; lra).
assert (dr := Rabs_def2 d 0.0000002). destruct dr as (du & dl); [lra|].
set (r := r0) in *. 
assert (rS : r * S = 1 + d) by (rewrite X; field; lra).
assert (rp : 0 < r) by (rewrite X; apply Rmult_lt_0_compat; [apply Rinv_0_lt_compat|]; lra).
(* bounds on S for the underflow terms *)
assert (et : bpow radix2 (-1075) <= / 1000 * u64 * bpow radix2 (-41)).
{ unfold u64. rewrite Rmult_assoc, <- bpow_plus. apply Rle_trans with (bpow radix2 (-10) * bpow radix2 (-53 + -41)).
  - rewrite <- bpow_plus. apply bpow_le. lia.
  - apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra. }
set (eta := bpow radix2 (-1075)) in *. assert (e0 : 0 < eta) by apply bpow_gt_0.
assert (b41 : bpow radix2 (-40) = 2 * bpow radix2 (-41)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
assert (etS : eta <= / 1000 * u64 * S) by (assert (/ 1000 * u64 * bpow radix2 (-41) <= / 1000 * u64 * S) by (apply Rmult_le_compat_l;
  lra); lra).
assert (et1 : eta <= / 1000 * u64) by (assert (/ 1000 * u64 * bpow radix2 (-41) <= / 1000 * u64 * 1) by (apply Rmult_le_compat_l;
  [lra|simpl; lra]); lra).
(* a = V r = S (1 + d) *)
set (a := rnd64 (V * r)). assert (A : Rabs (a - S * (1 + d)) <= 1.01 * u64 * S).
{ assert (E : V * r = S * (1 + d)) by (rewrite VS, <- rS; ring). unfold a. rewrite E. eapply Rle_trans; [apply rnd64_err|]. fold eta.
  rewrite Rabs_pos_eq by (apply Rmult_le_pos; lra). assert (u64 * (S * (1 + d)) <= u64 * (S * 1.001)) by (apply Rmult_le_compat_l; [lra|];
    apply Rmult_le_compat_l; lra). lra. }
assert (ar : Rabs (a * r - (1 + d) * (1 + d)) <= 1.02 * u64).
{ replace (a * r - (1 + d) * (1 + d)) with ((a - S * (1 + d)) * r) by (rewrite <- rS; ring). rewrite Rabs_mult, (Rabs_pos_eq r) by lra.
  apply Rle_trans with (1.01 * u64 * S * r); [apply Rmult_le_compat_r; lra|].
    replace (1.01 * u64 * S * r) with (1.01 * u64 * (r * S)) by ring. rewrite rS.
  assert (1.01 * u64 * (1 + d) <= 1.01 * u64 * 1.001) by (apply Rmult_le_compat_l; lra). lra. }
assert (dd : 0 <= d * d <= 0.00000016 * (2.6 * u32)).
{ split; [apply Rle_0_sqr|]. replace (d * d) with (Rabs d * Rabs d) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
set (b := rnd64 (a * r)). assert (B : Rabs (b - (1 + d) * (1 + d)) <= 2.1 * u64).
{ assert (E := rnd64_err (a * r)). fold b eta in E. assert (arb : Rabs (a * r) <= 1.001).
  { replace (a * r) with ((a * r - (1 + d) * (1 + d)) + (1 + d) * (1 + d)) by ring. eapply Rle_trans; [apply Rabs_triang|].
    rewrite (Rabs_pos_eq ((1 + d) * (1 + d))) by apply Rle_0_sqr. lra. }
  assert (u64 * Rabs (a * r) <= u64 * 1.001) by (apply Rmult_le_compat_l; lra).
  replace (b - (1 + d) * (1 + d)) with ((b - a * r) + (a * r - (1 + d) * (1 + d))) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
set (c := rnd64 (1 - b)). assert (C : Rabs (c - (- 2 * d)) <= 2.3 * u64 + d * d).
{ assert (E := rnd64_err (1 - b)). fold c eta in E. assert (Ob : Rabs (1 - b - (- 2 * d)) <= 2.1 * u64 + d * d).
  { replace (1 - b - (- 2 * d)) with (- (b - (1 + d) * (1 + d)) + - (d * d)) by ring. eapply Rle_trans; [apply Rabs_triang|].
    rewrite !Rabs_Ropp, (Rabs_pos_eq (d * d)) by lra. lra. }
  assert (Oc : Rabs (1 - b) <= 0.001).
  { replace (1 - b) with ((1 - b - (- 2 * d)) + - 2 * d) by ring. eapply Rle_trans; [apply Rabs_triang|].
    rewrite Rabs_mult, (Rabs_left (-2)) by lra. lra. }
  assert (u64 * Rabs (1 - b) <= u64 * 0.001) by (apply Rmult_le_compat_l; lra).
  replace (c - (- 2 * d)) with ((c - (1 - b)) + (1 - b - (- 2 * d))) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Cb : Rabs c <= 0.000001).
{ replace c with ((c - (- 2 * d)) + - 2 * d) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_left (-2)) by lra.
  lra. }
(* all in terms of r: h = r / 2, z = h c, newton = r + z *)
assert (etr : eta <= / 1000 * u64 * r).
{ assert (rlo : bpow radix2 (-41) <= r).
  { assert (Si : bpow radix2 (-40) <= / S) by (replace (bpow radix2 (-40)) with (/ bpow radix2 40) by (rewrite <- bpow_opp; reflexivity);
    apply Rinv_le; lra).
    rewrite X. replace (bpow radix2 (-41)) with (bpow radix2 (-40) * / 2) by lra. apply Rmult_le_compat; try lra. apply bpow_ge_0. }
  assert (/ 1000 * u64 * bpow radix2 (-41) <= / 1000 * u64 * r) by (apply Rmult_le_compat_l; lra). lra. }
assert (ur : 0 < u64 * r) by (apply Rmult_lt_0_compat; lra).
assert (u1r : u64 * r <= 0.000001 * r) by (apply Rmult_le_compat_r; lra).
set (hh := rnd64 (0.5 * r)). assert (HH : Rabs (hh - r / 2) <= u64 * r).
{ assert (E := rnd64_err (0.5 * r)). fold hh eta in E. rewrite (Rabs_pos_eq (0.5 * r)) in E by lra.
  replace (hh - r / 2) with (hh - 0.5 * r) by lra. lra. }
assert (Hb : Rabs hh <= 0.51 * r).
{ replace hh with ((hh - r / 2) + r / 2) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (r / 2)) by lra. lra. }
set (z := rnd64 (hh * c)). assert (Z : Rabs (z - r / 2 * c) <= 0.01 * (u64 * r)).
{ assert (E := rnd64_err (hh * c)). fold z eta in E.
  assert (hc : Rabs (hh * c) <= 0.51 * r * 0.000001) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
  assert (hd : Rabs ((hh - r / 2) * c) <= u64 * r * 0.000001) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
  assert (u64 * Rabs (hh * c) <= u64 * (0.51 * r * 0.000001)) by (apply Rmult_le_compat_l; lra).
  replace (z - r / 2 * c) with ((z - hh * c) + (hh - r / 2) * c) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Zb : Rabs (r + z) <= 1.001 * r).
{ assert (rc : Rabs (r / 2 * c) <= r / 2 * 0.000001) by (rewrite Rabs_mult, (Rabs_pos_eq (r / 2)) by lra; apply Rmult_le_compat_l; lra).
  replace (r + z) with (r + (r / 2 * c + (z - r / 2 * c))) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq r) by lra.
  assert (T := Rabs_triang (r / 2 * c) (z - r / 2 * c)). lra. }
assert (NW : Rabs (newton - r * (1 + c / 2)) <= 1.02 * (u64 * r)).
{ assert (E := rnd64_err (r + z)). fold eta in E. change (rnd64 (r + z)) with newton in E.
  assert (u64 * Rabs (r + z) <= u64 * (1.001 * r)) by (apply Rmult_le_compat_l; lra).
  replace (newton - r * (1 + c / 2)) with ((newton - (r + z)) + (z - r / 2 * c)) by field. eapply Rle_trans; [apply Rabs_triang|]. lra. }
(* times S *)
replace (newton * S - 1) with ((newton - r * (1 + c / 2)) * S + ((1 + d) * (c - (- 2 * d)) / 2 + - (d * d))).
2: { replace ((newton - r * (1 + c / 2)) * S) with (newton * S - (r * S) * (1 + c / 2)) by ring. rewrite rS. field. }
eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq S) by lra.
assert (N1 : Rabs (newton - r * (1 + c / 2)) * S <= 1.03 * u64).
{ apply Rle_trans with (1.02 * (u64 * r) * S); [apply Rmult_le_compat_r; lra|].
  replace (1.02 * (u64 * r) * S) with (1.02 * u64 * (r * S)) by ring. rewrite rS.
  assert (1.02 * u64 * (1 + d) <= 1.02 * u64 * 1.001) by (apply Rmult_le_compat_l; lra). lra. }
assert (N2 : Rabs ((1 + d) * (c - (- 2 * d)) / 2 + - (d * d)) <= 1.001 * (2.3 * u64 + d * d) + d * d).
{ eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, (Rabs_pos_eq (d * d)) by lra. apply Rplus_le_compat_r.
  replace ((1 + d) * (c - (- 2 * d)) / 2) with ((1 + d) / 2 * (c - (- 2 * d))) by field.
    rewrite Rabs_mult, (Rabs_pos_eq ((1 + d) / 2)) by lra.
  apply Rmult_le_compat; try lra; apply Rabs_pos. }
lra.
Qed.

End Rstd.
