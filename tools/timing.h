/*
 * timing.h - the clock, and the speed of kernels beside that of memcpy
 */
#ifndef LNORM_TIMING_H
#define LNORM_TIMING_H

#include <stddef.h>

#include "kernels.h"

/* One call on floats, and memcpy of x to y beside it. */
struct timing_job {
	uint32_t norm;
	size_t rows, cols;
	const float *x, *gamma, *beta;
	double eps;
	float *y;
};

/* timing_seconds() - a clock that never goes back, in seconds */
double timing_seconds(void);

/*
 * timing_run() - the median time of one call, in ns, for each of `count` kernels, and of memcpy of the same matrix
 *
 * All are timed in turn in every round, so that a machine that slows down or is shared slows them all. The kernels in use are
 * chosen anew at the end.
 * Returns 0, or an LN_ERR_* value if a call fails.
 */
int timing_run(const struct timing_job *job, const struct kernel *kernels, size_t count, double *ns, double *memcpy_ns);

/* timing_rate() - GB/s of a call that takes `ns`, counting every element as read once and written once */
double timing_rate(const struct timing_job *job, double ns);

#endif
