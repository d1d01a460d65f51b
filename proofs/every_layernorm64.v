(* LayerNorm of double, every finite row that varies by 2^-399: any elements, and any eps that does not outweigh the deviation by far; and any row
  that is multiplied by 2^700. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look merge step mergeops mergerow f64_pairs f64_last f64_var f64_eps everyrow f64_range f64_elements
  f64_layernorm_range.
Require Import f64_again f64_spread f64_sizes f64_layernorm_times.
Require anyscale f64_whole scaledblock look32.
Import ListNotations.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation sig := look.sig.

(* -- sections 5, 6 and 9, from the moments t of a row whose blocks are els: as it is, as a constant row, or from moments of the row times 2^k -- *)
Definition called_constant (t : st) (eps : R) (outside : bool) := V_of t eps outside < bpow radix2 (-800) /\ bpow radix2 (-300) < Rabs (sm t).
Inductive y_row64 (pe : R -> R -> R) (fused : bool) (els : list (list R)) (t : st) (eps : R) (outside : bool) (x gamma beta : R) : R -> Prop :=
| AsItIs : ordinary64 (V_of t eps outside) -> y_row64 pe fused els t eps outside x gamma beta
    (f64_whole.y64 fused (sm t) (f64_whole.lo64 t) (rstd_of pe t eps outside) x gamma beta)
| Constant : called_constant t eps outside -> y_row64 pe fused els t eps outside x gamma beta
    (f64_whole.y64 fused (sm t) (f64_whole.lo64 t) 0 x gamma beta)
| Times k first further : ~ ordinary64 (V_of t eps outside) -> ~ called_constant t eps outside -> k = power64 (V_of t eps outside) ->
    Forall2 (moments64 pe fused) (map (map (times64 k)) els) (first :: further) -> y_row64 pe fused els t eps outside x gamma beta
    (let a := merged pe first further in
    f64_whole.y64 fused (sm a) (f64_whole.lo64 a) (rstd_of pe a (eps_times k outside eps) outside) (times64 k x) gamma beta).

Section Every.
(* the row, cut into blocks: all full but the last, which has some elements *)
Variables (full : list (list R)) (last : list R).
Hypothesis full_is : forall xs, In xs full -> length xs = 1024%nat.
Hypothesis last_is : (1 <= length last <= 1024)%nat.
Let row := concat (full ++ [last]).
Hypothesis row_finite : forall z, In z row -> finite64 z.
Hypothesis row_count : n row <= bpow radix2 30.
Hypothesis narrow_count : 4294967296 * sig row < Rabs (mean row) -> n row <= bpow radix2 20.
Variables x gamma beta eps : R.
Hypothesis x_in : In x row.
Hypothesis gamma_double : F64 gamma.
Hypothesis beta_double : F64 beta.
Hypothesis eps_double : F64 eps.
Hypothesis eps_range : 0 <= eps < bpow radix2 1024.
Variable outside : bool.
Let D := D_any eps outside (sig row).
Let xhat := (x - mean row) * / D.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Let within y := Rabs (y - (gamma * xhat + beta)) <= (if fused then 12 else 14) * u64 * (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta64.

Lemma row_F z : In z row -> F64 z. Proof. intro I. apply (row_finite z I). Qed.
Lemma eps_pos : 0 <= eps. Proof. apply eps_range. Qed.
Lemma sig_D : sig row <= D.
Proof.
assert (S := sig_pos row). unfold D, anyscale.D_any. destruct outside; [lra|]. apply le_of_sqr; [apply sqrt_pos|].
assert (Z := Rle_0_sqr (sig row)). unfold Rsqr in Z. rewrite sqrt_def; lra.
Qed.

Lemma sig_max : sig row <= bpow radix2 1024.
Proof.
assert (Mm : ms row <= bpow radix2 1024).
{ apply ms_max; [apply bpow_ge_0|intro Z; rewrite Z in x_in; easy|]. intros z I. left. apply (row_finite z I). }
apply Rle_trans with (2 := Mm). assert (M0 : 0 <= ms row) by apply sqrt_pos. assert (N := n_pos row x x_in). apply le_of_sqr; [exact M0|].
assert (A := ms_sqr row x x_in). rewrite (QQ_about row x 0 x_in) in A. apply Rmult_eq_reg_l in A; [|lra]. rewrite A.
assert (Z := Rle_0_sqr (mean row - 0)). unfold Rsqr in Z. lra.
Qed.
Lemma D_max : D <= bpow radix2 1026.
Proof.
assert (Sm := sig_max). assert (Sg := sig_pos row). assert (P3 : 1 <= bpow radix2 1024) by (change 1 with (bpow radix2 0); apply bpow_le; lia).
assert (E4 : bpow radix2 1026 = 4 * bpow radix2 1024) by (change 4 with (bpow radix2 2); now rewrite <- bpow_plus).
unfold D, anyscale.D_any. destruct outside; [lra|]. apply le_of_sqr; [lra|]. assert (mm := Rle_0_sqr (sig row)). unfold Rsqr in mm.
rewrite sqrt_def, E4 by lra. assert (sig row * sig row <= bpow radix2 1024 * bpow radix2 1024) by (apply Rmult_le_compat; lra).
assert (1 * bpow radix2 1024 <= bpow radix2 1024 * bpow radix2 1024) by (apply Rmult_le_compat_r; lra). lra.
Qed.

(* times 2^k, where that brings D and the deviation into the range *)
Theorem layernorm_scaled64 k first further : (0 <= k)%Z \/ k = (-650)%Z /\ bpow radix2 397 <= D -> bpow radix2 (-390) <= D * bpow radix2 k <=
    bpow radix2 380 -> bpow radix2 (-400) <= sig row * bpow radix2 k ->
  Forall2 (moments64 pe fused) (map (map (times64 k)) (full ++ [last])) (first :: further) -> let a := merged pe first further in
  within (f64_whole.y64 fused (sm a) (f64_whole.lo64 a) (rstd_of pe a (eps_times k outside eps) outside) (times64 k x) gamma beta).
Proof.
intros Kc (Dl & Dh) Sl M. cbv zeta. rewrite map_app in M. assert (Sd := sig_D). assert (Sg := sig_pos row). set (S := bpow radix2 k) in *.
assert (Sp : 0 < S) by apply bpow_gt_0. set (row' := map (times64 k) row). assert (P := bpow_gt_0 radix2 (-400)).
assert (E4 : bpow radix2 (-400) = 2 * bpow radix2 (-401)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
set (e' := eps_times k outside eps). set (D' := D_any e' outside (sig row')).
assert (E2 : bpow radix2 390 = 1024 * bpow radix2 380) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
assert (P1 := bpow_gt_0 radix2 (-390)). assert (P2 := bpow_gt_0 radix2 380).
assert (Dn : bpow radix2 (-390) <= D' <= bpow radix2 390 /\ bpow radix2 (-401) <= sig row').
{ destruct Kc as [K|(K & L)].
  - destruct (up k row x x_in row_F K) as (_ & Es). fold row' S in Es. split; [|lra]. unfold D'. rewrite Es.
    unfold e', S. rewrite (D_up k K outside eps (sig row) eps_double Sg eps_pos). fold D S. lra.
  - assert (Q := sig_down row x x_in row_F). unfold D', e', row', S in *. rewrite K in *.
    assert (Dd := D_down outside eps (sig row) (sig (map (times64 (-650)) row)) eps_double eps_pos Sg (sig_pos _) Q L). fold D in Dd.
    assert (r1 : bpow radix2 (-300) <= 0.01) by (apply Rle_trans with (bpow radix2 (-20)); [apply bpow_le; lia|simpl; lra]).
    assert (d4 : bpow radix2 (397 + -650) <= D * bpow radix2 (-650)) by (rewrite bpow_plus; apply Rmult_le_compat_r; [apply bpow_ge_0|exact L]).
    assert (d5 : 2 * bpow radix2 (-390) <= bpow radix2 (397 + -650)) by (change 2 with (bpow radix2 1); rewrite <- bpow_plus; apply bpow_le; lia).
    set (T := bpow radix2 (-650)) in *. assert (d0 : 0 <= D * T) by lra.
    assert (bpow radix2 (-300) * (D * T) <= 0.01 * (D * T)) by (apply Rmult_le_compat_r; lra).
    set (Dd' := D_any (eps_times (-650) outside eps) outside (sig (map (times64 (-650)) row))) in *.
    assert (d1 := Rle_abs (Dd' - D * T)). assert (d2 := Rle_abs (- (Dd' - D * T))). rewrite Rabs_Ropp in d2.
    split; [lra|].
    set (sr := sig (map (times64 (-650)) row)) in *. set (b := sig row * T) in *. apply le_of_sqr; [apply sqrt_pos|].
    assert (k7 : bpow radix2 (-700) <= 0.001) by (apply Rle_trans with (bpow radix2 (-20)); [apply bpow_le; lia|simpl; lra]).
    assert (bpow radix2 (-700) * (b * b) <= 0.001 * (b * b)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact k7]).
    assert (k13 : bpow radix2 (-1300) <= bpow radix2 (-401) * bpow radix2 (-401)) by (rewrite <- bpow_plus; apply bpow_le; lia).
    assert (bb : bpow radix2 (-400) * bpow radix2 (-400) <= b * b) by (apply Rmult_le_compat; lra). rewrite E4 in bb.
    assert (q1 := Rle_abs (- (sr * sr - b * b))). rewrite Rabs_Ropp in q1. assert (0 <= bpow radix2 (-401) * bpow radix2 (-401)) by apply Rle_0_sqr. lra. }
destruct Dn as (Dn & S4). set (z401 := bpow radix2 (-401)) in *.
destruct (layernorm_times full last full_is last_is row_F row_count narrow_count x gamma beta eps x_in gamma_double beta_double eps_double eps_pos
  outside k Kc S4 pe pe_is fused first further M) as (A & V0 & Vn). apply A. fold row' in Vn.
apply (V_middle _ _ e' (sig row') V0 (sig_pos row') Vn (eps_times_F k outside eps) (eps_times_pos k outside eps eps_pos) outside). fold D'. exact Dn.
Qed.

(* times 2^700, whatever the elements, if two of them differ: then the deviation is no less than 2^-1090 *)
Lemma sig_least v w : In v row -> In w row -> v <> w -> bpow radix2 (-1090) <= sig row.
Proof.
intros Iv Iw Ne. assert (Q := scaledblock.two_spread row (mean row) v w Iv Iw Ne). rewrite <- (sig_elements row v Iv) in Q. assert (Sg := sig_pos row).
assert (Mu : forall z, In z row -> mult (-1074) z) by (intros z I; apply (F_mult emin64 53); [now apply row_F|unfold emin64; lia|now right]).
assert (L : bpow radix2 (-1074) <= Rabs (v - w)) by (apply look32.mult_least; [apply mult_sub; now apply Mu|lra]).
assert (P := bpow_gt_0 radix2 (-1074)). assert (Z := bpow_gt_0 radix2 (-1090)).
assert (L2 : bpow radix2 (-1074) * bpow radix2 (-1074) <= (v - w) * (v - w)).
{ replace ((v - w) * (v - w)) with (Rabs (v - w) * Rabs (v - w)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr). apply Rmult_le_compat; lra. }
assert (C : n row * (sig row * sig row) <= bpow radix2 30 * (sig row * sig row)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|exact row_count]).
assert (E30 : bpow radix2 30 = 32768 * 32768) by (simpl; lra).
assert (E : bpow radix2 (-1074) = 65536 * bpow radix2 (-1090)) by (replace 65536 with (bpow radix2 16) by (simpl; lra); now rewrite <- bpow_plus).
rewrite E in L2. rewrite E30 in C. assert (zz : 0 <= bpow radix2 (-1090) * bpow radix2 (-1090)) by apply Rle_0_sqr. apply le_of_sqr; [exact Sg|]. lra.
Qed.
Theorem layernorm_up64 v w first further : In v row -> In w row -> v <> w -> D <= bpow radix2 (-320) ->
  Forall2 (moments64 pe fused) (map (map (times64 700)) (full ++ [last])) (first :: further) -> let a := merged pe first further in
  within (f64_whole.y64 fused (sm a) (f64_whole.lo64 a) (rstd_of pe a (eps_times 700 outside eps) outside) (times64 700 x) gamma beta).
Proof.
intros Iv Iw Ne Dh M. assert (Sl := sig_least v w Iv Iw Ne). assert (Sd := sig_D).
assert (S' : bpow radix2 (-390) <= sig row * bpow radix2 700).
{ change (-390)%Z with (-1090 + 700)%Z. rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|exact Sl]. }
apply (layernorm_scaled64 700 first further); [left; lia| |apply Rle_trans with (2 := S'); apply bpow_le; lia|exact M]. split.
- apply Rle_trans with (1 := S'). apply Rmult_le_compat_r; [apply bpow_ge_0|exact Sd].
- change 380%Z with (-320 + 700)%Z. rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|exact Dh].
Qed.

(* moments of the row itself *)
Variables (first : st) (further : list st).
Hypothesis moments_are : Forall2 (moments64 pe fused) (full ++ [last]) (first :: further).
Let t := merged pe first further.
Hypothesis sigma_big : bpow radix2 (-399) <= sig row.
Hypothesis eps_weight : bpow radix2 390 < D -> bpow radix2 250 <= sig row.

Theorem layernorm_every_row64 y : y_row64 pe fused (full ++ [last]) t eps outside x gamma beta y -> within y.
Proof.
intro Y. assert (S4 : bpow radix2 (-401) <= sig row) by (apply Rle_trans with (2 := sigma_big); apply bpow_le; lia).
assert (Nc : 8589934592 * sig row < Rabs (mean row) -> n row <= bpow radix2 20) by (intro H; apply narrow_count; assert (Z := sig_pos row); lra).
destruct (layernorm_blocks full last full_is last_is row_count Nc pe pe_is fused first further moments_are row_F S4 eps x gamma beta eps_double eps_pos
  x_in gamma_double beta_double) as (A & B & C & P & L & Nr). fold row t in A, B, C, P, L, Nr.
assert (N := n_pos row x x_in). destruct (var_quo _ _ _ _ N P L Nr) as (V0 & Vn). rewrite <- C in V0, Vn.
assert (Hi := V_high _ _ eps (sig row) V0 (sig_pos row) Vn eps_double eps_pos outside).
set (V := V_of t eps outside) in *. change (if outside then V_out (s2 t) (cn t) eps else V64 (s2 t) (cn t) eps) with V in Hi. fold D in Hi.
(* V is not below the range *)
assert (Lo : bpow radix2 (-800) <= V).
{ assert (Sq : bpow radix2 (-399 + -399) <= sig row * sig row) by (rewrite bpow_plus; assert (Z := bpow_gt_0 radix2 (-399)); apply Rmult_le_compat; lra).
  assert (E8 : bpow radix2 (-399 + -399) = 4 * bpow radix2 (-800)) by (change 4 with (bpow radix2 2); now rewrite <- bpow_plus).
  assert (P8 := bpow_gt_0 radix2 (-800)). assert (T : bpow radix2 (-1000) <= bpow radix2 (-800)) by (apply bpow_le; lia).
  unfold V, V_of. destruct outside.
  - assert (Dn := den_near _ _ eps (sig row) V0 (sig_pos row) Vn eps_double eps_pos). cbv zeta in Dn.
    assert (E4 : bpow radix2 (-399) = 2 * bpow radix2 (-400)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
    assert (P4 := bpow_gt_0 radix2 (-400)). assert (T5 : bpow radix2 (-500) <= 0.01 * bpow radix2 (-400)).
    { apply Rle_trans with (bpow radix2 (-20) * bpow radix2 (-400)); [rewrite <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; [lra|simpl;
        lra]]. }
    assert (X := Rle_abs (- (den (s2 t) (cn t) eps - (sig row + eps)))). rewrite Rabs_Ropp in X.
    assert (De : bpow radix2 (-400) <= den (s2 t) (cn t) eps) by lra. apply rnd64_down; [apply F_pow; lia|].
    change (-800)%Z with (-400 + -400)%Z. rewrite bpow_plus. apply Rmult_le_compat; lra.
  - assert (Dn := V_inside_near _ _ eps (sig row) V0 Vn eps_double eps_pos). cbv zeta in Dn.
    assert (X := Rle_abs (- (V64 (s2 t) (cn t) eps - (sig row * sig row + eps)))). rewrite Rabs_Ropp in X. lra. }
destruct Y as [O|(Cl & _)|k f l No Nk Kk M].
- (* as it is *)
  apply (bounded_shift fused _ xhat xhat gamma beta); [rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; assert (U := u64_val); assert (M1 := Rmax_l 1
    (Rabs xhat)); apply Rmult_le_pos; lra|].
  unfold rstd_of. destruct (ordinary_dec (V_of t eps outside)) as [_|No]; [|now elim No]. unfold ordinary64, V_of in O. rewrite C in *.
  unfold xhat, D, anyscale.D_any. revert O. clear - A B. destruct outside; intro O; [exact (B O)|exact (A O)].
- exfalso. fold V in Cl. lra.
- (* above the range *)
  fold V in No, Kk. unfold power64 in Kk. destruct (ordinary_dec V) as [O|_]; [now elim No|]. destruct (Rlt_dec V (bpow radix2 (-800))) as [|_]; [lra|].
  assert (H8 : bpow radix2 800 < V) by (destruct (Rle_or_lt V (bpow radix2 800)); [exfalso; apply No; split; assumption|assumption]).
  assert (D3 := Hi H8). assert (Sw : bpow radix2 250 <= sig row) by (apply eps_weight; apply Rlt_le_trans with (2 := D3); apply bpow_lt; lia).
  apply (layernorm_scaled64 k f l); [right; now split| | |exact M]; rewrite Kk.
  + split; [apply Rle_trans with (bpow radix2 (397 + -650)); [apply bpow_le; lia|]|apply Rle_trans with (bpow radix2 (1026 + -650)); [|apply bpow_le;
      lia]]; rewrite bpow_plus; apply Rmult_le_compat_r; try apply bpow_ge_0; [exact D3|exact D_max].
  + change (-400)%Z with (250 + -650)%Z. rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|exact Sw].
Qed.
End Every.
