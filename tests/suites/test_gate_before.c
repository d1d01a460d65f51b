/*
 * test_gate_before.c - a gate before the norm: s = x * act(gate) within its bound, the norm of s to the bit that of ln_forward() without a gate, and
 * so its gradients, which go on to x and gate within theirs
 */
#include "backward_call.h"
#include "bounds.h"
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The values of a row of numbers, type by type. */
static double at(const struct part *part, const unsigned char *arena, size_t i)
{
	return type_load(part->type, arena + part->at, i);
}

/* |is - exact| against the bound of a product with an activated gate, v being the exact activation's other factor. */
static void expect_product(const struct kernel *k, uint32_t flags, double v, double gate, uint32_t type, double is, const char *what)
{
	struct gate_bound bound = bound_of_gate(flags);
	quad exact = (quad)v * ref_act(flags, gate);
	double size = fabs((double)exact), most = bound.u * 0x1p-24 * size + (bound.slope * fabs(gate) + bound.least) * fabs(v) + 0x1p-150;

	most += type == LN_F32 ? 0 : ref_half_ulp(type, size + most);
	if (!(fabs((double)((quad)is - exact)) <= most) && !(isinf(is) && size > type_limits(type).largest))
		ck_abort_msg("%s: %s is %.9g, not %.9g, of %g by gate %g, flags %x", k->name, what, is, (double)exact, v, gate, flags);
}

/* The call whose x is the sum that c has put out as floats, and its y the one of c. */
static void check_norm_of_sum(const struct kernel *k, const struct call *c)
{
	ln_desc d = c->f.d;
	size_t count = (size_t)(d.rows * d.cols);
	void *y = elements(d.y_type, count);

	d.flags &= ~(uint32_t)(LN_GATE_BEFORE | LN_GATE_SIGMOID);
	d.residual_type = d.gate_type = d.sum_type = 0;
	d.param_type = d.param_type ? d.param_type : d.x_type;
	d.x_type = LN_F32;
	struct forward f = {.d = d, .x = c->f.sum, .gamma = c->f.gamma, .beta = c->f.beta, .y = y};
	ck_assert_int_eq(forward_status(&f, &d, NULL, NULL), LN_OK);
	ck_assert_msg(memcmp(y, c->f.y, count * type_size(d.y_type)) == 0, "%s: y is not the norm of sum: %s", k->name, call_name(c));
	free(y);
}

START_TEST(norm_of_the_product)
{
	size_t calls = thinned("gate_before: calls", 54, 12);
	const struct kernel *k;

	for (size_t i = 0; i < calls; i++) {
		static const size_t counts[] = {1, 5, 64, 257, 1025, 5000};
		ln_desc d = plain_desc(norm_at(i), x_types[i % FAMILY], 5, counts[i % 6]);
		d.gate_type = x_types[i / FAMILY % FAMILY];
		d.y_type = i % 7 == 6 ? LN_I8 : x_types[i / FAMILY / FAMILY % FAMILY];
		d.sum_type = LN_F32;
		d.flags = LN_GATE_BEFORE | (i % 4 < 2 ? LN_GATE_SIGMOID : 0u) | (i % 5 == 4 ? LN_EPS_OUTSIDE : 0u);
		struct call c = call_make(&d, PLAIN | WITH(GATE) | WITH(SUM));
		call_fill(&c, row_kind(i % 8), i);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			struct call got = call_clone(&c);
			note(k, "%s", call_name(&c));
			call_run(&got);
			for (size_t e = 0; e < 5 * d.cols; e++)
				expect_product(k, d.flags, at(&c.part[X], c.arena, e), at(&c.part[GATE], c.arena, e), LN_F32,
					       at(&c.part[SUM], got.arena, e), "sum");
			check_norm_of_sum(k, &got);
			call_free(&got);
		}
		call_free(&c);
	}
}
END_TEST

/* From the gradient at s, which is that of a call on s itself. */
static void check_gradients(const struct kernel *k, const struct grad_call *got, const float *s, const float *ds)
{
	ln_desc d = got->b.d;
	struct backward b = got->b;
	size_t n = (size_t)(d.rows * d.cols), count = (size_t)d.cols;
	float *dgamma = elements(LN_F32, count), *dbeta = elements(LN_F32, count);

	d.flags &= ~(uint32_t)(LN_GATE_BEFORE | LN_GATE_SIGMOID);
	d.param_type = d.param_type ? d.param_type : d.x_type;
	d.sum_type = d.sum_type ? d.sum_type : d.x_type;
	d.x_type = LN_F32;
	b.d = d, b.x = s, b.gate = NULL, b.beta = NULL, b.dgate = NULL, b.dx = (void *)(uintptr_t)ds, b.dgamma = dgamma, b.dbeta = dbeta;
	size_t size = ln_backward_workspace_size(&d);
	double *workspace = elements(LN_F64, size / 8 + 1);
	ck_assert_int_eq(grad_status(&b, &d, workspace, size, NULL, NULL), LN_OK);
	ck_assert_mem_eq(dgamma, got->b.dgamma, count * sizeof *dgamma);
	ck_assert_mem_eq(dbeta, got->b.dbeta, count * sizeof *dbeta);
	for (size_t i = 0; i < n; i++) {
		double x = at(&got->part[GX], got->arena, i), gate = at(&got->part[GGATE], got->arena, i), of_s = (double)ds[i];
		quad slope = ref_slope(d.flags | (got->b.d.flags & LN_GATE_SIGMOID), gate), exact = (quad)of_s * (quad)x * slope;
		double off = BOUND_DGATE * 0x1p-24 * fabs(of_s * x) * (fabs((double)slope) + (double)ref_sigma(gate) * (1 + fabs(gate)));
		double is = at(&got->part[GDGATE], got->arena, i);
		expect_product(k, got->b.d.flags, of_s, gate, got->part[GDX].type, at(&got->part[GDX], got->arena, i), "dx");
		off += 0x1p-149 * (1 + fabs(x)) + ref_half_ulp(got->part[GDGATE].type, fabs((double)exact) + off);
		ck_assert_msg(fabs((double)((quad)is - exact)) <= off, "%s: dgate[%zu] is %.9g, not %.9g: %s", k->name, i, is, (double)exact,
			      grad_name(got));
	}
	free(dgamma);
	free(dbeta);
	free(workspace);
}

/* What is at s must be known for dgate, also where dx is not wanted. */
static void check_dgate_alone(const struct grad_call *c, const struct grad_call *want)
{
	struct grad_call alone = grad_clone(c);

	alone.b.dx = alone.b.dgamma = alone.b.dbeta = NULL;
	grad_run(&alone);
	ck_assert_mem_eq(alone.b.dgate, want->b.dgate, c->part[GDGATE].bytes);
	grad_free(&alone);
}

START_TEST(gradients_of_the_product)
{
	size_t calls = thinned("gate_before: calls of the backward pass", 24, 12);
	const struct kernel *k;

	for (size_t i = 0; i < calls; i++) {
		static const size_t counts[] = {1, 5, 64, 257, 1025, 2100};
		ln_desc d = plain_desc(norm_at(i), x_types[i % FAMILY], 7, counts[i / 2 % 6]);
		d.gate_type = x_types[i / FAMILY % FAMILY];
		d.y_type = x_types[i / FAMILY / 2 % FAMILY];
		d.flags = LN_GATE_BEFORE | (i % 4 < 2 ? LN_GATE_SIGMOID : 0u);
		struct grad_call c = grad_make(&d, (GRAD_PLAIN | (unsigned)GRAD_GATED | (i % 3 ? OF(GDSUM) : 0)) & ~OF(GBETA));
		size_t n = (size_t)(d.rows * d.cols);
		float *s = elements(LN_F32, n), *ds = elements(LN_F32, n);
		grad_fill(&c, row_kind(0), i);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			struct grad_call got = grad_clone(&c);
			struct forward f = {.d = c.b.d, .x = c.b.x, .gate = c.b.gate, .sum = s};
			f.d.sum_type = LN_F32;
			ck_assert_int_eq(forward_status(&f, &f.d, NULL, NULL), LN_OK);
			grad_run(&got);
			check_gradients(k, &got, s, ds);
			check_dgate_alone(&c, &got);
			grad_free(&got);
		}
		grad_free(&c);
		free(s);
		free(ds);
	}
}
END_TEST

/* y and sum in the place of x; dx in that of x, and dgate in that of gate, of rows that are read more than once. */
START_TEST(in_place)
{
	for (size_t i = 0; i < 12; i++) {
		ln_desc d = plain_desc(norm_at(i), x_types[i % FAMILY], 9, i < 6 ? 300 : 5000);
		const struct kernel *k;
		d.flags = LN_GATE_BEFORE;
		struct call c = call_make(&d, PLAIN | WITH(GATE) | WITH(SUM));
		struct grad_call g = grad_make(&d, (GRAD_PLAIN | (unsigned)GRAD_GATED) & ~OF(GBETA));
		call_fill(&c, row_kind(0), i);
		grad_fill(&g, row_kind(0), i);
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			struct call want = call_clone(&c), over = call_clone(&c);
			struct grad_call apart = grad_clone(&g), both = grad_clone(&g);
			*call_slot(&over.f, i % 4 < 2 ? Y : SUM) = *call_slot(&over.f, X);
			*grad_slot(&both.b, GDX) = *grad_slot(&both.b, GX);
			*grad_slot(&both.b, GDGATE) = *grad_slot(&both.b, GGATE);
			note(k, "in place: %s", call_name(&c));
			call_run(&want);
			call_run(&over);
			grad_run(&apart);
			grad_run(&both);
			ck_assert_mem_eq(over.f.y, want.f.y, c.part[Y].bytes);
			ck_assert_mem_eq(over.f.sum, want.f.sum, c.part[SUM].bytes);
			ck_assert_mem_eq(both.b.dx, apart.b.dx, g.part[GDX].bytes);
			ck_assert_mem_eq(both.b.dgate, apart.b.dgate, g.part[GDGATE].bytes);
			call_free(&want);
			call_free(&over);
			grad_free(&apart);
			grad_free(&both);
		}
		call_free(&c);
		grad_free(&g);
	}
}
END_TEST

Suite *suite_gate_before(void)
{
	Suite *suite = suite_create("gate_before");
	TCase *tc = add_case(suite, "gate_before");

	tcase_add_test(tc, norm_of_the_product);
	tcase_add_test(tc, gradients_of_the_product);
	tcase_add_test(tc, in_place);
	return suite;
}
