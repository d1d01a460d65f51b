/* shuffles.h - AVX-512 emulated: elements moved to other places */
#ifndef LN_EMULATED_SHUFFLES_H
#define LN_EMULATED_SHUFFLES_H

/* What is emulated here. */
#define _mm512_unpacklo_ps emulated_mm512_unpacklo_ps
#define _mm512_unpackhi_ps emulated_mm512_unpackhi_ps
#define _mm512_unpacklo_pd emulated_mm512_unpacklo_pd
#define _mm512_unpackhi_pd emulated_mm512_unpackhi_pd
#define _mm512_unpacklo_epi8 emulated_mm512_unpacklo_epi8
#define _mm512_unpackhi_epi8 emulated_mm512_unpackhi_epi8
#define _mm512_unpacklo_epi16 emulated_mm512_unpacklo_epi16
#define _mm512_unpackhi_epi16 emulated_mm512_unpackhi_epi16
#define _mm512_unpacklo_epi32 emulated_mm512_unpacklo_epi32
#define _mm512_unpackhi_epi32 emulated_mm512_unpackhi_epi32
#define _mm512_unpacklo_epi64 emulated_mm512_unpacklo_epi64
#define _mm512_unpackhi_epi64 emulated_mm512_unpackhi_epi64
#define _mm512_shuffle_epi8 emulated_mm512_shuffle_epi8
#define _mm512_moveldup_ps emulated_mm512_moveldup_ps
#define _mm512_movehdup_ps emulated_mm512_movehdup_ps
#define _mm512_movedup_pd emulated_mm512_movedup_pd
#define _mm512_permutexvar_ps emulated_mm512_permutexvar_ps
#define _mm512_permutexvar_pd emulated_mm512_permutexvar_pd
#define _mm512_permutexvar_epi16 emulated_mm512_permutexvar_epi16
#define _mm512_permutexvar_epi32 emulated_mm512_permutexvar_epi32
#define _mm512_permutexvar_epi64 emulated_mm512_permutexvar_epi64
#define _mm256_permutexvar_ps emulated_mm256_permutexvar_ps
#define _mm256_permutexvar_pd emulated_mm256_permutexvar_pd
#define _mm256_permutexvar_epi16 emulated_mm256_permutexvar_epi16
#define _mm256_permutexvar_epi32 emulated_mm256_permutexvar_epi32
#define _mm256_permutexvar_epi64 emulated_mm256_permutexvar_epi64
#define _mm512_permutex2var_ps emulated_mm512_permutex2var_ps
#define _mm512_permutex2var_pd emulated_mm512_permutex2var_pd
#define _mm512_permutex2var_epi16 emulated_mm512_permutex2var_epi16
#define _mm512_permutex2var_epi32 emulated_mm512_permutex2var_epi32
#define _mm512_permutex2var_epi64 emulated_mm512_permutex2var_epi64
#define _mm256_permutex2var_ps emulated_mm256_permutex2var_ps
#define _mm256_permutex2var_pd emulated_mm256_permutex2var_pd
#define _mm256_permutex2var_epi16 emulated_mm256_permutex2var_epi16
#define _mm256_permutex2var_epi32 emulated_mm256_permutex2var_epi32
#define _mm512_extractf32x8_ps emulated_mm512_extractf32x8_ps
#define _mm512_insertf32x8 emulated_mm512_insertf32x8
#define _mm512_extractf64x4_pd emulated_mm512_extractf64x4_pd
#define _mm512_insertf64x4 emulated_mm512_insertf64x4
#define _mm512_extracti32x8_epi32 emulated_mm512_extracti32x8_epi32
#define _mm512_inserti32x8 emulated_mm512_inserti32x8
#define _mm512_extracti64x4_epi64 emulated_mm512_extracti64x4_epi64
#define _mm512_inserti64x4 emulated_mm512_inserti64x4
#define _mm512_extractf32x4_ps emulated_mm512_extractf32x4_ps
#define _mm512_insertf32x4 emulated_mm512_insertf32x4
#define _mm512_extractf64x2_pd emulated_mm512_extractf64x2_pd
#define _mm512_insertf64x2 emulated_mm512_insertf64x2
#define _mm512_extracti32x4_epi32 emulated_mm512_extracti32x4_epi32
#define _mm512_inserti32x4 emulated_mm512_inserti32x4
#define _mm512_extracti64x2_epi64 emulated_mm512_extracti64x2_epi64
#define _mm512_inserti64x2 emulated_mm512_inserti64x2

/* Within each 128 bits. */
EMULATED_HALVES_2(__m512, _mm512_unpacklo_ps, _mm256_unpacklo_ps)
EMULATED_HALVES_2(__m512, _mm512_unpackhi_ps, _mm256_unpackhi_ps)
EMULATED_HALVES_2(__m512d, _mm512_unpacklo_pd, _mm256_unpacklo_pd)
EMULATED_HALVES_2(__m512d, _mm512_unpackhi_pd, _mm256_unpackhi_pd)
EMULATED_INTEGERS_2(_mm512_unpacklo_epi8, _mm256_unpacklo_epi8)
EMULATED_INTEGERS_2(_mm512_unpackhi_epi8, _mm256_unpackhi_epi8)
EMULATED_INTEGERS_2(_mm512_unpacklo_epi16, _mm256_unpacklo_epi16)
EMULATED_INTEGERS_2(_mm512_unpackhi_epi16, _mm256_unpackhi_epi16)
EMULATED_INTEGERS_2(_mm512_unpacklo_epi32, _mm256_unpacklo_epi32)
EMULATED_INTEGERS_2(_mm512_unpackhi_epi32, _mm256_unpackhi_epi32)
EMULATED_INTEGERS_2(_mm512_unpacklo_epi64, _mm256_unpacklo_epi64)
EMULATED_INTEGERS_2(_mm512_unpackhi_epi64, _mm256_unpackhi_epi64)
EMULATED_INTEGERS_2(_mm512_shuffle_epi8, _mm256_shuffle_epi8)
EMULATED_HALVES_1(__m512, _mm512_moveldup_ps, _mm256_moveldup_ps)
EMULATED_HALVES_1(__m512, _mm512_movehdup_ps, _mm256_movehdup_ps)
EMULATED_HALVES_1(__m512d, _mm512_movedup_pd, _mm256_movedup_pd)

/* Field `number` of so many bits of an immediate. */
EMULATED unsigned emulated_field(int immediate, unsigned number, unsigned bits)
{
	return (unsigned)immediate >> (number * bits) & ((1u << bits) - 1);
}

/* Two elements of a, then two of b, with the same four fields in each 128 bits. */
#undef _mm512_shuffle_ps
#define _mm512_shuffle_ps(a, b, immediate) emulated_shuffle_ps(a, b, immediate)
EMULATED __m512 emulated_shuffle_ps(__m512 a, __m512 b, int immediate)
{
	union emulated_lanes x = { .ps = a }, y = { .ps = b }, to;

	EMULATED_LANES(16) {
		unsigned place = (lane & ~3u) + emulated_field(immediate, lane & 3, 2);
		to.u32[lane] = lane & 2 ? y.u32[place] : x.u32[place];
	}
	return to.ps;
}

/* One of a, then one of b, with a bit for each element. */
#undef _mm512_shuffle_pd
#define _mm512_shuffle_pd(a, b, immediate) emulated_shuffle_pd(a, b, immediate)
EMULATED __m512d emulated_shuffle_pd(__m512d a, __m512d b, int immediate)
{
	union emulated_lanes x = { .pd = a }, y = { .pd = b }, to;

	EMULATED_LANES(8) {
		unsigned place = (lane & ~1u) + emulated_field(immediate, lane, 1);
		to.u64[lane] = lane & 1 ? y.u64[place] : x.u64[place];
	}
	return to.pd;
}

EMULATED union emulated_lanes emulated_permute_32(union emulated_lanes a, int immediate)
{
	union emulated_lanes to;

	EMULATED_LANES(16)
		to.u32[lane] = a.u32[(lane & ~3u) + emulated_field(immediate, lane & 3, 2)];
	return to;
}
#undef _mm512_permute_ps
#undef _mm512_shuffle_epi32
#define _mm512_permute_ps(a, immediate) (emulated_permute_32((union emulated_lanes){ .ps = (a) }, immediate).ps)
#define _mm512_shuffle_epi32(a, immediate) (emulated_permute_32((union emulated_lanes){ .si = (a) }, immediate).si)

/* Within each 256 bits. */
EMULATED union emulated_lanes emulated_permutex_64(union emulated_lanes a, int immediate)
{
	union emulated_lanes to;

	EMULATED_LANES(8)
		to.u64[lane] = a.u64[(lane & ~3u) + emulated_field(immediate, lane & 3, 2)];
	return to;
}
#undef _mm512_permutex_pd
#undef _mm512_permutex_epi64
#define _mm512_permutex_pd(a, immediate) (emulated_permutex_64((union emulated_lanes){ .pd = (a) }, immediate).pd)
#define _mm512_permutex_epi64(a, immediate) (emulated_permutex_64((union emulated_lanes){ .si = (a) }, immediate).si)

#undef _mm512_permute_pd
#define _mm512_permute_pd(a, immediate) emulated_permute_pd(a, immediate)
EMULATED __m512d emulated_permute_pd(__m512d a, int immediate) { return emulated_shuffle_pd(a, a, immediate); }

/* Two quarters of a, then two of b. */
EMULATED union emulated_lanes emulated_quarters(union emulated_lanes a, union emulated_lanes b, int immediate)
{
	union emulated_lanes to;

	EMULATED_LANES(4) {
		unsigned place = emulated_field(immediate, lane, 2);
		to.quarter_si[lane] = lane & 2 ? b.quarter_si[place] : a.quarter_si[place];
	}
	return to;
}
#define EMULATED_QUARTERS(member, a, b, immediate)	\
	(emulated_quarters((union emulated_lanes){ .member = (a) }, (union emulated_lanes){ .member = (b) }, immediate).member)
#undef _mm512_shuffle_f32x4
#undef _mm512_shuffle_f64x2
#undef _mm512_shuffle_i32x4
#undef _mm512_shuffle_i64x2
#define _mm512_shuffle_f32x4(a, b, immediate) EMULATED_QUARTERS(ps, a, b, immediate)
#define _mm512_shuffle_f64x2(a, b, immediate) EMULATED_QUARTERS(pd, a, b, immediate)
#define _mm512_shuffle_i32x4(a, b, immediate) EMULATED_QUARTERS(si, a, b, immediate)
#define _mm512_shuffle_i64x2(a, b, immediate) EMULATED_QUARTERS(si, a, b, immediate)

/* Any element of one register: the lowest bits of each index count. */
#define EMULATED_PERMUTE(name, type, index_type, member, index_member, elements, count)	\
EMULATED type name(index_type index, type a)					\
{										\
	union emulated_lanes from = { .member = a }, at = { .index_member = index }, to;	\
	EMULATED_LANES(count)							\
		to.elements[lane] = from.elements[at.elements[lane] & ((count) - 1)];	\
	return to.member;							\
}
EMULATED_PERMUTE(_mm512_permutexvar_ps, __m512, __m512i, ps, si, u32, 16)
EMULATED_PERMUTE(_mm512_permutexvar_pd, __m512d, __m512i, pd, si, u64, 8)
EMULATED_PERMUTE(_mm512_permutexvar_epi16, __m512i, __m512i, si, si, u16, 32)
EMULATED_PERMUTE(_mm512_permutexvar_epi32, __m512i, __m512i, si, si, u32, 16)
EMULATED_PERMUTE(_mm512_permutexvar_epi64, __m512i, __m512i, si, si, u64, 8)
EMULATED_PERMUTE(_mm256_permutexvar_ps, __m256, __m256i, ps256, si256, u32, 8)
EMULATED_PERMUTE(_mm256_permutexvar_pd, __m256d, __m256i, pd256, si256, u64, 4)
EMULATED_PERMUTE(_mm256_permutexvar_epi16, __m256i, __m256i, si256, si256, u16, 16)
EMULATED_PERMUTE(_mm256_permutexvar_epi32, __m256i, __m256i, si256, si256, u32, 8)
EMULATED_PERMUTE(_mm256_permutexvar_epi64, __m256i, __m256i, si256, si256, u64, 4)

/* Any element of two: the next bit chooses the second. */
#define EMULATED_PERMUTE_2(name, type, index_type, member, index_member, elements, count)	\
EMULATED type name(type a, index_type index, type b)				\
{										\
	union emulated_lanes x = { .member = a }, y = { .member = b }, at = { .index_member = index }, to;	\
	EMULATED_LANES(count) {							\
		const uint64_t place = at.elements[lane] & ((count) - 1);	\
		to.elements[lane] = at.elements[lane] & (count) ? y.elements[place] : x.elements[place];	\
	}									\
	return to.member;							\
}
EMULATED_PERMUTE_2(_mm512_permutex2var_ps, __m512, __m512i, ps, si, u32, 16)
EMULATED_PERMUTE_2(_mm512_permutex2var_pd, __m512d, __m512i, pd, si, u64, 8)
EMULATED_PERMUTE_2(_mm512_permutex2var_epi16, __m512i, __m512i, si, si, u16, 32)
EMULATED_PERMUTE_2(_mm512_permutex2var_epi32, __m512i, __m512i, si, si, u32, 16)
EMULATED_PERMUTE_2(_mm512_permutex2var_epi64, __m512i, __m512i, si, si, u64, 8)
EMULATED_PERMUTE_2(_mm256_permutex2var_ps, __m256, __m256i, ps256, si256, u32, 8)
EMULATED_PERMUTE_2(_mm256_permutex2var_pd, __m256d, __m256i, pd256, si256, u64, 4)
EMULATED_PERMUTE_2(_mm256_permutex2var_epi16, __m256i, __m256i, si256, si256, u16, 16)
EMULATED_PERMUTE_2(_mm256_permutex2var_epi32, __m256i, __m256i, si256, si256, u32, 8)

/* Elements number `immediate` and following of b with a after it. */
#define EMULATED_ALIGN(name, elements, count)					\
EMULATED __m512i name(__m512i a, __m512i b, int immediate)			\
{										\
	union emulated_lanes after = { .si = a }, first = { .si = b }, to;	\
	EMULATED_LANES(count) {							\
		const unsigned place = lane + ((unsigned)immediate & ((count) - 1));	\
		to.elements[lane] = place < (count) ? first.elements[place] : after.elements[place - (count)];	\
	}									\
	return to.si;								\
}
#undef _mm512_alignr_epi32
#undef _mm512_alignr_epi64
#define _mm512_alignr_epi32(a, b, immediate) emulated_alignr_epi32(a, b, immediate)
#define _mm512_alignr_epi64(a, b, immediate) emulated_alignr_epi64(a, b, immediate)
EMULATED_ALIGN(emulated_alignr_epi32, u32, 16)
EMULATED_ALIGN(emulated_alignr_epi64, u64, 8)

/* A part out of a register, or put into it. */
#define EMULATED_HALF(extract, insert, type, half_type)			\
EMULATED half_type extract(type a, int immediate) { return immediate & 1 ? a.high : a.low; }	\
EMULATED type insert(type a, half_type b, int immediate)		\
{									\
	return immediate & 1 ? (type){ a.low, b } : (type){ b, a.high };	\
}
EMULATED_HALF(_mm512_extractf32x8_ps, _mm512_insertf32x8, __m512, __m256)
EMULATED_HALF(_mm512_extractf64x4_pd, _mm512_insertf64x4, __m512d, __m256d)
EMULATED_HALF(_mm512_extracti32x8_epi32, _mm512_inserti32x8, __m512i, __m256i)
EMULATED_HALF(_mm512_extracti64x4_epi64, _mm512_inserti64x4, __m512i, __m256i)

#define EMULATED_QUARTER(extract, insert, type, quarter_type, member, quarters)	\
EMULATED quarter_type extract(type a, int immediate) { return (union emulated_lanes){ .member = a }.quarters[immediate & 3]; }	\
EMULATED type insert(type a, quarter_type b, int immediate)		\
{									\
	union emulated_lanes to = { .member = a };			\
	to.quarters[immediate & 3] = b;					\
	return to.member;						\
}
EMULATED_QUARTER(_mm512_extractf32x4_ps, _mm512_insertf32x4, __m512, __m128, ps, quarter_ps)
EMULATED_QUARTER(_mm512_extractf64x2_pd, _mm512_insertf64x2, __m512d, __m128d, pd, quarter_pd)
EMULATED_QUARTER(_mm512_extracti32x4_epi32, _mm512_inserti32x4, __m512i, __m128i, si, quarter_si)
EMULATED_QUARTER(_mm512_extracti64x2_epi64, _mm512_inserti64x2, __m512i, __m128i, si, quarter_si)

#endif
