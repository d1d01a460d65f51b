/*
 * check_report.h - what lnorm check found, and how it is printed
 */
#ifndef LNORM_CHECK_REPORT_H
#define LNORM_CHECK_REPORT_H

#include "exact.h"
#include "kernels.h"
#include "layer.h"

struct check {
	struct layer layer;
	struct npy_file expected;	/* data is NULL if none was named */
	struct kernel kernels[MAX_KERNELS];
	size_t count;			/* kernels, worst to best; the arrays below go with them */
	float *y[MAX_KERNELS];
	double ns[MAX_KERNELS], memcpy_ns;
	struct difference from_exact[MAX_KERNELS], from_expected[MAX_KERNELS];
	struct difference expected_from_exact;
};

/* check_report() - print everything; returns 0, or -1 if kernels of a class differ or one is outside the bound */
int check_report(const struct check *check);

#endif
