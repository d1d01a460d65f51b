/* recurrent_forward.c - the rows of a step: statistics by the kernels of the norms, then the cell's stages */
#include <math.h>
#include <string.h>

#include "recurrent.h"

struct row_scale ln_cell_norm(const struct cell *c, const float *x, size_t n)
{
	ln_moments m = { 0 }, next;

	for (size_t at = 0; at < n; at += BLOCK) {
		c->norm.stages->moments[LN_LAYERNORM](n - at < BLOCK ? n - at : BLOCK, x + at, 1.0, &next);
		ln_moments_merge(&m, &next);
	}
	struct row_statistics st = ln_statistics(&c->norm, &m, 1.0);
	return st.nan ? (struct row_scale){ NAN, NAN, NAN, NAN, false } : st.scale;
}

struct cell_row ln_cell_row(const struct cell *c, size_t row)
{
	size_t product = c->gates * c->hidden;

	return (struct cell_row){
		.hidden = c->hidden, .params = c->given,
		.wh = ln_cell_at(c->wh, row, product), .wx = ln_cell_at(c->wx, row, product),
		.h_prev = ln_cell_at(c->h_prev, row, c->hidden), .c_prev = ln_cell_at(c->c_prev, row, c->hidden),
		.h = ln_cell_at(c->h, row, c->hidden), .c = ln_cell_at(c->c, row, c->hidden),
		.dh = ln_cell_at(c->dh, row, c->hidden), .dc = ln_cell_at(c->dc, row, c->hidden),
		.dh_prev = ln_cell_at(c->dh_prev, row, c->hidden), .dc_prev = ln_cell_at(c->dc_prev, row, c->hidden),
	};
}

/* The sum of both products is made where the new state will be. */
static void rnn_row(const struct cell *c, struct cell_row *r)
{
	if (r->wx != NULL) {
		c->norm.stages->add(c->hidden, r->wh, r->wx, r->h);
		r->wh = r->h;
	}
	r->scale[0] = ln_cell_norm(c, r->wh, c->hidden);
	c->norm.kernels->cell.rnn(r);
}

static void lstm_row(const struct cell *c, struct cell_row *r)
{
	r->scale[0] = ln_cell_norm(c, r->wh, 4 * c->hidden);
	r->scale[1] = ln_cell_norm(c, r->wx, 4 * c->hidden);
	c->norm.kernels->cell.lstm_state(r);
	r->scale[2] = ln_cell_norm(c, r->c, c->hidden);
	c->norm.kernels->cell.lstm_output(r);
}

static void gru_row(const struct cell *c, struct cell_row *r)
{
	size_t gates = 2 * c->hidden;

	r->scale[0] = ln_cell_norm(c, r->wh, gates);
	r->scale[1] = ln_cell_norm(c, r->wx, gates);
	r->scale[2] = ln_cell_norm(c, r->wh + gates, c->hidden);
	r->scale[3] = ln_cell_norm(c, r->wx + gates, c->hidden);
	c->norm.kernels->cell.gru(r);
}

/* A state that is kept, in place or not. */
static void keep(const float *from, float *to, size_t n)
{
	if (to != NULL && to != from)
		memcpy(to, from, n * sizeof *to);
}

void ln_cell_forward_rows(const struct cell *c)
{
	for (size_t row = 0; row < c->rows; row++) {
		struct cell_row r = ln_cell_row(c, row);

		if (!ln_cell_is_active(c, row)) {
			keep(r.h_prev, r.h, c->hidden);
			keep(r.c_prev, r.c, c->hidden);
		} else if (c->kind == LN_RNN) {
			rnn_row(c, &r);
		} else if (c->kind == LN_LSTM) {
			lstm_row(c, &r);
		} else {
			gru_row(c, &r);
		}
	}
}
