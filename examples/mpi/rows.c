/*
 * rows.c - how rows are spread over ranks, and the numbers in them
 */
#include "rows.h"

#include <string.h>

size_t blocks_of(const struct matrix *m)
{
	return (m->cols + LN_BLOCK - 1) / LN_BLOCK;
}

size_t element_size(const struct matrix *m)
{
	return m->type == LN_BF16 ? sizeof(uint16_t) : sizeof(float);
}

struct shard shard_of(const struct matrix *m, int rank, int ranks)
{
	size_t blocks = blocks_of(m), r = (size_t)rank, n = (size_t)ranks;
	size_t first = blocks * r / n, end = blocks * (r + 1) / n;
	size_t begin = first * LN_BLOCK, past = end < blocks ? end * LN_BLOCK : m->cols;	/* the last block may be shorter */

	if (first == end)
		return (struct shard){.first = first};
	return (struct shard){.first = first, .blocks = end - first, .begin = begin, .width = past - begin};
}

/* A number for a place, as a hash of it (splitmix64): about normally distributed, being the sum of four uniform ones. */
static double number(uint64_t place)
{
	uint64_t h = (place + 1) * 0x9e3779b97f4a7c15;

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
	h = (h ^ h >> 27) * 0x94d049bb133111eb;
	h ^= h >> 31;
	return ((double)(h & 0xffff) + (double)(h >> 16 & 0xffff) + (double)(h >> 32 & 0xffff) + (double)(h >> 48)) / 0x8000 - 4;
}

static void put(const struct matrix *m, void *tensor, size_t i, double value)
{
	float element = (float)value;
	uint32_t bits;

	if (m->type == LN_F32) {
		((float *)tensor)[i] = element;
		return;
	}
	memcpy(&bits, &element, sizeof bits);
	((uint16_t *)tensor)[i] = (uint16_t)(bits >> 16);
}

/* The rows have different means and deviations, and the first columns another mean than the last. */
void fill(const struct matrix *m, const struct shard *s, void *x)
{
	for (size_t row = 0; row < m->rows; row++)
		for (size_t i = 0; i < s->width; i++) {
			size_t column = s->begin + i;
			double offset = 0.5 * (double)row + (double)column / (double)m->cols;
			put(m, x, row * s->width + i, offset + number(row * m->cols + column) * (1 + 0.1 * (double)row));
		}
}

void fill_parameters(const struct matrix *m, const struct shard *s, void *gamma, void *beta)
{
	for (size_t i = 0; i < s->width; i++) {
		put(m, gamma, i, number(~(uint64_t)(2 * (s->begin + i))));
		put(m, beta, i, number(~(uint64_t)(2 * (s->begin + i) + 1)));
	}
}
