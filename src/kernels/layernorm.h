/*
 * layernorm.h - Layer Normalization, forward: the statistics of a row, then one pass that normalises, scales and shifts it
 */
#ifndef LN_LAYERNORM_H
#define LN_LAYERNORM_H

#include <math.h>
#include <stdint.h>

#include "kernels.h"
#include "moments.h"

/*
 * What makes x its normalised value: (x - mean) * rstd + shift. The mean is rounded to a float; shift puts back what that lost,
 * at no cost where multiplication and addition are one instruction.
 */
struct scale {
	float mean, rstd, shift;
};

/* What the normalising pass reads besides x. Where has_gamma, has_beta and reach are constants, they make a loop of their own. */
struct pass {
	size_t cols;
	const float *gamma, *beta;
	bool has_gamma, has_beta;
	enum reach reach;
};

/* The scales of rows; false if floats cannot hold one of them, and these rows must take the extreme path. */
LN_INLINE bool scales_of_rows(const float *x, size_t rows, size_t cols, double eps, struct scale *scale)
{
	struct moments m = row_moments(x, rows, cols);
	double inverse_cols = 1.0 / (double)cols;
	bool ordinary = true;

	for (size_t r = 0; r < rows; r++) {
		double variance = m.m2[r] * inverse_cols + eps, rstd = 1.0 / sqrt(variance);
		float mean = (float)m.mean[r];

		scale[r] = (struct scale){ mean, (float)rstd, (float)(((double)mean - m.mean[r]) * rstd) };
		ordinary &= variance >= 0x1p-80 && variance <= 0x1p80;	/* a NaN fails */
	}
	return ordinary;
}

/* Compiled once each, for all loops but the hot one. */
static __attribute__((noinline)) bool scale_of_row(const float *x, size_t cols, double eps, struct scale *scale)
{
	return scales_of_rows(x, 1, cols, eps, scale);
}

static __attribute__((noinline)) bool scales_of_group(const float *x, size_t cols, double eps, struct scale *scale)
{
	return scales_of_rows(x, GROUP, cols, eps, scale);
}

enum { LINE = 16 };	/* floats in a cache line */

/* n is a constant, all lanes of a register, everywhere but in a tail. */
LN_INLINE vec load_lanes(const float *p, size_t n) { return n == vec_lanes() ? vec_load(p) : vec_load_tail(p, n); }

LN_INLINE void store_lanes(float *p, vec v, size_t n, enum reach reach)
{
	if (n < vec_lanes())
		vec_store_tail(p, v, n);
	else if (reach == REACH_MEMORY)
		vec_stream(p, v);
	else
		vec_store(p, v);
}

/* n columns from x on, normalised. */
LN_INLINE vec normalise(const float *x, struct scale s, vec gamma, vec beta, size_t n)
{
	vec v = vec_sub(load_lanes(x, n), vec_set1(s.mean));
	return vec_madd(vec_madd(v, vec_set1(s.rstd), vec_set1(s.shift)), gamma, beta);
}

/*
 * Columns c to c + n of one row or two. Both loads come before the stores: where x and y lie a multiple of 4096 bytes apart, as
 * large allocations do, a load waits for an earlier store whose address ends in the same twelve bits.
 */
LN_INLINE void normalise_column(struct pass p, size_t rows, const float *x, float *y, const struct scale *s, size_t c, size_t n)
{
	vec gamma = p.has_gamma ? load_lanes(p.gamma + c, n) : vec_set1(1.0f);
	vec beta = p.has_beta ? load_lanes(p.beta + c, n) : vec_set1(0.0f);
	vec first = normalise(x + c, s[0], gamma, beta, n);

	if (rows == 2) {
		vec second = normalise(x + p.cols + c, s[1], gamma, beta, n);
		store_lanes(y + p.cols + c, second, n, p.reach);
	}
	store_lanes(y + c, first, n, p.reach);
}

/* Elements from y to the next address that a streamed store may have. */
LN_INLINE size_t lanes_to_boundary(const float *y)
{
	size_t past = (uintptr_t)y / sizeof *y % vec_lanes();
	return past == 0 ? 0 : vec_lanes() - past;
}

/* Fetch the next row while this one is on its way out: close by, or only nearer where this row and the next may fill the L1 cache. */
LN_INLINE void fetch_ahead(const float *x, enum reach reach)
{
	if (reach == REACH_FAR)
		__builtin_prefetch(x, 0, 3);
	else if (reach == REACH_MEMORY)
		__builtin_prefetch(x, 0, 2);
}

/* Less than a register of columns, at the head or the tail of rows: compiled once, for all loops. */
static __attribute__((noinline)) void normalise_part(struct pass p, size_t rows, const float *x, float *y, const struct scale *s, size_t c,
						     size_t n)
{
	normalise_column(p, rows, x, y, s, c, n);
}

/* One row or two: a second one shares the loads of gamma and beta, a third would run out of registers. */
LN_INLINE void normalise_rows(struct pass p, size_t rows, const float *x, float *y, const struct scale *s)
{
	size_t head = p.reach == REACH_MEMORY ? lanes_to_boundary(y) : 0;

	if (head > p.cols)
		head = p.cols;
	if (head > 0)
		normalise_part(p, rows, x, y, s, 0, head);

	size_t c = head;
	for (; c + vec_lanes() <= p.cols; c += vec_lanes()) {
		if ((c - head) % LINE == 0)
			fetch_ahead(x + p.cols + c, p.reach);
		normalise_column(p, rows, x, y, s, c, vec_lanes());
	}
	if (c < p.cols)
		normalise_part(p, rows, x, y, s, c, p.cols - c);
}

/* Rows of which at least one is extreme, one by one. */
static __attribute__((noinline)) void layernorm_apart(const struct layernorm_f32_args *a, size_t row, size_t rows)
{
	struct pass p = { a->cols, a->gamma, a->beta, a->gamma != NULL, a->beta != NULL, REACH_NEAR };

	for (size_t end = row + rows; row < end; row++) {
		const float *x = a->x + row * a->cols;
		float *y = a->y + row * a->cols;
		struct scale s;

		if (scale_of_row(x, a->cols, a->eps, &s))
			normalise_rows(p, 1, x, y, &s);
		else
			ln_extreme_row_f32(a->cols, x, a->gamma, a->beta, a->eps, y);
	}
}

LN_INLINE void layernorm_group(const struct layernorm_f32_args *a, struct pass p, size_t row, bool hot)
{
	const float *x = a->x + row * a->cols;
	float *y = a->y + row * a->cols;
	struct scale s[GROUP];
	bool ordinary = hot ? scales_of_rows(x, GROUP, a->cols, a->eps, s) : scales_of_group(x, a->cols, a->eps, s);

	if (!ordinary)
		layernorm_apart(a, row, GROUP);
	else
		for (size_t r = 0; r < GROUP; r += 2)
			normalise_rows(p, 2, x + r * a->cols, y + r * a->cols, s + r);
}

LN_INLINE void layernorm_row(const struct layernorm_f32_args *a, struct pass p, size_t row, bool hot)
{
	const float *x = a->x + row * a->cols;
	float *y = a->y + row * a->cols;
	struct scale s;
	bool ordinary = hot ? scales_of_rows(x, 1, a->cols, a->eps, &s) : scale_of_row(x, a->cols, a->eps, &s);

	if (ordinary)
		normalise_rows(p, 1, x, y, &s);
	else
		layernorm_apart(a, row, 1);
}

LN_INLINE void layernorm_rows(const struct layernorm_f32_args *a, bool has_gamma, bool has_beta, enum reach reach)
{
	struct pass p = { a->cols, a->gamma, a->beta, has_gamma, has_beta, reach };
	size_t row = 0;
	/* The loop that matters most has its statistics inline, where wide registers leave little else to do. */
	bool hot = reach == REACH_NEAR && has_gamma && has_beta && vec_lanes() >= 8;

	if (reach == REACH_NEAR)
		for (; row + GROUP <= a->rows; row += GROUP)
			layernorm_group(a, p, row, hot);
	for (; row < a->rows; row++)
		layernorm_row(a, p, row, hot);
}

/* Both parameters in cache is what matters most; the other combinations test for NULL as they go. */
static void LN_NAME(layernorm_f32)(const struct layernorm_f32_args *a)
{
	bool has_gamma = a->gamma != NULL, has_beta = a->beta != NULL;

	if (a->reach == REACH_MEMORY) {
		layernorm_rows(a, has_gamma, has_beta, REACH_MEMORY);
		vec_stream_end();
	} else if (a->reach == REACH_FAR) {
		layernorm_rows(a, has_gamma, has_beta, REACH_FAR);
	} else if (has_gamma && has_beta) {
		layernorm_rows(a, true, true, REACH_NEAR);
	} else {
		layernorm_rows(a, has_gamma, has_beta, REACH_NEAR);
	}
}

#endif
