(* Sections 2 and 3 for float: one look at a block as docs/numerics.md computes it, and its errors. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees groups section2 section2_exact wide moments look pivot counts counts32.
Import ListNotations.
Local Open Scope R_scope.

(* rounding keeps multiples of a unit *)
Lemma rnd_mult emin p e x : (8 <= p)%Z -> (emin <= e)%Z -> mult e x -> mult e (rnd emin p x).
Proof.
intros Hp He M. destruct (Rle_or_lt (Rabs x) (bpow radix2 (p + e))) as [L|L].
- rewrite (rnd_id emin p); [exact M|]. now apply (mult_F emin p Hp e).
- apply (F_mult emin p); [now apply rnd_F|exact He|]. left.
  assert (B : F emin p (bpow radix2 (e + p - 1))).
  { apply (generic_format_bpow radix2 (FLT_exp emin p)). unfold FLT_exp. lia. }
  assert (Bx : bpow radix2 (e + p - 1) <= Rabs x) by (apply Rlt_le, Rle_lt_trans with (2 := L), bpow_le; lia).
  destruct (Rle_or_lt 0 x) as [P|P].
  + rewrite (Rabs_pos_eq x) in Bx by assumption. assert (R := rnd_le emin p Hp _ _ Bx). rewrite (rnd_id emin p _ B) in R.
    eapply Rle_trans; [exact R|apply Rle_abs].
  + rewrite (Rabs_left x) in Bx by assumption. assert (Bx' : x <= - bpow radix2 (e + p - 1)) by lra.
    assert (R := rnd_le emin p Hp _ _ Bx'). rewrite (rnd_id emin p _ (F_opp emin p _ B)) in R.
    rewrite <- Rabs_Ropp. eapply Rle_trans; [|apply Rle_abs]. lra.
Qed.

Lemma tree_mult {St : Type} (P : St -> Prop) op (t : tree St) : (forall a b, P a -> P b -> P (op a b)) ->
  (fix all t := match t with Leaf _ _ _ s => P s | Node a b => all a /\ all b end) t -> P (eval St op t).
Proof. intros Hop. induction t as [e m B s|a IHa b IHb]; simpl; [easy|]. intros (A & B). auto. Qed.

Lemma lanes8_ext {St : Type} op zero (g h : nat -> nat -> tree St) m : (forall l j, eval St op (g l j) = eval St op (h l j)) ->
  eval St op (lanes8 St zero g m) = eval St op (lanes8 St zero h m).
Proof.
intro E. unfold lanes8, fold8. cbn [eval].
assert (L : forall l, eval St op (lane St zero g l m) = eval St op (lane St zero h l m)).
{ intro l. induction m as [|k IH]; [reflexivity|]. cbn [lane eval]. now rewrite IH, E. }
now rewrite !L.
Qed.

(* the value of q does not depend on what underflow is taken to lose *)
Lemma q_ee ds m kd fused e f : section2.q emin32 24 R (fun x => x) dadd (fun x => x) ds m kd fused e = section2.q emin32 24 R (fun x => x)
  dadd (fun x => x) ds m kd fused f.
Proof. unfold section2.q, q_lanes. apply lanes8_ext. reflexivity. Qed.

Lemma mult_least e x : mult e x -> x <> 0 -> bpow radix2 e <= Rabs x.
Proof.
intros (k & E) Nz. rewrite E, Rabs_mult, (Rabs_pos_eq (bpow radix2 e)) by apply bpow_ge_0.
assert (K0 : (k <> 0)%Z) by (intro Z; apply Nz; rewrite E, Z; ring).
assert (1 <= Rabs (IZR k)) by (rewrite <- abs_IZR; apply IZR_le; lia).
rewrite <- (Rmult_1_l (bpow radix2 e)) at 1. apply Rmult_le_compat_r; [apply bpow_ge_0|assumption].
Qed.

Definition eta64 := bpow radix2 (-1075).
Lemma rnd64_err x : Rabs (rnd64 x - x) <= u64 * Rabs x + eta64.
Proof. exact (rnd_err emin64 53 ltac:(lia) x). Qed.
Lemma rnd64_F x : F64 (rnd64 x). Proof. exact (rnd_F emin64 53 ltac:(lia) x). Qed.

(* 2^-1075 is nothing beside anything that is at least 2^-400 *)
Lemma eta64_le x : bpow radix2 (-400) <= Rabs x -> eta64 <= / 1000000 * u64 * Rabs x.
Proof.
intro H. apply Rle_trans with (/ 1000000 * u64 * bpow radix2 (-400)).
- unfold u64, eta64. rewrite Rmult_assoc, <- bpow_plus. 
  apply Rle_trans with (bpow radix2 (-20) * bpow radix2 (-53 + -400)).
  + rewrite <- bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
- apply Rmult_le_compat_l; [assert (A := u64_val); lra|exact H].
Qed.

Lemma some_in (l : list R) : (1 <= length l)%nat -> exists v, In v l.
Proof. destruct l as [|v l]; simpl; [lia|]. intros _. exists v. now left. Qed.

Section Block32.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Let n := look.n xs.

Definition groups := ((length xs + 63) / 64)%nat.
Lemma groups_ok : (length xs <= 64 * groups)%nat /\ (groups <= 16)%nat.
Proof.
unfold groups. assert (D := Nat.div_mod (length xs + 63) 64 ltac:(lia)). assert (M := Nat.mod_upper_bound (length xs + 63) 64 ltac:(lia)).
assert (L : ((length xs + 63) / 64 < 17)%nat) by (apply Nat.div_lt_upper_bound; lia). split; lia.
Qed.

(* section 2 *)
Definition kd (K : R) : nat := if Req_EM_T K 0 then 0 else 1.
Definition devs K := map (fun x => (x - K, rnd32 (x - K))) xs.
Definition r32 K := section2.r emin32 24 R (fun x => x) dadd (fun x => x) false (devs K) groups (kd K).
Definition q32 K := section2.q emin32 24 R (fun x => x) dadd (fun x => x) (devs K) groups (kd K) fused eta32.
(* section 3 *)
Definition inv32 := rnd64 (1 / n).
Definition shift32 K := rnd64 (r32 K * inv32).
Definition raw32 K := rnd64 (q32 K - rnd64 (r32 K * shift32 K)).
Definition m2_32 K := if Rlt_dec (raw32 K) 0 then 0 else raw32 K.
Definition pair32 K := two_s K (shift32 K) + two_e K (shift32 K).
Definition mean32 K := two_s K (shift32 K).

Lemma devs_len K : length (devs K) = length xs. Proof. apply map_length. Qed.
Lemma devs_ok K : F32 K -> forall d, In d (devs K) -> dev_ok emin32 24 (kd K) d.
Proof.
intros FK d I. unfold devs in I. rewrite in_map_iff in I. destruct I as (x & <- & I). split; cbn [fst snd].
- exact (rnd_F emin32 24 ltac:(lia) _).
- unfold kd. destruct (Req_EM_T K 0) as [Z|Nz].
  + rewrite Z, Rminus_0_r. unfold rnd32. rewrite (rnd_id emin32 24 x (xs_F x I)), Rminus_diag_eq, Rabs_R0 by reflexivity. simpl. lra.
  + simpl. rewrite Rmult_1_r. replace (1 + format.u 24 - 1) with (format.u 24) by ring.
    exact (sub_err emin32 24 ltac:(lia) x K (xs_F x I) FK).
Qed.
Lemma devs_r K : Rexact (devs K) = SS xs K /\ Rmag (devs K) = DD xs K /\ Qexact (devs K) = QQ xs K.
Proof. unfold Rexact, Rmag, Qexact, devs, SS, DD, QQ. now rewrite !sum_map. Qed.

Lemma F32_F64 x : F32 x -> F64 x. Proof. apply F_F64; unfold emin32, emin64; lia. Qed.
Lemma winj h x B : F32 x -> Rabs x <= B -> dinv h x B. Proof. intros A C. split; [now apply F32_F64|exact C]. Qed.
Lemma dex32 e a b A B : (emin32 <= e)%Z -> dex e a A -> dex e b B -> 0 <= A -> 0 <= B -> A + B <= bpow radix2 (53 + e) ->
  dex e (dadd a b) (A + B) /\ dadd a b = a + b.
Proof. intro He. apply dadd_ex. unfold emin32, emin64 in *. lia. Qed.

Definition aK K := ac (kd K + 2).
Definition bK K := ac (2 * kd K + 4).

Lemma u64_0 : 0 <= u64. Proof. assert (H := u64_val). lra. Qed.

Lemma pow20 : (1 + u64) ^ 20 <= (1 + u64) ^ count_doubles.
Proof. apply Rle_pow; [assert (H := u64_0); lra|exact (proj2 (proj2 counts_q))]. Qed.

Lemma r32_err K : F32 K -> Rabs (r32 K - SS xs K) <= aK K * DD xs K.
Proof.
intro FK. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (E1 & E2 & _).
assert (H := r_error emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) u64 dinv 64 u64_0 ltac:(reflexivity) (winj 0)
  ltac:(intros; assumption) ltac:(intros; now apply (dadd_ok h)) false (devs K) groups ltac:(rewrite devs_len;
    exact G1) G2 (kd K) (devs_ok K FK) ltac:(lia)).
rewrite E1, E2 in H. fold (r32 K) in H. eapply Rle_trans; [exact H|]. apply Rmult_le_compat_r.
- rewrite <- E2. apply sum_pos. intros. apply Rabs_pos.
- unfold aK, ac. change (format.u 24) with u32. assert (P := pow20). 
  assert (0 <= (1 + u32) ^ (kd K + 2)) by (apply pow_le; rewrite u32_val; lra).
  assert ((1 + u32) ^ (kd K + 2) * (1 + u64) ^ 20 <= (1 + u32) ^ (kd K + 2) * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_l;
    assumption). lra.
Qed.

(* squares: what underflow may lose is eta32 a piece, or nothing where no deviation is small *)
Definition tame K e := e = eta32 \/ e = 0 /\ forall x, In x xs -> rnd32 (x - K) = 0 \/ bpow radix2 (-59) <= Rabs (rnd32 (x - K)).

Lemma tame_ee K e : tame K e -> e = eta emin32 \/ e = 0 /\ forall d, In d (devs K) ->
  snd d = 0 \/ bpow radix2 (emin32 + 24 - 1) <= snd d * snd d.
Proof.
intros [E|(E & H)]; [left; exact E|right]. split; [exact E|]. intros d I. unfold devs in I. rewrite in_map_iff in I.
  destruct I as (x & <- & I). cbn [snd].
destruct (H x I) as [Z|B]; [now left|right]. set (v := rnd32 (x - K)) in *.
replace (v * v) with (Rabs v * Rabs v) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
apply Rle_trans with (bpow radix2 (-59) * bpow radix2 (-59)).
- rewrite <- bpow_plus. apply bpow_le. unfold emin32. lia.
- apply Rmult_le_compat; try apply bpow_ge_0; assumption.
Qed.

Lemma q32_places K e : F32 K -> tame K e -> Rabs (q32 K - QQ xs K) <= bK K * QQ xs K + 1.8763 * INR (64 * groups) * e.
Proof.
intros FK T. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (_ & _ & E3).
assert (H := q_error_places emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) u64 dinv 64 u64_0 ltac:(reflexivity) (winj 0)
  ltac:(intros; assumption) ltac:(intros; now apply (dadd_ok h)) (devs K) groups ltac:(rewrite devs_len;
    exact G1) G2 (kd K) (devs_ok K FK) fused e (tame_ee K e T) ltac:(lia)).
rewrite E3, (q_ee _ _ _ _ e eta32) in H. fold (q32 K) in H. eapply Rle_trans; [exact H|]. apply Rplus_le_compat.
- apply Rmult_le_compat_r; [apply QQ_pos|]. unfold bK, ac. change (format.u 24) with u32. assert (P := pow20).
  assert (0 <= (1 + u32) ^ (2 * kd K + 4)) by (apply pow_le; rewrite u32_val; lra).
  assert ((1 + u32) ^ (2 * kd K + 4) * (1 + u64) ^ 20 <= (1 + u32) ^ (2 * kd K + 4) * (1 + u64) ^ count_doubles) by (apply
    Rmult_le_compat_l; assumption). lra.
- assert (e0 : 0 <= e) by (destruct T as [-> |(-> & _)]; [apply bpow_ge_0|lra]).
  assert (P : (1 + u64) ^ 20 <= 1.0001).
  { destruct (pow_bound u64 20) as (_ & B); rewrite ?u64_eq in *; simpl INR in *; lra. }
  assert (I := pos_INR (64 * groups)). set (i := INR (64 * groups)) in *. assert (ie : 0 <= e * i) by now apply Rmult_le_pos.
  assert ((1 + u64) ^ 20 * (1.876 * e * i) <= 1.0001 * (1.876 * e * i)) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma q32_err K e : F32 K -> tame K e -> Rabs (q32 K - QQ xs K) <= bK K * QQ xs K + 1923 * e.
Proof.
intros FK T. assert (E := q32_places K e FK T). destruct groups_ok as (_ & G).
assert (e0 : 0 <= e) by (destruct T as [-> |(-> & _)]; [apply bpow_ge_0|lra]).
assert (I : INR (64 * groups) <= 1024) by (replace 1024 with (INR 1024) by (simpl; lra); apply le_INR; lia).
assert (INR (64 * groups) * e <= 1024 * e) by (apply Rmult_le_compat_r; assumption). lra.
Qed.

(* exactness *)
Lemma small_devs K e : F32 K -> small emin32 xs e K -> forall d, In d (devs K) ->
  snd d = fst d /\ mult e (fst d) /\ Rabs (fst d) <= 1448 * bpow radix2 e.
Proof.
intros FK (He & MK & S) d I. unfold devs in I. rewrite in_map_iff in I. destruct I as (x & <- & I). destruct (S x I) as (Mx & B).
  cbn [fst snd].
assert (M := mult_sub e x K Mx MK). split; [|split; assumption]. apply (rnd_id emin32 24), (mult_F emin32 24 ltac:(lia) e _ He M).
rewrite bpow_plus. eapply Rle_trans; [exact B|]. apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
Qed.

Lemma r32_exact K e : F32 K -> small emin32 xs e K -> r32 K = SS xs K.
Proof.
intros FK Sm. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (E1 & _ & _). assert (P := bpow_gt_0 radix2 e).
rewrite <- E1. 
apply (r_is_exact emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) ltac:(reflexivity) dex ltac:(intros;
  now split) dex32 false (devs K) groups
  ltac:(rewrite devs_len; exact G1) G2 (kd K) eta32 ltac:(now left) e (1448 * bpow radix2 e) ltac:(apply Sm) (small_devs K e FK Sm));
    [lra| |].
- rewrite bpow_plus. replace (bpow radix2 24) with 16777216 by (simpl; lra). lra.
- rewrite bpow_plus. replace (bpow radix2 53) with 9007199254740992 by (simpl; lra). lra.
Qed.

Lemma q32_exact K e : F32 K -> small emin32 xs e K -> (emin32 <= 2 * e)%Z -> q32 K = QQ xs K.
Proof.
intros FK Sm He2. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (_ & _ & E1). assert (P := bpow_gt_0 radix2 e).
rewrite <- E1. assert (B2 : bpow radix2 (2 * e) = bpow radix2 e * bpow radix2 e) by (rewrite <- bpow_plus; f_equal; lia).
assert (P2 : 0 < bpow radix2 e * bpow radix2 e) by now apply Rmult_lt_0_compat.
apply (q_is_exact emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) ltac:(reflexivity) dex ltac:(intros;
  now split) dex32 (devs K) groups
  ltac:(rewrite devs_len; exact G1) G2 (kd K) fused eta32 ltac:(now left) e (1448 * bpow radix2 e) He2 (small_devs K e FK Sm)); [lra| |].
- rewrite bpow_plus, B2. replace (bpow radix2 24) with 16777216 by (simpl; lra). lra.
- rewrite bpow_plus, B2. replace (bpow radix2 53) with 9007199254740992 by (simpl; lra). lra.
Qed.

(* r and q are multiples of the smallest float: where they are not 0, no double underflows *)
Lemma F32_mult x : F32 x -> mult emin32 x.
Proof. intro H. apply (F_mult emin32 24); [exact H|unfold emin32; lia|now right]. Qed.
Lemma dadd_mult a b : mult emin32 a -> mult emin32 b -> mult emin32 (dadd a b).
Proof. intros A B. apply rnd_mult; [lia|unfold emin32, emin64; lia|now apply mult_add]. Qed.
Lemma nadd32_mult a b : mult emin32 (nadd emin32 24 a b).
Proof. apply F32_mult. exact (rnd_F emin32 24 ltac:(lia) _). Qed.

Lemma r32_mult K : mult emin32 (r32 K).
Proof.
unfold r32, section2.r, r_lanes.
apply (groups.lanes8_ok R (zero R (fun x => x)) (fun t => mult emin32 (eval R dadd t))).
- apply mult_0.
- intros a b A B. cbn [eval]. now apply dadd_mult.
- intros l j. cbn [eval wleaf]. apply dadd_mult; apply nadd32_mult.
Qed.
Lemma q32_mult K : mult emin32 (q32 K).
Proof.
unfold q32, section2.q, q_lanes.
apply (groups.lanes8_ok R (zero R (fun x => x)) (fun t => mult emin32 (eval R dadd t))).
- apply mult_0.
- intros a b A B. cbn [eval]. now apply dadd_mult.
- intros l j. cbn [eval wleafq]. apply nadd32_mult.
Qed.




Lemma inv32_err : Rabs (inv32 - / n) <= 1.00001 * u64 * / n.
Proof.
assert (N := n_range xs xs_len). fold n in N. assert (ni : / 1024 <= / n) by (apply Rinv_le; lra).
unfold inv32. replace (1 / n) with (/ n) by (field; lra). eapply Rle_trans; [apply rnd64_err|].
assert (E := eta64_le (/ n)). rewrite (Rabs_pos_eq (/ n)) in * by lra.
assert (bpow radix2 (-400) <= / n). { apply Rle_trans with (bpow radix2 (-10)); [apply bpow_le; lia|]. simpl. lra. }
specialize (E H). assert (U := u64_val). assert (0 <= u64 * / n) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma shift32_err K : Rabs (shift32 K - r32 K / n) <= 2.001 * u64 * (Rabs (r32 K) / n).
Proof.
assert (N := n_range xs xs_len). fold n in N. assert (U := u64_val). assert (I := inv32_err).
  assert (Im : / n > 0) by (apply Rinv_0_lt_compat; lra).
unfold shift32. set (v := r32 K) in *. destruct (Req_dec v 0) as [Z|Nz].
- rewrite Z, Rmult_0_l. assert (E : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite E, Rabs_R0. unfold Rdiv.
  rewrite Rmult_0_l, Rminus_0_r, Rabs_R0. lra.
- assert (L := mult_least emin32 v (r32_mult K) Nz). assert (R := rnd64_err (v * inv32)).
  assert (V0 := Rabs_pos v).
  assert (Ib : Rabs inv32 <= 1.00001 * / n).
  { replace inv32 with ((inv32 - / n) + / n) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (/ n)) by lra.
    assert (1.00001 * u64 * / n <= 0.000001 * / n) by (apply Rmult_le_compat_r; lra). lra. }
  set (w := Rabs v * / n) in *. assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra).
  assert (A : Rabs (v * inv32) <= 1.00001 * w) by (rewrite Rabs_mult; unfold w;
    assert (Rabs v * Rabs inv32 <= Rabs v * (1.00001 * / n)) by (apply Rmult_le_compat_l; lra); lra).
  assert (B : Rabs (v * inv32 - v * / n) <= 1.00001 * u64 * w).
  { rewrite <- Rmult_minus_distr_l, Rabs_mult. unfold w.
    assert (Rabs v * Rabs (inv32 - / n) <= Rabs v * (1.00001 * u64 * / n)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (E : eta64 <= / 1000000 * u64 * w).
  { assert (X := eta64_le w). rewrite (Rabs_pos_eq w) in X by assumption. apply X.
    apply Rle_trans with (bpow radix2 emin32 * bpow radix2 (-10)).
    - rewrite <- bpow_plus. apply bpow_le. unfold emin32. lia.
    - unfold w. apply Rmult_le_compat; try apply bpow_ge_0; [exact L|]. apply Rle_trans with (/ 1024); [simpl; lra|apply Rinv_le; lra]. }
  replace (rnd64 (v * inv32) - v / n) with ((rnd64 (v * inv32) - v * inv32) + (v * inv32 - v * / n)) by (unfold Rdiv; ring).
  eapply Rle_trans; [apply Rabs_triang|]. unfold Rdiv. fold w.
  assert (u64 * Rabs (v * inv32) <= u64 * (1.00001 * w)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * w) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma pair32_eq K : F32 K -> pair32 K = K + shift32 K.
Proof. intro FK. apply two_sum; [now apply F32_F64|apply rnd64_F]. Qed.

Definition nu32 := u32 / 1000000.
Lemma u64_u32 : u64 = u32 / 536870912. Proof. rewrite u64_eq, u32_val. lra. Qed.

(* a look, whatever q is: good for its mean *)
Lemma rlook32 K : F32 K -> rlook emin32 24 xs (aK K) nu32 K (r32 K) (pair32 K).
Proof.
intro FK. assert (U := u32_val). assert (U6 := u64_u32). constructor; [exact FK|now apply r32_err|].
rewrite pair32_eq by assumption. fold n. replace (K + shift32 K - (K + r32 K / n)) with (shift32 K - r32 K / n) by ring.
eapply Rle_trans; [apply shift32_err|]. apply Rmult_le_compat_r.
- assert (N := n_range xs xs_len). fold n in N. apply Rmult_le_pos; [apply Rabs_pos|]. left. apply Rinv_0_lt_compat. lra.
- unfold nu32. lra.
Qed.

(* What q may lose to underflow, against its own size; squares about 0, the elements' own, lose less. *)
Definition slack K := if Req_EM_T K 0 then 0.00008 * u32 else 0.004 * u32.
(* q is in range, or no square underflows, or all of it is much *)
Definition fit K := bpow radix2 (-80) <= q32 K \/ tame K 0 \/ 1923 * eta32 <= slack K * QQ xs K.

Lemma slack_range K : 0.00008 * u32 <= slack K <= 0.004 * u32.
Proof. unfold slack. assert (U := u32_val). destruct (Req_EM_T K 0); lra. Qed.

Lemma aK_small K : 0 <= aK K <= 3.00001 * u32.
Proof.
unfold aK. assert (U := u32_val). destruct counts_max as (_ & _ & _ & _ & D). 
assert (Kd : (kd K <= 1)%nat) by (unfold kd; destruct (Req_EM_T K 0); lia).
destruct (ac_bound (kd K + 2) 3 ltac:(lia) (le_nat_R (kd K + 2) 3 3 ltac:(lia) ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR (kd K + 2) * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). lra.
Qed.
Lemma bK_small K : 0 <= bK K <= 6.000009 * u32.
Proof.
unfold bK. assert (U := u32_val). destruct counts_max as (_ & _ & _ & _ & D). 
assert (Kd : (kd K <= 1)%nat) by (unfold kd; destruct (Req_EM_T K 0); lia).
destruct (ac_bound (2 * kd K + 4) 6 ltac:(lia) (le_nat_R (2 * kd K + 4) 6 6 ltac:(lia) ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR (2 * kd K + 4) * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). lra.
Qed.

(* in range or not vanishing: next to nothing is lost *)
Lemma q32_plain K : F32 K -> bpow radix2 (-80) <= q32 K \/ tame K 0 -> Rabs (q32 K - QQ xs K) <= (bK K + u32 / 1000000) * QQ xs K.
Proof.
intros FK [B|T].
- assert (E := q32_err K eta32 FK (or_introl eq_refl)). assert (Bk := bK_small K). assert (U := u32_val). assert (Q0 := QQ_pos xs K).
  assert (X := Rle_abs (q32 K - QQ xs K)).
  assert (bk1 : bK K + u32 / 1000000 <= 0.001) by (clear - Bk U; lra).
  assert (e70 : 1923 * eta32 <= bpow radix2 (-50) * bpow radix2 (-80)).
  { unfold eta32. rewrite <- bpow_plus. apply Rle_trans with (bpow radix2 13 * bpow radix2 (-150)).
    - apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
    - rewrite <- bpow_plus. apply bpow_le. lia. }
  set (z := bpow radix2 (-80)) in *. assert (z0 : 0 < z) by apply bpow_gt_0.
  assert (s50 : bpow radix2 (-50) <= u32 / 60000000) by (rewrite U; simpl; lra).
  assert (e2 : 1923 * eta32 <= u32 / 60000000 * z) by (eapply Rle_trans; [exact e70|apply Rmult_le_compat_r; lra]).
  assert (uq0 : 0 <= u32 * QQ xs K) by (apply Rmult_le_pos; [rewrite U; lra|exact Q0]).
  assert (bq : (bK K + u32 / 1000000) * QQ xs K <= 0.001 * QQ xs K) by (apply Rmult_le_compat_r; [exact Q0|exact bk1]).
  assert (z1 : u32 / 60000000 * z <= 0.001 * z) by (apply Rmult_le_compat_r; [lra|rewrite U; lra]).
  assert (Qz : z / 2 <= QQ xs K) by lra.
  assert (u32 / 60000000 * z <= u32 / 60000000 * (2 * QQ xs K)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u32 * QQ xs K) by (apply Rmult_le_pos; lra). lra.
- assert (E := q32_err K 0 FK T). assert (U := u32_val). assert (Q0 := QQ_pos xs K).
  assert (0 <= u32 * QQ xs K) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma q32_fit K : F32 K -> fit K -> Rabs (q32 K - QQ xs K) <= (bK K + slack K) * QQ xs K.
Proof.
intros FK Ft. assert (Q0 := QQ_pos xs K). assert (U := u32_val). assert (Sl := slack_range K).
assert (P : bpow radix2 (-80) <= q32 K \/ tame K 0 -> Rabs (q32 K - QQ xs K) <= (bK K + slack K) * QQ xs K).
{ intro H. eapply Rle_trans; [exact (q32_plain K FK H)|]. apply Rmult_le_compat_r; [exact Q0|lra]. }
destruct Ft as [B|[T|L]]; [apply P; now left|apply P; now right|].
assert (E := q32_err K eta32 FK (or_introl eq_refl)). lra.
Qed.

Theorem look32 K : F32 K -> fit K -> look emin32 24 xs (aK K) (bK K + slack K) nu32 K (r32 K) (q32 K) (pair32 K) (raw32 K).
Proof.
intros FK Ft. destruct (rlook32 K FK) as [_ Lr Lm]. assert (Lq := q32_fit K FK Ft).
constructor; try assumption; [|intros e Sm; now apply r32_exact with e|intros e Sm He; now apply q32_exact with e].
assert (N := n_range xs xs_len). fold n in N. fold n. assert (U := u32_val). assert (U6 := u64_u32). assert (Ur := u64_val).
  assert (Ak := aK_small K). assert (Bk := bK_small K). assert (Sl := slack_range K).
assert (Q0 := QQ_pos xs K). assert (D0 : 0 <= DD xs K) by (apply sum_pos; intros; apply Rabs_pos).
set (Q := QQ xs K) in *. set (q := q32 K) in *. set (v := r32 K) in *.
assert (qQ : Rabs (q - Q) <= 0.0001 * Q) by (eapply Rle_trans; [exact Lq|apply Rmult_le_compat_r; lra]).
assert (q1 : 0.999 * Q <= q /\ q <= 1.001 * Q) by (assert (A := Rle_abs (q - Q)); assert (B := Rle_abs (- (q - Q)));
  rewrite Rabs_Ropp in B; lra).
assert (vD : Rabs v <= 1.0001 * DD xs K).
{ assert (S := SS_DD xs K). replace v with ((v - SS xs K) + SS xs K) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (aK K * DD xs K <= 0.0001 * DD xs K) by (apply Rmult_le_compat_r; lra). lra. }
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra).
assert (v2 : v * v * / n <= 1.001 * Q).
{ assert (vv : v * v <= 1.0001 * DD xs K * (1.0001 * DD xs K)).
  { replace (v * v) with (Rabs v * Rabs v) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    apply Rmult_le_compat; try apply Rabs_pos; assumption. }
  assert (dq := DD_QQ xs K). fold n Q in dq.
  apply Rmult_le_reg_l with n; [lra|]. replace (n * (v * v * / n)) with (v * v) by (field; lra).
    assert (0 <= n * Q) by (apply Rmult_le_pos; lra). lra. }
assert (v0 : 0 <= v * v * / n) by (apply Rmult_le_pos; [apply Rle_0_sqr|lra]).
destruct (Req_dec q 0) as [Zq|Nq].
- (* nothing there *)
  assert (ZQ : Q = 0) by lra. assert (Zv : v = 0).
  { rewrite ZQ in v2. assert (v * v * / n = 0) by lra. assert (v * v = 0).
    { replace (v * v) with (v * v * / n * n) by (field; lra). rewrite H. ring. }
    now destruct (Rmult_integral _ _ H0). }
  assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53).
  unfold raw32. fold q v. rewrite Zq, Zv, Rmult_0_l, Z0, Rminus_0_r, Z0. unfold Rdiv. rewrite !Rmult_0_l, !Rminus_0_r, Rabs_R0. lra.
- assert (qp : 0 < q) by lra. 
  assert (ql := mult_least emin32 q (q32_mult K) Nq).
  assert (e64 : eta64 <= / 1000000 * u64 * q).
  { assert (X := eta64_le q). rewrite (Rabs_pos_eq q) in * by lra. apply X. apply Rle_trans with (2 := ql). apply bpow_le. unfold emin32.
    lia. }
  set (s := shift32 K). assert (Se := shift32_err K). fold s v in Se.
  set (w := v * s). assert (W : Rabs (w - v * v * / n) <= 2.001 * u64 * (v * v * / n)).
  { unfold w. replace (v * s - v * v * / n) with (v * (s - v / n)) by (unfold Rdiv; ring). rewrite Rabs_mult.
    assert (Rabs v * Rabs (s - v / n) <= Rabs v * (2.001 * u64 * (Rabs v / n))) by (apply Rmult_le_compat_l; [apply Rabs_pos|exact Se]).
    replace (Rabs v * (2.001 * u64 * (Rabs v / n))) with (2.001 * u64 * (Rabs v * Rabs v * / n)) in H by (unfold Rdiv; ring).
    replace (Rabs v * Rabs v) with (v * v) in H by (rewrite <- Rabs_mult; symmetry; apply Rabs_pos_eq, Rle_0_sqr). exact H. }
  assert (uv : 0 <= u64 * (v * v * / n) <= 1.003 * (u64 * q)).
  { split; [apply Rmult_le_pos; lra|]. replace (1.003 * (u64 * q)) with (u64 * (1.003 * q)) by ring. apply Rmult_le_compat_l; lra. }
  assert (uq : 0 <= u64 * q <= 0.0000001 * q) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
  assert (Wa : Rabs w <= 1.01 * q).
  { replace w with ((w - v * v * / n) + v * v * / n) by ring. eapply Rle_trans; [apply Rabs_triang|].
    rewrite (Rabs_pos_eq (v * v * / n)) by assumption. lra. }
  set (w1 := rnd64 w). assert (W1 : Rabs (w1 - w) <= u64 * Rabs w + eta64) by apply rnd64_err.
  assert (uW : u64 * Rabs w <= u64 * (1.01 * q)) by (apply Rmult_le_compat_l; lra).
  assert (Fq : F64 q) by (unfold q, q32, section2.q, q_lanes, lanes8, fold8; cbn [eval]; apply rnd64_F).
  assert (Rw : Rabs (raw32 K - (q - w1)) <= u64 * Rabs (q - w1)) by exact (sub_err emin64 53 ltac:(lia) q w1 Fq (rnd64_F w)).
  assert (qw : Rabs (q - w1) <= 2.02 * q).
  { replace (q - w1) with (q - w - (w1 - w)) by ring. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
    assert (T : Rabs (q - w) <= q + Rabs w).
    { unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, (Rabs_pos_eq q (Rlt_le _ _ qp)). apply Rle_refl. }
    clear - T Wa W1 uW uq e64 qp Ur. lra. }
  assert (uqw : u64 * Rabs (q - w1) <= u64 * (2.02 * q)) by (apply Rmult_le_compat_l; lra).
  replace (raw32 K - (q - v * v / n)) with ((raw32 K - (q - w1)) + (- (w1 - w) + - (w - v * v * / n))) by (unfold Rdiv; ring).
  eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. rewrite !Rabs_Ropp. unfold nu32.
  assert (uu : u64 * q = u32 * q / 536870912) by (rewrite U6; field). lra.
Qed.
End Block32.
