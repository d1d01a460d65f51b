/*
 * test_model.c - the model, which says the bits of every kernel: its exact operations and its moments against exact numbers, and its
 * outputs against the oracle, both classes on every machine
 */
#include "accuracy.h"
#include "bounds.h"
#include "model_exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"unfused", "fused"};
static const double units[] = {0x1p-24, 0x1p-53};

static quad exact_of(struct pair p)
{
	return (quad)p.hi + (quad)p.lo;
}

static quad size(quad v)
{
	return v < 0 ? -v : v;
}

/* A quad holds the product of two doubles, and the sum of two whose exponents are near. */
START_TEST(exact_operations)
{
	struct rng r = rng_make(21, 0);

	for (int i = 0; i < 100000; i++) {
		double a = ldexp(rng_normal(&r), (int)rng_below(&r, 600) - 300), b = ldexp(rng_normal(&r), (int)rng_below(&r, 600) - 300);
		double c = ldexp(rng_normal(&r), ilogb(a) + (int)rng_below(&r, 110) - 55);
		ck_assert(exact_of(exact_product(a, b)) == (quad)a * (quad)b);
		ck_assert(exact_of(exact_sum(a, c)) == (quad)a + (quad)c);
		ck_assert(exact_sum(a, c).hi == a + c);
	}
}
END_TEST

/* ---- Moments ---- */

/* The mean and the sum of squared deviations (of squares, without a mean) from their definitions. */
struct exact_moments { quad mean, m2; };

static struct exact_moments exact_moments(uint32_t norm, uint32_t type, size_t n, const void *x)
{
	double *v = malloc(n * sizeof *v);

	for (size_t i = 0; v && i < n; i++)
		v[i] = type_load(type, x, i);
	struct ref_row row = {.cols = n, .norm = norm, .x = v};
	struct ref_stats s = ref_statistics(&row);
	free(v);
	return (struct exact_moments){s.base + s.offset, s.var * (quad)norm_divisor(norm, n)};
}

/*
 * The deviations of whole numbers from the pivots 0 and a mean of few of them are exact, and so are the sums of their squares: what is left
 * is the arithmetic of doubles, or of pairs. A second look, whose pivot is no such number, has the roundings of the type.
 */
static void check_whole_numbers(enum arithmetic arithmetic, uint32_t norm, uint32_t type, size_t n)
{
	struct rng r = rng_make(22, n);
	void *x = elements(type, n);
	double u = units[type == LN_F64], rest = type == LN_F64 ? 0x1p-96 : 0x1p-48;

	for (size_t i = 0; i < n; i++)
		type_store(type, x, i, (double)rng_below(&r, 17) - 8);
	ln_moments m = model_moments(arithmetic, type, norm, n, x);
	struct exact_moments exact = exact_moments(norm, type, n, x);
	quad mean_error = size((quad)m.mean + (quad)m.mean_lo + (quad)m.mean_rest - exact.mean), m2_error = size((quad)m.m2 + (quad)m.m2_lo - exact.m2);
	ck_assert(m.count == (double)n);
	if (!norm_facts(norm)->has_mean)
		ck_assert(m.mean == 0 && m.mean_lo == 0 && m2_error <= 0x1p-100 * exact.m2);	/* the quad's own last bits */
	else if (n < 2 * LN_BLOCK && n > 64)		/* the signs of the first 32 are mixed: no second look */
		ck_assert(mean_error <= 8 * rest && m2_error <= 8 * rest * exact.m2);
	else
		ck_assert(mean_error <= 8 * 8 * u && m2_error <= 30 * u * exact.m2);
	free(x);
}

START_TEST(moments_of_whole_numbers)
{
	for (size_t i = 0; column_count(i) != 0; i++)
		for (size_t t = 0; t < X_TYPES; t++)
			for (int class = UNFUSED; class <= FUSED; class++)
				for (uint32_t norm = 0; norm < norm_count(); norm++)
					check_whole_numbers((enum arithmetic)class, norm, x_types[t], column_count(i));
}
END_TEST

/* What many merges lose does not show: long rows of any mean, of a few units as short ones. */
static void check_long(enum arithmetic arithmetic, uint32_t type, size_t n, double offset)
{
	struct row_kind kind = {"offset + N", offset, 1, 0, NULL};
	void *x = elements(type, n);
	double u = units[type == LN_F64];

	rows_fill(&kind, type, n, 1, n, x);
	ln_moments m = model_moments(arithmetic, type, LN_LAYERNORM, n, x);
	struct exact_moments exact = exact_moments(LN_LAYERNORM, type, n, x);
	double deviation = sqrt((double)exact.m2 / (double)n);
	double mean_error = (double)size((quad)m.mean + (quad)m.mean_lo + (quad)m.mean_rest - exact.mean) / (u * deviation);
	double m2_error = (double)(size((quad)m.m2 + (quad)m.m2_lo - exact.m2) / exact.m2) / u;
	printf("model: %s, %s, %zu elements, mean %g: the mean is off by %.3f u of the deviation, m2 by %.3f u\n", classes[arithmetic],
	       type_name(type), n, offset, mean_error, m2_error);
	ck_assert(mean_error <= 2 && m2_error <= 4);
	free(x);
}

START_TEST(moments_of_long_rows)
{
	static const double offsets[] = {0, 0.5, 1000};
	size_t n = thinned("model: elements of a long row", (size_t)1 << 20, (size_t)1 << 16);

	for (int class = UNFUSED; class <= FUSED; class++)
		for (size_t i = 0; i < 3; i++) {
			check_long((enum arithmetic)class, LN_F32, n + 77, offsets[i]);
			check_long((enum arithmetic)class, LN_F64, n + 77, offsets[i]);
		}
}
END_TEST

/* ---- Scales ---- */

/* The relative error, in units of 2^-53, of the rstd that comes of given moments. */
static double scale_error(enum arithmetic arithmetic, uint32_t type, const ln_desc *d, const ln_moments *m)
{
	struct ref_row exact = {.cols = 1, .norm = d->norm, .flags = d->flags, .eps = d->eps};
	quad rstd;

	if (type == LN_F64) {
		struct row_f64 row = {.d = d, .moments = m, .cols = 1};
		rstd = (quad)model_scaling_f64(arithmetic, &row).rstd;
	} else {
		struct row_f32 row = {.d = d, .moments = m, .cols = 1};
		rstd = (quad)model_scaling_f32(arithmetic, &row).rstd64;
	}
	return (double)(size(rstd / ref_given_moments(&exact, m).rstd - 1) * 0x1p53);
}

/*
 * In floats the square of what r is off by, 2.5 u, and a few roundings of doubles are left; in doubles the last rounding, but a few where a row
 * is not ordinary.
 */
START_TEST(scales)
{
	struct rng r = rng_make(23, 0);

	for (int i = 0; i < 20000; i++) {
		uint32_t type = i % 2 ? LN_F64 : LN_F32, flags = i % 4 < 2 ? 0 : LN_EPS_OUTSIDE;
		bool far = i % 16 < 4;
		int power = far ? 820 + (int)rng_below(&r, 100) : (int)rng_below(&r, type == LN_F64 ? 790 : 78);
		ln_moments m = {3, 0, 0, ldexp(1 + rng_uniform(&r), i % 32 < 16 ? power : -power), 0, 0};
		ln_desc d = {.struct_size = sizeof d, .rows = 1, .cols = 1, .flags = flags};
		d.eps = i % 3 ? 0 : (flags ? sqrt(m.m2) : m.m2) * rng_uniform(&r);
		m.m2_lo = type == LN_F64 ? 0x1p-54 * m.m2 * rng_uniform(&r) : 0;
		for (int class = UNFUSED; class <= FUSED; class++) {
			double error = scale_error((enum arithmetic)class, type, &d, &m), most = far ? 4 : type == LN_F64 ? 1.001 : flags ? 4 : 700;
			ck_assert_msg(error <= most, "rstd of %a + %a, eps %a: off by %g of 2^-53", m.m2, m.m2_lo, d.eps, error);
		}
	}
}
END_TEST

/* ---- Outputs ---- */

/* Every row of p by the model; factors past the promise fail the test, the last rounding counted. Returns the worst. */
static double check_outputs(enum arithmetic arithmetic, const struct problem *p, const struct ref_value *exact, const char *what)
{
	double worst = 0;

	solve_by_model(p, arithmetic);
	for (size_t row = 0; row < p->rows; row++) {
		struct ref_type type = {p->op->type, 1, 0, false};
		struct ref_error e = ref_compare(type, p->cols, exact + row * p->cols, p->y, row * p->cols);
		double factor = type_size(p->op->type) < 4 ? e.rounded : e.raw;
		if (!(factor <= bound_of_y(p->op->norm, arithmetic)))
			ck_abort_msg("model, %s, %s: factor %g of %s, %zu columns, eps %g", classes[arithmetic], p->op->name, factor, what,
				     p->cols, p->eps);
		worst = fmax(worst, factor);
	}
	return worst;
}

static void check_kind(const struct operation *op, const struct row_kind *kind, size_t rows, size_t cols, double worst[2])
{
	struct problem p = problem_make(op, rows, cols);

	problem_fill(&p, kind, cols);
	for (int without_eps = 0; without_eps < 2; without_eps++) {
		p.eps = without_eps ? 0 : kind->eps;
		struct ref_value *exact = exact_solution(&p);
		for (int class = UNFUSED; class <= FUSED; class++)
			worst[class] = fmax(worst[class], check_outputs((enum arithmetic)class, &p, exact, kind->name));
		free(exact);
	}
	problem_free(&p);
}

static void print_worst(const struct operation *op, const char *what, const double worst[2])
{
	printf("model: %-14s %s: worst factor %.3f unfused, %.3f fused\n", op->name, what, worst[UNFUSED], worst[FUSED]);
}

START_TEST(named_rows)
{
	const struct operation *op = operation((size_t)_i);
	size_t step = thinned("model: every n-th number of columns", 1, 5);
	const struct row_kind *kind;
	double worst[2] = {0, 0};

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = n % step; column_count_of(operation(1), i) != 0; i += step)
			check_kind(op, kind, 2, column_count_of(operation(1), i), worst);
	print_worst(op, "named rows", worst);
}
END_TEST

START_TEST(hostile_rows)
{
	static struct hostile_row row;
	const struct operation *op = operation((size_t)_i);
	size_t count = thinned("model: hostile rows of each operation", 2000, 200);
	double worst[2] = {0, 0};

	for (uint64_t n = 0; n < count; n++) {
		rows_hostile(op->type, environment_number("LN_TEST_SEED", 1), environment_number("LN_TEST_FIRST", 0) + n, &row);
		struct problem p = problem_make(op, 1, row.cols);
		for (size_t c = 0; c < row.cols; c++) {
			type_store(op->type, p.x, c, row.x[c]);
			type_store(op->type, p.gamma, c, row.gamma[c]);
			type_store(op->type, p.beta, c, row.beta[c]);
		}
		p.eps = row.eps;
		struct ref_value *exact = exact_solution(&p);
		for (int class = UNFUSED; class <= FUSED; class++)
			worst[class] = fmax(worst[class], check_outputs((enum arithmetic)class, &p, exact, row.recipe));
		free(exact);
		problem_free(&p);
	}
	print_worst(op, "hostile rows", worst);
}
END_TEST

/* Of more blocks than any other suite has: rows of doubles, where a rounding of each merge would show. */
START_TEST(long_rows)
{
	static const struct row_kind kind = {"0.5 + N", 0.5, 1, 1e-5, NULL};
	size_t cols = thinned("model: columns of a long row", (size_t)1 << 20, (size_t)1 << 15);

	for (size_t n = 0; operation(n); n++) {
		double worst[2] = {0, 0};
		check_kind(operation(n), &kind, 1, cols, worst);
		print_worst(operation(n), "a long row", worst);
		ck_assert(operation(n)->type != LN_F64 || fmax(worst[0], worst[1]) <= 5);
	}
}
END_TEST

Suite *suite_model(void)
{
	Suite *suite = suite_create("model");
	TCase *tc = add_case(suite, "model");

	tcase_add_test(tc, exact_operations);
	tcase_add_test(tc, moments_of_whole_numbers);
	tcase_add_test(tc, moments_of_long_rows);
	tcase_add_test(tc, scales);
	tcase_add_loop_test(tc, named_rows, 0, (int)operation_count());
	tcase_add_loop_test(tc, hostile_rows, 0, (int)operation_count());
	tcase_add_test(tc, long_rows);
	return suite;
}
