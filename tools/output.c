/*
 * output.c - files that appear whole or not at all
 *
 * The bytes go to a temporary file in the same folder, which rename() then puts in the place of the old one: a reader sees the old
 * file or the new one, and never a part. They are written, not mapped: a full disk is then an error and not a SIGBUS, and it is
 * faster, since each new page of a mapped file costs a fault (768 MB on ext4: 0.2 s written in pieces of 1 MB, 1.8 s mapped).
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"
#include "unfinished.h"

/* Create the temporary file; signals wait until its name is known to the handler. */
static int create(struct output *output)
{
	sigset_t old;

	unfinished_hold_signals(&old);
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	if (output->fd >= 0)
		unfinished_replace(NULL, output->temporary);
	unfinished_release_signals(&old);
	return output->fd < 0 ? -1 : 0;
}

/* The path of a file that does not exist yet, through the links to its folder, so that one file has one path. */
static char *new_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char *folder = slash ? strndup(path, (size_t)(base - path)) : strdup("."), *full = NULL;
	char *real = folder ? realpath(folder, NULL) : NULL;

	if (real && asprintf(&full, "%s/%s", real, base) < 0)
		full = NULL;
	free(real);
	free(folder);
	return full ? full : strdup(path);		/* no such folder: mkostemp() will say so */
}

/* The file to replace, through a symbolic link, and the mode to give to the new one. Anything but a regular file is refused. */
static int resolve(struct output *output, const char *path, mode_t *mode)
{
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	*mode = 0666 & ~mask;
	int missing = lstat(path, &st);
	if (missing && errno == ENOENT && *path) {
		output->path = new_path(path);
	} else if (!missing && S_ISLNK(st.st_mode) && stat(path, &st) && errno == ENOENT) {
		complain(path, "cannot be written: it is a symbolic link to a file that does not exist");
		return -1;
	} else if (!missing && stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {	/* rename() would replace even /dev/null */
		complain(path, "cannot be written: it is not a regular file");
		return -1;
	} else if (!missing && access(path, W_OK) == 0) {
		*mode = st.st_mode & 0777;
		output->path = realpath(path, NULL);
	}
	if (!output->path)
		complain(path, "cannot be written: %s", strerror(errno));
	return output->path ? 0 : -1;
}

/* Take the space now: a full disk is better known before the work than after it. Not every file system can. */
static int reserve(int fd, off_t size)
{
	int status;

	do
		status = fallocate(fd, 0, 0, size);
	while (status && errno == EINTR);
	return status && errno != EOPNOTSUPP && errno != ENOSYS ? -1 : 0;
}

int output_begin(struct output *output, const char *name, off_t size)
{
	mode_t mode;

	*output = (struct output){.name = name, .fd = -1};
	if (resolve(output, name, &mode))
		return -1;
	const char *slash = strrchr(output->path, '/');
	int folder = slash ? (int)(slash - output->path) + 1 : 0;
	if (asprintf(&output->temporary, "%.*s.lnorm-XXXXXX", folder, output->path) < 0) {
		output->temporary = NULL;
		complain(name, "not enough memory");
		return -1;
	}
	unfinished_catch_signals();
	if (create(output)) {
		complain(name, "no temporary file can be made in its folder: %s", strerror(errno));
		return -1;
	}
	if (fchmod(output->fd, mode) || reserve(output->fd, size)) {
		complain(name, "cannot be written, %jd bytes: %s", (intmax_t)size, strerror(errno));
		return -1;
	}
	return 0;
}

int output_write(struct output *output, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(output->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			complain(output->name, "cannot be written: %s", strerror(errno));
			return -1;
		}
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

static int finish(struct output *output)
{
	int failed = fsync(output->fd);		/* where a full or broken disk shows at last */

	if (close(output->fd))
		failed = -1;
	output->fd = -1;
	if (failed)
		complain(output->name, "cannot be written: %s", strerror(errno));
	return failed;
}

/* Keep the old file, if there is one, under another name, until all files have theirs. */
static int keep_old(struct output *output)
{
	if (asprintf(&output->old, "%s-old", output->temporary) < 0) {
		output->old = NULL;
		complain(output->name, "not enough memory");
		return -1;
	}
	if (link(output->path, output->old) == 0)
		return 0;
	int error = errno;
	free(output->old);
	output->old = NULL;
	if (error == ENOENT)
		return 0;
	complain(output->name, "cannot be written: the old file cannot be kept until the other files are there: %s", strerror(error));
	return -1;
}

static int give_name(struct output *output)
{
	if (rename(output->temporary, output->path)) {
		complain(output->name, "cannot be written: %s", strerror(errno));
		return -1;
	}
	unfinished_replace(output->temporary, NULL);
	output->named = true;
	return 0;
}

/* The last file to get its name needs no old one: nothing can fail after it. */
static int give_names(struct output *outputs, size_t count)
{
	size_t last = count;
	int failed = 0;

	while (last > 0 && !outputs[last - 1].temporary)
		last--;
	for (size_t i = 0; i + 1 < last && !failed; i++)
		failed = outputs[i].temporary ? keep_old(&outputs[i]) : 0;
	for (size_t i = 0; i < last && !failed; i++)
		failed = outputs[i].temporary ? give_name(&outputs[i]) : 0;
	for (size_t i = last; i-- > 0;) {
		if (failed && outputs[i].named && (outputs[i].old ? rename(outputs[i].old, outputs[i].path) : unlink(outputs[i].path)))
			complain(outputs[i].name, "is the new file, since the old one cannot be put back: %s", strerror(errno));
		else if (outputs[i].old)
			unlink(outputs[i].old);
	}
	return failed;
}

int output_distinct(const struct output *outputs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (outputs[i].path && outputs[k].path && strcmp(outputs[i].path, outputs[k].path) == 0) {
				complain(outputs[i].name, "cannot be written: %s is the same file", outputs[k].name);
				return -1;
			}
	return 0;
}

int output_commit(struct output *outputs, size_t count)
{
	int failed = 0;
	sigset_t old;

	for (size_t i = 0; i < count && !failed; i++)
		failed = outputs[i].temporary ? finish(&outputs[i]) : 0;
	unfinished_hold_signals(&old);
	failed = failed || give_names(outputs, count) ? -1 : 0;
	unfinished_release_signals(&old);
	return failed;
}

void output_abandon(struct output *output)
{
	if (output->temporary && output->fd >= 0)
		close(output->fd);
	if (output->temporary && unfinished_replace(output->temporary, NULL))
		unlink(output->temporary);
	free(output->old);
	free(output->temporary);
	free(output->path);
	*output = (struct output){.fd = -1};
}
