/*
 * vec_sse41.h - the vocabulary in SSE4.1: four lanes, unfused
 *
 * Through SIMDe the same text is the portable kernel (isa_portable.c), so it uses only what SIMDe has on every machine.
 */
#ifndef LN_VEC_SSE41_H
#define LN_VEC_SSE41_H

#include <stdint.h>

#include "vec.h"

typedef __m128 vec;

LN_INLINE size_t vec_lanes(void) { return 4; }

LN_INLINE vec vec_load(const float *p) { return _mm_loadu_ps(p); }
LN_INLINE void vec_store(float *p, vec v) { _mm_storeu_ps(p, v); }
LN_INLINE void vec_stream(float *p, vec v) { _mm_stream_ps(p, v); }
LN_INLINE void vec_stream_end(void) { _mm_sfence(); }

/* There are no masked loads and stores: a tail is put together from scalars. */
LN_INLINE vec vec_load_tail(const float *p, size_t n)
{
	return _mm_setr_ps(p[0], n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, n > 3 ? p[3] : 0.0f);
}

LN_INLINE void vec_store_tail(float *p, vec v, size_t n)
{
	_mm_store_ss(p, v);
	if (n > 1)
		_mm_store_ss(p + 1, _mm_shuffle_ps(v, v, 0x55));
	if (n > 2)
		_mm_store_ss(p + 2, _mm_movehl_ps(v, v));
	if (n > 3)
		_mm_store_ss(p + 3, _mm_shuffle_ps(v, v, 0xff));
}

/* all ones in the first n lanes: a window that slides over ones and zeros */
LN_INLINE vec vec_mask(size_t n)
{
	static const int32_t window[8] = { -1, -1, -1, -1, 0, 0, 0, 0 };
	return _mm_castsi128_ps(_mm_loadu_si128((const __m128i *)(const void *)(window + 4 - n)));
}

LN_INLINE vec vec_keep(vec v, size_t n) { return _mm_and_ps(v, vec_mask(n)); }

LN_INLINE vec vec_set1(float f) { return _mm_set1_ps(f); }
LN_INLINE vec vec_add(vec a, vec b) { return _mm_add_ps(a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return _mm_sub_ps(a, b); }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }

/* the ones among four bits, from sixteen packed nibbles: POPCNT came after SSE4.1 */
LN_INLINE unsigned vec_count_negative(vec v)
{
	return (unsigned)(UINT64_C(0x4332322132212110) >> (4 * _mm_movemask_ps(v))) & 15;
}

/* floats l and l + 1 of the first half plus those of the second */
LN_INLINE __m128d vec_fold_pair(const float *p)
{
	__m128 low = _mm_castpd_ps(_mm_load_sd((const double *)(const void *)p));
	__m128 high = _mm_castpd_ps(_mm_load_sd((const double *)(const void *)(p + LANES / 2)));
	return _mm_add_pd(_mm_cvtps_pd(low), _mm_cvtps_pd(high));
}

LN_INLINE double vec_fold(const float *p)
{
	__m128d a = _mm_add_pd(vec_fold_pair(p), vec_fold_pair(p + 8));
	__m128d b = _mm_add_pd(vec_fold_pair(p + 2), vec_fold_pair(p + 10));
	__m128d c = _mm_add_pd(vec_fold_pair(p + 4), vec_fold_pair(p + 12));
	__m128d d = _mm_add_pd(vec_fold_pair(p + 6), vec_fold_pair(p + 14));
	a = _mm_add_pd(_mm_add_pd(a, c), _mm_add_pd(b, d));
	return _mm_cvtsd_f64(_mm_add_sd(a, _mm_unpackhi_pd(a, a)));
}

#endif
