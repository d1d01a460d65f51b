/* kernels.h - what a set of kernels is, and what its entries take */
#ifndef LN_KERNELS_H
#define LN_KERNELS_H

#include <float.h>
#include <stddef.h>

#if FLT_EVAL_METHOD != 0 || defined(__FAST_MATH__)
#error "the bits are part of the ABI: float must be computed as float, double as double, and nothing reordered"
#endif

/* Where the data of a call are, by its size. It changes how a kernel reads and writes, and no bit. */
enum reach {
	REACH_NEAR,	/* in the caches close to the core: rows go in groups */
	REACH_FAR,	/* in the last-level cache or, in place, anywhere: row by row, and the next row is fetched ahead */
	REACH_MEMORY	/* beyond it: also write past the cache, since y would push out what is yet to be read */
};

/* The arguments of layernorm_f32, already checked: rows and cols are not 0, y is x or overlaps nothing. */
struct layernorm_f32_args {
	size_t rows, cols;
	const float *x, *gamma, *beta;	/* gamma and beta may be NULL: 1 and 0 */
	double eps;
	float *y;
	enum reach reach;
};

/* All kernels of one ISA. */
struct kernels {
	const char *name;
	void (*layernorm_f32)(const struct layernorm_f32_args *args);
};

#define LN_ISA(isa) extern const struct kernels ln_kernels_##isa;
#include "../isa.def"
#undef LN_ISA

/*
 * A row that the kernels leave aside, since its variance + eps is out of the range of float arithmetic, 0, or not finite: one
 * path in plain double, the same code and so the same bits on every ISA.
 */
void ln_extreme_row_f32(size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y);

#endif
