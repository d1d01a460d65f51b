/*
 * pairs.c - numbers from 0 to 99 as images and as names
 */
#include "pairs.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const small[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
	"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {NULL, NULL, "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};

void pairs_init(struct pairs *p, size_t rows)
{
	p->rows = rows;
	p->image = floats(rows * PAIR_PIXELS);
	p->number = calloc(1 + 2 * NAME_STEPS, rows);
	if (!p->number)
		fail("memory", "no room for %zu names", rows);
	p->symbol = p->number + rows;
	p->active = p->symbol + NAME_STEPS * rows;
}

void pairs_free(struct pairs *p)
{
	free(p->image);
	free(p->number);
}

static void spell(unsigned number, char name[32])
{
	if (number < 20)
		snprintf(name, 32, "%s", small[number]);
	else if (number % 10 == 0)
		snprintf(name, 32, "%s", tens[number / 10]);
	else
		snprintf(name, 32, "%s-%s", tens[number / 10], small[number % 10]);
}

void pairs_name(struct pairs *p, size_t r, unsigned number)
{
	char name[32];

	spell(number, name);
	size_t length = strlen(name);
	p->number[r] = (unsigned char)number;
	for (size_t t = 0; t < NAME_STEPS; t++) {
		size_t at = t * p->rows + r;

		p->active[at] = t < length;
		p->symbol[at] = (unsigned char)(t >= length ? 0 : name[t] == '-' ? NAME_SYMBOLS - 1 : name[t] - 'a' + 1);
	}
}

void pairs_choose(struct pairs *p, const struct digits *d, size_t first, size_t count, struct random *random)
{
	for (size_t r = 0; r < p->rows; r++) {
		size_t left = first + random_below(random, count), right = first + random_below(random, count);

		memcpy(p->image + r * PAIR_PIXELS, d->pixels[left], sizeof d->pixels[left]);
		memcpy(p->image + r * PAIR_PIXELS + DIGIT_PIXELS, d->pixels[right], sizeof d->pixels[right]);
		pairs_name(p, r, 10u * d->class[left] + d->class[right]);
	}
}
