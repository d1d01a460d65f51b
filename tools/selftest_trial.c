/*
 * selftest_trial.c - one trial of the self-test: every kernel on a matrix of hostile rows, compared
 *
 * Each kernel is compared with the exact value, with the first kernel of the list (both within the bound, so at most twice the
 * bound apart), bit by bit with the first kernel of its class, and with itself: row by row, in place and at another address; then
 * its other types with its floats.
 */
#include <ln.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile.h"
#include "narrow.h"
#include "selftest.h"
#include "norms.h"

static const char *type_name(uint32_t type)
{
	return type == LN_F64 ? "f64" : type == LN_BF16 ? "bf16" : type == LN_F16 ? "f16" : "f32";
}

void fault(struct tally *tally, const struct trial *t, size_t row, const char *what)
{
	if (!*tally->fault)
		snprintf(tally->fault, sizeof tally->fault, "%s: %s, %s, row \"%s\", %zu columns, eps %g, gamma %s, beta %s", what,
			 norm_of(t->what.norm)->name, type_name(t->what.type), hostile_name(row), t->what.cols, t->what.eps,
			 t->gamma ? "given" : "NULL", t->beta ? "given" : "NULL");
}

int trial_allocate(struct trial *t, size_t kernels)
{
	t->rows = hostile_kinds();
	size_t row = SELFTEST_MAX_COLS * sizeof(float), matrix = t->rows * row;

	t->x = malloc(matrix);
	t->alone = malloc(row + sizeof(float));
	t->gamma_buffer = malloc(row);
	t->beta_buffer = malloc(row);
	t->typed_x = malloc(2 * matrix);		/* of doubles */
	t->typed_y = malloc(2 * matrix);
	t->typed_gamma = malloc(2 * row);
	t->typed_beta = malloc(2 * row);
	t->exact = malloc(SELFTEST_MAX_COLS * sizeof *t->exact);
	int complete = t->x && t->alone && t->gamma_buffer && t->beta_buffer && t->typed_x && t->typed_y && t->typed_gamma &&
		       t->typed_beta && t->exact;
	for (size_t k = 0; k < kernels; k++) {
		t->y[k] = malloc(matrix);
		complete = complete && t->y[k];
	}
	return complete ? 0 : -1;
}

void trial_release(struct trial *t, size_t kernels)
{
	for (size_t k = 0; k < kernels; k++)
		free(t->y[k]);
	free(t->exact);
	free(t->typed_beta);
	free(t->typed_gamma);
	free(t->typed_y);
	free(t->typed_x);
	free(t->beta_buffer);
	free(t->gamma_buffer);
	free(t->alone);
	free(t->x);
}

/* The nearest number that the type holds. */
static float held(uint32_t type, float value)
{
	return type == LN_BF16 || type == LN_F16 ? widen(type, narrow(type, value)) : value;
}

static void fill(struct trial *t, uint64_t *random)
{
	size_t cols = t->what.cols;

	t->gamma = t->what.has_gamma ? t->gamma_buffer : NULL;
	t->beta = t->what.has_beta ? t->beta_buffer : NULL;
	for (size_t i = 0; i < cols; i++) {
		t->gamma_buffer[i] = held(t->what.type, (float)hostile_normal(random));
		t->beta_buffer[i] = held(t->what.type, (float)hostile_normal(random));
	}
	for (size_t row = 0; row < t->rows; row++)
		hostile_fill(row, cols, t->x + row * cols, random);
	for (size_t i = 0; i < t->rows * cols; i++)
		t->x[i] = held(t->what.type, t->x[i]);
	if (t->what.type != LN_F32)
		typed_prepare(t);
}

static int call(const struct trial *t, size_t rows, const float *x, float *y)
{
	return norm_call(t->what.norm, LN_F32, rows, t->what.cols, x, t->gamma, t->beta, t->what.eps, y);
}

/* The whole matrix at once, then each row again by itself, in place, at an address off by one float: the same bits. */
static void run(const struct trial *t, size_t k, struct tally *tally)
{
	float *alone = t->alone + 1;
	size_t cols = t->what.cols;
	int status = call(t, t->rows, t->x, t->y[k]);

	for (size_t row = 0; row < t->rows && status == LN_OK; row++) {
		memcpy(alone, t->x + row * cols, cols * sizeof *alone);
		status = call(t, 1, alone, alone);
		if (memcmp(alone, t->y[k] + row * cols, cols * sizeof *alone) != 0)
			fault(tally, t, row, "the row alone and in place gives other bits than in the matrix");
	}
	if (status != LN_OK)
		fault(tally, t, 0, ln_strerror(status));
}

/* ln.h: every element of such a row is this very NaN. */
static int is_all_nan(const float *y, size_t cols)
{
	static const uint32_t quiet = 0x7fc00000;

	for (size_t i = 0; i < cols; i++)
		if (memcmp(&y[i], &quiet, sizeof quiet) != 0)
			return 0;
	return 1;
}

static size_t first_of_class(const struct kernel *kernels, size_t k)
{
	size_t first = 0;

	while (kernels[first].arithmetic != kernels[k].arithmetic)
		first++;
	return first;
}

static void compare_row(const struct trial *t, size_t row, const struct kernel *kernels, size_t k, struct tally *tally)
{
	size_t cols = t->what.cols, at = row * cols;
	const float *y = t->y[k] + at;

	if (memcmp(y, t->y[first_of_class(kernels, k)] + at, cols * sizeof *y) != 0)
		fault(tally, t, row, "other bits than the first kernel of its class");
	if (exact_compare(cols, y, t->exact, &tally->exact) < cols)
		fault(tally, t, row, "further from the exact value than the bound");
	if (exact_compare_two(cols, y, t->y[0] + at, t->exact, &tally->first) < cols)
		fault(tally, t, row, "further from the first kernel than twice the bound");
	if (t->exact->y != t->exact->y && !is_all_nan(y, cols))
		fault(tally, t, row, "not the NaN 0x7fc00000 throughout");
	tally->rows++;
}

void trial_run(struct trial *t, const struct trial_case *what, uint64_t *random, const struct kernel *kernels, size_t count,
	       struct tally *tally)
{
	t->what = *what;
	fill(t, random);
	for (size_t k = 0; k < count; k++) {
		ln_set_isa(kernels[k].name);
		run(t, k, &tally[k]);
		if (t->what.type == LN_F32)
			continue;
		typed_run(t, k, &tally[k]);
		if (t->typed_hash[k] != t->typed_hash[first_of_class(kernels, k)])
			fault(&tally[k], t, 0, "other bits than the first kernel of its class, in some row");
	}
	for (size_t row = 0; row < t->rows; row++) {
		exact_row(t->what.norm, t->what.cols, t->x + row * t->what.cols, t->gamma, t->beta, t->what.eps, t->exact);
		for (size_t k = 0; k < count; k++)
			compare_row(t, row, kernels, k, &tally[k]);
	}
}
