/*
 * test_cache.c - how much of the last-level cache a call counts on: from facts to bytes, and the facts of this machine
 */
#include "dispatch/cache.h"
#include "dispatch/dispatch.h"
#include "lntest.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MIB(n) ((size_t)(n) << 20)

enum { LINE_MAX_BYTES = 1000 };

static const struct {
	const char *what;
	struct cache_facts facts;
	size_t bytes;
} machines[] = {
	{"nothing is known", {0}, MIB(32)},
	{"nothing is known of a guest", {.cpus = 2, .sharing = 64, .guest = true}, MIB(32)},
	{"CPUID alone", {.cpuid = MIB(16), .sharing = 16, .cpus = 8}, MIB(16)},
	{"sysfs alone", {.sysfs = MIB(12), .cpus = 4}, MIB(12)},
	{"the C library alone", {.sysconf = MIB(8), .cpus = 4}, MIB(8)},
	{"libcpuinfo alone", {.cpuinfo = MIB(4), .cpus = 4}, MIB(4)},
	{"a board whose last level is a small second one", {.sysfs = 512 << 10, .cpus = 4}, 512 << 10},
	{"a desktop: room for more CPUs to share it than there are", {MIB(30), MIB(30), MIB(30), MIB(30), 128, 20, false}, MIB(30)},
	{"eight clusters, added up by the C library", {MIB(32), MIB(32), MIB(256), MIB(32), 16, 128, false}, MIB(32)},
	{"CPUID is the least", {MIB(5), MIB(6), MIB(7), MIB(8), 8, 8, false}, MIB(5)},
	{"sysfs is the least", {MIB(8), MIB(5), MIB(7), MIB(6), 8, 8, false}, MIB(5)},
	{"the C library's is the least", {MIB(8), MIB(6), MIB(5), MIB(7), 8, 8, false}, MIB(5)},
	{"libcpuinfo's is the least", {MIB(6), MIB(7), MIB(8), MIB(5), 8, 8, false}, MIB(5)},
	{"a cluster with a stacked cache", {MIB(96), MIB(96), MIB(1152), MIB(96), 16, 192, false}, MIB(96)},
	{"a server's cache, all its own", {MIB(480), MIB(480), MIB(480), MIB(480), 256, 192, false}, MIB(96)},
	{"a guest that is shown a server's cache as that of its two CPUs", {MIB(480), MIB(480), MIB(480), MIB(480), 2, 2, true}, MIB(96)},
	{"a guest of two CPUs that is told how many share it", {MIB(480), MIB(480), MIB(480), MIB(480), 256, 2, true}, MIB(32)},
	{"a guest of 32 CPUs", {MIB(480), MIB(480), MIB(480), MIB(480), 256, 32, true}, MIB(60)},
	{"a guest of 96 CPUs", {MIB(480), MIB(480), MIB(480), MIB(480), 256, 96, true}, MIB(96)},
	{"a guest of which it is not known how many CPUs it has", {.cpuid = MIB(60), .sharing = 64, .guest = true}, MIB(60)},
	{"a guest that has a whole cluster", {.cpuid = MIB(64), .sharing = 16, .cpus = 16, .guest = true}, MIB(64)},
	{"a guest's part of a small cache", {.cpuid = MIB(24), .sharing = 16, .cpus = 2, .guest = true}, MIB(24)},
};

START_TEST(from_facts_to_bytes)
{
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		size_t got = ln_cache_usable(&machines[i].facts);
		ck_assert_msg(got == machines[i].bytes, "%s: %zu KiB, not %zu", machines[i].what, got >> 10, machines[i].bytes >> 10);
	}
}
END_TEST

/* 4096 x 4096 floats and as many of the result go past the cache, whatever a CPU reports; 2048 x 1024 do not if there is room. */
START_TEST(large_calls_stream)
{
	size_t kept = atomic_load(&ln_cache_bytes);

	for (size_t mib = 1; mib <= 2048; mib *= 2) {
		struct cache_facts facts = {.cpuid = MIB(mib), .sharing = 2, .cpus = 2, .guest = true};
		atomic_store(&ln_cache_bytes, ln_cache_usable(&facts));
		ck_assert_int_eq(ln_reach(2 * MIB(64), false), REACH_MEMORY);
		ck_assert_int_eq(ln_reach(2 * MIB(8), false), mib >= 64 ? REACH_NEAR : mib == 32 ? REACH_FAR : REACH_MEMORY);
	}
	atomic_store(&ln_cache_bytes, kept);
}
END_TEST

/* A line of the last of the first CPU's caches that sysfs lists; false if there is none. */
static bool listed(const char *name, char line[LINE_MAX_BYTES])
{
	char path[100];
	bool found = false;

	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", i, name);
		FILE *file = fopen(path, "r");
		if (file && fgets(line, LINE_MAX_BYTES, file))
			found = true;
		if (file)
			fclose(file);
	}
	return found;
}

/* How many CPUs of this system share it: bits in hexadecimal digits. */
static size_t listed_sharing(void)
{
	char map[LINE_MAX_BYTES] = "";
	size_t count = 0;

	listed("shared_cpu_map", map);
	for (const char *c = map; *c; c++)
		count += (size_t)__builtin_popcountl(strtoul((char[]){*c, 0}, NULL, 16));
	return count;
}

/* Asks on the first CPU, of which the files tell; false if this program may not run there. */
static bool ask_first_cpu(struct cache_facts *facts)
{
	cpu_set_t mine, first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_getaffinity(0, sizeof mine, &mine) != 0 || sched_setaffinity(0, sizeof first, &first) != 0) {
		ln_cache_ask(facts);
		return false;
	}
	ln_cache_ask(facts);
	sched_setaffinity(0, sizeof mine, &mine);
	return true;
}

/* An emulated CPU has other caches than the machine below it, which the files tell of. */
START_TEST(facts_of_this_machine)
{
	struct cache_facts facts;
	char size[LINE_MAX_BYTES] = "0";
	bool known = listed("size", size);
	bool one_cpu = ask_first_cpu(&facts) && !getenv("LN_TEST_EMULATOR");

	printf("cache: CPUID says %zu KiB, sysfs %zu, the C library %zu, libcpuinfo %zu; %zu CPUs share it, %zu are here%s; usable: %zu KiB\n",
	       facts.cpuid >> 10, facts.sysfs >> 10, facts.sysconf >> 10, facts.cpuinfo >> 10, facts.sharing, facts.cpus,
	       facts.guest ? ", in a guest" : "", ln_cache_usable(&facts) >> 10);
	ck_assert_uint_eq(facts.sysfs, strtoul(size, NULL, 10) << 10);
	ck_assert_uint_gt(facts.cpus, 0);
	if (!one_cpu || !facts.cpuid || !known) {
		printf("skipped: cache: CPUID and the files do not both tell of one CPU here\n");
		return;
	}
	ck_assert_uint_eq(facts.cpuid, facts.sysfs);
	ck_assert_uint_ge(facts.sharing, listed_sharing());
	ck_assert_uint_ge(listed_sharing(), 1);
}
END_TEST

/* `getconf LEVEL3_CACHE_SIZE` tells of the cache of one cluster of CPUs, or of those of all of them together. */
START_TEST(as_getconf_says)
{
	struct cache_facts facts;
	long said = -1;

#ifdef _SC_LEVEL3_CACHE_SIZE
	said = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
	if (said <= 0 || getenv("LN_TEST_EMULATOR")) {
		printf("skipped: cache: getconf does not know this CPU\n");
		return;
	}
	ln_cache_ask(&facts);
	ck_assert_uint_eq(facts.sysconf, (size_t)said);
	ck_assert_uint_le(ln_cache_usable(&facts), (size_t)said);
}
END_TEST

/* What the library uses is what the facts give. Where main.c has it believe in another size, that is not so. */
START_TEST(in_use)
{
	struct cache_facts facts;

	if (getenv("LN_TEST_CACHE_BYTES"))
		return;
	ln_isa();
	ln_cache_ask(&facts);
	ck_assert_uint_eq(atomic_load(&ln_cache_bytes), ln_cache_usable(&facts));
}
END_TEST

Suite *suite_cache(void)
{
	Suite *suite = suite_create("cache");
	TCase *tc = add_case(suite, "cache");

	tcase_add_test(tc, from_facts_to_bytes);
	tcase_add_test(tc, large_calls_stream);
	tcase_add_test(tc, facts_of_this_machine);
	tcase_add_test(tc, as_getconf_says);
	tcase_add_test(tc, in_use);
	return suite;
}
