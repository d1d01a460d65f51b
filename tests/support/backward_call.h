/*
 * backward_call.h - one call of ln_backward(): what call.h is to ln_forward()
 *
 * Its tensors lie in one arena. The workspace does not: each run has its own, of the size that the library
 * asks for and full of rubbish.
 */
#ifndef BACKWARD_CALL_H
#define BACKWARD_CALL_H

#include "arena.h"
#include "model_backward.h"
#include "ref_backward.h"

enum grad_tensor { GX, GDY, GDSUM, GGAMMA, GBETA, GGATE, GMEAN, GRSTD, GDX, GDGAMMA, GDBETA, GDGATE, GRAD_TENSORS };

#define OF(tensor) (1u << (tensor))
enum {
	GRAD_PLAIN = OF(GX) | OF(GDY) | OF(GGAMMA) | OF(GDX) | OF(GDGAMMA) | OF(GDBETA),
	GRAD_STATS = OF(GMEAN) | OF(GRSTD),
	GRAD_GATED = OF(GBETA) | OF(GGATE) | OF(GDGATE),
};

struct grad_call {
	struct backward b;
	unsigned char *arena;
	size_t bytes;
	struct part part[GRAD_TENSORS];
};

struct grad_call grad_make(const ln_desc *d, unsigned tensors);
struct grad_call grad_clone(const struct grad_call *c);
void grad_free(struct grad_call *c);
void **grad_slot(struct backward *b, enum grad_tensor t);

/*
 * x is of this kind, and eps the kind's; dy is 0.25 + N(0,1), so that sums over rows grow; statistics are those of x; dgamma and dbeta
 * hold something with LN_ACCUMULATE.
 */
void grad_fill(struct grad_call *c, const struct row_kind *kind, uint64_t seed);
/* Rows of a kind into a tensor, by its strides. */
void grad_fill_rows(struct grad_call *c, enum grad_tensor t, const struct row_kind *kind, uint64_t seed);

struct arena grad_arena(const struct grad_call *c);

/* The library by the kernel in use; anything but LN_OK, or a write past the workspace, fails the test. */
void grad_run(struct grad_call *c);
void grad_run_parallel(struct grad_call *c, ln_parallel_for parallel_for, void *pool);
/* With a workspace of the caller's, such as one for LN_RUNNING; the status, with which what explains it must agree. */
int grad_status(const struct backward *b, const ln_desc *d, void *workspace, size_t size, ln_parallel_for parallel_for, void *pool);

/* Fails the test where two arenas differ. */
void expect_same_grads(const struct kernel *k, const struct grad_call *got, const struct grad_call *want, const char *what);
/* Every kernel has the bits of its class's model. */
void expect_grad_model(const struct grad_call *c, const char *what);

/* "norm, types, flags, rows x cols" for messages; valid until the next call. */
const char *grad_name(const struct grad_call *c);
const char *grad_tensor_name(enum grad_tensor t);

#endif
