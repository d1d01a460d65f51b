/*
 * batch_norm.c - forward and backward of batch norm, in plain loops over rows; sums of columns in double
 */
#include "batch_norm.h"
#include "norm.h"
#include "widths.h"

#include <math.h>
#include <string.h>

static double sum[BATCH_NORM_COLS_MAX], other[BATCH_NORM_COLS_MAX];

FOR_EACH_WIDTH void batch_norm_statistics(size_t rows, size_t cols, const float *x, float *mean, float *rstd)
{
	memset(sum, 0, cols * sizeof *sum);
	memset(other, 0, cols * sizeof *other);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			sum[c] += (double)x[r * cols + c];
	for (size_t c = 0; c < cols; c++)
		sum[c] /= rows ? (double)rows : 1;
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++) {
			double deviation = (double)x[r * cols + c] - sum[c];

			other[c] += deviation * deviation;
		}
	for (size_t c = 0; c < cols; c++) {
		mean[c] = (float)sum[c];
		rstd[c] = rows < 2 ? 0 : (float)(1 / sqrt(other[c] / (double)rows + NORM_EPS));
	}
}

FOR_EACH_WIDTH void batch_norm_forward(size_t rows, size_t cols, const float *x, const float *mean, const float *rstd,
				       const float *gamma, const float *beta, float *y)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			y[r * cols + c] = (x[r * cols + c] - mean[c]) * rstd[c] * gamma[c] + (beta ? beta[c] : 0);
}

FOR_EACH_WIDTH void batch_norm_backward(size_t rows, size_t cols, const float *x, const float *mean, const float *rstd,
					const float *gamma, float *d, float *dgamma, float *dbeta)
{
	memset(sum, 0, cols * sizeof *sum);		/* of d, and of d times xhat */
	memset(other, 0, cols * sizeof *other);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++) {
			sum[c] += (double)d[r * cols + c];
			other[c] += (double)d[r * cols + c] * (double)((x[r * cols + c] - mean[c]) * rstd[c]);
		}
	for (size_t c = 0; c < cols; c++) {
		dgamma[c] += (float)other[c];
		if (dbeta)
			dbeta[c] += (float)sum[c];
	}
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++) {
			float xhat = (x[r * cols + c] - mean[c]) * rstd[c];
			float average = (float)(sum[c] / (double)rows), slope = (float)(other[c] / (double)rows);

			d[r * cols + c] = gamma[c] * rstd[c] * (d[r * cols + c] - average - xhat * slope);
		}
}
