/*
 * test_descriptor.c - what ln_forward() refuses of a descriptor's size, norm, flags and types, and that it then writes nothing
 */
#include "refuse.h"

#include <string.h>

START_TEST(the_good_call_is_good)
{
	EXPECT_WITH(LN_OK, 0, (void)0);
	EXPECT_WITH(LN_OK, WITH(GATE), (void)0);
	EXPECT_WITH(LN_OK, 0, d.x_type = LN_F64);
	for (uint32_t norm = 0; norm < norm_count(); norm++)
		EXPECT_WITH(LN_OK, 0, d.norm = norm);
}
END_TEST

/* ---- The struct ---- */

START_TEST(struct_size)
{
	struct { ln_desc d; unsigned char tail[40]; } larger;
	struct call c = refuse_good_call(LN_F32, 0);

	for (uint32_t size = 0; size < 16; size++)
		EXPECT_WITH(LN_ERR_DESC, 0, d.struct_size = size);
	memset(&larger, 0, sizeof larger);
	larger.d = refuse_good_desc();
	larger.d.struct_size = sizeof larger;
	refuse_expect(LN_OK, &c, &larger.d, "a larger struct whose tail is 0");
	for (size_t i = 0; i < sizeof larger.tail; i++) {
		larger.tail[i] = 1;
		refuse_expect(LN_ERR_DESC, &c, &larger.d, "a larger struct whose tail is not 0");
		larger.tail[i] = 0;
	}
	larger.d.struct_size = sizeof(ln_desc) + 1;
	larger.tail[1] = 1;
	refuse_expect(LN_OK, &c, &larger.d, "what lies past struct_size is not looked at");
	call_free(&c);
}
END_TEST

/* One of an older header: what it does not hold reads as 0, and is not read. */
START_TEST(a_smaller_struct_is_filled_up)
{
	ln_desc d = refuse_good_desc();
	struct call c = refuse_good_call(LN_F32, 0), full = call_clone(&c);

	ck_assert_int_eq(refuse_run(&full.f, &d), LN_OK);
	d.y_scale = -1;		/* beyond the end of the smaller one */
	d.struct_size = (uint32_t)offsetof(ln_desc, y_scale);
	int status = refuse_run(&c.f, &d);
	ck_assert_msg(status == LN_OK || status == LN_ERR_DESC, "a struct without its last number: %d", status);
	if (status == LN_OK)
		expect_same(known_kernel(0), &c, &full, "a struct without its last number");
	call_free(&c);
	call_free(&full);
}
END_TEST

START_TEST(null_descriptor)
{
	struct call c = refuse_good_call(LN_F32, 0);

	refuse_expect(LN_ERR_NULL, &c, NULL, "no descriptor");
	call_free(&c);
}
END_TEST

/* ---- Norm, flags, types ---- */

START_TEST(norm_and_flags)
{
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.norm = norm_count());	/* a norm that the tests do not know */
	for (unsigned bit = 8; bit < 32; bit++)
		EXPECT_WITH(LN_ERR_FLAGS, 0, d.norm = 1u << bit);
	for (unsigned bit = 6; bit < 32; bit++)
		if (!(1u << bit & (LN_GATE_SIGMOID | LN_GATE_SELF | LN_ROUND_BEFORE_GATE | LN_GATE_BEFORE)))
			EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = 1u << bit);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.norm = UINT32_MAX);
	EXPECT_WITH(LN_ERR_FLAGS, WITH(MOMENTS), d.flags = LN_STATS_GIVEN);
}
END_TEST

/* A scale of its own for each row goes with I8 and F8. */
START_TEST(row_scale_needs_its_types)
{
	static const uint32_t types[] = {0, LN_F32, LN_BF16, LN_F16, LN_U8};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		ln_desc d = refuse_good_desc();
		struct call c = refuse_good_call(LN_F32, WITH(Y_SCALE));
		d.flags = LN_ROW_SCALE;
		d.y_type = types[i];
		int status = refuse_run(&c.f, &d);
		ck_assert_msg(status == LN_ERR_FLAGS || status == LN_ERR_TYPE, "LN_ROW_SCALE with y type %u is %d", types[i], status);
		call_free(&c);
	}
	EXPECT_WITH(LN_OK, WITH(Y_SCALE), d.flags = LN_ROW_SCALE, d.y_type = LN_I8);
	EXPECT_WITH(LN_OK, WITH(Y_SCALE), d.flags = LN_ROW_SCALE, d.y_type = LN_F8_E5M2);
	EXPECT_WITH(LN_ERR_NULL, 0, d.flags = LN_ROW_SCALE, d.y_type = LN_I8);
}
END_TEST

START_TEST(types)
{
	for (uint32_t type = 1; type < 40; type++) {
		if (type_is_known(type))
			continue;
		EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.y_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.param_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.residual_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.sum_type = type);
		EXPECT_WITH(LN_ERR_TYPE, WITH(GATE), d.gate_type = type);
	}
	for (size_t t = FAMILY; t < Y_TYPES; t++) {	/* for y alone */
		uint32_t type = y_types[t];
		EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.param_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.residual_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.sum_type = type);
		EXPECT_WITH(LN_ERR_TYPE, WITH(GATE), d.gate_type = type);
		EXPECT_WITH(LN_OK, 0, d.y_type = type);
		EXPECT_WITH(LN_ERR_TYPE, 0, d.x_type = LN_F64, d.y_type = type);
	}
	for (size_t t = 0; t < X_TYPES; t++) {		/* doubles go with doubles */
		uint32_t type = x_types[t];
		int want = type == LN_F64 ? LN_OK : LN_ERR_TYPE;
		EXPECT_WITH(want, 0, d.x_type = LN_F64, d.y_type = type);
		EXPECT_WITH(want, 0, d.x_type = LN_F64, d.param_type = type);
		EXPECT_WITH(want, 0, d.x_type = LN_F64, d.residual_type = type);
		EXPECT_WITH(want, 0, d.x_type = LN_F64, d.sum_type = type);
	}
	EXPECT_WITH(LN_ERR_TYPE, 0, d.y_type = LN_F64);
	EXPECT_WITH(LN_ERR_TYPE, 0, d.param_type = LN_F64);
}
END_TEST

START_TEST(no_gate_for_f64)
{
	ln_desc d = refuse_good_desc();
	struct call c = refuse_good_call(LN_F64, WITH(GATE));

	d.x_type = LN_F64;
	int status = refuse_run(&c.f, &d);
	ck_assert_msg(status == LN_ERR_TYPE || status == LN_ERR_FLAGS, "a gate with f64 is %d", status);
	call_free(&c);
}
END_TEST

START_TEST(gates)
{
	EXPECT_WITH(LN_OK, 0, d.flags = LN_GATE_SELF);
	EXPECT_WITH(LN_OK, 0, d.flags = LN_GATE_SIGMOID);	/* of a gate that is not there */
	EXPECT_WITH(LN_OK, WITH(GATE), d.flags = LN_GATE_SIGMOID | LN_ROUND_BEFORE_GATE);
	EXPECT_WITH(LN_ERR_FLAGS, WITH(GATE), d.flags = LN_GATE_SELF);
	EXPECT_WITH(LN_ERR_UNSUPPORTED, 0, d.flags = LN_GATE_SELF, d.x_type = LN_F64);
	EXPECT_WITH(LN_OK, 0, d.flags = LN_GATE_BEFORE);
	EXPECT_WITH(LN_ERR_UNSUPPORTED, WITH(GATE), d.flags = LN_GATE_BEFORE);	/* with a residual */
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_GATE_BEFORE | LN_GATE_SELF);
	EXPECT_WITH(LN_ERR_FLAGS, 0, d.flags = LN_GATE_BEFORE | LN_ROUND_BEFORE_GATE);
	for (size_t t = FAMILY; t < Y_TYPES; t++)
		EXPECT_WITH(LN_ERR_FLAGS, WITH(GATE), d.flags = LN_ROUND_BEFORE_GATE, d.y_type = y_types[t]);
}
END_TEST

Suite *suite_descriptor(void)
{
	Suite *suite = suite_create("descriptor");
	TCase *tc = add_case(suite, "descriptor");

	tcase_add_test(tc, the_good_call_is_good);
	tcase_add_test(tc, struct_size);
	tcase_add_test(tc, a_smaller_struct_is_filled_up);
	tcase_add_test(tc, null_descriptor);
	tcase_add_test(tc, norm_and_flags);
	tcase_add_test(tc, row_scale_needs_its_types);
	tcase_add_test(tc, types);
	tcase_add_test(tc, no_gate_for_f64);
	tcase_add_test(tc, gates);
	return suite;
}
