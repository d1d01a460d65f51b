(* Times 2^700, or 2^-650 beside a D of 2^397: what a power of two makes of a row's mean and deviation, and of xhat. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops f64_pairs f64_range f64_elements f64_again.
Require anyscale.
Import ListNotations.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.

(* sums over a row that was multiplied *)
Section Row.
Variable k : Z.
Variables (row : list R) (x : R).
Hypothesis x_in : In x row.
Hypothesis row_F : forall z, In z row -> F64 z.
Let S := bpow radix2 k.
Let row' := map (times64 k) row.
Let d z := times64 k z - z * S.

Lemma S0 : 0 < S. Proof. apply bpow_gt_0. Qed.
Lemma N1 : 1 <= n row. Proof. exact (n_pos row x x_in). Qed.
Lemma n_row' : n row' = n row. Proof. unfold row', n. now rewrite map_length. Qed.
Lemma x'_in : In (times64 k x) row'. Proof. now apply in_map. Qed.
Lemma mean_row' : mean row' - mean row * S = sum d row / n row.
Proof.
assert (N := N1). assert (E : sum d row = sum (fun y => y) row' - S * sum (fun z => z) row).
{ unfold row'. rewrite sum_map. unfold d. rewrite (sum_ext _ (fun z => times64 k z + - S * z)) by (intros; ring). rewrite sum_add, sum_scal. change (sum (times64 k) row) with (sum (fun b => times64 k b) row). ring. }
rewrite E, <- (sum_elements row x x_in), <- (sum_elements row' _ x'_in), n_row'. field. lra.
Qed.
Lemma sig_row' : n row * (sig row' * sig row' - sig row * S * (sig row * S)) =
  sum (fun z => (times64 k z - mean row') * (times64 k z - mean row') - (z - mean row) * S * ((z - mean row) * S)) row.
Proof.
assert (Q := sig_elements row x x_in). assert (Q' := sig_elements row' _ x'_in). rewrite n_row' in Q'.
replace (n row * (sig row' * sig row' - sig row * S * (sig row * S))) with (n row * (sig row' * sig row') - n row * (sig row * sig row) * (S * S)) by
  ring. rewrite Q, Q'. set (m' := mean row').
assert (QR : QQ row' m' = sum (fun z => (times64 k z - m') * (times64 k z - m')) row) by (unfold QQ, row'; now rewrite sum_map). rewrite QR.
unfold QQ. rewrite (Rmult_comm (sum (fun y => (y - mean row) * (y - mean row)) row) (S * S)), <- sum_scal.
rewrite (sum_ext (fun z => (times64 k z - m') * (times64 k z - m') - (z - mean row) * S * ((z - mean row) * S))
  (fun z => (times64 k z - m') * (times64 k z - m') + -1 * (S * S * ((z - mean row) * (z - mean row))))) by (intros; ring).
rewrite sum_add, (sum_scal (-1)). ring.
Qed.

(* exact *)
Lemma up : (0 <= k)%Z -> mean row' = mean row * S /\ sig row' = sig row * S.
Proof.
intro K0. assert (N := N1). assert (Sp := S0). assert (Z : forall z, In z row -> d z = 0).
{ intros z I. unfold d. rewrite times64_up by (try assumption; now apply row_F). fold S. ring. }
assert (M : mean row' = mean row * S).
{ assert (E := mean_row'). rewrite (sum_ext d (fun _ => 0) row Z), sum_const in E. unfold Rdiv in E. rewrite !Rmult_0_l in E. lra. }
split; [exact M|]. assert (E := sig_row'). rewrite (sum_ext _ (fun _ => 0)) in E.
- rewrite sum_const, Rmult_0_l in E. apply Rmult_integral in E. destruct E as [E|E]; [lra|].
  assert (A := sig_pos row). assert (B := sig_pos row'). assert (C : 0 <= sig row * S) by (apply Rmult_le_pos; lra).
  apply Rle_antisym; apply le_of_sqr; lra.
- intros z I. rewrite M. assert (Y := Z z I). unfold d in Y. replace (times64 k z) with (z * S) by lra. ring.
Qed.
End Row.

Section Down.
Variables (row : list R) (x : R).
Hypothesis x_in : In x row.
Hypothesis row_F : forall z, In z row -> F64 z.
Let S := bpow radix2 (-650).
Let row' := map (times64 (-650)) row.

Lemma eta4 : 4 * eta64 <= bpow radix2 (-1072) /\ 0 < eta64.
Proof.
split; [|apply eta64_pos]. unfold eta64. change 4 with (bpow radix2 2). rewrite <- bpow_plus. apply bpow_le. lia.
Qed.
Lemma mean_down : Rabs (mean row' - mean row * S) <= 2 * eta64.
Proof.
assert (N := n_pos row x x_in). assert (E := mean_row' (-650) row x x_in). fold S row' in E. rewrite E. unfold Rdiv.
rewrite Rabs_mult, (Rabs_pos_eq (/ n row)) by (left; apply Rinv_0_lt_compat; lra). apply Rmult_le_reg_r with (n row); [lra|].
rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. eapply Rle_trans; [apply sum_abs|]. unfold n. rewrite <- sum_const. apply sum_le.
intros z I. exact (times64_err (-650) z (row_F z I)).
Qed.
Lemma deviation_down z : In z row -> Rabs ((times64 (-650) z - mean row') - (z - mean row) * S) <= 4 * eta64.
Proof.
intro I. assert (A := times64_err (-650) z (row_F z I)). assert (B := mean_down). fold S in A.
replace (times64 (-650) z - mean row' - (z - mean row) * S) with ((times64 (-650) z - z * S) - (mean row' - mean row * S)) by ring.
eapply Rle_trans; [apply abs_sub|]. lra.
Qed.
Lemma sig_down : Rabs (sig row' * sig row' - sig row * S * (sig row * S)) <= bpow radix2 (-700) * (sig row * S * (sig row * S)) +
  bpow radix2 (-1300).
Proof.
assert (N := n_pos row x x_in). assert (E := sig_row' (-650) row x x_in). fold S row' in E. destruct eta4 as (e4 & _).
apply Rmult_le_reg_l with (n row); [lra|]. rewrite <- (Rabs_pos_eq (n row)) at 1 by lra. rewrite <- Rabs_mult, E.
eapply Rle_trans; [apply sum_abs|].
replace (n row * (bpow radix2 (-700) * (sig row * S * (sig row * S)) + bpow radix2 (-1300))) with
  (sum (fun z => bpow radix2 (-700) * ((z - mean row) * S * ((z - mean row) * S)) + bpow radix2 (-1300)) row).
- apply sum_le. intros z I. apply square_near. assert (Dv := deviation_down z I). lra.
- rewrite sum_add, !sum_scal, sum_const. fold (n row).
  replace (sum (fun z => (z - mean row) * S * ((z - mean row) * S)) row) with (S * S * QQ row (mean row)) by (unfold QQ; rewrite <- sum_scal;
    apply sum_ext; intros; ring). rewrite <- (sig_elements row x x_in). ring.
Qed.
End Down.

(* -- xhat -- *)
Theorem xhat_times k row x eps outside : In x row -> (forall z, In z row -> F64 z) -> F64 eps -> 0 <= eps ->
  let D := D_any eps outside (sig row) in 0 < D -> (0 <= k)%Z \/ k = (-650)%Z /\ bpow radix2 397 <= D ->
  let row' := map (times64 k) row in let D' := D_any (eps_times k outside eps) outside (sig row') in
  let xhat := (x - mean row) * / D in 0 < D' /\
  Rabs ((times64 k x - mean row') * / D' - xhat) <= 0.001 * u64 * Rmax 1 (Rabs xhat).
Proof.
intros Ix Fr Fe E0 D Dp Kc row' D' xhat. assert (U := u64_val). set (S := bpow radix2 k). assert (Sp : 0 < S) by apply bpow_gt_0.
assert (M1 := Rmax_l 1 (Rabs xhat)). assert (M2 := Rmax_r 1 (Rabs xhat)). set (M := Rmax 1 (Rabs xhat)) in *.
assert (uM : 0 <= 0.001 * u64 * M) by (apply Rmult_le_pos; lra). assert (DS0 : 0 < D * S) by now apply Rmult_lt_0_compat.
assert (Sg := sig_pos row). destruct Kc as [K|(K & L)].
- destruct (up k row x Ix Fr K) as (Em & Es). fold row' S in Em, Es. assert (E : D' = D * S).
  { unfold D'. rewrite Es. exact (D_up k K outside eps (sig row) Fe Sg E0). }
  rewrite E, Em, times64_up by (try assumption; now apply Fr). fold S. split; [exact DS0|].
  replace ((x * S - mean row * S) * / (D * S)) with xhat by (unfold xhat; field; lra).
  rewrite !Rminus_diag_eq, Rabs_R0 by reflexivity. exact uM.
- assert (Q := sig_down row x Ix Fr). assert (Dv := deviation_down row x Ix Fr x Ix). subst k. fold S row' in Q, Dv.
  assert (Dn := D_down outside eps (sig row) (sig row') Fe E0 Sg (sig_pos row') Q L). fold D S in Dn. change (Rabs (D' - D * S) <= bpow radix2
    (-300) * (D * S)) in Dn.
  assert (r1 : bpow radix2 (-300) <= 0.0001 * u64).
  { apply Rle_trans with (bpow radix2 (-20) * u64); [unfold u64; rewrite <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; [lra|simpl;
      lra]]. }
  assert (rd : bpow radix2 (-300) * (D * S) <= 0.0001 * u64 * (D * S)) by (apply Rmult_le_compat_r; lra).
  assert (ud : 0.0001 * u64 * (D * S) <= 0.0001 * (D * S)) by (apply Rmult_le_compat_r; lra).
  assert (e1 := Rle_abs (- (D' - D * S))). rewrite Rabs_Ropp in e1. assert (D'p : 0.99 * (D * S) <= D') by lra. assert (D'0 : 0 < D') by lra.
  split; [exact D'0|]. assert (dL : bpow radix2 (-253) <= D * S).
  { apply Rle_trans with (bpow radix2 397 * S); [unfold S; rewrite <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; lra]. }
  assert (ed : 4 * eta64 <= 0.0001 * u64 * (D * S)).
  { apply Rle_trans with (0.0001 * u64 * bpow radix2 (-253)); [|apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra].
    apply Rle_trans with (bpow radix2 (-20) * u64 * bpow radix2 (-253)).
    - unfold eta64, u64. change 4 with (bpow radix2 2). rewrite <- !bpow_plus. apply bpow_le. lia.
    - apply Rmult_le_compat_r; [apply bpow_ge_0|]. apply Rmult_le_compat_r; [lra|simpl; lra]. }
  set (v := times64 (-650) x - mean row') in *. apply Rmult_le_reg_r with D'; [exact D'0|]. rewrite <- (Rabs_pos_eq D') at 2 by lra. rewrite <- Rabs_mult.
  replace ((v * / D' - xhat) * D') with ((v - (x - mean row) * S) - xhat * (D' - D * S)) by (unfold xhat; field; lra).
  eapply Rle_trans; [apply abs_sub|]. rewrite (Rabs_mult xhat).
  assert (Rabs xhat * Rabs (D' - D * S) <= M * (0.0001 * u64 * (D * S))) by (apply Rmult_le_compat; try apply Rabs_pos; lra).
  assert (0.0001 * u64 * (D * S) * 1 <= 0.0001 * u64 * (D * S) * M) by (apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra).
  assert (0.001 * u64 * M * (0.99 * (D * S)) <= 0.001 * u64 * M * D') by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * M * (D * S)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra). lra.
Qed.
