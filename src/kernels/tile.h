/*
 * tile.h - the stages of the general pipeline (src/forward/forward.c) on at most BLOCK floats of one row
 *
 * What is not worth a word of the vocabulary is a plain loop over independent elements, which the compiler makes vectors of.
 */
#ifndef LN_TILE_H
#define LN_TILE_H

#include "activation.h"
#include "half.h"
#include "moments.h"

/* One element's madd, rounded as the vocabulary's. */
LN_INLINE float madd(float a, float b, float c) { return vec_fused() ? __builtin_fmaf(a, b, c) : a * b + c; }

LN_INLINE void tile_moments_of(bool has_mean, size_t n, const void *x, ln_moments *m)
{
	struct moments one;

	block_moments(has_mean, LN_F32, x, 0, 1, n, &one);
	*m = (ln_moments){ one.count, one.mean[0], one.mean_lo[0], one.m2[0], one.m2_lo[0], one.mean_rest[0] };
}

static void LN_NAME(tile_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	(void)s;
	tile_moments_of(HAS_MEAN, n, x, m);
}

static void LN_NAME(tile_rms_moments)(size_t n, const void *x, double s, ln_moments *m)
{
	(void)s;
	tile_moments_of(NO_MEAN, n, x, m);
}

enum { FETCHED = 2 * LANES };	/* floats that are added between fetches: a pair of the widest registers */

/* As many of what comes later. */
LN_INLINE void fetch_lanes(const float *p)
{
	enum { AHEAD = 512 };	/* measured: two thirds of the time of no fetching, and less than from 1024 on */

	for (size_t byte = 0; byte < FETCHED * sizeof *p; byte += LINE_BYTES)
		fetch((const void *)((uintptr_t)p + AHEAD * sizeof *p + byte));
}

/* All loads come before the stores, as in normalise_pair(). */
LN_INLINE void add_pair(const float *a, const float *b, float *sum)
{
	vec first = vec_add(vec_load(a), vec_load(b)), second = vec_add(vec_load(a + vec_lanes()), vec_load(b + vec_lanes()));

	vec_store(sum, vec_quiet(first));
	vec_store(sum + vec_lanes(), vec_quiet(second));
}

LN_INLINE void add_lanes(const float *a, const float *b, float *sum, size_t i, size_t end)
{
	for (size_t n; i < end; i += n) {
		n = end - i < vec_lanes() ? end - i : vec_lanes();
		vec added = vec_add(elem_load_lanes(a + i, n, LN_F32), elem_load_lanes(b + i, n, LN_F32));
		elem_store_lanes(sum + i, vec_quiet(added), n, LN_F32);
	}
}

static void LN_NAME(tile_add)(size_t n, const void *a, const void *b, void *sum, bool fetch)
{
	const float *left = a, *right = b;
	float *to = sum;
	size_t i = elem_head(sum, n, LN_F32);

	add_lanes(left, right, to, 0, i);
	for (; i + FETCHED <= n; i += FETCHED) {
		if (fetch) {
			fetch_lanes(left + i);
			fetch_lanes(right + i);
		}
		for (size_t lane = 0; lane < FETCHED; lane += 2 * vec_lanes())
			add_pair(left + i + lane, right + i + lane, to + i + lane);
	}
	add_lanes(left, right, to, i, n);
}

/* From float to float a NaN becomes the quiet one, as it does in every other type. */
LN_INLINE vec tile_copied(vec v, uint32_t from_type, uint32_t to_type) { return from_type == to_type ? vec_quiet(v) : v; }

LN_INLINE void tile_copy_part(uint32_t from_type, const void *from, uint32_t to_type, void *to, size_t i, size_t end)
{
	for (size_t n; i < end; i += n) {
		n = end - i < vec_lanes() ? end - i : vec_lanes();
		vec v = elem_load_lanes(elem_at(from, i, from_type), n, from_type);
		elem_store_lanes(elem_out(to, i, to_type), tile_copied(v, from_type, to_type), n, to_type);
	}
}

LN_INLINE void tile_copy(uint32_t from_type, const void *from, uint32_t to_type, void *to, size_t n, bool stream)
{
	size_t head = stream ? elem_to_boundary(to, to_type) : 0, i;

	head = head < n ? head : n;
	if (head > 0)
		tile_copy_part(from_type, from, to_type, to, 0, head);
	for (i = head; i + 2 * vec_lanes() <= n; i += 2 * vec_lanes()) {
		vec a = elem_load(elem_at(from, i, from_type), from_type);
		vec b = elem_load(elem_at(from, i + vec_lanes(), from_type), from_type);
		a = tile_copied(a, from_type, to_type);
		b = tile_copied(b, from_type, to_type);
		if (to_type != LN_BF16)
			elem_store_pair(elem_out(to, i, to_type), a, b, to_type, stream);
		else
			tile_copy_part(from_type, from, to_type, to, i, i + 2 * vec_lanes());
	}
	if (i < n)
		tile_copy_part(from_type, from, to_type, to, i, n);
}

static void LN_NAME(read_bf16)(size_t n, const void *from, float *to) { tile_copy(LN_BF16, from, LN_F32, to, n, false); }
static void LN_NAME(read_f16)(size_t n, const void *from, float *to) { tile_copy(LN_F16, from, LN_F32, to, n, false); }

static void LN_NAME(write_f32)(size_t n, const float *from, const struct encoding *e, void *to)
{
	tile_copy(LN_F32, from, LN_F32, to, n, e->stream);
}

static void LN_NAME(write_bf16)(size_t n, const float *from, const struct encoding *e, void *to)
{
	tile_copy(LN_F32, from, LN_BF16, to, n, e->stream);
}

static void LN_NAME(write_f16)(size_t n, const float *from, const struct encoding *e, void *to)
{
	tile_copy(LN_F32, from, LN_F16, to, n, e->stream);
}

/* How a tile is normalised. As constants these make loops of their own. */
struct normalisation {
	bool ordinary;			/* s is 1, and nothing makes a NaN of an infinity */
	bool has_gamma, has_beta, stream;
	float s, hi, rstd, shift;
};

/* n lanes: see docs/numerics.md section 6. */
LN_INLINE vec tile_normalised(const struct normalisation *k, const float *x, const float *gamma, const float *beta, size_t n)
{
	vec t = elem_load_lanes(x, n, LN_F32);

	if (!k->ordinary)
		t = vec_mul(t, vec_set1(k->s));
	t = vec_madd(vec_sub(t, vec_set1(k->hi)), vec_set1(k->rstd), vec_set1(k->shift));
	t = vec_madd(t, k->has_gamma ? elem_load_lanes(gamma, n, LN_F32) : vec_set1(1.0f),
		     k->has_beta ? elem_load_lanes(beta, n, LN_F32) : vec_set1(0.0f));
	return k->ordinary ? t : vec_quiet(t);	/* ISAs differ in the sign of a NaN that they make */
}

LN_INLINE void tile_normalise_columns(struct normalisation k, size_t n, const float *x, const float *gamma, const float *beta, float *y)
{
	size_t head = k.stream ? elem_to_boundary(y, LN_F32) : 0, c = 0, lanes = vec_lanes();

	head = head < n ? head : n;
	for (size_t part; c < head; c += part) {
		part = head - c < lanes ? head - c : lanes;
		elem_store_lanes(y + c, tile_normalised(&k, x + c, gamma + c, beta + c, part), part, LN_F32);
	}
	for (; c + 2 * lanes <= n; c += 2 * lanes) {
		vec a = tile_normalised(&k, x + c, gamma + c, beta + c, lanes);
		vec b = tile_normalised(&k, x + c + lanes, gamma + c + lanes, beta + c + lanes, lanes);
		elem_store_pair(y + c, a, b, LN_F32, k.stream);
	}
	for (size_t part; c < n; c += part) {
		part = n - c < lanes ? n - c : lanes;
		elem_store_lanes(y + c, tile_normalised(&k, x + c, gamma + c, beta + c, part), part, LN_F32);
	}
}

/* Rows in range, with parameters, are what matters; an absent parameter's pointer is not looked at. */
static void LN_NAME(tile_normalise)(size_t n, const void *x, const struct row_scale *r, const void *gamma, const void *beta, void *y,
				    bool stream)
{
	struct normalisation k = { r->s == 1.0 && r->computed, gamma != NULL, beta != NULL, stream,
				   (float)r->s, (float)r->hi, (float)r->rstd, (float)r->shift };
	const void *g = gamma ? gamma : x, *b = beta ? beta : x;

	if (!k.ordinary || !gamma) {
		tile_normalise_columns(k, n, x, g, b, y);
		return;
	}
	k.ordinary = k.has_gamma = true;
	if (beta) {
		k.has_beta = true;
		tile_normalise_columns(k, n, x, g, b, y);
	} else {
		k.has_beta = false;
		tile_normalise_columns(k, n, x, g, b, y);
	}
}

/* has_gamma and has_beta are constants: a test in the loop would become a masked load from NULL. */
LN_INLINE void affine(size_t n, const float *t, const float *gamma, const float *beta, float *y, bool has_gamma, bool has_beta)
{
	for (size_t i = 0; i < n; i++)
		y[i] = madd(t[i], has_gamma ? gamma[i] : 1.0f, has_beta ? beta[i] : 0.0f);
}

static void LN_NAME(tile_affine)(size_t n, const float *t, const float *gamma, const float *beta, float *y)
{
	if (gamma && beta)
		affine(n, t, gamma, beta, y, true, true);
	else if (gamma)
		affine(n, t, gamma, NULL, y, true, false);
	else if (beta)
		affine(n, t, NULL, beta, y, false, true);
	else
		affine(n, t, NULL, NULL, y, false, false);
}

/* x times the activated gate; `quiet` is a constant. */
LN_INLINE void tile_gate(size_t n, const float *x, const float *gate, float *y, enum activation activation, bool quiet)
{
	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		vec g = elem_load_lanes(gate + i, part, LN_F32), v = elem_load_lanes(x + i, part, LN_F32);
		v = vec_mul(v, vec_activated(g, vec_sigmoid(g), activation));
		elem_store_lanes(y + i, quiet ? vec_quiet(v) : v, part, LN_F32);
	}
}

static void LN_NAME(tile_silu_gate)(size_t n, const float *gate, float *y) { tile_gate(n, y, gate, y, SILU, false); }
static void LN_NAME(tile_sigmoid_gate)(size_t n, const float *gate, float *y) { tile_gate(n, y, gate, y, SIGMOID, false); }
static void LN_NAME(tile_silu_product)(size_t n, const float *x, const float *g, float *s) { tile_gate(n, x, g, s, SILU, true); }
static void LN_NAME(tile_sigmoid_product)(size_t n, const float *x, const float *g, float *s) { tile_gate(n, x, g, s, SIGMOID, true); }

/* y as its own gate. The norm of a finite row may be an infinity, of which silu would make a NaN where it is the negative one. */
LN_INLINE void tile_activate(size_t n, float *y, enum activation activation)
{
	for (size_t i = 0, part; i < n; i += part) {
		part = n - i < vec_lanes() ? n - i : vec_lanes();
		vec v = vec_at_least(elem_load_lanes(y + i, part, LN_F32), vec_set1(-FLT_MAX));
		elem_store_lanes(y + i, vec_activated(v, vec_sigmoid(v), activation), part, LN_F32);
	}
}

static void LN_NAME(tile_silu)(size_t n, float *y) { tile_activate(n, y, SILU); }
static void LN_NAME(tile_sigmoid)(size_t n, float *y) { tile_activate(n, y, SIGMOID); }

LN_INLINE uint32_t greater(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* In bits, where the order of magnitudes is that of integers and a NaN is the largest; in chains of their own, which need not wait. */
static float LN_NAME(tile_largest)(size_t n, const float *y)
{
	enum { CHAINS = 4 * LANES };
	uint32_t largest[CHAINS] = { 0 }, all = 0;
	size_t whole = n < 8 * CHAINS ? 0 : n - n % CHAINS;	/* few, as in a group of columns, are not worth bringing chains together */

	for (size_t i = 0; i < whole; i += CHAINS)
		for (size_t l = 0; l < CHAINS; l++)
			largest[l] = greater(largest[l], bits_of_float(y[i + l]) & 0x7fffffff);
	for (size_t i = whole; i < n; i++)
		all = greater(all, bits_of_float(y[i]) & 0x7fffffff);
	for (size_t l = 0; l < CHAINS && whole > 0; l++)
		all = greater(all, largest[l]);
	return float_of_bits(all);
}

#endif
