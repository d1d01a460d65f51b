/*
 * arena.h - the tensors of a call in one stretch of memory, with canaries between them: two calls are compared by comparing all of it
 *
 * Whatever is written that should not be, in an input, between rows, beyond an end, is a difference.
 */
#ifndef ARENA_H
#define ARENA_H

#include "lntest.h"

/* Where a tensor lies; absent if it has no bytes. */
struct part { size_t at, bytes; uint32_t type; };

struct arena { const unsigned char *memory; size_t bytes; const struct part *parts; size_t count; const char *const *names; };

/* Fails the test where two arenas of the same layout differ, naming kernel, tensor, element, bits, call and what was done. */
void expect_same_arena(const struct kernel *k, const struct arena *got, const struct arena *want, const char *call, const char *what);

#endif
