/*
 * must.h - memory, statuses and files that are there, or the program ends and says why
 */
#ifndef MUST_H
#define MUST_H

#include <stddef.h>

_Noreturn void fail(const char *where, const char *format, ...) __attribute__((format(printf, 2, 3)));

float *floats(size_t n);		/* n zeros */
void must(int status, const char *what);	/* a status of libln */
char *file_text(const char *folder, const char *name, size_t *size);	/* the whole file, with a 0 at its end */

#endif
