/* norms.c - what lnorm knows of each norm */
#include "norms.h"

#include <ln.h>
#include <stdio.h>
#include <string.h>

static const struct norm norms[] = {
	[LN_LAYERNORM] = {"layernorm", "LayerNorm", true, true, true},
	[LN_RMSNORM] = {"rmsnorm", "RMSNorm", false, false, true},
	[LN_L2NORM] = {"l2norm", "L2 norm", false, false, false},
};
enum { NORMS = sizeof norms / sizeof *norms };

const struct norm *norm_of(uint32_t number)
{
	return number < NORMS ? &norms[number] : NULL;
}

int norm_number(const char *name)
{
	for (int n = 0; n < NORMS; n++)
		if (strcmp(norms[n].name, name) == 0)
			return n;
	return -1;
}

const char *norm_names(void)
{
	static char text[NORMS * 32];
	size_t at = 0;

	for (size_t n = 0; n < NORMS; n++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", n == 0 ? "" : n + 1 < NORMS ? ", " : " or ", norms[n].name);
	return text;
}

#define TYPED(name, ...) \
	return type == LN_F32	 ? ln_##name##_f32(rows, cols, x, gamma, __VA_ARGS__) \
	       : type == LN_F64	 ? ln_##name##_f64(rows, cols, x, gamma, __VA_ARGS__) \
	       : type == LN_BF16 ? ln_##name##_bf16(rows, cols, x, gamma, __VA_ARGS__) \
				 : ln_##name##_f16(rows, cols, x, gamma, __VA_ARGS__)

int norm_call(uint32_t norm, uint32_t type, size_t rows, size_t cols, const void *x, const void *gamma, const void *beta, double eps, void *y)
{
	switch (norm) {
	case LN_LAYERNORM: TYPED(layernorm, beta, eps, y);
	case LN_RMSNORM: TYPED(rmsnorm, eps, y);
	case LN_L2NORM: TYPED(l2norm, eps, y);
	default: return LN_ERR_FLAGS;
	}
}
