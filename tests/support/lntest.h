/*
 * lntest.h - what the suites share: the kernels under test, the column counts, problems to solve, figures to report
 */
#ifndef LNTEST_H
#define LNTEST_H

#include "model.h"
#include "rows.h"

#include <check.h>
#include <ln.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Kernels ---- */

struct kernel {
	const char *name;
	enum arithmetic arithmetic;
};

/* Every kernel there is anywhere, from worst to best; NULL past the end. */
const struct kernel *known_kernel(size_t index);

/*
 * Chooses the library's kernel `index`, counted from the worst, and says which it is; NULL past the end. A name that is not
 * known, or cannot be chosen, fails the test. A loop over it, up to NULL, is a loop over every kernel that this CPU can run.
 */
const struct kernel *use_kernel(size_t index);

/* Whether the library lists this kernel; whether it lists one of this class. */
bool is_usable(const char *name);
bool is_class_usable(enum arithmetic arithmetic);

/* ---- Plain operations ---- */

struct operation {
	const char *name;		/* "layernorm_f32": ln_ and this is the function */
	uint32_t norm, type;
};

/* Of every norm those of f32, f64, bf16 and f16, layernorm_f32 first; NULL past the end. */
const struct operation *operation(size_t index);
size_t operation_count(void);

/* ---- Sizes ---- */

/* 1 ... 130, 255 ... 257, 1023 ... 1025, 4095 ... 4097, 16896; then 0 for ever. In a small run 1 ... 18, then fifteen up to 4097. */
size_t column_count(size_t index);
enum { COLUMNS_MAX = 16896 };

/* All of these for layernorm_f32; for the others, which share its loops, 1 ... 66, 127 ... 130, 255 ... 257, 1023 ... 1025, 4097. */
size_t column_count_of(const struct operation *op, size_t index);

/* One of those for the others, whatever the number. */
size_t some_column_count(size_t any);

/* Says what a small run leaves out of column_count(). */
void column_counts_print(void);

/* With LN_TEST_SMALL=1 (emulators, sanitizers) the smaller number, which is printed. */
bool small_run(void);
size_t thinned(const char *what, size_t full, size_t small);

/* A number from the environment, in any base C knows. */
uint64_t environment_number(const char *name, uint64_t otherwise);

/* ---- Problems ---- */

struct problem {
	const struct operation *op;
	size_t rows, cols;
	double eps;
	void *x, *gamma, *beta, *y;	/* RMSNorm has a beta that is not passed */
};

/* Memory for a problem, or for n elements of a type; the test fails where there is none. */
struct problem problem_make(const struct operation *op, size_t rows, size_t cols);
void problem_free(struct problem *p);
void *elements(uint32_t type, size_t n);

/* Element i of a buffer of p. */
void *element(const struct problem *p, const void *buffer, size_t i);
size_t bytes_of(const struct problem *p, size_t n);

/* Rows first ... first + rows - 1 of p as a problem that shares its buffers. */
struct problem problem_part(const struct problem *p, size_t first, size_t rows);

/* x of this kind, parameters, and the kind's eps; y is filled with a pattern that no kernel gives. */
void problem_fill(struct problem *p, const struct row_kind *kind, uint64_t seed);

/* The library with the kernel in use; anything but LN_OK fails the test. */
void solve(const struct problem *p);
/* The same problem for ln_forward(), the model and the oracle. */
struct forward forward_of(const struct problem *p);
/* The model, row by row. */
void solve_by_model(const struct problem *p, enum arithmetic arithmetic);

/* Fails the test at the first element of p->y whose bits are not those of `want`, naming kernel, place, bits and case (a format). */
void expect_bits(const struct kernel *k, const struct problem *p, const void *want, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Element i as its bits and its value, for messages. */
enum { BITS_TEXT = 60 };
void bits_text(char text[BITS_TEXT], uint32_t type, const void *p, size_t i);

/* What explains a call must tell its status, in words that name something: without a stop, whole, and with nothing left to fill in. */
void expect_explained(int status, int explained, const char *words);

/* What is being done, told if the process dies of a signal in the middle of it. */
void note(const struct kernel *k, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note_on_crash(void);

/* ---- Suites ---- */

#define SUITE(name) Suite *suite_##name(void);
#include "suites.inc"	/* SUITE(accuracy) and so on, from the list in CMakeLists.txt */
#undef SUITE

/* A test case without time limit (ctest has one) whose teardown gives the choice of kernels back to the library. */
TCase *add_case(Suite *suite, const char *name);

/* The worst error factors of a run, kept across Check's child processes and printed at its end. */
void figures_open(void);
void figures_print(void);

/* `lntest --golden NAME`: prints that golden file afresh. `lntest --probe`: one line on what a fresh process sees. */
int golden_print(const char *name);
bool golden_print_backward(const char *name);	/* false: it has no such file */
bool golden_print_cells(const char *name);
int probe_print(void);

#endif
