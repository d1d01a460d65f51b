/* desc.h - a descriptor checked and resolved: what ln_forward() is to do, without a 0 that means something else */
#ifndef LN_RESOLVED_DESC_H
#define LN_RESOLVED_DESC_H

#include "build.h"

#include <float.h>
#include <stdbool.h>

#include "ln.h"

/* A tensor of rows; strides are in bytes here. */
struct tensor {
	unsigned char *at;	/* NULL where absent */
	uint32_t type;
	size_t size;		/* of an element */
	size_t stride, head_stride;
};

/* gamma and beta: see ln_desc for which row has which set. */
struct parameters {
	const unsigned char *gamma, *beta;
	uint32_t type;
	size_t size, rows_per_set, sets, stride, cols_per_param;
};

struct request {
	uint32_t norm, flags;
	size_t rows, cols, heads;
	double eps;
	float y_scale;
	int32_t zero_point;
	struct tensor x, residual, gate, y, sum;
	struct parameters p;
	const ln_moments *moments;
	float *row_scale;
	void *mean, *rstd;	/* outputs, or inputs with LN_STATS_GIVEN */
};

/*
 * Copy a public struct of numbers that begins with its size. One of an older header is shorter, which is an error as long as there is
 * none; one of a newer header is longer, and what it has beyond ours must be 0.
 */
int ln_read_desc(const void *d, size_t struct_size, void *own, size_t own_size);

enum pass { FORWARD, BACKWARD };

/*
 * Check the numbers of d and resolve them into r, which holds the pointers already and is 0 otherwise. In the backward pass y stands
 * for dy, sum for dsum, and dx and dgate lie as x and gate do.
 */
int ln_resolve(const ln_desc *d, enum pass pass, struct request *r);

/* Check the pointers of r, a forward request. */
int ln_check_pointers(const struct request *r);

/* What the backward pass has besides a request. */
struct gradients {
	struct tensor dx, dgate;
	unsigned char *dgamma, *dbeta;
	uint32_t type;		/* of dgamma and dbeta */
	size_t size, stride;	/* of an element; from set to set, in bytes */
	unsigned char *workspace;
	size_t workspace_bytes;
};

int ln_check_gradients(const struct request *r, const struct gradients *g, size_t needed);

static inline size_t ln_least(size_t a, size_t b) { return a < b ? a : b; }

/* NaN fails the comparison. */
static inline bool ln_eps_is_valid(double eps) { return eps >= 0.0 && eps <= DBL_MAX; }

/* Do the bytes of two arrays meet? An absent one meets nothing. */
static inline bool ln_spans_meet(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
	uintptr_t left = (uintptr_t)a, right = (uintptr_t)b;
	return a != NULL && b != NULL && (left < right ? right - left < a_bytes : left - right < b_bytes);
}

size_t ln_type_size(uint32_t type);

#endif
