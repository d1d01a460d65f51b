/*
 * main.c - trains a small network to tell two spirals apart, with LayerNorm, or RMSNorm if asked: ln_train [layernorm | rmsnorm]
 *
 * Before training it compares its gradients with differences of the loss. It ends with a failure if they do not agree, or if the loss
 * over all points is not below LOSS_MAX at the end.
 */
#include "network.h"

#include <ln.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 256, BATCH = 32, EPOCHS = 400, REPORTS = 8 };
static const double LOSS_MAX = 0.01;
static const float RATE = 0.05f, MOMENTUM = 0.9f;

struct points { float x[POINTS * INPUTS]; int class[POINTS]; };

/*
 * Two arms of one turn and a half each, around a point that is not 0: there the network would be odd, and some gradients 0. Neighbours
 * in the array are of either class, and far from those that follow.
 */
static void make_spirals(struct points *p)
{
	for (size_t i = 0; i < POINTS; i++) {
		size_t at = i / 2 * 37 % (POINTS / 2);
		double t = (double)at / (POINTS / 2), radius = 0.1 + 0.9 * t, angle = 3 * 3.14159265358979 * t;

		p->class[i] = (int)(i % 2);
		if (p->class[i])
			radius = -radius;
		p->x[2 * i] = (float)(0.3 + radius * cos(angle));
		p->x[2 * i + 1] = (float)(0.2 + radius * sin(angle));
	}
}

static double loss_of(uint32_t norm, const struct parameters *p, const struct points *points, struct activations *a)
{
	return network_forward(norm, p, POINTS, points->x, points->class, a);
}

/* ---- The gradients ---- */

/* The tensors of parameters: name, place and size in floats. */
#define TENSOR(name, size) {#name, offsetof(struct parameters, name) / sizeof(float), size}
static const struct { const char *name; size_t at, size; } tensors[] = {
	TENSOR(w1, INPUTS * HIDDEN), TENSOR(b1, HIDDEN), TENSOR(gamma1, HIDDEN), TENSOR(beta1, HIDDEN),
	TENSOR(w2, HIDDEN * HIDDEN), TENSOR(b2, HIDDEN), TENSOR(gamma2, HIDDEN), TENSOR(beta2, HIDDEN),
	TENSOR(w3, HIDDEN * CLASSES), TENSOR(b3, CLASSES),
};
enum { TENSORS = sizeof tensors / sizeof tensors[0] };

/* The loss with one tensor moved along its gradient. */
static double moved_loss(uint32_t norm, const struct parameters *p, const struct points *points, const float *grad, size_t t, double by)
{
	static struct parameters moved;
	static struct activations a;
	float *to = (float *)&moved + tensors[t].at;

	moved = *p;
	for (size_t i = 0; i < tensors[t].size; i++)
		to[i] += (float)(by * grad[tensors[t].at + i]);
	return loss_of(norm, &moved, points, &a);
}

/*
 * Along its gradient g the loss must rise by |g| for each unit of length. In floats, with a loss of about 1, a step of 0.01 leaves an
 * error of some 1e-4 of that from rounding, and of its square from curvature.
 */
static int check_gradients(uint32_t norm, const struct parameters *p, const struct points *points)
{
	static struct parameters grad;
	static struct activations a;
	const float *g = (const float *)&grad;
	int bad = 0;

	loss_of(norm, p, points, &a);
	network_backward(norm, p, POINTS, points->x, points->class, &a, &grad);
	for (size_t t = 0; t < TENSORS; t++) {
		double square = 0;

		for (size_t i = 0; i < tensors[t].size; i++)
			square += (double)g[tensors[t].at + i] * (double)g[tensors[t].at + i];
		double length = sqrt(square), by = 0.01 / length;
		double slope = (moved_loss(norm, p, points, g, t, by) - moved_loss(norm, p, points, g, t, -by)) / 0.02;
		int is_bad = !(fabs(slope - length) <= 0.01 * length + 1e-4);
		printf("gradient of %-6s  length %.6f, by differences %.6f%s\n", tensors[t].name, length, slope, is_bad ? "  WRONG" : "");
		bad |= is_bad;
	}
	return bad;
}

/* ---- Training ---- */

static void step(struct parameters *p, const struct parameters *grad, struct parameters *velocity)
{
	float *to = (float *)p, *v = (float *)velocity;
	const float *g = (const float *)grad;

	for (size_t i = 0; i < PARAMETERS; i++) {
		v[i] = MOMENTUM * v[i] - RATE * g[i];
		to[i] += v[i];
	}
}

static double train(uint32_t norm, struct parameters *p, const struct points *points)
{
	static struct parameters grad, velocity;
	static struct activations a;
	double loss = loss_of(norm, p, points, &a);

	printf("epoch %4d  loss %.6f\n", 0, loss);
	for (int epoch = 1; epoch <= EPOCHS; epoch++) {
		for (size_t i = 0; i < POINTS; i += BATCH) {
			const float *x = points->x + i * INPUTS;
			const int *class = points->class + i;

			network_forward(norm, p, BATCH, x, class, &a);
			network_backward(norm, p, BATCH, x, class, &a, &grad);
			step(p, &grad, &velocity);
		}
		if (epoch % (EPOCHS / REPORTS) != 0)
			continue;
		loss = loss_of(norm, p, points, &a);
		printf("epoch %4d  loss %.6f\n", epoch, loss);
	}
	return loss;
}

int main(int argc, char **argv)
{
	static struct points points;
	static struct parameters p;
	const char *name = argc > 1 ? argv[1] : "layernorm";
	uint32_t norm = strcmp(name, "rmsnorm") == 0 ? LN_RMSNORM : LN_LAYERNORM;

	if (argc > 2 || (norm == LN_LAYERNORM && strcmp(name, "layernorm") != 0)) {
		fprintf(stderr, "usage: ln_train [layernorm | rmsnorm]\n");
		return EXIT_FAILURE;
	}
	make_spirals(&points);
	network_init(&p, 1);
	if (check_gradients(norm, &p, &points))
		return EXIT_FAILURE;
	double loss = train(norm, &p, &points);
	if (!(loss < LOSS_MAX)) {
		printf("%s (%s kernels): the loss is not below %g\n", name, ln_isa(), LOSS_MAX);
		return EXIT_FAILURE;
	}
	printf("%s (%s kernels): the loss is below %g\n", name, ln_isa(), LOSS_MAX);
	return EXIT_SUCCESS;
}
