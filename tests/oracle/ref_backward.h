/*
 * ref_backward.h - the oracle of the gradients: the formulas of ln.h in 113-bit arithmetic, with the units of its error bounds
 */
#ifndef REF_BACKWARD_H
#define REF_BACKWARD_H

#include "model_backward.h"
#include "ref.h"

/*
 * Exact gradients of all rows: dx and dgate row after row, whatever the strides; dgamma and dbeta laid out as the parameters. Units:
 *	dx       u rstd (|g| + average|g| + max(1, |xhat|) k average(|g| max(1, |xhat|))), since the error of an xhat is in units of
 *	         max(1, |xhat|); k is 1, or that of LN_EPS_OUTSIDE
 *	dgamma   u sum of |dn| max(1, |xhat|); `strict`: u sum of |dn xhat|
 *	dbeta    u sum of |dn|
 *	dgate    u |dy| ((|gamma| max(1, |xhat|) + |beta|) |act'| + |n| sigma (1 + |gate|)), without |gate| for LN_GATE_SIGMOID
 * What a gate, whose act is off as bounds.h says, and the addition of dsum put upon them is in slack.
 */
struct ref_gradients { struct ref_value *dx, *dgate, *dgamma, *dbeta; };

/* b may lack any output; what dgamma and dbeta hold is read with LN_ACCUMULATE. */
struct ref_gradients ref_backward(const struct backward *b, bool strict);
void ref_gradients_free(struct ref_gradients *g);

#endif
