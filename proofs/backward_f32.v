(* dx of floats: the theorem with numbers. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_trees backward_row backward_dx backward_average backward_constants backward_bound.
Local Open Scope R_scope.

Section Dx.
Variables (c : class) (n : nat) (m : nat -> nat) (cols : R).
Variables (gc ge xc xe M bg l : nat -> nat -> R) (gg : R).
(* rs: rstd as a float, r the exact one (of the scaled row); k, kk: the factor of LN_EPS_OUTSIDE, computed and exact, otherwise 1 *)
Variables (rs r k kk gk gr : R).
(* xhat is off by X u max(1, |xhat|), rstd by e u rstd and its rounding. *)
Variables X e : R.
Hypothesis X_range : 0 <= X <= 12.
Hypothesis e_range : 0 <= e <= 6.
Let gx := 1 + X * u f32.
Hypothesis positive : 0 < cols.
Hypothesis blocks : forall b, (m b <= 16)%nat.
Hypothesis length : INR n <= 1073741824.
Hypothesis is_g : forall b i, is f32 (gc b i).
Hypothesis Bg : forall b i, 0 <= bg b i <= eta f32.
Hypothesis Hg : forall b i, rel (gc b i) (ge b i) (Rabs (ge b i)) (1 + u f32) (bg b i).
Hypothesis Hx : forall b i, rel (xc b i) (xe b i) (M b i) gx 0.
Hypothesis Hl : forall b i, loss f32 (gc b i * xc b i) (l b i).
Hypothesis lose_g : whole n m bg <= cols * eta f32.
Hypothesis lose_l : whole n m l <= cols * eta f32.
Hypothesis lose_m : whole n m (fun b i => M b i * bg b i) <= 2 * cols * eta f32.
Hypothesis Hr : rel rs r r gr 0.
Hypothesis gr_1 : 1 <= gr <= (1 + e * u f32) * (1 + u f32).
Hypothesis Hk : rel k kk kk gk 0.
Hypothesis one : 1 <= kk.

Let A := whole n m (fun b i => Rabs (ge b i)) / cols.
Let P := kk * (whole n m (fun b i => Rabs (ge b i) * M b i) / cols).
Let average_g := whole n m ge / cols.
Let average_gx := kk * (whole n m (fun b i => ge b i * xe b i) / cols).

(* The pairs that section 10 computes for c1 and c2. *)
Variables r1 q1 r2 q2 : R.
Hypothesis c1 : pair nat f64 (fun b => value place f64 (sum_leaf f32 gc) (block8 b (m b))) (in_order n Leaf) r1 q1.
Hypothesis c2 : pair nat f64 (fun b => value place f64 (product_leaf c f32 gc xc) (block8 b (m b))) (in_order n Leaf) r2 q2.
Let a1 := rnd f32 (quotient f64 r1 q1 cols).
Let a2 := rnd f32 (rnd f64 (quotient f64 r2 q2 cols * k)).

Lemma f_small : 1 <= f_double n f64 <= 1 + / 1000 * u f32.
Proof.
unfold f_double. assert (L := lost_f32 n length). assert (L0 := lost_pos f64 n). set (z := lost f64 n) in *.
assert (Q20 := pow_grow f64 0 20 ltac:(lia)). assert (Q2 := pow_grow f64 0 2 ltac:(lia)).
split.
- rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; try lra. rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; lra.
- replace ((1 + u f64) ^ 20 * (1 + z) * (1 + u f64) ^ 2) with ((1 + u f64) ^ 22 * (1 + z)) by ring.
  apply Rle_trans with ((1 + u f64) ^ 22 * (1 + / 1000000 * u f32)).
  + apply Rmult_le_compat_l; [apply pow_le; generalize (u_pos f64); lra | lra].
  + rewrite u64, u32. lra.
Qed.
Lemma gx_1 : 1 <= gx <= 1 + 12 * u f32 /\ gx <= 1.001.
Proof. unfold gx. rewrite u32. lra. Qed.
Lemma eta_0 : 0 <= eta f32. Proof. apply eta_pos. Qed.

Lemma a1_error : rel a1 average_g A ((1 + u f32) ^ 5 * f_double n f64) (201 / 100 * eta f32).
Proof.
destruct gx_1 as [[G _] _]. assert (V : 1 <= 1 + u f32) by (generalize (u_pos f32); lra).
assert (H := float_g f32 n m cols gc ge bg (1 + u f32) positive V is_g (fun b i => proj1 (Bg b i)) Hg lose_g f64 f32_in_f64 blocks
	(few_f32 n length) r1 q1 c1).
assert (T := rel_rnd f32 _ _ _ _ _ H). fold a1 A average_g in T.
destruct f_small as [F1 F2]. assert (E := eta64). assert (E0 := eta_0). assert (Ed := eta_pos f64).
apply (rel_weaken _ _ _ _ _ _ _ _ T); [| lra | right; ring |].
- assert (1 <= (1 + u f32) ^ 3) by (apply pow_R1_Rle; lra).
  rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; try lra. rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; try lra.
  rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; lra.
- assert (f_double n f64 * ((1 + u f32) ^ 3 * eta f32) <= (1 + / 1000 * u f32) * ((1 + u f32) ^ 3 * eta f32)).
  { apply Rmult_le_compat_r; [| lra]. apply Rmult_le_pos; [apply pow_le; lra | exact E0]. }
  rewrite u32 in *. lra.
Qed.

Lemma gk_bound : 0 <= kk * gk.
Proof. destruct Hk as [H1 H2]. assert (0 <= Rabs (k - kk)) by apply Rabs_pos. rewrite (Rabs_pos_eq kk) in H2 by lra. nra. Qed.

(* c2's average times k, before it is rounded to float. *)
Lemma averages_error : 1 <= gk <= 1001 / 1000 -> rel (rnd f64 (quotient f64 r2 q2 cols * k)) average_gx P
	((1 + u f32) ^ 5 * gx * f_double n f64 * gk * (1 + u f64)) (31 / 10 * kk * eta f32).
Proof.
intro Gk. destruct gx_1 as [[G G'] G'']. assert (V : 1 <= 1 + u f32) by (generalize (u_pos f32); lra).
assert (H := float_gx c f32 n m cols gc ge xc xe M bg l (1 + u f32) gx positive V G (fun b i => proj1 (Bg b i)) Hg Hx Hl lose_l lose_m
	f64 f32_in_f64 blocks (few_f32 n length) r2 q2 c2).
assert (T := rel_rnd f64 _ _ _ _ _ (rel_times _ _ _ _ _ _ _ _ H Hk)).
destruct f_small as [F1 F2]. assert (E := eta64). assert (E0 := eta_0). assert (Ed := eta_pos f64). assert (U := u_pos f64).
unfold average_gx, P. rewrite !(Rmult_comm kk (_ / _)).
apply (rel_weaken _ _ _ _ _ _ _ _ T); [| lra | right; ring |].
- assert (1 <= (1 + u f32) ^ 4) by (apply pow_R1_Rle; lra).
  repeat (rewrite <- (Rmult_1_l 1); apply Rmult_le_compat; try lra).
- set (Z := f_double n f64 * ((1 + u f32) ^ 5 * ((2 * gx + 1) * eta f32)) + eta f64).
  assert (HZ : 0 <= Z <= 304 / 100 * eta f32).
  { unfold Z. assert (P5 : 0 <= (1 + u f32) ^ 5 * ((2 * gx + 1) * eta f32)).
    { apply Rmult_le_pos; [apply pow_le; lra |]. apply Rmult_le_pos; lra. }
    split; [assert (0 <= f_double n f64 * ((1 + u f32) ^ 5 * ((2 * gx + 1) * eta f32))) by (apply Rmult_le_pos; lra); lra |].
    assert (f_double n f64 * ((1 + u f32) ^ 5 * ((2 * gx + 1) * eta f32)) <= (1 + / 1000 * u f32) * ((1 + u f32) ^ 5 * ((2 * gx + 1) * eta
      f32)))
      by (apply Rmult_le_compat_r; lra).
    assert ((2 * gx + 1) * eta f32 <= 3002 / 1000 * eta f32) by (apply Rmult_le_compat_r; lra).
    assert ((1 + / 1000 * u f32) * (1 + u f32) ^ 5 * ((2 * gx + 1) * eta f32) <= 1001 / 1000 * (3002 / 1000 * eta f32)).
    { apply Rmult_le_compat; try lra; [| apply Rmult_le_pos; lra | rewrite u32; lra].
      apply Rmult_le_pos; [lra | apply pow_le; lra]. }
    lra. }
  assert (gk * kk * Z <= 1001 / 1000 * kk * (304 / 100 * eta f32)).
  { apply Rmult_le_compat; try lra; [apply Rmult_le_pos; lra | apply Rmult_le_compat_r; lra]. }
  assert (kk * eta f32 >= eta f32) by nra.
  assert (0 <= kk * eta f32) by (apply Rmult_le_pos; lra).
  rewrite u64. lra.
Qed.

(* One column. *)
Variables (b i : nat).
Let g := gc b i.
Let xhat := xc b i.
Let exact := (ge b i - average_g - xe b i * average_gx) * r.
Let D3 D := u f32 * (r * (D1_of e * Rabs (ge b i) + D2_of e * A + D * (M b i * P))).

Lemma weights : 0 <= A /\ 0 <= P /\ 0 <= r /\ 0 <= M b i.
Proof.
assert (W : 0 <= r) by (apply (near_pos _ _ _ _ Hr)). assert (Mp : forall b i, 0 <= M b i) by (intros; apply (near_pos _ _ _ _ (Hx _ _))).
assert (I : 0 < / cols) by now apply Rinv_0_lt_compat.
repeat split; try assumption; [| | apply Mp].
- unfold A. apply Rmult_le_pos; [| lra]. unfold whole. apply sum_pos; intros; apply sum_pos; intros; apply Rabs_pos.
- unfold P. apply Rmult_le_pos; [lra |]. apply Rmult_le_pos; [| lra].
  unfold whole. apply sum_pos; intros; apply sum_pos; intros. apply Rmult_le_pos; [apply Rabs_pos | apply Mp].
Qed.

Lemma grow_bounds : 1 <= gr <= 1001 / 1000.
Proof.
assert ((1 + e * u f32) * (1 + u f32) <= 1001 / 1000) by (rewrite u32; lra). lra.
Qed.

(* Growths multiply, their exponents add, up to a thousandth. *)
Lemma grow_add v w x y : 0 <= v <= 70 -> 0 <= w <= 70 -> 0 <= x -> 0 <= y -> x <= 1 + v * u f32 -> y <= 1 + w * u f32 -> x * y <= 1 + (v +
	w + / 1000) * u f32.
Proof.
intros Lv Lw Lx Ly Bx By. assert (x * y <= (1 + v * u f32) * (1 + w * u f32)) by (apply Rmult_le_compat; lra).
assert (v * w <= 70 * 70) by (apply Rmult_le_compat; lra). rewrite u32 in *. lra.
Qed.
Lemma gr_number : gr <= 1 + (e + 1 + / 1000) * u f32.
Proof. eapply Rle_trans; [apply gr_1 |]. apply (grow_add e 1); try lra; rewrite u32; lra. Qed.
Lemma D1_number : (1 + u f32) * (1 + u f32) ^ 3 * gr - 1 <= D1_of e * u f32.
Proof.
assert (H : (1 + u f32) * (1 + u f32) ^ 3 * gr <= 1 + (4001 / 1000 + (e + 1 + / 1000) + / 1000) * u f32).
{ assert (B := grow_bounds). apply grow_add; try lra; [| | apply gr_number]; rewrite u32; lra. }
unfold D1_of. rewrite u32 in *. lra.
Qed.
Lemma D2_number : (1 + u f32) ^ 5 * f_double n f64 * (1 + u f32) ^ 3 * gr - 1 <= D2_of e * u f32.
Proof.
destruct f_small as [F1 F2]. assert (B := grow_bounds).
assert (K : 0 <= (1 + u f32) ^ 5 * f_double n f64 * (1 + u f32) ^ 3 <= 1 + 801 / 100 * u f32).
{ replace ((1 + u f32) ^ 5 * f_double n f64 * (1 + u f32) ^ 3) with ((1 + u f32) ^ 8 * f_double n f64) by ring.
  assert (Q : 0 <= (1 + u f32) ^ 8) by (apply pow_le; generalize (u_pos f32); lra). split; [apply Rmult_le_pos; lra |].
  apply Rle_trans with ((1 + u f32) ^ 8 * (1 + / 1000 * u f32)); [apply Rmult_le_compat_l; lra | rewrite u32; lra]. }
assert (H : (1 + u f32) ^ 5 * f_double n f64 * (1 + u f32) ^ 3 * gr <= 1 + (801 / 100 + (e + 1 + / 1000) + / 1000) * u f32).
{ apply grow_add; try lra. apply gr_number. }
unfold D2_of. rewrite u32 in *. lra.
Qed.
Lemma gxx_number : 0 <= gx * gx <= 1 + (X + X + / 1000) * u f32.
Proof. destruct gx_1 as [[G _] _]. split; [apply Rmult_le_pos; lra |]. apply grow_add; unfold gx in *; lra. Qed.

(* k and rstd together: with LN_EPS_OUTSIDE both come from one root, see backward_outside.v. *)
Hypothesis Gk : 1 <= gk.
Hypothesis M1 : 1 <= M b i.

Theorem dx_after_f32 : gk * gr <= 1 + (1 + e + 2 / 100) * u f32 ->
	Rabs (rnd f32 (madd c f32 (- xhat) a2 (rnd f32 (g - a1)) * rs) - exact)
	<= D3 (D3_after_of c X e) + eta f32 * (10 * r * M b i * kk + 1).
Proof.
intro Hgk. destruct grow_bounds as [R1 R2].
assert (Gk2 : gk <= 1001 / 1000).
{ assert (gk * 1 <= gk * gr) by (apply Rmult_le_compat_l; lra). rewrite u32 in Hgk. lra. }
assert (H := averages_error (conj Gk Gk2)).
assert (T := rel_rnd f32 _ _ _ _ _ H). fold a2 in T.
destruct gx_1 as [[G G'] G'']. destruct f_small as [F1 F2]. destruct weights as (WA & WP & Wr & WM).
assert (E0 := eta_0).
set (G2 := (1 + u f32) ^ 5 * gx * f_double n f64 * gk * (1 + u f64) * (1 + u f32)) in T.
set (B2 := (1 + u f32) * (31 / 10 * kk * eta f32) + eta f32) in T.
assert (ke : eta f32 <= kk * eta f32) by (rewrite <- (Rmult_1_l (eta f32)) at 1; apply Rmult_le_compat_r; lra).
assert (HB : 0 <= B2 <= 411 / 100 * (kk * eta f32)) by (unfold B2; rewrite u32; split; lra).
assert (D := dx_after c f32 g a1 a2 xhat rs (ge b i) average_g average_gx (xe b i) r A (M b i) P (1 + u f32) _ G2 gx (gr) (bg b i) _ B2
	(is_g b i) (is_rnd f32 _) (Hg b i) a1_error (Hx b i) Hr G (proj1 HB) T).
destruct D as [D _]. fold exact in D. eapply Rle_trans; [exact D |]. clear D.
set (et := eta f32) in *. assert (Bgi := Bg b i). fold et in Bgi. assert (U := u32).
apply Rplus_le_compat.
- unfold D3. assert (N1 := D1_number). assert (N2 := D2_number).
  assert (N3 : gx * G2 * extra c f32 * (1 + u f32) ^ 2 * gr - 1 <= D3_after_of c X e * u f32).
  { assert (V := extra_1 c f32). assert (Up := u_pos f32). assert (Ud := u_pos f64).
    set (K := (1 + u f32) ^ 8 * extra c f32 * (1 + u f64) * f_double n f64).
    assert (KP : 0 <= (1 + u f32) ^ 8 * extra c f32 * (1 + u f64)) by (repeat apply Rmult_le_pos; try lra; apply pow_le; lra).
    assert (HK : 0 <= K <= 1 + match c with Fused => 801 / 100 | Unfused => 901 / 100 end * u f32).
    { unfold K. split; [apply Rmult_le_pos; lra |].
      apply Rle_trans with ((1 + u f32) ^ 8 * extra c f32 * (1 + u f64) * (1 + / 1000 * u f32)); [apply Rmult_le_compat_l; lra |].
      unfold extra. rewrite u32, u64. destruct c; lra. }
    assert (HX := gxx_number). assert (Z : 0 <= gk * gr) by (apply Rmult_le_pos; lra).
    assert (S1 : K * (gx * gx) <= 1 + (match c with Fused => 801 / 100 | Unfused => 901 / 100 end + (X + X + / 1000) + / 1000) * u f32)
      by (apply grow_add; destruct c; lra).
    assert (S2 : K * (gx * gx) * (gk * gr) <= 1 + (match c with Fused => 801 / 100 | Unfused => 901 / 100 end + (X + X + / 1000) + / 1000
      + (1 + e + 2 / 100) + / 1000) * u f32).
    { apply grow_add; [destruct c; lra | lra | apply Rmult_le_pos; lra | exact Z | exact S1 | exact Hgk]. }
    replace (gx * G2 * extra c f32 * (1 + u f32) ^ 2 * gr) with (K * (gx * gx) * (gk * gr)) by (unfold G2, K; ring).
    unfold D3_after_of. rewrite u32 in *. destruct c; lra. }
  assert (T1 : ((1 + u f32) * (1 + u f32) ^ 3 * gr - 1) * (r * Rabs (ge b i)) <= D1_of e * u f32 * (r * Rabs (ge b i)))
    by (apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra | apply Rabs_pos] | lra]).
  assert (T2 : ((1 + u f32) ^ 5 * f_double n f64 * (1 + u f32) ^ 3 * gr - 1) * (r * A) <= D2_of e * u f32 * (r * A))
    by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra | lra]).
  assert (T3 : (gx * G2 * extra c f32 * (1 + u f32) ^ 2 * gr - 1) * (r * (M b i * P)) <= D3_after_of c X e * u f32 * (r * (M b i * P)))
    by (apply Rmult_le_compat_r; [apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra] | lra]).
  lra.
- assert (Q2 : 0 <= gx * M b i * B2 <= 412 / 100 * (M b i * (kk * et))).
  { assert (Y : 0 <= M b i * B2 <= M b i * (411 / 100 * (kk * et))) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_l; lra]).
    rewrite Rmult_assoc. split; [apply Rmult_le_pos; lra |].
    apply Rle_trans with (1001 / 1000 * (M b i * (411 / 100 * (kk * et)))); [apply Rmult_le_compat; lra |].
    assert (0 <= M b i * (kk * et)) by (apply Rmult_le_pos; lra). lra. }
  assert (em : et <= M b i * (kk * et)).
  { apply Rle_trans with (1 * (kk * et)); [lra | apply Rmult_le_compat_r; lra]. }
  set (I := (1 + u f32) * ((1 + u f32) * (bg b i + 201 / 100 * et) + (1 + u f32) * (gx * M b i * B2) + 2 * et)).
  assert (HI : 0 <= I <= 92 / 10 * (M b i * (kk * et))) by (unfold I; rewrite U; split; lra).
  assert (RI : gr * r * I <= 93 / 10 * (r * (M b i * (kk * et)))).
  { assert (Y : 0 <= r * I <= r * (92 / 10 * (M b i * (kk * et)))) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_l; lra]).
    rewrite Rmult_assoc. apply Rle_trans with (1001 / 1000 * (r * (92 / 10 * (M b i * (kk * et))))); [apply Rmult_le_compat; lra |].
    assert (0 <= r * (M b i * (kk * et))) by (apply Rmult_le_pos; lra). lra. }
  assert (0 <= r * (M b i * (kk * et))) by (apply Rmult_le_pos; lra).
  replace (et * (10 * r * M b i * kk + 1)) with (10 * (r * (M b i * (kk * et))) + et) by ring.
  apply Rplus_le_compat_r. apply Rle_trans with ((1 + u f32) * (93 / 10 * (r * (M b i * (kk * et))))).
  + apply Rmult_le_compat_l; [rewrite U; lra | exact RI].
  + rewrite U. lra.
Qed.
End Dx.
