/*
 * random.h - numbers from a seed, the same on every machine
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random { uint64_t state; };

/* Different streams of one seed have nothing in common: weights do not depend on how many numbers the batches took. */
struct random random_begin(uint64_t seed, uint64_t stream);

float random_uniform(struct random *r);				/* in [-1, 1) */
size_t random_below(struct random *r, size_t n);		/* 0 ... n-1 */
void random_shuffle(struct random *r, size_t n, size_t *order);

#endif
