/*
 * main.c - lntest: runs all suites, or those named; `--list` names them; `--golden NAME` prints a golden file
 *
 * The suites are the files test_NAME.c listed in CMakeLists.txt. Environment, beside Check's own:
 *   LN_TEST_SMALL=1       fewer repetitions, for emulators and sanitizers
 *   LN_TEST_ROWS, LN_TEST_FIRST, LN_TEST_SEED	how many hostile rows, from which index, of which seed
 *   LN_EXPECT_ISA="..."   kernels that must be usable here
 *   LN_TEST_CACHE_BYTES=0 what the library takes the last-level cache to hold: with 0, calls of every size go the way of those that
 *                         no cache holds, and streamed stores meet each suite's guard pages, tails and offsets
 *   LN_TEST_EMULATOR      the command before the program where it cannot be run by itself, such as "qemu-x86_64 -cpu Nehalem"
 */
#include "dispatch/dispatch.h"
#include "lntest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.inc"
#undef SUITE
};

enum { SUITES = sizeof suites / sizeof suites[0] };

static int list(void)
{
	for (size_t i = 0; i < SUITES; i++)
		printf("%s\n", suites[i].name);
	return EXIT_SUCCESS;
}

static bool add_named(SRunner *runner, const char *name)
{
	for (size_t i = 0; i < SUITES; i++)
		if (strcmp(suites[i].name, name) == 0) {
			srunner_add_suite(runner, suites[i].make());
			return true;
		}
	fprintf(stderr, "lntest: no suite \"%s\"; lntest --list names them\n", name);
	return false;
}

static int run(int count, char **names)
{
	SRunner *runner = srunner_create(NULL);
	bool known = true;

	for (int i = 0; i < count; i++)
		known = add_named(runner, names[i]) && known;
	for (size_t i = 0; count == 0 && i < SUITES; i++)
		srunner_add_suite(runner, suites[i].make());
	if (known)
		srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	figures_print();
	return known && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void pretend_cache_bytes(const char *bytes)
{
	ln_isa();	/* the library's first choice sets the true number */
	atomic_store(&ln_cache_bytes, (size_t)strtoull(bytes, NULL, 0));
	printf("LN_TEST_CACHE_BYTES=%s: a call on one float %s streamed\n", bytes,
	       ln_reach(sizeof(float), false) == REACH_MEMORY ? "is" : "is not");
}

int main(int argc, char **argv)
{
	const char *option = argc == 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);	/* children inherit nothing unprinted */
	if (strcmp(option, "--list") == 0)
		return list();
	if (argc == 3 && strcmp(argv[1], "--golden") == 0)
		return golden_print(argv[2]);
	if (strcmp(option, "--probe") == 0)
		return probe_print();
	unsetenv("LN_ISA");			/* the suites choose kernels themselves */
	if (getenv("LN_TEST_CACHE_BYTES") != NULL)
		pretend_cache_bytes(getenv("LN_TEST_CACHE_BYTES"));
	column_counts_print();
	figures_open();
	note_on_crash();
	return run(argc - 1, argv + 1);
}
