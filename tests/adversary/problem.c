/*
 * problem.c - an input of the library: made, changed, copied
 */
#include "problem.h"
#include "types.h"

#include <ln.h>
#include <stdlib.h>
#include <string.h>

/* Of every norm y of all types and dx of floats and doubles; and after them these. */
static const struct quantity more[] = {
	{"y_rmsnorm_beta_f32", FORWARD, LN_F32, LN_RMSNORM, true},
	{"dgamma_f32", DGAMMA, LN_F32, LN_LAYERNORM, false},
	{"dgamma_f64", DGAMMA, LN_F64, LN_LAYERNORM, false},
	{"dbeta_f32", DBETA, LN_F32, LN_LAYERNORM, false},
	{"dbeta_f64", DBETA, LN_F64, LN_LAYERNORM, false},
	{"gated_layernorm_f32", GATED, LN_F32, LN_LAYERNORM, false},
	{"rnn", CELL, LN_F32, LN_RNN, false},
	{"lstm", CELL, LN_F32, LN_LSTM, false},
	{"gru", CELL, LN_F32, LN_GRU, false},
	{"rnn_backward", CELL_BACK, LN_F32, LN_RNN, false},
	{"lstm_backward", CELL_BACK, LN_F32, LN_LSTM, false},
	{"gru_backward", CELL_BACK, LN_F32, LN_GRU, false},
};
enum { MORE = sizeof more / sizeof more[0] };

/* What is measured of each norm. */
static const struct { enum kind kind; uint32_t type; const char *form; } of_norm[] = {
	{FORWARD, LN_F32, "y_%s_f32"}, {FORWARD, LN_F64, "y_%s_f64"}, {FORWARD, LN_BF16, "y_%s_bf16"}, {FORWARD, LN_F16, "y_%s_f16"},
	{BACKWARD, LN_F32, "dx_%s_f32"}, {BACKWARD, LN_F64, "dx_%s_f64"},
};
enum { OF_NORM = sizeof of_norm / sizeof of_norm[0] };

const struct quantity *quantity(size_t index)
{
	static struct quantity made[NORMS_MOST * OF_NORM];
	static char names[NORMS_MOST * OF_NORM][32];
	size_t norms = norm_count(), which = index % OF_NORM;

	if (index >= norms * OF_NORM)
		return index - norms * OF_NORM < MORE ? &more[index - norms * OF_NORM] : NULL;
	uint32_t norm = (uint32_t)(index / OF_NORM);
	snprintf(names[index], sizeof names[index], of_norm[which].form, norm_facts(norm)->name);
	made[index] = (struct quantity){names[index], of_norm[which].kind, of_norm[which].type, norm, false};
	return &made[index];
}

const struct quantity *quantity_named(const char *name)
{
	const struct quantity *q;

	for (size_t i = 0; (q = quantity(i)) != NULL; i++)
		if (strcmp(q->name, name) == 0)
			return q;
	return NULL;
}

bool quantity_is_cell(const struct quantity *q) { return q->kind == CELL || q->kind == CELL_BACK; }

double quantity_unit(const struct quantity *q) { return q->type == LN_F64 ? 0x1p-53 : 0x1p-24; }

double problem_divisor(const struct problem *p)
{
	return (double)p->cols * (norm_divisor(p->q->norm, p->cols * p->repeat) / (double)(p->cols * p->repeat));
}

double problem_floor(const struct problem *p) { return norm_floor(p->q->norm, p->cols * p->repeat); }

/* The parts of a row, or of rows that are all the same row of x. */
static void lay_out_rows(struct problem *p)
{
	size_t cols = p->cols;
	bool sums = p->q->kind == DGAMMA || p->q->kind == DBETA;
	struct vector once = {.n = cols, .step = 1, .copies = sums ? p->rows : p->repeat, .stride = cols};

	p->part[X] = once;
	if (sums)
		p->part[DY] = (struct vector){.n = p->rows, .step = cols, .copies = cols, .stride = 1};
	else
		p->part[GAMMA] = once;
	if (p->q->kind == BACKWARD)
		p->part[DY] = once;
	if (p->q->kind == FORWARD || p->q->kind == GATED)
		p->part[BETA] = once;
	if (p->q->kind == GATED)
		p->part[GATE] = once;
	p->part[BETA].frozen = !norm_facts(p->q->norm)->has_beta && !p->q->beta;
}

static void lay_out_cell(struct problem *p)
{
	static const size_t gates[] = {[LN_RNN] = 1, [LN_LSTM] = 4, [LN_GRU] = 3}, params[] = {[LN_RNN] = 2, [LN_LSTM] = 14, [LN_GRU] = 10};
	size_t cell = p->q->norm;

	for (enum part a = WH; a < PARTS; a++)
		p->part[a] = (struct vector){.n = p->cols, .step = 1, .copies = 1, .stride = 0};
	p->part[WH].n = gates[cell] * p->cols;
	p->part[WX].n = cell == LN_RNN ? 0 : gates[cell] * p->cols;
	p->part[PARAMS].n = params[cell] * p->cols;
	if (cell != LN_GRU)
		p->part[H_PREV].n = 0;
	if (cell != LN_LSTM)
		p->part[C_PREV].n = p->part[DC].n = 0;
	if (p->q->kind == CELL)
		p->part[DH].n = p->part[DC].n = 0;
}

static bool allocate(struct problem *p)
{
	for (enum part a = 0; a < PARTS; a++) {
		struct vector *v = &p->part[a];
		if (v->n == 0)
			continue;
		v->v = calloc(v->n, sizeof *v->v);
		bool same = p->q->type == LN_F64 && v->copies == 1;
		v->typed = same ? v->v : calloc(v->n * v->copies, type_size(p->q->type));
		if (!v->v || !v->typed)
			return false;
	}
	return true;
}

/* The numbers with which a part does nothing. */
static void fill(struct problem *p)
{
	for (enum part a = 0; a < PARTS; a++)
		for (size_t i = 0; i < p->part[a].n; i++)
			if (a == GAMMA || a == DY || a == DH || (a == PARAMS && i < p->cols))
				problem_set(p, a, i, 1);
}

struct problem *problem_make(const struct quantity *q, size_t rows, size_t cols, size_t repeat)
{
	struct problem *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	*p = (struct problem){.q = q, .rows = rows, .cols = cols, .repeat = repeat};
	if (quantity_is_cell(q))
		lay_out_cell(p);
	else
		lay_out_rows(p);
	if (!allocate(p)) {
		problem_free(p);
		return NULL;
	}
	fill(p);
	return p;
}

struct problem *problem_copy(const struct problem *p)
{
	struct problem *copy = problem_make(p->q, p->rows, p->cols, p->repeat);

	if (!copy)
		return NULL;
	copy->eps = p->eps;
	copy->tied = p->tied;
	for (enum part a = 0; a < PARTS; a++) {
		struct vector *to = &copy->part[a];
		const struct vector *from = &p->part[a];
		to->frozen = from->frozen;
		if (from->n == 0)
			continue;
		memcpy(to->v, from->v, from->n * sizeof *from->v);
		memcpy(to->typed, from->typed, from->n * from->copies * type_size(p->q->type));
	}
	return copy;
}

void problem_free(struct problem *p)
{
	for (enum part a = 0; p && a < PARTS; a++) {
		if (p->part[a].typed != p->part[a].v)
			free(p->part[a].typed);
		free(p->part[a].v);
	}
	free(p);
}

void problem_set(struct problem *p, enum part part, size_t i, double v)
{
	struct vector *to = &p->part[part];
	size_t at = i * to->step;

	to->v[i] = v;
	if (p->q->type == LN_F32 && to->copies == 1) {
		((float *)to->typed)[at] = (float)v;
		return;
	}
	for (size_t k = 0; k < to->copies; k++, at += to->stride) {
		if (p->q->type == LN_F32)
			((float *)to->typed)[at] = (float)v;
		else
			type_store(p->q->type, to->typed, at, v);
	}
}

double problem_round(const struct problem *p, double v)
{
	return p->q->type == LN_F64 ? v : p->q->type == LN_F32 ? (double)(float)v : type_round(p->q->type, v);
}
