/*
 * test_columns.c - rows whose elements lie apart, as channels of an image do: the bits of contiguous rows, and nothing else is touched
 */
#include "call.h"
#include "layout.h"
#include "types.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t flags[] = {0, LN_ROUND_SUM, 0, LN_CAST_BEFORE_GAMMA | LN_GAMMA_PLUS_ONE, LN_ROUND_SUM | LN_EPS_OUTSIDE, 0, LN_STATS_GIVEN};
enum { FLAG_SETS = 7 };

/* One in eight rows is longer than a tile has room for, or than a block. */
static size_t draw_cols(struct rng *r)
{
	static const size_t longer[] = {511, 1023, 1024, 1025, 2047, 2048, 2049, 4097};

	return rng_below(r, 8) ? 1 + rng_below(r, 130) : longer[rng_below(r, sizeof longer / sizeof longer[0])];
}

static ln_desc draw_desc(struct rng *r, size_t i)
{
	ln_desc d = plain_desc(norm_at(i), x_types[i % X_TYPES], 0, draw_cols(r));

	d.heads = rng_below(r, 3) ? 1 + rng_below(r, d.cols > 130 ? 20 : 70) : 0;
	d.rows = (1 + rng_below(r, 3)) * (d.heads ? d.heads : 1 + rng_below(r, 40));
	d.rows_per_param = rng_below(r, 3) ? 0 : 1 + rng_below(r, 50);
	d.flags = flags[i % FLAG_SETS];
	if (d.x_type != LN_F64 && rng_below(r, 3) == 0) {
		d.y_type = y_types[rng_below(r, Y_TYPES)];
		d.residual_type = x_types[rng_below(r, FAMILY)];
		d.sum_type = x_types[rng_below(r, FAMILY)];
		d.gate_type = x_types[rng_below(r, FAMILY)];
		d.param_type = x_types[rng_below(r, FAMILY)];
	}
	if ((d.y_type == LN_I8 || d.y_type == LN_F8_E4M3) && rng_below(r, 2))
		draw_scales(&d, rng_below(r, 1000));
	if (d.x_type != LN_F64)
		d.flags |= gate_flags(rng_below(r, GATES), d.y_type);
	layouts_draw(r, &d);
	return d;
}

static unsigned draw_tensors(struct rng *r, const ln_desc *d)
{
	unsigned tensors = PLAIN | STATS;

	if (rng_below(r, 3) == 0)
		tensors |= WITH(RESIDUAL);
	if (rng_below(r, 3) == 0)
		tensors |= WITH(SUM);
	if (d->x_type != LN_F64 && rng_below(r, 3) == 0)
		tensors |= WITH(GATE);
	if (!(d->flags & LN_STATS_GIVEN) && rng_below(r, 6) == 0)
		tensors |= WITH(MOMENTS);
	if (d->flags & LN_ROW_SCALE)
		tensors |= WITH(Y_SCALE);
	if (!norm_facts(d->norm)->has_mean && rng_below(r, 2))	/* as the plain kernels have it */
		tensors &= ~WITH(BETA);
	return tensors;
}

/* The model says where things are by the formulas of ln.h; whatever else in the arena is touched is a difference. */
START_TEST(any_layout)
{
	struct rng r = rng_make(15, 0);
	size_t count = thinned("columns: random descriptors", 1500, 200);

	for (size_t i = 0; i < count; i++) {
		ln_desc d = draw_desc(&r, i);
		struct call c = call_make(&d, draw_tensors(&r, &d));
		call_fill(&c, row_kind(i % 5 ? i % 3 : rng_below(&r, 19)), i);
		expect_model(&c, "columns apart");
		call_free(&c);
	}
}
END_TEST

/* Two channels of three pixels. */
START_TEST(two_channels)
{
	static const float x[] = {1, 2, 3, 3, 6, 11}, want[] = {-1, -1, -1, 1, 1, 1};
	ln_desc d = {.struct_size = sizeof d, .rows = 3, .cols = 2, .heads = 3, .x_col_stride = 3, .y_col_stride = 3};
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		float y[6];
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = y}, &d, NULL, NULL), LN_OK);
		for (size_t e = 0; e < 6; e++)
			ck_assert_msg(y[e] - want[e] < 1e-6f && want[e] - y[e] < 1e-6f, "%s: %g, not %g", k->name, (double)y[e], (double)want[e]);
	}
}
END_TEST

/* Images of channels by a plain call on each pixel, written out: this does not ask the model. */
static void check_image(const struct kernel *k, size_t n, size_t channels, size_t pixels, bool in_place)
{
	size_t all = n * channels * pixels;
	float *x = elements(LN_F32, all), *y = in_place ? x : elements(LN_F32, all), *row = elements(LN_F32, channels), *want = elements(LN_F32, all);
	float *gamma_ = elements(LN_F32, channels), *beta = elements(LN_F32, channels);
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, n * pixels, channels);

	rows_fill(row_kind(1), LN_F32, n, n * channels, pixels, x);
	rows_parameters(1, LN_F32, channels, gamma_, beta);
	for (size_t p = 0; p < n * pixels; p++) {
		float *at = want + p / pixels * channels * pixels + p % pixels;
		for (size_t c = 0; c < channels; c++)
			row[c] = x[(size_t)(at - want) + c * pixels];
		ck_assert_int_eq(ln_layernorm_f32(1, channels, row, gamma_, beta, d.eps, row), LN_OK);
		for (size_t c = 0; c < channels; c++)
			at[c * pixels] = row[c];
	}
	d.heads = pixels;
	d.x_col_stride = d.y_col_stride = pixels;
	note(k, "%zu x %zu x %zu", n, channels, pixels);
	ck_assert_int_eq(forward_status(&(struct forward){.x = x, .gamma = gamma_, .beta = beta, .y = y}, &d, NULL, NULL), LN_OK);
	ck_assert_msg(memcmp(y, want, all * sizeof *y) == 0, "%s: %zu images of %zu channels of %zu pixels", k->name, n, channels, pixels);
	if (!in_place)
		free(y);
	free(x), free(row), free(want), free(gamma_), free(beta);
}

START_TEST(images)
{
	static const size_t channels[] = {1, 3, 4, 15, 16, 17, 96, 100, 384, 512, 513, 1024, 1030, 2048, 2050};
	static const size_t pixels[] = {1, 2, 5, 16, 33, 49, 196};
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t c = 0; c < sizeof channels / sizeof channels[0]; c++)
			for (size_t p = 0; p < sizeof pixels / sizeof pixels[0]; p++)
				check_image(k, 1 + c % 2, channels[c], pixels[p], (c + p) % 2);
}
END_TEST

static int from_the_last(void *pool, size_t tasks, ln_task task, void *context)
{
	*(size_t *)pool += tasks;
	for (size_t i = tasks; i-- > 0;)
		task(context, i);
	return 0;
}

/* Many rows, and a few that are divided themselves, as tasks in another order. */
START_TEST(divided)
{
	static const struct { size_t rows, cols; } shapes[] = {{600, 96}, {2000, 17}, {300, 600}, {3, 70000}, {40, 3000}};
	const struct kernel *k;

	for (size_t i = 0; i < 4 * sizeof shapes / sizeof shapes[0]; i++) {
		ln_desc d = plain_desc(LN_LAYERNORM, i % 3 ? x_types[i % X_TYPES] : LN_F64, shapes[i / 4].rows, shapes[i / 4].cols);
		d.x_col_stride = d.y_col_stride = d.residual_col_stride = d.rows;
		struct call c = call_make(&d, PLAIN | STATS | (i % 2 ? WITH(RESIDUAL) : 0));
		call_fill(&c, row_kind(1), i);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			struct call want = call_clone(&c), got = call_clone(&c);
			size_t tasks = 0;
			call_run(&want);
			call_run_parallel(&got, from_the_last, &tasks);
			ck_assert_uint_gt(tasks, 1);
			expect_same(k, &got, &want, "divided");
			call_free(&want), call_free(&got);
		}
		call_free(&c);
	}
}
END_TEST

/* A NaN that comes of a parameter is the quiet one, and one row that floats cannot hold takes the others of its tile along another way. */
START_TEST(not_ordinary)
{
	for (size_t i = 0; i < 24; i++) {
		ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % 2], 70, 5 + 30 * (i % 3));
		d.x_col_stride = d.y_col_stride = 72;
		d.y_type = LN_F32;
		d.param_type = LN_F32;
		struct call c = call_make(&d, PLAIN | STATS);
		call_fill(&c, row_kind(0), i);
		float *gamma_ = *call_slot(&c.f, GAMMA), *beta = *call_slot(&c.f, BETA);
		if (i % 4 == 0)
			memcpy(&gamma_[3], &(uint32_t){0xff812345}, sizeof *gamma_);
		if (i % 4 == 1)
			memcpy(&beta[1], &(uint32_t){0x7f800000}, sizeof *beta);
		if (i % 4 == 2)	/* row 66, in the second tile */
			type_store(d.x_type, *call_slot(&c.f, X), 66 + 72 * 2, 1e30);
		expect_model(&c, "not ordinary");
		call_free(&c);
	}
}
END_TEST

/* Group norm of channels last, by group norm of channels first: a row's columns are the same, and so is their order. */
static void check_groups(const struct kernel *k, size_t n, size_t channels, size_t groups, size_t pixels)
{
	size_t all = n * channels * pixels, each = channels / groups;
	float *first = elements(LN_F32, all), *last = elements(LN_F32, all), *want = elements(LN_F32, all), *y = elements(LN_F32, all);
	float *gamma_ = elements(LN_F32, channels), *beta = elements(LN_F32, channels);
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, n * groups, each * pixels);

	rows_fill(row_kind(1), LN_F32, n, n * channels, pixels, first);
	rows_parameters(1, LN_F32, channels, gamma_, beta);
	for (size_t i = 0; i < all; i++)
		last[(i / pixels / channels * pixels + i % pixels) * channels + i / pixels % channels] = first[i];
	d.rows_per_param = 1;
	d.param_rows = groups;
	d.cols_per_param = pixels;
	ck_assert_int_eq(forward_status(&(struct forward){.x = first, .gamma = gamma_, .beta = beta, .y = want}, &d, NULL, NULL), LN_OK);
	d.heads = groups;
	d.cols_per_run = pixels;
	d.x_col_stride = d.y_col_stride = channels;
	d.x_run_stride = d.y_run_stride = 1;
	d.x_head_stride = d.y_head_stride = each;
	d.x_stride = d.y_stride = pixels * channels;
	note(k, "%zu channels in %zu groups", channels, groups);
	ck_assert_int_eq(forward_status(&(struct forward){.x = last, .gamma = gamma_, .beta = beta, .y = y}, &d, NULL, NULL), LN_OK);
	for (size_t i = 0; i < all; i++)
		if (memcmp(&y[(i / pixels / channels * pixels + i % pixels) * channels + i / pixels % channels], &want[i], sizeof *y) != 0)
			ck_abort_msg("%s: %zu channels in %zu groups of %zu pixels: element %zu", k->name, channels, groups, pixels, i);
	free(first), free(last), free(want), free(y), free(gamma_), free(beta);
}

START_TEST(groups_of_channels_last)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		check_groups(k, 2, 32, 8, 49);
		check_groups(k, 1, 6, 2, 1);
		check_groups(k, 2, 12, 3, 400);
		check_groups(k, 3, 5, 5, 64);
		check_groups(k, 2, 8, 1, 17);
	}
}
END_TEST

/* y and sum where x and residual are, which have layouts of their own; all else in the arena is left alone. */
START_TEST(in_place)
{
	struct rng r = rng_make(16, 0);
	size_t count = thinned("columns: calls in place", 300, 60);

	for (size_t i = 0; i < count; i++) {
		ln_desc d = draw_desc(&r, i);
		d.y_type = d.residual_type = d.sum_type = d.x_type;
		d.flags &= ~LN_ROW_SCALE;
		d.cols_per_scale = d.scale_type = 0;
		bool swapped = i % 3 == 1;
		d.y_stride = swapped ? d.residual_stride : d.x_stride, d.sum_stride = swapped ? d.x_stride : d.residual_stride;
		d.y_head_stride = swapped ? d.residual_head_stride : d.x_head_stride;
		d.sum_head_stride = swapped ? d.x_head_stride : d.residual_head_stride;
		d.y_col_stride = swapped ? d.residual_col_stride : d.x_col_stride;
		d.sum_col_stride = swapped ? d.x_col_stride : d.residual_col_stride;
		d.y_run_stride = swapped ? d.residual_run_stride : d.x_run_stride;
		d.sum_run_stride = swapped ? d.x_run_stride : d.residual_run_stride;
		struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM));
		call_fill(&c, row_kind(i % 3), i);
		c.f.y = swapped ? (void *)(uintptr_t)c.f.residual : (void *)(uintptr_t)c.f.x;
		c.f.sum = swapped ? (void *)(uintptr_t)c.f.x : (void *)(uintptr_t)c.f.residual;
		expect_model(&c, "in place, columns apart");
		call_free(&c);
	}
}
END_TEST

Suite *suite_columns(void)
{
	Suite *suite = suite_create("columns");
	TCase *tc = add_case(suite, "columns");

	tcase_add_test(tc, any_layout);
	tcase_add_test(tc, two_channels);
	tcase_add_test(tc, images);
	tcase_add_test(tc, divided);
	tcase_add_test(tc, not_ordinary);
	tcase_add_test(tc, groups_of_channels_last);
	tcase_add_test(tc, in_place);
	return suite;
}
