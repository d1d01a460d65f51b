/* vec_avx512.h - the vocabulary in AVX-512 F, BW, DQ and VL: sixteen lanes, fused */
#ifndef LN_VEC_AVX512_H
#define LN_VEC_AVX512_H

#include <immintrin.h>

#include "vec.h"

typedef __m512 vec;

LN_INLINE size_t vec_lanes(void) { return 16; }

/* a bit for each of the first n lanes */
LN_INLINE __mmask16 lane_mask(size_t n) { return (__mmask16)((1u << n) - 1); }

/* The value is opaque to gcc, which would load it again for a second use: loads are what the kernels are short of. */
LN_INLINE vec vec_load(const float *p)
{
	vec v = _mm512_loadu_ps(p);
#ifndef LN_WITH_EMULATED_AVX512	/* not where the tests emulate the register by two others */
	__asm__("" : "+v"(v));
#endif
	return v;
}

LN_INLINE vec vec_load_once(const float *p) { return _mm512_loadu_ps(p); }
LN_INLINE vec vec_load_tail(const float *p, size_t n) { return _mm512_maskz_loadu_ps(lane_mask(n), p); }
LN_INLINE void vec_store(float *p, vec v) { _mm512_storeu_ps(p, v); }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { _mm512_mask_storeu_ps(p, lane_mask(n), v); }
LN_INLINE void vec_stream(float *p, vec v) { _mm512_stream_ps(p, v); }
LN_INLINE void vec_stream_end(void) { _mm_sfence(); }

LN_INLINE vec vec_load_bf16(const uint16_t *p)
{
	__m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
	return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/* One instruction: a NaN of either kind takes what was in the destination, all else stays. */
LN_INLINE vec vec_quiet(vec v)
{
	const __m512 nan = _mm512_castsi512_ps(_mm512_set1_epi32(0x7fc00000));
	return _mm512_fixupimm_ps(nan, v, _mm512_set1_epi32(0x11111100), 0);
}

/*
 * the bits of v rounded to bf16, in the upper half of each lane; the lower one is what is left over. A NaN stays one.
 *
 * Not AVX512-BF16's instruction: that flushes denormals.
 */
LN_INLINE __m512i bf16_rounded(vec v)
{
	__m512i bits = _mm512_castps_si512(v), rounded = _mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff));
	__mmask16 odd = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x10000));
	return _mm512_mask_add_epi32(rounded, odd, rounded, _mm512_set1_epi32(1));
}

LN_INLINE void vec_store_bf16(uint16_t *p, vec v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(bf16_rounded(vec_quiet(v)), 16)));
}

LN_INLINE void vec_load_bf16_split(const uint16_t *p, vec *even, vec *odd)
{
	__m512i both = _mm512_loadu_si512(p);
	*even = _mm512_castsi512_ps(_mm512_slli_epi32(both, 16));
	*odd = _mm512_castsi512_ps(_mm512_and_si512(both, _mm512_set1_epi32((int)0xffff0000)));
}

/*
 * Both rounded and joined, with one operation for two lanes wherever that is possible. What is left over, plus 1 if the last bit that is
 * kept is set, rounds up if it is more than a half: (left over + (kept & 1) + 0x7fff) / 2 then has its highest bit set.
 */
LN_INLINE __m512i bf16_joined(vec even, vec odd)
{
	const __m512i lower_halves = _mm512_add_epi32(_mm512_set1_epi32(0x00200000),
		_mm512_setr_epi32(0x00000, 0x20002, 0x40004, 0x60006, 0x80008, 0xa000a, 0xc000c, 0xe000e, 0x100010, 0x120012, 0x140014, 0x160016,
				  0x180018, 0x1a001a, 0x1c001c, 0x1e001e));
	const __m512i one = _mm512_set1_epi16(1), below_half = _mm512_set1_epi16(0x7ffe);
	__m512i low = _mm512_castps_si512(even), high = _mm512_castps_si512(odd);
	__m512i kept = _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(low, 16), high);
	__m512i left_over = _mm512_permutex2var_epi16(low, lower_halves, high);
	__m512i addend = _mm512_ternarylogic_epi32(kept, one, below_half, 0xea);	/* (kept & 1) | 0x7ffe */

	return _mm512_add_epi16(kept, _mm512_srli_epi16(_mm512_avg_epu16(left_over, addend), 15));
}

LN_INLINE void vec_store_bf16_split(uint16_t *p, vec even, vec odd) { _mm512_storeu_si512(p, bf16_joined(even, odd)); }
LN_INLINE void vec_stream_bf16_split(uint16_t *p, vec even, vec odd) { _mm512_stream_si512((__m512i *)(void *)p, bf16_joined(even, odd)); }

/* Four elements of a row in one quarter, of each fourth row after it in the next: quarters are put in by the load. */
LN_INLINE __m512 fours_of_rows(const float *p, size_t stride)
{
	__m512 v = _mm512_castps256_ps512(_mm256_castps128_ps256(_mm_loadu_ps(p)));
	v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 4 * stride), 1);
	v = _mm512_insertf32x4(v, _mm_loadu_ps(p + 8 * stride), 2);
	return _mm512_insertf32x4(v, _mm_loadu_ps(p + 12 * stride), 3);
}

/* In each part of four lanes, four rows of four: a column in each. */
LN_INLINE void transpose_fours(vec *a, vec *b, vec *c, vec *d)
{
	vec low01 = _mm512_unpacklo_ps(*a, *b), low23 = _mm512_unpacklo_ps(*c, *d), high01 = _mm512_unpackhi_ps(*a, *b), high23 = _mm512_unpackhi_ps(*c, *d);
	*a = _mm512_shuffle_ps(low01, low23, 0x44);
	*b = _mm512_shuffle_ps(low01, low23, 0xee);
	*c = _mm512_shuffle_ps(high01, high23, 0x44);
	*d = _mm512_shuffle_ps(high01, high23, 0xee);
}

LN_INLINE void vec_load_across(const float *p, size_t stride, vec *a, vec *b, vec *c, vec *d)
{
	*a = fours_of_rows(p, stride);
	*b = fours_of_rows(p + stride, stride);
	*c = fours_of_rows(p + 2 * stride, stride);
	*d = fours_of_rows(p + 3 * stride, stride);
	transpose_fours(a, b, c, d);
}

/* A quarter of a register to each of four places. */
LN_INLINE void store_fours(float *p, size_t stride, __m512 v)
{
	_mm_storeu_ps(p, _mm512_castps512_ps128(v));
	_mm_storeu_ps(p + 4 * stride, _mm512_extractf32x4_ps(v, 1));
	_mm_storeu_ps(p + 8 * stride, _mm512_extractf32x4_ps(v, 2));
	_mm_storeu_ps(p + 12 * stride, _mm512_extractf32x4_ps(v, 3));
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
	const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
	const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
	vec first = _mm512_permutex2var_ps(*even, low, *odd);
	*odd = _mm512_permutex2var_ps(*even, high, *odd);
	*even = first;
}

LN_INLINE void vec_store_byte(uint8_t *p, vec v)
{
	_mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
}

/* Packing goes by quarters of registers, so the bytes are put in order afterwards. */
LN_INLINE __m512i int8_of_vecs(vec a, vec b, vec c, vec d)
{
	const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
	__m512i first = _mm512_packs_epi32(_mm512_cvtps_epi32(a), _mm512_cvtps_epi32(b));
	__m512i second = _mm512_packs_epi32(_mm512_cvtps_epi32(c), _mm512_cvtps_epi32(d));
	return _mm512_permutexvar_epi32(order, _mm512_packs_epi16(first, second));
}

LN_INLINE void vec_store_int8(int8_t *p, vec a, vec b, vec c, vec d) { _mm512_storeu_si512(p, int8_of_vecs(a, b, c, d)); }
LN_INLINE void vec_stream_int8(int8_t *p, vec a, vec b, vec c, vec d) { _mm512_stream_si512((__m512i *)(void *)p, int8_of_vecs(a, b, c, d)); }

/* The instruction keeps some of a NaN's bits: one bit pattern for all. */
LN_INLINE __m256i f16_of_vec(vec v)
{
	return _mm512_cvtps_ph(vec_quiet(v), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

LN_INLINE vec vec_load_f16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p)); }
LN_INLINE void vec_store_f16(uint16_t *p, vec v) { _mm256_storeu_si256((__m256i *)(void *)p, f16_of_vec(v)); }
LN_INLINE void vec_stream_f16(uint16_t *p, vec v) { _mm256_stream_si256((__m256i *)(void *)p, f16_of_vec(v)); }

LN_INLINE vec vec_set1(float f) { return _mm512_set1_ps(f); }
LN_INLINE vec vec_keep(vec v, size_t n) { return _mm512_maskz_mov_ps(lane_mask(n), v); }
LN_INLINE vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
LN_INLINE vec vec_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
LN_INLINE vec vec_div(vec a, vec b) { return _mm512_div_ps(a, b); }
LN_INLINE vec vec_sqrt(vec v) { return _mm512_sqrt_ps(v); }
LN_INLINE vec vec_round(vec v) { return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/* Of a NaN and a number the instructions take the second. */
LN_INLINE vec vec_at_least(vec v, vec least) { return _mm512_max_ps(least, v); }
LN_INLINE vec vec_at_most(vec v, vec most) { return _mm512_min_ps(most, v); }
LN_INLINE vec vec_clamp(vec v, vec least, vec most) { return vec_at_most(vec_at_least(v, least), most); }
LN_INLINE vec vec_abs(vec v) { return _mm512_abs_ps(v); }
LN_INLINE vec vec_with_sign(vec v, vec s) { return _mm512_or_ps(v, _mm512_and_ps(s, _mm512_set1_ps(-0.0f))); }

/* Into the exponent: above it, nothing of 1.5 * 2^23 is left. */
LN_INLINE vec vec_scale(vec v, vec s)
{
	return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(v), _mm512_slli_epi32(_mm512_castps_si512(s), 23)));
}
LN_INLINE vec vec_number(vec v) { return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v); }
LN_INLINE bool vec_fused(void) { return true; }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }

LN_INLINE unsigned vec_count_negative(vec v)
{
	return (unsigned)_mm_popcnt_u32(_mm512_movepi32_mask(_mm512_castps_si512(v)));
}

LN_INLINE float vec_fold(const float *p)
{
	__m512 a = _mm512_add_ps(_mm512_loadu_ps(p), _mm512_loadu_ps(p + 16));
	__m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
	__m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
	c = _mm_add_ps(c, _mm_movehl_ps(c, c));
	return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}

typedef __m512d wide;

LN_INLINE size_t wide_lanes(void) { return 8; }
LN_INLINE wide wide_zero(void) { return _mm512_setzero_pd(); }
LN_INLINE wide wide_load(const double *p) { return _mm512_loadu_pd(p); }
LN_INLINE void wide_store(double *p, wide w) { _mm512_storeu_pd(p, w); }
LN_INLINE wide wide_set1(double d) { return _mm512_set1_pd(d); }
LN_INLINE wide wide_add(wide a, wide b) { return _mm512_add_pd(a, b); }
LN_INLINE wide wide_sub(wide a, wide b) { return _mm512_sub_pd(a, b); }
LN_INLINE wide wide_mul(wide a, wide b) { return _mm512_mul_pd(a, b); }
/* Of two zeros, or a NaN and a number, the instruction takes the second. */
LN_INLINE wide wide_at_least_0(wide w) { return _mm512_max_pd(_mm512_setzero_pd(), w); }
LN_INLINE bool wide_any_less(wide a, wide b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ) != 0; }
LN_INLINE bool wide_all_within(wide w, wide least, wide most)
{
	return (_mm512_cmp_pd_mask(w, least, _CMP_GE_OQ) & _mm512_cmp_pd_mask(w, most, _CMP_LE_OQ)) == 0xff;
}
LN_INLINE wide wide_float(wide w) { return _mm512_cvtps_pd(_mm512_cvtpd_ps(w)); }
LN_INLINE void wide_store_floats(float *p, wide w) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(w)); }
LN_INLINE wide wide_float_rsqrt(wide w)
{
	return _mm512_cvtps_pd(_mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_sqrt_ps(_mm512_cvtpd_ps(w))));
}

LN_INLINE wide wide_load_floats(const float *p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }

LN_INLINE void vec_widen(vec v, wide *a, wide *b)
{
	*a = _mm512_cvtps_pd(_mm512_castps512_ps256(v));
	*b = _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1));
}

/* One register holds all lanes. */
LN_INLINE void vec_halve_wide(vec low, vec high, wide *a, wide *b)
{
	wide upper;
	(void)high;
	vec_widen(low, a, &upper);
	*a = _mm512_add_pd(*a, upper);
	*b = _mm512_setzero_pd();
}

LN_INLINE void vec_halve(vec low, vec high, wide *a, wide *b)
{
	(void)high;
	*a = _mm512_cvtps_pd(_mm256_add_ps(_mm512_castps512_ps256(low), _mm512_extractf32x8_ps(low, 1)));
	*b = _mm512_setzero_pd();
}

LN_INLINE double wide_fold(const double *p)
{
	__m256d four = _mm256_add_pd(_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4));
	__m128d pair = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
	return _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)));
}

/* The halves of two rows side by side, then the quarters of four; the unpacking of the last step puts the rows in order. */
LN_INLINE __m512d halves_of(const double *p, const double *q)
{
	__m512d a = _mm512_loadu_pd(p), b = _mm512_loadu_pd(q);
	return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x44), _mm512_shuffle_f64x2(a, b, 0xee));
}

LN_INLINE __m512d quarters_of(__m512d a, __m512d b)
{
	return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x88), _mm512_shuffle_f64x2(a, b, 0xdd));
}

LN_INLINE wide wide_fold_rows(const double *p, size_t rows)
{
	__m512d even = quarters_of(halves_of(fold_row(p, 0, rows), fold_row(p, 2, rows)), halves_of(fold_row(p, 4, rows), fold_row(p, 6, rows)));
	__m512d odd = quarters_of(halves_of(fold_row(p, 1, rows), fold_row(p, 3, rows)), halves_of(fold_row(p, 5, rows), fold_row(p, 7, rows)));
	return _mm512_add_pd(_mm512_unpacklo_pd(even, odd), _mm512_unpackhi_pd(even, odd));
}

#endif
