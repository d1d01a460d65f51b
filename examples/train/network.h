/*
 * network.h - a network of two hidden layers: linear, norm, tanh; linear, norm, tanh; linear, softmax
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stddef.h>
#include <stdint.h>

enum { INPUTS = 2, HIDDEN = 32, CLASSES = 2, BATCH_MAX = 256 };

/* Everything that is learnt; of gradients and of momentum there is one of these too. */
struct parameters {
	float w1[INPUTS * HIDDEN], b1[HIDDEN], gamma1[HIDDEN], beta1[HIDDEN];
	float w2[HIDDEN * HIDDEN], b2[HIDDEN], gamma2[HIDDEN], beta2[HIDDEN];
	float w3[HIDDEN * CLASSES], b3[CLASSES];
};
enum { PARAMETERS = sizeof(struct parameters) / sizeof(float) };

/* What the forward leaves for the backward. */
struct activations {
	float a1[BATCH_MAX * HIDDEN], h1[BATCH_MAX * HIDDEN], mean1[BATCH_MAX], rstd1[BATCH_MAX];
	float a2[BATCH_MAX * HIDDEN], h2[BATCH_MAX * HIDDEN], mean2[BATCH_MAX], rstd2[BATCH_MAX];
	float p[BATCH_MAX * CLASSES];	/* probabilities */
};

/* Small random weights, gamma 1, the rest 0. */
void network_init(struct parameters *p, uint32_t seed);

/* norm: LN_LAYERNORM or LN_RMSNORM. Returns the mean cross-entropy of the rows. */
double network_forward(uint32_t norm, const struct parameters *p, size_t rows, const float *x, const int *class, struct activations *a);

/* The gradients of that loss; after network_forward() with the same arguments. */
void network_backward(uint32_t norm, const struct parameters *p, size_t rows, const float *x, const int *class,
		      const struct activations *a, struct parameters *grad);

#endif
