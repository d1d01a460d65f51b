(* Section 4 of docs/numerics.md, line by line: the states that are merged, and merge2. *)
Require Import Reals.
Require Import wide merge step.
Local Open Scope R_scope.

Record st := State { cn : R; sm : R; sl : R; sr : R; s2 : R; s2l : R }.
Definition value a := sm a + sl a + sr a.
Definition square a := s2 a + s2l a.
Definition F_state a := F64 (cn a) /\ F64 (sm a) /\ F64 (sl a) /\ F64 (sr a) /\ F64 (s2 a) /\ F64 (s2l a).

Section Merges.
(* the error of the product: fma's or Dekker's, they are the same wherever it matters *)
Variable pe : R -> R -> R.

(* section 4, line by line *)
Definition md0 a b := two_s (sm b) (- sm a).
Definition me a b := two_e (sm b) (- sm a).
Definition mc0 a b := two_s (sl b) (- sl a).
Definition mf a b := two_e (sl b) (- sl a).
Definition mc a b := two_s (me a b) (mc0 a b).
Definition mg a b := two_e (me a b) (mc0 a b).
Definition md a b := two_s (md0 a b) (mc a b).
Definition mdl a b := rnd64 (two_e (md0 a b) (mc a b) + rnd64 (rnd64 (mf a b + mg a b) + rnd64 (sr b - sr a))).
Definition mn a b := cn a + cn b.
Definition minv a b := rnd64 (1 / mn a b).
Definition mstep a b := rnd64 (md a b * rnd64 (cn b * minv a b)).
Definition mstepl a b := rnd64 (rnd64 (rnd64 (rnd64 (pr (md a b) (cn b) - pr (mstep a b) (mn a b))
  + rnd64 (pe (md a b) (cn b) - pe (mstep a b) (mn a b))) + rnd64 (mdl a b * cn b)) * minv a b).
Definition mgg a b := pr (md a b) (mstep a b).
Definition mgl a b := rnd64 (pe (md a b) (mstep a b) + rnd64 (rnd64 (md a b * mstepl a b) + rnd64 (mdl a b * mstep a b))).
Definition mh a b := pr (mgg a b) (cn a).
Definition mhl a b := rnd64 (pe (mgg a b) (cn a) + rnd64 (mgl a b * cn a)).
Definition ma1 a b := two_s (s2 a) (s2 b).
Definition ma2 a b := two_s (ma1 a b) (mh a b).
Definition mt a b := rnd64 (rnd64 (rnd64 (two_e (s2 a) (s2 b) + two_e (ma1 a b) (mh a b)) + rnd64 (s2l a + s2l b)) + mhl a b).
Definition mA a b := two_s (sm a) (mstep a b).
Definition mE a b := two_e (sm a) (mstep a b).
Definition mC1 a b := two_s (mE a b) (sl a).
Definition mC2 a b := two_s (mC1 a b) (mstepl a b).
Definition mT a b := rnd64 (rnd64 (two_e (mE a b) (sl a) + two_e (mC1 a b) (mstepl a b)) + sr a).
Definition mC3 a b := two_s (mC2 a b) (mT a b).
Definition merge2 a b := State (mn a b) (two_s (mA a b) (mC3 a b)) (two_e (mA a b) (mC3 a b)) (two_e (mC2 a b) (mT a b))
  (two_s (ma2 a b) (mt a b)) (two_e (ma2 a b) (mt a b)).

End Merges.
