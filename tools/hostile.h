/*
 * hostile.h - rows on which layer norms go wrong
 */
#ifndef LNORM_HOSTILE_H
#define LNORM_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

/* hostile_kinds() - how many kinds of row there are */
size_t hostile_kinds(void);

/* hostile_name() - what a kind is, for a message */
const char *hostile_name(size_t kind);

/* hostile_fill() - make a row of this kind; the same numbers on every machine, and others the next time */
void hostile_fill(size_t kind, size_t cols, float *x, uint64_t *random);

/* hostile_normal() - a random number with mean 0 and standard deviation 1 */
double hostile_normal(uint64_t *random);

#endif
