/* recurrent.h - a checked step of a recurrent cell: docs/numerics.md sections 13 and 14 */
#ifndef LN_RESOLVED_CELL_H
#define LN_RESOLVED_CELL_H

#include "forward.h"

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

void ln_cell_forward_rows(const struct cell *c);
void ln_cell_backward_rows(const struct cell *c);
size_t ln_cell_backward_needs(const struct cell *c);

/* What normalises the n elements at x. */
struct row_scale ln_cell_norm(const struct cell *c, const float *x, size_t n);

/* Row `row` of the arguments, without the scales of its norms. */
struct cell_row ln_cell_row(const struct cell *c, size_t row);

static inline bool ln_cell_is_active(const struct cell *c, size_t row) { return c->active == NULL || c->active[row] != 0; }

/* Where a row is: p + row * cols, but NULL of NULL. */
static inline float *ln_cell_at(const float *p, size_t row, size_t cols)
{
	return p == NULL ? NULL : (float *)(uintptr_t)p + row * cols;
}

#endif
