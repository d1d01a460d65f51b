/*
 * recurrent_gradients.c - the gradients of each cell, for the rows of a run: first those at the gates and states, row by row, then those
 * of the norms, all rows together
 */
#include <string.h>

#include "backward/gradient_sums.h"
#include "recurrent_run.h"

/* A norm of all rows of a run: the gradients at its outputs, and where those at its inputs go. */
struct norm_gradient {
	const struct cell_norm *norm[RUN_ROWS];
	const float *dy[RUN_ROWS];
	float *dx[RUN_ROWS];		/* NULL where not wanted */
};

/* The rows' columns from `at` on. */
static void set_columns(const struct cell *c, const struct cell_run *run, const struct norm_gradient *g, size_t at, struct gradient_rows *a)
{
	const struct cell_norm *m = g->norm[0];

	a->n = ln_least(m->n - at, BLOCK);
	a->gamma = c->given ? c->given + m->gamma + at : NULL;
	a->dgamma = c->dparams ? run->at.sums + m->gamma + at : NULL;
	a->dbeta = c->dparams && m->beta != NO_BETA ? run->at.sums + m->beta + at : NULL;
	for (size_t i = 0; i < a->rows; i++) {
		a->x[i] = g->norm[i]->x + at;
		a->dn[i] = g->dy[i] + at;
		a->dx[i] = g->dx[i] ? g->dx[i] + at : NULL;
	}
}

/* dx of the rows of a run, and their share of dgamma and dbeta. */
static void norm_gradients(const struct cell *c, const struct cell_run *run, const struct norm_gradient *g)
{
	const struct stages *stages = c->norm.stages;
	struct column_run columns;
	struct gradient_rows a = { .type = LN_F32, .rows = run->rows, .run = &columns, .ends = true };
	struct gradient_sums all[RUN_ROWS] = { { 0 } }, part[RUN_ROWS];
	size_t cols = g->norm[0]->n;

	for (size_t i = 0; i < a.rows; i++)
		a.scale[i] = g->norm[i]->scale;
	for (size_t at = 0; at < cols; at += BLOCK) {
		set_columns(c, run, g, at, &a);
		stages->gradient_sums(&a, part);
		for (size_t i = 0; i < a.rows; i++)
			ln_add_gradient_sums(&all[i], &part[i]);
	}
	for (size_t i = 0; i < a.rows; i++) {
		a.a1[i] = (double)(float)((all[i].g + all[i].g_lo) / (double)cols);
		a.a2[i] = (double)(float)((all[i].gx + all[i].gx_lo) / (double)cols);
	}
	for (size_t at = 0; at < cols; at += BLOCK) {
		set_columns(c, run, g, at, &a);
		stages->gradient_rows(&a);
	}
}

/* Norm `which` of the rows, one of wh or of wx from column `at` on; dy are rows so many floats apart. */
static void product_gradients(const struct cell *c, const struct cell_run *run, size_t which, bool of_x, size_t at, const float *dy, size_t stride)
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
		n = ln_least(c->hidden - at, BLOCK);
		struct cell_columns a = ln_cell_columns(c, w, m, NULL, at, n);
		a.first = factor ? factor + at : w->ones;
		a.dy = dy + at;
		a.dfirst = factor ? factor + at : w->gates;
		a.dh = dnorm + at;
		c->norm.kernels->cell.output_gradient(&a);
	}
}

void ln_rnn_run(const struct cell *c, struct cell_run *run)
{
	size_t n = c->hidden;

	for (size_t i = 0; i < run->rows; i++) {
		float *sum = run->at.sum + i * n;
		const float *wh = run->row[i].wh, *wx = run->row[i].wx;

		if (wx != NULL)
			c->norm.stages->add(n, wh, wx, sum, false);
		run->row[i].norms[0] = ln_rnn_norm(c, wx ? sum : wh);
		output_gradient(c, &run->work, &run->row[i].norms[0], run->row[i].dh, NULL, run->at.dgates + i * n);
	}
	product_gradients(c, run, 0, c->dwh == NULL, 0, run->at.dgates, n);
	for (size_t i = 0; i < run->rows && c->dwh != NULL && c->dwx != NULL; i++)
		memcpy(run->row[i].dwx, run->row[i].dwh, n * sizeof(float));
}

/* The gates f, i and o are where their gradients will be. */
static void lstm_state_gradient(const struct cell *c, struct cell_run *run, size_t i)
{
	float *gates = run->at.dgates + i * 4 * c->hidden, *dc_prev = run->row[i].dc_prev;
	const float *dc = run->row[i].dc;

	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = ln_least(c->hidden - at, BLOCK);
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

void ln_lstm_run(const struct cell *c, struct cell_run *run)
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
static void gru_row_gradient(const struct cell *c, struct cell_run *run, size_t i, float *gates)
{
	const struct cell_norm *norms = run->row[i].norms;
	float *dh_prev = run->row[i].dh_prev;

	ln_cell_gates(c, &run->work, &norms[0], &norms[1], 0, 2 * c->hidden, gates);
	for (size_t at = 0, n; at < c->hidden; at += n) {
		n = ln_least(c->hidden - at, BLOCK);
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

void ln_gru_run(const struct cell *c, struct cell_run *run)
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
