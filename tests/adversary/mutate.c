/*
 * mutate.c - changes of an input: of bits, of elements, of runs, of signs
 */
#include "climb.h"
#include "types.h"

#include <ln.h>
#include <string.h>

static bool chance(struct rng *r, unsigned percent) { return rng_below(r, 100) < percent; }

/* ---- Numbers as their bits: a sign, and a size that counts the type's values ---- */

static int64_t bits_of(uint32_t type, double v)
{
	float narrow = (float)v;
	uint32_t word;
	uint64_t wide;

	if (type == LN_F32) {
		memcpy(&word, &narrow, sizeof word);
		return word & 0x80000000 ? -(int64_t)(word & 0x7fffffff) : (int64_t)word;
	}
	if (type == LN_F64) {
		memcpy(&wide, &v, sizeof wide);
		return wide >> 63 ? -(int64_t)(wide & INT64_MAX) : (int64_t)wide;
	}
	word = type_pattern(type, v);
	return word & 0x8000 ? -(int64_t)(word & 0x7fff) : (int64_t)word;
}

static double value_of(uint32_t type, int64_t bits)
{
	uint64_t size = (uint64_t)(bits < 0 ? -bits : bits);
	uint32_t word = (uint32_t)size;
	float narrow;
	double v;

	if (type == LN_F32) {
		memcpy(&narrow, &word, sizeof narrow);
		v = (double)narrow;
	} else if (type == LN_F64)
		memcpy(&v, &size, sizeof v);
	else
		v = type_value(type, word);
	return bits < 0 ? -v : v;
}

static int digits(uint32_t type) { return type_limits(type).digits; }

/* ---- One change ---- */

struct place { struct judge *j; struct rng *r; enum part part; size_t n; const double *v; bool tied, mirror; };

/* Parameters and gates stay of a usual size; other numbers where nothing that is computed from them leaves the range of the type. */
static bool allowed(const struct place *a, double v)
{
	const struct problem *p = a->j->p;
	double size = fabs(v), parameter = p->q->type == LN_F16 ? 0x1p8 : 0x1p20;

	if (a->part == GAMMA)
		return size >= 0x1p-20 && size <= parameter;
	if (a->part == PARAMS || a->part == BETA)
		return size <= parameter;
	if (a->part == GATE)
		return size <= 90;
	if (p->q->type == LN_F16)
		return size <= 60000;
	/* Products stay in a float's range. */
	double most = quantity_is_cell(p->q) ? 0x1p30 : p->q->kind == FORWARD ? 0x1p110 : 0x1p60;
	return size == 0 || (size >= 1 / most && size <= most);
}

static void set(const struct place *a, size_t i, double v)
{
	v = problem_round(a->j->p, v);
	if (!allowed(a, v))
		return;
	if (a->tied)
		judge_set_equals(a->j, a->part, i, v, a->mirror);
	else
		judge_set(a->j, a->part, i, v);
}

static size_t any(const struct place *a) { return rng_below(a->r, a->n); }

static void flip_bit(const struct place *a)
{
	uint32_t type = a->j->p->q->type;
	size_t i = any(a);
	int64_t bits = bits_of(type, a->v[i]), bit = INT64_C(1) << rng_below(a->r, (size_t)digits(type));
	int64_t flipped = (bits < 0 ? -bits : bits) ^ bit;

	set(a, i, value_of(type, bits < 0 ? -flipped : flipped));
}

static void step(const struct place *a, int64_t most)
{
	uint32_t type = a->j->p->q->type;
	size_t i = any(a);
	int64_t by = 1 + (int64_t)rng_below(a->r, (size_t)most);

	set(a, i, value_of(type, bits_of(type, a->v[i]) + (chance(a->r, 50) ? by : -by)));
}

static void step_one(const struct place *a) { step(a, 1); }
static void step_some(const struct place *a) { step(a, INT64_C(1) << rng_below(a->r, (size_t)digits(a->j->p->q->type))); }
static void copy_element(const struct place *a) { set(a, any(a), a->v[any(a)]); }
static void negate(const struct place *a) { size_t i = any(a); set(a, i, -a->v[i]); }
static void scale(const struct place *a) { size_t i = any(a); set(a, i, ldexp(a->v[i], (int)rng_below(a->r, 7) - 3)); }

static void swap(const struct place *a)
{
	size_t i = any(a), k = any(a);
	double vi = a->v[i], vk = a->v[k];

	set(a, i, vk);
	set(a, k, vi);
}

static double mean_of(const struct place *a) { return a->part == X ? a->j->mean : 0; }

static void to_mean(const struct place *a) { set(a, any(a), mean_of(a)); }
static void reflect(const struct place *a) { size_t i = any(a); set(a, i, 2 * mean_of(a) - a->v[i]); }
static void between(const struct place *a) { size_t i = any(a); set(a, i, a->v[i] + (a->v[any(a)] - a->v[i]) * rng_uniform(a->r)); }
static void draw(const struct place *a) { size_t i = any(a); set(a, i, mean_of(a) + (a->v[any(a)] - mean_of(a)) * rng_normal(a->r)); }

/* Elements of one lane, or neighbours, become equal, or what a few elements elsewhere are. */
static void run(const struct place *a)
{
	size_t stride = (size_t)1 << (chance(a->r, 50) ? 0 : rng_below(a->r, 7)), length = 1 + rng_below(a->r, 16);
	size_t from = any(a), to = any(a);
	bool equal = chance(a->r, 60);

	for (size_t k = 0; k < length && to < a->n && from < a->n; k++) {
		set(a, to, a->v[from]);
		to += stride;
		from += equal ? 0 : stride;
	}
}

/* The first signs: what a pivot may be chosen by. */
static void signs(const struct place *a)
{
	size_t count = 1 + rng_below(a->r, 32);
	uint64_t pattern = rng_bits(a->r);

	for (size_t i = 0; i < count && i < a->n; i++)
		set(a, i, copysign(a->v[i], pattern >> i & 1 ? -1 : 1));
}

/* All elements move, and with them the mean against sigma; or their sizes against the type's powers of two. */
static void move_all(const struct place *a)
{
	double by = chance(a->r, 50) ? (a->v[any(a)] - a->v[any(a)]) * rng_uniform(a->r) : 0;
	double factor = by == 0 ? 1 + 0.1 * rng_normal(a->r) : 1;

	for (size_t i = 0; i < a->n; i++)
		set(a, i, a->v[i] * factor + by);
}

/* The first ones change one number, and with it, if they are tied, all that are equal to it. */
static const struct { void (*change)(const struct place *a); unsigned weight; bool one; } changes[] = {
	{flip_bit, 20, true}, {step_one, 10, true}, {step_some, 16, true}, {between, 4, true}, {draw, 4, true}, {reflect, 4, true},
	{scale, 3, true}, {copy_element, 10, false}, {swap, 10, false}, {negate, 4, false}, {to_mean, 2, false}, {run, 8, false},
	{signs, 1, false}, {move_all, 1, false},
};

/* The first part that may change takes half of the changes, the others share the rest. */
static enum part draw_part(const struct problem *p, struct rng *r)
{
	enum part free_parts[PARTS];
	size_t count = 0;

	for (enum part a = 0; a < PARTS; a++)
		if (p->part[a].n > 0 && !p->part[a].frozen)
			free_parts[count++] = a;
	return count > 1 && chance(r, 50) ? free_parts[1 + rng_below(r, count - 1)] : free_parts[0];
}

void mutate(struct judge *j, struct rng *r)
{
	size_t kinds = sizeof changes / sizeof changes[0];
	unsigned total = 0;

	for (size_t i = 0; i < kinds; i++)
		total += changes[i].weight;
	for (uint64_t count = 1 + (chance(r, 30) ? rng_below(r, 3) : 0); count > 0; count--) {
		enum part part = draw_part(j->p, r);
		struct place a = {j, r, part, j->p->part[part].n, j->p->part[part].v, chance(r, j->p->tied ? 95 : 10), chance(r, 30)};
		uint64_t ticket = rng_below(r, total);
		size_t i = 0;
		while (ticket >= changes[i].weight)
			ticket -= changes[i++].weight;
		if (!changes[i].one && a.tied && chance(r, 80))
			i = 0;
		a.tied = a.tied && changes[i].one;
		changes[i].change(&a);
	}
}
