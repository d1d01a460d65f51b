/* byte_windows.c - whether two tensors have a byte in common */
#include "byte_windows.h"

static struct level single(void) { return (struct level){ SIZE_MAX, 1 }; }

static size_t last_of(struct level l) { return l.count > 1 ? (l.count - 1) * l.stride : 0; }

/* Windows that touch or overlap are one larger window, and each level becomes the one below. */
static void join(struct windows *w)
{
	if (w->level[0].count == 1 || w->level[0].stride > w->bytes)
		return;
	w->bytes += last_of(w->level[0]);
	for (size_t i = 1; i < LEVELS; i++)
		w->level[i - 1] = w->level[i];
	w->level[LEVELS - 1] = single();
}

/* From the first byte of a group, the windows of so many levels, to its last. */
static size_t group_bytes(const struct windows *w, size_t levels)
{
	size_t bytes = w->bytes;

	for (size_t i = 0; i < levels; i++)
		bytes += last_of(w->level[i]);
	return bytes;
}

static bool is_nested(const struct windows *w)
{
	bool nested = true;

	for (size_t i = 1; i < LEVELS; i++)
		nested &= w->level[i].stride >= group_bytes(w, i);
	return nested;
}

static void order(struct level *a, struct level *b)
{
	if (a->stride > b->stride) {
		struct level larger = *a;
		*a = *b;
		*b = larger;
	}
}

struct windows ln_windows(const void *p, size_t bytes, const struct level level[LEVELS])
{
	struct windows w = { .at = (uintptr_t)p, .bytes = bytes };

	for (size_t i = 0; i < LEVELS; i++)
		w.level[i] = level[i].count > 1 ? level[i] : single();
	for (size_t last = LEVELS - 1; last > 0; last--)
		for (size_t i = 0; i < last; i++)
			order(&w.level[i], &w.level[i + 1]);
	for (size_t i = 0; i < LEVELS; i++)
		join(&w);
	w.span = group_bytes(&w, LEVELS);
	return w;
}

/* How many of a level's things, which are so many bytes long, end before `from`: the next one is the first that may meet it. */
static size_t passed(uintptr_t at, size_t bytes, struct level l, uintptr_t from)
{
	return from < at + bytes ? 0 : (from - at - bytes) / l.stride + 1;
}

/* Do the windows of so many levels, the first at `at`, meet the bytes from `from` to `end`? A window alone was looked at before. */
static bool piece_meets(const struct windows *w, size_t levels, uintptr_t at, uintptr_t from, uintptr_t end)
{
	if (levels == 0)
		return true;
	struct level l = w->level[levels - 1];
	for (size_t k = passed(at, group_bytes(w, levels - 1), l, from); k < l.count && at + k * l.stride < end; k++)
		if (piece_meets(w, levels - 1, at + k * l.stride, from, end))
			return true;
	return false;
}

/* The same for each of the pieces of so many levels. */
static bool any_piece_meets(const struct windows *pieces, size_t levels, uintptr_t at, const struct windows *w)
{
	if (levels == 0)
		return piece_meets(w, LEVELS, w->at, at, at + pieces->bytes);
	struct level l = pieces->level[levels - 1];
	for (size_t k = 0; k < l.count; k++)
		if (any_piece_meets(pieces, levels - 1, at + k * l.stride, w))
			return true;
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

/* Of so many levels, with the first window of b ahead of the first one of a. */
static bool equal_strides_meet(const struct windows *a, const struct windows *b, size_t levels, ptrdiff_t ahead)
{
	if (levels == 0)
		return ahead < (ptrdiff_t)a->bytes && -ahead < (ptrdiff_t)b->bytes;
	struct closest things = closest(a->level[levels - 1], b->level[levels - 1], ahead);
	for (size_t i = 0; i < things.count; i++)
		if (equal_strides_meet(a, b, levels - 1, things.ahead[i]))
			return true;
	return false;
}

static size_t pieces_of(const struct windows *w)
{
	size_t pieces = 1;

	for (size_t i = 0; i < LEVELS; i++)
		pieces *= w->level[i].count;
	return pieces;
}

/* One window has no levels as yet. */
static struct windows with_levels(const struct windows *w)
{
	if (w->span != w->bytes)
		return *w;
	return (struct windows){ w->at, w->span, w->bytes, { single(), single(), single(), single() } };
}

bool ln_spans_share(const struct windows *first, const struct windows *second)
{
	const struct windows a = with_levels(first), b = with_levels(second);
	bool equal = true;

	for (size_t i = 0; i < LEVELS; i++)
		equal &= a.level[i].stride == b.level[i].stride;
	if (equal && is_nested(&a) && is_nested(&b))
		return equal_strides_meet(&a, &b, LEVELS, (ptrdiff_t)(b.at - a.at));
	bool a_is_smaller = pieces_of(&a) <= pieces_of(&b);
	return a_is_smaller ? any_piece_meets(&a, LEVELS, a.at, &b) : any_piece_meets(&b, LEVELS, b.at, &a);
}
