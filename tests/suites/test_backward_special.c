/*
 * test_backward_special.c - gradients of one column, of constant rows, of NaN and infinities; and in place
 */
#include "backward_call.h"
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A call of contiguous rows, of the norm and type `which`: below the number of norms times X_TYPES, norms first. */
static struct grad_call call_of(size_t which, size_t rows, size_t cols, unsigned tensors)
{
	ln_desc d = plain_desc((uint32_t)(which % norm_count()), x_types[which / norm_count() % X_TYPES], rows, cols);
	struct grad_call c = grad_make(&d, tensors);

	grad_fill(&c, row_kind(0), which);
	return c;
}

static size_t layernorm_of(size_t type) { return LN_LAYERNORM + type * norm_count(); }

static double at(const struct grad_call *c, enum grad_tensor t, size_t i)
{
	struct backward b = c->b;

	return type_load(c->part[t].type, *grad_slot(&b, t), i);
}

static void set(struct grad_call *c, enum grad_tensor t, size_t i, double v)
{
	type_store(c->part[t].type, *grad_slot(&c->b, t), i, v);
}

/* dx and dgamma are 0, whatever x, dy, eps and the number of rows. */
START_TEST(one_column)
{
	static const double eps[] = {0, 1e-5, 1, 5e-324, 1e300};
	static const size_t row_counts[] = {1, 2, 5, 33, 100};
	const struct kernel *k;

	/* To change kernels is slow where a virtual machine traps CPUID. */
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t n = 0; n < X_TYPES * 5 * 19; n++) {
			struct grad_call c = call_of(layernorm_of(n % X_TYPES), row_counts[n / X_TYPES % 5], 1, GRAD_PLAIN);
			grad_fill(&c, row_kind(n / (5 * X_TYPES)), n);
			c.b.d.eps = eps[n % 5];
			grad_run(&c);
			for (size_t r = 0; r < c.b.d.rows; r++)
				if (!(at(&c, GDX, r) == 0))
					ck_abort_msg("%s: dx[%zu] is %g: %s", k->name, r, at(&c, GDX, r), grad_name(&c));
			if (!(at(&c, GDGAMMA, 0) == 0))
				ck_abort_msg("%s: dgamma is %g: %s", k->name, at(&c, GDGAMMA, 0), grad_name(&c));
			grad_free(&c);
		}
}
END_TEST

/* dx of a constant row is finite where dy is of ordinary size, and dgamma gets nothing of it. */
START_TEST(constant_rows)
{
	static const double values[] = {0, -0.0, 1, 0.1, -3.7e5, 1e-30, 3e38}, eps[] = {0, 1e-5, 1e-30, 1};
	static const size_t counts[] = {2, 3, 17, 64, 100, 1025};
	size_t step = 6 - thinned("backward_special: constant rows, of every five", 5, 1);
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t n = 0; n < X_TYPES * 7 * 4 * 6; n += step) {
			struct grad_call c = call_of(layernorm_of(n % X_TYPES), 3, counts[n / (28 * X_TYPES)], GRAD_PLAIN);
			c.b.d.eps = eps[n / (7 * X_TYPES) % 4];
			for (size_t j = 0; j < 3 * c.b.d.cols; j++)
				set(&c, GX, j, rows_finite(c.part[GX].type, values[n / X_TYPES % 7]));
			grad_run(&c);
			/* rstd is up to 1e15, and an f16 ends at 65504. */
			for (size_t j = 0; (c.b.d.eps == 0 || c.b.d.eps > 1e-6) && j < 3 * c.b.d.cols; j++)
				ck_assert_msg(isfinite(at(&c, GDX, j)), "%s: %s", k->name, grad_name(&c));
			for (size_t j = 0; j < 3 * c.b.d.cols; j++)
				ck_assert_msg(!isnan(at(&c, GDX, j)), "%s: %s", k->name, grad_name(&c));
			for (size_t j = 0; j < c.b.d.cols; j++)
				ck_assert_msg(at(&c, GDGAMMA, j) == 0, "%s: %s", k->name, grad_name(&c));
			grad_free(&c);
		}
}
END_TEST

/* With LN_EPS_OUTSIDE the factor k of a row without variance is not finite, and is taken to be 0; so it is where rstd is 1 / eps. */
START_TEST(eps_outside_alone)
{
	for (size_t n = 0; n < 64; n++) {
		ln_desc d = plain_desc(norm_at(n), x_types[n / 2 % X_TYPES], 5, n / 16 % 2 ? 33 : 2);
		struct grad_call c = grad_make(&d, GRAD_PLAIN | (n / 8 % 2 ? (unsigned)GRAD_STATS : 0));
		grad_fill(&c, row_kind(n / 32 ? 0 : 16), n);
		c.b.d.flags = LN_EPS_OUTSIDE;
		c.b.d.eps = 0.5;
		for (size_t i = 0; n / 32 == 0 && !norm_facts(d.norm)->has_mean && i < 5 * d.cols; i++)
			set(&c, GX, i, 0);
		for (size_t r = 0; c.b.rstd && r < 5; r++)
			set(&c, GRSTD, r, 2);
		expect_grad_model(&c, "eps alone");
		grad_free(&c);
	}
}
END_TEST

/*
 * What is not finite in x or dy of one row: its dx is NaN (with an infinite dy not finite), no other row's dx changes a bit, and all NaN are
 * the quiet one, which expect_grad_model() sees to.
 */
static void check_bad_element(size_t n, enum grad_tensor t, double bad)
{
	static const size_t counts[] = {2, 7, 33, 64, 1025};
	struct grad_call clean = call_of(n, 9, counts[n % 5], GRAD_PLAIN), c = grad_clone(&clean);
	size_t cols = (size_t)c.b.d.cols, row = n % 9, size = type_size(c.part[GDX].type);
	bool is_infinite_dy = t == GDY && isinf(bad);
	const struct kernel *k;

	set(&c, t, row * cols + (n * 5) % cols, bad);
	expect_grad_model(&c, "an element that is not finite");
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct grad_call got = grad_clone(&c), want = grad_clone(&clean);
		grad_run(&got);
		grad_run(&want);
		for (size_t r = 0; r < 9; r++) {
			size_t from = r * cols * size;
			bool same = memcmp((char *)got.b.dx + from, (char *)want.b.dx + from, cols * size) == 0;
			ck_assert_msg(r == row || same, "%s: row %zu changed row %zu: %s", k->name, row, r, grad_name(&c));
		}
		for (size_t j = 0; j < cols; j++)
			ck_assert_msg(is_infinite_dy ? !isfinite(at(&got, GDX, row * cols + j)) : isnan(at(&got, GDX, row * cols + j)),
				      "%s: %s", k->name, grad_name(&c));
		grad_free(&got);
		grad_free(&want);
	}
	grad_free(&clean);
	grad_free(&c);
}

START_TEST(not_finite)
{
	size_t count = thinned("backward_special: elements that are not finite", 80, 40);

	for (size_t n = 0; n < count; n++) {
		check_bad_element(n, GX, n % 3 == 0 ? (double)NAN : n % 3 == 1 ? (double)INFINITY : -(double)INFINITY);
		check_bad_element(n, GDY, n % 2 ? (double)NAN : (double)INFINITY);
	}
}
END_TEST

/* dy so large that terms of dx overflow: where two infinities meet, a CPU's own NaN has a sign that the quiet one has not. */
START_TEST(overflowing_terms)
{
	static const double x[] = {3, -1, -1, -1}, dy[] = {1.9e38, -3e38, -3e38, -3e38};
	struct grad_call c = call_of(0, 2, 4, GRAD_PLAIN);

	c.b.d.eps = 0;
	for (size_t i = 0; i < 8; i++) {
		set(&c, GX, i, x[i % 4]);
		set(&c, GDY, i, dy[i % 4]);
		set(&c, GGAMMA, i % 4, 1);
	}
	expect_grad_model(&c, "terms of both signs overflow");
	grad_free(&c);
	for (size_t n = 0; n < 48; n++) {
		c = call_of(n % norm_count(), 4, n / 2 % 2 ? 33 : 5, GRAD_PLAIN);
		for (size_t i = 0; i < 4 * c.b.d.cols; i++)
			set(&c, GDY, i, ldexp(at(&c, GDY, i), 122 + (int)(n / 4 % 6)));
		expect_grad_model(&c, "a gradient near the largest float");
		grad_free(&c);
	}
}
END_TEST

/* dbeta is the sum of dy, which a NaN in x does not touch; dgamma is NaN throughout. */
START_TEST(nan_in_x_and_dbeta)
{
	const struct kernel *k;

	for (size_t n = 0; n < 8; n++)
		for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
			struct grad_call c = call_of(n, 50, 33, GRAD_PLAIN);
			set(&c, GX, 40 * 33 + 5, (double)NAN);
			grad_run(&c);
			for (size_t j = 0; j < 33; j++)
				ck_assert_msg(isnan(at(&c, GDGAMMA, j)) && isfinite(at(&c, GDBETA, j)), "%s: %s", k->name,
					      grad_name(&c));
			grad_free(&c);
		}
}
END_TEST

/* ---- In place ---- */

/* `out` moves to where `in` is; what comes of it is what comes of it elsewhere. */
static void check_in_place(const struct kernel *k, const struct grad_call *c, enum grad_tensor out, enum grad_tensor in)
{
	struct grad_call want = grad_clone(c), got = grad_clone(c);
	struct backward b = c->b;

	note(k, "%s onto %s: %s", grad_tensor_name(out), grad_tensor_name(in), grad_name(c));
	*grad_slot(&got.b, out) = *grad_slot(&got.b, in);
	grad_run(&want);
	grad_run(&got);
	char *expected = *grad_slot(&want.b, out), *there = *grad_slot(&got.b, out);
	if (memcmp(expected, there, c->part[out].bytes) != 0)
		ck_abort_msg("%s: %s in the place of %s: other bits: %s", k->name, grad_tensor_name(out), grad_tensor_name(in),
			     grad_name(c));
	/* Everything else as elsewhere: put back what was there, and nothing differs. */
	memcpy(got.arena + got.part[out].at, expected, c->part[out].bytes);
	memcpy(got.arena + got.part[in].at, *grad_slot(&b, in), c->part[in].bytes);
	expect_same_grads(k, &got, &want, "in place");
	grad_free(&want);
	grad_free(&got);
}

static void check_all_in_place(const struct kernel *k, size_t n, size_t rows, size_t cols)
{
	bool gated = x_types[n / norm_count() % X_TYPES] != LN_F64 && (rows + cols) % 4 == 3;
	struct grad_call c = call_of(n, rows, cols, GRAD_PLAIN | OF(GDSUM) | (gated ? (unsigned)GRAD_GATED : 0));

	check_in_place(k, &c, GDX, GDY);
	check_in_place(k, &c, GDX, GX);
	check_in_place(k, &c, GDX, GDSUM);
	if (gated)
		check_in_place(k, &c, GDGATE, GGATE);
	grad_free(&c);
}

START_TEST(in_place)
{
	static const size_t counts[] = {1, 3, 16, 33, 64, 100, 257, 1024, 1025, 2500};
	size_t step = thinned("backward_special: every n-th number of rows in place", 6, 19);
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t n = 0; n < norm_count() * X_TYPES; n++)
			for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
				for (size_t rows = 1; rows < (counts[i] > 300 ? 10 : 40); rows += step)
					check_all_in_place(k, n, rows, counts[i]);
}
END_TEST

Suite *suite_backward_special(void)
{
	Suite *suite = suite_create("backward_special");
	TCase *tc = add_case(suite, "backward_special");

	tcase_add_test(tc, one_column);
	tcase_add_test(tc, constant_rows);
	tcase_add_test(tc, eps_outside_alone);
	tcase_add_test(tc, not_finite);
	tcase_add_test(tc, overflowing_terms);
	tcase_add_test(tc, nan_in_x_and_dbeta);
	tcase_add_test(tc, in_place);
	return suite;
}
