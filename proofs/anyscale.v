(* Section 5 for float, all of it: which power of two a row is multiplied by, and rstd64, with eps inside the root or outside. *)
Require Import Reals Lra Lia ZArith.
From Flocq Require Import Core.
Require Import sums format wide rstd scale32 scales.
Local Open Scope R_scope.

(* x times a power of two, of doubles that stay normal *)
Lemma double_scaled k x : (-200 <= k)%Z -> F64 x -> bpow radix2 (-700) <= Rabs x -> F64 (x * bpow radix2 k).
Proof.
intros Hk Fx H. apply (mul_pow2_F emin64 53); [exact Fx|]. apply mag_ge_bpow with (e := (-699)%Z) in H.
unfold cexp, fexp, FLT_exp, emin64. lia.
Qed.
Lemma double_up k x : (0 <= k)%Z -> F64 x -> F64 (x * bpow radix2 k).
Proof. intros Hk Fx. apply (mul_pow2_F emin64 53); [exact Fx|]. unfold cexp, fexp, FLT_exp. lia. Qed.

Section Any.
Variables m2 cols eps : R.
Variable outside : bool.
Definition V_any := if outside then V_out m2 cols eps else V m2 cols eps.
Definition ordinary := bpow radix2 (-80) <= V_any <= bpow radix2 80.
Definition power_of_row (k : Z) := ordinary /\ k = 0%Z \/ V_any < bpow radix2 (-80) /\ k = 90%Z \/
  bpow radix2 80 < V_any /\ k = (-90)%Z.
Definition rstd64 := if outside then recip (den_out m2 cols eps) else
  if Rle_dec (bpow radix2 (-80)) V_any then if Rle_dec V_any (bpow radix2 80) then newton V_any else recip (den_in m2 cols eps)
  else recip (den_in m2 cols eps).

Hypothesis m2_pos : 0 <= m2.
Hypothesis F_eps : F64 eps.
Hypothesis eps_pos : 0 <= eps.
Hypothesis cols_range : 1 <= cols <= bpow radix2 40.
Let V2 := m2 / cols.
Hypothesis V2_low : bpow radix2 (-341) <= V2.
Definition D_any (s : R) := if outside then s + eps else sqrt (s * s + eps).
Let D' := D_any (sqrt V2).
(* rows beyond that are such for their eps alone: hugeeps.v *)
Hypothesis V_max : V_any <= bpow radix2 370.
Variable k : Z.
Hypothesis k_is : power_of_row k.

Lemma low350 : bpow radix2 (-350) <= V2. Proof. apply Rle_trans with (2 := V2_low). apply bpow_le. lia. Qed.
Lemma V2_pos : 0 < V2. Proof. assert (P := bpow_gt_0 radix2 (-341)). lra. Qed.
Lemma sqrt_low : bpow radix2 (-171) <= sqrt V2.
Proof.
replace (bpow radix2 (-171)) with (sqrt (bpow radix2 (-342))) by (replace (-342)%Z with (2 * -171)%Z by lia; apply sqrt_bpow).
apply sqrt_le_1_alt. apply Rle_trans with (2 := V2_low). apply bpow_le. lia.
Qed.
Lemma D_low : bpow radix2 (-171) <= D'.
Proof.
assert (L := sqrt_low). assert (P := V2_pos). unfold D', D_any. destruct outside; [lra|]. apply Rle_trans with (1 := L).
apply sqrt_le_1_alt. rewrite sqrt_def by lra. lra.
Qed.
Lemma D_pos : 0 < D'. Proof. assert (L := D_low). assert (P := bpow_gt_0 radix2 (-171)). lra. Qed.

(* V against D' *)
Lemma V_low_in : bpow radix2 (-400) <= V m2 cols eps.
Proof.
assert (U := u64_val). assert (E := var_err m2 cols m2_pos cols_range). fold V2 in E. assert (P := V2_pos).
assert (T := eta64_le (-350) V2 ltac:(lia) low350). set (v := var_c m2 cols) in *.
assert (X := Rle_abs (- (v - V2))). rewrite Rabs_Ropp in X. assert (u64 * V2 <= 0.001 * V2) by (apply Rmult_le_compat_r; lra).
assert (vl : bpow radix2 (-400) <= v + eps).
{ apply Rle_trans with (V2 / 2); [|lra]. apply Rle_trans with (bpow radix2 (-341) / 2); [|lra].
  unfold Rdiv. change (/ 2) with (bpow radix2 (-1)). rewrite <- bpow_plus. apply bpow_le. lia. }
apply (rnd_le emin64 53) in vl; [|lia]. rewrite (rnd_id emin64 53) in vl; [exact vl|].
apply (generic_format_bpow radix2 (FLT_exp emin64 53)). unfold FLT_exp, emin64. lia.
Qed.

Lemma bpow_F64 e : (-1000 <= e)%Z -> F64 (bpow radix2 e).
Proof. intro H. apply (generic_format_bpow radix2 (FLT_exp emin64 53)). unfold FLT_exp, emin64. lia. Qed.
Lemma V_out_ge j : (-300 <= j)%Z -> 0 < den_out m2 cols eps -> bpow radix2 (2 * j) <= V_out m2 cols eps -> bpow radix2 (j - 1) <= den_out m2 cols eps.
Proof.
intros Hj P H. destruct (Rle_or_lt (bpow radix2 (j - 1)) (den_out m2 cols eps)) as [|L]; [assumption|exfalso]. set (d := den_out m2 cols eps) in *.
assert (dd : d * d <= bpow radix2 (2 * j - 2)).
{ replace (2 * j - 2)%Z with ((j - 1) + (j - 1))%Z by lia. rewrite bpow_plus. apply Rmult_le_compat; lra. }
apply (rnd_le emin64 53) in dd; [|lia]. rewrite (rnd_id emin64 53 (bpow radix2 (2 * j - 2))) in dd by (apply bpow_F64; lia).
change (rnd emin64 53 (d * d)) with (V_out m2 cols eps) in dd. assert (bpow radix2 (2 * j - 2) < bpow radix2 (2 * j)) by (apply bpow_lt; lia). lra.
Qed.
Lemma V_out_le j : (-300 <= j)%Z -> 0 < den_out m2 cols eps -> V_out m2 cols eps <= bpow radix2 (2 * j) -> den_out m2 cols eps <= bpow radix2 (j + 1).
Proof.
intros Hj P H. destruct (Rle_or_lt (den_out m2 cols eps) (bpow radix2 (j + 1))) as [|L]; [assumption|exfalso]. set (d := den_out m2 cols eps) in *.
assert (dd : bpow radix2 (2 * j + 2) <= d * d).
{ replace (2 * j + 2)%Z with ((j + 1) + (j + 1))%Z by lia. assert (Q := bpow_gt_0 radix2 (j + 1)). rewrite bpow_plus. apply Rmult_le_compat; lra. }
apply (rnd_le emin64 53) in dd; [|lia]. rewrite (rnd_id emin64 53 (bpow radix2 (2 * j + 2))) in dd by (apply bpow_F64; lia).
change (rnd emin64 53 (d * d)) with (V_out m2 cols eps) in dd. assert (bpow radix2 (2 * j) < bpow radix2 (2 * j + 2)) by (apply bpow_lt; lia). lra.
Qed.

Lemma half j : bpow radix2 (j - 1) = bpow radix2 j / 2. Proof. unfold Zminus. rewrite bpow_plus. reflexivity. Qed.
Lemma twice j : bpow radix2 (j + 1) = bpow radix2 j * 2. Proof. rewrite bpow_plus. reflexivity. Qed.

Lemma D_ge j : (-300 <= j)%Z -> bpow radix2 (2 * j) <= V_any -> bpow radix2 (j - 2) <= D'.
Proof.
intros Hj H. assert (U := u64_val). assert (P := D_pos). unfold V_any, D', D_any in *. destruct outside.
- assert (E := den_out_err m2 cols eps m2_pos F_eps eps_pos cols_range low350). fold V2 in E. set (q := sqrt V2 + eps) in *.
  assert (X := Rle_abs (den_out m2 cols eps - q)). assert (Y := Rle_abs (- (den_out m2 cols eps - q))). rewrite Rabs_Ropp in Y.
  assert (uq : u64 * q <= 0.001 * q) by (apply Rmult_le_compat_r; lra).
  assert (L := V_out_ge j Hj ltac:(lra) H). replace (j - 2)%Z with (j - 1 - 1)%Z by lia. rewrite half. lra.
- assert (E := V_err_low m2 cols eps m2_pos F_eps eps_pos cols_range V_low_in). fold V2 in E. set (v := V m2 cols eps) in *.
  assert (vp := bpow_gt_0 radix2 (2 * j)). assert (V0 := V2_pos). rewrite sqrt_def by lra.
  assert (uv : u64 * v <= 0.001 * v) by (apply Rmult_le_compat_r; lra). assert (X := Rle_abs (v - (V2 + eps))).
  replace (bpow radix2 (j - 2)) with (sqrt (bpow radix2 (2 * (j - 2)))) by apply sqrt_bpow. apply sqrt_le_1_alt.
  apply Rle_trans with (bpow radix2 (2 * j - 1)); [apply bpow_le; lia|]. rewrite half. lra.
Qed.
Lemma D_le j : (-300 <= j)%Z -> V_any <= bpow radix2 (2 * j) -> D' <= bpow radix2 (j + 2).
Proof.
intros Hj H. assert (U := u64_val). assert (P := D_pos). unfold V_any, D', D_any in *. destruct outside.
- assert (E := den_out_err m2 cols eps m2_pos F_eps eps_pos cols_range low350). fold V2 in E. set (q := sqrt V2 + eps) in *.
  assert (X := Rle_abs (den_out m2 cols eps - q)). assert (Y := Rle_abs (- (den_out m2 cols eps - q))). rewrite Rabs_Ropp in Y.
  assert (uq : u64 * q <= 0.001 * q) by (apply Rmult_le_compat_r; lra).
  assert (L := V_out_le j Hj ltac:(lra) H). replace (j + 2)%Z with (j + 1 + 1)%Z by lia. rewrite twice. lra.
- assert (low := V_low_in). assert (E := V_err_low m2 cols eps m2_pos F_eps eps_pos cols_range low). fold V2 in E.
  set (v := V m2 cols eps) in *. assert (vp := bpow_gt_0 radix2 (-400)). assert (V0 := V2_pos). rewrite sqrt_def by lra.
  assert (uv : u64 * v <= 0.001 * v) by (apply Rmult_le_compat_r; lra).
  assert (Y := Rle_abs (- (v - (V2 + eps)))). rewrite Rabs_Ropp in Y.
  replace (bpow radix2 (j + 2)) with (sqrt (bpow radix2 (2 * (j + 2)))) by apply sqrt_bpow. apply sqrt_le_1_alt.
  apply Rle_trans with (bpow radix2 (2 * j + 1)); [rewrite twice; lra|apply bpow_le; lia].
Qed.

Theorem rstd64_is : Rabs (rstd64 * D' - 1) <= 0.001 * u32.
Proof.
assert (P := D_pos). assert (Dm : D' <= bpow radix2 500).
{ apply Rle_trans with (bpow radix2 (185 + 2)); [apply D_le; [lia|exact V_max]|apply bpow_le; lia]. }
assert (In : outside = false -> Rabs (recip (den_in m2 cols eps) * D' - 1) <= 0.001 * u32).
{ intro Z. apply recip_is; [exact P|exact Dm|]. assert (E := den_in_err m2 cols eps m2_pos F_eps eps_pos cols_range low350 V_low_in).
  fold V2 in E. unfold D', D_any. rewrite Z. assert (V0 := V2_pos). rewrite sqrt_def by lra. exact E. }
unfold rstd64. destruct outside eqn:O.
- apply recip_is; [exact P|exact Dm|]. unfold D', D_any. rewrite ?O. exact (den_out_err m2 cols eps m2_pos F_eps eps_pos cols_range low350).
- destruct (Rle_dec (bpow radix2 (-80)) V_any) as [A|A]; [|now apply In]. destruct (Rle_dec V_any (bpow radix2 80)) as [B|B]; [|now apply In].
  unfold V_any in *. rewrite ?O in *. unfold D', D_any. rewrite ?O. assert (V0 := V2_pos). rewrite sqrt_def by lra.
  exact (R1_is m2 cols eps m2_pos F_eps eps_pos cols_range (conj A B)).
Qed.

Theorem rstd64_range : let w := rstd64 / bpow radix2 k in bpow radix2 (-100) <= w <= bpow radix2 100 /\ ((0 <= k)%Z \/ w <= bpow radix2 60).
Proof.
cbv zeta. assert (E := rstd64_is). unfold Rdiv. rewrite <- bpow_opp. assert (B := bpow_gt_0 radix2 (- k)).
assert (T : forall a b, bpow radix2 a <= D' <= bpow radix2 b -> bpow radix2 (- b - 1 - k) <= rstd64 * bpow radix2 (- k) <= bpow radix2 (- a + 1 - k)).
{ intros a b H. assert (R := recip_range rstd64 D' a b E H). unfold Zminus at 1 3. rewrite !(bpow_plus radix2 _ (- k)).
  split; apply Rmult_le_compat_r; lra. }
assert (Le : forall a b c, (a <= b)%Z -> bpow radix2 b <= c -> bpow radix2 a <= c) by (intros a b c H1 H2; apply Rle_trans with (2 := H2);
  now apply bpow_le).
assert (Ge : forall a b c, (b <= a)%Z -> c <= bpow radix2 b -> c <= bpow radix2 a) by (intros a b c H1 H2; apply Rle_trans with (1 := H2);
  now apply bpow_le).
assert (C2 := V_max). destruct k_is as [((A & C) & K)|[(A & K)|(A & K)]].
- assert (H := T (-40 - 2)%Z (40 + 2)%Z (conj (D_ge (-40) ltac:(lia) A) (D_le 40 ltac:(lia) C))). rewrite K in H |- *.
  split; [split; [apply (Le _ _ _) with (2 := proj1 H)|apply (Ge _ _ _) with (2 := proj2 H)]; lia|left; lia].
- assert (H := T (-171)%Z (-40 + 2)%Z (conj D_low (D_le (-40) ltac:(lia) (Rlt_le _ _ A)))). rewrite K in H |- *.
  split; [split; [apply (Le _ _ _) with (2 := proj1 H)|apply (Ge _ _ _) with (2 := proj2 H)]; lia|left; lia].
- assert (H := T (40 - 2)%Z (185 + 2)%Z (conj (D_ge 40 ltac:(lia) (Rlt_le _ _ A)) (D_le 185 ltac:(lia) C2))). rewrite K in H |- *.
  split; [split; [apply (Le _ _ _) with (2 := proj1 H)|apply (Ge _ _ _) with (2 := proj2 H)]; lia|right;
    apply (Ge _ _ _) with (2 := proj2 H); lia].
Qed.

(* rstd64 / S is exact *)
Theorem rstd64_S : rnd64 (rstd64 / bpow radix2 k) = rstd64 / bpow radix2 k.
Proof.
apply (rnd_id emin64 53). unfold Rdiv. rewrite <- bpow_opp. apply double_scaled.
- destruct k_is as [(_ & ->)|[(_ & ->)|(_ & ->)]]; lia.
- unfold rstd64, recip, newton. destruct outside; [apply rnd64_F|]. destruct (Rle_dec _ _); [destruct (Rle_dec _ _)|]; apply rnd64_F.
- destruct (recip_range rstd64 D' (-171) 187 rstd64_is) as (A & _).
  { split; [exact D_low|]. apply (D_le 185); [lia|exact V_max]. }
  apply Rle_trans with (2 := Rle_abs _). apply Rle_trans with (2 := A). apply bpow_le. lia.
Qed.
End Any.
