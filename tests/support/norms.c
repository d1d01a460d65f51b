/* norms.c - what the tests know of each norm */
#include "norms.h"

#include <ln.h>
#include <math.h>

static const struct norm_facts norms[] = {
	[LN_LAYERNORM] = {"layernorm", "layer", true, true, true},
	[LN_RMSNORM] = {"rmsnorm", "rms", false, false, true},
	[LN_L2NORM] = {"l2norm", "l2", false, false, false},
};

_Static_assert(sizeof norms / sizeof norms[0] <= NORMS_MOST, "NORMS_MOST is too small");

uint32_t norm_count(void) { return sizeof norms / sizeof norms[0]; }

/* Steps of the golden section around a circle that the norms divide: it has no common measure with any remainder. */
uint32_t norm_at(size_t i) { return (uint32_t)((uint64_t)((uint32_t)i * 0x9e3779b9u) * norm_count() >> 32); }

const struct norm_facts *norm_facts(uint32_t norm) { return norm < norm_count() ? &norms[norm] : NULL; }

double norm_divisor(uint32_t norm, size_t cols) { return norms[norm].averages ? (double)cols : 1; }

double norm_floor(uint32_t norm, size_t cols) { return sqrt(norm_divisor(norm, cols) / (double)cols); }

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
