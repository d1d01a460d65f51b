/* masks.h - AVX-512 emulated: a bit for each element, and what happens to those elements alone */
#ifndef LN_EMULATED_MASKS_H
#define LN_EMULATED_MASKS_H

/* What is emulated here. */
#define _mm512_mask_blend_ps emulated_mm512_mask_blend_ps
#define _mm512_mask_mov_ps emulated_mm512_mask_mov_ps
#define _mm512_maskz_mov_ps emulated_mm512_maskz_mov_ps
#define _mm512_mask_blend_pd emulated_mm512_mask_blend_pd
#define _mm512_mask_mov_pd emulated_mm512_mask_mov_pd
#define _mm512_maskz_mov_pd emulated_mm512_maskz_mov_pd
#define _mm512_mask_blend_epi32 emulated_mm512_mask_blend_epi32
#define _mm512_mask_mov_epi32 emulated_mm512_mask_mov_epi32
#define _mm512_maskz_mov_epi32 emulated_mm512_maskz_mov_epi32
#define _mm512_mask_blend_epi64 emulated_mm512_mask_blend_epi64
#define _mm512_mask_mov_epi64 emulated_mm512_mask_mov_epi64
#define _mm512_maskz_mov_epi64 emulated_mm512_maskz_mov_epi64
#define _mm512_mask_blend_epi16 emulated_mm512_mask_blend_epi16
#define _mm512_mask_mov_epi16 emulated_mm512_mask_mov_epi16
#define _mm512_maskz_mov_epi16 emulated_mm512_maskz_mov_epi16
#define _mm512_mask_blend_epi8 emulated_mm512_mask_blend_epi8
#define _mm512_mask_mov_epi8 emulated_mm512_mask_mov_epi8
#define _mm512_maskz_mov_epi8 emulated_mm512_maskz_mov_epi8
#define _mm512_mask_add_ps emulated_mm512_mask_add_ps
#define _mm512_maskz_add_ps emulated_mm512_maskz_add_ps
#define _mm512_mask_sub_ps emulated_mm512_mask_sub_ps
#define _mm512_maskz_sub_ps emulated_mm512_maskz_sub_ps
#define _mm512_mask_mul_ps emulated_mm512_mask_mul_ps
#define _mm512_maskz_mul_ps emulated_mm512_maskz_mul_ps
#define _mm512_mask_div_ps emulated_mm512_mask_div_ps
#define _mm512_maskz_div_ps emulated_mm512_maskz_div_ps
#define _mm512_mask_max_ps emulated_mm512_mask_max_ps
#define _mm512_maskz_max_ps emulated_mm512_maskz_max_ps
#define _mm512_mask_min_ps emulated_mm512_mask_min_ps
#define _mm512_maskz_min_ps emulated_mm512_maskz_min_ps
#define _mm512_mask_add_pd emulated_mm512_mask_add_pd
#define _mm512_maskz_add_pd emulated_mm512_maskz_add_pd
#define _mm512_mask_sub_pd emulated_mm512_mask_sub_pd
#define _mm512_maskz_sub_pd emulated_mm512_maskz_sub_pd
#define _mm512_mask_mul_pd emulated_mm512_mask_mul_pd
#define _mm512_maskz_mul_pd emulated_mm512_maskz_mul_pd
#define _mm512_mask_div_pd emulated_mm512_mask_div_pd
#define _mm512_maskz_div_pd emulated_mm512_maskz_div_pd
#define _mm512_mask_max_pd emulated_mm512_mask_max_pd
#define _mm512_maskz_max_pd emulated_mm512_maskz_max_pd
#define _mm512_mask_min_pd emulated_mm512_mask_min_pd
#define _mm512_maskz_min_pd emulated_mm512_maskz_min_pd
#define _mm512_mask_add_epi16 emulated_mm512_mask_add_epi16
#define _mm512_maskz_add_epi16 emulated_mm512_maskz_add_epi16
#define _mm512_mask_sub_epi16 emulated_mm512_mask_sub_epi16
#define _mm512_maskz_sub_epi16 emulated_mm512_maskz_sub_epi16
#define _mm512_mask_add_epi32 emulated_mm512_mask_add_epi32
#define _mm512_maskz_add_epi32 emulated_mm512_maskz_add_epi32
#define _mm512_mask_sub_epi32 emulated_mm512_mask_sub_epi32
#define _mm512_maskz_sub_epi32 emulated_mm512_maskz_sub_epi32
#define _mm512_mask_and_epi32 emulated_mm512_mask_and_epi32
#define _mm512_maskz_and_epi32 emulated_mm512_maskz_and_epi32
#define _mm512_mask_or_epi32 emulated_mm512_mask_or_epi32
#define _mm512_maskz_or_epi32 emulated_mm512_maskz_or_epi32
#define _mm512_mask_xor_epi32 emulated_mm512_mask_xor_epi32
#define _mm512_maskz_xor_epi32 emulated_mm512_maskz_xor_epi32
#define _mm512_mask_fmadd_ps emulated_mm512_mask_fmadd_ps
#define _mm512_mask3_fmadd_ps emulated_mm512_mask3_fmadd_ps
#define _mm512_maskz_fmadd_ps emulated_mm512_maskz_fmadd_ps
#define _mm512_mask_fnmadd_ps emulated_mm512_mask_fnmadd_ps
#define _mm512_mask3_fnmadd_ps emulated_mm512_mask3_fnmadd_ps
#define _mm512_maskz_fnmadd_ps emulated_mm512_maskz_fnmadd_ps
#define _mm512_mask_fmadd_pd emulated_mm512_mask_fmadd_pd
#define _mm512_mask3_fmadd_pd emulated_mm512_mask3_fmadd_pd
#define _mm512_maskz_fmadd_pd emulated_mm512_maskz_fmadd_pd
#define _mm512_mask_fnmadd_pd emulated_mm512_mask_fnmadd_pd
#define _mm512_mask3_fnmadd_pd emulated_mm512_mask3_fnmadd_pd
#define _mm512_maskz_fnmadd_pd emulated_mm512_maskz_fnmadd_pd
#define _mm512_mask_loadu_ps emulated_mm512_mask_loadu_ps
#define _mm512_mask_loadu_pd emulated_mm512_mask_loadu_pd
#define _mm256_mask_blend_ps emulated_mm256_mask_blend_ps
#define _mm256_mask_blend_pd emulated_mm256_mask_blend_pd
#define _mm256_maskz_mov_ps emulated_mm256_maskz_mov_ps
#define _mm256_maskz_mov_pd emulated_mm256_maskz_mov_pd
#define _mm512_test_epi8_mask emulated_mm512_test_epi8_mask
#define _mm512_test_epi16_mask emulated_mm512_test_epi16_mask
#define _mm512_test_epi32_mask emulated_mm512_test_epi32_mask
#define _mm512_test_epi64_mask emulated_mm512_test_epi64_mask
#define _mm512_testn_epi16_mask emulated_mm512_testn_epi16_mask
#define _mm512_testn_epi32_mask emulated_mm512_testn_epi32_mask
#define _mm512_cmpeq_epi32_mask emulated_mm512_cmpeq_epi32_mask
#define _mm512_cmpneq_epi32_mask emulated_mm512_cmpneq_epi32_mask
#define _mm512_cmpgt_epi32_mask emulated_mm512_cmpgt_epi32_mask
#define _mm512_cmpge_epi32_mask emulated_mm512_cmpge_epi32_mask
#define _mm512_cmplt_epi32_mask emulated_mm512_cmplt_epi32_mask
#define _mm512_cmple_epi32_mask emulated_mm512_cmple_epi32_mask
#define _mm512_cmpeq_epu32_mask emulated_mm512_cmpeq_epu32_mask
#define _mm512_cmpgt_epu32_mask emulated_mm512_cmpgt_epu32_mask
#define _mm512_cmpge_epu32_mask emulated_mm512_cmpge_epu32_mask
#define _mm512_cmplt_epu32_mask emulated_mm512_cmplt_epu32_mask
#define _mm512_cmple_epu32_mask emulated_mm512_cmple_epu32_mask
#define _mm512_cmpeq_epi16_mask emulated_mm512_cmpeq_epi16_mask
#define _mm512_cmpgt_epi16_mask emulated_mm512_cmpgt_epi16_mask
#define _mm512_movepi8_mask emulated_mm512_movepi8_mask
#define _mm512_movepi16_mask emulated_mm512_movepi16_mask
#define _mm512_movepi32_mask emulated_mm512_movepi32_mask
#define _mm512_movepi64_mask emulated_mm512_movepi64_mask
#define _mm256_movepi32_mask emulated_mm256_movepi32_mask
#define _mm512_movm_epi32 emulated_mm512_movm_epi32
#define _mm512_movm_epi16 emulated_mm512_movm_epi16
#define _mm512_kunpackb emulated_mm512_kunpackb
#define _mm512_kunpackw emulated_mm512_kunpackw
#define _mm512_kunpackd emulated_mm512_kunpackd
#define _mm512_kand emulated_mm512_kand
#define _mm512_kor emulated_mm512_kor
#define _mm512_kxor emulated_mm512_kxor
#define _mm512_kandn emulated_mm512_kandn
#define _mm512_knot emulated_mm512_knot

/* blend takes the second register's elements where the bit is set; mask_mov is the same in another order; maskz_mov has 0 elsewhere. */
#define EMULATED_BLEND(suffix, type, mask_type, member, elements, count, zero)			\
EMULATED type _mm512_mask_blend_##suffix(mask_type k, type a, type b)				\
{												\
	union emulated_lanes to = { .member = a }, from = { .member = b };			\
	EMULATED_LANES(count)									\
		to.elements[lane] = EMULATED_BIT(k, lane) ? from.elements[lane] : to.elements[lane];	\
	return to.member;									\
}												\
EMULATED type _mm512_mask_mov_##suffix(type a, mask_type k, type b) { return _mm512_mask_blend_##suffix(k, a, b); }	\
EMULATED type _mm512_maskz_mov_##suffix(mask_type k, type b) { return _mm512_mask_blend_##suffix(k, zero(), b); }
EMULATED_BLEND(ps, __m512, __mmask16, ps, u32, 16, _mm512_setzero_ps)
EMULATED_BLEND(pd, __m512d, __mmask8, pd, u64, 8, _mm512_setzero_pd)
EMULATED_BLEND(epi32, __m512i, __mmask16, si, u32, 16, _mm512_setzero_si512)
EMULATED_BLEND(epi64, __m512i, __mmask8, si, u64, 8, _mm512_setzero_si512)
EMULATED_BLEND(epi16, __m512i, __mmask32, si, u16, 32, _mm512_setzero_si512)
EMULATED_BLEND(epi8, __m512i, __mmask64, si, u8, 64, _mm512_setzero_si512)

/* mask: a register's elements elsewhere; maskz: 0 elsewhere */
#define EMULATED_MASKED_2(operation, suffix, type, mask_type)						\
EMULATED type _mm512_mask_##operation##_##suffix(type otherwise, mask_type k, type a, type b)		\
{													\
	return _mm512_mask_blend_##suffix(k, otherwise, _mm512_##operation##_##suffix(a, b));		\
}													\
EMULATED type _mm512_maskz_##operation##_##suffix(mask_type k, type a, type b)				\
{													\
	return _mm512_maskz_mov_##suffix(k, _mm512_##operation##_##suffix(a, b));			\
}
EMULATED_MASKED_2(add, ps, __m512, __mmask16)
EMULATED_MASKED_2(sub, ps, __m512, __mmask16)
EMULATED_MASKED_2(mul, ps, __m512, __mmask16)
EMULATED_MASKED_2(div, ps, __m512, __mmask16)
EMULATED_MASKED_2(max, ps, __m512, __mmask16)
EMULATED_MASKED_2(min, ps, __m512, __mmask16)
EMULATED_MASKED_2(add, pd, __m512d, __mmask8)
EMULATED_MASKED_2(sub, pd, __m512d, __mmask8)
EMULATED_MASKED_2(mul, pd, __m512d, __mmask8)
EMULATED_MASKED_2(div, pd, __m512d, __mmask8)
EMULATED_MASKED_2(max, pd, __m512d, __mmask8)
EMULATED_MASKED_2(min, pd, __m512d, __mmask8)
EMULATED_MASKED_2(add, epi16, __m512i, __mmask32)
EMULATED_MASKED_2(sub, epi16, __m512i, __mmask32)
EMULATED_MASKED_2(add, epi32, __m512i, __mmask16)
EMULATED_MASKED_2(sub, epi32, __m512i, __mmask16)
EMULATED_MASKED_2(and, epi32, __m512i, __mmask16)
EMULATED_MASKED_2(or, epi32, __m512i, __mmask16)
EMULATED_MASKED_2(xor, epi32, __m512i, __mmask16)

/* mask: a's elements elsewhere; mask3: c's; maskz: 0 */
#define EMULATED_MASKED_3(operation, suffix, type, mask_type)						\
EMULATED type _mm512_mask_##operation##_##suffix(type a, mask_type k, type b, type c)			\
{													\
	return _mm512_mask_blend_##suffix(k, a, _mm512_##operation##_##suffix(a, b, c));		\
}													\
EMULATED type _mm512_mask3_##operation##_##suffix(type a, type b, type c, mask_type k)			\
{													\
	return _mm512_mask_blend_##suffix(k, c, _mm512_##operation##_##suffix(a, b, c));		\
}													\
EMULATED type _mm512_maskz_##operation##_##suffix(mask_type k, type a, type b, type c)			\
{													\
	return _mm512_maskz_mov_##suffix(k, _mm512_##operation##_##suffix(a, b, c));			\
}
EMULATED_MASKED_3(fmadd, ps, __m512, __mmask16)
EMULATED_MASKED_3(fnmadd, ps, __m512, __mmask16)
EMULATED_MASKED_3(fmadd, pd, __m512d, __mmask8)
EMULATED_MASKED_3(fnmadd, pd, __m512d, __mmask8)

EMULATED __m512 _mm512_mask_loadu_ps(__m512 a, __mmask16 k, const void *p)
{
	return _mm512_mask_blend_ps(k, a, _mm512_maskz_loadu_ps(k, p));
}

EMULATED __m512d _mm512_mask_loadu_pd(__m512d a, __mmask8 k, const void *p)
{
	return _mm512_mask_blend_pd(k, a, _mm512_maskz_loadu_pd(k, p));
}

EMULATED __m256 _mm256_mask_blend_ps(__mmask8 k, __m256 a, __m256 b)
{
	return _mm256_blendv_ps(a, b, _mm256_castsi256_ps(emulated_chosen_32(k)));
}

EMULATED __m256d _mm256_mask_blend_pd(__mmask8 k, __m256d a, __m256d b)
{
	return _mm256_blendv_pd(a, b, _mm256_castsi256_pd(emulated_chosen_64(k)));
}

EMULATED __m256 _mm256_maskz_mov_ps(__mmask8 k, __m256 a) { return _mm256_mask_blend_ps(k, _mm256_setzero_ps(), a); }
EMULATED __m256d _mm256_maskz_mov_pd(__mmask8 k, __m256d a) { return _mm256_mask_blend_pd(k, _mm256_setzero_pd(), a); }

/* A condition of two elements becomes a bit. */
#define EMULATED_CONDITION(name, mask_type, elements, count, condition)		\
EMULATED mask_type name(__m512i left, __m512i right)				\
{										\
	union emulated_lanes of_left = { .si = left }, of_right = { .si = right };	\
	uint64_t k = 0;								\
	EMULATED_LANES(count) {							\
		const int64_t a = (int64_t)of_left.elements[lane], b = (int64_t)of_right.elements[lane];	\
		k |= (uint64_t)(condition) << lane;				\
	}									\
	return (mask_type)k;							\
}
EMULATED_CONDITION(_mm512_test_epi8_mask, __mmask64, u8, 64, (a & b) != 0)
EMULATED_CONDITION(_mm512_test_epi16_mask, __mmask32, u16, 32, (a & b) != 0)
EMULATED_CONDITION(_mm512_test_epi32_mask, __mmask16, u32, 16, (a & b) != 0)
EMULATED_CONDITION(_mm512_test_epi64_mask, __mmask8, u64, 8, (a & b) != 0)
EMULATED_CONDITION(_mm512_testn_epi16_mask, __mmask32, u16, 32, (a & b) == 0)
EMULATED_CONDITION(_mm512_testn_epi32_mask, __mmask16, u32, 16, (a & b) == 0)
EMULATED_CONDITION(_mm512_cmpeq_epi32_mask, __mmask16, i32, 16, a == b)
EMULATED_CONDITION(_mm512_cmpneq_epi32_mask, __mmask16, i32, 16, a != b)
EMULATED_CONDITION(_mm512_cmpgt_epi32_mask, __mmask16, i32, 16, a > b)
EMULATED_CONDITION(_mm512_cmpge_epi32_mask, __mmask16, i32, 16, a >= b)
EMULATED_CONDITION(_mm512_cmplt_epi32_mask, __mmask16, i32, 16, a < b)
EMULATED_CONDITION(_mm512_cmple_epi32_mask, __mmask16, i32, 16, a <= b)
EMULATED_CONDITION(_mm512_cmpeq_epu32_mask, __mmask16, u32, 16, a == b)
EMULATED_CONDITION(_mm512_cmpgt_epu32_mask, __mmask16, u32, 16, a > b)
EMULATED_CONDITION(_mm512_cmpge_epu32_mask, __mmask16, u32, 16, a >= b)
EMULATED_CONDITION(_mm512_cmplt_epu32_mask, __mmask16, u32, 16, a < b)
EMULATED_CONDITION(_mm512_cmple_epu32_mask, __mmask16, u32, 16, a <= b)
EMULATED_CONDITION(_mm512_cmpeq_epi16_mask, __mmask32, i16, 32, a == b)
EMULATED_CONDITION(_mm512_cmpgt_epi16_mask, __mmask32, i16, 32, a > b)

/* the elements' highest bits, and a mask's bit as all of an element's */
EMULATED __mmask64 _mm512_movepi8_mask(__m512i a) { return _mm512_test_epi8_mask(a, _mm512_set1_epi8(-0x80)); }
EMULATED __mmask32 _mm512_movepi16_mask(__m512i a) { return _mm512_test_epi16_mask(a, _mm512_set1_epi16(-0x8000)); }
EMULATED __mmask16 _mm512_movepi32_mask(__m512i a) { return _mm512_test_epi32_mask(a, _mm512_set1_epi32((int)0x80000000)); }
EMULATED __mmask8 _mm512_movepi64_mask(__m512i a) { return _mm512_test_epi64_mask(a, _mm512_set1_epi64((long long)(1ull << 63))); }
EMULATED __mmask8 _mm256_movepi32_mask(__m256i a) { return (__mmask8)_mm256_movemask_ps(_mm256_castsi256_ps(a)); }
EMULATED __m512i _mm512_movm_epi32(__mmask16 k) { return _mm512_maskz_mov_epi32(k, _mm512_set1_epi32(-1)); }
EMULATED __m512i _mm512_movm_epi16(__mmask32 k) { return _mm512_maskz_mov_epi16(k, _mm512_set1_epi16(-1)); }

/* The lower half comes from the second. */
EMULATED __mmask16 _mm512_kunpackb(__mmask16 high, __mmask16 low) { return (__mmask16)((high & 0xff) << 8 | (low & 0xff)); }
EMULATED __mmask32 _mm512_kunpackw(__mmask32 high, __mmask32 low) { return (high & 0xffff) << 16 | (low & 0xffff); }
EMULATED __mmask64 _mm512_kunpackd(__mmask64 high, __mmask64 low) { return high << 32 | (low & 0xffffffff); }
EMULATED __mmask16 _mm512_kand(__mmask16 a, __mmask16 b) { return a & b; }
EMULATED __mmask16 _mm512_kor(__mmask16 a, __mmask16 b) { return a | b; }
EMULATED __mmask16 _mm512_kxor(__mmask16 a, __mmask16 b) { return a ^ b; }
EMULATED __mmask16 _mm512_kandn(__mmask16 a, __mmask16 b) { return (__mmask16)(~a & b); }
EMULATED __mmask16 _mm512_knot(__mmask16 a) { return (__mmask16)~a; }

#endif
