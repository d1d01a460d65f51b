/*
 * check.h - lnorm check: what it looks at, and what it finds
 */
#ifndef LNORM_CHECK_H
#define LNORM_CHECK_H

#include "exact.h"
#include "kernels.h"
#include "layer.h"

enum statistic { MEAN, DEVIATION, SMALLEST, LARGEST, STATISTICS };

/* The range of a statistic over all rows. */
struct range { double from, to; };

struct check {
	struct layer layer;
	struct npy_file expected;	/* data is NULL if none was named */
	double atol, rtol;		/* how far it may be from y: atol + rtol |y| */
	struct kernel kernels[MAX_KERNELS];
	size_t count;			/* kernels, worst to best; the arrays below go with them */

	/* what was found */
	size_t timed_rows;
	double ns[MAX_KERNELS], memcpy_ns;
	struct range before[STATISTICS], after[STATISTICS];
	uint64_t hash[MAX_KERNELS], expected_hash;
	bool differs[MAX_KERNELS];	/* from the first of its class */
	struct difference from_exact[MAX_KERNELS], from_expected[MAX_KERNELS];
	struct difference expected_from_exact;
	size_t unlike;			/* elements of `expected` too far from y of some kernel */
};

/*
 * check_rows() - time the kernels, and find all else from the results of a group of rows after another: memory is that of a few groups
 *
 * Returns 0, or -1 having complained.
 */
int check_rows(struct check *check);

/* check_report() - print everything; returns 0, or -1 if kernels of a class differ, one is outside the bound, or `expected` is something else */
int check_report(const struct check *check);

#endif
