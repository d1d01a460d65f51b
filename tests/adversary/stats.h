/*
 * stats.h - the oracle's statistics of a row: exact for all that matters, in 113 bits; and the same fast, for the search
 */
#ifndef STATS_H
#define STATS_H

#include "dd.h"
#include "problem.h"

/*
 * rstd is 0 where var + eps is. c1 and c2: the averages of ln_backward(), of g (0 where there is no mean) and of g * xhat. dy and dy_size: the sums of
 * dy and |dy| over rows. A row taken several times has the statistics of one.
 */
struct stats { dd mean, rstd, c1, c2, dy; double dy_size; };

/* In quads: first the mean, then sums of the deviations from it. */
struct stats stats_exact(const struct problem *p);

/*
 * In doubles, for f64 each with what its roundings lost; one pass, about `base`, which is any number near the mean and becomes the mean.
 * Errors are below 2^-40, or for f64 2^-80.
 */
struct stats stats_fast(const struct problem *p, double *base);

/* The parts of these: dy alone. */
void stats_of_dy(const struct problem *p, struct stats *s);

#endif
