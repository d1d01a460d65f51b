(* dgamma and dbeta of columns that share a parameter, section 11: up to 2^30 rows and 2^30 columns, within the constants of one column. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_columns.
Local Open Scope R_scope.

(* To a block of rows comes, for each run of four rows and each block of 1024 columns, the sum of the columns that share, in eight lanes.
   Leaf (b, (q, i)): block of rows b, addition q to it (of a run and a block of columns), column i of those. A column that does not share, or
   is past the end, has dn = 0. *)
Section Shape.
Variable per_lane : nat.
Hypothesis a_block : (per_lane <= 128)%nat.
Definition lane_of b q l : tree (option place) := in_order per_lane (fun j => Leaf (Some (b, (q, 8 * j + l)%nat))).
Definition columns_of b q : tree (option place) := halve 1 (halve 2 (halve 4 (lane_of b q))) 0.
Definition shared n additions := in_order (S n) (fun b => match b with O => Leaf None | S k => in_order additions (columns_of k) end).

Lemma height_columns_of b q : (height _ (columns_of b q) <= 131)%nat.
Proof.
unfold columns_of. change 131%nat with (S (S (S 128))). do 3 apply height_halve. intro l. unfold lane_of.
apply Nat.le_trans with (per_lane + 0)%nat; [| lia]. apply height_in_order. intro j. reflexivity.
Qed.
Lemma height_shared n k : (height _ (shared n k) <= n + k + 132)%nat.
Proof.
unfold shared. replace (n + k + 132)%nat with (S n + (k + 131))%nat by lia. apply height_in_order.
intros [| b]; [cbn; lia |]. apply height_in_order. intro q. apply height_columns_of.
Qed.
Lemma by_eights f k : sum k (fun j => f (8 * j + 0)%nat + f (8 * j + 4)%nat + (f (8 * j + 2)%nat + f (8 * j + 6)%nat) +
	(f (8 * j + 1)%nat + f (8 * j + 5)%nat + (f (8 * j + 3)%nat + f (8 * j + 7)%nat))) = sum (8 * k) f.
Proof.
clear a_block. induction k as [| k IH]; [reflexivity |]. replace (8 * S k)%nat with (8 * k + 8)%nat by lia. rewrite sum_app, <- IH. cbn [sum].
generalize (8 * k)%nat. intro p. cbn. ring.
Qed.
Lemma leaves_columns_of f b q : leaves _ f (columns_of b q) = sum (8 * per_lane) (fun i => f (Some (b, (q, i)))).
Proof.
rewrite <- by_eights. unfold columns_of, halve. cbn [leaves Nat.add].
unfold lane_of. rewrite !leaves_in_order, <- !sum_plus. apply sum_ext. intros j _. cbn [leaves]. reflexivity.
Qed.
Definition all_of n additions f := sum n (fun b => sum additions (fun q => sum (8 * per_lane) (fun i => f (b, (q, i))))).
Lemma leaves_shared start (f : place -> R) n k : leaves _ (leaf start f) (shared n k) = start + all_of n k f.
Proof.
unfold shared, all_of. rewrite leaves_in_order. induction n as [| n IH].
- cbn. ring.
- remember (S n) as s. cbn [sum] in *. subst s. rewrite IH, Rplus_assoc. f_equal. cbn [sum]. f_equal.
  rewrite leaves_in_order. apply sum_ext. intros q _. rewrite leaves_columns_of. reflexivity.
Qed.
End Shape.

(* Any leaves, 2^25 blocks of rows and 8 * 2^20 additions to each. *)
Section Numbers.
Variables (per_lane n additions : nat).
Hypothesis a_block : (per_lane <= 128)%nat.
Hypothesis rows : INR n <= 33554432.
Hypothesis few_additions : INR additions <= 8388608.
Let t := shared per_lane n additions.
Variables (x e w b : option place -> R) (g : R).
Hypothesis G : 1 <= g.
Hypothesis B : forall p, 0 <= b p.
Hypothesis is_x : forall p, is f64 (x p).
Hypothesis X : forall p, rel (x p) (e p) (w p) g (b p).
Lemma height_t : INR (height _ t) <= 41943172.
Proof.
assert (H := le_INR _ _ (height_shared per_lane a_block n additions)). fold t in H. rewrite !plus_INR in H. simpl (INR 132) in H. lra.
Qed.
Lemma few_t : few f64 (height _ t).
Proof. assert (H := height_t). unfold few. rewrite u64. lra. Qed.

Theorem shared_plain : rel (rnd f32 (value _ f64 x t)) (leaves _ e t) (leaves _ w t) (g * (1 + 8 / 100 * u f32) * (1 + u f32))
	((1 + u f32) * ((1 + 8 / 100 * u f32) * leaves _ b t) + eta f32).
Proof.
assert (T := value_error _ f64 x e w b g t is_x G B X). assert (H := height_t). set (h := height _ t) in *.
assert (L : 0 <= leaves _ b t) by (apply leaves_pos, B).
assert (P0 : 1 <= (1 + u f64) ^ h) by (apply pow_R1_Rle; rewrite u64; lra).
assert (P : (1 + u f64) ^ h <= 1 + 8 / 100 * u f32).
{ assert (Z : INR h * u f64 <= 41943172 * u f64) by (apply Rmult_le_compat_r; [apply u_pos | exact H]). rewrite u64, u32 in *.
  assert (Q := pow_below h (/ 9007199254740992) ltac:(lra) ltac:(lra)). set (y := INR h * / 9007199254740992) in *.
  set (p := (1 + / 9007199254740992) ^ h) in *. apply Rmult_le_reg_r with (1 - y); lra. }
apply rel_rnd. apply (rel_weaken _ _ _ _ _ _ _ _ T); [apply at_least_1; lra | lra | apply Rmult_le_compat_l; lra | apply Rmult_le_compat_r;
	lra].
Qed.
Theorem shared_pair r q : pair _ f64 x t r q -> rel (rnd f64 (r + q)) (leaves _ e t) (leaves _ w t) (g * (1 + 6 / 10 * u f64) * (1 + u f64))
	((1 + u f64) * ((1 + 6 / 10 * u f64) * leaves _ b t)).
Proof.
intro P. assert (T := pair_rel _ f64 x e w b g t r q is_x few_t G X P).
destruct (pair_error _ f64 x t r q is_x few_t P) as (Ir & Iq & _). assert (L : 0 <= leaves _ b t) by (apply leaves_pos, B).
assert (Z : 0 <= lost f64 (height _ t) <= 6 / 10 * u f64).
{ split; [apply lost_pos |]. eapply Rle_trans; [apply (lost_below f64 _ _ height_t); rewrite u64; lra | rewrite u64; lra]. }
apply rel_add; [exact Ir | exact Iq |]. apply (rel_weaken _ _ _ _ _ _ _ _ T); [apply at_least_1; lra | lra | apply Rmult_le_compat_l; lra |
	apply Rmult_le_compat_r; lra].
Qed.
End Numbers.

(* With chains of four rows as leaves: dn, xhat as computed, the exact xhat and its max(1, |xhat|), of place and row. *)
Section Columns.
Variables (c : class) (per_lane n additions : nat) (dn xc xe M l : place -> nat -> R) (start X : R).
(* xhat is off by X u max(1, |xhat|). *)
Hypothesis X_range : 0 <= X <= 12.
Let gx a := 1 + X * u a.
Hypothesis a_block : (per_lane <= 128)%nat.
Hypothesis rows : INR n <= 33554432.
Hypothesis few_additions : INR additions <= 8388608.
Hypothesis is_start : is f64 start.
Let whole_of f := all_of per_lane n additions (fun p => sum4 (f p)).
Definition gamma_exact_shared := start + whole_of (fun p k => dn p k * xe p k).
Definition gamma_weight_shared := Rabs start + whole_of (fun p k => Rabs (dn p k) * M p k).
Definition beta_exact_shared := start + whole_of dn.
Definition beta_weight_shared := Rabs start + whole_of (fun p k => Rabs (dn p k)).
Definition lost_shared := whole_of l.

Section Leaves.
Variable a : arith.
Hypothesis within : forall y, is a y -> is f64 y.
Hypothesis is_dn : forall p k, is a (dn p k).
Hypothesis Hx : forall p k, rel (xc p k) (xe p k) (M p k) (gx a) 0.
Hypothesis Hl : forall p k, loss a (dn p k * xc p k) (l p k).
Hypothesis grows : 1 <= gx a.
Let G4 := gx a * (1 + u a) ^ 4.
Definition gamma_of := leaf start (fun p => chain_madd c a (dn p) (xc p)).
Definition beta_of := leaf start (fun p => chain a (dn p)).
Lemma one_pow k : 1 <= (1 + u a) ^ k. Proof. apply pow_R1_Rle. generalize (u_pos a). lra. Qed.
Lemma is_gamma_of p : is f64 (gamma_of p). Proof. destruct p; [apply within, is_chain_madd | exact is_start]. Qed.
Lemma is_beta_of p : is f64 (beta_of p). Proof. destruct p; [apply within, is_chain | exact is_start]. Qed.
Lemma G4_1 : 1 <= G4. Proof. apply at_least_1; [exact grows | apply one_pow]. Qed.
Lemma gamma_of_error p : rel (gamma_of p) (leaf start (fun p => sum4 (fun k => dn p k * xe p k)) p)
	(leaf (Rabs start) (fun p => sum4 (fun k => Rabs (dn p k) * M p k)) p) G4 (leaf 0 (fun p => (1 + u a) ^ 5 * sum4 (l p)) p).
Proof.
assert (O := G4_1). destruct p as [p |]; cbn [gamma_of leaf].
- assert (P : forall k, rel (dn p k * xc p k) (dn p k * xe p k) (Rabs (dn p k) * M p k) (gx a) 0).
  { intro k. assert (H := rel_mult _ _ _ _ _ _ _ _ _ _ (rel_same (dn p k) (Rabs (dn p k)) (Rle_refl _)) (Hx p k)).
    replace (1 * Rabs (dn p k) * 0 + gx a * M p k * 0 + 0 * 0) with 0 in H by ring. rewrite Rmult_1_l in H. exact H. }
  assert (H := chain_madd_error c a (dn p) (xc p) _ _ (fun _ => 0) (l p) _ grows (fun _ => Rle_refl 0) (Hl p) P).
  replace (sum4 (l p)) with (sum4 (fun k => 0 + l p k)) by (unfold sum4; ring). exact H.
- apply (rel_weaken _ _ _ _ _ _ _ _ (rel_same start (Rabs start) (Rle_refl _))); lra.
Qed.
Lemma beta_of_error p : rel (beta_of p) (leaf start (fun p => sum4 (dn p)) p) (leaf (Rabs start) (fun p => sum4 (fun k => Rabs (dn p k))) p)
	((1 + u a) ^ 3) 0.
Proof.
assert (O := one_pow 3). destruct p as [p |]; cbn [beta_of leaf].
- assert (H := chain_error a (dn p) (dn p) (fun k => Rabs (dn p k)) (fun _ => 0) 1 (is_dn p) (Rle_refl 1) (fun _ => Rle_refl 0)
    (fun k => rel_same _ _ (Rle_refl _))).
  replace ((1 + u a) ^ 3 * sum4 (fun _ => 0)) with 0 in H by (unfold sum4; ring). rewrite Rmult_1_l in H. exact H.
- apply (rel_weaken _ _ _ _ _ _ _ _ (rel_same start (Rabs start) (Rle_refl _))); lra.
Qed.
Lemma lost_pos_of p : 0 <= leaf 0 (fun p => (1 + u a) ^ 5 * sum4 (l p)) p.
Proof.
assert (O := one_pow 5). destruct p as [p |]; cbn [leaf]; [| lra]. apply Rmult_le_pos; [lra |].
unfold sum4. repeat apply Rplus_le_le_0_compat; apply (loss_pos _ _ _ (Hl p _)).
Qed.
Lemma lost_whole : leaves _ (leaf 0 (fun p => (1 + u a) ^ 5 * sum4 (l p))) (shared per_lane n additions) = (1 + u a) ^ 5 * lost_shared.
Proof.
rewrite leaves_shared, Rplus_0_l. unfold lost_shared, whole_of, all_of.
rewrite <- sum_scal. apply sum_ext. intros i _. rewrite <- sum_scal. apply sum_ext. intros q _. rewrite <- sum_scal. reflexivity.
Qed.
Lemma lost_shared_pos : 0 <= lost_shared.
Proof.
apply sum_pos. intros. apply sum_pos. intros. apply sum_pos. intros. unfold sum4. repeat apply Rplus_le_le_0_compat; apply (loss_pos _ _ _
	(Hl _ _)).
Qed.
End Leaves.

Let t := shared per_lane n additions.
Lemma sum_gamma_e : leaves _ (leaf start (fun p => sum4 (fun k => dn p k * xe p k))) t = gamma_exact_shared.
Proof. apply leaves_shared. Qed.
Lemma sum_gamma_w : leaves _ (leaf (Rabs start) (fun p => sum4 (fun k => Rabs (dn p k) * M p k))) t = gamma_weight_shared.
Proof. apply leaves_shared. Qed.
Lemma sum_beta_e : leaves _ (leaf start (fun p => sum4 (dn p))) t = beta_exact_shared.
Proof. apply leaves_shared. Qed.
Lemma sum_beta_w : leaves _ (leaf (Rabs start) (fun p => sum4 (fun k => Rabs (dn p k)))) t = beta_weight_shared.
Proof. apply leaves_shared. Qed.
Lemma sum_0 : leaves _ (fun _ : option place => 0) t = 0.
Proof. clear. induction t; simpl; lra. Qed.
Lemma grows_of a : u a <= / 16777216 -> 1 <= gx a <= 1 + 12 * u a.
Proof.
intro U. assert (P := u_pos a). unfold gx. assert (0 <= X * u a) by (apply Rmult_le_pos; lra).
assert (X * u a <= 12 * u a) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Theorem dgamma_shared_f32 : (forall p k, rel (xc p k) (xe p k) (M p k) (gx f32) 0) ->
	(forall p k, loss f32 (dn p k * xc p k) (l p k)) ->
	Rabs (rnd f32 (value _ f64 (gamma_of f32) t) - gamma_exact_shared)
	<= (own_gamma_shared + X) * u f32 * gamma_weight_shared + 1001 / 1000 * lost_shared + eta f32.
Proof.
intros Hx Hl. assert (Gx := grows_of f32 ltac:(rewrite u32; lra)). assert (L := lost_shared_pos f32 Hl).
assert (H := shared_plain per_lane n additions a_block rows few_additions _ _ _ _ _ (G4_1 f32 (proj1 Gx)) (lost_pos_of f32 Hl)
	(is_gamma_of f32 f32_in_f64) (gamma_of_error f32 Hx Hl (proj1 Gx))).
rewrite (lost_whole f32) in H. fold t in H. rewrite sum_gamma_e, sum_gamma_w in H. destruct H as [H W].
eapply Rle_trans; [exact H |]. clear H. assert (Wp : 0 <= gamma_weight_shared) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
rewrite <- Rplus_assoc. apply Rplus_le_compat_r, Rplus_le_compat.
- apply Rmult_le_compat_r; [exact Wp |]. unfold own_gamma_shared, gx. rewrite u32. lra.
- rewrite <- !Rmult_assoc. apply Rmult_le_compat_r; [exact L | rewrite u32; lra].
Qed.
Theorem dbeta_shared_f32 : (forall p k, is f32 (dn p k)) -> Rabs (rnd f32 (value _ f64 (beta_of f32) t) - beta_exact_shared)
	<= own_beta_shared * u f32 * beta_weight_shared + eta f32.
Proof.
intro Hd. assert (H := shared_plain per_lane n additions a_block rows few_additions _ _ _ (fun _ => 0) _ (one_pow f32 3)
	(fun _ => Rle_refl 0) (is_beta_of f32 f32_in_f64) (beta_of_error f32 Hd)).
fold t in H. rewrite sum_beta_e, sum_beta_w, sum_0 in H. destruct H as [H W]. eapply Rle_trans; [exact H |]. clear H.
assert (Wp : 0 <= beta_weight_shared) by (eapply Rle_trans; [apply Rabs_pos | exact W]). rewrite !Rmult_0_r, Rplus_0_l.
apply Rplus_le_compat_r. apply Rmult_le_compat_r; [exact Wp | unfold own_beta_shared; rewrite u32; lra].
Qed.
Theorem dgamma_shared_f64 r q : (forall p k, rel (xc p k) (xe p k) (M p k) (gx f64) 0) ->
	(forall p k, loss f64 (dn p k * xc p k) (l p k)) -> pair _ f64 (gamma_of f64) t r q ->
	Rabs (rnd f64 (r + q) - gamma_exact_shared)
	<= (own_gamma_shared_f64 + X) * u f64 * gamma_weight_shared + 1001 / 1000 * lost_shared.
Proof.
intros Hx Hl P. assert (Gx := grows_of f64 ltac:(rewrite u64; lra)). assert (L := lost_shared_pos f64 Hl).
assert (H := shared_pair per_lane n additions a_block rows few_additions _ _ _ _ _ (G4_1 f64 (proj1 Gx)) (lost_pos_of f64 Hl)
	(is_gamma_of f64 (fun y I => I)) (gamma_of_error f64 Hx Hl (proj1 Gx)) r q P).
rewrite (lost_whole f64) in H. fold t in H. rewrite sum_gamma_e, sum_gamma_w in H. destruct H as [H W].
eapply Rle_trans; [exact H |]. clear H. assert (Wp : 0 <= gamma_weight_shared) by (eapply Rle_trans; [apply Rabs_pos | exact W]). apply Rplus_le_compat.
- apply Rmult_le_compat_r; [exact Wp |]. unfold own_gamma_shared_f64, gx. rewrite u64. lra.
- rewrite <- !Rmult_assoc. apply Rmult_le_compat_r; [exact L | rewrite u64; lra].
Qed.
Theorem dbeta_shared_f64 r q : (forall p k, is f64 (dn p k)) -> pair _ f64 (beta_of f64) t r q ->
	Rabs (rnd f64 (r + q) - beta_exact_shared) <= own_beta_shared_f64 * u f64 * beta_weight_shared.
Proof.
intros Hd P. assert (H := shared_pair per_lane n additions a_block rows few_additions _ _ _ (fun _ => 0) _ (one_pow f64 3)
	(fun _ => Rle_refl 0) (is_beta_of f64 (fun y I => I)) (beta_of_error f64 Hd) r q P).
fold t in H. rewrite sum_beta_e, sum_beta_w, sum_0 in H. destruct H as [H W]. eapply Rle_trans; [exact H |]. clear H.
assert (Wp : 0 <= beta_weight_shared) by (eapply Rle_trans; [apply Rabs_pos | exact W]). rewrite !Rmult_0_r, Rplus_0_r.
apply Rmult_le_compat_r; [exact Wp | unfold own_beta_shared_f64; rewrite u64; lra].
Qed.
End Columns.
