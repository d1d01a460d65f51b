// loops.h - a step of a recurrent cell as plain loops, each at -O3 with libm's functions: what stands where it is not one call
#ifndef LN_BENCH_LOOPS_H
#define LN_BENCH_LOOPS_H

#include <cstddef>

// params as in ln.h; scratch: 2 * gates * hidden floats
void rnn_loops(size_t rows, size_t hidden, float eps, const float *wh, const float *wx, const float *params, float *h, float *scratch);
void lstm_loops(size_t rows, size_t hidden, float eps, const float *wh, const float *wx, const float *c_prev, const float *params, float *h,
		float *c, float *scratch);
void gru_loops(size_t rows, size_t hidden, float eps, const float *wh, const float *wx, const float *h_prev, const float *params, float *h,
	       float *scratch);

#endif
