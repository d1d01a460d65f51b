/*
 * cell_call.c - see cell_call.h
 */
#include "cell_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CANARY = 0xa5, GAP = 64 };

static const char *const names[CELL_ARRAYS] = {"wh", "wx", "h_prev", "c_prev", "params", "active", "dh", "dc", "h", "c", "dwh", "dwx",
					       "dh_prev", "dc_prev", "dparams"};

ln_cell_desc cell_desc(uint32_t cell, size_t rows, size_t hidden)
{
	return (ln_cell_desc){.struct_size = sizeof(ln_cell_desc), .cell = cell, .rows = rows, .hidden = hidden, .eps = 1e-5};
}

void **cell_slot(struct cell *c, enum cell_array a)
{
	void *slots[CELL_ARRAYS] = {&c->wh, &c->wx, &c->h_prev, &c->c_prev, &c->params, &c->active, &c->dh, &c->dc, &c->h, &c->c, &c->dwh,
				    &c->dwx, &c->dh_prev, &c->dc_prev, &c->dparams};
	return slots[a];
}

bool cell_has(const ln_cell_desc *d, enum cell_array a)
{
	return d->cell == LN_LSTM || (a != CC_PREV && a != CDC && a != CC && a != CDC_PREV);
}

static size_t bytes_of_array(const ln_cell_desc *d, enum cell_array a)
{
	struct cell_layout l = cell_layout(d);

	switch (a) {
	case CWH:
	case CWX:
	case CDWH:
	case CDWX: return (size_t)d->rows * l.gates * (size_t)d->hidden * sizeof(float);
	case CPARAMS:
	case CDPARAMS: return l.params * sizeof(float);
	case CACTIVE: return (size_t)d->rows;
	default: return (size_t)d->rows * (size_t)d->hidden * sizeof(float);
	}
}

static unsigned char *arena_make(size_t bytes)
{
	unsigned char *arena = aligned_alloc(GAP, bytes);

	if (!arena)
		ck_abort_msg("no memory for %zu bytes", bytes);
	return arena;
}

/* No array begins on the boundary of a vector. */
struct cell_call cell_make(const ln_cell_desc *d, unsigned arrays)
{
	struct cell_call c = {.c.d = *d, .bytes = GAP};

	for (int a = 0; a < CELL_ARRAYS; a++) {
		if (!(arrays & HAVING(a)) || !cell_has(d, (enum cell_array)a))
			continue;
		c.part[a].type = a == CACTIVE ? LN_U8 : LN_F32;
		c.part[a].bytes = bytes_of_array(d, (enum cell_array)a);
		c.part[a].at = c.bytes + sizeof(float);
		c.bytes = (c.part[a].at + c.part[a].bytes + GAP + GAP - 1) / GAP * GAP;
	}
	c.arena = arena_make(c.bytes);
	memset(c.arena, CANARY, c.bytes);
	for (int a = 0; a < CELL_ARRAYS; a++)
		*cell_slot(&c.c, (enum cell_array)a) = c.part[a].bytes ? c.arena + c.part[a].at : NULL;
	return c;
}

struct cell_call cell_clone(const struct cell_call *c)
{
	struct cell_call copy = *c;

	copy.arena = arena_make(c->bytes);
	memcpy(copy.arena, c->arena, c->bytes);
	for (int a = 0; a < CELL_ARRAYS; a++) {
		unsigned char *p = *cell_slot(&copy.c, (enum cell_array)a);
		if (p)
			*cell_slot(&copy.c, (enum cell_array)a) = copy.arena + (p - c->arena);
	}
	return copy;
}

void cell_free(struct cell_call *c)
{
	free(c->arena);
}

static void fill_rows(struct cell_call *c, enum cell_array a, const struct row_kind *kind, uint64_t seed)
{
	size_t n = c->part[a].bytes / sizeof(float);

	if (n)
		rows_fill(kind, LN_F32, seed, (size_t)c->c.d.rows, n / (size_t)c->c.d.rows, c->arena + c->part[a].at);
}

/* gammas around 1, betas around 0. */
static void fill_parameters(struct cell_call *c, enum cell_array a, uint64_t seed)
{
	struct cell_layout l = cell_layout(&c->c.d);
	float *p = *cell_slot(&c->c, a), *unused = elements(LN_F32, l.params);

	for (size_t k = 0; p && k < l.norms; k++) {
		rows_parameters(seed + k, LN_F32, l.norm[k].n, p + l.norm[k].gamma, unused);
		if (l.norm[k].beta != SHARED)
			memcpy(p + l.norm[k].beta, unused, l.norm[k].n * sizeof(float));
	}
	for (size_t k = 0; p && k < l.norms; k++)
		if (l.norm[k].beta != SHARED)
			rows_parameters(seed + 7 + k, LN_F32, l.norm[k].n, unused, p + l.norm[k].beta);
	free(unused);
}

void cell_fill(struct cell_call *c, const struct row_kind *kind, uint64_t seed)
{
	static const enum cell_array usual[] = {CH_PREV, CC_PREV, CDH, CDC};
	struct rng r = rng_make(seed, 17);

	c->c.d.eps = kind->eps;
	fill_rows(c, CWH, kind, seed);
	fill_rows(c, CWX, kind, seed + 1000);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		fill_rows(c, usual[i], row_kind(0), seed + 2000 + i);
	fill_parameters(c, CPARAMS, seed);
	if (c->c.d.flags & LN_ACCUMULATE)
		fill_parameters(c, CDPARAMS, seed + 50);
	for (size_t row = 0; row < c->part[CACTIVE].bytes; row++)
		c->arena[c->part[CACTIVE].at + row] = (unsigned char)(rng_below(&r, 4) == 0 ? 0 : 1 + rng_below(&r, 255));
}

int cell_forward_status(const struct cell *c, const ln_cell_desc *d)
{
	ln_cell_forward_tensors t = {
		.struct_size = sizeof t, .wh = c->wh, .wx = c->wx, .h_prev = c->h_prev, .c_prev = c->c_prev, .params = c->params,
		.active = c->active, .h = c->h, .c = c->c,
	};
	char words[LN_EXPLANATION];
	int explained = ln_explain_cell_forward(d, &t, words, sizeof words), status = ln_cell_forward(d, &t);

	expect_explained(status, explained, words);
	return status;
}

int cell_backward_status(const struct cell *c, const ln_cell_desc *d, void *workspace, size_t size)
{
	ln_cell_backward_tensors t = {
		.struct_size = sizeof t, .wh = c->wh, .wx = c->wx, .h_prev = c->h_prev, .c_prev = c->c_prev, .params = c->params,
		.active = c->active, .dh = c->dh, .dc = c->dc, .dwh = c->dwh, .dwx = c->dwx, .dh_prev = c->dh_prev, .dc_prev = c->dc_prev,
		.dparams = c->dparams, .workspace = workspace, .workspace_size = size,
	};
	char words[LN_EXPLANATION];
	int explained = ln_explain_cell_backward(d, &t, words, sizeof words), status = ln_cell_backward(d, &t);

	expect_explained(status, explained, words);
	return status;
}

static bool has_backward(const struct cell *c)
{
	return c->dh && (c->dwh || c->dwx || c->dh_prev || c->dc_prev || c->dparams);
}

static void expect_ok(int status, const struct cell_call *c)
{
	if (status != LN_OK)
		ck_abort_msg("%s: %s: %s", ln_isa(), ln_strerror(status), cell_name(c));
}

/* The workspace is full of rubbish. */
void cell_run(struct cell_call *c)
{
	ln_cell_desc forward = c->c.d;

	forward.flags = 0;
	if (c->c.h)
		expect_ok(cell_forward_status(&c->c, &forward), c);
	if (has_backward(&c->c)) {
		size_t size = ln_cell_backward_workspace_size(&c->c.d);
		unsigned char *workspace = arena_make((size + 2 * GAP - 1) / GAP * GAP);
		memset(workspace, CANARY, size + 1);
		expect_ok(cell_backward_status(&c->c, &c->c.d, workspace, size), c);
		ck_assert_uint_eq(workspace[size], CANARY);
		free(workspace);
	}
}

void cell_run_model(enum arithmetic arithmetic, struct cell_call *c)
{
	if (c->c.h)
		model_cell_forward(arithmetic, &c->c);
	if (has_backward(&c->c))
		model_cell_backward(arithmetic, &c->c);
}

struct arena cell_arena(const struct cell_call *c)
{
	return (struct arena){c->arena, c->bytes, c->part, CELL_ARRAYS, names};
}

void expect_same_cells(const struct kernel *k, const struct cell_call *got, const struct cell_call *want, const char *what)
{
	struct arena is = cell_arena(got), should = cell_arena(want);

	expect_same_arena(k, &is, &should, cell_name(want), what);
}

void expect_cell_model(const struct cell_call *c, const char *what)
{
	struct cell_call want[2];
	const struct kernel *k;

	for (int class = UNFUSED; class <= FUSED; class++) {
		want[class] = cell_clone(c);
		if (is_class_usable((enum arithmetic)class))
			cell_run_model((enum arithmetic)class, &want[class]);
	}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct cell_call got = cell_clone(c);
		note(k, "%s: %s", cell_name(c), what);
		cell_run(&got);
		expect_same_cells(k, &got, &want[k->arithmetic], what);
		cell_free(&got);
	}
	cell_free(&want[UNFUSED]);
	cell_free(&want[FUSED]);
}

const char *cell_name(const struct cell_call *c)
{
	static const char *const cells[] = {[LN_RNN] = "rnn", [LN_LSTM] = "lstm", [LN_GRU] = "gru"};
	static char name[300];
	const ln_cell_desc *d = &c->c.d;
	struct cell own = c->c;
	size_t used = (size_t)snprintf(name, sizeof name, "%s, %zu x %zu, flags %02x, eps %g:", cells[d->cell], (size_t)d->rows,
				       (size_t)d->hidden, d->flags, d->eps);

	for (int a = 0; a < CELL_ARRAYS && used < sizeof name; a++)
		if (*cell_slot(&own, (enum cell_array)a))
			used += (size_t)snprintf(name + used, sizeof name - used, " %s", names[a]);
	return name;
}
