/*
 * cell.c - which function does a step; those of libln, and their sizes, which hold for the others too
 */
#include "cell.h"
#include "gru_step.h"
#include "lstm_step.h"
#include "must.h"

#include <ln.h>
#include <string.h>

static ln_cell_desc description(const struct cell *c, size_t rows, uint32_t flags)
{
	return (ln_cell_desc){.struct_size = sizeof(ln_cell_desc), .cell = c->type, .flags = flags, .rows = rows, .hidden = c->hidden,
			      .eps = NORM_EPS};
}

size_t cell_gates(const struct cell *c)
{
	return c->type == LN_LSTM ? 4 : 3;
}

size_t cell_params(const struct cell *c)
{
	ln_cell_desc d = description(c, 1, 0);

	return ln_cell_param_count(&d);
}

size_t cell_scratch(const struct cell *c, size_t rows)
{
	ln_cell_desc d = description(c, rows, 0);
	size_t own = (c->type == LN_LSTM ? LSTM_SCRATCH : GRU_SCRATCH) * rows * c->hidden;
	size_t workspace = ln_cell_backward_workspace_size(&d) / sizeof(float) + 1;

	return own > workspace ? own : workspace;
}

void step_forward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *c_prev,
		  const float *params, float *h, float *c)
{
	ln_cell_desc d = description(&s->cell, s->rows, 0);

	if (s->cell.kind == NORM_LAYER)
		must(ln_cell_forward(&d, &(ln_cell_forward_tensors){
			sizeof(ln_cell_forward_tensors), .wh = wh, .wx = wx, .h_prev = h_prev, .c_prev = c_prev, .params = params, .h = h, .c = c,
		}), "ln_cell_forward");
	else if (s->cell.type == LN_LSTM)
		lstm_step_forward(s, wh, wx, c_prev, params, h, c);
	else
		gru_step_forward(s, wh, wx, h_prev, params, h);
}

void step_backward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *c_prev, const float *c,
		   const float *params, float *dh, float *dc, float *dwh, float *dwx, float *dparams)
{
	ln_cell_desc d = description(&s->cell, s->rows, LN_ACCUMULATE);

	if (s->cell.kind == NORM_LAYER)
		must(ln_cell_backward(&d, &(ln_cell_backward_tensors){
			sizeof(ln_cell_backward_tensors), .wh = wh, .wx = wx, .h_prev = h_prev, .c_prev = c_prev, .params = params,
			.dh = dh, .dc = dc, .dwh = dwh, .dwx = dwx, .dh_prev = dh, .dc_prev = dc, .dparams = dparams,
			.workspace = s->scratch, .workspace_size = cell_scratch(&s->cell, s->rows) * sizeof(float),
		}), "ln_cell_backward");
	else if (s->cell.type == LN_LSTM)
		lstm_step_backward(s, wh, wx, c_prev, c, params, dh, dc, dwh, dwx, dparams);
	else
		gru_step_backward(s, wh, wx, h_prev, params, dh, dwh, dwx, dparams);
}
