(* Section 3 for float: a block whose q is above 2^80 n in either look is spread out, and so is one with a large element that is not constant. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look counts32 look32 block32 scaledblock downblock.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.

(* K is no less than the least element and no more than the largest *)
Definition among (xs : list R) (K : R) := forall lo hi, F32 lo -> F32 hi -> (forall x, In x xs -> lo <= x <= hi) -> lo <= K <= hi.

Lemma least_and_largest (xs : list R) : (1 <= length xs)%nat -> exists lo hi, In lo xs /\ In hi xs /\ forall x, In x xs -> lo <= x <= hi.
Proof.
induction xs as [|a l IH]; simpl; intro L; [lia|]. destruct l as [|b l].
- exists a, a. repeat split; try (now left); destruct H as [->|[]]; lra.
- destruct IH as (lo & hi & Il & Ih & H); [simpl; lia|].
  exists (Rmin a lo), (Rmax a hi). split; [|split].
  + apply (Rmin_case a lo (fun v => In v (a :: b :: l))); [now left|now right].
  + apply (Rmax_case a hi (fun v => In v (a :: b :: l))); [now left|now right].
  + intros x [<-|I]; [split; [apply Rmin_l|apply Rmax_l]|]. assert (X := H x I).
    assert (A := Rmin_r a lo). assert (B := Rmax_r a hi). lra.
Qed.

(* a float that is near to the elements' range is no farther from it when it is rounded than twice *)
Lemma rnd_stays emin p lo v e : (8 <= p)%Z -> F emin p lo -> 0 <= e -> lo - e <= v -> lo - 2 * e <= rnd emin p v.
Proof.
intros Hp Fl E0 H. destruct (Rle_or_lt lo v) as [G|G].
- assert (M := rnd_le emin p Hp _ _ G). rewrite (rnd_id emin p lo Fl) in M. lra.
- assert (N := rnd_nearest emin p Hp v lo Fl). rewrite (Rabs_pos_eq (lo - v)) in N by lra. assert (X := Rle_abs (- (rnd emin p v - v))).
  rewrite Rabs_Ropp in X. lra.
Qed.
Lemma rnd_stays_below emin p hi v e : (8 <= p)%Z -> F emin p hi -> 0 <= e -> v <= hi + e -> rnd emin p v <= hi + 2 * e.
Proof.
intros Hp Fh E0 H. destruct (Rle_or_lt v hi) as [G|G].
- assert (M := rnd_le emin p Hp _ _ G). rewrite (rnd_id emin p hi Fh) in M. lra.
- assert (N := rnd_nearest emin p Hp v hi Fh). rewrite (Rabs_left (hi - v)) in N by lra.
  assert (X := Rle_abs (rnd emin p v - v)). lra.
Qed.

Section Above.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.

(* what q says of the exact squares *)
Lemma q_large K : F32 K -> bpow radix2 80 * n xs < q32 xs fused K -> 0.999 * bpow radix2 80 * n xs <= QQ xs K.
Proof.
intros FK H. assert (E := q32_err xs xs_F xs_len fused K eta32 FK (or_introl eq_refl)). assert (Bk := bK_small xs xs_len K). assert (U := u32_val).
assert (N := n_range xs xs_len). assert (Q0 := QQ_pos xs K). assert (B : bK K * QQ xs K <= 0.0001 * QQ xs K) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (q32 xs fused K - QQ xs K)). assert (b80 : 1000000 <= bpow radix2 80) by (simpl; lra).
assert (e1 : 1923 * eta32 <= 1) by (unfold eta32; simpl; lra).
assert (bpow radix2 80 * 1 <= bpow radix2 80 * n xs) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma far_element K : 0.999 * bpow radix2 80 * n xs <= QQ xs K -> exists x, In x xs /\ 0.999 * bpow radix2 40 <= Rabs (x - K).
Proof.
intro H. set (d := 0.999 * bpow radix2 40) in *. assert (P := bpow_gt_0 radix2 40). assert (N := n_range xs xs_len).
destruct (rowscale.some_or_all (fun x => - Rabs (x - K)) (- d) xs) as [(x & I & L)|All]; [exists x; split; [exact I|lra]|exfalso].
assert (L : QQ xs K <= d * d * n xs).
{ unfold QQ, n. rewrite <- sum_const. apply sum_le. intros x I. assert (A := All x I). cbv beta in A.
  replace ((x - K) * (x - K)) with (Rabs (x - K) * Rabs (x - K)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; lra. }
assert (E0 : bpow radix2 80 = bpow radix2 40 * bpow radix2 40) by (rewrite <- bpow_plus; reflexivity).
assert (E : d * d = 0.998001 * bpow radix2 80) by (rewrite E0; unfold d; lra).
rewrite E in L. assert (Q := bpow_gt_0 radix2 80). assert (0 < bpow radix2 80 * n xs) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

(* the elements' range *)
Variables lo hi : R.
Hypothesis lo_in : In lo xs.
Hypothesis hi_in : In hi xs.
Hypothesis range : forall x, In x xs -> lo <= x <= hi.
Let W := hi - lo.
Lemma W_pos : 0 <= W. Proof. assert (A := range lo lo_in). unfold W. lra. Qed.
Lemma wide_spread : 0.998 * bpow radix2 40 <= W -> spread_out xs.
Proof.
intro H. assert (P := bpow_gt_0 radix2 40). assert (Q := fun c => two_spread xs c hi lo hi_in lo_in ltac:(unfold W in H; lra)).
assert (E : 0.9 * bpow radix2 79 <= (hi - lo) * (hi - lo) / 2).
{ fold W. assert (0.998 * bpow radix2 40 * (0.998 * bpow radix2 40) <= W * W) by (apply Rmult_le_compat; lra).
  replace (bpow radix2 79) with (bpow radix2 40 * bpow radix2 40 / 2); [assert (0 < bpow radix2 40 * bpow radix2 40) by (now apply Rmult_lt_0_compat);
  lra|]. rewrite <- bpow_plus. change (40 + 40)%Z with (79 + 1)%Z. rewrite bpow_plus. change (bpow radix2 1) with 2. field. }
split; [|eapply Rle_trans; [exact E|apply Q]]. eapply Rle_trans; [|apply (Q (mean xs))]. eapply Rle_trans; [|exact E].
change 79%Z with (6 + 73)%Z. rewrite bpow_plus. change (bpow radix2 6) with 64. assert (Z := bpow_gt_0 radix2 73). lra.
Qed.

(* a pivot that is nearly among them *)
Lemma near_spread K e : F32 K -> lo - e <= K <= hi + e -> 0 <= e <= 0.0001 * W -> bpow radix2 80 * n xs < q32 xs fused K -> spread_out xs.
Proof.
intros FK Ke He H. destruct (far_element K (q_large K FK H)) as (x & I & D). assert (R := range x I). assert (P := bpow_gt_0 radix2 40).
apply wide_spread. assert (Rabs (x - K) <= W + e); [|lra]. unfold W. unfold Rabs. destruct (Rcase_abs _); lra.
Qed.

(* the mean of a first look about a pivot that is among them, and the second pivot *)
Lemma second_near K1 : F32 K1 -> lo <= K1 <= hi -> lo - 0.00001 * W <= rnd32 (mean32 xs K1) <= hi + 0.00001 * W.
Proof.
intros FK HK. assert (U := u32_val). assert (N := n_range xs xs_len). assert (W0 := W_pos). assert (Ak := aK_small xs xs_len K1).
destruct (rlook32 xs xs_F xs_len K1 FK) as [_ Lr Lm]. assert (Dm : DD xs K1 <= W * n xs).
{ unfold DD, n. rewrite <- sum_const. apply sum_le. intros x I. assert (R := range x I). unfold W, Rabs. destruct (Rcase_abs _); lra. }
assert (D0 : 0 <= DD xs K1) by (apply sum_pos; intros; apply Rabs_pos). assert (S := SS_DD xs K1). assert (Se := SS_eq xs xs_len K1).
assert (aD : aK K1 * DD xs K1 <= 3.1 * u32 * DD xs K1) by (apply Rmult_le_compat_r; lra).
set (r := r32 xs K1) in *. set (q := r / n xs).
assert (ni : 0 < / n xs) by (apply Rinv_0_lt_compat; lra).
assert (uDW : u32 * DD xs K1 <= u32 * (W * n xs)) by (apply Rmult_le_compat_l; lra).
assert (E1 : Rabs (q - (mean xs - K1)) <= 3.1 * u32 * W).
{ replace (q - (mean xs - K1)) with ((r - SS xs K1) * / n xs) by (unfold q; rewrite Se; field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ n xs)) by lra. apply Rmult_le_reg_r with (n xs); [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. lra. }
assert (E2 : Rabs r / n xs <= 1.1 * W).
{ apply Rmult_le_reg_r with (n xs); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  replace r with ((r - SS xs K1) + SS xs K1) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (u32 * DD xs K1 <= 0.001 * DD xs K1) by (apply Rmult_le_compat_r; lra). lra. }
set (e := 4 * u32 * W). assert (uW : 0 <= u32 * W) by (apply Rmult_le_pos; lra).
assert (Mb : lo <= mean xs <= hi).
{ unfold mean. assert (A : sum (fun _ => lo) xs <= sum (fun x => x) xs) by (apply sum_le; intros x I; apply (range x I)).
  assert (B : sum (fun x => x) xs <= sum (fun _ => hi) xs) by (apply sum_le; intros x I; apply (range x I)).
  rewrite sum_const in A, B. fold (n xs) in A, B. split; apply Rmult_le_reg_r with (n xs); try lra; unfold Rdiv;
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra; assumption. }
assert (E3 : Rabs (pair32 xs K1 - mean xs) <= e).
{ replace (pair32 xs K1 - mean xs) with ((pair32 xs K1 - (K1 + q)) + (q - (mean xs - K1))) by ring. eapply Rle_trans; [apply Rabs_triang|].
  fold q in Lm. assert (nu32 * (Rabs r / n xs) <= u32 / 1000000 * (1.1 * W)).
  { apply Rmult_le_compat; [unfold nu32; lra| |unfold nu32; lra|exact E2]. apply Rmult_le_pos; [apply Rabs_pos|lra]. }
  unfold e. lra. }
assert (X := Rle_abs (pair32 xs K1 - mean xs)). assert (Y := Rle_abs (- (pair32 xs K1 - mean xs))). rewrite Rabs_Ropp in Y.
assert (e0 : 0 <= e) by (unfold e; lra). rewrite (pair32_eq xs xs_len K1 FK) in *.
assert (Flo : F64 lo) by (apply (F32_F64 xs xs_len), xs_F, lo_in). assert (Fhi : F64 hi) by (apply (F32_F64 xs xs_len), xs_F, hi_in).
assert (M1 := rnd_stays emin64 53 lo (K1 + shift32 xs K1) e ltac:(lia) Flo e0 ltac:(lra)).
assert (M2 := rnd_stays_below emin64 53 hi (K1 + shift32 xs K1) e ltac:(lia) Fhi e0 ltac:(lra)).
change (rnd emin64 53 (K1 + shift32 xs K1)) with (mean32 xs K1) in M1, M2.
assert (L1 := rnd_stays emin32 24 lo (mean32 xs K1) (2 * e) ltac:(lia) (xs_F lo lo_in) ltac:(lra) M1).
assert (L2 := rnd_stays_below emin32 24 hi (mean32 xs K1) (2 * e) ltac:(lia) (xs_F hi hi_in) ltac:(lra) M2).
fold rnd32 in L1, L2. assert (2 * (2 * e) <= 0.00001 * W) by (unfold e; rewrite U; lra). unfold rnd32 in *. lra.
Qed.
End Above.

(* either look *)
Theorem above_spread xs fused K1 T : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> F32 K1 -> among xs K1 ->
  bpow radix2 80 * n xs < q32 xs fused K1 \/ bpow radix2 80 * n xs < q32 xs fused (Kfinal xs fused K1 T) -> spread_out xs.
Proof.
intros Fx L FK Am H. destruct (least_and_largest xs ltac:(lia)) as (lo & hi & Il & Ih & R).
assert (K1r := Am lo hi (Fx lo Il) (Fx hi Ih) R). assert (W0 := W_pos xs lo hi Il R).
assert (First : bpow radix2 80 * n xs < q32 xs fused K1 -> spread_out xs).
{ apply (near_spread xs Fx L fused lo hi Il Ih R K1 0 FK); lra. }
destruct H as [H|H]; [now apply First|]. unfold Kfinal in H. destruct (Rlt_dec _ _) as [_|_]; [|now apply First].
assert (S := second_near xs Fx L lo hi Il Ih R K1 FK K1r). fold (K2 xs K1) in S.
apply (near_spread xs Fx L fused lo hi Il Ih R (K2 xs K1) (0.00001 * (hi - lo))); [exact (FK2 xs L K1)|exact S|lra|exact H].
Qed.

(* an element that is so large that the sum of the first pivot might overflow, and others that are not equal to it *)
Theorem large_spread xs x : (forall x, In x xs -> F32 x) -> In x xs -> bpow radix2 62 <= Rabs x -> (forall y, In y xs -> y = x) \/ spread_out xs.
Proof.
intros Fx Ix Bx. destruct (exists_other xs x) as [All|(y & Iy & Ne)]; [now left|right].
assert (D : bpow radix2 37 <= Rabs (y - x)).
{ assert (Mx : mult 37 x) by (apply (F_mult emin32 24); [now apply Fx|unfold emin32; lia|left; apply Rle_trans with (2 := Bx); apply bpow_le; lia]).
  destruct (Rle_or_lt (bpow radix2 60) (Rabs y)) as [By|By].
  - apply mult_least; [|lra]. apply mult_sub; [|exact Mx]. apply (F_mult emin32 24); [now apply Fx|unfold emin32; lia|left; exact By].
  - assert (T : Rabs x <= Rabs (y - x) + Rabs y).
    { replace x with (- (y - x) + y) at 1 by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
    assert (E : bpow radix2 62 = 4 * bpow radix2 60) by (change 4 with (bpow radix2 2); now rewrite <- bpow_plus).
    assert (bpow radix2 37 <= bpow radix2 60) by (apply bpow_le; lia). assert (Z := bpow_gt_0 radix2 60). lra. }
assert (D2 : bpow radix2 74 <= (y - x) * (y - x)).
{ replace ((y - x) * (y - x)) with (Rabs (y - x) * Rabs (y - x)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  change 74%Z with (37 + 37)%Z. rewrite bpow_plus. apply Rmult_le_compat; try apply bpow_ge_0; exact D. }
split.
- eapply Rle_trans; [|exact (two_spread xs (mean xs) y x Iy Ix Ne)]. change 74%Z with (1 + 73)%Z in D2. rewrite bpow_plus in D2.
  change (bpow radix2 1) with 2 in D2. lra.
- apply Rle_trans with (x * x); [|assert (Z := sum_pos_in (fun x => (x - 0) * (x - 0)) xs x (fun z _ => Rle_0_sqr _) Ix); unfold QQ; cbv beta in Z;
    rewrite Rminus_0_r in Z at 1; lra].
  replace (x * x) with (Rabs x * Rabs x) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rle_trans with (bpow radix2 62 * bpow radix2 62); [rewrite <- bpow_plus; change (62 + 62)%Z with (45 + 79)%Z; rewrite bpow_plus;
    assert (Z := bpow_gt_0 radix2 79); assert (1 <= bpow radix2 45) by (simpl; lra); assert (1 * bpow radix2 79 <= bpow radix2 45 * bpow radix2 79)
    by (apply Rmult_le_compat_r; lra); lra|].
  apply Rmult_le_compat; try apply bpow_ge_0; exact Bx.
Qed.
