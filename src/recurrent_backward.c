/*
 * recurrent_backward.c - the gradients of a step
 *
 * Rows go in blocks of LN_ROW_BLOCK, blocks in runs of RUN_ROWS, as in backward.c. Of each run, first the gradients at the gates and states,
 * row by row, then those of the norms, all rows of the run together. Rows past the end of their sequence are left out of their run.
 */
#include <string.h>

#include "recurrent.h"

/* The caller's workspace: the totals of dparams as pairs of doubles, the sums of a block of rows, and the rows of a run. */
struct work {
	double *t, *e;
	float *sums;
	float *sum, *dgates, *c, *dnorm;	/* rows of: wh + wx (RNN); the gradients at the gates; the new c, and what arrives at it (LSTM) */
};

struct run {
	size_t rows;
	struct cell_row row[RUN_ROWS];
	float *dwh[RUN_ROWS], *dwx[RUN_ROWS];
	struct work w;
};

/* A norm of all rows of a run: n columns, the gradient at its output, and where its gradients go. */
struct norm {
	size_t n, index;		/* index: of its scale */
	const float *x[RUN_ROWS], *dy[RUN_ROWS];
	float *dx[RUN_ROWS];		/* NULL where not wanted */
	size_t gamma, beta;		/* places in params; NOT_HERE: no beta, or one that another norm's dy has summed */
};

static const size_t NOT_HERE = (size_t)-1;

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

static struct work divide_workspace(const struct cell *c)
{
	double *t = c->workspace;
	float *sums = (float *)(void *)(t + 2 * c->params), *rows = sums + c->params;
	size_t gates = (c->kind == LN_GRU ? 4 : c->gates) * RUN_ROWS * c->hidden;
	float *after = rows + gates;

	return (struct work){ t, t + c->params, sums, after, rows, after, after + RUN_ROWS * c->hidden };
}

/* The sums over a row that its dx needs: docs/numerics.md section 10. */
static void set_averages(const struct cell *c, const struct norm *m, size_t i, struct gradient_rows *a)
{
	double sums[2] = { 0.0, 0.0 }, part[2], inverse = 1.0 / (double)m->n;
	const float *gamma = c->given ? c->given + m->gamma : NULL;

	for (size_t at = 0; at < m->n; at += BLOCK) {
		c->norm.stages->gradient_sums(m->n - at < BLOCK ? m->n - at : BLOCK, m->x[i] + at, m->dy[i] + at, gamma ? gamma + at : NULL,
					      &a->scale[i], part);
		sums[0] = at == 0 ? part[0] : sums[0] + part[0];
		sums[1] = at == 0 ? part[1] : sums[1] + part[1];
	}
	a->a1[i] = (double)(float)(sums[0] * inverse);
	a->a2[i] = (double)(float)(sums[1] * inverse);
}

/* dx of the rows of a run, and their share of dgamma and dbeta. */
static void norm_gradients(const struct cell *c, const struct run *run, const struct norm *m)
{
	struct gradient_rows a = { .rows = run->rows };

	for (size_t i = 0; i < a.rows; i++) {
		a.scale[i] = run->row[i].scale[m->index];
		set_averages(c, m, i, &a);
	}
	for (size_t at = 0; at < m->n; at += a.n) {
		a.n = m->n - at < BLOCK ? m->n - at : BLOCK;
		a.gamma = c->given ? c->given + m->gamma + at : NULL;
		a.dgamma = c->dparams ? run->w.sums + m->gamma + at : NULL;
		a.dbeta = c->dparams && m->beta != NOT_HERE ? run->w.sums + m->beta + at : NULL;
		for (size_t i = 0; i < a.rows; i++) {
			a.x[i] = m->x[i] + at;
			a.dn[i] = m->dy[i] + at;
			a.dx[i] = m->dx[i] ? m->dx[i] + at : NULL;
		}
		c->norm.stages->gradient_rows(&a);
	}
}

/* The norm of columns `at` on of wh or wx. */
static void product_gradients(const struct cell *c, const struct run *run, bool of_x, struct norm m, size_t at, const float *dy, size_t dy_stride)
{
	for (size_t i = 0; i < run->rows; i++) {
		float *dw = of_x ? run->dwx[i] : run->dwh[i];

		m.x[i] = (of_x ? run->row[i].wx : run->row[i].wh) + at;
		m.dy[i] = dy + i * dy_stride;
		m.dx[i] = dw ? dw + at : NULL;
	}
	norm_gradients(c, run, &m);
}

static void copy_rows(const struct run *run, size_t n)
{
	for (size_t i = 0; i < run->rows; i++)
		if (run->dwx[i] != NULL)
			memcpy(run->dwx[i], run->dwh[i], n * sizeof(float));
}

static void rnn_run(const struct cell *c, struct run *run)
{
	size_t n = c->hidden;
	bool both = c->dwh != NULL && c->dwx != NULL;

	for (size_t i = 0; i < run->rows; i++) {
		struct cell_row *r = &run->row[i];

		if (r->wx != NULL) {
			c->norm.stages->add(n, r->wh, r->wx, run->w.sum + i * n);
			r->wh = run->w.sum + i * n;
		}
		r->scale[0] = ln_cell_norm(c, r->wh, n);
		r->dgates = run->w.dgates + i * n;
		c->norm.kernels->cell.rnn_gradient(r);
		if (run->dwh[i] == NULL)
			run->dwh[i] = run->dwx[i];
	}
	product_gradients(c, run, false, (struct norm){ .n = n, .index = 0, .gamma = 0, .beta = n }, 0, run->w.dgates, n);
	if (both)
		copy_rows(run, n);
}

static void lstm_run(const struct cell *c, struct run *run)
{
	size_t n = c->hidden, all = 4 * n;
	const struct cell_stages *cell = &c->norm.kernels->cell;
	struct norm m = { .n = n, .index = 2, .gamma = 3 * all, .beta = 3 * all + n };

	for (size_t i = 0; i < run->rows; i++) {
		struct cell_row *r = &run->row[i];

		r->dgates = run->w.dgates + i * all;
		r->c = run->w.c + i * n;
		r->dnorm = run->w.dnorm + i * n;
		r->scale[0] = ln_cell_norm(c, r->wh, all);
		r->scale[1] = ln_cell_norm(c, r->wx, all);
		cell->lstm_state(r);
		r->scale[2] = ln_cell_norm(c, r->c, n);
		cell->lstm_output_gradient(r);
		m.x[i] = r->c;
		m.dy[i] = m.dx[i] = r->dnorm;
	}
	norm_gradients(c, run, &m);
	for (size_t i = 0; i < run->rows; i++)
		cell->lstm_state_gradient(&run->row[i]);
	product_gradients(c, run, false, (struct norm){ .n = all, .index = 0, .gamma = 0, .beta = NOT_HERE }, 0, run->w.dgates, all);
	product_gradients(c, run, true, (struct norm){ .n = all, .index = 1, .gamma = all, .beta = 2 * all }, 0, run->w.dgates, all);
}

static void gru_run(const struct cell *c, struct run *run)
{
	size_t n = c->hidden, all = 3 * n, last = 2 * n, stride = 4 * n;
	const float *dgates = run->w.dgates;

	for (size_t i = 0; i < run->rows; i++) {
		struct cell_row *r = &run->row[i];

		r->dgates = run->w.dgates + i * stride;
		r->scale[0] = ln_cell_norm(c, r->wh, last);
		r->scale[1] = ln_cell_norm(c, r->wx, last);
		r->scale[2] = ln_cell_norm(c, r->wh + last, n);
		r->scale[3] = ln_cell_norm(c, r->wx + last, n);
		c->norm.kernels->cell.gru_gradient(r);
	}
	product_gradients(c, run, false, (struct norm){ .n = last, .index = 0, .gamma = 0, .beta = NOT_HERE }, 0, dgates, stride);
	product_gradients(c, run, true, (struct norm){ .n = last, .index = 1, .gamma = all, .beta = 2 * all }, 0, dgates, stride);
	product_gradients(c, run, false, (struct norm){ .n = n, .index = 2, .gamma = last, .beta = 3 * all }, last, dgates + all, stride);
	product_gradients(c, run, true, (struct norm){ .n = n, .index = 3, .gamma = all + last, .beta = 2 * all + last }, last, dgates + last, stride);
}

static void zero(float *p, size_t n)
{
	if (p != NULL)
		memset(p, 0, n * sizeof *p);
}

/* A row that took no step: its state was copied. */
static void keep_row(const struct cell *c, size_t row)
{
	struct cell_row r = ln_cell_row(c, row);
	size_t product = c->gates * c->hidden;

	zero(ln_cell_at(c->dwh, row, product), product);
	zero(ln_cell_at(c->dwx, row, product), product);
	if (r.dh_prev != NULL && r.dh_prev != r.dh)
		memcpy(r.dh_prev, r.dh, c->hidden * sizeof(float));
	if (r.dc == NULL)
		zero(r.dc_prev, c->hidden);
	else if (r.dc_prev != NULL && r.dc_prev != r.dc)
		memcpy(r.dc_prev, r.dc, c->hidden * sizeof(float));
}

static void run_of_rows(const struct cell *c, struct run *run, size_t first, size_t end)
{
	size_t product = c->gates * c->hidden;

	run->rows = 0;
	for (size_t row = first; row < end; row++) {
		if (!ln_cell_is_active(c, row)) {
			keep_row(c, row);
			continue;
		}
		run->row[run->rows] = ln_cell_row(c, row);
		run->dwh[run->rows] = ln_cell_at(c->dwh, row, product);
		run->dwx[run->rows++] = ln_cell_at(c->dwx, row, product);
	}
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
static void begin_totals(const struct cell *c, const struct work *w)
{
	memset(w->t, 0, 2 * c->params * sizeof *w->t);
	for (size_t i = 0; i < c->params && (c->flags & LN_ACCUMULATE); i++)
		w->t[i] = (double)c->dparams[i];
}

static void end_totals(const struct cell *c, const struct work *w)
{
	for (size_t i = 0; i < c->params; i++)
		c->dparams[i] = (float)(w->t[i] + w->e[i]);
	c->norm.kernels->write[LN_F32](c->params, c->dparams, &(struct encoding){ 0 }, c->dparams);	/* a NaN becomes the quiet one */
}

void ln_cell_backward_rows(const struct cell *c)
{
	struct run run = { .w = divide_workspace(c) };

	if (c->dparams != NULL)
		begin_totals(c, &run.w);
	for (size_t block = 0, end; block < c->rows; block = end) {
		end = c->rows - block < LN_ROW_BLOCK ? c->rows : block + LN_ROW_BLOCK;
		zero(run.w.sums, c->params);
		for (size_t first = block; first < end; first += RUN_ROWS)
			run_of_rows(c, &run, first, end - first < RUN_ROWS ? end : first + RUN_ROWS);
		if (c->dparams != NULL)
			c->norm.stages->gradient_total(c->params, run.w.sums, run.w.t, run.w.e);
	}
	if (c->dparams != NULL)
		end_totals(c, &run.w);
}
