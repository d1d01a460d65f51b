// opponents.h - the passes over memory that ln_forward() saves: what stands before and after a norm where it is not fused
#ifndef LN_BENCH_OPPONENTS_H
#define LN_BENCH_OPPONENTS_H

#include <cstddef>
#include <cstdint>

// sum = x + residual
void add(size_t count, const float *x, const float *residual, float *sum);

// to, cols x rows, is from the other way round
void transpose(size_t rows, size_t cols, const float *from, float *to);

// Each row divided by its scale, largest |y| / 127, and rounded to the nearest
void quantise(size_t rows, size_t cols, const float *y, int8_t *q, float *scale);

#endif
