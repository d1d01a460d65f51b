/*
 * progress.h - a progress bar on stderr, only where someone sees it and only when it takes long
 */
#ifndef LNORM_PROGRESS_H
#define LNORM_PROGRESS_H

#include <stddef.h>

/* progress_begin() - start the clock for a job of `total` bytes; there is one job at a time */
void progress_begin(size_t total);

/* progress_update() - `done` bytes are finished; cheap enough to call after every piece */
void progress_update(size_t done);

/* progress_note() - what the job waits for, in place of the bar */
void progress_note(const char *what);

/* progress_end() - take the bar off the terminal; may be called at any time */
void progress_end(void);

#endif
