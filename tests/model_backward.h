/*
 * model_backward.h - the bit-exact reference of the gradients: sections 10 and 11 of docs/numerics.md in plain C
 */
#ifndef MODEL_BACKWARD_H
#define MODEL_BACKWARD_H

#include "model.h"

/* The arguments of ln_backward(), workspace and threads apart. */
struct backward {
	ln_desc d;
	const void *x, *dy, *dsum, *gamma, *beta, *gate, *mean, *rstd;
	void *dx, *dgamma, *dbeta, *dgate;
};

/* T of each parameter and, for f64, TE: what a workspace holds for LN_RUNNING. */
struct totals { double *t, *e; };

/*
 * All rows of b, as ln_backward() must do them; the arguments must be valid. With LN_RUNNING, running holds the totals of
 * dgamma and of dbeta over the calls so far; otherwise it is NULL.
 */
void model_backward(enum arithmetic arithmetic, const struct backward *b, struct totals running[2]);

/* The type of dgamma and dbeta; d is filled in. */
uint32_t gradient_type(const ln_desc *d);

/* ---- Between the files of the model ---- */

/* A row's inputs and results; gate and dsum may be NULL, and then dgate is not computed. gamma has the 1 that is added to it. */
struct gradient_f32 {
	const ln_desc *d;	/* with LN_STATS_GIVEN where mean and rstd are given */
	size_t cols;
	float *x;		/* may be overwritten */
	const float *dy, *dsum, *gamma, *beta, *gate;
	float mean, rstd;
	float *xhat, *dn, *dx, *dgate;
};
struct gradient_f64 {
	const ln_desc *d;
	size_t cols;
	double *x;
	const double *dy, *dsum, *gamma;
	double mean, rstd;
	double *xhat, *dn, *dx;
};
void model_gradient_f32(enum arithmetic arithmetic, struct gradient_f32 *row);
void model_gradient_f64(enum arithmetic arithmetic, struct gradient_f64 *row);

/* The sums over the rows of a set of parameters: of each column those of a four and of a block, and the totals of dgamma and dbeta. */
struct parameter_sums {
	bool is_f64;
	size_t cols, rows, done;	/* rows of the set, and how many of them have been added */
	void *columns;			/* a struct column or exact_column each, of model_lanes.h or model_pairs.h */
	struct totals total[2];
};
enum { COLUMN_BYTES = 48 };
/* The next row. */
void model_add_row_f32(enum arithmetic arithmetic, struct parameter_sums *s, const float *dn, const float *xhat);
void model_add_row_f64(enum arithmetic arithmetic, struct parameter_sums *s, const double *dn, const double *xhat);
/* What the formula of dx has before its last average. */

#endif
