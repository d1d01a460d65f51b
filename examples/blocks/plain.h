/* plain.h - what the programs here have in common: numbers to try, norms written plainly in double, and a comparison */
#ifndef PLAIN_H
#define PLAIN_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static inline void plain_fill(size_t n, float *p, double centre) /* centre - 1 ... centre + 1 */
{
	static uint64_t state = 1;

	for (size_t i = 0; i < n; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		p[i] = (float)(centre + (double)(state >> 33) / 1073741824.0 - 1);
	}
}

static inline double plain_silu(double g)
{
	return g / (1 + exp(-g));
}

static inline double plain_mean(size_t n, const double *s)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += s[i];
	return sum / (double)n;
}

static inline double plain_rstd(size_t n, const double *s, double mean, double eps)
{
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (s[i] - mean) * (s[i] - mean);
	return 1 / sqrt(squares / (double)n + eps);
}

/* The larger of `worst` and the error of y, of what it should be or of 1; a NaN stays one. */
static inline double plain_worse(double worst, double y, double should)
{
	double error = fabs(y - should) / fmax(1, fabs(should));

	return error <= worst ? worst : error;
}

/* What main() returns: 0 where the call went well and the largest error is small enough. */
static inline int plain_verdict(const char *what, int status, double worst, double tolerance)
{
	int ok = status == 0 && worst <= tolerance;

	printf("%s: status %d, largest error %.1e, %s\n", what, status, worst, ok ? "ok" : "OFF");
	return !ok;
}

#endif
