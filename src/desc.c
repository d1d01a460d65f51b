/* desc.c - checks a descriptor and resolves what its zeros stand for */
#include "desc.h"

#include <float.h>
#include <string.h>

size_t ln_type_size(uint32_t type)
{
	static const unsigned char sizes[] = { [LN_F32] = 4, [LN_F64] = 8, [LN_BF16] = 2, [LN_F16] = 2,
					       [LN_I8] = 1,  [LN_U8] = 1,  [LN_F8_E4M3] = 1, [LN_F8_E5M2] = 1 };
	return type < sizeof sizes ? sizes[type] : 0;
}

int ln_read_desc(const void *d, size_t struct_size, void *own, size_t own_size)
{
	const unsigned char *bytes = d;

	if (struct_size < own_size)
		return LN_ERR_DESC;
	for (size_t i = own_size; i < struct_size; i++)
		if (bytes[i] != 0)
			return LN_ERR_DESC;
	memcpy(own, d, own_size);
	return LN_OK;
}

static bool is_quantised(uint32_t type) { return type >= LN_I8 && type <= LN_F8_E5M2; }

static int check_flags(const ln_desc *d, enum pass pass, const struct request *r)
{
	const uint32_t shared = LN_GAMMA_PLUS_ONE | LN_EPS_OUTSIDE | LN_ROUND_SUM | LN_CAST_BEFORE_GAMMA | LN_STATS_GIVEN;
	const uint32_t own[] = { [FORWARD] = LN_ROW_SCALE, [BACKWARD] = LN_ACCUMULATE | LN_RUNNING | LN_GRADS_AS_PARAMS };
	bool can_row_scale = d->y_type == LN_I8 || d->y_type == LN_F8_E4M3 || d->y_type == LN_F8_E5M2;

	if (d->norm > LN_RMSNORM || (d->flags & ~(shared | own[pass])) != 0)
		return LN_ERR_FLAGS;
	if ((d->flags & LN_ACCUMULATE) && (d->flags & LN_RUNNING))
		return LN_ERR_FLAGS;
	if ((d->flags & LN_STATS_GIVEN) && r->moments != NULL)
		return LN_ERR_FLAGS;
	return (d->flags & LN_ROW_SCALE) && !can_row_scale ? LN_ERR_FLAGS : LN_OK;
}

/* A type, or that of x where it is 0. f64 goes with nothing else. */
static int resolve_type(uint32_t type, uint32_t x_type, bool quantised_too, struct tensor *t)
{
	t->type = type != 0 ? type : x_type;
	t->size = ln_type_size(t->type);
	if (t->size == 0 || (!quantised_too && is_quantised(t->type)))
		return LN_ERR_TYPE;
	return (t->type == LN_F64) == (x_type == LN_F64) ? LN_OK : LN_ERR_TYPE;
}

static int resolve_types(const ln_desc *d, enum pass pass, struct request *r)
{
	uint32_t x_type = d->x_type != 0 ? d->x_type : LN_F32;
	struct tensor parameter = { 0 };
	bool bad = resolve_type(x_type, x_type, false, &r->x) || resolve_type(d->residual_type, x_type, false, &r->residual) ||
		   resolve_type(d->gate_type, x_type, false, &r->gate) || resolve_type(d->sum_type, x_type, false, &r->sum) ||
		   resolve_type(d->y_type, x_type, pass == FORWARD, &r->y) || resolve_type(d->param_type, x_type, false, &parameter);

	r->p.type = parameter.type;
	r->p.size = parameter.size;
	return bad || (x_type == LN_F64 && r->gate.at != NULL) ? LN_ERR_TYPE : LN_OK;
}

/* to = a * b + c where all that fits in PTRDIFF_MAX */
static bool madd_fits(uint64_t a, uint64_t b, uint64_t c, size_t *to)
{
	uint64_t v;

	if (__builtin_mul_overflow(a, b, &v) || __builtin_add_overflow(v, c, &v) || v > PTRDIFF_MAX)
		return false;
	*to = (size_t)v;
	return true;
}

/* From the beginning of a tensor's first row to the end of its last, in bytes. */
static bool extent_fits(const struct request *r, const struct tensor *t)
{
	size_t row = r->cols * t->size, heads, all;

	return r->rows == 0 || (madd_fits(r->heads - 1, t->head_stride, row, &heads) &&
				madd_fits(r->rows / r->heads - 1, t->stride, heads, &all));
}

static int resolve_strides(const struct request *r, uint64_t stride, uint64_t head_stride, struct tensor *t)
{
	size_t unused;
	bool fits = madd_fits(r->cols, t->size, 0, &unused) && madd_fits(head_stride ? head_stride : r->cols, t->size, 0, &t->head_stride) &&
		    madd_fits(stride ? stride : r->heads, stride ? t->size : t->head_stride, 0, &t->stride);

	return fits && extent_fits(r, t) ? LN_OK : LN_ERR_SHAPE;
}

/* Rows of an output may not overlap: each level of rows must step over all of the level below, whichever stride is the larger. */
static int check_output_rows(const struct request *r, const struct tensor *t)
{
	size_t outer = r->rows / r->heads, row = r->cols * t->size;
	bool heads_inside = (outer < 2 || t->stride >= (r->heads - 1) * t->head_stride + row) && (r->heads < 2 || t->head_stride >= row);
	bool heads_outside = (r->heads < 2 || t->head_stride >= (outer - 1) * t->stride + row) && (outer < 2 || t->stride >= row);

	return r->rows == 0 || heads_inside || heads_outside ? LN_OK : LN_ERR_SHAPE;
}

static int resolve_parameters(const ln_desc *d, struct request *r)
{
	struct parameters *p = &r->p;
	uint64_t per_param = d->cols_per_param != 0 ? d->cols_per_param : 1, sets;
	size_t count, unused;

	if (d->cols % per_param != 0)
		return LN_ERR_SHAPE;
	count = (size_t)(d->cols / per_param);
	p->cols_per_param = (size_t)per_param;
	p->rows_per_set = d->rows_per_param != 0 && d->rows_per_param < d->rows ? (size_t)d->rows_per_param : r->rows;
	sets = p->rows_per_set == 0 ? 1 : (r->rows - 1) / p->rows_per_set + 1;
	p->sets = d->param_rows != 0 && d->param_rows < sets ? (size_t)d->param_rows : (size_t)sets;
	if (!madd_fits(d->param_stride != 0 ? d->param_stride : count, p->size, 0, &p->stride))
		return LN_ERR_SHAPE;
	return madd_fits(p->sets - 1, p->stride, count * p->size, &unused) ? LN_OK : LN_ERR_SHAPE;
}

static int resolve_shape(const ln_desc *d, enum pass pass, struct request *r)
{
	const struct tensor *outputs[][2] = { [FORWARD] = { &r->y, &r->sum }, [BACKWARD] = { &r->x, &r->gate } };

	if (d->cols == 0 || d->cols > PTRDIFF_MAX || d->rows > PTRDIFF_MAX || d->heads > PTRDIFF_MAX)
		return LN_ERR_SHAPE;
	r->rows = (size_t)d->rows;
	r->cols = (size_t)d->cols;
	r->heads = d->heads != 0 ? (size_t)d->heads : 1;
	if (r->rows % r->heads != 0 || resolve_strides(r, d->x_stride, d->x_head_stride, &r->x) ||
	    resolve_strides(r, d->residual_stride, d->residual_head_stride, &r->residual) ||
	    resolve_strides(r, d->gate_stride, d->gate_head_stride, &r->gate) ||
	    resolve_strides(r, d->y_stride, d->y_head_stride, &r->y) || resolve_strides(r, d->sum_stride, d->sum_head_stride, &r->sum) ||
	    check_output_rows(r, outputs[pass][0]) || check_output_rows(r, outputs[pass][1]))
		return LN_ERR_SHAPE;
	return resolve_parameters(d, r);
}

static int resolve_encoding(const ln_desc *d, struct request *r)
{
	int32_t least = r->y.type == LN_I8 ? INT8_MIN : 0, most = r->y.type == LN_I8 ? INT8_MAX : r->y.type == LN_U8 ? UINT8_MAX : 0;

	if (d->flags & LN_ROW_SCALE)
		least = most = 0;
	if (!(d->y_scale >= 0.0 && d->y_scale <= (double)FLT_MAX) || d->y_zero_point < least || d->y_zero_point > most)
		return LN_ERR_SCALE;
	r->y_scale = d->y_scale > 0.0 ? (float)d->y_scale : 1.0f;
	r->zero_point = d->y_zero_point;
	return r->y_scale > 0.0f ? LN_OK : LN_ERR_SCALE;
}

int ln_resolve(const ln_desc *d, enum pass pass, struct request *r)
{
	ln_desc own;
	int status;

	if (d == NULL)
		return LN_ERR_NULL;
	if ((status = ln_read_desc(d, d->struct_size, &own, sizeof own)) || (status = check_flags(&own, pass, r)) ||
	    (status = resolve_types(&own, pass, r)) || (status = resolve_shape(&own, pass, r)))
		return status;
	if (!ln_eps_is_valid(own.eps))
		return LN_ERR_EPS;
	r->norm = own.norm;
	r->flags = own.flags;
	r->eps = own.eps;
	return resolve_encoding(&own, r);
}
