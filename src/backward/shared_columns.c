/*
 * shared_columns.c - gradients of parameters that several columns share: a run's sums of columns become sums of parameters
 *
 * A term goes through at most 128 additions in its lane, 3 of the fold, and one for each run and block of columns of its block of rows: with
 * up to 2^30 columns 2^23 in all. In doubles each costs 2^-53 of the terms' sizes, together less than u / 64 in floats; ln.h says 1 u.
 * Of doubles the pair keeps what they lose.
 */
#include "shared_columns.h"

#include "kernels/merge.h"

enum { SHARED_LANES = 8 };

/* Every eighth in one lane, and the lanes by halves. */
static double fold(size_t n, const float *p)
{
	double lane[SHARED_LANES] = { 0 };

	for (size_t i = 0; i < n; i += SHARED_LANES)
		for (size_t l = 0; l < SHARED_LANES && i + l < n; l++)
			lane[l] += (double)p[i + l];
	for (size_t half = SHARED_LANES / 2; half > 0; half /= 2)
		for (size_t l = 0; l < half; l++)
			lane[l] += lane[l + half];
	return lane[0];
}

/* The same of doubles, with what is lost. */
static double fold_exactly(size_t n, const double *p, double *lost)
{
	double lane[SHARED_LANES] = { 0 }, low[SHARED_LANES] = { 0 }, error;

	for (size_t i = 0; i < n; i += SHARED_LANES)
		for (size_t l = 0; l < SHARED_LANES && i + l < n; l++) {
			lane[l] = exact_sum(lane[l], p[i + l], &error);
			low[l] += error;
		}
	for (size_t half = SHARED_LANES / 2; half > 0; half /= 2)
		for (size_t l = 0; l < half; l++) {
			lane[l] = exact_sum(lane[l], lane[l + half], &error);
			low[l] = (low[l] + low[l + half]) + error;
		}
	return exact_sum(lane[0], low[0], lost);
}

/* Where the columns of the parameter of column c end, or the block. */
static size_t end_of_parameter(const struct backward *b, size_t c, size_t end)
{
	size_t shared = b->f.r.p.cols_per_param;
	return ln_least((c / shared + 1) * shared, end);
}

void ln_fold_floats(const struct backward *b, size_t at, size_t n, const float *columns, const struct column_sums *sums)
{
	for (size_t c = at, next; c < at + n; c = next) {
		next = end_of_parameter(b, c, at + n);
		sums->sum[c / b->f.r.p.cols_per_param] += fold(next - c, columns + (c - at));
	}
}

void ln_fold_doubles(const struct backward *b, size_t at, size_t n, const double *columns, const struct column_sums *sums)
{
	for (size_t c = at, next; c < at + n; c = next) {
		size_t k = c / b->f.r.p.cols_per_param;
		next = end_of_parameter(b, c, at + n);
		double lost, error, more = fold_exactly(next - c, columns + (c - at), &lost);
		sums->sum[k] = exact_sum(sums->sum[k], more, &error);
		sums->error[k] += error + lost;
	}
}
