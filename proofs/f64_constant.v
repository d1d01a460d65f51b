(* Rows of equal doubles: every deviation is 0, and y is beta, whatever section 5 makes of eps. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow f64_pairs f64_look f64_block f64_layernorm everyrow constant32 f64_elements.
Require firstpivot last total f64_last f64_whole.
Import ListNotations.
Local Open Scope R_scope.
Local Notation n := look.n.

Section Block.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variables (xs : list R) (fused : bool) (v : R).
Hypothesis xs_F : forall x, In x xs -> F64 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Hypothesis equal : forall x, In x xs -> x = v.

Lemma Fv : F64 v. Proof. destruct (look32.some_in xs ltac:(lia)) as (w & I). rewrite <- (equal w I). now apply xs_F. Qed.
Lemma sums_0 : r_up xs v = 0 /\ r_lo xs v = 0 /\ q_up xs fused v = 0 /\ q_lo xs fused v = 0.
Proof.
assert (Q0 : forall f : R -> R, f v = 0 -> sum f xs = 0).
{ intros f Z. rewrite (sum_ext f (fun _ => 0)) by (intros x I; now rewrite (equal x I)). rewrite sum_const. ring. }
assert (A := r_err xs xs_F xs_len fused v Fv).
assert (B := q_err xs xs_F xs_len fused v 0 Fv (or_intror (conj eq_refl equal))).
unfold SS, DD, QQ in A, B. rewrite (Q0 (fun x => x - v)), (Q0 (fun x => Rabs (x - v))) in A by (rewrite Rminus_diag_eq by reflexivity;
  try apply Rabs_R0; reflexivity).
rewrite (Q0 (fun x => (x - v) * (x - v))) in B by (rewrite Rminus_diag_eq by reflexivity; ring).
rewrite Rmult_0_r, Rminus_0_r in A. rewrite !Rmult_0_r, Rminus_0_r, Rplus_0_l in B. apply abs_0 in A, B.
destruct (F_pairs xs fused v) as (F1 & F2 & F3 & F4). unfold rv, qv, r_up, r_lo, q_up, q_lo in *.
assert (T1 := two_sum _ _ F1 F2). assert (T2 := two_sum _ _ F3 F4). rewrite T1 in A. rewrite T2 in B. unfold two_s in *.
rewrite A, B, Z64 in *. repeat split; lra.
Qed.
Lemma pivot_v K T : firstpivot.first_pivot emin64 53 xs K T -> Kf pe xs fused K T = v.
Proof.
intro P. destruct (firstpivot.first_pivot_ok emin64 53 xs K T ltac:(lia) ltac:(unfold emin64; lia) xs_F xs_len P) as (_ & _ & Ok).
assert (E : K = v).
{ destruct Ok as [((E & Mm) & _)|(_ & _ & E)]; [|now apply E]. rewrite E. assert (N := n_range xs xs_len).
  assert (Em : mean xs = v) by (unfold mean; rewrite (sum_ext _ (fun _ => v)) by exact equal; rewrite sum_const; fold (n xs); field; lra).
  assert (S0 : sig xs = 0).
  { unfold sig, QQ. rewrite Em, (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (equal x I); ring). rewrite sum_const, Rmult_0_l.
    unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. }
  rewrite Em, S0, Rmult_0_r in Mm. symmetry. assert (X := Rle_abs v). assert (Y := Rle_abs (- v)). rewrite Rabs_Ropp in Y. lra. }
unfold Kf, Kfinal. rewrite E. destruct (Rlt_dec _ _) as [L|_]; [exfalso|reflexivity]. destruct sums_0 as (_ & _ & Q & _).
rewrite Q, Rmult_0_r, Z64 in L. unfold m2_up in L. destruct (Rlt_dec _ _); lra.
Qed.

Theorem constant_block s : moments64 pe fused xs s -> s = constant_state (n xs) v.
Proof.
intros [K T P]. unfold state64. rewrite (pivot_v K T P). destruct sums_0 as (R1 & R2 & Q1 & Q2). assert (F := Fv).
assert (F0 : F64 0) by apply F_0. assert (Pe := pe_0 pe). assert (S00 : two_s 0 0 = 0) by now apply two_s_0.
assert (E00 : two_e 0 0 = 0) by now apply two_e_0. assert (Q0 : forall x, pr 0 x = 0) by (intro x; unfold pr; rewrite Rmult_0_l; exact Z64).
assert (D0 : rnd64 (0 / n xs) = 0) by (unfold Rdiv; rewrite Rmult_0_l; exact Z64).
assert (Sh : shift_up xs v = 0) by (unfold shift_up, quo; now rewrite R1).
assert (Sl : f64_look.shift_lo xs pe v = 0).
{ unfold f64_look.shift_lo, quo_lo, quo. cbv zeta. rewrite R1, R2, D0, Q0, (Pe (n xs) pe_is). repeat rewrite ?Rminus_0_r, ?Rplus_0_l, ?Z64. exact D0. }
assert (Ma : mean_a xs v = v) by (unfold mean_a; rewrite Sh; now apply two_s_0).
assert (Mc : mean_c xs pe v = 0) by (unfold mean_c; rewrite Sh, Sl, (two_e_0 v F), Rplus_0_r; exact Z64).
assert (Rr : raw_rest xs fused pe v = 0).
{ unfold raw_rest, m2_rest, quo_lo, quo. cbv zeta. rewrite R1, R2, Q1, Q2, D0, !Q0, !(Pe _ pe_is), Ropp_0, E00. zeros. }
assert (Ra : raw_a xs fused v = 0) by (unfold raw_a; rewrite Q1, R1, Q0, Ropp_0; exact S00).
unfold mean_up, f64_look.mean_lo, m2_up, f64_look.m2_lo, raw_up, f64_look.raw_lo. rewrite Ma, Mc, Ra, Rr, S00, E00, (two_s_0 v F), (two_e_0 v F).
destruct (Rlt_dec 0 0); [lra|reflexivity].
Qed.
End Block.

Theorem constant_row pe fused els first further v : a_product pe -> Forall2 (moments64 pe fused) els (first :: further) ->
  (forall xs, In xs els -> (1 <= length xs <= 1024)%nat /\ forall x, In x xs -> F64 x) -> (forall x, In x (concat els) -> x = v) -> F64 v ->
  exists d, merged pe first further = constant_state d v.
Proof.
intros Pe M Ok Eq Fv. assert (St : forall s, In s (first :: further) -> exists c, s = constant_state c v).
{ assert (Eq' : forall xs, In xs els -> forall x, In x xs -> x = v) by (intros xs I x J; apply Eq, in_concat; now exists xs).
  clear - Pe M Ok Eq'. induction M as [|xs s els sts M F IH]; [easy|]. intros t [<-|I].
  - exists (n xs). destruct (Ok xs (or_introl eq_refl)) as (L & Fx). apply (constant_block pe Pe xs fused v Fx L); [|exact M].
    exact (Eq' xs (or_introl eq_refl)).
  - apply IH; try assumption; intros ys J; [apply Ok|apply Eq']; now right. }
destruct (St first (or_introl eq_refl)) as (c & E). rewrite E. apply constant_merged; [exact Pe|exact Fv|]. intros s I. apply St. now right.
Qed.

(* y is beta, whatever the scale *)
Theorem constant_y64 d v rs gamma beta fused : F64 v -> F64 beta -> let t := constant_state d v in
  f64_whole.y64 fused (sm t) (f64_whole.lo64 t) rs v gamma beta = beta.
Proof.
intros Fv Fb. cbv zeta. assert (Z : rnd (-1074) 53 0 = 0) by exact (rnd_0 (-1074) 53).
unfold f64_whole.y64, f64_whole.lo64, f64_last.shift64, last.t_fused, last.t_unfused, last.difference, total.y_fused, total.y_unfused.
cbn [constant_state sm sl sr]. rewrite (Rminus_diag_eq v v eq_refl). rewrite Rplus_0_l, Z64, Rminus_0_r, Z64, Rmult_0_l, Z64.
change (rnd (-1074) 53) with rnd64 in *. rewrite Z64, !Rmult_0_l, Z64, Rplus_0_r, Z64, ?Rmult_0_l, ?Z64, ?Rplus_0_l.
destruct fused; now apply (rnd_id emin64 53).
Qed.
