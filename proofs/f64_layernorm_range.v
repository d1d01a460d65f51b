(* LayerNorm of doubles whose row section 9 takes as it is: hypotheses on elements, deviation and eps alone. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow f64_pairs f64_last f64_var f64_eps everyrow f64_range f64_elements.
Require blocks row look32 scaledblock f64_row f64_merged f64_whole f64_layernorm f64_narrow f64_narrow_merged f64_narrow_layernorm.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.

(* the bound of ln.h *)
Definition bounded (fused : bool) (y xhat gamma beta : R) := Rabs (y - (gamma * xhat + beta)) <= (if fused then B64_fused else B64_unfused) *
  u64 * (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64.
(* y of the moments t of a row that is taken as it is, eps inside or outside *)
Definition y_inside pe (fused : bool) (t : st) cols eps x gamma beta :=
  f64_whole.y64 fused (sm t) (f64_whole.lo64 t) (rstd64 pe (s2 t) (s2l t) cols eps) x gamma beta.
Definition y_outside pe (fused : bool) (t : st) cols eps x gamma beta :=
  f64_whole.y64 fused (sm t) (f64_whole.lo64 t) (rs_out pe (s2 t) (s2l t) cols eps) x gamma beta.

Section Range.
(* the row, cut into blocks: all full but the last, which has some elements *)
Variables (full : list (list R)) (last : list R).
Hypothesis full_is : forall xs, In xs full -> length xs = 1024%nat.
Hypothesis last_is : (1 <= length last <= 1024)%nat.
Let els := full ++ [last].
Let row := concat els.
Hypothesis row_count : n row <= bpow radix2 30.
Hypothesis narrow_count : 8589934592 * sig row < Rabs (mean row) -> n row <= bpow radix2 20.
(* moments as sections 2, 3 and 9 make them, merged as section 4 does *)
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Variables (first : st) (further : list st).
Hypothesis moments_are : Forall2 (moments64 pe fused) els (first :: further).
Let t := merged pe first further.
Hypothesis row_F : forall z, In z row -> F64 z.
Hypothesis sigma_big : bpow radix2 (-401) <= sig row.
Variables eps x gamma beta : R.
Hypothesis eps_double : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis x_in : In x row.
Hypothesis gamma_double : F64 gamma.
Hypothesis beta_double : F64 beta.
Lemma F_length : F64 (n row).
Proof. exact (F_count (length row) row_count). Qed.
Lemma some_els {A : Type} (f : A -> list R) all : map f all = els -> all <> [].
Proof. intros E Z. rewrite Z in E. unfold els in E. symmetry in E. now apply app_eq_nil in E. Qed.
(* one block or several *)
Lemma one_or_more {A : Type} (f : A -> list R) (g : A -> st) all : map f all = els -> map g all = first :: further ->
  (exists a b l, all = a :: l ++ [b] /\ (forall c, In c (a :: l) -> length (f c) = 1024%nat) /\ t = merged pe (g a) (map g (l ++ [b]))) \/
  exists a, all = [a] /\ t = g a.
Proof.
intros E G. destruct (exists_last (some_els f all E)) as (l0 & b & El). destruct l0 as [|a l].
- right. exists b. split; [exact El|]. rewrite El in G. simpl in G. injection G as G1 G2. unfold t. rewrite <- G1, <- G2. reflexivity.
- left. exists a, b, l. split; [exact El|]. split.
  + intros c I. rewrite El, map_app in E. unfold els in E. apply app_inj_tail in E. destruct E as (E & _). apply full_is. rewrite <- E.
    now apply in_map.
  + rewrite El in G. simpl in G. injection G as G1 G2. unfold t. now rewrite G1, G2.
Qed.
Lemma blocks_are xs : In xs els -> double_block xs.
Proof.
intro I. split; [|intros z J; apply row_F, in_concat; now exists xs].
unfold els in I. apply in_app_or in I. destruct I as [I|[<-|[]]]; [rewrite (full_is xs I); lia|exact last_is].
Qed.
(* where the deviation is far below the mean, elements are near the mean, and so no finer than 2^-421 *)
Lemma narrow_vary xs : 8589934592 * sig row < Rabs (mean row) -> In xs els -> block64 xs.
Proof.
intros Nw I. assert (B := blocks_are xs I). split; [exact B|]. apply (mult_varies xs (-421)); [lia|apply B|]. intros z J.
assert (Iz : In z row) by (apply in_concat; now exists xs). assert (s0 := sig_pos row). assert (ss := Rle_0_sqr (sig row)). unfold Rsqr in ss.
assert (Dv : Rabs (z - mean row) <= 32768 * sig row).
{ apply le_of_sqr; [lra|]. assert (Q := sig_elements row z Iz).
  assert (X : (z - mean row) * (z - mean row) <= QQ row (mean row)) by (apply (sum_pos_in (fun y => (y - mean row) * (y - mean row)) row z); [intros;
    apply Rle_0_sqr|exact Iz]). rewrite <- Rabs_mult, Rabs_pos_eq by apply Rle_0_sqr. rewrite <- Q in X.
  assert (n row * (sig row * sig row) <= bpow radix2 30 * (sig row * sig row)) by (apply Rmult_le_compat_r; assumption).
  replace (bpow radix2 30) with (32768 * 32768) in H by (simpl; lra). lra. }
apply (F_mult emin64 53); [now apply row_F|unfold emin64; lia|left].
assert (T : Rabs (mean row) <= Rabs z + 32768 * sig row).
{ replace (mean row) with (z - (z - mean row)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
apply Rle_trans with (bpow radix2 32 * bpow radix2 (-401)); [rewrite <- bpow_plus; apply bpow_le; lia|].
assert (E32 : bpow radix2 32 = 4294967296) by (simpl; lra). rewrite E32. assert (S4 := sigma_big). lra.
Qed.
Lemma in_some_block : exists xs, In xs els /\ In x xs.
Proof. apply in_concat in x_in. destruct x_in as (xs & I & J). now exists xs. Qed.

(* y where V is ordinary, and where V is: of an m2 that is near n sigma^2 *)
Theorem layernorm_blocks :
  (bpow radix2 (-800) <= V64 (s2 t) (n row) eps <= bpow radix2 800 ->
    bounded fused (y_inside pe fused t (n row) eps x gamma beta) ((x - mean row) * / sqrt (sig row * sig row + eps)) gamma beta) /\
  (bpow radix2 (-800) <= V_out (s2 t) (n row) eps <= bpow radix2 800 ->
    bounded fused (y_outside pe fused t (n row) eps x gamma beta) ((x - mean row) * / (sig row + eps)) gamma beta) /\
  cn t = n row /\ 0 <= s2 t /\ Rabs (s2l t) <= 1.01 * (u64 * Rabs (s2 t)) /\
  Rabs (s2 t + s2l t - n row * (sig row * sig row)) <= 0.001 * (n row * (sig row * sig row)).
Proof.
assert (Pok := product_ok pe pe_is). assert (U := u64_val). assert (N := n_pos row x x_in). destruct in_some_block as (xs & Ixs & Ix).
assert (S4 := sigma_big). assert (FL := F_length). assert (C30 := row_count).
assert (P : 0 < bpow radix2 (-401)) by apply bpow_gt_0.
assert (q0 : 0 < n row * (sig row * sig row)) by (apply Rmult_lt_0_compat; [lra|apply Rmult_lt_0_compat; lra]).
set (q := n row * (sig row * sig row)) in *.
assert (Ct : cn t = n row).
{ unfold t. rewrite merged_count. destruct (near_blocks pe pe_is fused els (first :: further) moments_are blocks_are) as (all & E1 & E2 & G).
  rewrite <- E2. unfold row. rewrite <- E1. unfold n. rewrite <- (Rmult_1_l (INR _)), <- sum_const, sum_concat, !sum_map. apply sum_ext.
  intros c I. destruct (G c I) as (_ & _ & C & _). rewrite C, sum_const. unfold n. ring. }
destruct (Rle_or_lt (Rabs (mean row)) (8589934592 * sig row)) as [Wd|Nw].
- destruct (near_blocks pe pe_is fused els (first :: further) moments_are blocks_are) as (all & E1 & E2 & G).
  assert (Ne := some_els _ all E1).
  assert (Sh : forall c, In c all -> (1 <= length (row.bx (fst c)) <= 1024)%nat /\ blocks.cnt (row.tob (fst c)) = n (row.bx (fst c)) /\
    blocks.mu (row.tob (fst c)) = mean (row.bx (fst c)) /\
    blocks.m2 (row.tob (fst c)) = n (row.bx (fst c)) * (sig (row.bx (fst c)) * sig (row.bx (fst c)))).
  { intros c I. destruct (G c I) as ((L & _) & _). now repeat split. }
  assert (Bs : row.bs (f64_row.row all) = map (fun c => row.tob (fst c)) all) by (unfold row.bs, f64_row.row; apply map_map).
  assert (Ec : row.cols (f64_row.row all) = n row) by (unfold row.cols; rewrite Bs; unfold row; rewrite <- E1; exact (N_cut _ _ _ all Sh)).
  assert (Em : row.mu (f64_row.row all) = mean row) by (unfold row.mu; rewrite Bs; unfold row; rewrite <- E1; exact (Mean_cut _ _ _ all Sh Ne)).
  assert (Es : row.sigma (f64_row.row all) = sig row) by (unfold row.sigma; rewrite Bs; unfold row; rewrite <- E1; exact (Sigma_cut _ _ _ all Sh Ne)).
  assert (Mo : f64_layernorm.moments_of pe all t).
  { destruct (one_or_more _ snd all E1 E2) as [(a & b & l & A1 & A2 & A3)|(a & A1 & A2)]; [left; now exists a, l, b|right; now exists a]. }
  assert (I0 : exists b, In b (f64_row.row all) /\ In x (row.bx b)).
  { rewrite <- E1, in_map_iff in Ixs. destruct Ixs as (c & E & I). exists (fst c). split; [now apply in_map|now rewrite E]. }
  destruct I0 as (b & Ib & Jb). rewrite <- Ec in C30, FL. rewrite <- Es in S4. rewrite <- Es, <- Em in Wd.
  destruct (f64_layernorm.moments_ready pe Pok all G Ne FL C30 S4 Wd t Mo) as (_ & (_ & _ & Rd) & _ & L2 & Sp).
  assert (Wn := proj1 (f64_row.W0_near all G Ne S4)). rewrite <- (f64_row.M2_eq all G Ne) in Rd, Wn. rewrite Ec, Es in Rd, Wn. fold q in Rd, Wn.
  assert (u64 * q <= 0.001 * q) by (apply Rmult_le_compat_r; lra).
  assert (Nr : Rabs (s2 t + s2l t - q) <= 0.001 * q).
  { set (w := row.m2_merged (f64_row.row all)) in *. replace (s2 t + s2l t - q) with ((square t - w) + (w - q)) by (unfold square; ring).
    eapply Rle_trans; [apply Rabs_triang|]. lra. }
  split; [|split; [|repeat split; assumption]]; intro O; unfold bounded, y_inside, y_outside; rewrite <- Ec in O |- *; rewrite <- Em, <- Es.
  + exact (f64_layernorm.layernorm64 pe Pok all G Ne FL C30 S4 Wd eps eps_double eps_pos b x gamma beta Ib Jb gamma_double beta_double t
      fused Mo O).
  + exact (layernorm64_outside pe Pok all G Ne FL C30 S4 Wd eps eps_double eps_pos b x gamma beta Ib Jb gamma_double beta_double t
      fused Mo O).
- assert (C20 := narrow_count Nw). assert (Nw' : 8589934592 * sig row <= Rabs (mean row)) by lra.
  destruct (narrow_blocks pe pe_is fused els (first :: further) moments_are (fun xs => narrow_vary xs Nw)) as (all & E1 & E2 & G0).
  assert (G := fun b I => proj1 (G0 b I)). assert (Ne := some_els _ all E1).
  assert (Sh : forall c, In c all -> (1 <= length (f64_narrow.nx c) <= 1024)%nat /\ blocks.cnt (f64_narrow.tob c) = n (f64_narrow.nx c) /\
    blocks.mu (f64_narrow.tob c) = mean (f64_narrow.nx c) /\
    blocks.m2 (f64_narrow.tob c) = n (f64_narrow.nx c) * (sig (f64_narrow.nx c) * sig (f64_narrow.nx c))).
  { intros c I. destruct (G c I) as (L & _). now repeat split. }
  assert (Ec : f64_narrow.cols all = n row) by (unfold row; rewrite <- E1; exact (N_cut _ _ _ all Sh)).
  assert (Em : f64_narrow.mu all = mean row) by (unfold row; rewrite <- E1; exact (Mean_cut _ _ _ all Sh Ne)).
  assert (Es : f64_narrow.sigma all = sig row) by (unfold row; rewrite <- E1; exact (Sigma_cut _ _ _ all Sh Ne)).
  assert (Mo : f64_narrow_layernorm.narrow_of pe all t).
  { destruct (one_or_more _ f64_narrow.nst all E1 E2) as [(a & b & l & A1 & A2 & A3)|(a & A1 & A2)]; [left; now exists a, l, b|right].
    exists a. split; [exact A1|]. split; [exact A2|]. rewrite A2. apply (G0 a). rewrite A1. now left. }
  rewrite <- E1, in_map_iff in Ixs. destruct Ixs as (b & E & Ib). rewrite <- E in Ix.
  rewrite <- Ec in C20, FL. rewrite <- Es in S4. rewrite <- Es, <- Em in Nw'.
  destruct (f64_narrow_layernorm.narrow_facts pe Pok all G Ne FL C20 S4 t Mo) as (_ & (_ & _ & Rd) & _ & _ & L2 & Sp).
  assert (Wn := proj1 (f64_narrow_merged.stats all G Ne S4)). rewrite <- (f64_narrow.M_eq all G Ne) in Rd, Wn. rewrite Ec, Es in Rd, Wn. fold q in Rd, Wn.
  assert (u64 * q <= 0.001 * q) by (apply Rmult_le_compat_r; lra).
  assert (Nr : Rabs (s2 t + s2l t - q) <= 0.001 * q).
  { set (w := blocks.M2' (f64_narrow.bs all)) in *. replace (s2 t + s2l t - q) with ((square t - w) + (w - q)) by (unfold square; ring).
    eapply Rle_trans; [apply Rabs_triang|]. lra. }
  split; [|split; [|repeat split; assumption]]; intro O; unfold bounded, y_inside, y_outside; rewrite <- Ec in O |- *; rewrite <- Em, <- Es.
  + exact (f64_narrow_layernorm.narrow_inside pe Pok all G Ne FL C20 S4 Nw' eps eps_double eps_pos b x gamma beta Ib Ix gamma_double
      beta_double t fused Mo O).
  + exact (f64_narrow_layernorm.narrow_outside pe Pok all G Ne FL C20 S4 Nw' eps eps_double eps_pos b x gamma beta Ib Ix gamma_double
      beta_double t fused Mo O).
Qed.
End Range.

(* of elements in range *)
Section Elements.
Variables (full : list (list R)) (last : list R).
Hypothesis full_is : forall xs, In xs full -> length xs = 1024%nat.
Hypothesis last_is : (1 <= length last <= 1024)%nat.
Let row := concat (full ++ [last]).
Hypothesis row_range : forall z, In z row -> mid_range z.

Lemma row_F x : In x row -> F64 x.
Proof. intro I. exact (proj1 (row_range x I)). Qed.
Lemma mid_sigma : sig row <= bpow radix2 399.
Proof.
apply sig_max; [apply bpow_ge_0| |intros x I; apply (row_range x I)]. intro Z. apply (f_equal (@length R)) in Z. unfold row in Z.
rewrite concat_app, app_length in Z. simpl in Z. rewrite app_nil_r in Z. lia.
Qed.

Theorem layernorm_range pe fused first further eps x gamma beta : a_product pe -> Forall2 (moments64 pe fused) (full ++ [last]) (first ::
  further) -> n row <= bpow radix2 30 -> (8589934592 * sig row < Rabs (mean row) -> n row <= bpow radix2 20) -> bpow radix2 (-399) <= sig row
  -> In x row -> F64 gamma -> F64 beta -> F64 eps -> let t := merged pe first further in
  (0 <= eps <= bpow radix2 799 ->
    bounded fused (y_inside pe fused t (n row) eps x gamma beta) ((x - mean row) * / sqrt (sig row * sig row + eps)) gamma beta) /\
  (0 <= eps <= bpow radix2 398 ->
    bounded fused (y_outside pe fused t (n row) eps x gamma beta) ((x - mean row) * / (sig row + eps)) gamma beta).
Proof.
intros Pe M C30 C20 S Ix Fg Fb Fe t. assert (S4 : bpow radix2 (-401) <= sig row) by (apply Rle_trans with (2 := S); apply bpow_le; lia).
assert (N := n_pos row x Ix). assert (Sm := mid_sigma).
split; intros (E0 & E1); destruct (layernorm_blocks full last full_is last_is C30 C20 pe Pe fused first further M row_F S4 eps x gamma beta Fe E0 Ix
  Fg Fb) as (A & B & _ & P & L & Nr); [apply A; eapply V_inside|apply B; eapply V_outside]; try eassumption; split; assumption.
Qed.
End Elements.
