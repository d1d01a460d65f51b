(* RMSNorm of floats: merging sums of squares, and y. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look rms rstd scale32 float32 merge step mergeops merges merges_m2 mergerow.
Require blocks counts32 look32 block32.
Import ListNotations.
Local Open Scope R_scope.

Section Whole.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
(* of each block the elements and the computed sum of squares; all but the last are full *)
Variables (f : list R * R) (l : list (list R * R)) (b : list R * R).
Let all := f :: l ++ [b].
Definition squares (c : list R * R) := (QQ (fst c) 0, snd c).
Hypothesis good : forall c, In c all -> (1 <= length (fst c) <= 1024)%nat /\ (forall x, In x (fst c) ->
  F32 x) /\ F64 (snd c) /\ 0 <= snd c /\
  Rabs (snd c - QQ (fst c) 0) <= counts32.b0 * QQ (fst c) 0.
Hypothesis full : forall c, In c (f :: l) -> length (fst c) = 1024%nat.
Let blocks := map squares all.
Definition count := sum (fun c => n (fst c)) all.
Hypothesis cols_max : count <= bpow radix2 40.
Let ms := rms blocks count.
Hypothesis ms_not0 : 0 < ms.
Let S := sqrt (Q blocks).

Definition state (c : list R * R) := State (n (fst c)) 0 0 0 (snd c) 0.
Definition total := merged pe (state f) (map state (l ++ [b])).

Lemma blocks_good c : In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c.
Proof. unfold blocks. rewrite in_map_iff. intros (d & <- & I). destruct (good d I) as (_ & _ & _ & _ & E). split; [apply QQ_pos|exact E].
  Qed.

Lemma count1 : 1 <= count.
Proof.
unfold count, all. simpl. assert (H : 0 <= sum (fun c => n (fst c)) (l ++ [b])) by (apply sum_pos; intros; apply pos_INR).
destruct (good f (or_introl eq_refl)) as (L & _). assert (N := n_range (fst f) L). lra.
Qed.
Lemma Q0 : 0 <= Q blocks. Proof. apply sum_pos. intros c I. now destruct (blocks_good c I). Qed.
Lemma Qms : count * (ms * ms) = Q blocks.
Proof. assert (C := count1). unfold ms, rms. rewrite sqrt_def; [field; lra|].
  apply Rmult_le_pos; [apply Q0|left; apply Rinv_0_lt_compat; lra]. Qed.
Lemma Qpos : 0 < Q blocks. Proof. rewrite <- Qms. assert (C := count1). apply Rmult_lt_0_compat; [lra|now apply Rmult_lt_0_compat]. Qed.
Lemma SS : S * S = Q blocks. Proof. apply sqrt_def, Q0. Qed.
Lemma S_pos : 0 < S. Proof. apply sqrt_lt_R0, Qpos. Qed.
Lemma Q_sum : Q blocks = sum (fun c => QQ (fst c) 0) all.
Proof. unfold Q, blocks. now rewrite sum_map. Qed.

(* a float that is not 0 is at least 2^-149 *)
Lemma S_least : bpow radix2 (-149) <= S.
Proof.
destruct (Rle_or_lt (bpow radix2 (-149)) S) as [|L]; [assumption|exfalso]. assert (P := S_pos). assert (Qp := Qpos).
assert (Z : forall c x, In c all -> In x (fst c) -> x = 0).
{ intros c x Ic Ix. destruct (Req_dec x 0) as [|Nz]; [assumption|exfalso].
  destruct (good c Ic) as (_ & Fx & _). assert (Lx := F_least (-149) 24 x (Fx x Ix) Nz).
  assert (E2 : 2 * eta (-149) = bpow radix2 (-149)) by (unfold eta; change 2 with (bpow radix2 1); rewrite <- bpow_plus; reflexivity).
    rewrite E2 in Lx.
  assert (XS : Rabs x <= S).
  { apply abs_le_of_sqr; [lra|]. rewrite SS, Q_sum. apply Rle_trans with (QQ (fst c) 0).
    - unfold QQ. eapply Rle_trans; [|apply (sum_pos_in (fun x => (x - 0) * (x - 0)) (fst c) x); [intros; apply Rle_0_sqr|exact Ix]].
      rewrite Rminus_0_r. lra.
    - apply (sum_pos_in (fun c => QQ (fst c) 0)); [intros; apply QQ_pos|exact Ic]. }
  lra. }
assert (Q blocks = 0); [|lra]. rewrite Q_sum, (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros c Ic. unfold QQ.
rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros x Ix. rewrite (Z c x Ic Ix). ring.
Qed.
Lemma S_big : bpow radix2 (-200) <= S.
Proof. apply Rle_trans with (2 := S_least). apply bpow_le. lia. Qed.
Lemma ms_low : bpow radix2 (-170) <= ms.
Proof.
assert (B := S_least). assert (C := count1). assert (M := ms_not0). assert (P := bpow_gt_0 radix2 (-149)).
apply le_of_sqr; [lra|]. apply Rmult_le_reg_l with count; [lra|]. rewrite Qms, <- SS.
apply Rle_trans with (bpow radix2 (-149) * bpow radix2 (-149)); [|apply Rmult_le_compat; lra].
rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 40 * bpow radix2 (-170 + -170)).
- apply Rmult_le_compat_r; [apply bpow_ge_0|exact cols_max].
- rewrite <- bpow_plus. apply bpow_le. lia.
Qed.

Lemma state_fine c : In c all -> fine S 0 (state c).
Proof.
intro Ic. destruct (good c Ic) as (L & _ & Fq & q0 & E). assert (N := n_range (fst c) L). assert (P := S_pos). assert (U := u64_val).
assert (B := counts32.b0_range). assert (Ur := u_range 24 ltac:(lia)). assert (SS0 : 0 <= S * S) by apply Rle_0_sqr.
unfold fine, F_state, state, value, square. cbn [cn sm sl sr s2 s2l]. rewrite !Rplus_0_r, Rminus_0_r, Rabs_R0, !Rmult_0_r.
assert (qc : QQ (fst c) 0 <= S * S) by (rewrite SS, Q_sum; apply (sum_pos_in (fun c => QQ (fst c) 0)); [intros; apply QQ_pos|exact Ic]).
assert (Q0' := QQ_pos (fst c) 0).
assert (bq : counts32.b0 * QQ (fst c) 0 <= 0.001 * QQ (fst c) 0) by (apply Rmult_le_compat_r; lra).
  assert (X := Rle_abs (snd c - QQ (fst c) 0)).
assert (Mn : mult 0 (n (fst c))) by (exists (Z.of_nat (length (fst c))); unfold look.n; rewrite INR_IZR_INZ; simpl; ring).
repeat split; try apply F_0; try exact Fq; try exact Mn; try lra.
- apply (mult_F emin64 53 ltac:(lia) 0); [unfold emin64; lia|exact Mn|].
  rewrite Rabs_pos_eq by lra. apply Rle_trans with (bpow radix2 10); [simpl; lra|apply bpow_le; lia].
- apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
- apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; lra.
Qed.

Theorem merging_rms : 0 <= s2 total /\ Rabs (s2 total - Q' blocks) / count / 2 <= 0.01 * u32 * (ms * ms).
Proof.
assert (P := S_pos). assert (U := u64_val). assert (U3 := u32_val). assert (U6 := u64_eq). assert (C := count1).
  assert (SS0 : 0 <= S * S) by apply Rle_0_sqr.
assert (ff : forall x, In x (state f :: map state l) -> fine S 0 x /\ cn x = 1024).
{ intros x I. assert (Q : exists c, In c (f :: l) /\ x = state c).
  { destruct I as [<-|I]; [exists f; split; [now left|reflexivity]|]. rewrite in_map_iff in I. destruct I as (c & <- & I). exists c.
    split; [now right|reflexivity]. }
  destruct Q as (c & Ic & ->). split.
  - apply state_fine. unfold all. destruct Ic as [<-|Ic]; [now left|right; apply in_or_app; now left].
  - unfold state. cbn. unfold look.n. rewrite (full c Ic). simpl. lra. }
assert (fb : fine S 0 (state b)) by (apply state_fine; unfold all; right; apply in_or_app; right; now left).
assert (Pos : forall x, In x (state f :: map state l ++ [state b]) -> 0 < cn x).
{ intros x [<-|I]; [destruct (ff _ (or_introl eq_refl)); lra|]. apply in_app_or in I. destruct I as [I|[<-|[]]].
  - destruct (ff x (or_intror I)). lra.
  - destruct fb as (_ & Cb & _). lra. }
destruct (chan (state f) (map state l ++ [state b]) Pos) as (T1 & T2 & T3 & T0).
assert (Ma : map asblock (state f :: map state l ++ [state b]) = map (fun c => asblock (state c)) all).
{ unfold all. simpl. f_equal. rewrite !map_app, map_map. reflexivity. }
rewrite Ma in *.
assert (E1 : blocks.N (map (fun c => asblock (state c)) all) = count) by (unfold blocks.N; rewrite sum_map; reflexivity).
assert (E2 : blocks.Mean' (map (fun c => asblock (state c)) all) = 0).
{ unfold blocks.Mean'. rewrite sum_map. rewrite (sum_ext _ (fun _ => 0)) by (intros c _; unfold asblock, state, value; cbn; ring).
  rewrite sum_const. rewrite E1. field. lra. }
assert (E3 : blocks.M2' (map (fun c => asblock (state c)) all) = Q' blocks).
{ unfold blocks.M2'. rewrite E2, sum_map. unfold Q', blocks. rewrite sum_map. apply sum_ext. intros c _.
  unfold asblock, state, value, square, squares. cbn. ring. }
rewrite E1 in T1. rewrite E3 in T3.
assert (Qe := Q_err blocks counts32.b0 blocks_good). rewrite <- SS in Qe.
assert (B := counts32.b0_range). assert (Ur := u_range 24 ltac:(lia)). change (u 24) with u32 in *.
assert (bq : counts32.b0 * (S * S) <= 0.001 * (S * S)) by (apply Rmult_le_compat_r; lra). assert (X := Rle_abs (Q' blocks - S * S)).
assert (NR : 1 <= count <= bpow radix2 41) by (split; [exact C|eapply Rle_trans; [exact cols_max|apply bpow_le; lia]]).
assert (ml : 4 * (u64 * (Rabs 0 + 3 * S)) <= S / 128) by (rewrite Rabs_R0;
  assert (u64 * (0 + 3 * S) <= 0.0001 * (3 * S)) by (apply Rmult_le_compat; lra); lra).
destruct (row_merged pe pe_ok S 0 count NR S_big ml (state f) (map state l) (state b) ff fb ltac:(rewrite T1; lra) ltac:(rewrite T3;
  lra)) as (_ & R2 & _ & R4 & R5).
rewrite T3 in R2. rewrite T1 in R5. 
assert (Tt : total = merged pe (state f) (map state l ++ [state b])) by (unfold total; rewrite map_app; reflexivity).
  rewrite <- Tt in R2, R4.
set (K := INR (length (map state l)) + 1) in *. assert (K0 : 0 <= K) by (unfold K; assert (Z := pos_INR (length (map state l))); lra).
assert (n40 : count <= 1099511627776) by (replace 1099511627776 with (bpow radix2 40) by (simpl; lra); exact cols_max).
assert (uu : 0 <= u64 * u64 <= / 9007199254740992 * / 9007199254740992) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
assert (kb : K * b00 S count <= 0.001 * u32 * (S * S)).
{ unfold b00. replace (K * (u64 * (u64 * (S * S * (40000 + count / 10))))) with (K * (u64 * u64 * (40000 + count / 10)) * (S * S)) by ring.
  apply Rmult_le_compat_r; [exact SS0|].
  assert (B1 : u64 * u64 * (40000 + count / 10) <= / 9007199254740992 * / 9007199254740992 * 110000000000) by (apply Rmult_le_compat; lra).
  apply Rle_trans with (1073741824 * (/ 9007199254740992 * / 9007199254740992 * 110000000000)); [apply Rmult_le_compat; try lra|lra].
  apply Rmult_le_pos; lra. }
assert (u6 : u64 * (S * S) = u32 * (S * S) / 536870912) by (rewrite U3, U6; field).
  assert (u3 : 0 <= u32 * (S * S)) by (apply Rmult_le_pos; lra).
assert (D : Rabs (s2 total - Q' blocks) <= 0.002 * u32 * (S * S)).
{ replace (s2 total - Q' blocks) with ((square total - Q' blocks) + - s2l total) by (unfold square; ring).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
split.
- assert (Y := Rle_abs (- (s2 total - Q' blocks))). rewrite Rabs_Ropp in Y. assert (Z := Rle_abs (- (Q' blocks - S * S))).
  rewrite Rabs_Ropp in Z.
  assert (0.002 * u32 * (S * S) <= 0.001 * (S * S)) by (apply Rmult_le_compat_r; lra). lra.
- assert (ci : 0 < / count) by (apply Rinv_0_lt_compat; lra). assert (Eq := Qms). rewrite <- SS in Eq.
  assert (Rabs (s2 total - Q' blocks) / count <= 0.002 * u32 * (ms * ms)).
  { unfold Rdiv. apply Rmult_le_reg_r with count; [lra|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. rewrite <- Eq in D. lra. }
  assert (0 <= u32 * (ms * ms)) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]). lra.
Qed.

Variables eps x gamma beta : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis ordinary : bpow radix2 (-80) <= V (s2 total) count eps <= bpow radix2 80.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Let xhat := x * / sqrt (ms * ms + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Theorem rmsnorm_row (fused : bool) : let y := y_rms count (s2 total) eps x gamma beta fused in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then B_rms else B_rms_beta_unfused) * u32 * Bracket + eta32 /\
  (beta = 0 -> Rabs (y - (gamma * xhat + beta)) <= B_rms * u32 * Bracket + eta32).
Proof.
destruct merging_rms as (M0 & Mg). assert (C := count1).
exact (rmsnorm32 blocks blocks_good count (s2 total) eps (conj C cols_max) ms_not0 F_eps M0 eps_pos Mg ordinary x gamma beta Fx Fgamma
  Fbeta fused).
Qed.
End Whole.
