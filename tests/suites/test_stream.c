/*
 * test_stream.c - calls of every size relative to the cache, up to those whose stores go past it: the same bits as row by row
 */
#include "lntest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 24 << 20, LONGEST = 1 << 20, PERIOD = 65521, OFFSETS = 16 };

static const size_t column_counts[] = {768, 1000, LONGEST, 4099, 33};
enum { SHAPES = sizeof column_counts / sizeof column_counts[0] };

struct room { size_t size; float *x, *y, *z, *gamma, *beta; };

/* x alone, 96 MiB or more, is as large as the last-level cache; with y, twice that. A cache that is said to be small needs less. */
static size_t elements_past_the_cache(void)
{
	size_t said = (size_t)environment_number("LN_TEST_CACHE_BYTES", 0);

	if (said > 0)
		return said;
	FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index3/size", "r");
	size_t kib = 0;

	if (file && fscanf(file, "%zuK", &kib) != 1)
		kib = 0;
	if (file)
		fclose(file);
	return kib * 1024 / sizeof(float) > LEAST ? kib * 1024 / sizeof(float) : LEAST;
}

/* y begins on a boundary of 64 bytes. x has a period that no row length divides: every row differs from those near it. */
static struct room room_make(void)
{
	size_t n = elements_past_the_cache();
	struct room room = {n, elements(LN_F32, n), aligned_alloc(64, (n + OFFSETS) / 16 * 16 * sizeof(float)), elements(LN_F32, n),
			    elements(LN_F32, LONGEST), elements(LN_F32, LONGEST)};

	if (!room.y)
		ck_abort_msg("no memory for %zu floats", n);
	printf("stream: calls of up to %zu MiB in and as much out\n", n * sizeof(float) >> 20);
	rows_fill(row_kind(1), LN_F32, 1, 1, PERIOD, room.x);
	for (size_t i = PERIOD; i < n; i++)
		room.x[i] = room.x[i - PERIOD];
	rows_parameters(1, LN_F32, LONGEST, room.gamma, room.beta);
	return room;
}

static void room_free(struct room *room)
{
	free(room->x);
	free(room->y);
	free(room->z);
	free(room->gamma);
	free(room->beta);
}

static void solve_row_by_row(const struct problem *p)
{
	for (size_t row = 0; row < p->rows; row++) {
		struct problem one = problem_part(p, row, 1);
		solve(&one);
	}
}

/* One call for the first rows, from x or in place, against what they gave alone. */
static void check_call(const struct kernel *k, const struct room *room, size_t rows, size_t cols, float *y, bool in_place)
{
	struct problem p = {operation(0), rows, cols, 1e-5, in_place ? y : room->x, room->gamma, room->beta, y};

	note(k, "one call of %zu x %zu, offset %td, %s", rows, cols, y - room->y, in_place ? "in place" : "out of place");
	if (in_place)
		memcpy(y, room->x, rows * cols * sizeof *y);
	else
		memset(y, 0xa5, rows * cols * sizeof *y);
	solve(&p);
	expect_bits(k, &p, room->z, "one call %s, y at offset %td, against row by row",
		    in_place ? "in place" : "out of place", y - room->y);
}

/* A sixteenth of all, and so on up to all; then all of it at those of the 16 offsets of y that fall to this shape. */
static void check_shape(const struct kernel *k, struct room *room, size_t shape)
{
	size_t cols = column_counts[shape], rows = room->size / cols;
	struct problem alone = {operation(0), rows, cols, 1e-5, room->x, room->gamma, room->beta, room->z};

	note(k, "%zu x %zu, row by row", rows, cols);
	solve_row_by_row(&alone);
	for (size_t part = 16; part >= 1; part /= 2) {
		check_call(k, room, rows / part, cols, room->y, false);
		check_call(k, room, rows / part, cols, room->y, true);
	}
	for (size_t offset = 1; offset < OFFSETS; offset++)
		if (offset % SHAPES == shape)
			check_call(k, room, rows, cols, room->y + offset, false);
}

START_TEST(large_calls)
{
	struct room room = room_make();
	size_t shapes = thinned("stream: shapes", SHAPES, 1);
	const struct kernel *k;

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++)
		for (size_t shape = 0; shape < shapes; shape++)
			check_shape(k, &room, shape);
	room_free(&room);
}
END_TEST

Suite *suite_stream(void)
{
	Suite *suite = suite_create("stream");

	tcase_add_test(add_case(suite, "stream"), large_calls);
	return suite;
}
