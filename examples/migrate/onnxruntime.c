/* onnxruntime.c - norms of ONNX and ONNX Runtime; docs/migrate.md shows these functions, word for word */
#include "migrate.h"

int ort_layer_normalization(size_t rows, size_t cols, const float *x, const float *scale, const float *b, double epsilon, float *y, float *mean,
			    float *inv_std_dev)
{
	ln_desc d = { .struct_size = sizeof d, .rows = rows, .cols = cols, .eps = epsilon };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = scale, .beta = b, .y = y, .mean = mean, .rstd = inv_std_dev };

	return ln_forward(&d, &t);
}

int ort_skip_layer_normalization(size_t rows, size_t cols, const float *input, const float *skip, const float *gamma, const float *beta,
				 double epsilon, float *y, float *input_skip_sum)
{
	ln_desc d = { .struct_size = sizeof d, .flags = LN_ROUND_SUM, .rows = rows, .cols = cols, .eps = epsilon };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = input, .residual = skip, .gamma = gamma, .beta = beta, .y = y,
				 .sum = input_skip_sum };

	return ln_forward(&d, &t);
}

int ort_rms_normalization(size_t rows, size_t cols, const float *x, const float *scale, double epsilon, float *y)
{
	return ln_rmsnorm_f32(rows, cols, x, scale, epsilon, y);
}
