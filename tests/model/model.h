/*
 * model.h - the bit-exact reference: what every kernel of a class must compute, in plain C
 */
#ifndef MODEL_H
#define MODEL_H

#include <ln.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "norms.h"

enum arithmetic { UNFUSED, FUSED };	/* a product and a sum: rounded separately, or once */

/* The arguments of ln_forward(), threads apart. */
struct forward {
	ln_desc d;
	const void *x, *residual, *gamma, *beta, *gate;
	const ln_moments *moments;
	void *y;
	void *y_scale;
	void *sum, *mean, *rstd;
};

/* All rows of f, as ln_forward() must do them; the arguments must be valid. */
void model_forward(enum arithmetic arithmetic, const struct forward *f);

/* The moments of n elements of this type, as ln_moments_*() (or, without a mean, ln_rms_moments_*()) must give them. */
ln_moments model_moments(enum arithmetic arithmetic, uint32_t type, uint32_t norm, size_t n, const void *x);
void model_merge(ln_moments *into, const ln_moments *from);

/* A descriptor with its defaults filled in, so that no 0 stands for something else. */
ln_desc filled_in(const ln_desc *d);
/* Where element (row, 0) of a tensor is, and (row, col) of the parameters; d is filled in. */
size_t row_place(const ln_desc *d, size_t row, uint64_t stride, uint64_t head_stride);
/* How far column `col` of a row lies from column 0. */
size_t col_place(const ln_desc *d, size_t col, uint64_t col_stride, uint64_t run_stride);
size_t parameter_place(const ln_desc *d, size_t row, size_t col);
size_t parameter_count(const ln_desc *d);

/* ---- Between the files of the model ---- */

/* What one row is normalised with, in f32 or f64; x is overwritten by y in its arithmetic type. */
struct row_f32 {
	const ln_desc *d;
	const ln_moments *moments;	/* given, or NULL */
	size_t cols;
	float *x;
	const float *gamma, *beta, *gate;	/* gate may be NULL; gamma has the 1 that is added to it */
	float mean, rstd;		/* in or out */
	bool nan;			/* out: the row is NaN */
};
struct row_f64 {
	const ln_desc *d;
	const ln_moments *moments;
	size_t cols;
	double *x;
	const double *gamma, *beta;
	double mean, rstd;
	bool nan;
};
void model_row_f32(enum arithmetic arithmetic, struct row_f32 *row);
void model_row_f64(enum arithmetic arithmetic, struct row_f64 *row);
ln_moments model_moments_f32(enum arithmetic arithmetic, uint32_t norm, size_t n, const float *x);
ln_moments model_moments_f64(enum arithmetic arithmetic, uint32_t norm, size_t n, const double *x);

/* Section 5: what a row is normalised with, all NaN where the row is; the row's mean, rstd and nan are set. x of f64 is scaled by s. */
struct scaling_f32 { float s, hi, rstd, shift; double rstd64, k; };
struct scaling_f64 { double s, hi, rstd, shift, k; };
/* Section 10: k of a deviation and what stands in its place, and of a given rstd. */
double model_outside_factor(uint32_t flags, double den, double root);
double model_given_factor(const ln_desc *d, double rstd);
struct scaling_f32 model_scaling_f32(enum arithmetic arithmetic, struct row_f32 *row);
struct scaling_f64 model_scaling_f64(enum arithmetic arithmetic, struct row_f64 *row);

/* Section 12: the activations; section 6: what a gate goes through, and its derivative. */
float model_sigmoid(enum arithmetic arithmetic, float v);
float model_tanh(enum arithmetic arithmetic, float v);
float model_act(enum arithmetic arithmetic, uint32_t flags, float v);
float model_slope(enum arithmetic arithmetic, uint32_t flags, float v);
/* Section 7: the floats of a row into y, in its type, with the scales of row `row` if it has some of its own. */
void model_store_row(const ln_desc *d, size_t row, size_t cols, const float *v, void *y, size_t at, void *y_scale);

#endif
