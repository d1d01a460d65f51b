/*
 * child.h - fresh processes: what the library does at its first call can be seen only in a program that has just begun
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stddef.h>

enum { CHILD_OUTPUT_MAX = 10000 };

struct child {
	const char *program;		/* NULL: this one */
	const char *isa;		/* LN_ISA; NULL: not set */
	const char *hidden;		/* a folder of which the child sees an empty one instead; or NULL */
	bool run;			/* set: false if the system does not let us hide a folder */
	int status;			/* set: as wait() gives it */
	char output[CHILD_OUTPUT_MAX];	/* set: what it wrote to stdout and stderr */
};

/* Runs `PROGRAM --probe`. */
void child_run(struct child *c);

#endif
