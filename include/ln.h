/*
 * ln.h - libln: Layer Normalization of rows on every CPU, with the same bits everywhere
 *
 * This header is the whole public interface: C99 or C++11, no other header of the library is needed.
 *
 *	#include <ln.h>
 *	int status = ln_layernorm_f32(rows, cols, x, gamma, beta, 1e-5, y);
 *	if (status != LN_OK)
 *		fprintf(stderr, "layer norm: %s\n", ln_strerror(status));
 *
 * Conventions, for every function here:
 *   Sizes     rows and cols count elements, never bytes. A matrix is row-major and contiguous: element (r, c) is p[r*cols + c].
 *   Pointers  the alignment of the element type is enough. Nothing is kept after the call returns.
 *   Errors    LN_OK (0) or a negative LN_ERR_* value. On an error nothing has been written. Arguments are checked in the order
 *             shape, eps, NULL, overlap, and the first fault is the one returned; with rows == 0 and a valid shape and eps
 *             there is nothing to do, pointers are not looked at, and the result is LN_OK.
 *   Threads   every function may be called from any thread at any time. There are no locks, no allocation, no output, and no
 *             state but the choice of kernels. Only that choice, at the first call and in ln_set_isa() and ln_isa_name(), asks the
 *             CPU, libcpuinfo (which allocates once) and the environment: make it before the process is locked down, and not
 *             while another thread calls setenv().
 *   Rounding  results are those of the default floating-point environment: round to nearest, denormals kept. The library never
 *             changes that environment; a caller who has changed it (FTZ, DAZ, a rounding mode) gets results computed in it.
 *             Arithmetic raises exception flags as it goes; a caller who unmasks them as traps should mask them around a call.
 *
 * The same bits. An output row depends on that row, the parameters and the arguments, and on nothing else: not on the number of
 * rows, the place of the row, alignment, the thread, or the machine. Kernels fall in two arithmetic classes, and all kernels of a
 * class give the same bits: `fused` (avx2, avx512, neon) rounds a product and a sum once, `unfused` (scalar, portable, sse41)
 * rounds them separately. The classes differ by that rounding only. The bits are part of the ABI: they change only with a
 * new major version.
 */
#ifndef LN_H
#define LN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the library exports; everything else in it is hidden. */
#if defined(__GNUC__)
#define LN_API __attribute__((visibility("default")))
#else
#define LN_API
#endif

/* The version of this header; ln_version() is that of the library in use. Both are 0x00XXYYZZ. */
#define LN_VERSION_MAJOR 0
#define LN_VERSION_MINOR 1
#define LN_VERSION_PATCH 0
#define LN_VERSION (LN_VERSION_MAJOR * 0x10000 + LN_VERSION_MINOR * 0x100 + LN_VERSION_PATCH)

/* What a function returns. The values are never renumbered. */
#define LN_OK 0
#define LN_ERR_NULL (-1)	/* a pointer that may not be NULL is */
#define LN_ERR_SHAPE (-2)	/* cols is 0, or rows * cols elements take more than PTRDIFF_MAX bytes */
#define LN_ERR_EPS (-3)		/* eps is negative, infinite or NaN */
#define LN_ERR_OVERLAP (-4)	/* an output overlaps an input in a way that is not allowed */
#define LN_ERR_UNSUPPORTED (-5)	/* no such kernels, or this CPU cannot run them */

/*
 * ln_layernorm_f32() - normalise each row of x, then scale and shift it:
 *	y[r][c] = (x[r][c] - mean[r]) * rstd[r] * gamma[c] + beta[c]
 *	mean[r] = sum over c of x[r][c] / cols
 *	var[r]  = sum over c of (x[r][c] - mean[r])^2 / cols		(population variance)
 *	rstd[r] = 1 / sqrt(var[r] + eps), or 0 where var[r] + eps is 0
 *
 * Shapes    x, y: rows x cols, contiguous; gamma, beta: cols
 * Units     eps is added to the variance, so it has the unit of x squared; any finite value >= 0
 * NULL      gamma NULL means 1 and beta NULL means 0, with the bits of passing ones and zeros; x and y may not be NULL
 * Overlap   y may be x (in place); any other overlap of y with x, gamma or beta is LN_ERR_OVERLAP
 * Accuracy  for every finite row, with xhat the exact normalised value and u = 2^-24:
 *	|y - (gamma * xhat + beta)| <= 8 u (|gamma| max(1, |xhat|) + |beta|), plus one rounding to float;
 *	that is measured on hostile rows of every kind; docs/numerics.md says what can be proved. It holds where gamma and beta
 *	are finite and gamma * xhat does not overflow a float
 * Special   with finite gamma and beta a finite row never gives NaN; a constant row, and a row of one column, gives the value of
 *	beta exactly (a beta of -0 comes out as +0); NaN or an infinity in a row makes every element of that row the quiet NaN
 *	0x7fc00000, whatever gamma and beta, and touches no other row
 * Bits      the same for this row in any batch, at any address, on any thread, on every kernel of its class
 * Threads   safe; rows may be divided among threads in any way
 * Returns   LN_OK, LN_ERR_SHAPE, LN_ERR_EPS, LN_ERR_NULL, LN_ERR_OVERLAP; on an error nothing is written
 * Source    Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 3 and 4; Welford 1962; Chan, Golub, LeVeque 1983
 */
LN_API int ln_layernorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y);

/*
 * ln_isa() - the name of the kernels in use: "scalar", "portable", "sse41", "avx2", "avx512" or "neon"
 *
 * They are chosen at the first call of ln_layernorm_f32(), ln_isa() or ln_set_isa(): the best that this CPU and operating system can run, or those named by
 * the environment variable LN_ISA. A name that is unknown or cannot run here is ignored, and so is the variable in a
 * set-user-ID program.
 * Returns   a string that lives as long as the library; never NULL
 */
LN_API const char *ln_isa(void);

/*
 * ln_set_isa() - use the kernels of this name from now on, in the whole process
 *
 * NULL      choose again as at the first call: LN_ISA if it names usable kernels, otherwise the best
 * Threads   safe; a call that is under way in another thread finishes with the kernels it began with
 * Returns   LN_OK, or LN_ERR_UNSUPPORTED if the name is unknown or this CPU cannot run them: then the choice is unchanged
 */
LN_API int ln_set_isa(const char *name);

/*
 * ln_isa_name() - the kernels that this CPU can run, from the worst (index 0) to the best
 *
 * Returns   a name that ln_set_isa() takes, or NULL past the end; the string lives as long as the library
 */
LN_API const char *ln_isa_name(size_t index);

/*
 * ln_strerror() - what a status means, as one English clause without a full stop
 *
 * Returns   a string that lives as long as the library; never NULL, whatever the status
 */
LN_API const char *ln_strerror(int status);

/*
 * ln_version() - the version of the library in use: 0x00XXYYZZ for XX.YY.ZZ; compare it with LN_VERSION
 */
LN_API uint32_t ln_version(void);

#ifdef __cplusplus
}
#endif

#endif
