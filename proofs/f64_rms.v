(* RMSNorm of doubles: sums of squares as pairs, whatever vanishes, merged; and y. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format trees groups section2 wide look last total rms merge step mergeops mergerow rstd.
Require Import f64_counts f64_pairs f64_look f64_block f64_merge_diff f64_merges f64_mergerow f64_var.
Require blocks look32 float32.
Import ListNotations.
Local Open Scope R_scope.

(* -- a sum of squares is not negative -- *)
Section Positive.
Variable xs : list R.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Variable K : R.
Let q_val j l := eval R (nadd emin64 53) (q_tree (qX emin64 53 (devs xs K) (look32.kd K) fused (eta emin64)) (qY emin64 53 (devs xs K)
  (look32.kd K) (eta emin64)) (64 * j) l).

Lemma rnd64_pos x : 0 <= x -> 0 <= rnd64 x.
Proof. intro H. assert (Z : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite <- Z. now apply (rnd_le emin64 53 ltac:(lia)). Qed.
Lemma q_val_pos j l : 0 <= q_val j l /\ F64 (q_val j l).
Proof.
unfold q_val, q_tree, q_pair. cbn [eval]. change (nadd emin64 53) with (fun a b => rnd64 (a + b)). cbv beta. split; [|apply merge.rnd64_F].
assert (X : forall i, 0 <= eval R (fun a b => rnd64 (a + b)) (qX emin64 53 (devs xs K) (look32.kd K) fused (eta emin64) i)).
{ intro i. unfold qX. cbn [eval]. destruct fused; [apply Rle_0_sqr|apply rnd64_pos, Rle_0_sqr]. }
assert (Y : forall i, 0 <= eval R (fun a b => rnd64 (a + b)) (qY emin64 53 (devs xs K) (look32.kd K) (eta emin64) i)).
{ intro i. unfold qY. cbn [eval]. apply rnd64_pos, Rle_0_sqr. }
repeat (apply rnd64_pos, Rplus_le_le_0_compat); first [apply X|apply Y].
Qed.

Let tr := lanes8 (R * R) (zero (R * R) pinj) (fun l j => Leaf (q_val j l) (q_val j l) (q_val j l) (pinj (q_val j l))) (look32.groups xs).
Lemma qv_pos : 0 <= qv xs fused K.
Proof.
destruct (look32.groups_ok xs xs_len) as (G1 & G2).
assert (E : qv xs fused K = pval (eval (R * R) padd tr)).
{ rewrite qv_is. unfold section2.q, q_lanes, tr. f_equal. apply look32.lanes8_ext. reflexivity. }
rewrite E.
assert (L : leaves_ok (R * R) pval pinv tr).
{ unfold tr. apply groups.lanes8_ok.
  - cbn. unfold zero, pval, pinj. cbn. replace (0 + 0 - 0) with 0 by ring. rewrite Rabs_R0. split; [apply pinv_inj;
    [apply F_0|rewrite Rabs_R0; lra]|lra].
  - intros a b A B. now split.
  - intros l j. destruct (q_val_pos j l) as (P & F). cbn [leaves_ok]. set (v := q_val j l) in *. clearbody v. unfold pval, pinj.
    cbn [fst snd]. rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0, (Rabs_pos_eq v P) by reflexivity.
    split; [apply (pinv_inj v v F); rewrite (Rabs_pos_eq v P); lra|lra]. }
assert (H : (height tr <= 20)%nat) by (assert (X := lanes8_height (R * R) (zero (R * R) pinj) (fun l j => Leaf (q_val j l) (q_val j l)
  (q_val j l) (pinj (q_val j l))) (look32.groups xs) 0 ltac:(intros; cbn; lia)); unfold tr; lia).
assert (M : mag tr = exact tr /\ leafB tr = exact tr).
{ unfold tr. apply (groups.lanes8_ok (R * R) (zero (R * R) pinj) (fun t => mag t = exact t /\ leafB t = exact t)).
  - now split.
  - intros a b (A1 & A2) (B1 & B2). cbn [mag exact leafB]. lra.
  - intros l j. now split. }
destruct M as (M1 & M2).
destruct (tree_error (R * R) pval padd pw 0 pw0 ltac:(lra) pinv 24 pinv_mono padd_ok tr L ltac:(lia)) as (_ & _ & T).
assert (B := bnd_le (R * R) pval pw 0 pw0 ltac:(lra) pinv tr 20 L H). rewrite Rmult_0_l, Rplus_0_r, M2 in B. rewrite M1 in T.
assert (X0 : 0 <= exact tr) by (rewrite <- M2; exact (leafB_pos (R * R) pval pinv tr L)).
assert (P : (1 + pw) ^ 20 <= 1.0001).
{ assert (I20 : INR 20 = 20) by (simpl; lra). assert (W : pw <= / 10000000) by (unfold pw; apply Rle_trans with (bpow radix2 (-30));
  [apply bpow_le; lia|simpl; lra]).
  assert (W0 := pw0). destruct (counts32.pow_bound pw 20) as (_ & Q); rewrite ?I20 in *; [lra|lra|].
  assert (20 * pw * (1 + 20 * pw) <= 20 * / 10000000 * 2) by (apply Rmult_le_compat; lra). lra. }
assert ((1 + pw) ^ 20 * exact tr <= 1.0001 * exact tr) by (apply Rmult_le_compat_r; assumption).
assert (Y := Rle_abs (- (pval (eval (R * R) padd tr) - exact tr))). rewrite Rabs_Ropp in Y. lra.
Qed.
End Positive.

Section Whole.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variable fused : bool.
(* the blocks: all but the last are full *)
Variables (f : list R) (r : list (list R)).
Let all := f :: r.
Hypothesis good : forall xs, In xs all -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Hypothesis full : r = [] \/ exists l b, r = l ++ [b] /\ forall xs, In xs (f :: l) -> length xs = 1024%nat.
Definition count := sum n all.
Hypothesis cols_max : count <= bpow radix2 30.
Hypothesis F_count : F64 count.

Let Q0 := fun xs => QQ xs 0.
Definition ideal xs := if Rle_dec (bpow radix2 (-985)) (QQ xs 0) then qv xs fused 0 else QQ xs 0.
Let blocks := map (fun xs => (Q0 xs, ideal xs)) all.
Let ms := rms blocks count.
Hypothesis ms_big : bpow radix2 (-401) <= ms.
Let S := sqrt (Q blocks).
Definition state xs := State (n xs) 0 0 0 (q_up xs fused 0) (f64_look.q_lo xs fused 0).
Definition total := merged pe (state f) (map state r).

Lemma blocks_good c : In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= f64_counts.b0 * fst c.
Proof.
unfold blocks. rewrite in_map_iff. intros (xs & <- & I). destruct (good xs I) as (L & F). cbn [fst snd]. split; [apply QQ_pos|].
assert (B := b0_range). assert (Q1 := QQ_pos xs 0). unfold ideal. destruct (Rle_dec _ _) as [H|H].
- assert (E := q_fit xs F L fused 0 (F_0 _ _) (or_introl H)). eapply Rle_trans; [exact E|]. apply Rmult_le_compat_r;
  [exact Q1|exact (proj2 (look_a0 xs L))].
- rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. apply Rmult_le_pos; [lra|exact Q1].
Qed.
Lemma count1 : 1 <= count.
Proof.
unfold count, all. simpl. assert (H : 0 <= sum n r) by (apply sum_pos; intros; apply pos_INR).
destruct (good f (or_introl eq_refl)) as (L & _). assert (N := n_range f L). lra.
Qed.
Lemma Qpos0 : 0 <= Q blocks. Proof. apply sum_pos. intros c I. now destruct (blocks_good c I). Qed.
Lemma Qms : count * (ms * ms) = Q blocks.
Proof. assert (C := count1). unfold ms, rms. rewrite sqrt_def; [field; lra|].
  apply Rmult_le_pos; [apply Qpos0|left; apply Rinv_0_lt_compat; lra]. Qed.
Lemma ms0 : 0 < ms. Proof. assert (P := bpow_gt_0 radix2 (-401)). lra. Qed.
Lemma Qpos : 0 < Q blocks. Proof. rewrite <- Qms. assert (C := count1). assert (M := ms0). apply Rmult_lt_0_compat;
  [lra|now apply Rmult_lt_0_compat]. Qed.
Lemma SS : S * S = Q blocks. Proof. apply sqrt_def, Qpos0. Qed.
Lemma S_pos : 0 < S. Proof. apply sqrt_lt_R0, Qpos. Qed.
Lemma S_big : bpow radix2 (-401) <= S.
Proof.
assert (M := ms0). apply Rle_trans with ms; [exact ms_big|]. apply le_of_sqr; [left; apply S_pos|]. rewrite SS, <- Qms.
assert (C := count1). assert (1 * (ms * ms) <= count * (ms * ms)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact C]). lra.
Qed.
Lemma Q_sum : Q blocks = sum Q0 all. Proof. unfold Q, blocks. now rewrite sum_map. Qed.

Lemma eta_ms : eta64 <= 0.0000000000001 * (u64 * (ms * ms)).
Proof.
assert (U := u64_val). assert (P := bpow_gt_0 radix2 (-401)).
assert (s2 : bpow radix2 (-802) <= ms * ms) by (replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by (now
  rewrite <- bpow_plus); apply Rmult_le_compat; lra).
apply Rle_trans with (0.0000000000001 * (u64 * bpow radix2 (-802))).
- apply Rle_trans with (bpow radix2 (-60) * (u64 * bpow radix2 (-802))).
  + unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra|apply bpow_ge_0]|]. simpl. lra.
- apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra.
Qed.

(* the pair beside the ideal sum: squares that vanish are nothing beside the row's *)
Lemma beside_ideal xs : In xs all -> square (state xs) = qv xs fused 0 /\ 0 <= qv xs fused 0 /\ Rabs (qv xs fused 0 - ideal xs) <= 0.001 *
  (u64 * (ms * ms)) /\
  qv xs fused 0 <= 1.1 * (S * S).
Proof.
intro I. destruct (good xs I) as (L & F). assert (U := u64_val). assert (e := eta_ms). assert (Q1 := QQ_pos xs 0).
  assert (N := n_range xs L).
assert (E := f64_look.q_err xs F L fused 0 _ (F_0 _ _) (or_introl eq_refl)). change (eta emin64) with eta64 in E.
  assert (B := bK_small xs L 0).
assert (qS : QQ xs 0 <= S * S) by (rewrite SS, Q_sum; apply (sum_pos_in Q0); [intros; apply QQ_pos|exact I]).
assert (mS : ms * ms <= S * S) by (rewrite SS, <- Qms; assert (C := count1);
  assert (1 * (ms * ms) <= count * (ms * ms)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact C]); lra).
assert (ms2 : 0 < ms * ms) by (assert (M := ms0); now apply Rmult_lt_0_compat).
assert (um : 0 <= u64 * (ms * ms) <= 0.0001 * (ms * ms)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
split; [reflexivity|]. split; [now apply qv_pos|]. split.
- unfold ideal. destruct (Rle_dec _ _) as [H|H]; [rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra|].
  assert (T : QQ xs 0 <= 0.0001 * (ms * ms)).
  { apply Rle_trans with (bpow radix2 (-20) * bpow radix2 (-802)).
    - rewrite <- bpow_plus. apply Rle_trans with (bpow radix2 (-985)); [lra|apply bpow_le; lia].
    - apply Rmult_le_compat; try apply bpow_ge_0; [simpl; lra|]. replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2
      (-401)) by (now rewrite <- bpow_plus).
      assert (P := bpow_gt_0 radix2 (-401)). apply Rmult_le_compat; lra. }
  eapply Rle_trans; [exact E|]. assert (bK 0 * QQ xs 0 <= 6.00001 * u64 * (0.0001 * (ms * ms))) by (apply Rmult_le_compat; lra). lra.
- assert (X := of_err _ _ _ E). rewrite (Rabs_pos_eq (QQ xs 0) Q1) in X. assert (Y := Rle_abs (qv xs fused 0)).
  assert (bK 0 * QQ xs 0 <= 0.001 * QQ xs 0) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Definition lam0 := 1.02 * (u64 * (Rabs 0 + 30 * S)).
Lemma lam0_range : 0 <= lam0 <= 0.0001 * S.
Proof. assert (U := u64_val). assert (P := S_pos). unfold lam0. rewrite Rabs_R0. assert (0 <= u64 * S <= 0.000001 * S) by (split;
  [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]). lra. Qed.
Lemma state_fine xs : In xs all -> fine S lam0 0 (state xs).
Proof.
intro I. destruct (good xs I) as (L & F). assert (N := n_range xs L). destruct (beside_ideal xs I) as (Sq & q0 & _ & q1).
  assert (U := u64_val). assert (La := lam0_range).
assert (SSp : 0 <= S * S) by apply Rle_0_sqr.
unfold fine. rewrite Sq. unfold F_state, state, value. cbn [cn sm sl sr s2 s2l]. rewrite !Rplus_0_r, Rminus_0_r, Rabs_R0, !Rmult_0_r.
destruct (F_all xs fused 0) as (_ & _ & F3 & F4).
assert (ql := q_lo_small xs fused 0). assert (qe : q_up xs fused 0 = qv xs fused 0 - f64_look.q_lo xs fused 0) by (unfold qv; ring).
assert (T : Rabs (q_up xs fused 0) <= qv xs fused 0 + Rabs (f64_look.q_lo xs fused 0)) by (rewrite qe at 1; eapply Rle_trans;
  [apply abs_sub|]; rewrite (Rabs_pos_eq _ q0); lra).
assert (uq : u64 * Rabs (q_up xs fused 0) <= 0.0001 * Rabs (q_up xs fused 0)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
assert (u64 * Rabs (q_up xs fused 0) <= u64 * (1.2 * (S * S))) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra).
repeat split; try apply F_0; try assumption; try lra; try exact (F_n xs L).
- unfold n. rewrite INR_IZR_INZ. exists (Z.of_nat (length xs)). simpl. ring.
- apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
Qed.

Lemma Id : Rabs (sum (fun xs => qv xs fused 0) all - Q' blocks) <= 0.001 * (u64 * (S * S)).
Proof.
assert (U := u64_val).
assert (E4 : sum (fun xs => qv xs fused 0) all - Q' blocks = sum (fun xs => qv xs fused 0 - ideal xs) all).
  { assert (E5 : Q' blocks = sum ideal all) by (unfold Q', blocks; rewrite sum_map; now apply sum_ext). rewrite E5.
    rewrite (sum_ext (fun xs => qv xs fused 0 - ideal xs) (fun xs => qv xs fused 0 + -1 * ideal xs)) by (intros; ring).
    rewrite sum_add, (sum_scal (-1) ideal). ring. }
  rewrite E4. eapply Rle_trans; [apply sum_abs|]. apply Rle_trans with (sum (fun xs => 0.001 * (u64 * (ms * ms)) * n xs) all).
  - apply sum_le. intros xs I. destruct (beside_ideal xs I) as (_ & _ & D & _). destruct (good xs I) as (L & _).
    assert (N := n_range xs L).
    assert (0 <= 0.001 * (u64 * (ms * ms))) by (assert (Z := Rle_0_sqr ms); unfold Rsqr in Z;
      assert (0 <= u64 * (ms * ms)) by (apply Rmult_le_pos; lra); lra).
    assert (0.001 * (u64 * (ms * ms)) * 1 <= 0.001 * (u64 * (ms * ms)) * n xs) by (apply Rmult_le_compat_l; lra). lra.
  - rewrite sum_scal. fold count. rewrite SS, <- Qms. lra.
Qed.

Theorem merging64 : Rabs (square total - Q' blocks) <= 0.01 * (u64 * Q blocks).
Proof.
assert (Id := Id).
assert (U := u64_val). assert (P := S_pos). assert (C := count1). assert (Qp := Qpos). assert (La := lam0_range).
  assert (SSp : 0 < S * S) by now apply Rmult_lt_0_compat.
destruct full as [E|(l & b & E & Fl)].
{ unfold total. rewrite E. change (merged pe (state f) (map state [])) with (state f). change (square (state f)) with (qv f fused 0).
  rewrite SS in Id. assert (0 <= u64 * Q blocks) by (apply Rmult_le_pos; lra). unfold all in Id. rewrite E in Id. simpl sum in Id.
    rewrite Rplus_0_r in Id. lra. }
assert (NR : 1 <= count <= bpow radix2 41) by (split; [exact C|eapply Rle_trans; [exact cols_max|apply bpow_le; lia]]).
assert (S420 : bpow radix2 (-420) <= S) by (apply Rle_trans with (2 := S_big); apply bpow_le; lia).
assert (n30 : count <= 1073741824) by (replace 1073741824 with (bpow radix2 30) by (simpl; lra); exact cols_max).
assert (uS : 0 <= u64 * S <= / 9007199254740992 * S) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (lN : 0 <= lam0 * count <= 0.001 * S).
{ split; [apply Rmult_le_pos; lra|]. assert (L1 : lam0 <= 0.00000000000001 * S) by (unfold lam0; rewrite Rabs_R0; lra).
  assert (lam0 * count <= 0.00000000000001 * S * 1073741824) by (apply Rmult_le_compat; lra). lra. }
assert (p1 : 0 <= P1 S lam0 <= 300 * S) by (unfold P1; lra).
assert (a1 : 0 <= A1 S lam0 count <= 20000 * S) by (unfold A1; lra).
assert (p2 : 0 <= P2 S lam0 <= 135 * (S * S)).
{ unfold P2. assert ((S / 4 + 13 * lam0) * (S / 4 + 13 * lam0) <= 0.252 * S * (0.252 * S)) by (apply Rmult_le_compat; lra).
  assert (Z := Rle_0_sqr (S / 4 + 13 * lam0)). unfold Rsqr in Z. lra. }
assert (b1 : 0 <= B1 S lam0 count <= 65000 * (S * S)).
{ unfold B1. assert (0 <= lam0 * P1 S lam0 <= 0.1 * S * (300 * S)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat]; lra).
  assert (0 <= P1 S lam0 * A1 S lam0 count <= 300 * S * (20000 * S)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat]; lra). lra. }
assert (uu : 0 <= u64 * u64 <= / 9007199254740992 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (kb : count / 1024 * b00 S lam0 count <= 0.00001 * (u64 * (S * S))).
{ unfold b00. replace (count / 1024 * (u64 * (u64 * B1 S lam0 count))) with (count / 1024 * (u64 * u64) * B1 S lam0 count) by ring.
  assert (K : count / 1024 * (u64 * u64) <= 1048576 * (/ 9007199254740992 * u64)) by (apply Rmult_le_compat; lra).
  assert (K0 : 0 <= count / 1024 * (u64 * u64)) by (apply Rmult_le_pos; lra).
  assert (0 <= u64 * (S * S)) by (apply Rmult_le_pos; lra).
  apply Rle_trans with (1048576 * (/ 9007199254740992 * u64) * (65000 * (S * S))); [apply Rmult_le_compat; lra|]. lra. }
assert (uSS : 0 <= u64 * (S * S) <= 0.0001 * (S * S)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Fine : forall x, In x (state f :: map state l) -> fine S lam0 0 x /\ cn x = 1024).
{ intros x I. assert (Q1 : exists c, In c (f :: l) /\ x = state c).
  { destruct I as [<-|I]; [exists f; split; [now left|reflexivity]|]. rewrite in_map_iff in I. destruct I as (c & <- & I). exists c.
    split; [now right|reflexivity]. }
  destruct Q1 as (c & Ic & ->). split.
  - apply state_fine. unfold all. rewrite E. destruct Ic as [<-|Ic]; [now left|right; apply in_or_app; now left].
  - unfold state. cbn. unfold look.n. rewrite (Fl c Ic). simpl. lra. }
assert (Fb : fine S lam0 0 (state b)) by (apply state_fine; unfold all; rewrite E; right; apply in_or_app; right; now left).
assert (Ms : map state all = state f :: map state l ++ [state b]) by (unfold all; rewrite E; simpl; now rewrite map_app).
assert (Pos : forall x, In x (state f :: map state l ++ [state b]) -> 0 < cn x).
{ intros x I. rewrite <- Ms, in_map_iff in I. destruct I as (c & <- & I). destruct (state_fine c I) as (_ & Cb & _). lra. }
destruct (chan (state f) (map state l ++ [state b]) Pos) as (T1 & T2 & T3 & _). rewrite <- Ms in T1, T2, T3.
assert (E1 : blocks.N (map asblock (map state all)) = count) by (unfold blocks.N; rewrite !sum_map; reflexivity).
assert (E2 : blocks.Mean' (map asblock (map state all)) = 0).
{ unfold blocks.Mean'. rewrite E1, !sum_map. rewrite (sum_ext _ (fun _ => 0)) by (intros c _; unfold asblock, state, value; cbn; ring).
  rewrite sum_const. field. lra. }
assert (E3 : blocks.M2' (map asblock (map state all)) = sum (fun xs => qv xs fused 0) all).
{ unfold blocks.M2'. rewrite E2, !sum_map. apply sum_ext. intros c _. unfold asblock. cbn [blocks.m2' blocks.cnt blocks.mu'].
  assert (V : value (state c) = 0) by (unfold value, state; cbn [sm sl sr]; ring). rewrite V.
    change (square (state c)) with (qv c fused 0). ring. }
rewrite E1 in T1. rewrite E3 in T3.
assert (Qe := Q_err blocks f64_counts.b0 blocks_good). rewrite <- SS in Qe.
assert (B := b0_range). change (u 53) with u64 in B.
assert (bq : f64_counts.b0 * (S * S) <= 0.001 * (S * S)) by (apply Rmult_le_compat_r; lra). assert (X := Rle_abs (Q' blocks - S * S)).
assert (X2 := Rle_abs (sum (fun xs => qv xs fused 0) all - Q' blocks)).
assert (mS : 1.01 * (u64 * (Rabs 0 + 30 * S)) <= lam0) by (unfold lam0; rewrite Rabs_R0; lra).
destruct (row_merged pe pe_ok S lam0 0 count ltac:(lra) NR S420 mS ltac:(lra) (state f) (map state l) (state b) Fine Fb ltac:(rewrite T1;
  lra) ltac:(rewrite T3; lra))
  as (_ & R2 & _ & _ & R5).
assert (Tt : merged pe (state f) (map state l ++ [state b]) = total) by (unfold total; rewrite E, map_app; reflexivity).
rewrite Tt, T3 in R2. rewrite T1 in R5. set (K := INR (length (map state l)) + 1) in *. assert (K0 : 0 <= K) by (unfold K;
  assert (Z := pos_INR (length (map state l))); lra).
assert (K * b00 S lam0 count <= count / 1024 * b00 S lam0 count) by (apply Rmult_le_compat_r; [unfold b00; repeat apply Rmult_le_pos;
  lra|lra]).
rewrite <- SS. replace (square total - Q' blocks) with ((square total - sum (fun xs => qv xs fused 0) all) + (sum (fun xs => qv xs fused
  0) all - Q' blocks)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma total_form : F_state total /\ Rabs (s2l total) <= 1.01 * (u64 * Rabs (s2 total)) /\ 0 <= s2 total.
Proof.
assert (U := u64_val). assert (H : F64 (s2 total) /\ F64 (s2l total) /\ F64 (sm total) /\ F64 (sl total) /\ F64 (sr total) /\ Rabs (s2l
  total) <= 1.01 * (u64 * Rabs (s2 total))).
{ unfold total. destruct full as [E|(l & b & E & Fl)]; rewrite E.
  - change (merged pe (state f) (map state [])) with (state f). destruct (F_all f fused 0) as (_ & _ & F3 & F4).
    repeat split; cbn [state s2 s2l sm sl sr]; try assumption; try apply F_0. rewrite <- Rmult_assoc. apply q_lo_small.
  - unfold merged. rewrite map_app, fold_left_app. cbn [fold_left map]. set (t := fold_left _ _ _).
    repeat split; cbn; try apply two_e_F; try apply merge.rnd64_F. rewrite <- Rmult_assoc. eapply lo_small; [| |reflexivity|reflexivity];
      apply merge.rnd64_F. }
destruct H as (F1 & F2 & F3 & F4 & F5 & L).
assert (Fc : cn total = count).
{ assert (Ms : map state all = state f :: map state r) by reflexivity. destruct (chan (state f) (map state r)) as (T1 & _).
  { intros y I. rewrite <- Ms, in_map_iff in I. destruct I as (c & <- & I). destruct (good c I) as (Lc & _). assert (N := n_range c Lc).
    cbn. lra. }
  rewrite <- Ms in T1. assert (E1 : blocks.N (map asblock (map state all)) = count) by (unfold blocks.N; rewrite !sum_map; reflexivity).
  rewrite E1 in T1. rewrite <- T1.
  assert (Cn : forall l0 a0 t0, cn a0 = tn t0 -> cn (fold_left (merge2 pe) l0 a0) = tn (fold_left join l0 t0)).
  { clear. induction l0 as [|y l0 IH]; intros a0 t0 H; simpl; [exact H|]. apply IH. destruct t0 as ((n0, A0), W0). cbn in *. unfold mn.
    now rewrite H. }
  unfold total, merged, exactly. apply Cn. reflexivity. }
split; [split; [rewrite Fc; exact F_count|repeat split; assumption]|]. split; [exact L|].
assert (M := merging64). assert (Qp := Qpos). assert (Qe := Q_err blocks f64_counts.b0 blocks_good). assert (B := b0_range).
  change (u 53) with u64 in B.
assert (f64_counts.b0 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
  assert (u64 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (- (square total - Q' blocks))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (- (Q' blocks - Q blocks))).
  rewrite Rabs_Ropp in Y.
assert (Z := Rle_abs (s2l total)). unfold square in X, M. assert (u64 * Rabs (s2 total) <= 0.1 * Rabs (s2 total)) by (apply
  Rmult_le_compat_r; [apply Rabs_pos|lra]).
destruct (Rle_or_lt 0 (s2 total)) as [|Ng]; [assumption|]. rewrite (Rabs_left (s2 total) Ng) in *. lra.
Qed.

(* -- y, eps inside -- *)
Variables eps x gamma beta : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis ordinary : bpow radix2 (-800) <= V64 (s2 total) count eps <= bpow radix2 800.
Hypothesis Fx : F64 x.
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := x * / sqrt (ms * ms + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Let rs := rstd64 pe (s2 total) (s2l total) count eps.
Definition y_rms64 (fma : bool) := if fma then y_fused (-1074) 53 (t_fused (-1074) 53 x 0 rs 0) gamma beta
  else y_unfused (-1074) 53 (t_unfused (-1074) 53 x 0 rs 0) gamma beta.

Theorem rmsnorm64 (fma : bool) : Rabs (y_rms64 fma - (gamma * xhat + beta)) <= (if fma then B_rms else B_rms_beta_unfused) * u64 * Bracket
  + eta64 /\
  (beta = 0 -> Rabs (y_rms64 fma - (gamma * xhat + beta)) <= B_rms * u64 * Bracket + eta64).
Proof.
assert (U := u64_val). assert (C := count1). assert (M0 := ms0). destruct total_form as ((_ & _ & _ & _ & F5 & F6) & L & Sp).
assert (ss := Rle_0_sqr ms). unfold Rsqr in ss. set (V2 := (s2 total + s2l total) / count).
assert (L' : Rabs (s2l total) <= 1.01 * u64 * Rabs (s2 total)) by (rewrite Rmult_assoc; exact L).
destruct (R1_64_is pe pe_ok (s2 total) (s2l total) count eps (conj F5 (conj F6 (conj F_count F_eps))) Sp L' C eps_pos ordinary) as (R1 &
  R2 & R3).
fold rs in R2. set (RR := R1_64 pe (s2 total) (s2l total) count eps) in *. fold V2 in R1.
assert (V0 : 0 <= V2) by exact (V2_0 (s2 total) (s2l total) count Sp L' C).
assert (Rp : 0 < RR) by (assert (Z := bpow_gt_0 radix2 (-402)); lra).
set (D := sqrt (ms * ms + eps)). set (D' := sqrt (V2 + eps)).
assert (Dge : ms <= D) by (apply le_of_sqr; [apply sqrt_pos|]; unfold D; rewrite sqrt_def; lra).
assert (Derr : Rabs (D' - D) <= Rabs (sqrt V2 - ms)).
{ unfold D', D. rewrite <- (sqrt_def V2 V0) at 1. apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
assert (R0D : / D * D = 1) by (field; lra).
assert (uu : u64 * u64 <= 0.0000001 * u64) by (apply Rmult_le_compat_r; lra).
assert (R1e : Rabs (RR * D' - 1) <= 0.001 * u 53) by (change (u 53) with u64; unfold D'; lra).
assert (Mg : Rabs (count * V2 - Q' blocks) / count / 2 <= 0.01 * u 53 * (ms * ms)).
{ replace (count * V2) with (square total) by (unfold V2, square; field; lra). assert (M := merging64). change (u 53) with u64.
  rewrite <- Qms in M.
  assert (ci : 0 < / count) by (apply Rinv_0_lt_compat; lra). apply (Rmult_le_compat_r (/ count)) in M; [|lra].
  replace (0.01 * (u64 * (count * (ms * ms))) * / count) with (0.01 * (u64 * (ms * ms))) in M by (field; lra).
  assert (0 <= u64 * (ms * ms)) by (apply Rmult_le_pos; lra). unfold Rdiv in *. lra. }
assert (et : eta (-1074) <= u 53 / 100000).
{ unfold eta, u, Rdiv. apply Rle_trans with (bpow radix2 (-53) * bpow radix2 (-20)); [rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat_l; [apply bpow_ge_0|]. simpl. lra. }
assert (Re : Rabs (rs - RR) <= 1.00001 * u 53 * RR) by (change (u 53) with u64; assert (0 <= u64 * RR) by (apply Rmult_le_pos; lra); lra).
unfold y_rms64, xhat, Bracket. fold D. destruct fma; split; try intro Z.
- exact (rmsnorm_fused (-1074) 53 ltac:(lia) blocks _ b0_range blocks_good count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma beta Dge
  Derr R0D Rp R1e et Re Fx).
- exact (rmsnorm_fused (-1074) 53 ltac:(lia) blocks _ b0_range blocks_good count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma beta Dge
  Derr R0D Rp R1e et Re Fx).
- exact (rmsnorm_unfused_beta (-1074) 53 ltac:(lia) blocks _ b0_range blocks_good count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma
  beta Dge Derr R0D Rp R1e et Re Fx Fgamma Fbeta).
- exact (rmsnorm_unfused (-1074) 53 ltac:(lia) blocks _ b0_range blocks_good count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma beta
  Dge Derr R0D Rp R1e et Re Fx Z).
Qed.
End Whole.
