/*
 * rng.h - random numbers that are the same on every machine: integer arithmetic and exact scaling only, no libm
 */
#ifndef RNG_H
#define RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng { uint64_t state; };

/* SplitMix64 (Steele, Lea, Flood 2014): every state is a good one, so any number can be a seed. */
static inline uint64_t rng_bits(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* The generator of one row: row `index` of a seed can be made without making the rows before it. */
static inline struct rng rng_make(uint64_t seed, uint64_t index)
{
	struct rng outer = {seed}, inner = {rng_bits(&outer) + index};

	return (struct rng){rng_bits(&inner)};
}

/* 0 ... n-1 */
static inline size_t rng_below(struct rng *r, size_t n)
{
	return (size_t)(rng_bits(r) % n);
}

/* A number in [0, 1). */
static inline double rng_uniform(struct rng *r)
{
	return (double)(rng_bits(r) >> 11) * 0x1p-53;
}

/* N(0, 1) as twelve uniform numbers less 6 (variance 12 * 1/12), each of 32 bits and added as integers. */
static inline double rng_normal(struct rng *r)
{
	int64_t sum = -6 * (INT64_C(1) << 32);

	for (int i = 0; i < 6; i++) {
		uint64_t two = rng_bits(r);
		sum += (int64_t)(two >> 32) + (int64_t)(two & 0xffffffff);
	}
	return (double)sum * 0x1p-32;
}

#endif
