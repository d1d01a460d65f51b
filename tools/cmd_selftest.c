/*
 * cmd_selftest.c - lnorm selftest: every kernel that this CPU can run, on rows on which norms go wrong
 */
#include <argp.h>
#include <ln.h>
#include <stdio.h>

#include "complain.h"
#include "lnorm.h"
#include "norms.h"
#include "selftest.h"

#define SEED 0x6c6e6f726dULL		/* any number but 0 */

static const struct argp argp = {
	.doc = "Test every kernel that this CPU can run, all norms in all types: against exact values, against the others, and "
	       "against itself.",
};

/* All norms in all types on one length; which of gamma and beta are given, and eps, goes round with the trials. */
static void run_length(struct trial *t, size_t cols, size_t number, uint64_t *random, const struct kernel *kernels, size_t count,
		       struct tally *tally)
{
	static const uint32_t types[] = {LN_F32, LN_BF16, LN_F16, LN_F64};

	for (uint32_t norm = 0; norm_of(norm); norm++)
		for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
			size_t bits = number + 3 * i;
			struct trial_case what = {
				.norm = norm, .type = types[i], .cols = cols, .eps = bits & 4 ? 1e-5 : 0,
				.has_gamma = bits & 1, .has_beta = bits & 2 && norm_of(norm)->has_beta,
			};
			trial_run(t, &what, random, kernels, count, tally);
		}
}

/* Every length up to 130, then the neighbours of a run, of a block, of a page, and one of many blocks. */
static void run_lengths(struct trial *t, const struct kernel *kernels, size_t count, struct tally *tally)
{
	static const size_t more[] = {255, 256, 257, 384, 768, 1023, 1024, 1025, 4095, 4096, 4097, SELFTEST_MAX_COLS};
	uint64_t random = SEED;
	size_t number = 0;

	for (size_t cols = 1; cols <= 130; cols++)
		run_length(t, cols, number++, &random, kernels, count, tally);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		run_length(t, more[i], number++, &random, kernels, count, tally);
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
	       "so twice that between two kernels. All kernels of a class must give the same bits, also row by row and in place;\n"
	       "bf16 and f16 must give the bits of float, rounded once.\n",
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
	if (trial_allocate(&trial, count)) {
		complain("selftest", "not enough memory");
	} else {
		run_lengths(&trial, kernels, count, tally);
		status = report(kernels, count, tally);
	}
	trial_release(&trial, count);
	return status;
}
