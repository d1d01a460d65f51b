/*
 * norm_job.c - one norm of a file: group after group of rows, each written to all files that come out of it
 */
#include "norm_job.h"

#include <ln.h>
#include <stdlib.h>

#include "complain.h"
#include "output.h"
#include "progress.h"

#define PIECE ((size_t)1 << 20)		/* bytes of a group of rows: still in the cache when it is written to the file */

/* A file that is written; path NULL: none is. */
struct result {
	const char *path;
	struct npy array;
	size_t row_bytes;
	void *buffer;			/* of a group of rows */
};

struct work {
	const struct norm_job *job;
	size_t group;			/* rows at a time */
	struct result results[NORM_OUTPUTS];
	struct output outputs[NORM_OUTPUTS];
};

/* The sum goes on as the residual of the next layer, so it has that type; statistics are float, or double for double. */
static uint32_t type_of(const struct norm_job *job, int which)
{
	uint32_t x = job->layer.x.array.type;

	if (which == NORM_Y)
		return job->y_type ? job->y_type : x;
	if (which == NORM_SUM)
		return job->residual.data ? job->residual.array.type : x;
	return x == LN_F64 ? LN_F64 : LN_F32;
}

/* The shape of x; of the statistics, as in ONNX, with 1 for each dimension that was normalised. */
static void describe(const struct norm_job *job, int which, struct result *result)
{
	const struct layer *l = &job->layer;
	int statistics = which == NORM_MEAN || which == NORM_RSTD;

	*result = (struct result){.path = job->paths[which], .array = l->x.array};
	result->array.type = type_of(job, which);
	for (size_t i = l->axis; statistics && i < l->x.array.ndim; i++)
		result->array.shape[i] = 1;
	result->array.count = statistics ? l->rows : l->x.array.count;
	result->row_bytes = (statistics ? 1 : l->cols) * npy_type_size(result->array.type);
}

/* Where row `row` of a file of the shape of x begins; NULL if there is no file. */
static const void *row_of(const struct npy_file *file, size_t row, size_t cols)
{
	return file->data ? (const char *)file->data + row * cols * npy_type_size(file->array.type) : NULL;
}

/* Normalise `rows` rows from `row` on into the buffers; the bits do not depend on the grouping. */
static int normalise(const struct work *w, size_t row, size_t rows)
{
	const struct norm_job *job = w->job;
	const struct layer *l = &job->layer;
	const struct npy_file *r = &job->residual, *g = &job->gate;
	ln_desc d = {
		.struct_size = sizeof d, .norm = l->norm, .flags = job->flags, .x_type = l->x.array.type, .y_type = job->y_type,
		.residual_type = r->data ? r->array.type : 0, .sum_type = type_of(job, NORM_SUM), .gate_type = g->data ? g->array.type : 0,
		.param_type = l->gamma.data ? l->gamma.array.type : l->beta.data ? l->beta.array.type : 0,
		.rows = rows, .cols = l->cols, .eps = l->eps,
	};
	ln_forward_tensors t = {
		.struct_size = sizeof t, .x = row_of(&l->x, row, l->cols), .residual = row_of(r, row, l->cols), .gate = row_of(g, row, l->cols),
		.gamma = l->gamma.data, .beta = l->beta.data, .y = w->results[NORM_Y].buffer, .sum = w->results[NORM_SUM].buffer,
		.mean = w->results[NORM_MEAN].buffer, .rstd = w->results[NORM_RSTD].buffer,
	};
	char why[LN_EXPLANATION];

	if (ln_forward(&d, &t) == LN_OK)
		return 0;
	ln_explain_forward(&d, &t, why, sizeof why);
	complain(l->x.path, "%s", why);
	return -1;
}

static int write_rows(struct work *w)
{
	const struct layer *l = &w->job->layer;
	size_t row_bytes = l->cols * npy_type_size(l->x.array.type);
	int failed = 0;

	progress_begin(l->rows * row_bytes);
	for (size_t row = 0, n; row < l->rows && !failed; row += n) {
		n = l->rows - row < w->group ? l->rows - row : w->group;
		failed = normalise(w, row, n);
		for (int i = 0; i < NORM_OUTPUTS && !failed; i++)
			if (w->results[i].path)
				failed = output_write(&w->outputs[i], w->results[i].buffer, n * w->results[i].row_bytes);
		progress_update((row + n) * row_bytes);
	}
	return failed;
}

/* Begin a file, write its header, and make room for its part of a group. */
static int begin(struct work *w, int which)
{
	unsigned char header[NPY_MAX_HEADER];
	struct result *r = &w->results[which];
	size_t header_size = npy_format(&r->array, header), rows = w->group < w->job->layer.rows ? w->group : w->job->layer.rows;

	if (output_begin(&w->outputs[which], r->path, (off_t)(header_size + w->job->layer.rows * r->row_bytes)) ||
	    output_write(&w->outputs[which], header, header_size))
		return -1;
	r->buffer = malloc(rows * r->row_bytes);
	if (r->buffer || rows == 0)
		return 0;
	complain(w->job->layer.x.path, "not enough memory for rows of %zu columns", w->job->layer.cols);
	return -1;
}

int norm_job_run(const struct norm_job *job)
{
	struct work w = {.job = job};
	int failed = 0;

	for (int i = 0; i < NORM_OUTPUTS; i++)
		describe(job, i, &w.results[i]);
	w.group = w.results[NORM_Y].row_bytes < PIECE ? PIECE / w.results[NORM_Y].row_bytes : 1;
	for (int i = 0; i < NORM_OUTPUTS && !failed; i++)
		failed = w.results[i].path ? begin(&w, i) : 0;
	if (!failed)
		failed = output_distinct(w.outputs, NORM_OUTPUTS) || write_rows(&w);
	if (!failed) {
		progress_note("waiting for the disk");
		failed = output_commit(w.outputs, NORM_OUTPUTS);
	}
	progress_end();
	for (int i = 0; i < NORM_OUTPUTS; i++) {
		output_abandon(&w.outputs[i]);
		free(w.results[i].buffer);
	}
	return failed ? -1 : 0;
}
