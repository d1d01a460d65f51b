/*
 * cmd_bench.c - lnorm bench: the speed of every kernel beside that of memcpy
 */
#include <argp.h>
#include <limits.h>
#include <ln.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "complain.h"
#include "hostile.h"
#include "kernels.h"
#include "lnorm.h"
#include "norms.h"
#include "timing.h"

enum { ROWS = 256, COLS, NORM, ISA };

struct bench_options {
	long rows, cols;		/* 0: not given */
	uint32_t norm;
	const char *isa;
};

static const struct argp_option options[] = {
	{"rows", ROWS, "R", 0, "Measure one shape, R rows ...", 0},
	{"cols", COLS, "C", 0, "... of C columns, instead of a list of shapes", 0},
	{"norm", NORM, "layernorm|rmsnorm|l2norm", 0, "Which norm (default: layernorm)", 0},
	{"isa", ISA, "NAME", 0, "Measure only these kernels", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct bench_options *o = state->input;

	switch (key) {
	case ROWS:
		o->rows = args_integer(state, "--rows", argument, 1, LONG_MAX);
		return 0;
	case COLS:
		o->cols = args_integer(state, "--cols", argument, 1, LONG_MAX);
		return 0;
	case NORM:
		o->norm = args_norm(state, argument);
		return 0;
	case ISA:
		o->isa = argument;
		return 0;
	case ARGP_KEY_END:
		if (!o->rows != !o->cols)
			argp_error(state, "--rows and --cols go together");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Measure every kernel that this CPU can run, on one thread, beside memcpy of the same matrix.",
};

/* Memory that begins at a cache line, as an allocator for tensors gives it. */
static float *allocate(size_t rows, size_t cols)
{
	size_t bytes;

	if (__builtin_mul_overflow(rows, cols, &bytes) || __builtin_mul_overflow(bytes, sizeof(float), &bytes) ||
	    bytes > PTRDIFF_MAX - 64)
		return NULL;
	return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void print_shape(const struct timing_job *job, const struct kernel *kernels, size_t count, const double *ns,
			double memcpy_ns)
{
	char shape[48];

	snprintf(shape, sizeof shape, "%zux%zu", job->rows, job->cols);
	for (size_t k = 0; k < count; k++)
		printf("%-10s %12s %14.1f %9.2f %9.2f\n", kernels[k].name, shape, ns[k], timing_rate(job, ns[k]),
		       ns[k] / memcpy_ns);
	printf("%-10s %12s %14.1f %9.2f %9.2f\n\n", "memcpy", shape, memcpy_ns, timing_rate(job, memcpy_ns), 1.0);
	fflush(stdout);
}

static int bench_shape(uint32_t norm, size_t rows, size_t cols, const struct kernel *kernels, size_t count)
{
	double ns[MAX_KERNELS], memcpy_ns;
	float *x = allocate(rows, cols), *y = allocate(rows, cols), *gamma = allocate(1, cols), *beta = allocate(1, cols);
	uint64_t random = 1;
	int status = -1;

	if (!x || !y || !gamma || !beta) {
		complain("bench", "not enough memory for %zu rows of %zu columns", rows, cols);
	} else {
		for (size_t i = 0; i < cols; i++) {
			x[i] = (float)hostile_normal(&random);
			gamma[i] = (float)hostile_normal(&random);
			beta[i] = (float)hostile_normal(&random);
		}
		for (size_t row = 1; row < rows; row++)
			memcpy(x + row * cols, x, cols * sizeof *x);
		memset(y, 0, rows * cols * sizeof *y);		/* so that the pages are there */
		struct timing_job job = {norm, rows, cols, x, gamma, beta, 1e-5, y};
		status = timing_run(&job, kernels, count, ns, &memcpy_ns);
		if (status == LN_OK)
			print_shape(&job, kernels, count, ns, memcpy_ns);
		else
			complain("bench", "%s", ln_strerror(status));
	}
	free(beta);
	free(gamma);
	free(y);
	free(x);
	return status;
}

/* The kernels to measure: all, or the one named. */
static size_t select_kernels(const char *isa, struct kernel kernels[MAX_KERNELS])
{
	size_t count = kernels_list(kernels);

	for (size_t k = 0; isa && k < count; k++)
		if (strcmp(kernels[k].name, isa) == 0) {
			kernels[0] = kernels[k];
			return 1;
		}
	return count;
}

int cmd_bench(int argc, char **argv)
{
	static const size_t shapes[][2] = {{1, 768}, {16, 768}, {128, 768}, {512, 768}, {2048, 1024}, {4096, 4096}};
	struct bench_options o = {0};
	struct kernel kernels[MAX_KERNELS];
	int failed = 0;

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return LNORM_FAILED;
	if (kernels_use(o.isa))
		return LNORM_USAGE;
	size_t count = select_kernels(o.isa, kernels);

	printf("%s on one thread, float32 with %s. Times are medians of several rounds, in each of which every kernel and\n"
	       "memcpy run in turn. GB/s count each element as read once and written once: 2 * rows * cols * 4 bytes.\n\n",
	       norm_of(o.norm)->title, norm_of(o.norm)->has_beta ? "gamma and beta" : "gamma");
	printf("%-10s %12s %14s %9s %9s\n", "kernel", "rows x cols", "ns per call", "GB/s", "x memcpy");
	if (o.rows)
		failed = bench_shape(o.norm, (size_t)o.rows, (size_t)o.cols, kernels, count);
	for (size_t i = 0; !o.rows && !failed && i < sizeof shapes / sizeof *shapes; i++)
		failed = bench_shape(o.norm, shapes[i][0], shapes[i][1], kernels, count);
	return failed ? LNORM_FAILED : LNORM_OK;
}
