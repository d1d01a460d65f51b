/*
 * test_backward_oracle.c - the oracle of the gradients against differences of the forward's oracle, and the models against it
 *
 * The oracle works on doubles whatever the type, so everything here is f64, a gate too, which the library does not take for it.
 */
#include "backward_accuracy.h"
#include "call.h"

#include <math.h>
#include <stdio.h>

enum { ROWS = 5, COLS = 7 };

/*
 * Inputs are multiples of 2^-10 below 16, so that adding this is exact. The difference is off by the step's square times a third
 * derivative, 5e-23, and by 2^-106 / step = 2e-21 from the outputs' 106 bits.
 */
static const double step = 0x1p-37;

static void fill_short(struct grad_call *c, uint64_t seed)
{
	struct rng r = rng_make(seed, 0);

	for (int t = 0; t <= GGATE; t++) {
		double *p = *grad_slot(&c->b, (enum grad_tensor)t);
		for (size_t i = 0; p && i < c->part[t].bytes / sizeof *p; i++)
			p[i] = rint(1024 * rng_normal(&r)) / 1024;
	}
}

/* What the gradients are gradients of: sum of dy y + dsum s. */
static quad objective(const struct backward *b)
{
	struct forward f = {.d = b->d, .x = b->x, .gamma = b->gamma, .beta = b->beta, .gate = b->gate};
	struct ref_value y[COLS];
	quad sum = 0;

	for (size_t r = 0; r < b->d.rows; r++) {
		ref_forward_row(&f, r, y);
		for (size_t c = 0; c < b->d.cols; c++) {
			size_t i = r * COLS + c;
			sum += (quad)((const double *)b->dy)[i] * ((quad)y[c].hi + (quad)y[c].lo);
			if (b->dsum)
				sum += (quad)((const double *)b->dsum)[i] * (quad)((const double *)b->x)[i];
		}
	}
	return sum;
}

/* n elements of an input against the gradients that should be theirs. */
static void check_input(struct grad_call *c, enum grad_tensor t, size_t n, const struct ref_value *exact)
{
	double *p = *grad_slot(&c->b, t);

	for (size_t i = 0; p && i < n; i++) {
		double was = p[i];
		p[i] = was + step;
		quad more = objective(&c->b);
		p[i] = was - step;
		quad slope = (more - objective(&c->b)) / (2 * (quad)step);
		p[i] = was;
		double error = fabs((double)(slope - ((quad)exact[i].hi + (quad)exact[i].lo)));
		if (!(error <= 1e-18 * (1 + fabs(exact[i].hi))))
			ck_abort_msg("%s[%zu]: the gradient is %.17g, off by %g from a difference: %s", grad_tensor_name(t), i, exact[i].hi,
				     error, grad_name(c));
	}
}

static void check(uint32_t norm, uint32_t flags, unsigned tensors, uint64_t rows_per_param, double eps, uint64_t seed)
{
	ln_desc d = plain_desc(norm, LN_F64, ROWS, COLS);

	d.flags = flags;
	d.rows_per_param = rows_per_param;
	d.param_rows = seed % 4 == 3 ? 2 : 0;
	d.cols_per_param = seed % 5 == 4 ? COLS : 0;
	d.eps = eps;
	struct grad_call c = grad_make(&d, tensors);
	fill_short(&c, seed);
	struct ref_gradients g = ref_backward(&c.b, false);
	ln_desc full = filled_in(&d);
	check_input(&c, GX, ROWS * COLS, g.dx);
	check_input(&c, GGATE, ROWS * COLS, g.dgate);
	check_input(&c, GGAMMA, parameter_count(&full), g.dgamma);
	check_input(&c, GBETA, parameter_count(&full), g.dbeta);
	ref_gradients_free(&g);
	grad_free(&c);
}

START_TEST(differences)
{
	static const uint32_t flags[] = {0, LN_GAMMA_PLUS_ONE, LN_EPS_OUTSIDE, LN_EPS_OUTSIDE | LN_GAMMA_PLUS_ONE};
	static const unsigned more[] = {0, OF(GGAMMA), OF(GGAMMA) | OF(GBETA) | OF(GGATE), OF(GGATE) | OF(GDSUM), OF(GGAMMA) | OF(GDSUM)};
	static const double eps[] = {1e-5, 0.25, 0};

	uint64_t count = thinned("backward_oracle: calls compared with differences", 120, 40);

	for (uint64_t i = 0; i < count; i++)
		check(norm_at(i), flags[i / 2 % 4] | gate_after(i / 5, LN_F64), OF(GX) | OF(GDY) | more[i / 8 % 5], i % 3, eps[i / 3 % 3], i);
}
END_TEST

/* In closed form: x = -1, 1 with eps 0 has xhat = x and rstd 1, so dx = g - average(g) - x average(g x) = 0. */
START_TEST(two_columns)
{
	double x[2] = {-1, 1}, dy[2] = {0.7, -3}, dgamma[2];
	struct backward b = {.d = plain_desc(LN_LAYERNORM, LN_F64, 1, 2), .x = x, .dy = dy, .dgamma = dgamma};

	b.d.eps = 0;
	struct ref_gradients g = ref_backward(&b, false);
	for (size_t c = 0; c < 2; c++) {
		ck_assert(fabs(g.dx[c].hi) < 0x1p-100);
		ck_assert(g.dgamma[c].hi == dy[c] * x[c] && g.dbeta[c].hi == dy[c]);
	}
	ref_gradients_free(&g);
}
END_TEST

/* Both classes of the model keep the bound, whatever kernels this CPU has. */
START_TEST(models_keep_the_bound)
{
	static const size_t kinds[] = {0, 1, 2, 4, 5, 10, 13, 16};
	static const char *const names[] = {"model, unfused", "model, fused"};

	size_t every = thinned("backward_oracle: every n-th call of the models", 1, 5);
	struct grad_factors worst[2] = {{{0}}};

	for (size_t i = 0; i < 64; i += every) {
		ln_desc d = plain_desc(norm_at(i / 4), x_types[i % X_TYPES], 70, i % 3 ? 65 : 1100);
		unsigned more = i % 5 == 0 && d.x_type != LN_F64 ? (unsigned)GRAD_GATED | OF(GDSUM) : i % 5 == 1 ? OF(GDSUM) : 0;
		d.flags = d.x_type != LN_F64 && i % 5 == 0 ? gate_after(i / 5, d.y_type) : 0;
		struct grad_call c = grad_make(&d, GRAD_PLAIN | more);
		grad_fill(&c, row_kind(kinds[i / 8]), i);
		struct ref_gradients exact = ref_backward(&c.b, false);
		for (int class = UNFUSED; class <= FUSED; class++) {
			struct grad_call done = grad_clone(&c);
			model_backward((enum arithmetic)class, &done.b, NULL);
			struct grad_factors f = grad_factors(names[class], &done, &exact, row_kind(kinds[i / 8])->name);
			for (int o = 0; o < GRAD_OUTPUTS; o++)
				worst[class].of[o] = fmax(worst[class].of[o], f.of[o]);
			grad_free(&done);
		}
		ref_gradients_free(&exact);
		grad_free(&c);
	}
	for (int class = UNFUSED; class <= FUSED; class++)
		printf("backward_oracle: %s: worst dx %.3f, dgamma %.3f, dbeta %.3f, dgate %.3f\n", names[class], worst[class].of[OUT_DX],
		       worst[class].of[OUT_DGAMMA], worst[class].of[OUT_DBETA], worst[class].of[OUT_DGATE]);
}
END_TEST

/*
 * Averages over many blocks lose nothing that shows, not in doubles either. All dy are one number, whose sums plain doubles would round in
 * one direction for as long as they are in one binade.
 */
START_TEST(models_of_long_rows)
{
	static const uint32_t types[] = {LN_F32, LN_F64};
	static const char *const names[] = {"model, unfused", "model, fused"};
	size_t cols = thinned("backward_oracle: columns of a long row", 300000, 20000);

	for (size_t t = 0; t < 2; t++) {
		ln_desc d = plain_desc(LN_LAYERNORM, types[t], 1, cols);
		struct grad_call c = grad_make(&d, GRAD_PLAIN & ~OF(GGAMMA));
		grad_fill(&c, row_kind(0), t);
		for (size_t i = 0; i < cols; i++)
			type_store(types[t], *grad_slot(&c.b, GDY), i, t ? 1 + 100 * 0x1p-52 : 1 + 100 * 0x1p-23);
		struct ref_gradients exact = ref_backward(&c.b, false);
		for (int class = UNFUSED; class <= FUSED; class++) {
			struct grad_call done = grad_clone(&c);
			model_backward((enum arithmetic)class, &done.b, NULL);
			double dx = grad_factors(names[class], &done, &exact, "a long row").of[OUT_DX];
			printf("backward_oracle: %s, %s, %zu columns: dx %.3f\n", names[class], type_name(types[t]), cols, dx);
			ck_assert(dx <= 1);
			grad_free(&done);
		}
		ref_gradients_free(&exact);
		grad_free(&c);
	}
}
END_TEST

Suite *suite_backward_oracle(void)
{
	Suite *suite = suite_create("backward_oracle");
	TCase *tc = add_case(suite, "backward_oracle");

	tcase_add_test(tc, differences);
	tcase_add_test(tc, two_columns);
	tcase_add_test(tc, models_keep_the_bound);
	tcase_add_test(tc, models_of_long_rows);
	return suite;
}
