/*
 * climb.h - the search: changes of an input, and annealing towards larger factors
 */
#ifndef CLIMB_H
#define CLIMB_H

#include "judge.h"
#include "rng.h"

/* One to three changes of the judge's problem, noted in its log. */
void mutate(struct judge *j, struct rng *r);

/* The worst that was found; the problem is the caller's to free, NULL if nothing was found. */
struct find {
	double factor;
	struct problem *p;
	uint64_t round, evaluations;	/* when, and of how many */
};

/* For this many seconds, with the kernels in use. The same seed finds the same until the time is up. */
struct find climb(const struct quantity *q, uint64_t seed, double seconds);

double now(void);

#endif
