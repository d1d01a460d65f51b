/*
 * test_errors.c - what is refused, in which order, and that a refusal writes nothing; errno and the floating-point mode are kept
 */
#include "lntest.h"

#include <errno.h>
#include <fenv.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* A matrix of 5 x 7 at x, parameters, and y: all in one arena, so that a stray write anywhere in it shows. */
enum { ROWS = 5, COLS = 7, SIZE = ROWS * COLS, X = 100, Y = 200, GAMMA = 300, BETA = 400, ARENA = 500, STRANGE_ERRNO = 4242 };

static float arena[ARENA], before[ARENA];

static void fill_arena(void)
{
	struct rng r = rng_make(6, 0);

	for (size_t i = 0; i < ARENA; i++)
		arena[i] = (float)(1 + rng_normal(&r));
	memcpy(before, arena, sizeof arena);
}

static int call(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y)
{
	errno = STRANGE_ERRNO;
	int status = ln_layernorm_f32(rows, cols, x, gamma, beta, eps, y);
	ck_assert_int_eq(errno, STRANGE_ERRNO);
	return status;
}

/* The call must give this status and, unless it is to succeed at something, leave the arena alone. */
static void expect(int want, size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps,
		   float *y)
{
	int status = call(rows, cols, x, gamma, beta, eps, y);

	if (status != want)
		ck_abort_msg("rows %zu, cols %zu, x %p, gamma %p, beta %p, eps %g, y %p: %d, not %d", rows, cols, (const void *)x,
			     (const void *)gamma, (const void *)beta, eps, (void *)y, status, want);
	if (want == LN_OK && rows > 0)
		fill_arena();
	else if (memcmp(arena, before, sizeof arena) != 0)
		ck_abort_msg("rows %zu, cols %zu, eps %g: status %d, but something was written", rows, cols, eps, status);
}

static void expect_plain(int want, size_t rows, size_t cols, double eps)
{
	expect(want, rows, cols, arena + X, arena + GAMMA, arena + BETA, eps, arena + Y);
}

START_TEST(values_are_as_published)
{
	ck_assert_int_eq(LN_OK, 0);
	ck_assert_int_eq(LN_ERR_NULL, -1);
	ck_assert_int_eq(LN_ERR_SHAPE, -2);
	ck_assert_int_eq(LN_ERR_EPS, -3);
	ck_assert_int_eq(LN_ERR_OVERLAP, -4);
	ck_assert_int_eq(LN_ERR_UNSUPPORTED, -5);
	ck_assert_int_eq(LN_ERR_DESC, -6);
	ck_assert_int_eq(LN_ERR_TYPE, -7);
	ck_assert_int_eq(LN_ERR_FLAGS, -8);
	ck_assert_int_eq(LN_ERR_SCALE, -9);
	ck_assert_int_eq(LN_ERR_WORKSPACE, -10);
	ck_assert_int_eq(LN_ERR_PARALLEL, -11);
}
END_TEST

START_TEST(shape)
{
	const size_t most = SIZE_MAX, half = SIZE_MAX / 2 + 1;

	expect_plain(LN_OK, ROWS, COLS, 1e-5);
	expect_plain(LN_ERR_SHAPE, ROWS, 0, 1e-5);
	expect_plain(LN_ERR_SHAPE, 0, 0, 1e-5);
	expect_plain(LN_ERR_SHAPE, most, 0, 1e-5);
	expect_plain(LN_ERR_SHAPE, most, most, 1e-5);		/* the product wraps to 1 */
	expect_plain(LN_ERR_SHAPE, half, 2, 1e-5);		/* to 0 */
	expect_plain(LN_ERR_SHAPE, 2, half, 1e-5);
	expect_plain(LN_ERR_SHAPE, most / 5 + 1, 5, 1e-5);	/* to a little */
	expect_plain(LN_ERR_SHAPE, (size_t)1 << sizeof(size_t) * 4, (size_t)1 << sizeof(size_t) * 4, 1e-5);	/* to 0 again */
	expect_plain(LN_ERR_SHAPE, 1, most, 1e-5);		/* no product wraps, but the bytes do */
	expect_plain(LN_ERR_SHAPE, most, 1, 1e-5);
	expect_plain(LN_ERR_SHAPE, 1, most / sizeof(float) + 1, 1e-5);
	expect_plain(LN_ERR_SHAPE, most / sizeof(float) + 1, 1, 1e-5);
	expect_plain(LN_ERR_SHAPE, (size_t)1 << 31, (size_t)1 << 31, 1e-5);
}
END_TEST

START_TEST(no_rows_is_nothing_to_do)
{
	expect_plain(LN_OK, 0, COLS, 1e-5);
	expect(LN_OK, 0, COLS, NULL, NULL, NULL, 1e-5, NULL);
	expect(LN_OK, 0, COLS, arena + X, NULL, NULL, 1e-5, NULL);
	expect(LN_OK, 0, COLS, NULL, NULL, NULL, 1e-5, arena + Y);
	expect(LN_OK, 0, COLS, arena + X, arena + Y, arena + Y, 0, arena + X + 1);
	expect(LN_ERR_EPS, 0, COLS, NULL, NULL, NULL, -1, NULL);
	expect(LN_ERR_SHAPE, 0, 0, NULL, NULL, NULL, -1, NULL);
}
END_TEST

START_TEST(eps)
{
	static const double bad[] = {-1, -1e-5, -5e-324, -INFINITY, INFINITY, NAN, -NAN};
	static const double good[] = {0, -0.0, 5e-324, 1e-5, 1, 1.7e308};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_plain(LN_ERR_EPS, ROWS, COLS, bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		expect_plain(LN_OK, ROWS, COLS, good[i]);
}
END_TEST

START_TEST(minus_zero_is_zero)
{
	struct problem p = {operation(0), ROWS, COLS, 0, arena + X, arena + GAMMA, arena + BETA, arena + Y};
	const struct kernel *k;
	float y[SIZE];

	for (size_t c = 0; c < COLS; c++)
		arena[X + c] = 3;	/* a constant row: its variance plus eps is 0 */
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		ck_assert_int_eq(call(ROWS, COLS, arena + X, arena + GAMMA, arena + BETA, 0, y), LN_OK);
		ck_assert_int_eq(call(ROWS, COLS, arena + X, arena + GAMMA, arena + BETA, -0.0, arena + Y), LN_OK);
		expect_bits(k, &p, y, "eps -0, against eps 0");
	}
}
END_TEST

START_TEST(null)
{
	expect(LN_ERR_NULL, ROWS, COLS, NULL, arena + GAMMA, arena + BETA, 1e-5, arena + Y);
	expect(LN_ERR_NULL, ROWS, COLS, arena + X, arena + GAMMA, arena + BETA, 1e-5, NULL);
	expect(LN_ERR_NULL, ROWS, COLS, NULL, NULL, NULL, 1e-5, NULL);
	expect(LN_OK, ROWS, COLS, arena + X, NULL, NULL, 1e-5, arena + Y);
	expect(LN_OK, ROWS, COLS, arena + X, arena + GAMMA, NULL, 1e-5, arena + Y);
	expect(LN_OK, ROWS, COLS, arena + X, NULL, arena + BETA, 1e-5, arena + Y);
}
END_TEST

/* y moved past each input by every distance, in either direction. Touching is not overlapping. */
START_TEST(overlap)
{
	for (size_t y = Y - SIZE; y <= Y + SIZE; y++) {
		int over_x = y + SIZE > Y && y < Y + SIZE && y != Y ? LN_ERR_OVERLAP : LN_OK;
		int over_parameter = y + SIZE > Y && y < Y + COLS ? LN_ERR_OVERLAP : LN_OK;

		expect(over_x, ROWS, COLS, arena + Y, arena + GAMMA, arena + BETA, 1e-5, arena + y);
		expect(over_parameter, ROWS, COLS, arena + X, arena + Y, arena + BETA, 1e-5, arena + y);
		expect(over_parameter, ROWS, COLS, arena + X, arena + GAMMA, arena + Y, 1e-5, arena + y);
		expect(over_parameter, ROWS, COLS, arena + X, NULL, arena + Y, 1e-5, arena + y);
	}
	/* In place does not excuse a parameter inside; inputs may overlap each other. */
	expect(LN_ERR_OVERLAP, ROWS, COLS, arena + X, arena + X + SIZE - 1, arena + BETA, 1e-5, arena + X);
	expect(LN_ERR_OVERLAP, ROWS, COLS, arena + X, arena + GAMMA, arena + X, 1e-5, arena + X);
	expect(LN_OK, ROWS, COLS, arena + X, arena + X, arena + X + 3, 1e-5, arena + Y);
	expect(LN_OK, ROWS, COLS, arena + X, arena + GAMMA, arena + GAMMA, 1e-5, arena + X);
}
END_TEST

/* Every set of faults: the first in the order shape, eps, NULL, overlap is the one that is told. */
START_TEST(first_fault_is_told)
{
	for (int faults = 0; faults < 16; faults++) {
		int want = faults & 1 ? LN_ERR_SHAPE : faults & 2 ? LN_ERR_EPS : faults & 4 ? LN_ERR_NULL
			 : faults & 8 ? LN_ERR_OVERLAP : LN_OK;
		const float *gamma = faults & 8 ? arena + Y + 1 : arena + GAMMA, *x = faults & 4 ? NULL : arena + X;

		expect(want, ROWS, faults & 1 ? 0 : COLS, x, gamma, NULL, faults & 2 ? NAN : 1e-5, arena + Y);
		expect(want, faults & 1 ? SIZE_MAX : ROWS, COLS, x, gamma, NULL, faults & 2 ? -1 : 1e-5, arena + Y);
	}
}
END_TEST

START_TEST(every_status_has_its_text)
{
	static const int codes[] = {LN_OK, LN_ERR_NULL, LN_ERR_SHAPE, LN_ERR_EPS, LN_ERR_OVERLAP, LN_ERR_UNSUPPORTED,
				    LN_ERR_DESC, LN_ERR_TYPE, LN_ERR_FLAGS, LN_ERR_SCALE, LN_ERR_WORKSPACE, LN_ERR_PARALLEL,
				    1, -12, -1000, INT_MAX, INT_MIN};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		errno = STRANGE_ERRNO;
		const char *text = ln_strerror(codes[i]);
		ck_assert_int_eq(errno, STRANGE_ERRNO);
		ck_assert_msg(text && *text, "status %d has no text", codes[i]);
		ck_assert_msg(text[strlen(text) - 1] != '.', "\"%s\" ends in a full stop", text);
		ck_assert_msg(!strchr(text, '\n'), "\"%s\" is not one clause", text);
		for (size_t j = 0; j < i && i < 12; j++)
			ck_assert_str_ne(text, ln_strerror(codes[j]));
	}
}
END_TEST

START_TEST(errno_is_left_alone)
{
	errno = STRANGE_ERRNO;
	ln_set_isa("no such kernel");
	ln_set_isa(NULL);
	ln_isa();
	ln_isa_name(0);
	ln_isa_name(SIZE_MAX);
	ln_version();
	ck_assert_int_eq(errno, STRANGE_ERRNO);
}
END_TEST

/* The control bits of the floating-point unit: rounding, denormals, masks; not the flags, which any sum may raise. */
static uint64_t float_mode(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_stmxcsr() & 0xffc0;
#elif defined(__aarch64__)
	uint64_t fpcr;
	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
	return fpcr;
#else
	return (uint64_t)fegetround();
#endif
}

static void flush_denormals(void)
{
#if defined(__x86_64__)
	__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#elif defined(__aarch64__)
	__asm__ volatile("msr fpcr, %0" : : "r"(float_mode() | (uint64_t)1 << 24));
#endif
}

static void expect_mode_kept(const struct kernel *k)
{
	uint64_t mode = float_mode();
	int rounding = fegetround();

	for (size_t kind = 0; kind < 3; kind++)		/* ordinary, refused, extreme rows */
		call(ROWS, kind == 1 ? 0 : COLS, kind == 2 ? before : arena + X, NULL, NULL, 0, arena + Y);
	ln_isa_name(0);
	ln_set_isa(k->name);
	if (float_mode() != mode || fegetround() != rounding)
		ck_abort_msg("%s: the floating-point mode was changed", k->name);
}

START_TEST(float_mode_is_left_alone)
{
	static const int roundings[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
	const struct kernel *k;

	for (size_t i = 0; i < SIZE; i++)
		before[i] *= 1e-30f;
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		for (size_t r = 0; r < 4; r++) {
			fesetround(roundings[r]);
			expect_mode_kept(k);
		}
		fesetround(FE_TONEAREST);
		flush_denormals();
		expect_mode_kept(k);
		fesetenv(FE_DFL_ENV);
	}
}
END_TEST

Suite *suite_errors(void)
{
	Suite *suite = suite_create("errors");
	TCase *tc = add_case(suite, "errors");

	tcase_add_checked_fixture(tc, fill_arena, NULL);
	tcase_add_test(tc, values_are_as_published);
	tcase_add_test(tc, shape);
	tcase_add_test(tc, no_rows_is_nothing_to_do);
	tcase_add_test(tc, eps);
	tcase_add_test(tc, minus_zero_is_zero);
	tcase_add_test(tc, null);
	tcase_add_test(tc, overlap);
	tcase_add_test(tc, first_fault_is_told);
	tcase_add_test(tc, every_status_has_its_text);
	tcase_add_test(tc, errno_is_left_alone);
	tcase_add_test(tc, float_mode_is_left_alone);
	return suite;
}
