/* recurrent_run.h - a few rows of a backward step, between recurrent_backward.c, which makes them, and recurrent_gradients.c */
#ifndef LN_RECURRENT_RUN_H
#define LN_RECURRENT_RUN_H

#include "cell.h"

/* The caller's workspace: the totals of dparams, the sums of a block of rows, and the rows of a run. */
struct workspace {
	double *totals, *sums;
	float *dgates, *sum, *state, *dstate;	/* rows: gradients at the gates; wh + wx of an RNN; the new c of an LSTM, and what arrives at it */
};

struct cell_run {
	size_t rows;
	struct {
		const float *wh, *wx, *h_prev, *c_prev, *dh, *dc;
		float *dwh, *dwx, *dh_prev, *dc_prev;
		struct cell_norm norms[4];
	} row[RUN_ROWS];
	struct workspace at;
	struct cell_work work;
};

/* The gradients of the rows of a run, all but what is the same in all cells: docs/numerics.md section 14. */
void ln_rnn_run(const struct cell *c, struct cell_run *run);
void ln_lstm_run(const struct cell *c, struct cell_run *run);
void ln_gru_run(const struct cell *c, struct cell_run *run);

#endif
