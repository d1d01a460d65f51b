/*
 * scan.h - the largest factor of a row's outputs, given its exact statistics
 */
#ifndef SCAN_H
#define SCAN_H

#include "stats.h"

/* The factor and its column; and the factor that all columns together have: the sum of the errors over that of the units. */
struct worst { double factor; size_t col; double average; };

/*
 * y or dx are cols results: floats, or doubles for f64. whole: in doubles of doubles, where f64 is always; otherwise in doubles. A NaN
 * gives an infinite factor. A row whose rstd is 0 has nothing to be measured in: factor 0 where its outputs are what they should be.
 */
struct worst scan_forward(const struct problem *p, const struct stats *s, const void *y, bool whole);
struct worst scan_backward(const struct problem *p, const struct stats *s, const void *dx, bool whole);
struct worst scan_gated(const struct problem *p, const struct stats *s, const float *y, bool whole);
struct worst scan_sums(const struct problem *p, const struct stats *s, const void *gradient);

/* average|g| and average(|g| max(1, |xhat|)) */
struct sizes { double g, gx; };

/* The parts that are in doubles of doubles; and outputs that may be nothing but zeros. */
struct worst scan_forward_whole(const struct problem *p, const struct stats *s, const void *y);
struct worst scan_backward_whole(const struct problem *p, const struct stats *s, struct sizes sizes, const void *dx);
struct worst scan_zeros(const struct problem *p, const void *results);

/* y in 16 bits, its one rounding forgiven. */
struct worst scan_rounded(const struct problem *p, const struct stats *s, const uint16_t *y);

#endif
