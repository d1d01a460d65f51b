/*
 * text.c - a problem as a file, every number as a hexadecimal float, and read again
 *
 *	adversary QUANTITY ISA
 *	rows R cols C repeat T eps E
 *	PART N			then N numbers, one to a line; or: PART N all NUMBER
 */
#include "problem.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[PARTS] = {"x", "gamma", "beta", "dy", "gate", "wh", "wx", "h_prev", "c_prev", "params", "dh", "dc"};

static bool all_equal(const struct vector *v)
{
	for (size_t i = 1; i < v->n; i++)
		if (v->v[i] != v->v[0])
			return false;
	return true;
}

bool problem_write(const struct problem *p, const char *isa, FILE *file)
{
	fprintf(file, "adversary %s %s\nrows %zu cols %zu repeat %zu eps %a\n", p->q->name, isa, p->rows, p->cols, p->repeat, p->eps);
	for (enum part a = 0; a < PARTS; a++) {
		const struct vector *v = &p->part[a];
		if (v->n == 0)
			continue;
		bool equal = all_equal(v);
		fprintf(file, "%s %zu", names[a], v->n);
		if (equal)
			fprintf(file, " all %a", v->v[0]);
		fprintf(file, "\n");
		for (size_t i = 0; !equal && i < v->n; i++)
			fprintf(file, "%a\n", v->v[i]);
	}
	return !ferror(file);
}

static bool read_part(struct problem *p, FILE *file)
{
	char name[16], word[64];
	size_t n;

	if (fscanf(file, "%15s %zu %63s", name, &n, word) != 3)
		return false;
	for (enum part a = 0; a < PARTS; a++) {
		if (strcmp(name, names[a]) != 0 || n != p->part[a].n)
			continue;
		bool equal = strcmp(word, "all") == 0;
		for (size_t i = 0; i < n; i++) {
			if ((i == 0) == equal && fscanf(file, "%63s", word) != 1)
				return false;
			double v = strtod(word, NULL);
			if (problem_round(p, v) != v)
				return false;
			problem_set(p, a, i, v);
		}
		return true;
	}
	return false;
}

struct problem *problem_read(FILE *file, char isa[16])
{
	char name[32], eps[64];
	size_t rows, cols, repeat;
	const struct quantity *q;

	if (fscanf(file, "adversary %31s %15s rows %zu cols %zu repeat %zu eps %63s", name, isa, &rows, &cols, &repeat, eps) != 6 ||
	    (q = quantity_named(name)) == NULL) {
		fprintf(stderr, "not a file of the hunter, or of an unknown quantity\n");
		return NULL;
	}
	struct problem *p = problem_make(q, rows, cols, repeat);
	bool good = p != NULL;
	if (good)
		p->eps = strtod(eps, NULL);
	for (enum part a = 0; good && a < PARTS; a++)
		if (p->part[a].n > 0)
			good = read_part(p, file);
	if (good)
		return p;
	fprintf(stderr, "the file is damaged\n");
	problem_free(p);
	return NULL;
}
