/* recurrent_forward.c - the rows of a step: statistics by the kernels of the norms, then the cell's stages */
#include <math.h>
#include <string.h>

#include "cell.h"

/* The norm of the n elements at x. */
static struct cell_norm norm_of(const struct cell *c, const float *x, size_t n, size_t gamma, size_t beta)
{
	ln_moments m = { 0 }, next;
	struct normed ordinary;

	if (c->norm.kernels->cell.norm(n, x, c->norm.r.eps, &ordinary))
		return (struct cell_norm){ x, n, gamma, beta,
			{ 1.0, (double)ordinary.hi, (double)ordinary.rstd, (double)ordinary.shift, true } };
	for (size_t at = 0; at < n; at += BLOCK) {
		c->norm.stages->moments[HAS_MEAN](ln_least(n - at, BLOCK), x + at, 1.0, &next);
		ln_moments_merge(&m, &next);
	}
	struct row_statistics st = ln_statistics(&c->norm, &m, 1.0);
	return (struct cell_norm){ x, n, gamma, beta, st.nan ? (struct row_scale){ NAN, NAN, NAN, NAN, false } : st.scale };
}

/* The places of gamma_h, gamma_x, beta, and what comes after them, are those of ln.h. */
struct cell_norm ln_rnn_norm(const struct cell *c, const float *sum) { return norm_of(c, sum, c->hidden, 0, c->hidden); }

void ln_lstm_norms(const struct cell *c, const float *wh, const float *wx, struct cell_norm norms[2])
{
	size_t all = 4 * c->hidden;

	norms[0] = norm_of(c, wh, all, 0, NO_BETA);
	norms[1] = norm_of(c, wx, all, all, 2 * all);
}

struct cell_norm ln_lstm_output_norm(const struct cell *c, const float *state)
{
	size_t first = 12 * c->hidden;
	return norm_of(c, state, c->hidden, first, first + c->hidden);
}

void ln_gru_norms(const struct cell *c, const float *wh, const float *wx, struct cell_norm norms[4])
{
	size_t n = c->hidden, gates = 2 * n, all = 3 * n;

	norms[0] = norm_of(c, wh, gates, 0, NO_BETA);
	norms[1] = norm_of(c, wx, gates, all, 2 * all);
	norms[2] = norm_of(c, wh + gates, n, gates, 3 * all);
	norms[3] = norm_of(c, wx + gates, n, all + gates, 2 * all + gates);
}

void ln_cell_begin(const struct cell *c, struct cell_work *w)
{
	size_t n = ln_least(c->gates * c->hidden, BLOCK);
	bool nothing_absent = c->given != NULL && c->kind != LN_RNN && (c->dh == NULL || c->dc != NULL || c->kind == LN_GRU);

	if (nothing_absent)	/* filling them costs as much as some rows */
		return;
	for (size_t i = 0; i < n; i++) {
		w->ones[i] = 1.0f;
		w->zeros[i] = 0.0f;
	}
}

/* A row that needs a scale, and one that is NaN, comes normed already. */
static struct normed normed_columns(const struct cell *c, const struct cell_norm *m, size_t at, size_t n, float *tile, const float *ones)
{
	const float *gamma = c->given ? c->given + m->gamma + at : ones;

	if (m->scale.s == 1.0)
		return (struct normed){ m->x + at, gamma, (float)m->scale.hi, (float)m->scale.rstd, (float)m->scale.shift };
	c->norm.stages->normalise(n, m->x + at, &m->scale, NULL, NULL, tile, false);
	return (struct normed){ tile, gamma, 0.0f, 1.0f, 0.0f };
}

struct cell_columns ln_cell_columns(const struct cell *c, struct cell_work *w, const struct cell_norm *h, const struct cell_norm *x, size_t at,
				    size_t n)
{
	struct cell_columns a = { .n = n, .h = normed_columns(c, h, at, n, w->h, w->ones) };

	a.beta_h = c->given && h->beta != NO_BETA ? c->given + h->beta + at : w->zeros;
	if (x == NULL) {
		a.beta = a.beta_h;
		return a;
	}
	a.x = normed_columns(c, x, at, n, w->x, w->ones);
	a.beta = c->given ? c->given + x->beta + at : w->zeros;
	return a;
}

void ln_cell_gates(const struct cell *c, struct cell_work *w, const struct cell_norm *h, const struct cell_norm *x, size_t at, size_t end, float *y)
{
	for (size_t n; at < end; at += n, y += n) {
		n = ln_least(end - at, BLOCK);
		struct cell_columns a = ln_cell_columns(c, w, h, x, at, n);
		a.y = y;
		c->norm.kernels->cell.gate(&a);
	}
}

struct cell_row ln_cell_row(const struct cell *c, size_t row)
{
	size_t product = c->gates * c->hidden;

	return (struct cell_row){ ln_cell_at(c->wh, row, product), ln_cell_at(c->wx, row, product), ln_cell_at(c->h_prev, row, c->hidden),
				  ln_cell_at(c->c_prev, row, c->hidden), ln_cell_at(c->h, row, c->hidden), ln_cell_at(c->c, row, c->hidden) };
}

/* h = factor * tanh(norm); a factor of NULL is 1. */
static void output(const struct cell *c, struct cell_work *w, const struct cell_norm *m, const float *factor, float *h)
{
	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = ln_least(c->hidden - at, BLOCK);
		struct cell_columns a = ln_cell_columns(c, w, m, NULL, at, n);
		a.first = factor ? factor + at : w->ones;
		a.y = h + at;
		c->norm.kernels->cell.output(&a);
	}
}

/* The sum of both products is made where the new state will be. */
static void rnn_row(const struct cell *c, struct cell_work *w, const struct cell_row *r)
{
	const float *sum = r->wx ? r->h : r->wh;

	if (r->wx != NULL)
		c->norm.stages->add(c->hidden, r->wh, r->wx, r->h, false);
	struct cell_norm m = ln_rnn_norm(c, sum);
	output(c, w, &m, NULL, r->h);
}

/* Columns at to at + n of the first gate, then those of the second. */
static void two_gates(const struct cell *c, struct cell_work *w, const struct cell_norm *h, const struct cell_norm *x, size_t at, size_t n)
{
	if (2 * c->hidden <= BLOCK) {	/* they lie side by side */
		ln_cell_gates(c, w, h, x, 0, 2 * n, w->gates);
	} else {
		ln_cell_gates(c, w, h, x, at, at + n, w->gates);
		ln_cell_gates(c, w, h, x, c->hidden + at, c->hidden + at + n, w->gates + n);
	}
}

/* A state that two gates and a tanh of the norms `h` and `x` make, from column `from` of these on. */
static void new_state(const struct cell *c, struct cell_work *w, const struct cell_norm gates[2], const struct cell_norm last[2], size_t from,
		      const float *prev, float *to)
{
	const struct cell_stages *cell = &c->norm.kernels->cell;

	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = ln_least(c->hidden - at, BLOCK);
		two_gates(c, w, &gates[0], &gates[1], at, n);
		struct cell_columns a = ln_cell_columns(c, w, &last[0], &last[1], from + at, n);
		a.first = w->gates;
		a.second = w->gates + n;
		a.prev = prev + at;
		a.y = to + at;
		(c->kind == LN_LSTM ? cell->lstm_state : cell->gru_state)(&a);
	}
}

void ln_lstm_state(const struct cell *c, struct cell_work *w, const struct cell_norm norms[2], const float *c_prev, float *to)
{
	new_state(c, w, norms, norms, 3 * c->hidden, c_prev, to);
}

/* The output gate waits where the new h will be. */
static void lstm_row(const struct cell *c, struct cell_work *w, const struct cell_row *r)
{
	size_t n = c->hidden;
	struct cell_norm norms[2], last;

	ln_lstm_norms(c, r->wh, r->wx, norms);
	ln_lstm_state(c, w, norms, r->c_prev, r->c);
	ln_cell_gates(c, w, &norms[0], &norms[1], 2 * n, 3 * n, r->h);
	last = ln_lstm_output_norm(c, r->c);
	output(c, w, &last, r->h, r->h);
}

static void gru_row(const struct cell *c, struct cell_work *w, const struct cell_row *r)
{
	struct cell_norm norms[4];

	ln_gru_norms(c, r->wh, r->wx, norms);
	new_state(c, w, norms, norms + 2, 0, r->h_prev, r->h);
}

/* A state that is kept, in place or not. */
static void keep(const float *from, float *to, size_t n)
{
	if (to != NULL && to != from)
		memcpy(to, from, n * sizeof *to);
}

void ln_cell_forward_rows(const struct cell *c)
{
	struct cell_work w;

	ln_cell_begin(c, &w);
	for (size_t row = 0; row < c->rows; row++) {
		struct cell_row r = ln_cell_row(c, row);

		if (!ln_cell_is_active(c, row)) {
			keep(r.h_prev, r.h, c->hidden);
			keep(r.c_prev, r.c, c->hidden);
		} else if (c->kind == LN_RNN) {
			rnn_row(c, &w, &r);
		} else if (c->kind == LN_LSTM) {
			lstm_row(c, &w, &r);
		} else {
			gru_row(c, &w, &r);
		}
	}
}
