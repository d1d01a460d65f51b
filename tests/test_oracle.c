/*
 * test_oracle.c - the oracle itself, on rows whose answer is known in closed form, and its measure of error on known errors
 */
#include "lntest.h"
#include "ref.h"

#include <float.h>
#include <math.h>

/* 1 ... n: mean (n+1)/2, variance (n^2-1)/12. Nothing but the last bits of a quad may differ. */
START_TEST(of_1_to_n)
{
	float x[COLUMNS_MAX];

	for (size_t i = 0; column_count(i) != 0; i++) {
		quad n = (quad)column_count(i), variance = (n * n - 1) / 12;
		for (size_t c = 0; c < column_count(i); c++)
			x[c] = (float)(c + 1);
		struct ref_stats s = ref_statistics(column_count(i), x, 0.25);
		ck_assert(s.mean == (n + 1) / 2);
		ck_assert(fabs((double)(s.var - variance)) <= 0x1p-100 * (double)variance);
		ck_assert(fabs((double)(s.rstd * s.rstd * (variance + (quad)0.25) - 1)) < 0x1p-100);
	}
}
END_TEST

/* Moving a row of small integers by 2^23, and scaling it by a power of two, are exact: xhat does not change. */
START_TEST(shift_and_scale_do_not_show)
{
	float x[300], far[300];
	struct ref_value exact[300], exact_far[300];
	struct rng r = rng_make(7, 0);

	for (size_t c = 0; c < 300; c++) {
		x[c] = (float)rng_below(&r, 1000);
		far[c] = ldexpf(x[c] + 0x1p23f, -90);
	}
	ref_layernorm(300, x, NULL, NULL, 0, exact);
	ref_layernorm(300, far, NULL, NULL, 0, exact_far);
	for (size_t c = 0; c < 300; c++)
		ck_assert(fabs((exact[c].hi - exact_far[c].hi) + (exact[c].lo - exact_far[c].lo)) < 0x1p-90);
}
END_TEST

START_TEST(no_variance_is_beta)
{
	float x[3] = {0.1f, 0.1f, 0.1f}, gamma[3] = {1, -2, FLT_MAX}, beta[3] = {3, 4, 5};
	struct ref_value exact[3];

	ref_layernorm(3, x, gamma, beta, 0, exact);
	for (size_t c = 0; c < 3; c++)
		ck_assert(exact[c].hi == (double)beta[c] && exact[c].lo == 0);
}
END_TEST

static struct ref_error error_of(double hi, double lo, double unit, float y)
{
	struct ref_value exact = {hi, lo, unit};

	return ref_compare(1, &exact, &y);
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

Suite *suite_oracle(void)
{
	Suite *suite = suite_create("oracle");
	TCase *tc = add_case(suite, "oracle");

	tcase_add_test(tc, of_1_to_n);
	tcase_add_test(tc, shift_and_scale_do_not_show);
	tcase_add_test(tc, no_variance_is_beta);
	tcase_add_test(tc, errors_are_measured_in_units);
	tcase_add_test(tc, infinity_is_right_only_past_the_largest_float);
	return suite;
}
