/*
 * numbers.c - numbers from 0 to 9999 as images and as names
 */
#include "numbers.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64 };
static const char *const small[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
	"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {NULL, NULL, "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};

void numbers_init(struct numbers *n, size_t rows)
{
	*n = (struct numbers){rows, floats(rows * NUMBER_PIXELS), calloc(rows, sizeof *n->number), calloc(NAME_STEPS, rows),
			      calloc(NAME_STEPS, rows)};
	if (!n->number || !n->symbol || !n->active)
		fail("memory", "no room for %zu names", rows);
}

void numbers_free(struct numbers *n)
{
	free(n->image);
	free(n->number);
	free(n->symbol);
	free(n->active);
}

/* Adds the name of a number below 100 to one that ends at `end`; returns the new end. */
static char *spell_below_hundred(unsigned number, char *end)
{
	if (number < 20)
		return end + sprintf(end, "%s", small[number]);
	end += sprintf(end, "%s", tens[number / 10]);
	return number % 10 ? end + sprintf(end, "-%s", small[number % 10]) : end;
}

static size_t spell(unsigned number, char name[NAME_MAX_BYTES])
{
	char *end = name;

	if (number >= 1000)
		end += sprintf(end, "%s thousand", small[number / 1000]);
	if (number % 1000 >= 100)
		end += sprintf(end, "%s%s hundred", end > name ? " " : "", small[number % 1000 / 100]);
	if (number % 100 || number == 0) {
		if (end > name)
			*end++ = ' ';
		end = spell_below_hundred(number % 100, end);
	}
	return (size_t)(end - name);
}

static unsigned char symbol_of(char c)
{
	return (unsigned char)(c == ' ' ? NAME_SYMBOLS - 1 : c == '-' ? NAME_SYMBOLS - 2 : c - 'a' + 1);
}

static void name_row(struct numbers *n, size_t r)
{
	char name[NAME_MAX_BYTES];
	size_t length = spell(n->number[r], name);

	for (size_t t = 0; t < NAME_STEPS; t++) {
		n->active[t * n->rows + r] = t < length;
		n->symbol[t * n->rows + r] = t < length ? symbol_of(name[t]) : 0;
	}
}

void numbers_draw(struct numbers *n, const struct digits *d, size_t first, size_t count, struct random *random)
{
	float *image = n->image;

	for (size_t r = 0; r < n->rows; r++) {
		unsigned number = 0;

		for (size_t place = 0; place < PLACES; place++, image += DIGIT_PIXELS) {
			size_t drawn = first + random_below(random, count);

			memcpy(image, d->pixels[drawn], sizeof d->pixels[drawn]);
			number = 10 * number + d->class[drawn];
		}
		n->number[r] = (uint16_t)number;
		name_row(n, r);
	}
}
