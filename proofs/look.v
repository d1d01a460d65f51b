(* Section 3 of docs/numerics.md: the first look at a block and, where the test asks for it, the second. Whatever happens, the errors of
   the block's mean and m2 are those of one of three classes. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format moments.
Import ListNotations.
Local Open Scope R_scope.

Lemma abs_0 x : Rabs x <= 0 -> x = 0.
Proof. intro H. assert (A := Rle_abs x). assert (B := Rle_abs (- x)). rewrite Rabs_Ropp in B. lra. Qed.

Section Look.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Let u := u p.
Let eta := eta emin.
Let rnd := rnd emin p.
Let F := F emin p.

Lemma u_range : 0 < u <= / 16777216.
Proof.
split; [apply bpow_gt_0|]. replace (/ 16777216) with (bpow radix2 (-24)) by (simpl; lra). apply bpow_le. lia.
Qed.

Variable xs : list R.
Hypothesis xs_F : forall x, In x xs -> F x.
Hypothesis xs_len : (1 <= length xs <= 1024)%nat.

Definition n := INR (length xs).
Definition SS K := sum (fun x => x - K) xs.
Definition QQ K := sum (fun x => (x - K) * (x - K)) xs.
Definition DD K := sum (fun x => Rabs (x - K)) xs.
Definition mean := sum (fun x => x) xs / n.
Definition sig := sqrt (QQ mean / n).

Lemma n_range : 1 <= n <= 1024.
Proof.
unfold n. split; [replace 1 with (INR 1) by reflexivity|replace 1024 with (INR 1024) by (simpl; lra)]; apply le_INR; lia.
Qed.

Lemma SS_eq K : SS K = n * (mean - K).
Proof.
assert (N := n_range). unfold SS, mean. rewrite (sum_ext _ (fun x => x + (- K))) by (intros; ring). rewrite sum_add, sum_const. fold n.
  field. lra.
Qed.

Lemma sig_pos : 0 <= sig. Proof. apply sqrt_pos. Qed.
Lemma QQ_pos K : 0 <= QQ K. Proof. apply sum_pos. intros. apply Rle_0_sqr. Qed.
Lemma sig_sqr : n * (sig * sig) = QQ mean.
Proof.
assert (N := n_range). unfold sig. rewrite sqrt_def; [field; lra|]. apply Rmult_le_pos; [apply QQ_pos|]. left. apply Rinv_0_lt_compat. lra.
Qed.

Lemma QQ_eq K : QQ K = n * (sig * sig + (mean - K) * (mean - K)).
Proof.
assert (S0 : SS mean = 0) by (rewrite SS_eq; ring).
rewrite Rmult_plus_distr_l, sig_sqr. unfold QQ.
rewrite (sum_ext (fun x => (x - K) * (x - K)) (fun x => (x - mean) * (x - mean) + (2 * (mean - K) * (x - mean) + (mean - K) * (mean - K))))
  by (intros; ring).
rewrite !sum_add, sum_scal, sum_const. fold n. unfold SS in S0. rewrite S0. ring.
Qed.

Lemma SS_DD K : Rabs (SS K) <= DD K. Proof. apply sum_abs. Qed.
Lemma DD_QQ K : DD K * DD K <= n * QQ K. Proof. apply (cauchy_abs (fun x => x - K)). Qed.

Lemma m2_eq K : m2x n (SS K) (QQ K) = n * (sig * sig).
Proof. assert (N := n_range). unfold m2x. rewrite QQ_eq, SS_eq. field. lra. Qed.
Lemma Mu_eq K : Mu n K (SS K) = mean.
Proof. assert (N := n_range). unfold Mu. rewrite SS_eq. field. lra. Qed.

Lemma L_eq K : sqrt (n * QQ K) = n * sqrt (sig * sig + (mean - K) * (mean - K)).
Proof.
assert (N := n_range). rewrite QQ_eq. replace (n * (n * (sig * sig + (mean - K) * (mean - K)))) with (n * n * (sig * sig + (mean - K) *
  (mean - K))) by ring.
rewrite sqrt_mult_alt by apply Rle_0_sqr. rewrite sqrt_square by lra. reflexivity.
Qed.

Lemma hyp_le a b : 0 <= a -> sqrt (a * a + b * b) <= a + Rabs b.
Proof.
intro A. assert (B := Rabs_pos b). apply le_of_sqr; [lra|].
rewrite sqrt_def by (assert (H := Rle_0_sqr a); assert (H1 := Rle_0_sqr b); unfold Rsqr in *; lra).
replace (b * b) with (Rabs b * Rabs b) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
assert (0 <= a * Rabs b) by now apply Rmult_le_pos. lra.
Qed.

Lemma L_n K : sqrt (n * QQ K) / n <= sig + Rabs (mean - K).
Proof.
assert (N := n_range). rewrite L_eq. replace (n * sqrt (sig * sig + (mean - K) * (mean - K)) / n) with (sqrt (sig * sig + (mean - K) *
  (mean - K))) by (field; lra).
apply hyp_le, sig_pos.
Qed.

Lemma far_le x : In x xs -> Rabs (x - mean) <= 32 * sig.
Proof.
intro I. assert (N := n_range). assert (P := sig_pos). apply abs_le_of_sqr; [lra|].
assert (H : (x - mean) * (x - mean) <= QQ mean) by (apply (sum_pos_in (fun x => (x - mean) * (x - mean))); [intros;
  apply Rle_0_sqr|exact I]).
rewrite <- sig_sqr in H. assert (n * (sig * sig) <= 1024 * (sig * sig)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra.
Qed.

(* |S| against rho L: a pivot at a distance of at most k sig *)
Lemma S_rho K k rho : 0 <= rho -> Rabs (mean - K) <= k * sig -> k * k * (1 - rho * rho) <= rho * rho -> rho < 1 ->
  Rabs (SS K) <= rho * sqrt (n * QQ K).
Proof.
intros R0 H C R1. assert (N := n_range). assert (P := sig_pos). rewrite SS_eq, L_eq, Rabs_mult, (Rabs_pos_eq n) by lra.
replace (rho * (n * sqrt (sig * sig + (mean - K) * (mean - K)))) with (n * (rho * sqrt (sig * sig + (mean - K) * (mean - K)))) by ring.
apply Rmult_le_compat_l; [lra|].
set (d := mean - K) in *. assert (d0 := Rabs_pos d).
apply le_of_sqr; [apply Rmult_le_pos; [assumption|apply sqrt_pos]|].
replace (rho * sqrt (sig * sig + d * d) * (rho * sqrt (sig * sig + d * d))) with (rho * rho * (sqrt (sig * sig + d * d) * sqrt (sig * sig +
  d * d))) by ring.
rewrite sqrt_def by (assert (X := Rle_0_sqr sig); assert (Y := Rle_0_sqr d); unfold Rsqr in *; lra).
assert (DDe : Rabs d * Rabs d = d * d) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
assert (D1 : Rabs d * Rabs d <= k * sig * (k * sig)) by (apply Rmult_le_compat; lra).
assert (r1 : 0 <= 1 - rho * rho) by nra.
assert (D2 : (1 - rho * rho) * (Rabs d * Rabs d) <= (1 - rho * rho) * (k * sig * (k * sig))) by (apply Rmult_le_compat_l; assumption).
rewrite <- DDe.
assert (D3 : k * k * (1 - rho * rho) * (sig * sig) <= rho * rho * (sig * sig)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|assumption]).
lra.
Qed.

(* -- the unit of the floats about the mean -- *)
Definition ee := if Req_EM_T mean 0 then emin else Z.max (mag radix2 mean - p - 1) emin.

Lemma ee_ge : (emin <= ee)%Z. Proof. unfold ee. destruct (Req_EM_T mean 0); lia. Qed.
Definition h := bpow radix2 ee.

Lemma h_pos : 0 < h. Proof. apply bpow_gt_0. Qed.
Lemma u_mean : u * Rabs mean <= 2 * h.
Proof.
unfold h, u, format.u. replace 2 with (bpow radix2 1) by reflexivity. rewrite <- bpow_plus.
unfold ee. destruct (Req_EM_T mean 0) as [Z|Nz]; [rewrite Z, Rabs_R0, Rmult_0_r; apply bpow_ge_0|].
apply Rle_trans with (bpow radix2 (- p) * bpow radix2 (mag radix2 mean)).
- apply Rmult_le_compat_l; [apply bpow_ge_0|]. left. now apply bpow_mag_gt.
- rewrite <- bpow_plus. apply bpow_le. lia.
Qed.
Lemma eta_h : 2 * eta <= h.
Proof. unfold eta, format.eta, h. replace 2 with (bpow radix2 1) by reflexivity. rewrite <- bpow_plus. apply bpow_le. assert (H := ee_ge).
  lia. Qed.

Lemma grid y : F y -> Rabs (y - mean) <= 2000 * h -> mult ee y.
Proof.
intros Fy H. apply (F_mult emin p); [exact Fy|apply ee_ge|].
destruct (Z.eq_dec ee emin) as [G|G]; [now right|left].
assert (EN : ee = (mag radix2 mean - p - 1)%Z /\ mean <> 0) by (unfold ee in *; destruct (Req_EM_T mean 0); [now elim G|split;
  [lia|assumption]]).
destruct EN as (E & Nz).
assert (M := bpow_mag_le radix2 mean Nz).
assert (H1 : bpow radix2 (mag radix2 mean - 1) = 2 * bpow radix2 (ee + p - 1)).
{ replace 2 with (bpow radix2 1) by reflexivity. rewrite <- bpow_plus. f_equal. lia. }
assert (H2 : 2000 * h <= bpow radix2 (ee + p - 1)).
{ unfold h. replace (ee + p - 1)%Z with ((p - 1) + ee)%Z by lia. rewrite bpow_plus. apply Rmult_le_compat_r; [apply bpow_ge_0|].
  apply Rle_trans with (bpow radix2 23); [simpl; lra|apply bpow_le; lia]. }
assert (T : Rabs mean <= Rabs y + Rabs (y - mean)).
{ replace mean with (y - (y - mean)) at 1 by ring. unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
lra.
Qed.

(* what one look gives; r is exact where deviations are small multiples of a unit, q too if their squares do not vanish *)
Definition small e K := (emin <= e)%Z /\ mult e K /\ (forall x, In x xs -> mult e x /\ Rabs (x - K) <= 1448 * bpow radix2 e).
Record look (a b nu K r q mean' m2' : R) : Prop := {
  look_K : F K;
  look_r : Rabs (r - SS K) <= a * DD K;
  look_q : Rabs (q - QQ K) <= b * QQ K;
  look_mean : Rabs (mean' - (K + r / n)) <= nu * (Rabs r / n);
  look_m2 : Rabs (m2' - (q - r * r / n)) <= nu * q;
  look_exr : forall e, small e K -> r = SS K;
  look_exq : forall e, small e K -> (emin <= 2 * e)%Z -> q = QQ K }.
(* what a first look that is not final is good for *)
Record rlook (a nu K r mean' : R) : Prop := {
  rlook_K : F K;
  rlook_r : Rabs (r - SS K) <= a * DD K;
  rlook_mean : Rabs (mean' - (K + r / n)) <= nu * (Rabs r / n) }.
(* some deviation whose square does not vanish *)
Definition range K := exists x g, In x xs /\ bpow radix2 g <= Rabs (x - K) /\ (emin <= 2 * (g - 11))%Z.

Lemma range_small K e : range K -> small e K -> (emin <= 2 * e)%Z.
Proof.
intros (x & g & I & G & L) (_ & _ & S). destruct (S x I) as (_ & B).
assert (bpow radix2 g < bpow radix2 (11 + e)).
{ rewrite bpow_plus. assert (0 < bpow radix2 e) by apply bpow_gt_0.
  assert (bpow radix2 11 = 2048) by (simpl; lra). rewrite H0. lra. }
apply lt_bpow in H. lia.
Qed.

Lemma small_of K : F K -> Rabs (K - mean) <= 250 * h -> sig <= 36 * h -> small ee K.
Proof.
intros FK HK Hs. assert (P := h_pos). split; [apply ee_ge|]. split; [apply grid; [assumption|lra]|].
intros x I. assert (Fx := far_le x I). split; [apply grid; [now apply xs_F|lra]|]. fold h.
replace (x - K) with ((x - mean) + - (K - mean)) by ring. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.

(* elements that differ differ by the unit *)
Lemma spread x y : In x xs -> In y xs -> x <> y -> sig <= 36 * h -> h <= 46 * sig.
Proof.
intros Ix Iy Ne Hs. assert (P := h_pos). assert (N := n_range). assert (Sp := sig_pos).
assert (G : forall z, In z xs -> mult ee z) by (intros z I; apply grid; [now apply xs_F|assert (X := far_le z I); lra]).
assert (D : h <= Rabs (x - y)).
{ destruct (mult_sub ee x y (G x Ix) (G y Iy)) as (k & E). rewrite E, Rabs_mult, (Rabs_pos_eq (bpow radix2 ee)) by apply bpow_ge_0. fold h.
  assert (k <> 0)%Z. { intros ->. apply Ne. rewrite Rmult_0_l in E. lra. }
  assert (1 <= Rabs (IZR k)) by (rewrite <- abs_IZR; apply IZR_le; lia).
  rewrite <- (Rmult_1_l h) at 1. apply Rmult_le_compat_r; lra. }
assert (Q2 : (x - mean) * (x - mean) + (y - mean) * (y - mean) <= QQ mean).
{ clear G D Hs. unfold QQ. assert (Pz : forall l, 0 <= sum (fun z => (z - mean) * (z - mean)) l) by (intro; apply sum_pos; intros;
  apply Rle_0_sqr).
  assert (One : forall l z, In z l -> (z - mean) * (z - mean) <= sum (fun z => (z - mean) * (z - mean)) l).
  { intros l z I. apply (sum_pos_in (fun z => (z - mean) * (z - mean))); [intros; apply Rle_0_sqr|exact I]. }
  generalize xs Ix Iy. intro l. induction l as [|z l IH]; simpl; [easy|]. intros [Ex|Jx] [Ey|Jy].
  - subst. now elim Ne.
  - subst z. assert (A := One l y Jy). lra.
  - subst z. assert (A := One l x Jx). lra.
  - assert (A := IH Jx Jy). assert (B := Rle_0_sqr (z - mean)). unfold Rsqr in B. lra. }
rewrite <- sig_sqr in Q2. assert (B : n * (sig * sig) <= 1024 * (sig * sig)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]).
apply le_of_sqr; [lra|].
assert (X : Rabs (x - y) * Rabs (x - y) <= 2 * ((x - mean) * (x - mean) + (y - mean) * (y - mean))).
{ rewrite <- Rabs_mult, Rabs_pos_eq by apply Rle_0_sqr. assert (A := Rle_0_sqr ((x - mean) + (y - mean))). unfold Rsqr in A. lra. }
assert (Y : h * h <= Rabs (x - y) * Rabs (x - y)) by (apply Rmult_le_compat; lra).
assert (0 <= sig * sig) by apply Rle_0_sqr. lra.
Qed.

(* -- the classes -- *)
Inductive class (c k : R) : Prop :=
| ClassA : c = 3.1515 -> k = 4.3264 -> 18 * u * Rabs mean < sig -> class c k
| ClassB : c = 2.53 -> k = 5.1598 -> Rabs mean <= 10.2 * sig -> class c k
| ClassE : c = 0.0001 -> k = 0.0001 -> class c k.

Section Looks.
Variables a1 b1 a0 b0 nu : R.
Hypothesis a1_range : 0 <= a1 <= 3.00001 * u.
Hypothesis b1_range : 0 <= b1 <= 6.0041 * u.
Hypothesis a0_range : 0 <= a0 <= 2.00001 * u.
Hypothesis b0_range : 0 <= b0 <= 4.0001 * u.
Hypothesis nu_range : 0 <= nu <= u / 1000000.

Definition result (mean' m2' : R) := exists c k, class c k /\
  Rabs (mean' - mean) <= c * u * sig /\ Rabs (m2' - n * (sig * sig)) <= 2 * k * u * (n * (sig * sig)).

Lemma sig_m2 K : sqrt (m2x n (SS K) (QQ K) / n) = sig.
Proof.
assert (N := n_range). rewrite m2_eq. replace (n * (sig * sig) / n) with (sig * sig) by (field; lra). apply sqrt_square, sig_pos.
Qed.

(* a look whose rho is known *)
Lemma look_result a b K r q mean' m2' rho c k : 0 <= a <= / 1000 -> 0 <= b <= / 1000 -> look a b nu K r q mean' m2' -> 0 <= rho < 1 ->
  Rabs (SS K) <= rho * sqrt (n * QQ K) -> 0 <= c -> 0 <= k -> class c k ->
  (a + 1.001 * nu) * (a + 1.001 * nu) <= c * u * (c * u) * (1 - rho * rho) ->
  b + a * (2 * rho + a) + 1.001 * nu <= 2 * k * u * (1 - rho * rho) -> result mean' m2'.
Proof.
intros A B L Hr HS Hc Hk C C1 C2. assert (N := n_range). assert (U := u_range).
destruct (block_errors n K (SS K) (QQ K) (DD K) r q mean' m2' a b nu ltac:(lra) (QQ_pos K) (SS_DD K) (DD_QQ K) A B ltac:(lra)
  (look_r _ _ _ _ _ _ _ _ L) (look_q _ _ _ _ _ _ _ _ L) (look_mean _ _ _ _ _ _ _ _ L) (look_m2 _ _ _ _ _ _ _ _ L)
  rho c k u ltac:(lra) Hc Hk Hr HS C1 C2) as (_ & E1 & E2).
rewrite Mu_eq, sig_m2 in E1. rewrite m2_eq in E2. exists c, k. repeat split; assumption.
Qed.

(* the same look, seen as exact *)
Lemma look_exact a b K r q mean' m2' : look a b nu K r q mean' m2' -> range K -> small ee K -> look 0 0 nu K r q mean' m2'.
Proof.
intros L Rg Sm. assert (Er := look_exr _ _ _ _ _ _ _ _ L ee Sm). assert (Eq := look_exq _ _ _ _ _ _ _ _ L ee Sm (range_small K ee Rg Sm)).
destruct L. constructor; try assumption; rewrite ?Er, ?Eq, Rminus_diag_eq, Rabs_R0 by reflexivity; lra.
Qed.

Lemma exact_result K r q mean' m2' rho : look 0 0 nu K r q mean' m2' -> 0 <= rho <= 0.71 -> Rabs (SS K) <= rho * sqrt (n * QQ K) ->
  result mean' m2'.
Proof.
intros L Hr HS. assert (U := u_range). assert (r2 : rho * rho <= 0.71 * 0.71) by (apply Rmult_le_compat; lra).
apply (look_result 0 0 K r q mean' m2' rho 0.0001 0.0001); try assumption; try lra.
- now apply ClassE.
- assert (N2 : (0 + 1.001 * nu) * (0 + 1.001 * nu) <= (1.001 * (u / 1000000)) * (1.001 * (u / 1000000))) by (apply Rmult_le_compat; lra).
  assert (0.0001 * u * (0.0001 * u) * 0.4 <= 0.0001 * u * (0.0001 * u) * (1 - rho * rho)) by (apply Rmult_le_compat_l;
    [apply Rle_0_sqr|lra]).
  assert (0 <= u * u) by apply Rle_0_sqr. lra.
- assert (2 * 0.0001 * u * 0.4 <= 2 * 0.0001 * u * (1 - rho * rho)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

(* class A: rho at most 0.30619; exact if sig is small, else sig is large against the mean *)
Lemma A_result K r q mean' m2' rho : look a1 b1 nu K r q mean' m2' -> range K -> 0 <= rho <= 0.3062 ->
  Rabs (SS K) <= rho * sqrt (n * QQ K) ->
  (sig <= 36 * h -> Rabs (K - mean) <= 250 * h) -> result mean' m2'.
Proof.
intros L Rg Hr HS HK. assert (U := u_range).
destruct (Rle_or_lt sig (36 * h)) as [Sm|Bg].
- apply (exact_result K r q mean' m2' rho); [|lra|assumption]. apply (look_exact a1 b1); [assumption|assumption|].
  apply small_of; [apply (look_K _ _ _ _ _ _ _ _ L)|now apply HK|assumption].
- assert (r2 : rho * rho <= 0.3062 * 0.3062) by (apply Rmult_le_compat; lra).
  apply (look_result a1 b1 K r q mean' m2' rho 3.1515 4.3264); try assumption; try lra.
  + apply ClassA; try reflexivity. assert (X := u_mean). lra.
  + assert (N2 : (a1 + 1.001 * nu) * (a1 + 1.001 * nu) <= (3.000012 * u) * (3.000012 * u)) by (apply Rmult_le_compat; lra).
    assert (3.1515 * u * (3.1515 * u) * (1 - 0.3062 * 0.3062) <= 3.1515 * u * (3.1515 * u) * (1 - rho * rho)) by (apply Rmult_le_compat_l;
      [apply Rle_0_sqr|lra]).
    assert (0 <= u * u) by apply Rle_0_sqr. lra.
  + assert (A1 : a1 * (2 * rho + a1) <= 3.00001 * u * (2 * 0.3062 + 0.000001)) by (apply Rmult_le_compat; lra).
    assert (2 * 4.3264 * u * (1 - 0.3062 * 0.3062) <= 2 * 4.3264 * u * (1 - rho * rho)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

(* -- the first pivot, and whether the block is final -- *)
Definition pivot_0 K := K = 0 /\ Rabs mean <= 10.2 * sig.
Definition pivot_t K := Rabs (K - mean) <= 5.7 * sig + 6.001 * u * Rabs mean + 2 * eta.

Lemma look_test a b K r q mean' m2' T1 rho : 0 <= a <= 3.00001 * u -> 0 <= b <= 6.0041 * u -> look a b nu K r q mean' m2' ->
  m2' >= T1 * q ->
  0.000001 <= rho <= 1 -> 1.000001 * (1.0000001 - T1) <= (rho - 0.000001) * (rho - 0.000001) -> T1 <= 1 ->
    Rabs (SS K) <= rho * sqrt (n * QQ K).
Proof.
intros A B L Ht Hr HR HT. assert (N := n_range). assert (U := u_range).
apply (test_rho n (SS K) (QQ K) (DD K) r q m2' a b nu ltac:(lra) (QQ_pos K) (SS_DD K) (DD_QQ K) ltac:(lra) ltac:(lra)
  (look_r _ _ _ _ _ _ _ _ L) (look_q _ _ _ _ _ _ _ _ L) (look_m2 _ _ _ _ _ _ _ _ L) T1 rho Ht); [lra| |exact HT].
apply Rle_trans with (1.000001 * (1.0000001 - T1)); [apply Rmult_le_compat; lra|].
eapply Rle_trans; [exact HR|]. apply Rmult_le_compat; lra.
Qed.

Theorem accepted_t_w K r q mean' m2' T1 : pivot_t K -> look a1 b1 nu K r q mean' m2' -> range K -> m2' >= T1 * q ->
  0.90624999 <= T1 <= 1 -> result mean' m2'.
Proof.
intros PK L Rg Ht HT. assert (U := u_range).
apply (A_result K r q mean' m2' 0.3062); try assumption; [lra| |].
- apply (look_test a1 b1 K r q mean' m2' T1); try assumption; try lra.
- intro Sm. assert (X := u_mean). assert (Y := eta_h). assert (Z := h_pos). unfold pivot_t in PK. lra.
Qed.

Theorem accepted_0_w K r q mean' m2' T1 : pivot_0 K -> look a0 b0 nu K r q mean' m2' -> m2' >= T1 * q -> 0.62499999 <= T1 <= 1 ->
  result mean' m2'.
Proof.
intros (_ & PK) L Ht HT. assert (U := u_range).
apply (look_result a0 b0 K r q mean' m2' 0.61238 2.53 5.1598); try assumption; try lra.
- apply (look_test a0 b0 K r q mean' m2' T1); try assumption; try lra.
- now apply ClassB.
- assert (N2 : (a0 + 1.001 * nu) * (a0 + 1.001 * nu) <= (2.000012 * u) * (2.000012 * u)) by (apply Rmult_le_compat; lra).
  assert (0 <= u * u) by apply Rle_0_sqr. lra.
- assert (A1 : a0 * (2 * 0.61238 + a0) <= 2.00001 * u * (2 * 0.61238 + 0.000001)) by (apply Rmult_le_compat; lra). lra.
Qed.

(* what is known of the mean after a first look *)
Lemma first_mean K r mean' : pivot_0 K /\ rlook a0 nu K r mean' \/ pivot_t K /\ rlook a1 nu K r mean' ->
  Rabs (mean' - mean) <= 23 * u * sig + 0.00001 * (u * Rabs mean) + 0.00001 * eta.
Proof.
intro H. assert (N := n_range). assert (U := u_range). assert (Sp := sig_pos). assert (M0 := Rabs_pos mean).
assert (e0 : 0 < eta) by apply bpow_gt_0. assert (us : 0 <= u * sig) by (apply Rmult_le_pos; lra).
  assert (um : 0 <= u * Rabs mean) by (apply Rmult_le_pos; lra).
destruct H as [((K0 & PK) & L)|(PK & L)].
- assert (E := mean_abs_err n K (SS K) (QQ K) (DD K) r mean' a0 nu ltac:(lra) (QQ_pos K) (SS_DD K) (DD_QQ K) ltac:(lra) ltac:(lra) (rlook_r
  _ _ _ _ _ L) (rlook_mean _ _ _ _ _ L)).
  rewrite Mu_eq in E. assert (LN := L_n K). rewrite K0, Rminus_0_r in LN.
  assert ((a0 + 1.001 * nu) * (sqrt (n * QQ K) / n) <= 2.00002 * u * (11.2 * sig)).
  { rewrite K0 in *. apply Rmult_le_compat; try lra. apply Rmult_le_pos; [apply sqrt_pos|]. left; apply Rinv_0_lt_compat; lra. }
  lra.
- assert (E := mean_abs_err n K (SS K) (QQ K) (DD K) r mean' a1 nu ltac:(lra) (QQ_pos K) (SS_DD K) (DD_QQ K) ltac:(lra) ltac:(lra) (rlook_r
  _ _ _ _ _ L) (rlook_mean _ _ _ _ _ L)).
  rewrite Mu_eq in E. assert (LN := L_n K). rewrite Rabs_minus_sym in LN. unfold pivot_t in PK.
  assert ((a1 + 1.001 * nu) * (sqrt (n * QQ K) / n) <= 3.00002 * u * (6.7 * sig + 6.001 * u * Rabs mean + 2 * eta)).
  { apply Rmult_le_compat; try lra. apply Rmult_le_pos; [apply sqrt_pos|]. left; apply Rinv_0_lt_compat; lra. }
  assert (u * (u * Rabs mean) <= / 16777216 * (u * Rabs mean)) by (apply Rmult_le_compat_r; lra).
  assert (u * eta <= / 16777216 * eta) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Theorem second_w K r mean1 mh K2 r2 q2 mean' m2' :
  pivot_0 K /\ rlook a0 nu K r mean1 \/ pivot_t K /\ rlook a1 nu K r mean1 ->
  (exists x y, In x xs /\ In y xs /\ x <> y) ->
  Rabs (mh - mean1) <= 0.000001 * u * Rabs mean1 -> K2 = rnd mh ->
  look a1 b1 nu K2 r2 q2 mean' m2' -> range K2 -> result mean' m2'.
Proof.
intros H1 (x & y & Ix & Iy & Ne) Hm HK L Rg. assert (N := n_range). assert (U := u_range). assert (Sp := sig_pos).
  assert (M0 := Rabs_pos mean).
assert (hp := h_pos). assert (uh := u_mean). assert (eh := eta_h). assert (e0 : 0 < eta) by apply bpow_gt_0.
assert (us : 0 <= u * sig <= / 16777216 * sig) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (um : 0 <= u * Rabs mean) by (apply Rmult_le_pos; lra).
assert (F1 := first_mean K r mean1 H1).
assert (M1 : Rabs mean1 <= Rabs mean + (23 * u * sig + 0.00001 * (u * Rabs mean) + 0.00001 * eta)).
{ replace mean1 with (mean + (mean1 - mean)) by ring. eapply Rle_trans; [apply Rabs_triang|lra]. }
assert (uM1 : u * Rabs mean1 <= u * (Rabs mean + (23 * u * sig + 0.00001 * (u * Rabs mean) + 0.00001 * eta))) by (apply Rmult_le_compat_l;
  lra).
assert (uu : u * (u * sig) <= / 16777216 * (u * sig)) by (apply Rmult_le_compat_r; lra).
assert (uu2 : u * (u * Rabs mean) <= / 16777216 * (u * Rabs mean)) by (apply Rmult_le_compat_r; lra).
assert (ue : u * eta <= / 16777216 * eta) by (apply Rmult_le_compat_r; lra).
assert (MH : Rabs (mh - mean) <= 24 * u * sig + 0.000015 * (u * Rabs mean) + 0.000015 * eta).
{ replace (mh - mean) with ((mh - mean1) + (mean1 - mean)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
assert (RK : Rabs (K2 - mh) <= u * Rabs mh + eta) by (rewrite HK; exact (rnd_err emin p ltac:(lia) mh)).
assert (AM : Rabs mh <= Rabs mean + Rabs (mh - mean)) by (replace mh with (mean + (mh - mean)) at 1 by ring; apply Rabs_triang).
assert (uAM : u * Rabs mh <= u * (Rabs mean + (24 * u * sig + 0.000015 * (u * Rabs mean) + 0.000015 * eta))) by (apply Rmult_le_compat_l;
  lra).
assert (KM : Rabs (K2 - mean) <= 2.6 * h + 25 * (u * sig)).
{ replace (K2 - mean) with ((K2 - mh) + (mh - mean)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
destruct (Rle_or_lt (Rabs (K2 - mean)) (0.32 * sig)) as [Near|Far].
- apply (A_result K2 r2 q2 mean' m2' 0.305); try assumption; try lra.
  apply (S_rho K2 0.32 0.305); try lra. rewrite Rabs_minus_sym. exact Near.
- assert (Sm : sig <= 8.2 * h) by lra.
  assert (hs := spread x y Ix Iy Ne ltac:(lra)).
  (* no element is nearer to mh than K2 *)
  assert (Nr : Rabs (K2 - mh) <= sig + Rabs (mh - mean)).
  { apply le_of_sqr; [assert (X := Rabs_pos (mh - mean)); lra|].
    assert (B : n * (Rabs (K2 - mh) * Rabs (K2 - mh)) <= QQ mh).
    { unfold n, QQ. rewrite Rmult_comm, <- sum_const. apply sum_le. intros z I.
      replace ((z - mh) * (z - mh)) with (Rabs (z - mh) * Rabs (z - mh)) by (rewrite <- Rabs_mult; apply Rabs_pos_eq, Rle_0_sqr).
      assert (Rabs (K2 - mh) <= Rabs (z - mh)) by (rewrite HK; apply (rnd_nearest emin p ltac:(lia)); now apply xs_F).
      apply Rmult_le_compat; try apply Rabs_pos; assumption. }
    rewrite QQ_eq in B. apply Rmult_le_reg_l in B; [|lra].
    assert (DDe : Rabs (mh - mean) * Rabs (mh - mean) = (mean - mh) * (mean - mh)).
    { rewrite <- Rabs_mult, Rabs_pos_eq by apply Rle_0_sqr. ring. }
    assert (0 <= sig * Rabs (mh - mean)) by (apply Rmult_le_pos; [lra|apply Rabs_pos]). lra. }
  assert (K1005 : Rabs (K2 - mean) <= 1.005 * sig).
  { replace (K2 - mean) with ((K2 - mh) + (mh - mean)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  apply (exact_result K2 r2 q2 mean' m2' 0.709); [|lra|].
  + apply (look_exact a1 b1); [assumption|assumption|]. apply small_of; [apply (look_K _ _ _ _ _ _ _ _ L)|lra|lra].
  + apply (S_rho K2 1.005 0.709); try lra. rewrite Rabs_minus_sym. exact K1005.
Qed.

(* equal elements: the pivot is the element, and the first look is final *)
Theorem constant a b K r q mean' m2' : (forall x, In x xs -> x = K) -> look a b nu K r q mean' m2' ->
  mean' = mean /\ m2' = 0 /\ q = 0 /\ sig = 0.
Proof.
intros All L. assert (N := n_range).
assert (S0 : SS K = 0) by (unfold SS; rewrite (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (All x I); ring); rewrite sum_const; ring).
assert (D0 : DD K = 0) by (unfold DD; rewrite (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (All x I), Rminus_diag_eq, Rabs_R0;
  reflexivity); rewrite sum_const; ring).
assert (Q0 : QQ K = 0) by (unfold QQ; rewrite (sum_ext _ (fun _ => 0)) by (intros x I; rewrite (All x I); ring); rewrite sum_const; ring).
assert (M : mean = K) by (rewrite SS_eq in S0; destruct (Rmult_integral _ _ S0); lra).
destruct L as [_ Lr Lq Lm L2 _ _]. rewrite S0, D0, Rmult_0_r, Rminus_0_r in Lr. rewrite Q0, Rmult_0_r, Rminus_0_r in Lq.
assert (r = 0) by (apply abs_0; assumption).
assert (q = 0) by (apply abs_0; assumption). subst r q.
replace (nu * (Rabs 0 / n)) with 0 in Lm by (rewrite Rabs_R0; field; lra). replace (K + 0 / n) with K in Lm by (field; lra).
replace (m2' - (0 - 0 * 0 / n)) with m2' in L2 by (field; lra). rewrite Rmult_0_r in L2.
assert (mean' - K = 0) by (apply abs_0; assumption).
assert (m2' = 0) by now apply abs_0.
repeat split; try lra. unfold sig. rewrite M, Q0. unfold Rdiv. rewrite Rmult_0_l. apply sqrt_0.
Qed.

End Looks.

(* where squares lose nothing to underflow *)
Section Narrow.
Variables a1 b1 a0 b0 nu : R.
Hypothesis a1_range : 0 <= a1 <= 3.00001 * u.
Hypothesis b1_range : 0 <= b1 <= 6.00001 * u.
Hypothesis a0_range : 0 <= a0 <= 2.00001 * u.
Hypothesis b0_range : 0 <= b0 <= 4.00001 * u.
Hypothesis nu_range : 0 <= nu <= u / 1000000.

Theorem accepted_t K r q mean' m2' T1 : pivot_t K -> look a1 b1 nu K r q mean' m2' -> range K -> m2' >= T1 * q ->
  0.90624999 <= T1 <= 1 -> result mean' m2'.
Proof. assert (U := u_range). apply accepted_t_w; try assumption; lra. Qed.
Theorem accepted_0 K r q mean' m2' T1 : pivot_0 K -> look a0 b0 nu K r q mean' m2' -> m2' >= T1 * q -> 0.62499999 <= T1 <= 1 ->
  result mean' m2'.
Proof. assert (U := u_range). apply (accepted_0_w a1 a0 b0 nu); try assumption; lra. Qed.
Theorem second K r mean1 mh K2 r2 q2 mean' m2' : pivot_0 K /\ rlook a0 nu K r mean1 \/ pivot_t K /\ rlook a1 nu K r mean1 ->
  (exists x y, In x xs /\ In y xs /\ x <> y) -> Rabs (mh - mean1) <= 0.000001 * u * Rabs mean1 -> K2 = rnd mh ->
  look a1 b1 nu K2 r2 q2 mean' m2' -> range K2 -> result mean' m2'.
Proof. assert (U := u_range). apply (second_w a1 b1 a0 nu); try assumption; lra. Qed.
End Narrow.
End Look.
