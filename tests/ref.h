/*
 * ref.h - the oracle: layer normalisation computed from its definition in 113-bit arithmetic, and the error of a float result
 */
#ifndef REF_H
#define REF_H

#include <stddef.h>

/* A type with 113 bits of mantissa: on x86 that is a type of its own, on AArch64 it is long double. */
#if defined(__x86_64__) || defined(__i386__)
__extension__ typedef __float128 quad;
#else
#include <float.h>
_Static_assert(LDBL_MANT_DIG == 113, "the oracle needs long double to be IEEE binary128");
typedef long double quad;
#endif

struct ref_stats { quad mean, var, rstd; };	/* var is the population variance, without eps */

/*
 * One exact output. The exact y is kept as the unevaluated sum hi + lo of two doubles (106 bits), so that comparing a float with
 * it costs a double's time and loses nothing that matters; unit is what errors are measured in: u (|gamma| max(1, |xhat|) +
 * |beta|).
 */
struct ref_value { double hi, lo, unit; };

/* The worst error of a row in units: raw, and with one final rounding into float forgiven; and where. */
struct ref_error { double raw, rounded; size_t col; };

struct ref_stats ref_statistics(size_t cols, const float *x, double eps);

/* gamma NULL means 1, beta NULL means 0; every input must be finite. */
void ref_layernorm(size_t cols, const float *x, const float *gamma, const float *beta, double eps, struct ref_value *exact);

/* Infinity where the row holds a NaN, or is wrong where the unit is 0. */
struct ref_error ref_compare(size_t cols, const struct ref_value *exact, const float *y);

#endif
