(* The errors of a step in terms of the brackets of its norms alone: what cells_bound.v says, with the norms' errors put in, and the
   denormals' share in what the constants leave over. *)
Require Import Reals Lra.
Require Import backward_rounding backward_sums backward_constants cells_activations cells_bound.
Local Open Scope R_scope.

(* v is a norm (k = 1) or a sum of two (k = 2) of bracket w, computed for p: norm_bound and norms_bound. *)
Definition normed c (k : nat) v p w := Rabs p <= w /\ Rabs (v - p) <= (norm_error c + (INR k - 1) - 2 / 100) * uf * w + 5 * et.
Definition e_norm c w := norm_error c * uf * w.
Definition e_norms c w := norms_error c * uf * w.

Lemma normed_1 c v p w : normed c 1 v p w -> 0 <= w /\ Rabs (v - p) <= e_norm c w - 2 / 100 * uf * w + 5 * et.
Proof. intros [A B]. split; [eapply Rle_trans; [apply Rabs_pos | exact A] |]. unfold e_norm. simpl INR in B. lra. Qed.
Lemma normed_2 c v p w : normed c 2 v p w -> 0 <= w /\ Rabs (v - p) <= e_norms c w - 2 / 100 * uf * w + 5 * et.
Proof. intros [A B]. split; [eapply Rle_trans; [apply Rabs_pos | exact A] |]. unfold e_norms, norms_error. simpl INR in B. lra. Qed.
Lemma uw w : 0 <= w -> 0 <= uf * w. Proof. intro. apply Rmult_le_pos; [apply uf_pos | assumption]. Qed.

Lemma norm_is_normed c xhat xe M gamma beta : rel xhat xe M (grow_xhat c f32) 0 -> is f32 beta ->
	normed c 1 (madd c f32 xhat gamma beta) (xe * gamma + beta) (M * Rabs gamma + Rabs beta).
Proof.
intros H Ib. split; [apply (norm_rel c xhat xe M gamma beta H Ib) |].
assert (B := norm_bound c xhat xe M gamma beta H Ib). generalize et_pos. simpl INR. lra.
Qed.
Lemma norms_are_normed c xh xhe Mh gh xx xxe Mx gm beta : rel xh xhe Mh (grow_xhat c f32) 0 -> rel xx xxe Mx (grow_xhat c f32) 0 -> is f32
	beta ->
	normed c 2 (madd c f32 xh gh (madd c f32 xx gm beta)) (xhe * gh + (xxe * gm + beta)) (Mh * Rabs gh + (Mx * Rabs gm + Rabs beta)).
Proof.
intros Hh Hx Ib. split.
- destruct (xhat_gamma c xh xhe Mh gh Hh) as [_ A]. destruct (norm_rel c xx xxe Mx gm beta Hx Ib) as [_ B].
  eapply Rle_trans; [apply Rabs_triang | lra].
- assert (B := norms_bound c xh xhe Mh gh xx xxe Mx gm beta Hh Hx Ib). cbn zeta in B. unfold norms_error in B. simpl INR. lra.
Qed.

Theorem rnn_step c h v p w : is_tanh h v -> normed c 1 v p w -> Rabs (h - tanh p) <= e_norm c w + 2 * uf.
Proof.
intros Hh N. destruct (normed_1 _ _ _ _ N) as [W E]. assert (B := rnn_h h v p _ Hh E). assert (S := et_small). assert (U := uw w W).
	assert (V := uf_pos). lra.
Qed.

Theorem lstm_c_step c f vf pf wf i vi pi_ wi g vg pg wg c_prev : is_sigmoid f vf -> normed c 2 vf pf wf -> is_sigmoid i vi -> normed c 2
	vi pi_ wi ->
	is_tanh g vg -> normed c 2 vg pg wg ->
	Rabs (madd c f32 f c_prev (rnd f32 (i * g)) - (sigmoid pf * c_prev + sigmoid pi_ * tanh pg))
	<= Rabs c_prev * (e_norms c wf / 4 + 4 * uf) + e_norms c wi / 4 + e_norms c wg + 6 * uf.
Proof.
intros Hf Nf Hi Ni Hg Ng. destruct (normed_2 _ _ _ _ Nf) as [Wf Ef]. destruct (normed_2 _ _ _ _ Ni) as [Wi Ei]. destruct (normed_2 _ _ _ _
	Ng) as [Wg Eg].
assert (B := lstm_c c f vf pf _ i vi pi_ _ g vg pg _ c_prev Hf Ef Hi Ei Hg Eg). eapply Rle_trans; [exact B |].
assert (S := et_small). assert (V := uf_pos). assert (Uf := uw _ Wf). assert (Ui := uw _ Wi). assert (Ug := uw _ Wg).
assert (C : Rabs c_prev * ((e_norms c wf - 2 / 100 * uf * wf + 5 * et) / 4 + 399 / 100 * uf) <= Rabs c_prev * (e_norms c wf / 4 + 4 * uf))
	by (apply Rmult_le_compat_l; [apply Rabs_pos | lra]).
lra.
Qed.

Theorem lstm_h_step c o vo po wo t vc pc wc : is_sigmoid o vo -> normed c 2 vo po wo -> is_tanh t vc -> normed c 1 vc pc wc ->
	Rabs (rnd f32 (o * t) - sigmoid po * tanh pc) <= e_norms c wo / 4 + e_norm c wc + 5 * uf.
Proof.
intros Ho No Ht Nc. destruct (normed_2 _ _ _ _ No) as [Wo Eo]. destruct (normed_1 _ _ _ _ Nc) as [Wc Ec].
assert (B := lstm_h o vo po _ t vc pc _ Ho Eo Ht Ec). assert (S := et_small). assert (Uo := uw _ Wo). assert (Uc := uw _ Wc). assert (V :=
	uf_pos). lra.
Qed.

(* a is the argument of n's tanh: r times the norm un, of bracket wu, plus the norm v, of bracket wv. *)
Theorem gru_step c z vz pz wz r vr pr wr un une wu v ve wv n h_prev H :
	is_sigmoid z vz -> normed c 2 vz pz wz -> is_sigmoid r vr -> normed c 2 vr pr wr -> normed c 1 un une wu -> normed c 1 v ve wv ->
		is f32 v ->
	is_tanh n (madd c f32 r un v) -> is f32 n -> is f32 h_prev -> Rabs h_prev <= H -> 1 <= H ->
	Rabs (madd c f32 z (rnd f32 (n - h_prev)) h_prev - ((1 - sigmoid pz) * h_prev + sigmoid pz * tanh (sigmoid pr * une + ve)))
	<= H * (e_norms c wz / 2 + 9 * uf) + Rabs une * (e_norms c wr / 4 + 4 * uf) + e_norm c wu + e_norm c wv + uf * Rabs ve + 2 * uf.
Proof.
intros Hz Nz Hr Nr Nu Nv Iv Hn In Ih Hh H1.
destruct (normed_2 _ _ _ _ Nz) as [Wz Ez]. destruct (normed_2 _ _ _ _ Nr) as [Wr Er]. destruct (normed_1 _ _ _ _ Nu) as [Wu Eu]. destruct
	(normed_1 _ _ _ _ Nv) as [Wv Ev].
assert (S := et_small). assert (E := et_pos). assert (U := uf_pos). assert (Uz := uw _ Wz). assert (Ur := uw _ Wr). assert (Uu := uw _
	Wu). assert (Uv := uw _ Wv).
assert (A := gru_argument c r vr pr _ un une _ v ve _ Hr Er Iv Eu Ev).
assert (B := gru_h c z vz pz _ n _ _ _ h_prev H Hz Ez Hn A In Ih Hh H1). eapply Rle_trans; [exact B |].
assert (C1 : H * ((e_norms c wz - 2 / 100 * uf * wz + 5 * et) / 2 + 896 / 100 * uf) <= H * (e_norms c wz / 2 + 9 * uf)) by (apply
	Rmult_le_compat_l; lra).
assert (C2 : Rabs une * ((e_norms c wr - 2 / 100 * uf * wr + 5 * et) / 4 + 399 / 100 * uf) <= Rabs une * (e_norms c wr / 4 + 4 * uf))
	by (apply Rmult_le_compat_l; [apply Rabs_pos | lra]).
(* what is beyond u in the last roundings is in the 0.02 u that a norm leaves over *)
assert (V : Rabs ve <= wv) by apply Nv. assert (UV : uf * Rabs ve <= uf * wv) by (apply Rmult_le_compat_l; lra).
assert (K : forall w, 0 <= w -> 0 <= uf * w -> (1 + 3 * uf) * (e_norm c w - 2 / 100 * uf * w + 5 * et) <= e_norm c w - 1 / 100 * (uf * w)
	+ 6 * et).
{ intros w W UW. unfold e_norm. assert (N : 0 <= norm_error c <= 14) by (unfold norm_error; destruct c; lra).
  assert (T : 0 <= norm_error c * (uf * w) <= 14 * (uf * w)) by (split; [apply Rmult_le_pos; lra | apply Rmult_le_compat_r; lra]).
  assert (uf * (norm_error c * (uf * w)) <= / 1000000 * (14 * (uf * w))) by (apply Rmult_le_compat; lra).
  assert (0 <= uf * (uf * w)) by (apply Rmult_le_pos; lra). assert (uf * et <= / 1000000 * et) by (apply Rmult_le_compat_r; lra). lra. }
assert (Ku := K _ Wu Uu). assert (Kv := K _ Wv Uv). lra.
Qed.
