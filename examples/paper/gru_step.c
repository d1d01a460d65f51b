/*
 * gru_step.c - forward and backward of a plain GRU; the backward computes the forward's gates again, as libln's does
 */
#include "gru_step.h"
#include "must.h"

#include <ln.h>
#include <string.h>

/* Where the biases are among the parameters: after gamma_h and gamma_x, which a plain cell has no use for. */
static const size_t BETA = 6, BETA_U = 9;

/* gates = sigma(z), sigma(r), n of one row */
static void find_gates(size_t h, const float *wh, const float *wx, const float *params, float *gates)
{
	const float *beta = params + BETA * h, *beta_u = params + BETA_U * h;
	float *n = gates + 2 * h;

	for (size_t j = 0; j < 2 * h; j++)
		gates[j] = wh[j] + wx[j] + beta[j];
	must(ln_sigmoid_f32(2 * h, gates, gates), "ln_sigmoid_f32");
	for (size_t j = 0; j < h; j++)
		n[j] = wx[2 * h + j] + beta[2 * h + j] + gates[h + j] * (wh[2 * h + j] + beta_u[j]);
	must(ln_tanh_f32(h, n, n), "ln_tanh_f32");
}

void gru_step_forward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params,
		      const uint8_t *active, float *h)
{
	size_t hidden = s->cell.hidden;
	float *z = s->scratch, *n = s->scratch + 2 * hidden;

	for (size_t r = 0; r < s->rows; r++, wh += 3 * hidden, wx += 3 * hidden, h_prev += hidden, h += hidden) {
		if (active && !active[r]) {
			memcpy(h, h_prev, hidden * sizeof *h);
			continue;
		}
		find_gates(hidden, wh, wx, params, s->scratch);
		for (size_t j = 0; j < hidden; j++)
			h[j] = (1 - z[j]) * h_prev[j] + z[j] * n[j];
	}
}

static void row_backward(size_t h, const float *wh, const float *h_prev, const float *params, const float *gates, float *dh,
			 float *dwh, float *dwx)
{
	const float *beta_u = params + BETA_U * h;

	for (size_t j = 0; j < h; j++) {
		float z = gates[j], r = gates[h + j], n = gates[2 * h + j], dn = dh[j] * z * (1 - n * n);

		dwx[j] = dwh[j] = dh[j] * (n - h_prev[j]) * z * (1 - z);
		dwx[h + j] = dwh[h + j] = dn * (wh[2 * h + j] + beta_u[j]) * r * (1 - r);
		dwx[2 * h + j] = dn;
		dwh[2 * h + j] = dn * r;
		dh[j] *= 1 - z;
	}
}

void gru_step_backward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params,
		       const uint8_t *active, float *dh, float *dwh, float *dwx, float *dparams)
{
	size_t h = s->cell.hidden;

	for (size_t r = 0; r < s->rows; r++, wh += 3 * h, wx += 3 * h, h_prev += h, dh += h, dwh += 3 * h, dwx += 3 * h) {
		if (active && !active[r]) {
			memset(dwh, 0, 3 * h * sizeof *dwh);
			memset(dwx, 0, 3 * h * sizeof *dwx);
			continue;
		}
		find_gates(h, wh, wx, params, s->scratch);
		row_backward(h, wh, h_prev, params, s->scratch, dh, dwh, dwx);
		for (size_t j = 0; j < 3 * h; j++)
			dparams[BETA * h + j] += dwx[j];
		for (size_t j = 0; j < h; j++)
			dparams[BETA_U * h + j] += dwh[2 * h + j];
	}
}
