/* backward_statistics.c - what normalises the rows of a run, computed again or given */
#include "backward_run.h"

#include <math.h>

/* Rows of a run together; false if they must go one by one. */
static bool scale_together(const struct forward *f, struct run *run, size_t first, size_t end)
{
	bool staged = ln_x_is_staged(f, run->a.type);
	size_t stride = run->turned ? TURNED : staged ? BLOCK : f->r.x.stride / f->r.x.size;
	const void *x = ln_is_one_block(f) ? run->x[first] : ln_element(f, &f->r.x, run->row[first], 0);
	bool consecutive = run->turned || (run->row[end - 1] - run->row[first] == end - 1 - first && f->r.heads == 1);

	if (f->stages->gradient_scales[f->r.norm->has_mean] == NULL || !consecutive || (f->r.flags & LN_EPS_OUTSIDE) || (staged && !ln_is_one_block(f)))
		return false;
	return f->stages->gradient_scales[f->r.norm->has_mean](run->a.type, end - first, f->r.cols, x, stride, ln_divisor(f->r.norm, (double)f->r.cols),
							       f->r.eps, run->scale + first);
}

/* A row that holds a NaN or an infinity has no statistics. */
static void scale_row(const struct forward *f, struct run *run, size_t i, float *spare)
{
	struct row_statistics st = ln_statistics_of_x(f, run->row[i], spare);

	run->k[i] = st.deviation_factor;
	run->scale[i] = st.nan ? (struct row_scale){ NAN, NAN, NAN, NAN, false } : st.scale;
}

void ln_set_run_statistics(const struct forward *f, struct run *run, size_t first, size_t end, float *spare)
{
	bool given = f->r.flags & LN_STATS_GIVEN, together = !given && scale_together(f, run, first, end);

	for (size_t i = first; i < end; i++) {
		run->k[i] = 1.0;
		if (given) {
			run->scale[i] = ln_given_scale(f, run->row[i]);
			run->k[i] = ln_given_deviation_factor(f, run->scale[i].rstd);
		} else if (!together) {
			scale_row(f, run, i, spare);
		}
	}
}
