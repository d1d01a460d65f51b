// pretend.c - see pretend.h; in C, since the library's atomics are C's
#include "pretend.h"

#include "dispatch/cache.h"
#include "dispatch/dispatch.h"

void pretend_cache_report(size_t bytes)
{
	struct cache_facts facts;

	ln_cache_ask(&facts);
	if (bytes != 0)
		facts.cpuid = facts.sysfs = facts.sysconf = facts.cpuinfo = bytes;
	atomic_store(&ln_cache_bytes, ln_cache_usable(&facts));
}
