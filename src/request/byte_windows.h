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
 * A tensor is seen as windows, pieces of so many bytes, at some levels of strides: the columns that lie apart, say, the heads of a packed row,
 * and such rows. Their strides go from the smallest, which is larger than a window, to the largest; a level of one thing has the largest
 * stride there is.
 */
enum { LEVELS = 4 };
struct windows {
	uintptr_t at;	/* 0 where absent */
	size_t span;	/* from the first byte of the first window to the last of the last; as many as a window has: there is but one */
	size_t bytes;
	struct level level[LEVELS];
};

/* Pieces of `bytes` at levels in any order. Those that touch or overlap become one. */
struct windows ln_windows(const void *p, size_t bytes, const struct level level[LEVELS]);

/* One piece, whose levels are not looked at. */
static inline void ln_set_window(struct windows *w, const void *p, size_t bytes)
{
	w->at = (uintptr_t)p;
	w->span = w->bytes = bytes;
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
