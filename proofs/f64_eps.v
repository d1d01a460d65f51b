(* LayerNorm and RMSNorm of doubles with LN_EPS_OUTSIDE. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row last total rms merge step mergeops mergerow rstd.
Require Import f64_pairs f64_rstd f64_var f64_outside f64_last f64_row f64_merged f64_whole f64_layernorm.
Require blocks f64_rms f64_counts.
Import ListNotations.
Local Open Scope R_scope.

(* section 9 of docs/numerics.md: den and rstd of an m2 of two doubles *)
Section Scale.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variables m2 m2l cols eps : R.
Hypothesis Fs : F64 m2 /\ F64 m2l /\ F64 cols /\ F64 eps.
Hypothesis m2_pos : 0 <= m2.
Hypothesis m2l_small : Rabs m2l <= 1.01 * u64 * Rabs m2.
Hypothesis cols1 : 1 <= cols.
Hypothesis eps_pos : 0 <= eps.
Let V2 := (m2 + m2l) / cols.
Hypothesis V2_big : bpow radix2 (-840) <= V2.
Definition den := den64 (quo m2 cols) eps.
Definition V_out := rnd64 (den * den).
Hypothesis ordinary : bpow radix2 (-800) <= V_out <= bpow radix2 800.
Definition R1_out := rstd_sum_out pe (quo m2 cols) (quo_lo pe m2 m2l cols) eps.
Definition rs_out := rstd_out pe (quo m2 cols) (quo_lo pe m2 m2l cols) eps.

Lemma F_pow k : (-1000 <= k)%Z -> F64 (bpow radix2 k).
Proof. intro H. apply (generic_format_bpow radix2 (FLT_exp emin64 53)). unfold FLT_exp, emin64. lia. Qed.
Lemma den_in : bpow radix2 (-401) <= den <= bpow radix2 401.
Proof.
assert (D0 : 0 <= den).
{ assert (Z : rnd64 0 = 0) by exact (rnd_0 emin64 53). unfold den, den64, two_s, root64, quo. rewrite <- Z.
  apply (rnd_le emin64 53 ltac:(lia)).
  apply Rplus_le_le_0_compat; [|assumption]. rewrite <- Z. apply (rnd_le emin64 53 ltac:(lia)). apply sqrt_pos. }
split.
- destruct (Rle_or_lt (bpow radix2 (-401)) den) as [|L]; [assumption|exfalso].
  assert (H : den * den <= bpow radix2 (-802)) by (replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by (now
    rewrite <- bpow_plus); apply Rmult_le_compat; lra).
  apply (rnd_le emin64 53 ltac:(lia)) in H. rewrite (rnd_id emin64 53 (bpow radix2 (-802)) (F_pow (-802) ltac:(lia))) in H.
    change (V_out <= bpow radix2 (-802)) in H.
  assert (bpow radix2 (-802) < bpow radix2 (-800)) by (apply bpow_lt; lia). lra.
- destruct (Rle_or_lt den (bpow radix2 401)) as [|L]; [assumption|exfalso].
  assert (H : bpow radix2 802 <= den * den) by (replace (bpow radix2 802) with (bpow radix2 401 * bpow radix2 401) by (now rewrite <-
    bpow_plus); apply Rmult_le_compat; try apply bpow_ge_0; lra).
  apply (rnd_le emin64 53 ltac:(lia)) in H. rewrite (rnd_id emin64 53 (bpow radix2 802) (F_pow 802 ltac:(lia))) in H.
    change (bpow radix2 802 <= V_out) in H.
  assert (bpow radix2 800 < bpow radix2 802) by (apply bpow_lt; lia). lra.
Qed.

Theorem R1_out_is : Rabs (R1_out * (sqrt V2 + eps) - 1) <= 250 * (u64 * u64) /\ Rabs (rs_out - R1_out) <= u64 * R1_out /\ 0 < R1_out.
Proof.
destruct Fs as (F1 & F2 & F3 & F4). assert (U := u64_val). assert (e0 := eta64_pos).
destruct (quotient pe pe_ok m2 m2l cols (conj F1 (conj F2 F3)) cols1 m2l_small) as (Q1 & Q2 & Q3). fold V2 in Q1.
rewrite (Rabs_pos_eq m2) in * by assumption. set (w := m2 / cols) in *. set (v := quo m2 cols) in *.
  set (vl := quo_lo pe m2 m2l cols) in *.
assert (Qe := quo_err m2 cols cols1). rewrite (Rabs_pos_eq m2) in Qe by assumption. fold w v in Qe.
assert (ci : 0 < / cols) by (apply Rinv_0_lt_compat; lra).
assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra).
assert (uw : 0 <= u64 * w <= 0.00001 * w) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Pb := bpow_gt_0 radix2 (-840)).
assert (Vw : Rabs (V2 - w) <= 1.01 * (u64 * w)).
{ replace (V2 - w) with (m2l * / cols) by (unfold V2, w; field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ cols)) by lra.
  assert (Rabs m2l * / cols <= 1.01 * u64 * m2 * / cols) by (apply Rmult_le_compat_r; lra). unfold w, Rdiv. lra. }
assert (v1 := Rle_abs (V2 - w)). assert (v2 := Rle_abs (- (V2 - w))). rewrite Rabs_Ropp in v2.
assert (uuw : 0 <= u64 * (u64 * w) <= 0.00001 * (u64 * w)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (eV : eta64 <= 0.0001 * (u64 * (u64 * V2))) by (apply (eta_le (-840)); [lia|exact V2_big]).
assert (uuV : u64 * (u64 * V2) <= u64 * (u64 * (1.001 * w))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
assert (q1 := Rle_abs (v - w)). assert (q2 := Rle_abs (- (v - w))). rewrite Rabs_Ropp in q2.
assert (vw : 0.999 * w <= v) by lra.
assert (uwv : u64 * w <= u64 * (1.0011 * v)) by (apply Rmult_le_compat_l; lra).
assert (vb : bpow radix2 (-850) <= v).
{ assert (bpow radix2 (-850) <= bpow radix2 (-10) * bpow radix2 (-840)) by (rewrite <- bpow_plus; apply bpow_le; lia).
  assert (bpow radix2 (-10) * bpow radix2 (-840) <= 0.5 * bpow radix2 (-840)) by (apply Rmult_le_compat_r; [lra|simpl; lra]). lra. }
assert (vls : Rabs vl <= 4.4 * (u64 * v)) by lra.
destruct (outside pe pe_ok v vl eps (conj (merge.rnd64_F _) (conj (merge.rnd64_F _) F4)) eps_pos den_in vb vls) as (O1 & O2 & O3).
change (rstd_sum_out pe v vl eps) with R1_out in O1, O2, O3. change (rstd_out pe v vl eps) with rs_out in O2. split; [|split; assumption].
destruct (root_pair pe pe_ok v vl (conj (merge.rnd64_F _) (merge.rnd64_F _)) vb vls) as (_ & _ & _ & Xq).
assert (Pv := bpow_gt_0 radix2 (-850)). set (X := sqrt (v + vl)) in *. set (q := root64 v) in *.
assert (l1 := Rle_abs (- vl)). rewrite Rabs_Ropp in l1. assert (uv : u64 * v <= 0.00001 * v) by (apply Rmult_le_compat_r; lra).
assert (XX : X * X = v + vl) by (apply sqrt_def; lra). assert (X0 : 0 < X) by (apply sqrt_lt_R0; lra).
set (T := sqrt V2). assert (TT : T * T = V2) by (apply sqrt_def; lra). assert (T0 : 0 < T) by (apply sqrt_lt_R0; lra).
assert (D : Rabs (T - X) <= 20 * (u64 * (u64 * (T + X)))).
{ apply Rmult_le_reg_r with (T + X); [lra|]. rewrite <- (Rabs_pos_eq (T + X)) at 1 by lra. rewrite <- Rabs_mult.
  replace ((T - X) * (T + X)) with (- (v + vl - V2)) by lra. rewrite Rabs_Ropp.
  assert (w <= 1.001 * V2) by lra. assert (u64 * (u64 * w) <= u64 * (u64 * (1.001 * V2))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra).
  assert (V2 <= (T + X) * (T + X)) by (assert (0 <= T * X) by (apply Rmult_le_pos; lra); assert (0 <= X * X) by apply Rle_0_sqr; lra).
  assert (u64 * (u64 * V2) <= u64 * (u64 * ((T + X) * (T + X)))) by (do 2 (apply Rmult_le_compat_l; [lra|]); lra). lra. }
set (R := R1_out) in *. assert (uu0 : 0 <= u64 * u64 <= 0.00001 * 0.00001) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat;
  lra]).
assert (RX : R * (X + eps) <= 1.001) by (assert (Z := Rle_abs (R * (X + eps) - 1)); lra).
assert (Re : 0 <= R * eps) by (apply Rmult_le_pos; lra). assert (RXx : 0 <= R * X <= 1.001) by (split; [apply Rmult_le_pos; lra|lra]).
assert (uT : u64 * (u64 * (T + X)) <= 0.0001 * 0.0001 * (T + X)).
{ rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
assert (TX : T <= 1.001 * X) by (assert (Z := Rle_abs (T - X)); lra).
replace (R * (T + eps) - 1) with ((R * (X + eps) - 1) + R * (T - X)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  rewrite (Rabs_mult R), (Rabs_pos_eq R) by lra.
assert (R * Rabs (T - X) <= R * (20 * (u64 * (u64 * (2.001 * X))))).
{ apply Rmult_le_compat_l; [lra|]. assert (u64 * (u64 * (T + X)) <= u64 * (u64 * (2.001 * X))) by (do 2 (apply Rmult_le_compat_l; [lra|]);
  lra). lra. }
replace (R * (20 * (u64 * (u64 * (2.001 * X))))) with (40.02 * (u64 * u64) * (R * X)) in H by lra.
assert (40.02 * (u64 * u64) * (R * X) <= 40.02 * (u64 * u64) * 1.001) by (apply Rmult_le_compat_l; lra). lra.
Qed.
End Scale.

Lemma big_variance sigma V : bpow radix2 (-401) <= sigma -> 0.5 * (sigma * sigma) <= V -> bpow radix2 (-840) <= V.
Proof.
intros big H. assert (s2b : bpow radix2 (-802) <= sigma * sigma).
{ replace (bpow radix2 (-802)) with (bpow radix2 (-401) * bpow radix2 (-401)) by (now rewrite <- bpow_plus).
  assert (Z := bpow_gt_0 radix2 (-401)). apply Rmult_le_compat; lra. }
assert (bpow radix2 (-840) <= bpow radix2 (-10) * bpow radix2 (-802)) by (rewrite <- bpow_plus; apply bpow_le; lia).
assert (bpow radix2 (-10) * bpow radix2 (-802) <= 0.5 * (sigma * sigma)) by (apply Rmult_le_compat; try apply bpow_ge_0; [simpl;
  lra|exact s2b]). lra.
Qed.

Section LayerNorm.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
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
Variable eps : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
(* 1 / (sqrt V2 + eps), V2 the variance that merging leaves *)
Let V2 := row.m2_merged row / cols.
Lemma rs_wide a : moments_of pe all a -> bpow radix2 (-800) <= V_out (s2 a) cols eps <= bpow radix2 800 -> let D' := sqrt V2 + eps in
  0 < D' /\ Rabs (rs_out pe (s2 a) (s2l a) cols eps - / D') <= 1.0001 * (u64 * / D').
Proof.
intros H O. cbv zeta. destruct (moments_ready pe pe_ok all good some F_cols cols_max sigma_big wide_row a H)
  as ((_ & F2 & F3 & F4 & F5 & F6) & Rd & L1 & L2 & Sp).
assert (U := u64_val). assert (C : 1 <= cols) by exact (f64_row.cols1 all good some).
  assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
assert (VN : (1 - 0.000001) * (sigma * sigma) <= V2 <= (1 + 0.000001) * (sigma * sigma)) by exact (proj1 (V2_near all good some
  sigma_big)).
assert (VC : Rabs ((s2 a + s2l a) / cols - V2) <= 0.00002 * (u64 * (sigma * sigma))) by exact (V2c_err all good some a Rd).
set (Vc := (s2 a + s2l a) / cols) in *. assert (ss : 0 < sigma * sigma) by now apply Rmult_lt_0_compat.
assert (us : 0 <= u64 * (sigma * sigma) <= 0.0000001 * (sigma * sigma)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (c1 := Rle_abs (Vc - V2)). assert (c2 := Rle_abs (- (Vc - V2))). rewrite Rabs_Ropp in c2.
assert (Vb : bpow radix2 (-840) <= Vc) by (apply (big_variance sigma); [exact sigma_big|lra]).
assert (L2' : Rabs (s2l a) <= 1.01 * u64 * Rabs (s2 a)) by (rewrite Rmult_assoc; exact L2).
destruct (R1_out_is pe pe_ok (s2 a) (s2l a) cols eps (conj F5 (conj F6 (conj F_cols F_eps))) Sp L2' C eps_pos Vb O) as (R1 & R2 & R3).
fold Vc in R1. set (R := R1_out pe (s2 a) (s2l a) cols eps) in *. set (rs := rs_out pe (s2 a) (s2l a) cols eps) in *.
set (X := sqrt Vc) in *. set (T := sqrt V2). assert (V0 : 0 <= V2) by lra.
assert (XX : X * X = Vc) by (apply sqrt_def; lra). assert (TT : T * T = V2) by (apply sqrt_def; lra).
assert (X0 : 0.9 * sigma <= X) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite XX; lra).
  assert (T0 : 0.9 * sigma <= T) by (apply le_of_sqr; [apply sqrt_pos|]; rewrite TT; lra).
assert (uS : 0 <= u64 * sigma <= 0.0000001 * sigma) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (D : Rabs (T - X) <= 0.000012 * (u64 * sigma)).
{ apply Rmult_le_reg_r with (T + X); [lra|]. rewrite <- (Rabs_pos_eq (T + X)) at 1 by lra. rewrite <- Rabs_mult.
  replace ((T - X) * (T + X)) with (- (Vc - V2)) by lra. rewrite Rabs_Ropp.
  assert (0.000012 * (u64 * sigma) * (1.8 * sigma) <= 0.000012 * (u64 * sigma) * (T + X)) by (apply Rmult_le_compat_l; lra). lra. }
fold T. set (D' := T + eps). assert (D0 : 0 < D') by (unfold D'; lra). assert (I : 0 < / D') by now apply Rinv_0_lt_compat.
assert (uu : 0 <= u64 * u64 <= 0.00000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (RX : R * (X + eps) <= 1.001) by (assert (Z := Rle_abs (R * (X + eps) - 1)); lra).
assert (Re : 0 <= R * eps) by (apply Rmult_le_pos; lra). assert (Rs0 : 0 <= R * sigma) by (apply Rmult_le_pos; lra).
assert (Rsg : R * sigma <= 1.2) by (assert (R * (0.9 * sigma) <= R * X) by (apply Rmult_le_compat_l; lra); lra).
assert (RD : Rabs (R * D' - 1) <= 0.00002 * u64).
{ replace (R * D' - 1) with ((R * (X + eps) - 1) + R * (T - X)) by (unfold D'; ring). eapply Rle_trans; [apply Rabs_triang|].
  rewrite (Rabs_mult R), (Rabs_pos_eq R) by lra.
  assert (R * Rabs (T - X) <= R * (0.000012 * (u64 * sigma))) by (apply Rmult_le_compat_l; lra).
  replace (R * (0.000012 * (u64 * sigma))) with (0.000012 * (u64 * (R * sigma))) in H0 by ring.
    assert (u64 * (R * sigma) <= u64 * 1.2) by (apply Rmult_le_compat_l; lra). lra. }
assert (RR : Rabs (R - / D') <= 0.00002 * u64 * / D').
{ replace (R - / D') with ((R * D' - 1) * / D') by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq (/ D')) by lra. apply Rmult_le_compat_r;
  lra. }
assert (rsE : Rabs (rs - / D') <= 1.0001 * (u64 * / D')).
{ replace (rs - / D') with ((rs - R) + (R - / D')) by ring. eapply Rle_trans; [apply Rabs_triang|].
  assert (Rb : R <= 1.00001 * / D').
  { assert (X1 := Rle_abs (R - / D')). assert (u64 * / D' <= 0.00001 * / D') by (apply Rmult_le_compat_r; lra). lra. }
  assert (u64 * R <= u64 * (1.00001 * / D')) by (apply Rmult_le_compat_l; lra). assert (0 <= u64 * / D') by (apply Rmult_le_pos; lra).
    lra. }
split; [exact D0|exact rsE].
Qed.
Variables (b0 : rblock) (x gamma beta : R).
Hypothesis b0_in : In b0 row.
Hypothesis x_in : In x (bx b0).
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := (x - mu) * / (sigma + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Definition y_outside (a : st) (fused : bool) := y64 fused (sm a) (lo64 a) (rs_out pe (s2 a) (s2l a) cols eps) x gamma beta.

Theorem layernorm64_outside a fused : moments_of pe all a -> bpow radix2 (-800) <= V_out (s2 a) cols eps <= bpow radix2 800 ->
  Rabs (y_outside a fused - (gamma * xhat + beta)) <= (if fused then B64_fused else B64_unfused) * u64 * Bracket + eta64.
Proof.
intros H O. destruct (moments_ready pe pe_ok all good some F_cols cols_max sigma_big wide_row a H) as ((_ & F2 & F3 & F4 & F5 & F6) & Rd &
  L1 & L2 & Sp).
assert (P : 0 < sigma) by exact (f64_row.sigma0 all sigma_big).
destruct (rs_wide a H O) as (D0 & rsE). set (rs := rs_out pe (s2 a) (s2l a) cols eps) in *. set (T := sqrt V2) in *. set (D' := T + eps) in *.
assert (Dge : sigma <= sigma + eps) by lra. assert (D'ge : T <= D') by (unfold D'; lra).
assert (Derr : Rabs (D' - (sigma + eps)) <= Rabs (T - sigma)) by (right; f_equal; unfold D'; ring).
destruct (lo64_ok all good some sigma_big wide_row a eps (conj F2 (conj F3 (conj F4 (conj F5 (conj F6 (conj F_cols F_eps)))))) Rd L1) as
  (Lo1 & Lo2).
exact (f64_whole.layernorm64 all good some sigma_big wide_row (sm a) (lo64 a) rs (sigma + eps) D' F2 (merge.rnd64_F _) Lo1 Lo2 Dge D'ge
  Derr rsE b0 x gamma beta b0_in x_in Fgamma Fbeta fused).
Qed.
End LayerNorm.

Section RmsNorm.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Variable fused : bool.
Variables (f : list R) (r : list (list R)).
Hypothesis good : forall xs, In xs (f :: r) -> (1 <= length xs <= 1024)%nat /\ (forall x, In x xs -> F64 x).
Hypothesis full : r = [] \/ exists l b, r = l ++ [b] /\ forall xs, In xs (f :: l) -> length xs = 1024%nat.
Let count := f64_rms.count f r.
Hypothesis cols_max : count <= bpow radix2 30.
Hypothesis F_count : F64 count.
Let blocks := map (fun xs => (QQ xs 0, f64_rms.ideal fused xs)) (f :: r).
Let ms := rms blocks count.
Hypothesis ms_big : bpow radix2 (-401) <= ms.
Let total := f64_rms.total pe fused f r.
Variables eps x gamma beta : R.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis ordinary : bpow radix2 (-800) <= V_out (s2 total) count eps <= bpow radix2 800.
Hypothesis Fx : F64 x.
Hypothesis Fgamma : F64 gamma.
Hypothesis Fbeta : F64 beta.
Let xhat := x * / (ms + eps).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Let rs := rs_out pe (s2 total) (s2l total) count eps.
Definition y_rms64_outside (fma : bool) := if fma then y_fused (-1074) 53 (t_fused (-1074) 53 x 0 rs 0) gamma beta
  else y_unfused (-1074) 53 (t_unfused (-1074) 53 x 0 rs 0) gamma beta.

Theorem rmsnorm64_outside (fma : bool) : Rabs (y_rms64_outside fma - (gamma * xhat + beta)) <= (if fma then B_rms else B_rms_beta_unfused)
  * u64 * Bracket + eta64 /\
  (beta = 0 -> Rabs (y_rms64_outside fma - (gamma * xhat + beta)) <= B_rms * u64 * Bracket + eta64).
Proof.
assert (U := u64_val). assert (C : 1 <= count) by exact (f64_rms.count1 f r good).
  assert (M0 : 0 < ms) by exact (f64_rms.ms0 fused f r ms_big).
destruct (f64_rms.total_form pe pe_ok fused f r good full cols_max F_count ms_big) as ((_ & _ & _ & _ & F5 & F6) & L & Sp).
fold total in F5, F6, L, Sp. assert (ss : 0 < ms * ms) by now apply Rmult_lt_0_compat. set (V2 := (s2 total + s2l total) / count).
assert (BG : forall c, In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= f64_counts.b0 * fst c) by exact (f64_rms.blocks_good fused f r
  good).
assert (Qms : count * (ms * ms) = Q blocks) by exact (f64_rms.Qms fused f r good).
assert (Mr : Rabs (square total - Q' blocks) <= 0.01 * (u64 * Q blocks)) by exact (f64_rms.merging64 pe pe_ok fused f r good full cols_max
  ms_big).
assert (L' : Rabs (s2l total) <= 1.01 * u64 * Rabs (s2 total)) by (rewrite Rmult_assoc; exact L).
assert (V0 : 0 <= V2) by exact (V2_0 (s2 total) (s2l total) count Sp L' C).
assert (ci : 0 < / count) by (apply Rinv_0_lt_compat; lra).
assert (Vb : bpow radix2 (-840) <= V2).
{ assert (Qe := Q_err blocks f64_counts.b0 BG). assert (B := f64_counts.b0_range). change (u 53) with u64 in B.
    assert (Qp : 0 <= Q blocks) by (rewrite <- Qms; apply Rmult_le_pos; lra).
  assert (f64_counts.b0 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
    assert (u64 * Q blocks <= 0.001 * Q blocks) by (apply Rmult_le_compat_r; lra).
  assert (X := Rle_abs (- (square total - Q' blocks))). rewrite Rabs_Ropp in X. assert (Y := Rle_abs (- (Q' blocks - Q blocks))).
    rewrite Rabs_Ropp in Y.
  assert (Qt : 0.9 * Q blocks <= square total) by lra. rewrite <- Qms in Qt.
  assert (0.9 * (ms * ms) <= V2).
  { apply Rmult_le_reg_l with count; [lra|]. replace (count * V2) with (square total) by (unfold V2, square; field; lra). lra. }
  apply (big_variance ms); [exact ms_big|lra]. }
destruct (R1_out_is pe pe_ok (s2 total) (s2l total) count eps (conj F5 (conj F6 (conj F_count F_eps))) Sp L' C eps_pos Vb ordinary) as (R1
  & R2 & R3).
fold V2 in R1. fold rs in R2. set (RR := R1_out pe (s2 total) (s2l total) count eps) in *.
set (D := ms + eps). set (D' := sqrt V2 + eps). assert (Dge : ms <= D) by (unfold D; lra).
assert (Derr : Rabs (D' - D) <= Rabs (sqrt V2 - ms)) by (right; f_equal; unfold D, D'; ring). assert (R0D : / D * D = 1) by (field;
  unfold D; lra).
assert (uu : 0 <= u64 * u64 <= 0.0000001 * u64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (R1e : Rabs (RR * D' - 1) <= 0.001 * u 53) by (change (u 53) with u64; unfold D'; lra).
assert (Mg : Rabs (count * V2 - Q' blocks) / count / 2 <= 0.01 * u 53 * (ms * ms)).
{ replace (count * V2) with (square total) by (unfold V2, square; field; lra). change (u 53) with u64. rewrite <- Qms in Mr.
  apply (Rmult_le_compat_r (/ count)) in Mr; [|lra].
  replace (0.01 * (u64 * (count * (ms * ms))) * / count) with (0.01 * (u64 * (ms * ms))) in Mr by (field; lra).
  assert (0 <= u64 * (ms * ms)) by (apply Rmult_le_pos; lra). unfold Rdiv in *. lra. }
assert (et : eta (-1074) <= u 53 / 100000).
{ unfold eta, u, Rdiv. apply Rle_trans with (bpow radix2 (-53) * bpow radix2 (-20)); [rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat_l; [apply bpow_ge_0|]. simpl. lra. }
assert (Re : Rabs (rs - RR) <= 1.00001 * u 53 * RR) by (change (u 53) with u64; assert (0 <= u64 * RR) by (apply Rmult_le_pos; lra); lra).
unfold y_rms64_outside, xhat, Bracket. fold D. destruct fma; split; try intro Z.
- exact (rmsnorm_fused (-1074) 53 ltac:(lia) blocks _ f64_counts.b0_range BG count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma beta
  Dge Derr R0D R3 R1e et Re Fx).
- exact (rmsnorm_fused (-1074) 53 ltac:(lia) blocks _ f64_counts.b0_range BG count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma beta
  Dge Derr R0D R3 R1e et Re Fx).
- exact (rmsnorm_unfused_beta (-1074) 53 ltac:(lia) blocks _ f64_counts.b0_range BG count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma
  beta Dge Derr R0D R3 R1e et Re Fx Fgamma Fbeta).
- exact (rmsnorm_unfused (-1074) 53 ltac:(lia) blocks _ f64_counts.b0_range BG count ltac:(lra) M0 V2 V0 Mg D D' (/ D) RR rs x gamma beta
  Dge Derr R0D R3 R1e et Re Fx Z).
Qed.
End RmsNorm.
