/* vec_avx512.h - the vocabulary in AVX-512 F, BW, DQ and VL: sixteen lanes, fused */
#ifndef LN_VEC_AVX512_H
#define LN_VEC_AVX512_H

#include <immintrin.h>

#include "vec.h"

typedef __m512 vec;

LN_INLINE size_t vec_lanes(void) { return 16; }

/* a bit for each of the first n lanes */
LN_INLINE __mmask16 vec_mask(size_t n) { return (__mmask16)((1u << n) - 1); }

LN_INLINE vec vec_load(const float *p) { return _mm512_loadu_ps(p); }
LN_INLINE vec vec_load_tail(const float *p, size_t n) { return _mm512_maskz_loadu_ps(vec_mask(n), p); }
LN_INLINE void vec_store(float *p, vec v) { _mm512_storeu_ps(p, v); }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { _mm512_mask_storeu_ps(p, vec_mask(n), v); }
LN_INLINE void vec_stream(float *p, vec v) { _mm512_stream_ps(p, v); }
LN_INLINE void vec_stream_end(void) { _mm_sfence(); }

LN_INLINE vec vec_set1(float f) { return _mm512_set1_ps(f); }
LN_INLINE vec vec_keep(vec v, size_t n) { return _mm512_maskz_mov_ps(vec_mask(n), v); }
LN_INLINE vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }

LN_INLINE unsigned vec_count_negative(vec v)
{
	return (unsigned)_mm_popcnt_u32(_mm512_movepi32_mask(_mm512_castps_si512(v)));
}

/* floats l to l + 7 of the first half plus those of the second */
LN_INLINE __m512d vec_fold_eight(const float *p)
{
	return _mm512_add_pd(_mm512_cvtps_pd(_mm256_loadu_ps(p)), _mm512_cvtps_pd(_mm256_loadu_ps(p + LANES / 2)));
}

LN_INLINE double vec_fold(const float *p)
{
	__m512d a = _mm512_add_pd(vec_fold_eight(p), vec_fold_eight(p + 8));
	__m256d b = _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
	__m128d c = _mm_add_pd(_mm256_castpd256_pd128(b), _mm256_extractf128_pd(b, 1));
	return _mm_cvtsd_f64(_mm_add_sd(c, _mm_unpackhi_pd(c, c)));
}

#endif
