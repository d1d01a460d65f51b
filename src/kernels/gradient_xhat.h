/* gradient_xhat.h - what both passes over the rows of a gradient take: their constants, and xhat */
#ifndef LN_GRADIENT_XHAT_H
#define LN_GRADIENT_XHAT_H

#include "tile.h"

/* A row's constants as floats. */
struct gradient_constants {
	float s, hi, rstd, shift, a1, minus_a2;
};

LN_INLINE struct gradient_constants gradient_constants(const struct row_scale *r, double a1, double a2)
{
	return (struct gradient_constants){ (float)r->s, (float)r->hi, (float)r->rstd, (float)r->shift, (float)a1, -(float)a2 };
}

/* An ordinary row has s = 1, which needs no product; `ordinary` is a constant. */
LN_INLINE vec gradient_xhat(vec x, const struct gradient_constants *k, bool ordinary)
{
	vec scaled = ordinary ? x : vec_mul(x, vec_set1(k->s));
	return vec_madd(vec_sub(scaled, vec_set1(k->hi)), vec_set1(k->rstd), vec_set1(k->shift));
}

LN_INLINE vec load_once(const float *p, size_t n) { return n == vec_lanes() ? vec_load_once(p) : vec_load_tail(p, n); }

#endif
