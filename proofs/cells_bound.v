(* The error of the gate and of a step of each cell, floats, section 6, 12 and 13. Errors of norms (e) come first, then what a cell makes
	of them. *)
Require Import Reals Lra.
From Flocq Require Import Core.
Require Import backward_rounding backward_sums backward_dx backward_constants cells_activations.
Local Open Scope R_scope.

Notation uf := (u f32).
Notation et := (eta f32).
Lemma uf_pos : 0 <= uf <= / 1000000. Proof. rewrite u32. lra. Qed.
Lemma et_pos : 0 <= et. Proof. apply eta_pos. Qed.
Lemma et_small : et <= / 1000000 * uf.
Proof.
change (eta f32) with (/ 2 * bpow radix2 (-149)). rewrite u32.
assert (bpow radix2 (-149) <= bpow radix2 (-60)) by (apply bpow_le; reflexivity || (intro; discriminate)).
simpl in *. lra.
Qed.

(* A madd by class: g and gz are the growths of product and addend, h is at least both, the product's with its own rounding. *)
Lemma madd_rel c x y z ep wp bp ez wz bz g gz h : is f32 z -> 1 <= g -> 1 <= gz -> 0 <= bp -> 0 <= bz -> g * extra c f32 <= h -> gz <= h ->
	rel (x * y) ep wp g bp -> rel z ez wz gz bz ->
	rel (madd c f32 x y z) (ep + ez) (wp + wz) (h * (1 + uf)) ((1 + uf) * ((1 + uf) * bp + et + bz) + et).
Proof.
intros Iz G Gz Bp Bz H1 H2 Hp Hz. assert (U := uf_pos). assert (E := et_pos). assert (X := extra_1 c f32).
assert (gh : g <= h) by (apply Rle_trans with (g * extra c f32); [rewrite <- (Rmult_1_r g) at 1; apply Rmult_le_compat_l; lra | exact H1]).
assert (Hz' : rel z ez wz h bz) by (apply (rel_weaken _ _ _ _ _ _ _ _ Hz); lra).
assert (UB : 0 <= uf * bp) by (apply Rmult_le_pos; lra). assert (UE : 0 <= uf * et) by (apply Rmult_le_pos; lra).
assert (UBZ : 0 <= uf * bz) by (apply Rmult_le_pos; lra). assert (UUB : 0 <= uf * (uf * bp)) by (apply Rmult_le_pos; lra).
destruct c; unfold madd, extra in *.
- assert (Hp' : rel (x * y) ep wp h bp) by (apply (rel_weaken _ _ _ _ _ _ _ _ Hp); lra).
  assert (R := rel_rnd f32 _ _ _ _ _ (rel_plus _ _ _ _ _ _ _ _ _ Hp' Hz')).
  assert (1 <= h * (1 + uf)) by (apply (grow f32 h); lra).
  apply (rel_weaken _ _ _ _ _ _ _ _ R); lra.
- assert (P := rel_rnd f32 _ _ _ _ _ Hp).
  assert (P' : rel (rnd f32 (x * y)) ep wp h ((1 + uf) * bp + et)).
  { assert (1 <= g * (1 + uf)) by (apply (grow f32 g); lra). apply (rel_weaken _ _ _ _ _ _ _ _ P); lra. }
  assert (R := rel_add f32 _ _ _ _ _ _ (is_rnd f32 _) Iz (rel_plus _ _ _ _ _ _ _ _ _ P' Hz')).
  assert (1 <= h * (1 + uf)) by (apply (grow f32 h); lra).
  apply (rel_weaken _ _ _ _ _ _ _ _ R); lra.
Qed.

Section Norms.
Variable c : class.
Let gx := grow_xhat c f32.
Lemma gx_bounds : 1 <= gx <= 1 + (statistics + xhat_roundings c) * uf.
Proof. unfold gx, grow_xhat, statistics, xhat_roundings. rewrite u32. destruct c; lra. Qed.
Lemma growth_norm : gx * extra c f32 * (1 + uf) <= 1 + (norm_error c - 2 / 100) * uf.
Proof. unfold gx, grow_xhat, statistics, xhat_roundings, norm_error, extra. rewrite u32. destruct c; lra. Qed.
Lemma growth_norms : gx * extra c f32 * (1 + uf) * (1 + uf) <= 1 + (norms_error c - 2 / 100) * uf.
Proof. unfold gx, grow_xhat, statistics, xhat_roundings, norms_error, norm_error, extra. rewrite u32. destruct c; lra. Qed.
Variables (xhat xe M gamma beta : R).
Hypothesis Hx : rel xhat xe M gx 0.
Lemma M_0 : 0 <= M. Proof. apply (near_pos _ _ _ _ Hx). Qed.
Lemma xhat_gamma : rel (xhat * gamma) (xe * gamma) (M * Rabs gamma) gx 0.
Proof.
assert (H := rel_mult _ _ _ _ _ _ _ _ _ _ Hx (rel_same gamma _ (Rle_refl _))).
replace (gx * M * 0 + 1 * Rabs gamma * 0 + 0 * 0) with 0 in H by ring. rewrite Rmult_1_r in H. exact H.
Qed.
(* The norm itself: at most norm_error u of its bracket, and 2 eta. *)
Lemma norm_rel : is f32 beta -> rel (madd c f32 xhat gamma beta) (xe * gamma + beta) (M * Rabs gamma + Rabs beta) (gx * extra c f32 * (1 +
	uf)) (21 / 10 * et).
Proof.
intro Ib. assert (X := extra_1 c f32). assert (G := gx_bounds). assert (U := uf_pos). assert (E := et_pos).
assert (GX : 1 <= gx * extra c f32) by nra.
assert (H := madd_rel c xhat gamma beta _ _ _ _ _ _ _ _ (gx * extra c f32) Ib (proj1 G) (Rle_refl 1) (Rle_refl 0) (Rle_refl 0)
	(Rle_refl _) GX xhat_gamma (rel_same beta _ (Rle_refl _))).
assert (0 <= uf * et <= et / 1000) by nra.
assert (1 <= gx * extra c f32 * (1 + uf)) by (apply (grow f32); lra).
apply (rel_weaken _ _ _ _ _ _ _ _ H); lra.
Qed.
Theorem norm_bound : is f32 beta ->
	Rabs (madd c f32 xhat gamma beta - (xe * gamma + beta)) <= (norm_error c - 2 / 100) * uf * (M * Rabs gamma + Rabs beta) + 3 * et.
Proof.
intro Ib. destruct (norm_rel Ib) as [H W]. eapply Rle_trans; [exact H |]. assert (G := growth_norm). assert (E := et_pos).
assert (0 <= M * Rabs gamma + Rabs beta) by (eapply Rle_trans; [apply Rabs_pos | exact W]).
assert ((gx * extra c f32 * (1 + uf) - 1) * (M * Rabs gamma + Rabs beta) <= (norm_error c - 2 / 100) * uf * (M * Rabs gamma + Rabs beta))
	by (apply Rmult_le_compat_r; lra).
lra.
Qed.
End Norms.

(* madd(xhat_h, gamma_h, madd(xhat_x, gamma_x, beta)) *)
Theorem norms_bound c xh xhe Mh gh xx xxe Mx gm beta : rel xh xhe Mh (grow_xhat c f32) 0 -> rel xx xxe Mx (grow_xhat c f32) 0 -> is f32
	beta ->
	let W := Mh * Rabs gh + (Mx * Rabs gm + Rabs beta) in
	Rabs (madd c f32 xh gh (madd c f32 xx gm beta) - (xhe * gh + (xxe * gm + beta))) <= (norms_error c - 2 / 100) * uf * W + 5 * et.
Proof.
intros Hh Hx Ib W. assert (N := norm_rel c xx xxe Mx gm beta Hx Ib). assert (P := xhat_gamma c xh xhe Mh gh Hh).
assert (G := gx_bounds c). assert (X := extra_1 c f32). assert (U := uf_pos). assert (E := et_pos).
set (gx := grow_xhat c f32) in *. assert (GX : 1 <= gx * extra c f32) by nra.
destruct (grow f32 (gx * extra c f32) GX) as [G1 G2]. assert (B : 0 <= 21 / 10 * et) by lra.
assert (H := madd_rel c xh gh _ _ _ _ _ _ _ _ _ _ (is_madd c f32 _ _ _) (proj1 G) G2 (Rle_refl 0) B G1 (Rle_refl _) P N).
destruct H as [H HW]. fold W in H, HW. eapply Rle_trans; [exact H |].
assert (0 <= W) by (eapply Rle_trans; [apply Rabs_pos | exact HW]).
assert (K := growth_norms c). fold gx in K.
assert ((gx * extra c f32 * (1 + uf) * (1 + uf) - 1) * W <= (norms_error c - 2 / 100) * uf * W) by (apply Rmult_le_compat_r; lra).
assert (uf * et <= et / 1000) by nra. assert (0 <= uf * et) by nra. lra.
Qed.

(* Computed activations: within `activation` ulp, and an ulp is at most u below 1; never beyond 1. *)
Definition is_sigmoid s v := 0 <= s <= 1 /\ Rabs (s - sigmoid v) <= activation * uf.
Definition is_tanh t v := Rabs t <= 1 /\ Rabs (t - tanh v) <= activation * uf.

Lemma sigmoid_error s v p e : is_sigmoid s v -> Rabs (v - p) <= e -> Rabs (s - sigmoid p) <= e / 4 + activation * uf.
Proof.
intros [_ H] E. replace (s - sigmoid p) with ((s - sigmoid v) + (sigmoid v - sigmoid p)) by ring.
eapply Rle_trans; [apply Rabs_triang |]. generalize (sigmoid_lipschitz v p). lra.
Qed.
Lemma tanh_error t v p e : is_tanh t v -> Rabs (v - p) <= e -> Rabs (t - tanh p) <= e + activation * uf.
Proof.
intros [_ H] E. replace (t - tanh p) with ((t - tanh v) + (tanh v - tanh p)) by ring.
eapply Rle_trans; [apply Rabs_triang |]. generalize (tanh_lipschitz v p). lra.
Qed.
Lemma abs_mult_le x y a b : Rabs x <= a -> Rabs y <= b -> Rabs (x * y) <= a * b.
Proof. intros. rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; assumption. Qed.
Lemma sigmoid_abs x : Rabs (sigmoid x) <= 1. Proof. generalize (sigmoid_range x). intro. apply Rabs_le. lra. Qed.

Ltac split_abs := eapply Rle_trans; [apply Rabs_triang |].

Section Cells.
Variable c : class.

(* RNN: v the norm as computed, p exact, e the error of the norm *)
Theorem rnn_h h v p e : is_tanh h v -> Rabs (v - p) <= e -> Rabs (h - tanh p) <= e + 198 / 100 * uf.
Proof. intros H E. generalize (tanh_error _ _ _ _ H E) uf_pos. unfold activation. lra. Qed.

(* LSTM *)
Variables (f vf pf ef i vi pi_ ei g vg pg eg c_prev : R).
Hypotheses (Hf : is_sigmoid f vf) (Ef : Rabs (vf - pf) <= ef) (Hi : is_sigmoid i vi) (Ei : Rabs (vi - pi_) <= ei)
	(Hg : is_tanh g vg) (Eg : Rabs (vg - pg) <= eg).

Lemma product_1 x y : Rabs x <= 1 -> Rabs y <= 1 -> Rabs (x * y) <= 1.
Proof. intros. replace 1 with (1 * 1) by ring. now apply abs_mult_le. Qed.

Theorem lstm_c : Rabs (madd c f32 f c_prev (rnd f32 (i * g)) - (sigmoid pf * c_prev + sigmoid pi_ * tanh pg))
	<= Rabs c_prev * (ef / 4 + 399 / 100 * uf) + ei / 4 + eg + 597 / 100 * uf.
Proof.
assert (U := uf_pos). assert (E := et_pos). assert (ES := et_small).
assert (Sf := sigmoid_error _ _ _ _ Hf Ef). assert (Si := sigmoid_error _ _ _ _ Hi Ei). assert (Sg := tanh_error _ _ _ _ Hg Eg).
assert (F1 : Rabs f <= 1) by (apply Rabs_le; generalize (proj1 Hf); lra). assert (I1 : Rabs i <= 1) by (apply Rabs_le; generalize (proj1
	Hi); lra).
assert (G1 := proj1 Hg). set (C := Rabs c_prev). assert (C0 : 0 <= C) by apply Rabs_pos.
assert (A1 : Rabs (f * c_prev - sigmoid pf * c_prev) <= (ef / 4 + activation * uf) * C).
{ replace (f * c_prev - sigmoid pf * c_prev) with ((f - sigmoid pf) * c_prev) by ring. apply abs_mult_le; [exact Sf | apply Rle_refl]. }
assert (A2 : Rabs (i * g - sigmoid pi_ * tanh pg) <= (ei / 4 + activation * uf) + (eg + activation * uf)).
{ replace (i * g - sigmoid pi_ * tanh pg) with ((i - sigmoid pi_) * g + sigmoid pi_ * (g - tanh pg)) by ring. split_abs.
  assert (X := abs_mult_le _ _ _ _ Si G1). assert (Y := abs_mult_le _ _ _ _ (sigmoid_abs pi_) Sg). lra. }
assert (P := product_1 _ _ I1 G1). assert (R := rnd_any f32 (i * g)). set (q := rnd f32 (i * g)) in *.
assert (uf * Rabs (i * g) <= uf * 1) by (apply Rmult_le_compat_l; lra).
assert (Q : Rabs q <= 1 + uf + et). { replace q with ((q - i * g) + i * g) by ring. split_abs. lra. }
assert (FC : Rabs (f * c_prev) <= C). { rewrite <- (Rmult_1_l C). apply abs_mult_le; [exact F1 | apply Rle_refl]. }
assert (K : Rabs (madd c f32 f c_prev q - (f * c_prev + q)) <= C * (201 / 100 * uf) + 101 / 100 * uf).
{ destruct c; unfold madd.
  - assert (S := rnd_any f32 (f * c_prev + q)). assert (T : Rabs (f * c_prev + q) <= C + (1 + uf + et)) by (split_abs; lra).
    assert (uf * Rabs (f * c_prev + q) <= uf * (C + (1 + uf + et))) by (apply Rmult_le_compat_l; lra).
    assert (uf * uf <= / 1000000 * uf) by (apply Rmult_le_compat_r; lra). assert (uf * et <= uf * / 1000) by (apply Rmult_le_compat_l; lra).
    assert (0 <= uf * C) by (apply Rmult_le_pos; lra). lra.
  - assert (S0 := rnd_any f32 (f * c_prev)). set (p := rnd f32 (f * c_prev)) in *.
    assert (uf * Rabs (f * c_prev) <= uf * C) by (apply Rmult_le_compat_l; lra).
    assert (T0 : Rabs p <= C + uf * C + et). { replace p with ((p - f * c_prev) + f * c_prev) by ring. split_abs. lra. }
    assert (S := rnd_add f32 p q (is_rnd f32 _) (is_rnd f32 _)). assert (T : Rabs (p + q) <= C + uf * C + et + (1 + uf + et)) by
      (split_abs; lra).
    assert (uf * Rabs (p + q) <= uf * (C + uf * C + et + (1 + uf + et))) by (apply Rmult_le_compat_l; lra).
    assert (uf * uf <= / 1000000 * uf) by (apply Rmult_le_compat_r; lra). assert (uf * et <= uf * / 1000) by (apply Rmult_le_compat_l; lra).
    assert (0 <= uf * C) by (apply Rmult_le_pos; lra). assert (uf * (uf * C) <= / 1000000 * (uf * C)) by (apply Rmult_le_compat_r; lra).
    replace (rnd f32 (p + q) - (f * c_prev + q)) with ((rnd f32 (p + q) - (p + q)) + (p - f * c_prev)) by ring. split_abs. lra. }
replace (madd c f32 f c_prev q - (sigmoid pf * c_prev + sigmoid pi_ * tanh pg)) with
	((madd c f32 f c_prev q - (f * c_prev + q)) + (f * c_prev - sigmoid pf * c_prev) + ((q - i * g) + (i * g - sigmoid pi_ * tanh
		pg))) by ring.
split_abs. eapply Rle_trans; [apply Rplus_le_compat; [apply Rabs_triang | apply Rabs_triang] |]. unfold activation in *.
assert (0 <= uf * C) by (apply Rmult_le_pos; lra). lra.
Qed.

(* h from the c that was computed: o, and t = tanh of the norm of c *)
Theorem lstm_h o vo po eo t vc pc ec : is_sigmoid o vo -> Rabs (vo - po) <= eo -> is_tanh t vc -> Rabs (vc - pc) <= ec ->
	Rabs (rnd f32 (o * t) - sigmoid po * tanh pc) <= eo / 4 + ec + 495 / 100 * uf.
Proof.
intros Ho Eo Ht Ec. assert (U := uf_pos). assert (E := et_pos). assert (ES := et_small).
assert (So := sigmoid_error _ _ _ _ Ho Eo). assert (St := tanh_error _ _ _ _ Ht Ec).
assert (O1 : Rabs o <= 1) by (apply Rabs_le; generalize (proj1 Ho); lra). assert (T1 := proj1 Ht).
assert (P := product_1 _ _ O1 T1). assert (R := rnd_any f32 (o * t)). assert (uf * Rabs (o * t) <= uf * 1) by (apply Rmult_le_compat_l;
	lra).
replace (rnd f32 (o * t) - sigmoid po * tanh pc) with ((rnd f32 (o * t) - o * t) + ((o - sigmoid po) * t + sigmoid po * (t - tanh pc))) by
	ring.
split_abs. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang |].
assert (X := abs_mult_le _ _ _ _ So T1). assert (Y := abs_mult_le _ _ _ _ (sigmoid_abs po) St). unfold activation in *. lra.
Qed.

(* GRU: un is the norm of wh with beta_u, w that of wx; n = tanh(r un + w), h = h_prev + z (n - h_prev) *)
Theorem gru_argument r vr pr er un une eu w we ew : is_sigmoid r vr -> Rabs (vr - pr) <= er -> is f32 w -> Rabs (un - une) <= eu -> Rabs
	(w - we) <= ew ->
	Rabs (madd c f32 r un w - (sigmoid pr * une + we)) <= Rabs une * (er / 4 + 399 / 100 * uf) + Rabs we * (101 / 100 * uf) + (1 + 3 *
		uf) * (eu + ew) + 3 * et.
Proof.
intros Hr Er Iw Eu Ew. assert (U := uf_pos). assert (E := et_pos).
assert (Sr := sigmoid_error _ _ _ _ Hr Er). assert (R1 : Rabs r <= 1) by (apply Rabs_le; generalize (proj1 Hr); lra).
set (A := Rabs une). set (B := Rabs we). assert (A0 : 0 <= A) by apply Rabs_pos. assert (B0 : 0 <= B) by apply Rabs_pos.
assert (eu0 : 0 <= eu) by (eapply Rle_trans; [apply Rabs_pos | exact Eu]). assert (ew0 : 0 <= ew) by (eapply Rle_trans; [apply Rabs_pos |
	exact Ew]).
assert (D : Rabs (r * un + w - (sigmoid pr * une + we)) <= (er / 4 + activation * uf) * A + eu + ew).
{ replace (r * un + w - (sigmoid pr * une + we)) with ((r - sigmoid pr) * une + r * (un - une) + (w - we)) by ring.
  split_abs. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang |].
  assert (X := abs_mult_le _ _ _ _ Sr (Rle_refl (Rabs une))). assert (Y := abs_mult_le _ _ _ _ R1 Eu). fold A in X. lra. }
assert (UN : Rabs un <= A + eu). { replace un with (une + (un - une)) by ring. split_abs. fold A. lra. }
assert (WN : Rabs w <= B + ew). { replace w with (we + (w - we)) by ring. split_abs. fold B. lra. }
assert (RU : Rabs (r * un) <= A + eu). { rewrite <- (Rmult_1_l (A + eu)). now apply abs_mult_le. }
assert (uf * (A + eu) = uf * A + uf * eu) by ring.
assert (UA : 0 <= uf * A) by (apply Rmult_le_pos; lra). assert (UB : 0 <= uf * B) by (apply Rmult_le_pos; lra).
assert (Ueu : 0 <= uf * eu) by (apply Rmult_le_pos; lra). assert (Uew : 0 <= uf * ew) by (apply Rmult_le_pos; lra).
assert (UE : 0 <= uf * et <= et / 1000) by (split; [apply Rmult_le_pos; lra | apply Rle_trans with (/ 1000000 * et); [apply
	Rmult_le_compat_r |]; lra]).
assert (K : Rabs (madd c f32 r un w - (r * un + w)) <= 2001 / 1000 * (uf * A) + 1001 / 1000 * (uf * B) + 2001 / 1000 * (uf * eu) + 1001 /
	1000 * (uf * ew) + 21 / 10 * et).
{ destruct c; unfold madd.
  - assert (S := rnd_any f32 (r * un + w)). assert (T : Rabs (r * un + w) <= A + eu + (B + ew)) by (split_abs; lra).
    assert (uf * Rabs (r * un + w) <= uf * (A + eu + (B + ew))) by (apply Rmult_le_compat_l; lra). lra.
  - assert (S0 := rnd_any f32 (r * un)). set (p := rnd f32 (r * un)) in *.
    assert (uf * Rabs (r * un) <= uf * (A + eu)) by (apply Rmult_le_compat_l; lra).
    assert (T0 : Rabs p <= A + eu + uf * (A + eu) + et). { replace p with ((p - r * un) + r * un) by ring. split_abs. lra. }
    assert (S := rnd_add f32 p w (is_rnd f32 _) Iw). assert (T : Rabs (p + w) <= A + eu + uf * (A + eu) + et + (B + ew)) by (split_abs;
      lra).
    assert (uf * Rabs (p + w) <= uf * (A + eu + uf * (A + eu) + et + (B + ew))) by (apply Rmult_le_compat_l; lra).
    assert (uf * (uf * (A + eu)) <= / 1000000 * (uf * (A + eu))) by (apply Rmult_le_compat_r; lra).
    replace (rnd f32 (p + w) - (r * un + w)) with ((rnd f32 (p + w) - (p + w)) + (p - r * un)) by ring. split_abs. lra. }
replace (madd c f32 r un w - (sigmoid pr * une + we)) with ((madd c f32 r un w - (r * un + w)) + (r * un + w - (sigmoid pr * une + we)))
	by ring.
split_abs. unfold activation in *. lra.
Qed.

Theorem gru_h z vz pz ez n vn pn en h_prev H : is_sigmoid z vz -> Rabs (vz - pz) <= ez -> is_tanh n vn -> Rabs (vn - pn) <= en ->
	is f32 n -> is f32 h_prev -> Rabs h_prev <= H -> 1 <= H ->
	Rabs (madd c f32 z (rnd f32 (n - h_prev)) h_prev - ((1 - sigmoid pz) * h_prev + sigmoid pz * tanh pn)) <= H * (ez / 2 + 896 / 100
		* uf) + en + 198 / 100 * uf.
Proof.
intros Hz Ez Hn En In Ih Hh H1. assert (U := uf_pos). assert (E := et_pos). assert (ES := et_small).
assert (Sz := sigmoid_error _ _ _ _ Hz Ez). assert (Sn := tanh_error _ _ _ _ Hn En).
assert (Z1 : Rabs z <= 1) by (apply Rabs_le; generalize (proj1 Hz); lra). assert (N1 := proj1 Hn).
assert (UH : uf <= uf * H) by (rewrite <- (Rmult_1_r uf) at 1; apply Rmult_le_compat_l; lra).
assert (ND : Rabs (n - h_prev) <= 2 * H). { unfold Rminus. split_abs. rewrite Rabs_Ropp. lra. }
assert (TD : Rabs (tanh pn - h_prev) <= 2 * H). { unfold Rminus. split_abs. rewrite Rabs_Ropp. generalize (tanh_range pn). lra. }
assert (S := rnd_add f32 n (- h_prev) In (is_opp f32 _ Ih)). fold (n - h_prev) in S. set (d := rnd f32 (n - h_prev)) in *.
assert (uf * Rabs (n - h_prev) <= uf * (2 * H)) by (apply Rmult_le_compat_l; lra).
assert (DD : Rabs d <= 2 * H + uf * (2 * H)). { replace d with ((d - (n - h_prev)) + (n - h_prev)) by ring. split_abs. lra. }
assert (V : Rabs (z * d - z * (n - h_prev)) <= uf * (2 * H)).
{ replace (z * d - z * (n - h_prev)) with (z * (d - (n - h_prev))) by ring. rewrite <- (Rmult_1_l (uf * (2 * H))). apply abs_mult_le; lra. }
assert (W : Rabs (z * (n - h_prev) + h_prev) <= H).
{ replace (z * (n - h_prev) + h_prev) with (z * n + (1 - z) * h_prev) by ring. destruct Hz as [[Z2 Z3] _].
  split_abs. rewrite !Rabs_mult, (Rabs_pos_eq z), (Rabs_pos_eq (1 - z)) by lra.
  assert (z * Rabs n <= z * H) by (apply Rmult_le_compat_l; lra). assert ((1 - z) * Rabs h_prev <= (1 - z) * H) by (apply
    Rmult_le_compat_l; lra). lra. }
assert (X : Rabs (z * (n - h_prev) + h_prev - ((1 - sigmoid pz) * h_prev + sigmoid pz * tanh pn)) <= (ez / 4 + activation * uf) * (2 * H)
	+ (en + activation * uf)).
{ replace (z * (n - h_prev) + h_prev - ((1 - sigmoid pz) * h_prev + sigmoid pz * tanh pn)) with ((z - sigmoid pz) * (tanh pn - h_prev) + z
	* (n - tanh pn)) by ring.
  split_abs. assert (P := abs_mult_le _ _ _ _ Sz TD). assert (Q := abs_mult_le _ _ _ _ Z1 Sn). lra. }
assert (UUH : uf * (uf * H) <= / 1000000 * (uf * H)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos |]; lra).
assert (UE : uf * et <= / 1000000 * et) by (apply Rmult_le_compat_r; lra).
assert (ZD : Rabs (z * d) <= 2 * H + uf * (2 * H)). { rewrite <- (Rmult_1_l (2 * H + uf * (2 * H))). now apply abs_mult_le. }
assert (K : Rabs (madd c f32 z d h_prev - (z * d + h_prev)) <= 301 / 100 * (uf * H)).
{ destruct c; unfold madd.
  - assert (R := rnd_any f32 (z * d + h_prev)).
    assert (T : Rabs (z * d + h_prev) <= H + uf * (2 * H)).
    { replace (z * d + h_prev) with ((z * d - z * (n - h_prev)) + (z * (n - h_prev) + h_prev)) by ring. split_abs. lra. }
    assert (uf * Rabs (z * d + h_prev) <= uf * (H + uf * (2 * H))) by (apply Rmult_le_compat_l; lra). lra.
  - assert (R0 := rnd_any f32 (z * d)). set (p := rnd f32 (z * d)) in *.
    assert (uf * Rabs (z * d) <= uf * (2 * H + uf * (2 * H))) by (apply Rmult_le_compat_l; lra).
    assert (R := rnd_add f32 p h_prev (is_rnd f32 _) Ih).
    assert (T : Rabs (p + h_prev) <= H + uf * (2 * H) + uf * (2 * H + uf * (2 * H)) + et).
    { replace (p + h_prev) with ((p - z * d) + (z * d - z * (n - h_prev)) + (z * (n - h_prev) + h_prev)) by ring.
      split_abs. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang |]. lra. }
    assert (uf * Rabs (p + h_prev) <= uf * (H + uf * (2 * H) + uf * (2 * H + uf * (2 * H)) + et)) by (apply Rmult_le_compat_l; lra).
    assert (uf * (uf * (uf * H)) <= uf * (/ 1000000 * (uf * H))) by (apply Rmult_le_compat_l; lra).
    replace (rnd f32 (p + h_prev) - (z * d + h_prev)) with ((rnd f32 (p + h_prev) - (p + h_prev)) + (p - z * d)) by ring. split_abs. lra. }
replace (madd c f32 z d h_prev - ((1 - sigmoid pz) * h_prev + sigmoid pz * tanh pn)) with
	((madd c f32 z d h_prev - (z * d + h_prev)) + (z * d - z * (n - h_prev)) + (z * (n - h_prev) + h_prev - ((1 - sigmoid pz) * h_prev
		+ sigmoid pz * tanh pn))) by ring.
split_abs. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang |]. unfold activation in *. lra.
Qed.
End Cells.
