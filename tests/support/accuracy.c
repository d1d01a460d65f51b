/*
 * accuracy.c - the error factor of a kernel's solution: asserted, and the worst of each kernel printed at the end of a run
 *
 * Check runs each test in a child process, so the figures live in memory that children share with their parent.
 */
#include "accuracy.h"
#include "bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { KERNELS_MAX = 16, OPERATIONS_MAX = 4 * NORMS_MOST, RECIPE_MAX = 400 };

struct record { bool used; double raw, rounded; char recipe[RECIPE_MAX]; };

static struct record (*records)[OPERATIONS_MAX][FIGURES];

void figures_open(void)
{
	void *map = mmap(NULL, sizeof *records * KERNELS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (map != MAP_FAILED)
		records = map;
}

static void keep(struct record *r, struct ref_error error, const char *recipe)
{
	if (!r->used || error.raw > r->raw) {
		r->raw = error.raw;
		snprintf(r->recipe, sizeof r->recipe, "%s", recipe);
	}
	if (!r->used || error.rounded > r->rounded)
		r->rounded = error.rounded;
	r->used = true;
}

static void print_record(const struct kernel *k, const struct operation *op, enum figure figure, const struct record *r)
{
	static const char *const names[FIGURES] = {"named rows", "hostile rows"};
	static bool titled;

	if (!r->used)
		return;
	if (!titled)
		printf("Largest |y - exact| / (u (|gamma| max(1, |xhat|) + |beta|)), and with the last rounding forgiven:\n");
	titled = true;
	printf("  %-9s %-14s %-13s %10.3f  (%6.3f)  %s\n", k->name, op->name, names[figure], r->raw, r->rounded, r->recipe);
}

void figures_print(void)
{
	for (size_t op = 0; records && operation(op); op++)
		for (size_t i = 0; known_kernel(i); i++)
			for (int f = 0; f < FIGURES; f++)
				print_record(known_kernel(i), operation(op), (enum figure)f, &records[i][op][f]);
}

double limit_of(struct bar bar, uint32_t norm, enum arithmetic arithmetic)
{
	return bar.limit > PROMISED ? bar.limit : bound_of_y(norm, arithmetic);
}

bool forgives(struct bar bar, uint32_t type)
{
	return bar.forgive || type_size(type) < 4;
}

struct ref_value *exact_solution(const struct problem *p)
{
	struct ref_value *exact = malloc(p->rows * p->cols * sizeof *exact);

	if (!exact)
		ck_abort_msg("no memory for %zu x %zu exact values", p->rows, p->cols);
	struct forward f = forward_of(p);
	for (size_t row = 0; row < p->rows; row++)
		ref_forward_row(&f, row, exact + row * p->cols);
	return exact;
}

static void check_row(const struct kernel *k, const struct problem *p, const struct ref_value *want, size_t row, double factor,
		      double limit, size_t col, const char *what)
{
	char is[BITS_TEXT];

	if (factor <= limit)
		return;
	bits_text(is, p->op->type, p->y, row * p->cols + col);
	ck_abort_msg("%s, %s: factor %g at (%zu, %zu), %s, not %.17g: %s, eps %g, %zu columns", k->name, p->op->name, factor, row, col,
		     is, want[col].hi, what, p->eps, p->cols);
}

double expect_factor(const struct kernel *k, const struct problem *p, const struct ref_value *exact, struct bar bar,
		     const char *what)
{
	double worst = 0;

	note(k, "%s, %s, eps %g", p->op->name, what, p->eps);
	solve(p);
	for (size_t row = 0; row < p->rows; row++) {
		const struct ref_value *want = exact + row * p->cols;
		struct ref_error error = ref_compare((struct ref_type){p->op->type, 1, 0, false}, p->cols, want, p->y, row * p->cols);
		if (forgives(bar, p->op->type)) {
			error.raw = error.rounded;
			error.col = error.rounded_col;
		}
		double factor = error.raw;

		check_row(k, p, want, row, factor, limit_of(bar, p->op->norm, k->arithmetic), error.col, what);
		if (records && bar.figure < FIGURES)
			keep(&records[k - known_kernel(0)][p->op - operation(0)][bar.figure], error, what);
		if (factor > worst)
			worst = factor;
	}
	return worst;
}

void expect_accurate(const struct problem *p, struct bar bar, const char *what)
{
	struct ref_value *exact = exact_solution(p);
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		expect_factor(k, p, exact, bar, what);
	free(exact);
}
