/* vllm.c - norms of vLLM and sglang, of bf16; docs/migrate.md shows these functions, word for word */
#include "migrate.h"

int fused_add_rms_norm(size_t rows, size_t cols, uint16_t *input, uint16_t *residual, const uint16_t *weight, double eps)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .x_type = LN_BF16, .rows = rows, .cols = cols, .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = input, .residual = residual, .gamma = weight, .y = input, .sum = residual };

	return ln_forward(&d, &t);
}

int rms_norm_dynamic(size_t rows, size_t cols, const uint16_t *x, uint16_t *residual, const uint16_t *weight, double eps, uint32_t type, void *y,
		     float *scales)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_ROW_SCALE, .x_type = LN_BF16, .y_type = type, .rows = rows,
		      .cols = cols, .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .residual = residual, .gamma = weight, .y = y, .y_scale = scales,
				 .sum = residual };

	return ln_forward(&d, &t);
}
