/*
 * moments.h - the statistics of rows: blocked Welford over lanes
 *
 * A row is cut into blocks. A block is summed as deviations from a pivot: small trees of floats, then lanes of doubles, which lose
 * nothing that shows. It becomes moments in double; blocks are merged in index order. docs/numerics.md is the specification.
 *
 * Several rows go side by side, so that their folds share registers, and their divisions and square roots overlap; no row sees another's
 * numbers. Whether the norm has a mean and the type of the elements are constants wherever these functions are used.
 */
#ifndef LN_MOMENTS_H
#define LN_MOMENTS_H

#include <math.h>

#include "merge.h"
#include "sums.h"

/* Of up to GROUP rows, each with this count. */
struct moments {
	_Alignas(LINE_BYTES) double mean[GROUP], mean_lo[GROUP], m2[GROUP], m2_lo[GROUP], mean_rest[GROUP], count;
};

/*
 * Do the first elements have mixed signs? Then the mean is not far from 0, and 0 is a good pivot: no deviation is rounded, and
 * the sums need not wait for a first mean.
 */
LN_INLINE bool looks_centred(const void *x, size_t n, uint32_t type)
{
	unsigned count = n < PROBE ? (unsigned)n : PROBE, negative = 0;

	for (size_t i = 0; i < PROBE; i += vec_lanes())
		if (n >= PROBE)
			negative += vec_count_negative(elem_load(elem_at(x, i, type), type));
		else if (i < n)
			negative += vec_count_negative(elem_load_tail(elem_at(x, i, type), lanes_left(n - i), type));
	return 5 * count <= 16 * negative && 16 * negative <= 11 * count;
}

/* The mean of as many of the first elements as are a power of two, up to PROBE, times the scale. */
static __attribute__((noinline)) float first_mean_scaled(const void *x, size_t n, float scale, uint32_t type)
{
	float first[PROBE] = { 0 };
	size_t count = PROBE;

	while (count > n)
		count /= 2;
	for (size_t i = 0, part; i < count; i += part) {
		part = lanes_left(count - i);
		vec v = elem_load_lanes(elem_at(x, i, type), part, type);
		elem_store_lanes(first + i, vec_mul(v, vec_set1(scale)), part, LN_F32);
	}
	return vec_fold(first) * (1.0f / (float)count);
}

LN_INLINE float first_mean(const void *x, size_t n, uint32_t type)
{
	float first[PROBE];

	if (n < PROBE)
		return first_mean_scaled(x, n, 1.0f, type);
	if (type == LN_F32)
		return vec_fold(x) * (1.0f / (float)PROBE);
	for (size_t i = 0; i < PROBE; i += vec_lanes())
		vec_store(first + i, elem_load(elem_at(x, i, type), type));
	return vec_fold(first) * (1.0f / (float)PROBE);
}

/* Too much of q cancelled: the pivot was far from the mean, and the errors of q and r would be magnified. */
LN_INLINE bool cancelled(double q, double m2, double threshold) { return m2 < threshold * q; }

/* Floats hold the squares of such a block without loss; a NaN fails. */
LN_INLINE bool in_range(double q, double count) { return (q >= 0x1p-80 * count) & (q <= 0x1p80 * count); }

LN_INLINE wide wide_exact_sum(wide a, wide b, wide *error)
{
	wide sum = wide_add(a, b), part = wide_sub(sum, a);

	*error = wide_add(wide_sub(a, wide_sub(sum, part)), wide_sub(b, part));
	return sum;
}

/* The moments of wide_lanes() rows from their sums. Is another look at one of them needed? */
LN_INLINE bool moments_of_wide(bool has_mean, const struct sums *s, size_t row, double inverse_count, struct moments *m)
{
	wide q = wide_load(s->q + row), m2 = q, mean = wide_zero(), mean_lo = mean;
	bool again = !wide_all_within(q, wide_set1(0x1p-80 * m->count), wide_set1(0x1p80 * m->count));

	if (has_mean) {
		wide r = wide_load(s->r + row), shift = wide_mul(r, wide_set1(inverse_count));
		m2 = wide_at_least_0(wide_sub(q, wide_mul(r, shift)));
		mean = wide_exact_sum(wide_load(s->pivot + row), shift, &mean_lo);
		again |= wide_any_less(m2, wide_mul(wide_load(s->threshold + row), q));
	}
	wide_store(m->mean + row, mean);
	wide_store(m->mean_lo + row, mean_lo);
	wide_store(m->m2 + row, m2);
	wide_store(m->m2_lo + row, wide_zero());
	wide_store(m->mean_rest + row, wide_zero());
	return again;
}

/* The moments of rows from their sums; m->count is set. Is another look at one of them needed? */
LN_INLINE bool moments_from_sums(bool has_mean, const struct sums *s, size_t rows, double inverse_count, struct moments *m)
{
	bool again = false;

	for (size_t row = 0; row < rows; row += wide_lanes())
		again |= moments_of_wide(has_mean, s, row, inverse_count, m);
	return again;
}

/* One pivot and threshold for all rows, and for what a wide has beyond them. */
LN_INLINE void set_pivots(struct sums *s, size_t rows, double pivot, double threshold)
{
	for (size_t row = 0; row < rows; row += wide_lanes()) {
		wide_store(s->pivot + row, wide_set1(pivot));
		wide_store(s->threshold + row, wide_set1(threshold));
	}
}

/* The moments of one block of one row about this pivot, at this scale, as row 0 of `m`. */
LN_INLINE void block_about(bool has_mean, uint32_t type, float scale, float pivot, const void *x, size_t n, struct sums *s, struct moments *m)
{
	_Alignas(LINE_BYTES) double r[SUMS], q[SUMS];

	if (scale == 1.0f)
		sum_block_about(type, pivot, x, n, r, q);
	else
		sum_block_scaled(type, scale, pivot, x, n, r, q);
	set_pivots(s, 1, (double)pivot, 0.0);	/* whether to look again is the caller's matter */
	if (has_mean)
		fold_rows(r, 1, s->r);
	fold_rows(q, 1, s->q);
	m->count = (double)n;
	moments_from_sums(has_mean, s, 1, 1.0 / (double)n, m);
}

/* The same with the pivot chosen, and with a second look about the mean if the first one was poor. */
LN_INLINE void scaled_block(bool has_mean, uint32_t type, float scale, const void *x, size_t n, struct sums *s, struct moments *m)
{
	bool centred = !has_mean || looks_centred(x, n, type);
	double threshold = threshold_of(has_mean, centred);

	block_about(has_mean, type, scale, centred ? 0.0f : first_mean_scaled(x, n, scale, type), x, n, s, m);
	if (cancelled(s->q[0], m->m2[0], threshold))
		block_about(has_mean, type, scale, (float)m->mean[0], x, n, s, m);
}

/* A row of `from` becomes row `row` of `to`. */
LN_INLINE void put_moments(struct moments *to, size_t row, const struct moments *from, size_t from_row, double scale)
{
	to->mean[row] = from->mean[from_row] / scale;
	to->mean_lo[row] = from->mean_lo[from_row] / scale;
	to->m2[row] = from->m2[from_row] / (scale * scale);
}

/* Look again at a row that cancelled, or whose squares floats do not hold. */
static __attribute__((noinline)) void look_again(bool has_mean, uint32_t type, const void *x, size_t n, size_t row, const struct sums *s,
						 struct moments *m)
{
	struct sums again;
	struct moments one;
	double q = s->q[row];

	if (cancelled(s->q[row], m->m2[row], s->threshold[row])) {
		block_about(has_mean, type, 1.0f, (float)m->mean[row], x, n, &again, &one);
		put_moments(m, row, &one, 0, 1.0);
		q = again.q[0];
	}
	if (in_range(q, (double)n))
		return;
	float scale = q < 0x1p-80 * (double)n ? 0x1p96f : 0x1p-90f;
	scaled_block(has_mean, type, scale, x, n, &again, &one);
	if (scale < 1.0f || isfinite(again.q[0]))	/* else all are equal, and too large for the scale */
		put_moments(m, row, &one, 0, (double)scale);
}

/* The moments of n columns of `rows` rows, `stride` apart, whose sums were taken. */
LN_INLINE void finish_block(bool has_mean, uint32_t type, const void *x, size_t stride, size_t rows, size_t n, const struct sums *s,
			    struct moments *m)
{
	m->count = (double)n;
	bool again = moments_from_sums(has_mean, s, rows, 1.0 / (double)n, m);
	for (size_t row = 0; row < rows && again; row++)
		look_again(has_mean, type, elem_at(x, row * stride, type), n, row, s, m);
}

/*
 * The lanes of the rows that are not centred, about their first means. Those are taken first: were each row's sums to come right after its
 * first mean, they would fill the CPU's queue while they wait for it, and keep the next row's out.
 */
static __attribute__((noinline)) void sum_off_centre(uint32_t type, const void *x, size_t stride, size_t rows, size_t n, struct sums *s,
						     double *r, double *q)
{
	const double threshold = threshold_of(HAS_MEAN, false);

	for (size_t row = 0; row < rows; row++)
		if (s->threshold[row] == threshold)
			s->pivot[row] = (double)first_mean(elem_at(x, row * stride, type), n, type);
	for (size_t row = 0; row < rows; row++)
		if (s->threshold[row] == threshold)
			sum_block_about(type, (float)s->pivot[row], elem_at(x, row * stride, type), n, r + row * SUMS, q + row * SUMS);
}

/* The sums of n columns of `rows` rows, `stride` apart. */
LN_INLINE void sum_rows(bool has_mean, uint32_t type, const void *x, size_t stride, size_t rows, size_t n, struct sums *s)
{
	_Alignas(LINE_BYTES) double r[GROUP * SUMS], q[GROUP * SUMS];
	bool all_centred = true;

	set_pivots(s, rows, 0.0, threshold_of(has_mean, true));
	for (size_t row = 0; row < rows; row++) {
		const void *p = elem_at(x, row * stride, type);
		if (!has_mean || looks_centred(p, n, type)) {
			sum_block((struct terms){ has_mean, type, true, 0.0f }, p, n, r + row * SUMS, q + row * SUMS);
		} else {
			s->threshold[row] = threshold_of(has_mean, false);
			all_centred = false;
		}
	}
	if (!all_centred)
		sum_off_centre(type, x, stride, rows, n, s, r, q);
	if (has_mean)
		fold_rows(r, rows, s->r);
	fold_rows(q, rows, s->q);
}

LN_INLINE void block_moments(bool has_mean, uint32_t type, const void *x, size_t stride, size_t rows, size_t n, struct moments *m)
{
	struct sums s;

	sum_rows(has_mean, type, x, stride, rows, n, &s);
	finish_block(has_mean, type, x, stride, rows, n, &s, m);
}

LN_INLINE struct set_moments moments_of(const struct moments *m, size_t row)
{
	return (struct set_moments){ m->count, m->mean[row], m->mean_lo[row], m->m2[row], m->m2_lo[row], m->mean_rest[row] };
}

LN_INLINE void merge_rows(size_t rows, struct moments *m, const struct moments *next)
{
	for (size_t row = 0; row < rows; row++) {
		struct set_moments merged = merge(moments_of(m, row), moments_of(next, row));

		m->mean[row] = merged.mean;
		m->mean_lo[row] = merged.mean_lo;
		m->m2[row] = merged.m2;
		m->m2_lo[row] = merged.m2_lo;
		m->mean_rest[row] = merged.mean_rest;
	}
	m->count += next->count;
}

/* The moments of `rows` contiguous rows. */
LN_INLINE void row_moments(bool has_mean, uint32_t type, const void *x, size_t rows, size_t cols, struct moments *m)
{
	struct moments next;

	block_moments(has_mean, type, x, cols, rows, cols < BLOCK ? cols : BLOCK, m);
	for (size_t at = BLOCK; at < cols; at += BLOCK) {
		block_moments(has_mean, type, elem_at(x, at, type), cols, rows, cols - at < BLOCK ? cols - at : BLOCK, &next);
		merge_rows(rows, m, &next);
	}
}

#endif
