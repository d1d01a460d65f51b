/* recurrent.c - the public functions of recurrent cells, and of their activations: check the arguments, fetch the kernels, call */
#include "recurrent.h"

#include "dispatch.h"

/* By cell: how many gates a row of a product has, and how many times `hidden` parameters there are. */
static const struct {
	size_t gates, params;
} cells[] = { [LN_RNN] = { 1, 2 }, [LN_LSTM] = { 4, 14 }, [LN_GRU] = { 3, 10 } };

/* The largest of all sizes are the product of a row by the gates, and the workspace, about 400 bytes for each column. */
static bool shape_fits(uint64_t rows, uint64_t hidden, size_t gates)
{
	uint64_t row, all;

	return hidden > 0 && hidden <= PTRDIFF_MAX / 1024 && !__builtin_mul_overflow(hidden, gates * sizeof(float), &row) &&
	       !__builtin_mul_overflow(rows, row, &all) && all <= PTRDIFF_MAX;
}

static int resolve(const ln_cell_desc *d, uint32_t allowed_flags, struct cell *c)
{
	ln_cell_desc own;
	int status;

	if (d == NULL)
		return LN_ERR_NULL;
	if ((status = ln_read_desc(d, d->struct_size, &own, sizeof own)) != LN_OK)
		return status;
	if (own.reserved != 0)
		return LN_ERR_DESC;
	if (own.cell < LN_RNN || own.cell > LN_GRU || (own.flags & ~allowed_flags) != 0)
		return LN_ERR_FLAGS;
	if (!shape_fits(own.rows, own.hidden, cells[own.cell].gates))
		return LN_ERR_SHAPE;
	if (!ln_eps_is_valid(own.eps))
		return LN_ERR_EPS;
	c->kind = own.cell;
	c->flags = own.flags;
	c->rows = (size_t)own.rows;
	c->hidden = (size_t)own.hidden;
	c->gates = cells[own.cell].gates;
	c->params = cells[own.cell].params * c->hidden;
	c->norm.r.norm = LN_LAYERNORM;
	c->norm.r.x.type = LN_F32;
	c->norm.r.eps = own.eps;
	return LN_OK;
}

static void fetch_kernels(struct cell *c)
{
	c->norm.kernels = ln_kernels();
	c->norm.stages = &c->norm.kernels->f32;
}

/* An array of the arguments. An output may be the input of that index, element for element; 0 is none, as inputs come after outputs. */
struct span {
	const void *at;
	size_t bytes, may_be;
};

/* The first `outputs` spans meet nothing that they may not be. */
static int check_overlap(const struct span *s, size_t outputs, size_t all)
{
	for (size_t i = 0; i < outputs; i++)
		for (size_t j = i + 1; j < all; j++) {
			bool in_place = j == s[i].may_be && s[i].at == s[j].at;
			if (!in_place && ln_spans_meet(s[i].at, s[i].bytes, s[j].at, s[j].bytes))
				return LN_ERR_OVERLAP;
		}
	return LN_OK;
}

/* What both passes ask of the inputs. */
static bool inputs_are_there(const struct cell *c)
{
	return c->wh != NULL && (c->wx != NULL || c->kind == LN_RNN) && (c->c_prev != NULL || c->kind != LN_LSTM);
}

static int check_forward(const struct cell *c)
{
	bool needs_h = c->kind == LN_GRU || c->active != NULL;
	size_t state = c->rows * c->hidden * sizeof(float), product = state * c->gates;
	enum { H, C, OUTPUTS, WH = OUTPUTS, WX, H_PREV, C_PREV, PARAMS, ACTIVE, ALL };
	const struct span s[ALL] = {
		[H] = { c->h, state, H_PREV }, [C] = { c->c, state, C_PREV }, [WH] = { c->wh, product, 0 }, [WX] = { c->wx, product, 0 },
		[H_PREV] = { c->h_prev, state, 0 }, [C_PREV] = { c->c_prev, state, 0 },
		[PARAMS] = { c->given, c->params * sizeof(float), 0 }, [ACTIVE] = { c->active, c->rows, 0 },
	};

	if (!inputs_are_there(c) || c->h == NULL || (needs_h && c->h_prev == NULL) || (c->kind == LN_LSTM && c->c == NULL))
		return LN_ERR_NULL;
	return check_overlap(s, OUTPUTS, ALL);
}

static int check_backward(const struct cell *c, size_t workspace_bytes)
{
	size_t state = c->rows * c->hidden * sizeof(float), product = state * c->gates, params = c->params * sizeof(float);
	enum { DWH, DWX, DH_PREV, DC_PREV, DPARAMS, WORKSPACE, OUTPUTS, WH = OUTPUTS, WX, DH, DC, H_PREV, C_PREV, PARAMS, ACTIVE, ALL };
	const struct span s[ALL] = {
		[DWH] = { c->dwh, product, WH }, [DWX] = { c->dwx, product, WX }, [DH_PREV] = { c->dh_prev, state, DH },
		[DC_PREV] = { c->dc_prev, state, DC }, [DPARAMS] = { c->dparams, params, 0 }, [WORKSPACE] = { c->workspace, workspace_bytes, 0 },
		[WH] = { c->wh, product, 0 }, [WX] = { c->wx, product, 0 }, [DH] = { c->dh, state, 0 }, [DC] = { c->dc, state, 0 },
		[H_PREV] = { c->h_prev, state, 0 }, [C_PREV] = { c->c_prev, state, 0 }, [PARAMS] = { c->given, params, 0 },
		[ACTIVE] = { c->active, c->rows, 0 },
	};
	bool wanted = c->dwh || c->dwx || c->dh_prev || c->dc_prev || c->dparams;

	if (!inputs_are_there(c) || (c->kind == LN_GRU && c->h_prev == NULL) || c->dh == NULL || !wanted)
		return LN_ERR_NULL;
	if (check_overlap(s, OUTPUTS, ALL) != LN_OK)
		return LN_ERR_OVERLAP;
	if (c->workspace == NULL || workspace_bytes < ln_cell_backward_needs(c) || (uintptr_t)c->workspace % sizeof(double) != 0)
		return LN_ERR_WORKSPACE;
	return LN_OK;
}

int ln_cell_forward(const ln_cell_desc *d, const float *wh, const float *wx, const float *h_prev, const float *c_prev, const float *params,
		    const uint8_t *active, float *h, float *c)
{
	struct cell cell = { .wh = wh, .wx = wx, .h_prev = h_prev, .c_prev = c_prev, .given = params, .active = active, .h = h, .c = c };
	int status = resolve(d, 0, &cell);

	if (status != LN_OK || cell.rows == 0)
		return status;
	if (cell.kind != LN_LSTM)
		cell.c = NULL, cell.c_prev = NULL;
	if ((status = check_forward(&cell)) != LN_OK)
		return status;
	fetch_kernels(&cell);
	ln_cell_forward_rows(&cell);
	return LN_OK;
}

int ln_cell_backward(const ln_cell_desc *d, const float *wh, const float *wx, const float *h_prev, const float *c_prev, const float *params,
		     const uint8_t *active, const float *dh, const float *dc, float *dwh, float *dwx, float *dh_prev, float *dc_prev,
		     float *dparams, void *workspace, size_t workspace_size)
{
	struct cell cell = { .wh = wh, .wx = wx, .h_prev = h_prev, .c_prev = c_prev, .given = params, .active = active, .dh = dh, .dc = dc,
			     .dwh = dwh, .dwx = dwx, .dh_prev = dh_prev, .dc_prev = dc_prev, .dparams = dparams, .workspace = workspace };
	int status = resolve(d, LN_ACCUMULATE, &cell);

	if (status != LN_OK || cell.rows == 0)
		return status;
	if (cell.kind != LN_LSTM)
		cell.c_prev = cell.dc = NULL, cell.dc_prev = NULL;
	if (cell.kind != LN_GRU)
		cell.h_prev = NULL;
	if ((status = check_backward(&cell, workspace_size)) != LN_OK)
		return status;
	fetch_kernels(&cell);
	ln_cell_backward_rows(&cell);
	return LN_OK;
}

size_t ln_cell_backward_workspace_size(const ln_cell_desc *d)
{
	struct cell c = { 0 };
	return resolve(d, LN_ACCUMULATE, &c) == LN_OK ? ln_cell_backward_needs(&c) : 0;
}

size_t ln_cell_param_count(const ln_cell_desc *d)
{
	struct cell c = { 0 };
	return resolve(d, LN_ACCUMULATE, &c) == LN_OK ? c.params : 0;
}

static int activate(void (*activation)(size_t n, const float *x, float *y), size_t n, const float *x, float *y)
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

int ln_sigmoid_f32(size_t n, const float *x, float *y) { return activate(ln_kernels()->cell.sigmoid, n, x, y); }

int ln_tanh_f32(size_t n, const float *x, float *y) { return activate(ln_kernels()->cell.tanh, n, x, y); }
