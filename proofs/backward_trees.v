(* Sums in double: trees of plain additions, and of additions that keep what they lost beside them (pairs). The trees are those of
   docs/numerics.md, sections 10 and 11, as functions; nothing about them is counted by hand. *)
Require Import Reals Lra Lia.
Require Import backward_rounding backward_sums.
Local Open Scope R_scope.

Fixpoint sum n (f : nat -> R) := match n with O => 0 | S m => sum m f + f m end.
Lemma sum_plus n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> sum n f = sum n g.
Proof. intro H. induction n; simpl; [reflexivity |]. rewrite H by lia. rewrite IHn; [reflexivity | intros; apply H; lia]. Qed.
Lemma sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> sum n f <= sum n g.
Proof. intro H. induction n; simpl; [lra |]. apply Rplus_le_compat; [apply IHn; intros; apply H; lia | apply H; lia]. Qed.
Lemma sum_pos n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum n f.
Proof. intro H. induction n; simpl; [lra |]. apply Rplus_le_le_0_compat; [apply IHn; intros; apply H; lia | apply H; lia]. Qed.
Lemma sum_scal n k f : sum n (fun i => k * f i) = k * sum n f.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma sum_abs n f : Rabs (sum n f) <= sum n (fun i => Rabs (f i)).
Proof. induction n; simpl; [rewrite Rabs_R0; lra | eapply Rle_trans; [apply Rabs_triang | lra]]. Qed.
Lemma sum_app n m f : sum (n + m) f = sum n f + sum m (fun i => f (n + i)%nat).
Proof.
induction m; simpl; [rewrite Nat.add_0_r; ring |]. rewrite Nat.add_succ_r. simpl. rewrite IHm. ring.
Qed.

Lemma pow_below n x : 0 <= x -> INR n * x < 1 -> (1 + x) ^ n * (1 - INR n * x) <= 1.
Proof.
intros X. induction n as [| n IH]; intro H; [simpl; lra |].
rewrite S_INR in *. assert (N := pos_INR n). assert (Hn : INR n * x < 1) by nra. specialize (IH Hn).
assert (P : 0 <= (1 + x) ^ n) by (apply pow_le; lra).
assert (0 <= (INR n + 1) * (x * x)) by (apply Rmult_le_pos; nra).
simpl. assert ((1 + x) * (1 - (INR n + 1) * x) <= 1 - INR n * x) by lra.
replace ((1 + x) * (1 + x) ^ n * (1 - (INR n + 1) * x)) with ((1 + x) ^ n * ((1 + x) * (1 - (INR n + 1) * x))) by ring.
eapply Rle_trans; [apply Rmult_le_compat_l; eassumption |]. exact IH.
Qed.

Inductive tree {I : Type} := Zero | Leaf (i : I) | Plus (a b : tree).
Arguments tree : clear implicits.

Section Trees.
Variable I : Type.
Fixpoint height (t : tree I) : nat := match t with Plus a b => S (Nat.max (height a) (height b)) | _ => 0 end.
Fixpoint leaves (f : I -> R) (t : tree I) := match t with Zero => 0 | Leaf i => f i | Plus a b => leaves f a + leaves f b end.

Variable d : arith.
Fixpoint value (x : I -> R) (t : tree I) := match t with Zero => 0 | Leaf i => x i | Plus a b => rnd d (value x a + value x b) end.

Lemma is_value x t : (forall i, is d (x i)) -> is d (value x t).
Proof. intro H. destruct t; simpl; [apply is_0 | apply H | apply is_rnd]. Qed.

Lemma leaves_pos f t : (forall i, 0 <= f i) -> 0 <= leaves f t.
Proof. intro H. induction t; simpl; [lra | apply H | lra]. Qed.
Lemma pow_grow n m : (n <= m)%nat -> 1 <= (1 + u d) ^ n <= (1 + u d) ^ m.
Proof. intro H. generalize (u_pos d). intro U. split; [apply pow_R1_Rle; lra | apply Rle_pow; [lra | exact H]]. Qed.

Theorem value_error x e w b g t : (forall i, is d (x i)) -> 1 <= g -> (forall i, 0 <= b i) -> (forall i, rel (x i) (e i) (w i) g (b i)) ->
	rel (value x t) (leaves e t) (leaves w t) (g * (1 + u d) ^ height t) ((1 + u d) ^ height t * leaves b t).
Proof.
intros D G B H. induction t as [| i | s IHs t IHt]; simpl.
- rewrite !Rmult_1_r, Rmult_0_r. now apply rel_0.
- rewrite Rmult_1_r, Rmult_1_l. apply H.
- set (h := Nat.max (height s) (height t)).
  assert (Hs := pow_grow (height s) h ltac:(unfold h; lia)). assert (Ht := pow_grow (height t) h ltac:(unfold h; lia)).
  assert (Bs := leaves_pos b s B). assert (Bt := leaves_pos b t B).
  assert (Rs : rel (value x s) (leaves e s) (leaves w s) (g * (1 + u d) ^ h) ((1 + u d) ^ h * leaves b s)).
  { apply (rel_weaken _ _ _ _ _ _ _ _ IHs); [nra | lra | apply Rmult_le_compat_l; lra | apply Rmult_le_compat_r; lra]. }
  assert (Rt : rel (value x t) (leaves e t) (leaves w t) (g * (1 + u d) ^ h) ((1 + u d) ^ h * leaves b t)).
  { apply (rel_weaken _ _ _ _ _ _ _ _ IHt); [nra | lra | apply Rmult_le_compat_l; lra | apply Rmult_le_compat_r; lra]. }
  assert (R := rel_add d _ _ _ _ _ _ (is_value x s D) (is_value x t D) (rel_plus _ _ _ _ _ _ _ _ _ Rs Rt)).
  replace (g * ((1 + u d) * (1 + u d) ^ h)) with (g * (1 + u d) ^ h * (1 + u d)) by ring.
  replace ((1 + u d) * (1 + u d) ^ h * (leaves b s + leaves b t)) with ((1 + u d) * ((1 + u d) ^ h * leaves b s + (1 + u d) ^ h * leaves b
    t)) by ring.
  exact R.
Qed.

(* Pairs: the error e of an addition is exact (TwoSum, below), and it is added to the errors of both sides in one of two orders. Where it
   pleases, a pair is added up to a number and what that lost, which is its sum still. *)
Inductive pair (x : I -> R) : tree I -> R -> R -> Prop :=
| pair_zero : pair x Zero 0 0
| pair_leaf i : pair x (Leaf i) (x i) 0
| pair_plus s t r1 q1 r2 q2 q : pair x s r1 q1 -> pair x t r2 q2 ->
	let r := rnd d (r1 + r2) in let e := r1 + r2 - r in
	q = rnd d (rnd d (q1 + q2) + e) \/ q = rnd d (q1 + rnd d (e + q2)) -> pair x (Plus s t) r q
| pair_again t r q : pair x t r q -> pair x t (rnd d (r + q)) (r + q - rnd d (r + q)).

Lemma pair_low q1 q2 e q A B : is d q1 -> is d q2 -> is d e -> Rabs q1 + Rabs q2 <= A -> Rabs e <= B ->
	q = rnd d (rnd d (q1 + q2) + e) \/ q = rnd d (q1 + rnd d (e + q2)) ->
	Rabs (q - (q1 + q2 + e)) <= 3 * u d * (A + B) /\ Rabs q <= (1 + u d) ^ 2 * (A + B).
Proof.
intros D1 D2 De HA HB Hq. assert (U := u_pos d). assert (V := u_small d).
assert (P1 := Rabs_pos q1). assert (P2 := Rabs_pos q2). assert (Pe := Rabs_pos e).
assert (E : Rabs (q - (q1 + q2 + e)) <= (2 * u d + u d * u d) * (A + B)).
{ destruct Hq as [Hq | Hq].
  - set (p := rnd d (q1 + q2)) in *. assert (Hp := rnd_add d q1 q2 D1 D2). fold p in Hp.
    assert (Hr := rnd_add d p e (is_rnd d _) De). rewrite <- Hq in Hr.
    assert (T := Rabs_triang q1 q2). assert (u d * Rabs (q1 + q2) <= u d * A) by (apply Rmult_le_compat_l; lra).
    assert (Rabs (p + e) <= A + u d * A + B).
    { replace (p + e) with ((p - (q1 + q2)) + (q1 + q2) + e) by ring.
      eapply Rle_trans; [apply Rabs_triang |]. apply Rplus_le_compat; [| exact HB]. eapply Rle_trans; [apply Rabs_triang | lra]. }
    assert (u d * Rabs (p + e) <= u d * (A + u d * A + B)) by (apply Rmult_le_compat_l; lra).
    replace (q - (q1 + q2 + e)) with ((q - (p + e)) + (p - (q1 + q2))) by ring.
    eapply Rle_trans; [apply Rabs_triang |]. nra.
  - set (p := rnd d (e + q2)) in *. assert (Hp := rnd_add d e q2 De D2). fold p in Hp.
    assert (Hr := rnd_add d q1 p D1 (is_rnd d _)). rewrite <- Hq in Hr.
    assert (T := Rabs_triang e q2). assert (Rabs (e + q2) <= B + Rabs q2) by lra.
    assert (u d * Rabs (e + q2) <= u d * (A + B)) by (apply Rmult_le_compat_l; lra).
    assert (Rabs (q1 + p) <= (A + B) + u d * (A + B)).
    { replace (q1 + p) with (q1 + ((p - (e + q2)) + (e + q2))) by ring.
      eapply Rle_trans; [apply Rabs_triang |]. eapply Rle_trans; [apply Rplus_le_compat_l; apply Rabs_triang | lra]. }
    assert (u d * Rabs (q1 + p) <= u d * ((A + B) + u d * (A + B))) by (apply Rmult_le_compat_l; lra).
    replace (q - (q1 + q2 + e)) with ((q - (q1 + p)) + (p - (e + q2))) by ring.
    eapply Rle_trans; [apply Rabs_triang |]. nra. }
assert (AB : 0 <= A + B) by lra.
assert (UAB : 0 <= u d * (A + B)) by (apply Rmult_le_pos; lra).
assert (UV : u d * (u d * (A + B)) <= 1 / 1000 * (u d * (A + B))) by (apply Rmult_le_compat_r; lra).
split; [lra |].
replace q with ((q - (q1 + q2 + e)) + (q1 + q2 + e)) by ring.
eapply Rle_trans; [apply Rabs_triang |].
assert (Rabs (q1 + q2 + e) <= A + B).
{ eapply Rle_trans; [apply Rabs_triang |]. apply Rplus_le_compat; [| exact HB]. eapply Rle_trans; [apply Rabs_triang | lra]. }
simpl. nra.
Qed.

Definition lost h := 3 * INR h ^ 2 * u d ^ 2 * (1 + u d) ^ (3 * h).
Lemma lost_pos h : 0 <= lost h.
Proof.
unfold lost. assert (U := u_pos d). repeat apply Rmult_le_pos; try lra; try apply pow_le; try lra; apply pos_INR.
Qed.

Lemma lost_below n b : INR n <= b -> 3 * b * u d <= 1 / 1000 -> lost n <= 3.004 * b ^ 2 * u d ^ 2.
Proof.
intros H S. assert (U := u_pos d). assert (N := pos_INR n).
assert (T : INR (3 * n) * u d <= 1 / 1000).
{ rewrite mult_INR. replace (INR 3) with 3 by (simpl; lra). assert (INR n * u d <= b * u d) by (apply Rmult_le_compat_r; lra). lra. }
assert (P := pow_below (3 * n) (u d) U ltac:(lra)).
assert (Q := pow_grow 0 (3 * n) ltac:(lia)). simpl pow at 1 in Q.
assert (C : (1 + u d) ^ (3 * n) <= 1.00101).
{ assert (0.999 * (1 + u d) ^ (3 * n) <= 1); [| lra]. eapply Rle_trans; [| exact P]. rewrite Rmult_comm. apply Rmult_le_compat_l; lra. }
unfold lost.
assert (B : INR n ^ 2 <= b ^ 2) by (apply pow_incr; lra).
assert (V : 0 <= u d ^ 2) by now apply pow_le.
assert (NN : 0 <= INR n ^ 2) by now apply pow_le.
apply Rle_trans with (3 * INR n ^ 2 * u d ^ 2 * 1.00101).
- apply Rmult_le_compat_l; [| exact C]. apply Rmult_le_pos; [lra | exact V].
- assert (INR n ^ 2 * u d ^ 2 <= b ^ 2 * u d ^ 2) by (apply Rmult_le_compat_r; assumption).
  assert (0 <= b ^ 2 * u d ^ 2) by (eapply Rle_trans; [| exact H0]; now apply Rmult_le_pos). lra.
Qed.
Definition few h := 3 * INR h * u d <= 1 / 1000.
Lemma fewer n h : (n <= h)%nat -> few h -> few n.
Proof.
unfold few. intros H F. assert (Y := le_INR _ _ H). assert (INR n * u d <= INR h * u d) by (apply Rmult_le_compat_r; [apply u_pos | lra]). lra.
Qed.
Lemma lost_1 h : few h -> 1 + lost h <= (1 + u d) ^ h.
Proof.
intro F. assert (U := u_pos d). assert (N := pos_INR h). assert (L := lost_below h (INR h) (Rle_refl _) F). unfold few in F.
assert (P : forall n, 1 + INR n * u d <= (1 + u d) ^ n).
{ induction n as [| n IH]; [simpl; lra |]. rewrite S_INR. simpl. assert (0 <= INR n * u d) by (apply Rmult_le_pos; [apply pos_INR | lra]).
  assert ((1 + u d) * (1 + INR n * u d) <= (1 + u d) * (1 + u d) ^ n) by (apply Rmult_le_compat_l; lra).
  assert (0 <= u d * (INR n * u d)) by (apply Rmult_le_pos; lra). lra. }
apply Rle_trans with (1 + INR h * u d); [| apply P]. apply Rplus_le_compat_l. eapply Rle_trans; [exact L |].
set (z := INR h * u d) in *. replace (3.004 * INR h ^ 2 * u d ^ 2) with (3.004 * z * z) by (unfold z; ring).
assert (0 <= z) by (unfold z; apply Rmult_le_pos; lra). assert (3 * z <= 1 / 1000) by (unfold z; lra).
assert (3.004 * z * z <= 1 * z) by (apply Rmult_le_compat_r; lra). lra.
Qed.
Lemma leaves_abs x t : Rabs (leaves x t) <= leaves (fun i => Rabs (x i)) t.
Proof. induction t; simpl; [rewrite Rabs_R0; lra | lra | eapply Rle_trans; [apply Rabs_triang | lra]]. Qed.

(* The sum of a pair as a pair again. *)
Lemma again x t r q : few (height t) -> is d r -> is d q -> Rabs q <= INR (height t) * u d * (1 + u d) ^ (3 * height t) * leaves (fun i =>
	Rabs (x i)) t -> Rabs r <= (1 + u d) ^ (2 * height t) * leaves (fun i => Rabs (x i)) t ->
	Rabs (r + q - leaves x t) <= lost (height t) * leaves (fun i => Rabs (x i)) t ->
	Rabs (rnd d (r + q)) <= (1 + u d) ^ (2 * height t) * leaves (fun i => Rabs (x i)) t /\
	Rabs (r + q - rnd d (r + q)) <= INR (height t) * u d * (1 + u d) ^ (3 * height t) * leaves (fun i => Rabs (x i)) t.
Proof.
intros F Ir Iq Hq Hr E. assert (U := u_pos d). set (M := leaves (fun i => Rabs (x i)) t) in *. set (h := height t) in *.
assert (P : 0 <= M) by (apply leaves_pos; intro; apply Rabs_pos). assert (A := leaves_abs x t). fold M in A.
assert (L := lost_1 h F). destruct (Nat.eq_dec h 0) as [Z | Z].
- rewrite Z in *. simpl in Hq. assert (q0 : q = 0).
  { assert (Q := Rle_abs q). assert (Q2 := Rle_abs (- q)). rewrite Rabs_Ropp in Q2. lra. }
  rewrite q0, Rplus_0_r, (rnd_is d r Ir). replace (r - r) with 0 by ring. rewrite Rabs_R0. simpl in *. lra.
- assert (T : Rabs (r + q) <= (1 + u d) ^ h * M).
  { replace (r + q) with ((r + q - leaves x t) + leaves x t) by ring. eapply Rle_trans; [apply Rabs_triang |].
    assert ((1 + lost h) * M <= (1 + u d) ^ h * M) by (apply Rmult_le_compat_r; lra). lra. }
  assert (R := rnd_add d r q Ir Iq). assert (uT : u d * Rabs (r + q) <= u d * ((1 + u d) ^ h * M)) by (apply Rmult_le_compat_l; lra).
  split.
  + replace (rnd d (r + q)) with ((rnd d (r + q) - (r + q)) + (r + q)) by ring. eapply Rle_trans; [apply Rabs_triang |].
    assert (G := pow_grow (S h) (2 * h) ltac:(lia)).
    assert ((1 + u d) ^ S h * M <= (1 + u d) ^ (2 * h) * M) by (apply Rmult_le_compat_r; lra). simpl pow in H at 1. lra.
  + rewrite Rabs_minus_sym. eapply Rle_trans; [exact R |]. eapply Rle_trans; [exact uT |]. rewrite <- Rmult_assoc.
    apply Rmult_le_compat_r; [exact P |]. assert (G := pow_grow h (3 * h) ltac:(lia)).
    assert (N : 1 <= INR h) by (change 1 with (INR 1); apply le_INR; lia).
    apply Rmult_le_compat; try lra. rewrite <- (Rmult_1_l (u d)) at 1. apply Rmult_le_compat_r; lra.
Qed.

Theorem pair_error x t r q : (forall i, is d (x i)) -> few (height t) -> pair x t r q ->
	let M := leaves (fun i => Rabs (x i)) t in let h := height t in
	is d r /\ is d q /\ Rabs r <= (1 + u d) ^ (2 * h) * M /\ Rabs q <= INR h * u d * (1 + u d) ^ (3 * h) * M /\
	Rabs (r + q - leaves x t) <= lost h * M.
Proof.
intros D F H. induction H as [| i | s t r1 q1 r2 q2 q Hs IHs Ht IHt r e Hq | t r q Ht IH].
- simpl. unfold lost. simpl. replace (0 + 0 - 0) with 0 by ring. rewrite !Rabs_R0. repeat split; try apply is_0; lra.
- simpl. unfold lost. simpl. replace (x i + 0 - x i) with 0 by ring. rewrite !Rabs_R0. repeat split; try apply is_0; try apply D; lra.
- cbn [height] in F.
  destruct (IHs (fewer (height s) _ (Nat.le_trans _ _ _ (Nat.le_max_l _ _) (Nat.le_succ_diag_r _)) F)) as (Dr1 & Dq1 & Sr1 & Sq1 & E1).
  destruct (IHt (fewer (height t) _ (Nat.le_trans _ _ _ (Nat.le_max_r _ _) (Nat.le_succ_diag_r _)) F)) as (Dr2 & Dq2 & Sr2 & Sq2 & E2).
  clear IHs IHt F.
  cbn zeta in *. cbn [leaves height].
  set (M1 := leaves (fun i => Rabs (x i)) s) in *. set (M2 := leaves (fun i => Rabs (x i)) t) in *.
  assert (P1 : 0 <= M1) by (apply leaves_pos; intro; apply Rabs_pos). assert (P2 : 0 <= M2) by (apply leaves_pos; intro; apply Rabs_pos).
  set (h := Nat.max (height s) (height t)). assert (U := u_pos d). assert (V := u_small d).
  assert (h1 : (height s <= h)%nat) by (unfold h; lia). assert (h2 : (height t <= h)%nat) by (unfold h; lia).
  assert (Q := pow_grow 0 (2 * h) ltac:(lia)). assert (Q3 := pow_grow (2 * h) (3 * h) ltac:(lia)).
  assert (A1 := pow_grow (2 * height s) (2 * h) ltac:(lia)). assert (A2 := pow_grow (2 * height t) (2 * h) ltac:(lia)).
  assert (B1 := pow_grow (3 * height s) (3 * h) ltac:(lia)). assert (B2 := pow_grow (3 * height t) (3 * h) ltac:(lia)).
  assert (N1 := le_INR _ _ h1). assert (N2 := le_INR _ _ h2). assert (Z1 := pos_INR (height s)). assert (Z2 := pos_INR (height t)).
  set (K := INR h) in *. set (W := (1 + u d) ^ (2 * h)) in *. set (C := (1 + u d) ^ (3 * h)) in *.
  assert (size : forall k p M, 0 <= k <= K -> 0 <= p <= C -> 0 <= M -> k * u d * p * M <= K * u d * C * M).
  { intros k p M Hk Hp HM. apply Rmult_le_compat_r; [exact HM |]. apply Rmult_le_compat; try lra.
    - apply Rmult_le_pos; lra. - apply Rmult_le_compat_r; lra. }
  assert (F1 := size (INR (height s)) _ M1 ltac:(lra) ltac:(split; [| apply B1]; lra) P1).
  assert (F2 := size (INR (height t)) _ M2 ltac:(lra) ltac:(split; [| apply B2]; lra) P2).
  assert (R1 : Rabs r1 <= W * M1) by (eapply Rle_trans; [exact Sr1 | apply Rmult_le_compat_r; lra]).
  assert (R2 : Rabs r2 <= W * M2) by (eapply Rle_trans; [exact Sr2 | apply Rmult_le_compat_r; lra]).
  assert (T : Rabs (r1 + r2) <= W * (M1 + M2)) by (eapply Rle_trans; [apply Rabs_triang | lra]).
  assert (Hr := rnd_add d r1 r2 Dr1 Dr2). fold r in Hr.
  assert (UT : u d * Rabs (r1 + r2) <= u d * (W * (M1 + M2))) by (apply Rmult_le_compat_l; lra).
  assert (De : is d e) by now apply is_rest.
  assert (He : Rabs e <= u d * (W * (M1 + M2))).
  { unfold e. replace (r1 + r2 - r) with (- (r - (r1 + r2))) by ring. rewrite Rabs_Ropp. lra. }
  assert (L := pair_low q1 q2 e q (K * u d * C * (M1 + M2)) (u d * (W * (M1 + M2))) Dq1 Dq2 De ltac:(lra) He Hq).
  destruct L as [L1 L2].
  assert (AB : K * u d * C * (M1 + M2) + u d * (W * (M1 + M2)) <= (K + 1) * u d * C * (M1 + M2)).
  { assert (W * (M1 + M2) <= C * (M1 + M2)) by (apply Rmult_le_compat_r; lra).
    assert (u d * (W * (M1 + M2)) <= u d * (C * (M1 + M2))) by (apply Rmult_le_compat_l; lra). lra. }
  assert (K0 : 0 <= K) by (unfold K; apply pos_INR).
  assert (M0 : 0 <= C * (M1 + M2)) by (apply Rmult_le_pos; lra).
  split; [apply is_rnd |]. split; [destruct Hq as [Hq | Hq]; rewrite Hq; apply is_rnd |].
  assert (SK : INR (S h) = K + 1) by (rewrite S_INR; reflexivity).
  assert (SC : (1 + u d) ^ (3 * S h) = (1 + u d) ^ 3 * C).
  { unfold C. rewrite <- pow_add. f_equal. lia. }
  split; [| split].
  + replace r with ((r - (r1 + r2)) + (r1 + r2)) by ring. eapply Rle_trans; [apply Rabs_triang |].
    replace ((1 + u d) ^ (2 * S h)) with ((1 + u d) * ((1 + u d) * W)) by (unfold W; replace (2 * S h)%nat with (S (S (2 * h))) by lia; reflexivity).
    assert (0 <= W * (M1 + M2)) by (apply Rmult_le_pos; lra). assert (0 <= u d * (W * (M1 + M2))) by (apply Rmult_le_pos; lra).
    assert (0 <= u d * (u d * (W * (M1 + M2)))) by (apply Rmult_le_pos; lra). lra.
  + eapply Rle_trans; [exact L2 |]. rewrite SK, SC.
    apply Rle_trans with ((1 + u d) ^ 2 * ((K + 1) * u d * C * (M1 + M2))).
    * apply Rmult_le_compat_l; [apply pow_le; lra | exact AB].
    * replace ((K + 1) * u d * ((1 + u d) ^ 3 * C) * (M1 + M2)) with ((1 + u d) ^ 3 * ((K + 1) * u d * C * (M1 + M2))) by ring.
      apply Rmult_le_compat_r; [repeat apply Rmult_le_pos; lra |]. apply Rle_pow; [lra | lia].
  + replace (r + q - (leaves x s + leaves x t)) with ((q - (q1 + q2 + e)) + (r1 + q1 - leaves x s) + (r2 + q2 - leaves x t)) by (unfold e;
    ring).
    eapply Rle_trans; [apply Rabs_triang |]. eapply Rle_trans; [apply Rplus_le_compat_r; apply Rabs_triang |].
    assert (G : forall n M, (n <= h)%nat -> 0 <= M -> lost n * M <= 3 * K ^ 2 * u d ^ 2 * C * M).
    { intros n M Hn HM. apply Rmult_le_compat_r; [exact HM |]. unfold lost.
      assert (X := pow_grow (3 * n) (3 * h) ltac:(lia)). assert (Y := le_INR _ _ Hn). assert (Z := pos_INR n). fold C in X. fold K in Y.
      apply Rmult_le_compat; [| lra | | lra].
      - apply Rmult_le_pos; [apply Rmult_le_pos; [lra | apply pow_le; exact Z] | apply pow_le; exact U].
      - apply Rmult_le_compat_r; [apply pow_le; exact U |]. apply Rmult_le_compat_l; [lra |]. apply pow_incr. lra. }
    assert (G1 := G _ M1 h1 P1). assert (G2 := G _ M2 h2 P2).
    assert (L3 : Rabs (q - (q1 + q2 + e)) <= 3 * u d * ((K + 1) * u d * C * (M1 + M2))).
    { eapply Rle_trans; [exact L1 |]. apply Rmult_le_compat_l; lra. }
    unfold lost. rewrite SK, SC.
    set (X := u d ^ 2 * (C * (M1 + M2))).
    assert (X0 : 0 <= X) by (unfold X; apply Rmult_le_pos; [apply pow_le; exact U | exact M0]).
    apply Rle_trans with (3 * (K ^ 2 + K + 1) * X); [unfold X; lra |].
    replace (3 * (K + 1) ^ 2 * u d ^ 2 * ((1 + u d) ^ 3 * C) * (M1 + M2)) with (3 * (K + 1) ^ 2 * ((1 + u d) ^ 3 * X)) by (unfold X; ring).
    assert (Y : X <= (1 + u d) ^ 3 * X).
    { rewrite <- (Rmult_1_l X) at 1. apply Rmult_le_compat_r; [exact X0 | apply pow_R1_Rle; lra]. }
    apply Rle_trans with (3 * (K + 1) ^ 2 * X).
    * apply Rmult_le_compat_r; [exact X0 | simpl; clear - K0; nra].
    * apply Rmult_le_compat_l; [apply Rmult_le_pos; [lra | apply pow_le; lra] | exact Y].
- destruct (IH F) as (Dr & Dq & Sr & Sq & E). cbn zeta in *. destruct (again x t r q F Dr Dq Sq Sr E) as (A1 & A2).
  split; [apply is_rnd |]. split; [now apply is_rest |]. split; [exact A1 |]. split; [exact A2 |].
  replace (rnd d (r + q) + (r + q - rnd d (r + q))) with (r + q) by ring. exact E.
Qed.

(* The same with leaves that have errors of their own: the pair, as a number, against the exact sum. *)
Theorem pair_rel x e w b g t r q : (forall i, is d (x i)) -> few (height t) -> 1 <= g -> (forall i, rel (x i) (e i) (w i) g (b i)) -> pair x t r q ->
	rel (r + q) (leaves e t) (leaves w t) (g * (1 + lost (height t))) ((1 + lost (height t)) * leaves b t).
Proof.
intros D F G H P. destruct (pair_error x t r q D F P) as (_ & _ & _ & _ & E). cbn zeta in E.
assert (L := lost_pos (height t)).
assert (S : rel (leaves x t) (leaves e t) (leaves w t) g (leaves b t) /\ leaves (fun i => Rabs (x i)) t <= g * leaves w t + leaves b t).
{ clear P E F. induction t; simpl.
  - split; [now apply rel_0 | lra].
  - split; [apply H | apply (rel_size _ _ _ _ _ (H i))].
  - destruct IHt1 as [R1 S1]. { apply lost_pos. } destruct IHt2 as [R2 S2]. { apply lost_pos. } split; [now apply rel_plus | lra]. }
destruct S as [[S1 S2] S3]. split; [| exact S2].
replace (r + q - leaves e t) with ((r + q - leaves x t) + (leaves x t - leaves e t)) by ring.
eapply Rle_trans; [apply Rabs_triang |].
assert (lost (height t) * leaves (fun i => Rabs (x i)) t <= lost (height t) * (g * leaves w t + leaves b t)) by (apply Rmult_le_compat_l;
	lra).
lra.
Qed.
End Trees.
