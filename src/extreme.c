/*
 * extreme.c - a row that float arithmetic cannot hold: the plain formula in double, for every ISA the same code
 *
 * Such a row has variance + eps outside 2^-80 ... 2^80, 0, or not finite. The deviations are taken from the first element, which is
 * exact enough in double whatever the mean, and no finite float row can overflow a double here.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels/kernels.h"

static void fill_nan(size_t cols, float *y)
{
	const uint32_t quiet_nan = 0x7fc00000;	/* one bit pattern: processors differ in the NaN that they make */
	for (size_t c = 0; c < cols; c++)
		memcpy(&y[c], &quiet_nan, sizeof y[c]);
}

void ln_extreme_row_f32(size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y)
{
	double pivot = (double)x[0], mean = 0.0, variance = 0.0;	/* of the deviations from the pivot */

	for (size_t c = 0; c < cols; c++)
		mean += (double)x[c] - pivot;
	mean /= (double)cols;
	for (size_t c = 0; c < cols; c++) {
		double d = (double)x[c] - pivot - mean;
		variance += d * d;
	}
	variance = variance / (double)cols + eps;
	if (!isfinite(variance)) {
		fill_nan(cols, y);
		return;
	}
	double rstd = variance > 0.0 ? 1.0 / sqrt(variance) : 0.0;
	for (size_t c = 0; c < cols; c++) {
		double xhat = ((double)x[c] - pivot - mean) * rstd;
		y[c] = (float)(xhat * (gamma ? (double)gamma[c] : 1.0) + (beta ? (double)beta[c] : 0.0));
	}
}
