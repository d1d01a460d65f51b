/*
 * test_overlap.c - which tensors of ln_forward() may share memory: the ways that ln.h permits, and no other that can be seen
 */
#include "call.h"

#include <math.h>
#include <string.h>

enum { ROWS = 4, COLS = 8 };

static struct call make(void)
{
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);
	struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM) | WITH(GATE));

	call_fill(&c, row_kind(0), 1);
	return c;
}

static int run(const struct call *c)
{
	return forward_status(&c->f, &c->f.d, NULL, NULL);
}

/* `moved` is put where `onto` is, `by` bytes further. */
static void expect(int want, enum tensor moved, enum tensor onto, ptrdiff_t by, const ln_desc *d)
{
	struct call c = make(), before;
	unsigned char *to = *call_slot(&c.f, onto);

	if (d)
		c.f.d = *d;
	*call_slot(&c.f, moved) = to + by;
	before = call_clone(&c);
	int status = run(&c);
	if (status != want)
		ck_abort_msg("tensor %d on tensor %d, %td bytes further: %d, not %d", moved, onto, by, status, want);
	if (status != LN_OK && memcmp(c.arena, before.arena, c.bytes) != 0)
		ck_abort_msg("tensor %d on tensor %d, %td bytes further: refused, but something was written", moved, onto, by);
	call_free(&c);
	call_free(&before);
}

START_TEST(in_place_is_permitted)
{
	static const enum tensor outputs[] = {Y, SUM}, inputs[] = {X, RESIDUAL};

	for (int o = 0; o < 2; o++)
		for (int i = 0; i < 2; i++) {
			expect(LN_OK, outputs[o], inputs[i], 0, NULL);
			expect(LN_ERR_OVERLAP, outputs[o], inputs[i], 4, NULL);
			expect(LN_ERR_OVERLAP, outputs[o], inputs[i], -4, NULL);
			expect(LN_ERR_OVERLAP, outputs[o], inputs[i], COLS * 4, NULL);
			expect(LN_ERR_OVERLAP, outputs[o], inputs[i], (ROWS * COLS - 1) * 4, NULL);
		}
}
END_TEST

/* Both outputs in one place; an output on a parameter, the gate or a statistic. */
START_TEST(outputs_overlap_nothing_else)
{
	static const enum tensor others[] = {GAMMA, BETA, MEAN, RSTD};

	expect(LN_ERR_OVERLAP, Y, SUM, 0, NULL);
	expect(LN_ERR_OVERLAP, Y, SUM, 12, NULL);
	expect(LN_ERR_OVERLAP, MEAN, RSTD, 0, NULL);
	expect(LN_ERR_OVERLAP, MEAN, RSTD, 4, NULL);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		expect(LN_ERR_OVERLAP, others[i], Y, 0, NULL);
		expect(LN_ERR_OVERLAP, others[i], Y, (ROWS * COLS - 1) * 4, NULL);
		expect(LN_ERR_OVERLAP, others[i], SUM, 8, NULL);
	}
	expect(LN_ERR_OVERLAP, MEAN, X, 0, NULL);
	expect(LN_ERR_OVERLAP, RSTD, RESIDUAL, 4, NULL);
	expect(LN_ERR_OVERLAP, MEAN, GAMMA, 0, NULL);
	expect(LN_ERR_OVERLAP, Y, GATE, 4, NULL);
	expect(LN_ERR_OVERLAP, SUM, GATE, 4, NULL);
}
END_TEST

START_TEST(inputs_may_overlap)
{
	expect(LN_OK, X, RESIDUAL, 0, NULL);
	expect(LN_OK, X, RESIDUAL, 4, NULL);
	expect(LN_OK, GAMMA, BETA, 0, NULL);
	expect(LN_OK, GAMMA, X, 4, NULL);
	expect(LN_OK, GATE, X, 0, NULL);
	expect(LN_OK, GATE, RESIDUAL, 4, NULL);
}
END_TEST

/* One byte to the left or right of touching is an overlap; touching is none. */
START_TEST(touching_is_not_overlapping)
{
	enum { BYTES = ROWS * COLS * 4 };
	static float room[5 * ROWS * COLS], *const middle = room + 2 * ROWS * COLS;
	struct call c = make();

	for (int by = -8; by <= 8; by += 4) {
		c.f.x = middle;
		*call_slot(&c.f, SUM) = NULL;
		*call_slot(&c.f, Y) = (char *)middle - BYTES + by;
		ck_assert_int_eq(run(&c), by > 0 ? LN_ERR_OVERLAP : LN_OK);
		*call_slot(&c.f, Y) = (char *)middle + BYTES + by;
		ck_assert_int_eq(run(&c), by < 0 ? LN_ERR_OVERLAP : LN_OK);
	}
	call_free(&c);
}
END_TEST

/* In place asks for the same type and the same strides. */
START_TEST(in_place_needs_type_and_strides)
{
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);

	d.y_type = LN_BF16;
	expect(LN_ERR_OVERLAP, Y, X, 0, &d);
	d.y_type = LN_I8;
	expect(LN_ERR_OVERLAP, Y, X, 0, &d);
	d.y_type = 0;
	d.sum_type = LN_F16;
	expect(LN_ERR_OVERLAP, SUM, RESIDUAL, 0, &d);
	d.sum_type = 0;
	d.x_stride = COLS - 1;
	expect(LN_ERR_OVERLAP, Y, X, 0, &d);
	d.x_stride = COLS;	/* what 0 means */
	expect(LN_OK, Y, X, 0, &d);
}
END_TEST

/* q, k and v in packed rows: each may be put out between the others, with y and x parts of the same memory. */
START_TEST(packed_rows_may_be_shared)
{
	enum { WIDTH = 4 * COLS };
	static float packed[ROWS * WIDTH], gamma_[COLS], beta[COLS];
	struct call c = make();
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);

	for (size_t i = 0; i < ROWS * WIDTH; i++)
		packed[i] = (float)(i % 13);
	d.x_stride = d.y_stride = d.sum_stride = d.residual_stride = WIDTH;
	c.f = (struct forward){.d = d, .x = packed, .residual = packed + COLS, .gamma = gamma_, .beta = beta, .y = packed + 2 * COLS,
			       .sum = packed + 3 * COLS};
	ck_assert_int_eq(run(&c), LN_OK);
	c.f.y = packed;
	c.f.sum = packed + COLS;
	ck_assert_int_eq(run(&c), LN_OK);
	call_free(&c);
}
END_TEST

Suite *suite_overlap(void)
{
	Suite *suite = suite_create("overlap");
	TCase *tc = add_case(suite, "overlap");

	tcase_add_test(tc, in_place_is_permitted);
	tcase_add_test(tc, outputs_overlap_nothing_else);
	tcase_add_test(tc, inputs_may_overlap);
	tcase_add_test(tc, touching_is_not_overlapping);
	tcase_add_test(tc, in_place_needs_type_and_strides);
	tcase_add_test(tc, packed_rows_may_be_shared);
	return suite;
}
