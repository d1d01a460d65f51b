/*
 * pairs.h - elements in memory and the floats that they are loaded as, or are stored from
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pairs {
	size_t count;
	uint32_t *element;	/* its bits */
	float *f;
};

/* All elements of 16 bits, or many of 32, and what is loaded of them. */
struct pairs pairs_loaded(uint32_t type);

/* Floats near every element and near half-way to the next, and others, and what is stored of them. */
struct pairs pairs_stored(uint32_t type);

void pairs_free(struct pairs *p);

#endif
