/* turn.h - rows that lie side by side in memory, each with its elements apart, turned into contiguous rows of floats and out of them */
#ifndef LN_TURN_H
#define LN_TURN_H

#include "forward.h"

/* From a row to the next one. */
static inline size_t ln_row_step(const struct forward *f, const struct tensor *t) { return f->r.heads == 1 ? t->stride : t->head_stride; }

static inline bool ln_is_turned(const struct forward *f, const struct tensor *t)
{
	return !ln_is_dense(t) && t->run == 0 && ln_row_step(f, t) == t->size && t->type != LN_F64;
}

/*
 * n columns from `at` on of rows that are one step apart: to and from rows of floats that are `pitch` apart, their first element of these
 * columns at `to` or `from`. `room` holds n * rows floats; it is not looked at where what is read is floats.
 */
void ln_turn_in(const struct forward *f, const struct tensor *t, size_t row, size_t rows, size_t at, size_t n, float *to, size_t pitch,
		float *room);
void ln_turn_out(const struct forward *f, const struct tensor *t, size_t row, size_t rows, size_t at, size_t n, const float *from, size_t pitch,
		 const struct encoding *e, float *room);

#endif
