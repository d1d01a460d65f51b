/*
 * call_check.c - what a call of ln_forward() gave, against the model's bits and the oracle's numbers
 */
#include "bounds.h"
#include "call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[TENSORS] = {"x", "residual", "gamma", "beta", "gate", "moments", "y", "y_scale", "sum",
					     "mean", "rstd"};

struct arena call_arena(const struct call *c)
{
	return (struct arena){c->arena, c->bytes, c->part, TENSORS, names};
}

void expect_same(const struct kernel *k, const struct call *got, const struct call *want, const char *what)
{
	struct arena is = call_arena(got), should = call_arena(want);

	expect_same_arena(k, &is, &should, call_name(want), what);
}

void expect_model(const struct call *c, const char *what)
{
	struct call want[2];
	const struct kernel *k;

	for (int class = UNFUSED; class <= FUSED; class++) {
		want[class] = call_clone(c);
		if (is_class_usable((enum arithmetic)class))
			model_forward((enum arithmetic)class, &want[class].f);
	}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct call got = call_clone(c);
		note(k, "%s: %s", call_name(c), what);
		call_run(&got);
		expect_same(k, &got, &want[k->arithmetic], what);
		call_free(&got);
	}
	call_free(&want[UNFUSED]);
	call_free(&want[FUSED]);
}

/* A statistic within its own rounding and the bound, in units of u times the standard deviation for the mean, of u rstd for rstd. */
static void check_statistic(const struct kernel *k, const struct call *c, enum tensor t, size_t r, quad exact, double unit)
{
	uint32_t type = c->part[t].type;
	double u = type == LN_F64 ? 0x1p-53 : 0x1p-24, is = type_load(type, *call_slot((struct forward *)&c->f, t), r);
	double error = fabs((double)((quad)is - exact)), allowed = ref_half_ulp(type, (double)exact) + BOUND_STATISTIC * u * unit;

	if (isinf(is) && (double)exact > type_limits(type).largest)
		return;
	if (!(error <= allowed))
		ck_abort_msg("%s: %s[%zu] is %.17g, not %.17g, off by %g where %g is allowed: %s", k->name, names[t], r, is,
			     (double)exact, error, allowed, call_name(c));
}

static void check_statistics(const struct kernel *k, const struct call *c, size_t r, const struct ref_stats *s)
{
	double deviation = s->var > 0 ? sqrt((double)s->var) : 0;

	if (c->f.d.flags & LN_STATS_GIVEN)
		return;
	if (c->f.mean)
		check_statistic(k, c, MEAN, r, s->base + s->offset, deviation);
	if (c->f.rstd)
		check_statistic(k, c, RSTD, r, s->rstd, (double)s->rstd);
}

/* The first column of a group and those in it; which scale it has. */
struct group { size_t at, cols, place; };

/* What q is multiplied by: an E8M0 beside an I8 goes with a unit of 2^-6. */
static double scale_of_group(const struct call *c, const ln_desc *d, const struct group *g)
{
	if (d->scale_type != LN_E8M0)
		return (double)((const float *)c->f.y_scale)[g->place];
	return ldexp(d->y_type == LN_I8 ? 0x1p-6 : 1, ((const uint8_t *)c->f.y_scale)[g->place] - 127);
}

static struct ref_type type_of_group(const struct call *c, const ln_desc *d, const struct group *g)
{
	if (d->flags & LN_ROW_SCALE) {
		double scale = scale_of_group(c, d, g);
		return (struct ref_type){d->y_type, scale > 0 ? scale : 1, 0, true};
	}
	return (struct ref_type){d->y_type, (double)(float)d->y_scale, (double)d->y_zero_point, false};
}

/* A power of two: the largest that is not above the largest |y|, which is known to within `allowed`, divided by the type's largest one. */
static bool is_power_right(const ln_desc *d, double scale, double largest, double allowed)
{
	double element = d->y_type == LN_I8 ? 64 : d->y_type == LN_F8_E4M3 ? 256 : 32768, least = ldexp(d->y_type == LN_I8 ? 0x1p-6 : 1, -127);

	return (scale * element <= largest + allowed || scale == least) && largest - allowed < 2 * scale * element;
}

/* The scale of a group: largest |y| / M, as exact as y and two more roundings; or a power of two. */
static void check_scale(const struct kernel *k, const struct call *c, const ln_desc *d, const struct group *g, const struct ref_value *exact,
			double limit)
{
	double largest = 0, allowed = 0, code = d->y_type == LN_I8 ? 127 : type_limits(d->y_type).largest, scale = scale_of_group(c, d, g);

	for (size_t i = 0; i < g->cols; i++) {
		largest = fmax(largest, fabs(exact[g->at + i].hi));
		allowed = fmax(allowed, limit * exact[g->at + i].unit + exact[g->at + i].slack);
	}
	allowed += ref_half_ulp(LN_F32, largest);
	bool right = d->scale_type == LN_E8M0 ? is_power_right(d, scale, largest, allowed)
					      : fabs(scale * code - largest) <= allowed + code * ref_half_ulp(LN_F32, largest / code);
	if (!right)
		ck_abort_msg("%s: scale %zu is %.9g, for a largest of %.9g: %s", k->name, g->place, scale, largest, call_name(c));
}

/* The worst error of the groups of a row, each by its scale. */
static struct ref_error compare_groups(const struct kernel *k, const struct call *c, const ln_desc *d, size_t r, const struct ref_value *exact,
				       const void *y, double limit)
{
	struct ref_error worst = {0, 0, 0, 0};
	size_t per = (size_t)d->cols_per_scale;

	for (size_t at = 0; at < d->cols; at += per) {
		struct group g = {at, per, r * (size_t)(d->cols / per) + at / per};
		if (c->f.y_scale)
			check_scale(k, c, d, &g, exact, limit);
		struct ref_error error = ref_compare(type_of_group(c, d, &g), per, exact + at, y, at);
		if (error.raw > worst.raw) {
			worst.raw = error.raw;
			worst.col = at + error.col;
		}
		if (error.rounded > worst.rounded) {
			worst.rounded = error.rounded;
			worst.rounded_col = at + error.rounded_col;
		}
	}
	return worst;
}

static void check_row(const struct kernel *k, const struct call *c, size_t r, const struct ref_value *exact,
		      const struct ref_stats *s, struct bar bar, const char *what)
{
	ln_desc d = filled_in(&c->f.d);
	size_t at = row_place(&d, r, d.y_stride, d.y_head_stride);
	double limit = limit_of(bar, d.norm, k->arithmetic);
	char is[BITS_TEXT];

	check_statistics(k, c, r, s);
	if (!c->f.y)
		return;
	size_t size = type_size(d.y_type);
	char *y = elements(d.y_type, (size_t)d.cols);
	for (size_t i = 0; i < d.cols; i++)
		memcpy(y + i * size, (const char *)c->f.y + (at + col_place(&d, i, d.y_col_stride, d.y_run_stride)) * size, size);
	struct ref_error error = compare_groups(k, c, &d, r, exact, y, limit);
	free(y);
	double factor = forgives(bar, d.y_type) ? error.rounded : error.raw;
	if (factor <= limit)
		return;
	if (forgives(bar, d.y_type))
		error.col = error.rounded_col;
	bits_text(is, d.y_type, c->f.y, at + col_place(&d, error.col, d.y_col_stride, d.y_run_stride));
	ck_abort_msg("%s: factor %g at (%zu, %zu), %s, not %.17g: %s: %s", k->name, factor, r, error.col, is, exact[error.col].hi,
		     call_name(c), what);
}

void expect_call_accurate(const struct call *c, struct bar bar, const char *what)
{
	size_t rows = (size_t)c->f.d.rows, cols = (size_t)c->f.d.cols;
	struct ref_value *exact = malloc(rows * cols * sizeof *exact);
	struct ref_stats *stats = malloc(rows * sizeof *stats);
	const struct kernel *k;

	if (!exact || !stats)
		ck_abort_msg("no memory for %zu x %zu exact values", rows, cols);
	for (size_t r = 0; r < rows; r++)
		stats[r] = ref_forward_row(&c->f, r, exact + r * cols);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct call got = call_clone(c);
		note(k, "%s: %s", call_name(c), what);
		call_run(&got);
		for (size_t r = 0; r < rows; r++)
			check_row(k, &got, r, exact + r * cols, &stats[r], bar, what);
		call_free(&got);
	}
	free(exact);
	free(stats);
}
