/*
 * narrow.c - floats as bf16 and f16, to see what kernels do by their bits
 */
#include "narrow.h"

#include <ln.h>
#include <math.h>

/* What the two types have of each; bias is that of the exponent. */
struct format {
	int mantissa, bias;
	uint16_t infinity, nan;
};

static struct format format_of(uint32_t type)
{
	if (type == LN_BF16)
		return (struct format){.mantissa = 7, .bias = 127, .infinity = 0x7f80, .nan = 0x7fc0};
	return (struct format){.mantissa = 10, .bias = 15, .infinity = 0x7c00, .nan = 0x7e00};
}

/*
 * The distance between two neighbours of a magnitude is a power of two, and dividing by it is exact, so rint() does the rounding.
 * In the count of neighbours from 0 on, which is the bits, normal numbers of exponent e begin at (e - smallest) << mantissa.
 */
uint16_t narrow(uint32_t type, float value)
{
	struct format f = format_of(type);
	int exponent, smallest = 1 - f.bias;
	uint16_t sign = signbit(value) ? 0x8000 : 0;

	if (isnan(value))
		return f.nan;
	if (isinf(value))
		return sign | f.infinity;
	double magnitude = fabs((double)value);
	frexp(magnitude, &exponent);
	exponent = magnitude == 0 || exponent - 1 < smallest ? smallest : exponent - 1;
	double neighbours = rint(ldexp(magnitude, f.mantissa - exponent)) + ldexp(exponent - smallest, f.mantissa);
	return sign | (neighbours > f.infinity ? f.infinity : (uint16_t)neighbours);
}

float widen(uint32_t type, uint16_t bits)
{
	struct format f = format_of(type);
	int exponent = (bits & 0x7fff) >> f.mantissa, fraction = bits & ((1 << f.mantissa) - 1);
	double magnitude;

	if ((bits & 0x7fff) > f.infinity)
		return NAN;
	if ((bits & 0x7fff) == f.infinity)
		magnitude = INFINITY;
	else if (exponent == 0)
		magnitude = ldexp(fraction, 1 - f.bias - f.mantissa);
	else
		magnitude = ldexp(fraction + (1 << f.mantissa), exponent - f.bias - f.mantissa);
	return (float)(bits & 0x8000 ? -magnitude : magnitude);
}
