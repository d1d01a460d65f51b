(* LayerNorm of doubles: every block is what section 9 makes of its elements, all are merged, and y is within the bound of ln.h. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow pivot.
Require Import f64_pairs f64_look f64_block f64_beside f64_row f64_merged f64_last f64_var f64_whole.
Require blocks.
Import ListNotations.
Local Open Scope R_scope.

Section Products.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* -- the state that section 3 makes of a block -- *)
Section Block.
Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F64 x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.
Variable fused : bool.
Variables K1 T : R.
Hypothesis FK1 : F64 K1.
Hypothesis K1_T : pivot_0 xs K1 /\ T = 0.625 \/ pivot_t emin64 53 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) ->
  K1 = v).
Hypothesis varies : bpow radix2 (-490) <= sig xs \/ exists v, forall x, In x xs -> x = v.
Definition Kf := Kfinal xs fused pe K1 T.
Definition state64 := State (n xs) (mean_up xs pe Kf) (f64_look.mean_lo xs pe Kf) 0 (m2_up xs fused pe Kf) (f64_look.m2_lo xs fused pe Kf).

Lemma raw_sign : let s := raw_a xs fused Kf + raw_rest xs fused pe Kf in raw_up xs fused pe Kf + raw_lo xs fused pe Kf = s /\
  (raw_up xs fused pe Kf < 0 -> s <= 0) /\ (0 <= raw_up xs fused pe Kf -> 0 <= s).
Proof.
cbv zeta. assert (U := u64_val). assert (Fa : F64 (raw_a xs fused Kf)) by apply merge.rnd64_F.
  assert (Fr : F64 (raw_rest xs fused pe Kf)) by apply merge.rnd64_F.
assert (TS := two_sum _ _ Fa Fr). assert (E := add64 _ _ Fa Fr).
  change (rnd64 (raw_a xs fused Kf + raw_rest xs fused pe Kf)) with (raw_up xs fused pe Kf) in E.
set (s := raw_a xs fused Kf + raw_rest xs fused pe Kf) in *. split; [exact TS|].
assert (X := Rle_abs (raw_up xs fused pe Kf - s)). assert (Y := Rle_abs (- (raw_up xs fused pe Kf - s))). rewrite Rabs_Ropp in Y.
assert (us : u64 * Rabs s <= 0.5 * Rabs s) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
split; intro H; destruct (Rle_or_lt 0 s) as [P|P]; try lra; [rewrite (Rabs_pos_eq s P) in us, E|rewrite (Rabs_left s P) in us, E]; lra.
Qed.

(* the state, whatever the block *)
Lemma state_form : F_state state64 /\ value state64 = mean_a xs Kf + mean_c xs pe Kf /\ 0 <= square state64 /\
  Rabs (square state64 - Rmax 0 (m2_i xs fused Kf)) <= Rabs (raw_a xs fused Kf + raw_rest xs fused pe Kf - m2_i xs fused Kf) /\
  Rabs (sl state64) <= 1.01 * (u64 * Rabs (sm state64)) /\ Rabs (s2l state64) <= 1.01 * (u64 * Rabs (s2 state64)).
Proof.
destruct raw_sign as (RS & Neg & Pos). cbv zeta in *. set (s := raw_a xs fused Kf + raw_rest xs fused pe Kf) in *.
assert (Fma : F64 (mean_a xs Kf)) by apply merge.rnd64_F. assert (Fmc : F64 (mean_c xs pe Kf)) by apply merge.rnd64_F.
assert (TS := two_sum _ _ Fma Fmc). change (mean_up xs pe Kf + f64_look.mean_lo xs pe Kf = mean_a xs Kf + mean_c xs pe Kf) in TS.
assert (Fa : F64 (raw_a xs fused Kf)) by apply merge.rnd64_F. assert (Fr : F64 (raw_rest xs fused pe Kf)) by apply merge.rnd64_F.
assert (Z0 : F64 0) by apply F_0.
unfold F_state, state64, value, square. cbn [cn sm sl sr s2 s2l]. rewrite Rplus_0_r, TS.
assert (Fm : F64 (m2_up xs fused pe Kf) /\ F64 (f64_look.m2_lo xs fused pe Kf)).
{ unfold m2_up, f64_look.m2_lo. destruct (Rlt_dec _ _); split; try exact Z0; [apply merge.rnd64_F|apply two_e_F]. }
assert (Sq : 0 <= m2_up xs fused pe Kf + f64_look.m2_lo xs fused pe Kf /\
  Rabs (m2_up xs fused pe Kf + f64_look.m2_lo xs fused pe Kf - Rmax 0 (m2_i xs fused Kf)) <= Rabs (s - m2_i xs fused Kf)).
{ unfold m2_up, f64_look.m2_lo. set (mi := m2_i xs fused Kf). assert (X := Rle_abs (s - mi)). assert (Y := Rle_abs (- (s - mi))).
  rewrite Rabs_Ropp in Y.
  destruct (Rlt_dec (raw_up xs fused pe Kf) 0) as [L|L].
  - specialize (Neg L). split; [lra|]. destruct (Rle_or_lt 0 mi) as [P|P]; [rewrite Rmax_right by lra|rewrite Rmax_left by lra].
    + rewrite Rplus_0_l, Rminus_0_l, Rabs_Ropp, (Rabs_pos_eq mi P). lra.
    + replace (0 + 0 - 0) with 0 by ring. rewrite Rabs_R0. apply Rabs_pos.
  - specialize (Pos ltac:(lra)). rewrite RS. split; [lra|]. destruct (Rle_or_lt 0 mi) as [P|P];
    [rewrite Rmax_right by lra|rewrite Rmax_left by lra; rewrite Rminus_0_r, (Rabs_pos_eq s Pos)]; lra. }
repeat split; try apply Sq; try apply Fm; try exact Z0; try apply merge.rnd64_F; try apply two_e_F.
- exact (F_n xs xs_len).
- rewrite <- Rmult_assoc. exact (f64_look.lo_small _ _ _ _ Fma Fmc eq_refl eq_refl).
- rewrite <- Rmult_assoc. unfold m2_up, f64_look.m2_lo. destruct (Rlt_dec _ _); [rewrite Rabs_R0; lra|].
  exact (f64_look.lo_small _ _ _ _ Fa Fr eq_refl eq_refl).
Qed.

Theorem block_good64 : exists c k, let b := RBlock xs (mean_i xs Kf) (Rmax 0 (m2_i xs fused Kf)) c k in rgood (-1074) 53 b /\ near64 b
  state64.
Proof.
destruct (block64 xs xs_F xs_len fused pe pe_ok K1 T FK1 K1_T varies) as (c & k & C & E1 & E2). exists c, k. cbv zeta. split.
- unfold rgood. cbn [bx bmean bm2 bc bk]. repeat split; try assumption; apply xs_len.
- destruct (beside xs xs_F xs_len fused pe pe_ok K1 T FK1 K1_T varies) as (B1 & B2). fold Kf in B1, B2.
  destruct state_form as (Fs & Vl & Sq & Sd & L1 & L2). unfold near64. cbn [bx bmean bm2]. rewrite Vl. destruct tm_pos, tsq_pos.
  repeat split; try apply Fs; try assumption; try apply Rmax_l; lra.
Qed.
End Block.

(* -- a row -- *)
Section Row.
Variable all : list (rblock * st).
Hypothesis good : forall c, In c all -> rgood (-1074) 53 (fst c) /\ near64 (fst c) (snd c).
Hypothesis some : all <> [].
Let row := f64_row.row all.
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis F_cols : F64 cols.
Hypothesis cols_max : cols <= bpow radix2 30.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis wide_row : Rabs mu <= 8589934592 * sigma.

Lemma s2_not_negative a : ready all a -> Rabs (s2l a) <= 1.01 * (u64 * Rabs (s2 a)) -> 0 <= s2 a.
Proof.
intros (_ & _ & R) L. destruct (W0_near all good some sigma_big) as (H & _). assert (Mp := f64_row.M2_pos all good some sigma_big).
  assert (U := u64_val).
set (M := blocks.M2 (bs (f64_row.row all))) in *. set (W := row.m2_merged (f64_row.row all)) in *.
assert (u64 * M <= 0.001 * M) by (apply Rmult_le_compat_r; lra). assert (X := Rle_abs (- (square a - W))). rewrite Rabs_Ropp in X.
assert (Y := Rle_abs (- (W - M))). rewrite Rabs_Ropp in Y. unfold square in X, R. assert (Z := Rle_abs (s2l a)).
assert (u64 * Rabs (s2 a) <= 0.1 * Rabs (s2 a)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
destruct (Rle_or_lt 0 (s2 a)) as [|Ng]; [assumption|]. rewrite (Rabs_left (s2 a) Ng) in *. lra.
Qed.

(* the merged moments: all blocks but the last are full, or there is one *)
Definition moments_of (a : st) := (exists f l b, all = f :: l ++ [b] /\ (forall c, In c (f :: l) -> length (bx (fst c)) = 1024%nat) /\
  a = merged pe (snd f) (map snd (l ++ [b]))) \/ exists f, all = [f] /\ a = snd f.

Theorem moments_ready a : moments_of a -> F_state a /\ ready all a /\ Rabs (sl a) <= 1.01 * (u64 * Rabs (sm a)) /\
  Rabs (s2l a) <= 1.01 * (u64 * Rabs (s2 a)) /\ 0 <= s2 a.
Proof.
intro H. assert (G : F_state a /\ ready all a /\ Rabs (sl a) <= 1.01 * (u64 * Rabs (sm a)) /\ Rabs (s2l a) <= 1.01 * (u64 * Rabs (s2 a))).
2: { destruct G as (G1 & G2 & G3 & G4). repeat split; try assumption; try apply G1; try apply G2. now apply s2_not_negative. }
destruct H as [(f & l & b & E & Full & Ea)|(f & E & ->)].
- assert (Rd := several64 all good some cols_max sigma_big wide_row pe pe_ok f l b E Full). unfold final in Rd. rewrite <- Ea in Rd.
  assert (Am : exists t s, a = merge2 pe t s) by (rewrite Ea; unfold merged; rewrite map_app, fold_left_app; simpl; eexists; eexists;
    reflexivity).
  destruct Am as (t & s & Am).
  assert (Fc : cn a = cols).
  { assert (G : forall c, In c all -> 0 < cn (snd c)).
    { intros c I. destruct (good c I) as ((L & _) & (_ & Cn & _)). rewrite Cn. assert (N := n_range _ L). lra. }
    assert (Ms : map snd all = snd f :: map snd (l ++ [b])) by (rewrite E; reflexivity).
    destruct (chan (snd f) (map snd (l ++ [b]))) as (T1 & _).
    { intros y I. rewrite <- Ms, in_map_iff in I. destruct I as (c & <- & I). now apply G. }
    rewrite <- Ms in T1. rewrite (N_sts all good) in T1. fold row cols in T1. rewrite <- T1.
    assert (Cn : forall l0 a0 t0, cn a0 = tn t0 -> cn (fold_left (merge2 pe) l0 a0) = tn (fold_left join l0 t0)).
    { clear. induction l0 as [|y l0 IH]; intros a0 t0 H; simpl; [exact H|]. apply IH. destruct t0 as ((n0, A0), W0). cbn in *. unfold mn.
      now rewrite H. }
    rewrite Ea. unfold merged, exactly. apply Cn. reflexivity. }
  split; [split; [rewrite Fc; exact F_cols|rewrite Am; repeat split; cbn; try apply two_e_F; apply merge.rnd64_F]|]. split; [exact Rd|].
  split; rewrite Am, <- Rmult_assoc; (eapply f64_look.lo_small; [| |reflexivity|reflexivity]; apply merge.rnd64_F).
- assert (If : In f all) by (rewrite E; now left). destruct (good f If) as (_ & (Fs & _ & _ & _ & _ & _ & _ & L1 & L2)).
  split; [exact Fs|]. split; [exact (alone64 all good some cols_max sigma_big wide_row f E)|]. now split.
Qed.

Variable eps : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables (b0 : rblock) (x gamma beta : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := (x - mu) * / sqrt (sigma * sigma + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Definition y_inside (a : st) (fused : bool) := y64 fused (sm a) (lo64 a) (rstd64 pe (s2 a) (s2l a) cols eps) x gamma beta.
Let within (y : R) (fused : bool) := Rabs (y - (gamma * xhat + beta)) <= (if fused then B64_fused else B64_unfused) * u64 * Bracket + eta64.

(* section 5 with eps inside *)
Theorem layernorm64 a fused : moments_of a -> bpow radix2 (-800) <= V64 (s2 a) cols eps <= bpow radix2 800 -> within (y_inside a fused)
  fused.
Proof.
intros H O. destruct (moments_ready a H) as ((_ & F2 & F3 & F4 & F5 & F6) & Rd & L1 & L2 & Sp).
exact (layernorm64_inside all good some sigma_big wide_row pe pe_ok a eps (conj F2 (conj F3 (conj F4 (conj F5 (conj F6 (conj F_cols
  F_eps)))))) eps_pos Rd
  Sp L1 L2 O b0 x gamma beta b0_in x_in Fgamma Fbeta fused).
Qed.
End Row.
End Products.
