/*
 * widths.h - one copy of a function for each width of vector, chosen when the program is loaded; without FMA, so with the same bits
 */
#ifndef WIDTHS_H
#define WIDTHS_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define FOR_EACH_WIDTH __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_WIDTH
#endif

#endif
