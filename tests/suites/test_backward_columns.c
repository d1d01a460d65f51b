/*
 * test_backward_columns.c - the gradients of rows whose elements lie apart: the bits of contiguous rows, and nothing else is touched
 */
#include "backward_call.h"
#include "call.h"
#include "layout.h"

#include <stdlib.h>
#include <string.h>

/* Up to 512 columns a run of rows is turned at once, and up to 1024 staged. */
static size_t draw_cols(struct rng *r)
{
	static const size_t longer[] = {511, 512, 513, 1023, 1024, 1025, 2049};

	return rng_below(r, 8) ? 1 + rng_below(r, 130) : longer[rng_below(r, sizeof longer / sizeof longer[0])];
}

static struct grad_call draw_call(struct rng *r, size_t i)
{
	ln_desc d = plain_desc(norm_at(i), x_types[i % FAMILY], 0, draw_cols(r));
	unsigned tensors = GRAD_PLAIN;

	d.heads = rng_below(r, 3) ? 1 + rng_below(r, d.cols > 130 ? 20 : 70) : 0;
	d.rows = (1 + rng_below(r, 3)) * (d.heads ? d.heads : 1 + rng_below(r, 40));
	d.rows_per_param = rng_below(r, 3) ? 0 : 1 + rng_below(r, 50);
	d.param_rows = rng_below(r, 2) ? 0 : 1 + rng_below(r, 3);
	d.flags = rng_below(r, 5) ? 0 : LN_EPS_OUTSIDE;
	if (rng_below(r, 3) == 0) {
		d.y_type = x_types[rng_below(r, FAMILY)];
		d.sum_type = x_types[rng_below(r, FAMILY)];
		d.gate_type = x_types[rng_below(r, FAMILY)];
		d.param_type = x_types[rng_below(r, FAMILY)];
	}
	d.flags |= gate_flags(rng_below(r, GATES), d.y_type);
	layouts_draw(r, &d);
	if (rng_below(r, 2)) {	/* all as x */
		d.y_stride = d.gate_stride = d.sum_stride = d.x_stride;
		d.y_head_stride = d.gate_head_stride = d.sum_head_stride = d.x_head_stride;
		d.y_col_stride = d.gate_col_stride = d.sum_col_stride = d.x_col_stride;
		d.y_run_stride = d.gate_run_stride = d.sum_run_stride = d.x_run_stride;
	}
	tensors |= rng_below(r, 3) ? 0 : (unsigned)GRAD_STATS;
	tensors |= rng_below(r, 3) ? 0 : OF(GDSUM);
	tensors |= rng_below(r, 3) ? 0 : (unsigned)GRAD_GATED;
	tensors &= rng_below(r, 6) ? ~0u : ~OF(GDX);
	return grad_make(&d, tensors);
}

/* The model says where things are by the formulas of ln.h; whatever else in the arena is touched is a difference. */
START_TEST(any_layout)
{
	struct rng r = rng_make(17, 0);
	size_t count = thinned("backward_columns: random descriptors", 1200, 150);

	for (size_t i = 0; i < count; i++) {
		struct grad_call c = draw_call(&r, i);
		grad_fill(&c, row_kind(i % 5 ? i % 3 : rng_below(&r, 19)), i);
		expect_grad_model(&c, "columns apart");
		grad_free(&c);
	}
}
END_TEST

/* dx where x or dy is, and dgate where the gate is; dx of the calls apart is the same. */
START_TEST(in_place)
{
	struct rng r = rng_make(18, 0);
	size_t count = thinned("backward_columns: calls in place", 300, 50);

	for (size_t i = 0; i < count; i++) {
		struct grad_call c = draw_call(&r, i);
		bool same = c.b.d.y_type == 0 && c.b.d.y_stride == c.b.d.x_stride && c.b.d.y_head_stride == c.b.d.x_head_stride &&
			    c.b.d.y_col_stride == c.b.d.x_col_stride && c.b.d.y_run_stride == c.b.d.x_run_stride;
		grad_fill(&c, row_kind(i % 3), i);
		if (c.b.dx)
			c.b.dx = i % 2 && same ? (void *)(uintptr_t)c.b.dy : (void *)(uintptr_t)c.b.x;
		if (c.b.dgate)
			c.b.dgate = (void *)(uintptr_t)c.b.gate;
		expect_grad_model(&c, "in place, columns apart");
		grad_free(&c);
	}
}
END_TEST

Suite *suite_backward_columns(void)
{
	Suite *suite = suite_create("backward_columns");
	TCase *tc = add_case(suite, "backward_columns");

	tcase_add_test(tc, any_layout);
	tcase_add_test(tc, in_place);
	return suite;
}
