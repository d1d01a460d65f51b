/*
 * statistics.c - the moments of whole rows from those that each rank has of its shard
 *
 * What travels is the moments of blocks, 48 bytes for 1024 elements, not of shards: merging rounds, so it is not associative, and
 * only whoever merges block by block, from the first to the last, gets the bits of a single call. README.md says more.
 */
#include "statistics.h"

#include <stdlib.h>

static void *allocate(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);

	if (!p)
		MPI_Abort(MPI_COMM_WORLD, 1);
	return p;
}

static MPI_Datatype moments_type(void)
{
	MPI_Datatype type;

	MPI_Type_contiguous(sizeof(ln_moments) / sizeof(double), MPI_DOUBLE, &type);
	MPI_Type_commit(&type);
	return type;
}

/* The moments of the blocks of one row of the shard. */
static int block_moments(const struct matrix *m, const struct shard *s, const char *row, ln_moments *out)
{
	int status = LN_OK;

	for (size_t b = 0; b < s->blocks && status == LN_OK; b++) {
		size_t at = b * LN_BLOCK, n = s->width - at < LN_BLOCK ? s->width - at : LN_BLOCK;
		const void *x = row + at * element_size(m);
		status = m->type == LN_BF16 ? ln_moments_bf16(n, x, &out[b]) : ln_moments_f32(n, x, &out[b]);
	}
	return status;
}

static int merge(const ln_moments *blocks, size_t count, ln_moments *into)
{
	int status = LN_OK;

	for (size_t b = 0; b < count && status == LN_OK; b++)
		status = ln_moments_merge(into, &blocks[b]);
	return status;
}

/* The moments of all blocks, rank after rank; of each rank row after row. */
static ln_moments *gather(const struct matrix *m, const ln_moments *own, MPI_Comm comm)
{
	int rank, ranks;

	MPI_Comm_rank(comm, &rank);
	MPI_Comm_size(comm, &ranks);
	int *counts = allocate((size_t)ranks, sizeof *counts), *places = allocate((size_t)ranks, sizeof *places);
	ln_moments *all = allocate(m->rows * blocks_of(m), sizeof *all);
	for (int r = 0; r < ranks; r++) {
		struct shard s = shard_of(m, r, ranks);
		counts[r] = (int)(m->rows * s.blocks);
		places[r] = (int)(m->rows * s.first);
	}
	MPI_Datatype type = moments_type();
	MPI_Allgatherv(own, counts[rank], type, all, counts, places, type, comm);
	MPI_Type_free(&type);
	free(places);
	free(counts);
	return all;
}

int statistics_by_gathering(const struct matrix *m, const void *x, MPI_Comm comm, ln_moments *of_rows)
{
	int rank, ranks, status = LN_OK;

	MPI_Comm_rank(comm, &rank);
	MPI_Comm_size(comm, &ranks);
	struct shard mine = shard_of(m, rank, ranks);
	ln_moments *own = allocate(m->rows * mine.blocks, sizeof *own);
	for (size_t row = 0; row < m->rows && status == LN_OK; row++)
		status = block_moments(m, &mine, (const char *)x + row * mine.width * element_size(m), own + row * mine.blocks);
	ln_moments *all = gather(m, own, comm);
	for (size_t row = 0; row < m->rows; row++) {
		of_rows[row] = (ln_moments){0};
		for (int r = 0; r < ranks && status == LN_OK; r++) {
			struct shard s = shard_of(m, r, ranks);
			status = merge(all + m->rows * s.first + row * s.blocks, s.blocks, &of_rows[row]);
		}
	}
	free(all);
	free(own);
	return status;
}

/*
 * An MPI_User_function. Merging with moments of count 0 is exact, and of two slots for one block at most one is filled: so the
 * operation is associative and commutative, as MPI requires, to the bit.
 */
static void merge_slots(void *in, void *inout, int *count, MPI_Datatype *type)
{
	const ln_moments *from = in;
	ln_moments *into = inout;

	(void)type;
	for (int i = 0; i < *count; i++)
		ln_moments_merge(&into[i], &from[i]);
}

int statistics_by_reduction(const struct matrix *m, const void *x, MPI_Comm comm, ln_moments *of_rows)
{
	size_t blocks = blocks_of(m);
	int rank, ranks, status = LN_OK;

	MPI_Comm_rank(comm, &rank);
	MPI_Comm_size(comm, &ranks);
	struct shard mine = shard_of(m, rank, ranks);
	ln_moments *slots = allocate(m->rows * blocks, sizeof *slots);
	for (size_t row = 0; row < m->rows && status == LN_OK; row++)
		status = block_moments(m, &mine, (const char *)x + row * mine.width * element_size(m),
				       slots + row * blocks + mine.first);
	MPI_Datatype type = moments_type();
	MPI_Op op;
	MPI_Op_create(merge_slots, 1, &op);
	MPI_Allreduce(MPI_IN_PLACE, slots, (int)(m->rows * blocks), type, op, comm);
	MPI_Op_free(&op);
	MPI_Type_free(&type);
	for (size_t row = 0; row < m->rows && status == LN_OK; row++) {
		of_rows[row] = (ln_moments){0};
		status = merge(slots + row * blocks, blocks, &of_rows[row]);
	}
	free(slots);
	return status;
}
