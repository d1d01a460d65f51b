(* One merge of a row of doubles (section 4 of docs/numerics.md), the difference and the products: merges.v with a second double of the
  mean, lam, that may be several
   times the root S of the row's m2, as it is where a row of doubles is nearly constant. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format wide merge step mergeops.
Import ListNotations.
Local Open Scope R_scope.

Section Merges.
(* the error of the product: fma's or Dekker's, they are the same wherever it matters *)
Variable pe : R -> R -> R.
Hypothesis pe_ok : forall a b, F64 a -> F64 b -> product a b (pr a b) (pe a b).
Local Notation mstepl := (mergeops.mstepl pe).
Local Notation mgl := (mergeops.mgl pe).
Local Notation mhl := (mergeops.mhl pe).
Local Notation mt := (mergeops.mt pe).
Local Notation mC2 := (mergeops.mC2 pe).
Local Notation mT := (mergeops.mT pe).
Local Notation mC3 := (mergeops.mC3 pe).
Local Notation merge2 := (mergeops.merge2 pe).

(* -- one merge -- *)
Section One.
Variables a b : st.
Variables S lam mu x N A Ea : R.
Let na := cn a.
Let nb := cn b.
Let n := mn a b.
Hypothesis lam_range : 0 <= lam <= 4.2 * S.
Hypothesis F_a : F_state a.
Hypothesis F_b : F_state b.
Hypothesis F_n : F64 n.
Hypothesis nb_range : 1 <= nb <= 1024.
Hypothesis na_range : nb <= na.
Hypothesis n_N : n <= N.
Hypothesis N_max : N <= bpow radix2 41.
Hypothesis S_big : bpow radix2 (-420) <= S.
Hypothesis mu_S : 1.01 * (u64 * (Rabs mu + 30 * S)) <= lam.
Hypothesis lo_a : Rabs (sl a) <= lam.
Hypothesis lo_b : Rabs (sl b) <= lam.
Hypothesis rest_a : Rabs (sr a) <= 3 * (u64 * lam).
Hypothesis rest_b : Rabs (sr b) <= 3 * (u64 * lam).
(* A: the exact merge so far; Ea: what the computed one is off by, times its count *)
Hypothesis Ea_ok : na * Rabs (value a - A) <= Ea.
Hypothesis Ea_max : Ea <= na * (S / 1000).
Hypothesis A_mu : Rabs (A - mu) <= S / 30.
Hypothesis b_mu : Rabs (value b - mu) <= x.
Hypothesis x_S : 0 <= x /\ nb * (x * x) <= 1.05 * (S * S).
Let X := x + S / 4 + 13 * lam.

Lemma S_pos : 0 < S. Proof. assert (H := bpow_gt_0 radix2 (-420)). lra. Qed.
Lemma uS : 0 <= u64 * S <= 0.00001 * S.
Proof. assert (P := S_pos). assert (U := u64_val). split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]. Qed.
Lemma uuS : 0 <= u64 * (u64 * S) <= 0.00001 * (u64 * S).
Proof. assert (P := uS). assert (U := u64_val). split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]. Qed.

Lemma value_a : Rabs (value a - A) <= S / 1000.
Proof. apply Rmult_le_reg_l with na; [lra|]. lra. Qed.

Lemma nx : nb * x <= 32.8 * S.
Proof.
destruct x_S as (x0 & xS). assert (P := S_pos). apply le_of_sqr; [lra|].
replace (nb * x * (nb * x)) with (nb * (nb * (x * x))) by ring.
assert (nb * (nb * (x * x)) <= 1024 * (1.05 * (S * S))) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; [lra|apply Rle_0_sqr]).
assert (0 <= S * S) by apply Rle_0_sqr. lra.
Qed.
Lemma x_le : x <= 1.03 * S.
Proof.
destruct x_S as (x0 & xS). assert (P := S_pos). apply le_of_sqr; [lra|].
assert (1 * (x * x) <= nb * (x * x)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). assert (0 <= S * S) by apply Rle_0_sqr. lra.
Qed.
Definition P1 := 289 * S + 13312 * lam.
Definition P2 := 2.1 * (S * S) + 2048 * ((S / 4 + 13 * lam) * (S / 4 + 13 * lam)).
Lemma nX : nb * X <= P1.
Proof.
assert (P := S_pos). assert (H := nx). unfold X, P1. assert (nb * (S / 4 + 13 * lam) <= 1024 * (S / 4 + 13 * lam)) by (apply
  Rmult_le_compat_r; lra). lra.
Qed.
Lemma nXX : nb * (X * X) <= P2.
Proof.
destruct x_S as (x0 & xS). assert (P := S_pos). unfold X, P2. set (c := S / 4 + 13 * lam).
  replace (x + S / 4 + 13 * lam) with (x + c) by (unfold c; ring).
assert (X2 : (x + c) * (x + c) <= 2 * (x * x) + 2 * (c * c)) by (assert (Q := Rle_0_sqr (x - c)); unfold Rsqr in Q; lra).
assert (nb * ((x + c) * (x + c)) <= nb * (2 * (x * x) + 2 * (c * c))) by (apply Rmult_le_compat_l; lra).
assert (nb * (c * c) <= 1024 * (c * c)) by (apply Rmult_le_compat_r; [apply Rle_0_sqr|lra]). lra.
Qed.
Lemma lam_u : 30 * (u64 * S) <= lam.
Proof. assert (P := S_pos). assert (U := u64_val). assert (M := Rabs_pos mu). assert (0 <= u64 * Rabs mu) by (apply Rmult_le_pos; lra).
  assert (us := uS). lra. Qed.
Lemma ulam : 0 <= u64 * lam <= 0.00000001 * lam /\ 0 <= u64 * (u64 * lam) <= 0.00001 * (u64 * lam).
Proof.
assert (U := u64_val). assert (A0 : 0 <= u64 * lam <= 0.00000001 * lam) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
split; [exact A0|]. split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra].
Qed.

Lemma vb_va : Rabs (value b - value a) <= x + 0.0344 * S.
Proof.
assert (P := S_pos). assert (V := value_a). replace (value b - value a) with ((value b - mu) + (- (A - mu) + - (value a - A))) by ring.
eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (- (A - mu)) (- (value a - A))). rewrite !Rabs_Ropp in T. lra.
Qed.

(* the difference *)
Lemma diff_ok : Rabs (md a b) <= X /\ Rabs (mdl a b) <= u64 * X /\
  Rabs (md a b + mdl a b - (value b - value a)) <= u64 * (u64 * (1.03 * X + 40 * lam)).
Proof.
destruct F_a as (Fa1 & Fa2 & Fa3 & Fa4 & _). destruct F_b as (Fb1 & Fb2 & Fb3 & Fb4 & _).
assert (U := u64_val). assert (P := S_pos). assert (us := uS). assert (uus := uuS). assert (xl := x_le). destruct x_S as (x0 & _).
  assert (V := vb_va).
destruct ulam as (ul & uul). assert (lu := lam_u).
assert (N1 : F64 (- sm a)) by now apply F_opp. assert (N2 : F64 (- sl a)) by now apply F_opp.
assert (S1 : md0 a b + me a b = sm b + - sm a) by now apply two_sum. assert (S2 : mc0 a b + mf a b = sl b + - sl a) by now apply two_sum.
assert (Fe : F64 (me a b)) by apply two_e_F. assert (Fc0 : F64 (mc0 a b)) by apply merge.rnd64_F.
assert (S3 : mc a b + mg a b = me a b + mc0 a b) by now apply two_sum.
assert (Fd0 : F64 (md0 a b)) by apply merge.rnd64_F. assert (Fc : F64 (mc a b)) by apply merge.rnd64_F.
assert (S4 : md a b + two_e (md0 a b) (mc a b) = md0 a b + mc a b) by now apply two_sum.
set (dl := two_e (md0 a b) (mc a b)) in *.
assert (f1 : Rabs (mf a b) <= u64 * (2 * lam)).
{ eapply Rle_trans; [now apply two_e_le|]. apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
  }
assert (bs : Rabs (sm b + - sm a) <= x + 0.0344 * S + 2.001 * lam).
{ replace (sm b + - sm a) with ((value b - value a) + ((- sl b + sl a) + (- sr b + sr a))) by (unfold value; ring).
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (- sl b + sl a) (- sr b + sr a)).
  assert (T1 := Rabs_triang (- sl b) (sl a)). assert (T2 := Rabs_triang (- sr b) (sr a)). rewrite Rabs_Ropp in T1, T2. lra. }
assert (e1 : Rabs (me a b) <= u64 * (x + 0.0344 * S + 2.001 * lam)).
{ eapply Rle_trans; [now apply two_e_le|]. apply Rmult_le_compat_l; lra. }
assert (ux : 0 <= u64 * x <= 0.00001 * x) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]).
assert (ux2 : u64 * x <= u64 * (1.03 * S)) by (apply Rmult_le_compat_l; lra).
assert (c01 : Rabs (mc0 a b) <= 2.001 * lam).
{ replace (mc0 a b) with ((sl b + - sl a) + - mf a b) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp.
  assert (T := Rabs_triang (sl b) (- sl a)). rewrite Rabs_Ropp in T. lra. }
assert (ec : Rabs (me a b + mc0 a b) <= 2.5 * lam) by (eapply Rle_trans; [apply Rabs_triang|]; lra).
assert (g1 : Rabs (mg a b) <= u64 * (2.5 * lam)) by (eapply Rle_trans; [now apply two_e_le|]; apply Rmult_le_compat_l; lra).
assert (c1 : Rabs (mc a b) <= 2.51 * lam).
{ replace (mc a b) with ((me a b + mc0 a b) + - mg a b) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
assert (dc : Rabs (md0 a b + mc a b) <= x + 0.08 * S).
{ replace (md0 a b + mc a b) with ((value b - value a) + ((- mf a b - mg a b) + (sr a - sr b))) by (unfold value; lra).
  eapply Rle_trans; [apply Rabs_triang|]. assert (T := Rabs_triang (- mf a b - mg a b) (sr a - sr b)).
  assert (T1 := Rabs_triang (- mf a b) (- mg a b)). assert (T2 := Rabs_triang (sr a) (- sr b)).
    rewrite (Rabs_Ropp (mf a b)), (Rabs_Ropp (mg a b)) in T1. rewrite Rabs_Ropp in T2. unfold Rminus in *. lra. }
assert (dl1 : Rabs dl <= u64 * (x + 0.08 * S)) by (eapply Rle_trans; [now apply two_e_le|]; apply Rmult_le_compat_l; lra).
assert (D := difference (sm b) (sl b) (sr b) (sm a) (sl a) (sr a) ltac:(tauto)). fold (md0 a b) (me a b) (mc0 a b) (mf a b) in D.
fold (mc a b) (mg a b) in D. fold (md a b) dl in D. fold (mdl a b) in D. fold (value b) (value a) in D.
assert (DX : Rabs (md a b + mdl a b - (value b - value a)) <= u64 * (u64 * (1.03 * X + 40 * lam))).
{ eapply Rle_trans; [exact D|]. apply Rmult_le_compat_l; [lra|]. unfold X in *. lra. }
assert (dX : Rabs (md a b) <= x + 0.0801 * S).
{ replace (md a b) with ((md0 a b + mc a b) + - dl) by lra. eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
split; [unfold X; lra|]. split; [|exact DX].
(* d_lo *)
set (fg := rnd64 (mf a b + mg a b)). set (rr := rnd64 (sr b - sr a)). set (t := rnd64 (fg + rr)).
assert (Ff : F64 (mf a b)) by apply two_e_F. assert (Fg : F64 (mg a b)) by apply two_e_F. assert (Fdl : F64 dl) by apply two_e_F.
assert (A1 : Rabs fg <= 4.6 * (u64 * lam)).
{ eapply Rle_trans; [now apply rnd64_abs|]. assert (T := Rabs_triang (mf a b) (mg a b)).
  assert ((1 + u64) * Rabs (mf a b + mg a b) <= 1.001 * Rabs (mf a b + mg a b)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (A2 : Rabs rr <= 6.1 * (u64 * lam)).
{ eapply Rle_trans; [apply (rnd64_abs (sr b) (- sr a)); [assumption|now apply F_opp]|]. assert (T := Rabs_triang (sr b) (- sr a)).
  rewrite Rabs_Ropp in T.
  assert ((1 + u64) * Rabs (sr b + - sr a) <= 1.001 * Rabs (sr b + - sr a)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (A3 : Rabs t <= 10.8 * (u64 * lam)).
{ eapply Rle_trans; [apply rnd64_abs; apply merge.rnd64_F|]. assert (T := Rabs_triang fg rr).
  assert ((1 + u64) * Rabs (fg + rr) <= 1.001 * Rabs (fg + rr)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]). lra. }
assert (A4 : Rabs (mdl a b) <= (1 + u64) * Rabs (dl + t)) by (apply rnd64_abs; [assumption|apply merge.rnd64_F]).
assert (T := Rabs_triang dl t). assert (dt : Rabs (dl + t) <= u64 * (x + 0.08 * S + 10.9 * lam)) by lra.
assert (u64 * Rabs (dl + t) <= 0.00001 * Rabs (dl + t)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
unfold X. lra.
Qed.

(* the products, as step.v has them *)
Lemma q_n : nb / n * n = nb. Proof. assert (H : 0 < n) by (unfold n, mn; fold na nb; lra). field. lra. Qed.
Lemma X_pos : 0 < X. Proof. assert (P := S_pos). destruct x_S as (x0 & _). unfold X. lra. Qed.
Lemma n_def : n = na + nb. Proof. reflexivity. Qed.

Lemma tiny1 : 10000 * (eta64 * n) <= u64 * u64 * X.
Proof.
assert (P := S_pos). assert (U := u64_val). destruct x_S as (x0 & _).
apply Rle_trans with (10000 * (eta64 * bpow radix2 41)); [apply Rmult_le_compat_l; [lra|]; apply Rmult_le_compat_l;
  [assert (H := eta64_pos); lra|lra]|].
apply Rle_trans with (u64 * u64 * (bpow radix2 (-420) / 4)).
- unfold u64, eta64. rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 14 * bpow radix2 (-1075 + 41)).
  + apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
  + replace (/ 4) with (bpow radix2 (-2)) by (simpl; lra). unfold Rdiv. replace (/ 4) with (bpow radix2 (-2)) by (simpl; lra).
    rewrite <- !bpow_plus. apply bpow_le. lia.
- apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. unfold X. lra.
Qed.

Lemma tiny2 : 10000 * (eta64 * n) <= u64 * u64 * (X * (X * (nb / n))).
Proof.
assert (P := S_pos). assert (U := u64_val). destruct x_S as (x0 & _). assert (n0 : 0 < n) by (rewrite n_def; lra).
assert (X4 : bpow radix2 (-422) <= X).
{ replace (bpow radix2 (-422)) with (bpow radix2 (-420) / 4); [unfold X; lra|]. unfold Rdiv.
  replace (/ 4) with (bpow radix2 (-2)) by (simpl; lra). now rewrite <- bpow_plus. }
assert (q1 : bpow radix2 (-41) <= nb / n).
{ apply Rle_trans with (/ n).
  - replace (bpow radix2 (-41)) with (/ bpow radix2 41) by (rewrite <- bpow_opp; reflexivity). apply Rinv_le; lra.
  - unfold Rdiv. rewrite <- (Rmult_1_l (/ n)) at 1. apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|lra]. }
apply Rle_trans with (10000 * (eta64 * bpow radix2 41)); [apply Rmult_le_compat_l; [lra|]; apply Rmult_le_compat_l;
  [assert (H := eta64_pos); lra|lra]|].
apply Rle_trans with (u64 * u64 * (bpow radix2 (-422) * (bpow radix2 (-422) * bpow radix2 (-41)))).
- unfold u64, eta64. rewrite <- !bpow_plus. apply Rle_trans with (bpow radix2 14 * bpow radix2 (-1075 + 41)).
  + apply Rmult_le_compat_r; [apply bpow_ge_0|simpl; lra].
  + rewrite <- !bpow_plus. apply bpow_le. lia.
- apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. assert (B := bpow_ge_0 radix2 (-422)). assert (C := bpow_ge_0 radix2 (-41)).
  apply Rmult_le_compat; try assumption; [now apply Rmult_le_pos|]. apply Rmult_le_compat; assumption.
Qed.

Let step := mstep a b.
Let stepl := mstepl a b.
Let q := nb / n.
Lemma q_range : 0 < q <= 1 /\ q * na <= nb.
Proof.
assert (n0 : 0 < n) by (rewrite n_def; lra). assert (E := q_n). fold q in E.
  assert (q0 : 0 < q) by (unfold q, Rdiv; apply Rmult_lt_0_compat; [lra|now apply Rinv_0_lt_compat]).
split; [split; [exact q0|]|].
- apply Rmult_le_reg_r with n; [assumption|]. rewrite E, n_def. lra.
- rewrite <- E. apply Rmult_le_compat_l; [lra|]. rewrite n_def. lra.
Qed.

Lemma fs : F64 (md a b) /\ F64 (mdl a b) /\ F64 (cn b) /\ F64 n.
Proof. destruct F_b as (A1 & _). repeat split; try apply merge.rnd64_F; assumption. Qed.

Lemma step_ok : Rabs (step + stepl - (md a b + mdl a b) * q) <= 46 * (u64 * (u64 * (X * q))) /\ Rabs stepl <= 10 * (u64 * (X * q)) /\
  Rabs step <= 1.02 * (X * q).
Proof.
destruct diff_ok as (D1 & D2 & _). assert (Xp := X_pos). assert (T1 := tiny1). assert (U := u64_val). destruct q_range as ((q0 & q1) & _).
assert (nb1 : 1 <= cn b <= n) by (rewrite n_def; fold nb; lra). assert (nM : n <= bpow radix2 41) by lra.
assert (P1 := pe_ok (md a b) (cn b) (merge.rnd64_F _) (proj1 F_b)). assert (P2 := pe_ok (mstep a b) n (merge.rnd64_F _) F_n).
assert (SP := step_pair (md a b) (mdl a b) (cn b) n X (pr (md a b) (cn b)) (pe (md a b) (cn b)) (pr step n) (pe step n) fs nb1 nM
  ltac:(lra) D1 D2 T1 P1 P2).
assert (B := step_abs (md a b) (cn b) n X nb1 nM ltac:(lra) D1).
destruct SP as (SP1 & SP2). split; [exact SP1|]. split; [exact SP2|]. change (Rabs step <= 1.01 * (X * q) + eta64) in B.
assert (e : eta64 <= 0.01 * (X * q)); [|lra].
apply Rmult_le_reg_r with n; [lra|]. replace (0.01 * (X * q) * n) with (0.01 * (X * (q * n))) by ring. unfold q. rewrite q_n.
assert (X * 1 <= X * nb) by (apply Rmult_le_compat_l; lra).
  assert (u64 * (u64 * X) <= 1 * (1 * X)) by (repeat (apply Rmult_le_compat; try lra); apply Rmult_le_pos; lra). lra.
Qed.

Lemma h_ok : Rabs (mh a b + mhl a b - (md a b + mdl a b) * ((md a b + mdl a b) * q) * na) <= 150 * (u64 * (u64 * (X * (X * q) * na))) /\
  Rabs (mh a b) <= 1.03 * (X * (X * q) * na) /\ Rabs (mhl a b) <= 20 * (u64 * (X * (X * q) * na)).
Proof.
destruct diff_ok as (D1 & D2 & _). assert (Xp := X_pos). assert (T1 := tiny1). assert (T2 := tiny2).
assert (nb1 : 1 <= cn b <= n) by (rewrite n_def; fold nb; lra). assert (nM : n <= bpow radix2 41) by lra.
  assert (na1 : 1 <= na <= n) by (rewrite n_def; lra).
assert (P1 := pe_ok (md a b) (cn b) (merge.rnd64_F _) (proj1 F_b)). assert (P2 := pe_ok (mstep a b) n (merge.rnd64_F _) F_n).
assert (P3 := pe_ok (md a b) (mstep a b) (merge.rnd64_F _) (merge.rnd64_F _)).
  assert (P4 := pe_ok (mgg a b) na (merge.rnd64_F _) (proj1 F_a)).
exact (h_pair (md a b) (mdl a b) (cn b) n X (pr (md a b) (cn b)) (pe (md a b) (cn b)) (pr step n) (pe step n) fs nb1 nM ltac:(lra) D1 D2 T1
  P1 P2
  na (mgg a b) (pe (md a b) (mstep a b)) (mh a b) (pe (mgg a b) na) na1 P3 P4 T2).
Qed.

End One.
End Merges.
