/*
 * norm.h - what stands between a linear layer and its non-linearity: nothing but a bias, batch norm, or layer norm by libln
 *	y = (x - mean) * rstd * gamma + beta
 *
 * After training, batch norm needs statistics that do not depend on the batch. Here they are those of the whole training set under
 * the weights of the moment: whoever evaluates passes it through with NORM_LEARN first, then what is to be judged with NORM_USE. That
 * is what the usual running averages estimate, without their lag and noise, so the best that batch norm can get.
 */
#ifndef NORM_H
#define NORM_H

#include <stddef.h>

#define NORM_EPS 1e-5

enum norm_kind { NORM_NONE, NORM_BATCH, NORM_LAYER };
enum norm_mode { NORM_LEARN, NORM_USE };	/* batch norm's statistics: of this batch, or those of the last forward that learnt */

/*
 * y = norm(x), x and y: rows x cols, not the same. gamma, beta: cols; of NORM_NONE beta is the bias and gamma is not looked at; beta may
 * be NULL: 0. mean, rstd: of each row (layer norm) or each column (batch norm), written for the backward
 */
void norm_forward(enum norm_kind kind, enum norm_mode mode, size_t rows, size_t cols, const float *x, const float *gamma,
		  const float *beta, float *mean, float *rstd, float *y);

/* After a forward that learnt, with the same x. d: the gradient at y, becomes that at x; dgamma, and dbeta unless NULL, are added to */
void norm_backward(enum norm_kind kind, size_t rows, size_t cols, const float *x, const float *gamma, const float *mean,
		   const float *rstd, float *d, float *dgamma, float *dbeta);

#endif
