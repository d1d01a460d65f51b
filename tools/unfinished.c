/*
 * unfinished.c - temporary files, which whatever signal ends the program removes
 */
#include "unfinished.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static char *volatile unfinished[UNFINISHED_MAX];	/* the temporary files, for the signal handler */

/* SA_RESETHAND has restored the default action, so the signal raised again ends the program once this returns. */
static void remove_unfinished(int signal)
{
	static const char lost[] = "lnorm: an input file was shortened, or could not be read, while it was in use\n";

	for (size_t i = 0; i < UNFINISHED_MAX; i++)
		if (unfinished[i])
			unlink(unfinished[i]);
	if (signal == SIGBUS) {			/* a page of a mapped input that is no longer there */
		ssize_t ignored = write(STDERR_FILENO, lost, sizeof lost - 1);
		(void)ignored;
		_exit(1);
	}
	raise(signal);
}

/* Whether a signal ends a program that does not care for it: all do but these. */
static bool ends_program(int signal)
{
	static const int others[] = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (signal == others[i])
			return false;
	return true;
}

void unfinished_catch_signals(void)
{
	struct sigaction action = {.sa_handler = remove_unfinished, .sa_flags = (int)SA_RESETHAND}, old;

	for (int s = 1; s <= SIGRTMAX; s++)	/* those that nobody can catch, and the C library's own, are refused */
		if (ends_program(s) && sigaction(s, NULL, &old) == 0 && old.sa_handler == SIG_DFL)	/* nohup stays nohup */
			sigaction(s, &action, NULL);
	signal(SIGXFSZ, SIG_IGN);		/* over the limit of ulimit -f, write() then fails */
}

void unfinished_hold_signals(sigset_t *old)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, old);
}

void unfinished_release_signals(const sigset_t *old)
{
	int error = errno;

	sigprocmask(SIG_SETMASK, old, NULL);
	errno = error;
}

bool unfinished_replace(const char *before, char *after)
{
	for (size_t i = 0; i < UNFINISHED_MAX; i++)
		if (unfinished[i] == before) {
			unfinished[i] = after;
			return true;
		}
	return false;
}
