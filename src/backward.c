/*
 * backward.c - the gradients of a block of rows
 *
 * Rows go in runs of RUN_ROWS. Of each run, first the two sums of every row, which dx needs, then column by column dx and the run's
 * share of dgamma and dbeta. What is not floats already is staged in tiles, as in forward.c.
 */
#include "backward.h"

#include <math.h>
#include <string.h>

#include "gradient_sums.h"
#include "parameters.h"
#include "shared_columns.h"

typedef float tile[BLOCK];

/*
 * The stack of a block. x is also where dx is made, if that cannot be where it goes to: each element is read before it is written. f64 is
 * read where it lies, so that the same place is free for its dx, and before that for the errors of the sums of columns. Those are kept here
 * where columns share parameters, when gates have been dealt with.
 */
struct work {
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
	struct parameter_window parameters;
};

/* One run: its rows, all of one set of parameters, and what is known of each. */
struct run {
	size_t row[RUN_ROWS];
	double k[RUN_ROWS];	/* of section 10 */
	bool stream;		/* dx past the cache */
	bool begins;		/* the first of its block */
	struct gradient_rows a;
};

static const struct encoding no_encoding = { 0 };

/* x and dn of a row's block, staged; `last` says that gate's gradient may be written: the gate is not read again. */
static void stage(const struct backward *b, struct work *w, struct run *run, size_t i, size_t at, bool last)
{
	const struct forward *f = &b->f;
	size_t row = run->row[i], n = ln_block_length(f, at);

	run->a.x[i] = ln_load(f, &f->r.x, row, at, n, w->x[i]);
	if (f->r.gate.at == NULL) {
		run->a.dn[i] = ln_load(f, &f->r.y, row, at, n, w->dn[i]);
		return;
	}
	struct block_parameters p = ln_block_parameters(f, &w->parameters, row, at);
	const float *gate = ln_load(f, &f->r.gate, row, at, n, w->gate), *dy = ln_load(f, &f->r.y, row, at, n, w->other);

	f->kernels->gradient_gate(n, run->a.x[i], &run->a.scale[i], p.gamma, p.beta, gate, dy, w->dn[i], w->dgate);
	run->a.dn[i] = w->dn[i];
	if (last && b->g.dgate.at != NULL)
		f->kernels->write[b->g.dgate.type](n, w->dgate, &no_encoding, ln_element(f, &b->g.dgate, row, at));
}

/* a1 and a2, which are rounded to floats unless all is double. */
static void set_averages(const struct forward *f, struct run *run, size_t i, const struct gradient_sums *c)
{
	double cols = (double)f->r.cols, a1 = f->r.norm == LN_RMSNORM ? 0.0 : (c->g + c->g_lo) / cols;
	double a2 = (c->gx + c->gx_lo) / cols * run->k[i];
	bool is_double = f->r.x.type == LN_F64;

	run->a.a1[i] = is_double ? a1 : (double)(float)a1;
	run->a.a2[i] = is_double ? a2 : (double)(float)a2;
}

static bool shares_columns(const struct backward *b) { return b->f.r.p.cols_per_param > 1; }

/* Sums of columns that share parameters begin with each run and each block of columns, and do not last. */
static void sum_columns_apart(const struct backward *b, struct work *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	struct gradient_rows *a = &run->a;
	bool exact = b->f.r.x.type == LN_F64;

	a->begins = true;
	a->dgamma = sums[DGAMMA].sum ? w->columns[DGAMMA] : NULL;
	a->dbeta = sums[DBETA].sum ? w->columns[DBETA] : NULL;
	a->dgamma_error = exact ? w->column_errors[DGAMMA] : NULL;
	a->dbeta_error = exact ? w->column_errors[DBETA] : NULL;
}

static void set_block(const struct backward *b, struct work *w, struct run *run, size_t at, const struct column_sums sums[PARAMETERS])
{
	struct gradient_rows *a = &run->a;

	a->n = ln_block_length(&b->f, at);
	a->gamma = ln_block_parameters(&b->f, &w->parameters, run->row[0], at).gamma;
	if (shares_columns(b)) {
		sum_columns_apart(b, w, run, sums);
		return;
	}
	a->dgamma = sums[DGAMMA].sum ? sums[DGAMMA].sum + at : NULL;
	a->dbeta = sums[DBETA].sum ? sums[DBETA].sum + at : NULL;
	a->begins = run->begins;
	a->dgamma_error = sums[DGAMMA].error ? sums[DGAMMA].error + at : NULL;
	a->dbeta_error = sums[DBETA].error ? sums[DBETA].error + at : NULL;
}

/* The sums of every row of a run, block by block, and the run's share of the parameters' gradients. */
static void sum_rows(const struct backward *b, struct work *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	struct gradient_sums all[RUN_ROWS] = { { 0 } }, part[RUN_ROWS];

	for (size_t at = 0; at < f->r.cols; at += BLOCK) {
		for (size_t i = 0; i < run->a.rows; i++)
			stage(b, w, run, i, at, f->r.cols <= BLOCK);
		set_block(b, w, run, at, sums);
		f->stages->gradient_sums(&run->a, part);
		for (int which = 0; which < PARAMETERS && shares_columns(b); which++)
			if (sums[which].sum != NULL)
				ln_fold_columns(b, at, run->a.n, w->columns[which], &sums[which]);
		for (size_t i = 0; i < run->a.rows; i++)
			ln_add_gradient_sums(&all[i], &part[i]);
	}
	for (size_t i = 0; i < run->a.rows; i++)
		set_averages(f, run, i, &all[i]);
}

static bool dx_is_direct(const struct backward *b) { return b->f.kernels->read[b->g.dx.type] == NULL; }

/* Where the dx of a block is made: where it goes to, unless dsum, which may lie there, is yet to be added. */
static void *place_of_dx(const struct backward *b, struct work *w, size_t row, size_t i, size_t at)
{
	if (dx_is_direct(b) && b->f.r.sum.at == NULL)
		return ln_element(&b->f, &b->g.dx, row, at);
	return b->g.dx.type == LN_F64 ? (void *)w->dx_f64[i] : w->x[i];
}

/* dx goes to where it shall be, if it was made elsewhere. */
static void put_dx(const struct backward *b, struct work *w, const struct run *run, size_t i, size_t at)
{
	const struct forward *f = &b->f;
	void *made = run->a.dx[i], *to = ln_element(f, &b->g.dx, run->row[i], at);

	if (f->r.sum.at != NULL) {
		const void *dsum = ln_load(f, &f->r.sum, run->row[i], at, run->a.n, w->other);
		f->stages->add(run->a.n, made, dsum, dx_is_direct(b) ? to : made, false);
	}
	if (!dx_is_direct(b))
		f->kernels->write[b->g.dx.type](run->a.n, made, &(struct encoding){ .stream = run->stream }, to);
}

static void finish_rows(const struct backward *b, struct work *w, struct run *run, size_t at)
{
	struct gradient_rows *a = &run->a;

	for (size_t i = 0; i < a->rows; i++)
		a->dx[i] = place_of_dx(b, w, run->row[i], i, at);
	b->f.stages->gradient_rows(a);
	for (size_t i = 0; i < a->rows; i++)
		put_dx(b, w, run, i, at);
}

/* A row that holds a NaN or an infinity has no statistics. */
static void set_statistics(const struct forward *f, struct run *run)
{
	for (size_t i = 0; i < run->a.rows; i++) {
		if (f->r.flags & LN_STATS_GIVEN) {
			run->a.scale[i] = ln_given_scale(f, run->row[i]);
			run->k[i] = ln_given_deviation_factor(f, run->a.scale[i].rstd);
			continue;
		}
		struct row_statistics st = ln_statistics_of_row(f, run->row[i]);
		run->k[i] = st.deviation_factor;
		run->a.scale[i] = st.nan ? (struct row_scale){ NAN, NAN, NAN, NAN, false } : st.scale;
	}
}

/* Where the rows lie as floats one stride from the next, the kernel can fetch them; and only a dx of its own is streamed. */
static void set_reach(const struct backward *b, struct run *run)
{
	const struct forward *f = &b->f;
	bool in_place = b->g.dx.at == f->r.x.at || b->g.dx.at == f->r.y.at || b->g.dx.at == f->r.sum.at;
	bool as_they_lie = dx_is_direct(b) && f->kernels->read[f->r.y.type] == NULL && f->r.gate.at == NULL && f->r.sum.at == NULL &&
			   f->r.heads == 1;
	bool begin_again = f->r.p.sets * f->r.p.rows_per_set < f->r.rows;
	size_t rows_ahead = begin_again ? ln_row_of_set(&f->r.p, 0, RUN_ROWS) : RUN_ROWS;

	run->stream = f->reach == REACH_MEMORY && !in_place;
	run->a.reach = !as_they_lie ? REACH_NEAR : f->reach == REACH_MEMORY && in_place ? REACH_FAR : f->reach;
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

void ln_backward_block(const struct backward *b, size_t set, size_t first, size_t end, const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	struct work w;
	struct run run;

	ln_begin_parameters(f, &w.parameters);
	set_reach(b, &run);
	for (int which = 0; which < PARAMETERS; which++)
		begin_shared(b, &sums[which]);
	for (size_t n = first; n < end; n += RUN_ROWS) {
		run.a.rows = ln_least(end - n, RUN_ROWS);
		run.begins = n == first;
		for (size_t i = 0; i < run.a.rows; i++)
			run.row[i] = ln_row_of_set(&f->r.p, set, n + i);
		set_statistics(f, &run);
		sum_rows(b, &w, &run, sums);
		for (size_t at = 0; at < f->r.cols && (b->g.dx.at != NULL || b->g.dgate.at != NULL); at += BLOCK) {
			for (size_t i = 0; i < run.a.rows && f->r.cols > BLOCK; i++)
				stage(b, &w, &run, i, at, true);
			set_block(b, &w, &run, at, sums);
			if (b->g.dx.at != NULL)
				finish_rows(b, &w, &run, at);
		}
	}
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
