/*
 * promise.h - what ln.h promises of a quantity, in the form in which the hunter measures it; the constants are those of tests/support/bounds.h
 */
#ifndef PROMISE_H
#define PROMISE_H

#include "classes.h"
#include "problem.h"
#include "bounds.h"

/*
 * The largest factor that ln.h allows in this class; infinite where it promises nothing. y, dgamma, dbeta: |error| / (u * bracket). All
 * else is told as the part of the whole bound that the error takes. bf16 and f16: that of f32, and one rounding into the type.
 */
static inline double promise_of(const struct quantity *q, enum arithmetic class)
{
	switch (q->kind) {
	case FORWARD:	/* the classes of a norm without a mean differ only where it has a beta */
		return bound_of_y(q->norm, norm_facts(q->norm)->has_mean || q->beta ? class : FUSED);
	case DGAMMA: return BOUND_DGAMMA;
	case DBETA: return BOUND_DBETA;
	case CELL_BACK: return INFINITY;	/* measured only */
	case BACKWARD: return BOUND_DX;
	case CELL: return BOUND_CELL;
	default: return 1;	/* GATED */
	}
}

#endif
