/*
 * values.c - the floats that words are tried on
 */
#include "rng.h"
#include "vocabulary.h"

#include <math.h>
#include <string.h>

uint32_t bits_of(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	return bits;
}

float of_bits(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof f);
	return f;
}

bool agree(float got, float want, bool to_the_bit)
{
	return bits_of(got) == bits_of(want) || (!to_the_bit && isnan(got) && isnan(want));
}

/* The bits of 1.5 * 2^23, the last of which counts 1; no power between two normal numbers is above 2^253. */
enum { POWER_BITS = 0x4b400000, POWER_MOST = 256 };

bool is_power(float f)
{
	return fabsf(f - of_bits(POWER_BITS)) <= POWER_MOST;
}

int power_of(float f)
{
	return (int)(f - of_bits(POWER_BITS));
}

/* Without their sign; each is tried with both. */
static const uint32_t specials[] = {
	0x00000000, 0x00000001, 0x00000002, 0x00400000, 0x007fffff,	/* zero, denormals */
	0x00800000, 0x00800001, 0x33800000, 0x3effffff, 0x3f000000,	/* least normal, 2^-24, around a half */
	0x3f000001, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000,	/* around 1; ties: 1.5, */
	0x40200000, 0x4040a000, 0x42ff0000, 0x437f8000, 0x4affffff,	/* 2.5, 127.5, 255.5; 2^23 - 0.5, */
	0x4afffffe, 0x4b000000, 0x4b000001, 0x4b7fffff, 0x4b800001,	/* 2^23 - 1, and where a float is an integer */
	0x4b3fff82, 0x4b3fffff, 0x4b400000, 0x4b400001, 0x4b40007f,	/* k + 1.5 * 2^23: k = -126, -1, 0, 1, 127 */
	0x4effffff, 0x4f000000, 0x5f000000, 0x7f7fffff, 0x7f800000,	/* 2^31, 2^63, the largest, infinity */
	0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fc00001, 0x7fffffff,	/* signalling and quiet NaN */
};

size_t special_count(void)
{
	return 2 * sizeof specials / sizeof specials[0];
}

float special_value(size_t i)
{
	return of_bits(specials[i / 2] | (uint32_t)(i % 2) << 31);
}

float any_value(uint64_t i)
{
	struct rng r = rng_make(0x766563, i);
	uint32_t bits = (uint32_t)rng_bits(&r);

	switch (rng_below(&r, 4)) {
	case 0:
		return of_bits(bits);
	case 1:
		return of_bits((bits & 0x80ffffff) | 0x3e000000 | (bits >> 7 & 0x01000000));	/* 2^-3 to 2^5 */
	case 2:
		return special_value(rng_below(&r, special_count()));
	default:
		return of_bits((uint32_t)(POWER_BITS - POWER_MOST) + bits % (2 * POWER_MOST + 1));
	}
}

/* ---- Doubles ---- */

static double wide_of_bits(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

bool agree_wide(double got, double want)
{
	return memcmp(&got, &want, sizeof got) == 0 || (isnan(got) && isnan(want));
}

/* Without their sign, as above. */
static const uint64_t wide_specials[] = {
	0x0000000000000000, 0x0000000000000001, 0x000fffffffffffff, 0x0010000000000000,	/* zero, denormals, least normal */
	0x3ca0000000000000, 0x3cafffffffffffff, 0x3ff0000000000000, 0x3ff0000000000001,	/* around a tie beside 1; around 1 */
	0x3fefffffffffffff, 0x433fffffffffffff, 0x4340000000000000, 0x4340000000000001,	/* and 2^53 */
	0x3ff0000010000000, 0x3ff0000030000000, 0x3690000000000000, 0x36b8000000000000,	/* ties between floats, denormal ones as well */
	0x47efffffe0000000, 0x47effffff0000000, 0x7fefffffffffffff, 0x7ff0000000000000,	/* the largest float, a tie with what is beyond, the largest, infinity */
	0x7ff0000000000001, 0x7ff8000000000000, 0x7fffffffffffffff,	/* signalling and quiet NaN */
};

size_t special_wide_count(void)
{
	return 2 * sizeof wide_specials / sizeof wide_specials[0];
}

double special_wide(size_t i)
{
	return wide_of_bits(wide_specials[i / 2] | (uint64_t)(i % 2) << 63);
}

double any_wide(uint64_t i)
{
	struct rng r = rng_make(0x77696465, i);
	uint64_t bits = rng_bits(&r);

	switch (rng_below(&r, 3)) {
	case 0:
		return wide_of_bits(bits);
	case 1:
		return ldexp((double)(int64_t)bits, (int)rng_below(&r, 8) - 63);
	default:
		return special_wide(rng_below(&r, special_wide_count()));
	}
}
