/*
 * test_alignment.c - the bits do not depend on where x, gamma, beta and y lie, down to the alignment of one element
 */
#include "lntest.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSETS = 16, ROWS = 5 };

/* Memory on a boundary of 64 bytes with room for a move by any offset. */
static void *aligned_elements(uint32_t type, size_t n)
{
	void *p = aligned_alloc(64, ((n + OFFSETS) * type_size(type) + 63) / 64 * 64);

	if (!p)
		ck_abort_msg("no memory for %zu elements", n);
	return p;
}

/* Where each buffer begins, in elements past a boundary of 64 bytes. */
struct places { size_t x, gamma, beta, y; };

static void check(const struct kernel *k, const struct problem *p, const struct problem *room, struct places at)
{
	size_t bytes = bytes_of(p, p->rows * p->cols);
	struct problem moved = {p->op, p->rows, p->cols, p->eps, element(p, room->x, at.x), element(p, room->gamma, at.gamma),
				element(p, room->beta, at.beta), element(p, room->y, at.y)};

	memcpy(moved.x, p->x, bytes);
	memcpy(moved.gamma, p->gamma, bytes_of(p, p->cols));
	memcpy(moved.beta, p->beta, bytes_of(p, p->cols));
	memset(moved.y, 0xa5, bytes);
	note(k, "%s, offsets x %zu gamma %zu beta %zu y %zu, %zu columns", p->op->name, at.x, at.gamma, at.beta, at.y, p->cols);
	solve(&moved);
	expect_bits(k, &moved, p->y, "offsets of x %zu, gamma %zu, beta %zu, y %zu", at.x, at.gamma, at.beta, at.y);
}

static void check_all_places(const struct kernel *k, const struct problem *p, const struct problem *room, size_t random_places)
{
	struct rng r = rng_make(5, p->cols);

	for (size_t offset = 0; offset < OFFSETS; offset++) {
		check(k, p, room, (struct places){.gamma = offset});
		check(k, p, room, (struct places){.beta = offset});
		for (size_t other = 0; other < OFFSETS; other++)
			check(k, p, room, (struct places){.x = offset, .y = other});
	}
	for (size_t i = 0; i < random_places; i++) {
		uint64_t bits = rng_bits(&r);
		check(k, p, room, (struct places){bits & 15, bits >> 4 & 15, bits >> 8 & 15, bits >> 12 & 15});
	}
}

static void check_operation(const struct operation *op, size_t cols, size_t random_places)
{
	struct problem room = {op, ROWS, cols, 0, aligned_elements(op->type, ROWS * cols), aligned_elements(op->type, cols),
			       aligned_elements(op->type, cols), aligned_elements(op->type, ROWS * cols)};
	const struct kernel *k;

	for (size_t rows = 1; rows <= ROWS; rows += ROWS - 1) {
		struct problem p = problem_make(op, rows, cols);
		problem_fill(&p, row_kind(1), cols);
		for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
			solve(&p);
			check_all_places(k, &p, &room, random_places);
		}
		problem_free(&p);
	}
	problem_free(&room);
}

START_TEST(any_of_16_offsets)
{
	static const size_t counts[] = {1, 2, 5, 8, 15, 16, 17, 31, 33, 64, 100, 257, 768, 1025};
	size_t random_places = thinned("alignment: random places of all four buffers", 300, 40);

	for (size_t n = 0; operation(n); n++)
		for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
			if (n == 0 || i % 3 == 0)
				check_operation(operation(n), counts[i], n == 0 ? random_places : 40);
}
END_TEST

Suite *suite_alignment(void)
{
	Suite *suite = suite_create("alignment");

	tcase_add_test(add_case(suite, "alignment"), any_of_16_offsets);
	return suite;
}
