/* golden.c - for test_golden.py: the rows of the golden files, as the tests of the library make them, and their hash */
#include "fnv.h"
#include "rows.h"

#include <string.h>

/* The kind of row of this name; past the last if there is none. */
size_t golden_kind(const char *name)
{
	size_t kind = 0;

	while (row_kind(kind) && strcmp(row_kind(kind)->name, name) != 0)
		kind++;
	return kind;
}

double golden_eps(size_t kind) { return row_kind(kind)->eps; }

void golden_fill(size_t kind, uint32_t type, size_t rows, size_t cols, void *x, void *gamma, void *beta)
{
	rows_fill(row_kind(kind), type, kind, rows, cols, x);
	rows_parameters(kind, type, cols, gamma, beta);
}

uint64_t golden_hash(const void *elements, size_t bytes, size_t size) { return fnv_add(fnv_begin, elements, bytes, size); }
