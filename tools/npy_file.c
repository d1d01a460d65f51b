/*
 * npy_file.c - an .npy file in memory, without reading it first
 */
#include "npy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

static int map(struct npy_file *file, int fd)
{
	struct stat st;

	if (fstat(fd, &st)) {
		complain(file->path, "%s", strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(file->path, "%s; a regular file is needed, since it is mapped into memory",
			 S_ISDIR(st.st_mode) ? "is a directory" : "is a pipe or a device");
		return -1;
	}
	if (st.st_size == 0) {			/* which mmap() refuses with a less helpful word */
		complain(file->path, "the file is empty");
		return -1;
	}
	if ((uintmax_t)st.st_size > PTRDIFF_MAX) {
		complain(file->path, "too large for the address space of this machine");
		return -1;
	}
	file->map_size = (size_t)st.st_size;
	void *address = mmap(NULL, file->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (address == MAP_FAILED) {
		complain(file->path, "cannot be mapped: %s", strerror(errno));
		return -1;
	}
	file->map = address;
	madvise(file->map, file->map_size, MADV_SEQUENTIAL);
	return 0;
}

/* The format lets a header have any length, so the data may begin at an odd address; NumPy's own do not. */
static int align(struct npy_file *file)
{
	size_t size = npy_type_size(file->array.type);

	if ((uintptr_t)file->data % size == 0 || file->array.count == 0)
		return 0;
	file->copy = malloc(file->array.count * size);
	if (!file->copy) {
		complain(file->path, "not enough memory to align %zu elements", file->array.count);
		return -1;
	}
	file->data = memcpy(file->copy, file->data, file->array.count * size);
	return 0;
}

int npy_file_open(struct npy_file *file, const char *path)
{
	char why[NPY_MAX_SHAPE_TEXT + 256];

	*file = (struct npy_file){.path = path};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);		/* a pipe without a writer must not hang */
	if (fd < 0) {
		complain(path, "%s", strerror(errno));
		return -1;
	}
	int status = map(file, fd);
	close(fd);
	if (status == 0 && (status = npy_parse(file->map, file->map_size, &file->array, why, sizeof why)))
		complain(path, "%s", why);
	if (status == 0) {
		file->data = (const char *)file->map + file->array.offset;
		status = align(file);
	}
	if (status)
		npy_file_close(file);
	return status;
}

void npy_file_close(struct npy_file *file)
{
	if (file->map)
		munmap(file->map, file->map_size);
	free(file->copy);
	*file = (struct npy_file){0};
}
