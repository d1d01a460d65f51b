/* parameters.h - gamma and beta of a block as floats or doubles */
#ifndef LN_PARAMETERS_H
#define LN_PARAMETERS_H

#include "forward.h"

/* NULL where absent. */
struct block_parameters {
	const void *gamma, *beta;
};

/*
 * Parameters that are not floats as they lie in memory, made so; kept until another set or other columns are asked for. Whoever has the
 * window says where, `bytes` for each of the two: a number of blocks.
 */
struct parameter_window {
	bool as_they_lie, filled;
	size_t set, begin, bytes;
	unsigned char *gamma, *beta;
};

/* A window over 2 * bytes at `at`. */
void ln_begin_parameters(const struct forward *f, struct parameter_window *w, unsigned char *at, size_t bytes);
struct block_parameters ln_windowed_parameters(const struct forward *f, struct parameter_window *w, size_t set, size_t at);

/* Those of row `row` from column `at` on, for as many columns as a block has; `at` is a multiple of BLOCK. */
static inline struct block_parameters ln_block_parameters(const struct forward *f, struct parameter_window *w, size_t row, size_t at)
{
	const struct parameters *p = &f->r.p;
	size_t set = p->sets == 1 ? 0 : row / p->rows_per_set % p->sets, offset = set * p->stride + at * p->size;

	if (!w->as_they_lie)
		return ln_windowed_parameters(f, w, set, at);
	return (struct block_parameters){ p->gamma ? p->gamma + offset : NULL, p->beta ? p->beta + offset : NULL };
}

#endif
