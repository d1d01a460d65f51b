(* LayerNorm of doubles that vary little against their mean, from the elements to y, eps inside and LN_EPS_OUTSIDE. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide blocks merge step mergeops mergerow pivot.
Require Import f64_pairs f64_look f64_row f64_last f64_var f64_outside f64_eps f64_layernorm f64_nearest f64_narrow f64_narrow_merged
  f64_narrow_y.
Require look row float32 f64_whole f64_rstd.
Import ListNotations.
Local Open Scope R_scope.

Section Narrow.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Hypothesis pe_0 : forall b, pe 0 b = 0.

Theorem block_nok xs (xs_F : forall x, In x xs -> F64 x) (xs_len : (1 <= length xs <= 1024)%nat) fused K1 T (FK1 : F64 K1)
  (K1_T : look.pivot_0 xs K1 /\ T = 0.625 \/ look.pivot_t emin64 53 xs K1 /\ T = 0.90625 /\ (forall v, (forall x, In x xs -> x = v) -> K1
    = v))
  (varies : bpow radix2 (-490) <= look.sig xs \/ exists v, forall x, In x xs -> x = v) :
  exists c k, nok (NBlock xs (state64 pe xs fused K1 T) c k) /\ sm (state64 pe xs fused K1 T) = rnd64 (sm (state64 pe xs fused K1 T) + sl
    (state64 pe xs fused K1 T)).
Proof.
destruct (block_narrow pe pe_ok pe_0 xs xs_F xs_len fused K1 T FK1 K1_T varies) as (c & k & C & E1 & E2).
destruct (block_good64 pe pe_ok xs xs_F xs_len fused K1 T FK1 K1_T varies) as (c' & k' & _ & (Fs & Cn & Sr & _ & _ & _ & Sq & L1 & L2)).
  cbn [row.bx] in Cn.
set (K := Kf pe xs fused K1 T) in *.
assert (TS : mean_up xs pe K + f64_look.mean_lo xs pe K = mean_a xs K + mean_c xs pe K) by (apply two_sum; apply merge.rnd64_F).
exists c, k. split.
- unfold nok. cbn [nx nst nc nk]. split; [exact xs_len|]. split; [exact xs_F|]. split; [exact C|]. split; [|split; [|repeat split;
  try assumption; apply Fs]].
  + unfold value. change (sm (state64 pe xs fused K1 T)) with (mean_up xs pe K).
    change (sl (state64 pe xs fused K1 T)) with (f64_look.mean_lo xs pe K). change (sr (state64 pe xs fused K1 T)) with 0.
    rewrite Rplus_0_r, TS. exact E1.
  + exact E2.
- change (sm (state64 pe xs fused K1 T)) with (mean_up xs pe K). change (sl (state64 pe xs fused K1 T)) with (f64_look.mean_lo xs pe K).
  rewrite TS. reflexivity.
Qed.

Variable all : list nblock.
Hypothesis good : forall b, In b all -> nok b.
Hypothesis some : all <> [].
Let cols := cols all.
Let mu := mu all.
Let sigma := sigma all.
Hypothesis F_cols : F64 cols.
Hypothesis cols_max : cols <= bpow radix2 20.
Hypothesis sigma_big : bpow radix2 (-401) <= sigma.
Hypothesis narrow_row : 8589934592 * sigma <= Rabs mu.
Let W := M2' (bs all).
Let V2 := W / cols.

(* the merged moments: all blocks but the last are full, or there is one *)
Definition narrow_of (a : st) := (exists f l b, all = f :: l ++ [b] /\ (forall c, In c (f :: l) -> length (nx c) = 1024%nat) /\
  a = merged pe (nst f) (map nst (l ++ [b]))) \/ exists f, all = [f] /\ a = nst f /\ sm a = rnd64 (sm a + sl a).

Lemma narrow_facts a : narrow_of a -> F_state a /\ ready_narrow all a /\ sm a = rnd64 (sm a + sl a) /\ Rabs (sl a) <= 1.01 * (u64 * Rabs
  (sm a)) /\
  Rabs (s2l a) <= 1.01 * (u64 * Rabs (s2 a)) /\ 0 <= s2 a.
Proof.
intro H. assert (U := u64_val).
assert (G : F_state a /\ ready_narrow all a /\ sm a = rnd64 (sm a + sl a) /\ Rabs (sl a) <= 1.01 * (u64 * Rabs (sm a)) /\ Rabs (s2l a) <=
  1.01 * (u64 * Rabs (s2 a))).
2: { destruct G as (G1 & G2 & G3 & G4 & G5). split; [exact G1|]. split; [exact G2|]. split; [exact G3|]. split; [exact G4|]. split;
  [exact G5|].
  destruct G2 as (_ & _ & R). destruct (stats all good some sigma_big) as (St & _). assert (Mpos := Mp all good some sigma_big).
  set (M := M2 (bs all)) in *. change (M2' (bs all)) with W in St, R. assert (u64 * M <= 0.0001 * M) by (apply Rmult_le_compat_r; lra).
  assert (X := Rle_abs (- (square a - W))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (- (W - M))). rewrite Rabs_Ropp in Y.
    unfold square in X, R. assert (Z := Rle_abs (s2l a)).
  assert (u64 * Rabs (s2 a) <= 0.1 * Rabs (s2 a)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
  destruct (Rle_or_lt 0 (s2 a)) as [|Ng]; [assumption|]. rewrite (Rabs_left (s2 a) Ng) in *. lra. }
destruct H as [(f & l & b & E & Full & Ea)|(f & E & -> & Nr)].
- assert (Rd := several_narrow all good some cols_max sigma_big pe pe_ok f l b E Full). rewrite <- Ea in Rd.
  assert (Am : exists t s, a = merge2 pe t s) by (rewrite Ea; unfold merged; rewrite map_app, fold_left_app; simpl; eexists; eexists;
    reflexivity).
  destruct Am as (t & s & Am).
  assert (Fc : cn a = cols).
  { assert (G : forall c, In c all -> cn (nst c) = look.n (nx c) /\ 0 < cn (nst c)).
    { intros c I. destruct (good c I) as (L & _ & _ & _ & _ & _ & Cn & _). rewrite Cn. assert (N0 := look.n_range _ L). split;
      [reflexivity|lra]. }
    assert (Ms : map nst all = nst f :: map nst (l ++ [b])) by (rewrite E; reflexivity).
    destruct (chan (nst f) (map nst (l ++ [b]))) as (T1 & _).
    { intros y I. rewrite <- Ms, in_map_iff in I. destruct I as (c & <- & I). now apply G. }
    rewrite <- Ms in T1. assert (EN : N (map asblock (map nst all)) = cols).
    { unfold cols. rewrite cols_sum. unfold N. rewrite !sum_map. apply sum_ext. intros c I. cbn. now apply G. }
    rewrite EN in T1. rewrite <- T1.
    assert (Cn : forall l0 a0 t0, cn a0 = tn t0 -> cn (fold_left (merge2 pe) l0 a0) = tn (fold_left join l0 t0)).
    { clear. induction l0 as [|y l0 IH]; intros a0 t0 H; simpl; [exact H|]. apply IH. destruct t0 as ((n0, A0), W0). cbn in *. unfold mn.
      now rewrite H. }
    rewrite Ea. unfold merged, exactly. apply Cn. reflexivity. }
  split; [split; [rewrite Fc; exact F_cols|rewrite Am; repeat split; cbn; try apply two_e_F; apply merge.rnd64_F]|]. split; [exact Rd|].
  assert (FX : F64 (mA t s)) by apply merge.rnd64_F. assert (FY : F64 (mC3 pe t s)) by apply merge.rnd64_F.
  split; [rewrite Am; assert (TS : sm (merge2 pe t s) + sl (merge2 pe t s) = mA t s + mC3 pe t s) by (now apply two_sum); rewrite TS;
    reflexivity|].
  split; rewrite Am, <- Rmult_assoc; (eapply f64_look.lo_small; [| |reflexivity|reflexivity]; apply merge.rnd64_F).
- assert (If : In f all) by (rewrite E; now left). destruct (good f If) as (_ & _ & _ & _ & _ & Fs & _ & _ & _ & L1 & L2).
  split; [exact Fs|]. split; [exact (alone_narrow all good some sigma_big f E)|]. split; [exact Nr|]. now split.
Qed.

(* the roots *)
Lemma roots a : ready_narrow all a -> let Vc := (s2 a + s2l a) / cols in Rabs (sqrt Vc - sqrt V2) <= 0.00041 * (u64 * sqrt V2) /\ 0.99 *
  (sigma * sigma) <= Vc /\ 0 < sigma /\ 0 <= V2.
Proof.
intros (_ & _ & R). cbv zeta. assert (U := u64_val). assert (P : 0 < sigma) by exact (sigma0 all sigma_big).
  assert (C : 1 <= cols) by exact (cols1 all good some).
destruct (V2_near all good some sigma_big) as ((Va & Vb) & Sq & _). change (M2' (bs all) / f64_narrow.cols all) with V2 in Va, Vb, Sq.
  change (f64_narrow.sigma all) with sigma in Va, Vb, Sq.
change (Rabs (s2 a + s2l a - W) <= 0.0008 * (u64 * M2 (bs all))) in R. assert (E := M_eq all good some).
  change (f64_narrow.sigma all) with sigma in E. change (f64_narrow.cols all) with cols in E. rewrite <- E in R.
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra). assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
set (Vc := (s2 a + s2l a) / cols). assert (VE : Rabs (Vc - V2) <= 0.0008 * (u64 * (sigma * sigma))).
{ replace (Vc - V2) with ((s2 a + s2l a - W) * / cols) by (unfold Vc, V2; field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra.
  apply (Rmult_le_compat_r (/ cols)) in R; [|lra]. replace (0.0008 * (u64 * (cols * (sigma * sigma))) * / cols) with (0.0008 * (u64 *
    (sigma * sigma))) in R by (field; lra). exact R. }
assert (us : 0 <= u64 * (sigma * sigma) <= 0.0001 * (sigma * sigma)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (c1 := Rle_abs (Vc - V2)). assert (c2 := Rle_abs (- (Vc - V2))). rewrite Rabs_Ropp in c2.
split; [|split; [lra|split; [exact P|lra]]].
assert (XX : sqrt Vc * sqrt Vc = Vc) by (apply sqrt_def; lra). assert (TT : sqrt V2 * sqrt V2 = V2) by (apply sqrt_def; lra).
  set (X := sqrt Vc) in *. set (T := sqrt V2) in *.
assert (X0 : 0.999 * sigma <= X) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite XX; lra).
apply Rmult_le_reg_r with (X + T); [lra|]. rewrite <- (Rabs_pos_eq (X + T)) at 1 by lra. rewrite <- Rabs_mult.
  replace ((X - T) * (X + T)) with (Vc - V2) by lra.
eapply Rle_trans; [exact VE|]. assert (uT : u64 * (0.99999 * sigma) <= u64 * T) by (apply Rmult_le_compat_l; lra).
assert (0.00041 * (u64 * (0.99999 * sigma)) * (1.99 * sigma) <= 0.00041 * (u64 * T) * (X + T)).
{ assert (0 <= u64 * sigma) by (apply Rmult_le_pos; lra). apply Rmult_le_compat; lra. } lra.
Qed.

Variable eps : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables (b0 : nblock) (x gamma beta : R).
Hypothesis b0_in : In b0 all.
Hypothesis x_in : In x (nx b0).
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let within (y xhat : R) (fused : bool) := Rabs (y - (gamma * xhat + beta)) <= (if fused then B64_fused else B64_unfused) * u64 *
  (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64.
Definition y_narrow a rs fused := f64_whole.y64 fused (sm a) (f64_whole.lo64 a) rs x gamma beta.

Theorem narrow_inside a fused : narrow_of a -> bpow radix2 (-800) <= V64 (s2 a) cols eps <= bpow radix2 800 ->
  within (y_narrow a (rstd64 pe (s2 a) (s2l a) cols eps) fused) ((x - mu) * / sqrt (sigma * sigma + eps)) fused.
Proof.
intros H Od. destruct (narrow_facts a H) as (Fs & Rd & Nr & L1 & L2 & Sp). assert (Fs' := Fs). destruct Fs' as (_ & _ & _ & _ & F5 & F6).
destruct (roots a Rd) as (RS & Vb & P & V0). cbv zeta in *. set (Vc := (s2 a + s2l a) / cols) in *. assert (U := u64_val).
  assert (C : 1 <= cols) by exact (cols1 all good some).
assert (L2' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact L2).
destruct (R1_64_is pe pe_ok (s2 a) (s2l a) cols eps (conj F5 (conj F6 (conj F_cols F_eps))) Sp L2' C eps_pos Od) as (R1 & R2 & R3).
  fold Vc in R1.
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat. assert (Vc0 : 0 <= Vc) by lra.
set (D := sqrt (sigma * sigma + eps)). set (D' := sqrt (V2 + eps)).
assert (D'ge : sqrt V2 <= D') by (apply sqrt_le_1_alt; lra). destruct (V2_near all good some sigma_big) as (_ & Sq & _).
  change (M2' (bs all) / f64_narrow.cols all) with V2 in Sq. change (f64_narrow.sigma all) with sigma in Sq.
assert (Dc : Rabs (sqrt (Vc + eps) - D') <= 0.00041 * (u64 * D')).
{ unfold D'. rewrite <- (sqrt_def Vc Vc0) at 1. rewrite <- (sqrt_def V2 V0) at 1. eapply Rle_trans; [apply float32.scale_lipschitz;
  [apply sqrt_pos|apply sqrt_pos|assumption]|].
  assert (u64 * sqrt V2 <= u64 * D') by (apply Rmult_le_compat_l; lra). unfold D' in *. lra. }
assert (R0 : 0 < R1_64 pe (s2 a) (s2l a) cols eps) by (assert (Z := bpow_gt_0 radix2 (-402)); lra).
assert (rsE := rs_from _ (rstd64 pe (s2 a) (s2l a) cols eps) (sqrt (Vc + eps)) D' R0 ltac:(lra) R1 Dc R2).
assert (Dge : sigma <= D) by (apply le_of_sqr; [apply sqrt_pos|]; unfold D; rewrite sqrt_def; lra).
assert (Derr : Rabs (D' - D) <= Rabs (sqrt V2 - sigma)).
{ unfold D', D. rewrite <- (sqrt_def V2 V0) at 1. apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
exact (narrow64 all good some sigma_big narrow_row a Fs Rd Nr L1 D D' _ Dge D'ge Derr rsE b0 x gamma beta b0_in x_in Fgamma Fbeta fused).
Qed.

Theorem narrow_outside a fused : narrow_of a -> bpow radix2 (-800) <= V_out (s2 a) cols eps <= bpow radix2 800 ->
  within (y_narrow a (rs_out pe (s2 a) (s2l a) cols eps) fused) ((x - mu) * / (sigma + eps)) fused.
Proof.
intros H Od. destruct (narrow_facts a H) as (Fs & Rd & Nr & L1 & L2 & Sp). assert (Fs' := Fs). destruct Fs' as (_ & _ & _ & _ & F5 & F6).
destruct (roots a Rd) as (RS & Vb & P & V0). cbv zeta in *. set (Vc := (s2 a + s2l a) / cols) in *. assert (U := u64_val).
  assert (C : 1 <= cols) by exact (cols1 all good some).
assert (L2' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact L2).
assert (Vbig : bpow radix2 (-840) <= Vc).
{ assert (s2b : bpow radix2 (-802) <= sigma * sigma) by (replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by
  (now rewrite <- bpow_plus);
    assert (Z := bpow_gt_0 radix2 (-401)); apply Rmult_le_compat; lra).
  assert (bpow radix2 (-840) <= bpow radix2 (-10) * bpow radix2 (-802)) by (rewrite <- bpow_plus; apply bpow_le; lia).
  assert (bpow radix2 (-10) * bpow radix2 (-802) <= 0.5 * (sigma * sigma)) by (apply Rmult_le_compat; try apply bpow_ge_0; [simpl;
    lra|exact s2b]). assert (0 <= sigma * sigma) by apply Rle_0_sqr. lra. }
destruct (R1_out_is pe pe_ok (s2 a) (s2l a) cols eps (conj F5 (conj F6 (conj F_cols F_eps))) Sp L2' C eps_pos Vbig Od) as (R1 & R2 & R3).
  fold Vc in R1.
set (D' := sqrt V2 + eps). assert (D'ge : sqrt V2 <= D') by (unfold D'; lra). destruct (V2_near all good some sigma_big) as (_ & Sq & _).
  change (M2' (bs all) / f64_narrow.cols all) with V2 in Sq. change (f64_narrow.sigma all) with sigma in Sq.
assert (Dc : Rabs (sqrt Vc + eps - D') <= 0.00041 * (u64 * D')).
{ replace (sqrt Vc + eps - D') with (sqrt Vc - sqrt V2) by (unfold D'; ring).
  assert (u64 * sqrt V2 <= u64 * D') by (apply Rmult_le_compat_l; lra). lra. }
assert (uu : 0 <= u64 * u64) by (apply Rmult_le_pos; lra).
assert (R1' : Rabs (R1_out pe (s2 a) (s2l a) cols eps * (sqrt Vc + eps) - 1) <= 400 * (u64 * u64)) by lra.
assert (rsE := rs_from _ (rs_out pe (s2 a) (s2l a) cols eps) (sqrt Vc + eps) D' R3 ltac:(lra) R1' Dc R2).
assert (Dge : sigma <= sigma + eps) by lra. assert (Derr : Rabs (D' - (sigma + eps)) <= Rabs (sqrt V2 - sigma)) by (right; f_equal;
  unfold D'; ring).
exact (narrow64 all good some sigma_big narrow_row a Fs Rd Nr L1 (sigma + eps) D' _ Dge D'ge Derr rsE b0 x gamma beta b0_in x_in Fgamma
  Fbeta fused).
Qed.
End Narrow.

(* both products of section 1 give no error where a factor is 0 *)
Lemma pe_fma_0 b : pe_fma 0 b = 0.
Proof. assert (Z : rnd64 0 = 0) by exact (rnd_0 emin64 53). unfold pe_fma. now rewrite Rmult_0_l, Z, Rminus_0_r, Z. Qed.
Lemma pe_dekker_0 b : pe_dekker 0 b = 0.
Proof.
assert (Z : rnd64 0 = 0) by exact (rnd_0 emin64 53).
assert (H : split_h 0 = 0) by (unfold split_h; cbv zeta; now rewrite Rmult_0_l, !Z, !Rminus_0_r, !Z, ?Rminus_0_r, ?Z).
assert (L : split_l 0 = 0) by (unfold split_l; now rewrite H, Rminus_0_r, Z).
unfold pe_dekker. cbv zeta. rewrite H, L, !Rmult_0_l, !Z, !Rminus_0_r, !Z, !Rplus_0_r, !Z, ?Rplus_0_r, ?Z. reflexivity.
Qed.
