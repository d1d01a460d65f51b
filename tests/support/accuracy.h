/*
 * accuracy.h - the error factor of a kernel's solution: asserted, and kept for the end of the run
 */
#ifndef ACCURACY_H
#define ACCURACY_H

#include "lntest.h"
#include "ref.h"

enum figure { NAMED_ROWS, HOSTILE_ROWS, FIGURES, NOT_KEPT = FIGURES };

/*
 * What a factor must not pass: PROMISED is bound_of_y() of the norm and the kernel's class. The contract forgives one rounding into the
 * output type; with f32 and f64, where that is part of the arithmetic, most tests here do not.
 */
#define PROMISED 0
struct bar {
	double limit;
	bool forgive;
	enum figure figure;	/* where the worst factor is kept */
};

/* The limit of a bar for this norm and class. */
double limit_of(struct bar bar, uint32_t norm, enum arithmetic arithmetic);

/* Whether a bar forgives the last rounding into this type: always where the arithmetic is wider than the type. */
bool forgives(struct bar bar, uint32_t type);

/* The oracle's solution of every row of p; to be freed. */
struct ref_value *exact_solution(const struct problem *p);

/* Solves p by the kernel in use; a factor past the bar fails the test. Returns the worst. */
double expect_factor(const struct kernel *k, const struct problem *p, const struct ref_value *exact, struct bar bar,
		     const char *what);

/* The same for every kernel. */
void expect_accurate(const struct problem *p, struct bar bar, const char *what);

#endif
