/*
 * memory.c - words that load and store elements: every value, at every offset in a line, at the edges of pages, and nothing beside
 */
#include "guard.h"
#include "lntest.h"
#include "pairs.h"
#include "rng.h"
#include "types.h"
#include "vocabulary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum access { WHOLE, TAIL, STREAM };
enum { LINE = 64, ARENA = 4 * LINE };	/* no word touches more than a line's worth */

struct memory {
	const char *word;
	const struct vocabulary *v;
	void (*load)(float *y, const void *p, size_t n);	/* one of these two */
	void (*store)(void *p, const float *v, size_t n);
	uint32_t type;
	size_t registers;
	enum access access;
	struct pairs pairs;
};

static size_t floats_of(const struct memory *m)
{
	return m->registers * m->v->lanes();
}

/* Where in the registers element e is: two of them hold the even and the odd ones. */
static size_t float_at(const struct memory *m, size_t e)
{
	return m->registers == 2 ? e % 2 * m->v->lanes() + e / 2 : e;
}

/* ---- One call ---- */

static void wrong(const struct memory *m, const char *where, size_t n, size_t e, uint32_t from, uint32_t got, uint32_t want)
{
	ck_abort_msg("%s: vec_%s of %zu elements %s: element %zu, made from %#x, is %#x instead of %#x", m->v->name, m->word, n, where, e,
		     from, got, want);
}

/* Where in an integer of 32 bits its lowest `size` bytes begin. */
static size_t first_byte(size_t size) { return low_byte_is_first() ? 0 : sizeof(uint32_t) - size; }

/* Element e of p as its bits. */
static uint32_t element_bits(const struct memory *m, const void *p, size_t e)
{
	size_t size = type_size(m->type);
	uint32_t bits = 0;

	memcpy((char *)&bits + first_byte(size), (const char *)p + e * size, size);
	return bits;
}

/* n elements, those of the pairs from `first` on. After a tail the other lanes are +0. */
static void load_and_compare(const struct memory *m, const char *where, void *p, size_t n, size_t first)
{
	size_t size = type_size(m->type);
	float y[FLOATS_MAX];

	memset(y, 0xa5, sizeof y);
	for (size_t e = 0; e < n; e++)
		memcpy((char *)p + e * size, (const char *)&m->pairs.element[(first + e) % m->pairs.count] + first_byte(size), size);
	m->load(y, p, n);
	for (size_t e = 0; e < floats_of(m); e++) {
		float got = y[float_at(m, e)], want = e < n ? m->pairs.f[(first + e) % m->pairs.count] : 0.0f;
		if (!agree(got, want, m->type != LN_F16))
			wrong(m, where, n, e, e < n ? element_bits(m, p, e) : 0, bits_of(got), bits_of(want));
	}
}

/* What may be stored of a float: of two registers, some NaN of a NaN, and anything of one with lower bits. */
static bool is_stored(const struct memory *m, float f, uint32_t got, uint32_t want)
{
	if (m->registers == 2 && isnan(f))
		return (bits_of(f) & 0xffff) != 0 || isnan(of_bits(got << 16));
	return got == want;
}

/* As load_and_compare(), the other way. */
static void store_and_compare(const struct memory *m, const char *where, void *p, size_t n, size_t first)
{
	float v[FLOATS_MAX];

	for (size_t e = 0; e < floats_of(m); e++)
		v[float_at(m, e)] = m->pairs.f[(first + e) % m->pairs.count];
	m->store(p, v, n);
	if (m->access == STREAM)
		m->v->stream_end();
	for (size_t e = 0; e < n; e++) {
		float f = v[float_at(m, e)];
		uint32_t got = element_bits(m, p, e), want = m->pairs.element[(first + e) % m->pairs.count];
		if (!is_stored(m, f, got, want))
			wrong(m, where, n, e, bits_of(f), got, want);
	}
}

static void check_call(const struct memory *m, const char *where, void *p, size_t n, size_t first)
{
	(m->load ? load_and_compare : store_and_compare)(m, where, p, n, first);
}

/* ---- All calls ---- */

/* Every value in every lane. */
static void check_values(const struct memory *m)
{
	_Alignas(LINE) char arena[ARENA];
	size_t n = floats_of(m);

	for (size_t shift = 0; shift < places(n); shift++)
		for (size_t first = 0; first < m->pairs.count; first += n)
			check_call(m, "on a line", arena, n, first + shift);
}

/* Every offset of an element in a line that the word allows, between bytes that must stay. */
static void check_offsets(const struct memory *m, size_t n)
{
	size_t size = type_size(m->type), step = m->access == STREAM ? floats_of(m) * size : size;

	for (size_t offset = 0; offset < LINE; offset += step) {
		_Alignas(LINE) unsigned char arena[ARENA], expected[ARENA];
		unsigned char *p = arena + LINE + offset;
		struct rng r = rng_make(n, offset);
		char where[60];
		for (size_t i = 0; i < ARENA; i++)
			arena[i] = (unsigned char)rng_bits(&r);
		memcpy(expected, arena, ARENA);
		snprintf(where, sizeof where, "%zu bytes past a line", offset);
		check_call(m, where, p, n, offset * m->pairs.count / LINE);
		memcpy(expected + (p - arena), p, n * size);
		ck_assert_msg(memcmp(expected, arena, ARENA) == 0, "%s: vec_%s of %zu elements %s writes beside them", m->v->name, m->word,
			      n, where);
	}
}

/* One byte too far is a fault. */
static void check_pages(const struct memory *m, size_t n)
{
	struct guard g = guard_make(LINE);

	check_call(m, "before a guard page", guard_at_end(&g, n * type_size(m->type)), n, 0);
	check_call(m, "after a guard page", guard_at_begin(&g), n, 0);
	guard_free(&g);
}

static void check_memory(struct memory m)
{
	bool by_emulation = m.access == TAIL && faults_by_emulation(kernel_of(m.v));

	m.pairs = m.load ? pairs_loaded(m.type) : pairs_stored(m.type);
	if (by_emulation)
		printf("skipped: vocabulary_%s: guard pages: this emulator reads past masked loads\n", m.v->name);
	check_values(&m);
	for (size_t n = m.access == TAIL ? 1 : floats_of(&m); n <= floats_of(&m); n++) {
		check_offsets(&m, n);
		if (!by_emulation)
			check_pages(&m, n);
	}
	pairs_free(&m.pairs);
}

#define CHECK(name, direction, elements, count, how) \
	void check_##name(const struct vocabulary *words) \
	{ \
		check_memory((struct memory){.word = #name, .v = words, .direction = words->name, .type = elements, .registers = count, \
					     .access = how}); \
	}
#define LOAD(name, elements, count, how, ...) CHECK(name, load, elements, count, how)
#define STORE(name, elements, count, how, ...) CHECK(name, store, elements, count, how)
#include "words.def"
