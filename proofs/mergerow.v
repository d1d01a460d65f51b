(* Merging the blocks of a row one after another: exact merging (Chan, Golub and LeVeque) is the mean and m2 of all,
  and the computed one stays near. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide merge step mergeops merges merges_m2.
Require blocks.
Import ListNotations.
Local Open Scope R_scope.

(* -- exact merging -- *)
Definition triple := (R * R * R)%type.
Definition join (t : triple) (b : st) : triple := let '(n, A, W) := t in
  let q := cn b / (n + cn b) in (n + cn b, A + (value b - A) * q, W + square b + (value b - A) * ((value b - A) * q) * n).
Definition start (b : st) : triple := (cn b, value b, square b).
Definition exactly (f : st) (l : list st) : triple := fold_left join l (start f).
Definition tn (t : triple) := let '(n, _, _) := t in n.
Definition tA (t : triple) := let '(_, A, _) := t in A.
Definition tW (t : triple) := let '(_, _, W) := t in W.

Definition asblock (b : st) := blocks.Block (cn b) 0 0 (value b) (square b) 0 0.

Theorem chan f l : (forall b, In b (f :: l) -> 0 < cn b) -> let bs := map asblock (f :: l) in
  tn (exactly f l) = blocks.N bs /\ tA (exactly f l) = blocks.Mean' bs /\ tW (exactly f l) = blocks.M2' bs /\ 0 < blocks.N bs.
Proof.
induction l as [|b l IH] using rev_ind; intro P; cbv zeta.
- assert (Pf := P f (or_introl eq_refl)). unfold blocks.M2', blocks.Mean', blocks.N. simpl. repeat split; try lra; try (field; lra).
- assert (Pl : forall c, In c (f :: l) -> 0 < cn c) by (intros c [->|I]; apply P; [now left|right; apply in_or_app; now left]).
  assert (Pb : 0 < cn b) by (apply P; right; apply in_or_app; right; now left).
  destruct (IH Pl) as (E1 & E2 & E3 & E4). clear IH. set (bs := map asblock (f :: l)) in *.
  assert (Bs : map asblock (f :: l ++ [b]) = bs ++ [asblock b]) by (unfold bs; rewrite app_comm_cons, map_app; reflexivity).
  rewrite Bs. unfold exactly. rewrite fold_left_app. fold (exactly f l). destruct (exactly f l) as ((n, A), W). cbn [tn tA tW] in *.
    cbn [fold_left join tn tA tW].
  assert (N' : blocks.N (bs ++ [asblock b]) = n + cn b) by (unfold blocks.N in *; rewrite sum_app, E1; simpl; ring).
  assert (n0 : 0 < n) by lra.
  assert (SA : sum (fun c => blocks.cnt c * blocks.mu' c) bs = n * A).
  { rewrite E2. unfold blocks.Mean'. rewrite <- E1. field. lra. }
  assert (M' : blocks.Mean' (bs ++ [asblock b]) = A + (value b - A) * (cn b / (n + cn b))).
  { unfold blocks.Mean'. rewrite N', sum_app, SA. simpl. field. lra. }
  split; [now rewrite N'|]. split; [now rewrite M'|]. split; [|lra].
  unfold blocks.M2'. rewrite M'. rewrite sum_app. cbn [sum asblock blocks.m2' blocks.cnt blocks.mu']. set (d := value b - A) in *.
    set (q := cn b / (n + cn b)) in *.
  assert (C : sum (fun c => blocks.cnt c * (blocks.mu' c - A)) bs = 0).
  { rewrite (sum_ext _ (fun c => blocks.cnt c * blocks.mu' c + (- A) * blocks.cnt c)) by (intros; ring). rewrite sum_add, sum_scal, SA.
    fold (blocks.N bs). rewrite <- E1. ring. }
  assert (SW : sum (fun c => blocks.m2' c + blocks.cnt c * ((blocks.mu' c - A) * (blocks.mu' c - A))) bs = W) by (rewrite E3, E2;
    reflexivity).
  assert (S : sum (fun c => blocks.m2' c + blocks.cnt c * ((blocks.mu' c - (A + d * q)) * (blocks.mu' c - (A + d * q)))) bs = W + n * (d *
    q * (d * q))).
  { rewrite (sum_ext _ (fun c => (blocks.m2' c + blocks.cnt c * ((blocks.mu' c - A) * (blocks.mu' c - A))) + (- 2 * (d * q) * (blocks.cnt c
    * (blocks.mu' c - A)) + d * q * (d * q) * blocks.cnt c))) by (intros; ring).
    rewrite (sum_add (fun c => blocks.m2' c + blocks.cnt c * ((blocks.mu' c - A) * (blocks.mu' c - A)))), SW, sum_add, !sum_scal, C.
    fold (blocks.N bs). rewrite <- E1. ring. }
  rewrite S. replace (value b - (A + d * q)) with (d * (1 - q)) by (unfold d; ring).
  replace (square b + cn b * (d * (1 - q) * (d * (1 - q))) + 0) with (square b + d * d * (cn b * ((1 - q) * (1 - q)))) by ring.
  assert (Q : q * q * n + cn b * ((1 - q) * (1 - q)) = q * n) by (unfold q; field; lra).
  transitivity (W + square b + d * d * (q * n)); [ring|]. rewrite <- Q. ring.
Qed.

Section Row.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Definition merged f l := fold_left (merge2 pe) l f.

Variables S mu N : R.
Let lam := S / 128.
Hypothesis N_range : 1 <= N <= bpow radix2 41.
Hypothesis S_big : bpow radix2 (-200) <= S.
Hypothesis mu_S : 4 * (u64 * (Rabs mu + 3 * S)) <= lam.
Let a00 := a0 S N.
Let b00 := b00 S N.

(* a block as the merge takes it *)
Definition fine b := F_state b /\ 1 <= cn b <= 1024 /\ mult 0 (cn b) /\ Rabs (sl b) <= lam /\ Rabs (sr b) <= 4 * (u64 * lam) /\
  cn b * ((value b - mu) * (value b - mu)) <= 1.05 * (S * S) /\ 0 <= square b <= 1.2 * (S * S) /\ Rabs (s2l b) <= 2 * (u64 * (S * S)).

Lemma S0 : 0 < S. Proof. assert (H := bpow_gt_0 radix2 (-200)). lra. Qed.
Lemma ab_pos : 0 <= a00 <= S / 1000 /\ 0 <= b00 /\ forall k, 0 <= k <= bpow radix2 31 -> k * b00 <= 0.001 * (S * S).
Proof.
assert (P := S0). assert (U := u64_val). assert (SS : 0 <= S * S) by apply Rle_0_sqr.
assert (n41 : bpow radix2 41 = 2199023255552) by (simpl; lra). assert (k31 : bpow radix2 31 = 2147483648) by (simpl; lra).
assert (uu : 0 <= u64 * u64 <= / 9007199254740992 * / 9007199254740992) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
assert (e1 : u64 * u64 * (16000 + N / 10) <= 0.0000001).
{ apply Rle_trans with (/ 9007199254740992 * / 9007199254740992 * 300000000000); [apply Rmult_le_compat; lra|lra]. }
assert (e2 : u64 * u64 * (40000 + N / 10) <= 0.000000000000000000003).
{ apply Rle_trans with (/ 9007199254740992 * / 9007199254740992 * 240000000000); [apply Rmult_le_compat; lra|lra]. }
assert (p1 : 0 <= u64 * u64 * (16000 + N / 10)) by (apply Rmult_le_pos; lra).
  assert (p2 : 0 <= u64 * u64 * (40000 + N / 10)) by (apply Rmult_le_pos; lra).
unfold a00, b00, a0, merges_m2.b00.
replace (u64 * (u64 * (S * (16000 + N / 10)))) with (u64 * u64 * (16000 + N / 10) * S) by ring.
replace (u64 * (u64 * (S * S * (40000 + N / 10)))) with (u64 * u64 * (40000 + N / 10) * (S * S)) by ring.
repeat split.
- apply Rmult_le_pos; lra.
- assert (u64 * u64 * (16000 + N / 10) * S <= 0.0000001 * S) by (apply Rmult_le_compat_r; lra). lra.
- apply Rmult_le_pos; lra.
- intros k K. rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [exact SS|].
  apply Rle_trans with (2147483648 * 0.000000000000000000003); [apply Rmult_le_compat; lra|lra].
Qed.

(* after k merges of full blocks *)
Definition near k a (t : triple) := let '(n, A, W) := t in F_state a /\ cn a = n /\ n = 1024 * (INR k + 1) /\ Rabs (sl a) <= lam /\
  Rabs (sr a) <= 4 * (u64 * lam) /\
  n * Rabs (value a - A) <= INR k * a00 /\ Rabs (A - mu) <= S / 30 /\ 0 <= W /\ Rabs (square a - W) <= INR k * b00 /\
    Rabs (s2l a) <= 2 * (u64 * (S * S)).

(* any block, merged into such a state *)
Lemma one_more k a t b : near k a t -> fine b -> tn t + cn b <= N -> tW (join t b) <= 1.2 * (S * S) ->
  let a' := merge2 pe a b in let t' := join t b in
  F_state a' /\ cn a' = tn t' /\ Rabs (sl a') <= lam /\ Rabs (sr a') <= 4 * (u64 * lam) /\
    tn t' * Rabs (value a' - tA t') <= (INR k + 1) * a00 /\
  0 <= tW t' /\ Rabs (square a' - tW t') <= (INR k + 1) * b00 /\ Rabs (s2l a') <= 2 * (u64 * (S * S)) /\
    Rabs (tA t' - mu) <= Rmax (S / 30) (Rabs (value b - mu)).
Proof.
destruct t as ((n, A), W). intros (Fa & Cn & Nn & La & Ra & Ea & Am & W0 & Wa & S2a) (Fb & Cb & Mb & Lb & Rb & Xb & Sqb & S2b) NN WW.
cbn [tn tA tW join] in *. assert (P := S0). assert (U := u64_val). destruct ab_pos as ((A0 & A1) & B0 & BK). assert (k0 := pos_INR k).
assert (SS : 0 <= S * S) by apply Rle_0_sqr.
assert (kb : 0 <= INR k + 1 <= bpow radix2 31).
{ assert (n41 : bpow radix2 41 = 2199023255552) by (simpl; lra). assert (k31 : bpow radix2 31 = 2147483648) by (simpl; lra). lra. }
assert (Bk1 := BK _ kb). assert (Bk0 : INR k * b00 <= 0.001 * (S * S)) by lra.
set (x := Rabs (value b - mu)). assert (x0 : 0 <= x) by apply Rabs_pos.
assert (xx : cn b * (x * x) <= 1.05 * (S * S)).
{ unfold x. rewrite <- Rabs_mult, Rabs_pos_eq by apply Rle_0_sqr. exact Xb. }
assert (Fn : F64 (mn a b)).
{ unfold mn. apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia| |].
  - apply mult_add; [|exact Mb]. rewrite Cn, Nn. replace (1024 * (INR k + 1)) with (IZR (1024 * (Z.of_nat k + 1)) * bpow radix2 0).
    + now exists (1024 * (Z.of_nat k + 1))%Z.
    + simpl bpow. rewrite mult_IZR, plus_IZR, <- INR_IZR_INZ. ring.
  - rewrite Rabs_pos_eq by lra. apply Rle_trans with N; [lra|]. eapply Rle_trans; [apply N_range|]. apply bpow_le. lia. }
assert (nbna : cn b <= cn a) by lra.
assert (nN : mn a b <= N) by (unfold mn; lra). assert (NM : N <= bpow radix2 41) by lra.
assert (Eo : cn a * Rabs (value a - A) <= INR k * a00) by (rewrite Cn; exact Ea).
assert (Em : INR k * a00 <= cn a * (S / 1000)) by (apply Rmult_le_compat; lra).
assert (W12 : 0 <= W <= 1.2 * (S * S)).
{ split; [exact W0|]. assert (0 <= (value b - A) * ((value b - A) * (cn b / (n + cn b))) * n); [|lra].
  replace ((value b - A) * ((value b - A) * (cn b / (n + cn b))) * n) with ((value b - A) * (value b - A) * (cn b / (n + cn b) * n)) by
    ring.
  apply Rmult_le_pos; [apply Rle_0_sqr|]. apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]. }
assert (Wa1 : Rabs (square a - W) <= 0.01 * (S * S)) by lra.
destruct (mean_ok pe pe_ok a b S mu x N A (INR k * a00) Fa Fb Fn Cb nbna nN NM S_big mu_S La Lb Ra Rb Eo Em Am (Rle_refl x) (conj x0 xx))
  as (R1 & R2 & R3).
assert (kn : 0 <= INR k /\ 1024 * INR k <= mn a b) by (unfold mn; lra).
assert (R4 := m2_ok pe pe_ok a b S mu x N A (INR k * a00) Fa Fb Fn Cb nbna nN NM S_big La Lb Ra Rb Eo Em Am (Rle_refl x) (conj x0 xx)
  W (INR k) W12 Wa1 Sqb S2a S2b (Rle_refl _) kn).
assert (Eq : cn b / mn a b = cn b / (n + cn b)) by (unfold mn; rewrite Cn; reflexivity).
rewrite Eq in R1, R4. rewrite Cn in R4. fold a00 in R1. fold b00 in R4.
set (A' := A + (value b - A) * (cn b / (n + cn b))) in *.
  set (W' := W + square b + (value b - A) * ((value b - A) * (cn b / (n + cn b))) * n) in *.
assert (mnE : mn a b = n + cn b) by (unfold mn; rewrite Cn; reflexivity). rewrite mnE in R1.
assert (W'0 : 0 <= W').
{ unfold W'. assert (0 <= (value b - A) * ((value b - A) * (cn b / (n + cn b))) * n); [|lra].
  replace ((value b - A) * ((value b - A) * (cn b / (n + cn b))) * n) with ((value b - A) * (value b - A) * (cn b / (n + cn b) * n)) by
    ring.
  apply Rmult_le_pos; [apply Rle_0_sqr|]. apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]. }
cbv zeta. split; [|split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]].
- unfold merge2. repeat split; cbn; try apply two_e_F; try apply merge.rnd64_F. exact Fn.
- cbn. unfold mn. rewrite Cn. reflexivity.
- exact R2.
- exact R3.
- lra.
- exact W'0.
- lra.
- apply (s2l_ok pe pe_ok a b S mu x N A (INR k * a00) Fa Fb Fn Cb nbna nN NM S_big La Lb Ra Rb Eo Em Am (Rle_refl x) (conj x0 xx)
    W (INR k) W12 Wa1 Sqb S2a S2b (Rle_refl _) kn); rewrite ?Eq, ?Cn; fold W'; try assumption. fold b00. lra.
- assert (q01 : 0 <= cn b / (n + cn b) <= 1).
  { split; [apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]|]. apply Rmult_le_reg_r with (n + cn b); [lra|]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra. }
  set (q := cn b / (n + cn b)) in *. replace (A' - mu) with ((A - mu) * (1 - q) + (value b - mu) * q) by (unfold A'; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq q), (Rabs_pos_eq (1 - q)) by lra.
  fold x. assert (X1 := Rmax_l (S / 30) x). assert (X2 := Rmax_r (S / 30) x). set (mm := Rmax (S / 30) x) in *.
  assert (Y1 : Rabs (A - mu) * (1 - q) <= mm * (1 - q)) by (apply Rmult_le_compat_r; lra).
  assert (Y2 : x * q <= mm * q) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma full_near b : fine b -> cn b = 1024 -> Rabs (value b - mu) <= S / 30.
Proof.
intros (_ & _ & _ & _ & _ & X & _) E. assert (P := S0). rewrite E in X. assert (SS : 0 <= S * S) by apply Rle_0_sqr.
  apply abs_le_of_sqr; lra.
Qed.

Lemma W_grows t b : 0 < tn t -> 0 < cn b -> 0 <= square b -> tW t <= tW (join t b).
Proof.
destruct t as ((n, A), W). cbn [tn tW join]. intros n0 c0 s0.
assert (0 <= (value b - A) * ((value b - A) * (cn b / (n + cn b))) * n); [|lra].
replace ((value b - A) * ((value b - A) * (cn b / (n + cn b))) * n) with ((value b - A) * (value b - A) * (cn b / (n + cn b) * n)) by ring.
apply Rmult_le_pos; [apply Rle_0_sqr|]. apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra].
Qed.
Lemma tn_join t b : tn (join t b) = tn t + cn b. Proof. destruct t as ((n, A), W). reflexivity. Qed.

Lemma W_grows_all l : forall t, 0 < tn t -> (forall b, In b l -> fine b) ->
  tW t <= tW (fold_left join l t) /\ tn t <= tn (fold_left join l t).
Proof.
induction l as [|b l IH]; intros t n0 Fl; simpl; [lra|]. destruct (Fl b (or_introl eq_refl)) as (_ & Cb & _ & _ & _ & _ & Sb & _).
destruct (IH (join t b)) as (X & Y); [rewrite tn_join; lra|intros; apply Fl; now right|].
assert (Z := W_grows t b n0 ltac:(lra) ltac:(lra)). rewrite tn_join in Y. lra.
Qed.

Theorem full_blocks l : forall k a t, near k a t -> (forall b, In b l -> fine b /\ cn b = 1024) -> tn (fold_left join l t) <= N ->
  tW (fold_left join l t) <= 1.2 * (S * S) ->
  near (k + length l) (fold_left (merge2 pe) l a) (fold_left join l t).
Proof.
induction l as [|b l IH]; intros k a t Nr Fl NN WW; simpl; [now rewrite Nat.add_0_r|].
destruct (Fl b (or_introl eq_refl)) as (Fb & Cb). simpl in NN, WW.
assert (n0 : 0 < tn t). { destruct t as ((n, A), W). destruct Nr as (_ & _ & E & _). cbn. assert (k0 := pos_INR k). lra. }
destruct (W_grows_all l (join t b)) as (X & Y); [rewrite tn_join; lra|intros; now apply Fl, or_intror|].
rewrite tn_join in Y.
destruct (one_more k a t b Nr Fb ltac:(lra) ltac:(lra)) as (R1 & R2 & R3 & R4 & R5 & R6 & R7 & R8 & R9).
replace (k + Datatypes.S (length l))%nat with (Datatypes.S k + length l)%nat by lia.
apply IH; [|intros; apply Fl; now right|exact NN|exact WW].
destruct t as ((n, A), W). cbn [join tn tA tW] in *. destruct Nr as (_ & _ & E & _). unfold near. rewrite S_INR.
repeat split; try assumption; try apply R1; try lra.
eapply Rle_trans; [exact R9|]. apply Rmax_lub; [lra|]. now apply full_near.
Qed.

(* a whole row: full blocks, and a last one *)
Theorem row_merged f l last : (forall b, In b (f :: l) -> fine b /\ cn b = 1024) -> fine last ->
  let t := exactly f (l ++ [last]) in let a := merged f (l ++ [last]) in tn t <= N -> tW t <= 1.2 * (S * S) ->
  tn t * Rabs (value a - tA t) <= (INR (length l) + 1) * a00 /\ Rabs (square a - tW t) <= (INR (length l) + 1) * b00 /\
  Rabs (sr a) <= 4 * (u64 * lam) /\ Rabs (s2l a) <= 2 * (u64 * (S * S)) /\ 1024 * (INR (length l) + 1) <= tn t.
Proof.
intros Fl Fla. cbv zeta. unfold exactly, merged. rewrite !fold_left_app. cbn [fold_left]. intros NN WW.
destruct (Fl f (or_introl eq_refl)) as (Ff & Cf).
assert (N0 : near 0 f (start f)).
{ assert (Mu := full_near f Ff Cf). destruct Ff as (A1 & A2 & A3 & A4 & A5 & A6 & A7 & A8). unfold near, start. simpl INR.
  assert (E1 : Rabs (value f - value f) = 0) by (rewrite Rminus_diag_eq, Rabs_R0; reflexivity).
  assert (E2 : Rabs (square f - square f) = 0) by (rewrite Rminus_diag_eq, Rabs_R0; reflexivity).
  rewrite E1, E2. split; [exact A1|]. split; [reflexivity|]. split; [lra|]. split; [exact A4|]. split; [exact A5|]. split; [lra|].
  split; [exact Mu|]. split; [lra|]. split; [lra|exact A8]. }
assert (G := Fla). destruct G as (G1 & G2 & G3). 
rewrite tn_join in NN.
assert (n0 : 0 < tn (start f)) by (cbn; lra).
destruct (W_grows_all l (start f) n0) as (X & Y); [intros; now apply Fl, or_intror|].
assert (Z := W_grows (fold_left join l (start f)) last ltac:(lra) ltac:(lra) ltac:(destruct G3 as (_ & _ & _ & _ & Q & _); lra)).
assert (Nr := full_blocks l 0 f (start f) N0 ltac:(intros; apply Fl; now right) ltac:(lra) ltac:(lra)). simpl Nat.add in Nr.
destruct (one_more _ _ _ last Nr Fla NN WW) as (R1 & R2 & R3 & R4 & R5 & R6 & R7 & R8 & R9).
rewrite tn_join in *. repeat split; try assumption.
destruct (fold_left join l (start f)) as ((n, A), W). destruct Nr as (_ & _ & E & _). cbn. lra.
Qed.
End Row.
