/*
 * output.h - files that appear whole or not at all
 */
#ifndef LNORM_OUTPUT_H
#define LNORM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One file; all zero is one that was never begun. */
struct output {
	const char *name;		/* as the user wrote it */
	char *path, *temporary;
	char *old;			/* the file that was there before, while the others get their names */
	bool named;
	int fd;
};

/*
 * output_begin() - create a temporary file of `size` bytes, beside the one that it will become
 *
 * From here on a signal that ends the program removes it. `name` must outlive the output.
 * Returns 0, or -1 having complained; so do the next three. After a failure call output_abandon() for every output.
 */
int output_begin(struct output *output, const char *name, off_t size);

int output_write(struct output *output, const void *bytes, size_t size);

/*
 * output_commit() - put all of them on disk, then give them their names; until then the old files of those names are untouched
 *
 * Outputs that were never begun are passed over. No signal comes between the names; where one cannot be given, those that were are taken back.
 */
int output_commit(struct output *outputs, size_t count);

/* output_distinct() - whether no two of them are one file, of which the second would silently take the place of the first: 0 if so */
int output_distinct(const struct output *outputs, size_t count);

/* output_abandon() - remove what there is; after a commit, release what is left */
void output_abandon(struct output *output);

#endif
