(* Section 2 of docs/numerics.md: the sums of a block about a pivot. The trees of floats are written out here as they stand there;
   what the lanes are made of (doubles for float, pairs of doubles for f64) is left open. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees groups.
Import ListNotations.
Local Open Scope R_scope.

Section Block.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.
Definition nadd a b := rnd (a + b).

Lemma u0 : 0 < u. Proof. apply bpow_gt_0. Qed.
Lemma eta0 : 0 < eta. Proof. apply bpow_gt_0. Qed.

(* The lanes: a state is wide; what a float becomes in it *)
Variables (St : Type) (val : St -> R) (wadd : St -> St -> St) (inj : R -> St) (w : R) (winv : nat -> St -> R -> Prop) (WH : nat).
Hypothesis w_pos : 0 <= w.
Hypothesis val_inj : forall x, val (inj x) = x.
Hypothesis winv_inj : forall x B, F x -> Rabs x <= B -> winv 0 (inj x) B.
Hypothesis winv_mono : forall h k s B, (h <= k)%nat -> winv h s B -> winv k s B.
Hypothesis wadd_ok : forall h a b A B, (h < WH)%nat -> winv h a A -> winv h b B -> 0 <= A -> 0 <= B ->
  winv (S h) (wadd a b) ((1 + w) * (A + B) + 0) /\ Rabs (val (wadd a b) - (val a + val b)) <= w * (A + B) + 0.
Variable wex : Z -> St -> R -> Prop.        (* a multiple of bpow e *)
Hypothesis wex_inj : forall e x M, mult e x -> Rabs x <= M -> wex e (inj x) M.
Hypothesis wadd_ex : forall e a b A B, (emin <= e)%Z -> wex e a A -> wex e b B -> 0 <= A -> 0 <= B -> A + B <= bpow radix2 (53 + e) ->
  wex e (wadd a b) (A + B) /\ val (wadd a b) = val a + val b.
Variable wide16 : bool.                     (* R has 16 lanes (f64), or 8 of two trees each *)

Definition zero := inj 0.
Local Notation lanes8_ok := (groups.lanes8_ok St zero).
Local Notation lanes16_ok := (groups.lanes16_ok St zero).
Definition wleaf (t : tree R) : tree St :=
  Leaf (exact t) (mag t) (bnd R u 0 t) (inj (eval R nadd t)).
Definition wleafq (ee : R) (t : tree R) : tree St :=
  Leaf (exact t) (mag t) (bnd R u ee t) (inj (eval R nadd t)).

(* A block: for each element what it stands for and the float that the deviation is *)
Variable ds : list (R * R).
Variable m : nat.
Hypothesis fits : (length ds <= 64 * m)%nat.
Hypothesis m_max : (m <= 16)%nat.
Variable kd : nat.                          (* roundings of a deviation: 1, or 0 where it is the element *)
Definition dev_ok (d : R * R) := F (snd d) /\ Rabs (snd d - fst d) <= ((1 + u) ^ kd - 1) * Rabs (fst d).
Hypothesis devs : forall d, In d ds -> dev_ok d.
Let at' (i : nat) := nth i ds (0, 0).

Lemma at_ok i : dev_ok (at' i).
Proof.
unfold at'. destruct (nth_in_or_default i ds (0, 0)) as [I|E]; [now apply devs|]. rewrite E. split; simpl; [apply F_0|].
rewrite Rminus_0_r, Rabs_R0. lra.
Qed.
Lemma pk k : 1 <= (1 + u) ^ k. Proof. apply pow_R1_Rle. assert (H := u0). lra. Qed.

(* -- the sum of the deviations -- *)
Definition rleaf i : tree R := let d := at' i in Leaf (fst d) (Rabs (fst d)) ((1 + u) ^ kd * Rabs (fst d)) (snd d).
Definition rinv (h : nat) (s B : R) := F s /\ Rabs s <= B.

Definition r_lanes : tree St :=
  if wide16 then lanes16 St zero (fun l j => wleaf (r_tree rleaf (64 * j) l)) m
  else lanes8 St zero (fun l j => Node (wleaf (r_tree rleaf (64 * j) l)) (wleaf (r_tree rleaf (64 * j) (8 + l)))) m.
Definition r := val (eval St wadd r_lanes).
Definition Rexact := sum (fun d => fst d) ds.
Definition Rmag := sum (fun d => Rabs (fst d)) ds.

Lemma nadd_ok_r h a b A B : (h < 2)%nat -> rinv h a A -> rinv h b B -> 0 <= A -> 0 <= B ->
  rinv (S h) (nadd a b) ((1 + u) * (A + B) + 0) /\ Rabs (nadd a b - (a + b)) <= u * (A + B) + 0.
Proof.
intros _ (Fa & Ha) (Fb & Hb) PA PB. assert (U := u0).
assert (E : Rabs (nadd a b - (a + b)) <= u * Rabs (a + b)) by exact (add_err emin p ltac:(lia) a b Fa Fb).
assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (uT : u * Rabs (a + b) <= u * (A + B)) by (apply Rmult_le_compat_l; lra).
split; [|lra]. split; [exact (rnd_F emin p ltac:(lia) _)|].
replace (nadd a b) with ((nadd a b - (a + b)) + (a + b)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma rleaf_ok i : leaves_ok R (fun x => x) rinv (rleaf i).
Proof.
destruct (at_ok i) as (Fd & Ed). unfold rleaf. simpl. assert (A := Rabs_pos (fst (at' i))).
assert (B : Rabs (snd (at' i)) <= (1 + u) ^ kd * Rabs (fst (at' i))).
{ replace (snd (at' i)) with ((snd (at' i) - fst (at' i)) + fst (at' i)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
repeat split; try assumption; try lra.
Qed.

Lemma r_tree_ok b l : leaves_ok R (fun x => x) rinv (r_tree rleaf b l).
Proof. unfold r_tree. cbn [leaves_ok]. repeat split; apply rleaf_ok. Qed.

Lemma r_tree_err b l : let t := r_tree rleaf b l in
  mag t <= bnd R u 0 t /\ rinv 2 (eval R nadd t) (bnd R u 0 t) /\ Rabs (eval R nadd t - exact t) <= bnd R u 0 t - mag t.
Proof.
assert (U := u0). 
apply (tree_error R (fun x => x) nadd u 0 ltac:(lra) ltac:(lra) rinv 2 ltac:(intros;
  assumption) nadd_ok_r (r_tree rleaf b l) (r_tree_ok b l)).
unfold r_tree. cbn. lia.
Qed.

Lemma wleaf_ok b l : leaves_ok St val winv (wleaf (r_tree rleaf b l)).
Proof.
assert (U := u0). destruct (r_tree_err b l) as (A & (Fv & Bv) & E). unfold wleaf. cbn [leaves_ok]. rewrite val_inj.
destruct (leaves_mag R (fun x => x) rinv _ (r_tree_ok b l)) as (P & Q).
repeat split; try assumption; try lra. now apply winv_inj.
Qed.

Lemma zero_ok : leaves_ok St val winv (Leaf 0 0 0 zero).
Proof.
simpl. unfold zero. rewrite val_inj. rewrite Rminus_0_r, Rabs_R0. repeat split; try lra. apply winv_inj; [apply F_0|]. rewrite Rabs_R0. lra.
Qed.

Lemma r_lanes_ok : leaves_ok St val winv r_lanes.
Proof.
unfold r_lanes. destruct wide16; [apply lanes16_ok|apply lanes8_ok]; try apply zero_ok; try (intros; now split).
- intros; apply wleaf_ok.
- intros; split; apply wleaf_ok.
Qed.

Lemma r_lanes_height : (height r_lanes <= 20)%nat.
Proof.
unfold r_lanes. destruct wide16.
- assert (H := lanes16_height St zero (fun l j => wleaf (r_tree rleaf (64 * j) l)) m 0 ltac:(intros; cbn; lia)). lia.
- assert (H := lanes8_height St zero (fun l j => Node (wleaf (r_tree rleaf (64 * j) l)) (wleaf (r_tree rleaf (64 * j) (8 + l)))) m 1
  ltac:(intros; cbn; lia)). lia.
Qed.

(* any sum over the tree is the sum over the elements *)
Lemma r_lanes_sum (f : tree St -> R) (g : tree R -> R) (h : R * R -> R) : (forall a b, f (Node a b) = f a + f b) ->
  f (Leaf 0 0 0 zero) = 0 ->
  (forall a b, g (Node a b) = g a + g b) -> (forall b l, f (wleaf (r_tree rleaf b l)) = g (r_tree rleaf b l)) ->
  (forall i, g (rleaf i) = h (at' i)) -> h (0, 0) = 0 -> f r_lanes = sum h ds.
Proof.
intros Hf Z Hg Hw Hl H0. 
assert (E : f r_lanes = sum (fun j => of8 (fun l => g (r_tree rleaf (64 * j) l)) + of8 (fun l => g (r_tree rleaf (64 * j) (8 + l)))) (seq 0
  m)).
{ unfold r_lanes. destruct wide16.
  - rewrite (lanes16_sum St zero f 0) by (intros; rewrite ?Hf; lra). replace (15 * 0) with 0 by ring. rewrite Rplus_0_r. apply sum_ext.
    intros j _.
    unfold of8. rewrite !Hw. ring.
  - rewrite (lanes8_sum St zero f 0) by (intros; rewrite ?Hf; lra). replace (7 * 0) with 0 by ring. rewrite Rplus_0_r. apply sum_ext.
    intros j _.
    unfold of8. rewrite !Hf, !Hw. ring. }
rewrite E. rewrite (sum_ext _ (fun j => sum (fun i => g (rleaf (64 * j + i)%nat)) (seq 0 64))) by (intros j _; now apply r_group).
rewrite (sum_groups (fun i => g (rleaf i))). rewrite (sum_ext _ (fun i => h (at' i))) by (intros; apply Hl).
now apply sum_nth.
Qed.

Lemma r_exact : exact r_lanes = Rexact.
Proof. apply (r_lanes_sum exact exact (fun d => fst d)); try reflexivity. Qed.
Lemma r_mag : mag r_lanes = Rmag.
Proof. apply (r_lanes_sum mag mag (fun d => Rabs (fst d))); try reflexivity. apply Rabs_R0. Qed.

Lemma r_leafB : leafB r_lanes <= (1 + u) ^ (kd + 2) * Rmag.
Proof.
assert (U := u0).
(* the bound of a leaf of the lanes is that of its tree; sum the trees' leaves first *)
assert (M : forall b l, bnd R u 0 (r_tree rleaf b l) = (1 + u) ^ (kd + 2) * mag (r_tree rleaf b l)).
{ intros b l. unfold r_tree. cbn [bnd mag rleaf]. rewrite pow_add. ring. }
right. unfold Rmag. rewrite <- sum_scal.
apply (r_lanes_sum leafB (fun t => (1 + u) ^ (kd + 2) * mag t) (fun d => (1 + u) ^ (kd + 2) * Rabs (fst d))); try reflexivity.
- intros; cbn [mag]; ring.
- intros. cbn [leafB wleaf]. apply M.
- simpl. rewrite Rabs_R0. ring.
Qed.

Theorem r_error : (20 <= WH)%nat -> Rabs (r - Rexact) <= ((1 + u) ^ (kd + 2) * (1 + w) ^ 20 - 1) * Rmag.
Proof.
intro HW. assert (U := u0). assert (H := r_lanes_height).
destruct (tree_error St val wadd w 0 w_pos ltac:(lra) winv WH winv_mono wadd_ok r_lanes r_lanes_ok ltac:(lia)) as (_ & _ & E).
assert (B := bnd_le St val w 0 w_pos ltac:(lra) winv r_lanes 20 r_lanes_ok H).
rewrite Rmult_0_l, Rplus_0_r in B. rewrite r_exact, r_mag in E. fold r in E.
assert (LB := r_leafB). assert (W := pow_R1_Rle (1 + w) 20 ltac:(lra)).
assert ((1 + w) ^ 20 * leafB r_lanes <= (1 + w) ^ 20 * ((1 + u) ^ (kd + 2) * Rmag)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

(* -- the sum of the squares; ee: what underflow may lose of a float, 0 where no square is that small -- *)
Variable fused : bool.
Variable ee : R.
Hypothesis ee_ok : ee = eta \/ (ee = 0 /\ forall d, In d ds -> snd d = 0 \/ bpow radix2 (emin + p - 1) <= snd d * snd d).
Definition lo := bpow radix2 (emin + p - 1).

Lemma ee0 : 0 <= ee. Proof. assert (H := eta0). destruct ee_ok as [-> | (-> & _)]; lra. Qed.

Definition qX i : tree R := let d := at' i in let s := fst d * fst d in
  Leaf s s ((1 + u) ^ (2 * kd + 1) * s + ee) (if fused then snd d * snd d else rnd (snd d * snd d)).
Definition qY i : tree R := let d := at' i in let s := fst d * fst d in
  Leaf s s ((1 + u) ^ (2 * kd + 1) * s + ee) (rnd (snd d * snd d)).
Definition qinv (h : nat) (s B : R) := Rabs s <= B /\ (ee = 0 -> s = 0 \/ lo <= s).
Definition q_lanes : tree St := lanes8 St zero (fun l j => wleafq ee (q_tree qX qY (64 * j) l)) m.
Definition q := val (eval St wadd q_lanes).
Definition Qexact := sum (fun d => fst d * fst d) ds.

Lemma lo_F : F lo.
Proof. apply (generic_format_bpow radix2 (FLT_exp emin p)). unfold FLT_exp. lia. Qed.

(* rounding what is 0 or not too small, or anything, at the price of ee *)
Lemma rnd_ee x : (ee = 0 -> x = 0 \/ lo <= x) -> Rabs (rnd x - x) <= u * Rabs x + ee /\ (ee = 0 -> rnd x = 0 \/ lo <= rnd x).
Proof.
intro H. assert (U := u0). destruct ee_ok as [E|(E & _)].
- split; [rewrite E; exact (rnd_err emin p ltac:(lia) x)|]. intro Z. exfalso. assert (A := eta0). lra.
- destruct (H E) as [->|L].
  + assert (R0 : rnd 0 = 0) by exact (rnd_0 emin p). rewrite R0. split; [|now left]. rewrite Rminus_0_r, Rabs_R0, E. lra.
  + split.
    * rewrite E, Rplus_0_r. eapply Rle_trans; [apply (relative_error_N_FLT radix2 emin p ltac:(lia) (fun x => negb (Z.even x)))|].
      -- rewrite Rabs_pos_eq; [exact L|]. assert (B := bpow_ge_0 radix2 (emin + p - 1)). unfold lo in L. lra.
      -- right. f_equal. unfold u, format.u. rewrite bpow_plus. change (bpow radix2 1) with 2. field.
    * intros _. right. rewrite <- (rnd_id emin p lo lo_F). apply (rnd_le emin p ltac:(lia)). exact L.
Qed.

Lemma nadd_ok_q h a b A B : (h < 3)%nat -> qinv h a A -> qinv h b B -> 0 <= A -> 0 <= B ->
  qinv (S h) (nadd a b) ((1 + u) * (A + B) + ee) /\ Rabs (nadd a b - (a + b)) <= u * (A + B) + ee.
Proof.
intros _ (Ha & La) (Hb & Lb) PA PB. assert (U := u0).
assert (LL : ee = 0 -> a + b = 0 \/ lo <= a + b).
{ intro Z. assert (P : 0 <= lo) by apply bpow_ge_0.
  destruct (La Z) as [->|], (Lb Z) as [->|]; [left; ring|right; lra|right; lra|right; lra]. }
destruct (rnd_ee (a + b) LL) as (E & L). fold (nadd a b) in E, L.
assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (uT : u * Rabs (a + b) <= u * (A + B)) by (apply Rmult_le_compat_l; lra).
split; [|lra]. split; [|exact L].
replace (nadd a b) with ((nadd a b - (a + b)) + (a + b)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma square_err i : let d := at' i in Rabs (snd d * snd d - fst d * fst d) <= ((1 + u) ^ (2 * kd) - 1) * (fst d * fst d).
Proof.
cbv zeta. destruct (at_ok i) as (_ & E). set (a := snd (at' i)) in *. set (b := fst (at' i)) in *. assert (P := pk kd).
replace (a * a - b * b) with ((a - b) * ((a - b) + 2 * b)) by ring. rewrite Rabs_mult.
replace (b * b) with (Rabs b * Rabs b) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
replace (2 * kd)%nat with (kd + kd)%nat by lia. rewrite pow_add.
replace (((1 + u) ^ kd * (1 + u) ^ kd - 1) * (Rabs b * Rabs b)) with (((1 + u) ^ kd - 1) * Rabs b * ((((1 + u) ^ kd - 1) + 2) * Rabs b)) by
  ring.
apply Rmult_le_compat; try apply Rabs_pos; [exact E|]. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq 2) by lra.
  lra.
Qed.

Lemma at_lo i : ee = 0 -> snd (at' i) * snd (at' i) = 0 \/ lo <= snd (at' i) * snd (at' i).
Proof.
intro Z. destruct ee_ok as [E|(_ & H)]; [exfalso; assert (A := eta0); lra|].
unfold at'. destruct (nth_in_or_default i ds (0, 0)) as [I|E].
- destruct (H _ I) as [-> |L]; [left; ring|now right].
- rewrite E. left. simpl. ring.
Qed.

Lemma qleaf_ok i f : leaves_ok R (fun x => x) qinv (let d := at' i in let s := fst d * fst d in
  Leaf s s ((1 + u) ^ (2 * kd + 1) * s + ee) (if f : bool then snd d * snd d else rnd (snd d * snd d))).
Proof.
cbv zeta. cbn [leaves_ok]. assert (E := square_err i). cbv zeta in E. assert (L := at_lo i).
set (s := fst (at' i) * fst (at' i)) in *. set (v := snd (at' i) * snd (at' i)) in *.
assert (S0 : 0 <= s) by apply Rle_0_sqr. assert (P := pk (2 * kd)). assert (U := u0). assert (E0 := ee0).
assert (V : Rabs v <= (1 + u) ^ (2 * kd) * s).
{ replace v with ((v - s) + s) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq s) by assumption. lra. }
destruct (rnd_ee v L) as (RE & RL).
assert (PS : (1 + u) ^ (2 * kd + 1) * s = (1 + u) ^ (2 * kd) * s + u * ((1 + u) ^ (2 * kd) * s)) by (rewrite pow_add; ring).
assert (UP : 0 <= u * ((1 + u) ^ (2 * kd) * s)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
assert (C : Rabs ((if f then v else rnd v) - s) <= (1 + u) ^ (2 * kd + 1) * s + ee - s).
{ rewrite PS. destruct f; [lra|]. replace (rnd v - s) with ((rnd v - v) + (v - s)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (u * Rabs v <= u * ((1 + u) ^ (2 * kd) * s)) by (apply Rmult_le_compat_l; lra). lra. }
repeat split; try assumption.
- set (c := if f then v else rnd v) in *. replace c with ((c - s) + s) by ring. eapply Rle_trans; [apply Rabs_triang|].
  rewrite (Rabs_pos_eq s) by assumption. lra.
- destruct f; assumption.
- rewrite Rabs_pos_eq by assumption. lra.
Qed.

Lemma q_tree_ok b l : leaves_ok R (fun x => x) qinv (q_tree qX qY b l).
Proof. unfold q_tree, q_pair. cbn [leaves_ok]. repeat split; try apply (qleaf_ok _ fused); apply (qleaf_ok _ false). Qed.

Lemma q_tree_err b l : let t := q_tree qX qY b l in
  mag t <= bnd R u ee t /\ qinv 3 (eval R nadd t) (bnd R u ee t) /\ Rabs (eval R nadd t - exact t) <= bnd R u ee t - mag t.
Proof.
assert (U := u0). assert (E := ee0).
apply (tree_error R (fun x => x) nadd u ee ltac:(lra) E qinv 3 ltac:(intros; assumption) nadd_ok_q (q_tree qX qY b l) (q_tree_ok b l)).
unfold q_tree, q_pair. cbn. lia.
Qed.

Lemma wleafq_ok b l : leaves_ok St val winv (wleafq ee (q_tree qX qY b l)).
Proof.
assert (U := u0). destruct (q_tree_err b l) as (A & (Bv & _) & E). unfold wleafq. cbn [leaves_ok]. rewrite val_inj.
destruct (leaves_mag R (fun x => x) qinv _ (q_tree_ok b l)) as (P & Q).
repeat split; try assumption; try lra. apply winv_inj; [|assumption]. unfold q_tree. cbn [eval]. exact (rnd_F emin p ltac:(lia) _).
Qed.

Lemma q_lanes_ok : leaves_ok St val winv q_lanes.
Proof. unfold q_lanes. apply lanes8_ok; [apply zero_ok|intros; now split|intros; apply wleafq_ok]. Qed.

Lemma q_lanes_height : (height q_lanes <= 20)%nat.
Proof. assert (H := lanes8_height St zero (fun l j => wleafq ee (q_tree qX qY (64 * j) l)) m 0 ltac:(intros; cbn; lia)). unfold q_lanes.
  lia. Qed.

Lemma q_lanes_sum (f : tree St -> R) (g : tree R -> R) (h : R * R -> R) : (forall a b, f (Node a b) = f a + f b) ->
  f (Leaf 0 0 0 zero) = 0 ->
  (forall a b, g (Node a b) = g a + g b) -> (forall b l, f (wleafq ee (q_tree qX qY b l)) = g (q_tree qX qY b l)) ->
  (forall i, g (qX i) = h (at' i)) -> (forall i, g (qY i) = h (at' i)) -> f q_lanes = sum (fun i => h (at' i)) (seq 0 (64 * m)).
Proof.
intros Hf Z Hg Hw HX HY. unfold q_lanes.
rewrite (lanes8_sum St zero f 0) by (intros; rewrite ?Hf; lra). replace (7 * 0) with 0 by ring. rewrite Rplus_0_r.
rewrite (sum_ext _ (fun j => sum (fun i => h (at' (64 * j + i)%nat)) (seq 0 64))).
- apply (sum_groups (fun i => h (at' i))).
- intros j _. rewrite <- (q_group g qX qY (64 * j) (fun i => h (at' i)) Hg HX HY). unfold of8. rewrite !Hw. ring.
Qed.

Lemma q_exact : exact q_lanes = Qexact.
Proof. rewrite (q_lanes_sum exact exact (fun d => fst d * fst d)); try reflexivity.
  exact (sum_nth (fun d => fst d * fst d) (0, 0) ds (64 * m) ltac:(simpl; ring) fits). Qed.
Lemma q_mag : mag q_lanes = Qexact.
Proof. rewrite (q_lanes_sum mag mag (fun d => fst d * fst d)); try reflexivity.
  exact (sum_nth (fun d => fst d * fst d) (0, 0) ds (64 * m) ltac:(simpl; ring) fits). Qed.

(* the counts: 2 kd + 1 roundings of a square, 3 additions of floats; and less than 2 ee for each of the 64 m places *)
Lemma q_leafB : leafB q_lanes <= (1 + u) ^ (2 * kd + 4) * Qexact + 1.876 * ee * INR (64 * m).
Proof.
assert (U := u0). assert (E0 := ee0). assert (Um : u <= / 16777216).
{ replace (/ 16777216) with (bpow radix2 (-24)) by (simpl; lra). apply bpow_le. lia. }
set (c := (1 + u) ^ (2 * kd + 4)). set (k := (1 + u) * ((1 + u) * (1 + u)) + (1 + u) * (1 + u) / 2 + (1 + u) / 4 + / 8).
assert (K : k <= 1.876).
{ unfold k. assert ((1 + u) * (1 + u) <= 1.0001 * 1.0001) by (apply Rmult_le_compat; lra).
  assert ((1 + u) * ((1 + u) * (1 + u)) <= 1.0001 * (1.0001 * 1.0001)) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; lra). lra. }
assert (M : leafB q_lanes = sum (fun i => c * (fst (at' i) * fst (at' i)) + k * ee) (seq 0 (64 * m))).
{ apply (q_lanes_sum leafB (fun t => c * mag t + k * ee * (size t + 1)) (fun d => c * (fst d * fst d) + k * ee)); try reflexivity.
  - intros; cbn [mag size]; ring.
  - intros b l. cbn [leafB wleafq]. unfold c, k, q_tree, q_pair. cbn [bnd mag size qX qY].
    replace (2 * kd + 4)%nat with (2 * kd + 1 + 3)%nat by lia. rewrite (pow_add _ (2 * kd + 1) 3). field.
  - intros; cbn [mag size qX]; ring.
  - intros; cbn [mag size qY]; ring. }
rewrite M, sum_add, sum_const, seq_length, sum_scal.
assert (Z : sum (fun i => fst (at' i) * fst (at' i)) (seq 0 (64 * m)) = Qexact) by exact (sum_nth (fun d => fst d * fst d) (0,
  0) ds (64 * m) ltac:(simpl; ring) fits).
rewrite Z. assert (I := pos_INR (64 * m)). assert (k * (ee * INR (64 * m)) <= 1.876 * (ee * INR (64 * m))) by (apply Rmult_le_compat_r;
  [now apply Rmult_le_pos|exact K]). lra.
Qed.

Theorem q_error_places : (20 <= WH)%nat -> Rabs (q - Qexact) <= ((1 + u) ^ (2 * kd + 4) * (1 + w) ^ 20 - 1) * Qexact +
  (1 + w) ^ 20 * (1.876 * ee * INR (64 * m)).
Proof.
intro HW. assert (U := u0). assert (H := q_lanes_height). assert (E0 := ee0).
destruct (tree_error St val wadd w 0 w_pos ltac:(lra) winv WH winv_mono wadd_ok q_lanes q_lanes_ok ltac:(lia)) as (_ & _ & E).
assert (B := bnd_le St val w 0 w_pos ltac:(lra) winv q_lanes 20 q_lanes_ok H).
rewrite Rmult_0_l, Rplus_0_r in B. rewrite q_exact, q_mag in E. fold q in E.
assert (LB := q_leafB). assert (W := pow_R1_Rle (1 + w) 20 ltac:(lra)).
assert ((1 + w) ^ 20 * leafB q_lanes <= (1 + w) ^ 20 * ((1 + u) ^ (2 * kd + 4) * Qexact + 1.876 * ee * INR (64 * m))) by (apply
  Rmult_le_compat_l; lra).
  lra.
Qed.
Theorem q_error_sharp : (20 <= WH)%nat -> Rabs (q - Qexact) <= ((1 + u) ^ (2 * kd + 4) * (1 + w) ^ 20 - 1) * Qexact + (1 + w) ^ 20 * (1922 * ee).
Proof.
intro HW. assert (E := q_error_places HW). assert (W := pow_R1_Rle (1 + w) 20 ltac:(assert (U := w_pos); lra)). assert (E0 := ee0).
assert (I : INR (64 * m) <= 1024) by (replace 1024 with (INR 1024) by (simpl; lra); apply le_INR; lia).
assert (ee * INR (64 * m) <= ee * 1024) by (apply Rmult_le_compat_l; assumption).
assert ((1 + w) ^ 20 * (1.876 * ee * INR (64 * m)) <= (1 + w) ^ 20 * (1922 * ee)) by (apply Rmult_le_compat_l; lra). lra.
Qed.
Theorem q_error : (20 <= WH)%nat -> Rabs (q - Qexact) <= ((1 + u) ^ (2 * kd + 4) * (1 + w) ^ 20 - 1) * Qexact + (1 + w) ^ 20 * (4096 * ee).
Proof.
intro HW. assert (E := q_error_sharp HW). assert (W := pow_R1_Rle (1 + w) 20 ltac:(lra)). assert (E0 := ee0).
assert ((1 + w) ^ 20 * (1922 * ee) <= (1 + w) ^ 20 * (4096 * ee)) by (apply Rmult_le_compat_l; lra). lra.
Qed.
End Block.
