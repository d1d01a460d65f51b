/* migrate.h - the functions of docs/migrate.md, one for each call of another library */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <ln.h>

int torch_layer_norm(size_t rows, size_t cols, const float *x, const float *weight, const float *bias, double eps, float *y);
int torch_rms_norm(size_t rows, size_t cols, const float *x, const float *weight, double eps, float *y);
int torch_group_norm(size_t n, size_t c, size_t hw, size_t groups, const float *x, const float *weight, const float *bias, double eps, float *y);

int llama_rms_norm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *weight, double eps, uint16_t *y);
int gemma_rms_norm(size_t rows, size_t cols, const uint16_t *x, const uint16_t *weight, double eps, uint16_t *y);
int qwen3_next_rms_norm_gated(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gate, const uint16_t *weight, double eps, uint16_t *y);
int mamba2_rms_norm_gated(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gate, const uint16_t *weight, double eps, uint16_t *y);

int fused_add_rms_norm(size_t rows, size_t cols, uint16_t *input, uint16_t *residual, const uint16_t *weight, double eps);
int rms_norm_dynamic(size_t rows, size_t cols, const uint16_t *x, uint16_t *residual, const uint16_t *weight, double eps, uint32_t type, void *y,
		     float *scales);

int ort_layer_normalization(size_t rows, size_t cols, const float *x, const float *scale, const float *b, double epsilon, float *y, float *mean,
			    float *inv_std_dev);
int ort_skip_layer_normalization(size_t rows, size_t cols, const float *input, const float *skip, const float *gamma, const float *beta,
				 double epsilon, float *y, float *input_skip_sum);
int ort_rms_normalization(size_t rows, size_t cols, const float *x, const float *scale, double epsilon, float *y);

int ggml_norm_f32(size_t rows, size_t cols, const float *x, float eps, float *y);
int ggml_rms_norm_f32(size_t rows, size_t cols, const float *x, float eps, float *y);
int ggml_group_norm_f32(size_t n, size_t c, size_t wh, size_t groups, const float *x, float eps, float *y);
int ggml_l2_norm_f32(size_t rows, size_t cols, const float *x, float *y);

int dit_modulate(size_t n, size_t tokens, size_t dim, const float *x, const float *shift, const float *scale, size_t param_stride, float *y);
int convnext_layer_norm_2d(size_t n, size_t c, size_t h, size_t w, const float *x, const float *weight, const float *bias, double eps, float *y);

#endif
