/* kernels.h - what a set of kernels is, and what its entries take */
#ifndef LN_KERNELS_H
#define LN_KERNELS_H

#include "build.h"

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "ln.h"

enum {
	GROUP = 8,	/* the most rows that go side by side */
	LONG_GROUP = 4,	/* of rows that are long */
	ACROSS_ROWS = 64,	/* the most rows of a tile whose y is turned as it is made */
	LINE_BYTES = 64,	/* of a cache line */
	BLOCK = LN_BLOCK,	/* elements that become one set of moments; also what a tile holds */
	TYPES = LN_F8_E5M2 + 1	/* arrays are indexed by LN_F32 ... LN_F8_E5M2 */
};

/* What of a norm is compiled apart, and arrays are indexed by: does it subtract the mean? */
enum { NO_MEAN, HAS_MEAN, MEANS };

/* What a gate goes through: v * sigmoid(v), or sigmoid(v). */
enum activation { SILU, SIGMOID, ACTIVATIONS };

/* So many times v in an initialiser, where ISO C has no ranges. */
#define LN_TIMES_8(v) v, v, v, v, v, v, v, v
#define LN_TIMES_32(v) LN_TIMES_8(v), LN_TIMES_8(v), LN_TIMES_8(v), LN_TIMES_8(v)

/* Where the data of a call are, by its size. It changes how a kernel reads and writes, and no bit. */
enum reach {
	REACH_NEAR,	/* in the caches close to the core: rows go in groups */
	REACH_FAR,	/* well inside the last-level cache or, in place, anywhere: row by row, and the next row is fetched ahead */
	REACH_MEMORY	/* beyond that: also write past the cache, since y would push out what is yet to be read */
};

struct kernels;

/*
 * A plain call: contiguous rows, x, y and the parameters of one type. Already checked: rows and cols are not 0, y is x or overlaps
 * nothing.
 */
struct plain {
	size_t rows, cols;
	const void *x, *gamma, *beta;	/* gamma and beta may be NULL: 1 and 0 */
	double eps, divisor;	/* of the sum of squares */
	void *y;
	float *mean, *rstd;	/* of each row; NULL where not wanted */
	enum reach reach;
	uint32_t norm, type;	/* which norm: for `apart` alone */
	const struct kernels *kernels;	/* those that run it */
	void (*apart)(const struct plain *p, size_t row);	/* normalises a row that floats cannot hold without a scale: the general pipeline's */
};

/* What normalises a row: (x * s - hi) * rstd + shift, docs/numerics.md section 5; in the f32 family each is a float's value. */
struct row_scale {
	double s, hi, rstd, shift;
	bool computed;	/* from the row itself: what is normalised is finite. Otherwise a NaN may come of an infinity */
};

/* How a tile of floats becomes elements of a type. */
struct encoding {
	float scale, inverse;		/* quantised types: what is divided by, or multiplied by where that is not 0 */
	float zero_point, least, most;	/* I8, U8 */
	bool stream;			/* write past the cache: F32, BF16, F16, and I8 by the row's own scale */
};

enum {
	RUN_ROWS = 4,	/* whose gradients of the parameters are summed in one chain of floats */
	PASS_ROWS = 2,	/* of which so many go at a time */
	ROOM = 16	/* lanes of the widest register */
};

/*
 * The sums over a run of rows of up to BLOCK columns, dy * xhat and dy; a register may end past the last column. They lie about half of
 * 4096 bytes apart: a load waits for an earlier store whose address ends in the same twelve bits.
 */
struct column_run {
	_Alignas(LINE_BYTES) float p[BLOCK + ROOM], unused[BLOCK / 2], b[BLOCK + ROOM];
};

/* n columns of up to RUN_ROWS rows in the backward pass: docs/numerics.md sections 10 and 11. */
struct gradient_rows {
	uint32_t type;	/* of x, dn and dx: BF16, or F32, or F64 in the stages of doubles */
	size_t n, rows;
	const void *x[RUN_ROWS], *dn[RUN_ROWS];
	size_t x_ahead, dn_ahead;	/* bytes to the rows that come next: fetched unless all is near */
	void *dx[RUN_ROWS];			/* NULL where not wanted */
	struct row_scale scale[RUN_ROWS];
	double a1[RUN_ROWS], a2[RUN_ROWS];
	const void *gamma;			/* may be NULL */
	double *dgamma, *dbeta;			/* the sums of this block of rows, added to; NULL where not wanted */
	struct column_run *run;			/* of the rows before these, if they are of the run */
	size_t at_row;				/* how many these are */
	bool ends;				/* the run */
	bool begins;				/* the sums begin with this run: what is there is not looked at */
	double *dgamma_error, *dbeta_error;	/* of rows of doubles: what the sums have lost */
	enum reach reach;			/* REACH_NEAR too where x or dn is a tile */
};

/* The sums of a row that dx needs: of g and of g * xhat; for rows of doubles with what they have lost. */
struct gradient_sums {
	double g, g_lo, gx, gx_lo;
};

/*
 * The stages of the general pipelines (src/forward/forward.c, src/backward/backward.c), each on elements of one row: at most BLOCK, but for add and
 * gradient_total. `real` is float or double.
 */
struct stages {
	size_t size;	/* of a real */
	void (*moments[MEANS])(size_t n, const void *x, double s, ln_moments *m);	/* of x * s; for floats s is 1 */
	void (*add)(size_t n, const void *a, const void *b, void *sum, bool fetch);	/* what comes after a and b */
	void (*normalise)(size_t n, const void *x, const struct row_scale *scale, const void *gamma, const void *beta, void *y, bool stream);
	/* the scales of up to RUN_ROWS rows, `stride` elements of F32 or BF16 apart; false if one is not ordinary. eps is inside the root; NULL for doubles */
	bool (*gradient_scales[MEANS])(uint32_t type, size_t rows, size_t cols, const void *x, size_t stride, double divisor, double eps,
				       struct row_scale *scale);
	void (*gradient_sums)(const struct gradient_rows *a, struct gradient_sums *sums);	/* of each row; adds to dgamma and dbeta */
	void (*gradient_rows)(const struct gradient_rows *a);	/* dx, from a1 and a2 */
	void (*gradient_total)(size_t n, const double *sums, const double *errors, double *t, double *e);	/* t + e += sums + errors */
};

/* Columns of a row that floats hold without a scale, and what norms them: ((x - hi) * rstd + shift) * gamma. */
struct normed {
	const float *x, *gamma;
	float hi, rstd, shift;
};

/* n columns of one row of a step of a recurrent cell: docs/numerics.md sections 13 and 14. Each stage looks at what it needs. */
struct cell_columns {
	size_t n;
	struct normed h, x;		/* of wh and wx; an output's norm is h alone */
	const float *beta, *beta_h;	/* of the sum; of h alone, in a candidate of a GRU */
	const float *first, *second;	/* activated gates: f and i, o, or z and r */
	const float *prev;		/* the state before: c of an LSTM, h of a GRU */
	float *y;			/* the activated gate, or the new state */
	const float *dy, *dy_too;	/* at h; at c, what its norm sends and what was given */
	float *dfirst, *dsecond, *dh, *dx;	/* at the two gates; at h's norm and at x's before the activation */
	float *dprev;			/* may be NULL */
};

/* The stages of a recurrent cell, on the columns of one row. */
struct cell_stages {
	void (*sigmoid)(size_t n, const float *x, float *y);
	void (*tanh)(size_t n, const float *x, float *y);
	bool (*norm)(size_t n, const float *x, double eps, struct normed *to);	/* false: floats do not hold it without a scale */
	void (*gate)(const struct cell_columns *a);		/* y = sigmoid(norm of h + norm of x) */
	void (*output)(const struct cell_columns *a);		/* y = first * tanh(norm of h) */
	void (*lstm_state)(const struct cell_columns *a);	/* y = first * prev + second * tanh(norm of h + norm of x) */
	void (*gru_state)(const struct cell_columns *a);	/* y = prev + first * (tanh(norm of x + second * norm of h) - prev) */
	void (*output_gradient)(const struct cell_columns *a);
	void (*lstm_gradient)(const struct cell_columns *a);
	void (*gru_gradient)(const struct cell_columns *a);
};

/*
 * A matrix that is turned: to[c * to_stride + r] = from[r * from_stride + c]; they have nothing in common. A matrix that comes later is fetched
 * meanwhile: as many lines as there are rows are more than a CPU finds by itself.
 */
struct turn {
	size_t rows, cols;
	const float *from;
	float *to;
	size_t from_stride, to_stride;
	const float *later;	/* of from_stride; NULL where nothing is to be fetched */
};

/* All kernels of one ISA. */
struct kernels {
	const char *name;
	void (*plain[MEANS][TYPES])(const struct plain *p);	/* for F32, BF16, F16 */
	/*
	 * of F32, y's rows side by side and its columns y_stride apart; false if nothing was written: rows or parameters are not ordinary, or few.
	 * What is written later at `later`, which may be NULL, is fetched meanwhile
	 */
	bool (*across[MEANS])(const struct plain *p, size_t y_stride, const float *later);
	struct stages f32, f64;
	void (*read[TYPES])(size_t n, const void *from, float *to);	/* for BF16, F16 */
	void (*write[TYPES])(size_t n, const float *from, const struct encoding *e, void *to);	/* for all but F64 */
	void (*transpose)(const struct turn *t);
	void (*affine)(size_t n, const float *t, const float *gamma, const float *beta, float *y);	/* gamma and beta may be NULL */
	void (*gate[ACTIVATIONS])(size_t n, const float *g, float *y);	/* y *= act(g) */
	void (*product[ACTIVATIONS])(size_t n, const float *x, const float *g, float *s);	/* s = x * act(g), a NaN the quiet one; s may be x */
	void (*activate[ACTIVATIONS])(size_t n, float *y);	/* y = act(y) */
	void (*gradient_gate[ACTIVATIONS])(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta,
					   const float *gate, const float *dy, float *dn, float *dgate);
	void (*gradient_activate[ACTIVATIONS])(size_t n, const float *x, const struct row_scale *scale, const float *gamma, const float *beta,
					       const float *dy, float *dn);	/* dn = dy * act'(the norm) */
	void (*gradient_product[ACTIVATIONS])(size_t n, const float *x, const float *gate, const float *ds, float *dx, float *dgate);
	void (*narrow)(size_t n, const double *from, float *to);
	struct cell_stages cell;
	float (*largest)(size_t n, const float *y);	/* of |y|; a NaN if there is one */
	void (*stream_end)(void);	/* orders streamed stores before everything that follows */
	bool (*exact)(void);		/* the compiler has left its arithmetic alone */
};

#define LN_ISA(isa) extern const struct kernels ln_kernels_##isa;
#include "isa.def"
#undef LN_ISA

#endif
