/*
 * model.h - the bit-exact reference: what every kernel of a class must compute, in plain C
 */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>

enum arithmetic { UNFUSED, FUSED };	/* a product and a sum: rounded separately, or once */

/* One row. gamma NULL means ones, beta NULL means zeros. */
void model_layernorm(enum arithmetic arithmetic, size_t cols, const float *x, const float *gamma, const float *beta, double eps,
		     float *y);

#endif
