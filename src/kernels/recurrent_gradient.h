/*
 * recurrent_gradient.h - the gradients of one row of a step at its gates and states: docs/numerics.md section 14
 *
 * The activations are computed again. From the gates on, the gradients are those of norms: gradient.h.
 */
#ifndef LN_RECURRENT_GRADIENT_H
#define LN_RECURRENT_GRADIENT_H

#include "recurrent.h"

/* The derivatives of activations, by their values. */
LN_INLINE vec sigmoid_slope(vec s) { return vec_mul(s, vec_sub(vec_set1(1.0f), s)); }
LN_INLINE vec tanh_slope(vec t) { return vec_sub(vec_set1(1.0f), vec_mul(t, t)); }

LN_INLINE void rnn_gradient_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	cell_store(r->dgates + at, vec_mul(cell_load(r->dh + at, n), tanh_slope(rnn_output(a, r, at, n))), n);
}

/* At the output gate, and at the norm of c. */
LN_INLINE void lstm_output_gradient_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	size_t gate = 2 * r->hidden + at;
	vec o = vec_sigmoid(cell_gate(a, r, gate, n)), m = vec_tanh(cell_last_norm(a, 2, r->c + at, at, n)), dh = cell_load(r->dh + at, n);

	cell_store(r->dgates + gate, vec_mul(vec_mul(dh, m), sigmoid_slope(o)), n);
	cell_store(r->dnorm + at, vec_mul(vec_mul(dh, o), tanh_slope(m)), n);
}

/* At the other gates, and at c_prev; dnorm is what arrives at c through its norm. */
LN_INLINE void lstm_state_gradient_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	size_t hidden = r->hidden;
	vec f = vec_sigmoid(cell_gate(a, r, at, n)), i = vec_sigmoid(cell_gate(a, r, hidden + at, n));
	vec g = vec_tanh(cell_gate(a, r, 3 * hidden + at, n));
	vec dc = vec_add(cell_load(r->dnorm + at, n), r->dc ? cell_load(r->dc + at, n) : vec_set1(0.0f));

	cell_store(r->dgates + at, vec_mul(vec_mul(dc, cell_load(r->c_prev + at, n)), sigmoid_slope(f)), n);
	cell_store(r->dgates + hidden + at, vec_mul(vec_mul(dc, g), sigmoid_slope(i)), n);
	cell_store(r->dgates + 3 * hidden + at, vec_mul(vec_mul(dc, i), tanh_slope(g)), n);
	if (r->dc_prev)
		cell_store(r->dc_prev + at, vec_mul(dc, f), n);
}

/* At z, r and the candidate's norm of wx, then at that of wh; and at h_prev. */
LN_INLINE void gru_gradient_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	size_t hidden = r->hidden;
	vec z = vec_sigmoid(cell_gate(a, r, at, n)), reset = vec_sigmoid(cell_gate(a, r, hidden + at, n));
	vec recurrent = gru_recurrent(a, r, at, n), candidate = gru_candidate(a, r, reset, recurrent, at, n);
	vec dh = cell_load(r->dh + at, n), difference = vec_sub(candidate, cell_load(r->h_prev + at, n));
	vec d = vec_mul(vec_mul(dh, z), tanh_slope(candidate));

	cell_store(r->dgates + at, vec_mul(vec_mul(dh, difference), sigmoid_slope(z)), n);
	cell_store(r->dgates + hidden + at, vec_mul(vec_mul(d, recurrent), sigmoid_slope(reset)), n);
	cell_store(r->dgates + 2 * hidden + at, d, n);
	cell_store(r->dgates + 3 * hidden + at, vec_mul(d, reset), n);
	if (r->dh_prev)
		cell_store(r->dh_prev + at, vec_sub(dh, vec_mul(z, dh)), n);
}

static void LN_NAME(rnn_gradient)(const struct cell_row *r) { cell_stage(rnn_gradient_lanes, r, 1, 0, 1); }
static void LN_NAME(lstm_output_gradient)(const struct cell_row *r) { cell_stage(lstm_output_gradient_lanes, r, 4, 0, 3); }
static void LN_NAME(lstm_state_gradient)(const struct cell_row *r) { cell_stage(lstm_state_gradient_lanes, r, 4, 0, 2); }
static void LN_NAME(gru_gradient)(const struct cell_row *r) { cell_stage(gru_gradient_lanes, r, 3, 0, 4); }

#endif
