/* integers.h - AVX-512 emulated: arithmetic, shifts and bits of integers */
#ifndef LN_EMULATED_INTEGERS_H
#define LN_EMULATED_INTEGERS_H

/* What is emulated here. */
#define _mm512_add_epi8 emulated_mm512_add_epi8
#define _mm512_add_epi16 emulated_mm512_add_epi16
#define _mm512_add_epi32 emulated_mm512_add_epi32
#define _mm512_add_epi64 emulated_mm512_add_epi64
#define _mm512_sub_epi8 emulated_mm512_sub_epi8
#define _mm512_sub_epi16 emulated_mm512_sub_epi16
#define _mm512_sub_epi32 emulated_mm512_sub_epi32
#define _mm512_sub_epi64 emulated_mm512_sub_epi64
#define _mm512_adds_epi16 emulated_mm512_adds_epi16
#define _mm512_adds_epu16 emulated_mm512_adds_epu16
#define _mm512_subs_epi16 emulated_mm512_subs_epi16
#define _mm512_subs_epu16 emulated_mm512_subs_epu16
#define _mm512_avg_epu8 emulated_mm512_avg_epu8
#define _mm512_avg_epu16 emulated_mm512_avg_epu16
#define _mm512_mullo_epi16 emulated_mm512_mullo_epi16
#define _mm512_mullo_epi32 emulated_mm512_mullo_epi32
#define _mm512_mulhi_epu16 emulated_mm512_mulhi_epu16
#define _mm512_mul_epu32 emulated_mm512_mul_epu32
#define _mm512_madd_epi16 emulated_mm512_madd_epi16
#define _mm512_max_epi8 emulated_mm512_max_epi8
#define _mm512_max_epi16 emulated_mm512_max_epi16
#define _mm512_max_epi32 emulated_mm512_max_epi32
#define _mm512_max_epu16 emulated_mm512_max_epu16
#define _mm512_max_epu32 emulated_mm512_max_epu32
#define _mm512_min_epi8 emulated_mm512_min_epi8
#define _mm512_min_epi16 emulated_mm512_min_epi16
#define _mm512_min_epi32 emulated_mm512_min_epi32
#define _mm512_min_epu16 emulated_mm512_min_epu16
#define _mm512_min_epu32 emulated_mm512_min_epu32
#define _mm512_abs_epi16 emulated_mm512_abs_epi16
#define _mm512_abs_epi32 emulated_mm512_abs_epi32
#define _mm512_and_si512 emulated_mm512_and_si512
#define _mm512_and_epi32 emulated_mm512_and_epi32
#define _mm512_and_epi64 emulated_mm512_and_epi64
#define _mm512_andnot_si512 emulated_mm512_andnot_si512
#define _mm512_andnot_epi32 emulated_mm512_andnot_epi32
#define _mm512_andnot_epi64 emulated_mm512_andnot_epi64
#define _mm512_or_si512 emulated_mm512_or_si512
#define _mm512_or_epi32 emulated_mm512_or_epi32
#define _mm512_or_epi64 emulated_mm512_or_epi64
#define _mm512_xor_si512 emulated_mm512_xor_si512
#define _mm512_xor_epi32 emulated_mm512_xor_epi32
#define _mm512_xor_epi64 emulated_mm512_xor_epi64
#define _mm512_slli_epi16 emulated_mm512_slli_epi16
#define _mm512_slli_epi32 emulated_mm512_slli_epi32
#define _mm512_slli_epi64 emulated_mm512_slli_epi64
#define _mm512_srli_epi16 emulated_mm512_srli_epi16
#define _mm512_srli_epi32 emulated_mm512_srli_epi32
#define _mm512_srli_epi64 emulated_mm512_srli_epi64
#define _mm512_srai_epi16 emulated_mm512_srai_epi16
#define _mm512_srai_epi32 emulated_mm512_srai_epi32
#define _mm512_sllv_epi32 emulated_mm512_sllv_epi32
#define _mm512_srlv_epi32 emulated_mm512_srlv_epi32
#define _mm512_srav_epi32 emulated_mm512_srav_epi32
#define _mm512_sllv_epi64 emulated_mm512_sllv_epi64
#define _mm512_srlv_epi64 emulated_mm512_srlv_epi64
#define _mm512_ternarylogic_epi32 emulated_mm512_ternarylogic_epi32
#define _mm512_ternarylogic_epi64 emulated_mm512_ternarylogic_epi64

#define EMULATED_INTEGERS_1(name, half) EMULATED_HALVES_1(__m512i, name, half)
#define EMULATED_INTEGERS_2(name, half) EMULATED_HALVES_2(__m512i, name, half)

EMULATED_INTEGERS_2(_mm512_add_epi8, _mm256_add_epi8)
EMULATED_INTEGERS_2(_mm512_add_epi16, _mm256_add_epi16)
EMULATED_INTEGERS_2(_mm512_add_epi32, _mm256_add_epi32)
EMULATED_INTEGERS_2(_mm512_add_epi64, _mm256_add_epi64)
EMULATED_INTEGERS_2(_mm512_sub_epi8, _mm256_sub_epi8)
EMULATED_INTEGERS_2(_mm512_sub_epi16, _mm256_sub_epi16)
EMULATED_INTEGERS_2(_mm512_sub_epi32, _mm256_sub_epi32)
EMULATED_INTEGERS_2(_mm512_sub_epi64, _mm256_sub_epi64)
EMULATED_INTEGERS_2(_mm512_adds_epi16, _mm256_adds_epi16)
EMULATED_INTEGERS_2(_mm512_adds_epu16, _mm256_adds_epu16)
EMULATED_INTEGERS_2(_mm512_subs_epi16, _mm256_subs_epi16)
EMULATED_INTEGERS_2(_mm512_subs_epu16, _mm256_subs_epu16)
EMULATED_INTEGERS_2(_mm512_avg_epu8, _mm256_avg_epu8)
EMULATED_INTEGERS_2(_mm512_avg_epu16, _mm256_avg_epu16)
EMULATED_INTEGERS_2(_mm512_mullo_epi16, _mm256_mullo_epi16)
EMULATED_INTEGERS_2(_mm512_mullo_epi32, _mm256_mullo_epi32)
EMULATED_INTEGERS_2(_mm512_mulhi_epu16, _mm256_mulhi_epu16)
EMULATED_INTEGERS_2(_mm512_mul_epu32, _mm256_mul_epu32)
EMULATED_INTEGERS_2(_mm512_madd_epi16, _mm256_madd_epi16)
EMULATED_INTEGERS_2(_mm512_max_epi8, _mm256_max_epi8)
EMULATED_INTEGERS_2(_mm512_max_epi16, _mm256_max_epi16)
EMULATED_INTEGERS_2(_mm512_max_epi32, _mm256_max_epi32)
EMULATED_INTEGERS_2(_mm512_max_epu16, _mm256_max_epu16)
EMULATED_INTEGERS_2(_mm512_max_epu32, _mm256_max_epu32)
EMULATED_INTEGERS_2(_mm512_min_epi8, _mm256_min_epi8)
EMULATED_INTEGERS_2(_mm512_min_epi16, _mm256_min_epi16)
EMULATED_INTEGERS_2(_mm512_min_epi32, _mm256_min_epi32)
EMULATED_INTEGERS_2(_mm512_min_epu16, _mm256_min_epu16)
EMULATED_INTEGERS_2(_mm512_min_epu32, _mm256_min_epu32)
EMULATED_INTEGERS_1(_mm512_abs_epi16, _mm256_abs_epi16)
EMULATED_INTEGERS_1(_mm512_abs_epi32, _mm256_abs_epi32)

EMULATED_INTEGERS_2(_mm512_and_si512, _mm256_and_si256)
EMULATED_INTEGERS_2(_mm512_and_epi32, _mm256_and_si256)
EMULATED_INTEGERS_2(_mm512_and_epi64, _mm256_and_si256)
EMULATED_INTEGERS_2(_mm512_andnot_si512, _mm256_andnot_si256)
EMULATED_INTEGERS_2(_mm512_andnot_epi32, _mm256_andnot_si256)
EMULATED_INTEGERS_2(_mm512_andnot_epi64, _mm256_andnot_si256)
EMULATED_INTEGERS_2(_mm512_or_si512, _mm256_or_si256)
EMULATED_INTEGERS_2(_mm512_or_epi32, _mm256_or_si256)
EMULATED_INTEGERS_2(_mm512_or_epi64, _mm256_or_si256)
EMULATED_INTEGERS_2(_mm512_xor_si512, _mm256_xor_si256)
EMULATED_INTEGERS_2(_mm512_xor_epi32, _mm256_xor_si256)
EMULATED_INTEGERS_2(_mm512_xor_epi64, _mm256_xor_si256)

/* A count of all bits or more leaves nothing, or the sign alone, as in AVX2. */
#define EMULATED_SHIFT(name, half) \
EMULATED __m512i name(__m512i a, unsigned count) { return (__m512i){ half(a.low, (int)count), half(a.high, (int)count) }; }
EMULATED_SHIFT(_mm512_slli_epi16, _mm256_slli_epi16)
EMULATED_SHIFT(_mm512_slli_epi32, _mm256_slli_epi32)
EMULATED_SHIFT(_mm512_slli_epi64, _mm256_slli_epi64)
EMULATED_SHIFT(_mm512_srli_epi16, _mm256_srli_epi16)
EMULATED_SHIFT(_mm512_srli_epi32, _mm256_srli_epi32)
EMULATED_SHIFT(_mm512_srli_epi64, _mm256_srli_epi64)
EMULATED_SHIFT(_mm512_srai_epi16, _mm256_srai_epi16)
EMULATED_SHIFT(_mm512_srai_epi32, _mm256_srai_epi32)
EMULATED_INTEGERS_2(_mm512_sllv_epi32, _mm256_sllv_epi32)
EMULATED_INTEGERS_2(_mm512_srlv_epi32, _mm256_srlv_epi32)
EMULATED_INTEGERS_2(_mm512_srav_epi32, _mm256_srav_epi32)
EMULATED_INTEGERS_2(_mm512_sllv_epi64, _mm256_sllv_epi64)
EMULATED_INTEGERS_2(_mm512_srlv_epi64, _mm256_srlv_epi64)

/* Three bits, that of a the highest, are the place in the table where the result stands. */
EMULATED uint64_t emulated_ternary(uint64_t a, uint64_t b, uint64_t c, unsigned table)
{
	uint64_t result = 0;

	for (unsigned place = 0; place < 8; place++)
		if (EMULATED_BIT(table, place))
			result |= (place & 4 ? a : ~a) & (place & 2 ? b : ~b) & (place & 1 ? c : ~c);
	return result;
}

EMULATED __m512i emulated_ternarylogic(__m512i a, __m512i b, __m512i c, int table)
{
	union emulated_lanes x = { .si = a }, y = { .si = b }, z = { .si = c };

	EMULATED_LANES(8)
		x.u64[lane] = emulated_ternary(x.u64[lane], y.u64[lane], z.u64[lane], (unsigned)table);
	return x.si;
}

EMULATED __m512i _mm512_ternarylogic_epi32(__m512i a, __m512i b, __m512i c, int table) { return emulated_ternarylogic(a, b, c, table); }
EMULATED __m512i _mm512_ternarylogic_epi64(__m512i a, __m512i b, __m512i c, int table) { return emulated_ternarylogic(a, b, c, table); }

#endif
