/*
 * test_backward_pages.c - ln_backward() between guard pages: every tensor, every type, and a workspace of exactly the size asked for
 */
#include "backward_call.h"
#include "call.h"
#include "guard.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 36, COLS_MAX = 4097, GUARDED_BYTES = 8 * (ROWS + 1) * (COLS_MAX + 8), WORK = GRAD_TENSORS, GUARDS };

static int run_tasks(void *pool, size_t tasks, ln_task task, void *context)
{
	(void)pool;
	for (size_t i = 0; i < tasks; i++)
		task(context, i);
	return 0;
}

static void *place(const struct guard *g, size_t bytes, bool at_end)
{
	ck_assert_uint_le(bytes, g->bytes);
	return at_end ? guard_at_end(g, bytes) : guard_at_begin(g);
}

/* The workspace is aligned to 8 bytes at either end, since its size is a multiple of that, or it is not used. */
static void check(const struct kernel *k, const struct grad_call *c, const struct guard guards[GUARDS], bool at_end, bool threads)
{
	struct grad_call want = grad_clone(c), got = grad_clone(c);
	size_t size = ln_backward_workspace_size(&c->b.d);
	struct backward b = c->b;

	for (int t = 0; t < GRAD_TENSORS; t++)
		if (c->part[t].bytes)
			*grad_slot(&b, (enum grad_tensor)t) = memcpy(place(&guards[t], c->part[t].bytes, at_end),
								     c->arena + c->part[t].at, c->part[t].bytes);
	note(k, "guard pages at the %s: %s", at_end ? "end" : "beginning", grad_name(c));
	ck_assert_uint_eq(size % 8, 0);
	grad_run(&want);
	ck_assert_int_eq(grad_status(&b, &b.d, size ? place(&guards[WORK], size, at_end) : NULL, size, threads ? run_tasks : NULL, NULL),
			 LN_OK);
	for (int t = 0; t < GRAD_TENSORS; t++)
		if (c->part[t].bytes)
			memcpy(got.arena + c->part[t].at, *grad_slot(&b, (enum grad_tensor)t), c->part[t].bytes);
	expect_same_grads(k, &got, &want, "between guard pages, against ordinary memory");
	grad_free(&want);
	grad_free(&got);
}

/* Call n of these columns; the number of rows passes through all remainders of runs and groups. */
static struct grad_call call_of(size_t n, size_t cols)
{
	static const uint32_t flags[] = {0, LN_ACCUMULATE, LN_GRADS_AS_PARAMS, LN_GAMMA_PLUS_ONE};
	size_t rows = cols % 13 == 0 ? ROWS : 1 + (cols + n) % 9;
	ln_desc d = plain_desc(norm_at(n + cols), x_types[n % X_TYPES], cols > 300 ? 1 + cols % 5 : rows, cols);
	unsigned tensors = GRAD_PLAIN | (cols % 3 == 0 ? (unsigned)GRAD_STATS : 0);

	d.flags = flags[(n / X_TYPES + cols) % 4];
	if (n >= X_TYPES && d.x_type != LN_F64) {
		d.param_type = x_types[(cols + 1) % FAMILY];
		d.y_type = x_types[(cols + 2) % FAMILY];
		d.gate_type = x_types[cols % FAMILY];
		d.sum_type = x_types[(cols / 3 + 1) % FAMILY];
		tensors |= (unsigned)GRAD_GATED;
		d.flags |= gate_flags(cols / 4, d.y_type);
	}
	if (n >= 4)
		tensors |= OF(GDSUM);
	if (n >= X_TYPES && cols % 2) {
		d.rows_per_param = 2;
		d.x_stride = cols + 3;
		d.y_stride = cols + 1;
		d.param_rows = cols % 4 == 1 ? 2 : 0;
	} else if (n >= 4) {
		d.cols_per_param = cols % 4 ? 2 : 4;
	}
	struct grad_call c = grad_make(&d, tensors);
	grad_fill(&c, row_kind(cols % 3 ? 0 : 14), cols);
	return c;
}

static void check_columns(const struct kernel *k, const struct guard guards[GUARDS], size_t cols)
{
	for (size_t n = 0; n < 2 * X_TYPES; n++) {
		struct grad_call c = call_of(n, cols);
		check(k, &c, guards, false, n % 3 == 0);
		check(k, &c, guards, true, n % 3 == 1);
		grad_free(&c);
	}
}

START_TEST(every_tensor)
{
	const struct kernel *k;
	struct guard guards[GUARDS];

	for (int t = 0; t < GUARDS; t++)
		guards[t] = guard_make(GUARDED_BYTES);
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		if (faults_by_emulation(k))
			printf("skipped: backward_pages: %s: this emulator reads past masked loads\n", k->name);
		for (size_t i = 0; !faults_by_emulation(k) && column_count_of(operation(1), i) != 0; i++)
			check_columns(k, guards, column_count_of(operation(1), i));
	}
	for (int t = 0; t < GUARDS; t++)
		guard_free(&guards[t]);
}
END_TEST

Suite *suite_backward_pages(void)
{
	Suite *suite = suite_create("backward_pages");

	tcase_add_test(add_case(suite, "backward_pages"), every_tensor);
	return suite;
}
