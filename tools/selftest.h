/*
 * selftest.h - one trial of the self-test: a matrix with a row of each hostile kind, and what every kernel makes of it
 */
#ifndef LNORM_SELFTEST_H
#define LNORM_SELFTEST_H

#include <stdint.h>

#include "exact.h"
#include "kernels.h"

#define SELFTEST_MAX_COLS 16896

/* What was found of one kernel. */
struct tally {
	size_t rows;
	struct difference exact, first;	/* from the exact value; from the first kernel */
	char fault[240];		/* the first one found; "" if none */
};

/* What is tried: one norm, in one type, on one length. */
struct trial_case {
	uint32_t norm, type;		/* the type is one that ln.h has a plain call for */
	size_t cols;
	double eps;
	bool has_gamma, has_beta;
};

struct trial {
	struct trial_case what;
	size_t rows;
	const float *gamma, *beta;	/* NULL in some trials; else the buffers below */
	float *gamma_buffer, *beta_buffer, *x, *alone, *y[MAX_KERNELS];
	void *typed_x, *typed_y, *typed_gamma, *typed_beta;	/* in what.type */
	uint64_t typed_hash[MAX_KERNELS];	/* of typed_y */
	struct exact *exact;		/* of one row */
};

/* trial_allocate() - room for `kernels` kernels; returns 0, or -1 without memory. In either case call trial_release(). */
int trial_allocate(struct trial *t, size_t kernels);
void trial_release(struct trial *t, size_t kernels);

/* trial_run() - new numbers, which the type holds exactly; every kernel on them; the faults go into `tally`, one for each kernel */
void trial_run(struct trial *t, const struct trial_case *what, uint64_t *random, const struct kernel *kernels, size_t count,
	       struct tally *tally);

/* fault() - note what is wrong with a kernel, unless something is noted already; `row` is a hostile kind */
void fault(struct tally *tally, const struct trial *t, size_t row, const char *what);

/*
 * typed_prepare() - x, gamma and beta in the type of the trial, from the floats
 * typed_run() - the kernel in use on them, for what.type other than LN_F32: bf16 and f16 give what float gives, rounded once
 */
void typed_prepare(struct trial *t);
void typed_run(struct trial *t, size_t kernel, struct tally *tally);

#endif
