/* isa_end.h - last in the file of an ISA: what follows in the same translation unit is compiled as before */
#if defined(__clang__)
#ifdef LN_ISA_TARGETED
#pragma clang attribute pop
#undef LN_ISA_TARGETED
#endif
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
