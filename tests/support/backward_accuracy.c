/*
 * backward_accuracy.c - the error factors of a call of ln_backward(), against the oracle
 */
#include "backward_accuracy.h"
#include "bounds.h"

#include <stdio.h>

static const enum grad_tensor tensors[GRAD_OUTPUTS] = {GDX, GDGAMMA, GDBETA, GDGATE};
static const double bounds[GRAD_OUTPUTS] = {BOUND_DX, BOUND_DGAMMA, BOUND_DBETA, BOUND_DGATE};

/* n elements of an output from `at` of the tensor; returns the worst factor. */
static double compare(const char *who, const struct grad_call *c, enum grad_output o, const struct ref_value *exact, size_t at,
		      size_t n, const char *what)
{
	enum grad_tensor t = tensors[o];
	struct backward b = c->b;
	void *tensor = *grad_slot(&b, t);
	char is[BITS_TEXT];

	if (!tensor)
		return 0;
	struct ref_error error = ref_compare((struct ref_type){c->part[t].type, 1, 0, false}, n, exact, tensor, at);
	if (!(error.rounded <= bounds[o])) {
		bits_text(is, c->part[t].type, tensor, at + error.rounded_col);
		ck_abort_msg("%s: factor %g of %s: element %zu is %s, not %.17g: %s: %s", who, error.rounded, grad_tensor_name(t),
			     at + error.rounded_col, is, exact[error.rounded_col].hi, grad_name(c), what);
	}
	return error.rounded;
}

static void keep(double *worst, double factor)
{
	if (factor > *worst)
		*worst = factor;
}

struct grad_factors grad_factors(const char *who, const struct grad_call *c, const struct ref_gradients *exact, const char *what)
{
	ln_desc d = filled_in(&c->b.d);
	struct grad_factors f = {{0}};

	for (size_t r = 0; r < d.rows; r++) {
		size_t dx = row_place(&d, r, d.x_stride, d.x_head_stride), dgate = row_place(&d, r, d.gate_stride, d.gate_head_stride);
		keep(&f.of[OUT_DX], compare(who, c, OUT_DX, exact->dx + r * d.cols, dx, (size_t)d.cols, what));
		keep(&f.of[OUT_DGATE], compare(who, c, OUT_DGATE, exact->dgate + r * d.cols, dgate, (size_t)d.cols, what));
		if (r % d.rows_per_param != 0 || r / d.rows_per_param >= d.param_rows)
			continue;
		size_t set = parameter_place(&d, r, 0), n = (size_t)(d.cols / d.cols_per_param);
		keep(&f.of[OUT_DGAMMA], compare(who, c, OUT_DGAMMA, exact->dgamma + set, set, n, what));
		keep(&f.of[OUT_DBETA], compare(who, c, OUT_DBETA, exact->dbeta + set, set, n, what));
	}
	return f;
}

void expect_grads_accurate(const struct grad_call *c, bool strict, struct grad_factors worst[], const char *what)
{
	struct ref_gradients exact = ref_backward(&c->b, strict);
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct grad_call got = grad_clone(c);
		note(k, "%s: %s", grad_name(c), what);
		grad_run(&got);
		struct grad_factors f = grad_factors(k->name, &got, &exact, what);
		for (int o = 0; worst && o < GRAD_OUTPUTS; o++)
			keep(&worst[i].of[o], f.of[o]);
		grad_free(&got);
	}
	ref_gradients_free(&exact);
}

void grad_factors_print(const char *title, const struct grad_factors worst[])
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		printf("backward: %-9s %-28s dx %.3f, dgamma %.3f, dbeta %.3f, dgate %.3f\n", k->name, title, worst[i].of[OUT_DX],
		       worst[i].of[OUT_DGAMMA], worst[i].of[OUT_DBETA], worst[i].of[OUT_DGATE]);
}
