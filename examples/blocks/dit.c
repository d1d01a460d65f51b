/* dit.c - both norms of a DiT block: LayerNorm without parameters, then (1 + scale) and shift of each image (adaLN); one call each */
#include <ln.h>

#include "plain.h"

enum { IMAGES = 3, TOKENS = 7, DIM = 192, ROWS = IMAGES * TOKENS };
enum { SHIFT_1, SCALE_1, GATE_1, SHIFT_2, SCALE_2, GATE_2, CHUNKS }; /* of what the conditioning of an image gives, DIM numbers each */
static const double EPS = 1e-6;

static float x[ROWS * DIM], modulation[IMAGES * CHUNKS * DIM], y[ROWS * DIM];

static int modulated_norm(int shift, int scale)
{
	ln_desc d = { .struct_size = sizeof d, .flags = LN_GAMMA_PLUS_ONE, .rows = ROWS, .cols = DIM, .rows_per_param = TOKENS,
		      .param_stride = CHUNKS * DIM, .eps = EPS };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = modulation + scale * DIM, .beta = modulation + shift * DIM, .y = y };

	return ln_forward(&d, &t);
}

static const float *chunk(size_t row, int which)
{
	return modulation + (row / TOKENS * CHUNKS + (size_t)which) * DIM;
}

static double check_row(size_t row, int shift, int scale, double worst)
{
	double s[DIM];

	for (size_t c = 0; c < DIM; c++)
		s[c] = x[row * DIM + c];
	double mean = plain_mean(DIM, s), rstd = plain_rstd(DIM, s, mean, EPS);
	for (size_t c = 0; c < DIM; c++)
		worst = plain_worse(worst, y[row * DIM + c], (s[c] - mean) * rstd * (1.0 + chunk(row, scale)[c]) + chunk(row, shift)[c]);
	return worst;
}

static int norm_and_check(const char *what, int shift, int scale)
{
	double worst = 0;
	int status = modulated_norm(shift, scale);

	for (size_t row = 0; row < ROWS; row++)
		worst = check_row(row, shift, scale, worst);
	return plain_verdict(what, status, worst, 2e-6);
}

/* What stands for attention here is the normalised row itself. Its gated residual is a loop: libln adds residuals without a gain. */
static void add_gated(int gate)
{
	for (size_t i = 0; i < ROWS * DIM; i++)
		x[i] += chunk(i / DIM, gate)[i % DIM] * y[i];
}

int main(void)
{
	plain_fill(ROWS * DIM, x, 10);
	plain_fill(IMAGES * CHUNKS * DIM, modulation, 0);
	int off = norm_and_check("DiT norm before attention", SHIFT_1, SCALE_1);
	add_gated(GATE_1);
	return norm_and_check("DiT norm before the perceptron", SHIFT_2, SCALE_2) | off;
}
