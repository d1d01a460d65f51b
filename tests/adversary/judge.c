/*
 * judge.c - solves a problem by the kernels in use, compares with the oracle, and remembers changes until they are taken back
 */
#include "judge.h"
#include "cell.h"

#include <ln.h>
#include <stdlib.h>
#include <string.h>

enum { EQUALS = 16 };

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "adversary: %s\n", what);
	exit(2);
}

static void expect_ok(int status) { need(status == LN_OK, ln_strerror(status)); }

static ln_desc desc_of(const struct problem *p)
{
	const struct quantity *q = p->q;

	return (ln_desc){.struct_size = sizeof(ln_desc), .norm = q->norm, .x_type = q->type, .rows = p->rows, .cols = p->cols * p->repeat,
		.eps = p->eps, .y_type = q->kind == FORWARD && q->type != LN_F64 ? LN_F32 : q->type};
}

struct judge judge_make(struct problem *p)
{
	need(p != NULL, "no memory");
	struct judge j = {.p = p};
	size_t cols = p->cols * p->repeat;

	if (quantity_is_cell(p->q)) {
		j.cell = cell_judge_make(p);
		need(j.cell != NULL, "no memory");
	} else {
		ln_desc d = desc_of(p);
		j.workspace_size = ln_backward_workspace_size(&d);
		j.workspace = aligned_alloc(64, (j.workspace_size + 127) / 64 * 64);
		for (size_t i = 0; i < 3; i++)
			need((j.out[i] = calloc(cols, i < 2 ? sizeof(double) : sizeof(uint16_t))) != NULL, "no memory");
	}
	for (enum part a = 0; a < PARTS; a++)
		j.room += 4 * p->part[a].n;
	j.log = calloc(j.room, sizeof *j.log);
	need(j.log && (j.cell || j.workspace), "no memory");
	return j;
}

void judge_free(struct judge *j)
{
	problem_free(j->p);
	for (size_t i = 0; i < 3; i++)
		free(j->out[i]);
	free(j->workspace);
	free(j->log);
	cell_judge_free(j->cell);
}

void judge_set(struct judge *j, enum part part, size_t i, double v)
{
	if (j->changed == j->room || v == j->p->part[part].v[i])
		return;
	j->log[j->changed++] = (struct change){part, i, j->p->part[part].v[i]};
	problem_set(j->p, part, i, v);
}

/* Of the next elements, is one of this size? Asked of many at once, since few are. */
static bool any_of_size(const double *v, double size)
{
	uint64_t found = 0;

	for (size_t k = 0; k < EQUALS; k++)
		found |= fabs(v[k]) == size ? 1 : 0;
	return found != 0;
}

void judge_set_equals(struct judge *j, enum part part, size_t i, double v, bool mirror)
{
	const struct vector *a = &j->p->part[part];
	double old = a->v[i];

	if (old == 0 || j->changed + a->n > j->room)
		return;
	for (size_t k = 0; k < a->n; k++) {
		if (k % EQUALS == 0 && k + EQUALS <= a->n && !any_of_size(a->v + k, fabs(old)))
			k += EQUALS - 1;
		else if (a->v[k] == old)
			judge_set(j, part, k, v);
		else if (mirror && a->v[k] == -old)
			judge_set(j, part, k, -v);
	}
}

void judge_accept(struct judge *j) { j->changed = 0; }

void judge_undo(struct judge *j)
{
	while (j->changed > 0) {
		struct change c = j->log[--j->changed];
		problem_set(j->p, c.part, c.i, c.old);
	}
}

static void solve_forward(struct judge *j)
{
	const struct problem *p = j->p;
	const void *x = p->part[X].typed, *gamma = p->part[GAMMA].typed, *beta = p->part[BETA].typed;
	size_t cols = p->cols * p->repeat;

	if (p->q->type == LN_F64 || (p->q->type == LN_F32 && !p->q->beta))
		expect_ok(norm_call(p->q->norm, p->q->type, 1, cols, x, gamma, beta, p->eps, j->out[0]));
	else {	/* rows of 16 bits have floats for y, since a result in 16 bits hides all but a few errors */
		ln_desc d = desc_of(p);
		ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .gamma = gamma, .y = j->out[0]};
		t.beta = norm_facts(p->q->norm)->has_beta || p->q->beta ? beta : NULL;
		expect_ok(ln_forward(&d, &t));
	}
}

static void solve_rounded(struct judge *j)
{
	const struct problem *p = j->p;
	const void *x = p->part[X].typed, *gamma = p->part[GAMMA].typed, *beta = p->part[BETA].typed;
	size_t cols = p->cols * p->repeat;

	expect_ok(norm_call(p->q->norm, p->q->type, 1, cols, x, gamma, beta, p->eps, j->out[2]));
}

static void solve_backward(struct judge *j)
{
	const struct problem *p = j->p;
	ln_desc d = desc_of(p);
	ln_backward_tensors t = {
		.struct_size = sizeof t, .x = p->part[X].typed, .dy = p->part[DY].typed, .gamma = p->part[GAMMA].typed,
		.workspace = j->workspace, .workspace_size = j->workspace_size,
	};

	if (p->q->kind == BACKWARD)
		t.dx = j->out[0];
	else
		t.dgamma = j->out[0], t.dbeta = j->out[1];
	expect_ok(ln_backward(&d, &t));
}

static void solve_gated(struct judge *j)
{
	const struct problem *p = j->p;
	ln_desc d = desc_of(p);

	ln_forward_tensors t = {
		.struct_size = sizeof t, .x = p->part[X].typed, .gamma = p->part[GAMMA].typed, .beta = p->part[BETA].typed,
		.gate = p->part[GATE].typed, .y = j->out[0],
	};

	expect_ok(ln_forward(&d, &t));
}

static struct worst judge_row(struct judge *j, const struct stats *s, bool whole)
{
	switch (j->p->q->kind) {
	case FORWARD:
		solve_forward(j);
		return scan_forward(j->p, s, j->out[0], whole);
	case GATED:
		solve_gated(j);
		return scan_gated(j->p, s, j->out[0], whole);
	case BACKWARD:
		solve_backward(j);
		return scan_backward(j->p, s, j->out[0], whole);
	case DGAMMA:
	case DBETA:
		solve_backward(j);
		return scan_sums(j->p, s, j->out[j->p->q->kind == DBETA]);
	default:
		return (struct worst){0};
	}
}

struct worst judge_factor(struct judge *j)
{
	if (j->cell)
		return cell_worst(j->cell, j->p);
	struct stats s = stats_fast(j->p, &j->mean);
	return judge_row(j, &s, false);
}

struct worst judge_by(struct judge *j, const struct stats *s)
{
	if (j->cell)
		return cell_worst(j->cell, j->p);
	struct worst worst = judge_row(j, s, true);
	if (j->p->q->type == LN_BF16 || j->p->q->type == LN_F16) {
		solve_rounded(j);
		struct worst rounded = scan_rounded(j->p, s, j->out[2]);
		worst = rounded.factor > worst.factor ? rounded : worst;
	}
	return worst;
}

struct worst judge_exact(struct judge *j)
{
	struct stats s = judge_stats(j);

	return judge_by(j, &s);
}

struct stats judge_stats(const struct judge *j) { return j->cell ? (struct stats){0} : stats_exact(j->p); }

double judge_cost(const struct problem *p)
{
	double size = (double)p->cols * (double)p->repeat * (double)p->rows;

	if (quantity_is_cell(p->q))
		return 200 + 100 * size;
	return 200 + size * (p->q->type == LN_F64 ? 5 : 1);
}
