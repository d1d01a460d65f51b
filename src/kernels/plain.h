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
 * absent parameter, which is read again and again from one register's worth of ones or zeros.
 */
struct pass {
	size_t cols;
	const void *gamma, *beta;
	size_t gamma_step, beta_step;
	enum reach reach;
	uint32_t norm, type;
};

/* Ones and zeros for an absent gamma and beta. */
LN_INLINE const void *absent_parameter(uint32_t type, bool gamma)
{
	static const uint16_t bf16[PROBE] = { [0 ... PROBE - 1] = 0x3f80 }, f16[PROBE] = { [0 ... PROBE - 1] = 0x3c00 };
	static const float f32[PROBE] = { [0 ... PROBE - 1] = 1.0f }, zeros[PROBE] = { 0 };

	return !gamma ? (const void *)zeros : type == LN_F32 ? (const void *)f32 : type == LN_BF16 ? bf16 : f16;
}

/* The scales of rows; false if floats cannot hold one of them, and these rows must go the general way. */
LN_INLINE bool scales_of_rows(uint32_t norm, uint32_t type, const void *x, size_t rows, size_t cols, double eps, struct scale *scale)
{
	struct moments m;
	double inverse_cols = 1.0 / (double)cols;
	bool ordinary = true;

	row_moments(norm, type, x, rows, cols, &m);
	for (size_t r = 0; r < rows; r++) {
		double variance = m.m2[r] * inverse_cols + eps, rstd = 1.0 / sqrt(variance);
		float mean = (float)m.mean[r];

		scale[r] = (struct scale){ mean, (float)rstd, (float)((((double)mean - m.mean[r]) - m.mean_lo[r]) * rstd) };
		ordinary &= variance >= 0x1p-80 && variance <= 0x1p80;	/* a NaN fails */
	}
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

enum { LINE_BYTES = 64 };	/* of a cache line */

/* n columns from x on, normalised. The mean of RMSNorm is 0, and x - 0 is x. */
LN_INLINE vec normalise(struct pass p, const void *x, struct scale s, vec gamma, vec beta, size_t n)
{
	vec v = elem_load_lanes(x, n, p.type);

	if (p.norm == LN_LAYERNORM)
		v = vec_madd(vec_sub(v, vec_set1(s.mean)), vec_set1(s.rstd), vec_set1(s.shift));
	else
		v = vec_madd(v, vec_set1(s.rstd), vec_set1(0.0f));
	return vec_madd(v, gamma, beta);
}

/*
 * Columns c to c + n of one row or two. Both loads come before the stores: where x and y lie a multiple of 4096 bytes apart, as
 * large allocations do, a load waits for an earlier store whose address ends in the same twelve bits.
 */
LN_INLINE void normalise_column(struct pass p, size_t rows, const void *x, void *y, const struct scale *s, size_t c, size_t n)
{
	vec gamma = elem_load_lanes(elem_at(p.gamma, c * p.gamma_step, p.type), n, p.type);
	vec beta = p.norm == LN_LAYERNORM ? elem_load_lanes(elem_at(p.beta, c * p.beta_step, p.type), n, p.type) : vec_set1(0.0f);
	vec first = normalise(p, elem_at(x, c, p.type), s[0], gamma, beta, n);
	bool stream = p.reach == REACH_MEMORY;

	if (rows == 2) {
		vec second = normalise(p, elem_at(x, p.cols + c, p.type), s[1], gamma, beta, n);
		elem_store_lanes(elem_out(y, p.cols + c, p.type), second, n, p.type, stream);
	}
	elem_store_lanes(elem_out(y, c, p.type), first, n, p.type, stream);
}

/* Fetch the next row while this one is on its way out: close by, or only nearer where this row and the next may fill the L1 cache. */
LN_INLINE void fetch_ahead(const void *x, enum reach reach)
{
	if (reach == REACH_FAR)
		__builtin_prefetch(x, 0, 3);
	else if (reach == REACH_MEMORY)
		__builtin_prefetch(x, 0, 2);
}

/* Less than a register of columns, at the head or the tail of rows: compiled once for each type. */
LN_INLINE void normalise_part(struct pass p, size_t rows, const void *x, void *y, const struct scale *s, size_t c, size_t n)
{
	p.reach = REACH_NEAR;
	normalise_column(p, rows, x, y, s, c, n);
}

/* One row or two: a second one shares the loads of gamma and beta, a third would run out of registers. */
LN_INLINE void normalise_rows(struct pass p, size_t rows, const void *x, void *y, const struct scale *s)
{
	size_t head = p.reach == REACH_MEMORY ? elem_to_boundary(y, p.type) : 0, line = LINE_BYTES / elem_size(p.type);

	if (head > p.cols)
		head = p.cols;
	if (head > 0)
		normalise_part(p, rows, x, y, s, 0, head);

	size_t c = head;
	for (; c + vec_lanes() <= p.cols; c += vec_lanes()) {
		if ((c - head) % line == 0)
			fetch_ahead(elem_at(x, p.cols + c, p.type), p.reach);
		normalise_column(p, rows, x, y, s, c, vec_lanes());
	}
	if (c < p.cols)
		normalise_part(p, rows, x, y, s, c, p.cols - c);
}

/* Rows that go together. The loop that matters most has its statistics inline, where wide registers leave little else to do. */
LN_INLINE void plain_group(const struct plain *a, struct pass p, size_t row, size_t rows, bool hot)
{
	const void *x = elem_at(a->x, row * a->cols, p.type);
	void *y = elem_out(a->y, row * a->cols, p.type);
	size_t pair = rows == 1 ? 1 : 2;
	struct scale s[GROUP];
	bool ordinary = hot ? scales_of_rows(p.norm, p.type, x, rows, a->cols, a->eps, s)
			    : scales_apart(p.norm, p.type, x, rows, a->cols, a->eps, s);

	if (!ordinary)
		for (size_t r = 0; r < rows; r++)
			ln_row_apart(a, row + r);
	else
		for (size_t r = 0; r < rows; r += pair)
			normalise_rows(p, pair, elem_at(x, r * a->cols, p.type), elem_out(y, r * a->cols, p.type), s + r);
}

/* `full`: no parameter is absent. */
LN_INLINE void plain_rows(const struct plain *a, uint32_t norm, uint32_t type, bool full, enum reach reach)
{
	struct pass p = { a->cols, a->gamma, a->beta, full || a->gamma, full || a->beta, reach, norm, type };
	bool hot = full && reach == REACH_NEAR && type != LN_F16 && vec_lanes() >= 8;
	size_t row = 0;

	if (p.gamma_step == 0)
		p.gamma = absent_parameter(type, true);
	if (p.beta_step == 0)
		p.beta = absent_parameter(type, false);
	if (reach == REACH_NEAR)
		for (; row + GROUP <= a->rows; row += GROUP)
			plain_group(a, p, row, GROUP, hot);
	for (; row < a->rows; row++)
		plain_group(a, p, row, 1, false);
}

/* All parameters, in cache, is what matters most. */
LN_INLINE void plain_call(const struct plain *a, uint32_t norm, uint32_t type)
{
	if (a->reach == REACH_MEMORY) {
		plain_rows(a, norm, type, false, REACH_MEMORY);
		vec_stream_end();
	} else if (a->reach == REACH_NEAR && a->gamma && (a->beta || norm == LN_RMSNORM)) {
		plain_rows(a, norm, type, true, REACH_NEAR);
	} else {
		plain_rows(a, norm, type, false, a->reach == REACH_FAR ? REACH_FAR : REACH_NEAR);
	}
}

static void LN_NAME(layernorm_f32)(const struct plain *a) { plain_call(a, LN_LAYERNORM, LN_F32); }
static void LN_NAME(layernorm_bf16)(const struct plain *a) { plain_call(a, LN_LAYERNORM, LN_BF16); }
static void LN_NAME(layernorm_f16)(const struct plain *a) { plain_call(a, LN_LAYERNORM, LN_F16); }
static void LN_NAME(rmsnorm_f32)(const struct plain *a) { plain_call(a, LN_RMSNORM, LN_F32); }
static void LN_NAME(rmsnorm_bf16)(const struct plain *a) { plain_call(a, LN_RMSNORM, LN_BF16); }
static void LN_NAME(rmsnorm_f16)(const struct plain *a) { plain_call(a, LN_RMSNORM, LN_F16); }

#endif
