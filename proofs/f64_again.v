(* Section 9 of docs/numerics.md: the powers of two that a row of doubles out of range is multiplied by, and what these take of elements,
  eps and a root mean square. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow f64_pairs f64_var f64_outside f64_eps.
Require Import f64_range f64_squares.
Require anyscale.
Import ListNotations.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.

(* a double that is neither infinite nor a NaN *)
Definition finite64 (x : R) := F64 x /\ Rabs x < bpow radix2 1024.

Definition V_of (t : st) (eps : R) (outside : bool) := if outside then V_out (s2 t) (cn t) eps else V64 (s2 t) (cn t) eps.
Definition ordinary64 (V : R) := bpow radix2 (-800) <= V <= bpow radix2 800.
Lemma ordinary_dec V : {ordinary64 V} + {~ ordinary64 V}.
Proof.
unfold ordinary64. destruct (Rle_dec (bpow radix2 (-800)) V) as [A|A]; [|right; tauto].
destruct (Rle_dec V (bpow radix2 800)) as [B|B]; [left; now split|right; tauto].
Qed.
(* rstd, 0 where it were a division by 0 *)
Definition recip64 (d : R) := if Req_EM_T d 0 then 0 else rnd64 (1 / d).
Definition rstd_of pe (t : st) (eps : R) (outside : bool) := if ordinary_dec (V_of t eps outside)
  then (if outside then rs_out pe (s2 t) (s2l t) (cn t) eps else rstd64 pe (s2 t) (s2l t) (cn t) eps)
  else recip64 (if outside then den (s2 t) (cn t) eps else rnd64 (sqrt (V_of t eps outside))).
(* the power of two, 0 where the row is taken as it is *)
Definition power64 (V : R) : Z := if ordinary_dec V then 0%Z else if Rlt_dec V (bpow radix2 (-800)) then 700%Z else (-650)%Z.
Definition times64 (k : Z) (x : R) := rnd64 (x * bpow radix2 k).
Definition eps_times (k : Z) (outside : bool) (eps : R) := if outside then times64 k eps else times64 k (times64 k eps).

Lemma times64_F k x : F64 (times64 k x). Proof. apply merge.rnd64_F. Qed.
Lemma times64_up k x : (0 <= k)%Z -> F64 x -> times64 k x = x * bpow radix2 k.
Proof.
intros Hk Fx. apply (rnd_id emin64 53). apply (mul_pow2_F emin64 53); [exact Fx|]. unfold cexp, fexp, FLT_exp, emin64. lia.
Qed.
Lemma times64_0 k : times64 k 0 = 0.
Proof. unfold times64. rewrite Rmult_0_l. exact (rnd_0 emin64 53). Qed.
Lemma eps_times_F k outside eps : F64 (eps_times k outside eps). Proof. unfold eps_times. destruct outside; apply times64_F. Qed.
Lemma times64_pos k x : 0 <= x -> 0 <= times64 k x.
Proof. intro H. apply round_pos, Rmult_le_pos; [exact H|apply bpow_ge_0]. Qed.
Lemma eps_times_pos k outside eps : 0 <= eps -> 0 <= eps_times k outside eps.
Proof. intro H. unfold eps_times. destruct outside; repeat apply times64_pos; exact H. Qed.
(* what a power of two takes of a double: at most the smallest denormal *)
Lemma times64_err k x : F64 x -> Rabs (times64 k x - x * bpow radix2 k) <= 2 * eta64.
Proof.
intro Fx. assert (e0 := eta64_pos). destruct (Req_dec x 0) as [->|Nz].
{ rewrite times64_0, Rmult_0_l, Rminus_0_r, Rabs_R0. lra. }
destruct (Z_le_gt_dec emin64 (k + cexp radix2 (fexp emin64 53) x)) as [H|H].
- assert (E : times64 k x = x * bpow radix2 k) by (apply (rnd_id emin64 53), (mul_pow2_F emin64 53); assumption).
  rewrite E, Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
- assert (Bx : Rabs x < bpow radix2 (-1021 - k)).
  { assert (M := bpow_mag_gt radix2 x). eapply Rlt_le_trans; [exact M|]. apply bpow_le.
    unfold cexp, fexp, FLT_exp, emin64 in H. lia. }
  assert (B : Rabs (x * bpow radix2 k) <= bpow radix2 (-1021)).
  { rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 k)) by apply bpow_ge_0. apply Rle_trans with (bpow radix2 (-1021 - k) * bpow radix2 k).
    - apply Rmult_le_compat_r; [apply bpow_ge_0|lra].
    - rewrite <- bpow_plus. apply bpow_le. lia. }
  destruct (rnd_err_or emin64 53 ltac:(lia) (x * bpow radix2 k)) as [E|E].
  + eapply Rle_trans; [exact E|]. replace (2 * eta64) with (u64 * bpow radix2 (-1021)).
    * apply Rmult_le_compat_l; [apply bpow_ge_0|exact B].
    * unfold eta64, u64. change 2 with (bpow radix2 1). rewrite <- !bpow_plus. reflexivity.
  + eapply Rle_trans; [exact E|]. change (eta emin64) with eta64. lra.
Qed.

(* -- times 2^700 nothing changes -- *)
Section Up.
Variable k : Z.
Hypothesis k0 : (0 <= k)%Z.
Let S := bpow radix2 k.
Lemma ms_up row : (forall x, In x row -> F64 x) -> ms (map (times64 k) row) = ms row * S.
Proof.
intro F. assert (Sp : 0 < S) by apply bpow_gt_0. unfold ms, n. rewrite map_length. fold (n row).
assert (Q : QQ (map (times64 k) row) 0 = QQ row 0 * (S * S)).
{ unfold QQ. rewrite sum_map, (Rmult_comm (sum _ _)), <- sum_scal. apply sum_ext. intros x I. rewrite !Rminus_0_r, times64_up by auto.
  fold S. ring. }
rewrite Q. unfold Rdiv. rewrite Rmult_assoc, (Rmult_comm (S * S)), <- Rmult_assoc. rewrite sqrt_mult_alt, sqrt_square; [reflexivity|lra|].
destruct row as [|y l]; [unfold n; simpl; rewrite Rinv_0, Rmult_0_r; lra|].
apply Rmult_le_pos; [apply QQ_pos|left; apply Rinv_0_lt_compat]. unfold n. apply lt_0_INR. simpl. lia.
Qed.
Lemma D_up outside eps m : F64 eps -> 0 <= m -> 0 <= eps -> D_any (eps_times k outside eps) outside (m * S) = D_any eps outside m * S.
Proof.
intros Fe M E. assert (Sp : 0 < S) by apply bpow_gt_0. unfold anyscale.D_any, eps_times. destruct outside; rewrite !times64_up by (try apply times64_F;
  assumption); fold S; [ring|]. replace (m * S * (m * S) + eps * S * S) with ((m * m + eps) * (S * S)) by ring.
rewrite sqrt_mult_alt, sqrt_square; [reflexivity|lra|]. assert (Z := Rle_0_sqr m). unfold Rsqr in Z. lra.
Qed.
End Up.

(* -- times 2^-650 next to nothing does, beside a D of 2^397 -- *)
Section Down.
Let S := bpow radix2 (-650).
Lemma S_range : 0 < S. Proof. apply bpow_gt_0. Qed.
Lemma abs_sqr a : a * a = Rabs a * Rabs a.
Proof. rewrite <- Rabs_mult. symmetry. apply Rabs_pos_eq, Rle_0_sqr. Qed.
(* squares of what is 2^-1072 off at most *)
Lemma square_near a b : Rabs (b - a) <= bpow radix2 (-1072) -> Rabs (b * b - a * a) <= bpow radix2 (-700) * (a * a) + bpow radix2 (-1300).
Proof.
set (e := bpow radix2 (-1072)) in *. assert (ep : 0 < e) by apply bpow_gt_0. intro E.
replace (b * b - a * a) with ((b - a) * (2 * a + (b - a))) by ring. rewrite Rabs_mult.
assert (T : Rabs (2 * a + (b - a)) <= 2 * Rabs a + e) by (eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_mult, (Rabs_pos_eq 2) by lra; lra).
apply Rle_trans with (e * (2 * Rabs a + e)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|].
set (c := bpow radix2 (-300)). set (d := bpow radix2 300). assert (cd : c * d = 1) by (unfold c, d; now rewrite <- bpow_plus).
assert (cp : 0 < c) by apply bpow_gt_0. assert (dp : 0 < d) by apply bpow_gt_0.
assert (AM : 2 * Rabs a <= c + d * (a * a)).
{ rewrite (abs_sqr a). set (r := Rabs a). assert (Z := Rle_0_sqr (1 - d * r)). unfold Rsqr in Z.
  apply Rmult_le_reg_l with d; [exact dp|]. rewrite Rmult_plus_distr_l, (Rmult_comm d c), cd.
  replace (d * (d * (r * r))) with (d * r * (d * r)) by ring. lra. }
assert (e1 : e * d <= bpow radix2 (-700)) by (unfold e, d; rewrite <- bpow_plus; apply bpow_le; lia).
assert (e2 : e * c + e * e <= bpow radix2 (-1300)).
{ unfold e, c. rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 (-1301) + bpow radix2 (-1301)).
  - apply Rplus_le_compat; apply bpow_le; lia.
  - change (-1300)%Z with (1 + -1301)%Z. rewrite (bpow_plus radix2 1). change (bpow radix2 1) with 2. lra. }
assert (aa := Rle_0_sqr a). unfold Rsqr in aa.
assert (e * (2 * Rabs a) <= e * (c + d * (a * a))) by (apply Rmult_le_compat_l; lra).
assert (e * d * (a * a) <= bpow radix2 (-700) * (a * a)) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma square_down x : F64 x -> Rabs (times64 (-650) x * times64 (-650) x - x * S * (x * S)) <= bpow radix2 (-700) * (x * S * (x * S)) +
  bpow radix2 (-1300).
Proof.
intro Fx. apply square_near. apply Rle_trans with (1 := times64_err (-650) x Fx). unfold eta64. change 2 with (bpow radix2 1).
rewrite <- bpow_plus. apply bpow_le. lia.
Qed.
Lemma ms_down row v : In v row -> (forall x, In x row -> F64 x) -> let m := ms row * S in let m' := ms (map (times64 (-650)) row) in
  Rabs (m' * m' - m * m) <= bpow radix2 (-700) * (m * m) + bpow radix2 (-1300).
Proof.
intros Iv F. cbv zeta. assert (N := n_pos row v Iv). assert (Nm : n (map (times64 (-650)) row) = n row) by (unfold n; now rewrite map_length).
assert (Q := ms_sqr row v Iv). assert (Q' := ms_sqr (map (times64 (-650)) row) (times64 (-650) v) (in_map _ _ _ Iv)). rewrite Nm in Q'.
set (m := ms row) in *. set (m' := ms (map (times64 (-650)) row)) in *.
assert (D : Rabs (QQ (map (times64 (-650)) row) 0 - QQ row 0 * (S * S)) <= bpow radix2 (-700) * (QQ row 0 * (S * S)) + bpow radix2 (-1300) * n row).
{ replace (QQ (map (times64 (-650)) row) 0 - QQ row 0 * (S * S)) with (sum (fun x => times64 (-650) x * times64 (-650) x - x * S * (x * S)) row).
  2: { rewrite (sum_ext _ (fun x => (times64 (-650) x - 0) * (times64 (-650) x - 0) + -1 * (S * S * ((x - 0) * (x - 0))))) by (intros; ring).
    rewrite sum_add, !sum_scal. unfold QQ. rewrite sum_map. ring. }
  eapply Rle_trans; [apply sum_abs|].
  replace (bpow radix2 (-700) * (QQ row 0 * (S * S)) + bpow radix2 (-1300) * n row) with
    (sum (fun x => bpow radix2 (-700) * (S * S * ((x - 0) * (x - 0))) + bpow radix2 (-1300)) row).
  2: { rewrite sum_add, !sum_scal, sum_const. unfold QQ, n. ring. }
  apply sum_le. intros x I. replace (S * S * ((x - 0) * (x - 0))) with (x * S * (x * S)) by ring. exact (square_down x (F x I)). }
rewrite <- Q, <- Q' in D. apply Rmult_le_reg_l with (n row); [lra|]. rewrite <- (Rabs_pos_eq (n row)) at 1 by lra. rewrite <- Rabs_mult.
replace (n row * (m' * m' - m * S * (m * S))) with (n row * (m' * m') - n row * (m * m) * (S * S)) by ring.
eapply Rle_trans; [exact D|]. right. ring.
Qed.
Lemma eps_down outside eps : F64 eps -> Rabs (eps_times (-650) outside eps - (if outside then eps * S else eps * S * S)) <= 4 * eta64.
Proof.
intro Fe. assert (e0 := eta64_pos). assert (E1 := times64_err (-650) eps Fe). fold S in E1. unfold eps_times. destruct outside; [lra|].
assert (E2 := times64_err (-650) (times64 (-650) eps) (times64_F _ _)). fold S in E2. set (f := times64 (-650) eps) in *.
replace (times64 (-650) f - eps * S * S) with ((times64 (-650) f - f * S) + (f - eps * S) * S) by ring.
eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq S) by (left; apply S_range).
assert (S1 : S <= 1) by (change 1 with (bpow radix2 0); apply bpow_le; lia). assert (S0 := S_range).
assert (Rabs (f - eps * S) * S <= 2 * eta64 * 1) by (apply Rmult_le_compat; try apply Rabs_pos; lra). lra.
Qed.
(* m stands for a root mean square or a deviation *)
Theorem D_down outside eps m m' : F64 eps -> 0 <= eps -> 0 <= m -> 0 <= m' ->
  Rabs (m' * m' - m * S * (m * S)) <= bpow radix2 (-700) * (m * S * (m * S)) + bpow radix2 (-1300) ->
  bpow radix2 397 <= D_any eps outside m -> Rabs (D_any (eps_times (-650) outside eps) outside m' - D_any eps outside m * S) <=
    bpow radix2 (-300) * (D_any eps outside m * S).
Proof.
intros Fe E0 M0 M'0 Q L. assert (S0 := S_range). assert (Ee := eps_down outside eps Fe). assert (Ep := eps_times_pos (-650) outside eps E0).
set (e' := eps_times (-650) outside eps) in *. set (D := D_any eps outside m) in *. set (d := D * S).
assert (dL : bpow radix2 (-253) <= d).
{ unfold d. apply Rle_trans with (bpow radix2 397 * S); [unfold S; rewrite <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; lra]. }
assert (P := bpow_gt_0 radix2 (-253)). set (a := m * S) in *. assert (a0 : 0 <= a) by (apply Rmult_le_pos; lra).
assert (aa := Rle_0_sqr a). unfold Rsqr in aa. set (r := bpow radix2 (-300)). assert (rp : 0 < r) by apply bpow_gt_0.
assert (k7 : bpow radix2 (-700) <= 0.01 * r).
{ apply Rle_trans with (bpow radix2 (-20) * r); [unfold r; rewrite <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; [lra|simpl; lra]]. }
assert (tiny : forall k, (k <= -600)%Z -> bpow radix2 k <= 0.01 * (r * d)).
{ intros k Hk. apply Rle_trans with (bpow radix2 (-20) * (r * bpow radix2 (-253))).
  - unfold r. rewrite <- !bpow_plus. apply bpow_le. lia.
  - apply Rle_trans with (0.01 * (r * bpow radix2 (-253))); [apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|simpl; lra]|].
    apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_l; lra]. }
assert (k1300 := tiny (-1300)%Z ltac:(lia)). assert (k650 := tiny (-650)%Z ltac:(lia)).
assert (e4 : 4 * eta64 <= 0.01 * (r * d) /\ 4 * eta64 <= 0.01 * (r * (d * d))).
{ assert (X : 4 * eta64 = bpow radix2 (-1073)) by (unfold eta64; change 4 with (bpow radix2 2); now rewrite <- bpow_plus). rewrite X. split.
  - apply tiny. lia.
  - apply Rle_trans with (bpow radix2 (-20) * (r * (bpow radix2 (-253) * bpow radix2 (-253)))).
    + unfold r. rewrite <- !bpow_plus. apply bpow_le. lia.
    + apply Rle_trans with (0.01 * (r * (bpow radix2 (-253) * bpow radix2 (-253)))).
      * apply Rmult_le_compat_r; [repeat apply Rmult_le_pos; lra|simpl; lra].
      * apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; lra. }
assert (k13 : bpow radix2 (-1300) <= 0.01 * (r * (d * d))).
{ apply Rle_trans with (4 * eta64); [|apply e4]. apply Rle_trans with eta64; [apply bpow_le; lia|assert (Z := eta64_pos); lra]. }
assert (rd : 0 <= r * d) by (apply Rmult_le_pos; lra).
unfold anyscale.D_any in *. destruct outside.
- change (Rabs (e' - eps * S) <= 4 * eta64) in Ee. assert (dE : d = a + eps * S) by (unfold d, D, a; ring).
  assert (Eps0 : 0 <= eps * S) by (apply Rmult_le_pos; lra). assert (ra : r * a <= r * d) by (apply Rmult_le_compat_l; lra).
  assert (k2 : bpow radix2 (-1300) = bpow radix2 (-650) * bpow radix2 (-650)) by (now rewrite <- bpow_plus).
  set (z := bpow radix2 (-650)) in *. assert (zp : 0 < z) by apply bpow_gt_0.
  assert (Am : Rabs (m' - a) <= 0.02 * (r * a) + z).
  { assert (ra0 : 0 <= r * a) by (apply Rmult_le_pos; lra).
    destruct (Rle_or_lt (m' + a) z) as [C|C]; [eapply Rle_trans; [apply abs_sub|]; rewrite !Rabs_pos_eq by lra; lra|].
    apply Rmult_le_reg_r with (m' + a); [lra|]. rewrite <- (Rabs_pos_eq (m' + a)) at 1 by lra. rewrite <- Rabs_mult.
    replace ((m' - a) * (m' + a)) with (m' * m' - a * a) by ring. eapply Rle_trans; [exact Q|]. rewrite k2.
    assert (bpow radix2 (-700) * (a * a) <= 0.01 * r * (a * a)) by (apply Rmult_le_compat_r; lra).
    assert (r * a * a <= r * a * (m' + a)) by (apply Rmult_le_compat_l; lra). assert (z * z <= z * (m' + a)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= r * a * (m' + a)) by (apply Rmult_le_pos; lra). lra. }
  replace (m' + e' - d) with ((m' - a) + (e' - eps * S)) by (rewrite dE; ring).
  eapply Rle_trans; [apply Rabs_triang|]. change (D * S) with d. lra.
- change (Rabs (e' - eps * S * S) <= 4 * eta64) in Ee. assert (DD : D * D = m * m + eps) by (apply sqrt_def; assert (Z := Rle_0_sqr m); unfold Rsqr in Z; lra).
  assert (dd : d * d = a * a + eps * S * S) by (unfold d, a; replace (D * S * (D * S)) with (D * D * (S * S)) by ring; rewrite DD; ring).
  assert (es0 : 0 <= eps * S * S) by (repeat apply Rmult_le_pos; lra).
  assert (mm := Rle_0_sqr m'). unfold Rsqr in mm. set (D' := sqrt (m' * m' + e')). assert (D'0 : 0 <= D') by apply sqrt_pos.
  assert (D'D : D' * D' = m' * m' + e') by (apply sqrt_def; lra). change (D * S) with d.
  assert (k7a : bpow radix2 (-700) * (a * a) <= 0.01 * r * (d * d)) by (apply Rmult_le_compat; try apply bpow_ge_0; lra).
  apply Rmult_le_reg_r with (D' + d); [lra|]. rewrite <- (Rabs_pos_eq (D' + d)) at 1 by lra. rewrite <- Rabs_mult.
  replace ((D' - d) * (D' + d)) with ((m' * m' - a * a) + (e' - eps * S * S)) by lra. eapply Rle_trans; [apply Rabs_triang|].
  assert (r * d * d <= r * d * (D' + d)) by (apply Rmult_le_compat_l; lra). assert (0 <= r * d * d) by (apply Rmult_le_pos; lra). lra.
Qed.
End Down.
