/* images.c - norms of DiT, Flux and ConvNeXt; docs/migrate.md shows these functions, word for word */
#include "migrate.h"

int dit_modulate(size_t n, size_t tokens, size_t dim, const float *x, const float *shift, const float *scale, size_t param_stride, float *y)
{
	ln_desc d = { .struct_size = sizeof d, .flags = LN_GAMMA_PLUS_ONE, .rows = n * tokens, .cols = dim, .rows_per_param = tokens,
		      .param_stride = param_stride, .eps = 1e-6 };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = scale, .beta = shift, .y = y };

	return ln_forward(&d, &t);
}

int convnext_layer_norm_2d(size_t n, size_t c, size_t h, size_t w, const float *x, const float *weight, const float *bias, double eps, float *y)
{
	ln_desc d = { .struct_size = sizeof d, .rows = n * h * w, .cols = c, .heads = h * w, .x_col_stride = h * w, .y_col_stride = h * w,
		      .eps = eps };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = weight, .beta = bias, .y = y };

	return ln_forward(&d, &t);
}
