/*
 * test_pages.c - ln_forward() between guard pages: every tensor, every type, strides, and the counts of columns of all suites
 *
 * As in test_tails.c for the plain calls: each tensor ends, or begins, at an unreadable page.
 */
#include "call.h"
#include "guard.h"

#include <stdio.h>
#include <string.h>

enum {
	ROWS = 3, COLS_MAX = 4097, GUARDED_BYTES = 8 * (ROWS + 1) * (COLS_MAX + 100),
	ROWS_APART_MAX = 260	/* columns, where there are more rows */
};

/* A call whose tensors lie in guarded memory: f's pointers say where. */
static void move_to_guards(const struct call *c, struct guard guards[TENSORS], bool at_end, struct forward *f)
{
	*f = c->f;
	for (int t = 0; t < TENSORS; t++) {
		size_t bytes = c->part[t].bytes;
		if (bytes == 0)
			continue;
		void *to = at_end ? guard_at_end(&guards[t], bytes) : guard_at_begin(&guards[t]);
		memcpy(to, c->arena + c->part[t].at, bytes);
		*call_slot(f, (enum tensor)t) = to;
	}
}

/* Back into an arena, where the canaries between tensors are those of before. */
static struct call moved_back(const struct call *c, struct forward *f)
{
	struct call back = call_clone(c);

	for (int t = 0; t < TENSORS; t++)
		if (c->part[t].bytes)
			memcpy(back.arena + c->part[t].at, *call_slot(f, (enum tensor)t), c->part[t].bytes);
	return back;
}

static void check(const struct kernel *k, const struct call *c, struct guard guards[TENSORS], bool at_end)
{
	struct call want = call_clone(c);
	struct forward f;

	call_run(&want);
	move_to_guards(c, guards, at_end, &f);
	note(k, "guard pages at the %s: %s", at_end ? "end" : "beginning", call_name(c));
	ck_assert_int_eq(forward_status(&f, &f.d, NULL, NULL), LN_OK);
	struct call got = moved_back(c, &f);
	expect_same(k, &got, &want, "between guard pages, against ordinary memory");
	call_free(&got);
	call_free(&want);
}

/* Call i of these columns: the plain types of x, then all mixed, with every tensor, strides and shared parameters. */
static struct call call_of(size_t i, size_t cols)
{
	ln_desc d = plain_desc(norm_at(i + cols), x_types[i % X_TYPES], ROWS, cols);
	unsigned tensors = PLAIN;
	bool mixed = i >= 2 * X_TYPES && d.x_type != LN_F64;

	if (i >= X_TYPES)
		tensors |= STATS | WITH(RESIDUAL) | WITH(SUM);
	if (mixed) {
		d.y_type = y_types[(i + cols) % Y_TYPES];
		d.param_type = x_types[(cols + 1) % FAMILY];
		d.residual_type = x_types[(cols + 2) % FAMILY];
		d.sum_type = x_types[cols % FAMILY];
		d.gate_type = x_types[(cols + i + 1) % FAMILY];
		tensors |= cols % 2 ? WITH(GATE) : 0;
		d.flags = gate_flags(cols / 2, d.y_type);
		if (i % 2 && type_size(d.y_type) == 1 && d.y_type != LN_U8) {
			draw_scales(&d, cols + i);
			tensors |= WITH(Y_SCALE);
		}
	}
	if (i >= 3 * X_TYPES) {
		d.x_stride = cols + i;
		d.y_stride = cols + 3;
		d.rows_per_param = 1;
		d.cols_per_param = cols % 2 ? 0 : 2;
	}
	if (i >= 4 * X_TYPES) {	/* columns apart: two images of as many rows, or all rows side by side with a gap */
		d.rows = 2 * (d.heads = 3 + i % 2 * 15);
		d.x_col_stride = d.y_col_stride = d.heads;
		d.residual_col_stride = d.gate_col_stride = d.sum_col_stride = d.heads + 2;
		d.x_stride = d.y_stride = 0;
		d.rows_per_param = 0;
	}
	struct call c = call_make(&d, tensors);
	call_fill(&c, row_kind(cols % 3 ? 0 : 14), cols);
	return c;
}

START_TEST(every_tensor)
{
	const struct kernel *k;
	struct guard guards[TENSORS];
	enum { CALLS = 5 * X_TYPES };

	for (int t = 0; t < TENSORS; t++)
		guards[t] = guard_make(GUARDED_BYTES);
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		if (faults_by_emulation(k))
			printf("skipped: pages: %s: this emulator reads past masked loads\n", k->name);
		for (size_t i = 0; !faults_by_emulation(k) && column_count_of(operation(1), i) != 0; i++)
			for (size_t n = 0; n < (column_count_of(operation(1), i) > ROWS_APART_MAX ? CALLS - X_TYPES : CALLS); n++) {
				struct call c = call_of(n, column_count_of(operation(1), i));
				check(k, &c, guards, false);
				check(k, &c, guards, true);
				call_free(&c);
			}
	}
	for (int t = 0; t < TENSORS; t++)
		guard_free(&guards[t]);
}
END_TEST

/* The moments functions read x alone. */
START_TEST(moments)
{
	const struct kernel *k;
	static const size_t sizes[] = {sizeof(float), sizeof(uint16_t), sizeof(uint16_t), sizeof(double)};
	struct guard g = guard_make(COLS_MAX * sizeof(double));

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t i = 0; !faults_by_emulation(k) && column_count_of(operation(1), i) != 0; i++)
			for (int at_end = 0; at_end < 2; at_end++) {
				size_t n = column_count_of(operation(1), i);
				void *x[4];
				ln_moments m;
				note(k, "moments of %zu elements, guard page at the %s", n, at_end ? "end" : "beginning");
				for (size_t t = 0; t < 4; t++)
					x[t] = at_end ? guard_at_end(&g, n * sizes[t]) : guard_at_begin(&g);
				memset(guard_at_begin(&g), 1, g.bytes);
				ck_assert_int_eq(ln_moments_f32(n, x[0], &m) | ln_rms_moments_f32(n, x[0], &m), LN_OK);
				ck_assert_int_eq(ln_moments_bf16(n, x[1], &m) | ln_rms_moments_bf16(n, x[1], &m), LN_OK);
				ck_assert_int_eq(ln_moments_f16(n, x[2], &m) | ln_rms_moments_f16(n, x[2], &m), LN_OK);
				ck_assert_int_eq(ln_moments_f64(n, x[3], &m) | ln_rms_moments_f64(n, x[3], &m), LN_OK);
			}
	guard_free(&g);
}
END_TEST

Suite *suite_pages(void)
{
	Suite *suite = suite_create("pages");
	TCase *tc = add_case(suite, "pages");

	tcase_add_test(tc, every_tensor);
	tcase_add_test(tc, moments);
	return suite;
}
