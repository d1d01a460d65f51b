/*
 * test_shapes.c - the shapes with which oneDNN (benchdnn) and ggml test their layer norms
 */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct bar bar = {PROMISED, true, NOT_KEPT};

/* Bits on all rows; the oracle on the first ones, since each costs it as much as a thousand calls. */
static void check(const ln_desc *given, unsigned tensors, uint64_t seed, const char *what)
{
	enum { ORACLE_ROWS = 8 };
	ln_desc d = *given;
	double eps = d.eps;

	for (int some = 0; some < 2; some++) {
		if (some && d.rows > ORACLE_ROWS)
			d.rows = ORACLE_ROWS;
		struct call c = call_make(&d, tensors);
		call_fill(&c, row_kind(1), seed);
		c.f.d.eps = eps;
		if (some)
			expect_call_accurate(&c, bar, what);
		else
			expect_model(&c, what);
		call_free(&c);
	}
}

/* benchdnn: eps 1/16; source and destination types; gamma, beta, both or none; statistics given. Suite inplace has the rest. */
START_TEST(benchdnn)
{
	static const struct { size_t rows, cols; } shapes[] = {{15, 3}, {30, 300}, {31, 301}, {256, 768}, {257, 768}, {128, 1024}, {257, 32},
							       {128, 1024}, {64 * 30, 512}, {6 * 2 * 128, 1024}, {5120, 1024}};
	static const struct { uint32_t x, y; } types[] = {{LN_F32, LN_F32}, {LN_F16, LN_F16}, {LN_BF16, LN_BF16}, {LN_BF16, LN_F32},
							  {LN_F32, LN_BF16}, {LN_F16, LN_F32}, {LN_F32, LN_F16}};
	static const unsigned parameters[] = {WITH(GAMMA), WITH(BETA), WITH(GAMMA) | WITH(BETA), 0};
	size_t count = thinned("shapes: benchdnn", sizeof shapes / sizeof shapes[0], 3);

	for (size_t i = 0; i < count; i++)
		for (size_t t = 0; t < 7; t++)
			for (size_t n = i < 4 ? 0 : 7; n < 8; n++) {	/* the larger ones with all parameters only */
				ln_desc d = plain_desc(LN_LAYERNORM, types[t].x, shapes[i].rows, shapes[i].cols);
				d.eps = 0.0625;
				d.y_type = types[t].y;
				d.param_type = LN_F32;
				d.flags = n % 2 || i > 8 ? 0 : LN_STATS_GIVEN;
				if (i > 8 && t > 2)
					continue;
				check(&d, WITH(X) | WITH(Y) | STATS | parameters[n == 7 ? 2 : n / 2], n, "benchdnn");
			}
}
END_TEST

/* Zero dimensions: no rows are nothing to do, no columns are an error. */
START_TEST(benchdnn_zero_dimensions)
{
	float x[8] = {1, 2, 3}, y[8] = {7};

	ck_assert_int_eq(ln_layernorm_f32(0, 100, x, NULL, NULL, 0.0625, y), LN_OK);
	ck_assert_int_eq(ln_layernorm_f32(6 * 0, 8, x, NULL, NULL, 0.0625, y), LN_OK);
	ck_assert_int_eq(ln_layernorm_f32(6 * 32, 0, x, NULL, NULL, 0.0625, y), LN_ERR_SHAPE);
	ck_assert(y[0] == 7);
}
END_TEST

/* ggml: no parameters; rows one after the other, and every other half of a wider tensor. */
START_TEST(ggml)
{
	static const size_t counts[] = {1, 33, 64, 132, 260, 511, 1025, 8192, 16896};
	static const double eps[] = {0, 1e-6, 1e-4, 0.1, 10};
	size_t step = thinned("shapes: every n-th eps of ggml", 1, 4);

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		for (size_t e = i % step; e < sizeof eps / sizeof eps[0]; e += step)
			for (size_t n = 0; n < 4; n++) {
				ln_desc d = plain_desc(norm_at(n), LN_F32, 10, counts[i]);
				d.eps = eps[e];
				d.x_stride = n < 2 ? 0 : 2 * counts[i];
				check(&d, WITH(X) | WITH(Y), i, "ggml");
			}
}
END_TEST

/* test-backend-ops fills the rows of RMSNorm from U(-10, 10). */
START_TEST(ggml_uniform)
{
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, 8, 511);
	struct call c = call_make(&d, WITH(X) | WITH(Y));
	struct rng r = rng_make(14, 0);

	for (size_t i = 0; i < 8 * 511; i++)
		type_store(LN_F32, *call_slot(&c.f, X), i, 20 * rng_uniform(&r) - 10);
	expect_model(&c, "U(-10, 10)");
	expect_call_accurate(&c, bar, "U(-10, 10)");
	call_free(&c);
}
END_TEST

Suite *suite_shapes(void)
{
	Suite *suite = suite_create("shapes");
	TCase *tc = add_case(suite, "shapes");

	tcase_add_test(tc, benchdnn);
	tcase_add_test(tc, benchdnn_zero_dimensions);
	tcase_add_test(tc, ggml);
	tcase_add_test(tc, ggml_uniform);
	return suite;
}
