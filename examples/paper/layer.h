/*
 * layer.h - a hidden layer: h = relu(norm(x w))
 */
#ifndef LAYER_H
#define LAYER_H

#include "norm.h"
#include "tensor.h"

struct layer {
	enum norm_kind kind;
	size_t in, out;
	struct tensor w, gamma, beta;	/* w: in x out */
	float *a, *mean, *rstd, *h;	/* of the last forward: x w, its statistics, and what comes out */
};

void layer_init(struct layer *l, enum norm_kind kind, size_t rows_max, size_t in, size_t out, struct parameters *p,
		struct random *random);
void layer_free(struct layer *l);

/* x: rows x in; the result is in l->h */
void layer_forward(struct layer *l, enum norm_mode mode, size_t rows, const float *x);

/* After layer_forward() that learnt. d: the gradient at h, is overwritten; dx: that at x, or NULL */
void layer_backward(struct layer *l, size_t rows, const float *x, float *d, float *dx);

#endif
