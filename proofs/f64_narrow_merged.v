(* Merging a row of doubles whose deviation may be less than an ulp of its mean, up to 2^20 columns. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide blocks merge step mergeops mergerow f64_pairs f64_merge_diff f64_merges f64_mergerow f64_nearest
  f64_narrow.
Require look.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.

Section Merged.
Variable all : list nblock.
Hypothesis good : forall b, In b all -> nok b.
Hypothesis some : all <> [].
Let bs := bs all.
Let cols := cols all.
Let mu := mu all.
Let sigma := sigma all.
Hypothesis cols_max : cols <= bpow radix2 20.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Let A := Mean' bs.
Let W := M2' bs.
Let M := M2 bs.
Let S := sqrt M.

Lemma sigma0 : 0 < sigma. Proof. assert (P := bpow_gt_0 radix2 (-401)). lra. Qed.
Lemma c1 : 1 <= cols. Proof. exact (cols1 all good some). Qed.
Lemma Me : cols * (sigma * sigma) = M. Proof. exact (M_eq all good some). Qed.
Lemma Mp : 0 < M. Proof. rewrite <- Me. assert (C := c1). assert (P := sigma0). apply Rmult_lt_0_compat;
  [lra|now apply Rmult_lt_0_compat]. Qed.
Lemma SS : S * S = M. Proof. apply sqrt_def. assert (H := Mp). lra. Qed.
Lemma S_pos : 0 < S. Proof. apply sqrt_lt_R0, Mp. Qed.
Lemma S_sigma : sigma <= S <= 1024 * sigma.
Proof.
assert (P := S_pos). assert (Q := sigma0). assert (E := Me). rewrite <- SS in E. assert (C := c1). assert (ss := Rle_0_sqr sigma).
  unfold Rsqr in ss.
split; apply le_of_sqr; try lra.
- rewrite <- E. assert (1 * (sigma * sigma) <= cols * (sigma * sigma)) by (apply Rmult_le_compat_r; lra). lra.
- rewrite <- E. assert (cols * (sigma * sigma) <= bpow radix2 20 * (sigma * sigma)) by (apply Rmult_le_compat_r;
  [assumption|exact cols_max]).
  replace (bpow radix2 20) with (1024 * 1024) in H by (simpl; lra). lra.
Qed.
Lemma QQ_all : sum (fun b => look.QQ (nx b) mu) all = S * S.
Proof. rewrite SS, <- Me. assert (H := M_at all good some mu). change (f64_narrow.mu all) with mu in H.
  change (f64_narrow.cols all) with cols in H. change (f64_narrow.sigma all) with sigma in H. rewrite H. ring. Qed.
Lemma element b x : In b all -> In x (nx b) -> Rabs (x - mu) <= S.
Proof.
intros Ib Ix. assert (P := S_pos). apply abs_le_of_sqr; [lra|]. rewrite <- QQ_all. apply Rle_trans with (look.QQ (nx b) mu).
- apply (sum_pos_in (fun x => (x - mu) * (x - mu))); [intros; apply Rle_0_sqr|exact Ix].
- apply (sum_pos_in (fun b => look.QQ (nx b) mu)); [intros; apply look.QQ_pos|exact Ib].
Qed.

(* a row that is not constant varies by the unit of its doubles at least *)
Lemma ne_in {B : Type} (l : list B) : l <> [] -> exists a, In a l.
Proof. destruct l as [|a l]; intro H; [now elim H|exists a; now left]. Qed.
Let h := look.h (-1074) 53 [mu].
Lemma mean1 : mean [mu] = mu. Proof. unfold mean, n. simpl. field. Qed.
Lemma S_h : h / 2 <= S.
Proof.
destruct (Rle_or_lt (h / 2) S) as [|L]; [assumption|exfalso]. assert (hp : 0 < h) by apply look.h_pos.
destruct (ne_in all some) as (b0 & I0). destruct (good b0 I0) as (L0 & F0 & _).
destruct (ne_in (nx b0)) as (x0 & Ix0); [intro Z; rewrite Z in L0; simpl in L0; lia|].
assert (G : forall b x, In b all -> In x (nx b) -> mult (look.ee (-1074) 53 [mu]) x).
{ intros b x Ib Ix. destruct (good b Ib) as (_ & Fb & _). apply (look.grid (-1074) 53 ltac:(lia) [mu] ltac:(simpl; lia)); [now apply Fb|].
  assert (E := element b x Ib Ix). rewrite mean1. fold h. lra. }
assert (Eq : forall b x, In b all -> In x (nx b) -> x = x0).
{ intros b x Ib Ix. destruct (mult_sub _ _ _ (G b x Ib Ix) (G b0 x0 I0 Ix0)) as (k & K).
  assert (D : Rabs (x - x0) < h).
  { replace (x - x0) with ((x - mu) - (x0 - mu)) by ring. eapply Rle_lt_trans; [apply abs_sub|].
    assert (X := element b x Ib Ix). assert (Y := element b0 x0 I0 Ix0). lra. }
  rewrite K, Rabs_mult, (Rabs_pos_eq (bpow radix2 _)) in D by apply bpow_ge_0. fold (look.h (-1074) 53 [mu]) in D. fold h in D.
  assert (K1 : Rabs (IZR k) < 1) by (apply Rmult_lt_reg_r with h; lra).
  rewrite <- abs_IZR in K1. apply lt_IZR in K1. replace k with 0%Z in K by lia. lra. }
assert (Z : S * S = cols * ((x0 - mu) * (x0 - mu))).
{ rewrite <- QQ_all. unfold cols. rewrite cols_sum, Rmult_comm, <- sum_scal. apply sum_ext. intros b Ib. unfold look.QQ, n.
  rewrite <- sum_const. apply sum_ext.
  intros x Ix. rewrite (Eq b x Ib Ix). reflexivity. }
assert (Mx : sum (fun b => look.QQ (nx b) x0) all = 0).
{ rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros b Ib. unfold look.QQ.
  rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros x Ix. rewrite (Eq b x Ib Ix). ring. }
assert (H := M_at all good some x0). rewrite Mx in H. change (f64_narrow.mu all) with mu in H.
  change (f64_narrow.cols all) with cols in H. change (f64_narrow.sigma all) with sigma in H.
assert (C := c1). assert (P := sigma0). assert (0 < sigma * sigma) by now apply Rmult_lt_0_compat. assert (X := Rle_0_sqr (mu - x0)).
  unfold Rsqr in X.
assert (0 < cols * (sigma * sigma + (mu - x0) * (mu - x0))) by (apply Rmult_lt_0_compat; lra). lra.
Qed.
Lemma umu : 0 <= u64 * Rabs mu <= 4 * S.
Proof.
assert (U := u64_val). assert (H := S_h). assert (um := look.u_mean (-1074) 53 [mu] ltac:(simpl; lia)). rewrite mean1 in um. fold h in um.
  change (u 53) with u64 in um.
split; [apply Rmult_le_pos; [lra|apply Rabs_pos]|lra].
Qed.

Lemma block_in b : In b all -> let s := sig (nx b) in let t := Rabs (mean (nx b) - mu) in
  1 <= n (nx b) <= 1024 /\ 0 <= s /\ 0 <= t /\ n (nx b) * (s * s + t * t) <= S * S.
Proof.
intro I. cbv zeta. destruct (good b I) as (L & _). assert (Nr := look.n_range _ L).
split; [exact Nr|]. split; [apply look.sig_pos|]. split; [apply Rabs_pos|].
rewrite <- QQ_all. rewrite <- Rabs_mult, (Rabs_pos_eq ((mean (nx b) - mu) * (mean (nx b) - mu))) by apply Rle_0_sqr.
rewrite <- (look.QQ_eq (nx b) L). apply (sum_pos_in (fun b => look.QQ (nx b) mu)); [intros; apply look.QQ_pos|exact I].
Qed.

Definition lam := 1.02 * (u64 * (Rabs mu + 30 * S)).
Lemma uS : 0 <= u64 * S <= 0.0000000001 * S.
Proof. assert (U := u64_val). assert (P := S_pos). split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]. Qed.
Lemma lam_range : 0 <= lam <= 4.09 * S /\ 1.01 * (u64 * (Rabs mu + 30 * S)) <= lam.
Proof. assert (X := umu). assert (Y := uS). assert (P := S_pos). unfold lam. lra. Qed.

Lemma state_fine b : In b all -> fine S lam mu (nst b).
Proof.
intro I. destruct (block_in b I) as (Nr & s0 & t0 & Q). destruct (good b I) as (L & _ & C & E1 & E2 & Fs & Cn & Sr & Sq0 & Sl & Sll).
assert (U := u64_val). assert (X := umu). assert (Y := uS). assert (S0 := S_pos). destruct lam_range as (L0 & L1).
destruct (class_range _ _ _ C) as (Cr & Kr). set (s := nst b) in *. set (sg := sig (nx b)) in *. set (t := Rabs (mean (nx b) - mu)) in *.
assert (SSp : 0 <= S * S) by apply Rle_0_sqr. assert (sg2 := Rle_0_sqr sg). assert (t2 := Rle_0_sqr t). unfold Rsqr in sg2, t2.
assert (cu : nc b * u64 * sg <= 0.000001 * sg).
{ apply Rmult_le_compat_r; [assumption|]. assert (nc b * u64 <= 4 * / 9007199254740992) by (apply Rmult_le_compat; lra). lra. }
assert (dv : Rabs (value s - mu) <= t + 0.000001 * sg).
{ replace (value s - mu) with ((value s - mean (nx b)) + (mean (nx b) - mu)) by ring. eapply Rle_trans; [apply Rabs_triang|]. fold t. lra.
  }
assert (D2 : (value s - mu) * (value s - mu) <= 1.01 * (sg * sg + t * t)).
{ replace ((value s - mu) * (value s - mu)) with (Rabs (value s - mu) * Rabs (value s - mu)) by (rewrite <- Rabs_mult;
  apply Rabs_pos_eq, Rle_0_sqr).
  assert (Rabs (value s - mu) * Rabs (value s - mu) <= (t + 0.000001 * sg) * (t + 0.000001 * sg)) by (apply Rmult_le_compat;
    try apply Rabs_pos; assumption).
  assert (Z := Rle_0_sqr (t - sg)). unfold Rsqr in Z. lra. }
assert (X1 : n (nx b) * ((value s - mu) * (value s - mu)) <= 1.05 * (S * S)).
{ assert (n (nx b) * ((value s - mu) * (value s - mu)) <= n (nx b) * (1.01 * (sg * sg + t * t))) by (apply Rmult_le_compat_l; lra). lra. }
assert (nsg : 0 <= n (nx b) * (sg * sg) <= S * S).
{ split; [apply Rmult_le_pos; lra|]. assert (0 <= n (nx b) * (t * t)) by (apply Rmult_le_pos; lra). lra. }
assert (ku : 2 * nk b * u64 * (n (nx b) * (sg * sg)) <= 0.001 * (n (nx b) * (sg * sg))).
{ apply Rmult_le_compat_r; [tauto|]. assert (nk b * u64 <= 6 * / 9007199254740992) by (apply Rmult_le_compat; lra). lra. }
assert (sq : square s <= 1.1 * (S * S)) by (assert (Y1 := Rle_abs (square s - n (nx b) * (sg * sg))); lra).
unfold fine. rewrite Cn. split; [exact Fs|]. split; [exact Nr|]. split; [|split; [|split; [|split; [exact X1|split]]]].
- unfold n. rewrite INR_IZR_INZ. exists (Z.of_nat (length (nx b))). simpl. ring.
- assert (V : Rabs (value s) <= Rabs mu + 1.1 * S).
  { assert (Rabs (value s - mu) <= 1.1 * S).
    { apply abs_le_of_sqr; [lra|]. assert (1 * ((value s - mu) * (value s - mu)) <= n (nx b) * ((value s - mu) * (value s - mu))) by
      (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra. }
    replace (value s) with (mu + (value s - mu)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  unfold value in V. rewrite Sr, Rplus_0_r in V. assert (T : Rabs (sm s) <= Rabs (sm s + sl s) + Rabs (sl s)) by (replace (sm s) with ((sm
    s + sl s) - sl s) at 1 by ring; apply abs_sub).
  assert (us1 : u64 * Rabs (sm s) <= 0.0001 * Rabs (sm s)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
  assert (u64 * Rabs (sm s) <= u64 * (1.0002 * (Rabs mu + 1.1 * S))) by (apply Rmult_le_compat_l; [lra|]; assert (Z := Rabs_pos mu); lra).
    unfold lam. lra.
- rewrite Sr, Rabs_R0. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
- split; [exact Sq0|lra].
- assert (T : Rabs (s2 s) <= Rabs (square s) + Rabs (s2l s)) by (replace (s2 s) with (square s - s2l s) by (unfold square; ring);
  apply abs_sub).
  rewrite (Rabs_pos_eq (square s)) in T by assumption.
  assert (us1 : u64 * Rabs (s2 s) <= 0.0001 * Rabs (s2 s)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
  assert (u64 * Rabs (s2 s) <= u64 * (1.2 * (S * S))) by (apply Rmult_le_compat_l; lra).
    assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma stats : Rabs (W - M) <= 0.000001 * M /\ Rabs (A - mu) <= 0.000001 * sigma.
Proof.
assert (St := near_stats all good some). change (f64_narrow.cols all) with cols in St. change (f64_narrow.mu all) with mu in St.
  change (f64_narrow.sigma all) with sigma in St.
change (Mean' (f64_narrow.bs all)) with A in St. change (M2' (f64_narrow.bs all)) with W in St.
  change (M2 (f64_narrow.bs all)) with M in St.
assert (C := c1). assert (Mpos := Mp). assert (U := u64_val). assert (P := sigma0).
  assert (0 <= cols * Rabs (A - mu) * sigma) by (apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rabs_pos]|lra]).
assert (Z := Rabs_pos (W - M)). assert (u64 * 8.0127 * M <= 0.0000001 * M) by (apply Rmult_le_compat_r; lra).
split; [lra|]. rewrite <- Me in H0, Z. apply Rmult_le_reg_r with sigma; [exact P|]. apply Rmult_le_reg_l with cols; [lra|].
  rewrite <- Me in St. lra.
Qed.

(* what section 5 takes *)
Definition ready_narrow (a : st) := Rabs (A - value a) <= 0.00000001 * (u64 * sigma) /\ Rabs (sr a) <= 0.000000001 * sigma /\ Rabs (square
  a - W) <= 0.0008 * (u64 * M).

Section Several.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variables (f : nblock) (l : list nblock) (b : nblock).
Hypothesis all_is : all = f :: l ++ [b].
Hypothesis full : forall c, In c (f :: l) -> length (nx c) = 1024%nat.
Let final := merged pe (nst f) (map nst (l ++ [b])).

Theorem several_narrow : ready_narrow final.
Proof.
assert (U := u64_val). assert (P := sigma0). assert (X := umu). assert (Y := uS). assert (SgS := S_sigma). assert (S0 := S_pos).
  assert (C := c1). destruct lam_range as ((L0 & L1) & L3).
assert (Q := SS). assert (Mpos := Mp).
assert (NR : 1 <= cols <= bpow radix2 41) by (split; [exact C|eapply Rle_trans; [exact cols_max|apply bpow_le; lia]]).
assert (S420 : bpow radix2 (-420) <= S) by (apply Rle_trans with (bpow radix2 (-401)); [apply bpow_le; lia|lra]).
assert (n20 : cols <= 1048576) by (replace 1048576 with (bpow radix2 20) by (simpl; lra); exact cols_max).
assert (SSp : 0 < S * S) by now apply Rmult_lt_0_compat.
assert (lN : 0 <= lam * cols <= 4300000 * S).
{ split; [apply Rmult_le_pos; lra|]. assert (lam * cols <= 4.09 * S * 1048576) by (apply Rmult_le_compat; lra). lra. }
assert (p1 : 0 <= P1 S lam <= 55000 * S) by (unfold P1; lra).
assert (a1 : 0 <= A1 S lam cols <= 43000000 * S) by (unfold A1; lra).
assert (p2 : 0 <= P2 S lam <= 5900000 * (S * S)).
{ unfold P2. assert ((S / 4 + 13 * lam) * (S / 4 + 13 * lam) <= 53.5 * S * (53.5 * S)) by (apply Rmult_le_compat; lra).
  assert (Z := Rle_0_sqr (S / 4 + 13 * lam)). unfold Rsqr in Z. lra. }
assert (b1 : 0 <= B1 S lam cols <= 6200000000 * (S * S)).
{ unfold B1. assert (0 <= lam * P1 S lam <= 4.09 * S * (55000 * S)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat]; lra).
  assert (0 <= P1 S lam * A1 S lam cols <= 55000 * S * (43000000 * S)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat]; lra). lra. }
assert (uu : 0 <= u64 * u64 <= / 9007199254740992 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (kb : cols / 1024 * b00 S lam cols <= 0.00075 * (u64 * (S * S))).
{ unfold b00. replace (cols / 1024 * (u64 * (u64 * B1 S lam cols))) with (cols / 1024 * (u64 * u64) * B1 S lam cols) by ring.
  assert (K : cols / 1024 * (u64 * u64) <= 1024 * (/ 9007199254740992 * u64)) by (apply Rmult_le_compat; lra).
  assert (K0 : 0 <= cols / 1024 * (u64 * u64)) by (apply Rmult_le_pos; lra).
  assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra).
  apply Rle_trans with (1024 * (/ 9007199254740992 * u64) * (6200000000 * (S * S))); [apply Rmult_le_compat; lra|]. lra. }
assert (uSS : 0 <= u64 * (S * S) <= 0.0001 * (S * S)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Inl : forall c, In c (f :: l) -> In c all) by (intros c [<-|I]; rewrite all_is; [now left|right; apply in_or_app; now left]).
assert (Fine : forall x, In x (nst f :: map nst l) -> fine S lam mu x /\ cn x = 1024).
{ intros x I. assert (Q1 : exists c, In c (f :: l) /\ x = nst c).
  { destruct I as [<-|I]; [exists f; split; [now left|reflexivity]|]. rewrite in_map_iff in I. destruct I as (c & <- & I). exists c.
    split; [now right|reflexivity]. }
  destruct Q1 as (c & Ic & ->). split; [apply state_fine; now apply Inl|].
    destruct (good c (Inl c Ic)) as (_ & _ & _ & _ & _ & _ & Cn & _). rewrite Cn. unfold look.n. rewrite (full c Ic). simpl. lra. }
assert (Fb : fine S lam mu (nst b)) by (apply state_fine; rewrite all_is; right; apply in_or_app; right; now left).
assert (Ms : map nst all = nst f :: map nst l ++ [nst b]) by (rewrite all_is; simpl; now rewrite map_app).
assert (Pos : forall x, In x (nst f :: map nst l ++ [nst b]) -> 0 < cn x).
{ intros x I. rewrite <- Ms, in_map_iff in I. destruct I as (c & <- & I). destruct (state_fine c I) as (_ & Cb & _). lra. }
destruct (chan (nst f) (map nst l ++ [nst b]) Pos) as (T1 & T2 & T3 & _). rewrite <- Ms in T1, T2, T3.
assert (Ex : forall phi : block -> R, (forall c, In c all -> phi (asblock (nst c)) = phi (tob c)) -> sum phi (map asblock (map nst all)) =
  sum phi bs).
{ intros phi H. unfold bs, f64_narrow.bs. rewrite !sum_map. now apply sum_ext. }
assert (EN : N (map asblock (map nst all)) = cols) by (unfold N; apply (Ex cnt); intros c I;
  destruct (good c I) as (_ & _ & _ & _ & _ & _ & Cn & _); exact Cn).
assert (EM : Mean' (map asblock (map nst all)) = A).
{ unfold Mean'. rewrite EN. unfold A, Mean'. change (N bs) with cols. f_equal. apply (Ex (fun c => cnt c * mu' c)).
  intros c I. destruct (good c I) as (_ & _ & _ & _ & _ & _ & Cn & _). cbn. now rewrite Cn. }
assert (EW : M2' (map asblock (map nst all)) = W).
{ unfold M2'. rewrite EM. unfold W, M2'. fold A. apply (Ex (fun c => m2' c + cnt c * ((mu' c - A) * (mu' c - A)))). intros c I.
  destruct (good c I) as (_ & _ & _ & _ & _ & _ & Cn & _). cbn. now rewrite Cn. }
rewrite EN in T1. rewrite EM in T2. rewrite EW in T3. destruct stats as (St & _). assert (X2 := Rle_abs (W - M)).
destruct (row_merged pe pe_ok S lam mu cols ltac:(lra) NR S420 L3 ltac:(lra) (nst f) (map nst l) (nst b) Fine Fb ltac:(rewrite T1;
  lra) ltac:(rewrite T3; lra))
  as (R1 & R2 & R3 & R4 & R5).
assert (Fin : merged pe (nst f) (map nst l ++ [nst b]) = final) by (unfold final; now rewrite map_app).
rewrite Fin in *. rewrite T1, T2 in R1. rewrite T3 in R2. rewrite T1 in R5. set (K := INR (length (map nst l)) + 1) in *.
assert (K0 : 0 <= K) by (unfold K; assert (Z := pos_INR (length (map nst l))); lra).
assert (us0 : 0 <= u64 * sigma <= 0.00000000000000012 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
split; [|split].
- assert (A00 : 0 <= a0 S lam cols) by (unfold a0; repeat apply Rmult_le_pos; lra).
  assert (V1 : Rabs (value final - A) <= a0 S lam cols / 1024).
  { apply Rmult_le_reg_l with cols; [lra|]. eapply Rle_trans; [exact R1|].
    assert (K * a0 S lam cols <= cols / 1024 * a0 S lam cols) by (apply Rmult_le_compat_r; lra). lra. }
  assert (u64 * (u64 * A1 S lam cols) <= u64 * (/ 9007199254740992 * (43000000 * S))) by (apply Rmult_le_compat_l; [lra|];
    apply Rmult_le_compat; lra).
  assert (u64 * S <= u64 * (1024 * sigma)) by (apply Rmult_le_compat_l; lra). rewrite Rabs_minus_sym. unfold a0 in V1. lra.
- assert (u64 * lam <= u64 * (4200 * sigma)) by (apply Rmult_le_compat_l; lra). lra.
- assert (K * b00 S lam cols <= cols / 1024 * b00 S lam cols) by (apply Rmult_le_compat_r; [unfold b00; repeat apply Rmult_le_pos;
  lra|lra]). rewrite <- Q. lra.
Qed.
End Several.

Theorem alone_narrow f : all = [f] -> ready_narrow (nst f).
Proof.
intro E. assert (U := u64_val). assert (P := sigma0). assert (Mpos := Mp). assert (If : In f all) by (rewrite E; now left).
destruct (good f If) as (L & _ & _ & _ & _ & _ & _ & Sr & _). assert (Nr := look.n_range (nx f) L).
assert (Av : A = value (nst f)) by (unfold A, bs, f64_narrow.bs; rewrite E; unfold Mean', N; simpl; field; lra).
assert (Wv : W = square (nst f)) by (unfold W, M2'; fold A; rewrite Av; unfold bs, f64_narrow.bs; rewrite E; simpl; ring).
assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra). assert (0 <= u64 * M) by (apply Rmult_le_pos; lra).
unfold ready_narrow. rewrite Av, Wv, Sr, Rabs_R0, !Rminus_diag_eq, Rabs_R0 by reflexivity. repeat split; lra.
Qed.
End Merged.
