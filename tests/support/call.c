/*
 * call.c - one call of ln_forward(): laying out its tensors, making and running it
 */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 64, CANARY = 0xa5 };

ln_desc plain_desc(uint32_t norm, uint32_t type, size_t rows, size_t cols)
{
	return (ln_desc){.struct_size = sizeof(ln_desc), .norm = norm, .x_type = type, .rows = rows, .cols = cols, .eps = 1e-5};
}

void **call_slot(struct forward *f, enum tensor t)
{
	const void *slots[TENSORS] = {&f->x, &f->residual, &f->gamma, &f->beta, &f->gate, &f->moments, &f->y, &f->y_scale, &f->sum,
				      &f->mean, &f->rstd};

	return (void **)slots[t];
}

/* From the first place of a row to past its last: runs may lie between each other, in any order. */
size_t row_end(const ln_desc *d, uint64_t col_stride, uint64_t run_stride)
{
	return col_place(d, (size_t)d->cols - 1, col_stride, run_stride) + 1;
}

static size_t rows_end(const ln_desc *d, uint64_t stride, uint64_t head_stride, uint64_t col_stride, uint64_t run_stride)
{
	size_t end = 0;

	for (size_t r = 0; r < d->rows; r++) {
		size_t at = row_place(d, r, stride, head_stride) + row_end(d, col_stride, run_stride);
		end = at > end ? at : end;
	}
	return end;
}

/* How many elements a tensor reaches over. */
static size_t tensor_elements(const ln_desc *d, enum tensor t)
{
	switch (t) {
	case X: return rows_end(d, d->x_stride, d->x_head_stride, d->x_col_stride, d->x_run_stride);
	case RESIDUAL: return rows_end(d, d->residual_stride, d->residual_head_stride, d->residual_col_stride, d->residual_run_stride);
	case GATE: return rows_end(d, d->gate_stride, d->gate_head_stride, d->gate_col_stride, d->gate_run_stride);
	case Y: return rows_end(d, d->y_stride, d->y_head_stride, d->y_col_stride, d->y_run_stride);
	case SUM: return rows_end(d, d->sum_stride, d->sum_head_stride, d->sum_col_stride, d->sum_run_stride);
	case GAMMA:
	case BETA: return parameter_count(d);
	case Y_SCALE: return (size_t)(d->rows * (d->cols / d->cols_per_scale));
	default: return (size_t)d->rows;
	}
}

static uint32_t tensor_type(const ln_desc *d, enum tensor t)
{
	switch (t) {
	case X: return d->x_type;
	case RESIDUAL: return d->residual_type;
	case GATE: return d->gate_type;
	case Y: return d->y_type;
	case SUM: return d->sum_type;
	case GAMMA:
	case BETA: return d->param_type;
	case MOMENTS: return LN_F64;	/* four of them to a row */
	case Y_SCALE: return d->scale_type == LN_E8M0 ? LN_U8 : LN_F32;	/* a byte is a byte */
	default: return d->x_type == LN_F64 ? LN_F64 : LN_F32;
	}
}

/* Divisor i of n in turn, from the least. */
static uint64_t divisor(uint64_t n, size_t i)
{
	uint64_t count = 0, v = 0;

	for (uint64_t at = 1; at <= n; at++)
		count += n % at == 0;
	for (uint64_t left = i % count + 1; left > 0; left -= n % v == 0)
		v++;
	return v;
}

void draw_scales(ln_desc *d, size_t i)
{
	d->flags |= LN_ROW_SCALE;
	d->scale_type = i % 2 ? LN_E8M0 : i % 4 ? LN_F32 : 0;
	d->cols_per_scale = i / 2 % 4 == 0 ? 0 : i / 2 % 4 == 1 && d->cols % 32 == 0 ? 32 : divisor(d->cols, i / 2);
}

static void set_pointers(struct call *c)
{
	for (int t = 0; t < TENSORS; t++)
		*call_slot(&c->f, (enum tensor)t) = c->part[t].bytes ? c->arena + c->part[t].at : NULL;
}

static unsigned char *arena_make(size_t bytes)
{
	unsigned char *arena = aligned_alloc(GAP, (bytes + GAP - 1) / GAP * GAP);

	if (!arena)
		ck_abort_msg("no memory for %zu bytes", bytes);
	return arena;
}

/* No tensor of rows begins on the boundary of a vector: with alignment, nothing would be seen to rely on it. */
struct call call_make(const ln_desc *given, unsigned tensors)
{
	struct call c = {.f.d = *given, .bytes = GAP};
	ln_desc d = filled_in(given);

	if (d.flags & LN_GATE_SELF)
		tensors &= ~WITH(GATE);
	if (d.flags & LN_GATE_BEFORE && tensors & WITH(GATE))
		tensors &= ~WITH(RESIDUAL);
	for (int t = 0; t < TENSORS; t++) {
		uint32_t type = tensor_type(&d, (enum tensor)t);
		c.part[t].type = type;
		if (!(tensors & WITH(t)))
			continue;
		c.part[t].bytes = tensor_elements(&d, (enum tensor)t) * (t == MOMENTS ? sizeof(ln_moments) : type_size(type));
		c.part[t].at = c.bytes + (t == MOMENTS ? 0 : type_size(type));
		c.bytes = (c.part[t].at + c.part[t].bytes + GAP + GAP - 1) / GAP * GAP;
	}
	c.arena = arena_make(c.bytes);
	memset(c.arena, CANARY, c.bytes);
	set_pointers(&c);
	return c;
}

/* The pointers keep their places in the arena, whatever tensors share. */
struct call call_clone(const struct call *c)
{
	struct call copy = *c;

	copy.arena = arena_make(c->bytes);
	memcpy(copy.arena, c->arena, c->bytes);
	for (int t = 0; t < TENSORS; t++) {
		unsigned char *p = *call_slot(&copy.f, (enum tensor)t);
		if (p)
			*call_slot(&copy.f, (enum tensor)t) = copy.arena + (p - c->arena);
	}
	return copy;
}

void call_free(struct call *c)
{
	free(c->arena);
}

ln_forward_tensors tensors_of(const struct forward *f)
{
	return (ln_forward_tensors){
		.struct_size = sizeof(ln_forward_tensors), .x = f->x, .residual = f->residual, .gamma = f->gamma, .beta = f->beta,
		.gate = f->gate, .moments = f->moments, .y = f->y, .y_scale = f->y_scale, .sum = f->sum, .mean = f->mean, .rstd = f->rstd,
	};
}

int forward_status(const struct forward *f, const ln_desc *d, ln_parallel_for parallel_for, void *pool)
{
	ln_forward_tensors t = tensors_of(f);
	char words[LN_EXPLANATION];

	t.parallel_for = parallel_for;
	t.pool = pool;
	int explained = ln_explain_forward(d, &t, words, sizeof words), status = ln_forward(d, &t);
	expect_explained(status, explained, words);
	return status;
}

void call_run_parallel(struct call *c, ln_parallel_for parallel_for, void *pool)
{
	int status = forward_status(&c->f, &c->f.d, parallel_for, pool);

	if (status != LN_OK)
		ck_abort_msg("ln_forward() is %d (%s): %s", status, ln_strerror(status), call_name(c));
}

void call_run(struct call *c)
{
	call_run_parallel(c, NULL, NULL);
}

const char *call_name(const struct call *c)
{
	static char name[300];
	static const char *const names[TENSORS] = {"x", "residual", "gamma", "beta", "gate", "moments", "y", "y_scale", "sum", "mean",
						   "rstd"};
	const ln_desc *d = &c->f.d;
	struct forward f = c->f;
	size_t used = (size_t)snprintf(name, sizeof name, "%s, %zu x %zu, flags %02x, eps %g", norm_facts(d->norm)->word,
				       (size_t)d->rows, (size_t)d->cols, d->flags, d->eps);

	for (int t = 0; t < TENSORS && used < sizeof name; t++)
		if (*call_slot(&f, (enum tensor)t))
			used += (size_t)snprintf(name + used, sizeof name - used, ", %s %s", names[t],
						 t == MOMENTS ? "" : type_name(c->part[t].type));
	return name;
}
