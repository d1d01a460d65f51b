/* totals.c - the totals of dgamma and dbeta before the first block of rows, and after the last: docs/numerics.md section 11 */
#include <math.h>
#include <string.h>

#include "backward.h"

static unsigned char *gradient(const struct backward *b, int which, size_t set, size_t at)
{
	return (which == 0 ? b->g.dgamma : b->g.dbeta) + set * b->g.stride + at * b->g.size;
}

/* Up to BLOCK elements of a gradient as doubles. */
static void read_gradients(const struct backward *b, const unsigned char *p, size_t n, double *to)
{
	float narrow[BLOCK];

	if (b->g.type == LN_F64) {
		memcpy(to, p, n * sizeof *to);
		return;
	}
	if (b->f.kernels->read[b->g.type] != NULL)
		b->f.kernels->read[b->g.type](n, p, narrow);
	else
		memcpy(narrow, p, n * sizeof *narrow);
	for (size_t i = 0; i < n; i++)
		to[i] = (double)narrow[i];
}

static void write_gradients(const struct backward *b, const struct column_sums *totals, size_t from, size_t n, unsigned char *p)
{
	const struct encoding encoding = { 0 };
	const double *t = totals->sum + from;
	float narrow[BLOCK];

	if (b->g.type == LN_F64) {
		for (size_t i = 0; i < n; i++) {
			double wide = t[i] + totals->error[from + i];
			((double *)(void *)p)[i] = wide == wide ? wide : (double)NAN;
		}
		return;
	}
	float *floats = b->g.type == LN_F32 ? (float *)(void *)p : narrow;
	b->f.kernels->narrow(n, t, floats);
	b->f.kernels->write[b->g.type](n, floats, &encoding, p);
}

void ln_totals_begin(const struct backward *b, int which, size_t set, const struct column_sums *totals, size_t at, size_t end)
{
	if (b->f.r.flags & LN_RUNNING)
		return;
	for (size_t c = at, n; c < end; c += n) {
		n = ln_least(end - c, BLOCK);
		memset(totals->sum + c - at, 0, n * sizeof(double));
		if (totals->error)
			memset(totals->error + c - at, 0, n * sizeof(double));
		if (b->f.r.flags & LN_ACCUMULATE)
			read_gradients(b, gradient(b, which, set, c), n, totals->sum + c - at);
	}
}

void ln_totals_end(const struct backward *b, int which, size_t set, const struct column_sums *totals, size_t at, size_t end)
{
	for (size_t c = at, n; c < end; c += n) {
		n = ln_least(end - c, BLOCK);
		write_gradients(b, totals, c - at, n, gradient(b, which, set, c));
	}
}

void ln_totals_of_nothing(const struct backward *b, int which, size_t set)
{
	memset(gradient(b, which, set, 0), 0, b->f.r.p.count * b->g.size);
}
