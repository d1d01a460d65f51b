/*
 * npy.h - the .npy file format: read a header that anyone may have written, write one that everyone can read
 *
 * Nothing here touches a file or prints; the caller maps the bytes and says what went wrong.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
#ifndef LNORM_NPY_H
#define LNORM_NPY_H

#include <stddef.h>
#include <stdint.h>

#define NPY_MAX_DIMS 64			/* as in NumPy 2 */
#define NPY_MAX_HEADER 2048		/* bytes of the longest header that npy_format() writes: 64 dimensions of 20 digits */
#define NPY_MAX_SHAPE_TEXT 1536		/* the longest shape as text, such as "(44, 384)" */

/* A C-ordered array of floating-point numbers in the byte order of this machine. */
struct npy {
	uint32_t type;			/* LN_F16, LN_F32 or LN_F64 of ln.h */
	size_t ndim;
	size_t shape[NPY_MAX_DIMS];
	size_t count;			/* elements */
	size_t offset;			/* of the first element in the file, in bytes */
};

/*
 * npy_parse() - understand the `size` bytes of a whole .npy file, and check that the data are all there and nothing more
 *
 * Returns 0, or -1 with one clause in `why` saying what was found and, where that helps, what is supported.
 */
int npy_parse(const unsigned char *bytes, size_t size, struct npy *array, char *why, size_t why_size);

/*
 * npy_format() - write the header of such an array: format version 1.0, padded so that the data begin at a multiple of 64 bytes
 *
 * Returns its length, at most NPY_MAX_HEADER.
 */
size_t npy_format(const struct npy *array, unsigned char header[NPY_MAX_HEADER]);

/* npy_type_size(), npy_type_name() - bytes of an element, and NumPy's word for it, such as "float32" */
size_t npy_type_size(uint32_t type);
const char *npy_type_name(uint32_t type);

/* npy_type_named() - the type of this name, or 0 */
uint32_t npy_type_named(const char *name);

/* npy_shape_text() - the shape as Python writes it; returns `text` */
const char *npy_shape_text(const struct npy *array, char text[NPY_MAX_SHAPE_TEXT]);

#endif
