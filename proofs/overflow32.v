(* No float of sections 2 and 3 overflows, but where the theorems say so: exponents are unbounded in format.v, and this is why that does not matter. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format trees groups section2 wide look counts32 look32 block32 rowscale scaledblock downblock aboveblock everyblock tinymean.
Require pivot.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.

(* -- every node of a tree of floats -- *)
Definition add32 := nadd emin32 24.
Fixpoint leaves (P : R -> Prop) (t : tree R) : Prop := match t with Leaf _ _ _ s => P s | Node a b => leaves P a /\ leaves P b end.
Fixpoint nodes (P : R -> Prop) (t : tree R) : Prop :=
  match t with Leaf _ _ _ s => P s | Node a b => P (eval R add32 (Node a b)) /\ nodes P a /\ nodes P b end.
Definition below (e : Z) (s : R) := Rabs s <= bpow radix2 e.
Lemma below_le e f s : (e <= f)%Z -> below e s -> below f s.
Proof. intros H B. eapply Rle_trans; [exact B|now apply bpow_le]. Qed.
Lemma nodes_le e f t : (e <= f)%Z -> nodes (below e) t -> nodes (below f) t.
Proof.
intro H. induction t as [x m B s|a IHa b IHb]; [now apply below_le|]. intros (A & B & C). split; [now apply (below_le e)|]. split; auto.
Qed.
Lemma nodes_top P t : nodes P t -> P (eval R add32 t). Proof. destruct t; simpl; [easy|tauto]. Qed.
Lemma add_below e a b : (-149 <= e)%Z -> below e a -> below e b -> below (e + 1) (add32 a b).
Proof.
intros He A B. unfold add32, nadd. apply (rnd_within emin32 24); [lia|unfold emin32; lia|]. rewrite bpow_plus. change (bpow radix2 1) with 2.
unfold below in *. eapply Rle_trans; [apply Rabs_triang|lra].
Qed.
Lemma tree_below f t : forall h, (-149 <= f)%Z -> leaves (below f) t -> (height t <= h)%nat -> nodes (below (f + Z.of_nat h)) t.
Proof.
induction t as [x m B s|a IHa b IHb]; intros h Hf L H; [apply (below_le f); [lia|exact L]|]. destruct L as (La & Lb). simpl in H.
destruct h as [|h]; [lia|]. assert (A := IHa h Hf La ltac:(lia)). assert (B := IHb h Hf Lb ltac:(lia)).
split; [|split; (eapply nodes_le; [|eassumption]); lia].
replace (f + Z.of_nat (S h))%Z with (f + Z.of_nat h + 1)%Z by lia. simpl. apply add_below; [lia|now apply nodes_top|now apply nodes_top].
Qed.

(* -- a look whose deviations are 2^62 at most: no float of section 2 is beyond 2^127; the largest float is nearly 2^128 -- *)
Definition calm (xs : list R) (K : R) := forall x, In x xs -> Rabs (x - K) <= bpow radix2 62.
Definition r_tree32 xs K j l := r_tree (rleaf 24 (devs xs K) (kd K)) (64 * j) l.
Definition q_tree32 xs K (fused : bool) j l :=
  q_tree (qX emin32 24 (devs xs K) (kd K) fused eta32) (qY emin32 24 (devs xs K) (kd K) eta32) (64 * j) l.

Lemma dev_below xs K i : calm xs K -> below 62 (snd (nth i (devs xs K) (0, 0))).
Proof.
intro C. destruct (nth_in_or_default i (devs xs K) (0, 0)) as [I|E].
- unfold devs in *. rewrite in_map_iff in I. destruct I as (x & Ex & I). rewrite <- Ex. cbn [snd]. apply (rnd_within emin32 24); [lia|unfold emin32; lia|].
  now apply C.
- rewrite E. unfold below. cbn [snd]. rewrite Rabs_R0. apply bpow_ge_0.
Qed.
Lemma square_below v : below 62 v -> below 124 (v * v) /\ below 124 (rnd32 (v * v)).
Proof.
intro H. assert (B : below 124 (v * v)).
{ unfold below in *. rewrite Rabs_mult. change 124%Z with (62 + 62)%Z. rewrite bpow_plus. apply Rmult_le_compat; try apply Rabs_pos; assumption. }
split; [exact B|]. apply (rnd_within emin32 24); [lia|unfold emin32; lia|exact B].
Qed.

Theorem calm_look xs K fused : calm xs K -> forall j l, nodes (below 127) (r_tree32 xs K j l) /\ nodes (below 127) (q_tree32 xs K fused j l).
Proof.
intros C j l. assert (D := fun i => dev_below xs K i C). assert (Sq := fun i => square_below _ (D i)). split.
- apply (nodes_le (62 + Z.of_nat 2)); [lia|]. apply tree_below; [lia| |simpl; lia]. simpl. repeat split; apply D.
- change 127%Z with (124 + Z.of_nat 3)%Z. apply tree_below; [lia| |simpl; lia].
  assert (X : forall i, leaves (below 124) (qX emin32 24 (devs xs K) (kd K) fused eta32 i)) by (intro i; simpl; destruct fused; apply Sq).
  assert (Y : forall i, leaves (below 124) (qY emin32 24 (devs xs K) (kd K) eta32 i)) by (intro i; simpl; apply Sq).
  unfold q_tree32, q_tree, q_pair. repeat split; (apply X || apply Y).
Qed.

(* the sum of the first pivot *)
Lemma halve_below i : forall g (f : nat -> tree R), (-149 <= g)%Z -> (forall l, nodes (below g) (f l)) ->
  nodes (below (g + Z.of_nat i)) (pivot.halve Node i f).
Proof.
induction i as [|i IH]; intros g f Hg H; [rewrite Z.add_0_r; apply H|]. simpl pivot.halve.
replace (g + Z.of_nat (S i))%Z with (g + 1 + Z.of_nat i)%Z by lia. apply IH; [lia|]. intro l. assert (A := H l). assert (B := H (l + 2 ^ i)%nat).
split; [simpl; apply add_below; [exact Hg|now apply nodes_top|now apply nodes_top]|split; (eapply nodes_le; [|eassumption]); lia].
Qed.
Theorem calm_pivot xs e j : (-149 <= e)%Z -> (forall x, In x xs -> Rabs x <= bpow radix2 e) -> (j <= 5)%nat ->
  nodes (below (e + 5)) (pivot.htree xs j).
Proof.
intros He H Hj. apply (nodes_le (e + Z.of_nat j)); [lia|]. apply halve_below; [exact He|]. intro l. simpl.
destruct (nth_in_or_default l xs 0) as [I|E]; [now apply H|rewrite E; unfold below; rewrite Rabs_R0; apply bpow_ge_0].
Qed.

Section Looks.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F32 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.

Lemma QQ_upper K c : F32 K -> q32 xs fused K <= c * n xs -> bpow radix2 (-80) <= c -> QQ xs K <= 1.001 * c * n xs.
Proof.
intros FK H C. assert (E := q32_err xs xs_F xs_len fused K eta32 FK (or_introl eq_refl)). assert (Bk := bK_small xs xs_len K). assert (U := u32_val).
assert (N := n_range xs xs_len). assert (Q0 := QQ_pos xs K). assert (B : bK K * QQ xs K <= 0.0001 * QQ xs K) by (apply Rmult_le_compat_r; lra).
assert (X := Rle_abs (- (q32 xs fused K - QQ xs K))). rewrite Rabs_Ropp in X. assert (P := bpow_gt_0 radix2 (-80)).
assert (e1 : 1923 * eta32 <= 0.0001 * bpow radix2 (-80)).
{ unfold eta32. change (-150)%Z with (-70 + -80)%Z. rewrite bpow_plus, <- Rmult_assoc. apply Rmult_le_compat_r; [lra|simpl; lra]. }
assert (c * 1 <= c * n xs) by (apply Rmult_le_compat_l; lra). lra.
Qed.

(* unless q is above the range, or an element is large, the first try is calm, in either look *)
Theorem first_try_calm K : F32 K -> q32 xs fused K <= bpow radix2 80 * n xs -> calm xs K.
Proof.
intros FK H x I. assert (Q := QQ_upper K (bpow radix2 80) FK H ltac:(apply bpow_le; lia)). assert (N := n_range xs xs_len).
assert (P := bpow_gt_0 radix2 80). assert (S : (x - K) * (x - K) <= QQ xs K) by (apply (sum_pos_in (fun x => (x - K) * (x - K)) xs x);
  [intros; apply Rle_0_sqr|exact I]).
apply Rle_trans with (bpow radix2 46); [|apply bpow_le; lia]. apply abs_le_of_sqr; [apply bpow_ge_0|]. eapply Rle_trans; [exact S|].
eapply Rle_trans; [exact Q|]. rewrite <- bpow_plus. change (46 + 46)%Z with (12 + 80)%Z. rewrite bpow_plus.
assert (bpow radix2 80 * n xs <= bpow radix2 80 * 1024) by (apply Rmult_le_compat_l; lra). change (bpow radix2 12) with 4096. lra.
Qed.

(* both pivots of a list are nearly among it *)
Lemma both_near K1 T lo hi : F32 K1 -> among xs K1 -> In lo xs -> In hi xs -> (forall x, In x xs -> lo <= x <= hi) ->
  forall K, K = K1 \/ K = Kfinal xs fused K1 T -> forall x, In x xs -> Rabs (x - K) <= 1.00001 * (hi - lo).
Proof.
intros FK Am Il Ih Rg K HK x I. assert (R1 := Am lo hi (xs_F lo Il) (xs_F hi Ih) Rg). assert (W0 := W_pos xs lo hi Il Rg).
assert (S := second_near xs xs_F xs_len lo hi Il Ih Rg K1 FK R1). fold (K2 xs K1) in S.
assert (B : lo - 0.00001 * (hi - lo) <= K <= hi + 0.00001 * (hi - lo)).
{ destruct HK as [-> | ->]; [lra|]. unfold Kfinal. destruct (Rlt_dec _ _); lra. }
assert (Rx := Rg x I). unfold Rabs. destruct (Rcase_abs _); lra.
Qed.
End Looks.

(* times 2^-90: every finite block *)
Theorem down_calm xs fused K1 T : (1 <= length xs <= 1024)%nat -> (forall x, In x xs -> F32 x /\ Rabs x < bpow radix2 128) ->
  first_pivot (map (scaled (-90)) xs) K1 T -> (forall y, In y (map (scaled (-90)) xs) -> Rabs y <= bpow radix2 38) /\
  forall K, K = K1 \/ K = Kfinal (map (scaled (-90)) xs) fused K1 T -> calm (map (scaled (-90)) xs) K.
Proof.
intros L Fx P. set (ys := map (scaled (-90)) xs) in *. assert (Fy : forall y, In y ys -> F32 y) by exact (shrunk_F xs).
assert (Ly : (1 <= length ys <= 1024)%nat) by exact (shrunk_len xs L).
assert (Y : forall y, In y ys -> Rabs y <= bpow radix2 38).
{ intro y. unfold ys. rewrite in_map_iff. intros (x & <- & I). destruct (Fx x I) as (_ & Bx). apply rnd32_within; [lia|].
  rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 (-90))) by apply bpow_ge_0. change 38%Z with (128 + -90)%Z. rewrite bpow_plus.
  apply Rmult_le_compat_r; [apply bpow_ge_0|lra]. }
split; [exact Y|]. destruct (first_pivot_ok ys K1 T Fy Ly P) as (FK & Am & _).
destruct (least_and_largest ys ltac:(lia)) as (lo & hi & Il & Ih & Rg). intros K HK y I.
eapply Rle_trans; [exact (both_near ys Fy Ly fused K1 T lo hi FK Am Il Ih Rg K HK y I)|].
assert (A := Y lo Il). assert (B := Y hi Ih). assert (X1 := Rle_abs hi). assert (X2 := Rle_abs (- lo)). rewrite Rabs_Ropp in X2.
apply Rle_trans with (4 * bpow radix2 38); [assert (Z := bpow_gt_0 radix2 38); lra|].
change 4 with (bpow radix2 2). rewrite <- bpow_plus. apply bpow_le. lia.
Qed.

(* times 2^96: every block whose q is below the range and whose elements are not equal *)
Theorem up_calm xs fused K K1 T a b : (forall x, In x xs -> F32 x) -> (1 <= length xs <= 1024)%nat -> F32 K ->
  q32 xs fused K <= bpow radix2 (-80) * n xs -> In a xs -> In b xs -> a <> b -> first_pivot (map (scaled 96) xs) K1 T ->
  (forall y, In y (map (scaled 96) xs) -> Rabs y <= bpow radix2 87) /\
  forall K', K' = K1 \/ K' = Kfinal (map (scaled 96) xs) fused K1 T -> calm (map (scaled 96) xs) K'.
Proof.
intros Fx L FK Hq Ia Ib Nab P. assert (N := n_range xs L). assert (Q := QQ_upper xs Fx L fused K (bpow radix2 (-80)) FK Hq (Rle_refl _)).
assert (Ey : map (scaled 96) xs = times 96 xs) by (apply map_ext_in; intros x I; apply scaled_up; [lia|now apply Fx]). rewrite Ey in *.
destruct (least_and_largest xs ltac:(lia)) as (lo & hi & Il & Ih & Rg). set (W := hi - lo).
assert (Wp : 0 < W) by (assert (A := Rg a Ia); assert (B := Rg b Ib); unfold W; lra). set (S := bpow radix2 96). assert (Sp : 0 < S) by apply bpow_gt_0.
assert (P70 : bpow radix2 (-70) = 1024 * bpow radix2 (-80)) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
assert (P80 := bpow_gt_0 radix2 (-80)).
assert (W2 : W * W <= 2.003 * bpow radix2 (-70)).
{ assert (Sd := two_spread xs K hi lo Ih Il ltac:(unfold W in Wp; lra)). fold W in Sd.
  assert (bpow radix2 (-80) * n xs <= bpow radix2 (-80) * 1024) by (apply Rmult_le_compat_l; lra). lra. }
(* elements that differ by so little are small *)
assert (Sm : forall x, In x xs -> Rabs x <= bpow radix2 (-9)).
{ intros x I. destruct (Rle_or_lt (Rabs x) (bpow radix2 (-9))) as [|G]; [assumption|exfalso].
  assert (P9 := bpow_gt_0 radix2 (-9)). assert (Wm : W <= bpow radix2 (-34)).
  { apply le_of_sqr; [apply bpow_ge_0|]. rewrite <- bpow_plus. change (-34 + -34)%Z with (2 + -70)%Z. rewrite bpow_plus. change (bpow radix2 2) with 4.
    assert (Z := bpow_gt_0 radix2 (-70)). lra. }
  assert (T10 : bpow radix2 (-9) = 2 * bpow radix2 (-10)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  assert (T34 : bpow radix2 (-34) <= bpow radix2 (-10)) by (apply bpow_le; lia).
  assert (Gm : forall z, In z xs -> mult (-33) z).
  { intros z Iz. apply (F_mult emin32 24); [now apply Fx|unfold emin32; lia|left]. change (-33 + 24 - 1)%Z with (-10)%Z.
    assert (Rx := Rg x I). assert (Rz := Rg z Iz). assert (Tr : Rabs x <= Rabs (x - z) + Rabs z).
    { replace x with ((x - z) + z) at 1 by ring. apply Rabs_triang. }
    assert (Rabs (x - z) <= W) by (unfold W, Rabs; destruct (Rcase_abs _); lra). lra. }
  assert (M := mult_least (-33) W (mult_sub _ _ _ (Gm hi Ih) (Gm lo Il)) ltac:(lra)). rewrite (Rabs_pos_eq W) in M by lra.
  assert (bpow radix2 (-34) < bpow radix2 (-33)) by (apply bpow_lt; lia). lra. }
split.
{ intro y. unfold times. rewrite in_map_iff. intros (x & <- & I). rewrite Rabs_mult, (Rabs_pos_eq (bpow radix2 96)) by apply bpow_ge_0.
  change 87%Z with (-9 + 96)%Z. rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|now apply Sm]. }
destruct (first_pivot_ok _ K1 T (up_F xs Fx L) (up_len xs L) P) as (FK1 & Am & _).
assert (In' : forall x, In x xs -> In (x * S) (times 96 xs)) by (intros x I; exact (in_map (fun x => x * bpow radix2 96) xs x I)).
assert (Rg' : forall y, In y (times 96 xs) -> lo * S <= y <= hi * S).
{ intro y. unfold times. rewrite in_map_iff. intros (x & <- & I). assert (R := Rg x I). fold S. split; apply Rmult_le_compat_r; lra. }
intros K' HK y I.
eapply Rle_trans; [exact (both_near (times 96 xs) (up_F xs Fx L) (up_len xs L) fused K1 T (lo * S) (hi * S) FK1 Am (In' lo Il) (In' hi Ih) Rg' K'
  HK y I)|]. replace (hi * S - lo * S) with (W * S) by (unfold W; ring).
apply le_of_sqr; [apply bpow_ge_0|]. rewrite <- bpow_plus. change (62 + 62)%Z with (2 + -70 + (96 + 96))%Z. rewrite !bpow_plus. fold S.
change (bpow radix2 2) with 4. assert (SS : 0 < S * S) by now apply Rmult_lt_0_compat.
assert (P7 := bpow_gt_0 radix2 (-70)).
replace (1.00001 * (W * S) * (1.00001 * (W * S))) with (1.00001 * 1.00001 * (W * W) * (S * S)) by ring. apply Rmult_le_compat_r; lra.
Qed.
