/*
 * model_cell.c - docs/numerics.md, sections 12 and 13, as plain C: one row of a step at a time
 *
 * Compiled with -ffp-contract=off, as model_f32.c is: what is fused is said here.
 */
#include "model_cell.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static float madd(enum arithmetic arithmetic, float a, float b, float c)
{
	return arithmetic == FUSED ? fmaf(a, b, c) : a * b + c;
}

/* ---- Section 12 ---- */

static float rest(enum arithmetic arithmetic, float w, float w2, float sign)
{
	float low = madd(arithmetic, w, 0x1.5554b6p-3f, sign * 0.5f);
	float high = madd(arithmetic, w, 0x1.1223eep-7f, sign * 0x1.5555bap-5f);

	high = madd(arithmetic, w2, sign * 0x1.6c5582p-10f, high);
	return madd(arithmetic, high, w2, low);
}

float model_sigmoid(enum arithmetic arithmetic, float v)
{
	if (isnan(v))
		return NAN;
	v = v < -104 ? -104 : v > 32 ? 32 : v;
	float s = madd(arithmetic, v, -0x1.715476p+0f, 0x1.8p+23f), k = s - 0x1.8p+23f;
	float w = madd(arithmetic, k, 0x1.0bfbe8p-15f, madd(arithmetic, k, 0x1.62ep-1f, v));
	float m = madd(arithmetic, rest(arithmetic, w, w * w, -1), w * w, w), e = ldexpf(-0x1.ep-24f, (int)k);

	return 0x1.ep-24f / madd(arithmetic, e, m, 0x1.ep-24f - e);
}

float model_tanh(enum arithmetic arithmetic, float v)
{
	if (isnan(v))
		return NAN;
	float a = fabsf(v) > 10 ? 10 : fabsf(v), s = madd(arithmetic, a, 0x1.715476p+1f, 0x1.8p+23f), k = s - 0x1.8p+23f;
	float w = madd(arithmetic, k, -0x1.62e43p-1f, a + a), e = ldexpf(0.5f, (int)k);
	float h = madd(arithmetic, e * (w * w), rest(arithmetic, w, w * w, 1), madd(arithmetic, e, w, e - 0.5f)), n = h > 1 ? 1 : h;

	return copysignf(madd(arithmetic, n, n / (-1 - h), n), v);
}

/* ---- Section 13 ---- */

struct cell_layout cell_layout(const ln_cell_desc *d)
{
	size_t H = (size_t)d->hidden;

	if (d->cell == LN_RNN)
		return (struct cell_layout){1, 2 * H, 1, {{0, 0, H, 0, H}}};
	if (d->cell == LN_LSTM)
		return (struct cell_layout){4, 14 * H, 3, {{0, 0, 4 * H, 0, SHARED}, {1, 0, 4 * H, 4 * H, 8 * H}, {2, 0, H, 12 * H, 13 * H}}};
	return (struct cell_layout){3, 10 * H, 4, {{0, 0, 2 * H, 0, SHARED}, {1, 0, 2 * H, 3 * H, 6 * H}, {0, 2 * H, H, 2 * H, 9 * H},
						   {1, 2 * H, H, 5 * H, 8 * H}}};
}

float *cell_floats(size_t n)
{
	float *p = calloc(n, sizeof *p);

	if (!p)
		ck_abort_msg("no memory for %zu floats", n);
	return p;
}

struct cell_row cell_row_make(const ln_cell_desc *d)
{
	struct cell_row r;
	size_t H = (size_t)d->hidden;

	for (size_t i = 0; i < GATES_MAX; i++)
		r.gate[i] = cell_floats(H);
	for (size_t i = 0; i < NORMS_MAX; i++)
		r.xhat[i] = cell_floats(4 * H);
	r.sum = cell_floats(H);
	r.h = cell_floats(H);
	r.c = cell_floats(H);
	r.m = cell_floats(H);
	return r;
}

void cell_row_free(struct cell_row *r)
{
	for (size_t i = 0; i < GATES_MAX; i++)
		free(r->gate[i]);
	for (size_t i = 0; i < NORMS_MAX; i++)
		free(r->xhat[i]);
	free(r->sum);
	free(r->h);
	free(r->c);
	free(r->m);
}

/* The normed columns, without gamma and beta. */
static void norm_row(enum arithmetic arithmetic, const struct cell *c, const float *x, size_t n, float *xhat)
{
	ln_desc d = {.struct_size = sizeof d, .cols = n, .rows = 1, .eps = c->d.eps};
	struct row_f32 row = {.d = &d, .cols = n, .x = xhat};

	memcpy(xhat, x, n * sizeof *x);
	struct scaling_f32 s = model_scaling_f32(arithmetic, &row);
	for (size_t i = 0; i < n; i++)
		xhat[i] = row.nan ? NAN : madd(arithmetic, x[i] * s.s - s.hi, s.rstd, s.shift);
}

static float gamma_of(const struct cell *c, size_t place) { return c->params ? c->params[place] : 1; }
static float beta_of(const struct cell *c, size_t place) { return c->params ? c->params[place] : 0; }

/* Column i of the gates, before it is activated: norms 0 and 1. */
static float gate_sum(enum arithmetic arithmetic, const struct cell *c, const struct cell_row *r, size_t G, size_t i)
{
	float x = madd(arithmetic, r->xhat[1][i], gamma_of(c, G + i), beta_of(c, 2 * G + i));

	return madd(arithmetic, r->xhat[0][i], gamma_of(c, i), x);
}

static void lstm_row(enum arithmetic arithmetic, const struct cell *c, size_t row, struct cell_row *r)
{
	size_t H = (size_t)c->d.hidden, G = 4 * H;

	norm_row(arithmetic, c, c->wh + row * G, G, r->xhat[0]);
	norm_row(arithmetic, c, c->wx + row * G, G, r->xhat[1]);
	for (size_t i = 0; i < G; i++) {
		float v = gate_sum(arithmetic, c, r, G, i);
		r->gate[i / H][i % H] = i < 3 * H ? model_sigmoid(arithmetic, v) : model_tanh(arithmetic, v);
	}
	for (size_t i = 0; i < H; i++)
		r->c[i] = madd(arithmetic, r->gate[0][i], c->c_prev[row * H + i], r->gate[1][i] * r->gate[3][i]);
	norm_row(arithmetic, c, r->c, H, r->xhat[2]);
	for (size_t i = 0; i < H; i++) {
		r->m[i] = model_tanh(arithmetic, madd(arithmetic, r->xhat[2][i], gamma_of(c, 3 * G + i), beta_of(c, 3 * G + H + i)));
		r->h[i] = r->gate[2][i] * r->m[i];
	}
}

static void gru_row(enum arithmetic arithmetic, const struct cell *c, size_t row, struct cell_row *r)
{
	size_t H = (size_t)c->d.hidden, G = 3 * H, last = 2 * H;
	const float *wh = c->wh + row * G, *wx = c->wx + row * G;

	norm_row(arithmetic, c, wh, last, r->xhat[0]);
	norm_row(arithmetic, c, wx, last, r->xhat[1]);
	norm_row(arithmetic, c, wh + last, H, r->xhat[2]);
	norm_row(arithmetic, c, wx + last, H, r->xhat[3]);
	for (size_t i = 0; i < last; i++)
		r->gate[i / H][i % H] = model_sigmoid(arithmetic, gate_sum(arithmetic, c, r, G, i));
	for (size_t i = 0; i < H; i++) {
		float u = madd(arithmetic, r->xhat[2][i], gamma_of(c, last + i), beta_of(c, 3 * G + i)), h = c->h_prev[row * H + i];
		float x = madd(arithmetic, r->xhat[3][i], gamma_of(c, G + last + i), beta_of(c, 2 * G + last + i));
		r->gate[2][i] = model_tanh(arithmetic, madd(arithmetic, r->gate[1][i], u, x));
		r->gate[3][i] = u;
		r->h[i] = madd(arithmetic, r->gate[0][i], r->gate[2][i] - h, h);
	}
}

static void rnn_row(enum arithmetic arithmetic, const struct cell *c, size_t row, struct cell_row *r)
{
	size_t H = (size_t)c->d.hidden;

	for (size_t i = 0; i < H; i++)
		r->sum[i] = c->wx ? c->wh[row * H + i] + c->wx[row * H + i] : c->wh[row * H + i];
	norm_row(arithmetic, c, r->sum, H, r->xhat[0]);
	for (size_t i = 0; i < H; i++)
		r->h[i] = model_tanh(arithmetic, madd(arithmetic, r->xhat[0][i], gamma_of(c, i), beta_of(c, H + i)));
}

void model_cell_row(enum arithmetic arithmetic, const struct cell *c, size_t row, struct cell_row *r)
{
	if (c->d.cell == LN_RNN)
		rnn_row(arithmetic, c, row, r);
	else if (c->d.cell == LN_LSTM)
		lstm_row(arithmetic, c, row, r);
	else
		gru_row(arithmetic, c, row, r);
}

/* A NaN becomes the quiet one. */
static void put(const float *from, float *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = isnan(from[i]) ? NAN : from[i];
}

void model_cell_forward(enum arithmetic arithmetic, const struct cell *c)
{
	size_t H = (size_t)c->d.hidden;
	struct cell_row r = cell_row_make(&c->d);

	for (size_t row = 0; row < c->d.rows; row++) {
		if (c->active && !c->active[row]) {
			memmove(c->h + row * H, c->h_prev + row * H, H * sizeof(float));
			if (c->d.cell == LN_LSTM)
				memmove(c->c + row * H, c->c_prev + row * H, H * sizeof(float));
			continue;
		}
		model_cell_row(arithmetic, c, row, &r);
		put(r.h, c->h + row * H, H);
		if (c->d.cell == LN_LSTM)
			put(r.c, c->c + row * H, H);
	}
	cell_row_free(&r);
}
