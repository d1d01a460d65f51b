/*
 * isa_wide.h - first in the file of an ISA with wide registers: optimised for speed, whatever the build says; isa_end.h ends it
 *
 * gcc collects the additions of an unrolled run behind its multiplications, keeps all that it has loaded alive, and spills; without
 * two of its passes it does not (measured at 512 x 768). clang has no such pragma and takes the level of the build.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize ("O3", "no-unswitch-loops", "no-tree-ter", "no-tree-forwprop")
#endif
