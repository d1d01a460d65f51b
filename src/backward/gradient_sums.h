/* gradient_sums.h - the sums of a row that its dx needs, over its blocks of columns: docs/numerics.md section 10 */
#ifndef LN_GRADIENT_SUMS_H
#define LN_GRADIENT_SUMS_H

#include "kernels/kernels.h"
#include "kernels/merge.h"

/* The pair sum + low grows by part + part_lo. */
static inline void ln_add_pair(double *sum, double *low, double part, double part_lo)
{
	double error;

	*sum = exact_sum(*sum, part, &error);
	*sum = exact_sum(*sum, *low + (error + part_lo), low);
}

/* The sums of a row of floats that is one block: as added to +0, which loses nothing, but makes a NaN of an infinity. */
static inline struct gradient_sums ln_only_gradient_sums(const struct gradient_sums *part)
{
	return (struct gradient_sums){ part->g, part->g - part->g, part->gx, part->gx - part->gx };
}

static inline void ln_add_gradient_sums(struct gradient_sums *all, const struct gradient_sums *part)
{
	ln_add_pair(&all->g, &all->g_lo, part->g, part->g_lo);
	ln_add_pair(&all->gx, &all->gx_lo, part->gx, part->gx_lo);
}

#endif
