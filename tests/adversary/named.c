/*
 * named.c - rows that broke a bound once, and ordinary long rows: the factor of each for each class
 */
#include "classes.h"
#include "judge.h"
#include "named.h"
#include "promise.h"

#include <ln.h>
#include <stdlib.h>
#include <string.h>

int print_factors(struct problem *p, const char *what)
{
	struct judge j = judge_make(p);
	struct stats stats = judge_stats(&j);
	int above = 0;

	for (int i = 0; i < CLASSES; i++) {
		if (!class_use(class_at(i))) {
			printf("         -          ");
			continue;
		}
		struct worst worst = judge_by(&j, &stats);
		double promise = promise_of(p->q, class_at(i));
		bool broken = !(worst.factor <= promise);
		printf(" %9.3f%s of %-5g", worst.factor, broken ? "!" : " ", promise);
		above += broken;
	}
	printf(" %s\n", what);
	fflush(stdout);
	judge_free(&j);
	return above;
}

static void print_title(void)
{
	printf("%-26s %-19s %9s  %-8s %9s  %-8s", "row", "quantity", "fused", "promise", "unfused", "promise");
	printf("  (! is above the promise; inf: ln.h promises nothing, only measured)\n");
}

static int print_row(const char *name, struct problem *p, const char *what)
{
	if (!p) {
		printf("%-26s cannot be made or read\n", name);
		return 1;
	}
	printf("%-26s %-19s", name, p->q->name);
	return print_factors(p, what);
}

struct problem *read_row(const char *path)
{
	FILE *file = fopen(path, "r");
	char isa[16];

	if (!file) {
		perror(path);
		return NULL;
	}
	struct problem *p = problem_read(file, isa);
	fclose(file);
	return p;
}

int replay(const char *path)
{
	print_title();
	return print_row(path, read_row(path), "");
}

static const struct { const char *name; const char *file; enum recipe recipe; const char *what; } rows[] = {
	{"N1", "N1.txt", 0, "1023 columns, eps 0, found by annealing"},
	{"N1, eps 1e-5", "N1_eps.txt", 0, "the same"},
	{"N2", "N2.txt", 0, "one block, found by annealing"},
	{"N3, 2^22 columns", NULL, MADE_LONG_Y, "uniform [0, 1), eps 1e-5"},
	{"N4", "N4.txt", 0, "found by annealing"},
	{"N5", "N5.txt", 0, "dy is 1 at an outlier, read where xhat is near 0"},
	{"N6", "N6.txt", 0, "14 equal large elements of dy"},
	{"N7, 2^22 columns", NULL, MADE_LONG_DX, "uniform [0, 1), dy normal, eps 1e-5"},
	{"N8", NULL, MADE_SUMS_BETA, "32 rows of +-1, dy just below halves of an ulp"},
	{"N8", NULL, MADE_SUMS_GAMMA, "the same"},
	{"N9", NULL, MADE_SUMS_ROW, "N1 32 times with such a dy"},
	{"N10", NULL, MADE_CELL, "400 ordinary columns, beta = -gamma xhat"},
	{"N11", NULL, MADE_GATE, "gate 2^-149, gamma 1000, norm 1"},
};

int named_rows(void)
{
	int above = 0;

	print_title();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[1024];
		snprintf(path, sizeof path, "%s/%s", ADVERSARY_ROWS, rows[i].file ? rows[i].file : "");
		struct problem *p = rows[i].file ? read_row(path) : make_row(rows[i].recipe);
		above += print_row(rows[i].name, p, rows[i].what);
	}
	return above;
}

/* Lengths from 2^10 on by quarters, for time: the last is the one that was asked for. */
int long_rows(int log2_cols)
{
	static const char *const quantities[] = {"y_layernorm_f64", "dx_layernorm_f64", "y_layernorm_f32", "dx_layernorm_f32"};
	int above = 0;

	print_title();
	for (int log2 = 10; log2 <= log2_cols; log2 += 2)
		for (size_t k = 0; k < sizeof quantities / sizeof quantities[0]; k++)
			for (int normal = 0; normal < 2; normal++) {
				char name[32];
				snprintf(name, sizeof name, "%s, 2^%d columns", normal ? "normal" : "uniform", log2);
				above += print_row(name, make_long(quantity_named(quantities[k]), log2, normal), "eps 1e-5");
			}
	return above;
}
