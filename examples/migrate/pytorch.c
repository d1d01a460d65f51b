/* pytorch.c - norms of torch.nn.functional; docs/migrate.md shows these functions, word for word */
#include "migrate.h"

int torch_layer_norm(size_t rows, size_t cols, const float *x, const float *weight, const float *bias, double eps, float *y)
{
	return ln_layernorm_f32(rows, cols, x, weight, bias, eps, y);
}

int torch_rms_norm(size_t rows, size_t cols, const float *x, const float *weight, double eps, float *y)
{
	return ln_rmsnorm_f32(rows, cols, x, weight, eps, y);
}

int torch_group_norm(size_t n, size_t c, size_t hw, size_t groups, const float *x, const float *weight, const float *bias, double eps, float *y)
{
	ln_desc d = { .struct_size = sizeof d, .rows = n * groups, .cols = c / groups * hw, .rows_per_param = 1, .param_rows = groups,
		      .cols_per_param = hw, .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = weight, .beta = bias, .y = y };

	return ln_forward(&d, &t);
}
