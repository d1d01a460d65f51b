/* layout.h - random strides of rows and columns */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "rng.h"

#include <ln.h>

/* Of each tensor of rows of d, which has its rows, cols and heads: no elements of a tensor overlap. */
void layouts_draw(struct rng *r, ln_desc *d);

#endif
