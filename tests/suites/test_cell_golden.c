/* test_cell_golden.c - golden outputs of recurrent cells; `lntest --golden cells` prints the file, by the model */
#include "cell_call.h"
#include "golden.h"

#include <stdio.h>
#include <string.h>

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

static uint64_t hash_input(const struct cell_call *c)
{
	static const int inputs[] = {CWH, CWX, CH_PREV, CC_PREV, CPARAMS, CACTIVE, CDH, CDC};
	struct arena a = cell_arena(c);

	return golden_hash(&a, inputs, sizeof inputs / sizeof inputs[0]);
}

static uint64_t hash_output(const struct cell_call *c)
{
	static const int outputs[] = {CH, CC, CDWH, CDWX, CDH_PREV, CDC_PREV, CDPARAMS};
	struct arena a = cell_arena(c);

	return golden_hash(&a, outputs, sizeof outputs / sizeof outputs[0]);
}

static void model_line(char line[GOLDEN_LINE], const struct cell_call *c)
{
	struct golden_hashes hashes = {.input = hash_input(c)};

	for (int class = UNFUSED; class <= FUSED; class++) {
		struct cell_call done = cell_clone(c);
		cell_run_model((enum arithmetic)class, &done);
		hashes.of[class] = hash_output(&done);
		cell_free(&done);
	}
	golden_line(line, &hashes, cell_name(c));
}

bool golden_print_cells(const char *name)
{
	struct cell_call c;
	char line[GOLDEN_LINE];

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
	char line[GOLDEN_LINE];

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct golden_hashes hashes = golden_hashes_of(committed);
		struct cell_call done = cell_clone(c);
		note(k, "golden, %s", committed);
		cell_run(&done);
		hashes.of[k->arithmetic] = hash_output(&done);
		cell_free(&done);
		golden_line(line, &hashes, cell_name(c));
		expect_golden(k->name, line, committed);
	}
}

static bool check_case(size_t file, size_t i, const char *committed)
{
	struct cell_call c;
	char line[GOLDEN_LINE];

	(void)file;
	if (!make(i, &c))
		return false;
	model_line(line, &c);
	expect_golden("the model", line, committed);
	check_kernels(&c, committed);
	cell_free(&c);
	return true;
}

START_TEST(as_committed)
{
	golden_compare("cells", 0, check_case);
}
END_TEST

Suite *suite_cell_golden(void)
{
	Suite *suite = suite_create("cell_golden");

	tcase_add_test(add_case(suite, "cell_golden"), as_committed);
	return suite;
}
