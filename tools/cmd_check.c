/*
 * cmd_check.c - lnorm check: run every kernel on a real .npy file, and compare: with the exact value, with what another runtime
 * computed, with each other, and with the speed of memcpy
 */
#include <argp.h>
#include <ln.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "check.h"
#include "complain.h"
#include "layer.h"
#include "lnorm.h"

enum { EXPECT = 512, ATOL, RTOL };

/* How far another runtime may be from y: what torch.testing.assert_close() takes for float32. */
#define DEFAULT_ATOL 1e-5
#define DEFAULT_RTOL 1.3e-6

struct check_options {
	struct layer_options layer;
	const char *expect;
	double atol, rtol;
};

static const struct argp_option options[] = {
	{"expect", EXPECT, "Y.npy", 0, "What another runtime computed from the same input: an error if it is not within the tolerance of y", 0},
	{"atol", ATOL, "A", 0, "The tolerance is A + R |y|; default 1e-5, that of PyTorch for float32", 0},
	{"rtol", RTOL, "R", 0, "default 1.3e-6", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct check_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->layer;
		return 0;
	case EXPECT:
		o->expect = argument;
		return 0;
	case ATOL:
		o->atol = args_not_negative(state, "--atol", argument);
		return 0;
	case RTOL:
		o->rtol = args_not_negative(state, "--rtol", argument);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&layer_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.npy",
	.doc = "Run every kernel that this CPU can run on IN.npy. Print the statistics of the rows before and after, how far each "
	       "result is from the exact value, whether all kernels of a class give the same bits, and the speed beside memcpy. "
	       "Nothing is written.",
	.children = children,
};

/* exact.c judges floats. */
static int require_float32(const struct check *c)
{
	const struct npy_file *files[] = {&c->layer.x, &c->layer.gamma, &c->layer.beta, &c->expected};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i]->data && files[i]->array.type != LN_F32) {
			complain(files[i]->path, "%s; only float32 can be checked", npy_type_name(files[i]->array.type));
			return -1;
		}
	return 0;
}

static int open_expected(struct check *c, const char *path)
{
	if (path && layer_same_shape(&c->layer, &c->expected, path))
		return -1;
	return require_float32(c);
}

int cmd_check(int argc, char **argv)
{
	struct check_options o = {.atol = DEFAULT_ATOL, .rtol = DEFAULT_RTOL};
	struct check c = {0};
	int status = LNORM_FAILED;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return LNORM_FAILED;
	if (layer_open(&c.layer, &o.layer))
		return LNORM_FAILED;
	c.atol = o.atol;
	c.rtol = o.rtol;
	c.count = kernels_list(c.kernels);
	if (c.layer.rows == 0)
		complain(c.layer.x.path, "no rows to check");
	else if (open_expected(&c, o.expect) == 0 && check_rows(&c) == 0)
		status = check_report(&c) ? LNORM_FAILED : LNORM_OK;
	npy_file_close(&c.expected);
	layer_close(&c.layer);
	return status;
}
