/*
 * cmd_norm.c - lnorm norm: layer-normalise an .npy file
 */
#include <argp.h>
#include <ln.h>
#include <stdlib.h>

#include "complain.h"
#include "kernels.h"
#include "layer.h"
#include "lnorm.h"
#include "output.h"
#include "progress.h"

#define PIECE ((size_t)1 << 20)		/* bytes of a group of rows: still in the cache when it is written to the file */

enum { ISA = 512 };

struct norm_options {
	struct layer_options layer;
	const char *output, *isa;
};

static const struct argp_option options[] = {
	{"output", 'o', "OUT.npy", 0, "Where to write; may be the input file itself", 0},
	{"isa", ISA, "NAME", 0, "Use these kernels, one of those that `lnorm info' lists", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct norm_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->layer;
		return 0;
	case 'o':
		o->output = argument;
		return 0;
	case ISA:
		o->isa = argument;
		return 0;
	case ARGP_KEY_END:
		if (!o->output)
			argp_error(state, "no output file: -o OUT.npy is needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&layer_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.npy -o OUT.npy",
	.doc = "Layer-normalise the rows of IN.npy, float32 in C order. OUT.npy has the same shape and appears whole or not at all.",
	.children = children,
};

/* Normalise group after group of rows; the bits do not depend on the grouping. */
static int write_rows(const struct layer *l, struct output *output)
{
	size_t row_bytes = l->cols * sizeof(float), group = row_bytes < PIECE ? PIECE / row_bytes : 1;
	float *y = malloc((group < l->rows ? group : l->rows) * row_bytes);
	int failed = 0;

	if (!y && l->rows) {
		complain(l->x.path, "not enough memory for rows of %zu columns", l->cols);
		return -1;
	}
	progress_begin(l->rows * row_bytes);
	for (size_t row = 0, n; row < l->rows && !failed; row += n) {
		n = l->rows - row < group ? l->rows - row : group;
		int status = ln_layernorm_f32(n, l->cols, l->x.data + row * l->cols, l->gamma.data, l->beta.data, l->eps, y);
		if (status != LN_OK)
			complain(l->x.path, "%s", ln_strerror(status));
		failed = status != LN_OK || output_write(output, y, n * row_bytes);
		progress_update((row + n) * row_bytes);
	}
	free(y);
	return failed ? -1 : 0;
}

static int write_output(const struct layer *l, const char *path)
{
	unsigned char header[NPY_MAX_HEADER];
	size_t header_size = npy_format(&l->x.array, header);
	struct output output;

	int failed = output_begin(&output, path, (off_t)(header_size + l->x.array.count * sizeof(float))) ||
		     output_write(&output, header, header_size) || write_rows(l, &output);
	if (!failed) {
		progress_note("waiting for the disk");
		failed = output_commit(&output);
	}
	progress_end();
	output_abandon(&output);
	return failed ? -1 : 0;
}

int cmd_norm(int argc, char **argv)
{
	struct norm_options o = {0};
	struct layer layer;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return LNORM_FAILED;
	if (kernels_use(o.isa))
		return LNORM_USAGE;
	if (layer_open(&layer, &o.layer))
		return LNORM_FAILED;
	int status = write_output(&layer, o.output) ? LNORM_FAILED : LNORM_OK;
	layer_close(&layer);
	return status;
}
