/*
 * rows.h - the rows that the tests normalise: every named kind, parameters, and random hostile rows
 */
#ifndef ROWS_H
#define ROWS_H

#include "rng.h"
#include "types.h"

#include <ln.h>
#include <stdbool.h>
#include <stddef.h>

/* x = offset + scale * N(0,1), then `shape`, where there is one, has its way with the row; then all is made finite in the type. */
struct row_kind {
	const char *name;
	double offset, scale, eps;
	void (*shape)(struct rng *r, size_t cols, struct type_limits limits, double *x);
};

/* The named kinds in order; NULL past the end. */
const struct row_kind *row_kind(size_t index);

void rows_fill(const struct row_kind *kind, uint32_t type, uint64_t seed, size_t rows, size_t cols, void *x);

/* gamma around 1 with a few zeros and negative ones, beta around 0. */
void rows_parameters(uint64_t seed, uint32_t type, size_t cols, void *gamma, void *beta);

/* v rounded into the type, and its largest finite value for what is beyond. */
double rows_finite(uint32_t type, double v);

enum { HOSTILE_COLS_MAX = 5120 };

struct hostile_row {
	size_t cols;
	double eps;
	double x[HOSTILE_COLS_MAX], gamma[HOSTILE_COLS_MAX], beta[HOSTILE_COLS_MAX];	/* all of them values of the type */
	char recipe[400];	/* which row it is, and what was done to x */
};

/* Row `index` of a seed: offsets, scales, steps, outliers, heavy tails, few distinct values, and mixtures of these. */
void rows_hostile(uint32_t type, uint64_t seed, uint64_t index, struct hostile_row *row);

#endif
