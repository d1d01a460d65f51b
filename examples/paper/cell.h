/*
 * cell.h - one step of an LSTM or a GRU: with layer norms by libln, otherwise by the loops of lstm_step.c and gru_step.c
 *
 * Formulas, arguments and parameters are those of ln.h's ln_cell_forward() and ln_cell_backward(); without a norm LN(v; gamma, beta) is
 * v + beta, but for the LSTM's LN(c; gamma_c, beta_c), which is c. Batch norm has statistics of its own for each time step: Cooijmans et
 * al. 2016, arXiv:1603.09025.
 */
#ifndef CELL_H
#define CELL_H

#include "norm.h"

#include <stdint.h>

struct cell {
	uint32_t type;			/* LN_LSTM or LN_GRU */
	enum norm_kind kind;
	size_t hidden;
};

struct step {
	struct cell cell;
	enum norm_mode mode;
	size_t rows;			/* that take the step */
	float *statistics;		/* of batch norm at this time step: CELL_STATISTICS * hidden */
	float *scratch;			/* cell_scratch() floats */
};
enum { CELL_STATISTICS = 18 };

size_t cell_gates(const struct cell *c);		/* 4 or 3 */
size_t cell_params(const struct cell *c);
size_t cell_scratch(const struct cell *c, size_t rows);

/* gates = cell_gates(). wh, wx: rows x gates x hidden; states: rows x hidden; c_prev and c: of an LSTM */
void step_forward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *c_prev,
		  const float *params, float *h, float *c);

/*
 * After a forward that learnt, with its arguments and its c. dh: the gradient at h, becomes what reaches h_prev past wh. dc: that at c,
 * becomes that at c_prev. dwh and dwx are written, dparams is added to.
 */
void step_backward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *c_prev, const float *c,
		   const float *params, float *dh, float *dc, float *dwh, float *dwx, float *dparams);

#endif
