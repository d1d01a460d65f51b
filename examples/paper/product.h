/*
 * product.h - products of matrices of floats, by default in an order of operations that no compiler, CPU or number of threads changes
 *
 * Matrices are contiguous rows; sizes are m (rows of c), n (columns of c), k (the terms of a sum).
 */
#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/* Use OpenBLAS from now on: other bits on another CPU. Returns false where the program was built without it. */
bool product_use_blas(void);

/* For the record: "in order", or the kernels of OpenBLAS. */
const char *product_name(void);

/* c = a b;  a: m x k, b: k x n */
void product(size_t m, size_t n, size_t k, const float *a, const float *b, float *c);

/* c = a bᵀ;  a: m x k, b: n x k. The gradient at the input of a linear layer */
void product_bt(size_t m, size_t n, size_t k, const float *a, const float *b, float *c);

/* c += aᵀ b;  a: k x m, b: k x n. The gradient of the weights, added to what is there */
void product_at_add(size_t m, size_t n, size_t k, const float *a, const float *b, float *c);

#endif
