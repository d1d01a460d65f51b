/*
 * timing.c - the clock, and the speed of kernels beside that of memcpy
 */
#include "timing.h"
#include "norms.h"

#include <ln.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_ROUNDS 9			/* the median of these is reported */
#define MIN_ROUNDS 3
#define SLICE 5e-3			/* seconds given to one contestant in one round, one call at least */
#define LONGEST 2.0			/* seconds after which no further round begins */

double timing_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int call(const struct timing_job *job, const struct kernel *kernel)
{
	if (kernel)
		return norm_call(job->norm, LN_F32, job->rows, job->cols, job->x, job->gamma, job->beta, job->eps, job->y);
	memcpy(job->y, job->x, job->rows * job->cols * sizeof *job->y);
	__asm__ volatile("" : : "r"(job->y) : "memory");	/* the copy is for nobody: the compiler must not drop it */
	return LN_OK;
}

/* Seconds per call over `calls` calls; kernel NULL is memcpy. */
static double measure(const struct timing_job *job, const struct kernel *kernel, size_t calls)
{
	double begun = timing_seconds();

	for (size_t i = 0; i < calls; i++)
		call(job, kernel);
	return (timing_seconds() - begun) / (double)calls;
}

/* How many calls fill a slice: double until the time can be trusted. Warms caches and pages as it goes. */
static size_t calibrate(const struct timing_job *job, const struct kernel *kernel)
{
	size_t calls = 1;
	double seconds = measure(job, kernel, 1);

	while (seconds * (double)calls < SLICE / 4) {
		calls *= 2;
		seconds = measure(job, kernel, calls);
	}
	return SLICE / seconds < 1 ? 1 : (size_t)(SLICE / seconds);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One call of each contestant, to see that it works, and the number of calls that fill a slice. */
static int prepare(const struct timing_job *job, const struct kernel *const *contestants, size_t count, size_t *calls)
{
	for (size_t i = 0; i < count; i++) {
		int status = contestants[i] ? ln_set_isa(contestants[i]->name) : LN_OK;
		if (status == LN_OK)
			status = call(job, contestants[i]);
		if (status != LN_OK)
			return status;
		calls[i] = calibrate(job, contestants[i]);
	}
	return LN_OK;
}

int timing_run(const struct timing_job *job, const struct kernel *kernels, size_t count, double *ns, double *memcpy_ns)
{
	const struct kernel *contestants[MAX_KERNELS + 1];
	double seconds[MAX_KERNELS + 1][MAX_ROUNDS], begun = timing_seconds();
	size_t calls[MAX_KERNELS + 1], rounds = 0;

	for (size_t i = 0; i <= count; i++)
		contestants[i] = i < count ? &kernels[i] : NULL;	/* the last is memcpy */
	int status = prepare(job, contestants, count + 1, calls);
	for (; status == LN_OK && rounds < MAX_ROUNDS && (rounds < MIN_ROUNDS || timing_seconds() - begun < LONGEST); rounds++) {
		for (size_t i = 0; i <= count; i++) {
			if (contestants[i])
				ln_set_isa(contestants[i]->name);
			seconds[i][rounds] = measure(job, contestants[i], calls[i]);
		}
	}
	ln_set_isa(NULL);
	for (size_t i = 0; status == LN_OK && i <= count; i++) {
		qsort(seconds[i], rounds, sizeof seconds[i][0], by_value);
		*(i < count ? &ns[i] : memcpy_ns) = 1e9 * seconds[i][rounds / 2];
	}
	return status;
}

double timing_rate(const struct timing_job *job, double ns)
{
	return 2.0 * (double)job->rows * (double)job->cols * sizeof(float) / ns;
}
