/*
 * recurrent.h - one row of a step of a recurrent cell, given the statistics of its norms: docs/numerics.md section 13
 *
 * What all cells share is a gate before it is activated: LN(wh) + LN(wx) + beta.
 */
#ifndef LN_RECURRENT_H
#define LN_RECURRENT_H

#include "activation.h"
#include "gradient.h"

/* Where the parameters of a cell begin (ln.h), and how they are read: step is 1, or 0 where all gammas are 1 and all betas 0. */
struct cell_params {
	const float *gamma_h, *gamma_x, *beta, *gamma_last, *beta_last;
	size_t step;
};

/* A row's loops see no more than this. `full`, a constant, says that the parameters are there and that no row needs a scale. */
struct cell_pass {
	struct cell_params p;
	struct gradient_constants norm[CELL_NORMS];
	bool full;
};

/* An RNN has gamma_last and beta_last alone, a GRU no gamma_last. */
LN_INLINE struct cell_params cell_params(const struct cell_row *r, size_t gates)
{
	static const float ones[PROBE] = { [0 ... PROBE - 1] = 1.0f }, zeros[PROBE] = { 0 };
	const float *p = r->params;
	size_t n = gates * r->hidden;

	if (p == NULL)
		return (struct cell_params){ ones, ones, zeros, ones, zeros, 0 };
	if (gates == 1)
		return (struct cell_params){ NULL, NULL, NULL, p, p + n, 1 };
	return (struct cell_params){ p, p + n, p + 2 * n, p + 3 * n, gates == 4 ? p + 3 * n + r->hidden : p + 3 * n, 1 };
}

LN_INLINE struct cell_pass cell_pass(const struct cell_row *r, size_t gates)
{
	struct cell_pass pass = { .p = cell_params(r, gates) };

	for (size_t i = 0; i < CELL_NORMS; i++)
		pass.norm[i] = gradient_constants(&r->scale[i], 0.0, 0.0);
	return pass;
}

/* The norms `first` to `end` need no scale, and the parameters are there: the case that matters. */
LN_INLINE bool cell_is_full(const struct cell_row *r, size_t first, size_t end)
{
	bool full = r->params != NULL;

	for (size_t i = first; i < end; i++)
		full &= r->scale[i].s == 1.0;
	return full;
}

LN_INLINE vec cell_load(const float *p, size_t n) { return elem_load_lanes(p, n, LN_F32); }
LN_INLINE void cell_store(float *p, vec v, size_t n) { elem_store_lanes(p, vec_quiet(v), n, LN_F32); }

LN_INLINE vec cell_param(const struct cell_pass *a, const float *p, size_t at, size_t n)
{
	return cell_load(p + at * (a->full ? 1 : a->p.step), n);
}

/* xhat of n lanes at p, by norm i. */
LN_INLINE vec cell_xhat(const struct cell_pass *a, size_t i, const float *p, size_t n)
{
	return gradient_xhat(cell_load(p, n), &a->norm[i], a->full);
}

/* The gate whose lanes begin at column `at` of wh and wx, normed by norms 0 and 1, before it is activated. */
LN_INLINE vec cell_gate(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	vec x = vec_madd(cell_xhat(a, 1, r->wx + at, n), cell_param(a, a->p.gamma_x, at, n), cell_param(a, a->p.beta, at, n));
	return vec_madd(cell_xhat(a, 0, r->wh + at, n), cell_param(a, a->p.gamma_h, at, n), x);
}

/* Norm i of the lanes at p, by the last gamma and beta. */
LN_INLINE vec cell_last_norm(const struct cell_pass *a, size_t i, const float *p, size_t at, size_t n)
{
	return vec_madd(cell_xhat(a, i, p, n), cell_param(a, a->p.gamma_last, at, n), cell_param(a, a->p.beta_last, at, n));
}

LN_INLINE vec rnn_output(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	return vec_tanh(cell_last_norm(a, 0, r->wh + at, at, n));
}

LN_INLINE void rnn_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	cell_store(r->h + at, rnn_output(a, r, at, n), n);
}

LN_INLINE void lstm_state_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	vec f = vec_sigmoid(cell_gate(a, r, at, n)), i = vec_sigmoid(cell_gate(a, r, r->hidden + at, n));
	vec g = vec_tanh(cell_gate(a, r, 3 * r->hidden + at, n));

	cell_store(r->c + at, vec_madd(f, cell_load(r->c_prev + at, n), vec_mul(i, g)), n);
}

LN_INLINE void lstm_output_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	vec o = vec_sigmoid(cell_gate(a, r, 2 * r->hidden + at, n));

	cell_store(r->h + at, vec_mul(o, vec_tanh(cell_last_norm(a, 2, r->c + at, at, n))), n);
}

/* U h of a GRU, normed. */
LN_INLINE vec gru_recurrent(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	size_t last = 2 * r->hidden + at;
	return vec_madd(cell_xhat(a, 2, r->wh + last, n), cell_param(a, a->p.gamma_h, last, n), cell_param(a, a->p.beta_last, at, n));
}

/* The candidate of a GRU. */
LN_INLINE vec gru_candidate(const struct cell_pass *a, const struct cell_row *r, vec reset, vec recurrent, size_t at, size_t n)
{
	size_t last = 2 * r->hidden + at;
	vec x = vec_madd(cell_xhat(a, 3, r->wx + last, n), cell_param(a, a->p.gamma_x, last, n), cell_param(a, a->p.beta, last, n));
	return vec_tanh(vec_madd(reset, recurrent, x));
}

LN_INLINE void gru_lanes(const struct cell_pass *a, const struct cell_row *r, size_t at, size_t n)
{
	vec z = vec_sigmoid(cell_gate(a, r, at, n)), reset = vec_sigmoid(cell_gate(a, r, r->hidden + at, n));
	vec candidate = gru_candidate(a, r, reset, gru_recurrent(a, r, at, n), at, n), h = cell_load(r->h_prev + at, n);

	cell_store(r->h + at, vec_madd(z, vec_sub(candidate, h), h), n);
}

/* A stage: every lane of a row, in the full case by a loop of its own. */
LN_INLINE void cell_columns(void (*lanes)(const struct cell_pass *, const struct cell_row *, size_t, size_t), const struct cell_row *r,
			    size_t gates, bool full)
{
	struct cell_row row = *r;	/* copies, which stores cannot change */
	struct cell_pass pass = cell_pass(&row, gates);
	size_t at = 0;

	pass.full = full;
	for (; at + vec_lanes() <= row.hidden; at += vec_lanes())
		lanes(&pass, &row, at, vec_lanes());
	if (at < row.hidden)
		lanes(&pass, &row, at, row.hidden - at);
}

LN_INLINE void cell_stage(void (*lanes)(const struct cell_pass *, const struct cell_row *, size_t, size_t), const struct cell_row *r,
			  size_t gates, size_t first_norm, size_t end_norm)
{
	if (cell_is_full(r, first_norm, end_norm))
		cell_columns(lanes, r, gates, true);
	else
		cell_columns(lanes, r, gates, false);
}

static void LN_NAME(rnn)(const struct cell_row *r) { cell_stage(rnn_lanes, r, 1, 0, 1); }
static void LN_NAME(lstm_state)(const struct cell_row *r) { cell_stage(lstm_state_lanes, r, 4, 0, 2); }
static void LN_NAME(lstm_output)(const struct cell_row *r) { cell_stage(lstm_output_lanes, r, 4, 0, 3); }
static void LN_NAME(gru)(const struct cell_row *r) { cell_stage(gru_lanes, r, 3, 0, 4); }

#endif
