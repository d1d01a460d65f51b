/* huggingface.c - norms of transformers, of bf16; docs/migrate.md shows these functions, word for word */
#include "migrate.h"

int llama_rms_norm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *weight, double eps, uint16_t *y)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_CAST_BEFORE_GAMMA, .x_type = LN_BF16, .rows = rows, .cols = cols,
		      .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = weight, .y = y };

	return ln_forward(&d, &t);
}

int gemma_rms_norm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *weight, double eps, uint16_t *y)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_GAMMA_PLUS_ONE, .x_type = LN_BF16, .rows = rows, .cols = cols,
		      .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = weight, .y = y };

	return ln_forward(&d, &t);
}

int qwen3_next_rms_norm_gated(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gate, const uint16_t *weight, double eps, uint16_t *y)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_CAST_BEFORE_GAMMA | LN_ROUND_BEFORE_GATE, .x_type = LN_BF16,
		      .rows = rows, .cols = cols, .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = weight, .gate = gate, .y = y };

	return ln_forward(&d, &t);
}

int mamba2_rms_norm_gated(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gate, const uint16_t *weight, double eps, uint16_t *y)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .flags = LN_GATE_BEFORE | LN_CAST_BEFORE_GAMMA, .x_type = LN_BF16,
		      .rows = rows, .cols = cols, .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = weight, .gate = gate, .y = y };

	return ln_forward(&d, &t);
}
