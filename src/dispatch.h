/* dispatch.h - the kernels in use */
#ifndef LN_DISPATCH_H
#define LN_DISPATCH_H

#include <stdatomic.h>
#include <stddef.h>

#include "kernels/kernels.h"

/* NULL until the first call chooses. Read it through ln_kernels(). */
extern _Atomic(const struct kernels *) ln_kernels_in_use;

const struct kernels *ln_choose_kernels(void);

static inline const struct kernels *ln_kernels(void)
{
	const struct kernels *kernels = atomic_load_explicit(&ln_kernels_in_use, memory_order_acquire);
	return kernels ? kernels : ln_choose_kernels();
}

/* A call that touches more bytes than this writes past the cache: its output would push out what it has yet to read. */
size_t ln_stream_bytes(void);

#endif
