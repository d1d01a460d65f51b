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

	*n = (struct numbers){.rows = rows, .places = places, .steps = steps, .image = floats(rows * places * DIGIT_PIXELS)};
	n->number = calloc(rows, sizeof *n->number);
	n->symbol = calloc(steps, rows);
	n->taking = calloc(steps, sizeof *n->taking);
	n->drawn = calloc(rows * places, sizeof *n->drawn);
	if (!n->number || !n->symbol || !n->taking || !n->drawn)
		fail("memory", "no room for %zu names", rows);
}

void numbers_free(struct numbers *n)
{
	free(n->image);
	free(n->number);
	free(n->symbol);
	free(n->taking);
	free(n->drawn);
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

static unsigned number_of(const struct digits *d, size_t places, const size_t *digit)
{
	unsigned number = 0;

	while (places-- > 0)
		number = 10 * number + d->class[*digit++];
	return number;
}

static unsigned char symbol_of(char c)
{
	return (unsigned char)(c == ' ' ? NAME_SYMBOLS - 1 : c == '-' ? NAME_SYMBOLS - 2 : c - 'a' + 1);
}

/* The step at which the name of the number at `drawn` begins; writes the name. */
static size_t begin_of(const struct numbers *n, const struct digits *d, const size_t *drawn, char name[NAME_MAX_BYTES])
{
	return n->steps - spell(number_of(d, n->places, drawn), name);
}

/* Row r: the digits at `drawn`, their number and its name. */
static void fill_row(struct numbers *n, size_t r, const struct digits *d, const size_t *drawn)
{
	char name[NAME_MAX_BYTES];
	size_t begin = begin_of(n, d, drawn, name);

	n->number[r] = number_of(d, n->places, drawn);
	for (size_t place = 0; place < n->places; place++)
		memcpy(n->image + (r * n->places + place) * DIGIT_PIXELS, d->pixels[drawn[place]], sizeof d->pixels[0]);
	for (size_t t = 0; t < n->steps; t++)
		n->symbol[t * n->rows + r] = t < begin ? 0 : symbol_of(name[t - begin]);
}

/* Rows in the order of the steps at which their names begin, by counting. */
void numbers_draw(struct numbers *n, const struct digits *d, size_t first, size_t count, struct random *random)
{
	char name[NAME_MAX_BYTES];
	size_t before = 0;

	for (size_t i = 0; i < n->rows * n->places; i++)
		n->drawn[i] = first + random_below(random, count);
	memset(n->taking, 0, n->steps * sizeof *n->taking);
	for (size_t r = 0; r < n->rows; r++)
		n->taking[begin_of(n, d, n->drawn + r * n->places, name)]++;
	for (size_t t = 0; t < n->steps; t++) {
		size_t beginning = n->taking[t];

		n->taking[t] = before;
		before += beginning;
	}
	for (size_t r = 0; r < n->rows; r++) {
		const size_t *drawn = n->drawn + r * n->places;

		fill_row(n, n->taking[begin_of(n, d, drawn, name)]++, d, drawn);
	}
}
