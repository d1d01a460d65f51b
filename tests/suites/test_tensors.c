/*
 * test_tensors.c - the structs of named tensors grow as ln_desc does, and are filled as ln.h says
 */
#include "lntest.h"

#include <string.h>

enum { ROWS = 3, COLS = 5, GATES = 4 };

static float x[ROWS * COLS], y[ROWS * COLS], wh[ROWS * GATES * COLS], wx[ROWS * GATES * COLS], params[14 * COLS];
static _Alignas(8) unsigned char workspace[1 << 16];

static const ln_desc norm = {.struct_size = sizeof norm, .rows = ROWS, .cols = COLS, .eps = 1e-5};
static const ln_cell_desc cell = {.struct_size = sizeof cell, .cell = LN_RNN, .rows = ROWS, .hidden = COLS, .eps = 1e-5};

/* A good call with `t`, which holds the struct of tensors and may be larger. */
static int forward(const void *t) { return ln_forward(&norm, t); }
static int backward(const void *t) { return ln_backward(&norm, t); }
static int cell_forward(const void *t) { return ln_cell_forward(&cell, t); }
static int cell_backward(const void *t) { return ln_cell_backward(&cell, t); }

struct room { _Alignas(16) unsigned char bytes[512]; };

static void expect(int want, int (*call)(const void *t), const struct room *t, size_t size, const char *what)
{
	struct room sized = *t;

	memcpy(&sized, &size, sizeof size);	/* struct_size comes first */
	int status = call(&sized);
	ck_assert_msg(status == want, "struct_size %zu, %s: %d, not %d", size, what, status, want);
}

static void check(int (*call)(const void *t), const void *good, size_t size)
{
	struct room t = {{0}};

	memcpy(&t, good, size);
	ck_assert_int_eq(call(NULL), LN_ERR_NULL);
	expect(LN_OK, call, &t, size, "as it is");
	for (size_t less = 0; less < size; less++)
		expect(LN_ERR_DESC, call, &t, less, "smaller than any there was");
	for (size_t larger = size; larger < sizeof t; larger += 7) {
		expect(LN_OK, call, &t, larger, "a larger one of zeros");
		t.bytes[larger] = 1;
		expect(LN_OK, call, &t, larger, "what lies past it is not looked at");
		expect(LN_ERR_DESC, call, &t, larger + 1, "a larger one that says something");
		t.bytes[larger] = 0;
	}
}

START_TEST(struct_size)
{
	check(forward, &(ln_forward_tensors){sizeof(ln_forward_tensors), .x = x, .y = y}, sizeof(ln_forward_tensors));
	check(backward, &(ln_backward_tensors){sizeof(ln_backward_tensors), .x = x, .dy = x, .dx = y}, sizeof(ln_backward_tensors));
	check(cell_forward, &(ln_cell_forward_tensors){sizeof(ln_cell_forward_tensors), .wh = x, .h = y}, sizeof(ln_cell_forward_tensors));
	check(cell_backward, &(ln_cell_backward_tensors){
		sizeof(ln_cell_backward_tensors), .wh = x, .dh = x, .dwh = y, .workspace = workspace, .workspace_size = sizeof workspace,
	}, sizeof(ln_cell_backward_tensors));
}
END_TEST

/* Append-only: where each member is on 64 bits, and that nothing lies between them. */
START_TEST(layout)
{
	const size_t p = sizeof(void *);

	ck_assert_uint_eq(sizeof(ln_forward_tensors), 14 * p);
	ck_assert_uint_eq(offsetof(ln_forward_tensors, x), p);
	ck_assert_uint_eq(offsetof(ln_forward_tensors, moments), 6 * p);
	ck_assert_uint_eq(offsetof(ln_forward_tensors, y), 7 * p);
	ck_assert_uint_eq(offsetof(ln_forward_tensors, pool), 13 * p);
	ck_assert_uint_eq(sizeof(ln_backward_tensors), 17 * p);
	ck_assert_uint_eq(offsetof(ln_backward_tensors, x), p);
	ck_assert_uint_eq(offsetof(ln_backward_tensors, dx), 9 * p);
	ck_assert_uint_eq(offsetof(ln_backward_tensors, workspace_size), 14 * p);
	ck_assert_uint_eq(offsetof(ln_backward_tensors, pool), 16 * p);
	ck_assert_uint_eq(sizeof(ln_cell_forward_tensors), 9 * p);
	ck_assert_uint_eq(offsetof(ln_cell_forward_tensors, c), 8 * p);
	ck_assert_uint_eq(sizeof(ln_cell_backward_tensors), 16 * p);
	ck_assert_uint_eq(offsetof(ln_cell_backward_tensors, workspace_size), 15 * p);
}
END_TEST

/* The idiom of ln.h, for every struct: what is named is set, all else is NULL. */
START_TEST(designated)
{
	ln_cell_desc lstm = cell;
	float c[ROWS * COLS], h[ROWS * COLS];

	lstm.cell = LN_LSTM;
	ck_assert_int_eq(ln_cell_forward(&lstm, &(ln_cell_forward_tensors){
		sizeof(ln_cell_forward_tensors), .wh = wh, .wx = wx, .c_prev = x, .params = params, .h = h, .c = c,
	}), LN_OK);
	ck_assert_int_eq(ln_cell_backward(&lstm, &(ln_cell_backward_tensors){
		sizeof(ln_cell_backward_tensors), .wh = wh, .wx = wx, .c_prev = x, .params = params, .dh = h, .dc = c, .dwh = wh, .dwx = wx,
		.workspace = workspace, .workspace_size = sizeof workspace,
	}), LN_OK);
}
END_TEST

Suite *suite_tensors(void)
{
	Suite *suite = suite_create("tensors");
	TCase *tc = add_case(suite, "tensors");

	tcase_add_test(tc, struct_size);
	tcase_add_test(tc, layout);
	tcase_add_test(tc, designated);
	return suite;
}
