/*
 * numbers.h - handwritten digits side by side, and the names of the numbers they show: "four thousand forty-two"
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "digits.h"
#include "random.h"

#include <stdint.h>

enum { PLACES = 4, NUMBER_PIXELS = PLACES * DIGIT_PIXELS };
enum { NAME_STEPS = 42, NAME_SYMBOLS = 29 };	/* symbols: 0 past the end; letters; hyphen; space */

/* Images, and their names letter by letter: NAME_STEPS x rows */
struct numbers {
	size_t rows;
	float *image;			/* rows x NUMBER_PIXELS, one digit after the other */
	uint16_t *number;
	unsigned char *symbol;
	uint8_t *active;		/* 0 past the end of a name */
};

void numbers_init(struct numbers *n, size_t rows);
void numbers_free(struct numbers *n);

/* All rows: digits drawn from the `count` that begin at `first`, and the names of the numbers that they make. */
void numbers_draw(struct numbers *n, const struct digits *d, size_t first, size_t count, struct random *random);

#endif
