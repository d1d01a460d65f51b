/*
 * start.h - where a search begins: rows of many kinds, drawn
 */
#ifndef START_H
#define START_H

#include "problem.h"
#include "../rng.h"

struct problem *start(const struct quantity *q, struct rng *r);

/* The parts of start(). */
struct problem *start_cell(const struct quantity *q, struct rng *r);
void start_shape(struct rng *r, const struct quantity *q, double *x, size_t n);	/* of a size about 1 */
void start_uphill(struct rng *r, const struct quantity *q, double *x, size_t n);
void start_gradient(struct rng *r, const double *x, double *dy, size_t n);

static inline bool chance(struct rng *r, unsigned percent) { return rng_below(r, 100) < percent; }
static inline double either_sign(struct rng *r, double v) { return chance(r, 50) ? v : -v; }

#endif
