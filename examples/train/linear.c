/*
 * linear.c - y = x w + b in plain loops: this network is too small for more
 */
#include "linear.h"

#include <string.h>

void linear_forward(size_t rows, size_t in, size_t out, const float *x, const float *w, const float *b, float *y)
{
	for (size_t r = 0; r < rows; r++) {
		float *to = y + r * out;

		memcpy(to, b, out * sizeof *to);
		for (size_t i = 0; i < in; i++)
			for (size_t o = 0; o < out; o++)
				to[o] += x[r * in + i] * w[i * out + o];
	}
}

void linear_backward(size_t rows, size_t in, size_t out, const float *x, const float *w, const float *dy, float *dx, float *dw, float *db)
{
	memset(dw, 0, in * out * sizeof *dw);
	memset(db, 0, out * sizeof *db);
	for (size_t r = 0; r < rows; r++) {
		const float *from = dy + r * out;

		for (size_t o = 0; o < out; o++)
			db[o] += from[o];
		for (size_t i = 0; i < in; i++) {
			float sum = 0;

			for (size_t o = 0; o < out; o++) {
				dw[i * out + o] += x[r * in + i] * from[o];
				sum += w[i * out + o] * from[o];
			}
			if (dx)
				dx[r * in + i] = sum;
		}
	}
}
