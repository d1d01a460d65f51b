/*
 * test_scales.c - a scale for each group of columns: values by hand, the ends of the range, every divisor, and what is refused
 */
#include "call.h"
#include "refuse.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST = 8 };

/* A row that is its own norm, in groups of two columns, and what comes of it. */
struct by_hand {
	uint32_t y_type, scale_type;
	size_t cols;
	float x[MOST];
	uint8_t y[MOST], powers[MOST / 2];
	float scales[MOST / 2];
};

static const struct by_hand by_hand[] = {
	{LN_I8, LN_F32, 6, {254, 2, 63.5f, -1, 0, -0.0f}, {127, 1, 127, 0xfe, 0, 0}, {0}, {2, 0.5f, 0}},
	{LN_I8, LN_F32, 4, {-127, 1.5f, 0.5f, 127}, {0x81, 2, 0, 127}, {0}, {1, 1}},
	{LN_F8_E4M3, LN_F32, 4, {448, 1, -896, 512}, {0x7e, 0x38, 0xfe, 0x78}, {0}, {1, 2}},
	{LN_F8_E5M2, LN_F32, 4, {57344, 1, -28672, 0.25f}, {0x7b, 0x3c, 0xfb, 0x38}, {0}, {1, 0.5f}},
	/* 448 goes with 2^0, and so does all below 512, which saturates; 1 with 2^-8 */
	{LN_F8_E4M3, LN_E8M0, 8, {448, 1, 511, -256, 1, 0.5f, 0, -0.0f}, {0x7e, 0x38, 0x7e, 0xf8, 0x78, 0x70, 0, 0}, {127, 127, 119, 0}, {0}},
	{LN_F8_E4M3, LN_E8M0, 4, {512, 1, -511.99997f, 3}, {0x78, 0x30, 0xfe, 0x44}, {128, 127}, {0}},
	{LN_F8_E5M2, LN_E8M0, 4, {57344, 1, -65535, 65536}, {0x7b, 0x3c, 0xf8, 0x78}, {127, 128}, {0}},
	{LN_F8_E5M2, LN_E8M0, 2, {-65535, 1}, {0xfb, 0x3c}, {127}, {0}},
	/* an I8 is in units of 2^-6: 1 is 64, all but 2 is 128, which saturates */
	{LN_I8, LN_E8M0, 8, {1, -1.5f, 1.9999f, 0.25f, -1.9999f, 0, 2, -1}, {64, 0xa0, 127, 16, 0x81, 0, 64, 0xe0}, {127, 127, 127, 128}, {0}},
	{LN_I8, LN_E8M0, 6, {0.0078125f, 0, 0x1p-127f, -0x1p-128f, 0x1p-149f, 0}, {64, 0, 64, 0xe0, 0, 0}, {120, 0, 0}, {0}},
	/* the ends of the range: the exponent is clamped, and what is infinite saturates */
	{LN_I8, LN_E8M0, 6, {FLT_MAX, -FLT_MAX, HUGE_VALF, 0x1p127f, -HUGE_VALF, 1}, {127, 0x81, 127, 64, 0x81, 0}, {254, 254, 254}, {0}},
	{LN_F8_E4M3, LN_E8M0, 6, {FLT_MAX, 0x1p127f, HUGE_VALF, 0x1p120f, 0x1p-126f, 0x1p-149f}, {0x7e, 0x78, 0x7e, 0x38, 0x40, 0}, {246, 247, 0}, {0}},
	{LN_F8_E5M2, LN_E8M0, 4, {0x1p-149f, -0x1p-127f, 0x1p-112f, 0}, {0, 0xbc, 0x78, 0}, {0, 0}, {0}},
	/* a NaN is that of its group alone */
	{LN_I8, LN_E8M0, 4, {NAN, 1, 1, 0.5f}, {0, 0, 64, 32}, {255, 127}, {0}},
	{LN_F8_E4M3, LN_E8M0, 4, {1, 1, 5, NAN}, {0x78, 0x78, 0x7f, 0x7f}, {119, 255}, {0}},
	{LN_F8_E5M2, LN_F32, 4, {-NAN, 5, 1, 0}, {0x7f, 0x7f, 0x7b, 0}, {0}, {NAN, 1.0f / 57344}},
};

static void check_by_hand(const struct kernel *k, const struct by_hand *h)
{
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, 1, h->cols);

	d.flags = LN_STATS_GIVEN | LN_ROW_SCALE;
	d.y_type = h->y_type;
	d.scale_type = h->scale_type;
	d.cols_per_scale = 2;
	struct call c = call_make(&d, WITH(X) | WITH(Y) | WITH(Y_SCALE) | WITH(RSTD));
	*(float *)c.f.rstd = 1;
	memcpy(*call_slot(&c.f, X), h->x, h->cols * sizeof *h->x);
	note(k, "by hand, row %zu", (size_t)(h - by_hand));
	call_run(&c);
	for (size_t i = 0; i < h->cols; i++)
		ck_assert_msg(((const uint8_t *)c.f.y)[i] == h->y[i], "%s: %.9g of case %zu is %#x, not %#x", k->name, (double)h->x[i],
			      (size_t)(h - by_hand), ((const uint8_t *)c.f.y)[i], h->y[i]);
	const void *scales = h->scale_type == LN_E8M0 ? (const void *)h->powers : h->scales;
	for (size_t i = 0; i < h->cols / 2; i++) {
		double is = type_load(h->scale_type == LN_E8M0 ? LN_U8 : LN_F32, c.f.y_scale, i);
		double want = type_load(h->scale_type == LN_E8M0 ? LN_U8 : LN_F32, scales, i);
		ck_assert_msg(is == want || (isnan(is) && isnan(want)), "%s: scale %zu of case %zu is %.9g, not %.9g", k->name, i,
			      (size_t)(h - by_hand), is, want);
	}
	expect_model(&c, "by hand");
	call_free(&c);
}

START_TEST(values_by_hand)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t j = 0; j < sizeof by_hand / sizeof by_hand[0]; j++)
			check_by_hand(k, &by_hand[j]);
}
END_TEST

static const uint32_t scaled_types[] = {LN_I8, LN_F8_E4M3, LN_F8_E5M2};

/* Every kind of row and number of columns, through every way there is: tiles, long rows that are kept or not, moments, columns apart. */
static struct call drawn_call(size_t kind, size_t i, size_t cols)
{
	ln_desc d = plain_desc(norm_at(i), x_types[i / 2 % FAMILY], 3, cols);
	unsigned extra = (i % 3 == 0 ? WITH(RESIDUAL) | WITH(SUM) : 0) | (i % 4 == 3 ? WITH(GATE) : 0);

	d.y_type = scaled_types[(i + kind) % 3];
	d.flags = i % 5 == 0 ? LN_GAMMA_PLUS_ONE : i % 5 == 1 ? LN_CAST_BEFORE_GAMMA : i % 5 == 2 ? LN_EPS_OUTSIDE : 0;
	draw_scales(&d, i + kind);
	d.flags |= extra & WITH(GATE) ? gate_after(i / 4, d.y_type) : 0;
	if (i % 6 == 5) {
		d.heads = 3;
		d.x_col_stride = d.y_col_stride = 3;
	}
	struct call c = call_make(&d, PLAIN | STATS | WITH(Y_SCALE) | extra);
	call_fill(&c, row_kind(kind), i);
	if (i % 3 == 0)		/* twice the largest number of a type would be an infinity */
		memset(*call_slot(&c.f, RESIDUAL), 0, c.part[RESIDUAL].bytes);
	return c;
}

START_TEST(every_kind_of_row)
{
	static const size_t counts[] = {1, 2, 6, 32, 64, 96, 128, 250, 384, 1024, 1026, 1500, 2048, 2560, 4096, 4100, 5120, 9216};
	enum { COUNTS = sizeof counts / sizeof counts[0] };
	size_t step = thinned("scales: every n-th number of columns", 1, 3);

	for (size_t kind = 0; row_kind(kind); kind++)
		for (size_t i = kind % step; i < COUNTS * 2; i += step) {
			struct call c = drawn_call(kind, i, counts[i % COUNTS]);
			expect_model(&c, row_kind(kind)->name);
			expect_call_accurate(&c, (struct bar){PROMISED, true, NOT_KEPT}, row_kind(kind)->name);
			call_free(&c);
		}
}
END_TEST

/* A sum that takes the place of x is written group by group, and each group is read before it is. */
START_TEST(sum_in_place)
{
	static const size_t counts[] = {96, 1500, 2560, 5120};

	for (size_t i = 0; i < 48; i++) {
		ln_desc d = plain_desc((uint32_t)i % norm_count(), LN_F32, 2, counts[i % 4]);
		d.y_type = scaled_types[i % 3];
		draw_scales(&d, i);
		struct call c = call_make(&d, PLAIN | WITH(RESIDUAL) | WITH(Y_SCALE));
		call_fill(&c, row_kind(0), i);
		c.f.sum = *call_slot(&c.f, i % 5 ? X : RESIDUAL);
		expect_model(&c, "sum in place");
		call_free(&c);
	}
}
END_TEST

/* A NaN of a row is that of all its groups; a gamma that is a NaN makes one of the group that it stands in. */
START_TEST(groups_that_are_nan)
{
	for (size_t i = 0; i < 72; i++) {
		size_t cols = i % 3 == 0 ? 96 : i % 3 == 1 ? 2560 : 1500;
		struct call c = drawn_call(0, i, cols);
		if (i % 2)
			type_store(c.f.d.x_type, *call_slot(&c.f, X), c.f.d.x_col_stride ? 1 + cols / 2 * 3 : cols + cols / 2, (double)NAN);
		type_store(c.f.d.x_type, *call_slot(&c.f, GAMMA), cols / 3, i % 4 < 2 ? (double)NAN : (double)INFINITY);
		expect_model(&c, "a NaN");
		call_free(&c);
	}
}
END_TEST

START_TEST(refused)
{
	enum { GROUPED = LN_ROW_SCALE };

	EXPECT_WITH(LN_OK, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_I8, d.cols_per_scale = d.cols / 2);
	EXPECT_WITH(LN_OK, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_I8, d.cols_per_scale = d.cols, d.scale_type = LN_E8M0);
	EXPECT_WITH(LN_ERR_SHAPE, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_I8, d.cols_per_scale = d.cols + 1);
	EXPECT_WITH(LN_ERR_SHAPE, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_I8, d.cols_per_scale = UINT64_MAX);
	EXPECT_WITH(LN_ERR_SHAPE, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_I8, d.cols_per_scale = d.cols - 1);
	EXPECT_WITH(LN_ERR_FLAGS, WITH(Y_SCALE), d.y_type = LN_I8, d.cols_per_scale = 1);
	EXPECT_WITH(LN_ERR_FLAGS, WITH(Y_SCALE), d.y_type = LN_I8, d.scale_type = LN_F32);
	EXPECT_WITH(LN_ERR_FLAGS, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_U8, d.cols_per_scale = 1);
	EXPECT_WITH(LN_ERR_NULL, 0, d.flags = GROUPED, d.y_type = LN_I8, d.cols_per_scale = 1);
	EXPECT_WITH(LN_ERR_DESC, WITH(Y_SCALE), d.reserved = 1);
	for (uint32_t type = LN_F64; type < 40; type++)
		if (type != LN_E8M0)
			EXPECT_WITH(LN_ERR_TYPE, WITH(Y_SCALE), d.flags = GROUPED, d.y_type = LN_I8, d.scale_type = type);
}
END_TEST

/* The scales are as many as there are groups, and reach as far as their type says. */
START_TEST(overlap_of_scales)
{
	enum { ROWS = 4, COLS = 8, GROUP = 2, SCALES = ROWS * COLS / GROUP };
	static float x[ROWS * COLS];
	static uint8_t room[SCALES * sizeof(float) + ROWS * COLS];
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, ROWS, COLS);

	d.flags = LN_ROW_SCALE;
	d.y_type = LN_I8;
	d.cols_per_scale = GROUP;
	for (int power = 0; power < 2; power++) {
		size_t bytes = power ? SCALES : SCALES * sizeof(float);
		d.scale_type = power ? LN_E8M0 : LN_F32;
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = room + bytes, .y_scale = room}, &d, NULL, NULL), LN_OK);
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = room + bytes - 1, .y_scale = room}, &d, NULL, NULL), LN_ERR_OVERLAP);
		ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = room, .y_scale = x}, &d, NULL, NULL), LN_ERR_OVERLAP);
	}
}
END_TEST

Suite *suite_scales(void)
{
	Suite *suite = suite_create("scales");
	TCase *tc = add_case(suite, "scales");

	tcase_add_test(tc, values_by_hand);
	tcase_add_test(tc, every_kind_of_row);
	tcase_add_test(tc, sum_in_place);
	tcase_add_test(tc, groups_that_are_nan);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, overlap_of_scales);
	return suite;
}
