/*
 * numbers.c - numbers of up to nine digits as images and as names
 */
#include "numbers.h"
#include "must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128 };
static const char *const small[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
	"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[] = {NULL, NULL, "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};

void numbers_init(struct numbers *n, size_t rows, size_t places)
{
	size_t steps = name_steps(places);

	*n = (struct numbers){rows, places, steps, floats(rows * places * DIGIT_PIXELS), calloc(rows, sizeof *n->number),
			      calloc(steps, rows), calloc(steps, rows)};
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

static char *spell_below_thousand(unsigned number, char *end)
{
	if (number >= 100)
		end += sprintf(end, "%s hundred%s", small[number / 100], number % 100 ? " " : "");
	return number % 100 ? spell_below_hundred(number % 100, end) : end;
}

static size_t spell(unsigned number, char name[NAME_MAX_BYTES])
{
	static const struct { unsigned size; const char *name; } groups[] = {{1000000, " million"}, {1000, " thousand"}, {1, ""}};
	char *end = name;

	if (number == 0)
		return (size_t)sprintf(name, "%s", small[0]);
	for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
		unsigned part = number / groups[g].size % 1000;

		if (part == 0)
			continue;
		if (end > name)
			*end++ = ' ';
		end = spell_below_thousand(part, end);
		end += sprintf(end, "%s", groups[g].name);
	}
	return (size_t)(end - name);
}

size_t name_steps(size_t places)
{
	char name[NAME_MAX_BYTES];
	unsigned sevens = 0;	/* no digit's words are longer */

	while (places-- > 0)
		sevens = 10 * sevens + 7;
	return spell(sevens, name);
}

static unsigned char symbol_of(char c)
{
	return (unsigned char)(c == ' ' ? NAME_SYMBOLS - 1 : c == '-' ? NAME_SYMBOLS - 2 : c - 'a' + 1);
}

static void name_row(struct numbers *n, size_t r)
{
	char name[NAME_MAX_BYTES];
	size_t before = n->steps - spell(n->number[r], name);

	for (size_t t = 0; t < n->steps; t++) {
		n->active[t * n->rows + r] = t >= before;
		n->symbol[t * n->rows + r] = t >= before ? symbol_of(name[t - before]) : 0;
	}
}

void numbers_draw(struct numbers *n, const struct digits *d, size_t first, size_t count, struct random *random)
{
	float *image = n->image;

	for (size_t r = 0; r < n->rows; r++) {
		unsigned number = 0;

		for (size_t place = 0; place < n->places; place++, image += DIGIT_PIXELS) {
			size_t drawn = first + random_below(random, count);

			memcpy(image, d->pixels[drawn], sizeof d->pixels[drawn]);
			number = 10 * number + d->class[drawn];
		}
		n->number[r] = number;
		name_row(n, r);
	}
}
