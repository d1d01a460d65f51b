/*
 * cell_oracle.h - a cell's norms and exact values, as cell.c makes them and cell_backward.c goes on from them
 */
#ifndef CELL_ORACLE_H
#define CELL_ORACLE_H

#include "cell.h"

enum { NORMS = 4, NO_BETA = -1 };

/* Columns first ... first + n of a part (of c where it is PARTS), with parameters from these elements of params on. */
struct norm {
	enum part of;
	size_t first, n, gamma;
	ptrdiff_t beta;
	long double rstd, size;		/* size: its part of section 14's M */
	long double *xhat, *dy, *dx;
};

struct cell_judge {
	size_t H;
	struct norm norm[NORMS];
	size_t norms;
	long double *gate, *candidate, *u, *h, *c, *dc;	/* gate: all gates, activated; u, candidate: of a GRU; dc: all that arrives at c */
	long double *memory;
	float *got_h, *got_c, *dwh, *dwx, *dh_prev, *dc_prev, *dparams;
	float *floats;
	void *workspace;
	size_t workspace_size;
};

static inline long double larger(long double a, long double b) { return a > b ? a : b; }
static inline long double size_of(long double v) { return v < 0 ? -v : v; }

/* Of a part that is not there, 0. */
double part_largest(const struct problem *p, enum part part);

/* The sum of the sizes of the first n norms. */
long double cell_size(const struct cell_judge *j, size_t n);

/* n results from `at` on against exact values that are allowed to be off by `bound`; worst.factor is the part of it. */
void cell_compare(struct worst *worst, const float *got, const long double *exact, size_t n, long double bound);

/* From gates, states and xhat, which are there: the gradients, and the largest part of what section 14 of docs/numerics.md measures. */
struct worst cell_backward_worst(struct cell_judge *j, const struct problem *p);

#endif
