(* The gate of ln_forward(). *)
Require Import Reals Lra.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_dx backward_constants cells_activations.
Require Import cells_bound.
Local Open Scope R_scope.

(* The gate: y = n * (g * s). s is within `activation` ulp: an ulp is at most 2 u sigma(g), and 2 eta where that is denormal. en: the
	error of n *)
Theorem gate n ne en g s : Rabs (n - ne) <= en -> Rabs (s - sigmoid g) <= activation * (2 * uf * sigmoid g + 2 * et) ->
	let silu := g * sigmoid g in
	Rabs (rnd f32 (n * rnd f32 (g * s)) - ne * silu)
	<= (1 + 6 * uf) * en * (Rabs silu + Rabs g * (4 * et) + et) + 6 * uf * Rabs (ne * silu) + Rabs ne * (Rabs g * (4 * et) + (1 + 2 *
		uf) * et) + et.
Proof.
intros En Es silu. assert (U := uf_pos). assert (E := et_pos). assert (S0 := sigmoid_range g).
set (G := Rabs g). assert (G0 : 0 <= G) by apply Rabs_pos. assert (T : Rabs silu = G * sigmoid g) by (unfold silu; rewrite Rabs_mult,
	(Rabs_pos_eq (sigmoid g)); [reflexivity | lra]).
set (L := Rabs silu) in *. assert (L0 : 0 <= L) by apply Rabs_pos. set (N := Rabs ne). assert (N0 : 0 <= N) by apply Rabs_pos.
assert (en0 : 0 <= en) by (eapply Rle_trans; [apply Rabs_pos | exact En]).
assert (UE : 0 <= uf * et) by (apply Rmult_le_pos; lra). assert (GE : 0 <= G * et) by (apply Rmult_le_pos; lra). assert (UL : 0 <= uf * L)
	by (apply Rmult_le_pos; lra).
assert (A : rel (g * s) silu L (1 + 394 / 100 * uf) (394 / 100 * (G * et))).
{ split; [| apply Rle_refl]. replace (g * s - silu) with (g * (s - sigmoid g)) by (unfold silu; ring).
  eapply Rle_trans; [apply (abs_mult_le _ _ G _ (Rle_refl _) Es) |]. unfold activation. rewrite T. lra. }
assert (B := rel_rnd f32 _ _ _ _ _ A).
assert (C : rel n ne N 1 en) by (split; [| apply Rle_refl]; replace ((1 - 1) * N + en) with en by ring; exact En).
assert (D := rel_rnd f32 _ _ _ _ _ (rel_mult _ _ _ _ _ _ _ _ _ _ C B)).
destruct D as [D _]. eapply Rle_trans; [exact D |]. clear D A B C.
rewrite Rabs_mult. fold N L. fold G.
assert (NL : 0 <= N * L) by (apply Rmult_le_pos; lra). assert (eL : 0 <= en * L) by (apply Rmult_le_pos; lra).
assert (NG : 0 <= N * (G * et)) by (apply Rmult_le_pos; lra). assert (eG : 0 <= en * (G * et)) by (apply Rmult_le_pos; lra).
assert (Ne : 0 <= N * et) by (apply Rmult_le_pos; lra). assert (ee : 0 <= en * et) by (apply Rmult_le_pos; lra).
rewrite u32. lra.
Qed.
