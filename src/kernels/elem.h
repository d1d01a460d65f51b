/* elem.h - elements of a type in and out of a vector of floats; the type is a constant wherever these are used */
#ifndef LN_ELEM_H
#define LN_ELEM_H

#include <string.h>

#include "kernels.h"
#include "vec.h"

LN_INLINE size_t elem_size(uint32_t type) { return type == LN_F32 ? sizeof(float) : sizeof(uint16_t); }

LN_INLINE const void *elem_at(const void *p, size_t i, uint32_t type) { return (const char *)p + i * elem_size(type); }

LN_INLINE void *elem_out(void *p, size_t i, uint32_t type) { return (char *)p + i * elem_size(type); }

/*
 * Ask for a line that is read later, into the second cache: the first holds little more than what is worked on. A fetch never faults,
 * so p may be past the end.
 */
LN_INLINE void fetch(const void *p) { __builtin_prefetch(p, 0, 2); }

/* The first lines of what is read next, into the first cache: few, so that nothing of use is pushed out. */
LN_INLINE void fetch_first_lines(const void *p)
{
	enum { FIRST = 8 };

	for (size_t line = 0; line < FIRST; line++)
		__builtin_prefetch((const char *)p + line * LINE_BYTES, 0, 3);
}

LN_INLINE vec elem_load(const void *p, uint32_t type)
{
	return type == LN_F32 ? vec_load(p) : type == LN_BF16 ? vec_load_bf16(p) : vec_load_f16(p);
}

LN_INLINE void elem_store(void *p, vec v, uint32_t type)
{
	if (type == LN_F32)
		vec_store(p, v);
	else if (type == LN_BF16)
		vec_store_bf16(p, v);
	else
		vec_store_f16(p, v);
}

/*
 * 2 * vec_lanes() elements in two registers: those of bf16 at even places in the first and at odd ones in the second, of other types the
 * first and the second half.
 */
LN_INLINE void elem_load_pair(const void *p, uint32_t type, vec *a, vec *b)
{
	if (type == LN_BF16) {
		vec_load_bf16_split(p, a, b);
	} else {
		*a = elem_load(p, type);
		*b = elem_load(elem_at(p, vec_lanes(), type), type);
	}
}

/* To stream, p is aligned to 2 * vec_lanes() elements. */
LN_INLINE void elem_store_pair(void *p, vec a, vec b, uint32_t type, bool stream)
{
	uint16_t *half = p;
	float *full = p;

	if (type == LN_F32 && stream) {
		vec_stream(full, a);
		vec_stream(full + vec_lanes(), b);
	} else if (type == LN_BF16 && stream) {
		vec_stream_bf16_split(half, a, b);
	} else if (type == LN_F16 && stream) {
		vec_stream_f16(half, a);
		vec_stream_f16(half + vec_lanes(), b);
	} else if (type == LN_BF16) {
		vec_store_bf16_split(half, a, b);
	} else {
		elem_store(p, a, type);
		elem_store(elem_out(p, vec_lanes(), type), b, type);
	}
}

/* Few instruction sets mask 16-bit elements, so a tail of these goes through a register's worth of memory; out of line, being rare. */
static __attribute__((noinline)) vec load_half_tail(const void *p, size_t n, uint32_t type)
{
	uint16_t part[LANES] = { 0 };

	memcpy(part, p, n * sizeof *part);
	return type == LN_BF16 ? vec_load_bf16(part) : vec_load_f16(part);
}

static __attribute__((noinline)) void store_half_tail(void *p, vec v, size_t n, uint32_t type)
{
	uint16_t part[LANES];

	if (type == LN_BF16)
		vec_store_bf16(part, v);
	else
		vec_store_f16(part, v);
	memcpy(p, part, n * sizeof *part);
}

/* The first n elements, the other lanes 0. */
LN_INLINE vec elem_load_tail(const void *p, size_t n, uint32_t type)
{
	return type == LN_F32 ? vec_load_tail(p, n) : load_half_tail(p, n, type);
}

LN_INLINE void elem_store_tail(void *p, vec v, size_t n, uint32_t type)
{
	if (type == LN_F32)
		vec_store_tail(p, v, n);
	else
		store_half_tail(p, v, n, type);
}

/* n is a constant, all lanes of a register, everywhere but in a tail. */
LN_INLINE vec elem_load_lanes(const void *p, size_t n, uint32_t type)
{
	return n == vec_lanes() ? elem_load(p, type) : elem_load_tail(p, n, type);
}

LN_INLINE void elem_store_lanes(void *p, vec v, size_t n, uint32_t type)
{
	if (n < vec_lanes())
		elem_store_tail(p, v, n, type);
	else
		elem_store(p, v, type);
}

/*
 * Of a row of n elements that are written to p, how many come before the first register that crosses no cache line: malloc puts large arrays
 * 16 bytes past one, and then every store, or every other, would cross (measured: 1.8 times the time at 128 x 768). Not of short rows.
 */
LN_INLINE size_t elem_head(const void *p, size_t n, uint32_t type)
{
	size_t lanes = vec_lanes() * sizeof(float) / elem_size(type), past = (uintptr_t)p / elem_size(type) % lanes;
	return past == 0 || n < 8 * lanes ? 0 : lanes - past;
}

/* Elements from p to the next address at which a pair may be streamed. */
LN_INLINE size_t elem_to_boundary(const void *p, uint32_t type)
{
	size_t past = (uintptr_t)p / elem_size(type) % (2 * vec_lanes());
	return past == 0 ? 0 : 2 * vec_lanes() - past;
}

#endif
