/*
 * judge.h - solves a problem by the kernels in use, compares with the oracle, and remembers changes until they are taken back
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "scan.h"

struct change { enum part part; size_t i; double old; };

struct judge {
	struct problem *p;		/* the judge's own */
	struct sums sums, before;	/* before: without the changes of the log */
	size_t changed, room, accepted;
	struct change *log;
	void *out[3];			/* y; dx; dgamma and dbeta; y in 16 bits */
	void *workspace;
	size_t workspace_size;
	struct cell_judge *cell;
};

/* Ends the program where there is no memory. p becomes the judge's. */
struct judge judge_make(struct problem *p);
void judge_free(struct judge *j);

/* A change, noted; more than the log holds (once all elements) are refused in silence. */
void judge_set(struct judge *j, enum part part, size_t i, double v);
void judge_accept(struct judge *j);
void judge_undo(struct judge *j);

/* The factor that the search climbs by; the one that is reported, from sums taken anew; the same where the sums are new. */
double judge_factor(struct judge *j);
struct worst judge_exact(struct judge *j);
struct worst judge_whole(struct judge *j);

/* How much work a factor is, in columns. */
double judge_cost(const struct problem *p);

#endif
