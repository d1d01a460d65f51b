/*
 * test_parallel.c - ln_forward() with the caller's threads: the same bits, whoever runs the tasks and in whatever order
 */
#include "call.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 7 };

/* ---- Two ways of running tasks ---- */

struct job { size_t tasks; ln_task task; void *context; atomic_size_t next; };

struct pool { size_t threads; uint64_t seed; size_t calls, most_tasks; };

/* Whoever is free takes the next one. */
static void *work(void *argument)
{
	struct job *job = argument;
	size_t i;

	while ((i = atomic_fetch_add(&job->next, 1)) < job->tasks)
		job->task(job->context, i);
	return NULL;
}

static void count(struct pool *p, size_t tasks)
{
	if (tasks < 2)
		ck_abort_msg("%zu tasks went to the pool", tasks);
	p->calls++;
	if (tasks > p->most_tasks)
		p->most_tasks = tasks;
}

static int by_threads(void *pool, size_t tasks, ln_task task, void *context)
{
	struct pool *p = pool;
	struct job job = {tasks, task, context, 0};
	pthread_t threads[THREADS_MAX];

	count(p, tasks);
	for (size_t i = 0; i < p->threads; i++)
		if (pthread_create(&threads[i], NULL, work, &job) != 0)
			abort();
	for (size_t i = 0; i < p->threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* Backwards with seed 0, otherwise shuffled: a task that waits for another, or needs its result, would show. */
static int in_another_order(void *pool, size_t tasks, ln_task task, void *context)
{
	struct pool *p = pool;
	struct rng r = rng_make(p->seed, 0);
	size_t *order = malloc((tasks + 1) * sizeof *order);

	count(p, tasks);
	if (!order)
		abort();
	for (size_t i = 0; i < tasks; i++)
		order[i] = tasks - 1 - i;
	for (size_t i = tasks; p->seed && i > 1; i--) {
		size_t j = rng_below(&r, i), was = order[i - 1];
		order[i - 1] = order[j];
		order[j] = was;
	}
	for (size_t i = 0; i < tasks; i++)
		task(context, order[i]);
	free(order);
	return 0;
}

/* ---- The calls ---- */

static const struct { ln_parallel_for run; struct pool pool; const char *name; } ways[] = {
	{by_threads, {.threads = 1}, "1 thread"},   {by_threads, {.threads = 2}, "2 threads"}, {by_threads, {.threads = 3}, "3 threads"},
	{by_threads, {.threads = 4}, "4 threads"},  {by_threads, {.threads = 7}, "7 threads"}, {in_another_order, {.seed = 0}, "backwards"},
	{in_another_order, {.seed = 5}, "shuffled"}, {in_another_order, {.seed = 6}, "shuffled otherwise"},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* Without threads, then each way; returns the largest number of tasks that the library asked for at once. */
static size_t check(const struct kernel *k, const struct call *c, const char *what)
{
	struct call alone = call_clone(c);
	size_t most = 0;

	note(k, "without threads: %s", call_name(c));
	call_run(&alone);
	for (size_t way = 0; way < WAYS; way++) {
		struct call got = call_clone(c);
		struct pool pool = ways[way].pool;
		char text[100];

		snprintf(text, sizeof text, "%s, %s, against no threads", what, ways[way].name);
		note(k, "%s: %s", ways[way].name, call_name(c));
		call_run_parallel(&got, ways[way].run, &pool);
		expect_same(k, &got, &alone, text);
		most = pool.most_tasks > most ? pool.most_tasks : most;
		call_free(&got);
	}
	call_free(&alone);
	return most;
}

static size_t check_kernels(const struct call *c, const char *what)
{
	const struct kernel *k;
	size_t most = 0;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		size_t tasks = check(k, c, what);
		most = tasks > most ? tasks : most;
	}
	return most;
}

/* Everything a descriptor can ask for, by the bits of i. */
static struct call call_of(size_t i, size_t rows, size_t cols, size_t kind)
{
	ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % X_TYPES], rows, cols);
	bool is_f64 = d.x_type == LN_F64, own = !is_f64 && i / 8 % 3 == 1;
	unsigned tensors = PLAIN | STATS | (i % 3 == 0 ? WITH(RESIDUAL) | WITH(SUM) : 0) | (!is_f64 && i % 5 == 0 ? WITH(GATE) : 0)
			 | (own ? WITH(Y_SCALE) : 0);

	if (own) {
		d.y_type = i % 2 ? LN_I8 : LN_F8_E4M3;
		draw_scales(&d, i / 24);
	}
	if (tensors & WITH(GATE))
		d.flags |= gate_flags(i / 5, d.y_type);
	if (i % 7 == 0)
		d.y_stride = cols + 5;
	struct call c = call_make(&d, tensors);
	call_fill(&c, row_kind(kind), i);
	return c;
}

START_TEST(many_rows)
{
	static const struct { size_t rows, cols; } shapes[] = {{1, 1}, {2, 5}, {7, 64}, {64, 768}, {333, 33}, {1000, 3}, {40, 4097}};
	size_t calls = thinned("parallel: calls of each shape", 24, 4), most = 0;

	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
		for (size_t i = 0; i < calls; i++) {
			struct call c = call_of(i, shapes[s].rows, shapes[s].cols, i % 5);
			size_t tasks = check_kernels(&c, "many rows");
			most = tasks > most ? tasks : most;
			call_free(&c);
		}
	ck_assert_msg(most > 1, "no call was ever divided among tasks");
}
END_TEST

/* One row, or two, of many blocks: statistics and output are both divided. Kind 9 in f32 and kind 7 in f64 are extreme. */
START_TEST(long_rows)
{
	size_t calls = thinned("parallel: calls with a long row", 24, 5), most = 0;

	for (size_t i = 0; i < calls; i++) {
		static const size_t kinds[] = {1, 9, 7, 14, 0};
		size_t kind = kinds[i % 5];
		if (kind == 7 && i % 3 == 0)	/* FLT_MAX twice is an infinity */
			kind = 0;
		struct call c = call_of(i, 1 + i % 2, ((size_t)1 << (17 + i % 2)) + 777 * i, kind);
		size_t tasks = check_kernels(&c, "a long row");
		most = tasks > most ? tasks : most;
		call_free(&c);
	}
	ck_assert_msg(most > 1, "no long row was ever divided among tasks");
}
END_TEST

/* A NaN in the last block of a long row; statistics and moments given; no y. */
START_TEST(odd_long_rows)
{
	enum { COLS = (1 << 17) + 5 };

	for (size_t i = 0; i < 4; i++) {
		ln_desc d = plain_desc(LN_LAYERNORM, i % 2 ? LN_F32 : LN_F64, 1, COLS);
		unsigned tensors[] = {PLAIN | STATS, PLAIN | STATS, PLAIN | STATS | WITH(MOMENTS), WITH(X) | STATS};
		d.flags = i == 1 ? LN_STATS_GIVEN : 0;
		struct call c = call_make(&d, tensors[i]);
		call_fill(&c, row_kind(0), i);
		if (i == 0)
			type_store(d.x_type, *call_slot(&c.f, X), COLS - 1, (double)NAN);
		check_kernels(&c, "an odd long row");
		call_free(&c);
	}
}
END_TEST

/* Groups of columns that have a scale each: of a divisor of a block, and of three blocks, which no task may divide. */
START_TEST(groups_of_a_long_row)
{
	static const uint64_t groups[] = {128, 3072, 0};

	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		ln_desc d = plain_desc(LN_RMSNORM, LN_F32, 1, 64 * 3072);
		d.y_type = LN_I8;
		d.flags = LN_ROW_SCALE;
		d.cols_per_scale = groups[i];
		struct call c = call_make(&d, PLAIN | WITH(Y_SCALE));
		call_fill(&c, row_kind(1), i);
		check_kernels(&c, "groups of a long row");
		call_free(&c);
	}
}
END_TEST

/* In place over a residual, where a task that reads what another has written would be seen. */
START_TEST(in_place)
{
	for (size_t i = 0; i < 2 * X_TYPES; i++) {
		ln_desc d = plain_desc(norm_at(i), x_types[i / 2], i % 3 ? 1 : 50, i % 3 ? 200001 : 1500);
		struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL));
		call_fill(&c, row_kind(1), i);
		*call_slot(&c.f, Y) = *call_slot(&c.f, X);
		*call_slot(&c.f, SUM) = *call_slot(&c.f, RESIDUAL);
		check_kernels(&c, "in place");
		call_free(&c);
	}
}
END_TEST

Suite *suite_parallel(void)
{
	Suite *suite = suite_create("parallel");
	TCase *tc = add_case(suite, "parallel");

	tcase_add_test(tc, many_rows);
	tcase_add_test(tc, long_rows);
	tcase_add_test(tc, odd_long_rows);
	tcase_add_test(tc, groups_of_a_long_row);
	tcase_add_test(tc, in_place);
	return suite;
}
