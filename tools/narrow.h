/*
 * narrow.h - floats as bf16 and f16, to see what kernels do by their bits; written from docs/numerics.md, "The types"
 */
#ifndef LNORM_NARROW_H
#define LNORM_NARROW_H

#include <stdint.h>

/* narrow() - round to LN_BF16 or LN_F16: to nearest, ties to even, denormals kept; a NaN becomes the quiet one */
uint16_t narrow(uint32_t type, float value);

/* widen() - the float that these bits stand for, exactly */
float widen(uint32_t type, uint16_t bits);

#endif
