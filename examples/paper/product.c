/*
 * product.c - products of matrices: each element of c is summed in the order of k, by a multiplication and an addition
 *
 * That is the whole specification, so the bits are the same however many elements the compiler puts into a vector: it may do several
 * columns at once, but with -ffp-contract=off it may neither fuse nor reorder. Columns are copied in panels of PANEL, zeros past the
 * last one, so that there is one loop for b and bᵀ and for any n.
 */
#include "product.h"

#include <stdio.h>
#include <string.h>
#ifdef PAPER_BLAS
#include <cblas.h>
#endif

enum { ROWS = 4, PANEL = 32, DEPTH = 256 };	/* DEPTH: the part of a panel that stays in the first cache */

struct matrix {
	const float *at;
	size_t row, column;	/* from element to element */
};

static bool blas;

bool product_use_blas(void)
{
#ifdef PAPER_BLAS
	openblas_set_num_threads(1);
	blas = true;
#endif
	return blas;
}

const char *product_name(void)
{
#ifdef PAPER_BLAS
	static char name[64];

	snprintf(name, sizeof name, "by OpenBLAS for %s", openblas_get_corename());
	return blas ? name : "in order";
#else
	return "in order";
#endif
}

static void copy_panel(size_t depth, size_t columns, struct matrix b, float panel[DEPTH][PANEL])
{
	for (size_t k = 0; k < depth; k++) {
		const float *from = b.at + k * b.row;

		if (columns == PANEL && b.column == 1) {
			for (size_t line = PANEL; line < 2 * PANEL; line += 16)
				__builtin_prefetch(from + line, 0, 2);
			memcpy(panel[k], from, sizeof panel[k]);
			continue;
		}
		for (size_t j = 0; j < columns; j++)
			panel[k][j] = from[j * b.column];
		for (size_t j = columns; j < PANEL; j++)
			panel[k][j] = 0;
	}
}

/*
 * sums += a panel, for `rows` rows of a: a constant, so that the compiler keeps the sums in registers. It does so only with vectors that
 * the CPU has: wider ones it splits in memory, twenty times as slow. So there is a function for each width.
 */
#define ADD_ROWS(lanes) \
	static inline __attribute__((always_inline)) void add_rows_##lanes(size_t rows, size_t depth, struct matrix a, \
									   float panel[DEPTH][PANEL], float sums[ROWS][PANEL]) \
	{ \
		typedef float vector __attribute__((vector_size(4 * (lanes)), aligned(4), may_alias)); \
		vector sum[ROWS][2]; \
		\
		for (size_t from = 0; from < PANEL; from += 2 * (lanes)) { \
			for (size_t i = 0; i < rows; i++) \
				for (size_t j = 0; j < 2; j++) \
					sum[i][j] = *(const vector *)&sums[i][from + (lanes) * j]; \
			for (size_t k = 0; k < depth; k++) \
				for (size_t i = 0; i < rows; i++) \
					for (size_t j = 0; j < 2; j++) \
						sum[i][j] += a.at[i * a.row + k * a.column] * \
							     *(const vector *)&panel[k][from + (lanes) * j]; \
			for (size_t i = 0; i < rows; i++) \
				for (size_t j = 0; j < 2; j++) \
					*(vector *)&sums[i][from + (lanes) * j] = sum[i][j]; \
		} \
	}
ADD_ROWS(4)
ADD_ROWS(8)
ADD_ROWS(16)

static inline __attribute__((always_inline)) void add_rows(size_t lanes, size_t rows, size_t depth, struct matrix a,
							   float panel[DEPTH][PANEL], float sums[ROWS][PANEL])
{
	if (lanes == 16)
		add_rows_16(rows, depth, a, panel, sums);
	else if (lanes == 8)
		add_rows_8(rows, depth, a, panel, sums);
	else
		add_rows_4(rows, depth, a, panel, sums);
}

struct part { size_t m, n, columns, depth; };	/* c has n columns, of which `columns` are meant */

static inline __attribute__((always_inline)) void add_panel(size_t lanes, struct part p, struct matrix a, float panel[DEPTH][PANEL],
							    float *c)
{
	for (size_t i = 0; i < p.m; i += ROWS, c += ROWS * p.n, a.at += ROWS * a.row) {
		float sums[ROWS][PANEL] = {{0}};
		size_t rows = p.m - i < ROWS ? p.m - i : ROWS;

		for (size_t r = 0; r < rows; r++)
			memcpy(sums[r], c + r * p.n, p.columns * sizeof *c);
		switch (rows) {
		case ROWS: add_rows(lanes, ROWS, p.depth, a, panel, sums); break;
		case 3: add_rows(lanes, 3, p.depth, a, panel, sums); break;
		case 2: add_rows(lanes, 2, p.depth, a, panel, sums); break;
		case 1: add_rows(lanes, 1, p.depth, a, panel, sums); break;
		}
		for (size_t r = 0; r < rows; r++)
			memcpy(c + r * p.n, sums[r], p.columns * sizeof *c);
	}
}

/* c += a panel */
static void add_panel_4(struct part p, struct matrix a, float panel[DEPTH][PANEL], float *c)
{
	add_panel(4, p, a, panel, c);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void add_panel_8(struct part p, struct matrix a, float panel[DEPTH][PANEL], float *c)
{
	add_panel(8, p, a, panel, c);
}

__attribute__((target("avx512f"))) static void add_panel_16(struct part p, struct matrix a, float panel[DEPTH][PANEL], float *c)
{
	add_panel(16, p, a, panel, c);
}
#endif

static void add_panel_widest(struct part p, struct matrix a, float panel[DEPTH][PANEL], float *c)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f")) {
		add_panel_16(p, a, panel, c);
		return;
	}
	if (__builtin_cpu_supports("avx2")) {
		add_panel_8(p, a, panel, c);
		return;
	}
#endif
	add_panel_4(p, a, panel, c);
}

/* c += a b */
static void add_product(size_t m, size_t n, size_t k, struct matrix a, struct matrix b, float *c)
{
	static float panel[DEPTH][PANEL];

	for (size_t j = 0; j < n; j += PANEL)
		for (size_t from = 0; from < k; from += DEPTH) {
			struct part p = {m, n, n - j < PANEL ? n - j : PANEL, k - from < DEPTH ? k - from : DEPTH};

			copy_panel(p.depth, p.columns, (struct matrix){b.at + from * b.row + j * b.column, b.row, b.column}, panel);
			add_panel_widest(p, (struct matrix){a.at + from * a.column, a.row, a.column}, panel, c + j);
		}
}

/* The same by OpenBLAS; ta, tb: a or b is the transpose of what is stored */
static bool by_blas(bool ta, bool tb, size_t m, size_t n, size_t k, const float *a, const float *b, bool add, float *c)
{
#ifdef PAPER_BLAS
	if (blas)
		cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a,
			    (int)(ta ? m : k), b, (int)(tb ? k : n), add ? 1 : 0, c, (int)n);
#else
	(void)ta, (void)tb, (void)m, (void)n, (void)k, (void)a, (void)b, (void)add, (void)c;
#endif
	return blas;
}

void product(size_t m, size_t n, size_t k, const float *a, const float *b, float *c)
{
	if (by_blas(false, false, m, n, k, a, b, false, c))
		return;
	memset(c, 0, m * n * sizeof *c);
	add_product(m, n, k, (struct matrix){a, k, 1}, (struct matrix){b, n, 1}, c);
}

void product_bt(size_t m, size_t n, size_t k, const float *a, const float *b, float *c)
{
	if (by_blas(false, true, m, n, k, a, b, false, c))
		return;
	memset(c, 0, m * n * sizeof *c);
	add_product(m, n, k, (struct matrix){a, k, 1}, (struct matrix){b, 1, k}, c);
}

void product_at_add(size_t m, size_t n, size_t k, const float *a, const float *b, float *c)
{
	if (by_blas(true, false, m, n, k, a, b, true, c))
		return;
	add_product(m, n, k, (struct matrix){a, 1, m}, (struct matrix){b, n, 1}, c);
}
