/* isa_scalar.c - the kernels in plain C, for every CPU */
#include "build.h"

#define LN_ISA_NAME scalar
#include "isa_small.h"
#include "vec_scalar.h"
#include LN_OPS
#include "isa_end.h"
