/* pipeline.h - what the files of the general pipeline share: stage.c reads, forward.c takes statistics, output.c writes */
#ifndef LN_PIPELINE_H
#define LN_PIPELINE_H

#include "forward.h"
#include "parameters.h"

enum {
	GROUP = 4,
	STAGED_BYTES = GROUP * BLOCK * sizeof(float),	/* four rows of a block of floats, one of four blocks, half that of doubles */
	MADE = 4 * BLOCK	/* floats of y that are kept until the scale of their row is known */
};

/* The pipeline's stack. */
struct work {
	_Alignas(64) unsigned char staged[STAGED_BYTES];
	float y[MADE], other[BLOCK];
	uint16_t half[BLOCK];
	struct parameter_window parameters;
	struct encoding y_encoding, sum_encoding;	/* as far as all rows have the same */
	bool y_is_direct;		/* nothing stands between the normalised float or double and y */
};

/* What is the same for every row of a call. */
void ln_begin_work(const struct forward *f, struct work *w);

/* The block of a row that is normalised, x or x + residual: where it lies, or in the tile. */
const void *ln_stage(const struct forward *f, struct work *w, size_t row, size_t at, size_t n, void *tile);

/* The block that begins at column `at`: of a row that was kept whole, or staged now. */
static inline const void *ln_staged_block(const struct forward *f, struct work *w, size_t row, size_t at, const void *kept)
{
	return kept ? (const char *)kept + at * f->stages->size : ln_stage(f, w, row, at, ln_block_length(f, at), w->staged);
}

/* A whole row as it is normalised: where it lies, or staged at `to` if `room` bytes hold it; else NULL. */
const void *ln_keep_row(const struct forward *f, struct work *w, size_t row, unsigned char *to, size_t room);

/* Round floats to a type and back. */
void ln_round_tile(const struct forward *f, uint32_t type, size_t n, float *tile, uint16_t *half);

/* Write columns at to end of a row; `kept` is the whole row, if it was kept. */
void ln_finish_row(const struct forward *f, struct work *w, size_t row, const struct row_statistics *st, const void *kept, size_t at, size_t end);

#endif
