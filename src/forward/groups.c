/*
 * groups.c - a quantised y whose groups of columns have scales of their own: docs/numerics.md section 7
 */
#include <math.h>
#include <string.h>

#include "pipeline.h"

/* The largest number of a type, which the largest |y| becomes; and the exponent of its largest power of two, that of the scale taken from. */
struct limits {
	float most;
	uint32_t exponent;
};

static struct limits limits_of(uint32_t type)
{
	return type == LN_I8	  ? (struct limits){ 127.0f, 0 } :	/* OCP's INT8 is an integer times 2^-6, so that it begins with 1 */
	       type == LN_F8_E4M3 ? (struct limits){ 448.0f, 8 } :
				    (struct limits){ 57344.0f, 15 };
}

/* A float of any size for a scale, so that the largest |y| becomes the largest of the type. */
static void set_float_scale(float most, float largest, float *scale, struct encoding *e)
{
	float inverse = most / largest;

	e->scale = largest / most;
	if (e->scale != e->scale)
		e->scale = (float)NAN;	/* the quiet one, whatever came */
	*scale = e->scale;
	e->inverse = e->scale > 0.0f && inverse <= FLT_MAX ? inverse : 0.0f;
}

static float power_of_two(uint32_t biased)
{
	uint32_t bits = biased > 0 ? biased << 23 : 1u << 22;	/* 2^-127 is no normal float */
	float power;

	memcpy(&power, &bits, sizeof power);
	return power;
}

/*
 * A power of two. The exponent of the largest |y| stands in the float as in the scale, with the same bias; all below 2^-126 have the least.
 * F8 are multiplied, which gives what dividing gives; I8 are divided, since that way saturates what rounds to 128.
 */
static void set_power_scale(uint32_t type, float largest, uint8_t *scale, struct encoding *e)
{
	enum { MOST = 254, NOT_A_NUMBER = 255 };
	uint32_t bits, taken = limits_of(type).exponent, biased;

	memcpy(&bits, &largest, sizeof bits);
	biased = bits >> 23;
	biased = biased < taken ? 0 : biased - taken > MOST ? MOST : biased - taken;
	*scale = (uint8_t)(largest == largest ? biased : NOT_A_NUMBER);
	e->scale = largest != largest ? (float)NAN : type == LN_I8 ? power_of_two(biased) / 64.0f : power_of_two(biased);
	e->inverse = type == LN_I8 ? 0.0f : power_of_two(MOST - biased);
}

/* How a group is written, by its largest |y|, which may be a NaN. Its scale is put out. */
static struct encoding encoding_of_group(const struct forward *f, const struct pipeline *w, size_t row, size_t at, float largest)
{
	size_t place = row * ln_scales_of_row(&f->r) + ln_quotient(at, f->r.cols_per_scale);
	struct encoding e = w->y_encoding;

	if (f->r.scale_size == sizeof(uint8_t))
		set_power_scale(f->r.y.type, largest, (uint8_t *)f->r.y_scales + place, &e);
	else
		set_float_scale(limits_of(f->r.y.type).most, largest, (float *)f->r.y_scales + place, &e);
	return e;
}

/* Columns of one group. */
static void write_scaled(const struct forward *f, size_t row, size_t at, size_t n, const float *y, const struct encoding *e)
{
	if (e->scale == e->scale)
		ln_store(f, &f->r.y, row, at, n, y, e);
	else
		ln_fill_nan(f, row, at, at + n);
}

void ln_write_groups(const struct forward *f, const struct pipeline *w, size_t row, size_t at, size_t n, const float *y)
{
	for (size_t c = 0, group = f->r.cols_per_scale; c < n; c += group) {
		struct encoding e = encoding_of_group(f, w, row, at + c, f->kernels->largest(group, y + c));
		write_scaled(f, row, at + c, group, y + c, &e);
	}
}

/* n columns of a row as floats, in w->y. */
static void make_floats(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *s, size_t at, size_t n)
{
	if (!st->nan)
		ln_make_y(f, w, row, &st->scale, s, at, n, w->y);
	for (size_t i = 0; st->nan && i < n; i++)
		w->y[i] = (float)NAN;
}

/* What of a group lies in the block that column c is in. */
static size_t piece_of_group(size_t c, size_t end) { return ln_least(end - c, BLOCK - c % BLOCK); }

/* A group that lies in several blocks: y is made for its largest, and again when its scale is known. */
static void finish_group(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *kept, size_t at)
{
	size_t end = at + f->r.cols_per_scale;
	float largest = 0.0f;

	for (size_t c = at, n; c < end && largest == largest; c += n) {
		n = piece_of_group(c, end);
		make_floats(f, w, row, st, st->nan ? NULL : ln_staged(f, w, row, c, n, kept), c, n);
		float here = f->kernels->largest(n, w->y);
		largest = here > largest || here != here ? here : largest;
	}
	struct encoding e = encoding_of_group(f, w, row, at, largest);
	for (size_t c = at, n; c < end; c += n) {
		n = piece_of_group(c, end);
		const void *s = ln_staged(f, w, row, c, n, kept);
		if (f->r.sum.at != NULL)
			ln_write_sum(f, w, row, c, n, s);
		make_floats(f, w, row, st, s, c, n);
		write_scaled(f, row, c, n, w->y, &e);
	}
}

void ln_finish_groups(const struct forward *f, struct pipeline *w, size_t row, const struct row_statistics *st, const void *kept, size_t at,
		      size_t end)
{
	size_t group = f->r.cols_per_scale, n;

	if (f->r.cols > BLOCK && BLOCK % group != 0) {
		for (size_t c = at; c < end; c += group)
			finish_group(f, w, row, st, kept, c);
		return;
	}
	for (size_t c = at; c < end; c += n) {
		n = ln_block_length(f, c);
		const void *s = ln_staged(f, w, row, c, n, kept);
		if (f->r.sum.at != NULL)
			ln_write_sum(f, w, row, c, n, s);
		make_floats(f, w, row, st, s, c, n);
		ln_write_groups(f, w, row, c, n, w->y);
	}
}
