(* Section 2 of docs/numerics.md goes on: where all deviations are small multiples of a unit, r and q are exact. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees groups section2.
Import ListNotations.
Local Open Scope R_scope.

Section Block.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Local Notation u := (format.u p).
Local Notation eta := (format.eta emin).
Local Notation rnd := (format.rnd emin p).
Local Notation F := (format.F emin p).
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
Variable ds : list (R * R).
Variable m : nat.
Hypothesis fits : (length ds <= 64 * m)%nat.
Hypothesis m_max : (m <= 16)%nat.
Variable kd : nat.                          (* roundings of a deviation: 1, or 0 where it is the element *)
Local Notation dev_ok := (section2.dev_ok emin p kd).
Hypothesis devs : forall d, In d ds -> dev_ok d.
Local Notation at' i := (nth i ds (0, 0)).
Variable fused : bool.
Variable ee : R.
Hypothesis ee_ok : ee = eta \/ (ee = 0 /\ forall d, In d ds -> snd d = 0 \/ bpow radix2 (emin + p - 1) <= snd d * snd d).
Local Notation nadd := (section2.nadd emin p).
Local Notation zero := (section2.zero St inj).
Local Notation wleaf := (section2.wleaf emin p St inj).
Local Notation wleafq := (section2.wleafq emin p St inj).
Local Notation rleaf := (section2.rleaf p ds kd).
Local Notation r_lanes := (section2.r_lanes emin p St inj wide16 ds m kd).
Local Notation r := (section2.r emin p St val wadd inj wide16 ds m kd).
Local Notation Rexact := (section2.Rexact ds).
Local Notation Rmag := (section2.Rmag ds).
Local Notation qX := (section2.qX emin p ds kd fused ee).
Local Notation qY := (section2.qY emin p ds kd ee).
Local Notation q_lanes := (section2.q_lanes emin p St inj ds m kd fused ee).
Local Notation q := (section2.q emin p St val wadd inj ds m kd fused ee).
Local Notation Qexact := (section2.Qexact ds).
Local Notation lanes8_ok := (groups.lanes8_ok St zero).
Local Notation lanes16_ok := (groups.lanes16_ok St zero).

(* from section2.v *)
Local Lemma r_exact : exact r_lanes = Rexact.
Proof. exact (section2.r_exact emin p St inj wide16 ds m fits kd). Qed.
Local Lemma r_mag : mag r_lanes = Rmag.
Proof. exact (section2.r_mag emin p St inj wide16 ds m fits kd). Qed.
Local Lemma q_exact : exact q_lanes = Qexact.
Proof. exact (section2.q_exact emin p St inj ds m fits kd fused ee). Qed.
Local Lemma q_mag : mag q_lanes = Qexact.
Proof. exact (section2.q_mag emin p St inj ds m fits kd fused ee). Qed.

(* -- where all deviations are small multiples of a unit, r and q are exact -- *)
Section Exact.
Variables (e : Z) (Dm : R).
Hypothesis e_min : (emin <= e)%Z.
Hypothesis e2_min : (emin <= 2 * e)%Z.
Hypothesis dev_ex : forall d, In d ds -> snd d = fst d /\ mult e (fst d) /\ Rabs (fst d) <= Dm.
Hypothesis Dm_pos : 0 <= Dm.
Hypothesis Dm_r : 4 * Dm <= bpow radix2 (24 + e).
Hypothesis Dm_q : 8 * (Dm * Dm) <= bpow radix2 (24 + 2 * e).
Definition nex (f : Z) (s M : R) := mult f s /\ Rabs s <= M.

Lemma nadd_ex f a b A B : (emin <= f)%Z -> nex f a A -> nex f b B -> 0 <= A -> 0 <= B -> A + B <= bpow radix2 (24 + f) ->
  nex f (nadd a b) (A + B) /\ nadd a b = a + b.
Proof.
intros Hf (Ma & Ha) (Mb & Hb) _ _ L.
assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]). assert (E : nadd a b = a + b).
{ apply (rnd_id emin p). apply (mult_F emin p ltac:(lia) f); [exact Hf|now apply mult_add|].
  assert (bpow radix2 (24 + f) <= bpow radix2 (p + f)) by (apply bpow_le; lia). lra. }
split; [|exact E]. rewrite E. split; [now apply mult_add|exact T].
Qed.

Lemma at_ex i : snd (at' i) = fst (at' i) /\ mult e (fst (at' i)) /\ Rabs (fst (at' i)) <= Dm.
Proof.
destruct (nth_in_or_default i ds (0, 0)) as [I|E]; [now apply dev_ex|]. rewrite E. split; [reflexivity|].
split; [apply mult_0|]. simpl. rewrite Rabs_R0. exact Dm_pos.
Qed.

Lemma at_sq i : let s := fst (at' i) * fst (at' i) in mult (2 * e) s /\ 0 <= s <= Dm * Dm /\ rnd s = s.
Proof.
cbv zeta. destruct (at_ex i) as (_ & M & B). set (a := fst (at' i)) in *.
assert (S : 0 <= a * a <= Dm * Dm).
{ split; [apply Rle_0_sqr|]. replace (a * a) with (Rabs a * Rabs a) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; assumption. }
assert (M2 : mult (2 * e) (a * a)) by (replace (2 * e)%Z with (e + e)%Z by lia; now apply mult_mul).
repeat split; try tauto. apply (rnd_id emin p). apply (mult_F emin p ltac:(lia) (2 * e)); [assumption|exact M2|].
rewrite Rabs_pos_eq by tauto. assert (bpow radix2 (24 + 2 * e) <= bpow radix2 (p + 2 * e)) by (apply bpow_le; lia).
assert (0 <= Dm * Dm) by apply Rle_0_sqr. lra.
Qed.

Lemma rleaf_ex i : leaves_ex R (fun x => x) (nex e) (rleaf i).
Proof. destruct (at_ex i) as (A & B & _). unfold section2.rleaf. cbn. rewrite A. repeat split; try assumption; try lra. apply Rabs_pos. Qed.

Lemma r_tree_exact b l : let t := r_tree rleaf b l in 0 <= mag t <= 4 * Dm /\ nex e (eval R nadd t) (mag t) /\ eval R nadd t = exact t.
Proof.
cbv zeta. assert (M : mag (r_tree rleaf b l) <= 4 * Dm).
{ unfold r_tree. cbn [mag section2.rleaf]. destruct (at_ex (b + l)) as (_ & _ & A). destruct (at_ex (b + (l + 32))) as (_ & _ & B).
  destruct (at_ex (b + (l + 16))) as (_ & _ & C). destruct (at_ex (b + (l + 48))) as (_ & _ & D). lra. }
destruct (tree_exact R (fun x => x) nadd (nex e) (bpow radix2 (24 + e)) ltac:(intros; now apply nadd_ex) (r_tree rleaf b l)) as (P & X & V).
- unfold r_tree. cbn [leaves_ex]. repeat split; apply rleaf_ex.
- lra.
- repeat split; try assumption; apply X.
Qed.

Lemma q_tree_exact b l : let t := q_tree qX qY b l in 0 <= mag t <= 8 * (Dm * Dm) /\ nex (2 * e) (eval R nadd t) (mag t) /\
  eval R nadd t = exact t.
Proof.
cbv zeta. assert (M : mag (q_tree qX qY b l) <= 8 * (Dm * Dm)).
{ unfold q_tree, q_pair. cbn [mag section2.qX section2.qY].
  repeat match goal with |- context [at' ?i] => destruct (at_sq i) as (_ & (? & ?) & _); generalize dependent (fst (at' i)); intros end.
    lra. }
assert (L : forall i (f : bool), leaves_ex R (fun x => x) (nex (2 * e)) (let d := at' i in let s := fst d * fst d in
  Leaf s s ((1 + u) ^ (2 * kd + 1) * s + ee) (if f then snd d * snd d else rnd (snd d * snd d)))).
{ intros i f. cbv zeta. cbn [leaves_ex]. destruct (at_ex i) as (E & _ & _). rewrite E. destruct (at_sq i) as (Ms & (S0 & S1) & Rs).
  cbv zeta in *.
  assert (V : (if f then fst (at' i) * fst (at' i) else rnd (fst (at' i) * fst (at' i))) = fst (at' i) * fst (at' i)) by (destruct f;
    [reflexivity|exact Rs]).
  rewrite V. repeat split; try assumption. rewrite Rabs_pos_eq by assumption. lra. }
destruct (tree_exact R (fun x => x) nadd (nex (2 * e)) (bpow radix2 (24 + 2 * e)) ltac:(intros;
  now apply nadd_ex) (q_tree qX qY b l)) as (P & X & V).
- unfold q_tree, q_pair. cbn [leaves_ex]. repeat split; try apply (L _ fused); apply (L _ false).
- lra.
- repeat split; try assumption; apply X.
Qed.

Hypothesis Dm_R : 1024 * Dm <= bpow radix2 (53 + e).
Hypothesis Dm_Q : 1024 * (Dm * Dm) <= bpow radix2 (53 + 2 * e).

Lemma len : INR (length ds) <= 1024.
Proof. replace 1024 with (INR 1024) by (simpl; lra). apply le_INR. lia. Qed.

Lemma zero_ex f : leaves_ex St val (wex f) (Leaf 0 0 0 zero).
Proof.
cbn. unfold section2.zero. split; [|split; [apply val_inj|lra]]. apply wex_inj; [apply mult_0|rewrite Rabs_R0; lra].
Qed.

Theorem r_is_exact : r = Rexact.
Proof.
assert (W : forall b l, leaves_ex St val (wex e) (wleaf (r_tree rleaf b l))).
{ intros b l. destruct (r_tree_exact b l) as (M & (X & Y) & V). unfold section2.wleaf. cbn [leaves_ex]. rewrite val_inj. repeat split; try tauto.
  now apply wex_inj. }
assert (L : leaves_ex St val (wex e) r_lanes).
{ unfold section2.r_lanes. destruct wide16.
  - apply lanes16_ok; [apply zero_ex|intros; now split|intros; apply W].
  - apply lanes8_ok; [apply zero_ex|intros; now split|intros; split; apply W]. }
destruct (tree_exact St val wadd (wex e) (bpow radix2 (53 + e)) ltac:(intros; now apply wadd_ex) r_lanes L) as (_ & _ & V).
- rewrite r_mag. unfold section2.Rmag. apply Rle_trans with (INR (length ds) * Dm).
  + rewrite Rmult_comm, <- sum_const. apply sum_le. intros d I. now apply dev_ex.
  + assert (INR (length ds) * Dm <= 1024 * Dm) by (apply Rmult_le_compat_r; [assumption|apply len]). lra.
- unfold section2.r. rewrite V. apply r_exact.
Qed.

Theorem q_is_exact : q = Qexact.
Proof.
assert (W : forall b l, leaves_ex St val (wex (2 * e)) (wleafq ee (q_tree qX qY b l))).
{ intros b l. destruct (q_tree_exact b l) as (M & (X & Y) & V). unfold section2.wleafq. cbn [leaves_ex]. rewrite val_inj. repeat split; try tauto.
  now apply wex_inj. }
assert (L : leaves_ex St val (wex (2 * e)) q_lanes).
{ unfold section2.q_lanes. apply lanes8_ok; [apply zero_ex|intros; now split|intros; apply W]. }
destruct (tree_exact St val wadd (wex (2 * e)) (bpow radix2 (53 + 2 * e)) ltac:(intros; now apply wadd_ex) q_lanes L) as (_ & _ & V).
- rewrite q_mag. unfold section2.Qexact. apply Rle_trans with (INR (length ds) * (Dm * Dm)).
  + rewrite Rmult_comm, <- sum_const. apply sum_le. intros d I. destruct (dev_ex d I) as (_ & _ & B).
    replace (fst d * fst d) with (Rabs (fst d) * Rabs (fst d)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    apply Rmult_le_compat; try apply Rabs_pos; assumption.
  + assert (0 <= Dm * Dm) by apply Rle_0_sqr.
    assert (INR (length ds) * (Dm * Dm) <= 1024 * (Dm * Dm)) by (apply Rmult_le_compat_r; [assumption|apply len]). lra.
- unfold section2.q. rewrite V. apply q_exact.
Qed.
End Exact.
End Block.
