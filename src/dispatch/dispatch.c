/*
 * dispatch.c - choose one set of kernels and publish it
 *
 * The choice is one atomic pointer to a constant table, set at the first call. Threads that race to be first make the same choice,
 * and compare-exchange lets one of them win.
 */
#include "dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/auxv.h>
#elif defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include "cache.h"
#include "cpu.h"
#include "ln.h"

_Atomic(const struct kernels *) ln_kernels_in_use;
_Atomic(size_t) ln_cache_bytes;

static const struct {
	const struct kernels *kernels;
	bool (*cpu_runs)(void);
} candidates[] = {
#define LN_ISA(isa) { &ln_kernels_##isa, ln_cpu_runs_##isa },
#include "isa.def"
#undef LN_ISA
};

enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

/* A set-user-ID program does not take orders from its environment. */
static const char *trusted_environment(const char *name)
{
#ifdef __linux__
	return getauxval(AT_SECURE) ? NULL : getenv(name);
#elif defined(__unix__) || defined(__APPLE__)
	return issetugid() ? NULL : getenv(name);
#else
	return getenv(name);
#endif
}

static bool usable(size_t candidate) { return candidates[candidate].cpu_runs() && candidates[candidate].kernels->exact(); }

/* The usable kernels of this name; NULL if there are none. */
static const struct kernels *find_kernels(const char *name)
{
	for (size_t i = 0; i < CANDIDATES; i++)
		if (strcmp(candidates[i].kernels->name, name) == 0)
			return usable(i) ? candidates[i].kernels : NULL;
	return NULL;
}

static const struct kernels *best_kernels(void)
{
	const char *wanted = trusted_environment("LN_ISA");
	const struct kernels *best = wanted ? find_kernels(wanted) : NULL;

	for (size_t i = CANDIDATES; best == NULL && i > 0; i--)	/* ends at scalar, which every CPU runs */
		if (usable(i - 1))
			best = candidates[i - 1].kernels;
	if (best == NULL)	/* built with -ffp-contract=fast by a clang that tells nothing of it: other bits would show nowhere else */
		abort();
	return best;
}

const struct kernels *ln_choose_kernels(void)
{
	int caller_errno = errno;
	const struct kernels *mine = best_kernels(), *expected = NULL;
	struct cache_facts facts;

	ln_cache_ask(&facts);
	atomic_store_explicit(&ln_cache_bytes, ln_cache_usable(&facts), memory_order_relaxed);
	if (!atomic_compare_exchange_strong_explicit(&ln_kernels_in_use, &expected, mine, memory_order_acq_rel,
						     memory_order_acquire))
		mine = expected;
	errno = caller_errno;
	return mine;
}

const char *ln_isa(void) { return ln_kernels()->name; }

int ln_set_isa(const char *name)
{
	int caller_errno = errno;
	const struct kernels *kernels = name ? find_kernels(name) : best_kernels();

	ln_kernels();	/* the first choice sets the rest of the state too */
	if (kernels != NULL)
		atomic_store_explicit(&ln_kernels_in_use, kernels, memory_order_release);
	errno = caller_errno;
	return kernels ? LN_OK : LN_ERR_UNSUPPORTED;
}

const char *ln_isa_name(size_t index)
{
	int caller_errno = errno;
	const char *name = NULL;

	for (size_t i = 0; i < CANDIDATES && name == NULL; i++)
		if (usable(i) && index-- == 0)
			name = candidates[i].kernels->name;
	errno = caller_errno;
	return name;
}
