/*
 * tiles.c - rows by way of the plain kernels: made floats, normalised, made elements of y
 *
 * What is not contiguous floats already is staged in a tile on the stack, and a y that is not floats is made there too, over what was
 * staged. Each step takes a whole row, or a few short ones, so that little is spent between them.
 */
#include "pipeline.h"

bool ln_fit_plain(const struct forward *f, size_t most_cols)
{
	const struct request *r = &f->r;
	uint32_t cast = f->kernels->read[r->x.type] != NULL ? LN_CAST_BEFORE_GAMMA : 0;	/* to float it is none */

	return r->x.type != LN_F64 && r->cols <= most_cols && r->y.at != NULL && r->moments == NULL &&
	       !(r->flags & (LN_STATS_GIVEN | LN_EPS_OUTSIDE | cast)) && ln_plain_takes(r->norm, r->p.beta);
}

bool ln_fit_tiles(const struct forward *f) { return !ln_is_strided(f) && ln_fit_plain(f, TILE); }

/* How many rows of a tensor lie one after the other from row `row` on. */
static size_t contiguous_rows(const struct forward *f, const struct tensor *t, size_t row)
{
	size_t heads = f->r.heads, bytes = f->r.cols * t->size;

	if (heads == 1)
		return t->stride == bytes ? SIZE_MAX : 1;
	return t->head_stride != bytes ? 1 : t->stride == heads * bytes ? SIZE_MAX : heads - row % heads;
}

/* What is normalised lies as floats. */
static bool x_is_direct(const struct forward *f) { return !ln_makes_sum(&f->r) && f->kernels->read[f->r.x.type] == NULL; }

/* The sum is made where it goes to. */
static bool sum_is_direct(const struct forward *f, const struct pipeline *w)
{
	return ln_makes_sum(&f->r) && f->r.sum.at != NULL && f->r.sum.type == LN_F32 && !w->sum_encoding.stream;
}

/* Where writes go past the cache rows go one by one: those of several would push out each other and what was fetched. */
static size_t rows_together(const struct forward *f, const struct pipeline *w, size_t row, size_t end)
{
	const struct parameters *p = &f->r.p;
	size_t rows = f->reach == REACH_MEMORY ? 1 : ln_least(GROUP, TILE / f->r.cols);

	if (x_is_direct(f))
		rows = ln_least(rows, contiguous_rows(f, &f->r.x, row));
	if (w->y_is_direct)
		rows = ln_least(rows, contiguous_rows(f, &f->r.y, row));
	if (sum_is_direct(f, w))
		rows = ln_least(rows, contiguous_rows(f, &f->r.sum, row));
	if (p->sets > 1)
		rows = ln_least(rows, p->rows_per_set - row % p->rows_per_set);
	return ln_least(rows, end - row);
}

/* The rows that are normalised, contiguous. Where none but y is at hand they are staged in y, which is near then. */
static const void *stage_rows(const struct forward *f, struct pipeline *w, size_t row, size_t rows)
{
	size_t bytes = f->r.cols * sizeof(float);
	unsigned char *to = w->staged;

	if (x_is_direct(f))
		return ln_element(f, &f->r.x, row, 0);
	if (sum_is_direct(f, w))
		to = ln_element(f, &f->r.sum, row, 0);
	else if (w->y_is_direct && !w->y_encoding.stream)
		to = ln_element(f, &f->r.y, row, 0);
	for (size_t i = 0; i < rows; i++) {
		ln_keep_row(f, w, row + i, to + i * bytes, bytes);
		if (f->reach == REACH_MEMORY) {
			ln_fetch_row(f, &f->r.x, row + rows + i);
			ln_fetch_row(f, &f->r.residual, row + rows + i);
			if (ln_gates_before(&f->r))
				ln_fetch_row(f, &f->r.gate, row + rows + i);
		}
	}
	return to;
}

/* A row that was made. */
static void write_row(const struct forward *f, struct pipeline *w, size_t row, float *y)
{
	for (size_t at = 0; at < f->r.cols && ln_gates_after(&f->r); at += BLOCK)
		ln_gate(f, w, row, at, ln_block_length(f, at), y + at);
	if (ln_scales_itself(&f->r))
		ln_write_groups(f, w, row, 0, f->r.cols, y);
	else
		f->kernels->write[f->r.y.type](f->r.cols, y, &w->y_encoding, ln_element(f, &f->r.y, row, 0));
}

/* Tiles are near; what is written where it lies goes past the cache if it shall. */
static enum reach reach_of_rows(const struct forward *f, const struct pipeline *w)
{
	if (w->y_is_direct && w->y_encoding.stream)
		return REACH_MEMORY;
	return !x_is_direct(f) || f->reach == REACH_NEAR ? REACH_NEAR : REACH_FAR;
}

static void tile_group(const struct forward *f, struct pipeline *w, size_t row, size_t rows)
{
	size_t cols = f->r.cols;
	const void *x = stage_rows(f, w, row, rows);
	struct block_parameters p = ln_block_parameters(f, &w->parameters, row, 0);

	for (size_t i = 0; i < rows && f->r.sum.at != NULL && !sum_is_direct(f, w); i++)	/* first: y may overwrite x */
		ln_write_sum(f, w, row + i, 0, cols, (const float *)x + i * cols);
	f->kernels->plain[f->r.norm->has_mean][LN_F32](&(struct plain){
		.kernels = f->kernels, .apart = ln_row_apart, .rows = rows, .cols = cols, .x = x, .gamma = p.gamma, .beta = p.beta,
		.eps = f->r.eps, .divisor = ln_divisor(f->r.norm, (double)cols),
		.y = w->y_is_direct ? (void *)ln_element(f, &f->r.y, row, 0) : w->y, .mean = ln_statistic(f->r.mean, row),
		.rstd = ln_statistic(f->r.rstd, row), .reach = reach_of_rows(f, w), .norm = f->r.norm->number, .type = LN_F32,
	});
	for (size_t i = 0; i < rows && !w->y_is_direct; i++)
		write_row(f, w, row + i, w->y + i * cols);
}

void ln_tile_rows(const struct forward *f, size_t first, size_t end)
{
	enum { TILE_BYTES = TILE * sizeof(float) };
	_Alignas(64) unsigned char staged[TILE_BYTES], parameters[2 * TILE_BYTES];
	_Alignas(64) float other[BLOCK];
	struct pipeline w = { .other = other, .y = (float *)(void *)staged, .staged = staged };

	ln_begin_pipeline(f, &w, parameters, TILE_BYTES);
	for (size_t row = first, rows; row < end; row += rows) {
		rows = rows_together(f, &w, row, end);
		tile_group(f, &w, row, rows);
	}
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
