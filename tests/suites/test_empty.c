/*
 * test_empty.c - a batch without rows: sums over it are 0, or what they were, and nothing else is looked at
 */
#include "backward_call.h"
#include "call.h"
#include "cell_call.h"

#include <stdlib.h>
#include <string.h>

enum { COLS = 24, SETS = 3, ROOM = 2 * SETS * COLS + 2 };


/* dgamma and dbeta as two chunks of one tensor of a type, with something in and around them. */
struct gradients { unsigned char bytes[ROOM * sizeof(double)], *dgamma, *dbeta; };

static struct gradients *gradients(uint32_t type)
{
	static struct gradients g;

	memset(g.bytes, 0x3c, sizeof g.bytes);
	g.dgamma = g.bytes + type_size(type);
	g.dbeta = g.dgamma + COLS * type_size(type);
	return &g;
}

/* Zeros in so many sets, a stride apart, and nothing else changed. */
static void expect_zeros(const struct gradients *g, uint32_t type, size_t sets, const char *what)
{
	size_t size = type_size(type);

	for (size_t i = 0; i < sizeof g->bytes; i++) {
		const unsigned char *p = g->bytes + i;
		bool in_dgamma = p >= g->dgamma && (size_t)(p - g->dgamma) / (2 * COLS * size) < sets && (size_t)(p - g->dgamma) % (2 * COLS * size) < COLS * size;
		bool in_dbeta = p >= g->dbeta && (size_t)(p - g->dbeta) / (2 * COLS * size) < sets && (size_t)(p - g->dbeta) % (2 * COLS * size) < COLS * size;
		if (*p != (in_dgamma || in_dbeta ? 0 : 0x3c))
			ck_abort_msg("%s: byte %zu is %02x", what, i, *p);
	}
}

static int run(const ln_desc *d, const struct gradients *g, void *workspace, size_t size)
{
	return grad_status(&(struct backward){.dgamma = g->dgamma, .dbeta = g->dbeta}, d, workspace, size, NULL, NULL);
}

/* One set; adaLN without an image has none; with param_rows there are as many sets as that says. */
START_TEST(norms)
{
	static const struct { uint64_t rows_per_param, param_rows; size_t sets; } shares[] = {{0, 0, 1}, {0, 2, 1}, {5, 0, 0}, {5, SETS, SETS}, {1, 1, 1}};

	for (size_t i = 0; i < X_TYPES * 5 * norm_count(); i++) {
		uint32_t type = x_types[i % X_TYPES];
		ln_desc d = plain_desc((uint32_t)(i / (5 * X_TYPES)), type, 0, COLS);
		size_t s = i / X_TYPES % 5;
		d.rows_per_param = shares[s].rows_per_param;
		d.param_rows = shares[s].param_rows;
		d.param_stride = 2 * COLS;
		d.flags = LN_GRADS_AS_PARAMS;
		struct gradients *g = gradients(type);
		ck_assert_int_eq(run(&d, g, NULL, 0), LN_OK);
		expect_zeros(g, type, shares[s].sets, "no rows");
		d.flags |= LN_ACCUMULATE;
		g = gradients(type);
		ck_assert_int_eq(run(&d, g, NULL, 0), LN_OK);
		expect_zeros(g, type, 0, "no rows, LN_ACCUMULATE");
	}
}
END_TEST

/* Other tensors are not looked at, wherever they point; those that are written are. */
START_TEST(what_is_looked_at)
{
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 0, COLS);
	float g[2 * COLS];
	struct backward b = {.x = g, .dy = g, .gamma = g, .mean = g, .dx = g, .dgamma = g, .dbeta = g + COLS};

	ck_assert_int_eq(grad_status(&b, &d, NULL, 0, NULL, NULL), LN_OK);
	for (size_t i = 0; i < 2 * COLS; i++)
		ck_assert(g[i] == 0);
	b.dbeta = g + COLS - 1;
	ck_assert_int_eq(grad_status(&b, &d, NULL, 0, NULL, NULL), LN_ERR_OVERLAP);
	ck_assert_int_eq(grad_status(&(struct backward){.dx = g}, &d, NULL, 0, NULL, NULL), LN_OK);
	ck_assert_int_eq(grad_status(&(struct backward){.x = NULL}, &d, NULL, 0, NULL, NULL), LN_OK);
}
END_TEST

/* A set that no row has gets 0 as well: three of ten images are in the batch. */
START_TEST(sets_without_rows)
{
	enum { ROWS = 6, ALL = 10 };
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, ROWS, COLS);
	struct grad_call c = grad_make(&d, GRAD_PLAIN);
	const struct kernel *k;

	grad_fill(&c, row_kind(0), 1);
	c.b.d.rows_per_param = 2;
	c.b.d.param_rows = ALL;
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		float dgamma[ALL * COLS], dbeta[ALL * COLS], gamma_[ROWS / 2 * COLS];
		for (size_t n = 0; n < ROWS / 2 * COLS; n++)
			gamma_[n] = 1;
		struct backward b = c.b;
		b.gamma = gamma_, b.dgamma = dgamma, b.dbeta = dbeta;
		memset(dgamma, 0x3c, sizeof dgamma);
		memset(dbeta, 0x3c, sizeof dbeta);
		ck_assert_int_eq(grad_status(&b, &b.d, NULL, 0, NULL, NULL), LN_OK);
		for (size_t n = 0; n < ALL * COLS; n++)
			ck_assert_msg((dgamma[n] == 0 && dbeta[n] == 0) == (n >= ROWS / 2 * COLS), "%s: parameter %zu", k->name, n);
	}
	grad_free(&c);
}
END_TEST

/* LN_RUNNING: the totals so far, whatever dgamma and dbeta hold. */
START_TEST(running)
{
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 5, COLS);
	d.flags = LN_RUNNING;
	struct grad_call c = grad_make(&d, GRAD_PLAIN);
	size_t size = ln_backward_workspace_size(&d);
	void *workspace = calloc(1, size);
	float so_far[2][COLS];

	grad_fill(&c, row_kind(0), 1);
	ck_assert_int_eq(grad_status(&c.b, &d, workspace, size, NULL, NULL), LN_OK);
	memcpy(so_far[0], c.b.dgamma, sizeof so_far[0]);
	memcpy(so_far[1], c.b.dbeta, sizeof so_far[1]);
	memset(c.b.dgamma, 0, sizeof so_far[0]);
	d.rows = 0;
	ck_assert_int_eq(grad_status(&c.b, &d, NULL, 0, NULL, NULL), LN_ERR_WORKSPACE);
	ck_assert_int_eq(grad_status(&c.b, &d, workspace, size, NULL, NULL), LN_OK);
	ck_assert(memcmp(so_far[0], c.b.dgamma, sizeof so_far[0]) == 0 && memcmp(so_far[1], c.b.dbeta, sizeof so_far[1]) == 0);
	free(workspace);
	grad_free(&c);
}
END_TEST

START_TEST(cells)
{
	for (uint32_t cell = LN_RNN; cell <= LN_GRU; cell++)
		for (uint32_t flags = 0; flags <= LN_ACCUMULATE; flags += LN_ACCUMULATE) {
			ln_cell_desc d = cell_desc(cell, 0, 5);
			float dparams[14 * 5 + 1];
			size_t n = ln_cell_param_count(&d);
			d.flags = flags;
			for (size_t i = 0; i <= n; i++)
				dparams[i] = 7;
			ck_assert_int_eq(cell_backward_status(&(struct cell){.dparams = dparams}, &d, NULL, 0), LN_OK);
			for (size_t i = 0; i <= n; i++)
				ck_assert(dparams[i] == (i < n && !flags ? 0 : 7));
		}
}
END_TEST

Suite *suite_empty(void)
{
	Suite *suite = suite_create("empty");
	TCase *tc = add_case(suite, "empty");

	tcase_add_test(tc, norms);
	tcase_add_test(tc, what_is_looked_at);
	tcase_add_test(tc, sets_without_rows);
	tcase_add_test(tc, running);
	tcase_add_test(tc, cells);
	return suite;
}
