/*
 * complain.c - say on stderr what went wrong
 */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "printable.h"
#include "progress.h"

void complain(const char *where, const char *format, ...)
{
	va_list args;
	char *text = NULL;

	progress_end();			/* a bar on the terminal would run into the message */
	fflush(stdout);
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs("lnorm: ", stderr);
	printable_put(where, stderr);
	fputs(": ", stderr);
	printable_put(text ? text : format, stderr);
	fputc('\n', stderr);
	free(text);
}
