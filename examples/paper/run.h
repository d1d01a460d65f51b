/*
 * run.h - what the three programs share: their options, their CSV, the line that says how far they are
 */
#ifndef RUN_H
#define RUN_H

#include "norm.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What ln_paper_embed does as ln_paper_chars does it, and not as it was published. */
enum usual {
	USUAL_RECURRENT = 1,	/* the first weights wh */
	USUAL_REST = 2,		/* the first weights wx, and clipping */
};

struct run {
	const char *program, *score;	/* name of the program; of the last column of its CSV */
	enum norm_kind norm;
	size_t batch, steps, every;	/* steps to do, steps between two reports */
	uint64_t seed;
	double rate;			/* of Adam */
	size_t places;			/* digits of a number, or 0 for a program that has no numbers */
	unsigned usual;			/* of enum usual, for a program that has numbers */
	const char *data;		/* folder */
	FILE *csv;
	double begun, shown;		/* seconds */
};

/* Reads the options over the defaults that r holds, opens the CSV and writes its head. */
void run_begin(struct run *r, int argc, char **argv, const char *what);

/* A line of the CSV, and of progress. */
void run_report(struct run *r, size_t step, double train_loss, double valid_loss, double score);

void run_end(struct run *r);

#endif
