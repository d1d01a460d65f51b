/*
 * pairs.c - elements in memory and the floats that they are loaded as, or are stored from, by the definitions of the formats
 */
#include "pairs.h"

#include "lntest.h"
#include "types.h"
#include "vocabulary.h"

#include <math.h>
#include <stdlib.h>

enum { HALVES = 65536, NEAR = 6, OTHERS = 3 * HALVES };

/* A bf16, half-way to the next, and what lies closest to both. */
static float near_bf16(uint32_t half, size_t which)
{
	static const uint32_t low[NEAR] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};

	return of_bits(half << 16 | low[which]);
}

/* As of a bf16; 2^16 comes after the largest f16. A NaN has bits that f16 has and bits that it lacks. */
static float near_f16(uint32_t half, size_t which)
{
	uint32_t sign = (half & 0x8000) << 16, size = half & 0x7fff;
	float f = (float)type_value(LN_F16, size), next = size == 0x7bff ? 0x1p16f : (float)type_value(LN_F16, size + 1);
	float tie = f + (next - f) / 2;
	const float near[NEAR] = {f, nextafterf(f, INFINITY), nextafterf(tie, 0), tie, nextafterf(tie, INFINITY), nextafterf(next, 0)};

	if (isnan(f))
		return of_bits(sign | 0x7f800000 | (half & 0x3ff) << 13 | (uint32_t)which);
	return of_bits(sign | bits_of(isinf(f) ? f : near[which]));
}

/* As of a bf16, as long as it is rounded to one of `least` ... `most`; otherwise -0. */
static float near_integer(int integer, size_t which, int least, int most)
{
	float f = (float)integer, tie = f + 0.5f;
	const float near[NEAR] = {f, nextafterf(f, INFINITY), nextafterf(tie, -INFINITY), tie, nextafterf(tie, INFINITY),
				  nextafterf(f, -INFINITY)};

	return rintf(near[which]) < (float)least || rintf(near[which]) > (float)most ? -0.0f : near[which];
}

/* From 129.5 below zero to 255.5; both 8-bit types begin at -128, since a byte is the low one of an integer. */
enum { BELOW = 129, INTEGERS = BELOW + 256 };

static size_t stored_count(uint32_t type)
{
	if (type == LN_F32)
		return special_count() + HALVES;
	return type == LN_I8 || type == LN_U8 ? NEAR * INTEGERS : NEAR * HALVES + OTHERS;
}

static float stored_value(uint32_t type, size_t i)
{
	if (type == LN_I8 || type == LN_U8)
		return near_integer((int)(i / NEAR) - BELOW, i % NEAR, -128, type == LN_I8 ? 127 : 255);
	if (type == LN_F32)
		return i < special_count() ? special_value(i) : any_value(i);
	if (i >= NEAR * HALVES)
		return any_value(i);
	return (type == LN_BF16 ? near_bf16 : near_f16)((uint32_t)(i / NEAR), i % NEAR);
}

static uint32_t stored(uint32_t type, float f)
{
	if (type == LN_I8 || type == LN_U8)
		return (uint8_t)(int)rintf(f);
	return type == LN_F32 ? bits_of(f) : type_pattern(type, (double)f);
}

static struct pairs pairs_make(size_t count)
{
	struct pairs p = {count, malloc(count * sizeof *p.element), malloc(count * sizeof *p.f)};

	ck_assert_ptr_nonnull(p.element);
	ck_assert_ptr_nonnull(p.f);
	return p;
}

void pairs_free(struct pairs *p)
{
	free(p->element);
	free(p->f);
}

struct pairs pairs_stored(uint32_t type)
{
	struct pairs p = pairs_make(stored_count(type));

	for (size_t i = 0; i < p.count; i++) {
		p.f[i] = stored_value(type, i);
		p.element[i] = stored(type, p.f[i]);
	}
	return p;
}

struct pairs pairs_loaded(uint32_t type)
{
	struct pairs p;

	if (type == LN_F32)
		return pairs_stored(type);
	p = pairs_make(HALVES);
	for (uint32_t i = 0; i < HALVES; i++) {
		p.element[i] = i;
		p.f[i] = type == LN_BF16 ? of_bits(i << 16) : (float)type_value(type, i);
	}
	return p;
}
