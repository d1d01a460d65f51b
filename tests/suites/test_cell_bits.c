/*
 * test_cell_bits.c - every kernel's recurrent steps and their gradients have the bits of its class's model
 */
#include "cell_call.h"

#include <math.h>
#include <string.h>

/* Around the widths of vectors, of two gates in a block, and of one. */
static const size_t widths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 65, 100, 128, 200, 255, 257, 400, 511, 513, 700, 1025};
enum { WIDTHS = sizeof widths / sizeof widths[0] };

static struct cell_call filled(uint32_t cell, size_t rows, size_t hidden, unsigned arrays, uint32_t flags, const struct row_kind *kind,
			       uint64_t seed)
{
	ln_cell_desc d = cell_desc(cell, rows, hidden);

	d.flags = flags;
	struct cell_call c = cell_make(&d, arrays);
	cell_fill(&c, kind, seed);
	return c;
}

static void check(uint32_t cell, size_t rows, size_t hidden, unsigned arrays, uint32_t flags, const struct row_kind *kind, uint64_t seed)
{
	struct cell_call c = filled(cell, rows, hidden, arrays, flags, kind, seed);

	expect_cell_model(&c, kind->name);
	cell_free(&c);
}

START_TEST(every_width)
{
	size_t most = thinned("cell_bits: widths", WIDTHS, 20);

	for (size_t i = 0; i < most; i++) {
		size_t rows = widths[i] > 300 ? 3 : 1 + i % 9;
		check((uint32_t)_i, rows, widths[i], CELL_UNMASKED, 0, row_kind(0), i);
		check((uint32_t)_i, rows, widths[i], CELL_ALL, LN_ACCUMULATE, row_kind(1 + i % 4), i);
	}
}
END_TEST

/* Runs of rows, blocks of them, and what is left over, with rows that take no step. */
START_TEST(every_number_of_rows)
{
	static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 35, 64, 66, 100};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		check((uint32_t)_i, counts[i], 21, i % 2 ? CELL_ALL : CELL_UNMASKED, i % 3 ? 0 : LN_ACCUMULATE, row_kind(0), i);
}
END_TEST

/* Every kind of row, among them those that floats hold only with a scale. */
START_TEST(every_kind)
{
	for (size_t i = 0; row_kind(i) != NULL; i++) {
		check((uint32_t)_i, 5, 37, CELL_ALL, 0, row_kind(i), i);
		check((uint32_t)_i, 4, 600, CELL_UNMASKED, 0, row_kind(i), i);
	}
}
END_TEST

/* What may be absent, one at a time. */
START_TEST(absent)
{
	static const enum cell_array optional[] = {CPARAMS, CDC, CDWH, CDWX, CDH_PREV, CDC_PREV, CDPARAMS};

	for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++) {
		check((uint32_t)_i, 6, 50, CELL_ALL & ~HAVING(optional[i]), 0, row_kind(0), i);
		check((uint32_t)_i, 6, 1030, CELL_UNMASKED & ~HAVING(optional[i]), LN_ACCUMULATE, row_kind(2), i);
	}
	check((uint32_t)_i, 5, 40, CELL_UNMASKED & ~(HAVING(CPARAMS) | HAVING(CDC)), 0, row_kind(0), 1);
	if (_i == LN_RNN)
		check(LN_RNN, 5, 40, CELL_ALL & ~(HAVING(CWX) | HAVING(CDWX)), 0, row_kind(0), 2);
	if (_i != LN_GRU)
		check((uint32_t)_i, 5, 40, CELL_UNMASKED & ~HAVING(CH_PREV), 0, row_kind(0), 3);
}
END_TEST

/* Outputs where inputs are: the same bits as beside them. */
START_TEST(in_place)
{
	static const enum cell_array same[][2] = {{CH, CH_PREV}, {CC, CC_PREV}, {CDWH, CWH}, {CDWX, CWX}, {CDH_PREV, CDH}, {CDC_PREV, CDC}};
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t hidden = 13; hidden < 1500; hidden = hidden * 5 + 1)
			for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
				ln_cell_desc d = cell_desc((uint32_t)_i, 6, hidden);
				if (!cell_has(&d, same[i][0]))
					continue;
				unsigned pass = i < 2 ? (unsigned)CELL_FORWARD : CELL_ALL & ~(unsigned)CELL_FORWARD;
				struct cell_call want = filled((uint32_t)_i, 6, hidden, (pass | 0xff), 0, row_kind(0), i), got = cell_clone(&want);
				cell_run(&want);
				*cell_slot(&got.c, same[i][0]) = *cell_slot(&got.c, same[i][1]);
				note(k, "in place: %s", cell_name(&got));
				cell_run(&got);
				memcpy(got.arena + want.part[same[i][0]].at, *cell_slot(&got.c, same[i][1]), want.part[same[i][0]].bytes);
				memcpy(got.arena + want.part[same[i][1]].at, want.arena + want.part[same[i][1]].at, want.part[same[i][1]].bytes);
				expect_same_cells(k, &got, &want, "in place");
				cell_free(&want);
				cell_free(&got);
			}
}
END_TEST

/* NaN and infinities in products, states and gradients: what comes of them is the quiet NaN, and other rows do not see it. */
START_TEST(not_finite)
{
	static const enum cell_array places[] = {CWH, CWX, CH_PREV, CC_PREV, CDH, CDC, CPARAMS};
	static const uint32_t bits[] = {0x7fc00001, 0xffc12345, 0x7f800000, 0xff800000, 0x7f7fffff};

	for (size_t i = 0; i < 7 * 5; i++) {
		struct cell_call c = filled((uint32_t)_i, 6, 45, CELL_UNMASKED, 0, row_kind(0), i);
		enum cell_array a = places[i % 7];
		size_t n = c.part[a].bytes / sizeof(float);
		for (size_t j = n / 3 + i; j < n && c.part[a].bytes; j += n)
			memcpy(c.arena + c.part[a].at + j * sizeof(float), &bits[i / 7], sizeof(float));
		expect_cell_model(&c, "a value that is not finite");
		cell_free(&c);
	}
}
END_TEST

Suite *suite_cell_bits(void)
{
	Suite *suite = suite_create("cell_bits");
	TCase *tc = add_case(suite, "cell_bits");

	tcase_add_loop_test(tc, every_width, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, every_number_of_rows, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, every_kind, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, absent, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, in_place, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, not_finite, LN_RNN, LN_GRU + 1);
	return suite;
}
