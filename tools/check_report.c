/*
 * check_report.c - what lnorm check found, and how it is printed
 */
#include "check_report.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"

enum statistic { MEAN, DEVIATION, SMALLEST, LARGEST, STATISTICS };

/* The range of a statistic over all rows. */
struct range {
	double from, to;
};

static void row_statistics(size_t cols, const float *x, double out[STATISTICS])
{
	double sum = 0, squares = 0, from = x[0], to = x[0];

	for (size_t i = 0; i < cols; i++) {
		sum += x[i];
		from = x[i] < from ? x[i] : from;
		to = x[i] > to ? x[i] : to;
	}
	for (size_t i = 0; i < cols; i++)
		squares += (x[i] - sum / (double)cols) * (x[i] - sum / (double)cols);
	out[MEAN] = sum / (double)cols;
	out[DEVIATION] = sqrt(squares / (double)cols);
	out[SMALLEST] = from;
	out[LARGEST] = to;
}

static void ranges(const struct layer *l, const float *x, struct range out[STATISTICS])
{
	for (size_t row = 0; row < l->rows; row++) {
		double now[STATISTICS];
		row_statistics(l->cols, x + row * l->cols, now);
		for (int s = 0; s < STATISTICS; s++) {
			out[s].from = row == 0 || now[s] < out[s].from ? now[s] : out[s].from;
			out[s].to = row == 0 || now[s] > out[s].to ? now[s] : out[s].to;
		}
	}
}

static void print_statistics(const struct check *c)
{
	static const char *const names[STATISTICS] = {"mean", "standard deviation", "smallest element", "largest element"};
	struct range before[STATISTICS], after[STATISTICS];

	ranges(&c->layer, c->layer.x.data, before);
	ranges(&c->layer, c->y[c->count - 1], after);
	printf("%-20s %31s  %31s\n", "row statistics", "before, smallest .. largest", "after, smallest .. largest");
	for (int s = 0; s < STATISTICS; s++)
		printf("%-20s %13.6g .. %13.6g   %13.6g .. %13.6g\n", names[s], before[s].from, before[s].to, after[s].from,
		       after[s].to);
}

/* FNV-1a, 64 bits: enough to see by eye on two machines whether the bits are the same. */
static uint64_t hash(const float *y, size_t count)
{
	const unsigned char *bytes = (const unsigned char *)y;
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < count * sizeof *y; i++)
		h = (h ^ bytes[i]) * 0x100000001b3;
	return h;
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
	size_t count = c->layer.x.array.count;

	printf("\n%-10s %-8s %12s %12s %8s  %-16s\n", "", "", expected, "max |y -", "", "hash of");
	printf("%-10s %-8s %12s %12s %8s  %-16s %12s %9s\n", "kernel", "class", below, "exact|", "in units", "the bits of y",
	       "ns per call", "x memcpy");
	for (size_t k = 0; k < c->count; k++) {
		print_line(c->kernels[k].name, arithmetic_name(c->kernels[k].arithmetic),
			   c->expected.data ? &c->from_expected[k] : NULL, &c->from_exact[k]);
		printf("  %016jx %12.1f %9.2f\n", (uintmax_t)hash(c->y[k], count), c->ns[k], c->ns[k] / c->memcpy_ns);
	}
	if (c->expected.data) {
		print_line("expected", "", NULL, &c->expected_from_exact);
		printf("  %016jx\n", (uintmax_t)hash(c->expected.data, count));
	}
	printf("%-10s %-8s %12s %12s %8s  %-16s %12.1f %9.2f\n", "memcpy", "", "", "", "", "", c->memcpy_ns, 1.0);
	printf("\nA unit is 2^-24 (|gamma| max(1, |xhat|) + |beta|); libln promises at most %d and one rounding.\n"
	       "Times are medians of several rounds.\n", EXACT_BOUND);
}

/* One sentence on the kernels of a class; returns 0, or -1 if they differ. */
static int print_agreement(const struct check *c, enum arithmetic class)
{
	size_t bytes = c->layer.x.array.count * sizeof(float), members = 0, differ = 0, first = 0;

	for (size_t k = 0; k < c->count; k++) {
		if (c->kernels[k].arithmetic != class)
			continue;
		if (members++ == 0) {
			first = k;
			printf("%s:", arithmetic_name(class));
		}
		differ += memcmp(c->y[k], c->y[first], bytes) != 0;
		printf(" %s", c->kernels[k].name);
	}
	if (members > 0)
		printf(": %s\n", differ ? "DIFFERENT bits" : members > 1 ? "the same bits" : "alone in its class on this CPU");
	return differ ? -1 : 0;
}

int check_report(const struct check *c)
{
	int failed = 0;

	printf("%s: %s, %zu rows of %zu columns, eps %g\n\n", c->layer.x.path, norm_name(c->layer.norm), c->layer.rows, c->layer.cols,
	       c->layer.eps);
	print_statistics(c);
	print_kernels(c);
	for (enum arithmetic class = 0; class < CLASSES; class++)
		failed |= print_agreement(c, class);
	for (size_t k = 0; k < c->count; k++) {
		if (!c->from_exact[k].outside)
			continue;
		complain(c->kernels[k].name, "further from the exact value than the bound");
		failed = -1;
	}
	return failed;
}
