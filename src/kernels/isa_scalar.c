/* isa_scalar.c - the kernels in plain C, for every CPU */
#define LN_ISA_NAME scalar
#include "vec_scalar.h"
#include "ops.h"
