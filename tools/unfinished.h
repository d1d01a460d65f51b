/*
 * unfinished.h - temporary files, which whatever signal ends the program removes
 */
#ifndef LNORM_UNFINISHED_H
#define LNORM_UNFINISHED_H

#include <signal.h>
#include <stdbool.h>

#define UNFINISHED_MAX 4		/* files at a time */

/* unfinished_catch_signals() - from now on; a signal that is ignored stays so */
void unfinished_catch_signals(void);

/* unfinished_hold_signals() - let signals wait; unfinished_release_signals() takes them again, and leaves errno as it is */
void unfinished_hold_signals(sigset_t *old);
void unfinished_release_signals(const sigset_t *old);

/* unfinished_replace() - replace a path, or the NULL of a free place, by another; whether it was there. The string must outlive its place. */
bool unfinished_replace(const char *before, char *after);

#endif
