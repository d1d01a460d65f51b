/*
 * backward_accuracy.h - the error factors of a call of ln_backward(), against the oracle
 */
#ifndef BACKWARD_ACCURACY_H
#define BACKWARD_ACCURACY_H

#include "backward_call.h"

/* The factors of bounds.h, and what is kept: by output. */
enum grad_output { OUT_DX, OUT_DGAMMA, OUT_DBETA, OUT_DGATE, GRAD_OUTPUTS };
struct grad_factors { double of[GRAD_OUTPUTS]; };

/* The factors of what b holds, one rounding into the type forgiven; past the bound the test fails and names `who`, call and place. */
struct grad_factors grad_factors(const char *who, const struct grad_call *c, const struct ref_gradients *exact, const char *what);

/* Runs c by every kernel, and keeps the worst factors of each. */
void expect_grads_accurate(const struct grad_call *c, bool strict, struct grad_factors worst[], const char *what);

/* A line to a kernel. */
void grad_factors_print(const char *title, const struct grad_factors worst[]);
enum { GRAD_KERNELS = 16 };

#endif
