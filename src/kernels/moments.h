/*
 * moments.h - the statistics of rows: blocked Welford over virtual lanes
 *
 * A row is cut into blocks. A block is summed, as deviations from a pivot, in LANES float lanes that are folded in double, and
 * becomes moments in double; blocks are merged in index order. docs/numerics.md is the specification, with the error analysis.
 *
 * Several rows go side by side, so that their divisions and square roots overlap; no row sees another's numbers.
 */
#ifndef LN_MOMENTS_H
#define LN_MOMENTS_H

#include <stdbool.h>

#include "vec.h"

enum {
	BLOCK = 1024,	/* elements that become one set of moments */
	RUN = 8 * LANES, /* elements summed in one chain per lane: 8 terms, so that few rounding errors pile up */
	PROBE = 16,	/* elements whose signs are looked at: no vocabulary has more lanes */
	GROUP = 4	/* the most rows that go side by side */
};

/* Of up to GROUP rows, each with this count; m2 is the sum of the squared deviations from the mean. */
struct moments {
	double count, mean[GROUP], m2[GROUP];
};

/* Of a block of up to GROUP rows: r sums the deviations from the pivot, q their squares. */
struct sums {
	double pivot[GROUP], r[GROUP], q[GROUP];
};

/* A pivot of 0 needs no subtraction: x - 0 is x, to the bit. */
LN_INLINE vec deviation(vec x, vec pivot, bool centred) { return centred ? x : vec_sub(x, pivot); }

LN_INLINE void add_deviation(vec d, vec *r, vec *q)
{
	*r = vec_add(*r, d);
	*q = vec_madd(d, d, *q);
}

/*
 * Add one run of `terms` terms as two registers of lanes see it: the low one at x, the high one behind it. Two, because their chains
 * of additions overlap; every vocabulary has an even number of registers for LANES.
 */
LN_INLINE void sum_run(const float *x, size_t terms, vec pivot, bool centred, vec *low_r, vec *low_q, vec *high_r, vec *high_q)
{
	vec zero = vec_set1(0.0f), run_low_r = zero, run_low_q = zero, run_high_r = zero, run_high_q = zero;

	for (size_t t = 0; t < terms; t++, x += LANES) {
		add_deviation(deviation(vec_load(x), pivot, centred), &run_low_r, &run_low_q);
		add_deviation(deviation(vec_load(x + vec_lanes()), pivot, centred), &run_high_r, &run_high_q);
	}
	*low_r = vec_add(*low_r, run_low_r);
	*low_q = vec_add(*low_q, run_low_q);
	*high_r = vec_add(*high_r, run_high_r);
	*high_q = vec_add(*high_q, run_high_q);
}

/* Two registers of lanes walk all whole terms by themselves, so that their chains stay in registers at any width. */
LN_INLINE void sum_terms(const float *x, size_t n, vec pivot, bool centred, float *r, float *q)
{
	size_t runs = n / RUN, terms = n % RUN / LANES;

	for (size_t lane = 0; lane < LANES; lane += 2 * vec_lanes()) {
		vec low_r = vec_set1(0.0f), low_q = low_r, high_r = low_r, high_q = low_r;
		const float *p = x + lane;

		for (size_t run = 0; run < runs; run++, p += RUN)
			sum_run(p, RUN / LANES, pivot, centred, &low_r, &low_q, &high_r, &high_q);
		sum_run(p, terms, pivot, centred, &low_r, &low_q, &high_r, &high_q);
		vec_store(r + lane, low_r);
		vec_store(q + lane, low_q);
		vec_store(r + lane + vec_lanes(), high_r);
		vec_store(q + lane + vec_lanes(), high_q);
	}
}

/* Of `tail` elements that begin at lane 0, how many the register that begins at `lane` holds. */
LN_INLINE size_t tail_lanes(size_t tail, size_t lane) { return tail - lane < vec_lanes() ? tail - lane : vec_lanes(); }

/* Add to the lane sums the last elements, fewer than LANES. */
LN_INLINE void sum_tail(const float *x, size_t tail, vec pivot, bool centred, float *r, float *q)
{
	for (size_t lane = 0; lane < tail; lane += vec_lanes()) {
		size_t n = tail_lanes(tail, lane);
		vec d = deviation(vec_load_tail(x + lane, n), pivot, centred), lane_r = vec_load(r + lane), lane_q = vec_load(q + lane);

		add_deviation(vec_keep(d, n), &lane_r, &lane_q);	/* the deviation is masked, since 0 - pivot is not 0 */
		vec_store(r + lane, lane_r);
		vec_store(q + lane, lane_q);
	}
}

LN_INLINE void sum_block(const float *x, size_t n, float pivot, bool centred, struct sums *s, size_t row)
{
	float r[LANES], q[LANES];
	size_t tail = n % LANES;
	vec k = vec_set1(pivot);

	sum_terms(x, n, k, centred, r, q);
	sum_tail(x + n - tail, tail, k, centred, r, q);
	s->pivot[row] = (double)pivot;
	s->r[row] = vec_fold(r);
	s->q[row] = vec_fold(q);
}

/* About any pivot: out of line, since rows about 0 are the common ones. */
static __attribute__((noinline)) void sum_block_about(const float *x, size_t n, float pivot, struct sums *s, size_t row)
{
	sum_block(x, n, pivot, false, s, row);
}

/*
 * Do the first elements have mixed signs? Then the mean is not far from 0, and 0 is a good pivot: no deviation is rounded, and
 * the sums need not wait for a first mean.
 */
LN_INLINE bool looks_centred(const float *x, size_t n)
{
	size_t count = n < PROBE ? n : PROBE;
	unsigned negative = 0;

	for (size_t i = 0; i < PROBE; i += vec_lanes())
		if (n >= PROBE)
			negative += vec_count_negative(vec_load(x + i));
		else if (i < n)
			negative += vec_count_negative(vec_load_tail(x + i, tail_lanes(n, i)));
	return count <= 4 * negative && 4 * negative <= 3 * count;
}

/* The mean of the first LANES elements, or of as many as there are. */
LN_INLINE float first_mean(const float *x, size_t n)
{
	float first[LANES] = { 0 };

	if (n >= LANES)
		return (float)(vec_fold(x) * (1.0 / LANES));
	for (size_t i = 0; i < n; i++)
		first[i] = x[i];
	return (float)(vec_fold(first) * (1.0 / (double)n));
}

/* Plain loops over the rows, which the compiler makes one vector of doubles. */
LN_INLINE void moments_from_sums(const struct sums *s, size_t rows, double inverse_count, struct moments *m)
{
	for (size_t row = 0; row < rows; row++) {
		double shift = s->r[row] * inverse_count, m2 = s->q[row] - s->r[row] * shift;

		m->mean[row] = s->pivot[row] + shift;
		m->m2[row] = m2 < 0.0 ? 0.0 : m2;	/* not fmax: it would turn a NaN into 0 */
	}
}

/* More than an eighth of q cancelled: the pivot was far from the mean, and the errors of q and r would be magnified. */
LN_INLINE bool cancelled(const struct sums *s, const struct moments *m, size_t row) { return m->m2[row] < 0.875 * s->q[row]; }

/* Sum again, about the mean that is known now, the rows that cancelled. */
static __attribute__((noinline)) void sum_again(const float *x, size_t stride, size_t rows, size_t n, const struct moments *m,
						struct sums *s)
{
	for (size_t row = 0; row < rows; row++)
		if (cancelled(s, m, row))
			sum_block_about(x + row * stride, n, (float)m->mean[row], s, row);
}

/* The moments of n columns of `rows` rows, `stride` apart. */
LN_INLINE struct moments block_moments(const float *x, size_t stride, size_t rows, size_t n)
{
	struct moments m = { .count = (double)n };
	struct sums s;
	double inverse_count = 1.0 / (double)n;
	bool again = false;

	for (size_t row = 0; row < rows; row++, x += stride)
		if (looks_centred(x, n))
			sum_block(x, n, 0.0f, true, &s, row);
		else
			sum_block_about(x, n, first_mean(x, n), &s, row);
	moments_from_sums(&s, rows, inverse_count, &m);
	for (size_t row = 0; row < rows; row++)
		again |= cancelled(&s, &m, row);
	if (again) {
		sum_again(x - rows * stride, stride, rows, n, &m, &s);
		moments_from_sums(&s, rows, inverse_count, &m);
	}
	return m;
}

/* Welford's update for whole sets, after Chan, Golub and LeVeque 1983. */
LN_INLINE void merge_moments(struct moments *into, const struct moments *from, size_t rows)
{
	double count = into->count + from->count, weight = from->count / count;

	for (size_t r = 0; r < rows; r++) {
		double d = from->mean[r] - into->mean[r];
		into->m2[r] += from->m2[r] + d * d * (into->count * weight);
		into->mean[r] += d * weight;
	}
	into->count = count;
}

/* The moments of `rows` contiguous rows. */
LN_INLINE struct moments row_moments(const float *x, size_t rows, size_t cols)
{
	struct moments m = block_moments(x, cols, rows, cols < BLOCK ? cols : BLOCK);

	for (size_t at = BLOCK; at < cols; at += BLOCK) {
		struct moments next = block_moments(x + at, cols, rows, cols - at < BLOCK ? cols - at : BLOCK);
		merge_moments(&m, &next, rows);
	}
	return m;
}

#endif
