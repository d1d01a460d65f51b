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

LN_INLINE vec integers(vec y, const struct encoding *e)
{
	vec v = e->scale == 0.0f ? vec_set1(0.0f) : vec_div(y, vec_set1(e->scale));
	return vec_clamp(vec_add(vec_round(vec_number(v)), vec_set1(e->zero_point)), vec_set1(e->least), vec_set1(e->most));
}

/* By a scale that was given. */
LN_INLINE void quantise_by_scale(size_t n, const float *from, const struct encoding *e, uint8_t *q)
{
	uint8_t tail[LANES];
	size_t i;

	for (i = 0; i + vec_lanes() <= n; i += vec_lanes())
		vec_store_byte(q + i, integers(vec_load(from + i), e));
	if (i < n) {
		vec_store_byte(tail, integers(vec_load_tail(from + i, n - i), e));
		memcpy(q + i, tail, n - i);
	}
}

/* By the row's own: no product is a NaN or rounds to more than the largest. */
LN_INLINE void quantise_by_inverse(size_t n, const float *from, float inverse, int8_t *q, bool stream)
{
	size_t lanes = vec_lanes(), i;
	vec k = vec_set1(inverse);
	uint8_t tail[LANES];

	for (i = 0; i + 4 * lanes <= n; i += 4 * lanes) {
		vec a = vec_mul(vec_load(from + i), k), b = vec_mul(vec_load(from + i + lanes), k);
		vec c = vec_mul(vec_load(from + i + 2 * lanes), k), d = vec_mul(vec_load(from + i + 3 * lanes), k);
		if (stream)
			vec_stream_int8(q + i, a, b, c, d);
		else
			vec_store_int8(q + i, a, b, c, d);
	}
	for (size_t part; i < n; i += part) {
		part = n - i < lanes ? n - i : lanes;
		vec_store_byte(tail, vec_mul(elem_load_lanes(from + i, part, LN_F32), k));
		memcpy(q + i, tail, part);
	}
}

/* I8 and U8: they differ in what least and most say, and only I8 has a scale of the row. */
static void LN_NAME(write_byte)(size_t n, const float *from, const struct encoding *encoding, void *to)
{
	const struct encoding e = *encoding;	/* a copy, which stores cannot change */

	if (e.inverse == 0.0f)
		quantise_by_scale(n, from, &e, to);
	else if (e.stream && (uintptr_t)to % (4 * vec_lanes()) == 0)
		quantise_by_inverse(n, from, e.inverse, to, true);
	else
		quantise_by_inverse(n, from, e.inverse, to, false);
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
