(* RMSNorm of doubles: a row's sum of squares, blocks summed as pairs and merged, whatever the size of the elements. What additions lose is
  relative, for sums do not underflow; what squares lose is at most 4097 halves of the smallest denormal a block. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow f64_pairs f64_look f64_block everyrow constant32.
Require f64_counts f64_rms look32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation n := look.n.

Lemma round_pos x : 0 <= x -> 0 <= rnd64 x.
Proof. intro H. rewrite <- Z64. now apply (rnd_le emin64 53 ltac:(lia)). Qed.

(* -- merges of sums of squares: means, differences and steps are 0 -- *)
Definition only_squares (a : st) := sm a = 0 /\ sl a = 0 /\ sr a = 0 /\ F64 (s2 a) /\ F64 (s2l a) /\ 0 <= s2 a /\
  Rabs (s2l a) <= 1.01 * (u64 * Rabs (s2 a)).

Lemma square_pos a : only_squares a -> 0 <= square a /\ s2 a <= 1.001 * square a.
Proof.
intros (_ & _ & _ & _ & _ & P & L). rewrite (Rabs_pos_eq _ P) in L. assert (U := u64_val).
assert (u64 * s2 a <= 0.0001 * s2 a) by (apply Rmult_le_compat_r; lra). assert (X := Rle_abs (- s2l a)). rewrite Rabs_Ropp in X.
unfold square. lra.
Qed.

Section Merging.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.

Lemma merge_is a b : only_squares a -> only_squares b -> merge2 pe a b = let m := two_s (s2 a) (s2 b) in
  let t := rnd64 (two_e (s2 a) (s2 b) + rnd64 (s2l a + s2l b)) in State (cn a + cn b) 0 0 0 (two_s m t) (two_e m t).
Proof.
intros (A1 & A2 & A3 & FA & FAl & _) (B1 & B2 & B3 & FB & FBl & _). assert (P0 := fun b => pe_0 pe b pe_is). cbv zeta.
assert (Q0 : forall x, pr 0 x = 0) by (intro x; unfold pr; rewrite Rmult_0_l; exact Z64).
assert (F0 : F64 0) by apply F_0. assert (S00 : two_s 0 0 = 0) by now apply two_s_0. assert (E00 : two_e 0 0 = 0) by now apply two_e_0.
assert (D0 : md0 a b = 0) by (unfold md0; rewrite A1, B1, Ropp_0; exact S00).
assert (De : me a b = 0) by (unfold me; rewrite A1, B1, Ropp_0; exact E00).
assert (Mc0 : mc0 a b = 0) by (unfold mc0; rewrite A2, B2, Ropp_0; exact S00).
assert (Mf : mf a b = 0) by (unfold mf; rewrite A2, B2, Ropp_0; exact E00).
assert (Mc : mc a b = 0) by (unfold mc; now rewrite De, Mc0). assert (Mg : mg a b = 0) by (unfold mg; now rewrite De, Mc0).
assert (Md : md a b = 0) by (unfold md; now rewrite D0, Mc).
assert (Mdl : mdl a b = 0) by (unfold mdl; rewrite D0, Mc, E00, Mf, Mg, A3, B3; zeros).
assert (Ms : mstep a b = 0) by (unfold mstep; rewrite Md; zeros).
assert (Msl : mstepl pe a b = 0) by (unfold mstepl; rewrite Md, Ms, Mdl, !Q0, !P0; zeros).
assert (Mgg : mgg a b = 0) by (unfold mgg; rewrite Md; apply Q0).
assert (Mgl : mgl pe a b = 0) by (unfold mgl; rewrite Md, Mdl, !P0; zeros).
assert (Mh : mh a b = 0) by (unfold mh; rewrite Mgg; apply Q0).
assert (Mhl : mhl pe a b = 0) by (unfold mhl; rewrite Mgg, Mgl, P0; zeros).
assert (F1 : F64 (ma1 a b)) by apply merge.rnd64_F.
assert (M2 : ma2 a b = ma1 a b) by (unfold ma2; rewrite Mh; now apply two_s_0).
assert (Mt : mt pe a b = rnd64 (two_e (s2 a) (s2 b) + rnd64 (s2l a + s2l b))).
{ unfold mt. rewrite Mh, Mhl, (two_e_0 _ F1), !Rplus_0_r. rewrite (rnd_id emin64 53 _ (two_e_F (s2 a) (s2 b)) : rnd64 (two_e _ _) = _).
  apply (rnd_id emin64 53), merge.rnd64_F. }
assert (MA : mA a b = 0) by (unfold mA; rewrite Ms, A1; exact S00). assert (ME : mE a b = 0) by (unfold mE; rewrite Ms, A1; exact E00).
assert (C1 : mC1 a b = 0) by (unfold mC1; rewrite ME, A2; exact S00). assert (C2 : mC2 pe a b = 0) by (unfold mC2; now rewrite C1, Msl).
assert (MT : mT pe a b = 0) by (unfold mT; rewrite ME, C1, Msl, A2, A3, E00; zeros).
assert (C3 : mC3 pe a b = 0) by (unfold mC3; now rewrite C2, MT).
unfold merge2. rewrite MA, C3, C2, MT, M2, Mt, S00, E00. reflexivity.
Qed.

Lemma merge_squares a b : only_squares a -> only_squares b -> only_squares (merge2 pe a b) /\
  Rabs (square (merge2 pe a b) - (square a + square b)) <= 3.2 * (u64 * (u64 * (square a + square b))).
Proof.
intros Ga Gb. rewrite (merge_is a b Ga Gb). cbv zeta. destruct (square_pos a Ga) as (Qa & Sa). destruct (square_pos b Gb) as (Qb & Sb).
destruct Ga as (_ & _ & _ & Fa & Fal & Pa & La). destruct Gb as (_ & _ & _ & Fb & Fbl & Pb & Lb). assert (U := u64_val).
rewrite (Rabs_pos_eq _ Pa) in La. rewrite (Rabs_pos_eq _ Pb) in Lb.
set (A := s2 a) in *. set (B := s2 b) in *. set (m := two_s A B). set (e := two_e A B). set (l := rnd64 (s2l a + s2l b)).
assert (TS : m + e = A + B) by now apply two_sum. assert (Eb : Rabs e <= u64 * Rabs (A + B)) by now apply two_e_le.
rewrite (Rabs_pos_eq (A + B)) in Eb by lra. assert (Fm : F64 m) by apply merge.rnd64_F. assert (Fe : F64 e) by apply two_e_F.
assert (Fl : F64 l) by apply merge.rnd64_F. assert (El : Rabs (l - (s2l a + s2l b)) <= u64 * Rabs (s2l a + s2l b)) by now apply add64.
assert (Tl := Rabs_triang (s2l a) (s2l b)). set (N := A + B) in *. assert (N0 : 0 <= N) by (unfold N; lra).
assert (uN : 0 <= u64 * N <= 0.0000000001 * N) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (L1 : Rabs (s2l a + s2l b) <= 1.01 * (u64 * N)) by (unfold N; lra).
assert (uuN : 0 <= u64 * (u64 * N) <= 0.0000000001 * (u64 * N)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (u1 : u64 * Rabs (s2l a + s2l b) <= u64 * (1.01 * (u64 * N))) by (apply Rmult_le_compat_l; lra).
assert (L2 := of_err _ _ _ El). set (t := rnd64 (e + l)). assert (Et : Rabs (t - (e + l)) <= u64 * Rabs (e + l)) by now apply add64.
assert (T2 := Rabs_triang e l). assert (u2 : u64 * Rabs (e + l) <= u64 * (2.02 * (u64 * N))) by (apply Rmult_le_compat_l; lra).
assert (L3 := of_err _ _ _ Et). assert (Ft : F64 t) by apply merge.rnd64_F.
assert (e1 := Rle_abs e). assert (t1 := Rle_abs (- t)). rewrite Rabs_Ropp in t1.
assert (Nq : N <= 1.001 * (square a + square b)) by (unfold N; lra).
assert (uuq : u64 * (u64 * N) <= u64 * (u64 * (1.001 * (square a + square b)))) by (do 2 (apply Rmult_le_compat_l; [lra|]); exact Nq).
split.
- repeat split; try reflexivity; try apply merge.rnd64_F; try apply two_e_F.
  + cbn [s2]. apply round_pos. lra.
  + cbn [s2 s2l]. rewrite <- Rmult_assoc. exact (f64_look.lo_small _ _ m t Fm Ft eq_refl eq_refl).
- unfold square at 1. cbn [s2 s2l]. rewrite (two_sum m t Fm Ft). unfold square. fold A B.
  replace (m + t - (A + s2l a + (B + s2l b))) with ((t - (e + l)) + (l - (s2l a + s2l b))) by (unfold N in TS; lra).
  eapply Rle_trans; [apply Rabs_triang|]. unfold square in uuq. fold A B in uuq. lra.
Qed.

Lemma merged_squares l : forall a, only_squares a -> (forall b, In b l -> only_squares b) -> INR (length l) <= bpow radix2 30 ->
  only_squares (merged pe a l) /\ 0 <= sum square l /\
  Rabs (square (merged pe a l) - (square a + sum square l)) <= INR (length l) * (3.3 * (u64 * (u64 * (square a + sum square l)))).
Proof.
unfold merged. induction l as [|b l IH]; intros a Ga Gl H.
{ split; [exact Ga|]. simpl. rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0, Rmult_0_l by reflexivity. lra. }
assert (Gb := Gl b (or_introl eq_refl)). destruct (merge_squares a b Ga Gb) as (Gm & E). cbn [fold_left].
change (length (b :: l)) with (S (length l)) in *. rewrite S_INR in *. set (k := INR (length l)) in *. assert (k0 : 0 <= k) by apply pos_INR.
destruct (IH (merge2 pe a b) Gm (fun c I => Gl c (or_intror I)) ltac:(lra)) as (G & P & D). fold k in D. split; [exact G|]. simpl sum.
destruct (square_pos a Ga) as (Qa & _). destruct (square_pos b Gb) as (Qb & _). split; [lra|].
set (r := square (fold_left (merge2 pe) l (merge2 pe a b))) in *. set (m := square (merge2 pe a b)) in *. set (s := sum square l) in *.
set (T := square a + (square b + s)). assert (U := u64_val). set (w := u64 * u64). assert (w0 : 0 <= w <= 0.000000000000001 * u64).
{ unfold w. split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]. }
replace (3.2 * (u64 * (u64 * (square a + square b)))) with (3.2 * w * (square a + square b)) in E by (unfold w; ring).
replace (k * (3.3 * (u64 * (u64 * (m + s))))) with (k * (3.3 * w) * (m + s)) in D by (unfold w; ring).
replace ((k + 1) * (3.3 * (u64 * (u64 * T)))) with ((k + 1) * (3.3 * w) * T) by (unfold w; ring).
assert (T0 : 0 <= T) by (unfold T; lra). assert (wT : 0 <= w * T) by (apply Rmult_le_pos; lra).
assert (E' : Rabs (m - (square a + square b)) <= 3.2 * (w * T)).
{ eapply Rle_trans; [exact E|]. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; unfold T; lra. }
assert (X := Rle_abs (m - (square a + square b))).
assert (kw : 0 <= k * w <= 0.001).
{ split; [apply Rmult_le_pos; lra|]. replace (bpow radix2 30) with 1073741824 in H by (simpl; lra).
  apply Rle_trans with (1073741824 * w); [apply Rmult_le_compat_r; lra|]. lra. }
assert (D' : k * (3.3 * w) * (m + s) <= k * (3.3 * w) * (T + 3.2 * (w * T))) by (apply Rmult_le_compat_l; [rewrite <- Rmult_assoc,
  (Rmult_comm k), Rmult_assoc; lra|unfold T in *; lra]).
assert (k * w * (w * T) <= 0.001 * (w * T)) by (apply Rmult_le_compat_r; lra).
replace (k * (3.3 * w) * (T + 3.2 * (w * T))) with (k * (3.3 * w) * T + 10.56 * (k * w * (w * T))) in D' by lra.
replace (r - T) with ((r - (m + s)) + (m - (square a + square b))) by (unfold T; lra). eapply Rle_trans; [apply Rabs_triang|].
replace ((k + 1) * (3.3 * w) * T) with (k * (3.3 * w) * T + 3.3 * (w * T)) by ring. lra.
Qed.
End Merging.

(* -- a row -- *)
Section Row.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Variables (first : list R) (further : list (list R)).
Hypothesis good : forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Let row := concat (first :: further).
Hypothesis row_count : n row <= bpow radix2 30.
Let total := f64_rms.total pe fused first further.

Lemma state_squares xs : In xs (first :: further) -> only_squares (f64_rms.state fused xs) /\ square (f64_rms.state fused xs) = qv xs fused 0.
Proof.
intro I. destruct (good xs I) as (L & _). split; [|reflexivity]. destruct (F_all xs fused 0) as (_ & _ & F3 & F4).
repeat split; try assumption; cbn [f64_rms.state s2 s2l].
- assert (P := f64_rms.qv_pos xs L fused 0). destruct (F_pairs xs fused 0) as (_ & _ & G1 & G2). unfold qv, q_up, q_lo in P.
  rewrite two_sum in P by assumption. now apply round_pos.
- rewrite <- Rmult_assoc. apply q_lo_small.
Qed.
Lemma count_is : cn total = n row.
Proof.
unfold total, f64_rms.total. rewrite merged_count. unfold row. change (f64_rms.state fused first :: map (f64_rms.state fused) further) with
  (map (f64_rms.state fused) (first :: further)). rewrite sum_map. unfold n. rewrite <- (Rmult_1_l (INR _)), <- sum_const, sum_concat.
apply sum_ext. intros xs _. rewrite sum_const. cbn. unfold n. ring.
Qed.
Lemma squares_sum : sum (fun xs => QQ xs 0) (first :: further) = QQ row 0.
Proof. unfold row, QQ. now rewrite sum_concat. Qed.
Lemma blocks_few : INR (length (first :: further)) <= n row.
Proof.
unfold row, n. rewrite <- (Rmult_1_l (INR (length (concat _)))), <- sum_const, sum_concat, <- (Rmult_1_l (INR _)), <- sum_const.
apply sum_le. intros xs I. rewrite sum_const, Rmult_1_l. destruct (good xs I) as (L & _). change 1 with (INR 1). apply le_INR. lia.
Qed.

Theorem squares64 : only_squares total /\ 1 <= n row /\ Rabs (square total - QQ row 0) <= f64_counts.b0 * QQ row 0 + n row * (4098 * eta64).
Proof.
assert (U := u64_val). assert (e0 := eta64_pos). set (sts := map (f64_rms.state fused) further).
assert (K := blocks_few). change (length (first :: further)) with (S (length further)) in K. rewrite S_INR in K.
assert (C := row_count). assert (kp := pos_INR (length further)).
destruct (merged_squares pe pe_is sts (f64_rms.state fused first)) as (G & P & E).
{ apply state_squares. now left. }
{ intro b. unfold sts. rewrite in_map_iff. intros (xs & <- & I). apply state_squares. now right. }
{ unfold sts. rewrite map_length. lra. }
change (merged pe (f64_rms.state fused first) sts) with total in G, E. unfold sts in E. rewrite map_length in E.
set (k := INR (length further)) in *. split; [exact G|]. split; [lra|].
assert (Sq : square (f64_rms.state fused first) + sum square (map (f64_rms.state fused) further) = sum (fun xs => qv xs fused 0) (first :: further)).
{ simpl sum. rewrite sum_map. reflexivity. }
rewrite Sq in E. set (T := sum (fun xs => qv xs fused 0) (first :: further)) in *. set (Q := QQ row 0). assert (Q0 : 0 <= Q) by apply QQ_pos.
set (b := bK 0). assert (Bb : b + u64 / 1000000 <= f64_counts.b0) by exact (proj2 (look_a0 first (proj1 (good first (or_introl eq_refl))))).
assert (Br := f64_counts.b0_range). change (format.u 53) with u64 in Br.
assert (D : Rabs (T - Q) <= b * Q + n row * (4097 * eta64)).
{ unfold Q. rewrite <- squares_sum. unfold T.
  replace (sum (fun xs => qv xs fused 0) (first :: further) - sum (fun xs => QQ xs 0) (first :: further)) with
    (sum (fun xs => qv xs fused 0 - QQ xs 0) (first :: further)) by (rewrite (sum_ext _ (fun xs => qv xs fused 0 + -1 * QQ xs 0)) by (intros;
    ring); rewrite sum_add, sum_scal; ring).
  eapply Rle_trans; [apply sum_abs|]. rewrite <- sum_scal.
  apply Rle_trans with (sum (fun xs => b * QQ xs 0 + 4097 * eta64) (first :: further)).
  - apply sum_le. intros xs I. destruct (good xs I) as (L & F). exact (q_err xs F L fused 0 (eta emin64) (F_0 _ _) (or_introl eq_refl)).
  - rewrite sum_add, sum_const. apply Rplus_le_compat_l. rewrite Rmult_comm. apply Rmult_le_compat_r; [lra|exact blocks_few]. }
assert (b0' : 0 <= b) by exact (proj1 (bK_small first (proj1 (good first (or_introl eq_refl))) 0)).
assert (bq : b * Q <= 0.001 * Q) by (apply Rmult_le_compat_r; lra).
assert (ne : 0 <= n row * eta64) by (apply Rmult_le_pos; lra).
assert (X := Rle_abs (T - Q)). assert (TQ : T <= 1.001 * Q + 4097 * (n row * eta64)) by lra.
assert (T0 : 0 <= T) by (apply sum_pos; intros xs I; apply f64_rms.qv_pos; now apply good).
assert (ku : k * (3.3 * (u64 * (u64 * T))) <= 0.0000004 * (u64 * T)).
{ replace (bpow radix2 30) with 1073741824 in C by (simpl; lra). replace (k * (3.3 * (u64 * (u64 * T)))) with (3.3 * (k * u64) * (u64 * T)) by ring.
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|]. assert (k * u64 <= 1073741824 * / 9007199254740992) by (apply Rmult_le_compat; lra).
  lra. }
assert (uT : u64 * T <= u64 * (1.001 * Q + 4097 * (n row * eta64))) by (apply Rmult_le_compat_l; lra).
assert (une : u64 * (n row * eta64) <= 0.0001 * (n row * eta64)) by (apply Rmult_le_compat_r; lra).
assert ((b + u64 / 1000000) * Q <= f64_counts.b0 * Q) by (apply Rmult_le_compat_r; lra). assert (0 <= u64 * Q) by (apply Rmult_le_pos; lra).
replace (square total - Q) with ((square total - T) + (T - Q)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
End Row.
