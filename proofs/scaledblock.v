(* Section 3 for float, blocks out of range: summed times S = 2^96, their moments scaled back. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format trees groups wide look counts32 look32 block32 row merge step mergeops.
Require section2 scale32 anyscale whole32 float32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.

(* -- a block times a power of two -- *)
Definition times (k : Z) (xs : list R) := map (fun x => x * bpow radix2 k) xs.

Section Times.
Variable xs : list R.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable k : Z.
Let S := bpow radix2 k.
Let ys := times k xs.

Lemma S_pos : 0 < S. Proof. apply bpow_gt_0. Qed.
Lemma times_len : length ys = length xs. Proof. apply map_length. Qed.
Lemma times_n : n ys = n xs. Proof. unfold n. now rewrite times_len. Qed.
Lemma times_mean : mean ys = mean xs * S.
Proof.
assert (N := n_range xs xs_len). unfold mean. rewrite times_n.
assert (E : sum (fun x => x) ys = S * sum (fun x => x) xs).
{ unfold ys, times. rewrite sum_map, <- sum_scal. apply sum_ext. intros x _. fold S. ring. }
rewrite E. field. lra.
Qed.
Lemma times_QQ K : QQ ys (K * S) = QQ xs K * (S * S).
Proof.
unfold QQ, ys, times. rewrite sum_map, (Rmult_comm _ (S * S)), <- sum_scal. apply sum_ext. intros x _. fold S. ring.
Qed.
Lemma times_sig : sig ys = sig xs * S.
Proof.
assert (P := S_pos). assert (N := n_range xs xs_len). unfold sig. rewrite times_mean, times_QQ, times_n.
replace (QQ xs (mean xs) * (S * S) / n xs) with (QQ xs (mean xs) / n xs * (S * S)) by (field; lra).
rewrite sqrt_mult_alt; [now rewrite sqrt_square by lra|].
apply Rmult_le_pos; [apply QQ_pos|left; apply Rinv_0_lt_compat; lra].
Qed.

Lemma times_class c d : class 24 ys c d -> class 24 xs c d.
Proof.
assert (P := S_pos). intros [A B H|A B H|A B]; [apply ClassA|apply ClassB|apply ClassE]; try assumption; rewrite times_mean, times_sig in H;
  rewrite Rabs_mult, (Rabs_pos_eq S) in H by lra.
- apply Rmult_lt_reg_r with S; [assumption|lra].
- apply Rmult_le_reg_r with S; [assumption|lra].
Qed.

Lemma times_result m v : result 24 ys m v -> result 24 xs (m / S) (v / (S * S)).
Proof.
assert (P := S_pos). intros (c & d & C & E1 & E2). exists c, d. split; [now apply times_class|]. rewrite times_mean, times_sig in E1.
rewrite times_n, times_sig in E2. assert (SS : 0 < S * S) by now apply Rmult_lt_0_compat. split.
- apply Rmult_le_reg_r with S; [assumption|]. replace (Rabs (m / S - mean xs) * S) with (Rabs (m - mean xs * S)); [lra|].
  rewrite <- (Rabs_pos_eq S) at 3 by lra. rewrite <- Rabs_mult. f_equal. field. lra.
- apply Rmult_le_reg_r with (S * S); [assumption|].
  replace (Rabs (v / (S * S) - n xs * (sig xs * sig xs)) * (S * S)) with (Rabs (v - n xs * (sig xs * S * (sig xs * S)))); [lra|].
  rewrite <- (Rabs_pos_eq (S * S)) at 2 by lra. rewrite <- Rabs_mult. f_equal. field. lra.
Qed.
End Times.

(* -- doubles that are multiples of a unit stay doubles -- *)
Lemma double_down d e v : F64 v -> mult e v -> (-1000 <= e - d)%Z -> F64 (v * bpow radix2 (- d)).
Proof.
intros Fv M H. destruct (Req_dec v 0) as [->|Nz]; [rewrite Rmult_0_l; apply F_0|].
assert (L := mult_least e v M Nz). apply (mul_pow2_F emin64 53); [exact Fv|].
replace e with ((e + 1) - 1)%Z in L by lia. apply mag_ge_bpow in L. unfold cexp, fexp, FLT_exp, emin64. lia.
Qed.

Section Multiples.
Variable xs : list R.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.

Lemma rnd64_mult e x : (-1074 <= e)%Z -> mult e x -> mult e (rnd64 x).
Proof. intros H M. apply rnd_mult; [lia|exact H|exact M]. Qed.
Lemma inv_mult : mult (-63) (inv32 xs).
Proof.
assert (N := n_range xs xs_len). assert (I := inv32_err xs xs_len). assert (U := u64_val).
apply (F_mult emin64 53); [apply merge.rnd64_F|unfold emin64; lia|left].
assert (ni : / 1024 <= / n xs) by (apply Rinv_le; lra).
assert (X := Rle_abs (- (inv32 xs - / n xs))). rewrite Rabs_Ropp in X.
assert (1.00001 * u64 * / n xs <= 0.0001 * / n xs) by (apply Rmult_le_compat_r; lra).
apply Rle_trans with (bpow radix2 (-11)); [apply bpow_le; lia|]. apply Rle_trans with (2 := Rle_abs _). simpl. lra.
Qed.
Lemma shift_mult K : mult (-212) (shift32 xs K).
Proof.
unfold shift32. apply rnd64_mult; [lia|]. change (-212)%Z with (-149 + -63)%Z. apply mult_mul; [exact (r32_mult xs xs_len K)|exact inv_mult].
Qed.
Lemma pair_mult K : F32 K -> mult (-212) (two_s K (shift32 xs K)) /\ mult (-212) (two_e K (shift32 xs K)).
Proof.
intro FK. assert (MK : mult (-212) K) by (apply mult_le with emin32; [unfold emin32; lia|exact (F32_mult xs xs_len K FK)]).
assert (Ms := shift_mult K). set (s := shift32 xs K) in *. unfold two_s, two_e. cbv zeta.
split; repeat first [exact MK|exact Ms|apply rnd64_mult; [lia|]|apply mult_sub|apply mult_add].
Qed.
Lemma m2_mult K : mult (-361) (m2_32 xs fused K).
Proof.
unfold m2_32. destruct (Rlt_dec _ _); [apply mult_0|]. unfold raw32. apply rnd64_mult; [lia|]. apply mult_sub.
- apply mult_le with emin32; [unfold emin32; lia|exact (q32_mult xs xs_len fused K)].
- apply rnd64_mult; [lia|]. change (-361)%Z with (-149 + -212)%Z. apply mult_mul; [exact (r32_mult xs xs_len K)|exact (shift_mult K)].
Qed.
End Multiples.

(* -- equal elements end with the element as their pivot -- *)
Lemma constant_final xs fused K1 T v : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> F32 K1 ->
  (forall x, In x xs -> x = v) -> K1 = v -> Kfinal xs fused K1 T = v.
Proof.
intros Fx L FK All E. assert (Al1 : forall x, In x xs -> x = K1) by (intros z Iz; rewrite E; now apply All).
assert (Ft1 : tame xs K1 0).
{ right. split; [reflexivity|]. intros z Iz. left. rewrite (Al1 z Iz), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24). }
destruct (constant emin32 24 xs L nu32 (aK K1) (bK K1 + slack K1) K1 _ _ _ _ Al1 (look32 xs Fx L fused K1 FK (or_intror (or_introl Ft1))))
  as (_ & B & C & _).
unfold Kfinal. destruct (Rlt_dec _ _) as [Ag|_]; [exfalso|exact E].
rewrite C, Rmult_0_r in Ag. assert (Z0 : rnd64 0 = 0) by exact (rnd_0 emin64 53). rewrite Z0 in Ag. unfold m2_32 in Ag. rewrite B in Ag.
destruct (Rlt_dec 0 0); lra.
Qed.

(* two different elements *)
Lemma two_spread (xs : list R) c x y : In x xs -> In y xs -> x <> y -> (x - y) * (x - y) / 2 <= QQ xs c.
Proof.
intros Ix Iy Ne.
assert (Q2 : (x - c) * (x - c) + (y - c) * (y - c) <= QQ xs c).
{ unfold QQ. assert (Pz : forall l, 0 <= sum (fun z => (z - c) * (z - c)) l) by (intro; apply sum_pos; intros; apply Rle_0_sqr).
  assert (One : forall l z, In z l -> (z - c) * (z - c) <= sum (fun z => (z - c) * (z - c)) l).
  { intros l z I. apply (sum_pos_in (fun z => (z - c) * (z - c))); [intros; apply Rle_0_sqr|exact I]. }
  generalize xs Ix Iy. intro l. induction l as [|z l IH]; simpl; [easy|]. intros [Ex|Jx] [Ey|Jy].
  - subst. now elim Ne.
  - subst z. assert (A := One l y Jy). lra.
  - subst z. assert (A := One l x Jx). lra.
  - assert (A := IH Jx Jy). assert (B := Rle_0_sqr (z - c)). unfold Rsqr in B. lra. }
assert (A := Rle_0_sqr ((x - c) + (y - c))). unfold Rsqr in A. lra.
Qed.

(* -- where no element is small, every pivot that section 3 can take is fit -- *)
Lemma coarse_fit xs fused K : (forall x, In x xs -> F32 x /\ mult (-53) x) -> F32 K ->
  (forall x, In x xs -> x = K) \/ (exists x y, In x xs /\ In y xs /\ x <> y) -> fit xs fused K.
Proof.
intros Fx FK [All|(x & y & Ix & Iy & Ne)].
- right. left. right. split; [reflexivity|]. intros x I. left. rewrite (All x I), Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24).
- right. destruct (Req_EM_T K 0) as [Z|Nz].
  + left. right. split; [reflexivity|]. intros z Iz. rewrite Z, Rminus_0_r. destruct (Fx z Iz) as (Fz & Mz).
    assert (E : rnd32 z = z) by exact (rnd_id emin32 24 z Fz). rewrite E.
    destruct (Req_dec z 0) as [|Nz]; [now left|right]. apply Rle_trans with (bpow radix2 (-53)); [apply bpow_le; lia|].
    now apply mult_least.
  + right. unfold slack. destruct (Req_EM_T K 0) as [Z|_]; [now elim Nz|]. assert (U := u32_val).
    assert (Q := two_spread xs K x y Ix Iy Ne).
    assert (M := mult_sub _ _ _ (proj2 (Fx x Ix)) (proj2 (Fx y Iy))). assert (L := mult_least (-53) (x - y) M ltac:(lra)).
    assert (L2 : bpow radix2 (-106) <= (x - y) * (x - y)).
    { replace ((x - y) * (x - y)) with (Rabs (x - y) * Rabs (x - y)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
      change (-106)%Z with (-53 + -53)%Z. rewrite bpow_plus. assert (P := bpow_gt_0 radix2 (-53)). apply Rmult_le_compat; lra. }
    assert (E : bpow radix2 (-106) = 17592186044416 * eta32).
    { unfold eta32. change (-106)%Z with (44 + -150)%Z. rewrite bpow_plus. f_equal; simpl; lra. }
    assert (e0 : 0 < eta32) by apply bpow_gt_0. rewrite U.
    apply Rle_trans with (0.004 * / 16777216 * (8796093022208 * eta32)); [lra|]. apply Rmult_le_compat_l; lra.
Qed.

(* equal elements are their own first pivot *)
Lemma equal_pivot ys K1 T : (1 <= length ys <= 1024)%nat ->
  pivot_0 ys K1 /\ T = 0.625 \/ pivot_t emin32 24 ys K1 /\ T = 0.90625 /\ (forall v, (forall x, In x ys -> x = v) -> K1 = v) ->
  forall v, (forall x, In x ys -> x = v) -> K1 = v.
Proof.
intros L [((P & Pm) & _)|(_ & _ & P)] v All; [|now apply P].
assert (Nn := n_range ys L). assert (M : mean ys = v).
{ unfold mean. rewrite (sum_ext _ (fun _ => v)) by exact All. rewrite sum_const. fold (n ys). field. lra. }
assert (Sg : sig ys = 0).
{ unfold sig. rewrite M. unfold QQ. rewrite (sum_ext _ (fun _ => 0)) by (intros z Iz; rewrite (All z Iz); ring).
  rewrite sum_const, Rmult_0_l. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0. }
rewrite Sg, Rmult_0_r, M in Pm. rewrite P. symmetry. now apply abs_0.
Qed.

(* -- the moments of a block times S, scaled back -- *)
Section Scaled.
Variable k : Z.
Variable xs : list R.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Let ys := times k xs.
Variables K1 T : R.
Let K := Kfinal ys fused K1 T.
Let S := bpow radix2 k.
Definition mean_s := two_s K (shift32 ys K) / S.
Definition mean_lo_s := two_e K (shift32 ys K) / S.
Definition m2_s := m2_32 ys fused K / (S * S).

Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis ys_F : forall x, In x ys -> F32 x.
Hypothesis FK1 : F32 K1.
Hypothesis K1_T : pivot_0 ys K1 /\ T = 0.625 \/ pivot_t emin32 24 ys K1 /\ T = 0.90625 /\ (forall v, (forall x, In x ys -> x = v) -> K1 = v).
Hypothesis K_fit : fit ys fused K.

Lemma ys_len : (1 <= length ys <= 1024)%nat. Proof. unfold ys. rewrite times_len. exact xs_len. Qed.
Lemma FK : F32 K.
Proof. unfold K, Kfinal. destruct (Rlt_dec _ _); [exact (rnd_F emin32 24 ltac:(lia) _)|exact FK1]. Qed.

Theorem scaled_block : result 24 xs (mean_s + mean_lo_s) m2_s.
Proof.
assert (B := block32.block32 ys ys_F ys_len fused K1 T FK1 K1_T K_fit). fold K in B.
assert (R := times_result xs xs_len k _ _ B). fold S in R. unfold pair32 in R.
replace (mean_s + mean_lo_s) with ((two_s K (shift32 ys K) + two_e K (shift32 ys K)) / S) by (unfold mean_s, mean_lo_s; field;
  assert (P := bpow_gt_0 radix2 k); unfold S; lra). exact R.
Qed.

Theorem scaled_good : exists c d, rgood (-149) 24 (RBlock xs (mean_s + mean_lo_s) m2_s c d).
Proof.
destruct scaled_block as (c & d & C & E1 & E2). exists c, d. unfold rgood. cbn [bx bmean bm2 bc bk].
split; [exact xs_len|]. split; [exact xs_F|]. split; [exact C|]. split; [exact E1|exact E2].
Qed.

(* back in doubles, exactly *)
Hypothesis k_is : k = 96%Z \/ k = (-90)%Z.
Lemma back d v : F64 v -> mult (-361) v -> (-180 <= d <= 192)%Z -> F64 (v * bpow radix2 (- d)).
Proof.
intros Fv M H. destruct (Z_le_gt_dec d 0); [apply anyscale.double_up; [lia|exact Fv]|apply (double_down d (-361)); [exact Fv|exact M|lia]].
Qed.
Theorem scaled_agrees c d : whole32.agrees (RBlock xs (mean_s + mean_lo_s) m2_s c d) (State (n xs) mean_s mean_lo_s 0 m2_s 0).
Proof.
destruct (whole32.block_agrees ys fused K1 T ys_F ys_len FK1 c d) as (Fs & Cn & Vs & Sq & M0 & Sl & _ & _). fold K in Fs, Vs, Sq, M0, Sl.
destruct Fs as (F1 & F2 & F3 & F4 & F5 & F6). unfold value, square in *. cbn [cn sm sl sr s2 s2l bx bmean bm2] in *.
assert (P : 0 < S) by apply bpow_gt_0. destruct (pair_mult ys ys_len K FK) as (M1 & M2). assert (M3 := m2_mult ys ys_len fused K).
apply (mult_le _ (-361)) in M1, M2; try lia.
assert (Ei : / S = bpow radix2 (- k)) by (unfold S; now rewrite <- bpow_opp).
assert (Ei2 : / (S * S) = bpow radix2 (- (k + k))) by (unfold S; rewrite <- bpow_plus, <- bpow_opp; reflexivity).
assert (G1 : F64 mean_s) by (unfold mean_s, Rdiv; rewrite Ei; apply back; [exact F2|exact M1|lia]).
assert (G2 : F64 mean_lo_s) by (unfold mean_lo_s, Rdiv; rewrite Ei; apply back; [exact F3|exact M2|lia]).
assert (G3 : F64 m2_s) by (unfold m2_s, Rdiv; rewrite Ei2; apply back; [exact F5|exact M3|lia]).
assert (Ip : 0 < / S) by now apply Rinv_0_lt_compat. assert (SS : 0 < / (S * S)) by (apply Rinv_0_lt_compat; now apply Rmult_lt_0_compat).
unfold whole32.agrees, F_state, value, square. cbn [cn sm sl sr s2 s2l bx bmean bm2]. rewrite !Rplus_0_r in *.
assert (Nn : n ys = n xs) by apply times_n. rewrite Nn in F1.
repeat split; try reflexivity; try apply F_0; try assumption.
- unfold m2_s, Rdiv. apply Rmult_le_pos; lra.
- unfold mean_lo_s at 1. replace (mean_s + mean_lo_s) with ((two_s K (shift32 ys K) + two_e K (shift32 ys K)) * / S) by (unfold mean_s,
  mean_lo_s; field; lra). unfold Rdiv. rewrite !Rabs_mult, (Rabs_pos_eq (/ S)), <- Rmult_assoc by lra. apply Rmult_le_compat_r; [lra|exact Sl].
Qed.
End Scaled.

(* -- the block theorem for blocks times 2^96 -- *)
Section Up.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Let ys := times 96 xs.
Let S := bpow radix2 96.

Lemma ys_ok x : In x ys -> F32 x /\ mult (-53) x.
Proof.
unfold ys, times. rewrite in_map_iff. intros (z & <- & I). assert (Fz := xs_F z I). split.
- apply (mul_pow2_F emin32 24); [exact Fz|]. unfold cexp, fexp, FLT_exp, emin32. lia.
- change (-53)%Z with (-149 + 96)%Z. apply mult_mul; [exact (F32_mult xs xs_len z Fz)|exists 1%Z; ring].
Qed.
Lemma up_F x : In x ys -> F32 x. Proof. intro I. now apply ys_ok. Qed.
Lemma up_len : (1 <= length ys <= 1024)%nat. Proof. exact (ys_len 96 xs xs_len). Qed.

Section LayerNorm.
Variables K1 T : R.
Hypothesis FK1 : F32 K1.
Hypothesis K1_T : pivot_0 ys K1 /\ T = 0.625 \/ pivot_t emin32 24 ys K1 /\ T = 0.90625 /\ (forall v, (forall x, In x ys -> x = v) -> K1 = v).
Let K := Kfinal ys fused K1 T.

Lemma up_fit : fit ys fused K.
Proof.
apply coarse_fit; [exact ys_ok|exact (FK 96 xs xs_len fused K1 T FK1)|]. destruct (some_in ys ltac:(destruct up_len; lia)) as (v & Iv).
destruct (exists_other ys v) as [All|(y & I & Ne)]; [left|right; exists y, v; repeat split; assumption].
assert (E1 := equal_pivot ys K1 T up_len K1_T v All).
intros x Ix. rewrite (All x Ix). symmetry. exact (constant_final ys fused K1 T v up_F up_len FK1 All E1).
Qed.

Theorem up_good : exists c k, rgood (-149) 24 (RBlock xs (mean_s 96 xs fused K1 T + mean_lo_s 96 xs fused K1 T) (m2_s 96 xs fused K1 T) c k).
Proof. exact (scaled_good 96 xs xs_len fused K1 T xs_F up_F FK1 K1_T up_fit). Qed.
Theorem up_agrees c k : whole32.agrees (RBlock xs (mean_s 96 xs fused K1 T + mean_lo_s 96 xs fused K1 T) (m2_s 96 xs fused K1 T) c k)
  (State (n xs) (mean_s 96 xs fused K1 T) (mean_lo_s 96 xs fused K1 T) 0 (m2_s 96 xs fused K1 T) 0).
Proof. exact (scaled_agrees 96 xs xs_len fused K1 T up_F FK1 (or_introl eq_refl) c k). Qed.
End LayerNorm.

(* RMSNorm: the sum of squares *)
Theorem up_rms : let v := q32 ys fused 0 / (S * S) in F64 v /\ 0 <= v /\ Rabs (v - QQ xs 0) <= b0 * QQ xs 0.
Proof.
cbv zeta. assert (P : 0 < S) by apply bpow_gt_0. assert (SS : 0 < S * S) by now apply Rmult_lt_0_compat.
assert (Ip : 0 < / (S * S)) by now apply Rinv_0_lt_compat.
assert (Tm : tame ys 0 0).
{ right. split; [reflexivity|]. intros z Iz. rewrite Rminus_0_r. destruct (ys_ok z Iz) as (Fz & Mz).
  assert (E : rnd32 z = z) by exact (rnd_id emin32 24 z Fz). rewrite E.
  destruct (Req_dec z 0) as [|Nz]; [now left|right]. apply Rle_trans with (bpow radix2 (-53)); [apply bpow_le; lia|]. now apply mult_least. }
assert (E := rms32 ys up_F up_len fused (or_intror Tm)). assert (Q := times_QQ xs 96 0). rewrite Rmult_0_l in Q. fold ys S in Q. rewrite Q in E.
assert (Fq : F64 (q32 ys fused 0)) by (unfold q32, section2.q, section2.q_lanes, lanes8, fold8; cbn [eval]; apply merge.rnd64_F).
assert (B := b0_range). assert (U := u32_val). change (format.u 24) with u32 in B. assert (Q0 := QQ_pos xs 0).
assert (G : Rabs (q32 ys fused 0 / (S * S) - QQ xs 0) <= b0 * QQ xs 0).
{ replace (q32 ys fused 0 / (S * S) - QQ xs 0) with ((q32 ys fused 0 - QQ xs 0 * (S * S)) * / (S * S)) by (field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ (S * S))) by lra. apply Rmult_le_reg_r with (S * S); [assumption|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. lra. }
repeat split; [|assert (b0 * QQ xs 0 <= 0.001 * QQ xs 0) by (apply Rmult_le_compat_r; lra); assert (X := Rle_abs (- (q32 ys fused 0 / (S * S)
  - QQ xs 0))); rewrite Rabs_Ropp in X; lra|exact G].
unfold Rdiv. replace (/ (S * S)) with (bpow radix2 (- (192))) by (unfold S; rewrite <- bpow_plus, <- bpow_opp; reflexivity).
apply (double_down 192 emin32); [exact Fq|exact (q32_mult ys up_len fused 0)|unfold emin32; lia].
Qed.
End Up.
