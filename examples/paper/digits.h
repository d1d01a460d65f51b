/*
 * digits.h - 1797 handwritten digits of 8 x 8 pixels: data/README.md
 */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>

enum { DIGITS = 1797, DIGIT_PIXELS = 64, DIGITS_TRAIN = 1437, DIGITS_VALID = DIGITS - DIGITS_TRAIN };

/* In a mixed order that is always the same; the first DIGITS_TRAIN are for training. */
struct digits {
	float pixels[DIGITS][DIGIT_PIXELS];	/* 0 ... 1 */
	unsigned char class[DIGITS];
};

void digits_read(const char *folder, struct digits *d);

#endif
