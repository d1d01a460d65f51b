/* pipeline.h - what the files of the general pipeline share: stage.c reads, forward.c takes statistics, output.c writes */
#ifndef LN_PIPELINE_H
#define LN_PIPELINE_H

#include "forward.h"
#include "parameters.h"

enum {
	KEPT_BYTES = 2 * BLOCK * sizeof(float),	/* a row of two blocks of floats, or one of doubles */
	TILE = 4 * BLOCK	/* columns of the longest row that goes through the plain kernels; of all that go together */
};

/* What a row on its way needs. Tiles and the window's parameters lie with whoever runs the rows, as far as these need them. */
struct pipeline {
	float *other;			/* a block: a residual or a gate, or y as elements of 16 bits while it is rounded to them */
	float *y;			/* a block, or a tile; of reals, and so is `other`, where elements of a row lie apart */
	unsigned char *staged;		/* KEPT_BYTES, or a tile of floats */
	struct parameter_window parameters;
	struct encoding y_encoding, sum_encoding;	/* as far as all rows have the same */
	bool y_is_direct;		/* nothing stands between the normalised float or double and y */
};

/* What is the same for every row of a call; the window of parameters is over 2 * bytes at `at`. */
void ln_begin_pipeline(const struct forward *f, struct pipeline *w, unsigned char *at, size_t bytes);

/* The block of a row that is normalised, x or x + residual: where it lies, or in the tile. */
const void *ln_stage(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, void *tile);

/* n columns from `at` on, of one block: of a row that was kept whole, or staged now. */
static inline const void *ln_staged(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, const void *kept)
{
	return kept ? (const char *)kept + at * f->stages->size : ln_stage(f, w, row, at, n, w->staged);
}

/* A whole row as it is normalised: where it lies, or staged at `to` if `room` bytes hold it; else NULL. */
const void *ln_keep_row(const struct forward *f, struct pipeline *w, size_t row, unsigned char *to, size_t room);

/* Round floats to a type and back, by way of w->other. */
void ln_round_tile(const struct forward *f, const struct pipeline *w, uint32_t type, size_t n, float *tile);

/* Ask for a row that comes later. */
void ln_fetch_row(const struct forward *f, const struct tensor *t, size_t row);

void ln_write_sum(const struct forward *f, const struct pipeline *w, size_t row, size_t at, size_t n, const void *s);

/* y times the activated gate, or activated itself, n columns of a row from `at` on. */
void ln_gate(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, float *y);

/* n columns of y as floats, of one block, before they become elements of its type. */
void ln_make_y(const struct forward *f, struct pipeline *w, size_t row, const struct row_scale *scale, const void *s, size_t at, size_t n, float *y);

/* n columns of y from `at` on, whole groups of them, from floats, each group by a scale of its own. */
void ln_write_groups(const struct forward *f, const struct pipeline *w, size_t row, size_t at, size_t n, const float *y);

/* Columns at to end of a row that has no y. */
void ln_fill_nan(const struct forward *f, size_t row, size_t at, size_t end);

/* Write columns at to end of a row; `kept` is the whole row, if it was kept. The other is for a y with scales of its own: whole groups. */
void ln_finish_row(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *kept, size_t at, size_t end);
void ln_finish_groups(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *kept, size_t at,
		      size_t end);

#endif
