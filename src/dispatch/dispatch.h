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

/* Bytes of the last-level cache that a call may count on, see cache.h; written before ln_kernels_in_use, so whoever has read that sees this. */
extern _Atomic(size_t) ln_cache_bytes;

/*
 * Where a call that touches so many bytes finds its data; `in_place` says that it writes where it reads, so y is in the cache already.
 * Both bounds were measured. From a quarter on, groups of rows are slower than single rows with the next one fetched ahead. From half on,
 * writing past the cache is faster, by a quarter to a half at 2600 x 1024 floats.
 */
static inline enum reach ln_reach(size_t touched, bool in_place)
{
	size_t cache = atomic_load_explicit(&ln_cache_bytes, memory_order_relaxed);

	if (touched <= cache / 4)
		return REACH_NEAR;
	return touched <= cache / 2 || in_place ? REACH_FAR : REACH_MEMORY;
}

#endif
