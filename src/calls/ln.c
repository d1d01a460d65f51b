/* ln.c - the public functions: check the arguments, fetch the kernels, call */
#include "ln.h"

#include <string.h>

#include "dispatch/dispatch.h"
#include "forward/forward.h"

/* Contiguous rows of one type. In line, since a call on one short row should cost little more than the row. */
static inline int check_plain(size_t rows, size_t cols, size_t size, double eps, const void *x, const void *gamma, const void *beta,
			      const void *y)
{
	size_t row, bytes;

	if (cols == 0 || __builtin_mul_overflow(cols, size, &row) || __builtin_mul_overflow(rows, row, &bytes) || row > PTRDIFF_MAX ||
	    bytes > PTRDIFF_MAX)
		return LN_ERR_SHAPE;
	if (!ln_eps_is_valid(eps))
		return LN_ERR_EPS;
	if (rows == 0)
		return LN_OK;
	if (x == NULL || y == NULL)
		return LN_ERR_NULL;
	bool meet = (y != x && ln_spans_meet(y, bytes, x, bytes)) || ln_spans_meet(y, bytes, gamma, row) || ln_spans_meet(y, bytes, beta, row);
	return meet ? LN_ERR_OVERLAP : LN_OK;
}

/* What check_plain() has passed, and is not empty. */
static void run_plain(const struct norm *norm, uint32_t type, size_t size, size_t rows, size_t cols, const void *x, const void *gamma,
		      const void *beta, double eps, void *y)
{
	const struct kernels *kernels = ln_kernels();

	kernels->plain[norm->has_mean][type](&(struct plain){
		.kernels = kernels, .apart = ln_row_apart, .rows = rows, .cols = cols, .x = x, .gamma = gamma, .beta = beta, .eps = eps,
		.divisor = ln_divisor(norm, (double)cols), .y = y,
		.reach = ln_reach((y == x ? 1 : 2) * rows * cols * size, y == x), .norm = norm->number, .type = type,
	});
}

/* The calls for contiguous rows of one type. */
static int short_call(const struct norm *norm, uint32_t type, size_t size, size_t rows, size_t cols, const void *x, const void *gamma,
		      const void *beta, double eps, void *y)
{
	int status = check_plain(rows, cols, size, eps, x, gamma, beta, y);

	if (status == LN_OK && rows > 0)
		run_plain(norm, type, size, rows, cols, x, gamma, beta, eps, y);
	return status;
}

/* Doubles have no short way. */
static int f64_call(uint32_t norm, size_t rows, size_t cols, const void *x, const void *gamma, const void *beta, double eps, void *y)
{
	const ln_desc d = { .struct_size = sizeof d, .norm = norm, .x_type = LN_F64, .rows = rows, .cols = cols, .eps = eps };
	const ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = gamma, .beta = beta, .y = y };
	int status = check_plain(rows, cols, sizeof(double), eps, x, gamma, beta, y);

	return status != LN_OK || rows == 0 ? status : ln_forward(&d, &t);
}

int ln_layernorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y)
{
	return short_call(ln_norm(LN_LAYERNORM), LN_F32, sizeof *x, rows, cols, x, gamma, beta, eps, y);
}

int ln_layernorm_f64(size_t rows, size_t cols, const double *x, const double *gamma, const double *beta, double eps, double *y)
{
	return f64_call(LN_LAYERNORM, rows, cols, x, gamma, beta, eps, y);
}

int ln_layernorm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, double eps, uint16_t *y)
{
	return short_call(ln_norm(LN_LAYERNORM), LN_BF16, sizeof *x, rows, cols, x, gamma, beta, eps, y);
}

int ln_layernorm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, double eps, uint16_t *y)
{
	return short_call(ln_norm(LN_LAYERNORM), LN_F16, sizeof *x, rows, cols, x, gamma, beta, eps, y);
}

int ln_rmsnorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y)
{
	return short_call(ln_norm(LN_RMSNORM), LN_F32, sizeof *x, rows, cols, x, gamma, NULL, eps, y);
}

int ln_rmsnorm_f64(size_t rows, size_t cols, const double *x, const double *gamma, double eps, double *y)
{
	return f64_call(LN_RMSNORM, rows, cols, x, gamma, NULL, eps, y);
}

int ln_rmsnorm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y)
{
	return short_call(ln_norm(LN_RMSNORM), LN_BF16, sizeof *x, rows, cols, x, gamma, NULL, eps, y);
}

int ln_rmsnorm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y)
{
	return short_call(ln_norm(LN_RMSNORM), LN_F16, sizeof *x, rows, cols, x, gamma, NULL, eps, y);
}

int ln_l2norm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y)
{
	return short_call(ln_norm(LN_L2NORM), LN_F32, sizeof *x, rows, cols, x, gamma, NULL, eps, y);
}

int ln_l2norm_f64(size_t rows, size_t cols, const double *x, const double *gamma, double eps, double *y)
{
	return f64_call(LN_L2NORM, rows, cols, x, gamma, NULL, eps, y);
}

int ln_l2norm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y)
{
	return short_call(ln_norm(LN_L2NORM), LN_BF16, sizeof *x, rows, cols, x, gamma, NULL, eps, y);
}

int ln_l2norm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y)
{
	return short_call(ln_norm(LN_L2NORM), LN_F16, sizeof *x, rows, cols, x, gamma, NULL, eps, y);
}

int ln_check_forward(const ln_desc *d, const ln_forward_tensors *t, struct request *r, struct fault *fault)
{
	int status = ln_check_desc(d, fault);

	if (status != LN_OK || (status = ln_check_struct("the struct of tensors", t, t ? t->struct_size : 0, sizeof *t, fault)) != LN_OK)
		return status;
	/* One by one, since clearing all of it first takes as long as a short row; ln_resolve() sets the rest. */
	r->x.at = ln_tensor_at(t->x).at;
	r->residual.at = ln_tensor_at(t->residual).at;
	r->gate.at = ln_tensor_at(t->gate).at;
	r->y.at = t->y;
	r->sum.at = t->sum;
	r->p.gamma = t->gamma;
	r->p.beta = t->beta;
	r->moments = t->moments;
	r->y_scales = t->y_scale;
	r->mean = t->mean;
	r->rstd = t->rstd;
	r->threads = (struct threads){ t->parallel_for, t->pool };
	status = ln_resolve(d, FORWARD, r, fault);
	return status != LN_OK || r->rows == 0 ? status : ln_check_pointers(r, fault);
}

static size_t touched_bytes(const struct request *r)
{
	const struct tensor *t[] = { &r->x, &r->residual, &r->gate, &r->y, &r->sum };
	size_t bytes = 0;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		bytes += t[i]->at ? r->rows * r->cols * t[i]->size : 0;
	return bytes;
}

/* Do the structs say what a plain call says, and nothing more? */
static inline bool says_plain_call(const ln_desc *d, const ln_forward_tensors *t)
{
	if (d == NULL || t == NULL || d->struct_size != sizeof *d || t->struct_size != sizeof *t || d->flags != 0)
		return false;
	const ln_desc numbers = { .struct_size = sizeof numbers, .norm = d->norm, .x_type = d->x_type, .rows = d->rows, .cols = d->cols,
				  .eps = d->eps };
	const ln_forward_tensors tensors = { .struct_size = sizeof tensors, .x = t->x, .gamma = t->gamma, .beta = t->beta, .y = t->y,
					     .parallel_for = t->parallel_for, .pool = t->pool };
	return memcmp(d, &numbers, sizeof numbers) == 0 && memcmp(t, &tensors, sizeof tensors) == 0;
}

/*
 * A call that could have been a plain one and is one task goes the plain call's way, since to resolve a request takes longer than a short row.
 * Whatever is wrong with it is left to those who can say what.
 */
static bool ran_as_plain_call(const ln_desc *d, const ln_forward_tensors *t)
{
	if (!says_plain_call(d, t))
		return false;
	const struct norm *norm = ln_norm(d->norm);
	uint32_t type = d->x_type != 0 ? d->x_type : LN_F32;
	size_t size = ln_type_size(type);
	bool short_way = norm != NULL && ln_plain_takes(norm, t->beta) && (type == LN_F32 || type == LN_BF16 || type == LN_F16);

	if (!short_way || d->rows == 0 || !ln_is_one_task(d->rows, d->cols) ||
	    check_plain((size_t)d->rows, (size_t)d->cols, size, d->eps, t->x, t->gamma, t->beta, t->y) != LN_OK)
		return false;
	run_plain(norm, type, size, (size_t)d->rows, (size_t)d->cols, t->x, t->gamma, t->beta, d->eps, t->y);
	return true;
}

int ln_forward(const ln_desc *d, const ln_forward_tensors *t)
{
	struct forward f;
	struct fault fault;
	int status;

	if (ran_as_plain_call(d, t))
		return LN_OK;
	status = ln_check_forward(d, t, &f.r, &fault);
	if (status != LN_OK || f.r.rows == 0)
		return status;
	f.kernels = ln_kernels();
	f.stages = f.r.x.type == LN_F64 ? &f.kernels->f64 : &f.kernels->f32;
	f.reach = ln_reach(touched_bytes(&f.r), f.r.y.at == f.r.x.at && f.r.sum.at == NULL);
	return ln_forward_all(&f);
}

/* The moments of a slice: its blocks', merged in order. */
static int slice_moments(uint32_t norm, uint32_t type, size_t n, const void *x, ln_moments *m)
{
	const ln_desc d = { .struct_size = sizeof d, .norm = norm, .x_type = type, .rows = 1, .cols = n ? n : 1 };
	struct forward f = { .r = { .x = ln_tensor_at(x) } };
	struct fault fault;
	ln_moments next;
	int status = ln_resolve(&d, FORWARD, &f.r, &fault);

	if (status != LN_OK)
		return status;
	if (m == NULL || (x == NULL && n > 0))
		return LN_ERR_NULL;
	f.kernels = ln_kernels();
	f.stages = type == LN_F64 ? &f.kernels->f64 : &f.kernels->f32;
	*m = (ln_moments){ 0 };
	for (size_t i = 0; i < n; i += BLOCK) {
		ln_block_moments(&f, 0, i, 1.0, &next);
		ln_moments_merge(m, &next);
	}
	return LN_OK;
}

int ln_moments_f32(size_t n, const float *x, ln_moments *m) { return slice_moments(LN_LAYERNORM, LN_F32, n, x, m); }
int ln_moments_f64(size_t n, const double *x, ln_moments *m) { return slice_moments(LN_LAYERNORM, LN_F64, n, x, m); }
int ln_moments_bf16(size_t n, const uint16_t *x, ln_moments *m) { return slice_moments(LN_LAYERNORM, LN_BF16, n, x, m); }
int ln_moments_f16(size_t n, const uint16_t *x, ln_moments *m) { return slice_moments(LN_LAYERNORM, LN_F16, n, x, m); }
int ln_rms_moments_f32(size_t n, const float *x, ln_moments *m) { return slice_moments(LN_RMSNORM, LN_F32, n, x, m); }
int ln_rms_moments_f64(size_t n, const double *x, ln_moments *m) { return slice_moments(LN_RMSNORM, LN_F64, n, x, m); }
int ln_rms_moments_bf16(size_t n, const uint16_t *x, ln_moments *m) { return slice_moments(LN_RMSNORM, LN_BF16, n, x, m); }
int ln_rms_moments_f16(size_t n, const uint16_t *x, ln_moments *m) { return slice_moments(LN_RMSNORM, LN_F16, n, x, m); }

const char *ln_strerror(int status)
{
	switch (status) {
	case LN_OK: return "success";
	case LN_ERR_NULL: return "a pointer that may not be NULL is NULL";
	case LN_ERR_SHAPE: return "cols is 0, a tensor is too large, or sizes or strides do not fit together";
	case LN_ERR_EPS: return "eps is negative, infinite or NaN";
	case LN_ERR_OVERLAP: return "an output overlaps another tensor in a way that is not allowed";
	case LN_ERR_UNSUPPORTED: return "no such kernels, or this CPU cannot run them, or there is no way of doing this together or backward";
	case LN_ERR_DESC: return "a struct_size is too small, or the struct asks for what this version does not know";
	case LN_ERR_TYPE: return "an unknown type, or types that do not go together";
	case LN_ERR_FLAGS: return "an unknown norm or flag, or flags and arguments that do not go together";
	case LN_ERR_SCALE: return "y_scale is not positive and finite, or y_zero_point is out of range";
	case LN_ERR_WORKSPACE: return "the workspace is too small, or not aligned to 8 bytes";
	case LN_ERR_PARALLEL: return "the caller's parallel_for failed";
	default: return "unknown status";
	}
}

uint32_t ln_version(void) { return LN_VERSION; }
