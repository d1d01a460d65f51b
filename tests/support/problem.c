/*
 * problem.c - a plain operation to compute: its buffers, the library's and the model's answer, and the comparison of bits
 */
#include "lntest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct operation operations[] = {
	{"layernorm_f32", LN_LAYERNORM, LN_F32}, {"layernorm_f64", LN_LAYERNORM, LN_F64}, {"layernorm_bf16", LN_LAYERNORM, LN_BF16},
	{"layernorm_f16", LN_LAYERNORM, LN_F16}, {"rmsnorm_f32", LN_RMSNORM, LN_F32},	  {"rmsnorm_f64", LN_RMSNORM, LN_F64},
	{"rmsnorm_bf16", LN_RMSNORM, LN_BF16},	 {"rmsnorm_f16", LN_RMSNORM, LN_F16},
};

const struct operation *operation(size_t index)
{
	return index < sizeof operations / sizeof operations[0] ? &operations[index] : NULL;
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

static int layernorm(const struct problem *p)
{
	switch (p->op->type) {
	case LN_F32: return ln_layernorm_f32(p->rows, p->cols, p->x, p->gamma, p->beta, p->eps, p->y);
	case LN_F64: return ln_layernorm_f64(p->rows, p->cols, p->x, p->gamma, p->beta, p->eps, p->y);
	case LN_BF16: return ln_layernorm_bf16(p->rows, p->cols, p->x, p->gamma, p->beta, p->eps, p->y);
	default: return ln_layernorm_f16(p->rows, p->cols, p->x, p->gamma, p->beta, p->eps, p->y);
	}
}

static int rmsnorm(const struct problem *p)
{
	switch (p->op->type) {
	case LN_F32: return ln_rmsnorm_f32(p->rows, p->cols, p->x, p->gamma, p->eps, p->y);
	case LN_F64: return ln_rmsnorm_f64(p->rows, p->cols, p->x, p->gamma, p->eps, p->y);
	case LN_BF16: return ln_rmsnorm_bf16(p->rows, p->cols, p->x, p->gamma, p->eps, p->y);
	default: return ln_rmsnorm_f16(p->rows, p->cols, p->x, p->gamma, p->eps, p->y);
	}
}

void solve(const struct problem *p)
{
	int status = p->op->norm == LN_RMSNORM ? rmsnorm(p) : layernorm(p);

	if (status != LN_OK)
		ck_abort_msg("ln_%s(%zu, %zu, ..., eps %g) is %d (%s)", p->op->name, p->rows, p->cols, p->eps, status,
			     ln_strerror(status));
}

struct forward forward_of(const struct problem *p)
{
	struct forward f = {.x = p->x, .gamma = p->gamma, .beta = p->op->norm == LN_RMSNORM ? NULL : p->beta, .y = p->y};

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
