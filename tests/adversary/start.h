/*
 * start.h - where a search begins: rows of many kinds, drawn
 */
#ifndef START_H
#define START_H

#include "problem.h"
#include "rng.h"

struct problem *start(const struct quantity *q, struct rng *r);

/* The parts of start(). */
struct problem *start_cell(const struct quantity *q, struct rng *r);
void start_shape(struct rng *r, const struct quantity *q, double *x, size_t n);	/* of a size about 1 */
void start_uphill(struct rng *r, const struct quantity *q, double *x, size_t n);
/* Only x where dy is NULL. */
void start_absorb(struct rng *r, const struct quantity *q, double *x, double *dy, size_t n);
void start_lanes(struct rng *r, double *x, size_t n);
void start_gradient(struct rng *r, const double *x, double *dy, size_t n);

/*
 * How a kernel might go through a row, for those who want to hurt it: element i belongs to lane i mod width; a lane's elements are added
 * in runs of `leaves`, as a chain or in pairs, and the runs as a chain. What is drawn for lanes repeats after `period` of them.
 */
struct layout { size_t width, period, leaves, runs; bool chain; };
struct layout draw_layout(struct rng *r);

static inline bool chance(struct rng *r, unsigned percent) { return rng_below(r, 100) < percent; }
static inline double either_sign(struct rng *r, double v) { return chance(r, 50) ? v : -v; }

#endif
