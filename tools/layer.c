/*
 * layer.c - the arguments and files of one norm, the same for every subcommand that reads them
 */
#include "layer.h"

#include <limits.h>
#include <ln.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "args.h"
#include "complain.h"
#include "norms.h"

/* Of whatever type: even where there are no rows, a row must be something that has a size. */
#define NUMBERS_MAX ((size_t)PTRDIFF_MAX / sizeof(double))

enum { NORM = 256, GAMMA, BETA, EPS, AXIS };	/* options without a short form */

static const struct argp_option options[] = {
	{"norm", NORM, "layernorm|rmsnorm|l2norm", 0, "Which norm (default: layernorm); the others subtract no mean and have no beta", 0},
	{"gamma", GAMMA, "G.npy", 0, "Scale: one element per column (default: 1)", 0},
	{"beta", BETA, "B.npy", 0, "Shift: one element per column (default: 0)", 0},
	{"eps", EPS, "E", 0, "Added to the variance (default: 1e-5)", 0},
	{"axis", AXIS, "A", 0,
	 "The dimensions before A are rows, those from A on are columns; negative counts from the end (default: -1)", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct layer_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		*o = (struct layer_options){.eps = 1e-5, .axis = -1};
		return 0;
	case NORM:
		o->norm = args_norm(state, argument);
		return 0;
	case GAMMA:
		o->gamma = argument;
		return 0;
	case BETA:
		o->beta = argument;
		return 0;
	case EPS:
		o->eps = args_not_negative(state, "--eps", argument);
		return 0;
	case AXIS:
		o->axis = args_integer(state, "--axis", argument, LONG_MIN, LONG_MAX);
		return 0;
	case ARGP_KEY_ARG:
		if (o->x)
			argp_error(state, "one input file only, not also '%s'", argument);
		o->x = argument;
		return 0;
	case ARGP_KEY_END:
		if (!o->x)
			argp_error(state, "no input file");
		if (o->beta && !norm_of(o->norm)->has_beta)
			argp_error(state, "--beta: %s has none", norm_of(o->norm)->name);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp layer_argp = {.options = options, .parser = parse};

/* The product of dimensions; 0 if one is, however large the others. Returns false if it is too large. */
static bool product(const size_t *shape, size_t n, size_t *out)
{
	bool overflow = false;

	*out = 1;
	for (size_t i = 0; i < n; i++)
		if (shape[i] == 0) {
			*out = 0;
			return true;
		}
	for (size_t i = 0; i < n; i++)
		overflow |= __builtin_mul_overflow(*out, shape[i], out);
	return !overflow;
}

static int split(struct layer *layer, long axis)
{
	const struct npy *a = &layer->x.array;
	char shape[NPY_MAX_SHAPE_TEXT];
	long ndim = (long)a->ndim;

	npy_shape_text(a, shape);
	if (axis < -ndim || axis >= ndim) {
		complain(layer->x.path, "axis %ld is out of range for shape %s; valid are %ld to %ld", axis, shape, -ndim,
			 ndim - 1);
		return -1;
	}
	size_t at = layer->axis = (size_t)(axis < 0 ? axis + ndim : axis);
	bool countable = product(a->shape, at, &layer->rows) && product(a->shape + at, a->ndim - at, &layer->cols);
	if (!countable || layer->rows > NUMBERS_MAX || layer->cols > NUMBERS_MAX) {
		complain(layer->x.path, "shape %s, split at axis %ld, has more rows or columns than memory can hold", shape, axis);
		return -1;
	}
	if (layer->cols == 0) {
		complain(layer->x.path, "no columns to normalise: shape %s has a 0 from axis %ld on", shape, axis);
		return -1;
	}
	return 0;
}

/* As ln.h has it: float64 goes with no other type. */
static int check_type(const struct npy_file *file, const struct layer *layer)
{
	const struct npy *a = &file->array, *x = &layer->x.array;

	if ((a->type == LN_F64) == (x->type == LN_F64))
		return 0;
	complain(file->path, "%s, but %s is %s; float64 goes with no other type", npy_type_name(a->type), layer->x.path,
		 npy_type_name(x->type));
	return -1;
}

/* gamma or beta: any shape will do, since that of the normalised dimensions and a flat one are both common. */
static int open_parameter(struct npy_file *file, const char *path, const struct layer *layer)
{
	char shape[NPY_MAX_SHAPE_TEXT];

	if (!path)
		return 0;
	if (npy_file_open(file, path) || check_type(file, layer))
		return -1;
	if (file->array.count == layer->cols)
		return 0;
	complain(path, "%zu elements, shape %s, but each row of %s has %zu columns", file->array.count,
		 npy_shape_text(&file->array, shape), layer->x.path, layer->cols);
	return -1;
}

static int check_parameters(const struct layer *layer)
{
	const struct npy_file *gamma = &layer->gamma, *beta = &layer->beta;

	if (!gamma->data || !beta->data || gamma->array.type == beta->array.type)
		return 0;
	complain(beta->path, "%s, but %s is %s; gamma and beta have one type", npy_type_name(beta->array.type), gamma->path,
		 npy_type_name(gamma->array.type));
	return -1;
}

int layer_open(struct layer *layer, const struct layer_options *o)
{
	*layer = (struct layer){.norm = o->norm, .eps = o->eps};
	if (npy_file_open(&layer->x, o->x) == 0 && split(layer, o->axis) == 0 &&
	    open_parameter(&layer->gamma, o->gamma, layer) == 0 && open_parameter(&layer->beta, o->beta, layer) == 0 &&
	    check_parameters(layer) == 0)
		return 0;
	layer_close(layer);
	return -1;
}

void layer_close(struct layer *layer)
{
	npy_file_close(&layer->x);
	npy_file_close(&layer->gamma);
	npy_file_close(&layer->beta);
}

int layer_same_shape(const struct layer *layer, struct npy_file *file, const char *path)
{
	char found[NPY_MAX_SHAPE_TEXT], wanted[NPY_MAX_SHAPE_TEXT];
	const struct npy *x = &layer->x.array, *a = &file->array;

	if (npy_file_open(file, path) || check_type(file, layer))
		return -1;
	if (x->ndim == a->ndim && memcmp(x->shape, a->shape, x->ndim * sizeof *x->shape) == 0)
		return 0;
	complain(path, "shape %s, but %s has shape %s", npy_shape_text(a, found), layer->x.path, npy_shape_text(x, wanted));
	return -1;
}
