/*
 * fold.c - vec_fold, whose tree is written out
 */
#include "lntest.h"
#include "rng.h"
#include "vocabulary.h"

#include <math.h>
#include <string.h>

enum { FLOATS = 32, ROUNDS = 20000 };

static double by_halves(const float *p)
{
	double lane[FLOATS / 2];

	for (size_t l = 0; l < FLOATS / 2; l++)
		lane[l] = (double)(p[l] + p[l + FLOATS / 2]);
	for (size_t half = FLOATS / 4; half > 0; half /= 2)
		for (size_t l = 0; l < half; l++)
			lane[l] += lane[l + half];
	return lane[0];
}

/* By neighbours instead: the most usual of the wrong orders. */
static double by_neighbours(const float *p)
{
	double lane[FLOATS / 2];

	for (size_t l = 0; l < FLOATS / 2; l++)
		lane[l] = (double)(p[l] + p[l + FLOATS / 2]);
	for (size_t count = FLOATS / 4; count > 0; count /= 2)
		for (size_t l = 0; l < count; l++)
			lane[l] = lane[2 * l] + lane[2 * l + 1];
	return lane[0];
}

/* Exponents so far apart that sums round, in floats and in doubles. */
void check_fold(const struct vocabulary *v)
{
	float at[FLOATS + 16];
	size_t differ = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		struct rng r = rng_make(1, i);
		float *p = at + i % 16;
		for (size_t l = 0; l < FLOATS; l++)
			p[l] = i < special_count() ? special_value(i) : (float)ldexp(rng_normal(&r), (int)rng_below(&r, 90));
		double got = v->fold(p), want = by_halves(p);
		ck_assert_msg(memcmp(&got, &want, sizeof got) == 0 || (isnan(got) && isnan(want)), "%s: vec_fold: %a instead of %a",
			      v->name, got, want);
		differ += want != by_neighbours(p);
	}
	ck_assert_uint_gt(differ, ROUNDS / 4);
}
