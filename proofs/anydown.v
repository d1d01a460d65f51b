(* Rows with blocks above the range: the bound for the elements as they are, where those that were summed are off by 2^-60 at most. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look row rstd scale32 float32 merge step mergeops merges mergerow whole32 anyscale anyrow.
Require blocks downblock.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.
Local Notation cols := row.cols.
Local Notation mu := row.mu.
Local Notation sigma := row.sigma.

Definition delta := bpow radix2 (-60).
Definition near (x z : R) := Rabs (z - x) <= delta.

Lemma sum_near {A B : Type} (P : A -> B -> Prop) (f : A -> R) (g h : B -> R) l l' : Forall2 P l l' ->
  (forall x z, P x z -> Rabs (f x - g z) <= h z) -> Rabs (sum f l - sum g l') <= sum h l'.
Proof.
intros F H. induction F as [|x z l l' Pxz F IH]; simpl; [rewrite Rminus_0_r, Rabs_R0; lra|]. assert (E := H x z Pxz).
replace (f x + sum f l - (g z + sum g l')) with ((f x - g z) + (sum f l - sum g l')) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* a row whose moments are exact: its mu and sigma are those of its elements *)
Definition exactly (xs : list R) := RBlock xs (mean xs) (n xs * (sig xs * sig xs)) 0.0001 0.0001.
Lemma exactly_good xs : (1 <= length xs <= 1024)%nat -> (forall x, In x xs -> F32 x) -> rgood (-149) 24 (exactly xs).
Proof.
intros L Fx. assert (U := u_range 24 ltac:(lia)). assert (N := n_range xs L). assert (S := sig_pos xs). unfold rgood, exactly. cbn [bx bmean bm2 bc bk].
split; [exact L|]. split; [exact Fx|]. split; [now apply ClassE|]. rewrite !Rminus_diag_eq, Rabs_R0 by reflexivity.
assert (0 <= sig xs * sig xs) by apply Rle_0_sqr. assert (0 <= n xs * (sig xs * sig xs)) by (apply Rmult_le_pos; lra).
split; apply Rmult_le_pos; lra.
Qed.

Lemma cols_sum r : cols r = sum (fun b => sum (fun _ => 1) (bx b)) r.
Proof. unfold cols, blocks.N, bs. rewrite sum_map. apply sum_ext. intros b _. unfold tob. cbn. rewrite sum_const. unfold n. ring. Qed.
Lemma mu_sum r : (forall b, In b r -> rgood (-149) 24 b) -> r <> [] -> cols r * mu r = sum (fun b => sum (fun x => x) (bx b)) r.
Proof.
intros G Ne. assert (C := cols_1 r G Ne). unfold mu, blocks.Mean. fold (cols r). unfold bs. rewrite sum_map.
fold (bs r). fold (cols r). unfold Rdiv. rewrite (Rmult_comm (sum _ r)), <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
apply sum_ext. intros b I. destruct (G b I) as (L & _). assert (N := n_range (bx b) L). unfold tob. cbn. unfold mean. fold (n (bx b)). field. lra.
Qed.

Section Down.
Variables (elements : list (list R)) (row : list rblock).
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Hypothesis elements_ok : forall xs, In xs elements -> (1 <= length xs <= 1024)%nat /\ forall x, In x xs -> F32 x.
Hypothesis stand_in : Forall2 (fun xs b => Forall2 near xs (bx b)) elements row.
Let true_row := map exactly elements.
Hypothesis varies : 1 <= sigma row.

Lemma true_good b : In b true_row -> rgood (-149) 24 b.
Proof. unfold true_row. rewrite in_map_iff. intros (xs & <- & I). destruct (elements_ok xs I). now apply exactly_good. Qed.
Lemma true_some : true_row <> [].
Proof.
unfold true_row. intro Z. apply map_eq_nil in Z. assert (SI := stand_in). rewrite Z in SI. inversion SI. now apply row_some.
Qed.

Lemma rows_near f g h : (forall x z, near x z -> Rabs (f x - g z) <= h z) ->
  Rabs (sum (fun b => sum f (bx b)) true_row - sum (fun b => sum g (bx b)) row) <= sum (fun b => sum h (bx b)) row.
Proof.
intro H. unfold true_row. rewrite sum_map. cbn [exactly bx].
apply (sum_near (fun xs b => Forall2 near xs (bx b)) (fun xs => sum f xs) (fun b => sum g (bx b)) (fun b => sum h (bx b)) _ _ stand_in).
intros xs b F. exact (sum_near near f g h _ _ F H).
Qed.

Lemma zero_sum (r : list rblock) : sum (fun b => sum (fun _ => 0) (bx b)) r = 0.
Proof. rewrite (sum_ext _ (fun _ => 0)); [rewrite sum_const; ring|]. intros b _. rewrite sum_const. ring. Qed.
Lemma const_sum c : sum (fun b => sum (fun _ => c) (bx b)) row = c * cols row.
Proof. rewrite cols_sum, <- sum_scal. apply sum_ext. intros b _. rewrite !sum_const. ring. Qed.
Lemma same_cols : cols true_row = cols row.
Proof.
assert (E := rows_near (fun _ => 1) (fun _ => 1) (fun _ => 0) ltac:(intros; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra)).
rewrite <- !cols_sum, zero_sum in E. apply abs_0 in E. lra.
Qed.
Lemma mu_near : Rabs (mu true_row - mu row) <= delta.
Proof.
assert (C := cols_1 row row_good row_some).
assert (E := rows_near (fun x => x) (fun x => x) (fun _ => delta) ltac:(unfold near; intros x z H; now rewrite Rabs_minus_sym)).
rewrite <- (mu_sum row row_good row_some), <- (mu_sum true_row true_good true_some), same_cols, const_sum in E.
rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq (cols row)) in E by lra. apply Rmult_le_reg_l with (cols row); lra.
Qed.

Lemma delta_small : 0 < delta <= 0.000000001.
Proof. unfold delta. split; [apply bpow_gt_0|simpl; lra]. Qed.

Lemma squares_near x z m mt : near x z -> Rabs (mt - m) <= delta ->
  Rabs ((x - mt) * (x - mt) - (z - m) * (z - m)) <= 2 * delta * ((z - m) * (z - m)) + 4.0001 * delta.
Proof.
unfold near. intros H Hm. assert (Dl := delta_small). set (d := (x - z) - (mt - m)). set (a := z - m).
replace ((x - mt) * (x - mt) - a * a) with (d * (2 * a + d)) by (unfold d, a; ring). rewrite Rabs_mult.
assert (Dd : Rabs d <= 2 * delta).
{ unfold d. replace (x - z - (mt - m)) with (- (z - x) + - (mt - m)) by ring. eapply Rle_trans; [apply Rabs_triang|].
  rewrite !Rabs_Ropp. lra. }
assert (A2 : Rabs (2 * a + d) <= a * a + 1 + 2 * delta).
{ eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_pos_eq 2) by lra. assert (Y := Rle_0_sqr (Rabs a - 1)). unfold Rsqr in Y.
  assert (Z : Rabs a * Rabs a = a * a) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr). lra. }
apply Rle_trans with (2 * delta * (a * a + 1 + 2 * delta)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|].
assert (delta * delta <= 0.000000001 * delta) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Lemma sigma_near : Rabs (sigma true_row - sigma row) <= 7 * delta * sigma row.
Proof.
assert (C := cols_1 row row_good row_some). assert (Dl := delta_small). assert (Mn := mu_near).
assert (E1 := M2_elements (-149) 24 row row_good). assert (E2 := M2_elements (-149) 24 true_row true_good).
assert (S1 := sigma_sqr (-149) 24 row row_good row_some). assert (S2 := sigma_sqr (-149) 24 true_row true_good true_some).
fold (cols row) (sigma row) in S1. fold (cols true_row) (sigma true_row) in S2. rewrite same_cols in S2.
set (m := mu row) in *. set (mt := mu true_row) in *.
assert (E := rows_near (fun x => (x - mt) * (x - mt)) (fun z => (z - m) * (z - m)) (fun z => 2 * delta * ((z - m) * (z - m)) + 4.0001 * delta)).
assert (E' := E ltac:(intros x z H; exact (squares_near x z m mt H Mn))).
clear E. assert (Eh : sum (fun b => sum (fun z => 2 * delta * ((z - m) * (z - m)) + 4.0001 * delta) (bx b)) row =
  2 * delta * (cols row * (sigma row * sigma row)) + 4.0001 * delta * cols row).
{ rewrite S1, E1, <- const_sum, <- sum_scal, <- sum_add. apply sum_ext. intros b _. unfold QQ. rewrite sum_add, sum_scal. reflexivity. }
rewrite Eh in E'. unfold QQ in E1, E2. fold m in E1. fold mt in E2. rewrite <- E1, <- E2, <- S1, <- S2 in E'.
set (s := sigma row) in *. set (t := sigma true_row) in *. assert (t0 : 0 <= t) by apply sqrt_pos.
assert (s2 : 1 <= s * s) by (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; lra).
rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq (cols row)) in E' by lra.
assert (E3 : Rabs (t * t - s * s) <= 6.0001 * delta * (s * s)).
{ apply Rmult_le_reg_l with (cols row); [lra|]. eapply Rle_trans; [exact E'|].
  assert (delta * cols row <= delta * cols row * (s * s)) by (rewrite <- (Rmult_1_r (delta * cols row)) at 1; apply Rmult_le_compat_l;
    [apply Rmult_le_pos; lra|exact s2]). lra. }
apply Rmult_le_reg_r with (t + s); [lra|].
replace (Rabs (t - s) * (t + s)) with (Rabs (t * t - s * s)).
- assert (delta * (s * s) <= delta * s * (t + s)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|lra]).
  assert (0 <= delta * (s * s)) by (apply Rmult_le_pos; lra). lra.
- replace (t * t - s * s) with ((t - s) * (t + s)) by ring. rewrite Rabs_mult, (Rabs_pos_eq (t + s)) by lra. reflexivity.
Qed.

(* the bound for the stand-ins gives that for the elements *)
Variables (eps x gamma beta y B : R).
Variable outside : bool.
Hypothesis eps_pos : 0 <= eps.
Hypothesis B_range : 0 <= B <= 20.
Let xh (r : list rblock) := (x - mu r) * / D_any eps outside (sigma r).
Let Bracket (r : list rblock) := Rabs gamma * Rmax 1 (Rabs (xh r)) + Rabs beta.
Hypothesis bound : Rabs (y - (gamma * xh row + beta)) <= B * u32 * Bracket row + eta32.

Theorem elements_bound : Rabs (y - (gamma * xh true_row + beta)) <= (B + 0.001) * u32 * Bracket true_row + eta32.
Proof.
assert (U := u32_val). assert (Dl := delta_small). assert (Mn := mu_near). assert (Sn := sigma_near).
assert (t0 : 0 <= sigma true_row) by apply sqrt_pos. set (s := sigma row) in *. set (t := sigma true_row) in *.
set (Ds := D_any eps outside s). set (Dt := D_any eps outside t).
assert (Dge : s <= Ds).
{ unfold Ds, D_any. destruct outside; [lra|]. assert (0 <= s * s) by apply Rle_0_sqr. apply le_of_sqr; [apply sqrt_pos|]. rewrite sqrt_def; lra. }
assert (De : Rabs (Dt - Ds) <= 7 * delta * s).
{ apply Rle_trans with (2 := Sn). unfold Dt, Ds, D_any. destruct outside.
  - replace (t + eps - (s + eps)) with (t - s) by ring. apply Rle_refl.
  - apply scale_lipschitz; lra. }
assert (Dtp : 0 < Dt).
{ assert (X := Rle_abs (- (Dt - Ds))). rewrite Rabs_Ropp in X. assert (delta * s <= 0.000000001 * s) by (apply Rmult_le_compat_r; lra). lra. }
set (M := Rmax 1 (Rabs (xh true_row))). assert (M1 : 1 <= M) by apply Rmax_l. assert (M2 : Rabs (xh true_row) <= M) by apply Rmax_r.
assert (Is : 0 < / Ds) by (apply Rinv_0_lt_compat; lra). assert (Is1 : s * / Ds <= 1) by (apply Rmult_le_reg_r with Ds; [lra|];
  rewrite Rmult_assoc, Rinv_l by lra; lra).
assert (Is2 : / Ds <= 1) by (rewrite <- Rinv_1; apply Rinv_le; lra).
assert (Dx : Rabs (xh row - xh true_row) <= 8 * delta * M).
{ unfold xh at 1. fold s Ds. replace ((x - mu row) * / Ds - xh true_row) with ((mu true_row - mu row) * / Ds + xh true_row * ((Dt - Ds) * / Ds)).
  2: { unfold xh. fold t Dt. field. lra. }
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult, (Rabs_pos_eq (/ Ds)) by lra.
  assert (A1 : Rabs (mu true_row - mu row) * / Ds <= delta * 1) by (apply Rmult_le_compat; try apply Rabs_pos; lra).
  assert (A2 : Rabs (Dt - Ds) * / Ds <= 7 * delta).
  { apply Rle_trans with (7 * delta * s * / Ds); [apply Rmult_le_compat_r; lra|]. rewrite Rmult_assoc.
    rewrite <- (Rmult_1_r (7 * delta)) at 2. apply Rmult_le_compat_l; lra. }
  assert (A0 : 0 <= Rabs (Dt - Ds) * / Ds) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
  assert (A3 : Rabs (xh true_row) * (Rabs (Dt - Ds) * / Ds) <= M * (7 * delta)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
  assert (delta <= delta * M) by (rewrite <- (Rmult_1_r delta) at 1; apply Rmult_le_compat_l; lra). lra. }
assert (Mr : Rmax 1 (Rabs (xh row)) <= M + 8 * delta * M).
{ assert (0 <= delta * M) by (apply Rmult_le_pos; lra). apply Rmax_lub; [lra|].
  replace (xh row) with (xh true_row + (xh row - xh true_row)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (du : delta <= 0.00000001 * u32).
{ unfold delta. rewrite U. simpl. lra. }
set (g := Rabs gamma) in *. assert (g0 : 0 <= g) by apply Rabs_pos. assert (gM : 0 <= g * M) by (apply Rmult_le_pos; lra).
assert (Gx : Rabs (gamma * xh row - gamma * xh true_row) <= 8 * delta * (g * M)).
{ rewrite <- Rmult_minus_distr_l, Rabs_mult. fold g. replace (8 * delta * (g * M)) with (g * (8 * delta * M)) by ring.
  apply Rmult_le_compat_l; assumption. }
assert (Br : Bracket row <= Bracket true_row + 8 * delta * (g * M)).
{ unfold Bracket. fold g M. assert (g * Rmax 1 (Rabs (xh row)) <= g * (M + 8 * delta * M)) by (apply Rmult_le_compat_l; assumption). lra. }
assert (b0 := Rabs_pos beta). assert (BT : g * M <= Bracket true_row) by (unfold Bracket; fold g M; lra).
assert (Bu : 0 <= B * u32 <= 0.00001) by (split; [apply Rmult_le_pos; lra|assert (B * u32 <= 20 * u32) by (apply Rmult_le_compat_r; lra); lra]).
assert (T1 : B * u32 * Bracket row <= B * u32 * (Bracket true_row + 8 * delta * (g * M))) by (apply Rmult_le_compat_l; lra).
assert (T2 : delta * (g * M) <= 0.00000001 * u32 * (g * M)) by (apply Rmult_le_compat_r; lra).
assert (d0 : 0 <= delta * (g * M)) by (apply Rmult_le_pos; lra).
assert (T3 : B * u32 * (8 * delta * (g * M)) <= 0.00001 * (8 * delta * (g * M))) by (apply Rmult_le_compat_r; lra).
assert (T4 : u32 * (g * M) <= u32 * Bracket true_row) by (apply Rmult_le_compat_l; lra).
assert (ug : 0 <= u32 * (g * M)) by (apply Rmult_le_pos; lra).
replace (y - (gamma * xh true_row + beta)) with ((y - (gamma * xh row + beta)) + (gamma * xh row - gamma * xh true_row)) by ring.
eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
End Down.

Lemma stand_ins_near xs : (forall x, In x xs -> F32 x) -> Forall2 near xs (downblock.stand_ins xs).
Proof.
induction xs as [|x l IH]; intro H; constructor; [exact (downblock.stand_in_near x (H x (or_introl eq_refl)))|].
apply IH. intros z I. apply H. now right.
Qed.
Lemma same_near xs : Forall2 near xs xs.
Proof.
assert (P := delta_small). induction xs as [|x l IH]; constructor; [|exact IH]. unfold near. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. lra.
Qed.

(* a row of blocks of every kind *)
Section Rows.
Variables (elements : list (list R)) (row : list rblock).
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Hypothesis elements_ok : forall xs, In xs elements -> (1 <= length xs <= 1024)%nat /\ forall x, In x xs -> F32 x.
Hypothesis stand_in : Forall2 (fun xs b => Forall2 near xs (bx b)) elements row.
Hypothesis varies : 1 <= sigma row.
Hypothesis cols_max : cols row <= bpow radix2 40.
Variable eps : R.
Variable outside : bool.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Variables x gamma beta : R.
Hypothesis Fx : F32 x.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Hypothesis row_max : forall b z, In b row -> In z (bx b) -> Rabs z <= bpow radix2 129.
Hypothesis x_max : Rabs x <= bpow radix2 129.
Let whole := map exactly elements.
Let xhat := (x - mu whole) * / D_any eps outside (sigma whole).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.
Let good_y (y : R) (fused : bool) := Rabs (y - (gamma * xhat + beta)) <= ((if fused then B_fused else B_unfused) + 0.001) * u32 * Bracket + eta32.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

Lemma B_ok (fused : bool) : 0 <= (if fused then B_fused else B_unfused) <= 20.
Proof. destruct fused; unfold B_fused, B_unfused; lra. Qed.
Lemma varies0 : 0 < sigma row. Proof. lra. Qed.

Theorem layernorm_down_several f l b sf ss s k fused : row = f :: l ++ [b] -> agrees f sf -> Forall2 agrees l ss -> agrees b s ->
  length (bx f) = 1024%nat -> (forall c, In c l -> length (bx c) = 1024%nat) ->
  let t := merged pe sf ss in let a := mA t s in let c := mC3 pe t s in let m2 := s2 (merge2 pe t s) in
  power_of_row m2 (cols row) eps outside k ->
  good_y (y_any row eps outside x gamma beta (two_s a c) (two_e a c) m2 k fused) fused.
Proof.
intros E Af Al Ab Lf Ll. cbv zeta. intro K.
exact (elements_bound elements row row_good row_some elements_ok stand_in varies eps x gamma beta _ _ outside eps_pos (B_ok fused)
  (layernorm_any_several row row_good row_some cols_max varies0 eps outside F_eps eps_pos x gamma beta Fx Fgamma Fbeta row_max x_max pe pe_ok f l b
  sf ss s k fused E Af Al Ab Lf Ll K)).
Qed.

Theorem layernorm_down_alone f sf k fused : row = [f] -> agrees f sf -> power_of_row (s2 sf) (cols row) eps outside k ->
  good_y (y_any row eps outside x gamma beta (sm sf) (sl sf) (s2 sf) k fused) fused.
Proof.
intros E Af K.
exact (elements_bound elements row row_good row_some elements_ok stand_in varies eps x gamma beta _ _ outside eps_pos (B_ok fused)
  (layernorm_any_alone row row_good row_some cols_max varies0 eps outside F_eps eps_pos x gamma beta Fx Fgamma Fbeta row_max x_max f sf k fused E Af
  K)).
Qed.
End Rows.
