/*
 * strided.c - rows whose elements lie apart, by way of the plain kernels: turned into a tile, normalised there, and turned out of it
 *
 * The rows of a tile lie side by side in memory, so each column of them is a piece of lines that are read or written once. All arithmetic
 * is that of the plain kernels on contiguous rows, so the bits are, too.
 */
#include "pipeline.h"
#include "turn.h"

enum {
	ROOM_FLOATS = 8 * BLOCK,	/* of a tile; half of it where another tensor is added or multiplied */
	NEAR_FLOATS = 6 * BLOCK,	/* so many stay in the first cache, with lines that come and go */
	MOST_COLS = 2 * BLOCK,		/* of the longest row: four of them go together, or two */
	TOGETHER = 16,			/* rows whose floats fill a cache line for each column */
	MOST_TOGETHER = ACROSS_ROWS
};

bool ln_fit_strided(const struct forward *f) { return ln_is_strided(f) && ln_fit_plain(f, MOST_COLS); }

/* Rows that go together: lines are filled where a tile holds so many, and all is near where it can be. */
static size_t rows_of_tile(size_t cols, size_t room)
{
	size_t rows = ln_least(ln_least(room, NEAR_FLOATS) / cols, MOST_TOGETHER);

	return rows >= TOGETHER ? rows - rows % TOGETHER : ln_least(room / cols, TOGETHER);
}

/* As many as go into the tile, those of one step and one set of parameters. */
static size_t strided_together(const struct forward *f, size_t room, size_t row, size_t end)
{
	const struct parameters *p = &f->r.p;
	size_t rows = rows_of_tile(f->r.cols, room);

	if (f->r.heads > 1)
		rows = ln_least(rows, f->r.heads - row % f->r.heads);
	if (p->sets > 1)
		rows = ln_least(rows, p->rows_per_set - row % p->rows_per_set);
	return ln_least(rows, end - row);
}

/* Where the floats of a tensor that come later begin; NULL where there are none, or others than floats. */
static const float *floats_later(const struct forward *f, const struct tensor *t, size_t row)
{
	bool floats = t->at != NULL && t->type == LN_F32 && ln_is_turned(f, t) && row < f->r.rows;
	return floats ? (const float *)(const void *)ln_element(f, t, row, 0) : NULL;
}

/*
 * Floats are turned all at once, and those of the next rows are fetched meanwhile, as the lines of y are while this one is made: a core can ask for
 * a few lines at a time, and waits with the next one.
 */
static void turn_floats(const struct forward *f, const struct tensor *t, size_t row, size_t rows, float *to)
{
	f->kernels->transpose(&(struct turn){
		.rows = f->r.cols, .cols = rows, .from = (const float *)(const void *)ln_element(f, t, row, 0), .from_stride = t->col_stride / t->size,
		.to = to, .to_stride = f->r.cols, .later = floats_later(f, t, row + rows),
	});
}

/* Rows as floats, contiguous. */
static void read_rows(const struct forward *f, const struct pipeline *w, const struct tensor *t, size_t row, size_t rows, float *to)
{
	size_t cols = f->r.cols;

	if (!ln_is_turned(f, t)) {
		for (size_t i = 0; i < rows; i++)
			for (size_t at = 0, n; at < cols; at += n) {
				float *tile = to + i * cols + at;
				n = ln_block_length(f, at);
				const void *from = ln_load(f, t, row + i, at, n, tile);
				if (from != tile)
					f->kernels->write[LN_F32](n, from, &(struct encoding){ 0 }, tile);
			}
		return;
	}
	if (t->type == LN_F32) {
		turn_floats(f, t, row, rows, to);
		return;
	}
	for (size_t c = 0, n; c < cols; c += n) {
		n = ln_least(cols - c, BLOCK / rows);
		ln_turn_in(f, t, row, rows, c, n, to + c, cols, w->other);
	}
}

/* Rows of floats into their places; `e` is the same for all. */
static void write_rows(const struct forward *f, const struct pipeline *w, const struct tensor *t, size_t row, size_t rows, const float *from,
		       const struct encoding *e)
{
	size_t cols = f->r.cols;

	for (size_t c = 0, n; c < cols; c += n) {
		n = ln_least(cols - c, BLOCK / rows);
		ln_turn_out(f, t, row, rows, c, n, from + c, cols, e, w->other);
	}
}

static void write_strided_sum(const struct forward *f, const struct pipeline *w, size_t row, size_t rows, const float *s)
{
	const struct tensor *sum = &f->r.sum;

	if (ln_is_turned(f, sum))
		write_rows(f, w, sum, row, rows, s, &w->sum_encoding);
	else
		for (size_t i = 0; i < rows; i++)
			ln_store(f, sum, row + i, 0, f->r.cols, s + i * f->r.cols, &w->sum_encoding);
}

static void write_strided_y(const struct forward *f, const struct pipeline *w, size_t row, size_t rows, const float *made)
{
	const struct tensor *y = &f->r.y;
	size_t cols = f->r.cols;

	if (ln_is_turned(f, y) && w->y_is_direct) {
		f->kernels->transpose(&(struct turn){ .rows = rows, .cols = cols, .from = made, .from_stride = cols,
						      .to = (float *)(void *)ln_element(f, y, row, 0), .to_stride = y->col_stride / y->size });
		return;
	}
	if (ln_is_turned(f, y) && !ln_scales_itself(&f->r)) {
		write_rows(f, w, y, row, rows, made, &w->y_encoding);
		return;
	}
	for (size_t i = 0; i < rows; i++)
		if (ln_scales_itself(&f->r))
			ln_write_groups(f, w, row + i, 0, cols, made + i * cols);
		else
			ln_store(f, y, row + i, 0, cols, made + i * cols, &w->y_encoding);
}

/* The rows of a tile rounded to a type. */
static void round_rows(const struct forward *f, const struct pipeline *w, uint32_t type, size_t all, float *tile)
{
	for (size_t i = 0; i < all; i += BLOCK)
		ln_round_tile(f, w, type, ln_least(all - i, BLOCK), tile + i);
}

/* What is normalised: x, x + residual or x * act(gate). */
static void stage_strided_rows(const struct forward *f, struct pipeline *w, size_t row, size_t rows, float *tile, float *second)
{
	size_t all = rows * f->r.cols;

	read_rows(f, w, &f->r.x, row, rows, tile);
	if (!ln_makes_sum(&f->r))
		return;
	read_rows(f, w, f->r.residual.at != NULL ? &f->r.residual : &f->r.gate, row, rows, second);
	if (f->r.residual.at != NULL)
		f->stages->add(all, tile, second, tile, false);
	else
		f->kernels->product[ln_activation(f)](all, tile, second, tile);
	if (f->r.flags & LN_ROUND_SUM)
		round_rows(f, w, f->r.sum.type, all, tile);
}

/* The norm by the gate, or as its own. */
static void gate_rows(const struct forward *f, struct pipeline *w, size_t row, size_t rows, float *tile, float *second)
{
	size_t all = rows * f->r.cols;

	if (f->r.flags & LN_ROUND_BEFORE_GATE)
		round_rows(f, w, f->r.y.type, all, tile);
	if (f->r.flags & LN_GATE_SELF) {
		f->kernels->activate[ln_activation(f)](all, tile);
	} else {
		read_rows(f, w, &f->r.gate, row, rows, second);
		f->kernels->gate[ln_activation(f)](all, second, tile);
	}
}

static void strided_group(const struct forward *f, struct pipeline *w, size_t row, size_t rows, float *tile, float *second)
{
	struct block_parameters p = ln_block_parameters(f, &w->parameters, row, 0);
	struct plain plain = {
		.kernels = f->kernels, .apart = ln_row_apart, .rows = rows, .cols = f->r.cols, .x = tile, .gamma = p.gamma, .beta = p.beta,
		.eps = f->r.eps, .y = ln_element(f, &f->r.y, row, 0), .mean = ln_statistic(f->r.mean, row), .rstd = ln_statistic(f->r.rstd, row),
		.divisor = ln_divisor(f->r.norm, (double)f->r.cols), .reach = REACH_NEAR, .norm = f->r.norm->number, .type = LN_F32,
	};

	stage_strided_rows(f, w, row, rows, tile, second);
	if (f->r.sum.at != NULL)
		write_strided_sum(f, w, row, rows, tile);
	if (w->y_is_direct && ln_is_turned(f, &f->r.y) &&
	    f->kernels->across[f->r.norm->has_mean](&plain, f->r.y.col_stride / sizeof(float), floats_later(f, &f->r.y, row + rows)))
		return;
	plain.y = tile;
	f->kernels->plain[f->r.norm->has_mean][LN_F32](&plain);
	if (ln_gates_after(&f->r))
		gate_rows(f, w, row, rows, tile, second);
	write_strided_y(f, w, row, rows, tile);
}

void ln_strided_rows(const struct forward *f, size_t first, size_t end)
{
	_Alignas(64) float tile[ROOM_FLOATS], other[BLOCK];
	_Alignas(64) unsigned char parameters[2][MOST_COLS * sizeof(float)];
	struct pipeline w = { .other = other };
	size_t room = f->r.residual.at != NULL || f->r.gate.at != NULL ? ROOM_FLOATS / 2 : ROOM_FLOATS;

	ln_begin_pipeline(f, &w, parameters[0], sizeof parameters[0]);
	for (size_t row = first, rows; row < end; row += rows) {
		rows = strided_together(f, room, row, end);
		strided_group(f, &w, row, rows, tile, tile + room % ROOM_FLOATS);
	}
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
