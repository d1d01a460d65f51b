/*
 * guard.h - buffers with an unreadable page on either side, so that one element too far is a fault
 */
#ifndef GUARD_H
#define GUARD_H

#include "lntest.h"

#include <stddef.h>

struct guard { char *map; size_t page, bytes; };	/* bytes: the usable ones between the two guard pages */

struct guard guard_make(size_t bytes);
void guard_free(struct guard *g);

/* This many bytes whose end (or beginning) is at a guard page. */
void *guard_at_end(const struct guard *g, size_t bytes);
void *guard_at_begin(const struct guard *g);

/* qemu up to 7.2 reads the whole vector for an AVX masked load, as no CPU does: there, guard pages say nothing of the kernel. */
bool faults_by_emulation(const struct kernel *k);

#endif
