/* backward_run.h - the rows that a step of the backward pass goes over, and what is known of each */
#ifndef LN_BACKWARD_RUN_H
#define LN_BACKWARD_RUN_H

#include "backward.h"

/* A run, all of one set of parameters, and of it the rows that go together. */
struct run {
	size_t rows, row[RUN_ROWS];
	const void *x[RUN_ROWS];	/* of rows of one block, staged */
	struct row_scale scale[RUN_ROWS];
	double k[RUN_ROWS];	/* of section 10 */
	bool stream;		/* dx past the cache */
	struct gradient_rows a;
};

static inline bool ln_is_one_block(const struct forward *f) { return f->r.cols <= BLOCK; }

/* The scale and k of each of the run's rows, whose first blocks are at run->x where there is but one. */
void ln_set_run_statistics(const struct forward *f, struct run *run);

#endif
