/*
 * fuzz_npy.c - the .npy parser on random bytes (libFuzzer)
 *
 *	clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I tools -I include \
 *		tests/tool/fuzz_npy.c tools/npy.c tools/npy_dict.c -o fuzz_npy
 *	mkdir corpus && tests/tool/npy.py corpus corpus && ./fuzz_npy -max_total_time=300 corpus
 *
 * What is refused must be refused with a clause fit for a terminal. What is accepted must lie within the file, and its header,
 * written again, must be understood as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "npy.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	char why[NPY_MAX_SHAPE_TEXT + 256] = "";
	unsigned char header[NPY_MAX_HEADER];
	struct npy array, again;

	if (npy_parse(bytes, size, &array, why, sizeof why)) {
		require(*why != '\0');
		for (const char *c = why; *c; c++)
			require(*c >= ' ' && *c <= '~');
		return 0;
	}
	require(array.ndim >= 1 && array.ndim <= NPY_MAX_DIMS);
	require(array.offset <= size && array.count == (size - array.offset) / npy_type_size(array.type));

	size_t header_size = npy_format(&array, header);
	require(header_size <= sizeof header && header_size % 64 == 0);
	unsigned char *file = malloc(header_size + (size - array.offset));
	require(file != NULL);
	memcpy(file, header, header_size);
	memcpy(file + header_size, bytes + array.offset, size - array.offset);
	require(npy_parse(file, header_size + (size - array.offset), &again, why, sizeof why) == 0);
	require(again.type == array.type && again.offset == header_size && again.count == array.count && again.ndim == array.ndim);
	require(memcmp(again.shape, array.shape, array.ndim * sizeof *array.shape) == 0);
	free(file);
	return 0;
}
