/* vec_avx2.h - the vocabulary in AVX2 and FMA: eight lanes, fused */
#ifndef LN_VEC_AVX2_H
#define LN_VEC_AVX2_H

#include <immintrin.h>

#include "vec.h"

typedef __m256 vec;

LN_INLINE size_t vec_lanes(void) { return 8; }

/* all ones in the first n lanes */
LN_INLINE __m256i vec_mask(size_t n)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

LN_INLINE vec vec_load(const float *p) { return _mm256_loadu_ps(p); }
LN_INLINE vec vec_load_tail(const float *p, size_t n) { return _mm256_maskload_ps(p, vec_mask(n)); }
LN_INLINE void vec_store(float *p, vec v) { _mm256_storeu_ps(p, v); }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { _mm256_maskstore_ps(p, vec_mask(n), v); }
LN_INLINE void vec_stream(float *p, vec v) { _mm256_stream_ps(p, v); }
LN_INLINE void vec_stream_end(void) { _mm_sfence(); }

LN_INLINE vec vec_set1(float f) { return _mm256_set1_ps(f); }
LN_INLINE vec vec_keep(vec v, size_t n) { return _mm256_and_ps(v, _mm256_castsi256_ps(vec_mask(n))); }
LN_INLINE vec vec_add(vec a, vec b) { return _mm256_add_ps(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
LN_INLINE unsigned vec_count_negative(vec v) { return (unsigned)_mm_popcnt_u32((unsigned)_mm256_movemask_ps(v)); }

/* floats l to l + 3 of the first half plus those of the second */
LN_INLINE __m256d vec_fold_four(const float *p)
{
	return _mm256_add_pd(_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + LANES / 2)));
}

LN_INLINE double vec_fold(const float *p)
{
	__m256d a = _mm256_add_pd(vec_fold_four(p), vec_fold_four(p + 8));
	__m256d b = _mm256_add_pd(vec_fold_four(p + 4), vec_fold_four(p + 12));
	a = _mm256_add_pd(a, b);
	__m128d c = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
	return _mm_cvtsd_f64(_mm_add_sd(c, _mm_unpackhi_pd(c, c)));
}

#endif
