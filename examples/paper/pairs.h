/*
 * pairs.h - images of two handwritten digits side by side, and the names of the numbers they show: "forty-two"
 */
#ifndef PAIRS_H
#define PAIRS_H

#include "digits.h"
#include "random.h"

#include <stdint.h>

enum { NUMBERS = 100, NAME_STEPS = 13, NAME_SYMBOLS = 28, PAIR_PIXELS = 2 * DIGIT_PIXELS };	/* 0: past the end; letters; hyphen */

/* rows images, and their names letter by letter: NAME_STEPS x rows */
struct pairs {
	size_t rows;
	float *image;			/* rows x PAIR_PIXELS */
	unsigned char *number, *symbol;
	uint8_t *active;		/* 0 past the end of a name */
};

void pairs_init(struct pairs *p, size_t rows);
void pairs_free(struct pairs *p);

/* Row r: the name of a number. */
void pairs_name(struct pairs *p, size_t r, unsigned number);

/* All rows: two digits from the `count` that begin at `first`, and their name. */
void pairs_choose(struct pairs *p, const struct digits *d, size_t first, size_t count, struct random *random);

#endif
