/*
 * backward.c - the gradients of a block of rows
 *
 * Rows go in runs of RUN_ROWS, and of a run a pair at a time, if they are short. First the two sums of each row, which dx needs, and the
 * rows' share of dgamma and dbeta, then dx. What is not floats already is staged in tiles, as in forward.c.
 */
#include "backward.h"

#include <string.h>

#include "backward_run.h"
#include "gradient_sums.h"
#include "forward/parameters.h"
#include "shared_columns.h"

typedef float tile[BLOCK];

/*
 * The stack of a block. x is also where dx is made, if that cannot be where it goes to: each element is read before it is written. f64 is
 * read where it lies, so that the same place is free for its dx, and before that for the errors of the sums of columns. Those are kept here
 * where columns share parameters, when gates have been dealt with.
 */
struct gradient_tiles {
	_Alignas(64) union {
		struct {
			tile x[RUN_ROWS], dn[RUN_ROWS];
		};
		double dx_f64[RUN_ROWS][BLOCK];
		double column_errors[PARAMETERS][BLOCK];
	};
	union {
		struct {
			tile gate, dgate, other;
		};
		double columns[PARAMETERS][BLOCK];
	};
	struct column_run run;
	struct parameter_window window;
	_Alignas(64) unsigned char parameters[2 * BLOCK * sizeof(double)];
};

/* Elements of a type that the kernels take where they lie. */
static const void *load(const struct backward *b, const struct tensor *t, const struct run *run, size_t i, size_t at, tile to)
{
	size_t row = run->row[i];

	return run->a.type == LN_BF16 ? ln_element(&b->f, t, row, at) : ln_load(&b->f, t, row, at, ln_block_length(&b->f, at), to);
}

/* x and dn of a row's block, staged; `last` says that gate's gradient may be written: the gate is not read again. */
static void stage(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t i, size_t at, bool last)
{
	const struct forward *f = &b->f;
	size_t at_row = run->a.at_row + i, row = run->row[at_row], n = ln_block_length(f, at);

	run->a.x[i] = ln_is_one_block(f) ? run->x[at_row] : load(b, &f->r.x, run, at_row, at, w->x[at_row]);
	if (f->r.gate.at == NULL) {
		run->a.dn[i] = load(b, &f->r.y, run, at_row, at, w->dn[i]);
		return;
	}
	struct block_parameters p = ln_block_parameters(f, &w->window, row, at);
	const float *gate = ln_load(f, &f->r.gate, row, at, n, w->gate), *dy = ln_load(f, &f->r.y, row, at, n, w->other);

	f->kernels->gradient_gate(n, run->a.x[i], &run->a.scale[i], p.gamma, p.beta, gate, dy, w->dn[i], w->dgate);
	run->a.dn[i] = w->dn[i];
	if (last && b->g.dgate.at != NULL)
		f->kernels->write[b->g.dgate.type](n, w->dgate, &(struct encoding){ 0 }, ln_element(f, &b->g.dgate, row, at));
}

/* a1 and a2, which are rounded to floats unless all is double. */
static void set_averages(const struct forward *f, struct run *run, size_t i, const struct gradient_sums *c)
{
	double cols = (double)f->r.cols, a1 = f->r.norm == LN_RMSNORM ? 0.0 : (c->g + c->g_lo) / cols;
	double a2 = (c->gx + c->gx_lo) / cols * run->k[run->a.at_row + i];
	bool is_double = f->r.x.type == LN_F64;

	run->a.a1[i] = is_double ? a1 : (double)(float)a1;
	run->a.a2[i] = is_double ? a2 : (double)(float)a2;
}

static bool shares_columns(const struct backward *b) { return b->f.r.p.cols_per_param > 1; }

/* Sums of columns that share parameters begin with each run and each block of columns, and do not last. */
static void sum_columns_apart(const struct backward *b, struct gradient_tiles *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	struct gradient_rows *a = &run->a;
	bool exact = b->f.r.x.type == LN_F64;

	a->begins = true;
	a->dgamma = sums[DGAMMA].sum ? w->columns[DGAMMA] : NULL;
	a->dbeta = sums[DBETA].sum ? w->columns[DBETA] : NULL;
	a->dgamma_error = exact ? w->column_errors[DGAMMA] : NULL;
	a->dbeta_error = exact ? w->column_errors[DBETA] : NULL;
}

static void set_block(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t at, const struct column_sums sums[PARAMETERS])
{
	struct gradient_rows *a = &run->a;

	a->n = ln_block_length(&b->f, at);
	a->gamma = ln_block_parameters(&b->f, &w->window, run->row[0], at).gamma;
	if (shares_columns(b)) {
		sum_columns_apart(b, w, run, sums);
		return;
	}
	a->dgamma = sums[DGAMMA].sum ? sums[DGAMMA].sum + at : NULL;
	a->dbeta = sums[DBETA].sum ? sums[DBETA].sum + at : NULL;
	a->dgamma_error = sums[DGAMMA].error ? sums[DGAMMA].error + at : NULL;
	a->dbeta_error = sums[DBETA].error ? sums[DBETA].error + at : NULL;
}

/* The sums of the rows' columns from `at` on, and the rows' share of the parameters' gradients. */
static void sum_block(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t at, const struct column_sums sums[PARAMETERS],
		      struct gradient_sums part[RUN_ROWS])
{
	for (size_t i = 0; i < run->a.rows; i++)
		stage(b, w, run, i, at, ln_is_one_block(&b->f));
	set_block(b, w, run, at, sums);
	b->f.stages->gradient_sums(&run->a, part);
	for (int which = 0; which < PARAMETERS && run->a.ends && shares_columns(b); which++)
		if (sums[which].sum != NULL)
			ln_fold_columns(b, at, run->a.n, w->columns[which], &sums[which]);
}

/* The averages of every row, block by block. */
static void sum_rows(const struct backward *b, struct gradient_tiles *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	struct gradient_sums all[RUN_ROWS], part[RUN_ROWS];
	bool only = ln_is_one_block(f) && f->r.x.type != LN_F64;

	sum_block(b, w, run, 0, sums, part);
	for (size_t i = 0; i < run->a.rows; i++) {
		all[i] = only ? ln_only_gradient_sums(&part[i]) : (struct gradient_sums){ 0 };
		if (!only)
			ln_add_gradient_sums(&all[i], &part[i]);
	}
	for (size_t at = BLOCK; at < f->r.cols; at += BLOCK) {
		sum_block(b, w, run, at, sums, part);
		for (size_t i = 0; i < run->a.rows; i++)
			ln_add_gradient_sums(&all[i], &part[i]);
	}
	for (size_t i = 0; i < run->a.rows; i++)
		set_averages(f, run, i, &all[i]);
}

static bool dx_is_direct(const struct backward *b, const struct run *run)
{
	return run->a.type == LN_BF16 || b->f.kernels->read[b->g.dx.type] == NULL;
}

/* Where the dx of a block is made: where it goes to, unless dsum, which may lie there, is yet to be added. */
static void *place_of_dx(const struct backward *b, struct gradient_tiles *w, const struct run *run, size_t i, size_t at)
{
	if (dx_is_direct(b, run) && b->f.r.sum.at == NULL)
		return ln_element(&b->f, &b->g.dx, run->row[i], at);
	return b->g.dx.type == LN_F64 ? (void *)w->dx_f64[i] : w->x[i];
}

/* dx goes to where it shall be, if it was made elsewhere. */
static void put_dx(const struct backward *b, struct gradient_tiles *w, const struct run *run, size_t i, size_t at)
{
	const struct forward *f = &b->f;
	void *made = run->a.dx[i], *to = ln_element(f, &b->g.dx, run->row[run->a.at_row + i], at);

	if (f->r.sum.at != NULL) {
		const void *dsum = ln_load(f, &f->r.sum, run->row[run->a.at_row + i], at, run->a.n, w->other);
		f->stages->add(run->a.n, made, dsum, dx_is_direct(b, run) ? to : made, false);
	}
	if (!dx_is_direct(b, run))
		f->kernels->write[b->g.dx.type](run->a.n, made, &(struct encoding){ .stream = run->stream }, to);
}

static void finish_rows(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t at)
{
	struct gradient_rows *a = &run->a;

	for (size_t i = 0; i < a->rows; i++)
		a->dx[i] = place_of_dx(b, w, run, a->at_row + i, at);
	b->f.stages->gradient_rows(a);
	for (size_t i = 0; i < a->rows; i++)
		put_dx(b, w, run, i, at);
}

/*
 * How many rows go together: of rows of one block so few that the first cache holds them, with what their dx and the sums of columns take,
 * from the sums to dx. Of longer ones a run, whose sums of columns have room for one block.
 */
static size_t rows_of_pass(const struct forward *f) { return ln_is_one_block(f) && f->r.x.type != LN_F64 ? PASS_ROWS : RUN_ROWS; }

/* The kernels' type: bf16 where x, dy and dx are that, and nothing comes between; all else is staged as floats, or is doubles. */
static uint32_t kernel_type(const struct forward *f)
{
	bool plain = f->r.gate.at == NULL && f->r.sum.at == NULL;

	return f->r.x.type == LN_BF16 && f->r.y.type == LN_BF16 && plain ? LN_BF16 : f->r.x.type == LN_F64 ? LN_F64 : LN_F32;
}

/* Where the rows lie one stride from the next as the kernel takes them, it can fetch them; and only a dx of its own is streamed. */
static void set_ways(const struct backward *b, struct run *run)
{
	const struct forward *f = &b->f;
	bool in_place = b->g.dx.at == f->r.x.at || b->g.dx.at == f->r.y.at || b->g.dx.at == f->r.sum.at;

	run->a.type = kernel_type(f);
	bool as_they_lie = dx_is_direct(b, run) && f->r.x.type == f->r.y.type && f->r.gate.at == NULL && f->r.sum.at == NULL && f->r.heads == 1;
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
	if (sums->sum != NULL && shares_columns(b))
		memset(sums->sum, 0, b->f.r.p.count * sizeof *sums->sum);
	if (sums->error != NULL && shares_columns(b))
		memset(sums->error, 0, b->f.r.p.count * sizeof *sums->error);
}

/* The sums and then dx of the rows that go together. */
static void rows_of_run(const struct backward *b, struct gradient_tiles *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;

	for (size_t i = 0; i < run->a.rows; i++)
		run->a.scale[i] = run->scale[run->a.at_row + i];
	sum_rows(b, w, run, sums);
	for (size_t at = 0; at < f->r.cols && (b->g.dx.at != NULL || b->g.dgate.at != NULL); at += BLOCK) {
		for (size_t i = 0; i < run->a.rows && !ln_is_one_block(f); i++)
			stage(b, w, run, i, at, true);
		set_block(b, w, run, at, sums);
		if (b->g.dx.at != NULL)
			finish_rows(b, w, run, at);
	}
}

void ln_backward_block(const struct backward *b, size_t set, size_t first, size_t end, const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	struct gradient_tiles w;
	struct run run;

	ln_begin_parameters(f, &w.window, w.parameters, sizeof w.parameters / 2);
	set_ways(b, &run);
	run.a.run = &w.run;
	run.a.begins = true;
	for (int which = 0; which < PARAMETERS; which++)
		begin_shared(b, &sums[which]);
	for (size_t n = first; n < end; n += run.rows, run.a.begins = false) {
		run.rows = ln_least(end - n, RUN_ROWS);
		for (size_t i = 0; i < run.rows; i++)
			run.row[i] = ln_row_of_set(&f->r.p, set, n + i);
		for (size_t i = 0; i < run.rows && ln_is_one_block(f); i++)
			run.x[i] = load(b, &f->r.x, &run, i, 0, w.x[i]);
		ln_set_run_statistics(f, &run);
		for (run.a.at_row = 0; run.a.at_row < run.rows; run.a.at_row += run.a.rows) {
			run.a.rows = ln_least(run.rows - run.a.at_row, rows_of_pass(f));
			run.a.ends = run.a.at_row + run.a.rows == run.rows;
			rows_of_run(b, &w, &run, sums);
		}
	}
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
