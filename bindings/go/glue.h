/* glue.h - what package ln calls in C: structs are filled there, so that no memory of Go's ever holds a pointer of Go's */
#ifndef LN_GO_GLUE_H
#define LN_GO_GLUE_H

#ifdef LIBLN_SYSTEM
#include <ln.h>
#else
#include "libln.h"	/* ln.h of the sources in this folder, which shall not be mistaken for the system's */
#endif

/*
 * Tensors of any type are passed as bytes. A void pointer would have cgo look for pointers of Go's in all that surrounds the slice, as
 * in a struct that it is a part of.
 */

/* The plain call of a norm and a type. */
int ln_go_plain(uint32_t norm, uint32_t type, size_t rows, size_t cols, const char *x, const char *gamma, const char *beta, double eps, char *y);

/* With a text, of LN_EXPLANATION bytes, nothing is computed, and it says what is wrong. `goroutines` is how many share the work; 0: one. */
int ln_go_forward(ln_desc d, const char *x, const char *residual, const char *gamma, const char *beta, const char *gate, char *y, char *y_scale,
		  char *sum, char *mean, char *rstd, uintptr_t goroutines, char *text);
int ln_go_backward(ln_desc d, const char *x, const char *dy, const char *dsum, const char *gamma, const char *beta, const char *gate,
		   const char *mean, const char *rstd, char *dx, char *dgamma, char *dbeta, char *dgate, uint64_t *workspace, size_t words,
		   uintptr_t goroutines, char *text);
size_t ln_go_workspace_words(ln_desc d);

/* Takes the tasks of a call, one after the other, until none is left; any number of threads may do that at once. */
void ln_go_take(void *deal);

#endif
