/*
 * test_gate.c - y = norm(s) * act(gate): every gate of 16 bits, gates of every size, the bound, and known values
 */
#include "call.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERNS = 0x10000 };

/* One row of n columns whose norm is 1 everywhere, and y act(gate); or, of a norm that is its own gate, x, and y act(x). */
static struct call act_call(uint32_t flags, uint32_t gate_type, uint32_t y_type, size_t n)
{
	ln_desc d = plain_desc(LN_RMSNORM, flags & LN_GATE_SELF ? gate_type : LN_F32, 1, n);

	d.flags = LN_STATS_GIVEN | flags;
	d.gate_type = gate_type;
	d.y_type = y_type;
	struct call c = call_make(&d, WITH(X) | WITH(GATE) | WITH(Y) | WITH(RSTD));
	*(float *)c.f.rstd = 1;
	for (size_t i = 0; i < n && c.f.gate; i++)
		type_store(LN_F32, *call_slot(&c.f, X), i, 1);
	return c;
}

/* What goes through the activation. */
static void *gates_of(struct call *c)
{
	return *call_slot(&c->f, c->f.gate ? GATE : X);
}

/* Infinite and NaN ones too: the NaN that comes of them is the quiet one. */
START_TEST(every_gate_of_16_bits)
{
	for (size_t y = 0; y < FAMILY; y++) {
		struct call c = act_call(gate_flags((size_t)_i / (FAMILY - 1), x_types[y]), x_types[1 + _i % (FAMILY - 1)], x_types[y], PATTERNS);
		for (size_t i = 0; i < PATTERNS; i++)
			((uint16_t *)gates_of(&c))[i] = (uint16_t)i;
		expect_model(&c, "every gate");
		call_free(&c);
	}
}
END_TEST

/* Every power of two, sums of them, and the neighbourhoods of multiples of half of ln 2, where exp changes its exponent. */
START_TEST(gates_of_every_size)
{
	enum { COUNT = 40000 };
	struct call c = act_call(gate_flags((size_t)_i, LN_F32), LN_F32, LN_F32, COUNT);
	float *gate = gates_of(&c);
	struct rng r = rng_make(11, 0);

	for (size_t i = 0; i < COUNT; i++) {
		double multiple = (double)rng_below(&r, 320) * 0.34657359027997264;
		double v = i % 3 == 0 ? ldexp(1 + rng_uniform(&r), (int)rng_below(&r, 276) - 149)
			 : i % 3 == 1 ? multiple * (1 + (double)((int)rng_below(&r, 9) - 4) * 0x1p-23) : 110 * rng_uniform(&r);
		gate[i] = (float)(rng_below(&r, 2) ? v : -v);
	}
	gate[0] = FLT_MAX;
	gate[1] = -FLT_MAX;
	gate[2] = 0;
	gate[3] = -0.0f;
	expect_model(&c, "gates of every size");
	if (!(c.f.d.flags & LN_GATE_BEFORE))	/* of what that makes of x see test_gate_before.c */
		expect_call_accurate(&c, (struct bar){1, true, NOT_KEPT}, "gates of every size");
	call_free(&c);
}
END_TEST

START_TEST(gated_rows)
{
	size_t kinds = thinned("gate: kinds of rows", 19, 6);

	for (size_t i = 0; i < 90; i++) {
		const struct operation *op = operation(i % 2 ? 4 : 0);
		ln_desc d = plain_desc(op->norm, x_types[i % FAMILY], 3, some_column_count(i));
		d.gate_type = x_types[i / FAMILY % FAMILY];
		d.y_type = x_types[i / FAMILY / FAMILY % FAMILY];
		d.flags = (i % 5 == 0 ? LN_CAST_BEFORE_GAMMA : i % 5 == 1 ? LN_GAMMA_PLUS_ONE : 0) | gate_flags(i / 2, d.y_type);
		for (size_t kind = 0; kind < kinds; kind++) {
			struct call c = call_make(&d, PLAIN | WITH(GATE) | STATS | (i % 4 == 0 ? WITH(RESIDUAL) | WITH(SUM) : 0));
			call_fill(&c, row_kind(kind), i);
			if (c.f.residual)	/* FLT_MAX twice is an infinity */
				memset(*call_slot(&c.f, RESIDUAL), 0, c.part[RESIDUAL].bytes);
			expect_model(&c, row_kind(kind)->name);
			if (!(d.flags & LN_GATE_BEFORE))
				expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, row_kind(kind)->name);
			call_free(&c);
		}
	}
}
END_TEST

/* A row that is not finite is NaN, whatever its gate. */
START_TEST(nan_rows_stay_nan)
{
	for (size_t type = 0; type < FAMILY; type++) {
		ln_desc d = plain_desc(LN_LAYERNORM, x_types[type], 5, 67);
		d.flags = gate_flags((size_t)_i, x_types[type]);
		struct call c = call_make(&d, PLAIN | WITH(GATE) | WITH(SUM) | STATS);
		call_fill(&c, row_kind(0), type);
		type_store(x_types[type], *call_slot(&c.f, X), 67 + 13, (double)INFINITY);
		type_store(x_types[type], *call_slot(&c.f, X), 3 * 67 + 66, (double)NAN);
		if (c.f.gate)
			memset(*call_slot(&c.f, GATE), 0, 2 * 67 * type_size(x_types[type]));
		expect_model(&c, "rows that are not finite");
		call_free(&c);
	}
}
END_TEST

/* Values by hand. */
START_TEST(known_values)
{
	static const struct { uint32_t norm, flags; float x[2], gate[2]; double y[2]; } known[] = {
		{LN_RMSNORM, LN_GATE_SIGMOID, {3, 4}, {0, 0}, {.424264, .565685}},
		{LN_RMSNORM, 0, {3, 4}, {0, 1}, {0, .827098}},
		{LN_RMSNORM, LN_GATE_BEFORE, {1, 2}, {0, 1}, {0, 1.414214}},
		{LN_LAYERNORM, LN_GATE_SELF, {-1, 1}, {0, 0}, {-.2689414, .7310586}},
	};
	const struct kernel *k;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
			float y[2];
			ln_desc d = plain_desc(known[i].norm, LN_F32, 1, 2);
			ln_forward_tensors t = {.struct_size = sizeof t, .x = known[i].x, .gate = known[i].flags & LN_GATE_SELF ? NULL : known[i].gate,
						  .y = y};
			d.eps = 0;
			d.flags = known[i].flags;
			ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
			for (size_t c = 0; c < 2; c++)
				ck_assert_msg(fabs((double)y[c] - known[i].y[c]) < 1e-6, "%s: case %zu: y[%zu] is %g", k->name, i, c, (double)y[c]);
		}
}
END_TEST

/*
 * Hugging Face's order: the norm is 1 + 2^-7 + 2^-9, which as bf16 is 1 + 2^-7. Times 20, which silu leaves as it is, that is 20.156, and
 * 20.125 as bf16; without that rounding it is 20.195, and 20.25.
 */
START_TEST(rounded_before_the_gate)
{
	const uint16_t x[2] = {0x3f80, 0x3f80}, gamma[2] = {0x3f81, 0x3f81}, beta[2] = {0x3b00, 0x3b00}, gate[2] = {0x41a0, 0x41a0};
	const struct kernel *k;
	uint16_t y[2];

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		ln_desc d = plain_desc(LN_RMSNORM, LN_BF16, 1, 2);
		ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .gamma = gamma, .beta = beta, .gate = gate, .y = y};
		d.eps = 0;
		ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
		ck_assert_msg(y[0] == 0x41a2 && y[1] == 0x41a2, "%s: %04x, not 20.25", k->name, y[0]);
		d.flags = LN_ROUND_BEFORE_GATE;
		ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
		ck_assert_msg(y[0] == 0x41a1 && y[1] == 0x41a1, "%s: %04x, not 20.125", k->name, y[0]);
	}
}
END_TEST

/* The norm of a finite row that floats do not hold: silu of it is no NaN, nor are its gradients. */
START_TEST(self_of_an_infinity)
{
	const float x[2] = {-1, 1}, gamma[2] = {FLT_MAX, FLT_MAX}, beta[2] = {-FLT_MAX, FLT_MAX}, dy[2] = {1, 1};
	const struct kernel *k;
	float y[2], dbeta[2];

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (uint32_t flags = LN_GATE_SELF; flags <= (LN_GATE_SELF | LN_GATE_SIGMOID); flags += LN_GATE_SIGMOID) {
			bool silu = flags == LN_GATE_SELF;
			ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 1, 2);
			ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .gamma = gamma, .beta = beta, .y = y};
			ln_backward_tensors b = {.struct_size = sizeof b, .x = x, .gamma = gamma, .beta = beta, .dy = dy, .dbeta = dbeta};
			d.eps = 0;
			d.flags = flags;
			ck_assert_int_eq(ln_forward(&d, &t), LN_OK);
			ck_assert_msg(y[0] == 0 && y[1] == (silu ? INFINITY : 1), "%s: %g, %g", k->name, (double)y[0], (double)y[1]);
			ck_assert_int_eq(ln_backward(&d, &b), LN_OK);
			ck_assert_msg(dbeta[0] == 0 && dbeta[1] == (silu ? 1 : 0), "%s: %g, %g", k->name, (double)dbeta[0], (double)dbeta[1]);
		}
}
END_TEST

Suite *suite_gate(void)
{
	Suite *suite = suite_create("gate");
	TCase *tc = add_case(suite, "gate");

	tcase_add_loop_test(tc, every_gate_of_16_bits, 0, (FAMILY - 1) * GATES);
	tcase_add_loop_test(tc, gates_of_every_size, 0, GATES);
	tcase_add_test(tc, gated_rows);
	tcase_add_loop_test(tc, nan_rows_stay_nan, 0, GATES);
	tcase_add_test(tc, known_values);
	tcase_add_test(tc, rounded_before_the_gate);
	tcase_add_test(tc, self_of_an_infinity);
	return suite;
}
