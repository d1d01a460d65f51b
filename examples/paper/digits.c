/*
 * digits.c - reads data/digits.txt: a line for each digit, its value, a space, 64 levels of grey as 0 ... 9, a ... g
 */
#include "digits.h"
#include "must.h"
#include "random.h"

#include <stdlib.h>

enum { LINE = 2 + DIGIT_PIXELS + 1, LEVELS = 16 };

static int level(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'g' ? c - 'a' + 10 : -1;
}

static void read_line(const char *line, size_t number, float *pixels, unsigned char *class)
{
	int value = level(line[0]);

	if (value < 0 || value > 9 || line[1] != ' ' || line[LINE - 1] != '\n')
		fail("digits.txt", "line %zu is not a digit", number + 1);
	*class = (unsigned char)value;
	for (size_t i = 0; i < DIGIT_PIXELS; i++) {
		int grey = level(line[2 + i]);

		if (grey < 0)
			fail("digits.txt", "line %zu: '%c' is not a level of grey", number + 1, line[2 + i]);
		pixels[i] = (float)grey / LEVELS;
	}
}

void digits_read(const char *folder, struct digits *d)
{
	static size_t order[DIGITS];
	struct random random = random_begin(1797, 0);
	size_t size;
	char *text = file_text(folder, "digits.txt", &size);

	if (size != (size_t)DIGITS * LINE)
		fail("digits.txt", "%zu bytes; %d are expected", size, DIGITS * LINE);
	for (size_t i = 0; i < DIGITS; i++)
		order[i] = i;
	random_shuffle(&random, DIGITS, order);
	for (size_t i = 0; i < DIGITS; i++)
		read_line(text + order[i] * LINE, order[i], d->pixels[i], &d->class[i]);
	free(text);
}
