/*
 * test_moments.c - moments of rows, of slices, merged; rows whose moments are given
 */
#include "call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t types[] = {LN_F32, LN_F64, LN_BF16, LN_F16};
enum { TYPES = 4 };

static int moments_of(uint32_t norm, uint32_t type, size_t n, const void *x, ln_moments *m)
{
	bool rms = !norm_facts(norm)->has_mean;

	switch (type) {
	case LN_F32: return rms ? ln_rms_moments_f32(n, x, m) : ln_moments_f32(n, x, m);
	case LN_F64: return rms ? ln_rms_moments_f64(n, x, m) : ln_moments_f64(n, x, m);
	case LN_BF16: return rms ? ln_rms_moments_bf16(n, x, m) : ln_moments_bf16(n, x, m);
	default: return rms ? ln_rms_moments_f16(n, x, m) : ln_moments_f16(n, x, m);
	}
}

/* Bit for bit, but that one NaN is as good as another. */
static void expect_moments(const struct kernel *k, ln_moments got, ln_moments want, const char *what, size_t n)
{
	const double a[] = {got.count, got.mean, got.mean_lo, got.m2, got.m2_lo, got.mean_rest};
	const double b[] = {want.count, want.mean, want.mean_lo, want.m2, want.m2_lo, want.mean_rest};

	for (size_t i = 0; i < sizeof a / sizeof *a; i++)
		if (isnan(b[i]) ? !isnan(a[i]) : memcmp(&a[i], &b[i], sizeof a[i]) != 0)
			ck_abort_msg("%s: moments of %zu elements, number %zu is %a, not %a: %s", k->name, n, i, a[i], b[i], what);
}

static void check_moments(uint32_t norm, uint32_t type, size_t n, const struct row_kind *kind)
{
	void *x = elements(type, n);
	ln_moments m, want[2];
	const struct kernel *k;
	char what[100];

	snprintf(what, sizeof what, "%s, %s, norm %u", type_name(type), kind->name, norm);
	rows_fill(kind, type, n, 1, n, x);
	for (int class = UNFUSED; class <= FUSED; class++)
		want[class] = model_moments((enum arithmetic)class, type, norm, n, x);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "moments, %s", what);
		ck_assert_int_eq(moments_of(norm, type, n, x, &m), LN_OK);
		expect_moments(k, m, want[k->arithmetic], what, n);
		if (type != LN_F64 && !(isfinite(m.mean) && isfinite(m.m2)))
			ck_abort_msg("%s: moments of a finite row are not finite: %s", k->name, what);
	}
	free(x);
}

START_TEST(moments)
{
	const struct row_kind *kind;

	size_t step = thinned("statistics: moments of every n-th number of elements", 1, 5);

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = n % step; column_count(i) != 0; i += step)
			check_moments(norm_at(i), types[(n + i / 2) % TYPES], column_count(i), kind);
}
END_TEST

/* Moments as they come of a row: a mean, and a sum of squares, with what they lack. */
static ln_moments some_moments(struct rng *r, size_t counts, double size)
{
	ln_moments m = {(double)rng_below(r, counts), size * rng_normal(r), 0, 0, 0, 0};

	m.m2 = m.count * size * size * rng_uniform(r);
	m.mean_lo = 0x1p-54 * m.mean * rng_normal(r);
	m.mean_rest = 0x1p-54 * m.mean_lo * rng_normal(r);
	m.m2_lo = 0x1p-54 * m.m2 * rng_normal(r);
	return m;
}

START_TEST(merge)
{
	struct rng r = rng_make(13, 0);
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t i = 0; i < 3000; i++) {
			double size = ldexp(1, (int)(i % 120) - 60);
			ln_moments a = some_moments(&r, 5000, size), b = some_moments(&r, 3, i % 7 ? size : 1e3 * size), got = a, want = a;
			model_merge(&want, &b);
			ck_assert_int_eq(ln_moments_merge(&got, &b), LN_OK);
			expect_moments(k, got, want, "merged", i);
		}
}
END_TEST

START_TEST(nothing_merged)
{
	ln_moments some = {3, 5, 0x1p-60, 7, 0x1p-58, 0x1p-120}, none = {9, 9, 9, 9, 9, 9}, m = some;

	ck_assert_int_eq(ln_moments_f32(0, NULL, &none), LN_OK);
	ck_assert(none.count == 0);
	ck_assert_int_eq(ln_moments_merge(&m, &none), LN_OK);
	expect_moments(known_kernel(0), m, some, "none merged into some", 3);
	ck_assert_int_eq(ln_moments_merge(&none, &some), LN_OK);
	expect_moments(known_kernel(0), none, some, "some merged into none", 3);
	ck_assert_int_eq(ln_moments_merge(&m, &m), LN_OK);	/* with itself: twice the elements */
	ck_assert(m.count == 6 && m.m2 == 14 && m.m2_lo == 0x1p-57);
}
END_TEST

START_TEST(moments_errors)
{
	static const float x[4] = {1, 2, 3, 4};
	ln_moments m = {1, 2, 3, 4, 5, 6}, before = m;

	ck_assert_int_eq(ln_moments_f32(4, NULL, &m), LN_ERR_NULL);
	ck_assert_int_eq(ln_moments_f32(4, x, NULL), LN_ERR_NULL);
	ck_assert_int_eq(ln_moments_f32(0, NULL, NULL), LN_ERR_NULL);
	ck_assert_int_eq(ln_rms_moments_bf16(4, NULL, &m), LN_ERR_NULL);
	ck_assert_int_eq(ln_moments_f32((size_t)PTRDIFF_MAX / 4 + 1, x, &m), LN_ERR_SHAPE);
	ck_assert_int_eq(ln_rms_moments_f64((size_t)PTRDIFF_MAX / 8 + 1, (const void *)x, &m), LN_ERR_SHAPE);
	ck_assert_int_eq(ln_moments_f16(SIZE_MAX, (const void *)x, &m), LN_ERR_SHAPE);
	ck_assert_int_eq(ln_moments_merge(NULL, &m), LN_ERR_NULL);
	ck_assert_int_eq(ln_moments_merge(&m, NULL), LN_ERR_NULL);
	ck_assert(memcmp(&m, &before, sizeof m) == 0);
}
END_TEST

/* ---- Rows over machines ---- */

/* The moments of row r: of each block on its own, merged in order. */
static ln_moments gathered(const struct call *c, size_t r)
{
	size_t cols = (size_t)c->f.d.cols, size = type_size(c->part[X].type);
	ln_moments m = {0}, b;

	for (size_t at = 0; at < cols; at += LN_BLOCK) {
		size_t n = cols - at < LN_BLOCK ? cols - at : LN_BLOCK;
		ck_assert_int_eq(moments_of(c->f.d.norm, c->part[X].type, n, (const char *)c->f.x + (r * cols + at) * size, &b), LN_OK);
		ck_assert_int_eq(ln_moments_merge(&m, &b), LN_OK);
	}
	return m;
}

/* Columns from ... to-1 of all rows by a call of its own, into `got`, which is laid out as the whole. */
static void run_shard(const struct call *whole, struct call *got, const ln_moments *m, size_t from, size_t to)
{
	ln_desc d = whole->f.d;
	size_t size = type_size(whole->part[X].type), at = from * size;

	d.x_stride = d.y_stride = d.cols;
	d.cols = to - from;
	struct forward shard = {
		.x = (const char *)whole->f.x + at, .gamma = (const char *)whole->f.gamma + at, .beta = (const char *)whole->f.beta + at,
		.moments = m, .y = (char *)got->f.y + at, .mean = got->f.mean, .rstd = got->f.rstd,
	};
	ck_assert_int_eq(forward_status(&shard, &d, NULL, NULL), LN_OK);
}

static void check_shards(const struct kernel *k, const struct call *c, const struct row_kind *kind)
{
	size_t rows = (size_t)c->f.d.rows, cols = (size_t)c->f.d.cols, blocks = (cols + LN_BLOCK - 1) / LN_BLOCK;
	struct call whole = call_clone(c);
	ln_moments *m = malloc(rows * sizeof *m);

	for (size_t r = 0; m && r < rows; r++)
		m[r] = gathered(c, r);
	call_run(&whole);
	for (size_t shards = 1; shards <= blocks; shards++) {
		struct call got = call_clone(c);
		for (size_t i = 0; i < shards; i++) {
			size_t from = i * blocks / shards * LN_BLOCK, to = (i + 1) * blocks / shards * LN_BLOCK;
			note(k, "shard %zu of %zu of %zu columns, %s", i, shards, cols, kind->name);
			run_shard(c, &got, m, from, to < cols ? to : cols);
		}
		expect_same(k, &got, &whole, "shards with merged moments, against one call");
		call_free(&got);
	}
	call_free(&whole);
	free(m);
}

/* Doubles out of range are scaled as a whole row, which given moments forbid: f64 has the ordinary kinds only. */
static bool is_shared_out(uint32_t type, const struct row_kind *kind)
{
	return type != LN_F64 || (kind->scale > 0 && kind->scale <= 1e20);
}

START_TEST(shards)
{
	static const size_t counts[] = {1, 1000, 1024, 1025, 4096, 5000};
	const struct row_kind *kind;
	const struct kernel *k;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; i < 6 * TYPES; i++) {
			ln_desc d = plain_desc(norm_at(i + n), types[i % TYPES], 2, counts[i / TYPES]);
			if (!is_shared_out(d.x_type, kind))
				continue;
			d.flags = i % 3 == 0 ? LN_EPS_OUTSIDE : 0;
			struct call c = call_make(&d, PLAIN | STATS);
			call_fill(&c, kind, i);
			for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
				check_shards(k, &c, kind);
			call_free(&c);
		}
}
END_TEST

/* Moments of quite another row, and those of rows out of range: as the model has it. */
START_TEST(moments_given)
{
	const struct row_kind *kind;

	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; i < 40; i++) {
			ln_desc d = plain_desc(norm_at(i), types[i / 2 % TYPES], 3, some_column_count(i * 7 + n));
			struct call c = call_make(&d, PLAIN | STATS | WITH(MOMENTS) | (i % 5 == 0 ? WITH(RESIDUAL) | WITH(SUM) : 0));
			call_fill(&c, kind, i);
			if (c.f.residual)	/* FLT_MAX twice is an infinity */
				memset(*call_slot(&c.f, RESIDUAL), 0, c.part[RESIDUAL].bytes);
			((ln_moments *)*call_slot(&c.f, MOMENTS))[1] = (ln_moments){1e6, 3, 0x1p-60, 2e6, 0x1p-40, 0x1p-118};
			expect_model(&c, kind->name);
			call_free(&c);
		}
}
END_TEST

/* Given moments do not say what a row holds: its NaN, and that which comes of an infinity and a gamma of 0, are the quiet one. */
START_TEST(moments_of_a_finite_row)
{
	enum { COLS = 70 };
	static const uint32_t quiet = 0x7fc00000, patterns[] = {0x7fc12345, 0xffc00001, 0x7f800000, 0x3f800000};
	static float x[COLS], gamma_[COLS], y[COLS];
	const ln_moments m = {COLS, 0, 0, COLS, 0, 0};
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 1, COLS);
	const struct kernel *k;

	d.eps = 0;
	for (size_t i = 0; i < COLS; i++) {
		memcpy(&x[i], &patterns[i % 4], sizeof x[i]);
		gamma_[i] = i % 4 == 2 ? 0.0f : 1.0f;
	}
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .gamma = gamma_, .moments = &m, .y = y}, &d, NULL, NULL), LN_OK);
		for (size_t i = 0; i < COLS; i++)
			if (i % 4 == 3 ? y[i] != 1.0f : memcmp(&y[i], &quiet, sizeof quiet) != 0)
				ck_abort_msg("%s: y[%zu] is %a, not %s", k->name, i, (double)y[i], i % 4 == 3 ? "1" : "the quiet NaN");
	}
}
END_TEST

Suite *suite_moments(void)
{
	Suite *suite = suite_create("moments");
	TCase *tc = add_case(suite, "moments");

	tcase_add_test(tc, moments);
	tcase_add_test(tc, merge);
	tcase_add_test(tc, nothing_merged);
	tcase_add_test(tc, moments_errors);
	tcase_add_test(tc, shards);
	tcase_add_test(tc, moments_given);
	tcase_add_test(tc, moments_of_a_finite_row);
	return suite;
}
