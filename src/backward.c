/*
 * backward.c - the gradients of a block of rows
 *
 * Rows go in runs of RUN_ROWS. Of each run, first the two sums of every row, which dx needs, then column by column dx and the run's
 * share of dgamma and dbeta. What is not floats already is staged in tiles, as in forward.c.
 */
#include "backward.h"

#include <math.h>
#include <string.h>

#include "parameters.h"

typedef float tile[BLOCK];

/* The stack of a block. A tile of doubles is never needed: f64 is read where it lies. */
struct work {
	_Alignas(64) tile x[RUN_ROWS], dn[RUN_ROWS], dsum[RUN_ROWS], dx[RUN_ROWS];
	tile gate, dgate;
	struct parameter_window parameters;
};

/* One run: its rows, and what is known of each. */
struct run {
	size_t first;
	double rstd[RUN_ROWS];	/* as it is given out */
	bool stream;		/* dx past the cache */
	struct gradient_rows a;
};

static const struct encoding no_encoding = { 0 };

/* x and dn of a row's block, staged; `last` says that gate's gradient may be written: the gate is not read again. */
static void stage(const struct backward *b, struct work *w, struct run *run, size_t i, size_t at, bool last)
{
	const struct forward *f = &b->f;
	size_t row = run->first + i, n = ln_block_length(f, at);

	run->a.x[i] = ln_load(f, &f->r.x, row, at, n, w->x[i]);
	if (f->r.gate.at == NULL) {
		run->a.dn[i] = ln_load(f, &f->r.y, row, at, n, w->dn[i]);
		return;
	}
	struct block_parameters p = ln_block_parameters(f, &w->parameters, row, at);
	const float *gate = ln_load(f, &f->r.gate, row, at, n, w->gate), *dy = ln_load(f, &f->r.y, row, at, n, w->dx[i]);

	f->kernels->gradient_gate(n, run->a.x[i], &run->a.scale[i], p.gamma, p.beta, gate, dy, w->dn[i], w->dgate);
	run->a.dn[i] = w->dn[i];
	if (last && b->g.dgate.at != NULL)
		f->kernels->write[b->g.dgate.type](n, w->dgate, &no_encoding, ln_element(f, &b->g.dgate, row, at));
}

/* With eps outside the root, the term of xhat has the true deviation's reciprocal in the place of rstd. */
static double deviation_factor(const struct forward *f, double rstd)
{
	double k = 1.0 / (1.0 - f->r.eps * rstd);
	return isfinite(k) ? k : 0.0;
}

/* a1 and a2, which are rounded to floats unless all is double. */
static void set_averages(const struct forward *f, struct run *run, size_t i, const double c[2], double inverse)
{
	double a1 = f->r.norm == LN_RMSNORM ? 0.0 : c[0] * inverse, a2 = c[1] * inverse;
	bool is_double = f->r.x.type == LN_F64;

	if (f->r.flags & LN_EPS_OUTSIDE)
		a2 *= deviation_factor(f, run->rstd[i]);
	run->a.a1[i] = is_double ? a1 : (double)(float)a1;
	run->a.a2[i] = is_double ? a2 : (double)(float)a2;
}

/* The two sums of every row of a run, block by block. */
static void sum_rows(const struct backward *b, struct work *w, struct run *run)
{
	const struct forward *f = &b->f;
	double c[RUN_ROWS][2], part[2], inverse = 1.0 / (double)f->r.cols;

	for (size_t at = 0; at < f->r.cols; at += BLOCK) {
		const void *gamma = ln_block_parameters(f, &w->parameters, run->first, at).gamma;
		for (size_t i = 0; i < run->a.rows; i++) {
			stage(b, w, run, i, at, f->r.cols <= BLOCK);
			f->stages->gradient_sums(ln_block_length(f, at), run->a.x[i], run->a.dn[i], gamma, &run->a.scale[i], part);
			c[i][0] = at == 0 ? part[0] : c[i][0] + part[0];
			c[i][1] = at == 0 ? part[1] : c[i][1] + part[1];
		}
	}
	for (size_t i = 0; i < run->a.rows; i++)
		set_averages(f, run, i, c[i], inverse);
}

static bool dx_is_direct(const struct backward *b) { return b->f.kernels->read[b->g.dx.type] == NULL; }

static void finish_rows(const struct backward *b, struct work *w, struct run *run, size_t at, const struct block_sums *sums)
{
	const struct forward *f = &b->f;
	struct gradient_rows *a = &run->a;
	size_t offset = at * f->stages->size;

	a->n = ln_block_length(f, at);
	a->gamma = ln_block_parameters(f, &w->parameters, run->first, at).gamma;
	a->dgamma = sums->dgamma ? (char *)sums->dgamma + offset : NULL;
	a->dbeta = sums->dbeta ? (char *)sums->dbeta + offset : NULL;
	for (size_t i = 0; i < a->rows; i++) {
		size_t row = run->first + i;
		a->dsum[i] = f->r.sum.at ? ln_load(f, &f->r.sum, row, at, a->n, w->dsum[i]) : NULL;
		a->dx[i] = b->g.dx.at == NULL ? NULL : dx_is_direct(b) ? (void *)ln_element(f, &b->g.dx, row, at) : w->dx[i];
	}
	f->stages->gradient_rows(a);
	for (size_t i = 0; i < a->rows && b->g.dx.at != NULL && !dx_is_direct(b); i++)
		f->kernels->write[b->g.dx.type](a->n, w->dx[i], &(struct encoding){ .stream = run->stream },
						ln_element(f, &b->g.dx, run->first + i, at));
}

/* A row that holds a NaN or an infinity has no statistics. */
static void set_statistics(const struct forward *f, struct run *run)
{
	for (size_t i = 0; i < run->a.rows; i++) {
		if (f->r.flags & LN_STATS_GIVEN) {
			run->a.scale[i] = ln_given_scale(f, run->first + i);
			run->rstd[i] = run->a.scale[i].rstd;
			continue;
		}
		struct row_statistics st = ln_statistics_of_row(f, run->first + i);
		run->rstd[i] = st.rstd;
		run->a.scale[i] = st.nan ? (struct row_scale){ NAN, NAN, NAN, NAN, false } : st.scale;
	}
}

/* Where the rows lie as floats one stride from the next, the kernel can fetch them; and only a dx of its own is streamed. */
static void set_reach(const struct backward *b, struct run *run)
{
	const struct forward *f = &b->f;
	bool in_place = b->g.dx.at == f->r.x.at || b->g.dx.at == f->r.y.at || b->g.dx.at == f->r.sum.at;
	bool as_they_lie = dx_is_direct(b) && f->kernels->read[f->r.y.type] == NULL && f->r.gate.at == NULL && f->r.heads == 1;

	run->stream = f->reach == REACH_MEMORY && !in_place;
	run->a.reach = !as_they_lie ? REACH_NEAR : f->reach == REACH_MEMORY && in_place ? REACH_FAR : f->reach;
	run->a.x_ahead = RUN_ROWS * f->r.x.stride;
	run->a.dn_ahead = RUN_ROWS * f->r.y.stride;
}

void ln_backward_block(const struct backward *b, size_t first, size_t end, const struct block_sums *sums)
{
	const struct forward *f = &b->f;
	struct work w;
	struct run run;

	ln_begin_parameters(f, &w.parameters);
	set_reach(b, &run);
	for (run.first = first; run.first < end; run.first += RUN_ROWS) {
		run.a.rows = ln_least(end - run.first, RUN_ROWS);
		set_statistics(f, &run);
		sum_rows(b, &w, &run);
		for (size_t at = 0; at < f->r.cols; at += BLOCK) {
			for (size_t i = 0; i < run.a.rows && f->r.cols > BLOCK; i++)
				stage(b, &w, &run, i, at, true);
			finish_rows(b, &w, &run, at, sums);
		}
	}
	if (f->reach == REACH_MEMORY)
		f->kernels->stream_end();
}
