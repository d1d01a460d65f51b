/*
 * problem.c - a layer norm to compute: its buffers, the library's and the model's answer, and the comparison of bits
 */
#include "lntest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float *floats(size_t n)
{
	float *p = malloc(n * sizeof *p);

	if (!p)
		ck_abort_msg("no memory for %zu floats", n);
	return p;
}

struct problem problem_make(size_t rows, size_t cols)
{
	return (struct problem){rows, cols, 0, floats(rows * cols), floats(cols), floats(cols), floats(rows * cols)};
}

void problem_free(struct problem *p)
{
	free(p->x);
	free(p->gamma);
	free(p->beta);
	free(p->y);
}

void problem_fill(struct problem *p, const struct row_kind *kind, uint64_t seed)
{
	p->eps = kind->eps;
	rows_fill(kind, seed, p->rows, p->cols, p->x);
	rows_parameters(seed, p->cols, p->gamma, p->beta);
	memset(p->y, 0xa5, p->rows * p->cols * sizeof *p->y);
}

void solve(const struct problem *p)
{
	int status = ln_layernorm_f32(p->rows, p->cols, p->x, p->gamma, p->beta, p->eps, p->y);

	if (status != LN_OK)
		ck_abort_msg("ln_layernorm_f32(%zu, %zu, ..., eps %g) is %d (%s)", p->rows, p->cols, p->eps, status,
			     ln_strerror(status));
}

void solve_by_model(const struct problem *p, enum arithmetic arithmetic)
{
	for (size_t r = 0; r < p->rows; r++)
		model_layernorm(arithmetic, p->cols, p->x + r * p->cols, p->gamma, p->beta, p->eps, p->y + r * p->cols);
}

static uint32_t bits_of(float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof bits);
	return bits;
}

void expect_bits(const struct kernel *k, const float *y, const float *want, size_t rows, size_t cols, const char *format, ...)
{
	char what[200];
	size_t at = 0;
	va_list args;

	if (memcmp(y, want, rows * cols * sizeof *y) == 0)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	while (bits_of(y[at]) == bits_of(want[at]))
		at++;
	ck_abort_msg("%s, %zu x %zu: element (%zu, %zu) is %08" PRIx32 " (%.9g), not %08" PRIx32 " (%.9g): %s", k->name, rows,
		     cols, at / cols, at % cols, bits_of(y[at]), (double)y[at], bits_of(want[at]), (double)want[at], what);
}
