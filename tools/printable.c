/*
 * printable.c - text that may come from anyone, fit for a terminal
 */
#include "printable.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

void printable_put(const char *text, FILE *stream)
{
	mbstate_t state = {0};

	for (size_t n; *text; text += n) {
		wchar_t wide;
		n = mbrtowc(&wide, text, strlen(text), &state);
		if (n == (size_t)-1 || n == (size_t)-2) {	/* not a character: byte by byte */
			n = 1;
			wide = L'\0';
			state = (mbstate_t){0};
		}
		if (iswprint((wint_t)wide))
			fwrite(text, 1, n, stream);
		else
			fputc('?', stream);
	}
}
