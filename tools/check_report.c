/*
 * check_report.c - what lnorm check found, and how it is printed
 */
#include "check.h"

#include <stdint.h>
#include <stdio.h>

#include "complain.h"
#include "printable.h"
#include "norms.h"

static void print_statistics(const struct check *c)
{
	static const char *const names[STATISTICS] = {"mean", "standard deviation", "smallest element", "largest element"};
	printf("%-20s %31s  %31s\n", "row statistics", "before, smallest .. largest", "after, smallest .. largest");
	for (int s = 0; s < STATISTICS; s++)
		printf("%-20s %13.6g .. %13.6g   %13.6g .. %13.6g\n", names[s], c->before[s].from, c->before[s].to,
		       c->after[s].from, c->after[s].to);
}

/* How far y is from the expected output, if there is one, and from the exact value. */
static void print_line(const char *name, const char *class, const struct difference *expected, const struct difference *exact)
{
	printf("%-10s %-8s", name, class);
	if (expected)
		printf(" %12.2e", expected->absolute);
	else
		printf(" %12s", "-");
	printf(" %12.2e %8.2f", exact->absolute, exact->units);
}

static void print_kernels(const struct check *c)
{
	const char *expected = c->expected.data ? "max |y -" : "", *below = c->expected.data ? "expected|" : "";

	printf("\n%-10s %-8s %12s %12s %8s  %-16s\n", "", "", expected, "max |y -", "", "hash of");
	printf("%-10s %-8s %12s %12s %8s  %-16s %12s %9s\n", "kernel", "class", below, "exact|", "in units", "the bits of y",
	       "ns per call", "x memcpy");
	for (size_t k = 0; k < c->count; k++) {
		print_line(c->kernels[k].name, arithmetic_name(c->kernels[k].arithmetic),
			   c->expected.data ? &c->from_expected[k] : NULL, &c->from_exact[k]);
		printf("  %016jx %12.1f %9.2f\n", (uintmax_t)c->hash[k], c->ns[k], c->ns[k] / c->memcpy_ns);
	}
	if (c->expected.data) {
		print_line("expected", "", NULL, &c->expected_from_exact);
		printf("  %016jx\n", (uintmax_t)c->expected_hash);
	}
	printf("%-10s %-8s %12s %12s %8s  %-16s %12.1f %9.2f\n", "memcpy", "", "", "", "", "", c->memcpy_ns, 1.0);
	printf("\nA unit is 2^-24 (|gamma| max(%s, |xhat|) + |beta|); libln promises at most %d and one rounding.\n"
	       "Times are medians of several rounds of calls on %zu rows.\n", norm_of(c->layer.norm)->averages ? "1" : "1 / sqrt(columns)", EXACT_BOUND, c->timed_rows);
}

/* One sentence on the kernels of a class; returns 0, or -1 if they differ. */
static int print_agreement(const struct check *c, enum arithmetic class)
{
	size_t members = 0, differ = 0;

	for (size_t k = 0; k < c->count; k++) {
		if (c->kernels[k].arithmetic != class)
			continue;
		if (members++ == 0)
			printf("%s:", arithmetic_name(class));
		differ += c->differs[k];
		printf(" %s", c->kernels[k].name);
	}
	if (members > 0)
		printf(": %s\n", differ ? "DIFFERENT bits" : members > 1 ? "the same bits" : "alone in its class on this CPU");
	return differ ? -1 : 0;
}

/* One sentence on what another runtime computed; returns 0, or -1 if it is something else. */
static int print_expected(const struct check *c)
{
	size_t count = c->layer.x.array.count;

	if (!c->expected.data)
		return 0;
	if (c->unlike == 0)
		printf("expected: all %zu elements are within %g + %g |y|\n", count, c->atol, c->rtol);
	else
		complain(c->expected.path, "%zu of %zu elements are not within %g + %g |y| of y", c->unlike, count, c->atol, c->rtol);
	return c->unlike ? -1 : 0;
}

int check_report(const struct check *c)
{
	int failed = 0;

	printable_put(c->layer.x.path, stdout);
	printf(": %s, %zu rows of %zu columns, eps %g\n\n", norm_of(c->layer.norm)->name, c->layer.rows, c->layer.cols, c->layer.eps);
	print_statistics(c);
	print_kernels(c);
	for (enum arithmetic class = 0; class < CLASSES; class++)
		failed |= print_agreement(c, class);
	failed |= print_expected(c);
	for (size_t k = 0; k < c->count; k++) {
		if (!c->from_exact[k].outside)
			continue;
		complain(c->kernels[k].name, "further from the exact value than the bound");
		failed = -1;
	}
	return failed;
}
