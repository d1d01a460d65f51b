/*
 * moments.h - the statistics of a row: blocked Welford over virtual lanes
 *
 * A row is cut into blocks. A block is summed, as deviations from a pivot, in LANES float lanes that are folded in double, and
 * becomes moments in double; blocks are merged in index order. docs/numerics.md is the specification, with the error analysis.
 */
#ifndef LN_MOMENTS_H
#define LN_MOMENTS_H

#include <stdbool.h>

#include "vec.h"

enum {
	BLOCK = 1024,	/* elements that become one set of moments */
	RUN = 8 * LANES	/* elements summed in one chain per lane: 8 terms, so that few rounding errors pile up */
};

struct moments {
	double count, mean, m2;	/* m2: the sum of the squared deviations from the mean */
};

/* Sums over a block: r of the deviations from a pivot, q of their squares. */
struct sums {
	double r, q;
};

/* A pivot of 0 needs no subtraction: x - 0 is x, to the bit. */
LN_INLINE vec deviation(vec x, vec pivot, bool centred) { return centred ? x : vec_sub(x, pivot); }

LN_INLINE void add_deviation(vec d, vec *r, vec *q)
{
	*r = vec_add(*r, d);
	*q = vec_madd(d, d, *q);
}

/* Of `tail` elements that begin at lane 0, how many the register that begins at `lane` holds. */
LN_INLINE size_t tail_lanes(size_t tail, size_t lane)
{
	size_t left = tail > lane ? tail - lane : 0;
	return left < vec_lanes() ? left : vec_lanes();
}

/* Add to r and q one run as one register of lanes sees it: `terms` registers LANES apart, then `tail` lanes of one more. */
LN_INLINE void sum_run(const float *x, size_t terms, size_t tail, vec pivot, bool centred, vec *r, vec *q)
{
	vec run_r = vec_set1(0.0f), run_q = vec_set1(0.0f);

	for (size_t t = 0; t < terms; t++)
		add_deviation(deviation(vec_load(x + t * LANES), pivot, centred), &run_r, &run_q);
	if (tail > 0) {		/* the deviation is masked, not the input, since 0 - pivot is not 0 */
		vec d = deviation(vec_load_tail(x + terms * LANES, tail), pivot, centred);
		add_deviation(centred ? d : vec_keep(d, tail), &run_r, &run_q);
	}
	*r = vec_add(*r, run_r);
	*q = vec_add(*q, run_q);
}

/* Each register of lanes walks the whole block by itself, so that its chains stay in registers at any width. */
LN_INLINE struct sums sum_block(const float *x, size_t n, float pivot, bool centred)
{
	float r[LANES], q[LANES];
	size_t runs = n / RUN, rest = n % RUN, tail = n % LANES;

	for (size_t lane = 0; lane < LANES; lane += vec_lanes()) {
		const float *p = x + lane;
		vec k = vec_set1(pivot), lane_r = vec_set1(0.0f), lane_q = vec_set1(0.0f);

		for (size_t run = 0; run < runs; run++, p += RUN)
			sum_run(p, RUN / LANES, 0, k, centred, &lane_r, &lane_q);
		if (rest > 0)
			sum_run(p, rest / LANES, tail_lanes(tail, lane), k, centred, &lane_r, &lane_q);
		vec_store(r + lane, lane_r);
		vec_store(q + lane, lane_q);
	}
	return (struct sums){ vec_fold(r), vec_fold(q) };
}

LN_INLINE struct moments moments_about(float pivot, struct sums s, size_t n)
{
	double shift = s.r * (1.0 / (double)n), m2 = s.q - s.r * shift;
	return (struct moments){ (double)n, (double)pivot + shift, m2 < 0.0 ? 0.0 : m2 };	/* fmax would turn a NaN into 0 */
}

/* A second look about a better pivot, and any look about a pivot other than 0: out of line, since it is rare. */
static __attribute__((noinline)) struct sums sum_block_about(const float *x, size_t n, float pivot)
{
	return sum_block(x, n, pivot, false);
}

/* Do the first elements have mixed signs? Then the mean is not far from 0, and 0 is a good pivot: no deviation is rounded. */
LN_INLINE bool looks_centred(const float *x, size_t n)
{
	size_t count = n < LANES ? n : LANES;
	unsigned negative = 0;

	for (size_t lane = 0; lane < LANES; lane += vec_lanes())
		if (lane < count)
			negative += vec_count_negative(n < LANES ? vec_load_tail(x + lane, tail_lanes(n, lane)) : vec_load(x + lane));
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

LN_INLINE struct moments block_moments(const float *x, size_t n)
{
	bool centred = looks_centred(x, n);
	float pivot = centred ? 0.0f : first_mean(x, n);
	struct sums s = centred ? sum_block(x, n, 0.0f, true) : sum_block_about(x, n, pivot);
	struct moments m = moments_about(pivot, s, n);

	if (m.m2 < 0.5 * s.q) {		/* more than half cancelled: the pivot was far from the mean, which is known now */
		pivot = (float)m.mean;
		m = moments_about(pivot, sum_block_about(x, n, pivot), n);
	}
	return m;
}

/* Welford's update for whole sets, after Chan, Golub and LeVeque 1983. */
LN_INLINE void merge_moments(struct moments *into, struct moments from)
{
	double count = into->count + from.count, weight = from.count / count, d = from.mean - into->mean;

	into->m2 += from.m2 + d * d * (into->count * weight);
	into->mean += d * weight;
	into->count = count;
}

LN_INLINE struct moments row_moments(const float *x, size_t cols)
{
	struct moments m = block_moments(x, cols < BLOCK ? cols : BLOCK);

	for (size_t at = BLOCK; at < cols; at += BLOCK)
		merge_moments(&m, block_moments(x + at, cols - at < BLOCK ? cols - at : BLOCK));
	return m;
}

#endif
