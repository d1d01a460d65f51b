/*
 * overlap.c - the pointers of a request: what may be NULL, and what may lie where
 *
 * A tensor is seen as windows: pieces of so many bytes, a stride apart. Two tensors in one packed row have the same stride and
 * windows that do not touch.
 */
#include "desc.h"

struct windows {
	uintptr_t at;
	size_t bytes, stride, count;
	const struct tensor *tensor;	/* NULL for what is no tensor of rows */
};

static size_t span(const struct windows *w) { return (w->count - 1) * w->stride + w->bytes; }

static bool is_dense(const struct windows *w) { return w->count == 1 || w->stride == w->bytes; }

static bool windows_meet(const struct windows *a, const struct windows *b)
{
	if (a->at == 0 || b->at == 0 || !ln_spans_meet((const void *)a->at, span(a), (const void *)b->at, span(b)))
		return false;
	if (a->count > 1 && b->count > 1 && a->stride != b->stride)
		return is_dense(a) || is_dense(b);	/* otherwise it cannot be seen */
	if (a->count == 1 && b->count == 1)
		return true;
	size_t stride = a->count > 1 ? a->stride : b->stride;
	size_t ahead = b->at >= a->at ? (b->at - a->at) % stride : (stride - (a->at - b->at) % stride) % stride;
	return ahead < a->bytes || stride - ahead < b->bytes;
}

static struct windows of_tensor(const struct request *r, const struct tensor *t)
{
	size_t row = r->cols * t->size, outer = r->rows / r->heads;

	if (t->stride >= t->head_stride || r->heads == 1)
		return (struct windows){ (uintptr_t)t->at, (r->heads - 1) * t->head_stride + row, t->stride, outer, t };
	return (struct windows){ (uintptr_t)t->at, (outer - 1) * t->stride + row, t->head_stride, r->heads, t };
}

static struct windows of_array(const void *p, size_t bytes) { return (struct windows){ (uintptr_t)p, bytes, bytes, 1, NULL }; }

/* y and sum may be x or the residual, element for element. */
static bool same_elements(const struct tensor *a, const struct tensor *b)
{
	return a && b && a->at == b->at && a->type == b->type && a->stride == b->stride && a->head_stride == b->head_stride;
}

static int check_overlap(const struct request *r)
{
	const struct parameters *p = &r->p;
	size_t statistic = r->x.type == LN_F64 ? sizeof(double) : sizeof(float);
	size_t set = (p->sets - 1) * p->stride + r->cols / p->cols_per_param * p->size;
	bool given = r->flags & LN_STATS_GIVEN;
	struct windows w[] = {	/* outputs first, in place next, the other inputs last */
		of_tensor(r, &r->y), of_tensor(r, &r->sum), of_array(r->row_scale, r->rows * sizeof(float)),
		of_array(given ? NULL : r->mean, r->rows * statistic), of_array(given ? NULL : r->rstd, r->rows * statistic),
		of_tensor(r, &r->x), of_tensor(r, &r->residual),
		of_tensor(r, &r->gate), of_array(p->gamma, set), of_array(p->beta, set),
		of_array(given ? r->mean : NULL, r->rows * statistic), of_array(given ? r->rstd : NULL, r->rows * statistic),
		of_array(r->moments, r->rows * sizeof *r->moments),
	};
	enum { OUTPUTS = 5, IN_PLACE = 7, ALL = sizeof w / sizeof w[0] };

	for (size_t i = 0; i < OUTPUTS; i++)
		for (size_t j = i + 1; j < ALL; j++) {
			bool in_place = j >= OUTPUTS && j < IN_PLACE && same_elements(w[i].tensor, w[j].tensor);
			if (!in_place && windows_meet(&w[i], &w[j]))
				return LN_ERR_OVERLAP;
		}
	return LN_OK;
}

int ln_check_pointers(const struct request *r)
{
	bool given = r->flags & LN_STATS_GIVEN, statistics = !given && (r->mean || r->rstd);

	if (r->x.at == NULL || (r->y.at == NULL && r->sum.at == NULL && !statistics))
		return LN_ERR_NULL;
	if (given && (r->rstd == NULL || (r->norm == LN_LAYERNORM && r->mean == NULL)))
		return LN_ERR_NULL;
	if ((r->flags & LN_ROW_SCALE) && r->y.at != NULL && r->row_scale == NULL)
		return LN_ERR_NULL;
	return check_overlap(r);
}
