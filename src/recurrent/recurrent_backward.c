/*
 * recurrent_backward.c - the gradients of a step: rows go in blocks of LN_ROW_BLOCK, blocks in runs of RUN_ROWS, as in backward.c. Rows past
 * the end of their sequence are left out of their run.
 */
#include <string.h>

#include "recurrent_run.h"

/* Of one row, in floats. An RNN has a sum and one gate; an LSTM four gates, c and what arrives at it; a GRU three, and wh's last part. */
static size_t scratch_of_row(const struct cell *c)
{
	return (c->kind == LN_LSTM ? 6 : c->kind == LN_GRU ? 4 : 2) * c->hidden;
}

size_t ln_cell_backward_needs(const struct cell *c)
{
	size_t floats = RUN_ROWS * scratch_of_row(c);
	return 2 * c->params * sizeof(double) + (floats + floats % 2) * sizeof(float);
}

static struct workspace divide_workspace(const struct cell *c)
{
	double *totals = c->workspace;
	float *dgates = (float *)(void *)(totals + 2 * c->params);
	float *after = dgates + (c->kind == LN_GRU ? 4 : c->gates) * RUN_ROWS * c->hidden;

	return (struct workspace){ totals, totals + c->params, dgates, after, after, c->kind == LN_LSTM ? after + RUN_ROWS * c->hidden : NULL };
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

static void add_row(const struct cell *c, struct cell_run *run, size_t row)
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

static void run_of_rows(const struct cell *c, struct cell_run *run, size_t first, size_t end)
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
		ln_rnn_run(c, run);
	else if (c->kind == LN_LSTM)
		ln_lstm_run(c, run);
	else
		ln_gru_run(c, run);
	for (size_t i = 0; i < run->rows && c->kind != LN_GRU; i++)
		zero(run->row[i].dh_prev, c->hidden);
}

/* The totals before the first block of rows, and after the last: docs/numerics.md section 11. */
static void begin_totals(const struct cell *c, const struct workspace *w)
{
	memset(w->totals, 0, c->params * sizeof *w->totals);
	for (size_t i = 0; i < c->params && (c->flags & LN_ACCUMULATE); i++)
		w->totals[i] = (double)c->dparams[i];
}

static void end_totals(const struct cell *c, const struct workspace *w)
{
	c->norm.kernels->narrow(c->params, w->totals, c->dparams);
	c->norm.kernels->write[LN_F32](c->params, c->dparams, &(struct encoding){ 0 }, c->dparams);	/* a NaN becomes the quiet one */
}

void ln_cell_backward_rows(const struct cell *c)
{
	struct cell_run run;
	struct workspace *w = &run.at;

	*w = divide_workspace(c);
	ln_cell_begin(c, &run.work);
	if (c->dparams != NULL)
		begin_totals(c, w);
	for (size_t block = 0, end; block < c->rows; block = end) {
		end = ln_least(block + LN_ROW_BLOCK, c->rows);
		memset(w->sums, 0, c->params * sizeof *w->sums);
		for (size_t first = block; first < end; first += RUN_ROWS)
			run_of_rows(c, &run, first, ln_least(first + RUN_ROWS, end));
		if (c->dparams != NULL)
			c->norm.stages->gradient_total(c->params, w->sums, NULL, w->totals, NULL);
	}
	if (c->dparams != NULL)
		end_totals(c, w);
}
