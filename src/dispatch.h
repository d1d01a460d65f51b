/* dispatch.h - the kernels in use */
#ifndef LN_DISPATCH_H
#define LN_DISPATCH_H

#include <stdatomic.h>
#include <stdbool.h>
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

/* Where a call finds its data that touches so many bytes; `in_place` says that it writes where it reads. */
enum reach ln_reach(size_t bytes, bool in_place);

#endif
