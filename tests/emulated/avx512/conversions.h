/* conversions.h - AVX-512 emulated: elements made wider, narrower, or of another kind */
#ifndef LN_EMULATED_CONVERSIONS_H
#define LN_EMULATED_CONVERSIONS_H

/* What is emulated here. */
#define _mm512_cvtps_epi32 emulated_mm512_cvtps_epi32
#define _mm512_cvttps_epi32 emulated_mm512_cvttps_epi32
#define _mm512_cvtepi32_ps emulated_mm512_cvtepi32_ps
#define _mm512_cvtpd_ps emulated_mm512_cvtpd_ps
#define _mm512_cvtpd_epi32 emulated_mm512_cvtpd_epi32
#define _mm512_cvttpd_epi32 emulated_mm512_cvttpd_epi32
#define _mm512_cvtps_pd emulated_mm512_cvtps_pd
#define _mm512_cvtepi32_pd emulated_mm512_cvtepi32_pd
#define _mm512_cvtph_ps emulated_mm512_cvtph_ps
#define _mm512_cvtepu16_epi32 emulated_mm512_cvtepu16_epi32
#define _mm512_cvtepi16_epi32 emulated_mm512_cvtepi16_epi32
#define _mm512_cvtepu8_epi16 emulated_mm512_cvtepu8_epi16
#define _mm512_cvtepi8_epi16 emulated_mm512_cvtepi8_epi16
#define _mm512_cvtepu32_epi64 emulated_mm512_cvtepu32_epi64
#define _mm512_cvtepi32_epi64 emulated_mm512_cvtepi32_epi64
#define _mm512_cvtepu8_epi32 emulated_mm512_cvtepu8_epi32
#define _mm512_cvtepi8_epi32 emulated_mm512_cvtepi8_epi32
#define _mm512_cvtepi32_epi16 emulated_mm512_cvtepi32_epi16
#define _mm512_cvtepi32_epi8 emulated_mm512_cvtepi32_epi8
#define _mm512_cvtepi16_epi8 emulated_mm512_cvtepi16_epi8
#define _mm512_cvtsepi32_epi16 emulated_mm512_cvtsepi32_epi16
#define _mm512_cvtsepi32_epi8 emulated_mm512_cvtsepi32_epi8
#define _mm512_cvtsepi16_epi8 emulated_mm512_cvtsepi16_epi8
#define _mm512_cvtusepi32_epi16 emulated_mm512_cvtusepi32_epi16
#define _mm512_cvtusepi32_epi8 emulated_mm512_cvtusepi32_epi8
#define _mm512_cvtepi64_epi32 emulated_mm512_cvtepi64_epi32
#define _mm512_mask_cvtepi32_storeu_epi16 emulated_mm512_mask_cvtepi32_storeu_epi16
#define _mm512_mask_cvtepi32_storeu_epi8 emulated_mm512_mask_cvtepi32_storeu_epi8
#define _mm512_packs_epi32 emulated_mm512_packs_epi32
#define _mm512_packus_epi32 emulated_mm512_packus_epi32
#define _mm512_packs_epi16 emulated_mm512_packs_epi16
#define _mm512_packus_epi16 emulated_mm512_packus_epi16

EMULATED __m128i emulated_low_si(__m256i a) { return _mm256_castsi256_si128(a); }
EMULATED __m128i emulated_high_si(__m256i a) { return _mm256_extracti128_si256(a, 1); }

/* Rounded as MXCSR says, as the hardware's half does. */
EMULATED __m512i _mm512_cvtps_epi32(__m512 a) { return (__m512i){ _mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high) }; }
EMULATED __m512i _mm512_cvttps_epi32(__m512 a) { return (__m512i){ _mm256_cvttps_epi32(a.low), _mm256_cvttps_epi32(a.high) }; }
EMULATED __m512 _mm512_cvtepi32_ps(__m512i a) { return (__m512){ _mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high) }; }
EMULATED __m256 _mm512_cvtpd_ps(__m512d a) { return _mm256_set_m128(_mm256_cvtpd_ps(a.high), _mm256_cvtpd_ps(a.low)); }
EMULATED __m256i _mm512_cvtpd_epi32(__m512d a) { return _mm256_set_m128i(_mm256_cvtpd_epi32(a.high), _mm256_cvtpd_epi32(a.low)); }
EMULATED __m256i _mm512_cvttpd_epi32(__m512d a) { return _mm256_set_m128i(_mm256_cvttpd_epi32(a.high), _mm256_cvttpd_epi32(a.low)); }

EMULATED __m512d _mm512_cvtps_pd(__m256 a)
{
	return (__m512d){ _mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1)) };
}

EMULATED __m512d _mm512_cvtepi32_pd(__m256i a)
{
	return (__m512d){ _mm256_cvtepi32_pd(emulated_low_si(a)), _mm256_cvtepi32_pd(emulated_high_si(a)) };
}

EMULATED __m512 _mm512_cvtph_ps(__m256i a) { return (__m512){ _mm256_cvtph_ps(emulated_low_si(a)), _mm256_cvtph_ps(emulated_high_si(a)) }; }

/* The immediate's lower three bits are those of F16C; the fourth says that no flag is raised. */
#undef _mm512_cvtps_ph
#define _mm512_cvtps_ph(a, immediate) (__extension__ ({	\
	const __m512 emulated_narrowed_ = (a);			\
	_mm256_set_m128i(_mm256_cvtps_ph(emulated_narrowed_.high, (immediate) & 7),	\
			 _mm256_cvtps_ph(emulated_narrowed_.low, (immediate) & 7));	\
}))

/* to wider integers, by zeros or by the sign */
#define EMULATED_WIDEN(name, half) \
EMULATED __m512i name(__m256i a) { return (__m512i){ half(emulated_low_si(a)), half(emulated_high_si(a)) }; }
EMULATED_WIDEN(_mm512_cvtepu16_epi32, _mm256_cvtepu16_epi32)
EMULATED_WIDEN(_mm512_cvtepi16_epi32, _mm256_cvtepi16_epi32)
EMULATED_WIDEN(_mm512_cvtepu8_epi16, _mm256_cvtepu8_epi16)
EMULATED_WIDEN(_mm512_cvtepi8_epi16, _mm256_cvtepi8_epi16)
EMULATED_WIDEN(_mm512_cvtepu32_epi64, _mm256_cvtepu32_epi64)
EMULATED_WIDEN(_mm512_cvtepi32_epi64, _mm256_cvtepi32_epi64)

EMULATED __m512i _mm512_cvtepu8_epi32(__m128i a)
{
	return (__m512i){ _mm256_cvtepu8_epi32(a), _mm256_cvtepu8_epi32(_mm_srli_si128(a, 8)) };
}

EMULATED __m512i _mm512_cvtepi8_epi32(__m128i a)
{
	return (__m512i){ _mm256_cvtepi8_epi32(a), _mm256_cvtepi8_epi32(_mm_srli_si128(a, 8)) };
}

/* to narrower ones: cut off, or the nearest that there is (cvts: signed, cvtus: unsigned of unsigned) */
EMULATED int64_t emulated_cut(int64_t i, int64_t least, int64_t most)
{
	(void)least, (void)most;
	return i;
}

EMULATED int64_t emulated_nearest(int64_t i, int64_t least, int64_t most) { return i < least ? least : i > most ? most : i; }

#define EMULATED_NARROW(name, type, result, from, to, element, count, fit, least, most)	\
EMULATED type name(__m512i a)							\
{										\
	union emulated_lanes wide = { .si = a }, narrow;			\
	EMULATED_LANES(count)							\
		narrow.to[lane] = (element)fit(wide.from[lane], least, most);	\
	return narrow.result;							\
}
EMULATED_NARROW(_mm512_cvtepi32_epi16, __m256i, si256, i32, u16, uint16_t, 16, emulated_cut, 0, 0)
EMULATED_NARROW(_mm512_cvtepi32_epi8, __m128i, quarter_si[0], i32, u8, uint8_t, 16, emulated_cut, 0, 0)
EMULATED_NARROW(_mm512_cvtepi16_epi8, __m256i, si256, i16, u8, uint8_t, 32, emulated_cut, 0, 0)
EMULATED_NARROW(_mm512_cvtsepi32_epi16, __m256i, si256, i32, i16, int16_t, 16, emulated_nearest, INT16_MIN, INT16_MAX)
EMULATED_NARROW(_mm512_cvtsepi32_epi8, __m128i, quarter_si[0], i32, i8, int8_t, 16, emulated_nearest, INT8_MIN, INT8_MAX)
EMULATED_NARROW(_mm512_cvtsepi16_epi8, __m256i, si256, i16, i8, int8_t, 32, emulated_nearest, INT8_MIN, INT8_MAX)
EMULATED_NARROW(_mm512_cvtusepi32_epi16, __m256i, si256, u32, u16, uint16_t, 16, emulated_nearest, 0, UINT16_MAX)
EMULATED_NARROW(_mm512_cvtusepi32_epi8, __m128i, quarter_si[0], u32, u8, uint8_t, 16, emulated_nearest, 0, UINT8_MAX)
EMULATED_NARROW(_mm512_cvtepi64_epi32, __m256i, si256, u64, u32, uint32_t, 8, emulated_cut, 0, 0)

EMULATED void _mm512_mask_cvtepi32_storeu_epi16(void *p, __mmask16 k, __m512i a) { _mm256_mask_storeu_epi16(p, k, _mm512_cvtepi32_epi16(a)); }
EMULATED void _mm512_mask_cvtepi32_storeu_epi8(void *p, __mmask16 k, __m512i a) { _mm_mask_storeu_epi8(p, k, _mm512_cvtepi32_epi8(a)); }

/* Two registers in one: in each 128 bits first the first's elements, then the second's. */
EMULATED_INTEGERS_2(_mm512_packs_epi32, _mm256_packs_epi32)
EMULATED_INTEGERS_2(_mm512_packus_epi32, _mm256_packus_epi32)
EMULATED_INTEGERS_2(_mm512_packs_epi16, _mm256_packs_epi16)
EMULATED_INTEGERS_2(_mm512_packus_epi16, _mm256_packus_epi16)

#endif
