/*
 * problem.c - a plain operation to compute: its buffers, the library's and the model's answer, and the comparison of bits
 */
#include "lntest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct operation *operation(size_t index)
{
	enum { TYPES = 4, MOST = NORMS_MOST * TYPES };
	static const uint32_t types[] = {LN_F32, LN_F64, LN_BF16, LN_F16};
	static char names[MOST][32];
	static struct operation made[MOST];
	uint32_t norm = (uint32_t)(index / TYPES), type = types[index % TYPES];

	if (index >= MOST || !norm_facts(norm))
		return NULL;
	snprintf(names[index], sizeof names[index], "%s_%s", norm_facts(norm)->name, type_name(type));
	made[index] = (struct operation){names[index], norm, type};
	return &made[index];
}

size_t operation_count(void)
{
	size_t n = 0;

	while (operation(n))
		n++;
	return n;
}

void *elements(uint32_t type, size_t n)
{
	void *p = malloc(n * type_size(type));

	if (!p)
		ck_abort_msg("no memory for %zu elements", n);
	return p;
}

struct problem problem_make(const struct operation *op, size_t rows, size_t cols)
{
	uint32_t type = op->type;

	return (struct problem){op, rows, cols, 0, elements(type, rows * cols), elements(type, cols), elements(type, cols),
				elements(type, rows * cols)};
}

void problem_free(struct problem *p)
{
	free(p->x);
	free(p->gamma);
	free(p->beta);
	free(p->y);
}

void *element(const struct problem *p, const void *buffer, size_t i)
{
	return (char *)buffer + i * type_size(p->op->type);
}

size_t bytes_of(const struct problem *p, size_t n)
{
	return n * type_size(p->op->type);
}

struct problem problem_part(const struct problem *p, size_t first, size_t rows)
{
	struct problem part = *p;

	part.rows = rows;
	part.x = element(p, p->x, first * p->cols);
	part.y = element(p, p->y, first * p->cols);
	return part;
}

void problem_fill(struct problem *p, const struct row_kind *kind, uint64_t seed)
{
	p->eps = kind->eps;
	rows_fill(kind, p->op->type, seed, p->rows, p->cols, p->x);
	rows_parameters(seed, p->op->type, p->cols, p->gamma, p->beta);
	memset(p->y, 0xa5, bytes_of(p, p->rows * p->cols));
}

void solve(const struct problem *p)
{
	int status = norm_call(p->op->norm, p->op->type, p->rows, p->cols, p->x, p->gamma, p->beta, p->eps, p->y);

	if (status != LN_OK)
		ck_abort_msg("ln_%s(%zu, %zu, ..., eps %g) is %d (%s)", p->op->name, p->rows, p->cols, p->eps, status,
			     ln_strerror(status));
}

struct forward forward_of(const struct problem *p)
{
	struct forward f = {.x = p->x, .gamma = p->gamma, .beta = norm_facts(p->op->norm)->has_beta ? p->beta : NULL, .y = p->y};

	f.d = (ln_desc){.struct_size = sizeof f.d, .norm = p->op->norm, .x_type = p->op->type, .rows = p->rows, .cols = p->cols,
			.eps = p->eps};
	return f;
}

void solve_by_model(const struct problem *p, enum arithmetic arithmetic)
{
	struct forward f = forward_of(p);

	model_forward(arithmetic, &f);
}

void bits_text(char text[BITS_TEXT], uint32_t type, const void *p, size_t i)
{
	uint64_t bits = 0;

	memcpy(&bits, (const char *)p + i * type_size(type), type_size(type));	/* the machines of the tests are little-endian */
	snprintf(text, BITS_TEXT, "%0*" PRIx64 " (%.17g)", (int)(2 * type_size(type)), bits, type_load(type, p, i));
}

void expect_bits(const struct kernel *k, const struct problem *p, const void *want, const char *format, ...)
{
	char what[200], is[BITS_TEXT], should[BITS_TEXT];
	size_t at = 0;
	va_list args;

	if (memcmp(p->y, want, bytes_of(p, p->rows * p->cols)) == 0)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	while (memcmp(element(p, p->y, at), element(p, want, at), bytes_of(p, 1)) == 0)
		at++;
	bits_text(is, p->op->type, p->y, at);
	bits_text(should, p->op->type, want, at);
	ck_abort_msg("%s, %s, %zu x %zu: element (%zu, %zu) is %s, not %s: %s", k->name, p->op->name, p->rows, p->cols, at / p->cols,
		     at % p->cols, is, should, what);
}
