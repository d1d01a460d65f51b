/*
 * batch_norm.h - batch norm: each column over the rows of a batch (Ioffe, Szegedy 2015, arXiv:1502.03167)
 */
#ifndef BATCH_NORM_H
#define BATCH_NORM_H

#include <stddef.h>

enum { BATCH_NORM_COLS_MAX = 4096 };

/* x, y: rows x cols; mean, rstd, gamma, beta: cols. beta NULL: 0. Fewer than two rows have no statistics: rstd 0, so that y is beta */
void batch_norm_statistics(size_t rows, size_t cols, const float *x, float *mean, float *rstd);
void batch_norm_forward(size_t rows, size_t cols, const float *x, const float *mean, const float *rstd, const float *gamma,
			const float *beta, float *y);

/* d: the gradient at y, becomes that at x; dgamma, and dbeta if it is not NULL, are added to */
void batch_norm_backward(size_t rows, size_t cols, const float *x, const float *mean, const float *rstd, const float *gamma, float *d,
			 float *dgamma, float *dbeta);

#endif
