/*
 * backward_check.c - what a call of ln_backward() gave, against the model's bits
 */
#include "backward_call.h"

#include <stdio.h>
#include <string.h>

static const char *const names[GRAD_TENSORS] = {"x", "dy", "dsum", "gamma", "beta", "gate", "mean", "rstd", "dx", "dgamma", "dbeta",
						"dgate"};

const char *grad_tensor_name(enum grad_tensor t)
{
	return names[t];
}

const char *grad_name(const struct grad_call *c)
{
	static char name[400];
	const ln_desc *d = &c->b.d;
	struct backward b = c->b;
	size_t used = (size_t)snprintf(name, sizeof name, "%s, %zu x %zu, flags %02x, eps %g", norm_facts(d->norm)->word,
				       (size_t)d->rows, (size_t)d->cols, d->flags, d->eps);

	for (int t = 0; t < GRAD_TENSORS && used < sizeof name; t++)
		if (*grad_slot(&b, (enum grad_tensor)t))
			used += (size_t)snprintf(name + used, sizeof name - used, ", %s %s", names[t], type_name(c->part[t].type));
	return name;
}

struct arena grad_arena(const struct grad_call *c)
{
	return (struct arena){c->arena, c->bytes, c->part, GRAD_TENSORS, names};
}

void expect_same_grads(const struct kernel *k, const struct grad_call *got, const struct grad_call *want, const char *what)
{
	struct arena is = grad_arena(got), should = grad_arena(want);

	expect_same_arena(k, &is, &should, grad_name(want), what);
}

void expect_grad_model(const struct grad_call *c, const char *what)
{
	struct grad_call want[2];
	const struct kernel *k;

	for (int class = UNFUSED; class <= FUSED; class++) {
		want[class] = grad_clone(c);
		if (is_class_usable((enum arithmetic)class))
			model_backward((enum arithmetic)class, &want[class].b, NULL);
	}
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct grad_call got = grad_clone(c);
		note(k, "%s: %s", grad_name(c), what);
		grad_run(&got);
		expect_same_grads(k, &got, &want[k->arithmetic], what);
		grad_free(&got);
	}
	grad_free(&want[UNFUSED]);
	grad_free(&want[FUSED]);
}
