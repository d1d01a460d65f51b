/*
 * test_types.c - types: every input value of bf16 and f16, every rounding boundary of every output, and all sets of types together
 *
 * With LN_STATS_GIVEN, mean 0 and rstd 1, ln_forward() only converts: y is x, but for -0, which becomes +0.
 */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The types of y before the integers. */
enum { FLOATS = Y_TYPES - Y_INTEGERS, PATTERNS = 0x10000 };

/* A call that converts x into y; more tensors may be asked for. The shape decides on the path through a kernel. */
static struct call converter(uint32_t x_type, uint32_t y_type, size_t rows, size_t cols, unsigned more)
{
	ln_desc d = plain_desc(LN_LAYERNORM, x_type, rows, cols);

	d.flags = LN_STATS_GIVEN;
	d.y_type = y_type;
	struct call c = call_make(&d, WITH(X) | WITH(Y) | STATS | more);
	for (size_t r = 0; r < rows; r++) {
		((float *)c.f.mean)[r] = 0;
		((float *)c.f.rstd)[r] = 1;
	}
	return c;
}


/* Every element of got must be the value that `want` says, any NaN standing for each other. */
static void expect_values(const struct kernel *k, uint32_t type, const void *got, const double *want, size_t n, const char *what)
{
	char is[BITS_TEXT];

	for (size_t i = 0; i < n; i++) {
		double v = type_load(type, got, i);
		bool same = isnan(want[i]) ? isnan(v) : v == want[i] && signbit(v) == signbit(want[i]);
		if (same)
			continue;
		bits_text(is, type, got, i);
		ck_abort_msg("%s: %s: element %zu is %s, not %.17g", k->name, what, i, is, want[i]);
	}
}

static void put_all_patterns(void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint16_t *)p)[i] = (uint16_t)i;
}

/* Runs c with every kernel, and compares a tensor that has PATTERNS elements. */
static void expect_tensor(struct call *c, enum tensor t, const double *want, const char *what)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct call got = call_clone(c);
		note(k, "%s: %s", what, call_name(c));
		call_run(&got);
		expect_values(k, c->part[t].type, *call_slot(&got.f, t), want, (size_t)(c->f.d.rows * c->f.d.cols), what);
		call_free(&got);
	}
}

static const struct { size_t rows, cols; } shapes[] = {{1, PATTERNS}, {2048, 32}, {PATTERNS / 8, 8}, {PATTERNS, 1}};

/* As x; and as a residual of zeros. */
START_TEST(every_input)
{
	static double want[PATTERNS], sums[PATTERNS];
	uint32_t type = x_types[1 + _i];

	for (size_t i = 0; i < PATTERNS; i++) {
		double v = type_value(type, (uint32_t)i);
		want[i] = v + 0;
		sums[i] = want[i];
	}
	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		struct call c = converter(type, LN_F32, shapes[s].rows, shapes[s].cols, 0);
		put_all_patterns(*call_slot(&c.f, X), PATTERNS);
		expect_tensor(&c, Y, want, "every input as x");
		call_free(&c);
		c = converter(LN_F32, LN_F32, shapes[s].rows, shapes[s].cols, 0);
		c.f.d.residual_type = type;
		struct call both = call_make(&c.f.d, WITH(X) | WITH(RESIDUAL) | WITH(Y) | WITH(SUM) | STATS);
		memcpy(both.f.mean, c.f.mean, c.part[MEAN].bytes);
		memcpy(both.f.rstd, c.f.rstd, c.part[RSTD].bytes);
		memset(*call_slot(&both.f, X), 0, both.part[X].bytes);
		put_all_patterns(*call_slot(&both.f, RESIDUAL), PATTERNS);
		expect_tensor(&both, Y, want, "every input as residual");
		expect_tensor(&both, SUM, sums, "every input as residual, in the sum");
		call_free(&c);
		call_free(&both);
	}
}
END_TEST

/* x is 1 for gamma and 0 for beta. */
START_TEST(every_parameter)
{
	static double want[PATTERNS];
	uint32_t type = x_types[1 + _i];

	for (size_t i = 0; i < PATTERNS; i++)
		want[i] = type_value(type, (uint32_t)i) + 0;
	for (int as_beta = 0; as_beta < 2; as_beta++) {
		struct call c = converter(LN_F32, LN_F32, 1, PATTERNS, 0);
		uint16_t *parameters = elements(type, PATTERNS);
		put_all_patterns(parameters, PATTERNS);
		for (size_t i = 0; i < PATTERNS; i++)
			type_store(LN_F32, *call_slot(&c.f, X), i, as_beta ? 0 : 1);
		struct call with = call_clone(&c);
		with.f.d.param_type = type;
		const struct kernel *k;
		for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
			with.f.gamma = as_beta ? NULL : parameters;
			with.f.beta = as_beta ? parameters : NULL;
			call_run(&with);
			expect_values(k, LN_F32, with.f.y, want, PATTERNS, as_beta ? "every beta" : "every gamma");
		}
		free(parameters);
		call_free(&with);
		call_free(&c);
	}
}
END_TEST

/* The floats at which rounding into a type may go wrong: its values, the midpoints between them, and the floats to either side. */
static size_t boundaries(uint32_t type, float **floats)
{
	uint32_t patterns = type_size(type) == 2 ? 0x7fff : 0x7f;
	size_t n = 0;
	float *v = elements(LN_F32, ((size_t)patterns + 1) * 12 + 40);
	static const double more[] = {1e-45, 1e-40, 1e-38, 1e-7, 0x1p127, 3.4e38, 65519.996, 65520, 70000, 448, 464, 465, 57344, 61440, 61441,
				      1e6, (double)INFINITY};

	for (uint32_t p = 0; p < patterns; p++) {
		double low = type_value(type, p), high = type_value(type, p + 1);
		if (!isfinite(low))
			continue;
		double middle = low + (isfinite(high) ? (high - low) / 2 : ref_half_ulp(type, low));
		const double at[] = {low, middle};
		for (int i = 0; i < 2; i++)
			for (int side = -1; side <= 1; side++)
				v[n++] = side ? nextafterf((float)at[i], side > 0 ? HUGE_VALF : -HUGE_VALF) : (float)at[i];
	}
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		v[n++] = (float)more[i];
	for (size_t i = 0, positive = n; i < positive; i++)
		v[n++] = -v[i];
	v[n++] = NAN;
	*floats = v;
	return n;
}

/* Into y, and into the sum, where -0 stays. */
START_TEST(every_rounding_boundary)
{
	uint32_t type = y_types[1 + _i];
	float *v;
	size_t n = boundaries(type, &v);
	double *want = elements(LN_F64, n);

	for (size_t i = 0; i < n; i++)
		want[i] = type_round(type, (double)v[i] + 0);
	struct call c = converter(LN_F32, type, 1, n, 0);
	memcpy(*call_slot(&c.f, X), v, n * sizeof *v);
	expect_tensor(&c, Y, want, "rounding boundaries");
	call_free(&c);
	if (type_size(type) == 2) {
		for (size_t i = 0; i < n; i++)
			want[i] = type_round(type, (double)v[i]);
		c = converter(LN_F32, type, 1, n, WITH(SUM));
		struct call with = c;
		with.f.d.sum_type = type;
		memcpy(*call_slot(&with.f, X), v, n * sizeof *v);
		with.part[SUM].type = type;
		expect_tensor(&with, SUM, want, "rounding boundaries, in the sum");
		call_free(&c);
	}
	free(v);
	free(want);
}
END_TEST

/* NaN has one pattern in each type, whatever the pattern that came in. */
START_TEST(one_nan)
{
	for (size_t y = 1; y < FLOATS; y++) {
		struct call c = converter(LN_F32, y_types[y], 3, 37, WITH(SUM));
		struct rng r = rng_make(10, y);
		for (size_t i = 0; i < 3 * 37; i++) {
			uint32_t bits = 0x7f800001 + (uint32_t)rng_below(&r, 0x7ffffe);
			bits |= (uint32_t)rng_below(&r, 2) << 31;
			memcpy((float *)*call_slot(&c.f, X) + i, &bits, sizeof bits);
		}
		expect_model(&c, "NaN of every pattern");
		call_free(&c);
	}
}
END_TEST

/* All sets of types that ln.h allows: bits, and the bound. The number of the set chooses norm, columns, kind of row and flags as well. */
static void check_set(size_t set, size_t x, size_t residual, size_t param, size_t y, size_t sum)
{
	static const size_t counts[] = {1, 7, 16, 33, 100, 61, 5, 1030};
	static const uint32_t flags[] = {0, LN_ROUND_SUM, LN_CAST_BEFORE_GAMMA, LN_GAMMA_PLUS_ONE, LN_EPS_OUTSIDE};
	static const size_t kinds[] = {0, 1, 10};
	ln_desc d = plain_desc(norm_at(set), x_types[x], 3, counts[set / 2 % 8]);

	d.flags = flags[set % 5];
	d.residual_type = x_types[residual];
	d.param_type = x_types[param];
	d.y_type = y_types[y];
	d.sum_type = x_types[sum];
	d.gate_type = x_types[set % FAMILY];
	d.y_scale = type_size(d.y_type) == 1 ? 0.03 : 0;
	struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM) | (set % 4 == 0 ? WITH(GATE) : 0));
	call_fill(&c, row_kind(kinds[set % 3]), set);
	expect_model(&c, "a set of types");
	expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, "a set of types");
	call_free(&c);
}

START_TEST(all_sets_of_types)
{
	size_t set = 0;

	for (size_t x = 0; x < FAMILY; x++)
		for (size_t residual = 0; residual < FAMILY; residual++)
			for (size_t param = 0; param < FAMILY; param++)
				for (size_t y = 0; y < Y_TYPES; y++)
					for (size_t sum = 0; sum < FAMILY; sum++)
						check_set(set++, x, residual, param, y, sum);
}
END_TEST

/* Without residual and sum, as most calls are: every x, parameter and y, on more columns. */
START_TEST(sets_of_three)
{
	static const size_t counts[] = {1, 2, 3, 8, 15, 17, 31, 32, 33, 63, 64, 65, 127, 129, 257, 1023, 1025, 2500};

	for (size_t i = 0; i < FAMILY * FAMILY * Y_TYPES * (sizeof counts / sizeof counts[0]); i++) {
		size_t set = i / (sizeof counts / sizeof counts[0]);
		ln_desc d = plain_desc(norm_at(i), x_types[set % FAMILY], 1 + i % 5, counts[i % (sizeof counts / sizeof counts[0])]);
		d.param_type = x_types[set / FAMILY % FAMILY];
		d.y_type = y_types[set / FAMILY / FAMILY];
		struct call c = call_make(&d, PLAIN);
		call_fill(&c, row_kind(i % 19), i);
		expect_model(&c, "x, parameters and y");
		call_free(&c);
	}
}
END_TEST

Suite *suite_types(void)
{
	Suite *suite = suite_create("types");
	TCase *tc = add_case(suite, "types");

	tcase_add_loop_test(tc, every_input, 0, FAMILY - 1);
	tcase_add_loop_test(tc, every_parameter, 0, FAMILY - 1);
	tcase_add_loop_test(tc, every_rounding_boundary, 0, FLOATS - 1);
	tcase_add_test(tc, one_nan);
	tcase_add_test(tc, all_sets_of_types);
	tcase_add_test(tc, sets_of_three);
	return suite;
}
