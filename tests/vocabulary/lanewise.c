/*
 * lanewise.c - words that treat each lane by itself, against an expression over floats
 */
#include "lntest.h"
#include "vocabulary.h"

#include <float.h>
#include <math.h>

/* How a word agrees. */
enum { VALUE = false, BITS = true };

struct lanewise {
	const char *word;
	void (*got)(float *y, const float *a, const float *b, const float *c, size_t n);
	float (*want)(bool fused, float a, float b, float c);
	bool (*where)(float a, float b, float c);
	bool to_the_bit;
};

/* All triples of special values, then random ones. */
enum { RANDOM = 200000, CHUNK = 4096 };

static size_t triple_count(void)
{
	return special_count() * special_count() * special_count() + RANDOM;
}

static void triple(size_t i, float *a, float *b, float *c)
{
	size_t n = special_count();

	if (i < n * n * n) {
		*a = special_value(i % n);
		*b = special_value(i / n % n);
		*c = special_value(i / n / n);
	} else {
		*a = any_value(3 * i);
		*b = any_value(3 * i + 1);
		*c = any_value(3 * i + 2);
	}
}

/* The n triples from `first` on; so many of them are where something is promised. */
static size_t check_chunk(const struct vocabulary *v, const struct lanewise *w, size_t first, size_t n)
{
	static float a[CHUNK], b[CHUNK], c[CHUNK], y[CHUNK];
	bool fused = kernel_of(v)->arithmetic == FUSED;
	size_t promised = 0;

	for (size_t i = 0; i < n; i++)
		triple((first + i) % triple_count(), &a[i], &b[i], &c[i]);
	w->got(y, a, b, c, n);
	for (size_t i = 0; i < n; i++) {
		if (!w->where(a[i], b[i], c[i]))
			continue;
		float want = w->want(fused, a[i], b[i], c[i]);
		promised++;
		if (!agree(y[i], want, w->to_the_bit))
			ck_abort_msg("%s: vec_%s: lane %zu of %zu, of %#x, %#x and %#x: %#x (%a) instead of %#x (%a)", v->name, w->word,
				     i % v->lanes(), v->lanes(), bits_of(a[i]), bits_of(b[i]), bits_of(c[i]), bits_of(y[i]), (double)y[i],
				     bits_of(want), (double)want);
	}
	return promised;
}

/* All triples, so often that each is tried in every lane. */
static void check_lanewise(const struct vocabulary *v, const struct lanewise *w)
{
	size_t promised = 0;

	for (size_t shift = 0; shift < places(v->lanes()); shift++)
		for (size_t first = 0; first < triple_count(); first += CHUNK)
			promised += check_chunk(v, w, first + shift, CHUNK);
	ck_assert_msg(promised >= 1000, "vec_%s is promised for %zu of the values alone", w->word, promised);
}

/* Where vec_scale() is promised: a * 2^k and a are normal numbers, before anything is rounded. */
static bool can_scale(float a, float s)
{
	double scaled = is_power(s) ? fabs(ldexp((double)a, power_of(s))) : 0;

	return isnormal(a) && scaled >= (double)FLT_MIN && scaled <= (double)FLT_MAX;
}

#define LANEWISE(word, agree, where, want, got) \
	static bool where_##word(float a, float b, float c) { (void)a, (void)b, (void)c; return where; } \
	static float want_##word(bool fused, float a, float b, float c) { (void)fused, (void)a, (void)b, (void)c; return want; } \
	void check_##word(const struct vocabulary *v) \
	{ \
		check_lanewise(v, &(struct lanewise){#word, v->word, want_##word, where_##word, agree}); \
	}
#include "words.def"
