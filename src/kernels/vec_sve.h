/*
 * vec_sve.h - the vocabulary in AArch64 SVE: four lanes, eight or sixteen, as many as the CPU's vectors have; fused
 *
 * A vector may be of 128 to 2048 bits, in steps of 128. Where its lanes are no power of two, or more than LANES, the first ones are used:
 * the others are neither loaded nor stored, and what they hold is never looked at. So additions and the like, which no lane's number can
 * slow down, go over the whole vector, which needs no mask; quotients and roots do not.
 */
#ifndef LN_VEC_SVE_H
#define LN_VEC_SVE_H

#include <arm_neon.h>
#include <arm_sve.h>
#include <stdint.h>

#include "vec_neon_folds.h"
#include "vec.h"

typedef svfloat32_t vec;
typedef svfloat64_t wide;

LN_INLINE size_t vec_lanes(void) { return svcntw_pat(SV_POW2) < LANES ? svcntw_pat(SV_POW2) : LANES; }
LN_INLINE size_t wide_lanes(void) { return vec_lanes() / 2; }

/* Of floats, of doubles and of 16-bit elements, two to a float: those that are used. */
LN_INLINE svbool_t first_lanes(size_t n) { return svwhilelt_b32_u64(0, n); }
LN_INLINE svbool_t used_lanes(void) { return first_lanes(vec_lanes()); }
LN_INLINE svbool_t used_wides(void) { return svwhilelt_b64_u64(0, wide_lanes()); }
LN_INLINE svbool_t used_halves(void) { return svwhilelt_b16_u64(0, 2 * vec_lanes()); }

LN_INLINE svuint32_t bits_of_vec(vec v) { return svreinterpret_u32_f32(v); }
LN_INLINE vec floats_of_bits(svuint32_t bits) { return svreinterpret_f32_u32(bits); }

LN_INLINE vec vec_load(const float *p) { return svld1_f32(used_lanes(), p); }
LN_INLINE vec vec_load_once(const float *p) { return vec_load(p); }
LN_INLINE vec vec_load_tail(const float *p, size_t n) { return svld1_f32(first_lanes(n), p); }
LN_INLINE void vec_store(float *p, vec v) { svst1_f32(used_lanes(), p, v); }
LN_INLINE void vec_store_tail(float *p, vec v, size_t n) { svst1_f32(first_lanes(n), p, v); }
LN_INLINE void vec_stream(float *p, vec v) { svstnt1_f32(used_lanes(), p, v); }
LN_INLINE void vec_stream_end(void) { }	/* such a store is ordered as any other is */

LN_INLINE vec vec_set1(float f) { return svdup_n_f32(f); }
LN_INLINE vec vec_keep(vec v, size_t n) { return svsel_f32(first_lanes(n), v, vec_set1(0.0f)); }
LN_INLINE vec vec_add(vec a, vec b) { return svadd_f32_x(svptrue_b32(), a, b); }
LN_INLINE vec vec_sub(vec a, vec b) { return svsub_f32_x(svptrue_b32(), a, b); }
LN_INLINE vec vec_mul(vec a, vec b) { return svmul_f32_x(svptrue_b32(), a, b); }
LN_INLINE vec vec_div(vec a, vec b) { return svdiv_f32_x(used_lanes(), a, b); }
LN_INLINE vec vec_sqrt(vec v) { return svsqrt_f32_x(used_lanes(), v); }
LN_INLINE vec vec_round(vec v) { return svrintn_f32_x(svptrue_b32(), v); }
/* Not the instructions for the larger and the smaller of two: these take -0 to be below 0. */
LN_INLINE vec vec_at_least(vec v, vec least) { return svsel_f32(svcmplt_f32(svptrue_b32(), v, least), least, v); }
LN_INLINE vec vec_at_most(vec v, vec most) { return svsel_f32(svcmpgt_f32(svptrue_b32(), v, most), most, v); }
LN_INLINE vec vec_clamp(vec v, vec least, vec most) { return vec_at_most(vec_at_least(v, least), most); }
LN_INLINE vec vec_abs(vec v) { return svabs_f32_x(svptrue_b32(), v); }

LN_INLINE vec vec_with_sign(vec v, vec s)
{
	svuint32_t sign = svand_n_u32_x(svptrue_b32(), bits_of_vec(s), 0x80000000);
	return floats_of_bits(svorr_u32_x(svptrue_b32(), bits_of_vec(v), sign));
}

/* Into the exponent: above it, nothing of 1.5 * 2^23 is left. */
LN_INLINE vec vec_scale(vec v, vec s)
{
	svuint32_t power = svlsl_n_u32_x(svptrue_b32(), bits_of_vec(s), 23);
	return floats_of_bits(svadd_u32_x(svptrue_b32(), bits_of_vec(v), power));
}

LN_INLINE svbool_t numbers(vec v) { return svcmpeq_f32(svptrue_b32(), v, v); }
LN_INLINE vec vec_number(vec v) { return svsel_f32(numbers(v), v, vec_set1(0.0f)); }
LN_INLINE vec vec_quiet(vec v) { return svsel_f32(numbers(v), v, floats_of_bits(svdup_n_u32(0x7fc00000))); }
LN_INLINE bool vec_fused(void) { return true; }
LN_INLINE vec vec_madd(vec a, vec b, vec c) { return svmla_f32_x(svptrue_b32(), c, a, b); }

LN_INLINE unsigned vec_count_negative(vec v)
{
	return (unsigned)svcntp_b32(svptrue_b32(), svcmplt_n_s32(used_lanes(), svreinterpret_s32_f32(v), 0));
}

/* Half as wide in memory as in the register: the instructions widen and narrow on the way. */
LN_INLINE vec vec_load_bf16(const uint16_t *p) { return floats_of_bits(svlsl_n_u32_x(svptrue_b32(), svld1uh_u32(used_lanes(), p), 16)); }

/* the bits of v rounded to bf16, in the upper half of each lane; the lower one is what is left over. A NaN stays one. */
LN_INLINE svuint32_t bf16_rounded(vec v)
{
	svuint32_t bits = bits_of_vec(v), odd = svand_n_u32_x(svptrue_b32(), svlsr_n_u32_x(svptrue_b32(), bits, 16), 1);
	return svadd_u32_x(svptrue_b32(), bits, svadd_n_u32_x(svptrue_b32(), odd, 0x7fff));
}

LN_INLINE svuint32_t upper_half(svuint32_t bits) { return svlsr_n_u32_x(svptrue_b32(), bits, 16); }
LN_INLINE void vec_store_bf16(uint16_t *p, vec v) { svst1h_u32(used_lanes(), p, upper_half(bf16_rounded(vec_quiet(v)))); }

LN_INLINE void vec_load_bf16_split(const uint16_t *p, vec *even, vec *odd)
{
	svuint32_t both = svreinterpret_u32_u16(svld1_u16(used_halves(), p));
	*even = floats_of_bits(svlsl_n_u32_x(svptrue_b32(), both, 16));
	*odd = floats_of_bits(svand_n_u32_x(svptrue_b32(), both, 0xffff0000));
}

LN_INLINE svuint16_t bf16_joined(vec even, vec odd)
{
	svuint32_t upper = svand_n_u32_x(svptrue_b32(), bf16_rounded(odd), 0xffff0000);
	return svreinterpret_u16_u32(svorr_u32_x(svptrue_b32(), upper_half(bf16_rounded(even)), upper));
}

LN_INLINE void vec_store_bf16_split(uint16_t *p, vec even, vec odd) { svst1_u16(used_halves(), p, bf16_joined(even, odd)); }
LN_INLINE void vec_stream_bf16_split(uint16_t *p, vec even, vec odd) { svstnt1_u16(used_halves(), p, bf16_joined(even, odd)); }

LN_INLINE vec vec_load_f16(const uint16_t *p)
{
	return svcvt_f32_f16_x(svptrue_b32(), svreinterpret_f16_u32(svld1uh_u32(used_lanes(), p)));
}

/* The instruction keeps some of a NaN's bits: one bit pattern for all. */
LN_INLINE void vec_store_f16(uint16_t *p, vec v)
{
	svst1h_u32(used_lanes(), p, svreinterpret_u32_f16(svcvt_f16_f32_x(svptrue_b32(), vec_quiet(v))));
}

LN_INLINE void vec_stream_f16(uint16_t *p, vec v) { vec_store_f16(p, v); }	/* nothing streams and narrows at once */

LN_INLINE void vec_store_byte(uint8_t *p, vec v)
{
	svint32_t integers = svcvt_s32_f32_x(used_lanes(), vec_round(v));
	svst1b_u32(used_lanes(), p, svreinterpret_u32_s32(integers));
}

LN_INLINE void vec_store_int8(int8_t *p, vec a, vec b, vec c, vec d)
{
	uint8_t *bytes = (uint8_t *)p;

	vec_store_byte(bytes, a);
	vec_store_byte(bytes + vec_lanes(), b);
	vec_store_byte(bytes + 2 * vec_lanes(), c);
	vec_store_byte(bytes + 3 * vec_lanes(), d);
}

LN_INLINE void vec_stream_int8(int8_t *p, vec a, vec b, vec c, vec d) { vec_store_int8(p, a, b, c, d); }

/*
 * Two columns of vec_lanes() rows are pairs of floats, 64 bits each: the first svcntd() rows fill a vector of them, the others, if there
 * are more, go into a second. Where rows begin, in bytes from the first.
 */
LN_INLINE svbool_t used_rows(size_t first) { return svwhilelt_b64_u64(first, vec_lanes()); }
LN_INLINE svuint64_t rows_from(size_t first, size_t stride) { return svindex_u64(first * stride * sizeof(float), stride * sizeof(float)); }

LN_INLINE svuint32_t load_pairs(const float *p, size_t stride, size_t first)
{
	return svreinterpret_u32_u64(svld1_gather_u64offset_u64(used_rows(first), (const uint64_t *)(const void *)p, rows_from(first, stride)));
}

LN_INLINE void store_pairs(float *p, size_t stride, size_t first, svuint32_t pairs)
{
	svst1_scatter_u64offset_u64(used_rows(first), (uint64_t *)(void *)p, rows_from(first, stride), svreinterpret_u64_u32(pairs));
}

LN_INLINE void load_two_across(const float *p, size_t stride, vec *a, vec *b)
{
	svuint32_t low = load_pairs(p, stride, 0), high = load_pairs(p, stride, svcntd());
	*a = floats_of_bits(svuzp1_u32(low, high));
	*b = floats_of_bits(svuzp2_u32(low, high));
}

LN_INLINE void store_two_across(float *p, size_t stride, vec a, vec b)
{
	store_pairs(p, stride, 0, svzip1_u32(bits_of_vec(a), bits_of_vec(b)));
	store_pairs(p, stride, svcntd(), svzip2_u32(bits_of_vec(a), bits_of_vec(b)));
}

LN_INLINE void vec_load_across(const float *p, size_t stride, vec *a, vec *b, vec *c, vec *d)
{
	load_two_across(p, stride, a, b);
	load_two_across(p + 2, stride, c, d);
}

LN_INLINE void vec_store_across(float *p, size_t stride, vec a, vec b, vec c, vec d)
{
	store_two_across(p, stride, a, b);
	store_two_across(p + 2, stride, c, d);
}

/* The second half of the lanes that are used, as the first; where all are, an instruction that takes the second half would do as well. */
LN_INLINE vec second_half(vec v) { return svtbl_f32(v, svindex_u32((uint32_t)wide_lanes(), 1)); }

LN_INLINE void vec_interleave(vec *even, vec *odd)
{
	vec first = svzip1_f32(*even, *odd);
	*odd = svzip1_f32(second_half(*even), second_half(*odd));
	*even = first;
}

LN_INLINE wide wide_zero(void) { return svdup_n_f64(0.0); }
LN_INLINE wide wide_load(const double *p) { return svld1_f64(used_wides(), p); }
LN_INLINE void wide_store(double *p, wide w) { svst1_f64(used_wides(), p, w); }
LN_INLINE wide wide_set1(double d) { return svdup_n_f64(d); }
LN_INLINE wide wide_add(wide a, wide b) { return svadd_f64_x(svptrue_b64(), a, b); }
LN_INLINE wide wide_sub(wide a, wide b) { return svsub_f64_x(svptrue_b64(), a, b); }
LN_INLINE wide wide_mul(wide a, wide b) { return svmul_f64_x(svptrue_b64(), a, b); }
/* The larger of two zeros is +0 here: a choice by the comparison leaves -0 as it is. */
LN_INLINE wide wide_at_least_0(wide w) { return svsel_f64(svcmplt_n_f64(svptrue_b64(), w, 0.0), wide_zero(), w); }
LN_INLINE bool wide_any_less(wide a, wide b) { return svptest_any(svptrue_b64(), svcmplt_f64(used_wides(), a, b)); }

LN_INLINE bool wide_all_within(wide w, wide least, wide most)
{
	svbool_t within = svcmple_f64(svcmpge_f64(used_wides(), w, least), w, most);
	return svcntp_b64(svptrue_b64(), within) == wide_lanes();
}

/* A double's float is in the lower half of its lane, and so is what becomes a double: a mask of doubles takes just these. */
LN_INLINE vec floats_of(wide w) { return svcvt_f32_f64_x(svptrue_b64(), w); }
LN_INLINE wide doubles_of(vec floats) { return svcvt_f64_f32_x(svptrue_b64(), floats); }

LN_INLINE wide wide_float(wide w) { return doubles_of(floats_of(w)); }
LN_INLINE void wide_store_floats(float *p, wide w)
{
	svst1w_u64(used_wides(), (uint32_t *)(void *)p, svreinterpret_u64_f32(floats_of(w)));
}
LN_INLINE wide wide_load_floats(const float *p)
{
	return doubles_of(svreinterpret_f32_u64(svld1uw_u64(used_wides(), (const uint32_t *)(const void *)p)));
}
LN_INLINE wide wide_float_rsqrt(wide w)
{
	return doubles_of(svdiv_f32_x(used_wides(), vec_set1(1.0f), svsqrt_f32_x(used_wides(), floats_of(w))));
}

LN_INLINE wide widen_first_half(vec v) { return doubles_of(svreinterpret_f32_u64(svunpklo_u64(bits_of_vec(v)))); }

LN_INLINE void vec_widen(vec v, wide *a, wide *b)
{
	*a = widen_first_half(v);
	*b = widen_first_half(second_half(v));
}

LN_INLINE void vec_halve_wide(vec low, vec high, wide *a, wide *b)
{
	wide c, d;

	vec_widen(low, a, b);
	if (vec_lanes() == LANES) {	/* one register holds all lanes */
		*a = wide_add(*a, *b);
		*b = wide_zero();
	} else {
		vec_widen(high, &c, &d);
		*a = wide_add(*a, c);
		*b = wide_add(*b, d);
	}
}

LN_INLINE void vec_halve(vec low, vec high, wide *a, wide *b)
{
	if (vec_lanes() == LANES) {
		*a = widen_first_half(vec_add(low, second_half(low)));
		*b = wide_zero();
	} else {
		vec_widen(vec_add(low, high), a, b);
	}
}

LN_INLINE float vec_fold(const float *p) { return fold_floats(p); }
LN_INLINE double wide_fold(const double *p) { return fold_doubles(p); }

/* Element `at` of each of wide_lanes() rows of SUMS doubles; past the last row, it again. */
LN_INLINE wide column_of_rows(const double *p, svuint64_t row, size_t at) { return svld1_gather_u64index_f64(used_wides(), p + at, row); }

LN_INLINE wide wide_fold_rows(const double *p, size_t rows)
{
	svuint64_t row = svmul_n_u64_x(svptrue_b64(), svmin_n_u64_x(svptrue_b64(), svindex_u64(0, 1), rows - 1), SUMS);
	wide a = wide_add(column_of_rows(p, row, 0), column_of_rows(p, row, 4)), b = wide_add(column_of_rows(p, row, 1), column_of_rows(p, row, 5));
	wide c = wide_add(column_of_rows(p, row, 2), column_of_rows(p, row, 6)), d = wide_add(column_of_rows(p, row, 3), column_of_rows(p, row, 7));
	return wide_add(wide_add(a, c), wide_add(b, d));
}

#endif
