/*
 * across.h - contiguous rows of floats, a tile, to a y whose rows lie side by side: their statistics as in plain.h, then one pass that turns,
 * normalises, scales and shifts vec_lanes() rows at a time. The operations on an element are those of normalise.h.
 */
#ifndef LN_ACROSS_H
#define LN_ACROSS_H

#include "plain.h"
#include "transpose.h"

struct across_scales {
	float mean[ACROSS_ROWS], rstd[ACROSS_ROWS], shift[ACROSS_ROWS];
};

/* In groups as large as in plain.h; false if floats cannot hold a row without a scale. */
LN_INLINE bool scales_across(const struct plain *a, bool has_mean, struct across_scales *to)
{
	size_t most = a->cols <= SHORT_ROW ? GROUP : LONG_GROUP;
	bool ordinary = true;

	for (size_t row = 0, rows; row < a->rows; row += rows) {
		struct scales s;

		rows = a->rows - row < most ? 1 : most;
		ordinary &= scales_together(has_mean, LN_F32, elem_at(a->x, row * a->cols, LN_F32), a->cols, rows, a->cols, a->divisor, a->eps, &s);
		for (size_t r = 0; r < rows; r++) {
			to->mean[row + r] = s.mean[r];
			to->rstd[row + r] = s.rstd[r];
			to->shift[row + r] = s.shift[r];
		}
	}
	return ordinary;
}

/* The scales of the rows in the lanes. */
LN_INLINE vec normalised_across(bool has_mean, vec x, vec mean, vec rstd, vec shift, float gamma, float beta)
{
	x = has_mean ? vec_madd(vec_sub(x, mean), rstd, shift) : vec_madd(x, rstd, vec_set1(0.0f));
	return vec_madd(x, vec_set1(gamma), vec_set1(beta));
}

/* One column of vec_lanes() rows. */
LN_INLINE void across_column(const struct plain *a, bool has_mean, vec x, size_t c, vec mean, vec rstd, vec shift, float *y, size_t y_stride)
{
	const float *gamma = a->gamma, *beta = a->beta;

	vec_store(y + c * y_stride, normalised_across(has_mean, x, mean, rstd, shift, gamma ? gamma[c] : 1.0f,
						      has_mean && beta ? beta[c] : 0.0f));
}

/* The lines of four columns of y that come later, where such a line begins with this row: where it goes on it has been asked for. */
LN_INLINE void fetch_across(const float *later, size_t row, size_t c, size_t y_stride)
{
	for (size_t i = 0; i < ACROSS && row % LINE_FLOATS == 0; i++)
		__builtin_prefetch((const void *)((uintptr_t)later + ((c + i) * y_stride + row + LINE_FLOATS - 1) * sizeof *later), 0, 3);
}

LN_INLINE void across_rows(const struct plain *a, bool has_mean, size_t row, const struct across_scales *s, float *y, size_t y_stride,
			   const float *later)
{
	vec mean = vec_load(s->mean + row), rstd = vec_load(s->rstd + row), shift = vec_load(s->shift + row), x0, x1, x2, x3;
	const float *x = (const float *)a->x + row * a->cols;

	for (size_t k = 0; k < a->cols; k += ACROSS) {
		size_t c = block_begin(k, a->cols, ACROSS);
		if (later)
			fetch_across(later, row, c, y_stride);
		vec_load_across(x + c, a->cols, &x0, &x1, &x2, &x3);
		across_column(a, has_mean, x0, c, mean, rstd, shift, y, y_stride);
		across_column(a, has_mean, x1, c + 1, mean, rstd, shift, y, y_stride);
		across_column(a, has_mean, x2, c + 2, mean, rstd, shift, y, y_stride);
		across_column(a, has_mean, x3, c + 3, mean, rstd, shift, y, y_stride);
	}
}

/*
 * A NaN may come of a parameter that is not finite, and is then to be the quiet one: that is left to others, as few rows and columns are, and
 * as narrow registers are, whose code would be as long and was not shown to be worth it.
 */
LN_INLINE bool across_call(const struct plain *a, bool has_mean, size_t y_stride, const float *later)
{
	struct across_scales s;
	bool finite = (!a->gamma || row_is_finite(LN_F32, a->gamma, a->cols)) && (!a->beta || row_is_finite(LN_F32, a->beta, a->cols));

	if (vec_lanes() < 8 || a->rows < vec_lanes() || a->rows > ACROSS_ROWS || a->cols < ACROSS || !finite || !scales_across(a, has_mean, &s))
		return false;
	for (size_t r = 0; r < a->rows; r++) {
		if (a->mean)
			a->mean[r] = s.mean[r];
		if (a->rstd)
			a->rstd[r] = s.rstd[r];
	}
	for (size_t i = 0; i < a->rows; i += vec_lanes()) {
		size_t row = block_begin(i, a->rows, vec_lanes());
		across_rows(a, has_mean, row, &s, (float *)a->y + row, y_stride, later);
	}
	return true;
}

static bool LN_NAME(layernorm_across)(const struct plain *a, size_t y_stride, const float *later)
{
	return across_call(a, HAS_MEAN, y_stride, later);
}

static bool LN_NAME(rmsnorm_across)(const struct plain *a, size_t y_stride, const float *later)
{
	return across_call(a, NO_MEAN, y_stride, later);
}

#endif
