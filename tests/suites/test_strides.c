/*
 * test_strides.c - where rows and parameters are: strides, heads inside a packed row, sets of parameters, group and instance norm
 */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A stride of 0, or one that leaves gaps; head strides past a row, and row strides past all heads. */
static void draw_strides(struct rng *r, const ln_desc *d, uint64_t *stride, uint64_t *head_stride)
{
	uint64_t heads = d->heads ? d->heads : 1;

	*head_stride = rng_below(r, 2) ? 0 : d->cols + rng_below(r, 9);
	*stride = rng_below(r, 3) == 0 ? 0 : heads * (*head_stride ? *head_stride : d->cols) + rng_below(r, 70);
}

/* Rows of one head first, then those of the next: the stride of rows is the smaller one. */
static void head_by_head(const ln_desc *d, uint64_t *stride, uint64_t *head_stride)
{
	*stride = d->cols + 3;
	*head_stride = d->rows / d->heads * *stride + 5;
}

static ln_desc draw_desc(struct rng *r, size_t i)
{
	ln_desc d = plain_desc(norm_at(i), x_types[i % X_TYPES], 0, some_column_count(rng_below(r, 77)));

	d.cols = d.cols > 600 ? 150 : d.cols;
	d.heads = rng_below(r, 4);
	d.rows = (1 + rng_below(r, 5)) * (d.heads ? d.heads : 1);
	draw_strides(r, &d, &d.x_stride, &d.x_head_stride);
	draw_strides(r, &d, &d.residual_stride, &d.residual_head_stride);
	draw_strides(r, &d, &d.gate_stride, &d.gate_head_stride);
	draw_strides(r, &d, &d.y_stride, &d.y_head_stride);
	draw_strides(r, &d, &d.sum_stride, &d.sum_head_stride);
	if (d.heads && rng_below(r, 4) == 0)
		head_by_head(&d, &d.x_stride, &d.x_head_stride);
	if (d.heads && rng_below(r, 4) == 0)
		head_by_head(&d, &d.y_stride, &d.y_head_stride);
	d.rows_per_param = rng_below(r, 4);
	d.param_rows = rng_below(r, 4);
	for (uint64_t share = 2 + rng_below(r, 7); share < 9 && d.cols_per_param == 0; share++)
		if (d.cols % share == 0 && rng_below(r, 2))
			d.cols_per_param = share;
	if (rng_below(r, 2))
		d.param_stride = d.cols / (d.cols_per_param ? d.cols_per_param : 1) + rng_below(r, 30);
	return d;
}

/* The model says where things are by the formulas of ln.h; whatever else in the arena is touched is a difference. */
START_TEST(any_strides)
{
	struct rng r = rng_make(12, 0);
	size_t count = thinned("strides: random descriptors", 4000, 600);

	for (size_t i = 0; i < count; i++) {
		ln_desc d = draw_desc(&r, i);
		unsigned tensors = PLAIN | STATS | (i % 3 ? WITH(RESIDUAL) | WITH(SUM) : 0) | (i % 4 != 3 && i % 5 == 0 ? WITH(GATE) : 0);
		d.flags |= tensors & WITH(GATE) ? gate_flags(i / 20, d.y_type) : 0;
		struct call c = call_make(&d, tensors);
		call_fill(&c, row_kind(i % 3), i);
		expect_model(&c, "random strides");
		call_free(&c);
	}
}
END_TEST

/* q, k or v of a fused projection, tokens x 3 x heads x size, normed where it lies; and what lies around it. */
static void check_packed(uint32_t norm, uint32_t type, size_t tokens, size_t heads, size_t size, size_t part)
{
	ln_desc all = plain_desc(norm, type, tokens * 3 * heads, size), d = plain_desc(norm, type, tokens * heads, size);
	struct call c = call_make(&all, WITH(X) | WITH(GAMMA));

	call_fill(&c, row_kind(1), part);
	d.heads = heads;
	d.x_stride = d.y_stride = 3 * heads * size;
	d.x_head_stride = d.y_head_stride = size;
	c.f.d = d;
	c.f.x = c.f.y = (char *)c.f.x + part * heads * size * type_size(type);
	expect_model(&c, "heads inside a packed row, in place");
	call_free(&c);
}

START_TEST(qk_norm)
{
	static const size_t sizes[] = {64, 128, 80, 96, 1, 7, 33, 256};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] * X_TYPES * 2; i++)
		for (size_t part = 0; part < 3; part++)
			check_packed(norm_at(i), x_types[i / 2 % X_TYPES], 5, 1 + i % 5, sizes[i / 2 / X_TYPES], part);
}
END_TEST

/* The same against plain calls on a copy of each head: this does not ask the model. */
START_TEST(qk_norm_against_plain_calls)
{
	enum { TOKENS = 6, HEADS = 4, SIZE = 72, WIDTH = 3 * HEADS * SIZE };
	static float packed[TOKENS * WIDTH], gamma_[SIZE], beta[SIZE], done[TOKENS * WIDTH];
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, TOKENS * HEADS, SIZE);
	const struct kernel *k;

	rows_fill(row_kind(0), LN_F32, 1, TOKENS, WIDTH, packed);
	rows_parameters(1, LN_F32, SIZE, gamma_, beta);
	d.heads = HEADS;
	d.x_stride = d.y_stride = WIDTH;
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		memcpy(done, packed, sizeof done);
		float *keys = done + HEADS * SIZE;
		ck_assert_int_eq(forward_status(&(struct forward){.x = keys, .gamma = gamma_, .y = keys}, &d, NULL, NULL), LN_OK);
		for (size_t head = 0; head < TOKENS * 3 * HEADS; head++) {
			float y[SIZE];
			memcpy(y, packed + head * SIZE, sizeof y);
			if (head / HEADS % 3 == 1)
				ck_assert_int_eq(ln_rmsnorm_f32(1, SIZE, y, gamma_, d.eps, y), LN_OK);
			if (memcmp(y, done + head * SIZE, sizeof y) != 0)
				ck_abort_msg("%s: head %zu of the packed rows is not what a plain call gives", k->name, head);
		}
	}
}
END_TEST

struct image { size_t n, channels, groups, pixels; };

/* Group g of image n by a plain call, gamma and beta of each channel written out for each of its pixels. */
static void plain_group(const struct image *m, const float *x, const float *gamma_, const float *beta, size_t group, float *y)
{
	size_t per_group = m->channels / m->groups, cols = per_group * m->pixels;
	float *wide = elements(LN_F32, 2 * cols);

	for (size_t c = 0; c < cols; c++) {
		wide[c] = gamma_[group % m->groups * per_group + c / m->pixels];
		wide[cols + c] = beta[group % m->groups * per_group + c / m->pixels];
	}
	ck_assert_int_eq(ln_layernorm_f32(1, cols, x + group * cols, wide, wide + cols, 1e-5, y), LN_OK);
	free(wide);
}

static void check_group_norm(const struct kernel *k, struct image m)
{
	size_t cols = m.channels / m.groups * m.pixels, all = m.n * m.channels * m.pixels;
	float *x = elements(LN_F32, all), *y = elements(LN_F32, all), *want = elements(LN_F32, cols);
	float *gamma_ = elements(LN_F32, m.channels), *beta = elements(LN_F32, m.channels);
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, m.n * m.groups, cols);

	rows_fill(row_kind(1), LN_F32, 1, m.n * m.groups, cols, x);
	rows_parameters(1, LN_F32, m.channels, gamma_, beta);
	d.rows_per_param = 1;
	d.param_rows = m.groups;
	d.cols_per_param = m.pixels;
	note(k, "group norm of %zu channels in %zu groups", m.channels, m.groups);
	ck_assert_int_eq(forward_status(&(struct forward){.x = x, .gamma = gamma_, .beta = beta, .y = y}, &d, NULL, NULL), LN_OK);
	for (size_t group = 0; group < m.n * m.groups; group++) {
		plain_group(&m, x, gamma_, beta, group, want);
		if (memcmp(want, y + group * cols, cols * sizeof *y) != 0)
			ck_abort_msg("%s: %zu channels in %zu groups of %zu pixels: group %zu is not what a plain call gives", k->name,
				     m.channels, m.groups, m.pixels, group);
	}
	free(x);
	free(y);
	free(want);
	free(gamma_);
	free(beta);
}

/* The last ones are instance norms: as many groups as channels. */
START_TEST(group_and_instance_norm)
{
	static const struct image images[] = {{2, 32, 8, 49}, {3, 6, 2, 1}, {1, 12, 3, 400}, {2, 8, 1, 17}, {2, 5, 5, 64}, {1, 3, 3, 1001}};
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t n = 0; n < sizeof images / sizeof images[0]; n++)
			check_group_norm(k, images[n]);
}
END_TEST

/* One of x and y contiguous; the other too, but for its heads, which lie outside of the rows. */
START_TEST(heads_of_one_outside)
{
	enum { OUTER = 2, HEADS = 3, COLS = 8, ROW = HEADS * COLS, OUTSIDE = OUTER * ROW };
	static float x[OUTER * ROW], apart[HEADS * OUTSIDE], want[OUTER * ROW], y[OUTER * ROW], y_apart[HEADS * OUTSIDE];
	const ln_desc plain = plain_desc(LN_LAYERNORM, LN_F32, OUTER * HEADS, COLS);
	ln_desc of_y = plain, of_x = plain;

	of_y.heads = of_x.heads = HEADS;
	of_y.y_stride = of_x.x_stride = ROW;
	of_y.y_head_stride = of_x.x_head_stride = OUTSIDE;
	for (size_t i = 0; i < OUTER * ROW; i++)
		x[i] = apart[i / ROW * ROW + i % ROW / COLS * OUTSIDE + i % COLS] = (float)(i * i % 17);
	for (size_t i = 0; use_kernel(i) != NULL; i++) {
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = want}, &plain, NULL, NULL), LN_OK);
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = y_apart}, &of_y, NULL, NULL), LN_OK);
		ck_assert_int_eq(forward_status(&(struct forward){.x = apart, .y = y}, &of_x, NULL, NULL), LN_OK);
		ck_assert_mem_eq(y, want, sizeof want);
		for (size_t at = 0; at < OUTER * ROW; at += COLS)
			ck_assert_mem_eq(&y_apart[at / ROW * ROW + at % ROW / COLS * OUTSIDE], &want[at], COLS * sizeof *want);
	}
}
END_TEST

/* adaLN: the tokens of an image share scale and shift, which lie among six modulations of each image. */
START_TEST(modulation)
{
	for (size_t i = 0; i < 3 * X_TYPES; i++) {
		ln_desc d = plain_desc(LN_LAYERNORM, x_types[i % X_TYPES], 3 * 5, 40 + i);
		d.rows_per_param = 5;
		d.param_stride = 6 * d.cols;
		d.flags = LN_GAMMA_PLUS_ONE;
		struct call c = call_make(&d, PLAIN);
		call_fill(&c, row_kind(0), i);
		expect_model(&c, "modulation");
		c.f.beta = (const char *)c.f.gamma + d.cols * type_size(d.x_type);	/* inputs may overlap */
		expect_model(&c, "modulation, beta after gamma");
		call_free(&c);
	}
}
END_TEST

Suite *suite_strides(void)
{
	Suite *suite = suite_create("strides");
	TCase *tc = add_case(suite, "strides");

	tcase_add_test(tc, any_strides);
	tcase_add_test(tc, qk_norm);
	tcase_add_test(tc, qk_norm_against_plain_calls);
	tcase_add_test(tc, group_and_instance_norm);
	tcase_add_test(tc, heads_of_one_outside);
	tcase_add_test(tc, modulation);
	return suite;
}
