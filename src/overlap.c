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

/*
 * No output may meet anything else, but those that may work in place: outputs come first in `w`, then the inputs that they may be element
 * for element, then the other inputs.
 */
static int check_windows(const struct windows *w, size_t outputs, size_t in_place, size_t all)
{
	for (size_t i = 0; i < outputs; i++)
		for (size_t j = i + 1; j < all; j++) {
			bool may_be = j >= outputs && j < in_place && same_elements(w[i].tensor, w[j].tensor);
			if (!may_be && windows_meet(&w[i], &w[j]))
				return LN_ERR_OVERLAP;
		}
	return LN_OK;
}

static struct windows of_statistic(const struct request *r, const void *p)
{
	return of_array(p, r->rows * (r->x.type == LN_F64 ? sizeof(double) : sizeof(float)));
}

/* All sets of gamma or beta, or of their gradients. */
static struct windows of_parameters(const struct request *r, const void *p, size_t stride, size_t size)
{
	return of_array(p, (r->p.sets - 1) * stride + r->cols / r->p.cols_per_param * size);
}

static int check_overlap(const struct request *r)
{
	const struct parameters *p = &r->p;
	bool given = r->flags & LN_STATS_GIVEN;
	const struct windows w[] = {
		of_tensor(r, &r->y), of_tensor(r, &r->sum), of_array(r->row_scale, r->rows * sizeof(float)),
		of_statistic(r, given ? NULL : r->mean), of_statistic(r, given ? NULL : r->rstd),
		of_tensor(r, &r->x), of_tensor(r, &r->residual),
		of_tensor(r, &r->gate), of_parameters(r, p->gamma, p->stride, p->size), of_parameters(r, p->beta, p->stride, p->size),
		of_statistic(r, given ? r->mean : NULL), of_statistic(r, given ? r->rstd : NULL),
		of_array(r->moments, r->rows * sizeof *r->moments),
	};
	enum { OUTPUTS = 5, IN_PLACE = 7 };

	return check_windows(w, OUTPUTS, IN_PLACE, sizeof w / sizeof w[0]);
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

/* dgate may be the gate, and dx anything that is read with it. */
static int check_gradient_overlap(const struct request *r, const struct gradients *g)
{
	const struct parameters *p = &r->p;
	const struct windows dgate_and_gate[] = { of_tensor(r, &g->dgate), of_tensor(r, &r->gate) };
	const struct windows w[] = {
		of_tensor(r, &g->dx), of_tensor(r, &g->dgate), of_parameters(r, g->dgamma, g->stride, g->size),
		of_parameters(r, g->dbeta, g->stride, g->size), of_array(g->workspace_bytes ? g->workspace : NULL, g->workspace_bytes),
		of_tensor(r, &r->x), of_tensor(r, &r->y), of_tensor(r, &r->sum),
		of_parameters(r, p->gamma, p->stride, p->size), of_parameters(r, p->beta, p->stride, p->size),
		of_statistic(r, r->mean), of_statistic(r, r->rstd),
	};
	enum { OUTPUTS = 5, IN_PLACE = 8 };
	bool bad_dgate = same_elements(w[1].tensor, w[5].tensor) || same_elements(w[1].tensor, w[6].tensor) ||
			 same_elements(w[1].tensor, w[7].tensor);

	if (g->dgate.at != NULL && bad_dgate)
		return LN_ERR_OVERLAP;
	for (size_t i = 0; i < OUTPUTS; i++)
		if (i != 1 && windows_meet(&w[i], &dgate_and_gate[1]))
			return LN_ERR_OVERLAP;
	return check_windows(dgate_and_gate, 1, 2, 2) ? LN_ERR_OVERLAP : check_windows(w, OUTPUTS, IN_PLACE, sizeof w / sizeof w[0]);
}

int ln_check_gradients(const struct request *r, const struct gradients *g, size_t needed)
{
	bool centred = r->norm == LN_RMSNORM, wanted = g->dgamma || g->dbeta;

	if (r->x.at == NULL || r->y.at == NULL || (g->dx.at == NULL && !wanted && g->dgate.at == NULL))
		return LN_ERR_NULL;
	if ((g->dgate.at != NULL && r->gate.at == NULL) || (!centred && (r->mean == NULL) != (r->rstd == NULL)))
		return LN_ERR_NULL;
	if (check_gradient_overlap(r, g))
		return LN_ERR_OVERLAP;
	if (wanted && needed > 0 && (g->workspace == NULL || g->workspace_bytes < needed || (uintptr_t)g->workspace % sizeof(double) != 0))
		return LN_ERR_WORKSPACE;
	return LN_OK;
}
