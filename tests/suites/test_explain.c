/*
 * test_explain.c - why a call is refused, word for word: each fault names its field or tensor. That status and words agree in all other
 * cases too is checked by whatever suite makes a call (explained.c)
 */
#include "lntest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 6, COLS = 4 };

static float p[16][ROWS * COLS];
static ln_moments moments[ROWS + ROWS * COLS * sizeof(float) / sizeof(ln_moments)];

static ln_desc good_desc(void)
{
	return (ln_desc){.struct_size = sizeof(ln_desc), .rows = ROWS, .cols = COLS, .eps = 1e-5};
}

static void expect_words(int want, const char *words, int status, const char *got)
{
	if (status != want || strcmp(got, words) != 0)
		ck_abort_msg("%d: \"%s\", not %d: \"%s\"", status, got, want, words);
}

/* What a struct of tensors is told that lacks some of its first members. */
static const char *less_than(size_t size)
{
	static char words[LN_EXPLANATION];

	snprintf(words, sizeof words, "struct_size 8 of the struct of tensors is less than %zu", size);
	return words;
}

/* The good forward call after these assignments, to d and t. */
#define FORWARD(want, words, ...)                                                                                                  \
	do {                                                                                                                       \
		ln_desc d = good_desc();                                                                                           \
		ln_forward_tensors t = {sizeof t, .x = p[0], .gamma = p[1], .y = p[2]};                                            \
		char text[LN_EXPLANATION];                                                                                         \
		__VA_ARGS__;                                                                                                       \
		expect_words(want, words, ln_explain_forward(&d, &t, text, sizeof text), text);                                    \
		ck_assert_int_eq(ln_forward(&d, &t), want);                                                                        \
	} while (0)

#define BACKWARD(want, words, ...)                                                                                                 \
	do {                                                                                                                       \
		ln_desc d = good_desc();                                                                                           \
		ln_backward_tensors t = {sizeof t, .x = p[0], .dy = p[1], .gamma = p[2], .dx = p[3], .dgamma = p[4], .dbeta = p[5]}; \
		char text[LN_EXPLANATION];                                                                                         \
		__VA_ARGS__;                                                                                                       \
		expect_words(want, words, ln_explain_backward(&d, &t, text, sizeof text), text);                                   \
		ck_assert_int_eq(ln_backward(&d, &t), want);                                                                       \
	} while (0)

START_TEST(descriptors)
{
	FORWARD(LN_OK, "nothing is wrong", (void)d);
	FORWARD(LN_ERR_DESC, "struct_size 8 of the descriptor is less than 296", d.struct_size = 8);
	FORWARD(LN_ERR_DESC, less_than(14 * sizeof(void *)), t.struct_size = 8);
	FORWARD(LN_ERR_FLAGS, "norm 7 is unknown", d.norm = 7);
	FORWARD(LN_ERR_FLAGS, "flags have 0x40, which a forward pass does not know", d.flags = LN_ACCUMULATE | LN_ROUND_SUM);
	FORWARD(LN_ERR_FLAGS, "flags have LN_ROW_SCALE, but y_type 6 is not I8, F8_E4M3 or F8_E5M2", d.flags = LN_ROW_SCALE, d.y_type = LN_U8);
	FORWARD(LN_ERR_FLAGS, "cols_per_scale 2 is set, but flags have no LN_ROW_SCALE", d.cols_per_scale = 2, d.y_type = LN_I8);
	FORWARD(LN_ERR_FLAGS, "scale_type 9 is set, but flags have no LN_ROW_SCALE", d.scale_type = LN_E8M0, d.y_type = LN_I8);
	BACKWARD(LN_ERR_FLAGS, "cols_per_scale 2 is set, but flags have no LN_ROW_SCALE", d.cols_per_scale = 2);
	FORWARD(LN_ERR_DESC, "reserved is 7, not 0", d.reserved = 7);
	FORWARD(LN_ERR_TYPE, "scale_type 5 is neither F32 nor E8M0", d.flags = LN_ROW_SCALE, d.y_type = LN_I8, d.scale_type = LN_I8);
	FORWARD(LN_ERR_TYPE, "residual_type 77 is unknown", d.residual_type = 77);
	FORWARD(LN_ERR_TYPE, "param_type 5 is for y of a forward pass alone", d.param_type = LN_I8);
	FORWARD(LN_ERR_TYPE, "y_type 1 does not go with x_type 2, since doubles go with doubles alone", d.x_type = LN_F64, d.y_type = LN_F32);
	FORWARD(LN_ERR_TYPE, "gate is given, but there is none for doubles", d.x_type = LN_F64, t.gate = p[5]);
	FORWARD(LN_ERR_FLAGS, "gate is given, but flags have LN_GATE_SELF", d.flags = LN_GATE_SELF, t.gate = p[5]);
	FORWARD(LN_ERR_UNSUPPORTED, "flags have LN_GATE_SELF, but there is no gate for doubles", d.flags = LN_GATE_SELF, d.x_type = LN_F64);
	FORWARD(LN_ERR_FLAGS, "flags have LN_ROUND_BEFORE_GATE, but y is quantised", d.flags = LN_ROUND_BEFORE_GATE, d.y_type = LN_I8);
	FORWARD(LN_ERR_FLAGS, "flags have both LN_GATE_BEFORE and LN_GATE_SELF", d.flags = LN_GATE_BEFORE | LN_GATE_SELF);
	FORWARD(LN_ERR_FLAGS, "flags have LN_ROUND_BEFORE_GATE, but with LN_GATE_BEFORE the norm comes after the gate",
		d.flags = LN_GATE_BEFORE | LN_ROUND_BEFORE_GATE);
	FORWARD(LN_ERR_UNSUPPORTED, "flags have LN_GATE_BEFORE, which does not go with a residual", d.flags = LN_GATE_BEFORE, t.gate = p[5],
		t.residual = p[6]);
	FORWARD(LN_ERR_OVERLAP, "sum overlaps gate", d.flags = LN_GATE_BEFORE, t.gate = p[5], t.sum = p[5], t.y = NULL);
	FORWARD(LN_ERR_EPS, "eps is NaN", d.eps = (double)NAN);
	FORWARD(LN_ERR_EPS, "eps is negative", d.eps = -1);
	FORWARD(LN_ERR_EPS, "eps is infinite", d.eps = (double)INFINITY);
	FORWARD(LN_ERR_SCALE, "y_scale is not positive and finite as a float", d.y_type = LN_I8, d.y_scale = 1e-60);
	FORWARD(LN_ERR_SCALE, "y_zero_point -129 is not in -128 ... 127", d.y_type = LN_I8, d.y_zero_point = -129);
	BACKWARD(LN_ERR_FLAGS, "flags have 0x20, which a backward pass does not know", d.flags = LN_ROW_SCALE);
	BACKWARD(LN_ERR_FLAGS, "flags have both LN_ACCUMULATE and LN_RUNNING", d.flags = LN_ACCUMULATE | LN_RUNNING);
	BACKWARD(LN_ERR_FLAGS, "flags have LN_RUNNING, but rows_per_param 2 makes several sets of parameters", d.flags = LN_RUNNING,
		 d.rows_per_param = 2);
}
END_TEST

START_TEST(shapes)
{
	FORWARD(LN_ERR_SHAPE, "cols is 0", d.cols = 0);
	FORWARD(LN_ERR_SHAPE, "rows is more than PTRDIFF_MAX", d.rows = UINT64_MAX);
	FORWARD(LN_ERR_SHAPE, "rows 6 is not a multiple of heads 4", d.heads = 4);
	FORWARD(LN_ERR_SHAPE, "y_stride 3 is less than cols 4", d.y_stride = 3);
	FORWARD(LN_ERR_SHAPE, "sum_stride 3 is less than cols 4", d.sum_stride = 3);
	FORWARD(LN_ERR_SHAPE, "y_head_stride 1 is less than cols 4", d.heads = 3, d.y_stride = 40, d.y_head_stride = 1);
	FORWARD(LN_ERR_SHAPE, "y_stride 6 and y_head_stride 5 make rows of an output overlap", d.heads = 3, d.y_stride = 6, d.y_head_stride = 5);
	FORWARD(LN_ERR_SHAPE, "y_stride 4 and y_head_stride 7 make rows of an output overlap", d.heads = 3, d.y_stride = 4, d.y_head_stride = 7);
	FORWARD(LN_ERR_SHAPE, "y_stride 11 and y_head_stride 4 make rows of an output overlap", d.heads = 3, d.y_stride = 11,
		d.y_head_stride = 4);
	FORWARD(LN_OK, "nothing is wrong", d.heads = 3, d.y_stride = 4, d.y_head_stride = 8);
	FORWARD(LN_OK, "nothing is wrong", d.heads = 3, d.y_stride = 12, d.y_head_stride = 4);
	FORWARD(LN_ERR_SHAPE, "a stride of y is LN_BROADCAST, but rows of an output may not overlap", d.y_stride = LN_BROADCAST);
	FORWARD(LN_ERR_SHAPE, "residual takes more than PTRDIFF_MAX bytes", d.residual_stride = UINT64_MAX / 2);
	FORWARD(LN_ERR_SHAPE, "cols 4 is not a multiple of cols_per_param 3", d.cols_per_param = 3);
	FORWARD(LN_ERR_SHAPE, "with a y_col_stride of 5 strides 1 and 1 make elements of an output overlap", d.y_col_stride = 5);
	FORWARD(LN_OK, "nothing is wrong", d.y_col_stride = ROWS);
	FORWARD(LN_ERR_SHAPE, "with a sum_col_stride of 3 strides 12 and 4 make elements of an output overlap", d.heads = 3, d.sum_col_stride = 3,
		d.sum_head_stride = 4);
	FORWARD(LN_ERR_SHAPE, "with a y_col_stride of 3 strides 11 and 1 make elements of an output overlap", d.heads = 3, d.y_col_stride = 3,
		d.y_stride = 11);
	FORWARD(LN_OK, "nothing is wrong", d.heads = 3, d.y_col_stride = 3, d.x_col_stride = 1);
	FORWARD(LN_ERR_SHAPE, "a stride of y is LN_BROADCAST, but rows of an output may not overlap", d.y_col_stride = 6, d.y_stride = LN_BROADCAST);
	FORWARD(LN_ERR_SHAPE, "cols 4 is not a multiple of cols_per_run 3", d.cols_per_run = 3);
	FORWARD(LN_ERR_SHAPE, "cols 4 is not a multiple of cols_per_run 8", d.cols_per_run = 8);
	FORWARD(LN_ERR_SHAPE, "with a y_col_stride of 1 and runs strides 4 and 4 make elements of an output overlap", d.cols_per_run = 2,
		d.y_run_stride = 3);
	FORWARD(LN_ERR_SHAPE, "residual takes more than PTRDIFF_MAX bytes", d.cols_per_run = 2, d.residual_run_stride = PTRDIFF_MAX / 4);
	FORWARD(LN_OK, "nothing is wrong", d.cols_per_run = 2, d.y_run_stride = 2);
	FORWARD(LN_ERR_OVERLAP, "y overlaps x", d.cols_per_run = 2, d.x_run_stride = 3, t.y = p[0]);
	FORWARD(LN_ERR_SHAPE, "gate takes more than PTRDIFF_MAX bytes", d.gate_col_stride = PTRDIFF_MAX / (COLS - 1));
	FORWARD(LN_ERR_SHAPE, "x takes more than PTRDIFF_MAX bytes", d.x_col_stride = LN_BROADCAST);
	BACKWARD(LN_ERR_UNSUPPORTED, "x_col_stride 6 of doubles is for a forward pass alone", d.x_type = LN_F64, d.x_col_stride = 6);
	BACKWARD(LN_ERR_UNSUPPORTED, "sum_col_stride 6 of doubles is for a forward pass alone", d.x_type = LN_F64, d.sum_col_stride = 6);
	BACKWARD(LN_ERR_UNSUPPORTED, "y_run_stride 3 of doubles is for a forward pass alone", d.x_type = LN_F64, d.cols_per_run = 2, d.y_run_stride = 3);
	BACKWARD(LN_OK, "nothing is wrong", d.x_col_stride = 6, d.y_col_stride = 6);
	BACKWARD(LN_ERR_SHAPE, "with a x_col_stride of 5 strides 1 and 1 make elements of an output overlap", d.x_col_stride = 5);
	BACKWARD(LN_ERR_SHAPE, "x_stride 3 is less than cols 4", d.x_stride = 3);
	BACKWARD(LN_ERR_SHAPE, "param_stride 3 is less than the 4 parameters of a set, whose gradients would overlap", d.rows_per_param = 2,
		 d.param_stride = 3);
}
END_TEST

/* All but the last row, or set, fit: five strides are a few bytes less than there may be. */
START_TEST(the_last_counts)
{
	const uint64_t stride = PTRDIFF_MAX / ((ROWS - 1) * sizeof(float));

	FORWARD(LN_ERR_SHAPE, "x takes more than PTRDIFF_MAX bytes", d.x_stride = stride);
	FORWARD(LN_ERR_SHAPE, "x takes more than PTRDIFF_MAX bytes", d.heads = ROWS, d.x_stride = COLS, d.x_head_stride = stride);
	FORWARD(LN_ERR_SHAPE, "sets of parameters take more than PTRDIFF_MAX bytes", d.rows_per_param = 1, d.param_stride = stride);
}
END_TEST

START_TEST(tensors)
{
	FORWARD(LN_ERR_NULL, "x is NULL", t.x = NULL);
	FORWARD(LN_ERR_NULL, "y is NULL, and so is every other output", t.y = NULL);
	FORWARD(LN_ERR_NULL, "rstd is NULL, but LN_STATS_GIVEN is set", d.flags = LN_STATS_GIVEN, t.mean = p[7]);
	FORWARD(LN_ERR_NULL, "mean is NULL, but LN_STATS_GIVEN is set", d.flags = LN_STATS_GIVEN, t.rstd = p[7]);
	FORWARD(LN_ERR_NULL, "y_scale is NULL, but LN_ROW_SCALE is set", d.flags = LN_ROW_SCALE, d.y_type = LN_I8);
	FORWARD(LN_ERR_OVERLAP, "y overlaps gamma", t.gamma = &p[2][3]);
	FORWARD(LN_ERR_OVERLAP, "y overlaps moments", t.moments = moments, t.y = &moments[ROWS - 1]);
	FORWARD(LN_OK, "nothing is wrong", t.moments = moments, t.y = &moments[ROWS]);
	FORWARD(LN_ERR_OVERLAP, "mean overlaps rstd", t.mean = p[7], t.rstd = &p[7][2]);
	BACKWARD(LN_ERR_NULL, "dy is NULL", t.dy = NULL);
	BACKWARD(LN_ERR_NULL, "gate is NULL, but dgate is not", t.dgate = p[7]);
	BACKWARD(LN_ERR_OVERLAP, "dx overlaps beta", d.flags = LN_GATE_SELF, t.beta = p[3]);
	BACKWARD(LN_OK, "nothing is wrong", d.flags = LN_GATE_BEFORE, t.gate = p[6], t.beta = p[3]);	/* where it is not looked at */
	BACKWARD(LN_ERR_NULL, "rstd is NULL, but mean is not", t.mean = p[7]);
	BACKWARD(LN_ERR_OVERLAP, "dx overlaps dgamma", t.dgamma = p[3]);
	BACKWARD(LN_ERR_WORKSPACE, "workspace_size 0 is less than 128", d.flags = LN_RUNNING);
	BACKWARD(LN_ERR_WORKSPACE, "workspace is NULL, but 128 bytes are needed", d.flags = LN_RUNNING, t.workspace_size = 999);
	BACKWARD(LN_ERR_WORKSPACE, "workspace is not aligned to 8 bytes", d.flags = LN_RUNNING, t.workspace_size = 200, t.workspace = (char *)p[9] + 1);
}
END_TEST

START_TEST(cells)
{
	ln_cell_desc d = {.struct_size = sizeof d, .cell = LN_LSTM, .rows = 1, .hidden = COLS};
	ln_cell_forward_tensors f = {sizeof f, .wh = p[0], .wx = p[1], .c_prev = p[2], .h = p[3]};
	ln_cell_backward_tensors b = {sizeof b, .wh = p[0], .wx = p[1], .c_prev = p[2], .dh = p[3], .dwh = &p[2][1]};
	char text[LN_EXPLANATION];

	expect_words(LN_ERR_NULL, "the descriptor is NULL", ln_explain_cell_forward(NULL, &f, text, sizeof text), text);
	expect_words(LN_ERR_NULL, "the struct of tensors is NULL", ln_explain_cell_forward(&d, NULL, text, sizeof text), text);
	expect_words(LN_ERR_NULL, "c is NULL", ln_explain_cell_forward(&d, &f, text, sizeof text), text);
	expect_words(LN_ERR_OVERLAP, "dwh overlaps c_prev", ln_explain_cell_backward(&d, &b, text, sizeof text), text);
	d.reserved = 3;
	expect_words(LN_ERR_DESC, "reserved is 3, not 0", ln_explain_cell_backward(&d, &b, text, sizeof text), text);
	d.reserved = 0, d.cell = 9;
	expect_words(LN_ERR_FLAGS, "cell 9 is unknown", ln_explain_cell_backward(&d, &b, text, sizeof text), text);
	d.cell = LN_GRU, d.hidden = 0;
	expect_words(LN_ERR_SHAPE, "hidden is 0", ln_explain_cell_backward(&d, &b, text, sizeof text), text);
}
END_TEST

/* As much as there is room for, ended by a 0, and nothing beyond it. */
START_TEST(room)
{
	static const char whole[] = "y_stride 3 is less than cols 4";
	ln_desc d = good_desc();
	ln_forward_tensors t = {sizeof t, .x = p[0], .y = p[2]};

	d.y_stride = 3;
	ck_assert_int_eq(ln_explain_forward(&d, &t, NULL, 0), LN_ERR_SHAPE);
	for (size_t size = 1; size < sizeof whole + 4; size++) {
		char text[64];
		size_t length = size < sizeof whole ? size - 1 : sizeof whole - 1;
		memset(text, 0x7e, sizeof text);
		ck_assert_int_eq(ln_explain_forward(&d, &t, text, size), LN_ERR_SHAPE);
		ck_assert(memcmp(text, whole, length) == 0 && text[length] == 0 && text[length + 1] == 0x7e);
	}
}
END_TEST

Suite *suite_explain(void)
{
	Suite *suite = suite_create("explain");
	TCase *tc = add_case(suite, "explain");

	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, shapes);
	tcase_add_test(tc, the_last_counts);
	tcase_add_test(tc, tensors);
	tcase_add_test(tc, cells);
	tcase_add_test(tc, room);
	return suite;
}
