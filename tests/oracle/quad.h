/*
 * quad.h - a type with 113 bits of mantissa: on x86 and POWER that is a type of its own, on most others it is long double
 *
 * 32-bit ARM has none (HAVE_QUAD is 0): what compares results with exact ones is left out there, aloud.
 */
#ifndef QUAD_H
#define QUAD_H

#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 quad;
#define HAVE_QUAD 1
#else
#include <float.h>
typedef long double quad;
#define HAVE_QUAD (LDBL_MANT_DIG == 113)
#endif

#endif
