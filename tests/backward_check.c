/*
 * backward_check.c - what a call of ln_backward_ext() gave, against the model's bits
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
	size_t used = (size_t)snprintf(name, sizeof name, "%s, %zu x %zu, flags %02x, eps %g", d->norm == LN_RMSNORM ? "rms" : "layer",
				       (size_t)d->rows, (size_t)d->cols, d->flags, d->eps);

	for (int t = 0; t < GRAD_TENSORS && used < sizeof name; t++)
		if (*grad_slot(&b, (enum grad_tensor)t))
			used += (size_t)snprintf(name + used, sizeof name - used, ", %s %s", names[t], type_name(c->part[t].type));
	return name;
}

/* The tensor that holds this byte of the arena; where tensors share, the one that was laid out there. */
static int tensor_at(const struct grad_call *c, size_t byte)
{
	for (int t = 0; t < GRAD_TENSORS; t++)
		if (c->part[t].bytes && byte >= c->part[t].at && byte < c->part[t].at + c->part[t].bytes)
			return t;
	return GRAD_TENSORS;
}

void expect_same_grads(const struct kernel *k, const struct grad_call *got, const struct grad_call *want, const char *what)
{
	char is[BITS_TEXT], should[BITS_TEXT];
	size_t byte = 0;

	if (memcmp(got->arena, want->arena, want->bytes) == 0)
		return;
	while (got->arena[byte] == want->arena[byte])
		byte++;
	int t = tensor_at(want, byte);
	if (t == GRAD_TENSORS)
		ck_abort_msg("%s: wrote between tensors, at byte %zu of the arena: %s: %s", k->name, byte, grad_name(want), what);
	size_t at = want->part[t].at, i = (byte - at) / type_size(want->part[t].type);
	bits_text(is, want->part[t].type, got->arena + at, i);
	bits_text(should, want->part[t].type, want->arena + at, i);
	ck_abort_msg("%s: element %zu of what lies in %s is %s, not %s: %s: %s", k->name, i, names[t], is, should, grad_name(want),
		     what);
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
