/*
 * build.h - first in every source: the compiler leaves arithmetic alone or stops, and which kernels this build has
 *
 * The bits are part of the ABI, and whoever vendors the sources builds them with flags of his own. What a compiler tells of flags that
 * change bits is an error here; what it does not tell is switched off by the pragmas below, which hold against the command line. No file
 * needs a flag of its own. tests/flags/run.sh holds this to what compilers do.
 */
#ifndef LN_BUILD_H
#define LN_BUILD_H

#include <float.h>

#ifdef __FAST_MATH__
#error "-ffast-math (also of -Ofast) changes bits: build libln with -fno-fast-math after it"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "-ffinite-math-only breaks NaN and infinity: build libln with -fno-finite-math-only after it"
#endif
#ifdef __ASSOCIATIVE_MATH__
#error "-fassociative-math (also of -funsafe-math-optimizations) changes bits: build libln with -fno-associative-math after it"
#endif
#ifdef __RECIPROCAL_MATH__
#error "-freciprocal-math (also of -funsafe-math-optimizations) changes bits: build libln with -fno-reciprocal-math after it"
#endif
#ifdef __NO_SIGNED_ZEROS__
#error "-fno-signed-zeros changes bits: build libln with -fsigned-zeros after it"
#endif
/* 16 says that _Float16 alone is computed as itself: float and double are, too. */
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "float must be computed as float and double as double: on 32-bit x86 build libln with -msse2 -mfpmath=sse, elsewhere with -fexcess-precision=fast"
#endif
_Static_assert(sizeof 0.1 == sizeof(double), "-fsingle-precision-constant changes bits: build libln without it");

#if defined(__clang__)
#pragma float_control(precise, on)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize ("fp-contract=off", "no-math-errno")	/* sqrt is one instruction, not a call that may set errno */
#endif

/* Each is 1 where its kernels are built, and 0 where not. On x86 NEON's are there for tests alone, so a build asks for them. */
#ifndef LN_WITH_X86
#ifdef __x86_64__
#define LN_WITH_X86 1
#else
#define LN_WITH_X86 0
#endif
#endif
#ifndef LN_WITH_NEON
#ifdef __aarch64__
#define LN_WITH_NEON 1
#else
#define LN_WITH_NEON 0
#endif
#endif
/* SVE's are there where the compiler has its intrinsics without a flag, and the system says at run time whether the CPU has it. */
#ifndef LN_WITH_SVE
#if defined(__aarch64__) && defined(__linux__) && __has_include(<arm_sve.h>) && (!defined(__clang__) || __clang_major__ >= 16)
#define LN_WITH_SVE 1
#else
#define LN_WITH_SVE 0
#endif
#endif
/*
 * Two kinds of processors do without the portable kernels: the vectors of 32-bit ARM flush denormals and have no division, and where the
 * first byte is the highest a float seen as two halves has them in the other order than SSE's.
 */
#if defined(__arm__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#if LN_WITH_PORTABLE
#error "the portable kernels give other bits on this processor: build libln with LN_WITH_PORTABLE=0"
#endif
#undef LN_WITH_PORTABLE
#define LN_WITH_PORTABLE 0
#endif
#ifndef LN_WITH_PORTABLE
#if __has_include(<simde/x86/sse4.1.h>)
#define LN_WITH_PORTABLE 1
#else
#define LN_WITH_PORTABLE 0
#endif
#endif

/* What each isa_*.c compiles for its ISA: the operations; in the tests the words of its vocabulary. */
#ifndef LN_OPS
#define LN_OPS "ops.h"
#endif

#endif
