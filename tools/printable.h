/*
 * printable.h - text that may come from anyone, such as a file's name, fit for a terminal
 */
#ifndef LNORM_PRINTABLE_H
#define LNORM_PRINTABLE_H

#include <stdio.h>

/* printable_put() - write it with '?' for each character that the locale does not print: an escape sequence must not reach a terminal */
void printable_put(const char *text, FILE *stream);

#endif
