(* The first pivot of section 3: 0 where about a third of the first signs are of either kind, otherwise the mean of the first elements. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format trees section2 look.
Import ListNotations.
Local Open Scope R_scope.

Section Pivot.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Let mean := mean xs.
Let sig := sig xs.

Lemma sum_firstn (f : R -> R) k : (forall x, In x xs -> 0 <= f x) -> sum f (firstn k xs) <= sum f xs.
Proof.
intro P. rewrite <- (firstn_skipn k xs) at 2. rewrite sum_app.
assert (0 <= sum f (skipn k xs)); [|lra]. apply sum_pos. intros x I. apply P.
rewrite <- (firstn_skipn k xs). apply in_or_app. now right.
Qed.

(* -- the pivot 0: signs.  bits: the sign bit of each of the first s elements -- *)
Definition s := Nat.min (length xs) 32.
Variable bits : list bool.
Hypothesis bits_ok : length bits = s /\ forall b x, In (b, x) (combine bits (firstn s xs)) -> if b then x <= 0 else 0 <= x.
Definition g := count_occ Bool.bool_dec bits true.

Lemma side_sum (l : list R) (bl : list bool) side m : length bl = length l -> 
  (forall b x, In (b, x) (combine bl l) -> b = side -> m * m <= (x - m) * (x - m)) ->
  INR (count_occ Bool.bool_dec bl side) * (m * m) <= sum (fun x => (x - m) * (x - m)) l.
Proof.
revert bl. induction l as [|x l IH]; intros [|b bl] L H; simpl in L; try discriminate; [simpl; lra|].
assert (A : INR (count_occ Bool.bool_dec bl side) * (m * m) <= sum (fun x => (x - m) * (x - m)) l).
{ apply IH; [lia|]. intros c y I. apply H. now right. }
simpl sum. simpl count_occ. destruct (Bool.bool_dec b side) as [E|E].
- rewrite S_INR. assert (B := H b x (or_introl eq_refl) E). lra.
- assert (B := Rle_0_sqr (x - m)). unfold Rsqr in B. lra.
Qed.

Lemma count_both (bl : list bool) : (count_occ Bool.bool_dec bl true + count_occ Bool.bool_dec bl false = length bl)%nat.
Proof. induction bl as [|[|] bl IH]; simpl; lia. Qed.

Theorem pivot_0_ok : (5 * s <= 16 * g <= 11 * s)%nat -> pivot_0 xs 0.
Proof.
intro Hg. split; [reflexivity|]. fold mean sig. destruct bits_ok as (BL & BS). assert (N := n_range xs xs_len). assert (Sp := sig_pos xs).
  fold sig in Sp.
assert (LF : length (firstn s xs) = s) by (apply firstn_length_le; unfold s; lia).
assert (CB := count_both bits). fold g in CB. rewrite BL in CB.
assert (X : exists c, (5 * s <= 16 * c)%nat /\ INR c * (mean * mean) <= sum (fun x => (x - mean) * (x - mean)) (firstn s xs)).
{ destruct (Rle_or_lt 0 mean) as [P|P].
  - exists g. split; [lia|]. apply side_sum; [congruence|]. intros b x I ->. assert (Z := BS _ _ I). simpl in Z. nra.
  - exists (count_occ Bool.bool_dec bits false). split; [lia|]. apply side_sum; [congruence|]. intros b x I ->. assert (Z := BS _ _ I).
    simpl in Z. nra. }
destruct X as (c & C1 & C2).
assert (C3 := sum_firstn (fun x => (x - mean) * (x - mean)) s (fun x _ => Rle_0_sqr _)). fold (QQ xs mean) in C3. unfold mean in C3 at 3.
  rewrite <- sig_sqr in C3 by assumption.
fold sig in C3.
assert (n32 : n xs <= 32 * INR s).
{ replace 32 with (INR 32) by (simpl; lra). rewrite <- mult_INR. apply le_INR. unfold s. lia. }
assert (c5 : 5 * INR s <= 16 * INR c).
{ replace 5 with (INR 5) by (simpl; lra). replace 16 with (INR 16) by (simpl; lra). rewrite <- !mult_INR. now apply le_INR. }
assert (s1 : 1 <= INR s) by (replace 1 with (INR 1) by reflexivity; apply le_INR; unfold s; lia).
assert (Q : INR s * (5 / 16 * (mean * mean)) <= INR s * (32 * (sig * sig))).
{ assert (M2 := Rle_0_sqr mean). assert (S2 := Rle_0_sqr sig). unfold Rsqr in M2, S2.
  assert (5 / 16 * INR s * (mean * mean) <= INR c * (mean * mean)) by (apply Rmult_le_compat_r; lra).
  assert (n xs * (sig * sig) <= 32 * INR s * (sig * sig)) by (apply Rmult_le_compat_r; lra). lra. }
apply Rmult_le_reg_l in Q; [|lra]. apply abs_le_of_sqr; [lra|]. assert (S2 := Rle_0_sqr sig). unfold Rsqr in S2. lra.
Qed.

(* 0 lies among the elements: there are some of either sign *)
Lemma on_side (bl : list bool) : forall (l : list R) side, length bl = length l -> (0 < count_occ Bool.bool_dec bl side)%nat ->
  exists x, In (side, x) (combine bl l).
Proof.
induction bl as [|b bl IH]; intros [|x l] side L C; simpl in L; try discriminate; [simpl in C; lia|]. simpl in C.
destruct (Bool.bool_dec b side) as [->|Ne]; [exists x; now left|]. destruct (IH l side ltac:(lia) C) as (y & I). exists y. now right.
Qed.
Theorem pivot_0_among lo hi : (5 * s <= 16 * g <= 11 * s)%nat -> (forall x, In x xs -> lo <= x <= hi) -> lo <= 0 <= hi.
Proof.
intros Hg All. destruct bits_ok as (BL & BS). assert (s1 : (1 <= s)%nat) by (unfold s; lia).
assert (LF : length (firstn s xs) = s) by (apply firstn_length_le; unfold s; lia).
assert (CB := count_both bits). fold g in CB. rewrite BL in CB.
assert (In1 : forall b x, In (b, x) (combine bits (firstn s xs)) -> In x xs).
{ intros b x I. apply in_combine_r in I. rewrite <- (firstn_skipn s xs). apply in_or_app. now left. }
destruct (on_side bits (firstn s xs) true ltac:(lia) ltac:(fold g; lia)) as (x & Ix).
destruct (on_side bits (firstn s xs) false ltac:(lia) ltac:(lia)) as (y & Iy).
assert (A := BS _ _ Ix). assert (B := BS _ _ Iy). simpl in A, B.
assert (C := All x (In1 _ _ Ix)). assert (D := All y (In1 _ _ Iy)). lra.
Qed.

(* -- the mean of the first t = 2^j elements, summed by halves -- *)
Fixpoint halve {A : Type} (op : A -> A -> A) (j : nat) (f : nat -> A) : A :=
  match j with 0%nat => f 0%nat | S i => halve op i (fun l => op (f l) (f (l + 2 ^ i)%nat)) end.
Definition hadd a b := rnd (a + b).
Variable j : nat.
Hypothesis j_max : (j <= 5)%nat.
Definition t := (2 ^ j)%nat.
Hypothesis t_ok : (t <= length xs)%nat /\ (INR (length xs) <= 32 * INR t).
Definition Kt := rnd (halve hadd j (fun l => nth l xs 0) * (/ INR t)).

Definition hleaf l := let x := nth l xs 0 in Leaf x (Rabs x) (Rabs x) x.
Definition htree := halve Node j hleaf.

Lemma halve_eval i : forall f, eval R hadd (halve Node i f) = halve hadd i (fun l => eval R hadd (f l)).
Proof. induction i as [|i IH]; intro f; simpl; [reflexivity|]. now rewrite IH. Qed.

Lemma halve_sum (phi : tree R -> R) i : (forall a b, phi (Node a b) = phi a + phi b) ->
  forall f, phi (halve Node i f) = sum (fun l => phi (f l)) (seq 0 (2 ^ i)).
Proof.
intro Hp. induction i as [|i IH]; intro f; simpl halve; [simpl; ring|].
rewrite IH. simpl Nat.pow. rewrite Nat.add_0_r, seq_app, sum_app. rewrite (sum_seq_shift (fun l => phi (f l)) (0 + 2 ^ i)).
rewrite <- sum_add. apply sum_ext. intros l _. rewrite Hp. do 2 f_equal. f_equal. lia.
Qed.

Lemma halve_all (P : tree R -> Prop) i : (forall a b, P a -> P b -> P (Node a b)) -> forall f, (forall l, P (f l)) -> P (halve Node i f).
Proof. intro Hp. induction i as [|i IH]; intros f Hf; simpl; auto. Qed.

Lemma halve_height i : forall f h, (forall l, (height (f l) <= h)%nat) -> (@height R (halve Node i f) <= h + i)%nat.
Proof.
induction i as [|i IH]; intros f h Hf; simpl; [rewrite Nat.add_0_r; apply Hf|].
replace (h + S i)%nat with (S h + i)%nat by lia. apply IH. intro l. simpl. assert (A := Hf l). assert (B := Hf (l + 2 ^ i)%nat). lia.
Qed.

Let At := sum Rabs (firstn t xs) / INR t.
Let Mt := sum (fun x => x) (firstn t xs) / INR t.

Lemma nth_prefix (f : R -> R) (a b : list R) : sum (fun l => f (nth l (a ++ b) 0)) (seq 0 (length a)) = sum f a.
Proof. induction a as [|x a IH]; [reflexivity|]. simpl. f_equal. rewrite <- seq_shift, sum_map. exact IH. Qed.

Lemma nth_firstn (f : R -> R) k : (k <= length xs)%nat -> sum (fun l => f (nth l xs 0)) (seq 0 k) = sum f (firstn k xs).
Proof.
intro Hk. assert (L : length (firstn k xs) = k) by now apply firstn_length_le.
assert (P := nth_prefix f (firstn k xs) (skipn k xs)). rewrite firstn_skipn, L in P. exact P.
Qed.

Lemma F_nth l : F (nth l xs 0).
Proof. destruct (nth_in_or_default l xs 0) as [I|E]; [now apply xs_F|rewrite E; apply F_0]. Qed.

Lemma t1 : 1 <= INR t.
Proof. replace 1 with (INR 1) by reflexivity. apply le_INR. unfold t. assert (2 ^ j <> 0)%nat by (apply Nat.pow_nonzero; lia). lia. Qed.

Lemma tree_t : Rabs (halve hadd j (fun l => nth l xs 0) - sum (fun x => x) (firstn t xs)) <= 5.00001 * u * sum Rabs (firstn t xs).
Proof.
assert (U := u_range p p_24). fold u in U.
set (inv := fun (h : nat) (x B : R) => F x /\ Rabs x <= B).
assert (OK : forall h a b A B, (h < 5)%nat -> inv h a A -> inv h b B -> 0 <= A -> 0 <= B ->
  inv (S h) (hadd a b) ((1 + u) * (A + B) + 0) /\ Rabs (hadd a b - (a + b)) <= u * (A + B) + 0).
{ intros h a b A B _ (Fa & Ha) (Fb & Hb) PA PB.
  assert (E : Rabs (hadd a b - (a + b)) <= u * Rabs (a + b)) by exact (add_err emin p ltac:(lia) a b Fa Fb).
  assert (T : Rabs (a + b) <= A + B) by (eapply Rle_trans; [apply Rabs_triang|lra]).
  assert (uT : u * Rabs (a + b) <= u * (A + B)) by (apply Rmult_le_compat_l; lra).
  split; [|lra]. split; [exact (rnd_F emin p ltac:(lia) _)|].
  replace (hadd a b) with ((hadd a b - (a + b)) + (a + b)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (LO : leaves_ok R (fun x => x) inv htree).
{ unfold htree. apply (halve_all (leaves_ok R (fun x => x) inv)); [intros; now split|]. intro l. unfold hleaf. cbn.
  assert (P := Rabs_pos (nth l xs 0)). rewrite Rminus_diag_eq, Rabs_R0 by reflexivity.
  repeat split; try lra. apply F_nth. }
assert (HH : (height htree <= 5)%nat) by (assert (A := halve_height j hleaf 0 ltac:(intro; simpl; lia)); unfold htree; lia).
destruct (tree_error R (fun x => x) hadd u 0 ltac:(lra) ltac:(lra) inv 5 ltac:(intros; assumption) OK htree LO HH) as (_ & _ & E).
assert (B := bnd_le R (fun x => x) u 0 ltac:(lra) ltac:(lra) inv htree 5 LO HH). rewrite Rmult_0_l, Rplus_0_r in B.
assert (S0 : sum (fun l => nth l xs 0) (seq 0 t) = sum (fun x => x) (firstn t xs)) by (apply (nth_firstn (fun x => x)); tauto).
assert (S1 : sum (fun l => Rabs (nth l xs 0)) (seq 0 t) = sum Rabs (firstn t xs)) by (apply nth_firstn; tauto).
assert (EX : exact htree = sum (fun x => x) (firstn t xs)) by (unfold htree; rewrite (halve_sum exact j ltac:(reflexivity)); exact S0).
assert (MG : mag htree = sum Rabs (firstn t xs)) by (unfold htree; rewrite (halve_sum mag j ltac:(reflexivity)); exact S1).
assert (LB : leafB htree = sum Rabs (firstn t xs)) by (unfold htree; rewrite (halve_sum leafB j ltac:(reflexivity)); exact S1).
unfold htree in E at 1. rewrite halve_eval in E. cbn [eval hleaf] in E. rewrite EX, MG in E. rewrite LB in B.
assert (P5 : (1 + u) ^ 5 <= 1 + 5.00001 * u).
{ assert (u2 : u * u <= / 16777216 * u) by (apply Rmult_le_compat_r; lra). assert (0 <= u * u) by apply Rle_0_sqr.
  assert (Q2 : (1 + u) * (1 + u) <= 1 + 2.000001 * u) by lra.
  assert (Q4 : ((1 + u) * (1 + u)) * ((1 + u) * (1 + u)) <= (1 + 2.000001 * u) * (1 + 2.000001 * u)) by (apply Rmult_le_compat; lra).
  replace ((1 + u) ^ 5) with ((1 + u) * (((1 + u) * (1 + u)) * ((1 + u) * (1 + u)))) by ring.
  assert ((1 + u) * (((1 + u) * (1 + u)) * ((1 + u) * (1 + u))) <= (1 + u) * (1 + 4.000003 * u)) by (apply Rmult_le_compat_l; lra). lra. }
assert (A0 : 0 <= sum Rabs (firstn t xs)) by (apply sum_pos; intros; apply Rabs_pos).
assert ((1 + u) ^ 5 * sum Rabs (firstn t xs) <= (1 + 5.00001 * u) * sum Rabs (firstn t xs)) by (apply Rmult_le_compat_r; assumption). 
cbv beta in E. lra.
Qed.

(* averages of the first t against sigma *)
Lemma near_t : sum (fun x => Rabs (x - mean)) (firstn t xs) / INR t <= 5.66 * sig.
Proof.
assert (T1 := t1). assert (Sp := sig_pos xs). fold sig in Sp. set (D := sum (fun x => Rabs (x - mean)) (firstn t xs)).
assert (D0 : 0 <= D) by (apply sum_pos; intros; apply Rabs_pos).
assert (C := cauchy_abs (fun x => x - mean) (firstn t xs)). fold D in C. rewrite firstn_length_le in C by tauto.
assert (C3 := sum_firstn (fun x => (x - mean) * (x - mean)) t (fun x _ => Rle_0_sqr _)). fold (QQ xs mean) in C3. unfold mean in C3 at 3.
  rewrite <- sig_sqr in C3 by assumption. fold sig in C3.
assert (N32 : n xs <= 32 * INR t) by apply t_ok.
assert (S2 := Rle_0_sqr sig). unfold Rsqr in S2.
assert (Dq : D * D <= INR t * (32 * INR t * (sig * sig))).
{ eapply Rle_trans; [exact C|]. apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [exact C3|]. apply Rmult_le_compat_r; lra. }
apply le_of_sqr; [lra|]. replace (D / INR t * (D / INR t)) with (D * D * (/ INR t * / INR t)) by (field; lra).
apply Rle_trans with (INR t * (32 * INR t * (sig * sig)) * (/ INR t * / INR t)).
- apply Rmult_le_compat_r; [|exact Dq]. assert (0 < / INR t) by (apply Rinv_0_lt_compat; lra). apply Rmult_le_pos; lra.
- replace (INR t * (32 * INR t * (sig * sig)) * (/ INR t * / INR t)) with (32 * (sig * sig)) by (field; lra). lra.
Qed.

Theorem pivot_t_ok : pivot_t emin p xs Kt.
Proof.
assert (T1 := t1). assert (U := u_range p p_24). fold u in U. assert (Sp := sig_pos xs). fold sig in Sp. assert (NT := near_t).
  assert (TT := tree_t).
assert (ti : 0 < / INR t) by (apply Rinv_0_lt_compat; lra).
assert (M0 := Rabs_pos mean). assert (e0 : 0 < eta) by apply bpow_gt_0.
set (V := halve hadd j (fun l => nth l xs 0)) in *.
assert (LT : length (firstn t xs) = t) by (apply firstn_length_le; tauto).
assert (AtM : At <= Rabs mean + 5.66 * sig).
{ unfold At. assert (sum Rabs (firstn t xs) <= sum (fun x => Rabs (x - mean) + Rabs mean) (firstn t xs)).
  { apply sum_le. intros x _. replace x with ((x - mean) + mean) at 1 by ring. apply Rabs_triang. }
  rewrite sum_add, sum_const, LT in H. apply (Rmult_le_compat_r (/ INR t)) in H; [|lra].
  replace ((sum (fun x => Rabs (x - mean)) (firstn t xs) + Rabs mean * INR t) * / INR t) with (sum (fun x => Rabs (x - mean)) (firstn t xs)
    / INR t + Rabs mean) in H by (field; lra).
  unfold Rdiv in *. lra. }
assert (At0 : 0 <= At) by (apply Rmult_le_pos; [apply sum_pos; intros; apply Rabs_pos|lra]).
assert (MtM : Rabs (Mt - mean) <= 5.66 * sig).
{ replace (Mt - mean) with (sum (fun x => x - mean) (firstn t xs) / INR t).
  - unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ INR t)) by lra. eapply Rle_trans; [|exact NT].
    apply Rmult_le_compat_r; [lra|apply sum_abs].
  - rewrite (sum_ext _ (fun x => x + - mean)) by (intros; ring). rewrite sum_add, sum_const, LT. unfold Mt. field. lra. }
assert (VM : Rabs (V * / INR t - Mt) <= 5.00001 * u * At).
{ unfold Mt, At, Rdiv. rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq (/ INR t)), <- Rmult_assoc by lra.
  apply Rmult_le_compat_r; lra. }
assert (MtA : Rabs Mt <= At).
{ unfold Mt, At, Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ INR t)) by lra. apply Rmult_le_compat_r; [lra|apply (sum_abs (fun x => x))]. }
assert (uAt : 0 <= u * At) by (apply Rmult_le_pos; lra).
assert (uuAt : u * (u * At) <= / 16777216 * (u * At)) by (apply Rmult_le_compat_r; lra).
assert (VA : Rabs (V * / INR t) <= At + 5.00001 * u * At).
{ replace (V * / INR t) with (Mt + (V * / INR t - Mt)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (RE : Rabs (Kt - V * / INR t) <= u * Rabs (V * / INR t) + eta) by exact (rnd_err emin p ltac:(lia) _).
assert (uVA : u * Rabs (V * / INR t) <= u * (At + 5.00001 * u * At)) by (apply Rmult_le_compat_l; lra).
assert (uAM : u * At <= u * (Rabs mean + 5.66 * sig)) by (apply Rmult_le_compat_l; lra).
assert (us : 0 <= u * sig <= / 16777216 * sig) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (um : 0 <= u * Rabs mean) by (apply Rmult_le_pos; lra).
unfold pivot_t. fold mean sig u eta.
replace (Kt - mean) with ((Kt - V * / INR t) + ((V * / INR t - Mt) + (Mt - mean))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|]. lra.
Qed.

(* equal elements: the pivot is the element *)
Lemma double_F v : F v -> F (v + v).
Proof.
intro Fv. replace (v + v) with (v * bpow radix2 1) by (change (bpow radix2 1) with 2; ring).
apply (mul_pow2_F emin p); [exact Fv|]. unfold cexp, fexp, FLT_exp. lia.
Qed.

Lemma halve_equal i : forall v f, F v -> (forall l, (l < 2 ^ i)%nat -> f l = v) -> halve hadd i f = v * INR (2 ^ i) /\ F (v * INR (2 ^ i)).
Proof.
induction i as [|i IH]; intros v f Fv Hf.
- simpl. rewrite Rmult_1_r. split; [apply Hf; simpl; lia|exact Fv].
- simpl halve. destruct (IH (v + v) (fun l => hadd (f l) (f (l + 2 ^ i)%nat)) (double_F v Fv)) as (E & FE).
  + intros l Hl. rewrite !Hf by (simpl; lia). apply (rnd_id emin p), double_F, Fv.
  + replace (v * INR (2 ^ S i)) with ((v + v) * INR (2 ^ i)); [now split|]. simpl Nat.pow. rewrite Nat.add_0_r, plus_INR. ring.
Qed.

Theorem pivot_equal v : (forall x, In x xs -> x = v) -> Kt = v.
Proof.
intro All. assert (T1 := t1).
assert (Fv : F v). { destruct xs as [|x l]; [simpl in xs_len; lia|]. rewrite <- (All x (or_introl eq_refl)). apply xs_F. now left. }
destruct (halve_equal j v (fun l => nth l xs 0) Fv) as (E & _).
- intros l Hl. apply All. apply nth_In. destruct t_ok. unfold t in *. lia.
- unfold Kt. rewrite E. fold t. replace (v * INR t * / INR t) with v by (field; lra). now apply (rnd_id emin p).
Qed.

(* -- the first pivot lies among the elements: rounding passes none of them -- *)
Lemma halve_ge i : forall b f, F b -> (forall l, (l < 2 ^ i)%nat -> b <= f l) -> b * INR (2 ^ i) <= halve hadd i f.
Proof.
induction i as [|i IH]; intros b f Fb Hf; [simpl; rewrite Rmult_1_r; apply Hf; simpl; lia|]. simpl halve.
replace (b * INR (2 ^ S i)) with ((b + b) * INR (2 ^ i)) by (simpl Nat.pow; rewrite Nat.add_0_r, plus_INR; ring).
apply IH; [now apply double_F|]. intros l Hl. unfold hadd. rewrite <- (rnd_id emin p _ (double_F b Fb)). apply (rnd_le emin p); [lia|].
apply Rplus_le_compat; apply Hf; simpl; lia.
Qed.
Lemma halve_le i : forall b f, F b -> (forall l, (l < 2 ^ i)%nat -> f l <= b) -> halve hadd i f <= b * INR (2 ^ i).
Proof.
induction i as [|i IH]; intros b f Fb Hf; [simpl; rewrite Rmult_1_r; apply Hf; simpl; lia|]. simpl halve.
replace (b * INR (2 ^ S i)) with ((b + b) * INR (2 ^ i)) by (simpl Nat.pow; rewrite Nat.add_0_r, plus_INR; ring).
apply IH; [now apply double_F|]. intros l Hl. unfold hadd. rewrite <- (rnd_id emin p _ (double_F b Fb)). apply (rnd_le emin p); [lia|].
apply Rplus_le_compat; apply Hf; simpl; lia.
Qed.

Lemma place_in l : (l < 2 ^ j)%nat -> In (nth l xs 0) xs.
Proof. intro Hl. apply nth_In. destruct t_ok. unfold t in *. lia. Qed.
Theorem pivot_t_among lo hi : F lo -> F hi -> (forall x, In x xs -> lo <= x <= hi) -> lo <= Kt <= hi.
Proof.
intros Flo Fhi All. assert (T1 := t1). assert (ti : 0 < / INR t) by (apply Rinv_0_lt_compat; lra). unfold Kt.
assert (A := halve_ge j lo (fun l => nth l xs 0) Flo (fun l Hl => proj1 (All _ (place_in l Hl)))). fold t in A.
assert (B := halve_le j hi (fun l => nth l xs 0) Fhi (fun l Hl => proj2 (All _ (place_in l Hl)))). fold t in B.
set (V := halve hadd j (fun l => nth l xs 0)) in *. split.
- rewrite <- (rnd_id emin p lo Flo). apply (rnd_le emin p); [lia|]. apply Rmult_le_reg_r with (INR t); [lra|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact A.
- rewrite <- (rnd_id emin p hi Fhi). apply (rnd_le emin p); [lia|]. apply Rmult_le_reg_r with (INR t); [lra|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact B.
Qed.

End Pivot.
