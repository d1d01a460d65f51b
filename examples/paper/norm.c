/*
 * norm.c - the three kinds of norm.h
 */
#include "norm.h"
#include "batch_norm.h"
#include "must.h"

#include <ln.h>
#include <string.h>

static ln_desc description(size_t rows, size_t cols, uint32_t flags)
{
	return (ln_desc){.struct_size = sizeof(ln_desc), .flags = flags, .rows = rows, .cols = cols, .eps = NORM_EPS};
}

static void add_bias(size_t rows, size_t cols, const float *x, const float *beta, float *y)
{
	if (!beta) {
		memcpy(y, x, rows * cols * sizeof *y);
		return;
	}
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			y[r * cols + c] = x[r * cols + c] + beta[c];
}

void norm_forward(enum norm_kind kind, enum norm_mode mode, size_t rows, size_t cols, const float *x, const float *gamma,
		  const float *beta, float *mean, float *rstd, float *y)
{
	ln_desc d = description(rows, cols, 0);

	switch (kind) {
	case NORM_NONE:
		add_bias(rows, cols, x, beta, y);
		return;
	case NORM_BATCH:
		if (mode == NORM_LEARN)
			batch_norm_statistics(rows, cols, x, mean, rstd);
		batch_norm_forward(rows, cols, x, mean, rstd, gamma, beta, y);
		return;
	case NORM_LAYER:
		must(ln_forward(&d, &(ln_forward_tensors){
			sizeof(ln_forward_tensors), .x = x, .gamma = gamma, .beta = beta, .y = y, .mean = mean, .rstd = rstd,
		}), "ln_forward");
	}
}

void norm_backward(enum norm_kind kind, size_t rows, size_t cols, const float *x, const float *gamma, const float *mean,
		   const float *rstd, float *d, float *dgamma, float *dbeta)
{
	ln_desc desc = description(rows, cols, LN_ACCUMULATE);

	switch (kind) {
	case NORM_NONE:
		for (size_t r = 0; dbeta && r < rows; r++)
			for (size_t c = 0; c < cols; c++)
				dbeta[c] += d[r * cols + c];
		return;
	case NORM_BATCH:
		batch_norm_backward(rows, cols, x, mean, rstd, gamma, d, dgamma, dbeta);
		return;
	case NORM_LAYER:		/* up to LN_BLOCK columns need no workspace */
		must(ln_backward(&desc, &(ln_backward_tensors){
			sizeof(ln_backward_tensors), .x = x, .dy = d, .gamma = gamma, .mean = mean, .rstd = rstd, .dx = d, .dgamma = dgamma,
			.dbeta = dbeta,
		}), "ln_backward");
	}
}
