/*
 * gru_step.c - forward and backward of a GRU, plain or with batch norms
 *
 * The backward computes the forward's gates again, as libln's does.
 */
#include "gru_step.h"
#include "must.h"

#include <ln.h>

/* Where things are in the arrays that the caller gives. */
struct places {
	const float *gamma_h, *gamma_x, *beta, *beta_u;
	float *mean_h, *rstd_h, *mean_x, *rstd_x;
	float *of_h, *gates;	/* norm(wh), with beta_u; norm(wx), then sigma(z), sigma(r), n: 3 times rows x hidden */
};

static struct places places_of(const struct step *s, const float *params)
{
	size_t h = s->cell.hidden;
	float *t = s->statistics;

	return (struct places){
		.gamma_h = params, .gamma_x = params + 3 * h, .beta = params + 6 * h, .beta_u = params + 9 * h,
		.mean_h = t, .rstd_h = t + 3 * h, .mean_x = t + 6 * h, .rstd_x = t + 9 * h,
		.of_h = s->scratch, .gates = s->scratch + 3 * s->rows * h,
	};
}

static void find_gates(const struct step *s, const struct places *p, enum norm_mode mode, const float *wh, const float *wx)
{
	size_t h = s->cell.hidden, cols = 3 * h;

	norm_forward(s->cell.kind, mode, s->rows, cols, wh, p->gamma_h, NULL, p->mean_h, p->rstd_h, p->of_h);
	norm_forward(s->cell.kind, mode, s->rows, cols, wx, p->gamma_x, p->beta, p->mean_x, p->rstd_x, p->gates);
	for (size_t r = 0; r < s->rows; r++) {
		float *of_h = p->of_h + r * cols, *gates = p->gates + r * cols, *n = gates + 2 * h;

		for (size_t j = 0; j < 2 * h; j++)
			gates[j] += of_h[j];
		must(ln_sigmoid_f32(2 * h, gates, gates), "ln_sigmoid_f32");
		for (size_t j = 0; j < h; j++) {
			of_h[2 * h + j] += p->beta_u[j];
			n[j] += gates[h + j] * of_h[2 * h + j];
		}
		must(ln_tanh_f32(h, n, n), "ln_tanh_f32");
	}
}

void gru_step_forward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params, float *h)
{
	struct places p = places_of(s, params);
	size_t hidden = s->cell.hidden;

	find_gates(s, &p, s->mode, wh, wx);
	for (size_t r = 0; r < s->rows; r++)
		for (size_t j = 0, at = r * hidden; j < hidden; j++, at++) {
			const float *gate = p.gates + 3 * r * hidden + j;

			h[at] = (1 - gate[0]) * h_prev[at] + gate[0] * gate[2 * hidden];
		}
}

/* From the gradient at h to those at norm(wh) and norm(wx), in place of these, and to what reaches h_prev past wh, in dh. */
static void row_backward(size_t h, const float *h_prev, float *dh, float *of_h, float *gates)
{
	for (size_t j = 0; j < h; j++) {
		float z = gates[j], r = gates[h + j], n = gates[2 * h + j], dn = dh[j] * z * (1 - n * n);

		gates[j] = of_h[j] = dh[j] * (n - h_prev[j]) * z * (1 - z);
		gates[h + j] = of_h[h + j] = dn * of_h[2 * h + j] * r * (1 - r);
		gates[2 * h + j] = dn;
		of_h[2 * h + j] = dn * r;
		dh[j] *= 1 - z;
	}
}

void gru_step_backward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params,
		       float *dh, float *dwh, float *dwx, float *dparams)
{
	struct places p = places_of(s, params);
	size_t h = s->cell.hidden, cols = 3 * h;
	float *dbeta_u = dparams + 9 * h;

	p.of_h = dwh;
	p.gates = dwx;
	find_gates(s, &p, NORM_USE, wh, wx);
	for (size_t r = 0; r < s->rows; r++) {
		row_backward(h, h_prev + r * h, dh + r * h, dwh + r * cols, dwx + r * cols);
		for (size_t j = 0; j < h; j++)
			dbeta_u[j] += dwh[r * cols + 2 * h + j];
	}
	norm_backward(s->cell.kind, s->rows, cols, wh, p.gamma_h, p.mean_h, p.rstd_h, dwh, dparams, NULL);
	norm_backward(s->cell.kind, s->rows, cols, wx, p.gamma_x, p.mean_x, p.rstd_x, dwx, dparams + 3 * h, dparams + 6 * h);
}
