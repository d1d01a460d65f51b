/* backward.c - one backward step of LayerNorm: from dy to dx, dgamma and dbeta */
#include <ln.h>

#include "plain.h"

enum { ROWS = 20, COLS = 160 };
static const double EPS = 1e-5;

static float x[ROWS * COLS], dy[ROWS * COLS], weight[COLS], dx[ROWS * COLS], dgamma[COLS], dbeta[COLS];
static double should_dgamma[COLS], should_dbeta[COLS];

static int step(void)
{
	ln_desc d = { .struct_size = sizeof d, .rows = ROWS, .cols = COLS, .eps = EPS };
	ln_backward_tensors t = { .struct_size = sizeof t, .x = x, .dy = dy, .gamma = weight, .dx = dx, .dgamma = dgamma, .dbeta = dbeta };

	return ln_backward(&d, &t); /* up to LN_BLOCK parameters on one thread need no workspace */
}

static double check_row(const float *row_x, const float *row_dy, const float *row_dx, double worst)
{
	double s[COLS], g[COLS], g_xhat[COLS];

	for (size_t c = 0; c < COLS; c++)
		s[c] = row_x[c];
	double mean = plain_mean(COLS, s), rstd = plain_rstd(COLS, s, mean, EPS);
	for (size_t c = 0; c < COLS; c++) {
		s[c] = (s[c] - mean) * rstd;
		g[c] = (double)weight[c] * row_dy[c];
		g_xhat[c] = g[c] * s[c];
		should_dgamma[c] += row_dy[c] * s[c];
		should_dbeta[c] += row_dy[c];
	}
	double average_g = plain_mean(COLS, g), average_g_xhat = plain_mean(COLS, g_xhat);
	for (size_t c = 0; c < COLS; c++)
		worst = plain_worse(worst, row_dx[c], rstd * (g[c] - average_g - s[c] * average_g_xhat));
	return worst;
}

int main(void)
{
	double worst = 0, worst_sums = 0;

	plain_fill(ROWS * COLS, x, 5);
	plain_fill(ROWS * COLS, dy, 0);
	plain_fill(COLS, weight, 1);
	int status = step();
	for (size_t i = 0; i < ROWS * COLS; i += COLS)
		worst = check_row(x + i, dy + i, dx + i, worst);
	for (size_t c = 0; c < COLS; c++)
		worst_sums = plain_worse(plain_worse(worst_sums, dgamma[c], should_dgamma[c]), dbeta[c], should_dbeta[c]);
	int off = plain_verdict("dx", status, worst, 2e-6);
	return plain_verdict("dgamma and dbeta", status, worst_sums, 4e-6) | off;
}
