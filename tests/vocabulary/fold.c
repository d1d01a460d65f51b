/*
 * fold.c - the folds, whose trees are written out: by halves and in no other order
 */
#include "guard.h"
#include "lntest.h"
#include "rng.h"
#include "vocabulary.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 20000, BESIDE = 16, MOST = PROBE_FLOATS };

enum number_type { FLOATS, DOUBLES };

/* Two doubles that are floats: their sum as a double, rounded to a float, is rounded once. */
static double add(enum number_type type, double a, double b)
{
	return type == FLOATS ? (double)(float)(a + b) : a + b;
}

/*
 * The sum of p[0] ... p[n - 1] by halves: each with the one n / 2 apart, then n / 4, and so on. `swapped` exchanges the step that begins
 * with so many sums and the one after it, which makes the wrong order that is nearest to the right one.
 */
static double tree(enum number_type type, const double *p, size_t n, size_t swapped)
{
	double sum[MOST];

	memcpy(sum, p, n * sizeof *p);
	for (size_t left = n; left > 1; left /= 2) {
		size_t apart = left == swapped ? left / 4 : 2 * left == swapped ? left : left / 2;
		for (size_t l = 0; l < n; l++)	/* both places keep the sum, so that any step can be next */
			if ((l & apart) == 0)
				sum[l] = sum[l + apart] = add(type, sum[l], sum[l + apart]);
	}
	return sum[0];
}

/* How often each of the wrong trees, and the other arithmetic, gives another sum than the right one. */
struct wrong { size_t swapped[MOST + 1], arithmetic; };

static void count_wrong(struct wrong *w, enum number_type type, const double *p, size_t n)
{
	double right = tree(type, p, n, 0);

	for (size_t left = n; left > 2; left /= 2)
		w->swapped[left] += !agree_wide(right, tree(type, p, n, left));
	if (type == FLOATS)
		w->arithmetic += !agree_wide(right, (double)(float)tree(DOUBLES, p, n, 0));
}

static void expect_wrong_seen(const struct wrong *w, enum number_type type, size_t n)
{
	for (size_t left = n; left > 2; left /= 2)
		ck_assert_uint_gt(w->swapped[left], ROUNDS / 8);
	if (type == FLOATS)
		ck_assert_uint_gt(w->arithmetic, ROUNDS / 8);
}

/* A number of full precision, of at most so many powers of two. */
static double number(enum number_type type, struct rng *r, size_t powers)
{
	double d = ldexp((double)(int64_t)rng_bits(r), (int)rng_below(r, powers) - 63);

	return type == FLOATS ? (double)(float)d : d;
}

static double special(enum number_type type, size_t i)
{
	return type == FLOATS ? (double)special_value(i % special_count()) : special_wide(i % special_wide_count());
}

/* Numbers that are alike or far apart; a special value everywhere; one among zeros below 0, whose sum is one. */
static void fill(enum number_type type, double *p, size_t n, size_t i)
{
	struct rng r = rng_make(n, i);
	size_t specials = type == FLOATS ? special_count() : special_wide_count(), place = rng_below(&r, n);

	for (size_t l = 0; l < n; l++)
		if (i < specials)
			p[l] = special(type, i);
		else if (i % 8 == 0)
			p[l] = l == place ? special(type, rng_below(&r, specials)) : -0.0;
		else
			p[l] = number(type, &r, i % 2 ? 3 : 60);
}

static void expect(const struct vocabulary *v, const char *word, double got, double want)
{
	ck_assert_msg(agree_wide(got, want), "%s: %s: %a instead of %a", v->name, word, got, want);
}

/* Of one call with its numbers at p, which may be at a guard page. */
static void fold_at(const struct vocabulary *v, float *p, const double *from)
{
	for (size_t l = 0; l < PROBE_FLOATS; l++)
		p[l] = (float)from[l];
	expect(v, "vec_fold", (double)v->fold(p), tree(FLOATS, from, PROBE_FLOATS, 0));
}

static void wide_fold_at(const struct vocabulary *v, double *p, const double *from)
{
	memcpy(p, from, ROW_SUMS * sizeof *p);
	expect(v, "wide_fold", v->wide_fold(p), tree(DOUBLES, from, ROW_SUMS, 0));
}

/* Fewer rows than lanes as well: nothing after the last one is read. */
static void wide_fold_rows_at(const struct vocabulary *v, double *p, const double *from, size_t rows)
{
	double sums[ROW_SUMS];

	memcpy(p, from, rows * ROW_SUMS * sizeof *p);
	v->wide_fold_rows(p, rows, sums);
	for (size_t i = 0; i < v->wide_lanes(); i++) {
		size_t row = i < rows ? i : rows - 1;
		double want = tree(DOUBLES, from + row * ROW_SUMS, ROW_SUMS, 0);
		ck_assert_msg(agree_wide(sums[i], want), "%s: wide_fold_rows: lane %zu of %zu rows: %a instead of %a", v->name, i, rows, sums[i],
			      want);
	}
}

void check_fold(const struct vocabulary *v)
{
	struct guard g = guard_make(PROBE_FLOATS * sizeof(float));
	_Alignas(64) float at[PROBE_FLOATS + BESIDE];
	double from[PROBE_FLOATS];
	struct wrong w = {0};

	for (size_t i = 0; i < ROUNDS; i++) {
		fill(FLOATS, from, PROBE_FLOATS, i);
		count_wrong(&w, FLOATS, from, PROBE_FLOATS);
		fold_at(v, at + i % BESIDE, from);
	}
	expect_wrong_seen(&w, FLOATS, PROBE_FLOATS);
	fold_at(v, guard_at_begin(&g), from);
	fold_at(v, guard_at_end(&g, PROBE_FLOATS * sizeof *at), from);
	guard_free(&g);
}

void check_wide_fold(const struct vocabulary *v)
{
	struct guard g = guard_make(ROW_SUMS * sizeof(double));
	_Alignas(64) double at[ROW_SUMS + BESIDE];
	double from[ROW_SUMS];
	struct wrong w = {0};

	for (size_t i = 0; i < ROUNDS; i++) {
		fill(DOUBLES, from, ROW_SUMS, i);
		count_wrong(&w, DOUBLES, from, ROW_SUMS);
		wide_fold_at(v, at + i % BESIDE, from);
	}
	expect_wrong_seen(&w, DOUBLES, ROW_SUMS);
	wide_fold_at(v, guard_at_begin(&g), from);
	wide_fold_at(v, guard_at_end(&g, ROW_SUMS * sizeof *at), from);
	guard_free(&g);
}

/* The rows differ, in numbers and in kind; that the inputs tell the trees apart is said by check_wide_fold(). */
void check_wide_fold_rows(const struct vocabulary *v)
{
	enum { ROWS = ROW_SUMS, ALL = ROWS * ROW_SUMS };
	struct guard g = guard_make(ALL * sizeof(double));
	_Alignas(64) double at[ALL + BESIDE];
	double from[ALL];

	for (size_t i = 0; i < ROUNDS; i++) {
		for (size_t row = 0; row < ROWS; row++)
			fill(DOUBLES, from + row * ROW_SUMS, ROW_SUMS, i + row * ROUNDS / 3);
		wide_fold_rows_at(v, at + i % BESIDE, from, 1 + i / BESIDE % ROWS);
	}
	for (size_t rows = 1; rows <= ROWS; rows++)
		wide_fold_rows_at(v, guard_at_end(&g, rows * ROW_SUMS * sizeof *from), from, rows);
	wide_fold_rows_at(v, guard_at_begin(&g), from, ROWS);
	guard_free(&g);
}
