/*
 * test_rmsnorm.c - RMSNorm beyond the suites that go over all operations: its symmetries, beta, and its place in the descriptor
 */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t types[] = {LN_F32, LN_F64, LN_BF16, LN_F16};
enum { TYPES = 4 };

static struct call rms_call(uint32_t type, size_t cols, unsigned tensors)
{
	ln_desc d = plain_desc(LN_RMSNORM, type, 3, cols);

	return call_make(&d, tensors);
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

/* RMSNorm of -x is minus that of x, bit for bit; with eps 0 a power of two times x gives the same, statistics apart. */
static void check_symmetries(uint32_t type, size_t cols, const struct row_kind *kind)
{
	struct call plus = rms_call(type, cols, WITH(X) | WITH(GAMMA) | WITH(Y)), minus, twice;
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

	for (size_t t = 0; t < TYPES; t++)
		for (size_t i = 0; column_count_of(operation(1), i) != 0; i++)
			check_symmetries(types[t], column_count_of(operation(1), i), row_kind(kinds[i % 3]));
}
END_TEST

/* ln_forward() takes a beta for RMSNorm as well; the mean is written as 0; and the plain call is the same without. */
static void check_plain_and_beta(const struct operation *op, size_t cols, const struct row_kind *kind)
{
	struct problem p = problem_make(op, 3, cols);
	struct call c = rms_call(op->type, cols, PLAIN | STATS);
	const struct kernel *k;

	call_fill(&c, kind, cols);
	expect_model(&c, "RMSNorm with beta and statistics");
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

	for (size_t n = 4; operation(n); n++)
		for (size_t j = 0; (kind = row_kind(j)) != NULL; j++)
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

	for (size_t t = 0; t < TYPES; t++)
		for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
			for (size_t i = 0; i < 25; i++) {
				size_t cols = some_column_count(i * 19 + n);
				struct call c = rms_call(types[t], cols, i % 2 ? PLAIN : WITH(X) | WITH(Y) | WITH(BETA));
				call_fill(&c, kind, i);
				c.f.d.flags = sets[i % 5];
				expect_model(&c, kind->name);
				expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, kind->name);
				call_free(&c);
			}
}
END_TEST

Suite *suite_rmsnorm(void)
{
	Suite *suite = suite_create("rmsnorm");
	TCase *tc = add_case(suite, "rmsnorm");

	tcase_add_test(tc, symmetries);
	tcase_add_test(tc, plain_call_and_beta);
	tcase_add_test(tc, flags);
	return suite;
}
