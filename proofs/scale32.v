(* Section 5 for float, eps inside: var, V, hi, rstd and shift as they are computed;
  then LayerNorm from merged moments to y, nothing left out. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core Relative.
Require Import sums format wide look rstd last total nearest row rms.
Import ListNotations.
Local Open Scope R_scope.

Definition F32 := F (-149) 24.
Definition eta32 := bpow radix2 (-150).
Definition eta64 := bpow radix2 (-1075).
Lemma rnd64_F x : F64 (rnd64 x). Proof. exact (rnd_F emin64 53 ltac:(lia) x). Qed.
Lemma rnd32_F x : F32 (rnd32 x). Proof. exact (rnd_F (-149) 24 ltac:(lia) x). Qed.
Lemma rnd32_err x : Rabs (rnd32 x - x) <= u32 * Rabs x + eta32.
Proof. exact (rnd_err (-149) 24 ltac:(lia) x). Qed.
Lemma sub64 x y : F64 x -> F64 y -> Rabs (rnd64 (x - y) - (x - y)) <= u64 * Rabs (x - y).
Proof. exact (sub_err emin64 53 ltac:(lia) x y). Qed.

(* -- rstd -- *)
Section Variance.
Variables m2 cols eps : R.
Hypothesis F_m2 : F64 m2.
Hypothesis m2_pos : 0 <= m2.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Definition inv := rnd64 (1 / cols).
Definition var_c := rnd64 (m2 * inv).
Definition V := rnd64 (var_c + eps).
Hypothesis ordinary : bpow radix2 (-80) <= V <= bpow radix2 80.
Let V2 := m2 / cols.

Lemma eta64_le k x : (-300 <= k)%Z -> bpow radix2 k <= x -> eta64 <= 0.001 * u64 * x.
Proof.
intros Hk H. apply Rle_trans with (0.001 * u64 * bpow radix2 (-300)).
- unfold u64, eta64. rewrite Rmult_assoc, <- bpow_plus. apply Rle_trans with (bpow radix2 (-10) * bpow radix2 (-53 + -300)).
  + rewrite <- bpow_plus. apply bpow_le. lia.
  + apply Rmult_le_compat_r; [apply bpow_ge_0|]. simpl. lra.
- apply Rmult_le_compat_l; [assert (A := u64_val); lra|]. apply Rle_trans with (2 := H). now apply bpow_le.
Qed.

Lemma V_err : Rabs (V - (V2 + eps)) <= 4 * u64 * V.
Proof.
assert (U := u64_val). assert (ci : bpow radix2 (-40) <= / cols).
{ replace (bpow radix2 (-40)) with (/ bpow radix2 40) by (rewrite <- bpow_opp; reflexivity). apply Rinv_le; lra. }
assert (c0 : 0 < / cols) by (apply Rinv_0_lt_compat; lra).
assert (I : Rabs (inv - / cols) <= 1.001 * u64 * / cols).
{ unfold inv. replace (1 / cols) with (/ cols) by (field; lra). eapply Rle_trans; [apply rnd64_err|]. rewrite (Rabs_pos_eq (/ cols)) by lra.
  assert (E := eta64_le (-40) (/ cols) ltac:(lia) ci). unfold eta64 in E. lra. }
assert (v0 : 0 <= V2) by (unfold V2, Rdiv; apply Rmult_le_pos; lra).
assert (uv : 0 <= u64 * V2 <= 0.001 * V2) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (A : Rabs (m2 * inv - V2) <= 1.001 * u64 * V2).
{ unfold V2, Rdiv. rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq m2) by assumption.
  replace (1.001 * u64 * (m2 * / cols)) with (m2 * (1.001 * u64 * / cols)) by ring. now apply Rmult_le_compat_l. }
assert (B : Rabs (var_c - V2) <= 2.01 * u64 * V2 + eta64).
{ assert (E := rnd64_err (m2 * inv)). fold eta64 in E. change (rnd64 (m2 * inv)) with var_c in E.
  assert (Mb : Rabs (m2 * inv) <= 1.002 * V2).
  { replace (m2 * inv) with ((m2 * inv - V2) + V2) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq V2) by assumption.
    lra. }
  assert (u64 * Rabs (m2 * inv) <= u64 * (1.002 * V2)) by (apply Rmult_le_compat_l; lra).
  replace (var_c - V2) with ((var_c - m2 * inv) + (m2 * inv - V2)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (C : Rabs (V - (var_c + eps)) <= u64 * Rabs (var_c + eps)) by (apply (add_err emin64 53 ltac:(lia)); [apply rnd64_F|assumption]).
assert (eV : eta64 <= 0.001 * u64 * V) by (apply (eta64_le (-80)); [lia|tauto]).
assert (Vp : 0 < V) by (assert (P := bpow_gt_0 radix2 (-80)); lra).
assert (uV : 0 <= u64 * V <= 0.001 * V) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
(* all terms against V *)
assert (D : Rabs (var_c + eps) <= 1.01 * V).
{ assert (X := Rabs_triang (var_c + eps - V) V). replace (var_c + eps - V + V) with (var_c + eps) in X by ring.
  rewrite <- Rabs_Ropp in C. replace (- (V - (var_c + eps))) with (var_c + eps - V) in C by ring. rewrite (Rabs_pos_eq V) in X by lra.
  assert (u64 * Rabs (var_c + eps) <= 0.001 * Rabs (var_c + eps)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (uD : u64 * Rabs (var_c + eps) <= u64 * (1.01 * V)) by (apply Rmult_le_compat_l; lra).
assert (E : V2 + eps <= 1.02 * V).
{ assert (X := Rle_abs (var_c + eps)). assert (Y := Rle_abs (- (var_c - V2))). rewrite Rabs_Ropp in Y. lra. }
assert (uE : u64 * V2 <= u64 * (1.02 * V)) by (apply Rmult_le_compat_l; lra).
replace (V - (V2 + eps)) with ((V - (var_c + eps)) + (var_c - V2)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

(* rstd64 against 1/sqrt of the exact V2 + eps *)
Lemma R1_is : Rabs (newton V * sqrt (V2 + eps) - 1) <= 0.001 * u32.
Proof.
assert (N := newton_err V ordinary). assert (U := u64_val). assert (U3 := u32_val). assert (U6 := u64_eq).
assert (Vp : 0 < V) by (assert (P := bpow_gt_0 radix2 (-80)); lra). assert (E := V_err).
set (e := (V2 + eps) / V - 1). assert (eb : Rabs e <= 4 * u64).
{ replace e with (- (V - (V2 + eps)) * / V) by (unfold e; field; lra).
  rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (/ V)) by (left; now apply Rinv_0_lt_compat).
  apply Rmult_le_reg_r with V; [assumption|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. exact E. }
destruct (sqrt1 e) as (d & D & X); [lra|].
assert (S : sqrt (V2 + eps) = sqrt V * (1 + d)).
{ replace (V2 + eps) with (V * (1 + e)) by (unfold e; field; lra). rewrite sqrt_mult_alt by lra. now rewrite X. }
rewrite S. set (w := newton V * sqrt V - 1) in *. replace (newton V * (sqrt V * (1 + d)) - 1) with (w + (d + w * d)) by (unfold w; ring).
assert (db : Rabs d <= 3 * u64) by lra.
eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang d (w * d)). rewrite Rabs_mult in T.
assert (Rabs w * Rabs d <= 1 * Rabs d) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra.
Qed.

Lemma newton_range : bpow radix2 (-41) <= newton V <= bpow radix2 41.
Proof.
assert (N := newton_err V ordinary). assert (U3 := u32_val). assert (SR := S_range V ordinary).
set (s := sqrt V) in *. assert (s0 : 0 < s) by (assert (P := bpow_gt_0 radix2 (-40)); lra).
assert (A := Rle_abs (newton V * s - 1)). assert (B := Rle_abs (- (newton V * s - 1))). rewrite Rabs_Ropp in B.
assert (e1 : bpow radix2 (-40) * bpow radix2 40 = 1) by (rewrite <- bpow_plus; reflexivity).
assert (e2 : bpow radix2 (-41) = bpow radix2 (-40) / 2) by (change (-41)%Z with (-40 + -1)%Z; rewrite bpow_plus;
  change (bpow radix2 (-1)) with (/ 2); reflexivity).
assert (e3 : bpow radix2 41 = bpow radix2 40 * 2) by (change 41%Z with (40 + 1)%Z; rewrite bpow_plus; reflexivity).
assert (p1 := bpow_gt_0 radix2 (-40)). assert (p2 := bpow_gt_0 radix2 40).
split; apply Rmult_le_reg_r with s; try assumption.
- rewrite e2. assert (bpow radix2 (-40) * s <= bpow radix2 (-40) * bpow radix2 40) by (apply Rmult_le_compat_l; lra). lra.
- rewrite e3. assert (bpow radix2 40 * bpow radix2 (-40) <= bpow radix2 40 * s) by (apply Rmult_le_compat_l; lra). lra.
Qed.
End Variance.

(* -- hi, rstd and shift -- *)
Section Four.
Variables a c R1 : R.                      (* mean and mean_lo are sum(a, c); R1 is rstd64 *)
Hypothesis Fa : F64 a.
Hypothesis Fc : F64 c.
Definition mean := two_s a c.
Definition mean_lo := two_e a c.
Definition m := mean + mean_lo.
Hypothesis R1_range : bpow radix2 (-41) <= R1 <= bpow radix2 41.
Definition hi := rnd32 mean.
Definition rstd := rnd32 R1.
Definition shift := rnd32 (rnd64 (rnd64 (rnd64 (hi - mean) - mean_lo) * R1)).

Lemma m_eq : m = a + c. Proof. now apply two_sum. Qed.
Lemma mean_m : Rabs (mean - m) <= u64 * Rabs m.
Proof. rewrite m_eq. unfold mean, two_s. exact (add_err emin64 53 ltac:(lia) a c Fa Fc). Qed.
Lemma tiny_eta k : (k <= -60)%Z -> bpow radix2 k <= u32 / 1000000.
Proof. intro H. apply Rle_trans with (bpow radix2 (-60)); [now apply bpow_le|]. rewrite u32_val. simpl. lra. Qed.
Lemma R1_pos : 0 < R1. Proof. assert (H := bpow_gt_0 radix2 (-41)). lra. Qed.

Lemma hi_near_all x : F32 x -> Rabs (hi - m) <= 1.001 * Rabs (x - m).
Proof.
intro Fx. apply (nearest (-149) 24 ltac:(lia) m mean); [|exact Fx]. eapply Rle_trans; [exact mean_m|].
apply Rmult_le_compat_r; [apply Rabs_pos|]. change (u 24) with u32. rewrite u32_val, u64_eq. lra.
Qed.

Lemma hi_is_float : Rabs (hi - m) <= 1.001 * u32 * Rabs m + 2 * eta32.
Proof.
assert (E := rnd32_err mean). fold hi in E. assert (M := mean_m). assert (U := u32_val). assert (U6 := u64_eq). assert (m0 := Rabs_pos m).
assert (e0 : 0 < eta32) by apply bpow_gt_0.
assert (u6m : u64 * Rabs m <= 0.0001 * (u32 * Rabs m)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (mm : Rabs mean <= Rabs m + u64 * Rabs m) by (replace mean with (m + (mean - m)) at 1 by ring; eapply Rle_trans;
  [apply Rabs_triang|lra]).
assert (u32 * Rabs mean <= u32 * (Rabs m + u64 * Rabs m)) by (apply Rmult_le_compat_l; lra).
assert (u32 * (u64 * Rabs m) <= 1 * (u64 * Rabs m)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra).
assert (um0 : 0 <= u32 * Rabs m) by (apply Rmult_le_pos; lra).
replace (hi - m) with ((hi - mean) + (mean - m)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma rstd_is_float : Rabs (rstd - R1) <= 1.00001 * u32 * R1.
Proof.
assert (E := rnd32_err R1). fold rstd in E. assert (Rp := R1_pos). rewrite (Rabs_pos_eq R1) in E by lra. assert (U := u32_val).
assert (T : eta32 <= u32 / 1000000 * R1).
{ apply Rle_trans with (bpow radix2 (-60) * bpow radix2 (-41)); [unfold eta32; rewrite <- bpow_plus; apply bpow_le; lia|].
  apply Rmult_le_compat; try apply bpow_ge_0; [now apply tiny_eta|tauto]. }
assert (0 <= u32 * R1) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma shift_is : Rabs (shift - (hi - m) * R1) <= 1.00001 * u32 * Rabs ((hi - m) * R1) + u32 / 100000.
Proof.
assert (U := u32_val). assert (U6 := u64_eq). assert (Rp := R1_pos).
  assert (Fh : F64 hi) by (apply (F_F64 (-149) 24); [lia|unfold emin64; lia|apply rnd32_F]).
assert (Fm : F64 mean) by apply rnd64_F. assert (Fl : F64 mean_lo) by apply two_e_F.
set (z1 := rnd64 (hi - mean)). set (w := hi - m). set (z2 := rnd64 (z1 - mean_lo)). set (z3 := rnd64 (z2 * R1)).
assert (e0 : 0 < eta32) by apply bpow_gt_0.
(* hi - mean is exact, but among the smallest floats *)
assert (A : Rabs (z1 - (hi - mean)) <= 10 * eta32 * u64).
{ destruct (sub_exact_or emin64 53 ltac:(lia) hi mean Fh Fm) as [X|X].
  - unfold z1, rnd64. rewrite X, Rminus_diag_eq, Rabs_R0 by reflexivity. apply Rmult_le_pos; lra.
  - assert (E := rnd32_err mean). fold hi in E. assert (B : Rabs (hi - mean) <= 2 * eta32).
    { assert (u32 * Rabs mean <= u32 * (2 * Rabs (hi - mean))) by (apply Rmult_le_compat_l; lra).
      assert (u32 * (2 * Rabs (hi - mean)) <= 0.1 * Rabs (hi - mean)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r;
        [apply Rabs_pos|lra]). lra. }
    assert (Q := sub64 hi mean Fh Fm). fold z1 in Q. assert (u64 * Rabs (hi - mean) <= u64 * (2 * eta32)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= u64 * eta32) by (apply Rmult_le_pos; lra). lra. }
assert (W : hi - mean - mean_lo = w) by (unfold w, m; ring).
assert (u6e : u64 * eta32 <= eta32) by (rewrite <- (Rmult_1_l eta32) at 2; apply Rmult_le_compat_r; lra).
assert (B : Rabs (z1 - mean_lo - w) <= 10 * eta32 * u64) by (rewrite <- W;
  replace (z1 - mean_lo - (hi - mean - mean_lo)) with (z1 - (hi - mean)) by ring; exact A).
assert (C : Rabs (z1 - mean_lo) <= Rabs w + 10 * eta32 * u64) by (replace (z1 - mean_lo) with (w + (z1 - mean_lo - w)) by ring;
  eapply Rle_trans; [apply Rabs_triang|lra]).
assert (D : Rabs (z2 - w) <= u64 * Rabs w + 20 * eta32 * u64).
{ assert (Q := sub64 z1 mean_lo (rnd64_F _) Fl). fold z2 in Q.
  assert (u64 * Rabs (z1 - mean_lo) <= u64 * (Rabs w + 10 * eta32 * u64)) by (apply Rmult_le_compat_l; lra).
  assert (u64 * (10 * eta32 * u64) <= 1 * (10 * eta32 * u64)) by (apply Rmult_le_compat_r; [repeat apply Rmult_le_pos|]; lra).
  replace (z2 - w) with ((z2 - (z1 - mean_lo)) + (z1 - mean_lo - w)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
set (o := Rabs (w * R1)). assert (oR : o = Rabs w * R1) by (unfold o; rewrite Rabs_mult, (Rabs_pos_eq R1); lra).
assert (o0 : 0 <= o) by apply Rabs_pos.
assert (eR : eta32 * R1 <= u32 / 1000000).
{ apply Rle_trans with (bpow radix2 (-150) * bpow radix2 41); [apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]|].
  rewrite <- bpow_plus. apply tiny_eta. lia. }
assert (u6eR : 0 <= u64 * (eta32 * R1) <= 0.001 * (u32 / 1000000)).
{ split; [repeat apply Rmult_le_pos; lra|]. apply Rmult_le_compat; try lra. apply Rmult_le_pos; lra. }
assert (u6o : 0 <= u64 * o <= 0.000001 * (u32 * o)) by (split; [apply Rmult_le_pos; lra|rewrite <- Rmult_assoc; apply Rmult_le_compat_r;
  lra]).
assert (uo : 0 <= u32 * o <= 0.000001 * o) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (E : Rabs (z2 * R1 - w * R1) <= u64 * o + 20 * (u64 * (eta32 * R1))).
{ rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq R1), oR by lra.
  assert (Rabs (z2 - w) * R1 <= (u64 * Rabs w + 20 * eta32 * u64) * R1) by (apply Rmult_le_compat_r; lra). lra. }
assert (Zb : Rabs (z2 * R1) <= o + (u64 * o + 20 * (u64 * (eta32 * R1)))) by (replace (z2 * R1) with (w * R1 + (z2 * R1 - w * R1)) by ring;
  eapply Rle_trans; [apply Rabs_triang|fold o; lra]).
assert (e64 : bpow radix2 (-1075) <= u32 / 1000000) by (apply tiny_eta; lia).
  assert (e32 : eta32 <= u32 / 1000000) by (apply tiny_eta; lia).
assert (G : Rabs (z3 - z2 * R1) <= u64 * Rabs (z2 * R1) + bpow radix2 (-1075)) by apply rnd64_err.
assert (uZ : u64 * Rabs (z2 * R1) <= u64 * (o + (u64 * o + 20 * (u64 * (eta32 * R1))))) by (apply Rmult_le_compat_l; lra).
assert (uu1 : u64 * (u64 * o) <= 0.001 * (u64 * o)) by (apply Rmult_le_compat_r; lra).
assert (uu2 : u64 * (u64 * (eta32 * R1)) <= 0.001 * (u64 * (eta32 * R1))) by (apply Rmult_le_compat_r; lra).
assert (H : Rabs (z3 - w * R1) <= 2.1 * (u64 * o) + 1.1 * (u32 / 1000000)).
{ replace (z3 - w * R1) with ((z3 - z2 * R1) + (z2 * R1 - w * R1)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (Z3 : Rabs z3 <= o + (2.1 * (u64 * o) + 1.1 * (u32 / 1000000))) by (replace z3 with (w * R1 + (z3 - w * R1)) by ring;
  eapply Rle_trans; [apply Rabs_triang|fold o; lra]).
assert (K : Rabs (shift - z3) <= u32 * Rabs z3 + eta32) by apply rnd32_err.
assert (uK : u32 * Rabs z3 <= u32 * (o + (2.1 * (u64 * o) + 1.1 * (u32 / 1000000)))) by (apply Rmult_le_compat_l; lra).
assert (uuo : u32 * (u64 * o) <= 0.001 * (u64 * o)) by (apply Rmult_le_compat_r; lra).
assert (uu3 : u32 * (u32 / 1000000) <= 0.001 * (u32 / 1000000)) by (apply Rmult_le_compat_r; lra).
replace (shift - w * R1) with ((shift - z3) + (z3 - w * R1)) by ring. eapply Rle_trans; [apply Rabs_triang|]. fold o. lra.
Qed.

Lemma etas : eta32 <= u32 / 100000 /\ 4 * eta32 * R1 <= u32 / 100000.
Proof.
assert (U := u32_val). assert (Rp := R1_pos). split; [assert (A := tiny_eta (-150) ltac:(lia)); unfold eta32; lra|].
assert (eR : eta32 * R1 <= u32 / 1000000).
{ apply Rle_trans with (bpow radix2 (-150) * bpow radix2 41); [apply Rmult_le_compat_l; [apply bpow_ge_0|tauto]|].
  rewrite <- bpow_plus. apply tiny_eta. lia. }
lra.
Qed.
End Four.
