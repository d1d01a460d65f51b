/*
 * cache.c - how much of the last-level cache a call may count on: the least of what all sources say, and of that a guest's part
 *
 * Each source has been wrong somewhere: a C library adds up the caches of all the clusters of an AMD CPU, libcpuinfo and /sys may not be
 * there, and a virtual machine of two CPUs may be shown all of a server's cache. To believe in too much costs most: what is written then
 * takes the place of what is yet to be read, and is fetched from memory before it is overwritten.
 */
#define _POSIX_C_SOURCE 200809L	/* O_CLOEXEC */
#include "cache.h"

#ifdef __linux__
#include <fcntl.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include "cpu.h"

/*
 * USUAL is what is assumed where nothing is known, and the least that a guest counts on: most of those it shares with are idle. (Measured
 * on a guest with two of the sixteen CPUs of a cluster with 32 MiB: up to 12 MB a call is faster if it is taken to be in the cache.)
 * MOST is the largest cache that a few cores have to themselves. A larger one is shared by many and lies far from each, and a guest may be
 * shown all of it as if it were alone.
 */
static const size_t USUAL = (size_t)32 << 20, MOST = (size_t)96 << 20;

static size_t least_known(size_t a, size_t b) { return a == 0 || (b != 0 && b < a) ? b : a; }

size_t ln_cache_usable(const struct cache_facts *f)
{
	size_t bytes = least_known(least_known(f->cpuid, f->sysfs), least_known(f->sysconf, f->cpuinfo));

	if (bytes == 0)
		return USUAL;
	if (f->guest && f->cpus != 0 && f->cpus < f->sharing && bytes > USUAL) {
		size_t part = bytes / f->sharing * f->cpus;
		bytes = part > USUAL ? part : USUAL;
	}
	return bytes < MOST ? bytes : MOST;
}

#ifdef __x86_64__
#include <cpuid.h>

/* The last data or unified cache that this leaf lists: Intel has leaf 4, AMD the same layout in 0x8000001D. */
static void ask_cpuid_leaf(unsigned leaf, struct cache_facts *facts)
{
	enum { CACHES = 8 };	/* more than any CPU lists: an emulator's list may not end */
	unsigned a, b, c, d;

	for (unsigned i = 0; i < CACHES && __get_cpuid_count(leaf, i, &a, &b, &c, &d) && (a & 31) != 0; i++) {
		if ((a & 31) == 2)	/* of instructions */
			continue;
		facts->cpuid = (size_t)((b >> 22) + 1) * ((b >> 12 & 1023) + 1) * ((b & 4095) + 1) * ((size_t)c + 1);
		facts->sharing = (a >> 14 & 4095) + 1;
	}
}

static void ask_cpuid(struct cache_facts *facts)
{
	const unsigned hypervisor = 1u << 31;
	unsigned a, b, c, d;

	ask_cpuid_leaf(4, facts);
	if (facts->cpuid == 0)
		ask_cpuid_leaf(0x8000001d, facts);
	facts->guest = __get_cpuid(1, &a, &b, &c, &d) && (c & hypervisor) != 0;
}
#else
static void ask_cpuid(struct cache_facts *facts) { (void)facts; }
#endif

#ifdef __linux__
/* The number and unit that a file of sysfs holds, such as "32768K"; 0 if there is none. */
static size_t read_size(const char *path)
{
	char text[32];
	size_t n = 0;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);

	if (file >= 0)
		close(file);
	text[got < 0 ? 0 : got] = 0;
	const char *c = text;
	for (; *c >= '0' && *c <= '9'; c++)
		n = n * 10 + (size_t)(*c - '0');
	return *c == 'K' ? n << 10 : *c == 'M' ? n << 20 : n;
}

/* The caches of a CPU are listed from the first level to the last. */
static size_t ask_sysfs(void)
{
	char path[] = "/sys/devices/system/cpu/cpu0/cache/index0/size";
	char *index = path + sizeof path - sizeof "0/size";
	size_t last = 0;

	for (size_t bytes; *index <= '9' && (bytes = read_size(path)) != 0; (*index)++)
		last = bytes;
	return last;
}
#else
static size_t ask_sysfs(void) { return 0; }
#endif

#ifdef _SC_NPROCESSORS_ONLN
static size_t ask_sysconf(int name)
{
	long answer = sysconf(name);
	return answer > 0 ? (size_t)answer : 0;
}
#endif

void ln_cache_ask(struct cache_facts *facts)
{
	*facts = (struct cache_facts){ 0 };
	ask_cpuid(facts);
	facts->sysfs = ask_sysfs();
#ifdef _SC_LEVEL3_CACHE_SIZE
	facts->sysconf = ask_sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
	facts->cpuinfo = ln_cpu_cache_bytes();
#ifdef _SC_NPROCESSORS_ONLN
	facts->cpus = ask_sysconf(_SC_NPROCESSORS_ONLN);
#endif
}
