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
/* How many elements dgamma reaches over: with param_rows it has so many sets, also where not all of them have rows. d is as given. */
size_t gradient_count(const ln_desc *given);

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
	size_t shared, count;		/* columns that share a parameter; parameters */
	struct totals block[2];		/* where they share: what a block of rows has so far, of each parameter */
	void *columns;			/* a struct column or exact_column each, of model_lanes.h or model_pairs.h */
	struct totals total[2];
};
enum { COLUMN_BYTES = 48 };
/* The next row. */
void model_add_row_f32(enum arithmetic arithmetic, struct parameter_sums *s, const float *dn, const float *xhat);
void model_add_row_f64(enum arithmetic arithmetic, struct parameter_sums *s, const double *dn, const double *xhat);
/* Where columns share: what add() makes of columns from ... to - 1 goes to parameter k; then blocks of rows begin, and end in totals. */
typedef void (*model_share)(struct parameter_sums *s, int which, size_t k, size_t from, size_t to);
void model_share_run(struct parameter_sums *s, model_share add);
void model_begin_shared(struct parameter_sums *s);

#endif
