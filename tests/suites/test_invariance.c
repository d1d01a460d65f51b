/*
 * test_invariance.c - Table 1 of the paper (Ba, Kiros, Hinton 2016): what a model with layer norm does not see, and what it does
 *
 * The model is y = LN(W x), by ln_layernorm_f32(), and the recurrent cells. Powers of two change no mantissa, and so no bit of the result
 * if eps is scaled along (by the square) or is 0; other scales change y by rounding alone, within the bound of ln.h twice.
 */
#include "cell_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 12, IN = 24, OUT = 67 };

struct model { float w[OUT][IN], x[SAMPLES][IN], gamma[OUT], beta[OUT]; };
struct output { float y[SAMPLES][OUT]; };

static void fill(struct model *m, uint64_t seed)
{
	rows_fill(row_kind(0), LN_F32, seed, OUT, IN, m->w);
	rows_fill(row_kind(1), LN_F32, seed + 1, SAMPLES, IN, m->x);
	rows_parameters(seed + 2, LN_F32, OUT, m->gamma, m->beta);
}

/* a = W x in double, rounded once: the matrix product is not what is tested. */
static void product(const struct model *m, struct output *a)
{
	for (size_t s = 0; s < SAMPLES; s++)
		for (size_t o = 0; o < OUT; o++) {
			double sum = 0;
			for (size_t i = 0; i < IN; i++)
				sum += (double)m->w[o][i] * (double)m->x[s][i];
			a->y[s][o] = (float)sum;
		}
}

static void run(const struct model *m, double eps, struct output *y)
{
	struct output a;

	product(m, &a);
	ck_assert_int_eq(ln_layernorm_f32(SAMPLES, OUT, a.y[0], m->gamma, m->beta, eps, y->y[0]), LN_OK);
}

static double difference(const struct output *a, const struct output *b)
{
	double most = 0;

	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t o = 0; o < OUT; o++) {
			ck_assert(isfinite(a->y[i][o]) && isfinite(b->y[i][o]));
			if (!(fabs((double)a->y[i][o] - (double)b->y[i][o]) <= most))	/* not fmax(): gcc 12 for AArch64 dies of that reduction */
				most = fabs((double)a->y[i][o] - (double)b->y[i][o]);
		}
	return most;
}

enum change { WEIGHTS_SCALED, WEIGHTS_SHIFTED, ONE_WEIGHT_SCALED, DATA_SCALED, DATA_SHIFTED, SAMPLE_SCALED, CHANGES };

static void apply(struct model *m, enum change change, float by)
{
	for (size_t o = 0; o < OUT; o++)
		for (size_t i = 0; i < IN; i++) {
			if (change == WEIGHTS_SCALED || (change == ONE_WEIGHT_SCALED && o == 5))
				m->w[o][i] *= by;
			if (change == WEIGHTS_SHIFTED)	/* by one vector for all units */
				m->w[o][i] += by * (float)((double)i * 0.25 - 2);
		}
	for (size_t s = 0; s < SAMPLES; s++)
		for (size_t i = 0; i < IN; i++) {
			if (change == DATA_SCALED || (change == SAMPLE_SCALED && s == 3))
				m->x[s][i] *= by;
			if (change == DATA_SHIFTED)
				m->x[s][i] += by * (float)(i % 7);
		}
}

/* Rows of the table, last column: whether the output stays. */
static const bool invariant[CHANGES] = {[WEIGHTS_SCALED] = true, [WEIGHTS_SHIFTED] = true, [DATA_SCALED] = true, [SAMPLE_SCALED] = true};

/* Without eps any scale: to rounding, which is that of W x too; powers of two: to the bit. */
START_TEST(table_1)
{
	static const float scales[] = {3, 0.37f, 1000, 8, 0x1p-20f, 0x1p30f};
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (size_t i = 0; i < 6; i++) {
			struct model plain, changed;
			struct output want, got;
			fill(&plain, 11);
			changed = plain;
			bool shifts = _i == WEIGHTS_SHIFTED || _i == DATA_SHIFTED;
			float by = shifts && i > 2 ? (float)i : scales[i];
			apply(&changed, (enum change)_i, by);
			run(&plain, 0, &want);
			run(&changed, 0, &got);
			double off = difference(&want, &got), most = 1e-5 * (shifts ? fmax(1, (double)by) : 1);	/* a large shift leaves few bits */
			ck_assert_msg(invariant[_i] ? off <= most : off > 0.1, "%s: change %d by %g: the output is off by %g", k->name, _i,
				      (double)by, off);
			if (invariant[_i] && !shifts && i > 2)
				ck_assert_msg(memcmp(&want, &got, sizeof want) == 0, "%s: change %d by a power of two", k->name, _i);
		}
}
END_TEST

/* With eps scaled by the square, rows that are scaled by a power of two keep their bits; with eps as it was they do not. */
START_TEST(eps_scaled_along)
{
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (int e = -30; e <= 30; e += 5) {
			struct model plain, changed;
			struct output want, got;
			fill(&plain, 12);
			changed = plain;
			apply(&changed, DATA_SCALED, ldexpf(1, e));
			run(&plain, 1e-2, &want);
			run(&changed, ldexp(1e-2, 2 * e), &got);
			ck_assert_msg(memcmp(&want, &got, sizeof want) == 0, "%s: 2^%d with eps", k->name, e);
			run(&changed, 1e-2, &got);
			ck_assert(e == 0 || memcmp(&want, &got, sizeof want) != 0);
		}
}
END_TEST

/* A shift of the whole row of pre-activations by what floats hold exactly: the result moves by roundings of it alone. */
START_TEST(shift_of_integers)
{
	const struct kernel *k;
	float a[4][64], shifted[4][64], y[4][64], z[4][64];

	for (size_t i = 0; i < 256; i++) {
		a[i / 64][i % 64] = (float)((i * 37) % 101) - 50;
		shifted[i / 64][i % 64] = a[i / 64][i % 64] + (float)(1 << (i / 64 * 3 + 6));
	}
	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++) {
		ck_assert_int_eq(ln_layernorm_f32(4, 64, a[0], NULL, NULL, 0, y[0]), LN_OK);
		ck_assert_int_eq(ln_layernorm_f32(4, 64, shifted[0], NULL, NULL, 0, z[0]), LN_OK);
		for (size_t i = 0; i < 256; i++)
			ck_assert_msg(fabs((double)y[i / 64][i % 64] - (double)z[i / 64][i % 64]) <=
					      4 * 0x1p-24 * fmax(1, fabs((double)y[i / 64][i % 64])), "%s: %zu", k->name, i);
	}
}
END_TEST

/* Of a cell: each product of a row may be scaled by its own power of two, an RNN's both by one. */
START_TEST(cells_scaled)
{
	const struct kernel *k;

	for (size_t j = 0; (k = use_kernel(j)) != NULL; j++)
		for (int e = -40; e <= 40; e += 16) {
			ln_cell_desc d = cell_desc((uint32_t)_i, 5, 45);
			struct cell_call c = cell_make(&d, CELL_UNMASKED & ~HAVING(CDPARAMS)), scaled;
			cell_fill(&c, row_kind(0), 6);
			c.c.d.eps = 0;
			scaled = cell_clone(&c);
			for (int a = CWH; a <= CWX; a++)
				for (size_t i = 0; i < c.part[a].bytes / sizeof(float); i++)
					((float *)*cell_slot(&scaled.c, (enum cell_array)a))[i] *= ldexpf(1, a == CWH || _i == LN_RNN ? e : -e / 2);
			cell_run(&c);
			cell_run(&scaled);
			ck_assert_msg(memcmp(c.c.h, scaled.c.h, c.part[CH].bytes) == 0, "%s: cell %d, 2^%d", k->name, _i, e);
			ck_assert(!c.c.c || memcmp(c.c.c, scaled.c.c, c.part[CC].bytes) == 0);
			for (size_t i = 0; i < c.part[CDWH].bytes / sizeof(float); i++) {	/* the gradient by what was scaled is scaled back */
				int back = _i == LN_RNN ? e : -e / 2;
				ck_assert_msg(ldexpf(scaled.c.dwh[i], e) == c.c.dwh[i], "%s: cell %d, dwh[%zu], 2^%d", k->name, _i, i, e);
				ck_assert_msg(ldexpf(scaled.c.dwx[i], back) == c.c.dwx[i], "%s: cell %d, dwx[%zu], 2^%d", k->name, _i, i, e);
			}
			cell_free(&c);
			cell_free(&scaled);
		}
}
END_TEST

Suite *suite_invariance(void)
{
	Suite *suite = suite_create("invariance");
	TCase *tc = add_case(suite, "invariance");

	tcase_add_loop_test(tc, table_1, 0, CHANGES);
	tcase_add_test(tc, eps_scaled_along);
	tcase_add_test(tc, shift_of_integers);
	tcase_add_loop_test(tc, cells_scaled, LN_RNN, LN_GRU + 1);
	return suite;
}
