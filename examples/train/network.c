/*
 * network.c - forward and backward of the network; the norms are ln_forward() and ln_backward()
 */
#include "network.h"
#include "linear.h"

#include <ln.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float uniform(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) * 0x1p-23f - 1;
}

static void fill_weights(float *w, size_t in, size_t out, uint32_t *state)
{
	for (size_t i = 0; i < in * out; i++)
		w[i] = uniform(state) / sqrtf((float)in);
}

void network_init(struct parameters *p, uint32_t seed)
{
	memset(p, 0, sizeof *p);
	fill_weights(p->w1, INPUTS, HIDDEN, &seed);
	fill_weights(p->w2, HIDDEN, HIDDEN, &seed);
	fill_weights(p->w3, HIDDEN, CLASSES, &seed);
	for (size_t i = 0; i < HIDDEN; i++)
		p->gamma1[i] = p->gamma2[i] = 1;
}

/* ---- The norms ---- */

static ln_desc norm_desc(uint32_t norm, size_t rows)
{
	return (ln_desc){.struct_size = sizeof(ln_desc), .norm = norm, .rows = rows, .cols = HIDDEN, .eps = 1e-5};
}

static void must(int status, const char *what)
{
	if (status == LN_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, ln_strerror(status));
	exit(EXIT_FAILURE);
}

/* h = tanh(norm(a)); mean and rstd are kept, so that the backward need not compute them again. */
static void norm_tanh(uint32_t norm, size_t rows, const float *a, const float *gamma, const float *beta, float *h, float *mean,
		      float *rstd)
{
	ln_desc d = norm_desc(norm, rows);

	must(ln_forward(&d, &(ln_forward_tensors){
		sizeof(ln_forward_tensors), .x = a, .gamma = gamma, .beta = beta, .y = h, .mean = mean, .rstd = rstd,
	}), "ln_forward");
	for (size_t i = 0; i < rows * HIDDEN; i++)
		h[i] = tanhf(h[i]);
}

/* d: the gradient at h, which becomes that at a. Up to 1024 columns need no workspace, and dx may be dy. */
static void norm_tanh_backward(uint32_t norm, size_t rows, const float *a, const float *gamma, const float *h, const float *mean,
			       const float *rstd, float *d, float *dgamma, float *dbeta)
{
	ln_desc desc = norm_desc(norm, rows);

	for (size_t i = 0; i < rows * HIDDEN; i++)
		d[i] *= 1 - h[i] * h[i];
	must(ln_backward(&desc, &(ln_backward_tensors){
		sizeof(ln_backward_tensors), .x = a, .dy = d, .gamma = gamma, .mean = mean, .rstd = rstd, .dx = d, .dgamma = dgamma,
		.dbeta = dbeta,
	}), "ln_backward");
}

/* ---- The network ---- */

/* Logits become probabilities; returns the sum of -log p of the right classes. */
static double softmax_loss(size_t rows, float *p, const int *class)
{
	double loss = 0;

	for (size_t r = 0; r < rows; r++, p += CLASSES) {
		double e[CLASSES], sum = 0, largest = p[0];

		for (size_t c = 1; c < CLASSES; c++)
			largest = fmax(largest, p[c]);
		for (size_t c = 0; c < CLASSES; c++)
			sum += e[c] = exp(p[c] - largest);
		loss -= log(e[class[r]] / sum);
		for (size_t c = 0; c < CLASSES; c++)
			p[c] = (float)(e[c] / sum);
	}
	return loss;
}

double network_forward(uint32_t norm, const struct parameters *p, size_t rows, const float *x, const int *class, struct activations *a)
{
	linear_forward(rows, INPUTS, HIDDEN, x, p->w1, p->b1, a->a1);
	norm_tanh(norm, rows, a->a1, p->gamma1, p->beta1, a->h1, a->mean1, a->rstd1);
	linear_forward(rows, HIDDEN, HIDDEN, a->h1, p->w2, p->b2, a->a2);
	norm_tanh(norm, rows, a->a2, p->gamma2, p->beta2, a->h2, a->mean2, a->rstd2);
	linear_forward(rows, HIDDEN, CLASSES, a->h2, p->w3, p->b3, a->p);
	return softmax_loss(rows, a->p, class) / (double)rows;
}

void network_backward(uint32_t norm, const struct parameters *p, size_t rows, const float *x, const int *class,
		      const struct activations *a, struct parameters *grad)
{
	static float dp[BATCH_MAX * CLASSES], d2[BATCH_MAX * HIDDEN], d1[BATCH_MAX * HIDDEN];

	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < CLASSES; c++)
			dp[r * CLASSES + c] = (a->p[r * CLASSES + c] - (class[r] == (int)c)) / (float)rows;
	linear_backward(rows, HIDDEN, CLASSES, a->h2, p->w3, dp, d2, grad->w3, grad->b3);
	norm_tanh_backward(norm, rows, a->a2, p->gamma2, a->h2, a->mean2, a->rstd2, d2, grad->gamma2, grad->beta2);
	linear_backward(rows, HIDDEN, HIDDEN, a->h1, p->w2, d2, d1, grad->w2, grad->b2);
	norm_tanh_backward(norm, rows, a->a1, p->gamma1, a->h1, a->mean1, a->rstd1, d1, grad->gamma1, grad->beta1);
	linear_backward(rows, INPUTS, HIDDEN, x, p->w1, d1, NULL, grad->w1, grad->b1);
}
