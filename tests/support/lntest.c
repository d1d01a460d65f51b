/*
 * lntest.c - what the suites share: kernels, column counts, environment, crash notes
 */
#include "lntest.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct kernel kernels[] = {
	{"scalar", UNFUSED}, {"portable", UNFUSED}, {"neon", FUSED}, {"sve", FUSED}, {"sse41", UNFUSED}, {"avx2", FUSED}, {"avx512", FUSED},
};

const struct kernel *known_kernel(size_t index)
{
	return index < sizeof kernels / sizeof kernels[0] ? &kernels[index] : NULL;
}

/* The library's kernels, each looked at once: asking it costs a CPUID, which a virtual machine makes slow. */
static const struct kernel *usable[sizeof kernels / sizeof kernels[0] + 1];

static const struct kernel *find_kernel(const char *name)
{
	for (size_t i = 0; known_kernel(i); i++)
		if (strcmp(known_kernel(i)->name, name) == 0)
			return known_kernel(i);
	ck_abort_msg("the library lists \"%s\", of which the tests do not know the arithmetic", name);
}

/* With LN_TEST_ISA=name the suites look at these kernels alone: under an emulator that tries one ISA in many ways, the others are known. */
static void find_usable(void)
{
	const char *only = getenv("LN_TEST_ISA");
	size_t found = 0;

	for (size_t i = 0; ln_isa_name(i); i++) {
		const struct kernel *kernel = find_kernel(ln_isa_name(i));
		if (ln_set_isa(kernel->name) != LN_OK || strcmp(ln_isa(), kernel->name) != 0)
			ck_abort_msg("the library lists \"%s\", but it cannot be chosen", kernel->name);
		if (only && *only && strcmp(kernel->name, only) != 0)
			continue;
		ck_assert_uint_lt(found, sizeof kernels / sizeof kernels[0]);
		usable[found++] = kernel;
	}
	ck_assert_msg(found > 0, "LN_TEST_ISA names %s, which cannot be used here", only);
}

const struct kernel *use_kernel(size_t index)
{
	if (!usable[0])
		find_usable();
	if (usable[index])
		ck_assert_int_eq(ln_set_isa(usable[index]->name), LN_OK);
	return usable[index];
}

bool is_usable(const char *name)
{
	for (size_t i = 0; ln_isa_name(i); i++)
		if (strcmp(ln_isa_name(i), name) == 0)
			return true;
	return false;
}

bool is_class_usable(enum arithmetic arithmetic)
{
	if (!usable[0])
		find_usable();
	for (size_t i = 0; usable[i]; i++)
		if (usable[i]->arithmetic == arithmetic)
			return true;
	return false;
}

bool small_run(void)
{
	return environment_number("LN_TEST_SMALL", 0) != 0;
}

/* Element `index` of 1 ... all and then `longer`, which end with 0; 0 past the end. */
static size_t count_at(size_t index, size_t all, const size_t *longer)
{
	static const size_t few[] = {31, 32, 33, 48, 63, 64, 65, 97, 128, 130, 255, 256, 257, 1025, 4097, 0};
	size_t shortest = small_run() ? 18 : all;

	if (index < shortest)
		return index + 1;
	for (longer = small_run() ? few : longer; *longer != 0 && index > shortest; index--)
		longer++;
	return *longer;
}

size_t column_count(size_t index)
{
	static const size_t longer[] = {255, 256, 257, 1023, 1024, 1025, 4095, 4096, 4097, COLUMNS_MAX, 0};

	return count_at(index, 130, longer);
}

size_t column_count_of(const struct operation *op, size_t index)
{
	static const size_t longer[] = {127, 128, 129, 130, 255, 256, 257, 1023, 1024, 1025, 4097, 0};

	return op == operation(0) ? column_count(index) : count_at(index, 66, longer);
}

size_t some_column_count(size_t any)
{
	size_t counts = 0;

	while (column_count_of(operation(1), counts) != 0)
		counts++;
	return column_count_of(operation(1), any % counts);
}

void column_counts_print(void)
{
	size_t counts = 0;

	while (column_count(counts) != 0)
		counts++;
	thinned("numbers of columns, for layernorm_f32", 140, counts);
}

size_t thinned(const char *what, size_t full, size_t small)
{
	if (!small_run())
		return full;
	printf("LN_TEST_SMALL: %s: %zu instead of %zu\n", what, small, full);
	return small;
}

uint64_t environment_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static char crash_note[200];
static struct sigaction before_note[NSIG];

/* Says what was being done, then lets the signal do what it would have done without us. */
static void crashed(int signal_number)
{
	ssize_t written = write(STDERR_FILENO, crash_note, strlen(crash_note));

	(void)written;
	sigaction(signal_number, &before_note[signal_number], NULL);
}

void note_on_crash(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
	struct sigaction action = {.sa_handler = crashed};

	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		sigaction(fatal[i], &action, &before_note[fatal[i]]);
}

void note(const struct kernel *k, const char *format, ...)
{
	int used = snprintf(crash_note, sizeof crash_note, "died of a signal in %s: ", k->name);
	va_list args;

	va_start(args, format);
	vsnprintf(crash_note + used, sizeof crash_note - (size_t)used - 1, format, args);
	va_end(args);
	strcat(crash_note, "\n");
}

static void default_kernel(void)
{
	ln_set_isa(NULL);
}

TCase *add_case(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 0);
	tcase_add_checked_fixture(tc, NULL, default_kernel);
	suite_add_tcase(suite, tc);
	return tc;
}
