/* vec_avx2.h - the vocabulary in AVX2, FMA and F16C: eight lanes, fused */
#ifndef LN_VEC_AVX2_H
#define LN_VEC_AVX2_H

#include <immintrin.h>

#include "vec.h"

typedef __m256 vec;

LN_INLINE size_t vec_lanes(void) { return 8; }

/* all ones in the first n lanes */
LN_INLINE __m256i lane_mask(size_t n)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* The value is opaque to gcc, which would load it again for a second use: loads are what the kernels are short of. */
LN_INLINE vec vec_load(const float *p)
{
	vec v = _mm256_loadu_ps(p);
	__asm__("" : "+x"(v));
	return v;
}

LN_INLINE vec vec_load_once(const float *p) { return _mm256_loadu_ps(p); }
LN_INLINE vec vec_load_tail(const float *p, size_t n) { return _mm256_maskload_ps(p, lane_mask(n)); }
LN_INLINE void vec_store(float *p, vec v) { _mm256_storeu_ps(p, v); }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { _mm256_maskstore_ps(p, lane_mask(n), v); }
LN_INLINE void vec_stream(float *p, vec v) { _mm256_stream_ps(p, v); }
LN_INLINE void vec_stream_end(void) { _mm_sfence(); }

LN_INLINE vec vec_load_bf16(const uint16_t *p)
{
	__m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
	return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

LN_INLINE vec vec_quiet(vec v)
{
	return _mm256_blendv_ps(v, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000)), _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
}

/* the bits of v rounded to bf16, in the upper half of each lane; the lower one is what is left over. A NaN stays one. */
LN_INLINE __m256i bf16_rounded(vec v)
{
	__m256i bits = _mm256_castps_si256(v), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
	return _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
}

LN_INLINE void vec_store_bf16(uint16_t *p, vec v)
{
	__m256i rounded = _mm256_srli_epi32(bf16_rounded(vec_quiet(v)), 16);
	__m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
	_mm_storeu_si128((__m128i *)(void *)p, packed);
}

LN_INLINE void vec_load_bf16_split(const uint16_t *p, vec *even, vec *odd)
{
	__m256i both = _mm256_loadu_si256((const __m256i *)(const void *)p);
	*even = _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
	*odd = _mm256_castsi256_ps(_mm256_and_si256(both, _mm256_set1_epi32((int)0xffff0000)));
}

LN_INLINE __m256i bf16_joined(vec even, vec odd)
{
	return _mm256_blend_epi16(_mm256_srli_epi32(bf16_rounded(even), 16), bf16_rounded(odd), 0xaa);
}

LN_INLINE void vec_store_bf16_split(uint16_t *p, vec even, vec odd) { _mm256_storeu_si256((__m256i *)(void *)p, bf16_joined(even, odd)); }
LN_INLINE void vec_stream_bf16_split(uint16_t *p, vec even, vec odd) { _mm256_stream_si256((__m256i *)(void *)p, bf16_joined(even, odd)); }

/* Four elements of a row in one half, of the fourth row after it in the other: halves are put in by the load. */
LN_INLINE __m256 fours_of_rows(const float *p, size_t stride)
{
	return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * stride), 1);
}

/* In each part of four lanes, four rows of four: a column in each. */
LN_INLINE void transpose_fours(vec *a, vec *b, vec *c, vec *d)
{
	vec low01 = _mm256_unpacklo_ps(*a, *b), low23 = _mm256_unpacklo_ps(*c, *d), high01 = _mm256_unpackhi_ps(*a, *b), high23 = _mm256_unpackhi_ps(*c, *d);
	*a = _mm256_shuffle_ps(low01, low23, 0x44);
	*b = _mm256_shuffle_ps(low01, low23, 0xee);
	*c = _mm256_shuffle_ps(high01, high23, 0x44);
	*d = _mm256_shuffle_ps(high01, high23, 0xee);
}

LN_INLINE void vec_load_across(const float *p, size_t stride, vec *a, vec *b, vec *c, vec *d)
{
	*a = fours_of_rows(p, stride);
	*b = fours_of_rows(p + stride, stride);
	*c = fours_of_rows(p + 2 * stride, stride);
	*d = fours_of_rows(p + 3 * stride, stride);
	transpose_fours(a, b, c, d);
}

/* A half of a register to each of two places. */
LN_INLINE void store_fours(float *p, size_t stride, __m256 v)
{
	_mm_storeu_ps(p, _mm256_castps256_ps128(v));
	_mm_storeu_ps(p + 4 * stride, _mm256_extractf128_ps(v, 1));
}

LN_INLINE void vec_store_across(float *p, size_t stride, vec a, vec b, vec c, vec d)
{
	transpose_fours(&a, &b, &c, &d);
	store_fours(p, stride, a);
	store_fours(p + stride, stride, b);
	store_fours(p + 2 * stride, stride, c);
	store_fours(p + 3 * stride, stride, d);
}

LN_INLINE void vec_interleave(vec *even, vec *odd)
{
	vec low = _mm256_unpacklo_ps(*even, *odd), high = _mm256_unpackhi_ps(*even, *odd);
	*even = _mm256_permute2f128_ps(low, high, 0x20);
	*odd = _mm256_permute2f128_ps(low, high, 0x31);
}

LN_INLINE void vec_store_byte(uint8_t *p, vec v)
{
	__m256i word = _mm256_and_si256(_mm256_cvtps_epi32(v), _mm256_set1_epi32(0xff));
	__m128i half = _mm_packus_epi32(_mm256_castsi256_si128(word), _mm256_extracti128_si256(word, 1));
	_mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(half, half));
}

/* Packing goes by halves of registers, so the bytes are put in order afterwards. */
LN_INLINE __m256i int8_of_vecs(vec a, vec b, vec c, vec d)
{
	__m256i first = _mm256_packs_epi32(_mm256_cvtps_epi32(a), _mm256_cvtps_epi32(b));
	__m256i second = _mm256_packs_epi32(_mm256_cvtps_epi32(c), _mm256_cvtps_epi32(d));
	return _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

LN_INLINE void vec_store_int8(int8_t *p, vec a, vec b, vec c, vec d) { _mm256_storeu_si256((__m256i *)(void *)p, int8_of_vecs(a, b, c, d)); }
LN_INLINE void vec_stream_int8(int8_t *p, vec a, vec b, vec c, vec d) { _mm256_stream_si256((__m256i *)(void *)p, int8_of_vecs(a, b, c, d)); }

/* The instruction keeps some of a NaN's bits: one bit pattern for all. */
LN_INLINE __m128i f16_of_vec(vec v)
{
	return _mm256_cvtps_ph(vec_quiet(v), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

LN_INLINE vec vec_load_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p)); }
LN_INLINE void vec_store_f16(uint16_t *p, vec v) { _mm_storeu_si128((__m128i *)(void *)p, f16_of_vec(v)); }
LN_INLINE void vec_stream_f16(uint16_t *p, vec v) { _mm_stream_si128((__m128i *)(void *)p, f16_of_vec(v)); }

LN_INLINE vec vec_set1(float f) { return _mm256_set1_ps(f); }
LN_INLINE vec vec_keep(vec v, size_t n) { return _mm256_and_ps(v, _mm256_castsi256_ps(lane_mask(n))); }
LN_INLINE vec vec_add(vec a, vec b) { return _mm256_add_ps(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
LN_INLINE vec vec_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
LN_INLINE vec vec_div(vec a, vec b) { return _mm256_div_ps(a, b); }
LN_INLINE vec vec_sqrt(vec v) { return _mm256_sqrt_ps(v); }
LN_INLINE vec vec_round(vec v) { return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/* Of a NaN and a number the instructions take the second. */
LN_INLINE vec vec_at_least(vec v, vec least) { return _mm256_max_ps(least, v); }
LN_INLINE vec vec_at_most(vec v, vec most) { return _mm256_min_ps(most, v); }
LN_INLINE vec vec_clamp(vec v, vec least, vec most) { return vec_at_most(vec_at_least(v, least), most); }
LN_INLINE vec vec_abs(vec v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
LN_INLINE vec vec_with_sign(vec v, vec s) { return _mm256_or_ps(v, _mm256_and_ps(s, _mm256_set1_ps(-0.0f))); }

/* Into the exponent: above it, nothing of 1.5 * 2^23 is left. */
LN_INLINE vec vec_scale(vec v, vec s)
{
	return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(v), _mm256_slli_epi32(_mm256_castps_si256(s), 23)));
}
LN_INLINE vec vec_number(vec v) { return _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q)); }
LN_INLINE bool vec_fused(void) { return true; }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
LN_INLINE unsigned vec_count_negative(vec v) { return (unsigned)_mm_popcnt_u32((unsigned)_mm256_movemask_ps(v)); }

LN_INLINE float vec_fold(const float *p)
{
	__m256 a = _mm256_add_ps(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 16));
	__m256 b = _mm256_add_ps(_mm256_loadu_ps(p + 8), _mm256_loadu_ps(p + 24));
	__m256 c = _mm256_add_ps(a, b);
	__m128 d = _mm_add_ps(_mm256_castps256_ps128(c), _mm256_extractf128_ps(c, 1));
	d = _mm_add_ps(d, _mm_movehl_ps(d, d));
	return _mm_cvtss_f32(_mm_add_ss(d, _mm_movehdup_ps(d)));
}

typedef __m256d wide;

LN_INLINE size_t wide_lanes(void) { return 4; }
LN_INLINE wide wide_zero(void) { return _mm256_setzero_pd(); }
LN_INLINE wide wide_load(const double *p) { return _mm256_loadu_pd(p); }
LN_INLINE void wide_store(double *p, wide w) { _mm256_storeu_pd(p, w); }
LN_INLINE wide wide_set1(double d) { return _mm256_set1_pd(d); }
LN_INLINE wide wide_add(wide a, wide b) { return _mm256_add_pd(a, b); }
LN_INLINE wide wide_sub(wide a, wide b) { return _mm256_sub_pd(a, b); }
LN_INLINE wide wide_mul(wide a, wide b) { return _mm256_mul_pd(a, b); }
/* Of two zeros, or a NaN and a number, the instruction takes the second. */
LN_INLINE wide wide_at_least_0(wide w) { return _mm256_max_pd(_mm256_setzero_pd(), w); }
LN_INLINE bool wide_any_less(wide a, wide b) { return _mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ)) != 0; }
LN_INLINE bool wide_all_within(wide w, wide least, wide most)
{
	return _mm256_movemask_pd(_mm256_and_pd(_mm256_cmp_pd(w, least, _CMP_GE_OQ), _mm256_cmp_pd(w, most, _CMP_LE_OQ))) == 0xf;
}
LN_INLINE wide wide_float(wide w) { return _mm256_cvtps_pd(_mm256_cvtpd_ps(w)); }
LN_INLINE void wide_store_floats(float *p, wide w) { _mm_storeu_ps(p, _mm256_cvtpd_ps(w)); }
LN_INLINE wide wide_float_rsqrt(wide w)
{
	return _mm256_cvtps_pd(_mm_div_ps(_mm_set1_ps(1.0f), _mm_sqrt_ps(_mm256_cvtpd_ps(w))));
}

LN_INLINE wide wide_load_floats(const float *p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }

LN_INLINE void vec_widen(vec v, wide *a, wide *b)
{
	*a = _mm256_cvtps_pd(_mm256_castps256_ps128(v));
	*b = _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));
}

LN_INLINE void vec_halve_wide(vec low, vec high, wide *a, wide *b)
{
	wide c, d;
	vec_widen(low, a, b);
	vec_widen(high, &c, &d);
	*a = _mm256_add_pd(*a, c);
	*b = _mm256_add_pd(*b, d);
}

LN_INLINE void vec_halve(vec low, vec high, wide *a, wide *b) { vec_widen(_mm256_add_ps(low, high), a, b); }

LN_INLINE __m256d folded_once(const double *p) { return _mm256_add_pd(_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)); }

LN_INLINE double wide_fold(const double *p)
{
	__m256d four = folded_once(p);
	__m128d pair = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
	return _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)));
}

/* Of rows 0 and 2, and of 1 and 3, the halves of both side by side; then the pairs of all four. */
LN_INLINE wide wide_fold_rows(const double *p, size_t rows)
{
	__m256d a = folded_once(fold_row(p, 0, rows)), b = folded_once(fold_row(p, 1, rows));
	__m256d c = folded_once(fold_row(p, 2, rows)), d = folded_once(fold_row(p, 3, rows));
	__m256d even = _mm256_add_pd(_mm256_permute2f128_pd(a, c, 0x20), _mm256_permute2f128_pd(a, c, 0x31));
	__m256d odd = _mm256_add_pd(_mm256_permute2f128_pd(b, d, 0x20), _mm256_permute2f128_pd(b, d, 0x31));
	return _mm256_add_pd(_mm256_unpacklo_pd(even, odd), _mm256_unpackhi_pd(even, odd));
}

#endif
