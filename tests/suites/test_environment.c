/*
 * test_environment.c - the first call in a fresh process: LN_ISA obeyed or ignored, no /proc, no /sys, several threads at once
 */
#include "lntest.h"
#include "child.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 300, THREADS = 4 };

/* What a process sees of the library, in one line: the kernels in use, those it may use, and some bits they compute. */
static void describe(char line[LINE_MAX_BYTES])
{
	float x[10] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 5}, y[10];
	uint32_t bits[10], sum = 0;
	int used = snprintf(line, LINE_MAX_BYTES, "in use: %s; usable:", ln_isa());

	for (size_t i = 0; ln_isa_name(i); i++)
		used += snprintf(line + used, LINE_MAX_BYTES - (size_t)used, " %s", ln_isa_name(i));
	ln_layernorm_f32(1, 10, x, x, x, 1e-5, y);
	memcpy(bits, y, sizeof y);
	for (size_t c = 0; c < 10; c++)
		sum = sum * 31 + bits[c];
	snprintf(line + used, LINE_MAX_BYTES - (size_t)used, "; bits: %08x; secure: %lu\n", (unsigned)sum, getauxval(AT_SECURE));
}

static void *describe_in_thread(void *line)
{
	describe(line);
	return NULL;
}

/* The first calls of this process come from several threads at once, and must agree. */
int probe_print(void)
{
	static char lines[THREADS][LINE_MAX_BYTES];
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, describe_in_thread, lines[i]) != 0)
			return EXIT_FAILURE;
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 1; i < THREADS; i++)
		if (strcmp(lines[0], lines[i]) != 0)
			printf("threads disagree: %s", lines[i]);
	printf("%s", lines[0]);
	return EXIT_SUCCESS;
}

/* The child must end well and write exactly what we would write with the kernel `isa` (NULL: the best) in use. */
static void expect_child(struct child *c, const char *isa)
{
	char want[LINE_MAX_BYTES];

	child_run(c);
	if (!c->run) {
		printf("skipped: environment: %s cannot be hidden here\n", c->hidden);
		return;
	}
	ck_assert_int_eq(ln_set_isa(isa), LN_OK);
	describe(want);
	if (!WIFEXITED(c->status) || WEXITSTATUS(c->status) != 0)
		ck_abort_msg("LN_ISA=%s, hidden %s: the process ended with status %#x and wrote \"%s\"",
			     c->isa ? c->isa : "(not set)", c->hidden ? c->hidden : "nothing", (unsigned)c->status, c->output);
	ck_assert_str_eq(c->output, want);
}

START_TEST(not_set_or_useless_is_the_best)
{
	static const char *const useless[] = {NULL, "", "nonsense", "scalar,avx2", "SCALAR ", "avx1024"};

	for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++)
		expect_child(&(struct child){.isa = useless[i]}, NULL);
}
END_TEST

START_TEST(any_usable_kernel_is_obeyed)
{
	for (size_t i = 0; ln_isa_name(i); i++)
		expect_child(&(struct child){.isa = ln_isa_name(i)}, ln_isa_name(i));
}
END_TEST

START_TEST(a_kernel_of_another_cpu_is_ignored)
{
	for (size_t i = 0; known_kernel(i); i++)
		if (!is_usable(known_kernel(i)->name))
			expect_child(&(struct child){.isa = known_kernel(i)->name}, NULL);
}
END_TEST

/* NULL chooses as at the first call, which looks at the environment. */
START_TEST(choosing_again_looks_again)
{
	char best[32];

	snprintf(best, sizeof best, "%s", ln_isa());
	setenv("LN_ISA", "scalar", 1);
	ck_assert_str_eq(ln_isa(), best);
	ck_assert_int_eq(ln_set_isa(NULL), LN_OK);
	ck_assert_str_eq(ln_isa(), "scalar");
	setenv("LN_ISA", "nonsense", 1);
	ck_assert_int_eq(ln_set_isa(NULL), LN_OK);
	ck_assert_str_eq(ln_isa(), best);
	unsetenv("LN_ISA");
}
END_TEST

START_TEST(without_proc_or_sys)
{
	if (LN_TEST_SANITIZED) {
		printf("skipped: environment: a sanitizer's own run-time needs /proc\n");
		return;
	}
	expect_child(&(struct child){.hidden = "/proc"}, NULL);
	expect_child(&(struct child){.hidden = "/sys"}, NULL);
	expect_child(&(struct child){.hidden = "/proc", .isa = "scalar"}, "scalar");
}
END_TEST

static bool copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char buffer[65536];
	size_t got;
	bool copied = in && out;

	while (copied && (got = fread(buffer, 1, sizeof buffer, in)) > 0)
		copied = fwrite(buffer, 1, got, out) == got;
	if (in)
		fclose(in);
	return out && fclose(out) == 0 && copied;
}

/* A copy of this program that runs as nobody: only root can make one, and no emulator honours it. */
START_TEST(ignored_in_set_user_id_programs)
{
	const uid_t nobody = 65534;
	char path[] = "/tmp/lntest-XXXXXX", program[sizeof path + 10], best[60];
	struct child c = {.program = program, .isa = "scalar"};

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(program, sizeof program, "%s/probe", path);
	bool made = geteuid() == 0 && !getenv("LN_TEST_EMULATOR") && copy_file("/proc/self/exe", program)
		 && chmod(path, 0755) == 0 && chown(program, nobody, nobody) == 0 && chmod(program, 04755) == 0;
	if (made)
		child_run(&c);
	unlink(program);
	rmdir(path);
	if (!made || !strstr(c.output, "secure: 1")) {
		printf("skipped: environment: no set-user-ID program can be made here\n");
		return;
	}
	snprintf(best, sizeof best, "in use: %s;", ln_isa());
	ck_assert_msg(strncmp(c.output, best, strlen(best)) == 0, "LN_ISA=scalar was not ignored: %s", c.output);
}
END_TEST

Suite *suite_environment(void)
{
	Suite *suite = suite_create("environment");
	TCase *tc = add_case(suite, "environment");

	tcase_add_test(tc, not_set_or_useless_is_the_best);
	tcase_add_test(tc, any_usable_kernel_is_obeyed);
	tcase_add_test(tc, a_kernel_of_another_cpu_is_ignored);
	tcase_add_test(tc, choosing_again_looks_again);
	tcase_add_test(tc, without_proc_or_sys);
	tcase_add_test(tc, ignored_in_set_user_id_programs);
	return suite;
}
