(* Sections 2 and 3 for float: the whole block as docs/numerics.md computes it, LayerNorm and RMSNorm, and its errors. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format trees section2 wide moments look pivot counts.
Import ListNotations.
Local Open Scope R_scope.

Definition emin32 := (-149)%Z.
Definition F32 := F emin32 24.
Definition rnd32 := rnd emin32 24.
Definition u32 := bpow radix2 (-24).
Definition eta32 := bpow radix2 (-150).

(* The counts of counts.txt are those of section 2: deviation 1, additions of floats 2 in r; squares 1 and additions 3 in q. *)
Lemma counts_r : (1 + 2 <= count_r /\ 0 + 2 <= count_r_pivot0)%nat. Proof. unfold count_r, count_r_pivot0. lia. Qed.
Lemma counts_q : (2 * 1 + 4 <= count_q /\ 2 * 0 + 4 <= count_q_pivot0 /\ 20 <= count_doubles)%nat.
Proof. unfold count_q, count_q_pivot0, count_doubles. lia. Qed.

Definition ac (c : nat) := (1 + u32) ^ c * (1 + u64) ^ count_doubles - 1.
Definition a1 := ac count_r.
Definition b1 := ac count_q + u32 / 1000000.
Definition a0 := ac count_r_pivot0.
Definition b0 := ac count_q_pivot0 + u32 / 1000000.

(* (1 + u)^c (1 + u64)^d - 1 for the few c and d that there are *)
Lemma u32_val : u32 = / 16777216. Proof. unfold u32. simpl. lra. Qed.
Lemma u64_eq : u64 = / 9007199254740992. Proof. unfold u64. simpl. lra. Qed.
Lemma pow_bound x k : 0 <= x -> INR k * x <= / 100 -> 1 + INR k * x <= (1 + x) ^ k <= 1 + INR k * x * (1 + INR k * x).
Proof.
intros Hx. induction k as [|k IH]; intro H; [simpl; lra|]. rewrite S_INR in *. simpl pow.
assert (K := pos_INR k). assert (KX : 0 <= INR k * x) by now apply Rmult_le_pos.
destruct IH as (A & B); [lra|]. split.
- assert ((1 + x) * (1 + INR k * x) <= (1 + x) * (1 + x) ^ k) by (apply Rmult_le_compat_l; lra).
  assert (0 <= x * (INR k * x)) by now apply Rmult_le_pos. lra.
- apply Rle_trans with ((1 + x) * (1 + INR k * x * (1 + INR k * x))); [apply Rmult_le_compat_l; lra|].
  assert (Y : INR k * x <= / 100) by lra. set (y := INR k * x) in *. assert (0 <= x * y) by now apply Rmult_le_pos. assert (0 <= x * x) by apply Rle_0_sqr.
  assert (x * (y * y) <= x * (/ 100 * y)) by (apply Rmult_le_compat_l; [assumption|apply Rmult_le_compat_r; lra]).
  replace ((INR k + 1) * x) with (y + x) by (unfold y; ring). lra.
Qed.

Lemma ac_bound c k : (c <= 8)%nat -> INR c <= k -> (count_doubles <= 64)%nat -> INR c * u32 <= ac c <= (k + 0.000009) * u32.
Proof.
intros Hc Hk Hd. unfold ac. assert (C8 : INR c <= 8) by (replace 8 with (INR 8) by (simpl; lra); now apply le_INR).
assert (D64 : INR count_doubles <= 64) by (replace 64 with (INR 64) by (simpl; lra); now apply le_INR).
assert (C0 := pos_INR c). assert (D0 := pos_INR count_doubles).
assert (U := u32_val). assert (U6 := u64_eq).
assert (X : 0 <= INR c * u32 <= 8 * u32) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (Y : 0 <= INR count_doubles * u64 <= 64 * u64) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
destruct (pow_bound u32 c) as (A & B); [lra|lra|]. destruct (pow_bound u64 count_doubles) as (A2 & B2); [lra|lra|].
set (x := INR c * u32) in *. set (y := INR count_doubles * u64) in *.
set (P := (1 + u32) ^ c) in *. set (Q := (1 + u64) ^ count_doubles) in *.
assert (xx : x * (1 + x) <= x * 1.0000005) by (apply Rmult_le_compat_l; lra).
assert (yy : y * (1 + y) <= 65 * u64) by (apply Rle_trans with (y * (1 + 0.01)); [apply Rmult_le_compat_l|]; lra).
assert (kx : x <= k * u32) by (unfold x; apply Rmult_le_compat_r; lra).
split.
- assert (P * 1 <= P * Q) by (apply Rmult_le_compat_l; lra). lra.
- assert (P * Q <= (1 + x * 1.0000005) * (1 + 65 * u64)) by (apply Rmult_le_compat; lra).
  assert (x * 1.0000005 * (65 * u64) <= 0.00001 * (65 * u64)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* What makes 3, 6; 2, 4 the counts that the constants of class A and B stand on *)
Lemma counts_max : (count_r <= 3 /\ count_q <= 6 /\ count_r_pivot0 <= 2 /\ count_q_pivot0 <= 4 /\ count_doubles <= 64)%nat.
Proof. unfold count_r, count_q, count_r_pivot0, count_q_pivot0, count_doubles. lia. Qed.

Lemma le_nat_R a (b : nat) (c : R) : (a <= b)%nat -> INR b = c -> INR a <= c.
Proof. intros H <-. now apply le_INR. Qed.

Lemma a1_range : 0 <= a1 <= 3.00001 * format.u 24.
Proof.
destruct counts_max as (A & _ & _ & _ & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_r 3 ltac:(lia) (le_nat_R _ 3 3 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_r * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold a1. lra.
Qed.
Lemma b1_range : 0 <= b1 <= 6.00001 * format.u 24.
Proof.
destruct counts_max as (_ & A & _ & _ & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_q 6 ltac:(lia) (le_nat_R _ 6 6 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_q * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold b1. lra.
Qed.
Lemma a0_range : 0 <= a0 <= 2.00001 * format.u 24.
Proof.
destruct counts_max as (_ & _ & A & _ & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_r_pivot0 2 ltac:(lia) (le_nat_R _ 2 2 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_r_pivot0 * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold a0. lra.
Qed.
Lemma b0_range : 0 <= b0 <= 4.00001 * format.u 24.
Proof.
destruct counts_max as (_ & _ & _ & A & D). assert (U := u32_val). change (format.u 24) with u32.
destruct (ac_bound count_q_pivot0 4 ltac:(lia) (le_nat_R _ 4 4 A ltac:(simpl; lra)) D) as (L & H).
assert (0 <= INR count_q_pivot0 * u32) by (apply Rmult_le_pos; [apply pos_INR|lra]). unfold b0. lra.
Qed.

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
Lemma q_ee ds m kd fused e f : section2.q emin32 24 R (fun x => x) dadd (fun x => x) ds m kd fused e = section2.q emin32 24 R (fun x => x) dadd (fun x => x) ds m kd fused f.
Proof. unfold section2.q, q_lanes. apply lanes8_ext. reflexivity. Qed.

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
  + simpl. rewrite Rmult_1_r. replace (1 + format.u 24 - 1) with (format.u 24) by ring. exact (sub_err emin32 24 ltac:(lia) x K (xs_F x I) FK).
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
  ltac:(intros; assumption) ltac:(intros; now apply (dadd_ok h)) false (devs K) groups ltac:(rewrite devs_len; exact G1) G2 (kd K) (devs_ok K FK) ltac:(lia)).
rewrite E1, E2 in H. fold (r32 K) in H. eapply Rle_trans; [exact H|]. apply Rmult_le_compat_r.
- rewrite <- E2. apply sum_pos. intros. apply Rabs_pos.
- unfold aK, ac. change (format.u 24) with u32. assert (P := pow20). 
  assert (0 <= (1 + u32) ^ (kd K + 2)) by (apply pow_le; rewrite u32_val; lra).
  assert ((1 + u32) ^ (kd K + 2) * (1 + u64) ^ 20 <= (1 + u32) ^ (kd K + 2) * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_l; assumption). lra.
Qed.

(* squares: what underflow may lose is eta32 a piece, or nothing where no deviation is small *)
Definition tame K e := e = eta32 \/ e = 0 /\ forall x, In x xs -> rnd32 (x - K) = 0 \/ bpow radix2 (-59) <= Rabs (rnd32 (x - K)).

Lemma tame_ee K e : tame K e -> e = eta emin32 \/ e = 0 /\ forall d, In d (devs K) -> snd d = 0 \/ bpow radix2 (emin32 + 24 - 1) <= snd d * snd d.
Proof.
intros [E|(E & H)]; [left; exact E|right]. split; [exact E|]. intros d I. unfold devs in I. rewrite in_map_iff in I. destruct I as (x & <- & I). cbn [snd].
destruct (H x I) as [Z|B]; [now left|right]. set (v := rnd32 (x - K)) in *.
replace (v * v) with (Rabs v * Rabs v) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
apply Rle_trans with (bpow radix2 (-59) * bpow radix2 (-59)).
- rewrite <- bpow_plus. apply bpow_le. unfold emin32. lia.
- apply Rmult_le_compat; try apply bpow_ge_0; assumption.
Qed.

Lemma q32_err K e : F32 K -> tame K e -> Rabs (q32 K - QQ xs K) <= bK K * QQ xs K + 4097 * e.
Proof.
intros FK T. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (_ & _ & E3).
assert (H := q_error emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) u64 dinv 64 u64_0 ltac:(reflexivity) (winj 0)
  ltac:(intros; assumption) ltac:(intros; now apply (dadd_ok h)) (devs K) groups ltac:(rewrite devs_len; exact G1) G2 (kd K) (devs_ok K FK) fused e (tame_ee K e T) ltac:(lia)).
rewrite E3, (q_ee _ _ _ _ e eta32) in H. fold (q32 K) in H. eapply Rle_trans; [exact H|]. apply Rplus_le_compat.
- apply Rmult_le_compat_r; [apply QQ_pos|]. unfold bK, ac. change (format.u 24) with u32. assert (P := pow20).
  assert (0 <= (1 + u32) ^ (2 * kd K + 4)) by (apply pow_le; rewrite u32_val; lra).
  assert ((1 + u32) ^ (2 * kd K + 4) * (1 + u64) ^ 20 <= (1 + u32) ^ (2 * kd K + 4) * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_l; assumption). lra.
- assert (e0 : 0 <= e) by (destruct T as [-> |(-> & _)]; [apply bpow_ge_0|lra]).
  assert (P : (1 + u64) ^ 20 <= 1.0001).
  { destruct (pow_bound u64 20) as (_ & B); rewrite ?u64_eq in *; simpl INR in *; lra. }
  assert ((1 + u64) ^ 20 * (4096 * e) <= 1.0001 * (4096 * e)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* exactness *)
Lemma small_devs K e : F32 K -> small emin32 xs e K -> forall d, In d (devs K) -> snd d = fst d /\ mult e (fst d) /\ Rabs (fst d) <= 1448 * bpow radix2 e.
Proof.
intros FK (He & MK & S) d I. unfold devs in I. rewrite in_map_iff in I. destruct I as (x & <- & I). destruct (S x I) as (Mx & B). cbn [fst snd].
assert (M := mult_sub e x K Mx MK). split; [|split; assumption]. apply (rnd_id emin32 24), (mult_F emin32 24 ltac:(lia) e _ He M).
rewrite bpow_plus. eapply Rle_trans; [exact B|]. apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
Qed.

Lemma r32_exact K e : F32 K -> small emin32 xs e K -> r32 K = SS xs K.
Proof.
intros FK Sm. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (E1 & _ & _). assert (P := bpow_gt_0 radix2 e).
rewrite <- E1. 
apply (r_is_exact emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) ltac:(reflexivity) dex ltac:(intros; now split) dex32 false (devs K) groups
  ltac:(rewrite devs_len; exact G1) G2 (kd K) eta32 ltac:(now left) e (1448 * bpow radix2 e) ltac:(apply Sm) (small_devs K e FK Sm)); [lra| |].
- rewrite bpow_plus. replace (bpow radix2 24) with 16777216 by (simpl; lra). lra.
- rewrite bpow_plus. replace (bpow radix2 53) with 9007199254740992 by (simpl; lra). lra.
Qed.

Lemma q32_exact K e : F32 K -> small emin32 xs e K -> (emin32 <= 2 * e)%Z -> q32 K = QQ xs K.
Proof.
intros FK Sm He2. destruct groups_ok as (G1 & G2). destruct (devs_r K) as (_ & _ & E1). assert (P := bpow_gt_0 radix2 e).
rewrite <- E1. assert (B2 : bpow radix2 (2 * e) = bpow radix2 e * bpow radix2 e) by (rewrite <- bpow_plus; f_equal; lia).
assert (P2 : 0 < bpow radix2 e * bpow radix2 e) by now apply Rmult_lt_0_compat.
apply (q_is_exact emin32 24 ltac:(lia) R (fun x => x) dadd (fun x => x) ltac:(reflexivity) dex ltac:(intros; now split) dex32 (devs K) groups
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
apply (lanes8_ok R (fun x => x) (fun t => mult emin32 (eval R dadd t))).
- apply mult_0.
- intros a b A B. cbn [eval]. now apply dadd_mult.
- intros l j. cbn [eval wleaf]. apply dadd_mult; apply nadd32_mult.
Qed.
Lemma q32_mult K : mult emin32 (q32 K).
Proof.
unfold q32, section2.q, q_lanes.
apply (lanes8_ok R (fun x => x) (fun t => mult emin32 (eval R dadd t))).
- apply mult_0.
- intros a b A B. cbn [eval]. now apply dadd_mult.
- intros l j. cbn [eval wleafq]. apply nadd32_mult.
Qed.

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
assert (N := n_range xs xs_len). fold n in N. assert (U := u64_val). assert (I := inv32_err). assert (Im : / n > 0) by (apply Rinv_0_lt_compat; lra).
unfold shift32. set (v := r32 K) in *. destruct (Req_dec v 0) as [Z|Nz].
- rewrite Z, Rmult_0_l. assert (E : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite E, Rabs_R0. unfold Rdiv. rewrite Rmult_0_l, Rminus_0_r, Rabs_R0. lra.
- assert (L := mult_least emin32 v (r32_mult K) Nz). assert (R := rnd64_err (v * inv32)).
  assert (V0 := Rabs_pos v).
  assert (Ib : Rabs inv32 <= 1.00001 * / n).
  { replace inv32 with ((inv32 - / n) + / n) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (/ n)) by lra.
    assert (1.00001 * u64 * / n <= 0.000001 * / n) by (apply Rmult_le_compat_r; lra). lra. }
  set (w := Rabs v * / n) in *. assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra).
  assert (A : Rabs (v * inv32) <= 1.00001 * w) by (rewrite Rabs_mult; unfold w; assert (Rabs v * Rabs inv32 <= Rabs v * (1.00001 * / n)) by (apply Rmult_le_compat_l; lra); lra).
  assert (B : Rabs (v * inv32 - v * / n) <= 1.00001 * u64 * w).
  { rewrite <- Rmult_minus_distr_l, Rabs_mult. unfold w. assert (Rabs v * Rabs (inv32 - / n) <= Rabs v * (1.00001 * u64 * / n)) by (apply Rmult_le_compat_l; lra). lra. }
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

(* q is in range, or no square underflows *)
Definition fit K := bpow radix2 (-80) <= q32 K \/ tame K 0.

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

Lemma q32_fit K : F32 K -> fit K -> Rabs (q32 K - QQ xs K) <= (bK K + u32 / 1000000) * QQ xs K.
Proof.
intros FK [B|T].
- assert (E := q32_err K eta32 FK (or_introl eq_refl)). assert (Bk := bK_small K). assert (U := u32_val). assert (Q0 := QQ_pos xs K).
  assert (X := Rle_abs (q32 K - QQ xs K)).
  assert (bk1 : bK K + u32 / 1000000 <= 0.001) by (clear - Bk U; lra).
  assert (e70 : 4097 * eta32 <= bpow radix2 (-50) * bpow radix2 (-80)).
  { unfold eta32. rewrite <- bpow_plus. apply Rle_trans with (bpow radix2 13 * bpow radix2 (-150)).
    - apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
    - rewrite <- bpow_plus. apply bpow_le. lia. }
  set (z := bpow radix2 (-80)) in *. assert (z0 : 0 < z) by apply bpow_gt_0.
  assert (s50 : bpow radix2 (-50) <= u32 / 60000000) by (rewrite U; simpl; lra).
  assert (e2 : 4097 * eta32 <= u32 / 60000000 * z) by (eapply Rle_trans; [exact e70|apply Rmult_le_compat_r; lra]).
  assert (uq0 : 0 <= u32 * QQ xs K) by (apply Rmult_le_pos; [rewrite U; lra|exact Q0]).
  assert (bq : (bK K + u32 / 1000000) * QQ xs K <= 0.001 * QQ xs K) by (apply Rmult_le_compat_r; [exact Q0|exact bk1]).
  assert (z1 : u32 / 60000000 * z <= 0.001 * z) by (apply Rmult_le_compat_r; [lra|rewrite U; lra]).
  assert (Qz : z / 2 <= QQ xs K) by lra.
  assert (u32 / 60000000 * z <= u32 / 60000000 * (2 * QQ xs K)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u32 * QQ xs K) by (apply Rmult_le_pos; lra). lra.
- assert (E := q32_err K 0 FK T). assert (U := u32_val). assert (Q0 := QQ_pos xs K). assert (0 <= u32 * QQ xs K) by (apply Rmult_le_pos; lra). lra.
Qed.

Theorem look32 K : F32 K -> fit K -> look emin32 24 xs (aK K) (bK K + u32 / 1000000) nu32 K (r32 K) (q32 K) (pair32 K) (raw32 K).
Proof.
intros FK Ft. destruct (rlook32 K FK) as [_ Lr Lm]. assert (Lq := q32_fit K FK Ft).
constructor; try assumption; [|intros e Sm; now apply r32_exact with e|intros e Sm He; now apply q32_exact with e].
assert (N := n_range xs xs_len). fold n in N. fold n. assert (U := u32_val). assert (U6 := u64_u32). assert (Ur := u64_val). assert (Ak := aK_small K). assert (Bk := bK_small K).
assert (Q0 := QQ_pos xs K). assert (D0 : 0 <= DD xs K) by (apply sum_pos; intros; apply Rabs_pos).
set (Q := QQ xs K) in *. set (q := q32 K) in *. set (v := r32 K) in *.
assert (qQ : Rabs (q - Q) <= 0.0001 * Q) by (eapply Rle_trans; [exact Lq|apply Rmult_le_compat_r; lra]).
assert (q1 : 0.999 * Q <= q /\ q <= 1.001 * Q) by (assert (A := Rle_abs (q - Q)); assert (B := Rle_abs (- (q - Q))); rewrite Rabs_Ropp in B; lra).
assert (vD : Rabs v <= 1.0001 * DD xs K).
{ assert (S := SS_DD xs K). replace v with ((v - SS xs K) + SS xs K) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (aK K * DD xs K <= 0.0001 * DD xs K) by (apply Rmult_le_compat_r; lra). lra. }
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra).
assert (v2 : v * v * / n <= 1.001 * Q).
{ assert (vv : v * v <= 1.0001 * DD xs K * (1.0001 * DD xs K)).
  { replace (v * v) with (Rabs v * Rabs v) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr). apply Rmult_le_compat; try apply Rabs_pos; assumption. }
  assert (dq := DD_QQ xs K). fold n Q in dq.
  apply Rmult_le_reg_l with n; [lra|]. replace (n * (v * v * / n)) with (v * v) by (field; lra). assert (0 <= n * Q) by (apply Rmult_le_pos; lra). lra. }
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
  { assert (X := eta64_le q). rewrite (Rabs_pos_eq q) in * by lra. apply X. apply Rle_trans with (2 := ql). apply bpow_le. unfold emin32. lia. }
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
  { replace w with ((w - v * v * / n) + v * v * / n) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (v * v * / n)) by assumption. lra. }
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

(* -- the block as section 3 has it: K1, T the first pivot and its threshold -- *)
Variables K1 T : R.
Hypothesis FK1 : F32 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin32 24 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) -> K1 = v).
Definition K2 := rnd32 (mean32 K1).
Definition again := m2_32 K1 < rnd64 (T * q32 K1).
Definition Kfinal := if Rlt_dec (m2_32 K1) (rnd64 (T * q32 K1)) then K2 else K1.
Hypothesis Kfinal_fit : fit Kfinal.

Lemma FK2 : F32 K2. Proof. exact (rnd_F emin32 24 ltac:(lia) _). Qed.

(* the clamp of a negative m2 only helps *)
Lemma clamp mean' K : result 24 xs mean' (raw32 K) -> result 24 xs mean' (m2_32 K).
Proof.
intros (c & k & C & E1 & E2). exists c, k. split; [exact C|]. split; [exact E1|]. eapply Rle_trans; [|exact E2].
assert (N := n_range xs xs_len). set (V := look.n xs * (sig xs * sig xs)) in *.
assert (V0 : 0 <= V) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
unfold m2_32. destruct (Rlt_dec (raw32 K) 0) as [L|L]; [|lra].
rewrite Rminus_0_l, Rabs_Ropp, (Rabs_pos_eq V V0). rewrite (Rabs_left (raw32 K - V)) by lra. lra.
Qed.

Lemma exists_other K : (forall x, In x xs -> x = K) \/ exists x, In x xs /\ x <> K.
Proof.
clear. induction xs as [|a l IH]; [left; easy|]. destruct (Req_EM_T a K) as [E|E]; [|right; exists a; split; [now left|exact E]].
destruct IH as [A|(x & I & Ne)]; [left; intros x [<-|I]; [exact E|now apply A]|right; exists x; split; [now right|exact Ne]].
Qed.

(* what is in range, or does not underflow, has a deviation whose square counts *)
Lemma fit_range K : F32 K -> fit K -> (exists x, In x xs /\ x <> K) -> range emin32 xs K.
Proof.
intros FK Ft (x & I & Ne). assert (N := n_range xs xs_len). assert (Q0 := QQ_pos xs K). assert (U := u32_val). assert (Bk := bK_small K).
destruct Ft as [B|[E|(_ & T0)]].
- assert (Lq := q32_fit K FK (or_introl B)). assert (X := Rle_abs (q32 K - QQ xs K)).
  assert (Y : (bK K + u32 / 1000000) * QQ xs K <= 0.001 * QQ xs K) by (apply Rmult_le_compat_r; lra).
  assert (Z : bpow radix2 (-81) <= QQ xs K).
  { replace (bpow radix2 (-80)) with (2 * bpow radix2 (-81)) in B; [assert (P := bpow_gt_0 radix2 (-81)); lra|].
    change 2 with (bpow radix2 1). now rewrite <- bpow_plus. }
  destruct (Rle_or_lt (bpow radix2 (-46)) (Rabs (x - K))) as [D|D]; [exists x, (-46)%Z; repeat split; [exact I|exact D|unfold emin32; lia]|].
  assert (All : (exists y, In y xs /\ bpow radix2 (-46) <= Rabs (y - K)) \/ forall y, In y xs -> Rabs (y - K) <= bpow radix2 (-46)).
  { clear. induction xs as [|a l IH]; [right; easy|]. destruct (Rle_or_lt (bpow radix2 (-46)) (Rabs (a - K))) as [A|A].
    - left. exists a. split; [now left|exact A].
    - destruct IH as [(y & I & B)|B]; [left; exists y; split; [now right|exact B]|right; intros y [<-|I]; [lra|now apply B]]. }
  destruct All as [(y & Iy & By)|All]; [exists y, (-46)%Z; repeat split; [exact Iy|exact By|unfold emin32; lia]|exfalso].
  assert (QQ xs K <= bpow radix2 (-46) * bpow radix2 (-46) * INR (length xs)).
  { unfold QQ. rewrite <- sum_const. apply sum_le. intros y Iy. replace ((y - K) * (y - K)) with (Rabs (y - K) * Rabs (y - K)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
    apply Rmult_le_compat; try apply Rabs_pos; now apply All. }
  fold (look.n xs) in H. rewrite <- bpow_plus in H.
  assert (bpow radix2 (-46 + -46) * look.n xs <= bpow radix2 (-92) * 1024) by (apply Rmult_le_compat_l; [apply bpow_ge_0|lra]).
  assert (bpow radix2 (-92) * 1024 = bpow radix2 (-82)) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
  assert (bpow radix2 (-82) < bpow radix2 (-81)) by (apply bpow_lt; lia). lra.
- exfalso. unfold eta32 in E. assert (P := bpow_gt_0 radix2 (-150)). lra.
- destruct (T0 x I) as [Z|B].
  + exfalso. apply Ne. assert (Z2 : x - K = 0); [|lra].
    destruct (Req_dec (x - K) 0) as [|Nz]; [assumption|exfalso].
    assert (M : mult emin32 (x - K)) by (apply mult_sub; apply F32_mult; auto).
    assert (L := mult_least emin32 _ M Nz).
    assert (A := sub_err emin32 24 ltac:(lia) x K (xs_F x I) FK). fold rnd32 in A. unfold rnd32 in *. rewrite Z, Rminus_0_l, Rabs_Ropp in A.
    assert (P := bpow_gt_0 radix2 emin32). change (format.u 24) with u32 in A. assert (u32 * Rabs (x - K) <= 0.5 * Rabs (x - K)) by (apply Rmult_le_compat_r; lra). lra.
  + exists x, (-60)%Z. repeat split; [exact I| |unfold emin32; lia].
    assert (A := sub_err emin32 24 ltac:(lia) x K (xs_F x I) FK). change (format.u 24) with u32 in A. fold rnd32 in A.
    assert (A2 : Rabs (rnd32 (x - K)) <= Rabs (x - K) + u32 * Rabs (x - K)).
    { replace (rnd32 (x - K)) with ((x - K) + (rnd32 (x - K) - (x - K))) by ring. eapply Rle_trans; [apply Rabs_triang|]. unfold rnd32 in *. lra. }
    assert (u32 * Rabs (x - K) <= 0.5 * Rabs (x - K)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
    replace (bpow radix2 (-59)) with (2 * bpow radix2 (-60)) in B by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus). assert (P := Rabs_pos (x - K)). lra.
Qed.

Lemma aK_0 : aK 0 <= a0. 
Proof. unfold aK, a0, ac, kd. destruct (Req_EM_T 0 0) as [_|Z]; [|now elim Z]. assert (C := proj2 counts_r). assert (U := u32_val). assert (U6 := u64_eq).
assert ((1 + u32) ^ (0 + 2) <= (1 + u32) ^ count_r_pivot0) by (apply Rle_pow; [lra|exact C]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (0 + 2) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_r_pivot0 * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_r; assumption). lra.
Qed.
Lemma bK_0 : bK 0 + u32 / 1000000 <= b0.
Proof. unfold bK, b0, ac, kd. destruct (Req_EM_T 0 0) as [_|Z]; [|now elim Z]. assert (C := proj1 (proj2 counts_q)). assert (U := u32_val). assert (U6 := u64_eq).
assert ((1 + u32) ^ (2 * 0 + 4) <= (1 + u32) ^ count_q_pivot0) by (apply Rle_pow; [lra|exact C]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (2 * 0 + 4) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_q_pivot0 * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_r; assumption). lra.
Qed.
Lemma kd_le K : (kd K <= 1)%nat. Proof. unfold kd. destruct (Req_EM_T K 0); lia. Qed.
Lemma aK_1 K : aK K <= a1.
Proof. unfold aK, a1, ac. assert (C := proj1 counts_r). assert (U := u32_val). assert (U6 := u64_eq). assert (D := kd_le K).
assert ((1 + u32) ^ (kd K + 2) <= (1 + u32) ^ count_r) by (apply Rle_pow; [lra|lia]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (kd K + 2) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_r * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_r; assumption). lra.
Qed.
Lemma bK_1 K : bK K + u32 / 1000000 <= b1.
Proof. unfold bK, b1, ac. assert (C := proj1 counts_q). assert (U := u32_val). assert (U6 := u64_eq). assert (D := kd_le K).
assert ((1 + u32) ^ (2 * kd K + 4) <= (1 + u32) ^ count_q) by (apply Rle_pow; [lra|lia]).
assert (0 <= (1 + u64) ^ count_doubles) by (apply pow_le; lra).
assert ((1 + u32) ^ (2 * kd K + 4) * (1 + u64) ^ count_doubles <= (1 + u32) ^ count_q * (1 + u64) ^ count_doubles) by (apply Rmult_le_compat_r; assumption). lra.
Qed.

Lemma look_weaken a b c d nu K r q mean' m2' : a <= c -> b <= d -> look emin32 24 xs a b nu K r q mean' m2' -> look emin32 24 xs c d nu K r q mean' m2'.
Proof.
intros A B [L1 L2 L3 L4 L5 L6 L7]. constructor; try assumption.
- eapply Rle_trans; [exact L2|]. apply Rmult_le_compat_r; [apply sum_pos; intros; apply Rabs_pos|exact A].
- eapply Rle_trans; [exact L3|]. apply Rmult_le_compat_r; [apply QQ_pos|exact B].
Qed.
Lemma rlook_weaken a c nu K r mean' : a <= c -> rlook emin32 24 xs a nu K r mean' -> rlook emin32 24 xs c nu K r mean'.
Proof.
intros A [L1 L2 L3]. constructor; try assumption. eapply Rle_trans; [exact L2|]. apply Rmult_le_compat_r; [apply sum_pos; intros; apply Rabs_pos|exact A].
Qed.

Lemma nu_ok : 0 <= nu32 <= format.u 24 / 1000000.
Proof. change (format.u 24) with u32. assert (U := u32_val). unfold nu32. lra. Qed.

(* the test as it is computed *)
Lemma test32 K t : F32 K -> fit K -> 0.5 <= t <= 1 -> ~ (m2_32 K < rnd64 (t * q32 K)) -> (exists x, In x xs /\ x <> K) -> raw32 K >= t * (1 - 0.000000001) * q32 K.
Proof.
intros FK Ft Ht Ts Ex. assert (U := u32_val). assert (U6 := u64_eq). assert (Bk := bK_small K). assert (Q0 := QQ_pos xs K).
assert (Lq := q32_fit K FK Ft). assert (N := n_range xs xs_len).
assert (Qp : 0 < QQ xs K).
{ destruct Ex as (x & I & Ne). assert ((x - K) * (x - K) <= QQ xs K) by (apply (sum_pos_in (fun x => (x - K) * (x - K))); [intros; apply Rle_0_sqr|exact I]).
  assert (0 < (x - K) * (x - K)); [|lra]. assert (Nz : x - K <> 0) by lra. assert (S := Rlt_0_sqr _ Nz). exact S. }
assert (Y : (bK K + u32 / 1000000) * QQ xs K <= 0.001 * QQ xs K) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (- (q32 K - QQ xs K))). rewrite Rabs_Ropp in X.
assert (qp : 0 < q32 K) by lra.
assert (ql := mult_least emin32 (q32 K) (q32_mult K) ltac:(lra)). rewrite (Rabs_pos_eq (q32 K)) in ql by lra.
assert (R := rnd64_err (t * q32 K)). rewrite (Rabs_pos_eq (t * q32 K)) in R by (apply Rmult_le_pos; lra).
assert (E : eta64 <= / 1000000 * u64 * q32 K).
{ assert (Z := eta64_le (q32 K)). rewrite (Rabs_pos_eq (q32 K)) in Z by lra. apply Z. apply Rle_trans with (2 := ql). apply bpow_le. unfold emin32. lia. }
assert (Z := Rle_abs (- (rnd64 (t * q32 K) - t * q32 K))). rewrite Rabs_Ropp in Z.
assert (tq : 0.5 * q32 K <= t * q32 K) by (apply Rmult_le_compat_r; lra).
assert (utq : u64 * (t * q32 K) <= 0.0000000005 * (t * q32 K)) by (apply Rmult_le_compat_r; lra).
assert (uq : u64 * q32 K <= 0.0000000001 * q32 K) by (apply Rmult_le_compat_r; lra).
unfold m2_32 in Ts. destruct (Rlt_dec (raw32 K) 0); lra.
Qed.

Theorem block32 : result 24 xs (pair32 Kfinal) (m2_32 Kfinal).
Proof.
assert (FKf : F32 Kfinal) by (unfold Kfinal; destruct (Rlt_dec _ _); [apply FK2|apply FK1]).
destruct (exists_other Kfinal) as [All|Ex].
- (* a constant block *)
  assert (L := look32 Kfinal FKf Kfinal_fit).
  destruct (constant emin32 24 xs xs_len nu32 (aK Kfinal) (bK Kfinal + u32 / 1000000) Kfinal _ _ _ _ All L) as (A & B & _ & D).
  exists 0.0001, 0.0001. split; [now apply ClassE|]. rewrite A, D. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity.
  unfold m2_32. rewrite B. destruct (Rlt_dec 0 0); rewrite ?Rmult_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity; split; lra.
- apply clamp. assert (Rg := fit_range Kfinal FKf Kfinal_fit Ex).
  unfold Kfinal in *. destruct (Rlt_dec (m2_32 K1) (rnd64 (T * q32 K1))) as [Ag|Fi].
  + (* the second look *)
    assert (H1 : pivot_0 xs K1 /\ rlook emin32 24 xs a0 nu32 K1 (r32 K1) (pair32 K1) \/ pivot_t emin32 24 xs K1 /\ rlook emin32 24 xs a1 nu32 K1 (r32 K1) (pair32 K1)).
    { destruct K1_T as [(P & _)|(P & _ & _)]; [left|right]; (split; [exact P|]).
      - apply rlook_weaken with (aK K1); [destruct P as (-> & _); apply aK_0|now apply rlook32].
      - apply rlook_weaken with (aK K1); [apply aK_1|now apply rlook32]. }
    assert (Df : exists x y, In x xs /\ In y xs /\ x <> y).
    { destruct (some_in xs ltac:(lia)) as (v & Iv). destruct (exists_other v) as [Alv|(y & I & Ne)].
      - (* equal elements pass the test *)
        exfalso. assert (E1 : K1 = v).
        { destruct K1_T as [((P & Pm) & _)|(_ & _ & P)]; [|now apply P].
          assert (M : mean xs = v).
          { assert (Nn := n_range xs xs_len). unfold mean. rewrite (sum_ext _ (fun _ => v)) by exact Alv. rewrite sum_const. fold (look.n xs). field. lra. }
          assert (Sg : sig xs = 0).
          { unfold sig. rewrite M. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros z Iz; rewrite (Alv z Iz); ring). rewrite sum_const, Rmult_0_l. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. }
          rewrite Sg, Rmult_0_r, M in Pm. rewrite P. symmetry. now apply abs_0. }
        assert (Al1 : forall x, In x xs -> x = K1) by (intros z Iz; rewrite E1; now apply Alv).
        assert (Ft1 : tame K1 0).
        { right. split; [reflexivity|]. intros z Iz. left. rewrite (Al1 z Iz), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24). }
        destruct (constant emin32 24 xs xs_len nu32 (aK K1) (bK K1 + u32 / 1000000) K1 _ _ _ _ Al1 (look32 K1 FK1 (or_intror Ft1))) as (_ & B & C & _).
        rewrite C, Rmult_0_r in Ag. assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite Z0 in Ag. unfold m2_32 in Ag. rewrite B in Ag. destruct (Rlt_dec 0 0); lra.
      - exists v, y. repeat split; [exact Iv|exact I|now apply not_eq_sym]. }
    assert (L2 : look emin32 24 xs a1 b1 nu32 K2 (r32 K2) (q32 K2) (pair32 K2) (raw32 K2)).
    { apply (look_weaken (aK K2) (bK K2 + u32 / 1000000)); [apply aK_1|apply bK_1|]. now apply look32; [apply FK2|]. }
    apply (second emin32 24 ltac:(lia) xs xs_F xs_len a1 b1 a0 nu32 a1_range b1_range a0_range nu_ok K1 (r32 K1) (pair32 K1) (mean32 K1) K2 (r32 K2) (q32 K2)); try assumption; [|reflexivity].
    unfold mean32. rewrite pair32_eq by exact FK1. change (format.u 24) with u32. unfold two_s.
    assert (A := add_err emin64 53 ltac:(lia) K1 (shift32 K1) (F32_F64 K1 FK1) (rnd64_F _)). change (format.u 53) with u64 in A. 
    eapply Rle_trans; [exact A|]. apply Rmult_le_compat_r; [apply Rabs_pos|]. assert (U := u32_val). rewrite u64_u32. lra.
  + assert (Ft := Kfinal_fit). assert (L := look32 K1 FK1 Ft). assert (U := u32_val).
    destruct K1_T as [(P & TT)|(P & TT & _)].
    * assert (Ts := test32 K1 T FK1 Ft ltac:(lra) Fi Ex).
      apply (accepted_0 emin32 24 ltac:(lia) xs xs_len a1 a0 b0 nu32 a1_range a0_range b0_range nu_ok K1 (r32 K1) (q32 K1) _ _ (T * (1 - 0.000000001))); try assumption; [|lra].
      apply (look_weaken (aK K1) (bK K1 + u32 / 1000000)); [destruct P as (-> & _); apply aK_0|destruct P as (-> & _); apply bK_0|exact L].
    * assert (Ts := test32 K1 T FK1 Ft ltac:(lra) Fi Ex).
      apply (accepted_t emin32 24 ltac:(lia) xs xs_F xs_len a1 b1 nu32 a1_range b1_range nu_ok K1 (r32 K1) (q32 K1) _ _ (T * (1 - 0.000000001))); try assumption; [|lra].
      apply (look_weaken (aK K1) (bK K1 + u32 / 1000000)); [apply aK_1|apply bK_1|exact L].
Qed.

(* RMSNorm: the sum of squares about 0 *)
Theorem rms32 : fit 0 -> Rabs (q32 0 - QQ xs 0) <= b0 * QQ xs 0.
Proof.
intro Ft. eapply Rle_trans; [apply q32_fit; [apply F_0|exact Ft]|]. apply Rmult_le_compat_r; [apply QQ_pos|apply bK_0].
Qed.
End Block32.
