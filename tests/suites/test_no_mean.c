/*
 * test_no_mean.c - norms that subtract no mean, RMSNorm and L2 norm, beyond the suites that go over all operations: their symmetries, beta,
 * and their place in the descriptor
 */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>


static struct call call_of(uint32_t norm, uint32_t type, size_t cols, unsigned tensors)
{
	ln_desc d = plain_desc(norm, type, 3, cols);

	return call_make(&d, tensors);
}

/* The norms without a mean in turn. */
static uint32_t without_mean(size_t i)
{
	uint32_t norm = (uint32_t)(i % norm_count());

	while (norm_facts(norm)->has_mean)
		norm = (norm + 1) % norm_count();
	return norm;
}

/* Every tensor that differs between two calls is one that was put out. */
static void expect_y(const struct kernel *k, const struct call *got, const struct call *want, bool negated, const char *what)
{
	uint32_t type = got->part[Y].type;
	char is[BITS_TEXT];

	for (size_t i = 0; i < got->f.d.rows * got->f.d.cols; i++) {
		double v = type_load(type, got->f.y, i), w = type_load(type, want->f.y, i);
		bits_text(is, type, got->f.y, i);
		if (!(v == (negated ? -w : w)))
			ck_abort_msg("%s: %s: element %zu is %s, not %.17g: %s", k->name, call_name(got), i, is, negated ? -w : w,
				     what);
	}
}

/* The norm of -x is minus that of x, bit for bit; with eps 0 a power of two times x gives the same, statistics apart. */
static void check_symmetries(uint32_t norm, uint32_t type, size_t cols, const struct row_kind *kind)
{
	struct call plus = call_of(norm, type, cols, WITH(X) | WITH(GAMMA) | WITH(Y)), minus, twice;
	const struct kernel *k;

	call_fill(&plus, kind, cols);
	plus.f.d.eps = 0;
	minus = call_clone(&plus);
	twice = call_clone(&plus);
	for (size_t i = 0; i < 3 * cols; i++) {
		double v = type_load(type, plus.f.x, i);
		type_store(type, *call_slot(&minus.f, X), i, -v);
		type_store(type, *call_slot(&twice.f, X), i, 4 * v);
	}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		call_run(&plus);
		call_run(&minus);
		call_run(&twice);
		expect_y(k, &minus, &plus, true, "-x against x");
		expect_y(k, &twice, &plus, false, "4 x against x");
	}
	call_free(&plus);
	call_free(&minus);
	call_free(&twice);
}

START_TEST(symmetries)
{
	static const size_t kinds[] = {0, 1, 10};	/* far from every limit: 4 x must not overflow in f16 */

	for (uint32_t norm = 0; norm < norm_count(); norm++)
		for (size_t t = 0; t < X_TYPES && !norm_facts(norm)->has_mean; t++)
			for (size_t i = 0; column_count_of(operation(1), i) != 0; i++)
				check_symmetries(norm, x_types[t], column_count_of(operation(1), i), row_kind(kinds[i % 3]));
}
END_TEST

/* ln_forward() takes a beta for these norms as well; the mean is written as 0; and the plain call is the same without. */
static void check_plain_and_beta(const struct operation *op, size_t cols, const struct row_kind *kind)
{
	struct problem p = problem_make(op, 3, cols);
	struct call c = call_of(op->norm, op->type, cols, PLAIN | STATS);
	const struct kernel *k;

	call_fill(&c, kind, cols);
	expect_model(&c, "with beta and statistics");
	problem_fill(&p, kind, cols);
	struct forward f = forward_of(&p);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		void *want = elements(op->type, 3 * cols);
		ck_assert_int_eq(forward_status(&(struct forward){.x = f.x, .gamma = f.gamma, .y = want}, &f.d, NULL, NULL), LN_OK);
		solve(&p);
		expect_bits(k, &p, want, "ln_%s() against ln_forward()", op->name);
		free(want);
	}
	call_free(&c);
	problem_free(&p);
}

START_TEST(plain_call_and_beta)
{
	const struct row_kind *kind;

	for (size_t n = 0; operation(n); n++)
		for (size_t j = 0; !norm_facts(operation(n)->norm)->has_mean && (kind = row_kind(j)) != NULL; j++)
			for (size_t i = j % 5; column_count_of(operation(n), i) != 0; i += 5)
				check_plain_and_beta(operation(n), column_count_of(operation(n), i), kind);
}
END_TEST

/* Gemma and LLaMA: 1 + gamma; xhat in the type of x before gamma; eps outside. */
START_TEST(flags)
{
	static const uint32_t sets[] = {LN_GAMMA_PLUS_ONE, LN_CAST_BEFORE_GAMMA, LN_GAMMA_PLUS_ONE | LN_CAST_BEFORE_GAMMA, LN_EPS_OUTSIDE,
					LN_EPS_OUTSIDE | LN_GAMMA_PLUS_ONE};
	const struct row_kind *kind;

	for (size_t t = 0; t < X_TYPES; t++)
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
			for (size_t i = 0; i < 25; i++) {
				size_t cols = some_column_count(i * 19 + n);
				uint32_t norm = without_mean(n);
				struct call c = call_of(norm, x_types[t], cols, i % 2 ? PLAIN : WITH(X) | WITH(Y) | WITH(BETA));
				call_fill(&c, kind, i);
				c.f.d.flags = sets[i % 5];
				expect_model(&c, kind->name);
				expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, kind->name);
				call_free(&c);
			}
}
END_TEST

/* x / sqrt(sum of x^2 + eps), eps inside the root, and x / (sqrt(sum of x^2) + eps). */
START_TEST(length_of_3_and_4)
{
	static const struct { double eps; uint32_t flags; float y[2]; } cases[] = {
		{0, 0, {0.6f, 0.8f}}, {11, 0, {0.5f, 4.0f / 6}}, {5, LN_EPS_OUTSIDE, {0.3f, 0.4f}},
	};
	const float x[2] = {3, 4};
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
			ln_desc d = {.struct_size = sizeof d, .norm = LN_L2NORM, .flags = cases[n].flags, .rows = 1, .cols = 2, .eps = cases[n].eps};
			float y[2];
			ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .y = y};
			ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
			for (size_t c = 0; c < 2; c++)
				ck_assert_msg(fabsf(y[c] - cases[n].y[c]) <= 0x1p-23f, "%s: eps %g: %.9g, not %.9g", k->name, cases[n].eps,
					      (double)y[c], (double)cases[n].y[c]);
		}
}
END_TEST

Suite *suite_no_mean(void)
{
	Suite *suite = suite_create("no_mean");
	TCase *tc = add_case(suite, "no_mean");

	tcase_add_test(tc, symmetries);
	tcase_add_test(tc, plain_call_and_beta);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, length_of_3_and_4);
	return suite;
}
