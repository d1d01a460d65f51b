/*
 * overlap.c - the pointers of a call: what may be NULL, and what may lie where
 */
#include "desc.h"
#include "byte_windows.h"

/* What an output may be, element for element: x and what is read with it, or the gate. */
enum { NOTHING, READ_WITH_X = 1, GATE = 2 };

struct operand {
	const char *name;
	struct windows at;
	const struct tensor *rows;	/* NULL for what is no tensor of rows */
	unsigned in_place;
};

/* Those that are there, outputs first. */
struct operands {
	size_t outputs, count;
	struct operand of[16];
};

/* One piece of memory; returns where it stands, for what is more. In its place, since a call on one short row should cost little more than the row. */
static struct operand *add(struct operands *list, const char *name, const void *p, size_t bytes, const struct tensor *rows, unsigned in_place)
{
	struct operand *o = &list->of[list->count];

	o->name = name;
	ln_set_window(&o->at, p, bytes);
	o->rows = rows;
	o->in_place = in_place;
	list->count += p != NULL;
	return o;
}

/* Out of line, as the other that follows: what few calls have is not to cost all. */
static __attribute__((noinline)) void set_windows_of_rows(struct windows *w, const struct request *r, const struct tensor *t)
{
	bool dense = ln_is_dense(t);
	size_t run = t->run != 0 ? t->run : r->cols;

	*w = ln_windows(t->at, dense ? r->cols * t->size : t->size, (struct level[LEVELS]){
		{ t->head_stride, r->heads }, { t->stride, r->outer }, { t->col_stride, dense ? 1 : run }, { t->run_stride, r->cols / run },
	});
}

static __attribute__((noinline)) void set_windows_of_sets(struct windows *w, const void *p, size_t bytes, size_t stride, size_t sets)
{
	*w = ln_windows(p, bytes, (struct level[LEVELS]){ { stride, sets }, { 0, 1 }, { 0, 1 }, { 0, 1 } });
}

/* Without rows nothing of a tensor of rows is there. */
static void add_rows(struct operands *list, const char *name, const struct request *r, const struct tensor *t, unsigned in_place)
{
	size_t row = r->cols * t->size;

	if (t->at == NULL || r->rows == 0)
		return;
	struct operand *o = add(list, name, t->at, r->rows * row, t, in_place);
	if (!ln_is_dense(t) || t->head_stride != row || t->stride != r->heads * row)
		set_windows_of_rows(&o->at, r, t);
}

static void add_array(struct operands *list, const char *name, const void *p, size_t bytes)
{
	if (bytes > 0)
		add(list, name, p, bytes, NULL, NOTHING);
}

static void add_statistic(struct operands *list, const char *name, const struct request *r, const void *p)
{
	add_array(list, name, p, r->rows * (r->x.type == LN_F64 ? sizeof(double) : sizeof(float)));
}

/* Sets of parameters, or of their gradients: chunks of one tensor lie between each other. */
static void add_parameters(struct operands *list, const char *name, const struct request *r, const void *p, size_t sets, size_t stride,
			   size_t size)
{
	if (p == NULL || sets == 0)
		return;
	struct operand *o = add(list, name, p, r->p.count * size, NULL, NOTHING);
	if (sets > 1)
		set_windows_of_sets(&o->at, p, r->p.count * size, stride, sets);
}

static bool same_elements(const struct tensor *a, const struct tensor *b)
{
	return a && b && a->at == b->at && a->type == b->type && a->stride == b->stride && a->head_stride == b->head_stride &&
	       a->col_stride == b->col_stride && a->run == b->run && a->run_stride == b->run_stride;
}

/* No output may meet anything else, but what it works in place of. */
static int check_operands(const struct operands *list, struct fault *fault)
{
	for (size_t i = 0; i < list->outputs; i++)
		for (size_t j = i + 1; j < list->count; j++) {
			const struct operand *a = &list->of[i], *b = &list->of[j];
			bool in_place = j >= list->outputs && (a->in_place & b->in_place) != 0 && same_elements(a->rows, b->rows);
			if (!in_place && ln_windows_meet(&a->at, &b->at))
				return ln_refuse(fault, (struct fault){ LN_ERR_OVERLAP, "@ overlaps @", { a->name, b->name }, { 0 } });
		}
	return LN_OK;
}

/* What is not looked at may lie anywhere: gate and parameters without y, for instance. */
static int check_overlap(const struct request *r, struct fault *fault)
{
	const struct parameters *p = &r->p;
	bool given = r->flags & LN_STATS_GIVEN;
	size_t sets = r->y.at != NULL ? p->sets : 0;
	struct operands list;

	list.count = 0;
	add_rows(&list, "y", r, &r->y, READ_WITH_X);
	add_rows(&list, "sum", r, &r->sum, READ_WITH_X);
	add_array(&list, "y_scale", ln_scales_itself(r) && r->y.at != NULL ? r->y_scales : NULL, r->rows * ln_scales_of_row(r) * r->scale_size);
	add_statistic(&list, "mean", r, given ? NULL : r->mean);
	add_statistic(&list, "rstd", r, given ? NULL : r->rstd);
	list.outputs = list.count;
	add_rows(&list, "x", r, &r->x, READ_WITH_X);
	add_rows(&list, "residual", r, &r->residual, READ_WITH_X);
	if (r->y.at != NULL || ln_gates_before(r))
		add_rows(&list, "gate", r, &r->gate, NOTHING);
	add_parameters(&list, "gamma", r, p->gamma, sets, p->stride, p->size);
	add_parameters(&list, "beta", r, p->beta, sets, p->stride, p->size);
	add_statistic(&list, "mean", r, given ? ln_given_mean(r) : NULL);
	add_statistic(&list, "rstd", r, given ? r->rstd : NULL);
	add_array(&list, "moments", r->moments, r->rows * sizeof *r->moments);
	return check_operands(&list, fault);
}

/* `needed` is NULL where `why`, which may be "", asks for it. */
static int refuse_null(struct fault *fault, const char *needed, const char *why)
{
	return ln_refuse(fault, (struct fault){ LN_ERR_NULL, "@ is NULL@", { needed, why }, { 0 } });
}

int ln_check_pointers(const struct request *r, struct fault *fault)
{
	bool given = r->flags & LN_STATS_GIVEN, statistics = !given && (r->mean || r->rstd);

	if (r->x.at == NULL)
		return refuse_null(fault, "x", "");
	if (r->y.at == NULL && r->sum.at == NULL && !statistics)
		return refuse_null(fault, "y", ", and so is every other output");
	if (given && r->rstd == NULL)
		return refuse_null(fault, "rstd", ", but LN_STATS_GIVEN is set");
	if (given && r->norm->has_mean && r->mean == NULL)
		return refuse_null(fault, "mean", ", but LN_STATS_GIVEN is set");
	if (ln_scales_itself(r) && r->y.at != NULL && r->y_scales == NULL)
		return refuse_null(fault, "y_scale", ", but LN_ROW_SCALE is set");
	return check_overlap(r, fault);
}

static int check_gradient_overlap(const struct request *r, const struct gradients *g, size_t workspace_bytes, struct fault *fault)
{
	const struct parameters *p = &r->p;
	size_t sets = r->rows > 0 ? p->sets : 0;
	struct operands list;

	list.count = 0;
	add_rows(&list, "dx", r, &g->dx, READ_WITH_X);
	add_rows(&list, "dgate", r, &g->dgate, GATE);
	add_parameters(&list, "dgamma", r, g->dgamma, p->all_sets, g->stride, g->size);
	add_parameters(&list, "dbeta", r, g->dbeta, p->all_sets, g->stride, g->size);
	add_array(&list, "workspace", g->workspace, workspace_bytes);
	list.outputs = list.count;
	add_rows(&list, "x", r, &r->x, READ_WITH_X);
	add_rows(&list, "dy", r, &r->y, READ_WITH_X);
	if (g->dx.at != NULL)
		add_rows(&list, "dsum", r, &r->sum, READ_WITH_X);
	add_rows(&list, "gate", r, &r->gate, GATE);
	add_parameters(&list, "gamma", r, p->gamma, sets, p->stride, p->size);
	add_parameters(&list, "beta", r, p->beta, ln_gates_after(r) ? sets : 0, p->stride, p->size);
	add_statistic(&list, "mean", r, r->rstd != NULL ? ln_given_mean(r) : NULL);
	add_statistic(&list, "rstd", r, r->rstd);
	return check_operands(&list, fault);
}

int ln_check_workspace(const void *workspace, size_t bytes, size_t needed, struct fault *fault)
{
	if (needed == 0)
		return LN_OK;
	if (bytes < needed)
		return ln_refuse(fault, (struct fault){ LN_ERR_WORKSPACE, "workspace_size # is less than #", { 0 }, { bytes, needed } });
	if (workspace == NULL)
		return ln_refuse(fault, (struct fault){ LN_ERR_WORKSPACE, "workspace is NULL, but # bytes are needed", { 0 }, { needed } });
	if ((uintptr_t)workspace % sizeof(double) != 0)
		return ln_refuse(fault, (struct fault){ LN_ERR_WORKSPACE, "workspace is not aligned to 8 bytes", { 0 }, { 0 } });
	return LN_OK;
}

/* Without rows there is nothing but totals, if those are wanted. */
static int check_gradient_nulls(const struct request *r, const struct gradients *g, struct fault *fault)
{
	if (r->rows == 0)
		return LN_OK;
	if (r->x.at == NULL)
		return refuse_null(fault, "x", "");
	if (r->y.at == NULL)
		return refuse_null(fault, "dy", "");
	if (g->dx.at == NULL && g->dgate.at == NULL && !ln_totals_are_wanted(g))
		return refuse_null(fault, "dx", ", and so is every other output");
	if (g->dgate.at != NULL && r->gate.at == NULL)
		return refuse_null(fault, "gate", ", but dgate is not");
	if (r->norm->has_mean && (r->mean == NULL) != (r->rstd == NULL))
		return refuse_null(fault, r->mean ? "rstd" : "mean", r->mean ? ", but mean is not" : ", but rstd is not");
	return LN_OK;
}

int ln_check_gradients(const struct request *r, const struct gradients *g, size_t needed, struct fault *fault)
{
	size_t own = ln_totals_are_wanted(g) ? needed : 0;
	int status = check_gradient_nulls(r, g, fault);

	if (status != LN_OK || (status = check_gradient_overlap(r, g, ln_least(own, g->workspace_bytes), fault)) != LN_OK)
		return status;
	return ln_check_workspace(g->workspace, g->workspace_bytes, own, fault);
}
