/*
 * test_alignment.c - the bits do not depend on where x, gamma, beta and y lie, down to the alignment of one float
 */
#include "lntest.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSETS = 16, ROWS = 5 };

/* Memory on a boundary of 64 bytes with room for a move by any offset. */
static float *aligned_floats(size_t n)
{
	float *p = aligned_alloc(64, ((n + OFFSETS) * sizeof *p + 63) / 64 * 64);

	if (!p)
		ck_abort_msg("no memory for %zu floats", n);
	return p;
}

/* Where each buffer begins, in floats past a boundary of 64 bytes. */
struct places { size_t x, gamma, beta, y; };

static void check(const struct kernel *k, const struct problem *p, const struct problem *room, struct places at)
{
	size_t n = p->rows * p->cols;
	struct problem moved = {p->rows, p->cols, p->eps, room->x + at.x, room->gamma + at.gamma, room->beta + at.beta,
				room->y + at.y};

	memcpy(moved.x, p->x, n * sizeof *p->x);
	memcpy(moved.gamma, p->gamma, p->cols * sizeof *p->gamma);
	memcpy(moved.beta, p->beta, p->cols * sizeof *p->beta);
	memset(moved.y, 0xa5, n * sizeof *p->y);
	note(k, "offsets x %zu gamma %zu beta %zu y %zu, %zu columns", at.x, at.gamma, at.beta, at.y, p->cols);
	solve(&moved);
	expect_bits(k, moved.y, p->y, p->rows, p->cols, "offsets of x %zu, gamma %zu, beta %zu, y %zu", at.x, at.gamma,
		    at.beta, at.y);
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

START_TEST(any_of_16_offsets)
{
	static const size_t counts[] = {1, 2, 5, 8, 15, 16, 17, 31, 33, 64, 100, 257, 768, 1025};
	const struct kernel *k;
	size_t random_places = thinned("alignment: random places of all four buffers", 300, 40);

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		size_t cols = counts[i];
		struct problem room = {ROWS, cols, 0, aligned_floats(ROWS * cols), aligned_floats(cols), aligned_floats(cols),
				       aligned_floats(ROWS * cols)};
		for (size_t rows = 1; rows <= ROWS; rows += ROWS - 1) {
			struct problem p = problem_make(rows, cols);
			problem_fill(&p, row_kind(1), cols);
			for (size_t n = 0; (k = use_kernel(n)) != NULL; n++) {
				solve(&p);
				check_all_places(k, &p, &room, random_places);
			}
			problem_free(&p);
		}
		problem_free(&room);
	}
}
END_TEST

Suite *suite_alignment(void)
{
	Suite *suite = suite_create("alignment");

	tcase_add_test(add_case(suite, "alignment"), any_of_16_offsets);
	return suite;
}
