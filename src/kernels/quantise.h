/* quantise.h - a tile of floats into the quantised types: docs/numerics.md section 7 */
#ifndef LN_QUANTISE_H
#define LN_QUANTISE_H

#include "half.h"
#include "kernels.h"

/* Where the scale of a row is 0, so is every element of it. */
LN_INLINE float quotient(float y, const struct encoding *e)
{
	return e->inverse != 0.0f ? y * e->inverse : e->scale > 0.0f || e->scale != e->scale ? y / e->scale : 0.0f;
}

/* `dynamic`, a constant: the row's own scale, by its inverse. No product is then a NaN, or rounds to more than the largest. */
LN_INLINE vec quantised(vec y, const struct encoding *e, bool dynamic)
{
	if (dynamic)
		return vec_mul(y, vec_set1(e->inverse));
	vec v = e->scale == 0.0f ? vec_set1(0.0f) : vec_div(y, vec_set1(e->scale));
	return vec_clamp(vec_add(vec_round(vec_number(v)), vec_set1(e->zero_point)), vec_set1(e->least), vec_set1(e->most));
}

LN_INLINE void quantise(size_t n, const float *from, const struct encoding *encoding, uint8_t *q, bool dynamic)
{
	const struct encoding e = *encoding;	/* a copy, which stores cannot change */
	uint8_t tail[PROBE];
	size_t i;

	for (i = 0; i + vec_lanes() <= n; i += vec_lanes())
		vec_store_byte(q + i, quantised(vec_load(from + i), &e, dynamic));
	if (i < n) {
		vec_store_byte(tail, quantised(vec_load_tail(from + i, n - i), &e, dynamic));
		memcpy(q + i, tail, n - i);
	}
}

/* I8 and U8: they differ in what least and most say. */
static void LN_NAME(write_byte)(size_t n, const float *from, const struct encoding *e, void *to)
{
	if (e->inverse != 0.0f)
		quantise(n, from, e, to, true);
	else
		quantise(n, from, e, to, false);
}

static void LN_NAME(write_f8_e4m3)(size_t n, const float *from, const struct encoding *encoding, void *to)
{
	const struct encoding e = *encoding;
	uint8_t *q = to;

	for (size_t i = 0; i < n; i++)
		q[i] = f8_e4m3_of_float(quotient(from[i], &e));
}

static void LN_NAME(write_f8_e5m2)(size_t n, const float *from, const struct encoding *encoding, void *to)
{
	const struct encoding e = *encoding;
	uint8_t *q = to;

	for (size_t i = 0; i < n; i++)
		q[i] = f8_e5m2_of_float(quotient(from[i], &e));
}

#endif
