/*
 * progress.c - a progress bar on stderr, only where someone sees it and only when it takes long
 */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "timing.h"

#define PATIENCE 0.5			/* seconds without a bar: shorter jobs only flicker */
#define REDRAW 0.1			/* seconds between two drawings */
#define BAR 30				/* characters */
#define LINE 120			/* of a line, at most */
#define ERASE_LINE "\r\033[K"

static struct {
	size_t total;
	double begun, drawn;		/* seconds */
	bool terminal, visible;
} job;

void progress_begin(size_t total)
{
	job.total = total;
	job.begun = job.drawn = timing_seconds();
	job.terminal = isatty(STDERR_FILENO) == 1;
	job.visible = false;
}

/* As much of a line as the terminal is wide: what wraps is not erased. The last column stays free, where some terminals wrap already. */
static void show(const char *line)
{
	struct winsize size;
	int width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col - 1 : LINE;

	fprintf(stderr, ERASE_LINE "%.*s", width, line);	/* stderr has no buffer: one call draws the line at once */
	job.visible = true;
}

static void draw(size_t done, double elapsed)
{
	char bar[BAR + 1], left[40], line[LINE];
	double part = (double)done / (double)job.total;
	double seconds = part > 0 ? elapsed / part - elapsed : 0;
	int full = (int)(part * BAR);

	memset(bar, '#', (size_t)full);
	memset(bar + full, '.', (size_t)(BAR - full));
	bar[BAR] = '\0';
	if (seconds >= 60)
		snprintf(left, sizeof left, "%.0f min", seconds / 60);
	else
		snprintf(left, sizeof left, "%.0f s", seconds);
	snprintf(line, sizeof line, "[%s] %3.0f %%  %.2f GB/s  %s left", bar, 100 * part, (double)done / elapsed / 1e9, left);
	show(line);
}

void progress_update(size_t done)
{
	if (!job.terminal)
		return;
	double now = timing_seconds();
	if (now - job.begun < PATIENCE || now - job.drawn < REDRAW)
		return;
	job.drawn = now;
	draw(done, now - job.begun);
}

void progress_note(const char *what)
{
	if (!job.terminal || timing_seconds() - job.begun < PATIENCE)
		return;
	show(what);
}

void progress_end(void)
{
	if (job.visible)
		fputs(ERASE_LINE, stderr);
	job.visible = job.terminal = false;
}
