/*
 * stream.c - vec_stream_end: who sees what is stored after it sees what was streamed before it
 *
 * A missing fence shows in most rounds where two cores are free for the two threads, and seldom where they share one.
 */
#include "lntest.h"
#include "vocabulary.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

enum { BUFFER = 1024 };

struct relay {
	const struct vocabulary *v;
	_Alignas(64) float streamed[BUFFER];
	_Alignas(64) atomic_uint written;	/* the last round streamed */
	_Alignas(64) atomic_uint read;
	unsigned rounds, stale;
};

/* Awake as long as the other thread is likely to run: a call into the system would order the stores by itself. */
static void wait_for(atomic_uint *at, unsigned round)
{
	enum { AWAKE = 10000 };

	for (unsigned i = 1; atomic_load_explicit(at, memory_order_acquire) != round; i++)
		if (i % AWAKE == 0)
			sched_yield();
}

/* Which floats a round streams: one register, so that no line is full and leaves the CPU's buffers by itself. */
static float *place_of(struct relay *r, unsigned round)
{
	return r->streamed + round * 16 % BUFFER;
}

static void *read_rounds(void *relay)
{
	struct relay *r = relay;

	for (unsigned round = 1; round <= r->rounds; round++) {
		wait_for(&r->written, round);
		for (size_t l = 0; l < r->v->lanes(); l++)
			r->stale += place_of(r, round)[l] != (float)round;
		atomic_store_explicit(&r->read, round, memory_order_release);
	}
	return NULL;
}

void check_stream_end(const struct vocabulary *v)
{
	static struct relay r;
	pthread_t reader;

	memset(&r, 0, sizeof r);
	r.v = v;
	r.rounds = (unsigned)thinned("vec_stream_end: rounds", 20000, 2000);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_rounds, &r), 0);
	for (unsigned round = 1; round <= r.rounds; round++) {
		float from[FLOATS_MAX];
		for (size_t l = 0; l < v->lanes(); l++)
			from[l] = (float)round;
		v->stream(place_of(&r, round), from, v->lanes());
		v->stream_end();
		atomic_store_explicit(&r.written, round, memory_order_release);
		wait_for(&r.read, round);
	}
	pthread_join(reader, NULL);
	ck_assert_msg(r.stale == 0, "%s: vec_stream_end: %u floats were not yet there", v->name, r.stale);
}
