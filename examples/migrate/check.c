/* check.c - each function of docs/migrate.md against its formula, written plainly in double */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "migrate.h"

enum { ROWS = 6, COLS = 96, N = 2, C = 8, H = 3, W = 5, GROUPS = 4, TOKENS = 3, SIZE = ROWS * COLS };
static const double EPS = 1e-3; /* large enough that a wrong place of it shows */
static const double U24 = 1.0 / 16777216; /* half a unit in the last place of f32 */

static float x[SIZE], r[SIZE], g[SIZE], gamma_[SIZE], beta_[SIZE], y[SIZE], mean[SIZE], rstd[SIZE];
static uint16_t hx[SIZE], hr[SIZE], hg[SIZE], hgamma[SIZE], hy[SIZE];
static double dx[SIZE], want[SIZE];
static int failed;

static float random_float(void)
{
	static uint64_t state = 1;
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (float)((double)(state >> 33) / 2147483648.0 * 4 - 2);
}

static double of_bf16(uint16_t h)
{
	uint32_t bits = (uint32_t)h << 16;
	float f;
	memcpy(&f, &bits, sizeof f);
	return f;
}

static double to_bf16(double v) /* rounded to the 8 bits that a bf16 has, ties to even */
{
	int e;
	double m = frexp(v, &e);
	return ldexp(nearbyint(m * 256), e - 8);
}

static uint16_t bf16(double v)
{
	float f = (float)to_bf16(v);
	uint32_t bits;
	memcpy(&bits, &f, sizeof bits);
	return (uint16_t)(bits >> 16);
}

static double silu(double v) { return v / (1 + exp(-v)); }

/* A group of n numbers, `step` apart, is normalised in place; LayerNorm, RMSNorm, L2 norm. */
static void normalise(int norm, size_t n, size_t step, double *v)
{
	double m = 0, squares = 0;
	for (size_t i = 0; i < n && norm == LN_LAYERNORM; i++)
		m += v[i * step] / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (v[i * step] - m) * (v[i * step] - m);
	for (size_t i = 0; i < n; i++)
		v[i * step] = (v[i * step] - m) / sqrt(norm == LN_L2NORM ? squares : squares / (double)n + EPS);
}

static void fill(void)
{
	for (size_t i = 0; i < SIZE; i++) {
		x[i] = 1 + random_float(), r[i] = random_float(), g[i] = random_float(), gamma_[i] = random_float(), beta_[i] = random_float();
		hx[i] = bf16(x[i]), hr[i] = bf16(r[i]), hg[i] = bf16(g[i]), hgamma[i] = bf16(gamma_[i]);
		dx[i] = x[i];
	}
	memset(y, 0, sizeof y);
	memset(hy, 0, sizeof hy);
}

/* Whether `got` is want[], to `tolerance` of what it is or of 1. */
static void compare(const char *name, int status, size_t n, const float *got, double tolerance)
{
	double worst = 0;
	for (size_t i = 0; i < n; i++) {
		double error = fabs(got[i] - want[i]) / fmax(1, fabs(want[i]));
		worst = error <= worst ? worst : error; /* a NaN is kept */
	}
	int ok = status == LN_OK && worst <= tolerance;
	printf("%-28s %s  largest error %.1e\n", name, ok ? "ok " : "OFF", worst);
	failed |= !ok;
}
static void floats(const char *name, int status, size_t n) { compare(name, status, n, y, 24 * U24); }

/* Of bf16 the bits are compared, so that each place where a framework rounds shows: a float may round otherwise than a double once in 200. */
static void halves(const char *name, int status, const uint16_t *got)
{
	size_t unlike = 0;
	for (size_t i = 0; i < SIZE; i++)
		unlike += got[i] != bf16(want[i]);
	int ok = status == LN_OK && unlike <= SIZE / 200;
	printf("%-28s %s  %zu of %d numbers not the same\n", name, ok ? "ok " : "OFF", unlike, SIZE);
	failed |= !ok;
}

/* want[] of rows: the norm of s, with parameters where they are given. */
static void want_rows(int norm, const double *s, const float *gamma, const float *beta)
{
	memcpy(want, s, sizeof want);
	for (size_t i = 0; i < ROWS; i++)
		normalise(norm, COLS, 1, want + i * COLS);
	for (size_t i = 0; i < SIZE; i++)
		want[i] = want[i] * (gamma ? gamma[i % COLS] : 1) + (beta ? beta[i % COLS] : 0);
}

/* want[] of n x C x H x W in groups, or, with a group for each place, over the channels. */
static void want_channels(int over_channels, const float *gamma, const float *beta)
{
	size_t hw = H * W, per_group = C / GROUPS * hw;
	memcpy(want, dx, sizeof want);
	for (size_t i = 0; i < (over_channels ? N * hw : N * GROUPS); i++)
		if (over_channels)
			normalise(LN_LAYERNORM, C, hw, want + i / hw * C * hw + i % hw);
		else
			normalise(LN_LAYERNORM, per_group, 1, want + i * per_group);
	for (size_t i = 0; i < N * C * hw; i++)
		want[i] = want[i] * (gamma ? gamma[i / hw % C] : 1) + (beta ? beta[i / hw % C] : 0);
}

static void check_pytorch(void)
{
	want_rows(LN_LAYERNORM, dx, gamma_, beta_);
	floats("torch_layer_norm", torch_layer_norm(ROWS, COLS, x, gamma_, beta_, EPS, y), SIZE);
	want_rows(LN_RMSNORM, dx, gamma_, NULL);
	floats("torch_rms_norm", torch_rms_norm(ROWS, COLS, x, gamma_, EPS, y), SIZE);
	want_channels(0, gamma_, beta_);
	floats("torch_group_norm", torch_group_norm(N, C, H * W, GROUPS, x, gamma_, beta_, EPS, y), N * C * H * W);
}

/* The orders of rounding of the modules of transformers: gate before or after, xhat rounded before gamma, gamma from 0 or from 1. */
static void want_transformers(int before, int after, int cast, int plus_one)
{
	for (size_t i = 0; i < SIZE; i++)
		want[i] = of_bf16(hx[i]) * (before ? silu(of_bf16(hg[i])) : 1);
	for (size_t i = 0; i < ROWS; i++)
		normalise(LN_RMSNORM, COLS, 1, want + i * COLS);
	for (size_t i = 0; i < SIZE; i++) {
		double n = (cast ? to_bf16(want[i]) : want[i]) * (of_bf16(hgamma[i % COLS]) + plus_one);
		want[i] = to_bf16(after ? to_bf16(n) * silu(of_bf16(hg[i])) : n);
	}
}

static void check_transformers(void)
{
	want_transformers(0, 0, 1, 0);
	halves("llama_rms_norm", llama_rms_norm(ROWS, COLS, hx, hgamma, EPS, hy), hy);
	want_transformers(0, 0, 0, 1);
	halves("gemma_rms_norm", gemma_rms_norm(ROWS, COLS, hx, hgamma, EPS, hy), hy);
	want_transformers(0, 1, 1, 0);
	halves("qwen3_next_rms_norm_gated", qwen3_next_rms_norm_gated(ROWS, COLS, hx, hg, hgamma, EPS, hy), hy);
	want_transformers(1, 0, 1, 0);
	halves("mamba2_rms_norm_gated", mamba2_rms_norm_gated(ROWS, COLS, hx, hg, hgamma, EPS, hy), hy);
}

static double of_e4m3(uint8_t b)
{
	int e = b >> 3 & 15, m = b & 7;
	double v = e ? ldexp(8 + m, e - 10) : ldexp(m, -9);
	return b & 0x80 ? -v : v;
}

static void want_added(void)
{
	double s[SIZE];
	float weight[SIZE];
	for (size_t i = 0; i < SIZE; i++)
		s[i] = of_bf16(hx[i]) + of_bf16(hr[i]), weight[i] = (float)of_bf16(hgamma[i]);
	want_rows(LN_RMSNORM, s, weight, NULL);
}

static void check_dynamic(const char *name, uint32_t type)
{
	uint8_t q[SIZE];
	float scales[ROWS];
	uint16_t residual[SIZE];
	double off = 0;
	memcpy(residual, hr, sizeof residual);
	want_added();
	int status = rms_norm_dynamic(ROWS, COLS, hx, residual, hgamma, EPS, type, q, scales);
	for (size_t i = 0; i < SIZE && status == LN_OK; i++) {
		double largest = 0;
		for (size_t c = 0; c < COLS; c++)
			largest = fmax(largest, fabs(want[i / COLS * COLS + c]));
		double scale = largest / (type == LN_I8 ? 127 : 448), got = type == LN_I8 ? (int8_t)q[i] : of_e4m3(q[i]);
		double unit = type == LN_I8 ? 1 : fmax(fabs(got) / 8, ldexp(1, -9)); /* at least the last place */
		off = fmax(off, fabs(got - want[i] / scale) / (0.5001 * unit));
		off = fmax(off, fabs(scales[i / COLS] / scale - 1) / 1e-5);
	}
	int ok = status == LN_OK && off <= 1;
	printf("%-28s %s  largest error %.3f of what rounding may do\n", name, ok ? "ok " : "OFF", off);
	failed |= !ok;
}

static void check_vllm(void)
{
	check_dynamic("rms_norm_dynamic, int8", LN_I8);
	check_dynamic("rms_norm_dynamic, fp8", LN_F8_E4M3);
	want_added();
	memcpy(hy, hx, sizeof hy);
	uint16_t residual[SIZE];
	memcpy(residual, hr, sizeof residual);
	halves("fused_add_rms_norm", fused_add_rms_norm(ROWS, COLS, hy, residual, hgamma, EPS), hy);
	for (size_t i = 0; i < SIZE; i++)
		want[i] = of_bf16(hx[i]) + of_bf16(hr[i]);
	halves("  its residual", LN_OK, residual);
}

static void check_onnxruntime(void)
{
	double s[SIZE];
	want_rows(LN_LAYERNORM, dx, gamma_, beta_);
	floats("ort_layer_normalization", ort_layer_normalization(ROWS, COLS, x, gamma_, beta_, EPS, y, mean, rstd), SIZE);
	for (size_t i = 0; i < SIZE; i++)
		want[i] = (dx[i] - mean[i / COLS]) * rstd[i / COLS] * gamma_[i % COLS] + beta_[i % COLS];
	compare("  its mean and inv_std_dev", LN_OK, SIZE, y, 48 * U24);
	for (size_t i = 0; i < SIZE; i++)
		s[i] = dx[i] + r[i];
	want_rows(LN_LAYERNORM, s, gamma_, beta_);
	floats("ort_skip_layer_normalization", ort_skip_layer_normalization(ROWS, COLS, x, r, gamma_, beta_, EPS, y, g), SIZE);
	memcpy(want, s, sizeof want);
	compare("  its input_skip_sum", LN_OK, SIZE, g, U24);
	want_rows(LN_RMSNORM, dx, gamma_, NULL);
	floats("ort_rms_normalization", ort_rms_normalization(ROWS, COLS, x, gamma_, EPS, y), SIZE);
}

static void check_ggml(void)
{
	float eps = (float)EPS;
	want_rows(LN_LAYERNORM, dx, NULL, NULL);
	floats("ggml_norm_f32", ggml_norm_f32(ROWS, COLS, x, eps, y), SIZE);
	want_rows(LN_RMSNORM, dx, NULL, NULL);
	floats("ggml_rms_norm_f32", ggml_rms_norm_f32(ROWS, COLS, x, eps, y), SIZE);
	want_channels(0, NULL, NULL);
	floats("ggml_group_norm_f32", ggml_group_norm_f32(N, C, H * W, GROUPS, x, eps, y), N * C * H * W);
	want_rows(LN_L2NORM, dx, NULL, NULL);
	floats("ggml_l2_norm_f32", ggml_l2_norm_f32(ROWS, COLS, x, y), SIZE);
}

static void check_images(void)
{
	memcpy(want, dx, sizeof want);
	for (size_t i = 0; i < ROWS; i++) {
		double m = 0, squares = 0, *v = want + i * COLS;
		for (size_t c = 0; c < COLS; c++)
			m += v[c] / COLS;
		for (size_t c = 0; c < COLS; c++)
			squares += (v[c] - m) * (v[c] - m);
		for (size_t c = 0; c < COLS; c++)
			v[c] = (v[c] - m) / sqrt(squares / COLS + 1e-6) * (1 + r[i / TOKENS * 2 * COLS + COLS + c]) + r[i / TOKENS * 2 * COLS + c];
	}
	floats("dit_modulate", dit_modulate(N, TOKENS, COLS, x, r, r + COLS, 2 * COLS, y), SIZE);
	want_channels(1, gamma_, beta_);
	floats("convnext_layer_norm_2d", convnext_layer_norm_2d(N, C, H, W, x, gamma_, beta_, EPS, y), N * C * H * W);
}

int main(void)
{
	fill();
	check_pytorch();
	check_transformers();
	check_vllm();
	check_onnxruntime();
	check_ggml();
	check_images();
	return failed;
}
