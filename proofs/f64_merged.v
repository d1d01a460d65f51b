(* The merged moments of a row of doubles that varies by 2^-33 of its mean at least: near the ideal ones, by some 10^-5 u. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row merge step mergeops mergerow f64_pairs f64_merge_diff f64_merges f64_mergerow f64_row.
Require blocks.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.

Section Merged64.
Variable all : list (rblock * st).
Hypothesis good : forall c, In c all -> rgood (-1074) 53 (fst c) /\ near64 (fst c) (snd c).
Hypothesis some : all <> [].
Let row := row all.
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 30.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis wide_row : Rabs mu <= 8589934592 * sigma.
Let M2 := blocks.M2 (bs row).
Let S := sqrt M2.
Let I0 := row.mean_merged row.
Let W0 := row.m2_merged row.
Let A := A all.
Let W := W all.
Let dm := dm all.
Definition lam := 1.02 * (u64 * (Rabs mu + 30 * S)).

(* f64_row.v's lemmas in these names *)
Lemma sigma0 : 0 < sigma. Proof. exact (f64_row.sigma0 all sigma_big). Qed.
Lemma cols1 : 1 <= cols. Proof. exact (f64_row.cols1 all good some). Qed.
Lemma M2_eq : cols * (sigma * sigma) = M2. Proof. exact (f64_row.M2_eq all good some). Qed.
Lemma M2_pos : 0 < M2. Proof. exact (f64_row.M2_pos all good some sigma_big). Qed.
Lemma SS : S * S = M2. Proof. exact (f64_row.SS all good some sigma_big). Qed.
Lemma S_sigma : sigma <= S <= 32768 * sigma. Proof. exact (f64_row.S_sigma all good some cols_max sigma_big). Qed.
Lemma block_in c : In c all -> let b := fst c in let s := sig (bx b) in let t := Rabs (mean (bx b) - mu) in
  1 <= n (bx b) <= 1024 /\ 0 <= s /\ 0 <= t /\ n (bx b) * (s * s + t * t) <= S * S /\ s <= S /\ t <= S.
Proof. exact (f64_row.block_in all good some sigma_big c). Qed.
Lemma delta c : In c all -> Rabs (value (snd c) - bmean (fst c)) <= dm /\ Rabs (bmean (fst c) - mean (bx (fst c))) <= 0.000001 * sig (bx
  (fst c)).
Proof. exact (f64_row.delta all good some sigma_big c). Qed.
Lemma W0_M2 : Rabs (W0 - M2) <= 0.000001 * M2 /\ cols * Rabs (I0 - mu) * sigma <= 0.000001 * M2.
Proof. exact (W0_near all good some sigma_big). Qed.
Lemma dm_is : dm = 1.02 * (u64 * (u64 * Rabs mu)) + 17010 * (u64 * (u64 * S)) + 11 * tm. Proof. reflexivity. Qed.
Lemma W_bound : Rabs (W - W0) <= 50000000 * (u64 * (u64 * M2)) + 61 * (cols * tsq) + 4.04 * dm * (cols * sigma) + 4 * (dm * dm) * cols.
Proof. exact (W_W0 all good some sigma_big). Qed.

Lemma eta_sigma : tm <= 0.0000000000001 * (u64 * sigma) /\ tsq <= 0.0000000000001 * (u64 * (sigma * sigma)).
Proof.
assert (U := u64_val). assert (P := bpow_gt_0 radix2 (-401)).
assert (s2 : bpow radix2 (-802) <= sigma * sigma) by (replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by (now
  rewrite <- bpow_plus); apply Rmult_le_compat; lra).
assert (E : forall e k, (e <= k - 113)%Z -> bpow radix2 e <= 0.0000000000001 * (u64 * bpow radix2 k)).
{ intros e k Hk. apply Rle_trans with (bpow radix2 (-60) * (u64 * bpow radix2 k)).
  - unfold u64. rewrite <- !bpow_plus. apply bpow_le. lia.
  - apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra|apply bpow_ge_0]|]. simpl. lra. }
split.
- eapply Rle_trans; [apply (E (-520)%Z (-401)%Z); lia|]. apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra.
- eapply Rle_trans; [apply (E (-960)%Z (-802)%Z); lia|]. apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra.
Qed.

Lemma umu : 0 <= u64 * Rabs mu <= 0.00000095368 * sigma.
Proof.
assert (U := u64_val). assert (P := sigma0). split; [apply Rmult_le_pos; [lra|apply Rabs_pos]|].
apply Rle_trans with (/ 9007199254740992 * (8589934592 * sigma)); [apply Rmult_le_compat; try lra; apply Rabs_pos|lra].
Qed.
Lemma uS' : 0 <= u64 * S <= 0.000000000004 * sigma.
Proof.
assert (U := u64_val). assert (P := sigma0). assert (Q := S_sigma). split; [apply Rmult_le_pos; lra|].
apply Rle_trans with (/ 9007199254740992 * (32768 * sigma)); [apply Rmult_le_compat; lra|lra].
Qed.

Lemma dm_small : 0 <= dm <= 0.0000012 * (u64 * sigma).
Proof.
assert (U := u64_val). assert (P := sigma0). assert (X := umu). assert (Y := uS'). destruct eta_sigma as (E & _).
split; [exact (dm_pos all good some sigma_big)|]. rewrite dm_is.
assert (u64 * (u64 * Rabs mu) <= u64 * (0.00000095368 * sigma)) by (apply Rmult_le_compat_l; lra).
assert (u64 * (u64 * S) <= u64 * (0.000000000004 * sigma)) by (apply Rmult_le_compat_l; lra). 
assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra). lra.
Qed.
Lemma AI_small : Rabs (A - I0) <= 0.0000012 * (u64 * sigma).
Proof. eapply Rle_trans; [exact (A_I0 all good some sigma_big)|]. apply dm_small. Qed.
Lemma WW_small : Rabs (W - W0) <= 0.00001 * (u64 * M2).
Proof.
eapply Rle_trans; [exact W_bound|].
assert (U := u64_val). assert (P := sigma0). destruct dm_small as (d0 & d1). destruct eta_sigma as (_ & E). assert (C := cols1).
assert (Q := M2_eq). assert (Mp := M2_pos).
assert (us : 0 <= u64 * sigma <= 0.000001 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (e1 : cols * tsq <= 0.0000000000001 * (u64 * M2)).
{ rewrite <- Q. assert (cols * tsq <= cols * (0.0000000000001 * (u64 * (sigma * sigma)))) by (apply Rmult_le_compat_l; lra). lra. }
assert (cs : 0 <= cols * sigma) by (apply Rmult_le_pos; lra).
assert (d2 : dm * (cols * sigma) <= 0.0000012 * (u64 * M2)).
{ rewrite <- Q. assert (dm * (cols * sigma) <= 0.0000012 * (u64 * sigma) * (cols * sigma)) by (apply Rmult_le_compat_r; lra). lra. }
assert (d3 : dm * dm * cols <= 0.0000012 * (u64 * M2)).
{ assert (dm <= sigma) by lra. assert (dm * dm * cols <= dm * sigma * cols) by (apply Rmult_le_compat_r; [lra|]; apply Rmult_le_compat_l;
  lra). lra. }
assert (u64 * (u64 * M2) <= 0.00000000000000012 * (u64 * M2)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra).
assert (0 <= u64 * M2) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma lam_range : 0 <= lam <= 0.000002 * sigma /\ lam <= 4.2 * S /\ 1.01 * (u64 * (Rabs mu + 30 * S)) <= lam.
Proof.
assert (U := u64_val). assert (P := sigma0). assert (X := umu). assert (Y := uS'). assert (Q := S_sigma). unfold lam. lra.
Qed.

Lemma state_fine c : In c all -> fine S lam mu (snd c).
Proof.
intro I. destruct (block_in c I) as (N & s0 & t0 & Q & sS & tS). destruct (delta c I) as (D1 & D2).
  destruct (good c I) as ((L & _ & C & _ & E2) & (Fs & Cn & Sr & _ & S2 & B0 & Sq0 & Sl & Sll)).
assert (U := u64_val). assert (P := sigma0). assert (X := umu). assert (Y := uS'). assert (SgS := S_sigma). destruct dm_small as (d0 & d1).
assert (us : 0 <= u64 * sigma <= 0.000001 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
destruct (class_range 53 _ _ _ C) as (_ & Kr). change (u 53) with u64 in E2.
set (b := fst c) in *. set (s := snd c) in *. set (sg := sig (bx b)) in *. set (t := Rabs (mean (bx b) - mu)) in *.
assert (S0 : 0 < S) by lra. assert (SSp : 0 <= S * S) by apply Rle_0_sqr.
assert (dv : Rabs (value s - mu) <= t + (0.000001 * sg + 0.000000001 * S)).
{ replace (value s - mu) with ((value s - bmean b) + ((bmean b - mean (bx b)) + (mean (bx b) - mu))) by ring. eapply Rle_trans;
  [apply Rabs_triang|].
  assert (T := Rabs_triang (bmean b - mean (bx b)) (mean (bx b) - mu)). fold t in T. lra. }
assert (sg2 := Rle_0_sqr sg). assert (t2 := Rle_0_sqr t). unfold Rsqr in *.
assert (X1 : n (bx b) * ((value s - mu) * (value s - mu)) <= 1.05 * (S * S)).
{ replace ((value s - mu) * (value s - mu)) with (Rabs (value s - mu) * Rabs (value s - mu)) by (rewrite <- Rabs_mult;
  apply Rabs_pos_eq, Rle_0_sqr).
  set (e := 0.000001 * sg + 0.000000001 * S) in *. assert (e0 : 0 <= e) by (unfold e; lra).
  assert (V1 : Rabs (value s - mu) * Rabs (value s - mu) <= (t + e) * (t + e)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
  assert (V2 : (t + e) * (t + e) <= 1.01 * (t * t) + 101 * (e * e)) by (assert (Z := Rle_0_sqr (0.1 * t - 10 * e)); unfold Rsqr in Z; lra).
  assert (V3 : e * e <= 2 * (0.000001 * sg * (0.000001 * sg)) + 2 * (0.000000001 * S * (0.000000001 * S))).
  { assert (Z := Rle_0_sqr (0.000001 * sg - 0.000000001 * S)). unfold Rsqr in Z. unfold e. lra. }
  assert (V4 : n (bx b) * (Rabs (value s - mu) * Rabs (value s - mu)) <= n (bx b) * (1.01 * (t * t) + (0.001 * (sg * sg) + 0.000000000001
    * (S * S)))) by (apply Rmult_le_compat_l; lra).
  assert (n (bx b) * (S * S) <= 1024 * (S * S)) by (apply Rmult_le_compat_r; lra). 
  assert (0 <= n (bx b) * (sg * sg)) by (apply Rmult_le_pos; lra). lra. }
assert (nsg : 0 <= n (bx b) * (sg * sg) <= S * S).
{ split; [apply Rmult_le_pos; lra|]. assert (0 <= n (bx b) * (t * t)) by (apply Rmult_le_pos; lra). lra. }
assert (ku : 2 * bk b * u64 * (n (bx b) * (sg * sg)) <= 0.001 * (n (bx b) * (sg * sg))).
{ apply Rmult_le_compat_r; [tauto|]. assert (bk b * u64 <= 6 * / 9007199254740992) by (apply Rmult_le_compat; lra). lra. }
assert (e61 : 61 * tsq <= 0.001 * (S * S)).
{ destruct eta_sigma as (_ & E). assert (sigma * sigma <= S * S) by (apply Rmult_le_compat; lra).
  assert (0 <= sigma * sigma) by apply Rle_0_sqr.
  assert (u64 * (sigma * sigma) <= 1 * (sigma * sigma)) by (apply Rmult_le_compat_r; lra). lra. }
assert (sq : square s <= 1.1 * (S * S)).
{ assert (Y1 := Rle_abs (bm2 b - n (bx b) * (sg * sg))). assert (Y2 := Rle_abs (square s - bm2 b)).
  assert (u64 * (u64 * (n (bx b) * (sg * sg))) <= 0.000000000000001 * (0.001 * (n (bx b) * (sg * sg)))) by (apply Rmult_le_compat;
    try lra; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
  lra. }
unfold fine. rewrite Cn. split; [exact Fs|]. split; [exact N|]. split; [|split; [|split; [|split; [exact X1|split]]]].
- unfold n. rewrite INR_IZR_INZ. exists (Z.of_nat (length (bx b))). simpl. ring.
- assert (V : Rabs (value s) <= Rabs mu + 2 * S).
  { replace (value s) with (mu + (value s - mu)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  unfold value in V. rewrite Sr, Rplus_0_r in V. assert (T : Rabs (sm s) <= Rabs (sm s + sl s) + Rabs (sl s)) by (replace (sm s) with ((sm
    s + sl s) - sl s) at 1 by ring; apply abs_sub).
  assert (us1 : u64 * Rabs (sm s) <= 0.0001 * Rabs (sm s)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
  assert (u64 * Rabs (sm s) <= u64 * (1.001 * (Rabs mu + 2 * S))) by (apply Rmult_le_compat_l; [lra|]; assert (Z := Rabs_pos mu); lra).
    unfold lam. lra.
- rewrite Sr, Rabs_R0. destruct lam_range as (L0 & _). apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
- split; [exact Sq0|lra].
- assert (T : Rabs (s2 s) <= Rabs (square s) + Rabs (s2l s)) by (replace (s2 s) with (square s - s2l s) by (unfold square; ring);
  apply abs_sub).
  rewrite (Rabs_pos_eq (square s)) in T by assumption.
  assert (us1 : u64 * Rabs (s2 s) <= 0.0001 * Rabs (s2 s)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
  assert (u64 * Rabs (s2 s) <= u64 * (1.2 * (S * S))) by (apply Rmult_le_compat_l; lra).
    assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra). lra.
Qed.

(* what section 5 takes *)
Definition ready (a : st) := Rabs (I0 - (sm a + sl a)) <= 0.000005 * (u64 * sigma) /\ Rabs (sr a) <= 0.000003 * (u64 * sigma) /\ Rabs
  (square a - W0) <= 0.00002 * (u64 * M2).

Lemma W_max : W <= 1.2 * (S * S).
Proof.
assert (H := WW_small). destruct W0_M2 as (W1 & _). assert (Mp := M2_pos).
assert (Q := SS). rewrite Q. assert (U := u64_val). assert (u64 * M2 <= 0.0001 * M2) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (W - W0)). assert (Y := Rle_abs (W0 - M2)). lra.
Qed.

Section Several.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variables (f : rblock * st) (l : list (rblock * st)) (b : rblock * st).
Hypothesis all_is : all = f :: l ++ [b].
Hypothesis full : forall c, In c (f :: l) -> length (bx (fst c)) = 1024%nat.
Definition final := merged pe (snd f) (map snd (l ++ [b])).

Theorem several64 : ready final.
Proof.
assert (U := u64_val). assert (P := sigma0). assert (X := umu). assert (Y := uS'). assert (SgS := S_sigma).
assert (C := cols1). destruct lam_range as ((L0 & L1) & L2 & L3).
assert (Q := SS). assert (Mp := M2_pos). assert (Eq := M2_eq).
assert (NR : 1 <= cols <= bpow radix2 41) by (split; [exact C|eapply Rle_trans; [exact cols_max|apply bpow_le; lia]]).
assert (S420 : bpow radix2 (-420) <= S).
{ apply Rle_trans with (bpow radix2 (-401)); [apply bpow_le; lia|]. lra. }
assert (n30 : cols <= 1073741824) by (replace 1073741824 with (bpow radix2 30) by (simpl; lra); exact cols_max).
(* the constants of merging *)
assert (lN : 0 <= lam * cols <= 3000 * sigma).
{ split; [apply Rmult_le_pos; lra|]. assert (lam * cols <= 0.000002 * sigma * 1073741824) by (apply Rmult_le_compat; lra). lra. }
assert (p1 : 0 <= P1 S lam <= 290 * S) by (unfold P1; lra).
assert (a1 : 0 <= A1 S lam cols <= 50000 * S) by (unfold A1; lra).
assert (p2 : 0 <= P2 S lam <= 135 * (S * S)).
{ unfold P2. assert (SSp : 0 <= S * S) by apply Rle_0_sqr. assert ((S / 4 + 13 * lam) * (S / 4 + 13 * lam) <= 0.251 * S * (0.251 * S)) by
  (apply Rmult_le_compat; lra).
  assert (Z := Rle_0_sqr (S / 4 + 13 * lam)). unfold Rsqr in Z. lra. }
assert (b1 : 0 <= B1 S lam cols <= 65000 * (S * S)).
{ unfold B1. assert (SSp : 0 <= S * S) by apply Rle_0_sqr. assert (0 <= lam * P1 S lam <= 0.1 * S * (290 * S)) by (split;
  [apply Rmult_le_pos|apply Rmult_le_compat]; lra).
  assert (0 <= P1 S lam * A1 S lam cols <= 290 * S * (50000 * S)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat]; lra). lra. }
assert (uu : 0 <= u64 * u64 <= / 9007199254740992 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (kb : cols / 1024 * b00 S lam cols <= 0.00001 * (u64 * (S * S))).
{ unfold b00. replace (cols / 1024 * (u64 * (u64 * B1 S lam cols))) with (cols / 1024 * (u64 * u64) * B1 S lam cols) by ring.
  assert (K : cols / 1024 * (u64 * u64) <= 1048576 * (/ 9007199254740992 * u64)) by (apply Rmult_le_compat; lra).
  assert (K0 : 0 <= cols / 1024 * (u64 * u64)) by (apply Rmult_le_pos; lra).
  assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
  apply Rle_trans with (1048576 * (/ 9007199254740992 * u64) * (65000 * (S * S))); [apply Rmult_le_compat; lra|]. lra. }
assert (uSS : 0 <= u64 * (S * S) <= 0.0001 * (S * S)) by (split; [apply Rmult_le_pos; [lra|apply Rle_0_sqr]|apply Rmult_le_compat_r;
  [apply Rle_0_sqr|lra]]).
(* the states *)
assert (Inl : forall c, In c (f :: l) -> In c all) by (intros c [<-|I]; rewrite all_is; [now left|right; apply in_or_app; now left]).
assert (Fine : forall x, In x (snd f :: map snd l) -> fine S lam mu x /\ cn x = 1024).
{ intros x I. assert (Q1 : exists c, In c (f :: l) /\ x = snd c).
  { destruct I as [<-|I]; [exists f; split; [now left|reflexivity]|]. rewrite in_map_iff in I. destruct I as (c & <- & I). exists c.
    split; [now right|reflexivity]. }
  destruct Q1 as (c & Ic & ->). split; [apply state_fine; now apply Inl|]. destruct (good c (Inl c Ic)) as (_ & (_ & Cn & _)). rewrite Cn.
    unfold look.n. rewrite (full c Ic). simpl. lra. }
assert (Fb : fine S lam mu (snd b)) by (apply state_fine; rewrite all_is; right; apply in_or_app; right; now left).
assert (Ms : map snd all = snd f :: map snd l ++ [snd b]) by (rewrite all_is; simpl; now rewrite map_app).
assert (Pos : forall x, In x (snd f :: map snd l ++ [snd b]) -> 0 < cn x).
{ intros x I. rewrite <- Ms, in_map_iff in I. destruct I as (c & <- & I). destruct (state_fine c I) as (_ & Cb & _). lra. }
destruct (chan (snd f) (map snd l ++ [snd b]) Pos) as (T1 & T2 & T3 & _). rewrite <- Ms in T1, T2, T3.
rewrite (N_sts all good) in T1. change (row.cols (f64_row.row all)) with cols in T1.
  change (blocks.Mean' (map asblock (map snd all))) with A in T2. change (blocks.M2' (map asblock (map snd all))) with W in T3.
assert (Wm := W_max).
destruct (row_merged pe pe_ok S lam mu cols (conj L0 L2) NR S420 L3 ltac:(lra) (snd f) (map snd l) (snd b) Fine Fb ltac:(rewrite T1;
  lra) ltac:(rewrite T3; lra))
  as (R1 & R2 & R3 & R4 & R5).
assert (Fin : merged pe (snd f) (map snd l ++ [snd b]) = final) by (unfold final; now rewrite map_app).
rewrite Fin in *. rewrite T1, T2 in R1. rewrite T3 in R2. rewrite T1 in R5. set (K := INR (length (map snd l)) + 1) in *.
assert (K0 : 0 <= K) by (unfold K; assert (Z := pos_INR (length (map snd l))); lra).
assert (Kc : K <= cols / 1024) by lra.
assert (V : Rabs (value final - A) <= 0.0000001 * (u64 * sigma)).
{ assert (A00 : 0 <= a0 S lam cols) by (unfold a0; repeat apply Rmult_le_pos; lra).
  assert (V1 : Rabs (value final - A) <= a0 S lam cols / 1024).
  { apply Rmult_le_reg_l with cols; [lra|]. eapply Rle_trans; [exact R1|].
    assert (K * a0 S lam cols <= cols / 1024 * a0 S lam cols) by (apply Rmult_le_compat_r; lra). lra. }
  assert (u64 * (u64 * A1 S lam cols) <= u64 * (/ 9007199254740992 * (50000 * S))) by (apply Rmult_le_compat_l; [lra|];
    apply Rmult_le_compat; lra).
  assert (u64 * S <= u64 * (32768 * sigma)) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra). unfold a0 in V1. lra. }
assert (Sr : Rabs (sr final) <= 0.000003 * (u64 * sigma)).
{ assert (u64 * lam <= u64 * (0.00000099 * sigma)); [|assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra); lra].
  apply Rmult_le_compat_l; [lra|]. unfold lam. lra. }
assert (AI := AI_small). assert (WW := WW_small). assert (us0 : 0 <= u64 * sigma) by (apply Rmult_le_pos; lra). unfold ready. split;
  [|split; [exact Sr|]].
- replace (I0 - (sm final + sl final)) with ((A - value final) + (sr final - (A - I0))) by (unfold value; ring). eapply Rle_trans;
  [apply Rabs_triang|].
  rewrite Rabs_minus_sym. assert (T := abs_sub (sr final) (A - I0)). lra.
- replace (square final - W0) with ((square final - W) + (W - W0)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (K * b00 S lam cols <= cols / 1024 * b00 S lam cols).
  { apply Rmult_le_compat_r; [unfold b00; repeat apply Rmult_le_pos; lra|lra]. }
  rewrite <- Q in WW |- *. lra.
Qed.
End Several.

(* one block alone *)
Theorem alone64 f : all = [f] -> ready (snd f).
Proof.
intro E. assert (AI := AI_small). assert (WW := WW_small). assert (U := u64_val). assert (P := sigma0). assert (Mp := M2_pos).
assert (If : In f all) by (rewrite E; now left). destruct (good f If) as (_ & (_ & Cn & Sr & _)). destruct (block_in f If) as (N & _).
assert (Av : A = value (snd f)).
{ unfold A, f64_row.A. rewrite E. unfold blocks.Mean', blocks.N. simpl. rewrite Cn. field. lra. }
assert (Wv : W = square (snd f)).
{ unfold W, f64_row.W, blocks.M2'. fold (f64_row.A all). change (f64_row.A all) with A. rewrite Av, E. simpl. ring. }
assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra). assert (0 <= u64 * M2) by (apply Rmult_le_pos; lra).
split; [|split; [rewrite Sr, Rabs_R0; lra|]].
- replace (I0 - (sm (snd f) + sl (snd f))) with (- (A - I0)) by (rewrite Av; unfold value; rewrite Sr; ring). rewrite Rabs_Ropp. lra.
- rewrite <- Wv. lra.
Qed.
End Merged64.
