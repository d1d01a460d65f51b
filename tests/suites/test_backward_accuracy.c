/*
 * test_backward_accuracy.c - the error bounds of the gradients: on the forward's named and hostile rows, and over a million rows
 */
#include "backward_accuracy.h"
#include "call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void title_of(char title[64], uint32_t norm, uint32_t type, const char *what)
{
	snprintf(title, 64, "%s %s %s", norm_facts(norm)->word, type_name(type), what);
}

/* Doubles whose sum overflows are scaled so far down that nothing is left of eps: if all are equal, rstd is 0 and so is dx. */
static bool is_constant_and_large(const struct grad_call *c)
{
	const double *x = c->b.x;
	size_t cols = (size_t)c->b.d.cols, i;

	for (size_t r = 0; c->b.d.x_type == LN_F64 && cols > 1 && r < c->b.d.rows; r++, x += cols) {
		for (i = 1; i < cols && x[i] == x[0]; i++)
			;
		if (i == cols && fabs(x[0]) > 0x1p1000)
			return true;
	}
	return false;
}

static void check_named(uint32_t norm, uint32_t type, struct grad_factors worst[])
{
	static const size_t counts[] = {1, 2, 3, 5, 8, 16, 31, 33, 64, 100, 257, 768, 1500};
	enum { COUNTS = sizeof counts / sizeof counts[0] };
	size_t step = thinned("backward_accuracy: every n-th number of columns", 1, 4);
	const struct row_kind *kind;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = n % step; i < COUNTS; i += step) {
			static const uint32_t flags[] = {0, LN_GAMMA_PLUS_ONE, LN_ACCUMULATE, LN_GRADS_AS_PARAMS};
			ln_desc d = plain_desc(norm, type, 1 + (n + i) % 3 * 3, counts[i]);
			unsigned more = type != LN_F64 && i % 4 == 1 ? (unsigned)GRAD_GATED : i % 4 == 2 ? OF(GDSUM) : 0;
			d.flags = flags[(n + i) % 4] | (more == GRAD_GATED ? gate_after(n, d.y_type) : 0);
			struct grad_call c = grad_make(&d, GRAD_PLAIN | more);
			grad_fill(&c, kind, n);
			if (!is_constant_and_large(&c))
				expect_grads_accurate(&c, false, worst, kind->name);
			grad_free(&c);
		}
}

START_TEST(named_rows)
{
	for (uint32_t norm = 0; norm < norm_count(); norm++) {
		struct grad_factors worst[GRAD_KERNELS] = {{{0}}};
		char title[64];
		check_named(norm, x_types[_i], worst);
		title_of(title, norm, x_types[_i], "named rows");
		grad_factors_print(title, worst);
	}
}
END_TEST

/* eps outside, up to the standard deviation. */
START_TEST(eps_outside)
{
	struct grad_factors worst[GRAD_KERNELS] = {{{0}}};

	for (uint64_t i = 0; i < 96; i++) {
		ln_desc d = plain_desc(norm_at(i + i / 32), x_types[i / 2 % X_TYPES], 5, i % 3 ? 64 : 300);
		struct grad_call c = grad_make(&d, GRAD_PLAIN | (i % 5 == 0 ? OF(GGAMMA) : 0));
		grad_fill(&c, row_kind(i % 2), i);
		c.b.d.flags = LN_EPS_OUTSIDE;
		c.b.d.eps = i / 8 % 3 == 0 ? 1e-5 : i / 8 % 3 == 1 ? 0.01 : 1;
		expect_grads_accurate(&c, false, worst, "eps outside");
		grad_free(&c);
	}
	grad_factors_print("eps outside", worst);
}
END_TEST

/* A dy that meets the largest element alone: one term is all of average(g xhat). */
static void only_at_largest(struct grad_call *c, const struct hostile_row *row)
{
	size_t largest = 0;

	for (size_t i = 0; i < row->cols; i++) {
		type_store(c->part[GDY].type, *grad_slot(&c->b, GDY), i, 0);
		if (fabs(row->x[i]) > fabs(row->x[largest]))
			largest = i;
	}
	type_store(c->part[GDY].type, *grad_slot(&c->b, GDY), largest, 1);
}

/* A row of its own; dy is the hostile row's beta, or N(0,1) where that is 0, or for every fourth row a single 1. */
static struct grad_call hostile_call(uint32_t norm, uint32_t type, const struct hostile_row *row, bool single)
{
	ln_desc d = plain_desc(norm, type, 1, row->cols);
	struct grad_call c = grad_make(&d, GRAD_PLAIN);

	grad_fill(&c, row_kind(0), row->cols);
	c.b.d.eps = row->eps;
	for (size_t i = 0; i < row->cols; i++) {
		type_store(type, *grad_slot(&c.b, GX), i, row->x[i]);
		type_store(type, *grad_slot(&c.b, GGAMMA), i, row->gamma[i]);
		if (row->beta[0] != 0)
			type_store(type, *grad_slot(&c.b, GDY), i, row->beta[i]);
	}
	if (single)
		only_at_largest(&c, row);
	return c;
}

/* LN_TEST_ROWS, _FIRST and _SEED are those of test_hostile.c: a sixteenth of the rows, as for its other operations. */
START_TEST(hostile_rows)
{
	static struct hostile_row row;
	uint64_t count = thinned("backward_accuracy: hostile rows of each type and norm", 400, 60);

	count = (environment_number("LN_TEST_ROWS", 16 * count) + 15) / 16;
	for (uint32_t norm = 0; norm < norm_count(); norm++) {
		struct grad_factors worst[GRAD_KERNELS] = {{{0}}};
		char title[64];
		for (uint64_t i = 0; i < count; i++) {
			rows_hostile(x_types[_i], environment_number("LN_TEST_SEED", 1), environment_number("LN_TEST_FIRST", 0) + i, &row);
			struct grad_call c = hostile_call(norm, x_types[_i], &row, i % 4 == 3);
			expect_grads_accurate(&c, false, worst, row.recipe);
			grad_free(&c);
		}
		title_of(title, norm, x_types[_i], "hostile rows");
		grad_factors_print(title, worst);
	}
}
END_TEST

/* ---- A million rows of floats, and a quarter of that of doubles ---- */

enum { MANY_COLS = 64, PERIOD = 1000, PERIODS = 1000 };

/* What the sums over PERIOD rows become over `times` as many. */
static void multiply(struct ref_value *v, size_t n, size_t times)
{
	for (size_t i = 0; i < n; i++) {
		quad exact = ((quad)v[i].hi + (quad)v[i].lo) * (quad)times;
		v[i].hi = (double)exact;
		v[i].lo = (double)(exact - (quad)v[i].hi);
		v[i].unit *= (double)times;
	}
}

/*
 * Rows repeat themselves, so the exact sums are those of one period, many times; and the same rounding errors come again and again,
 * instead of cancelling. Row r of dy is the window of an array that begins at r.
 */
static struct grad_call many_rows(uint32_t norm, uint32_t type, size_t rows)
{
	static const struct row_kind normal = {"N", 0, 1, 1e-5, NULL}, biased = {"0.25 + N", 0.25, 1, 0, NULL};
	ln_desc d = plain_desc(norm, type, rows, MANY_COLS);
	size_t size = type_size(type), of_period = PERIOD * MANY_COLS * size;

	d.y_stride = 1;
	struct grad_call c = grad_make(&d, OF(GX) | OF(GDY) | OF(GDGAMMA) | OF(GDBETA));
	char *x = *grad_slot(&c.b, GX), *dy = *grad_slot(&c.b, GDY);
	rows_fill(&normal, type, 1, PERIOD, MANY_COLS, x);
	for (size_t i = PERIOD; i < rows; i += PERIOD)
		memcpy(x + i / PERIOD * of_period, x, of_period);
	rows_fill(&biased, type, 2, 1, PERIOD, dy);
	for (size_t i = PERIOD; i < rows + MANY_COLS - 1; i++)
		memcpy(dy + i * size, dy + (i - PERIOD) * size, size);
	return c;
}

/* dy is x, so that all terms of dgamma have one sign. */
static void correlate(struct grad_call *c)
{
	ln_desc *d = &c->b.d;

	c->b.dy = c->b.x;
	d->y_stride = 0;
}

/* As of one row: dgamma and dbeta alone are there. */
static struct grad_factors many_factors(const char *who, const struct grad_call *c, const struct ref_gradients *exact)
{
	struct grad_call first = *c;

	first.b.d.rows = 1;
	return grad_factors(who, &first, exact, "many rows");
}

static void check_many(uint32_t norm, uint32_t type, size_t periods, bool is_correlated, struct grad_factors worst[])
{
	struct grad_call c = many_rows(norm, type, PERIOD * periods), one;
	const struct kernel *k;

	if (is_correlated)
		correlate(&c);
	one = c;
	one.b.d.rows = PERIOD;
	struct ref_gradients exact = ref_backward(&one.b, true);
	multiply(exact.dgamma, MANY_COLS, periods);
	multiply(exact.dbeta, MANY_COLS, periods);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		grad_run(&c);
		struct grad_factors f = many_factors(k->name, &c, &exact);
		for (int o = 0; o < GRAD_OUTPUTS; o++)
			worst[i].of[o] = f.of[o] > worst[i].of[o] ? f.of[o] : worst[i].of[o];
	}
	ref_gradients_free(&exact);
	grad_free(&c);
}

START_TEST(million_rows)
{
	size_t periods = thinned("backward_accuracy: rows of 64 columns, in thousands", PERIODS, 20);

	for (size_t t = 0; t < 2; t++) {
		const uint32_t type = t ? LN_F64 : LN_F32;
		struct grad_factors worst[GRAD_KERNELS] = {{{0}}};
		char title[64];
		for (int i = 0; i < 2; i++)
			check_many(i ? LN_RMSNORM : LN_LAYERNORM, type, t ? (periods + 3) / 4 : periods, i == 1, worst);
		snprintf(title, sizeof title, "%s %zu000 rows of 64", type_name(type), t ? (periods + 3) / 4 : periods);
		grad_factors_print(title, worst);
	}
}
END_TEST

Suite *suite_backward_accuracy(void)
{
	Suite *suite = suite_create("backward_accuracy");
	TCase *tc = add_case(suite, "backward_accuracy");

	tcase_add_loop_test(tc, named_rows, 0, X_TYPES);
	tcase_add_loop_test(tc, hostile_rows, 0, X_TYPES);
	tcase_add_test(tc, eps_outside);
	tcase_add_test(tc, million_rows);
	return suite;
}
