/* byte_windows.c - whether two tensors have a byte in common */
#include "byte_windows.h"

static struct level single(void) { return (struct level){ SIZE_MAX, 1 }; }

/* Windows that touch or overlap are one larger window, and the outer level becomes the inner one. */
static void join(struct windows *w)
{
	if (w->inner.count == 1 || w->inner.stride > w->bytes)
		return;
	w->bytes += (w->inner.count - 1) * w->inner.stride;
	w->inner = w->outer;
	w->outer = single();
}

static size_t last_of(struct level l) { return l.count > 1 ? (l.count - 1) * l.stride : 0; }

/* From the first byte of a group, the windows of the inner level, to its last. */
static size_t group_bytes(const struct windows *w) { return last_of(w->inner) + w->bytes; }

static bool is_nested(const struct windows *w) { return w->outer.stride >= group_bytes(w); }

struct windows ln_windows(const void *p, size_t bytes, struct level a, struct level b)
{
	struct windows w = { (uintptr_t)p, 0, bytes, a.count > 1 ? a : single(), b.count > 1 ? b : single() };

	if (w.inner.stride > w.outer.stride) {
		struct level larger = w.inner;
		w.inner = w.outer;
		w.outer = larger;
	}
	join(&w);
	join(&w);
	w.span = last_of(w.outer) + group_bytes(&w);
	return w;
}

/* How many of a level's things, which are so many bytes long, end before `from`: the next one is the first that may meet it. */
static size_t passed(uintptr_t at, size_t bytes, struct level l, uintptr_t from)
{
	return from < at + bytes ? 0 : (from - at - bytes) / l.stride + 1;
}

static bool group_meets(const struct windows *w, uintptr_t at, uintptr_t from, uintptr_t end)
{
	size_t k = passed(at, w->bytes, w->inner, from);
	return k < w->inner.count && at + k * w->inner.stride < end;
}

/* Do windows meet the bytes from `from` to `end`? */
static bool piece_meets(const struct windows *w, uintptr_t from, uintptr_t end)
{
	for (size_t k = passed(w->at, group_bytes(w), w->outer, from); k < w->outer.count && w->at + k * w->outer.stride < end; k++)
		if (group_meets(w, w->at + k * w->outer.stride, from, end))
			return true;
	return false;
}

static bool any_piece_meets(const struct windows *pieces, const struct windows *w)
{
	for (size_t o = 0; o < pieces->outer.count; o++)
		for (size_t i = 0; i < pieces->inner.count; i++) {
			uintptr_t from = pieces->at + o * pieces->outer.stride + i * pieces->inner.stride;
			if (piece_meets(w, from, from + pieces->bytes))
				return true;
		}
	return false;
}

/* How far apart things of two equal levels come closest to each other: one of b lies `ahead` of one of a, less than a stride or none. */
struct closest {
	size_t count;
	ptrdiff_t ahead[2];
};

static struct closest closest(struct level a, struct level b, ptrdiff_t ahead)
{
	struct closest c = { 0 };

	if (a.count == 1 && b.count == 1)
		return (struct closest){ 1, { ahead } };
	ptrdiff_t stride = (ptrdiff_t)a.stride, k = -ahead / stride - (-ahead % stride < 0);
	for (ptrdiff_t end = k + 2; k < end; k++)	/* thing i + k of b from thing i of a */
		if (k > -(ptrdiff_t)a.count && k < (ptrdiff_t)b.count)
			c.ahead[c.count++] = ahead + k * stride;
	return c;
}

static bool equal_strides_meet(const struct windows *a, const struct windows *b)
{
	struct closest groups = closest(a->outer, b->outer, (ptrdiff_t)(b->at - a->at));

	for (size_t g = 0; g < groups.count; g++) {
		struct closest pieces = closest(a->inner, b->inner, groups.ahead[g]);
		for (size_t i = 0; i < pieces.count; i++)
			if (pieces.ahead[i] < (ptrdiff_t)a->bytes && -pieces.ahead[i] < (ptrdiff_t)b->bytes)
				return true;
	}
	return false;
}

bool ln_spans_share(const struct windows *a, const struct windows *b)
{
	bool equal = a->inner.stride == b->inner.stride && a->outer.stride == b->outer.stride;

	if (equal && is_nested(a) && is_nested(b))
		return equal_strides_meet(a, b);
	bool a_is_smaller = a->inner.count * a->outer.count <= b->inner.count * b->outer.count;
	return a_is_smaller ? any_piece_meets(a, b) : any_piece_meets(b, a);
}
