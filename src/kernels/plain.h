/*
 * plain.h - LayerNorm and RMSNorm of contiguous rows, the calls that matter most: the statistics of a group of rows, then one pass
 * that normalises, scales and shifts them. Norm and type are constants here.
 */
#ifndef LN_PLAIN_H
#define LN_PLAIN_H

#include <math.h>

#include "moments.h"
#include "normalise.h"

enum { PARAMETER_TILE = 4 * BLOCK };	/* columns whose parameters are made floats once for all rows */

/* The scale of a row of these moments; false if floats cannot hold it, and the row must go the general way. */
LN_INLINE bool scale_of_moments(const struct moments *m, size_t row, double inverse_cols, double eps, struct scale *scale)
{
	double variance = m->m2[row] * inverse_cols + eps, rstd = 1.0 / sqrt(variance);
	float mean = (float)m->mean[row];

	*scale = (struct scale){ mean, (float)rstd, (float)((((double)mean - m->mean[row]) - m->mean_lo[row]) * rstd) };
	return variance >= 0x1p-80 && variance <= 0x1p80;	/* a NaN fails */
}

/* The scales of rows; false if floats cannot hold one of them. */
LN_INLINE bool scales_of_rows(uint32_t norm, uint32_t type, const void *x, size_t rows, size_t cols, double eps, struct scale *scale)
{
	struct moments m;
	double inverse_cols = 1.0 / (double)cols;
	bool ordinary = true;

	row_moments(norm, type, x, rows, cols, &m);
	for (size_t r = 0; r < rows; r++)
		ordinary &= scale_of_moments(&m, r, inverse_cols, eps, &scale[r]);
	return ordinary;
}

/* Row by row: compiled once for each norm and type, for all loops but the hot one. */
static __attribute__((noinline)) bool scale_of_row(uint32_t norm, uint32_t type, const void *x, size_t cols, double eps, struct scale *scale)
{
	return scales_of_rows(norm, type, x, 1, cols, eps, scale);
}

LN_INLINE bool scales_apart(uint32_t norm, uint32_t type, const void *x, size_t rows, size_t cols, double eps, struct scale *scale)
{
	bool ordinary = true;

	for (size_t r = 0; r < rows; r++)
		ordinary &= scale_of_row(norm, type, elem_at(x, r * cols, type), cols, eps, &scale[r]);
	return ordinary;
}

/* Pairs of rows, in blocks of columns, so that gamma and beta stay close by for the second pair. */
LN_INLINE void normalise_group(struct pass p, size_t rows, const void *x, void *y, const struct scale *s)
{
	size_t blocks = (p.cols - 1) / BLOCK + 1;

	for (size_t i = 0; i < blocks * rows; i += 2) {
		size_t c = i / rows * BLOCK, r = i % rows, end = c + BLOCK < p.cols ? c + BLOCK : p.cols;
		normalise_rows(p, 2, elem_at(x, r * p.cols, p.type), elem_out(y, r * p.cols, p.type), s + r, c, end);
	}
}

static __attribute__((noinline)) void put_statistics(const struct plain *a, size_t row, size_t rows, const struct scale *s)
{
	for (size_t r = 0; r < rows; r++) {
		if (a->mean)
			a->mean[row + r] = s[r].mean;
		if (a->rstd)
			a->rstd[row + r] = s[r].rstd;
	}
}

/* Rows that go together. The loop that matters most has its statistics inline, where wide registers leave little else to do. */
LN_INLINE void plain_group(const struct plain *a, struct pass p, size_t row, size_t rows, bool hot)
{
	const void *x = elem_at(a->x, row * a->cols, p.type);
	void *y = elem_out(a->y, row * a->cols, p.type);
	struct scale s[GROUP];
	bool ordinary = hot ? scales_of_rows(p.norm, p.type, x, rows, a->cols, a->eps, s)
			    : scales_apart(p.norm, p.type, x, rows, a->cols, a->eps, s);

	if (!ordinary) {
		for (size_t r = 0; r < rows; r++)
			ln_row_apart(a, row + r);
		return;
	}
	if (a->mean || a->rstd)
		put_statistics(a, row, rows, s);
	if (hot && a->cols >= RUN)	/* the next group's sums need not wait for them; of shorter rows they would be most of a group */
		fetch_first_lines(elem_at(x, rows * a->cols, p.type));
	if (rows == 1)
		normalise_rows(p, 1, x, y, s, 0, a->cols);
	else
		normalise_group(p, rows, x, y, s);
}

/* Sum one row while another is normalised, but for the last columns of that: returns where these begin. */
LN_INLINE size_t normalise_and_sum(struct pass p, const void *x, void *y, const struct scale *s, const void *next, struct sums *sums)
{
	struct terms t = { p.norm, p.type, true, 1.0f, 0.0f };
	vec low_r = vec_set1(0.0f), low_q = low_r, high_r = low_r, high_q = low_r;
	float r[LANES], q[LANES];
	size_t c = 0;

	for (; c + RUN <= p.cols; c += RUN) {
		sum_run(t, elem_at(next, c, p.type), RUN / LANES, &low_r, &low_q, &high_r, &high_q);
		if (c > 0)
			normalise_rows(p, 1, x, y, s, c - RUN, c);
	}
	sum_run(t, elem_at(next, c, p.type), p.cols % RUN / LANES, &low_r, &low_q, &high_r, &high_q);
	store_pair_sums(p.type, low_r, low_q, high_r, high_q, r, q);
	fold_block(t, next, p.cols, r, q, sums, 0);
	return c - RUN;
}

/* Normalise one row and find the scale of the next: what is left of the one after the sums of the other hides how long that takes. */
LN_INLINE bool normalise_before(struct pass p, double eps, const void *x, void *y, struct scale *s, const void *next)
{
	struct sums sums;
	struct moments m;
	struct scale next_s;
	size_t c = normalise_and_sum(p, x, y, s, next, &sums);

	finish_block(p.norm, p.type, next, 0, 1, p.cols, &sums, &m);
	bool ordinary = scale_of_moments(&m, 0, 1.0 / (double)p.cols, eps, &next_s);
	normalise_rows(p, 1, x, y, s, c, p.cols);
	*s = next_s;
	return ordinary;
}

/*
 * RMSNorm can sum a row while it normalises the one before: its sums need half the registers and few operations, so the loads of the one
 * and the stores of the other go together (measured: faster in every cache; LayerNorm is not). Rows of one block, all lanes in one pair of
 * registers.
 */
LN_INLINE bool rows_overlap(const struct plain *a, uint32_t norm)
{
	return norm == LN_RMSNORM && 2 * vec_lanes() == LANES && a->rows > 1 && a->cols >= 2 * RUN && a->cols <= BLOCK;
}

LN_INLINE void overlapped_rows(const struct plain *a, struct pass p)
{
	struct scale s;
	bool ordinary = false;

	for (size_t row = 0; row < a->rows; row++) {
		const void *x = elem_at(a->x, row * p.cols, p.type);
		void *y = elem_out(a->y, row * p.cols, p.type);
		if (!ordinary && !scale_of_row(p.norm, p.type, x, p.cols, a->eps, &s)) {
			ln_row_apart(a, row);
			continue;
		}
		if (a->mean || a->rstd)
			put_statistics(a, row, 1, &s);
		if (row + 1 < a->rows)
			ordinary = normalise_before(p, a->eps, x, y, &s, elem_at(x, p.cols, p.type));
		else
			normalise_rows(p, 1, x, y, &s, 0, p.cols);
	}
}

/* Ones and zeros for an absent gamma and beta. */
LN_INLINE const void *absent_parameter(uint32_t type, bool gamma)
{
	static const uint16_t bf16[2 * PROBE] = { [0 ... 2 * PROBE - 1] = 0x3f80 }, f16[2 * PROBE] = { [0 ... 2 * PROBE - 1] = 0x3c00 };
	static const float f32[2 * PROBE] = { [0 ... 2 * PROBE - 1] = 1.0f }, zeros[2 * PROBE] = { 0 };

	return !gamma ? (const void *)zeros : type == LN_F32 ? (const void *)f32 : type == LN_BF16 ? bf16 : f16;
}

/* `full`: no parameter is absent. */
LN_INLINE struct pass make_pass(const struct plain *a, uint32_t norm, uint32_t type, bool full, enum reach reach)
{
	bool has_gamma = full || a->gamma, has_beta = full || a->beta;

	return (struct pass){ a->cols, has_gamma ? a->gamma : absent_parameter(type, true), has_beta ? a->beta : absent_parameter(type, false),
			      has_gamma, has_beta, false, reach, norm, type };
}

LN_INLINE void plain_rows(const struct plain *a, struct pass p, bool hot)
{
	size_t row = 0;

	if (p.reach == REACH_NEAR)
		for (; row + GROUP <= a->rows; row += GROUP)
			plain_group(a, p, row, GROUP, hot);
	for (; row < a->rows; row++)
		plain_group(a, p, row, 1, false);
}

/* Many rows of 16-bit elements share the work of making their parameters floats. */
LN_INLINE void plain_rows_tiled(const struct plain *a, struct pass p)
{
	float gamma[PARAMETER_TILE], beta[PARAMETER_TILE];

	fill_parameter_tile(p.type, a->gamma, a->cols, gamma);
	if (p.norm == LN_LAYERNORM)
		fill_parameter_tile(p.type, a->beta, a->cols, beta);
	p.gamma = gamma;
	p.beta = beta;
	p.tiled = true;
	plain_rows(a, p, p.type == LN_BF16 && vec_lanes() >= 8);
}

/* All parameters, in cache, is what matters most. */
LN_INLINE void plain_call(const struct plain *a, uint32_t norm, uint32_t type)
{
	bool full = a->gamma && (a->beta || norm == LN_RMSNORM);

	if (a->reach == REACH_MEMORY) {
		plain_rows(a, make_pass(a, norm, type, false, REACH_MEMORY), false);
		vec_stream_end();
	} else if (full && type == LN_F32 && rows_overlap(a, norm)) {
		overlapped_rows(a, make_pass(a, norm, type, true, REACH_NEAR));	/* also if far: a row is read ahead as it is summed */
	} else if (a->reach == REACH_NEAR && full && type == LN_F32) {
		plain_rows(a, make_pass(a, norm, type, true, REACH_NEAR), vec_lanes() >= 8);
	} else if (a->reach == REACH_NEAR && full && a->rows >= GROUP && a->cols <= PARAMETER_TILE) {
		plain_rows_tiled(a, make_pass(a, norm, type, true, REACH_NEAR));
	} else {
		plain_rows(a, make_pass(a, norm, type, false, a->reach), false);
	}
}

static void LN_NAME(layernorm_f32)(const struct plain *a) { plain_call(a, LN_LAYERNORM, LN_F32); }
static void LN_NAME(layernorm_bf16)(const struct plain *a) { plain_call(a, LN_LAYERNORM, LN_BF16); }
static void LN_NAME(layernorm_f16)(const struct plain *a) { plain_call(a, LN_LAYERNORM, LN_F16); }
static void LN_NAME(rmsnorm_f32)(const struct plain *a) { plain_call(a, LN_RMSNORM, LN_F32); }
static void LN_NAME(rmsnorm_bf16)(const struct plain *a) { plain_call(a, LN_RMSNORM, LN_BF16); }
static void LN_NAME(rmsnorm_f16)(const struct plain *a) { plain_call(a, LN_RMSNORM, LN_F16); }

#endif
