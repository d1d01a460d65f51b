/* backward_turn.c - a run of rows that lie side by side, each with its elements apart: turned into the tiles, and its dx out of them */
#include "backward_run.h"

#include "forward/turn.h"

/* Are the rows of a run one step apart, all in one group of heads? */
static bool is_consecutive(const struct forward *f, const struct run *run)
{
	size_t first = run->row[0], last = run->row[run->rows - 1];

	return last - first == run->rows - 1 && (f->r.heads == 1 || first / f->r.heads == last / f->r.heads);
}

static void turn_in(const struct backward *b, struct gradient_tiles *w, const struct run *run, const struct tensor *t, tile *to)
{
	const struct forward *f = &b->f;

	for (size_t at = 0, n; at < f->r.cols; at += n) {
		n = ln_least(f->r.cols - at, BLOCK / RUN_ROWS);
		ln_turn_in(f, t, run->row[0], run->rows, at, n, ln_turned_row(to, 0) + at, TURNED, w->other);
	}
}

bool ln_turn_run(const struct backward *b, struct gradient_tiles *w, struct run *run)
{
	const struct forward *f = &b->f;

	run->turned = f->r.cols <= TURNED && !ln_gates_before(&f->r) && ln_is_turned(f, &f->r.x) && ln_is_turned(f, &f->r.y) && is_consecutive(f, run);
	if (!run->turned)
		return false;
	turn_in(b, w, run, &f->r.x, w->x);
	turn_in(b, w, run, &f->r.y, w->dn);
	for (size_t i = 0; i < run->rows; i++)
		run->x[i] = ln_turned_row(w->x, i);
	return true;
}

void ln_turn_dx(const struct backward *b, struct gradient_tiles *w, const struct run *run)
{
	const struct forward *f = &b->f;

	for (size_t at = 0, n; at < f->r.cols; at += n) {
		n = ln_least(f->r.cols - at, BLOCK / RUN_ROWS);
		ln_turn_out(f, &b->g.dx, run->row[0], run->rows, at, n, ln_turned_row(w->x, 0) + at, TURNED, &(struct encoding){ 0 }, w->other);
	}
}
