/*
 * random.c - splitmix64 (Steele, Lea, Flood 2014)
 */
#include "random.h"

static uint64_t next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

struct random random_begin(uint64_t seed, uint64_t stream)
{
	struct random r = {seed}, s = {stream};

	return (struct random){next(&r) ^ (next(&s) << 1)};
}

float random_uniform(struct random *r)
{
	return (float)(int32_t)(next(r) >> 40) * 0x1p-23f - 1;
}

size_t random_below(struct random *r, size_t n)
{
	return (size_t)((next(r) >> 32) * n >> 32);
}

void random_shuffle(struct random *r, size_t n, size_t *order)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = random_below(r, i), kept = order[j];

		order[j] = order[i - 1];
		order[i - 1] = kept;
	}
}
