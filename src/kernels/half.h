/*
 * half.h - one bf16, f16 or 8-bit float to and from a float, in integers: where an ISA has no instruction with exactly these bits
 *
 * All round to nearest, ties to even, and keep denormals.
 */
#ifndef LN_HALF_H
#define LN_HALF_H

#include <stdint.h>
#include <string.h>

#include "vec.h"

LN_INLINE uint32_t bits_of_float(float f)
{
	uint32_t bits;
	memcpy(&bits, &f, sizeof bits);
	return bits;
}

LN_INLINE float float_of_bits(uint32_t bits)
{
	float f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

LN_INLINE float float_of_bf16(uint16_t h) { return float_of_bits((uint32_t)h << 16); }

LN_INLINE uint16_t bf16_of_float(float f)
{
	uint32_t bits = bits_of_float(f), rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
	return (uint16_t)(f == f ? rounded : 0x7fc0);
}

/*
 * The exponent's bias is moved by a product: 2^112 takes the 5-bit exponent, read as the low bits of an 8-bit one, to where it belongs,
 * and a denormal becomes normal on the way. Infinities and NaNs have the largest exponent set by hand.
 */
LN_INLINE float float_of_f16(uint16_t h)
{
	float magnitude = float_of_bits((uint32_t)(h & 0x7fff) << 13) * 0x1p112f;
	uint32_t bits = bits_of_float(magnitude);

	bits |= (h & 0x7c00) == 0x7c00 ? 0x7f800000 : 0;
	return float_of_bits(bits | (uint32_t)(h & 0x8000) << 16);
}

/*
 * To a small float with so many bits of mantissa, whose least normal is 2^least, without its sign. A magnitude is rounded by adding
 * and taking off a power of two whose last bit is the last that stays; what is left then fits and is only moved.
 */
LN_INLINE uint32_t small_of_magnitude(float magnitude, int mantissa, int least)
{
	uint32_t bits = bits_of_float(magnitude), drop = 23 - (uint32_t)mantissa;
	uint32_t normal = (bits + ((1u << (drop - 1)) - 1) + (bits >> drop & 1)) >> drop;
	float magic = float_of_bits((uint32_t)(127 + least + 23 - mantissa) << 23);
	uint32_t denormal = bits_of_float(magnitude + magic) - bits_of_float(magic);

	return bits < (uint32_t)(127 + least) << 23 ? denormal : normal - ((uint32_t)(126 + least) << mantissa);
}

LN_INLINE uint16_t f16_of_float(float f)
{
	uint32_t bits = bits_of_float(f), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
	uint32_t half = small_of_magnitude(float_of_bits(magnitude), 10, -14);

	half = magnitude >= 0x477ff000 ? 0x7c00 : half;	/* 65520, half an ulp above the largest */
	return (uint16_t)(f == f ? sign | half : 0x7e00);
}

LN_INLINE uint8_t f8_e4m3_of_float(float f)
{
	uint32_t bits = bits_of_float(f), sign = bits >> 24 & 0x80, magnitude = bits & 0x7fffffff;
	uint32_t small = small_of_magnitude(float_of_bits(magnitude), 3, -6);

	small = magnitude >= 0x43e00000 ? 0x7e : small;	/* 448 */
	return (uint8_t)(f == f ? sign | small : 0x7f);
}

LN_INLINE uint8_t f8_e5m2_of_float(float f)
{
	uint32_t bits = bits_of_float(f), sign = bits >> 24 & 0x80, magnitude = bits & 0x7fffffff;
	uint32_t small = small_of_magnitude(float_of_bits(magnitude), 2, -14);

	small = magnitude >= 0x47600000 ? 0x7b : small;	/* 57344 */
	return (uint8_t)(f == f ? sign | small : 0x7f);
}

#endif
