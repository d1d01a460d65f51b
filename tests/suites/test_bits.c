/*
 * test_bits.c - every kernel of a class gives the bits of that class's model
 */
#include "call.h"
#include "rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The other class's model need not be run. */
static void print_classes(void)
{
	static const char *const names[] = {"unfused", "fused"};
	const struct kernel *k;

	for (int class = UNFUSED; class <= FUSED; class++) {
		printf("bits: the %s model is compared with:", names[class]);
		for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
			if ((int)k->arithmetic == class)
				printf(" %s", k->name);
		printf(is_class_usable((enum arithmetic)class) ? "\n" : " no kernel, since this CPU has none\n");
	}
}

static void check(struct problem *p, const char *what)
{
	const struct kernel *k;
	void *want[2] = {NULL, NULL};

	for (int class = UNFUSED; class <= FUSED; class++)
		if (is_class_usable((enum arithmetic)class)) {
			struct problem by_model = *p;
			by_model.y = want[class] = elements(p->op->type, p->rows * p->cols);
			solve_by_model(&by_model, (enum arithmetic)class);
		}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "%s, %zu x %zu: %s", p->op->name, p->rows, p->cols, what);
		memset(p->y, 0xa5, bytes_of(p, p->rows * p->cols));
		solve(p);
		expect_bits(k, p, want[k->arithmetic], "eps %g: %s", p->eps, what);
	}
	free(want[UNFUSED]);
	free(want[FUSED]);
}

static void check_named_rows(const struct operation *op, size_t rows)
{
	const struct row_kind *kind;

	for (size_t i = 0; column_count_of(op, i) != 0; i++) {
		struct problem p = problem_make(op, rows, column_count_of(op, i));
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++) {
			problem_fill(&p, kind, 7 * i + n);
			check(&p, kind->name);
			p.eps = 0;
			check(&p, kind->name);
		}
		problem_free(&p);
	}
}

START_TEST(named_rows)
{
	size_t rows = thinned("bits: rows of each kind", 11, 3);

	for (size_t n = 0; operation(n); n++)
		check_named_rows(operation(n), n == 0 ? rows : 3);
}
END_TEST

/* As large as the variance and as extreme, eps decides as well. */
static void check_every_scale(const struct operation *op, size_t cols, int step)
{
	struct type_limits limits = type_limits(op->type);
	struct problem p = problem_make(op, 1, cols);

	for (int power = ilogb(limits.least); power <= ilogb(limits.largest) - 2; power += step) {
		struct row_kind kind = {"N scaled by a power of two", 0, ldexp(1, power), 0, NULL};
		problem_fill(&p, &kind, (uint64_t)(power + 2000));
		check(&p, kind.name);
		p.eps = fmin(ldexp(1, 2 * power), 1e300);
		check(&p, kind.name);
	}
	problem_free(&p);
}

START_TEST(every_scale)
{
	static const size_t counts[] = {2, 33, 1500};
	int step = (int)thinned("bits: every n-th power of two, but for layernorm_f32", 1, 11);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
			check_every_scale(operation(n), counts[i], n == 0 && !small_run() ? 1 : step);
}
END_TEST

/*
 * A variance plus eps of exactly the limit where a row begins to be extreme, and one double to either side. Scaling by a power of two
 * shows in nothing but what it saves from becoming denormal, or makes so: hence the second sizes of x.
 */
static const struct { int power; uint32_t type; int size; } limits[] = {
	{80, LN_F32, 10}, {80, LN_F32, -50}, {-80, LN_F32, -70}, {-80, LN_F32, -140}, {80, LN_BF16, 10}, {80, LN_F16, 10},
	{800, LN_F64, 370}, {800, LN_F64, -500}, {-800, LN_F64, -430}, {-800, LN_F64, -1060},
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

static void check_limit(size_t i, int side, uint32_t norm, uint32_t flags)
{
	struct row_kind kind = {"N far below eps", 0, ldexp(1, limits[i].size), 0, NULL};
	ln_desc d = plain_desc(norm, limits[i].type, 3, 64);

	d.flags = flags;
	struct call c = call_make(&d, WITH(X) | WITH(GAMMA) | WITH(Y) | STATS);		/* beta would hide every difference */
	call_fill(&c, &kind, 1);
	c.f.d.eps = ldexp(1, flags ? limits[i].power / 2 : limits[i].power);
	if (side)
		c.f.d.eps = nextafter(c.f.d.eps, side > 0 ? HUGE_VAL : 0);
	expect_model(&c, kind.name);
	c.f.d.eps *= 4;		/* well past the upper limit, with which var + eps, without the square, has nothing to do */
	expect_model(&c, kind.name);
	call_free(&c);
}

START_TEST(limits_of_extreme_rows)
{
	for (size_t i = 0; i < LIMITS; i++)
		for (int side = -1; side <= 1; side++)
			for (uint32_t norm = 0; norm < norm_count(); norm++) {
				check_limit(i, side, norm, 0);
				check_limit(i, side, norm, LN_EPS_OUTSIDE);
			}
}
END_TEST

/* Sums of squares of exactly 2^-80 n and 2^80 n in a block, and the floats to either side. */
START_TEST(limits_of_a_block)
{
	for (size_t n = 0; operation(n); n++) {
		struct problem p = problem_make(operation(n), 1, 64);
		for (int power = -40; power <= 40; power += 80)
			for (int side = -1; side <= 1; side++) {
				problem_fill(&p, row_kind(0), 1);
				p.eps = 0;
				for (size_t c = 0; c < p.cols; c++)
					type_store(p.op->type, p.x, c, (c % 2 ? 1 : -1) * ldexp(1 + side * 0x1p-7, power));
				check(&p, "two values of equal size at the limit of a block");
			}
		problem_free(&p);
	}
}
END_TEST

/*
 * A block whose mean lies beside nearly all of its elements, the smallest of their type: in f32 the deviations are a thousandth of one,
 * and a scale that is too small for their squares shows.
 */
START_TEST(least_deviations)
{
	for (size_t n = 0; operation(n); n++) {
		struct problem p = problem_make(operation(n), 1, 1000);
		double least = type_limits(p.op->type).least;

		problem_fill(&p, row_kind(0), 1);
		p.eps = 0;
		for (size_t c = 0; c < p.cols; c++) {
			type_store(p.op->type, p.x, c, (c == 5 ? 2 : 1) * least);
			type_store(p.op->type, p.beta, c, 0);
		}
		check(&p, "the least denormal, and twice that once");
		problem_free(&p);
	}
}
END_TEST

/* Rows of several blocks whose sigma is an ulp of the mean: every part of a merged mean shows. */
START_TEST(merged_means)
{
	for (size_t n = 0; operation(n); n++) {
		struct problem p = problem_make(operation(n), 30, 2100);
		double ulp = p.op->type == LN_F64 ? 0x1p-52 : p.op->type == LN_F32 ? 0x1p-23 : 0x1p-7;
		struct rng r = rng_make(0x6d65616e, n);

		problem_fill(&p, row_kind(0), 1);
		p.eps = 0;
		for (size_t i = 0; i < p.rows * p.cols; i++)
			type_store(p.op->type, p.x, i, 1 + ulp * (double)rng_below(&r, i % p.cols < 1024 ? 3 : 2 + i / p.cols));
		check(&p, "ulps above 1");
		problem_free(&p);
	}
}
END_TEST

static void check_hostile_rows(const struct operation *op, size_t count)
{
	static struct hostile_row row;
	struct problem p = problem_make(op, 1, HOSTILE_COLS_MAX);

	for (size_t i = 0; i < count; i++) {
		rows_hostile(op->type, 2, i, &row);
		p.cols = row.cols;
		p.eps = row.eps;
		for (size_t c = 0; c < p.cols; c++) {
			type_store(op->type, p.x, c, row.x[c]);
			type_store(op->type, p.gamma, c, row.gamma[c]);
			type_store(op->type, p.beta, c, row.beta[c]);
		}
		check(&p, row.recipe);
	}
	problem_free(&p);
}

START_TEST(hostile_rows)
{
	size_t count = thinned("bits: hostile rows", 20000, 1000);

	for (size_t n = 0; operation(n); n++)
		check_hostile_rows(operation(n), n == 0 ? count : count / 10);
}
END_TEST

/* Many blocks in a row, and a last one that is not full. */
START_TEST(long_row)
{
	for (size_t n = 0; operation(n); n++) {
		struct problem p = problem_make(operation(n), n == 0 ? 2 : 1, ((size_t)1 << (n == 0 ? 20 : 17)) + 519);
		problem_fill(&p, row_kind(2), 1);
		check(&p, "a long row");
		problem_free(&p);
	}
}
END_TEST

Suite *suite_bits(void)
{
	Suite *suite = suite_create("bits");
	TCase *tc = add_case(suite, "bits");

	tcase_add_unchecked_fixture(tc, print_classes, NULL);
	tcase_add_test(tc, named_rows);
	tcase_add_test(tc, every_scale);
	tcase_add_test(tc, limits_of_extreme_rows);
	tcase_add_test(tc, limits_of_a_block);
	tcase_add_test(tc, least_deviations);
	tcase_add_test(tc, merged_means);
	tcase_add_test(tc, hostile_rows);
	tcase_add_test(tc, long_row);
	return suite;
}
