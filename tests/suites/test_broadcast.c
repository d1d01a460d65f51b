/*
 * test_broadcast.c - LN_BROADCAST: an input whose rows are one has the bits of one that is written out; a stride of 0 stays contiguous
 */
#include "backward_call.h"
#include "call.h"

#include <stdlib.h>
#include <string.h>

enum { TOKENS = 6, HEADS = 3, COLS = 40, ROWS = TOKENS * HEADS };


/* How a tensor lies: which of its levels is broadcast. */
enum { ALL_ROWS = 1, ALL_HEADS = 2 };

static void set_strides(unsigned how, uint64_t *stride, uint64_t *head_stride)
{
	*stride = how & ALL_ROWS ? LN_BROADCAST : 0;
	*head_stride = how & ALL_HEADS ? LN_BROADCAST : 0;
}

/* Where row r is, counted in rows: a head that is shared leaves rows of one head each. */
static size_t row_at(unsigned how, size_t r)
{
	size_t token = how & ALL_ROWS ? 0 : r / HEADS, head = how & ALL_HEADS ? 0 : r % HEADS;
	return token * (how & ALL_HEADS ? 1 : HEADS) + head;
}

/* The same tensor, written out: a copy of each row. */
static void *written_out(unsigned how, uint32_t type, const void *from)
{
	size_t bytes = COLS * type_size(type);
	char *to = elements(type, ROWS * COLS);

	for (size_t r = 0; r < ROWS; r++)
		memcpy(to + r * bytes, (const char *)from + row_at(how, r) * bytes, bytes);
	return to;
}

static void *filled(uint32_t type, uint64_t seed)
{
	void *p = elements(type, ROWS * COLS);

	rows_fill(row_kind(0), type, seed, ROWS, COLS, p);
	return p;
}

static void check_forward(const struct kernel *k, uint32_t type, unsigned how)
{
	ln_desc d = plain_desc(LN_LAYERNORM, type, ROWS, COLS);
	void *in[3] = {filled(type, 1), filled(type, 2), filled(type, 3)}, *wide[3], *got = elements(type, 2 * ROWS * COLS);
	void *want = elements(type, 2 * ROWS * COLS);
	size_t bytes = ROWS * COLS * type_size(type);
	bool gated = type != LN_F64;

	d.heads = HEADS;
	for (unsigned t = 0; t < 3; t++)
		wide[t] = written_out(how >> 2 * t, type, in[t]);
	struct forward f = {.x = wide[0], .residual = wide[1], .gate = gated ? wide[2] : NULL, .y = want, .sum = (char *)want + bytes};
	ck_assert_int_eq(forward_status(&f, &d, NULL, NULL), LN_OK);
	set_strides(how, &d.x_stride, &d.x_head_stride);
	set_strides(how >> 2, &d.residual_stride, &d.residual_head_stride);
	set_strides(how >> 4, &d.gate_stride, &d.gate_head_stride);
	f = (struct forward){.x = in[0], .residual = in[1], .gate = gated ? in[2] : NULL, .y = got, .sum = (char *)got + bytes};
	note(k, "forward, type %u, broadcast %02x", type, how);
	ck_assert_int_eq(forward_status(&f, &d, NULL, NULL), LN_OK);
	ck_assert_msg(memcmp(got, want, 2 * bytes) == 0, "%s: forward, type %u, broadcast %02x", k->name, type, how);
	for (unsigned t = 0; t < 3; t++)
		free(in[t]), free(wide[t]);
	free(got);
	free(want);
}

static void check_backward(const struct kernel *k, uint32_t type, unsigned how)
{
	ln_desc d = plain_desc(LN_LAYERNORM, type, ROWS, COLS);
	void *x = filled(type, 1), *in[2] = {filled(type, 2), filled(type, 3)}, *wide[2], *dx[2];
	double sums[2][2][COLS] = {{{0}}};
	size_t bytes = ROWS * COLS * type_size(type);

	d.heads = HEADS;
	for (unsigned t = 0; t < 2; t++) {
		wide[t] = written_out(how >> 2 * t, type, in[t]);
		dx[t] = elements(type, ROWS * COLS);
	}
	struct backward b = {.x = x, .dy = wide[0], .dsum = wide[1], .dx = dx[0], .dgamma = sums[0][0], .dbeta = sums[0][1]};
	ck_assert_int_eq(grad_status(&b, &d, NULL, 0, NULL, NULL), LN_OK);
	set_strides(how, &d.y_stride, &d.y_head_stride);
	set_strides(how >> 2, &d.sum_stride, &d.sum_head_stride);
	b = (struct backward){.x = x, .dy = in[0], .dsum = in[1], .dx = dx[1], .dgamma = sums[1][0], .dbeta = sums[1][1]};
	note(k, "backward, type %u, broadcast %02x", type, how);
	ck_assert_int_eq(grad_status(&b, &d, NULL, 0, NULL, NULL), LN_OK);
	ck_assert_msg(memcmp(dx[0], dx[1], bytes) == 0 && memcmp(sums[0], sums[1], sizeof sums[0]) == 0,
		      "%s: backward, type %u, broadcast %02x", k->name, type, how);
	for (unsigned t = 0; t < 2; t++)
		free(in[t]), free(wide[t]), free(dx[t]);
	free(x);
}

START_TEST(inputs)
{
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t t = 0; t < X_TYPES; t++)
			for (unsigned how = 0; how < 64; how++) {
				check_forward(k, x_types[t], how);
				if (how < 16)
					check_backward(k, x_types[t], how);
			}
}
END_TEST

/* The gradient of a sum: dy is one 1, read for every element of a row but for cols, which have no stride: one row of ones. */
START_TEST(one_row_for_all)
{
	float x[ROWS * COLS], one[COLS], ones[ROWS * COLS], dx[2][ROWS * COLS];
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);

	rows_fill(row_kind(0), LN_F32, 1, ROWS, COLS, x);
	for (size_t i = 0; i < ROWS * COLS; i++)
		ones[i] = one[i % COLS] = 1;
	ck_assert_int_eq(grad_status(&(struct backward){.x = x, .dy = ones, .dx = dx[0]}, &d, NULL, 0, NULL, NULL), LN_OK);
	d.y_stride = LN_BROADCAST;
	ck_assert_int_eq(grad_status(&(struct backward){.x = x, .dy = one, .dx = dx[1]}, &d, NULL, 0, NULL, NULL), LN_OK);
	ck_assert(memcmp(dx[0], dx[1], sizeof dx[0]) == 0);
}
END_TEST

/* Never of an output: y and sum; in the backward pass dx and dgate, which have the strides of x and gate. */
START_TEST(outputs)
{
	static float p[6][ROWS * COLS];

	for (int i = 0; i < 8; i++) {
		ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);
		d.heads = HEADS;
		uint64_t *strides[] = {&d.y_stride, &d.y_head_stride, &d.sum_stride, &d.sum_head_stride,
				       &d.x_stride, &d.x_head_stride, &d.gate_stride, &d.gate_head_stride};
		*strides[i] = LN_BROADCAST;
		struct forward f = {.x = p[0], .residual = p[1], .gate = p[2], .y = p[3], .sum = p[4]};
		struct backward b = {.x = p[0], .dy = p[1], .gate = p[2], .dx = p[3], .dgate = p[4], .dsum = p[5]};
		ck_assert_int_eq(forward_status(&f, &d, NULL, NULL), i < 4 ? LN_ERR_SHAPE : LN_OK);
		ck_assert_int_eq(grad_status(&b, &d, NULL, 0, NULL, NULL), i < 4 ? LN_OK : LN_ERR_SHAPE);
	}
}
END_TEST

Suite *suite_broadcast(void)
{
	Suite *suite = suite_create("broadcast");
	TCase *tc = add_case(suite, "broadcast");

	tcase_add_test(tc, inputs);
	tcase_add_test(tc, one_row_for_all);
	tcase_add_test(tc, outputs);
	return suite;
}
