/*
 * tile.h - the stages of the general pipeline (src/forward.c) on at most BLOCK floats of one row
 *
 * What is not worth a word of the vocabulary is a plain loop over independent elements, which the compiler makes vectors of.
 */
#ifndef LN_TILE_H
#define LN_TILE_H

#include "half.h"
#include "moments.h"

/* One element's madd, rounded as the vocabulary's. */
LN_INLINE float madd(float a, float b, float c) { return vec_fused() ? __builtin_fmaf(a, b, c) : a * b + c; }

LN_INLINE void tile_moments_of(uint32_t norm, size_t n, const void *x, ln_moments *m)
{
	struct moments one;

	block_moments(norm, LN_F32, x, 0, 1, n, &one);
	*m = (ln_moments){ one.count, one.mean[0], one.mean_lo[0], one.m2[0] };
}

static void LN_NAME(tile_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	(void)s;
	tile_moments_of(LN_LAYERNORM, n, x, m);
}

static void LN_NAME(tile_rms_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	(void)s;
	tile_moments_of(LN_RMSNORM, n, x, m);
}

static void LN_NAME(tile_add)(size_t n, const void *a, const void *b, void *sum)
{
	const float *left = a, *right = b;
	float *to = sum;

	for (size_t i = 0; i < n; i++)
		to[i] = left[i] + right[i];
}

/* From float to float a NaN becomes the quiet one, as it does in every other type. */
LN_INLINE void tile_copy_lanes(uint32_t from_type, const void *from, uint32_t to_type, void *to, size_t i, size_t n, bool stream)
{
	vec v = elem_load_lanes(elem_at(from, i, from_type), n, from_type);
	elem_store_lanes(elem_out(to, i, to_type), from_type == to_type ? vec_quiet(v) : v, n, to_type, stream);
}

LN_INLINE void tile_copy(uint32_t from_type, const void *from, uint32_t to_type, void *to, size_t n, bool stream)
{
	size_t head = stream ? elem_to_boundary(to, to_type) : 0, i;

	if (head > n)
		head = n;
	if (head > 0)
		tile_copy_lanes(from_type, from, to_type, to, 0, head, false);
	for (i = head; i + vec_lanes() <= n; i += vec_lanes())
		tile_copy_lanes(from_type, from, to_type, to, i, vec_lanes(), stream);
	if (i < n)
		tile_copy_lanes(from_type, from, to_type, to, i, n - i, false);
}

static void LN_NAME(read_bf16)(size_t n, const void *from, float *to) { tile_copy(LN_BF16, from, LN_F32, to, n, false); }
static void LN_NAME(read_f16)(size_t n, const void *from, float *to) { tile_copy(LN_F16, from, LN_F32, to, n, false); }

static void LN_NAME(write_f32)(size_t n, const float *from, const struct encoding *e, void *to)
{
	tile_copy(LN_F32, from, LN_F32, to, n, e->stream);
}

static void LN_NAME(write_bf16)(size_t n, const float *from, const struct encoding *e, void *to)
{
	tile_copy(LN_F32, from, LN_BF16, to, n, e->stream);
}

static void LN_NAME(write_f16)(size_t n, const float *from, const struct encoding *e, void *to)
{
	tile_copy(LN_F32, from, LN_F16, to, n, e->stream);
}

/* Columns c to c + n: see docs/numerics.md section 6. */
LN_INLINE vec tile_normalised(const float *x, const struct row_scale *r, const float *gamma, const float *beta, size_t c, size_t n)
{
	vec t = vec_mul(elem_load_lanes(x + c, n, LN_F32), vec_set1((float)r->s));

	t = vec_madd(vec_sub(t, vec_set1((float)r->hi)), vec_set1((float)r->rstd), vec_set1((float)r->shift));
	t = vec_madd(t, gamma ? elem_load_lanes(gamma + c, n, LN_F32) : vec_set1(1.0f),
		     beta ? elem_load_lanes(beta + c, n, LN_F32) : vec_set1(0.0f));
	return vec_quiet(t);	/* given statistics may make a NaN of an infinity, and ISAs differ in its sign */
}

static void LN_NAME(tile_normalise)(size_t n, const void *x, const struct row_scale *r, const void *gamma, const void *beta, void *y,
				    bool stream)
{
	const struct row_scale scale = *r;	/* a copy, which stores to y cannot change */
	size_t head = stream ? elem_to_boundary(y, LN_F32) : 0, c;
	float *to = y;

	if (head > n)
		head = n;
	if (head > 0)
		vec_store_tail(to, tile_normalised(x, &scale, gamma, beta, 0, head), head);
	for (c = head; c + vec_lanes() <= n; c += vec_lanes())
		elem_store_lanes(to + c, tile_normalised(x, &scale, gamma, beta, c, vec_lanes()), vec_lanes(), LN_F32, stream);
	if (c < n)
		vec_store_tail(to + c, tile_normalised(x, &scale, gamma, beta, c, n - c), n - c);
}

static void LN_NAME(tile_affine)(size_t n, const void *t, const void *gamma, const void *beta, void *y)
{
	const float *from = t, *g = gamma, *b = beta;
	float *to = y;

	for (size_t i = 0; i < n; i++)
		to[i] = madd(from[i], g ? g[i] : 1.0f, b ? b[i] : 0.0f);
}

/* exp(-|g|): Cody and Waite's reduction by ln 2 in two parts, then the Taylor series to the seventh power. */
LN_INLINE float exp_minus_magnitude(float g)
{
	float v = g < 0.0f ? g : -g;
	v = v < -104.0f ? -104.0f : v;	/* beyond, a float holds nothing of it */

	const float magic = 0x1.8p+23f;	/* added and taken off, it leaves the nearest integer */
	float k = madd(v, 0x1.715476p+0f, magic) - magic;
	float w = madd(k, -0x1.0bfbe8p-15f, madd(k, -0x1.62ep-1f, v));
	float p = madd(0x1.a01a02p-13f, w, 0x1.6c16c2p-10f);
	p = madd(madd(madd(p, w, 0x1.111112p-7f), w, 0x1.555556p-5f), w, 0x1.555556p-3f);
	p = madd(madd(madd(p, w, 0.5f), w, 1.0f), w, 1.0f);

	/* In two steps, since 2^k may be less than the least normal float. */
	int32_t power = (int32_t)k, half = power >> 1;
	return p * float_of_bits((uint32_t)(127 + half) << 23) * float_of_bits((uint32_t)(127 + power - half) << 23);
}

LN_INLINE float sigmoid(float g)
{
	float z = exp_minus_magnitude(g);
	return (g < 0.0f ? z : 1.0f) / (1.0f + z);
}

static void LN_NAME(tile_gate)(size_t n, const float *gate, float *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] *= gate[i] * sigmoid(gate[i]);
}

/* In bits, where the order of magnitudes is that of integers and a NaN is the largest. */
static float LN_NAME(tile_largest)(size_t n, const float *y)
{
	uint32_t largest = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t magnitude = bits_of_float(y[i]) & 0x7fffffff;
		largest = magnitude > largest ? magnitude : largest;
	}
	return float_of_bits(largest);
}

#endif
