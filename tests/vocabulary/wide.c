/*
 * wide.c - words over registers of doubles
 */
#include "guard.h"
#include "lntest.h"
#include "vocabulary.h"

#include <string.h>

enum { ROUNDS = 20000, BESIDE = 8, DOUBLES = WIDES_MAX + 2 * BESIDE };

void check_wide_lanes(const struct vocabulary *v)
{
	size_t half = v->lanes() / 2;

	ck_assert_uint_eq(v->wide_lanes(), half > 0 ? half : 1);
}

/* To the bit, which a NaN is moved with too. */
static void expect_wides(const struct vocabulary *v, const char *word, const double *got, const double *want, size_t n)
{
	ck_assert_msg(memcmp(got, want, n * sizeof *got) == 0, "%s: %s: other bits, or bytes beside them", v->name, word);
}

void check_wide_zero(const struct vocabulary *v)
{
	const double zero[ROW_SUMS] = {0};
	double y[ROW_SUMS];

	memset(y, 0xa5, sizeof y);
	v->wide_zero(y);
	expect_wides(v, "wide_zero", y, zero, v->wide_lanes());
}

/* One register's doubles from `first` on. */
static void fill(const struct vocabulary *v, double *p, size_t first)
{
	for (size_t l = 0; l < v->wide_lanes(); l++)
		p[l] = first + l < special_wide_count() ? special_wide(first + l) : any_wide(first + l);
}

static void load_at(const struct vocabulary *v, double *p, size_t first)
{
	double y[ROW_SUMS], want[ROW_SUMS];

	memset(y, 0xa5, sizeof y);
	fill(v, want, first);
	memcpy(p, want, v->wide_lanes() * sizeof *p);
	v->wide_load(y, p);
	expect_wides(v, "wide_load", y, want, v->wide_lanes());
}

/* Between doubles that must stay. */
static void store_beside(const struct vocabulary *v, size_t offset, size_t first)
{
	double at[DOUBLES], want[DOUBLES], from[ROW_SUMS];

	for (size_t i = 0; i < DOUBLES; i++)
		at[i] = want[i] = any_wide(i + 1000 * first);
	fill(v, from, first);
	memcpy(want + offset, from, v->wide_lanes() * sizeof *from);
	v->wide_store(at + offset, from);
	expect_wides(v, "wide_store", at, want, DOUBLES);
}

void check_wide_load(const struct vocabulary *v)
{
	_Alignas(64) double at[DOUBLES];
	struct guard g = guard_make(sizeof at);

	for (size_t i = 0; i < special_wide_count() + ROUNDS; i++)
		load_at(v, at + i % BESIDE, i);
	load_at(v, guard_at_begin(&g), 0);
	load_at(v, guard_at_end(&g, v->wide_lanes() * sizeof *at), 0);
	guard_free(&g);
}

static void load_floats_at(const struct vocabulary *v, float *p, size_t first)
{
	double y[ROW_SUMS];

	for (size_t l = 0; l < v->wide_lanes(); l++)
		p[l] = first + l < special_count() ? special_value(first + l) : any_value(first + l);
	v->wide_load_floats(y, p);
	for (size_t l = 0; l < v->wide_lanes(); l++)
		ck_assert_msg(agree_wide(y[l], (double)p[l]), "%s: wide_load_floats: lane %zu of %a is %a", v->name, l, (double)p[l], y[l]);
}

void check_wide_load_floats(const struct vocabulary *v)
{
	float at[DOUBLES];
	struct guard g = guard_make(sizeof at);

	for (size_t i = 0; i < special_count() + ROUNDS; i++)
		load_floats_at(v, at + i % BESIDE, i);
	load_floats_at(v, guard_at_begin(&g), 0);
	load_floats_at(v, guard_at_end(&g, v->wide_lanes() * sizeof *at), 0);
	guard_free(&g);
}

void check_wide_store(const struct vocabulary *v)
{
	for (size_t i = 0; i < special_wide_count() + ROUNDS; i++)
		store_beside(v, i % BESIDE, i);
}

/* All pairs of special values, then random ones, each in every lane. */
void check_wide_add(const struct vocabulary *v)
{
	enum { CHUNK = 1024 };
	static double a[CHUNK], b[CHUNK], y[CHUNK];
	size_t n = special_wide_count(), pairs = n * n + ROUNDS;

	for (size_t shift = 0; shift < v->wide_lanes(); shift++)
		for (size_t first = shift; first < pairs; first += CHUNK) {
			for (size_t l = 0; l < CHUNK; l++) {
				size_t i = first + l;
				a[l] = i < n * n ? special_wide(i % n) : any_wide(2 * i);
				b[l] = i < n * n ? special_wide(i / n) : any_wide(2 * i + 1);
			}
			v->wide_add(y, a, b, CHUNK);
			for (size_t l = 0; l < CHUNK; l++)
				ck_assert_msg(agree_wide(y[l], a[l] + b[l]), "%s: wide_add: lane %zu, of %a and %a: %a instead of %a", v->name,
					      l % v->wide_lanes(), a[l], b[l], y[l], a[l] + b[l]);
		}
}
