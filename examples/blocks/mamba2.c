/* mamba2.c - the end of a Mamba2 block: norm(x * silu(z)) * weight, in groups of channels, z taken out of the packed projection; one call */
#include <ln.h>

#include "plain.h"

enum { TOKENS = 5, INNER = 256, GROUPS = 2, PROJECTED = 2 * INNER + 40 }; /* the projection of a token: z, then x, B, C and dt */
static const double EPS = 1e-5;

static float scanned[TOKENS * INNER], projected[TOKENS * PROJECTED], weight[INNER], y[TOKENS * INNER];

/* A group of channels is a row of its own, as a head is, with its part of weight. */
static int gated_norm(void)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_GATE_BEFORE, .rows = TOKENS * GROUPS, .cols = INNER / GROUPS,
		      .heads = GROUPS, .gate_stride = PROJECTED, .rows_per_param = 1, .param_rows = GROUPS, .eps = EPS };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = scanned, .gate = projected, .gamma = weight, .y = y };

	return ln_forward(&d, &t);
}

static double check_group(size_t token, size_t group, double worst)
{
	enum { COLS = INNER / GROUPS };
	double s[COLS];

	for (size_t c = 0; c < COLS; c++)
		s[c] = scanned[token * INNER + group * COLS + c] * plain_silu(projected[token * PROJECTED + group * COLS + c]);
	double rstd = plain_rstd(COLS, s, 0, EPS);
	for (size_t c = 0; c < COLS; c++)
		worst = plain_worse(worst, y[token * INNER + group * COLS + c], s[c] * rstd * weight[group * COLS + c]);
	return worst;
}

int main(void)
{
	double worst = 0;

	plain_fill(TOKENS * INNER, scanned, 0.5);
	plain_fill(TOKENS * PROJECTED, projected, 0);
	plain_fill(INNER, weight, 1);
	int status = gated_norm();
	for (size_t i = 0; i < TOKENS * GROUPS; i++)
		worst = check_group(i / GROUPS, i % GROUPS, worst);
	return plain_verdict("Mamba2 gated norm", status, worst, 2e-6);
}
