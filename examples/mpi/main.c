/*
 * main.c - LayerNorm of rows that are spread over the ranks of MPI, compared bit by bit with one process that has them whole
 *
 *	mpirun -n 4 ln_mpi
 *
 * Prints, for a giant row and for a batch, in float and bf16, and for each way to combine the statistics, how many elements differ,
 * and a hash of the whole output, which is the same for any number of ranks. Fails if an element differs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"

static const double eps = 1e-5;

static void require(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "ln_mpi: %s\n", what);
	MPI_Abort(MPI_COMM_WORLD, 1);
}

static void *tensor(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	require(p != NULL, "not enough memory");
	return p;
}

/* The shard's columns of the output, from the statistics of the whole rows. */
static int normalise(const struct matrix *m, const struct shard *s, const void *x, const ln_moments *of_rows, void *y)
{
	ln_desc d = {.struct_size = sizeof d, .x_type = m->type, .rows = m->rows, .cols = s->width, .eps = eps};
	void *gamma = tensor(s->width, element_size(m)), *beta = tensor(s->width, element_size(m));
	int status = LN_OK;

	fill_parameters(m, s, gamma, beta);
	if (s->width > 0)				/* fewer blocks than ranks: nothing to do here */
		status = ln_forward(&d, &(ln_forward_tensors){
			sizeof(ln_forward_tensors), .x = x, .gamma = gamma, .beta = beta, .moments = of_rows, .y = y,
		});
	free(beta);
	free(gamma);
	return status;
}

/* The whole output, as a single process makes it with a plain call. */
static void *single(const struct matrix *m)
{
	struct shard all = shard_of(m, 0, 1);
	size_t size = element_size(m);
	void *x = tensor(m->rows * m->cols, size), *gamma = tensor(m->cols, size), *beta = tensor(m->cols, size);

	fill(m, &all, x);
	fill_parameters(m, &all, gamma, beta);
	int status = m->type == LN_BF16 ? ln_layernorm_bf16(m->rows, m->cols, x, gamma, beta, eps, x)
					: ln_layernorm_f32(m->rows, m->cols, x, gamma, beta, eps, x);
	require(status == LN_OK, ln_strerror(status));
	free(beta);
	free(gamma);
	return x;
}

/* Counts the elements of the shard that differ; adds to a hash that does not depend on who has which element. */
static uint64_t compare(const struct matrix *m, const struct shard *s, const char *y, const char *expected, uint64_t *hash)
{
	size_t size = element_size(m);
	uint64_t different = 0;

	for (size_t row = 0; row < m->rows; row++)
		for (size_t i = 0; i < s->width; i++) {
			uint64_t place = row * m->cols + s->begin + i, bits = 0;
			const char *mine = y + (row * s->width + i) * size;
			memcpy(&bits, mine, size);
			*hash += ((place + 1) * 0x9e3779b97f4a7c15 ^ bits) * 0xbf58476d1ce4e5b9;
			different += memcmp(mine, expected + place * size, size) != 0;
		}
	return different;
}

static uint64_t run(const struct matrix *m, statistics *combine, const char *name, const void *expected)
{
	int rank, ranks;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	struct shard mine = shard_of(m, rank, ranks);
	void *x = tensor(m->rows * mine.width, element_size(m)), *y = tensor(m->rows * mine.width, element_size(m));
	ln_moments *of_rows = tensor(m->rows, sizeof *of_rows);
	fill(m, &mine, x);
	int status = combine(m, x, MPI_COMM_WORLD, of_rows);
	if (status == LN_OK)
		status = normalise(m, &mine, x, of_rows, y);
	require(status == LN_OK, ln_strerror(status));

	uint64_t sums[2] = {0, 0};			/* elements that differ; hash */
	sums[0] = compare(m, &mine, y, expected, &sums[1]);
	MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
	if (rank == 0)
		printf("%4zu x %-9zu %-5s %-11s %" PRIu64 " of %zu elements differ; hash %016" PRIx64 "\n", m->rows, m->cols,
		       m->type == LN_BF16 ? "bf16" : "f32", name, sums[0], m->rows * m->cols, sums[1]);
	free(of_rows);
	free(y);
	free(x);
	return sums[0];
}

int main(int argc, char **argv)
{
	static const struct matrix matrices[] = {
		{1, 10000019, LN_F32}, {1, 10000019, LN_BF16}, {64, 40000, LN_F32}, {64, 40000, LN_BF16}, {5, 1500, LN_F32},
	};
	uint64_t different = 0;

	MPI_Init(&argc, &argv);
	for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
		void *expected = single(&matrices[i]);
		different += run(&matrices[i], statistics_by_gathering, "all-gather", expected);
		different += run(&matrices[i], statistics_by_reduction, "reduction", expected);
		free(expected);
	}
	MPI_Finalize();
	return different ? EXIT_FAILURE : EXIT_SUCCESS;
}
