/* backward.h - the gradients: docs/numerics.md sections 10 and 11 */
#ifndef LN_BACKWARD_H
#define LN_BACKWARD_H

#include "forward/forward.h"

struct backward {
	struct forward f;	/* y stands for dy, sum for dsum; flags say whether the statistics are given */
	struct gradients g;
};

/* The parameters' gradients. */
enum { DGAMMA, DBETA, PARAMETERS };

/* Sums of a gradient, a double for each parameter of a set; of f64 with what they have lost. NULL where not wanted; no error but of f64. */
struct column_sums {
	double *sum, *error;
};

/* Rows first to end, at most LN_ROW_BLOCK, of those of one set of parameters; sums become those of this block of rows. */
void ln_backward_block(const struct backward *b, size_t set, size_t first, size_t end, const struct column_sums sums[PARAMETERS]);

/* Are x, dy or dx made floats on their way, or something put between? That takes more stack. */
bool ln_gradients_are_staged(const struct forward *f);

/* The totals of a gradient's parameters at to end of one set: before the first block of rows, and after the last. */
void ln_totals_begin(const struct backward *b, int which, size_t set, const struct column_sums *totals, size_t at, size_t end);
void ln_totals_end(const struct backward *b, int which, size_t set, const struct column_sums *totals, size_t at, size_t end);

/* The gradient of a set that no row has. */
void ln_totals_of_nothing(const struct backward *b, int which, size_t set);

/* All that ln_backward() checks, and what it is to do. */
int ln_check_backward(const ln_desc *d, const ln_backward_tensors *t, struct backward *b, struct fault *fault);

/* All rows, divided among the caller's threads if it has any: LN_OK or LN_ERR_PARALLEL. */
int ln_backward_all(struct backward *b);

/* Bytes of workspace, SIZE_MAX where there can be none; how many of its own a call uses, which may need none. */
size_t ln_backward_needs(const struct request *r, bool parallel);
size_t ln_backward_uses(const struct backward *b);

#endif
