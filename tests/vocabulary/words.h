/*
 * words.h - the words of one vocabulary, called over memory: each isa_*.c is compiled once more with this in place of the operations
 *
 * Nothing else is compiled for that ISA, so that nothing else needs the instructions: whether the CPU has them is asked first.
 */
#include "vocabulary.h"

_Static_assert((int)ROW_LANES == (int)LANES && (int)ROW_SUMS == (int)SUMS, "the tests' sizes are those of vec.h");
_Static_assert((int)PROBE_FLOATS == (int)PROBE, "the tests' sizes are those of vec.h");

/* In a loop, as in the kernels: there the compiler vectorises one lane, and keeps registers across iterations. */
#define LANEWISE(word, agree, where, want, got) \
	static void do_##word(float *y, const float *p, const float *q, const float *r, size_t n) \
	{ \
		for (size_t i = 0; i < n; i += vec_lanes()) { \
			vec a = vec_load(p + i), b = vec_load(q + i), c = vec_load(r + i); \
			(void)a, (void)b, (void)c; \
			vec_store(y + i, got); \
		} \
	}
#define WIDEWISE(word, want, got) \
	static void do_##word(double *y, const double *p, const double *q, size_t n) \
	{ \
		for (size_t i = 0; i < n; i += wide_lanes()) { \
			wide a = wide_load(p + i), b = wide_load(q + i); \
			(void)a, (void)b; \
			wide_store(y + i, got); \
		} \
	}
#define LOAD(word, type, registers, access, ...) static void do_##word(float *y, const void *p, size_t n) { (void)n; __VA_ARGS__; }
#define STORE(word, type, registers, access, ...) static void do_##word(void *p, const float *v, size_t n) { (void)n; __VA_ARGS__; }
#define WORD(word, returns, parameters, ...) static returns do_##word parameters { __VA_ARGS__; }
#include "words.def"

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define STRING_(name) #name
#define STRING(name) STRING_(name)

const struct vocabulary PASTE(vocabulary_, LN_ISA_NAME) = {
	.name = STRING(LN_ISA_NAME),
#define ANY(word) .word = do_##word,
#include "words.def"
};
