/*
 * test_oracle.c - the oracle itself, on rows whose answer is known in closed form, and its measure of error on known errors; and
 * the conversions of types that oracle and model share, at every value and every midpoint
 */
#include "lntest.h"
#include "ref.h"

#include <float.h>
#include <math.h>

static struct ref_row row_of(size_t cols, const double *x)
{
	return (struct ref_row){.cols = cols, .x_type = LN_F32, .u = 0x1p-24, .x = x};
}

static void solve_row(size_t cols, const double *x, struct ref_value *exact)
{
	struct ref_row row = row_of(cols, x);
	struct ref_stats s = ref_statistics(&row);

	ref_solve(&row, &s, exact);
}

/* 1 ... n: mean (n+1)/2, variance (n^2-1)/12. Nothing but the last bits of a quad may differ. */
START_TEST(of_1_to_n)
{
	double x[COLUMNS_MAX];

	for (size_t i = 0; column_count(i) != 0; i++) {
		quad n = (quad)column_count(i), variance = (n * n - 1) / 12, square = (n + 1) * (2 * n + 1) / 6;
		struct ref_row row = row_of(column_count(i), x);
		row.eps = 0.25;
		for (size_t c = 0; c < row.cols; c++)
			x[c] = (double)(c + 1);
		struct ref_stats s = ref_statistics(&row);
		row.norm = LN_RMSNORM;
		struct ref_stats rms = ref_statistics(&row);
		ck_assert(rms.base + rms.offset == 0);
		ck_assert(fabs((double)(rms.rstd * rms.rstd * (square + (quad)0.25) - 1)) < 0x1p-100);
		ck_assert(fabs((double)(s.base + s.offset - (n + 1) / 2)) <= 0x1p-100 * (double)n);
		ck_assert(fabs((double)(s.var - variance)) <= 0x1p-100 * (double)variance);
		ck_assert(fabs((double)(s.rstd * s.rstd * (variance + (quad)0.25) - 1)) < 0x1p-100);
	}
}
END_TEST

/* Moving a row of small integers by 2^52, and scaling it by a power of two, are exact: xhat does not change. */
START_TEST(shift_and_scale_do_not_show)
{
	double x[300], far[300];
	struct ref_value exact[300], exact_far[300];
	struct rng r = rng_make(7, 0);

	for (size_t c = 0; c < 300; c++) {
		x[c] = (double)rng_below(&r, 1000);
		far[c] = ldexp(x[c] + 0x1p52, -900);	/* the squares are no doubles */
	}
	solve_row(300, x, exact);
	solve_row(300, far, exact_far);
	for (size_t c = 0; c < 300; c++)
		ck_assert(fabs((exact[c].hi - exact_far[c].hi) + (exact[c].lo - exact_far[c].lo)) < 0x1p-90);
}
END_TEST

START_TEST(no_variance_is_beta)
{
	double x[3] = {0.1, 0.1, 0.1}, gamma[3] = {1, -2, DBL_MAX}, beta[3] = {3, 4, 5};
	struct ref_value exact[3];
	struct ref_row row = row_of(3, x);
	struct ref_stats s = ref_statistics(&row);

	row.gamma = gamma;
	row.beta = beta;
	ref_solve(&row, &s, exact);
	for (size_t c = 0; c < 3; c++)
		ck_assert(exact[c].hi == beta[c] && exact[c].lo == 0);
}
END_TEST

static struct ref_error error_of(double hi, double lo, double unit, float y)
{
	struct ref_value exact = {hi, lo, unit, 0};

	return ref_compare((struct ref_type){LN_F32, 1, 0, false}, 1, &exact, &y, 0);
}

/* Around 1.5 floats are 2^-23 apart, and half of that is forgiven. */
START_TEST(errors_are_measured_in_units)
{
	const double unit = 0x1p-24 * 1.5;

	ck_assert(error_of(1.5, 0, unit, 1.5f).raw == 0);
	ck_assert(error_of(1.5, -0.75 * 0x1p-60, 0x1p-60, 1.5f).raw == 0.75);
	ck_assert(error_of(1.5 + 6 * unit, 0, unit, 1.5f).raw == 6);
	ck_assert(error_of(1.5 - 6 * unit, 0, unit, 1.5f).raw == 6);
	ck_assert(fabs(error_of(1.5 + 6 * unit, 0, unit, 1.5f).rounded - (6 - 0x1p-24 / unit)) < 1e-12);
	ck_assert(error_of(1.5 + 0x1p-25, 0, unit, 1.5f).rounded == 0);
	ck_assert(error_of(0x1p-150, 0, 1e-60, 0).rounded == 0);
	ck_assert(error_of(1, 0, 0, 1).raw == 0);
	ck_assert(isinf(error_of(1, 0, 0, 1 + FLT_EPSILON).raw));
	ck_assert(isinf(error_of(1, 0, unit, NAN).raw) && isinf(error_of(1, 0, unit, NAN).rounded));
}
END_TEST

START_TEST(infinity_is_right_only_past_the_largest_float)
{
	const double unit = 0x1p104;

	ck_assert(error_of(1e39, 0, unit, INFINITY).raw == 0);
	ck_assert(error_of(-1e39, 0, unit, -INFINITY).raw == 0);
	ck_assert(error_of(1e39, 0, unit, -INFINITY).raw > 1e6);
	ck_assert(error_of(1e39, 0, unit, FLT_MAX).raw > 1e6);
	ck_assert(error_of(1e38, 0, unit, INFINITY).raw > 1e6);
	ck_assert(error_of(FLT_MAX, 0, unit, FLT_MAX).raw == 0);
	ck_assert(error_of(FLT_MAX, 0, unit, INFINITY).raw == 0.5);
}
END_TEST

/* silu against closed forms: silu(0) = 0, silu(g) - silu(-g) = g, and silu(ln 3) = 3/4 ln 3. */
START_TEST(silu_of_known_values)
{
	double x[2] = {0, 2}, beta[2] = {3, 3}, gates[2];
	struct ref_value exact[2];
	struct ref_row row = row_of(2, x);
	struct ref_stats s = ref_statistics(&row);
	struct rng r = rng_make(8, 0);

	row.beta = beta;
	row.gate = gates;
	for (int i = 0; i < 1000; i++) {
		gates[0] = gates[1] = ldexp(rng_normal(&r), i % 12 - 4);
		ref_solve(&row, &s, exact);
		double plus = exact[0].hi / 2, gate = gates[0];		/* y = 3 - 1 = 2 before the gate */
		gates[0] = gates[1] = -gate;
		ref_solve(&row, &s, exact);
		ck_assert(fabs(plus - exact[0].hi / 2 - gate) <= 0x1p-50 * fabs(gate));
		ck_assert(exact[1].hi == 2 * exact[0].hi);
	}
	gates[0] = 0;
	gates[1] = 0x1.193ea7aad030bp+0;	/* ln 3 */
	ref_solve(&row, &s, exact);
	ck_assert(exact[0].hi == 0 && fabs(exact[1].hi - 3 * gates[1]) < 1e-15);
}
END_TEST

/* A value, its neighbours and the midpoints between them: the nearest pattern is known without any rounding. */
static void check_rounding(uint32_t type, uint32_t pattern)
{
	double v = type_value(type, pattern), next = type_value(type, pattern + 1), middle;

	if (!isfinite(v))
		return;
	ck_assert_uint_eq(type_pattern(type, v), pattern);
	if (!isfinite(next))	/* the value that would follow, were there one more exponent */
		next = v + 2 * ref_half_ulp(type, v);
	middle = v + (next - v) / 2;
	uint32_t above = isfinite(type_value(type, pattern + 1)) || type_size(type) == 2 ? pattern + 1 : pattern;
	ck_assert_uint_eq(type_pattern(type, middle), pattern % 2 ? above : pattern);
	ck_assert_uint_eq(type_pattern(type, nextafter(middle, 0)), pattern);
	ck_assert_uint_eq(type_pattern(type, nextafter(middle, 1e300)), above);
	ck_assert_uint_eq(type_pattern(type, -middle), type_pattern(type, middle) | (type_size(type) == 1 ? 0x80 : 0x8000));
}

START_TEST(types_round_to_the_nearest)
{
	for (size_t t = 1; t < Y_TYPES - Y_INTEGERS; t++)		/* the first is float */
		for (uint32_t pattern = 0; pattern < 1u << (8 * type_size(y_types[t]) - 1); pattern++)
			check_rounding(y_types[t], pattern);
}
END_TEST

/* A few values by hand, from the standards: IEEE 754, bfloat16, OCP OFP8. */
START_TEST(types_have_their_values)
{
	static const struct { uint32_t type, pattern; double value; } known[] = {
		{LN_BF16, 0x3f80, 1}, {LN_BF16, 0x0001, 0x1p-133}, {LN_BF16, 0x7f7f, 0x1.fep127}, {LN_BF16, 0xc049, -3.140625},
		{LN_F16, 0x3c00, 1}, {LN_F16, 0x0001, 0x1p-24}, {LN_F16, 0x7bff, 65504}, {LN_F16, 0x0400, 0x1p-14},
		{LN_F8_E4M3, 0x38, 1}, {LN_F8_E4M3, 0x01, 0x1p-9}, {LN_F8_E4M3, 0x7e, 448}, {LN_F8_E4M3, 0x88, -0x1p-6},
		{LN_F8_E5M2, 0x3c, 1}, {LN_F8_E5M2, 0x01, 0x1p-16}, {LN_F8_E5M2, 0x7b, 57344}, {LN_F8_E5M2, 0x04, 0x1p-14},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		ck_assert(type_value(known[i].type, known[i].pattern) == known[i].value);
	ck_assert(isnan(type_value(LN_F8_E4M3, 0x7f)) && isnan(type_value(LN_F8_E5M2, 0x7d)) && isnan(type_value(LN_F16, 0x7c01)));
	ck_assert(isinf(type_value(LN_F16, 0xfc00)) && isinf(type_value(LN_BF16, 0x7f80)));
	ck_assert_uint_eq(type_pattern(LN_F16, 1e9), 0x7c00);
	ck_assert_uint_eq(type_pattern(LN_F8_E4M3, (double)INFINITY), 0x7e);
	ck_assert_uint_eq(type_pattern(LN_F8_E5M2, -1e9), 0xfb);
}
END_TEST

Suite *suite_oracle(void)
{
	Suite *suite = suite_create("oracle");
	TCase *tc = add_case(suite, "oracle");

	tcase_add_test(tc, of_1_to_n);
	tcase_add_test(tc, shift_and_scale_do_not_show);
	tcase_add_test(tc, no_variance_is_beta);
	tcase_add_test(tc, errors_are_measured_in_units);
	tcase_add_test(tc, infinity_is_right_only_past_the_largest_float);
	tcase_add_test(tc, silu_of_known_values);
	tcase_add_test(tc, types_round_to_the_nearest);
	tcase_add_test(tc, types_have_their_values);
	return suite;
}
