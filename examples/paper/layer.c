/*
 * layer.c - forward and backward of a hidden layer
 */
#include "layer.h"
#include "must.h"
#include "product.h"

#include <math.h>
#include <stdlib.h>

/* Weights of variance 2 / in keep the size of what goes through a relu: He et al. 2015, arXiv:1502.01852. */
void layer_init(struct layer *l, enum norm_kind kind, size_t rows_max, size_t in, size_t out, struct parameters *p, struct random *random)
{
	size_t statistics = rows_max > out ? rows_max : out;

	l->kind = kind;
	l->in = in;
	l->out = out;
	tensor_init(p, &l->w, in * out, 0);
	tensor_randomise(&l->w, sqrt(6 / (double)in), random);
	tensor_init(p, &l->gamma, out, 1);
	tensor_init(p, &l->beta, out, 0);
	l->mean = floats(statistics);
	l->rstd = floats(statistics);
	l->a = floats(rows_max * out);
	l->h = floats(rows_max * out);
}

void layer_free(struct layer *l)
{
	free(l->a);
	free(l->mean);
	free(l->rstd);
	free(l->h);
}

void layer_forward(struct layer *l, enum norm_mode mode, size_t rows, const float *x)
{
	product(rows, l->out, l->in, x, l->w.value, l->a);
	norm_forward(l->kind, mode, rows, l->out, l->a, l->gamma.value, l->beta.value, l->mean, l->rstd, l->h);
	for (size_t i = 0; i < rows * l->out; i++)
		l->h[i] = l->h[i] > 0 ? l->h[i] : 0;
}

void layer_backward(struct layer *l, size_t rows, const float *x, float *d, float *dx)
{
	for (size_t i = 0; i < rows * l->out; i++)
		d[i] = l->h[i] > 0 ? d[i] : 0;
	norm_backward(l->kind, rows, l->out, l->a, l->gamma.value, l->mean, l->rstd, d, l->gamma.grad, l->beta.grad);
	product_at_add(l->in, l->out, rows, x, d, l->w.grad);
	if (dx)
		product_bt(rows, l->in, l->out, d, l->w.value, dx);
}
