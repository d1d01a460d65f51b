/*
 * transpose.h - a matrix of floats turned: how rows whose elements lie apart come into a tile, and out of it
 */
#ifndef LN_TRANSPOSE_H
#define LN_TRANSPOSE_H

#include "elem.h"

enum {
	ACROSS = 4,	/* rows or columns that four registers hold */
	LINE_FLOATS = LINE_BYTES / sizeof(float)
};

/* From vec_lanes() rows of four columns. */
LN_INLINE void transpose_block(const float *from, size_t from_stride, float *to, size_t to_stride)
{
	vec a, b, c, d;

	vec_load_across(from, from_stride, &a, &b, &c, &d);
	vec_store(to, a);
	vec_store(to + to_stride, b);
	vec_store(to + 2 * to_stride, c);
	vec_store(to + 3 * to_stride, d);
}

/* From four rows of vec_lanes() columns. */
LN_INLINE void transpose_wide_block(const float *from, size_t from_stride, float *to, size_t to_stride)
{
	vec_store_across(to, to_stride, vec_load(from), vec_load(from + from_stride), vec_load(from + 2 * from_stride),
			 vec_load(from + 3 * from_stride));
}

/* Less than a block. */
LN_INLINE void transpose_few(const struct turn *t)
{
	for (size_t c = 0; c < t->cols; c++)
		for (size_t r = 0; r < t->rows; r++)
			t->to[c * t->to_stride + r] = t->from[r * t->from_stride + c];
}

/* Where the block at i of n begins: the last one ends with the last row or column, and does some of those before it again. */
LN_INLINE size_t block_begin(size_t i, size_t n, size_t block) { return i + block <= n ? i : n - block; }

/*
 * Of vec_lanes() rows of what comes later, the lines that are due with block j of these: a fourth of the rows have one for each four blocks. The line
 * is that of the last of its floats: one that a row does not begin with has been there since the rows before.
 */
LN_INLINE void fetch_later(const float *later, size_t stride, size_t j)
{
	const size_t fourth = (vec_lanes() + 3) / 4, first = j % 4 * fourth, column = j / 4 * LINE_FLOATS + LINE_FLOATS - 1;

	for (size_t r = first; r < first + fourth && r < vec_lanes(); r++)
		fetch((const void *)((uintptr_t)later + (r * stride + column) * sizeof *later));
}

/* vec_lanes() rows or more, four columns or more. */
LN_INLINE void transpose_tall(const struct turn *t)
{
	for (size_t i = 0; i < t->rows; i += vec_lanes()) {
		size_t r = block_begin(i, t->rows, vec_lanes());
		for (size_t k = 0; k < t->cols; k += ACROSS) {
			size_t c = block_begin(k, t->cols, ACROSS);
			if (t->later)
				fetch_later(t->later + r * t->from_stride, t->from_stride, k / ACROSS);
			transpose_block(t->from + r * t->from_stride + c, t->from_stride, t->to + c * t->to_stride + r, t->to_stride);
		}
	}
}

/* The other way round. */
LN_INLINE void transpose_wide(const struct turn *t)
{
	for (size_t i = 0; i < t->rows; i += ACROSS) {
		size_t r = block_begin(i, t->rows, ACROSS);
		for (size_t k = 0; k < t->cols; k += vec_lanes()) {
			size_t c = block_begin(k, t->cols, vec_lanes());
			transpose_wide_block(t->from + r * t->from_stride + c, t->from_stride, t->to + c * t->to_stride + r, t->to_stride);
		}
	}
}

static void LN_NAME(transpose)(const struct turn *t)
{
	if (t->rows >= vec_lanes() && t->cols >= ACROSS)
		transpose_tall(t);
	else if (t->rows >= ACROSS && t->cols >= vec_lanes())
		transpose_wide(t);
	else
		transpose_few(t);
}

#endif
