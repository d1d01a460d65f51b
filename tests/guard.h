/*
 * guard.h - buffers with an unreadable page on either side, so that one element too far is a fault
 */
#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>

struct guard { char *map; size_t page, bytes; };	/* bytes: the usable ones between the two guard pages */

struct guard guard_make(size_t floats);
void guard_free(struct guard *g);

/* n floats whose end (or beginning) is at a guard page. */
float *guard_at_end(const struct guard *g, size_t n);
float *guard_at_begin(const struct guard *g);

#endif
