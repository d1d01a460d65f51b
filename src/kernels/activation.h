/*
 * activation.h - the sigmoid and the hyperbolic tangent of floats, within 2 ulp: docs/numerics.md section 12
 *
 * Both reduce their argument by a multiple of half or all of ln 2, and take the exponential of the rest by a polynomial that is nearest
 * to it in relative error (Remez). One division each; no other operation than the vocabulary's, so the same bits at every width.
 */
#ifndef LN_ACTIVATION_H
#define LN_ACTIVATION_H

#include "elem.h"

/* c * x + d with constants */
LN_INLINE vec horner(vec p, vec x, float next) { return vec_madd(p, x, vec_set1(next)); }

/* The integer next to v * factor: 1.5 * 2^23, added and taken off, leaves no place for a fraction. */
LN_INLINE vec nearest_multiple(vec v, float factor)
{
	const vec magic = vec_set1(0x1.8p+23f);
	return vec_sub(vec_madd(v, vec_set1(factor), magic), magic);
}

/*
 * 1 / (1 + exp(-v)) = 1 / (1 + 2^k + 2^k m) with m = exp(-w) - 1, numerator and denominator taken times 1.5 * 2^-24. The power of two keeps
 * the exponential of all arguments whose sigmoid is a float, denormals too, a normal number. The 1.5 moves the denominator away from the
 * lower end of a binade, where its rounding weighs most, when the quotient is at the upper end of one, where an ulp is smallest.
 */
LN_INLINE vec vec_sigmoid(vec v)
{
	const vec one = vec_set1(0x1.8p-24f);

	v = vec_clamp(v, vec_set1(-104.0f), vec_set1(32.0f));	/* beyond, it is 0 or 1 */
	vec k = nearest_multiple(v, -0x1.715476p+0f), power = vec_scale(one, k);
	vec w = vec_madd(k, vec_set1(0x1.62ep-1f), v);		/* ln 2 in two parts, the first short enough for exact products */
	w = vec_madd(k, vec_set1(0x1.0bfbe8p-15f), w);
	vec m = horner(vec_set1(0x1.6a2352p-10f), w, -0x1.123a6cp-7f);
	m = horner(horner(m, w, 0x1.5558f4p-5f), w, -0x1.555490p-3f);
	m = vec_mul(horner(horner(m, w, 0x1.fffffcp-2f), w, -1.0f), w);
	return vec_div(one, vec_madd(power, m, vec_add(power, one)));
}

/*
 * h / (1 + h) with h = (exp(2 |v|) - 1) / 2, and the sign of v. With w what is left of 2 |v|, q = exp(w) - 1 is exact in relative error,
 * and so is h = (2^k - 1) / 2 + 2^k / 2 q where v is small, since k is 0 there. The quotient is taken as a correction, of 1 from h = 1 on,
 * of h below: n - n * n / (1 + h) with n = min(h, 1), so that the errors of the denominator and of the division count less.
 */
LN_INLINE vec vec_tanh(vec v)
{
	vec a = vec_clamp(vec_abs(v), vec_set1(0.0f), vec_set1(10.0f));	/* beyond, it is 1 */
	vec k = nearest_multiple(a, 0x1.715476p+1f), half = vec_scale(vec_set1(0.5f), k);
	vec w = vec_madd(k, vec_set1(-0x1.62e43p-1f), vec_add(a, a));
	vec q = horner(vec_set1(0x1.6bebf0p-10f), w, 0x1.1227f6p-7f);
	q = horner(horner(horner(q, w, 0x1.555674p-5f), w, 0x1.5554b0p-3f), w, 0x1.fffffep-2f);
	q = vec_madd(q, vec_mul(w, w), w);
	vec h = vec_madd(half, q, vec_sub(half, vec_set1(0.5f))), n = vec_clamp(h, vec_set1(0.0f), vec_set1(1.0f));
	vec minus_quotient = vec_div(n, vec_sub(vec_set1(-1.0f), h));
	return vec_with_sign(vec_madd(n, minus_quotient, n), v);
}

LN_INLINE void activate(size_t n, const float *x, float *y, bool is_tanh)
{
	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		vec v = elem_load_lanes(x + i, part, LN_F32);
		elem_store_lanes(y + i, vec_quiet(is_tanh ? vec_tanh(v) : vec_sigmoid(v)), part, LN_F32);
	}
}

static void LN_NAME(sigmoid_f32)(size_t n, const float *x, float *y) { activate(n, x, y, false); }
static void LN_NAME(tanh_f32)(size_t n, const float *x, float *y) { activate(n, x, y, true); }

#endif
