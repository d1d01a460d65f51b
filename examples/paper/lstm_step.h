/*
 * lstm_step.h - one step of an LSTM that is plain or has batch norms, for cell.c
 */
#ifndef LSTM_STEP_H
#define LSTM_STEP_H

#include "cell.h"

enum { LSTM_SCRATCH = 10 };		/* times rows x hidden */

void lstm_step_forward(const struct step *s, const float *wh, const float *wx, const float *c_prev, const float *params, float *h,
		       float *c);

/* dh becomes 0: nothing reaches h_prev past wh. */
void lstm_step_backward(const struct step *s, const float *wh, const float *wx, const float *c_prev, const float *c,
			const float *params, float *dh, float *dc, float *dwh, float *dwx, float *dparams);

#endif
