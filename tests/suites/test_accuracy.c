/*
 * test_accuracy.c - the error bound on every named kind of row, and what must be exact
 */
#include "accuracy.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The contract would forgive the last rounding. */
static const struct bar bar = {PROMISED, false, NAMED_ROWS};

/* With the kind's eps and with 0, with parameters and without. */
static void check_kind(const struct operation *op, const struct row_kind *kind, size_t rows, size_t cols)
{
	struct problem p = problem_make(op, rows, cols), bare;
	char recipe[100];

	problem_fill(&p, kind, cols);
	bare = p;
	bare.gamma = bare.beta = NULL;
	for (int without_eps = 0; without_eps < 2; without_eps++) {
		p.eps = bare.eps = without_eps ? 0 : kind->eps;
		snprintf(recipe, sizeof recipe, "%s, %zu columns, eps %g", kind->name, cols, p.eps);
		expect_accurate(&p, bar, recipe);
		strcat(recipe, ", gamma and beta NULL");
		expect_accurate(&bare, bar, recipe);
	}
	problem_free(&p);
}

static void check_named_rows(const struct operation *op, size_t step)
{
	const struct row_kind *kind;
	size_t rows = op == operation(0) ? thinned("accuracy: rows of each kind", 4, 1) : 1;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = op == operation(0) ? 0 : n % step; column_count_of(op, i) != 0; i += op == operation(0) ? 1 : step)
			check_kind(op, kind, rows, column_count_of(op, i));
}

START_TEST(named_rows)
{
	size_t step = thinned("accuracy: every n-th number of columns, but for layernorm_f32", 1, 5);

	for (size_t i = 0; operation(i); i++)
		check_named_rows(operation(i), step);
}
END_TEST

/* Every power of two that the type has: the variance passes every limit at which a kernel may change its ways. */
static void check_every_scale(const struct operation *op, size_t cols, int step)
{
	struct problem p = problem_make(op, 1, cols);
	struct type_limits limits = type_limits(op->type);

	for (int power = ilogb(limits.least); power <= ilogb(limits.largest) - 2; power += step) {
		struct row_kind kind = {"N scaled by a power of two", 0, ldexp(1, power), 0, NULL};
		problem_fill(&p, &kind, (uint64_t)(power + 200));
		expect_accurate(&p, bar, kind.name);
	}
	problem_free(&p);
}

START_TEST(every_scale)
{
	static const size_t counts[] = {2, 3, 33, 384, 1500};
	int step = (int)thinned("accuracy: every n-th power of two, but for layernorm_f32", 2, 11);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
			if (n == 0 || i % 2 == 0)
				check_every_scale(operation(n), counts[i], n == 0 ? 1 : step);
}
END_TEST

/* Parameters of every size: products that are denormal, so that the last rounding must be forgiven, and others near FLT_MAX. */
START_TEST(parameters_of_every_scale)
{
	struct problem p = problem_make(operation(0), 1, 300);
	float *gamma = p.gamma, *beta = p.beta;

	for (int power = -149; power <= 122; power++) {
		problem_fill(&p, row_kind(0), (uint64_t)(power + 200));
		for (size_t c = 0; c < p.cols; c++) {
			gamma[c] = (float)ldexp((double)gamma[c], power);
			beta[c] = c % 2 ? 0 : (float)ldexp((double)beta[c], power);
		}
		expect_accurate(&p, (struct bar){PROMISED, true, NOT_KEPT}, "parameters scaled by a power of two");
	}
	problem_free(&p);
}
END_TEST

/* By value, since the sign of a zero is not promised. */
static void expect_beta(const struct problem *p, const char *what)
{
	const struct kernel *k;
	uint32_t type = p->op->type;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "%s", what);
		memset(p->y, 0xa5, bytes_of(p, p->cols));
		solve(p);
		for (size_t c = 0; c < p->cols; c++)
			if (!(type_load(type, p->y, c) == type_load(type, p->beta, c)))
				ck_abort_msg("%s, %s: %s of %.17g, %zu columns, eps %g: column %zu is %.17g, not beta %.17g", k->name,
					     p->op->name, what, type_load(type, p->x, 0), p->cols, p->eps, c,
					     type_load(type, p->y, c), type_load(type, p->beta, c));
	}
}

/* Any finite number of a type: of any exponent it has. */
static double any_finite(struct rng *r, uint32_t type)
{
	struct type_limits limits = type_limits(type);
	int least = ilogb(limits.least), span = ilogb(limits.largest) - least + 1;
	double v = ldexp(1 + rng_uniform(r), least + (int)rng_below(r, (uint64_t)span));

	return rows_finite(type, rng_below(r, 2) ? v : -v);
}

static const double some_eps[] = {0, 1e-5, 5e-324, 1, 1e300};
enum { SOME_EPS = sizeof some_eps / sizeof some_eps[0] };

static const double values[] = {0, -0.0, 1, 0.1, -3.7e5, 16777215, DBL_MAX, -DBL_MAX, (double)FLT_MAX, (double)FLT_MIN, 0x1p-149, 1e20,
				-1e-20};
enum { VALUES = sizeof values / sizeof values[0] };

static void check_constants(const struct operation *op, size_t cols, size_t count)
{
	struct problem p = problem_make(op, 1, cols);
	struct rng r = rng_make(2, cols);

	for (size_t v = 0; v < VALUES + count; v++) {
		double value = v < VALUES ? rows_finite(op->type, values[v]) : v % 2 ? any_finite(&r, op->type) : 1 + rng_uniform(&r);
		rows_parameters(v, op->type, cols, p.gamma, p.beta);
		for (size_t c = 0; c < cols; c++)
			type_store(op->type, p.x, c, value);
		p.eps = some_eps[v % SOME_EPS];
		expect_beta(&p, "constant row");
		p.eps = 0;
		expect_beta(&p, "constant row");
	}
	problem_free(&p);
}

START_TEST(constant_row_is_exactly_beta)
{
	size_t count = thinned("accuracy: random constants for each number of columns", 40, 4);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; norm_facts(operation(n)->norm)->has_mean && column_count_of(operation(n), i) != 0; i++)
			check_constants(operation(n), column_count_of(operation(n), i), n == 0 ? count : 4);
}
END_TEST

START_TEST(one_column_is_exactly_beta)
{
	size_t count = thinned("accuracy: rows of one column", 20000, 2000);

	for (size_t n = 0; operation(n); n++) {
		if (!norm_facts(operation(n)->norm)->has_mean)
			continue;
		struct problem p = problem_make(operation(n), 1, 1);
		struct rng r = rng_make(3, 0);
		for (uint64_t i = 0; i < (n == 0 ? count : 1000); i++) {
			type_store(p.op->type, p.x, 0, any_finite(&r, p.op->type));
			p.eps = some_eps[i % SOME_EPS];
			rows_parameters(i, p.op->type, 1, p.gamma, p.beta);
			expect_beta(&p, "one column");
		}
		problem_free(&p);
	}
}
END_TEST

/* Whatever eps: the answer of a norm without a mean to a row of zeros. */
START_TEST(zeros_give_zeros)
{
	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; !norm_facts(operation(n)->norm)->has_mean && column_count_of(operation(n), i) != 0; i++) {
			struct problem p = problem_make(operation(n), 1, column_count_of(operation(n), i));
			problem_fill(&p, row_kind(0), i);
			memset(p.x, 0, bytes_of(&p, p.cols));
			memset(p.beta, 0, bytes_of(&p, p.cols));
			for (size_t e = 0; e < SOME_EPS; e++) {
				p.eps = some_eps[e];
				expect_beta(&p, "a row of zeros");
			}
			problem_free(&p);
		}
}
END_TEST

/* A row of doubles of which a reciprocal of a rounded root, with no step of Newton's, makes 5.8 units, at scales where squares do not hold it. */
START_TEST(extremes_need_a_refined_rstd)
{
	static const double elements[][2] = {{0, 0x1.027915d3a847p+0}, {8, 0x1.32f3e4de26f35p-9}, {16, 0x1.4815a1c13e6d8p-9},
					     {32, 0x1.73c0b246e4219p-9}};
	static const int powers[] = {1006, 300, -300, -1000};

	for (size_t n = 0; operation(n); n++)
		for (size_t k = 0; operation(n)->type == LN_F64 && k < sizeof powers / sizeof powers[0]; k++) {
			struct problem p = problem_make(operation(n), 1, 65);
			for (size_t i = 0; i < p.cols; i++) {
				((double *)p.x)[i] = 0;
				((double *)p.gamma)[i] = 0x1.fcd7cde84f4f7p-1;
			}
			for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
				((double *)p.x)[(size_t)elements[i][0]] = ldexp(elements[i][1], powers[k]);
			struct problem bare = p;
			bare.eps = 0;
			bare.beta = NULL;
			expect_accurate(&bare, bar, "a row that needs a refined rstd");
			problem_free(&p);
		}
}
END_TEST

Suite *suite_accuracy(void)
{
	Suite *suite = suite_create("accuracy");
	TCase *tc = add_case(suite, "accuracy");

	tcase_add_test(tc, named_rows);
	tcase_add_test(tc, every_scale);
	tcase_add_test(tc, parameters_of_every_scale);
	tcase_add_test(tc, constant_row_is_exactly_beta);
	tcase_add_test(tc, one_column_is_exactly_beta);
	tcase_add_test(tc, zeros_give_zeros);
	tcase_add_test(tc, extremes_need_a_refined_rstd);
	return suite;
}
