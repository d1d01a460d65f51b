(* dgamma and dbeta: sums over the rows of a column, section 11. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants.
Local Open Scope R_scope.

(* A block is 8 fours of rows; the totals begin with what was there (None). Rows past the end add nothing: dn = 0 there. *)
Definition block_of_rows b : tree (option place) := in_order 8 (fun f => Leaf (Some (b, (f, 0%nat)))).
Definition totals n := in_order (S n) (fun b => match b with O => Leaf None | S k => block_of_rows k end).
Definition four_rows (f : nat -> R) (p : place) : nat -> R := fun k => f (32 * fst p + (4 * fst (snd p) + k))%nat.
Definition leaf {T} (start : T) (f : place -> T) (p : option place) := match p with None => start | Some q => f q end.

Lemma height_totals n : (height _ (totals n) <= n + 9)%nat.
Proof.
unfold totals. replace (n + 9)%nat with (S n + 8)%nat by lia. apply height_in_order.
intros [| b]; cbn; lia.
Qed.
Lemma leaves_totals start f n : leaves _ (leaf start (fun p => sum4 (four_rows f p))) (totals n) = start + sum (32 * n) f.
Proof.
unfold totals. rewrite leaves_in_order. induction n as [| n IH].
- cbn. ring.
- replace (32 * S n)%nat with (32 * n + 32)%nat by lia. rewrite sum_app, <- Rplus_assoc, <- IH.
  remember (S n) as k. cbn [sum]. subst k. f_equal.
  cbn [block_of_rows in_order leaves leaf]. unfold four_rows, sum4. cbn [fst snd]. generalize (32 * n)%nat. intro p. cbn. ring.
Qed.

Lemma at_least_1 x y : 1 <= x -> 1 <= y -> 1 <= x * y. Proof. nra. Qed.

Section Columns.
Variables (c : class) (a d : arith) (n : nat).
Hypothesis within : forall x, is a x -> is d x.
(* dn and xhat as computed, xe the exact xhat, M = max(1, |xe|); start: what the totals hold before *)
Variables (dn xc xe M l : nat -> R) (start gx : R).
Hypothesis Gx : 1 <= gx.
Hypothesis Is : is d start.
Hypothesis is_dn : forall i, is a (dn i).
Hypothesis Hx : forall i, rel (xc i) (xe i) (M i) gx 0.
Hypothesis Hl : forall i, loss a (dn i * xc i) (l i).

Definition gamma_leaf := leaf start (fun p => chain_madd c a (four_rows dn p) (four_rows xc p)).
Definition beta_leaf := leaf start (fun p => chain a (four_rows dn p)).
Definition gamma_exact := start + sum (32 * n) (fun i => dn i * xe i).
Definition gamma_weight := Rabs start + sum (32 * n) (fun i => Rabs (dn i) * M i).
Definition beta_exact := start + sum (32 * n) dn.
Definition beta_weight := Rabs start + sum (32 * n) (fun i => Rabs (dn i)).
Definition gamma_lost := sum (32 * n) l.

Lemma l_pos' i : 0 <= l i. Proof. apply (loss_pos _ _ _ (Hl i)). Qed.
Lemma one_u k : 1 <= (1 + u a) ^ k. Proof. apply pow_R1_Rle. generalize (u_pos a). lra. Qed.
Lemma is_gamma_leaf p : is d (gamma_leaf p).
Proof. destruct p; [apply within, is_chain_madd | exact Is]. Qed.
Lemma is_beta_leaf p : is d (beta_leaf p).
Proof. destruct p; [apply within, is_chain | exact Is]. Qed.
Lemma gamma_leaf_error p : rel (gamma_leaf p) (leaf start (fun p => sum4 (four_rows (fun i => dn i * xe i) p)) p)
	(leaf (Rabs start) (fun p => sum4 (four_rows (fun i => Rabs (dn i) * M i) p)) p) (gx * (1 + u a) ^ 4)
	(leaf 0 (fun p => sum4 (four_rows (fun i => (1 + u a) ^ 5 * l i) p)) p).
Proof.
assert (O := one_u 4).
destruct p as [p |]; cbn [leaf].
- assert (P : forall i, rel (dn i * xc i) (dn i * xe i) (Rabs (dn i) * M i) gx 0).
  { intro i. assert (H := rel_mult _ _ _ _ _ _ _ _ _ _ (rel_same (dn i) (Rabs (dn i)) (Rle_refl _)) (Hx i)).
    replace (1 * Rabs (dn i) * 0 + gx * M i * 0 + 0 * 0) with 0 in H by ring. rewrite Rmult_1_l in H. exact H. }
  assert (H := chain_madd_error c a (four_rows dn p) (four_rows xc p) (four_rows (fun i => dn i * xe i) p) (four_rows (fun i => Rabs (dn
    i) * M i) p)
    (fun _ => 0) (four_rows l p) gx Gx (fun _ => Rle_refl 0) (fun k => Hl _) (fun k => P _)).
  replace (sum4 (four_rows (fun i => (1 + u a) ^ 5 * l i) p)) with ((1 + u a) ^ 5 * sum4 (fun k => 0 + four_rows l p k)) by (unfold sum4,
    four_rows; ring).
  exact H.
- apply (rel_weaken _ _ _ _ _ _ _ _ (rel_same start (Rabs start) (Rle_refl _))); try lra. rewrite <- (Rmult_1_l 1). apply Rmult_le_compat;
	lra.
Qed.
Lemma beta_leaf_error p : rel (beta_leaf p) (leaf start (fun p => sum4 (four_rows dn p)) p)
	(leaf (Rabs start) (fun p => sum4 (four_rows (fun i => Rabs (dn i)) p)) p) ((1 + u a) ^ 3) (leaf 0 (fun p => sum4 (four_rows (fun
		_ => 0) p)) p).
Proof.
assert (O := one_u 3).
destruct p as [p |]; cbn [leaf].
- assert (H := chain_error a (four_rows dn p) (four_rows dn p) (four_rows (fun i => Rabs (dn i)) p) (fun _ => 0) 1 (fun k => is_dn _)
	(Rle_refl 1)
    (fun _ => Rle_refl 0) (fun k => rel_same _ _ (Rle_refl _))).
  replace (sum4 (four_rows (fun _ => 0) p)) with ((1 + u a) ^ 3 * sum4 (fun _ => 0)) by (unfold sum4, four_rows; ring).
  rewrite Rmult_1_l in H. exact H.
- apply (rel_weaken _ _ _ _ _ _ _ _ (rel_same start (Rabs start) (Rle_refl _))); lra.
Qed.
Lemma lost_leaf_pos p : 0 <= leaf 0 (fun p => sum4 (four_rows (fun i => (1 + u a) ^ 5 * l i) p)) p.
Proof.
destruct p as [p |]; simpl; [| lra]. assert (O := one_u 5). unfold sum4, four_rows.
repeat apply Rplus_le_le_0_compat; (apply Rmult_le_pos; [lra | apply l_pos']).
Qed.
Lemma none_leaf_pos p : 0 <= leaf 0 (fun p => sum4 (four_rows (fun _ => 0) p)) p.
Proof. destruct p as [p |]; simpl; unfold sum4, four_rows; lra. Qed.

(* Totals as plain doubles (of floats), and as pairs (of doubles). *)
Theorem gamma_plain : rel (value _ d gamma_leaf (totals n)) gamma_exact gamma_weight
	(gx * (1 + u a) ^ 4 * (1 + u d) ^ (n + 9)) ((1 + u d) ^ (n + 9) * ((1 + u a) ^ 5 * gamma_lost)).
Proof.
assert (O := one_u 4). assert (O5 := one_u 5).
assert (G : 1 <= gx * (1 + u a) ^ 4) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
assert (T := value_error _ d gamma_leaf _ _ _ _ (totals n) is_gamma_leaf G lost_leaf_pos gamma_leaf_error).
assert (Q := pow_grow d _ _ (height_totals n)). rewrite !leaves_totals in T.
assert (S : 0 + sum (32 * n) (fun i => (1 + u a) ^ 5 * l i) = (1 + u a) ^ 5 * gamma_lost) by (unfold gamma_lost; rewrite sum_scal; ring).
rewrite S in T. assert (L : 0 <= gamma_lost) by (apply sum_pos; intros; apply l_pos').
apply (rel_weaken _ _ _ _ _ _ _ _ T); [| apply Rle_refl | apply Rmult_le_compat_l; lra | apply Rmult_le_compat_r; [apply Rmult_le_pos |];
	lra].
apply at_least_1; lra.
Qed.
Theorem beta_plain : rel (value _ d beta_leaf (totals n)) beta_exact beta_weight ((1 + u a) ^ 3 * (1 + u d) ^ (n + 9)) 0.
Proof.
assert (G := one_u 3).
assert (T := value_error _ d beta_leaf _ _ _ _ (totals n) is_beta_leaf G none_leaf_pos beta_leaf_error).
assert (Q := pow_grow d _ _ (height_totals n)). rewrite !leaves_totals in T.
assert (S : 0 + sum (32 * n) (fun _ => 0) = 0) by (generalize (32 * n)%nat; intro k; induction k; simpl; lra).
rewrite S, Rmult_0_r in T.
apply (rel_weaken _ _ _ _ _ _ _ _ T); [| apply Rle_refl | apply Rmult_le_compat_l; lra | lra].
apply at_least_1; lra.
Qed.
Theorem gamma_pair r q : few d (height _ (totals n)) -> pair _ d gamma_leaf (totals n) r q -> is d r /\ is d q /\ rel (r + q) gamma_exact gamma_weight
	(gx * (1 + u a) ^ 4 * (1 + lost d (height _ (totals n)))) ((1 + lost d (height _ (totals n))) * ((1 + u a) ^ 5 * gamma_lost)).
Proof.
intros Few P. assert (O := one_u 4).
assert (G : 1 <= gx * (1 + u a) ^ 4) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
destruct (pair_error _ d _ _ r q is_gamma_leaf Few P) as (Ir & Iq & _).
assert (T := pair_rel _ d gamma_leaf _ _ _ _ (totals n) r q is_gamma_leaf Few G gamma_leaf_error P). rewrite !leaves_totals in T.
assert (S : 0 + sum (32 * n) (fun i => (1 + u a) ^ 5 * l i) = (1 + u a) ^ 5 * gamma_lost) by (unfold gamma_lost; rewrite sum_scal; ring).
rewrite S in T. now split; [| split].
Qed.
Theorem beta_pair r q : few d (height _ (totals n)) -> pair _ d beta_leaf (totals n) r q -> is d r /\ is d q /\ rel (r + q) beta_exact beta_weight
	((1 + u a) ^ 3 * (1 + lost d (height _ (totals n)))) 0.
Proof.
intros Few P. assert (G := one_u 3).
destruct (pair_error _ d _ _ r q is_beta_leaf Few P) as (Ir & Iq & _).
assert (T := pair_rel _ d beta_leaf _ _ _ _ (totals n) r q is_beta_leaf Few G beta_leaf_error P). rewrite !leaves_totals in T.
assert (S : 0 + sum (32 * n) (fun _ => 0) = 0) by (generalize (32 * n)%nat; intro k; induction k; simpl; lra).
rewrite S, Rmult_0_r in T. now split; [| split].
Qed.
End Columns.

(* With numbers. Floats: n blocks of 32 rows; at most 2^25 of them (2^30 rows), and 2^30 (2^35 rows). *)
Lemma plain_totals n b z : INR n <= b -> (b + 9) * u f64 * (1 + z) <= z -> 0 <= z -> (b + 9) * u f64 < 1 -> (1 + u f64) ^ (n + 9) <= 1 + z.
Proof.
intros H Z Z0 S. assert (U := u_pos f64). assert (N : INR (n + 9) <= b + 9) by (rewrite plus_INR; simpl INR at 2; lra).
assert (T : INR (n + 9) * u f64 <= (b + 9) * u f64) by (apply Rmult_le_compat_r; lra).
assert (P := pow_below (n + 9) (u f64) U ltac:(lra)).
assert (P0 : 1 <= (1 + u f64) ^ (n + 9)) by (apply pow_R1_Rle; lra).
set (p := (1 + u f64) ^ (n + 9)) in *. set (t := INR (n + 9) * u f64) in *.
assert (t <= (b + 9) * u f64) by lra. assert (t * (1 + z) <= z) by (eapply Rle_trans; [apply Rmult_le_compat_r; [lra | eassumption] |
	exact Z]).
(* p (1 - t) <= 1 and (1 + z) (1 - t) >= 1 *)
apply Rmult_le_reg_r with (1 - t); [lra |]. lra.
Qed.

Section Numbers.
Variables (c : class) (n : nat) (dn xc xe M l : nat -> R) (start X : R).
(* xhat is off by X u max(1, |xhat|). *)
Hypothesis X_range : 0 <= X <= 12.
Let gx := 1 + X * u f32.
Hypothesis Is : is f64 start.
Hypothesis is_dn : forall i, is f32 (dn i).
Hypothesis Hx : forall i, rel (xc i) (xe i) (M i) gx 0.
Hypothesis Hl : forall i, loss f32 (dn i * xc i) (l i).
Let T := value _ f64 (gamma_leaf c f32 dn xc start) (totals n).
Let B := value _ f64 (beta_leaf f32 dn start) (totals n).
Let wg := gamma_weight n dn M start.
Let wb := beta_weight n dn start.

Lemma gamma_with z own : (1 + u f64) ^ (n + 9) <= 1 + z * u f32 -> 0 <= z <= 3 -> own = 5 + z + 3 / 100 ->
	Rabs (rnd f32 T - gamma_exact n dn xe start) <= (own + X) * u f32 * wg + 1001 / 1000 * gamma_lost n l
		+ eta f32.
Proof.
intros H Z Ho. assert (G1 : 1 <= gx <= 1 + 12 * u f32) by (unfold gx; rewrite u32; lra).
assert (R := rel_rnd f32 _ _ _ _ _ (gamma_plain c f32 f64 n f32_in_f64 dn xc xe M l start gx (proj1 G1) Is Hx Hl)). fold T wg in R.
destruct R as [R W]. eapply Rle_trans; [exact R |]. clear R.
assert (Wp : 0 <= wg) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
assert (P1 : 1 <= (1 + u f64) ^ (n + 9)) by (apply pow_R1_Rle; generalize (u_pos f64); lra).
assert (L : 0 <= gamma_lost n l) by (apply sum_pos; intros; apply (loss_pos _ _ _ (Hl i))).
assert (K : gx * (1 + u f32) ^ 4 * (1 + u f64) ^ (n + 9) * (1 + u f32) - 1 <= (own + X) * u f32).
{ apply Rle_trans with (gx * (1 + u f32) ^ 5 * (1 + z * u f32) - 1).
  - assert (0 <= gx * (1 + u f32) ^ 5) by (apply Rmult_le_pos; [lra | apply pow_le; generalize (u_pos f32); lra]).
    assert (gx * (1 + u f32) ^ 5 * (1 + u f64) ^ (n + 9) <= gx * (1 + u f32) ^ 5 * (1 + z * u f32)) by (apply Rmult_le_compat_l;
      assumption). lra.
  - rewrite Ho. assert (0 <= X * z <= 12 * 3) by (split; [apply Rmult_le_pos | apply Rmult_le_compat]; lra). unfold gx. rewrite u32. lra. }
assert (K1 : (gx * (1 + u f32) ^ 4 * (1 + u f64) ^ (n + 9) * (1 + u f32) - 1) * wg <= (own + X) * u f32 * wg)
	by (apply Rmult_le_compat_r; assumption).
assert (K2 : (1 + u f32) * ((1 + u f64) ^ (n + 9) * ((1 + u f32) ^ 5 * gamma_lost n l)) <= 1001 / 1000 * gamma_lost n l).
{ assert ((1 + u f32) ^ 6 * (1 + u f64) ^ (n + 9) <= (1 + u f32) ^ 6 * (1 + 3 * u f32)).
  { apply Rmult_le_compat_l; [apply pow_le; generalize (u_pos f32); lra |]. assert (z * u f32 <= 3 * u f32) by (apply Rmult_le_compat_r;
    [apply u_pos | lra]). lra. }
  assert ((1 + u f32) ^ 6 * (1 + 3 * u f32) <= 1001 / 1000) by (rewrite u32; lra).
  replace ((1 + u f32) * ((1 + u f64) ^ (n + 9) * ((1 + u f32) ^ 5 * gamma_lost n l))) with ((1 + u f32) ^ 6 * (1 + u f64) ^ (n + 9) *
    gamma_lost n l) by ring.
  apply Rmult_le_compat_r; lra. }
lra.
Qed.
Lemma beta_with z own : (1 + u f64) ^ (n + 9) <= 1 + z * u f32 -> 0 <= z <= 3 -> own = 4 + z + 3 / 100 ->
	Rabs (rnd f32 B - beta_exact n dn start) <= own * u f32 * wb + eta f32.
Proof.
intros H Z Ho.
assert (R := rel_rnd f32 _ _ _ _ _ (beta_plain f32 f64 n f32_in_f64 dn start Is is_dn)). fold B wb in R.
destruct R as [R W]. eapply Rle_trans; [exact R |]. clear R.
assert (Wp : 0 <= wb) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
assert (K : (1 + u f32) ^ 3 * (1 + u f64) ^ (n + 9) * (1 + u f32) - 1 <= own * u f32).
{ apply Rle_trans with ((1 + u f32) ^ 4 * (1 + z * u f32) - 1).
  - assert (0 <= (1 + u f32) ^ 4) by (apply pow_le; generalize (u_pos f32); lra).
    assert ((1 + u f32) ^ 4 * (1 + u f64) ^ (n + 9) <= (1 + u f32) ^ 4 * (1 + z * u f32)) by (apply Rmult_le_compat_l; assumption). lra.
  - rewrite Ho, u32. lra. }
assert (K1 : ((1 + u f32) ^ 3 * (1 + u f64) ^ (n + 9) * (1 + u f32) - 1) * wb <= own * u f32 * wb) by (apply Rmult_le_compat_r; assumption).
lra.
Qed.

Theorem dgamma_f32 : INR n <= 33554432 ->
	Rabs (rnd f32 T - gamma_exact n dn xe start) <= (own_gamma + X) * u f32 * wg + 1001 / 1000 *
		gamma_lost n l + eta f32.
Proof.
intro H. apply (gamma_with (7 / 100)); [| lra | unfold own_gamma; lra].
apply (plain_totals n 33554432 _ H); rewrite ?u64, ?u32; lra.
Qed.
Theorem dgamma_f32_long : INR n <= 1073741824 ->
	Rabs (rnd f32 T - gamma_exact n dn xe start) <= (own_gamma_long + X) * u f32 * wg + 1001 / 1000 *
		gamma_lost n l + eta f32.
Proof.
intro H. apply (gamma_with (207 / 100)); [| lra | unfold own_gamma_long; lra].
apply (plain_totals n 1073741824 _ H); rewrite ?u64, ?u32; lra.
Qed.
Theorem dbeta_f32 : INR n <= 33554432 -> Rabs (rnd f32 B - beta_exact n dn start) <= own_beta * u f32 * wb + eta f32.
Proof.
intro H. apply (beta_with (7 / 100)); [| lra | unfold own_beta; lra].
apply (plain_totals n 33554432 _ H); rewrite ?u64, ?u32; lra.
Qed.
Theorem dbeta_f32_long : INR n <= 1073741824 -> Rabs (rnd f32 B - beta_exact n dn start) <= own_beta_long * u f32 * wb + eta f32.
Proof.
intro H. apply (beta_with (207 / 100)); [| lra | unfold own_beta_long; lra].
apply (plain_totals n 1073741824 _ H); rewrite ?u64, ?u32; lra.
Qed.
End Numbers.
