(* Section 9 of docs/numerics.md, the pairs of section 3: quotient, m2 and mean, each but for some 2^-100 of what goes in. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import format wide merge step.
Local Open Scope R_scope.

Lemma abs_sub a b : Rabs (a - b) <= Rabs a + Rabs b.
Proof. unfold Rminus. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. Qed.
Lemma sub64 x y : F64 x -> F64 y -> Rabs (rnd64 (x - y) - (x - y)) <= u64 * Rabs (x - y).
Proof. exact (sub_err emin64 53 ltac:(lia) x y). Qed.
(* rounding at most adds its error *)
Lemma of_err x y e : Rabs (x - y) <= e -> Rabs x <= Rabs y + e.
Proof. intro H. replace x with ((x - y) + y) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. Qed.

Section Pairs.
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).

Definition quo a n := rnd64 (a / n).
Definition quo_lo a al n := let c := quo a n in rnd64 (rnd64 (rnd64 (rnd64 (a - pr c n) - pe c n) + al) / n).

Section Quotient.
Variables a al n : R.
Hypothesis Fs : F64 a /\ F64 al /\ F64 n.
Hypothesis n1 : 1 <= n.
Hypothesis al_a : Rabs al <= 1.01 * u64 * Rabs a.
Let c := quo a n.
Let cl := quo_lo a al n.
Let w := Rabs a / n.

Lemma w_pos : 0 <= w. Proof. apply Rmult_le_pos; [apply Rabs_pos|]. left. apply Rinv_0_lt_compat. lra. Qed.
Lemma w_n : w * n = Rabs a. Proof. unfold w. field. lra. Qed.

Lemma quo_err : Rabs (c - a / n) <= u64 * w + eta64.
Proof.
assert (E := rnd64_err (a / n)). unfold c, quo, w. eapply Rle_trans; [exact E|]. unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ n));
  [lra|].
left. apply Rinv_0_lt_compat. lra.
Qed.

Theorem quotient : Rabs (c + cl - (a + al) / n) <= 14 * (u64 * (u64 * w)) + 9 * eta64 /\
  Rabs c <= w + u64 * w + eta64 /\ Rabs cl <= 4.3 * (u64 * w) + 16 * eta64.
Proof.
destruct Fs as (Fa & Fal & Fn). assert (U := u64_val). assert (e0 := eta64_pos). assert (W := w_pos). assert (Wn := w_n).
  assert (Q := quo_err).
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra). assert (nn : n * / n = 1) by (field; lra).
assert (ni1 : / n <= 1) by (rewrite <- Rinv_1; apply Rinv_le; lra).
assert (Fc : F64 c) by apply rnd64_F. destruct (pe_ok c n Fc Fn) as (Fe & _ & Pe). set (e := pe c n) in *. set (p := pr c n) in *.
assert (Fp : F64 p) by apply rnd64_F.
set (A := Rabs a) in *. assert (A0 : 0 <= A) by apply Rabs_pos.
assert (uA : 0 <= u64 * A <= 0.0001 * A) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
set (en := eta64 * n). assert (en1 : eta64 <= en) by (unfold en; rewrite <- (Rmult_1_r eta64) at 1; apply Rmult_le_compat_l; lra).
assert (uen : 0 <= u64 * en <= 0.0001 * en) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Cn : Rabs (c * n - a) <= u64 * A + en).
{ replace (c * n - a) with ((c - a / n) * n) by (field; lra). rewrite Rabs_mult, (Rabs_pos_eq n) by lra.
  apply Rle_trans with ((u64 * w + eta64) * n); [apply Rmult_le_compat_r; lra|]. unfold en. rewrite <- Wn. lra. }
assert (Ca : Rabs (c * n) <= A + (u64 * A + en)) by (apply of_err; exact Cn).
assert (P : Rabs (p - c * n) <= u64 * Rabs (c * n) + eta64) by apply rnd64_err.
assert (uC : u64 * Rabs (c * n) <= u64 * (A + (u64 * A + en))) by (apply Rmult_le_compat_l; lra).
assert (uuA : 0 <= u64 * (u64 * A) <= 0.0001 * (u64 * A)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuen : u64 * (u64 * en) <= 0.0001 * (u64 * en)) by (apply Rmult_le_compat_r; lra).
assert (ap : Rabs (a - p) <= 2.01 * (u64 * A) + 2.01 * en).
{ replace (a - p) with (- (c * n - a) - (p - c * n)) by ring. eapply Rle_trans; [apply abs_sub|]. rewrite Rabs_Ropp. lra. }
assert (eb : Rabs e <= 1.01 * (u64 * A) + 9 * en).
{ replace e with ((p + e - c * n) - (p - c * n)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
set (z1 := rnd64 (a - p)). assert (E1 : Rabs (z1 - (a - p)) <= u64 * Rabs (a - p)) by (apply sub64; assumption).
assert (u1 : u64 * Rabs (a - p) <= u64 * (2.01 * (u64 * A) + 2.01 * en)) by (apply Rmult_le_compat_l; lra).
assert (Z1 := of_err _ _ _ E1). assert (d1 := abs_sub z1 e).
set (z2 := rnd64 (z1 - e)). assert (E2 : Rabs (z2 - (z1 - e)) <= u64 * Rabs (z1 - e)) by (apply sub64; [apply rnd64_F|exact Fe]).
assert (u2 : u64 * Rabs (z1 - e) <= u64 * (3.04 * (u64 * A) + 11.1 * en)) by (apply Rmult_le_compat_l; lra).
assert (Z2 := of_err _ _ _ E2). assert (d2 := Rabs_triang z2 al).
set (z3 := rnd64 (z2 + al)). assert (E3 : Rabs (z3 - (z2 + al)) <= u64 * Rabs (z2 + al)) by (apply add64; [apply rnd64_F|exact Fal]).
assert (u3 : u64 * Rabs (z2 + al) <= u64 * (4.1 * (u64 * A) + 11.2 * en)) by (apply Rmult_le_compat_l; lra).
assert (Z3 := of_err _ _ _ E3). assert (Z3b : Rabs z3 <= 4.2 * (u64 * A) + 11.3 * en) by lra.
assert (E4 : Rabs (cl - z3 / n) <= u64 * Rabs (z3 / n) + eta64) by apply rnd64_err.
assert (dv : forall x y, Rabs x <= y -> Rabs (x / n) <= y / n).
{ intros x y H. unfold Rdiv. rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra. apply Rmult_le_compat_r; lra. }
assert (Wd : A / n = w) by reflexivity. assert (end_ : en / n = eta64) by (unfold en; field; lra).
assert (z3n : Rabs (z3 / n) <= 4.2 * (u64 * w) + 11.3 * eta64).
{ eapply Rle_trans; [apply (dv _ _ Z3b)|]. right. rewrite <- Wd, <- end_. field. lra. }
assert (u4 : u64 * Rabs (z3 / n) <= u64 * (4.2 * (u64 * w) + 11.3 * eta64)) by (apply Rmult_le_compat_l; lra).
assert (ue : 0 <= u64 * eta64 <= 0.0001 * eta64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uw : 0 <= u64 * w <= 0.0001 * w) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuw : 0 <= u64 * (u64 * w) <= 0.0001 * (u64 * w)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
split; [|split].
- replace (c + cl - (a + al) / n) with ((cl - z3 / n) + ((z3 - (z2 + al)) + ((z2 - (z1 - e)) + ((z1 - (a - p)) - (p + e - c * n)))) / n)
  by (field; lra).
  eapply Rle_trans; [apply Rabs_triang|].
  assert (T : Rabs ((z3 - (z2 + al)) + ((z2 - (z1 - e)) + ((z1 - (a - p)) - (p + e - c * n)))) <= 9.2 * (u64 * (u64 * A)) + 7.01 * en).
  { eapply Rle_trans; [apply Rabs_triang|]. assert (T1 := Rabs_triang (z2 - (z1 - e)) ((z1 - (a - p)) - (p + e - c * n))).
    assert (T2 := abs_sub (z1 - (a - p)) (p + e - c * n)). lra. }
  assert (T2 := dv _ _ T). replace ((9.2 * (u64 * (u64 * A)) + 7.01 * en) / n) with (9.2 * (u64 * (u64 * w)) + 7.01 * eta64) in T2 by
    (rewrite <- Wd, <- end_; field; lra).
  lra.
- assert (X := of_err _ _ _ Q). assert (Y : Rabs (a / n) = w) by (unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra;
  reflexivity). lra.
- assert (X := of_err _ _ _ E4). lra.
Qed.
End Quotient.

(* m2 of a block: (q + ql) - (r + rl)^2 / n *)
Section M2.
Variables r rl q ql n : R.
Hypothesis Fs : F64 r /\ F64 rl /\ F64 q /\ F64 ql /\ F64 n.
Hypothesis n_range : 1 <= n <= 1024.
Hypothesis rl_r : Rabs rl <= 1.01 * u64 * Rabs r.
Hypothesis ql_q : Rabs ql <= 1.01 * u64 * Rabs q.
Let s := quo r n.
Let sl := quo_lo r rl n.
Let p := pr r s.
Let a := two_s q (- p).
Let e := two_e q (- p).
Definition m2_rest := rnd64 (rnd64 (two_e q (- pr r (quo r n)) + ql)
  - rnd64 (pe r (quo r n) + rnd64 (rnd64 (r * quo_lo r rl n) + rnd64 (rl * quo r n)))).
Definition m2_sum := two_s q (- pr r (quo r n)) + m2_rest.
Let g := r * r / n.

Lemma eta_r : eta64 * Rabs r <= eta64 + u64 * (u64 * g).
Proof.
assert (e0 := eta64_pos). assert (U := u64_val). assert (rr := Rle_0_sqr r). unfold Rsqr in rr.
assert (R2 : Rabs r * Rabs r = r * r) by (rewrite <- Rabs_mult; apply Rabs_pos_eq; exact rr).
assert (A : Rabs r <= 1 + r * r) by (rewrite <- R2; assert (X := Rle_0_sqr (Rabs r - 1)); unfold Rsqr in X; assert (Y := Rabs_pos r); lra).
assert (B : eta64 * Rabs r <= eta64 * (1 + r * r)) by (apply Rmult_le_compat_l; lra).
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra). assert (nn : n * / n = 1) by (field; lra).
assert (C : r * r <= 1024 * g).
{ unfold g. replace (1024 * (r * r / n)) with (r * r * (1024 * / n)) by (unfold Rdiv; ring).
  assert (1 <= 1024 * / n) by (assert (n * / n <= 1024 * / n) by (apply Rmult_le_compat_r; lra); lra).
  rewrite <- (Rmult_1_r (r * r)) at 1. apply Rmult_le_compat_l; lra. }
assert (g0 : 0 <= g) by (apply Rmult_le_pos; lra).
assert (D : eta64 * 1024 <= u64 * u64).
{ replace 1024 with (bpow radix2 10) by (simpl; lra). unfold eta64, u64. rewrite <- !bpow_plus. apply bpow_le. lia. }
assert (eta64 * (r * r) <= eta64 * (1024 * g)) by (apply Rmult_le_compat_l; lra).
assert (eta64 * 1024 * g <= u64 * u64 * g) by (apply Rmult_le_compat_r; lra). lra.
Qed.

Theorem m2_err : Rabs (m2_sum - ((q + ql) - (r + rl) * (r + rl) / n)) <= 60 * (u64 * (u64 * (Rabs q + g))) + 60 * eta64.
Proof.
destruct Fs as (Fr & Frl & Fq & Fql & Fn). assert (U := u64_val). assert (e0 := eta64_pos). assert (er := eta_r).
destruct (quotient r rl n (conj Fr (conj Frl Fn)) (proj1 n_range) rl_r) as (Q1 & Q2 & Q3). fold s sl in Q1, Q2, Q3.
set (w := Rabs r / n) in *.
assert (ni : 0 < / n) by (apply Rinv_0_lt_compat; lra).
assert (w0 : 0 <= w) by (apply Rmult_le_pos; [apply Rabs_pos|lra]).
assert (rr := Rle_0_sqr r). unfold Rsqr in rr. assert (R2 : Rabs r * Rabs r = r * r) by (rewrite <- Rabs_mult; apply Rabs_pos_eq;
  exact rr).
assert (rw : Rabs r * w = g) by (unfold w, g, Rdiv; rewrite <- R2; ring).
assert (g0 : 0 <= g) by (apply Rmult_le_pos; lra). assert (r0 := Rabs_pos r).
assert (ug : 0 <= u64 * g <= 0.0001 * g) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uug : 0 <= u64 * (u64 * g) <= 0.0001 * (u64 * g)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuug : 0 <= u64 * (u64 * (u64 * g)) <= 0.0001 * (u64 * (u64 * g))) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r;
  lra]).
assert (q0 := Rabs_pos q). set (aq := Rabs q) in *.
assert (uq : 0 <= u64 * aq <= 0.0001 * aq) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uuq : 0 <= u64 * (u64 * aq) <= 0.0001 * (u64 * aq)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (ue : 0 <= u64 * eta64 <= 0.0001 * eta64) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (uue : 0 <= u64 * (u64 * eta64) <= 0.0001 * (u64 * eta64)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (Fs_ : F64 s) by apply rnd64_F. assert (Fsl : F64 sl) by apply rnd64_F.
destruct (pe_ok r s Fr Fs_) as (Fpe & _ & Pe). fold p in Pe. set (pl := pe r s) in *.
assert (Fp : F64 p) by apply rnd64_F. assert (Fmp : F64 (- p)) by now apply F_opp.
assert (TS : a + e = q + - p) by now apply two_sum. assert (Fe : F64 e) by apply two_e_F.
(* sizes *)
assert (rs : Rabs (r * s) <= 1.0002 * g + eta64).
{ rewrite Rabs_mult. assert (Rabs r * Rabs s <= Rabs r * (w + u64 * w + eta64)) by (apply Rmult_le_compat_l; assumption).
  replace (Rabs r * (w + u64 * w + eta64)) with (Rabs r * w + u64 * (Rabs r * w) + eta64 * Rabs r) in H by ring. rewrite rw in H. lra. }
assert (rsl : Rabs (r * sl) <= 4.4 * (u64 * g) + 16 * eta64).
{ rewrite Rabs_mult. assert (Rabs r * Rabs sl <= Rabs r * (4.3 * (u64 * w) + 16 * eta64)) by (apply Rmult_le_compat_l; assumption).
  replace (Rabs r * (4.3 * (u64 * w) + 16 * eta64)) with (4.3 * (u64 * (Rabs r * w)) + 16 * (eta64 * Rabs r)) in H by ring.
    rewrite rw in H. lra. }
assert (rls : Rabs (rl * s) <= 1.02 * (u64 * g) + eta64).
{ rewrite Rabs_mult. assert (Rabs rl * Rabs s <= 1.01 * u64 * Rabs r * (w + u64 * w + eta64)) by (apply Rmult_le_compat;
  try apply Rabs_pos; assumption).
  replace (1.01 * u64 * Rabs r * (w + u64 * w + eta64)) with (1.01 * (u64 * (Rabs r * w) + u64 * (u64 * (Rabs r * w)) + u64 * (eta64 *
    Rabs r))) in H by ring.
  rewrite rw in H. assert (u64 * (eta64 * Rabs r) <= u64 * (eta64 + u64 * (u64 * g))) by (apply Rmult_le_compat_l; lra). lra. }
assert (rlsl : Rabs (rl * sl) <= 5 * (u64 * (u64 * g)) + eta64).
{ rewrite Rabs_mult. assert (Rabs rl * Rabs sl <= 1.01 * u64 * Rabs r * (4.3 * (u64 * w) + 16 * eta64)) by (apply Rmult_le_compat;
  try apply Rabs_pos; assumption).
  replace (1.01 * u64 * Rabs r * (4.3 * (u64 * w) + 16 * eta64)) with (1.01 * (4.3 * (u64 * (u64 * (Rabs r * w))) + 16 * (u64 * (eta64 *
    Rabs r)))) in H by ring.
  rewrite rw in H. assert (u64 * (eta64 * Rabs r) <= u64 * (eta64 + u64 * (u64 * g))) by (apply Rmult_le_compat_l; lra). lra. }
assert (pp : Rabs (p - r * s) <= u64 * Rabs (r * s) + eta64) by apply rnd64_err.
assert (urs : u64 * Rabs (r * s) <= u64 * (1.0002 * g + eta64)) by (apply Rmult_le_compat_l; lra).
assert (plb : Rabs pl <= 1.01 * (u64 * g) + 9 * eta64).
{ replace pl with ((p + pl - r * s) - (p - r * s)) by ring. eapply Rle_trans; [apply abs_sub|]. lra. }
assert (pb := of_err _ _ _ pp).
assert (eb : Rabs e <= u64 * (aq + 1.01 * g + 3 * eta64)).
{ eapply Rle_trans; [now apply two_e_le|]. apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  fold aq. lra. }
(* the roundings *)
set (t1 := rnd64 (e + ql)). assert (E1 : Rabs (t1 - (e + ql)) <= u64 * Rabs (e + ql)) by now apply add64.
assert (d1 := Rabs_triang e ql). assert (v1 : u64 * Rabs (e + ql) <= u64 * (u64 * (2.02 * aq + 1.01 * g + 3 * eta64))) by (apply
  Rmult_le_compat_l; lra).
set (t2 := rnd64 (r * sl)). assert (E2 : Rabs (t2 - r * sl) <= u64 * Rabs (r * sl) + eta64) by apply rnd64_err.
assert (v2 : u64 * Rabs (r * sl) <= u64 * (4.4 * (u64 * g) + 16 * eta64)) by (apply Rmult_le_compat_l; lra).
set (t3 := rnd64 (rl * s)). assert (E3 : Rabs (t3 - rl * s) <= u64 * Rabs (rl * s) + eta64) by apply rnd64_err.
assert (v3 : u64 * Rabs (rl * s) <= u64 * (1.02 * (u64 * g) + eta64)) by (apply Rmult_le_compat_l; lra).
assert (T2 := of_err _ _ _ E2). assert (T3 := of_err _ _ _ E3).
set (t4 := rnd64 (t2 + t3)). assert (E4 : Rabs (t4 - (t2 + t3)) <= u64 * Rabs (t2 + t3)) by (apply add64; apply rnd64_F).
assert (d4 := Rabs_triang t2 t3). assert (v4 : u64 * Rabs (t2 + t3) <= u64 * (5.5 * (u64 * g) + 20 * eta64)) by (apply Rmult_le_compat_l;
  lra).
assert (T4 := of_err _ _ _ E4).
set (t5 := rnd64 (pl + t4)). assert (E5 : Rabs (t5 - (pl + t4)) <= u64 * Rabs (pl + t4)) by (apply add64; [exact Fpe|apply rnd64_F]).
assert (d5 := Rabs_triang pl t4). assert (v5 : u64 * Rabs (pl + t4) <= u64 * (6.6 * (u64 * g) + 30 * eta64)) by (apply Rmult_le_compat_l;
  lra).
assert (T5 := of_err _ _ _ E5). assert (T1 := of_err _ _ _ E1).
assert (E6 : Rabs (m2_rest - (t1 - t5)) <= u64 * Rabs (t1 - t5)) by (apply sub64; apply rnd64_F).
assert (d6 := abs_sub t1 t5). assert (v6 : u64 * Rabs (t1 - t5) <= u64 * (2.1 * (u64 * aq) + 7.8 * (u64 * g) + 34 * eta64)) by (apply
  Rmult_le_compat_l; lra).
(* together *)
assert (SE : Rabs ((r + rl) * (s + sl - (r + rl) / n)) <= 25 * (u64 * (u64 * g)) + 10 * eta64).
{ rewrite Rabs_mult. assert (Rabs (r + rl) <= 1.001 * Rabs r).
  { eapply Rle_trans; [apply Rabs_triang|]. assert (u64 * Rabs r <= 0.0001 * Rabs r) by (apply Rmult_le_compat_r; lra). lra. }
  assert (Rabs (r + rl) * Rabs (s + sl - (r + rl) / n) <= 1.001 * Rabs r * (14 * (u64 * (u64 * w)) + 9 * eta64)) by (apply
    Rmult_le_compat; try apply Rabs_pos; assumption).
  replace (1.001 * Rabs r * (14 * (u64 * (u64 * w)) + 9 * eta64)) with (1.001 * (14 * (u64 * (u64 * (Rabs r * w))) + 9 * (eta64 * Rabs
    r))) in H0 by ring.
  rewrite rw in H0. lra. }
change (m2_sum) with (a + m2_rest).
replace (a + m2_rest - (q + ql - (r + rl) * (r + rl) / n)) with
  ((m2_rest - (t1 - t5)) + ((t1 - (e + ql)) - ((t5 - (pl + t4)) + ((t4 - (t2 + t3)) + ((t2 - r * sl) + ((t3 - rl * s) + ((p + pl - r * s)
   - (rl * sl) + (r + rl) * (s + sl - (r + rl) / n)))))))).
2: { replace q with (a + e + p) by lra. field. lra. }
eapply Rle_trans; [apply Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, abs_sub|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rabs_triang|].
eapply Rle_trans; [apply Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l, Rplus_le_compat_l,
  Rabs_triang|].
assert (X := abs_sub (p + pl - r * s) (rl * sl)). lra.
Qed.
End M2.
End Pairs.
