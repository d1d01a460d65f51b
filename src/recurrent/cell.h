/* cell.h - a checked step of a recurrent cell: docs/numerics.md sections 13 and 14 */
#ifndef LN_CELL_STEP_H
#define LN_CELL_STEP_H

#include "forward/forward.h"

struct cell {
	uint32_t kind, flags;
	size_t rows, hidden, gates;	/* hidden and gates: the widths of states and, times each other, of products */
	size_t params;			/* floats */
	struct forward norm;		/* what the statistics of a norm ask for */
	const float *wh, *wx, *h_prev, *c_prev, *given;	/* given: the parameters */
	const uint8_t *active;
	float *h, *c;
	const float *dh, *dc;
	float *dwh, *dwx, *dh_prev, *dc_prev, *dparams;
	void *workspace;
};

/* All that the public functions check, and the step, if it is of any rows. */
int ln_check_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t, struct cell *c, struct fault *fault);
int ln_check_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t, struct cell *c, struct fault *fault);

void ln_cell_forward_rows(const struct cell *c);
void ln_cell_backward_rows(const struct cell *c);
size_t ln_cell_backward_needs(const struct cell *c);

/* n columns of a product or a state that are normed together, and where their parameters begin. */
struct cell_norm {
	const float *x;
	size_t n, gamma, beta;
	struct row_scale scale;
};

static const size_t NO_BETA = (size_t)-1;	/* that of the other product stands for both */

/*
 * The norms of a row, with their statistics: of an RNN that of the sum; of an LSTM those of wh and wx, and that of c; of a GRU those of
 * the gates of wh and wx, then those of the last part of either.
 */
struct cell_norm ln_rnn_norm(const struct cell *c, const float *sum);
void ln_lstm_norms(const struct cell *c, const float *wh, const float *wx, struct cell_norm norms[2]);
struct cell_norm ln_lstm_output_norm(const struct cell *c, const float *state);
void ln_gru_norms(const struct cell *c, const float *wh, const float *wx, struct cell_norm norms[4]);

/* The stack of a pass: rows that floats do not hold without a scale are normed here; ones and zeros stand for what is absent. */
struct cell_work {
	_Alignas(64) float h[BLOCK], x[BLOCK], gates[2 * BLOCK], ones[BLOCK], zeros[BLOCK];
};

void ln_cell_begin(const struct cell *c, struct cell_work *w);

/* Columns at to at + n of the norms of a stage, n at most BLOCK; x may be NULL. */
struct cell_columns ln_cell_columns(const struct cell *c, struct cell_work *w, const struct cell_norm *h, const struct cell_norm *x, size_t at,
				    size_t n);

/* Columns at to end of the gates that are sigmoids. */
void ln_cell_gates(const struct cell *c, struct cell_work *w, const struct cell_norm *h, const struct cell_norm *x, size_t at, size_t end, float *y);

/* One row of the arguments of a forward step. */
struct cell_row {
	const float *wh, *wx, *h_prev, *c_prev;
	float *h, *c;
};

struct cell_row ln_cell_row(const struct cell *c, size_t row);

/* The new c of an LSTM, to `to`. */
void ln_lstm_state(const struct cell *c, struct cell_work *w, const struct cell_norm norms[2], const float *c_prev, float *to);

static inline bool ln_cell_is_active(const struct cell *c, size_t row) { return c->active == NULL || c->active[row] != 0; }

/* Where a row is: p + row * cols, but NULL of NULL. */
static inline float *ln_cell_at(const float *p, size_t row, size_t cols)
{
	return p == NULL ? NULL : (float *)(uintptr_t)p + row * cols;
}

#endif
