/* desc.c - checks a descriptor and resolves what its zeros stand for */
#include "desc.h"
#include "strides.h"

#include <float.h>

size_t ln_type_size(uint32_t type)
{
	static const unsigned char sizes[] = { [LN_F32] = 4, [LN_F64] = 8, [LN_BF16] = 2, [LN_F16] = 2,
					       [LN_I8] = 1,  [LN_U8] = 1,  [LN_F8_E4M3] = 1, [LN_F8_E5M2] = 1 };
	return type < sizeof sizes ? sizes[type] : 0;
}

enum { ROW_TENSORS = 5 };

static void read_tensors(const ln_desc *d, struct request *r, struct said said[ROW_TENSORS])
{
	said[0] = (struct said){ "x", &r->x, d->x_type, d->x_stride, d->x_head_stride, d->x_col_stride, d->x_run_stride };
	said[1] = (struct said){ "residual", &r->residual, d->residual_type, d->residual_stride, d->residual_head_stride, d->residual_col_stride, d->residual_run_stride };
	said[2] = (struct said){ "gate", &r->gate, d->gate_type, d->gate_stride, d->gate_head_stride, d->gate_col_stride, d->gate_run_stride };
	said[3] = (struct said){ "y", &r->y, d->y_type, d->y_stride, d->y_head_stride, d->y_col_stride, d->y_run_stride };
	said[4] = (struct said){ "sum", &r->sum, d->sum_type, d->sum_stride, d->sum_head_stride, d->sum_col_stride, d->sum_run_stride };
}

static int refuse_flags(struct fault *fault, const char *words, uint64_t number)
{
	return ln_refuse(fault, (struct fault){ LN_ERR_FLAGS, words, { 0 }, { number } });
}

static bool has_several_sets(const ln_desc *d)
{
	return d->rows_per_param != 0 && d->param_rows != 1 && (d->param_rows != 0 || d->rows_per_param < d->rows);
}

static int check_flags(const ln_desc *d, enum pass pass, const struct request *r, struct fault *fault)
{
	const uint32_t shared = LN_GAMMA_PLUS_ONE | LN_EPS_OUTSIDE | LN_ROUND_SUM | LN_CAST_BEFORE_GAMMA | LN_STATS_GIVEN | GATE_FLAGS;
	const uint32_t own[] = { [FORWARD] = LN_ROW_SCALE, [BACKWARD] = LN_ACCUMULATE | LN_RUNNING | LN_GRADS_AS_PARAMS };
	bool can_row_scale = d->y_type == LN_I8 || d->y_type == LN_F8_E4M3 || d->y_type == LN_F8_E5M2;
	uint32_t unknown = d->flags & ~(shared | own[pass]);

	if (ln_norm(d->norm) == NULL)
		return refuse_flags(fault, "norm # is unknown", d->norm);
	if (!(d->flags & LN_ROW_SCALE) && (d->cols_per_scale != 0 || d->scale_type != 0))
		return ln_refuse_scales(d, fault);
	if (d->flags == 0)
		return LN_OK;
	if (unknown != 0)
		return refuse_flags(fault, pass == FORWARD ? "flags have $, which a forward pass does not know"
							   : "flags have $, which a backward pass does not know", unknown);
	if ((d->flags & LN_ACCUMULATE) && (d->flags & LN_RUNNING))
		return refuse_flags(fault, "flags have both LN_ACCUMULATE and LN_RUNNING", 0);
	if ((d->flags & LN_RUNNING) && has_several_sets(d))
		return refuse_flags(fault, "flags have LN_RUNNING, but rows_per_param # makes several sets of parameters", d->rows_per_param);
	if ((d->flags & LN_STATS_GIVEN) && r->moments != NULL)
		return refuse_flags(fault, "moments are given, but flags have LN_STATS_GIVEN", 0);
	if ((d->flags & LN_ROW_SCALE) && !can_row_scale)
		return refuse_flags(fault, "flags have LN_ROW_SCALE, but y_type # is not I8, F8_E4M3 or F8_E5M2", d->y_type);
	return ln_check_gate(d, r, fault);
}

static int refuse_type(struct fault *fault, const char *words, const char *name, uint32_t type, uint32_t x_type)
{
	return ln_refuse(fault, (struct fault){ LN_ERR_TYPE, words, { name }, { type, x_type } });
}

/* A type, or that of x where it is 0. f64 goes with nothing else. */
static int resolve_type(const char *name, uint32_t type, uint32_t x_type, bool quantised_too, struct tensor *t, struct fault *fault)
{
	t->type = type != 0 ? type : x_type;
	t->size = ln_type_size(t->type);
	if (type == 0)	/* x was the first to be checked, and its own 0 is a float */
		return LN_OK;
	if (t->size == 0)
		return refuse_type(fault, "@_type # is unknown", name, t->type, 0);
	if (!quantised_too && ln_is_quantised(t->type))
		return refuse_type(fault, "@_type # is for y of a forward pass alone", name, t->type, 0);
	if ((t->type == LN_F64) != (x_type == LN_F64))
		return refuse_type(fault, "@_type # does not go with x_type #, since doubles go with doubles alone", name, t->type, x_type);
	return LN_OK;
}

static int resolve_types(const ln_desc *d, enum pass pass, const struct said said[ROW_TENSORS], struct request *r, struct fault *fault)
{
	uint32_t x_type = d->x_type != 0 ? d->x_type : LN_F32;
	struct tensor parameter = { 0 };
	int status;

	for (size_t i = 0; i < ROW_TENSORS; i++) {
		bool quantised_too = pass == FORWARD && said[i].of == &r->y;
		if ((status = resolve_type(said[i].name, said[i].type, x_type, quantised_too, said[i].of, fault)) != LN_OK)
			return status;
	}
	if ((status = resolve_type("param", d->param_type, x_type, false, &parameter, fault)) != LN_OK)
		return status;
	if (d->scale_type != 0 && d->scale_type != LN_F32 && d->scale_type != LN_E8M0)
		return refuse_type(fault, "@_type # is neither F32 nor E8M0", "scale", d->scale_type, 0);
	r->p.type = parameter.type;
	r->p.size = parameter.size;
	if (x_type == LN_F64 && r->gate.at != NULL)
		return refuse_type(fault, "@ is given, but there is none for doubles", "gate", 0, 0);
	return LN_OK;
}

static bool sets_fit(size_t before_last, size_t stride, size_t count, size_t size)
{
	size_t bytes;
	return ln_madd_fits(count, size, 0, &bytes) && ln_madd_fits(before_last, stride, bytes, &bytes);
}

/* Of a backward pass, whose dgamma and dbeta lie as gamma and beta do, the sets that no row has count as well. */
static int check_parameter_sets(const ln_desc *d, enum pass pass, const struct request *r, struct fault *fault)
{
	const struct parameters *p = &r->p;
	size_t sets = pass == FORWARD ? p->sets : p->all_sets, before_last = sets > 0 ? sets - 1 : 0;
	size_t size = ln_type_size(ln_gradient_type(d->flags, r->x.type, p->type));
	bool fits = sets_fit(before_last, p->stride, p->count, p->size) &&
		    (pass == FORWARD || sets_fit(before_last, p->stride / p->size * size, p->count, size));

	if (!fits)
		return ln_refuse_shape(fault, "sets of parameters take more than PTRDIFF_MAX bytes", NULL, 0, 0);
	if (pass == BACKWARD && sets > 1 && p->stride < p->count * p->size)
		return ln_refuse_shape(fault, "@_stride # is less than the # parameters of a set, whose gradients would overlap", "param",
				    d->param_stride, p->count);
	return LN_OK;
}

static int resolve_parameters(const ln_desc *d, enum pass pass, struct request *r, struct fault *fault)
{
	struct parameters *p = &r->p;
	uint64_t per_param = d->cols_per_param != 0 ? d->cols_per_param : 1, sets;

	p->cols_per_param = per_param < PTRDIFF_MAX ? (size_t)per_param : PTRDIFF_MAX;
	p->count = ln_quotient(r->cols, p->cols_per_param);
	if (p->count * p->cols_per_param != r->cols)
		return ln_refuse_shape(fault, "cols # is not a multiple of cols_per_param #", NULL, d->cols, per_param);
	p->rows_per_set = d->rows_per_param != 0 && d->rows_per_param < d->rows ? (size_t)d->rows_per_param : r->rows;
	sets = p->rows_per_set == r->rows ? 1 : (r->rows - 1) / p->rows_per_set + 1;
	p->sets = d->param_rows != 0 && d->param_rows < sets ? (size_t)d->param_rows : (size_t)sets;
	p->all_sets = p->sets;
	if (d->rows_per_param != 0 && !(d->flags & LN_RUNNING))
		p->all_sets = d->param_rows >= PTRDIFF_MAX ? PTRDIFF_MAX : d->param_rows != 0 ? (size_t)d->param_rows : r->rows == 0 ? 0 : p->sets;
	if (!ln_madd_fits(d->param_stride != 0 ? d->param_stride : p->count, p->size, 0, &p->stride))
		return ln_refuse_shape(fault, "@_stride # takes more than PTRDIFF_MAX bytes", "param", d->param_stride, 0);
	return check_parameter_sets(d, pass, r, fault);
}

static int resolve_shape(const ln_desc *d, enum pass pass, const struct said said[ROW_TENSORS], struct request *r, struct fault *fault)
{
	const struct tensor *outputs[][2] = { [FORWARD] = { &r->y, &r->sum }, [BACKWARD] = { &r->x, &r->gate } }, *contiguous = NULL;
	int status;

	if (d->cols == 0)
		return ln_refuse_shape(fault, "cols is 0", NULL, 0, 0);
	if (d->cols > PTRDIFF_MAX || d->rows > PTRDIFF_MAX || d->heads > PTRDIFF_MAX)
		return ln_refuse_shape(fault, "@ is more than PTRDIFF_MAX", d->cols > PTRDIFF_MAX ? "cols" : d->rows > PTRDIFF_MAX ? "rows" : "heads",
				    0, 0);
	r->rows = (size_t)d->rows;
	r->cols = (size_t)d->cols;
	r->heads = d->heads != 0 ? (size_t)d->heads : 1;
	r->outer = ln_quotient(r->rows, r->heads);
	if (r->outer * r->heads != r->rows)
		return ln_refuse_shape(fault, "rows # is not a multiple of heads #", NULL, r->rows, r->heads);
	r->cols_per_run = d->cols_per_run != 0 && d->cols_per_run < d->cols ? (size_t)d->cols_per_run : r->cols;
	if (d->cols_per_run > d->cols || (r->cols_per_run != r->cols && r->cols % r->cols_per_run != 0))
		return ln_refuse_shape(fault, "cols # is not a multiple of cols_per_run #", NULL, d->cols, d->cols_per_run);
	for (size_t i = 0; i < ROW_TENSORS; i++) {
		bool output = said[i].of == outputs[pass][0] || said[i].of == outputs[pass][1];
		if ((status = ln_resolve_strides(r, &said[i], pass, output, contiguous, fault)) != LN_OK)
			return status;
		if (contiguous == NULL && ln_is_contiguous(&said[i]))
			contiguous = said[i].of;
	}
	if ((status = resolve_parameters(d, pass, r, fault)) != LN_OK)
		return status;
	return ln_resolve_scales(d, r, fault);
}

static int resolve_encoding(const ln_desc *d, struct request *r, struct fault *fault)
{
	int32_t least = r->y.type == LN_I8 ? INT8_MIN : 0, most = r->y.type == LN_I8 ? INT8_MAX : r->y.type == LN_U8 ? UINT8_MAX : 0;

	if (d->flags & LN_ROW_SCALE)
		least = most = 0;
	r->y_scale = d->y_scale > 0.0 && d->y_scale <= (double)FLT_MAX ? (float)d->y_scale : 1.0f;
	if (!(d->y_scale >= 0.0 && d->y_scale <= (double)FLT_MAX) || r->y_scale == 0.0f)
		return ln_refuse(fault, (struct fault){ LN_ERR_SCALE, "y_scale is not positive and finite as a float", { 0 }, { 0 } });
	if (d->y_zero_point < least || d->y_zero_point > most)
		return ln_refuse(fault, (struct fault){ LN_ERR_SCALE, "y_zero_point % is not in % ... %", { 0 },
							{ (uint64_t)d->y_zero_point, (uint64_t)least, (uint64_t)most } });
	r->zero_point = d->y_zero_point;
	return LN_OK;
}

int ln_check_eps(double eps, struct fault *fault)
{
	if (ln_eps_is_valid(eps))
		return LN_OK;
	return ln_refuse(fault, (struct fault){ LN_ERR_EPS, "eps is @", { eps < 0.0 ? "negative" : eps > 0.0 ? "infinite" : "NaN" }, { 0 } });
}

int ln_resolve(const ln_desc *d, enum pass pass, struct request *r, struct fault *fault)
{
	struct said said[ROW_TENSORS];
	int status;

	if (d->reserved != 0)
		return ln_refuse(fault, (struct fault){ LN_ERR_DESC, "reserved is #, not 0", { 0 }, { d->reserved } });
	read_tensors(d, r, said);
	if ((status = check_flags(d, pass, r, fault)) || (status = resolve_types(d, pass, said, r, fault)) ||
	    (status = resolve_shape(d, pass, said, r, fault)) || (status = ln_check_eps(d->eps, fault)))
		return status;
	r->norm = ln_norm(d->norm);
	r->flags = d->flags;
	r->eps = d->eps;
	return resolve_encoding(d, r, fault);
}
