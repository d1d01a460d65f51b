(* The first pivot K of section 3 and its threshold T, of floats or of doubles: what the signs of the first elements make of them. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import format look.
Require pivot.
Import ListNotations.
Local Open Scope R_scope.

(* bits: the signs of the first elements, of which a zero may have either *)
Definition signs (xs : list R) (bits : list bool) := length bits = pivot.s xs /\
  forall b x, In (b, x) (combine bits (firstn (pivot.s xs) xs)) -> if b then x <= 0 else 0 <= x.
Definition thirds (xs : list R) (bits : list bool) := (5 * pivot.s xs <= 16 * pivot.g bits <= 11 * pivot.s xs)%nat.
Inductive first_pivot (emin p : Z) (xs : list R) : R -> R -> Prop :=
| About0 bits : signs xs bits -> thirds xs bits -> first_pivot emin p xs 0 0.625
| AboutMean bits j : signs xs bits -> ~ thirds xs bits -> (2 ^ j <= pivot.s xs < 2 * 2 ^ j)%nat ->
  first_pivot emin p xs (pivot.Kt emin p xs j) 0.90625.

Lemma first_pivot_ok emin p xs K T : (24 <= p)%Z -> (emin <= -149)%Z -> (forall x, In x xs -> F emin p x) -> (1 <= length xs <= 1024)%nat ->
  first_pivot emin p xs K T -> F emin p K /\
  (forall lo hi, F emin p lo -> F emin p hi -> (forall x, In x xs -> lo <= x <= hi) -> lo <= K <= hi) /\
  (pivot_0 xs K /\ T = 0.625 \/ pivot_t emin p xs K /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) -> K = v)).
Proof.
intros Hp He Fx L P. destruct P as [bits Sg Th|bits j Sg _ Hj].
- split; [apply F_0|]. split; [intros lo hi _ _ R; exact (pivot.pivot_0_among xs L bits Sg lo hi Th R)|].
  left. split; [exact (pivot.pivot_0_ok xs L bits Sg Th)|reflexivity].
- assert (J5 : (j <= 5)%nat).
  { destruct (le_lt_dec j 5) as [|G]; [assumption|exfalso]. assert (2 ^ 6 <= 2 ^ j)%nat by (apply Nat.pow_le_mono_r; lia).
    unfold pivot.s in Hj. simpl (2 ^ 6)%nat in H. lia. }
  assert (To : (pivot.t j <= length xs)%nat /\ INR (length xs) <= 32 * INR (pivot.t j)).
  { unfold pivot.t, pivot.s in *. split; [lia|]. replace 32 with (INR 32) by (simpl; lra). rewrite <- mult_INR. apply le_INR.
  destruct (le_lt_dec 5 j) as [G|G]; [replace j with 5%nat by lia; simpl (2 ^ 5)%nat; lia|].
  assert (2 ^ j <= 2 ^ 4)%nat by (apply Nat.pow_le_mono_r; lia). simpl (2 ^ 4)%nat in H. lia. }
  split; [exact (rnd_F emin p ltac:(lia) _)|]. split.
  + intros lo hi Fl Fh R. exact (pivot.pivot_t_among emin p Hp xs L bits Sg j J5 To lo hi Fl Fh R).
  + right. split; [exact (pivot.pivot_t_ok emin p Hp xs Fx L bits Sg j J5 To)|]. split; [reflexivity|].
    exact (pivot.pivot_equal emin p xs Fx L bits Sg j J5 To).
Qed.
