/* memory.h - AVX-512 emulated: loads and stores */
#ifndef LN_EMULATED_MEMORY_H
#define LN_EMULATED_MEMORY_H

/* What is emulated here. */
#define _mm512_loadu_ps emulated_mm512_loadu_ps
#define _mm512_loadu_pd emulated_mm512_loadu_pd
#define _mm512_loadu_si512 emulated_mm512_loadu_si512
#define _mm512_storeu_ps emulated_mm512_storeu_ps
#define _mm512_storeu_pd emulated_mm512_storeu_pd
#define _mm512_storeu_si512 emulated_mm512_storeu_si512
#define _mm512_loadu_epi8 emulated_mm512_loadu_epi8
#define _mm512_loadu_epi16 emulated_mm512_loadu_epi16
#define _mm512_loadu_epi32 emulated_mm512_loadu_epi32
#define _mm512_loadu_epi64 emulated_mm512_loadu_epi64
#define _mm512_storeu_epi8 emulated_mm512_storeu_epi8
#define _mm512_storeu_epi16 emulated_mm512_storeu_epi16
#define _mm512_storeu_epi32 emulated_mm512_storeu_epi32
#define _mm512_storeu_epi64 emulated_mm512_storeu_epi64
#define _mm512_load_ps emulated_mm512_load_ps
#define _mm512_load_pd emulated_mm512_load_pd
#define _mm512_load_si512 emulated_mm512_load_si512
#define _mm512_load_epi32 emulated_mm512_load_epi32
#define _mm512_load_epi64 emulated_mm512_load_epi64
#define _mm512_stream_load_si512 emulated_mm512_stream_load_si512
#define _mm512_store_ps emulated_mm512_store_ps
#define _mm512_store_pd emulated_mm512_store_pd
#define _mm512_store_si512 emulated_mm512_store_si512
#define _mm512_store_epi32 emulated_mm512_store_epi32
#define _mm512_store_epi64 emulated_mm512_store_epi64
#define _mm512_stream_ps emulated_mm512_stream_ps
#define _mm512_stream_pd emulated_mm512_stream_pd
#define _mm512_stream_si512 emulated_mm512_stream_si512
#define _mm512_maskz_loadu_ps emulated_mm512_maskz_loadu_ps
#define _mm512_maskz_loadu_epi32 emulated_mm512_maskz_loadu_epi32
#define _mm512_maskz_loadu_pd emulated_mm512_maskz_loadu_pd
#define _mm512_mask_storeu_ps emulated_mm512_mask_storeu_ps
#define _mm512_mask_storeu_epi32 emulated_mm512_mask_storeu_epi32
#define _mm512_mask_storeu_pd emulated_mm512_mask_storeu_pd
#define _mm256_maskz_loadu_ps emulated_mm256_maskz_loadu_ps
#define _mm256_maskz_loadu_pd emulated_mm256_maskz_loadu_pd
#define _mm256_mask_storeu_ps emulated_mm256_mask_storeu_ps
#define _mm256_mask_storeu_pd emulated_mm256_mask_storeu_pd
#define _mm512_maskz_loadu_epi16 emulated_mm512_maskz_loadu_epi16
#define _mm512_mask_storeu_epi16 emulated_mm512_mask_storeu_epi16
#define _mm512_maskz_loadu_epi8 emulated_mm512_maskz_loadu_epi8
#define _mm512_mask_storeu_epi8 emulated_mm512_mask_storeu_epi8
#define _mm256_maskz_loadu_epi16 emulated_mm256_maskz_loadu_epi16
#define _mm256_mask_storeu_epi16 emulated_mm256_mask_storeu_epi16
#define _mm256_maskz_loadu_epi8 emulated_mm256_maskz_loadu_epi8
#define _mm256_mask_storeu_epi8 emulated_mm256_mask_storeu_epi8
#define _mm_maskz_loadu_epi16 emulated_mm_maskz_loadu_epi16
#define _mm_mask_storeu_epi16 emulated_mm_mask_storeu_epi16
#define _mm_maskz_loadu_epi8 emulated_mm_maskz_loadu_epi8
#define _mm_mask_storeu_epi8 emulated_mm_mask_storeu_epi8

/* The hardware faults at an address that is not so aligned. */
EMULATED void emulated_aligned(const void *p, uintptr_t bytes)
{
	if ((uintptr_t)p % bytes != 0)
		__builtin_trap();
}

EMULATED __m512 _mm512_loadu_ps(const void *p)
{
	return (__m512){ _mm256_loadu_ps((const float *)p), _mm256_loadu_ps((const float *)p + 8) };
}

EMULATED __m512d _mm512_loadu_pd(const void *p)
{
	return (__m512d){ _mm256_loadu_pd((const double *)p), _mm256_loadu_pd((const double *)p + 4) };
}

EMULATED __m512i _mm512_loadu_si512(const void *p)
{
	return (__m512i){ _mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)p + 1) };
}

EMULATED void _mm512_storeu_ps(void *p, __m512 a)
{
	_mm256_storeu_ps((float *)p, a.low);
	_mm256_storeu_ps((float *)p + 8, a.high);
}

EMULATED void _mm512_storeu_pd(void *p, __m512d a)
{
	_mm256_storeu_pd((double *)p, a.low);
	_mm256_storeu_pd((double *)p + 4, a.high);
}

EMULATED void _mm512_storeu_si512(void *p, __m512i a)
{
	_mm256_storeu_si256((__m256i *)p, a.low);
	_mm256_storeu_si256((__m256i *)p + 1, a.high);
}

EMULATED __m512i _mm512_loadu_epi8(const void *p) { return _mm512_loadu_si512(p); }
EMULATED __m512i _mm512_loadu_epi16(const void *p) { return _mm512_loadu_si512(p); }
EMULATED __m512i _mm512_loadu_epi32(const void *p) { return _mm512_loadu_si512(p); }
EMULATED __m512i _mm512_loadu_epi64(const void *p) { return _mm512_loadu_si512(p); }
EMULATED void _mm512_storeu_epi8(void *p, __m512i a) { _mm512_storeu_si512(p, a); }
EMULATED void _mm512_storeu_epi16(void *p, __m512i a) { _mm512_storeu_si512(p, a); }
EMULATED void _mm512_storeu_epi32(void *p, __m512i a) { _mm512_storeu_si512(p, a); }
EMULATED void _mm512_storeu_epi64(void *p, __m512i a) { _mm512_storeu_si512(p, a); }

#define EMULATED_ALIGNED_LOAD(type, name, unaligned)	\
EMULATED type name(const void *p)	\
{					\
	emulated_aligned(p, 64);	\
	return unaligned(p);		\
}
EMULATED_ALIGNED_LOAD(__m512, _mm512_load_ps, _mm512_loadu_ps)
EMULATED_ALIGNED_LOAD(__m512d, _mm512_load_pd, _mm512_loadu_pd)
EMULATED_ALIGNED_LOAD(__m512i, _mm512_load_si512, _mm512_loadu_si512)
EMULATED_ALIGNED_LOAD(__m512i, _mm512_load_epi32, _mm512_loadu_si512)
EMULATED_ALIGNED_LOAD(__m512i, _mm512_load_epi64, _mm512_loadu_si512)
EMULATED_ALIGNED_LOAD(__m512i, _mm512_stream_load_si512, _mm512_loadu_si512)

#define EMULATED_ALIGNED_STORE(type, name, unaligned)	\
EMULATED void name(void *p, type a)	\
{					\
	emulated_aligned(p, 64);	\
	unaligned(p, a);		\
}
EMULATED_ALIGNED_STORE(__m512, _mm512_store_ps, _mm512_storeu_ps)
EMULATED_ALIGNED_STORE(__m512d, _mm512_store_pd, _mm512_storeu_pd)
EMULATED_ALIGNED_STORE(__m512i, _mm512_store_si512, _mm512_storeu_si512)
EMULATED_ALIGNED_STORE(__m512i, _mm512_store_epi32, _mm512_storeu_si512)
EMULATED_ALIGNED_STORE(__m512i, _mm512_store_epi64, _mm512_storeu_si512)

EMULATED void _mm512_stream_ps(void *p, __m512 a)
{
	emulated_aligned(p, 64);
	_mm256_stream_ps((float *)p, a.low);
	_mm256_stream_ps((float *)p + 8, a.high);
}

EMULATED void _mm512_stream_pd(void *p, __m512d a)
{
	emulated_aligned(p, 64);
	_mm256_stream_pd((double *)p, a.low);
	_mm256_stream_pd((double *)p + 4, a.high);
}

EMULATED void _mm512_stream_si512(void *p, __m512i a)
{
	emulated_aligned(p, 64);
	_mm256_stream_si256((__m256i *)p, a.low);
	_mm256_stream_si256((__m256i *)p + 1, a.high);
}

/* all ones in the elements whose bit is set */
EMULATED __m256i emulated_chosen_32(unsigned mask)
{
	const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
	return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)mask), bit), bit);
}

EMULATED __m256i emulated_chosen_64(unsigned mask)
{
	const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);
	return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x((int)mask), bit), bit);
}

EMULATED __m512 _mm512_maskz_loadu_ps(__mmask16 k, const void *p)
{
	return (__m512){ _mm256_maskload_ps((const float *)p, emulated_chosen_32(k)),
			 _mm256_maskload_ps((const float *)p + 8, emulated_chosen_32(k >> 8u)) };
}

EMULATED __m512i _mm512_maskz_loadu_epi32(__mmask16 k, const void *p)
{
	return (__m512i){ _mm256_maskload_epi32((const int *)p, emulated_chosen_32(k)),
			  _mm256_maskload_epi32((const int *)p + 8, emulated_chosen_32(k >> 8u)) };
}

EMULATED __m512d _mm512_maskz_loadu_pd(__mmask8 k, const void *p)
{
	return (__m512d){ _mm256_maskload_pd((const double *)p, emulated_chosen_64(k)),
			  _mm256_maskload_pd((const double *)p + 4, emulated_chosen_64(k >> 4u)) };
}

EMULATED void _mm512_mask_storeu_ps(void *p, __mmask16 k, __m512 a)
{
	_mm256_maskstore_ps((float *)p, emulated_chosen_32(k), a.low);
	_mm256_maskstore_ps((float *)p + 8, emulated_chosen_32(k >> 8u), a.high);
}

EMULATED void _mm512_mask_storeu_epi32(void *p, __mmask16 k, __m512i a)
{
	_mm256_maskstore_epi32((int *)p, emulated_chosen_32(k), a.low);
	_mm256_maskstore_epi32((int *)p + 8, emulated_chosen_32(k >> 8u), a.high);
}

EMULATED void _mm512_mask_storeu_pd(void *p, __mmask8 k, __m512d a)
{
	_mm256_maskstore_pd((double *)p, emulated_chosen_64(k), a.low);
	_mm256_maskstore_pd((double *)p + 4, emulated_chosen_64(k >> 4u), a.high);
}

EMULATED __m256 _mm256_maskz_loadu_ps(__mmask8 k, const void *p) { return _mm256_maskload_ps((const float *)p, emulated_chosen_32(k)); }
EMULATED __m256d _mm256_maskz_loadu_pd(__mmask8 k, const void *p) { return _mm256_maskload_pd((const double *)p, emulated_chosen_64(k)); }
EMULATED void _mm256_mask_storeu_ps(void *p, __mmask8 k, __m256 a) { _mm256_maskstore_ps((float *)p, emulated_chosen_32(k), a); }
EMULATED void _mm256_mask_storeu_pd(void *p, __mmask8 k, __m256d a) { _mm256_maskstore_pd((double *)p, emulated_chosen_64(k), a); }

/* AVX2 has no masks for smaller elements: one after the other, of which those masked off are not looked at. */
#define EMULATED_MASKED(load, store, register_type, mask_type, element, count)	\
EMULATED register_type load(mask_type k, const void *p)			\
{									\
	union { register_type whole; element each[count]; } u;		\
	EMULATED_LANES(count) {						\
		u.each[lane] = 0;					\
		if (EMULATED_BIT(k, lane))				\
			__builtin_memcpy(&u.each[lane], (const element *)p + lane, sizeof(element));	\
	}								\
	return u.whole;							\
}									\
EMULATED void store(void *p, mask_type k, register_type a)		\
{									\
	union { register_type whole; element each[count]; } u = { a };	\
	EMULATED_LANES(count)						\
		if (EMULATED_BIT(k, lane))				\
			__builtin_memcpy((element *)p + lane, &u.each[lane], sizeof(element));	\
}
EMULATED_MASKED(_mm512_maskz_loadu_epi16, _mm512_mask_storeu_epi16, __m512i, __mmask32, uint16_t, 32)
EMULATED_MASKED(_mm512_maskz_loadu_epi8, _mm512_mask_storeu_epi8, __m512i, __mmask64, uint8_t, 64)
EMULATED_MASKED(_mm256_maskz_loadu_epi16, _mm256_mask_storeu_epi16, __m256i, __mmask16, uint16_t, 16)
EMULATED_MASKED(_mm256_maskz_loadu_epi8, _mm256_mask_storeu_epi8, __m256i, __mmask32, uint8_t, 32)
EMULATED_MASKED(_mm_maskz_loadu_epi16, _mm_mask_storeu_epi16, __m128i, __mmask8, uint16_t, 8)
EMULATED_MASKED(_mm_maskz_loadu_epi8, _mm_mask_storeu_epi8, __m128i, __mmask16, uint8_t, 16)

#endif
