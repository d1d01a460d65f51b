(* xhat of rows of floats, from their moments: what the backward pass begins with. V is up to 2^370, which eps alone can pass. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total merge step mergeops mergerow rstd scale32 anyscale whole32 rowscale tinymean anyrow.
Require Import f32_xhat.
Require blocks float32 four.
Import ListNotations.
Local Open Scope R_scope.

Section AnyRow.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Let cols := row.cols row.
Let mu := row.mu row.
Let sigma := row.sigma row.
Hypothesis cols_max : cols <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < sigma.
Variable eps : R.
Variable outside : bool.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variable x : R.
Hypothesis Fx : F32 x.
Let D := D_any eps outside sigma.

(* Of the row as section 5 scales it. *)
Definition near32 fused mean mean_lo m2 k := Rabs (xhat32 fused mean mean_lo k (rstd64 m2 cols eps outside) x - (x - mu) * / D) <=
  (if fused then 10.95 else 11.95) * u32 * Rmax 1 (Rabs ((x - mu) * / D)).
(* What merging gives. *)
Definition moments32 mean mean_lo m2 := 0 <= m2 /\ F64 mean /\ F64 mean_lo /\ Rabs mean_lo <= u64 * Rabs (mean + mean_lo) /\
  near_enough row (mean + mean_lo) m2.

Lemma near_exact mean mean_lo m2 k fused : let m := mean + mean_lo in 0 <= m2 -> power_of_row m2 cols eps outside k ->
  Rabs (m - row.mean_merged row) * sigma + Rabs (m2 - row.m2_merged row) / cols / 2 <= 0.005 * u32 * (sigma * sigma) ->
  Rabs (mean - m) <= 2 * u64 * Rabs m -> V_any m2 cols eps outside <= bpow radix2 370 ->
  F64 (mean * bpow radix2 k) -> F64 (mean_lo * bpow radix2 k) -> near32 fused mean mean_lo m2 k.
Proof.
cbv zeta. intros M0 k_is Mg mm Vm Fm Fl. assert (C := float32.cols_1 row row_good row_some). fold cols in C. set (V2 := m2 / cols).
assert (Low := V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 M0 Mg). fold cols V2 in Low.
assert (V0 : 0 <= V2) by (assert (Z := bpow_gt_0 radix2 (-341)); lra).
assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat. assert (Cr := conj C cols_max).
assert (Ri := rstd64_is m2 cols eps outside M0 F_eps eps_pos Cr Low Vm). fold V2 in Ri.
destruct (rstd64_range m2 cols eps outside M0 F_eps eps_pos Cr Low Vm k k_is) as (Rr & Rs).
assert (Dge : sigma <= D).
{ unfold D, D_any. destruct outside; [lra|]. apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra. }
assert (Derr : Rabs (D_any eps outside (sqrt V2) - D) <= Rabs (sqrt V2 - sigma)).
{ unfold D, D_any. destruct outside.
  - replace (sqrt V2 + eps - (sigma + eps)) with (sqrt V2 - sigma) by ring. apply Rle_refl.
  - apply float32.scale_lipschitz; [apply sqrt_pos|lra|assumption]. }
exact (xhat_scaled row row_good row_some sigma_not0 mean mean_lo m2 M0 Mg mm k D (D_any eps outside (sqrt V2)) _ Dge Derr Ri Fm Fl
    Rr Rs x Fx fused).
Qed.

Theorem near_any mean mean_lo m2 k fused : moments32 mean mean_lo m2 -> power_of_row m2 cols eps outside k ->
  V_any m2 cols eps outside <= bpow radix2 370 -> near32 fused mean mean_lo m2 k.
Proof.
intros (M0 & Fm & Fl & Lo & Ne) k_is Vm. set (m := mean + mean_lo) in *. assert (Mg := merging_of row m m2 Ne). assert (U := u64_val).
assert (mm : Rabs (mean - m) <= 2 * u64 * Rabs m).
{ replace (mean - m) with (- mean_lo) by (unfold m; ring). rewrite Rabs_Ropp. assert (0 <= u64 * Rabs m) by (apply Rmult_le_pos;
  [lra|apply Rabs_pos]). lra. }
assert (Cr := conj (float32.cols_1 row row_good row_some) cols_max).
destruct (Z_le_gt_dec 0 k) as [K|K]; [apply near_exact; try assumption; now apply double_up|].
assert (K90 : k = (-90)%Z) by (destruct k_is as [(_ & E)|[(_ & E)|(_ & E)]]; lia).
assert (Low := V2_low row row_good row_some cols_max sigma_not0 mean mean_lo m2 M0 Mg).
destruct (rstd64_range m2 cols eps outside M0 F_eps eps_pos Cr Low Vm k k_is) as (Rr & [Z|Rs]); [lia|].
assert (P60 := bpow_gt_0 radix2 (-100)). rewrite K90 in Rr, Rs |- *.
assert (W0 : 0 <= rstd64 m2 cols eps outside / bpow radix2 (-90)) by lra.
destruct (mean_stands_in mean mean_lo Fm Fl Lo _ (conj W0 Rs)) as (a & b & Fa & Fb & Eab & Mab & Eh & Es).
assert (E : xhat32 fused mean mean_lo (-90) (rstd64 m2 cols eps outside) x = xhat32 fused a b (-90) (rstd64 m2 cols eps outside) x)
  by (unfold xhat32; cbv zeta; now rewrite Eh, Es).
assert (K' := k_is). rewrite K90 in K'.
assert (Mab' := stand_in_merging row row_good row_some cols_max sigma_not0 mean mean_lo m2 a b Ne Eab).
assert (H : near32 fused a b m2 (-90)) by now apply near_exact. unfold near32 in *. rewrite E. exact H.
Qed.

Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

(* several blocks, all but the last full *)
Theorem moments_several f l b sf ss s : row = f :: l ++ [b] -> agrees f sf -> Forall2 agrees l ss -> agrees b s ->
  length (bx f) = 1024%nat -> (forall c, In c l -> length (bx c) = 1024%nat) ->
  let t := merged pe sf ss in let a := mA t s in let c := mC3 pe t s in moments32 (two_s a c) (two_e a c) (s2 (merge2 pe t s)).
Proof.
intros E Af Al Ab Lf Ll. cbv zeta.
assert (Nr := several row row_good row_some cols_max sigma_not0 pe pe_ok f l b sf ss s E Af Al Ab Lf Ll). cbv zeta in Nr. unfold merged in Nr.
rewrite fold_left_app in Nr. cbn [fold_left] in Nr. fold (merged pe sf ss) in Nr. set (t := merged pe sf ss) in *.
assert (Fa : F64 (mA t s)) by apply merge.rnd64_F. assert (Fc : F64 (mC3 pe t s)) by apply merge.rnd64_F.
split; [exact (m2_not_negative row row_good row_some sigma_not0 _ _ Nr)|]. split; [apply merge.rnd64_F|]. split; [apply two_e_F|].
split; [|exact Nr]. rewrite two_sum by assumption. now apply two_e_le.
Qed.

(* one block *)
Theorem moments_alone f sf : row = [f] -> agrees f sf -> moments32 (sm sf) (sl sf) (s2 sf).
Proof.
intros E Af. assert (Nr := alone row row_good row_some cols_max sigma_not0 f sf E Af).
destruct Af as (Fs & _ & _ & _ & _ & Sl & Sr & _). destruct Fs as (_ & Fm & Fl & _).
split; [exact (m2_not_negative row row_good row_some sigma_not0 _ _ Nr)|]. split; [exact Fm|]. split; [exact Fl|].
split; [|exact Nr]. replace (sm sf + sl sf) with (value sf) by (unfold value; rewrite Sr; ring). exact Sl.
Qed.
End AnyRow.
