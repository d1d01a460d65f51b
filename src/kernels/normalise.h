/* normalise.h - one pass over a row or two: normalised, scaled and shifted, element for element */
#ifndef LN_NORMALISE_H
#define LN_NORMALISE_H

#include "elem.h"

/*
 * What makes x its normalised value: (x - mean) * rstd + shift. The mean is rounded to a float; shift puts back what that lost,
 * at no cost where multiplication and addition are one instruction.
 */
struct scale {
	float mean, rstd, shift;
};

/* The same of up to GROUP rows. */
struct scales {
	float mean[GROUP], rstd[GROUP], shift[GROUP];
};

LN_INLINE struct scale scale_at(const struct scales *s, size_t r) { return (struct scale){ s->mean[r], s->rstd[r], s->shift[r] }; }

/*
 * What the sweep that normalises reads besides x. Where its members are constants, they make a loop of their own. A step is 1, or 0 for an
 * absent parameter, which is read again and again from two registers' worth of ones or zeros.
 */
struct sweep {
	size_t cols;
	const void *gamma, *beta;
	size_t gamma_step, beta_step;
	bool tiled;	/* gamma and beta are floats, in the order in which elem_load_pair() has the type's elements after the head */
	size_t head;	/* columns before the first pair of registers, for all rows alike: 0 in place; not used past the cache */
	enum reach reach;
	bool has_mean;	/* and with it a beta */
	uint32_t type;
};

/*
 * Where a norm takes the mean to be 0, x - 0 is x. A NaN, which comes of a gamma or beta that is not finite, becomes the quiet one where a row goes
 * alone; rows that go together have no room for that, and are looked at afterwards.
 */
LN_INLINE vec normalise(struct sweep p, size_t rows, vec x, struct scale s, vec gamma, vec beta)
{
	if (p.has_mean)
		x = vec_madd(vec_sub(x, vec_set1(s.mean)), vec_set1(s.rstd), vec_set1(s.shift));
	else
		x = vec_madd(x, vec_set1(s.rstd), vec_set1(0.0f));
	x = vec_madd(x, gamma, beta);
	return rows == 1 ? vec_quiet(x) : x;
}

LN_INLINE void load_parameter_pair(struct sweep p, const void *parameter, size_t c, vec *a, vec *b)
{
	if (p.tiled)
		elem_load_pair((const float *)parameter + c, LN_F32, a, b);
	else
		elem_load_pair(elem_at(parameter, c, p.type), p.type, a, b);
}

/* Columns c on of a parameter, fewer than a register holds or as many; a tile has what is left over by pairs in the order of memory. */
LN_INLINE vec load_parameter_lanes(struct sweep p, const void *parameter, size_t c, size_t n)
{
	return p.tiled ? elem_load_lanes((const float *)parameter + c, n, LN_F32) : elem_load_lanes(elem_at(parameter, c, p.type), n, p.type);
}

/* n columns of a parameter as they are. */
LN_INLINE void fill_parameter_lanes(uint32_t type, const void *parameter, size_t c, size_t end, float *tile)
{
	for (size_t n; c < end; c += n) {
		n = end - c < vec_lanes() ? end - c : vec_lanes();
		vec_store_tail(tile + c, elem_load_lanes(elem_at(parameter, c, type), n, type), n);
	}
}

/* A parameter as a tile: the head, whole pairs as they are loaded, then the rest. */
static __attribute__((noinline)) void fill_parameter_tile(uint32_t type, const void *parameter, size_t head, size_t cols, float *tile)
{
	size_t c = head;

	fill_parameter_lanes(type, parameter, 0, head, tile);
	for (vec a, b; c + 2 * vec_lanes() <= cols; c += 2 * vec_lanes()) {
		elem_load_pair(elem_at(parameter, c, type), type, &a, &b);
		vec_store(tile + c, a);
		vec_store(tile + c + vec_lanes(), b);
	}
	fill_parameter_lanes(type, parameter, c, cols, tile);
}

/*
 * 2 * vec_lanes() columns of one row or two. All loads come before the stores: where x and y lie a multiple of 4096 bytes apart, as
 * large allocations do, a load waits for an earlier store whose address ends in the same twelve bits.
 */
LN_INLINE void normalise_pair(struct sweep p, size_t rows, const void *x, void *y, const struct scales *s, size_t first, size_t c)
{
	vec gamma_a, gamma_b, beta_a = vec_set1(0.0f), beta_b = beta_a, a, b, second_a, second_b;
	const void *second = elem_at(x, p.cols + c, p.type);
	bool stream = p.reach == REACH_MEMORY;

	load_parameter_pair(p, p.gamma, c * p.gamma_step, &gamma_a, &gamma_b);
	if (p.has_mean)
		load_parameter_pair(p, p.beta, c * p.beta_step, &beta_a, &beta_b);
	elem_load_pair(elem_at(x, c, p.type), p.type, &a, &b);
	a = normalise(p, rows, a, scale_at(s, first), gamma_a, beta_a);
	b = normalise(p, rows, b, scale_at(s, first), gamma_b, beta_b);
	if (rows == 2) {
		elem_load_pair(second, p.type, &second_a, &second_b);
		second_a = normalise(p, rows, second_a, scale_at(s, first + 1), gamma_a, beta_a);
		second_b = normalise(p, rows, second_b, scale_at(s, first + 1), gamma_b, beta_b);
		elem_store_pair(elem_out(y, p.cols + c, p.type), second_a, second_b, p.type, stream);
	}
	elem_store_pair(elem_out(y, c, p.type), a, b, p.type, stream);
}

/* Columns c to end, fewer than a pair of registers holds: at the head or the tail of rows. */
LN_INLINE void normalise_part(struct sweep p, size_t rows, const void *x, void *y, const struct scales *s, size_t first, size_t c, size_t end)
{
	for (size_t n; c < end; c += n) {
		n = end - c < vec_lanes() ? end - c : vec_lanes();
		vec gamma = load_parameter_lanes(p, p.gamma, c * p.gamma_step, n), beta = vec_set1(0.0f);
		if (p.has_mean)
			beta = load_parameter_lanes(p, p.beta, c * p.beta_step, n);
		for (size_t r = 0; r < rows; r++) {
			vec v = elem_load_lanes(elem_at(x, r * p.cols + c, p.type), n, p.type);
			elem_store_lanes(elem_out(y, r * p.cols + c, p.type), normalise(p, rows, v, scale_at(s, first + r), gamma, beta), n, p.type);
		}
	}
}

/*
 * A pair of registers' worth of the next row, fetched while this one is on its way out: every line of it. The second cache's own
 * prefetcher brings one line of two, but not where rows are long (measured on Zen 3: 0.76 of the time at 4096 x 4096, 0.94 at 8192 x 8192).
 */
LN_INLINE void fetch_pair(const void *x, uint32_t type)
{
	size_t bytes = 2 * vec_lanes() * elem_size(type);

	for (size_t at = 0; at < bytes; at += LINE_BYTES)
		if (bytes >= LINE_BYTES || (uintptr_t)x % LINE_BYTES < bytes)
			fetch((const char *)x + at);
}

/* Columns c to end of one row or two, whose scales are the first ones: a second row shares the loads of gamma and beta, a third would run out of registers. */
LN_INLINE void normalise_rows(struct sweep p, size_t rows, const void *x, void *y, const struct scales *s, size_t first, size_t c, size_t end)
{
	size_t head = p.reach == REACH_MEMORY ? elem_to_boundary(y, p.type) : c == 0 ? p.head : c;

	if (head > end)
		head = end;
	if (head > c && p.reach == REACH_MEMORY)
		normalise_part(p, rows, x, y, s, first, c, head);
	else if (head > c)	/* as a whole register: what it has too much is written again, with the same bits, and x is not y */
		normalise_part(p, rows, x, y, s, first, 0, p.type == LN_F32 ? vec_lanes() : head);
	for (c = head; c + 2 * vec_lanes() <= end; c += 2 * vec_lanes()) {
		if (p.reach != REACH_NEAR)
			fetch_pair(elem_at(x, p.cols + c, p.type), p.type);
		normalise_pair(p, rows, x, y, s, first, c);
	}
	if (c < end)
		normalise_part(p, rows, x, y, s, first, c, end);
}

#endif
