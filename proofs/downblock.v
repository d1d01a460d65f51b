(* Section 3 for float, blocks above the range: summed times S = 2^-90, which takes up to 2^-150 of an element; nothing beside what varies. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format trees groups wide look counts32 look32 block32 row merge step mergeops rowscale scaledblock.
Require section2 scale32 anyscale whole32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.

(* what is summed, and what it stands for *)
Definition shrunk (xs : list R) := map (scaled (-90)) xs.
Definition stand_in (x : R) := scaled (-90) x * bpow radix2 90.
Definition stand_ins (xs : list R) := map stand_in xs.

Lemma stand_in_near x : F32 x -> Rabs (stand_in x - x) <= bpow radix2 (-60).
Proof.
intro Fx. assert (E := scaled_err (-90) x Fx). unfold stand_in.
replace (scaled (-90) x * bpow radix2 90 - x) with ((scaled (-90) x - x * bpow radix2 (-90)) * bpow radix2 90).
2: { rewrite Rmult_minus_distr_r, (Rmult_assoc x), <- bpow_plus. simpl (bpow radix2 (-90 + 90)). ring. }
rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 90)) by apply bpow_ge_0.
apply Rle_trans with (eta32 * bpow radix2 90); [apply Rmult_le_compat_r; [apply bpow_ge_0|exact E]|].
unfold eta32. rewrite <- bpow_plus. apply bpow_le. lia.
Qed.
Lemma stand_in_F x : F32 (stand_in x).
Proof.
apply (mul_pow2_F emin32 24); [exact (scaled_F (-90) x)|]. unfold cexp, fexp, FLT_exp, emin32. lia.
Qed.
Lemma shrunk_times xs : times (-90) (stand_ins xs) = shrunk xs.
Proof.
unfold times, stand_ins, shrunk. rewrite map_map. apply map_ext. intro x. unfold stand_in. rewrite Rmult_assoc, <- bpow_plus.
simpl (bpow radix2 (90 + -90)). ring.
Qed.

(* A block whose q is above 2^80 n, or whose squares or sums overflow: its elements are equal, or it is spread out. *)
Definition spread_out xs := bpow radix2 73 <= QQ xs (mean xs) /\ 0.9 * bpow radix2 79 <= QQ xs 0.

(* RMSNorm: the sum of squares of the elements themselves *)
Theorem down_rms xs fused : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> 0.99 * bpow radix2 80 * n xs <= QQ xs 0 ->
  let S := bpow radix2 (-90) in let v := q32 (shrunk xs) fused 0 / (S * S) in F64 v /\ 0 <= v /\ Rabs (v - QQ xs 0) <= b0 * QQ xs 0.
Proof.
intros Fx L A S. cbv zeta. assert (N := n_range xs L). assert (U := u32_val). assert (P : 0 < S) by apply bpow_gt_0.
assert (SS : 0 < S * S) by now apply Rmult_lt_0_compat. set (ys := shrunk xs).
assert (Fy : forall y, In y ys -> F32 y) by (unfold ys, shrunk; intro y; rewrite in_map_iff; intros (z & <- & _); apply scaled_F).
assert (Ly : (1 <= length ys <= 1024)%nat) by (unfold ys, shrunk; now rewrite map_length).
assert (Ny : n ys = n xs) by (unfold n, ys, shrunk; now rewrite map_length).
set (X := QQ xs 0 * (S * S)). set (t := bpow radix2 (-190)). assert (t0 : 0 < t) by apply bpow_gt_0.
(* what the elements lost *)
assert (D : Rabs (QQ ys 0 - X) <= bpow radix2 (-90) * X + n xs * t).
{ unfold X, QQ, ys, shrunk, n. rewrite sum_map, !(Rmult_comm _ (S * S)), <- !sum_scal, (Rmult_comm (INR _)), <- sum_const, <- sum_add.
  replace (sum (fun x => (scaled (-90) x - 0) * (scaled (-90) x - 0)) xs - sum (fun x => S * S * ((x - 0) * (x - 0))) xs) with
    (sum (fun x => (scaled (-90) x - 0) * (scaled (-90) x - 0) + -1 * (S * S * ((x - 0) * (x - 0)))) xs) by (rewrite sum_add, !sum_scal; ring).
  eapply Rle_trans; [apply sum_abs|]. apply sum_le. intros x Ix. rewrite !Rminus_0_r. assert (E : Rabs (scaled (-90) x - x * S) <= eta32) by exact (scaled_err (-90) x (Fx x Ix)).
  set (a := x * S) in *. set (d := scaled (-90) x - a) in *. replace (scaled (-90) x) with (a + d) by (unfold d; ring).
  replace ((a + d) * (a + d) + -1 * (S * S * (x * x))) with (d * (2 * a + d)) by (unfold a; ring).
  replace (bpow radix2 (-90) * (S * S * (x * x))) with (bpow radix2 (-90) * (a * a)) by (unfold a; ring). rewrite Rabs_mult.
  set (w := bpow radix2 50). assert (w1 : 1 <= w) by (unfold w; simpl; lra). set (i := bpow radix2 (-50)).
  assert (wi : w * i = 1) by (unfold w, i; rewrite <- bpow_plus; reflexivity). assert (i0 : 0 < i) by apply bpow_gt_0.
  assert (A2 : Rabs (2 * a + d) <= w * (a * a) + i + eta32).
  { eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq 2) by lra.
    assert (Y := Rle_0_sqr (w * Rabs a - 1)). unfold Rsqr in Y. assert (Z : Rabs a * Rabs a = a * a) by (rewrite <- Rabs_mult;
    apply Rabs_pos_eq, Rle_0_sqr). assert (2 * Rabs a <= w * (a * a) + i).
    { apply Rmult_le_reg_l with w; [lra|]. replace (w * (w * (a * a) + i)) with (w * w * (a * a) + 1) by (replace 1 with (w * i) by exact wi; ring).
      rewrite <- Z. lra. } lra. }
  apply Rle_trans with (eta32 * (w * (a * a) + i + eta32)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|].
  assert (ew : eta32 * w <= bpow radix2 (-90)) by (unfold eta32, w; rewrite <- bpow_plus; apply bpow_le; lia).
  assert (a2 : 0 <= a * a) by apply Rle_0_sqr. assert (eta32 * w * (a * a) <= bpow radix2 (-90) * (a * a)) by (apply Rmult_le_compat_r; lra).
  assert (ei : eta32 * (i + eta32) <= t).
  { apply Rle_trans with (eta32 * bpow radix2 (-49)); [|unfold eta32, t; rewrite <- bpow_plus; apply bpow_le; lia].
    apply Rmult_le_compat_l; [apply bpow_ge_0|]. replace (bpow radix2 (-49)) with (2 * i) by (unfold i; change 2 with (bpow radix2 1);
    now rewrite <- bpow_plus). assert (eta32 <= i) by (unfold eta32, i; apply bpow_le; lia). lra. } lra. }
assert (X100 : 0.99 * bpow radix2 (-100) * n xs <= X).
{ replace (0.99 * bpow radix2 (-100) * n xs) with (0.99 * bpow radix2 80 * n xs * (S * S)); [apply Rmult_le_compat_r; lra|].
  replace (bpow radix2 (-100)) with (bpow radix2 80 * (S * S)) by (unfold S; rewrite <- !bpow_plus; reflexivity). ring. }
assert (t100 : t <= bpow radix2 (-85) * bpow radix2 (-100)) by (unfold t; rewrite <- bpow_plus; apply bpow_le; lia).
assert (p85 := bpow_gt_0 radix2 (-85)). assert (p100 := bpow_gt_0 radix2 (-100)).
assert (nt : n xs * t <= 1.1 * bpow radix2 (-85) * X).
{ apply Rle_trans with (n xs * (bpow radix2 (-85) * bpow radix2 (-100))); [apply Rmult_le_compat_l; lra|].
  assert (bpow radix2 (-85) * (0.99 * bpow radix2 (-100) * n xs) <= bpow radix2 (-85) * X) by (apply Rmult_le_compat_l; lra).
  assert (0 <= bpow radix2 (-85) * (bpow radix2 (-100) * n xs)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]). lra. }
assert (X0 : 0 <= X) by (apply Rmult_le_pos; [apply QQ_pos|lra]).
assert (D2 : Rabs (QQ ys 0 - X) <= 0.00000001 * u32 * X).
{ eapply Rle_trans; [exact D|]. assert (bpow radix2 (-90) * X <= bpow radix2 (-85) * X) by (apply Rmult_le_compat_r; [exact X0|apply bpow_le; lia]).
  assert (2.1 * bpow radix2 (-85) * X <= 0.00000001 * u32 * X) by (apply Rmult_le_compat_r; [exact X0|rewrite U; simpl; lra]). lra. }
assert (uX : 0 <= u32 * X) by (apply Rmult_le_pos; lra).
assert (Lo := Rle_abs (- (QQ ys 0 - X))). rewrite Rabs_Ropp in Lo. assert (Hi := Rle_abs (QQ ys 0 - X)).
assert (sm : 0.00000001 * u32 * X <= 0.000001 * X) by (apply Rmult_le_compat_r; lra).
assert (Av : 0.98 * bpow radix2 (-100) * n ys <= QQ ys 0).
{ rewrite Ny. assert (0 <= bpow radix2 (-100) * n xs) by (apply Rmult_le_pos; lra). lra. }
assert (E := rms32_above ys Fy Ly fused Av). assert (B := proj1 bK_0).
assert (Q0 := QQ_pos xs 0). assert (b0r := b0_range). change (format.u 24) with u32 in b0r.
assert (Bs := bK_small ys Ly 0).
assert (G : Rabs (q32 ys fused 0 - X) <= b0 * X).
{ replace (q32 ys fused 0 - X) with ((q32 ys fused 0 - QQ ys 0) + (QQ ys 0 - X)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (C : (bK 0 + u32 / 310000) * QQ ys 0 <= (bK 0 + u32 / 310000) * (X + 0.00000001 * u32 * X)) by (apply Rmult_le_compat_l; lra).
  assert (C2 : (bK 0 + u32 / 310000) * (0.00000001 * u32 * X) <= 1 * (0.00000001 * u32 * X)) by (apply Rmult_le_compat_r; lra).
  assert (C3 : (bK 0 + u32 / 300000) * X <= b0 * X) by (apply Rmult_le_compat_r; lra). lra. }
assert (Gv : Rabs (q32 ys fused 0 / (S * S) - QQ xs 0) <= b0 * QQ xs 0).
{ replace (q32 ys fused 0 / (S * S) - QQ xs 0) with ((q32 ys fused 0 - X) * / (S * S)) by (unfold X; field; lra).
  assert (Ip : 0 < / (S * S)) by now apply Rinv_0_lt_compat.
  rewrite Rabs_mult, (Rabs_pos_eq (/ (S * S))) by lra. apply Rmult_le_reg_r with (S * S); [assumption|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. fold X. unfold X in *. lra. }
assert (Fq : F64 (q32 ys fused 0)) by (unfold q32, section2.q, section2.q_lanes, lanes8, fold8; cbn [eval]; apply merge.rnd64_F).
repeat split; [|assert (b0 * QQ xs 0 <= 0.001 * QQ xs 0) by (apply Rmult_le_compat_r; lra); assert (Z := Rle_abs (- (q32 ys fused 0 / (S * S)
  - QQ xs 0))); rewrite Rabs_Ropp in Z; lra|exact Gv].
unfold Rdiv. replace (/ (S * S)) with (bpow radix2 180) by (unfold S; rewrite <- bpow_plus, <- bpow_opp; reflexivity).
apply anyscale.double_up; [lia|exact Fq].
Qed.

Section Down.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Hypothesis above : (exists v, forall x, In x xs -> x = v) \/ spread_out xs.
Let ys := shrunk xs.

Lemma shrunk_F x : In x ys -> F32 x.
Proof. unfold ys, shrunk. rewrite in_map_iff. intros (z & <- & _). apply scaled_F. Qed.
Lemma shrunk_len : (1 <= length ys <= 1024)%nat. Proof. unfold ys, shrunk. now rewrite map_length. Qed.

(* squares about any number, against those of the elements themselves *)
Lemma shrunk_QQ c : 0.99 * QQ (times (-90) xs) c - bpow radix2 (-200) <= QQ ys c.
Proof.
assert (N := n_range xs xs_len). set (t := bpow radix2 (-220)). assert (t0 : 0 < t) by apply bpow_gt_0.
apply Rle_trans with (0.99 * QQ (times (-90) xs) c - n xs * t).
{ assert (n xs * t <= bpow radix2 (-200)); [|lra]. apply Rle_trans with (bpow radix2 20 * t).
  - apply Rmult_le_compat_r; [lra|]. simpl. lra.
  - unfold t. rewrite <- bpow_plus. apply bpow_le. lia. }
unfold QQ, ys, shrunk, times, n. rewrite !sum_map. rewrite <- sum_scal, (Rmult_comm (INR _)), <- sum_const.
cut (sum (fun x => 0.99 * ((x * bpow radix2 (-90) - c) * (x * bpow radix2 (-90) - c))) xs <=
  sum (fun x => (scaled (-90) x - c) * (scaled (-90) x - c)) xs + sum (fun _ => t) xs); [intro X; lra|].
rewrite <- sum_add. apply sum_le. intros x Ix. assert (D := scaled_err (-90) x (xs_F x Ix)).
set (a := x * bpow radix2 (-90)) in *. set (b := scaled (-90) x) in *.
assert (D2 : (b - a) * (b - a) <= eta32 * eta32).
{ replace ((b - a) * (b - a)) with (Rabs (b - a) * Rabs (b - a)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  apply Rmult_le_compat; try apply Rabs_pos; exact D. }
assert (E2 : 100 * (eta32 * eta32) <= t).
{ unfold eta32, t. rewrite <- bpow_plus. apply Rle_trans with (bpow radix2 7 * bpow radix2 (-150 + -150)).
  - apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
  - rewrite <- bpow_plus. apply bpow_le. lia. }
(* 0.99 (a - c)^2 <= (b - c)^2 + 99 (b - a)^2 *)
assert (Y := Rle_0_sqr ((b - c) + 99 * (b - a))). unfold Rsqr in Y. lra.
Qed.

Variable fused : bool.
Variables K1 T : R.
Hypothesis FK1 : F32 K1.
Hypothesis K1_T : pivot_0 ys K1 /\ T = 0.625 \/ pivot_t emin32 24 ys K1 /\ T = 0.90625 /\ (forall v, (forall x, In x ys -> x = v) -> K1 = v).
Let K := Kfinal ys fused K1 T.

Lemma down_fit : fit ys fused K.
Proof.
right. destruct above as [(v & All)|(A & B)].
- left. right. split; [reflexivity|]. intros x Ix. left.
  assert (Ay : forall y, In y ys -> y = scaled (-90) v).
  { unfold ys, shrunk. intro y. rewrite in_map_iff. intros (z & <- & Iz). now rewrite (All z Iz). }
  assert (E1 : K1 = scaled (-90) v) by exact (equal_pivot ys K1 T shrunk_len K1_T _ Ay).
  rewrite (Ay x Ix). unfold K. rewrite (constant_final ys fused K1 T _ shrunk_F shrunk_len FK1 Ay E1).
  rewrite Rminus_diag_eq by reflexivity. exact (rnd_0 emin32 24).
- right. assert (U := u32_val). set (S := bpow radix2 (-90)).
  assert (t200 : bpow radix2 (-200) <= 0.001 * bpow radix2 (-107)).
  { apply Rle_trans with (bpow radix2 (-10) * bpow radix2 (-107)); [rewrite <- bpow_plus; apply bpow_le; lia|].
    apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra]. }
  assert (E : bpow radix2 (-107) = 8796093022208 * eta32).
  { unfold eta32. change (-107)%Z with (43 + -150)%Z. rewrite bpow_plus. f_equal; simpl; lra. }
  assert (Eq : bpow radix2 73 * (S * S) = bpow radix2 (-107)) by (unfold S; rewrite <- !bpow_plus; reflexivity).
  assert (Eq2 : bpow radix2 79 * (S * S) = 64 * bpow radix2 (-107)).
  { unfold S. rewrite <- !bpow_plus. change 64 with (bpow radix2 6). rewrite <- bpow_plus. reflexivity. }
  assert (SS : 0 <= S * S) by apply Rle_0_sqr. assert (e0 : 0 < eta32) by apply bpow_gt_0.
  unfold slack. destruct (Req_EM_T K 0) as [Z|Nz].
  + assert (Q := shrunk_QQ 0). assert (X := times_QQ xs (-90) 0). rewrite Rmult_0_l in X. fold S in X. rewrite X in Q.
    assert (C : 0.9 * bpow radix2 79 * (S * S) <= QQ xs 0 * (S * S)) by (apply Rmult_le_compat_r; assumption).
    rewrite Z, U. apply Rle_trans with (0.00008 * / 16777216 * (57 * (8796093022208 * eta32))); [lra|]. apply Rmult_le_compat_l; lra.
  + assert (Q := shrunk_QQ (mean ys)). assert (X := QQ_eq (times (-90) xs) ltac:(rewrite times_len; exact xs_len) (mean ys)).
    assert (Y := sig_sqr (times (-90) xs) ltac:(rewrite times_len; exact xs_len)). rewrite Rmult_plus_distr_l, Y in X.
    rewrite (times_mean xs xs_len (-90)), (times_QQ xs (-90)) in X. fold S in X.
    assert (P : 0 <= n (times (-90) xs) * ((mean xs * S - mean ys) * (mean xs * S - mean ys))).
    { apply Rmult_le_pos; [|apply Rle_0_sqr]. rewrite times_n. assert (N := n_range xs xs_len). lra. }
    assert (C : bpow radix2 73 * (S * S) <= QQ xs (mean xs) * (S * S)) by (apply Rmult_le_compat_r; assumption).
    assert (Z1 := QQ_eq ys shrunk_len K). assert (Z2 := sig_sqr ys shrunk_len). rewrite Rmult_plus_distr_l, Z2 in Z1.
    assert (P2 : 0 <= n ys * ((mean ys - K) * (mean ys - K))).
    { apply Rmult_le_pos; [|apply Rle_0_sqr]. assert (N := n_range ys shrunk_len). lra. }
    rewrite U. apply Rle_trans with (0.004 * / 16777216 * (0.98 * (8796093022208 * eta32))); [lra|]. apply Rmult_le_compat_l; lra.
Qed.

(* the moments as section 3 gives them, of the elements that stand in for those of xs *)
Theorem down_good : exists c k, rgood (-149) 24 (RBlock (stand_ins xs) (mean_s (-90) (stand_ins xs) fused K1 T + mean_lo_s (-90) (stand_ins xs)
  fused K1 T) (m2_s (-90) (stand_ins xs) fused K1 T) c k).
Proof.
apply scaled_good; try rewrite shrunk_times; try assumption.
- unfold stand_ins. now rewrite map_length.
- intros x. unfold stand_ins. rewrite in_map_iff. intros (z & <- & _). apply stand_in_F.
- exact shrunk_F.
- exact down_fit.
Qed.
Theorem down_agrees c k : whole32.agrees (RBlock (stand_ins xs) (mean_s (-90) (stand_ins xs) fused K1 T + mean_lo_s (-90) (stand_ins xs) fused K1
  T) (m2_s (-90) (stand_ins xs) fused K1 T) c k) (State (n (stand_ins xs)) (mean_s (-90) (stand_ins xs) fused K1 T) (mean_lo_s (-90) (stand_ins
  xs) fused K1 T) 0 (m2_s (-90) (stand_ins xs) fused K1 T) 0).
Proof.
apply scaled_agrees; try rewrite shrunk_times; try assumption.
- unfold stand_ins. now rewrite map_length.
- exact shrunk_F.
- now right.
Qed.
End Down.

(* a block that is spread out makes its row vary *)
Lemma stand_ins_spread xs : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> spread_out xs ->
  bpow radix2 72 <= QQ (stand_ins xs) (mean (stand_ins xs)).
Proof.
intros Fx L (A & _). set (S := bpow radix2 (-90)). assert (P : 0 < S) by apply bpow_gt_0. assert (N := n_range xs L).
assert (Ls : (1 <= length (stand_ins xs) <= 1024)%nat) by (unfold stand_ins; now rewrite map_length).
set (m := mean (stand_ins xs)). assert (Q := shrunk_QQ xs Fx L (m * S)).
assert (E := times_QQ (stand_ins xs) (-90) m). rewrite shrunk_times in E. fold S in E. rewrite E in Q.
assert (E2 := times_QQ xs (-90) m). fold S in E2. rewrite E2 in Q.
assert (Z := QQ_eq xs L m). assert (Z2 := sig_sqr xs L). rewrite Rmult_plus_distr_l, Z2 in Z.
assert (Z3 : 0 <= n xs * ((mean xs - m) * (mean xs - m))) by (apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
assert (SS : 0 < S * S) by now apply Rmult_lt_0_compat.
assert (T : bpow radix2 (-200) = bpow radix2 (-20) * (S * S)) by (unfold S; rewrite <- !bpow_plus; reflexivity).
assert (B : 0.99 * QQ xs m - bpow radix2 (-20) <= QQ (stand_ins xs) m).
{ apply Rmult_le_reg_r with (S * S); [assumption|]. rewrite T in Q. lra. }
assert (b20 : bpow radix2 (-20) <= 1) by (apply Rle_trans with (bpow radix2 0); [apply bpow_le; lia|simpl; lra]).
assert (b72 : bpow radix2 73 = 2 * bpow radix2 72) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
assert (b72l : 1000 <= bpow radix2 72) by (apply Rle_trans with (bpow radix2 10); [simpl; lra|apply bpow_le; lia]). lra.
Qed.

Lemma row_varies (r : list rblock) b : (forall b, In b r -> rgood (-149) 24 b) -> r <> [] -> row.cols r <= bpow radix2 40 -> In b r ->
  bpow radix2 72 <= QQ (bx b) (mean (bx b)) -> 1 <= row.sigma r.
Proof.
intros G Ne C Ib A. assert (C1 := float32.cols_1 r G Ne). assert (S2 := sigma_sqr (-149) 24 r G Ne). fold (row.cols r) (row.sigma r) in S2.
assert (M := M2_elements (-149) 24 r G). assert (s0 : 0 <= row.sigma r) by apply sqrt_pos. destruct (G b Ib) as (L & _).
assert (Z := QQ_eq (bx b) L (row.mu r)). assert (Z2 := sig_sqr (bx b) L). rewrite Rmult_plus_distr_l, Z2 in Z.
assert (Z3 : 0 <= n (bx b) * ((mean (bx b) - row.mu r) * (mean (bx b) - row.mu r))).
{ apply Rmult_le_pos; [assert (N := n_range (bx b) L); lra|apply Rle_0_sqr]. }
assert (H := sum_pos_in (fun b => QQ (bx b) (row.mu r)) r b (fun b _ => QQ_pos (bx b) (row.mu r)) Ib). cbv beta in H. rewrite <- M in H.
apply le_of_sqr; [lra|]. rewrite Rmult_1_r. apply Rmult_le_reg_l with (row.cols r); [lra|]. rewrite Rmult_1_r, S2.
assert (bpow radix2 40 <= bpow radix2 72) by (apply bpow_le; lia). lra.
Qed.
