/* byte_windows.h - where a tensor lies in memory, and whether two of them have a byte in common */
#ifndef LN_BYTE_WINDOWS_H
#define LN_BYTE_WINDOWS_H

#include "build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many things, a stride apart. */
struct level {
	size_t stride, count;
};

/*
 * A tensor is seen as windows, pieces of so many bytes, at two levels of strides: the heads of a packed row, say, and such rows. The stride of
 * the inner level is the smaller one, and larger than a window; a level of one thing has the largest stride there is.
 */
struct windows {
	uintptr_t at;	/* 0 where absent */
	size_t span;	/* from the first byte of the first window to the last of the last */
	size_t bytes;
	struct level inner, outer;
};

/* Pieces of `bytes` at two levels, in either order. Those that touch or overlap become one. */
struct windows ln_windows(const void *p, size_t bytes, struct level a, struct level b);

/* One piece. */
static inline struct windows ln_window(const void *p, size_t bytes)
{
	return (struct windows){ (uintptr_t)p, bytes, bytes, { SIZE_MAX, 1 }, { SIZE_MAX, 1 } };
}

/* Exact, whatever the strides. It takes a few steps for equal strides, and as many as one of the two has windows for others. */
bool ln_spans_share(const struct windows *a, const struct windows *b);

/* Hardly any two tensors of a call lie so that it must be looked at closely. */
static inline bool ln_windows_meet(const struct windows *a, const struct windows *b)
{
	bool spans_meet = a->at < b->at ? b->at - a->at < a->span : a->at - b->at < b->span;
	return spans_meet && a->at != 0 && b->at != 0 && ln_spans_share(a, b);
}

#endif
