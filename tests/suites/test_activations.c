/*
 * test_activations.c - sigmoid and tanh: within 2 ulp of the exact value, the bits of the model, and their special values
 *
 * LN_TEST_STEP=1 looks at every float (scripts/activations); without, at one in 4099.
 */
#include "lntest.h"
#include "model_cell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PART = 1 << 14 };

struct activation {
	const char *name;
	int (*library)(size_t n, const float *x, float *y);
	float (*model)(enum arithmetic arithmetic, float v);
	double (*exact)(double v);
};

/* In double, whose error of a few 2^-53 is nothing beside an ulp of a float. */
static double exact_sigmoid(double v)
{
	double z = exp(-fabs(v));

	return v < 0 ? z / (1 + z) : 1 / (1 + z);
}

static const struct activation activations[] = {
	{"sigmoid", ln_sigmoid_f32, model_sigmoid, exact_sigmoid}, {"tanh", ln_tanh_f32, model_tanh, tanh},
};

/* Half the distance to the next float is half of this. */
static double ulp(double v)
{
	int exponent;

	frexp(v, &exponent);
	return ldexp(1, exponent < -125 ? -149 : exponent - 24);
}

static float float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof f);
	return f;
}

static double worst_of_part(const struct kernel *k, const struct activation *a, const float *x, const float *y, size_t n, double worst)
{
	for (size_t i = 0; i < n; i++) {
		float model = a->model(k->arithmetic, x[i]);
		if (memcmp(&model, &y[i], sizeof model) != 0)
			ck_abort_msg("%s: %s(%a) is %a, not %a", k->name, a->name, (double)x[i], (double)y[i], (double)model);
		if (isnan(x[i]))
			continue;
		double exact = a->exact((double)x[i]), error = fabs((double)y[i] - exact) / ulp(exact);
		if (!(error <= 2))
			ck_abort_msg("%s: %s(%a) is %a, off by %g ulp", k->name, a->name, (double)x[i], (double)y[i], error);
		worst = error > worst ? error : worst;
	}
	return worst;
}

START_TEST(every_float)
{
	static float x[PART], y[PART];
	uint64_t step = environment_number("LN_TEST_STEP", small_run() ? 40009 : 4099), end = UINT64_C(1) << 32;
	const struct activation *a = &activations[_i];
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		double worst = 0;
		for (uint64_t at = 0; at < end; at += step * PART) {
			size_t n = 0;
			for (; n < PART && at + n * step < end; n++)
				x[n] = float_of((uint32_t)(at + n * step));
			ck_assert_int_eq(a->library(n, x, y), LN_OK);
			worst = worst_of_part(k, a, x, y, n, worst);
		}
		printf("  %-9s %-8s one float in %-6u %.4f ulp\n", k->name, a->name, (unsigned)step, worst);
	}
}
END_TEST

/* Where the largest errors were found among all floats, and around them. */
START_TEST(hard_floats)
{
	static const float hard[] = {-0x1.1657a8p+4f, -0x1.16648ep+4f, 0x1.fbcdf4p-4f, 0x1.fccf9ep-4f, -0x1.f31182p+3f, 0x1.a0cd74p-3f};
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++) {
			float x[401], y[401];
			x[0] = hard[i];
			for (size_t n = 1; n < 401; n++)
				x[n] = nextafterf(x[n - 1], n < 200 ? 0.0f : 2 * hard[i]);
			ck_assert_int_eq(activations[_i].library(401, x, y), LN_OK);
			worst_of_part(k, &activations[_i], x, y, 401, 0);
		}
}
END_TEST

START_TEST(special_values)
{
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		float x[] = {0.0f, -0.0f, INFINITY, -INFINITY, 0x1p-149f, -0x1p-149f, 100.0f, -100.0f}, s[8], t[8];
		uint32_t nans[] = {0x7f800001, 0xffc00000, 0x7fffffff}, of[3];
		ck_assert_int_eq(ln_sigmoid_f32(8, x, s), LN_OK);
		ck_assert_int_eq(ln_tanh_f32(8, x, t), LN_OK);
		const float want_s[] = {0.5f, 0.5f, 1, 0, 0.5f, 0.5f, 1, 0}, want_t[] = {0, -0.0f, 1, -1, 0x1p-149f, -0x1p-149f, 1, -1};
		for (size_t i = 0; i < 8; i++) {
			ck_assert_msg(s[i] == want_s[i] || x[i] == -100.0f, "%s: sigmoid(%g) = %g", k->name, (double)x[i], (double)s[i]);
			ck_assert_msg(memcmp(&t[i], &want_t[i], sizeof t[i]) == 0, "%s: tanh(%g) = %g", k->name, (double)x[i], (double)t[i]);
		}
		worst_of_part(k, &activations[0], x, s, 8, 0);	/* a denormal: of -100 */
		float nan_values[3], results[3];
		memcpy(nan_values, nans, sizeof nans);
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(activations[i].library(3, nan_values, results), LN_OK);
			memcpy(of, results, sizeof of);
			for (int n = 0; n < 3; n++)
				ck_assert_msg(of[n] == 0x7fc00000, "%s: %s of a NaN is %08x", k->name, activations[i].name, of[n]);
		}
	}
}
END_TEST

/* In place, at any offset and length, with nothing written beyond. */
START_TEST(any_place)
{
	const struct activation *a = &activations[_i];
	const struct kernel *k;
	float x[160], want[160], y[200];

	for (size_t i = 0; i < 160; i++)
		x[i] = (float)i * 0.11f - 8;
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		ck_assert_int_eq(a->library(160, x, want), LN_OK);
		for (size_t n = 0; n <= 70; n++)
			for (size_t at = 0; at < 17; at++) {
				memset(y, 0x5a, sizeof y);
				memcpy(y + at, x + 2 * at, n * sizeof *x);
				ck_assert_int_eq(a->library(n, y + at, y + at), LN_OK);
				ck_assert(memcmp(y + at, want + 2 * at, n * sizeof *y) == 0);
				ck_assert_uint_eq(((unsigned char *)(y + at + n))[0], 0x5a);
				ck_assert(at == 0 || ((unsigned char *)(y + at))[-1] == 0x5a);
			}
	}
}
END_TEST

START_TEST(refused)
{
	float x[8] = {0};

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(activations[i].library(0, NULL, NULL), LN_OK);
		ck_assert_int_eq(activations[i].library(1, NULL, x), LN_ERR_NULL);
		ck_assert_int_eq(activations[i].library(1, x, NULL), LN_ERR_NULL);
		ck_assert_int_eq(activations[i].library(SIZE_MAX / 4, x, x), LN_ERR_SHAPE);
		ck_assert_int_eq(activations[i].library(4, x, x + 1), LN_ERR_OVERLAP);
		ck_assert_int_eq(activations[i].library(4, x + 3, x), LN_ERR_OVERLAP);
		ck_assert_int_eq(activations[i].library(4, x, x + 4), LN_OK);
	}
}
END_TEST

Suite *suite_activations(void)
{
	Suite *suite = suite_create("activations");
	TCase *tc = add_case(suite, "activations");

	tcase_add_loop_test(tc, every_float, 0, 2);
	tcase_add_loop_test(tc, hard_floats, 0, 2);
	tcase_add_test(tc, special_values);
	tcase_add_loop_test(tc, any_place, 0, 2);
	tcase_add_test(tc, refused);
	return suite;
}
