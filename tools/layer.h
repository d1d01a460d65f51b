/*
 * layer.h - the arguments and files of one norm, the same for every subcommand that reads them
 */
#ifndef LNORM_LAYER_H
#define LNORM_LAYER_H

#include <argp.h>

#include "npy_file.h"

struct layer_options {
	const char *x, *gamma, *beta;	/* paths; gamma and beta may be NULL */
	uint32_t norm;			/* a number of norms.c */
	double eps;
	long axis;
};

/* layer_argp - the file and the options; its input is a struct layer_options */
extern const struct argp layer_argp;

struct layer {
	struct npy_file x, gamma, beta;	/* data is NULL where no file was named */
	size_t rows, cols;		/* the dimensions before the axis, and those from it on */
	size_t axis;			/* from the front */
	uint32_t norm;
	double eps;
};

/* layer_open() - open the files and check that they belong together, types too; returns 0, or -1 having complained */
int layer_open(struct layer *layer, const struct layer_options *options);

void layer_close(struct layer *layer);

/* layer_same_shape() - open a file that must have the shape of x; returns 0, or -1 having complained */
int layer_same_shape(const struct layer *layer, struct npy_file *file, const char *path);

#endif
