/*
 * recurrent.h - a recurrent net that reads sequences of symbols, forward and back through time
 */
#ifndef RECURRENT_H
#define RECURRENT_H

#include "cell.h"
#include "tensor.h"

#include <stdbool.h>

struct recurrent {
	struct cell cell;
	size_t steps, gates;		/* gates: all of a row, cell_gates() * hidden */
	struct tensor wh, wx, params;	/* hidden x gates; symbols x gates; those of the cell */
	float *h, *c;			/* (steps + 1) x rows x hidden; the first are 0 */
	float *gh, *gx;			/* the products wh and wx of all steps: steps x rows x gates */
	float *statistics, *scratch;	/* cell.h; statistics of each step */
	float *dgh, *dgx, *dh, *dc, *back, *wh_turned;
};

void recurrent_init(struct recurrent *n, struct cell cell, size_t rows_max, size_t steps, size_t symbols, struct parameters *p,
		    struct random *random);
void recurrent_free(struct recurrent *n);

/*
 * symbol: steps x rows. taking: how many rows take each step, always the first ones; the others keep their state; NULL: all. States are in
 * n->h, from rows * hidden on: that of the first step
 */
void recurrent_forward(struct recurrent *n, enum norm_mode mode, size_t rows, const unsigned char *symbol, const size_t *taking);

/*
 * After recurrent_forward() that learnt, with the same arguments. dh: the gradients that arrive at the states from outside, steps x rows x
 * hidden, or, with `last` alone, at those of the last step
 */
void recurrent_backward(struct recurrent *n, size_t rows, const unsigned char *symbol, const size_t *taking, const float *dh,
			bool last);

#endif
