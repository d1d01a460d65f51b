/*
 * layernorm.h - Layer Normalization, forward: the statistics of a row, then one pass that normalises, scales and shifts it
 */
#ifndef LN_LAYERNORM_H
#define LN_LAYERNORM_H

#include <math.h>
#include <stdint.h>

#include "kernels.h"
#include "moments.h"

enum {
	GROUP = 4,		/* short rows normalised together: gamma and beta are loaded once for all of them */
	GROUP_COLS = BLOCK	/* the longest rows that are: more would push one another out of the first-level cache */
};

/*
 * What makes x its normalised value: (x - mean) * rstd + shift. The mean is rounded to a float; shift puts back what that lost,
 * at no cost where multiplication and addition are one instruction.
 */
struct scale {
	float mean, rstd, shift;
};

/* What the normalising pass reads besides x: constants where they are known, so that each combination is its own loop. */
struct pass {
	size_t cols;
	const float *gamma, *beta;
	bool has_gamma, has_beta, stream;
};

/* The scale of one row; false where floats cannot hold it and the row must take the extreme path. NaN fails the comparison. */
static bool row_scale(const float *x, size_t cols, double eps, struct scale *scale)
{
	struct moments m = row_moments(x, cols);
	double variance = m.m2 * (1.0 / (double)cols) + eps, rstd = 1.0 / sqrt(variance);
	float mean = (float)m.mean;

	*scale = (struct scale){ mean, (float)rstd, (float)(((double)mean - m.mean) * rstd) };
	return variance >= 0x1p-80 && variance <= 0x1p80;
}

/* n is a constant, all lanes of a register, everywhere but in a tail. */
LN_INLINE vec load_lanes(const float *p, size_t n) { return n == vec_lanes() ? vec_load(p) : vec_load_tail(p, n); }

LN_INLINE void store_lanes(float *p, vec v, size_t n, bool stream)
{
	if (n < vec_lanes())
		vec_store_tail(p, v, n);
	else if (stream)
		vec_stream(p, v);
	else
		vec_store(p, v);
}

/* Columns c to c + n of `rows` rows. */
LN_INLINE void normalise_lanes(struct pass p, size_t rows, const float *x, float *y, const struct scale *s, size_t c, size_t n)
{
	vec gamma = p.has_gamma ? load_lanes(p.gamma + c, n) : vec_set1(1.0f);
	vec beta = p.has_beta ? load_lanes(p.beta + c, n) : vec_set1(0.0f);

	for (size_t r = 0; r < rows; r++) {
		vec v = vec_sub(load_lanes(x + r * p.cols + c, n), vec_set1(s[r].mean));
		v = vec_madd(v, vec_set1(s[r].rstd), vec_set1(s[r].shift));
		store_lanes(y + r * p.cols + c, vec_madd(v, gamma, beta), n, p.stream);
	}
}

/* Elements from y to the next address that a streamed store may have. */
LN_INLINE size_t lanes_to_boundary(const float *y)
{
	size_t past = (uintptr_t)y / sizeof *y % vec_lanes();
	return past == 0 ? 0 : vec_lanes() - past;
}

LN_INLINE void normalise_rows(struct pass p, size_t rows, const float *x, float *y, const struct scale *s)
{
	size_t c = 0;

	if (p.stream) {
		size_t head = lanes_to_boundary(y);
		c = head < p.cols ? head : p.cols;
		if (c > 0)
			normalise_lanes(p, rows, x, y, s, 0, c);
	}
	for (; c + vec_lanes() <= p.cols; c += vec_lanes()) {
		if (p.stream)
			__builtin_prefetch(x + p.cols + c, 0, 2);
		normalise_lanes(p, rows, x, y, s, c, vec_lanes());
	}
	if (c < p.cols)
		normalise_lanes(p, rows, x, y, s, c, p.cols - c);
}

LN_INLINE void layernorm_row(const struct layernorm_f32_args *a, struct pass p, size_t row)
{
	const float *x = a->x + row * a->cols;
	float *y = a->y + row * a->cols;
	struct scale s;

	if (row_scale(x, a->cols, a->eps, &s))
		normalise_rows(p, 1, x, y, &s);
	else
		ln_extreme_row_f32(a->cols, x, a->gamma, a->beta, a->eps, y);
}

LN_INLINE void layernorm_group(const struct layernorm_f32_args *a, struct pass p, size_t row)
{
	const float *x = a->x + row * a->cols;
	struct scale s[GROUP];
	bool ordinary = true;

	for (size_t r = 0; r < GROUP; r++)
		ordinary &= row_scale(x + r * a->cols, a->cols, a->eps, &s[r]);
	if (ordinary)
		normalise_rows(p, GROUP, x, a->y + row * a->cols, s);
	else
		for (size_t r = 0; r < GROUP; r++)
			layernorm_row(a, p, row + r);
}

LN_INLINE void layernorm_rows(const struct layernorm_f32_args *a, bool has_gamma, bool has_beta, bool stream)
{
	struct pass p = { a->cols, a->gamma, a->beta, has_gamma, has_beta, stream };
	size_t row = 0;

	if (!stream && a->cols <= GROUP_COLS)
		for (; row + GROUP <= a->rows; row += GROUP)
			layernorm_group(a, p, row);
	for (; row < a->rows; row++)
		layernorm_row(a, p, row);
}

static void LN_NAME(layernorm_f32)(const struct layernorm_f32_args *a)
{
	if (a->stream) {
		layernorm_rows(a, a->gamma != NULL, a->beta != NULL, true);
		vec_stream_end();
	} else if (a->gamma != NULL && a->beta != NULL) {
		layernorm_rows(a, true, true, false);
	} else {
		layernorm_rows(a, a->gamma != NULL, a->beta != NULL, false);
	}
}

#endif
