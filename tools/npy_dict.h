/*
 * npy_dict.h - the Python dict in the header of an .npy file: {'descr': '<f4', 'fortran_order': False, 'shape': (44, 384), }
 */
#ifndef LNORM_NPY_DICT_H
#define LNORM_NPY_DICT_H

#include <stdbool.h>
#include <stddef.h>

#include "npy.h"

/* A piece of the header, where it lies. */
struct npy_text {
	const char *at;			/* NULL: absent */
	size_t size;
};

struct npy_dict {
	struct npy_text descr;
	int fortran_order;		/* 0 or 1; -1: absent */
	bool has_shape;
};

/* Where a parser stands, and where it says why it stopped. */
struct npy_cursor {
	const char *at, *end;
	char *why;
	size_t why_size;
};

/*
 * npy_parse_dict() - read the whole text between c->at and c->end; the shape goes into `array`
 *
 * Returns 0 with all three keys present, or -1 with one clause in c->why.
 */
int npy_parse_dict(struct npy_cursor *c, struct npy_dict *dict, struct npy *array);

/* npy_fail() - write why the parser stops; returns -1 */
__attribute__((format(printf, 2, 3))) int npy_fail(const struct npy_cursor *c, const char *format, ...);

bool npy_text_is(struct npy_text t, const char *s);

/* npy_quoted() - what the file says, fit for a terminal: the file may be hostile, and an escape sequence must not reach it */
#define NPY_MAX_QUOTED 40		/* characters of a foreign file that a message repeats */
const char *npy_quoted(struct npy_text t, char clean[NPY_MAX_QUOTED + 4]);

#endif
