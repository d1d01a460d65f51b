/*
 * gru_step.h - one step of a GRU that is plain or has batch norms, for cell.c
 */
#ifndef GRU_STEP_H
#define GRU_STEP_H

#include "cell.h"

enum { GRU_SCRATCH = 6 };		/* times rows x hidden */

void gru_step_forward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params, float *h);
void gru_step_backward(const struct step *s, const float *wh, const float *wx, const float *h_prev, const float *params,
		       float *dh, float *dwh, float *dwx, float *dparams);

#endif
