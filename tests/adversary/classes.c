/*
 * classes.c - the two arithmetic classes, and the kernels that stand for each on this machine
 */
#include "classes.h"

#include <ln.h>
#include <string.h>

/* As ln.h says. */
static const char *const kernels[CLASSES] = {"avx2 avx512 neon", "scalar portable sse41"};

const char *class_name(int class) { return class == FUSED ? "fused" : "unfused"; }

const char *class_use(int class)
{
	const char *best = NULL, *isa;

	for (size_t i = 0; (isa = ln_isa_name(i)) != NULL; i++)
		if (strstr(kernels[class], isa))
			best = isa;
	return best && ln_set_isa(best) == LN_OK ? best : NULL;
}
