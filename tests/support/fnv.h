/* fnv.h - FNV-1a, 64 bits, of elements: of their bytes the lowest first, whatever comes first in memory */
#ifndef FNV_H
#define FNV_H

#include "types.h"

static const uint64_t fnv_begin = 0xcbf29ce484222325;

/* `bytes` of elements of `size`, a power of two, after what h has seen. */
static inline uint64_t fnv_add(uint64_t h, const void *elements, size_t bytes, size_t size)
{
	const unsigned char *p = elements;
	size_t flip = low_byte_is_first() ? 0 : size - 1;

	for (size_t i = 0; i < bytes; i++)
		h = (h ^ p[i ^ flip]) * 0x100000001b3;
	return h;
}

#endif
