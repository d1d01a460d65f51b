/*
 * model_output.c - docs/numerics.md, section 7, as plain C: the floats of a row into the type of y, by a scale of each group or the given one
 */
#include "model.h"
#include "types.h"

#include <math.h>

static double largest_code(uint32_t type)
{
	return type == LN_I8 ? 127 : type_limits(type).largest;
}

/* The largest magnitude of a row: NaN where the row holds one. */
static float largest_of(size_t cols, const float *v)
{
	float largest = 0;

	for (size_t c = 0; c < cols; c++) {
		if (isnan(v[c]))
			return NAN;
		if (fabsf(v[c]) > largest)
			largest = fabsf(v[c]);
	}
	return largest;
}

static double integer_code(const ln_desc *d, float v, int zero_point)
{
	float least = d->y_type == LN_U8 ? 0 : d->flags & LN_ROW_SCALE ? -127 : -128, most = d->y_type == LN_U8 ? 255 : 127;
	float q = (isnan(v) ? 0 : rintf(v)) + (float)zero_point;

	return (double)(q < least ? least : q > most ? most : q);
}

/* What one group of columns is written with: v is what an element is multiplied by, or divided by. */
struct group { float scale, inverse; bool multiplies; };

static struct group float_group(uint32_t type, float largest, float *to)
{
	float most = (float)largest_code(type), inverse = most / largest;
	struct group g = {largest / most, inverse, inverse > 0 && isfinite(inverse)};

	type_store(LN_F32, to, 0, (double)g.scale);
	return g;
}

static struct group power_group(uint32_t type, float largest, uint8_t *to)
{
	int taken = type == LN_I8 ? 0 : type == LN_F8_E4M3 ? 8 : 15;

	if (isnan(largest)) {
		*to = 0xff;
		return (struct group){NAN, 0, false};
	}
	int k = (isinf(largest) ? 128 : largest < 0x1p-126f ? -127 : (int)floor(log2((double)largest))) - taken;
	k = k < -127 ? -127 : k > 127 ? 127 : k;
	*to = (uint8_t)(k + 127);
	return (struct group){ldexpf(1, type == LN_I8 ? k - 6 : k), 0, false};
}

static void store_element(const ln_desc *d, float v, const struct group *g, int zero_point, void *y, size_t to)
{
	float q = isnan(g->scale) ? NAN : g->scale == 0 ? 0 : g->multiplies ? v * g->inverse : v / g->scale;

	switch (d->y_type) {
	case LN_I8:
	case LN_U8:
		type_store(d->y_type, y, to, integer_code(d, q, zero_point));
		break;
	case LN_F8_E4M3:
	case LN_F8_E5M2:
		type_store(d->y_type, y, to, (double)q);
		break;
	default:
		type_store(d->y_type, y, to, (double)v);
	}
}

void model_store_row(const ln_desc *d, size_t row, size_t cols, const float *v, void *y, size_t at, void *y_scale)
{
	bool own = d->flags & LN_ROW_SCALE;
	size_t per = own ? (size_t)d->cols_per_scale : cols;

	for (size_t c = 0; c < cols; c += per) {
		struct group g = {(float)d->y_scale, 0, false};
		size_t place = row * (cols / per) + c / per;
		float largest = own ? largest_of(per, v + c) : 0;
		if (own && d->scale_type == LN_E8M0)
			g = power_group(d->y_type, largest, (uint8_t *)y_scale + place);
		else if (own)
			g = float_group(d->y_type, largest, (float *)y_scale + place);
		for (size_t i = c; i < c + per; i++)
			store_element(d, v[i], &g, own ? 0 : d->y_zero_point, y, at + col_place(d, i, d->y_col_stride, d->y_run_stride));
	}
}
