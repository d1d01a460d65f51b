/*
 * tensor.h - what is learnt: values with their gradients, and Adam, which moves them
 */
#ifndef TENSOR_H
#define TENSOR_H

#include "random.h"

struct tensor {
	size_t size;
	float *value, *grad;
	float *first, *second;		/* Adam's running averages of the gradient and its square */
};

enum { TENSORS_MAX = 32 };
struct parameters {
	size_t count, steps;
	struct tensor *of[TENSORS_MAX];
};

void tensor_init(struct parameters *p, struct tensor *t, size_t size, float value);

/* Uniform in -bound ... bound. */
void tensor_randomise(struct tensor *t, double bound, struct random *random);

/* Square matrices of `size` side by side: in each the rows, over all columns, have length 1 and right angles. */
void tensor_orthogonal(struct tensor *t, size_t size, struct random *random);

/* The gradient of all parameters as one vector is shortened to this length, if it is longer; of each: each tensor's for itself. */
void parameters_clip(struct parameters *p, double length);
void parameters_clip_each(struct parameters *p, double length);

/* One step of Adam; gradients are 0 afterwards. */
void parameters_step(struct parameters *p, double rate);

void parameters_free(struct parameters *p);

#endif
