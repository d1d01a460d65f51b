/*
 * text.c - numbers the characters of a text in the order of their codes
 */
#include "text.h"
#include "must.h"

#include <stdbool.h>
#include <stdlib.h>

void text_read(const char *folder, const char *name, struct text *t)
{
	bool occurs[256] = {false};
	unsigned char number[256] = {0};

	t->at = (unsigned char *)file_text(folder, name, &t->length);
	for (size_t i = 0; i < t->length; i++)
		occurs[t->at[i]] = true;
	t->symbols = 0;
	for (size_t c = 0; c < 256; c++)
		if (occurs[c])
			number[c] = (unsigned char)t->symbols++;
	if (t->symbols > SYMBOLS_MAX)
		fail(name, "%zu different characters; at most %d", t->symbols, SYMBOLS_MAX);
	for (size_t i = 0; i < t->length; i++)
		t->at[i] = number[t->at[i]];
}

void text_free(struct text *t)
{
	free(t->at);
}
