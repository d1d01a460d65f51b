/*
 * wide.c - words over registers of doubles
 */
#include "guard.h"
#include "lntest.h"
#include "vocabulary.h"

#include <math.h>
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

/* A word over registers of doubles, lane by lane. */
struct widewise {
	const char *word;
	void (*got)(double *y, const double *a, const double *b, size_t n);
	double (*want)(double a, double b);
};

/* Pair i: all of special values, then random ones. */
static void pair_of_wides(size_t i, double *a, double *b)
{
	size_t n = special_wide_count();

	*a = i < n * n ? special_wide(i % n) : any_wide(2 * i);
	*b = i < n * n ? special_wide(i / n) : any_wide(2 * i + 1);
}

/* All pairs, so often that each is tried in every lane. */
static void check_widewise(const struct vocabulary *v, const struct widewise *w)
{
	enum { CHUNK = 1024 };
	static double a[CHUNK], b[CHUNK], y[CHUNK];
	size_t pairs = special_wide_count() * special_wide_count() + ROUNDS;

	for (size_t shift = 0; shift < v->wide_lanes(); shift++)
		for (size_t first = shift; first < pairs; first += CHUNK) {
			for (size_t l = 0; l < CHUNK; l++)
				pair_of_wides(first + l, &a[l], &b[l]);
			w->got(y, a, b, CHUNK);
			for (size_t l = 0; l < CHUNK; l++)
				ck_assert_msg(agree_wide(y[l], w->want(a[l], b[l])), "%s: %s: lane %zu, of %a and %a: %a instead of %a", v->name,
					      w->word, l % v->wide_lanes(), a[l], b[l], y[l], w->want(a[l], b[l]));
		}
}

#define WIDEWISE(word, expected, got) \
	static double want_##word(double a, double b) { (void)a, (void)b; return expected; } \
	void check_##word(const struct vocabulary *v) { check_widewise(v, &(struct widewise){#word, v->word, want_##word}); }
#include "words.def"

void check_wide_set1(const struct vocabulary *v)
{
	double y[ROW_SUMS], want[ROW_SUMS];

	for (size_t i = 0; i < special_wide_count() + ROUNDS; i++) {
		for (size_t l = 0; l < v->wide_lanes(); l++)
			want[l] = i < special_wide_count() ? special_wide(i) : any_wide(i);
		v->wide_set1(y, want[0]);
		expect_wides(v, "wide_set1", y, want, v->wide_lanes());
	}
}

/* Nothing beside the floats is touched, at any alignment. */
void check_wide_store_floats(const struct vocabulary *v)
{
	double from[ROW_SUMS];
	float at[ROW_LANES + ROW_SUMS];

	for (size_t i = 0; i < special_wide_count() + ROUNDS; i++) {
		size_t offset = i % ROW_LANES;

		fill(v, from, i);
		for (size_t l = 0; l < ROW_LANES + ROW_SUMS; l++)
			at[l] = (float)l;
		v->wide_store_floats(at + offset, from);
		for (size_t l = 0; l < ROW_LANES + ROW_SUMS; l++) {
			bool stored = l >= offset && l - offset < v->wide_lanes();
			float want = stored ? (float)from[l - offset] : (float)l;
			ck_assert_msg(agree(at[l], want, false), "%s: wide_store_floats: place %zu: %a instead of %a", v->name, l, (double)at[l],
				      (double)want);
		}
	}
}

/* Lanes among which one decides: the others are on the other side, or are NaN. */
void check_wide_any_less(const struct vocabulary *v)
{
	size_t n = special_wide_count(), seen[2] = {0};

	for (size_t i = 0; i < n * n + ROUNDS; i++)
		for (size_t lane = 0; lane < v->wide_lanes(); lane++) {
			double a[ROW_SUMS], b[ROW_SUMS];
			for (size_t l = 0; l < v->wide_lanes(); l++) {
				a[l] = l % 2 ? NAN : 2.0;
				b[l] = 1.0;
			}
			pair_of_wides(i, &a[lane], &b[lane]);
			bool want = a[lane] < b[lane];
			seen[want]++;
			ck_assert_msg(v->wide_any_less(a, b) == want, "%s: wide_any_less: %a and %a in lane %zu", v->name, a[lane], b[lane], lane);
		}
	ck_assert_uint_gt(seen[0], 100);
	ck_assert_uint_gt(seen[1], 100);
}

void check_wide_all_within(const struct vocabulary *v)
{
	static const double limits[][2] = { { 0x1p-80, 0x1p80 }, { 1.0, 1.0 }, { -0.0, 0x1p-1074 }, { -INFINITY, INFINITY }, { 2.0, 1.0 } };
	size_t n = special_wide_count(), seen[2] = {0};

	for (size_t i = 0; i < n + ROUNDS; i++)
		for (size_t lane = 0; lane < v->wide_lanes(); lane++)
			for (size_t k = 0; k < sizeof limits / sizeof limits[0]; k++) {
				double at[ROW_SUMS], least = limits[k][0], most = limits[k][1];
				for (size_t l = 0; l < v->wide_lanes(); l++)
					at[l] = l % 2 ? least : most;
				at[lane] = i < n ? special_wide(i) : any_wide(i);
				bool want = at[lane] >= least && at[lane] <= most && (least <= most || v->wide_lanes() == 1);
				seen[want]++;
				ck_assert_msg(v->wide_all_within(at, least, most) == want, "%s: wide_all_within: %a in lane %zu, between %a and %a",
					      v->name, at[lane], lane, least, most);
			}
	ck_assert_uint_gt(seen[0], 100);
	ck_assert_uint_gt(seen[1], 100);
}
