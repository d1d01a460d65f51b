(* Section 3 for float, whatever the block: which of the tries counts, and that what comes of it is good for the block or for what stands
  in for it. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look counts32 look32 block32 row merge step mergeops rowscale scaledblock downblock aboveblock.
Require firstpivot rstd float32 whole32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.

(* -- the first pivot, of floats -- *)
Notation first_pivot := (firstpivot.first_pivot emin32 24).
Lemma first_pivot_ok xs K T : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> first_pivot xs K T -> F32 K /\ among xs K /\
  (pivot_0 xs K /\ T = 0.625 \/ pivot_t emin32 24 xs K /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) -> K = v)).
Proof. exact (firstpivot.first_pivot_ok emin32 24 xs K T ltac:(lia) ltac:(unfold emin32; lia)). Qed.

(* -- the moments of the elements ys = xs times S, about the pivot that is final, divided by S -- *)
Definition tried (ys : list R) (fused : bool) (K1 T : R) (S : R) := let K := Kfinal ys fused K1 T in
  State (n ys) (two_s K (shift32 ys K) / S) (two_e K (shift32 ys K) / S) 0 (m2_32 ys fused K / (S * S)) 0.

(* Section 3.  q is above the range where it says so in either look, or where a look may overflow: a deviation or a square that does makes q
   itself as large, and so large a sum as the first pivot's needs a large element. *)
Definition above (xs : list R) (fused : bool) (K1 T : R) := bpow radix2 80 * n xs < q32 xs fused K1 \/
  bpow radix2 80 * n xs < q32 xs fused (Kfinal xs fused K1 T) \/ exists x, In x xs /\ bpow radix2 62 <= Rabs x.
Inductive moments (fused : bool) (xs : list R) : st -> Prop :=
| InRange K1 T : first_pivot xs K1 T -> bpow radix2 (-80) * n xs <= q32 xs fused (Kfinal xs fused K1 T) -> moments fused xs (tried xs fused
  K1 T 1)
| Below K1 T : first_pivot (map (scaled 96) xs) K1 T -> moments fused xs (tried (map (scaled 96) xs) fused K1 T (bpow radix2 96))
| Stays K1 T : first_pivot xs K1 T -> (forall x y, In x xs -> In y xs -> x = y) -> moments fused xs (tried xs fused K1 T 1)
| Above J1 U K1 T : first_pivot xs J1 U -> above xs fused J1 U -> first_pivot (map (scaled (-90)) xs) K1 T ->
  moments fused xs (tried (map (scaled (-90)) xs) fused K1 T (bpow radix2 (-90))).

(* the elements that the moments are of: those of the block, or, of a block above the range, what 2^-90 leaves of them *)
Definition known (xs : list R) (s : st) (b : rblock) := rgood (-149) 24 b /\ whole32.agrees b s /\ length (bx b) = length xs /\
  (bx b = xs \/ bx b = stand_ins xs /\ spread_out xs).

Lemma stand_in_large x : F32 x -> bpow radix2 62 <= Rabs x -> stand_in x = x.
Proof.
intros Fx H. unfold stand_in, scaled. assert (E : rnd32 (x * bpow radix2 (-90)) = x * bpow radix2 (-90)).
{ apply (rnd_id emin32 24), (mul_pow2_F emin32 24); [exact Fx|]. apply mag_ge_bpow with (e := 63%Z) in H.
  unfold cexp, fexp, FLT_exp, emin32. lia. }
change (rstd.rnd32 (x * bpow radix2 (-90))) with (rnd32 (x * bpow radix2 (-90))). rewrite E, Rmult_assoc, <- bpow_plus.
simpl (bpow radix2 (-90 + 90)). ring.
Qed.

Theorem block_known xs fused s : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> moments fused xs s -> exists b, known xs s b.
Proof.
intros Fx L M. assert (N := n_range xs L).
(* as it is: fit, and so good *)
assert (Plain : forall K1 T, first_pivot xs K1 T -> fit xs fused (Kfinal xs fused K1 T) -> exists b, known xs (tried xs fused K1 T 1) b).
{ intros K1 T P Ft. destruct (first_pivot_ok xs K1 T Fx L P) as (FK & _ & Ok).
  destruct (float32.block_is_good xs fused K1 T Fx L FK Ok Ft) as (c & k & G).
  assert (A := whole32.block_agrees xs fused K1 T Fx L FK c k). cbv zeta in A.
  exists (RBlock xs (pair32 xs (Kfinal xs fused K1 T)) (m2_32 xs fused (Kfinal xs fused K1 T)) c k).
  split; [exact G|]. split; [|split; [reflexivity|left; reflexivity]]. unfold tried. cbv zeta.
  replace (1 * 1) with 1 by ring. unfold Rdiv. rewrite Rinv_1, !Rmult_1_r. exact A. }
destruct M as [K1 T P Q|K1 T P|K1 T P E|J1 U K1 T J A P].
- apply Plain; [exact P|left]. eapply Rle_trans; [|exact Q]. rewrite <- (Rmult_1_r (bpow radix2 (-80))) at 1.
  apply Rmult_le_compat_l; [apply bpow_ge_0|lra].
- assert (Ey : map (scaled 96) xs = times 96 xs) by (apply map_ext_in; intros x I; apply scaled_up; [lia|now apply Fx]).
  rewrite Ey in *. destruct (first_pivot_ok _ K1 T (up_F xs Fx L) (up_len xs L) P) as (FK & _ & Ok).
  destruct (up_good xs Fx L fused K1 T FK Ok) as (c & k & G).
  eexists. split; [exact G|]. split; [|split; [reflexivity|left; reflexivity]]. unfold tried. cbv zeta. rewrite times_n.
  exact (up_agrees xs Fx L fused K1 T FK c k).
- apply Plain; [exact P|]. destruct (first_pivot_ok xs K1 T Fx L P) as (FK & _ & Ok).
  destruct (some_in xs ltac:(lia)) as (v & Iv). assert (All : forall x, In x xs -> x = v) by (intros x I; now apply E).
  assert (E1 := equal_pivot xs K1 T L Ok v All). right. left. right. split; [reflexivity|]. intros x I. left.
  rewrite (All x I), (constant_final xs fused K1 T v Fx L FK All E1), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24).
- destruct (first_pivot_ok xs J1 U Fx L J) as (FJ & Am & _).
  assert (Ab : (exists v, (forall x, In x xs -> x = v) /\ bpow radix2 62 <= Rabs v) \/ spread_out xs).
  { destruct A as [A|[A|(x & Ix & Bx)]].
    - right. exact (above_spread xs fused J1 U Fx L FJ Am (or_introl A)).
    - right. exact (above_spread xs fused J1 U Fx L FJ Am (or_intror A)).
    - destruct (large_spread xs x Fx Ix Bx) as [All|Sp]; [left; exists x; now split|now right]. }
  assert (Ab2 : (exists v, forall x, In x xs -> x = v) \/ spread_out xs) by (destruct Ab as [(v & All & _)|Sp]; [left; now exists v|now
    right]).
  change (map (scaled (-90)) xs) with (shrunk xs) in *.
  destruct (first_pivot_ok _ K1 T (shrunk_F xs) (shrunk_len xs L) P) as (FK & _ & Ok).
  destruct (down_good xs Fx L Ab2 fused K1 T FK Ok) as (c & k & G).
  assert (Ag := down_agrees xs L fused K1 T FK c k). exists (RBlock (stand_ins xs) (mean_s (-90) (stand_ins xs) fused K1 T +
    mean_lo_s (-90) (stand_ins xs) fused K1 T) (m2_s (-90) (stand_ins xs) fused K1 T) c k).
  split; [exact G|]. split; [|split].
  + unfold tried. cbv zeta. unfold mean_s, mean_lo_s, m2_s in Ag |- *. rewrite shrunk_times in Ag |- *.
    replace (n (shrunk xs)) with (n (stand_ins xs)) by (unfold n, shrunk, stand_ins; now rewrite !map_length). exact Ag.
  + cbn [bx]. unfold stand_ins. apply map_length.
  + cbn [bx]. destruct Ab as [(v & All & Bv)|Sp]; [left|right; now split]. unfold stand_ins. rewrite <- (map_id xs) at 2. apply map_ext_in.
    intros x I. apply stand_in_large; [now apply Fx|]. now rewrite (All x I).
Qed.
