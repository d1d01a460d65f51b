/* cache.h - how much of the last-level cache a call may count on */
#ifndef LN_CACHE_H
#define LN_CACHE_H

#include "build.h"

#include <stdbool.h>
#include <stddef.h>

/* What this machine says. 0 where it does not say. */
struct cache_facts {
	size_t cpuid, sysfs, sysconf, cpuinfo;	/* bytes in the last-level cache, by each of the four */
	size_t sharing;	/* logical CPUs that share it: those of the CPU itself, not only the ones that a guest is given */
	size_t cpus;	/* logical CPUs that this system has */
	bool guest;	/* it runs in a virtual machine */
};

/* Asks all sources. Neither allocates nor prints; may change errno. */
void ln_cache_ask(struct cache_facts *facts);

/* The bytes that a call may count on, given these facts. */
size_t ln_cache_usable(const struct cache_facts *facts);

#endif
