/*
 * vocabulary.h - the words of src/kernels/vec.h as functions over memory, one set for each ISA, and the checks of them
 */
#ifndef VOCABULARY_H
#define VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words of one ISA, as words.def calls them. */
struct vocabulary {
	const char *name;
#define LANEWISE(word, ...) void (*word)(float *y, const float *a, const float *b, const float *c, size_t n);
#define WIDEWISE(word, ...) void (*word)(double *y, const double *a, const double *b, size_t n);
#define LOAD(word, ...) void (*word)(float *y, const void *p, size_t n);
#define STORE(word, ...) void (*word)(void *p, const float *v, size_t n);
#define WORD(word, returns, parameters, ...) returns (*word) parameters;
#include "words.def"
};

/* Each word's check, which fails the test that it runs in. */
#define ANY(word) void check_##word(const struct vocabulary *v);
#include "words.def"

/* The tests' entry for the kernels of these words. */
const struct kernel *kernel_of(const struct vocabulary *v);

/* How many places a value is tried at, of so many: all, or in a small run two, so that it is at an even and at an odd one. */
size_t places(size_t all);

/* The sizes that vec.h promises. */
enum {
	ROW_LANES = 16,	/* floats that a row is summed in, and the most in a register */
	ROW_SUMS = 8,	/* doubles that it is summed in further on */
	PROBE_FLOATS = 32,	/* that vec_fold() adds */
	REGISTERS_MAX = 4,
	FLOATS_MAX = REGISTERS_MAX * ROW_LANES,	/* in registers that a word takes or gives */
	WIDES_MAX = 2 * ROW_SUMS	/* doubles in two registers */
};

/* ---- Floats ---- */

uint32_t bits_of(float f);
float of_bits(uint32_t bits);

/* The same bits, or, unless these are asked for, two NaNs. */
bool agree(float got, float want, bool to_the_bit);

/* Floats at which words may go wrong (signs, NaN, infinities, denormals, ties, limits of what a word promises), ... */
size_t special_count(void);
float special_value(size_t i);
/* ... and any others, by number: of all magnitudes or moderate ones, special ones, and the s of vec_scale(). */
float any_value(uint64_t i);

/* Is f = k + 1.5 * 2^23 for an integer k that vec_scale() may have to do with? That k. */
bool is_power(float f);
int power_of(float f);

/* ---- Doubles, as the floats ---- */

/* The same bits or two NaNs. */
bool agree_wide(double got, double want);
size_t special_wide_count(void);
double special_wide(size_t i);
double any_wide(uint64_t i);

#endif
