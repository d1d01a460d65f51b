/*
 * tensor.c - Adam as its paper has it: Kingma, Ba 2014, arXiv:1412.6980
 */
#include "tensor.h"
#include "must.h"
#include "widths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double BETA1 = 0.9, BETA2 = 0.999;

void tensor_init(struct parameters *p, struct tensor *t, size_t size, float value)
{
	if (p->count == TENSORS_MAX)
		fail("parameters", "more than %d tensors", TENSORS_MAX);
	p->of[p->count++] = t;
	*t = (struct tensor){size, floats(size), floats(size), floats(size), floats(size)};
	for (size_t i = 0; i < size; i++)
		t->value[i] = value;
}

void tensor_randomise(struct tensor *t, double bound, struct random *random)
{
	for (size_t i = 0; i < t->size; i++)
		t->value[i] = (float)bound * random_uniform(random);
}

/* Takes from x what lies along each of the `count` rows of `unit`, which have length 1. */
static void straighten(size_t size, size_t count, const double *unit, double *x)
{
	for (size_t r = 0; r < count; r++, unit += size) {
		double along = 0;

		for (size_t i = 0; i < size; i++)
			along += x[i] * unit[i];
		for (size_t i = 0; i < size; i++)
			x[i] -= along * unit[i];
	}
}

/* Gram-Schmidt, twice for each row: once leaves rounding errors where little of a row is left. */
void tensor_orthogonal(struct tensor *t, size_t size, struct random *random)
{
	size_t columns = t->size / size;
	double *unit = calloc(size * size, sizeof *unit);

	if (!unit)
		fail("memory", "no room for %zu numbers", size * size);
	for (size_t from = 0; from < columns; from += size)
		for (size_t r = 0; r < size; r++) {
			double *row = unit + r * size, square = 0;

			for (size_t i = 0; i < size; i++)
				row[i] = (double)random_uniform(random);
			straighten(size, r, unit, row);
			straighten(size, r, unit, row);
			for (size_t i = 0; i < size; i++)
				square += row[i] * row[i];
			for (size_t i = 0; i < size; i++) {
				row[i] /= sqrt(square);
				t->value[r * columns + from + i] = (float)row[i];
			}
		}
	free(unit);
}

static double add_square(const struct tensor *t, double square)
{
	for (size_t i = 0; i < t->size; i++)
		square += (double)t->grad[i] * (double)t->grad[i];
	return square;
}

static void clip(struct tensor *t, double square, double length)
{
	if (!(square > length * length))
		return;
	float scale = (float)(length / sqrt(square));
	for (size_t i = 0; i < t->size; i++)
		t->grad[i] *= scale;
}

void parameters_clip(struct parameters *p, double length)
{
	double square = 0;

	for (size_t t = 0; t < p->count; t++)
		square = add_square(p->of[t], square);
	for (size_t t = 0; t < p->count; t++)
		clip(p->of[t], square, length);
}

void parameters_clip_each(struct parameters *p, double length)
{
	for (size_t t = 0; t < p->count; t++)
		clip(p->of[t], add_square(p->of[t], 0), length);
}

FOR_EACH_WIDTH static void adam(size_t n, float *value, const float *grad, float *first, float *second, float rate, float correction)
{
	const float beta1 = (float)BETA1, beta2 = (float)BETA2;

	for (size_t i = 0; i < n; i++) {
		first[i] = beta1 * first[i] + (1 - beta1) * grad[i];
		second[i] = beta2 * second[i] + (1 - beta2) * grad[i] * grad[i];
		value[i] -= rate * first[i] / (sqrtf(second[i]) * correction + 1e-8f);
	}
}

void parameters_step(struct parameters *p, double rate)
{
	double power1 = 1, power2 = 1;

	p->steps++;
	for (size_t i = 0; i < p->steps && power2 > 1e-20; i++)	/* pow() has other bits in another C library */
		power1 *= BETA1, power2 *= BETA2;
	for (size_t t = 0; t < p->count; t++) {
		struct tensor *of = p->of[t];

		adam(of->size, of->value, of->grad, of->first, of->second, (float)(rate / (1 - power1)), (float)(1 / sqrt(1 - power2)));
		memset(of->grad, 0, of->size * sizeof *of->grad);
	}
}

void parameters_free(struct parameters *p)
{
	for (size_t t = 0; t < p->count; t++) {
		free(p->of[t]->value);
		free(p->of[t]->grad);
		free(p->of[t]->first);
		free(p->of[t]->second);
	}
	p->count = 0;
}
