/* golden.c - for test_golden.py: the rows of the golden files, as the tests of the library make them, and their hash */
#include "rows.h"

void golden_fill(size_t kind, uint32_t type, size_t rows, size_t cols, void *x, void *gamma, void *beta)
{
	rows_fill(row_kind(kind), type, kind, rows, cols, x);
	rows_parameters(kind, type, cols, gamma, beta);
}

double golden_eps(size_t kind) { return row_kind(kind)->eps; }

/* FNV-1a, 64 bits */
uint64_t golden_hash(const unsigned char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return h;
}
