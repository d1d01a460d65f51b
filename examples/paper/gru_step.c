/*
 * gru_step.c - forward and backward of a GRU, plain or with batch norms
 *
 * Only rows that take the step are looked at: unless that is all, they are copied together first, so batch norm's statistics are
 * theirs. The backward computes the forward's gates again, as libln's does.
 */
#include "gru_step.h"
#include "must.h"

#include <ln.h>
#include <stdbool.h>
#include <string.h>

/* Where things are in the arrays that the caller gives. */
struct places {
	const float *gamma_h, *gamma_x, *beta, *beta_u;
	float *mean_h, *rstd_h, *mean_x, *rstd_x;
	size_t rows;			/* that take the step */
	const float *wh, *wx;		/* of those rows: 3 times rows x hidden, as those that follow */
	float *of_h, *gates;		/* norm(wh), with beta_u; norm(wx), then sigma(z), sigma(r), n */
};

static bool takes(const uint8_t *active, size_t r)
{
	return !active || active[r];
}

/* Copies the rows that take the step. */
static void gather(const struct step *s, const uint8_t *active, const float *from, float *to)
{
	size_t cols = 3 * s->cell.hidden;

	for (size_t r = 0; r < s->rows; r++)
		if (takes(active, r)) {
			memcpy(to, from + r * cols, cols * sizeof *to);
			to += cols;
		}
}

/* The opposite; other rows become 0. */
static void scatter(const struct step *s, const uint8_t *active, const float *from, float *to)
{
	size_t cols = 3 * s->cell.hidden;

	for (size_t r = 0; r < s->rows; r++, to += cols) {
		if (!takes(active, r)) {
			memset(to, 0, cols * sizeof *to);
			continue;
		}
		memcpy(to, from, cols * sizeof *to);
		from += cols;
	}
}

static struct places places_of(const struct step *s, const float *params, const float *wh, const float *wx, const uint8_t *active)
{
	size_t h = s->cell.hidden, n = 3 * s->rows * h;
	float *t = s->statistics, *z = s->scratch;
	struct places p = {
		.gamma_h = params, .gamma_x = params + 3 * h, .beta = params + 6 * h, .beta_u = params + 9 * h,
		.mean_h = t, .rstd_h = t + 3 * h, .mean_x = t + 6 * h, .rstd_x = t + 9 * h,
		.wh = wh, .wx = wx, .of_h = z, .gates = z + n,
	};

	for (size_t r = 0; r < s->rows; r++)
		p.rows += takes(active, r);
	if (p.rows < s->rows) {
		gather(s, active, wh, z + 2 * n);
		gather(s, active, wx, z + 3 * n);
		p.wh = z + 2 * n;
		p.wx = z + 3 * n;
	}
	return p;
}

static void find_gates(const struct step *s, const struct places *p, enum norm_mode mode)
{
	size_t h = s->cell.hidden, cols = 3 * h;

	norm_forward(s->cell.kind, mode, p->rows, cols, p->wh, p->gamma_h, NULL, p->mean_h, p->rstd_h, p->of_h);
	norm_forward(s->cell.kind, mode, p->rows, cols, p->wx, p->gamma_x, p->beta, p->mean_x, p->rstd_x, p->gates);
	for (size_t r = 0; r < p->rows; r++) {
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

void gru_step_forward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params,
		      const uint8_t *active, float *h)
{
	struct places p = places_of(s, params, wh, wx, active);
	size_t hidden = s->cell.hidden;
	const float *gates = p.gates;

	find_gates(s, &p, s->mode);
	for (size_t r = 0; r < s->rows; r++, h_prev += hidden, h += hidden) {
		if (!takes(active, r)) {
			memcpy(h, h_prev, hidden * sizeof *h);
			continue;
		}
		for (size_t j = 0; j < hidden; j++)
			h[j] = (1 - gates[j]) * h_prev[j] + gates[j] * gates[2 * hidden + j];
		gates += 3 * hidden;
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
		       const uint8_t *active, float *dh, float *dwh, float *dwx, float *dparams)
{
	struct places p = places_of(s, params, wh, wx, active);
	size_t h = s->cell.hidden, cols = 3 * h;
	float *dbeta_u = dparams + 9 * h;

	if (p.rows == s->rows) {
		p.of_h = dwh;
		p.gates = dwx;
	}
	find_gates(s, &p, NORM_USE);
	for (size_t r = 0, at = 0; r < s->rows; r++) {
		if (!takes(active, r))
			continue;
		row_backward(h, h_prev + r * h, dh + r * h, p.of_h + at, p.gates + at);
		for (size_t j = 0; j < h; j++)
			dbeta_u[j] += p.of_h[at + 2 * h + j];
		at += cols;
	}
	norm_backward(s->cell.kind, p.rows, cols, p.wh, p.gamma_h, p.mean_h, p.rstd_h, p.of_h, dparams, NULL);
	norm_backward(s->cell.kind, p.rows, cols, p.wx, p.gamma_x, p.mean_x, p.rstd_x, p.gates, dparams + 3 * h, dparams + 6 * h);
	if (p.rows < s->rows) {
		scatter(s, active, p.of_h, dwh);
		scatter(s, active, p.gates, dwx);
	}
}
