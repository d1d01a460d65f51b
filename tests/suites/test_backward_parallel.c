/*
 * test_backward_parallel.c - gradients have the same bits for any threads, any order of tasks, and any split into calls (LN_RUNNING)
 */
#include "backward_call.h"
#include "call.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 7 };

/* ---- Ways of running tasks ---- */

/* threads 0: in this thread, backwards, or shuffled by a seed. */
struct pool { size_t threads; uint64_t seed; size_t most_tasks; };

struct job { size_t tasks; ln_task task; void *context; atomic_size_t next; };

static void *work(void *argument)
{
	struct job *job = argument;
	size_t i;

	while ((i = atomic_fetch_add(&job->next, 1)) < job->tasks)
		job->task(job->context, i);
	return NULL;
}

static void by_threads(const struct pool *p, struct job *job)
{
	pthread_t threads[THREADS_MAX];

	for (size_t i = 0; i < p->threads; i++)
		if (pthread_create(&threads[i], NULL, work, job) != 0)
			abort();
	for (size_t i = 0; i < p->threads; i++)
		pthread_join(threads[i], NULL);
}

static void in_another_order(const struct pool *p, const struct job *job)
{
	struct rng r = rng_make(p->seed, 0);
	size_t *order = malloc((job->tasks + 1) * sizeof *order);

	if (!order)
		abort();
	for (size_t i = 0; i < job->tasks; i++)
		order[i] = job->tasks - 1 - i;
	for (size_t i = job->tasks; p->seed && i > 1; i--) {
		size_t j = rng_below(&r, i), was = order[i - 1];
		order[i - 1] = order[j];
		order[j] = was;
	}
	for (size_t i = 0; i < job->tasks; i++)
		job->task(job->context, order[i]);
	free(order);
}

static int run_tasks(void *pool, size_t tasks, ln_task task, void *context)
{
	struct pool *p = pool;
	struct job job = {tasks, task, context, 0};

	if (tasks < 2)
		ck_abort_msg("%zu tasks went to the pool", tasks);
	if (tasks > p->most_tasks)
		p->most_tasks = tasks;
	if (p->threads)
		by_threads(p, &job);
	else
		in_another_order(p, &job);
	return 0;
}

static const struct pool ways[] = {{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}, {5, 0, 0}, {6, 0, 0}, {7, 0, 0}, {0, 0, 0}, {0, 5, 0}};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* ---- Threads ---- */

static struct grad_call call_of(size_t i, size_t rows, size_t cols)
{
	static const uint32_t flags[] = {0, LN_ACCUMULATE, LN_GRADS_AS_PARAMS, LN_GAMMA_PLUS_ONE};
	ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % X_TYPES], rows, cols);
	unsigned tensors = GRAD_PLAIN | (i % 3 == 1 ? (unsigned)GRAD_STATS : 0) | (i % 5 == 2 ? OF(GDSUM) : 0);

	if (i % 4 == 1 && d.x_type != LN_F64)
		tensors |= GRAD_GATED;
	if (i % 6 == 5)
		tensors &= ~OF(GDX);
	if (i % 9 == 8)
		tensors &= ~(OF(GDGAMMA) | OF(GDBETA));
	d.flags = flags[i / 3 % 4] | (tensors & OF(GGATE) ? gate_flags(i / 4, d.y_type) : 0);
	if (i % 7 == 0)
		d.rows_per_param = 1 + rows / 3;
	if (i % 7 == 3)
		d.rows_per_param = 1;
	if (i % 5 != 0)
		d.param_rows = i % 5;
	if (i % 3 == 2 && cols % 2 == 0)
		d.cols_per_param = cols % 64 == 0 ? 32 : 2;
	struct grad_call c = grad_make(&d, tensors);
	grad_fill(&c, row_kind(i % 3), i);
	return c;
}

static size_t check_ways(const struct kernel *k, const struct grad_call *c, size_t step)
{
	struct grad_call alone = grad_clone(c);
	size_t most = 0;

	grad_run(&alone);
	for (size_t way = step > 1 ? (size_t)c->b.d.cols % step : 0; way < WAYS; way += step) {
		struct grad_call got = grad_clone(c);
		struct pool pool = ways[way];
		char text[100];
		snprintf(text, sizeof text, "%zu threads, seed %d, against none", pool.threads, (int)pool.seed);
		note(k, "%s: %s", text, grad_name(c));
		grad_run_parallel(&got, run_tasks, &pool);
		expect_same_grads(k, &got, &alone, text);
		most = pool.most_tasks > most ? pool.most_tasks : most;
		grad_free(&got);
	}
	grad_free(&alone);
	return most;
}

START_TEST(threads)
{
	static const struct { size_t rows, cols; } shapes[] = {{1, 1}, {2, 5}, {33, 64}, {64, 768}, {333, 33}, {1000, 3}, {70, 2500},
							       {3000, 64}, {2, 70000}};
	size_t calls = thinned("backward_parallel: calls of each shape", 14, 4), step = thinned("backward_parallel: ways", 1, 3), most = 0;
	const struct kernel *k;

	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
		for (size_t i = 0; i < calls; i++) {
			struct grad_call c = call_of(i + s, shapes[s].rows, shapes[s].cols);
			for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
				size_t tasks = check_ways(k, &c, step);
				most = tasks > most ? tasks : most;
			}
			grad_free(&c);
		}
	ck_assert_msg(most > 1, "no call was ever divided among tasks");
}
END_TEST

/* ---- Several calls ---- */

/* Rows first ... first + rows - 1 of c: contiguous rows. */
static struct backward part_of(const struct grad_call *c, size_t first, size_t rows)
{
	static const enum grad_tensor of_rows[] = {GX, GDY, GMEAN, GRSTD, GDX};
	struct backward b = c->b;

	b.d.rows = rows;
	for (size_t i = 0; i < sizeof of_rows / sizeof of_rows[0]; i++) {
		enum grad_tensor t = of_rows[i];
		size_t per_row = t == GMEAN || t == GRSTD ? 1 : (size_t)c->b.d.cols;
		char **slot = (char **)grad_slot(&b, t);
		if (*slot)
			*slot += first * per_row * type_size(c->part[t].type);
	}
	return b;
}

/* Random splits at multiples of LN_ROW_BLOCK; threads in every other call. */
static void check_split(const struct kernel *k, const struct grad_call *c, const struct grad_call *want, uint64_t seed)
{
	struct grad_call got = grad_clone(c);
	struct rng r = rng_make(seed, 0);
	size_t rows = (size_t)c->b.d.rows, size;

	got.b.d.flags |= LN_RUNNING;
	size = ln_backward_workspace_size(&got.b.d);
	ck_assert_uint_gt(size, 0);
	void *workspace = calloc(1, size);
	for (size_t first = 0, n; first < rows; first += n) {
		n = LN_ROW_BLOCK * (1 + rng_below(&r, 4));
		n = rows - first < n ? rows - first : n;
		struct backward b = part_of(&got, first, n);
		struct pool pool = ways[rng_below(&r, WAYS)];
		bool threaded = rng_below(&r, 2);
		note(k, "rows %zu ... of %s", first, grad_name(&got));
		ck_assert_uint_le(ln_backward_workspace_size(&b.d), size);
		ck_assert_int_eq(grad_status(&b, &b.d, workspace, size, threaded ? run_tasks : NULL, &pool), LN_OK);
	}
	expect_same_grads(k, &got, want, "several calls with LN_RUNNING, against one without");
	free(workspace);
	grad_free(&got);
}

START_TEST(several_calls)
{
	static const struct { size_t rows, cols; } shapes[] = {{31, 5}, {32, 64}, {65, 33}, {200, 100}, {333, 1025}, {1000, 7}};
	size_t calls = thinned("backward_parallel: splits of each shape", 16, 4);
	const struct kernel *k;

	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
		for (size_t i = 0; i < calls; i++) {
			ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % X_TYPES], shapes[s].rows, shapes[s].cols);
			struct grad_call c = grad_make(&d, GRAD_PLAIN | (i % 3 ? 0 : (unsigned)GRAD_STATS));
			grad_fill(&c, row_kind(i % 3), i);
			for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
				struct grad_call want = grad_clone(&c);
				grad_run(&want);
				check_split(k, &c, &want, i);
				grad_free(&want);
			}
			grad_free(&c);
		}
}
END_TEST

/* After each call dgamma and dbeta are the totals so far: those of the model. */
START_TEST(totals_so_far)
{
	enum { ROWS = 100, COLS = 40 };
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);
		d.flags = LN_RUNNING;
		struct grad_call got = grad_make(&d, GRAD_PLAIN), want;
		double t[4][COLS] = {{0}};
		struct totals running[2] = {{t[0], t[1]}, {t[2], t[3]}};
		grad_fill(&got, row_kind(0), 1);
		want = grad_clone(&got);
		size_t size = ln_backward_workspace_size(&d);
		void *workspace = calloc(1, size);
		for (size_t first = 0; first < ROWS; first += LN_ROW_BLOCK) {
			size_t n = ROWS - first < LN_ROW_BLOCK ? ROWS - first : LN_ROW_BLOCK;
			struct backward g = part_of(&got, first, n), w = part_of(&want, first, n);
			ck_assert_int_eq(grad_status(&g, &g.d, workspace, size, NULL, NULL), LN_OK);
			model_backward(k->arithmetic, &w, running);
			expect_same_grads(k, &got, &want, "totals so far");
		}
		free(workspace);
		grad_free(&got);
		grad_free(&want);
	}
}
END_TEST

Suite *suite_backward_parallel(void)
{
	Suite *suite = suite_create("backward_parallel");
	TCase *tc = add_case(suite, "backward_parallel");

	tcase_add_test(tc, threads);
	tcase_add_test(tc, several_calls);
	tcase_add_test(tc, totals_so_far);
	return suite;
}
