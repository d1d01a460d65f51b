/*
 * test_backward_sets.c - gradients of group and instance norm, and of sets of parameters that begin again: against other calls and the oracle
 */
#include "backward_accuracy.h"
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect_near(const float *got, const double *want, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(fabs((double)got[i] - want[i]) < 1e-6, "%s[%zu] is %.9g, not %.9g", what, i, (double)got[i], want[i]);
}

/* Two columns share a parameter; values by hand. */
START_TEST(by_hand)
{
	static const float x[] = {1, 2, 3, 6}, gamma_[] = {1, 2}, dy[] = {1, 0, 0, 1};
	static const double dx_[] = {.4390720, -.2481712, -.4008919, .2099910}, dgamma_[] = {-1.0690450, 1.6035675}, dbeta_[] = {1, 1};
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		float dx[4], dgamma[2], dbeta[2];
		ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 1, 4);
		struct backward b = {.x = x, .dy = dy, .gamma = gamma_, .dx = dx, .dgamma = dgamma, .dbeta = dbeta};
		d.cols_per_param = 2;
		d.eps = 0;
		ck_assert_int_eq(grad_status(&b, &d, NULL, 0, NULL, NULL), LN_OK);
		expect_near(dx, dx_, 4, "dx");
		expect_near(dgamma, dgamma_, 2, "dgamma");
		expect_near(dbeta, dbeta_, 2, "dbeta");
	}
}
END_TEST

/* Heads that have a weight each are, one by one, strided rows of one set: the same blocks of the same rows, so the same bits. */
static void check_heads(const struct kernel *k, uint32_t type, size_t tokens, size_t heads, size_t cols)
{
	ln_desc d = plain_desc(LN_RMSNORM, type, tokens * heads, cols);
	d.rows_per_param = 1;
	d.param_rows = heads;
	struct grad_call all = grad_make(&d, GRAD_PLAIN);
	grad_fill(&all, row_kind(0), heads);
	struct grad_call each = grad_clone(&all);

	grad_run(&all);
	d.rows = tokens;
	d.rows_per_param = d.param_rows = 0;
	d.x_stride = d.y_stride = heads * cols;
	for (size_t head = 0; head < heads; head++) {
		struct backward b = each.b;
		for (int t = 0; t < GRAD_TENSORS; t++) {
			char **slot = (char **)grad_slot(&b, (enum grad_tensor)t);
			if (*slot)
				*slot += head * cols * type_size(each.part[t].type);
		}
		size_t size = ln_backward_workspace_size(&d);
		void *workspace = elements(LN_U8, size + 1);
		ck_assert_int_eq(grad_status(&b, &d, workspace, size, NULL, NULL), LN_OK);
		free(workspace);
	}
	expect_same_grads(k, &all, &each, "a weight per head, against a call for each");
	grad_free(&all);
	grad_free(&each);
}

START_TEST(weights_per_head)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t t = 0; t < X_TYPES; t++) {
			check_heads(k, x_types[t], 5, 4, 16);
			check_heads(k, x_types[t], 70, 3, 33);
			check_heads(k, x_types[t], 33, 2, 1100);
		}
}
END_TEST

struct image { size_t n, channels, groups, pixels; };

/* N x C x H x W in G groups. dx has the bits of a call with gamma written out for each pixel; dgamma and dbeta keep their bounds. */
static void check_image(struct image m, uint32_t type, uint32_t norm, unsigned more)
{
	size_t per_group = m.channels / m.groups, cols = per_group * m.pixels;
	ln_desc d = plain_desc(norm, type, m.n * m.groups, cols), wide;
	const struct kernel *k;

	d.rows_per_param = 1;
	d.param_rows = m.groups;
	d.cols_per_param = m.pixels;
	struct grad_call c = grad_make(&d, GRAD_PLAIN | more);
	grad_fill(&c, row_kind(1), m.pixels);
	expect_grads_accurate(&c, false, NULL, "an image");
	expect_grad_model(&c, "an image");
	wide = d;
	wide.cols_per_param = 0;
	struct grad_call w = grad_make(&wide, (GRAD_PLAIN | more) & ~(OF(GDGAMMA) | OF(GDBETA)));
	grad_fill(&w, row_kind(1), m.pixels);
	for (size_t i = 0; i < m.channels * m.pixels; i++)
		for (int t = GGAMMA; t <= GBETA; t++)
			if (w.part[t].bytes)
				memcpy((char *)*grad_slot(&w.b, (enum grad_tensor)t) + i * type_size(type),
				       (const char *)*grad_slot(&c.b, (enum grad_tensor)t) + i / m.pixels * type_size(type), type_size(type));
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct grad_call got = grad_clone(&c), want = grad_clone(&w);
		note(k, "%s", grad_name(&c));
		grad_run(&got);
		grad_run(&want);
		ck_assert_msg(memcmp(got.b.dx, want.b.dx, c.part[GDX].bytes) == 0, "%s: dx of %s", k->name, grad_name(&c));
		grad_free(&got);
		grad_free(&want);
	}
	grad_free(&w);
	grad_free(&c);
}

START_TEST(images)
{
	static const struct image shapes[] = {{2, 6, 3, 5}, {3, 4, 4, 7}, {40, 8, 2, 3}, {2, 4, 1, 400}, {1, 2, 2, 2500}, {2, 3, 1, 1024}, {5, 12, 6, 1}};
	size_t step = thinned("backward_sets: every n-th image", 1, 3);

	for (size_t i = 0; i < 7 * X_TYPES * 2; i += step)
		check_image(shapes[i % 7], x_types[i / 7 % X_TYPES], (uint32_t)(i / (7 * X_TYPES)), i % 2 && x_types[i / 7 % X_TYPES] != LN_F64 ? (unsigned)GRAD_GATED : 0);
}
END_TEST

/* dy of two parameters' columns: of each, as many are V as are -V, and what is between them is lost beside V in a double, or in two. */
static void fill_cancelling(struct grad_call *c, struct rng *r, double large)
{
	size_t cols = (size_t)c->b.d.cols, shared = cols / 2;
	double *sign = calloc(cols, sizeof *sign);

	for (size_t pair = 0; pair < shared / 3; pair++)
		for (size_t k = 0; k < 2; k++) {
			size_t plus = k * shared + rng_below(r, shared), minus = k * shared + rng_below(r, shared);
			if (plus != minus && sign[plus] == 0 && sign[minus] == 0)
				sign[plus] = 1, sign[minus] = -1;
		}
	for (size_t n = 0; n < c->b.d.rows * cols; n++)
		type_store(c->b.d.x_type, *grad_slot(&c->b, GDY), n, sign[n % cols] != 0 ? sign[n % cols] * large : rng_normal(r));
	free(sign);
}

/* The sum tells in which order it was taken. */
START_TEST(order_of_the_fold)
{
	for (size_t i = 0; i < 40; i++) {
		ln_desc d = plain_desc(LN_RMSNORM, i % 2 ? LN_F64 : LN_F32, 1 + i % 9, 2 * (5 + 61 * i));
		d.cols_per_param = d.cols / 2;
		struct grad_call c = grad_make(&d, GRAD_PLAIN & ~OF(GDX));
		struct rng r = rng_make(i, 0);
		grad_fill(&c, row_kind(0), i);
		fill_cancelling(&c, &r, i % 2 ? 0x1p101 : 0x1p48);
		expect_grad_model(&c, "terms that cancel");
		grad_free(&c);
	}
}
END_TEST

/* What a set needs does not grow with the columns that share. */
START_TEST(nothing_as_large_as_a_row)
{
	ln_desc few = plain_desc(LN_LAYERNORM, LN_F32, 8, 8 * 4), many = plain_desc(LN_LAYERNORM, LN_F32, 8, 8 << 20);

	few.rows_per_param = many.rows_per_param = 1;
	few.param_rows = many.param_rows = 4;
	few.cols_per_param = 4;
	many.cols_per_param = 1 << 20;
	ck_assert_uint_eq(ln_backward_workspace_size(&few), ln_backward_workspace_size(&many));
}
END_TEST

Suite *suite_backward_sets(void)
{
	Suite *suite = suite_create("backward_sets");
	TCase *tc = add_case(suite, "backward_sets");

	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, weights_per_head);
	tcase_add_test(tc, images);
	tcase_add_test(tc, order_of_the_fold);
	tcase_add_test(tc, nothing_as_large_as_a_row);
	return suite;
}
