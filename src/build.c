/*
 * build.c - flags that clang tells of only by what it makes of an expression: an error as those in build.h
 *
 * Its pragmas hold for every operation but the unary minus (clang 14 to 19). So a minus that loses the sign of zero, or a NaN, gives away
 * that a flag allows it; what folds to a constant then is none otherwise. Without optimisation nothing folds, and no bit changes.
 */
#include "build.h"

#if defined(__clang__) && __has_attribute(error)
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STOPS(flag, after) \
	__attribute__((error("-f" flag " changes bits: build libln with " after " after it")))
STOPS("no-signed-zeros (also of -fassociative-math and -funsafe-math-optimizations)", "-fsigned-zeros") void ln_build_signed_zeros(void);
STOPS("no-honor-nans", "-fhonor-nans") void ln_build_honor_nans(void);

void ln_build_check(float x);

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

void ln_build_check(float x)
{
	float minus = -(0.0f - x);
	bool same = bits_of(minus) == bits_of(x), nan = minus != minus;

	if (__builtin_constant_p(same))
		ln_build_signed_zeros();
	if (__builtin_constant_p(nan))
		ln_build_honor_nans();
}
#endif
