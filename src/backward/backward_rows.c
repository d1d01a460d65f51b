/*
 * backward_rows.c - the rows of a run that go together: first the two sums of each row, which dx needs, and the rows' share of dgamma and dbeta,
 * then dx. What is not floats already is staged, as in forward.c: two rows at a time.
 */
#include "backward_run.h"

#include "forward/parameters.h"
#include "gradient_sums.h"
#include "shared_columns.h"

/* x and dn of the block of row i of those that go together; `last` says that gate's gradient may be written: the gate is not read again. */
static void stage(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t i, size_t at, bool last)
{
	const struct forward *f = &b->f;
	size_t at_row = run->a.at_row + i, row = run->row[at_row], n = ln_block_length(f, at);

	run->a.x[i] = ln_is_one_block(f) ? run->x[at_row] : ln_normalised_block(b, w, run, at_row, at, w->x ? w->x[i] : NULL);
	float *dn = w->dn ? ln_run_tile(w->dn, run, i) : NULL;
	run->a.dn[i] = run->turned ? dn : ln_gradient_block(b, &f->r.y, run, at_row, at, dn);
	if (!ln_gates_after(&f->r))
		return;
	struct block_parameters p = ln_block_parameters(f, &w->window, row, at);
	if (f->r.flags & LN_GATE_SELF) {
		f->kernels->gradient_activate[ln_activation(f)](n, run->a.x[i], &run->a.scale[i], p.gamma, p.beta, run->a.dn[i], dn);
		run->a.dn[i] = dn;
		return;
	}
	const float *gate = ln_load(f, &f->r.gate, row, at, n, w->other);

	f->kernels->gradient_gate[ln_activation(f)](n, run->a.x[i], &run->a.scale[i], p.gamma, p.beta, gate, run->a.dn[i], dn, w->other);
	run->a.dn[i] = dn;
	if (last && b->g.dgate.at != NULL)
		ln_store(f, &b->g.dgate, row, at, n, w->other, &(struct encoding){ 0 });
}

/* a1 and a2 of row i of the run, which are rounded to floats unless all is double. */
static void set_averages(const struct forward *f, struct run *run, size_t i, const struct gradient_sums *c)
{
	double divisor = ln_divisor(f->r.norm, (double)f->r.cols), a1 = f->r.norm->has_mean ? (c->g + c->g_lo) / divisor : 0.0;
	double a2 = (c->gx + c->gx_lo) / divisor * run->k[i];
	bool is_double = f->r.x.type == LN_F64;

	run->a1[i] = is_double ? a1 : (double)(float)a1;
	run->a2[i] = is_double ? a2 : (double)(float)a2;
}

/*
 * Sums of columns that share parameters begin with each run and each block of columns, and do not last: of floats they are those of the run,
 * and doubles have nowhere to add what is lost, which is nothing.
 */
static void sum_columns_apart(const struct backward *b, struct gradient_tiles *w, struct run *run, const struct column_sums sums[PARAMETERS])
{
	struct gradient_rows *a = &run->a;
	bool is_double = b->f.r.x.type == LN_F64;

	a->begins = true;
	a->dgamma = is_double && sums[DGAMMA].sum ? w->wide[DGAMMA] : NULL;
	a->dbeta = is_double && sums[DBETA].sum ? w->wide[DBETA] : NULL;
	a->dgamma_error = a->dbeta_error = NULL;
}

static void set_block(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t at, const struct column_sums sums[PARAMETERS])
{
	struct gradient_rows *a = &run->a;

	a->n = ln_block_length(&b->f, at);
	a->gamma = ln_block_parameters(&b->f, &w->window, run->row[0], at).gamma;
	if (ln_shares_columns(b)) {
		sum_columns_apart(b, w, run, sums);
		return;
	}
	a->dgamma = sums[DGAMMA].sum ? sums[DGAMMA].sum + at : NULL;
	a->dbeta = sums[DBETA].sum ? sums[DBETA].sum + at : NULL;
	a->dgamma_error = sums[DGAMMA].error ? sums[DGAMMA].error + at : NULL;
	a->dbeta_error = sums[DBETA].error ? sums[DBETA].error + at : NULL;
}

static void fold_columns(const struct backward *b, const struct gradient_tiles *w, size_t at, size_t n, const struct column_sums sums[PARAMETERS])
{
	for (int which = 0; which < PARAMETERS; which++) {
		if (sums[which].sum == NULL)
			continue;
		if (b->f.r.x.type == LN_F64)
			ln_fold_doubles(b, at, n, w->wide[which], &sums[which]);
		else
			ln_fold_floats(b, at, n, which == DGAMMA ? w->run->p : w->run->b, &sums[which]);
	}
}

/* Rows `row` to `end` of the run go together, or as many of them as `most`. */
static void select_rows(struct run *run, size_t row, size_t end, size_t most)
{
	struct gradient_rows *a = &run->a;

	a->at_row = row;
	a->rows = ln_least(end - row, most);
	a->ends = row + a->rows == run->rows;
	for (size_t i = 0; i < a->rows; i++) {
		a->scale[i] = run->scale[row + i];
		a->a1[i] = run->a1[row + i];
		a->a2[i] = run->a2[row + i];
	}
}

/* The sums of the rows' columns from `at` on, and the rows' share of the parameters' gradients. */
static void sum_run_block(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t first, size_t end, size_t at,
			  const struct column_sums sums[PARAMETERS], struct gradient_sums *part)
{
	for (size_t row = first; row < end; row += run->a.rows) {
		select_rows(run, row, end, run->rows_to_sum);
		for (size_t i = 0; i < run->a.rows; i++)
			stage(b, w, run, i, at, ln_is_one_block(&b->f));
		set_block(b, w, run, at, sums);
		b->f.stages->gradient_sums(&run->a, part + (row - first));
	}
	if (run->a.ends && ln_shares_columns(b))
		fold_columns(b, w, at, run->a.n, sums);
}

/* The averages of every row, block by block. */
static void sum_run(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t first, size_t end,
		     const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	struct gradient_sums all[RUN_ROWS], part[RUN_ROWS];
	bool only = ln_is_one_block(f) && f->r.x.type != LN_F64;

	sum_run_block(b, w, run, first, end, 0, sums, part);
	for (size_t i = 0; i < end - first; i++) {
		all[i] = only ? ln_only_gradient_sums(&part[i]) : (struct gradient_sums){ 0 };
		if (!only)
			ln_add_gradient_sums(&all[i], &part[i]);
	}
	for (size_t at = BLOCK; at < f->r.cols; at += BLOCK) {
		sum_run_block(b, w, run, first, end, at, sums, part);
		for (size_t i = 0; i < end - first; i++)
			ln_add_gradient_sums(&all[i], &part[i]);
	}
	for (size_t i = 0; i < end - first; i++)
		set_averages(f, run, first + i, &all[i]);
}

/* Where the dx of a block is made: where it goes to, unless dsum, which may lie there, is yet to be added, or it is that at x * act(gate). */
static void *place_of_dx(const struct backward *b, struct gradient_tiles *w, const struct run *run, size_t i, size_t at)
{
	if (ln_dx_is_direct(b, run) && b->f.r.sum.at == NULL && !ln_gates_before(&b->f.r))
		return ln_element(&b->f, &b->g.dx, run->row[run->a.at_row + i], at);
	return b->g.dx.type == LN_F64 ? (void *)w->wide[i] : ln_run_tile(w->x, run, i);
}

/* From the gradient at x * act(gate), which lies in a tile, that at the gate, which goes to where it shall be, and that at x in the same tile. */
static void divide_among_factors(const struct backward *b, struct gradient_tiles *w, const struct run *run, size_t i, size_t at, float *ds)
{
	const struct forward *f = &b->f;
	size_t row = run->row[run->a.at_row + i];
	const float *x = ln_load(f, &f->r.x, row, at, run->a.n, w->dn[i]), *gate = ln_load(f, &f->r.gate, row, at, run->a.n, w->other);

	f->kernels->gradient_product[ln_activation(f)](run->a.n, x, gate, ds, ds, w->other);
	if (b->g.dgate.at != NULL)
		ln_store(f, &b->g.dgate, row, at, run->a.n, w->other, &(struct encoding){ 0 });
}

/* dx goes to where it shall be, if it was made elsewhere. */
static void put_dx(const struct backward *b, struct gradient_tiles *w, const struct run *run, size_t i, size_t at)
{
	const struct forward *f = &b->f;
	bool direct = ln_dx_is_direct(b, run) && !ln_gates_before(&f->r);
	void *made = run->a.dx[i], *to = b->g.dx.at != NULL ? ln_element(f, &b->g.dx, run->row[run->a.at_row + i], at) : NULL;

	if (f->r.sum.at != NULL) {
		const void *dsum = ln_load(f, &f->r.sum, run->row[run->a.at_row + i], at, run->a.n, w->dn ? ln_run_tile(w->dn, run, i) : NULL);
		f->stages->add(run->a.n, made, dsum, direct ? to : made, false);
	}
	if (ln_gates_before(&f->r))
		divide_among_factors(b, w, run, i, at, made);
	if (!run->turned && !direct && to != NULL)
		ln_store(f, &b->g.dx, run->row[run->a.at_row + i], at, run->a.n, made, &(struct encoding){ .stream = run->stream });
}

static void finish_rows(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t at)
{
	struct gradient_rows *a = &run->a;

	for (size_t i = 0; i < a->rows; i++)
		a->dx[i] = place_of_dx(b, w, run, i, at);
	b->f.stages->gradient_rows(a);
	for (size_t i = 0; i < a->rows; i++)
		put_dx(b, w, run, i, at);
}

void ln_rows_of_run(const struct backward *b, struct gradient_tiles *w, struct run *run, size_t first, size_t end,
		    const struct column_sums sums[PARAMETERS])
{
	const struct forward *f = &b->f;
	bool is_staged = ln_is_one_block(f) && end - first <= PASS_ROWS;

	sum_run(b, w, run, first, end, sums);
	for (size_t at = 0; at < f->r.cols && (b->g.dx.at != NULL || b->g.dgate.at != NULL); at += BLOCK)
		for (size_t row = first; row < end; row += run->a.rows) {
			select_rows(run, row, end, PASS_ROWS);
			for (size_t i = 0; i < run->a.rows && !is_staged; i++)
				stage(b, w, run, i, at, true);
			set_block(b, w, run, at, sums);
			if (b->g.dx.at != NULL || ln_gates_before(&f->r))
				finish_rows(b, w, run, at);
		}
}
