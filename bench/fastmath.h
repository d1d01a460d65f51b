// fastmath.h - what a user would write instead of calling libln: plain loops, and a compiler that may do as it likes with their arithmetic
#ifndef LN_BENCH_FASTMATH_H
#define LN_BENCH_FASTMATH_H

#include <cstddef>
#include <cstdint>

void fastmath_layernorm(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, float eps, float *y);
void fastmath_layernorm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, float eps, uint16_t *y);

void fastmath_rmsnorm(size_t rows, size_t cols, const float *x, const float *gamma, float eps, float *y);
void fastmath_rmsnorm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, float eps, uint16_t *y);

// The gradients, given the statistics; those of the parameters are floats for both types.
void fastmath_backward(size_t rows, size_t cols, const float *x, const float *dy, const float *gamma, const float *mean, const float *rstd,
		       float *dx, float *dgamma, float *dbeta);
void fastmath_backward(size_t rows, size_t cols, const uint16_t *x, const uint16_t *dy, const uint16_t *gamma, const float *mean,
		       const float *rstd, uint16_t *dx, float *dgamma, float *dbeta);

#endif
