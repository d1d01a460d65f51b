/* parameters.c - gamma and beta of a block as floats or doubles */
#include "parameters.h"

#include <string.h>

/* n consecutive parameters from index k of a set on, converted. */
static void convert(const struct forward *f, const unsigned char *set, size_t k, size_t n, void *to)
{
	const struct parameters *p = &f->r.p;

	if (f->kernels->read[p->type] != NULL)
		f->kernels->read[p->type](n, set + k * p->size, to);
	else
		memcpy(to, set + k * p->size, n * p->size);
}

/* n columns in turn have this parameter. One loop for each size: a memcpy of either would be a call for each column. */
static void repeat(const void *parameter, size_t size, size_t n, void *to)
{
	if (size == sizeof(float)) {
		float value;
		memcpy(&value, parameter, size);
		for (size_t i = 0; i < n; i++)
			((float *)to)[i] = value;
	} else {
		double value;
		memcpy(&value, parameter, size);
		for (size_t i = 0; i < n; i++)
			((double *)to)[i] = value;
	}
}

/* For columns begin to end, where several columns may share a parameter. */
static void expand(const struct forward *f, const unsigned char *set, size_t begin, size_t end, unsigned char *to)
{
	size_t shared = f->r.p.cols_per_param, size = f->stages->size;

	if (shared == 1) {
		convert(f, set, begin, end - begin, to);
		return;
	}
	for (size_t c = begin; c < end;) {
		size_t next = (c / shared + 1) * shared, n = (next < end ? next : end) - c;
		double parameter;	/* or a float in its first half */
		convert(f, set, c / shared, 1, &parameter);
		repeat(&parameter, size, n, to);
		c += n;
		to += n * size;
	}
}

static void add_one(const struct forward *f, unsigned char *gamma, size_t n)
{
	if (f->stages->size == sizeof(float)) {
		float *g = (float *)(void *)gamma;
		for (size_t i = 0; i < n; i++)
			g[i] += 1.0f;
	} else {
		double *g = (double *)(void *)gamma;
		for (size_t i = 0; i < n; i++)
			g[i] += 1.0;
	}
}

static void fill(const struct forward *f, struct parameter_window *w, size_t set, size_t begin)
{
	const struct parameters *p = &f->r.p;
	size_t most = w->bytes / f->stages->size, end = f->r.cols - begin < most ? f->r.cols : begin + most;

	if (p->gamma != NULL) {
		expand(f, p->gamma + set * p->stride, begin, end, w->gamma);
		if (f->r.flags & LN_GAMMA_PLUS_ONE)
			add_one(f, w->gamma, end - begin);
	}
	if (p->beta != NULL)
		expand(f, p->beta + set * p->stride, begin, end, w->beta);
	w->filled = true;
	w->set = set;
	w->begin = begin;
}

void ln_begin_parameters(const struct forward *f, struct parameter_window *w, unsigned char *at, size_t bytes)
{
	const struct parameters *p = &f->r.p;

	w->as_they_lie = f->kernels->read[p->type] == NULL && p->cols_per_param == 1 && !(f->r.flags & LN_GAMMA_PLUS_ONE);
	w->filled = false;
	w->bytes = bytes;
	w->gamma = at;
	w->beta = at + bytes;
}

struct block_parameters ln_windowed_parameters(const struct forward *f, struct parameter_window *w, size_t set, size_t at)
{
	const struct parameters *p = &f->r.p;
	size_t most = w->bytes / f->stages->size, begin = at / most * most, offset = (at - begin) * f->stages->size;

	if (!w->filled || w->set != set || w->begin != begin)
		fill(f, w, set, begin);
	return (struct block_parameters){ p->gamma ? w->gamma + offset : NULL, p->beta ? w->beta + offset : NULL };
}
