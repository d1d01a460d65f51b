/*
 * moments.h - the statistics of rows: blocked Welford over virtual lanes
 *
 * A row is cut into blocks. A block is summed, as deviations from a pivot, in LANES float lanes that are folded in double, and
 * becomes moments in double; blocks are merged in index order. docs/numerics.md is the specification, with the error analysis.
 *
 * Several rows go side by side, so that their divisions and square roots overlap; no row sees another's numbers. The norm and the
 * type of the elements are constants wherever these functions are used.
 */
#ifndef LN_MOMENTS_H
#define LN_MOMENTS_H

#include <math.h>

#include "elem.h"
#include "merge.h"

enum { RUN = 8 * LANES };	/* elements summed in one chain per lane: 8 terms, so that few rounding errors pile up */

/* Of up to GROUP rows, each with this count. */
struct moments {
	double count, mean[GROUP], mean_lo[GROUP], m2[GROUP];
};

/* Of a block of up to GROUP rows: r sums the deviations from the pivot, q their squares. */
struct sums {
	double pivot[GROUP], r[GROUP], q[GROUP];
};

/* What is summed: (x * scale - pivot). A scale of 1 and a pivot of 0 need no instruction; `plain` says so as a constant. */
struct terms {
	uint32_t norm, type;
	bool plain;
	float scale, pivot;
};

LN_INLINE void add_term(struct terms t, vec x, vec *r, vec *q)
{
	vec d = t.plain ? x : vec_sub(vec_mul(x, vec_set1(t.scale)), vec_set1(t.pivot));

	if (t.norm == LN_LAYERNORM)
		*r = vec_add(*r, d);
	*q = vec_madd(d, d, *q);
}

/*
 * Add one run of n terms as a pair of registers of lanes sees it (elem.h). Two, because their chains of additions overlap; every
 * vocabulary has an even number of registers for LANES.
 */
LN_INLINE void sum_run(struct terms t, const void *x, size_t n, vec *low_r, vec *low_q, vec *high_r, vec *high_q)
{
	vec zero = vec_set1(0.0f), run_low_r = zero, run_low_q = zero, run_high_r = zero, run_high_q = zero;

	for (size_t i = 0; i < n; i++, x = elem_at(x, LANES, t.type)) {
		vec low, high;
		elem_load_pair(x, t.type, &low, &high);
		add_term(t, low, &run_low_r, &run_low_q);
		add_term(t, high, &run_high_r, &run_high_q);
	}
	*low_r = vec_add(*low_r, run_low_r);
	*low_q = vec_add(*low_q, run_low_q);
	*high_r = vec_add(*high_r, run_high_r);
	*high_q = vec_add(*high_q, run_high_q);
}

LN_INLINE void store_pair_sums(uint32_t type, vec low_r, vec low_q, vec high_r, vec high_q, float *r, float *q)
{
	elem_natural(&low_r, &high_r, type);
	elem_natural(&low_q, &high_q, type);
	vec_store(r, low_r);
	vec_store(q, low_q);
	vec_store(r + vec_lanes(), high_r);
	vec_store(q + vec_lanes(), high_q);
}

/* Two registers of lanes walk all whole terms by themselves, so that their chains stay in registers at any width. */
LN_INLINE void sum_runs(struct terms t, const void *x, size_t n, float *r, float *q)
{
	size_t runs = n / RUN, rest = n % RUN / LANES;

	for (size_t lane = 0; lane < LANES; lane += 2 * vec_lanes()) {
		vec low_r = vec_set1(0.0f), low_q = low_r, high_r = low_r, high_q = low_r;
		const void *p = elem_at(x, lane, t.type);

		for (size_t run = 0; run < runs; run++, p = elem_at(p, RUN, t.type))
			sum_run(t, p, RUN / LANES, &low_r, &low_q, &high_r, &high_q);
		sum_run(t, p, rest, &low_r, &low_q, &high_r, &high_q);
		store_pair_sums(t.type, low_r, low_q, high_r, high_q, r + lane, q + lane);
	}
}

/* Of `tail` elements that begin at lane 0, how many the register that begins at `lane` holds. */
LN_INLINE size_t tail_lanes(size_t tail, size_t lane) { return tail - lane < vec_lanes() ? tail - lane : vec_lanes(); }

/* Add to the lane sums the last elements, fewer than LANES. The term is masked, not the element, since 0 - pivot is not 0. */
LN_INLINE void sum_tail(struct terms t, const void *x, size_t tail, float *r, float *q)
{
	for (size_t lane = 0; lane < tail; lane += vec_lanes()) {
		size_t n = tail_lanes(tail, lane);
		vec d = elem_load_tail(elem_at(x, lane, t.type), n, t.type), lane_r = vec_load(r + lane), lane_q = vec_load(q + lane);

		if (!t.plain)
			d = vec_sub(vec_mul(d, vec_set1(t.scale)), vec_set1(t.pivot));
		d = vec_keep(d, n);
		vec_store(r + lane, vec_add(lane_r, d));
		vec_store(q + lane, vec_madd(d, d, lane_q));
	}
}

/* The sums of a block from those of its whole terms, in lanes. */
LN_INLINE void fold_block(struct terms t, const void *x, size_t n, float *r, float *q, struct sums *s, size_t row)
{
	size_t tail = n % LANES;

	sum_tail(t, elem_at(x, n - tail, t.type), tail, r, q);
	s->pivot[row] = (double)t.pivot;
	s->r[row] = t.norm == LN_LAYERNORM ? vec_fold(r) : 0.0;
	s->q[row] = vec_fold(q);
}

LN_INLINE void sum_block(struct terms t, const void *x, size_t n, struct sums *s, size_t row)
{
	float r[LANES], q[LANES];

	sum_runs(t, x, n, r, q);
	fold_block(t, x, n, r, q, s, row);
}

/*
 * Do the first elements have mixed signs? Then the mean is not far from 0, and 0 is a good pivot: no deviation is rounded, and
 * the sums need not wait for a first mean.
 */
LN_INLINE bool looks_centred(const void *x, size_t n, uint32_t type)
{
	size_t count = n < PROBE ? n : PROBE;
	unsigned negative = 0;

	for (size_t i = 0; i < PROBE; i += vec_lanes())
		if (n >= PROBE)
			negative += vec_count_negative(elem_load(elem_at(x, i, type), type));
		else if (i < n)
			negative += vec_count_negative(elem_load_tail(elem_at(x, i, type), tail_lanes(n, i), type));
	return count <= 4 * negative && 4 * negative <= 3 * count;
}

/* The mean of the first LANES elements, or of as many as there are, times the scale. */
LN_INLINE float first_mean(const void *x, size_t n, float scale, uint32_t type)
{
	float first[LANES] = { 0 };
	size_t count = n < LANES ? n : LANES;

	for (size_t i = 0; i < count; i += vec_lanes()) {
		vec v = n >= LANES ? elem_load(elem_at(x, i, type), type) : elem_load_tail(elem_at(x, i, type), tail_lanes(n, i), type);
		vec_store(first + i, vec_mul(v, vec_set1(scale)));
	}
	return (float)(vec_fold(first) * (1.0 / (double)count));
}

/* About any pivot, at any scale: out of line, since rows about 0 are the common ones. */
static __attribute__((noinline)) void sum_block_about(uint32_t type, float scale, float pivot, const void *x, size_t n, struct sums *s,
						      size_t row)
{
	if (type == LN_F32)
		sum_block((struct terms){ LN_LAYERNORM, LN_F32, false, scale, pivot }, x, n, s, row);
	else if (type == LN_BF16)
		sum_block((struct terms){ LN_LAYERNORM, LN_BF16, false, scale, pivot }, x, n, s, row);
	else
		sum_block((struct terms){ LN_LAYERNORM, LN_F16, false, scale, pivot }, x, n, s, row);
}

/* Plain loops over the rows, which the compiler makes one vector of doubles. */
LN_INLINE void moments_from_sums(const struct sums *s, size_t rows, double inverse_count, struct moments *m)
{
	for (size_t row = 0; row < rows; row++) {
		double shift = s->r[row] * inverse_count, m2 = s->q[row] - s->r[row] * shift;

		m->mean[row] = s->pivot[row] + shift;
		m->mean_lo[row] = 0.0;
		m->m2[row] = m2 < 0.0 ? 0.0 : m2;	/* not fmax: it would turn a NaN into 0 */
	}
}

/* More than an eighth of q cancelled: the pivot was far from the mean, and the errors of q and r would be magnified. */
LN_INLINE bool cancelled(const struct sums *s, const struct moments *m, size_t row) { return m->m2[row] < 0.875 * s->q[row]; }

/* Floats hold the squares of such a block without loss; a NaN fails. */
LN_INLINE bool in_range(double q, double count) { return q >= 0x1p-80 * count && q <= 0x1p80 * count; }

/* The moments of one block of one row about this pivot, at this scale, as row 0 of `m`. */
LN_INLINE void block_about(uint32_t norm, uint32_t type, float scale, float pivot, const void *x, size_t n, struct sums *s, struct moments *m)
{
	sum_block_about(type, scale, pivot, x, n, s, 0);
	if (norm == LN_RMSNORM)
		s->r[0] = 0.0;
	moments_from_sums(s, 1, 1.0 / (double)n, m);
}

/* The same with the pivot chosen, and with a second look about the mean if the first one was poor. */
LN_INLINE void scaled_block(uint32_t norm, uint32_t type, float scale, const void *x, size_t n, struct sums *s, struct moments *m)
{
	bool centred = norm == LN_RMSNORM || looks_centred(x, n, type);

	block_about(norm, type, scale, centred ? 0.0f : first_mean(x, n, scale, type), x, n, s, m);
	if (cancelled(s, m, 0))
		block_about(norm, type, scale, (float)m->mean[0], x, n, s, m);
}

/* Look again at the rows that cancelled, or whose squares floats do not hold. */
static __attribute__((noinline)) void look_again(uint32_t norm, uint32_t type, const void *x, size_t stride, size_t rows, size_t n,
						 const struct sums *s, struct moments *m)
{
	for (size_t row = 0; row < rows; row++) {
		const void *p = elem_at(x, row * stride, type);
		struct sums again = { .q = { s->q[row] } };
		struct moments one = { .mean = { m->mean[row] }, .m2 = { m->m2[row] } }, scaled;

		if (cancelled(s, m, row))
			block_about(norm, type, 1.0f, (float)m->mean[row], p, n, &again, &one);
		if (!in_range(again.q[0], (double)n)) {
			float scale = again.q[0] < 0x1p-80 * (double)n ? 0x1p90f : 0x1p-90f;
			scaled_block(norm, type, scale, p, n, &again, &scaled);
			if (scale < 1.0f || isfinite(again.q[0])) {	/* else all are equal, and too large for the scale */
				one.mean[0] = scaled.mean[0] / (double)scale;
				one.m2[0] = scaled.m2[0] / ((double)scale * (double)scale);
			}
		}
		m->mean[row] = one.mean[0];
		m->m2[row] = one.m2[0];
	}
}

/* The moments of n columns of `rows` rows, `stride` apart, whose sums were taken. */
LN_INLINE void finish_block(uint32_t norm, uint32_t type, const void *x, size_t stride, size_t rows, size_t n, const struct sums *s,
			    struct moments *m)
{
	bool again = false;

	m->count = (double)n;
	moments_from_sums(s, rows, 1.0 / (double)n, m);
	for (size_t row = 0; row < rows; row++)
		again = again || cancelled(s, m, row) || !in_range(s->q[row], (double)n);
	if (again)
		look_again(norm, type, x, stride, rows, n, s, m);
}

LN_INLINE void block_moments(uint32_t norm, uint32_t type, const void *x, size_t stride, size_t rows, size_t n, struct moments *m)
{
	struct sums s;

	for (size_t row = 0; row < rows; row++) {
		const void *p = elem_at(x, row * stride, type);
		if (norm == LN_RMSNORM || looks_centred(p, n, type))
			sum_block((struct terms){ norm, type, true, 1.0f, 0.0f }, p, n, &s, row);
		else
			sum_block_about(type, 1.0f, first_mean(p, n, 1.0f, type), p, n, &s, row);
	}
	finish_block(norm, type, x, stride, rows, n, &s, m);
}

/* The moments of `rows` contiguous rows. */
LN_INLINE void row_moments(uint32_t norm, uint32_t type, const void *x, size_t rows, size_t cols, struct moments *m)
{
	struct moments next;

	block_moments(norm, type, x, cols, rows, cols < BLOCK ? cols : BLOCK, m);
	for (size_t at = BLOCK; at < cols; at += BLOCK) {
		block_moments(norm, type, elem_at(x, at, type), cols, rows, cols - at < BLOCK ? cols - at : BLOCK, &next);
		for (size_t row = 0; row < rows; row++)
			merge(m->count, &m->mean[row], &m->mean_lo[row], &m->m2[row], next.count, next.mean[row], next.mean_lo[row], next.m2[row]);
		m->count += next.count;
	}
}

#endif
