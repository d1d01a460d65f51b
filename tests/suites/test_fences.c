/*
 * test_fences.c - whoever may write past the cache ends with a fence, each task of a divided call for itself: another thread that is told
 * of its end sees what it wrote. No result shows that on one thread, so the kernels' fence is counted.
 */
#include "lntest.h"

#include "dispatch/dispatch.h"

enum { ROWS = 3, SHORT = 8, LONG = 1 << 16 };

static const struct kernels *real;
static size_t fences, tasks_run, tasks_fenced;

static void counted_fence(void)
{
	fences++;
	real->stream_end();
}

static int counting_pool(void *pool, size_t tasks, ln_task task, void *context)
{
	(void)pool;
	for (size_t i = 0; i < tasks; i++) {
		size_t before = fences;
		task(context, i);
		tasks_run++;
		tasks_fenced += fences > before;
	}
	return 0;
}

/* Every task that is seen writes; so do calls without tasks. */
static void check_calls(void)
{
	static float x[LONG], y[LONG], mean[ROWS], rstd[ROWS] = {1.0f, 1.0f, 1.0f};
	static uint16_t narrow[ROWS * SHORT];
	ln_desc d = {.struct_size = sizeof d, .rows = 1, .cols = LONG, .flags = LN_STATS_GIVEN};
	ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .y = y, .mean = mean, .rstd = rstd, .parallel_for = counting_pool};

	ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
	ck_assert_msg(tasks_run > 1 && tasks_fenced == tasks_run, "%zu of %zu parts of a long row end with a fence", tasks_fenced, tasks_run);

	d.rows = ROWS, d.cols = SHORT;
	t.parallel_for = NULL;
	fences = 0;
	ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
	ck_assert_msg(fences > 0, "rows of the pipeline end without a fence");

	d.flags = 0, d.y_type = LN_BF16;
	t.y = narrow;
	fences = 0;
	ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
	ck_assert_msg(fences > 0, "rows by way of tiles end without a fence");

	d.y_type = LN_F32;
	ln_backward_tensors b = {.struct_size = sizeof b, .x = x, .dy = x, .dx = y};
	fences = 0;
	ck_assert_int_eq(ln_backward(&d, &b), LN_OK);
	ck_assert_msg(fences > 0, "a block of the backward pass ends without a fence");
}

START_TEST(what_streams_ends_with_a_fence)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "a cache of no bytes, the fence counted");
		real = ln_kernels();
		size_t cache = atomic_load(&ln_cache_bytes);
		struct kernels counted = *real;

		counted.stream_end = counted_fence;
		fences = tasks_run = tasks_fenced = 0;
		atomic_store(&ln_cache_bytes, 0);
		atomic_store(&ln_kernels_in_use, &counted);
		check_calls();
		atomic_store(&ln_kernels_in_use, real);
		atomic_store(&ln_cache_bytes, cache);
	}
}
END_TEST

Suite *suite_fences(void)
{
	Suite *suite = suite_create("fences");

	tcase_add_test(add_case(suite, "fences"), what_streams_ends_with_a_fence);
	return suite;
}
