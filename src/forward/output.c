/*
 * output.c - what the pipeline writes: the sum, and y in its type
 */
#include <string.h>

#include "pipeline.h"

/* Past the cache where no cache holds the call, unless what is written was read from there. */
static bool streams(const struct forward *f, const struct tensor *t)
{
	return f->reach == REACH_MEMORY && ln_is_dense(t) && t->at != f->r.x.at && t->at != f->r.residual.at;
}

void ln_begin_pipeline(const struct forward *f, struct pipeline *w, unsigned char *at, size_t bytes)
{
	bool is_signed = f->r.y.type == LN_I8, cast = f->r.flags & LN_CAST_BEFORE_GAMMA && f->kernels->read[f->r.x.type] != NULL;

	w->y_encoding = (struct encoding){
		.scale = f->r.y_scale, .zero_point = (float)f->r.zero_point,
		.least = is_signed ? ln_scales_itself(&f->r) ? -127.0f : -128.0f : 0.0f, .most = is_signed ? 127.0f : 255.0f,
		.stream = streams(f, &f->r.y),
	};
	w->sum_encoding = (struct encoding){ .stream = streams(f, &f->r.sum) };
	w->y_is_direct = f->r.y.size == f->stages->size && !ln_gates_after(&f->r) && !cast;
	ln_begin_parameters(f, &w->parameters, at, bytes);
}

void ln_write_sum(const struct forward *f, const struct pipeline *w, size_t row, size_t at, size_t n, const void *s)
{
	ln_store(f, &f->r.sum, row, at, n, s, &w->sum_encoding);
}

void ln_gate(const struct forward *f, struct pipeline *w, size_t row, size_t at, size_t n, float *y)
{
	if (f->r.flags & LN_ROUND_BEFORE_GATE)
		ln_round_tile(f, w, f->r.y.type, n, y);
	if (f->r.flags & LN_GATE_SELF)
		f->kernels->activate[ln_activation(f)](n, y);
	else
		f->kernels->gate[ln_activation(f)](n, ln_load(f, &f->r.gate, row, at, n, w->other), y);
}

/* y as floats, before it becomes elements of its type. */
void ln_make_y(const struct forward *f, struct pipeline *w, size_t row, const struct row_scale *scale, const void *s, size_t at, size_t n, float *y)
{
	struct block_parameters p = ln_block_parameters(f, &w->parameters, row, at);

	if (f->r.flags & LN_CAST_BEFORE_GAMMA) {
		f->stages->normalise(n, s, scale, NULL, NULL, y, false);
		ln_round_tile(f, w, f->r.x.type, n, y);
		f->kernels->affine(n, y, p.gamma, p.beta, y);
	} else {
		f->stages->normalise(n, s, scale, p.gamma, p.beta, y, false);
	}
	if (ln_gates_after(&f->r))
		ln_gate(f, w, row, at, n, y);
}

static void write_y(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *s, size_t at)
{
	const struct encoding *e = &w->y_encoding;
	const struct tensor *y = &f->r.y;
	size_t n = ln_block_length(f, at);
	bool lies_apart = !ln_is_dense(y);

	if (w->y_is_direct) {
		struct block_parameters p = ln_block_parameters(f, &w->parameters, row, at);
		void *to = lies_apart ? (void *)w->y : ln_element(f, y, row, at);
		f->stages->normalise(n, s, &st->scale, p.gamma, p.beta, to, e->stream);
	} else {
		ln_make_y(f, w, row, &st->scale, s, at, n, w->y);
	}
	if (lies_apart || !w->y_is_direct)
		ln_store(f, y, row, at, n, w->y, e);
}

void ln_fill_nan(const struct forward *f, size_t row, size_t at, size_t end)
{
	static const uint8_t f8 = 0x7f;
	static const uint16_t bf16 = 0x7fc0, f16 = 0x7e00;
	static const uint32_t f32 = 0x7fc00000;
	static const uint64_t f64 = 0x7ff8000000000000;
	const uint8_t zero_point = (uint8_t)f->r.zero_point;
	const void *const nan[TYPES] = { [LN_F32] = &f32, [LN_F64] = &f64, [LN_BF16] = &bf16, [LN_F16] = &f16, [LN_I8] = &zero_point,
					 [LN_U8] = &zero_point, [LN_F8_E4M3] = &f8, [LN_F8_E5M2] = &f8 };
	for (size_t c = at; c < end; c++)
		memcpy(ln_element(f, &f->r.y, row, c), nan[f->r.y.type], f->r.y.size);
}

void ln_finish_row(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *kept, size_t at,
		   size_t end)
{
	for (size_t c = at, n; c < end; c += n) {
		n = ln_block_length(f, c);
		const void *s = ln_staged(f, w, row, c, n, kept);
		if (f->r.sum.at != NULL)	/* first: s may be x itself, which y may overwrite */
			ln_write_sum(f, w, row, c, n, s);
		if (f->r.y.at != NULL && !st->nan)
			write_y(f, w, row, st, s, c);
	}
	if (f->r.y.at != NULL && st->nan)
		ln_fill_nan(f, row, at, end);
}
