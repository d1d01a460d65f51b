(* RMSNorm of floats, eps inside and LN_EPS_OUTSIDE: xhat, rstd and k of every row of finite floats, and from these its dx. *)
Require Import Reals Lra Lia List.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_average backward_constants backward_bound.
Require Import backward_places backward_root32 backward_forward32.
Require backward_layernorm64 every_rmsnorm32 everyrow mergeops mergerow wholerms anyrms anyscale rowscale rmsscale rms four float32 wide rstd.
Require sums format look counts32 block32 constant32.
Local Open Scope R_scope.

(* xhat of the element that S scales: hi and shift are +0. *)
Definition xhat_rms c k R1 x := madd c f32 (rnd f32 (rowscale.scaled k x - 0)) (four.rstd (R1 / bpow radix2 k)) 0.
Lemma xhat_rms_is c k R1 x : xhat_rms c k R1 x = rstd.rnd32 (rowscale.scaled k x * four.rstd (R1 / bpow radix2 k)).
Proof. unfold xhat_rms. rewrite madd_0, Rminus_0_r, (rnd_is f32 _ (rowscale.scaled_F k x)). reflexivity. Qed.

(* A row of finite floats that are not all 0, cut into blocks, each with its sum of squares, as in every_rmsnorm32.v. *)
Section Row.
Variables (full : list (list R * R)) (last : list R * R).
Hypothesis full_is : forall c, In c full -> length (fst c) = 1024%nat.
Hypothesis last_is : (1 <= length (fst last) <= 1024)%nat.
Variables (first : list R * R) (further : list (list R * R)).
Hypothesis blocks_are : full ++ last :: nil = first :: further.
Let all := map fst (first :: further).
Let row := concat all.
Let cols := look.n row.
Let ms := sqrt (look.QQ row 0 / cols).
Hypothesis row_finite : forall z, In z row -> everyrow.finite32 z.
Hypothesis row_count : cols <= bpow radix2 40.
Hypothesis not_0 : exists z, In z row /\ z <> 0.
Variable fused : bool.
Hypothesis sums_are : forall c, In c (first :: further) -> every_rmsnorm32.square_sum fused (fst c) (snd c).
Variable pe : R -> R -> R.
Hypothesis pe_is : everyrow.a_product pe.
Let m2 := mergeops.s2 (every_rmsnorm32.merged_squares pe first further).

Lemma good c : In c (first :: further) -> (1 <= length (fst c) <= 1024)%nat /\ (forall z, In z (fst c) -> four.F32 z) /\ wide.F64 (snd c) /\
	0 <= snd c /\ Rabs (snd c - look.QQ (fst c) 0) <= counts32.b0 * look.QQ (fst c) 0.
Proof. apply (every_rmsnorm32.good full last full_is last_is first further blocks_are row_finite fused sums_are). Qed.
Lemma squares_whole : look.QQ row 0 = sums.sum (fun c => look.QQ (fst c) 0) (first :: further) /\
	cols = sums.sum (fun c => look.n (fst c)) (first :: further).
Proof.
split.
- unfold row, all, look.QQ. now rewrite everyrow.sum_concat, sums.sum_map.
- unfold cols, look.n. rewrite <- (Rmult_1_l (INR _)), <- sums.sum_const. unfold row, all. rewrite everyrow.sum_concat, sums.sum_map.
  apply sums.sum_ext. intros c _. rewrite sums.sum_const. ring.
Qed.
Lemma row_squares : 0 < look.QQ row 0.
Proof. destruct not_0 as (z & I & N). exact (every_rmsnorm32.row_squares first further z I N). Qed.
Lemma cols_1 : 1 <= cols.
Proof.
rewrite (proj2 squares_whole). destruct (good first (or_introl eq_refl)) as (L & _). assert (N := look.n_range (fst first) L). simpl.
assert (0 <= sums.sum (fun c => look.n (fst c)) further) by (apply sums.sum_pos; intros; apply pos_INR). lra.
Qed.

(* What anyrms.sums_near begins with. *)
Lemma blocks_known : exists blocks, (forall c, In c blocks -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c) /\
	rms.rms blocks cols = ms /\ bpow radix2 (-170) <= ms /\ 0 <= m2 /\ Rabs (m2 - rms.Q' blocks) / cols / 2 <= 1 / 100 * rstd.u32 * (ms * ms).
Proof.
destruct squares_whole as (Qr & Nr). assert (Qp := row_squares). assert (N1 := cols_1). assert (Good := good).
assert (I : 0 < / cols) by (apply Rinv_0_lt_compat; lra). assert (Mp : 0 < ms) by (apply sqrt_lt_R0; now apply Rmult_lt_0_compat).
exists (map wholerms.squares (first :: further)).
assert (G : forall c, In c (map wholerms.squares (first :: further)) -> 0 <= fst c /\ Rabs (snd c - fst c) <= counts32.b0 * fst c).
{ intros c Ic. apply in_map_iff in Ic. destruct Ic as (d & <- & Id). destruct (Good d Id) as (_ & _ & _ & _ & E).
  split; [apply look.QQ_pos | exact E]. }
assert (Ms : rms.rms (map wholerms.squares (first :: further)) cols = ms).
{ unfold rms.rms, ms, rms.Q. do 2 f_equal. rewrite sums.sum_map. exact (eq_sym Qr). }
split; [exact G |]. split; [exact Ms |].
assert (Bl := blocks_are). assert (Fi := full_is). destruct full as [| g gs]; simpl in Bl; injection Bl as E1 E2.
- (* one block *)
  assert (M : m2 = snd first) by (unfold m2, every_rmsnorm32.merged_squares; rewrite <- E2; reflexivity).
  destruct (Good first (or_introl eq_refl)) as (L & Ff & _ & v0 & _). assert (N := look.n_range (fst first) L).
  assert (Q1 : look.QQ row 0 = look.QQ (fst first) 0) by (rewrite Qr, <- E2; simpl; ring).
  assert (C1 : cols = look.n (fst first)) by (rewrite Nr, <- E2; simpl; ring).
  split; [| split; [rewrite M; exact v0 |]].
  + assert (Least := anyrms.QQ_least (fst first) Ff ltac:(rewrite <- Q1; exact Qp)). rewrite <- Q1 in Least.
    replace (bpow radix2 (-170)) with (sqrt (bpow radix2 (-340))) by (replace (-340)%Z with (2 * -170)%Z by lia; apply sqrt_bpow).
    unfold ms. apply sqrt_le_1_alt. apply Rle_trans with (bpow radix2 (-298) * bpow radix2 (-10)); [rewrite <- bpow_plus; apply bpow_le; lia |].
    apply Rmult_le_compat; try apply bpow_ge_0; [exact Least |]. apply Rle_trans with (/ 1024); [simpl; lra | apply Rinv_le_contravar; lra].
  + rewrite M, <- E2. unfold rms.Q'. simpl. rewrite Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity.
    unfold Rdiv. rewrite !Rmult_0_l. assert (U := rstd.u32_val). apply Rmult_le_pos; [lra | apply Rle_0_sqr].
- (* several *)
  assert (Gd : forall c, In c (first :: gs ++ last :: nil) -> (1 <= length (fst c) <= 1024)%nat /\ (forall z, In z (fst c) -> four.F32 z) /\
    wide.F64 (snd c) /\ 0 <= snd c /\ Rabs (snd c - look.QQ (fst c) 0) <= counts32.b0 * look.QQ (fst c) 0) by (rewrite E2; exact Good).
  assert (Fl : forall c, In c (first :: gs) -> length (fst c) = 1024%nat) by (rewrite <- E1; exact Fi).
  assert (Cn : wholerms.count first gs last = cols) by (unfold wholerms.count; rewrite E2, Nr; reflexivity).
  assert (C : wholerms.count first gs last <= bpow radix2 40) by (rewrite Cn; exact row_count).
  assert (Tm : m2 = mergeops.s2 (wholerms.total pe first gs last)) by (unfold m2, every_rmsnorm32.merged_squares, wholerms.total; now rewrite <- E2).
  assert (Mp' : 0 < rms.rms (map wholerms.squares (first :: gs ++ last :: nil)) (wholerms.count first gs last)) by (rewrite E2, Cn, Ms; exact Mp).
  destruct (wholerms.merging_rms pe (everyrow.product_ok pe pe_is) first gs last Gd Fl C Mp') as (M0 & Mg).
  assert (Low := wholerms.ms_low first gs last Gd C Mp'). rewrite E2, Cn, Ms in Low, Mg. rewrite Tm.
  split; [exact Low |]. split; [exact M0 |]. eapply Rle_trans; [exact Mg |]. right. lra.
Qed.

Variables (eps : R) (outside : bool) (k : Z).
Hypothesis F_eps : wide.F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis k_is : anyscale.power_of_row m2 cols eps outside k.
Hypothesis V_max : anyscale.V_any m2 cols eps outside <= bpow radix2 370.
Let D := anyscale.D_any eps outside ms.
Let R1 := anyscale.rstd64 m2 cols eps outside.
Let c := class_of fused.
Let r := / (D * bpow radix2 k).
Let rs := four.rstd (R1 / bpow radix2 k).
Let kk := k_exact eps outside ms.
Let kc := k_computed m2 cols eps outside.

Theorem xhat_rms_near x : In x row -> rel (xhat_rms c k R1 x) (x * / D) (Rmax 1 (Rabs (x * / D))) (1 + rms_xhat32 * u f32) 0.
Proof.
intro Ix. destruct blocks_known as (blocks & G & Ms & Low & M0 & Mg). assert (Cr := conj cols_1 row_count). rewrite <- Ms in Low, Mg.
assert (Mg' : Rabs (m2 - rms.Q' blocks) / cols / 2 <= 0.01 * rstd.u32 * (rms.rms blocks cols * rms.rms blocks cols))
	by (eapply Rle_trans; [exact Mg | right; lra]).
destruct (anyrms.sums_near blocks G cols m2 Cr Low M0 Mg') as (_ & Low2 & Mo).
rewrite Ms in *. assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms0 : 0 < ms) by lra.
assert (Ri := anyscale.rstd64_is m2 cols eps outside M0 F_eps eps_pos Cr Low2 V_max).
destruct (anyscale.rstd64_range m2 cols eps outside M0 F_eps eps_pos Cr Low2 V_max k k_is) as (Rr & Rs).
assert (T := rmsscale.t_err ms (m2 / cols) ms0 Mo k D _ R1 (D_above eps outside ms ms0 eps_pos)
	(D_near eps outside ms _ ms0 (sqrt_pos _) eps_pos) Ri Rr Rs x (proj1 (row_finite x Ix))).
rewrite same_u in T. split; [| apply Rmax_r]. rewrite xhat_rms_is. eapply Rle_trans; [exact T |]. right. unfold rms_xhat32. lra.
Qed.
Theorem scale_rms_near : scale_rel r rs kk kc rms_rstd.
Proof.
destruct blocks_known as (blocks & G & Ms & Low & M0 & Mg). assert (Cr := conj cols_1 row_count). rewrite <- Ms in Low, Mg.
assert (Mg' : Rabs (m2 - rms.Q' blocks) / cols / 2 <= 0.01 * rstd.u32 * (rms.rms blocks cols * rms.rms blocks cols))
	by (eapply Rle_trans; [exact Mg | right; lra]).
destruct (anyrms.sums_near blocks G cols m2 Cr Low M0 Mg') as (V0 & Low2 & Mo). rewrite Ms in *.
assert (p170 := bpow_gt_0 radix2 (-170)). assert (ms0 : 0 < ms) by lra.
apply (scale_from_root m2 cols eps ms (201001 / 100000) rms_rstd outside k M0 F_eps eps_pos Cr Low2 V_max k_is ms0).
- lra.
- unfold rms_rstd. lra.
- rewrite (sqrt_def _ V0), Rminus_0_r, Rabs_R0, Rmult_0_l, Rplus_0_l in Mo. eapply Rle_trans; [exact Mo |]. right. lra.
Qed.

(* The places of the row hold its elements, each once; dn is +0 past the end. *)
Variables (element : nat -> nat -> option R) (n : nat) (m : nat -> nat) (dn gamma : nat -> nat -> R).
Hypothesis of_row : forall b i x, element b i = Some x -> In x row.
Hypothesis places : forall f, whole n m (at_place element 0 f) = sums.sum (sums.sum f) all.
Hypothesis past_end : forall b i, element b i = None -> dn b i = 0.
Hypothesis groups : forall b, (m b <= 16)%nat.
Hypothesis few_blocks : INR n <= 1073741824.
Let g := g_e dn gamma.
Let g' := g_c f32 dn gamma.
Let xhat := xhat_e element (fun x => x * / D).
Let xhat' := xhat_c element (xhat_rms c k R1).
Let M := M_e element (fun x => x * / D).
Variables r2 q2 : R.
Hypothesis c2 : pair nat f64 (fun b => value place f64 (product_leaf c f32 g' xhat') (block8 b (m b))) (in_order n Leaf) r2 q2.
Let average f := whole n m f / cols.
Let a2 := rnd f32 (rnd f64 (quotient f64 r2 q2 cols * kc)).
Variables (b i : nat).

Theorem dx_rms_float :
	let dx := rnd f32 (madd c f32 (- xhat' b i) a2 (rnd f32 (g' b i - 0)) * rs) in
	let exact := (g b i - xhat b i * (kk * average (fun b i => g b i * xhat b i))) * r in
	Rabs (dx - exact) <= u f32 * (r * (D1_of rms_rstd * Rabs (g b i) +
		D3_after_of c rms_xhat32 rms_rstd * (M b i * (kk * average (fun b i => Rabs (g b i) * M b i))))) + eta f32 * (10 * r * M b i * kk + 1).
Proof.
destruct squares_whole as (Qr & Nr). assert (C := cols_1). assert (C0 : 0 < cols) by lra. assert (Qp := row_squares).
assert (I : 0 < / cols) by now apply Rinv_0_lt_compat. assert (Mp : 0 < ms) by (apply sqrt_lt_R0; now apply Rmult_lt_0_compat).
assert (Q : ms * ms = look.QQ row 0 / cols) by (apply sqrt_def; apply Rmult_le_pos; lra).
assert (Dge : ms <= D) by exact (D_above eps outside ms Mp eps_pos).
assert (Spread : sums.sum (fun xs => look.QQ xs 0) all = cols * (ms * ms)).
{ unfold all. rewrite sums.sum_map, Q. transitivity (look.QQ row 0); [symmetry; exact Qr | field; lra]. }
assert (Count : sums.sum look.n all = cols) by (unfold all; rewrite sums.sum_map; symmetry; exact Nr).
assert (El := backward_layernorm64.elements cols all Count element n m places).
assert (Sq := backward_layernorm64.squares 0 ms D cols all Mp Dge C0 Spread element n m places).
assert (Sq' : whole n m (fun b i => Rsqr (xhat b i)) <= cols) by (unfold xhat; rewrite squares_0; exact Sq).
destruct rms_range as (_ & XR & ER).
exact (dx_row_rms32 c _ _ r rs kk kc XR ER (k_exact_1 eps outside ms Mp eps_pos) scale_rms_near element _ _
	(fun b i x H => xhat_rms_near x (of_row b i x H)) n m cols dn gamma past_end C0 groups few_blocks El Sq' r2 q2 c2 b i).
Qed.
End Row.
