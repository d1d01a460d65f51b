/*
 * lstm.h - an LSTM that reads sequences of symbols, forward and back through time
 */
#ifndef LSTM_H
#define LSTM_H

#include "norm.h"
#include "tensor.h"

struct lstm {
	enum norm_kind kind;
	size_t hidden, symbols, steps;
	struct tensor wh, wx, params;	/* hidden x 4 hidden; symbols x 4 hidden; those of lstm_step.h */
	float *h, *c;			/* (steps + 1) x rows x hidden; the first are 0 */
	float *gh, *gx;			/* the products wh and wx of all steps: steps x rows x 4 hidden */
	float *statistics, *scratch;	/* lstm_step.h; statistics of each step */
	float *dgh, *dgx, *dh, *dc, *wh_turned;
};

void lstm_init(struct lstm *l, enum norm_kind kind, size_t rows_max, size_t steps, size_t symbols, size_t hidden, struct parameters *p,
	       struct random *random);
void lstm_free(struct lstm *l);

/* symbol: steps x rows. States are in l->h, from rows * hidden on: that of the first step */
void lstm_forward(struct lstm *l, enum norm_mode mode, size_t rows, const unsigned char *symbol);

/* After lstm_forward() that learnt. dh: steps x rows x hidden, the gradients that arrive at the states from outside */
void lstm_backward(struct lstm *l, size_t rows, const unsigned char *symbol, const float *dh);

#endif
