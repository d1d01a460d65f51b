/*
 * model_output.c - docs/numerics.md, section 7, as plain C: the floats of a row into the type of y
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

void model_store_row(const ln_desc *d, size_t cols, const float *v, void *y, size_t at, float *y_scale)
{
	bool own = d->flags & LN_ROW_SCALE;
	float most = (float)largest_code(d->y_type), largest = own ? largest_of(cols, v) : 0;
	float scale = own ? largest / most : (float)d->y_scale, inverse = most / largest;
	bool multiplies = own && inverse > 0 && isfinite(inverse);

	if (own)
		type_store(LN_F32, y_scale, 0, (double)scale);
	for (size_t c = 0; c < cols; c++) {
		size_t to = at + col_place(d, c, d->y_col_stride, d->y_run_stride);
		float q = isnan(scale) ? NAN : scale == 0 ? 0 : multiplies ? v[c] * inverse : v[c] / scale;
		switch (d->y_type) {
		case LN_I8:
		case LN_U8:
			type_store(d->y_type, y, to, integer_code(d, q, own ? 0 : d->y_zero_point));
			break;
		case LN_F8_E4M3:
		case LN_F8_E5M2:
			type_store(d->y_type, y, to, (double)q);
			break;
		default:
			type_store(d->y_type, y, to, (double)v[c]);
		}
	}
}
