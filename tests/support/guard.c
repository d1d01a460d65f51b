/*
 * guard.c - buffers with an unreadable page on either side
 *
 * Sanitizers miss masked vector loads and stores (gcc's does so wholly); the memory management unit misses nothing.
 */
#include "guard.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard guard_make(size_t bytes)
{
	struct guard g = {NULL, (size_t)sysconf(_SC_PAGESIZE), 0};

	g.bytes = (bytes + g.page - 1) / g.page * g.page;
	g.map = mmap(NULL, g.bytes + 2 * g.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect(g.map + g.page, g.bytes, PROT_READ | PROT_WRITE) != 0)
		ck_abort_msg("no guarded memory of %zu bytes", bytes);
	return g;
}

void guard_free(struct guard *g)
{
	munmap(g->map, g->bytes + 2 * g->page);
}

void *guard_at_end(const struct guard *g, size_t bytes)
{
	return g->map + g->page + g->bytes - bytes;
}

void *guard_at_begin(const struct guard *g)
{
	return g->map + g->page;
}

bool faults_by_emulation(const struct kernel *k)
{
	const char *emulator = getenv("LN_TEST_EMULATOR");

	return emulator && strstr(emulator, "qemu-x86_64") && strncmp(k->name, "avx", 3) == 0;
}
