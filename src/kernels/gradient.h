/* gradient.h - the gradients of a few rows of floats: docs/numerics.md sections 10 and 11 */
#ifndef LN_GRADIENT_H
#define LN_GRADIENT_H

#include "gradient_dx.h"
#include "gradient_trees.h"
#include "plain.h"

/* Narrow registers gain nothing from rows that go together. */
LN_INLINE bool gradient_scales_of(bool has_mean, uint32_t type, size_t rows, size_t cols, const void *x, size_t stride, double divisor, double eps,
				  struct row_scale *scale)
{
	struct scales s;

	if (vec_lanes() < 8 || !scales_together(has_mean, type, x, stride, rows, cols, divisor, eps, &s))
		return false;
	for (size_t r = 0; r < rows; r++)
		scale[r] = (struct row_scale){ 1.0, (double)s.mean[r], (double)s.rstd[r], (double)s.shift[r], true };
	return true;
}

static bool LN_NAME(gradient_scales)(uint32_t type, size_t rows, size_t cols, const void *x, size_t stride, double divisor, double eps,
					struct row_scale *scale)
{
	return type == LN_BF16 ? gradient_scales_of(HAS_MEAN, LN_BF16, rows, cols, x, stride, divisor, eps, scale)
			       : gradient_scales_of(HAS_MEAN, LN_F32, rows, cols, x, stride, divisor, eps, scale);
}

static bool LN_NAME(gradient_rms_scales)(uint32_t type, size_t rows, size_t cols, const void *x, size_t stride, double divisor, double eps,
					struct row_scale *scale)
{
	return type == LN_BF16 ? gradient_scales_of(NO_MEAN, LN_BF16, rows, cols, x, stride, divisor, eps, scale)
			       : gradient_scales_of(NO_MEAN, LN_F32, rows, cols, x, stride, divisor, eps, scale);
}

/* The norm of n lanes, before its gate. */
LN_INLINE vec gradient_norm(const struct gradient_constants *k, const float *x, const float *gamma, const float *beta, size_t n)
{
	return vec_madd(gradient_xhat(elem_load_lanes(x, n, LN_F32), k, false), gamma ? elem_load_lanes(gamma, n, LN_F32) : vec_set1(1.0f),
			beta ? elem_load_lanes(beta, n, LN_F32) : vec_set1(0.0f));
}

/* The gated form, n lanes from `at` on: dn takes the place of dy, and dgate is done. */
LN_INLINE void gate_gradient_lanes(const struct gradient_constants *k, const float *x, const float *gamma, const float *beta, const float *gate,
				   const float *dy, float *dn, float *dgate, size_t n, enum activation activation)
{
	vec g = elem_load_lanes(gate, n, LN_F32), d = elem_load_lanes(dy, n, LN_F32), sigma = vec_sigmoid(g);
	vec normal = gradient_norm(k, x, gamma, beta, n);

	elem_store_lanes(dgate, vec_mul(vec_mul(d, normal), vec_slope(g, sigma, activation)), n, LN_F32);
	elem_store_lanes(dn, vec_mul(d, vec_activated(g, sigma, activation)), n, LN_F32);
}

LN_INLINE void gradient_gate(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta, const float *gate,
			     const float *dy, float *dn, float *dgate, enum activation activation)
{
	const struct gradient_constants k = gradient_constants(scale, 0.0, 0.0);

	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		gate_gradient_lanes(&k, x + i, gamma ? gamma + i : NULL, beta ? beta + i : NULL, gate + i, dy + i, dn + i, dgate + i, part,
				    activation);
	}
}

static void LN_NAME(gradient_silu_gate)(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta,
					const float *gate, const float *dy, float *dn, float *dgate)
{
	gradient_gate(n, x, scale, gamma, beta, gate, dy, dn, dgate, SILU);
}

static void LN_NAME(gradient_sigmoid_gate)(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta,
					   const float *gate, const float *dy, float *dn, float *dgate)
{
	gradient_gate(n, x, scale, gamma, beta, gate, dy, dn, dgate, SIGMOID);
}

/* Where the norm is its own gate. An infinity beside the slope's zero would be a NaN. */
LN_INLINE void gradient_activate(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta, const float *dy,
				 float *dn, enum activation activation)
{
	const struct gradient_constants k = gradient_constants(scale, 0.0, 0.0);

	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		vec v = gradient_norm(&k, x + i, gamma ? gamma + i : NULL, beta ? beta + i : NULL, part);
		v = vec_clamp(v, vec_set1(-FLT_MAX), vec_set1(FLT_MAX));
		elem_store_lanes(dn + i, vec_mul(elem_load_lanes(dy + i, part, LN_F32), vec_slope(v, vec_sigmoid(v), activation)), part, LN_F32);
	}
}

static void LN_NAME(gradient_silu)(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta, const float *dy,
				   float *dn)
{
	gradient_activate(n, x, scale, gamma, beta, dy, dn, SILU);
}

static void LN_NAME(gradient_sigmoid)(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta, const float *dy,
				      float *dn)
{
	gradient_activate(n, x, scale, gamma, beta, dy, dn, SIGMOID);
}

/* Where the gate comes before the norm: from the gradient at x * act(gate), and dx may be its place, dgate that of gate. */
LN_INLINE void gradient_product(size_t n, const float *x, const float *gate, const float *ds, float *dx, float *dgate, enum activation activation)
{
	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		vec g = elem_load_lanes(gate + i, part, LN_F32), d = elem_load_lanes(ds + i, part, LN_F32), sigma = vec_sigmoid(g);
		vec d_gate = vec_mul(vec_mul(d, elem_load_lanes(x + i, part, LN_F32)), vec_slope(g, sigma, activation));
		elem_store_lanes(dx + i, vec_mul(d, vec_activated(g, sigma, activation)), part, LN_F32);
		elem_store_lanes(dgate + i, d_gate, part, LN_F32);
	}
}

static void LN_NAME(gradient_silu_product)(size_t n, const float *x, const float *gate, const float *ds, float *dx, float *dgate)
{
	gradient_product(n, x, gate, ds, dx, dgate, SILU);
}

static void LN_NAME(gradient_sigmoid_product)(size_t n, const float *x, const float *gate, const float *ds, float *dx, float *dgate)
{
	gradient_product(n, x, gate, ds, dx, dgate, SIGMOID);
}

/* Add the sums of a block of rows to the totals. */
static void LN_NAME(gradient_total)(size_t n, const double *sums, const double *errors, double *t, double *e)
{
	(void)errors;
	(void)e;
	for (size_t i = 0; i < n; i++)
		t[i] += sums[i];
}

static void LN_NAME(narrow)(size_t n, const double *from, float *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (float)from[i];
}

#endif
