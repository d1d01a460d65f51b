/* quantise.h - a tile of floats into the quantised types: docs/numerics.md section 7 */
#ifndef LN_QUANTISE_H
#define LN_QUANTISE_H

#include "half.h"
#include "kernels.h"

/* Where the scale of a row is 0, so is every element of it. */
LN_INLINE float quotient(float y, const struct encoding *e) { return e->scale > 0.0f || e->scale != e->scale ? y / e->scale : 0.0f; }

/* rint(v), ties to even, in any vector: |v| < 2^22 loses its fraction when 1.5 * 2^23 is added; larger values saturate anyway. */
LN_INLINE float nearest_integer(float v)
{
	const float magic = 0x1.8p+23f;
	return v < 0x1p22f && v > -0x1p22f ? (v + magic) - magic : v;
}

LN_INLINE int32_t integer_of(float y, const struct encoding *e)
{
	float v = quotient(y, e), q = nearest_integer(v == v ? v : 0.0f) + e->zero_point;
	q = q < e->least ? e->least : q;
	return (int32_t)(q > e->most ? e->most : q);
}

static void LN_NAME(write_i8)(size_t n, const float *from, const struct encoding *encoding, void *to)
{
	const struct encoding e = *encoding;	/* a copy, which stores cannot change */
	int8_t *q = to;

	for (size_t i = 0; i < n; i++)
		q[i] = (int8_t)integer_of(from[i], &e);
}

static void LN_NAME(write_u8)(size_t n, const float *from, const struct encoding *encoding, void *to)
{
	const struct encoding e = *encoding;
	uint8_t *q = to;

	for (size_t i = 0; i < n; i++)
		q[i] = (uint8_t)integer_of(from[i], &e);
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
