/* backward.h - the gradients: docs/numerics.md sections 10 and 11 */
#ifndef LN_BACKWARD_H
#define LN_BACKWARD_H

#include "forward.h"

struct backward {
	struct forward f;	/* y stands for dy, sum for dsum; flags say whether the statistics are given */
	struct gradients g;
};

/* Where the gradients of the parameters of one block of rows are summed, as floats or doubles; NULL where not wanted. */
struct block_sums {
	void *dgamma, *dbeta;
};

/* Rows first to end, at most LN_ROW_BLOCK, of one set of parameters. */
void ln_backward_block(const struct backward *b, size_t first, size_t end, const struct block_sums *sums);

/* How the rows of a call are cut into blocks, set by set. */
size_t ln_blocks_of_set(const struct request *r);

/* The totals of dgamma (0) or dbeta (1) in columns at to end of one set: pairs t + e of doubles, the first that of column `at`. */
struct totals {
	double *t, *e;
};

/* Before the first block of a set, and after the last. */
void ln_totals_begin(const struct backward *b, int which, size_t set, const struct totals *totals, size_t at, size_t end);
void ln_totals_end(const struct backward *b, int which, size_t set, const struct totals *totals, size_t at, size_t end);

/* All rows, divided among the caller's threads if it has any. */
void ln_backward_all(const struct backward *b, ln_parallel_for parallel_for, void *pool);
size_t ln_backward_needs(const struct request *r, bool parallel);

#endif
