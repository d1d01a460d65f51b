/*
 * classes.c - the two arithmetic classes, and the kernels that stand for each on this machine
 */
#include "classes.h"

#include <ln.h>
#include <string.h>

/* As ln.h says. */
static const char *const kernels[CLASSES] = {[FUSED] = "avx2 avx512 neon sve", [UNFUSED] = "scalar portable sse41"};

enum arithmetic class_at(int i) { return i == 0 ? FUSED : UNFUSED; }

const char *class_name(enum arithmetic class) { return class == FUSED ? "fused" : "unfused"; }

const char *class_use(enum arithmetic class)
{
	const char *best = NULL, *isa;

	for (size_t i = 0; (isa = ln_isa_name(i)) != NULL; i++)
		if (strstr(kernels[class], isa))
			best = isa;
	return best && ln_set_isa(best) == LN_OK ? best : NULL;
}

enum arithmetic class_in_use(void) { return strstr(kernels[FUSED], ln_isa()) ? FUSED : UNFUSED; }
