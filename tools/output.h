/*
 * output.h - a file that appears whole or not at all
 */
#ifndef LNORM_OUTPUT_H
#define LNORM_OUTPUT_H

#include <stddef.h>
#include <sys/types.h>

struct output {
	char *path, *temporary;
	int fd;
};

/*
 * output_begin() - create a temporary file of `size` bytes, beside the one that it will become
 *
 * From here on a signal that ends the program removes it. There is one output at a time.
 * Returns 0, or -1 having complained; so do the next two. After a failure call output_abandon().
 */
int output_begin(struct output *output, const char *path, off_t size);

int output_write(struct output *output, const void *bytes, size_t size);

/* output_commit() - put everything on disk, then give the file its name; until then the old file of that name is untouched */
int output_commit(struct output *output);

/* output_abandon() - remove what there is; after a commit, release what is left */
void output_abandon(struct output *output);

#endif
