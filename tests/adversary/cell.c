/*
 * cell.c - the oracle of recurrent cells: a step, from the formulas of ln.h
 *
 * long double has at least 64 bits where the hunter runs (quad needs as much), 40 more than the floats that are measured.
 */
#include "cell_oracle.h"
#include "classes.h"
#include "bounds.h"

#include <ln.h>
#include <stdlib.h>

static void lay_out(struct cell_judge *j, uint32_t cell)
{
	size_t H = j->H;
	ptrdiff_t h = (ptrdiff_t)H;

	if (cell == LN_RNN) {
		j->norm[0] = (struct norm){.of = WH, .first = 0, .n = H, .gamma = 0, .beta = h};
		j->norms = 1;
	} else if (cell == LN_LSTM) {
		j->norm[0] = (struct norm){.of = WH, .first = 0, .n = 4 * H, .gamma = 0, .beta = NO_BETA};
		j->norm[1] = (struct norm){.of = WX, .first = 0, .n = 4 * H, .gamma = 4 * H, .beta = 8 * h};
		j->norm[2] = (struct norm){.of = PARTS, .first = 0, .n = H, .gamma = 12 * H, .beta = 13 * h};
		j->norms = 3;
	} else {
		j->norm[0] = (struct norm){.of = WH, .first = 0, .n = 2 * H, .gamma = 0, .beta = NO_BETA};
		j->norm[1] = (struct norm){.of = WX, .first = 0, .n = 2 * H, .gamma = 3 * H, .beta = 6 * h};
		j->norm[2] = (struct norm){.of = WH, .first = 2 * H, .n = H, .gamma = 2 * H, .beta = 9 * h};
		j->norm[3] = (struct norm){.of = WX, .first = 2 * H, .n = H, .gamma = 5 * H, .beta = 8 * h};
		j->norms = 4;
	}
}

static ln_cell_desc desc_of(const struct problem *p)
{
	return (ln_cell_desc){.struct_size = sizeof(ln_cell_desc), .cell = p->q->norm, .rows = 1, .hidden = p->cols, .eps = p->eps};
}

static long double *take(long double **memory, size_t n) { return (*memory += n) - n; }

static bool allocate(struct cell_judge *j, size_t params)
{
	size_t H = j->H;

	j->memory = calloc(NORMS * 12 * H + 9 * H, sizeof *j->memory);
	j->floats = calloc(12 * H + params, sizeof *j->floats);
	j->workspace = aligned_alloc(64, (j->workspace_size + 127) / 64 * 64);
	if (!j->memory || !j->floats || !j->workspace)
		return false;
	long double *memory = j->memory;
	for (size_t k = 0; k < j->norms; k++) {
		j->norm[k].xhat = take(&memory, 4 * H);
		j->norm[k].dy = take(&memory, 4 * H);
		j->norm[k].dx = take(&memory, 4 * H);
	}
	j->gate = take(&memory, 4 * H);
	j->candidate = take(&memory, H);
	j->u = take(&memory, H);
	j->h = take(&memory, H);
	j->c = take(&memory, H);
	j->dc = take(&memory, H);
	j->got_h = j->floats;
	j->got_c = j->got_h + H;
	j->dwh = j->got_c + H;
	j->dwx = j->dwh + 4 * H;
	j->dh_prev = j->dwx + 4 * H;
	j->dc_prev = j->dh_prev + H;
	j->dparams = j->dc_prev + H;
	return true;
}

struct cell_judge *cell_judge_make(const struct problem *p)
{
	struct cell_judge *j = calloc(1, sizeof *j);
	ln_cell_desc d = desc_of(p);

	if (!j)
		return NULL;
	j->H = p->cols;
	j->workspace_size = ln_cell_backward_workspace_size(&d);
	lay_out(j, p->q->norm);
	if (allocate(j, ln_cell_param_count(&d)))
		return j;
	cell_judge_free(j);
	return NULL;
}

void cell_judge_free(struct cell_judge *j)
{
	if (!j)
		return;
	free(j->memory);
	free(j->floats);
	free(j->workspace);
	free(j);
}

double part_largest(const struct problem *p, enum part part)
{
	double most = 0;

	for (size_t i = 0; i < p->part[part].n; i++)
		most = fmax(most, fabs(p->part[part].v[i]));
	return most;
}

long double cell_size(const struct cell_judge *j, size_t n)
{
	long double size = 0;

	for (size_t k = 0; k < n; k++)
		size += j->norm[k].size;
	return size;
}

void cell_compare(struct worst *worst, const float *got, const long double *exact, size_t n, long double bound)
{
	for (size_t i = 0; i < n; i++) {
		double factor = (double)(size_of((long double)got[i] - exact[i]) / bound);
		if (!(factor <= worst->factor) && (bound > 0 || (long double)got[i] != exact[i]))
			*worst = (struct worst){isnan(factor) ? INFINITY : factor, i, 0};
	}
}

/* Statistics in two passes; an LSTM's c is the float that was computed. */
static void solve_norm(const struct cell_judge *j, const struct problem *p, struct norm *m)
{
	long double mean = 0, variance = 0, n = (long double)m->n;
	const double *params = p->part[PARAMS].v, *v = m->of == PARTS ? NULL : p->part[m->of].v + m->first;

	for (size_t i = 0; i < m->n; i++)
		mean += m->xhat[i] = v ? (long double)v[i] : (long double)j->got_c[i];
	mean /= n;
	for (size_t i = 0; i < m->n; i++)
		variance += (m->xhat[i] - mean) * (m->xhat[i] - mean) / n;
	if (variance <= mean * mean * 0x1p-110L)	/* equal elements: what is left is the rounding of the mean */
		variance = 0;
	long double V = variance + (long double)p->eps;
	m->rstd = V > 0 ? 1 / sqrtl(V) : 0;
	m->size = 0;
	for (size_t i = 0; i < m->n; i++) {
		m->xhat[i] = (m->xhat[i] - mean) * m->rstd;
		double beta = m->beta == NO_BETA ? 0 : fabs(params[m->beta + (ptrdiff_t)i]);
		m->size = larger(m->size, fabs(params[m->gamma + i]) * larger(1, size_of(m->xhat[i])) + beta);
	}
	m->size += 1;
}

/* gamma * xhat + beta of column i of a norm */
static long double value(const struct norm *m, const struct problem *p, size_t i)
{
	const double *params = p->part[PARAMS].v;

	return m->xhat[i] * (long double)params[m->gamma + i] + (m->beta == NO_BETA ? 0 : (long double)params[m->beta + (ptrdiff_t)i]);
}

static long double sigmoid(long double v) { return 1 / (1 + expl(-v)); }

static void solve_lstm(struct cell_judge *j, const struct problem *p)
{
	size_t H = j->H;

	for (size_t i = 0; i < 4 * H; i++) {
		long double v = value(&j->norm[0], p, i) + value(&j->norm[1], p, i);
		j->gate[i] = i < 3 * H ? sigmoid(v) : tanhl(v);
	}
	for (size_t i = 0; i < H; i++) {
		j->c[i] = j->gate[i] * (long double)p->part[C_PREV].v[i] + j->gate[H + i] * j->gate[3 * H + i];
		j->candidate[i] = tanhl(value(&j->norm[2], p, i));
		j->h[i] = j->gate[2 * H + i] * j->candidate[i];
	}
}

static void solve_gru(struct cell_judge *j, const struct problem *p)
{
	size_t H = j->H;

	for (size_t i = 0; i < 2 * H; i++)
		j->gate[i] = sigmoid(value(&j->norm[0], p, i) + value(&j->norm[1], p, i));
	for (size_t i = 0; i < H; i++) {
		long double z = j->gate[i], h_prev = (long double)p->part[H_PREV].v[i];
		j->u[i] = value(&j->norm[2], p, i);
		j->candidate[i] = tanhl(j->gate[H + i] * j->u[i] + value(&j->norm[3], p, i));
		j->h[i] = h_prev + z * (j->candidate[i] - h_prev);
	}
}

/* The exact step behind what the library computed. */
static void solve(struct cell_judge *j, const struct problem *p)
{
	for (size_t k = 0; k < j->norms; k++)
		solve_norm(j, p, &j->norm[k]);
	if (p->q->norm == LN_LSTM)
		solve_lstm(j, p);
	else if (p->q->norm == LN_GRU)
		solve_gru(j, p);
	else
		for (size_t i = 0; i < j->H; i++)
			j->h[i] = tanhl(value(&j->norm[0], p, i));
}

/* What ln.h's bounds are made of, for column i of a norm */
static double bracket(const struct norm *m, const struct problem *p, size_t i)
{
	const double *params = p->part[PARAMS].v;
	double beta = m->beta == NO_BETA ? 0 : fabs(params[m->beta + (ptrdiff_t)i]);

	return fabs(params[m->gamma + i]) * fmax(1, (double)size_of(m->xhat[i])) + beta;
}

/* What goes into column i of the gates, which are those of the first two norms, is off by. */
static double error_of_gate(const struct cell_judge *j, const struct problem *p, size_t i)
{
	return error_of_two_norms(class_in_use(), bracket(&j->norm[0], p, i) + bracket(&j->norm[1], p, i));
}

static double error_of_one(const struct cell_judge *j, const struct problem *p, size_t k, size_t i)
{
	return error_of_norm(class_in_use(), bracket(&j->norm[k], p, i));
}

static double bound_of_h(const struct cell_judge *j, const struct problem *p, size_t i)
{
	size_t H = j->H;

	if (p->q->norm == LN_RNN)
		return bound_of_rnn_h(error_of_one(j, p, 0, i));
	if (p->q->norm == LN_LSTM)
		return bound_of_lstm_h(error_of_gate(j, p, 2 * H + i), error_of_one(j, p, 2, i));
	return bound_of_gru_h(p->part[H_PREV].v[i], error_of_gate(j, p, i), error_of_gate(j, p, H + i), (double)j->u[i],
			      error_of_one(j, p, 2, i), (double)value(&j->norm[3], p, i), error_of_one(j, p, 3, i));
}

static double bound_of_c(const struct cell_judge *j, const struct problem *p, size_t i)
{
	size_t H = j->H;

	return bound_of_lstm_c(p->part[C_PREV].v[i], error_of_gate(j, p, i), error_of_gate(j, p, H + i), error_of_gate(j, p, 3 * H + i));
}

static struct worst forward_worst(const struct cell_judge *j, const struct problem *p)
{
	struct worst worst = {0};

	for (size_t i = 0; i < j->H; i++) {
		cell_compare(&worst, j->got_h + i, j->h + i, 1, (long double)bound_of_h(j, p, i));
		if (p->q->norm == LN_LSTM)
			cell_compare(&worst, j->got_c + i, j->c + i, 1, (long double)bound_of_c(j, p, i));
	}
	return worst;
}

static void expect_ok(int status)
{
	if (status == LN_OK)
		return;
	fprintf(stderr, "adversary: %s\n", ln_strerror(status));
	exit(2);
}

struct worst cell_worst(struct cell_judge *j, const struct problem *p)
{
	ln_cell_desc d = desc_of(p);
	const struct vector *v = p->part;

	ln_cell_forward_tensors forward = {
		.struct_size = sizeof forward, .wh = v[WH].typed, .wx = v[WX].typed, .h_prev = v[H_PREV].typed, .c_prev = v[C_PREV].typed,
		.params = v[PARAMS].typed, .h = j->got_h, .c = j->got_c,
	};

	expect_ok(ln_cell_forward(&d, &forward));
	solve(j, p);
	if (p->q->kind == CELL)
		return forward_worst(j, p);
	ln_cell_backward_tensors backward = {
		.struct_size = sizeof backward, .wh = forward.wh, .wx = forward.wx, .h_prev = forward.h_prev, .c_prev = forward.c_prev,
		.params = forward.params, .dh = v[DH].typed, .dc = v[DC].typed, .dwh = j->dwh,
		.dwx = p->q->norm == LN_RNN ? NULL : j->dwx, .dh_prev = j->dh_prev, .dc_prev = j->dc_prev, .dparams = j->dparams,
		.workspace = j->workspace, .workspace_size = j->workspace_size,
	};
	expect_ok(ln_cell_backward(&d, &backward));
	return cell_backward_worst(j, p);
}
