/* floats.h - AVX-512 emulated: arithmetic, comparison and bits of floats and doubles */
#ifndef LN_EMULATED_FLOATS_H
#define LN_EMULATED_FLOATS_H

/* What is emulated here. */
#define _mm512_add_ps emulated_mm512_add_ps
#define _mm512_sub_ps emulated_mm512_sub_ps
#define _mm512_mul_ps emulated_mm512_mul_ps
#define _mm512_div_ps emulated_mm512_div_ps
#define _mm512_max_ps emulated_mm512_max_ps
#define _mm512_min_ps emulated_mm512_min_ps
#define _mm512_sqrt_ps emulated_mm512_sqrt_ps
#define _mm512_fmadd_ps emulated_mm512_fmadd_ps
#define _mm512_fmsub_ps emulated_mm512_fmsub_ps
#define _mm512_fnmadd_ps emulated_mm512_fnmadd_ps
#define _mm512_fnmsub_ps emulated_mm512_fnmsub_ps
#define _mm512_and_ps emulated_mm512_and_ps
#define _mm512_andnot_ps emulated_mm512_andnot_ps
#define _mm512_or_ps emulated_mm512_or_ps
#define _mm512_xor_ps emulated_mm512_xor_ps
#define _mm512_add_pd emulated_mm512_add_pd
#define _mm512_sub_pd emulated_mm512_sub_pd
#define _mm512_mul_pd emulated_mm512_mul_pd
#define _mm512_div_pd emulated_mm512_div_pd
#define _mm512_max_pd emulated_mm512_max_pd
#define _mm512_min_pd emulated_mm512_min_pd
#define _mm512_sqrt_pd emulated_mm512_sqrt_pd
#define _mm512_fmadd_pd emulated_mm512_fmadd_pd
#define _mm512_fmsub_pd emulated_mm512_fmsub_pd
#define _mm512_fnmadd_pd emulated_mm512_fnmadd_pd
#define _mm512_fnmsub_pd emulated_mm512_fnmsub_pd
#define _mm512_and_pd emulated_mm512_and_pd
#define _mm512_andnot_pd emulated_mm512_andnot_pd
#define _mm512_or_pd emulated_mm512_or_pd
#define _mm512_xor_pd emulated_mm512_xor_pd
#define _mm512_abs_ps emulated_mm512_abs_ps
#define _mm512_abs_pd emulated_mm512_abs_pd
#define _mm512_fixupimm_ps emulated_mm512_fixupimm_ps

/* One instruction of AVX2 for each half. */
#define EMULATED_HALVES_1(type, name, half) \
EMULATED type name(type a) { return (type){ half(a.low), half(a.high) }; }
#define EMULATED_HALVES_2(type, name, half) \
EMULATED type name(type a, type b) { return (type){ half(a.low, b.low), half(a.high, b.high) }; }
#define EMULATED_HALVES_3(type, name, half) \
EMULATED type name(type a, type b, type c) { return (type){ half(a.low, b.low, c.low), half(a.high, b.high, c.high) }; }

EMULATED_HALVES_2(__m512, _mm512_add_ps, _mm256_add_ps)
EMULATED_HALVES_2(__m512, _mm512_sub_ps, _mm256_sub_ps)
EMULATED_HALVES_2(__m512, _mm512_mul_ps, _mm256_mul_ps)
EMULATED_HALVES_2(__m512, _mm512_div_ps, _mm256_div_ps)
EMULATED_HALVES_2(__m512, _mm512_max_ps, _mm256_max_ps)
EMULATED_HALVES_2(__m512, _mm512_min_ps, _mm256_min_ps)
EMULATED_HALVES_1(__m512, _mm512_sqrt_ps, _mm256_sqrt_ps)
EMULATED_HALVES_3(__m512, _mm512_fmadd_ps, _mm256_fmadd_ps)
EMULATED_HALVES_3(__m512, _mm512_fmsub_ps, _mm256_fmsub_ps)
EMULATED_HALVES_3(__m512, _mm512_fnmadd_ps, _mm256_fnmadd_ps)
EMULATED_HALVES_3(__m512, _mm512_fnmsub_ps, _mm256_fnmsub_ps)
EMULATED_HALVES_2(__m512, _mm512_and_ps, _mm256_and_ps)
EMULATED_HALVES_2(__m512, _mm512_andnot_ps, _mm256_andnot_ps)
EMULATED_HALVES_2(__m512, _mm512_or_ps, _mm256_or_ps)
EMULATED_HALVES_2(__m512, _mm512_xor_ps, _mm256_xor_ps)

EMULATED_HALVES_2(__m512d, _mm512_add_pd, _mm256_add_pd)
EMULATED_HALVES_2(__m512d, _mm512_sub_pd, _mm256_sub_pd)
EMULATED_HALVES_2(__m512d, _mm512_mul_pd, _mm256_mul_pd)
EMULATED_HALVES_2(__m512d, _mm512_div_pd, _mm256_div_pd)
EMULATED_HALVES_2(__m512d, _mm512_max_pd, _mm256_max_pd)
EMULATED_HALVES_2(__m512d, _mm512_min_pd, _mm256_min_pd)
EMULATED_HALVES_1(__m512d, _mm512_sqrt_pd, _mm256_sqrt_pd)
EMULATED_HALVES_3(__m512d, _mm512_fmadd_pd, _mm256_fmadd_pd)
EMULATED_HALVES_3(__m512d, _mm512_fmsub_pd, _mm256_fmsub_pd)
EMULATED_HALVES_3(__m512d, _mm512_fnmadd_pd, _mm256_fnmadd_pd)
EMULATED_HALVES_3(__m512d, _mm512_fnmsub_pd, _mm256_fnmsub_pd)
EMULATED_HALVES_2(__m512d, _mm512_and_pd, _mm256_and_pd)
EMULATED_HALVES_2(__m512d, _mm512_andnot_pd, _mm256_andnot_pd)
EMULATED_HALVES_2(__m512d, _mm512_or_pd, _mm256_or_pd)
EMULATED_HALVES_2(__m512d, _mm512_xor_pd, _mm256_xor_pd)

EMULATED __m512 _mm512_abs_ps(__m512 a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
EMULATED __m512d _mm512_abs_pd(__m512d a) { return _mm512_andnot_pd(_mm512_set1_pd(-0.0), a); }

/* The immediate's upper half, a number of binary digits that are kept after the point, is not emulated where it is not 0. */
#define EMULATED_ROUND(type, half, a, immediate) (__extension__ ({			\
	_Static_assert(((immediate) & 0xf0) == 0, "roundscale is emulated for integers alone");	\
	const type emulated_of_ = (a);							\
	(type){ half(emulated_of_.low, (immediate) & 15), half(emulated_of_.high, (immediate) & 15) };	\
}))
#undef _mm512_roundscale_ps
#undef _mm512_roundscale_pd
#define _mm512_roundscale_ps(a, immediate) EMULATED_ROUND(__m512, _mm256_round_ps, a, immediate)
#define _mm512_roundscale_pd(a, immediate) EMULATED_ROUND(__m512d, _mm256_round_pd, a, immediate)

/* The predicates are those of AVX. A bit of the mask is the sign of what a comparison there gives. */
#define EMULATED_COMPARE(type, compare, signs, lanes, a, b, predicate) (__extension__ ({	\
	const type emulated_left_ = (a), emulated_right_ = (b);					\
	(unsigned)signs(compare(emulated_left_.low, emulated_right_.low, predicate)) |		\
		(unsigned)signs(compare(emulated_left_.high, emulated_right_.high, predicate)) << (lanes);	\
}))
#undef _mm512_cmp_ps_mask
#undef _mm512_cmp_pd_mask
#define _mm512_cmp_ps_mask(a, b, predicate)	\
	((__mmask16)EMULATED_COMPARE(__m512, _mm256_cmp_ps, _mm256_movemask_ps, 8, a, b, predicate))
#define _mm512_cmp_pd_mask(a, b, predicate)	\
	((__mmask8)EMULATED_COMPARE(__m512d, _mm256_cmp_pd, _mm256_movemask_pd, 4, a, b, predicate))
#undef _mm256_cmp_ps_mask
#undef _mm256_cmp_pd_mask
#define _mm256_cmp_ps_mask(a, b, predicate) ((__mmask8)_mm256_movemask_ps(_mm256_cmp_ps(a, b, predicate)))
#define _mm256_cmp_pd_mask(a, b, predicate) ((__mmask8)_mm256_movemask_pd(_mm256_cmp_pd(a, b, predicate)))

/*
 * The kinds of numbers that fixupimm tells apart, in the order of the digits of its table: with MXCSR.DAZ denormals are zeros, as the
 * comparisons take them.
 */
EMULATED unsigned emulated_kind(uint32_t bits, float value)
{
	uint32_t magnitude = bits & 0x7fffffff;

	if (magnitude > 0x7f800000)
		return bits & 0x00400000 ? 0 : 1;	/* quiet NaN, signalling NaN */
	if (value == 0.0f)
		return 2;
	if (bits == 0x3f800000)
		return 3;	/* 1 */
	if (magnitude == 0x7f800000)
		return bits >> 31 ? 4 : 5;	/* -infinity, infinity */
	return bits >> 31 ? 6 : 7;		/* another negative number, another positive one */
}

/* The digit of the table that stands for b's kind says what becomes of it. */
EMULATED uint32_t emulated_fixup(uint32_t a, uint32_t b, float value, uint32_t table)
{
	static const uint32_t constants[16] = {
		[3] = 0xffc00000, [4] = 0xff800000, [5] = 0x7f800000, [7] = 0x80000000, [8] = 0x00000000, [9] = 0xbf800000,
		[10] = 0x3f800000, [11] = 0x3f000000, [12] = 0x42b40000 /* 90 */, [13] = 0x3fc90fdb /* pi / 2 */, [14] = 0x7f7fffff,
		[15] = 0xff7fffff
	};
	unsigned kind = emulated_kind(b, value), response = table >> (4 * kind) & 15;

	if (kind == 2)
		b &= 0x80000000;	/* a denormal taken for zero is one */
	switch (response) {
	case 0: return a;
	case 1: return b;
	case 2: return b | 0x7fc00000;	/* a quiet NaN with the rest of b */
	case 6: return (b & 0x80000000) | 0x7f800000;
	default: return constants[response];
	}
}

/* The immediate only says which flags are raised. */
EMULATED __m512 _mm512_fixupimm_ps(__m512 a, __m512 b, __m512i table, int immediate)
{
	union emulated_lanes result = { .ps = a }, of = { .ps = b }, tables = { .si = table };

	(void)immediate;
	EMULATED_LANES(16)
		result.u32[lane] = emulated_fixup(result.u32[lane], of.u32[lane], of.f32[lane], tables.u32[lane]);
	return result.ps;
}

#endif
