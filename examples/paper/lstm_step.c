/*
 * lstm_step.c - forward and backward of an LSTM, plain or with batch norms
 *
 * The backward computes the forward's gates again, as libln's does.
 */
#include "lstm_step.h"
#include "must.h"

#include <ln.h>
#include <string.h>

/* Where things are in the arrays that the caller gives. */
struct places {
	const float *gamma_h, *gamma_x, *beta, *gamma_c, *beta_c;
	float *mean_h, *rstd_h, *mean_x, *rstd_x, *mean_c, *rstd_c;
	float *gates, *other, *cell;	/* 4, 4, and 1 times rows x hidden */
	float *tanh_cell;
};

static struct places places_of(const struct step *s, const float *params)
{
	size_t h = s->cell.hidden, n = s->rows * h;
	float *t = s->statistics, *z = s->scratch;

	return (struct places){
		.gamma_h = params, .gamma_x = params + 4 * h, .beta = params + 8 * h, .gamma_c = params + 12 * h,
		.beta_c = s->cell.kind == NORM_NONE ? NULL : params + 13 * h,
		.mean_h = t, .rstd_h = t + 4 * h, .mean_x = t + 8 * h, .rstd_x = t + 12 * h, .mean_c = t + 16 * h, .rstd_c = t + 17 * h,
		.gates = z, .other = z + 4 * n, .cell = z + 8 * n, .tanh_cell = z + 9 * n,
	};
}

/* p->gates = sigma(f), sigma(i), sigma(o), tanh(g) */
static void find_gates(const struct step *s, const struct places *p, enum norm_mode mode, const float *wh, const float *wx)
{
	size_t h = s->cell.hidden, cols = 4 * h;

	norm_forward(s->cell.kind, mode, s->rows, cols, wh, p->gamma_h, NULL, p->mean_h, p->rstd_h, p->gates);
	norm_forward(s->cell.kind, mode, s->rows, cols, wx, p->gamma_x, p->beta, p->mean_x, p->rstd_x, p->other);
	for (size_t i = 0; i < s->rows * cols; i++)
		p->gates[i] += p->other[i];
	for (size_t r = 0; r < s->rows; r++) {
		float *row = p->gates + r * cols;

		must(ln_sigmoid_f32(3 * h, row, row), "ln_sigmoid_f32");
		must(ln_tanh_f32(h, row + 3 * h, row + 3 * h), "ln_tanh_f32");
	}
}

static void find_tanh_cell(const struct step *s, const struct places *p, enum norm_mode mode, const float *c)
{
	norm_forward(s->cell.kind, mode, s->rows, s->cell.hidden, c, p->gamma_c, p->beta_c, p->mean_c, p->rstd_c, p->cell);
	must(ln_tanh_f32(s->rows * s->cell.hidden, p->cell, p->tanh_cell), "ln_tanh_f32");
}

void lstm_step_forward(const struct step *s, const float *wh, const float *wx, const float *c_prev, const float *params, float *h,
		       float *c)
{
	struct places p = places_of(s, params);
	size_t hidden = s->cell.hidden;

	find_gates(s, &p, s->mode, wh, wx);
	for (size_t r = 0; r < s->rows; r++)
		for (size_t j = 0, at = r * hidden; j < hidden; j++, at++) {
			const float *gate = p.gates + 4 * r * hidden + j;

			c[at] = gate[0] * c_prev[at] + gate[hidden] * gate[3 * hidden];
		}
	find_tanh_cell(s, &p, s->mode, c);
	for (size_t r = 0; r < s->rows; r++)
		for (size_t j = 0, at = r * hidden; j < hidden; j++, at++)
			h[at] = p.gates[(4 * r + 2) * hidden + j] * p.tanh_cell[at];
}

/* From the gradient at h to those before the non-linearity of o, in d, and at norm(c), in dcell */
static void through_output(const struct step *s, const struct places *p, const float *dh, float *dcell, float *d)
{
	size_t h = s->cell.hidden;

	for (size_t r = 0; r < s->rows; r++)
		for (size_t j = 0, at = r * h; j < h; j++, at++) {
			float o = p->gates[(4 * r + 2) * h + j], t = p->tanh_cell[at];

			d[(4 * r + 2) * h + j] = dh[at] * t * o * (1 - o);
			dcell[at] = dh[at] * o * (1 - t * t);
		}
}

/* From the gradient at c, in dc, to those before the non-linearities of f, i and g, in d, and at c_prev, in dc */
static void through_cell(const struct step *s, const struct places *p, const float *c_prev, float *dc, float *d)
{
	size_t h = s->cell.hidden;

	for (size_t r = 0; r < s->rows; r++)
		for (size_t j = 0, at = r * h; j < h; j++, at++) {
			const float *gate = p->gates + 4 * r * h + j;
			float *to = d + 4 * r * h + j, f = gate[0], i = gate[h], g = gate[3 * h];

			to[0] = dc[at] * c_prev[at] * f * (1 - f);
			to[h] = dc[at] * g * i * (1 - i);
			to[3 * h] = dc[at] * i * (1 - g * g);
			dc[at] *= f;
		}
}

void lstm_step_backward(const struct step *s, const float *wh, const float *wx, const float *c_prev, const float *c,
			const float *params, float *dh, float *dc, float *dwh, float *dwx, float *dparams)
{
	struct places p = places_of(s, params);
	size_t h = s->cell.hidden, n = s->rows * h, cols = 4 * h;
	float *dcell = p.cell;

	find_gates(s, &p, NORM_USE, wh, wx);
	find_tanh_cell(s, &p, NORM_USE, c);
	through_output(s, &p, dh, dcell, dwh);
	memset(dh, 0, n * sizeof *dh);
	norm_backward(s->cell.kind, s->rows, h, c, p.gamma_c, p.mean_c, p.rstd_c, dcell, dparams + 12 * h,
		      s->cell.kind == NORM_NONE ? NULL : dparams + 13 * h);
	for (size_t i = 0; i < n; i++)
		dc[i] += dcell[i];
	through_cell(s, &p, c_prev, dc, dwh);
	memcpy(dwx, dwh, 4 * n * sizeof *dwx);
	norm_backward(s->cell.kind, s->rows, cols, wh, p.gamma_h, p.mean_h, p.rstd_h, dwh, dparams, NULL);
	norm_backward(s->cell.kind, s->rows, cols, wx, p.gamma_x, p.mean_x, p.rstd_x, dwx, dparams + 4 * h, dparams + 8 * h);
}
