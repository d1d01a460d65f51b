(* From the errors of a row's statistics and of section 6 to the bound on y that ln.h states. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import sums format last.
Local Open Scope R_scope.

(* The scale: D is sqrt(var + eps) or sqrt(var) + eps, as a function of sigma: it grows no faster than sigma and is at least that. *)
Section Scale.
Variables (u mean mean' sigma s' st : R).
Hypothesis u_range : 0 < u <= / 16777216.
Hypothesis sigma_pos : 0 < sigma.
Hypothesis s'_pos : 0 <= s'.
Hypothesis st_range : 0 <= st <= 20.
Hypothesis moments : Rabs (mean' - mean) * sigma + Rabs (s' * s' - sigma * sigma) / 2 <= st * u * (sigma * sigma).

Lemma deviation_err : Rabs (mean' - mean) + Rabs (s' - sigma) <= (st + 0.0001) * u * sigma.
Proof.
set (A := Rabs (mean' - mean)) in *. set (e := Rabs (s' - sigma)).
assert (A0 : 0 <= A) by apply Rabs_pos. assert (e0 : 0 <= e) by apply Rabs_pos.
assert (E : Rabs (s' * s' - sigma * sigma) = e * (s' + sigma)).
{ replace (s' * s' - sigma * sigma) with ((s' - sigma) * (s' + sigma)) by ring. rewrite Rabs_mult, (Rabs_pos_eq (s' + sigma)) by lra.
  reflexivity. }
rewrite E in moments.
assert (S1 : sigma - e <= s') by (unfold e; assert (H := Rle_abs (sigma - s')); rewrite Rabs_minus_sym in H; lra).
assert (AS : 0 <= A * sigma) by (apply Rmult_le_pos; lra).
assert (e1 : e <= 2 * (st * u) * sigma).
{ apply Rmult_le_reg_r with sigma; [assumption|]. assert (e * sigma <= e * (s' + sigma)) by (apply Rmult_le_compat_l; lra). lra. }
assert (su : 0 <= st * u <= 20 * / 16777216) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
assert (e2 : e * e <= 2 * (st * u) * sigma * (2 * (st * u) * sigma)) by (apply Rmult_le_compat; lra).
assert (e3 : A * sigma + e * sigma - e * e / 2 <= st * u * (sigma * sigma)).
{ assert (e * (sigma - e + sigma) <= e * (s' + sigma)) by (apply Rmult_le_compat_l; lra). lra. }
assert (X : st * u * (st * u) <= 0.00005 * u).
{ replace (st * u * (st * u)) with (st * (st * u) * u) by ring. apply Rmult_le_compat_r; [lra|].
  assert (st * (st * u) <= 20 * (20 * / 16777216)) by (apply Rmult_le_compat; lra). lra. }
assert (X2 : st * u * (st * u) * (sigma * sigma) <= 0.00005 * u * (sigma * sigma)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact X]).
apply Rmult_le_reg_r with sigma; [assumption|]. lra.
Qed.

Variables (D D' R0 R1 x : R).
Hypothesis D_ge : sigma <= D.
Hypothesis D_err : Rabs (D' - D) <= Rabs (s' - sigma).
Hypothesis R0_is : R0 * D = 1.
Hypothesis R1_err : Rabs (R1 * D' - 1) <= 0.001 * u.        (* rstd.v: root, quotient, Newton's step *)

Let xhat := (x - mean) * R0.
Let E1 := (x - mean') * R1.
Let M := Rmax 1 (Rabs xhat).

Theorem statistics_err : Rabs (E1 - xhat) <= (st + 0.0015) * u * M.
Proof.
assert (DP : 0 < D) by lra.
assert (R0P : R0 = / D) by (apply Rmult_eq_reg_r with D; [rewrite R0_is; field; lra|lra]).
assert (dev := deviation_err). assert (M1 : 1 <= M) by apply Rmax_l. assert (M2 : Rabs xhat <= M) by apply Rmax_r.
assert (R0p : 0 < R0) by (rewrite R0P; now apply Rinv_0_lt_compat).
set (em := Rabs (mean' - mean) * R0). set (ed := Rabs (D' - D) * R0).
assert (em0 : 0 <= em) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). assert (ed0 : 0 <= ed) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
assert (ES : em + ed <= (st + 0.0001) * u).
{ unfold em, ed. replace ((st + 0.0001) * u) with ((st + 0.0001) * u * (R0 * D)) by (rewrite R0_is; ring).
  assert (Rabs (mean' - mean) + Rabs (D' - D) <= (st + 0.0001) * u * D).
  { assert ((st + 0.0001) * u * sigma <= (st + 0.0001) * u * D) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]). lra. }
  apply (Rmult_le_compat_r R0) in H; lra. }
assert (EB : (st + 0.0001) * u <= 0.0000012).
{ assert ((st + 0.0001) * u <= 20.0001 * / 16777216) by (apply Rmult_le_compat; lra). lra. }
(* d: R1 = R0 (1 + d) *)
set (d := R1 * D - 1).
assert (R1d : R1 = R0 * (1 + d)) by (unfold d; replace (R0 * (1 + (R1 * D - 1))) with (R1 * (R0 * D)) by ring; rewrite R0_is; ring).
assert (Ed : Rabs d <= ed + 0.0011 * u).
{ assert (Q : d * (1 + (D' - D) * R0) = (R1 * D' - 1) - (D' - D) * R0).
  { unfold d. replace ((R1 * D - 1) * (1 + (D' - D) * R0)) with (R1 * D - 1 + (D' - D) * (R1 * (R0 * D)) - (D' - D) * R0) by ring.
    rewrite R0_is. ring. }
  assert (Q1 : Rabs ((D' - D) * R0) = ed) by (unfold ed; rewrite Rabs_mult, (Rabs_pos_eq R0) by lra; reflexivity).
  assert (Q2 : Rabs (d * (1 + (D' - D) * R0)) <= 0.001 * u + ed).
  { rewrite Q. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, Q1. lra. }
  rewrite Rabs_mult in Q2. 
  assert (Q3 : 1 - ed <= Rabs (1 + (D' - D) * R0)).
  { assert (H := Rle_abs (- ((D' - D) * R0))). rewrite Rabs_Ropp, Q1 in H. assert (H2 := Rle_abs (1 + (D' - D) * R0)). lra. }
  assert (Q4 : Rabs d * (1 - ed) <= 0.001 * u + ed) by (assert (Rabs d * (1 - ed) <= Rabs d * Rabs (1 + (D' - D) * R0)) by (apply
    Rmult_le_compat_l; [apply Rabs_pos|exact Q3]); lra).
  assert (ed1 : ed <= 0.0000012) by lra.
  assert (Q5 : Rabs d <= 0.001).
  { assert (Rabs d * 0.99 <= Rabs d * (1 - ed)) by (apply Rmult_le_compat_l; [apply Rabs_pos|lra]). lra. }
  assert (Q6 : Rabs d <= 0.00001).
  { assert (Rabs d * 0.99 <= Rabs d * (1 - ed)) by (apply Rmult_le_compat_l; [apply Rabs_pos|lra]). lra. }
  assert (Q7 : Rabs d * ed <= (0.000003) * (21 * u)).
  { assert (Rabs d <= 0.000003) by (assert (Rabs d * 0.99 <= Rabs d * (1 - ed)) by (apply Rmult_le_compat_l; [apply Rabs_pos|lra]); lra).
    assert ((st + 0.0001) * u <= 21 * u) by (apply Rmult_le_compat_r; lra).
    apply Rmult_le_compat; try lra. apply Rabs_pos. }
  lra. }
replace (E1 - xhat) with (xhat * d - (mean' - mean) * R0 * (1 + d)) by (unfold E1, xhat; rewrite R1d; ring).
unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, !Rabs_mult, (Rabs_pos_eq R0) by lra. fold em.
assert (S1 : Rabs (1 + d) <= 1.00001) by (eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_R1; lra).
assert (S2 : Rabs xhat * Rabs d <= M * (ed + 0.0011 * u)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
assert (S3 : em * Rabs (1 + d) <= em * 1.00001) by (apply Rmult_le_compat_l; assumption).
assert (S4 : em <= em * M) by (rewrite <- (Rmult_1_r em) at 1; apply Rmult_le_compat_l; assumption).
assert (S5 : (em + ed) * M <= (st + 0.0001) * u * M) by (apply Rmult_le_compat_r; lra).
assert (S6 : em <= 21 * u) by (assert ((st + 0.0001) * u <= 21 * u) by (apply Rmult_le_compat_r; lra); lra).
assert (S7 : u <= u * M) by (rewrite <- (Rmult_1_r u) at 1; apply Rmult_le_compat_l; lra).
lra.
Qed.

End Scale.

(* The last madd, with gamma and beta. *)
Section Y.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.
Variables (t gamma beta xhat C : R).
Hypothesis Fg : F gamma.
Hypothesis Fb : F beta.
Hypothesis C_range : 0 <= C <= 30.
Let M := Rmax 1 (Rabs xhat).
Hypothesis t_err : Rabs (t - xhat) <= C * u * M.
Let S := Rabs gamma * M + Rabs beta.
Let Y := gamma * xhat + beta.

Definition y_fused := rnd (t * gamma + beta).
Definition y_unfused := rnd (rnd (t * gamma) + beta).

Lemma CuM : C * u * M <= 0.000002 * M.
Proof.
assert (U := u_le p p_24). fold u in U. apply Rmult_le_compat_r; [assert (H := Rmax_l 1 (Rabs xhat)); fold M in H; lra|].
assert (C * u <= 30 * / 16777216) by (apply Rmult_le_compat; lra). lra.
Qed.

Lemma tg : Rabs (t * gamma - gamma * xhat) <= C * u * (Rabs gamma * M) /\ Rabs (t * gamma) <= 1.000002 * (Rabs gamma * M).
Proof.
assert (H := CuM). assert (M2 := Rmax_r 1 (Rabs xhat)). fold M in M2.
assert (T : Rabs t <= 1.000002 * M).
{ replace t with ((t - xhat) + xhat) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
split.
- replace (t * gamma - gamma * xhat) with ((t - xhat) * gamma) by ring. rewrite Rabs_mult.
  replace (C * u * (Rabs gamma * M)) with (C * u * M * Rabs gamma) by ring. apply Rmult_le_compat_r; [apply Rabs_pos|assumption].
- rewrite Rabs_mult. replace (1.000002 * (Rabs gamma * M)) with (1.000002 * M * Rabs gamma) by ring.
  apply Rmult_le_compat_r; [apply Rabs_pos|assumption].
Qed.

Theorem y_fused_err : Rabs (y_fused - Y) <= (C + 1.001) * u * S + eta.
Proof.
assert (U := u_le p p_24). fold u in U. destruct tg as (T1 & T2). assert (ep : 0 <= eta) by exact (Rlt_le _ _ (eta_pos emin)).
assert (R : Rabs (rnd (t * gamma + beta) - (t * gamma + beta)) <= u * Rabs (t * gamma + beta) + eta) by exact (rnd_err emin p ltac:(lia) _).
assert (V : u * Rabs (t * gamma + beta) <= u * (1.000002 * (Rabs gamma * M) + Rabs beta)).
{ apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (M1 := Rmax_l 1 (Rabs xhat)). fold M in M1.
assert (G0 : 0 <= u * (Rabs gamma * M)) by (repeat apply Rmult_le_pos; try lra; apply Rabs_pos).
assert (B0 : 0 <= u * Rabs beta) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (CB : 0 <= C * (u * Rabs beta)) by (apply Rmult_le_pos; lra).
replace (y_fused - Y) with ((rnd (t * gamma + beta) - (t * gamma + beta)) + (t * gamma - gamma * xhat)) by (unfold y_fused, Y; ring).
eapply Rle_trans; [apply Rabs_triang|]. unfold S. lra.
Qed.

Theorem y_unfused_err : Rabs (y_unfused - Y) <= (C + 2.001) * u * S + eta.
Proof.
assert (U := u_le p p_24). fold u in U. destruct tg as (T1 & T2). assert (ep : 0 <= eta) by exact (Rlt_le _ _ (eta_pos emin)).
assert (M1 := Rmax_l 1 (Rabs xhat)). fold M in M1.
assert (G0 : 0 <= u * (Rabs gamma * M)) by (repeat apply Rmult_le_pos; try lra; apply Rabs_pos).
assert (B0 : 0 <= u * Rabs beta) by (apply Rmult_le_pos; [lra|apply Rabs_pos]).
assert (CB : 0 <= C * (u * Rabs beta)) by (apply Rmult_le_pos; lra).
set (g := rnd (t * gamma)) in *.
assert (Fgg : F g) by exact (rnd_F emin p ltac:(lia) (t * gamma)).
assert (A : Rabs (rnd (g + beta) - (g + beta)) <= u * Rabs (g + beta)) by exact (add_err emin p ltac:(lia) g beta Fgg Fb).
assert (A2 : u * Rabs (g + beta) <= u * (Rabs (g - t * gamma) + Rabs (t * gamma) + Rabs beta)).
{ apply Rmult_le_compat_l; [lra|]. replace (g + beta) with ((g - t * gamma) + t * gamma + beta) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. assert (X := Rabs_triang (g - t * gamma) (t * gamma)). lra. }
assert (E : Rabs (y_unfused - Y) <= Rabs (rnd (g + beta) - (g + beta)) + (Rabs (g - t * gamma) + Rabs (t * gamma - gamma * xhat))).
{ replace (y_unfused - Y) with ((rnd (g + beta) - (g + beta)) + ((g - t * gamma) + (t * gamma - gamma * xhat))) by (unfold y_unfused, Y,
  g; ring).
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat_l, Rabs_triang. }
unfold S. 
assert (GT : u * Rabs (t * gamma) <= u * (1.000002 * (Rabs gamma * M))) by (apply Rmult_le_compat_l; lra).
destruct (rnd_err_or emin p ltac:(lia) (t * gamma)) as [R|R]; fold rnd in R; fold g in R.
- fold u in R. assert (X : u * Rabs (g - t * gamma) <= / 16777216 * (u * Rabs (t * gamma))) by (apply Rmult_le_compat; try lra;
  apply Rabs_pos). lra.
- fold eta in R. destruct (Req_dec gamma 0) as [Z|Nz].
  + assert (g = 0) by (unfold g; rewrite Z, Rmult_0_r; exact (rnd_0 emin p)).
    rewrite Z, H in *. rewrite !Rmult_0_r, ?Rmult_0_l, ?Rminus_0_r, ?Rabs_R0 in *. lra.
  + assert (L : 2 * eta <= Rabs gamma) by exact (F_least emin p gamma Fg Nz).
    assert (L2 : Rabs gamma <= Rabs gamma * M) by (rewrite <- (Rmult_1_r (Rabs gamma)) at 1; apply Rmult_le_compat_l; [apply Rabs_pos|lra]).
    assert (X : u * Rabs (g - t * gamma) <= u * (Rabs gamma * M / 2)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

End Y.
