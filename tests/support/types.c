/*
 * types.c - the element types of ln.h for the tests: values, rounding, loading and storing
 */
#include "types.h"

#include <float.h>
#include <ln.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value is an integer below 2^(mantissa + 1) times a power of two, the least of which is 2^least. */
struct format {
	int mantissa;		/* bits that are stored */
	int least;		/* 1 - bias - mantissa */
	uint32_t beyond;	/* the pattern after the largest finite value */
	uint32_t sign, nan;
};

/* By number; those without a sign are no small floats. */
static const struct { const char *name; size_t size; struct format format; } known[] = {
	[LN_F32] = {"f32", 4, {0}}, [LN_F64] = {"f64", 8, {0}},
	[LN_BF16] = {"bf16", 2, {7, -133, 0x7f80, 0x8000, 0x7fc0}}, [LN_F16] = {"f16", 2, {10, -24, 0x7c00, 0x8000, 0x7e00}},
	[LN_I8] = {"i8", 1, {0}}, [LN_U8] = {"u8", 1, {0}},
	[LN_F8_E4M3] = {"f8_e4m3", 1, {3, -9, 0x7f, 0x80, 0x7f}}, [LN_F8_E5M2] = {"f8_e5m2", 1, {2, -16, 0x7c, 0x80, 0x7f}},
};

const uint32_t x_types[X_TYPES] = {LN_F32, LN_BF16, LN_F16, LN_F64};
const uint32_t y_types[Y_TYPES] = {LN_F32, LN_BF16, LN_F16, LN_F8_E4M3, LN_F8_E5M2, LN_I8, LN_U8};

bool type_is_known(uint32_t type)
{
	return type < sizeof known / sizeof known[0] && known[type].size != 0;
}

static const struct format *format_of(uint32_t type)
{
	return type_is_known(type) && known[type].format.sign ? &known[type].format : NULL;
}

static void unknown(uint32_t type)
{
	fprintf(stderr, "the tests have no type %u\n", type);
	abort();
}

size_t type_size(uint32_t type)
{
	if (!type_is_known(type))
		unknown(type);
	return known[type].size;
}

const char *type_name(uint32_t type)
{
	return type_size(type) ? known[type].name : NULL;
}

double type_value(uint32_t type, uint32_t bits)
{
	const struct format *f = format_of(type);
	uint32_t size = bits & ~f->sign;
	int field = (int)(size >> f->mantissa), fraction = (int)size & ((1 << f->mantissa) - 1);
	double v;

	if (size >= f->beyond)
		v = size == f->beyond && type != LN_F8_E4M3 ? INFINITY : NAN;
	else if (field == 0)
		v = ldexp(fraction, f->least);
	else
		v = ldexp((1 << f->mantissa) + fraction, f->least + field - 1);
	return bits & f->sign ? -v : v;
}

uint32_t type_pattern(uint32_t type, double v)
{
	const struct format *f = format_of(type);
	int exponent;

	if (isnan(v))
		return f->nan;
	uint32_t sign = signbit(v) ? f->sign : 0;
	/* Past every range; and frexp has no exponent for an infinity. */
	double size = fmin(fabs(v), 0x1p200);
	frexp(size, &exponent);
	int step = exponent - 1 - f->mantissa;
	if (size == 0 || step < f->least)
		step = f->least;
	/* rint goes to the even integer, which has the even pattern; a carry into the next power of two falls into place. */
	uint64_t pattern = (uint64_t)rint(ldexp(size, -step)) + ((uint64_t)(step - f->least) << f->mantissa);
	bool saturates = type == LN_F8_E4M3 || type == LN_F8_E5M2;
	if (pattern >= f->beyond)
		pattern = f->beyond - (saturates ? 1 : 0);
	return sign | (uint32_t)pattern;
}

double type_round(uint32_t type, double v)
{
	return type == LN_F64 ? v : type == LN_F32 ? (double)(float)v : type_value(type, type_pattern(type, v));
}

struct type_limits type_limits(uint32_t type)
{
	const struct format *f = format_of(type);

	if (f)
		return (struct type_limits){type_value(type, f->beyond - 1), ldexp(1, f->least), f->mantissa + 1};
	if (type == LN_F64)
		return (struct type_limits){DBL_MAX, 0x1p-1074, 53};
	return (struct type_limits){(double)FLT_MAX, 0x1p-149, 24};
}

double type_load(uint32_t type, const void *p, size_t i)
{
	if (type_size(type) == 1 && !format_of(type))
		return type == LN_I8 ? (double)((const int8_t *)p)[i] : (double)((const uint8_t *)p)[i];
	if (type_size(type) == 1)
		return type_value(type, ((const uint8_t *)p)[i]);
	if (type_size(type) == 2)
		return type_value(type, ((const uint16_t *)p)[i]);
	return type == LN_F32 ? (double)((const float *)p)[i] : ((const double *)p)[i];
}

static void store_wide(uint32_t type, void *p, size_t i, double v)
{
	static const uint32_t nan32 = 0x7fc00000;
	static const uint64_t nan64 = 0x7ff8000000000000;
	float narrow = (float)v;

	if (type == LN_F32)
		memcpy((float *)p + i, isnan(v) ? (const void *)&nan32 : (const void *)&narrow, sizeof narrow);
	else
		memcpy((double *)p + i, isnan(v) ? (const void *)&nan64 : (const void *)&v, sizeof v);
}

void type_store(uint32_t type, void *p, size_t i, double v)
{
	if (type == LN_I8)
		((int8_t *)p)[i] = (int8_t)v;
	else if (type == LN_U8)
		((uint8_t *)p)[i] = (uint8_t)v;
	else if (type_size(type) == 1)
		((uint8_t *)p)[i] = (uint8_t)type_pattern(type, v);
	else if (type_size(type) == 2)
		((uint16_t *)p)[i] = (uint16_t)type_pattern(type, v);
	else
		store_wide(type, p, i, v);
}
