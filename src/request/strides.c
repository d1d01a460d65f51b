/* strides.c - where the tensors of rows lie: strides checked, and their zeros resolved */
#include "strides.h"

/* From the beginning of a tensor's first row to the end of its last, in bytes. */
static bool extent_fits(const struct request *r, const struct tensor *t)
{
	size_t run = t->run != 0 ? t->run : r->cols, row, heads, all;

	return r->rows == 0 || (ln_madd_fits(run - 1, t->col_stride, t->size, &row) && ln_madd_fits(r->cols / run - 1, t->run_stride, row, &row) && ln_madd_fits(r->heads - 1, t->head_stride, row, &heads) &&
				ln_madd_fits(r->outer - 1, t->stride, heads, &all));
}

static bool contiguous_fits(const struct request *r, struct tensor *t)
{
	size_t all;

	t->col_stride = t->size;
	return ln_madd_fits(r->cols, t->size, 0, &t->head_stride) && ln_madd_fits(r->heads, t->head_stride, 0, &t->stride) &&
	       ln_madd_fits(r->rows, t->head_stride, 0, &all);
}

/* Runs that follow each other as their columns do are none; of runs of one column each that column's stride is theirs. */
static bool set_runs(const struct request *r, const struct said *said, struct tensor *t)
{
	size_t run = r->cols_per_run;

	if (said->run_stride == 0 || run == r->cols)
		return true;
	if (!ln_madd_fits(said->run_stride, t->size, 0, &t->run_stride))
		return false;
	t->run = run;
	if (run == 1)
		t->col_stride = t->run_stride;
	if (t->run_stride == run * t->col_stride)
		t->run = t->run_stride = 0;
	return true;
}

/* The stride of 0 means contiguous, also where heads share what they have: LN_BROADCAST says that a level takes no step. */
static bool dense_strides_fit(const struct request *r, const struct said *said)
{
	struct tensor *t = said->of;
	uint64_t head = said->head_stride == LN_BROADCAST ? 0 : said->head_stride != 0 ? said->head_stride : r->cols;
	uint64_t heads = said->head_stride == LN_BROADCAST ? r->cols : head;
	uint64_t stride = said->stride == LN_BROADCAST ? 0 : said->stride;
	size_t unused, contiguous;
	bool fits = ln_madd_fits(r->cols, t->size, 0, &unused) && ln_madd_fits(head, t->size, 0, &t->head_stride) &&
		    ln_madd_fits(heads, t->size, 0, &contiguous) && ln_madd_fits(stride, t->size, 0, &t->stride) &&
		    (said->stride != 0 || ln_madd_fits(contiguous, said->head_stride == LN_BROADCAST ? 1 : r->heads, 0, &t->stride));

	t->col_stride = t->size;
	return fits && set_runs(r, said, t) && extent_fits(r, t);
}

/* Rows side by side, and where there are heads these one after the other. One column has no next one to step to. */
static bool apart_strides_fit(const struct request *r, const struct said *said)
{
	struct tensor *t = said->of;
	uint64_t head = said->head_stride == LN_BROADCAST ? 0 : said->head_stride != 0 ? said->head_stride : 1;
	uint64_t stride = said->stride == LN_BROADCAST ? 0 : said->stride;
	bool fits = ln_madd_fits(said->col_stride, t->size, 0, &t->col_stride) && ln_madd_fits(head, t->size, 0, &t->head_stride) &&
		    ln_madd_fits(stride, t->size, 0, &t->stride);

	if (fits && said->stride == 0 && r->heads > 1)
		fits = ln_madd_fits(r->cols, t->col_stride, 0, &t->stride);
	else if (fits && said->stride == 0)
		t->stride = t->size;
	if (r->cols == 1)
		t->col_stride = t->size;
	return fits && set_runs(r, said, t) && extent_fits(r, t);
}

/* Rows of an output may not overlap: each level of rows must step over all of the level below, whichever stride is the larger. */
static int check_output_rows(const struct request *r, const struct said *said, struct fault *fault)
{
	const struct tensor *t = said->of;
	size_t outer = r->outer, row = r->cols * t->size;
	bool heads_inside = (outer < 2 || t->stride >= (r->heads - 1) * t->head_stride + row) && (r->heads < 2 || t->head_stride >= row);
	bool heads_outside = (r->heads < 2 || t->head_stride >= (outer - 1) * t->stride + row) && (outer < 2 || t->stride >= row);

	if (r->rows == 0 || heads_inside || heads_outside)
		return LN_OK;
	if (said->stride == LN_BROADCAST || said->head_stride == LN_BROADCAST)
		return ln_refuse_shape(fault, "a stride of @ is LN_BROADCAST, but rows of an output may not overlap", said->name, 0, 0);
	if (outer > 1 && t->stride < row)
		return ln_refuse_shape(fault, "@_stride # is less than cols #", said->name, t->stride / t->size, r->cols);
	if (r->heads > 1 && t->head_stride < row)
		return ln_refuse_shape(fault, "@_head_stride # is less than cols #", said->name, t->head_stride / t->size, r->cols);
	return ln_refuse_shape(fault, "@_stride # and @_head_stride # make rows of an output overlap", said->name, t->stride / t->size,
			       t->head_stride / t->size);
}

/* So many steps of so many bytes; those that are taken come from the smallest to the largest. */
struct steps {
	size_t stride, count;
};

static void order_steps(struct steps *a, struct steps *b)
{
	if (b->count > 1 && (a->count < 2 || a->stride > b->stride)) {
		struct steps first = *b;
		*b = *a;
		*a = first;
	}
}

/* The same where columns lie apart: each level, from the smallest stride on, must step over all of those below. */
static int check_output_elements(const struct request *r, const struct said *said, struct fault *fault)
{
	const struct tensor *t = said->of;
	struct steps s[] = { { t->col_stride, t->run != 0 ? t->run : r->cols }, { t->run_stride, t->run != 0 ? r->cols / t->run : 1 },
			     { t->head_stride, r->heads }, { t->stride, r->outer } };
	size_t below = t->size;

	for (size_t last = sizeof s / sizeof s[0] - 1; last > 0; last--)
		for (size_t i = 0; i < last; i++)
			order_steps(&s[i], &s[i + 1]);
	for (size_t i = 0; i < sizeof s / sizeof s[0] && s[i].count > 1; i++) {
		if (s[i].stride < below && (said->stride == LN_BROADCAST || said->head_stride == LN_BROADCAST))
			return ln_refuse_shape(fault, "a stride of @ is LN_BROADCAST, but rows of an output may not overlap", said->name, 0, 0);
		if (s[i].stride < below)
			return ln_refuse(fault, (struct fault){ LN_ERR_SHAPE, said->run_stride == 0
				? "with a @_col_stride of # strides # and # make elements of an output overlap"
				: "with a @_col_stride of # and runs strides # and # make elements of an output overlap",
				{ said->name }, { t->col_stride / t->size, t->stride / t->size, t->head_stride / t->size } });
		below += (s[i].count - 1) * s[i].stride;
	}
	return LN_OK;
}

int ln_resolve_other_strides(const struct request *r, const struct said *said, enum pass pass, bool output, struct fault *fault)
{
	bool apart = said->col_stride > 1, runs = said->run_stride != 0;

	if ((apart || runs) && pass == BACKWARD && said->of->type == LN_F64)
		return ln_refuse(fault, (struct fault){ LN_ERR_UNSUPPORTED, apart ? "@_col_stride # of doubles is for a forward pass alone"
									   : "@_run_stride # of doubles is for a forward pass alone",
							{ said->name }, { apart ? said->col_stride : said->run_stride } });
	said->of->run = said->of->run_stride = 0;
	if (!(ln_is_contiguous(said) ? contiguous_fits(r, said->of)
				     : apart ? apart_strides_fit(r, said) : dense_strides_fit(r, said)))
		return ln_refuse_shape(fault, "@ takes more than PTRDIFF_MAX bytes", said->name, 0, 0);
	if (!output || ln_is_contiguous(said) || r->rows == 0)
		return LN_OK;
	return (apart || runs ? check_output_elements : check_output_rows)(r, said, fault);
}
