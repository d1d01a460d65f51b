/* ln.c - the public functions: check the arguments, fetch the kernels, call */
#include "ln.h"

#include <float.h>
#include <stdbool.h>

#include "dispatch.h"

static int check_shape(size_t rows, size_t cols, size_t element_size)
{
	size_t count, bytes;

	if (cols == 0 || __builtin_mul_overflow(rows, cols, &count) || __builtin_mul_overflow(count, element_size, &bytes))
		return LN_ERR_SHAPE;
	return bytes > PTRDIFF_MAX ? LN_ERR_SHAPE : LN_OK;
}

/* NaN fails the comparison. */
static bool eps_is_valid(double eps) { return eps >= 0.0 && eps <= DBL_MAX; }

/* Do the bytes of out and in share any? An absent input overlaps nothing. */
static bool overlaps(const void *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	uintptr_t o = (uintptr_t)out, i = (uintptr_t)in;
	return in != NULL && (o < i ? i - o < out_bytes : o - i < in_bytes);
}

int ln_layernorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y)
{
	int status = check_shape(rows, cols, sizeof *x);
	if (status != LN_OK)
		return status;
	if (!eps_is_valid(eps))
		return LN_ERR_EPS;
	if (rows == 0)
		return LN_OK;
	if (x == NULL || y == NULL)
		return LN_ERR_NULL;

	size_t param_bytes = cols * sizeof *x, bytes = rows * param_bytes;
	if ((y != x && overlaps(y, bytes, x, bytes)) || overlaps(y, bytes, gamma, param_bytes) || overlaps(y, bytes, beta, param_bytes))
		return LN_ERR_OVERLAP;

	const struct kernels *kernels = ln_kernels();
	kernels->layernorm_f32(&(struct layernorm_f32_args){
		.rows = rows, .cols = cols, .x = x, .gamma = gamma, .beta = beta, .eps = eps, .y = y, .reach = ln_reach(bytes, y == x),
	});
	return LN_OK;
}

const char *ln_strerror(int status)
{
	switch (status) {
	case LN_OK: return "success";
	case LN_ERR_NULL: return "a pointer that may not be NULL is NULL";
	case LN_ERR_SHAPE: return "cols is 0, or rows * cols is too large";
	case LN_ERR_EPS: return "eps is negative, infinite or NaN";
	case LN_ERR_OVERLAP: return "the output overlaps an input in a way that is not allowed";
	case LN_ERR_UNSUPPORTED: return "no such kernels, or this CPU cannot run them";
	default: return "unknown status";
	}
}

uint32_t ln_version(void) { return LN_VERSION; }
