(* RMSNorm of double, every finite row: any elements, any eps; nothing is assumed but what the arguments are. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last total rms merge step mergeops mergerow f64_pairs f64_var f64_outside f64_eps everyrow.
Require Import f64_range f64_squares f64_rms_any f64_rms_scaled f64_again f64_sizes.
Require anyscale f64_rms f64_counts.
Import ListNotations.
Local Open Scope R_scope.
Local Notation D_any := anyscale.D_any.

(* -- sections 2 to 6 and 9: the row times 2^k, k being 0 if V is ordinary. Times 2^0 nothing changes, and so the first sums stay -- *)
Definition k_of pe fused first further eps outside := power64 (V_of (f64_rms.total pe fused first further) eps outside).
Definition last_sums pe fused (first : list R) further eps outside := let k := k_of pe fused first further eps outside in
  f64_rms.total pe fused (map (times64 k) first) (map (map (times64 k)) further).
Definition y_rms_row64 pe fused first further eps outside x gamma beta := let k := k_of pe fused first further eps outside in
  y_of fused (times64 k x) (rstd_of pe (last_sums pe fused first further eps outside) (eps_times k outside eps) outside) gamma beta.

Section Every.
(* the row, cut into blocks of 1024 at most *)
Variables (first : list R) (further : list (list R)).
Hypothesis lengths : forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat.
Let row := concat (first :: further).
Hypothesis row_finite : forall z, In z row -> finite64 z.
Hypothesis row_count : n row <= bpow radix2 30.
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variable fused : bool.
Variables x gamma beta eps : R.
Hypothesis x_in : In x row.
Hypothesis gamma_double : F64 gamma.
Hypothesis beta_double : F64 beta.
Hypothesis eps_double : F64 eps.
Hypothesis eps_range : 0 <= eps < bpow radix2 1024.
Variable outside : bool.
Let m := ms row.
Let D := D_any eps outside m.
Let xhat := x * / D.
Let k := k_of pe fused first further eps outside.
Let S := bpow radix2 k.
Let eps' := eps_times k outside eps.
Let row' := map (times64 k) row.
Let m' := ms row'.
Let D' := D_any eps' outside m'.
Let t' := last_sums pe fused first further eps outside.

Lemma lists_F (l : list R) (ls : list (list R)) : (forall xs, In xs (l :: ls) -> (1 <= length xs <= 1024)%nat) ->
  (forall z, In z (concat (l :: ls)) -> F64 z) -> forall xs, In xs (l :: ls) -> (1 <= length xs <= 1024)%nat /\ (forall z, In z xs -> F64 z).
Proof. intros L F xs I. split; [now apply L|]. intros z J. apply F, in_concat. now exists xs. Qed.
Lemma good : forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat /\ (forall z, In z xs -> F64 z).
Proof. apply lists_F; [exact lengths|]. intros z I. apply (row_finite z I). Qed.
Lemma row'_is : concat (map (times64 k) first :: map (map (times64 k)) further) = row'.
Proof. unfold row', row. rewrite concat_map. reflexivity. Qed.
Lemma good' : forall xs, In xs (map (times64 k) first :: map (map (times64 k)) further) -> (1 <= length xs <= 1024)%nat /\
  (forall z, In z xs -> F64 z).
Proof.
intros xs I. change (In xs (map (map (times64 k)) (first :: further))) in I. rewrite in_map_iff in I. destruct I as (ys & <- & J).
split; [rewrite map_length; now apply lengths|]. intros z Iz. rewrite in_map_iff in Iz. destruct Iz as (w & <- & _). apply times64_F.
Qed.
Lemma count' : n row' = n row. Proof. unfold row', n. now rewrite map_length. Qed.
Lemma m_pos : 0 <= m. Proof. apply sqrt_pos. Qed.
Lemma m'_pos : 0 <= m'. Proof. apply sqrt_pos. Qed.

Lemma n1 : 1 <= n row. Proof. exact (n_pos row x x_in). Qed.
(* the root mean square is no less than 2^-15 of an element *)
Lemma element z : In z row -> Rabs z <= 32768 * m.
Proof.
intro I. assert (N := n1). apply le_of_sqr; [assert (Z := m_pos); lra|]. assert (Q := ms_sqr row z I). fold m in Q.
assert (X : (z - 0) * (z - 0) <= QQ row 0) by (apply (sum_pos_in (fun z => (z - 0) * (z - 0)) row z); [intros; apply Rle_0_sqr|exact I]).
rewrite Rminus_0_r, abs_sqr in X. rewrite <- Q in X. assert (mm := Rle_0_sqr m). unfold Rsqr in mm.
assert (n row * (m * m) <= bpow radix2 30 * (m * m)) by (apply Rmult_le_compat_r; [exact mm|exact row_count]).
replace (bpow radix2 30) with (32768 * 32768) in H by (simpl; lra). lra.
Qed.
Lemma m_max : m <= bpow radix2 1024.
Proof.
apply ms_max; [apply bpow_ge_0|intro Z; rewrite Z in x_in; easy|]. intros z I. left. apply (row_finite z I).
Qed.

(* what the power of two says of D, and what it leaves of D and of x *)
Hypothesis x_not0 : x <> 0.
Lemma m_least : bpow radix2 (-1089) <= m.
Proof.
assert (E := element x x_in). assert (X := F_least emin64 53 x (proj1 (row_finite x x_in)) x_not0).
assert (Z : 2 * eta emin64 = 32768 * bpow radix2 (-1089)).
{ unfold eta, emin64. replace 32768 with (bpow radix2 15) by (simpl; lra). change 2 with (bpow radix2 1). now rewrite <- !bpow_plus. }
change wide.emin64 with (-1074)%Z in *. lra.
Qed.
Lemma D_pos : m <= D.
Proof.
unfold D, anyscale.D_any. destruct outside; [lra|]. apply le_of_sqr; [apply sqrt_pos|]. assert (Z := Rle_0_sqr m). unfold Rsqr in Z.
rewrite sqrt_def; lra.
Qed.

Lemma D_max : D <= bpow radix2 1026.
Proof.
assert (Mm := m_max). assert (P3 : 1 <= bpow radix2 1024) by (change 1 with (bpow radix2 0); apply bpow_le; lia). assert (M0 := m_pos).
assert (E4 : bpow radix2 1026 = 4 * bpow radix2 1024) by (change 4 with (bpow radix2 2); now rewrite <- bpow_plus).
unfold D, anyscale.D_any. destruct outside; [lra|]. apply le_of_sqr; [lra|]. assert (mm := Rle_0_sqr m). unfold Rsqr in mm. rewrite sqrt_def by lra.
rewrite E4. assert (m * m <= bpow radix2 1024 * bpow radix2 1024) by (apply Rmult_le_compat; lra).
assert (1 * bpow radix2 1024 <= bpow radix2 1024 * bpow radix2 1024) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Definition case_of_k := k = 0%Z /\ ordinary64 (V_of t' eps' outside) \/ k = 700%Z /\ D <= bpow radix2 (-390) \/ k = (-650)%Z /\ bpow radix2 397 <= D.
Lemma k_case : case_of_k.
Proof.
destruct (var_rough pe pe_is fused first further good row_count) as (C & V0 & Vn). fold row in C, Vn. fold m in Vn.
assert (Hi := V_high _ _ eps m V0 m_pos Vn eps_double (proj1 eps_range) outside). assert (Lo := V_low _ _ eps m V0 m_pos Vn eps_double (proj1
  eps_range) outside). set (t := f64_rms.total pe fused first further) in *.
assert (Kd : k = power64 (V_of t eps outside)) by reflexivity. unfold power64 in Kd. unfold case_of_k.
destruct (ordinary_dec (V_of t eps outside)) as [O|O].
- left. split; [exact Kd|]. assert (T : t' = t).
  { unfold t', last_sums. cbv zeta. fold k. rewrite Kd. unfold t. assert (Id : forall l, (forall z, In z l -> F64 z) -> map (times64 0) l = l).
    { intros l F. rewrite <- (map_id l) at 2. apply map_ext_in. intros z I. rewrite times64_up by (lia || now apply F). simpl. ring. }
    f_equal; [apply Id, good; now left|]. rewrite <- (map_id further) at 2. apply map_ext_in. intros l I. apply Id, good. now right. }
  rewrite T. assert (E : eps' = eps) by (unfold eps', eps_times; rewrite Kd; destruct outside; rewrite !times64_up by (lia || assumption || apply
    times64_F); simpl; ring). rewrite E. exact O.
- right. destruct (Rlt_dec (V_of t eps outside) (bpow radix2 (-800))) as [L|L].
  + left. split; [exact Kd|exact (Lo L)].
  + right. split; [exact Kd|]. apply Hi. unfold ordinary64, V_of in *. destruct (Rle_or_lt (if outside then V_out (s2 t) (cn t) eps else V64 (s2 t)
      (cn t) eps) (bpow radix2 800)) as [C2|C2]; [exfalso; apply O; split; lra|exact C2].
Qed.
Lemma x'_near : 0 < D' /\ Rabs (times64 k x * / D' - xhat) <= 0.001 * u64 * Rmax 1 (Rabs xhat) /\
  Rabs (D' - D * S) <= bpow radix2 (-300) * (D * S).
Proof.
assert (Ml := m_least). assert (P := bpow_gt_0 radix2 (-1089)). assert (Dm := D_pos). assert (Dp : 0 < D) by lra. assert (U := u64_val).
assert (Sp : 0 < S) by apply bpow_gt_0. assert (Fx := proj1 (row_finite x x_in)). assert (Fr : forall z, In z row -> F64 z) by (intros z I; apply
  (row_finite z I)). assert (M1 := Rmax_l 1 (Rabs xhat)). assert (M2 := Rmax_r 1 (Rabs xhat)). set (M := Rmax 1 (Rabs xhat)) in *.
assert (uM : 0 <= 0.001 * u64 * M) by (apply Rmult_le_pos; lra). assert (r0 := bpow_gt_0 radix2 (-300)).
assert (DS0 : 0 < D * S) by now apply Rmult_lt_0_compat.
assert (Up : (0 <= k)%Z -> 0 < D' /\ Rabs (times64 k x * / D' - xhat) <= 0.001 * u64 * M /\ Rabs (D' - D * S) <= bpow radix2 (-300) * (D * S)).
{ intro K0. assert (E : D' = D * S).
  { unfold D', eps', m', row'. rewrite (ms_up k K0 row Fr). fold m. exact (D_up k K0 outside eps m eps_double m_pos (proj1 eps_range)). }
  rewrite E, times64_up by assumption. fold S. split; [exact DS0|]. replace (x * S * / (D * S)) with xhat by (unfold xhat; field; lra).
  rewrite !Rminus_diag_eq, Rabs_R0 by reflexivity. split; [exact uM|]. apply Rmult_le_pos; lra. }
destruct k_case as [(K & _)|[(K & _)|(K & L)]]; [apply Up; lia|apply Up; lia|].
assert (Sk : S = bpow radix2 (-650)) by (unfold S; now rewrite K).
assert (Mq := ms_down row x x_in Fr). cbv zeta in Mq.
assert (Dn := D_down outside eps m m' eps_double (proj1 eps_range) m_pos m'_pos).
assert (E : Rabs (D' - D * S) <= bpow radix2 (-300) * (D * S)).
{ unfold D', eps'. rewrite Sk, K. apply Dn; [|exact L]. unfold m', row'. rewrite K. exact Mq. }
assert (r1 : bpow radix2 (-300) <= 0.0001 * u64).
{ apply Rle_trans with (bpow radix2 (-20) * u64); [unfold u64; rewrite <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; [lra|simpl;
    lra]]. }
assert (rd : bpow radix2 (-300) * (D * S) <= 0.0001 * u64 * (D * S)) by (apply Rmult_le_compat_r; lra).
assert (ud : 0.0001 * u64 * (D * S) <= 0.0001 * (D * S)) by (apply Rmult_le_compat_r; lra).
assert (e1 := Rle_abs (- (D' - D * S))). rewrite Rabs_Ropp in e1. assert (D'p : 0.99 * (D * S) <= D') by lra. assert (D'0 : 0 < D') by lra.
split; [exact D'0|]. split; [|exact E]. assert (Xe := times64_err (-650) x Fx). rewrite K. rewrite <- Sk in Xe. set (x' := times64 (-650) x) in *.
assert (dL : bpow radix2 (-253) <= D * S).
{ apply Rle_trans with (bpow radix2 397 * S); [rewrite Sk, <- bpow_plus; apply bpow_le; lia|apply Rmult_le_compat_r; lra]. }
assert (ed : 2 * eta64 <= 0.0001 * u64 * (D * S)).
{ apply Rle_trans with (0.0001 * u64 * bpow radix2 (-253)); [|apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra].
  apply Rle_trans with (bpow radix2 (-20) * u64 * bpow radix2 (-253)).
  - unfold eta64, u64. change 2 with (bpow radix2 1). rewrite <- !bpow_plus. apply bpow_le. lia.
  - apply Rmult_le_compat_r; [apply bpow_ge_0|]. apply Rmult_le_compat_r; [lra|simpl; lra]. }
apply Rmult_le_reg_r with D'; [exact D'0|]. rewrite <- (Rabs_pos_eq D') at 2 by lra. rewrite <- Rabs_mult.
replace ((x' * / D' - xhat) * D') with ((x' - x * S) - xhat * (D' - D * S)) by (unfold xhat; field; lra).
eapply Rle_trans; [apply abs_sub|]. rewrite Rabs_mult.
assert (Rabs xhat * Rabs (D' - D * S) <= M * (0.0001 * u64 * (D * S))) by (apply Rmult_le_compat; try apply Rabs_pos; lra).
assert (0.0001 * u64 * (D * S) * 1 <= 0.0001 * u64 * (D * S) * M) by (apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra).
assert (0.001 * u64 * M * (0.99 * (D * S)) <= 0.001 * u64 * M * D') by (apply Rmult_le_compat_l; lra).
assert (0 <= u64 * M * (D * S)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra). lra.
Qed.
Lemma count_t' : cn t' = n row' /\ n row' <= bpow radix2 30.
Proof.
split; [|rewrite count'; exact row_count]. unfold t', last_sums. cbv zeta. fold k. rewrite <- row'_is. exact (count_is pe fused _ _).
Qed.
(* whatever the row, V is ordinary at last *)
Lemma V_ordinary : ordinary64 (V_of t' eps' outside).
Proof.
destruct x'_near as (_ & _ & E). assert (Ml := m_least). assert (Dm := D_pos). assert (P := bpow_gt_0 radix2 (-1089)).
assert (Sp : 0 < S) by apply bpow_gt_0. assert (DS0 : 0 < D * S) by (apply Rmult_lt_0_compat; lra).
assert (r1 : bpow radix2 (-300) <= 0.01) by (apply Rle_trans with (bpow radix2 (-20)); [apply bpow_le; lia|simpl; lra]).
assert (rd : bpow radix2 (-300) * (D * S) <= 0.01 * (D * S)) by (apply Rmult_le_compat_r; lra).
assert (e1 := Rle_abs (- (D' - D * S))). rewrite Rabs_Ropp in e1. assert (e2 := Rle_abs (D' - D * S)).
assert (Mid : bpow radix2 (-389) <= D * S <= bpow radix2 380 -> ordinary64 (V_of t' eps' outside)).
{ intros (A & B). destruct count_t' as (Ct & C30). rewrite <- row'_is in C30.
  destruct (var_rough pe pe_is fused _ _ good' C30) as (_ & V0 & Vn). change (f64_rms.total pe fused (map (times64 k) first) (map (map (times64 k)) further))
    with t' in V0, Vn. rewrite row'_is in Vn. fold m' in Vn.
  apply (V_middle _ _ eps' m' V0 m'_pos Vn (eps_times_F k outside eps) (eps_times_pos k outside eps (proj1 eps_range)) outside). fold D'.
  assert (E1 : bpow radix2 (-389) = 2 * bpow radix2 (-390)) by (change 2 with (bpow radix2 1); now rewrite <- bpow_plus).
  assert (E2 : bpow radix2 390 = 1024 * bpow radix2 380) by (change 1024 with (bpow radix2 10); now rewrite <- bpow_plus).
  assert (P1 := bpow_gt_0 radix2 (-390)). assert (P2 := bpow_gt_0 radix2 380). lra. }
destruct k_case as [(_ & O)|[(K & Lo)|(K & Hi)]]; [exact O| |]; apply Mid; unfold S; rewrite K.
- split; [change (-389)%Z with (-1089 + 700)%Z|apply Rle_trans with (bpow radix2 (-390 + 700)); [|apply bpow_le; lia]]; rewrite bpow_plus;
    apply Rmult_le_compat_r; try apply bpow_ge_0; lra.
- split; [apply Rle_trans with (bpow radix2 (397 + -650)); [apply bpow_le; lia|]|apply Rle_trans with (bpow radix2 (1026 + -650)); [|apply bpow_le;
    lia]]; rewrite bpow_plus; apply Rmult_le_compat_r; try apply bpow_ge_0; [exact Hi|exact D_max].
Qed.
Lemma not0_bound : rms_bounded 0.01 fused (y_rms_row64 pe fused first further eps outside x gamma beta) xhat gamma beta.
Proof.
destruct x'_near as (D'0 & Nx & _). unfold y_rms_row64. cbv zeta. fold k eps' t'. destruct count_t' as (Ct & C30).
assert (Fe := eps_times_F k outside eps). assert (E0 := eps_times_pos k outside eps (proj1 eps_range)). fold eps' in Fe, E0.
apply (bounded_near fused _ (times64 k x * / D')); [exact Nx|]. rewrite <- row'_is in C30. assert (O := V_ordinary). unfold D', m'. rewrite <- row'_is.
exact (ordinary_bound pe pe_is fused _ _ good' C30 eps' outside Fe E0 (times64 k x) gamma beta (times64_F k x) gamma_double beta_double O).
Qed.
End Every.

(* -- every row -- *)
Theorem rmsnorm_every_row64 first further pe fused x gamma beta eps outside :
  (forall xs, In xs (first :: further) -> (1 <= length xs <= 1024)%nat) -> let row := concat (first :: further) in
  (forall z, In z row -> finite64 z) -> n row <= bpow radix2 30 -> a_product pe -> In x row -> F64 gamma -> F64 beta -> F64 eps ->
  0 <= eps < bpow radix2 1024 -> let D := D_any eps outside (ms row) in let y := y_rms_row64 pe fused first further eps outside x gamma beta in
  let within B := Rabs (y - (gamma * (x * / D) + beta)) <= B * u64 * (Rabs gamma * Rmax 1 (Rabs (x * / D)) + Rabs beta) + eta64 in
  within (if fused then 5.1 else 6.1) /\ (beta = 0 -> within 5.1).
Proof.
intros L row Fin C Pe Ix Fg Fb Fe E D y within. assert (U := u64_val). assert (e0 := eta64_pos).
assert (B0 : 0 <= u64 * (Rabs gamma * Rmax 1 (Rabs (x * / D)) + Rabs beta)).
{ apply Rmult_le_pos; [lra|]. assert (M := Rmax_l 1 (Rabs (x * / D))). assert (A := Rabs_pos gamma). assert (B := Rabs_pos beta).
  assert (0 <= Rabs gamma * Rmax 1 (Rabs (x * / D))) by (apply Rmult_le_pos; lra). lra. }
assert (Wk : forall B1 B2, B1 <= B2 -> within B1 -> within B2).
{ intros B1 B2 H W. eapply Rle_trans; [exact W|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ u64). now apply Rmult_le_compat_r. }
destruct (Req_dec x 0) as [Z|Nz].
- assert (Y : y = beta) by (unfold y, y_rms_row64; cbv zeta; rewrite Z, times64_0; now apply y_of_0).
  assert (W0 : within 0).
  { unfold within. rewrite Y, Z, Rmult_0_l, Rmult_0_r, Rplus_0_l, Rminus_diag_eq, Rabs_R0, !Rmult_0_l by reflexivity. lra. }
  split; [|intros _]; apply (Wk 0); try exact W0; destruct fused; lra.
- destruct (not0_bound first further L Fin C pe Pe fused x gamma beta eps Ix Fg Fb Fe E outside Nz) as (A & B).
  change (within ((if fused then B_rms else B_rms_beta_unfused) - 0.01 + 0.01)) in A. change (beta = 0 -> within (B_rms - 0.01 + 0.01)) in B.
  unfold B_rms, B_rms_beta_unfused in *. split; [eapply Wk; [|exact A]|intro Z; eapply Wk; [|exact (B Z)]]; destruct fused; lra.
Qed.
