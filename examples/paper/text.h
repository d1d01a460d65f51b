/*
 * text.h - a text as numbers: which characters occur in it, and each character's place among them
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

enum { SYMBOLS_MAX = 128 };

struct text {
	size_t length, symbols;
	unsigned char *at;		/* length numbers below symbols */
};

void text_read(const char *folder, const char *name, struct text *t);
void text_free(struct text *t);

#endif
