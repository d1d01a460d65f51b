/*
 * rows.h - a matrix whose rows are spread over the ranks of MPI: each rank holds some columns of every row
 */
#ifndef LN_EXAMPLES_ROWS_H
#define LN_EXAMPLES_ROWS_H

#include <ln.h>

struct matrix {
	size_t rows, cols;
	uint32_t type;			/* LN_F32 or LN_BF16, also of gamma and beta */
};

/* The columns [begin, begin + width) of each row, which are the blocks [first, first + blocks); width may be 0. */
struct shard {
	size_t first, blocks, begin, width;
};

size_t blocks_of(const struct matrix *m);		/* in a row */
size_t element_size(const struct matrix *m);

/* shard_of() - what a rank holds. Shards are cut between blocks of LN_BLOCK elements: that is what keeps the bits. */
struct shard shard_of(const struct matrix *m, int rank, int ranks);

/* fill() - the columns of a shard, of all rows; the same numbers whoever makes them. fill_parameters(): of gamma and beta */
void fill(const struct matrix *m, const struct shard *s, void *x);
void fill_parameters(const struct matrix *m, const struct shard *s, void *gamma, void *beta);

#endif
