/* ggml.c - norms of ggml, which have no parameters; docs/migrate.md shows these functions, word for word */
#include "migrate.h"

int ggml_norm_f32(size_t rows, size_t cols, const float *x, float eps, float *y)
{
	return ln_layernorm_f32(rows, cols, x, NULL, NULL, eps, y);
}

int ggml_rms_norm_f32(size_t rows, size_t cols, const float *x, float eps, float *y)
{
	return ln_rmsnorm_f32(rows, cols, x, NULL, eps, y);
}

int ggml_group_norm_f32(size_t n, size_t c, size_t wh, size_t groups, const float *x, float eps, float *y)
{
	return ln_layernorm_f32(n * groups, c / groups * wh, x, NULL, NULL, eps, y);
}

int ggml_l2_norm_f32(size_t rows, size_t cols, const float *x, float *y)
{
	return ln_l2norm_f32(rows, cols, x, NULL, 0, y);
}
