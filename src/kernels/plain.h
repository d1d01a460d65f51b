/*
 * plain.h - LayerNorm and RMSNorm of contiguous rows, the calls that matter most: the statistics of a group of rows, then one pass
 * that normalises, scales and shifts them. Whether there is a mean, and a beta with it, and the type are constants here.
 */
#ifndef LN_PLAIN_H
#define LN_PLAIN_H

#include "moments.h"
#include "normalise.h"

enum {
	PARAMETER_TILE = 4 * BLOCK,	/* columns whose parameters are made floats once for all rows */
	SHORT_ROW = BLOCK / 4		/* so long at most is a row of which GROUP go together: more would leave the first cache */
};

/* The same as refined_rstd() of merge.h. */
LN_INLINE wide wide_refined_rstd(wide variance, wide rstd)
{
	wide error = wide_sub(wide_set1(1.0), wide_mul(wide_mul(variance, rstd), rstd));
	return wide_add(rstd, wide_mul(wide_mul(wide_set1(0.5), rstd), error));
}

/* The scales of wide_lanes() rows; false if floats cannot hold one of them. */
LN_INLINE bool scales_of_wide(const struct moments *m, size_t row, double inverse_cols, double eps, struct scales *s)
{
	wide variance = wide_add(wide_mul(wide_load(m->m2 + row), wide_set1(inverse_cols)), wide_set1(eps));
	wide rstd = wide_refined_rstd(variance, wide_float_rsqrt(variance)), mean = wide_load(m->mean + row);
	wide lost = wide_sub(wide_sub(wide_float(mean), mean), wide_load(m->mean_lo + row));

	wide_store_floats(s->mean + row, mean);
	wide_store_floats(s->rstd + row, rstd);
	wide_store_floats(s->shift + row, wide_mul(lost, rstd));
	return wide_all_within(variance, wide_set1(0x1p-80), wide_set1(0x1p80));
}

/* The scales of rows from their moments; false if floats cannot hold one of them, and the rows must go the general way. */
LN_INLINE bool scales_of_moments(const struct moments *m, size_t rows, double inverse_cols, double eps, struct scales *s)
{
	bool ordinary = true;

	for (size_t row = 0; row < rows; row += wide_lanes())
		ordinary &= scales_of_wide(m, row, inverse_cols, eps, s);
	return ordinary;
}

LN_INLINE bool scales_of_rows(bool has_mean, uint32_t type, const void *x, size_t rows, size_t cols, double divisor, double eps,
			      struct scales *s)
{
	struct moments m;

	row_moments(has_mean, type, x, rows, cols, &m);
	return scales_of_moments(&m, rows, 1.0 / divisor, eps, s);
}

/* The same of rows of at most BLOCK columns, whose sums were taken. */
LN_INLINE bool scales_of_sums(bool has_mean, uint32_t type, const void *x, size_t rows, size_t cols, const struct sums *sums,
			      double divisor, double eps, struct scales *s)
{
	struct moments m;

	finish_block(has_mean, type, x, cols, rows, cols, sums, &m);
	return scales_of_moments(&m, rows, 1.0 / divisor, eps, s);
}

/* Row by row: compiled once with and without a mean, for each type, for all loops but the hot one. */
static __attribute__((noinline)) bool scale_of_row(bool has_mean, uint32_t type, const void *x, size_t cols, double divisor,
						   double eps, struct scale *s)
{
	struct scales one;
	bool ordinary = scales_of_rows(has_mean, type, x, 1, cols, divisor, eps, &one);

	*s = scale_at(&one, 0);
	return ordinary;
}

/* Out of line, for all loops but the hot ones. */
static __attribute__((noinline)) void block_moments_together(bool has_mean, uint32_t type, const void *x, size_t stride, size_t rows, size_t n,
							     struct moments *m)
{
	block_moments(has_mean, type, x, stride, rows, n, m);
}

LN_INLINE bool scales_together(bool has_mean, uint32_t type, const void *x, size_t stride, size_t rows, size_t cols, double divisor, double eps,
			       struct scales *s)
{
	struct moments m, next;

	block_moments_together(has_mean, type, x, stride, rows, cols < BLOCK ? cols : BLOCK, &m);
	for (size_t at = BLOCK; at < cols; at += BLOCK) {
		block_moments_together(has_mean, type, elem_at(x, at, type), stride, rows, cols - at < BLOCK ? cols - at : BLOCK, &next);
		merge_rows(rows, &m, &next);
	}
	return scales_of_moments(&m, rows, 1.0 / divisor, eps, s);
}

LN_INLINE bool scales_apart(bool has_mean, uint32_t type, const void *x, size_t rows, size_t cols, double divisor, double eps,
			      struct scales *s)
{
	bool ordinary = true;

	for (size_t r = 0; r < rows; r++) {
		struct scale one;

		ordinary &= scale_of_row(has_mean, type, elem_at(x, r * cols, type), cols, divisor, eps, &one);
		s->mean[r] = one.mean;
		s->rstd[r] = one.rstd;
		s->shift[r] = one.shift;
	}
	return ordinary;
}

/* Pairs of rows, in blocks of columns, so that gamma and beta stay close by for the second pair. The first block has the head as well. */
LN_INLINE void normalise_group(struct sweep p, size_t rows, const void *x, void *y, const struct scales *s)
{
	for (size_t c = 0, end; c < p.cols; c = end) {
		end = c + BLOCK + (c == 0 ? p.head : 0);
		if (end > p.cols)
			end = p.cols;
		for (size_t r = 0; r < rows; r += 2)
			normalise_rows(p, 2, elem_at(x, r * p.cols, p.type), elem_out(y, r * p.cols, p.type), s, r, c, end);
	}
}

static __attribute__((noinline)) void put_statistics(const struct plain *a, size_t row, size_t rows, const struct scales *s)
{
	for (size_t r = 0; r < rows; r++) {
		if (a->mean)
			a->mean[row + r] = s->mean[r];
		if (a->rstd)
			a->rstd[row + r] = s->rstd[r];
	}
}

/* Write rows whose scales are known; those that are not ordinary go the general way. */
LN_INLINE void plain_output(const struct plain *a, struct sweep p, size_t row, size_t rows, bool ordinary, const struct scales *s)
{
	const void *x = elem_at(a->x, row * a->cols, p.type);
	void *y = elem_out(a->y, row * a->cols, p.type);

	if (!ordinary) {
		for (size_t r = 0; r < rows; r++)
			a->apart(a, row + r);
		return;
	}
	if (a->mean || a->rstd)
		put_statistics(a, row, rows, s);
	if (rows == 1)
		normalise_rows(p, 1, x, y, s, 0, 0, a->cols);
	else
		normalise_group(p, rows, x, y, s);
}

/* Rows that go together. The loop that matters most has its statistics inline, where wide registers leave little else to do. */
LN_INLINE void plain_group(const struct plain *a, struct sweep p, size_t row, size_t rows, bool hot)
{
	const void *x = elem_at(a->x, row * a->cols, p.type);
	struct scales s;
	bool ordinary = hot ? scales_of_rows(p.has_mean, p.type, x, rows, a->cols, a->divisor, a->eps, &s)
			    : scales_apart(p.has_mean, p.type, x, rows, a->cols, a->divisor, a->eps, &s);

	if (hot && ordinary)	/* the next group's sums need not wait for them */
		fetch_first_lines(elem_at(x, rows * a->cols, p.type));
	plain_output(a, p, row, rows, ordinary, &s);
}

/*
 * Groups of short rows, from `row` on; returns the first row that is left. A group's scales are one long chain of operations, which would
 * take as long as all else; the sums of the next group, which come between them and their use, give the CPU something to do meanwhile.
 */
LN_INLINE size_t plain_groups(const struct plain *a, struct sweep p, size_t row)
{
	const size_t cols = a->cols, end = a->rows - (a->rows - row) % GROUP;
	struct sums sums;
	struct scales s;

	for (size_t next = row; next <= end; next += GROUP) {
		size_t group = next - GROUP;
		bool ordinary = false;

		if (next > row)
			ordinary = scales_of_sums(p.has_mean, p.type, elem_at(a->x, group * cols, p.type), GROUP, cols, &sums, a->divisor, a->eps, &s);
		if (next < end)
			sum_rows(p.has_mean, p.type, elem_at(a->x, next * cols, p.type), cols, GROUP, cols, &sums);
		if (next > row)
			plain_output(a, p, group, GROUP, ordinary, &s);
	}
	return end;
}

/* Ones and zeros for an absent gamma and beta. */
LN_INLINE const void *absent_parameter(uint32_t type, bool gamma)
{
	static const uint16_t bf16[32] = { LN_TIMES_32(0x3f80) }, f16[32] = { LN_TIMES_32(0x3c00) };
	static const float f32[32] = { LN_TIMES_32(1.0f) }, zeros[32] = { 0 };
	_Static_assert(2 * LANES <= 32, "they are read by up to two registers");

	return !gamma ? (const void *)zeros : type == LN_F32 ? (const void *)f32 : type == LN_BF16 ? bf16 : f16;
}

/* `full`: no parameter is absent. */
LN_INLINE struct sweep make_sweep(const struct plain *a, bool has_mean, uint32_t type, bool full, enum reach reach)
{
	bool has_gamma = full || a->gamma, has_beta = full || a->beta;

	return (struct sweep){ a->cols, has_gamma ? a->gamma : absent_parameter(type, true), has_beta ? a->beta : absent_parameter(type, false),
			      has_gamma, has_beta, false, a->x == a->y ? 0 : elem_head(a->y, a->cols, type), reach, has_mean, type };
}

LN_INLINE void plain_rows(const struct plain *a, struct sweep p, bool hot)
{
	size_t row = 0;

	if (p.reach == REACH_NEAR) {
		if (hot && a->cols <= SHORT_ROW)
			row = plain_groups(a, p, row);
		for (; row + LONG_GROUP <= a->rows; row += LONG_GROUP)
			plain_group(a, p, row, LONG_GROUP, hot);
	}
	for (; row < a->rows; row++)
		plain_group(a, p, row, 1, false);
}

/* Many rows of 16-bit elements share the work of making their parameters floats. */
LN_INLINE void plain_rows_tiled(const struct plain *a, struct sweep p)
{
	float gamma[PARAMETER_TILE], beta[PARAMETER_TILE];

	fill_parameter_tile(p.type, a->gamma, p.head, a->cols, gamma);
	if (p.has_mean)
		fill_parameter_tile(p.type, a->beta, p.head, a->cols, beta);
	p.gamma = gamma;
	p.beta = beta;
	p.tiled = true;
	plain_rows(a, p, vec_lanes() >= 8);
}

/*
 * Is every element of a row of y finite? Then no NaN came of gamma or beta in any row: what is not finite there makes every row's element
 * not finite. One row that is looked at costs less than every row that is made quiet.
 */
static __attribute__((noinline)) bool row_is_finite(uint32_t type, const void *y, size_t cols)
{
	const vec zero = vec_set1(0.0f);
	vec a = zero, b = zero, c = zero, d = zero;
	float lanes[LANES];
	size_t i = 0;
	bool finite = true;

	for (; i + 4 * vec_lanes() <= cols; i += 4 * vec_lanes()) {	/* times 0: a NaN of what is not finite */
		a = vec_madd(elem_load(elem_at(y, i, type), type), zero, a);
		b = vec_madd(elem_load(elem_at(y, i + vec_lanes(), type), type), zero, b);
		c = vec_madd(elem_load(elem_at(y, i + 2 * vec_lanes(), type), type), zero, c);
		d = vec_madd(elem_load(elem_at(y, i + 3 * vec_lanes(), type), type), zero, d);
	}
	for (size_t n; i < cols; i += n) {
		n = lanes_left(cols - i);
		a = vec_madd(elem_load_lanes(elem_at(y, i, type), n, type), zero, a);
	}
	vec_store(lanes, vec_add(vec_add(a, b), vec_add(c, d)));
	for (size_t l = 0; l < vec_lanes(); l++)
		finite &= lanes[l] == 0.0f;
	return finite;
}

/* A NaN in y becomes the quiet one. */
static __attribute__((noinline)) void quiet_rows(uint32_t type, void *y, size_t elements)
{
	for (size_t i = 0, n; i < elements; i += n) {
		n = lanes_left(elements - i);
		elem_store_lanes(elem_out(y, i, type), vec_quiet(elem_load_lanes(elem_at(y, i, type), n, type)), n, type);
	}
}

/* All parameters, in cache, is what matters most. */
LN_INLINE void plain_call(const struct plain *a, bool has_mean, uint32_t type)
{
	bool full = a->gamma && (a->beta || !has_mean);

	if (a->reach == REACH_MEMORY) {
		plain_rows(a, make_sweep(a, has_mean, type, false, REACH_MEMORY), false);
		vec_stream_end();
	} else if (a->reach == REACH_NEAR && full && type == LN_F32) {
		plain_rows(a, make_sweep(a, has_mean, type, true, REACH_NEAR), vec_lanes() >= 8);
	} else if (a->reach == REACH_NEAR && full && a->rows >= LONG_GROUP && a->cols <= PARAMETER_TILE) {
		plain_rows_tiled(a, make_sweep(a, has_mean, type, true, REACH_NEAR));
	} else {
		plain_rows(a, make_sweep(a, has_mean, type, false, a->reach), false);
	}
	if (a->reach == REACH_NEAR && a->rows >= LONG_GROUP && (a->gamma || a->beta) && !row_is_finite(type, a->y, a->cols))
		quiet_rows(type, a->y, a->rows * a->cols);
}

static void LN_NAME(layernorm_f32)(const struct plain *a) { plain_call(a, HAS_MEAN, LN_F32); }
static void LN_NAME(layernorm_bf16)(const struct plain *a) { plain_call(a, HAS_MEAN, LN_BF16); }
static void LN_NAME(layernorm_f16)(const struct plain *a) { plain_call(a, HAS_MEAN, LN_F16); }
static void LN_NAME(rmsnorm_f32)(const struct plain *a) { plain_call(a, NO_MEAN, LN_F32); }
static void LN_NAME(rmsnorm_bf16)(const struct plain *a) { plain_call(a, NO_MEAN, LN_BF16); }
static void LN_NAME(rmsnorm_f16)(const struct plain *a) { plain_call(a, NO_MEAN, LN_F16); }

#endif
