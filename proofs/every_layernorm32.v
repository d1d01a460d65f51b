(* LayerNorm of float, every finite row: any elements, any eps, in any batch of blocks; nothing is assumed but what the arguments are. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide look last row rstd scale32 float32 merge step mergeops mergerow whole32 anyscale rowscale anyrow anydown everyblock everyrow
  constant32 overflow_row32.
Require stage downblock rstd tinymean hugeeps.
Import ListNotations.
Local Open Scope R_scope.
Local Notation mean := look.mean.
Local Notation n := look.n.

(* -- sections 5 and 6: from the moments of a row to y -- *)
Definition chosen (t : st) (eps : R) (outside : bool) : Z * R := let k := power (V_any (s2 t) (cn t) eps outside) in
  if Z.eq_dec k 0 then (0%Z, rstd64 (s2 t) (cn t) eps outside) else if Req_EM_T (s2 t) 0 then (0%Z, 0) else (k, rstd64 (s2 t) (cn t) eps outside).
Definition y32 (t : st) (eps : R) (outside : bool) (x gamma beta : R) (fused : bool) :=
  y_scaled (sm t) (sl t) (fst (chosen t eps outside)) (snd (chosen t eps outside)) x gamma beta fused.

(* a row of blocks that are known *)
Section Row.
Variable row : list rblock.
Hypothesis row_good : forall b, In b row -> rgood (-149) 24 b.
Hypothesis row_some : row <> [].
Hypothesis cols_max : row.cols row <= bpow radix2 40.
Hypothesis sigma_not0 : 0 < row.sigma row.
Hypothesis row_max : forall b z, In b row -> In z (bx b) -> Rabs z <= bpow radix2 129.
Variables eps x gamma beta : R.
Variable outside : bool.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis Fx : F32 x.
Hypothesis x_max : Rabs x <= bpow radix2 129.
Hypothesis Fgamma : F32 gamma.
Hypothesis Fbeta : F32 beta.
Variable pe : R -> R -> R.
Hypothesis pe_ok : a_product pe.
Variables (f : st) (l : list st).
Hypothesis row_agrees : Forall2 agrees row (f :: l).
(* all blocks but the last are full *)
Hypothesis full : forall r b, row = r ++ [b] -> forall c, In c r -> length (bx c) = 1024%nat.
Let t := merged pe f l.
Let xhat := (x - row.mu row) * / D_any eps outside (row.sigma row).
Let Bracket := Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta.

Lemma t_count : cn t = row.cols row.
Proof.
unfold t. rewrite merged_count. unfold row.cols, blocks.N, bs. rewrite sum_map. unfold tob. cbn [blocks.cnt].
clear - row_agrees. induction row_agrees as [|b s r sts (_ & C & _) F IH]; [reflexivity|]. simpl. now rewrite C, IH.
Qed.

(* the merged moments, whether there is one block or there are several *)
Lemma t_moments : near_enough row (sm t + sl t) (s2 t) /\ F64 (sm t) /\ F64 (sl t) /\ Rabs (sl t) <= u64 * Rabs (sm t + sl t).
Proof.
destruct (exists_last row_some) as (r & b & E). assert (Ag := row_agrees). rewrite E in Ag.
destruct (forall2_last _ _ _ _ Ag) as (sr & s & E2 & Ar & Ab). destruct Ar as [|g sg r ss Ag1 A4]; simpl in E2; injection E2 as Ef El.
- assert (Nr := alone row row_good row_some cols_max sigma_not0 b s E Ab). unfold t. rewrite El, Ef.
  change (merged pe s []) with s.
  split; [exact Nr|]. destruct Ab as ((_ & Fm & Fl & _) & _ & _ & _ & _ & Sl & Sr & _). split; [exact Fm|]. split; [exact Fl|].
  replace (sm s + sl s) with (value s) by (unfold value; rewrite Sr; ring). exact Sl.
- assert (Nr := several row row_good row_some cols_max sigma_not0 pe (product_ok pe pe_ok) g r b sg ss s E Ag1 A4 Ab
    (full _ _ E g (or_introl eq_refl)) (fun c I => full _ _ E c (or_intror I))). cbv zeta in Nr. unfold t. rewrite El, Ef. split; [exact Nr|].
  unfold merged. rewrite fold_left_app. cbn [fold_left]. fold (merged pe sg ss). set (v := merged pe sg ss).
  assert (Fa : F64 (mA v s)) by apply merge.rnd64_F. assert (Fc : F64 (mC3 pe v s)) by apply merge.rnd64_F.
  unfold merge2. cbn [sm sl]. split; [apply merge.rnd64_F|]. split; [apply two_e_F|]. rewrite two_sum by assumption. now apply two_e_le.
Qed.

Lemma t_chosen : chosen t eps outside = (power (V_any (s2 t) (cn t) eps outside), rstd64 (s2 t) (cn t) eps outside).
Proof.
destruct t_moments as (Ne & _). assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Ne).
assert (Low := V2_low row row_good row_some cols_max sigma_not0 (sm t) (sl t) (s2 t) M0 (merging_of row _ _ Ne)).
unfold chosen. cbv zeta. destruct (Z.eq_dec _ 0) as [Z|_]; [now rewrite Z|]. destruct (Req_EM_T (s2 t) 0) as [Z|_]; [exfalso|reflexivity].
rewrite Z in Low. unfold Rdiv in Low. rewrite Rmult_0_l in Low. assert (P := bpow_gt_0 radix2 (-341)). lra.
Qed.

Theorem row_bound fused : Rabs (y32 t eps outside x gamma beta fused - (gamma * xhat + beta)) <=
  (if fused then stage.B_fused else stage.B_unfused) * rstd.u32 * Bracket + eta32.
Proof.
destruct t_moments as (Ne & Fm & Fl & Lo). assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Ne).
assert (Y := layernorm_any row row_good row_some cols_max sigma_not0 eps outside F_eps eps_pos x gamma beta Fx Fgamma Fbeta row_max x_max
  (sm t) (sl t) (s2 t) _ fused M0 (power_is _ _ _ _) Fm Fl Lo Ne). unfold y_any in Y. rewrite <- t_count in Y.
unfold y32. rewrite t_chosen. exact Y.
Qed.

Theorem row_fits : Rabs x < bpow radix2 128 -> Rabs (x - row.mu row) <= 1048577 * row.sigma row ->
  floats_fit (sm t) (sl t) (fst (chosen t eps outside)) (snd (chosen t eps outside)) x.
Proof.
intros X128 Xn. destruct t_moments as (Ne & Fm & Fl & Lo). assert (M0 := m2_not_negative row row_good row_some sigma_not0 _ _ Ne).
rewrite t_chosen. cbn [fst snd]. rewrite t_count.
exact (overflow_row32.row_fits row row_good row_some cols_max sigma_not0 row_max eps outside F_eps eps_pos x Fx X128 Xn (s2 t) _ M0
  (power_is _ _ _ _) (sm t) (sl t) Fm Fl Lo Ne).
Qed.
End Row.

(* what a constant row chooses *)
Lemma constant_fits c x eps outside : F64 eps -> 0 <= eps -> finite32 x ->
  let t := constant_state c x in floats_fit (sm t) (sl t) (fst (chosen t eps outside)) (snd (chosen t eps outside)) x.
Proof.
cbv zeta. intros Fe E0 (Fx & X). set (t := constant_state c x).
assert (R : fst (chosen t eps outside) = 0%Z /\ 0 <= snd (chosen t eps outside) <= bpow radix2 60).
{ unfold chosen. cbv zeta. cbn [constant_state s2 cn t]. destruct (Z.eq_dec _ 0) as [Z|_].
  - split; [reflexivity|]. cbn [snd]. assert (P := power_is 0 c eps outside). unfold t in Z. cbn [constant_state s2 cn] in Z. rewrite Z in P.
    assert (O : ordinary 0 c eps outside) by (destruct P as [(O & _)|[(_ & E)|(_ & E)]]; [exact O|discriminate E|discriminate E]).
    exact (hugeeps.rstd64_ordinary 0 c eps outside E0 O).
  - destruct (Req_EM_T _ _) as [_|Nz]; [|now elim Nz]. split; [reflexivity|]. cbn [snd]. split; [lra|apply bpow_ge_0]. }
destruct R as (-> & R0 & R1). set (r := snd (chosen t eps outside)) in *. cbn [constant_state sm sl t].
assert (Z32 : rnd32 0 = 0) by exact (rnd_0 (-149) 24). assert (P127 := bpow_ge_0 radix2 127).
assert (F6 : F64 x) by (apply (F_F64 (-149) 24); [lia|unfold emin64; lia|exact Fx]).
assert (Hi : four.hi (rnd64 (x * bpow radix2 0)) = x).
{ simpl (bpow radix2 0). rewrite Rmult_1_r. unfold four.hi. rewrite (rnd_id emin64 53 _ F6 : rnd64 x = _). now apply (rnd_id (-149) 24). }
assert (Xs : scaled 0 x = x) by (rewrite scaled_up by (lia || assumption); simpl; ring).
assert (Sh : four.shift (rnd64 (x * bpow radix2 0)) (rnd64 (0 * bpow radix2 0)) (r / bpow radix2 0) = 0).
{ unfold four.shift. rewrite Hi. simpl (bpow radix2 0). rewrite Rmult_1_r, (rnd_id emin64 53 _ F6 : rnd64 x = _), Rmult_0_l,
  (Rminus_diag_eq x x eq_refl), Z64, Rminus_0_r, Z64, Rmult_0_l, Z64. exact Z32. }
unfold floats_fit. cbv zeta. rewrite Hi, Xs, Sh. unfold last.t_fused, last.t_unfused, last.difference. rewrite (Rminus_diag_eq x x eq_refl).
change (rnd (-149) 24) with rnd32. rewrite Z32, !Rmult_0_l, Z32, Rplus_0_l, Z32, Rabs_R0.
split; [exact X|]. split; [exact X|]. split; [|repeat split; exact P127].
apply Rle_trans with (bpow radix2 60); [|apply bpow_le; lia]. apply tinymean.rnd32_within; [lia|]. simpl (bpow radix2 0). unfold Rdiv.
rewrite Rinv_1, Rmult_1_r, Rabs_pos_eq; assumption.
Qed.

(* -- every row -- *)
Section Every.
(* the row, cut into blocks: all full but the last, which has some elements *)
Variables (full : list (list R)) (last : list R).
Hypothesis full_is : forall xs, In xs full -> length xs = 1024%nat.
Hypothesis last_is : (1 <= length last <= 1024)%nat.
Let blocks := full ++ [last].
Let row := concat blocks.
Hypothesis row_finite : forall z, In z row -> finite32 z.
Hypothesis row_count : INR (length row) <= bpow radix2 40.
(* the moments of each block by section 3, and of the row by section 4, with the product of either kind of kernel *)
Variable fused : bool.
Variables (first : st) (further : list st).
Hypothesis moments_are : Forall2 (moments fused) blocks (first :: further).
Variable pe : R -> R -> R.
Hypothesis pe_is : a_product pe.
Variables x gamma beta eps : R.
Hypothesis x_in : In x row.
Hypothesis gamma_float : F32 gamma.
Hypothesis beta_float : F32 beta.
Hypothesis eps_double : F64 eps.
Hypothesis eps_not_negative : 0 <= eps.
Variable outside : bool.
Let xhat := (x - mean row) * / D_any eps outside (sig row).

Lemma blocks_ok xs : In xs blocks -> whole_block xs.
Proof.
intro I. split.
- unfold blocks in I. apply in_app_or in I. destruct I as [I|[<-|[]]]; [rewrite (full_is xs I); lia|exact last_is].
- intros z Iz. apply row_finite. unfold row. apply in_concat. now exists xs.
Qed.

(* the blocks, or what stands in for them *)
Lemma row_known : exists rb, Forall2 of_block blocks rb /\ Forall2 agrees rb (first :: further) /\ rb <> [] /\ row.cols rb <= bpow radix2 40 /\
  forall r c, rb = r ++ [c] -> forall d, In d r -> length (bx d) = 1024%nat.
Proof.
destruct (blocks_known fused blocks (first :: further) moments_are blocks_ok) as (rb & Kn & Ag). exists rb. split; [exact Kn|]. split; [exact Ag|].
split; [|split].
- refine (known_some blocks rb Kn blocks_ok _). unfold blocks. intro Z. apply app_eq_nil in Z. destruct Z as (_ & Z). discriminate Z.
- rewrite (known_cols blocks rb Kn). exact row_count.
- intros r c E d I. assert (K := Kn). rewrite E in K. apply Forall2_app_inv_r in K. destruct K as (l1 & l2 & K1 & K2 & Eb).
  inversion K2 as [|xs ? l3 ? _ K3]; subst. inversion K3; subst. unfold blocks in Eb. apply app_inj_tail in Eb. destruct Eb as (Eb & _).
  clear - K1 I Eb full_is. rewrite <- Eb in K1. clear Eb. revert full_is. induction K1 as [|xs e l r (_ & L & _) K1 IH]; [easy|].
  intro H. destruct I as [<-|I]; [rewrite L; apply H; now left|]. apply IH; [exact I|]. intros ys J. apply H. now right.
Qed.
Lemma x_below : F32 x /\ Rabs x < bpow radix2 128 /\ Rabs x <= bpow radix2 129.
Proof.
destruct (row_finite x x_in) as (Fx & X). split; [exact Fx|]. split; [exact X|]. apply Rle_trans with (bpow radix2 128); [lra|apply bpow_le; lia].
Qed.

(* a constant row gives beta *)
Lemma constant_row : (forall z, In z row -> z = x) -> exists d, merged pe first further = constant_state d x.
Proof.
intro All. destruct x_below as (Fx & _). assert (Fx6 : F64 x) by (apply (F_F64 (-149) 24); [lia|unfold emin64; lia|exact Fx]).
assert (St : forall s, In s (first :: further) -> exists c, s = constant_state c x).
{ assert (Eq : forall xs, In xs blocks -> forall z, In z xs -> z = x) by (intros xs I z Iz; apply All; unfold row; apply in_concat; now exists xs).
  assert (Ok := blocks_ok). revert Eq Ok. clear - moments_are. induction moments_are as [|xs s bl sts M F IH]; [easy|]. intros Eq Ok t [<-|I].
  - exists (n xs). destruct (Ok xs (or_introl eq_refl)) as (L & Fz). apply (constant_moments xs fused); try assumption.
    + intros z I. now apply Fz.
    + apply Eq. now left.
  - apply (IH F); try assumption; intros ys J; [apply Eq|apply Ok]; now right. }
destruct (St first (or_introl eq_refl)) as (c & E1). rewrite E1.
exact (constant_merged pe x further pe_is Fx6 (fun s I => St s (or_intror I)) c).
Qed.
Theorem layernorm_constant_row : (forall z, In z row -> z = x) -> y32 (merged pe first further) eps outside x gamma beta fused = beta.
Proof.
intro All. destruct x_below as (Fx & _). assert (Fx6 : F64 x) by (apply (F_F64 (-149) 24); [lia|unfold emin64; lia|exact Fx]).
destruct (constant_row All) as (d & E2).
assert (Y : forall R1, y_scaled x 0 0 R1 x gamma beta fused = beta).
{ intro R1. apply constant_y; try assumption; [left; lia|]. simpl (bpow radix2 0). now rewrite Rmult_1_r. }
unfold y32, chosen. cbv zeta. rewrite E2. cbn [constant_state sm sl s2 cn]. destruct (Z.eq_dec _ 0); [apply Y|].
destruct (Req_EM_T 0 0) as [_|Nz]; [apply Y|now elim Nz].
Qed.

Theorem layernorm_every_row : let y := y32 (merged pe first further) eps outside x gamma beta fused in
  Rabs (y - (gamma * xhat + beta)) <= (if fused then 12 else 14) * rstd.u32 * (Rabs gamma * Rmax 1 (Rabs xhat) + Rabs beta) + eta32.
Proof.
cbv zeta. destruct (block32.exists_other row x) as [All|(a & Ia & Na)].
{ (* a constant row *)
  assert (Em : mean row = x).
  { assert (Np : 0 < n row) by (unfold n; apply lt_0_INR; destruct row; [easy|simpl; lia]). unfold mean. rewrite (sum_ext _ (fun _ => x)) by exact All.
    rewrite sum_const. fold (n row). field. lra. }
  assert (X0 : xhat = 0) by (unfold xhat; rewrite Em; ring). rewrite layernorm_constant_row, X0, Rmult_0_r, Rplus_0_l, Rminus_diag_eq, Rabs_R0 by easy.
  assert (A := Rabs_pos gamma). assert (B := Rabs_pos beta). assert (U := rstd.u32_val). assert (M := Rmax_l 1 0).
  assert (e0 : 0 < eta32) by apply bpow_gt_0. assert (0 <= (if fused then 12 else 14) * rstd.u32 * (Rabs gamma * Rmax 1 0 + Rabs beta)); [|lra].
  apply Rmult_le_pos; [destruct fused; lra|]. assert (0 <= Rabs gamma * Rmax 1 0) by (apply Rmult_le_pos; lra). lra. }
destruct row_known as (rb & Kn & Ag & Ne & C & Fl). assert (G := known_good blocks rb Kn). assert (Rm := known_max blocks rb Kn blocks_ok).
destruct x_below as (Fx & _ & Xm).
assert (Bd := fun S0 => row_bound rb G Ne C S0 Rm eps x gamma beta outside eps_double eps_not_negative Fx Xm gamma_float beta_float pe pe_is
  first further Ag Fl fused).
set (y := y32 (merged pe first further) eps outside x gamma beta fused) in *.
set (Br := fun m s => let xh := (x - m) * / D_any eps outside s in Rabs gamma * Rmax 1 (Rabs xh) + Rabs beta).
assert (Br0 : forall m s, 0 <= rstd.u32 * Br m s).
{ intros m s. apply Rmult_le_pos; [rewrite rstd.u32_val; lra|]. unfold Br. assert (A := Rabs_pos beta).
  assert (M1 := Rmax_l 1 (Rabs ((x - m) * / D_any eps outside s))).
  assert (0 <= Rabs gamma * Rmax 1 (Rabs ((x - m) * / D_any eps outside s))) by (apply Rmult_le_pos; [apply Rabs_pos|lra]). lra. }
assert (Wk : forall B, B <= (if fused then 12 else 14) -> Rabs (y - (gamma * xhat + beta)) <= B * rstd.u32 * Br (mean row) (sig row) + eta32 ->
  Rabs (y - (gamma * xhat + beta)) <= (if fused then 12 else 14) * rstd.u32 * Br (mean row) (sig row) + eta32).
{ intros B HB H. eapply Rle_trans; [exact H|]. apply Rplus_le_compat_r. rewrite !(Rmult_assoc _ rstd.u32). apply Rmult_le_compat_r;
  [apply Br0|exact HB]. }
assert (Sp := sig_not0 row a x Ia x_in Na).
destruct (same_or_spread blocks rb Kn blocks_ok) as [Same|(c & Ic & Q)].
- (* the elements themselves *)
  assert (Em : row.mu rb = mean row) by (rewrite (mu_elements rb G Ne), <- Same; reflexivity).
  assert (Es : row.sigma rb = sig row) by (rewrite (sigma_elements rb G Ne), <- Same; reflexivity).
  rewrite Em, Es in Bd. apply (Wk (if fused then stage.B_fused else stage.B_unfused)); [destruct fused; unfold stage.B_fused, stage.B_unfused; lra|].
  exact (Bd Sp).
- (* a row that varies so much that what 2^-90 took of the elements is nothing *)
  assert (S1 := downblock.row_varies rb c G Ne C Ic Q).
  assert (El : forall xs, In xs blocks -> (1 <= length xs <= 1024)%nat /\ forall z, In z xs -> F32 z).
  { intros xs I. destruct (blocks_ok xs I) as (L & Fz). split; [exact L|]. intros z J. now apply Fz. }
  assert (T := elements_bound blocks rb G Ne El (known_near blocks rb Kn blocks_ok) S1 eps x gamma beta y _ outside eps_not_negative
    (B_ok fused) (Bd ltac:(lra))).
  assert (Gw := true_good blocks El).
  assert (Nw := true_some blocks rb Ne (known_near blocks rb Kn blocks_ok)).
  assert (Ew : concat (map bx (map exactly blocks)) = row) by (rewrite map_map; cbn [exactly bx]; now rewrite map_id).
  cbv beta zeta in T. rewrite (mu_elements _ Gw Nw), (sigma_elements _ Gw Nw), Ew in T.
  apply (Wk ((if fused then stage.B_fused else stage.B_unfused) + 0.001)); [destruct fused; unfold stage.B_fused, stage.B_unfused; lra|exact T].
Qed.

(* and no float overflows on the way to t, the normalised x *)
Theorem layernorm_fits : let t := merged pe first further in
  floats_fit (sm t) (sl t) (fst (chosen t eps outside)) (snd (chosen t eps outside)) x.
Proof.
cbv zeta. destruct (block32.exists_other row x) as [All|(a & Ia & Na)].
{ destruct (constant_row All) as (c & ->). apply constant_fits; [exact eps_double|exact eps_not_negative|now apply row_finite]. }
destruct row_known as (rb & Kn & Ag & Ne & C & Fl). assert (G := known_good blocks rb Kn). assert (Rm := known_max blocks rb Kn blocks_ok).
destruct x_below as (Fx & X128 & Xm). assert (Sp := sig_not0 row a x Ia x_in Na).
assert (Fit := fun S0 => row_fits rb G Ne C S0 Rm eps x outside eps_double eps_not_negative Fx pe pe_is first further Ag Fl X128).
destruct (same_or_spread blocks rb Kn blocks_ok) as [Same|(c & Ic & Q)].
- assert (Sr : 0 < row.sigma rb) by (rewrite (sigma_elements rb G Ne), <- Same; exact Sp). apply (Fit Sr).
  assert (Ix : exists b, In b rb /\ In x (bx b)).
  { assert (I := x_in). unfold row in I. rewrite Same in I. apply in_concat in I. destruct I as (l & Il & Ix). rewrite in_map_iff in Il.
    destruct Il as (b & <- & Ib). now exists b. }
  destruct Ix as (b & Ib & Ix). assert (E := element20 rb G Ne C Sr b x Ib Ix). lra.
- assert (S1 := downblock.row_varies rb c G Ne C Ic Q). assert (Sr : 0 < row.sigma rb) by lra. apply (Fit Sr).
  destruct (near_element blocks rb (known_near blocks rb Kn blocks_ok) x x_in) as (b & z & Ib & Iz & Nz).
  assert (E := element20 rb G Ne C Sr b z Ib Iz). unfold near in Nz. rewrite Rabs_minus_sym in Nz. assert (Dl := delta_small).
  replace (x - row.mu rb) with ((x - z) + (z - row.mu rb)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.
End Every.
