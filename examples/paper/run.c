/*
 * run.c - options by argp, the CSV, progress
 */
#include "run.h"
#include "must.h"
#include "product.h"

#include <argp.h>
#include <errno.h>
#include <ln.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const norm_names[] = {[NORM_NONE] = "none", [NORM_BATCH] = "batch", [NORM_LAYER] = "layer"};

static const struct argp_option options[] = {
	{"norm", 'n', "none|batch|layer", 0, "what normalises (default: layer)", 0},
	{"batch", 'b', "N", 0, "samples in a batch", 0},
	{"steps", 's', "N", 0, "steps of training", 0},
	{"every", 'e', "N", 0, "steps between two lines of the CSV", 0},
	{"rate", 'r', "X", 0, "learning rate of Adam", 0},
	{"seed", 'S', "N", 0, "of the weights and of the order of samples (default: 1)", 0},
	{"places", 'p', "N", 0, "digits of a number, for ln_paper_embed alone", 0},
	{"usual", 'u', "all|recurrent", 0,
	 "first weights and clipping, or the recurrent weights alone, as in ln_paper_chars; for ln_paper_embed alone", 0},
	{"out", 'o', "FILE", 0, "the CSV (default: standard output)", 0},
	{"data", 'd', "FOLDER", 0, "the data (default: those of the source tree)", 0},
	{"blas", 'B', NULL, 0, "products by OpenBLAS: faster, but other bits on another CPU", 0},
	{0},
};

static size_t count_of(const struct argp_state *state, const char *name, const char *text)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || value == 0 || value > 1000000000)
		argp_error(state, "--%s: '%s' is not a number from 1 to 1000000000", name, text);
	return (size_t)value;
}

static double rate_of(const struct argp_state *state, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value > 0 && value < 1))
		argp_error(state, "--rate: '%s' is not a number between 0 and 1", text);
	return value;
}

static enum norm_kind norm_of(const struct argp_state *state, const char *text)
{
	for (size_t i = 0; i < sizeof norm_names / sizeof norm_names[0]; i++)
		if (strcmp(text, norm_names[i]) == 0)
			return (enum norm_kind)i;
	argp_error(state, "--norm: '%s' is none of none, batch, layer", text);
	return NORM_NONE;
}

static unsigned usual_of(const struct argp_state *state, const char *text)
{
	if (strcmp(text, "recurrent") == 0)
		return USUAL_RECURRENT;
	if (strcmp(text, "all") != 0)
		argp_error(state, "--usual: '%s' is none of all, recurrent", text);
	return USUAL_RECURRENT | USUAL_REST;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct run *r = state->input;

	switch (key) {
	case 'n': r->norm = norm_of(state, text); return 0;
	case 'b': r->batch = count_of(state, "batch", text); return 0;
	case 's': r->steps = count_of(state, "steps", text); return 0;
	case 'e': r->every = count_of(state, "every", text); return 0;
	case 'r': r->rate = rate_of(state, text); return 0;
	case 'S': r->seed = count_of(state, "seed", text); return 0;
	case 'p':
		if (!r->places)
			argp_error(state, "--places: this program has no numbers");
		r->places = count_of(state, "places", text);
		return 0;
	case 'u':
		if (!r->places)
			argp_error(state, "--usual: this program has nothing else");
		r->usual = usual_of(state, text);
		return 0;
	case 'd': r->data = text; return 0;
	case 'o':
		r->csv = fopen(text, "w");
		if (!r->csv)
			argp_failure(state, EXIT_FAILURE, errno, "%s", text);
		return 0;
	case 'B':
		if (!product_use_blas())
			argp_error(state, "--blas: this program was built without OpenBLAS");
		return 0;
	case ARGP_KEY_ARG: argp_error(state, "'%s' is not an option", text); return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The class of the kernels, not their name: all kernels of a class write the same file. */
static const char *arithmetic(void)
{
	static const char *const fused[] = {"avx2", "avx512", "neon", "sve"};

	for (size_t i = 0; i < sizeof fused / sizeof fused[0]; i++)
		if (strcmp(ln_isa(), fused[i]) == 0)
			return "fused";
	return "unfused";
}

void run_begin(struct run *r, int argc, char **argv, const char *what)
{
	struct argp argp = {.options = options, .parser = parse, .doc = what};

	r->norm = NORM_LAYER;
	r->seed = 1;
	r->data = PAPER_DATA;
	r->csv = stdout;
	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, r))
		fail(r->program, "the options cannot be read");
	fprintf(r->csv, "# %s; libln's %s kernels; products %s\n", r->program, arithmetic(), product_name());
	fprintf(r->csv, "norm,batch,rate,seed,step,train_loss,valid_loss,%s\n", r->score);
	r->begun = r->shown = seconds();
}

static void show(struct run *r, size_t step, double loss)
{
	bool terminal = isatty(STDERR_FILENO) == 1;
	double now = seconds(), left = step ? (now - r->begun) / (double)step * (double)(r->steps - step) : 0;

	if (step && step < r->steps && now - r->shown < (terminal ? 0.2 : 5))
		return;
	r->shown = now;
	fprintf(stderr, "%s%s, %s norm, batch %zu, seed %zu (%s): step %zu of %zu, loss %.4f, %.0f s left%s", terminal ? "\r\033[K" : "",
		r->program, norm_names[r->norm], r->batch, (size_t)r->seed, ln_isa(), step, r->steps, loss, left,
		terminal && step < r->steps ? "" : "\n");
}

void run_report(struct run *r, size_t step, double train_loss, double valid_loss, double score)
{
	fprintf(r->csv, "%s,%zu,%g,%zu,%zu,%.6g,%.6g,%.6g\n", norm_names[r->norm], r->batch, r->rate, (size_t)r->seed, step, train_loss,
		valid_loss, score);
	show(r, step, valid_loss);
}

void run_end(struct run *r)
{
	if (fflush(r->csv) || ferror(r->csv) || fclose(r->csv))
		fail(r->program, "the CSV cannot be written: %s", strerror(errno));
}
