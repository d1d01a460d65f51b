/*
 * model_cell.h - the bit-exact reference of recurrent cells: sections 12 to 14 of docs/numerics.md in plain C
 */
#ifndef MODEL_CELL_H
#define MODEL_CELL_H

#include "model.h"

/* The arguments of ln_cell_forward() and of ln_cell_backward(), workspace apart. */
struct cell {
	ln_cell_desc d;
	const float *wh, *wx, *h_prev, *c_prev, *params;
	const uint8_t *active;
	float *h, *c;
	const float *dh, *dc;
	float *dwh, *dwx, *dh_prev, *dc_prev, *dparams;
};

/* All rows, as the library must do them; the arguments must be valid. */
void model_cell_forward(enum arithmetic arithmetic, const struct cell *c);
void model_cell_backward(enum arithmetic arithmetic, const struct cell *c);

/* ---- Between the files of the model ---- */

enum { GATES_MAX = 4, NORMS_MAX = 4 };

/* A norm of a cell: columns from `at` on of wh (0), wx (1) or the new c (2), n of them, and its places in the parameters. */
struct cell_norm { int of; size_t at, n, gamma, beta; };

/* How many gates, parameters and norms a cell of this width has. beta is SHARED where another norm's is added once for both. */
struct cell_layout { size_t gates, params, norms; struct cell_norm norm[NORMS_MAX]; };
#define SHARED ((size_t)-1)
struct cell_layout cell_layout(const ln_cell_desc *d);

/* One row: activated gates (of a GRU u is in the fourth place; of an RNN none), the normed rows, and the new state. */
struct cell_row { float *gate[GATES_MAX], *xhat[NORMS_MAX], *sum, *h, *c, *m; };
float *cell_floats(size_t n);	/* zeros */
struct cell_row cell_row_make(const ln_cell_desc *d);
void cell_row_free(struct cell_row *r);
void model_cell_row(enum arithmetic arithmetic, const struct cell *c, size_t row, struct cell_row *r);

#endif
