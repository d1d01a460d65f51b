/*
 * complain.c - say on stderr what went wrong
 */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>

#include "progress.h"

void complain(const char *where, const char *format, ...)
{
	va_list args;

	progress_end();			/* a bar on the terminal would run into the message */
	fflush(stdout);
	fprintf(stderr, "lnorm: %s: ", where);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
