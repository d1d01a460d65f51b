/*
 * immintrin.h - the compiler's header with AVX-512 emulated: put before it on the include path of src/kernels/isa_avx512.c alone, it lets
 * the AVX-512 kernels run on any CPU that has AVX2, FMA and F16C (the preset `avx512-emulated`)
 *
 * Written from the definitions in Intel's manual, not from the kernels. A register of 512 bits is a pair of AVX2's. Where AVX2 has the same
 * instruction for 256 bits, and 128-bit lanes do not meet, each half goes through it, so rounding, NaN, the modes of MXCSR and fused
 * multiplication are the hardware's; everything else is a loop over elements. A masked load or store touches no byte that is masked off,
 * an aligned one traps where the hardware faults. Not emulated: the suppression of exception flags.
 *
 * To add an intrinsic: its name in the list at the top of a file, its definition below that. One that is not here does not compile: the
 * compiler's own needs -mavx512*, and registers of another type.
 */
#ifndef LN_EMULATED_IMMINTRIN_H
#define LN_EMULATED_IMMINTRIN_H

#include_next <immintrin.h>

#include <stdint.h>

#ifdef __AVX512F__
#error "the emulation of AVX-512 is for files that are compiled without it"
#endif

typedef struct { __m256 low, high; } emulated_m512;
typedef struct { __m256d low, high; } emulated_m512d;
typedef struct { __m256i low, high; } emulated_m512i;
#define __m512 emulated_m512
#define __m512d emulated_m512d
#define __m512i emulated_m512i

/* The elements of a register of 512 bits, of 256 in the lower half. Element 0 is the lowest. */
union emulated_lanes {
	__m512 ps;
	__m512d pd;
	__m512i si;
	__m256 ps256;
	__m256d pd256;
	__m256i si256;
	__m128 quarter_ps[4];
	__m128d quarter_pd[4];
	__m128i quarter_si[4];
	float f32[16];
	double f64[8];
	int8_t i8[64];
	int16_t i16[32];
	int32_t i32[16];
	uint8_t u8[64];
	uint16_t u16[32];
	uint32_t u32[16];
	uint64_t u64[8];
};

#define EMULATED static inline __attribute__((always_inline, unused))
#define EMULATED_LANES(count) for (unsigned lane = 0; lane < (count); lane++)
#define EMULATED_BIT(mask, bit) (((uint64_t)(mask) >> (bit)) & 1)

#include "avx512/registers.h"
#include "avx512/memory.h"
#include "avx512/floats.h"
#include "avx512/integers.h"
#include "avx512/masks.h"
#include "avx512/conversions.h"
#include "avx512/shuffles.h"

#endif
