/*
 * witness.c - one line for each intrinsic: a hash of what it gives for the same inputs everywhere. Compiled against the emulation and run
 * here, and compiled for AVX-512 and run where that is, it must print the same: witness.txt
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 200, LANES = 16 };

static uint64_t state;

static uint32_t random_bits(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 32);
}

/* Bits of floats at which something changes: zeros, ones, halves, limits, denormals, infinities, NaN of both kinds. */
static uint32_t interesting_bits(void)
{
	static const uint32_t some[] = {
		0, 0x3f800000, 0x3f000000, 0x3fc00000, 0x40200000, 0x42fe8000, 0x4f000000, 0x477fe000, 0x477ff000, 0x33000000, 0x33000001,
		0x387fc000, 0x007fffff, 0x00800000, 0x00000001, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7fc12345, 0x7f812345, 0x3f808000,
		0x3f818000, 0x00007fff, 0x00008000
	};
	uint32_t any = random_bits();

	switch (any % 4) {
	case 0: return some[random_bits() % (sizeof some / sizeof some[0])] ^ (any & 0x80000000);
	case 1: return (random_bits() & 0x80ffffff) + 0x3f000000;	/* between 1/2 and 2 */
	default: return random_bits();
	}
}

/* n numbers of either size with no NaN among them: of two NaN a compiler may take either, since a + b is b + a. */
static void make_numbers(float f32[LANES], double f64[LANES / 2])
{
	for (int i = 0; i < LANES; i++)
		do {
			uint32_t bits = interesting_bits();
			memcpy(&f32[i], &bits, sizeof bits);
		} while (f32[i] != f32[i]);
	for (int i = 0; i < LANES / 2; i++)
		f64[i] = i % 2 ? f32[i] : (double)f32[i] / 3 + 1e-3 * f32[LANES - 1 - i];
	for (int i = 0; i < LANES / 2; i++)
		if (f64[i] != f64[i])
			f64[i] = 1e300;
}

static uint64_t hash(uint64_t h, const void *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		h = (h ^ ((const unsigned char *)p)[i]) * 0x100000001b3;
	return h;
}

/* The inputs of a round: any bits, numbers, addresses, masks. */
static uint32_t any_u[LANES], any_v[LANES], any_w[LANES];
static float number_u[LANES], number_v[LANES], number_w[LANES];
static double double_u[LANES / 2], double_v[LANES / 2], double_w[LANES / 2];
static _Alignas(64) unsigned char memory[64];
static uint64_t k64;

static void make_inputs(void)
{
	for (int i = 0; i < LANES; i++) {
		any_u[i] = interesting_bits();
		any_v[i] = interesting_bits();
		any_w[i] = interesting_bits();
	}
	make_numbers(number_u, double_u);
	make_numbers(number_v, double_v);
	make_numbers(number_w, double_w);
	memcpy(memory, any_w, sizeof memory);
	k64 = (uint64_t)random_bits() << 32 | random_bits();
}

/* The names that an expression may use: i, j, l any integers; a, b, c floats and d, e, f doubles that are numbers, n floats of any kind. */
#define SHOW_AS(text, expression)					\
do {									\
	uint64_t h = 0xcbf29ce484222325;				\
	state = 1;							\
	for (int round = 0; round < ROUNDS; round++) {			\
		make_inputs();						\
		const __m512i i = _mm512_loadu_si512(any_u), j = _mm512_loadu_si512(any_v), l = _mm512_loadu_si512(any_w);	\
		const __m512 a = _mm512_loadu_ps(number_u), b = _mm512_loadu_ps(number_v), c = _mm512_loadu_ps(number_w);	\
		const __m512d d = _mm512_loadu_pd(double_u), e = _mm512_loadu_pd(double_v), f = _mm512_loadu_pd(double_w);	\
		const __m512 n = _mm512_castsi512_ps(i);		\
		const __m512d m = _mm512_castsi512_pd(i);		\
		const __mmask8 k8 = (__mmask8)k64;			\
		const __mmask16 k16 = (__mmask16)k64;			\
		const __mmask32 k32 = (__mmask32)k64;			\
		(void)i, (void)j, (void)l, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)n, (void)m;	\
		(void)k8, (void)k16, (void)k32;				\
		__auto_type result = (expression);			\
		h = hash(h, &result, sizeof result);			\
		h = hash(h, memory, sizeof memory);			\
	}								\
	printf("%016llx %s\n", (unsigned long long)h, text);	\
} while (0)
#define SHOW(expression) SHOW_AS(#expression, expression)
/* A statement that writes to `memory`. */
#define SHOW_STORE(statement) SHOW_AS(#statement, (statement, 0))

int main(void)
{
#include "witness/registers.inc"
#include "witness/memory.inc"
#include "witness/floats.inc"
#include "witness/integers.inc"
#include "witness/masks.inc"
#include "witness/conversions.inc"
#include "witness/shuffles.inc"
	return 0;
}
