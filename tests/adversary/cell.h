/*
 * cell.h - the oracle of recurrent cells: one row of a step and its gradients from the formulas of ln.h, in long double
 */
#ifndef CELL_H
#define CELL_H

#include "scan.h"

struct cell_judge;

struct cell_judge *cell_judge_make(const struct problem *p);
void cell_judge_free(struct cell_judge *j);

/* The step, forward or backward, by the kernels in use; the largest part of its bound that an output takes. */
struct worst cell_worst(struct cell_judge *j, const struct problem *p);

#endif
