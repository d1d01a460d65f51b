(* LayerNorm of floats, from the blocks' moments over their merging to y: the hypothesis `merging` of float32.v discharged,
  up to 2^40 columns. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row rstd scale32 float32 merge step mergeops merges merges_m2 mergerow.
Require blocks last total.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.

Lemma ne_in {A : Type} (l : list A) : l <> [] -> exists a, In a l.
Proof. destruct l as [|a l]; intro H; [now elim H|exists a; now left]. Qed.

Section Whole.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < sigma.
Let M2 := blocks.M2 (bs row).
Let S := sqrt M2.
Let lam := S / 128.

Lemma M2_eq : cols * (sigma * sigma) = M2. Proof. exact (row.sigma_sqr (-149) 24 row row_good row_some). Qed.
Lemma cols1 : 1 <= cols. Proof. exact (cols_1 row row_good row_some). Qed.
Lemma M2_pos : 0 < M2.
Proof. rewrite <- M2_eq. assert (C := cols1). apply Rmult_lt_0_compat; [lra|now apply Rmult_lt_0_compat]. Qed.
Lemma SS : S * S = M2. Proof. apply sqrt_def. assert (H := M2_pos). lra. Qed.
Lemma S_pos : 0 < S. Proof. apply sqrt_lt_R0, M2_pos. Qed.

Lemma M2_all : M2 = sum (fun b => QQ (bx b) mu) row.
Proof. exact (M2_elements (-149) 24 row row_good). Qed.

Lemma element b x : In b row -> In x (bx b) -> Rabs (x - mu) <= S.
Proof.
intros Ib Ix. assert (P := S_pos). apply abs_le_of_sqr; [lra|]. rewrite SS, M2_all.
apply Rle_trans with (QQ (bx b) mu).
- apply (sum_pos_in (fun x => (x - mu) * (x - mu))); [intros; apply Rle_0_sqr|exact Ix].
- apply (sum_pos_in (fun b => QQ (bx b) mu)); [intros; apply QQ_pos|exact Ib].
Qed.

(* -- a row that is not constant varies by the unit of its floats at least -- *)
Let h := look.h (-149) 24 [mu].
Lemma S_h : h / 2 <= S.
Proof.
destruct (Rle_or_lt (h / 2) S) as [|L]; [assumption|exfalso].
assert (hp : 0 < h) by apply h_pos.
destruct (ne_in row row_some) as (b0 & I0). destruct (row_good b0 I0) as (L0 & F0 & _).
destruct (ne_in (bx b0)) as (x0 & Ix0); [intro Z; rewrite Z in L0; simpl in L0; lia|].
assert (Eq : forall b x, In b row -> In x (bx b) -> x = x0).
{ assert (G : forall b x, In b row -> In x (bx b) -> mult (look.ee (-149) 24 [mu]) x).
  { intros b x Ib Ix. destruct (row_good b Ib) as (_ & Fb & _). apply (grid (-149) 24 ltac:(lia) [mu] ltac:(simpl; lia)); [now apply Fb|].
    assert (E := element b x Ib Ix). assert (mean1 : mean [mu] = mu) by (unfold mean, n; simpl; field). rewrite mean1. fold h. lra. }
  intros b x Ib Ix. destruct (mult_sub _ _ _ (G b x Ib Ix) (G b0 x0 I0 Ix0)) as (k & K).
  assert (D : Rabs (x - x0) < h).
  { replace (x - x0) with ((x - mu) + - (x0 - mu)) by ring. eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
    assert (A := element b x Ib Ix). assert (B := element b0 x0 I0 Ix0). lra. }
  rewrite K, Rabs_mult, (Rabs_pos_eq (bpow radix2 _)) in D by apply bpow_ge_0. fold (look.h (-149) 24 [mu]) in D. fold h in D.
  assert (K1 : Rabs (IZR k) < 1) by (apply Rmult_lt_reg_r with h; lra).
  rewrite <- abs_IZR in K1. apply lt_IZR in K1. replace k with 0%Z in K by lia. lra. }
assert (Mb : forall b, In b row -> mean (bx b) = x0).
{ intros b Ib. destruct (row_good b Ib) as (Lb & _). assert (N := n_range (bx b) Lb). unfold mean.
  rewrite (sum_ext _ (fun _ => x0)) by (intros; now apply (Eq b)).
  rewrite sum_const. fold (n (bx b)). field. lra. }
assert (Mu : mu = x0).
{ assert (C := cols1). unfold mu, row.mu, blocks.Mean. fold (row.cols row). fold cols. unfold bs. rewrite sum_map.
  rewrite (sum_ext _ (fun b => x0 * n (bx b))) by (intros b Ib; unfold tob; cbn; rewrite (Mb b Ib); ring). rewrite sum_scal.
  replace (sum (fun b => n (bx b)) row) with cols by (unfold cols, row.cols, blocks.N, bs; rewrite sum_map; reflexivity). field. lra. }
assert (Z : M2 = 0).
{ rewrite M2_all. rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros b Ib. unfold QQ.
  rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros x Ix. rewrite (Eq b x Ib Ix), Mu. ring. }
assert (P := M2_pos). lra.
Qed.

Lemma mu_max : Rabs mu <= 67108864 * S.
Proof.
assert (H := S_h). assert (um := u_mean (-149) 24 [mu] ltac:(simpl; lia)).
  assert (mean1 : mean [mu] = mu) by (unfold mean, n; simpl; field). rewrite mean1 in um.
fold h in um. change (u 24) with u32 in um. rewrite u32_val in um. lra.
Qed.
Lemma mu_lam : 4 * (u64 * (Rabs mu + 3 * S)) <= lam.
Proof.
assert (M := mu_max). assert (P := S_pos). assert (U := u64_val). assert (M0 := Rabs_pos mu).
assert (u64 * (Rabs mu + 3 * S) <= / 9007199254740992 * (67108867 * S)) by (apply Rmult_le_compat; lra). unfold lam. lra.
Qed.
Lemma S_big : bpow radix2 (-200) <= S.
Proof.
assert (H := S_h). assert (E : bpow radix2 (-149) <= h) by (unfold h, look.h; apply bpow_le, ee_ge; simpl; lia).
apply Rle_trans with (bpow radix2 (-149) / 2); [|lra]. unfold Rdiv. replace (/ 2) with (bpow radix2 (-1)) by (simpl; lra).
  rewrite <- bpow_plus. apply bpow_le. lia.
Qed.

Lemma sigma_low : bpow radix2 (-170) <= sigma.
Proof.
assert (H := S_h). assert (E : bpow radix2 (-149) <= h) by (unfold h, look.h; apply bpow_le, ee_ge; simpl; lia).
assert (B : bpow radix2 (-150) <= S).
{ apply Rle_trans with (bpow radix2 (-149) / 2); [|lra]. unfold Rdiv. change (/ 2) with (bpow radix2 (-1)). rewrite <- bpow_plus. apply Rle_refl. }
assert (P := bpow_gt_0 radix2 (-150)). assert (P2 := bpow_gt_0 radix2 (-170)). assert (C := cols1).
apply le_of_sqr; [lra|]. apply Rmult_le_reg_l with cols; [lra|]. rewrite M2_eq, <- SS.
apply Rle_trans with (bpow radix2 (-150) * bpow radix2 (-150)); [|apply Rmult_le_compat; lra].
rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 40 * bpow radix2 (-170 + -170)).
- apply Rmult_le_compat_r; [apply bpow_ge_0|exact cols_max].
- rewrite <- bpow_plus. apply bpow_le. lia.
Qed.

(* -- the states that are merged: a block's mean as two doubles, its m2 -- *)
Definition agrees (b : rblock) (s : st) := F_state s /\ cn s = n (bx b) /\ value s = bmean b /\ square s = bm2 b /\ 0 <= bm2 b /\
  Rabs (sl s) <= u64 * Rabs (value s) /\ sr s = 0 /\ s2l s = 0.

Lemma agrees_fine b s : In b row -> agrees b s -> fine S mu s.
Proof.
intros Ib (Fs & Cn & Vs & Sq & S0 & Sl & Sr & S2). assert (Gb := row_good b Ib). destruct Gb as (L & _ & C & E1 & E2).
assert (N := n_range (bx b) L). assert (P := S_pos). assert (U := u64_val). assert (Ml := mu_lam). unfold lam in Ml.
  assert (Ur := u_range 24 ltac:(lia)).
destruct (class_range 24 _ _ _ C) as (Cr & Kr). set (sg := sig (bx b)) in *. assert (sg0 : 0 <= sg) by apply sig_pos.
set (t := Rabs (mean (bx b) - mu)). assert (t0 : 0 <= t) by apply Rabs_pos.
assert (Q : n (bx b) * (sg * sg + t * t) <= S * S).
{ rewrite SS, M2_all. replace (t * t) with ((mean (bx b) - mu) * (mean (bx b) - mu)) by (unfold t; rewrite <- Rabs_mult, Rabs_pos_eq;
  [reflexivity|apply Rle_0_sqr]).
  unfold sg. rewrite <- (QQ_eq (bx b) L). apply (sum_pos_in (fun b => QQ (bx b) mu)); [intros; apply QQ_pos|exact Ib]. }
assert (sg2 := Rle_0_sqr sg). assert (t2 := Rle_0_sqr t). unfold Rsqr in *.
assert (cu : bc b * u 24 * sg <= 0.000001 * sg).
{ apply Rmult_le_compat_r; [assumption|]. assert (bc b * u 24 <= 4 * / 16777216) by (apply Rmult_le_compat; lra). lra. }
assert (dv : Rabs (value s - mu) <= t + 0.000001 * sg).
{ rewrite Vs. replace (bmean b - mu) with ((bmean b - mean (bx b)) + (mean (bx b) - mu)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  fold t. lra. }
assert (D2 : (value s - mu) * (value s - mu) <= 1.01 * (sg * sg + t * t)).
{ replace ((value s - mu) * (value s - mu)) with (Rabs (value s - mu) * Rabs (value s - mu)) by (rewrite <- Rabs_mult;
  apply Rabs_pos_eq, Rle_0_sqr).
  assert (Rabs (value s - mu) * Rabs (value s - mu) <= (t + 0.000001 * sg) * (t + 0.000001 * sg)) by (apply Rmult_le_compat;
    try apply Rabs_pos; assumption).
  assert (X := Rle_0_sqr (t - sg)). unfold Rsqr in X. lra. }
assert (X1 : n (bx b) * ((value s - mu) * (value s - mu)) <= 1.05 * (S * S)).
{ assert (n (bx b) * ((value s - mu) * (value s - mu)) <= n (bx b) * (1.01 * (sg * sg + t * t))) by (apply Rmult_le_compat_l; lra).
  assert (0 <= S * S) by apply Rle_0_sqr. lra. }
assert (nsg : 0 <= n (bx b) * (sg * sg) <= S * S).
{ split; [apply Rmult_le_pos; lra|]. assert (0 <= n (bx b) * (t * t)) by (apply Rmult_le_pos; lra). lra. }
assert (ku : 2 * bk b * u 24 * (n (bx b) * (sg * sg)) <= 0.001 * (n (bx b) * (sg * sg))).
{ apply Rmult_le_compat_r; [tauto|]. assert (bk b * u 24 <= 6 * / 16777216) by (apply Rmult_le_compat; lra). lra. }
unfold fine. rewrite Cn. split; [exact Fs|]. split; [exact N|]. split; [|split; [|split; [|split; [exact X1|split]]]].
- unfold n. rewrite INR_IZR_INZ. exists (Z.of_nat (length (bx b))). simpl. ring.
- eapply Rle_trans; [exact Sl|]. assert (Rabs (value s) <= Rabs mu + 3 * S).
  { replace (value s) with (mu + (value s - mu)) by ring. eapply Rle_trans; [apply Rabs_triang|].
    assert (Rabs (value s - mu) <= 1.1 * S); [|lra]. apply abs_le_of_sqr; [lra|].
    assert (1 * ((value s - mu) * (value s - mu)) <= n (bx b) * ((value s - mu) * (value s - mu))) by (apply Rmult_le_compat_r;
      [apply Rle_0_sqr|lra]).
    assert (0 <= S * S) by apply Rle_0_sqr. lra. }
  assert (u64 * Rabs (value s) <= u64 * (Rabs mu + 3 * S)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * (Rabs mu + 3 * S)) by (apply Rmult_le_pos; [lra|assert (Z := Rabs_pos mu); lra]). lra.
- rewrite Sr, Rabs_R0. unfold lam. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
- rewrite Sq. split; [exact S0|]. assert (Y := Rle_abs (bm2 b - n (bx b) * (sg * sg))). lra.
- rewrite S2, Rabs_R0. assert (0 <= S * S) by apply Rle_0_sqr. assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra). lra.
Qed.

(* -- the merged moments -- *)
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* m: both parts of the mean that section 5 takes, m2: the upper part *)
Definition near_enough (m m2 : R) := Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.004 * u32 *
  (sigma * sigma).

Lemma agree_sums (f : rblock) (l : list rblock) sf sl_ : agrees f sf -> Forall2 agrees l sl_ -> row = f :: l ->
  let bs' := map asblock (sf :: sl_) in blocks.N bs' = cols /\ blocks.Mean' bs' = row.mean_merged row /\ blocks.M2' bs' = row.m2_merged row.
Proof.
intros Af Al E. cbv zeta.
assert (Ext : forall (phi : blocks.block -> R), (forall b s, agrees b s -> phi (asblock s) = phi (tob b)) ->
  sum phi (map asblock (sf :: sl_)) = sum phi (bs row)).
{ intros phi H. unfold bs. rewrite E. simpl. rewrite (H f sf Af). f_equal. clear - Al H.
  induction Al as [|b s l' sl' A Al IH]; simpl; [reflexivity|]. now rewrite (H b s A), IH. }
assert (EN : blocks.N (map asblock (sf :: sl_)) = cols).
{ unfold blocks.N. apply Ext. intros b s (_ & C & _). exact C. }
assert (EM : blocks.Mean' (map asblock (sf :: sl_)) = row.mean_merged row).
{ unfold blocks.Mean'. fold cols. rewrite EN. unfold row.mean_merged, blocks.Mean'. fold (row.cols row). fold cols. f_equal.
  apply Ext. intros b s (_ & C & Vs & _). unfold asblock, tob. cbn. now rewrite C, Vs. }
split; [exact EN|]. split; [exact EM|].
unfold blocks.M2'. rewrite EM. unfold row.m2_merged, blocks.M2'. fold (row.mean_merged row). apply Ext.
intros b s (_ & C & Vs & Sq & _). unfold asblock, tob. cbn. now rewrite C, Vs, Sq.
Qed.

Lemma m2_merged_max : row.m2_merged row <= 1.2 * (S * S).
Proof.
assert (St := stats_near (-149) 24 ltac:(lia) row row_good row_some). fold cols mu sigma in St. fold M2 in St. rewrite SS.
assert (C := cols1). assert (Mp := M2_pos). assert (Ur := u_range 24 ltac:(lia)). change (u 24) with u32 in *.
assert (0 <= cols * Rabs (row.mean_merged row - mu) * sigma) by (apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rabs_pos]|lra]).
assert (u32 * 7.93 * M2 <= 0.001 * M2) by (apply Rmult_le_compat_r; lra). assert (X := Rle_abs (row.m2_merged row - M2)). lra.
Qed.

(* errors of this size are within what row.v leaves for merging *)
Lemma enough m m2 : Rabs (m - row.mean_merged row) <= 0.04 * u64 * S -> Rabs (m2 - row.m2_merged row) <= 0.004 * u32 * (S * S) ->
  near_enough m m2.
Proof.
intros E1 E2. unfold near_enough. assert (C := cols1). assert (P := S_pos). assert (U := u32_val). assert (U6 := u64_eq).
assert (Eq : cols * (sigma * sigma) = S * S) by (rewrite SS; apply M2_eq).
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra).
(* S = sqrt cols sigma, and sqrt cols is at most 2^20 *)
assert (S20 : S <= 1048576 * sigma).
{ apply le_of_sqr; [lra|]. rewrite <- Eq. assert (cols * (sigma * sigma) <= bpow radix2 40 * (sigma * sigma)) by (apply Rmult_le_compat_r;
  [apply Rle_0_sqr|exact cols_max]).
  replace (bpow radix2 40) with (1048576 * 1048576) in H by (simpl; lra). lra. }
assert (A : Rabs (m - row.mean_merged row) * sigma <= 0.001 * u32 * (sigma * sigma)).
{ rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|]. eapply Rle_trans; [exact E1|].
  assert (0.04 * u64 * S <= 0.04 * u64 * (1048576 * sigma)) by (apply Rmult_le_compat_l; lra).
  assert (0.04 * (u64 * 1048576) * sigma <= 0.001 * u32 * sigma) by (apply Rmult_le_compat_r; lra). lra. }
assert (B : Rabs (m2 - row.m2_merged row) / cols <= 0.004 * u32 * (sigma * sigma)).
{ unfold Rdiv. apply Rmult_le_reg_r with cols; [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. rewrite <- Eq in E2. lra. }
assert (0 <= u32 * (sigma * sigma)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra.
Qed.

(* several blocks: all but the last are full *)
Theorem several f l b sf ss s : row = f :: l ++ [b] -> agrees f sf -> Forall2 agrees l ss -> agrees b s ->
  length (bx f) = 1024%nat -> (forall c, In c l -> length (bx c) = 1024%nat) ->
  let a := merged pe sf (ss ++ [s]) in near_enough (sm a + sl a) (s2 a).
Proof.
intros E Af Al Ab Lf Ll. cbv zeta. assert (P := S_pos). assert (U := u64_val). assert (C := cols1).
  assert (SS0 : 0 <= S * S) by apply Rle_0_sqr.
assert (L1024 : forall c s', length (bx c) = 1024%nat -> agrees c s' -> cn s' = 1024) by (intros c s' Lc (_ & Cn & _); rewrite Cn;
  unfold look.n; rewrite Lc; simpl; lra).
assert (Fine : forall x, In x (sf :: ss) -> fine S mu x /\ cn x = 1024).
{ intros x [<-|I].
  - split; [apply (agrees_fine f); [rewrite E; now left|exact Af]|now apply (L1024 f)].
  - assert (Q : exists c, In c l /\ agrees c x).
    { clear - Al I. induction Al as [|c s' l' ss' A Al IH]; [easy|]. destruct I as [<-|I]; [exists c; split; [now left|exact A]|].
      destruct (IH I) as (d & D1 & D2). exists d. split; [now right|exact D2]. }
    destruct Q as (c & Ic & Ac). split; [|now apply (L1024 c); [apply Ll|]].
    apply (agrees_fine c); [|exact Ac]. rewrite E. right. apply in_or_app. now left. }
assert (Fb : fine S mu s) by (apply (agrees_fine b); [rewrite E; right; apply in_or_app; right; now left|exact Ab]).
assert (Al2 : Forall2 agrees (l ++ [b]) (ss ++ [s])) by (apply Forall2_app; [exact Al|constructor; [exact Ab|constructor]]).
destruct (agree_sums f (l ++ [b]) sf (ss ++ [s]) Af Al2 E) as (EN & EM & EW).
assert (Pos : forall x, In x (sf :: ss ++ [s]) -> 0 < cn x).
{ intros x [<-|I]; [destruct (Fine sf (or_introl eq_refl)); lra|]. apply in_app_or in I. destruct I as [I|[<-|[]]].
  - destruct (Fine x (or_intror I)). lra.
  - destruct Fb as (_ & Cb & _). lra. }
destruct (chan sf (ss ++ [s]) Pos) as (T1 & T2 & T3 & _). rewrite EN in T1. rewrite EM in T2. rewrite EW in T3.
assert (NR : 1 <= cols <= bpow radix2 41).
{ split; [exact C|]. eapply Rle_trans; [exact cols_max|]. apply bpow_le. lia. }
assert (Wm : tW (exactly sf (ss ++ [s])) <= 1.2 * (S * S)) by (rewrite T3; apply m2_merged_max).
destruct (row_merged pe pe_ok S mu cols NR S_big mu_lam sf ss s Fine Fb ltac:(rewrite T1; lra) Wm) as (R1 & R2 & R3 & R4 & R5).
set (a := merged pe sf (ss ++ [s])) in *. rewrite T1, T2 in R1. rewrite T3 in R2. rewrite T1 in R5.
set (K := INR (length ss) + 1) in *. assert (K0 : 0 <= K) by (unfold K; assert (X := pos_INR (length ss)); lra).
destruct (ab_pos S cols NR S_big) as ((A0 & _) & B0 & BK).
assert (n40 : cols <= 1099511627776) by (replace 1099511627776 with (bpow radix2 40) by (simpl; lra); exact cols_max).
assert (uu : 0 <= u64 * u64 <= / 9007199254740992 * / 9007199254740992) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
apply enough.
- replace (sm a + sl a - row.mean_merged row) with ((value a - row.mean_merged row) + - sr a) by (unfold value; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (V : Rabs (value a - row.mean_merged row) <= a0 S cols / 1024).
  { apply Rmult_le_reg_l with cols; [lra|]. eapply Rle_trans; [exact R1|]. 
    assert (K * a0 S cols <= cols / 1024 * a0 S cols) by (apply Rmult_le_compat_r; lra). lra. }
  assert (A : a0 S cols / 1024 <= 0.00001 * u64 * S).
  { unfold a0. replace (u64 * (u64 * (S * (16000 + cols / 10))) / 1024) with (u64 * (16000 + cols / 10) / 1024 * (u64 * S)) by field.
    replace (0.00001 * u64 * S) with (0.00001 * (u64 * S)) by ring. apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|].
    assert (u64 * (16000 + cols / 10) <= / 9007199254740992 * 110000000000) by (apply Rmult_le_compat; lra). lra. }
  assert (0 <= u64 * S) by (apply Rmult_le_pos; lra).
  lra.
- replace (s2 a - row.m2_merged row) with ((square a - row.m2_merged row) + - s2l a) by (unfold square; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. assert (U3 := u32_val). assert (U6 := u64_eq).
  assert (kb : K * b00 S cols <= 0.001 * u32 * (S * S)).
  { unfold b00. replace (K * (u64 * (u64 * (S * S * (40000 + cols / 10))))) with (K * (u64 * u64 * (40000 + cols / 10)) * (S * S)) by ring.
    apply Rmult_le_compat_r; [exact SS0|].
    assert (B1 : u64 * u64 * (40000 + cols / 10) <= / 9007199254740992 * / 9007199254740992 * 110000000000) by (apply Rmult_le_compat; lra).
    apply Rle_trans with (1073741824 * (/ 9007199254740992 * / 9007199254740992 * 110000000000)); [apply Rmult_le_compat; try lra|lra].
    apply Rmult_le_pos; lra. }
  assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra). assert (0 <= u32 * (S * S)) by (apply Rmult_le_pos; lra).
  assert (u64 * (S * S) = u32 * (S * S) / 536870912) by (rewrite U3, U6; field). lra.
Qed.

(* one block alone *)
Theorem alone f sf : row = [f] -> agrees f sf -> near_enough (sm sf + sl sf) (s2 sf).
Proof.
intros E Af. assert (P := S_pos). assert (U := u64_val). destruct (agree_sums f [] sf [] Af (Forall2_nil _) E) as (EN & EM & EW).
assert (F1 := agrees_fine f sf ltac:(rewrite E; now left) Af). destruct Af as (Fs & Cn & Vs & Sq & S0' & Sl & Sr & S2).
  destruct F1 as (_ & Cb & _).
assert (M : row.mean_merged row = value sf) by (rewrite <- EM; unfold blocks.Mean', blocks.N; simpl; field; lra).
assert (W : row.m2_merged row = square sf).
{ rewrite <- EW. unfold blocks.M2'. rewrite EM, M. simpl. ring. }
apply enough; [rewrite M; unfold value; rewrite Sr; replace (sm sf + sl sf - (sm sf + sl sf + 0)) with 0 by ring|rewrite W; unfold square;
  rewrite S2; replace (s2 sf - (s2 sf + 0)) with 0 by ring]; rewrite Rabs_R0.
- apply Rmult_le_pos; lra.
- assert (0 <= S * S) by apply Rle_0_sqr. assert (U3 := u32_val). apply Rmult_le_pos; lra.
Qed.

Lemma m2_not_negative m m2 : near_enough m m2 -> 0 <= m2.
Proof.
intro E. unfold near_enough in E. assert (C := cols1). assert (Mp := M2_pos). assert (Eq := M2_eq).
assert (St := stats_near (-149) 24 ltac:(lia) row row_good row_some). fold cols mu sigma in St. fold M2 in St.
assert (U := u32_val). change (u 24) with u32 in *.
assert (0 <= cols * Rabs (row.mean_merged row - mu) * sigma) by (apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rabs_pos]|lra]).
assert (u32 * 7.93 * M2 <= 0.001 * M2) by (apply Rmult_le_compat_r; lra).
assert (0 <= Rabs (m - row.mean_merged row) * sigma) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
assert (s2 : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (K : Rabs (m2 - row.m2_merged row) / cols <= 0.001 * (sigma * sigma)).
{ assert (0.004 * u32 * (sigma * sigma) <= 0.0001 * (sigma * sigma)) by (apply Rmult_le_compat_r; lra). lra. }
apply (Rmult_le_compat_r cols) in K; [|lra]. unfold Rdiv in K. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in K by lra.
assert (X := Rle_abs (- (m2 - row.m2_merged row))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (- (row.m2_merged row - M2))).
  rewrite Rabs_Ropp in Y. lra.
Qed.

(* row.v leaves a little more, so that section 5 may round the mean times S *)
Lemma merging_of m m2 : near_enough m m2 ->
  Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma).
Proof.
unfold near_enough. intro E. assert (0 <= u32 * (sigma * sigma)); [|lra]. apply Rmult_le_pos; [rewrite u32_val; lra|apply Rle_0_sqr].
Qed.

(* -- and y -- *)
Variables (eps : R) (b0 : rblock) (x gamma beta : R).
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := (x - mu) * / sqrt (sigma * sigma + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Let good_y (y : R) (fused : bool) := Rabs (y - (gamma * xhat + beta)) <= (if fused then B_fused else B_unfused) * u32 * Bracket + eta32.

Theorem layernorm_several f l b sf ss s fused : row = f :: l ++ [b] -> agrees f sf -> Forall2 agrees l ss -> agrees b s ->
  length (bx f) = 1024%nat -> (forall c, In c l -> length (bx c) = 1024%nat) ->
  let t := merged pe sf ss in let a := mA t s in let c := mC3 pe t s in let m2 := s2 (merge2 pe t s) in
  bpow radix2 (-80) <= V m2 cols eps <= bpow radix2 80 -> good_y (y_of row a c m2 eps x gamma beta fused) fused.
Proof.
intros E Af Al Ab Lf Ll. cbv zeta. intro O.
assert (Nr := several f l b sf ss s E Af Al Ab Lf Ll). cbv zeta in Nr. unfold merged in Nr. rewrite fold_left_app in Nr.
  cbn [fold_left] in Nr.
fold (merged pe sf ss) in Nr. set (t := merged pe sf ss) in *. assert (M0 := m2_not_negative _ _ Nr).
exact (layernorm32 row row_good row_some cols_max sigma_not0 (mA t s) (mC3 pe t s) (s2 (merge2 pe t s)) eps
  (conj (merge.rnd64_F _) (conj (merge.rnd64_F _) F_eps)) M0 eps_pos (merging_of _ _ Nr) O b0 x gamma beta b0_in x_in Fgamma Fbeta fused).
Qed.

Theorem layernorm_alone f sf a c fused : row = [f] -> agrees f sf -> F64 a -> F64 c -> sm sf = two_s a c -> sl sf = two_e a c ->
  bpow radix2 (-80) <= V (s2 sf) cols eps <= bpow radix2 80 -> good_y (y_of row a c (s2 sf) eps x gamma beta fused) fused.
Proof.
intros E Af Fa Fc Em El O. assert (Nr := alone f sf E Af). assert (M0 := m2_not_negative _ _ Nr).
assert (Nr2 : near_enough (scale32.m a c) (s2 sf)) by (unfold scale32.m, scale32.mean, scale32.mean_lo; rewrite <- Em, <- El; exact Nr).
exact (layernorm32 row row_good row_some cols_max sigma_not0 a c (s2 sf) eps (conj Fa (conj Fc F_eps)) M0 eps_pos (merging_of _ _ Nr2) O b0 x gamma beta
  b0_in x_in Fgamma Fbeta fused).
Qed.
End Whole.

(* what block32.v computes of a block is such a state *)
Theorem block_agrees xs fused K1 T : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> F32 K1 ->
  let K := block32.Kfinal xs fused K1 T in
  let sh := look32.shift32 xs K in
  forall c k, agrees (RBlock xs (look32.pair32 xs K) (look32.m2_32 xs fused K) c k) (State (n xs) (two_s K sh) (two_e K sh) 0 (look32.m2_32
    xs fused K) 0).
Proof.
intros Fx L FK. cbv zeta. set (K := block32.Kfinal xs fused K1 T). set (sh := look32.shift32 xs K). intros c k.
assert (FKf : F32 K) by (unfold K, block32.Kfinal; destruct (Rlt_dec _ _); [exact (rnd32_F _)|exact FK]).
assert (F1 : F64 K) by (apply (F_F64 (-149) 24); [lia|unfold emin64; lia|exact FKf]). assert (F2 : F64 sh) by apply merge.rnd64_F.
assert (TS := two_sum K sh F1 F2). assert (N := n_range xs L).
unfold agrees, F_state, value, square. cbn [cn sm sl sr s2 s2l bx bmean bm2]. rewrite !Rplus_0_r.
assert (M2p : 0 <= look32.m2_32 xs fused K) by (unfold look32.m2_32; destruct (Rlt_dec _ _); lra).
repeat split; try reflexivity; try apply merge.rnd64_F; try apply two_e_F; try apply F_0; try exact M2p.
- apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia|exists (Z.of_nat (length xs)); unfold look.n; rewrite INR_IZR_INZ; simpl;
  ring|].
  rewrite Rabs_pos_eq by lra. apply Rle_trans with (bpow radix2 10); [simpl; lra|apply bpow_le; lia].
- unfold look32.m2_32. destruct (Rlt_dec _ _); [apply F_0|apply merge.rnd64_F].
- rewrite TS. eapply Rle_trans; [now apply two_e_le|]. lra.
Qed.
