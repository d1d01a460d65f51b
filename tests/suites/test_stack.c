/*
 * test_stack.c - the stack that every public function needs, on every kernel: less than ln.h says
 *
 * A call runs in a thread whose stack is filled with a pattern; how far the pattern is gone afterwards is what the call and the few
 * lines of the test around it took. Below the stack lies a page that cannot be written.
 */
#include "backward_call.h"
#include "call.h"
#include "cell_call.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_BYTES = 128 << 10, MOST_BYTES = 64 << 10, PATTERN = 0xa5 };	/* a thread of musl's, and what ln.h says */

/* What runs in the thread: one of the calls, whichever is there. */
struct job {
	const struct problem *plain;
	const struct call *forward;
	const struct grad_call *backward;
	const struct cell_call *cell;
	const void *slice;	/* of this many elements, whose moments are taken */
	size_t elements;
	void *workspace;
	size_t workspace_bytes;
	int status;
};

static void *run_job(void *argument)
{
	struct job *j = argument;

	j->status = LN_OK;
	if (j->plain)
		solve(j->plain);
	if (j->forward)
		j->status = forward_status(&j->forward->f, &j->forward->f.d, NULL, NULL);
	if (j->backward)
		j->status = grad_status(&j->backward->b, &j->backward->b.d, j->workspace, j->workspace_bytes, NULL, NULL);
	if (j->cell && (j->status = cell_forward_status(&j->cell->c, &j->cell->c.d)) == LN_OK)
		j->status = cell_backward_status(&j->cell->c, &j->cell->c.d, j->workspace, j->workspace_bytes);
	if (j->slice) {
		ln_moments m, more;
		j->status = ln_moments_f32(j->elements, j->slice, &m) | ln_rms_moments_f64(j->elements / 2, j->slice, &more) |
			    ln_moments_bf16(j->elements, j->slice, &more) | ln_moments_merge(&m, &more);
	}
	return NULL;
}

/* The bytes of a painted stack, to 64, that are gone once a thread has run the job. It is larger than ln.h promises, to measure what is too much. */
static size_t stack_of(struct job *j)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), used = STACK_BYTES;
	unsigned char pattern[64], *low = mmap(NULL, page + STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	ck_assert_ptr_ne(low, MAP_FAILED);
	ck_assert_int_eq(mprotect(low, page, PROT_NONE), 0);
	memset(pattern, PATTERN, sizeof pattern);
	memset(low + page, PATTERN, STACK_BYTES);
	ck_assert_int_eq(pthread_attr_init(&attributes), 0);
	ck_assert_int_eq(pthread_attr_setstack(&attributes, low + page, STACK_BYTES), 0);
	ck_assert_int_eq(pthread_create(&thread, &attributes, run_job, j), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(j->status, LN_OK);
	while (used > 0 && memcmp(low + page + STACK_BYTES - used, pattern, sizeof pattern) == 0)
		used -= sizeof pattern;
	pthread_attr_destroy(&attributes);
	munmap(low, page + STACK_BYTES);
	return used;
}

/* The most that a kind of call has taken of what it may take, and in which case. */
struct peak {
	size_t limit, bytes;
	char name[200];
};

static size_t of_an_empty_thread;
static size_t kinds_apart;	/* each variant of a call meets one kind of row of so many, another than the variant before */

static void measure(struct peak *peak, struct job j, const char *name)
{
	size_t bytes = stack_of(&j) - of_an_empty_thread;

	ck_assert_msg(bytes < peak->limit, "%s takes %zu bytes of stack", name, bytes);
	if (bytes > peak->bytes) {
		peak->bytes = bytes;
		snprintf(peak->name, sizeof peak->name, "%s", name);
	}
}

static void print_peak(const struct kernel *k, const char *call, const struct peak *peak)
{
	ck_assert_uint_gt(peak->bytes, 0);
	printf("  stack: %-9s %-16s %6zu bytes: %s\n", k->name, call, peak->bytes, peak->name);
}

static const size_t widths[] = {1, 64, 768, 1025, 4097};
static const uint32_t narrow[] = {LN_BF16, LN_I8, LN_F8_E4M3, LN_U8, LN_F16};
enum { ROWS = 9, WIDTHS = sizeof widths / sizeof *widths };

static void plain_calls(const struct kernel *k)
{
	struct peak peak = { .limit = MOST_BYTES };
	const struct operation *op;
	const struct row_kind *kind;

	for (size_t o = 0; (op = operation(o)) != NULL; o++)
		for (size_t n = o % kinds_apart; (kind = row_kind(n)) != NULL; n += kinds_apart) {
			struct problem p = problem_make(op, ROWS, widths[n % WIDTHS]);
			problem_fill(&p, kind, n);
			measure(&peak, (struct job){ .plain = &p }, op->name);
			problem_free(&p);
		}
	print_peak(k, "plain", &peak);
}

/* Variant n of a descriptor: contiguous, then with residual, gate, strides, other types and an output that is quantised; then columns apart. */
static struct call forward_call(size_t n, size_t cols, const struct row_kind *kind)
{
	ln_desc d = plain_desc(norm_at(n), x_types[n / 2 % X_TYPES], ROWS, cols);
	unsigned tensors = PLAIN | STATS;

	if (n >= 8 && n < 40) {
		tensors |= WITH(RESIDUAL) | WITH(SUM) | (n % 3 && d.x_type != LN_F64 ? WITH(GATE) : 0);
		d.x_stride = cols + 3;
		d.flags = n % 5 == 4 ? LN_EPS_OUTSIDE : 0;
	}
	if (n >= 16 && d.x_type != LN_F64) {
		d.y_type = narrow[n % 5];
		d.param_type = LN_F32;
		if (d.y_type == LN_I8)
			draw_scales(&d, n);
		tensors |= d.y_type == LN_I8 ? WITH(Y_SCALE) : 0;
	}
	if (n >= 32) {
		d.x_stride = 0;
		d.x_col_stride = d.residual_col_stride = d.gate_col_stride = d.sum_col_stride = d.y_col_stride = ROWS;
	}
	d.flags |= tensors & WITH(GATE) ? gate_flags(n, d.y_type) : 0;
	struct call c = call_make(&d, tensors);
	call_fill(&c, kind, n);
	if (n % 4 == 3 && d.x_type == LN_F32)
		((float *)*call_slot(&c.f, X))[cols / 2] = NAN;
	return c;
}

static void forward_calls(const struct kernel *k)
{
	struct peak peak = { .limit = MOST_BYTES };
	const struct row_kind *kind;

	for (size_t n = 0; n < 56; n++)
		for (size_t i = n % kinds_apart; (kind = row_kind(i)) != NULL; i += kinds_apart) {
			struct call c = forward_call(n, widths[(n + i) % WIDTHS], kind);
			measure(&peak, (struct job){ .forward = &c }, call_name(&c));
			call_free(&c);
		}
	print_peak(k, "ln_forward", &peak);
}

static void backward_calls(const struct kernel *k)
{
	struct peak peak = { .limit = MOST_BYTES };
	const struct row_kind *kind;

	for (size_t n = 0; n < 16; n++)
		for (size_t i = n % kinds_apart; (kind = row_kind(i)) != NULL; i += kinds_apart) {
			ln_desc d = plain_desc(norm_at(n), x_types[n / 2 % X_TYPES], LN_ROW_BLOCK + ROWS, widths[(n + i) % WIDTHS]);
			unsigned more = d.x_type == LN_F64 ? 0 : (unsigned)GRAD_GATED;
			d.x_stride = n >= 8 ? d.cols + 3 : 0;
			d.flags = n >= 8 && more ? gate_flags(n + i, d.y_type) : 0;
			struct grad_call c = grad_make(&d, GRAD_PLAIN | (n >= 8 ? more | OF(GDSUM) : 0));
			struct job j = { .backward = &c, .workspace_bytes = ln_backward_workspace_size(&d) };
			grad_fill(&c, kind, n);
			if (d.cols > LN_BLOCK)	/* else the stack has to do */
				j.workspace = elements(LN_U8, j.workspace_bytes + 1);
			measure(&peak, j, grad_name(&c));
			free(j.workspace);
			grad_free(&c);
		}
	print_peak(k, "ln_backward", &peak);
}

static void cells(const struct kernel *k)
{
	struct peak peak = { .limit = MOST_BYTES };

	for (uint32_t cell = LN_RNN; cell <= LN_GRU; cell++)
		for (size_t i = 0; i < WIDTHS; i++) {
			ln_cell_desc d = cell_desc(cell, ROWS, widths[i]);
			struct cell_call c = cell_make(&d, CELL_ALL);
			struct job j = { .cell = &c, .workspace_bytes = ln_cell_backward_workspace_size(&d) };
			cell_fill(&c, row_kind(i), i);
			j.workspace = elements(LN_U8, j.workspace_bytes + 1);
			measure(&peak, j, cell_name(&c));
			free(j.workspace);
			cell_free(&c);
		}
	print_peak(k, "ln_cell", &peak);
}

static void moments(const struct kernel *k)
{
	struct peak peak = { .limit = MOST_BYTES };

	for (size_t i = 1; i < WIDTHS; i++) {
		void *x = elements(LN_F32, widths[i]);
		rows_fill(row_kind(0), LN_F32, i, 1, widths[i], x);
		measure(&peak, (struct job){ .slice = x, .elements = widths[i] }, "moments of a slice");
		free(x);
	}
	print_peak(k, "ln_moments", &peak);
}

START_TEST(less_than_promised)
{
	const struct kernel *k;

	of_an_empty_thread = stack_of(&(struct job){ 0 });
	kinds_apart = 3 / thinned("stack: of every three kinds of rows", 3, 1);
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		plain_calls(k);
		forward_calls(k);
		backward_calls(k);
		cells(k);
		moments(k);
	}
}
END_TEST

Suite *suite_stack(void)
{
	Suite *suite = suite_create("stack");

	if (LN_TEST_SANITIZED || LN_TEST_EMULATED_AVX512)
		puts("skipped: stack: sanitizers, and emulated vectors, widen every frame");
	else
		tcase_add_test(add_case(suite, "stack"), less_than_promised);
	return suite;
}
