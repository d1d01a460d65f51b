/*
 * activation.h - the sigmoid and the hyperbolic tangent of floats, within 2 ulp: docs/numerics.md section 12
 *
 * Both take from their argument a multiple of ln 2, and the exponential of the rest by a polynomial. One division each; no other operation
 * than the vocabulary's, so the same bits at every width.
 */
#ifndef LN_ACTIVATION_H
#define LN_ACTIVATION_H

#include "elem.h"

/* 1.5 * 2^23: a float to which it was added has no fraction left, and its last bits are an integer's. */
LN_INLINE vec to_integer(void) { return vec_set1(0x1.8p+23f); }

/*
 * (exp(w) - 1 - w) / w^2 for |w| up to half of ln 2, or, with a sign of -1, (1 - exp(-w) - w) / w^2: a polynomial of degree 4 that begins
 * with 1/2, and makes the largest relative error of exp(w) - 1 least (Remez). In pairs (Estrin), since a vector's chain of operations
 * is what a step waits for.
 */
LN_INLINE vec exp_rest(vec w, vec w2, float sign)
{
	vec low = vec_madd(w, vec_set1(0x1.5554b6p-3f), vec_set1(sign * 0.5f));
	vec high = vec_madd(w, vec_set1(0x1.1223eep-7f), vec_set1(sign * 0x1.5555bap-5f));

	high = vec_madd(w2, vec_set1(sign * 0x1.6c5582p-10f), high);
	return vec_madd(high, w2, low);
}

/*
 * 1 / (1 + exp(-v)) = 1 / (1 + 2^k - 2^k m) with m = 1 - exp(-w), numerator and denominator taken times 1.875 * 2^-24. The power of two keeps
 * the exponential of all arguments whose sigmoid is a float, denormals too, a normal number. The 1.875 keeps the errors of the sum of
 * 1 and 2^k, which for k from 21 to 26 is no float, and those of the denominator, away from where an ulp of the quotient is smallest.
 */
LN_INLINE vec vec_sigmoid(vec v)
{
	const vec one = vec_set1(0x1.ep-24f);

	v = vec_clamp(v, vec_set1(-104.0f), vec_set1(32.0f));	/* beyond, it is 0 or 1 */
	vec s = vec_madd(v, vec_set1(-0x1.715476p+0f), to_integer()), k = vec_sub(s, to_integer());
	vec minus_power = vec_scale(vec_set1(-0x1.ep-24f), s), w = vec_madd(k, vec_set1(0x1.62ep-1f), v);
	w = vec_madd(k, vec_set1(0x1.0bfbe8p-15f), w);	/* ln 2 in two parts, the first short enough for exact products */
	vec w2 = vec_mul(w, w), m = vec_madd(exp_rest(w, w2, -1.0f), w2, w);

	return vec_div(one, vec_madd(minus_power, m, vec_sub(one, minus_power)));
}

/*
 * h / (1 + h) with h = (exp(2 |v|) - 1) / 2, and the sign of v. With w what is left of 2 |v|, h = (2^k - 1 + 2^k w) / 2 + 2^k / 2 w^2 p(w) is exact
 * in relative error where v is small, since k is 0 there. The quotient is taken as a correction, of 1 from h = 1 on, of h below:
 * n - n * n / (1 + h) with n = min(h, 1), so that the errors of the denominator and of the division count less.
 */
LN_INLINE vec vec_tanh(vec v)
{
	vec a = vec_at_most(vec_abs(v), vec_set1(10.0f));	/* beyond, it is 1 */
	vec s = vec_madd(a, vec_set1(0x1.715476p+1f), to_integer()), k = vec_sub(s, to_integer()), half = vec_scale(vec_set1(0.5f), s);
	vec w = vec_madd(k, vec_set1(-0x1.62e43p-1f), vec_add(a, a)), w2 = vec_mul(w, w);
	vec h = vec_madd(half, w, vec_sub(half, vec_set1(0.5f)));
	h = vec_madd(vec_mul(half, w2), exp_rest(w, w2, 1.0f), h);
	vec n = vec_at_most(h, vec_set1(1.0f)), minus_quotient = vec_div(n, vec_sub(vec_set1(-1.0f), h));

	return vec_with_sign(vec_madd(n, minus_quotient, n), v);
}

/* What a gate is multiplied with, and its derivative, from the sigmoid of v; `activation` is a constant. */
LN_INLINE vec vec_activated(vec v, vec sigma, enum activation activation) { return activation == SILU ? vec_mul(v, sigma) : sigma; }

LN_INLINE vec vec_slope(vec v, vec sigma, enum activation activation)
{
	vec rest = vec_sub(vec_set1(1.0f), sigma);
	return vec_mul(sigma, activation == SILU ? vec_madd(v, rest, vec_set1(1.0f)) : rest);
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
