/*
 * start_absorb.c - rows in which one element of a sum is large, and each further term is half an ulp of it: every addition rounds up, or
 * loses all that it adds
 */
#include "start.h"

#include <ln.h>
#include <math.h>

/* A lane's terms, 1 first. In a pairwise tree the 2^k terms from 2^k on make one half of an ulp together, and so does a further run. */
static double term(const struct layout *l, size_t i, double half)
{
	size_t run = i / l->leaves, first = 1;

	if (i == 0)
		return 1;
	if (run > 0)
		return half / (double)l->leaves;
	while (!l->chain && first * 2 <= i)
		first *= 2;
	return half / (double)first;
}

/*
 * x or dy or both: squares of x are such terms, or dy and x dy. Signs by lanes, so that sums of x and dy cancel, or not. Elements that
 * are 0 in x have a deviation in which errors show alone.
 */
void start_absorb(struct rng *r, const struct quantity *q, double *x, double *dy, size_t n)
{
	struct layout l = draw_layout(r);
	double half = (q->type == LN_F64 ? 0x1p-53 : 0x1p-24) * (1 + either_sign(r, ldexp(1, -(int)(2 + rng_below(r, 16)))));
	double large = chance(r, 50) ? 1 : 1 + rng_uniform(r);
	bool of_x = !dy || chance(r, 50), product = chance(r, 50), alternate = chance(r, 80);
	size_t zero = chance(r, 50) ? l.period - 1 : l.period;

	for (size_t i = 0; i < n; i++) {
		double t = term(&l, i / l.width % (l.leaves * l.runs), half), sign = alternate && i % 2 ? -1 : 1;
		x[i] = sign * large * (of_x ? sqrt(t) : 1);
		if (i % l.period == zero)
			x[i] = 0;
		if (dy)
			dy[i] = (product ? sign : 1) * t * (of_x && product ? large / fmax(fabs(x[i]), 0x1p-40) : 1);
	}
}
