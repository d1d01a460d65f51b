/*
 * test_backward_bits.c - every kernel's gradients have the bits of its class's model: all types, features and sizes
 */
#include "backward_call.h"
#include "call.h"

#include <stdio.h>

static const size_t row_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 64, 65, 100};
enum { ROW_COUNTS = sizeof row_counts / sizeof row_counts[0] };

/* 1 ... 66, 127 ... 130, 255 ... 257, 1023 ... 1025, 2049, 4097; then 0 for ever. */
static size_t cols_of(size_t i)
{
	size_t cols = column_count_of(operation(1), i);

	return i == 76 ? 2049 : i > 76 ? column_count_of(operation(1), i - 1) : cols;
}

/* A digit of i in this base. */
static size_t digit(size_t *i, size_t base)
{
	size_t d = *i % base;

	*i /= base;
	return d;
}

/* Contiguous rows of one type: case `i` of each norm, type and number of columns. */
static void check_plain(uint32_t norm, uint32_t type, size_t cols, size_t rows, size_t i)
{
	static const unsigned sets[] = {GRAD_PLAIN, GRAD_PLAIN | GRAD_STATS, OF(GX) | OF(GDY) | OF(GDX), GRAD_PLAIN & ~OF(GDX),
					GRAD_PLAIN & ~OF(GDGAMMA), (GRAD_PLAIN & ~OF(GDBETA)) | GRAD_STATS, GRAD_PLAIN & ~OF(GGAMMA)};
	static const size_t kinds[] = {0, 1, 10, 4, 16};
	ln_desc d = plain_desc(norm, type, rows, cols);
	struct grad_call c = grad_make(&d, sets[i % 7]);

	grad_fill(&c, row_kind(kinds[i % 5]), i);
	expect_grad_model(&c, row_kind(kinds[i % 5])->name);
	grad_free(&c);
}

START_TEST(plain)
{
	size_t per_size = thinned("backward_bits: numbers of rows to each number of columns", ROW_COUNTS, 2), n = 0;

	for (size_t i = 0; cols_of(i) != 0; i++)
		for (size_t r = 0; r < per_size; r++, n++) {
			size_t rows = row_counts[(r * 7 + i) % ROW_COUNTS];
			if (cols_of(i) > 300 && rows > 9)
				rows = rows > 60 ? 33 : rows % 7 + 1;
			check_plain(norm_at(n), x_types[_i], cols_of(i), rows, n / 2);
			if (per_size == ROW_COUNTS)
				check_plain(norm_at(n + 1), x_types[_i], cols_of(i), rows, n / 2 + 3);
		}
}
END_TEST

/* The largest divisor up to this. */
static size_t divisor(size_t of, size_t most)
{
	while (of % most != 0)
		most--;
	return most;
}

/* What a descriptor can ask for, by the digits of i. */
static struct grad_call call_of(size_t i, size_t rows, size_t cols)
{
	static const uint32_t flags[] = {0, LN_GAMMA_PLUS_ONE, LN_ACCUMULATE, LN_EPS_OUTSIDE | LN_ACCUMULATE, LN_GRADS_AS_PARAMS,
					 LN_GRADS_AS_PARAMS | LN_ACCUMULATE | LN_GAMMA_PLUS_ONE, LN_EPS_OUTSIDE,
					 LN_ROUND_SUM | LN_CAST_BEFORE_GAMMA};
	ln_desc d = plain_desc((uint32_t)digit(&i, norm_count()), x_types[digit(&i, X_TYPES)], rows, cols);
	bool is_f64 = d.x_type == LN_F64;
	unsigned tensors = GRAD_PLAIN;

	d.flags = flags[digit(&i, 8)];
	tensors |= digit(&i, 2) ? (unsigned)GRAD_STATS : 0;
	tensors |= digit(&i, 2) ? OF(GDSUM) : 0;
	tensors |= digit(&i, 2) && !is_f64 ? (unsigned)GRAD_GATED : 0;
	if (!is_f64 && digit(&i, 2)) {
		d.param_type = x_types[digit(&i, FAMILY)];
		d.y_type = x_types[digit(&i, FAMILY)];
		d.gate_type = x_types[digit(&i, FAMILY)];
		d.sum_type = x_types[digit(&i, FAMILY)];
	}
	if (digit(&i, 2))
		d.rows_per_param = 1 + digit(&i, 70);
	if (digit(&i, 2))
		d.param_rows = 1 + digit(&i, 5);
	if (digit(&i, 3) == 0)
		d.cols_per_param = divisor(cols, 2 + digit(&i, 40));
	if (digit(&i, 3) == 0) {
		d.param_stride = cols + digit(&i, 3);
		d.x_stride = cols + 1;
		d.y_stride = cols + 3;
		d.gate_stride = cols + 2;
	} else if (rows % 3 == 0 && digit(&i, 2)) {
		d.heads = 3;
		d.x_head_stride = cols + 2;
		d.y_stride = 5 * cols;
	}
	if (digit(&i, 5) == 0)
		tensors &= ~(digit(&i, 2) ? OF(GDX) : OF(GDBETA));
	if (tensors & OF(GGATE))
		d.flags |= gate_flags(digit(&i, GATES), d.y_type);
	return grad_make(&d, tensors);
}

START_TEST(features)
{
	static const size_t counts[] = {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 100, 129, 257, 1023, 1025, 2049, 2500};
	enum { COUNTS = sizeof counts / sizeof counts[0] };
	size_t calls = thinned("backward_bits: calls with features", 4000, 300);
	struct rng r = rng_make(1, (uint64_t)_i);

	for (size_t n = 0; n < calls / 4; n++) {
		size_t cols = counts[rng_below(&r, COUNTS)], rows = row_counts[rng_below(&r, ROW_COUNTS)];
		struct grad_call c = call_of((size_t)(rng_bits(&r) >> 1), cols > 300 ? rows % 10 + 1 : rows, cols);
		const struct row_kind *kind = row_kind(rng_below(&r, 19));
		grad_fill(&c, kind, n);
		expect_grad_model(&c, kind->name);
		grad_free(&c);
	}
}
END_TEST

/* Hundreds of rows and thousands of columns: several blocks of either. */
START_TEST(large)
{
	static const struct { size_t rows, cols; } shapes[] = {{1000, 33}, {513, 257}, {300, 1024}, {97, 3000}, {5000, 5}};
	size_t most = thinned("backward_bits: large shapes", 5, 1);

	for (size_t s = 0; s < most; s++)
		for (size_t t = 0; t < X_TYPES; t++) {
			ln_desc d = plain_desc(norm_at(s + t), x_types[t], shapes[s].rows, shapes[s].cols);
			struct grad_call c = grad_make(&d, GRAD_PLAIN | (s % 2 ? (unsigned)GRAD_STATS : 0));
			grad_fill(&c, row_kind(0), s);
			expect_grad_model(&c, "several blocks");
			grad_free(&c);
		}
}
END_TEST

Suite *suite_backward_bits(void)
{
	Suite *suite = suite_create("backward_bits");
	TCase *tc = add_case(suite, "backward_bits");

	tcase_add_loop_test(tc, plain, 0, X_TYPES);
	tcase_add_loop_test(tc, features, 0, 4);
	tcase_add_test(tc, large);
	return suite;
}
