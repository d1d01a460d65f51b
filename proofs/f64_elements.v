(* Rows of doubles as the caller has them: the moments of each block as sections 2, 3 and 9 make them, and the count, mean and deviation of
  the whole from those of its blocks. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row merge step mergeops mergerow f64_look f64_row f64_layernorm f64_narrow f64_tiny f64_range everyrow.
Require blocks firstpivot f64_block scaledblock look32 block32 f64_narrow_layernorm.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.
Notation first_pivot64 := (firstpivot.first_pivot emin64 53).

(* -- deviations of any list -- *)
Lemma sum_elements (xs : list R) x : In x xs -> n xs * mean xs = sum (fun x => x) xs.
Proof. intro I. assert (N := n_pos xs x I). unfold mean. field. lra. Qed.
Lemma sig_elements (xs : list R) x : In x xs -> n xs * (sig xs * sig xs) = QQ xs (mean xs).
Proof.
intro I. assert (N := n_pos xs x I). unfold sig. rewrite sqrt_def; [field; lra|].
apply Rmult_le_pos; [apply QQ_pos|left; apply Rinv_0_lt_compat; lra].
Qed.
Lemma QQ_about (xs : list R) x K : In x xs -> QQ xs K = n xs * (sig xs * sig xs + (mean xs - K) * (mean xs - K)).
Proof.
intro I. assert (N := n_pos xs x I). rewrite Rmult_plus_distr_l, (sig_elements xs x I). unfold QQ. set (m := mean xs).
rewrite (sum_ext (fun x => (x - K) * (x - K)) (fun x => (x - m) * (x - m) + (2 * (m - K) * x + ((m - K) * (m - K) - 2 * (m - K) * m))))
  by (intros; ring).
rewrite !sum_add, sum_scal, sum_const. fold (n xs). rewrite <- (sum_elements xs x I). fold m. ring.
Qed.
Lemma sig_max (xs : list R) b : 0 <= b -> xs <> [] -> (forall x, In x xs -> Rabs x <= b) -> sig xs <= b.
Proof.
intros Pb Ne H. destruct xs as [|x l] eqn:E; [easy|]. rewrite <- E in *. assert (Ix : In x xs) by (rewrite E; now left).
assert (N := n_pos xs x Ix). apply le_of_sqr; [exact Pb|]. apply Rmult_le_reg_l with (n xs); [lra|].
assert (Q := QQ_about xs x 0 Ix). assert (Z := Rle_0_sqr (mean xs - 0)). unfold Rsqr in Z.
assert (0 <= n xs * ((mean xs - 0) * (mean xs - 0))) by (apply Rmult_le_pos; lra).
assert (QQ xs 0 <= n xs * (b * b)); [|lra]. unfold QQ. apply Rle_trans with (sum (fun _ => b * b) xs).
- apply sum_le. intros y I. rewrite Rminus_0_r. replace (y * y) with (Rabs y * Rabs y) by (rewrite <- Rabs_mult; apply Rabs_pos_eq,
  Rle_0_sqr). assert (Y := H y I). assert (Y0 := Rabs_pos y). apply Rmult_le_compat; lra.
- rewrite sum_const. fold (n xs). lra.
Qed.

(* -- what blocks say of the row that they were cut from -- *)
Section Cut.
Variable A : Type.
Variables (el : A -> list R) (blk : A -> blocks.block) (l : list A).
Hypothesis shape : forall a, In a l -> (1 <= length (el a) <= 1024)%nat /\ blocks.cnt (blk a) = n (el a) /\ blocks.mu (blk a) = mean (el a)
  /\ blocks.m2 (blk a) = n (el a) * (sig (el a) * sig (el a)).
Hypothesis some : l <> [].
Let x := concat (map el l).
Let bs := map blk l.

Lemma over f : sum f x = sum (fun a => sum f (el a)) l. Proof. unfold x. now rewrite sum_concat, sum_map. Qed.
Lemma one_in : exists v, In v x.
Proof.
assert (H : exists a, In a l) by (clear - some; destruct l as [|a k]; [now elim some|exists a; now left]). destruct H as (a & Ia).
destruct (look32.some_in (el a) ltac:(destruct (shape a Ia); lia)) as (v & Iv). exists v. unfold x. apply in_concat. exists (el a).
split; [now apply in_map|exact Iv].
Qed.
Lemma N_cut : blocks.N bs = n x.
Proof.
unfold blocks.N, bs. rewrite sum_map. unfold n. rewrite <- (Rmult_1_l (INR _)), <- sum_const, over. apply sum_ext. intros a I.
destruct (shape a I) as (_ & E & _). rewrite E, sum_const. unfold n. ring.
Qed.
Lemma Mean_cut : blocks.Mean bs = mean x.
Proof.
destruct one_in as (v & Iv). assert (N := n_pos x v Iv). unfold blocks.Mean. rewrite N_cut. unfold bs. rewrite sum_map.
unfold mean. f_equal. rewrite over. apply sum_ext. intros a I. destruct (shape a I) as (L & E & M & _). rewrite E, M.
destruct (look32.some_in (el a) ltac:(lia)) as (w & Iw). exact (sum_elements (el a) w Iw).
Qed.
Lemma Sigma_cut : blocks.Sigma bs = sig x.
Proof.
unfold blocks.Sigma, sig. rewrite N_cut. f_equal. f_equal. unfold blocks.M2. rewrite Mean_cut. unfold bs. rewrite sum_map.
unfold QQ. rewrite over. apply sum_ext. intros a I. destruct (shape a I) as (L & E & M & M2). rewrite E, M, M2.
destruct (look32.some_in (el a) ltac:(lia)) as (w & Iw). fold (QQ (el a) (mean x)). rewrite (QQ_about (el a) w _ Iw). ring.
Qed.
End Cut.

(* -- the moments of a block -- *)
Inductive moments64 (pe : R -> R -> R) (fused : bool) (xs : list R) : st -> Prop :=
| Moments64 K T : first_pivot64 xs K T -> moments64 pe fused xs (state64 pe xs fused K T).
Definition varies (xs : list R) := bpow radix2 (-490) <= sig xs \/ exists v, forall x, In x xs -> x = v.
Definition double_block (xs : list R) := (1 <= length xs <= 1024)%nat /\ forall x, In x xs -> F64 x.
Definition block64 (xs : list R) := double_block xs /\ varies xs.
(* multiples of 2^-482 that differ vary enough *)
Lemma mult_varies xs e : (-482 <= e)%Z -> (1 <= length xs <= 1024)%nat -> (forall x, In x xs -> mult e x) -> varies xs.
Proof.
intros He L M. destruct (look32.some_in xs ltac:(lia)) as (v & Iv). destruct (block32.exists_other xs v) as [All|(a & Ia & Na)];
  [right; now exists v|left]. assert (N := n_range xs L). assert (D : bpow radix2 (-482) <= Rabs (a - v)).
{ apply look32.mult_least; [apply (mult_le e); [lia|]; apply mult_sub; now apply M|lra]. }
assert (Q := scaledblock.two_spread xs (mean xs) a v Ia Iv Na). rewrite <- (sig_elements xs v Iv) in Q.
assert (S : bpow radix2 (-482 + -482) <= (a - v) * (a - v)).
{ replace ((a - v) * (a - v)) with (Rabs (a - v) * Rabs (a - v)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
  rewrite bpow_plus. apply Rmult_le_compat; try apply bpow_ge_0; assumption. }
assert (n xs * (sig xs * sig xs) <= 1024 * (sig xs * sig xs)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]).
assert (E : bpow radix2 (-482 + -482) = 65536 * (bpow radix2 (-490) * bpow radix2 (-490))) by (replace 65536 with (bpow radix2 16) by
  (simpl; lra); now rewrite <- !bpow_plus).
assert (P := bpow_gt_0 radix2 (-490)).
apply le_of_sqr; [apply sqrt_pos|]. assert (0 <= bpow radix2 (-490) * bpow radix2 (-490)) by (apply Rmult_le_pos; lra). lra.
Qed.

Section Blocks.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.

(* the states beside their ideal blocks, whatever the blocks *)
Lemma near_blocks els sts : Forall2 (moments64 pe fused) els sts -> (forall xs, In xs els -> double_block xs) ->
  exists all, map (fun c => bx (fst c)) all = els /\ map snd all = sts /\ forall c, In c all -> rgood (-1074) 53 (fst c) /\ near64 (fst c) (snd c).
Proof.
intro F. induction F as [|xs s els sts M F IH]; intro W; [exists []; repeat split; easy|].
destruct IH as (all & A & B & C); [intros; apply W; now right|]. destruct (W xs (or_introl eq_refl)) as (L & Fx).
destruct M as [K T P]. destruct (firstpivot.first_pivot_ok emin64 53 xs K T ltac:(lia) ltac:(unfold emin64; lia) Fx L P) as (FK & _ & Ok).
assert (G : exists b, bx b = xs /\ rgood (-1074) 53 b /\ near64 b (state64 pe xs fused K T)).
{ assert (Vr : varies xs -> exists b, bx b = xs /\ rgood (-1074) 53 b /\ near64 b (state64 pe xs fused K T)).
  { intro V. destruct (block_good64 pe (product_ok pe pe_is) xs Fx L fused K T FK Ok V) as (c & k & G). eexists. split; [|exact G]. reflexivity. }
  destruct (Rle_or_lt (bpow radix2 (-490)) (sig xs)) as [V|Sm]; [apply Vr; now left|].
  destruct (look32.some_in xs ltac:(lia)) as (v & Iv). destruct (block32.exists_other xs v) as [All|(a & Ia & Na)]; [apply Vr; right; now exists v|].
  eexists. split; [|exact (tiny_good pe (product_ok pe pe_is) xs Fx L fused K T FK Ok a v Ia Iv Na Sm)]. reflexivity. }
destruct G as (b & Eb & G). exists ((b, state64 pe xs fused K T) :: all).
cbn [map fst snd]. split; [now rewrite A, Eb|split; [now rewrite B|]].
intros d [<-|I]; [exact G|now apply C].
Qed.
Lemma narrow_blocks els sts : Forall2 (moments64 pe fused) els sts -> (forall xs, In xs els -> block64 xs) ->
  exists all, map nx all = els /\ map nst all = sts /\ forall b, In b all -> nok b /\ sm (nst b) = rnd64 (sm (nst b) + sl (nst b)).
Proof.
intro F. induction F as [|xs s els sts M F IH]; intro W; [exists []; repeat split; easy|].
destruct IH as (all & A & B & C); [intros; apply W; now right|]. destruct (W xs (or_introl eq_refl)) as ((L & Fx) & V).
destruct M as [K T P]. destruct (firstpivot.first_pivot_ok emin64 53 xs K T ltac:(lia) ltac:(unfold emin64; lia) Fx L P) as (FK & _ & Ok).
assert (P0 : forall b, pe 0 b = 0) by (intro b; destruct pe_is as [-> | ->]; [apply f64_narrow_layernorm.pe_fma_0|apply
  f64_narrow_layernorm.pe_dekker_0]).
destruct (f64_narrow_layernorm.block_nok pe (product_ok pe pe_is) P0 xs Fx L fused K T FK Ok V) as (c & k & G).
exists (NBlock xs (state64 pe xs fused K T) c k :: all). cbn [map nx nst]. split; [now rewrite A|]. split; [now rewrite B|].
intros d [<-|I]; [exact G|now apply C].
Qed.
End Blocks.
