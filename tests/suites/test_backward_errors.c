/*
 * test_backward_errors.c - what ln_backward() refuses, in which order, and that a refusal writes nothing
 */
#include "backward_refuse.h"
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The descriptors are good ones. */
static void refuse_gates(void)
{
	ln_desc d = grad_good_desc();

	d.flags = LN_GATE_SELF;
	grad_refuse_desc(LN_ERR_FLAGS, d, OF(GGATE), "a gate beside the norm as its own");
	grad_refuse_desc(LN_ERR_NULL, d, OF(GDGATE), "the gradient of a gate that is the norm");
	d.flags = 0;
	d.x_type = LN_F64;
	grad_refuse_desc(LN_ERR_TYPE, d, OF(GGATE), "a gate of doubles");
}

START_TEST(descriptor)
{
	const uint64_t most = UINT64_MAX, half = (uint64_t)1 << 63;

	EXPECT_WITH(LN_OK, 0, (void)d);
	EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = 8);
	EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = 0);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.norm = norm_count());
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 0x40000000);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 0x80000000);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_ROW_SCALE);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING | LN_ACCUMULATE);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING, d.rows_per_param = 2);
	EXPECT_WITH(LN_OK, 0, d.flags = LN_RUNNING, d.rows_per_param = GRAD_ROWS);
	for (uint32_t type = 1; type < 40; type++) {
		if (type_is_known(type) && type_size(type) > 1)
			continue;
		EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.y_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.param_type = type);
	}
	EXPECT_WITH(LN_ERR_TYPE, 0, d.y_type = LN_F64);
	EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = LN_F64, d.y_type = LN_F32);
	EXPECT_WITH(LN_ERR_TYPE, OF(GDSUM), d.sum_type = LN_F64);
	refuse_gates();
	EXPECT_WITH(LN_OK, 0, d.flags = LN_GATE_SELF | LN_ROUND_BEFORE_GATE);
	EXPECT_WITH(LN_OK, OF(GGATE) | OF(GDSUM), d.flags = LN_GATE_BEFORE);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_GATE_SELF | LN_GATE_BEFORE);
	EXPECT_WITH(LN_ERR_UNSUPPORTED, 0, d.flags = LN_GATE_SELF, d.x_type = LN_F64);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = most);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows = d.cols = (uint64_t)1 << 32);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.x_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.y_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, OF(GGATE), d.gate_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, OF(GDSUM), d.sum_stride = half / 2);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.heads = 4);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.x_stride = 1);			/* the rows of dx would overlap */
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols_per_param = 3);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows_per_param = 1, d.param_rows = 3, d.param_stride = GRAD_COLS - 1);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows_per_param = GRAD_ROWS, d.param_rows = 2, d.param_stride = GRAD_COLS - 1);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows_per_param = GRAD_ROWS, d.param_rows = half / 4);
	EXPECT_WITH(LN_OK, 0, d.cols_per_param = 2);
	EXPECT_WITH(LN_OK, 0, d.cols_per_param = 2, d.flags = LN_RUNNING);
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
	EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = 8, d.flags = 0x40000000, d.x_type = 99);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 0x40000000, d.x_type = 99);
	EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = 99, d.cols = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.cols = 0, d.eps = -1);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING, d.rows_per_param = 2, d.eps = (double)NAN);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING, d.rows_per_param = 2, d.x_type = 99);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_RUNNING, d.rows_per_param = GRAD_ROWS, d.param_rows = 2, d.cols = 0);
	EXPECT_WITH(LN_ERR_SHAPE, 0, d.rows_per_param = 2, d.param_stride = GRAD_COLS - 1, d.eps = (double)NAN);
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
	grad_free(&c);
	for (uint32_t norm = 0; norm < norm_count(); norm++) {
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
		expect_without(norm_facts(norm)->has_mean ? LN_ERR_NULL : LN_OK, norm, OF(GMEAN), 0);
	}
}
END_TEST

enum { SIZE_BITS = sizeof(size_t) * 8 };

/* The least workspace that a call accepts, in bytes. */
static size_t least_workspace(const struct grad_call *c, ln_parallel_for parallel_for)
{
	static _Alignas(8) unsigned char workspace[8];
	size_t refused = 0, accepted = (size_t)1 << (SIZE_BITS > 32 ? 40 : 30);
	ln_backward_tensors t = {
		.struct_size = sizeof t, .x = c->b.x, .dy = c->b.dy, .gamma = c->b.gamma, .dx = c->b.dx, .dgamma = c->b.dgamma,
		.dbeta = c->b.dbeta, .parallel_for = parallel_for,
	};

	if (ln_explain_backward(&c->b.d, &t, NULL, 0) == LN_OK)
		return 0;
	t.workspace = workspace;
	while (accepted - refused > 1) {
		t.workspace_size = refused + (accepted - refused) / 2;
		*(ln_explain_backward(&c->b.d, &t, NULL, 0) == LN_ERR_WORKSPACE ? &refused : &accepted) = t.workspace_size;
	}
	return accepted;
}

/* A place that nothing reads or writes. */
static void *far_away(uintptr_t n)
{
	return (void *)(n << (SIZE_BITS > 32 ? 41 : 28));
}

static int never_run(void *pool, size_t tasks, ln_task task, void *context)
{
	(void)pool, (void)tasks, (void)task, (void)context;
	return 1;
}

/* The size is that of the hungrier of the two ways, whatever the shape; the way without threads needs none for few columns. */
START_TEST(one_workspace_size)
{
	static const size_t rows[] = {1, 31, 33, 64, 70, 500}, cols[] = {1, 5, 1024, 1025, 1500};
	static const uint32_t flags[] = {0, LN_RUNNING, LN_ACCUMULATE}, types[] = {LN_F32, LN_BF16, LN_F64};

	for (size_t i = 0; i < 6 * 5 * 3 * 3 * 2; i++) {
		ln_desc d = plain_desc(LN_LAYERNORM, types[i % 3], rows[i / 3 % 6], cols[i / 18 % 5]);
		d.flags = flags[i / 90 % 3];
		d.rows_per_param = i / 270 && d.flags != LN_RUNNING ? 7 : 0;
		struct grad_call c = {.b = {.d = d, .x = far_away(1), .dy = far_away(2), .dx = far_away(3), .dgamma = far_away(4),
					    .dbeta = far_away(5)}};
		size_t size = ln_backward_workspace_size(&d), alone = least_workspace(&c, NULL), parallel = least_workspace(&c, never_run);
		ck_assert_uint_eq(size, alone > parallel ? alone : parallel);
		ck_assert_uint_eq(size % 8, 0);
		if (d.cols <= LN_BLOCK && d.flags != LN_RUNNING)
			ck_assert_uint_eq(alone, 0);
	}
}
END_TEST

/* No workspace is large enough; the size may not wrap to a small one, with threads or without. */
START_TEST(no_size_wraps)
{
	for (unsigned shift = SIZE_BITS - 10; shift < SIZE_BITS - 1; shift++)
		for (size_t more = 0; more < 3; more++)
			for (size_t t = 0; t < X_TYPES; t++) {
				ln_desc d = plain_desc(LN_LAYERNORM, x_types[t], 1, ((size_t)1 << shift) + 64 * more);
				d.flags = LN_GRADS_AS_PARAMS;
				size_t size = ln_backward_workspace_size(&d);
				ck_assert_msg(size == 0 || size >= d.cols, "%zu bytes for %zu columns", size, (size_t)d.cols);
			}
	ln_desc d = plain_desc(LN_LAYERNORM, LN_BF16, 1, ((size_t)1 << (SIZE_BITS - 3)) + 64);
	d.flags = LN_GRADS_AS_PARAMS;
	ck_assert_uint_eq(ln_backward_workspace_size(&d), SIZE_MAX);
}
END_TEST

/* A workspace of the size that this call needs, one byte less, none at all, and one that is not aligned. */
static void check_workspace(uint32_t flags, size_t cols)
{
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 70, cols);
	d.flags = flags;
	struct grad_call c = grad_make(&d, GRAD_PLAIN);
	grad_fill(&c, row_kind(0), 1);
	size_t size = least_workspace(&c, NULL);
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
}
END_TEST

/* The forward knows none of the flags that are for the backward alone. */
START_TEST(flags_of_the_backward)
{
	float x[GRAD_ROWS * GRAD_COLS] = {0}, y[GRAD_ROWS * GRAD_COLS];

	for (uint32_t flag = LN_ACCUMULATE; flag <= LN_GRADS_AS_PARAMS; flag *= 2) {
		ln_desc d = grad_good_desc();
		d.flags = flag;
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = y}, &d, NULL, NULL), LN_ERR_FLAGS);
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
	tcase_add_test(tc, one_workspace_size);
	tcase_add_test(tc, no_size_wraps);
	tcase_add_test(tc, workspace);
	tcase_add_test(tc, flags_of_the_backward);
	return suite;
}
