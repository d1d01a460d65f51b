// fastmath.cc - see fastmath.h; the one file of the project that is compiled with fast-math, and for this machine alone (CMakeLists.txt)
//
// No template or inline function of the C++ library: a copy of it with this arithmetic and these instructions could serve the other files.
#include "fastmath.h"

#include <math.h>
#include <string.h>

namespace {

float widen(float v) { return v; }

// bf16 is the upper half of a float.
float widen(uint16_t v)
{
	uint32_t bits = static_cast<uint32_t>(v) << 16;
	float wide;
	memcpy(&wide, &bits, sizeof wide);
	return wide;
}

void narrow(float v, float &to) { to = v; }

// Rounded to the nearest, ties to even. A user who allows fast-math has no NaN to look after.
void narrow(float v, uint16_t &to)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	to = static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <class T>
void layernorm(size_t rows, size_t cols, const T *__restrict x, const T *__restrict gamma, const T *__restrict beta, float eps, T *__restrict y)
{
	float n = static_cast<float>(cols);
	for (size_t row = 0; row < rows; row++, x += cols, y += cols) {
		float sum = 0, squares = 0;
		for (size_t i = 0; i < cols; i++)
			sum += widen(x[i]);
		float mean = sum / n;
		for (size_t i = 0; i < cols; i++)
			squares += (widen(x[i]) - mean) * (widen(x[i]) - mean);
		float rstd = 1 / sqrtf(squares / n + eps);
		for (size_t i = 0; i < cols; i++)
			narrow((widen(x[i]) - mean) * rstd * widen(gamma[i]) + widen(beta[i]), y[i]);
	}
}

template <class T> void rmsnorm(size_t rows, size_t cols, const T *__restrict x, const T *__restrict gamma, float eps, T *__restrict y)
{
	float n = static_cast<float>(cols);
	for (size_t row = 0; row < rows; row++, x += cols, y += cols) {
		float squares = 0;
		for (size_t i = 0; i < cols; i++)
			squares += widen(x[i]) * widen(x[i]);
		float rstd = 1 / sqrtf(squares / n + eps);
		for (size_t i = 0; i < cols; i++)
			narrow(widen(x[i]) * rstd * widen(gamma[i]), y[i]);
	}
}

// The gradients of the parameters are summed in the pass that takes the averages: it is faster than in the one that writes dx.
template <class T>
void backward(size_t rows, size_t cols, const T *__restrict x, const T *__restrict dy, const T *__restrict gamma, const float *mean,
	      const float *rstd, T *__restrict dx, float *__restrict dgamma, float *__restrict dbeta)
{
	float n = static_cast<float>(cols);
	memset(dgamma, 0, cols * sizeof *dgamma);
	memset(dbeta, 0, cols * sizeof *dbeta);
	for (size_t row = 0; row < rows; row++, x += cols, dy += cols, dx += cols) {
		float m = mean[row], r = rstd[row], sum = 0, products = 0;
		for (size_t i = 0; i < cols; i++) {
			float d = widen(dy[i]), g = d * widen(gamma[i]), xhat = (widen(x[i]) - m) * r;
			sum += g;
			products += g * xhat;
			dgamma[i] += d * xhat;
			dbeta[i] += d;
		}
		sum /= n;
		products /= n;
		for (size_t i = 0; i < cols; i++) {
			float xhat = (widen(x[i]) - m) * r;
			narrow(r * (widen(dy[i]) * widen(gamma[i]) - sum - xhat * products), dx[i]);
		}
	}
}

} // namespace

void fastmath_layernorm(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, float eps, float *y)
{
	layernorm(rows, cols, x, gamma, beta, eps, y);
}

void fastmath_layernorm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, float eps, uint16_t *y)
{
	layernorm(rows, cols, x, gamma, beta, eps, y);
}

void fastmath_rmsnorm(size_t rows, size_t cols, const float *x, const float *gamma, float eps, float *y) { rmsnorm(rows, cols, x, gamma, eps, y); }

void fastmath_rmsnorm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, float eps, uint16_t *y)
{
	rmsnorm(rows, cols, x, gamma, eps, y);
}

void fastmath_backward(size_t rows, size_t cols, const float *x, const float *dy, const float *gamma, const float *mean, const float *rstd,
		       float *dx, float *dgamma, float *dbeta)
{
	backward(rows, cols, x, dy, gamma, mean, rstd, dx, dgamma, dbeta);
}

void fastmath_backward(size_t rows, size_t cols, const uint16_t *x, const uint16_t *dy, const uint16_t *gamma, const float *mean,
		       const float *rstd, uint16_t *dx, float *dgamma, float *dbeta)
{
	backward(rows, cols, x, dy, gamma, mean, rstd, dx, dgamma, dbeta);
}
