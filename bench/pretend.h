// pretend.h - the library made to believe in another last-level cache
#ifndef LN_BENCH_PRETEND_H
#define LN_BENCH_PRETEND_H

#include <stddef.h>

#ifdef __cplusplus
extern "C"
#endif
// From now on the CPU reports so many bytes; 0: what it does report.
void pretend_cache_report(size_t bytes);

#endif
