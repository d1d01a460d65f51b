/*
 * test_cell_rows.c - rows of a recurrent step do not see each other: batches, sequences of different lengths, steps that come one by one;
 * and no call reads or writes beyond its arrays
 */
#include "cell_call.h"
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Row `row` of c as a call of its own, with room for nothing else. */
static struct cell_call one_row(const struct cell_call *c, size_t row)
{
	ln_cell_desc d = c->c.d;
	unsigned arrays = 0;

	for (int a = 0; a < CELL_ARRAYS; a++)
		arrays |= c->part[a].bytes ? HAVING(a) : 0;
	d.rows = 1;
	struct cell_call one = cell_make(&d, arrays);
	for (int a = 0; a < CELL_ARRAYS; a++) {
		bool shared = a == CPARAMS || a == CDPARAMS;
		if (one.part[a].bytes)
			memcpy(one.arena + one.part[a].at, c->arena + c->part[a].at + (shared ? 0 : row * one.part[a].bytes), one.part[a].bytes);
	}
	return one;
}

/* A row alone has the bits that it has in a batch, at any place, with neighbours that step and that do not. */
START_TEST(alone_or_in_a_batch)
{
	static const size_t widths[] = {3, 16, 37, 130, 400, 1027};
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t w = 0; w < 6; w++) {
			ln_cell_desc d = cell_desc((uint32_t)_i, w > 3 ? 5 : 39, widths[w]);
			struct cell_call c = cell_make(&d, CELL_ALL & ~HAVING(CDPARAMS));
			cell_fill(&c, row_kind(w % 5), w);
			struct cell_call all = cell_clone(&c);
			note(k, "batch: %s", cell_name(&c));
			cell_run(&all);
			for (size_t row = 0; row < d.rows; row++) {
				struct cell_call got = one_row(&c, row), want = one_row(&all, row);
				cell_run(&got);
				expect_same_cells(k, &got, &want, "a row alone, against a batch");
				cell_free(&got);
				cell_free(&want);
			}
			cell_free(&c);
			cell_free(&all);
		}
}
END_TEST

enum { STEPS = 7, ROWS = 6, WIDTH = 29 };

/* A sequence of steps whose products are the states' before, so that an error of one step is one of all that come. */
static void run_steps(struct cell_call *c, const float *wx, size_t rows, const size_t *lengths, float *states)
{
	size_t G = cell_layout(&c->c.d).gates * WIDTH;
	float *wh = *cell_slot(&c->c, CWH), *h = c->c.h;
	unsigned char *active = *cell_slot(&c->c, CACTIVE);

	for (size_t t = 0; t < STEPS; t++) {
		for (size_t i = 0; i < rows * G; i++)
			wh[i] = (float)(i % G % 5 + 1) * h[i / G * WIDTH + i % WIDTH] + (float)(i % G % 3);
		memcpy(*cell_slot(&c->c, CWX), wx + t * rows * G, rows * G * sizeof(float));
		for (size_t row = 0; row < rows; row++)
			active[row] = t < lengths[row];
		ck_assert_int_eq(cell_forward_status(&c->c, &c->c.d), LN_OK);
		memcpy(states + t * rows * WIDTH, h, rows * WIDTH * sizeof(float));
	}
}

/* One sequence of a batch by itself; states are where they were before each step. */
static struct cell_call sequence(uint32_t cell, size_t rows)
{
	ln_cell_desc d = cell_desc(cell, rows, WIDTH);
	struct cell_call c = cell_make(&d, HAVING(CWH) | HAVING(CWX) | HAVING(CH_PREV) | HAVING(CC_PREV) | HAVING(CPARAMS) | HAVING(CACTIVE));

	cell_fill(&c, row_kind(0), 3);
	c.c.h = *cell_slot(&c.c, CH_PREV);
	c.c.c = *cell_slot(&c.c, CC_PREV);
	memset(c.c.h, 0, rows * WIDTH * sizeof(float));
	if (c.c.c)
		memset(c.c.c, 0, rows * WIDTH * sizeof(float));
	return c;
}

/* Sequences of all lengths in one batch, against each by itself, for as many steps as it is long. */
START_TEST(lengths_and_streams)
{
	static const size_t lengths[ROWS] = {7, 3, 0, 5, 1, 6};
	size_t G = (_i == LN_RNN ? 1 : _i == LN_LSTM ? 4 : 3) * WIDTH;
	float *wx = elements(LN_F32, STEPS * ROWS * G), *own = elements(LN_F32, STEPS * G), states[STEPS * ROWS * WIDTH], alone[STEPS * WIDTH];
	const struct kernel *k;

	rows_fill(row_kind(0), LN_F32, 9, 1, STEPS * ROWS * G, wx);
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		struct cell_call batch = sequence((uint32_t)_i, ROWS);
		run_steps(&batch, wx, ROWS, lengths, states);
		for (size_t row = 0; row < ROWS; row++) {
			struct cell_call single = sequence((uint32_t)_i, 1);
			for (size_t t = 0; t < STEPS; t++)
				memcpy(own + t * G, wx + (t * ROWS + row) * G, G * sizeof *wx);
			run_steps(&single, own, 1, &lengths[row], alone);
			for (size_t t = 0; t < STEPS; t++) {
				const float *in_batch = states + (t * ROWS + row) * WIDTH;
				const float *kept = states + ((lengths[row] < 1 ? 1 : lengths[row]) - 1) * ROWS * WIDTH + row * WIDTH;
				ck_assert_msg(memcmp(in_batch, alone + t * WIDTH, WIDTH * sizeof *alone) == 0, "%s: row %zu, step %zu", k->name, row, t);
				ck_assert_msg(t < lengths[row] || memcmp(in_batch, kept, WIDTH * sizeof *kept) == 0, "%s: row %zu is not kept",
					      k->name, row);
			}
			cell_free(&single);
		}
		cell_free(&batch);
	}
	free(wx);
	free(own);
}
END_TEST

/* A row that takes no step may hold anything in its products, and gives no gradient. */
START_TEST(masked_rows_are_not_read)
{
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		ln_cell_desc d = cell_desc((uint32_t)_i, 9, 33);
		struct cell_call c = cell_make(&d, CELL_ALL), clean;
		cell_fill(&c, row_kind(0), 4);
		c.arena[c.part[CACTIVE].at] = c.arena[c.part[CACTIVE].at + 6] = 0;
		clean = cell_clone(&c);
		for (size_t row = 0; row < 9; row++)
			if (!c.c.active[row])
				for (int a = CWH; a <= CWX; a++)
					memset(c.arena + c.part[a].at + row * c.part[a].bytes / 9, 0xff, c.part[a].bytes / 9);
		cell_run(&c);
		cell_run(&clean);
		memcpy(c.arena + c.part[CWH].at, clean.arena + c.part[CWH].at, c.part[CWH].bytes);
		memcpy(c.arena + c.part[CWX].at, clean.arena + c.part[CWX].at, c.part[CWX].bytes);
		expect_same_cells(k, &c, &clean, "NaN in rows that take no step");
		cell_free(&c);
		cell_free(&clean);
	}
}
END_TEST

static void *place(const struct guard *g, size_t bytes, bool at_end)
{
	ck_assert_uint_le(bytes, g->bytes);
	return at_end ? guard_at_end(g, bytes) : guard_at_begin(g);
}

static void check_pages(const struct kernel *k, const struct cell_call *c, const struct guard guards[CELL_ARRAYS + 1], bool at_end)
{
	struct cell_call want = cell_clone(c), got = cell_clone(c);
	struct cell own = c->c;
	size_t size = ln_cell_backward_workspace_size(&own.d);

	for (int a = 0; a < CELL_ARRAYS; a++)
		if (c->part[a].bytes)
			*cell_slot(&own, (enum cell_array)a) =
				memcpy(place(&guards[a], c->part[a].bytes, at_end), c->arena + c->part[a].at, c->part[a].bytes);
	note(k, "guard pages at the %s: %s", at_end ? "end" : "beginning", cell_name(c));
	ck_assert_uint_eq(size % 8, 0);
	cell_run(&want);
	ck_assert_int_eq(cell_forward_status(&own, &own.d), LN_OK);
	ck_assert_int_eq(cell_backward_status(&own, &own.d, place(&guards[CELL_ARRAYS], size, at_end), size), LN_OK);
	for (int a = 0; a < CELL_ARRAYS; a++)
		if (c->part[a].bytes)
			memcpy(got.arena + c->part[a].at, *cell_slot(&own, (enum cell_array)a), c->part[a].bytes);
	expect_same_cells(k, &got, &want, "between guard pages, against ordinary memory");
	cell_free(&want);
	cell_free(&got);
}

START_TEST(guard_pages)
{
	enum { BYTES = 1 << 20 };
	struct guard guards[CELL_ARRAYS + 1];
	const struct kernel *k;

	for (int a = 0; a <= CELL_ARRAYS; a++)
		guards[a] = guard_make(BYTES);
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		if (faults_by_emulation(k)) {
			printf("skipped: cell_rows: %s: this emulator reads past masked loads\n", k->name);
			continue;
		}
		for (size_t i = 0; i < 74; i++) {
			size_t width = i < 66 ? i + 1 : (size_t[]){127, 200, 257, 400, 511, 513, 1023, 1025}[i - 66];
			ln_cell_desc d = cell_desc((uint32_t)_i, width > 200 ? 2 : 1 + i % 6, width);
			struct cell_call c = cell_make(&d, i % 3 ? CELL_ALL : CELL_UNMASKED & ~HAVING(CPARAMS));
			cell_fill(&c, row_kind(i % 7 ? 0 : 9), i);
			check_pages(k, &c, guards, false);
			check_pages(k, &c, guards, true);
			cell_free(&c);
		}
	}
	for (int a = 0; a <= CELL_ARRAYS; a++)
		guard_free(&guards[a]);
}
END_TEST

Suite *suite_cell_rows(void)
{
	Suite *suite = suite_create("cell_rows");
	TCase *tc = add_case(suite, "cell_rows");

	tcase_add_loop_test(tc, alone_or_in_a_batch, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, lengths_and_streams, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, masked_rows_are_not_read, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, guard_pages, LN_RNN, LN_GRU + 1);
	return suite;
}
