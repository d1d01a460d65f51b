/*
 * must.c - what ends the program when it fails
 */
#include "must.h"

#include <errno.h>
#include <ln.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *where, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", where);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

float *floats(size_t n)
{
	float *p = calloc(n ? n : 1, sizeof *p);

	if (!p)
		fail("memory", "no room for %zu floats", n);
	return p;
}

void must(int status, const char *what)
{
	if (status != LN_OK)
		fail(what, "%s", ln_strerror(status));
}

char *file_text(const char *folder, const char *name, size_t *size)
{
	char path[4096];
	long end = -1;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0)
		fail(path, "%s", strerror(errno));
	rewind(file);
	char *text = calloc((size_t)end + 1, 1);
	if (!text)
		fail(path, "no room for %ld bytes", end);
	if (fread(text, 1, (size_t)end, file) != (size_t)end)
		fail(path, "cannot be read whole");
	fclose(file);
	*size = (size_t)end;
	return text;
}
