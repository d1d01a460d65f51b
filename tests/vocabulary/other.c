/*
 * other.c - words that are no lane by itself and no memory
 */
#include "guard.h"
#include "lntest.h"
#include "vocabulary.h"

#include <math.h>

void check_lanes(const struct vocabulary *v)
{
	size_t lanes = v->lanes();

	ck_assert_msg(lanes > 0 && (lanes & (lanes - 1)) == 0 && lanes <= ROW_LANES, "%s: vec_lanes is %zu",
		      v->name, lanes);
}

void check_fused(const struct vocabulary *v)
{
	ck_assert_int_eq(v->fused(), kernel_of(v)->arithmetic == FUSED);
}

enum { ROUNDS = 2000 };

static void expect(const struct vocabulary *v, const char *word, size_t lane, float got, float want)
{
	ck_assert_msg(agree(got, want, true), "%s: %s: lane %zu is %#x instead of %#x", v->name, word, lane, bits_of(got), bits_of(want));
}

void check_set1(const struct vocabulary *v)
{
	float y[FLOATS_MAX];

	for (size_t i = 0; i < special_count() + ROUNDS; i++) {
		float f = i < special_count() ? special_value(i) : any_value(i);
		v->set1(y, f);
		for (size_t l = 0; l < v->lanes(); l++)
			expect(v, "vec_set1", l, y[l], f);
	}
}

void check_keep(const struct vocabulary *v)
{
	float from[FLOATS_MAX], y[FLOATS_MAX];

	for (size_t i = 0; i < ROUNDS; i++)
		for (size_t n = 1; n <= v->lanes(); n++) {
			for (size_t l = 0; l < v->lanes(); l++)
				from[l] = any_value(i * v->lanes() + l);
			v->keep(y, from, n);
			for (size_t l = 0; l < v->lanes(); l++)
				expect(v, "vec_keep", l, y[l], l < n ? from[l] : 0.0f);
		}
}

/* Four elements of each of so many rows, at any distance; the last ones end before a page that cannot be read, the first ones begin after one. */
void check_load_across(const struct vocabulary *v)
{
	size_t lanes = v->lanes();
	float y[FLOATS_MAX];

	for (size_t stride = 4; stride < 4 * ROW_LANES; stride++)
		for (int at_end = 0; at_end < 2; at_end++) {
			size_t n = (lanes - 1) * stride + 4;
			struct guard g = guard_make(n * sizeof(float));
			float *p = at_end ? guard_at_end(&g, n * sizeof(float)) : guard_at_begin(&g);
			for (size_t i = 0; i < n; i++)
				p[i] = any_value(stride * n + i);
			v->load_across(y, p, stride);
			for (size_t i = 0; i < 4 * lanes; i++)
				expect(v, "vec_load_across", i, y[i], p[i % lanes * stride + i / lanes]);
			guard_free(&g);
		}
}

/* The other way; what lies between the rows stays. */
void check_store_across(const struct vocabulary *v)
{
	size_t lanes = v->lanes();
	float from[FLOATS_MAX];

	for (size_t stride = 4; stride < 4 * ROW_LANES; stride++)
		for (int at_end = 0; at_end < 2; at_end++) {
			size_t n = (lanes - 1) * stride + 4;
			struct guard g = guard_make(n * sizeof(float));
			float *p = at_end ? guard_at_end(&g, n * sizeof(float)) : guard_at_begin(&g);
			for (size_t i = 0; i < n; i++)
				p[i] = (float)i;
			for (size_t i = 0; i < 4 * lanes; i++)
				from[i] = any_value(stride * n + i);
			v->store_across(p, stride, from);
			for (size_t i = 0; i < n; i++)
				expect(v, "vec_store_across", i, p[i], i % stride < 4 ? from[i % stride * lanes + i / stride] : (float)i);
			guard_free(&g);
		}
}

/* Lane l of the two registers, as one row of 2 * vec_lanes(), comes from the even elements where l is even. */
void check_interleave(const struct vocabulary *v)
{
	float from[FLOATS_MAX], y[FLOATS_MAX];
	size_t lanes = v->lanes();

	for (size_t i = 0; i < ROUNDS; i++) {
		for (size_t l = 0; l < 2 * lanes; l++)
			from[l] = any_value(i * 2 * lanes + l);
		v->interleave(y, from);
		for (size_t l = 0; l < 2 * lanes; l++)
			expect(v, "vec_interleave", l, y[l], from[l % 2 * lanes + l / 2]);
	}
}

/* Each set of lanes alone, then many registers in a loop; a zero and a NaN have signs too. */
void check_count_negative(const struct vocabulary *v)
{
	float from[1024];
	size_t lanes = v->lanes();
	unsigned want = 0;

	for (size_t i = 0; i < (size_t)1 << lanes; i++) {
		want = 0;
		for (size_t l = 0; l < lanes; l++) {
			from[l] = of_bits((bits_of(any_value(i + l)) & 0x7fffffff) | (uint32_t)(i >> l & 1) << 31);
			want += i >> l & 1;
		}
		ck_assert_uint_eq(v->count_negative(from, lanes), want);
	}
	want = 0;
	for (size_t l = 0; l < 1024; l++) {
		from[l] = any_value(l);
		want += signbit(from[l]) != 0;
	}
	ck_assert_uint_eq(v->count_negative(from, 1024), want);
}
