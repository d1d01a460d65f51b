/*
 * test_statistics.c - mean and rstd, put out and given
 */
#include "call.h"

#include <math.h>

/* A constant row of DBL_MAX is scaled until nothing is left of eps: by docs/numerics.md, section 9, rstd is 0, not 1 / sqrt(eps). */
enum { LARGEST_AT_RANDOM = 8 };

START_TEST(put_out)
{
	const struct row_kind *kind;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; column_count_of(operation(1), i) != 0; i++) {
			ln_desc d = plain_desc(norm_at(i / 4), x_types[(n + i) % X_TYPES], 5, column_count_of(operation(1), i));
			d.flags = i % 3 == 0 ? LN_EPS_OUTSIDE : 0;
			struct call c = call_make(&d, PLAIN | STATS);
			call_fill(&c, kind, i);
			expect_model(&c, kind->name);
			if (d.x_type != LN_F64 || n != LARGEST_AT_RANDOM)
				expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, kind->name);
			c.f.d.eps = 0;
			expect_model(&c, kind->name);
			expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, kind->name);
			call_free(&c);
		}
}
END_TEST

/* Calls that go the short way, of several rows, one of them out of the range of floats. */
START_TEST(put_out_of_plain_rows)
{
	static const size_t counts[] = {7, 64, 512, 768, 1000, 1024, 2050};
	enum { COUNTS = sizeof counts / sizeof counts[0] };

	for (size_t i = 0; i < COUNTS * 2 * X_TYPES; i++) {
		ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % X_TYPES], 11, counts[i / 2 / X_TYPES]);
		struct call c = call_make(&d, (i % 2 ? PLAIN & ~WITH(BETA) : PLAIN) | STATS);
		call_fill(&c, row_kind(0), i);
		expect_model(&c, "statistics of plain rows");
		for (size_t n = 0; n < d.cols; n++)
			type_store(d.x_type, *call_slot(&c.f, X), 6 * d.cols + n, n % 2 ? 3e38 : -1e38);
		expect_model(&c, "statistics of plain rows, one of them large");
		call_free(&c);
	}
}
END_TEST

/* As they are: whatever they are, also for rows that have quite other ones; and left as they were. */
START_TEST(given)
{
	for (size_t i = 0; i < 400; i++) {
		ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % X_TYPES], 4, some_column_count(i));
		d.flags = LN_STATS_GIVEN | (i % 3 == 0 ? LN_CAST_BEFORE_GAMMA : 0);
		bool no_mean = !norm_facts(d.norm)->has_mean && i % 4 == 1;		/* those need none */
		struct call c = call_make(&d, PLAIN | WITH(RSTD) | (no_mean ? 0 : WITH(MEAN)) | (i % 5 == 0 ? WITH(RESIDUAL) : 0));
		call_fill(&c, row_kind(i % 4), i);
		expect_model(&c, "given statistics");
		expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, "given statistics");
		call_free(&c);
	}
}
END_TEST

/* NaN and infinities among what is given, and in the row: only the elements that they reach are NaN, and that is the quiet one. */
START_TEST(given_and_not_finite)
{
	static const double values[] = {(double)NAN, -(double)NAN, (double)INFINITY, -(double)INFINITY, 0};
	enum { VALUES = sizeof values / sizeof values[0], PLACES = 3 };

	for (size_t i = 0; i < VALUES * PLACES * X_TYPES * 2; i++) {
		ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % X_TYPES], 3, 69);
		enum tensor place = (const enum tensor[PLACES]){X, MEAN, RSTD}[i / 8 % PLACES];
		d.flags = LN_STATS_GIVEN;
		struct call c = call_make(&d, PLAIN | STATS);
		call_fill(&c, row_kind(0), i);
		type_store(c.part[place].type, *call_slot(&c.f, place), place == X ? 69 + i % 69 : 1, values[i / 8 / PLACES]);
		expect_model(&c, "given statistics, not all finite");
		call_free(&c);
	}
}
END_TEST

Suite *suite_statistics(void)
{
	Suite *suite = suite_create("statistics");
	TCase *tc = add_case(suite, "statistics");

	tcase_add_test(tc, put_out);
	tcase_add_test(tc, put_out_of_plain_rows);
	tcase_add_test(tc, given);
	tcase_add_test(tc, given_and_not_finite);
	return suite;
}
