/*
 * plain.h - LayerNorm and RMSNorm of contiguous rows, the calls that matter most: the statistics of a group of rows, then one pass
 * that normalises, scales and shifts them. Norm and type are constants here.
 */
#ifndef LN_PLAIN_H
#define LN_PLAIN_H

#include <math.h>

#include "moments.h"

/*
 * What makes x its normalised value: (x - mean) * rstd + shift. The mean is rounded to a float; shift puts back what that lost,
 * at no cost where multiplication and addition are one instruction.
 */
struct scale {
	float mean, rstd, shift;
};

/*
 * What the normalising pass reads besides x. Where its members are constants, they make a loop of their own. A step is 1, or 0 for an
 * absent parameter, which is read again and again from two registers' worth of ones or zeros.
 */
struct pass {
	size_t cols;
	const void *gamma, *beta;
	size_t gamma_step, beta_step;
	bool tiled;	/* gamma and beta are floats, in the order in which elem_load_pair() has the type's elements */
	enum reach reach;
	uint32_t norm, type;
};

enum { PARAMETER_TILE = 4 * BLOCK };	/* columns whose parameters are made floats once for all rows */

/* Ones and zeros for an absent gamma and beta. */
LN_INLINE const void *absent_parameter(uint32_t type, bool gamma)
{
	static const uint16_t bf16[2 * PROBE] = { [0 ... 2 * PROBE - 1] = 0x3f80 }, f16[2 * PROBE] = { [0 ... 2 * PROBE - 1] = 0x3c00 };
	static const float f32[2 * PROBE] = { [0 ... 2 * PROBE - 1] = 1.0f }, zeros[2 * PROBE] = { 0 };

	return !gamma ? (const void *)zeros : type == LN_F32 ? (const void *)f32 : type == LN_BF16 ? bf16 : f16;
}

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

/* The mean of RMSNorm is 0, and x - 0 is x. */
LN_INLINE vec normalise(struct pass p, vec x, struct scale s, vec gamma, vec beta)
{
	if (p.norm == LN_LAYERNORM)
		x = vec_madd(vec_sub(x, vec_set1(s.mean)), vec_set1(s.rstd), vec_set1(s.shift));
	else
		x = vec_madd(x, vec_set1(s.rstd), vec_set1(0.0f));
	return vec_madd(x, gamma, beta);
}

LN_INLINE void load_parameter_pair(struct pass p, const void *parameter, size_t c, vec *a, vec *b)
{
	if (p.tiled)
		elem_load_pair((const float *)parameter + c, LN_F32, a, b);
	else
		elem_load_pair(elem_at(parameter, c, p.type), p.type, a, b);
}

/* Columns c on of a parameter, fewer than a register holds or as many; a tile has what is left over by pairs in the order of memory. */
LN_INLINE vec load_parameter_lanes(struct pass p, const void *parameter, size_t c, size_t n)
{
	return p.tiled ? elem_load_lanes((const float *)parameter + c, n, LN_F32) : elem_load_lanes(elem_at(parameter, c, p.type), n, p.type);
}

/* A parameter as a tile: whole pairs as they are loaded, then the rest. */
static __attribute__((noinline)) void fill_parameter_tile(uint32_t type, const void *parameter, size_t cols, float *tile)
{
	size_t c = 0;

	for (vec a, b; c + 2 * vec_lanes() <= cols; c += 2 * vec_lanes()) {
		elem_load_pair(elem_at(parameter, c, type), type, &a, &b);
		vec_store(tile + c, a);
		vec_store(tile + c + vec_lanes(), b);
	}
	for (size_t n; c < cols; c += n) {
		n = cols - c < vec_lanes() ? cols - c : vec_lanes();
		vec_store_tail(tile + c, elem_load_lanes(elem_at(parameter, c, type), n, type), n);
	}
}

/*
 * 2 * vec_lanes() columns of one row or two. All loads come before the stores: where x and y lie a multiple of 4096 bytes apart, as
 * large allocations do, a load waits for an earlier store whose address ends in the same twelve bits.
 */
LN_INLINE void normalise_pair(struct pass p, size_t rows, const void *x, void *y, const struct scale *s, size_t c)
{
	vec gamma_a, gamma_b, beta_a = vec_set1(0.0f), beta_b = beta_a, a, b, second_a, second_b;
	const void *second = elem_at(x, p.cols + c, p.type);
	bool stream = p.reach == REACH_MEMORY;

	load_parameter_pair(p, p.gamma, c * p.gamma_step, &gamma_a, &gamma_b);
	if (p.norm == LN_LAYERNORM)
		load_parameter_pair(p, p.beta, c * p.beta_step, &beta_a, &beta_b);
	elem_load_pair(elem_at(x, c, p.type), p.type, &a, &b);
	a = normalise(p, a, s[0], gamma_a, beta_a);
	b = normalise(p, b, s[0], gamma_b, beta_b);
	if (rows == 2) {
		elem_load_pair(second, p.type, &second_a, &second_b);
		second_a = normalise(p, second_a, s[1], gamma_a, beta_a);
		second_b = normalise(p, second_b, s[1], gamma_b, beta_b);
		elem_store_pair(elem_out(y, p.cols + c, p.type), second_a, second_b, p.type, stream);
	}
	elem_store_pair(elem_out(y, c, p.type), a, b, p.type, stream);
}

/* Columns c to end, fewer than a pair of registers holds: at the head or the tail of rows. */
LN_INLINE void normalise_part(struct pass p, size_t rows, const void *x, void *y, const struct scale *s, size_t c, size_t end)
{
	for (size_t n; c < end; c += n) {
		n = end - c < vec_lanes() ? end - c : vec_lanes();
		vec gamma = load_parameter_lanes(p, p.gamma, c * p.gamma_step, n), beta = vec_set1(0.0f);
		if (p.norm == LN_LAYERNORM)
			beta = load_parameter_lanes(p, p.beta, c * p.beta_step, n);
		for (size_t r = 0; r < rows; r++) {
			vec v = elem_load_lanes(elem_at(x, r * p.cols + c, p.type), n, p.type);
			elem_store_lanes(elem_out(y, r * p.cols + c, p.type), normalise(p, v, s[r], gamma, beta), n, p.type);
		}
	}
}

/*
 * A pair of registers' worth of the next row, fetched while this one is on its way out. Of two lines of floats one is asked for: the
 * second cache's own prefetcher brings its neighbour, and each that is asked for keeps one of the first cache's few buffers for misses
 * (measured: a sixth faster at 4096 x 4096). Of 16-bit elements every line is: their conversions leave the time (bf16: a third faster).
 */
LN_INLINE void fetch_pair(const void *x, uint32_t type)
{
	size_t bytes = 2 * vec_lanes() * elem_size(type), step = type == LN_F32 ? 2 * LINE_BYTES : LINE_BYTES;

	for (size_t at = 0; at < bytes; at += step)
		if (bytes >= step || (uintptr_t)x % step < bytes)
			fetch((const char *)x + at);
}

/* Columns c to end of one row or two: a second one shares the loads of gamma and beta, a third would run out of registers. */
LN_INLINE void normalise_rows(struct pass p, size_t rows, const void *x, void *y, const struct scale *s, size_t c, size_t end)
{
	size_t head = p.reach == REACH_MEMORY ? elem_to_boundary(y, p.type) : c;

	if (head > end)
		head = end;
	if (head > c)
		normalise_part(p, rows, x, y, s, c, head);
	for (c = head; c + 2 * vec_lanes() <= end; c += 2 * vec_lanes()) {
		if (p.reach != REACH_NEAR)
			fetch_pair(elem_at(x, p.cols + c, p.type), p.type);
		normalise_pair(p, rows, x, y, s, c);
	}
	if (c < end)
		normalise_part(p, rows, x, y, s, c, end);
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
	if (rows == 1)
		normalise_rows(p, 1, x, y, s, 0, a->cols);
	else
		normalise_group(p, rows, x, y, s);
}

/* Sum one row while another is normalised, but for the last columns of that: returns where these begin. */
LN_INLINE size_t normalise_and_sum(struct pass p, const void *x, void *y, const struct scale *s, const void *next, struct sums *sums)
{
	struct terms t = { p.norm, p.type, true, 1.0f, 0.0f };
	struct chains sum = no_terms();
	float r[LANES], q[LANES];
	size_t c = 0;

	for (; c + RUN <= p.cols; c += RUN) {
		sum_run(t, elem_at(next, c, p.type), RUN / LANES, &sum);
		if (c > 0)
			normalise_rows(p, 1, x, y, s, c - RUN, c);
	}
	sum_run(t, elem_at(next, c, p.type), p.cols % RUN / LANES, &sum);
	store_chains(sum, p.type, r, q);
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
 * and the stores of the other go together (measured: a sixth faster in the second cache; LayerNorm is not). Rows of one block, whole
 * registers of lanes at a time.
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
		overlapped_rows(a, make_pass(a, norm, type, true, REACH_NEAR));
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
