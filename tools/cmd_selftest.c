/*
 * cmd_selftest.c - lnorm selftest: every kernel that this CPU can run, on rows on which layer norms go wrong
 *
 * Each kernel is compared with the exact value, with the first kernel of the list (both within the bound, so at most twice the
 * bound apart), bit by bit with the first kernel of its class, and with itself: row by row, in place and at another address.
 */
#include <argp.h>
#include <float.h>
#include <ln.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "exact.h"
#include "hostile.h"
#include "kernels.h"
#include "lnorm.h"

#define SEED 0x6c6e6f726dULL		/* any number but 0 */
#define MAX_COLS 16896

static const struct argp argp = {
	.doc = "Test every kernel that this CPU can run: against exact values, against the others, and against itself.",
};

struct tally {
	size_t rows;
	struct difference exact, first;	/* from the exact value; from the first kernel */
	char fault[200];		/* the first one found; "" if none */
};

/* One matrix with a row of each hostile kind, its parameters, and what the kernels made of it. */
struct trial {
	size_t rows, cols;
	double eps;
	const float *gamma, *beta;	/* NULL in some trials */
	float *gamma_buffer, *beta_buffer, *x, *alone, *y[MAX_KERNELS];
	struct exact *exact;		/* of one row */
};

static void fault(struct tally *t, const struct trial *trial, size_t row, const char *what)
{
	if (!*t->fault)
		snprintf(t->fault, sizeof t->fault, "%s: row \"%s\", %zu columns, eps %g, gamma %s, beta %s", what,
			 hostile_name(row), trial->cols, trial->eps, trial->gamma ? "given" : "NULL",
			 trial->beta ? "given" : "NULL");
}

static int allocate(struct trial *t, size_t kernels)
{
	t->rows = hostile_kinds();
	size_t matrix = t->rows * MAX_COLS * sizeof(float), row = MAX_COLS * sizeof(float);

	t->x = malloc(matrix);
	t->alone = malloc(row + sizeof(float));
	t->gamma_buffer = malloc(row);
	t->beta_buffer = malloc(row);
	t->exact = malloc(MAX_COLS * sizeof *t->exact);
	int complete = t->x && t->alone && t->gamma_buffer && t->beta_buffer && t->exact;
	for (size_t k = 0; k < kernels; k++) {
		t->y[k] = malloc(matrix);
		complete = complete && t->y[k];
	}
	return complete ? 0 : -1;
}

static void release(struct trial *t, size_t kernels)
{
	for (size_t k = 0; k < kernels; k++)
		free(t->y[k]);
	free(t->exact);
	free(t->beta_buffer);
	free(t->gamma_buffer);
	free(t->alone);
	free(t->x);
}

/* New numbers; `number` decides which of gamma and beta are given, and eps. */
static void fill(struct trial *t, size_t cols, size_t number, uint64_t *random)
{
	t->cols = cols;
	t->gamma = number & 1 ? t->gamma_buffer : NULL;
	t->beta = number & 2 ? t->beta_buffer : NULL;
	t->eps = number & 4 ? 1e-5 : 0;
	for (size_t i = 0; i < cols; i++) {
		t->gamma_buffer[i] = (float)hostile_normal(random);
		t->beta_buffer[i] = (float)hostile_normal(random);
	}
	for (size_t row = 0; row < t->rows; row++)
		hostile_fill(row, cols, t->x + row * cols, random);
}

/* The whole matrix at once, then each row again by itself, in place, at an address off by one float: the same bits. */
static void run(const struct trial *t, size_t k, struct tally *tally)
{
	float *alone = t->alone + 1;
	size_t bytes = t->cols * sizeof(float);
	int status = ln_layernorm_f32(t->rows, t->cols, t->x, t->gamma, t->beta, t->eps, t->y[k]);

	for (size_t row = 0; row < t->rows && status == LN_OK; row++) {
		memcpy(alone, t->x + row * t->cols, bytes);
		status = ln_layernorm_f32(1, t->cols, alone, t->gamma, t->beta, t->eps, alone);
		if (memcmp(alone, t->y[k] + row * t->cols, bytes) != 0)
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

static void compare_row(const struct trial *t, size_t row, const struct kernel *kernels, size_t k, struct tally *tally)
{
	const float *y = t->y[k] + row * t->cols, *first = t->y[0] + row * t->cols;
	size_t peer = 0;

	while (kernels[peer].arithmetic != kernels[k].arithmetic)
		peer++;
	if (memcmp(y, t->y[peer] + row * t->cols, t->cols * sizeof *y) != 0)
		fault(tally, t, row, "other bits than the first kernel of its class");
	if (exact_compare(t->cols, y, t->exact, &tally->exact) < t->cols)
		fault(tally, t, row, "further from the exact value than the bound");
	if (exact_compare_two(t->cols, y, first, t->exact, &tally->first) < t->cols)
		fault(tally, t, row, "further from the first kernel than twice the bound");
	if (t->exact->y != t->exact->y && !is_all_nan(y, t->cols))
		fault(tally, t, row, "not the NaN 0x7fc00000 throughout");
	tally->rows++;
}

static void run_trial(const struct trial *t, const struct kernel *kernels, size_t count, struct tally *tally)
{
	for (size_t k = 0; k < count; k++) {
		ln_set_isa(kernels[k].name);
		run(t, k, &tally[k]);
	}
	for (size_t row = 0; row < t->rows; row++) {
		exact_row(t->cols, t->x + row * t->cols, t->gamma, t->beta, t->eps, t->exact);
		for (size_t k = 0; k < count; k++)
			compare_row(t, row, kernels, k, &tally[k]);
	}
}

/* Every length up to 130, then the neighbours of a run, of a block, of a page, and one of many blocks. */
static void run_trials(struct trial *t, const struct kernel *kernels, size_t count, struct tally *tally)
{
	static const size_t more[] = {255, 256, 257, 384, 768, 1023, 1024, 1025, 4095, 4096, 4097, MAX_COLS};
	uint64_t random = SEED;
	size_t number = 0;

	for (size_t cols = 1; cols <= 130; cols++, number++) {
		fill(t, cols, number, &random);
		run_trial(t, kernels, count, tally);
	}
	for (size_t i = 0; i < sizeof more / sizeof *more; i++, number++) {
		fill(t, more[i], number, &random);
		run_trial(t, kernels, count, tally);
	}
}

static int report(const struct kernel *kernels, size_t count, const struct tally *tally)
{
	int failed = 0;

	printf("%-10s %-8s %8s  %12s  %12s\n", "", "", "", "max error", "from");
	printf("%-10s %-8s %8s  %12s  %12s\n", "kernel", "class", "rows", "in units", kernels[0].name);
	for (size_t k = 0; k < count; k++) {
		int bad = *tally[k].fault || !kernels_agree(&kernels[k]);
		printf("%-10s %-8s %8zu  %12.2f  %12.2f  %s\n", kernels[k].name, arithmetic_name(kernels[k].arithmetic),
		       tally[k].rows, tally[k].exact.units, tally[k].first.units, bad ? "FAILED" : "OK");
		failed |= bad;
	}
	printf("\nA unit is 2^-24 (|gamma| max(1, |xhat|) + |beta|). The bound is %d units and one rounding from the exact value,\n"
	       "so twice that between two kernels. All kernels of a class must give the same bits, also row by row and in place.\n",
	       EXACT_BOUND);
	for (size_t k = 0; k < count; k++) {
		if (*tally[k].fault)
			complain(kernels[k].name, "%s", tally[k].fault);
		if (!kernels_agree(&kernels[k]))
			complain(kernels[k].name, "its arithmetic is %s, not what ln.h states",
				 arithmetic_name(kernels[k].arithmetic));
	}
	return failed ? LNORM_FAILED : LNORM_OK;
}

int cmd_selftest(int argc, char **argv)
{
	struct kernel kernels[MAX_KERNELS];
	struct tally tally[MAX_KERNELS] = {0};
	struct trial trial = {0};
	int status = LNORM_FAILED;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return LNORM_FAILED;
	size_t count = kernels_list(kernels);
	if (allocate(&trial, count)) {
		complain("selftest", "not enough memory");
	} else {
		run_trials(&trial, kernels, count, tally);
		status = report(kernels, count, tally);
	}
	release(&trial, count);
	return status;
}
