/*
 * recurrent_backward.c - the gradients of a step
 *
 * Rows go in blocks of LN_ROW_BLOCK, blocks in runs of RUN_ROWS, as in backward.c. Of each run, first the gradients at the gates and states,
 * row by row, then those of the norms, all rows of the run together. Rows past the end of their sequence are left out of their run.
 */
#include <string.h>

#include "recurrent.h"

/* The caller's workspace: the totals of dparams as pairs of doubles, the sums of a block of rows, and the rows of a run. */
struct workspace {
	double *t, *e;
	float *sums;
	float *dgates, *sum, *state, *dstate;	/* rows: gradients at the gates; wh + wx of an RNN; the new c of an LSTM, and what arrives at it */
};

struct run {
	size_t rows;
	struct {
		const float *wh, *wx, *h_prev, *c_prev, *dh, *dc;
		float *dwh, *dwx, *dh_prev, *dc_prev;
		struct cell_norm norms[4];
	} row[RUN_ROWS];
	struct workspace at;
	struct cell_work work;
};

/* Of one row, in floats. An RNN has a sum and one gate; an LSTM four gates, c and what arrives at it; a GRU three, and wh's last part. */
static size_t scratch_of_row(const struct cell *c)
{
	return (c->kind == LN_LSTM ? 6 : c->kind == LN_GRU ? 4 : 2) * c->hidden;
}

size_t ln_cell_backward_needs(const struct cell *c)
{
	size_t floats = c->params + RUN_ROWS * scratch_of_row(c);
	return 2 * c->params * sizeof(double) + (floats + floats % 2) * sizeof(float);
}

static struct workspace divide_workspace(const struct cell *c)
{
	double *t = c->workspace;
	float *sums = (float *)(void *)(t + 2 * c->params), *dgates = sums + c->params;
	float *after = dgates + (c->kind == LN_GRU ? 4 : c->gates) * RUN_ROWS * c->hidden;

	return (struct workspace){ t, t + c->params, sums, dgates, after, after, after + RUN_ROWS * c->hidden };
}

/* A norm of all rows of a run: the gradients at its outputs, and where those at its inputs go. */
struct norm_gradient {
	const struct cell_norm *norm[RUN_ROWS];
	const float *dy[RUN_ROWS];
	float *dx[RUN_ROWS];		/* NULL where not wanted */
};

/* The sums over a row that its dx needs: docs/numerics.md section 10. */
static void set_averages(const struct cell *c, const struct norm_gradient *g, size_t i, struct gradient_rows *a)
{
	const struct cell_norm *m = g->norm[i];
	const float *gamma = c->given ? c->given + m->gamma : NULL;
	double sums[2] = { 0.0, 0.0 }, part[2], inverse = 1.0 / (double)m->n;

	for (size_t at = 0; at < m->n; at += BLOCK) {
		c->norm.stages->gradient_sums(m->n - at < BLOCK ? m->n - at : BLOCK, m->x + at, g->dy[i] + at, gamma ? gamma + at : NULL,
					      &m->scale, part);
		sums[0] = at == 0 ? part[0] : sums[0] + part[0];
		sums[1] = at == 0 ? part[1] : sums[1] + part[1];
	}
	a->scale[i] = m->scale;
	a->a1[i] = (double)(float)(sums[0] * inverse);
	a->a2[i] = (double)(float)(sums[1] * inverse);
}

/* dx of the rows of a run, and their share of dgamma and dbeta. */
static void norm_gradients(const struct cell *c, const struct run *run, const struct norm_gradient *g)
{
	const struct cell_norm *m = g->norm[0];
	struct gradient_rows a = { .rows = run->rows };

	for (size_t i = 0; i < a.rows; i++)
		set_averages(c, g, i, &a);
	for (size_t at = 0; at < m->n; at += a.n) {
		a.n = m->n - at < BLOCK ? m->n - at : BLOCK;
		a.gamma = c->given ? c->given + m->gamma + at : NULL;
		a.dgamma = c->dparams ? run->at.sums + m->gamma + at : NULL;
		a.dbeta = c->dparams && m->beta != NO_BETA ? run->at.sums + m->beta + at : NULL;
		for (size_t i = 0; i < a.rows; i++) {
			a.x[i] = g->norm[i]->x + at;
			a.dn[i] = g->dy[i] + at;
			a.dx[i] = g->dx[i] ? g->dx[i] + at : NULL;
		}
		c->norm.stages->gradient_rows(&a);
	}
}

/* Norm `which` of the rows, one of wh or of wx from column `at` on; dy are rows so many floats apart. */
static void product_gradients(const struct cell *c, const struct run *run, size_t which, bool of_x, size_t at, const float *dy, size_t stride)
{
	struct norm_gradient g;

	for (size_t i = 0; i < run->rows; i++) {
		float *dw = of_x ? run->row[i].dwx : run->row[i].dwh;

		g.norm[i] = &run->row[i].norms[which];
		g.dy[i] = dy + i * stride;
		g.dx[i] = dw ? dw + at : NULL;
	}
	norm_gradients(c, run, &g);
}

/* At an output, factor * tanh(norm): docs/numerics.md section 14. The factor's gradient takes its place; NULL is 1 and has none. */
static void output_gradient(const struct cell *c, struct cell_work *w, const struct cell_norm *m, const float *dy, float *factor, float *dnorm)
{
	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = c->hidden - at < BLOCK ? c->hidden - at : BLOCK;
		struct cell_columns a = ln_cell_columns(c, w, m, NULL, at, n);
		a.first = factor ? factor + at : w->ones;
		a.dy = dy + at;
		a.dfirst = factor ? factor + at : w->gates;
		a.dh = dnorm + at;
		c->norm.kernels->cell.output_gradient(&a);
	}
}

static void rnn_run(const struct cell *c, struct run *run)
{
	size_t n = c->hidden;

	for (size_t i = 0; i < run->rows; i++) {
		float *sum = run->at.sum + i * n;
		const float *wh = run->row[i].wh, *wx = run->row[i].wx;

		if (wx != NULL)
			c->norm.stages->add(n, wh, wx, sum);
		run->row[i].norms[0] = ln_rnn_norm(c, wx ? sum : wh);
		output_gradient(c, &run->work, &run->row[i].norms[0], run->row[i].dh, NULL, run->at.dgates + i * n);
	}
	product_gradients(c, run, 0, c->dwh == NULL, 0, run->at.dgates, n);
	for (size_t i = 0; i < run->rows && c->dwh != NULL && c->dwx != NULL; i++)
		memcpy(run->row[i].dwx, run->row[i].dwh, n * sizeof(float));
}

/* The gates f, i and o are where their gradients will be. */
static void lstm_state_gradient(const struct cell *c, struct run *run, size_t i)
{
	float *gates = run->at.dgates + i * 4 * c->hidden, *dc_prev = run->row[i].dc_prev;
	const float *dc = run->row[i].dc;

	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = c->hidden - at < BLOCK ? c->hidden - at : BLOCK;
		struct cell_columns a = ln_cell_columns(c, &run->work, &run->row[i].norms[0], &run->row[i].norms[1], 3 * c->hidden + at, n);
		a.first = a.dfirst = gates + at;
		a.second = a.dsecond = gates + c->hidden + at;
		a.prev = run->row[i].c_prev + at;
		a.dy = run->at.dstate + i * c->hidden + at;
		a.dy_too = dc ? dc + at : run->work.zeros;
		a.dx = gates + 3 * c->hidden + at;
		a.dprev = dc_prev ? dc_prev + at : NULL;
		c->norm.kernels->cell.lstm_gradient(&a);
	}
}

static void lstm_run(const struct cell *c, struct run *run)
{
	size_t n = c->hidden, all = 4 * n;
	struct norm_gradient g;

	for (size_t i = 0; i < run->rows; i++) {
		struct cell_norm *norms = run->row[i].norms;
		float *gates = run->at.dgates + i * all, *state = run->at.state + i * n;

		ln_lstm_norms(c, run->row[i].wh, run->row[i].wx, norms);
		ln_cell_gates(c, &run->work, &norms[0], &norms[1], 0, 3 * n, gates);
		ln_lstm_state(c, &run->work, norms, run->row[i].c_prev, state);
		norms[2] = ln_lstm_output_norm(c, state);
		g.norm[i] = &norms[2];
		g.dy[i] = g.dx[i] = run->at.dstate + i * n;
		output_gradient(c, &run->work, &norms[2], run->row[i].dh, gates + 2 * n, g.dx[i]);
	}
	norm_gradients(c, run, &g);
	for (size_t i = 0; i < run->rows; i++)
		lstm_state_gradient(c, run, i);
	product_gradients(c, run, 0, false, 0, run->at.dgates, all);
	product_gradients(c, run, 1, true, 0, run->at.dgates, all);
}

/* The gates z and r are where their gradients will be. */
static void gru_row_gradient(const struct cell *c, struct run *run, size_t i, float *gates)
{
	const struct cell_norm *norms = run->row[i].norms;
	float *dh_prev = run->row[i].dh_prev;

	ln_cell_gates(c, &run->work, &norms[0], &norms[1], 0, 2 * c->hidden, gates);
	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = c->hidden - at < BLOCK ? c->hidden - at : BLOCK;
		struct cell_columns a = ln_cell_columns(c, &run->work, &norms[2], &norms[3], at, n);
		a.first = a.dfirst = gates + at;
		a.second = a.dsecond = gates + c->hidden + at;
		a.prev = run->row[i].h_prev + at;
		a.dy = run->row[i].dh + at;
		a.dx = gates + 2 * c->hidden + at;
		a.dh = gates + 3 * c->hidden + at;
		a.dprev = dh_prev ? dh_prev + at : NULL;
		c->norm.kernels->cell.gru_gradient(&a);
	}
}

static void gru_run(const struct cell *c, struct run *run)
{
	size_t n = c->hidden, stride = 4 * n;
	float *gates = run->at.dgates;

	for (size_t i = 0; i < run->rows; i++) {
		ln_gru_norms(c, run->row[i].wh, run->row[i].wx, run->row[i].norms);
		gru_row_gradient(c, run, i, gates + i * stride);
	}
	product_gradients(c, run, 0, false, 0, gates, stride);
	product_gradients(c, run, 1, true, 0, gates, stride);
	product_gradients(c, run, 2, false, 2 * n, gates + 3 * n, stride);
	product_gradients(c, run, 3, true, 2 * n, gates + 2 * n, stride);
}

static void zero(float *p, size_t n)
{
	if (p != NULL)
		memset(p, 0, n * sizeof *p);
}

/* A row that took no step: its state was copied, and so are the gradients. */
static void keep_row(const struct cell *c, size_t row)
{
	size_t n = c->hidden, product = c->gates * n;
	float *dh_prev = ln_cell_at(c->dh_prev, row, n), *dc_prev = ln_cell_at(c->dc_prev, row, n);
	const float *dh = ln_cell_at(c->dh, row, n), *dc = ln_cell_at(c->dc, row, n);

	zero(ln_cell_at(c->dwh, row, product), product);
	zero(ln_cell_at(c->dwx, row, product), product);
	if (dh_prev != NULL && dh_prev != dh)
		memcpy(dh_prev, dh, n * sizeof(float));
	if (dc == NULL)
		zero(dc_prev, n);
	else if (dc_prev != NULL && dc_prev != dc)
		memcpy(dc_prev, dc, n * sizeof(float));
}

static void add_row(const struct cell *c, struct run *run, size_t row)
{
	size_t n = c->hidden, product = c->gates * n, i = run->rows++;

	run->row[i].wh = ln_cell_at(c->wh, row, product);
	run->row[i].wx = ln_cell_at(c->wx, row, product);
	run->row[i].h_prev = ln_cell_at(c->h_prev, row, n);
	run->row[i].c_prev = ln_cell_at(c->c_prev, row, n);
	run->row[i].dh = ln_cell_at(c->dh, row, n);
	run->row[i].dc = ln_cell_at(c->dc, row, n);
	run->row[i].dwh = ln_cell_at(c->dwh, row, product);
	run->row[i].dwx = ln_cell_at(c->dwx, row, product);
	run->row[i].dh_prev = ln_cell_at(c->dh_prev, row, n);
	run->row[i].dc_prev = ln_cell_at(c->dc_prev, row, n);
}

static void run_of_rows(const struct cell *c, struct run *run, size_t first, size_t end)
{
	run->rows = 0;
	for (size_t row = first; row < end; row++)
		if (ln_cell_is_active(c, row))
			add_row(c, run, row);
		else
			keep_row(c, row);
	if (run->rows == 0)
		return;
	if (c->kind == LN_RNN)
		rnn_run(c, run);
	else if (c->kind == LN_LSTM)
		lstm_run(c, run);
	else
		gru_run(c, run);
	for (size_t i = 0; i < run->rows && c->kind != LN_GRU; i++)
		zero(run->row[i].dh_prev, c->hidden);
}

/* The totals before the first block of rows, and after the last: docs/numerics.md section 11. */
static void begin_totals(const struct cell *c, const struct workspace *w)
{
	memset(w->t, 0, 2 * c->params * sizeof *w->t);
	for (size_t i = 0; i < c->params && (c->flags & LN_ACCUMULATE); i++)
		w->t[i] = (double)c->dparams[i];
}

static void end_totals(const struct cell *c, const struct workspace *w)
{
	for (size_t i = 0; i < c->params; i++)
		c->dparams[i] = (float)(w->t[i] + w->e[i]);
	c->norm.kernels->write[LN_F32](c->params, c->dparams, &(struct encoding){ 0 }, c->dparams);	/* a NaN becomes the quiet one */
}

void ln_cell_backward_rows(const struct cell *c)
{
	struct run run;
	struct workspace *w = &run.at;

	*w = divide_workspace(c);
	ln_cell_begin(c, &run.work);
	if (c->dparams != NULL)
		begin_totals(c, w);
	for (size_t block = 0, end; block < c->rows; block = end) {
		end = c->rows - block < LN_ROW_BLOCK ? c->rows : block + LN_ROW_BLOCK;
		zero(w->sums, c->params);
		for (size_t first = block; first < end; first += RUN_ROWS)
			run_of_rows(c, &run, first, end - first < RUN_ROWS ? end : first + RUN_ROWS);
		if (c->dparams != NULL)
			c->norm.stages->gradient_total(c->params, w->sums, w->t, w->e);
	}
	if (c->dparams != NULL)
		end_totals(c, w);
}
