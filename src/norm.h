/* norm.h - what each norm is, as facts: the one place that tells them apart by their numbers */
#ifndef LN_NORM_H
#define LN_NORM_H

#include "build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ln.h"

struct norm {
	uint32_t number;	/* of ln.h */
	bool has_mean;		/* it is subtracted, and a plain call has a beta; without, the mean is taken to be 0 */
	bool averages;		/* the squares, over the columns; without, their sum is taken as it is */
};

/* The facts of a norm, or NULL where there is none of this number. */
static inline const struct norm *ln_norm(uint32_t number)
{
	static const struct norm norms[] = {
		[LN_LAYERNORM] = { LN_LAYERNORM, true, true },
		[LN_RMSNORM] = { LN_RMSNORM, false, true },
		[LN_L2NORM] = { LN_L2NORM, false, false },
	};
	return number < sizeof norms / sizeof norms[0] ? &norms[number] : NULL;
}

/* What divides the sums of a row of `count` elements. */
static inline double ln_divisor(const struct norm *norm, double count) { return norm->averages ? count : 1.0; }

#endif
