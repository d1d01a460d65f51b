(* What binary32 and binary64 do to a number, and how errors combine. `arith` is what the proofs use of a type; `flt_arith` shows it for
   the formats with denormals, of any precision and smallest exponent, from Flocq. *)
Require Import Reals Lra Lia.
From Flocq Require Import Core Relative Plus_error.
Local Open Scope R_scope.

(* u: half an ulp of 1; eta: half of the smallest denormal. A sum of two numbers of the type never loses more than u times itself. *)
Record arith := {
	is : R -> Prop;
	rnd : R -> R;
	u : R;
	eta : R;
	u_pos : 0 <= u;
	u_small : u <= 1 / 1000;
	eta_pos : 0 <= eta;
	is_0 : is 0;
	is_rnd : forall x, is (rnd x);
	is_opp : forall x, is x -> is (- x);
	rnd_is : forall x, is x -> rnd x = x;
	rnd_any : forall x, Rabs (rnd x - x) <= u * Rabs x + eta;
	rnd_add : forall x y, is x -> is y -> Rabs (rnd (x + y) - (x + y)) <= u * Rabs (x + y);
	is_rest : forall x y, is x -> is y -> is (x + y - rnd (x + y))
}.

Definition even x := negb (Z.even x).

Section Formats.
Variables emin prec : Z.
Hypothesis big : (11 <= prec)%Z.
Let P : Prec_gt_0 prec. Proof. unfold Prec_gt_0. lia. Qed.
Local Existing Instance P.
Let ex := FLT_exp emin prec.
Let flt_is := generic_format radix2 ex.
Let flt_rnd := round radix2 ex (Znearest even).
Let flt_u := / 2 * bpow radix2 (- prec + 1).
Let flt_eta := / 2 * bpow radix2 emin.

Lemma flt_u_pos : 0 <= flt_u. Proof. unfold flt_u. generalize (bpow_ge_0 radix2 (- prec + 1)). lra. Qed.
Lemma flt_eta_pos : 0 <= flt_eta. Proof. unfold flt_eta. generalize (bpow_ge_0 radix2 emin). lra. Qed.
Lemma flt_u_small : flt_u <= 1 / 1000.
Proof.
unfold flt_u. assert (bpow radix2 (- prec + 1) <= bpow radix2 (-10)) by (apply bpow_le; lia).
simpl in H. lra.
Qed.
Lemma flt_is_rnd x : flt_is (flt_rnd x).
Proof. apply generic_format_round; [apply FLT_exp_valid; exact P | apply valid_rnd_N]. Qed.
Lemma flt_rnd_is x : flt_is x -> flt_rnd x = x.
Proof. intro H. apply round_generic; [apply valid_rnd_N | exact H]. Qed.
Lemma flt_rnd_any x : Rabs (flt_rnd x - x) <= flt_u * Rabs x + flt_eta.
Proof.
destruct (error_N_FLT radix2 emin prec ltac:(lia) even x) as (e & z & He & Hz & _ & H).
unfold flt_rnd, ex. rewrite H. replace (x * (1 + e) + z - x) with (e * x + z) by ring.
eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_mult.
apply Rplus_le_compat; [apply Rmult_le_compat_r; [apply Rabs_pos | exact He] | exact Hz].
Qed.
Lemma flt_rnd_add x y : flt_is x -> flt_is y -> Rabs (flt_rnd (x + y) - (x + y)) <= flt_u * Rabs (x + y).
Proof.
intros Hx Hy.
destruct (@FLT_plus_error_N_ex radix2 emin prec P even x y Hx Hy) as [e [He H]].
unfold flt_rnd, ex. rewrite H. replace ((x + y) * (1 + e) - (x + y)) with (e * (x + y)) by ring.
rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos |].
eapply Rle_trans; [exact He |].
unfold flt_u, u_ro in *. set (b := bpow radix2 (- prec + 1)) in *.
assert (0 <= b) by apply bpow_ge_0.
apply Rmult_le_reg_r with (1 + / 2 * b); [lra |].
unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.
Lemma flt_is_rest x y : flt_is x -> flt_is y -> flt_is (x + y - flt_rnd (x + y)).
Proof.
intros Hx Hy. replace (x + y - flt_rnd (x + y)) with (- (flt_rnd (x + y) - (x + y))) by ring.
apply generic_format_opp. unfold flt_rnd. apply plus_error; try assumption.
- apply FLT_exp_valid. exact P.
- apply FLT_exp_monotone.
Qed.

Definition flt_arith : arith := {|
	is := flt_is; rnd := flt_rnd; u := flt_u; eta := flt_eta; u_pos := flt_u_pos; u_small := flt_u_small; eta_pos := flt_eta_pos;
	is_0 := generic_format_0 radix2 ex; is_rnd := flt_is_rnd; is_opp := generic_format_opp radix2 ex; rnd_is := flt_rnd_is;
	rnd_any := flt_rnd_any; rnd_add := flt_rnd_add; is_rest := flt_is_rest |}.
End Formats.

Definition f32 : arith := flt_arith (-149) 24 ltac:(lia).
Definition f64 : arith := flt_arith (-1074) 53 ltac:(lia).

Lemma u32 : u f32 = / 16777216. Proof. simpl. lra. Qed.
Lemma u64 : u f64 = / 9007199254740992. Proof. simpl. lra. Qed.
Lemma eta32 : eta f32 = bpow radix2 (-150). Proof. simpl. lra. Qed.

(* Every float is a double. *)
Lemma f32_in_f64 x : is f32 x -> is f64 x.
Proof.
simpl. apply generic_inclusion_mag. intros _. unfold FLT_exp. lia.
Qed.

(* c is a computed value of the exact e: |e| <= w, |c - e| <= d. *)
Definition near (c e w d : R) := Rabs (c - e) <= d /\ Rabs e <= w.

Lemma near_pos c e w d : near c e w d -> 0 <= w /\ 0 <= d.
Proof. intros [H1 H2]. split; eapply Rle_trans; try apply Rabs_pos; eassumption. Qed.
Lemma near_size c e w d : near c e w d -> Rabs c <= w + d.
Proof. intros [H1 H2]. replace c with (e + (c - e)) by ring. eapply Rle_trans; [apply Rabs_triang | lra]. Qed.
Lemma near_weaken c e w d w' d' : near c e w d -> w <= w' -> d <= d' -> near c e w' d'.
Proof. intros [H1 H2] Hw Hd. split; lra. Qed.
Lemma near_same x w : Rabs x <= w -> near x x w 0.
Proof. intro H. split; [replace (x - x) with 0 by ring; rewrite Rabs_R0; lra | exact H]. Qed.
Lemma near_plus c1 e1 w1 d1 c2 e2 w2 d2 : near c1 e1 w1 d1 -> near c2 e2 w2 d2 -> near (c1 + c2) (e1 + e2) (w1 + w2) (d1 + d2).
Proof.
intros [A1 B1] [A2 B2]. split.
- replace (c1 + c2 - (e1 + e2)) with ((c1 - e1) + (c2 - e2)) by ring. eapply Rle_trans; [apply Rabs_triang | lra].
- eapply Rle_trans; [apply Rabs_triang | lra].
Qed.
Lemma near_opp c e w d : near c e w d -> near (- c) (- e) w d.
Proof.
intros [H1 H2]. split; [| now rewrite Rabs_Ropp].
replace (- c - - e) with (- (c - e)) by ring. now rewrite Rabs_Ropp.
Qed.
Lemma near_minus c1 e1 w1 d1 c2 e2 w2 d2 : near c1 e1 w1 d1 -> near c2 e2 w2 d2 -> near (c1 - c2) (e1 - e2) (w1 + w2) (d1 + d2).
Proof. intros H1 H2. apply near_opp in H2. apply (near_plus _ _ _ _ _ _ _ _ H1 H2). Qed.
Lemma near_mult c1 e1 w1 d1 c2 e2 w2 d2 :
	near c1 e1 w1 d1 -> near c2 e2 w2 d2 -> near (c1 * c2) (e1 * e2) (w1 * w2) (w1 * d2 + w2 * d1 + d1 * d2).
Proof.
intros H1 H2. destruct (near_pos _ _ _ _ H1) as [P1 Q1]. destruct (near_pos _ _ _ _ H2) as [P2 Q2].
destruct H1 as [A1 B1], H2 as [A2 B2]. split.
- replace (c1 * c2 - e1 * e2) with (e1 * (c2 - e2) + e2 * (c1 - e1) + (c1 - e1) * (c2 - e2)) by ring.
  eapply Rle_trans; [apply Rabs_triang |]. apply Rplus_le_compat.
  + eapply Rle_trans; [apply Rabs_triang |].
    rewrite !Rabs_mult. apply Rplus_le_compat; apply Rmult_le_compat; try apply Rabs_pos; assumption.
  + rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; assumption.
- rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos; assumption.
Qed.
(* What a rounding r of c adds: v |c| + z. *)
Lemma near_round r c e w d v z : near c e w d -> 0 <= v -> Rabs (r - c) <= v * Rabs c + z -> near r e w (d + v * (w + d) + z).
Proof.
intros H Hv Hr. assert (S := near_size _ _ _ _ H). destruct H as [A B]. split; [| exact B].
replace (r - e) with ((r - c) + (c - e)) by ring. eapply Rle_trans; [apply Rabs_triang |].
assert (v * Rabs c <= v * (w + d)) by (apply Rmult_le_compat_l; assumption). lra.
Qed.
Lemma near_rnd a c e w d : near c e w d -> near (rnd a c) e w (d + u a * (w + d) + eta a).
Proof. intro H. apply (near_round _ _ _ _ _ _ _ H); [apply u_pos | apply rnd_any]. Qed.
Lemma near_add a x y e w d : is a x -> is a y -> near (x + y) e w d -> near (rnd a (x + y)) e w (d + u a * (w + d)).
Proof.
intros Hx Hy H. replace (d + u a * (w + d)) with (d + u a * (w + d) + 0) by ring.
apply (near_round _ _ _ _ _ _ _ H); [apply u_pos |]. rewrite Rplus_0_r. now apply rnd_add.
Qed.
