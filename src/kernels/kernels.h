/* kernels.h - what a set of kernels is, and what its entries take */
#ifndef LN_KERNELS_H
#define LN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* The arguments of layernorm_f32, already checked: rows and cols are not 0, y is x or overlaps nothing. */
struct layernorm_f32_args {
	size_t rows, cols;
	const float *x, *gamma, *beta;	/* gamma and beta may be NULL: 1 and 0 */
	double eps;
	float *y;
	bool stream;			/* write y past the cache; changes no bit */
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
