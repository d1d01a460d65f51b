/*
 * cmd_check.c - lnorm check: run every kernel on a real .npy file, and compare: with the exact value, with what another runtime
 * computed, with each other, and with the speed of memcpy
 */
#include <argp.h>
#include <ln.h>
#include <stdlib.h>
#include <string.h>

#include "check_report.h"
#include "complain.h"
#include "layer.h"
#include "lnorm.h"
#include "timing.h"

enum { EXPECT = 512 };

struct check_options {
	struct layer_options layer;
	const char *expect;
};

static const struct argp_option options[] = {
	{"expect", EXPECT, "Y.npy", 0, "What another runtime computed from the same input", 0},
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

/* Time the kernels, then let each leave its result in a matrix of its own. */
static int run(struct check *c)
{
	const struct layer *l = &c->layer;
	struct timing_job job = {l->norm, l->rows, l->cols, l->x.data, l->gamma.data, l->beta.data, l->eps, NULL};
	int status = LN_OK;

	for (size_t k = 0; k < c->count; k++)
		if (!(c->y[k] = malloc(l->x.array.count * sizeof(float)))) {
			complain(l->x.path, "not enough memory for the results of %zu kernels", c->count);
			return -1;
		}
	job.y = c->y[0];
	status = timing_run(&job, c->kernels, c->count, c->ns, &c->memcpy_ns);
	for (size_t k = 0; k < c->count && status == LN_OK; k++) {
		ln_set_isa(c->kernels[k].name);
		status = norm_f32(l->norm, l->rows, l->cols, l->x.data, l->gamma.data, l->beta.data, l->eps, c->y[k]);
	}
	if (status != LN_OK)
		complain(l->x.path, "%s", ln_strerror(status));
	return status;
}

static int compare(struct check *c)
{
	const struct layer *l = &c->layer;
	struct exact *exact = malloc(l->cols * sizeof *exact);

	if (!exact) {
		complain(l->x.path, "not enough memory for the exact values of %zu columns", l->cols);
		return -1;
	}
	for (size_t at = 0; at < l->x.array.count; at += l->cols) {
		const float *x = l->x.data, *all = c->expected.data, *expected = all ? all + at : NULL;
		exact_row(l->norm, l->cols, x + at, l->gamma.data, l->beta.data, l->eps, exact);
		for (size_t k = 0; k < c->count; k++) {
			exact_compare(l->cols, c->y[k] + at, exact, &c->from_exact[k]);
			if (expected)
				exact_compare_two(l->cols, c->y[k] + at, expected, exact, &c->from_expected[k]);
		}
		if (expected)
			exact_compare(l->cols, expected, exact, &c->expected_from_exact);
	}
	free(exact);
	return 0;
}

int cmd_check(int argc, char **argv)
{
	struct check_options o = {0};
	struct check c = {0};
	int status = LNORM_FAILED;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return LNORM_FAILED;
	if (layer_open(&c.layer, &o.layer))
		return LNORM_FAILED;
	c.count = kernels_list(c.kernels);
	if (c.layer.rows == 0)
		complain(c.layer.x.path, "no rows to check");
	else if (open_expected(&c, o.expect) == 0 && run(&c) == 0 && compare(&c) == 0)
		status = check_report(&c) ? LNORM_FAILED : LNORM_OK;
	for (size_t k = 0; k < c.count; k++)
		free(c.y[k]);
	npy_file_close(&c.expected);
	layer_close(&c.layer);
	return status;
}
