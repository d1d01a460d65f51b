/* backward_run.h - the rows that a step of the backward pass goes over, and what is known of each */
#ifndef LN_BACKWARD_RUN_H
#define LN_BACKWARD_RUN_H

#include "backward.h"
#include "forward/parameters.h"
#include "forward/pipeline.h"

typedef float tile[BLOCK];

/*
 * Where a block of rows has what it needs. x is also where dx is made, if that cannot be where it goes to: each element is read before it is
 * written; dn is where dy is read to, and later dsum; other holds a gate, then its gradient. Of doubles nothing is staged, but wide holds
 * the sums of columns that share parameters, and later dx.
 */
struct gradient_tiles {
	tile *x, *dn;
	float *other;
	double (*wide)[BLOCK];
	struct column_run *run;
	float *spare;	/* a tile, of staged rows two, that nothing is in when a row's statistics are taken */
	struct parameter_window window;
};

/* A run, all of one set of parameters, and in `a` those of its rows that go together. */
struct run {
	size_t rows, row[RUN_ROWS];
	const void *x[RUN_ROWS];	/* of rows of one block, staged */
	struct row_scale scale[RUN_ROWS];
	double k[RUN_ROWS], a1[RUN_ROWS], a2[RUN_ROWS];	/* of section 10 */
	size_t rows_to_sum;	/* of how many the sums are taken together */
	bool stream;		/* dx past the cache */
	bool turned;		/* x and dy of all of its rows are in the tiles, and dx is made there */
	struct gradient_rows a;
};

/*
 * Where rows of at most TURNED columns lie side by side, a run of them is turned at once: the tiles of x and of dn, which are for PASS_ROWS longer
 * ones, have room for it.
 */
enum { TURNED = BLOCK * PASS_ROWS / RUN_ROWS };

/* Row i of a run that was turned: in all tiles together, not in one. */
static inline float *ln_turned_row(tile *tiles, size_t i) { return (float *)(void *)tiles + i * TURNED; }

/* The tile of x, or of dn, of row i of those that go together. */
static inline float *ln_run_tile(tile *tiles, const struct run *run, size_t i)
{
	return run->turned ? ln_turned_row(tiles, run->a.at_row + i) : tiles[i];
}

/* Read x and dy of a whole run, if its rows lie so; says whether it has. And write its dx. */
bool ln_turn_run(const struct backward *b, struct gradient_tiles *w, struct run *run);
void ln_turn_dx(const struct backward *b, struct gradient_tiles *w, const struct run *run);

static inline bool ln_is_one_block(const struct forward *f) { return f->r.cols <= BLOCK; }

static inline bool ln_shares_columns(const struct backward *b) { return b->f.r.p.cols_per_param > 1; }

static inline bool ln_dx_is_direct(const struct backward *b, const struct run *run)
{
	return run->a.type == LN_BF16 || (b->f.kernels->read[b->g.dx.type] == NULL && ln_is_dense(&b->g.dx));
}

/* Elements of a type that the kernels take where they lie. */
static inline const void *ln_gradient_block(const struct backward *b, const struct tensor *t, const struct run *run, size_t i, size_t at, tile to)
{
	size_t row = run->row[i];

	return run->a.type == LN_BF16 ? ln_element(&b->f, t, row, at) : ln_load(&b->f, t, row, at, ln_block_length(&b->f, at), to);
}

/* Is what is normalised made in a tile, for kernels of this type? */
static inline bool ln_x_is_staged(const struct forward *f, uint32_t type)
{
	return (type != LN_BF16 && (f->kernels->read[f->r.x.type] != NULL || !ln_is_dense(&f->r.x))) || ln_gates_before(&f->r);
}

/* What is normalised: x where it lies or in the tile, or x * act(gate) in the tile. */
static inline const void *ln_normalised_block(const struct backward *b, const struct gradient_tiles *w, const struct run *run, size_t i, size_t at,
					      tile to)
{
	if (!ln_gates_before(&b->f.r))
		return ln_gradient_block(b, &b->f.r.x, run, i, at, to);
	return ln_stage(&b->f, &(struct pipeline){ .other = w->other }, run->row[i], at, ln_block_length(&b->f, at), to);
}

/*
 * The scale and k of rows first to end of the run, whose first blocks are at run->x where there is but one; spare has room for one more, and
 * with a gate before the norm for two.
 */
void ln_set_run_statistics(const struct forward *f, struct run *run, size_t first, size_t end, float *spare);

/* The sums and then dx of rows `first` to `end` of the run: if they are of one block and floats, they are at most a pair, staged once. */
void ln_rows_of_run(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t first, size_t end,
		    const struct column_sums sums[PARAMETERS]);

#endif
