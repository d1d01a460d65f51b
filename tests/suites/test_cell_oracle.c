/*
 * test_cell_oracle.c - recurrent steps within the bound of ln.h, their gradients within what docs/numerics.md says was measured; and the
 * oracle's gradients against differences of its forward
 */
#include "bounds.h"
#include "cell_call.h"
#include "ref_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double u = 0x1p-24;

/* ---- The oracle itself ---- */

/* What the gradients are those of: dh and dc are the derivatives of this by h and c. */
static quad loss(struct ref_cell *r)
{
	quad sum = 0;

	ref_cell_forward(r);
	for (size_t i = 0; i < r->d.hidden; i++)
		sum += r->dh[i] * r->h[i] + r->dc[i] * r->c[i];
	return sum;
}

/* Central differences of a quad: the third derivative leaves about 2^-60 of the step's square, rounding 2^-113 / 2^-30. */
static void check_differences(struct ref_cell *r, quad *at, const quad *gradient, size_t n, const char *what)
{
	const quad step = 0x1p-30;

	for (size_t i = 0; i < n; i++) {
		quad kept = at[i];
		at[i] = kept + step;
		quad above = loss(r);
		at[i] = kept - step;
		quad difference = (above - loss(r)) / (2 * step);
		at[i] = kept;
		double error = fabs((double)(difference - gradient[i])), size = 1 + fabs((double)gradient[i]);
		if (!(error < 1e-12 * size))
			ck_abort_msg("%s[%zu] is %g, a difference of the forward says %g", what, i, (double)gradient[i], (double)difference);
	}
}

START_TEST(gradients_of_the_oracle)
{
	ln_cell_desc d = cell_desc((uint32_t)_i, 1, 11);
	struct cell_call c = cell_make(&d, CELL_UNMASKED);
	size_t G = cell_layout(&d).gates * 11;

	cell_fill(&c, row_kind(0), 5);
	struct ref_cell r = ref_cell_make(&c.c);
	ref_cell_read(&r, &c.c, 0);
	ref_cell_backward(&r);
	check_differences(&r, r.wh, r.dwh, G, "dwh");
	check_differences(&r, r.wx, r.dwx, G, "dwx");
	check_differences(&r, r.h_prev, r.dh_prev, 11, "dh_prev");
	check_differences(&r, r.c_prev, r.dc_prev, 11, "dc_prev");
	check_differences(&r, r.params, r.dparams, r.layout.params, "dparams");
	ref_cell_free(&r);
	cell_free(&c);
}
END_TEST

/* ---- The library ---- */

enum { FACTORS = 7 };
static const char *const factor_names[FACTORS] = {"h", "c", "dwh", "dwx", "dh_prev", "dc_prev", "dparams"};

static double larger_of(double a, quad b) { return fmax(a, (double)b); }

static double largest(const quad *v, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs((double)v[i]));
	return most;
}

static void worsen(double *worst, const float *got, const quad *exact, size_t n, double unit)
{
	for (size_t i = 0; i < n; i++) {
		double error = fabs((double)((quad)got[i] - exact[i])) / unit;
		*worst = isnan(*worst) || error <= *worst ? *worst : error;	/* a NaN stays */
	}
}

/* What goes into column i of the gates of the first two norms is off by; and into what follows norm k alone. */
static double of_gate(enum arithmetic a, const struct ref_cell *r, size_t i)
{
	return error_of_two_norms(a, (double)(r->bracket[0][i] + r->bracket[1][i]));
}

static double of_one(enum arithmetic a, const struct ref_cell *r, size_t k, size_t i)
{
	return error_of_norm(a, (double)r->bracket[k][i]);
}

static double bound_of_h(enum arithmetic a, const struct ref_cell *r, size_t i)
{
	size_t H = (size_t)r->d.hidden;

	if (r->d.cell == LN_RNN)
		return bound_of_rnn_h(of_one(a, r, 0, i));
	if (r->d.cell == LN_LSTM)
		return bound_of_lstm_h(of_gate(a, r, 2 * H + i), of_one(a, r, 2, i));
	return bound_of_gru_h((double)r->h_prev[i], of_gate(a, r, i), of_gate(a, r, H + i), (double)r->out[2][i], of_one(a, r, 2, i),
			      (double)r->out[3][i], of_one(a, r, 3, i));
}

/* The parts of the bounds of ln.h. */
static void measure_forward(enum arithmetic a, const struct cell *c, size_t row, struct ref_cell *r, double worst[FACTORS])
{
	size_t H = (size_t)c->d.hidden;

	ref_cell_forward(r);
	for (size_t i = 0; i < H; i++) {
		worsen(&worst[0], c->h + row * H + i, r->h + i, 1, bound_of_h(a, r, i));
		if (c->d.cell == LN_LSTM)
			worsen(&worst[1], c->c + row * H + i, r->c + i, 1, bound_of_lstm_c((double)r->c_prev[i], of_gate(a, r, i),
			       of_gate(a, r, H + i), of_gate(a, r, 3 * H + i)));
	}
}

/* u D of section 14: what arrives, times the norms' sizes and the largest state; in an LSTM it passes the norm of c first. */
static double gradient_unit(const struct ref_cell *r)
{
	size_t H = (size_t)r->d.hidden, last = r->d.cell == LN_LSTM ? 2 : r->layout.norms;
	double size = 0, arrives = largest(r->dh, H), state = fmax(1, fmax(largest(r->h_prev, H), largest(r->c_prev, H)));

	for (size_t k = 0; k < last; k++)
		size += (double)r->size[k];
	if (r->d.cell == LN_LSTM)
		arrives = arrives * (double)r->size[2] * larger_of(1, r->rstd[2]) + largest(r->dc, H);
	return u * arrives * size * state;
}

static void measure_backward(const struct cell *c, size_t row, struct ref_cell *r, double worst[FACTORS], double *total)
{
	size_t H = (size_t)c->d.hidden, G = r->layout.gates * H;
	double rstd[2] = {0, 0};

	ref_cell_backward(r);
	double unit = gradient_unit(r);
	for (size_t k = 0; k < r->layout.norms; k++)
		if (r->layout.norm[k].of < 2)
			rstd[r->layout.norm[k].of] = fmax(rstd[r->layout.norm[k].of], (double)(r->rstd[k] * r->size[k]));
	worsen(&worst[2], c->dwh + row * G, r->dwh, G, unit * rstd[0]);
	worsen(&worst[3], c->dwx + row * G, r->dwx, G, unit * (c->d.cell == LN_RNN ? rstd[0] : rstd[1]));
	worsen(&worst[4], c->dh_prev + row * H, r->dh_prev, H, unit);
	if (c->d.cell == LN_LSTM)
		worsen(&worst[5], c->dc_prev + row * H, r->dc_prev, H, unit);
	*total += unit * (double)r->size[0];
}

/* An RNN is measured from the float that wh + wx becomes. */
static void take_sum(struct ref_cell *r)
{
	for (size_t i = 0; i < r->d.hidden; i++) {
		r->wh[i] = (quad)((float)r->wh[i] + (float)r->wx[i]);
		r->wx[i] = 0;
	}
}

/* An LSTM's norm of c is measured from the c that was computed. */
static void take_state(struct ref_cell *r, const struct cell *c, size_t row, quad *given)
{
	for (size_t i = 0; i < r->d.hidden; i++)
		given[i] = (quad)c->c[row * (size_t)r->d.hidden + i];
	r->given_c = given;
}

static void measure(enum arithmetic a, const struct cell *c, double worst[FACTORS])
{
	struct ref_cell r = ref_cell_make(c);
	quad *given = calloc((size_t)c->d.hidden, sizeof *given);
	double total = 0;

	for (size_t row = 0; row < c->d.rows; row++) {
		ref_cell_read(&r, c, row);
		if (c->d.cell == LN_RNN)
			take_sum(&r);
		else if (c->d.cell == LN_LSTM)
			take_state(&r, c, row, given);
		measure_forward(a, c, row, &r, worst);
		measure_backward(c, row, &r, worst, &total);
	}
	worsen(&worst[6], c->dparams, r.dparams, r.layout.params, total);
	free(given);
	ref_cell_free(&r);
}

/* Gates that hardly differ, of states that do not: an LSTM's c is nearly constant, and its norm divides by next to nothing. */
static void flatten(struct cell_call *c)
{
	float *params = *cell_slot(&c->c, CPARAMS), *c_prev = *cell_slot(&c->c, CC_PREV);
	size_t H = (size_t)c->c.d.hidden;

	for (size_t i = 0; i < 8 * H; i++)
		params[i] *= 1e-4f;
	for (size_t i = 0; i < 4 * H; i++)
		params[8 * H + i] = 0.5f;
	for (size_t i = 0; i < (size_t)c->c.d.rows * H; i++)
		c_prev[i] = 1;
}

/* Rows of usual and of large sizes and means. What is said of the gradients is measured: docs/numerics.md, section 14. */
START_TEST(within_the_bound)
{
	enum { KINDS = 6 };	/* the last is for an LSTM */
	static const size_t widths[] = {1, 2, 5, 16, 33, 100, 257}, kinds[KINDS] = {0, 1, 2, 3, 10, 0};
	static const double bounds[][FACTORS] = {
		[LN_RNN] = {BOUND_CELL, 0, 0.5, 0.5, 0, 0, 0.5}, [LN_LSTM] = {BOUND_CELL, BOUND_CELL, 0.125, 0.125, 0, 0.25, 0.125},
		[LN_GRU] = {BOUND_CELL, 0, 0.125, 0.125, 0.25, 0, 0.125},
	};
	size_t most = thinned("cell_oracle: widths", 7, 5);
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		double worst[FACTORS] = {0};
		for (size_t i = 0; i < most * KINDS; i++) {
			ln_cell_desc d = cell_desc((uint32_t)_i, 4, widths[i / KINDS]);
			struct cell_call c = cell_make(&d, CELL_UNMASKED);
			cell_fill(&c, row_kind(kinds[i % KINDS]), i);
			if (i % KINDS == KINDS - 1 && _i == LN_LSTM)
				flatten(&c);
			else if (i / KINDS % 2 == 0)	/* so that no constant row is divided by next to nothing */
				c.c.d.eps = 1e-3;
			cell_run(&c);
			measure(k->arithmetic, &c.c, worst);
			cell_free(&c);
		}
		printf("  %-9s cell %d:", k->name, _i);
		for (int f = 0; f < FACTORS; f++)
			printf("  %s %.2f", factor_names[f], worst[f]);
		printf("\n");
		for (int f = 0; f < FACTORS; f++)
			ck_assert_msg(worst[f] <= bounds[_i][f], "%s: cell %d: %s is off by %g units", k->name, _i, factor_names[f], worst[f]);
	}
}
END_TEST

Suite *suite_cell_oracle(void)
{
	Suite *suite = suite_create("cell_oracle");
	TCase *tc = add_case(suite, "cell_oracle");

	tcase_add_loop_test(tc, gradients_of_the_oracle, LN_RNN, LN_GRU + 1);
	tcase_add_loop_test(tc, within_the_bound, LN_RNN, LN_GRU + 1);
	return suite;
}
