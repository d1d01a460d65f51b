/*
 * golden.h - the bits are part of the ABI: hashes of outputs for fixed inputs, one case a line, committed in golden/NAME.txt
 *
 * A line has three 64-bit FNV-1a hashes over the elements' bytes in little-endian order, tensor by tensor: of the input, from which it
 * is seen whether the test has changed and not the library; of the output by unfused kernels; of it by fused ones. Then the case in words.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "arena.h"

enum { GOLDEN_LINE = 500 };

struct golden_hashes { uint64_t input, of[2]; };

/* Of these tensors of an arena, in this order. */
uint64_t golden_hash(const struct arena *a, const int *tensors, size_t count);

void golden_line(char line[GOLDEN_LINE], const struct golden_hashes *hashes, const char *words);
struct golden_hashes golden_hashes_of(const char *committed);

/* Fails the test where a line is not the committed one; `whose` bits they are. */
void expect_golden(const char *whose, const char *line, const char *committed);

/* Case i of a file against its line; false past the last. */
typedef bool golden_check(size_t file, size_t i, const char *committed);

/* Every case of golden/NAME.txt, which must have as many lines. */
void golden_compare(const char *name, size_t file, golden_check *check);

#endif
