/*
 * backward.c - the gradients of a block of rows: in runs of RUN_ROWS, and of a run a pair at a time, if they are short
 */
#include "backward_run.h"

#include <string.h>

/*
 * How many rows go together: of rows of one block so few that the first cache holds them, with what their dx and the sums of columns take,
 * from the sums to dx. Of longer ones a run, whose sums of columns have room for one block.
 */
static size_t rows_of_pass(const struct forward *f) { return ln_is_one_block(f) && f->r.x.type != LN_F64 ? PASS_ROWS : RUN_ROWS; }

/* The kernels' type: bf16 where x, dy and dx are that, and nothing comes between; all else is staged as floats, or is doubles. */
static uint32_t kernel_type(const struct forward *f)
{
	bool plain = !ln_is_gated(&f->r) && f->r.sum.at == NULL && !ln_is_strided(f);

	return f->r.x.type == LN_BF16 && f->r.y.type == LN_BF16 && plain ? LN_BF16 : f->r.x.type == LN_F64 ? LN_F64 : LN_F32;
}

bool ln_gradients_are_staged(const struct forward *f)
{
	bool plain = !ln_is_gated(&f->r) && f->r.sum.at == NULL && !ln_is_strided(f);
	bool is_float = plain && f->r.x.type == LN_F32 && f->r.y.type == LN_F32;

	return f->r.x.type != LN_F64 && kernel_type(f) != LN_BF16 && !is_float;
}

/* Where the rows lie one stride from the next as the kernel takes them, it can fetch them; and only a dx of its own is streamed. */
static void set_ways(const struct backward *b, struct run *run)
{
	const struct forward *f = &b->f;
	bool in_place = b->g.dx.at == f->r.x.at || b->g.dx.at == f->r.y.at || b->g.dx.at == f->r.sum.at;

	run->a.type = kernel_type(f);
	run->rows_to_sum = ln_gradients_are_staged(f) ? PASS_ROWS : RUN_ROWS;
	bool as_they_lie = ln_dx_is_direct(b, run) && f->r.x.type == f->r.y.type && !ln_is_gated(&f->r) && f->r.sum.at == NULL && f->r.heads == 1 &&
			   !ln_is_strided(f);
	run->stream = f->reach == REACH_MEMORY && !in_place;
	run->a.reach = !as_they_lie ? REACH_NEAR : f->reach == REACH_MEMORY && in_place ? REACH_FAR : f->reach;
	bool begin_again = f->r.p.sets * f->r.p.rows_per_set < f->r.rows;
	size_t rows_ahead = begin_again ? ln_row_of_set(&f->r.p, 0, rows_of_pass(f)) : rows_of_pass(f);
	run->a.x_ahead = rows_ahead * f->r.x.stride;
	run->a.dn_ahead = rows_ahead * f->r.y.stride;
}

/* The sums of parameters that columns share are added to from the first run on. */
static void begin_shared(const struct backward *b, const struct column_sums *sums)
{
	if (sums->sum != NULL && ln_shares_columns(b))
		memset(sums->sum, 0, b->f.r.p.count * sizeof *sums->sum);
	if (sums->error != NULL && ln_shares_columns(b))
		memset(sums->error, 0, b->f.r.p.count * sizeof *sums->error);
}

/* The statistics of rows `first` to `end` of the run, which are staged for that if they are of one block. */
static void take_statistics(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t first, size_t end)
{
	for (size_t i = first; i < end && ln_is_one_block(&b->f) && !run->turned; i++)
		run->x[i] = ln_normalised_block(b, w, run, i, 0, ln_x_is_staged(&b->f, run->a.type) ? w->x[i - first] : NULL);
	ln_set_run_statistics(&b->f, run, first, end, run->turned ? w->other : w->spare);
}

/* The rows of a run: statistics of all of them together, but where a pair is staged at a time. */
static void do_run(const struct backward *b, struct gradient_tiles *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	bool turned = ln_turn_run(b, w, run), in_pairs = !turned && ln_is_one_block(&b->f) && ln_x_is_staged(&b->f, run->a.type);

	if (!in_pairs)
		take_statistics(b, w, run, 0, run->rows);
	for (size_t first = 0, end; first < run->rows; first = end) {
		end = ln_least(first + rows_of_pass(&b->f), run->rows);
		if (in_pairs)
			take_statistics(b, w, run, first, end);
		ln_rows_of_run(b, w, run, first, end, sums);
	}
	if (turned && b->g.dx.at != NULL)
		ln_turn_dx(b, w, run);
}

/* Rows of a set, which may be a block of rows, in runs. */
struct row_range {
	size_t set, first, end;
};

static void do_rows(const struct backward *b, struct gradient_tiles *w, const struct row_range *rows, const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	struct run run;

	set_ways(b, &run);
	run.a.run = w->run;
	run.a.begins = true;
	for (int which = 0; which < PARAMETERS; which++)
		begin_shared(b, &sums[which]);
	for (size_t n = rows->first; n < rows->end; n += run.rows, run.a.begins = false) {
		run.rows = ln_least(rows->end - n, RUN_ROWS);
		for (size_t i = 0; i < run.rows; i++)
			run.row[i] = ln_row_of_set(&f->r.p, rows->set, n + i);
		do_run(b, w, &run, sums);
	}
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}

/* Three kinds of rows, each with no more stack than it needs: out of line, so that they do not share a frame. */
static __attribute__((noinline)) void do_rows_as_they_lie(const struct backward *b, const struct row_range *rows,
							  const struct column_sums sums[PARAMETERS])
{
	_Alignas(64) float parameters[2][BLOCK];
	struct column_run run;
	struct gradient_tiles w = { .run = &run, .spare = run.p };

	ln_begin_parameters(&b->f, &w.window, (unsigned char *)parameters, sizeof parameters[0]);
	do_rows(b, &w, rows, sums);
}

static __attribute__((noinline)) void do_staged_rows(const struct backward *b, const struct row_range *rows,
						     const struct column_sums sums[PARAMETERS])
{
	_Alignas(64) tile x[PASS_ROWS], dn[PASS_ROWS], other, parameters[2];
	struct column_run run;
	struct gradient_tiles w = { .x = x, .dn = dn, .other = other, .run = &run, .spare = dn[0] };

	ln_begin_parameters(&b->f, &w.window, (unsigned char *)parameters, sizeof parameters[0]);
	do_rows(b, &w, rows, sums);
}

/* Doubles have no gate, so no beta. */
static __attribute__((noinline)) void do_rows_of_doubles(const struct backward *b, const struct row_range *rows,
							 const struct column_sums sums[PARAMETERS])
{
	_Alignas(64) double wide[PARAMETERS][BLOCK], gamma[BLOCK];
	struct gradient_tiles w = { .wide = wide };

	ln_begin_parameters(&b->f, &w.window, (unsigned char *)gamma, sizeof gamma);
	do_rows(b, &w, rows, sums);
}

void ln_backward_block(const struct backward *b, size_t set, size_t first, size_t end, const struct column_sums sums[PARAMETERS])
{
	const struct row_range rows = { set, first, end };

	if (b->f.r.x.type == LN_F64)
		do_rows_of_doubles(b, &rows, sums);
	else if (ln_gradients_are_staged(&b->f))
		do_staged_rows(b, &rows, sums);
	else
		do_rows_as_they_lie(b, &rows, sums);
}
