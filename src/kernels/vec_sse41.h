/*
 * vec_sse41.h - the vocabulary in SSE4.1: four lanes, unfused
 *
 * Through SIMDe the same text is the portable kernel (isa_portable.c), so it uses only what SIMDe has on every machine.
 */
#ifndef LN_VEC_SSE41_H
#define LN_VEC_SSE41_H

#include <stdint.h>
#include <string.h>

#include "half.h"
#include "vec.h"

typedef __m128 vec;

LN_INLINE size_t vec_lanes(void) { return 4; }

LN_INLINE vec vec_load(const float *p) { return _mm_loadu_ps(p); }
LN_INLINE vec vec_load_once(const float *p) { return vec_load(p); }
LN_INLINE void vec_store(float *p, vec v) { _mm_storeu_ps(p, v); }
LN_INLINE void vec_stream(float *p, vec v) { _mm_stream_ps(p, v); }
LN_INLINE void vec_stream_end(void) { _mm_sfence(); }

/* There are no masked loads and stores: a tail is put together from scalars, out of line, since loops are many and tails rare. */
static __attribute__((noinline)) vec load_tail(const float *p, size_t n)
{
	return _mm_setr_ps(p[0], n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, n > 3 ? p[3] : 0.0f);
}

static __attribute__((noinline)) void store_tail(float *p, vec v, size_t n)
{
	_mm_store_ss(p, v);
	if (n > 1)
		_mm_store_ss(p + 1, _mm_shuffle_ps(v, v, 0x55));
	if (n > 2)
		_mm_store_ss(p + 2, _mm_movehl_ps(v, v));
	if (n > 3)
		_mm_store_ss(p + 3, _mm_shuffle_ps(v, v, 0xff));
}

LN_INLINE vec vec_load_tail(const float *p, size_t n) { return load_tail(p, n); }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { store_tail(p, v, n); }

LN_INLINE vec vec_load_bf16(const uint16_t *p)
{
	return _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), _mm_loadl_epi64((const __m128i *)(const void *)p)));
}

LN_INLINE vec vec_quiet(vec v)
{
	__m128 nan = _mm_cmpunord_ps(v, v);
	return _mm_or_ps(_mm_andnot_ps(nan, v), _mm_and_ps(nan, _mm_castsi128_ps(_mm_set1_epi32(0x7fc00000))));
}

/* the bits of v rounded to bf16, in the upper half of each lane; the lower one is what is left over. A NaN stays one. */
LN_INLINE __m128i bf16_rounded(vec v)
{
	__m128i bits = _mm_castps_si128(v), odd = _mm_and_si128(_mm_srli_epi32(bits, 16), _mm_set1_epi32(1));
	return _mm_add_epi32(bits, _mm_add_epi32(odd, _mm_set1_epi32(0x7fff)));
}

LN_INLINE void vec_store_bf16(uint16_t *p, vec v)
{
	__m128i rounded = _mm_srli_epi32(bf16_rounded(vec_quiet(v)), 16);
	_mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi32(rounded, rounded));
}

LN_INLINE void vec_load_bf16_split(const uint16_t *p, vec *even, vec *odd)
{
	__m128i both = _mm_loadu_si128((const __m128i *)(const void *)p);
	*even = _mm_castsi128_ps(_mm_slli_epi32(both, 16));
	*odd = _mm_castsi128_ps(_mm_and_si128(both, _mm_set1_epi32((int)0xffff0000)));
}

LN_INLINE __m128i bf16_joined(vec even, vec odd)
{
	return _mm_blend_epi16(_mm_srli_epi32(bf16_rounded(even), 16), bf16_rounded(odd), 0xaa);
}

LN_INLINE void vec_store_bf16_split(uint16_t *p, vec even, vec odd) { _mm_storeu_si128((__m128i *)(void *)p, bf16_joined(even, odd)); }
LN_INLINE void vec_stream_bf16_split(uint16_t *p, vec even, vec odd) { _mm_stream_si128((__m128i *)(void *)p, bf16_joined(even, odd)); }

LN_INLINE void vec_load_across(const float *p, size_t stride, vec *a, vec *b, vec *c, vec *d)
{
	*a = _mm_loadu_ps(p);
	*b = _mm_loadu_ps(p + stride);
	*c = _mm_loadu_ps(p + 2 * stride);
	*d = _mm_loadu_ps(p + 3 * stride);
	_MM_TRANSPOSE4_PS(*a, *b, *c, *d);
}

LN_INLINE void vec_store_across(float *p, size_t stride, vec a, vec b, vec c, vec d)
{
	_MM_TRANSPOSE4_PS(a, b, c, d);
	_mm_storeu_ps(p, a);
	_mm_storeu_ps(p + stride, b);
	_mm_storeu_ps(p + 2 * stride, c);
	_mm_storeu_ps(p + 3 * stride, d);
}

LN_INLINE void vec_interleave(vec *even, vec *odd)
{
	vec low = _mm_unpacklo_ps(*even, *odd);
	*odd = _mm_unpackhi_ps(*even, *odd);
	*even = low;
}

LN_INLINE void vec_store_byte(uint8_t *p, vec v)
{
	__m128i word = _mm_and_si128(_mm_cvtps_epi32(v), _mm_set1_epi32(0xff)), bytes;
	bytes = _mm_packus_epi16(_mm_packus_epi32(word, word), word);
	int32_t four = _mm_cvtsi128_si32(bytes);
	memcpy(p, &four, sizeof four);
}

LN_INLINE __m128i int8_of_vecs(vec a, vec b, vec c, vec d)
{
	__m128i first = _mm_packs_epi32(_mm_cvtps_epi32(a), _mm_cvtps_epi32(b));
	return _mm_packs_epi16(first, _mm_packs_epi32(_mm_cvtps_epi32(c), _mm_cvtps_epi32(d)));
}

LN_INLINE void vec_store_int8(int8_t *p, vec a, vec b, vec c, vec d) { _mm_storeu_si128((__m128i *)(void *)p, int8_of_vecs(a, b, c, d)); }
LN_INLINE void vec_stream_int8(int8_t *p, vec a, vec b, vec c, vec d) { _mm_stream_si128((__m128i *)(void *)p, int8_of_vecs(a, b, c, d)); }

/* F16C came after SSE4.1: lane by lane, which is long enough to stay out of line. */
static __attribute__((noinline)) vec f16_lanes(const uint16_t *p)
{
	return _mm_setr_ps(float_of_f16(p[0]), float_of_f16(p[1]), float_of_f16(p[2]), float_of_f16(p[3]));
}

static __attribute__((noinline)) void store_f16_lanes(uint16_t *p, vec v)
{
	float lane[4];
	_mm_storeu_ps(lane, v);
	for (size_t l = 0; l < 4; l++)
		p[l] = f16_of_float(lane[l]);
}

LN_INLINE vec vec_load_f16(const uint16_t *p) { return f16_lanes(p); }
LN_INLINE void vec_store_f16(uint16_t *p, vec v) { store_f16_lanes(p, v); }

/* Half a register: there is no such streamed store. */
LN_INLINE void vec_stream_f16(uint16_t *p, vec v) { vec_store_f16(p, v); }

/* all ones in the first n lanes: a window that slides over ones and zeros */
LN_INLINE vec lane_mask(size_t n)
{
	static const int32_t window[8] = { -1, -1, -1, -1, 0, 0, 0, 0 };
	return _mm_castsi128_ps(_mm_loadu_si128((const __m128i *)(const void *)(window + 4 - n)));
}

LN_INLINE vec vec_keep(vec v, size_t n) { return _mm_and_ps(v, lane_mask(n)); }

LN_INLINE vec vec_set1(float f) { return _mm_set1_ps(f); }
LN_INLINE vec vec_add(vec a, vec b) { return _mm_add_ps(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return _mm_sub_ps(a, b); }
LN_INLINE vec vec_mul(vec a, vec b) { return _mm_mul_ps(a, b); }
LN_INLINE vec vec_div(vec a, vec b) { return _mm_div_ps(a, b); }
LN_INLINE vec vec_sqrt(vec v) { return _mm_sqrt_ps(v); }
/* Of a NaN and a number the instructions take the second. */
LN_INLINE vec vec_at_least(vec v, vec least) { return _mm_max_ps(least, v); }
LN_INLINE vec vec_at_most(vec v, vec most) { return _mm_min_ps(most, v); }
LN_INLINE vec vec_clamp(vec v, vec least, vec most) { return vec_at_most(vec_at_least(v, least), most); }
LN_INLINE vec vec_abs(vec v) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), v); }
LN_INLINE vec vec_with_sign(vec v, vec s) { return _mm_or_ps(v, _mm_and_ps(s, _mm_set1_ps(-0.0f))); }
/* The instruction keeps the sign of a zero; where a compiler has no roundeven(), SIMDe does not. */
LN_INLINE vec vec_round(vec v) { return vec_with_sign(_mm_round_ps(v, _MM_FROUND_TO_NEAREST_INT), v); }

/* Into the exponent: above it, nothing of 1.5 * 2^23 is left. */
LN_INLINE vec vec_scale(vec v, vec s)
{
	return _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(v), _mm_slli_epi32(_mm_castps_si128(s), 23)));
}
LN_INLINE vec vec_number(vec v) { return _mm_and_ps(v, _mm_cmpord_ps(v, v)); }
LN_INLINE bool vec_fused(void) { return false; }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }

/* the ones among four bits, from sixteen packed nibbles: POPCNT came after SSE4.1 */
LN_INLINE unsigned vec_count_negative(vec v)
{
	return (unsigned)(UINT64_C(0x4332322132212110) >> (4 * _mm_movemask_ps(v))) & 15;
}

LN_INLINE float vec_fold(const float *p)
{
	__m128 a = _mm_add_ps(_mm_loadu_ps(p), _mm_loadu_ps(p + 16)), b = _mm_add_ps(_mm_loadu_ps(p + 4), _mm_loadu_ps(p + 20));
	__m128 c = _mm_add_ps(_mm_loadu_ps(p + 8), _mm_loadu_ps(p + 24)), d = _mm_add_ps(_mm_loadu_ps(p + 12), _mm_loadu_ps(p + 28));
	__m128 e = _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d));
	e = _mm_add_ps(e, _mm_movehl_ps(e, e));
	return _mm_cvtss_f32(_mm_add_ss(e, _mm_shuffle_ps(e, e, 0x55)));
}

typedef __m128d wide;

LN_INLINE size_t wide_lanes(void) { return 2; }
LN_INLINE wide wide_zero(void) { return _mm_setzero_pd(); }
LN_INLINE wide wide_load(const double *p) { return _mm_loadu_pd(p); }
LN_INLINE void wide_store(double *p, wide w) { _mm_storeu_pd(p, w); }
LN_INLINE wide wide_set1(double d) { return _mm_set1_pd(d); }
LN_INLINE wide wide_add(wide a, wide b) { return _mm_add_pd(a, b); }
LN_INLINE wide wide_sub(wide a, wide b) { return _mm_sub_pd(a, b); }
LN_INLINE wide wide_mul(wide a, wide b) { return _mm_mul_pd(a, b); }
/* Not the larger of the two: where SIMDe stands for the instruction, that of two zeros may be either. */
LN_INLINE wide wide_at_least_0(wide w) { return _mm_andnot_pd(_mm_cmplt_pd(w, _mm_setzero_pd()), w); }
LN_INLINE bool wide_any_less(wide a, wide b) { return _mm_movemask_pd(_mm_cmplt_pd(a, b)) != 0; }
LN_INLINE bool wide_all_within(wide w, wide least, wide most)
{
	return _mm_movemask_pd(_mm_and_pd(_mm_cmpge_pd(w, least), _mm_cmple_pd(w, most))) == 0x3;
}
LN_INLINE wide wide_float(wide w) { return _mm_cvtps_pd(_mm_cvtpd_ps(w)); }
LN_INLINE void wide_store_floats(float *p, wide w) { _mm_storel_pi((__m64 *)(void *)p, _mm_cvtpd_ps(w)); }
/* The upper lanes of the conversion are zeros; a copy of the lower ones keeps the division by zero away. */
LN_INLINE wide wide_float_rsqrt(wide w)
{
	__m128 v = _mm_cvtpd_ps(w);
	return _mm_cvtps_pd(_mm_div_ps(_mm_set1_ps(1.0f), _mm_sqrt_ps(_mm_movelh_ps(v, v))));
}

LN_INLINE wide wide_load_floats(const float *p) { return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(const void *)p))); }

LN_INLINE void vec_widen(vec v, wide *a, wide *b)
{
	*a = _mm_cvtps_pd(v);
	*b = _mm_cvtps_pd(_mm_movehl_ps(v, v));
}

LN_INLINE void vec_halve_wide(vec low, vec high, wide *a, wide *b)
{
	wide c, d;
	vec_widen(low, a, b);
	vec_widen(high, &c, &d);
	*a = _mm_add_pd(*a, c);
	*b = _mm_add_pd(*b, d);
}

LN_INLINE void vec_halve(vec low, vec high, wide *a, wide *b) { vec_widen(_mm_add_ps(low, high), a, b); }

/* elements 0, 2 and 1, 3 of a row's 8, each with the one 4 further on, added */
LN_INLINE __m128d folded_pair(const double *p)
{
	return _mm_add_pd(_mm_add_pd(_mm_loadu_pd(p), _mm_loadu_pd(p + 4)), _mm_add_pd(_mm_loadu_pd(p + 2), _mm_loadu_pd(p + 6)));
}

LN_INLINE double wide_fold(const double *p)
{
	__m128d pair = folded_pair(p);
	return _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)));
}

LN_INLINE wide wide_fold_rows(const double *p, size_t rows)
{
	__m128d a = folded_pair(fold_row(p, 0, rows)), b = folded_pair(fold_row(p, 1, rows));
	return _mm_add_pd(_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b));
}

#endif
