/*
 * npy_file.h - an .npy file in memory, without reading it first
 */
#ifndef LNORM_NPY_FILE_H
#define LNORM_NPY_FILE_H

#include "npy.h"

struct npy_file {
	const char *path;
	struct npy array;
	const void *data;		/* array.count elements, aligned for their type */
	void *map, *copy;
	size_t map_size;
};

/* npy_file_open() - map the file and check it; returns 0, or -1 having said on stderr what is wrong with it */
int npy_file_open(struct npy_file *file, const char *path);

/* npy_file_close() - harmless on a file of zero bytes in memory, that is one never opened */
void npy_file_close(struct npy_file *file);

#endif
