/*
 * stage.c - the blocks that are normalised, as floats or doubles: where they lie, or made so in a tile on the stack
 */
#include "pipeline.h"

void ln_round_tile(const struct forward *f, const struct pipeline *w, uint32_t type, size_t n, float *tile)
{
	if (f->kernels->read[type] != NULL) {
		f->kernels->write[type](n, tile, &(struct encoding){ 0 }, w->other);
		f->kernels->read[type](n, w->other, tile);
	}
}

/*
 * x + residual. The tile may be where the sum goes to, and so be x or residual if these are floats: only if neither is, one of them is made
 * floats in the tile itself.
 */
static void add_residual(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, void *tile)
{
	const void *residual = ln_load(f, &f->r.residual, row, at, n, w->other);
	const void *x = ln_load(f, &f->r.x, row, at, n, residual == w->other ? tile : w->other);

	f->stages->add(n, x, residual, tile, f->reach != REACH_NEAR);
}

/* x * act(gate), in the tile, which may be where the sum goes to, and so be x. */
static void multiply_gate(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, void *tile)
{
	const float *x = ln_load(f, &f->r.x, row, at, n, tile);

	f->kernels->product[ln_activation(f)](n, x, ln_load(f, &f->r.gate, row, at, n, w->other), tile);
}

const void *ln_stage(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, void *tile)
{
	if (!ln_makes_sum(&f->r))
		return ln_load(f, &f->r.x, row, at, n, tile);
	(f->r.residual.at != NULL ? add_residual : multiply_gate)(f, w, row, at, n, tile);
	if (f->r.flags & LN_ROUND_SUM)
		ln_round_tile(f, w, f->r.sum.type, n, tile);
	return tile;
}

const void *ln_keep_row(const struct forward *f, struct pipeline *w, size_t row, unsigned char *to, size_t room)
{
	size_t size = f->stages->size;

	if (!ln_makes_sum(&f->r) && f->kernels->read[f->r.x.type] == NULL && ln_is_dense(&f->r.x))
		return ln_element(f, &f->r.x, row, 0);
	if (f->r.cols > room / size)
		return NULL;
	for (size_t at = 0; at < f->r.cols; at += BLOCK)
		ln_stage(f, w, row, at, ln_block_length(f, at), to + at * size);
	return to;
}

/*
 * Ask for a row that comes later while another is on its way out, where the caches near the core do not hold the call. Of longer rows
 * that would be more at once than a core can ask for: measured, it is slower at 4096 columns of float, and faster at 2048.
 */
void ln_fetch_row(const struct forward *f, const struct tensor *t, size_t row)
{
	enum { MOST = 2 * BLOCK * sizeof(float) };
	size_t bytes = f->r.cols * t->size;

	if (f->reach == REACH_NEAR || bytes > MOST || t->at == NULL || !ln_is_dense(t) || row >= f->r.rows)
		return;
	for (size_t byte = 0; byte < bytes; byte += LINE_BYTES)
		__builtin_prefetch(ln_element(f, t, row, 0) + byte, 0, 2);
}
