/* vec_scalar.h - the vocabulary in plain C, one lane, unfused: the reference that every CPU can run */
#ifndef LN_VEC_SCALAR_H
#define LN_VEC_SCALAR_H

#include <stdint.h>
#include <string.h>

#include <math.h>

#include "half.h"
#include "vec.h"

typedef float vec;

LN_INLINE size_t vec_lanes(void) { return 1; }

LN_INLINE vec vec_load(const float *p) { return *p; }
LN_INLINE vec vec_load_once(const float *p) { return *p; }
LN_INLINE void vec_store(float *p, vec v) { *p = v; }
LN_INLINE void vec_stream(float *p, vec v) { *p = v; }
LN_INLINE void vec_stream_end(void) { }

/* With one lane a tail is a whole register. */
LN_INLINE vec vec_load_tail(const float *p, size_t n) { (void)n; return *p; }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { (void)n; *p = v; }
LN_INLINE vec vec_keep(vec v, size_t n) { (void)n; return v; }

LN_INLINE vec vec_load_bf16(const uint16_t *p) { return float_of_bf16(*p); }
LN_INLINE vec vec_load_f16(const uint16_t *p) { return float_of_f16(*p); }
LN_INLINE void vec_store_bf16(uint16_t *p, vec v) { *p = bf16_of_float(v); }
LN_INLINE void vec_store_f16(uint16_t *p, vec v) { *p = f16_of_float(v); }
LN_INLINE void vec_load_bf16_split(const uint16_t *p, vec *even, vec *odd) { *even = float_of_bf16(p[0]); *odd = float_of_bf16(p[1]); }
LN_INLINE void vec_store_bf16_split(uint16_t *p, vec even, vec odd) { p[0] = bf16_of_float(even); p[1] = bf16_of_float(odd); }
LN_INLINE void vec_stream_bf16_split(uint16_t *p, vec even, vec odd) { vec_store_bf16_split(p, even, odd); }
LN_INLINE void vec_load_across(const float *p, size_t stride, vec *a, vec *b, vec *c, vec *d)
{
	(void)stride;
	*a = p[0];
	*b = p[1];
	*c = p[2];
	*d = p[3];
}

LN_INLINE void vec_store_across(float *p, size_t stride, vec a, vec b, vec c, vec d)
{
	(void)stride;
	p[0] = a;
	p[1] = b;
	p[2] = c;
	p[3] = d;
}

LN_INLINE void vec_interleave(vec *even, vec *odd) { (void)even; (void)odd; }	/* one lane each: in order already */
LN_INLINE void vec_stream_f16(uint16_t *p, vec v) { vec_store_f16(p, v); }

LN_INLINE vec vec_set1(float f) { return f; }
LN_INLINE vec vec_add(vec a, vec b) { return a + b; }
LN_INLINE vec vec_sub(vec a, vec b) { return a - b; }
LN_INLINE vec vec_mul(vec a, vec b) { return a * b; }
LN_INLINE vec vec_div(vec a, vec b) { return a / b; }
LN_INLINE vec vec_sqrt(vec v) { return __builtin_sqrtf(v); }
LN_INLINE vec vec_at_least(vec v, vec least) { return v < least ? least : v; }
LN_INLINE vec vec_at_most(vec v, vec most) { return v > most ? most : v; }
LN_INLINE vec vec_clamp(vec v, vec least, vec most) { return vec_at_most(vec_at_least(v, least), most); }
LN_INLINE vec vec_abs(vec v) { return float_of_bits(bits_of_float(v) & 0x7fffffff); }
LN_INLINE vec vec_with_sign(vec v, vec s) { return float_of_bits(bits_of_float(v) | (bits_of_float(s) & 0x80000000)); }
LN_INLINE vec vec_number(vec v) { return v == v ? v : 0.0f; }

/* Into the exponent: above it, nothing of 1.5 * 2^23 is left. */
LN_INLINE vec vec_scale(vec v, vec s) { return float_of_bits(bits_of_float(v) + (bits_of_float(s) << 23)); }

/* From 2^23 on a float is an integer; below, adding that much takes the fraction off. A zero keeps the sign of v. */
LN_INLINE vec vec_round(vec v)
{
	const float size = vec_abs(v);
	return size < 0x1p23f ? vec_with_sign((size + 0x1p23f) - 0x1p23f, v) : v;
}

LN_INLINE void vec_store_byte(uint8_t *p, vec v) { *p = (uint8_t)(int32_t)vec_round(v); }

LN_INLINE void vec_store_int8(int8_t *p, vec a, vec b, vec c, vec d)
{
	p[0] = (int8_t)vec_round(a);
	p[1] = (int8_t)vec_round(b);
	p[2] = (int8_t)vec_round(c);
	p[3] = (int8_t)vec_round(d);
}

LN_INLINE void vec_stream_int8(int8_t *p, vec a, vec b, vec c, vec d) { vec_store_int8(p, a, b, c, d); }

LN_INLINE vec vec_quiet(vec v) { return v == v ? v : __builtin_nanf(""); }
LN_INLINE bool vec_fused(void) { return false; }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return a * b + c; }	/* two roundings: the build says -ffp-contract=off */

/* Not __builtin_signbit: gcc 12 for AArch64 vectorises a sum of those wrongly at -O3. */
LN_INLINE unsigned vec_count_negative(vec v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	return bits >> 31;
}

LN_INLINE float vec_fold(const float *p)
{
	float lane[PROBE / 2];
	for (size_t l = 0; l < PROBE / 2; l++)
		lane[l] = p[l] + p[l + PROBE / 2];
	for (size_t half = PROBE / 4; half >= 1; half /= 2)
		for (size_t l = 0; l < half; l++)
			lane[l] += lane[l + half];
	return lane[0];
}

typedef double wide;

LN_INLINE size_t wide_lanes(void) { return 1; }
LN_INLINE wide wide_zero(void) { return 0.0; }
LN_INLINE wide wide_load(const double *p) { return *p; }
LN_INLINE void wide_store(double *p, wide w) { *p = w; }
LN_INLINE wide wide_set1(double d) { return d; }
LN_INLINE wide wide_add(wide a, wide b) { return a + b; }
LN_INLINE wide wide_sub(wide a, wide b) { return a - b; }
LN_INLINE wide wide_mul(wide a, wide b) { return a * b; }
LN_INLINE wide wide_at_least_0(wide w) { return w < 0.0 ? 0.0 : w; }	/* not fmax: it would turn a NaN into 0 */
LN_INLINE bool wide_any_less(wide a, wide b) { return a < b; }
LN_INLINE bool wide_all_within(wide w, wide least, wide most) { return w >= least && w <= most; }
LN_INLINE wide wide_float(wide w) { return (double)(float)w; }
LN_INLINE void wide_store_floats(float *p, wide w) { *p = (float)w; }
LN_INLINE wide wide_float_rsqrt(wide w) { return (double)(1.0f / sqrtf((float)w)); }

LN_INLINE void vec_halve_wide(vec low, vec high, wide *a, wide *b) { *a = (double)low + (double)high; *b = 0.0; }
LN_INLINE void vec_halve(vec low, vec high, wide *a, wide *b) { *a = (double)(low + high); *b = 0.0; }
LN_INLINE wide wide_load_floats(const float *p) { return (double)*p; }

LN_INLINE void vec_widen(vec v, wide *a, wide *b) { *a = (double)v; *b = 0.0; }

LN_INLINE double wide_fold(const double *p) { return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7])); }

LN_INLINE wide wide_fold_rows(const double *p, size_t rows) { return wide_fold(fold_row(p, 0, rows)); }

#endif
