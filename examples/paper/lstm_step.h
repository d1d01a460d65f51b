/*
 * lstm_step.h - one step of an LSTM: with layer norms by libln, plain or with batch norms by the loops here
 *
 * Arguments and parameters are those of ln.h's ln_cell_forward() and ln_cell_backward() for LN_LSTM:
 *	(f, i, o, g) = norm(wh; gamma_h, 0) + norm(wx; gamma_x, beta)
 *	c = sigma(f) c_prev + sigma(i) tanh(g),  h = sigma(o) tanh(norm(c; gamma_c, beta_c))
 * Batch norm has statistics of its own for each time step: Cooijmans et al. 2016, arXiv:1603.09025.
 */
#ifndef LSTM_STEP_H
#define LSTM_STEP_H

#include "norm.h"

struct lstm_step {
	enum norm_kind kind;
	enum norm_mode mode;
	size_t rows, hidden;
	float *statistics;		/* of batch norm at this time step: LSTM_STATISTICS * hidden */
	float *scratch;			/* lstm_step_scratch() floats */
};
enum { LSTM_STATISTICS = 18, LSTM_PARAMETERS = 14 };	/* each times hidden */

size_t lstm_step_scratch(size_t rows, size_t hidden);

/* wh, wx: rows x 4 hidden; c_prev, h, c: rows x hidden */
void lstm_step_forward(const struct lstm_step *s, const float *wh, const float *wx, const float *c_prev, const float *params, float *h,
		       float *c);

/*
 * After a forward that learnt, with its arguments and its c. dc: the gradient that comes from the step after, becomes that for the step
 * before; dwh and dwx are written; dparams is added to
 */
void lstm_step_backward(const struct lstm_step *s, const float *wh, const float *wx, const float *c_prev, const float *c,
			const float *params, const float *dh, float *dc, float *dwh, float *dwx, float *dparams);

#endif
