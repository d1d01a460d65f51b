/*
 * test_quantised.c - I8, U8 and F8 outputs: every tie, saturation, zero points, the scale of a row, and the bound
 */
#include "call.h"

#include <math.h>
#include <string.h>

/* Every half and whole number from -300 to 300, and the floats to either side; then what saturates whatever is added. */
static size_t integer_boundaries(float *v)
{
	size_t n = 0;

	for (int half = -600; half <= 600; half++)
		for (int side = -1; side <= 1; side++)
			v[n++] = side ? nextafterf((float)half / 2, side > 0 ? HUGE_VALF : -HUGE_VALF) : (float)half / 2;
	for (int power = 10; power < 128; power++) {
		v[n++] = ldexpf(1, power);
		v[n++] = -ldexpf(1, power);
	}
	v[n++] = HUGE_VALF;
	v[n++] = -HUGE_VALF;
	v[n++] = NAN;
	return n;
}

/* q = rint(v) + zero point, saturated, by plain arithmetic in double. */
static int code_of(uint32_t type, double v, double scale, int zero_point)
{
	double q = rint((double)(float)((float)v / (float)scale)) + zero_point;
	int least = type == LN_I8 ? -128 : 0, most = type == LN_I8 ? 127 : 255;

	if (isnan(v))
		return zero_point;
	return q < least ? least : q > most ? most : (int)q;
}

static void check_integers(uint32_t type, double scale, int zero_point)
{
	static float v[5000];
	size_t n = integer_boundaries(v);
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, 1, n);
	const struct kernel *k;

	d.flags = LN_STATS_GIVEN;
	d.y_type = type;
	d.y_scale = scale;
	d.y_zero_point = zero_point;
	struct call c = call_make(&d, WITH(X) | WITH(Y) | WITH(RSTD));
	*(float *)c.f.rstd = 1;
	memcpy(*call_slot(&c.f, X), v, n * sizeof *v);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		note(k, "ties into %s, zero point %d", type_name(type), zero_point);
		call_run(&c);
		for (size_t j = 0; j < n; j++) {
			int want = code_of(type, (double)v[j], scale == 0 ? 1 : scale, zero_point);
			if ((int)type_load(type, c.f.y, j) != want)
				ck_abort_msg("%s: %.9g, scale %g, zero point %d in %s is %d, not %d", k->name, (double)v[j], scale,
					     zero_point, type_name(type), (int)type_load(type, c.f.y, j), want);
		}
	}
	call_free(&c);
}

START_TEST(every_tie_and_limit)
{
	static const double scales[] = {0, 1, 0.5, 0x1p-20, 0.1, 3, 0x1p-140};

	for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++) {
		for (int zero_point = -128; zero_point <= 127; zero_point += 51)
			check_integers(LN_I8, scales[s], zero_point);
		for (int zero_point = 0; zero_point <= 255; zero_point += 51)
			check_integers(LN_U8, scales[s], zero_point);
	}
}
END_TEST

static ln_desc quantised_desc(size_t i, size_t cols, bool own)
{
	ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % FAMILY], 3, cols);

	d.y_type = y_types[FAMILY + i % Y_ALONE];
	if (own && d.y_type == LN_U8)	/* a row's own scale is not for that */
		d.y_type = LN_I8;
	d.flags = (own ? LN_ROW_SCALE : 0) | (i % 5 == 0 ? LN_GAMMA_PLUS_ONE : i % 5 == 1 ? LN_CAST_BEFORE_GAMMA : 0);
	if (!own)
		d.y_scale = i % 3 ? 0.02 * (double)(1 + i % 7) : 0;
	if (!own && (d.y_type == LN_I8 || d.y_type == LN_U8))
		d.y_zero_point = d.y_type == LN_U8 ? 128 - (int)(i % 50) : (int)(i % 17) - 8;
	return d;
}

static void check_rows(size_t kind, size_t i, bool own)
{
	ln_desc d = quantised_desc(i + kind, column_count_of(operation(1), i), own);
	unsigned extra = (own ? WITH(Y_SCALE) : 0) | (i % 3 == 0 ? WITH(RESIDUAL) | WITH(SUM) : 0) | (i % 4 == 3 ? WITH(GATE) : 0);
	d.flags |= extra & WITH(GATE) ? gate_after(i / 4, d.y_type) : 0;
	struct call c = call_make(&d, PLAIN | STATS | extra);

	call_fill(&c, row_kind(kind), i);
	if (i % 3 == 0)		/* twice the largest number of a type would be an infinity */
		memset(*call_slot(&c.f, RESIDUAL), 0, c.part[RESIDUAL].bytes);
	expect_model(&c, row_kind(kind)->name);
	expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, row_kind(kind)->name);
	call_free(&c);
}

START_TEST(named_rows)
{
	size_t step = thinned("quantised: every n-th number of columns", 1, 4);

	for (size_t kind = 0; row_kind(kind); kind++)
		for (size_t i = kind % step; column_count_of(operation(1), i) != 0; i += step)
			check_rows(kind, i, _i);
}
END_TEST

/* The same with large and small parameters: a scale of a row that is denormal, or 0; y infinite; a NaN among the parameters. */
START_TEST(scale_of_a_row_at_the_ends_of_the_range)
{
	static const double sizes[] = {0, 0x1p-149, 0x1p-145, 0x1p-140, 0x1p-126, 1, 0x1p125, 0x1p127, (double)INFINITY, (double)NAN};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] * 12; i++) {
		ln_desc d = quantised_desc(i, 1 + i * 7, true);
		d.x_type = LN_F32;
		struct call c = call_make(&d, WITH(X) | WITH(GAMMA) | WITH(Y) | WITH(Y_SCALE));
		call_fill(&c, row_kind(0), i);
		for (size_t j = 0; j < d.cols; j++) {
			double v = sizes[i / 12] * (isfinite(sizes[i / 12]) ? type_load(LN_F32, c.f.gamma, j) : j == d.cols / 2);
			type_store(LN_F32, *call_slot(&c.f, GAMMA), j, isfinite(sizes[i / 12]) ? v : j == d.cols / 2 ? sizes[i / 12] : 1);
		}
		expect_model(&c, "gamma at the ends of the range");
		call_free(&c);
	}
}
END_TEST

/* A row of zeros has scale 0; a row that is not finite has a NaN for a scale, and zero points or the F8 NaN. */
START_TEST(rows_of_zeros_and_of_nan)
{
	for (size_t i = 0; i < 48; i++) {
		ln_desc d = quantised_desc(i, 1 + i * 5, i % 2 == 0);
		struct call c = call_make(&d, WITH(X) | WITH(GAMMA) | WITH(Y) | (i % 2 == 0 ? WITH(Y_SCALE) : 0) | STATS);
		call_fill(&c, row_kind(0), i);
		memset(*call_slot(&c.f, X), 0, c.part[X].bytes / 3);
		type_store(d.x_type, *call_slot(&c.f, X), (size_t)(2 * d.cols + i % d.cols), i % 3 ? (double)NAN : (double)INFINITY);
		expect_model(&c, "a row of zeros, a common one, one that is not finite");
		call_free(&c);
	}
}
END_TEST

Suite *suite_quantised(void)
{
	Suite *suite = suite_create("quantised");
	TCase *tc = add_case(suite, "quantised");

	tcase_add_test(tc, every_tie_and_limit);
	tcase_add_loop_test(tc, named_rows, 0, 2);
	tcase_add_test(tc, scale_of_a_row_at_the_ends_of_the_range);
	tcase_add_test(tc, rows_of_zeros_and_of_nan);
	return suite;
}
