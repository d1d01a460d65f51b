/*
 * isa_small.h - isa_wide.h for the other ISAs: their unrolled loops would be the larger part of the library, so they are kept to a size
 * within reason
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize ("O2", "tree-vectorize", "no-tree-ter", "no-tree-forwprop")
#endif
