/*
 * halves.c - words that make doubles of floats: of a register of a row's LANES, which holds both halves of a row, and of smaller ones
 */
#include "lntest.h"
#include "vocabulary.h"

#include <string.h>

enum { RANDOM = 20000 };

/* All pairs of special values, then random ones. */
static size_t pair_count(void)
{
	return special_count() * special_count() + RANDOM;
}

static void pair(size_t i, float *a, float *b)
{
	size_t n = special_count();

	*a = i < n * n ? special_value(i % n) : any_value(2 * i);
	*b = i < n * n ? special_value(i / n) : any_value(2 * i + 1);
}

static void expect(const struct vocabulary *v, const char *word, const double *got, const double *want)
{
	for (size_t l = 0; l < 2 * v->wide_lanes(); l++)
		ck_assert_msg(agree_wide(got[l], want[l]), "%s: %s: double %zu of %zu is %a instead of %a", v->name, word, l,
			      2 * v->wide_lanes(), got[l], want[l]);
}

static double added_as_floats(float a, float b)
{
	return (double)(a + b);
}

static double added_as_doubles(float a, float b)
{
	return (double)a + (double)b;
}

struct halving {
	const char *word;
	void (*got)(double *y, const float *low, const float *high);
	double (*want)(float a, float b);
	double (*wrong)(float a, float b);
};

/* The registers and sums of the pairs from `first` on; so many of the sums are others than by the wrong addition. */
static size_t check_pairs(const struct vocabulary *v, const struct halving *h, size_t first)
{
	bool whole = v->lanes() == ROW_LANES;
	size_t sums = whole ? ROW_SUMS : v->lanes(), differ = 0;
	float low[ROW_LANES], high[ROW_LANES];
	double y[WIDES_MAX], want[WIDES_MAX] = {0};

	for (size_t l = 0; l < ROW_LANES; l++)
		high[l] = any_value(first + l);
	for (size_t l = 0; l < sums; l++) {
		float a, b;
		pair((first + l) % pair_count(), &a, &b);
		low[l] = a;
		*(whole ? &low[l + ROW_SUMS] : &high[l]) = b;
		want[l] = h->want(a, b);
		differ += !agree_wide(want[l], h->wrong(a, b));
	}
	memset(y, 0xa5, sizeof y);
	h->got(y, low, high);
	expect(v, h->word, y, want);
	return differ;
}

static void check_halving(const struct vocabulary *v, const struct halving *h)
{
	size_t differ = 0;

	for (size_t first = 0; first < pair_count(); first++)
		differ += check_pairs(v, h, first);
	ck_assert_uint_gt(differ, RANDOM / 4);
}

void check_halve(const struct vocabulary *v)
{
	check_halving(v, &(struct halving){"vec_halve", v->halve, added_as_floats, added_as_doubles});
}

void check_halve_wide(const struct vocabulary *v)
{
	check_halving(v, &(struct halving){"vec_halve_wide", v->halve_wide, added_as_doubles, added_as_floats});
}

void check_widen(const struct vocabulary *v)
{
	for (size_t first = 0; first < special_count() + RANDOM; first++) {
		float from[ROW_LANES];
		double y[WIDES_MAX], want[WIDES_MAX] = {0};
		for (size_t l = 0; l < v->lanes(); l++) {
			from[l] = first + l < special_count() ? special_value(first + l) : any_value(first + l);
			want[l] = (double)from[l];
		}
		memset(y, 0xa5, sizeof y);
		v->widen(y, from);
		expect(v, "vec_widen", y, want);
	}
}
