/*
 * test_cell_golden.c - the bits of recurrent cells are part of the ABI: hashes of outputs for fixed inputs, in golden/cells.txt
 *
 * As test_golden.c has it: 64-bit FNV-1a over the bytes, array by array; `lntest --golden cells` prints the file, by the model.
 */
#include "cell_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 500 };

/* Case i: false past the last. */
static bool make(size_t i, struct cell_call *c)
{
	static const size_t widths[] = {1, 5, 64, 400, 1100}, kinds[] = {0, 4, 9, 16};
	uint32_t cell = LN_RNN + (uint32_t)(i % 3);
	size_t width = widths[i / 3 % 5], kind = kinds[i / 15 % 4], rows = width > 300 ? 6 : 40;

	if (i >= 3 * 5 * 4)
		return false;
	ln_cell_desc d = cell_desc(cell, rows, width);
	d.flags = i % 2 ? LN_ACCUMULATE : 0;
	*c = cell_make(&d, i / 3 % 2 ? CELL_ALL : CELL_UNMASKED);
	cell_fill(c, row_kind(kind), i);
	return true;
}

static uint64_t hash_arrays(const struct cell_call *c, enum cell_array first, enum cell_array last)
{
	uint64_t h = 0xcbf29ce484222325;

	for (int a = (int)first; a <= (int)last; a++)
		for (size_t i = 0; i < c->part[a].bytes; i++)	/* the machines of the tests are little-endian */
			h = (h ^ c->arena[c->part[a].at + i]) * 0x100000001b3;
	return h;
}

static void print_line(char line[LINE_BYTES], const struct cell_call *c, const uint64_t of[2])
{
	snprintf(line, LINE_BYTES, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 "  %s\n", hash_arrays(c, CWH, CDC), of[UNFUSED], of[FUSED],
		 cell_name(c));
}

static void model_line(char line[LINE_BYTES], const struct cell_call *c)
{
	uint64_t of[2];

	for (int class = UNFUSED; class <= FUSED; class++) {
		struct cell_call done = cell_clone(c);
		cell_run_model((enum arithmetic)class, &done);
		of[class] = hash_arrays(&done, CH, CDPARAMS);
		cell_free(&done);
	}
	print_line(line, c, of);
}

bool golden_print_cells(const char *name)
{
	struct cell_call c;
	char line[LINE_BYTES];

	if (strcmp(name, "cells") != 0)
		return false;
	printf("# FNV-1a (64) of the inputs; of h, c, dwh, dwx, dh_prev, dc_prev, dparams by unfused kernels; by fused ones (lntest --golden cells)\n");
	for (size_t i = 0; make(i, &c); i++) {
		model_line(line, &c);
		fputs(line, stdout);
		cell_free(&c);
	}
	return true;
}

/* A kernel knows one of the two classes; the other's hash is taken from the file. */
static void check_kernels(const struct cell_call *c, const char *committed)
{
	const struct kernel *k;
	char line[LINE_BYTES];
	uint64_t input, of[2];

	if (sscanf(committed, "%" SCNx64 " %" SCNx64 " %" SCNx64, &input, &of[UNFUSED], &of[FUSED]) != 3)
		ck_abort_msg("not a golden line: %s", committed);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		uint64_t mixed[2] = {of[UNFUSED], of[FUSED]};
		struct cell_call done = cell_clone(c);
		note(k, "golden, %s", committed);
		cell_run(&done);
		mixed[k->arithmetic] = hash_arrays(&done, CH, CDPARAMS);
		cell_free(&done);
		print_line(line, c, mixed);
		if (strcmp(line, committed) != 0)
			ck_abort_msg("%s: the bits have changed:\n%scommitted:\n%s", k->name, line, committed);
	}
}

START_TEST(as_committed)
{
	char committed[LINE_BYTES], line[LINE_BYTES];
	FILE *golden = fopen(LN_TEST_DIR "/golden/cells.txt", "r");
	struct cell_call c;

	ck_assert_msg(golden && fgets(committed, sizeof committed, golden), "no golden/cells.txt; lntest --golden makes it");
	for (size_t i = 0; make(i, &c); i++) {
		ck_assert_msg(fgets(committed, sizeof committed, golden), "the file ends before case %zu", i);
		model_line(line, &c);
		if (strcmp(line, committed) != 0)
			ck_abort_msg("the model's bits are not those committed:\n%scommitted:\n%s", line, committed);
		check_kernels(&c, committed);
		cell_free(&c);
	}
	ck_assert_msg(!fgets(committed, sizeof committed, golden), "the file has more lines than cases");
	fclose(golden);
}
END_TEST

Suite *suite_cell_golden(void)
{
	Suite *suite = suite_create("cell_golden");

	tcase_add_test(add_case(suite, "cell_golden"), as_committed);
	return suite;
}
