/*
 * model_cell_backward.c - docs/numerics.md, section 14, as plain C; the norms' gradients are those of sections 10 and 11
 */
#include "model_backward.h"
#include "model_cell.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OF_C = 2, NORM_OF_C = 2 };

/* A row's gradient at each norm's output, and then at its input. */
struct cell_gradients { float *dy[NORMS_MAX], *dx[NORMS_MAX], *scratch; };

/* Section 10 for norm m of this row, from dy to dx. */
static void norm_gradient(enum arithmetic arithmetic, const struct cell *c, const struct cell_norm *m, const float *x, const float *dy, float *dx,
			  float *scratch)
{
	ln_desc d = {.struct_size = sizeof d, .rows = 1, .cols = m->n, .eps = c->d.eps};
	float *gamma = scratch, *dn = scratch + m->n, *xhat = dn + m->n, *own = xhat + m->n;
	struct gradient_f32 g = {.d = &d, .cols = m->n, .x = own, .dy = dy, .gamma = gamma, .xhat = xhat, .dn = dn, .dx = dx};

	memcpy(own, x, m->n * sizeof *x);
	for (size_t i = 0; i < m->n; i++)
		gamma[i] = c->params ? c->params[m->gamma + i] : 1;
	model_gradient_f32(arithmetic, &g);
}

static void rnn_gates(const struct cell *c, size_t row, const struct cell_row *r, struct cell_gradients *g)
{
	size_t H = (size_t)c->d.hidden;

	for (size_t i = 0; i < H; i++)
		g->dy[0][i] = c->dh[row * H + i] * (1 - r->h[i] * r->h[i]);
}

static void lstm_gates(enum arithmetic arithmetic, const struct cell *c, const struct cell_layout *l, size_t row, const struct cell_row *r,
		       struct cell_gradients *g)
{
	size_t H = (size_t)c->d.hidden;
	const float *f = r->gate[0], *in = r->gate[1], *o = r->gate[2], *t = r->gate[3];
	float *dy = g->dy[0];

	for (size_t i = 0; i < H; i++) {
		float dh = c->dh[row * H + i];
		dy[2 * H + i] = (dh * r->m[i]) * (o[i] * (1 - o[i]));
		g->dy[NORM_OF_C][i] = (dh * o[i]) * (1 - r->m[i] * r->m[i]);
	}
	norm_gradient(arithmetic, c, &l->norm[NORM_OF_C], r->c, g->dy[NORM_OF_C], g->dx[NORM_OF_C], g->scratch);
	for (size_t i = 0; i < H; i++) {
		float d = g->dx[NORM_OF_C][i] + (c->dc ? c->dc[row * H + i] : 0);
		dy[i] = (d * c->c_prev[row * H + i]) * (f[i] * (1 - f[i]));
		dy[H + i] = (d * t[i]) * (in[i] * (1 - in[i]));
		dy[3 * H + i] = (d * in[i]) * (1 - t[i] * t[i]);
		if (c->dc_prev)
			c->dc_prev[row * H + i] = d * f[i];
	}
	memcpy(g->dy[1], dy, 4 * H * sizeof *dy);
}

static void gru_gates(const struct cell *c, size_t row, const struct cell_row *r, struct cell_gradients *g)
{
	size_t H = (size_t)c->d.hidden;
	const float *z = r->gate[0], *reset = r->gate[1], *n = r->gate[2], *u = r->gate[3];

	for (size_t i = 0; i < H; i++) {
		float dh = c->dh[row * H + i], dn = (dh * z[i]) * (1 - n[i] * n[i]);
		g->dy[0][i] = (dh * (n[i] - c->h_prev[row * H + i])) * (z[i] * (1 - z[i]));
		g->dy[0][H + i] = (dn * u[i]) * (reset[i] * (1 - reset[i]));
		g->dy[2][i] = dn * reset[i];
		g->dy[3][i] = dn;
		if (c->dh_prev)
			c->dh_prev[row * H + i] = dh - z[i] * dh;
	}
	memcpy(g->dy[1], g->dy[0], 2 * H * sizeof(float));
}

static void put(float *to, const float *from, size_t n)
{
	for (size_t i = 0; to && i < n; i++)
		to[i] = isnan(from[i]) ? NAN : from[i];
}

/* What a row that took no step gives. */
static void keep_row(const struct cell *c, size_t row, size_t G)
{
	size_t H = (size_t)c->d.hidden;

	if (c->dwh)
		memset(c->dwh + row * G, 0, G * sizeof(float));
	if (c->dwx)
		memset(c->dwx + row * G, 0, G * sizeof(float));
	if (c->dh_prev)
		memmove(c->dh_prev + row * H, c->dh + row * H, H * sizeof(float));
	if (c->dc_prev && c->dc)
		memmove(c->dc_prev + row * H, c->dc + row * H, H * sizeof(float));
	else if (c->dc_prev)
		memset(c->dc_prev + row * H, 0, H * sizeof(float));
}

/* All norms of one row that took a step; their xhat are in r. */
static void row_gradients(enum arithmetic arithmetic, const struct cell *c, const struct cell_layout *l, size_t row, struct cell_row *r,
			  struct cell_gradients *g)
{
	size_t H = (size_t)c->d.hidden, G = l->gates * H;

	model_cell_row(arithmetic, c, row, r);
	if (c->d.cell == LN_RNN)
		rnn_gates(c, row, r, g);
	else if (c->d.cell == LN_LSTM)
		lstm_gates(arithmetic, c, l, row, r, g);
	else
		gru_gates(c, row, r, g);
	for (size_t k = 0; k < l->norms; k++) {
		const struct cell_norm *m = &l->norm[k];
		const float *x = c->d.cell == LN_RNN ? r->sum : m->of == 0 ? c->wh + row * G + m->at : c->wx ? c->wx + row * G + m->at : NULL;
		if (m->of != OF_C)
			norm_gradient(arithmetic, c, m, x, g->dy[k], g->dx[k], g->scratch);
	}
	for (size_t k = 0; k < l->norms; k++) {
		const struct cell_norm *m = &l->norm[k];
		if (m->of == 0 && c->dwh)
			put(c->dwh + row * G + m->at, g->dx[k], m->n);
		if (c->dwx && (m->of == 1 || c->d.cell == LN_RNN))
			put(c->dwx + row * G + m->at, g->dx[k], m->n);
	}
	if (c->dh_prev && c->d.cell != LN_GRU)
		memset(c->dh_prev + row * H, 0, H * sizeof(float));
	put(c->d.cell == LN_GRU && c->dh_prev ? c->dh_prev + row * H : NULL, c->dh_prev ? c->dh_prev + row * H : NULL, H);
	put(c->dc_prev ? c->dc_prev + row * H : NULL, c->dc_prev ? c->dc_prev + row * H : NULL, H);
}

/* The sums of one norm, and where they end. */
static struct parameter_sums sums_make(const struct cell *c, const struct cell_norm *m)
{
	struct parameter_sums s = {.cols = m->n, .rows = (size_t)c->d.rows, .columns = calloc(m->n, COLUMN_BYTES)};

	for (int i = 0; i < 2; i++) {
		size_t place = i == 0 ? m->gamma : m->beta;
		s.total[i] = (struct totals){calloc(m->n, sizeof(double)), NULL};
		for (size_t j = 0; j < m->n && (c->d.flags & LN_ACCUMULATE) && place != SHARED; j++)
			s.total[i].t[j] = (double)c->dparams[place + j];
	}
	return s;
}

static void sums_end(const struct cell *c, const struct cell_norm *m, struct parameter_sums *s)
{
	free(s->columns);
	for (int i = 0; i < 2; i++) {
		size_t place = i == 0 ? m->gamma : m->beta;
		for (size_t j = 0; j < m->n && place != SHARED; j++) {
			float v = (float)s->total[i].t[j];
			c->dparams[place + j] = isnan(v) ? NAN : v;
		}
		free(s->total[i].t);
	}
}

void model_cell_backward(enum arithmetic arithmetic, const struct cell *c)
{
	struct cell_layout l = cell_layout(&c->d);
	size_t H = (size_t)c->d.hidden;
	struct cell_row r = cell_row_make(&c->d);
	struct cell_gradients g = {.scratch = cell_floats(16 * H)};
	struct parameter_sums sums[NORMS_MAX];
	float *nothing = cell_floats(4 * H);

	for (size_t k = 0; k < NORMS_MAX; k++) {
		g.dy[k] = cell_floats(4 * H);
		g.dx[k] = cell_floats(4 * H);
	}
	for (size_t k = 0; k < l.norms && c->dparams; k++)
		sums[k] = sums_make(c, &l.norm[k]);
	for (size_t row = 0; row < c->d.rows; row++) {
		bool steps = !c->active || c->active[row];
		if (steps)
			row_gradients(arithmetic, c, &l, row, &r, &g);
		else
			keep_row(c, row, l.gates * H);
		for (size_t k = 0; k < l.norms && c->dparams; k++)	/* a row of zeros adds nothing */
			model_add_row_f32(arithmetic, &sums[k], steps ? g.dy[k] : nothing, steps ? r.xhat[k] : nothing);
	}
	for (size_t k = 0; k < l.norms && c->dparams; k++)
		sums_end(c, &l.norm[k], &sums[k]);
	for (size_t k = 0; k < NORMS_MAX; k++) {
		free(g.dy[k]);
		free(g.dx[k]);
	}
	free(g.scratch);
	free(nothing);
	cell_row_free(&r);
}
