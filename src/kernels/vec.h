/*
 * vec.h - the vector vocabulary: every word that a kernel may use, said once
 *
 * The mathematics (moments.h, normalise.h) is written over these words alone; a file vec_ISA.h gives them for one instruction
 * set and holds no algorithm. A `vec` is a register of vec_lanes() floats. It never sits in a struct, an array, a global or a
 * sizeof, since a scalable vector cannot. Lane 0 is the one at the lowest address.
 *
 *   vec                          the register
 *   size_t vec_lanes(void)       floats in it: a power of two, at most LANES
 *
 *   vec_load(p)                  all lanes from p, at any alignment
 *   vec_load_once(p)             the same, for a value that is used once, and so may be an instruction's operand in memory
 *   vec_load_across(p, stride, &a, &b, &c, &d)
 *                                of the vec_lanes() rows at p, p + stride and so on, the first element of each as a, the second as b, the third
 *                                as c, the fourth as d: what transposes. Touches no others
 *   vec_store_across(p, stride, a, b, c, d)	the same the other way: lane i of each to the four places from p + i * stride on
 *   vec_load_tail(p, n)          n lanes from p, 0 < n <= vec_lanes(), the others 0; touches nothing from p + n on
 *   vec_store(p, v)              all lanes to p, at any alignment
 *   vec_store_tail(p, v, n)      the first n lanes to p, 0 < n <= vec_lanes(); touches nothing from p + n on
 *   vec_stream(p, v)             as vec_store, past the cache where the ISA can; p is aligned to vec_lanes() floats
 *   vec_stream_end()             orders the streamed stores before everything that follows
 *
 *   vec_load_f16(p)  vec_store_f16(p, v)  vec_stream_f16(p, v)
 *   vec_load_bf16(p) vec_store_bf16(p, v)	as vec_load, vec_store, vec_stream, with vec_lanes() elements of that type at p: rounded
 *                                to nearest, ties to even, denormals kept, a NaN to 0x7fc0 and 0x7e00
 *   vec_load_bf16_split(p, even, odd)  vec_store_bf16_split(p, even, odd)  vec_stream_bf16_split(p, even, odd)
 *                                the same with 2 * vec_lanes() elements, those at even places and those at odd ones: two bf16 in 32
 *                                bits need no shuffle to come apart. A NaN becomes some NaN, if its lower 16 bits are 0
 *   vec_interleave(even, odd)    two registers of such elements in their order: *even the first vec_lanes() of them, *odd the others
 *   vec_store_byte(p, v)         the nearest integers, ties to even, between -128 and 255, as vec_lanes() bytes
 *   vec_store_int8(p, a, b, c, d)  vec_stream_int8(p, a, b, c, d)
 *                                the same of four registers, between -128 and 127; to stream, p is aligned to 4 * vec_lanes() bytes
 *
 *   vec_set1(f)                  f in every lane
 *   vec_keep(v, n)               the first n lanes of v, 0 < n <= vec_lanes(), the others 0
 *   vec_add(a, b)  vec_sub(a, b)  vec_mul(a, b)  vec_div(a, b)	a + b, a - b, a * b, a / b: one rounding
 *   vec_round(v)                 the nearest integer, ties to even, with the sign of v
 *   vec_clamp(v, least, most)    v, or the nearer of two numbers beyond which it lies; a NaN stays one
 *   vec_abs(v)                   v without its sign
 *   vec_with_sign(v, s)          v, which has none, with the sign of s
 *   vec_at_least(v, least)  vec_at_most(v, most)	v, or the number that it is below, above; a NaN stays one, and a zero of
 *                                either sign stays beside one of the other
 *   vec_scale(v, s)              v * 2^k for an integer k, where v and the result are normal numbers and s = k + 1.5 * 2^23
 *   vec_number(v)                v, a NaN made 0
 *   vec_madd(a, b, c)            a * b + c: one rounding in the fused class, two in the unfused
 *   vec_quiet(v)                 v, a NaN made the quiet NaN 0x7fc00000
 *   vec_fused()                  is vec_madd rounded once? For the plain loops over doubles, and the few over floats
 *   vec_sqrt(v)                  the square root, correctly rounded
 *   vec_count_negative(v)        how many lanes have the sign bit set, as unsigned
 *   vec_fold(p)                  the sum of the PROBE floats at p, by halves: element l with element l + 16, l + 8, ... l + 1
 *
 *   wide                         a register of wide_lanes() doubles: half of vec_lanes(), but at least one
 *   wide_zero()  wide_set1(d)  wide_load(p)  wide_store(p, w)
 *   wide_load_floats(p)          wide_lanes() floats from p, as doubles
 *   wide_add(a, b)  wide_sub(a, b)  wide_mul(a, b)	a + b, a - b, a * b: one rounding
 *   wide_at_least_0(w)           w, or 0 where it is less; a NaN stays one
 *   wide_any_less(a, b)          is a < b in any lane? No lane with a NaN is
 *   wide_all_within(w, least, most)  least <= w <= most in every lane? No lane with a NaN is
 *   wide_float(w)                the nearest float, as a double
 *   wide_store_floats(p, w)      the nearest floats to the wide_lanes() places from p on
 *   wide_float_rsqrt(w)          1 / sqrt(w) in float: w, the root and the quotient are each rounded to one; as a double
 *   vec_halve_wide(low, high, &a, &b)
 *                                the sums, as doubles, of the lanes l and l + SUMS of a row's LANES. A register of LANES holds both: low, and high is
 *                                not looked at. Of smaller ones, low holds some of the lanes below SUMS, high those SUMS further on. The
 *                                first of the sums are a, the others, if they are more than a register, b, which otherwise is 0
 *   vec_halve(low, high, &a, &b) the same, but added as floats, then made doubles
 *   vec_widen(v, &a, &b)         the lanes as doubles: the first half a, the second b; of a single lane a, and b is 0
 *   wide_fold(p)                 the sum of the SUMS doubles at p, by halves: element l with element l + 4, l + 2, l + 1
 *   wide_fold_rows(p, rows)      the same of `rows` times SUMS doubles at p, a sum in each lane; where there are fewer rows than lanes, the last
 *                                row stands in for those that are missing
 *
 * A fold is a written-out tree: it adds the same pairs in the same order at every width, so the bits do not depend on the width.
 */
#ifndef LN_VEC_H
#define LN_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LANES = 16,	/* a row is summed in so many lanes, whatever the width of a register, which is at most this: element i in lane i % LANES */
	SUMS = LANES / 2,	/* and further on in so many lanes of doubles */
	PROBE = 32	/* elements whose signs are looked at, and whose mean is a pivot */
};

/* For the functions that a constant argument specialises; an ISA need not use all of them. */
#define LN_INLINE static inline __attribute__((always_inline, unused))

/* For wide_fold_rows(): where a row's doubles are. */
LN_INLINE const double *fold_row(const double *p, size_t row, size_t rows) { return p + SUMS * (row < rows ? row : rows - 1); }

#endif
