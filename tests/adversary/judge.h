/*
 * judge.h - solves a problem by the kernels in use, compares with the oracle, and remembers changes until they are taken back
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "scan.h"

struct change { enum part part; size_t i; double old; };

struct judge {
	struct problem *p;		/* the judge's own */
	double mean;			/* about which the search sums */
	size_t changed, room;
	struct change *log;
	void *out[3];			/* y; dx; dgamma and dbeta; y in 16 bits */
	void *workspace;
	size_t workspace_size;
	struct cell_judge *cell;
};

/* Ends the program where there is no memory. p becomes the judge's. */
struct judge judge_make(struct problem *p);
void judge_free(struct judge *j);

/*
 * A change, noted; more than the log holds (a few times all elements) are refused in silence. _equals: with all that are equal to
 * element i; mirror: those of the other sign become -v.
 */
void judge_set(struct judge *j, enum part part, size_t i, double v);
void judge_set_equals(struct judge *j, enum part part, size_t i, double v, bool mirror);
void judge_accept(struct judge *j);
void judge_undo(struct judge *j);

/* What the search climbs by. */
struct worst judge_factor(struct judge *j);

/* The one that is reported, by exact statistics; these, and the factor by them, for several kernels. */
struct worst judge_exact(struct judge *j);
struct stats judge_stats(const struct judge *j);
struct worst judge_by(struct judge *j, const struct stats *s);

/* How much work a factor is, in columns. */
double judge_cost(const struct problem *p);

#endif
