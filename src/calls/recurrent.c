/* recurrent.c - the public functions of recurrent cells, and of their activations: check the arguments, fetch the kernels, call */
#include "recurrent/cell.h"

#include <string.h>

#include "dispatch/dispatch.h"

/* By cell: how many gates a row of a product has, and how many times `hidden` parameters there are. */
static const struct {
	size_t gates, params;
} cells[] = { [LN_RNN] = { 1, 2 }, [LN_LSTM] = { 4, 14 }, [LN_GRU] = { 3, 10 } };

/* The largest of all sizes are the product of a row by the gates, and the workspace, about 400 bytes for each column. */
static bool shape_fits(uint64_t rows, uint64_t hidden, size_t gates)
{
	uint64_t row, all;

	return hidden <= PTRDIFF_MAX / 1024 && !__builtin_mul_overflow(hidden, gates * sizeof(float), &row) &&
	       !__builtin_mul_overflow(rows, row, &all) && all <= PTRDIFF_MAX;
}

static int check_cell_desc(const ln_cell_desc *d, struct fault *fault)
{
	return ln_check_struct("the descriptor", d, d ? d->struct_size : 0, sizeof *d, fault);
}

static int refuse(struct fault *fault, int status, const char *words, uint64_t number)
{
	return ln_refuse(fault, (struct fault){ status, words, { 0 }, { number } });
}

static int resolve_cell(const ln_cell_desc *d, uint32_t allowed_flags, struct cell *c, struct fault *fault)
{
	if (d->reserved != 0)
		return refuse(fault, LN_ERR_DESC, "reserved is #, not 0", d->reserved);
	if (d->cell < LN_RNN || d->cell > LN_GRU)
		return refuse(fault, LN_ERR_FLAGS, "cell # is unknown", d->cell);
	if ((d->flags & ~allowed_flags) != 0)
		return refuse(fault, LN_ERR_FLAGS, "flags have $, which this pass of a cell does not know", d->flags & ~allowed_flags);
	if (d->hidden == 0)
		return refuse(fault, LN_ERR_SHAPE, "hidden is 0", 0);
	if (!shape_fits(d->rows, d->hidden, cells[d->cell].gates))
		return refuse(fault, LN_ERR_SHAPE, "rows by hidden # take more than PTRDIFF_MAX bytes", d->hidden);
	int status = ln_check_eps(d->eps, fault);
	if (status != LN_OK)
		return status;
	c->kind = d->cell;
	c->flags = d->flags;
	c->rows = (size_t)d->rows;
	c->hidden = (size_t)d->hidden;
	c->gates = cells[d->cell].gates;
	c->params = cells[d->cell].params * c->hidden;
	c->norm.r.norm = ln_norm(LN_LAYERNORM);
	c->norm.r.x.type = LN_F32;
	c->norm.r.eps = d->eps;
	return LN_OK;
}

static void fetch_kernels(struct cell *c)
{
	c->norm.kernels = ln_kernels();
	c->norm.stages = &c->norm.kernels->f32;
}

/* An array of the arguments. An output may be the input of that index, element for element; 0 is none, as inputs come after outputs. */
struct span {
	const char *name;
	const void *at;
	size_t bytes, may_be;
};

/* The first `outputs` spans meet nothing that they may not be. */
static int check_cell_overlap(const struct span *s, size_t outputs, size_t all, struct fault *fault)
{
	for (size_t i = 0; i < outputs; i++)
		for (size_t j = i + 1; j < all; j++) {
			bool in_place = j == s[i].may_be && s[i].at == s[j].at;
			if (!in_place && ln_spans_meet(s[i].at, s[i].bytes, s[j].at, s[j].bytes))
				return ln_refuse(fault, (struct fault){ LN_ERR_OVERLAP, "@ overlaps @", { s[i].name, s[j].name }, { 0 } });
		}
	return LN_OK;
}

/* What both passes ask of the inputs; `needs_h` and `state` are what this one asks. */
static int check_inputs(const struct cell *c, bool needs_h, const char *name, const float *state, struct fault *fault)
{
	const struct {
		const char *name;
		bool needed;
		const void *at;
	} inputs[] = {
		{ "wh", true, c->wh }, { "wx", c->kind != LN_RNN, c->wx }, { "h_prev", needs_h, c->h_prev },
		{ "c_prev", c->kind == LN_LSTM, c->c_prev }, { name, true, state },
	};

	for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
		if (inputs[i].needed && inputs[i].at == NULL)
			return ln_refuse(fault, (struct fault){ LN_ERR_NULL, "@ is NULL", { inputs[i].name }, { 0 } });
	return LN_OK;
}

static int check_forward_pointers(const struct cell *c, struct fault *fault)
{
	size_t state = c->rows * c->hidden * sizeof(float), product = state * c->gates;
	enum { H, C, OUTPUTS, WH = OUTPUTS, WX, H_PREV, C_PREV, PARAMS, ACTIVE, ALL };
	const struct span s[ALL] = {
		[H] = { "h", c->h, state, H_PREV }, [C] = { "c", c->c, state, C_PREV }, [WH] = { "wh", c->wh, product, 0 },
		[WX] = { "wx", c->wx, product, 0 }, [H_PREV] = { "h_prev", c->h_prev, state, 0 }, [C_PREV] = { "c_prev", c->c_prev, state, 0 },
		[PARAMS] = { "params", c->given, c->params * sizeof(float), 0 }, [ACTIVE] = { "active", c->active, c->rows, 0 },
	};
	int status = check_inputs(c, c->kind == LN_GRU || c->active != NULL, "h", c->h, fault);

	if (status != LN_OK)
		return status;
	if (c->kind == LN_LSTM && c->c == NULL)
		return refuse(fault, LN_ERR_NULL, "c is NULL", 0);
	return check_cell_overlap(s, OUTPUTS, ALL, fault);
}

static int check_backward_pointers(const struct cell *c, size_t workspace_bytes, struct fault *fault)
{
	size_t state = c->rows * c->hidden * sizeof(float), product = state * c->gates, params = c->params * sizeof(float);
	size_t needed = ln_cell_backward_needs(c);
	enum { DWH, DWX, DH_PREV, DC_PREV, DPARAMS, WORKSPACE, OUTPUTS, WH = OUTPUTS, WX, DH, DC, H_PREV, C_PREV, PARAMS, ACTIVE, ALL };
	const struct span s[ALL] = {
		[DWH] = { "dwh", c->dwh, product, WH }, [DWX] = { "dwx", c->dwx, product, WX }, [DH_PREV] = { "dh_prev", c->dh_prev, state, DH },
		[DC_PREV] = { "dc_prev", c->dc_prev, state, DC }, [DPARAMS] = { "dparams", c->dparams, params, 0 },
		[WORKSPACE] = { "workspace", c->workspace, ln_least(needed, workspace_bytes), 0 }, [WH] = { "wh", c->wh, product, 0 },
		[WX] = { "wx", c->wx, product, 0 }, [DH] = { "dh", c->dh, state, 0 }, [DC] = { "dc", c->dc, state, 0 },
		[H_PREV] = { "h_prev", c->h_prev, state, 0 }, [C_PREV] = { "c_prev", c->c_prev, state, 0 },
		[PARAMS] = { "params", c->given, params, 0 }, [ACTIVE] = { "active", c->active, c->rows, 0 },
	};
	bool wanted = c->dwh || c->dwx || c->dh_prev || c->dc_prev || c->dparams;
	int status = check_inputs(c, c->kind == LN_GRU, "dh", c->dh, fault);

	if (status != LN_OK)
		return status;
	if (!wanted)
		return refuse(fault, LN_ERR_NULL, "dwh is NULL, and so is every other output", 0);
	if ((status = check_cell_overlap(s, OUTPUTS, ALL, fault)) != LN_OK)
		return status;
	return ln_check_workspace(c->workspace, workspace_bytes, needed, fault);
}

int ln_check_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t, struct cell *c, struct fault *fault)
{
	int status = check_cell_desc(d, fault);

	if (status != LN_OK || (status = ln_check_struct("the struct of tensors", t, t ? t->struct_size : 0, sizeof *t, fault)) != LN_OK)
		return status;
	*c = (struct cell){ .wh = t->wh, .wx = t->wx, .h_prev = t->h_prev, .c_prev = t->c_prev, .given = t->params,
			    .active = t->active, .h = t->h, .c = t->c };
	if ((status = resolve_cell(d, 0, c, fault)) != LN_OK || c->rows == 0)
		return status;
	if (c->kind != LN_LSTM)
		c->c = NULL, c->c_prev = NULL;
	if (c->kind != LN_GRU && c->active == NULL)
		c->h_prev = NULL;
	return check_forward_pointers(c, fault);
}

int ln_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t)
{
	struct cell cell;
	struct fault fault;
	int status = ln_check_cell_forward(d, t, &cell, &fault);

	if (status != LN_OK || cell.rows == 0)
		return status;
	fetch_kernels(&cell);
	ln_cell_forward_rows(&cell);
	return LN_OK;
}

int ln_check_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t, struct cell *c, struct fault *fault)
{
	int status = check_cell_desc(d, fault);

	if (status != LN_OK || (status = ln_check_struct("the struct of tensors", t, t ? t->struct_size : 0, sizeof *t, fault)) != LN_OK)
		return status;
	*c = (struct cell){ .wh = t->wh, .wx = t->wx, .h_prev = t->h_prev, .c_prev = t->c_prev, .given = t->params,
			    .active = t->active, .dh = t->dh, .dc = t->dc, .dwh = t->dwh, .dwx = t->dwx, .dh_prev = t->dh_prev,
			    .dc_prev = t->dc_prev, .dparams = t->dparams, .workspace = t->workspace };
	if ((status = resolve_cell(d, LN_ACCUMULATE, c, fault)) != LN_OK || c->rows == 0)
		return status;
	if (c->kind != LN_LSTM)
		c->c_prev = c->dc = NULL, c->dc_prev = NULL;
	if (c->kind != LN_GRU)
		c->h_prev = NULL;
	return check_backward_pointers(c, t->workspace_size, fault);
}

int ln_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t)
{
	struct cell cell;
	struct fault fault;
	int status = ln_check_cell_backward(d, t, &cell, &fault);

	if (status != LN_OK)
		return status;
	if (cell.rows > 0) {
		fetch_kernels(&cell);
		ln_cell_backward_rows(&cell);
	} else if (cell.dparams != NULL && !(cell.flags & LN_ACCUMULATE)) {
		memset(cell.dparams, 0, cell.params * sizeof *cell.dparams);	/* the sum over no rows */
	}
	return LN_OK;
}

/* What two size queries ask of a descriptor. */
static bool is_valid(const ln_cell_desc *d, struct cell *c)
{
	struct fault fault;
	return check_cell_desc(d, &fault) == LN_OK && resolve_cell(d, LN_ACCUMULATE, c, &fault) == LN_OK;
}

size_t ln_cell_backward_workspace_size(const ln_cell_desc *d)
{
	struct cell c = { 0 };
	return is_valid(d, &c) ? ln_cell_backward_needs(&c) : 0;
}

size_t ln_cell_param_count(const ln_cell_desc *d)
{
	struct cell c = { 0 };
	return is_valid(d, &c) ? c.params : 0;
}

static int call_activation(void (*activation)(size_t n, const float *x, float *y), size_t n, const float *x, float *y)
{
	if (n > PTRDIFF_MAX / sizeof(float))
		return LN_ERR_SHAPE;
	if (n == 0)
		return LN_OK;
	if (x == NULL || y == NULL)
		return LN_ERR_NULL;
	if (y != x && ln_spans_meet(y, n * sizeof *y, x, n * sizeof *x))
		return LN_ERR_OVERLAP;
	activation(n, x, y);
	return LN_OK;
}

int ln_sigmoid_f32(size_t n, const float *x, float *y) { return call_activation(ln_kernels()->cell.sigmoid, n, x, y); }

int ln_tanh_f32(size_t n, const float *x, float *y) { return call_activation(ln_kernels()->cell.tanh, n, x, y); }
