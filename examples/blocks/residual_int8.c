/* residual_int8.c - x is added to the residual stream, and its RMSNorm written as int8 with a scale for each row, in one pass */
#include <ln.h>

#include "plain.h"

enum { ROWS = 6, COLS = 320 };
static const double EPS = 1e-5;

static float x[ROWS * COLS], stream[ROWS * COLS], weight[COLS], scales[ROWS];
static int8_t q[ROWS * COLS];
static double sums[ROWS * COLS];

static int add_norm_quantise(void)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_ROW_SCALE, .y_type = LN_I8, .rows = ROWS, .cols = COLS, .eps = EPS };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .residual = stream, .gamma = weight, .y = q, .y_scale = scales, .sum = stream };

	return ln_forward(&d, &t);
}

/* The error of a row in steps of its scale: half a one is what rounding does. The largest must be 127 of them. */
static double check_row(size_t row, double worst)
{
	const double *s = sums + row * COLS;
	double rstd = plain_rstd(COLS, s, 0, EPS);
	int largest = 0;

	for (size_t c = 0; c < COLS; c++) {
		int steps = q[row * COLS + c] < 0 ? -q[row * COLS + c] : q[row * COLS + c];
		largest = steps > largest ? steps : largest;
		double error = fabs(q[row * COLS + c] - s[c] * rstd * weight[c] / scales[row]);
		worst = error <= worst ? worst : error;
	}
	return largest == 127 ? worst : INFINITY;
}

int main(void)
{
	double worst = 0, worst_sum = 0;

	plain_fill(ROWS * COLS, x, 0);
	plain_fill(ROWS * COLS, stream, 3);
	plain_fill(COLS, weight, 1);
	for (size_t i = 0; i < ROWS * COLS; i++)
		sums[i] = (double)x[i] + stream[i];
	int status = add_norm_quantise();
	for (size_t row = 0; row < ROWS; row++)
		worst = check_row(row, worst);
	for (size_t i = 0; i < ROWS * COLS; i++)
		worst_sum = plain_worse(worst_sum, stream[i], sums[i]);
	int off = plain_verdict("residual stream", status, worst_sum, 1e-7);
	return plain_verdict("its norm as int8, in steps", status, worst, 0.5001) | off;
}
