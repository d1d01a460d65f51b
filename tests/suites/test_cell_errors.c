/*
 * test_cell_errors.c - what the recurrent cells refuse, that a refusal writes nothing, and the descriptor's growth
 */
#include "cell_call.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 19, ROWS = 5, ROOM = 64 << 10 };

static _Alignas(64) unsigned char workspace[ROOM];

static struct cell_call good(uint32_t cell)
{
	ln_cell_desc d = cell_desc(cell, ROWS, WIDTH);
	struct cell_call c = cell_make(&d, CELL_ALL);

	cell_fill(&c, row_kind(0), 1);
	return c;
}

/* Neither arrays nor workspace may change, nor errno. */
static void expect_status(int want, const struct cell_call *c, bool forward, const ln_cell_desc *d, void *at, size_t size, const char *what)
{
	struct cell_call before = cell_clone(c);

	memset(workspace, 0x77, sizeof workspace);
	errno = 4242;
	int status = forward ? cell_forward_status(&c->c, d) : cell_backward_status(&c->c, d, at, size);
	ck_assert_int_eq(errno, 4242);
	if (status != want)
		ck_abort_msg("%s, %s: %d (%s), not %d", what, forward ? "forward" : "backward", status, ln_strerror(status), want);
	if (status != LN_OK) {
		ck_assert_msg(memcmp(c->arena, before.arena, c->bytes) == 0, "%s: something was written", what);
		ck_assert_msg(workspace[0] == 0x77 && memcmp(workspace, workspace + 1, sizeof workspace - 1) == 0, "%s: the workspace was written",
			      what);
	}
	cell_free(&before);
}

static void refuse_both(int want, const struct cell_call *c, const ln_cell_desc *d, const char *what)
{
	expect_status(want, c, true, d, NULL, 0, what);
	expect_status(want, c, false, d, workspace, sizeof workspace, what);
	if (want != LN_OK && want != LN_ERR_NULL && want != LN_ERR_OVERLAP) {
		ck_assert_uint_eq(ln_cell_param_count(d), 0);
		ck_assert_uint_eq(ln_cell_backward_workspace_size(d), 0);
	}
}

START_TEST(descriptors)
{
	struct { ln_cell_desc d; uint64_t more; } longer = {cell_desc(LN_LSTM, ROWS, WIDTH), 0};
	struct cell_call c = good(LN_LSTM);
	ln_cell_desc d = c.c.d;

	refuse_both(LN_ERR_NULL, &c, NULL, "no descriptor");
	d.struct_size = sizeof d - 1;
	refuse_both(LN_ERR_DESC, &c, &d, "a short struct");
	d = c.c.d, d.reserved = 1;
	refuse_both(LN_ERR_DESC, &c, &d, "what is reserved");
	longer.d.struct_size = sizeof longer;
	refuse_both(LN_OK, &c, &longer.d, "a longer struct of zeros");
	longer.more = 1;
	refuse_both(LN_ERR_DESC, &c, &longer.d, "a longer struct");
	d = c.c.d, d.cell = 0;
	refuse_both(LN_ERR_FLAGS, &c, &d, "no cell");
	d.cell = LN_GRU + 1;
	refuse_both(LN_ERR_FLAGS, &c, &d, "an unknown cell");
	d = c.c.d, d.flags = 0x80000000;
	refuse_both(LN_ERR_FLAGS, &c, &d, "an unknown flag");
	d.flags = LN_ACCUMULATE;
	expect_status(LN_ERR_FLAGS, &c, true, &d, NULL, 0, "a flag of the backward pass");
	d = c.c.d, d.hidden = 0;
	refuse_both(LN_ERR_SHAPE, &c, &d, "no columns");
	d.hidden = UINT64_MAX / 4;
	refuse_both(LN_ERR_SHAPE, &c, &d, "too many columns");
	d.hidden = PTRDIFF_MAX / 1024 + 1, d.rows = 0;
	refuse_both(LN_ERR_SHAPE, &c, &d, "columns whose workspace has no size");
	d = c.c.d, d.rows = UINT64_C(1) << 60;
	refuse_both(LN_ERR_SHAPE, &c, &d, "too many rows");
	d.rows = PTRDIFF_MAX / (4 * WIDTH * sizeof(float)) + 1;
	refuse_both(LN_ERR_SHAPE, &c, &d, "products of more than PTRDIFF_MAX bytes");
	const double bad[] = {-1, (double)INFINITY, (double)NAN};
	for (size_t i = 0; i < 3; i++) {
		d = c.c.d, d.eps = bad[i];
		refuse_both(LN_ERR_EPS, &c, &d, "a bad eps");
	}
	d = c.c.d, d.rows = 0;
	struct cell_call nothing = {.c.d = d, .arena = malloc(1)};
	refuse_both(LN_OK, &nothing, &d, "no rows");
	cell_free(&nothing);
	cell_free(&c);
}
END_TEST

START_TEST(param_counts)
{
	static const size_t times[] = {[LN_RNN] = 2, [LN_LSTM] = 14, [LN_GRU] = 10};

	for (uint32_t cell = LN_RNN; cell <= LN_GRU; cell++) {
		ln_cell_desc few = cell_desc(cell, 1, 400), many = cell_desc(cell, 100000, 400);
		ck_assert_uint_eq(ln_cell_param_count(&few), times[cell] * 400);
		ck_assert_uint_gt(ln_cell_backward_workspace_size(&few), 0);
		ck_assert_uint_eq(ln_cell_backward_workspace_size(&few), ln_cell_backward_workspace_size(&many));
	}
}
END_TEST

/* What may not be NULL, by cell; all else may. */
START_TEST(nulls)
{
	uint32_t cell = (uint32_t)_i;

	for (int a = 0; a < CELL_ARRAYS; a++) {
		struct cell_call c = good(cell);
		bool state = a == CC_PREV || a == CC, there = cell_has(&c.c.d, (enum cell_array)a);
		bool forward = there && (a == CWH || a == CH_PREV || a == CH || state || (a == CWX && cell != LN_RNN));
		bool backward = there && (a == CWH || a == CDH || a == CC_PREV || (a == CWX && cell != LN_RNN) || (a == CH_PREV && cell == LN_GRU));
		*cell_slot(&c.c, (enum cell_array)a) = NULL;
		expect_status(forward ? LN_ERR_NULL : LN_OK, &c, true, &c.c.d, NULL, 0, "NULL");
		expect_status(backward ? LN_ERR_NULL : LN_OK, &c, false, &c.c.d, workspace, sizeof workspace, "NULL");
		cell_free(&c);
	}
	struct cell_call c = good(cell);
	*cell_slot(&c.c, CACTIVE) = *cell_slot(&c.c, CH_PREV) = NULL;
	expect_status(cell == LN_GRU ? LN_ERR_NULL : LN_OK, &c, true, &c.c.d, NULL, 0, "no h_prev, all rows step");
	for (int a = CDWH; a < CELL_ARRAYS; a++)
		*cell_slot(&c.c, (enum cell_array)a) = NULL;
	*cell_slot(&c.c, CH_PREV) = *cell_slot(&c.c, CH);
	expect_status(LN_ERR_NULL, &c, false, &c.c.d, workspace, sizeof workspace, "nothing wanted");
	cell_free(&c);
}
END_TEST

/* Whether output `a` may be array `b`. */
static bool may_be(int a, int b)
{
	static const int pairs[][2] = {{CH, CH_PREV}, {CC, CC_PREV}, {CDWH, CWH}, {CDWX, CWX}, {CDH_PREV, CDH}, {CDC_PREV, CDC}};

	for (size_t i = 0; i < 6; i++)
		if (pairs[i][0] == a && pairs[i][1] == b)
			return true;
	return false;
}

/* Whether the pass of output `a` looks at array `b`. */
static bool meet(const struct cell_call *c, int a, int b)
{
	bool forward = a <= CC, here = forward ? b <= CACTIVE || b == CH || b == CC : b != CH && b != CC;
	bool read = c->c.d.cell == LN_GRU || forward || b != CH_PREV;	/* of the backward pass only a GRU has h_prev */

	return a != b && c->part[a].bytes && c->part[b].bytes && here && read;
}

static void expect_overlap(const struct cell_call *c, int a, const char *what)
{
	expect_status(LN_ERR_OVERLAP, c, a <= CC, &c->c.d, workspace, sizeof workspace, what);
}

/* Every output on every other array that its pass has, whole and shifted by an element: the smaller is moved, so that it meets no third. */
START_TEST(overlaps)
{
	for (int a = CH; a < CELL_ARRAYS; a++)
		for (int b = 0; b < CELL_ARRAYS; b++)
			for (int shift = 0; shift < 2; shift++) {
				struct cell_call c = good((uint32_t)_i);
				if (meet(&c, a, b) && !(may_be(a, b) && !shift)) {
					bool output_moves = c.part[a].bytes <= c.part[b].bytes;
					int moved = output_moves ? a : b, to = output_moves ? b : a;
					*cell_slot(&c.c, (enum cell_array)moved) = c.arena + c.part[to].at + (size_t)shift * sizeof(float);
					expect_overlap(&c, a, "overlap");
				}
				cell_free(&c);
			}
}
END_TEST

/* An output may be an input of its own, but not if another input lies there too. */
START_TEST(inputs_that_share)
{
	for (int a = CH; a < CELL_ARRAYS; a++)
		for (int own = 0; own < CELL_ARRAYS; own++)
			for (int other = 0; other < CELL_ARRAYS; other++) {
				struct cell_call c = good((uint32_t)_i);
				if (may_be(a, own) && meet(&c, a, own) && meet(&c, a, other) && other != own && other < CH) {
					*cell_slot(&c.c, (enum cell_array)a) = *cell_slot(&c.c, (enum cell_array)other) =
						*cell_slot(&c.c, (enum cell_array)own);
					expect_overlap(&c, a, "two inputs in one place");
				}
				cell_free(&c);
			}
}
END_TEST

START_TEST(workspaces)
{
	struct cell_call c = good((uint32_t)_i);
	size_t size = ln_cell_backward_workspace_size(&c.c.d);

	ck_assert_uint_lt(size + 8, sizeof workspace);
	expect_status(LN_ERR_WORKSPACE, &c, false, &c.c.d, NULL, size, "no workspace");
	expect_status(LN_ERR_WORKSPACE, &c, false, &c.c.d, workspace, size - 1, "a short workspace");
	expect_status(LN_ERR_WORKSPACE, &c, false, &c.c.d, workspace + 4, size, "a workspace off its alignment");
	expect_status(LN_ERR_OVERLAP, &c, false, &c.c.d, c.arena, size, "a workspace on the arrays");
	expect_status(LN_OK, &c, false, &c.c.d, workspace + 8, size, "a workspace");
	*cell_slot(&c.c, CDPARAMS) = NULL;
	expect_status(LN_ERR_WORKSPACE, &c, false, &c.c.d, NULL, size, "no workspace, no gradient of the parameters");
	cell_free(&c);
}
END_TEST

Suite *suite_cell_errors(void)
{
	Suite *suite = suite_create("cell_errors");
	TCase *tc = add_case(suite, "cell_errors");

	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, param_counts);
	tcase_add_loop_test(tc, nulls, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, overlaps, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, inputs_that_share, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, workspaces, LN_RNN, LN_GRU + 1);
	return suite;
}
