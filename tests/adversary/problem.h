/*
 * problem.h - an input of the library: one call's numbers as doubles, and beside them the arrays that the call takes
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "norms.h"

/* What is called and measured. */
enum kind {
	FORWARD,	/* y */
	GATED,		/* y with a gate */
	BACKWARD,	/* dx */
	DGAMMA, DBETA,	/* one row of x, taken `rows` times, with a dy for each row */
	CELL, CELL_BACK	/* a step of one row */
};

struct quantity {
	const char *name;
	enum kind kind;
	uint32_t type;
	uint32_t norm;		/* or the cell */
	bool beta;		/* of a norm whose plain calls have none, as ln_forward() takes one */
};

/* quantity(0), quantity(1), ... to NULL; quantity_named: NULL if there is none. */
const struct quantity *quantity(size_t index);
const struct quantity *quantity_named(const char *name);
bool quantity_is_cell(const struct quantity *q);
double quantity_unit(const struct quantity *q);	/* u */

enum part { X, GAMMA, BETA, DY, GATE, WH, WX, H_PREV, C_PREV, PARAMS, DH, DC, PARTS };

/*
 * n numbers; element i stands `copies` times in the array that the library sees, at i * step + k * stride. frozen: the search leaves it
 * alone.
 */
struct vector {
	size_t n, step, copies, stride;
	bool frozen;
	double *v;
	void *typed;
};

/* cols columns, of which the library sees `repeat` copies side by side: the statistics are those of cols. Cells: cols is hidden. */
struct problem {
	const struct quantity *q;
	size_t rows, cols, repeat;
	double eps;
	bool tied;			/* the search moves elements that are equal together, as a rule */
	struct vector part[PARTS];	/* n is 0 where the quantity has no such part */
};

/* Sums over the cols columns are divided by this; in a bound |xhat| counts for this at least. */
double problem_divisor(const struct problem *p);
double problem_floor(const struct problem *p);

/* x, wh and the like are 0, gammas 1, dy and dh 1. NULL if there is no memory. */
struct problem *problem_make(const struct quantity *q, size_t rows, size_t cols, size_t repeat);
struct problem *problem_copy(const struct problem *p);
void problem_free(struct problem *p);

/* v must be a value of the type. */
void problem_set(struct problem *p, enum part part, size_t i, double v);

/* v as the nearest value of the problem's type. */
double problem_round(const struct problem *p, double v);

/* As text that names every bit; reading returns NULL after a message. ISA is what the problem is solved by, at most 15 characters. */
bool problem_write(const struct problem *p, const char *isa, FILE *file);
struct problem *problem_read(FILE *file, char isa[16]);

#endif
