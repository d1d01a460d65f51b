/*
 * selftest_typed.c - the self-test of bf16, f16 and f64
 *
 * The rows hold numbers that the type holds exactly. So, by docs/numerics.md, bf16 and f16 give what float gives, rounded once: the
 * bits are known. f64 has bits of its own, which are compared between kernels; its values must be exact as far as exact.c can tell.
 */
#include <ln.h>
#include <math.h>

#include "narrow.h"
#include "norms.h"
#include "selftest.h"

static void put(uint32_t type, void *tensor, size_t i, float value)
{
	if (type == LN_F64)
		((double *)tensor)[i] = value;
	else
		((uint16_t *)tensor)[i] = narrow(type, value);
}

void typed_prepare(struct trial *t)
{
	uint32_t type = t->what.type;

	for (size_t i = 0; i < t->rows * t->what.cols; i++)
		put(type, t->typed_x, i, t->x[i]);
	for (size_t i = 0; i < t->what.cols; i++) {
		put(type, t->typed_gamma, i, t->gamma_buffer[i]);
		put(type, t->typed_beta, i, t->beta_buffer[i]);
	}
}

static int call(const struct trial *t)
{
	const struct trial_case *c = &t->what;
	const void *x = t->typed_x, *gamma = t->gamma ? t->typed_gamma : NULL, *beta = t->beta ? t->typed_beta : NULL;
	void *y = t->typed_y;

	return norm_call(c->norm, c->type, t->rows, c->cols, x, gamma, beta, c->eps, y);
}

/* exact.c knows the value to a small part of a float's unit, which is what a double must be within. */
static bool f64_is_right(const struct trial *t, size_t row)
{
	const double *y = (const double *)t->typed_y + row * t->what.cols;

	exact_row(t->what.norm, t->what.cols, t->x + row * t->what.cols, t->gamma, t->beta, t->what.eps, t->exact);
	for (size_t i = 0; i < t->what.cols; i++) {
		const struct exact *e = &t->exact[i];
		if (isnan(e->y) ? !isnan(y[i]) : !(fabsl(y[i] - e->y) <= e->unit))
			return false;
	}
	return true;
}

static bool narrow_is_right(const struct trial *t, size_t row, const float *y32)
{
	const uint16_t *y = (const uint16_t *)t->typed_y + row * t->what.cols;

	for (size_t i = 0; i < t->what.cols; i++)
		if (y[i] != narrow(t->what.type, y32[i]))
			return false;
	return true;
}

static uint64_t hash(const void *data, size_t size)
{
	uint64_t h = 0xcbf29ce484222325;	/* FNV-1a */

	for (size_t i = 0; i < size; i++)
		h = (h ^ ((const unsigned char *)data)[i]) * 0x100000001b3;
	return h;
}

void typed_run(struct trial *t, size_t kernel, struct tally *tally)
{
	int status = call(t);

	if (status != LN_OK) {
		fault(tally, t, 0, ln_strerror(status));
		return;
	}
	for (size_t row = 0; row < t->rows; row++) {
		const float *y32 = t->y[kernel] + row * t->what.cols;
		if (t->what.type == LN_F64 && !f64_is_right(t, row))
			fault(tally, t, row, "further from the exact value than a unit of float");
		if (t->what.type != LN_F64 && !narrow_is_right(t, row, y32))
			fault(tally, t, row, "not what float gives, rounded once");
	}
	t->typed_hash[kernel] = hash(t->typed_y, t->rows * t->what.cols * (t->what.type == LN_F64 ? sizeof(double) : sizeof(uint16_t)));
}
