/*
 * cmd_norm.c - lnorm norm: normalise the rows of an .npy file
 */
#include <argp.h>
#include <ln.h>
#include <string.h>

#include "complain.h"
#include "kernels.h"
#include "lnorm.h"
#include "norm_job.h"
#include "norms.h"

enum { ISA = 512, RESIDUAL, SUM, MEAN, RSTD, DTYPE, GAMMA_PLUS_ONE, EPS_OUTSIDE, GATE, ACTIVATION, GATE_BEFORE };

struct norm_options {
	struct layer_options layer;
	const char *outputs[NORM_OUTPUTS], *residual, *gate, *activation, *isa;
	uint32_t flags, y_type;
};

static const struct argp_option options[] = {
	{"output", 'o', "OUT.npy", 0, "Where to write; may be the input file itself", 0},
	{"residual", RESIDUAL, "R.npy", 0, "Normalise IN + R, of the same shape", 0},
	{"sum", SUM, "S.npy", 0, "Write IN + R too, in the type of R", 0},
	{"gate", GATE, "G.npy", 0, "Multiply the norm by silu(G), of the same shape", 0},
	{"activation", ACTIVATION, "silu|sigmoid", 0, "What G goes through; without --gate, OUT is that of the norm itself", 0},
	{"gate-before", GATE_BEFORE, NULL, 0, "Normalise IN * silu(G), and do not multiply by it after", 0},
	{"mean", MEAN, "M.npy", 0, "Write the mean of each row too", 0},
	{"rstd", RSTD, "D.npy", 0, "Write 1 / sqrt(var + eps) of each row too", 0},
	{"dtype", DTYPE, "float16|float32|float64", 0, "The type of OUT.npy (default: that of IN.npy)", 0},
	{"gamma-plus-one", GAMMA_PLUS_ONE, NULL, 0, "Scale by 1 + gamma, as for the checkpoints of Gemma", 0},
	{"eps-outside", EPS_OUTSIDE, NULL, 0, "Add eps outside the root: rstd = 1 / (sqrt(var) + eps)", 0},
	{"isa", ISA, "NAME", 0, "Use these kernels, one of those that `lnorm info' lists", 0},
	{0},
};

static void finish(struct norm_options *o, const struct argp_state *state)
{
	if (!o->outputs[NORM_Y])
		argp_error(state, "no output file: -o OUT.npy is needed");
	if (o->outputs[NORM_SUM] && !o->residual && !(o->flags & LN_GATE_BEFORE))
		argp_error(state, "--sum: without --residual there is no sum");
	if (o->flags & LN_GATE_BEFORE && !o->gate)
		argp_error(state, "--gate-before: there is no --gate");
	if (o->flags & LN_GATE_BEFORE && o->residual)
		argp_error(state, "--gate-before: does not go with --residual");
	if (o->activation && !o->gate)
		o->flags |= LN_GATE_SELF;
	if (o->outputs[NORM_MEAN] && !norm_of(o->layer.norm)->has_mean)
		argp_error(state, "--mean: %s has none", norm_of(o->layer.norm)->name);
	if (o->flags & LN_GAMMA_PLUS_ONE && !o->layer.gamma)
		argp_error(state, "--gamma-plus-one: there is no --gamma");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct norm_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->layer;
		return 0;
	case 'o':
		o->outputs[NORM_Y] = argument;
		return 0;
	case SUM:
		o->outputs[NORM_SUM] = argument;
		return 0;
	case MEAN:
		o->outputs[NORM_MEAN] = argument;
		return 0;
	case RSTD:
		o->outputs[NORM_RSTD] = argument;
		return 0;
	case RESIDUAL:
		o->residual = argument;
		return 0;
	case GATE:
		o->gate = argument;
		return 0;
	case ACTIVATION:
		if (strcmp(argument, "silu") != 0 && strcmp(argument, "sigmoid") != 0)
			argp_error(state, "--activation: '%s' is not silu or sigmoid", argument);
		o->activation = argument;
		o->flags = strcmp(argument, "sigmoid") == 0 ? o->flags | LN_GATE_SIGMOID : o->flags & ~LN_GATE_SIGMOID;
		return 0;
	case GATE_BEFORE:
		o->flags |= LN_GATE_BEFORE;
		return 0;
	case DTYPE:
		o->y_type = npy_type_named(argument);
		if (!o->y_type)
			argp_error(state, "--dtype: '%s' is not float16, float32 or float64", argument);
		return 0;
	case GAMMA_PLUS_ONE:
		o->flags |= LN_GAMMA_PLUS_ONE;
		return 0;
	case EPS_OUTSIDE:
		o->flags |= LN_EPS_OUTSIDE;
		return 0;
	case ISA:
		o->isa = argument;
		return 0;
	case ARGP_KEY_END:
		finish(o, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&layer_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.npy -o OUT.npy",
	.doc = "Normalise the rows of IN.npy, float16, float32 or float64 in C order. OUT.npy has the same shape. All files that are "
	       "written appear, each whole, or none does.",
	.children = children,
};

static int run(const struct norm_options *o, struct norm_job *job)
{
	const struct npy *x = &job->layer.x.array;

	if (o->y_type && (o->y_type == LN_F64) != (x->type == LN_F64)) {
		complain(job->layer.x.path, "%s cannot become %s; float64 goes with no other type", npy_type_name(x->type),
			 npy_type_name(o->y_type));
		return -1;
	}
	if (o->residual && layer_same_shape(&job->layer, &job->residual, o->residual))
		return -1;
	if (o->gate && layer_same_shape(&job->layer, &job->gate, o->gate))
		return -1;
	return norm_job_run(job);
}

int cmd_norm(int argc, char **argv)
{
	struct norm_options o = {0};
	struct norm_job job = {0};

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return LNORM_FAILED;
	if (kernels_use(o.isa))
		return LNORM_USAGE;
	if (layer_open(&job.layer, &o.layer))
		return LNORM_FAILED;
	job.flags = o.flags;
	job.y_type = o.y_type;
	for (int i = 0; i < NORM_OUTPUTS; i++)
		job.paths[i] = o.outputs[i];
	int status = run(&o, &job) ? LNORM_FAILED : LNORM_OK;
	npy_file_close(&job.residual);
	npy_file_close(&job.gate);
	layer_close(&job.layer);
	return status;
}
