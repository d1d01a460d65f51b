(* hi = (float) of the double nearest to the mean: but for a thousandth no element is nearer to the mean, whatever the double lost. *)
Require Import Reals Lra Lia ZArith List.
From Flocq Require Import Core.
Require Import sums format look.
Import ListNotations.
Local Open Scope R_scope.

Section Nearest.
Variables emin p : Z.
Hypothesis p_24 : (24 <= p)%Z.
Hypothesis emin_149 : (emin <= -149)%Z.
Variables (m mh : R).
Hypothesis mh_err : Rabs (mh - m) <= u p / 1048576 * Rabs m.
Let hi := rnd emin p mh.

Lemma mean_1 : mean [m] = m. Proof. unfold mean, n. simpl. field. Qed.

Theorem nearest x : F emin p x -> Rabs (hi - m) <= 1.001 * Rabs (x - m).
Proof.
intro Fx. assert (Fh : F emin p hi) by (apply rnd_F; lia).
assert (Nr : Rabs (hi - mh) <= Rabs (x - mh)) by (apply rnd_nearest; [lia|exact Fx]).
set (e := Rabs (mh - m)) in *. assert (e0 : 0 <= e) by apply Rabs_pos. assert (U := u_range p p_24).
assert (A : Rabs (hi - m) <= Rabs (hi - mh) + e) by (replace (hi - m) with ((hi - mh) + (mh - m)) by ring; apply Rabs_triang).
assert (B : Rabs (x - mh) <= Rabs (x - m) + e).
{ replace (x - mh) with ((x - m) + - (mh - m)) by ring. unfold e. rewrite <- (Rabs_Ropp (mh - m)). apply Rabs_triang. }
destruct (Rle_or_lt (2000 * e) (Rabs (x - m))) as [Big|Sm]; [lra|].
assert (h0 := h_pos emin p [m]). assert (um := u_mean emin p [m] ltac:(simpl; lia)). rewrite mean_1 in um.
assert (e2 : e <= u p / 1048576 * Rabs m) by exact mh_err.
assert (e1 : e <= 2 * h emin p [m] / 1048576) by lra.
assert (E : x = hi); [|rewrite E; assert (X := Rabs_pos (hi - m)); lra].
assert (Mx : mult (ee emin p [m]) x) by (apply (grid emin p p_24 [m] ltac:(simpl; lia)); [exact Fx|rewrite mean_1; lra]).
assert (Mh : mult (ee emin p [m]) hi) by (apply (grid emin p p_24 [m] ltac:(simpl; lia)); [exact Fh|rewrite mean_1; lra]).
destruct (mult_sub _ _ _ Mx Mh) as (k & K).
assert (S : Rabs (x - hi) < h emin p [m]).
{ replace (x - hi) with ((x - m) + - (hi - m)) by ring. eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
rewrite K, Rabs_mult, (Rabs_pos_eq (bpow radix2 _)) in S by apply bpow_ge_0. fold (h emin p [m]) in S.
assert (K1 : Rabs (IZR k) < 1) by (apply Rmult_lt_reg_r with (h emin p [m]); lra).
rewrite <- abs_IZR in K1. apply lt_IZR in K1. replace k with 0%Z in K by lia. lra.
Qed.
End Nearest.
