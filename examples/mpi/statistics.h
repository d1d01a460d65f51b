/*
 * statistics.h - the moments of whole rows from those that each rank has of its shard; two ways, the same bits
 */
#ifndef LN_EXAMPLES_STATISTICS_H
#define LN_EXAMPLES_STATISTICS_H

#include <mpi.h>

#include "rows.h"

/*
 * Each is collective: every rank passes its shard `x` of all rows, and gets the moments of all whole rows.
 * They return LN_OK or an LN_ERR_* value; MPI's own errors end the program.
 */
typedef int statistics(const struct matrix *m, const void *x, MPI_Comm comm, ln_moments *of_rows);

/* The moments of all blocks are gathered in rank order, which is the order of the blocks, and merged in it. */
statistics statistics_by_gathering;

/* The same with a reduction: an array with a slot for each block, in which each rank fills its own, and an MPI_Op that merges slots. */
statistics statistics_by_reduction;

#endif
