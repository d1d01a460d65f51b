/* desc.h - a descriptor checked and resolved: what ln_forward() is to do, without a 0 that means something else */
#ifndef LN_RESOLVED_DESC_H
#define LN_RESOLVED_DESC_H

#include "build.h"

#include <float.h>
#include <stdbool.h>

#include "fault.h"
#include "ln.h"
#include "norm.h"

/* A tensor of rows; strides are in bytes here. */
struct tensor {
	unsigned char *at;	/* NULL where absent */
	uint32_t type;
	size_t size;		/* of an element */
	size_t stride, head_stride, col_stride;
	size_t run, run_stride;	/* columns of a run, and from run to run; both 0 where there is but one run */
};

/* Do the elements of a row lie one after the other? */
static inline bool ln_is_dense(const struct tensor *t) { return t->col_stride == t->size && t->run == 0; }

/* gamma and beta: see ln_desc for which row has which set. Strides are in bytes. */
struct parameters {
	const unsigned char *gamma, *beta;
	uint32_t type;
	size_t size, rows_per_set, stride, cols_per_param;
	size_t count;		/* of a set */
	size_t sets, all_sets;	/* those that rows have; those whose gradients are written: a set without rows has a gradient of 0 */
};

/* The caller's, or NULL. */
struct threads {
	ln_parallel_for parallel_for;
	void *pool;
};

/* Row n of those that have one set, in their order: where sets do not begin again, they lie one after the other. */
static inline size_t ln_row_of_set(const struct parameters *p, size_t set, size_t n)
{
	if (p->sets == 1)
		return n;
	return (n / p->rows_per_set * p->sets + set) * p->rows_per_set + n % p->rows_per_set;
}

struct request {
	const struct norm *norm;
	uint32_t flags;
	size_t rows, cols, heads;
	size_t cols_per_run;
	size_t outer;		/* rows / heads */
	double eps;
	float y_scale;
	size_t cols_per_scale, scale_size;	/* of the scales of y's own: columns of a group; bytes */
	int32_t zero_point;
	struct tensor x, residual, gate, y, sum;
	struct parameters p;
	const ln_moments *moments;
	void *y_scales;
	void *mean, *rstd;	/* outputs, or inputs with LN_STATS_GIVEN */
	struct threads threads;
};

/*
 * Check a public struct that begins with its size, and is read where it lies. One of an older header is shorter, which is an error as long as
 * there is none; one of a newer header is longer, and what it has beyond ours must be 0.
 */
int ln_check_other_struct(const char *name, const void *s, size_t struct_size, size_t own_size, struct fault *fault);

/* Most are of this header. */
static inline int ln_check_struct(const char *name, const void *s, size_t struct_size, size_t own_size, struct fault *fault)
{
	return s != NULL && struct_size == own_size ? LN_OK : ln_check_other_struct(name, s, struct_size, own_size, fault);
}

static inline int ln_check_desc(const ln_desc *d, struct fault *fault)
{
	return ln_check_struct("the descriptor", d, d ? d->struct_size : 0, sizeof *d, fault);
}

enum pass { FORWARD, BACKWARD };

enum { GATE_FLAGS = LN_GATE_SIGMOID | LN_GATE_SELF | LN_ROUND_BEFORE_GATE | LN_GATE_BEFORE };

/*
 * Check the numbers of d and resolve them into r, which holds the pointers already and is 0 otherwise. In the backward pass y stands
 * for dy, sum for dsum, and dx and dgate lie as x and gate do.
 */
int ln_resolve(const ln_desc *d, enum pass pass, struct request *r, struct fault *fault);
int ln_check_eps(double eps, struct fault *fault);

/* All that ln_forward() checks, and what it is to do, if that is more than nothing. */
int ln_check_forward(const ln_desc *d, const ln_forward_tensors *t, struct request *r, struct fault *fault);

/* Check the pointers of r, a forward request. */
int ln_check_pointers(const struct request *r, struct fault *fault);

/* Flags of a gate that do not go together, or with what else is asked for. */
int ln_check_gate(const ln_desc *d, const struct request *r, struct fault *fault);

/* The scales of a quantised y: without LN_ROW_SCALE there are none to describe; how many there are, and of what size. */
int ln_refuse_scales(const ln_desc *d, struct fault *fault);
int ln_resolve_scales(const ln_desc *d, struct request *r, struct fault *fault);

/* A gate, of whatever kind; one between x and what is normalised; one between the norm and y. */
static inline bool ln_is_gated(const struct request *r) { return r->gate.at != NULL || (r->flags & LN_GATE_SELF); }
static inline bool ln_gates_before(const struct request *r) { return r->gate.at != NULL && (r->flags & LN_GATE_BEFORE); }
static inline bool ln_gates_after(const struct request *r) { return ln_is_gated(r) && !(r->flags & LN_GATE_BEFORE); }

/* y has scales of its own; so many of them for a row. */
static inline bool ln_scales_itself(const struct request *r) { return r->flags & LN_ROW_SCALE; }
static inline size_t ln_scales_of_row(const struct request *r) { return r->cols / r->cols_per_scale; }

/* What is normalised is not x itself. */
static inline bool ln_makes_sum(const struct request *r) { return r->residual.at != NULL || ln_gates_before(r); }

/* What the backward pass has besides a request. */
struct gradients {
	struct tensor dx, dgate;
	unsigned char *dgamma, *dbeta;
	uint32_t type;		/* of dgamma and dbeta */
	size_t size, stride;	/* of an element; from set to set, in bytes */
	unsigned char *workspace;
	size_t workspace_bytes;
};

int ln_check_gradients(const struct request *r, const struct gradients *g, size_t needed, struct fault *fault);
int ln_check_workspace(const void *workspace, size_t bytes, size_t needed, struct fault *fault);

/* The type of dgamma and dbeta. */
static inline uint32_t ln_gradient_type(uint32_t flags, uint32_t x_type, uint32_t param_type)
{
	return flags & LN_GRADS_AS_PARAMS ? param_type : x_type == LN_F64 ? LN_F64 : LN_F32;
}

static inline bool ln_totals_are_wanted(const struct gradients *g) { return g->dgamma != NULL || g->dbeta != NULL; }

/* A given mean, if the norm looks at it. */
static inline const void *ln_given_mean(const struct request *r) { return r->norm->has_mean ? r->mean : NULL; }

/* Outputs are never written through the pointers of inputs. */
static inline struct tensor ln_tensor_at(const void *p) { return (struct tensor){ .at = (unsigned char *)(uintptr_t)p }; }

size_t ln_type_size(uint32_t type);
static inline bool ln_is_quantised(uint32_t type) { return type >= LN_I8 && type <= LN_F8_E5M2; }

/* Most divisors of a call are 1, and a division takes as long as a short row. */
static inline size_t ln_quotient(size_t a, size_t b) { return b == 1 ? a : a / b; }

static inline size_t ln_least(size_t a, size_t b) { return a < b ? a : b; }

/* NaN fails the comparison. */
static inline bool ln_eps_is_valid(double eps) { return eps >= 0.0 && eps <= DBL_MAX; }

/* Do the bytes of two arrays meet? An absent one meets nothing. */
static inline bool ln_spans_meet(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
	uintptr_t left = (uintptr_t)a, right = (uintptr_t)b;
	return a != NULL && b != NULL && (left < right ? right - left < a_bytes : left - right < b_bytes);
}

#endif
