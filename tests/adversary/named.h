/*
 * named.h - rows that are known: those that broke a bound once, and ordinary long ones; each printed with its factor for each class
 */
#ifndef NAMED_H
#define NAMED_H

#include "problem.h"

/* Each: a table on standard output; how many factors are above their promise. */
int named_rows(void);
int long_rows(int log2_cols);
int replay(const char *path);

/* The factors of p for each class, as the end of a line; how many are above the promise. p is freed. */
int print_factors(struct problem *p, const char *what);

/* The rows that are made, not read. */
enum recipe { MADE_LONG_Y, MADE_LONG_DX, MADE_SUMS_BETA, MADE_SUMS_GAMMA, MADE_SUMS_ROW, MADE_CELL, MADE_GATE };
struct problem *make_row(enum recipe recipe);
struct problem *make_long(const struct quantity *q, int log2_cols, int normal);
struct problem *read_row(const char *path);

#endif
