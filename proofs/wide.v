(* What the lanes of section 2 are made of: doubles for float, error-free pairs of doubles for f64 (sections 1,
  2 and 9 of docs/numerics.md). *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core Relative Plus_error.
From Flocq Require Import Pff.Pff2Flocq.
Require Import format.
Local Open Scope R_scope.

Definition emin64 := (-1074)%Z.
Definition F64 := F emin64 53.
Definition rnd64 := rnd emin64 53.
Definition u64 := bpow radix2 (-53).

Lemma u64_val : 0 < u64 <= / 9007199254740992.
Proof. split; [apply bpow_gt_0|]. right. unfold u64. simpl. lra. Qed.

(* a float is a double *)
Lemma F_F64 emin p x : (p <= 53)%Z -> (emin64 <= emin)%Z -> F emin p x -> F64 x.
Proof.
intros Hp He Fx. apply (generic_inclusion_mag radix2 (FLT_exp emin p)); [|exact Fx].
intros _. unfold fexp, FLT_exp, emin64 in *. lia.
Qed.

(* -- doubles -- *)
Definition dadd a b := rnd64 (a + b).
Definition dinv (h : nat) (s B : R) := F64 s /\ Rabs s <= B.
Definition dex (f : Z) (s M : R) := mult f s /\ Rabs s <= M.

Lemma dadd_ok h a b A B : dinv h a A -> dinv h b B -> 0 <= A -> 0 <= B ->
  dinv (S h) (dadd a b) ((1 + u64) * (A + B) + 0) /\ Rabs (dadd a b - (a + b)) <= u64 * (A + B) + 0.
Proof.
intros (Fa & Ha) (Fb & Hb) PA PB. assert (U := u64_val).
assert (E : Rabs (dadd a b - (a + b)) <= u64 * Rabs (a + b)) by exact (add_err emin64 53 ltac:(lia) a b Fa Fb).
assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (uT : u64 * Rabs (a + b) <= u64 * (A + B)) by (apply Rmult_le_compat_l; lra).
split; [|lra]. split; [exact (rnd_F emin64 53 ltac:(lia) _)|].
replace (dadd a b) with ((dadd a b - (a + b)) + (a + b)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma dadd_ex e a b A B : (emin64 <= e)%Z -> dex e a A -> dex e b B -> 0 <= A -> 0 <= B -> A + B <= bpow radix2 (53 + e) ->
  dex e (dadd a b) (A + B) /\ dadd a b = a + b.
Proof.
intros He (Ma & Ha) (Mb & Hb) _ _ L.
assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (E : dadd a b = a + b) by (apply (rnd_id emin64 53), (mult_F emin64 53 ltac:(lia) e); [exact He|now apply mult_add|lra]).
split; [|exact E]. rewrite E. split; [now apply mult_add|exact T].
Qed.

(* -- the error-free addition of section 1 -- *)
Definition two_s a b := rnd64 (a + b).
Definition two_e a b := let s := rnd64 (a + b) in let v := rnd64 (s - a) in rnd64 (rnd64 (a - rnd64 (s - v)) + rnd64 (b - v)).

Lemma choice_sym : forall x : Z, negb (Z.even x) = negb (negb (Z.even (- (x + 1)))).
Proof. intro x. rewrite Z.even_opp, Z.even_add. destruct (Z.even x); reflexivity. Qed.

Theorem two_sum a b : F64 a -> F64 b -> two_s a b + two_e a b = a + b.
Proof.
intros Fa Fb. unfold two_s, two_e. cbv zeta.
assert (H := TwoSum_correct emin64 53 (fun x => negb (Z.even x)) ltac:(lia) ltac:(unfold emin64; lia) choice_sym a b Fa Fb).
exact H.
Qed.

Lemma two_e_F a b : F64 (two_e a b). Proof. unfold two_e. cbv zeta. exact (rnd_F emin64 53 ltac:(lia) _). Qed.

Lemma two_e_le a b : F64 a -> F64 b -> Rabs (two_e a b) <= u64 * Rabs (a + b).
Proof.
intros Fa Fb. replace (two_e a b) with (- (rnd64 (a + b) - (a + b))) by (assert (H := two_sum a b Fa Fb); unfold two_s in H; lra).
rewrite Rabs_Ropp. exact (add_err emin64 53 ltac:(lia) a b Fa Fb).
Qed.

(* -- pairs: a lane and the lane of its errors, (R, e) = sum(R, R'), RE = (RE + RE') + e -- *)
Definition padd (a b : R * R) := (two_s (fst a) (fst b), rnd64 (rnd64 (snd a + snd b) + two_e (fst a) (fst b))).
Definition pval (a : R * R) := fst a + snd a.
Definition pinj (x : R) : R * R := (x, 0).
Definition pw := bpow radix2 (-99).
Definition pinv (h : nat) (s : R * R) (B : R) := F64 (fst s) /\ F64 (snd s) /\ Rabs (pval s) <= B /\ Rabs (snd s) <= 2 * INR h * u64 * B.
Definition pex (f : Z) (s : R * R) (M : R) := mult f (fst s) /\ Rabs (fst s) <= M /\ snd s = 0.

Lemma padd_ok h a b A B : (h < 24)%nat -> pinv h a A -> pinv h b B -> 0 <= A -> 0 <= B ->
  pinv (S h) (padd a b) ((1 + pw) * (A + B) + 0) /\ Rabs (pval (padd a b) - (pval a + pval b)) <= pw * (A + B) + 0.
Proof.
intros Hh (Fa & Fla & Va & La) (Fb & Flb & Vb & Lb) PA PB. assert (U := u64_val).
assert (Wv : pw = 128 * (u64 * u64)) by (unfold pw, u64; rewrite <- bpow_plus; replace 128 with (bpow radix2 7) by (simpl; lra);
  rewrite <- bpow_plus; reflexivity).
set (k := INR h) in *. assert (K : 0 <= k <= 23).
{ split; [apply pos_INR|]. replace 23 with (INR 23) by (simpl; lra). apply le_INR. lia. }
destruct a as (a, al), b as (b, bl). unfold pval in *. cbn [fst snd] in *.
assert (T := two_sum a b Fa Fb). set (e := two_e a b) in *. set (s := two_s a b) in *.
set (T0 := A + B) in *. assert (T0p : 0 <= T0) by (unfold T0; lra).
assert (LL : Rabs al + Rabs bl <= 2 * k * u64 * T0) by (unfold T0; lra).
assert (ku : k * u64 <= / 100000) by (assert (k * u64 <= 23 * / 9007199254740992) by (apply Rmult_le_compat; lra); lra).
assert (kuT : k * u64 * T0 <= / 100000 * T0) by (apply Rmult_le_compat_r; assumption).
assert (uT : 0 <= u64 * T0 <= / 100000 * T0) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (SA : Rabs (a + b) <= 1.0001 * T0).
{ replace (a + b) with ((a + al) + (b + bl) + (- al + - bl)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (Rabs (- al + - bl) <= Rabs al + Rabs bl) by (eapply Rle_trans; [apply Rabs_triang|rewrite !Rabs_Ropp; lra]).
  assert (Rabs (a + al + (b + bl)) <= T0) by (eapply Rle_trans; [apply Rabs_triang|unfold T0; lra]). lra. }
assert (Ee : Rabs e <= u64 * (1.0001 * T0)).
{ eapply Rle_trans; [exact (two_e_le a b Fa Fb)|]. apply Rmult_le_compat_l; lra. }
assert (Fe : F64 e) by apply two_e_F.
set (l1 := rnd64 (al + bl)). assert (Fl1 : F64 l1) by exact (rnd_F emin64 53 ltac:(lia) _).
assert (E1 : Rabs (l1 - (al + bl)) <= u64 * Rabs (al + bl)) by exact (add_err emin64 53 ltac:(lia) al bl Fla Flb).
set (l := rnd64 (l1 + e)). assert (E2 : Rabs (l - (l1 + e)) <= u64 * Rabs (l1 + e)) by exact (add_err emin64 53 ltac:(lia) l1 e Fl1 Fe).
assert (S1 : Rabs (al + bl) <= 2 * k * u64 * T0) by (eapply Rle_trans; [apply Rabs_triang|exact LL]).
set (z := u64 * T0) in *.
assert (uS1 : u64 * Rabs (al + bl) <= u64 * (2 * k * z)) by (apply Rmult_le_compat_l; [lra|]; unfold z; lra).
assert (kz : 0 <= k * z) by (apply Rmult_le_pos; lra).
assert (ukz : 0 <= u64 * (k * z) <= / 100000 * z).
{ split; [apply Rmult_le_pos; lra|]. replace (u64 * (k * z)) with (k * u64 * z) by ring. apply Rmult_le_compat_r; lra. }
assert (L1 : Rabs l1 <= 2 * k * z + 0.0001 * z).
{ replace l1 with ((l1 - (al + bl)) + (al + bl)) by ring. eapply Rle_trans; [apply Rabs_triang|]. unfold z in *. lra. }
assert (S2 : Rabs (l1 + e) <= 2 * k * z + 1.0003 * z) by (eapply Rle_trans; [apply Rabs_triang|]; unfold z in *; lra).
assert (uS2 : u64 * Rabs (l1 + e) <= u64 * (2 * k * z + 1.0003 * z)) by (apply Rmult_le_compat_l; lra).
assert (uz : 0 <= u64 * z <= / 100000 * z) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (kuz : u64 * (k * z) <= 23 * (u64 * z)) by (replace (u64 * (k * z)) with (k * (u64 * z)) by ring; apply Rmult_le_compat_r; lra).
assert (ERR : Rabs (s + l - (a + al + (b + bl))) <= pw * T0).
{ replace (s + l - (a + al + (b + bl))) with ((l - (l1 + e)) + (l1 - (al + bl))) by (replace s with (a + b - e) by lra; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Wv. replace (128 * (u64 * u64) * T0) with (128 * (u64 * z)) by (unfold z; ring). lra. }
unfold padd. cbn [fst snd]. fold s e l1 l. split; [|lra].
assert (VAL : Rabs (s + l) <= (1 + pw) * T0 + 0).
{ replace (s + l) with ((s + l - (a + al + (b + bl))) + ((a + al) + (b + bl))) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (Rabs (a + al + (b + bl)) <= T0) by (eapply Rle_trans; [apply Rabs_triang|unfold T0; lra]). lra. }
split; [exact (rnd_F emin64 53 ltac:(lia) _)|]. split; [exact (rnd_F emin64 53 ltac:(lia) _)|]. split; [exact VAL|].
cbn [snd]. rewrite S_INR. fold k.
assert (LF : Rabs l <= 2 * (k + 1) * z).
{ replace l with ((l - (l1 + e)) + (l1 + e)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (0 <= pw * T0) by (apply Rmult_le_pos; [apply bpow_ge_0|lra]).
assert (2 * (k + 1) * u64 * T0 <= 2 * (k + 1) * u64 * ((1 + pw) * T0 + 0)) by (apply Rmult_le_compat_l; [repeat apply Rmult_le_pos;
  lra|lra]).
unfold z in LF. lra.
Qed.

Lemma pinv_mono h k s B : (h <= k)%nat -> pinv h s B -> pinv k s B.
Proof.
intros H (A & C & D & E). repeat split; try assumption. eapply Rle_trans; [exact E|].
assert (0 <= B) by (assert (X := Rabs_pos (pval s)); lra). apply Rmult_le_compat_r; [assumption|].
  apply Rmult_le_compat_r; [assert (U := u64_val); lra|].
apply Rmult_le_compat_l; [lra|now apply le_INR].
Qed.

Lemma pinv_inj x B : F64 x -> Rabs x <= B -> pinv 0 (pinj x) B.
Proof.
intros Fx H. unfold pinv, pval, pinj. cbn [fst snd]. rewrite Rplus_0_r, Rabs_R0. simpl INR. repeat split; try assumption; [apply F_0|lra].
Qed.

Lemma padd_ex e a b A B : (emin64 <= e)%Z -> pex e a A -> pex e b B -> 0 <= A -> 0 <= B -> A + B <= bpow radix2 (53 + e) ->
  pex e (padd a b) (A + B) /\ pval (padd a b) = pval a + pval b.
Proof.
intros He (Ma & Ha & La) (Mb & Hb & Lb) _ _ L. destruct a as (a, al), b as (b, bl). cbn [fst snd] in *. subst al bl.
assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]).
assert (Fab : F64 (a + b)) by (apply (mult_F emin64 53 ltac:(lia) e); [exact He|now apply mult_add|lra]).
assert (E : two_s a b = a + b) by (apply (rnd_id emin64 53); exact Fab).
assert (Fa : F64 a) by (apply (mult_F emin64 53 ltac:(lia) e); [exact He|assumption|assert (X := Rabs_pos b); lra]).
assert (Fb : F64 b) by (apply (mult_F emin64 53 ltac:(lia) e); [exact He|assumption|assert (X := Rabs_pos a); lra]).
assert (E0 : two_e a b = 0) by (assert (X := two_sum a b Fa Fb); lra).
assert (Z : rnd64 0 = 0) by exact (rnd_0 emin64 53).
assert (LZ : rnd64 (rnd64 (0 + 0) + 0) = 0) by (rewrite !Rplus_0_r, Z; exact Z).
unfold padd, pval, pex. cbn [fst snd]. rewrite E, E0, LZ. repeat split; try (now apply mult_add); try assumption; ring.
Qed.
