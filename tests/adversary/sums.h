/*
 * sums.h - the oracle's sums of a row: exact for all that matters, kept up as elements change, and the statistics that they give
 */
#ifndef SUMS_H
#define SUMS_H

#include "dd.h"
#include "problem.h"

/*
 * Of d = x - base: of d, d^2; of g = gamma * dy, g d; of dy and |dy|. The base is near the mean, 0 for RMSNorm. A row taken several
 * times has the statistics of one.
 */
struct sums { quad base, d, d2, g, gd, dy, dy_size; };

/* The averages c1 and c2 of ln_backward(): of g (0 for RMSNorm) and g * xhat. rstd is 0 where var + eps is. */
struct stats { quad mean, rstd, c1, c2, dy, dy_size; };

/* From the numbers as they are, in two passes: first the mean, then the sums about it. */
struct sums sums_of(const struct problem *p);

/* Take element i of a part out, or put it in. */
void sums_remove(struct sums *s, const struct problem *p, enum part part, size_t i);
void sums_insert(struct sums *s, const struct problem *p, enum part part, size_t i);

/* whole: to about 100 bits; otherwise rstd is a double's, which is enough for factors of floats. */
struct stats sums_stats(const struct sums *s, const struct problem *p, bool whole);

/* Have changes left so much of what was, or moved the mean so far from the base, that the sums should be taken anew? */
bool sums_stale(const struct sums *s, const struct problem *p);

#endif
