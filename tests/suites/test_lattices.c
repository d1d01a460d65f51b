/*
 * test_lattices.c - an overlap is refused where an element is shared, and nowhere else: random strides against a map of every byte
 */
#include "backward_call.h"
#include "call.h"

#include <string.h>

enum { ROOM = 4096, OUTPUT = 1, INPUT = 2 };

static _Alignas(64) unsigned char room[ROOM];

/* A tensor of rows, or sets of parameters: elements of `size` bytes; strides in elements, that of columns 0 where it is 1. */
struct lattice { size_t at, size, cols, heads, outer, stride, head_stride, col_stride; };

static size_t col_step(const struct lattice *l) { return l->col_stride ? l->col_stride : 1; }

static size_t extent(const struct lattice *l)
{
	return ((l->outer - 1) * l->stride + (l->heads - 1) * l->head_stride + (l->cols - 1) * col_step(l) + 1) * l->size;
}

/* Marks the bytes of a lattice; whether one was marked otherwise. */
static bool mark(unsigned char *map, const struct lattice *l, unsigned char with)
{
	bool met = false;

	for (size_t o = 0; o < l->outer; o++)
		for (size_t h = 0; h < l->heads; h++)
			for (size_t b = 0; b < l->cols * l->size; b++) {
				size_t element = o * l->stride + h * l->head_stride + b / l->size * col_step(l);
				unsigned char *byte = &map[l->at + element * l->size + b % l->size];
				met = met || (*byte & ~with) != 0;
				*byte |= with;
			}
	return met;
}

static bool share(const struct lattice *a, const struct lattice *b)
{
	static unsigned char map[ROOM];

	memset(map, 0, sizeof map);
	mark(map, a, OUTPUT);
	return mark(map, b, INPUT);
}

static bool same(const struct lattice *a, const struct lattice *b)
{
	return a->at == b->at && a->size == b->size && a->stride == b->stride && a->head_stride == b->head_stride &&
	       (a->cols == 1 || col_step(a) == col_step(b));
}

/* Heads inside a row or outside of the rows, with gaps or without; an input's rows may overlap, or be one. */
static struct lattice random_lattice(struct rng *r, size_t size, size_t cols, size_t heads, size_t outer, bool output)
{
	struct lattice l = {.size = size, .cols = cols, .heads = heads, .outer = outer};
	size_t gap = rng_below(r, 3) == 0 ? 0 : rng_below(r, 2 * cols), more = rng_below(r, 2) ? 0 : rng_below(r, 3 * cols);

	if (rng_below(r, 2)) {
		l.head_stride = cols + gap;
		l.stride = heads * l.head_stride + more;
	} else {
		l.stride = cols + gap;
		l.head_stride = outer * l.stride + more;
	}
	if (!output && rng_below(r, 4) == 0)
		*(rng_below(r, 2) ? &l.stride : &l.head_stride) = 1 + rng_below(r, 2 * cols);
	return l;
}

/* Columns apart, and rows between them or beyond them; some of these overlap in an input. */
static void take_apart(struct rng *r, struct lattice *l, bool output)
{
	size_t rows = l->heads * l->outer, gap = rng_below(r, 2) ? 0 : rng_below(r, 4);

	if (rng_below(r, 3) == 0) {	/* every other place */
		l->col_stride = 2 + rng_below(r, 2);
		l->head_stride = l->cols * l->col_stride + gap;
		l->stride = l->heads * l->head_stride;
	} else if (rng_below(r, 2)) {	/* all rows side by side */
		l->head_stride = 1 + rng_below(r, 2);
		l->stride = l->heads * l->head_stride;
		l->col_stride = rows * l->head_stride + gap;
	} else {	/* those of a group of heads */
		l->head_stride = 1 + rng_below(r, 2);
		l->col_stride = l->heads * l->head_stride + gap;
		l->stride = l->cols * l->col_stride + gap;
	}
	if (!output && rng_below(r, 4) == 0)
		l->col_stride = 2 + rng_below(r, 3);
	if (l->col_stride < 2)
		l->col_stride = 0;
}

/* Puts b near a, or between its pieces; false if they do not fit. */
static bool place(struct rng *r, struct lattice *a, struct lattice *b)
{
	size_t larger = extent(a) > extent(b) ? extent(a) : extent(b);

	if (2 * larger + extent(b) >= ROOM)
		return false;
	a->at = larger / 8 * 8;
	b->at = rng_below(r, 5) == 0 ? a->at : rng_below(r, a->at + extent(a)) / b->size * b->size;
	return b->at + extent(b) <= ROOM;
}

static size_t counted[2];

static void check_rows(struct rng *r)
{
	size_t heads = 1 + rng_below(r, 3), outer = 1 + rng_below(r, 4), cols = 1 + rng_below(r, 6);
	ln_desc d = plain_desc(LN_LAYERNORM, rng_below(r, 2) ? LN_F32 : LN_BF16, heads * outer, cols);
	d.y_type = rng_below(r, 3) ? d.x_type : (uint32_t)LN_I8;
	struct lattice y = random_lattice(r, type_size(d.y_type), cols, heads, outer, true);
	struct lattice x = random_lattice(r, type_size(d.x_type), cols, heads, outer, false);

	if (rng_below(r, 3) == 0)
		take_apart(r, &y, true);
	if (rng_below(r, 3) == 0)
		take_apart(r, &x, false);
	if (rng_below(r, 3) == 0 && x.size == y.size)
		x.stride = y.stride, x.head_stride = y.head_stride, x.col_stride = y.col_stride;
	if (rng_below(r, 3) == 0 && x.size > y.size && x.col_stride + y.col_stride == 0) {	/* equal in bytes, where rows of x may overlap and those of y do not */
		x.stride = 1 + rng_below(r, 4 * cols), x.head_stride = 1 + rng_below(r, 4 * cols);
		y.stride = x.stride * (x.size / y.size), y.head_stride = x.head_stride * (x.size / y.size);
	}
	if (!place(r, &y, &x))
		return;
	d.heads = heads;
	d.x_stride = x.stride, d.x_head_stride = x.head_stride;
	d.y_stride = y.stride, d.y_head_stride = y.head_stride;
	d.x_col_stride = x.col_stride, d.y_col_stride = y.col_stride;
	ln_forward_tensors t = {.struct_size = sizeof t, .x = room + x.at, .y = room + y.at};
	bool meet = share(&y, &x) && !same(&y, &x);
	int status = ln_explain_forward(&d, &t, NULL, 0);
	if (status == LN_ERR_SHAPE)		/* rows of y overlap */
		return;
	if (status != (meet ? LN_ERR_OVERLAP : LN_OK))
		ck_abort_msg("%zu x %zu x %zu: y at %zu, strides %d, %d, %d of %zu bytes, x at %zu, strides %d, %d, %d of %zu: %d", outer, heads,
			     cols, y.at, (int)y.stride, (int)y.head_stride, (int)y.col_stride, y.size, x.at, (int)x.stride, (int)x.head_stride,
			     (int)x.col_stride, x.size, status);
	counted[meet]++;
}

/* Of forward, gamma and y; of backward, dgamma and dbeta: chunks of one tensor, or one between rows of the other. */
static void check_sets(struct rng *r)
{
	size_t sets = 1 + rng_below(r, 4), cols = 1 + rng_below(r, 6);
	ln_desc d = plain_desc(LN_LAYERNORM, LN_F32, 2 * sets, cols);
	struct lattice y = random_lattice(r, 4, cols, 1, 2 * sets, true), gamma_ = {.size = 4, .cols = cols, .heads = 1, .outer = sets};

	gamma_.stride = rng_below(r, 2) ? cols + rng_below(r, 3 * cols) : 2 * y.stride;
	if (y.stride < cols || gamma_.stride < cols || !place(r, &y, &gamma_))
		return;
	d.y_stride = y.stride;
	d.rows_per_param = 2;
	d.param_stride = gamma_.stride;
	ln_forward_tensors t = {.struct_size = sizeof t, .x = room + ROOM, .gamma = room + gamma_.at, .y = room + y.at};
	ck_assert_int_eq(ln_explain_forward(&d, &t, NULL, 0), share(&y, &gamma_) ? LN_ERR_OVERLAP : LN_OK);

	struct lattice dbeta = gamma_;
	d.y_stride = 0;
	dbeta.at = rng_below(r, ROOM - extent(&dbeta)) / 4 * 4;
	ln_backward_tensors b = {.struct_size = sizeof b, .x = room + ROOM, .dy = room + ROOM, .dgamma = room + gamma_.at, .dbeta = room + dbeta.at};
	bool meet = share(&gamma_, &dbeta) || same(&gamma_, &dbeta);
	ck_assert_int_eq(ln_explain_backward(&d, &b, NULL, 0), meet ? LN_ERR_OVERLAP : LN_OK);
	counted[meet]++;
}

START_TEST(against_a_map)
{
	size_t n = thinned("lattices: pairs of tensors", 400000, 150000);
	struct rng r = rng_make(1, 0);

	for (size_t i = 0; i < n; i++) {
		check_rows(&r);
		check_sets(&r);
	}
	ck_assert_uint_gt(counted[0], n / 10);
	ck_assert_uint_gt(counted[1], n / 10);
}
END_TEST

/* q, k and v of each head side by side: the norm of q goes where k was. */
START_TEST(interleaved_heads)
{
	enum { TOKENS = 5, HEADS = 4, SIZE = 16, WIDTH = 3 * HEADS * SIZE };
	static float packed[TOKENS * WIDTH], before[TOKENS * WIDTH], y[SIZE];
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, TOKENS * HEADS, SIZE);
	const struct kernel *k;

	rows_fill(row_kind(0), LN_F32, 1, TOKENS, WIDTH, before);
	d.heads = HEADS;
	d.x_stride = d.y_stride = WIDTH;
	d.x_head_stride = d.y_head_stride = 3 * SIZE;
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		memcpy(packed, before, sizeof packed);
		ck_assert_int_eq(forward_status(&(struct forward){.x = packed, .y = packed + SIZE}, &d, NULL, NULL), LN_OK);
		for (size_t p = 0; p < TOKENS * HEADS * 3; p++) {
			memcpy(y, before + p * SIZE, sizeof y);
			if (p % 3 == 1)
				ck_assert_int_eq(ln_rmsnorm_f32(1, SIZE, before + (p - 1) * SIZE, NULL, d.eps, y), LN_OK);
			ck_assert_msg(memcmp(y, packed + p * SIZE, sizeof y) == 0, "%s: piece %zu", k->name, p);
		}
	}
}
END_TEST

/* What a call does not look at causes no refusal, wherever it points: here onto an output. */
START_TEST(what_is_not_looked_at)
{
	enum { ROWS = 4, COLS = 8 };
	static float x[ROWS * COLS], y[ROWS * COLS], s[ROWS];
	ln_desc d = plain_desc(LN_RMSNORM, LN_F32, ROWS, COLS);

	ck_assert_int_eq(grad_status(&(struct backward){.x = x, .dy = x, .mean = y, .rstd = s, .dx = y}, &d, NULL, 0, NULL, NULL), LN_OK);
	ck_assert_int_eq(grad_status(&(struct backward){.x = x, .dy = x, .beta = y, .dx = y}, &d, NULL, 0, NULL, NULL), LN_OK);
	ck_assert_int_eq(grad_status(&(struct backward){.x = x, .dy = x, .dsum = s, .dgamma = y}, &d, NULL, 0, NULL, NULL), LN_OK);
	ck_assert_int_eq(grad_status(&(struct backward){.x = x, .dy = x, .dx = y}, &d, y, sizeof y, NULL, NULL), LN_OK);
	ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = y, .y_scale = y}, &d, NULL, NULL), LN_OK);
	ck_assert_int_eq(forward_status(&(struct forward){.x = x, .sum = y, .gamma = y, .gate = y}, &d, NULL, NULL), LN_OK);
	d.flags = LN_STATS_GIVEN;
	ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = y, .mean = y, .rstd = s}, &d, NULL, NULL), LN_OK);
	d.norm = LN_LAYERNORM;
	ck_assert_int_eq(forward_status(&(struct forward){.x = x, .y = y, .mean = y, .rstd = s}, &d, NULL, NULL), LN_ERR_OVERLAP);
}
END_TEST

Suite *suite_lattices(void)
{
	Suite *suite = suite_create("lattices");
	TCase *tc = add_case(suite, "lattices");

	tcase_add_test(tc, against_a_map);
	tcase_add_test(tc, interleaved_heads);
	tcase_add_test(tc, what_is_not_looked_at);
	return suite;
}
