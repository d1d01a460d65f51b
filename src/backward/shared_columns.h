/* shared_columns.h - gradients of parameters that several columns share (cols_per_param): docs/numerics.md section 11 */
#ifndef LN_SHARED_COLUMNS_H
#define LN_SHARED_COLUMNS_H

#include "backward.h"

/*
 * Add a run's sums of the n columns from `at` on, a block of columns, to the sums of the parameters that they share. So there is nothing as
 * wide as a row but the row itself.
 */
void ln_fold_floats(const struct backward *b, size_t at, size_t n, const float *columns, const struct column_sums *sums);
void ln_fold_doubles(const struct backward *b, size_t at, size_t n, const double *columns, const struct column_sums *sums);

#endif
