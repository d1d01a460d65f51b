/*
 * test_dispatch.c - which kernels there are, how one is chosen, and that choosing is safe while others compute
 */
#include "lntest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

START_TEST(version)
{
	ck_assert_uint_eq(ln_version(), LN_VERSION);
	ck_assert_uint_eq(LN_VERSION, LN_VERSION_MAJOR << 16 | LN_VERSION_MINOR << 8 | LN_VERSION_PATCH);
}
END_TEST

/* The list is a part of the known kernels in their order, and begins with the one that every CPU has. */
START_TEST(from_worst_to_best)
{
	size_t listed = 0;

	ck_assert_str_eq(ln_isa_name(0), "scalar");
	for (size_t i = 0; known_kernel(i); i++)
		if (ln_isa_name(listed) && strcmp(ln_isa_name(listed), known_kernel(i)->name) == 0)
			listed++;
	ck_assert_msg(ln_isa_name(listed) == NULL, "\"%s\" is unknown, listed twice, or out of order", ln_isa_name(listed));
	ck_assert_ptr_null(ln_isa_name(listed + 1));
	ck_assert_ptr_null(ln_isa_name(SIZE_MAX));
}
END_TEST

/*
 * By the compiler's own view of this CPU and system, which shares no code with the library. x86 may have NEON too, by SIMDe; AVX-512 that
 * is emulated needs AVX2 alone.
 */
START_TEST(as_this_cpu_can)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
	bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
		   && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
	ck_assert_int_eq(is_usable("sse41"), __builtin_cpu_supports("sse4.1") != 0);
	ck_assert_int_eq(is_usable("avx2"), avx2);
	ck_assert_int_eq(is_usable("avx512"), avx2 && (avx512 || LN_TEST_EMULATED_AVX512));
#elif defined(__aarch64__)
	ck_assert(is_usable("neon"));
#ifdef __linux__	/* the system tells how long the vectors are, where there are any */
	ck_assert_int_eq(is_usable("sve"), prctl(PR_SVE_GET_VL) > 0);
#endif
	ck_assert(!is_usable("sse41") && !is_usable("avx2") && !is_usable("avx512"));
#endif
}
END_TEST

START_TEST(best_by_default)
{
	size_t last = 0;

	while (ln_isa_name(last + 1))
		last++;
	ck_assert_str_eq(ln_isa(), ln_isa_name(last));
	ck_assert_int_eq(ln_set_isa("scalar"), LN_OK);
	ck_assert_int_eq(ln_set_isa(NULL), LN_OK);
	ck_assert_str_eq(ln_isa(), ln_isa_name(last));
}
END_TEST

START_TEST(every_listed_name_can_be_chosen)
{
	for (size_t i = 0; ln_isa_name(i); i++) {
		char copy[32];		/* the name is what counts, not the pointer */
		strncpy(copy, ln_isa_name(i), sizeof copy - 1);
		copy[sizeof copy - 1] = 0;
		ck_assert_int_eq(ln_set_isa(copy), LN_OK);
		memset(copy, 'x', sizeof copy - 1);
		ck_assert_str_eq(ln_isa(), ln_isa_name(i));
	}
}
END_TEST

START_TEST(what_is_not_listed_is_refused)
{
	static const char *const unknown[] = {"", "nonsense", "avx", "avx2 ", " scalar", "scala", "scalarx", "avx512,avx2"};

	for (size_t i = 0; ln_isa_name(i); i++) {
		ck_assert_int_eq(ln_set_isa(ln_isa_name(i)), LN_OK);
		for (size_t n = 0; n < sizeof unknown / sizeof unknown[0]; n++)
			ck_assert_int_eq(ln_set_isa(unknown[n]), LN_ERR_UNSUPPORTED);
		for (size_t n = 0; known_kernel(n); n++)
			if (!is_usable(known_kernel(n)->name))
				ck_assert_int_eq(ln_set_isa(known_kernel(n)->name), LN_ERR_UNSUPPORTED);
		ck_assert_str_eq(ln_isa(), ln_isa_name(i));
	}
}
END_TEST

/* A choice must be in effect: where both classes exist, their bits differ on this row. */
START_TEST(the_choice_computes)
{
	const struct kernel *k;
	struct problem p = problem_make(operation(0), 7, 500);
	float *want = elements(LN_F32, p.rows * p.cols);

	problem_fill(&p, row_kind(1), 1);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct problem by_model = p;
		by_model.y = want;
		solve_by_model(&by_model, k->arithmetic);
		solve(&p);
		expect_bits(k, &p, want, "chosen by ln_set_isa, against the model of its class");
	}
	free(want);
	problem_free(&p);
}
END_TEST

enum { THREADS = 4, THREAD_ROWS = 6, THREAD_COLS = 200 };

struct shared {
	struct problem p;
	float *want[2];		/* by arithmetic */
	size_t rounds;
	atomic_size_t wrong;
};

struct worker { pthread_t thread; struct shared *shared; uint64_t seed; };

/* Check is not for use by threads, so a worker counts what is wrong. */
static void *compute_and_choose(void *argument)
{
	struct worker *w = argument;
	struct shared *s = w->shared;
	struct rng r = rng_make(w->seed, 0);
	size_t kernels = 0, bytes = s->p.rows * s->p.cols * sizeof(float);
	float y[THREAD_ROWS * THREAD_COLS];
	struct problem mine = s->p;

	mine.y = y;
	while (ln_isa_name(kernels))
		kernels++;
	for (size_t round = 0; round < s->rounds; round++) {
		size_t choice = rng_below(&r, kernels + 2);	/* past the end: NULL, the automatic choice, and a wrong name */
		int status = ln_set_isa(choice > kernels ? "nonsense" : ln_isa_name(choice));
		int solved = ln_layernorm_f32(mine.rows, mine.cols, mine.x, mine.gamma, mine.beta, mine.eps, mine.y);
		bool right = memcmp(y, s->want[UNFUSED], bytes) == 0 || memcmp(y, s->want[FUSED], bytes) == 0;

		if (status != (choice > kernels ? LN_ERR_UNSUPPORTED : LN_OK) || solved != LN_OK || !right || !ln_isa())
			atomic_fetch_add(&s->wrong, 1);
	}
	return NULL;
}

START_TEST(threads_compute_while_others_choose)
{
	size_t rounds = thinned("dispatch: rounds of each thread", 4000, 300);
	struct shared s = {problem_make(operation(0), THREAD_ROWS, THREAD_COLS), {NULL, NULL}, rounds, 0};
	struct worker workers[THREADS];

	problem_fill(&s.p, row_kind(1), 1);
	for (int class = UNFUSED; class <= FUSED; class++) {
		struct problem by_model = s.p;
		by_model.y = s.want[class] = elements(LN_F32, THREAD_ROWS * THREAD_COLS);
		solve_by_model(&by_model, (enum arithmetic)class);
	}
	for (size_t i = 0; i < THREADS; i++) {
		workers[i].shared = &s;
		workers[i].seed = i;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, compute_and_choose, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	ck_assert_uint_eq(s.wrong, 0);
	free(s.want[UNFUSED]);
	free(s.want[FUSED]);
	problem_free(&s.p);
}
END_TEST

Suite *suite_dispatch(void)
{
	Suite *suite = suite_create("dispatch");
	TCase *tc = add_case(suite, "dispatch");

	tcase_add_test(tc, version);
	tcase_add_test(tc, from_worst_to_best);
	tcase_add_test(tc, as_this_cpu_can);
	tcase_add_test(tc, best_by_default);
	tcase_add_test(tc, every_listed_name_can_be_chosen);
	tcase_add_test(tc, what_is_not_listed_is_refused);
	tcase_add_test(tc, the_choice_computes);
	tcase_add_test(tc, threads_compute_while_others_choose);
	return suite;
}
