(* A row of doubles from the moments of its blocks to those that section 5 takes: what merging and the pairs of a block lose beside exact
  merges of
   ideal blocks. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row merge step mergeops mergerow f64_pairs f64_merge_diff f64_merges f64_mergerow.
Require blocks.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.

(* what a block is computed to be beside the ideal one: f64_beside.beside, and, of a block that all but vanishes, f64_tiny.tiny_good *)
Definition tm := bpow radix2 (-520).
Definition tsq := bpow radix2 (-960).
Lemma tm_pos : eta64 <= tm /\ 0 < tm. Proof. split; [apply bpow_le; lia|apply bpow_gt_0]. Qed.
Lemma tsq_pos : eta64 <= tsq /\ 0 < tsq. Proof. split; [apply bpow_le; lia|apply bpow_gt_0]. Qed.
Definition near64 (b : rblock) (s : st) := F_state s /\ cn s = n (bx b) /\ sr s = 0 /\
  Rabs (value s - bmean b) <= 1.01 * (u64 * (u64 * Rabs (bmean b))) + 17000 * (u64 * (u64 * sig (bx b))) + 11 * tm /\
  Rabs (square s - bm2 b) <= 50000000 * (u64 * (u64 * (n (bx b) * (sig (bx b) * sig (bx b))))) + 61 * tsq /\
  0 <= bm2 b /\ 0 <= square s /\ Rabs (sl s) <= 1.01 * (u64 * Rabs (sm s)) /\ Rabs (s2l s) <= 1.01 * (u64 * Rabs (s2 s)).

Section Row64.
Variable all : list (rblock * st).
Definition row := map fst all.
Hypothesis good : forall c, In c all -> rgood (-1074) 53 (fst c) /\ near64 (fst c) (snd c).
Hypothesis some : all <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 30.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Let M2 := blocks.M2 (bs row).
Let S := sqrt M2.

Lemma row_good b : In b row -> rgood (-1074) 53 b.
Proof. unfold row. rewrite in_map_iff. intros (c & <- & I). now destruct (good c I). Qed.
Lemma row_some : row <> []. Proof. unfold row. destruct all; [now elim some|discriminate]. Qed.
Lemma sigma0 : 0 < sigma. Proof. assert (P := bpow_gt_0 radix2 (-401)). lra. Qed.
Lemma M2_eq : cols * (sigma * sigma) = M2. Proof. exact (row.sigma_sqr (-1074) 53 row row_good row_some). Qed.
Lemma cols_sum : cols = sum (fun c => n (bx (fst c))) all.
Proof. unfold cols, row.cols, blocks.N, bs, row. now rewrite !sum_map. Qed.
Lemma cols1 : 1 <= cols.
Proof.
rewrite cols_sum. destruct all as [|c l] eqn:E; [now elim some|]. simpl.
assert (H : 0 <= sum (fun c => n (bx (fst c))) l) by (apply sum_pos; intros; apply pos_INR).
destruct (good c (or_introl eq_refl)) as ((L & _) & _). assert (N := n_range (bx (fst c)) L). lra.
Qed.
Lemma M2_pos : 0 < M2.
Proof. rewrite <- M2_eq. assert (C := cols1). assert (P := sigma0). apply Rmult_lt_0_compat; [lra|now apply Rmult_lt_0_compat]. Qed.
Lemma SS : S * S = M2. Proof. apply sqrt_def. assert (H := M2_pos). lra. Qed.
Lemma S_pos : 0 < S. Proof. apply sqrt_lt_R0, M2_pos. Qed.
Lemma S_sigma : sigma <= S <= 32768 * sigma.
Proof.
assert (P := S_pos). assert (Q := sigma0). assert (E := M2_eq). rewrite <- SS in E. assert (C := cols1). assert (ss := Rle_0_sqr sigma).
  unfold Rsqr in ss.
split; apply le_of_sqr; try lra.
- rewrite <- E. assert (1 * (sigma * sigma) <= cols * (sigma * sigma)) by (apply Rmult_le_compat_r; lra). lra.
- rewrite <- E. assert (cols * (sigma * sigma) <= bpow radix2 30 * (sigma * sigma)) by (apply Rmult_le_compat_r;
  [assumption|exact cols_max]).
  replace (bpow radix2 30) with (32768 * 32768) in H by (simpl; lra). lra.
Qed.
Lemma M2_all : M2 = sum (fun c => QQ (bx (fst c)) mu) all.
Proof. unfold M2. rewrite (M2_elements (-1074) 53 row row_good). unfold row. now rewrite sum_map. Qed.

(* a block in the row *)
Lemma block_in c : In c all -> let b := fst c in let s := sig (bx b) in let t := Rabs (mean (bx b) - mu) in
  1 <= n (bx b) <= 1024 /\ 0 <= s /\ 0 <= t /\ n (bx b) * (s * s + t * t) <= S * S /\ s <= S /\ t <= S.
Proof.
intro I. cbv zeta. destruct (good c I) as ((L & _) & _). assert (N := n_range _ L). set (b := fst c) in *.
set (s := sig (bx b)). set (t := Rabs (mean (bx b) - mu)). assert (s0 : 0 <= s) by apply sig_pos. assert (t0 : 0 <= t) by apply Rabs_pos.
assert (Q : n (bx b) * (s * s + t * t) <= S * S).
{ rewrite SS, M2_all. replace (t * t) with ((mean (bx b) - mu) * (mean (bx b) - mu)) by (unfold t; rewrite <- Rabs_mult, Rabs_pos_eq;
  [reflexivity|apply Rle_0_sqr]).
  unfold s. rewrite <- (QQ_eq (bx b) L). apply (sum_pos_in (fun c => QQ (bx (fst c)) mu)); [intros; apply QQ_pos|exact I]. }
assert (ss := Rle_0_sqr s). assert (tt := Rle_0_sqr t). unfold Rsqr in *. assert (P := S_pos).
assert (1 * (s * s + t * t) <= n (bx b) * (s * s + t * t)) by (apply Rmult_le_compat_r; lra).
repeat split; try tauto; apply le_of_sqr; lra.
Qed.

Definition dm := 1.02 * (u64 * (u64 * Rabs mu)) + 17010 * (u64 * (u64 * S)) + 11 * tm.
Lemma uS : 0 <= u64 * S <= 0.0000000001 * S /\ 0 <= u64 * (u64 * S) <= 0.0000000001 * (u64 * S).
Proof.
assert (P := S_pos). assert (U := u64_val). assert (A : 0 <= u64 * S <= 0.0000000001 * S) by (split; [apply Rmult_le_pos;
  lra|apply Rmult_le_compat_r; lra]).
split; [exact A|]. split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra].
Qed.
Lemma dm_pos : 0 <= dm.
Proof. assert (U := u64_val). assert (H := uS). destruct tm_pos as (_ & e).
  assert (0 <= u64 * (u64 * Rabs mu)) by (repeat apply Rmult_le_pos; try lra; apply Rabs_pos). unfold dm. lra. Qed.
Lemma delta c : In c all -> Rabs (value (snd c) - bmean (fst c)) <= dm /\ Rabs (bmean (fst c) - mean (bx (fst c))) <= 0.000001 * sig (bx
  (fst c)).
Proof.
intro I. destruct (block_in c I) as (N & s0 & t0 & Q & sS & tS). destruct (good c I) as ((L & _ & C & E1 & _) & (_ & _ & _ & D & _)).
assert (U := u64_val). destruct (class_range 53 _ _ _ C) as (Cr & _). change (u 53) with u64 in E1.
set (b := fst c) in *. set (s := sig (bx b)) in *.
assert (cu : bc b * u64 * s <= 0.000001 * s).
{ apply Rmult_le_compat_r; [assumption|]. assert (bc b * u64 <= 4 * / 9007199254740992) by (apply Rmult_le_compat; lra). lra. }
split; [|lra]. assert (Bm : Rabs (bmean b) <= Rabs mu + 1.1 * S + S).
{ replace (bmean b) with (mu + ((bmean b - mean (bx b)) + (mean (bx b) - mu))) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (T := Rabs_triang (bmean b - mean (bx b)) (mean (bx b) - mu)). lra. }
assert (u64 * (u64 * Rabs (bmean b)) <= u64 * (u64 * (Rabs mu + 1.1 * S + S))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (u64 * (u64 * s) <= u64 * (u64 * S)) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (0 <= u64 * (u64 * Rabs mu)) by (repeat apply Rmult_le_pos; try lra; apply Rabs_pos). assert (H2 := uS). unfold dm. lra.
Qed.

(* -- exact merges of the states against those of the ideal blocks -- *)
Let I0 := row.mean_merged row.
Let W0 := row.m2_merged row.
Let sts := map asblock (map snd all).
Definition A := blocks.Mean' sts.
Definition W := blocks.M2' sts.

Lemma N_sts : blocks.N sts = cols.
Proof.
unfold blocks.N, sts. rewrite cols_sum, !sum_map. apply sum_ext. intros c I. destruct (good c I) as (_ & (_ & E & _)). exact E.
Qed.
Lemma I0_sum : cols * I0 = sum (fun c => n (bx (fst c)) * bmean (fst c)) all.
Proof.
assert (C := cols1). unfold I0, row.mean_merged, blocks.Mean'. fold (row.cols row). fold cols. unfold bs, row. rewrite !sum_map.
unfold Rdiv. rewrite Rmult_comm, Rmult_assoc, Rinv_l, Rmult_1_r by lra. reflexivity.
Qed.
Lemma A_sum : cols * A = sum (fun c => n (bx (fst c)) * value (snd c)) all.
Proof.
assert (C := cols1). unfold A, blocks.Mean'. rewrite N_sts. unfold sts. rewrite !sum_map.
rewrite (sum_ext _ (fun c => n (bx (fst c)) * value (snd c))); [field; lra|]. intros c I. destruct (good c I) as (_ & (_ & E & _)). cbn.
  now rewrite E.
Qed.
Lemma A_I0 : Rabs (A - I0) <= dm.
Proof.
assert (C := cols1). apply Rmult_le_reg_l with cols; [lra|]. rewrite <- (Rabs_pos_eq cols) at 1 by lra. rewrite <- Rabs_mult.
replace (cols * (A - I0)) with (sum (fun c => n (bx (fst c)) * (value (snd c) - bmean (fst c))) all).
- eapply Rle_trans; [apply sum_abs|]. rewrite cols_sum, Rmult_comm, <- sum_scal. apply sum_le. intros c I. destruct (delta c I) as (D & _).
  destruct (block_in c I) as (N & _). rewrite Rabs_mult, (Rabs_pos_eq (n _)), Rmult_comm by lra. apply Rmult_le_compat_r; lra.
- rewrite Rmult_minus_distr_l, A_sum, I0_sum. rewrite (sum_ext _ (fun c => n (bx (fst c)) * value (snd c) + -1 * (n (bx (fst c)) * bmean
  (fst c)))) by (intros; ring).
  rewrite sum_add, sum_scal. ring.
Qed.
Lemma W0_near : Rabs (W0 - M2) <= 0.000001 * M2 /\ cols * Rabs (I0 - mu) * sigma <= 0.000001 * M2.
Proof.
assert (St := stats_near (-1074) 53 ltac:(lia) row row_good row_some). fold cols mu sigma in St. fold M2 I0 W0 in St.
assert (C := cols1). assert (Mp := M2_pos). assert (U := u64_val). change (u 53) with u64 in St. assert (P := sigma0).
assert (0 <= cols * Rabs (I0 - mu) * sigma) by (apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rabs_pos]|lra]).
assert (X := Rabs_pos (W0 - M2)). assert (u64 * 7.93 * M2 <= 0.0000001 * M2) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma W0_sum : W0 = sum (fun c => bm2 (fst c) + n (bx (fst c)) * ((bmean (fst c) - I0) * (bmean (fst c) - I0))) all.
Proof. unfold W0, row.m2_merged, blocks.M2'. fold (row.mean_merged row). fold I0. unfold bs, row. now rewrite !sum_map. Qed.
Lemma spread_sum : sum (fun c => n (bx (fst c)) * Rabs (bmean (fst c) - I0)) all <= 1.01 * (cols * sigma).
Proof.
assert (C := cols1). assert (P := sigma0). destruct W0_near as (Wn & _). assert (E := M2_eq). assert (Mp := M2_pos).
assert (N0 : forall c, In c all -> 0 <= n (bx (fst c))) by (intros; apply pos_INR).
assert (K := cauchy_weighted (fun c => n (bx (fst c))) (fun c => Rabs (bmean (fst c) - I0)) all N0). rewrite <- cols_sum in K.
apply le_of_sqr; [assert (0 <= cols * sigma) by (apply Rmult_le_pos; lra); lra|]. eapply Rle_trans; [exact K|].
assert (Q : sum (fun c => n (bx (fst c)) * (Rabs (bmean (fst c) - I0) * Rabs (bmean (fst c) - I0))) all <= W0).
{ rewrite W0_sum. apply sum_le. intros c I. destruct (good c I) as (_ & (_ & _ & _ & _ & _ & B & _)).
  rewrite <- Rabs_mult, Rabs_pos_eq by apply Rle_0_sqr. lra. }
assert (X := Rle_abs (W0 - M2)).
replace (1.01 * (cols * sigma) * (1.01 * (cols * sigma))) with (cols * (1.0201 * (cols * (sigma * sigma)))) by lra. rewrite E.
  apply Rmult_le_compat_l; lra.
Qed.
Lemma W_W0 : Rabs (W - W0) <= 50000000 * (u64 * (u64 * M2)) + 61 * (cols * tsq) + 4.04 * dm * (cols * sigma) + 4 * (dm * dm) * cols.
Proof.
assert (C := cols1). assert (P := sigma0). assert (D0 := dm_pos). assert (AI := A_I0). assert (U := u64_val). destruct tsq_pos as (_ & e0).
assert (E : W = sum (fun c => square (snd c) + n (bx (fst c)) * ((value (snd c) - A) * (value (snd c) - A))) all).
{ unfold W, blocks.M2', sts. rewrite !sum_map. apply sum_ext. intros c I. destruct (good c I) as (_ & (_ & E & _)). cbn. fold sts. fold A.
  now rewrite E. }
replace (W - W0) with (sum (fun c => (square (snd c) - bm2 (fst c)) + n (bx (fst c)) *
  (((value (snd c) - bmean (fst c)) - (A - I0)) * (2 * (bmean (fst c) - I0) + ((value (snd c) - bmean (fst c)) - (A - I0))))) all).
2: { rewrite E, W0_sum. rewrite (sum_ext _ (fun c => (square (snd c) + n (bx (fst c)) * ((value (snd c) - A) * (value (snd c) - A)))
  + -1 * (bm2 (fst c) + n (bx (fst c)) * ((bmean (fst c) - I0) * (bmean (fst c) - I0))))) by (intros; ring). rewrite sum_add, sum_scal.
    ring. }
eapply Rle_trans; [apply sum_abs|].
apply Rle_trans with (sum (fun c => (50000000 * (u64 * (u64 * (n (bx (fst c)) * (sig (bx (fst c)) * sig (bx (fst c)))))) + 61 * tsq * n
  (bx (fst c)))
  + (4 * dm * (n (bx (fst c)) * Rabs (bmean (fst c) - I0)) + 4 * (dm * dm) * n (bx (fst c)))) all).
- apply sum_le. intros c I. destruct (delta c I) as (D & _). destruct (block_in c I) as (N & _).
  destruct (good c I) as (_ & (_ & _ & _ & _ & S2 & _)).
  eapply Rle_trans; [apply Rabs_triang|]. apply Rplus_le_compat.
  + assert (tsq * 1 <= tsq * n (bx (fst c))) by (apply Rmult_le_compat_l; lra). lra.
  + set (h := value (snd c) - bmean (fst c) - (A - I0)). assert (hb : Rabs h <= 2 * dm) by (eapply Rle_trans; [apply abs_sub|lra]).
    set (g := bmean (fst c) - I0). rewrite !Rabs_mult, (Rabs_pos_eq (n (bx (fst c)))) by lra.
    assert (T : Rabs (2 * g + h) <= 2 * Rabs g + 2 * dm) by (eapply Rle_trans; [apply Rabs_triang|];
      rewrite Rabs_mult, (Rabs_pos_eq 2) by lra; lra).
    assert (Rabs h * Rabs (2 * g + h) <= 2 * dm * (2 * Rabs g + 2 * dm)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
    assert (n (bx (fst c)) * (Rabs h * Rabs (2 * g + h)) <= n (bx (fst c)) * (2 * dm * (2 * Rabs g + 2 * dm))) by (apply
      Rmult_le_compat_l; lra). lra.
- rewrite !sum_add, !sum_scal. rewrite <- cols_sum. assert (Sp := spread_sum).
  assert (dm * sum (fun c => n (bx (fst c)) * Rabs (bmean (fst c) - I0)) all <= dm * (1.01 * (cols * sigma))) by (apply Rmult_le_compat_l;
    assumption).
  assert (Q : sum (fun c => 50000000 * (u64 * (u64 * (n (bx (fst c)) * (sig (bx (fst c)) * sig (bx (fst c))))))) all <= 50000000 * (u64 *
    (u64 * M2))).
  { rewrite !sum_scal. apply Rmult_le_compat_l; [lra|]. do 2 (apply Rmult_le_compat_l; [lra|]). rewrite M2_all. apply sum_le. intros c I.
    destruct (good c I) as ((L & _) & _). rewrite (QQ_eq _ L). apply Rmult_le_compat_l; [apply pos_INR|].
      assert (X := Rle_0_sqr (mean (bx (fst c)) - mu)). unfold Rsqr in X. lra. }
  rewrite !sum_scal in Q. lra.
Qed.
End Row64.
