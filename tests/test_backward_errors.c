/*
 * test_backward_errors.c - what ln_backward() and ln_backward_ext() refuse, in which order, and that a refusal writes nothing
 */
#include "backward_refuse.h"
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(descriptor)
{
	const uint64_t most = UINT64_MAX, half = (uint64_t)1 << 63;

	EXPECT_WITH(LN_OK, 0, (void)d);
	EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = 8);
	EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = 0);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.norm = 2);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 0x200);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 0x80000000);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_ROW_SCALE);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING | LN_ACCUMULATE);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING, d.rows_per_param = 2);
	EXPECT_WITH(LN_OK, 0, d.flags = LN_RUNNING, d.rows_per_param = GRAD_ROWS);
	for (uint32_t type = LN_I8; type <= LN_F8_E5M2 + 1; type++) {
		EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.y_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.param_type = type);
	}
	EXPECT_WITH(LN_ERR_TYPE, 0, d.y_type = LN_F64);
	EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = LN_F64, d.y_type = LN_F32);
	EXPECT_WITH(LN_ERR_TYPE, OF(GDSUM), d.sum_type = LN_F64);
	EXPECT_WITH(LN_ERR_TYPE, OF(GGATE), d.x_type = LN_F64);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = most);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows = d.cols = (uint64_t)1 << 32);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.x_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.y_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, OF(GGATE), d.gate_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, OF(GDSUM), d.sum_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = 4);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.x_stride = 1);			/* the rows of dx would overlap */
	EXPECT_WITH(LN_ERR_UNSUPPORTED, 0, d.cols_per_param = 2);
	EXPECT_WITH(LN_ERR_UNSUPPORTED, 0, d.rows_per_param = 1, d.param_rows = 3);
	EXPECT_WITH(LN_ERR_EPS, 0, d.eps = -1);
	EXPECT_WITH(LN_ERR_EPS, 0, d.eps = (double)NAN);
	EXPECT_WITH(LN_ERR_EPS, 0, d.eps = (double)INFINITY);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows = 0, d.cols = 0);
	EXPECT_WITH(LN_ERR_EPS, 0, d.rows = 0, d.eps = -1);
}
END_TEST

/* Bytes after those that are known: 0 is accepted, anything else is not. */
START_TEST(longer_descriptor)
{
	struct { ln_desc d; char more[16]; } longer = {grad_good_desc(), {0}};
	struct grad_call c = grad_good_call(LN_F32, 0);

	longer.d.struct_size = sizeof longer;
	grad_refuse(LN_OK, &c, &longer.d, "a longer descriptor");
	longer.more[15] = 1;
	grad_refuse(LN_ERR_DESC, &c, &longer.d, "a longer descriptor that says something");
	grad_free(&c);
}
END_TEST

/* The first fault in ln.h's order is the one returned. */
START_TEST(order)
{
	EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = 8, d.flags = 0x200, d.x_type = 99);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 0x200, d.x_type = 99);
	EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = 99, d.cols = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = 0, d.eps = -1);
	struct grad_call c = grad_good_call(LN_F32, 0);
	ln_desc d = grad_good_desc();
	c.b.x = NULL;
	d.eps = -1;
	grad_refuse(LN_ERR_EPS, &c, &d, "eps, then NULL");
	d.eps = 0;
	*grad_slot(&c.b, GDX) = (char *)c.b.dy + 4;
	grad_refuse(LN_ERR_NULL, &c, &d, "NULL, then overlap");
	grad_free(&c);
}
END_TEST

static void expect_without(int want, uint32_t norm, unsigned absent, unsigned more)
{
	struct grad_call c = grad_good_call(LN_F32, more);

	c.b.d.norm = norm;
	for (int t = 0; t < GRAD_TENSORS; t++)
		if (absent & OF(t))
			*grad_slot(&c.b, (enum grad_tensor)t) = NULL;
	grad_refuse(want, &c, &c.b.d, "without some tensors");
	grad_free(&c);
}

START_TEST(null)
{
	struct grad_call c = grad_good_call(LN_F32, 0);

	ck_assert_int_eq(grad_refusal(&c, NULL, NULL, 0, "no descriptor"), LN_ERR_NULL);
	ck_assert_uint_eq(ln_backward_workspace_size(NULL), 0);
	ck_assert_uint_eq(ln_backward_ext_workspace_size(NULL), 0);
	grad_free(&c);
	for (uint32_t norm = LN_LAYERNORM; norm <= LN_RMSNORM; norm++) {
		expect_without(LN_ERR_NULL, norm, OF(GX), 0);
		expect_without(LN_ERR_NULL, norm, OF(GDY), 0);
		expect_without(LN_ERR_NULL, norm, OF(GDX) | OF(GDGAMMA) | OF(GDBETA), 0);
		expect_without(LN_OK, norm, OF(GDX) | OF(GDGAMMA), 0);
		expect_without(LN_OK, norm, OF(GDBETA) | OF(GDGAMMA), 0);
		expect_without(LN_OK, norm, OF(GDX) | OF(GDBETA), 0);
		expect_without(LN_OK, norm, OF(GMEAN) | OF(GRSTD) | OF(GGAMMA), 0);
		expect_without(LN_ERR_NULL, norm, OF(GGATE), GRAD_GATED);
		expect_without(LN_OK, norm, OF(GBETA), GRAD_GATED);
		expect_without(LN_OK, norm, OF(GDGATE), GRAD_GATED);
	}
	expect_without(LN_OK, LN_RMSNORM, OF(GMEAN), 0);
}
END_TEST

/* Nothing is looked at, and nothing is written. */
START_TEST(no_rows)
{
	ln_desc d = grad_good_desc();

	d.rows = 0;
	ck_assert_int_eq(ln_backward(&d, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0), LN_OK);
	struct grad_call c = grad_good_call(LN_F32, 0), before = grad_clone(&c);
	grad_refuse(LN_OK, &c, &d, "no rows");
	ck_assert(memcmp(c.arena, before.arena, c.bytes) == 0);
	grad_free(&c);
	grad_free(&before);
}
END_TEST

/* A workspace of the size asked for, one byte less, none at all, and one that is not aligned. */
static void check_workspace(uint32_t flags, size_t cols)
{
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 70, cols);
	d.flags = flags;
	struct grad_call c = grad_make(&d, GRAD_PLAIN);
	grad_fill(&c, row_kind(0), 1);
	size_t size = ln_backward_workspace_size(&d);
	unsigned char *workspace = memset(elements(LN_U8, GRAD_ROOM), 0, GRAD_ROOM);

	ck_assert_uint_gt(size, 0);
	ck_assert_uint_le(size, GRAD_ROOM - 8);
	ck_assert_int_eq(grad_refusal(&c, &d, workspace, size - 1, "a workspace too small"), LN_ERR_WORKSPACE);
	ck_assert_int_eq(grad_refusal(&c, &d, workspace, 0, "a workspace of size 0"), LN_ERR_WORKSPACE);
	ck_assert_int_eq(grad_refusal(&c, &d, NULL, size, "no workspace"), LN_ERR_WORKSPACE);
	for (size_t by = 1; by < 8; by++)
		ck_assert_int_eq(grad_refusal(&c, &d, workspace + by, size, "not aligned"), LN_ERR_WORKSPACE);
	ck_assert_int_eq(grad_refusal(&c, &d, workspace + 8, size, "aligned"), LN_OK);
	*grad_slot(&c.b, GDGAMMA) = *grad_slot(&c.b, GDBETA) = NULL;
	ck_assert_int_eq(grad_refusal(&c, &d, NULL, 0, "none is needed for dx alone"), LN_OK);
	free(workspace);
	grad_free(&c);
}

START_TEST(workspace)
{
	check_workspace(0, 1025);
	check_workspace(LN_RUNNING, 1025);
	check_workspace(LN_RUNNING, 5);
	for (size_t cols = 1; cols <= LN_BLOCK; cols++)
		for (size_t rows = 1; rows < 1000; rows += 99) {
			ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, rows, cols);
			ck_assert_uint_eq(ln_backward_workspace_size(&d), 0);
		}
}
END_TEST

/* The forward knows none of the flags that are for the backward alone. */
START_TEST(flags_of_the_backward)
{
	float x[GRAD_ROWS * GRAD_COLS] = {0}, y[GRAD_ROWS * GRAD_COLS];

	for (uint32_t flag = LN_ACCUMULATE; flag <= LN_GRADS_AS_PARAMS; flag *= 2) {
		ln_desc d = grad_good_desc();
		d.flags = flag;
		ck_assert_int_eq(ln_forward(&d, x, NULL, NULL, NULL, y, NULL, NULL, NULL), LN_ERR_FLAGS);
	}
}
END_TEST

Suite *suite_backward_errors(void)
{
	Suite *suite = suite_create("backward_errors");
	TCase *tc = add_case(suite, "backward_errors");

	tcase_add_test(tc, descriptor);
	tcase_add_test(tc, longer_descriptor);
	tcase_add_test(tc, order);
	tcase_add_test(tc, null);
	tcase_add_test(tc, no_rows);
	tcase_add_test(tc, workspace);
	tcase_add_test(tc, flags_of_the_backward);
	return suite;
}
