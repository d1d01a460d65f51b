/*
 * test_residual.c - s = x + residual: its sum put out, its rounding flags, and every way of working in place
 */
#include "call.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ROWS = 3, FLAG_SETS = 6 };

static const uint32_t flags[FLAG_SETS] = {0, LN_ROUND_SUM, LN_CAST_BEFORE_GAMMA, LN_ROUND_SUM | LN_CAST_BEFORE_GAMMA,
					  LN_ROUND_SUM | LN_GAMMA_PLUS_ONE, LN_CAST_BEFORE_GAMMA | LN_EPS_OUTSIDE};

static struct call residual_call(uint32_t norm, uint32_t type, size_t cols, uint32_t flag_set)
{
	ln_desc d = plain_desc(norm, type, ROWS, cols);

	d.flags = flag_set;
	return call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM));
}

/* The residual lies in the same range as x, so that rows at the ends of the range overflow into NaN rows. */
START_TEST(named_rows)
{
	const struct row_kind *kind;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; column_count_of(operation(1), i) != 0; i++) {
			struct call c = residual_call(norm_at(i + n), x_types[i % X_TYPES], column_count_of(operation(1), i), flags[n % FLAG_SETS]);
			call_fill(&c, kind, i);
			expect_model(&c, kind->name);
			call_free(&c);
		}
}
END_TEST

static void check_flags(size_t t, size_t set, size_t cols)
{
	static const size_t kinds[] = {0, 1, 2, 4, 9, 10, 14};

	for (uint32_t norm = 0; norm < norm_count(); norm++)
		for (size_t n = 0; n < sizeof kinds / sizeof kinds[0]; n++) {
			struct call c = residual_call(norm, x_types[t], cols, flags[set]);
			call_fill(&c, row_kind(kinds[n]), n);
			if (x_types[t] == LN_F16 && kinds[n] == 4)	/* 65504 twice is an infinity */
				memset(*call_slot(&c.f, RESIDUAL), 0, c.part[RESIDUAL].bytes);
			expect_model(&c, row_kind(kinds[n])->name);
			expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, row_kind(kinds[n])->name);
			call_free(&c);
		}
}

START_TEST(flags_and_accuracy)
{
	static const size_t counts[] = {1, 5, 16, 33, 130, 1025};

	for (size_t t = 0; t < X_TYPES; t++)
		for (size_t set = 0; set < FLAG_SETS; set++)
			for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
				check_flags(t, set, counts[i]);
}
END_TEST

/* The sum may have another type than x: what it is rounded to shows in y with LN_ROUND_SUM, and only with it. */
START_TEST(round_sum_rounds_to_the_type_of_sum)
{
	for (size_t x = 0; x < FAMILY * FAMILY; x++) {
		ln_desc d = plain_desc(LN_LAYERNORM, x_types[x % FAMILY], ROWS, 300);
		d.sum_type = x_types[x / FAMILY];
		d.residual_type = LN_F32;
		for (int rounded = 0; rounded < 2; rounded++)
			for (int put_out = 0; put_out < 2; put_out++) {
				d.flags = rounded ? LN_ROUND_SUM : 0;
				struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | (put_out ? WITH(SUM) : 0));
				call_fill(&c, row_kind(1), x);
				expect_model(&c, put_out ? "the sum put out" : "the sum not put out");
				call_free(&c);
			}
	}
}
END_TEST

/* y and sum where they lie apart, moved onto x and residual in each way that ln.h permits: the same values, other places. */
static const struct { enum tensor y, sum; } places[] = {
	{X, SUM}, {RESIDUAL, SUM}, {Y, X}, {Y, RESIDUAL}, {X, RESIDUAL}, {RESIDUAL, X},
};
enum { PLACES = sizeof places / sizeof places[0] };

static struct call moved(const struct call *c, size_t place)
{
	struct call m = call_clone(c);

	*call_slot(&m.f, Y) = *call_slot(&m.f, places[place].y);
	*call_slot(&m.f, SUM) = *call_slot(&m.f, places[place].sum);
	return m;
}

static void check_in_place(const struct call *c, const char *what)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct call apart = call_clone(c);
		call_run(&apart);
		for (size_t place = 0; place < PLACES; place++) {
			struct call m = moved(c, place);
			note(k, "in place, way %zu, %s", place, what);
			call_run(&m);
			if (memcmp(m.f.y, apart.f.y, c->part[Y].bytes) != 0)
				ck_abort_msg("%s: y in place, way %zu, is not y apart: %s, %s", k->name, place, call_name(c), what);
			if (memcmp(m.f.sum, apart.f.sum, c->part[SUM].bytes) != 0)
				ck_abort_msg("%s: sum in place, way %zu, is not sum apart: %s, %s", k->name, place, call_name(c), what);
			call_free(&m);
		}
		call_free(&apart);
	}
}

START_TEST(in_place)
{
	const struct row_kind *kind;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = n % 3; column_count_of(operation(1), i) != 0; i += 3) {
			struct call c = residual_call(norm_at(i), x_types[(i + n) % X_TYPES], column_count_of(operation(1), i), flags[i % FLAG_SETS]);
			call_fill(&c, kind, i);
			check_in_place(&c, kind->name);
			call_free(&c);
		}
}
END_TEST

/* The arena of a call in place against the model's: all else is left alone. */
START_TEST(in_place_touches_nothing_else)
{
	for (size_t i = 0; i < 4 * PLACES; i++) {
		struct call c = residual_call(norm_at(i), x_types[i % X_TYPES], 77 + i, flags[i % FLAG_SETS]), m;
		call_fill(&c, row_kind(1), i);
		m = moved(&c, i % PLACES);
		expect_model(&m, "in place");
		call_free(&c);
		call_free(&m);
	}
}
END_TEST

/* Sum, mean and rstd each alone, y NULL; sum without a residual. */
START_TEST(parts_alone)
{
	static const unsigned outputs[] = {WITH(SUM), WITH(MEAN), WITH(RSTD), STATS, WITH(SUM) | STATS, WITH(Y), WITH(Y) | WITH(SUM),
					   WITH(Y) | WITH(MEAN)};

	for (size_t i = 0; i < 8 * X_TYPES * 4; i++) {
		ln_desc d = plain_desc(norm_at(i / 32), x_types[i % X_TYPES], ROWS, 1 + 37 * (i / 64) + 1021 * (i % 2));
		struct call c = call_make(&d, WITH(X) | (i % 3 ? WITH(RESIDUAL) : 0) | outputs[i / X_TYPES % 8]);
		call_fill(&c, row_kind(1), i);
		expect_model(&c, "parts of the output");
		call_free(&c);
	}
}
END_TEST

/* NaN and infinities in either; infinities that cancel; finite numbers whose sum is not: the row is NaN, the sum what was added. */
START_TEST(what_is_not_finite)
{
	static const double pairs[][2] = {{(double)NAN, 1}, {1, (double)NAN}, {(double)INFINITY, 1}, {1, -(double)INFINITY},
					  {(double)INFINITY, -(double)INFINITY}, {(double)FLT_MAX, (double)FLT_MAX}, {DBL_MAX, DBL_MAX},
					  {DBL_MAX, -DBL_MAX}};

	for (size_t i = 0; i < 8 * X_TYPES; i++)
		for (size_t set = 0; set < 2; set++) {
			uint32_t type = x_types[i % X_TYPES];
			struct call c = residual_call((uint32_t)set, type, 45, flags[set]);
			call_fill(&c, row_kind(0), i);
			for (int n = 0; n < 2; n++) {
				double v = pairs[i / X_TYPES][n];
				type_store(type, *call_slot(&c.f, n ? RESIDUAL : X), 45 + 7 * i % 45, isfinite(v) ? rows_finite(type, v) : v);
			}
			expect_model(&c, "a sum that is not finite");
			call_free(&c);
		}
}
END_TEST

Suite *suite_residual(void)
{
	Suite *suite = suite_create("residual");
	TCase *tc = add_case(suite, "residual");

	tcase_add_test(tc, named_rows);
	tcase_add_test(tc, flags_and_accuracy);
	tcase_add_test(tc, round_sum_rounds_to_the_type_of_sum);
	tcase_add_test(tc, in_place);
	tcase_add_test(tc, in_place_touches_nothing_else);
	tcase_add_test(tc, parts_alone);
	tcase_add_test(tc, what_is_not_finite);
	return suite;
}
