/* norms.h - what the tests know of each norm: a new one is a line in norms.c, and the suites find it */
#ifndef NORMS_H
#define NORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct norm_facts {
	const char *name;	/* as in the names of its plain calls */
	const char *word;	/* as in the golden files */
	bool has_mean;		/* it subtracts the mean */
	bool has_beta;		/* its plain calls take one */
	bool averages;		/* the squares are divided by the number of columns */
};

/* NULL past the last: a loop up to there is one over every norm. */
const struct norm_facts *norm_facts(uint32_t norm);

/* How many there are; and more than there will be, for arrays. */
uint32_t norm_count(void);
enum { NORMS_MOST = 8 };

/* The norm of call i of a suite: whatever else i chooses, by any remainder of it, meets every norm, and few calls in a row meet all. */
uint32_t norm_at(size_t i);

/* What the sums over a row of so many columns are divided by. */
double norm_divisor(uint32_t norm, size_t cols);

/* In an error bound |xhat| counts for so much at least: what it is where all elements of a row are equal in size. */
double norm_floor(uint32_t norm, size_t cols);

/* The plain call of a norm and type: ln_layernorm_f32() and its like; beta is not looked at where there is none. */
int norm_call(uint32_t norm, uint32_t type, size_t rows, size_t cols, const void *x, const void *gamma, const void *beta, double eps, void *y);

#endif
