/*
 * ref_cell.h - the oracle of recurrent cells: one row of a step and its gradients, from the formulas of ln.h in 113-bit arithmetic
 */
#ifndef REF_CELL_H
#define REF_CELL_H

#include "model_cell.h"
#include "ref.h"

/* One row, every number exact; wx of an RNN is 0 where it is absent, params are there. */
struct ref_cell {
	ln_cell_desc d;
	struct cell_layout layout;
	quad *wh, *wx, *h_prev, *c_prev, *params, *dh, *dc;
	quad *given_c;			/* LSTM: what h is made of in the place of c; NULL: c */
	quad *h, *c;
	quad *dwh, *dwx, *dh_prev, *dc_prev, *dparams;	/* dparams are added to */
	quad *bracket[NORMS_MAX], *out[NORMS_MAX];	/* of each norm's columns: |gamma| max(1, |xhat|) + |beta|, and gamma xhat + beta */
	quad size[NORMS_MAX];		/* of each norm: 1 + its largest bracket */
	quad rstd[NORMS_MAX];
};

struct ref_cell ref_cell_make(const struct cell *c);
void ref_cell_free(struct ref_cell *r);

/* Row `row` of c, without the outputs. */
void ref_cell_read(struct ref_cell *r, const struct cell *c, size_t row);

void ref_cell_forward(struct ref_cell *r);
void ref_cell_backward(struct ref_cell *r);

#endif
