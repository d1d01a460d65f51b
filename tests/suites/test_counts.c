/*
 * test_counts.c - how often the specification rounds: its own text run over numbers that count, against proofs/counts.txt
 *
 * The proofs of the error bounds begin with how many roundings lie between an element and a sum. Here the headers that the model
 * computes its bits with are read once more, with numbers that carry, as the largest over all that went into them, how many roundings
 * that has met. An addition to a zero that the page names, and a product with one, is exact and is not counted.
 */
#include "lntest.h"

#include <stdio.h>
#include <string.h>

/* ---- The numbers ---- */

/* A sum of `leaves` terms, none of which has met more than these roundings of elements and of wider numbers. */
struct counted { bool is_zero; size_t leaves, narrow, wide; };

typedef struct counted num;
typedef struct counted wide;
typedef struct counted low;

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static struct counted zero(void) { return (struct counted){.is_zero = true}; }

/* a + b before it is rounded. */
static struct counted both(struct counted a, struct counted b)
{
	return (struct counted){false, a.leaves + b.leaves, larger(a.narrow, b.narrow), larger(a.wide, b.wide)};
}

static struct counted rounded(struct counted a, size_t narrow, size_t wider)
{
	a.narrow += narrow;
	a.wide += wider;
	return a;
}

static struct counted add(struct counted a, struct counted b, size_t narrow, size_t wider)
{
	return a.is_zero ? b : b.is_zero ? a : rounded(both(a, b), narrow, wider);
}

/* A product has the errors of both factors, as the square of a deviation has its error twice. */
static struct counted product(struct counted a, struct counted b)
{
	return (struct counted){false, a.leaves * b.leaves, a.narrow + b.narrow, a.wide + b.wide};
}

static num num_zero(void) { return zero(); }
static num num_add(num a, num b) { return add(a, b, 1, 0); }
static num num_sub(num a, num pivot) { return pivot.is_zero ? a : rounded(a, 1, 0); }
static num num_mul(num a, num b) { return a.is_zero || b.is_zero ? zero() : rounded(product(a, b), 1, 0); }

static num num_madd(enum arithmetic arithmetic, num a, num b, num c)
{
	if (arithmetic == UNFUSED || a.is_zero || b.is_zero)
		return num_add(num_mul(a, b), c);
	return rounded(c.is_zero ? product(a, b) : both(product(a, b), c), 1, 0);
}

static wide wide_zero(void) { return zero(); }
static wide wide_of(num a) { return a; }
static wide wide_add(wide a, wide b) { return add(a, b, 0, 1); }

/* Sums that lose nothing; what they have lost is a number that has met no rounding. */
static wide wide_sum(wide a, wide b, low *lost)
{
	*lost = a.is_zero || b.is_zero ? zero() : (low){0};
	return add(a, b, 0, 0);
}

static wide wide_with(wide a, low lost, low *still_lost)
{
	*still_lost = lost;
	return a;
}

static low low_zero(void) { return zero(); }
static low low_add(low a, low b) { return add(a, b, 0, 1); }

#include "model_trees.h"
#include "model_lanes.h"
#include "model_pairs.h"

/* ---- The counts ---- */

/* Roundings of floats, and then of doubles; for f64 those of elements, and those of the errors that go beside sums. */
enum kind { FLOAT, DOUBLE, F64, F64_ERROR, KINDS };
static const char *const kinds[KINDS] = {"float", "double", "f64", "f64_error"};

/* The sums of section 2 about a pivot and about 0, of section 10, of section 11 over a block, and over fours of each length. */
enum sum { R, R_PIVOT_0, Q, Q_PIVOT_0, G, G_XHAT, DGAMMA, DBETA, DGAMMA_1, DBETA_1 = DGAMMA_1 + 4, SUMS = DBETA_1 + 4 };
static const char *const sums[SUMS] = {"r", "r_pivot_0", "q", "q_pivot_0", "g", "g_xhat", "dgamma", "dbeta", "dgamma_1", "dgamma_2",
				       "dgamma_3", "dgamma_4", "dbeta_1", "dbeta_2", "dbeta_3", "dbeta_4"};

enum { BLOCK = 1024, NOT_COUNTED = 9999 };

struct counts { size_t of[KINDS][SUMS]; };

static void keep(size_t *most, size_t count)
{
	*most = larger(*most, count);
}

/* A sum of n terms, each of which must have come into it once. */
static void keep_sum(struct counts *c, enum sum which, wide sum, size_t n)
{
	ck_assert_msg(sum.leaves == n, "%s: a sum of %zu elements has %zu terms", sums[which], n, sum.leaves);
	keep(&c->of[FLOAT][which], sum.narrow);
	keep(&c->of[DOUBLE][which], sum.wide);
}

static void keep_exact(struct counts *c, enum sum which, struct exact sum, size_t n)
{
	ck_assert_msg(sum.v.leaves == n, "%s of f64: a sum of %zu elements has %zu terms", sums[which], n, sum.v.leaves);
	ck_assert_msg(sum.v.wide == 0, "%s of f64: a sum that should lose nothing is rounded", sums[which]);
	keep(&c->of[F64][which], sum.v.narrow);
	keep(&c->of[F64_ERROR][which], sum.lost.wide);
}

static void count_block(enum arithmetic arithmetic, size_t n, const num *x, struct counts *c)
{
	const num pivots[] = {{.leaves = 0}, num_zero()};

	for (size_t i = 0; i < 2; i++) {
		struct sums s = sums_about(arithmetic, n, x, pivots[i]);
		struct exact_sums e = exact_sums_about(arithmetic, n, x, pivots[i]);
		keep_sum(c, i ? R_PIVOT_0 : R, s.r, n);
		keep_sum(c, i ? Q_PIVOT_0 : Q, s.q, n);
		keep_exact(c, i ? R_PIVOT_0 : R, e.r, n);
		keep_exact(c, i ? Q_PIVOT_0 : Q, e.q, n);
	}
}

/* x in the place of dn, of gamma and of xhat: numbers that have met no rounding. */
static void count_gradients(enum arithmetic arithmetic, size_t n, const num *x, struct counts *c)
{
	num g[BLOCK];

	for (size_t i = 0; i < n; i++)
		g[i] = through_gamma(x[i], x[i]);
	struct sums s = sums_of_gradients(arithmetic, n, g, x);
	struct exact_sums e = exact_sums_of_gradients(arithmetic, n, g, x);
	keep_sum(c, G, s.r, n);
	keep_sum(c, G_XHAT, s.q, n);
	keep_exact(c, G, e.r, n);
	keep_exact(c, G_XHAT, e.q, n);
}

static void count_rows(enum arithmetic arithmetic, size_t rows, const num *x, struct counts *c)
{
	struct column column;
	struct exact_column exact;

	for (size_t row = 0; row < rows; row++) {
		column_add(arithmetic, &column, x[0], x[0], row, row == rows - 1);
		exact_column_add(arithmetic, &exact, x[0], x[0], row, row == rows - 1);
	}
	keep_sum(c, DGAMMA, column.P, rows);
	keep_sum(c, DBETA, column.B, rows);
	keep_exact(c, DGAMMA, exact.P, rows);
	keep_exact(c, DBETA, exact.B, rows);
	if (rows <= DBETA_1 - DGAMMA_1) {
		keep_sum(c, (enum sum)(DGAMMA_1 + rows - 1), column.four.p, rows);
		keep_sum(c, (enum sum)(DBETA_1 + rows - 1), column.four.b, rows);
	}
}

static struct counts count(void)
{
	static num x[BLOCK];
	struct counts c = {0};

	for (size_t i = 0; i < BLOCK; i++)
		x[i].leaves = 1;
	for (int class = UNFUSED; class <= FUSED; class++) {
		for (size_t n = 1; n <= BLOCK; n++) {
			count_block((enum arithmetic)class, n, x, &c);
			count_gradients((enum arithmetic)class, n, x, &c);
		}
		for (size_t rows = 1; rows <= ROWS_OF_BLOCK; rows++)
			count_rows((enum arithmetic)class, rows, x, &c);
	}
	for (size_t s = DGAMMA_1; s < SUMS; s++)	/* a four has nothing wider, and is the same text for f64 */
		c.of[DOUBLE][s] = c.of[F64][s] = c.of[F64_ERROR][s] = NOT_COUNTED;
	return c;
}

/* ---- The file ---- */

static size_t index_of(const char *name, const char *const names[], size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(names[i], name) != 0)
		i++;
	ck_assert_msg(i < n, "proofs/counts.txt: \"%s\" is not counted", name);
	return i;
}

/* Lines such as "float r 3"; empty ones and those that begin with # say nothing. */
static struct counts read_counts(void)
{
	static const char path[] = LN_TEST_DIR "/../proofs/counts.txt";
	struct counts c;
	FILE *file = fopen(path, "r");
	char line[200], kind[20], sum[20];
	size_t number;

	if (!file)
		ck_abort_msg("cannot open %s", path);
	for (size_t i = 0; i < KINDS * SUMS; i++)
		c.of[i / SUMS][i % SUMS] = NOT_COUNTED;
	while (fgets(line, sizeof line, file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		ck_assert_msg(sscanf(line, "%19s %19s %zu", kind, sum, &number) == 3, "proofs/counts.txt: no count: %s", line);
		c.of[index_of(kind, kinds, KINDS)][index_of(sum, sums, SUMS)] = number;
	}
	fclose(file);
	return c;
}

START_TEST(as_proved)
{
	struct counts is = count(), proved = read_counts();
	int differences = 0;

	for (size_t k = 0; k < KINDS; k++)
		for (size_t s = 0; s < SUMS; s++)
			if (is.of[k][s] != proved.of[k][s]) {
				printf("counts: proofs/counts.txt should say: %s %s %zu\n", kinds[k], sums[s], is.of[k][s]);
				differences++;
			}
	ck_assert_msg(differences == 0, "%d counts are not those of proofs/counts.txt (%d: not counted)", differences, NOT_COUNTED);
}
END_TEST

/* What the numbers themselves count, by hand. */
START_TEST(numbers_that_count)
{
	num x = {.leaves = 1}, d = num_sub(x, x), sum = num_add(num_add(x, x), x);
	low lost;

	ck_assert_uint_eq(d.narrow, 1);
	ck_assert_uint_eq(d.leaves, 1);
	ck_assert_uint_eq(num_sub(x, num_zero()).narrow, 0);
	ck_assert_uint_eq(num_mul(d, d).narrow, 3);
	ck_assert(num_mul(d, num_zero()).is_zero);
	ck_assert_uint_eq(sum.narrow, 2);
	ck_assert_uint_eq(sum.leaves, 3);
	ck_assert_uint_eq(num_add(num_zero(), sum).narrow, 2);
	ck_assert_uint_eq(num_madd(UNFUSED, x, x, num_zero()).narrow, 1);
	ck_assert_uint_eq(num_madd(FUSED, x, x, num_zero()).narrow, 1);
	ck_assert_uint_eq(num_madd(UNFUSED, x, x, x).narrow, 2);
	ck_assert_uint_eq(num_madd(FUSED, x, x, x).narrow, 1);
	ck_assert_uint_eq(wide_add(wide_of(sum), sum).wide, 1);
	ck_assert_uint_eq(wide_add(wide_of(sum), sum).narrow, 2);
	ck_assert_uint_eq(wide_sum(sum, sum, &lost).wide, 0);
	ck_assert_uint_eq(low_add(lost, lost).wide, 1);
	wide_sum(sum, wide_zero(), &lost);
	ck_assert(lost.is_zero);
}
END_TEST

Suite *suite_counts(void)
{
	Suite *suite = suite_create("counts");
	TCase *tc = add_case(suite, "counts");

	tcase_add_test(tc, numbers_that_count);
	tcase_add_test(tc, as_proved);
	return suite;
}
