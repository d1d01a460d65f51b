/*
 * apart.c - elements of a row that lie apart, one by one: of rows that are too long for a tile, of doubles, and of what is asked for seldom
 */
#include <math.h>
#include <string.h>

#include "forward.h"

bool ln_is_strided(const struct forward *f)
{
	const struct tensor *t[] = { &f->r.x, &f->r.residual, &f->r.gate, &f->r.y, &f->r.sum };
	bool strided = false;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		strided |= t[i]->at != NULL && !ln_is_dense(t[i]);
	return strided;
}

/* n things of `size` bytes; a constant size makes each a load and a store. */
static void copy_apart(size_t n, size_t size, const unsigned char *from, size_t from_stride, unsigned char *to, size_t to_stride)
{
	for (size_t i = 0; i < n; i++, from += from_stride, to += to_stride)
		switch (size) {
		case 1: *to = *from; break;
		case 2: memcpy(to, from, 2); break;
		case 4: memcpy(to, from, 4); break;
		default: memcpy(to, from, 8);
		}
}

/* Of n columns from `at` on those before the next run. */
static size_t columns_of_run(const struct tensor *t, size_t at, size_t n) { return t->run == 0 ? n : ln_least(n, t->run - at % t->run); }

enum { FEW = 64 };	/* elements that are brought together before a kernel sees them */

void ln_gather(const struct forward *f, const struct tensor *t, size_t row, size_t at, size_t n, void *to)
{
	unsigned char few[FEW * sizeof(uint16_t)];

	for (size_t i = 0, part; i < n; i += part) {
		bool as_it_is = f->kernels->read[t->type] == NULL;
		part = columns_of_run(t, at + i, as_it_is ? n - i : ln_least(n - i, FEW));
		copy_apart(part, t->size, ln_element(f, t, row, at + i), t->col_stride, as_it_is ? (unsigned char *)to + i * t->size : few, t->size);
		if (!as_it_is)
			f->kernels->read[t->type](part, few, (float *)to + i);
	}
}

/* Elements of a type; doubles are as they are, but that a NaN is the quiet one. */
static void encode(const struct forward *f, uint32_t type, size_t n, const void *from, const struct encoding *e, void *to)
{
	const double *d = from;

	if (type != LN_F64)
		f->kernels->write[type](n, from, e, to);
	else
		for (size_t i = 0; i < n; i++)
			((double *)to)[i] = d[i] == d[i] ? d[i] : (double)NAN;
}

static void scatter(const struct forward *f, const struct tensor *t, size_t row, size_t at, size_t n, const void *from, const struct encoding *e)
{
	_Alignas(LINE_BYTES) unsigned char few[FEW * sizeof(double)];

	for (size_t i = 0, part; i < n; i += part) {
		part = columns_of_run(t, at + i, ln_least(n - i, FEW));
		encode(f, t->type, part, (const char *)from + i * f->stages->size, e, few);
		copy_apart(part, t->size, few, t->size, ln_element(f, t, row, at + i), t->col_stride);
	}
}

void ln_store(const struct forward *f, const struct tensor *t, size_t row, size_t at, size_t n, const void *from, const struct encoding *e)
{
	if (ln_is_dense(t))
		encode(f, t->type, n, from, e, ln_element(f, t, row, at));
	else
		scatter(f, t, row, at, n, from, e);
}
