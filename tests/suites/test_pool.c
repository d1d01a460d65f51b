/*
 * test_pool.c - a parallel_for that fails: the call says so, and no byte is touched but of outputs; and how calls use a pool that does not
 */
#include "backward_call.h"
#include "call.h"

#include <stdlib.h>
#include <string.h>

/* Fails at its call `fails_at`, having run every `runs`th task of it (0: none); then counts on. */
struct pool { size_t calls, fails_at, runs, tasks[64]; };

static int run_tasks(void *pool, size_t tasks, ln_task task, void *context)
{
	struct pool *p = pool;
	bool fails = p->calls == p->fails_at;

	ck_assert_uint_gt(tasks, 1);
	p->tasks[p->calls++ % 64] = tasks;
	for (size_t i = 0; i < tasks; i++)
		if (!fails || (p->runs && i % p->runs == 0))
			task(context, i);
	return fails ? -17 : 0;
}

/* Outputs become what they were, so that the rest can be compared. */
static void restore(unsigned char *to, const unsigned char *from, const struct part *part, const int *outputs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy(to + part[outputs[i]].at, from + part[outputs[i]].at, part[outputs[i]].bytes);
}

/* How often the pool was called by a call that did not fail. */
static size_t check_forward(const struct kernel *k, const struct call *c, size_t fails_at, size_t runs)
{
	static const int outputs[] = {Y, SUM, MEAN, RSTD};
	struct call got = call_clone(c);
	struct pool pool = {.fails_at = fails_at, .runs = runs};
	int status = forward_status(&got.f, &got.f.d, run_tasks, &pool);
	bool failed = pool.calls > fails_at;

	note(k, "failing at call %zu, running each %zu: %s", fails_at, runs, call_name(c));
	ck_assert_int_eq(status, failed ? LN_ERR_PARALLEL : LN_OK);
	if (failed)		/* nothing more is asked of a pool that has failed */
		ck_assert_uint_eq(pool.calls, fails_at + 1);
	restore(got.arena, c->arena, got.part, outputs, 4);
	ck_assert_msg(memcmp(got.arena, c->arena, c->bytes) == 0, "%s: touched more than outputs: %s", k->name, call_name(c));
	call_free(&got);
	return failed ? 0 : pool.calls;
}

START_TEST(forward)
{
	static const struct { size_t rows, cols; } shapes[] = {{500, 300}, {1, 300000}, {3, 70001}, {2, 600001}};
	const struct kernel *k;
	uint32_t step = (uint32_t)thinned("pool: every n-th type of a shape", 1, 3);

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t s = 0; s < 4; s++)
			for (uint32_t type = LN_F32 + (uint32_t)(i + s) % step; type <= LN_BF16; type += step) {
				ln_desc d = plain_desc(LN_LAYERNORM, type, shapes[s].rows, shapes[s].cols);
				struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM));
				size_t calls = 0;
				call_fill(&c, row_kind(0), 1);
				for (size_t at = 0; calls == 0; at++)
					for (size_t runs = 0; runs < 3; runs++)
						calls = check_forward(k, &c, at, runs);
				ck_assert_uint_ge(calls, s ? 2 : 1);
				call_free(&c);
			}
}
END_TEST

static size_t check_backward(const struct kernel *k, const struct grad_call *c, size_t fails_at, size_t runs)
{
	static const int outputs[] = {GDX, GDGAMMA, GDBETA};
	struct grad_call got = grad_clone(c);
	struct pool pool = {.fails_at = fails_at, .runs = runs};
	size_t size = ln_backward_workspace_size(&c->b.d);
	unsigned char *workspace = memset(elements(LN_U8, size + 8), 0x55, size + 8);
	int status = grad_status(&got.b, &got.b.d, workspace, size, run_tasks, &pool);
	bool failed = pool.calls > fails_at;

	note(k, "failing at call %zu, running each %zu: %s", fails_at, runs, grad_name(c));
	ck_assert_int_eq(status, failed ? LN_ERR_PARALLEL : LN_OK);
	if (failed)
		ck_assert_uint_eq(pool.calls, fails_at + 1);
	restore(got.arena, c->arena, got.part, outputs, 3);
	ck_assert_msg(memcmp(got.arena, c->arena, c->bytes) == 0, "%s: touched more than outputs: %s", k->name, grad_name(c));
	for (size_t i = size; i < size + 8; i++)
		ck_assert_uint_eq(workspace[i], 0x55);
	free(workspace);
	grad_free(&got);
	return failed ? 0 : pool.calls;
}

START_TEST(backward)
{
	static const uint32_t flags[] = {0, LN_ACCUMULATE, LN_RUNNING};
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t s = 0; s < 6; s++) {
			ln_desc d = plain_desc(LN_LAYERNORM, s % 2 ? LN_F64 : LN_F32, 100, 700);
			size_t calls = 0;
			d.flags = flags[s / 2];
			struct grad_call c = grad_make(&d, GRAD_PLAIN);
			grad_fill(&c, row_kind(0), 1);
			for (size_t at = 0; calls == 0; at++)
				for (size_t runs = 0; runs < 3; runs++)
					calls = check_backward(k, &c, at, runs);
			ck_assert_uint_eq(calls, 2);
			grad_free(&c);
		}
}
END_TEST

/* What is one task stays here, and another call of the same shape has the same tasks: a thread may meet the same rows. */
START_TEST(tasks)
{
	static const struct { size_t rows, cols; } shapes[] = {{1, 64}, {16, 768}, {512, 768}, {33, 20}, {2, 70001}};

	for (size_t s = 0; s < 5; s++) {
		ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, shapes[s].rows, shapes[s].cols);
		struct call c = call_make(&d, PLAIN);
		struct pool pools[2] = {{.fails_at = 99}, {.fails_at = 99}};
		call_fill(&c, row_kind(0), 1);
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(forward_status(&c.f, &d, run_tasks, &pools[i]), LN_OK);
		ck_assert(memcmp(&pools[0], &pools[1], sizeof pools[0]) == 0);
		ck_assert_msg((pools[0].calls > 0) == (s == 2 || s == 4), "%zu x %zu went %zu times to the pool", shapes[s].rows,
			      shapes[s].cols, pools[0].calls);
		call_free(&c);
	}
}
END_TEST

Suite *suite_pool(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = add_case(suite, "pool");

	tcase_add_test(tc, forward);
	tcase_add_test(tc, backward);
	tcase_add_test(tc, tasks);
	return suite;
}
