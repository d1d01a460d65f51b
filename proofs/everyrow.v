(* A row as the caller has it, cut into blocks, against the blocks of which moments are known. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row scale32 float32 merge step mergeops mergerow whole32 anydown everyblock.
Require blocks downblock scaledblock anyscale.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.

(* a float that is neither infinite nor a NaN *)
Definition finite32 (x : R) := F32 x /\ Rabs x < bpow radix2 128.

(* Dekker's product, whatever underflows *)
Lemma dekker_is_product a b : F64 a -> F64 b -> product a b (pr a b) (pe_dekker a b).
Proof.
intros Fa Fb. split; [exact (merge.rnd64_F _)|]. split; [reflexivity|].
destruct (Pff2Flocq.Dekker radix2 emin64 53 (fun x => negb (Z.even x)) ltac:(lia) ltac:(unfold emin64; lia) a b Fa Fb ltac:(now left)) as (_ & X).
change (round radix2 (FLT_exp emin64 53) (Znearest (fun x => negb (Z.even x)))) with rnd64 in X.
unfold pe_dekker, pr, split_l. cbv zeta. rewrite !split_h_flocq.
set (ha := rnd64 (rnd64 (a - rnd64 (a * (bpow radix2 (53 - Z.div2 53) + 1))) + rnd64 (a * (bpow radix2 (53 - Z.div2 53) + 1)))) in *.
set (hb := rnd64 (rnd64 (b - rnd64 (b * (bpow radix2 (53 - Z.div2 53) + 1))) + rnd64 (b * (bpow radix2 (53 - Z.div2 53) + 1)))) in *.
replace (rnd64 (ha * hb) - rnd64 (a * b)) with (- rnd64 (a * b) + rnd64 (ha * hb)) by ring.
rewrite Rabs_minus_sym. eapply Rle_trans; [exact X|]. unfold eta64, emin64. change (-1074)%Z with (1 + -1075)%Z. rewrite bpow_plus.
change (bpow radix2 1) with 2. lra.
Qed.
Definition a_product (pe : R -> R -> R) := pe = pe_fma \/ pe = pe_dekker.
Lemma product_ok pe : a_product pe -> forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Proof. intros [-> | ->] a b Fa Fb; [now apply fma_is_product|now apply dekker_is_product]. Qed.

(* -- a row's count, mean and sigma are those of its elements -- *)
Lemma sum_concat {A : Type} (f : A -> R) (l : list (list A)) : sum f (concat l) = sum (fun xs => sum f xs) l.
Proof. induction l as [|a l IH]; [reflexivity|]. simpl. now rewrite sum_app, IH. Qed.
Section Elements.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let x := concat (map bx row).

Lemma over f : sum f x = sum (fun b => sum f (bx b)) row. Proof. unfold x. now rewrite sum_concat, sum_map. Qed.
Lemma cols_elements : row.cols row = n x.
Proof. rewrite cols_sum, <- over. unfold n. rewrite sum_const. ring. Qed.
Lemma mu_elements : row.mu row = mean x.
Proof.
assert (C := cols_1 row row_good row_some). assert (E := mu_sum row row_good row_some). rewrite <- over, cols_elements in E.
rewrite cols_elements in C. unfold mean. rewrite <- E. field. lra.
Qed.
Lemma sigma_elements : row.sigma row = sig x.
Proof.
assert (C := cols_1 row row_good row_some). assert (S := sigma_sqr (-149) 24 row row_good row_some). fold (row.cols row) (row.sigma row) in S.
rewrite (M2_elements (-149) 24 row row_good) in S. unfold QQ in S. rewrite <- over, mu_elements, cols_elements in S.
rewrite cols_elements in C. unfold sig, QQ. rewrite <- S. replace (n x * (row.sigma row * row.sigma row) / n x) with
  (row.sigma row * row.sigma row) by (field; lra). rewrite sqrt_square; [reflexivity|apply sqrt_pos].
Qed.
End Elements.

(* -- the blocks that moments are known of -- *)
Definition of_block (xs : list R) (b : rblock) := rgood (-149) 24 b /\ length (bx b) = length xs /\
  (bx b = xs \/ bx b = downblock.stand_ins xs /\ downblock.spread_out xs).
Definition whole_block (xs : list R) := (1 <= length xs <= 1024)%nat /\ forall x, In x xs -> finite32 x.

Lemma blocks_known fused els sts : Forall2 (moments fused) els sts -> (forall xs, In xs els -> whole_block xs) ->
  exists row, Forall2 of_block els row /\ Forall2 agrees row sts.
Proof.
intro F. induction F as [|xs s els sts M F IH]; intro W; [exists []; split; constructor|].
destruct IH as (row & A & B); [intros; apply W; now right|]. destruct (W xs (or_introl eq_refl)) as (L & Fx).
destruct (block_known xs fused s (fun x I => proj1 (Fx x I)) L M) as (b & G & Ag & Lb & Kd).
exists (b :: row). split; constructor; try assumption. now split.
Qed.

Section Known.
Variables (els : list (list R)) (row : list rblock).
Hypothesis known : Forall2 of_block els row.
Hypothesis els_ok : forall xs, In xs els -> whole_block xs.

Lemma find b : In b row -> exists xs, In xs els /\ of_block xs b.
Proof.
clear els_ok. induction known as [|xs c els row K F IH]; [easy|]. intros [<-|I]; [exists xs; split; [now left|exact K]|].
destruct (IH F I) as (ys & J & O). exists ys. split; [now right|exact O].
Qed.
Lemma known_good b : In b row -> rgood (-149) 24 b.
Proof. intro I. destruct (find b I) as (xs & _ & G & _). exact G. Qed.
Lemma known_some : els <> [] -> row <> [].
Proof. intros H Z. rewrite Z in known. inversion known. subst. now apply H. Qed.
Lemma known_cols : row.cols row = n (concat els).
Proof.
rewrite cols_sum. unfold n. rewrite <- (Rmult_1_l (INR _)), <- sum_const, sum_concat. clear els_ok.
induction known as [|xs c els row (_ & L & _) F IH]; [reflexivity|]. simpl. rewrite (IH F), !sum_const, L. reflexivity.
Qed.
Lemma known_max b z : In b row -> In z (bx b) -> Rabs z <= bpow radix2 129.
Proof.
intros Ib Iz. destruct (find b Ib) as (xs & Ix & _ & _ & Kd). destruct (els_ok xs Ix) as (_ & Fx).
assert (E : bpow radix2 129 = 2 * bpow radix2 128) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
assert (P := bpow_gt_0 radix2 128). destruct Kd as [Kd|(Kd & _)]; rewrite Kd in Iz.
- destruct (Fx z Iz). lra.
- unfold downblock.stand_ins in Iz. rewrite in_map_iff in Iz. destruct Iz as (x & <- & I). destruct (Fx x I) as (Fx1 & Fx2).
  assert (N := downblock.stand_in_near x Fx1). assert (S : bpow radix2 (-60) <= bpow radix2 128) by (apply bpow_le; lia).
  replace (downblock.stand_in x) with ((downblock.stand_in x - x) + x) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
Lemma known_near : Forall2 (fun xs b => Forall2 near xs (bx b)) els row.
Proof.
revert els_ok. induction known as [|xs c els row (_ & _ & Kd) F IH]; intro W; constructor.
- destruct Kd as [-> |(-> & _)]; [apply same_near|apply stand_ins_near]. intros x I. now apply (W xs (or_introl eq_refl)).
- apply (IH F). intros ys I. apply W. now right.
Qed.
(* the elements themselves, or a row that varies *)
Lemma same_or_spread : els = map bx row \/ exists b, In b row /\ bpow radix2 72 <= QQ (bx b) (mean (bx b)).
Proof.
revert els_ok. induction known as [|xs c els row (_ & _ & Kd) F IH]; intro W; [now left|].
destruct Kd as [E|(E & Sp)].
- destruct (IH F (fun ys I => W ys (or_intror I))) as [-> |(b & I & Q)]; [left; simpl; now rewrite E|right; exists b; split; [now right|exact Q]].
- right. exists c. split; [now left|]. rewrite E. destruct (W xs (or_introl eq_refl)) as (L & Fx).
  exact (downblock.stand_ins_spread xs (fun x I => proj1 (Fx x I)) L Sp).
Qed.
End Known.

Lemma near_in xs zs x : Forall2 near xs zs -> In x xs -> exists z, In z zs /\ near x z.
Proof.
intro N. induction N as [|y z ys zs Yz N IH]; [easy|]. intros [<-|I]; [exists z; split; [now left|exact Yz]|].
destruct (IH I) as (v & Iv & Nv). exists v. split; [now right|exact Nv].
Qed.
Lemma near_element els row : Forall2 (fun xs b => Forall2 near xs (bx b)) els row -> forall x, In x (concat els) ->
  exists b z, In b row /\ In z (bx b) /\ near x z.
Proof.
intro F. induction F as [|xs b els row N F IH]; [easy|]. intros x I. simpl in I. apply in_app_or in I. destruct I as [I|I].
- destruct (near_in xs (bx b) x N I) as (z & Iz & Nz). exists b, z. repeat split; [now left|exact Iz|exact Nz].
- destruct (IH x I) as (c & z & Ic & Iz & Nz). exists c, z. repeat split; [now right|exact Iz|exact Nz].
Qed.
Lemma forall2_last {A B : Type} (P : A -> B -> Prop) r b l : Forall2 P (r ++ [b]) l -> exists l1 s, l = l1 ++ [s] /\ Forall2 P r l1 /\ P b s.
Proof.
intro F. destruct (Forall2_app_inv_l _ _ F) as (l1 & l2 & F1 & F2 & E). inversion F2 as [|? s ? l3 Pb F3]; subst. inversion F3; subst.
now exists l1, s.
Qed.

(* two elements that differ *)
Lemma sig_not0 (x : list R) a b : In a x -> In b x -> a <> b -> 0 < sig x.
Proof.
intros Ia Ib Ne. unfold sig. apply sqrt_lt_R0. assert (Q := scaledblock.two_spread x (mean x) a b Ia Ib Ne).
assert (0 < (a - b) * (a - b)) by (assert (Nz : a - b <> 0) by lra; assert (S := Rlt_0_sqr _ Nz); exact S).
apply Rmult_lt_0_compat; [lra|]. apply Rinv_0_lt_compat. unfold n. apply lt_0_INR. destruct x; [easy|simpl; lia].
Qed.

(* -- section 5: the power of two that a row is multiplied by -- *)
Definition power (V : R) : Z := if Rlt_dec V (bpow radix2 (-80)) then 90 else if Rlt_dec (bpow radix2 80) V then -90 else 0.
Lemma power_is m2 cols eps outside : anyscale.power_of_row m2 cols eps outside (power (anyscale.V_any m2 cols eps outside)).
Proof.
unfold anyscale.power_of_row, anyscale.ordinary, power. destruct (Rlt_dec _ _) as [A|A]; [right; left; now split|].
destruct (Rlt_dec _ _) as [B|B]; [right; right; now split|left; split; [lra|reflexivity]].
Qed.
Lemma merged_count pe f l : cn (merged pe f l) = sum cn (f :: l).
Proof.
unfold merged. revert f. induction l as [|b l IH]; intro f; simpl; [ring|]. rewrite IH. simpl. unfold mn. ring.
Qed.
