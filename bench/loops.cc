// loops.cc - see loops.h
#include "loops.h"

#include <cmath>

namespace {

float sigmoid(float v) { return 1 / (1 + expf(-v)); }

// y = LN(x; gamma, beta) of one row; beta may be null
void norm(size_t n, float eps, const float *__restrict x, const float *__restrict gamma, const float *__restrict beta, float *__restrict y)
{
	float sum = 0, sum2 = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	float mean = sum / static_cast<float>(n);
	for (size_t i = 0; i < n; i++)
		sum2 += (x[i] - mean) * (x[i] - mean);
	float rstd = 1 / sqrtf(sum2 / static_cast<float>(n) + eps);
	if (beta)
		for (size_t i = 0; i < n; i++)
			y[i] = (x[i] - mean) * rstd * gamma[i] + beta[i];
	else
		for (size_t i = 0; i < n; i++)
			y[i] = (x[i] - mean) * rstd * gamma[i];
}

void add(size_t n, const float *__restrict a, float *__restrict sum)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += a[i];
}

} // namespace

void rnn_loops(size_t rows, size_t hidden, float eps, const float *wh, const float *wx, const float *params, float *h, float *scratch)
{
	for (size_t r = 0; r < rows; r++, wh += hidden, wx += hidden, h += hidden) {
		for (size_t i = 0; i < hidden; i++)
			scratch[i] = wh[i] + wx[i];
		norm(hidden, eps, scratch, params, params + hidden, h);
		for (size_t i = 0; i < hidden; i++)
			h[i] = tanhf(h[i]);
	}
}

void lstm_loops(size_t rows, size_t hidden, float eps, const float *wh, const float *wx, const float *c_prev, const float *params, float *h,
		float *c, float *scratch)
{
	size_t all = 4 * hidden;
	float *gate = scratch, *other = scratch + all;
	for (size_t r = 0; r < rows; r++, wh += all, wx += all, c_prev += hidden, h += hidden, c += hidden) {
		norm(all, eps, wx, params + all, params + 2 * all, gate);
		norm(all, eps, wh, params, nullptr, other);
		add(all, other, gate);
		for (size_t i = 0; i < 3 * hidden; i++)
			gate[i] = sigmoid(gate[i]);
		for (size_t i = 3 * hidden; i < all; i++)
			gate[i] = tanhf(gate[i]);
		for (size_t i = 0; i < hidden; i++)
			c[i] = gate[i] * c_prev[i] + gate[hidden + i] * gate[3 * hidden + i];
		norm(hidden, eps, c, params + 3 * all, params + 3 * all + hidden, h);
		for (size_t i = 0; i < hidden; i++)
			h[i] = gate[2 * hidden + i] * tanhf(h[i]);
	}
}

void gru_loops(size_t rows, size_t hidden, float eps, const float *wh, const float *wx, const float *h_prev, const float *params, float *h,
	       float *scratch)
{
	size_t all = 3 * hidden, last = 2 * hidden;
	float *gate = scratch, *other = scratch + all;
	for (size_t r = 0; r < rows; r++, wh += all, wx += all, h_prev += hidden, h += hidden) {
		norm(last, eps, wx, params + all, params + 2 * all, gate);
		norm(last, eps, wh, params, nullptr, other);
		add(last, other, gate);
		norm(hidden, eps, wx + last, params + all + last, params + 2 * all + last, gate + last);
		norm(hidden, eps, wh + last, params + last, params + 3 * all, other + last);
		for (size_t i = 0; i < last; i++)
			gate[i] = sigmoid(gate[i]);
		for (size_t i = 0; i < hidden; i++) {
			float n = tanhf(gate[last + i] + gate[hidden + i] * other[last + i]);
			h[i] = (1 - gate[i]) * h_prev[i] + gate[i] * n;
		}
	}
}
