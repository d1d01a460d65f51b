/*
 * accuracy.c - the error factor of a kernel's solution: asserted, and the worst of each kernel printed at the end of a run
 *
 * Check runs each test in a child process, so the figures live in memory that children share with their parent.
 */
#include "accuracy.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { KERNELS_MAX = 16, RECIPE_MAX = 400 };

struct record { bool used; double raw, rounded; char recipe[RECIPE_MAX]; };

static struct record (*records)[FIGURES];

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

void figures_print(void)
{
	static const char *const names[FIGURES] = {"named rows", "hostile rows"};
	const char *title = "Largest |y - exact| / (u (|gamma| max(1, |xhat|) + |beta|)), and with the last rounding forgiven:\n";

	for (size_t i = 0; records && known_kernel(i); i++)
		for (size_t f = 0; f < FIGURES; f++) {
			const struct record *r = &records[i][f];

			if (!r->used)
				continue;
			printf("%s", title);
			title = "";
			printf("  %-9s %-13s %6.3f  (%6.3f)  %s\n", known_kernel(i)->name, names[f], r->raw, r->rounded,
			       r->recipe);
		}
}

struct ref_value *exact_solution(const struct problem *p)
{
	struct ref_value *exact = malloc(p->rows * p->cols * sizeof *exact);

	if (!exact)
		ck_abort_msg("no memory for %zu x %zu exact values", p->rows, p->cols);
	for (size_t at = 0; at < p->rows * p->cols; at += p->cols)
		ref_layernorm(p->cols, p->x + at, p->gamma, p->beta, p->eps, exact + at);
	return exact;
}

double expect_factor(const struct kernel *k, const struct problem *p, const struct ref_value *exact, struct bar bar,
		     const char *what)
{
	double worst = 0;

	note(k, "%s, eps %g", what, p->eps);
	solve(p);
	for (size_t row = 0; row < p->rows; row++) {
		const float *y = p->y + row * p->cols;
		const struct ref_value *want = exact + row * p->cols;
		struct ref_error error = ref_compare(p->cols, want, y);
		double factor = bar.forgive ? error.rounded : error.raw;

		if (!(factor <= bar.limit))
			ck_abort_msg("%s: factor %g at (%zu, %zu), %.9g, not %.9g: %s, eps %g, %zu columns", k->name, factor, row,
				     error.col, (double)y[error.col], want[error.col].hi, what, p->eps, p->cols);
		if (records && bar.figure < FIGURES)
			keep(&records[k - known_kernel(0)][bar.figure], error, what);
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
