/*
 * linear.h - the part of a network that is not libln: y = x w + b, and its gradients
 */
#ifndef LINEAR_H
#define LINEAR_H

#include <stddef.h>

/* x: rows x in; w: in x out; b: out; y: rows x out */
void linear_forward(size_t rows, size_t in, size_t out, const float *x, const float *w, const float *b, float *y);

/* dx may be NULL. */
void linear_backward(size_t rows, size_t in, size_t out, const float *x, const float *w, const float *dy, float *dx, float *dw, float *db);

#endif
