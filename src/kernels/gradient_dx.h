/* gradient_dx.h - the second pass of a gradient: dx from the averages (docs/numerics.md section 10) */
#ifndef LN_GRADIENT_DX_H
#define LN_GRADIENT_DX_H

#include <math.h>

#include "gradient_xhat.h"

/* A row whose dx is made. `full`, a constant, says that it is ordinary, that nothing is absent, and that no NaN can come of it. */
struct gradient_row {
	uint32_t type;
	size_t n, x_ahead, dn_ahead;
	const void *x, *dn;
	const float *gamma;
	void *dx;
	struct gradient_constants k;
	bool full;
};

/* A pair of registers' worth of what comes next at this column. */
LN_INLINE void fetch_next_rows(const struct gradient_row *a, size_t c)
{
	for (size_t at = c; at < c + 2 * vec_lanes(); at += LINE_BYTES / elem_size(a->type)) {
		fetch((const void *)((uintptr_t)elem_at(a->x, at, a->type) + a->x_ahead));
		fetch((const void *)((uintptr_t)elem_at(a->dn, at, a->type) + a->dn_ahead));
	}
}

/* dx of n lanes from column c on. */
LN_INLINE vec gradient_of_x(const struct gradient_row *a, size_t c, size_t n)
{
	vec xhat = gradient_xhat(elem_load_lanes(elem_at(a->x, c, a->type), n, a->type), &a->k, a->full);
	vec g = elem_load_lanes(elem_at(a->dn, c, a->type), n, a->type);

	if (a->full || a->gamma)
		g = vec_mul(g, load_once(a->gamma + c, n));
	vec d = vec_mul(vec_madd(xhat, vec_set1(a->k.minus_a2), vec_sub(g, vec_set1(a->k.a1))), vec_set1(a->k.rstd));
	return a->full ? d : vec_quiet(vec_mul(d, vec_set1(a->k.s)));
}

/* Columns c to end, less than a pair of registers holds: at the head or the tail of a row. */
LN_INLINE void gradient_part(const struct gradient_row *a, size_t c, size_t end)
{
	for (size_t n; c < end; c += n) {
		n = lanes_left(end - c);
		elem_store_lanes(elem_out(a->dx, c, a->type), gradient_of_x(a, c, n), n, a->type);
	}
}

/* A pair of registers' worth: all loads come before the stores. To stream, which floats can, dx is aligned to a pair. */
LN_INLINE void gradient_two(const struct gradient_row *a, size_t c, bool stream)
{
	const size_t lanes = vec_lanes();
	vec first = gradient_of_x(a, c, lanes), second = gradient_of_x(a, c + lanes, lanes);

	if (a->type == LN_F32) {
		elem_store_pair(elem_out(a->dx, c, LN_F32), first, second, LN_F32, stream);
	} else {
		elem_store(elem_out(a->dx, c, a->type), first, a->type);
		elem_store(elem_out(a->dx, c + lanes, a->type), second, a->type);
	}
}

/* Row by row, since a row's constants are what registers hold. */
LN_INLINE void gradient_row(const struct gradient_rows *args, uint32_t type, size_t r, bool full, enum reach reach)
{
	const struct gradient_row a = {
		type, args->n, args->x_ahead, args->dn_ahead, args->x[r], args->dn[r], args->gamma, args->dx[r],
		gradient_constants(&args->scale[r], args->a1[r], args->a2[r]), full,
	};
	size_t c = type == LN_F32 ? elem_head(a.dx, a.n, LN_F32) : 0;

	gradient_part(&a, 0, c);
	for (; c + 2 * vec_lanes() <= a.n; c += 2 * vec_lanes()) {
		if (reach != REACH_NEAR)
			fetch_next_rows(&a, c);
		gradient_two(&a, c, reach == REACH_MEMORY);
	}
	gradient_part(&a, c, a.n);
}

/*
 * An ordinary row: the case that matters. No NaN can come of it: an average that is finite is one of finite terms, and an a1 below half an
 * ulp of the largest float leaves their difference finite, whatever xhat * a2 is.
 */
LN_INLINE bool gradient_is_full(const struct gradient_rows *a, size_t r)
{
	return a->gamma && a->scale[r].s == 1.0 && fabs(a->a1[r]) <= 0x1p100 && isfinite(a->a2[r]);
}

LN_INLINE void gradient_rows_of(const struct gradient_rows *a, uint32_t type)
{
	for (size_t r = 0; r < a->rows; r++) {
		if (a->dx[r] == NULL)
			continue;
		if (!gradient_is_full(a, r))
			gradient_row(a, type, r, false, REACH_NEAR);
		else if (a->reach == REACH_NEAR)
			gradient_row(a, type, r, true, REACH_NEAR);
		else if (a->reach == REACH_MEMORY && type == LN_F32 && elem_to_boundary(a->dx[r], LN_F32) == 0)
			gradient_row(a, type, r, true, REACH_MEMORY);
		else
			gradient_row(a, type, r, true, REACH_FAR);
	}
}

static void LN_NAME(gradient_rows)(const struct gradient_rows *a)
{
	if (a->type == LN_BF16)
		gradient_rows_of(a, LN_BF16);
	else
		gradient_rows_of(a, LN_F32);
}

#endif
