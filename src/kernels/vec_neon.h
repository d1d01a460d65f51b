/*
 * vec_neon.h - the vocabulary in AArch64 NEON: four lanes, fused
 *
 * Through SIMDe and with hardware FMA the same text runs on x86 (the preset `simde`), so that its logic is tested on every
 * developer's machine; it uses only what SIMDe has.
 */
#ifndef LN_VEC_NEON_H
#define LN_VEC_NEON_H

#include <stdint.h>
#include <string.h>

#include "vec_neon_folds.h"
#include "half.h"
#include "vec.h"

typedef float32x4_t vec;

LN_INLINE size_t vec_lanes(void) { return 4; }

LN_INLINE vec vec_load(const float *p) { return vld1q_f32(p); }
LN_INLINE vec vec_load_once(const float *p) { return vec_load(p); }
LN_INLINE void vec_store(float *p, vec v) { vst1q_f32(p, v); }
LN_INLINE void vec_stream(float *p, vec v) { vst1q_f32(p, v); }	/* NEON has no such store */
LN_INLINE void vec_stream_end(void) { }

LN_INLINE vec vec_load_tail(const float *p, size_t n)
{
	vec v = vld1q_lane_f32(p, vdupq_n_f32(0.0f), 0);
	if (n > 1)
		v = vld1q_lane_f32(p + 1, v, 1);
	if (n > 2)
		v = vld1q_lane_f32(p + 2, v, 2);
	if (n > 3)
		v = vld1q_lane_f32(p + 3, v, 3);
	return v;
}

LN_INLINE void vec_store_tail(float *p, vec v, size_t n)
{
	vst1q_lane_f32(p, v, 0);
	if (n > 1)
		vst1q_lane_f32(p + 1, v, 1);
	if (n > 2)
		vst1q_lane_f32(p + 2, v, 2);
	if (n > 3)
		vst1q_lane_f32(p + 3, v, 3);
}

LN_INLINE vec vec_load_bf16(const uint16_t *p) { return vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(vld1_u16(p)), 16)); }

LN_INLINE vec vec_quiet(vec v) { return vbslq_f32(vceqq_f32(v, v), v, vreinterpretq_f32_u32(vdupq_n_u32(0x7fc00000))); }

/* the bits of v rounded to bf16, in the upper half of each lane; the lower one is what is left over. A NaN stays one. */
LN_INLINE uint32x4_t bf16_rounded(vec v)
{
	uint32x4_t bits = vreinterpretq_u32_f32(v), odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
	return vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
}

LN_INLINE void vec_store_bf16(uint16_t *p, vec v) { vst1_u16(p, vmovn_u32(vshrq_n_u32(bf16_rounded(vec_quiet(v)), 16))); }

LN_INLINE void vec_load_bf16_split(const uint16_t *p, vec *even, vec *odd)
{
	uint32x4_t both = vreinterpretq_u32_u16(vld1q_u16(p));
	*even = vreinterpretq_f32_u32(vshlq_n_u32(both, 16));
	*odd = vreinterpretq_f32_u32(vandq_u32(both, vdupq_n_u32(0xffff0000)));
}

LN_INLINE void vec_store_bf16_split(uint16_t *p, vec even, vec odd)
{
	uint32x4_t upper = vandq_u32(bf16_rounded(odd), vdupq_n_u32(0xffff0000));
	vst1q_u16(p, vreinterpretq_u16_u32(vorrq_u32(vshrq_n_u32(bf16_rounded(even), 16), upper)));
}

LN_INLINE void vec_stream_bf16_split(uint16_t *p, vec even, vec odd) { vec_store_bf16_split(p, even, odd); }

/* Four rows of four: a column in each. */
LN_INLINE void transpose_fours(vec *a, vec *b, vec *c, vec *d)
{
	float32x4x2_t low = vtrnq_f32(*a, *b), high = vtrnq_f32(*c, *d);
	*a = vcombine_f32(vget_low_f32(low.val[0]), vget_low_f32(high.val[0]));
	*b = vcombine_f32(vget_low_f32(low.val[1]), vget_low_f32(high.val[1]));
	*c = vcombine_f32(vget_high_f32(low.val[0]), vget_high_f32(high.val[0]));
	*d = vcombine_f32(vget_high_f32(low.val[1]), vget_high_f32(high.val[1]));
}

LN_INLINE void vec_load_across(const float *p, size_t stride, vec *a, vec *b, vec *c, vec *d)
{
	*a = vld1q_f32(p);
	*b = vld1q_f32(p + stride);
	*c = vld1q_f32(p + 2 * stride);
	*d = vld1q_f32(p + 3 * stride);
	transpose_fours(a, b, c, d);
}

LN_INLINE void vec_store_across(float *p, size_t stride, vec a, vec b, vec c, vec d)
{
	transpose_fours(&a, &b, &c, &d);
	vst1q_f32(p, a);
	vst1q_f32(p + stride, b);
	vst1q_f32(p + 2 * stride, c);
	vst1q_f32(p + 3 * stride, d);
}

LN_INLINE void vec_interleave(vec *even, vec *odd)
{
	vec low = vzip1q_f32(*even, *odd);
	*odd = vzip2q_f32(*even, *odd);
	*even = low;
}

LN_INLINE void vec_store_byte(uint8_t *p, vec v)
{
	uint16x4_t half = vmovn_u32(vreinterpretq_u32_s32(vcvtq_s32_f32(vrndnq_f32(v))));
	uint32_t four = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(half, half))), 0);
	memcpy(p, &four, sizeof four);
}

LN_INLINE int16x8_t int16_of_vecs(vec a, vec b)
{
	return vcombine_s16(vqmovn_s32(vcvtq_s32_f32(vrndnq_f32(a))), vqmovn_s32(vcvtq_s32_f32(vrndnq_f32(b))));
}

LN_INLINE void vec_store_int8(int8_t *p, vec a, vec b, vec c, vec d)
{
	vst1q_s8(p, vcombine_s8(vqmovn_s16(int16_of_vecs(a, b)), vqmovn_s16(int16_of_vecs(c, d))));
}

LN_INLINE void vec_stream_int8(int8_t *p, vec a, vec b, vec c, vec d) { vec_store_int8(p, a, b, c, d); }

#ifdef __aarch64__
LN_INLINE vec vec_load_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }

/* The instruction keeps some of a NaN's bits: one bit pattern for all. */
LN_INLINE void vec_store_f16(uint16_t *p, vec v) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(vec_quiet(v)))); }
#else
/* SIMDe lacks these conversions: lane by lane. */
LN_INLINE vec vec_load_f16(const uint16_t *p)
{
	const float lane[4] = { float_of_f16(p[0]), float_of_f16(p[1]), float_of_f16(p[2]), float_of_f16(p[3]) };
	return vld1q_f32(lane);
}

LN_INLINE void vec_store_f16(uint16_t *p, vec v)
{
	float lane[4];
	vst1q_f32(lane, v);
	for (size_t l = 0; l < 4; l++)
		p[l] = f16_of_float(lane[l]);
}
#endif

LN_INLINE void vec_stream_f16(uint16_t *p, vec v) { vec_store_f16(p, v); }

/* all ones in the first n lanes */
LN_INLINE uint32x4_t lane_mask(size_t n)
{
	static const uint32_t index[4] = { 0, 1, 2, 3 };
	return vcltq_u32(vld1q_u32(index), vdupq_n_u32((uint32_t)n));
}

LN_INLINE vec vec_keep(vec v, size_t n) { return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), lane_mask(n))); }

LN_INLINE vec vec_set1(float f) { return vdupq_n_f32(f); }
LN_INLINE vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return vsubq_f32(a, b); }
LN_INLINE vec vec_mul(vec a, vec b) { return vmulq_f32(a, b); }
LN_INLINE vec vec_round(vec v) { return vrndnq_f32(v); }
/* Not the instructions for the larger and the smaller of two: these take -0 to be below 0. */
LN_INLINE vec vec_at_least(vec v, vec least) { return vbslq_f32(vcltq_f32(v, least), least, v); }
LN_INLINE vec vec_at_most(vec v, vec most) { return vbslq_f32(vcgtq_f32(v, most), most, v); }
LN_INLINE vec vec_clamp(vec v, vec least, vec most) { return vec_at_most(vec_at_least(v, least), most); }
LN_INLINE vec vec_abs(vec v) { return vabsq_f32(v); }
LN_INLINE vec vec_with_sign(vec v, vec s) { return vbslq_f32(vdupq_n_u32(0x80000000), s, v); }

/* Into the exponent: above it, nothing of 1.5 * 2^23 is left. */
LN_INLINE vec vec_scale(vec v, vec s)
{
	return vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(v), vshlq_n_u32(vreinterpretq_u32_f32(s), 23)));
}

LN_INLINE vec vec_number(vec v) { return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), vceqq_f32(v, v))); }

/* SIMDe lacks the vector's division; one lane's is as exact. */
LN_INLINE vec vec_div(vec a, vec b)
{
	float left[4], right[4];
	vst1q_f32(left, a);
	vst1q_f32(right, b);
	for (size_t l = 0; l < 4; l++)
		left[l] /= right[l];
	return vld1q_f32(left);
}

LN_INLINE vec vec_sqrt(vec v)
{
	float lane[4];
	vst1q_f32(lane, v);
	for (size_t l = 0; l < 4; l++)
		lane[l] = __builtin_sqrtf(lane[l]);
	return vld1q_f32(lane);
}

LN_INLINE bool vec_fused(void) { return true; }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
LN_INLINE unsigned vec_count_negative(vec v) { return vaddvq_u32(vshrq_n_u32(vreinterpretq_u32_f32(v), 31)); }

LN_INLINE float vec_fold(const float *p) { return fold_floats(p); }

typedef float64x2_t wide;

LN_INLINE size_t wide_lanes(void) { return 2; }
LN_INLINE wide wide_zero(void) { return vdupq_n_f64(0.0); }
LN_INLINE wide wide_load(const double *p) { return vld1q_f64(p); }
LN_INLINE void wide_store(double *p, wide w) { vst1q_f64(p, w); }
LN_INLINE wide wide_set1(double d) { return vdupq_n_f64(d); }
LN_INLINE wide wide_add(wide a, wide b) { return vaddq_f64(a, b); }
LN_INLINE wide wide_sub(wide a, wide b) { return vsubq_f64(a, b); }
LN_INLINE wide wide_mul(wide a, wide b) { return vmulq_f64(a, b); }
/* The larger of two zeros is +0 here: a choice by the comparison leaves -0 as it is. */
LN_INLINE wide wide_at_least_0(wide w) { return vbslq_f64(vcltq_f64(w, vdupq_n_f64(0.0)), vdupq_n_f64(0.0), w); }
LN_INLINE bool wide_any_less(wide a, wide b)
{
	uint64x2_t less = vcltq_f64(a, b);
	return (vgetq_lane_u64(less, 0) | vgetq_lane_u64(less, 1)) != 0;
}
LN_INLINE bool wide_all_within(wide w, wide least, wide most)
{
	uint64x2_t within = vandq_u64(vcgeq_f64(w, least), vcleq_f64(w, most));
	return (vgetq_lane_u64(within, 0) & vgetq_lane_u64(within, 1)) != 0;
}
LN_INLINE wide wide_float(wide w) { return vcvt_f64_f32(vcvt_f32_f64(w)); }
LN_INLINE void wide_store_floats(float *p, wide w) { vst1_f32(p, vcvt_f32_f64(w)); }
LN_INLINE wide wide_float_rsqrt(wide w)
{
	float32x2_t v = vcvt_f32_f64(w);
	return vcvt_f64_f32(vget_low_f32(vec_div(vec_set1(1.0f), vec_sqrt(vcombine_f32(v, v)))));
}

LN_INLINE wide wide_load_floats(const float *p) { return vcvt_f64_f32(vld1_f32(p)); }

LN_INLINE void vec_widen(vec v, wide *a, wide *b)
{
	*a = vcvt_f64_f32(vget_low_f32(v));
	*b = vcvt_f64_f32(vget_high_f32(v));
}

LN_INLINE void vec_halve_wide(vec low, vec high, wide *a, wide *b)
{
	wide c, d;
	vec_widen(low, a, b);
	vec_widen(high, &c, &d);
	*a = vaddq_f64(*a, c);
	*b = vaddq_f64(*b, d);
}

LN_INLINE void vec_halve(vec low, vec high, wide *a, wide *b) { vec_widen(vaddq_f32(low, high), a, b); }

LN_INLINE double wide_fold(const double *p) { return fold_doubles(p); }

LN_INLINE wide wide_fold_rows(const double *p, size_t rows)
{
	return vpaddq_f64(folded_pair(fold_row(p, 0, rows)), folded_pair(fold_row(p, 1, rows)));
}

#endif
