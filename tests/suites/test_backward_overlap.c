/*
 * test_backward_overlap.c - which tensors of ln_backward() may share memory: dx with dy, x or dsum, dgate with gate, no other
 */
#include "backward_refuse.h"
#include "lntest.h"

#include <stdio.h>
#include <string.h>

/* `moved` is put where `onto` is, `by` bytes further. */
static void expect_moved(int want, enum grad_tensor moved, enum grad_tensor onto, ptrdiff_t by, const ln_desc *d)
{
	struct grad_call c = grad_good_call(LN_F32, OF(GDSUM) | GRAD_GATED);
	char text[100];

	snprintf(text, sizeof text, "%s on %s, %d bytes further", grad_tensor_name(moved), grad_tensor_name(onto), (int)by);
	*grad_slot(&c.b, moved) = (char *)*grad_slot(&c.b, onto) + by;
	grad_refuse(want, &c, d ? d : &c.b.d, text);
	grad_free(&c);
}

START_TEST(what_may_overlap)
{
	static const enum grad_tensor may[] = {GX, GDY, GDSUM}, others[] = {GGAMMA, GBETA, GGATE, GMEAN, GRSTD},
				      small[] = {GDGAMMA, GDBETA}, outputs[] = {GDX, GDGAMMA, GDBETA, GDGATE};
	ln_desc d = grad_good_desc();

	for (size_t i = 0; i < 3; i++) {
		expect_moved(LN_OK, GDX, may[i], 0, NULL);
		expect_moved(LN_ERR_OVERLAP, GDX, may[i], 4, NULL);
		expect_moved(LN_ERR_OVERLAP, GDX, may[i], -4, NULL);
		expect_moved(LN_ERR_OVERLAP, GDX, may[i], (GRAD_ROWS * GRAD_COLS - 1) * 4, NULL);
		expect_moved(LN_ERR_OVERLAP, GDGATE, may[i], 4, NULL);
		for (size_t s = 0; s < 2; s++)
			expect_moved(LN_ERR_OVERLAP, small[s], may[i], 8, NULL);
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		for (size_t o = 0; o < 4; o++)
			if (!(outputs[o] == GDGATE && others[i] == GGATE))
				expect_moved(LN_ERR_OVERLAP, others[i], outputs[o], 4, NULL);
	for (size_t o = 0; o < 4; o++)
		for (size_t p = 0; p < o; p++)
			expect_moved(LN_ERR_OVERLAP, outputs[p], outputs[o], 0, NULL);
	expect_moved(LN_OK, GDGATE, GGATE, 0, NULL);
	expect_moved(LN_ERR_OVERLAP, GDGATE, GGATE, 4, NULL);
	d.y_type = LN_BF16;
	expect_moved(LN_ERR_OVERLAP, GDX, GDY, 0, &d);
	d.y_type = 0;
	d.y_stride = GRAD_COLS - 1;
	expect_moved(LN_ERR_OVERLAP, GDX, GDY, 0, &d);
	d.y_stride = GRAD_COLS;
	expect_moved(LN_OK, GDX, GDY, 0, &d);
}
END_TEST

/* The gate of a row of several blocks is read twice: its gradient, which may take its place, is not written before the second time. */
START_TEST(dgate_in_place_of_a_long_row)
{
	enum { ROWS = 3, COLS = 2 * LN_BLOCK + 100, ALL = ROWS * COLS };
	static float x[ALL], dy[ALL], gate[ALL], both[ALL], dx[ALL], want_dx[ALL], dgate[ALL];
	const ln_desc d = {.struct_size = sizeof d, .rows = ROWS, .cols = COLS, .eps = 1e-5};
	ln_backward_tensors t = {.struct_size = sizeof t, .x = x, .dy = dy, .gate = gate, .dx = want_dx, .dgate = dgate};
	const struct kernel *k;

	rows_fill(row_kind(0), LN_F32, 1, ROWS, COLS, x);
	rows_fill(row_kind(0), LN_F32, 2, ROWS, COLS, dy);
	rows_fill(row_kind(0), LN_F32, 3, ROWS, COLS, gate);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "dgate in the place of gate, %d columns", COLS);
		t.gate = gate, t.dgate = dgate, t.dx = want_dx;
		ck_assert_int_eq(ln_backward(&d, &t), LN_OK);
		memcpy(both, gate, sizeof both);
		t.gate = t.dgate = both, t.dx = dx;
		ck_assert_int_eq(ln_backward(&d, &t), LN_OK);
		ck_assert_mem_eq(both, dgate, sizeof dgate);
		ck_assert_mem_eq(dx, want_dx, sizeof dx);
	}
}
END_TEST

Suite *suite_backward_overlap(void)
{
	Suite *suite = suite_create("backward_overlap");
	TCase *tc = add_case(suite, "backward_overlap");

	tcase_add_test(tc, what_may_overlap);
	tcase_add_test(tc, dgate_in_place_of_a_long_row);
	return suite;
}
