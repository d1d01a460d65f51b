/*
 * call.h - one call of ln_forward(), its tensors in one arena
 */
#ifndef CALL_H
#define CALL_H

#include "accuracy.h"
#include "arena.h"
#include "lntest.h"
#include "model.h"

enum tensor { X, RESIDUAL, GAMMA, BETA, GATE, MOMENTS, Y, Y_SCALE, SUM, MEAN, RSTD, TENSORS };

/* Sets of tensors. */
#define WITH(tensor) (1u << (tensor))
enum { PLAIN = WITH(X) | WITH(GAMMA) | WITH(BETA) | WITH(Y), STATS = WITH(MEAN) | WITH(RSTD) };

struct call {
	struct forward f;
	unsigned char *arena;
	size_t bytes;
	struct part part[TENSORS];
};

/* A descriptor of contiguous rows of one type. */
ln_desc plain_desc(uint32_t norm, uint32_t type, size_t rows, size_t cols);

/* How many elements a row reaches over; d is filled in. */
size_t row_end(const ln_desc *d, uint64_t col_stride, uint64_t run_stride);

/* A call with these tensors and only canaries in them; where the norm is its own gate there is no other, with one before it no residual. */
struct call call_make(const ln_desc *d, unsigned tensors);
struct call call_clone(const struct call *c);
void call_free(struct call *c);

/* The pointer of f to this tensor. */
void **call_slot(struct forward *f, enum tensor t);

/* The flags of gate i, in turn, for a y of this type; with 0 the first. Suites that draw theirs here try a new one by themselves. */
uint32_t gate_flags(size_t i, uint32_t y_type);
enum { GATES = 8 };
/* The same for what is compared with the oracle, which does not know a gate before the norm: test_gate_before.c is about that. */
uint32_t gate_after(size_t i, uint32_t y_type);

/* Scales of y's own for this descriptor, i of them in turn: of a row, or of each group of any divisor of cols; floats or powers of two. */
void draw_scales(ln_desc *d, size_t i);

/* The rows are of this kind, and so are those of the residual; the gate is 3 N(0,1); moments and given statistics fit the rows. */
void call_fill(struct call *c, const struct row_kind *kind, uint64_t seed);
/* Fills a tensor of rows: by its strides. */
void call_fill_rows(struct call *c, enum tensor t, const struct row_kind *kind, uint64_t seed);

struct arena call_arena(const struct call *c);

/* The status of f with this descriptor, which may be one that f does not hold; what explains it must agree with it. */
int forward_status(const struct forward *f, const ln_desc *d, ln_parallel_for parallel_for, void *pool);
ln_forward_tensors tensors_of(const struct forward *f);

/* The library by the kernel in use. Anything but LN_OK fails the test. */
void call_run(struct call *c);
void call_run_parallel(struct call *c, ln_parallel_for parallel_for, void *pool);

/* Fails the test where two arenas of the same layout differ, naming kernel, tensor, element, bits and case. */
void expect_same(const struct kernel *k, const struct call *got, const struct call *want, const char *what);

/* The models of the classes that have a kernel here, then every kernel against its class. */
void expect_model(const struct call *c, const char *what);

/* Every kernel within the bar of the oracle: y, and mean and rstd where they are put out. */
void expect_call_accurate(const struct call *c, struct bar bar, const char *what);

/* "norm, types, flags, rows x cols" for messages; valid until the next call. */
const char *call_name(const struct call *c);

#endif
