/*
 * child.c - runs `lntest --probe` in a fresh process, with an environment and a view of the file system of its own
 */
#include "child.h"

#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_HIDE = 77, CANNOT_RUN = 78, WORDS_MAX = 16 };

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* A mount namespace of our own; without root, a user namespace first, in which we are root. */
static bool own_mounts(void)
{
	char map[60];

	snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) == 0;
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_file("/proc/self/setgroups", "deny")
	    && write_file("/proc/self/uid_map", map);
}

static bool hide(const char *folder)
{
	return own_mounts() && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
	    && mount("none", folder, "tmpfs", 0, NULL) == 0;
}

/* The emulator's words, if LN_TEST_EMULATOR names one, then the program's. */
static void probe(const char *program)
{
	const char *emulator = getenv("LN_TEST_EMULATOR");
	char words[500], *rest = NULL, *argv[WORDS_MAX];
	size_t count = 0;

	snprintf(words, sizeof words, "%s", emulator ? emulator : "");
	for (char *word = strtok_r(words, " ", &rest); word && count < WORDS_MAX - 3; word = strtok_r(NULL, " ", &rest))
		argv[count++] = word;
	argv[count++] = (char *)program;
	argv[count++] = "--probe";
	argv[count] = NULL;
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(CANNOT_RUN);
}

static void begin(const struct child *c, const char *program, int output)
{
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close(output);
	if (c->isa)
		setenv("LN_ISA", c->isa, 1);
	else
		unsetenv("LN_ISA");
	if (c->hidden && !hide(c->hidden))
		_exit(CANNOT_HIDE);
	probe(program);
}

static void read_all(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while (used < size - 1 && (got = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = 0;
}

/* What an emulator has to say of the CPU it plays is not the program's output. */
static void drop_emulator_lines(char *text)
{
	char *line = text, *next;

	while (*line) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (strncmp(line, "qemu", 4) == 0)
			memmove(line, next, strlen(next) + 1);
		else
			line = next;
	}
}

void child_run(struct child *c)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	int ends[2];

	ck_assert_int_gt(length, 0);
	self[length] = 0;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		begin(c, c->program ? c->program : self, ends[1]);
	close(ends[1]);
	read_all(ends[0], c->output, sizeof c->output);
	close(ends[0]);
	if (getenv("LN_TEST_EMULATOR"))
		drop_emulator_lines(c->output);
	ck_assert_int_eq(waitpid(pid, &c->status, 0), pid);
	c->run = !(WIFEXITED(c->status) && WEXITSTATUS(c->status) == CANNOT_HIDE);
}
