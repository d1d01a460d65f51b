/* ln-0.1.h - what the first version of ln.h declared: that header without its comments (cc -fpreprocessed -dD -E -P), for program-0.1.c */
#ifndef LN_H
#define LN_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#if defined(LN_API)
#elif defined(__GNUC__)
#define LN_API __attribute__((visibility("default")))
#else
#define LN_API
#endif
#define LN_VERSION_MAJOR 0
#define LN_VERSION_MINOR 1
#define LN_VERSION_PATCH 0
#define LN_VERSION (LN_VERSION_MAJOR * 0x10000 + LN_VERSION_MINOR * 0x100 + LN_VERSION_PATCH)
#define LN_OK 0
#define LN_ERR_NULL (-1)
#define LN_ERR_SHAPE (-2)
#define LN_ERR_EPS (-3)
#define LN_ERR_OVERLAP (-4)
#define LN_ERR_UNSUPPORTED (-5)
#define LN_ERR_DESC (-6)
#define LN_ERR_TYPE (-7)
#define LN_ERR_FLAGS (-8)
#define LN_ERR_SCALE (-9)
#define LN_ERR_WORKSPACE (-10)
#define LN_ERR_PARALLEL (-11)
LN_API int ln_layernorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y);
LN_API int ln_layernorm_f64(size_t rows, size_t cols, const double *x, const double *gamma, const double *beta, double eps, double *y);
LN_API int ln_layernorm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, double eps,
        uint16_t *y);
LN_API int ln_layernorm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, double eps,
       uint16_t *y);
LN_API int ln_rmsnorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y);
LN_API int ln_rmsnorm_f64(size_t rows, size_t cols, const double *x, const double *gamma, double eps, double *y);
LN_API int ln_rmsnorm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);
LN_API int ln_rmsnorm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);
LN_API int ln_l2norm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y);
LN_API int ln_l2norm_f64(size_t rows, size_t cols, const double *x, const double *gamma, double eps, double *y);
LN_API int ln_l2norm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);
LN_API int ln_l2norm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);
#define LN_F32 1
#define LN_F64 2
#define LN_BF16 3
#define LN_F16 4
#define LN_I8 5
#define LN_U8 6
#define LN_F8_E4M3 7
#define LN_F8_E5M2 8
#define LN_E8M0 9
#define LN_LAYERNORM 0
#define LN_RMSNORM 1
#define LN_L2NORM 2
#define LN_GAMMA_PLUS_ONE 0x01u
#define LN_EPS_OUTSIDE 0x02u
#define LN_ROUND_SUM 0x04u
#define LN_CAST_BEFORE_GAMMA 0x08u
#define LN_STATS_GIVEN 0x10u
#define LN_ROW_SCALE 0x20u
#define LN_GATE_SIGMOID 0x200u
#define LN_GATE_SELF 0x400u
#define LN_ROUND_BEFORE_GATE 0x800u
#define LN_GATE_BEFORE 0x1000u
#define LN_ACCUMULATE 0x40u
#define LN_RUNNING 0x80u
#define LN_GRADS_AS_PARAMS 0x100u
#define LN_BROADCAST UINT64_MAX
typedef struct ln_desc {
 uint32_t struct_size;
 uint32_t norm;
 uint32_t flags;
 uint32_t x_type;
 uint32_t residual_type, param_type, gate_type, y_type, sum_type;
 int32_t y_zero_point;
 uint64_t rows, cols;
 uint64_t heads;
 uint64_t x_stride, x_head_stride;
 uint64_t residual_stride, residual_head_stride;
 uint64_t gate_stride, gate_head_stride;
 uint64_t y_stride, y_head_stride;
 uint64_t sum_stride, sum_head_stride;
 uint64_t rows_per_param, param_rows, param_stride, cols_per_param;
 double eps;
 double y_scale;
 uint64_t x_col_stride, residual_col_stride, gate_col_stride, y_col_stride, sum_col_stride;
 uint64_t cols_per_run;
 uint64_t x_run_stride, residual_run_stride, gate_run_stride, y_run_stride, sum_run_stride;
 uint64_t cols_per_scale;
 uint32_t scale_type;
 uint32_t reserved;
} ln_desc;
#define LN_BLOCK 1024
typedef struct ln_moments {
 double count, mean, mean_lo, m2, m2_lo, mean_rest;
} ln_moments;
typedef void (*ln_task)(void *context, size_t i);
typedef int (*ln_parallel_for)(void *pool, size_t tasks, ln_task task, void *context);
typedef struct ln_forward_tensors {
 size_t struct_size;
 const void *x;
 const void *residual;
 const void *gamma;
 const void *beta;
 const void *gate;
 const ln_moments *moments;
 void *y;
 void *y_scale;
 void *sum;
 void *mean;
 void *rstd;
 ln_parallel_for parallel_for;
 void *pool;
} ln_forward_tensors;
LN_API int ln_forward(const ln_desc *d, const ln_forward_tensors *t);
LN_API int ln_moments_f32(size_t n, const float *x, ln_moments *m);
LN_API int ln_moments_f64(size_t n, const double *x, ln_moments *m);
LN_API int ln_moments_bf16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_moments_f16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_rms_moments_f32(size_t n, const float *x, ln_moments *m);
LN_API int ln_rms_moments_f64(size_t n, const double *x, ln_moments *m);
LN_API int ln_rms_moments_bf16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_rms_moments_f16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_moments_merge(ln_moments *into, const ln_moments *from);
typedef struct ln_backward_tensors {
 size_t struct_size;
 const void *x;
 const void *dy;
 const void *dsum;
 const void *gamma;
 const void *beta;
 const void *gate;
 const void *mean;
 const void *rstd;
 void *dx;
 void *dgamma;
 void *dbeta;
 void *dgate;
 void *workspace;
 size_t workspace_size;
 ln_parallel_for parallel_for;
 void *pool;
} ln_backward_tensors;
#define LN_ROW_BLOCK 32
LN_API int ln_backward(const ln_desc *d, const ln_backward_tensors *t);
LN_API size_t ln_backward_workspace_size(const ln_desc *d);
#define LN_RNN 1
#define LN_LSTM 2
#define LN_GRU 3
typedef struct ln_cell_desc {
 uint32_t struct_size;
 uint32_t cell;
 uint32_t flags;
 uint32_t reserved;
 uint64_t rows, hidden;
 double eps;
} ln_cell_desc;
typedef struct ln_cell_forward_tensors {
 size_t struct_size;
 const float *wh, *wx;
 const float *h_prev;
 const float *c_prev;
 const float *params;
 const uint8_t *active;
 float *h;
 float *c;
} ln_cell_forward_tensors;
LN_API int ln_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t);
typedef struct ln_cell_backward_tensors {
 size_t struct_size;
 const float *wh, *wx;
 const float *h_prev;
 const float *c_prev;
 const float *params;
 const uint8_t *active;
 const float *dh, *dc;
 float *dwh, *dwx;
 float *dh_prev, *dc_prev;
 float *dparams;
 void *workspace;
 size_t workspace_size;
} ln_cell_backward_tensors;
LN_API int ln_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t);
LN_API size_t ln_cell_backward_workspace_size(const ln_cell_desc *d);
LN_API size_t ln_cell_param_count(const ln_cell_desc *d);
LN_API int ln_sigmoid_f32(size_t n, const float *x, float *y);
LN_API int ln_tanh_f32(size_t n, const float *x, float *y);
#define LN_EXPLANATION 200
LN_API int ln_explain_forward(const ln_desc *d, const ln_forward_tensors *t, char *text, size_t size);
LN_API int ln_explain_backward(const ln_desc *d, const ln_backward_tensors *t, char *text, size_t size);
LN_API int ln_explain_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t, char *text, size_t size);
LN_API int ln_explain_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t, char *text, size_t size);
LN_API const char *ln_isa(void);
LN_API int ln_set_isa(const char *name);
LN_API const char *ln_isa_name(size_t index);
LN_API const char *ln_strerror(int status);
LN_API uint32_t ln_version(void);
#ifdef __cplusplus
}
#endif
#endif
