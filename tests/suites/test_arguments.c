/*
 * test_arguments.c - what ln_forward() refuses of sizes, strides, eps, scale and pointers, in which order
 */
#include "refuse.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Numbers ---- */

START_TEST(eps_and_scale)
{
	static const double bad_eps[] = {-1, -5e-324, (double)INFINITY, -(double)INFINITY, (double)NAN};
	static const double bad_scale[] = {-1, (double)INFINITY, (double)NAN, -0x1p-149, 0x1p-160, 1e39, -1e300};

	for (size_t i = 0; i < sizeof bad_eps / sizeof bad_eps[0]; i++)
		EXPECT_WITH(LN_ERR_EPS, 0, d.eps = bad_eps[i]);
	for (size_t i = 0; i < sizeof bad_scale / sizeof bad_scale[0]; i++)
		for (size_t t = FAMILY; t < Y_TYPES; t++)
			EXPECT_WITH(LN_ERR_SCALE, 0, d.y_type = y_types[t], d.y_scale = bad_scale[i]);
	EXPECT_WITH(LN_OK, 0, d.y_type = LN_I8, d.y_scale = 0x1p-149);
	EXPECT_WITH(LN_OK, 0, d.y_type = LN_I8, d.y_scale = (double)FLT_MAX);
	EXPECT_WITH(LN_ERR_SCALE, 0, d.y_type = LN_I8, d.y_zero_point = 128);
	EXPECT_WITH(LN_ERR_SCALE, 0, d.y_type = LN_I8, d.y_zero_point = -129);
	EXPECT_WITH(LN_ERR_SCALE, 0, d.y_type = LN_U8, d.y_zero_point = 256);
	EXPECT_WITH(LN_ERR_SCALE, 0, d.y_type = LN_U8, d.y_zero_point = -1);
	EXPECT_WITH(LN_OK, 0, d.y_type = LN_I8, d.y_zero_point = -128);
	EXPECT_WITH(LN_OK, 0, d.y_type = LN_U8, d.y_zero_point = 255);
}
END_TEST

START_TEST(shape)
{
	const uint64_t most = UINT64_MAX, half = (uint64_t)1 << 63;

	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = 0, d.rows = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = most);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows = most);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows = half, d.cols = 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows = d.cols = (uint64_t)1 << 32);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = (uint64_t)1 << 61, d.rows = 1);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.x_stride = most - 1);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.x_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.residual_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.y_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.sum_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, WITH(GATE), d.gate_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = 3, d.x_head_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = 3, d.y_head_stride = most - 7);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = 4);		/* 6 rows */
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = 7);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = most);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows_per_param = 1, d.param_stride = half / 2);
	EXPECT_WITH(LN_OK, 0, d.heads = 3);
	EXPECT_WITH(LN_OK, 0, d.cols_per_param = 2);
}
END_TEST

/* Strides at which rows of an output overlap; inputs may. */
START_TEST(rows_of_an_output_may_not_overlap)
{
	static const uint64_t strides[] = {1, 4, REFUSE_COLS - 1};

	for (size_t i = 0; i < sizeof strides / sizeof strides[0]; i++) {
		ln_desc d = refuse_good_desc();
		struct call c = refuse_good_call(LN_F32, 0);
		int by_y, by_sum;
		d.y_stride = strides[i];
		by_y = refuse_run(&c.f, &d);
		d.y_stride = 0;
		d.sum_stride = strides[i];
		by_sum = refuse_run(&c.f, &d);
		ck_assert_msg(by_y == LN_ERR_SHAPE || by_y == LN_ERR_OVERLAP, "y_stride %d is %d", (int)strides[i], by_y);
		ck_assert_msg(by_sum == LN_ERR_SHAPE || by_sum == LN_ERR_OVERLAP, "sum_stride %d is %d", (int)strides[i], by_sum);
		call_free(&c);
	}
	EXPECT_WITH(LN_OK, 0, d.x_stride = 1);
	EXPECT_WITH(LN_OK, 0, d.residual_stride = 3);
}
END_TEST

/* ---- Pointers ---- */

static void expect_without(int want, unsigned flags, unsigned gone, const char *what)
{
	struct call c = refuse_good_call(LN_F32, 0);
	ln_desc d = refuse_good_desc();

	d.flags = flags;
	for (int t = 0; t < TENSORS; t++)
		if (gone & WITH(t))
			*call_slot(&c.f, (enum tensor)t) = NULL;
	refuse_expect(want, &c, &d, what);
	call_free(&c);
}

START_TEST(null)
{
	expect_without(LN_ERR_NULL, 0, WITH(X), "x NULL");
	expect_without(LN_OK, 0, WITH(RESIDUAL), "residual NULL");
	expect_without(LN_OK, 0, WITH(GAMMA) | WITH(BETA), "parameters NULL");
	expect_without(LN_OK, 0, WITH(SUM) | STATS, "y alone");
	expect_without(LN_OK, 0, WITH(Y) | WITH(SUM) | WITH(MEAN), "rstd alone");
	expect_without(LN_OK, 0, WITH(Y) | STATS, "sum alone");
	expect_without(LN_ERR_NULL, 0, WITH(Y) | WITH(SUM) | STATS, "nothing to put out");
	expect_without(LN_ERR_NULL, LN_STATS_GIVEN, WITH(RSTD), "rstd given, but NULL");
	expect_without(LN_ERR_NULL, LN_STATS_GIVEN, WITH(MEAN), "mean given, but NULL");
	expect_without(LN_OK, LN_STATS_GIVEN, WITH(GAMMA), "statistics given");
}
END_TEST

/* With no rows pointers are not looked at; all before them is. */
START_TEST(no_rows)
{
	struct forward nothing = {.x = NULL};
	ln_desc d = refuse_good_desc();

	d.rows = 0;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_OK);
	d.flags = LN_STATS_GIVEN;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_OK);
	d.eps = -1;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_ERR_EPS);
	d.cols = 0;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_ERR_SHAPE);
	d.x_type = 77;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_ERR_TYPE);
	d.flags = 1u << 31;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_ERR_FLAGS);
	d.struct_size = 3;
	ck_assert_int_eq(refuse_run(&nothing, &d), LN_ERR_DESC);
}
END_TEST

Suite *suite_arguments(void)
{
	Suite *suite = suite_create("arguments");
	TCase *tc = add_case(suite, "arguments");

	tcase_add_test(tc, eps_and_scale);
	tcase_add_test(tc, shape);
	tcase_add_test(tc, rows_of_an_output_may_not_overlap);
	tcase_add_test(tc, null);
	tcase_add_test(tc, no_rows);
	return suite;
}
