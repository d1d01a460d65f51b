/*
 * ops.h - all operations, compiled for the ISA whose vocabulary was included before, and the table that holds them
 *
 * The including file defines LN_ISA_NAME. Names are pasted here and nowhere else, so that a profile says which ISA ran.
 */
#ifndef LN_OPS_H
#define LN_OPS_H

#define LN_PASTE_(a, b) a##_##b
#define LN_PASTE(a, b) LN_PASTE_(a, b)
#define LN_NAME(name) LN_PASTE(name, LN_ISA_NAME)
#define LN_STRING_(name) #name
#define LN_STRING(name) LN_STRING_(name)

#include "layernorm.h"

const struct kernels LN_NAME(ln_kernels) = {
	.name = LN_STRING(LN_ISA_NAME),
	.layernorm_f32 = LN_NAME(layernorm_f32),
};

#endif
