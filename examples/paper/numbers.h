/*
 * numbers.h - handwritten digits side by side, and the names of the numbers they show: "four thousand forty-two"
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "digits.h"
#include "random.h"

#include <stdint.h>

enum { PLACES_MAX = 9, NAME_SYMBOLS = 29 };	/* symbols: 0 outside the name; letters; hyphen; space */

/* Images, and their names letter by letter, all ending at the last step: steps x rows, the longest name first */
struct numbers {
	size_t rows, places, steps;
	float *image;			/* rows x places x DIGIT_PIXELS */
	uint32_t *number;
	unsigned char *symbol;
	size_t *drawn;			/* rows x places: digits, in no order of names */
	size_t *taking;			/* at each step: the rows whose name has begun, the first ones */
};

/* How many letters the longest name of a number of so many digits has: 100 of nine. */
size_t name_steps(size_t places);

void numbers_init(struct numbers *n, size_t rows, size_t places);
void numbers_free(struct numbers *n);

/* All rows: digits drawn from the `count` that begin at `first`, and the names of the numbers that they make. */
void numbers_draw(struct numbers *n, const struct digits *d, size_t first, size_t count, struct random *random);

#endif
